"""What a supplier's webshop sends back from a visit (punch-out), whatever format it came in. No rules: a line says what it says. (pure)"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from eshop.amounts import canonical_unit, exact
from eshop.errors import BadInput
from eshop.formats.price_lists import unit_words

MOST_LINES: Final = 500
"""More than anybody puts in a basket; the rest is refused whole, so that nothing is left out without a word."""
LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """One line of the basket. `price` is for `base_quantity` units, None where it could not be read (likewise `quantity`); `unit` is
    the code we calculate with, None where the word is unknown (`unit_as_written` keeps it). `reference` is the webshop's own mark of
    the line (a configuration, a quote), which has to follow the order."""

    position: int
    seller_item_id: str
    quantity: Decimal | None
    unit: str | None
    unit_as_written: str
    price: Decimal | None
    currency: str
    base_quantity: Decimal = Decimal(1)
    name: str = ""
    description: str | None = None
    unspsc: str | None = None
    manufacturer_item_id: str | None = None
    reference: str | None = None

    @property
    def per_unit(self) -> Decimal | None:
        """Kroner for one unit."""
        return None if self.price is None else self.price / self.base_quantity


@dataclass(frozen=True, slots=True)
class ReturnedBasket:
    """The lines, and the mark of our visit that the webshop repeats (cXML's BuyerCookie; OCI has none)."""

    lines: tuple[ReturnedLine, ...]
    cookie: str | None = None
    currency: str | None = None


def unit_of(written: str) -> str | None:
    """The code of a unit written as a code or a word: 'XCT' → 'CT', 'stk' → 'EA'; None for nothing."""
    word = written.strip()
    if not word:
        return None
    return canonical_unit(unit_words().get(word.lower().strip(" ."), word.upper()))


def number_or_none(written: str | None) -> Decimal | None:
    """A number with a decimal point, or with a decimal comma where that is the only way to read it ('12,5', '1.234,50').

    '1,234' could be a thousand or one and a bit: None, never a guess.
    """
    text = (written or "").strip().replace("\u00a0", "").replace(" ", "")
    if "," in text:
        head, _, tail = text.rpartition(",")
        if "," in head or "." in tail or (len(tail) == 3 and "." not in head):
            return None
        text = head.replace(".", "") + "." + tail
    if len(text) > 24:
        return None
    try:
        return exact(text)
    except BadInput:
        return None


def short(text: str | None) -> str:
    """One line of text without control characters, at most 500 characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text or "").split())[:LONGEST]


def unspsc_of(written: str | None) -> str | None:
    """Eight digits, or None: '44-12-17-01' is one, 'ean1234' is not."""
    digits = (written or "").replace("-", "").replace(".", "").strip()
    return digits if len(digits) == 8 and digits.isascii() and digits.isdigit() else None


def too_many(lines: int) -> BadInput:
    return BadInput("punchout_too_many_lines", lines=lines, most=MOST_LINES)
