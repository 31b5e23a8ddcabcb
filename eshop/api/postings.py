"""`/posting-batches`: what the ledger takes, numbered and repeatable byte for byte."""

import hashlib
from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

import invoicing
from eshop.api.guards import Call, needs, require_tag
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
    found = invoicing.list_batches(call.session, limit=10_000)
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
    answer.set_etag(_digest(batch))
    answer.headers["Content-Disposition"] = f'attachment; filename="postings-{number}.{batch.format}"'
    return answer


class TakenBack(Schema):
    reason = fields.String(required=True, validate=validate.Length(1, 500), metadata={"description": "Why"})


@blueprint.route("/posting-batches/<int(max=2147483647):number>/acknowledge", methods=["POST"])
@needs("postings:write")
@blueprint.response(200, BatchShown)
def acknowledge(call: Call, number: int) -> dict[str, Any]:
    """The ledger has taken the batch; with If-Match, the bytes of that entity tag. Conflict unless it is exported."""
    batch = invoicing.get_batch(call.session, number)
    require_tag(_digest(batch))
    return _shown(invoicing.acknowledge_batch(call.session, batch, call.actor))


@blueprint.route("/posting-batches/<int(max=2147483647):number>/take-back", methods=["POST"])
@needs("postings:write")
@blueprint.arguments(TakenBack)
@blueprint.response(200, BatchShown)
def take_back(call: Call, given: dict[str, Any], number: int) -> dict[str, Any]:
    """The batch as a whole is taken back; its postings go out with the next one. Conflict unless it is exported."""
    batch = invoicing.get_batch(call.session, number)
    require_tag(_digest(batch))
    return _shown(invoicing.take_back_batch(call.session, batch, given["reason"], call.actor))


def _shown(batch: invoicing.PostingBatch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "format": batch.format,
        "postings": batch.postings,
        "state": batch.state,
        "sha256": _digest(batch),
    }


def _digest(batch: invoicing.PostingBatch) -> str:
    return hashlib.sha256(batch.body).hexdigest()
