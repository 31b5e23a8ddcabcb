"""One invoice as people read it: ordered, received and invoiced side by side, line by line, and what can be done with it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import ordering
from eshop import audit
from eshop.amounts import Amount
from eshop.findings import Finding
from eshop.identity import Institution
from invoicing import kept_findings
from invoicing.accounts import KnownAccount
from invoicing.decisions import deviation_of, is_small
from invoicing.disputes import ExpectedCredit
from invoicing.excess import Excess, excesses
from invoicing.invoices import INVOICE, Invoice, InvoiceLine, InvoiceNote, lines_of, matches_of, notes_of
from invoicing.posting import Posting, PostingLine, posting_lines, posting_of
from invoicing.workbench import GroupKey, cause_of, group_of, percent_of, proposal_for


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A line in three: ordered, received (with what was invoiced before), invoiced. `deviates` names the cell to colour: price,
    quantity, received, vat, item or none. Quantities are in the order unit where the line has an order line. `deviation` is the line
    against what has come (or was ordered) at the agreed price."""

    position: int
    line: str
    name: str
    seller_item_id: str | None
    order: str | None
    order_line: str | None
    status: str
    statuses: tuple[str, ...]
    unit: str
    billed_quantity: Decimal
    billed_unit: str
    amount: Amount
    unit_price: Decimal | None
    vat_percent: Decimal | None
    ordered: Decimal | None
    received: Decimal | None
    invoiced_before: Decimal | None
    quantity: Decimal | None
    agreed_price: Decimal | None
    agreed: Amount | None
    deviation: Amount | None
    percent: Decimal | None
    deviates: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """Everything the page of one invoice shows."""

    invoice: Invoice
    institution: str | None
    lines: tuple[ViewLine, ...]
    findings: tuple[Finding, ...]
    cause: Finding | None
    orders: tuple[ordering.OrderPicture, ...]
    candidates: tuple[ordering.OrderPicture, ...]
    unbilled: tuple[ordering.OrderLinePicture, ...]
    accounts: tuple[tuple[str, str], ...]
    notes: tuple[InvoiceNote, ...]
    posting: Posting | None
    posting_lines: tuple[PostingLine, ...]
    claims: tuple[ExpectedCredit, ...]
    credits: tuple[Invoice, ...]
    credited: Invoice | None
    history: tuple[audit.AuditEvent, ...]
    deviation: Amount
    percent: Decimal | None
    is_small: bool
    blocked: GroupKey
    proposal: str
    possible: frozenset[str]
    promised: date | None
    last_note: int
    unanswered: InvoiceNote | None
    """The newest question to the unit, where it has not been answered."""


_CELLS: Final[tuple[tuple[str, str], ...]] = (
    ("not_on_order", "item"), ("uom_unknown", "unit"), ("closed", "item"), ("qty_over", "quantity"),
    ("not_received", "received"), ("price_over", "price"), ("vat", "vat"), ("price_under", "price"), ("tolerance", "price"),
)  # fmt: skip


