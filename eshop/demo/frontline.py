"""What the demo's staff wish for, ask Purchasing about, and have bought in a shop."""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from PIL import Image, ImageDraw

import ordering
from eshop.amounts import Amount
from eshop.demo.municipality import MAELKEVEJEN, MYRETUEN, SOLGAARDEN
from eshop.demo.trade import Market

WISHES: Final = (
    # who, item (None: in words), words, number, note
    ("sofie", "NX-10001", None, 2, "Til fastelavnsmasker"),
    ("mette", "NX-10001", None, 1, None),
    ("sofie", "HH-10002", None, 1, None),
    ("sofie", None, "Plaster med motiv", 3, "De små siger, at det hjælper"),
)
NEEDS: Final = (
    # who, where, days ago, text
    ("mette", MAELKEVEJEN, 1, "Høreværn til børn, 6 stk., så de kan være med i køkkenet, når mixeren kører"),
    ("tove", SOLGAARDEN, 3, "Leje af en hoppeborg til sommerfesten den sidste lørdag i juni"),
)
SHOPPED: Final = (
    # who, where, days ago, shop, what, amount, reason, explanation
    ("mette", MAELKEVEJEN, 12, "Fiskehuset på havnen", "Hel torsk og muslinger", "184.50", "learning",
     "Vi åbnede en fisk sammen med de store"),
    ("aisha", MYRETUEN, 33, "Købmanden i Grantoften", "Is til turen", "96.00", "outing", None),
)  # fmt: skip


def ask_and_wish(market: Market, day: date) -> None:
    """Leaves wishes for Aisha, two questions for Kim and one that is answered, and two purchases with their receipts."""
    _wish(market, day)
    _ask(market, day)
    _shop(market, day)


def _wish(market: Market, day: date) -> None:
    for number, (who, item, text, quantity, note) in enumerate(WISHES):
        by = market.actor(who, MAELKEVEJEN, market.at(day - timedelta(days=2), f"13:{10 + number}"))
        ordering.wish_for(market.session, by, Decimal(quantity), market.item(item) if item else None, text, note)
    by = market.actor("sofie", MAELKEVEJEN, market.at(day - timedelta(days=9), "12:40"))
    wish = ordering.wish_for(market.session, by, Decimal(1), text="Trampolin til legepladsen")
    aisha = market.actor("aisha", MAELKEVEJEN, market.at(day - timedelta(days=8), "08:15"))
    ordering.decline_wish(market.session, wish, aisha, "Den skal med i budgettet til næste år")


def _ask(market: Market, day: date) -> None:
    for who, place, ago, text in NEEDS:
        by = market.actor(who, place, market.at(day - timedelta(days=ago), "10:20"))
        ordering.ask_purchasing(market.session, text, by)
    by = market.actor("mette", MAELKEVEJEN, market.at(day - timedelta(days=15), "09:30"))
    sees = market.actor("mette", MAELKEVEJEN, market.at(day - timedelta(days=1), "11:05"))
    ordering.report_item(market.session, market.item("HH-10003"), "Der er kun 4 i kartonen, ikke 6", sees)
    need = ordering.ask_purchasing(market.session, "Flydende sæbe uden parfume til et barn med eksem", by)
    kim = market.actor("kim", None, market.at(day - timedelta(days=14), "08:50"))
    answer = "Den her er uden parfume og farve, og den er på aftalen."
    ordering.answer_need(market.session, need, answer, kim, market.item("HH-10002"))


def _shop(market: Market, day: date) -> None:
    for who, place, ago, shop, what, amount, reason, explanation in SHOPPED:
        bought = day - timedelta(days=ago)
        by = market.actor(who, place, market.at(bought, "14:05"))
        till = ordering.Till(shop, what, Amount.of(amount), bought)
        picture = _receipt((shop, bought.isoformat(), what, f"I ALT {amount.replace('.', ',')}"))
        ordering.record_outside_purchase(market.session, till, reason, picture, by, explanation=explanation)


def _receipt(lines: Sequence[str]) -> bytes:
    """A picture of a till receipt."""
    paper = Image.new("RGB", (520, 120 + 60 * len(lines)), "#fdfcf7")
    pen = ImageDraw.Draw(paper)
    for row, line in enumerate(lines):
        # A till writes capitals, and this one has no Å.
        pen.text((40, 60 + 60 * row), line.upper().replace("Å", "AA"), fill="#222222", font_size=26)
    written = io.BytesIO()
    paper.save(written, "PNG")
    return written.getvalue()
