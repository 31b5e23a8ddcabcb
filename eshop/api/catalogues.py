"""`/catalogues`: hand one in, read its ledger, take it live."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import fields

import catalogues
from eshop.answers import catalogue_shown, ledger_line_shown
from eshop.api.guards import Call, locale, needs, require_unchanged
from eshop.api.schemas import AcceptGiven, CatalogueShown, LedgerLine, Paging, page, page_of
from eshop.errors import BadInput, NotFound

blueprint = Blueprint("api-catalogues", __name__, description="Suppliers' catalogues and their ledgers")

LARGEST_CATALOGUE = 2 * 2**30


class HandedIn(Paging):
    class Meta:
        fields = ("agreement", "name")

    agreement = fields.String(metadata={"description": "Its agreement; else the document says"})
    name = fields.String(
        load_default="catalogue.xml", metadata={"description": "File name; the ending tells the format"}
    )


@blueprint.route("/catalogues", methods=["POST"])
@needs("catalogues:write", largest_file=LARGEST_CATALOGUE)
@blueprint.doc(requestBody={"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}})
@blueprint.arguments(HandedIn, location="query")
@blueprint.response(201, CatalogueShown)
def hand_in(call: Call, asked: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Hand in a catalogue file. It is checked line by line and waits for review, unless the agreement's rule lets it go live."""
    assert call.file is not None
    if not call.file.stat().st_size:
        raise BadInput("empty_file")
    version = None
    for seen in catalogues.load(call.session, call.file, asked.get("agreement"), call.actor, name=asked["name"]):
        version = seen.version
    assert version is not None
    return _shown(call, version), 201, {"Location": url_for("api-catalogues.one", version_id=version.id)}


@blueprint.route("/catalogues", methods=["GET"])
@needs("catalogues:read")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(CatalogueShown))
def every(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Catalogue versions, the newest first."""
    found = catalogues.list_versions(call.session, supplier_id=call.actor.supplier_id)
    chosen = found[asked["offset"] : asked["offset"] + asked["limit"]]
    return page([_shown(call, one) for one in chosen], len(found), asked, "/api/v1/catalogues")


@blueprint.route("/catalogues/<int(max=9223372036854775807):version_id>", methods=["GET"])
@needs("catalogues:read")
@blueprint.response(200, CatalogueShown)
def one(call: Call, version_id: int) -> dict[str, Any]:
    """One version with its summary."""
    return _shown(call, _version(call, version_id))


@blueprint.route("/catalogues/<int(max=9223372036854775807):version_id>/ledger", methods=["GET"])
@needs("catalogues:read")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(LedgerLine))
def ledger(call: Call, asked: dict[str, Any], version_id: int) -> dict[str, Any]:
    """Line by line: accepted, refused or unchanged, and why."""
    version = _version(call, version_id)
    lines = list(catalogues.ledger_rows(call.session, version))
    chosen = lines[asked["offset"] : asked["offset"] + asked["limit"]]
    shown = [ledger_line_shown(line, locale()) for line in chosen]
    return page(shown, len(lines), asked, f"/api/v1/catalogues/{version_id}/ledger")


@blueprint.route("/catalogues/<int(max=9223372036854775807):version_id>/accept", methods=["POST"])
@needs("catalogues:write")
@blueprint.arguments(AcceptGiven)
@blueprint.response(200, CatalogueShown)
def accept(call: Call, given: dict[str, Any], version_id: int) -> dict[str, Any]:
    """Take the version live, in one switch."""
    version = _version(call, version_id)
    require_unchanged(_shown(call, version), CatalogueShown)
    catalogues.accept(call.session, version, call.actor, lines=given["lines"], missing=given["missing"])
    return _shown(call, version)


def _version(call: Call, version_id: int) -> catalogues.CatalogueVersion:
    """The version; to a supplier's person their own only. NotFound otherwise."""
    version = catalogues.get_version(call.session, version_id)
    if call.actor.supplier_id not in (None, version.supplier_id):
        raise NotFound("not_found", thing="CatalogueVersion", key=version_id)
    return version


def _shown(call: Call, version: catalogues.CatalogueVersion) -> dict[str, Any]:
    return {"id": version.id, "catalogue": catalogue_shown(call.session, version), "state": version.state}
