"""The pages of ordering cost the database a fixed number of questions: a long basket, a full list, a year of history cost what a short
one does."""

from decimal import Decimal

import pytest

import ordering
from tests.web.conftest import Person, Site


def questions(site: Site, person: Person, address: str) -> int:
    """What the page costs once the session is warm."""
    person.get(address)
    with site.counting() as seen:
        person.get(address)
    return len(seen)


def trade(site: Site, orders: int, lines: dict[str, int]) -> int:
    """So many orders that the supplier has, half of them received in part; the id of the last."""
    town = site.town
    with town.work() as session:
        for number in range(orders):
            order = town.sent_order(session, lines)
            if number % 2 == 0:
                ordering.receive(session, order, {"10": 1}, town.by(session, "aisha"))
        return order.id


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("mette", "/orders"),
        ("mette", "/orders?show=all"),
        ("kim", "/orders?show=all"),
        ("aisha", "/receive"),
        ("mette", "/shop"),
    ],
)
def test_histories(site: Site, name: str, address: str) -> None:
    person = site.signed_in(name)
    trade(site, 2, {"soap": 2, "gloves": 1})
    few = questions(site, person, address)
    trade(site, 24, {"soap": 2, "gloves": 1, "flour": 3})
    assert questions(site, person, address) <= few + 1
    assert few <= 50


def test_what_waits_for_approval(site: Site) -> None:
    jens = site.signed_in("jens")
    with site.town.work() as session:
        site.town.order(session, {"mop": 2})
    few = questions(site, jens, "/approvals")
    with site.town.work() as session:
        for _ in range(12):
            site.town.order(session, {"mop": 2, "soap": 1})
    assert questions(site, jens, "/approvals") <= few + 3  # two for the budget that the last of them go over


def test_one_order(site: Site) -> None:
    mette = site.signed_in("mette")
    small = trade(site, 1, {"soap": 2})
    few = questions(site, mette, f"/orders/{small}")
    large = trade(site, 1, dict.fromkeys(("soap", "gloves", "flour"), 9))
    town = site.town
    with town.work() as session:
        order = ordering.get_order(session, large)
        for number in range(1, 9):
            ordering.receive(session, order, {"10": 1, "20": 1}, town.by(session, "aisha"))
            ordering.change_order(session, order, {"30": 9 + number}, town.by(session, "aisha"))
    assert questions(site, mette, f"/orders/{large}") == few
    assert few <= 20


def test_a_basket(site: Site) -> None:
    mette = site.signed_in("mette")

    def put(*names: str) -> None:
        with site.town.work() as session:
            by = site.town.by(session, "mette")
            basket = ordering.open_basket(session, by)
            for name in names:
                ordering.add_line(session, basket, site.town.items[name], Decimal(6), by)

    put("soap", "paper")
    few = {page: questions(site, mette, page) for page in ("/basket", "/basket/send")}
    put("gloves", "flour", "cards")
    assert {page: questions(site, mette, page) for page in few} == few
