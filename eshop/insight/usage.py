"""How each agreement is used: what was bought on it and beside it in twelve months and the twelve before, and how much of its ceiling.

The same meaning as the figure *compliance*, but read from sums that are kept by item group, so that the list of agreements costs the
same however many lines were invoiced. Tests hold the two against each other, to the øre. What counts against the ceiling is what has
been ordered, as where an order is held to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.identity import Actor, require
from eshop.insight.areas import Area, areas
from eshop.insight.periods import Span, last_year, share
from eshop.insight.summed import Stretch, spend_within

_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Bought:
    """What was bought in a span: on the agreement, and in its item groups elsewhere while the municipality had joined it."""

    on: Amount = NOTHING
    elsewhere: Amount = NOTHING

    @property
    def percent(self) -> Decimal | None:
        """The share bought on the agreement; None where nothing was bought."""
        return share(self.on.ore, (self.on + self.elsewhere).ore)


@dataclass(slots=True)
class Use:
    """One agreement. `total` is everything ordered on it since it began; `ceiling_percent` its share of the ceiling."""

    target: Decimal | None
    ceiling: Amount | None
    now: Bought = field(default_factory=Bought)
    before: Bought = field(default_factory=Bought)
    total: Amount = NOTHING

    @property
    def below_target(self) -> Decimal | None:
        """Points under the target; negative is over it, None where there is none or nothing was bought."""
        return None if self.target is None or self.now.percent is None else self.target - self.now.percent

    @property
    def trend(self) -> Decimal | None:
        """Points up or down on a year."""
        now, before = self.now.percent, self.before.percent
        return None if now is None or before is None else now - before

    @property
    def ceiling_percent(self) -> Decimal | None:
        return None if self.ceiling is None else share(self.total.ore, self.ceiling.ore)


def agreement_use(session: Session, by: Actor) -> dict[int, Use]:
    """Every agreement's use up to today. NotAllowed without the role for the whole municipality."""
    require(by, "see_insight")
    covering = areas(session)
    found = {one.id: Use(one.target, one.ceiling) for one in covering.values()}
    now = last_year(by.today)
    before = last_year(now.start - _DAY)
    stretches = list(_stretches(session, before.start, now))
    left: dict[tuple[str, date], int] = {}
    for (agreement_id, unspsc, day), ore in spend_within(session, stretches).items():
        use = found.get(agreement_id)
        if use is not None:
            _span_of(use, day, now).on += Amount(ore)
        else:
            left[unspsc, day] = left.get((unspsc, day), 0) + ore
    for agreement_id, bought in ordering.bought_on_agreements(session, found).items():
        found[agreement_id].total = bought
    _share_out(left, covering.values(), found, now)
    return found


def _stretches(session: Session, start: date, now: Span) -> Iterable[Stretch]:
    """The days from the start of the year before, cut where the year now begins and where an agreement or a joining begins or ends."""
    cuts = {start, now.start}
    for one in catalogues.list_agreements(session):
        cuts |= {day for day in (one.valid_from, _after(one.valid_to), _after(one.ends())) if day}
    for began, ended in session.execute(select(catalogues.Joining.valid_from, catalogues.Joining.valid_to)):
        cuts |= {day for day in (began, _after(ended)) if day}
    starts = sorted(day for day in cuts if start <= day <= now.end)
    for day, following in zip(starts, [*starts[1:], now.end + _DAY], strict=True):
        yield Stretch(day, following - _DAY)


def _after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + _DAY


def together(uses: Iterable[Use]) -> Use:
    """All of them as one, without target and ceiling."""
    whole = Use(None, None)
    for one in uses:
        for mine, its in ((whole.now, one.now), (whole.before, one.before)):
            mine.on, mine.elsewhere = mine.on + its.on, mine.elsewhere + its.elsewhere
        whole.total += one.total
    return whole


def _share_out(
    left: Mapping[tuple[str, date], int], covering: Iterable[Area], found: Mapping[int, Use], now: Span
) -> None:
    """What was bought on no agreement counts against the first that covers its item group that day.

    Coverage changes on few days and the same groups come again, so each is looked up once for each state of the agreements."""
    covering = list(covering)
    standing: dict[date, int] = {}
    states: list[tuple[tuple[int, tuple[str, ...]], ...]] = []
    first: dict[tuple[int, str], int | None] = {}
    for (unspsc, day), ore in left.items():
        if not unspsc or not ore:
            continue
        if day not in standing:
            state = tuple((one.id, groups) for one in covering if (groups := one.prefixes_on(day)))
            if state not in states:
                states.append(state)
            standing[day] = states.index(state)
        key = standing[day], unspsc
        if key not in first:
            first[key] = next((area for area, groups in states[key[0]] if unspsc.startswith(groups)), None)
        area = first[key]
        if area is not None:
            _span_of(found[area], day, now).elsewhere += Amount(ore)


def _span_of(use: Use, day: date, now: Span) -> Bought:
    return use.now if day >= now.start else use.before
