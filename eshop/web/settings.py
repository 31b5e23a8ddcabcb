"""Indstillinger: what the municipality is called and looks like, what ordering goes by, the standards behind the figures, and the
tokens of other systems."""

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import ordering
from eshop import appearance, tokens
from eshop.errors import BadInput
from eshop.web import forms
from eshop.web.guards import Visit, access, open_to_all
from eshop.web.texts import gettext

blueprint = Blueprint("settings", __name__)
STANDARD_COLOUR: Final = "#0b4f54"
COUNTS: Final = ("undo_minutes", "escalate_after_days", "wait_days", "largest_quantity")


@blueprint.get("/settings")
@access("manage_settings")
def show(visit: Visit) -> ResponseReturnValue:
    standard = ordering.standard_in_force(visit.session, visit.actor.today)
    steps = (("order", gettext("purchase")), ("receive", gettext("goods receipt")), ("invoice", gettext("payment")))
    return render_template(
        "settings/show.html",
        municipality=visit.municipality,
        colour=visit.municipality.settings.get("brand") or STANDARD_COLOUR,
        ordering=ordering.ordering_settings(visit.session),
        standard=standard,
        costs=[
            (
                channel,
                name,
                [(step, standard.of_step(channel, step)) for step, _ in steps],
                standard.of_channel(channel),
            )
            for channel, name in (
                ("system", gettext("In the system")),
                ("mail", gettext("Phone, mail or webshop")),
                ("shop", gettext("In a shop")),
            )
        ],
        steps=[name for _, name in steps],
        today=visit.actor.today,
        tokens=tokens.list_tokens(visit.session, visit.actor) if visit.may("operate") else None,
        scopes=tokens.SCOPES,
    )


@blueprint.post("/settings/appearance")
@access("manage_settings")
def change_appearance(visit: Visit) -> ResponseReturnValue:
    appearance.change_appearance(
        visit.session,
        request.form.get("name", ""),
        forms.text(request.form, "brand", 20),
        forms.text(request.form, "help_phone", 40),
        visit.actor,
    )
    return _saved("appearance")


@blueprint.post("/settings/ordering")
@access("manage_settings")
def change_ordering(visit: Visit) -> ResponseReturnValue:
    wanted: dict[str, Any] = {name: str(forms.decimal(request.form, name)) for name in COUNTS}
    for name in ("approve_above", "combine_hint_below"):
        wanted[name] = str(forms.amount(request.form, name)) if request.form.get(name, "").strip() else None
    ordering.change_ordering_settings(visit.session, wanted, visit.actor)
    return _saved("ordering")


@blueprint.post("/settings/standards")
@access("manage_settings")
def add_standard(visit: Visit) -> ResponseReturnValue:
    """A new version of what an order costs to handle: minutes by way and step, and the hour's price."""
    start = forms.day(request.form, "valid_from")
    name, source = forms.text(request.form, "version", 40), forms.text(request.form, "source", 200)
    if start is None or name is None or source is None:
        raise BadInput("cost_standard_incomplete")
    head = {
        "version": name, "source": source, "valid_from": start.isoformat(),
        "hourly_rate": str(forms.amount(request.form, "hourly_rate")),
        "split": "estimate" if request.form.get("estimate") else "measured",
    }  # fmt: skip
    rows = [
        {**head, "channel": channel, "step": step, "minutes": str(forms.decimal(request.form, f"{channel}-{step}"))}
        for channel in ("system", "mail", "shop")
        for step in ("order", "receive", "invoice")
    ]
    ordering.load_cost_standard(visit.session, rows, visit.actor)
    return _saved("standards")


@blueprint.post("/settings/tokens")
@access("operate")
def make_token(visit: Visit) -> ResponseReturnValue:
    days = int(forms.decimal(request.form, "days")) if request.form.get("days", "").strip() else None
    until = None if days is None else visit.actor.at + timedelta(days=max(1, min(days, 3650)))
    chosen = request.form.getlist("scope")
    text = tokens.make_token(visit.session, request.form.get("name", ""), chosen, visit.actor, None, until)
    flash(gettext("The token is %(token)s. It is shown once: put it into the other system now.", token=text), "success")
    return redirect(url_for("settings.show") + "#tokens", 303)


@blueprint.post("/settings/tokens/<int:token_id>/revoke")
@access("operate")
def revoke_token(visit: Visit, token_id: int) -> ResponseReturnValue:
    ended = tokens.revoke_token(visit.session, token_id, visit.actor)
    flash(gettext("%(name)s no longer has access.", name=ended.name), "success")
    return redirect(url_for("settings.show") + "#tokens", 303)


def _saved(part: str) -> ResponseReturnValue:
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.show") + f"#{part}", 303)


@blueprint.get("/brand/<string:colour>.css")
@open_to_all
def brand(colour: str) -> Response:
    """The municipality's colour as variables: a file of its own, because pages carry no style of their own."""
    rules = ";".join(f"{name}:{value}" for name, value in appearance.shades(colour).items())
    answer = Response(f":root{{{rules}}}\n", mimetype="text/css")
    answer.cache_control.max_age = 86400
    answer.cache_control.public = True
    return answer
