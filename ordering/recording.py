"""Other documents about orders: DespatchAdvice, Peppol Order Agreement (an order placed in the supplier's own shop), an Order of a former
system to be loaded as an open order, and our own OrderChange and OrderCancellation of such an order.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop import audit, exchange, ubl
from eshop.amounts import Amount, Price, plain, same_unit
from eshop.errors import BadInput, Conflict
from eshop.exchange import Message, TradingPartner
from eshop.identity import Actor, institution_by_gln, the_municipality
from ordering.approval import Reason, Role, reasons
from ordering.approvals import Demand, ask_about, open_approvals
from ordering.budgets import commit_value, value_of
from ordering.ceilings import held_ceiling_left
from ordering.despatches import Despatch, note_despatch
from ordering.incoming import order_line, order_named, quantity_of, references, seller_id, seller_numbers
from ordering.loading import load_order
from ordering.movements import move_quantities, quantities_of
from ordering.order_numbers import number_key
from ordering.orders import OrderLine, PurchaseOrder, held, move_to
from ordering.responses import PROPOSAL, Answer, open_proposals, record_answer, record_order_response
from ordering.transaction_costs import log_cost

AGREEMENT = "order_agreement"
"""What the CustomizationID of a Peppol Order Agreement holds: an OrderResponse that says what was ordered in the seller's own shop."""


def record_response(
    session: Session, document: ubl.OrderResponse | ubl.OrderResponseSimple, message: Message | None, by: Actor
) -> PurchaseOrder:
    """Records a supplier's answer on the order it names; a Peppol Order Agreement becomes an order (`record_agreement`). Refusals: see
    `responses.record_order_response`."""
    if isinstance(document, ubl.OrderResponse) and AGREEMENT in str(document.customization_id or ""):
        return record_agreement(session, document, message, by)
    return record_order_response(session, document, message, by)


# --- despatch advice --------------------------------------------------------------------------------------------------


def record_despatch(
    session: Session, document: ubl.DespatchAdvice, message: Message | None, by: Actor
) -> PurchaseOrder:
    """Records what is on its way on each order the advice names (on its lines, else on its head); returns the first.

    BadInput: `reference_missing`, `seller_unknown`, `line_unknown`, `unit_unknown`, `despatched_too_many`; NotFound `order_not_found`;
    Conflict: `response_wrong_supplier`, `document_twice`, `not_now`.
    """
    header = references(document.order_references)
    by_order: dict[str, list[ubl.DespatchLine]] = {}
    for line in document.despatch_lines:
        own = references(one.order_reference for one in line.order_line_references)
        number = (own or header or [""])[0]
        by_order.setdefault(number, []).append(line)
    if not by_order:
        by_order = {number: [] for number in header}
    first: PurchaseOrder | None = None
    for number, lines in by_order.items():
        order = order_named(session, document, [number] if number else [], message)
        _note(session, order, document, lines, message, by)
        first = first or order
    if first is None:
        raise BadInput("reference_missing", document=str(document.id or ""))
    if message is not None:
        message.order_id = first.id
    return first


def _note(
    session: Session,
    order: PurchaseOrder,
    document: ubl.DespatchAdvice,
    lines: Iterable[ubl.DespatchLine],
    message: Message | None,
    by: Actor,
) -> Despatch:
    on_its_way: dict[int, tuple[Decimal, Decimal | None, str | None]] = {}
    for stated in lines:
        named = [str(one.line_id) if one.line_id else None for one in stated.order_line_references]
        line = order_line(order, [*named, str(stated.id) if stated.id else None])
        quantity = quantity_of(line, stated.delivered_quantity, order.number) or Decimal(0)
        rest = quantity_of(line, stated.outstanding_quantity or stated.backorder_quantity, order.number)
        words = " ".join((*stated.outstanding_reasons, *stated.backorder_reasons)) or None
        before = on_its_way.get(line.id, (Decimal(0), None, None))
        on_its_way[line.id] = (before[0] + quantity, rest if rest is not None else before[1], words or before[2])
    delivery = document.shipment.delivery if document.shipment is not None else None
    period = delivery.estimated_delivery_period if delivery is not None else None
    return note_despatch(
        session,
        order,
        str(document.id or ""),
        on_its_way,
        by,
        issued_on=document.issue_date,
        expected_on=period.end_date or period.start_date if period is not None else None,
        tracking=str(delivery.tracking_id) if delivery is not None and delivery.tracking_id else None,
        message_id=message.id if message else None,
    )


