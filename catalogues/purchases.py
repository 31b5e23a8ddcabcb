"""What was bought of each item, as `ordering` tells it: for the yearly effect of a price change, and for bought-before in search."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, ForeignKey, Index, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.amounts import Amount
from eshop.db import Base, Owned, id_column, insert_rows
from eshop.kept import Kept


class PurchaseFact(Owned, Base):
    """That an institution bought a quantity (order units) of an item on a day. A cancellation is a row with minus."""

    __tablename__ = "purchase_fact"
    __table_args__ = (
        Index("ix_purchase_fact_item", "item_id", "bought_on"),
        Index("ix_purchase_fact_institution", "institution_id", "item_id"),
    )
    id: Mapped[int] = id_column()
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    institution_id: Mapped[int | None]
    bought_on: Mapped[date] = mapped_column(Date)
    quantity: Mapped[Decimal]
    amount: Mapped[Amount]


def record_bought(
    session: Session, item_id: int, quantity: Decimal, amount: Amount, on: date, institution_id: int | None = None
) -> None:
    """Tells that `quantity` order units of an item were bought on the day, for `amount` without VAT."""
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


_BOUGHT_BY: Final = Kept(
    select(PurchaseFact.item_id, func.count())
    .where(PurchaseFact.institution_id == bindparam("institution"))
    .group_by(PurchaseFact.item_id)
    .order_by(func.count().desc(), PurchaseFact.item_id)
    .limit(bindparam("at_most"))
)


def bought_by(session: Session, institution_id: int, at_most: int = 500) -> dict[int, int]:
    """Item → how many times the institution bought it, the most bought first."""
    return dict(_BOUGHT_BY.rows(session, institution=institution_id, at_most=at_most))


def asking_for_bought(institution_id: int, at_most: int) -> tuple[Kept, dict[str, Any]]:
    """The question behind `bought_by`, for whoever asks more in the same journey; its rows are item and times."""
    return _BOUGHT_BY, {"institution": institution_id, "at_most": at_most}
