"""When goods can come: the agreement's lead time, weekdays and cut-off, and the days the receiver is open. (pure)

An agreement says `delivery_days` in one of three ways: a number of working days (2), the ISO weekdays of its round ([2, 4]: Tuesdays
and Thursdays), or both with a cut-off: {"lead": 1, "weekdays": [2, 4], "cut_off": "12:00"}.

Worked example: ordered on Monday at 13.00, cut-off 12.00, lead 1, round Tuesday and Thursday, the nursery open Monday to Friday:
Monday is over, so it counts as Tuesday; one working day later is Wednesday; the next round is Thursday. Ordered on Friday at 13.00 it
counts as Monday, as what is ordered on a Saturday does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self

from eshop.errors import BadInput
from eshop.identity import COPENHAGEN

WORKDAYS: Final = frozenset({1, 2, 3, 4, 5})
FARTHEST: Final = 366
LAST_MINUTE: Final = time(23, 59)


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """`lead` working days from the order, on one of `weekdays` (ISO, None: any), ordered before `cut_off` (Danish time)."""

    lead: int = 1
    weekdays: frozenset[int] | None = None
    cut_off: time | None = None

    @classmethod
    def of(cls, value: Any) -> Self:
        """From an agreement's `delivery_days`; what is not understood says nothing rather than something wrong: one working day."""
        match value:
            case bool() | None:
                return cls()
            case int():
                return cls(max(value, 0))
            case str() if value.strip().isdigit():
                return cls(int(value))
            case list():
                return cls(weekdays=_weekdays(value))
            case dict():
                return cls(
                    max(int(value.get("lead", 1)), 0),
                    _weekdays(value["weekdays"]) if value.get("weekdays") else None,
                    time.fromisoformat(value["cut_off"]) if value.get("cut_off") else None,
                )
        return cls()


def _weekdays(days: Iterable[Any]) -> frozenset[int] | None:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found = set()
    for day in days:
        if isinstance(day, int) and 1 <= day <= 7:
            found.add(day)
        elif isinstance(day, str) and day.strip().lower()[:3] in names:
            found.add(names.index(day.strip().lower()[:3]) + 1)
    return frozenset(found) or None


def earliest(terms: DeliveryTerms, at: datetime, opening_days: Iterable[int] = WORKDAYS) -> date:
    """The first day goods ordered at this moment can come. See the worked example above."""
    local = at.astimezone(COPENHAGEN)
    day = local.date()
    if terms.cut_off is not None and local.time() > terms.cut_off:
        day += timedelta(days=1)
    while day.isoweekday() not in WORKDAYS:  # nobody packs on Saturday what was ordered on Friday after the cut-off
        day += timedelta(days=1)
    left = terms.lead
    while left > 0:
        day += timedelta(days=1)
        if day.isoweekday() in WORKDAYS:
            left -= 1
    return _next_fit(day, terms, frozenset(opening_days))


def order_before(terms: DeliveryTerms, at: datetime, opening_days: Iterable[int] = WORKDAYS) -> datetime | None:
    """The last moment at which an order still comes on the day that one placed now comes (Danish time). None where the agreement has no
    cut-off. In the worked example: Wednesday at 12.00 for the delivery on Thursday."""
    if terms.cut_off is None:
        return None
    first = earliest(terms, at, opening_days)
    local = at.astimezone(COPENHAGEN)
    last: datetime | None = None
    for ahead in range((first - local.date()).days + 1):
        moment = datetime.combine(local.date() + timedelta(days=ahead), terms.cut_off, COPENHAGEN)
        if moment >= local and earliest(terms, moment, opening_days) == first:
            last = moment
    return last


def last_moment(
    terms: DeliveryTerms, day: date, at: datetime, opening_days: Iterable[int] = WORKDAYS
) -> datetime | None:
    """The last moment at which an order still comes on that day (Danish time), None when it is over. Without a cut-off the day's last
    minute. In the worked example: Wednesday at 12.00 for Thursday."""
    local = at.astimezone(COPENHAGEN)
    opening = frozenset(opening_days)
    for back in range(min((day - local.date()).days, FARTHEST) + 1):
        moment = datetime.combine(day - timedelta(days=back), terms.cut_off or LAST_MINUTE, COPENHAGEN)
        if moment < local:
            return None
        if earliest(terms, moment, opening) <= day:
            return moment
    return None


def _next_fit(day: date, terms: DeliveryTerms, open_on: frozenset[int]) -> date:
    for _ in range(14):
        if (terms.weekdays is None or day.isoweekday() in terms.weekdays) and (
            not open_on or day.isoweekday() in open_on
        ):
            return day
        day += timedelta(days=1)
    return day  # the round never meets an opening day: people have to agree on one


def checked_day(wanted: date, terms: DeliveryTerms, at: datetime, opening_days: Iterable[int] = WORKDAYS) -> date:
    """The wanted day if goods can come on it. BadInput `delivery_too_early` (with the earliest), `delivery_closed` (with the next day
    that fits), `delivery_too_far` for more than a year ahead."""
    first = earliest(terms, at, opening_days)
    if wanted < first:
        raise BadInput("delivery_too_early", wanted=wanted, earliest=first)
    if (wanted - first).days > FARTHEST:
        raise BadInput("delivery_too_far", wanted=wanted)
    fit = _next_fit(wanted, terms, frozenset(opening_days))
    if fit != wanted:
        raise BadInput("delivery_closed", wanted=wanted, next=fit)
    return wanted
