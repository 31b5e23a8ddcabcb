"""Keeping agreements: a new one, its terms, extending, joining, exemption, the rule for automatic acceptance; the renewal calendar and
who answers for which item groups."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

import catalogues
from eshop.amounts import plain
from eshop.db import EVERYONE
from eshop.errors import BadInput
from eshop.identity import User, people_who_may
from eshop.web import filters, forms, names
from eshop.web.guards import Visit, access, database
from eshop.web.texts import gettext

blueprint = Blueprint("agreement_terms", __name__)

TEXTS: Final = (
    "number", "title", "level", "stage", "from", "to", "supplier_cvr", "supplier_name", "unspsc", "cap_percent", "notice_days",
    "index", "minimum_order", "ceiling", "delivery_days", "compliance_target_percent", "responsible", "precedence",
    "fee_max", "fee_free_above", "lots", "options", "documents", "declarations",
)  # fmt: skip
NUMBERS: Final = (
    "cap_percent", "notice_days", "minimum_order", "ceiling", "compliance_target_percent", "precedence", "fee_max", "fee_free_above",
)  # fmt: skip


def _typed_of(agreement: catalogues.Agreement, lots: list[catalogues.Lot]) -> dict[str, str]:
    """The agreement as its form's fields."""
    freight = next((one for one in agreement.fees if one.get("kind") == "freight"), {})
    given: dict[str, Any] = {
        "number": agreement.number,
        "title": agreement.title,
        "level": agreement.level,
        "stage": agreement.stage,
        "from": agreement.valid_from,
        "to": agreement.valid_to,
        "unspsc": ", ".join(agreement.unspsc),
        "cap_percent": agreement.cap_percent,
        "notice_days": agreement.notice_days,
        "index": agreement.price_index,
        "minimum_order": agreement.minimum_order and agreement.minimum_order.kroner,
        "ceiling": agreement.ceiling and agreement.ceiling.kroner,
        "delivery_days": agreement.delivery_days if isinstance(agreement.delivery_days, int) else None,
        "compliance_target_percent": agreement.compliance_target_percent,
        "responsible": agreement.responsible,
        "precedence": agreement.precedence,
        "fee_max": freight.get("max"),
        "fee_free_above": freight.get("free_above"),
        "lots": "\n".join(f"{lot.number}; {lot.title}; {', '.join(lot.unspsc)}" for lot in lots),
        "options": "\n".join(
            f"{_danish_day(one['to'])}; {_danish_day(one.get('notify_by'))}; {gettext('used') if one.get('used') else ''}".rstrip(
                "; "
            )
            for one in agreement.options
        ),
        "documents": "\n".join(f"{one['title']}; {one['uri']}" for one in agreement.documents),
        "declarations": "\n".join(
            f"{one['kind']}; {_danish_day(one.get('to'))}".rstrip("; ") for one in agreement.declarations
        ),
        "labour_clause": "1" if agreement.labour_clause else "",
    }
    return {name: _as_typed(name, value) for name, value in given.items()}


def _as_typed(name: str, value: Any) -> str:
    if value is None:
        return ""
    return str(value if name not in NUMBERS else plain(value) if not isinstance(value, str | int) else value).replace(
        ".", "," if name in NUMBERS else "."
    )


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in (*TEXTS, "labour_clause")}


def _danish_day(value: str | None) -> str:
    """'2028-12-31' as one writes it in a field of text: '31-12-2028'."""
    return "-".join(reversed(value.split("-"))) if value else ""


def _iso_day(written: str | None) -> str | None:
    """'31-12-2028' as the room reads it; what is no such day is left as it was written, and the room says so."""
    found = re.fullmatch(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})", written or "")
    return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}" if found else written


def _lines(text: str) -> Iterator[list[str]]:
    """Rows of a field with one thing a line, parts by semicolon."""
    for line in text.splitlines():
        if line.strip():
            yield [part.strip() for part in line.split(";")]


def _part(parts: list[str], place: int) -> str | None:
    return parts[place] if place < len(parts) and parts[place] else None


