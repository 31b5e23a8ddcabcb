"""Agreements in Excel: all of them out, and a workbook in, seen row by row before anything is changed."""

from pathlib import Path

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
from eshop import agreement_sheets, kept_files
from eshop.errors import BadInput
from eshop.web import filters
from eshop.web.guards import Visit, access, settings
from eshop.web.texts import gettext, lazy_gettext, ngettext
from eshop.web.workbooks import XLSX

blueprint = Blueprint("agreement_workbook", __name__)

FIELD_NAMES = {
    "title": lazy_gettext("Title"),
    "level": lazy_gettext("Level"),
    "stage": lazy_gettext("Stage"),
    "from": lazy_gettext("In force from"),
    "to": lazy_gettext("In force until"),
    "supplier": lazy_gettext("Supplier"),
    "lots": lazy_gettext("Lots"),
    "unspsc": lazy_gettext("Item groups"),
    "precedence": lazy_gettext("Precedence"),
    "joined": lazy_gettext("Joined"),
    "exempt": lazy_gettext("Exemption"),
    "price_regulation": lazy_gettext("Price regulation"),
    "fees": lazy_gettext("Fees"),
    "minimum_order": lazy_gettext("Smallest order"),
    "ceiling": lazy_gettext("The agreement's ceiling"),
    "delivery_days": lazy_gettext("Delivery days"),
    "compliance_target_percent": lazy_gettext("Compliance target"),
    "responsible": lazy_gettext("Responsible"),
    "labour_clause": lazy_gettext("Labour clause"),
    "documents": lazy_gettext("Documents"),
    "declarations": lazy_gettext("Declarations"),
    "options": lazy_gettext("Options"),
    "auto_accept": lazy_gettext("Rule for catalogues"),
    "auto_rule": lazy_gettext("Rule for catalogues"),
}
"""What the parts of an agreement are called."""


@blueprint.get("/agreements/agreements.xlsx")
@access("see_agreements")
def workbook(visit: Visit) -> ResponseReturnValue:
    """All agreements, in the form that is read again."""
    body = agreement_sheets.write(catalogues.agreements_as_json(visit.session))
    return Response(body, mimetype=XLSX, headers={"Content-Disposition": 'attachment; filename="aftaler.xlsx"'})


@blueprint.get("/agreements/workbook")
@access("manage_agreements")
def form(_visit: Visit) -> ResponseReturnValue:
    return _form()


def _form(error: str | None = None) -> str:
    return render_template("agreements/workbook.html", error=error)


@blueprint.post("/agreements/workbook")
@access("manage_agreements")
def look(visit: Visit) -> ResponseReturnValue:
    """What would come of the file, row by row. Nothing is changed: a reload asks the same again."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _form(gettext("Choose the workbook with the agreements.")), 422
    name = Path(file.filename).name[:200]
    try:
        digest, path = kept_files.keep(settings().data_dir, file.stream)
        tried = catalogues.lay_in(visit.session, _read(path, name), visit.actor)
    except BadInput as refused:
        visit.session.rollback()
        return _form(filters.said(refused)), 422
    visit.session.rollback()
    return render_template(
        "agreements/workbook_seen.html",
        wide=True,
        name=name,
        digest=digest,
        tried=[(one, None if one.error is None else _told(one.error)) for one in tried],
        counts={what: sum(one.what == what for one in tried) for what in ("new", "changed", "unchanged", "refused")},
        field_names=FIELD_NAMES,
    )


def _told(error: BadInput) -> str:
    """The error in a sentence, its field called what the page calls it."""
    values = dict(error.values)
    name = FIELD_NAMES.get(str(values.get("field", "")).partition(".")[0])
    if name is not None:
        values["field"] = str(name)
    return filters.said_code(error.code, values)


def _read(path: Path, name: str) -> list[dict[str, object]]:
    try:
        return agreement_sheets.read(path)
    except BadInput as refused:
        if refused.code == "file_unusable":
            raise BadInput("file_unusable", file=name, reason=gettext("it is no workbook")) from refused
        raise


@blueprint.post("/agreements/workbook/load")
@access("manage_agreements")
def load(visit: Visit) -> ResponseReturnValue:
    """The file that was looked at; rows that cannot be used are left out."""
    name = Path(request.form.get("name", "")).name[:200]
    try:
        path = kept_files.path_of(settings().data_dir, request.form.get("digest", ""))
    except ValueError as error:
        raise BadInput("handed_in_file_gone", name=name) from error
    if not path.exists():
        raise BadInput("handed_in_file_gone", name=name)
    tried = catalogues.lay_in(visit.session, _read(path, name), visit.actor)
    kept = sum(one.what in ("new", "changed") for one in tried)
    left_out = sum(one.what == "refused" for one in tried)
    said = ngettext("One agreement is loaded.", "%(num)s agreements are loaded.", kept)
    if left_out:
        said += " " + ngettext("One row was left out.", "%(num)s rows were left out.", left_out)
    flash(said, "success")
    return redirect(url_for("agreement_list.overview"), 303)
