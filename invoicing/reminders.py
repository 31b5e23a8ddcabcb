"""Reminders: a rykker attaches to its invoice, raises its priority and says who has it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop import audit, ubl
from eshop.exchange import Message
from eshop.identity import Actor
from invoicing.invoices import Invoice, InvoiceNote
from invoicing.references import document_key


def record_reminder(session: Session, reminder: ubl.Reminder, message: Message, by: Actor) -> list[Invoice]:
    """Attaches a reminder to the invoices it reminds of and returns them; none of ours: an empty list, the message is kept all the same."""
    numbers = ubl.numbers_of(ubl.seller_of(reminder))
    supplier = catalogues.find_supplier(session, cvr=numbers.cvr, gln=numbers.gln)
    keys = {document_key(number) for number in _reminded(reminder)}
    if not keys or supplier is None:
        return []
    found = list(
        session.scalars(
            select(Invoice)
            .where(Invoice.supplier_id == supplier.id, Invoice.number_key.in_(keys), Invoice.outcome != "rejected")
            .order_by(Invoice.id)
        )
    )
    sequence = int(reminder.reminder_sequence_numeric or 1)
    for invoice in found:
        invoice.priority = max(invoice.priority, sequence, 1)
        session.add(
            InvoiceNote(
                invoice_id=invoice.id,
                kind="reminder",
                text=str(reminder.id or ""),
                user_id=None,
                on_behalf_of=None,
                message_id=message.id,
                at=by.at,
            )
        )
        audit.record(session, "reminder_received", "invoice", invoice.id, by, message_id=message.id)
    session.flush()
    return found


def _reminded(reminder: ubl.Reminder) -> Iterable[str]:
    for line in reminder.reminder_lines:
        for reference in line.billing_references:
            told: Any = reference.invoice_document_reference
            if told is not None and told.id is not None:
                yield str(told.id)
    for other in reminder.additional_document_references:
        if other.id is not None:
            yield str(other.id)
