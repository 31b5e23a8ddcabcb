"""How much is in it, as names say: '12 x 500 ml' is 6 liters; and what one base unit costs. (pure)

Used to compare packs and to show a comparison price. Never used to calculate what an order costs.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final

from eshop.amounts import canonical_unit

_TABLE: Final[Mapping[str, tuple[str, str]]] = {
    # how names write it → what it measures, and how much of the base unit
    "g": ("KGM", "0.001"), "gr": ("KGM", "0.001"), "gram": ("KGM", "0.001"), "kg": ("KGM", "1"), "kilo": ("KGM", "1"),
    "ml": ("LTR", "0.001"), "cl": ("LTR", "0.01"), "dl": ("LTR", "0.1"), "l": ("LTR", "1"), "ltr": ("LTR", "1"),
    "liter": ("LTR", "1"), "lit": ("LTR", "1"),
    "stk": ("EA", "1"), "styk": ("EA", "1"), "pcs": ("EA", "1"), "ark": ("EA", "1"), "poser": ("EA", "1"),
    "ruller": ("EA", "1"), "rl": ("EA", "1"), "par": ("EA", "1"), "breve": ("EA", "1"), "tabletter": ("EA", "1"),
}  # fmt: skip
_MEASURE: Final = re.compile(
    # Not the end of a range or a bound ('str. 4, 7–16 kg', 'op til 16 kg') and not a weight per area ('80 g/m²').
    r"(?<![\d.,–+<>≤≥/-])(?<!til )(?<!max )(?<!maks )(?<!over )(?<!under )(?<!fra )"
    rf"(?:(\d{{1,4}}) ?[x×*] ?)?(\d{{1,6}}(?:[.,]\d{{1,3}})?) ?({'|'.join(sorted(_TABLE, key=len, reverse=True))})\b(?! ?/)"
)

SOLD_BY_CONTENT: Final = (
    "50", "12", "15", "1017", "1019", "312016", "312115", "471318", "53131602", "53131606", "53131607", "53131608", "53131609",
    "53131613", "53131627", "53131628", "601212",
)  # fmt: skip
"""UNSPSC of what is used up by weight or volume: food and drink, chemicals, fuels and oils, fertilisers, glue, paint, cleaning agents,
soap, lotion. Of all else a weight or volume in the name says how big it is (bags of 60 l, children of 9 kg, paper of 80 g)."""

_EXACTLY: Final = Context(prec=40, rounding=ROUND_HALF_UP)
_FOUR_DECIMALS: Final = Decimal("0.0001")

BASE_UNITS: Final[Mapping[str, tuple[str, Decimal]]] = {
    "GRM": ("KGM", Decimal("0.001")),
    "KGM": ("KGM", Decimal(1)),
    "TNE": ("KGM", Decimal(1000)),
    "MLT": ("LTR", Decimal("0.001")),
    "CLT": ("LTR", Decimal("0.01")),
    "DLT": ("LTR", Decimal("0.1")),
    "LTR": ("LTR", Decimal(1)),
    "MTR": ("MTR", Decimal(1)),
    "CMT": ("MTR", Decimal("0.01")),
    "MMT": ("MTR", Decimal("0.001")),
    "MTK": ("MTK", Decimal(1)),
    "EA": ("EA", Decimal(1)),
    "H87": ("EA", Decimal(1)),
    "NAR": ("EA", Decimal(1)),
    "PCE": ("EA", Decimal(1)),
    "PR": ("EA", Decimal(2)),
    "DZN": ("EA", Decimal(12)),
    "CEN": ("EA", Decimal(100)),
    "MIL": ("EA", Decimal(1000)),
}
"""Unit → the base unit it is compared in, and how many of those it is: exact by definition (UN/ECE Rec 20)."""


@lru_cache(maxsize=8192)
def _stated(name: str) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Base unit → (how many times, how much each): 'Håndsæbe 12 x 500 ml' → {'LTR': (12, 0.5)}. Two of one kind: left out."""
    found: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for times_text, value, unit in _MEASURE.findall(name.lower()):
        base, size = _TABLE[unit]
        each = Decimal(value.replace(",", ".")) * Decimal(size)
        times = Decimal(times_text or 1)
        if each > 0 and times > 0:
            found.setdefault(base, []).append((times, each))
    return {base: values[0] for base, values in found.items() if len(values) == 1}


def measures(name: str) -> dict[str, Decimal]:
    """What a name says is in it, by base unit: 'Håndsæbe 12 x 500 ml' → {'LTR': 6}."""
    return {base: times * each for base, (times, each) in _stated(name).items()}


def base_of(quantity: Decimal, unit: str) -> tuple[Decimal, str]:
    """A quantity in its base unit: (500, 'MLT') → (0.5, 'LTR'); a unit without one stays as it is."""
    base = BASE_UNITS.get(canonical_unit(unit))
    if base is None:
        return quantity, canonical_unit(unit)
    return quantity * base[1], base[0]


def comparison_price(
    unit_price: Decimal,
    unit: str,
    content_quantity: Decimal | None,
    content_unit: str | None,
    name: str,
    unspsc: str | None,
) -> tuple[Decimal, str] | None:
    """Kroner per kg, liter, meter or piece, and that unit; None where it cannot be computed. Never a guess.

    A carton at 240 kr. holding 12 bottles named '1 l' is 20 kr. per liter: the name says how much one content unit is, and only
    where the line says how many there are. Named '12 x 1 l' it is the same carton, so the twelve count once; named '6 x 1 l' it is
    unclear, and the price is given per piece. So it is where the item group is not one of `SOLD_BY_CONTENT`.
    """
    if content_quantity is not None and content_unit is not None:
        quantity, base = base_of(content_quantity, content_unit)
    else:
        quantity, base = base_of(Decimal(1), unit)
    if quantity <= 0 or base not in ("KGM", "LTR", "MTR", "MTK", "EA"):
        return None
    if base == "EA" and (unspsc or "").startswith(SOLD_BY_CONTENT):
        stated = [(kind, *said) for kind, said in _stated(name).items() if kind in ("KGM", "LTR")]
        if len(stated) == 1 and (quantity == 1 or stated[0][1] in (1, quantity)):
            kind, times, each = stated[0]
            base, quantity = kind, max(quantity, times) * each
    return _EXACTLY.divide(unit_price, quantity).quantize(_FOUR_DECIMALS, context=_EXACTLY), base
