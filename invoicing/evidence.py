"""Which order does an invoice belong to? By a valid reference, or by evidence that may only suggest. (pure)

A reference is valid when it mentions the whole, right number of an order of the same supplier. Without one, orders of the supplier are
weighed by what the lines say: items, quantities, prices, and the person reference. Exactly one best order may be suggested; several
equally good ones are candidates for a person; a number that is nearly right goes before other evidence, but it never posts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from eshop.amounts import Percent
from invoicing.billed import Billed
from invoicing.control import agreed_for
from invoicing.fees import is_discount, is_fee, says_nothing
from invoicing.matching import Match, match
from invoicing.references import mentioned, names_another, wrong_characters
from invoicing.verdicts import Tolerance

if TYPE_CHECKING:
    from ordering import OrderPicture

How = Literal["reference", "corrected", "evidence", "nothing"]

_ABOUT_AGREED: Final = Tolerance(Percent(Decimal(1)), None)
_SEVERAL: Final = 3
_NUMBER: Final = re.compile(r"\d{6}")
_AGREES: Final = 2
"""The level of a fit in which items, quantities and prices agree."""


@dataclass(frozen=True, slots=True)
class Found:
    """The orders of a document, and how they were found. `reason` says what keeps it from being posted (None for a reference);
    `candidates` are the numbers a person chooses between; `match` is the pairing with `orders`, or with the first candidate."""

    how: How
    orders: tuple[OrderPicture, ...]
    match: Match
    reason: str | None = None
    candidates: tuple[str, ...] = ()
    considered: tuple[OrderPicture, ...] = ()


def unmatched(billed: Billed) -> Match:
    return Match((), frozenset(one.position for one in billed.lines))


def referred_to(billed: Billed, orders: Sequence[OrderPicture]) -> list[OrderPicture]:
    """The orders that a reference of the document or of a line mentions, those of the header's order reference first."""
    numbers = [order.number for order in orders]
    found: dict[int, OrderPicture] = {}
    for reference in billed.stated_references:
        named = set(mentioned(numbers, reference))
        found |= {order.id: order for order in orders if order.number in named}
    return list(found.values())


def is_contradicted(billed: Billed, referred: Sequence[OrderPicture]) -> bool:
    """Whether the order reference of the header is the number of something else, and only prose (a note, the buyer's reference) names these
    orders: two numbers that do not agree may suggest, never post. `Mette Hansen` or `webshop` in the header is no number. Where the
    lines name these orders, the header may be the supplier's own number, but no other number of the same series."""
    numbers = [order.number for order in referred]
    stated = billed.stated_references
    header = [one for one in stated if one.place == "order"]
    if any(mentioned(numbers, one) for one in header):
        return False
    if any(mentioned(numbers, one) for one in stated if one.place == "line"):
        return any(names_another(numbers, one) for one in header)
    return any(_NUMBER.search(one.text) for one in header)


def only_mentioned(billed: Billed, referred: Sequence[OrderPicture]) -> frozenset[int]:
    """Those of the orders that the header or a line does not refer to, but prose does, beside others that are referred to."""
    if len(referred) < 2:
        return frozenset()
    numbers = [order.number for order in referred]
    firm = {
        number
        for one in billed.stated_references
        if one.place in ("order", "line") or one.line is not None
        for number in mentioned(numbers, one)
    }
    return frozenset(order.id for order in referred if order.number not in firm) if firm else frozenset()


def by_reference(billed: Billed, referred: Sequence[OrderPicture]) -> Found:
    """The document with the orders that it refers to. A line belongs to an order that is only mentioned where no other has its item; where
    all lines do, the document says two things, which may suggest and never post."""
    aside = only_mentioned(billed, referred)
    pairing = match(billed, referred, aside=aside)
    if aside and pairing.order_ids and aside.issuperset(pairing.order_ids):
        return Found("corrected", tuple(referred), pairing, "order_ref_corrected")
    return Found("reference", tuple(referred), pairing)


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well an order explains the lines. `level`: 3 everything agrees and the order is thereby invoiced to the end; 2 everything
    agrees; 1 the items agree, quantity or price do not; 0 at least half of the items agree; −1 less."""

    order: OrderPicture
    match: Match
    level: int
    off: int | None
    """How many characters the stated number is off this order's; None where it is another number."""
    person: bool


def goods(billed: Billed) -> frozenset[int]:
    """The positions of lines that stand for something ordered."""
    return frozenset(one.position for one in billed.lines if not (is_fee(one) or is_discount(one) or says_nothing(one)))


