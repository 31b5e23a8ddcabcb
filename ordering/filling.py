"""Many items into the basket at once, at today's prices: an order again, a list, a standard basket. What has changed is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

import catalogues
from eshop.amounts import Amount
from eshop.errors import BadInput
from eshop.identity import Actor
from ordering.basket_rules import checked_quantity
from ordering.baskets import Basket, BasketLine, institution_of, largest_quantity, rounded_price


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from last time about an item: `code` is reordered_price (before and after in kroner per order unit),
    reordered_gone (with the reason) or reordered_quantity (rounded up to what can be ordered now)."""

    code: str
    item_id: int | None
    name: str
    values: dict[str, Any]


def put_in_basket(
    session: Session,
    basket: Basket,
    wanted: Sequence[tuple[int, Decimal]],
    by: Actor,
    *,
    before: Mapping[int, Decimal] | None = None,
    notes: Mapping[int, str] | None = None,
) -> list[Change]:
    """Adds (item id, quantity) on top of what is there; what cannot be ordered today is left out and said. `before` is what each cost
    per order unit last time. A bounded number of queries, however long the list."""
    institution = institution_of(session, basket.institution_id)
    offers = catalogues.offers(session, [item_id for item_id, _ in wanted], institution, by.today) if wanted else {}
    present = {line.item_id: line for line in basket.lines}
    changes: list[Change] = []
    for asked_id, quantity in wanted:
        offer = offers[asked_id]
        name = offer.name or str(asked_id)
        if not offer.orderable or offer.price is None:
            changes.append(Change("reordered_gone", asked_id, name, {"item": name, "reason": offer.reason}))
            continue
        try:
            checked_quantity(
                quantity, offer.unit, largest_quantity(session, offer), offer.order_multiple, offer.minimum
            )
        except BadInput as refusal:
            fitted = Decimal(refusal.values.get("nearest") or refusal.values.get("minimum") or 1)
            values = {"item": name, "before": quantity, "after": fitted}
            changes.append(Change("reordered_quantity", asked_id, name, values))
            quantity = fitted
        item_id = offer.item_id or asked_id
        there = present.get(item_id)
        if there is None:
            there = BasketLine(
                basket_id=basket.id, item_id=item_id, quantity=quantity, added_at=by.at, coding=[], wish_ids=[]
            )
            basket.lines.append(there)
            present[item_id] = there
        else:
            there.quantity += quantity
        there.seen_price = rounded_price(offer, there.quantity)
        there.note = (notes or {}).get(asked_id) or there.note
        last, now = (before or {}).get(asked_id), offer.price_for(quantity) or offer.price
        if last is not None and Amount.rounded(last) != Amount.rounded(now.per_order_unit):
            values = {"item": name, "before": Amount.rounded(last), "after": Amount.rounded(now.per_order_unit)}
            changes.append(Change("reordered_price", asked_id, name, values))
    basket.changed_at = by.at
    session.flush()
    return changes
