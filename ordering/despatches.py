"""What the supplier says is on its way: DespatchAdvice documents recorded on the order, so that receiving is pre-filled with it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from eshop import audit
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, Conflict
from eshop.identity import Actor
from ordering.orders import OrderLine, PurchaseOrder
from ordering.transaction_costs import log_cost


class Despatch(Owned, Base):
    """A despatch advice about one order (an advice about three orders is three rows). `expected_on`: the estimated delivery."""

    __tablename__ = "despatch"
    __table_args__ = (UniqueConstraint("order_id", "document_id"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    document_id: Mapped[str] = mapped_column(String(200))
    issued_on: Mapped[date | None] = mapped_column(Date)
    expected_on: Mapped[date | None] = mapped_column(Date)
    tracking: Mapped[str | None]
    at: Mapped[datetime]
    lines: Mapped[list["DespatchLine"]] = relationship(order_by="DespatchLine.id", lazy="selectin")


class DespatchLine(Owned, Base):
    """How much of an order line is on its way, in the order unit, and how much more is to come or not."""

    __tablename__ = "despatch_line"
    found_otherwise = True
    id: Mapped[int] = id_column()
    despatch_id: Mapped[int] = mapped_column(ForeignKey("despatch.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[Decimal]
    outstanding: Mapped[Decimal | None]
    reason: Mapped[str | None]


def note_despatch(
    session: Session,
    order: PurchaseOrder,
    document_id: str,
    quantities: Mapping[int, tuple[Decimal, Decimal | None, str | None]],
    by: Actor,
    *,
    issued_on: date | None = None,
    expected_on: date | None = None,
    tracking: str | None = None,
    message_id: int | None = None,
) -> Despatch:
    """Records that this is on its way: order line id → (quantity, outstanding, reason). Conflict `document_twice` for an advice with the
    same number; `not_now` for an order the supplier does not have; BadInput `despatched_too_many` over twice what was ordered."""
    if order.standing != "open":
        raise Conflict("not_now", thing="order", verb="despatch", state=order.state)
    if (
        session.scalars(
            select(Despatch.id).where(Despatch.order_id == order.id, Despatch.document_id == document_id)
        ).first()
        is not None
    ):
        raise Conflict("document_twice", document=document_id, number=order.number)
    ordered = {line.id: line for line in order.lines}
    for line_id, (quantity, _, _) in quantities.items():
        if quantity < 0 or quantity > 2 * ordered[line_id].quantity:
            raise BadInput("despatched_too_many", line=ordered[line_id].line, quantity=quantity)
    despatch = Despatch(
        order_id=order.id,
        message_id=message_id,
        document_id=document_id,
        issued_on=issued_on,
        expected_on=expected_on,
        tracking=tracking,
        at=by.at,
        lines=[
            DespatchLine(order_line_id=line_id, quantity=quantity, outstanding=outstanding, reason=reason)
            for line_id, (quantity, outstanding, reason) in quantities.items()
        ],
    )
    session.add(despatch)
    session.flush()
    audit.record(session, "despatch_recorded", "order", order.id, by, message_id=message_id)
    log_cost(session, order.id, "despatch", by)
    return despatch


def despatches_of(session: Session, order_id: int) -> list[Despatch]:
    return list(session.scalars(select(Despatch).where(Despatch.order_id == order_id).order_by(Despatch.id)))


def despatched_quantities(session: Session, order_id: int) -> dict[int, Decimal]:
    """How much has been sent off in all by order line id; empty where no advice has come."""
    sent = select(DespatchLine.order_line_id, func.sum(DespatchLine.quantity, type_=OrderLine.quantity.type))
    rows = session.execute(
        sent.join(Despatch, Despatch.id == DespatchLine.despatch_id)
        .where(Despatch.order_id == order_id)
        .group_by(DespatchLine.order_line_id)
    )
    return dict(rows.all())
