"""How each agreement is used: what was bought on it and beside it in twelve months and the twelve before, and how much of its ceiling.

The same meaning as the figure *compliance*, but summed in the database by item group and day of the two years, so that the list of
agreements costs three queries whatever was bought. A test holds the two against each other, to the øre. What counts against the
ceiling is what has been ordered, as where an order is held to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, case, func, select, type_coerce
from sqlalchemy.orm import Session

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.identity import Actor, require
from eshop.insight.areas import Area, areas
from eshop.insight.periods import Span, last_year, share

_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Bought:
    """What was bought in a span: on the agreement, and in its item groups elsewhere while the municipality had joined it."""

    on: Amount = NOTHING
    elsewhere: Amount = NOTHING

    @property
    def percent(self) -> Decimal | None:
        """The share bought on the agreement; None where nothing was bought."""
        return share(self.on.ore, (self.on + self.elsewhere).ore)


@dataclass(slots=True)
class Use:
    """One agreement. `total` is everything ordered on it since it began; `ceiling_percent` its share of the ceiling."""

    target: Decimal | None
    ceiling: Amount | None
    now: Bought = field(default_factory=Bought)
    before: Bought = field(default_factory=Bought)
    total: Amount = NOTHING

    @property
    def below_target(self) -> Decimal | None:
        """Points under the target; negative is over it, None where there is none or nothing was bought."""
        return None if self.target is None or self.now.percent is None else self.target - self.now.percent

    @property
    def trend(self) -> Decimal | None:
        """Points up or down on a year."""
        now, before = self.now.percent, self.before.percent
        return None if now is None or before is None else now - before

    @property
    def ceiling_percent(self) -> Decimal | None:
        return None if self.ceiling is None else share(self.total.ore, self.ceiling.ore)


def agreement_use(session: Session, by: Actor) -> dict[int, Use]:
    """Every agreement's use up to today. NotAllowed without the role for the whole municipality."""
    require(by, "see_insight")
    covering = areas(session)
    found = {one.id: Use(one.target, one.ceiling) for one in covering.values()}
    now = last_year(by.today)
    before = last_year(now.start - _DAY)
    left = _by_group(session, before.start, now.end)
    for agreement_id, unspsc, day, ore in _on_agreements(session, before.start, now.end):
        use = found.get(agreement_id)
        if use is not None:
            left[unspsc, day] = left.get((unspsc, day), 0) - ore
            span = _span_of(use, day, now)
            span.on += Amount(ore)
    for agreement_id, bought in ordering.bought_on_agreements(session, found).items():
        found[agreement_id].total = bought
    _share_out(left, covering.values(), found, now)
    return found


def together(uses: Iterable[Use]) -> Use:
    """All of them as one, without target and ceiling."""
    whole = Use(None, None)
    for one in uses:
        for mine, its in ((whole.now, one.now), (whole.before, one.before)):
            mine.on, mine.elsewhere = mine.on + its.on, mine.elsewhere + its.elsewhere
        whole.total += one.total
    return whole


def _share_out(
    left: Mapping[tuple[str | None, date], int], covering: Iterable[Area], found: Mapping[int, Use], now: Span
) -> None:
    """What was bought on no agreement counts against the first that covers its item group that day.

    Coverage changes on few days and the same groups come again, so each is looked up once for each state of the agreements."""
    covering = list(covering)
    standing: dict[date, int] = {}
    states: list[tuple[tuple[int, tuple[str, ...]], ...]] = []
    first: dict[tuple[int, str], int | None] = {}
    for (unspsc, day), ore in left.items():
        if not unspsc or not ore:
            continue
        if day not in standing:
            state = tuple((one.id, groups) for one in covering if (groups := one.prefixes_on(day)))
            if state not in states:
                states.append(state)
            standing[day] = states.index(state)
        key = standing[day], unspsc
        if key not in first:
            first[key] = next((area for area, groups in states[key[0]] if unspsc.startswith(groups)), None)
        area = first[key]
        if area is not None:
            _span_of(found[area], day, now).elsewhere += Amount(ore)


def _span_of(use: Use, day: date, now: Span) -> Bought:
    return use.now if day >= now.start else use.before


def _signed(amount: Any) -> ColumnElement[int]:
    """Whole øre; a credit note's are negative."""
    ore = type_coerce(amount, BigInteger)
    return func.sum(case((invoicing.Invoice.kind == "credit_note", -ore), else_=ore))


def _by_group(session: Session, start: date, end: date) -> dict[tuple[str | None, date], int]:
    """(UNSPSC, day) → øre of everything posted, fees left out."""
    invoice, line = invoicing.Invoice, invoicing.InvoiceLine
    rows = session.execute(
        select(line.unspsc, invoice.issue_date, _signed(line.amount))
        .join(invoice, invoice.id == line.invoice_id)
        .where(invoice.state == "posted", invoice.issue_date >= start, invoice.issue_date <= end, line.status != "fee")
        .group_by(line.unspsc, invoice.issue_date)
    )
    return {(unspsc, day): int(ore) for unspsc, day, ore in rows}


def _on_agreements(session: Session, start: date, end: date) -> Iterable[tuple[int, str | None, date, int]]:
    """(agreement, UNSPSC, day, øre) of what was posted on orders under agreements, fees left out."""
    invoice, line, match, order = (
        invoicing.Invoice, invoicing.InvoiceLine, invoicing.InvoiceMatch, ordering.PurchaseOrder,
    )  # fmt: skip
    rows = session.execute(
        select(order.agreement_id, line.unspsc, invoice.issue_date, _signed(match.amount))
        .select_from(match)
        .join(invoice, invoice.id == match.invoice_id)
        .join(order, order.id == match.order_id)
        .join(line, (line.invoice_id == match.invoice_id) & (line.position == match.position))
        .where(
            invoice.state == "posted",
            invoice.issue_date >= start,
            invoice.issue_date <= end,
            line.status != "fee",
            order.agreement_id.is_not(None),
        )
        .group_by(order.agreement_id, line.unspsc, invoice.issue_date)
    )
    return [
        (agreement_id, unspsc, day, int(ore)) for agreement_id, unspsc, day, ore in rows if agreement_id is not None
    ]
