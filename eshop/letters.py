"""What goes round a document when it goes by mail: a few lines in Danish, the signed link, and the order as people read it.

The link is made when the mail is made, so that no secret waits in the outbox; a mail that is sent again has a link of its own, and when
one of them has been used the others end. The PDF is drawn from the very document that is sent, so the two never say different things.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import typst
from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop import exchange, ubl
from eshop.config import Settings
from eshop.exchange import Letter, Message
from eshop.identity import Actor, Institution, User, the_municipality
from eshop.wording import number, quantity, sentence
from eshop.wording import price as written_price

HERE: Final = Path(__file__).resolve().parent
SHEET: Final = "documents/order.typ"
OrderDocument = ubl.Order | ubl.OrderChange | ubl.OrderCancellation
KINDS: Final = {"Order": "order", "OrderChange": "change", "OrderCancellation": "cancellation"}


def letter(session: Session, message: Message, settings: Settings, at: datetime) -> Letter | None:
    """The letter of a document about an order; None for other documents. A link goes with what may still be answered."""
    if message.document_type == ordering.MESSAGE:
        return _message(session, message, settings, at)
    kind = KINDS.get(message.document_type or "")
    if kind is None or message.order_id is None:
        return None
    order = ordering.get_order(session, message.order_id)
    by = Actor.system(order.municipality_id, at, "worker")
    institution = session.get_one(Institution, order.institution_id)
    supplier = catalogues.get_supplier(session, order.supplier_id)
    municipality = the_municipality(session)
    values: dict[str, Any] = {
        "number": order.number,
        "institution": institution.name,
        "municipality": municipality.name,
        "supplier": supplier.name if supplier is not None else "",
        "total": ordering.order_picture(session, order).total,
        "day": order.deliver_on,
        "ends": (at + ordering.LINK_HOLDS).date(),
    }
    parts = [sentence("letter_hello", values), sentence(f"letter_{kind}", values)]
    if kind != "cancellation" and order.standing == "open":
        if order.deliver_on is not None:
            parts[-1] += " " + sentence("letter_delivery", values)
        token = ordering.issue_link(session, order, by, settings.secret_key.encode())
        address = f"{settings.public_url}/supplier-link/{token}"
        parts += [f"{sentence('letter_answer', values)}\n{address}", sentence("letter_link", values)]
    if message.channel == "smtp":
        parts.append(sentence("letter_attached", values))
    parts.append(f"{sentence('letter_regards', values)}\n{institution.name}\n{municipality.name}")
    pdf = message.attachment or readable(message.body)
    if message.attachment is None:
        message.attachment = pdf  # what was sent is kept as it was
    return Letter(sentence(f"letter_{kind}_subject", values), "\n\n".join(parts) + "\n", pdf)


def _message(session: Session, message: Message, settings: Settings, at: datetime) -> Letter | None:
    """What somebody here writes about an order, and the link to answer it by. On an order that is over the link is for writing alone."""
    written = ordering.message_of_mail(session, message.id)
    if written is None:
        return None
    order = ordering.get_order(session, written.order_id)
    institution = session.get_one(Institution, order.institution_id)
    supplier = catalogues.get_supplier(session, order.supplier_id)
    writer = session.get(User, written.user_id) if written.user_id is not None else None
    values = {
        "number": order.number,
        "institution": institution.name,
        "supplier": supplier.name if supplier is not None else "",
        "ends": (at + ordering.LINK_HOLDS).date(),
    }
    by = Actor.system(order.municipality_id, at, "worker")
    verbs = ordering.LINK_VERBS if order.standing == "open" else ("write",)
    token = ordering.issue_link(session, order, by, settings.secret_key.encode(), verbs)
    parts = [
        sentence("letter_hello", values),
        sentence("letter_message", values),
        written.text,
        f"{sentence('letter_message_answer')}\n{settings.public_url}/supplier-link/{token}#write",
        sentence("letter_message_link", values),
        "\n".join(
            (
                sentence("letter_regards"),
                *((writer.name,) if writer is not None else ()),
                institution.name,
                the_municipality(session).name,
            )
        ),
    ]
    return Letter(sentence("letter_message_subject", values), "\n\n".join(parts) + "\n")


# --- a complaint --------------------------------------------------------------------------------------------------------


COMPLAINS_FOR: Final = timedelta(days=14)
"""How long a complaint waits for a mail server or an address."""


def may_complain(session: Session, order: ordering.PurchaseOrder, settings: Settings) -> bool:
    """Whether a mail about the order can reach the supplier: there is a mail server, and somebody's address."""
    return settings.smtp_url is not None and ordering.mail_address(session, order.supplier_id) is not None


