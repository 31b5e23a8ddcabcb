"""What people do with an invoice that waits: accept, point out its order, code it, refuse, wait, route, ask, answer.

Separation of duties is looked at here, with the thing itself at hand: nobody decides a deviation on an order they placed or approved
(above the limit that the municipality sets, `decide_own_limit`), and nobody releases an invoice to an account that they recorded
or confirmed. Some things no person can wave through: an account that is not known, a credit above what was invoiced.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import ordering
from eshop import audit
from eshop.amounts import Amount
from eshop.db import write_rows
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed
from eshop.identity import Actor, Institution, User, may, people_behind, require, the_municipality
from invoicing import kept_findings
from invoicing.accounts import KnownAccount, confirm, handlers_of
from invoicing.allocation import entries, missing_dimensions
from invoicing.answers import answer
from invoicing.coding import coding_rules, refused_values, validated
from invoicing.controlling import judge_supplier_again, post, release_after, reopened, rewrite, run_control
from invoicing.invoices import INVOICE, Invoice, InvoiceNote, held
from invoicing.judging import judge
from invoicing.precedents import unknown_accounts
from invoicing.questions import is_put_to, put_to

NEVER: Final = frozenset({"bank_account_changed", "credit_over_invoiced", "unknown_supplier"})
"""What no person can accept: it has to be put right."""

SMALL: Final = frozenset({"price_over", "fee_over_limit", "cumulative_over"})
"""Deviations in kroner only, which may be accepted in bulk below the municipality's limit (`small_deviation_limit`)."""

DECISIONS: Final = ("accept", "link", "code", "refuse", "wait", "route", "ask", "answer")


def decide(
    session: Session,
    invoice: Invoice,
    decision: str,
    reason: str,
    by: Actor,
    *,
    order_numbers: Sequence[str] = (),
    institution_id: int | None = None,
    until: date | None = None,
    coding: Sequence[Mapping[str, Any]] | None = None,
    seen: int | None = None,
    person_id: int | None = None,
) -> Invoice:
    """Carries out one of DECISIONS; `reason` is the person's words.

    accept: post in spite of the deviations. link: it belongs to these orders; judged again. code: no order, or no coding of
    its own: this coding, posted. refuse: not paid, the supplier is told. wait: goods are promised before `until`. route: it is that
    institution's. ask: the institution is asked (`reason` is the question), or the person there that `person_id` names. answer: theirs.
    Conflict `not_now`, `cannot_be_accepted`, `coding_missing`, `coding_refused`; BadInput `decision_reason_missing`,
    `unknown_decision`, `not_to_be_asked`; NotAllowed `decides_own_order`, `own_account`, `not_your_role`.
    `seen` is the newest note the person had before them: Conflict `decided_by_another` where somebody has acted since.
    """
    if decision not in DECISIONS:
        raise BadInput("unknown_decision", value=decision, expected=", ".join(DECISIONS))
    invoice = held(session, invoice)
    verb = decision if decision != "answer" else "ask"
    _nobody_was_first(session, invoice, verb, seen, by)
    INVOICE.after(invoice.state, verb)
    _allowed(invoice, decision, by)
    act = _VERBS[decision]
    act(session, invoice, reason.strip(), by, order_numbers, institution_id, until, coding)
    if decision == "ask" and person_id is not None:
        put_to(session, invoice, person_id, by)
    _note(session, invoice, decision, reason.strip(), by)
    ordering.log_cost(session, list(invoice.order_ids), "decide", by)
    audit.record(session, "invoice_decided", "invoice", invoice.id, by, decision=decision, reason=bool(reason.strip()))
    return invoice