def invoice_view(session: Session, invoice: Invoice, today: date | None = None) -> InvoiceView:
    """The three-way view. Bounded queries, whatever the number of lines."""
    day = today or invoice.judged_at.date()
    rows = lines_of(session, invoice)
    matches = matches_of(session, invoice)
    orders = ordering.order_pictures(session, [*invoice.order_ids, *(one.order_id for one in matches)])
    known = {line.id: (order, line) for order in orders for line in order.lines}
    on_line: dict[int, list[tuple[int, Decimal]]] = {}
    for one in matches:
        on_line.setdefault(one.position, []).append((one.order_line_id, one.quantity))
    own: dict[int, Decimal] = {}
    if invoice.state == "posted":
        sign = -1 if invoice.is_credit else 1
        for one in matches:
            own[one.order_line_id] = own.get(one.order_line_id, Decimal(0)) + sign * one.quantity
    billed = {line for places in on_line.values() for line, _ in places}
    candidates = ordering.find_orders(session, invoice.candidates, invoice.supplier_id) if invoice.candidates else []
    standing = posting_of(session, invoice)
    notes = tuple(notes_of(session, invoice))
    unanswered = _unanswered(invoice, notes)
    promised = (
        max(ordering.promised_days(session, invoice.order_ids).values(), default=None) if invoice.order_ids else None
    )
    findings = tuple(kept_findings.read(invoice.findings))
    too_much = (
        {}
        if invoice.is_credit or invoice.outcome != "held"
        else excesses(
            rows,
            {row.position: row.amount for row in rows},
            matches,
            {line.id: line for _, line in known.values()},
            own,
        )
    )
    view_lines = tuple(
        _view_line(row, on_line.get(row.position, ()), known, own, too_much.get(row.position)) for row in rows
    )
    claims = tuple(
        session.scalars(
            select(ExpectedCredit).where(ExpectedCredit.invoice_id == invoice.id).order_by(ExpectedCredit.id)
        )
    )
    worst = next((one for line in view_lines for one in line.findings if one.severity == "error"), None)
    return InvoiceView(
        invoice=invoice,
        institution=session.scalar(select(Institution.name).where(Institution.id == invoice.institution_id)),
        lines=view_lines,
        findings=findings,
        cause=cause_of(invoice, worst) if invoice.state == INVOICE.start or invoice.deviation else None,
        orders=tuple(orders),
        candidates=tuple(candidates),
        unbilled=tuple(line for _, line in known.values() if line.id not in billed and line.to_invoice > 0),
        accounts=_accounts(session, invoice),
        notes=notes,
        posting=standing,
        posting_lines=tuple(posting_lines(session, standing)) if standing is not None else (),
        claims=claims,
        credits=tuple(session.scalars(select(Invoice).where(Invoice.credits_id == invoice.id).order_by(Invoice.id))),
        credited=session.scalars(select(Invoice).where(Invoice.id == invoice.credits_id)).one_or_none()
        if invoice.credits_id is not None
        else None,
        history=tuple(audit.history(session, "invoice", invoice.id)),
        deviation=deviation_of(invoice),
        percent=percent_of(deviation_of(invoice), invoice.net - deviation_of(invoice)),
        is_small=is_small(session, invoice),
        blocked=group_of(invoice, is_small(session, invoice), any(one.state == "open" for one in claims)),
        proposal=proposal_for(invoice, day, promised, asked=unanswered is not None)
        if invoice.state == INVOICE.start
        else "",
        possible=invoice.possible,
        promised=promised,
        last_note=max((note.id for note in notes), default=0),
        unanswered=unanswered,
    )


def _unanswered(invoice: Invoice, notes: Sequence[InvoiceNote]) -> InvoiceNote | None:
    said = [note for note in notes if note.kind in ("ask", "answer")]
    return said[-1] if said and said[-1].kind == "ask" and invoice.with_institution is not None else None


def _view_line(
    row: InvoiceLine,
    places: Sequence[tuple[int, Decimal]],
    known: Mapping[int, tuple[ordering.OrderPicture, ordering.OrderLinePicture]],
    own: Mapping[int, Decimal],
    too_much: Excess | None,
) -> ViewLine:
    lines = [known[line][1] for line, _ in places if line in known]
    first = lines[0] if lines else None
    quantity = sum((share for _, share in places), Decimal(0)) if places else None
    statuses = set(row.statuses)
    deviation = row.variance
    if too_much is not None:
        deviation = too_much.amount + (row.variance or Amount(0))
    return ViewLine(
        position=row.position,
        line=row.line,
        name=row.name,
        seller_item_id=row.seller_item_id,
        order=row.order_number,
        order_line=row.order_line,
        status=row.status,
        statuses=tuple(row.statuses),
        unit=first.unit if first is not None else row.unit,
        billed_quantity=row.quantity,
        billed_unit=row.unit,
        amount=row.amount,
        unit_price=row.amount.kroner / quantity if quantity else None,
        vat_percent=row.vat_percent,
        ordered=sum((line.agreed for line in lines), Decimal(0)) if lines else None,
        received=sum((line.received for line in lines), Decimal(0)) if lines else None,
        invoiced_before=sum((line.invoiced - own.get(line.id, Decimal(0)) for line in lines), Decimal(0))
        if lines
        else None,
        quantity=quantity,
        agreed_price=first.price.per_order_unit if first is not None else None,
        agreed=row.agreed,
        deviation=deviation,
        percent=_of_the_agreed(deviation, row.amount),
        deviates=next((cell for status, cell in _CELLS if status in statuses), "none"),
        findings=tuple(kept_findings.read(row.findings)),
    )


def _of_the_agreed(deviation: Amount | None, amount: Amount) -> Decimal | None:
    """In percent of what is right of the line; None where nothing of it is."""
    return percent_of(deviation, amount - deviation) if deviation else None


def _accounts(session: Session, invoice: Invoice) -> tuple[tuple[str, str], ...]:
    """The accounts it is to be paid to, each with its state: known, proposed, closed, unknown."""
    keys = [account["key"] for account in invoice.accounts]
    states = dict(
        session.execute(
            select(KnownAccount.key, KnownAccount.state).where(
                KnownAccount.supplier_id == invoice.supplier_id, KnownAccount.key.in_(keys)
            )
        ).all()
        if keys and invoice.supplier_id is not None
        else []
    )
    return tuple((account["shown"], states.get(account["key"], "unknown")) for account in invoice.accounts)