# --- orders as documents ----------------------------------------------------------------------------------------------


def load_order_document(session: Session, document: ubl.Document, by: Actor) -> PurchaseOrder:
    """A UBL Order as an open order of a former system, known by supplier and number (as `load_order`). An OrderChange or
    OrderCancellation of such an order is carried out on it. BadInput `not_an_order` for any other document."""
    if isinstance(document, ubl.OrderChange | ubl.OrderCancellation):
        return record_own_document(session, document, None, by)
    if not isinstance(document, ubl.Order):
        raise BadInput("not_an_order", document=type(document).__name__)
    order = load_order(session, order_row(document), by)
    profile = ubl.recognise(str(document.customization_id) if document.customization_id else None)
    known = session.scalars(select(TradingPartner).where(TradingPartner.supplier_id == order.supplier_id)).first()
    if known is None and profile.name in ("oioubl-2.1", "peppol-bis-3"):
        exchange.partner_of(session, order.supplier_id).profile = profile.name
    return order


def order_row(document: ubl.Order | ubl.OrderChange | ubl.OrderResponse) -> dict[str, Any]:
    """The document in the form of INTERFACES `orders`. BadInput names what is missing."""
    number = str(document.id or "").strip()
    companies, glns = seller_numbers(document)
    buyer = ubl.numbers_of(ubl.buyer_of(document))
    contact = _contact(document)
    period = next((one.requested_delivery_period for one in document.deliveries if one.requested_delivery_period), None)
    row: dict[str, Any] = {
        "number": number,
        "supplier": {
            "cvr": companies[0] if companies else None,
            "gln": glns[0] if glns else None,
            "name": ubl.name_of(ubl.seller_of(document)),
        },
        "institution": {
            "gln": buyer.gln,
            "glns": list(buyer.glns[1:]),
            "cvr": buyer.cvr,
            "name": ubl.name_of(ubl.buyer_of(document)),
        },
        "date": document.issue_date.isoformat() if document.issue_date else None,
        "currency": str(document.document_currency_code or "DKK"),
        "reference": document.customer_reference or contact,
        "agreement": str(document.contracts[0].id) if document.contracts and document.contracts[0].id else None,
        "allowances": [_allowance(one) for one in document.allowance_charges if one.amount is not None],
        "lines": [_line_row(one, document, number) for one in document.order_lines],
    }
    if period is not None and (period.end_date or period.start_date):
        row["deliver_on"] = (period.end_date or period.start_date or date.min).isoformat()
    return row


def _contact(document: ubl.Document) -> str | None:
    """The person reference ("deres ref."): the buyer's contact id."""
    party = ubl.buyer_of(document)
    if party is None or party.contact is None or party.contact.id is None:
        return None
    return party.contact.id.value if party.contact.id.value.lower() != "n/a" else None


def _allowance(one: ubl.AllowanceCharge) -> dict[str, Any]:
    percents = [category.percent for category in one.tax_categories if category.percent is not None]
    return {
        "reason": " ".join(one.allowance_charge_reasons) or None,
        "amount": str(Amount.rounded(one.amount.value)) if one.amount else "0",
        "charge": bool(one.charge_indicator),
        "vat_percent": plain(percents[0]) if percents else "25",
    }


