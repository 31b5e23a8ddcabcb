"""Handing in a catalogue file: which agreement, the columns of a sheet, how far the load has come, and what came of it.

The same pages for the purchasing lead and for the supplier; a supplier sees and hands in for their own agreements only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
from eshop import kept_files
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.web import names
from eshop.web.guards import Visit, access, settings
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("catalogue_files", __name__)

LARGEST_FILE: Final = 2 * 2**30
FIELD_NAMES: Final = {
    "seller_item_id": lazy_gettext("Item number"),
    "name": lazy_gettext("Item name"),
    "unit": lazy_gettext("Order unit"),
    "price": lazy_gettext("Price"),
    "description": lazy_gettext("Description"),
    "currency": lazy_gettext("Currency"),
    "base_quantity": lazy_gettext("Number of units the price counts for"),
    "content_quantity": lazy_gettext("Content of one order unit"),
    "content_unit": lazy_gettext("Unit of the content"),
    "minimum": lazy_gettext("Smallest quantity"),
    "multiple": lazy_gettext("Sold in multiples of"),
    "gtin": lazy_gettext("Barcode (EAN)"),
    "unspsc": lazy_gettext("Item group (UNSPSC)"),
    "brand": lazy_gettext("Brand"),
    "label_texts": lazy_gettext("Eco and allergy labels"),
    "vat_percent": lazy_gettext("VAT in percent"),
    "valid_from": lazy_gettext("In force from"),
    "valid_to": lazy_gettext("In force until"),
    "subdivision": lazy_gettext("Lot"),
    "keywords": lazy_gettext("Search words"),
    "picture": lazy_gettext("Link to a picture"),
    "lead_time_days": lazy_gettext("Delivery time in days"),
    "manufacturer_item_id": lazy_gettext("Manufacturer's item number"),
}
"""What the fields of a price list are called on the page."""


@dataclass(frozen=True)
class DryLine:
    """A line of a dry run, as the page shows it."""

    row: dict[str, Any]

    @property
    def findings(self) -> list[Finding]:
        return catalogues.findings_of(self.row)


def takes_large_files(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Catalogues are larger than other forms: the limit is raised for this request, before its form is read. The file lies on disk."""

    @wraps(view)
    def larger(**values: Any) -> ResponseReturnValue:
        request.max_content_length = LARGEST_FILE
        return view(**values)

    return larger


def agreements_for(visit: Visit) -> list[catalogues.Agreement]:
    """Those a catalogue may be handed in for: not ended, and to a supplier only their own."""
    own = visit.actor.supplier_id
    found = [one for one in catalogues.list_agreements(visit.session) if one.state(visit.actor.today) != "ended"]
    if visit.may("manage_agreements"):
        return found
    return [one for one in found if own is not None and one.supplier_id == own]


@blueprint.get("/catalogues/hand-in")
@access("hand_in_catalogue")
def form(visit: Visit) -> ResponseReturnValue:
    chosen = request.args.get("agreement", "")
    return _form(visit, chosen)


def _form(visit: Visit, chosen: str = "", errors: list[tuple[str, str]] | None = None) -> str:
    found = agreements_for(visit)
    return render_template(
        "agreements/hand_in.html",
        agreements=found,
        suppliers=names.suppliers(visit.session, (one.supplier_id for one in found)),
        chosen=chosen or (str(found[0].id) if len(found) == 1 else ""),
        errors=errors or [],
        limit=LARGEST_FILE // 2**30,
    )


@blueprint.post("/catalogues/files")
@takes_large_files
@access("hand_in_catalogue")
def take(visit: Visit) -> ResponseReturnValue:
    chosen, file = request.form.get("agreement", ""), request.files.get("file")
    agreement = next((one for one in agreements_for(visit) if str(one.id) == chosen), None)
    errors = []
    if agreement is None:
        errors.append(("agreement", gettext("Choose the agreement that the catalogue belongs to.")))
    if file is None or not file.filename:
        errors.append(("file", gettext("Choose the catalogue's file.")))
    if agreement is None or file is None or errors:
        return _form(visit, chosen, errors), 422
    digest, path = kept_files.keep(settings().data_dir, file.stream)
    upload = catalogues.take_file(
        visit.session,
        agreement,
        path,
        sha256=digest,
        name=Path(file.filename or "").name,
        by=visit.actor,
        dry_run=bool(request.form.get("dry_run")),
    )
    return redirect(url_for("catalogue_files.show", upload_id=upload.id), 303)


