"""What an agreement covers: its item groups, and the days on which somebody joined to it must use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop.amounts import Amount


@dataclass(frozen=True, slots=True)
class Area:
    """An agreement as somebody joined to it must use it: its item groups, and the days on which they count."""

    id: int
    number: str
    title: str
    supplier_id: int
    target: Decimal | None
    ceiling: Amount | None
    prefixes: Mapping[int | None, tuple[str, ...]]
    in_force: Callable[[date], bool]
    joined: Callable[[date], frozenset[int] | None]

    def prefixes_on(self, on: date) -> tuple[str, ...]:
        """The item groups it covers for us that day; none where it is not in force or we have not joined."""
        if not self.in_force(on):
            return ()
        lots = self.joined(on)
        if lots is not None and not lots:
            return ()
        return tuple(
            one for lot, own in self.prefixes.items() if lot is None or lots is None or lot in lots for one in own
        )

    def covers(self, unspsc: str, on: date) -> bool:
        return unspsc.startswith(self.prefixes_on(on))


def areas(session: Session) -> dict[int, Area]:
    """Every agreement, in order of precedence: a purchase elsewhere counts against the first that covers it."""
    standings = catalogues.standings_of(session)
    lots: dict[int, dict[int, tuple[str, ...]]] = {}
    for lot in session.scalars(select(catalogues.Lot)):
        lots.setdefault(lot.agreement_id, {})[lot.id] = tuple(lot.unspsc)
    found: dict[int, Area] = {}
    for one in sorted(catalogues.list_agreements(session), key=lambda one: (one.rank, one.number, one.id)):
        prefixes: dict[int | None, tuple[str, ...]] = {None: tuple(one.unspsc)}
        prefixes |= lots.get(one.id, {})
        found[one.id] = Area(
            one.id, one.number, one.title, one.supplier_id, one.compliance_target_percent, one.ceiling, prefixes,
            lambda on, one=one: one.state(on) in ("in_force", "extended"), standings[one.id].joined_lots,
        )  # fmt: skip
    return found
