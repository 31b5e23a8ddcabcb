"""Whether an item may be ordered on a day, and the first reason why not (DOMAIN §4). (pure)

The reasons, in the order they are looked for: `not_joined`, `agreement_not_in_force`, `lot_not_joined`, `line_not_live`,
`line_not_valid`, `no_price`, `supplier_inactive`, `item_group_not_allowed`; `unknown_item` where there is no item at all.
Both ends of every period are inside it, and a missing end is open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

LEVELS: Final = ("joint_mandatory", "joint_voluntary", "community", "own")
"""The levels of an agreement. Joint voluntary agreements and those of a purchasing community stand on the same step."""

PRECEDENCE: Final = {"joint_mandatory": 10, "joint_voluntary": 20, "community": 20, "own": 30}
"""Which agreement goes first where several cover the same: the lowest number, unless the municipality set another."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both inside; None is open."""

    start: date | None = None
    end: date | None = None

    def holds(self, on: date) -> bool:
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether some day is in both. Adjacent periods (31 May, 1 June) share none."""
        starts = [one.start for one in (self, other) if one.start is not None]
        ends = [one.end for one in (self, other) if one.end is not None]
        return not starts or not ends or max(starts) <= min(ends)


@dataclass(frozen=True, slots=True)
class Joined:
    """A municipality's joining of an agreement for a period: one lot, or all of them when `lot_id` is None."""

    period: Period
    lot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement as one municipality stands to it."""

    in_force: Period
    signed: bool = True
    joined: Sequence[Joined] = ()
    exempt: Sequence[Joined] = ()
    rank: int = PRECEDENCE["own"]
    """Its place in the order of precedence, the lowest first."""

    def joined_lots(self, on: date) -> frozenset[int] | None:
        """The lots joined on the day, None for all of them; an empty set is not joined at all.

        An exemption takes away what it names: the whole agreement, or one lot.
        """
        now = [one for one in self.joined if one.period.holds(on)]
        exempt = [one for one in self.exempt if one.period.holds(on)]
        if any(one.lot_id is None for one in exempt):
            return frozenset()
        if any(one.lot_id is None for one in now):
            return None
        return frozenset(one.lot_id for one in now if one.lot_id is not None)

    def exempt_lots(self, on: date) -> frozenset[int]:
        return frozenset(one.lot_id for one in self.exempt if one.lot_id is not None and one.period.holds(on))


class Standings(dict[int, Standing]):
    """Agreement → how one municipality stands to it. Never changed once made, so what is to be `seen` on a day is reckoned once."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.seen: dict[date, dict[int, frozenset[int] | None]] = {}


class PriceOn(Protocol):
    """A price as a dated fact. Any, because a mapped column is typed as itself on its class and as its value on a row."""

    valid_from: Any
    valid_to: Any
    minimum_quantity: Any


P = TypeVar("P", bound=PriceOn)


def standing_refusal(standing: Standing, lot_id: int | None, on: date) -> str | None:
    """Why nothing of this lot of the agreement can be ordered on the day, or None."""
    lots = standing.joined_lots(on)
    if lots is not None and not lots:
        return "not_joined"
    if not standing.signed or not standing.in_force.holds(on):
        return "agreement_not_in_force"
    if lots is not None and (lot_id is None or lot_id not in lots):
        return "lot_not_joined"
    if lot_id is not None and lot_id in standing.exempt_lots(on):
        return "lot_not_joined"
    return None


def group_allowed(unspsc: str | None, groups: Iterable[str] | None) -> bool:
    """Whether an institution that may buy `groups` (UNSPSC prefixes, None is all) may buy an item of this code.

    An item without a code belongs to no group, so an institution with limits may not buy it.
    """
    if groups is None:
        return True
    return unspsc is not None and any(unspsc.startswith(prefix) for prefix in groups)


def prices_in_force(prices: Iterable[P], on: date) -> list[P]:
    """The price of each quantity step on the day, lowest step first. Of two that hold, the one that began last is it."""
    steps: dict[Decimal, P] = {}
    for price in prices:
        if (price.valid_from is None or price.valid_from <= on) and (price.valid_to is None or on <= price.valid_to):
            other = steps.get(price.minimum_quantity)
            if other is None or (other.valid_from or date.min) < (price.valid_from or date.min):
                steps[price.minimum_quantity] = price
    return [steps[step] for step in sorted(steps)]


def covers(prefixes: Iterable[str], unspsc: str | None) -> bool:
    """Whether an agreement that covers `prefixes` covers the code. Without prefixes it covers everything."""
    listed = list(prefixes)
    return not listed or (unspsc is not None and any(unspsc.startswith(prefix) for prefix in listed))


def lot_of(lots: Iterable[tuple[int, str, Sequence[str]]], subdivision: str | None, unspsc: str | None) -> int | None:
    """The lot (id, number, prefixes) a line belongs to: the one its contract subdivision names, else the one whose prefix fits
    its UNSPSC best (longest), else none."""
    known = list(lots)
    if subdivision:
        for lot_id, number, _ in known:
            if number == subdivision:
                return lot_id
    best: tuple[int, int] | None = None
    for lot_id, _, prefixes in known:
        for prefix in prefixes:
            if unspsc is not None and unspsc.startswith(prefix) and (best is None or len(prefix) > best[0]):
                best = (len(prefix), lot_id)
    return None if best is None else best[1]
