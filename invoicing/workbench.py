"""The queue by what blocks: why each invoice waits, who has it, and what we would do.

Only what a person must touch is here: what was within tolerance was posted at intake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, undefer

import ordering
from eshop.amounts import Amount
from eshop.findings import Finding
from eshop.identity import Actor, Institution, User, may, require, the_municipality
from invoicing import kept_findings
from invoicing.decisions import NEVER, deviation_of, is_small
from invoicing.disputes import ExpectedCredit
from invoicing.handling import ESCALATE_BEFORE
from invoicing.invoices import INVOICE, Invoice, InvoiceLine, InvoiceNote

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
    reminded: int
    """How many times the unit was asked again without an answer."""


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
    """What waits, grouped by what blocks; in a group what was reminded of first, then what is due first. Eight queries, however many."""
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
    asked = _times_asked(session, [one.id for one in waiting if one.with_institution is not None])
    here = the_municipality(session)  # held, so that it is not asked for once per invoice
    small = {one.id for one in waiting if is_small(session, one)} if here else set()
    groups: dict[GroupKey, list[QueueRow]] = {key: [] for key in GROUPS}
    promised = ordering.promised_days(
        session, {order for one in waiting if "not_received" in one.reasons for order in one.order_ids}
    )
    for invoice in waiting:
        days = [promised[order] for order in invoice.order_ids if order in promised]
        row = _row(
            invoice, places, people, worst.get(invoice.id), invoice.id in small, by.today, max(days, default=None),
            asked.get(invoice.id, 0),
        )  # fmt: skip
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


def _times_asked(session: Session, invoice_ids: Sequence[int]) -> dict[int, int]:
    """How many times each was asked about since it was last answered, in one query."""
    answer = aliased(InvoiceNote)
    answered = (
        select(func.max(answer.id))
        .where(answer.invoice_id == InvoiceNote.invoice_id, answer.kind == "answer")
        .correlate(InvoiceNote)
        .scalar_subquery()
    )
    rows = session.execute(
        select(InvoiceNote.invoice_id, func.count())
        .where(
            InvoiceNote.invoice_id.in_(invoice_ids),
            InvoiceNote.kind == "ask",
            InvoiceNote.id > func.coalesce(answered, 0),
        )
        .group_by(InvoiceNote.invoice_id)
    )
    return dict(rows.all())


def _row(
    invoice: Invoice,
    places: Mapping[int, str],
    people: Mapping[int, str],
    worst: Finding | None,
    small: bool,
    today: date,
    promised: date | None,
    asked: int,
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
        proposal=proposal_for(invoice, today, promised, asked=asked > 0),
        promised=promised,
        reminded=max(asked - 1, 0),
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


def proposal_for(invoice: Invoice, today: date, promised: date | None = None, *, asked: bool = False) -> str:
    """What we would do: wait, claim, accept, link, code, route, confirm_account, ask, and remind where the unit was `asked` and has not
    answered. `promised` is the supplier's delivery day."""
    step = _step_for(invoice, today, promised)
    return "remind" if step == "ask" and asked else step


def _step_for(invoice: Invoice, today: date, promised: date | None) -> str:
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