def still_to_complain(session: Session, receipt_id: int, settings: Settings, at: datetime) -> bool:
    """Whether the supplier should be told of the receipt's complaints as soon as a mail can reach them: one is open, none can be sent
    now, and it is not so long ago that a mail would only surprise."""
    waiting = [one for one in ordering.complaints_of_receipt(session, receipt_id) if one.state == "open"]
    if not waiting or at - waiting[0].opened_at > COMPLAINS_FOR:
        return False
    return not may_complain(session, ordering.get_order(session, waiting[0].order_id), settings)


def complain(session: Session, receipt_id: int, settings: Settings, at: datetime) -> EmailMessage | None:
    """The mail that tells the supplier what came damaged or wrong, with the pictures, to the supplier's own address or the one that
    orders are mailed to. None where there is nothing to tell, no address or no mail server."""
    complaints = ordering.complaints_of_receipt(session, receipt_id)
    if not complaints:
        return None
    order = ordering.get_order(session, complaints[0].order_id)
    if not may_complain(session, order, settings):
        return None
    supplier = catalogues.get_supplier(session, order.supplier_id)
    to = ordering.mail_address(session, order.supplier_id)
    values = {
        "number": order.number,
        "institution": session.get_one(Institution, order.institution_id).name,
        "supplier": supplier.name if supplier is not None else "",
    }
    lines = {line.id: line for line in order.lines}
    told = [
        sentence(
            f"letter_complaint_{one.kind}",
            {
                "quantity": quantity(one.quantity, lines[one.order_line_id].unit),
                "name": lines[one.order_line_id].name,
                "item": lines[one.order_line_id].seller_item_id or "",
                "reason": one.reason or "",
            },
        ).rstrip(": ")
        for one in complaints
    ]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Date"] = exchange.SENDER, to, at
    mail["Subject"] = sentence("letter_complaint_subject", values)
    key = exchange.fingerprint(f"complaint:{order.municipality_id}:{receipt_id}".encode())
    mail["Message-ID"] = f"<{key[:32]}@eshop>"
    text = [sentence("letter_hello", values), sentence("letter_complaint", values), "\n".join(told)]
    by = Actor.system(order.municipality_id, at, "worker")
    token = ordering.issue_link(session, order, by, settings.secret_key.encode(), ("write",))
    ends = {"ends": (at + ordering.LINK_HOLDS).date()}
    text += [
        sentence("letter_complaint_ask", values),
        f"{sentence('letter_message_answer')}\n{settings.public_url}/supplier-link/{token}#write",
        sentence("letter_message_link", ends),
        f"{sentence('letter_regards', values)}\n{values['institution']}",
    ]
    mail.set_content("\n\n".join(text) + "\n")
    for number_of, photo in enumerate(ordering.photos_of(session, [one.id for one in complaints]), 1):
        mail.add_attachment(photo.body, maintype="image", subtype="jpeg", filename=f"{order.number}-{number_of}.jpg")
    return mail


# --- the readable copy -------------------------------------------------------------------------------------------------


