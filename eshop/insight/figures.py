"""Each figure defined once: which lines it is made of, what each adds to the numerator and the denominator, and which part it belongs to.

Totals and parts are sums over those lines and nothing else, so a figure always opens to lines that add up to it, to the øre. A change of
meaning is a new version. The definition in words stands in wording.csv (`figure:NAME`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ordering
from eshop.amounts import NOTHING, Amount, exact
from eshop.errors import NotAllowed, NotFound
from eshop.identity import PERMISSIONS, Actor, Institution, require, the_municipality
from eshop.insight import facts
from eshop.insight.areas import areas
from eshop.insight.periods import Span, share
from eshop.signing_on import units_under
from eshop.wording import sentence

Sum = Amount | int
Unit = Literal["percent", "kroner"]
FEWEST: Final = 5
"""Measured time is shown for groups of at least so many people (DOMAIN §8)."""
NOT_ELIGIBLE: Final = ("72", "95")
"""UNSPSC segments that are not eligible for e-commerce until the municipality says otherwise: construction, land and buildings. (p)"""


@dataclass(frozen=True, slots=True)
class Line:
    """What a figure is made of. `part` is its part's key; `invoice_id` or `order_id` is where it is seen."""

    part: str
    day: date
    document: str
    text: str
    numerator: Sum
    denominator: Sum
    why: str | None = None
    invoice_id: int | None = None
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    key: str
    name: str
    numerator: Sum
    denominator: Sum
    value: Decimal | None
    target: Decimal | None
    lines: int


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is percent, or kroner per denominator; None where the denominator is nothing. `beside` is what must be read with it."""

    definition: "Definition"
    span: Span
    numerator: Sum
    denominator: Sum
    value: Decimal | None
    target: Decimal | None
    parts: tuple[Part, ...]
    beside: Mapping[str, str] = field(default_factory=dict)

    def as_json(self, locale: str = "da") -> dict[str, Any]:
        """`eshop report --json` (INTERFACES §2): sums and values are decimal strings."""
        return {
            "figure": self.definition.name,
            "definition": self.definition.text(locale),
            "version": self.definition.version,
            "period": self.span.name,
            "from": self.span.start.isoformat(),
            "to": self.span.end.isoformat(),
            "unit": self.definition.unit,
            "numerator": str(self.numerator),
            "denominator": str(self.denominator),
            "value": _text(self.value),
            "target": _text(self.target),
            **self.beside,
            "parts": [
                {
                    "key": one.key,
                    "name": one.name,
                    "numerator": str(one.numerator),
                    "denominator": str(one.denominator),
                    "value": _text(one.value),
                    "target": _text(one.target),
                    "lines": one.lines,
                }
                for one in self.parts
            ],
        }


@dataclass
class Sheet:
    """What a definition gives: its lines, the names and targets of its parts, and what stands beside the figure."""

    lines: list[Line]
    names: Mapping[str, str]
    targets: Mapping[str, Decimal] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    session: Session
    span: Span
    places: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Definition:
    """`made` gives the lines; `nothing` is the sum of none of them."""

    name: str
    version: str
    unit: Unit
    made: Callable[[Asked], Sheet]
    nothing: tuple[Sum, Sum] = (NOTHING, NOTHING)
    less_is_better: bool = False

    def text(self, locale: str = "da") -> str:
        return sentence(f"figure:{self.name}", None, locale)


# --- the figures ----------------------------------------------------------------------------------------------------------


def _e_commerce_degree(asked: Asked) -> Sheet:
    without = tuple(the_municipality(asked.session).settings.get("insight", {}).get("not_eligible", NOT_ELIGIBLE))
    lines, names = [], _institutions(asked.session)
    invoices: dict[int, bool] = {}
    for one in facts.spend(asked.session, asked.span, asked.places):
        if one.fee or (one.unspsc or "").startswith(without):
            continue
        invoices[one.invoice_id] = invoices.get(one.invoice_id, False) or one.electronic
        lines.append(
            _of_spend(one, str(one.institution_id or 0), one.amount if one.electronic else NOTHING, one.amount)
        )
    share = _value("percent", sum(invoices.values()), len(invoices))
    return Sheet(lines, names, beside={"invoices": str(len(invoices)), "share_of_invoices": _text(share) or ""})


def _compliance(asked: Asked) -> Sheet:
    covering = areas(asked.session)
    lines = []
    unclassified = whole = NOTHING
    for one in facts.spend(asked.session, asked.span, asked.places):
        if one.fee:
            continue
        whole += one.amount
        if one.agreement_id in covering:
            lines.append(_of_spend(one, str(one.agreement_id), one.amount, one.amount))
            continue
        if not one.unspsc:
            unclassified += one.amount
            continue
        area = next((area for area in covering.values() if area.covers(one.unspsc, one.day)), None)
        if area is not None:
            why = "without_order" if one.supplier_id == area.supplier_id else "other_supplier"
            lines.append(_of_spend(one, str(area.id), NOTHING, one.amount, why))
    names = {str(area.id): f"{area.title} ({area.number})" for area in covering.values()}
    targets = {str(area.id): area.target for area in covering.values() if area.target is not None}
    share = _value("percent", unclassified, whole)
    return Sheet(lines, names, targets, {"unclassified": str(unclassified), "unclassified_percent": _text(share) or ""})


def _price_compliance(asked: Asked) -> Sheet:
    lines, names = [], {}
    for one in facts.spend(asked.session, asked.span, asked.places):
        if one.order_id is None or one.fee:
            continue
        key = str(one.supplier_id or 0)
        names[key] = one.supplier
        lines.append(_of_spend(one, key, one.above, one.amount))
    return Sheet(lines, names)


def _transaction_cost(asked: Asked) -> Sheet:
    order = ordering.PurchaseOrder
    query = select(order.id, order.number, order.ordered_on, order.channel, order.reference).where(
        order.ordered_on >= asked.span.start, order.ordered_on <= asked.span.end, order.sent_at.is_not(None)
    )
    if asked.places is not None:
        query = query.where(order.institution_id.in_(asked.places))
    orders = asked.session.execute(query.order_by(order.ordered_on, order.id)).all()
    costs = ordering.costs_of(asked.session, [row.id for row in orders])
    lines = [
        Line(costs[row.id].channel, row.ordered_on, row.number, row.reference or "", costs[row.id].total, 1,
             order_id=row.id)
        for row in orders
        if costs[row.id].total
    ]  # fmt: skip
    lines += [
        Line("shop", one.bought_on, one.seller, one.text, one.cost, 1)
        for one in asked.session.scalars(
            select(ordering.OutsidePurchase)
            .where(
                ordering.OutsidePurchase.bought_on >= asked.span.start,
                ordering.OutsidePurchase.bought_on <= asked.span.end,
                *([] if asked.places is None else [ordering.OutsidePurchase.institution_id.in_(asked.places)]),
            )
            .order_by(ordering.OutsidePurchase.bought_on, ordering.OutsidePurchase.id)
        )
    ]
    sources = sorted({one.source for one in costs.values()})
    beside = {"standard": "; ".join(sources)}
    if _people_measured(asked, query) >= FEWEST:
        beside["measured"] = str(Amount.sum(one.measured for one in costs.values()))
    names = {channel: sentence(f"channel:{channel}") for channel in ("system", "mail", "shop")}
    return Sheet(lines, names, beside=beside)


def _people_measured(asked: Asked, orders: Any) -> int:
    cost = ordering.TransactionCost
    chosen = orders.with_only_columns(ordering.PurchaseOrder.id)
    counted = select(func.count(cost.user_id.distinct())).where(cost.order_id.in_(chosen), cost.seconds.is_not(None))
    return asked.session.scalar(counted) or 0


def _touchless_share(asked: Asked) -> Sheet:
    found = facts.documents(asked.session, asked.span, asked.places)
    lines = [_of_document(one, int(one.untouched), 1) for one in found]
    return Sheet(lines, {str(one.supplier_id or 0): one.supplier for one in found})


def _invoice_quality(asked: Asked) -> Sheet:
    """Four things asked of each document: an order reference, item ids, UNSPSC and known units on every line."""
    found = facts.documents(asked.session, asked.span, asked.places)
    met = {name: sum(_met(one)[name] for one in found) for name in REQUIREMENTS}
    beside = {name: _text(_value("percent", count, len(found))) or "" for name, count in met.items()}
    lines = [_of_document(one, sum(_met(one).values()), len(REQUIREMENTS)) for one in found]
    return Sheet(lines, {str(one.supplier_id or 0): one.supplier for one in found}, beside=beside)


REQUIREMENTS: Final = ("order_reference", "item_ids", "unspsc", "units")


def _met(one: facts.Document) -> dict[str, bool]:
    return {
        "order_reference": one.has_order,
        "item_ids": one.lines_with_item == one.lines > 0,
        "unspsc": one.lines_with_unspsc == one.lines > 0,
        "units": one.lines_in_known_units == one.lines > 0,
    }


FIGURES: Final[Mapping[str, Definition]] = {
    one.name: one
    for one in (
        Definition("e-commerce-degree", "1", "percent", _e_commerce_degree),
        Definition("compliance", "1", "percent", _compliance),
        Definition("price-compliance", "1", "percent", _price_compliance, less_is_better=True),
        Definition("transaction-cost", "1", "kroner", _transaction_cost, (NOTHING, 0), less_is_better=True),
        Definition("touchless-share", "1", "percent", _touchless_share, (0, 0)),
        Definition("invoice-quality", "1", "percent", _invoice_quality, (0, 0)),
    )
}


# --- asking ---------------------------------------------------------------------------------------------------------------


def figure(session: Session, name: str, span: Span, by: Actor, institution_id: int | None = None) -> Figure:
    """The figure for the whole municipality, an institution with the units under it, or as much as the actor may see.

    NotFound `unknown_figure`; NotAllowed without the role, or at an institution out of reach.
    """
    definition, sheet = _sheet(session, name, span, by, institution_id)
    parts = []
    for key in dict.fromkeys(line.part for line in sheet.lines):
        own = [line for line in sheet.lines if line.part == key]
        numerator, denominator = _sums(definition, own)
        value = _value(definition.unit, numerator, denominator)
        title = sheet.names.get(key) or sentence("figure_part_unknown")
        parts.append(Part(key, title, numerator, denominator, value, sheet.targets.get(key), len(own)))
    parts.sort(key=lambda one: (-_size(one.denominator), one.name))
    numerator, denominator = _sums(definition, sheet.lines)
    targets = the_municipality(session).settings.get("targets", {})
    target = None if targets.get(name) is None else exact(targets[name])
    value = _value(definition.unit, numerator, denominator)
    return Figure(definition, span, numerator, denominator, value, target, tuple(parts), sheet.beside)


def lines(
    session: Session, name: str, span: Span, by: Actor, part: str | None = None, institution_id: int | None = None
) -> list[Line]:
    """The lines of the figure, or of one part of it, by day: their sums are the figure's."""
    _, sheet = _sheet(session, name, span, by, institution_id)
    return [line for line in sheet.lines if part is None or line.part == part]


