"""Favourites, shared lists, standard baskets, and wishes pooled by the local lead."""

from datetime import date
from decimal import Decimal

import pytest

import ordering
from catalogues import Agreement
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from tests.builders import Town


def test_favourites_are_ones_own(town: Town) -> None:
    with town.work() as session:
        mette, omar = town.by(session, "mette"), town.by(session, "omar")
        ordering.set_favourite(session, town.items["soap"], True, mette)
        ordering.set_favourite(session, town.items["soap"], True, mette)
        mine = ordering.favourites(session, mette)
        assert [line.item_id for line in mine.lines] == [town.items["soap"]]
        with pytest.raises(NotFound, match="list_not_found"):
            ordering.get_list(session, mine.id, omar)
        with pytest.raises(NotAllowed, match="not_your_list"):
            ordering.set_on_list(session, mine, town.items["gloves"], Decimal(1), omar)
        ordering.set_favourite(session, town.items["soap"], False, mette)
        assert mine.lines == []


def test_shared_lists_are_kept_by_the_local_lead(town: Town) -> None:
    with town.work() as session:
        mette, aisha = town.by(session, "mette"), town.by(session, "aisha")
        with pytest.raises(NotAllowed, match="not_your_list"):
            ordering.make_list(session, "Puslerum", "shared", mette)
        one = ordering.make_list(session, "Puslerum", "shared", aisha)
        with pytest.raises(Conflict, match="list_name_taken"):
            ordering.make_list(session, "puslerum", "shared", aisha)
        for name, quantity in {"soap": 2, "gloves": 6, "flour": "1.5"}.items():
            ordering.set_on_list(session, one, town.items[name], Decimal(quantity), aisha)
        ordering.order_list(session, one, [town.items["flour"], town.items["soap"]], aisha)
        session.expire(one)
        assert [line.item_id for line in one.lines] == [town.items["flour"], town.items["soap"], town.items["gloves"]]
        assert [each.id for each in ordering.my_lists(session, mette)] == [one.id]
        assert ordering.my_lists(session, town.by(session, "peter", "solsikken")) == []
        view = ordering.list_view(session, one, mette)
        assert str(view.total) == "745.20"
        assert view.may_change is False
        changes = ordering.list_to_basket(session, one, mette)
        assert changes == []
        assert len(ordering.open_basket(session, mette).lines) == 3
        ordering.list_to_basket(session, one, mette, {town.items["soap"]: Decimal(1)})
        lines = {line.item_id: line.quantity for line in ordering.open_basket(session, mette).lines}
        assert lines[town.items["soap"]] == 3


def test_what_is_gone_stands_first_and_is_not_put_in_the_basket(town: Town) -> None:
    with town.work() as session:
        aisha = town.by(session, "aisha")
        one = ordering.make_list(session, "Køkken", "shared", aisha)
        for name in ("soap", "paper", "cards"):
            ordering.set_on_list(session, one, town.items[name], Decimal(1), aisha)
        session.get_one(Agreement, town.agreements["50.90"]).valid_to = date(2026, 5, 1)
        session.flush()
        view = ordering.list_view(session, one, aisha)
        assert [line.item_id for line in view.gone] == [town.items["soap"]]
        changes = ordering.list_to_basket(session, one, aisha)
        # The usual quantity of 1 is below the least that can be ordered: it becomes 6, and is said.
        assert {(change.code, change.item_id) for change in changes} == {
            ("reordered_gone", town.items["soap"]),
            ("reordered_quantity", town.items["cards"]),
        }
        assert {line.quantity for line in ordering.open_basket(session, aisha).lines} == {Decimal(1), Decimal(6)}


def test_standard_baskets_come_from_purchasing(town: Town) -> None:
    with town.work() as session:
        kim, aisha = town.by(session, "kim", None), town.by(session, "aisha")
        with pytest.raises(NotAllowed, match="not_your_list"):
            ordering.make_list(session, "Ny stue", "standard", aisha)
        one = ordering.make_list(session, "Ny stue", "standard", kim)
        ordering.set_on_list(session, one, town.items["soap"], Decimal(4), kim)
        for name, place in (("mette", "mælkevejen"), ("peter", "solsikken")):
            assert [each.name for each in ordering.my_lists(session, town.by(session, name, place))] == ["Ny stue"]
        assert ordering.replace_on_lists(session, town.items["soap"], town.items["gloves"], kim) == 1
        assert [line.item_id for line in one.lines] == [town.items["gloves"]]
        for act, code in (
            (lambda: ordering.make_list(session, "  ", "standard", kim), "list_name_missing"),
            (lambda: ordering.make_list(session, "x", "weekly", kim), "unknown_list_kind"),  # type: ignore[arg-type]
            (lambda: ordering.set_on_list(session, one, town.items["soap"], Decimal(0), kim), "quantity_not_positive"),
        ):
            with pytest.raises(BadInput, match=code):
                act()
        with pytest.raises(NotFound):
            ordering.set_on_list(session, one, 999_999, Decimal(1), kim)
        ordering.drop_list(session, one, kim)
        assert ordering.my_lists(session, aisha) == []


def test_wishes_for_the_same_item_become_one_line(town: Town) -> None:
    with town.work() as session:
        aisha = town.by(session, "aisha")
        wishes = [
            ordering.wish_for(session, town.by(session, name), Decimal(number), town.items["soap"])
            for name, number in (("mette", 1), ("omar", 2), ("jens", 3))
        ]
        words = ordering.wish_for(session, town.by(session, "mette"), Decimal(1), text="Noget til regnvejr")
        assert len(ordering.open_wishes(session, aisha.institution_id or 0)) == 4
        basket = ordering.open_basket(session, aisha)
        with pytest.raises(NotAllowed):
            ordering.pool_wishes(session, basket, wishes, town.by(session, "mette"))
        (line,) = ordering.pool_wishes(session, basket, wishes, aisha)
        assert line.quantity == 6
        with pytest.raises(Conflict, match="not_now"):
            ordering.pool_wishes(session, basket, wishes[:1], aisha)
        with pytest.raises(BadInput, match="wish_without_item"):
            ordering.pool_wishes(session, basket, [words], aisha)
        ordering.decline_wish(session, words, aisha, "Skriv hvilken størrelse")
        (order,) = ordering.submit(session, basket, aisha)
        assert {(wish.state, wish.order_id) for wish in wishes} == {("ordered", order.id)}
        assert {wish.state for wish in ordering.my_wishes(session, town.by(session, "mette"))} == {
            "ordered",
            "declined",
        }


def test_a_wish_taken_out_of_the_basket_is_open_again(town: Town) -> None:
    with town.work() as session:
        aisha = town.by(session, "aisha")
        wish = ordering.wish_for(session, town.by(session, "mette"), Decimal(1), town.items["soap"])
        basket = ordering.open_basket(session, aisha)
        ordering.pool_wishes(session, basket, [wish], aisha)
        ordering.remove_line(session, basket, town.items["soap"], aisha)
        assert wish.state == "open"
        ordering.withdraw_wish(session, wish, town.by(session, "mette"))
        assert ordering.open_wishes(session, aisha.institution_id or 0) == []
        with pytest.raises(BadInput, match="wish_empty"):
            ordering.wish_for(session, town.by(session, "mette"), Decimal(1))
