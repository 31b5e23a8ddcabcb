"""Finding orders: by institution, state, supplier and period, and by what is still to come; answered by the database, page by page."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from catalogues import Supplier
from eshop.kept import Kept
from ordering.lifecycle import WITH_SUPPLIER
from ordering.movements import Movement
from ordering.orders import OrderLine, PurchaseOrder


def list_orders(
    session: Session,
    *,
    institution_ids: Iterable[int] | None = None,
    states: Iterable[str] | None = None,
    ordered_by: int | None = None,
    supplier_id: int | None = None,
    ordered_from: date | None = None,
    ordered_to: date | None = None,
    due_before: date | None = None,
    to_come: bool | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[PurchaseOrder]:
    """Orders with their lines, in two queries, the newest first; with `due_before` those that should have come before that day, the
    latest first. `to_come`: of what the supplier has, only orders with something outstanding (True) or nothing (False)."""
    query = select(PurchaseOrder).options(selectinload(PurchaseOrder.lines))
    query = _within(query, institution_ids)
    if states is not None:
        query = query.where(PurchaseOrder.state.in_(list(states)))
    if ordered_by is not None:
        query = query.where(PurchaseOrder.ordered_by == ordered_by)
    if supplier_id is not None:
        query = query.where(PurchaseOrder.supplier_id == supplier_id)
    if ordered_from is not None:
        query = query.where(PurchaseOrder.ordered_on >= ordered_from)
    if ordered_to is not None:
        query = query.where(PurchaseOrder.ordered_on <= ordered_to)
    if to_come is not None:
        query = query.where(
            or_(PurchaseOrder.state.not_in(sorted(WITH_SUPPLIER)), _awaited()) if to_come else ~_awaited()
        )
    if due_before is not None:
        query = query.where(PurchaseOrder.deliver_on < due_before).order_by(PurchaseOrder.deliver_on)
    return list(session.scalars(query.order_by(PurchaseOrder.id.desc()).limit(limit).offset(offset)))


def count_to_receive(session: Session, institution_ids: Iterable[int] | None, *, due_before: date | None = None) -> int:
    """How many orders these institutions (None: all) have something outstanding of; one query that fetches no order. `due_before`: only
    those that should have come before that day."""
    if institution_ids is not None and due_before is None:
        session.flush()
        return _AWAITED.rows(session, places=list(institution_ids))[0].awaited
    query = select(func.count(PurchaseOrder.id)).where(PurchaseOrder.state.in_(sorted(WITH_SUPPLIER)), _awaited())
    if due_before is not None:
        query = query.where(PurchaseOrder.deliver_on < due_before)
    return session.scalar(_within(query, institution_ids)) or 0


def suppliers_ordered_from(session: Session, institution_ids: Iterable[int] | None) -> Sequence[tuple[int, str]]:
    """The suppliers that these institutions (None: all) have ordered from, by name."""
    ordered = _within(select(PurchaseOrder.id).where(PurchaseOrder.supplier_id == Supplier.id), institution_ids)
    rows = session.execute(select(Supplier.id, Supplier.name).where(ordered.exists()).order_by(Supplier.name))
    return [(supplier_id, name) for supplier_id, name in rows]


def _within(query: Select[Any], institution_ids: Iterable[int] | None) -> Select[Any]:
    return query if institution_ids is None else query.where(PurchaseOrder.institution_id.in_(list(institution_ids)))


def _awaited() -> ColumnElement[bool]:
    """Something of the order is outstanding: ordered − cancelled − received + returned, of one line at least."""
    gone = (
        select(
            func.sum(
                case(
                    (Movement.kind.in_(("cancelled", "received")), Movement.quantity),
                    (Movement.kind == "returned", -Movement.quantity),
                ),
                type_=OrderLine.quantity.type,
            )
        )
        .where(Movement.order_line_id == OrderLine.id, Movement.municipality_id == OrderLine.municipality_id)
        .correlate(OrderLine)
        .scalar_subquery()
    )
    return exists().where(
        OrderLine.order_id == PurchaseOrder.id,
        OrderLine.municipality_id == PurchaseOrder.municipality_id,
        or_(gone.is_(None), OrderLine.quantity > gone),
    )


_AWAITED: Final = Kept(
    select(func.count(PurchaseOrder.id).label("awaited")).where(
        PurchaseOrder.institution_id.in_(bindparam("places", expanding=True)),
        PurchaseOrder.state.in_(sorted(WITH_SUPPLIER)),
        _awaited(),
    )
)
"""Asked on every page of whoever receives goods."""
