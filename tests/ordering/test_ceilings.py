"""Nothing passes an agreement's ceiling without the purchasing lead: not the last of many small orders, nor two people at once."""

import pytest

import ordering
from catalogues import Agreement
from eshop.amounts import NOTHING, Amount
from eshop.db import Database
from eshop.errors import Conflict, NotAllowed
from eshop.identity import Role
from tests import builders
from tests.at_once import all_at_once
from tests.builders import TODAY, Town

CEILING = Amount.of("1000")
SOAP = Amount.of("178.80")


@pytest.fixture
def town(database: Database) -> Town:
    """Five cartons of soap fit under the ceiling."""
    made = builders.town(database, approve_above="100000")
    with made.work() as session:
        session.get_one(Agreement, made.agreements["50.90"]).ceiling = CEILING
    return made


def why(session, order):
    return [(one["code"], one["role"]) for one in ordering.approval_summary(session, order, TODAY)["why"]]


def test_the_order_that_passes_the_ceiling_waits_for_the_purchasing_lead(town: Town) -> None:
    with town.work() as session:
        assert town.order(session, {"soap": 4}).state == "queued"
        small = town.order(session, {"soap": 2}, by="peter", place="solsikken")
        assert small.state == "waiting"
        assert why(session, small) == [("approval_ceiling", "purchasing_lead")]
        (asked,) = ordering.approval_summary(session, small, TODAY)["why"]
        # 6 × 178,80 = 1.072,80 against 1.000,00.
        assert ordering.reason_values(asked["values"])["over"] == Amount.of("72.80")
        assert ordering.approval_summary(session, small, TODAY)["who"] == ["Kim Friis"]
        with pytest.raises(NotAllowed, match="not_your_role"):
            ordering.approve(session, small, town.by(session, "birthe"))
        ordering.approve(session, small, town.by(session, "kim"))
        assert small.state == "queued"


def test_what_is_cancelled_or_sent_back_makes_room_and_other_agreements_do_not_count(town: Town) -> None:
    with town.work() as session:
        first = town.order(session, {"soap": 5})
        assert town.order(session, {"paper": 100}).state == "queued"
        over = town.order(session, {"soap": 1})
        ordering.reject(session, over, town.by(session, "kim"), "Rammen er brugt")
        ordering.cancel(session, first, town.by(session, "mette"), "cancelled")
        assert town.order(session, {"soap": 5}).state == "queued"


def test_the_basket_says_so_before_it_is_sent(town: Town) -> None:
    with town.work() as session:
        town.order(session, {"soap": 5})
        mette = town.by(session, "mette")
        basket = ordering.open_basket(session, mette)
        ordering.add_line(session, basket, town.items["soap"], 1, mette)
        (group,) = ordering.basket_view(session, basket, mette).groups
        assert [reason.code for reason in group.why] == ["approval_ceiling"]
        assert [one.name for one in group.who] == ["Kim Friis"]


def test_an_order_that_is_made_larger_is_held_to_the_ceiling_too(town: Town) -> None:
    with town.work() as session:
        waiting = town.order(session, {"soap": 5})
        mette = town.by(session, "mette")
        ordering.change_order(session, waiting, {"10": 6}, mette)
        assert (waiting.state, why(session, waiting)) == ("waiting", [("approval_ceiling", "purchasing_lead")])
        ordering.change_order(session, waiting, {"10": 5}, mette)
        assert waiting.state == "queued"
        ordering.send(session, waiting, town.system())
        with pytest.raises(NotAllowed) as refused:
            ordering.change_order(session, waiting, {"10": 6}, mette)
        assert (refused.value.code, refused.value.values["who"]) == ("approval_needed_again", ["Kim Friis"])


def test_many_at_once_stay_under_the_ceiling(town: Town) -> None:
    with town.work() as session:
        places = [session.get_one(builders.Institution, town.places[name]) for name in ("mælkevejen", "solsikken")]
        for number in range(12):
            who = builders.person(session, f"Person {number}", (Role.ORDERER, places[number % 2]))
            town.people[f"person{number}"] = who.id

    def order(number: int) -> None:
        with town.work() as session:
            town.order(session, {"soap": 1}, by=f"person{number}", place=("mælkevejen", "solsikken")[number % 2])

    assert all_at_once(12, order) == []
    with town.read() as session:
        orders = ordering.list_orders(session, limit=100)
        left = CEILING
        for one in sorted(orders, key=lambda one: one.number):
            left -= SOAP
            assert one.state == ("queued" if left >= NOTHING else "waiting"), one.number


def bound_of(session, order):
    return ordering.bought_on_agreements(session, [order.agreement_id])[order.agreement_id]


def test_a_closed_order_frees_what_was_neither_received_nor_invoiced(town: Town) -> None:
    """5 × 178,80 ordered, 2 came: 357,60 stays bound, and the item was bought twice."""
    with town.work() as session:
        order = town.sent_order(session, {"soap": 5})
        ordering.receive(session, order, {"10": 2}, town.by(session, "aisha"))
        assert town.order(session, {"soap": 1}).state == "waiting"
        with pytest.raises(NotAllowed, match="not_your_order"):
            ordering.close(session, order, town.by(session, "peter", "solsikken"))
        ordering.close(session, order, town.by(session, "mette"))
        assert order.state == "closed"
        (line,) = ordering.order_picture(session, order).lines
        assert (line.agreed, line.outstanding, line.to_invoice) == (2, 0, 2)
        assert bound_of(session, order) == SOAP + SOAP + SOAP  # the one that waits binds its own
        with pytest.raises(Conflict, match="not_now"):
            ordering.receive(session, order, {"10": 1}, town.by(session, "aisha"))
        with pytest.raises(Conflict, match="not_now"):
            ordering.close(session, order, town.by(session, "mette"))


def test_an_order_of_which_nothing_came_binds_nothing_when_it_is_closed(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 5})
        order.allowances = [{"reason": "Fragt", "amount": "79.00", "charge": True, "vat_percent": "25"}]
        ordering.close(session, order, town.by(session, "mette"))
        assert bound_of(session, order) == NOTHING
