"""The rules a catalogue line is held to before it can be taken live. (pure)

`check(draft, terms)` gives the findings of one line: an *error* refuses the line, a *warning* is for a person to look at, *info* is
harmless. A rule that mirrors an official one cites it. What the line changes is judged by `catalogues.comparison`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from catalogues.orderable import covers, lot_of
from eshop.amounts import plain
from eshop.findings import Finding
from eshop.formats import Draft, DraftPrice, Heading
from eshop.ubl.codelists import codes, known_unit

DANISH_RATES: Final = frozenset({Decimal(0), Decimal(25)})
"""Percent: the general rate since 1992, and none (momsloven §§ 13, 33 and 34)."""
SEVERITIES: Final = {"info": 1, "warning": 2, "error": 3}

MAX_TEXT: Final = 10_000
MAX_NUMBER: Final = Decimal(10) ** 10
WHOLE: Final = 100
"""Percent: a rate of VAT is from 0 and below this, whatever the country."""
DECIMALS: Final = 8
"""What an exact number may have behind the point; quantities and prices beyond it cannot be kept."""

_UNSPSC_SEGMENTS: Final = frozenset(
    "10 11 12 13 14 15 20 21 22 23 24 25 26 27 30 31 32 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 60 64 70 71 72 73 "
    "76 77 78 80 81 82 83 84 85 86 90 91 92 93 94 95".split()
)
"""Segments that exist in UNSPSC (UNDP, version 26). Titles and the finer codes are loaded by the operator."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement and a file's heading say about every line of it. `classification` None: no UNSPSC list is loaded."""

    lots: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    cap_percent: Decimal | None = None
    notice_days: int | None = None
    document_format: str = "peppol-bis-3"
    valid_from: date | None = None
    valid_to: date | None = None
    announced_on: date | None = None
    read_on: date | None = None
    """The day the file came."""
    classification: frozenset[str] | None = None
    covered: tuple[str, ...] = ()
    """Every prefix, the agreement's own and its lots'; empty covers everything."""

    @property
    def is_peppol(self) -> bool:
        return self.document_format == "peppol-bis-3"


def order_unit(draft: Draft) -> str | None:
    """The unit one orders in: the one the line states, else the unit its price is given per. Never a guess."""
    if draft.unit:
        return draft.unit
    for price in draft.prices:
        if price.base_unit:
            return price.base_unit
    return None


def valid_gtin(gtin: str) -> bool:
    """Whether the GS1 check digit is right: 5701234567899 → 3·(7+1+3+5+7+9) + (5+0+2+4+6+8), to the next ten."""
    digits = gtin.encode()
    # The characters' own numbers stand for the digits: 48 more each.
    single, threefold = digits[-1::-2], digits[-2::-2]
    return (sum(single) - 48 * len(single) + 3 * (sum(threefold) - 48 * len(threefold))) % 10 == 0


def check(draft: Draft, terms: Terms) -> list[Finding]:
    """Every finding about one line that adds or updates an item. Where the line stands is left to the caller."""
    found: list[Finding] = list(draft.problems)
    if any(one.code == "item_unknown" for one in found):
        return [
            one for one in found if one.code == "item_unknown"
        ]  # the rest of a part is the item's, which is not there
    if not draft.seller_item_id and not draft.gtin:
        found.append(Finding("item_number_missing"))
    if not draft.name and not draft.description:
        found.append(Finding("name_missing"))
    elif len(draft.name) > MAX_TEXT or len(draft.description or "") > MAX_TEXT:
        found.append(Finding("item_text_too_long", values={"limit": MAX_TEXT}))
    _check_units(draft, found)
    _check_quantities(draft, terms, found)
    if draft.vat_percent is not None:
        _check_vat(draft, draft.vat_percent, found)
    _check_periods(draft, terms, found)
    if draft.prices:
        _check_prices(draft, terms, found)
    elif draft.orderable and not any(problem.where in ("PriceAmount", "price") for problem in draft.problems):
        found.append(Finding("price_missing", "warning"))
    if draft.gtin is not None and not valid_gtin(draft.gtin):
        found.append(Finding("gtin_check_digit", "warning", values={"value": draft.gtin}))
    _check_group(draft, terms, found)
    return found


@lru_cache(maxsize=4096)
def _known(unit: str) -> bool:
    return known_unit(unit)


