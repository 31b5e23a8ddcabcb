"""Wishes: what colleagues without the right to order would like, pooled by the local lead into as few orders as possible."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

import catalogues
from eshop.amounts import exact
from eshop.db import Base, Owned, id_column, lock
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, require
from eshop.workflow import Workflow, move
from ordering.orders import PurchaseOrder

WISH: Final = Workflow(
    "wish",
    "open",
    {
        "take": move("open", "taken"),
        "put_back": move("taken", "open"),
        "decline": move("open taken", "declined"),
        "order": move("taken", "ordered"),
        "withdraw": move("open", "withdrawn"),
    },
)


class Wish(Owned, Base):
    """A wish for an item, or in words for something the person did not find. `answer` is what the local lead said."""

    __tablename__ = "wish"
    __table_args__ = (Index("ix_wish_institution_state", "institution_id", "state"),)
    id: Mapped[int] = id_column()
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    text: Mapped[str | None]
    quantity: Mapped[Decimal]
    note: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10), default=WISH.start)
    wished_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id"))
    answer: Mapped[str | None]


def wish_for(
    session: Session,
    by: Actor,
    quantity: Decimal,
    item_id: int | None = None,
    text: str | None = None,
    note: str | None = None,
) -> Wish:
    """Anybody at the institution may wish, also who may not order. BadInput `wish_empty` without item and words,
    `quantity_not_positive`; NotFound for an item that is not ours."""
    if by.user_id is None or by.institution_id is None:
        raise NotAllowed("needs_a_person", verb="wish")
    require(by, "wish", by.institution_id)
    words = (text or "").strip()[:500]
    if item_id is not None:
        catalogues.get_item(session, item_id)
    if item_id is None and not words:
        raise BadInput("wish_empty")
    number = exact(quantity)
    if number <= 0 or number > 100_000:
        raise BadInput("quantity_not_positive", quantity=number)
    wish = Wish(
        institution_id=by.institution_id,
        user_id=by.user_id,
        item_id=item_id,
        text=words or None,
        quantity=number,
        note=(note or "").strip() or None,
        wished_at=by.at,
    )
    session.add(wish)
    session.flush()
    return wish


def get_wish(session: Session, wish_id: int) -> Wish:
    """NotFound where it is not ours."""
    found = session.scalars(select(Wish).where(Wish.id == wish_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Wish", key=wish_id)
    return found


def find_for_wish(session: Session, wish: Wish, item_id: int, by: Actor) -> Wish:
    """The local lead says which item a wish in words is about. Conflict `not_now` when it is answered; NotFound for an item not ours."""
    require(by, "order_for_others", wish.institution_id)
    catalogues.get_item(session, item_id)
    wish = lock(session, Wish, wish.id)
    if wish.state != "open":
        raise Conflict("not_now", thing="wish", verb="find", state=wish.state)
    wish.item_id = item_id
    session.flush()
    return wish


def open_wishes(session: Session, institution_id: int) -> list[Wish]:
    """What is wished for at the institution and not answered, the oldest first."""
    return list(
        session.scalars(
            select(Wish).where(Wish.institution_id == institution_id, Wish.state == "open").order_by(Wish.id)
        )
    )


def my_wishes(session: Session, by: Actor, limit: int = 50) -> list[Wish]:
    return list(session.scalars(select(Wish).where(Wish.user_id == by.user_id).order_by(Wish.id.desc()).limit(limit)))


def decline_wish(session: Session, wish: Wish, by: Actor, answer: str) -> Wish:
    """Says no with a reason (BadInput `reason_missing`)."""
    require(by, "order_for_others", wish.institution_id)
    if not answer.strip():
        raise BadInput("reason_missing", what="wish")
    wish = lock(session, Wish, wish.id)
    wish.state = WISH.after(wish.state, "decline")
    wish.answer = answer.strip()
    return wish


def withdraw_wish(session: Session, wish: Wish, by: Actor) -> Wish:
    """Takes one's own wish back. NotAllowed `not_your_wish`."""
    if wish.user_id != by.user_id:
        raise NotAllowed("not_your_wish")
    wish = lock(session, Wish, wish.id)
    wish.state = WISH.after(wish.state, "withdraw")
    return wish


def put_back_wishes(session: Session, wish_ids: Iterable[int], by: Actor) -> None:
    """A line that answered wishes was taken out of the basket: they are open again."""
    for wish_id in wish_ids:
        wish = lock(session, Wish, wish_id)
        if wish.state == "taken" and wish.taken_by == by.user_id:
            wish.state = WISH.after(wish.state, "put_back")
            wish.taken_by = None


def answer_wishes(
    session: Session, item_of_wish: Mapping[int, int], orders: Sequence[PurchaseOrder], by: Actor
) -> None:
    """The basket was ordered: each wish it answered is on the order that has its item."""
    order_of_item = {line.item_id: order.id for order in orders for line in order.lines}
    for wish_id, item_id in item_of_wish.items():
        wish = lock(session, Wish, wish_id)
        if wish.state == "taken":
            wish.state = WISH.after(wish.state, "order")
            wish.order_id = order_of_item.get(item_id)
