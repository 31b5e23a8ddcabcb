"""How a basket line is coded: on the usual account, on another, or split over several; and keeping what is written while one writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, NotFound
from eshop.web import forms, toasts
from eshop.web.filters import said
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext

blueprint = Blueprint("coding", __name__)
PARTS = 4
"""Over how many accounts the page splits a line; the API takes more."""


@dataclass(frozen=True)
class Part:
    """One row of the split as it stands in the form."""

    share: str
    coding: Mapping[str, str]


@dataclass
class Purpose:
    """What is bought for one purpose on one account (or one split), as the order page shows it: a row. `parts` is the split, empty where
    all of it is on `coding`; None is a coding that finance sets. `freight` is what lies in `amount` beside the lines."""

    name: str
    coding: Mapping[str, str] | None
    parts: list[dict[str, Any]]
    lines: list[ordering.BasketLineView] = field(default_factory=list)
    freight: Amount = NOTHING

    @property
    def amount(self) -> Amount:
        return Amount.sum(line.amount for line in self.lines) + self.freight


@blueprint.app_context_processor
def _purposes() -> dict[str, object]:
    return {"purposes_of": purposes_of, "rows_of": rows_of}


def rows_of(visit: Visit, view: ordering.BasketView) -> list[Purpose]:
    """The basket by purpose and account, in the order of its lines. Freight is posted on the usual account: it stands with the goods that
    came with it where they are on that account too, else by itself."""
    names, codings, own = purposes_of(visit, view), codings_of(visit, view), usual(visit)
    rows: dict[tuple[str, str], Purpose] = {}
    for group in view.groups:
        bearer = None
        for line in group.lines:
            coding = codings[line.item_id]
            key = (names[line.item_id], repr(line.coding or sorted(coding.items())))
            row = rows.setdefault(key, Purpose(names[line.item_id], coding or None, line.coding))
            row.lines.append(line)
            if bearer is None and not line.coding and dict(coding) == own:
                bearer = row
        if group.hints.freight:
            name = gettext("Freight")
            bearer = bearer or rows.setdefault((name, ""), Purpose(name, own or None, []))
            bearer.freight += group.hints.freight
    return list(rows.values())


def purposes_of(visit: Visit, view: ordering.BasketView) -> dict[int, str]:
    """Item → what it is bought for, in plain words: the title of its item group, else of its agreement; one query."""
    lines = [(line, group) for group in view.groups for line in group.lines]
    titles = catalogues.titles(visit.session, sorted({line.offer.unspsc for line, _ in lines if line.offer.unspsc}))
    return {
        line.item_id: titles.get(line.offer.unspsc or "") or group.agreement_title or gettext("Goods")
        for line, group in lines
    }


def usual(visit: Visit) -> dict[str, str]:
    """The municipality's coding with the institution's over it."""
    return {**visit.town.default_coding, **(visit.institution.coding if visit.institution else {})}


def codings_of(visit: Visit, view: ordering.BasketView) -> dict[int, Mapping[str, str]]:
    """Item → how it is coded where nobody says otherwise, as its invoice will be: the usual coding with the art of its item group."""
    own, rules = usual(visit), invoicing.coding_rules(visit.session, visit.town, visit.actor.today)
    return {
        line.item_id: invoicing.with_art(own, line.offer.unspsc, line.offer.vat_percent or Decimal(0), rules)[0]
        for group in view.groups
        for line in group.lines
    }


@blueprint.get("/basket/lines/<int:item_id>/coding")
@access("order")
def edit(visit: Visit, item_id: int) -> ResponseReturnValue:
    return _page(visit, item_id, None, None)


def _page(visit: Visit, item_id: int, parts: list[Part] | None, error: str | None) -> ResponseReturnValue:
    basket = ordering.open_basket(visit.session, visit.actor)
    view = ordering.basket_view(visit.session, basket, visit.actor)
    line = next((line for group in view.groups for line in group.lines if line.item_id == item_id), None)
    if line is None:
        raise NotFound("not_in_basket", item=item_id)
    own = codings_of(visit, view)[item_id]
    kept = [Part(str(one["share"]).replace(".", ","), {**usual(visit), **one["coding"]}) for one in line.coding]
    shown = parts or kept or [Part("100", own)]
    page = render_template(
        "basket/coding.html",
        line=line,
        purpose=purposes_of(visit, view)[item_id],
        came_from=_came_from(),
        parts=[*shown, *[Part("", own)] * (PARTS - len(shown))],
        dimensions=visit.municipality.dimensions,
        error=error,
    )
    return (page, 422) if error else page


@blueprint.post("/basket/lines/<int:item_id>/coding")
@access("order")
def save(visit: Visit, item_id: int) -> ResponseReturnValue:
    """Keeps the split, or the usual coding where nothing differs from it. Shares that are empty are left out."""
    basket = ordering.open_basket(visit.session, visit.actor)
    own, dimensions = usual(visit), visit.municipality.dimensions
    proposed = codings_of(visit, ordering.basket_view(visit.session, basket, visit.actor)).get(item_id, own)
    parts = [
        Part(
            request.form.get(f"share-{number}", "").strip(),
            {name: request.form.get(f"{name}-{number}", "").strip()[:40] for name in dimensions},
        )
        for number in range(PARTS)
    ]
    written = [part for part in parts if part.share]
    try:
        wanted = [_part(number, part, own) for number, part in enumerate(parts) if part.share]
        if len(wanted) == 1 and Decimal(wanted[0]["share"]) == 100 and _is(written[0], proposed):
            wanted = []
        ordering.change_line(visit.session, basket, item_id, visit.actor, coding=wanted)
    except BadInput as refused:
        visit.session.rollback()
        return _page(visit, item_id, written or parts[:1], said(refused))
    toasts.put(gettext("The coding is kept."))
    return redirect(url_for(_came_from()), 303)


def _came_from() -> str:
    """The page that is gone back to: the basket, where the person came from there, else the order page."""
    return "basket.show" if request.values.get("from") == "basket" else "basket.send"


def _is(part: Part, coding: Mapping[str, str]) -> bool:
    """Whether what is written is this coding; what is left empty follows it."""
    return all(value in ("", coding.get(name)) for name, value in part.coding.items())


def _part(number: int, part: Part, own: dict[str, str]) -> dict[str, Any]:
    """What differs from the usual coding is kept; the rest follows it."""
    share = forms.decimal(request.form, f"share-{number}")
    return {
        "share": format(share, "f"),
        "coding": {name: value for name, value in part.coding.items() if value and value != own.get(name)},
    }


@blueprint.post("/basket/keep")
@access("order")
def keep(visit: Visit) -> ResponseReturnValue:
    """What is written on the order page so far, so that a session that ends loses nothing."""
    basket = ordering.open_basket(visit.session, visit.actor)
    ordering.note_basket(
        visit.session,
        basket,
        visit.actor,
        reference=request.form.get("reference", "")[:100],
        note=request.form.get("note", "")[:2000],
    )
    if request.headers.get("Accept", "").startswith("application/json"):
        return "", 204
    return redirect(url_for("basket.send"), 303)
