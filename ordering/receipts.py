"""Receiving goods, and "performance confirmed" for services: what came, what did not, what was damaged or wrong, what went back.

A receipt is a head and its movements; it is never edited. A mistake is reversed by a receipt of its own with the quantities turned.

Two people, or two phones without a net, may receive the same delivery. `key` (made once by the device for what it sends) makes a
second sending the first again; `seen` (how many receipts the device knew of) makes a second person's receipt a Conflict
`received_meanwhile` that says who did what: exactly one receipt per delivery, whoever comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Date, ForeignKey, Integer, Select, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from eshop import audit
from eshop.amounts import exact
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, User, may, require
from ordering.basket_rules import MEASURED_UNITS
from ordering.bought import tell_less_bought
from ordering.budgets import commit_value
from ordering.complaints import open_complaints
from ordering.despatches import despatched_quantities
from ordering.lifecycle import WITH_SUPPLIER
from ordering.movements import Movement, MovementKind, Quantities, move_quantities, quantities_of
from ordering.orders import OrderLine, PurchaseOrder, held, note_participation
from ordering.settings import ordering_settings
from ordering.transaction_costs import log_cost

Rest = Literal["wait", "cancel"]
OVER_WEIGHT = Decimal("1.10")
"""Goods by weight or volume may come up to a tenth over (ordered 5 kg, delivered 5,3)."""


class Receipt(Owned, Base):
    """`number` counts the order's receipts from 1. `kind`: goods, performance, return, reversal. `key` is the device's."""

    __tablename__ = "receipt"
    found_otherwise = True
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        UniqueConstraint("municipality_id", "key"),
        UniqueConstraint("reverses_id"),
    )
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12), default="goods")
    at: Mapped[datetime]
    received_on: Mapped[date] = mapped_column(Date)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    door: Mapped[str] = mapped_column(String(10))
    key: Mapped[str | None] = mapped_column(String(120))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    delivery_note: Mapped[str | None]
    note: Mapped[str | None]
    lines: Mapped[list[Movement]] = relationship(order_by=Movement.id, lazy="selectin", viewonly=True)


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of one line, in the order unit. `rest`: what is missing is waited for, or cancelled. `photos` are pictures of
    what is damaged or wrong, as they came from the phone."""

    received: Decimal
    damaged: Decimal = Decimal(0)
    wrong: Decimal = Decimal(0)
    reason: str | None = None
    rest: Rest = "wait"
    photos: tuple[bytes, ...] = ()


Counts = Mapping[str, "Decimal | int | str | Count"]


def expected(session: Session, order: PurchaseOrder) -> dict[str, Decimal]:
    """What is expected now by line number: what the supplier says is on its way and has not come, else all that is outstanding.
    Lines of which nothing is expected are left out. Three queries."""
    quantities = quantities_of(session, order.id)
    on_its_way = despatched_quantities(session, order.id)
    found: dict[str, Decimal] = {}
    for line in order.lines:
        sums = quantities[line.id]
        awaited = sums.outstanding
        if on_its_way:
            awaited = min(awaited, max(on_its_way.get(line.id, Decimal(0)) - sums.received, Decimal(0)))
        if awaited > 0:
            found[line.line] = awaited
    if not found and on_its_way:
        # Everything that was said to be on its way has come; what is left is simply outstanding.
        found = {
            line.line: quantities[line.id].outstanding for line in order.lines if quantities[line.id].outstanding > 0
        }
    return found


