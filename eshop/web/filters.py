"""How values are written in templates: thin words over eshop.wording in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, g

from eshop import wording
from eshop.amounts import Amount, plain
from eshop.errors import EshopError
from eshop.findings import Finding
from eshop.web.texts import gettext, lazy_gettext, locale

NARROW = "\u00a0"
"""What holds two words on one line."""

DIMENSIONS = {
    "function": lazy_gettext("Function"),
    "cost_centre": lazy_gettext("Cost centre"),
    "art": lazy_gettext("Art"),
    "account": lazy_gettext("Account"),
    "project": lazy_gettext("Project"),
}
"""What people call the usual dimensions; a municipality's own names are shown as they are."""


def _this_year() -> int:
    visit = g.get("visit")
    return visit.actor.today.year if visit is not None else 0


def kroner(amount: Amount | None, signed: bool = False, whole: bool = False) -> str:
    return wording.kroner(amount, locale(), signed, whole)


def millions(amount: Amount) -> str:
    """In words for sums that are only to be compared: 48,0 mio. kr.; below a million the whole kroner."""
    if abs(amount.ore) < 100_000_000:
        return kroner(amount, whole=True)
    decimals = 1 if abs(amount.ore) >= 1_000_000_000 else 2
    return gettext("%(number)s million kr.", number=number(amount.kroner / 1_000_000, decimals))


def bare(amount: Amount | None, signed: bool = False) -> str:
    """Money in a column whose head says kr.: '1.598,60'."""
    return "–" if amount is None else wording.number(amount.kroner, locale(), 2, signed)


def price(value: Decimal | None) -> str:
    return wording.price(value, locale())


def unit_price(value: Decimal | None) -> str:
    """A comparison price: two decimals, four where it is under ten øre: '31,54', '0,0475'."""
    if value is None:
        return "–"
    return wording.number(value, locale(), 2 if value >= Decimal("0.10") else 4)


def percent(value: Decimal | int | None, signed: bool = False, decimals: int = 1) -> str:
    return "–" if value is None else wording.percent(value, locale(), signed, decimals)


def number(value: Decimal | int | None, decimals: int | None = None, signed: bool = False) -> str:
    return "–" if value is None else wording.number(value, locale(), decimals, signed)


def day(value: date | datetime | None, weekday: bool = False) -> str:
    """'14. maj', with the year when it is not this one; `weekday` for deliveries: 'torsdag 14. maj'."""
    if isinstance(value, datetime):
        value = value.astimezone(wording.COPENHAGEN).date()
    return wording.day(value, locale(), weekday=weekday, this_year=_this_year())


def isoday(value: str) -> str:
    """'2026-05-14' as days are written."""
    return day(date.fromisoformat(value))


def weekdays(days: Iterable[int]) -> str:
    """ISO weekdays as people say them: 'mandag til fredag' for those in a row, else 'tirsdag, torsdag'."""
    names, numbers = wording.WEEKDAYS[locale()], sorted(days)
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return gettext("%(first)s to %(last)s", first=names[numbers[0] - 1], last=names[numbers[-1] - 1])
    return ", ".join(names[number - 1] for number in numbers)


def month(value: date) -> str:
    """'maj 2026'."""
    return f"{wording.MONTHS[locale()][value.month - 1]} {value.year}"


def period(value: str) -> str:
    """The month of the books, '2026-05', as 'maj 2026'."""
    return month(date.fromisoformat(f"{value}-01"))


def moment(value: datetime | None) -> str:
    """'12. maj kl. 9.20'; today only the time."""
    visit = g.get("visit")
    if value is not None and visit is not None and value.astimezone(wording.COPENHAGEN).date() == visit.actor.today:
        return ("i dag " if locale() == "da" else "today ") + wording.clock(value, locale())
    return wording.moment(value, locale(), _this_year())


def when(value: datetime | None) -> str:
    """A moment whose day and clock each stay on one line: it breaks between the two or nowhere."""
    day_said, mark, clock = moment(value).rpartition(" kl. " if locale() == "da" else " ")
    return (
        f"{day_said.replace(' ', NARROW)} {mark.strip()}{NARROW if mark.strip() else ''}{clock}" if day_said else clock
    )


def unit(code: str | None, count: Decimal | int = 1) -> str:
    return wording.unit(code, locale(), count)


def quantity(value: Decimal | int, code: str | None) -> str:
    return wording.quantity(value, code, locale())


def said(thing: Finding | EshopError) -> str:
    """The sentence of a finding or an error."""
    return wording.sentence(thing.code, thing.values, locale())


def said_code(code: str, values: dict[str, Any] | None = None) -> str:
    return wording.sentence(code, values, locale())


def field_number(value: Decimal | int) -> str:
    """A number as it stands in a field: '2', '2,5'."""
    text = plain(Decimal(value))
    return text.replace(".", ",") if locale() == "da" else text


def plain_number(value: Decimal | int) -> str:
    """A number for a script: '2.5'."""
    return plain(Decimal(value))


def exact(value: float) -> Decimal:
    """A rate that a template has rounded for showing, as a Decimal."""
    return Decimal(str(value))


def sum_amounts(amounts: Iterable[Amount]) -> Amount:
    return Amount.sum(amounts)


def capfirst(text: str) -> str:
    """The first letter large, the rest as it is: 'Tirsdag 12. maj'."""
    return text[:1].upper() + text[1:]


def coding(values: Mapping[str, str], dimensions: Iterable[str] = ()) -> str:
    """Account coding as people read it, in the order of the municipality's dimensions: 'Funktion 5.25.14 · Art 2.9'."""
    order = [*dimensions, *(name for name in values if name not in dimensions)]
    return " · ".join(f"{DIMENSIONS.get(name, name)} {values[name]}" for name in order if values.get(name))


def dimension(name: str) -> str:
    """What people call a dimension of the ledger."""
    return str(DIMENSIONS.get(name, name))


def install(app: Flask) -> None:
    for one in (
        kroner, bare, millions, price, unit_price, percent, number, day, isoday, weekdays, month, period, moment, when, unit, quantity,
        said, said_code, field_number, plain_number, capfirst, exact, sum_amounts, coding, dimension,
    ):  # fmt: skip
        app.jinja_env.filters[one.__name__] = one
