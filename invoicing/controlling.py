"""From a message to a posted invoice, or to one that waits with its reasons: register, control, judge again.

`register` knows the document by its sender, receiver and number; `run_control` judges it and writes everything at once: the invoice, its
lines, its matches, and where nothing stops it the posting. What waits is judged again when something has happened (goods received,
an account confirmed, the credited invoice posted), from the original bytes, as if it came now.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

import ordering
from eshop import audit, ubl
from eshop.amounts import Amount
from eshop.db import put, put_soon, write_rows
from eshop.exchange import Message
from eshop.findings import Finding
from eshop.identity import Actor
from invoicing.allocation import entries, missing_dimensions
from invoicing.coding import coding_rules, refused_values
from invoicing.disputes import settle
from invoicing.documents import reading
from invoicing.excess import excesses
from invoicing.invoices import CLOSED, INVOICE, WAITING_OUTCOMES, Invoice, InvoiceLine, InvoiceMatch, held
from invoicing.judging import (
    Case,
    Verdict,
    check_form,
    find_duplicate,
    find_earlier,
    judge,
    open_case,
    order_reference,
)
from invoicing.kept_findings import keep
from invoicing.matching import HAIR
from invoicing.posting import take_back_posting, write_posting
from invoicing.references import document_key
from invoicing.settling import net_of


def register(
    session: Session, message: Message, document: ubl.Document, identification: ubl.Identification, by: Actor
) -> Invoice:
    """The invoice or credit note that a message brought, known by its parties and number, ready for `run_control`, which writes it.

    A duplicate (same supplier and number, however dressed) is answered with `outcome` duplicate and the first message's uid; it is
    no row, and nothing is stored of it.
    """
    assert isinstance(document, ubl.Invoice | ubl.CreditNote)
    case = open_case(session, reading(document), document, identification.profile)
    check_form(case)
    put_soon(session, Invoice)
    find_earlier(session, case)
    find_duplicate(case)
    invoice = Invoice(
        message_id=case.first.message_id if case.first else message.id,
        message_uid=case.first.message_uid if case.first else message.uid,
        document_type=identification.document_type,
        profile=identification.profile.name if identification.profile is not None else None,
        state=INVOICE.start,
        outcome=case.outcome or "held",
        first_outcome="",
        received_at=by.at,
        judged_at=by.at,
        touched=False,
        sampled=False,
        priority=0,
        chosen_orders=[],
        reasons=[],
        findings=[],
        coding=None,
    )
    invoice.municipality_id = by.municipality_id
    _describe(invoice, case)
    invoice.case = case
    return invoice


def _describe(invoice: Invoice, case: Case) -> None:
    """What was read out of the document."""
    read, billed = case.reading, case.reading.billed
    invoice.kind = "credit_note" if billed.is_credit else "invoice"
    invoice.number, invoice.number_key = billed.number[:200], document_key(billed.number)[:200]
    invoice.supplier_key = case.supplier_key
    invoice.supplier_id = case.supplier_id
    invoice.supplier_cvr = case.supplier_cvr or read.seller.cvr
    invoice.supplier_gln = read.seller.gln or case.supplier_gln
    invoice.supplier_name = case.supplier_name or read.seller_name
    invoice.institution_id = case.institution_id
    invoice.buyer_gln = case.buyer_gln
    invoice.issue_date, invoice.due_date = billed.issue_date, billed.due_date
    invoice.currency = billed.currency[:3]
    invoice.net, invoice.vat, invoice.gross = billed.net, billed.vat, billed.payable
    invoice.overcharge = Amount(0)
    invoice.order_reference = order_reference(case)
    invoice.person_reference = billed.person_reference
    invoice.accounting_cost = read.accounting_cost
    named = billed.credits or billed.takes_up
    invoice.credits_number = named[0] if named else None
    invoice.credits_key = document_key(named[0]) if named else None
    invoice.content_key = case.content
    invoice.payment = read.payment
    invoice.accounts = [{"key": one.key, "shown": one.shown} for one in read.accounts]


def run_control(session: Session, invoice: Invoice, by: Actor) -> Invoice:
    """Judges the invoice and writes the verdict; posts it when nothing stops it, and judges again what waited for that. What is posted,
    refused or closed stays as it is."""
    if invoice.outcome == "duplicate":
        invoice.verdict = judge(session, invoice.case, by)
        return invoice
    is_new = invoice.id is None
    posted = _control(session, invoice, by)
    case = invoice.case
    if (posted and (invoice.is_credit or case.waits_beside)) or ((posted or is_new) and case.credits_waiting):
        release_after(session, [invoice], by)
    return invoice


def _control(session: Session, invoice: Invoice, by: Actor) -> bool:
    """Whether it was posted now."""
    case = invoice.case
    fresh = case is not None and invoice.id is None
    if not fresh:
        if invoice.state != INVOICE.start:
            return False
        invoice = held(session, invoice)
        if invoice.state != INVOICE.start:
            return False
        case = reopened(session, invoice)
    assert case is not None
    verdict = judge(session, case, by)
    _write(session, invoice, case, verdict, by, fresh)
    if invoice.is_credit and invoice.credits_id is not None and invoice.outcome == "held":
        _settle_together(session, invoice, case, by)
    return invoice.state == "posted"


def reverse(session: Session, invoice: Invoice, reason: str, by: Actor) -> Invoice:
    """Takes a posting back by one with the signs turned; the invoice waits again, and what its quantities stood in the way of is judged
    again. Conflict `invoiced_anew` for a credit note whose goods have been invoiced once more since."""
    invoice = take_back_posting(session, invoice, reason, by)
    judge_again(session, invoice.order_ids, by)
    return invoice


def reopened(session: Session, invoice: Invoice, *, hold: bool = True) -> Case:
    """The case of a kept invoice, from its bytes. Pending changes are flushed first, because it is judged by what is written."""
    session.flush()
    body = session.scalar(select(Message.body).where(Message.id == invoice.message_id))
    assert body is not None
    identification, document = ubl.open_document(body)
    assert isinstance(document, ubl.Invoice | ubl.CreditNote)
    case = open_case(session, reading(document), document, identification.profile, hold=hold)
    check_form(case)
    find_earlier(session, case, before=invoice.id)
    case.chosen_orders = tuple(invoice.chosen_orders)
    if invoice.routed_to is not None:
        case.institution_id = invoice.routed_to
        case.institutions |= {invoice.routed_to}
    return case


def _write(session: Session, invoice: Invoice, case: Case, verdict: Verdict, by: Actor, fresh: bool) -> None:
    coded = None
    if verdict.outcome == "posted":
        verdict, coded = coded_by(session, case, verdict, by)
    before = (invoice.outcome, tuple(invoice.reasons))
    if fresh:
        take_verdict(invoice, case, verdict)
        invoice.first_outcome, invoice.verdict = verdict.outcome, verdict
        if coded is not None:
            _mark_posted(invoice, case, verdict, by)
        put(session, invoice)
        write_lines(session, invoice, case, verdict)
        ordering.log_cost(session, [order.id for order in verdict.orders], "invoice", by)
    else:
        rewrite(session, invoice, case, verdict, by)
    events = [audit.row("invoice_received", "invoice", invoice.id, by, message_id=invoice.message_id)] if fresh else []
    if fresh or before != (invoice.outcome, tuple(invoice.reasons)):
        told = {"outcome": invoice.outcome, "reasons": list(invoice.reasons)}
        events.append(audit.row("invoice_judged", "invoice", invoice.id, by, **told))
    if coded is not None:
        events.append(post(session, invoice, case, verdict, coded, by))
    write_rows(session, audit.AuditEvent, events)


def rewrite(session: Session, invoice: Invoice, case: Case, verdict: Verdict, by: Actor) -> None:
    """The verdict of a kept invoice as it is now, in place of the one before."""
    take_verdict(invoice, case, verdict)
    invoice.judged_at, invoice.verdict, invoice.case = by.at, verdict, case
    session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id))
    session.execute(delete(InvoiceMatch).where(InvoiceMatch.invoice_id == invoice.id))
    session.flush()
    write_lines(session, invoice, case, verdict)


def take_verdict(invoice: Invoice, case: Case, verdict: Verdict) -> None:
    invoice.outcome = verdict.outcome
    invoice.reasons = list(verdict.reasons)
    invoice.findings = keep(verdict.findings)
    invoice.order_ids = [order.id for order in verdict.orders]
    invoice.order_numbers = verdict.order_numbers
    invoice.candidates = list(verdict.candidates)
    invoice.credits_id = verdict.credits_id
    invoice.overcharge = verdict.overcharge
    invoice.excess = _excess(case, verdict)
    if verdict.outcome not in WAITING_OUTCOMES and verdict.outcome != "posted":
        invoice.state = CLOSED


def _excess(case: Case, verdict: Verdict) -> Amount:
    """What is too many or not ordered on an invoice that is held, in net kroner."""
    if verdict.outcome != "held" or verdict.match is None or case.reading.billed.is_credit:
        return Amount(0)
    amounts = {line.position: line.amount for line in case.reading.billed.lines}
    ordered = {line.id: line for order in verdict.orders for line in order.lines}
    return Amount.sum(one.amount for one in excesses(verdict.lines, amounts, verdict.match.pairs, ordered).values())


def write_lines(session: Session, invoice: Invoice, case: Case, verdict: Verdict) -> None:
    """The lines with their verdicts, and the matches, each in one statement."""
    billed = {line.position: line for line in case.reading.billed.lines}
    rows = []
    for one in verdict.lines:
        line = billed[one.position]
        rows.append(
            {
                "invoice_id": invoice.id,
                "position": one.position,
                "line": one.line,
                "name": line.name or line.description,
                "seller_item_id": line.seller_item_id,
                "gtin": line.gtin,
                "unspsc": line.unspsc,
                "quantity": line.quantity,
                "unit": line.unit,
                "amount": line.amount,
                "vat_percent": line.vat_percent,
                "accounting_cost": line.accounting_cost,
                "order_number": one.order,
                "order_line": one.order_line,
                "status": one.status,
                "statuses": list(one.statuses),
                "agreed": one.agreed,
                "variance": one.variance,
                "findings": keep(one.findings),
            }
        )
    write_rows(session, InvoiceLine, rows)
    if verdict.match is None:
        return
    write_rows(
        session,
        InvoiceMatch,
        [
            {
                "invoice_id": invoice.id,
                "position": pair.position,
                "order_id": pair.order_id,
                "order_line_id": pair.order_line_id,
                "quantity": Decimal(0) if pair.order_line_id in verdict.value_only else pair.quantity,
                "amount": pair.amount,
                "how": pair.how,
            }
            for pair in verdict.match.pairs
        ],
    )


def coded_by(session: Session, case: Case, verdict: Verdict, by: Actor) -> tuple[Verdict, Sequence[Any] | None]:
    """The entries of an invoice that nothing stops; one that cannot be coded is held."""
    rules = coding_rules(session, case.municipality, by.today)
    made = entries(case.reading.billed, verdict.match, verdict.orders, rules)
    missing = missing_dimensions(made, rules)
    refused = [] if missing else refused_values(session, case.municipality, [one.coding for one in made], by.today)
    if not missing and not refused:
        return verdict, made
    finding = (
        Finding("coding_missing", values={"dimensions": missing})
        if missing
        else Finding("coding_refused", values={"values": refused})
    )
    return replace(verdict, outcome="held", reasons=("coding",), findings=(*verdict.findings, finding)), None


def post(
    session: Session, invoice: Invoice, case: Case, verdict: Verdict, coded: Sequence[Any], by: Actor
) -> dict[str, Any]:
    """Writes the posting, counts the quantities on the orders, and answers the audit row."""
    if invoice.state != "posted":
        _mark_posted(invoice, case, verdict, by)
        session.flush()
    write_posting(session, invoice, coded, case.municipality, by)
    if verdict.match is not None:
        quantities: dict[int, Decimal] = {}
        sign = -1 if invoice.is_credit else 1
        for pair in verdict.match.pairs:
            if pair.order_line_id not in verdict.value_only:
                quantities[pair.order_line_id] = quantities.get(pair.order_line_id, Decimal(0)) + sign * pair.quantity
        ordering.record_invoiced(session, quantities, by, invoice.id)
    if invoice.is_credit and invoice.credits_id is not None:
        settle(session, invoice.credits_id, invoice.gross, by)
    return audit.row("invoice_posted", "invoice", invoice.id, by, gross=str(invoice.gross))


def _mark_posted(invoice: Invoice, case: Case, verdict: Verdict, by: Actor) -> None:
    invoice.state, invoice.outcome, invoice.posted_at = "posted", "posted", by.at
    invoice.sampled = _is_sampled(case, verdict, invoice)


def _is_sampled(case: Case, verdict: Verdict, invoice: Invoice) -> bool:
    """Whether this one, which one person alone was allowed, is put in front of a leader: by chance, but the same on every replay."""
    share = case.municipality.policy.sample_percent
    alone = [order for order in verdict.orders if not order.loaded and len(order.people) < 2]
    if share is None or not share.value or not alone or invoice.touched:
        return False
    chance = int(hashlib.sha256(f"sample:{invoice.content_key}:{invoice.number}".encode()).hexdigest()[:8], 16)
    return Decimal(chance) * 100 < share.value * Decimal(2**32)


# --- again --------------------------------------------------------------------------------------------------------------


def judge_again(session: Session, order_ids: Iterable[int], by: Actor) -> list[Invoice]:
    """Judges what waits on these orders once more, oldest first, and marks what was posted on goods that are no longer received.
    Called after receipts and their reversals. Returns the invoices whose outcome changed."""
    wanted = list(dict.fromkeys(order_ids))
    if not wanted:
        return []
    changed = _rejudged(session, _waiting(session, _on(wanted)), by)
    _mark_reversed_receipts(session, wanted)
    return changed


def judge_supplier_again(session: Session, supplier_id: int, by: Actor) -> list[Invoice]:
    """Judges what waits for the supplier's account once more."""
    waiting = _waiting(session, Invoice.supplier_id == supplier_id)
    return _rejudged(session, [one for one in waiting if "bank_account_changed" in one.reasons], by)


