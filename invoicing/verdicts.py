"""What control must know beside a document, and what it says of it: reasons and statuses in their order, tolerances, the verdict of a line.
(pure)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from eshop.amounts import NOTHING, Amount, Percent
from eshop.findings import Finding
from invoicing.fees import FeeTerms

if TYPE_CHECKING:
    from eshop.identity import Policy

Outcome = Literal["posted", "held", "suggested", "manual", "duplicate", "rejected", "recorded"]

SEVERITY: Final[tuple[str, ...]] = (
    "not_on_order", "uom_unknown", "closed", "qty_over", "not_received", "price_over", "vat", "fee",
    "price_under", "tolerance", "uom_converted", "by_text", "ok", "not_judged",
)  # fmt: skip
"""Line statuses, the most severe first (INTERFACES §2)."""

STOPS: Final[tuple[str, ...]] = (
    "same_content_new_number", "copy", "amends", "order_not_open", "institution_mismatch", "currency_mismatch", "before_order",
    "future_date",
    "credit_without_invoice", "credit_over_invoiced", "already_invoiced", "not_on_order", "uom_unknown", "qty_over", "not_received",
    "price_over", "rounding_over", "cumulative_over", "fee_over_limit", "vat", "two_persons", "prepaid", "bank_account_changed",
)  # fmt: skip
NOTICES: Final[tuple[str, ...]] = (
    "credit_full", "credit_partial", "two_orders", "partial", "within_tolerance", "price_under", "discount", "uom_converted",
    "fee_within_limit", "rounding", "by_text", "line_told_by_price",
)  # fmt: skip
KRONER: Final = "DKK"
"""The policy's limits, the chart and the ledger are in kroner."""
_HUNDRED: Final = Decimal(100)

Checked = tuple[str, Finding | None]
"""A reason and what it says in words."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much a line may cost more than agreed: both must hold; None is off, both None is no tolerance at all."""

    percent: Percent | None
    amount: Amount | None

    def allows(self, over: Amount, agreed: Amount) -> bool:
        """4,16 kr. over an agreed 416,00 is exactly 1 % and passes; 10,00 kr. passes a limit of 10,00."""
        if over <= NOTHING:
            return True
        if self.percent is None and self.amount is None:
            return False
        if self.amount is not None and over > self.amount:
            return False
        return self.percent is None or over.ore * _HUNDRED <= self.percent.value * abs(agreed.ore)


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier document of the supplier with the same content under another number. `certain`: of the same day, or the number is
    the same but for a tail (1001-1, 1001 KOPI): no second delivery that happens to be like the first."""

    number: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """What control must know beside the document and its orders.

    `institutions` are those that the buyer's GLN may stand for. `overcharged` is what was posted above the agreed price on each order
    before, `overcharged_month` by this supplier in the month of the invoice. `tolerances` go by order line id before the policy.
    `fee_terms` are the agreement's, by order id. `beside` are the numbers of invoices that have come and that this one takes up, or that
    take this one up. `unknown_accounts` are accounts to be paid to that are not known ones.
    """

    policy: Policy
    today: date
    institutions: frozenset[int]
    unknown_accounts: tuple[str, ...] = ()
    overcharged: Mapping[int, Amount] = field(default_factory=dict)
    overcharged_month: Amount = NOTHING
    tolerances: Mapping[int, Tolerance] = field(default_factory=dict)
    fee_terms: Mapping[int, tuple[FeeTerms, ...]] = field(default_factory=dict)
    twin: Twin | None = None
    beside: tuple[str, ...] = ()

    def tolerance(self, order_line_id: int) -> Tolerance:
        own = self.tolerances.get(order_line_id)
        return own or Tolerance(self.policy.price_tolerance_percent, self.policy.price_tolerance_amount_per_line)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """What control says of one line. `agreed` and `variance` (invoiced − agreed) are net kroner, None where nothing is agreed.
    `status` is the most severe of `statuses`. The findings say it in words, with the figures used."""

    position: int
    line: str
    order: str | None
    order_line: str | None
    statuses: tuple[str, ...]
    quantity: Decimal
    agreed: Amount | None = None
    variance: Amount | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> str:
        return self.statuses[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines of a document against its orders, and what that gives for the document as a whole."""

    lines: tuple[LineVerdict, ...]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    overcharges: Mapping[int, Amount] = field(default_factory=dict)

    @property
    def stops(self) -> tuple[str, ...]:
        return tuple(reason for reason in STOPS if reason in self.reasons)

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(reason for reason in NOTICES if reason in self.reasons)


def in_order(reasons: Iterable[str]) -> tuple[str, ...]:
    """Reasons once each, what stops before what is noticed."""
    found = set(reasons)
    known = tuple(reason for reason in (*STOPS, *NOTICES) if reason in found)
    return known + tuple(sorted(found.difference(known)))


def by_severity(statuses: Iterable[str]) -> tuple[str, ...]:
    found = set(statuses)
    return tuple(status for status in SEVERITY if status in found) or ("ok",)