def receive(
    session: Session,
    order: PurchaseOrder,
    quantities: Counts | None,
    by: Actor,
    *,
    key: str | None = None,
    seen: int | None = None,
    on: date | None = None,
    delivery_note: str | None = None,
    note: str | None = None,
) -> Receipt:
    """Records what has come. `quantities` by line number (a number, or a `Count`); None: all that is expected.

    Conflict: `not_now` (not with the supplier), `nothing_expected`, `received_meanwhile`. BadInput: `line_unknown`,
    `quantity_negative`, `quantity_not_whole`, `received_too_many` (more than outstanding), `nothing_counted`, `receipt_in_future`,
    `photo_without_damage`, `not_a_photo`, `photo_too_large`.
    NotAllowed without the right to receive at the institution.
    """
    order = held(session, order)
    require(by, "receive", order.institution_id)
    if key is not None:
        again = session.scalars(select(Receipt).where(Receipt.key == key)).one_or_none()
        if again is not None:
            return again
    _still_unseen(session, order, seen)
    if order.standing != "open":
        raise Conflict("not_now", thing="order", verb="receive", state=order.state)
    if on is not None and on > by.today:
        raise BadInput("receipt_in_future", day=on)
    counts = _all(session, order) if quantities is None else {line: _count(value) for line, value in quantities.items()}
    sums = quantities_of(session, order.id)
    lines = _checked(order, counts, sums)
    receipt = new_receipt(
        session,
        order,
        "performance" if all(line.kind == "service" for line in lines) else "goods",
        by,
        key=key,
        on=on,
        delivery_note=delivery_note,
        note=note,
    )
    reasons = {line.id: counts[line.line].reason for line in lines}
    for kind, of in (
        ("received", lambda count: count.received),
        ("damaged", lambda count: count.damaged),
        ("wrong", lambda count: count.wrong),
    ):
        moved = {line.id: of(counts[line.line]) for line in lines}
        move_quantities(session, kind, moved, by, receipt_id=receipt.id, reasons=reasons)  # type: ignore[arg-type]
    given_up = {
        line.id: sums[line.id].outstanding - counts[line.line].received
        for line in lines
        if counts[line.line].rest == "cancel"
    }
    move_quantities(session, "cancelled", given_up, by, receipt_id=receipt.id, reasons=reasons)
    tell_less_bought(session, order, given_up)
    open_complaints(session, order, receipt.id, {line: counts[line.line] for line in lines}, by)
    if any(given_up.values()):
        commit_value(session, order)
    audit.record(session, "goods_received", "order", order.id, by, receipt_id=receipt.id)
    log_cost(session, order.id, "receive", by, order.channel)  # type: ignore[arg-type]
    if by.user_id is not None:
        note_participation(session, order.id, "received", [by.user_id])
    session.flush()
    return receipt


def _all(session: Session, order: PurchaseOrder) -> dict[str, Count]:
    awaited = expected(session, order)
    if not awaited:
        raise Conflict("nothing_expected", number=order.number)
    return {line: Count(quantity) for line, quantity in awaited.items()}


def _count(value: "Decimal | int | str | Count") -> Count:
    return value if isinstance(value, Count) else Count(exact(value))


def _checked(order: PurchaseOrder, counts: Mapping[str, Count], sums: Mapping[int, Quantities]) -> list[OrderLine]:
    """The lines counted, in order; every count is possible."""
    lines: list[OrderLine] = []
    for number, count in counts.items():
        line = order.line_named(number)
        if line is None:
            raise BadInput("line_unknown", line=number, number=order.number)
        for quantity in (count.received, count.damaged, count.wrong):
            if quantity < 0:
                raise BadInput("quantity_negative", line=number, quantity=quantity)
            if line.unit not in MEASURED_UNITS and quantity != quantity.to_integral_value() and _whole(line):
                raise BadInput("quantity_not_whole", quantity=quantity, unit=line.unit)
        awaited = sums[line.id].outstanding
        most = awaited * OVER_WEIGHT if line.unit in MEASURED_UNITS and line.kind == "goods" else awaited
        if count.received > max(most, Decimal(0)):
            raise BadInput("received_too_many", line=number, quantity=count.received, expected=awaited, name=line.name)
        if count.photos and not (count.damaged or count.wrong):
            raise BadInput("photo_without_damage", name=line.name)
        if count.received or count.damaged or count.wrong or count.rest == "cancel":
            lines.append(line)
    if not lines:
        raise BadInput("nothing_counted", number=order.number)
    return sorted(lines, key=lambda line: line.position)


def _whole(line: OrderLine) -> bool:
    """Orders of a former system may hold half cartons; then half cartons can come."""
    return line.quantity == line.quantity.to_integral_value()


def _still_unseen(session: Session, order: PurchaseOrder, seen: int | None) -> None:
    if seen is None:
        return
    last = session.scalars(
        select(Receipt).where(Receipt.order_id == order.id).order_by(Receipt.number.desc()).limit(1)
    ).one_or_none()
    if last is not None and last.number > seen:
        name = session.scalar(select(User.name).where(User.id == last.user_id)) if last.user_id else "eshop"
        raise Conflict("received_meanwhile", number=order.number, who=name, at=last.at, receipts=last.number)


