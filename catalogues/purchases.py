"""What was bought of each item, as `ordering` tells it: for the yearly effect of a price change, and for bought-before in search."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Date, ForeignKey, Index, SmallInteger, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.amounts import Amount
from eshop.db import Base, Owned, id_column, insert_rows
from eshop.kept import Kept


class PurchaseFact(Owned, Base):
    """That an institution bought a quantity (order units) of an item on a day. What is cancelled of it is a row with minus."""

    __tablename__ = "purchase_fact"
    __table_args__ = (
        Index("ix_purchase_fact_item", "item_id", "bought_on"),
        # All that telling how often asks for: it is asked at every letter that is typed.
        Index("ix_purchase_fact_institution", "institution_id", "municipality_id", "item_id", "counted"),
    )
    id: Mapped[int] = id_column()
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    institution_id: Mapped[int | None]
    bought_on: Mapped[date] = mapped_column(Date)
    quantity: Mapped[Decimal]
    amount: Mapped[Amount]
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    """The order, as `ordering` numbers it; what was told without one is taken for one order a day."""
    counted: Mapped[int] = mapped_column(SmallInteger, default=0)
    """What the row adds to how often the item was bought: 1 where it is the first of its order, −1 where nothing of it is left."""


_quantity: Final = func.sum(PurchaseFact.quantity)
_OF_ORDER: Final = Kept(
    select(_quantity).where(
        PurchaseFact.institution_id == bindparam("institution"),
        PurchaseFact.item_id == bindparam("item"),
        func.coalesce(PurchaseFact.order_id, 0) == bindparam("order"),
        PurchaseFact.bought_on == bindparam("on", type_=Date),
    )
)
"""What is left of an order of an item."""


def record_bought(
    session: Session,
    item_id: int,
    quantity: Decimal,
    amount: Amount,
    on: date,
    institution_id: int | None = None,
    order_id: int | None = None,
) -> None:
    """Tells that `quantity` order units of an item were bought on the day, for `amount` without VAT; with minus, that so many of the order
    were cancelled."""
    before = Decimal(
        _OF_ORDER.rows(session, institution=institution_id, item=item_id, order=order_id or 0, on=on)[0][0] or 0
    )
    insert_rows(
        session,
        PurchaseFact,
        [
            {
                "item_id": item_id,
                "institution_id": institution_id,
                "bought_on": on,
                "quantity": quantity,
                "amount": amount,
                "order_id": order_id,
                "counted": int(before + quantity > 0) - int(before > 0),
            }
        ],
    )


def bought_in_a_year(session: Session, item_ids: Iterable[int], until: date) -> dict[int, Decimal]:
    """Item → order units bought in the twelve months up to the day. Items never bought are left out."""
    rows = session.execute(
        select(PurchaseFact.item_id, func.sum(PurchaseFact.quantity))
        .where(
            PurchaseFact.item_id.in_(list(item_ids)),
            PurchaseFact.bought_on > until - timedelta(days=365),
            PurchaseFact.bought_on <= until,
        )
        .group_by(PurchaseFact.item_id)
    )
    return {item_id: Decimal(quantity) for item_id, quantity in rows if quantity}


# --- how often -------------------------------------------------------------------------------------------------------------

_times: Final = func.sum(PurchaseFact.counted)
_BOUGHT_BY: Final = Kept(
    select(PurchaseFact.item_id, _times)
    .where(PurchaseFact.institution_id == bindparam("institution"))
    .group_by(PurchaseFact.item_id)
    .having(_times > 0)
    .order_by(_times.desc(), PurchaseFact.item_id)
    .limit(bindparam("at_most"))
)
"""Whoever tells how often, on a card, by a facet or on the item's page, counts the orders in which the item was ordered and of which
something was not cancelled."""
_ORDERS_OF_ITEM: Final = Kept(
    select(PurchaseFact.bought_on, _quantity.label("quantity"))
    .where(PurchaseFact.institution_id == bindparam("institution"), PurchaseFact.item_id == bindparam("item"))
    .group_by(PurchaseFact.order_id, PurchaseFact.bought_on)
    .having(_quantity > 0)
    .order_by(PurchaseFact.bought_on, PurchaseFact.order_id)
)


def bought_by(session: Session, institution_id: int, at_most: int = 500) -> dict[int, int]:
    """Item → in how many orders the institution bought it, the most bought first."""
    return dict(_BOUGHT_BY.rows(session, institution=institution_id, at_most=at_most))


@dataclass(frozen=True, slots=True)
class Bought:
    """In how many orders an institution has bought an item, and the last one: its day and order units."""

    times: int
    last: date
    quantity: Decimal


def bought_before(session: Session, item_id: int, institution_id: int) -> Bought | None:
    """The institution's own orders of the item; None where there are none."""
    orders = _ORDERS_OF_ITEM.rows(session, institution=institution_id, item=item_id)
    return Bought(len(orders), orders[-1].bought_on, Decimal(orders[-1].quantity)) if orders else None


def asking_for_bought(institution_id: int, at_most: int) -> tuple[Kept, dict[str, Any]]:
    """The question behind `bought_by`, for whoever asks more in the same journey; its rows are item and times."""
    return _BOUGHT_BY, {"institution": institution_id, "at_most": at_most}
