"""What waiting does to the day of delivery: an order that waited for its approval too long to come on the day it was wanted.

Whoever decides sees how long they have; an order that may leave too late is wanted on the first day that can be kept then, so that nobody
asks a supplier for yesterday.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from eshop.identity import COPENHAGEN, DeliveryPoint
from ordering.baskets import agreements_by_id
from ordering.delivery_dates import DeliveryTerms, earliest, last_moment
from ordering.delivery_places import open_on
from ordering.orders import PurchaseOrder


@dataclass(frozen=True, slots=True)
class Coming:
    """The `day` goods come if the order may leave now. `answer_before` is the last moment that still gives the wanted day, None once it is
    over or where none was wanted; `at_a_time` whether the agreement has a cut-off, else any time of that day will do."""

    day: date
    answer_before: datetime | None
    at_a_time: bool
    slipped: bool


def coming(session: Session, orders: Iterable[PurchaseOrder], at: datetime) -> dict[int, Coming]:
    """Of each order that wants a day: when it comes if it may leave at that moment. Two queries, however many orders."""
    wanted = [order for order in orders if order.deliver_on is not None]
    agreements = agreements_by_id(session, {order.agreement_id for order in wanted if order.agreement_id is not None})
    places = {order.institution_id for order in wanted}
    points: dict[int, list[DeliveryPoint]] = {}
    for point in session.scalars(
        select(DeliveryPoint).where(DeliveryPoint.institution_id.in_(places)).order_by(DeliveryPoint.id)
    ):
        points.setdefault(point.institution_id, []).append(point)
    found = {}
    for order in wanted:
        agreement = agreements.get(order.agreement_id or 0)
        terms = DeliveryTerms.of(agreement.delivery_days if agreement else None)
        here = points.get(order.institution_id, [])
        opening = open_on(
            next((one for one in here if one.name == order.delivery.get("name")), here[0] if here else None)
        )
        found[order.id] = _coming(order, terms, at, opening)
    return found


def _coming(order: PurchaseOrder, terms: DeliveryTerms, at: datetime, opening: frozenset[int]) -> Coming:
    """A day that nobody could have kept from the start is a machine's wish, which the supplier answers: it slips only once it is over."""
    today = at.astimezone(COPENHAGEN).date()
    wanted, now = order.deliver_on or today, earliest(terms, at, opening)
    kept_at_first = earliest(terms, order.placed_at, opening) <= wanted
    slipped = now > wanted and (kept_at_first or wanted < today)
    before = None if slipped else last_moment(terms, wanted, at, opening)
    return Coming(now if slipped else wanted, before, terms.cut_off is not None, slipped)