def readable(body: bytes) -> bytes:
    """The order, change or cancellation as an accessible PDF (PDF/UA-1). TypeError for another document."""
    document = ubl.read(body)
    if not isinstance(document, OrderDocument):
        raise TypeError(f"{type(document).__name__} is no order, change or cancellation")
    return typst.compile(
        str(_templates() / SHEET),
        root=str(_templates()),
        format="pdf",
        sys_inputs={"data": json.dumps(_shown(document), ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )


def _templates() -> Path:
    """Beside the package in the source tree, inside it when installed."""
    inside = HERE / "templates"
    return inside if inside.is_dir() else HERE.parent / "templates"


def _shown(document: OrderDocument) -> dict[str, Any]:
    kind = KINDS[type(document).__name__]
    named = {"number": _number(document)}
    over = isinstance(document, ubl.OrderCancellation)
    lines = [] if over else [_line(one) for one in document.order_lines]
    buyer = _party(document.buyer_customer_party)
    return {
        "title": sentence(f"letter_{kind}_title", named),
        "lead": sentence("letter_cancellation", {**named, "institution": buyer[0]}) if over else None,
        "number": named["number"],
        "buyer": buyer[0],
        "buyer_lines": buyer,
        "seller_lines": _party(document.seller_supplier_party),
        "words": {name: sentence(f"paper_{name}") for name in ("buyer", "seller", "lines", "notes")},
        "columns": [sentence(f"paper_{name}") for name in ("line", "item", "quantity", "price", "amount")],
        "facts": _facts(document),
        "lines": lines,
        "sums": [] if over else _sums(document),
        "notes": [str(one) for one in (document.cancellation_notes if over else document.notes)],
    }


def _number(document: OrderDocument) -> str:
    """The order's own number, on a change and a cancellation too."""
    if isinstance(document, ubl.OrderChange) and document.order_reference is not None:
        return str(document.order_reference.id)
    if isinstance(document, ubl.OrderCancellation) and document.order_references:
        return str(document.order_references[0].id)
    return str(document.id)


def _party(role: ubl.CustomerParty | ubl.SupplierParty | None) -> list[str]:
    party = role.party if role is not None else None
    if party is None:
        return [""]
    legal = [one.registration_name for one in party.party_legal_entities]
    named = [one.name for one in party.party_names]
    contact = party.contact.name if party.contact is not None else None
    rows = [*named[:1], *(one for one in legal if one not in named), *_address(party.postal_address)]
    if party.endpoint_id is not None:
        rows.append(f"EAN/CVR {party.endpoint_id}")
    return [str(one) for one in [*rows, contact] if one] or [""]


def _address(address: ubl.Address | None) -> list[str]:
    if address is None:
        return []
    street = " ".join(one for one in (address.street_name, address.building_number) if one)
    city = " ".join(one for one in (address.postal_zone, address.city_name) if one)
    return [one for one in (street, city) if one]


def _facts(document: OrderDocument) -> list[tuple[str, str]]:
    rows: list[tuple[str, Any]] = [("paper_issued", document.issue_date)]
    if not isinstance(document, ubl.OrderCancellation):
        rows += [
            ("paper_reference", document.customer_reference),
            ("paper_agreement", ", ".join(str(one.id) for one in document.contracts)),
            ("paper_coding", document.accounting_cost),
        ]
        for one in document.deliveries:
            place = one.delivery_location.address if one.delivery_location is not None else None
            rows += [
                ("paper_delivery", one.requested_delivery_period and one.requested_delivery_period.end_date),
                ("paper_deliver_to", ", ".join(_address(place))),
            ]
    return [(sentence(code), _said(value)) for code, value in rows if value]


def _said(value: Any) -> str:
    return sentence("paper_day", {"day": value}) if isinstance(value, date) else str(value)


def _line(line: ubl.OrderLine) -> dict[str, str]:
    item = line.line_item or ubl.LineItem()
    thing, price, measure = item.item or ubl.Item(), item.price, item.quantity
    number_of = str(thing.sellers_item_identification.id or "") if thing.sellers_item_identification else ""
    detail = [sentence("paper_item_number", {"number": number_of})] if number_of not in ("", "n/a") else []
    if str(item.line_status_code or "") == "2":
        detail.insert(0, sentence("paper_taken_away"))
    detail += [str(one) for one in line.notes]
    for day in _days(item.deliveries):
        detail.append(sentence("paper_line_delivery", {"day": day}))
    return {
        "number": str(item.id or ""),
        "name": thing.name or "",
        "detail": " · ".join(detail),
        "quantity": quantity(measure.value, measure.unit) if measure is not None else "",
        "price": _price(price),
        "amount": _kroner(item.line_extension_amount.value) if item.line_extension_amount is not None else "",
    }


def _days(deliveries: Iterable[ubl.Delivery]) -> list[date]:
    periods = [one.requested_delivery_period for one in deliveries]
    return [one.end_date for one in periods if one is not None and one.end_date is not None]


def _price(price: ubl.Price | None) -> str:
    if price is None or price.price_amount is None:
        return ""
    base = price.base_quantity
    written = f"{written_price(price.price_amount.value)}\u00a0kr."
    if base is None or base.value == Decimal(1):
        return written
    return sentence("paper_price_for", {"price": written, "quantity": quantity(base.value, base.unit)})


def _kroner(value: Decimal) -> str:
    return f"{number(value, 'da', 2)}\u00a0kr."


def _sums(document: ubl.Order | ubl.OrderChange) -> list[tuple[str, str]]:
    """What comes off or on, the net and the whole with VAT. The net is counted back from the whole, because the two profiles write
    different sums under one name."""
    shown = [
        (
            next(iter(one.allowance_charge_reasons), ""),
            f"{'' if one.charge_indicator else '−'}{_kroner(one.amount.value)}",
        )
        for one in document.allowance_charges
        if one.amount is not None
    ]
    total = document.anticipated_monetary_total
    if total is None or total.payable_amount is None:
        return shown
    gross = total.payable_amount.value
    tax = sum((one.tax_amount.value for one in document.tax_totals if one.tax_amount is not None), Decimal(0))
    return [*shown, (sentence("paper_net"), _kroner(gross - tax)), (sentence("paper_gross"), _kroner(gross))]
