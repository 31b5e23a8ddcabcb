"""cXML 1.2 as values: the set-up of a visit to a supplier's webshop, its answer, the basket that comes back, the order,
and what any cXML says it is.

Read with the parser of `eshop.ubl`: the DOCTYPE that every cXML document has is external and is ignored, never fetched. Element names
are taken whatever their case (`cxml` is seen in the wild) and without namespace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from lxml import etree

from eshop.amounts import plain
from eshop.errors import BadInput
from eshop.formats.returned import (
    MOST_LINES,
    ReturnedBasket,
    ReturnedLine,
    number_or_none,
    short,
    too_many,
    unit_of,
    unspsc_of,
)
from eshop.ubl import UnreadableDocument, parse_foreign

Element = etree._Element
VERSION: Final = "1.2.063"
DOCTYPE: Final = f'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/{VERSION}/cXML.dtd">'
LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
OPERATIONS: Final = ("create", "edit", "inspect", "source")


@dataclass(frozen=True, slots=True)
class Credential:
    """Who one is in a network: 'NetworkId' 'AN01000000147', 'DUNS' '83528721'."""

    domain: str
    identity: str


@dataclass(frozen=True, slots=True)
class About:
    """What a cXML document says it is. `kind` is the element inside Request, Response or Message ('PunchOutOrderMessage'), 'Status' for
    a response with nothing else in it, '' where there is none."""

    kind: str
    payload_id: str | None
    sender: Credential | None
    receiver: Credential | None
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """A visit as it is asked for. `cookie` marks it, `return_to` is where the basket shall be sent."""

    sender: Credential
    receiver: Credential
    shared_secret: str
    cookie: str
    return_to: str
    payload_id: str
    at: datetime
    user: str = ""
    institution: str = ""
    agreement: str = ""
    deployment: str = "production"
    selected: str | None = None


@dataclass(frozen=True, slots=True)
class SetupAnswer:
    """`start` is where the visit begins; None where the webshop said no (`code` 4xx/5xx, `text`)."""

    code: int
    text: str
    start: str | None


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line of an order: so many order units, at `price` for `base_quantity` of them. `reference` is what the webshop called its
    configuration."""

    number: str
    seller_item_id: str
    quantity: Decimal
    unit: str
    price: Decimal
    base_quantity: Decimal
    name: str
    unspsc: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the goods go, or who pays: `gln` marks it."""

    name: str
    gln: str | None = None
    deliver_to: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as cXML says it. `kind`: new, update or delete. `total` is without VAT."""

    sender: Credential
    receiver: Credential
    payload_id: str
    at: datetime
    number: str
    kind: Literal["new", "update", "delete"]
    ordered_on: date
    currency: str
    total: Decimal
    ship_to: Place
    bill_to: Place
    lines: Sequence[OrderedLine]
    deliver_on: date | None = None
    contact: str | None = None
    email: str | None = None
    comments: str | None = None
    contract: str | None = None


# --- reading -----------------------------------------------------------------------------------------------------------


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if _name(one) == name.lower()), None)
    return element


def children(element: etree._Element, name: str) -> list[etree._Element]:
    return [one for one in element if _name(one) == name.lower()]


def text(element: etree._Element | None, *path: str) -> str | None:
    found = child(element, *path)
    if found is None:
        return None
    return "".join(str(one) for one in found.itertext()).strip() or None


def _root(data: bytes) -> etree._Element:
    root = parse_foreign(data)
    if _name(root) != "cxml":
        raise BadInput("not_cxml", type=short(str(root.tag))[:60])
    return root


def credential(root: etree._Element, end: str) -> Credential | None:
    found = child(root, "Header", end, "Credential")
    if found is None:
        return None
    return Credential(short(found.get("domain")), short(text(found, "Identity")))


def opened(data: bytes, kind: str) -> tuple[Element, Element]:
    """The document, and the request of this kind in it. BadInput `not_cxml`, `cxml_incomplete`."""
    root = _root(data)
    request = child(root, "Request", kind)
    if request is None:
        raise BadInput("cxml_incomplete", what=kind)
    return root, request


def _payload(root: etree._Element) -> etree._Element | None:
    """What the document is about: the element inside Request, Response or Message."""
    body = next((one for one in root if _name(one) in ("request", "response", "message")), None)
    if body is None:
        return None
    inside = [one for one in body if _name(one) != "status"]
    return inside[0] if inside else child(body, "Status")


