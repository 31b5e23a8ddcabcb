"""From basket to orders: one per supplier and agreement. What needs no approval is queued at once, the rest waits.

Everything is decided in one unit of work with the institution's budget and the number series held: two people who order at the same
moment see each other's orders, and no number is given out twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

import catalogues
from catalogues import Offer
from eshop import audit
from eshop.amounts import NOTHING, Amount
from eshop.db import lock
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Actor, Institution, require, the_municipality
from ordering.approvals import ask_about, demand, new_suppliers, open_approvals, own_limit, rules_in_force
from ordering.basket_rules import checked_quantity
from ordering.baskets import (
    Basket,
    agreements_by_id,
    institution_of,
    largest_quantity,
    quoted,
    suppliers_by_id,
)
from ordering.budgets import commit_value, held_budget
from ordering.ceilings import held_ceiling_left
from ordering.delivery_dates import DeliveryTerms, checked_day, earliest
from ordering.delivery_places import chosen_point, delivery_points, open_on, told_to_supplier
from ordering.lifecycle import ORDER
from ordering.order_numbers import draw, number_key
from ordering.orders import LINE_STEP, OrderLine, PurchaseOrder, note_participation
from ordering.sending import queue
from ordering.transaction_costs import Channel, log_cost
from ordering.wishes import answer_wishes

TIME_UNITS = frozenset({"HUR", "LH", "MIN", "DAY", "WEE", "MON", "ANN"})
SERVICE_SEGMENTS = tuple(str(segment) for segment in range(70, 95))
"""What is sold by time, or stands in one of UNSPSC's segments of services (70–94: a call-out at a fixed price), is a service: its
performance is confirmed, not received."""
STANDARD_VAT = Decimal(25)
Groups = dict[tuple[int, int | None, str], list[OrderLine]]


def submit(
    session: Session,
    basket: Basket,
    by: Actor,
    reference: str | None = None,
    deliver_on: date | None = None,
    coding: Mapping[str, str] | None = None,
    *,
    delivery: Mapping[str, str] | None = None,
    delivery_point: int | str | None = None,
    note: str | None = None,
    expected_total: Amount | None = None,
    channel: Channel = "system",
) -> list[PurchaseOrder]:
    """Makes the basket into orders, one per supplier and agreement, and empties it.

    Conflict: `basket_empty`, `not_orderable` (any line, with its reason), `basket_changed` when today's total is not the
    `expected_total` the person saw. BadInput for a delivery day that cannot be kept, and `delivery_point_unknown`. NotAllowed without a
    person or the right to order. Goods are left at the `delivery_point` (id or name), else at the usual one, unless `delivery` says where.
    """
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb="order")
    if basket.user_id != by.user_id:
        raise NotAllowed("not_your_basket")
    require(by, "order", basket.institution_id)
    basket = lock(session, Basket, basket.id)
    if not basket.lines:
        raise Conflict("basket_empty")
    institution = institution_of(session, basket.institution_id)
    offers = orderable_offers(session, [line.item_id for line in basket.lines], institution, by.today)
    offers |= {line.item_id: quoted(offers[line.item_id], line, by.today) for line in basket.lines}
    total = Amount.sum(offers[line.item_id].total(line.quantity) or NOTHING for line in basket.lines)
    if expected_total is not None and total != expected_total:
        raise Conflict("basket_changed", before=expected_total, after=total)
    grouped: Groups = {}
    for line in basket.lines:
        made = line_of(offers[line.item_id], line.quantity, largest_quantity(session, offers[line.item_id]))
        made.note, made.coding, made.deliver_on = line.note, line.coding, line.deliver_on
        grouped.setdefault(group_of(offers[line.item_id]), []).append(made)
    heads = {
        "reference": reference or basket.reference,
        "note": note or basket.note,
        "coding": coding_for(session, institution, {**basket.coding, **(coding or {})}),
        "channel": channel,
    }
    where = _where(session, institution, delivery, delivery_point)
    orders = _place(session, institution, grouped, {**heads, **where}, deliver_on, by, strict=True)
    seconds = basket.seconds + (by.seconds or 0)
    log_cost(session, [order.id for order in orders], "order", by, channel, seconds or None)
    answer_wishes(session, {wish: line.item_id for line in basket.lines for wish in line.wish_ids}, orders, by)
    basket.lines.clear()
    basket.seconds, basket.reference, basket.note, basket.coding = 0, None, None, {}
    basket.changed_at = by.at
    session.flush()
    return orders


def place(
    session: Session,
    institution_id: int,
    lines: Sequence[tuple[int, Decimal]],
    by: Actor,
    reference: str | None = None,
    deliver_on: date | None = None,
    coding: Mapping[str, str] | None = None,
    *,
    delivery: Mapping[str, str] | None = None,
    delivery_point: int | str | None = None,
    note: str | None = None,
    channel: Channel = "system",
) -> list[PurchaseOrder]:
    """Orders (item id, quantity) directly, without the person's basket: for the API and the command line. As `submit`."""
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb="order")
    require(by, "order", institution_id)
    if not lines:
        raise Conflict("basket_empty")
    institution = institution_of(session, institution_id)
    offers = orderable_offers(session, [item_id for item_id, _ in lines], institution, by.today)
    grouped: Groups = {}
    for item_id, quantity in lines:
        offer = offers[item_id]
        made = line_of(offer, quantity, largest_quantity(session, offer))
        grouped.setdefault(group_of(offer), []).append(made)
    heads = {
        "reference": reference,
        "note": note,
        "coding": coding_for(session, institution, coding or {}),
        "channel": channel,
    }
    where = _where(session, institution, delivery, delivery_point)
    orders = _place(session, institution, grouped, {**heads, **where}, deliver_on, by)
    log_cost(session, [order.id for order in orders], "order", by, channel)
    return orders


