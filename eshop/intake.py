"""Every document that comes in, by whatever door: recognised, kept as it came, registered and judged, in one unit of work.

    bytes → recognise → exchange.take_in (the message, once) → invoices to invoicing, answers to ordering, catalogues to catalogues
          → the answer of `eshop receive --json` (INTERFACES §2), kept with the message

The same bytes again are the first message; the same supplier and number again are the first document: nothing more is stored. What
cannot be read, or is not for us, is kept too, and its answer says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import exchange, jobs, ubl
from eshop.answers import catalogue_shown, finding_shown
from eshop.db import Database, lock, save, sent_together
from eshop.errors import EshopError, NotFound
from eshop.exchange import Message
from eshop.findings import Finding
from eshop.formats import cxml
from eshop.identity import Actor, Door, institution_by_gln
from eshop.ubl.reading import MAX_BYTES

LARGEST_DOCUMENT: Final = MAX_BYTES
"""Bytes of the largest document that is taken; a larger catalogue is streamed by `catalogues.load`."""

JUDGE: Final = "judge_document"
"""The job that judges a document which a door has only kept."""

INVOICES: Final = frozenset({"Invoice", "CreditNote"})
CATALOGUES: Final = frozenset(
    {"Catalogue", "CatalogueDeletion", "CatalogueItemSpecificationUpdate", "CataloguePricingUpdate"}
)


def take(
    database: Database, municipality_id: int, body: bytes, name: str, at: Any, door: Door, channel: str
) -> dict[str, Any]:
    """Takes one document for a municipality and answers what became of it, as `receive --json` prints it (without `file`)."""
    by = Actor.system(municipality_id, at, door)
    with database.work(municipality_id) as session:
        return receive(session, body, name, channel, by)


def receive(session: Session, body: bytes, name: str, channel: str, by: Actor) -> dict[str, Any]:
    """As `take`, in the caller's unit of work."""
    if len(body) > LARGEST_DOCUMENT:
        return too_large(len(body))
    taken = exchange.take_in(session, body, name, channel, by)
    if taken.again:
        return _again(session, taken.message)
    with sent_together(session):
        answer = _judge(session, taken.message, by)
        if answer["outcome"] == "duplicate":
            # A document with a known number leaves nothing behind, its message included.
            session.delete(taken.message)
            session.flush()
        else:
            _keep(session, taken.message, answer)
    return answer


def keep(session: Session, body: bytes, name: str, channel: str, by: Actor) -> exchange.TakenIn:
    """Keeps a document now and leaves the judging to the worker: for doors that must answer at once."""
    taken = exchange.take_in(session, body, name, channel, by)
    if not taken.again:
        key = f"{JUDGE}:{taken.message.uid}"
        jobs.enqueue(session, JUDGE, {"message_id": taken.message.id}, by.at, key=key)
    return taken


def judge_kept(session: Session, message_id: int, by: Actor) -> dict[str, Any]:
    """Judges what `keep` kept, once; asked again it gives the same answer."""
    message = lock(session, Message, message_id)
    if message.result is not None:
        return answer_of(session, message)
    answer = _judge(session, message, by)
    # The sender holds this message's id: it stays, a duplicate too, with the answer that it was known already.
    _keep(session, message, answer)
    return answer


def answer_of(session: Session, message: Message) -> dict[str, Any]:
    """What became of a message, as it stands now: an invoice that waited may have been posted since."""
    if message.result is None:
        return _blank(message)
    invoice = invoicing.find_by_message(session, message.id)
    return message.result if invoice is None else invoicing.report(session, invoice)


def find_message(session: Session, uid: str) -> Message:
    """The incoming message with this id. NotFound."""
    found = session.scalars(select(Message).where(Message.uid == uid, Message.direction == "in")).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Document", key=uid)
    return found


def too_large(size: int) -> dict[str, Any]:
    """The answer to a document that is refused by its size alone, before it is read; nothing of it is kept."""
    finding = Finding("document_too_large", "error", "", {"size": size, "size_limit": LARGEST_DOCUMENT})
    return {**_blank(None), **_rejected("unreadable", finding)}


