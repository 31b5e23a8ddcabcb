"""`/catalogues`: hand one in, read its ledger, take it live."""

import tempfile
from pathlib import Path
from typing import Any

from flask import request, url_for
from flask_smorest import Blueprint
from marshmallow import fields

import catalogues
from eshop.answers import catalogue_shown, ledger_line_shown
from eshop.api.guards import Call, locale, needs, require_unchanged
from eshop.api.schemas import AcceptGiven, CatalogueShown, LedgerLine, Paging, page, page_of
from eshop.errors import BadInput

blueprint = Blueprint("api-catalogues", __name__, description="Suppliers' catalogues and their ledgers")

LARGEST_CATALOGUE = 2 * 2**30
PIECE = 2**20


class HandedIn(Paging):
    class Meta:
        fields = ("agreement", "name")

    agreement = fields.String(metadata={"description": "Its agreement; else the document says"})
    name = fields.String(
        load_default="catalogue.xml", metadata={"description": "File name; the ending tells the format"}
    )


@blueprint.route("/catalogues", methods=["POST"])
@needs("catalogues:write")
@blueprint.doc(requestBody={"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}})
@blueprint.arguments(HandedIn, location="query")
@blueprint.response(201, CatalogueShown)
def hand_in(call: Call, asked: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Hand in a catalogue file. It is checked line by line and waits for review, unless the agreement's rule lets it go live."""
    request.max_content_length = LARGEST_CATALOGUE
    suffix = Path(asked["name"]).suffix.lower() or ".xml"
    with tempfile.NamedTemporaryFile(suffix=suffix) as kept:
        size = 0
        while piece := request.stream.read(PIECE):
            size += len(piece)
            kept.write(piece)
        kept.flush()
        if not size:
            raise BadInput("empty_file")
        version = None
        for seen in catalogues.load(
            call.session, Path(kept.name), asked.get("agreement"), call.actor, name=asked["name"]
        ):
            version = seen.version or version
    if version is None:
        raise BadInput("empty_file")
    return _shown(call, version), 201, {"Location": url_for("api-catalogues.one", version_id=version.id)}


@blueprint.route("/catalogues", methods=["GET"])
@needs("catalogues:read")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(CatalogueShown))
def every(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Catalogue versions, the newest first."""
    found = catalogues.list_versions(call.session)
    chosen = found[asked["offset"] : asked["offset"] + asked["limit"]]
    return page([_shown(call, one) for one in chosen], len(found), asked, "/api/v1/catalogues")


@blueprint.route("/catalogues/<int(max=9223372036854775807):version_id>", methods=["GET"])
@needs("catalogues:read")
@blueprint.response(200, CatalogueShown)
def one(call: Call, version_id: int) -> dict[str, Any]:
    """One version with its summary."""
    return _shown(call, catalogues.get_version(call.session, version_id))


@blueprint.route("/catalogues/<int(max=9223372036854775807):version_id>/ledger", methods=["GET"])
@needs("catalogues:read")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(LedgerLine))
def ledger(call: Call, asked: dict[str, Any], version_id: int) -> dict[str, Any]:
    """Line by line: accepted, refused or unchanged, and why."""
    version = catalogues.get_version(call.session, version_id)
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
    version = catalogues.get_version(call.session, version_id)
    require_unchanged(_shown(call, version), CatalogueShown)
    catalogues.accept(call.session, version, call.actor, lines=given["lines"], missing=given["missing"])
    return _shown(call, version)


def _shown(call: Call, version: catalogues.CatalogueVersion) -> dict[str, Any]:
    return {"id": version.id, "catalogue": catalogue_shown(call.session, version), "state": version.state}
