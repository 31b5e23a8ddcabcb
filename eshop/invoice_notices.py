"""The rounds of the invoices: what has no order goes to its unit, what is about to be due is brought up, and those it lies with are told;
and the mails to suppliers that claims send.
"""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import invoicing
import ordering
from eshop import exchange, notices
from eshop.config import Settings
from eshop.identity import Actor, User, people_who_may
from eshop.wording import day, kroner

Values = Mapping[str, Any]


def remind(session: Session, by: Actor) -> int:
    """One round of a municipality; returns how many notices were enqueued."""
    invoicing.hand_out(session, by)
    return _tell_units(session, by) + _tell_due(session, by) + _tell_answered(session, by)


def _tell_units(session: Session, by: Actor) -> int:
    """Leaders hear of what lies with their unit, once for each question and once for what is to be attested."""
    told = 0
    waiting = session.scalars(
        select(invoicing.Invoice)
        .where(invoicing.Invoice.state == "waiting", invoicing.Invoice.with_institution.is_not(None))
        .order_by(invoicing.Invoice.id)
    )
    for invoice in waiting:
        asked = [note for note in invoicing.notes_of(session, invoice) if note.kind == "ask"]
        code = "notice_question" if asked else "notice_attest"
        if not asked and not invoicing.is_for_unit(invoice):
            continue
        values = {**_values(invoice), "question": asked[-1].text if asked else ""}
        key = f"{code}:{invoice.id}:{asked[-1].id if asked else invoice.with_institution}"
        person = session.get(User, invoice.with_whom) if asked and invoice.with_whom is not None else None
        path = f"/invoices/{invoice.id}" if person is None else "/questions"
        code = code if person is None else "notice_question_you"
        able = [] if asked else people_who_may(session, "attest", invoice.with_institution, invoice.gross)
        leaders = able or people_who_may(session, "attest", invoice.with_institution)
        for user in [person] if person else leaders[:2]:
            told += notices.tell(session, user, code, values, by, key=f"{key}:{user.id}", path=path)
    return told


def _tell_due(session: Session, by: Actor) -> int:
    """What is due within days and waits still is put in front of a leader, once."""
    return sum(
        notices.tell(
            session,
            user,
            "notice_due",
            _values(invoice),
            by,
            key=f"due:{invoice.id}:{user.id}",
            path=f"/invoices/{invoice.id}",
        )
        for invoice in invoicing.escalate(session, by)
        for user in invoicing.leaders(session, invoice)
    )


def _tell_answered(session: Session, by: Actor) -> int:
    """Whoever asked hears that the institution has answered."""
    rows = session.execute(
        select(invoicing.InvoiceNote, invoicing.Invoice, User)
        .join(invoicing.Invoice, invoicing.Invoice.id == invoicing.InvoiceNote.invoice_id)
        .join(User, User.id == invoicing.Invoice.with_whom)
        .where(invoicing.InvoiceNote.kind == "answer", invoicing.Invoice.state == "waiting")
        .order_by(invoicing.InvoiceNote.id)
    )
    return sum(
        notices.tell(
            session,
            user,
            "notice_answer",
            {**_values(invoice), "answer": note.text},
            by,
            key=f"answer:{note.id}:{user.id}",
            path=f"/invoices/{invoice.id}",
        )
        for note, invoice, user in rows
    )


def _values(invoice: invoicing.Invoice) -> dict[str, str]:
    return {
        "number": invoice.number,
        "supplier": invoice.supplier_name,
        "gross": kroner(invoice.gross, "da"),
        "due": day(invoice.due_date, "da") if invoice.due_date is not None else "–",
    }


def mail_supplier(session: Session, payload: Values, settings: Settings) -> None:
    """Carries a mail to a supplier out, with its pictures. Without a mail server the answer to the e-invoice alone tells. Raises
    DeliveryFailed to be tried again; the same mail again has the same Message-ID."""
    if settings.smtp_url is None:
        return
    mail = EmailMessage()
    mail["From"], mail["To"] = notices.SENDER, payload["to"]
    mail["Subject"] = payload["subject"]
    mark = exchange.fingerprint(f"{payload['subject']}{payload['text']}".encode())[:32]
    mail["Message-ID"] = f"<{mark}@eshop>"
    mail.set_content(payload["text"])
    for number, photo in enumerate(payload.get("photos") or (), 1):
        body = ordering.get_photo(session, photo).body
        mail.add_attachment(body, maintype="image", subtype="jpeg", filename=f"billede-{number}.jpg")
    exchange.send_mail(settings.smtp_url, mail)
