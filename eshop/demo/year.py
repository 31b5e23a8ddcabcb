"""A year of ordinary trade in Lindeå: each institution buys what it uses, receives it and is billed for it. The same every time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from eshop.demo.municipality import MAELKEVEJEN, MYRETUEN, SKOLEN, SOLGAARDEN
from eshop.demo.trade import Market, Picks, shelf

DAYS: Final = 364
SEED: Final = 20_260_512


@dataclass(frozen=True, slots=True)
class Habit:
    """Who orders, approves and receives at an institution, on which agreements it buys, and how many orders a month."""

    gln: str
    orderer: str
    approver: str
    receiver: str
    agreements: tuple[str, ...]
    monthly: int = 2
    least: int = 1
    most: int = 4


HABITS: Final = (
    Habit(MAELKEVEJEN, "mette", "jens", "aisha", ("2024-088", "2025-041", "50.81", "2025-061", "50.82"), 3, 1, 2),
    Habit(MYRETUEN, "aisha", "jens", "jens", ("2024-088", "2025-041", "50.81", "2025-052"), 2, 1, 2),
    Habit("5798009901040", "vibeke", "jens", "jens", ("2025-041", "2024-088", "50.81"), 1, 1, 2),
    Habit(SOLGAARDEN, "tove", "bo", "bo", ("2025-041", "50.81", "2024-088", "2026-020"), 3, 2, 8),
    Habit("5798009901064", "tove", "bo", "bo", ("2025-041", "50.81", "2024-088"), 1, 2, 6),
    Habit(SKOLEN, "ida", "per", "per", ("50.82", "50.83", "2024-117", "50.81", "2026-012"), 2, 1, 5),
    Habit("5798009901095", "ida", "per", "per", ("50.82", "2024-117", "50.81"), 1, 1, 5),
    Habit("5798009901088", "ida", "per", "per", ("2025-061", "2024-117"), 1, 1, 2),
    Habit("5798009901101", "nadia", "lise", "omar", ("50.82", "2026-012", "50.83"), 1, 1, 2),
    Habit("5798009901118", "lars", "lise", "kurt", ("50.81", "2025-070"), 1, 1, 4),
    Habit("5798009901125", "lars", "lise", "kurt", ("2025-070", "50.81"), 1, 1, 4),
    Habit("5798009901132", "hanne", "lise", "sanne", ("2025-041", "50.82"), 1, 1, 4),
    Habit("5798009901149", "hanne", "lise", "sanne", ("2024-088", "2026-020", "50.81"), 3, 2, 10),
    Habit("5798009901156", "nadia", "lise", "omar", ("50.82", "50.83"), 1, 1, 2),
    Habit("5798009901019", "vibeke", "lise", "omar", ("50.82", "50.83", "50.81"), 1, 1, 3),
)

FAVOURITES: Final[tuple[tuple[str, str, Picks], ...]] = (
    (
        "Ugens frugt og mælk",
        "2024-088",
        (("GF-10001", 1), ("GF-10019", 1), ("GF-10101", 1), ("GF-10213", 3), ("GF-10201", 1)),
    ),
    ("Puslerum", "2025-041", (("PP-10019", 2), ("PP-10202", 1), ("PP-10904", 4), ("PP-10403", 1))),
    ("Køkken og toilet", "50.81", (("HH-10002", 1), ("HH-10316", 2), ("HH-11003", 1))),
)
"""What Mælkevejen orders again and again: title, agreement, items with quantities."""


def live_through(market: Market, day: date, step: Callable[[int], None]) -> int:
    """Everything bought on the days before `day`; returns how many orders. `step` is told of each month."""
    count = 0
    month = None
    for when, habit, picks in _calendar(day):
        if (when.year, when.month) != month:
            month = (when.year, when.month)
            step(1)
        _buy(market, habit, picks, when)
        count += 1
    return count


def _calendar(day: date) -> Iterator[tuple[date, Habit, Picks]]:
    """Each order of the year by its day. Every habit draws from a chance of its own, so that one more order moves no other."""
    made: list[tuple[date, int, Habit, Picks]] = []
    for position, habit in enumerate(HABITS):
        chance = Random(SEED + position)  # noqa: S311  the same draw every time is the point
        for month in range(12):
            for number in range(habit.monthly):
                back = DAYS - month * 30 - chance.randrange(30)
                when = _working_day(day - timedelta(days=max(back, 12)))
                made.append((when, position * 100 + month * 5 + number, habit, _picks(habit, chance, day, when)))
    yield from ((when, habit, picks) for when, _, habit, picks in sorted(made, key=lambda one: one[:2]))


def _picks(habit: Habit, chance: Random, day: date, when: date) -> Picks:
    """What is bought that day, all on one agreement, none of it dearer than such an institution pays in one go."""
    if habit.gln == MAELKEVEJEN and chance.random() < 0.6:
        return chance.choice(FAVOURITES)[2]
    agreement = chance.choice([one for one in habit.agreements if _starts(one, day) <= when])
    affordable = [one for one in shelf(agreement) if one.price.ore <= 150_000]
    chosen = chance.sample(affordable, chance.randint(2, 5))
    return tuple((one.seller_item_id, chance.randint(habit.least, habit.most)) for one in chosen)


def _starts(agreement: str, day: date) -> date:
    """The first day the demo buys on an agreement: the young ones began within the year."""
    young = {"2026-012": 318, "2026-020": 328}
    return day - timedelta(days=young.get(agreement, 700))


def _working_day(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() > 4 else day


def _buy(market: Market, habit: Habit, picks: Picks, when: date) -> None:
    order = market.bought(habit.orderer, habit.gln, picks, when, approver=habit.approver, receiver=habit.receiver)
    market.invoice(market.bill(order, habit.gln, when + timedelta(days=3)))