def judge_for_orders(session: Session, order_ids: Sequence[int], by: Actor) -> list[Invoice]:
    """Judges again what waits of the suppliers of these orders, which have been loaded or brought up to date: an invoice may have come
    before its order was told, or wait because the order was closed. Returns the invoices whose outcome changed."""
    waiting = _waiting(session, Invoice.supplier_id.is_not(None))
    suppliers: set[int] = set()
    for start in range(0, len(order_ids) if waiting else 0, 500):
        some = ordering.PurchaseOrder.id.in_(order_ids[start : start + 500])
        suppliers |= set(session.scalars(select(ordering.PurchaseOrder.supplier_id).where(some).distinct()))
    return _rejudged(session, [one for one in waiting if one.supplier_id in suppliers], by)


def release_after(session: Session, posted: Sequence[Invoice], by: Actor) -> list[Invoice]:
    """Judges again what waited for these or waits beside them: the credit notes that name them, invoices of goods that they give back,
    and what is on the same orders. Whoever posts an invoice calls it. Returns those whose outcome changed."""
    orders = list(dict.fromkeys(order_id for one in posted for order_id in one.order_ids))
    changed = _rejudged(session, _waiting_for(session, posted, orders), by)
    if any(one.is_credit for one in posted):
        _mark_reversed_receipts(session, orders)
    return changed


