"""Approval rules, kept by Purchasing; and one's own deputies, kept in the profile."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

import ordering
from eshop import people
from eshop.errors import BadInput, NotFound
from eshop.identity import Institution, Role, User
from eshop.web import forms, names
from eshop.web.filters import said
from eshop.web.guards import Visit, access, signed_in
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("rules", __name__)

KINDS = {
    "amount": lazy_gettext("The order is above an amount"),
    "item_group": lazy_gettext("Goods of an item group above an amount"),
    "institution": lazy_gettext("Orders of one institution above an amount"),
    "budget": lazy_gettext("The institution's budget would be exceeded"),
    "first_time_supplier": lazy_gettext("The first order to a supplier"),
}
"""What a rule looks at, as people read it."""

ROLES = {
    Role.APPROVER.value: lazy_gettext("The institution's approver"),
    Role.PURCHASING_LEAD.value: lazy_gettext("Purchasing"),
}
"""Who can be asked."""


@blueprint.get("/approval-rules")
@access("manage_settings")
def overview(visit: Visit) -> ResponseReturnValue:
    return _page(visit, {}, {})


def _page(visit: Visit, errors: dict[str, str], written: dict[str, str]) -> ResponseReturnValue:
    today = visit.actor.today
    kept = ordering.list_approval_rules(visit.session)
    now = [one for one in kept if one.valid_to is None or one.valid_to >= today]
    page = render_template(
        "rules/overview.html",
        now=now,
        ended=[one for one in kept if one not in now],
        places=names.institutions(visit.session, (one.institution_id for one in kept)),
        kinds=KINDS,
        roles=ROLES,
        settings=ordering.ordering_settings(visit.session),
        institutions=visit.session.scalars(select(Institution).where(Institution.active).order_by(Institution.name)),
        errors=errors,
        written=written,
        today=today,
    )
    return (page, 422) if errors else page


@blueprint.post("/approval-rules")
@access("manage_settings")
def record(visit: Visit) -> ResponseReturnValue:
    written = {
        name: request.form.get(name, "").strip() for name in ("kind", "role", "threshold", "item_group", "source")
    }
    written |= {name: request.form.get(name, "").strip() for name in ("institution", "valid_from")}
    kind = forms.choice(request.form, "kind", tuple(KINDS), "")
    errors: dict[str, str] = {}
    threshold, start = None, None
    if not kind:
        errors["kind"] = gettext("Choose what the rule looks at")
    try:
        threshold = forms.amount(request.form, "threshold") if written["threshold"] else None
    except BadInput as error:
        errors["threshold"] = said(error)
    try:
        start = forms.day(request.form, "valid_from")
    except BadInput as error:
        errors["valid_from"] = said(error)
    group = written["item_group"]
    if kind == "item_group" and not (group.isascii() and group.isdigit() and 2 <= len(group) <= 8):
        errors["item_group"] = gettext("Write 2 to 8 digits, for example 43")
    place = int(written["institution"]) if written["institution"].isdecimal() else None
    if kind == "institution" and place is None:
        errors["institution"] = gettext("Choose the institution")
    if kind == "amount" and threshold is None and not errors:
        errors["threshold"] = gettext("Write the amount that may be ordered without approval, for example 5.000")
    if errors:
        return _page(visit, errors, written)
    ordering.record_approval_rule(
        visit.session,
        kind,
        visit.actor,
        role=Role(forms.choice(request.form, "role", tuple(ROLES), Role.APPROVER.value)),
        threshold=threshold,
        item_group=group if kind == "item_group" else None,
        institution_id=place,
        valid_from=start,
        source=written["source"][:200] or None,
    )
    flash(gettext("The rule is kept. It counts for orders from its first day."), "success")
    return redirect(url_for("rules.overview"), 303)


@blueprint.post("/approval-rules/<int:rule_id>/end")
@access("manage_settings")
def end(visit: Visit, rule_id: int) -> ResponseReturnValue:
    """The rule holds today and no longer; it stays to be seen."""
    rule = next((one for one in ordering.list_approval_rules(visit.session) if one.id == rule_id), None)
    if rule is None:
        raise NotFound("not_found", thing="ApprovalRule", key=rule_id)
    ordering.end_approval_rule(visit.session, rule, visit.actor.today, visit.actor)
    flash(gettext("The rule ends today."), "success")
    return redirect(url_for("rules.overview"), 303)


# --- deputies ------------------------------------------------------------------------------------------------------------

DECIDING = (Role.APPROVER, Role.PURCHASING_LEAD, Role.FINANCE, Role.LOCAL_LEAD)
"""The roles that can be done for somebody else."""


@blueprint.get("/profile/deputies")
@signed_in
def deputies(visit: Visit) -> ResponseReturnValue:
    """Who stands in for the person and whom they stand in for, now and later."""
    standing = people.deputies(visit.session, visit.person.id, visit.actor.today)
    others = visit.session.scalars(
        select(User)
        .where(User.active, User.id != visit.person.id, User.supplier_id.is_(None))
        .order_by(User.name)
        .limit(500)
    ).all()
    return render_template(
        "rules/deputies.html",
        mine=[one for one in standing if one.principal_id == visit.person.id],
        for_others=[one for one in standing if one.deputy_id == visit.person.id],
        others=others,
        decides=bool(visit.roles & frozenset(DECIDING)),
        today=visit.actor.today,
    )


@blueprint.post("/profile/deputies")
@signed_in
def set_deputy(visit: Visit) -> ResponseReturnValue:
    """For oneself only: the room refuses to set anybody else's."""
    (chosen,) = forms.ids(request.form, "deputy")[:1] or (0,)
    deputy = visit.session.scalars(select(User).where(User.id == chosen, User.active)).one_or_none()
    if deputy is None:
        raise BadInput("choose_a_deputy")
    start = forms.day(request.form, "from") or visit.actor.today
    last = forms.day(request.form, "to")
    if last is None:
        raise BadInput("write_a_day", field="to")
    reason = forms.text(request.form, "reason", 200) or ""
    people.set_deputy(visit.session, visit.user, deputy, start, last, reason, visit.actor)
    flash(gettext("%(deputy)s stands in for you.", deputy=deputy.name), "success")
    return redirect(url_for("rules.deputies"), 303)


@blueprint.post("/profile/deputies/<int:deputyship_id>/end")
@signed_in
def end_deputy(visit: Visit, deputyship_id: int) -> ResponseReturnValue:
    people.end_deputy(visit.session, deputyship_id, visit.actor)
    flash(gettext("The deputy is ended."), "success")
    return redirect(url_for("rules.deputies"), 303)