# --- judging ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """A document in hand."""

    message: Message
    identification: ubl.Identification
    document: ubl.Document

    @property
    def type(self) -> str:
        return self.identification.document_type


def _judge(session: Session, message: Message, by: Actor) -> dict[str, Any]:
    try:
        identification, document = ubl.open_document(message.body)
    except ubl.UnreadableDocument as refusal:
        return _unreadable(session, message, refusal, by)
    case = _Case(message, identification, document)
    if case.type in INVOICES:
        invoice = invoicing.register(session, message, document, identification, by)
        answer = invoicing.report(session, invoicing.run_control(session, invoice, by))
        _describe(case)  # last, so that the message is written once
        return answer
    _describe(case)
    seller = ubl.numbers_of(ubl.seller_of(document))
    supplier = catalogues.find_supplier(session, cvr=seller.cvr, gln=seller.gln)
    if supplier is not None:
        message.supplier_id = supplier.id
    recorded = _blank(message) | {"outcome": "recorded", **_parties(session, document)}
    if case.type in CATALOGUES:
        return recorded | _catalogue(session, case, by)
    if isinstance(document, ubl.CatalogueRequest) and supplier is not None:
        catalogues.answer_request(session, document, supplier.id, by)
        return recorded
    if isinstance(document, ubl.Reminder):
        reminded = invoicing.record_reminder(session, document, message, by)
        return recorded | {
            "orders": list(dict.fromkeys(number for one in reminded for number in one.order_numbers or ()))
        }
    orders, findings = _record(session, case, by)
    return recorded | {"orders": orders, "findings": [finding_shown(one) for one in findings]}


def _describe(case: _Case) -> None:
    """What the message says it is."""
    case.message.document_type = case.type
    case.message.profile = profile_name(case.identification)
    case.message.document_id = str(case.document.id)[:200] if case.document.id else None


def _unreadable(session: Session, message: Message, refusal: ubl.UnreadableDocument, by: Actor) -> dict[str, Any]:
    """What is no document, or none that we know the type of; a webshop's own language says what it is."""
    reason = "unknown_type" if refusal.code == "unknown_document_type" else "unreadable"
    if reason == "unknown_type":
        identification = ubl.identify(message.body)
        told = webshop_document(identification, message.body)
        message.document_type = told.kind[:60] if told is not None else identification.document_type[:60]
        message.profile = profile_name(identification)
        if told is not None:
            return _webshop_document(session, message, told, by)
    return _blank(message) | _rejected(reason, Finding(refusal.code, "error", "", refusal.values))


def webshop_document(identification: ubl.Identification, body: bytes) -> cxml.About | None:
    """What a cXML document is; None for anything else, and where it has nothing in it."""
    if identification.document_type.lower() != "cxml":
        return None
    told = cxml.about(body)
    return told if told.kind else None


def _webshop_document(session: Session, message: Message, told: cxml.About, by: Actor) -> dict[str, Any]:
    """cXML that came as a document. A confirmation and a ship notice are recorded on their order. An invoice is refused, as public bodies
    are invoiced in OIOUBL or Peppol; all else is kept, and told that baskets come by a visit to the webshop and orders go out from
    here."""
    message.document_id = told.payload_id[:200] if told.payload_id else None
    if told.kind.startswith("Invoice"):
        finding = Finding("cxml_invoice_not_taken", "error", "", {"type": told.kind})
        return _blank(message) | _rejected("unknown_type", finding)
    if told.kind in ordering.WEBSHOP_ANSWERS:
        orders, findings = _on_an_order(
            session, lambda: ordering.record_webshop_answer(session, told.kind, message, by)
        )
        shown = [finding_shown(one) for one in findings]
        return _blank(message) | {"outcome": "recorded", "orders": orders, "findings": shown}
    finding = Finding("cxml_only_kept", "info", "", {"type": told.kind})
    return _blank(message) | {"outcome": "recorded", "findings": [finding_shown(finding)]}


