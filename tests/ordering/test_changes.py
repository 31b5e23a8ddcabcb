"""Our own changes: before the order has left, after, and taking it all back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

import ordering
from catalogues import Agreement
from eshop import ubl
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.exchange import Message
from tests.builders import Town, later


def outbox(session) -> list[str]:
    return list(session.scalars(select(Message.document_type).where(Message.direction == "out").order_by(Message.id)))


def test_an_order_that_has_not_left_is_rewritten(thrifty: Town) -> None:
    with thrifty.work() as session:
        order = thrifty.order(session, {"soap": 2, "gloves": 1})
        mette = thrifty.by(session, "mette")
        ordering.change_order(session, order, {"10": 5, "20": 0}, mette)
        assert [(line.line, line.quantity) for line in order.lines] == [("10", Decimal(5))]
        assert order.state == "queued"
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "894.00"
        ordering.change_order(session, order, {"10": 30}, mette)
        assert order.state == "waiting"
        ordering.change_order(session, order, {"10": 1}, mette)
        assert order.state == "queued"
        assert outbox(session) == []
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "178.80"


def test_fewer_and_more_after_it_has_left(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 2})
        mette = town.by(session, "mette")
        ordering.change_order(session, order, {"10": 8, "20": 3}, mette)
        assert [line.agreed for line in ordering.order_picture(session, order).lines] == [8, 3]
        assert [line.line for line in order.lines] == ["10", "20"]
        message = session.scalars(select(Message).where(Message.document_type == "OrderChange")).one()
        document = ubl.read(message.body)
        assert isinstance(document, ubl.OrderChange)
        assert str(document.sequence_number_id) == "1"
        assert [str(line.line_item.quantity.value) for line in document.order_lines] == ["8", "3"]  # type: ignore[union-attr]
        ordering.change_order(session, order, {"20": 0}, mette)
        assert outbox(session) == ["Order", "OrderChange", "OrderChange"]
        assert order.change_number == 2
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "1430.40"


def test_changes_that_cannot_be(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        mette = town.by(session, "mette")
        ordering.receive(session, order, {"10": 6}, mette)
        for quantities, code in (
            ({"20": 1}, "line_unknown"),
            ({"10": "0.5"}, "quantity_not_whole"),
            ({"10": -1}, "quantity_not_positive"),
            ({"10": 10**9}, "quantity_too_large"),
            ({"10": 5}, "fewer_than_received"),
            ({"10": 10}, "nothing_changed"),
        ):
            with pytest.raises(BadInput) as no:
                ordering.change_order(session, order, quantities, mette)
            assert no.value.code == code
        with pytest.raises(NotAllowed, match="not_your_order"):
            ordering.change_order(session, order, {"10": 9}, town.by(session, "omar"))
        with pytest.raises(Conflict, match="already_received"):
            ordering.cancel(session, order, mette, "Alligevel ikke")
        session.get_one(Agreement, town.agreements["50.90"]).valid_to = date(2026, 5, 1)
        session.flush()
        with pytest.raises(Conflict, match="no_longer_orderable"):
            ordering.change_order(session, order, {"10": 11}, mette)
        # Fewer is always possible.
        ordering.change_order(session, order, {"10": 9}, mette)


def test_more_than_may_be_ordered_alone_needs_an_approver(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"mop": 1})
        with pytest.raises(NotAllowed) as no, session.begin_nested():
            ordering.change_order(session, order, {"10": 2}, town.by(session, "mette"))
        assert no.value.code == "approval_needed_again"
        assert no.value.values["who"] == ["Jens Holm"]


def test_taking_an_order_back(thrifty: Town) -> None:
    with thrifty.work() as session:
        mette = thrifty.by(session, "mette")
        early = thrifty.order(session, {"mop": 2})
        with pytest.raises(BadInput, match="reason_missing"):
            ordering.cancel(session, early, mette, "")
        ordering.cancel(session, early, mette, "Forkert")
        assert outbox(session) == []
        order = thrifty.sent_order(session, {"soap": 2})
        ordering.cancel(session, order, mette, "Forkerte varer")
        assert outbox(session) == ["Order", "OrderCancellation"]
        assert order.standing == "cancelled"
        assert ordering.budget_of(session, order.institution_id, 2026).committed == type(order.total)(0)
        assert ordering.orders_waiting(session, thrifty.by(session, "jens")) == []
        with pytest.raises(Conflict, match="not_now"):
            ordering.cancel(session, order, mette, "igen")
        assert ordering.quantities_of(session, order.id)[order.lines[0].id].outstanding == 0


def test_taking_every_line_away_is_taking_the_order_back(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 2})
        ordering.change_order(session, order, {"10": 0}, town.by(session, "mette"), "Fejlbestilling")
        assert order.state == "cancelled"


def test_colleagues_with_the_right_may_change_for_others(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 5})
        ordering.change_order(session, order, {"10": 4}, town.by(session, "aisha", at=later(hours=1)))
        assert ordering.order_picture(session, order).lines[0].agreed == 4
