"""Replay: every invoice is judged again from its bytes. Nothing differs, or each difference is shown and why.

What was posted is judged as it stood just before it was posted; what waits is judged as it stands now, because whatever it waits for
judges it again when it happens. What a person decided is not replayed. Nothing is written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import ordering
from eshop import audit, ubl
from eshop.exchange import Message
from eshop.identity import Actor
from invoicing.controlling import coded_by, reopened
from invoicing.documents import reading
from invoicing.invoices import Invoice, InvoiceMatch
from invoicing.judging import Case, Verdict, judge
from invoicing.posting import Posting, posting_of
from invoicing.settling import net_of

_RULES = (
    "policy_changed", "setting_changed", "organisation_loaded", "gln_added", "gln_ended", "table_loaded", "chart_value_set",
    "chart_value_closed", "agreements_loaded", "agreement_changed", "agreement_extended", "supplier_changed",
)  # fmt: skip
_ACCOUNTS = ("account_recorded", "account_confirmed", "account_closed")


@dataclass(frozen=True, slots=True)
class Difference:
    """An invoice that would be judged otherwise today, and why that may be: `was` and `now` are outcome and reasons.

    `why`: `order_changed` (its orders, receipts or other invoices on them are not what they were), `rules_changed` (what it is judged by
    is not: tolerances, tables, agreements, the supplier's accounts), else `judged_otherwise`, which should not happen.
    """

    invoice_id: int
    number: str
    was: tuple[str, tuple[str, ...]]
    now: tuple[str, tuple[str, ...]]
    why: str


@dataclass(frozen=True, slots=True)
class Then:
    """The moment before an invoice was posted, which replay goes back to: only documents that had come before it count, and of them
    those count as posted that were so just before its own posting. Postings are numbered in the order they were made, also within one
    unit of work, where the clock says the same of all."""

    invoice_id: int
    posting_id: int

    def posted(self, session: Session, invoice_ids: Iterable[int]) -> set[int]:
        """Those of the invoices that were posted then: posted once more often than taken back."""
        turns: dict[int, int] = {}
        for invoice_id, reverses in session.execute(
            select(Posting.invoice_id, Posting.reverses_id).where(
                Posting.invoice_id.in_(list(invoice_ids)), Posting.id < self.posting_id
            )
        ):
            turns[invoice_id] = turns.get(invoice_id, 0) + (1 if reverses is None else -1)
        return {invoice_id for invoice_id, turn in turns.items() if turn > 0}


def replay(session: Session, since: datetime | None, by: Actor) -> Iterator[Difference]:
    """The differences, in the order the invoices came; those received before `since` are left out."""
    query = select(Invoice.id).where(Invoice.touched.is_(False)).order_by(Invoice.id)
    if since is not None:
        query = query.where(Invoice.received_at >= since)
    for invoice_id in session.scalars(query).all():
        invoice = session.scalars(select(Invoice).where(Invoice.id == invoice_id)).one()
        verdict = _verdict(session, invoice, by)
        was, now = (invoice.outcome, tuple(invoice.reasons)), (verdict.outcome, verdict.reasons)
        if was != now:
            yield Difference(invoice.id, invoice.number, was, now, _why(session, invoice, verdict))
        session.expunge(invoice)


def _verdict(session: Session, invoice: Invoice, by: Actor) -> Verdict:
    at = replace(by, at=invoice.judged_at)
    case = reopened(session, invoice, hold=False)
    posting = posting_of(session, invoice)
    if posting is not None:
        case.then = Then(invoice.id, posting.id)
        case.without = _invoiced_since(session, invoice, case.then)
    settled = "settled_by_credit" in invoice.reasons
    verdict = judge(session, _less_credit(session, invoice, case) if settled else case, at)
    if verdict.outcome != "posted":
        return verdict
    verdict, _ = coded_by(session, case, verdict, at)
    return replace(verdict, reasons=("settled_by_credit",)) if settled and verdict.outcome == "posted" else verdict


def _less_credit(session: Session, invoice: Invoice, case: Case) -> Case:
    """The case of what is left of an invoice when the credit note that it was posted together with is taken off."""
    body = session.scalars(
        select(Message.body)
        .join(Invoice, Invoice.message_id == Message.id)
        .join(Posting, Posting.invoice_id == Invoice.id)
        .where(Invoice.credits_id == invoice.id)
        .order_by(Posting.id)
        .limit(1)
    ).one()
    _, document = ubl.open_document(body)
    assert isinstance(document, ubl.CreditNote | ubl.Invoice)
    left = net_of(case.reading.billed, reading(document).billed)
    return case if left is None else replace(case, reading=replace(case.reading, billed=left))


def _invoiced_since(session: Session, invoice: Invoice, then: Then) -> dict[int, Decimal]:
    """Order line id → how much more is invoiced on it now than then, on the invoice's orders: this invoice itself and what was posted
    after it, less what was taken back after it."""
    found: dict[int, Decimal] = {}
    rows = session.execute(
        select(Invoice.id, Invoice.state, Invoice.kind, InvoiceMatch.order_line_id, InvoiceMatch.quantity)
        .join(InvoiceMatch, Invoice.id == InvoiceMatch.invoice_id)
        .where(InvoiceMatch.order_id.in_(invoice.order_ids))
    ).all()
    posted = then.posted(session, {row.id for row in rows})
    for row in rows:
        turn = (row.state == "posted") - (row.id in posted)
        if turn:
            sign = -turn if row.kind == "credit_note" else turn
            found[row.order_line_id] = found.get(row.order_line_id, Decimal(0)) + sign * row.quantity
    return found


# --- why ----------------------------------------------------------------------------------------------------------------


def _why(session: Session, invoice: Invoice, verdict: Verdict) -> str:
    numbers = {*verdict.candidates, *invoice.candidates}
    orders = {*invoice.order_ids, *(order.id for order in verdict.orders)}
    orders |= {order.id for order in ordering.find_orders(session, sorted(numbers))} if numbers else set()
    if _happened_to(session, "order", orders, invoice) or _posted_beside(session, invoice, orders):
        return "order_changed"
    return "rules_changed" if _rules_since(session, invoice) else "judged_otherwise"


def _happened_to(session: Session, thing: str, ids: Iterable[int], invoice: Invoice) -> bool:
    """Whether anything was done to these things since the invoice was judged."""
    event = audit.AuditEvent
    asked = select(event.id).where(
        event.thing_type == thing, event.thing_id.in_(list(ids)), event.at >= invoice.judged_at
    )
    return session.scalar(asked.limit(1)) is not None


def _posted_beside(session: Session, invoice: Invoice, orders: Iterable[int]) -> bool:
    """Whether another invoice on these orders, the invoice that this one credits or one that credits it was posted or taken back since."""
    related = or_(
        Invoice.id.in_(select(InvoiceMatch.invoice_id).where(InvoiceMatch.order_id.in_(list(orders)))),
        Invoice.credits_id == invoice.id,
        Invoice.id == invoice.credits_id,
    )
    asked = select(Posting.id).where(
        Posting.at >= invoice.judged_at,
        Posting.invoice_id.in_(select(Invoice.id).where(related, Invoice.id != invoice.id)),
    )
    return session.scalar(asked.limit(1)) is not None


def _rules_since(session: Session, invoice: Invoice) -> bool:
    """Whether what it is judged by has changed since: the municipality's rules and tables, an agreement, an account of its supplier."""
    events = session.execute(
        select(audit.AuditEvent.event, audit.AuditEvent.fields).where(
            audit.AuditEvent.event.in_((*_RULES, *_ACCOUNTS)), audit.AuditEvent.at >= invoice.judged_at
        )
    )
    return any(event in _RULES or fields["supplier_id"] == invoice.supplier_id for event, fields in events)
