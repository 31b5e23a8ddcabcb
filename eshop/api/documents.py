"""`POST /documents`, `GET /documents/{id}`: the inbox for an access point."""

from typing import Any

from flask import Response, jsonify, make_response, request, url_for
from flask_smorest import Blueprint

import invoicing
from eshop import intake
from eshop.api.guards import Call, needs, visible_institutions
from eshop.api.schemas import DocumentShown, DocumentTaken
from eshop.errors import BadInput, NotFound
from eshop.exchange import Message

blueprint = Blueprint("api-documents", __name__, description="Documents from an access point, and what became of them")

LONGEST_NAME = 120


@blueprint.route("/documents", methods=["POST"])
@needs("documents:write")
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {"application/xml": {"schema": {"type": "string"}}},
        "description": "A business document as it is, bare or in an SBDH envelope",
    }
)
@blueprint.response(202, DocumentTaken)
@blueprint.alt_response(200, schema=DocumentTaken, description="The same document was here before")
@blueprint.alt_response(413, description="Larger than 40 MB")
def take(call: Call) -> Response:
    """Hand in a document. It is kept at once and judged by the worker; the same bytes again are the same message."""
    body = request.get_data()
    if not body.strip():
        raise BadInput("empty_file")
    name = (request.headers.get("Document-Name") or "document.xml")[:LONGEST_NAME]
    taken = intake.keep(call.session, body, name, "http", call.actor)
    answer = make_response(jsonify(message=taken.message.uid), 200 if taken.again else 202)
    answer.headers["Location"] = url_for("api-documents.one", uid=taken.message.uid)
    return answer


@blueprint.route("/documents/<string:uid>", methods=["GET"])
@needs("documents:read")
@blueprint.response(200, DocumentShown)
@blueprint.alt_response(202, schema=DocumentShown, description="It waits to be judged")
def one(call: Call, uid: str) -> tuple[dict[str, Any], int]:
    """What became of a document: the object of `eshop receive --json`."""
    message = intake.find_message(call.session, uid)
    _require_visible(call, message, uid)
    return _shown(call, message), 202 if message.result is None else 200


def _shown(call: Call, message: Message) -> dict[str, Any]:
    return {"file": message.name, **intake.answer_of(call.session, message)}


def _require_visible(call: Call, message: Message, uid: str) -> None:
    """NotFound for a person who sees the invoices of some institutions only, where the document is not one of those."""
    places = visible_institutions(call, "see_invoices")
    if places is None:
        return
    invoice = invoicing.find_by_message(call.session, message.id)
    if invoice is None or invoice.institution_id not in places:
        raise NotFound("not_found", thing="Document", key=uid)