def _on(order_ids: Sequence[int]) -> ColumnElement[bool]:
    return Invoice.id.in_(select(InvoiceMatch.invoice_id).where(InvoiceMatch.order_id.in_(order_ids)))


def _waiting(session: Session, what: ColumnElement[bool]) -> list[Invoice]:
    return list(session.scalars(select(Invoice).where(Invoice.state == INVOICE.start, what).order_by(Invoice.id)))


def _waiting_for(session: Session, posted: Sequence[Invoice], order_ids: Sequence[int]) -> list[Invoice]:
    found = {one.id: one for one in _waiting(session, _on(order_ids))} if order_ids else {}
    for invoice in posted:
        if not invoice.is_credit:
            named = and_(
                Invoice.supplier_key == invoice.supplier_key,
                Invoice.credits_key == invoice.number_key,
                Invoice.kind == "credit_note",
            )
            found |= {one.id: one for one in _waiting(session, named)}
    return [found[one] for one in sorted(found)]


def _rejudged(session: Session, waiting: Iterable[Invoice], by: Actor) -> list[Invoice]:
    """Judges these again, in turn, and whatever waits for those of them that are posted, until no more is: the first of two that compete
    is judged before the second takes the goods, and would else be left with a reason that is true no longer."""
    before: dict[int, tuple[Invoice, str, list[str]]] = {}
    queue = list(waiting)
    while queue:
        posted = []
        for invoice in queue:
            before.setdefault(invoice.id, (invoice, invoice.outcome, list(invoice.reasons)))
            if not invoice.touched or invoice.chosen_orders:
                posted += [invoice] if _control(session, invoice, by) else []
        orders = list(dict.fromkeys(order_id for one in posted for order_id in one.order_ids))
        queue = _waiting_for(session, posted, orders) if posted else []
    return [one for one, outcome, reasons in before.values() if (outcome, reasons) != (one.outcome, list(one.reasons))]