def _check_units(draft: Draft, found: list[Finding]) -> None:
    unit = order_unit(draft)
    if unit is None:
        found.append(Finding("unit_missing"))
    elif not _known(unit):
        found.append(Finding("order_unit_unknown", values={"value": unit[:40]}))
    found += [
        Finding("order_unit_unknown", values={"value": price.base_unit[:40]})
        for price in draft.prices
        if price.base_unit and price.base_unit != unit and not _known(price.base_unit)
    ]
    if draft.content_unit and not _known(draft.content_unit):
        found.append(Finding("content_unit_unknown", "warning", values={"value": draft.content_unit[:40]}))


@lru_cache(maxsize=20_000)
def _usable(value: Decimal) -> bool:
    """Whether a number can be kept exactly: not too large, not too fine."""
    return abs(value) <= MAX_NUMBER and value == round(value, DECIMALS)


def _check_quantity(name: str, value: Decimal, rule: str | None, found: list[Finding], *, zero: bool = False) -> None:
    if value <= 0 and not (zero and value == 0):
        official = rule if value < 0 else None
        found.append(
            Finding("line_quantity_not_positive", "error", name, {"field": name, "value": plain(value)}, official)
        )
    elif not _usable(value):
        found.append(Finding("number_unusable", "error", name, {"field": name, "value": plain(value)}))


def _check_quantities(draft: Draft, terms: Terms, found: list[Finding]) -> None:
    peppol = terms.is_peppol
    minimum, maximum = draft.minimum, draft.maximum
    if minimum is not None:
        _check_quantity("minimum", minimum, "PEPPOL-T19-R009" if peppol else None, found, zero=True)
        if minimum == 0:
            found.append(Finding("minimum_zero", "info", "minimum"))
    if maximum is not None:
        _check_quantity("maximum", maximum, "PEPPOL-T19-R008" if peppol else None, found)
    if draft.multiple is not None:
        _check_quantity("multiple", draft.multiple, None, found)
    if draft.content_quantity is not None:
        _check_quantity("content", draft.content_quantity, None, found)
    if minimum is not None and maximum is not None and minimum > maximum:
        values = {"minimum": plain(minimum), "maximum": plain(maximum)}
        found.append(Finding("minimum_above_maximum", values=values, rule="PEPPOL-T19-R010" if peppol else None))


def _check_vat(draft: Draft, rate: Decimal, found: list[Finding]) -> None:
    """The rate goes into the order and is what the invoice is held to, so one that cannot be refuses the line. One that Denmark does not
    have is looked at where the price is in kroner; a price in another currency may have another country's."""
    if not 0 <= rate < WHOLE:
        found.append(Finding("vat_rate_impossible", "error", "vat_percent", {"value": plain(rate)[:40]}))
    elif not _usable(rate):
        values = {"field": "vat_percent", "value": plain(rate)[:40]}
        found.append(Finding("number_unusable", "error", "vat_percent", values))
    elif rate not in DANISH_RATES and any(price.currency == "DKK" for price in draft.prices):
        found.append(Finding("vat_rate_not_danish", "warning", "vat_percent", {"value": plain(rate)[:40]}))


def _reversed(start: date | None, end: date | None) -> bool:
    return start is not None and end is not None and end < start


def _outside(start: date | None, end: date | None, outer_start: date | None, outer_end: date | None) -> bool:
    return (start is not None and outer_start is not None and start < outer_start) or (
        end is not None and outer_end is not None and end > outer_end
    )


def _check_periods(draft: Draft, terms: Terms, found: list[Finding]) -> None:
    """Catalogue ≥ line ≥ price. Peppol makes it a rule, so such a line is refused; elsewhere the narrower period counts."""
    if draft.valid_from is None and draft.valid_to is None:
        return
    if _reversed(draft.valid_from, draft.valid_to):
        values = {"start": draft.valid_from, "end": draft.valid_to}
        found.append(
            Finding("period_reversed", "error", "line", values, "PEPPOL-T19-R013" if terms.is_peppol else None)
        )
    elif _outside(draft.valid_from, draft.valid_to, terms.valid_from, terms.valid_to):
        values = {"start": draft.valid_from, "end": draft.valid_to}
        found.append(
            Finding("line_outside_catalogue", "error", "line", values, "PEPPOL-T19-R007")
            if terms.is_peppol
            else Finding("line_outside_catalogue", "warning", "line", values)
        )


