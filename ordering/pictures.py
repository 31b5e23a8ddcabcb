"""Orders as plain values for those who compare them with something: invoice control, figures, receiving. No rows, no session.

Loading is bounded whatever the number of orders and lines: one query for orders, one for lines, one for the sums of their movements,
and one for the people where some order has any. Rows are read as columns, not as entities, because invoice control does it hundreds of
times a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from eshop.amounts import NOTHING, Amount, Price
from eshop.errors import NotFound
from eshop.kept import Kept, ask_together
from ordering.lifecycle import WITH_SUPPLIER, Standing, standing
from ordering.movements import Movement, Quantities
from ordering.order_numbers import number_key
from ordering.orders import OrderLine, Participation, PurchaseOrder, sum_of_allowances
from ordering.transaction_costs import STANDARDS, remember_standards


@dataclass(frozen=True, slots=True)
class OrderLinePicture:
    """A line as agreed, and what has become of it. Quantities are in `unit`, the order unit; `price` leads from there to money.
    `units_per_order_unit` of `content_unit` make one order unit: a stated factor, which may convert an invoice's unit."""

    id: int
    order_id: int
    line: str
    kind: str
    item_id: int | None
    seller_item_id: str | None
    gtin: str | None
    name: str
    description: str | None
    unspsc: str | None
    unit: str
    price: Price
    discount: Amount
    content_unit: str | None
    units_per_order_unit: Decimal | None
    vat_percent: Decimal
    coding: list[dict[str, Any]]
    quantities: Quantities

    @property
    def ordered(self) -> Decimal:
        return self.quantities.ordered

    @property
    def agreed(self) -> Decimal:
        return self.quantities.agreed

    @property
    def received(self) -> Decimal:
        """Received and kept."""
        return self.quantities.kept

    @property
    def invoiced(self) -> Decimal:
        """Invoiced less credited."""
        return self.quantities.net_invoiced

    @property
    def outstanding(self) -> Decimal:
        return self.quantities.outstanding

    @property
    def to_invoice(self) -> Decimal:
        return self.quantities.to_invoice

    @property
    def amount(self) -> Amount:
        """Net as agreed now (ordered − cancelled), without VAT; a discount belongs to the quantity that was ordered."""
        whole = self.quantities.cancelled == 0
        return self.price.total(self.quantities.agreed) - (self.discount if whole else NOTHING)


@dataclass(frozen=True, slots=True)
class OrderPicture:
    """An order. `standing`: not_sent, open, closed or cancelled. `loaded` orders come from a former system, carry no persons and count
    as two in the two-persons rule; else `people` are those who ordered, approved or received, without double."""

    id: int
    number: str
    source: str
    state: str
    supplier_id: int
    institution_id: int
    agreement_id: int | None
    agreement_number: str | None
    match: str
    freight_allowed: bool
    currency: str
    reference: str | None
    ordered_on: date
    coding: Mapping[str, str]
    allowances: list[dict[str, Any]]
    lines: tuple[OrderLinePicture, ...]
    ordered_by: frozenset[int] = field(default=frozenset())
    approved_by: frozenset[int] = field(default=frozenset())
    received_by: frozenset[int] = field(default=frozenset())

    @property
    def standing(self) -> Standing:
        return standing(self.state)

    @property
    def loaded(self) -> bool:
        return self.source == "loaded"

    @property
    def people(self) -> frozenset[int]:
        return self.ordered_by | self.approved_by | self.received_by

    @property
    def total(self) -> Amount:
        """Net as agreed now, with what comes off or on the whole order."""
        return Amount.sum(line.amount for line in self.lines) + sum_of_allowances(self.allowances)

    def line_named(self, line: str) -> OrderLinePicture | None:
        """The line by its number; '0010' is '10'."""
        wanted = line.strip().lstrip("0") or "0"
        return next((one for one in self.lines if (one.line.lstrip("0") or "0") == wanted), None)


def order_picture(session: Session, order: PurchaseOrder | int) -> OrderPicture:
    """The picture of one order. NotFound `order_not_found`."""
    order_id = order if isinstance(order, int) else order.id
    found = order_pictures(session, [order_id])
    if not found:
        raise NotFound("order_not_found", number=str(order_id))
    return found[0]


