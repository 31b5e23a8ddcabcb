"""The facts that figures are made of, read from the rooms: spend by line as posted, documents as they were judged, orders with their cost.

A posted line is cut where it belongs to several orders: what each order line has taken, and what is left over. The pieces of a line add
up to the line, to the øre, and a credit note's are negative.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.insight.periods import Span


@dataclass(frozen=True, slots=True)
class Spend:
    """A piece of a posted line. `order_id` None: no order. `agreement_id` is that of the order. `above` is kr. over the agreed price."""

    invoice_id: int
    invoice: str
    line: str
    name: str
    day: date
    supplier_id: int | None
    supplier: str
    institution_id: int | None
    unspsc: str | None
    amount: Amount
    fee: bool
    order_id: int | None = None
    order: str | None = None
    electronic: bool = False
    agreement_id: int | None = None
    above: Amount = NOTHING


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or credit note as it was judged at intake, and what it carried."""

    invoice_id: int
    number: str
    day: date
    supplier_id: int | None
    supplier: str
    institution_id: int | None
    amount: Amount
    untouched: bool
    has_order: bool
    lines: int
    lines_with_item: int
    lines_with_unspsc: int
    lines_in_known_units: int


def spend(session: Session, span: Span, places: frozenset[int] | None) -> Iterator[Spend]:
    """What has been posted with an invoice day in the span, at these institutions (None: all); three queries."""
    invoice, line, match = invoicing.Invoice, invoicing.InvoiceLine, invoicing.InvoiceMatch
    inside = [invoice.state == "posted", invoice.issue_date >= span.start, invoice.issue_date <= span.end]
    if places is not None:
        inside.append(invoice.institution_id.in_(places))
    taken: dict[tuple[int, int], list[tuple[int, Amount]]] = {}
    for invoice_id, position, order_id, amount in session.execute(
        select(match.invoice_id, match.position, match.order_id, match.amount)
        .join(invoice, invoice.id == match.invoice_id)
        .where(*inside)
        .order_by(match.id)
    ):
        taken.setdefault((invoice_id, position), []).append((order_id, amount))
    order = ordering.PurchaseOrder
    orders = {
        row.id: row
        for row in session.execute(
            select(order.id, order.number, order.channel, order.agreement_id).where(
                order.id.in_(
                    select(match.order_id).join(invoice, invoice.id == match.invoice_id).where(*inside).distinct()
                )
            )
        )
    }
    rows = session.execute(
        select(
            invoice.id, invoice.number, invoice.kind, invoice.issue_date, invoice.supplier_id, invoice.supplier_name,
            invoice.institution_id, line.position, line.line, line.name, line.unspsc, line.amount, line.status,
            line.variance,
        )
        .join(line, line.invoice_id == invoice.id)
        .where(*inside)
        .order_by(invoice.issue_date, invoice.id, line.position)
    )  # fmt: skip
    for row in rows:
        sign = -1 if row.kind == "credit_note" else 1
        pieces = taken.get((row.id, row.position), [])
        rest = row.amount - Amount.sum(amount for _, amount in pieces)
        above = row.variance if row.variance is not None and row.variance.ore > 0 and pieces else NOTHING
        parts: list[tuple[int | None, Amount]] = [*pieces]
        if rest or not pieces:
            parts.append((None, rest))
        for place, (order_id, amount) in enumerate(parts):
            found = orders.get(order_id) if order_id is not None else None
            yield Spend(
                row.id, row.number, row.line, row.name, row.issue_date, row.supplier_id, row.supplier_name,
                row.institution_id, row.unspsc, amount * sign, row.status == "fee",
                None if found is None else found.id,
                None if found is None else found.number,
                found is not None and found.channel == "system",
                None if found is None else found.agreement_id,
                above * sign if place == 0 else NOTHING,
            )  # fmt: skip


def documents(session: Session, span: Span, places: frozenset[int] | None) -> list[Document]:
    """Invoices and credit notes with their day in the span that were neither refused nor seen before; two queries."""
    invoice, line = invoicing.Invoice, invoicing.InvoiceLine
    inside = [
        invoice.outcome.not_in(["duplicate", "rejected", "recorded"]),
        invoice.issue_date >= span.start,
        invoice.issue_date <= span.end,
    ]
    if places is not None:
        inside.append(invoice.institution_id.in_(places))
    counted: dict[int, list[int]] = {}
    for invoice_id, seller_item_id, gtin, unspsc, statuses, status in session.execute(
        select(line.invoice_id, line.seller_item_id, line.gtin, line.unspsc, line.statuses, line.status)
        .join(invoice, invoice.id == line.invoice_id)
        .where(*inside)
    ):
        if status == "fee":
            continue
        sums = counted.setdefault(invoice_id, [0, 0, 0, 0])
        sums[0] += 1
        sums[1] += bool(seller_item_id or gtin)
        sums[2] += bool(unspsc)
        sums[3] += "uom_unknown" not in statuses
    rows = session.execute(
        select(
            invoice.id, invoice.number, invoice.kind, invoice.issue_date, invoice.supplier_id, invoice.supplier_name,
            invoice.institution_id, invoice.net, invoice.state, invoice.first_outcome, invoice.touched,
            invoice.order_reference,
        )
        .where(*inside)
        .order_by(invoice.issue_date, invoice.id)
    )  # fmt: skip
    return [
        Document(
            row.id, row.number, row.issue_date, row.supplier_id, row.supplier_name, row.institution_id,
            row.net * (-1 if row.kind == "credit_note" else 1),
            row.state == "posted" and row.first_outcome == "posted" and not row.touched,
            bool(row.order_reference),
            *counted.get(row.id, [0, 0, 0, 0]),
        )
        for row in rows
    ]  # fmt: skip