def _nobody_was_first(session: Session, invoice: Invoice, verb: str, seen: int | None, by: Actor) -> None:
    """The second of two people on the same thing is told who did what, and when."""
    last = session.execute(
        select(InvoiceNote.id, InvoiceNote.kind, InvoiceNote.at, InvoiceNote.user_id, User.name)
        .join(User, User.id == InvoiceNote.user_id)
        .where(InvoiceNote.invoice_id == invoice.id)
        .order_by(InvoiceNote.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.user_id == by.user_id:
        return
    if verb not in INVOICE.possible(invoice.state) or (seen is not None and last.id > seen):
        raise Conflict("decided_by_another", who=last.name, did=last.kind, at=last.at)


def _allowed(invoice: Invoice, decision: str, by: Actor) -> None:
    if decision == "answer" and is_put_to(invoice, by):
        return
    if decision in ("answer", "ask", "route", "wait") and may(by, "see_invoices", invoice.institution_id):
        return
    attests = decision == "code" and invoice.outcome == "manual" and may(by, "attest", invoice.institution_id)
    if attests and not may(by, "decide_invoice"):
        limits = [
            grant.limit for grant in by.roles if grant.role == "approver" and grant.reaches(invoice.institution_id)
        ]
        if limits and all(limit is not None and invoice.gross > limit for limit in limits):
            raise NotAllowed("over_attest_limit", limit=max(limit for limit in limits if limit is not None))
        return
    require(by, "decide_invoice", invoice.institution_id)


def _not_own(session: Session, invoice: Invoice, by: Actor) -> None:
    """NotAllowed when the person placed or approved the order, or handled the account it is paid to."""
    mine = people_behind(by)
    limit = the_municipality(session).settings.get("decide_own_limit")
    free = limit is not None and invoice.gross <= Amount.of(limit)
    for order in ordering.order_pictures(session, invoice.order_ids) if mine and not free else ():
        if mine & (order.ordered_by | order.approved_by):
            raise NotAllowed("decides_own_order", number=order.number, who="finance")
    if invoice.supplier_id is not None and mine:
        keys = [account["key"] for account in invoice.accounts]
        if mine & handlers_of(session, invoice.supplier_id, keys):
            raise NotAllowed("own_account", who="finance")


def is_uncoded(invoice: Invoice) -> bool:
    """Whether nothing is in the way of posting it but that it cannot be coded."""
    return invoice.outcome == "held" and list(invoice.reasons) == ["coding"]


def _accept(session: Session, invoice: Invoice, reason: str, by: Actor, *_: Any) -> None:
    _not_own(session, invoice, by)
    if never := [one for one in invoice.reasons if one in NEVER]:
        raise Conflict("cannot_be_accepted", reasons=never)
    if not reason and not is_small(session, invoice):
        raise BadInput("decision_reason_missing")
    case = reopened(session, invoice)
    verdict = judge(session, case, by)
    if verdict.outcome not in ("posted", "held", "suggested") or set(verdict.reasons) & NEVER:
        raise Conflict("cannot_be_accepted", reasons=list(verdict.reasons))
    rules = coding_rules(session, case.municipality, by.today)
    made = entries(case.reading.billed, verdict.match, verdict.orders, rules)
    if missing := missing_dimensions(made, rules):
        raise Conflict("coding_missing", dimensions=list(missing))
    if refused := refused_values(session, case.municipality, [entry.coding for entry in made], by.today):
        raise Conflict("coding_refused", values=list(refused))
    invoice.touched = True
    rewrite(session, invoice, case, verdict, by)
    write_rows(session, audit.AuditEvent, [post(session, invoice, case, verdict, made, by)])
    release_after(session, [invoice], by)


def _link(session: Session, invoice: Invoice, reason: str, by: Actor, order_numbers: Sequence[str], *_: Any) -> None:
    """One click: it belongs to these orders of the supplier. What still deviates goes on waiting."""
    numbers = list(order_numbers) or list(invoice.order_numbers)
    found = [order for order in ordering.find_orders(session, numbers, invoice.supplier_id) if order.number in numbers]
    if not found or len(found) < len(set(numbers)):
        raise BadInput("linked_order_not_found", number=", ".join(numbers))
    _not_own(session, invoice, by)
    invoice.chosen_orders = [order.id for order in found]
    invoice.order_ids = list(invoice.chosen_orders)
    invoice.touched = True
    session.flush()
    run_control(session, invoice, by)


def _code(
    session: Session,
    invoice: Invoice,
    reason: str,
    by: Actor,
    _orders: Any,
    _institution: Any,
    _until: Any,
    coding: Sequence[Mapping[str, Any]] | None,
) -> None:
    """An invoice without order, or one that only waits because it could not be coded: coded by a person and posted."""
    uncoded = is_uncoded(invoice)
    if not uncoded and (invoice.outcome != "manual" or set(invoice.reasons) & (NEVER | {"supplier_mismatch"})):
        raise Conflict("cannot_be_accepted", reasons=list(invoice.reasons))
    case = reopened(session, invoice)
    verdict = judge(session, case, by)
    if verdict.outcome != ("posted" if uncoded else "manual") or case.supplier_id is None:
        raise Conflict("cannot_be_accepted", reasons=list(verdict.reasons))
    if unknown_accounts(session, case.supplier_id, case.reading.accounts):
        raise Conflict("cannot_be_accepted", reasons=["bank_account_changed"])
    _not_own(session, invoice, by)
    given = validated(session, coding or (), case.municipality, by.today)
    rules = coding_rules(session, case.municipality, by.today)
    match, orders = (verdict.match, verdict.orders) if uncoded else (None, ())
    made = entries(case.reading.billed, match, orders, rules, given)
    if missing := missing_dimensions(made, rules):
        raise Conflict("coding_missing", dimensions=list(missing))
    invoice.touched, invoice.coding = True, given
    if uncoded:
        rewrite(session, invoice, case, verdict, by)
    write_rows(session, audit.AuditEvent, [post(session, invoice, case, verdict, made, by)])
    release_after(session, [invoice], by)


def _refuse(session: Session, invoice: Invoice, reason: str, by: Actor, *_: Any) -> None:
    if not reason:
        raise BadInput("decision_reason_missing")
    invoice.state, invoice.touched = INVOICE.after(invoice.state, "refuse"), True
    session.flush()
    answer(session, invoice, "RE", reason, by)


def _wait(
    session: Session,
    invoice: Invoice,
    reason: str,
    by: Actor,
    _orders: Any,
    _institution: Any,
    until: date | None,
    *_: Any,
) -> None:
    if until is None or until < by.today:
        raise BadInput("wait_day_missing", field="until")
    invoice.wait_until = until


def _route(
    session: Session, invoice: Invoice, reason: str, by: Actor, _orders: Any, institution_id: int | None, *_: Any
) -> None:
    """It is another unit's: with its order, or by a person's word. Judged again as that unit's."""
    place = session.get(Institution, institution_id) if institution_id is not None else None
    if place is None:
        pictures = ordering.order_pictures(session, invoice.order_ids)
        if not pictures:
            raise BadInput("institution_missing")
        place = session.get_one(Institution, pictures[0].institution_id)
    invoice.institution_id = invoice.routed_to = place.id
    if invoice.outcome == "manual":
        invoice.with_institution, invoice.with_whom, invoice.with_since = place.id, None, by.at
    session.flush()
    audit.record(session, "invoice_routed", "invoice", invoice.id, by, institution_id=place.id)
    if "institution_mismatch" in invoice.reasons:
        run_control(session, invoice, by)


def _ask(
    session: Session, invoice: Invoice, reason: str, by: Actor, _orders: Any, institution_id: int | None, *_: Any
) -> None:
    if not reason:
        raise BadInput("decision_reason_missing")
    asked = institution_id or invoice.institution_id
    if invoice.with_institution != asked:  # reminded, it has lain there since the first time
        invoice.with_since = by.at
    invoice.with_institution, invoice.with_whom = asked, None


def _answer(session: Session, invoice: Invoice, reason: str, by: Actor, *_: Any) -> None:
    """It lies with whoever asked again."""
    if not reason:
        raise BadInput("decision_reason_missing")
    asked = session.scalar(
        select(InvoiceNote.user_id)
        .where(InvoiceNote.invoice_id == invoice.id, InvoiceNote.kind == "ask")
        .order_by(InvoiceNote.id.desc())
        .limit(1)
    )
    invoice.with_institution, invoice.with_whom, invoice.with_since = None, asked, by.at


_VERBS: Final[Mapping[str, Any]] = {
    "accept": _accept,
    "link": _link,
    "code": _code,
    "refuse": _refuse,
    "wait": _wait,
    "route": _route,
    "ask": _ask,
    "answer": _answer,
}


def _note(session: Session, invoice: Invoice, kind: str, text: str, by: Actor) -> None:
    session.add(
        InvoiceNote(
            invoice_id=invoice.id, kind=kind, text=text, user_id=by.user_id, on_behalf_of=by.on_behalf_of, at=by.at
        )
    )
    session.flush()


# --- in bulk, and what an account's confirmation releases ---------------------------------------------------------------


def deviation_of(invoice: Invoice) -> Amount:
    """What the invoice is above agreed: overcharges of its lines, what is too many or not ordered, and what is above the limit of fees."""
    over = invoice.overcharge + invoice.excess
    for finding in kept_findings.read(invoice.findings):
        if finding.code == "fee_over_limit":
            over += finding.values["total"] - finding.values["limit"]
    return over


def is_small(session: Session, invoice: Invoice) -> bool:
    """Held for kroner only, and for no more of them than the municipality lets pass without a reason."""
    limit = the_municipality(session).settings.get("small_deviation_limit", "100.00")
    if limit is None or invoice.outcome != "held" or not set(invoice.reasons) <= SMALL:
        return False
    return deviation_of(invoice) <= Amount.of(limit)


def accept_small(session: Session, invoices: Iterable[Invoice], by: Actor) -> tuple[list[Invoice], dict[int, str]]:
    """Accepts every one of these that is small; the others stay, with the code of why (invoice id → code)."""
    done: list[Invoice] = []
    left: dict[int, str] = {}
    for invoice in invoices:
        if not is_small(session, invoice):
            left[invoice.id] = "not_small"
            continue
        try:
            with session.begin_nested():
                done.append(decide(session, invoice, "accept", "", by))
        except EshopError as refusal:
            left[invoice.id] = refusal.code
    return done, left


def confirm_account(session: Session, account: KnownAccount, how: str, by: Actor) -> list[Invoice]:
    """A second person confirms an account; what waited for it is judged again. Returns the invoices whose outcome changed."""
    row = confirm(session, account, how, by)
    return judge_supplier_again(session, row.supplier_id, by)
