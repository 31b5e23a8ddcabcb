"""Our own changes: before the order has left, after, and taking it all back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

import ordering
from catalogues import Agreement
from eshop import ubl
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.exchange import Message, partner_of
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


@pytest.mark.parametrize("profile", ["peppol-bis-3", "oioubl-2.1"])
def test_another_day_after_it_has_left_is_told_to_the_supplier(town: Town, profile: str) -> None:
    with town.work() as session:
        partner_of(session, town.suppliers["hygiejnehuset"]).profile = profile
        order = town.sent_order(session, {"soap": 10, "gloves": 2})
        order.lines[1].deliver_on = date(2026, 5, 18)  # the supplier's promise for one line
        mette = town.by(session, "mette")
        ordering.change_order(session, order, {}, mette, deliver_on=date(2026, 5, 21))
        assert (order.state, order.deliver_on, order.change_number) == ("sent", date(2026, 5, 21), 1)
        assert [line.deliver_on for line in order.lines] == [None, None]
        message = session.scalars(select(Message).where(Message.document_type == "OrderChange")).one()
        document = ubl.read(message.body)
        assert isinstance(document, ubl.OrderChange)
        (delivery,) = document.deliveries
        assert delivery.requested_delivery_period is not None
        assert delivery.requested_delivery_period.end_date == date(2026, 5, 21)
        assert [line.line_item.quantity.value for line in document.order_lines] == [10, 2]  # type: ignore[union-attr]
        assert all(not line.line_item.deliveries for line in document.order_lines)  # type: ignore[union-attr]
        (event,) = [row for row in ordering.timeline(session, order) if row.event == "order_changed"]
        assert event.fields == {"change_number": 1, "lines": ["20"], "deliver_on": "2026-05-21"}


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 5, 12), "delivery_too_early"),
        (date(2026, 5, 23), "delivery_closed"),
        (date(2028, 1, 3), "delivery_too_far"),
    ],
)
def test_a_day_that_cannot_be_kept_changes_nothing(sqlite_town: Town, day: date, code: str) -> None:
    with sqlite_town.work() as session:
        order = sqlite_town.sent_order(session, {"soap": 1})
        was = order.deliver_on
        mette = sqlite_town.by(session, "mette")
        with pytest.raises(BadInput) as refused:
            ordering.change_order(session, order, {}, mette, deliver_on=day)
        assert refused.value.code == code
        with pytest.raises(BadInput) as nothing:
            ordering.change_order(session, order, {}, mette, deliver_on=was)
        assert nothing.value.code == "nothing_changed"
        assert (order.deliver_on, outbox(session)) == (was, ["Order"])


def test_another_day_before_it_has_left_asks_the_approver_again(town: Town) -> None:
    with town.work() as session:
        order = town.order(session, {"soap": 40})
        ordering.approve(session, order, town.by(session, "jens"))
        assert order.state == "queued"
        mette = town.by(session, "mette")
        ordering.change_order(session, order, {}, mette, deliver_on=date(2026, 5, 21))
        assert (order.state, order.deliver_on) == ("waiting", date(2026, 5, 21))
        assert not [one for one in ordering.approvals_of(session, order.id) if one.state == "approved"]


def test_a_day_in_the_next_year_is_taken_from_the_next_years_budget(thrifty: Town) -> None:
    with thrifty.work() as session:
        order = thrifty.sent_order(session, {"soap": 20})
        late = date(2027, 1, 5)
        mette = thrifty.by(session, "mette")
        ordering.change_order(session, order, {}, mette, deliver_on=late)
        spent = [str(ordering.budget_of(session, order.institution_id, year).committed) for year in (2026, 2027)]
        assert spent == ["0.00", "3576.00"]
        full = thrifty.order(session, {"soap": 36}, deliver_on=late)
        assert full.state == "waiting", "next year's budget is used"
        second = thrifty.sent_order(session, {"soap": 30})
        with pytest.raises(NotAllowed) as refused:
            ordering.change_order(session, second, {}, mette, deliver_on=late)
        assert refused.value.code == "approval_needed_again"


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
