"""`POST /documents`, `GET /documents/{id}`: the inbox for an access point."""

from typing import Any

from flask import Response, jsonify, make_response, request, url_for
from flask_smorest import Blueprint

from eshop import intake
from eshop.api.guards import Call, needs
from eshop.api.schemas import DocumentShown, DocumentTaken
from eshop.errors import BadInput

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
    body = request.get_data(cache=True)
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
    answer = intake.answer_of(call.session, message)
    return answer, 202 if message.result is None else 200
