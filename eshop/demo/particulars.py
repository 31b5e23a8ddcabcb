"""What the demo's suppliers tell of some articles beside their price: what goes with it, and what it costs to have. (pure)"""

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

from eshop import ubl
from eshop.demo.assortment import Article
from eshop.ubl import Identifier, Text

ACCESSORIES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Bærbar pc": (("DF-10331", "Dockingstation"), ("DF-10307", "Mus"), ("DF-10501", "Headset")),
    "Skærm": (("DF-10331", "Dockingstation"), ("DF-10325", "Webkamera")),
    "Mobiltelefon": (("DF-10501", "Headset"),),
    "Håndsæbe": (("HH-11901", "Dispenser"),),
    "Håndsprit": (("HH-11913", "Dispenser"),),
    "Toiletpapir": (("HH-11919", "Dispenser"),),
    "Håndklædeark": (("HH-11925", "Dispenser"),),
    "Moppe": (("HH-11822", "Fremfører 40 cm"), ("HH-11825", "Spand med vrider")),
}
"""What an article's name begins with → items that go with it."""
NEEDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {"Skumsæbe": (("HH-11907", "Dispenser til skumsæbe"),)}
REPLACES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {"HH-10002": (("HH-10001", "Den lille flaske udgår"),)}
RUNNING: Final[Mapping[str, tuple[int, int, int, int]]] = {
    # years it lasts, least kWh a year, how much more it may be, kroner a year for consumables
    "Bærbar pc": (5, 24, 30, 0),
    "Skærm": (7, 35, 60, 0),
    "Laserprinter": (6, 60, 50, 780),
    "Multifunktionsprinter": (6, 80, 60, 1150),
}


def _first_word(article: Article) -> str:
    return article.name.split(",", 1)[0]


def _related(told: tuple[tuple[str, str], ...]) -> tuple[ubl.RelatedItem, ...]:
    return tuple(ubl.RelatedItem(id=Identifier(number), descriptions=(Text(text),)) for number, text in told)


def relations(article: Article) -> dict[str, Any]:
    """The fields of a catalogue line that name other items."""
    word = _first_word(article)
    told = {
        "accessory_related_items": ACCESSORIES.get(word, ()),
        "required_related_items": NEEDS.get(word, ()),
        "replaced_related_items": REPLACES.get(article.seller_item_id, ()),
    }
    return {field: _related(items) for field, items in told.items() if items}


def properties(article: Article) -> tuple[ubl.ItemProperty, ...]:
    """What it costs to have: years, energy and consumables; the same every time for the same article."""
    running = RUNNING.get(_first_word(article))
    if running is None:
        return ()
    years, least, more, consumables = running
    said = [("Levetid (år)", str(years)), ("Energiforbrug kWh/år", str(least + crc32(article.name.encode()) % more))]
    if consumables:
        said.append(("Forbrugsstoffer kr./år", str(consumables)))
    return tuple(ubl.ItemProperty(name=name, value=value) for name, value in said)
