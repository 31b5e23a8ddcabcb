"""What people read: the sentence of a code, and how money, days, numbers and units are written, in Danish and English.

Every finding and error has a code and values; its sentence stands in a `wording.csv` (`code,english,danish`) beside the code that
raises it, and all of them are merged here. A sentence is a `str.format` template over the values' names; values that are money,
days or numbers are written the way people write them: `1.598,60 kr.`, `14. maj`, `2,5`, `−1.200,00 kr.`. A value that does not say by
itself what it is, is told by the sentence: `{old:price}`, `{new:unit}`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from eshop.amounts import Amount, Percent, Quantity, canonical_unit, plain

Locale = Literal["da", "en"]

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")
MINUS: Final = "−"
MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "da": tuple("januar februar marts april maj juni juli august september oktober november december".split()),
    "en": tuple("January February March April May June July August September October November December".split()),
}
WEEKDAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "da": tuple("mandag tirsdag onsdag torsdag fredag lørdag søndag".split()),
    "en": tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
}
DOUBLE_STOP: Final = re.compile(r"\b(kr|stk)\.\.")
_HERE: Final = Path(__file__).resolve().parent
_PLACES: Final = (
    _HERE / "wording.csv",
    *(_HERE / part / "wording.csv" for part in ("ubl", "formats", "web", "api", "cli", "demo")),
    *(_HERE.parent / room / "wording.csv" for room in ("catalogues", "ordering", "invoicing")),
)


def _rows() -> Iterator[tuple[Path, str, tuple[str, str]]]:
    for place in _PLACES:
        if place.exists():
            with place.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    yield place, row["code"], (row["english"].strip(), row["danish"].strip())


@cache
def sentences() -> Mapping[str, tuple[str, str]]:
    """code → (English, Danish), from every wording.csv; of two rows for one code the first counts (see `conflicts`)."""
    found: dict[str, tuple[str, str]] = {}
    for _, code, pair in _rows():
        found.setdefault(code, pair)
    return found


def conflicts() -> list[str]:
    """Codes that two files word differently, one line each: a test keeps the list empty."""
    known = sentences()
    return [f"{place.parent.name}/{place.name}: {code}" for place, code, pair in _rows() if known[code] != pair]


class _Gentle(Formatter):
    """str.format that leaves a value it was not given out, so that a page never fails over a sentence."""

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "…")

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return self.get_value(field_name, args, kwargs), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        return format(value, format_spec) if isinstance(value, _Said) else str(value)


class _Said:
    """A value as a sentence writes it. `{old:price}` writes kroner, `{cap:number}` 12,5, `{new:unit}` a unit by its name, whatever
    the value is called;
    `{field:line_field}` the word of the row `line_field:minimum`, `{values:dimension}` of a list each word so ("cost_centre 1000" by the
    row `dimension:cost_centre`), `{reasons:reason_}` the sentences of the rows `reason_price_over` and so on, one after the other."""

    def __init__(self, name: str, value: Any, locale: str, thing: str = "") -> None:
        self.name, self.value, self.locale, self.thing = name, value, locale, thing

    def __format__(self, spec: str) -> str:
        if spec.endswith("_") and isinstance(self.value, list):
            return " ".join(sentence(f"{spec}{one}", None, self.locale) for one in self.value)
        if spec and isinstance(self.value, list):
            return ", ".join(format(_Said(self.name, one, self.locale), spec) for one in self.value)
        if spec == "unit" and isinstance(self.value, str):
            return unit(self.value, self.locale)
        if spec == "number" and isinstance(self.value, str | int | Decimal):
            try:
                return number(Decimal(self.value), self.locale)
            except InvalidOperation:
                pass
        if spec == "price" and isinstance(self.value, str | int | Decimal):
            try:
                return f"{price(Decimal(self.value), self.locale)}\u00a0kr."
            except InvalidOperation:
                pass
        if spec and f"{spec}:{self.value}" in sentences():
            return sentence(f"{spec}:{self.value}", None, self.locale)
        if spec and isinstance(self.value, str) and " " in self.value:
            first, rest = self.value.split(" ", 1)
            if f"{spec}:{first}" in sentences():
                return f"{sentence(f'{spec}:{first}', None, self.locale)} {rest}"
        # "The order waits for approval", "the invoice waits": a state is said of the thing whose it is.
        if self.name == "state" and f"state:{self.thing}:{self.value}" in sentences():
            return sentence(f"state:{self.thing}:{self.value}", None, self.locale)
        return _word(self.name, self.value, self.locale)


def sentence(code: str, values: Mapping[str, Any] | None = None, locale: str = "da") -> str:
    """The sentence of a code: sentence("not_found", {"thing": "Order"}). An unknown code is shown as itself.

    Where a value is None and the table has a row `code:no_name`, that one is said: `two_persons:no_limit`."""
    for name, value in (values or {}).items():
        if value is None and f"{code}:no_{name}" in sentences():
            code = f"{code}:no_{name}"
    pair = sentences().get(code)
    if pair is None:
        return code.replace("_", " ")
    thing = str((values or {}).get("thing", ""))
    shown = {name: _Said(name, value, locale, thing) for name, value in (values or {}).items()}
    said = _Gentle().vformat(pair[1] if locale == "da" else pair[0], (), shown)
    # A sentence that ends with an abbreviation ends with its full stop: "… 45,00 kr.", not "… 45,00 kr..".
    return DOUBLE_STOP.sub(r"\1.", said)


def _word(name: str, value: Any, locale: str) -> str:
    """A value by its name in the sentence: a word of ours (the row `reason:no_price`), a unit by its name; a list `roles` by the words of
    `role`; `size` and `size_limit` are bytes, read as MB."""
    if name in ("size", "size_limit") and isinstance(value, int):
        return f"{number(Decimal(value) / 2**20, locale, 0 if value >= 2**20 else 2)}\u00a0MB"
    if isinstance(value, str):
        if name == "unit":
            return unit(value, locale)
        if f"{name}:{value}" in sentences():
            return sentence(f"{name}:{value}", None, locale)
    if isinstance(value, list) and any(f"{name[:-1]}:{one}" in sentences() for one in value):
        return ", ".join(_word(name[:-1], one, locale) for one in value)
    return shown_value(value, locale)


def shown_value(value: Any, locale: str = "da") -> str:
    """A value as people read it in a sentence."""
    match value:
        case Amount():
            return kroner(value, locale)
        case Percent():
            return percent(value.value, locale)
        case Quantity():
            return quantity(value.value, value.unit, locale)
        case bool():
            return ("ja" if value else "nej") if locale == "da" else ("yes" if value else "no")
        case Decimal():
            return number(value, locale)
        case datetime():
            return moment(value, locale)
        case date():
            return day(value, locale, year=True)
        case str():
            return value
        case Mapping():
            return ", ".join(f"{name} {shown_value(one, locale)}" for name, one in value.items())
        case Iterable():
            return ", ".join(shown_value(one, locale) for one in value)
        case None:
            return "–"
    return str(value)


@lru_cache(maxsize=10_000)
def number(value: Decimal | int, locale: str = "da", decimals: int | None = None, signed: bool = False) -> str:
    """1284 → '1.284', Decimal('2.50') → '2,5'; with `decimals` exactly so many: '2,50'. `signed` writes the plus too."""
    exact = Decimal(value)
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        text = format(abs(exact), "f")
    else:
        text = plain(abs(exact))
    whole, _, part = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", "." if locale == "da" else ",")
    comma = "," if locale == "da" else "."
    sign = MINUS if exact < 0 else "+" if signed and exact > 0 else ""
    return f"{sign}{grouped}{comma + part if part else ''}"


def kroner(amount: Amount | None, locale: str = "da", signed: bool = False, whole: bool = False) -> str:
    """159860 øre → '1.598,60 kr.'; `whole` rounds to kroner for overviews: '1.599 kr.'."""
    if amount is None:
        return "–"
    return f"{number(amount.kroner, locale, 0 if whole else 2, signed)}\u00a0kr."


def price(value: Decimal | None, locale: str = "da") -> str:
    """A price in kroner with the decimals it has, two at least: Decimal('0.0475') → '0,0475'; Decimal('178.8') → '178,80'."""
    if value is None:
        return "–"
    exponent = value.normalize().as_tuple().exponent
    decimals = min(4, max(2, -exponent if isinstance(exponent, int) else 2))
    return number(value, locale, decimals)


def percent(value: Decimal | int, locale: str = "da", signed: bool = False, decimals: int = 1) -> str:
    """Decimal('2') → '2,0 %'."""
    return f"{number(Decimal(value), locale, decimals, signed)}\u00a0%"


def day(
    value: date | None, locale: str = "da", *, year: bool = False, weekday: bool = False, this_year: int = 0
) -> str:
    """'14. maj'; with the year when asked or when it is not `this_year`; with the weekday for delivery: 'torsdag 14. maj'."""
    if value is None:
        return "–"
    month = MONTHS[locale][value.month - 1]
    text = f"{value.day}. {month}" if locale == "da" else f"{value.day} {month}"
    if year or (this_year and value.year != this_year):
        text += f" {value.year}"
    return f"{WEEKDAYS[locale][value.weekday()]} {text}" if weekday else text


def clock(value: datetime, locale: str = "da") -> str:
    """'kl. 9.20' in Danish time; '9:20' in English."""
    local = value.astimezone(COPENHAGEN)
    return f"kl. {local.hour}.{local.minute:02d}" if locale == "da" else f"{local.hour}:{local.minute:02d}"


def moment(value: datetime | None, locale: str = "da", this_year: int = 0) -> str:
    """'12. maj kl. 9.20'."""
    if value is None:
        return "–"
    local = value.astimezone(COPENHAGEN)
    return f"{day(local.date(), locale, this_year=this_year)} {clock(value, locale)}"


@cache
def _units() -> Mapping[str, tuple[str, str, str, str]]:
    with (_HERE / "translations" / "units.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: (row["english"], row["english_plural"], row["danish"], row["danish_plural"])
            for row in csv.DictReader(file)
        }


def unit(code: str | None, locale: str = "da", count: Decimal | int = 1) -> str:
    """The unit's name for a number of it: unit('CT') → 'karton', unit('CT', count=2) → 'kartoner'. An unknown code is itself."""
    if not code:
        return ""
    # The X of Recommendation 21 in UBL ("XSA") stands before the package code itself ("SA").
    names = _units().get(canonical_unit(code)) or _units().get(code) or _units().get(code.removeprefix("X"))
    if names is None:
        return code
    plural = abs(Decimal(count)) != 1
    return names[(2 if locale == "da" else 0) + (1 if plural else 0)]


def quantity(value: Decimal | int, code: str | None, locale: str = "da") -> str:
    """'2 kartoner', '1 karton', '5,3 kg'."""
    return f"{number(value, locale)}\u00a0{unit(code, locale, value)}".rstrip()
