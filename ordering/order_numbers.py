"""Order numbers: short, readable aloud, unique per municipality, and with a check character.

    B-26-10418X      B, the year, a running number of at least five digits, a check letter

The check letter is taken from 23 letters that do not look or sound like a digit or each other (no I, O, Q). It is the weighted
sum of the digits modulo 23, weights being powers of 2: 23 is prime, so one changed digit and any two swapped digits always give
another letter. A left-out digit gives a number that is too short or, once in 23, one that belongs to nobody.

Worked example, 26 10418: digits 2 6 1 0 4 1 8 weighted from the right by 1, 2, 4, 8, 16, 9, 18 (= 32 and 64 modulo 23) →
8·1 + 1·2 + 4·4 + 0·8 + 1·16 + 6·9 + 2·18 = 132 ≡ 17 (mod 23) → the letter at place 17, counted from 0: U.
"""

import re
from typing import Final

from sqlalchemy import UniqueConstraint, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.db import Base, Owned, id_column, scope_of
from eshop.errors import NotAllowed

LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
FIRST: Final = 10000
"""The first running number of a year: five digits for the first 90,000 orders, so that a lost digit shows."""

_SHAPE: Final = re.compile(r"B-?(\d{2})-?(\d{5,})-?([A-Z])")


class NumberSeries(Owned, Base):
    """The last running number given out, per municipality and year."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("municipality_id", "year"),)
    id: Mapped[int] = id_column()
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=FIRST - 1)


def check_letter(digits: str) -> str:
    """The check letter of a string of digits: '2610418' → 'U'."""
    total = sum(int(digit) * pow(2, place, 23) for place, digit in enumerate(reversed(digits)))
    return LETTERS[total % 23]


def compose(year: int, running: int) -> str:
    """compose(2026, 10418) → 'B-26-10418U'."""
    digits = f"{year % 100:02d}{running}"
    return f"B-{year % 100:02d}-{running}{check_letter(digits)}"


def well_formed(number: str) -> bool:
    """Whether a number has our shape and its check letter is right; dashes may be left out, case does not matter."""
    found = _SHAPE.fullmatch(number.strip().upper())
    return found is not None and check_letter(found[1] + found[2]) == found[3]


def number_key(number: str) -> str:
    """A number as it is compared: letters and digits only, capitals. 'b-26-10418 u' → 'B2610418U'."""
    return "".join(character for character in number.upper() if character.isalnum())


def draw(session: Session, year: int) -> str:
    """The next number of the year. The row is held until the unit of work ends, so no number is given out twice; an order that is
    not placed after all gives its number back with the rollback."""
    statement = update(NumberSeries).where(NumberSeries.year == year).values(last=NumberSeries.last + 1)
    while True:
        running = session.scalar(
            statement.returning(NumberSeries.last), execution_options={"synchronize_session": False}
        )
        if running is not None:
            return compose(year, running)
        scope = scope_of(session)
        if not isinstance(scope, int):
            raise NotAllowed("no_municipality")
        try:
            with session.begin_nested():
                session.execute(insert(NumberSeries), [{"year": year, "last": FIRST - 1, "municipality_id": scope}])
        except IntegrityError:
            continue  # somebody else began the year in the meantime
