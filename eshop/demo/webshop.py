"""One agreement has a webshop of its own at the supplier, and Aisha has been there; two tenders are on the way to become agreements."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

import catalogues
import ordering
from eshop.demo.municipality import MYRETUEN
from eshop.demo.trade import Market, shelf
from eshop.formats import ReturnedBasket, ReturnedLine

AGREEMENT: Final = "2026-012"


def open_a_webshop(market: Market) -> None:
    """The furniture agreement: two items came back into Myretuen's basket, a dearer one and one off the agreement did not."""
    session, at = market.session, market.latest - timedelta(days=3)
    (agreement,) = catalogues.find_agreements(session, AGREEMENT)
    settings = {"fields": [["USERNAME", "lindeaa-kommune"], ["PASSWORD", "vist-i-demo"]], "version": "4.0"}
    setup = catalogues.record_punchout(
        session, agreement, "oci", "https://webshop.inventar.example/oci", settings, market.actor("kim", None, at)
    )
    by = market.actor("aisha", MYRETUEN, market.latest - timedelta(minutes=50))
    visit = catalogues.start_visit(session, setup, by)
    articles = shelf(AGREEMENT)[:3]
    lines = [
        ReturnedLine(
            position, one.seller_item_id, Decimal(2), one.unit, one.unit, one.price.kroner, "DKK", name=one.name
        )
        for position, one in enumerate(articles, 1)
    ]
    dearer = lines[2].price
    assert dearer is not None
    lines[2] = ReturnedLine(
        3, lines[2].seller_item_id, Decimal(1), lines[2].unit, lines[2].unit_as_written, dearer + 150, "DKK",
        name=f"{lines[2].name}, med montering",
    )  # fmt: skip
    lines.append(
        ReturnedLine(4, "KAMPAGNE-118", Decimal(1), "EA", "ST", Decimal(499), "DKK", name="Gulvlampe, ugens tilbud")
    )
    ordering.take_returned(session, visit, ReturnedBasket(tuple(lines)), by)


def plan_tenders(market: Market) -> None:
    """What follows the food agreement is open for offers; bread is planned."""
    session, at = market.session, market.latest - timedelta(days=20)
    kim, day = market.actor("kim", None, at), market.latest.date()
    food = catalogues.plan_tender(
        session, "2026-088", "Fødevarer, kolonial og frost", day + timedelta(days=39), kim,
        valid_to=day + timedelta(days=39 + 730), answers_by=day + timedelta(days=12), level="community", unspsc=("50",),
    )  # fmt: skip
    catalogues.move_tender(session, food, "publish", kim)
    catalogues.plan_tender(
        session, "2027-003", "Brød og bagværk til daginstitutioner", day + timedelta(days=120), kim, unspsc=("5018",)
    )
