"""Invoices as their pages show them: what blocks, what it costs in kroner and percent, and the three-way view line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask_babel import lazy_gettext
from sqlalchemy import case, func, literal, select

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.db import AmountType
from eshop.web import filters, names
from eshop.web.guards import Visit

DATA: Final = frozenset(
    {
        "bank_account_changed", "institution_mismatch", "currency_mismatch", "future_date", "before_order", "vat",
        "same_content_new_number", "order_not_open", "credit_without_invoice", "credit_over_invoiced", "supplier_mismatch",
        "unknown_supplier", "uom_unknown", "two_persons",
    }
)  # fmt: skip
"""Reasons that something is wrong with the document or who it concerns, not with prices or goods."""

GROUPS: Final = {
    "small": lazy_gettext("Small deviations"),
    "over": lazy_gettext("Over tolerance"),
    "receipt": lazy_gettext("Missing receipt"),
    "no_order": lazy_gettext("Without order"),
    "data": lazy_gettext("Errors in data"),
}
"""What blocks, in the order of the queue's tiles."""

NEVER_TOGETHER: Final = frozenset({"bank_account_changed", "unknown_supplier", "supplier_mismatch"})
"""A changed account, an unknown supplier or a mismatch stops everything and is never accepted in bulk."""

SMALL: Final = Amount(50_00)
"""Held deviations up to this many kroner may be accepted together, unless the municipality set another limit."""


def group_of(invoice: invoicing.Invoice, deviation: Amount, small: Amount = SMALL) -> str:
    """Which tile of the queue an invoice belongs to: what a person has to do about it."""
    if invoice.outcome in ("manual", "suggested"):
        return "no_order"
    stops = set(invoice.reasons)
    if stops & DATA:
        return "data"
    if "not_received" in stops and not stops & {"price_over", "qty_over", "not_on_order", "fee_over_limit"}:
        return "receipt"
    return "small" if abs(deviation) <= small else "over"


@dataclass(frozen=True)
class Row:
    """One invoice of the queue."""

    invoice: invoicing.Invoice
    institution: str
    holder: str
    deviation: Amount
    group: str
    today: date

    @property
    def id(self) -> int:
        return self.invoice.id

    @property
    def percent(self) -> Decimal | None:
        """The deviation against what was agreed: invoiced less the deviation."""
        agreed = self.invoice.net - self.deviation
        if not agreed or not self.deviation:
            return None
        return Decimal(self.deviation.ore * 100) / agreed.ore

    @property
    def cause(self) -> str:
        return cause(self.invoice)

    @property
    def days_left(self) -> int | None:
        return None if self.invoice.due_date is None else (self.invoice.due_date - self.today).days

    @property
    def tone(self) -> str:
        if not self.deviation:
            return ""
        if self.deviation < NOTHING:
            return "good"
        return "wob" if self.group == "small" else "bad"

    @property
    def together(self) -> bool:
        return self.group == "small" and not set(self.invoice.reasons) & NEVER_TOGETHER


def cause(invoice: invoicing.Invoice) -> str:
    """One sentence of what stops the invoice; the first reason is the one that weighs most."""
    reason = invoice.reasons[0] if invoice.reasons else invoice.outcome
    return filters.said_code(f"reason_{reason}")


LACKING: Final = ("not_on_order", "fee", "not_received", "qty_over")
"""Statuses of lines that are asked for in full though nothing was agreed."""


def deviations(visit: Visit, invoice_ids: Sequence[int]) -> dict[int, Amount]:
    """Invoice id → what it asks for above what is agreed and received, summed by the database: one query."""
    if not invoice_ids:
        return {}
    line = invoicing.InvoiceLine
    asked = case(
        (line.variance.is_not(None), line.variance),
        (line.status.in_(LACKING), line.amount),
        else_=literal(NOTHING, AmountType()),
    )
    query = (
        select(line.invoice_id, func.sum(asked, type_=AmountType()))
        .where(line.invoice_id.in_(invoice_ids))
        .group_by(line.invoice_id)
    )
    return dict(visit.session.execute(query).tuples().all())