def _where(
    session: Session, institution: Institution, delivery: Mapping[str, str] | None, wanted: int | str | None
) -> dict[str, Any]:
    """Where the goods are left and when somebody is there: the order's `delivery` and the point's `opening` days."""
    point = chosen_point(delivery_points(session, institution.id), institution, wanted)
    return {"delivery": dict(delivery or told_to_supplier(point, institution)), "opening": open_on(point)}


def _place(
    session: Session,
    institution: Institution,
    grouped: Groups,
    heads: Mapping[str, Any],
    deliver_on: date | None,
    by: Actor,
    *,
    strict: bool = False,
) -> list[PurchaseOrder]:
    """`strict`: the delivery day is one that the person could choose; else it is what a machine wishes, and the supplier answers."""
    suppliers = suppliers_by_id(session, {supplier for supplier, _, _ in grouped})
    agreements = agreements_by_id(session, {agreement for _, agreement, _ in grouped if agreement is not None})
    rules = rules_in_force(session, by.today)
    asks_first_time = any(rule.kind == "first_time_supplier" for rule in rules)
    limit = own_limit(by, institution.id)
    heads = dict(heads)
    opening = heads.pop("opening")
    orders: list[PurchaseOrder] = []
    for (supplier_id, agreement_id, currency), lines in sorted(
        grouped.items(), key=lambda one: (suppliers[one[0][0]].name, one[0][1] or 0)
    ):
        agreement = agreements.get(agreement_id or 0)
        terms = DeliveryTerms.of(agreement.delivery_days if agreement else None)
        day = deliver_on or earliest(terms, by.at, opening)
        if deliver_on is not None and strict:
            checked_day(deliver_on, terms, by.at, opening)
        elif day < by.today:
            raise BadInput("delivery_too_early", wanted=day, earliest=earliest(terms, by.at, opening))
        for position, line in enumerate(lines, 1):
            line.line, line.position = str(position * LINE_STEP), position * LINE_STEP
        # From here on, whoever orders for this institution waits until we are done: budgets are right to the øre.
        budget = held_budget(session, institution.id, day.year)
        number = draw(session, by.today.year)
        order = PurchaseOrder(
            number=number,
            number_key=number_key(number),
            source="shop",
            state=ORDER.start,
            institution_id=institution.id,
            supplier_id=supplier_id,
            agreement_id=agreement_id,
            agreement_number=agreement.number if agreement else None,
            match="3-way",
            freight_allowed=True,
            currency=currency,
            ordered_by=by.user_id,
            on_behalf_of=by.on_behalf_of,
            placed_at=by.at,
            ordered_on=by.today,
            deliver_on=day,
            allowances=[],
            lines=lines,
            **heads,
        )
        session.add(order)
        session.flush()
        first = asks_first_time and supplier_id in new_suppliers(session, [supplier_id], order.id)
        ask = ask_about(
            order,
            budget_left=budget.after(order.total),
            first_time=first,
            supplier=suppliers[supplier_id].name,
            limit=limit,
            ceiling_left=held_ceiling_left(session, order, order.total),
        )
        wanted = demand(session, ask, order.orderers, by.today, rules)
        note_participation(session, order.id, "ordered", order.orderers)
        audit.record(session, "order_submitted", "order", order.id, by, number=number, total=str(order.total))
        if wanted.needed:
            order.state = ORDER.after(order.state, "ask")
            open_approvals(session, order, wanted, by)
        else:
            queue(session, order, by)
        commit_value(session, order)
        orders.append(order)
    session.flush()
    return orders


