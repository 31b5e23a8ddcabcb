"""The queue by what blocks, and one invoice as people read it: ordered, received and invoiced side by side.

Only what a person must touch is here: what was within tolerance was posted at intake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, undefer

import ordering
from eshop import audit
from eshop.amounts import Amount
from eshop.findings import Finding
from eshop.identity import Actor, Institution, User, may, require, the_municipality
from invoicing import kept_findings
from invoicing.accounts import KnownAccount
from invoicing.decisions import NEVER, deviation_of, is_small
from invoicing.disputes import ExpectedCredit
from invoicing.excess import Excess, excesses
from invoicing.handling import ESCALATE_BEFORE
from invoicing.invoices import INVOICE, Invoice, InvoiceLine, InvoiceNote, lines_of, matches_of, notes_of
from invoicing.posting import Posting, PostingLine, posting_lines, posting_of

GroupKey = Literal["guard", "small", "over_tolerance", "not_received", "no_order", "data", "settle", "deviation"]

GROUPS: Final[tuple[GroupKey, ...]] = (
    "guard", "small", "over_tolerance", "not_received", "no_order", "data", "settle", "deviation",
)  # fmt: skip
"""What blocks, in the order of the page: a guard that stops everything, small deviations, over tolerance, goods not received, no order,
errors in data, claimed and waiting for the credit note, posted on what is no longer received."""

_GUARDS: Final = frozenset(
    {
        "bank_account_changed",
        "same_content_new_number",
        "supplier_mismatch",
        "unknown_supplier",
        "two_persons",
        "prepaid",
        "copy",
        "amends",
        "future_date",
    }
)
_NO_ORDER: Final = frozenset({"no_reference", "order_ref_corrected", "unknown_order", "ambiguous", "no_order"})
_DATA: Final = frozenset({"uom_unknown", "currency_mismatch", "institution_mismatch", "coding", "before_order"})


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An invoice that waits: why in one finding, how much in kroner and percent, who has it and for how long."""

    id: int
    number: str
    kind: str
    supplier: str
    institution: str | None
    gross: Amount
    currency: str
    deviation: Amount
    percent: Decimal | None
    outcome: str
    reasons: tuple[str, ...]
    cause: Finding
    orders: tuple[str, ...]
    candidates: tuple[str, ...]
    received_at: datetime
    due_date: date | None
    is_late: bool
    priority: int
    with_whom: str | None
    with_since: datetime | None
    wait_until: date | None
    is_small: bool
    proposal: str
    promised: date | None


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """What is blocked by the same thing; `total` is its gross, `deviation` the sum of its deviations."""

    key: GroupKey
    rows: tuple[QueueRow, ...]
    count: int
    total: Amount
    deviation: Amount


def _mine(by: Actor) -> Select[Invoice]:
    """The invoices that wait and that the person may see: all, or those of their institutions."""
    require(by, "see_invoices")
    query = select(Invoice).where(or_(Invoice.state == INVOICE.start, Invoice.deviation.is_not(None)))
    reached: set[int] | None = set()
    for grant in by.roles:
        if not may_see(grant.role):
            continue
        if grant.institutions is None:
            reached = None
            break
        reached |= grant.institutions
    if by.is_system or reached is None:
        return query
    return query.where(or_(Invoice.institution_id.in_(sorted(reached)), Invoice.with_institution.in_(sorted(reached))))


def may_see(role: str) -> bool:
    return role in ("approver", "purchasing_lead", "finance", "auditor")


def count_queue(session: Session, by: Actor) -> int:
    """How many invoices wait for somebody, of those the person may see; 0 for who may see none."""
    if not may(by, "see_invoices"):
        return 0
    return session.scalar(select(func.count()).select_from(_mine(by).subquery())) or 0


def queue(session: Session, by: Actor, limit: int = 200) -> list[QueueGroup]:
    """What waits, grouped by what blocks; in a group what was reminded of first, then what is due first. Seven queries, however many."""
    waiting = list(
        session.scalars(
            _mine(by)
            .options(undefer(Invoice.findings))
            .order_by(Invoice.priority.desc(), Invoice.due_date, Invoice.id)
            .limit(limit)
        )
    )
    claimed = set(
        session.scalars(
            select(ExpectedCredit.invoice_id).where(
                ExpectedCredit.state == "open", ExpectedCredit.invoice_id.in_([one.id for one in waiting])
            )
        )
    )
    places = dict(
        session.execute(
            select(Institution.id, Institution.name).where(
                Institution.id.in_({one.institution_id for one in waiting} | {one.with_institution for one in waiting})
            )
        ).all()
    )
    people = dict(
        session.execute(select(User.id, User.name).where(User.id.in_({one.with_whom for one in waiting}))).all()
    )
    worst = _worst_lines(session, waiting)
    here = the_municipality(session)  # held, so that it is not asked for once per invoice
    small = {one.id for one in waiting if is_small(session, one)} if here else set()
    groups: dict[GroupKey, list[QueueRow]] = {key: [] for key in GROUPS}
    promised = ordering.promised_days(
        session, {order for one in waiting if "not_received" in one.reasons for order in one.order_ids}
    )
    for invoice in waiting:
        days = [promised[order] for order in invoice.order_ids if order in promised]
        row = _row(
            invoice, places, people, worst.get(invoice.id), invoice.id in small, by.today, max(days, default=None)
        )
        groups[group_of(invoice, invoice.id in small, invoice.id in claimed)].append(row)
    return [
        QueueGroup(
            key,
            tuple(rows),
            len(rows),
            Amount.sum(row.gross for row in rows),
            Amount.sum(row.deviation for row in rows),
        )
        for key, rows in groups.items()
        if rows
    ]