def _row(typed: Mapping[str, str], agreement: catalogues.Agreement | None) -> dict[str, Any]:
    """The form as a row of the agreements file. BadInput `write_a_number` names the field."""
    figures = {}
    for name in NUMBERS:
        if typed[name]:
            figures[name] = plain(forms.decimal(request.form, name))
    kept = [] if agreement is None else [one for one in agreement.fees if one.get("kind") != "freight"]
    if typed["fee_max"]:
        kept = [
            {"kind": "freight", "max": figures["fee_max"], "free_above": figures.get("fee_free_above")},
            *kept,
        ]
    days: Any = typed["delivery_days"] or None
    if days is None and agreement is not None and not isinstance(agreement.delivery_days, int):
        days = agreement.delivery_days
    row: dict[str, Any] = {
        "title": typed["title"],
        "level": typed["level"],
        "stage": typed["stage"],
        "from": typed["from"] or None,
        "to": typed["to"] or None,
        "unspsc": [one.strip() for one in typed["unspsc"].split(",") if one.strip()],
        "price_regulation": {
            "cap_percent": figures.get("cap_percent"),
            "notice_days": figures.get("notice_days"),
            "index": typed["index"] or None,
        },
        "fees": kept,
        "delivery_days": int(days) if isinstance(days, str) and days.isdigit() else days,
        "responsible": typed["responsible"] or None,
        "labour_clause": bool(typed["labour_clause"]),
        "lots": [
            {
                "number": parts[0],
                "title": _part(parts, 1),
                "unspsc": [one.strip() for one in (_part(parts, 2) or "").split(",") if one.strip()],
            }
            for parts in _lines(typed["lots"])
        ],
        "options": [
            {"to": _iso_day(parts[0]), "notify_by": _iso_day(_part(parts, 1)), "used": _part(parts, 2) is not None}
            for parts in _lines(typed["options"])
        ],
        "documents": [{"title": parts[0], "uri": _part(parts, 1) or parts[0]} for parts in _lines(typed["documents"])],
        "declarations": [
            {"kind": parts[0], "to": _iso_day(_part(parts, 1))} for parts in _lines(typed["declarations"])
        ],
    }
    for name in ("minimum_order", "ceiling", "compliance_target_percent", "precedence"):
        row[name] = figures.get(name)
    return row


def _form(
    visit: Visit, typed: Mapping[str, str], agreement: catalogues.Agreement | None, errors: list[tuple[str, str]]
) -> str:
    leads = people_who_may(visit.session, "manage_agreements", None)
    return render_template(
        "agreements/edit.html",
        typed=typed,
        agreement=agreement,
        errors=errors,
        levels=catalogues.LEVELS,
        stages=catalogues.STAGES,
        leads=sorted({one.login: one.name for one in leads}.items(), key=lambda one: one[1]),
        suppliers=catalogues.list_suppliers(visit.session),
    )


def _refused(error: BadInput) -> list[tuple[str, str]]:
    """Beside which field an error of the file's form stands."""
    field = str(error.values.get("field", "")).partition(".")[0]
    at = {"period_ends_before_it_begins": "to", "unspsc_prefix": "unspsc", "not_a_web_address": "documents"}.get(
        error.code, field
    )
    return [(at if at in TEXTS else "", _no_such_day(error) or filters.said(error))]


def _no_such_day(error: BadInput) -> str | None:
    """A day as it stands in the field, which is beside the sentence: 31-02-2027."""
    if error.code != "not_a_day":
        return None
    written = str(error.values.get("value", ""))
    year, month, day = written.split("-") if re.fullmatch(r"\d{4}-\d\d-\d\d", written) else ("", "", "")
    return gettext(
        "%(written)s is not a day. Write it like 31-12-2027.", written=f"{day}-{month}-{year}" if year else written
    )


@blueprint.get("/agreements/new")
@access("manage_agreements")
def new(visit: Visit) -> ResponseReturnValue:
    typed = dict.fromkeys((*TEXTS, "labour_clause"), "") | {"level": "own", "stage": "planned"}
    return _form(visit, typed, None, [])


@blueprint.post("/agreements/new")
@access("manage_agreements")
def make(visit: Visit) -> ResponseReturnValue:
    typed = _typed(request.form)
    errors = (
        [] if typed["number"] else [("number", gettext("Write the agreement's number, for example 50.81 or 2026-014."))]
    )
    supplier = next((one for one in catalogues.list_suppliers(visit.session) if one.cvr == typed["supplier_cvr"]), None)
    if supplier is None and not (
        typed["supplier_cvr"].isdigit() and len(typed["supplier_cvr"]) == 8 and typed["supplier_name"]
    ):
        errors.append(
            (
                "supplier_cvr",
                gettext("Write the supplier's CVR number (8 digits) and name, or choose one that is known."),
            )
        )
    if not errors:
        whose = {"cvr": typed["supplier_cvr"], "name": typed["supplier_name"] or (supplier.name if supplier else None)}
        try:
            made = catalogues.make_agreement(
                visit.session, {**_row(typed, None), "number": typed["number"], "supplier": whose}, visit.actor
            )
        except BadInput as error:
            visit.session.rollback()
            errors = _refused(error)
        else:
            flash(gettext("The agreement is made. Join it, and hand in its catalogue, when it is signed."), "success")
            return redirect(url_for("agreements.show", agreement_id=made.id), 303)
    return _form(visit, typed, None, errors), 422