def order_pictures(session: Session, order_ids: Iterable[int]) -> list[OrderPicture]:
    """The pictures of these orders, by id; ids that are not ours are left out."""
    ids = list(dict.fromkeys(order_ids))
    if not ids:
        return []
    session.flush()
    return _pictures(session, _BY_ID.rows(session, ids=ids))


def find_orders(session: Session, references: Iterable[str], supplier_id: int | None = None) -> list[OrderPicture]:
    """Orders whose number is one of `references`, written with or without dashes, spaces and capitals. A number that differs by a
    character is not found: see `open_order_numbers`. Numbers repeat between suppliers of a former system: give the supplier."""
    keys = {key for reference in references if (key := number_key(reference))}
    if not keys:
        return []
    session.flush()
    found = _BY_NUMBER.rows(session, keys=sorted(keys))
    return _pictures(session, [head for head in found if supplier_id in (None, head.supplier_id)])


def open_order_numbers(session: Session, supplier_id: int) -> list[tuple[int, str]]:
    """(id, number) of the supplier's open orders: to find the one that a mistyped reference may have meant."""
    query = select(PurchaseOrder.id, PurchaseOrder.number).where(
        PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.state.in_(sorted(WITH_SUPPLIER))
    )
    return [(one.id, one.number) for one in session.execute(query.order_by(PurchaseOrder.id))]


def open_orders(
    session: Session,
    supplier_id: int,
    *,
    institution_ids: Iterable[int] | None = None,
    seller_item_ids: Iterable[str] | None = None,
    gtins: Iterable[str] | None = None,
    limit: int = 200,
) -> list[OrderPicture]:
    """The supplier's open orders as evidence for an invoice without a valid reference, the newest first; narrowed to orders with one
    of these items where any are given."""
    query = select(*_ORDER).where(
        PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.state.in_(sorted(WITH_SUPPLIER))
    )
    if institution_ids is not None:
        query = query.where(PurchaseOrder.institution_id.in_(list(institution_ids)))
    wanted_ids, wanted_gtins = list(seller_item_ids or ()), list(gtins or ())
    if wanted_ids or wanted_gtins:
        query = query.where(
            select(OrderLine.id)
            .where(
                OrderLine.order_id == PurchaseOrder.id,
                OrderLine.seller_item_id.in_(wanted_ids) | OrderLine.gtin.in_(wanted_gtins),
            )
            .exists()
        )
    heads = session.execute(query.order_by(PurchaseOrder.id.desc()).limit(limit)).all()
    return _pictures(session, heads, newest_first=True)


_ORDER: tuple[Any, ...] = (
    PurchaseOrder.id,
    PurchaseOrder.number,
    PurchaseOrder.source,
    PurchaseOrder.state,
    PurchaseOrder.supplier_id,
    PurchaseOrder.institution_id,
    PurchaseOrder.agreement_id,
    PurchaseOrder.agreement_number,
    PurchaseOrder.match,
    PurchaseOrder.freight_allowed,
    PurchaseOrder.currency,
    PurchaseOrder.reference,
    PurchaseOrder.ordered_on,
    PurchaseOrder.coding,
    PurchaseOrder.allowances,
)
_LINE: tuple[Any, ...] = (
    OrderLine.id,
    OrderLine.order_id,
    OrderLine.line,
    OrderLine.kind,
    OrderLine.item_id,
    OrderLine.seller_item_id,
    OrderLine.gtin,
    OrderLine.name,
    OrderLine.description,
    OrderLine.unspsc,
    OrderLine.unit,
    OrderLine.price,
    OrderLine.base_quantity,
    OrderLine.factor,
    OrderLine.discount,
    OrderLine.content_unit,
    OrderLine.units_per_order_unit,
    OrderLine.vat_percent,
    OrderLine.coding,
    OrderLine.quantity,
    OrderLine.position,
)
_NAMES: Final = [column.key for column in _ORDER]
_BY_ID = Kept(select(*_ORDER).where(PurchaseOrder.id.in_(bindparam("ids", expanding=True))))
_BY_NUMBER = Kept(select(*_ORDER).where(PurchaseOrder.number_key.in_(bindparam("keys", expanding=True))))
_SUMS: Final = select(
    Movement.order_line_id, Movement.kind, func.sum(Movement.quantity, type_=OrderLine.quantity.type)
).group_by(Movement.order_line_id, Movement.kind)
MOVED: Final = Kept(
    _SUMS.where(OrderLine.id == Movement.order_line_id, OrderLine.order_id.in_(bindparam("ids", expanding=True)))
)
_MOVED_ON: Final = Kept(_SUMS.where(Movement.order_line_id.in_(bindparam("lines", expanding=True))))
_AT_ONCE: Final = 512
LINES: Final = Kept(
    select(*_LINE).where(OrderLine.order_id.in_(bindparam("ids", expanding=True))).order_by(OrderLine.position)
)
TOUCHED: Final = Kept(
    select(Participation.order_id, Participation.user_id, Participation.how).where(
        Participation.order_id.in_(bindparam("ids", expanding=True))
    )
)