def group_of(invoice: Invoice, small: bool, claimed: bool) -> GroupKey:
    reasons = set(invoice.reasons)
    if invoice.state == "posted":
        return "deviation"
    if reasons & _GUARDS:
        return "guard"
    if claimed:
        return "settle"
    if invoice.outcome in ("suggested", "manual"):
        return "no_order"
    if small:
        return "small"
    if reasons & _DATA:
        return "data"
    if reasons and reasons <= {"not_received", "credit_without_invoice"}:
        return "not_received"
    return "over_tolerance"


def _worst_lines(session: Session, invoices: Sequence[Invoice]) -> dict[int, Finding]:
    """For each invoice the finding of its worst line, in one query."""
    worst: dict[int, Finding] = {}
    rows = session.execute(
        select(InvoiceLine.invoice_id, InvoiceLine.findings)
        .where(
            InvoiceLine.invoice_id.in_([one.id for one in invoices]),
            InvoiceLine.status.not_in(["ok", "not_judged"]),
        )
        .order_by(InvoiceLine.invoice_id, InvoiceLine.variance.desc(), InvoiceLine.position)
    )
    for invoice_id, findings in rows:
        for finding in kept_findings.read(findings):
            kept = worst.get(invoice_id)
            if kept is None or (kept.severity != "error" and finding.severity == "error"):
                worst[invoice_id] = finding
    return worst


def _row(
    invoice: Invoice,
    places: Mapping[int, str],
    people: Mapping[int, str],
    worst: Finding | None,
    small: bool,
    today: date,
    promised: date | None,
) -> QueueRow:
    deviation = deviation_of(invoice)
    return QueueRow(
        id=invoice.id,
        number=invoice.number,
        kind=invoice.kind,
        supplier=invoice.supplier_name,
        institution=places.get(invoice.institution_id or 0),
        gross=invoice.gross,
        currency=invoice.currency,
        deviation=deviation,
        percent=percent_of(deviation, invoice.net - deviation),
        outcome=invoice.outcome,
        reasons=tuple(invoice.reasons),
        cause=cause_of(invoice, worst),
        orders=tuple(invoice.order_numbers),
        candidates=tuple(invoice.candidates),
        received_at=invoice.received_at,
        due_date=invoice.due_date,
        is_late=invoice.due_date is not None and invoice.due_date - ESCALATE_BEFORE <= today,
        priority=invoice.priority,
        with_whom=people.get(invoice.with_whom or 0) or places.get(invoice.with_institution or 0),
        with_since=invoice.with_since,
        wait_until=invoice.wait_until,
        is_small=small,
        proposal=proposal_for(invoice, today, promised),
        promised=promised,
    )


def percent_of(part: Amount, whole: Amount) -> Decimal | None:
    """Part of whole in percent; None of nothing: all of it is too much."""
    return (part.ore * Decimal(100) / whole.ore).quantize(Decimal("0.1")) if whole else None


def cause_of(invoice: Invoice, worst: Finding | None) -> Finding:
    """The one sentence of why it is here: what stops the document as a whole, else its worst line."""
    errors = [one for one in kept_findings.read(invoice.findings) if one.severity == "error"]
    if invoice.deviation is not None:
        return Finding(invoice.deviation)
    if errors and (worst is None or worst.severity != "error" or set(invoice.reasons) & _GUARDS):
        return errors[0]
    if worst is not None and worst.severity == "error":
        return worst
    return errors[0] if errors else Finding(f"reason_{invoice.reasons[0]}" if invoice.reasons else "reason_held")


def proposal_for(invoice: Invoice, today: date, promised: date | None = None) -> str:
    """What we would do: wait, claim, accept, link, code, route, confirm_account, ask. `promised` is the supplier's delivery day."""
    reasons = set(invoice.reasons)
    if "bank_account_changed" in reasons:
        return "confirm_account"
    if invoice.outcome == "suggested":
        return "link"
    if invoice.outcome == "manual":
        return "link" if invoice.candidates else "code"
    if "institution_mismatch" in reasons:
        return "route"
    if reasons == {"coding"}:
        return "code"
    if reasons == {"not_received"}:
        return _proposal_without_goods(invoice, today, promised)
    if (
        reasons & {"price_over", "qty_over", "not_on_order", "fee_over_limit", "already_invoiced"}
        and not invoice.is_credit
    ):
        return "claim"
    return "ask" if reasons & NEVER else "accept"


def _proposal_without_goods(invoice: Invoice, today: date, promised: date | None) -> str:
    """Goods promised before the invoice is due are waited for; with time enough the receipt may still come; else the unit is asked."""
    due, until = invoice.due_date, invoice.wait_until or promised
    if until is not None and until >= today:
        return "wait" if due is None or until < due else "claim"
    return "wait" if due is None or due > today + ESCALATE_BEFORE else "ask"


# --- one invoice --------------------------------------------------------------------------------------------------------


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
        proposal=proposal_for(invoice, day, promised) if invoice.state == INVOICE.start else "",
        possible=invoice.possible,
        promised=promised,
        last_note=max((note.id for note in notes), default=0),
    )


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
