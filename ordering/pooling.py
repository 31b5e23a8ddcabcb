"""Colleagues' wishes into the local lead's basket: as few lines and orders as possible."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from eshop.db import lock
from eshop.errors import BadInput, NotAllowed
from eshop.identity import Actor, require
from ordering.baskets import Basket, BasketLine, add_line
from ordering.wishes import WISH, Wish


def pool_wishes(session: Session, basket: Basket, wishes: Sequence[Wish], by: Actor) -> list[BasketLine]:
    """Puts wishes for items into the local lead's basket, wishes for the same item added up: three colleagues' gloves are one line.
    Conflict `not_now` for a wish somebody has taken already; what cannot be ordered is refused as by `add_line`."""
    require(by, "order_for_others", basket.institution_id)
    together: dict[int, list[Wish]] = {}
    for wish in wishes:
        if wish.item_id is None:
            raise BadInput("wish_without_item", text=wish.text)
        fresh = lock(session, Wish, wish.id)
        if fresh.institution_id != basket.institution_id:
            raise NotAllowed("not_your_institution", institution_id=fresh.institution_id)
        fresh.state = WISH.after(fresh.state, "take")
        fresh.taken_by = by.user_id
        together.setdefault(wish.item_id, []).append(fresh)
    lines = []
    for item_id, same in together.items():
        line = add_line(session, basket, item_id, sum((one.quantity for one in same), Decimal(0)), by)
        line.wish_ids = sorted({*line.wish_ids, *(one.id for one in same)})
        lines.append(line)
    session.flush()
    return lines
