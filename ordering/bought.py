"""What `catalogues` is told of orders: what was bought when one leaves, and what of it is cancelled later, in whatever way."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

import catalogues
from ordering.orders import PurchaseOrder


def tell_bought(session: Session, order: PurchaseOrder) -> None:
    """The order leaves now: all of it is bought."""
    for line in order.lines:
        if line.item_id is not None:
            catalogues.record_bought(
                session, line.item_id, line.quantity, line.amount, order.ordered_on, order.institution_id, order.id
            )


def tell_less_bought(session: Session, order: PurchaseOrder, cancelled: Mapping[int, Decimal]) -> None:
    """So much of each line (its id) was cancelled; with minus, so much more was ordered. Nothing where the order was never told as bought:
    a loaded one, or one not yet sent."""
    if order.sent_at is None:
        return
    for line in order.lines:
        fewer = -cancelled.get(line.id, Decimal(0))
        if line.item_id is not None and fewer:
            catalogues.record_bought(
                session,
                line.item_id,
                fewer,
                line.full_price.total(fewer),
                order.ordered_on,
                order.institution_id,
                order.id,
            )