def _line_row(stated: ubl.OrderLine, document: ubl.Document, number: str) -> dict[str, Any]:
    content = stated.line_item or ubl.LineItem()
    line = str(content.id or "").strip()
    if content.quantity is None:
        raise BadInput("missing_field", field="quantity", where=f"{number}/{line}")
    item = content.item or ubl.Item()
    seller, scheme = _known_as(item.sellers_item_identification)
    gtin, _ = _known_as(item.standard_item_identification)
    codes = [one.item_classification_code for one in item.commodity_classifications if one.item_classification_code]
    price, base, factor, content_unit = _price(content)
    total = Price(price, base, factor).total(content.quantity.value)
    stated_amount = None if content.line_extension_amount is None else content.line_extension_amount.value
    discount = total - Amount.rounded(stated_amount) if stated_amount is not None else Amount(0)
    return {
        "line": line or None,
        "seller_item_id": seller,
        "gtin": gtin or (seller if scheme in ("GTIN", "0160") else None),
        "name": item.name or (str(item.descriptions[0]) if item.descriptions else None),
        "description": str(item.descriptions[0]) if item.descriptions else None,
        "unspsc": str(codes[0]) if codes else None,
        "quantity": plain(content.quantity.value),
        "unit": content.quantity.unit or "EA",
        "price": plain(price),
        "base_quantity": plain(base),
        "factor": plain(factor),
        "content_unit": content_unit,
        "units_per_order_unit": plain(factor) if content_unit else None,
        "vat_percent": plain(_vat(item, document)),
        # What comes off the line itself; a sum that is simply wrong is no discount.
        "discount": str(discount) if abs(discount) < max(abs(total), Amount(1)) else "0",
        "note": " ".join(str(note) for note in (*stated.notes, *content.notes)) or None,
    }


def _known_as(one: ubl.ItemIdentification | None) -> tuple[str | None, str | None]:
    if one is None or one.id is None or one.id.value.strip().lower() in ("", "n/a"):
        return None, None
    return one.id.value.strip(), one.id.scheme_id


def _price(content: ubl.LineItem) -> tuple[Decimal, Decimal, Decimal, str | None]:
    """(price, base quantity, factor, content unit): of a price per another unit than is ordered the factor is stated or 1."""
    quantity = content.quantity
    stated = content.price
    if stated is None or stated.price_amount is None:
        amount = content.line_extension_amount
        if amount is None or quantity is None or not quantity.value:
            return Decimal(0), Decimal(1), Decimal(1), None
        return round(amount.value / quantity.value, 8), Decimal(1), Decimal(1), None
    base = stated.base_quantity.value if stated.base_quantity is not None else Decimal(1)
    factor = stated.orderable_unit_factor_rate or Decimal(1)
    unit = stated.base_quantity.unit if stated.base_quantity is not None else ""
    other = unit if unit and quantity is not None and not same_unit(unit, quantity.unit) and factor != 1 else None
    return stated.price_amount.value, base if base > 0 else Decimal(1), factor if factor > 0 else Decimal(1), other


def _vat(item: ubl.Item, document: ubl.Document) -> Decimal:
    """The line's rate, else the one rate the document has, else the standard rate."""
    own = [one.percent for one in item.classified_tax_categories if one.percent is not None]
    if own:
        return own[0]
    rates = {
        subtotal.tax_category.percent
        for total in getattr(document, "tax_totals", ())
        for subtotal in total.tax_subtotals
        if subtotal.tax_category is not None and subtotal.tax_category.percent is not None
    }
    return rates.pop() if len(rates) == 1 else Decimal(25)


# --- order agreement --------------------------------------------------------------------------------------------------


def record_agreement(
    session: Session, document: ubl.OrderResponse, message: Message | None, by: Actor
) -> PurchaseOrder:
    """An order placed in the supplier's own shop becomes an order here that waits for approval: nobody of ours has said yes to it, so it
    is never matched to an invoice before somebody has. Where we have the order already, the agreement is its confirmation.

    Where it names an agreement with the supplier it counts on that, and above the agreement's ceiling the purchasing lead is asked too.
    It is handled outside the system, so it costs what an order by mail, telephone or webshop costs. BadInput `seller_unknown`,
    `institution_unknown`; Conflict `document_twice`.
    """
    supplier_id = seller_id(session, document)
    numbers = references(document.order_references)
    known = session.scalars(
        select(PurchaseOrder).where(
            PurchaseOrder.number_key.in_([number_key(number) for number in [*numbers, str(document.id)]]),
            PurchaseOrder.supplier_id == supplier_id,
        )
    ).first()
    if known is not None:
        order = order_named(session, document, [known.number], message)
        answer = Answer(str(document.id), "accepted", issued_on=document.issue_date)
        return record_answer(session, order, answer, message.id if message else None, by)
    row = order_row(document)
    row["number"] = (numbers or [str(document.sales_order_id or document.id)])[0]
    row["channel"] = "mail"
    buyer = ubl.numbers_of(ubl.buyer_of(document))
    if not any(institution_by_gln(session, gln) for gln in buyer.glns):
        raise BadInput("institution_unknown", gln=buyer.gln or "")
    order = held(session, load_order(session, row, by))
    order.source, order.state = "supplier", "draft"
    order.sales_order_id = str(document.sales_order_id) if document.sales_order_id else None
    order.agreement_id = _agreement_named(session, order)
    if message is not None:
        message.order_id, message.supplier_id = order.id, supplier_id
    session.flush()
    why = [Reason("approval_supplier_order", Role.APPROVER, {"amount": order.total, "number": order.number})]
    # None of the municipality's rules: they are for what we order. The ceiling is a limit in law, whoever wrote the order.
    why += reasons(ask_about(order, budget_left=None, ceiling_left=held_ceiling_left(session, order, order.total)), ())
    move_to(session, order, "ask")
    open_approvals(session, order, Demand(tuple(why), {}), by)
    commit_value(session, order)
    log_cost(session, order.id, "order", by, "mail")
    session.flush()
    return order