def _settle_together(session: Session, credit: Invoice, credit_case: Case, by: Actor) -> None:
    """A credit note that puts a waiting invoice right: when nothing stops what is left of the invoice, both are posted."""
    invoice = session.scalars(
        select(Invoice).where(Invoice.id == credit.credits_id, Invoice.state == INVOICE.start)
    ).one_or_none()
    if invoice is None or set(credit.reasons) - {"credit_without_invoice"}:
        return
    case = reopened(session, invoice)
    left = net_of(case.reading.billed, credit_case.reading.billed)
    if left is None or case.outcome is not None:
        return
    whole = judge(session, case, by)
    rest = judge(session, replace(case, reading=replace(case.reading, billed=left)), by)
    if rest.outcome != "posted" or whole.match is None:
        return
    coded_verdict, coded = coded_by(session, case, whole, by)
    if coded is None:
        return
    invoice = held(session, invoice)
    settled = replace(coded_verdict, outcome="held", reasons=("settled_by_credit",))
    rewrite(session, invoice, case, settled, by)
    write_rows(session, audit.AuditEvent, [post(session, invoice, case, settled, coded, by)])
    _control(session, credit, by)


def _mark_reversed_receipts(session: Session, order_ids: Sequence[int]) -> None:
    """Posted invoices on an order line of which more is invoiced than received (a receipt was reversed): a deviation to be settled,
    never an edit; gone again when the goods are received after all."""
    short: set[int] = set()
    for order in ordering.order_pictures(session, order_ids):
        short |= {line.id for line in order.lines if order.match != "2-way" and line.invoiced > line.received + HAIR}
    on_orders = select(InvoiceMatch.invoice_id).where(InvoiceMatch.order_id.in_(order_ids))
    on_short = select(InvoiceMatch.invoice_id).where(InvoiceMatch.order_line_id.in_(short))
    posted = (Invoice.state == "posted", Invoice.kind == "invoice")
    quiet = {"synchronize_session": False}
    session.execute(
        update(Invoice)
        .where(*posted, Invoice.deviation == "receipt_reversed", Invoice.id.in_(on_orders))
        .values(deviation=None)
        .execution_options(**quiet)
    )
    if short:
        session.execute(
            update(Invoice)
            .where(*posted, Invoice.id.in_(on_short))
            .values(deviation="receipt_reversed")
            .execution_options(**quiet)
        )
