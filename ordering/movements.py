"""What has happened to the quantity of an order line: a ledger that is only added to.

    outstanding  = ordered − cancelled − received + returned      what may still come
    to invoice   = received − returned − invoiced + credited      what the supplier may still invoice

Goods that are returned and not wanted again are also cancelled, so that they are not outstanding. Damaged and wrong goods are
noted (`damaged`, `wrong`) but are not received. Nothing of this is stored as a sum: it is added up when it is asked for.

Worked example: 10 ordered, 2 cancelled, 6 received, 1 returned for money back (so 1 more cancelled), 4 invoiced:
outstanding 10 − 3 − 6 + 1 = 2, to invoice 6 − 1 − 4 = 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import ForeignKey, String, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.db import Base, Owned, id_column, write_rows
from eshop.errors import NotFound
from eshop.identity import Actor
from eshop.kept import Kept
from ordering.orders import OrderLine

MovementKind = Literal["cancelled", "received", "damaged", "wrong", "returned", "invoiced", "credited"]
KINDS: Final[tuple[MovementKind, ...]] = (
    "cancelled", "received", "damaged", "wrong", "returned", "invoiced", "credited",
)  # fmt: skip
ZERO: Final = Decimal(0)


class Movement(Owned, Base):
    """A quantity of an order line, in the line's unit, and what happened to it. `quantity` is negative only on the rows that reverse
    a receipt. `invoice_id` is the invoice or credit note of an invoiced or credited quantity."""

    __tablename__ = "movement"
    found_otherwise = True
    id: Mapped[int] = id_column()
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[Decimal]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)
    invoice_id: Mapped[int | None]
    reason: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Quantities:
    """The sums of a line's movements beside what was ordered, all in the order unit."""

    ordered: Decimal
    cancelled: Decimal = ZERO
    received: Decimal = ZERO
    damaged: Decimal = ZERO
    wrong: Decimal = ZERO
    returned: Decimal = ZERO
    invoiced: Decimal = ZERO
    credited: Decimal = ZERO

    @property
    def agreed(self) -> Decimal:
        """What the supplier is to deliver and may invoice in all: ordered − cancelled."""
        return self.ordered - self.cancelled

    @property
    def kept(self) -> Decimal:
        """Received and not sent back."""
        return self.received - self.returned

    @property
    def outstanding(self) -> Decimal:
        return self.ordered - self.cancelled - self.received + self.returned

    @property
    def net_invoiced(self) -> Decimal:
        return self.invoiced - self.credited

    @property
    def to_invoice(self) -> Decimal:
        return self.received - self.returned - self.invoiced + self.credited


def quantities_of(session: Session, order_id: int) -> dict[int, Quantities]:
    """The quantities of every line of an order by line id, in one query."""
    lines: dict[int, dict[str, Decimal]] = {}
    for line_id, ordered, kind, total in session.execute(
        select(
            OrderLine.id, OrderLine.quantity, Movement.kind, func.sum(Movement.quantity, type_=OrderLine.quantity.type)
        )
        .outerjoin(Movement, Movement.order_line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id)
        .group_by(OrderLine.id, OrderLine.quantity, Movement.kind)
    ):
        sums = lines.setdefault(line_id, {"ordered": ordered})
        if kind is not None:
            sums[kind] = total
    return {line_id: Quantities(**sums) for line_id, sums in lines.items()}


def move_quantities(
    session: Session,
    kind: MovementKind,
    quantities: Mapping[int, Decimal],
    by: Actor,
    *,
    receipt_id: int | None = None,
    invoice_id: int | None = None,
    reasons: Mapping[int, str | None] | None = None,
) -> None:
    """Adds a row per order line id with a quantity other than 0."""
    why = reasons or {}
    write_rows(
        session,
        Movement,
        [
            {
                "order_line_id": line_id,
                "kind": kind,
                "quantity": quantity,
                "at": by.at,
                "user_id": by.user_id,
                "receipt_id": receipt_id,
                "invoice_id": invoice_id,
                "reason": why.get(line_id),
            }
            for line_id, quantity in quantities.items()
            if quantity
        ],
    )


_LINE_IDS = Kept(select(OrderLine.id).where(OrderLine.id.in_(bindparam("ids", expanding=True))))


def record_invoiced(
    session: Session, order_line_quantities: Mapping[int, Decimal], by: Actor, invoice_id: int | None = None
) -> None:
    """An invoice was posted on these order lines: id → quantity in the order unit; a negative quantity is credited (or the reversal of
    a posting). NotFound `order_line_not_found` for a line that is not ours."""
    if not order_line_quantities:
        return
    ids = list(order_line_quantities)
    # A line whose picture this session has seen is ours: it need not be asked once more.
    known: set[int] = session.info.get("pictured_lines") or set()
    if not known.issuperset(ids):
        known = {row.id for row in _LINE_IDS.rows(session, ids=ids)}
    if strange := [one for one in ids if one not in known]:
        raise NotFound("order_line_not_found", line=strange[0])
    invoiced = {line: quantity for line, quantity in order_line_quantities.items() if quantity > 0}
    credited = {line: -quantity for line, quantity in order_line_quantities.items() if quantity < 0}
    move_quantities(session, "invoiced", invoiced, by, invoice_id=invoice_id)
    move_quantities(session, "credited", credited, by, invoice_id=invoice_id)
