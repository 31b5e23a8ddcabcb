"""Questions about an invoice that are put to one person of the unit: whoever ordered or received knows, not only the leader.

The invoice lies with the unit and with the person until there is an answer; then it is back with whoever asked.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from eshop.errors import BadInput
from eshop.identity import Actor, Institution, User, people_who_may
from invoicing.invoices import INVOICE, Invoice, InvoiceNote

MOST_ASKABLE = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for a person: what was asked by whom, of which invoice. `last_note` is what an answer has before it."""

    invoice: Invoice
    institution: str
    text: str
    asked_by: str
    last_note: int


def askable(session: Session, invoice: Invoice, by: Actor) -> list[User]:
    """Who may be asked about it: those who order and receive at its unit, nearest first; not whoever asks."""
    if invoice.institution_id is None:
        return []
    found = people_who_may(session, "receive", invoice.institution_id)
    return [one for one in found if one.id != by.user_id][:MOST_ASKABLE]


def put_to(session: Session, invoice: Invoice, person_id: int, by: Actor) -> None:
    """The question lies with the person. BadInput `not_to_be_asked` for somebody who has nothing to do with the unit."""
    if person_id not in {one.id for one in askable(session, invoice, by)}:
        raise BadInput("not_to_be_asked")
    invoice.with_whom = person_id


def is_put_to(invoice: Invoice, by: Actor) -> bool:
    """Whether a question about it waits for this person."""
    return (
        invoice.state == INVOICE.start
        and invoice.with_institution is not None
        and by.user_id is not None
        and invoice.with_whom == by.user_id
    )


def questions_to(session: Session, by: Actor) -> list[Question]:
    """What waits for the person's answer, what is due first first. One query."""
    rows = session.execute(
        select(Invoice, Institution.name, InvoiceNote.text, User.name, InvoiceNote.id)
        .join(Institution, Institution.id == Invoice.with_institution)
        .join(InvoiceNote, (InvoiceNote.invoice_id == Invoice.id) & (InvoiceNote.kind == "ask"))
        .join(User, User.id == InvoiceNote.user_id)
        .where(Invoice.state == INVOICE.start, Invoice.with_whom == by.user_id)
        .order_by(Invoice.due_date, Invoice.id, InvoiceNote.id)
    )
    newest = {invoice.id: Question(invoice, place, text, who, note) for invoice, place, text, who, note in rows}
    return list(newest.values())
