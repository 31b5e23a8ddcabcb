"""What one person alone was allowed, and chance picked out: a leader looks at it afterwards and says whether it is as it should be."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from eshop import audit
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Actor, people_behind, require
from invoicing.invoices import Invoice, InvoiceNote
from ordering import order_pictures

REFUSED: Final = "sample_refused"


def sampled(session: Session, by: Actor | None = None, limit: int = 50) -> list[Invoice]:
    """What waits to be looked at, the newest first; with `by` what the person may look at."""
    query = select(Invoice).where(Invoice.sampled, Invoice.state == "posted").order_by(Invoice.id.desc()).limit(limit)
    places: set[int] | None = set()
    for grant in by.roles if by is not None else ():
        if grant.role == "approver":
            places = None if grant.institutions is None or places is None else places | grant.institutions
    if by is not None and places is not None:
        query = query.where(Invoice.institution_id.in_(sorted(places)))
    return list(session.scalars(query))


def look_at(session: Session, invoice: Invoice, fine: bool, words: str, by: Actor) -> Invoice:
    """A leader has looked: fine, or not (with the reason), and then finance sees it again. NotAllowed `decides_own_order` for who acted
    on the order; Conflict `not_now` where it has been looked at; BadInput `decision_reason_missing`."""
    require(by, "attest", invoice.institution_id)
    if not invoice.sampled:
        raise Conflict("not_now", thing="invoice", verb="look_at", state="looked_at")
    _not_own(session, invoice, by)
    if not fine and not words.strip():
        raise BadInput("decision_reason_missing")
    invoice.sampled = False
    if not fine:
        invoice.deviation = REFUSED
    _note(session, invoice, "looked", words, by)
    audit.record(session, "sample_looked_at", "invoice", invoice.id, by, fine=fine)
    return invoice


def clear_sample(session: Session, invoice: Invoice, words: str, by: Actor) -> Invoice:
    """Finance has found out what the leader did not recognise, and the posting stands: `words` say what was found. NotAllowed
    `decides_own_order`; Conflict `not_now` where nothing was refused; BadInput `decision_reason_missing`. The other way out is to
    take the posting back."""
    require(by, "decide_invoice", invoice.institution_id)
    if invoice.deviation != REFUSED:
        raise Conflict("not_now", thing="invoice", verb="clear_sample", state=invoice.state)
    _not_own(session, invoice, by)
    if not words.strip():
        raise BadInput("decision_reason_missing")
    invoice.deviation = None
    _note(session, invoice, "cleared", words, by)
    audit.record(session, "sample_cleared", "invoice", invoice.id, by)
    return invoice


def _not_own(session: Session, invoice: Invoice, by: Actor) -> None:
    for order in order_pictures(session, invoice.order_ids):
        if people_behind(by) & order.people:
            raise NotAllowed("decides_own_order", number=order.number, who="approver")


def _note(session: Session, invoice: Invoice, kind: str, words: str, by: Actor) -> None:
    session.add(
        InvoiceNote(
            invoice_id=invoice.id,
            kind=kind,
            text=words.strip(),
            user_id=by.user_id,
            on_behalf_of=by.on_behalf_of,
            at=by.at,
        )
    )
    session.flush()
