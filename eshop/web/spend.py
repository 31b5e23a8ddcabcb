"""Forbrug: a leader's units against their budget this year, and what was bought for, by month and by supplier."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

import ordering
from eshop import insight, signing_on
from eshop.web import filters
from eshop.web.guards import Visit, access

blueprint = Blueprint("spend", __name__)
MOST_SUPPLIERS = 10


@dataclass(frozen=True)
class Unit:
    """A unit and its budget; `used` is how many percent of it are ordered for, None where none is kept."""

    institution: signing_on.Unit
    budget: ordering.Budget

    @property
    def used(self) -> Decimal | None:
        whole = self.budget.amount
        return (
            None if whole is None or not whole.ore else round(Decimal(100 * self.budget.committed.ore) / whole.ore, 1)
        )


@blueprint.get("/spend")
@access("see_insight")
def show(visit: Visit) -> ResponseReturnValue:
    year = visit.actor.today.year
    own = [one for one in visit.units if visit.may("see_insight", one.id)]
    budgets = ordering.budgets_of(visit.session, (one.id for one in own), year)
    spent = insight.spending(visit.session, insight.period_of(str(year), visit.actor.today), visit.actor)
    largest = max((amount.ore for _, amount in spent.months), default=0)
    return render_template(
        "insight/spend.html",
        wide=True,
        year=year,
        units=[Unit(one, budgets[one.id]) for one in own],
        over=sum(1 for one in budgets.values() if one.left is not None and one.left.ore < 0),
        spent=spent,
        months=[
            (filters.month(date.fromisoformat(f"{month}-01")), amount, _share(amount.ore, largest))
            for month, amount in spent.months
        ],
        suppliers=[
            (name, amount, alone, _share(amount.ore, spent.total.ore))
            for name, amount, alone in spent.suppliers[:MOST_SUPPLIERS]
        ],
        more=max(len(spent.suppliers) - MOST_SUPPLIERS, 0),
    )


def _share(part: int, whole: int) -> Decimal:
    return round(max(Decimal(100 * part) / whole, Decimal(0)), 1) if whole > 0 else Decimal(0)