def orderable_offers(session: Session, item_ids: Sequence[int], institution: Institution, on: date) -> dict[int, Offer]:
    """Today's offer of every item. Conflict `not_orderable` for the first that cannot be ordered, with the reason and all of them in
    `items`."""
    offers = catalogues.offers(session, list(item_ids), institution, on)
    refused = [
        offer for offer in offers.values() if not offer.orderable or offer.price is None or offer.item_id is None
    ]
    if refused:
        raise Conflict(
            "not_orderable",
            item=refused[0].name or str(refused[0].asked_item_id),
            reason=refused[0].reason,
            items=[{"item": offer.asked_item_id, "name": offer.name, "reason": offer.reason} for offer in refused],
        )
    return offers


def group_of(offer: Offer) -> tuple[int, int | None, str]:
    """Supplier, agreement and currency: what becomes one order."""
    if offer.supplier_id is None:
        raise Conflict("not_orderable", item=offer.name, reason=offer.reason)
    return offer.supplier_id, offer.agreement_id, offer.currency


def line_of(offer: Offer, wanted: Decimal, largest: int) -> OrderLine:
    """An order line with the offer as it is today, at the price for so many: the snapshot that invoices will be held against."""
    quantity = checked_quantity(wanted, offer.unit, largest, offer.order_multiple, offer.minimum)
    price = offer.price_for(quantity)
    if price is None:
        raise Conflict("not_orderable", item=offer.name, reason="no_price")
    return OrderLine(
        kind="service" if _is_service(offer) else "goods",
        item_id=offer.item_id,
        seller_item_id=offer.seller_item_id or None,
        gtin=offer.gtin,
        name=offer.name,
        description=offer.description,
        unspsc=offer.unspsc,
        quantity=quantity,
        unit=offer.unit,
        price=price.amount,
        base_quantity=price.base_quantity,
        factor=price.factor,
        content_unit=offer.content_unit,
        units_per_order_unit=offer.content_quantity,
        vat_percent=STANDARD_VAT if offer.vat_percent is None else offer.vat_percent,
        discount=Amount(0),
        coding=[],
    )


def _is_service(offer: Offer) -> bool:
    return offer.unit in TIME_UNITS or (offer.unspsc or "").startswith(SERVICE_SEGMENTS)


def coding_for(session: Session, institution: Institution, given: Mapping[str, str]) -> dict[str, str]:
    """The order's account coding: the municipality's default, the institution's over it, what the person chose over that. BadInput
    `unknown_dimension` for a name that the municipality's ledger does not have."""
    municipality = the_municipality(session)
    for name in given:
        if name not in municipality.dimensions:
            raise BadInput("unknown_dimension", name=name, expected=municipality.dimensions)
    return {**municipality.default_coding, **institution.coding, **given}