def new_receipt(
    session: Session,
    order: PurchaseOrder,
    kind: str,
    by: Actor,
    *,
    key: str | None = None,
    on: date | None = None,
    delivery_note: str | None = None,
    note: str | None = None,
    reverses_id: int | None = None,
) -> Receipt:
    last = session.scalar(select(func.max(Receipt.number)).where(Receipt.order_id == order.id)) or 0
    receipt = Receipt(
        order_id=order.id,
        number=int(last) + 1,
        kind=kind,
        at=by.at,
        received_on=on or by.today,
        user_id=by.user_id,
        door=by.door,
        key=key,
        delivery_note=delivery_note,
        note=note,
        reverses_id=reverses_id,
    )
    session.add(receipt)
    session.flush()
    return receipt


def reverse_receipt(session: Session, receipt: Receipt, by: Actor, reason: str = "") -> Receipt:
    """Takes a mistaken receipt back by a receipt of its own. What was posted on it becomes a deviation again (the door has the
    invoices judged again).

    Conflict `receipt_already_reversed`, `receipt_built_upon` when goods of it have gone back since; BadInput `reason_missing`.
    """
    order = held(session, session.get_one(PurchaseOrder, receipt.order_id))
    require(by, "receive", order.institution_id)
    if not reason.strip():
        raise BadInput("reason_missing", what="reverse_receipt")
    if receipt.kind == "reversal":
        raise Conflict("receipt_already_reversed", number=order.number)
    if session.scalars(select(Receipt.id).where(Receipt.reverses_id == receipt.id)).first() is not None:
        raise Conflict("receipt_already_reversed", number=order.number)
    reversal = new_receipt(session, order, "reversal", by, note=reason.strip(), reverses_id=receipt.id)
    moved: dict[str, dict[int, Decimal]] = {}
    for line_id, kind, quantity in session.execute(
        select(Movement.order_line_id, Movement.kind, Movement.quantity).where(Movement.receipt_id == receipt.id)
    ):
        of_kind = moved.setdefault(kind, {})
        of_kind[line_id] = of_kind.get(line_id, Decimal(0)) - quantity
    for kind, quantities in moved.items():
        move_quantities(session, kind, quantities, by, receipt_id=reversal.id)  # type: ignore[arg-type]
    session.flush()
    if any(one.kept < 0 or one.outstanding < 0 for one in quantities_of(session, order.id).values()):
        raise Conflict("receipt_built_upon", number=order.number)
    audit.record(session, "receipt_reversed", "order", order.id, by, receipt_id=receipt.id, reason=reason.strip()[:200])
    log_cost(session, order.id, "reverse_receipt", by)
    commit_value(session, order)
    session.flush()
    return reversal


def return_goods(
    session: Session,
    order: PurchaseOrder,
    quantities: Mapping[str, "Decimal | int | str"],
    by: Actor,
    *,
    reason: str,
    replace: bool = False,
) -> Receipt:
    """Sends received goods back. `replace`: new ones are expected; else the quantity is cancelled and a credit is expected.

    BadInput: `line_unknown`, `returned_too_many` (more than was received and kept), `quantity_not_positive`, `reason_missing`.
    """
    order = held(session, order)
    require(by, "receive", order.institution_id)
    if not reason.strip():
        raise BadInput("reason_missing", what="return")
    sums = quantities_of(session, order.id)
    back: dict[int, Decimal] = {}
    for number, value in quantities.items():
        line, quantity = order.line_named(number), exact(value)
        if line is None:
            raise BadInput("line_unknown", line=number, number=order.number)
        if quantity <= 0:
            raise BadInput("quantity_not_positive", quantity=quantity)
        if quantity > sums[line.id].kept:
            raise BadInput("returned_too_many", line=number, quantity=quantity, received=sums[line.id].kept)
        back[line.id] = quantity
    if not back:
        raise BadInput("nothing_counted", number=order.number)
    receipt = new_receipt(session, order, "return", by, note=reason.strip())
    kinds: list[MovementKind] = ["returned"] if replace else ["returned", "cancelled"]
    for kind in kinds:
        reasons = dict.fromkeys(back, reason.strip())
        move_quantities(session, kind, back, by, receipt_id=receipt.id, reasons=reasons)
    audit.record(session, "goods_returned", "order", order.id, by, receipt_id=receipt.id)
    log_cost(session, order.id, "return", by)
    if not replace:
        commit_value(session, order)
    session.flush()
    return receipt