def _pictures(session: Session, heads: Sequence[Any], newest_first: bool = False) -> list[OrderPicture]:
    if not heads:
        return []
    ids = [head.id for head in heads]
    # Whoever pictures orders is about to judge something on them, and that is an act with a cost: its standard comes in the same journey.
    ordered, touched, standards = ask_together(session, (LINES, {"ids": ids}), (TOUCHED, {"ids": ids}), (STANDARDS, {}))
    remember_standards(session, standards)
    moved = _moved_on(session, [row.id for row in ordered])
    session.info.setdefault("pictured_lines", set()).update(row.id for row in ordered)
    sums = _sums(moved)
    lines: dict[int, list[OrderLinePicture]] = {one: [] for one in ids}
    for row in ordered:
        lines[row.order_id].append(_line(row, sums.get(row.id)))
    people = _people(touched)
    found = [_picture(head, lines[head.id], people) for head in heads]
    return sorted(found, key=lambda one: one.id, reverse=newest_first)


def _moved_on(session: Session, line_ids: Sequence[int]) -> list[Any]:
    """The sums of what has moved on the lines. By their ids and not by a join with the orders: so it is a look into one index, whatever
    the engine believes of how many rows there are. 5 lines are asked for as 8, that there are few questions to keep."""
    questions = []
    for start in range(0, len(line_ids), _AT_ONCE):
        some = list(line_ids[start : start + _AT_ONCE])
        some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
        questions.append((_MOVED_ON, {"lines": some}))
    return [row for rows in ask_together(session, *questions) for row in rows] if questions else []


def picture_of(head: Any, lines: Sequence[Any], moved: Sequence[Any], touched: Sequence[Any]) -> OrderPicture:
    """The picture of one order, of what `LINES`, `MOVED` and `TOUCHED` have given for it; `head` has what the picture has."""
    sums = _sums(moved)
    return _picture(head, [_line(row, sums.get(row.id)) for row in lines], _people(touched))


def _sums(moved: Sequence[Any]) -> dict[int, dict[str, Decimal]]:
    sums: dict[int, dict[str, Decimal]] = {}
    for line_id, kind, total in moved:
        sums.setdefault(line_id, {})[kind] = total
    return sums


def _people(touched: Sequence[Any]) -> Mapping[tuple[int, str], set[int]]:
    people: dict[tuple[int, str], set[int]] = {}
    for order_id, user_id, how in touched:
        people.setdefault((order_id, how), set()).add(user_id)
    return people


def _line(row: Any, sums: Mapping[str, Decimal] | None) -> OrderLinePicture:
    (line_id, order_id, line, kind, item_id, seller_item_id, gtin, name, description, unspsc, unit) = row[:11]
    (price, base, factor, discount, content_unit, per_unit, vat_percent, coding, quantity, _) = row[11:]
    return OrderLinePicture(
        line_id, order_id, line, kind, item_id, seller_item_id, gtin, name, description, unspsc, unit,
        Price(price, base, factor), discount, content_unit, per_unit, vat_percent, coding,
        Quantities(quantity, **(sums or {})),
    )  # fmt: skip


def _picture(head: Any, lines: list[OrderLinePicture], people: Mapping[tuple[int, str], set[int]]) -> OrderPicture:
    values: list[Any] = [getattr(head, name) for name in _NAMES]
    # An order that was loaded carries no persons.
    known = people if head.source != "loaded" else {}
    touched_by = [frozenset(known.get((head.id, how), ())) for how in ("ordered", "approved", "received")]
    values += [tuple(lines), *touched_by]
    return OrderPicture(*values)
