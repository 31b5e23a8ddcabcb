"""Tenders before signature: planned, open, awarded; the winner's price list becomes a draft agreement and a catalogue to review."""

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
from eshop import kept_files
from eshop.errors import BadInput
from eshop.web import forms, names
from eshop.web.guards import Visit, access, settings
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("tenders", __name__)
STATES = {
    "planned": (lazy_gettext("Planned"), "neutral"),
    "open": (lazy_gettext("Open for offers"), "info"),
    "awarded": (lazy_gettext("Awarded"), "warning"),
    "signed": (lazy_gettext("Signed"), "success"),
    "dropped": (lazy_gettext("Dropped"), "neutral"),
}
LEVELS = {
    "own": lazy_gettext("Our own"),
    "community": lazy_gettext("Purchasing community"),
    "joint_voluntary": lazy_gettext("Joint, voluntary"),
    "joint_mandatory": lazy_gettext("Joint, mandatory"),
}


@blueprint.get("/tenders")
@access("see_agreements")
def overview(visit: Visit) -> ResponseReturnValue:
    return render_template(
        "tenders/overview.html", wide=True, tenders=catalogues.list_tenders(visit.session), states=STATES, levels=LEVELS
    )


@blueprint.post("/tenders")
@access("manage_agreements")
def plan(visit: Visit) -> ResponseReturnValue:
    start = forms.day(request.form, "valid_from")
    if start is None:
        raise BadInput("write_a_day", field="valid_from")
    tender = catalogues.plan_tender(
        visit.session,
        forms.text(request.form, "number", 60) or "",
        forms.text(request.form, "title", 200) or "",
        start,
        visit.actor,
        valid_to=forms.day(request.form, "valid_to"),
        answers_by=forms.day(request.form, "answers_by"),
        level=forms.choice(request.form, "level", tuple(LEVELS), "own"),
        unspsc=(forms.text(request.form, "unspsc", 400) or "").replace(",", " ").split(),
    )
    return redirect(url_for("tenders.show", tender_id=tender.id), 303)


@blueprint.get("/tenders/<int:tender_id>")
@access("see_agreements")
def show(visit: Visit, tender_id: int) -> ResponseReturnValue:
    tender = catalogues.get_tender(visit.session, tender_id)
    drafts = catalogues.agreements_of_tender(visit.session, tender)
    possible = catalogues.TENDER.possible(tender.state) if visit.may("manage_agreements") else frozenset[str]()
    return render_template(
        "tenders/show.html",
        tender=tender,
        state=STATES[tender.state],
        level=LEVELS[tender.level],
        drafts=[(one, catalogues.list_versions(visit.session, one.id)) for one in drafts],
        suppliers=names.suppliers(visit.session, (one.supplier_id for one in drafts)),
        possible=possible,
        steps=possible - {"award"},
    )


@blueprint.post("/tenders/<int:tender_id>/move")
@access("manage_agreements")
def go_on(visit: Visit, tender_id: int) -> ResponseReturnValue:
    tender = catalogues.get_tender(visit.session, tender_id)
    catalogues.move_tender(visit.session, tender, request.form.get("verb", ""), visit.actor)
    return redirect(url_for("tenders.show", tender_id=tender.id), 303)


@blueprint.post("/tenders/<int:tender_id>/awards")
@access("manage_agreements")
def award(visit: Visit, tender_id: int) -> ResponseReturnValue:
    """The winner, and their price list when it is at hand: then the columns of the sheet are seen next."""
    tender = catalogues.get_tender(visit.session, tender_id)
    winner = {name: forms.text(request.form, name, 200) for name in ("cvr", "gln", "name")}
    file = request.files.get("file")
    if file is None or not file.filename:
        catalogues.award_tender(visit.session, tender, winner, visit.actor)
        flash(gettext("The draft agreement is made. The price list can be handed in when it comes."), "success")
        return redirect(url_for("tenders.show", tender_id=tender.id), 303)
    digest, path = kept_files.keep(settings().data_dir, file.stream)
    _, upload = catalogues.award_with_prices(
        visit.session, tender, winner, path, sha256=digest, name=Path(file.filename).name, by=visit.actor
    )
    return redirect(url_for("catalogue_files.show", upload_id=upload.id), 303)
