"""An invoice or credit note as matching and control see it, whatever profile it came in. (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from eshop.amounts import NOTHING, Amount
from invoicing.references import Reference


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of an invoice or credit note. `position` counts from 0 and is what identifies it: line ids may be repeated.

    `quantity` is in `unit`, `amount` is the net line total after its own allowances and charges; both are positive on a credit note.
    `price` is the stated net price per `base_quantity` of the price unit (kroner), None where none is stated.
    `charges` are the line's own charges, `allowances` its own allowances, both positive and already part of `amount`.
    """

    position: int
    id: str
    quantity: Decimal
    unit: str
    amount: Amount
    vat_percent: Decimal | None
    name: str = ""
    description: str = ""
    seller_item_id: str | None = None
    buyer_item_id: str | None = None
    gtin: str | None = None
    unspsc: str | None = None
    price: Decimal | None = None
    base_quantity: Decimal = Decimal(1)
    line_reference: str | None = None
    order_reference: str | None = None
    note: str = ""
    allowances: Amount = NOTHING
    charges: Amount = NOTHING
    fee_code: str | None = None
    accounting_cost: str | None = None

    @property
    def has_item(self) -> bool:
        return bool(self.seller_item_id or self.gtin or self.buyer_item_id)

    @property
    def unit_price(self) -> Decimal | None:
        """Net kroner per invoiced unit, allowances included; None for a line of no quantity."""
        if not self.quantity:
            return None
        return self.amount.kroner / self.quantity


@dataclass(frozen=True, slots=True)
class Charge:
    """An allowance or charge on the whole document; `amount` is positive, `is_charge` says which way it goes. `odd`: it was written as the
    other one, below zero."""

    amount: Amount
    is_charge: bool
    reason: str = ""
    code: str | None = None
    vat_percent: Decimal | None = None
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice or credit note as control sees it, whatever profile it came in. A negative invoice is a credit note here, its
    figures turned. `credits` are the numbers of earlier invoices in its billing references, `replaces` those that a note says it stands in
    place of. `net`, `vat` and `payable` are the document's totals, positive; `rounding` may be of either sign."""

    number: str
    is_credit: bool
    issue_date: date
    currency: str
    lines: tuple[BilledLine, ...]
    net: Amount
    vat: Amount
    payable: Amount
    rounding: Amount = NOTHING
    prepaid: Amount = NOTHING
    charges: tuple[Charge, ...] = ()
    references: tuple[Reference, ...] = ()
    person_reference: str | None = None
    credits: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    due_date: date | None = None
    is_copy: bool = False
    type_code: str = ""
    currencies: frozenset[str] = frozenset()
    vat_rates: frozenset[Decimal] = frozenset()

    @property
    def takes_up(self) -> tuple[str, ...]:
        """The earlier invoices that an invoice names as what it corrects, replaces or goes on from."""
        return () if self.is_credit else (*self.credits, *self.replaces)

    @property
    def stated_references(self) -> tuple[Reference, ...]:
        """Those that say something."""
        return tuple(one for one in self.references if not one.is_empty)


def plain_id(value: str | None) -> str:
    """An item id to compare: no spaces, upper case, no leading zeros."""
    return "".join((value or "").split()).upper().lstrip("0")