def receipts_of(session: Session, order_ids: Sequence[int]) -> dict[int, list[Receipt]]:
    """The receipts of these orders with their lines, oldest first, in two queries."""
    found: dict[int, list[Receipt]] = {one: [] for one in order_ids}
    for receipt in session.scalars(
        select(Receipt).where(Receipt.order_id.in_(list(order_ids))).order_by(Receipt.order_id, Receipt.number)
    ):
        found[receipt.order_id].append(receipt)
    return found


def get_receipt(session: Session, receipt_id: int) -> Receipt:
    """NotFound `not_found` where it is not ours."""
    found = session.scalars(select(Receipt).where(Receipt.id == receipt_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Receipt", key=receipt_id)
    return found


@dataclass(frozen=True, slots=True)
class Arriving:
    """An order that something is expected of: what, since when it should have been here."""

    order: PurchaseOrder
    expected: Mapping[str, Decimal]
    due: date | None
    days_late: int


def orders_to_receive(session: Session, by: Actor, institution_ids: Sequence[int], limit: int = 100) -> list[Arriving]:
    """Orders with something outstanding for these institutions, the soonest due first, in three queries."""
    if not any(may(by, "receive", one) for one in institution_ids):
        raise NotAllowed(
            "not_your_role", verb="receive", roles=["orderer", "local_lead", "approver"], institution_id=None
        )
    query = (
        select(PurchaseOrder)
        .where(PurchaseOrder.institution_id.in_(list(institution_ids)), PurchaseOrder.state.in_(sorted(WITH_SUPPLIER)))
        .order_by(PurchaseOrder.deliver_on, PurchaseOrder.id)
        .limit(limit)
    )
    return _arriving(session, query, by.today)


def _arriving(session: Session, query: Select[PurchaseOrder], today: date) -> list[Arriving]:
    """What is outstanding of the orders that `query` gives; those of which nothing is, are left out."""
    orders = session.scalars(query).all()
    ids = [order.id for order in orders]
    if not ids:
        return []
    moved: dict[int, dict[str, Decimal]] = {}
    for line_id, kind, total in session.execute(
        select(Movement.order_line_id, Movement.kind, func.sum(Movement.quantity, type_=OrderLine.quantity.type))
        .join(OrderLine, OrderLine.id == Movement.order_line_id)
        .where(OrderLine.order_id.in_(ids))
        .group_by(Movement.order_line_id, Movement.kind)
    ):
        moved.setdefault(line_id, {})[kind] = total
    found: list[Arriving] = []
    for order in orders:
        awaited = {
            line.line: outstanding
            for line in order.lines
            if (outstanding := Quantities(line.quantity, **moved.get(line.id, {})).outstanding) > 0
        }
        if awaited:
            late = max((today - order.deliver_on).days, 0) if order.deliver_on else 0
            found.append(Arriving(order, awaited, order.deliver_on, late))
    return found


def late_orders(session: Session, by: Actor, limit: int = 500) -> list[Arriving]:
    """Orders that should have been received the municipality's `wait_days` ago and have something outstanding, the latest first: for
    reminding whoever ordered. In three queries."""
    before = by.today - timedelta(days=ordering_settings(session).wait_days)
    query = (
        select(PurchaseOrder)
        .where(PurchaseOrder.state.in_(sorted(WITH_SUPPLIER)), PurchaseOrder.deliver_on < before)
        .order_by(PurchaseOrder.deliver_on, PurchaseOrder.id)
        .limit(limit)
    )
    return _arriving(session, query, by.today)


def receipt_as_json(receipt: Receipt, lines: Mapping[int, str]) -> dict[str, Any]:
    """A receipt in `orders show`: {"number", "date", "kind", "lines": [{"line", "kind", "quantity"}]}; `lines` names line ids."""
    return {
        "number": receipt.number,
        "date": receipt.received_on.isoformat(),
        "kind": receipt.kind,
        "lines": [
            {"line": lines.get(one.order_line_id), "kind": one.kind, "quantity": format(one.quantity.normalize(), "f")}
            for one in receipt.lines
        ],
    }