def count_waiting(visit: Visit, institution_ids: Sequence[int] | None) -> int:
    """How many invoices wait for a person; None is the whole municipality."""
    query = select(func.count()).select_from(invoicing.Invoice).where(invoicing.Invoice.state == "waiting")
    if institution_ids is not None:
        query = query.where(invoicing.Invoice.institution_id.in_(institution_ids))
    return visit.session.scalar(query) or 0


def deviation_of(line: invoicing.InvoiceLine) -> Amount:
    """invoiced − agreed of one line; all of it where nothing was agreed."""
    if line.variance is not None:
        return line.variance
    if line.status in LACKING:
        return line.amount
    return NOTHING


@dataclass(frozen=True)
class ThreeWay:
    """One line: ordered, received and invoiced side by side. None where there is nothing of the kind."""

    name: str
    seller_item_id: str
    unit: str
    ordered: Decimal | None
    agreed_price: Decimal | None
    received: Decimal | None
    invoiced: Decimal
    price: Decimal
    deviation: Amount
    percent: Decimal | None
    status: str
    sentences: tuple[str, ...]

    @property
    def quantity_tone(self) -> str:
        return "bad" if self.status in ("qty_over", "not_received", "not_on_order", "fee", "closed") else ""

    @property
    def price_tone(self) -> str:
        return {
            "price_over": "bad",
            "tolerance": "wob",
            "price_under": "good",
            "not_on_order": "bad",
            "fee": "bad",
        }.get(self.status, "")

    @property
    def money_tone(self) -> str:
        if not self.deviation:
            return ""
        if self.deviation < NOTHING:
            return "good"
        return "wob" if self.status in ("tolerance", "ok", "by_text", "uom_converted") else "bad"

    @property
    def badge(self) -> str:
        return {"ok": "success", "tolerance": "warning", "price_under": "success", "by_text": "info"}.get(
            self.status, "error" if self.status != "uom_converted" else "info"
        )


def three_way(
    lines: Sequence[invoicing.InvoiceLine],
    matches: Sequence[invoicing.InvoiceMatch],
    orders: Sequence[ordering.OrderPicture],
) -> list[ThreeWay]:
    """The lines of a document against the order lines they were paired with."""
    by_id = {line.id: line for order in orders for line in order.lines}
    paired: dict[int, list[ordering.OrderLinePicture]] = {}
    for match in matches:
        if match.order_line_id in by_id:
            paired.setdefault(match.position, []).append(by_id[match.order_line_id])
    return [_row(line, paired.get(line.position, [])) for line in lines]


def _row(line: invoicing.InvoiceLine, agreed: list[ordering.OrderLinePicture]) -> ThreeWay:
    deviation = deviation_of(line)
    base = line.agreed
    percent = Decimal(deviation.ore * 100) / base.ore if base is not None and base and deviation else None
    price = line.amount.kroner / line.quantity if line.quantity else line.amount.kroner
    return ThreeWay(
        line.name,
        line.seller_item_id or "",
        line.unit,
        sum((one.ordered for one in agreed), Decimal(0)) if agreed else None,
        agreed[0].price.per_order_unit if agreed else None,
        sum((one.received for one in agreed), Decimal(0)) if agreed else None,
        line.quantity,
        price,
        deviation,
        percent,
        line.status,
        tuple(filters.said_code(one["code"], kept_values(one.get("values") or {})) for one in line.findings),
    )


def kept_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a kept finding, money as money again."""
    return {
        name: Amount.of(value["kroner"]) if isinstance(value, Mapping) and "kroner" in value else value
        for name, value in values.items()
    }


def rows(visit: Visit, found: Sequence[invoicing.Invoice]) -> list[Row]:
    """Invoices as rows of the queue, with names and deviations in a fixed number of queries."""
    session = visit.session
    places = names.institutions(
        session, [*(one.institution_id for one in found), *(one.with_institution for one in found)]
    )
    people = names.people(session, (one.with_whom for one in found))
    over = deviations(visit, [one.id for one in found])
    return [
        Row(
            one,
            places.get(one.institution_id, ""),
            people.get(one.with_whom) or places.get(one.with_institution) or "",
            over.get(one.id, NOTHING),
            group_of(one, over.get(one.id, NOTHING)),
            visit.actor.today,
        )
        for one in found
    ]
