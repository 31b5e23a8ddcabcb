"""How things stand on the demo's day: what waits for whom, what is on its way, and what lies in the basket."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import ordering
from eshop.demo.municipality import MAELKEVEJEN, MYRETUEN
from eshop.demo.trade import Market, Picks
from eshop.demo.year import FAVOURITES

IN_THE_BASKET: Final[Picks] = (("HH-10002", 1), ("HH-10316", 2), ("NX-10001", 3), ("GF-10213", 2), ("GF-10019", 1))
WORKSHOP: Final[Picks] = (("LH-10006", 3), ("LH-10003", 2), ("LH-10801", 4))


def leave_open(market: Market, day: date) -> None:
    """Leaves work for each of the demo's people."""
    _to_receive(market, day)
    _to_approve(market, day)
    _to_answer(market, day)
    _begun(market)


def _to_receive(market: Market, day: date) -> None:
    """Three deliveries for Mælkevejen: one that came in part, one that is here today, one on its way."""
    market.bought(
        "aisha", MAELKEVEJEN, (("PP-10019", 4), ("PP-10518", 3), ("PP-10903", 2)), day - timedelta(days=6),
        approver="jens", receiver="mette", received={"10": 4, "20": 1, "30": 2}, reference="Puslerum", after=3,
    )  # fmt: skip
    market.bought("mette", MAELKEVEJEN, FAVOURITES[0][2], day - timedelta(days=1), approver="jens")
    market.bought("mette", MAELKEVEJEN, FAVOURITES[2][2], day - timedelta(days=1), approver="jens")


def _to_approve(market: Market, day: date) -> None:
    """Three orders that wait for Jens: for two institutions, the first since yesterday."""
    market.order("aisha", MYRETUEN, (("PP-10019", 8), ("PP-10202", 8)), market.at(day - timedelta(days=1), "15:40"))
    for minutes, picks, reference in (
        (130, WORKSHOP, "Sommerværksted"),
        (45, (("PP-10518", 4), ("PP-10403", 3)), "Puslerum"),
    ):
        market.order("mette", MAELKEVEJEN, picks, market.latest - timedelta(minutes=minutes), reference=reference)


def _to_answer(market: Market, day: date) -> None:
    """One order that Jens has sent back with a question."""
    at = market.at(day - timedelta(days=1), "11:05")
    order = market.order("mette", MAELKEVEJEN, (("LH-10006", 4), ("LH-11202", 1)), at)
    jens = market.actor("jens", MAELKEVEJEN, at + timedelta(minutes=90))
    if order.state == "waiting":
        ordering.reject(market.session, order, jens, "Kan I bruge klodserne fra Myretuen i stedet?")


def _begun(market: Market) -> None:
    """Mette's basket."""
    by = market.actor("mette", MAELKEVEJEN, market.latest - timedelta(minutes=20))
    basket = ordering.open_basket(market.session, by)
    for item, quantity in IN_THE_BASKET:
        ordering.add_line(market.session, basket, market.item(item), Decimal(quantity), by)
