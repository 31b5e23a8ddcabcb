"""Indsigt: each figure with its definition and denominator, opened part by part to the lines it is made of."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from eshop import insight
from eshop.web import forms
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext

blueprint = Blueprint("insight", __name__)
PER_PAGE = 50


def figure_name(name: str) -> str:
    """What people call the figure."""
    return {
        "e-commerce-degree": gettext("E-commerce degree"),
        "compliance": gettext("Compliance"),
        "price-compliance": gettext("Paid above the agreed price"),
        "transaction-cost": gettext("Transaction cost per order"),
        "touchless-share": gettext("Invoices posted without help"),
        "invoice-quality": gettext("Invoice quality"),
    }[name]


@blueprint.get("/insight")
@access("see_insight")
def overview(visit: Visit) -> ResponseReturnValue:
    span = _span(visit)
    figures = [insight.figure(visit.session, name, span, visit.actor) for name in insight.FIGURES]
    return render_template(
        "insight/overview.html",
        wide=True,
        figures={one.definition.name: one for one in figures},
        span=span,
        periods=_periods(visit),
        figure_name=figure_name,
    )


@blueprint.get("/insight/<string:name>")
@access("see_insight")
def show(visit: Visit, name: str) -> ResponseReturnValue:
    span = _span(visit)
    found = insight.figure(visit.session, name, span, visit.actor)
    part = next((one for one in found.parts if one.key == request.args.get("part")), None)
    page = forms.page_number(request.args)
    every = insight.lines(visit.session, name, span, visit.actor, part.key if part else None)
    return render_template(
        "insight/show.html",
        wide=True,
        found=found,
        part=part,
        lines=every[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(every),
        page=page,
        more=len(every) > page * PER_PAGE,
        span=span,
        periods=_periods(visit),
        figure_name=figure_name,
        why={
            "other_supplier": gettext("bought at another supplier"),
            "without_order": gettext("the right supplier, but without an order"),
        },
    )


def _span(visit: Visit) -> insight.Span:
    return insight.period_of(request.args.get("period"), visit.actor.today)


def _periods(visit: Visit) -> list[tuple[str | None, str]]:
    """The last twelve months, the four latest quarters, this year and the one before."""
    today = visit.actor.today
    found: list[tuple[str | None, Any]] = [(None, gettext("The last 12 months"))]
    day = today
    for _ in range(4):
        quarter = (day.month + 2) // 3
        found.append(
            (f"{day.year}-Q{quarter}", gettext("%(quarter)s. quarter %(year)s", quarter=quarter, year=day.year))
        )
        day = day.replace(month=3 * quarter - 2, day=1) - timedelta(days=1)
    return [*found, (str(today.year), str(today.year)), (str(today.year - 1), str(today.year - 1))]
