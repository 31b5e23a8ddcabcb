"""Purchases made in a shop for a good reason: recorded afterwards with reason, receipt and coding; listed for Purchasing and finance."""

from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import ordering
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, Conflict, NotFound
from eshop.web import forms, names
from eshop.web.filters import said
from eshop.web.guards import Visit, access
from eshop.web.order_cards import reach
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("outside", __name__)
SHOWN = 200

REASONS = {
    "learning": lazy_gettext("Part of the teaching or the day's activity"),
    "outing": lazy_gettext("On an outing"),
    "urgent": lazy_gettext("It was urgent"),
    "local_event": lazy_gettext("A local event"),
    "taste": lazy_gettext("The users chose it themselves"),
}
"""Why it was bought in a shop, as people read it."""

FIELDS = ("seller", "text", "gross", "vat", "bought_on", "reason", "explanation")


@blueprint.get("/outside-purchases")
@access("see_orders")
def overview(visit: Visit) -> ResponseReturnValue:
    found = ordering.list_outside_purchases(visit.session, reach(visit), limit=SHOWN)
    return render_template(
        "outside/overview.html",
        purchases=found,
        people=names.people(visit.session, (one.user_id for one in found)),
        places=names.institutions(visit.session, (one.institution_id for one in found)),
        reasons=REASONS,
        total=Amount.sum(one.gross for one in found),
        handling=Amount.sum(one.cost for one in found),
    )


@blueprint.get("/outside-purchases/new")
@access("order")
def new(visit: Visit) -> ResponseReturnValue:
    return _page(visit, {}, {"bought_on": visit.actor.today.isoformat()})


def _page(visit: Visit, errors: dict[str, str], written: dict[str, str]) -> ResponseReturnValue:
    usual = {**visit.municipality.default_coding, **(visit.institution.coding if visit.institution else {})}
    page = render_template("outside/new.html", errors=errors, written=written, reasons=REASONS, coding=usual)
    return (page, 422) if errors else page


@blueprint.post("/outside-purchases")
@access("order")
def record(visit: Visit) -> ResponseReturnValue:
    """What is wrong is said at its field; the picture must be chosen again, everything else is kept."""
    written = {name: request.form.get(name, "").strip() for name in FIELDS}
    dimensions = visit.municipality.dimensions
    coding = {name: value for name in dimensions if (value := request.form.get(f"coding-{name}", "").strip())}
    errors: dict[str, str] = {}
    gross, vat, day = NOTHING, None, visit.actor.today
    try:
        gross = forms.amount(request.form, "gross")
    except BadInput as error:
        errors["gross"] = said(error)
    try:
        vat = forms.amount(request.form, "vat") if written["vat"] else None
    except BadInput as error:
        errors["vat"] = said(error)
    try:
        day = forms.day(request.form, "bought_on") or day
    except BadInput as error:
        errors["bought_on"] = said(error)
    missing = {
        "seller": gettext("Write which shop it was"),
        "text": gettext("Write what was bought"),
        "reason": gettext("Choose why it was bought in a shop"),
    }
    errors |= {name: sentence for name, sentence in missing.items() if not written[name]}
    receipt = request.files.get("receipt")
    body = receipt.read() if receipt is not None else b""
    if not body:
        errors["receipt"] = gettext("Take a picture of the receipt, or choose its PDF")
    if not errors:
        try:
            made = _record(visit, written, gross, vat, day, body, coding)
        except (BadInput, Conflict) as error:
            visit.session.rollback()
            errors[FIELD_OF.get(error.code, "")] = said(error)
        else:
            flash(gettext("The purchase is recorded. Finance and Purchasing can see it."), "success")
            return redirect(url_for("outside.show", purchase_id=made.id), 303)
    return _page(visit, errors, {**written, **{f"coding-{name}": value for name, value in coding.items()}})


FIELD_OF = {
    "outside_reason": "reason",
    "amount_missing": "gross",
    "vat_too_high": "vat",
    "receipt_in_future": "bought_on",
    "not_a_receipt": "receipt",
    "photo_too_large": "receipt",
    "outside_twice": "receipt",
}
"""Which field a refusal belongs to."""


def _record(
    visit: Visit,
    written: dict[str, str],
    gross: Amount,
    vat: Amount | None,
    day: date,
    body: bytes,
    coding: dict[str, str],
) -> ordering.OutsidePurchase:
    till = ordering.Till(written["seller"], written["text"], gross, day, vat)
    return ordering.record_outside_purchase(
        visit.session,
        till,
        written["reason"],
        body,
        visit.actor,
        explanation=written["explanation"] or None,
        coding=coding,
    )


def _load(visit: Visit, purchase_id: int) -> ordering.OutsidePurchase:
    found = ordering.get_outside_purchase(visit.session, purchase_id)
    if not visit.may("see_orders", found.institution_id):
        raise NotFound("not_found", thing="OutsidePurchase", key=purchase_id)
    return found


@blueprint.get("/outside-purchases/<int:purchase_id>")
@access("see_orders")
def show(visit: Visit, purchase_id: int) -> ResponseReturnValue:
    one = _load(visit, purchase_id)
    norm = ordering.standard_in_force(visit.session, one.bought_on)
    return render_template(
        "outside/show.html",
        one=one,
        person=names.people(visit.session, [one.user_id]).get(one.user_id, ""),
        place=names.institutions(visit.session, [one.institution_id]).get(one.institution_id, ""),
        reason=REASONS.get(one.reason, one.reason),
        is_pdf=one.photo.startswith(b"%PDF-"),
        standard=norm.source if norm.version == one.standard else one.standard,
    )


@blueprint.get("/outside-purchases/<int:purchase_id>/receipt")
@access("see_orders")
def receipt(visit: Visit, purchase_id: int) -> ResponseReturnValue:
    """The picture to look at; a PDF is downloaded, because it may hold more than paper."""
    one = _load(visit, purchase_id)
    if one.photo.startswith(b"%PDF-"):
        answer = Response(one.photo, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'attachment; filename="bon-{one.id}.pdf"'
        return answer
    return Response(one.photo, mimetype="image/jpeg")
