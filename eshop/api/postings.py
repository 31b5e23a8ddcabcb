"""`/posting-batches`: what the ledger takes, numbered and repeatable byte for byte."""

import hashlib
from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

import invoicing
from eshop.api.guards import Call, needs
from eshop.api.schemas import BatchGiven, BatchShown, Paging, page, page_of
from eshop.errors import Conflict

blueprint = Blueprint("api-posting-batches", __name__, description="Postings for the ledger")

MEDIA = {"csv": "text/csv", "json": "application/json", "g69": "text/plain"}


@blueprint.route("/posting-batches", methods=["GET"])
@needs("postings:read")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(BatchShown))
def every(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Batches, the newest first."""
    found = invoicing.list_batches(call.session)
    chosen = found[asked["offset"] : asked["offset"] + asked["limit"]]
    return page([_shown(one) for one in chosen], len(found), asked, "/api/v1/posting-batches")


@blueprint.route("/posting-batches", methods=["POST"])
@needs("postings:write")
@blueprint.arguments(BatchGiven)
@blueprint.response(201, BatchShown)
def make(call: Call, given: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """A batch of everything posted and not exported yet. Conflict when there is nothing."""
    batch = invoicing.export_batch(call.session, given["format"], call.actor)
    if batch is None:
        raise Conflict("nothing_to_export")
    return _shown(batch), 201, {"Location": url_for("api-posting-batches.content", number=batch.number)}


@blueprint.route("/posting-batches/<int(max=2147483647):number>", methods=["GET"])
@needs("postings:read")
@blueprint.doc(responses={"200": {"description": "The file, the same bytes every time", "content": {"text/csv": {}}}})
def content(call: Call, number: int) -> Response:
    """The batch as the ledger reads it."""
    batch = invoicing.get_batch(call.session, number)
    answer = Response(invoicing.batch_bytes(call.session, batch), mimetype=MEDIA[batch.format])
    answer.headers["Content-Disposition"] = f'attachment; filename="postings-{number}.{batch.format}"'
    return answer


def _shown(batch: invoicing.PostingBatch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "format": batch.format,
        "postings": batch.postings,
        "state": batch.state,
        "sha256": hashlib.sha256(batch.body).hexdigest(),
    }