def about(data: bytes) -> About:
    """What a cXML document is. UnreadableDocument as `ubl.identify`; BadInput `not_cxml`."""
    root = _root(data)
    payload = _payload(root)
    body = payload.getparent() if payload is not None else None
    return About(
        kind="" if payload is None else etree.QName(payload).localname,
        payload_id=short(root.get("payloadID")) or None,
        sender=credential(root, "From"),
        receiver=credential(root, "To"),
        deployment=None if body is None else body.get("deploymentMode"),
    )


def read_setup(data: bytes) -> Setup:
    """A PunchOutSetupRequest, as the webshop reads it. BadInput `not_cxml`, `cxml_incomplete`."""
    root = _root(data)
    request = child(root, "Request", "PunchOutSetupRequest")
    sender, receiver = credential(root, "From"), credential(root, "To")
    cookie, return_to = text(request, "BuyerCookie"), text(request, "BrowserFormPost", "URL")
    if request is None or sender is None or receiver is None or not cookie or not return_to:
        raise BadInput("cxml_incomplete", what="PunchOutSetupRequest")
    extrinsic = {one.get("name"): text(one) or "" for one in children(request, "Extrinsic")}
    return Setup(
        sender,
        receiver,
        text(root, "Header", "Sender", "Credential", "SharedSecret") or "",
        cookie,
        return_to,
        root.get("payloadID") or "",
        datetime.fromisoformat(root.get("timestamp") or "1970-01-01T00:00:00+00:00"),
        extrinsic.get("UserName", ""),
        extrinsic.get("Institution", ""),
        extrinsic.get("Contract", ""),
        (request.getparent().get("deploymentMode") or "production"),  # type: ignore[union-attr]
        text(request, "SelectedItem", "ItemID", "SupplierPartID"),
    )


def read_setup_answer(data: bytes) -> SetupAnswer:
    """The webshop's answer to a set-up. BadInput `not_cxml`, `cxml_incomplete` where it says neither yes nor no."""
    root = _root(data)
    response = child(root, "Response")
    status = child(response, "Status")
    code = None if status is None else status.get("code")
    if status is None or code is None or not (code.isascii() and code.isdigit() and len(code) == 3):
        raise BadInput("cxml_incomplete", what="PunchOutSetupResponse")
    said = short(" ".join(one for one in (status.get("text"), text(status)) if one))
    start = text(response, "PunchOutSetupResponse", "StartPage", "URL")
    return SetupAnswer(int(code), said, start if code.startswith("2") else None)


def read_order_message(data: bytes) -> ReturnedBasket:
    """The basket of a PunchOutOrderMessage. BadInput `not_cxml`, `cxml_incomplete`, `punchout_too_many_lines`."""
    root = _root(data)
    message = child(root, "Message", "PunchOutOrderMessage")
    if message is None:
        raise BadInput("cxml_incomplete", what="PunchOutOrderMessage")
    items = children(message, "ItemIn")
    if len(items) > MOST_LINES:
        raise too_many(len(items))
    total = child(message, "PunchOutOrderMessageHeader", "Total", "Money")
    return ReturnedBasket(
        tuple(_line(position, item) for position, item in enumerate(items, 1)),
        text(message, "BuyerCookie"),
        None if total is None else short(total.get("currency")).upper() or None,
    )


def _line(position: int, item: etree._Element) -> ReturnedLine:
    detail = child(item, "ItemDetail")
    money = child(detail, "UnitPrice", "Money")
    basis = child(detail, "PriceBasisQuantity")
    base = number_or_none(basis.get("quantity")) if basis is not None else Decimal(1)
    price = number_or_none(text(money))
    if base is None or base <= 0:
        base, price = Decimal(1), None
    description = child(detail, "Description")
    named = text(description, "ShortName")
    whole = short(text(detail, "Description"))
    unit = short(text(detail, "UnitOfMeasure"))[:20]
    codes = [] if detail is None else children(detail, "Classification")
    unspsc = next((unspsc_of(text(one)) for one in codes if "UNSPSC" in (one.get("domain") or "").upper()), None)
    return ReturnedLine(
        position,
        short(text(item, "ItemID", "SupplierPartID")),
        number_or_none(item.get("quantity")),
        unit_of(unit),
        unit,
        price,
        short(money.get("currency") if money is not None else "").upper(),
        base,
        short(named) or whole,
        whole or None,
        unspsc,
        short(text(detail, "ManufacturerPartID")) or None,
        short(text(item, "ItemID", "SupplierPartAuxiliaryID")) or None,
    )


