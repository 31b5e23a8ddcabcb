"""What is invoiced above what was ordered or has come, in net kroner at the agreed price. (pure)

A line that bills ten where six have come is four too many: the same four in the queue, beside the order, and in the claim. Several
lines on one order line share what is too many, the last of them first, so that together they never say more than it is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

import ordering
from eshop.amounts import NOTHING, Amount
from invoicing.control import agreed_for
from invoicing.matching import Pair

_ZERO: Final = Decimal(0)
_OF_QUANTITY: Final = frozenset({"qty_over", "not_received"})


class Part(Protocol):
    """So much of an invoice's line belongs to that order line, in the order unit: a Pair or an InvoiceMatch. Any, because a column of ours
    is a `Mapped[int]` where the types are checked and an int where it runs."""

    @property
    def position(self) -> Any: ...
    @property
    def order_line_id(self) -> Any: ...
    @property
    def quantity(self) -> Any: ...


class Line(Protocol):
    """A line of the invoice with its verdict: a row of ours, or the verdict itself; `statuses` are words."""

    @property
    def position(self) -> Any: ...
    @property
    def statuses(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Excess:
    """So much of a line is too many, net; `code` is qty_over, not_received or not_on_order."""

    amount: Amount
    code: str


def excesses(
    lines: Iterable[Line],
    amounts: Mapping[int, Amount],
    parts: Iterable[Part],
    ordered: Mapping[int, ordering.OrderLinePicture],
    own: Mapping[int, Decimal] | None = None,
) -> dict[int, Excess]:
    """Position → what is too much of that line; lines with nothing too much are left out. `amounts` are the lines' net amounts, `own` what
    the invoice itself has put on an order line already (where it is posted)."""
    told = {line.position: set(line.statuses) for line in lines}
    found = {
        position: Excess(amounts[position], "not_on_order")
        for position, statuses in told.items()
        if "not_on_order" in statuses and amounts[position] > NOTHING
    }
    on_line: dict[int, list[Part]] = {}
    for part in parts:
        if part.order_line_id in ordered and part.quantity > _ZERO and told.get(part.position, set()) & _OF_QUANTITY:
            on_line.setdefault(part.order_line_id, []).append(part)
    for line_id, shared in on_line.items():
        line = ordered[line_id]
        statuses = set[str]().union(*(told[part.position] for part in shared))
        after = line.invoiced - (own or {}).get(line_id, _ZERO) + sum((part.quantity for part in shared), _ZERO)
        left, code = _too_many(after, line, statuses)
        for part in sorted(shared, key=lambda one: one.position, reverse=True):
            taken = min(left, part.quantity)
            if taken <= _ZERO:
                break
            left -= taken
            amount = agreed_for([Pair(part.position, line.order_id, line_id, taken, NOTHING, "line")], ordered)
            before = found[part.position].amount if part.position in found else NOTHING
            found[part.position] = Excess(before + amount, code)
    return found


def _too_many(after: Decimal, line: ordering.OrderLinePicture, statuses: Collection[str]) -> tuple[Decimal, str]:
    """How many are invoiced above what was ordered, or above what has come, in the order unit; and which of the two."""
    over_order = after - line.agreed if "qty_over" in statuses else _ZERO
    not_come = after - line.received if "not_received" in statuses else _ZERO
    return (over_order, "qty_over") if over_order >= not_come else (not_come, "not_received")
