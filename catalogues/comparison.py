"""What a line changes against the one it takes the place of, and whether somebody should look at it. (pure)

`compare(known, draft, terms)` gives findings: *info* for what is harmless within the agreement, *warning* for what a person should
look at. Prices are compared per order unit, step by step, whatever base quantity and factor they are written with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from rapidfuzz import fuzz

from catalogues.checks import Terms
from catalogues.labels import label_bits, label_names
from catalogues.measures import base_of, measures
from eshop.amounts import plain, same_unit
from eshop.findings import Finding
from eshop.formats import Draft, DraftPrice

HALF_ORE: Final = Decimal("0.005")
"""A price rounded to whole øre may stand half an øre above the cap: 9,95 + 3 % = 10,2485, written 10,25."""

LARGE_RISE: Final = Decimal(10)
"""Percent: without an agreed cap a rise above this is looked at."""

LARGE_FALL: Final = Decimal(40)
"""Percent: a fall beyond this is more often a mistake than a gift."""

SAME_NAME: Final = 50
"""Likeness of two names (0–100) under which they are taken for two different items."""


@dataclass(frozen=True, slots=True)
class Known:
    """The line that counts today, as the comparison needs it. `year_ago` is what one order unit cost twelve months before."""

    name: str
    prices: Sequence[DraftPrice]
    unspsc: str | None = None
    gtin: str | None = None
    brand: str | None = None
    labels: int = 0
    content_quantity: Decimal | None = None
    content_unit: str | None = None
    multiple: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    vat_percent: Decimal | None = None
    orderable: bool = True
    description: str | None = None
    starts_on: date = date.min
    ends_on: date = date.max
    details: dict[str, Any] = field(default_factory=dict)
    lot_id: int | None = None
    year_ago: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The findings, and the change of the price of one order unit in millionths (None where either has none)."""

    findings: tuple[Finding, ...]
    change_ppm: int | None
    old_unit_price: Decimal | None
    new_unit_price: Decimal | None


def standing_price(prices: Sequence[DraftPrice]) -> DraftPrice | None:
    """The price of the lowest step that begins last: what holds when nothing more is said."""
    if not prices:
        return None
    lowest = min(price.minimum_quantity for price in prices)
    return max(
        (price for price in prices if price.minimum_quantity == lowest),
        key=lambda price: (price.valid_from or date.min, price.valid_to or date.max),
    )