def status_of(data: bytes) -> tuple[int, str] | None:
    """The code and text of a Response's Status: what a receiver answers to an order. None where it says neither."""
    try:
        status = child(_root(data), "Response", "Status")
    except (BadInput, UnreadableDocument):
        return None
    code = None if status is None else status.get("code")
    if status is None or code is None or not (code.isascii() and code.isdigit() and len(code) == 3):
        return None
    return int(code), short(" ".join(one for one in (status.get("text"), text(status)) if one))


# --- writing -----------------------------------------------------------------------------------------------------------


def _sub(parent: etree._Element, name: str, content: str | None = None, /, **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, name, attributes)
    if content is not None:
        made.text = "".join(one if one.isprintable() else " " for one in content)
    return made


def _document(payload_id: str, at: datetime) -> etree._Element:
    root = etree.Element("cXML", payloadID=payload_id, timestamp=at.isoformat(timespec="seconds"), version=VERSION)
    root.set(LANGUAGE, "da")
    return root


def _header(root: etree._Element, sender: Credential, receiver: Credential, shared_secret: str | None = None) -> None:
    header = _sub(root, "Header")
    for end, who in (("From", sender), ("To", receiver), ("Sender", sender)):
        credential = _sub(_sub(header, end), "Credential", domain=who.domain)
        _sub(credential, "Identity", who.identity)
        if end == "Sender" and shared_secret is not None:
            _sub(credential, "SharedSecret", shared_secret or None)
    _sub(header[-1], "UserAgent", "eshop")


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=DOCTYPE)


def setup_request(setup: Setup) -> bytes:
    """A PunchOutSetupRequest: who we are, where the basket shall be sent, for whom the visit is."""
    root = _document(setup.payload_id, setup.at)
    _header(root, setup.sender, setup.receiver, setup.shared_secret)
    outer = _sub(root, "Request", deploymentMode=setup.deployment)
    request = _sub(outer, "PunchOutSetupRequest", operation="create")
    _sub(request, "BuyerCookie", setup.cookie)
    for name, value in (
        ("UserName", setup.user),
        ("Institution", setup.institution),
        ("Contract", setup.agreement),
    ):
        if value:
            _sub(request, "Extrinsic", value, name=name)
    _sub(_sub(request, "BrowserFormPost"), "URL", setup.return_to)
    if setup.selected:
        _sub(_sub(_sub(request, "SelectedItem"), "ItemID"), "SupplierPartID", setup.selected)
    return _bytes(root)


def setup_answer(answer: SetupAnswer, payload_id: str, at: datetime) -> bytes:
    """A PunchOutSetupResponse, as a webshop gives it."""
    root = _document(payload_id, at)
    response = _sub(root, "Response")
    _sub(response, "Status", None, code=str(answer.code), text=answer.text)
    if answer.start is not None:
        _sub(_sub(_sub(response, "PunchOutSetupResponse"), "StartPage"), "URL", answer.start)
    return _bytes(root)


def order_message(
    lines: Iterable[ReturnedLine],
    cookie: str,
    sender: Credential,
    receiver: Credential,
    payload_id: str,
    at: datetime,
) -> bytes:
    """A PunchOutOrderMessage, as a webshop sends it: `read_order_message` gives the lines again."""
    root = _document(payload_id, at)
    _header(root, sender, receiver)
    message = _sub(_sub(root, "Message"), "PunchOutOrderMessage")
    _sub(message, "BuyerCookie", cookie)
    listed = list(lines)
    head = _sub(message, "PunchOutOrderMessageHeader", operationAllowed="create")
    total = sum(((one.per_unit or Decimal(0)) * (one.quantity or 0) for one in listed), Decimal(0))
    _sub(_sub(head, "Total"), "Money", plain(total), currency=listed[0].currency if listed else "DKK")
    for line in listed:
        _item_in(message, line)
    return _bytes(root)


