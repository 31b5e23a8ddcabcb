"""What a supplier's webshop answers to an order in cXML 1.2, as values: the ConfirmationRequest and the ShipNoticeRequest. (pure)

A confirmation says of the whole order, or of lines of it by their number, how many come, when and at what price; a line's statuses split
its quantity. A ship notice says how many of which lines are on their way.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from eshop.errors import BadInput
from eshop.formats import cxml
from eshop.formats.cxml import Element
from eshop.formats.returned import number_or_none, short, unit_of, unspsc_of

CONFIRMATION: Final = "ConfirmationRequest"
SHIP_NOTICE: Final = "ShipNoticeRequest"
_WHOLE: Final = {"accept", "reject", "except", "detail", "alldetail", "backordered", "replace"}
_PARTS: Final = {"accept", "alldetail", "detail", "reject", "unknown", "backordered"}


@dataclass(frozen=True, slots=True)
class SaidOfPart:
    """What is said of `quantity` of a line. `kind`: accept, detail, alldetail, reject, unknown, backordered. `price` is for `base` of
    `price_unit` (None: of the order unit); `item` another item than was ordered may be."""

    kind: str
    quantity: Decimal | None
    unit: str | None
    price: Decimal | None = None
    base: Decimal = Decimal(1)
    price_unit: str | None = None
    deliver_on: date | None = None
    seller_item_id: str | None = None
    name: str | None = None
    unspsc: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SaidOfLine:
    """A line by the number we gave it, and the parts it is split in."""

    number: str
    quantity: Decimal | None
    unit: str | None
    parts: tuple[SaidOfPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`kind`: accept, reject, except, detail, alldetail, backordered, replace."""

    document_id: str
    kind: str
    order_number: str
    sender: cxml.Credential | None
    issued_on: date | None
    issued_time: str | None
    lines: tuple[SaidOfLine, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ShipNotice:
    """`portions`: the order's number, and its lines."""

    document_id: str
    sender: cxml.Credential | None
    issued_on: date | None
    expected_on: date | None
    tracking: str | None
    portions: tuple[tuple[str, tuple[SaidOfLine, ...]], ...]


def read_confirmation(data: bytes) -> Confirmation:
    """BadInput `not_cxml`, `cxml_incomplete` (what), `response_code_unknown`."""
    root, request = cxml.opened(data, CONFIRMATION)
    head = cxml.child(request, "ConfirmationHeader")
    number = _order_number(cxml.child(request, "OrderReference")) or _order_number(cxml.child(head, "OrderReference"))
    if head is None or not number:
        raise BadInput("cxml_incomplete", what="ConfirmationHeader, OrderReference")
    kind = (head.get("type") or "").lower()
    document_id = short(head.get("confirmID")) or short(root.get("payloadID"))
    if kind not in _WHOLE:
        raise BadInput("response_code_unknown", stated=short(head.get("type")), document=document_id)
    at = _moment(head.get("noticeDate"))
    return Confirmation(
        document_id,
        kind,
        number,
        cxml.credential(root, "From"),
        at.date() if at else None,
        at.time().isoformat("seconds") if at else None,
        tuple(_said_of_line(one, document_id) for one in cxml.children(request, "ConfirmationItem")),
        short(cxml.text(head, "Comments")) or None,
    )


def _said_of_line(item: Element, document_id: str) -> SaidOfLine:
    parts = []
    for status in cxml.children(item, "ConfirmationStatus"):
        kind = (status.get("type") or "").lower()
        if kind not in _PARTS:
            raise BadInput("response_code_unknown", stated=short(status.get("type")), document=document_id)
        other = cxml.child(status, "ItemIn")
        detail = cxml.child(other, "ItemDetail")
        money = cxml.child(detail, "UnitPrice", "Money")
        if money is None:
            money = cxml.child(status, "UnitPrice", "Money")
        basis = cxml.child(detail, "PriceBasisQuantity")
        codes = [] if detail is None else cxml.children(detail, "Classification")
        parts.append(
            SaidOfPart(
                kind,
                number_or_none(status.get("quantity")),
                _unit(status),
                number_or_none(cxml.text(money)),
                (number_or_none(basis.get("quantity")) or Decimal(0)) if basis is not None else Decimal(1),
                _unit(basis) if basis is not None else _unit(detail),
                _day(status.get("deliveryDate") or status.get("shipmentDate")),
                short(cxml.text(other, "ItemID", "SupplierPartID")) or None,
                short(cxml.text(detail, "Description")) or None,
                next((code for one in codes if (code := unspsc_of(cxml.text(one)))), None),
                short(cxml.text(status, "Comments")) or None,
            )
        )
    return SaidOfLine(short(item.get("lineNumber")), number_or_none(item.get("quantity")), _unit(item), tuple(parts))


def read_ship_notice(data: bytes) -> ShipNotice:
    """BadInput `not_cxml`, `cxml_incomplete`, also for one that takes another back (operation delete)."""
    root, request = cxml.opened(data, SHIP_NOTICE)
    head = cxml.child(request, "ShipNoticeHeader")
    if head is None or (head.get("operation") or "new").lower() == "delete":
        raise BadInput("cxml_incomplete", what="ShipNoticeHeader")
    portions = []
    for portion in cxml.children(request, "ShipNoticePortion"):
        number = _order_number(cxml.child(portion, "OrderReference"))
        if not number:
            raise BadInput("cxml_incomplete", what="ShipNoticePortion, OrderReference")
        lines = (
            SaidOfLine(short(one.get("lineNumber")), number_or_none(one.get("quantity")), _unit(one))
            for one in cxml.children(portion, "ShipNoticeItem")
        )
        portions.append((number, tuple(lines)))
    if not portions:
        raise BadInput("cxml_incomplete", what="ShipNoticePortion")
    at = _moment(head.get("noticeDate"))
    control = cxml.child(request, "ShipControl")
    return ShipNotice(
        short(head.get("shipmentID")) or short(root.get("payloadID")),
        cxml.credential(root, "From"),
        at.date() if at else None,
        _day(head.get("deliveryDate")),
        short(cxml.text(control, "ShipmentIdentifier")) or None,
        tuple(portions),
    )


def _order_number(reference: Element | None) -> str:
    return "" if reference is None else short(reference.get("orderID"))


def _unit(element: Element | None) -> str | None:
    return unit_of(short(cxml.text(element, "UnitOfMeasure"))[:20])


def _moment(written: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((written or "").strip())
    except ValueError:
        return None


def _day(written: str | None) -> date | None:
    at = _moment(written)
    return at.date() if at else None
