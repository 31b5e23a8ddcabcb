"""What may stand on a basket line, and what a basket says about minimum order, freight and combining. (pure)"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from eshop.amounts import NOTHING, Amount, canonical_unit, exact
from eshop.errors import BadInput

MEASURED_UNITS: Final = frozenset(
    {
        "KGM", "GRM", "MGM", "TNE", "LTR", "MLT", "CLT", "DLT", "HLT", "MTR", "CMT", "MMT", "KMT", "MTK", "MTQ",
        "HUR", "MIN", "DAY", "WEE", "MON", "ANN", "KWH", "MWH",
    }
)  # fmt: skip
"""Units that come in fractions (UN/ECE Rec 20: mass, volume, length, area, time, energy). All others are counted in whole ones."""

FREIGHT: Final = frozenset({"freight", "fragt", "delivery", "levering", "shipping", "transport"})
"""What agreements call the fee for delivering an order."""

MAX_DECIMALS: Final = 3


def checked_quantity(
    quantity: Decimal | int | str,
    unit: str,
    largest: int,
    multiple: Decimal | None = None,
    minimum: Decimal | None = None,
) -> Decimal:
    """The number of order units if it can be ordered, else BadInput that says what to write instead:

    `quantity_not_positive` (0, −1), `quantity_too_large` (10⁹), `quantity_not_whole` (0.5 of a carton), `quantity_too_fine`,
    `quantity_below_minimum`, `quantity_not_multiple` (7 where they come in sixes; `nearest` is 12).
    """
    number = exact(quantity)
    if number <= 0:
        raise BadInput("quantity_not_positive", quantity=number)
    if number > largest:
        raise BadInput("quantity_too_large", quantity=number, largest=Decimal(largest))
    measured = canonical_unit(unit) in MEASURED_UNITS
    if not measured and number != number.to_integral_value():
        raise BadInput("quantity_not_whole", quantity=number, unit=unit)
    if number != round(number, MAX_DECIMALS):
        raise BadInput("quantity_too_fine", quantity=number, decimals=MAX_DECIMALS)
    if minimum is not None and number < minimum:
        raise BadInput("quantity_below_minimum", quantity=number, minimum=minimum)
    if multiple is not None and multiple > 0 and number % multiple:
        nearest = (number // multiple + 1) * multiple
        raise BadInput("quantity_not_multiple", quantity=number, multiple=multiple, nearest=nearest)
    return number


def split_coding(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A split of account coding, ready to keep: [{"share": "60", "coding": {…}}, …], shares in percent that add up to 100.

    BadInput `split_not_100` says what is missing (90 % → 10 missing), `split_share` for a share that is not above 0.
    """
    shares = [exact(str(part.get("share", ""))) for part in parts]
    if any(share <= 0 for share in shares):
        raise BadInput("split_share", share=min(shares))
    total = sum(shares, Decimal(0))
    if parts and total != 100:
        raise BadInput("split_not_100", total=total, missing=100 - total)
    return [
        {"share": format(share.normalize(), "f"), "coding": dict(part.get("coding", {}))}
        for share, part in zip(shares, parts, strict=True)
    ]


def coded_amounts(
    amount: Amount, parts: Sequence[Mapping[str, Any]], otherwise: Mapping[str, str]
) -> list[tuple[dict[str, str], Amount]]:
    """A line's amount by account coding, adding up to it to the øre: 100,00 kr. split 1/3 each → 33,34 + 33,33 + 33,33. A part's
    coding goes before the order's dimension by dimension; no parts: all on the order's coding."""
    if not parts:
        return [(dict(otherwise), amount)]
    shares = amount.split([exact(str(part["share"])) for part in parts])
    return [({**otherwise, **part["coding"]}, share) for part, share in zip(parts, shares, strict=True)]


@dataclass(frozen=True, slots=True)
class Terms:
    """An agreement's terms for a single order: amounts without VAT, None where there are none."""

    minimum_order: Amount | None = None
    freight: Amount | None = None
    free_freight_from: Amount | None = None

    @classmethod
    def of(cls, minimum_order: Amount | None, fees: Iterable[Mapping[str, Any]]) -> Self:
        """As far as the agreement says; what every order bears counts as freight, by whichever word."""
        freight = next((fee for fee in fees if str(fee.get("kind", "")).lower() in FREIGHT), {})
        most, free = freight.get("max"), freight.get("free_above")
        return cls(minimum_order, None if most is None else Amount.of(most), None if free is None else Amount.of(free))

    def freight_for(self, total: Amount) -> Amount:
        """What is added to an order of so much: of freight 75 free from 1.000, 75 to one of 430 and nothing to one of 1.000."""
        if self.free_freight_from is not None and total >= self.free_freight_from:
            return NOTHING
        return self.freight or NOTHING


@dataclass(frozen=True, slots=True)
class Hints:
    """What is said from the first item: how much is missing to the minimum order and to free freight, the freight as it stands, and
    whether the order costs more to handle than it is worth (never a block)."""

    missing_to_minimum: Amount
    missing_to_free_freight: Amount
    freight: Amount
    worth_combining: bool


def hints(total: Amount, terms: Terms, handling_cost: Amount) -> Hints:
    """hints(430 kr., minimum 500, freight 75 free from 1.000, handling 90) → missing 70, missing 570, freight 75, not worth combining."""
    missing = max(NOTHING, (terms.minimum_order or NOTHING) - total)
    to_free = NOTHING if terms.free_freight_from is None else max(NOTHING, terms.free_freight_from - total)
    return Hints(missing, to_free, terms.freight_for(total), NOTHING < total < handling_cost)
