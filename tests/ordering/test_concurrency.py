"""Fifty people order at once: no lost line, no double order number, no approval bypassed, budgets right to the øre."""

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import func, select

import ordering
from eshop.amounts import NOTHING, Amount
from eshop.db import AmountType, Database
from eshop.errors import Conflict, NotAllowed
from eshop.identity import Role
from tests import builders
from tests.at_once import all_at_once
from tests.builders import Town

PEOPLE = 50


@pytest.fixture
def crowd(database: Database) -> tuple[Town, list[str]]:
    """Fifty orderers of a nursery that has 5.000 kr. a year."""
    town = builders.town(database, budget="5000")
    names = [f"person{place}" for place in range(PEOPLE)]
    with town.work() as session:
        nursery = session.get_one(builders.Institution, town.places["mælkevejen"])
        for name in names:
            town.people[name] = builders.person(session, name.title(), (Role.ORDERER, nursery)).id
    return town, names


def test_fifty_order_at_once(crowd: tuple[Town, list[str]]) -> None:
    town, names = crowd

    def order(place: int) -> None:
        with town.work() as session:
            town.orders(session, {"soap": 1, "paper": place % 3 + 1}, by=names[place])

    assert all_at_once(PEOPLE, order) == []
    with town.read() as session:
        orders = ordering.list_orders(session, limit=1000)
        assert len(orders) == 2 * PEOPLE
        numbers = [one.number for one in orders]
        assert len(set(numbers)) == len(numbers)
        assert all(ordering.well_formed(number) for number in numbers)
        running = sorted(int(number[5:-1]) for number in numbers)
        assert running == list(range(10000, 10000 + 2 * PEOPLE))
        lines = Counter(line.item_id for one in orders for line in one.lines)
        assert lines == {town.items["soap"]: PEOPLE, town.items["paper"]: PEOPLE}
        # To the øre: what is committed is the sum of the orders, and exactly those that no longer fitted wait for an approval.
        total = Amount.sum(one.total for one in orders)
        assert ordering.budget_of(session, town.places["mælkevejen"], 2026).committed == total
        ledger = session.scalar(select(func.sum(ordering.Commitment.amount, type_=AmountType())))
        assert ledger == total
        left = Amount.of("5000")
        for one in sorted(orders, key=lambda one: one.number):
            left -= one.total
            assert one.state == ("queued" if left >= NOTHING else "waiting"), one.number
        for one in orders:
            asked = ordering.approvals_of(session, one.id)
            assert bool(asked) is (one.state == "waiting")


def test_one_order_is_approved_once_by_many(crowd: tuple[Town, list[str]]) -> None:
    town, _ = crowd
    with town.work() as session:
        nursery = session.get_one(builders.Institution, town.places["mælkevejen"])
        for place in range(10):
            town.people[f"boss{place}"] = builders.person(session, f"Boss {place}", (Role.APPROVER, nursery)).id
        order_id = town.order(session, {"mop": 2}).id

    def approve(place: int) -> None:
        with town.work() as session:
            ordering.approve(session, ordering.get_order(session, order_id), town.by(session, f"boss{place}"))

    refused = all_at_once(10, approve)
    assert [type(one) for one in refused] == [Conflict] * 9
    assert {one.code for one in refused} == {"already_decided"}  # type: ignore[attr-defined]
    with town.read() as session:
        decided = [one for one in ordering.approvals_of(session, order_id) if one.state == "approved"]
        assert len(decided) == 1


def test_approving_and_changing_at_once_bypasses_nothing(crowd: tuple[Town, list[str]]) -> None:
    """One changes the order while another approves what they saw: either the change asks again, or the approval is refused."""
    town, _ = crowd
    for _ in range(5):
        with town.work() as session:
            order = town.order(session, {"mop": 2})
            seen = ordering.content_hash(order)

        def act(place: int, order_id: int = order.id, shown: str = seen) -> None:
            with town.work() as session:
                found = ordering.get_order(session, order_id)
                if place == 0:
                    ordering.approve(session, found, town.by(session, "jens"), seen=shown)
                else:
                    ordering.change_order(session, found, {"10": 9}, town.by(session, "mette"))

        raised = all_at_once(2, act)
        assert all(getattr(one, "code", "") == "order_changed" for one in raised), raised
        with town.read() as session:
            found = ordering.get_order(session, order.id)
            assert found.lines[0].quantity == Decimal(9)
            assert found.state == "waiting"
            assert not ordering.fully_approved(session, found)


def test_one_delivery_is_received_once_by_many(crowd: tuple[Town, list[str]]) -> None:
    town, names = crowd
    with town.work() as session:
        order_id = town.sent_order(session, {"soap": 10}).id

    def receive(place: int) -> None:
        with town.work() as session:
            found = ordering.get_order(session, order_id)
            ordering.receive(session, found, None, town.by(session, names[place]), key=f"device-{place}", seen=0)

    refused = all_at_once(10, receive)
    assert {getattr(one, "code", str(one)) for one in refused} == {"received_meanwhile"}
    assert len(refused) == 9
    with town.read() as session:
        assert len(ordering.receipts_of(session, [order_id])[order_id]) == 1
        assert ordering.order_picture(session, order_id).lines[0].received == 10


def test_two_tabs_of_one_person_lose_no_line(crowd: tuple[Town, list[str]]) -> None:
    town, _ = crowd
    with town.work() as session:
        ordering.open_basket(session, town.by(session, "mette"))
    names = ["soap", "gloves", "mop", "flour"] * 5

    def add(place: int) -> None:
        with town.work() as session:
            mette = town.by(session, "mette")
            basket = ordering.open_basket(session, mette)
            ordering.add_line(session, basket, town.items[names[place]], Decimal(1), mette)

    assert all_at_once(len(names), add) == []
    with town.read() as session:
        basket = session.scalars(select(ordering.Basket).where(ordering.Basket.user_id == town.people["mette"])).one()
        assert {line.item_id: line.quantity for line in basket.lines} == {
            town.items[name]: Decimal(5) for name in set(names)
        }


def test_an_order_is_placed_once_from_a_basket_submitted_twice(crowd: tuple[Town, list[str]]) -> None:
    town, _ = crowd
    with town.work() as session:
        mette = town.by(session, "mette")
        ordering.add_line(session, ordering.open_basket(session, mette), town.items["soap"], Decimal(1), mette)

    def submit(_place: int) -> None:
        with town.work() as session:
            mette = town.by(session, "mette")
            ordering.submit(session, ordering.open_basket(session, mette), mette)

    refused = all_at_once(8, submit)
    assert {getattr(one, "code", str(one)) for one in refused} == {"basket_empty"}
    with town.read() as session:
        assert len(ordering.list_orders(session)) == 1
        with pytest.raises(NotAllowed):
            ordering.undo(session, ordering.list_orders(session)[0], town.by(session, "omar"))
