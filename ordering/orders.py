"""The order and its lines, what its content is, and how it is found.

An order is a snapshot: item names, prices and units stand on its lines as they were agreed, whatever the catalogue says later.
Line numbers are 10, 20, 30 … and are never used again. Received and invoiced quantities are not here: see `ordering.movements`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from eshop.amounts import NOTHING, Amount, Price, plain
from eshop.db import Base, JsonType, Owned, Versioned, id_column, lock
from eshop.errors import NotFound
from ordering.lifecycle import ORDER, standing
from ordering.order_numbers import number_key

LINE_STEP: Final = 10


class PurchaseOrder(Owned, Versioned, Base):
    """One order to one supplier under one agreement. States and moves: `ordering.lifecycle.ORDER`.

    `source`: shop (placed here), loaded (open order of a former system, carries no persons), supplier (Peppol Order Agreement: placed
    in the supplier's own shop). `channel`: system, mail or shop, for the cost of handling it. `delivery`: name, street, postcode,
    city, gln of where it goes when that is not the institution's own address. `coding`: account coding of the order by dimension.
    `allowances`: discounts and charges on the whole order, [{"reason", "amount", "charge", "vat_percent"}].
    `leaves_at`: until then it can be undone. `change_number` counts the OrderChange documents sent.
    """

    __tablename__ = "purchase_order"
    found_otherwise = True
    __table_args__ = (
        UniqueConstraint("municipality_id", "supplier_id", "number"),
        Index("ix_purchase_order_number_key", "municipality_id", "number_key"),
        Index("ix_purchase_order_supplier_state", "supplier_id", "state"),
        Index("ix_purchase_order_institution_state", "institution_id", "state"),
    )
    id: Mapped[int] = id_column()
    number: Mapped[str] = mapped_column(String(60))
    number_key: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(10), default="shop")
    channel: Mapped[str] = mapped_column(String(10), default="system")
    state: Mapped[str] = mapped_column(String(12), default=ORDER.start)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreement.id"), index=True)
    agreement_number: Mapped[str | None] = mapped_column(String(60))
    match: Mapped[str] = mapped_column(String(5), default="3-way")
    freight_allowed: Mapped[bool] = mapped_column(Boolean, default=False)
    currency: Mapped[str] = mapped_column(String(3), default="DKK")
    reference: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None]
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placed_at: Mapped[datetime]
    ordered_on: Mapped[date] = mapped_column(Date, index=True)
    deliver_on: Mapped[date | None] = mapped_column(Date)
    delivery: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    coding: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    allowances: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    leaves_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    change_number: Mapped[int] = mapped_column(Integer, default=0)
    sales_order_id: Mapped[str | None] = mapped_column(String(200))
    returned_because: Mapped[dict[str, Any] | None] = mapped_column(JsonType)

    lines: Mapped[list["OrderLine"]] = relationship(
        order_by="OrderLine.position", lazy="selectin", back_populates="order", cascade="all, delete-orphan"
    )

    @property
    def total(self) -> Amount:
        """The net amount as ordered, without VAT: lines, less discounts, plus charges on the whole order."""
        return Amount.sum(line.amount for line in self.lines) + sum_of_allowances(self.allowances)

    @property
    def orderers(self) -> frozenset[int]:
        """Who placed it and for whom: nobody of them may approve it."""
        return frozenset(person for person in (self.ordered_by, self.on_behalf_of) if person is not None)

    @property
    def standing(self) -> str:
        return standing(self.state)

    def line_named(self, line: str) -> "OrderLine | None":
        return next((one for one in self.lines if one.line == line), None)


class OrderLine(Owned, Base):
    """One line. `quantity` is in `unit` (the order unit). Price as `eshop.amounts.Price`: `price` kroner per `base_quantity` price
    units, `factor` price units per order unit. `units_per_order_unit` of `content_unit` is shown, and may convert an invoice's
    unit; it is never used to calculate money. `discount` is kroner off the whole line; `list_price` what the price was before a
    discount on the unit. `coding` splits the account coding: [{"share": "60", "coding": {dimension: value}}], empty: the order's.
    `kind`: goods, or service (then "performance confirmed" takes the place of receipt)."""

    __tablename__ = "order_line"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("order_id", "line"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    line: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(8), default="goods")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    seller_item_id: Mapped[str | None] = mapped_column(String(200))
    gtin: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str]
    description: Mapped[str | None]
    unspsc: Mapped[str | None] = mapped_column(String(20))
    quantity: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(String(10))
    price: Mapped[Decimal]
    base_quantity: Mapped[Decimal] = mapped_column(default=Decimal(1))
    factor: Mapped[Decimal] = mapped_column(default=Decimal(1))
    list_price: Mapped[Decimal | None]
    content_unit: Mapped[str | None] = mapped_column(String(10))
    units_per_order_unit: Mapped[Decimal | None]
    vat_percent: Mapped[Decimal] = mapped_column(default=Decimal(25))
    discount: Mapped[Amount] = mapped_column(default=NOTHING)
    discount_reason: Mapped[str | None]
    coding: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    note: Mapped[str | None]
    deliver_on: Mapped[date | None] = mapped_column(Date)
    substitute_allowed: Mapped[bool] = mapped_column(Boolean, default=False)
    replaces_line: Mapped[str | None] = mapped_column(String(40))

    order: Mapped[PurchaseOrder] = relationship(back_populates="lines")

    @property
    def full_price(self) -> Price:
        return Price(self.price, self.base_quantity, self.factor)

    @property
    def amount(self) -> Amount:
        """Net, without VAT: 3 cartons at 36,00 kr. less 8,00 kr. discount → 100,00 kr."""
        return self.full_price.total(self.quantity) - self.discount


class Participation(Owned, Base):
    """That a person has touched an order, and how: ordered, approved, received. What the two-persons rule counts."""

    __tablename__ = "participation"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("order_id", "user_id", "how"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    how: Mapped[str] = mapped_column(String(10))


def sum_of_allowances(allowances: Iterable[Mapping[str, Any]]) -> Amount:
    """Discounts negative, charges positive: −652,50 + 400,00 → −252,50 kr."""
    return Amount.sum(
        Amount.of(one["amount"]) if one.get("charge") else -Amount.of(one["amount"]) for one in allowances
    )


def note_participation(session: Session, order_id: int, how: str, people: Iterable[int]) -> None:
    """Remembers once that these people have ordered, approved or received."""
    wanted = set(people)
    if not wanted:
        return
    known = set(
        session.scalars(
            select(Participation.user_id).where(Participation.order_id == order_id, Participation.how == how)
        )
    )
    session.add_all(Participation(order_id=order_id, user_id=person, how=how) for person in sorted(wanted - known))


def next_line(order: PurchaseOrder) -> tuple[str, int]:
    """A line number and position that were never used on the order: after 10 and 20, also when 20 is cancelled, comes 30."""
    last = max((line.position for line in order.lines), default=0)
    used = {line.line for line in order.lines}
    number = (last // LINE_STEP + 1) * LINE_STEP
    while str(number) in used:
        number += LINE_STEP
    return str(number), number


def content_of(order: PurchaseOrder) -> dict[str, Any]:
    """Everything an approver says yes to: to whom, for whom, what, how many, at which price, where, when and on which account."""
    return {
        "supplier": order.supplier_id,
        "agreement": order.agreement_id,
        "institution": order.institution_id,
        "currency": order.currency,
        "deliver_on": order.deliver_on.isoformat() if order.deliver_on else None,
        "delivery": order.delivery,
        "coding": order.coding,
        "allowances": order.allowances,
        "lines": [
            {
                "line": line.line,
                "item": line.item_id,
                "seller_item_id": line.seller_item_id,
                "name": line.name,
                "quantity": plain(line.quantity),
                "unit": line.unit,
                "price": [plain(line.price), plain(line.base_quantity), plain(line.factor)],
                "vat": plain(line.vat_percent),
                "discount": str(line.discount),
                "coding": line.coding,
                "deliver_on": line.deliver_on.isoformat() if line.deliver_on else None,
            }
            for line in order.lines
        ],
    }


def content_hash(order: PurchaseOrder) -> str:
    """SHA-256 of the order's exact content in hex: what an approval is bound to."""
    text = json.dumps(content_of(order), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def get_order(session: Session, order_id: int) -> PurchaseOrder:
    """The order with its lines in two queries. NotFound when it is not there or another municipality's."""
    found = session.scalars(select(PurchaseOrder).where(PurchaseOrder.id == order_id)).one_or_none()
    if found is None:
        raise NotFound("order_not_found", number=str(order_id))
    return found


def get_orders(session: Session, order_ids: Iterable[int]) -> dict[int, PurchaseOrder]:
    """These orders by id with their lines, in two queries; ids that are not ours are left out."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return {}
    query = select(PurchaseOrder).options(selectinload(PurchaseOrder.lines)).where(PurchaseOrder.id.in_(wanted))
    return {order.id: order for order in session.scalars(query)}


def numbers_of_orders(session: Session, order_ids: Iterable[int]) -> dict[int, str]:
    """The numbers of these orders by id, in one query; ids that are not ours are left out."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return {}
    rows = session.execute(select(PurchaseOrder.id, PurchaseOrder.number).where(PurchaseOrder.id.in_(wanted)))
    return dict(rows.all())  # type: ignore[arg-type]


def find_order(session: Session, number: str, supplier_id: int | None = None) -> PurchaseOrder:
    """The order with this number, written with or without dashes and in any case. NotFound `order_not_found`; where two suppliers'
    orders of a former system share the number, name the supplier (NotFound `order_number_ambiguous`)."""
    query = select(PurchaseOrder).where(PurchaseOrder.number_key == number_key(number))
    if supplier_id is not None:
        query = query.where(PurchaseOrder.supplier_id == supplier_id)
    found = list(session.scalars(query.limit(2)))
    if not found:
        raise NotFound("order_not_found", number=number)
    if len(found) > 1:
        raise NotFound("order_number_ambiguous", number=number)
    return found[0]


def held(session: Session, order: PurchaseOrder) -> PurchaseOrder:
    """The order, fresh and held until the unit of work ends: every verb that changes an order begins with it."""
    return lock(session, PurchaseOrder, order.id)


def move_to(session: Session, order: PurchaseOrder, verb: str) -> None:
    """Carries the order to the state that `verb` leads to; Conflict `not_now` where it may not."""
    order.state = ORDER.after(order.state, verb)


def possible(order: PurchaseOrder) -> frozenset[str]:
    """The verbs the order's state allows: they drive the buttons."""
    return ORDER.possible(order.state)