def _sheet(session: Session, name: str, span: Span, by: Actor, institution_id: int | None) -> tuple[Definition, Sheet]:
    require(by, "see_insight", institution_id)
    definition = FIGURES.get(name)
    if definition is None:
        raise NotFound("unknown_figure", value=name, known=list(FIGURES))
    return definition, definition.made(Asked(session, span, places_of(session, by, institution_id)))


def places_of(session: Session, by: Actor, institution_id: int | None) -> frozenset[int] | None:
    if institution_id is not None:
        return units_under(session, institution_id)
    if by.is_system:
        return None
    reached: set[int] = set()
    for grant in by.roles:
        if grant.role in PERMISSIONS["see_insight"]:
            if grant.institutions is None:
                return None
            reached |= grant.institutions
    if not reached:
        raise NotAllowed("not_your_role", verb="see_insight", roles=sorted(PERMISSIONS["see_insight"]))
    return frozenset(reached)


def _sums(definition: Definition, found: Iterable[Line]) -> tuple[Sum, Sum]:
    numerator, denominator = definition.nothing
    for line in found:
        numerator, denominator = numerator + line.numerator, denominator + line.denominator  # type: ignore[operator]
    return numerator, denominator


def _value(unit: Unit, numerator: Sum, denominator: Sum) -> Decimal | None:
    """86,4 percent, or 130,50 kr. per one; None of nothing."""
    below = _size(denominator)
    if not below:
        return None
    if unit == "percent":
        return share(_size(numerator), below)
    return (Decimal(_size(numerator)) / 100 / below).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _size(value: Sum) -> int:
    return value.ore if isinstance(value, Amount) else value


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _of_spend(one: facts.Spend, part: str, numerator: Amount, denominator: Amount, why: str | None = None) -> Line:
    return Line(
        part, one.day, one.invoice, f"{one.supplier} · {one.name}", numerator, denominator, why, one.invoice_id,
        one.order_id,
    )  # fmt: skip


def _of_document(one: facts.Document, numerator: int, denominator: int) -> Line:
    return Line(
        str(one.supplier_id or 0), one.day, one.number, one.supplier, numerator, denominator, invoice_id=one.invoice_id
    )


def _institutions(session: Session) -> dict[str, str]:
    return {str(place): name for place, name in session.execute(select(Institution.id, Institution.name))}
