"""Which order is a supplier's document about? The one it names, together with the supplier who sent it: numbers repeat, and a response
to somebody else's order is refused, whoever sends it."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop import ubl
from eshop.errors import BadInput, Conflict, NotFound
from eshop.exchange import Message
from ordering.loading import in_order_unit
from ordering.order_numbers import number_key
from ordering.orders import OrderLine, PurchaseOrder, held


def references(stated: Iterable[ubl.OrderReference | None]) -> list[str]:
    """The order numbers that references name, in order, each once."""
    named = [str(one.id).strip() for one in stated if one is not None and one.id is not None]
    return list(dict.fromkeys(number for number in named if number))


def seller_numbers(document: ubl.Document) -> tuple[list[str], list[str]]:
    """The (CVR, GLN) numbers the seller states, best first. A foreign supplier's register number stands in for the CVR."""
    party = ubl.seller_of(document)
    numbers = ubl.numbers_of(party)
    companies = list(numbers.cvrs)
    if not companies and not numbers.glns and party is not None:
        stated = [party.endpoint_id, *(one.id for one in party.party_identifications)]
        companies = [one.value.strip()[:20] for one in stated if one is not None and one.value.strip()]
    return companies, list(numbers.glns)


def seller_id(session: Session, document: ubl.Document) -> int:
    """The supplier who sends the document. BadInput `seller_unknown`."""
    companies, glns = seller_numbers(document)
    for cvr, gln in [*((company, None) for company in companies), *((None, gln) for gln in glns)]:
        found = catalogues.find_supplier(session, cvr=cvr, gln=gln)
        if found is not None:
            return found.id
    raise BadInput(
        "seller_unknown", name=ubl.name_of(ubl.seller_of(document)) or "", numbers=", ".join(companies + glns)
    )


def order_named(session: Session, document: ubl.Document, numbers: list[str], message: Message | None) -> PurchaseOrder:
    """The order of the document, held. BadInput `reference_missing`, NotFound `order_not_found`, Conflict `response_wrong_supplier`
    when the number is another supplier's order. The message is noted as being about it."""
    if not numbers:
        raise BadInput("reference_missing", document=str(document.id or ""))
    supplier_id = seller_id(session, document)
    keys = [number_key(number) for number in numbers]
    found = session.scalars(select(PurchaseOrder).where(PurchaseOrder.number_key.in_(keys))).all()
    own = [order for order in found if order.supplier_id == supplier_id]
    if not own:
        if found:
            raise Conflict("response_wrong_supplier", number=numbers[0])
        raise NotFound("order_not_found", number=numbers[0])
    order = held(session, own[0])
    if message is not None:
        message.order_id, message.supplier_id = order.id, supplier_id
    return order


def order_line(order: PurchaseOrder, named: Iterable[str | None]) -> OrderLine:
    """The line of the order that the document names; '0010' is '10'. BadInput `line_unknown`."""
    stated = [name.strip() for name in named if name and name.strip()]
    for name in stated:
        wanted = name.lstrip("0") or "0"
        for line in order.lines:
            if (line.line.lstrip("0") or "0") == wanted:
                return line
    raise BadInput("line_unknown", line=stated[0] if stated else "", number=order.number)


def quantity_of(line: OrderLine, measure: ubl.Measure | None, number: str) -> Decimal | None:
    """A stated quantity in the line's order unit; None where none is stated. BadInput `unit_unknown`, `quantity_negative`."""
    if measure is None:
        return None
    quantity = in_order_unit(line, measure.value, measure.unit or line.unit)
    if quantity is None:
        raise BadInput("unit_unknown", unit=measure.unit, line=line.line, number=number)
    if quantity < 0:
        raise BadInput("quantity_negative", line=line.line, quantity=quantity)
    return quantity