def _agreement_named(session: Session, order: PurchaseOrder) -> int | None:
    """The supplier's agreement of the number that the document states."""
    known = catalogues.find_agreements(session, order.agreement_number) if order.agreement_number else []
    return next((one.id for one in known if one.supplier_id == order.supplier_id), None)


# --- our own change documents -----------------------------------------------------------------------------------------


def record_own_document(
    session: Session, document: ubl.OrderChange | ubl.OrderCancellation, message: Message | None, by: Actor
) -> PurchaseOrder:
    """A change or cancellation that a former system of ours sent of an order loaded from there. It is carried out where it makes the
    order no dearer: a document from outside cannot prove who wrote it. BadInput `buyer_not_ours`; Conflict `not_a_loaded_order`,
    `change_makes_dearer`, `not_now`."""
    buyer = ubl.numbers_of(ubl.buyer_of(document))
    ours = the_municipality(session).cvr in buyer.cvrs or any(institution_by_gln(session, gln) for gln in buyer.glns)
    if not ours:
        raise BadInput("buyer_not_ours", name=ubl.name_of(ubl.buyer_of(document)) or "")
    if isinstance(document, ubl.OrderCancellation):
        order = order_named(session, document, references(document.order_references), message)
        _loaded(order)
        move_to(session, order, "cancel")
        words = " ".join(document.cancellation_notes) or "cancelled"
        audit.record(session, "order_cancelled", "order", order.id, by, reason=words[:200])
        commit_value(session, order)
        return order
    order = order_named(session, document, references([document.order_reference]), message)
    _loaded(order)
    before = value_of(session, order)
    changed = [_apply(session, order, stated, document, by) for stated in document.order_lines]
    session.flush()
    if value_of(session, order) > before:
        raise Conflict("change_makes_dearer", number=order.number)
    for proposal in open_proposals(session, order.id):
        proposal.proposal = PROPOSAL.after("open", "accept")
    move_to(session, order, "confirm")
    order.change_number += 1
    audit.record(
        session,
        "order_changed",
        "order",
        order.id,
        by,
        change_number=order.change_number,
        lines=changed,
        deliver_on=None,
    )
    commit_value(session, order)
    session.flush()
    return order


def _loaded(order: PurchaseOrder) -> None:
    if order.source != "loaded":
        raise Conflict("not_a_loaded_order", number=order.number)


def _apply(session: Session, order: PurchaseOrder, stated: ubl.OrderLine, document: ubl.OrderChange, by: Actor) -> str:
    """The line as the change says it is now."""
    row = _line_row(stated, document, order.number)
    line: OrderLine = order_line(order, [row["line"]])
    wanted = quantity_of(line, stated.line_item.quantity if stated.line_item else None, order.number)
    sums = quantities_of(session, order.id)[line.id]
    if wanted is not None and wanted < sums.agreed:
        move_quantities(session, "cancelled", {line.id: sums.agreed - wanted}, by, reasons={line.id: "changed"})
    elif wanted is not None:
        line.quantity += wanted - sums.agreed
    line.price, line.base_quantity, line.factor = (Decimal(row[name]) for name in ("price", "base_quantity", "factor"))
    line.name, line.description = row["name"] or line.name, row["description"]
    line.seller_item_id, line.gtin = row["seller_item_id"] or line.seller_item_id, row["gtin"] or line.gtin
    return line.line
