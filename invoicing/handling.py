"""Who has an invoice that waits, and since when: taken on, handed over, given to the unit that must attest it, brought up before it is due.

What has no order is routed to a unit: the GLN says the institution, and the person reference may say the unit under it (its own name, or
somebody who works at one place only). A person's word (`decide … route`) goes before both.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from eshop import audit
from eshop.errors import Conflict, NotAllowed
from eshop.identity import Actor, Institution, RoleGrant, User, may, people_who_may, require
from eshop.signing_on import units_under
from invoicing.invoices import INVOICE, Invoice, InvoiceNote, held

ESCALATE_BEFORE: Final = timedelta(days=5)
"""How long before its due date an invoice that waits is put in front of a leader."""

UNIT_DECIDES: Final = frozenset({"no_order", "unknown_order"})
"""Reasons of an invoice without order that its unit codes and attests; the rest need finance first."""


def take_on(session: Session, invoice: Invoice, by: Actor) -> Invoice:
    """The person has it from now on. Conflict `with_another` when a colleague took it less than a day ago."""
    require(by, "see_invoices", invoice.institution_id)
    invoice = held(session, invoice)
    INVOICE.after(invoice.state, "ask")
    others = invoice.with_whom not in (None, by.user_id)
    if others and invoice.with_since is not None and (by.at - invoice.with_since).days < 1:
        who = session.scalar(select(User.name).where(User.id == invoice.with_whom))
        raise Conflict("with_another", who=who or "", since=invoice.with_since)
    invoice.with_whom, invoice.with_since = by.user_id, by.at
    session.flush()
    audit.record(session, "invoice_taken_on", "invoice", invoice.id, by, user_id=by.user_id)
    return invoice


def colleagues(session: Session, by: Actor) -> list[User]:
    """Who else may decide invoices: an invoice can be handed over to them."""
    return [one for one in people_who_may(session, "decide_invoice", None) if one.id != by.user_id]


def hand_over(session: Session, invoices: Iterable[Invoice], to: int, by: Actor) -> list[Invoice]:
    """A colleague who may decide invoices has them from now on. NotAllowed `not_a_colleague` for anybody else."""
    require(by, "decide_invoice")
    if to not in {one.id for one in colleagues(session, by)}:
        raise NotAllowed("not_a_colleague")
    moved = []
    for invoice in invoices:
        invoice = held(session, invoice)
        INVOICE.after(invoice.state, "ask")
        invoice.with_whom, invoice.with_institution, invoice.with_since = to, None, by.at
        audit.record(session, "invoice_taken_on", "invoice", invoice.id, by, user_id=to)
        moved.append(invoice)
    session.flush()
    return moved


# --- without order: to the unit that must attest it ------------------------------------------------------------------------


def hand_out(session: Session, by: Actor) -> list[Invoice]:
    """Gives every invoice without order that nobody has to its unit, once. Returns those that were given out."""
    waiting = [
        one
        for one in session.scalars(
            select(Invoice)
            .where(
                Invoice.state == INVOICE.start,
                Invoice.outcome == "manual",
                Invoice.with_whom.is_(None),
                Invoice.with_institution.is_(None),
                Invoice.with_since.is_(None),
                Invoice.institution_id.is_not(None),
            )
            .order_by(Invoice.id)
        )
        if one.supplier_id is not None and set(one.reasons) <= UNIT_DECIDES and not one.candidates
    ]
    for invoice in waiting:
        invoice.with_institution, invoice.with_since = unit_for(session, invoice), by.at
        if invoice.with_institution != invoice.institution_id:
            invoice.institution_id = invoice.routed_to = invoice.with_institution
        audit.record(session, "invoice_routed", "invoice", invoice.id, by, institution_id=invoice.with_institution)
    session.flush()
    return waiting


def unit_for(session: Session, invoice: Invoice) -> int | None:
    """The unit an invoice is for: the institution its GLN says, or the one unit under it that its person reference names."""
    place = invoice.institution_id
    told = " ".join((invoice.person_reference or "").casefold().split())
    if place is None or not told:
        return place
    under = units_under(session, place)
    if len(under) == 1:
        return place
    named = [
        unit
        for unit, name in session.execute(select(Institution.id, Institution.name).where(Institution.id.in_(under)))
        if name.casefold() in told
    ]
    if len(named) == 1:
        return named[0]
    working = {
        unit
        for unit, name in session.execute(
            select(RoleGrant.institution_id, User.name)
            .join(User, User.id == RoleGrant.user_id)
            .where(User.active, RoleGrant.institution_id.in_(under))
        )
        if name.casefold() in told
    }
    return working.pop() if len(working) == 1 else place


# --- before it is due -----------------------------------------------------------------------------------------------------


def to_escalate(session: Session, today: date) -> list[Invoice]:
    """What waits and is due within days: to be put in front of a leader before it is too late."""
    return list(
        session.scalars(
            select(Invoice)
            .where(Invoice.state == INVOICE.start, Invoice.due_date <= today + ESCALATE_BEFORE)
            .order_by(Invoice.due_date, Invoice.id)
        )
    )


def escalate(session: Session, by: Actor) -> list[Invoice]:
    """Notes on each invoice that is due within days that it has been brought up, once. Returns those that were new."""
    due = to_escalate(session, by.today)
    known = set(
        session.scalars(
            select(InvoiceNote.invoice_id).where(
                InvoiceNote.kind == "escalated", InvoiceNote.invoice_id.in_([one.id for one in due])
            )
        )
    )
    fresh = [one for one in due if one.id not in known]
    for invoice in fresh:
        session.add(
            InvoiceNote(
                invoice_id=invoice.id,
                kind="escalated",
                text="",
                user_id=None,
                on_behalf_of=None,
                message_id=None,
                at=by.at,
            )
        )
        audit.record(session, "invoice_escalated", "invoice", invoice.id, by, due=str(invoice.due_date))
    session.flush()
    return fresh


def leaders(session: Session, invoice: Invoice) -> Sequence[User]:
    """Who is told that an invoice is about to be due: the leader of the unit it lies with who may attest so much, else whoever has it,
    else finance."""
    if invoice.with_institution is not None:
        near = people_who_may(session, "attest", invoice.with_institution, invoice.gross)
        return near[:1] or people_who_may(session, "decide_invoice", None)
    if invoice.with_whom is not None:
        return list(session.scalars(select(User).where(User.id == invoice.with_whom)))
    return people_who_may(session, "decide_invoice", None)


def may_attest(invoice: Invoice, by: Actor) -> bool:
    """Whether the person may code and attest the invoice at its institution (the limit is looked at when it is done)."""
    return invoice.institution_id is not None and may(by, "attest", invoice.institution_id)
