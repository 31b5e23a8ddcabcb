"""The chart the demo's invoices are coded by; what one person did alone, and the carton that came crushed."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from PIL import Image, ImageDraw

import invoicing
import ordering
from eshop.demo.municipality import CENTRES, MAELKEVEJEN
from eshop.demo.trade import Market

FUNCTIONS: Final = {
    "0.32.31": "Stadion og idrætsanlæg",
    "2.28.11": "Vejvedligeholdelse",
    "3.22.01": "Folkeskoler",
    "3.22.05": "Skolefritidsordninger",
    "3.32.50": "Folkebiblioteker",
    "5.25.13": "Dagpleje og vuggestuer",
    "5.25.14": "Daginstitutioner",
    "5.30.26": "Personlig og praktisk hjælp",
    "5.30.27": "Plejehjem",
    "6.45.51": "Sekretariat og forvaltninger",
}
ARTS: Final = {
    "2.2": "Fødevarer",
    "2.3": "Brændsel og drivmidler",
    "2.6": "Køb af jord og bygninger",
    "2.7": "Anskaffelser",
    "2.9": "Øvrige varekøb",
    "4.0": "Tjenesteydelser uden moms",
    "4.5": "Entreprenør- og håndværkerydelser",
    "4.9": "Øvrige tjenesteydelser",
}


def load_chart(market: Market, day: date) -> None:
    """The chart of accounts: every value that the units' coding uses, with its name."""
    functions = {function: FUNCTIONS.get(function, name) for name, function, _ in CENTRES}
    rows = [("function", value, name) for value, name in sorted({**FUNCTIONS, **functions}.items())]
    rows += [("cost_centre", centre, name) for name, _, centre in CENTRES]
    rows += [("art", value, name) for value, name in ARTS.items()]
    text = "dimension;value;name\n" + "".join(f"{';'.join(row)}\n" for row in rows)
    soeren = market.actor("soeren", None, market.at(day - timedelta(days=30), "13:20"))
    invoicing.load_table(market.session, "chart", text.encode(), f"Lindeå Kommunes kontoplan {day.year}", soeren)


def act_alone(market: Market, day: date) -> None:
    """A purchase so small that one person may do all of it, and chance picked it out for Jens to look at."""
    order = market.bought("mette", MAELKEVEJEN, (("LH-10401", 2),), day - timedelta(days=62), receiver="mette")
    market.invoice(market.bill(order, MAELKEVEJEN, day - timedelta(days=58)))


def receive_crushed(market: Market, day: date) -> None:
    """One of three cartons was crushed: counted as damaged, with a picture, and complained of."""
    order = market.bought("mette", MAELKEVEJEN, (("HH-10022", 3),), day - timedelta(days=34))
    aisha = market.actor("aisha", MAELKEVEJEN, market.at(day - timedelta(days=31), "08:40"), 90)
    count = ordering.Count(
        Decimal(2),
        damaged=Decimal(1),
        reason="Kartonen var trykket, og to flasker er gået i stykker",
        photos=(_carton(),),
    )
    ordering.receive(market.session, order, {order.lines[0].line: count}, aisha)


def _carton() -> bytes:
    """A picture of a carton with a corner pressed in, and what ran out of it."""
    picture = Image.new("RGB", (640, 480), "#8b8f8c")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((330, 360, 590, 440), fill="#b9d3d8")
    pen.polygon([(120, 150), (400, 120), (400, 380), (120, 400)], fill="#b58a55", outline="#6e5230")
    pen.polygon([(400, 120), (540, 190), (500, 250), (540, 330), (400, 380)], fill="#94703f", outline="#6e5230")
    pen.polygon([(120, 150), (270, 90), (540, 190), (400, 120)], fill="#c79d68", outline="#6e5230")
    pen.line([(400, 200), (455, 240), (430, 290), (475, 320)], fill="#4a361d", width=5)
    pen.text((170, 250), "DENNE SIDE OP", fill="#5b4325", font_size=26)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()
