"""What goes wrong between us and suppliers in the demo: goods that came damaged, what was written about it, and an order by mail that
could not be delivered."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from PIL import Image, ImageDraw
from sqlalchemy import select

import ordering
from eshop.demo.municipality import MAELKEVEJEN, MYRETUEN
from eshop.demo.trade import Market, Picks
from eshop.exchange import Message

DAMAGED: Final[Picks] = (("HH-10316", 4), ("HH-10022", 2))
ASKED: Final = (
    "To af kartonerne var våde i bunden, da de kom. Kan I tage nye med på torsdag? "
    "I må gerne sætte dem ved køkkendøren bag huset, så skal ingen bære dem op."
)
ANSWERED: Final = (
    "Det er vi kede af. Chaufføren har to nye kartoner med på torsdag, ved køkkendøren. I hører ikke mere fra os."
)
UNSENT: Final[Picks] = (("LH-10006", 1),)


def go_wrong(market: Market, day: date) -> None:
    """Leaves an open complaint with a conversation, and one document that waits for Kim."""
    _damaged(market, day)
    _dead(market, day)


def _damaged(market: Market, day: date) -> None:
    session = market.session
    order = market.bought("mette", MAELKEVEJEN, DAMAGED, day - timedelta(days=5), approver="jens", reference="Køkken")
    at = market.at(day - timedelta(days=1), "09:35")
    counts = {
        "10": ordering.Count(Decimal(2), damaged=Decimal(2), reason="Våde i bunden", photos=(_wet_carton(),)),
        "20": Decimal(2),
    }
    aisha = market.actor("aisha", MAELKEVEJEN, at, 70)
    ordering.receive(session, order, counts, aisha)
    ordering.write_message(session, order, ASKED, market.actor("aisha", MAELKEVEJEN, at + timedelta(minutes=8), 40))
    # The installation's own key signs the links that are mailed; this one is opened here and never given out.
    by = market.system(at + timedelta(minutes=10))
    claim = ordering.read_link(ordering.issue_link(session, order, by, b"demo", ("write",)), b"demo")
    ordering.message_by_link(session, claim, ANSWERED, market.system(at + timedelta(minutes=95)))


def _dead(market: Market, day: date) -> None:
    """The supplier has changed their address, and nobody here knows the new one yet."""
    at = market.at(day - timedelta(days=1), "14:05")
    order = market.send(market.order("aisha", MYRETUEN, UNSENT, at, approver="jens"), at + timedelta(minutes=10))
    message = market.session.scalars(
        select(Message).where(Message.order_id == order.id, Message.document_type == "Order")
    ).one()
    message.state, message.attempts = "dead", 1
    message.channel, message.address = "smtp", "ordre@det-gamle-legehus.example"
    message.last_error = "the address was refused"


def _wet_carton() -> bytes:
    """A picture of a brown carton, dark at the bottom."""
    photo = Image.new("RGB", (800, 600), "#b9b4a8")
    pen = ImageDraw.Draw(photo)
    pen.rectangle((160, 120, 640, 520), fill="#b98a56", outline="#7b5a34", width=6)
    pen.rectangle((166, 400, 634, 514), fill="#6f4d2a")
    pen.line((400, 120, 400, 520), fill="#8d6a40", width=10)
    pen.text((200, 180), "HygiejneHuset", fill="#4b3720", font_size=48)
    written = io.BytesIO()
    photo.save(written, "JPEG")
    return written.getvalue()