def _fit(billed: Billed, order: OrderPicture, wanted: frozenset[int]) -> _Fit:
    pairing = match(billed, [order])
    paired = {pair.position for pair in pairing.pairs}
    told = [wrong_characters(order.number, one) for one in billed.stated_references if one.place in ("order", "line")]
    near = min((off for off in told if off is not None), default=None)
    person = bool(billed.person_reference) and billed.person_reference == order.reference
    by_item = {pair.position for pair in pairing.pairs if pair.how != "text"}
    if not wanted or not wanted <= paired:
        half = bool(wanted) and 2 * len(by_item & wanted) >= len(wanted)
        return _Fit(order, pairing, 0 if half else -1, near, person)
    lines = {line.id: line for line in order.lines}
    put: dict[int, Decimal] = {}
    for pair in pairing.pairs:
        put[pair.order_line_id] = put.get(pair.order_line_id, Decimal(0)) + pair.quantity
    left = {line.id: line.agreed - line.invoiced for line in order.lines}
    within = all(quantity <= left[line] for line, quantity in put.items())
    amounts = {one.position: one.amount for one in billed.lines}
    priced = all(
        _ABOUT_AGREED.allows(amounts[position] - (agreed := agreed_for(pairing.of_line(position), lines)), agreed)
        for position in paired
    )
    if not (within and priced):
        return _Fit(order, pairing, 1 if by_item >= wanted else 0, near, person)
    to_the_end = put == {line: quantity for line, quantity in left.items() if quantity > 0}
    return _Fit(order, pairing, 3 if to_the_end else 2, near, person)


def by_evidence(
    billed: Billed,
    orders: Iterable[OrderPicture],
    institutions: frozenset[int],
    foreign: Sequence[OrderPicture] = (),
    *,
    refuted: bool = False,
) -> Found:
    """The order (or orders) that the lines point at. `foreign` are orders of other suppliers that the document refers to. `refuted`: the
    document refers to an order of the supplier that no line belongs to; only one that agrees in everything is more likely than it.

    One wrong character in the number is enough for an order that half of the items point at; with two, everything must agree.
    """
    wanted = goods(billed)
    every = [_fit(billed, order, wanted) for order in orders]
    fits = [fit for fit in every if fit.level >= 0]
    ours = [fit for fit in fits if fit.order.institution_id in institutions]
    likely = ours if refuted else fits
    near = [fit for fit in likely if fit.off is not None and (fit.level >= _AGREES or (fit.off < 2 and not refuted))]
    if near:
        return _choose(billed, _best(near), "corrected")
    stated = bool([one for one in billed.stated_references if one.place in ("order", "line")])
    for group in (ours, [fit for fit in fits if fit not in ours]):
        likely = [fit for fit in group if fit.level == _SEVERAL]
        if not likely and group is ours and (not stated or len(wanted) >= _SEVERAL):
            likely = [fit for fit in group if fit.level == _AGREES]
        if not likely and group is ours and not stated and len(wanted) > 1:
            likely = [fit for fit in group if fit.level == 1]
        if likely:
            return _choose(billed, _best(likely), "evidence")
    several = _several(billed, [fit.order for fit in every if fit.order.institution_id in institutions], wanted)
    if several is not None:
        return several
    if foreign:
        return Found("nothing", (), unmatched(billed), "supplier_mismatch", tuple(order.number for order in foreign))
    return Found("nothing", (), unmatched(billed), "unknown_order" if stated else "no_order")


def _best(fits: Sequence[_Fit]) -> list[_Fit]:
    """Those that fit equally well and better than the rest; the person reference tells equals apart, dates do not."""
    most = max((fit.level, fit.person) for fit in fits)
    return [fit for fit in fits if (fit.level, fit.person) == most]


def _choose(billed: Billed, best: Sequence[_Fit], how: Literal["corrected", "evidence"]) -> Found:
    considered = tuple(fit.order for fit in best)
    if len(best) > 1:
        numbers = tuple(sorted(order.number for order in considered))
        return Found("nothing", (), best[0].match, "ambiguous", numbers, considered)
    reason = "order_ref_corrected" if how == "corrected" else "no_reference"
    return Found(how, considered, best[0].match, reason)


def _several(billed: Billed, orders: Sequence[OrderPicture], wanted: frozenset[int]) -> Found | None:
    """A set of orders, at most three, in which every line has one place and only one."""
    places: dict[int, set[int]] = {position: set() for position in wanted}
    for order in orders:
        for pair in match(billed, [order]).pairs:
            if pair.how != "text" and pair.position in places:
                places[pair.position].add(order.id)
    if not places or any(len(found) != 1 for found in places.values()):
        return None
    chosen = {next(iter(found)) for found in places.values()}
    together = sorted((order for order in orders if order.id in chosen), key=lambda order: order.id)
    if not 1 < len(together) <= _SEVERAL:
        return None
    pairing = match(billed, together)
    lines = {line.id: line for order in together for line in order.lines}
    amounts = {one.position: one.amount for one in billed.lines}
    for position in wanted:
        agreed = agreed_for(pairing.of_line(position), lines)
        if not _ABOUT_AGREED.allows(amounts[position] - agreed, agreed):
            return None
    return Found("evidence", tuple(together), pairing, "no_reference")
