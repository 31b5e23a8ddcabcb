"""A line of a file as it is kept: the rows of the ledger, and of its prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from catalogues.agreements import Agreement
from catalogues.analysis import terms as terms_of
from catalogues.begun import Named
from catalogues.checks import begins, ends, order_unit, worst
from catalogues.items import ALWAYS, EVER, CatalogueVersion
from catalogues.labels import label_bits
from catalogues.measures import comparison_price
from catalogues.stored import finding_row, kept_unspsc, line_name
from eshop.amounts import Amount
from eshop.findings import Finding
from eshop.formats import Draft, Heading

A_DAY: Final = timedelta(days=1)
LINE_COLUMNS: Final = (
    "municipality_id id version_id number ref result kind severity findings selected yearly_effect change_ppm base_line_id "
    "since_version_id serves_until item_id agreement_id supplier_id lot_id seller_item_id name description unit orderable "
    "content_quantity content_unit multiple minimum maximum lead_time_days vat_percent unspsc gtin gtin_number brand labels "
    "valid_from starts_on ends_on unit_price comparison_price comparison_unit digest imprint details words terms"
).split()
PRICE_COLUMNS: Final = (
    "municipality_id line_id position amount currency base_quantity base_unit factor minimum_quantity valid_from valid_to "
    "validity_stated"
).split()
ITEM_COLUMNS: Final = "municipality_id id agreement_id supplier_id seller_item_id unit".split()


@dataclass(slots=True)
class Entry:
    """A draft on its way into the ledger."""

    draft: Draft
    findings: Sequence[Finding] = ()
    result: str = "accepted"
    kind: str | None = None
    number: str = ""
    unit: str = ""
    item_id: int | None = None
    base_line_id: int | None = None
    lot_id: int | None = None
    digest: int | None = None
    details: str = "{}"
    """What only the item page shows, as it is kept (JSON)."""
    change_ppm: int | None = None
    yearly_effect: Amount | None = None


class Rows:
    """The rows that one version writes."""

    def __init__(self, agreement: Agreement, version: CatalogueVersion, heading: Heading, today: date) -> None:
        self.agreement, self.version, self.heading, self.today = agreement, version, heading, today
        self.scope = agreement.municipality_id

    def mark(self, entry: Entry) -> dict[str, Any]:
        """The line that is replaced or removed serves until the day before the new one begins."""
        if entry.kind == "removed":
            until = self.last_day_of_removed()
        else:
            starts = begins(entry.draft, self.heading)
            until = starts - A_DAY if starts > EVER else EVER
        return {"id": entry.base_line_id, "gone_version_id": self.version.id, "serves_until": until}

    def last_day_of_removed(self) -> date:
        """What a file leaves out or deletes goes at once, or, where the file begins in the future, the day before."""
        start = self.heading.valid_from
        return start - A_DAY if start is not None and start > self.today else EVER

    def bare(self, line_id: int, entry: Entry) -> tuple[Any, ...]:
        """A line that is refused or removes: what it is about, and why."""
        draft = entry.draft
        selected = entry.result == "accepted"
        since, starts = None, EVER
        if selected:
            until = self.last_day_of_removed()
            since, starts = self.version.id, until + A_DAY if until > EVER else EVER
        name = draft.name or draft.description or ""
        return (
            self.scope, line_id, self.version.id, draft.number, draft.ref, entry.result, entry.kind, worst(entry.findings),
            [finding_row(one) for one in entry.findings], selected, None, None, entry.base_line_id, since, ALWAYS,
            entry.item_id if selected else None, self.agreement.id, self.agreement.supplier_id, None, entry.number[:500],
            name[:500], None, (draft.unit or "")[:8] or None, False, None, None, None, None, None, None, None, None, None,
            None, None, 0, EVER, starts, ALWAYS, None, None, None, None, None, "{}", 0, None,
        )  # fmt: skip

    def line(self, line_id: int, entry: Entry, learned: list[str], named: list[Named]) -> tuple[Any, ...]:
        draft, heading = entry.draft, self.heading
        name = line_name(draft)
        unit = order_unit(draft) or ""
        unit_price = compared = None
        if draft.prices:
            first = min(draft.prices, key=lambda price: (price.minimum_quantity, price.valid_from or EVER))
            unit_price = round(first.per_order_unit, 8)
            if first.currency == "DKK":
                compared = comparison_price(
                    unit_price, unit, draft.content_quantity, draft.content_unit, name, draft.unspsc
                )
        found_by = terms_of(
            name, (draft.brand or "", *draft.keywords, draft.details.get("manufacturer", "")), draft.description
        )
        learned += found_by.name
        learned += found_by.keywords
        learned += found_by.description
        if entry.item_id is not None and draft.orderable:
            named.append((entry.item_id, found_by.name, found_by.keywords))
        severity = worst(entry.findings)
        starts = begins(draft, heading)
        return (
            self.scope, line_id, self.version.id, draft.number, draft.ref, "accepted", entry.kind, severity,
            [finding_row(one) for one in entry.findings] if entry.findings else None, severity < 2, entry.yearly_effect,
            entry.change_ppm, entry.base_line_id, self.version.id, ALWAYS,
            entry.item_id, self.agreement.id, self.agreement.supplier_id, entry.lot_id, entry.number,
            name, draft.description, unit, draft.orderable,
            draft.content_quantity, draft.content_unit, draft.multiple, draft.minimum, draft.maximum, draft.lead_time_days,
            draft.vat_percent, kept_unspsc(draft), draft.gtin,
            int(draft.gtin) if draft.gtin else None, draft.brand, label_bits(draft.label_texts) if draft.label_texts else 0,
            draft.valid_from or heading.valid_from or EVER, starts, ends(draft, heading), unit_price,
            *(compared or (None, None)), entry.digest, draft.imprint, entry.details, len(found_by.name),
            found_by.of(self.agreement.supplier_id, self.agreement.id),
        )  # fmt: skip

    def prices(self, line_id: int, draft: Draft) -> list[tuple[Any, ...]]:
        """Prices with the periods that count: catalogue ≥ line ≥ price."""
        line_from = draft.valid_from or self.heading.valid_from
        line_to = draft.valid_to or self.heading.valid_to
        return [
            (
                self.scope, line_id, position, price.amount, price.currency, price.base_quantity, price.base_unit,
                price.factor, price.minimum_quantity, price.valid_from or line_from, price.valid_to or line_to,
                price.valid_from is not None or price.valid_to is not None,
            )
            for position, price in enumerate(draft.prices)
        ]  # fmt: skip