def compare(known: Known, draft: Draft, terms: Terms, lot_id: int | None) -> Comparison:
    """What the draft changes about the item, findings in the order people read them."""
    found: list[Finding] = []
    old, new = standing_price(known.prices), standing_price(draft.prices)
    old_unit = None if old is None else old.per_order_unit
    new_unit = None if new is None else new.per_order_unit
    _compare_identity(known, draft, found)
    change = None
    if old is not None and new is not None and old_unit is not None and new_unit is not None:
        change = _compare_price(known, old, new, draft, terms, found)
        _compare_steps(known, draft, terms, found)
    elif old is not None and draft.orderable:
        found.append(Finding("price_gone", "warning", "price"))
    _compare_content(known, draft, old_unit, new_unit, found)
    _compare_terms(known, draft, terms, lot_id, found)
    if not found:
        found.append(Finding("details_changed", "info"))
    return Comparison(tuple(found), change, old_unit, new_unit)


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0–100, whatever the order of their words."""
    a, b = one.casefold(), other.casefold()
    return max(fuzz.token_set_ratio(a, b), fuzz.ratio(a, b))


def _compare_identity(known: Known, draft: Draft, found: list[Finding]) -> None:
    name = draft.name or draft.description or ""
    alike = 100.0 if known.name == name else likeness(known.name, name)
    new_gtin = _gtin14(draft.gtin)
    gtin_moved = known.gtin is not None and new_gtin is not None and _gtin14(known.gtin) != new_gtin
    family_moved = bool(known.unspsc and draft.unspsc and known.unspsc[:4] != draft.unspsc[:4])
    if alike < SAME_NAME or (alike < 75 and (gtin_moved or family_moved)):
        found.append(Finding("item_number_reused", "warning", "name", {"old": known.name, "new": name}))
    elif known.name != name:
        found.append(Finding("name_changed", "info", "name", {"old": known.name, "new": name}))
    if gtin_moved:
        found.append(Finding("gtin_changed", "warning", "gtin", {"old": known.gtin, "new": draft.gtin}))
    elif known.gtin is not None and draft.gtin is None:
        found.append(Finding("gtin_gone", "info", "gtin", {"old": known.gtin}))
    elif known.gtin is None and draft.gtin is not None:
        found.append(Finding("gtin_added", "info", "gtin", {"new": draft.gtin}))
    if known.brand and draft.brand and likeness(known.brand, draft.brand) < 60:
        found.append(Finding("brand_changed", "warning", "brand", {"old": known.brand, "new": draft.brand}))


def _gtin14(gtin: str | None) -> str | None:
    return None if gtin is None else gtin.zfill(14)


def _compare_price(
    known: Known, old: DraftPrice, new: DraftPrice, draft: Draft, terms: Terms, found: list[Finding]
) -> int | None:
    was, now = old.per_order_unit, new.per_order_unit
    if old.currency != new.currency:
        found.append(Finding("currency_changed", "warning", "price", {"old": old.currency, "new": new.currency}))
        return None
    if old.base_quantity != new.base_quantity:
        values = {"old": plain(old.base_quantity), "new": plain(new.base_quantity)}
        found.append(Finding("base_quantity_changed", "warning", "price", values))
    if old.base_unit and new.base_unit and not same_unit(old.base_unit, new.base_unit):
        found.append(Finding("base_unit_changed", "warning", "price", {"old": old.base_unit, "new": new.base_unit}))
    if old.factor != new.factor:
        found.append(
            Finding("factor_changed", "warning", "price", {"old": plain(old.factor), "new": plain(new.factor)})
        )
    if old.valid_to is not None and new.valid_to is None:
        found.append(Finding("price_validity_gone", "warning", "price", {"old": old.valid_to}))
    if was <= 0:
        return None
    # Every price of the lowest step is held to the cap, so that a rise cannot hide in front of a lower price.
    lowest = new.minimum_quantity
    now = max([price.per_order_unit for price in draft.prices if price.minimum_quantity == lowest] or [now])
    values = {
        "old": plain(round(was, 4)),
        "new": plain(round(now, 4)),
        "percent": plain(round((now / was - 1) * 100, 1)),
    }
    if _power_of_ten(was, now):
        found.append(Finding("decimal_error", "warning", "price", values))
    elif now > was:
        found.append(_judge_rise(known, was, now, terms, values))
    elif now < was:
        severity = "warning" if (1 - now / was) * 100 > LARGE_FALL else "info"
        values["percent"] = plain(round((1 - now / was) * 100, 1))
        found.append(Finding("price_down_much" if severity == "warning" else "price_down", severity, "price", values))
    if now > was and terms.notice_days and terms.read_on is not None:
        # What says no day of its own was announced, and begins, on the day it came.
        begins = new.valid_from or draft.valid_from or terms.valid_from or terms.read_on
        if (begins - (terms.announced_on or terms.read_on)).days < terms.notice_days:
            found.append(Finding("notice_too_short", "info", "price", {"days": terms.notice_days}))
    return round((now / was - 1) * 1_000_000)


def _judge_rise(known: Known, was: Decimal, now: Decimal, terms: Terms, values: dict[str, Any]) -> Finding:
    cap = terms.cap_percent
    if cap is None:
        if (now / was - 1) * 100 > LARGE_RISE:
            return Finding("price_up_much", "warning", "price", values)
        return Finding("price_up", "info", "price", values)
    if above_cap(was, now, cap):
        return Finding("price_above_cap", "warning", "price", values | {"cap": plain(cap)})
    if known.year_ago is not None and above_cap(known.year_ago, now, cap):
        over = {
            "old": plain(round(known.year_ago, 4)),
            "new": values["new"],
            "percent": plain(round((now / known.year_ago - 1) * 100, 1)),
            "cap": plain(cap),
        }
        return Finding("price_above_cap_in_a_year", "warning", "price", over)
    return Finding("price_up", "info", "price", values)


def above_cap(was: Decimal, now: Decimal, cap_percent: Decimal) -> bool:
    """Whether a price has risen more than the agreement lets it: 100 → 103,01 with a cap of 3 %; half an øre is rounding."""
    return was > 0 and now > was * (1 + cap_percent / 100) + min(HALF_ORE, was / 1000)


def _power_of_ten(was: Decimal, now: Decimal) -> bool:
    """A price that moved by 10, 100 or 1000, give or take a fifth: 12,50 → 125,00 or 1,25."""
    if was <= 0 or now <= 0:
        return False
    ratio = now / was if now > was else was / now
    return any(power * Decimal("0.8") <= ratio <= power * Decimal("1.25") for power in (10, 100, 1000, 10000))


def _price_at(prices: Sequence[DraftPrice], quantity: Decimal) -> DraftPrice | None:
    """What one pays when ordering `quantity`: of the highest step reached, the price that begins last."""
    reached = [price for price in prices if price.minimum_quantity <= quantity]
    if not reached:
        return None
    step = max(price.minimum_quantity for price in reached)
    return max(
        (price for price in reached if price.minimum_quantity == step), key=lambda price: price.valid_from or date.min
    )


def _compare_steps(known: Known, draft: Draft, terms: Terms, found: list[Finding]) -> None:
    """Quantity steps: one that is gone and leaves a dearer price, or one that has risen above the cap."""
    old_steps = sorted({price.minimum_quantity for price in known.prices})
    new_steps = {price.minimum_quantity for price in draft.prices}
    for step in old_steps[1:]:
        was, now = _price_at(known.prices, step), _price_at(draft.prices, step)
        if was is None or now is None or was.currency != now.currency:
            continue
        before, after = was.per_order_unit, now.per_order_unit
        values = {"step": plain(step), "old": plain(round(before, 4)), "new": plain(round(after, 4))}
        if step not in new_steps and after > before:
            found.append(Finding("step_gone", "warning", "price", values))
        elif terms.cap_percent is not None and above_cap(before, after, terms.cap_percent):
            found.append(Finding("step_above_cap", "warning", "price", values | {"cap": plain(terms.cap_percent)}))


def _compare_content(
    known: Known, draft: Draft, old_unit: Decimal | None, new_unit: Decimal | None, found: list[Finding]
) -> None:
    """Less in the pack, by the line's content, its pack size or what the name says, while the price per base unit rises."""
    if (
        known.content_unit
        and draft.content_unit
        and base_of(Decimal(1), known.content_unit)[1] != base_of(Decimal(1), draft.content_unit)[1]
    ):
        values = {"old": known.content_unit, "new": draft.content_unit}
        found.append(Finding("content_unit_changed", "warning", "content", values))
        return
    for where, was, now in _contents(known, draft):
        if was == now:
            continue
        values = {"old": plain(was), "new": plain(now)}
        dearer = old_unit is not None and new_unit is not None and new_unit * was > old_unit * now * Decimal("1.001")
        if now < was and dearer:
            found.append(Finding("pack_shrunk", "warning", where, values))
        else:
            found.append(Finding("content_changed", "info", where, values))
        return