def _item_in(message: etree._Element, line: ReturnedLine) -> None:
    item = _sub(message, "ItemIn", quantity="" if line.quantity is None else plain(line.quantity))
    ids = _sub(item, "ItemID")
    _sub(ids, "SupplierPartID", line.seller_item_id)
    if line.reference:
        _sub(ids, "SupplierPartAuxiliaryID", line.reference)
    detail = _sub(item, "ItemDetail")
    _sub(_sub(detail, "UnitPrice"), "Money", "" if line.price is None else plain(line.price), currency=line.currency)
    _sub(detail, "Description", line.name).set(LANGUAGE, "da")
    _sub(detail, "UnitOfMeasure", line.unit_as_written)
    if line.base_quantity != 1:
        basis = _sub(detail, "PriceBasisQuantity", quantity=plain(line.base_quantity), conversionFactor="1")
        _sub(basis, "UnitOfMeasure", line.unit_as_written)
    if line.unspsc:
        _sub(detail, "Classification", line.unspsc, domain="UNSPSC")
    if line.manufacturer_item_id:
        _sub(detail, "ManufacturerPartID", line.manufacturer_item_id)


SECRET_LEFT_OUT: Final = b"<SharedSecret/>"
"""Where the shared secret goes when the order leaves: it is kept with the channel, never in the document."""


def with_secret(body: bytes, secret: str) -> bytes | None:
    """The document as it leaves, with the shared secret in its place; None where it has no such place."""
    if SECRET_LEFT_OUT not in body[:4000]:
        return None
    filled = etree.Element("SharedSecret")
    filled.text = secret
    return body.replace(SECRET_LEFT_OUT, etree.tostring(filled, encoding="UTF-8"), 1)


def order_request(order: Ordered) -> bytes:
    """An OrderRequest: the order to the supplier, its change (`update`, whole as it is now) or that it is cancelled (`delete`)."""
    root = _document(order.payload_id, order.at)
    _header(root, order.sender, order.receiver, "")
    request = _sub(_sub(root, "Request", deploymentMode="production"), "OrderRequest")
    said = {"orderID": order.number, "orderDate": order.ordered_on.isoformat(), "type": order.kind}
    if order.contract:
        said["agreementID"] = order.contract
    head = _sub(request, "OrderRequestHeader", None, **said)
    _sub(_sub(head, "Total"), "Money", plain(order.total), currency=order.currency)
    for name, place in (("ShipTo", order.ship_to), ("BillTo", order.bill_to)):
        _address(_sub(head, name), place)
    if order.contact:
        contact = _sub(head, "Contact", None, role="endUser")
        _sub(contact, "Name", order.contact).set(LANGUAGE, "da")
        if order.email:
            _sub(contact, "Email", order.email)
    if order.comments:
        _sub(head, "Comments", order.comments).set(LANGUAGE, "da")
    for line in order.lines:
        _item_out(request, line, order)
    return _bytes(root)


def _address(parent: etree._Element, place: Place) -> None:
    said = {"isoCountryCode": "DK"} | ({"addressID": place.gln, "addressIDDomain": "GLN"} if place.gln else {})
    address = _sub(parent, "Address", None, **said)
    _sub(address, "Name", place.name).set(LANGUAGE, "da")
    postal = _sub(address, "PostalAddress")
    if place.deliver_to:
        _sub(postal, "DeliverTo", place.deliver_to)
    _sub(postal, "Street", place.street or place.name)
    _sub(postal, "City", place.city or "-")
    if place.postcode:
        _sub(postal, "PostalCode", place.postcode)
    _sub(postal, "Country", "Danmark", isoCountryCode="DK")


def _item_out(request: etree._Element, line: OrderedLine, order: Ordered) -> None:
    said = {"quantity": plain(line.quantity), "lineNumber": line.number}
    if order.deliver_on is not None:
        said["requestedDeliveryDate"] = order.deliver_on.isoformat()
    item = _sub(request, "ItemOut", None, **said)
    ids = _sub(item, "ItemID")
    _sub(ids, "SupplierPartID", line.seller_item_id)
    if line.reference:
        _sub(ids, "SupplierPartAuxiliaryID", line.reference)
    detail = _sub(item, "ItemDetail")
    _sub(_sub(detail, "UnitPrice"), "Money", plain(line.price), currency=order.currency)
    _sub(detail, "Description", line.name).set(LANGUAGE, "da")
    _sub(detail, "UnitOfMeasure", line.unit)
    if line.base_quantity != 1:
        basis = _sub(detail, "PriceBasisQuantity", quantity=plain(line.base_quantity), conversionFactor="1")
        _sub(basis, "UnitOfMeasure", line.unit)
    if line.unspsc:
        _sub(detail, "Classification", line.unspsc, domain="UNSPSC")
    else:
        _sub(detail, "Classification", "00000000", domain="UNSPSC")