def _own(visit: Visit, upload_id: int) -> tuple[catalogues.CatalogueUpload, catalogues.Agreement]:
    upload = catalogues.get_upload(visit.session, upload_id)
    agreement = catalogues.get_agreement(visit.session, upload.agreement_id)
    catalogues.require_hand_in(agreement, visit.actor)
    return upload, agreement


@blueprint.get("/catalogues/files/<int:upload_id>")
@access("hand_in_catalogue")
def show(visit: Visit, upload_id: int) -> ResponseReturnValue:
    upload, agreement = _own(visit, upload_id)
    supplier = names.suppliers(visit.session, [upload.supplier_id])[upload.supplier_id]
    if upload.state == "columns":
        return _columns(visit, upload, agreement, supplier)
    version = None
    if upload.version_id is not None and upload.state == "done":
        version = catalogues.get_version(visit.session, upload.version_id)
    return render_template(
        "agreements/handed_in.html",
        wide=True,
        upload=upload,
        kept_until=upload.uploaded_at.date() + timedelta(days=catalogues.keep_days(visit.session)),
        today=visit.actor.today,
        agreement=agreement,
        supplier=supplier,
        version=version,
        lines=[DryLine(row) for row in (upload.result or {}).get("lines", ())],
        summary=(upload.result or {}).get("summary"),
        list_page=_list_page(visit),
    )


def _columns(
    visit: Visit, upload: catalogues.CatalogueUpload, agreement: catalogues.Agreement, supplier: str
) -> ResponseReturnValue:
    path = _path(upload)
    asked = _asked(request.args)
    preview = catalogues.preview_sheet(visit.session, path, upload.supplier_id, asked if asked else None)
    return render_template(
        "agreements/columns.html",
        wide=True,
        upload=upload,
        agreement=agreement,
        supplier=supplier,
        preview=preview,
        fields=[(name, text, name in catalogues.SHEET_REQUIRED) for name, text in FIELD_NAMES.items()],
        headings=[one for one in dict.fromkeys(preview.headings) if one],
        missing=[str(FIELD_NAMES[name]) for name in preview.missing],
        list_page=_list_page(visit),
    )


def _path(upload: catalogues.CatalogueUpload) -> Path:
    path = kept_files.path_of(settings().data_dir, upload.sha256)
    if not path.exists():
        raise BadInput("handed_in_file_gone", name=upload.name)
    return path


def _asked(form: Any) -> dict[str, str]:
    """Field → heading as the page sent it; empty: the field is not in the sheet."""
    return {name: form[f"column-{name}"] for name in catalogues.SHEET_FIELDS if f"column-{name}" in form}


@blueprint.post("/catalogues/files/<int:upload_id>/columns")
@access("hand_in_catalogue")
def choose_columns(visit: Visit, upload_id: int) -> ResponseReturnValue:
    upload, _ = _own(visit, upload_id)
    catalogues.choose_columns(visit.session, upload, _path(upload), _asked(request.form), visit.actor)
    return redirect(url_for("catalogue_files.show", upload_id=upload.id), 303)


@blueprint.post("/catalogues/files/<int:upload_id>/drop")
@access("hand_in_catalogue")
def drop(visit: Visit, upload_id: int) -> ResponseReturnValue:
    upload, _ = _own(visit, upload_id)
    catalogues.drop_file(visit.session, upload, visit.actor)
    flash(gettext("The file was not loaded."), "info")
    return redirect(_list_page(visit), 303)


def _list_page(visit: Visit) -> str:
    return url_for("agreements.catalogues_overview" if visit.may("see_agreements") else "supplier.own_catalogues")
