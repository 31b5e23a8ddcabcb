"""A page costs a bounded number of queries, whatever the size of basket, list or history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

import ordering
from eshop.amounts import Amount
from eshop.identity import Role
from tests import builders
from tests.builders import Town


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are run inside."""
    engine = session.get_bind().engine  # type: ignore[union-attr]
    run: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        run.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine, "before_cursor_execute", note)


def cost(town: Town, act: Callable[[Session], Any]) -> int:
    """The number of statements of a page, in a session of its own."""
    with town.read() as session, counted(session) as run:
        act(session)
    return len(run)


def stock(town: Town, suppliers: int, items: int) -> list[int]:
    """So many suppliers' agreements with so many items each."""
    made: list[int] = []
    with town.work() as session:
        for number in range(suppliers):
            seller = builders.supplier(
                session, f"Leverandør {number}", cvr=f"{41000000 + len(town.items) * 100 + number}"
            )
            bought = builders.agreement(session, seller, f"60.{len(town.items)}.{number}")
            made += [builders.item(session, bought, f"Vare {number}-{place}", "10.00") for place in range(items)]
    return made


@pytest.fixture
def pages(sqlite_town: Town) -> Town:
    with sqlite_town.work() as session:
        kim = sqlite_town.by(session, "kim", None)
        ordering.record_approval_rule(session, "amount", kim, threshold=Amount.of("1"))
        ordering.record_approval_rule(session, "first_time_supplier", kim, role=Role.PURCHASING_LEAD)
        ordering.open_basket(session, sqlite_town.by(session, "mette"))
    return sqlite_town


def fill(town: Town, items: list[int]) -> None:
    with town.work() as session:
        mette = town.by(session, "mette")
        basket = ordering.open_basket(session, mette)
        for item_id in items:
            ordering.add_line(session, basket, item_id, Decimal(1), mette)


def show_basket(town: Town) -> Callable[[Session], Any]:
    return lambda session: ordering.basket_view(
        session, ordering.open_basket(session, town.by(session, "mette")), town.by(session, "mette")
    )


def test_a_basket(pages: Town) -> None:
    fill(pages, stock(pages, 2, 2))
    small = cost(pages, show_basket(pages))
    pages.items["more"] = 0
    fill(pages, stock(pages, 10, 8))
    assert cost(pages, show_basket(pages)) == small
    assert small <= 35


def test_a_list(pages: Town) -> None:
    def lay(items: list[int]) -> None:
        with pages.work() as session:
            mette = pages.by(session, "mette")
            for item_id in items:
                ordering.set_favourite(session, item_id, True, mette)

    def show(session: Session) -> None:
        mette = pages.by(session, "mette")
        ordering.list_view(session, ordering.favourites(session, mette), mette)

    lay(stock(pages, 1, 2))
    small = cost(pages, show)
    pages.items["more"] = 0
    lay(stock(pages, 8, 8))
    assert cost(pages, show) == small
    assert small <= 20


def test_histories_and_what_waits(pages: Town) -> None:
    """Orders, what is to be received and what is to be approved: twenty times as many in four institutions cost the same."""
    with pages.work() as session:
        _sent_and_waiting(session, pages, "mælkevejen", 2)
    acts: dict[str, Callable[[Session], Any]] = {
        "orders": lambda session: ordering.list_orders(session, limit=500),
        "to receive": lambda session: ordering.orders_to_receive(
            session, pages.by(session, "aisha"), [pages.places["mælkevejen"]], limit=500
        ),
        "waiting": lambda session: ordering.orders_waiting(session, pages.by(session, "kim", None), all_i_can=True),
        "asked": lambda session: ordering.who_is_asked(
            session, ordering.list_orders(session, limit=500), pages.by(session, "kim", None).today
        ),
        "pictures": lambda session: ordering.order_pictures(
            session, [one.id for one in ordering.list_orders(session, limit=500)]
        ),
        "costs": lambda session: ordering.costs_of(
            session, [one.id for one in ordering.list_orders(session, limit=500)]
        ),
    }
    small = {name: cost(pages, act) for name, act in acts.items()}
    with pages.work() as session:
        for place in range(3):
            unit = builders.institution(session, f"Institution {place}")
            pages.places[f"i{place}"] = unit.id
            pages.people[f"p{place}"] = builders.person(session, f"Person {place}", (Role.ORDERER, unit)).id
            _sent_and_waiting(session, pages, f"i{place}", 6, by=f"p{place}")
        _sent_and_waiting(session, pages, "mælkevejen", 20)
    assert {name: cost(pages, act) for name, act in acts.items()} == small


def _sent_and_waiting(session: Session, town: Town, place: str, number: int, by: str = "mette") -> None:
    for _ in range(number):
        town.order(session, {"soap": 1, "gloves": 1, "mop": 1}, by=by, place=place)
        sent = town.order(session, {"soap": 2}, by=by, place=place)
        ordering.approve(session, sent, town.by(session, "kim", None))
        ordering.send(session, sent, town.system())


def test_one_order(pages: Town) -> None:
    with pages.work() as session:
        kim = pages.by(session, "kim", None)
        small, large = (
            pages.order(session, {"soap": 1}),
            pages.order(session, dict.fromkeys(("soap", "gloves", "mop", "flour"), 3)),
        )
        for order in (small, large):
            ordering.approve(session, order, kim)
            ordering.send(session, order, pages.system())
        for counts in ({"10": 1, "20": 1}, {"10": 2}):
            ordering.receive(session, large, counts, pages.by(session, "aisha"))

    def show(order_id: int) -> Callable[[Session], Any]:
        return lambda session: ordering.as_json(session, ordering.get_order(session, order_id))

    assert cost(pages, show(small.id)) <= cost(pages, show(large.id)) <= cost(pages, show(small.id)) + 2
    assert cost(pages, show(large.id)) <= 20