def _contents(known: Known, draft: Draft) -> list[tuple[str, Decimal, Decimal]]:
    found: list[tuple[str, Decimal, Decimal]] = []
    if known.content_quantity and draft.content_quantity:
        was = base_of(known.content_quantity, known.content_unit or "EA")[0]
        now = base_of(draft.content_quantity, draft.content_unit or "EA")[0]
        found.append(("content", was, now))
    for name in ("pack_size", "pack_quantity"):
        before, after = _decimal(known.details.get(name)), _decimal(draft.details.get(name))
        if before and after:
            found.append((name, before, after))
    before_name, after_name = measures(known.name), measures(draft.name)
    found += [("name", size, after_name[base]) for base, size in before_name.items() if base in after_name]
    return [one for one in found if one[1] != one[2]]


def _decimal(text: Any) -> Decimal | None:
    text = str(text or "").strip()
    return Decimal(text) if text.replace(".", "", 1).isdigit() else None


def _compare_terms(known: Known, draft: Draft, terms: Terms, lot_id: int | None, found: list[Finding]) -> None:
    lost = known.labels & ~label_bits(draft.label_texts)
    if lost:
        found.append(Finding("label_lost", "warning", "labels", {"labels": ", ".join(label_names(lost))}))
    for code, was, now in (
        ("minimum_raised", known.minimum, draft.minimum),
        ("multiple_raised", known.multiple, draft.multiple),
    ):
        if (now or Decimal(1)) > (was or Decimal(1)):
            found.append(
                Finding(code, "warning", "minimum", {"old": plain(was or Decimal(1)), "new": plain(now or Decimal(1))})
            )
    if draft.maximum is not None and (known.maximum is None or draft.maximum < known.maximum):
        found.append(Finding("maximum_lowered", "info", "maximum", {"new": plain(draft.maximum)}))
    if known.vat_percent is not None and draft.vat_percent is not None and known.vat_percent != draft.vat_percent:
        values = {"old": plain(known.vat_percent), "new": plain(draft.vat_percent)}
        found.append(Finding("vat_changed", "warning", "vat", values))
    if known.unspsc != draft.unspsc and known.unspsc and draft.unspsc:
        values = {"old": known.unspsc, "new": draft.unspsc}
        found.append(Finding("unspsc_changed", "info", "unspsc", values))
    if known.lot_id is not None and lot_id != known.lot_id:
        found.append(Finding("lot_changed", "warning", "lot"))
    if known.orderable and not draft.orderable:
        found.append(Finding("item_no_longer_orderable", "info"))
    open_end = (
        draft.valid_to is None and terms.valid_to is None and all(price.valid_to is None for price in draft.prices)
    )
    if known.ends_on != date.max and open_end and not any(one.code == "price_validity_gone" for one in found):
        found.append(Finding("price_validity_gone", "warning", "validity", {"old": known.ends_on}))
    if known.description != draft.description:
        found.append(Finding("description_changed", "info", "description"))


def rises_near_cap(rises: Sequence[tuple[int, int]], cap_percent: Decimal) -> list[int]:
    """The lines of many that rise just under the cap: (line id, change in millionths) → ids, empty where nothing stands out.

    Rises in the last tenth under the cap are looked at when there are at least eight, and clearly more than in the tenth below it:
    an index that lifts prices evenly fills both alike, somebody who aims at the cap only the last.
    """
    cap = int(cap_percent * 10_000)
    near = [line for line, change in rises if cap * 9 // 10 <= change <= cap + 1000]
    beside = sum(1 for _, change in rises if cap * 8 // 10 <= change < cap * 9 // 10)
    return near if len(near) >= 8 and len(near) > 2 * beside + 3 else []
