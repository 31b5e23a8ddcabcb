"""People, units and roles: who is here, what they may do and where; the administrator keeps them, Purchasing and audit see them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eshop import people, units
from eshop.errors import BadInput
from eshop.identity import BUYING_OR_POSTING, PERMISSIONS, Institution, Role
from eshop.web import forms
from eshop.web.guards import Visit, access
from eshop.web.navigation import role_name
from eshop.web.texts import gettext
from eshop.web.verb_names import VERBS

blueprint = Blueprint("people", __name__)
PER_PAGE = 50


@blueprint.get("/people")
@access("see_people")
def overview(visit: Visit) -> ResponseReturnValue:
    shown = forms.choice(request.args, "show", ("active", "closed"), "active")
    text = forms.text(request.args, "q", 100) or ""
    page = forms.page_number(request.args)
    found = people.directory(
        visit.session, visit.actor, text,
        active=shown == "active", limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE,
    )  # fmt: skip
    return render_template(
        "people/overview.html",
        wide=True,
        people=found[:PER_PAGE],
        shown=shown,
        text=text,
        page=page,
        more=len(found) > PER_PAGE,
        role_name=role_name,
        changing=visit.may("manage_people"),
    )


@blueprint.post("/people")
@access("manage_people")
def add(visit: Visit) -> ResponseReturnValue:
    made = people.add_person(
        visit.session,
        request.form.get("login", ""),
        request.form.get("name", ""),
        forms.text(request.form, "email", 200),
        visit.actor,
    )
    flash(gettext("%(name)s is added. Give a role and a password.", name=made.name), "success")
    return _to_person(made.id)


@blueprint.get("/people/<int:user_id>")
@access("see_people")
def show(visit: Visit, user_id: int) -> ResponseReturnValue:
    found = people.get_person(visit.session, user_id, visit.actor)
    free = people.may_be_given(found.held)
    own = visit.person.id == user_id
    return render_template(
        "people/show.html",
        person=found.user,
        held=found.held,
        given=[role for role in free if not (own and role in BUYING_OR_POSTING)],
        barred=_why_barred(found, own),
        places=_places(visit),
        deputies=people.deputies(visit.session, user_id, visit.actor.today),
        others=_others(visit, user_id),
        everywhere=people.EVERYWHERE,
        role_name=role_name,
        changing=visit.may("manage_people"),
        own=own,
    )


def _why_barred(found: people.Person, own: bool) -> str | None:
    """Separation of duties in one sentence, where it takes something away from the choice of roles."""
    roles = {one.role for one in found.held}
    if own:
        return gettext("You cannot give yourself a role that buys or posts. Another administrator can.")
    if Role.ADMINISTRATOR in roles:
        return gettext("An administrator cannot buy or post. Take the role of administrator back first.")
    if roles & BUYING_OR_POSTING:
        return gettext("Whoever buys or posts cannot be administrator. Take those roles back first.")
    return None


def _places(visit: Visit) -> list[units.Unit]:
    return units.list_units(visit.session, visit.actor)


def _others(visit: Visit, user_id: int) -> list[Any]:
    every = people.directory(visit.session, visit.actor, limit=2000)
    return [one.user for one in every if one.user.id != user_id and one.held]


@blueprint.post("/people/<int:user_id>")
@access("manage_people")
def change(visit: Visit, user_id: int) -> ResponseReturnValue:
    found = people.get_person(visit.session, user_id, visit.actor)
    people.change_person(
        visit.session, found.user, request.form.get("name", ""), forms.text(request.form, "email", 200), visit.actor
    )
    flash(gettext("Saved."), "success")
    return _to_person(user_id)


@blueprint.post("/people/<int:user_id>/roles")
@access("manage_people")
def give_role(visit: Visit, user_id: int) -> ResponseReturnValue:
    found = people.get_person(visit.session, user_id, visit.actor)
    role = Role(forms.choice(request.form, "role", tuple(one.value for one in Role), Role.ORDERER.value))
    chosen = forms.ids(request.form, "institution")
    if role in people.EVERYWHERE:
        place = None
    elif chosen:
        place = units.get_unit(visit.session, chosen[0], visit.actor).id
    elif request.form.get("institution") == "all":
        place = None
    else:
        raise BadInput("choose_a_unit")
    limit = forms.amount(request.form, "limit") if request.form.get("limit", "").strip() else None
    people.give_role(visit.session, found.user, role, place, visit.actor, limit)
    flash(gettext("%(name)s is now %(role)s.", name=found.user.name, role=role_name(role).lower()), "success")
    return _to_person(user_id)


@blueprint.post("/roles/<int:grant_id>/take")
@access("manage_people")
def take_role(visit: Visit, grant_id: int) -> ResponseReturnValue:
    user_id = people.take_role(visit.session, grant_id, visit.actor)
    flash(gettext("The role is taken back."), "success")
    return _to_person(user_id)


@blueprint.post("/people/<int:user_id>/deputies")
@access("manage_people")
def set_deputy(visit: Visit, user_id: int) -> ResponseReturnValue:
    principal = people.get_person(visit.session, user_id, visit.actor).user
    chosen = forms.ids(request.form, "deputy")
    if not chosen:
        raise BadInput("choose_a_deputy")
    deputy = people.get_person(visit.session, chosen[0], visit.actor).user
    start = forms.day(request.form, "from") or visit.actor.today
    end = forms.day(request.form, "to")
    if end is None:
        raise BadInput("write_a_day", field="to")
    people.set_deputy(visit.session, principal, deputy, start, end, request.form.get("reason", ""), visit.actor)
    flash(gettext("%(deputy)s stands in for %(name)s.", deputy=deputy.name, name=principal.name), "success")
    return _to_person(user_id)


@blueprint.post("/deputies/<int:deputyship_id>/end")
@access("manage_people")
def end_deputy(visit: Visit, deputyship_id: int) -> ResponseReturnValue:
    user_id = people.end_deputy(visit.session, deputyship_id, visit.actor)
    flash(gettext("The deputy is ended."), "success")
    return _to_person(user_id)


@blueprint.post("/people/<int:user_id>/password")
@access("manage_people")
def password(visit: Visit, user_id: int) -> ResponseReturnValue:
    found = people.get_person(visit.session, user_id, visit.actor)
    chosen = people.new_password(visit.session, found.user, visit.actor)
    flash(
        gettext("The password is %(password)s. It is shown once: give it to %(name)s, who changes it in the profile.",
                password=chosen, name=found.user.name),
        "success",
    )  # fmt: skip
    return _to_person(user_id)


@blueprint.post("/people/<int:user_id>/close")
@access("manage_people")
def close(visit: Visit, user_id: int) -> ResponseReturnValue:
    found = people.get_person(visit.session, user_id, visit.actor)
    people.deactivate(visit.session, found.user, visit.actor)
    flash(gettext("%(name)s can no longer sign in. What they have done stays.", name=found.user.name), "success")
    return _to_person(user_id)


@blueprint.post("/people/<int:user_id>/open")
@access("manage_people")
def reopen(visit: Visit, user_id: int) -> ResponseReturnValue:
    found = people.get_person(visit.session, user_id, visit.actor)
    people.reactivate(visit.session, found.user, visit.actor)
    flash(gettext("%(name)s can sign in again.", name=found.user.name), "success")
    return _to_person(user_id)


def _to_person(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("people.show", user_id=user_id), 303)


@blueprint.get("/roles")
@access("see_people")
def roles(visit: Visit) -> ResponseReturnValue:
    """Each role: what it may do, and who holds it."""
    return render_template(
        "people/roles.html",
        wide=True,
        roles=[
            (
                role,
                role_name(role),
                [str(VERBS[verb]) for verb, given in PERMISSIONS.items() if role in given and verb in VERBS],
            )
            for role in Role
        ],
        holders=people.holders(visit.session, visit.actor),
        buying=BUYING_OR_POSTING,
    )


# --- units ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/units")
@access("see_people")
def list_units(visit: Visit) -> ResponseReturnValue:
    shown = forms.choice(request.args, "show", ("open", "closed"), "open")
    return render_template(
        "people/units.html",
        wide=True,
        units=units.list_units(visit.session, visit.actor, closed=shown == "closed"),
        shown=shown,
        changing=visit.may("manage_people"),
    )


@blueprint.post("/units")
@access("manage_people")
def add_unit(visit: Visit) -> ResponseReturnValue:
    made = units.add_unit(
        visit.session, request.form.get("name", ""), request.form.get("gln", ""), _parent(), visit.actor
    )
    flash(gettext("%(name)s is added.", name=made.name), "success")
    return _to_unit(made)


@blueprint.get("/units/<int:institution_id>")
@access("see_people")
def show_unit(visit: Visit, institution_id: int) -> ResponseReturnValue:
    unit = units.get_unit(visit.session, institution_id, visit.actor)
    return render_template(
        "people/unit.html",
        unit=unit,
        glns=units.glns_of(visit.session, unit.id),
        points=units.delivery_points_of(visit.session, unit.id),
        places=[one for one in _places(visit) if one.institution.id != unit.id],
        dimensions=visit.municipality.dimensions,
        inherited=visit.municipality.default_coding,
        weekdays=_weekdays(),
        changing=visit.may("manage_people"),
    )


@blueprint.post("/units/<int:institution_id>")
@access("manage_people")
def change_unit(visit: Visit, institution_id: int) -> ResponseReturnValue:
    unit = units.get_unit(visit.session, institution_id, visit.actor)
    units.change_unit(visit.session, unit, _unit_of_form(visit, unit), visit.actor)
    flash(gettext("Saved."), "success")
    return _to_unit(unit)


def _unit_of_form(visit: Visit, unit: Institution) -> dict[str, Any]:
    form = request.form
    coding = {name: form.get(f"coding-{name}", "").strip() for name in visit.municipality.dimensions}
    groups = [part for part in form.get("item_groups", "").replace(",", " ").split() if part]
    street, city = form.get("street", "").strip(), form.get("city", "").strip()
    place = {"street": street, "zip": form.get("zip", "").strip(), "city": city}
    return {
        "name": form.get("name", "").strip(),
        "parent_id": _parent(),
        "coding": {**unit.coding, **coding} if any(coding.values()) else {},
        "item_groups": groups or None,
        "yearly_budget": forms.amount(form, "budget") if form.get("budget", "").strip() else None,
        "address": {**unit.address, **{name: value for name, value in place.items() if value or name in unit.address}},
    }


def _parent() -> int | None:
    chosen = forms.ids(request.form, "parent")
    return chosen[0] if chosen else None


@blueprint.post("/units/<int:institution_id>/glns")
@access("manage_people")
def add_gln(visit: Visit, institution_id: int) -> ResponseReturnValue:
    unit = units.get_unit(visit.session, institution_id, visit.actor)
    made = units.add_gln(visit.session, unit, request.form.get("gln", ""), forms.day(request.form, "from"), visit.actor)
    flash(gettext("%(gln)s belongs to %(name)s.", gln=made.gln, name=unit.name), "success")
    return _to_unit(unit)


@blueprint.post("/glns/<int:gln_id>/end")
@access("manage_people")
def end_gln(visit: Visit, gln_id: int) -> ResponseReturnValue:
    last = forms.day(request.form, "to") or visit.actor.today
    place = units.end_gln(visit.session, gln_id, last, visit.actor)
    flash(gettext("The EAN number is ended."), "success")
    return _to_unit(units.get_unit(visit.session, place, visit.actor))


@blueprint.post("/units/<int:institution_id>/delivery-points")
@access("manage_people")
def set_delivery_point(visit: Visit, institution_id: int) -> ResponseReturnValue:
    unit = units.get_unit(visit.session, institution_id, visit.actor)
    days = forms.ids(request.form, "day")
    point = units.set_delivery_point(visit.session, unit, request.form.get("name", ""), days, visit.actor)
    flash(gettext("Goods can be left at %(name)s.", name=point.name), "success")
    return _to_unit(unit)


@blueprint.post("/units/<int:institution_id>/close")
@access("manage_people")
def close_unit(visit: Visit, institution_id: int) -> ResponseReturnValue:
    unit = units.get_unit(visit.session, institution_id, visit.actor)
    units.close_unit(visit.session, unit, visit.actor)
    flash(gettext("%(name)s is closed. What is under way goes on.", name=unit.name), "success")
    return _to_unit(unit)


@blueprint.post("/units/<int:institution_id>/open")
@access("manage_people")
def reopen_unit(visit: Visit, institution_id: int) -> ResponseReturnValue:
    unit = units.get_unit(visit.session, institution_id, visit.actor)
    units.reopen_unit(visit.session, unit, visit.actor)
    flash(gettext("%(name)s is open again.", name=unit.name), "success")
    return _to_unit(unit)


def _to_unit(unit: Institution) -> ResponseReturnValue:
    return redirect(url_for("people.show_unit", institution_id=unit.id), 303)


def _weekdays() -> list[tuple[int, str]]:
    """ISO weekdays with their short names."""
    names = (
        gettext("Mon"), gettext("Tue"), gettext("Wed"), gettext("Thu"), gettext("Fri"), gettext("Sat"), gettext("Sun"),
    )  # fmt: skip
    return list(enumerate(names, 1))