@blueprint.get("/agreements/<int:agreement_id>/edit")
@access("manage_agreements")
def edit(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    return _form(visit, _typed_of(agreement, catalogues.lots_of(visit.session, agreement.id)), agreement, [])


@blueprint.post("/agreements/<int:agreement_id>/edit")
@access("manage_agreements")
def change(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    typed = _typed(request.form)
    try:
        catalogues.change_agreement(visit.session, agreement, _row(typed, agreement), visit.actor)
    except BadInput as error:
        visit.session.rollback()
        return _form(visit, typed, catalogues.get_agreement(visit.session, agreement_id), _refused(error)), 422
    flash(gettext("The terms are saved."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement.id), 303)


# --- extending, joining, exemption, rule -----------------------------------------------------------------------------------


def _back(agreement: catalogues.Agreement, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("agreements.show", agreement_id=agreement.id), 303)


@blueprint.post("/agreements/<int:agreement_id>/extend")
@access("manage_agreements")
def extend(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.extend(visit.session, catalogues.get_agreement(visit.session, agreement_id), visit.actor)
    return _back(agreement, gettext("The agreement is extended until %(day)s.", day=filters.day(agreement.ends())))


def _chosen_lot() -> int | None:
    given = request.form.get("lot", "")
    return int(given) if given.isascii() and given.isdigit() else None


@blueprint.post("/agreements/<int:agreement_id>/join")
@access("manage_agreements")
def join(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    start, end = forms.day(request.form, "join_from"), forms.day(request.form, "join_to")
    catalogues.take_part(visit.session, agreement, visit.actor, _chosen_lot(), start, end)
    return _back(agreement, gettext("The municipality has joined the agreement."))


@blueprint.post("/agreements/<int:agreement_id>/exempt")
@access("manage_agreements")
def exempt(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    catalogues.exempt(
        visit.session,
        agreement,
        visit.actor,
        _chosen_lot(),
        valid_from=forms.day(request.form, "exempt_from"),
        valid_to=forms.day(request.form, "exempt_to"),
        reason=forms.text(request.form, "reason"),
        approved_by=forms.text(request.form, "approved_by", 200),
    )
    return _back(agreement, gettext("The exemption is noted."))


@blueprint.post("/agreements/joinings/<int:joining_id>/end")
@access("manage_agreements")
def end_joining(visit: Visit, joining_id: int) -> ResponseReturnValue:
    withdrawn = bool(request.form.get("withdraw"))
    until = None if withdrawn else forms.day(request.form, "until") or visit.actor.today - timedelta(days=1)
    joining = catalogues.end_joining(visit.session, joining_id, visit.actor, until)
    agreement = catalogues.get_agreement(visit.session, joining.agreement_id)
    if until is None:
        return _back(agreement, gettext("It is taken back and does not count."))
    return _back(agreement, gettext("It ends %(day)s.", day=filters.day(until)))


@blueprint.post("/agreements/<int:agreement_id>/rule")
@access("accept_catalogue")
def set_rule(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    rule = None
    if request.form.get("on"):
        rise = forms.decimal(request.form, "max_rise") if request.form.get("max_rise", "").strip() else None
        effect = forms.amount(request.form, "max_effect") if request.form.get("max_effect", "").strip() else None
        rule = catalogues.AcceptanceRule(
            rise, effect, bool(request.form.get("new_items")), bool(request.form.get("removed_items"))
        )
    catalogues.set_acceptance_rule(visit.session, agreement, rule, visit.actor)
    said = (
        gettext("Catalogues within the rule go live by themselves.")
        if rule
        else gettext("Every catalogue waits for a person.")
    )
    return _back(agreement, said)


# --- the renewal calendar, as a page and a calendar file ---------------------------------------------------------


def _days(visit: Visit) -> tuple[list[catalogues.Renewal], dict[catalogues.Renewal, list[str]], bool]:
    """The days that are shown, whose calendars they stand in, and whether the community's are there too: a day that we and others
    have stands once."""
    today = visit.actor.today
    own = catalogues.renewals(visit.session, today)
    with database().read(EVERYONE) as everyone:
        others = catalogues.shared_renewals(everyone, visit.municipality.cvr, today)
    together = request.args.get("whose") == "community"
    places: dict[tuple[str, str, date], list[str]] = {}
    first = {(one.agreement.number, one.kind, one.on): one for one in own}
    for shared in others if together else ():
        one = shared.renewal
        key = one.agreement.number, one.kind, one.on
        first.setdefault(key, one)
        names_of = places.setdefault(key, [])
        if shared.municipality not in names_of:
            names_of.append(shared.municipality)
    shown = own + [one for one in first.values() if one not in own]
    shown.sort(key=lambda one: (one.on, one.agreement.number, one.kind))
    whose = {one: places.get((one.agreement.number, one.kind, one.on), []) for one in shown}
    return shown, whose, bool(others)


@blueprint.get("/agreements/calendar")
@access("see_agreements")
def calendar(visit: Visit) -> ResponseReturnValue:
    today = visit.actor.today
    coming, whose, shares = _days(visit)
    months: dict[date, list[catalogues.Renewal]] = {}
    for one in coming:
        months.setdefault(one.on.replace(day=1), []).append(one)
    ours = [one for one in coming if one.agreement.municipality_id == visit.municipality.id]
    logins = {one.agreement.responsible for one in ours if one.agreement.responsible}
    owners = dict(visit.session.execute(select(User.login, User.name).where(User.login.in_(logins))).all())
    return render_template(
        "agreements/calendar.html",
        wide=True,
        months=months,
        whose=whose,
        shares=shares,
        together=request.args.get("whose") == "community",
        ours=visit.municipality.id,
        owners=owners,
        suppliers=names.suppliers(visit.session, (one.agreement.supplier_id for one in ours)),
        orphans={one.id for one in catalogues.ending_without_successor(visit.session, today)},
        successor_months=catalogues.successor_months(visit.session),
    )


@blueprint.post("/agreements/calendar/successor")
@access("manage_agreements")
def set_successor(visit: Visit) -> ResponseReturnValue:
    """How long before an agreement ends the one after it should be there."""
    catalogues.set_successor_months(visit.session, int(forms.decimal(request.form, "months")), visit.actor)
    flash(gettext("Saved."), "success")
    return redirect(url_for("agreement_terms.calendar") + "#successor", 303)


@blueprint.get("/agreements/calendar.ics")
@access("see_agreements")
def calendar_file(visit: Visit) -> ResponseReturnValue:
    """The same days for any calendar program, so that those who share an agreement can keep them side by side."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//eshop//agreements//DA", "METHOD:PUBLISH"]
    stamp = visit.actor.at.strftime("%Y%m%dT%H%M%SZ")
    coming, whose, _ = _days(visit)
    for one in coming:
        said = f"{filters.said_code('renewal_' + one.kind, {'what': one.what or ''})} {one.agreement.number} {one.agreement.title}"
        if whose[one]:
            said += f" ({', '.join(whose[one])})"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.kind}-{one.on:%Y%m%d}-{one.agreement.id}@{visit.municipality.cvr}.eshop",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{one.on:%Y%m%d}",
            f"SUMMARY:{_escaped(said)}",
            "END:VEVENT",
        ]
    body = "\r\n".join([*(_folded(one) for one in lines), "END:VCALENDAR", ""])
    return Response(
        body, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="aftaler.ics"'}
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line of a calendar file holds at most 75 bytes; it goes on after a space."""
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > 73:
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])


# --- who answers for which item groups -----------------------------------------------------------------------------------------


@blueprint.get("/agreements/categories")
@access("see_agreements")
def categories(visit: Visit) -> ResponseReturnValue:
    kept = catalogues.list_categories(visit.session)
    return render_template(
        "agreements/categories.html",
        categories=kept,
        owners=names.people(visit.session, (one.user_id for one in kept)),
        people=people_who_may(visit.session, "see_agreements", None),
    )


@blueprint.post("/agreements/categories")
@access("manage_agreements")
def set_category(visit: Visit) -> ResponseReturnValue:
    (who, *_) = [*forms.ids(request.form, "user"), 0]
    catalogues.set_category(
        visit.session, request.form.get("prefix", ""), forms.text(request.form, "title", 200) or "", who, visit.actor
    )
    flash(gettext("The responsibility is saved."), "success")
    return redirect(url_for("agreement_terms.categories"), 303)


@blueprint.post("/agreements/categories/<int:category_id>/end")
@access("manage_agreements")
def end_category(visit: Visit, category_id: int) -> ResponseReturnValue:
    catalogues.end_category(visit.session, category_id, visit.actor)
    flash(gettext("Nobody in particular answers for it any more."), "success")
    return redirect(url_for("agreement_terms.categories"), 303)
