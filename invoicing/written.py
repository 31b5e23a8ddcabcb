"""An invoice as people read it, out of the bytes as they came: who, what, how much, how it is to be paid, and the files inside it.

Nothing here judges and nothing is kept: it is read again each time, so that what is shown is what was sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from eshop import ubl
from eshop.errors import EshopError, NotFound
from eshop.exchange import Message
from invoicing.documents import reading
from invoicing.invoices import Invoice

SAFE_TYPES: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
"""The kinds of file the standards allow inside an invoice. Anything else is handed out as bytes without a kind."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party as written: name, address in lines, numbers, who to ask."""

    name: str
    address: tuple[str, ...]
    cvr: str | None
    gln: str | None
    contact: str


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line as written. `amount` is net, in the document's currency; `price` is per `base` units."""

    id: str
    name: str
    description: str
    item_id: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    base: Decimal | None
    vat_percent: Decimal | None
    amount: Decimal | None
    note: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside the document, without its bytes: `position` from 1, `size` in bytes."""

    position: int
    name: str
    mime: str
    size: int
    description: str


@dataclass(frozen=True, slots=True)
class Written:
    """The whole document. Amounts are as written, in `currency`."""

    seller: Party
    buyer: Party
    currency: str
    issued: date | None
    due: date | None
    order: str
    notes: tuple[str, ...]
    lines: tuple[WrittenLine, ...]
    charges: tuple[tuple[str, Decimal], ...]
    net: Decimal | None
    vat: tuple[tuple[Decimal | None, Decimal | None], ...]
    payable: Decimal | None
    accounts: tuple[str, ...]
    payment: dict[str, str]
    terms: tuple[str, ...]
    files: tuple[Embedded, ...]


def as_written(session: Session, invoice: Invoice) -> Written | None:
    """The document as it came; None where its bytes are gone (retention) or cannot be read."""
    document = _document(session, invoice)
    if document is None:
        return None
    read = reading(document)
    total: Any = document.legal_monetary_total
    is_credit = isinstance(document, ubl.CreditNote)
    lines = document.credit_note_lines if isinstance(document, ubl.CreditNote) else document.invoice_lines
    rates = {line.position: line.vat_percent for line in read.billed.lines}
    return Written(
        seller=_party(ubl.seller_of(document)),
        buyer=_party(ubl.buyer_of(document)),
        currency=read.billed.currency,
        issued=document.issue_date,
        due=read.billed.due_date,
        order=_text(document.order_reference.id) if document.order_reference is not None else "",
        notes=tuple(note.value for note in document.notes),
        lines=tuple(_line(line, is_credit, rates.get(position)) for position, line in enumerate(lines)),
        charges=tuple(_charges(document.allowance_charges)),
        net=_money(total.line_extension_amount) if total is not None else None,
        vat=tuple(
            (part.tax_category.percent if part.tax_category is not None else None, _money(part.tax_amount))
            for tax in document.tax_totals
            for part in tax.tax_subtotals
        ),
        payable=_money(total.payable_amount) if total is not None else None,
        accounts=tuple(account.shown for account in read.accounts),
        payment=read.payment,
        terms=tuple(note.value for terms in document.payment_terms for note in terms.notes),
        files=tuple(file for file, _ in _files(document)),
    )


def embedded_file(session: Session, invoice: Invoice, position: int) -> tuple[Embedded, bytes]:
    """A file inside the document, with its bytes. NotFound where there is none."""
    document = _document(session, invoice)
    for file, body in _files(document) if document is not None else ():
        if file.position == position:
            return file, body
    raise NotFound("not_found", thing="Attachment", key=str(position))


def _document(session: Session, invoice: Invoice) -> ubl.Invoice | ubl.CreditNote | None:
    message = session.get(Message, invoice.message_id)
    if message is None or not message.body:
        return None
    try:
        _, document = ubl.open_document(message.body)
    except EshopError:
        return None
    return document if isinstance(document, (ubl.Invoice, ubl.CreditNote)) else None


def _files(document: ubl.Invoice | ubl.CreditNote) -> Iterable[tuple[Embedded, bytes]]:
    position = 0
    for reference in document.additional_document_references:
        held = reference.attachment.embedded_document_binary_object if reference.attachment is not None else None
        if held is None:
            continue
        position += 1
        mime = (held.mime_code or "").lower()
        mime = mime if mime in SAFE_TYPES else "application/octet-stream"
        told = held.filename or _text(reference.id) or str(position)
        description = " ".join(reference.document_descriptions) or (reference.document_type or "")
        yield Embedded(position, told, mime, len(held.value), description), held.value


def _party(party: ubl.Party | None) -> Party:
    if party is None:
        return Party("", (), None, None, "")
    numbers = ubl.numbers_of(party)
    address: Any = getattr(party, "postal_address", None)
    lines: list[str] = []
    if address is not None:
        street = " ".join(part for part in (address.street_name, address.building_number) if part)
        city = " ".join(part for part in (address.postal_zone, address.city_name) if part)
        lines = [part for part in (street, address.additional_street_name, city) if part]
    contact: Any = getattr(party, "contact", None)
    told = (
        ", ".join(part for part in (contact.name, contact.telephone, contact.electronic_mail) if part)
        if contact is not None
        else ""
    )
    return Party(ubl.name_of(party) or "", tuple(lines), numbers.cvr, numbers.gln, told)


def _line(line: Any, is_credit: bool, rate: Decimal | None) -> WrittenLine:
    quantity = line.credited_quantity if is_credit else line.invoiced_quantity
    item, price = line.item, line.price
    number = item.sellers_item_identification if item is not None else None
    return WrittenLine(
        id=_text(line.id),
        name=(item.name or "") if item is not None else "",
        description=" ".join(one.value for one in item.descriptions) if item is not None else "",
        item_id=_text(number.id) if number is not None else "",
        quantity=quantity.value if quantity is not None else None,
        unit=quantity.unit if quantity is not None else "",
        price=_money(price.price_amount) if price is not None else None,
        base=price.base_quantity.value if price is not None and price.base_quantity is not None else None,
        vat_percent=rate,
        amount=_money(line.line_extension_amount),
        note=" ".join(note.value for note in line.notes),
    )


def _charges(charges: Iterable[Any]) -> Iterable[tuple[str, Decimal]]:
    for one in charges:
        amount = _money(one.amount) or Decimal(0)
        yield " ".join(one.allowance_charge_reasons), amount if one.charge_indicator else -amount


def _money(money: Any) -> Decimal | None:
    return None if money is None else money.value


def _text(value: Any) -> str:
    return "" if value is None else str(value)
