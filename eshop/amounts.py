"""Amounts, quantities, units, prices and percents as types; the one rounding rule. (pure)

Money is a whole number of øre, quantities are exact decimals with their unit, and there is no float in this product.

**The rounding rule.** Half away from zero, once, at the end of a calculation: 0,125 kr. is 13 øre, −0,125 kr. is −13 øre.
A line is rounded, a sum of lines never is; a share of an amount is given by `Amount.split` so that the shares add up.
Rounding is the same for a credit note as for the invoice it takes back, which is why half away from zero is used and not
the XPath `round` (half up) of the rule sheets: the rule sheets are obeyed where they judge, in `eshop.ubl.rules`.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache, total_ordering
from importlib.resources import files
from typing import Final, Self

from eshop.errors import BadInput

MAX_DIGITS: Final = 18
"""A number with more digits than this in front of or behind the point is a mistake, not money (BadInput `number_too_long`)."""


def exact(text: str | int | Decimal) -> Decimal:
    """The decimal number that `text` says, by the lexical rules of XML (`1234.50`): no exponent, no NaN, no Danish comma.

    Raises BadInput `not_a_number` or `number_too_long`.
    """
    if isinstance(text, str):
        plain = text.strip()
        digits = plain[1:] if plain[:1] in ("-", "+") else plain
        whole, _, part = digits.partition(".")
        if not (whole + part).isascii() or not (whole + part).isdigit():
            raise BadInput("not_a_number", value=plain[:40])
        if len(whole) > MAX_DIGITS or len(part) > MAX_DIGITS:
            raise BadInput("number_too_long", value=plain[:40])
        return Decimal(plain)
    try:
        value = Decimal(text)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise BadInput("not_a_number", value=str(text)[:40]) from error
    if not value.is_finite():
        raise BadInput("not_a_number", value=str(text)[:40])
    return value


def plain(value: Decimal) -> str:
    """`value` without exponent and trailing zeros: Decimal('12.500') → '12.5', Decimal('1E+2') → '100'."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def round_half_away(value: Decimal, step: Decimal = Decimal(1)) -> Decimal:
    """`value` to a whole number of `step`s, half away from zero: 2.5 → 3, −2.5 → −3; with step 0.01: 0.125 → 0.13."""
    with localcontext() as context:
        context.prec = 60
        return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step


@total_ordering
@dataclass(frozen=True, slots=True, repr=False)
class Amount:
    """Money in whole øre (or the cent of the currency it stands in). `str` gives the decimal string of the interfaces: '1598.60'."""

    ore: int

    def __post_init__(self) -> None:
        if type(self.ore) is not int:
            raise TypeError(f"an Amount is whole øre, not {self.ore!r}")

    @classmethod
    def of(cls, kroner: str | int | Decimal) -> Self:
        """The amount that a decimal string of kroner says, exactly. More than two decimals: BadInput `amount_too_fine`."""
        value = exact(kroner) * 100
        if value != value.to_integral_value():
            raise BadInput("amount_too_fine", value=str(kroner))
        return cls(int(value))

    @classmethod
    def rounded(cls, kroner: Decimal) -> Self:
        """A calculated number of kroner as øre by the rounding rule: Decimal('0.125') → 13 øre."""
        with localcontext() as context:
            context.prec = 60
            return cls(int((kroner * 100).quantize(Decimal(1), ROUND_HALF_UP)))

    @classmethod
    def sum(cls, amounts: Iterable["Amount"]) -> Self:
        return cls(sum(amount.ore for amount in amounts))

    @property
    def kroner(self) -> Decimal:
        return Decimal(self.ore).scaleb(-2)

    def split(self, weights: Sequence[int | Decimal]) -> list["Amount"]:
        """Shares of this amount in proportion to `weights`, adding up to it: largest remainder, ties to the first.

        100,00 kr. over weights 1, 1, 1 → 33,34 + 33,33 + 33,33. Weights must be ≥ 0 and not all 0 (BadInput `no_weight`).
        """
        total = sum((Decimal(weight) for weight in weights), Decimal(0))
        if total <= 0 or any(weight < 0 for weight in weights):
            raise BadInput("no_weight")
        sign = -1 if self.ore < 0 else 1
        with localcontext() as context:
            context.prec = 60
            shares = [abs(self.ore) * Decimal(weight) / total for weight in weights]
        whole = [int(share) for share in shares]
        left = abs(self.ore) - sum(whole)
        by_remainder = sorted(range(len(shares)), key=lambda index: (whole[index] - shares[index], index))
        for index in by_remainder[:left]:
            whole[index] += 1
        return [Amount(sign * ore) for ore in whole]

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.ore + other.ore) if isinstance(other, Amount) else NotImplemented

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.ore - other.ore) if isinstance(other, Amount) else NotImplemented

    def __mul__(self, times: int) -> "Amount":
        return Amount(self.ore * times) if type(times) is int else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> "Amount":
        return Amount(-self.ore)

    def __abs__(self) -> "Amount":
        return Amount(abs(self.ore))

    def __lt__(self, other: "Amount") -> bool:
        return self.ore < other.ore if isinstance(other, Amount) else NotImplemented

    def __bool__(self) -> bool:
        return self.ore != 0

    def __str__(self) -> str:
        sign = "-" if self.ore < 0 else ""
        kroner, ore = divmod(abs(self.ore), 100)
        return f"{sign}{kroner}.{ore:02d}"

    def __repr__(self) -> str:
        return f"Amount({self})"


