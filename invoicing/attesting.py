"""What lies with an institution: invoices without order that its leader codes and attests, and questions that finance has asked it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from eshop.amounts import Amount
from eshop.identity import Actor, Institution, User
from invoicing.coding import proposed_codings
from invoicing.handling import UNIT_DECIDES
from invoicing.invoices import INVOICE, Invoice, InvoiceLine, InvoiceNote


@dataclass(frozen=True, slots=True)
class Attesting:
    """One thing that waits for the institution. `question` is finance's, with who asked; None: it is to be coded and attested, as
    `coding` proposes `because` of something. `over` is the person's limit where the amount is above it. `lines`: name and net amount.
    `last_note` is the newest note, so that a second person is told."""

    invoice: Invoice
    institution: str
    lines: tuple[tuple[str, Amount], ...]
    coding: Mapping[str, str]
    because: str
    over: Amount | None
    question: str | None
    asked_by: str
    last_note: int


def to_attest(session: Session, by: Actor) -> list[Attesting]:
    """What waits for the person as a leader, what is due first first. Six queries, however many."""
    places = {one for grant in by.roles if grant.role == "approver" for one in grant.institutions or ()}
    if not places:
        return []
    waiting = [
        one
        for one in session.scalars(
            select(Invoice)
            .where(
                Invoice.state == INVOICE.start,
                or_(
                    Invoice.with_institution.in_(places),
                    (Invoice.outcome == "manual")
                    & Invoice.institution_id.in_(places)
                    & Invoice.with_whom.is_(None)
                    & Invoice.with_institution.is_(None),
                ),
            )
            .order_by(Invoice.priority.desc(), Invoice.due_date, Invoice.id)
            .limit(100)
        )
        if one.with_institution is not None or is_for_unit(one)
    ]
    ids = [one.id for one in waiting]
    lines: dict[int, list[tuple[str, Amount]]] = {}
    for invoice_id, name, amount in session.execute(
        select(InvoiceLine.invoice_id, InvoiceLine.name, InvoiceLine.amount)
        .where(InvoiceLine.invoice_id.in_(ids))
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    ):
        lines.setdefault(invoice_id, []).append((name, amount))
    names = dict(
        session.execute(
            select(Institution.id, Institution.name).where(
                Institution.id.in_({one.with_institution or one.institution_id for one in waiting})
            )
        ).all()
    )
    last: dict[int, tuple[int, str, str, str]] = {}
    for note_id, invoice_id, kind, text, who in session.execute(
        select(InvoiceNote.id, InvoiceNote.invoice_id, InvoiceNote.kind, InvoiceNote.text, User.name)
        .outerjoin(User, User.id == InvoiceNote.user_id)
        .where(InvoiceNote.invoice_id.in_(ids))
        .order_by(InvoiceNote.id)
    ):
        _, *before = last.get(invoice_id, (0, "", "", ""))
        asked, said, by_whom = (kind, text, who or "") if kind == "ask" else before
        last[invoice_id] = (note_id, asked, said, by_whom)
    proposals = proposed_codings(session, waiting) if waiting else {}
    found = []
    for invoice in waiting:
        note, kind, text, who = last.get(invoice.id, (0, "", "", ""))
        coding, because = proposals[invoice.id]
        found.append(
            Attesting(
                invoice,
                names.get(invoice.with_institution or invoice.institution_id or 0, ""),
                tuple(lines.get(invoice.id, ())),
                coding,
                because,
                over_limit(invoice, by),
                text if kind == "ask" else None,
                who,
                note,
            )
        )
    return [one for one in found if one.question is not None or is_for_unit(one.invoice)]


def is_for_unit(invoice: Invoice) -> bool:
    """Whether its unit codes and attests it: no order, nothing that finance has to put right first."""
    return (
        invoice.outcome == "manual"
        and invoice.supplier_id is not None
        and not invoice.candidates
        and set(invoice.reasons) <= UNIT_DECIDES
    )


def over_limit(invoice: Invoice, by: Actor) -> Amount | None:
    """The person's limit at the institution where the amount is above it; None: within, or without a limit."""
    limits = [grant.limit for grant in by.roles if grant.role == "approver" and grant.reaches(invoice.institution_id)]
    known = [limit for limit in limits if limit is not None]
    if not limits or len(known) < len(limits) or any(invoice.gross <= limit for limit in known):
        return None
    return max(known)
