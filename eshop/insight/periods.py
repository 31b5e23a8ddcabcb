"""The span a figure is about: a year, a quarter, a month, or the last twelve months; and a share in percent. (pure)"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from eshop.errors import BadInput

WRITTEN: Final = re.compile(r"(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to a day, both included, by the name it was asked for."""

    name: str
    start: date
    end: date


def period_of(text: str | None, today: date) -> Span:
    """'2026', '2026-Q3', '2026-09'; None is the last twelve months. BadInput `bad_period`."""
    if not text:
        return last_year(today)
    found = WRITTEN.fullmatch(text.strip().upper())
    if found is None:
        raise BadInput("bad_period", value=text)
    year = int(found["year"])
    first, months = 1, 12
    if found["quarter"]:
        first, months = 3 * int(found["quarter"]) - 2, 3
    elif found["month"]:
        first, months = int(found["month"]), 1
    after = date(year + 1, 1, 1) if first + months > 12 else date(year, first + months, 1)
    return Span(found.group(), date(year, first, 1), after - timedelta(days=1))


def last_year(today: date) -> Span:
    """The twelve months up to and including the day: 12 May 2026 → 13 May 2025 to 12 May 2026."""
    try:
        before = today.replace(year=today.year - 1)
    except ValueError:  # 29 February
        before = date(today.year - 1, 2, 28)
    start = before + timedelta(days=1)
    return Span(f"{start.isoformat()}/{today.isoformat()}", start, today)


def share(part: int, whole: int) -> Decimal | None:
    """86.4 percent, with one decimal; None of nothing."""
    return (100 * Decimal(part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None