NOTHING: Final = Amount(0)


@dataclass(frozen=True, slots=True)
class Percent:
    """A rate in percent, exact: Percent(Decimal('25')) of 100,00 kr. is 25,00 kr."""

    value: Decimal

    @classmethod
    def of(cls, text: str | int | Decimal) -> Self:
        return cls(exact(text))

    def part_of(self, amount: Amount) -> Amount:
        return Amount.rounded(amount.kroner * self.value / 100)

    def __str__(self) -> str:
        return plain(self.value)


@lru_cache(maxsize=1)
def _twins() -> dict[str, str]:
    """Codes that write the same unit, to the one we calculate with: {'C62': 'EA', 'XBX': 'BX', …}; dated in the table."""
    table = files("eshop.ubl.codelists").joinpath("unit-twins.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in table.splitlines() if not line.startswith("#"))
    return {row["code"]: row["same_as"] for row in rows}


def same_unit(one: str, other: str) -> bool:
    """Whether two unit codes write the same unit: the code itself or a twin (DOMAIN §3), without conversion."""
    return one == other or canonical_unit(one) == canonical_unit(other)


def canonical_unit(code: str) -> str:
    """The one code we calculate with for the unit that `code` writes: 'C62' → 'EA', 'XBX' → 'BX', 'KGM' → 'KGM'."""
    return _twins().get(code, code)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number of a unit (UN/ECE Rec 20 or 21 code). Only quantities of the same unit add up or compare."""

    value: Decimal
    unit: str

    @classmethod
    def of(cls, value: str | int | Decimal, unit: str) -> Self:
        return cls(exact(value), unit)

    def _like(self, other: "Quantity") -> None:
        if not same_unit(self.unit, other.unit):
            raise BadInput("different_units", one=self.unit, other=other.unit)

    def __add__(self, other: "Quantity") -> "Quantity":
        self._like(other)
        return Quantity(self.value + other.value, self.unit)

    def __sub__(self, other: "Quantity") -> "Quantity":
        self._like(other)
        return Quantity(self.value - other.value, self.unit)

    def __neg__(self) -> "Quantity":
        return Quantity(-self.value, self.unit)

    def __lt__(self, other: "Quantity") -> bool:
        self._like(other)
        return self.value < other.value

    def __le__(self, other: "Quantity") -> bool:
        self._like(other)
        return self.value <= other.value

    def __str__(self) -> str:
        return plain(self.value)


@dataclass(frozen=True, slots=True)
class Price:
    """What `base_quantity` price units cost, and how many price units one order unit holds.

    `amount` is in kroner with as many decimals as the agreement gives (0,0475 kr. a piece is a price, not an Amount).
    A carton of 12 bottles at 30,00 kr. per 10 bottles: amount 30, base_quantity 10, factor 12 → one carton is 36,00 kr.
    UBL: cac:Price/cbc:PriceAmount, cbc:BaseQuantity, cbc:OrderableUnitFactorRate.
    """

    amount: Decimal
    base_quantity: Decimal = Decimal(1)
    factor: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.base_quantity <= 0 or self.factor <= 0:
            raise BadInput("price_basis_not_positive", base=plain(self.base_quantity), factor=plain(self.factor))

    @property
    def per_order_unit(self) -> Decimal:
        """Kroner for one order unit, unrounded to 12 decimals at least: 30 / 10 × 12 = 36."""
        with localcontext() as context:
            context.prec = 40
            return self.amount * self.factor / self.base_quantity

    def total(self, order_units: Decimal) -> Amount:
        """What a number of order units cost, rounded once: 3 cartons at 36,00 kr. = 108,00 kr."""
        with localcontext() as context:
            context.prec = 40
            return Amount.rounded(self.amount * self.factor * order_units / self.base_quantity)
