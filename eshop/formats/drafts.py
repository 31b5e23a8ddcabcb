"""A catalogue file and its lines as values, whatever format they came in. (pure)

Every reader gives a `Heading` and then `Draft` lines; the rules, the comparison and the ledger of `catalogues` know nothing else.
"""

import json
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Literal

from eshop.findings import Finding

Action = Literal["Add", "Replace", "Update", "Delete"]
LineAction = Literal["Add", "Update", "Delete", "Price", "Item"]
"""What a line asks for. Price and Item are OIOUBL's pricing and item specification updates: they bring a part of a known line."""

ONE: Final = Decimal(1)

HIGHEST_FACTOR: Final = 2
"""No goods are taxed at 1 or 2 %, so below this a rate of VAT is written as a factor."""


def as_percent(rate: Decimal) -> Decimal:
    """A rate of VAT as BMEcat and Excel write it: 0.25 is 25 %, and so is 25. 1.25 becomes 125, which the rules refuse."""
    return rate * 100 if abs(rate) < HIGHEST_FACTOR else rate


_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class DraftPrice:
    """What `base_quantity` price units cost, from `minimum_quantity` order units on. Days are the price's own."""

    amount: Decimal
    currency: str = "DKK"
    base_quantity: Decimal = ONE
    base_unit: str | None = None
    factor: Decimal = ONE
    minimum_quantity: Decimal = ONE
    valid_from: date | None = None
    valid_to: date | None = None
    maximum_quantity: Decimal | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return DraftPrice, _PRICE_FIELDS(self)

    @property
    def per_order_unit(self) -> Decimal:
        """30,00 kr. per 10 bottles and a carton of 12 → 36."""
        return self.amount * self.factor / self.base_quantity


@dataclass(slots=True)
class Draft:
    """One line as read. `problems` are what the reader could not make sense of; `details` what only the item page shows."""

    number: int
    ref: str | None = None
    action: LineAction = "Add"
    seller_item_id: str = ""
    name: str = ""
    unit: str | None = None
    orderable: bool = True
    description: str | None = None
    content_quantity: Decimal | None = None
    content_unit: str | None = None
    multiple: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    lead_time_days: int | None = None
    vat_percent: Decimal | None = None
    unspsc: str | None = None
    subdivision: str | None = None
    """The contract subdivision (lot) the line names."""
    gtin: str | None = None
    brand: str | None = None
    keywords: tuple[str, ...] = ()
    label_texts: tuple[str, ...] = ()
    """Codes and words of certificates and properties: what labels are recognised from."""
    valid_from: date | None = None
    valid_to: date | None = None
    prices: tuple[DraftPrice, ...] = ()
    comparison: tuple[Decimal, Decimal, str] | None = None
    """The supplier's own comparison price: amount, quantity, unit."""
    details: dict[str, Any] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)
    imprint: int | None = None
    """Of the bytes the line stood as, where its reader saw them."""
    silent: frozenset[str] = frozenset()
    """What the file it was read from has no place for (a sheet without such a column), by the names of the fields here and in `details`:
    about that it says nothing, and takes nothing away."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process as its fields, a reader's own state left behind."""
        return Draft, _DRAFT_FIELDS(self)

    def details_text(self) -> str:
        """`details`, keywords and label texts as the JSON that is kept of them."""
        kept = self.details
        if self.keywords:
            kept = kept | {"keywords": self.keywords}
        if self.label_texts:
            kept = kept | {"label_texts": self.label_texts}
        return _encode(kept) if kept else "{}"

    def digest(self, details_text: str) -> int:
        """A signed 64-bit number of everything the line says but its days: from when to when it counts is compared by itself.

        So are the days that all its prices begin and end on, but not whether they say an end. Prices that begin or end on different days
        say something more."""
        one_start = len({price.valid_from for price in self.prices}) == 1
        one_end = len({price.valid_to for price in self.prices}) == 1
        said = [
            self.name, self.unit, self.orderable, self.description, self.content_quantity, self.content_unit, self.multiple,
            self.minimum, self.maximum, self.lead_time_days, self.vat_percent, self.unspsc, self.subdivision, self.gtin,
            self.brand, self.comparison, details_text,
        ]  # fmt: skip
        for price in self.prices:
            said += (
                price.amount, price.currency, price.base_quantity, price.base_unit, price.factor, price.minimum_quantity,
                None if one_start else price.valid_from, price.valid_to is None if one_end else price.valid_to,
            )  # fmt: skip
        text = "\x1f".join(map(str, said))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


_PRICE_FIELDS: Final = attrgetter(*(one.name for one in fields(DraftPrice)))
_DRAFT_FIELDS: Final = attrgetter(*(one.name for one in fields(Draft)))


@dataclass(slots=True)
class Heading:
    """A catalogue file as a whole. `supplier_numbers` are every CVR and GLN by which it names who sells."""

    document_type: str
    document_format: str
    action: Action = "Replace"
    document_id: str | None = None
    version: str | None = None
    profile: str | None = None
    name: str | None = None
    issue_date: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    contract: str | None = None
    related: str | None = None
    """The id of an earlier catalogue that the document speaks of."""
    supplier_numbers: tuple[str, ...] = ()
    supplier_name: str | None = None
    problems: list[Finding] = field(default_factory=list)
