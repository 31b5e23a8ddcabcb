"""What a supplier's webshop says of an order in cXML: a confirmation is recorded as an order response, a ship notice as a despatch advice.

The order is found by its number, and only where the document is from the webshop of the order's agreement: the credential it names as its
sender is the one we send the orders to.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop.amounts import plain, same_unit
from eshop.errors import BadInput, Conflict, NotFound
from eshop.exchange import Message
from eshop.formats import cxml, cxml_answers
from eshop.formats.cxml_answers import SaidOfLine, SaidOfPart
from eshop.identity import Actor
from ordering.despatches import note_despatch
from ordering.incoming import order_line
from ordering.loading import in_order_unit
from ordering.order_numbers import number_key
from ordering.orders import OrderLine, PurchaseOrder, held
from ordering.responses import Answer, LineAnswer, record_answer

ANSWERS: Final = (cxml_answers.CONFIRMATION, cxml_answers.SHIP_NOTICE)


def record_webshop_answer(session: Session, kind: str, message: Message, by: Actor) -> PurchaseOrder:
    """Records the ConfirmationRequest or ShipNoticeRequest of a message on the order it names; the first where it names several.

    BadInput `cxml_incomplete`, `response_code_unknown`, `line_unknown`, `unit_unknown`, `quantity_negative`, `price_basis_not_positive`.
    NotFound `order_not_found`. Conflict `response_wrong_supplier`, and what recording an answer or an advice refuses.
    """
    if kind == cxml_answers.CONFIRMATION:
        said = cxml_answers.read_confirmation(message.body)
        order = _order_of(session, said.order_number, said.sender, message)
        return record_answer(session, order, _answer(said, order), message.id, by)
    notice = cxml_answers.read_ship_notice(message.body)
    orders = []
    for number, lines in notice.portions:
        order = _order_of(session, number, notice.sender, message)
        on_its_way: dict[int, tuple[Decimal, Decimal | None, str | None]] = {}
        for one in lines:
            line = order_line(order, [one.number])
            before = on_its_way.get(line.id, (Decimal(0), None, None))[0]
            on_its_way[line.id] = (before + (_in_order_unit(line, one, order) or Decimal(0)), None, None)
        note_despatch(
            session,
            order,
            notice.document_id,
            on_its_way,
            by,
            issued_on=notice.issued_on,
            expected_on=notice.expected_on,
            tracking=notice.tracking,
            message_id=message.id,
        )
        orders.append(order)
    message.order_id = orders[0].id
    return orders[0]


def _order_of(session: Session, number: str, sender: cxml.Credential | None, message: Message) -> PurchaseOrder:
    """The order of that number which went to the webshop that sent the message, held."""
    found = session.scalars(select(PurchaseOrder).where(PurchaseOrder.number_key == number_key(number))).all()
    for order in found:
        setup = None if order.agreement_id is None else catalogues.punchout_of(session, order.agreement_id)
        known = None if setup is None or setup.protocol != "cxml" else setup.settings.get("receiver")
        if known and sender is not None and cxml.Credential(*known) == sender:
            message.order_id, message.supplier_id = order.id, order.supplier_id
            return held(session, order)
    if found:
        raise Conflict("response_wrong_supplier", number=number)
    raise NotFound("order_not_found", number=number)


def _answer(said: cxml_answers.Confirmation, order: PurchaseOrder) -> Answer:
    lines = tuple(line for one in said.lines if (line := _line_answer(one, order)) is not None)
    if said.kind in ("accept", "reject"):
        verdict = "accepted" if said.kind == "accept" else "rejected"
        # "As it is": what it might say of single lines changes nothing.
        lines = tuple(line for line in lines if line.verdict == "accepted") if said.kind == "accept" else ()
    else:
        turned_down = [line for line in lines if line.verdict == "rejected"]
        verdict = "rejected" if lines and len(turned_down) == len(order.lines) else "changed"
        if not turned_down and all(line.verdict == "accepted" for line in lines):
            verdict = "accepted"
    return Answer(
        said.document_id,
        verdict,  # type: ignore[arg-type]
        lines,
        issued_on=said.issued_on,
        issued_time=said.issued_time,
        note=said.note,
    )


def _line_answer(said: SaidOfLine, order: PurchaseOrder) -> LineAnswer | None:
    """None where the webshop does not know yet."""
    line = order_line(order, [said.number])
    parts = [part for part in said.parts if part.kind != "unknown"]
    if not parts:
        return None
    coming = [part for part in parts if part.kind not in ("reject", "backordered")]
    later = [part for part in parts if part.kind == "backordered"]
    if not coming and not later:
        return LineAnswer(line, "rejected", note=_words(parts))
    quantity = sum((_in_order_unit(line, part, order) or Decimal(0) for part in coming), Decimal(0))
    backorder = sum((_in_order_unit(line, part, order) or Decimal(0) for part in later), Decimal(0))
    price = max((one for part in coming if (one := _price(part, line, order)) is not None), default=None)
    substitute = next((_substitute(part) for part in coming if _is_other(part, line)), None)
    dearer = price is not None and price > line.full_price.per_order_unit
    changed = quantity + backorder != line.quantity or substitute is not None or dearer
    return LineAnswer(
        line,
        "changed" if changed else "accepted",
        quantity,
        backorder or None,
        price if changed else None,
        _promises(parts, line, order),
        substitute,
        _words(parts),
    )


def _in_order_unit(line: OrderLine, said: SaidOfLine | SaidOfPart, order: PurchaseOrder) -> Decimal | None:
    if said.quantity is None:
        return None
    quantity = in_order_unit(line, said.quantity, said.unit or line.unit)
    if quantity is None:
        raise BadInput("unit_unknown", unit=said.unit, line=line.line, number=order.number)
    if quantity < 0:
        raise BadInput("quantity_negative", line=line.line, quantity=quantity)
    return quantity


def _price(part: SaidOfPart, line: OrderLine, order: PurchaseOrder) -> Decimal | None:
    """Kroner per order unit: 3,00 kr. a bottle and twelve in a carton → 36,00 kr."""
    if part.price is None:
        return None
    unit, factor = part.price_unit or line.unit, Decimal(1)
    if not same_unit(unit, line.unit):
        if not (line.content_unit and line.units_per_order_unit and same_unit(unit, line.content_unit)):
            raise BadInput("unit_unknown", unit=unit, line=line.line, number=order.number)
        factor = line.units_per_order_unit
    if part.base <= 0 or part.price < 0:
        raise BadInput("price_basis_not_positive", base=plain(part.base), factor=plain(factor))
    return round(part.price * factor / part.base, 8)


def _is_other(part: SaidOfPart, line: OrderLine) -> bool:
    return bool(part.seller_item_id and line.seller_item_id and part.seller_item_id != line.seller_item_id)


def _substitute(part: SaidOfPart) -> dict[str, Any]:
    return {
        "name": part.name,
        "seller_item_id": part.seller_item_id,
        "gtin": None,
        "unspsc": part.unspsc,
        "properties": {},
    }


def _promises(parts: Sequence[SaidOfPart], line: OrderLine, order: PurchaseOrder) -> tuple[dict[str, Any], ...]:
    promised = []
    for part in parts:
        if part.deliver_on is not None and part.kind != "reject":
            quantity = _in_order_unit(line, part, order)
            shown = None if quantity is None else plain(quantity)
            promised.append({"quantity": shown, "from": None, "to": part.deliver_on.isoformat()})
    return tuple(promised)


def _words(parts: Sequence[SaidOfPart]) -> str | None:
    return " ".join(part.note for part in parts if part.note) or None
