"""Agreements and their catalogues: the list, one agreement, the catalogues that wait, and the review before one goes live."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

import catalogues
from eshop.web import forms, names
from eshop.web.guards import Visit, access

blueprint = Blueprint("agreements", __name__)
SOON_DAYS = 180
PER_PAGE = 100
KINDS = ("all", "warnings", "refused")
SHOWN = ("all", "action", "soon", "ended")


@dataclass(frozen=True)
class ReviewLine:
    """A line of the review in the words of the page."""

    row: catalogues.ReviewRow

    @property
    def difference(self) -> Decimal | None:
        if self.row.old_price is None or self.row.new_price is None or self.row.kind == "removed":
            return None
        return self.row.new_price - self.row.old_price

    @property
    def tone(self) -> str:
        """Green where it is cheaper, red where a person should look, else yellow."""
        if not self.difference:
            return ""
        if self.difference < 0:
            return "good"
        return "bad" if any(one.severity != "info" for one in self.row.findings) else "wob"


@blueprint.get("/agreements")
@access("see_agreements")
def overview(visit: Visit) -> ResponseReturnValue:
    today = visit.actor.today
    shown = forms.choice(request.args, "show", SHOWN, "all")
    every = catalogues.list_agreements(visit.session)
    orphans = {one.id for one in catalogues.ending_without_successor(visit.session, today)}
    parallel = catalogues.parallel_agreements(visit.session, today)
    suppliers = names.suppliers(visit.session, (one.supplier_id for one in every))
    state = {one.id: one.state(today) for one in every}
    counting = {one.id for one in catalogues.agreements_in_force(visit.session, today)}
    joined = {one.id: one.id in counting or state[one.id] not in ("in_force", "extended") for one in every}
    soon = {one.id for one in every if state[one.id] in ("in_force", "extended") and _ends_within(one.ends(), today)}
    groups = {
        "all": every,
        "action": [one for one in every if one.id in orphans],
        "soon": [one for one in every if one.id in soon],
        "ended": [one for one in every if state[one.id] == "ended"],
    }
    listed = sorted(groups[shown], key=lambda one: (one.id not in orphans, one.ends() or date.max, one.number))
    return render_template(
        "agreements/overview.html",
        wide=True,
        agreements=listed,
        counts={name: len(rows) for name, rows in groups.items()},
        shown=shown,
        state=state,
        joined=joined,
        orphans=orphans,
        parallel=parallel,
        suppliers=suppliers,
    )


def _ends_within(end: date | None, today: date) -> bool:
    return end is not None and 0 <= (end - today).days <= SOON_DAYS


@blueprint.get("/agreements/<int:agreement_id>")
@access("see_agreements")
def show(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    today = visit.actor.today
    return render_template(
        "agreements/show.html",
        wide=True,
        agreement=agreement,
        state=agreement.state(today),
        joined=_joined_lots(visit, agreement.id),
        lots=catalogues.lots_of(visit.session, agreement.id),
        supplier=names.suppliers(visit.session, [agreement.supplier_id])[agreement.supplier_id],
        versions=catalogues.list_versions(visit.session, agreement.id),
        items=catalogues.count_live(visit.session, agreement.id),
    )


def _joined_lots(visit: Visit, agreement_id: int) -> frozenset[int] | None:
    """The lots the municipality has joined today, None for all of them; empty is not joined."""
    today = visit.actor.today
    own = [
        one
        for one in catalogues.joinings_of(visit.session, agreement_id)
        if one.cvr == visit.municipality.cvr
        and (one.valid_from is None or one.valid_from <= today)
        and (one.valid_to is None or today <= one.valid_to)
    ]
    exempt = {one.lot_id for one in own if one.exempt}
    lots = {one.lot_id for one in own if not one.exempt}
    if None in exempt:
        return frozenset()
    return None if None in lots and not exempt else frozenset(lot for lot in lots - exempt if lot is not None)


@blueprint.get("/catalogues")
@access("see_agreements")
def catalogues_overview(visit: Visit) -> ResponseReturnValue:
    versions = catalogues.list_versions(visit.session)[:100]
    agreements = {one.id: one for one in catalogues.list_agreements(visit.session)}
    return render_template(
        "agreements/catalogues.html",
        wide=True,
        versions=versions,
        uploads=catalogues.uploads_under_way(visit.session),
        agreements=agreements,
        suppliers=names.suppliers(visit.session, (one.supplier_id for one in versions)),
    )


@blueprint.get("/catalogues/<int:version_id>")
@access("see_agreements")
def review(visit: Visit, version_id: int) -> ResponseReturnValue:
    version = catalogues.get_version(visit.session, version_id)
    kind = forms.choice(request.args, "show", KINDS, "all")
    page = forms.page_number(request.args)
    rows = catalogues.review(
        visit.session,
        version,
        only=kind,  # type: ignore[arg-type]
        limit=PER_PAGE + 1,
        offset=(page - 1) * PER_PAGE,
    )
    agreement = catalogues.get_agreement(visit.session, version.agreement_id)
    return render_template(
        "agreements/review.html",
        wide=True,
        version=version,
        agreement=agreement,
        supplier=names.suppliers(visit.session, [version.supplier_id])[version.supplier_id],
        rows=[ReviewLine(row) for row in rows[:PER_PAGE]],
        summary=catalogues.summarise(visit.session, version),
        kind=kind,
        page=page,
        more=len(rows) > PER_PAGE,
        deciding=visit.may("accept_catalogue") and version.state == "waiting",
    )


@blueprint.post("/catalogues/<int:version_id>/accept")
@access("accept_catalogue")
def accept(visit: Visit, version_id: int) -> ResponseReturnValue:
    version = catalogues.get_version(visit.session, version_id)
    lines = forms.ids(request.form, "line") if request.form.get("choice") == "picked" else "preselected"
    catalogues.accept(visit.session, version, by=visit.actor, lines=lines)
    flash(gettext("The catalogue is live. What you left out keeps its old price."), "success")
    return redirect(url_for("agreements.review", version_id=version.id), 303)


@blueprint.post("/catalogues/<int:version_id>/refuse")
@access("accept_catalogue")
def refuse(visit: Visit, version_id: int) -> ResponseReturnValue:
    version = catalogues.get_version(visit.session, version_id)
    catalogues.refuse(visit.session, version, by=visit.actor)
    flash(gettext("The catalogue is refused. What was live stays live."), "success")
    return redirect(url_for("agreements.catalogues_overview"), 303)