def _check_prices(draft: Draft, terms: Terms, found: list[Finding]) -> None:
    start, end = draft.valid_from, draft.valid_to
    for price in draft.prices:
        if price.amount < 0:
            values = {"value": plain(price.amount)}
            found.append(Finding("price_negative", values=values, rule="PEPPOL-T19-R006" if terms.is_peppol else None))
        elif price.amount == 0 and draft.orderable:
            found.append(Finding("price_zero", "warning"))
        elif not _usable(price.amount):
            found.append(Finding("number_unusable", "error", "price", {"field": "price", "value": plain(price.amount)}))
        _check_quantity("base", price.base_quantity, None, found)
        _check_quantity("factor", price.factor, None, found)
        _check_quantity("step", price.minimum_quantity, None, found, zero=True)
        if price.currency != "DKK":
            known = price.currency in codes("currencies")
            found.append(
                Finding("currency_not_dkk", "warning", "price", {"value": price.currency})
                if known
                else Finding("currency_unknown", "error", "price", {"value": price.currency[:10]})
            )
        if _reversed(price.valid_from, price.valid_to):
            found.append(
                Finding("period_reversed", "error", "price", {"start": price.valid_from, "end": price.valid_to})
            )
        elif _outside(price.valid_from, price.valid_to, start, end):
            values = {"start": price.valid_from, "end": price.valid_to}
            found.append(
                Finding("price_outside_line", "error", "price", values, "PEPPOL-T19-R011")
                if terms.is_peppol
                else Finding("price_outside_line", "warning", "price", values)
            )
    if len(draft.prices) > 1:
        _check_steps(draft.prices, found)


def _meet(one: DraftPrice, other: DraftPrice) -> bool:
    """Whether two prices have a day in common."""
    starts = [day for day in (one.valid_from, other.valid_from) if day is not None]
    ends = [day for day in (one.valid_to, other.valid_to) if day is not None]
    return not starts or not ends or max(starts) <= min(ends)


def _check_steps(prices: Sequence[DraftPrice], found: list[Finding]) -> None:
    """Two prices of the same step that begin on the same day contradict each other; steps that overlap are looked at."""
    ordered = sorted(prices, key=lambda price: price.minimum_quantity)
    for position, one in enumerate(ordered):
        for other in ordered[position + 1 :]:
            if not _meet(one, other):
                continue
            if one.minimum_quantity == other.minimum_quantity:
                if one.valid_from == other.valid_from and one.per_order_unit != other.per_order_unit:
                    values = {
                        "step": plain(one.minimum_quantity),
                        "one": plain(one.amount),
                        "other": plain(other.amount),
                    }
                    found.append(Finding("price_contradicted", "error", "price", values))
            elif one.maximum_quantity is not None and one.maximum_quantity >= other.minimum_quantity:
                values = {"to": plain(one.maximum_quantity), "step": plain(other.minimum_quantity)}
                found.append(Finding("steps_overlap", "warning", "price", values))


def _check_group(draft: Draft, terms: Terms, found: list[Finding]) -> None:
    code = draft.unspsc
    covered = terms.covered
    if code is None:
        if covered:
            found.append(Finding("unspsc_missing", "warning"))
        return
    if len(code) != 8 or not (code.isascii() and code.isdigit()):
        found.append(Finding("unspsc_form", "warning", values={"value": code[:20]}))
        return
    known = code[:2] in _UNSPSC_SEGMENTS if terms.classification is None else code in terms.classification
    if not known:
        found.append(Finding("unspsc_unknown", "warning", values={"value": code}))
    if not covers(covered, code):
        found.append(Finding("outside_agreement", "warning", values={"value": code}))
    if draft.subdivision and terms.lots and all(number != draft.subdivision for _, number, _ in terms.lots):
        found.append(Finding("lot_not_found", "warning", values={"value": draft.subdivision[:40]}))


def lot_for(draft: Draft, terms: Terms) -> int | None:
    """The lot of the agreement the line belongs to, or None."""
    return lot_of(terms.lots, draft.subdivision, draft.unspsc) if terms.lots else None


def begins(draft: Draft, heading: Heading) -> date:
    """The day the line takes over from the one before it: its own first day, and not before its first price's.

    A line valid from 1 January whose only price begins on 1 March takes over on 1 March; until then the former stands.
    """
    line = draft.valid_from or heading.valid_from or date.min
    prices = [price.valid_from or line for price in draft.prices]
    return max(line, min(prices)) if prices else line


def ends(draft: Draft, heading: Heading) -> date:
    """The last day of the line: the earlier of its own and the catalogue's."""
    return min(draft.valid_to or date.max, heading.valid_to or date.max)


def worst(findings: Sequence[Finding]) -> int:
    """0 none, 1 info, 2 warning, 3 error."""
    return max((SEVERITIES[finding.severity] for finding in findings), default=0)
