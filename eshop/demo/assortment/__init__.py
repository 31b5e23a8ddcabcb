"""What the demo's suppliers sell: some 5,000 articles made from lists of words, the same every time. (pure)

Each `.toml` file beside this one is a supplier's part of one agreement: families of articles, in our own words. A family is every
combination of its lists; a number after × is a price factor, and `pack` says how it is sold:

    name = "Gulvvask, {slags}, {pack}"
    slags = "til træ ×1.10 | til klinker"
    pack = "5 liter dunk = EA 5 LTR 98.00"        order unit EA, holding 5 LTR, 98,00 kr. an order unit

gives "Gulvvask, til træ, 5 liter dunk" at 107,80 kr. (98,00 × 1,10, moved a little by the article's own number, ends on 5 øre).
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, Final

from eshop.amounts import Amount

_FIXED: Final = frozenset({"name", "lot", "unspsc", "labels", "text", "organic", "pack"})
_PACK: Final = re.compile(r"^(?P<text>.*)= (?P<unit>[A-Z]+) (?P<holds>\d+) (?P<content>[A-Z]+) (?P<price>[\d.]+)$")
_CHOICE: Final = re.compile(r"^(?P<word>.*?)(?: ×(?P<factor>\d+\.\d+))?$")
_STEP: Final = Decimal("0.05")
GTIN_PREFIX: Final = "570999"
"""Begins every article number of the demo; the check digit is right, the numbers are nobody's."""


@dataclass(frozen=True, slots=True)
class Article:
    """One orderable line. `price` is for one order `unit`, which holds `holds` of `content` units."""

    agreement: str
    lot: str | None
    seller_item_id: str
    gtin: str
    name: str
    description: str
    unspsc: str
    unit: str
    holds: int
    content: str
    price: Amount
    labels: tuple[str, ...]
    organic: bool = False


def check_digit(digits: str) -> str:
    """The GS1 check digit of a GTIN or GLN without it: weights 3 and 1 from the right. '579800123456' → '6'."""
    total = sum(int(digit) * (3 if position % 2 == 0 else 1) for position, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _share(*words: object) -> int:
    """A number from 0 to 99 that belongs to the words: the demo's only chance, and it falls the same way every time."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, words)).encode()).digest()[:4], "big") % 100


def _choices(text: str) -> list[tuple[str, Decimal]]:
    """'hvid | rød ×1.06' → [('hvid', 1), ('rød', 1.06)]."""
    found = []
    for choice in text.split(" | "):
        match = _CHOICE.match(choice.strip())
        if match is None:
            raise ValueError(f"not a word with a factor: {choice!r}")
        found.append((match["word"], Decimal(match["factor"] or "1")))
    return found


def _packs(text: str) -> list[tuple[str, str, int, str, Decimal]]:
    found = []
    for choice in text.split(" | "):
        match = _PACK.match(choice.strip())
        if match is None:
            raise ValueError(f"a pack reads 'words = UNIT number UNIT price', not {choice!r}")
        found.append(
            (match["text"].strip(), match["unit"], int(match["holds"]), match["content"], Decimal(match["price"]))
        )
    return found


def _family(agreement: str, prefix: str, company: int, first: int, family: dict[str, Any]) -> Iterator[Article]:
    fields = [name for name in family if name not in _FIXED]
    labels = [one.rpartition(" ")[::2] for one in family.get("labels", "").split(" | ") if one]
    combinations = product(*(_choices(family[name]) for name in fields))
    number = first
    for combination in combinations:
        words = {name: word for name, (word, _) in zip(fields, combination, strict=True)}
        factor = Decimal(1)
        for _, one in combination:
            factor *= one
        organic = "økologisk" in words.get(family.get("organic", ""), "")
        held = tuple(label for label, share in labels if _share(label, *words.values()) < int(share))
        for text, unit, holds, content, price in _packs(family["pack"]):
            moved = price * factor * (100 + _share(prefix, number) % 7 - 3) / 100
            name = " ".join(family["name"].format(**words, pack=text).replace(" ,", ",").split())
            yield Article(
                agreement=agreement,
                lot=family.get("lot"),
                seller_item_id=f"{prefix}-{number}",
                gtin=(digits := f"{GTIN_PREFIX}{company:02d}{number % 10000:04d}") + check_digit(digits),
                name=name.replace(", konventionel", ""),
                description=family["text"],
                unspsc=family["unspsc"],
                unit=unit,
                holds=holds,
                content=content,
                price=Amount.of((moved / _STEP).quantize(Decimal(1), ROUND_HALF_UP) * _STEP),
                labels=(*held, *(("Ø",) if organic else ())),
                organic=organic,
            )
            number += 1


@cache
def articles() -> tuple[Article, ...]:
    """Every article of the demo, by agreement file and number. Takes some 50 ms, once."""
    found: list[Article] = []
    sheets = sorted((one for one in files(__name__).iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    for company, file in enumerate(sheets, 11):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        number = 10001
        for family in data["family"]:
            made = list(_family(data["agreement"], data["prefix"], company, number, family))
            # Families begin on a round number, as in a supplier's own list.
            number += -(-len(made) // 100) * 100
            found += made
    return tuple(found)