def _record(session: Session, case: _Case, by: Actor) -> tuple[list[str], Sequence[Finding]]:
    """Answers and notices about an order, recorded against it. Without an order of ours they are kept, and say so."""
    verb = _VERBS.get(case.type)
    if verb is None:
        return [], ()
    return _on_an_order(session, lambda: verb(session, case.document, case.message, by))


def _on_an_order(session: Session, record: Callable[[], Any]) -> tuple[list[str], Sequence[Finding]]:
    try:
        with session.begin_nested():
            order = record()
    except EshopError as refusal:
        return [], [Finding(refusal.code, "warning", "", refusal.values)]
    return ([] if order is None else [order.number]), ()


_VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "OrderResponse": ordering.record_response,
    "OrderResponseSimple": ordering.record_response,
    "DespatchAdvice": ordering.record_despatch,
    "OrderChange": ordering.record_own_document,
    "OrderCancellation": ordering.record_own_document,
}
"""What ordering does with a document about an order."""


def _catalogue(session: Session, case: _Case, by: Actor) -> dict[str, Any]:
    """A catalogue is loaded for review where its supplier and agreement are known; live by itself goes only what the agreement's
    own rule lets."""
    try:
        with session.begin_nested():
            version = None
            for progress in catalogues.load(session, case.message.body, None, by):
                version = progress.version or version
    except EshopError as refusal:
        return {"catalogue": None, "findings": [finding_shown(Finding(refusal.code, "warning", "", refusal.values))]}
    return {"catalogue": None if version is None else catalogue_shown(session, version), "findings": []}


# --- the answer -----------------------------------------------------------------------------------------------------------


def _again(session: Session, first: Message) -> dict[str, Any]:
    """The same bytes: the first message's answer, told as a duplicate. Of an invoice the number is the same too."""
    is_invoice = first.document_type in INVOICES and first.document_id is not None
    reasons = ["duplicate_bytes", *(["duplicate_number"] if is_invoice else [])]
    return answer_of(session, first) | {"outcome": "duplicate", "reasons": reasons}


def _keep(session: Session, message: Message, answer: dict[str, Any]) -> None:
    message.result = answer
    message.state = "unreadable" if "unreadable" in answer["reasons"] else "handled"
    save(session, message)


def _blank(message: Message | None) -> dict[str, Any]:
    return {
        "message": None if message is None else message.uid,
        "document_type": None if message is None else message.document_type,
        "profile": None if message is None else message.profile,
        "document_id": None if message is None else message.document_id,
        "supplier": None,
        "institution": None,
        "outcome": None,
        "reasons": [],
        "orders": [],
        "candidates": [],
        "lines": [],
        "gross": None,
        "findings": [],
    }


def _rejected(reason: str, finding: Finding) -> dict[str, Any]:
    return {"outcome": "rejected", "reasons": [reason], "findings": [finding_shown(finding)]}


def profile_name(identification: ubl.Identification) -> str | None:
    """The profile as INTERFACES §2 names it: oioubl-2.1, peppol-bis-3, en16931, ubl-2.1, cxml-1.2 or None."""
    if identification.profile is not None:
        return identification.profile.name
    if identification.document_type.lower() == "cxml":
        return "cxml-1.2"
    return "ubl-2.1" if identification.readable else None


def _parties(session: Session, document: ubl.Document) -> dict[str, Any]:
    seller = ubl.seller_of(document)
    numbers = ubl.numbers_of(seller)
    buyer = ubl.numbers_of(ubl.buyer_of(document))
    ours = next((gln for gln in buyer.glns if institution_by_gln(session, gln) is not None), None)
    known = numbers.cvr or numbers.gln or ubl.name_of(seller)
    return {
        "supplier": {"cvr": numbers.cvr, "gln": numbers.gln, "name": ubl.name_of(seller)} if known else None,
        "institution": ours,
    }
