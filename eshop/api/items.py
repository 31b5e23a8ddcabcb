"""`GET /items` and `GET /items/{id}/offer`."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields, validate

import catalogues
from eshop.answers import hit_shown, institution_of, offer_shown
from eshop.api.guards import Call, needs
from eshop.api.schemas import HitShown, OfferShown, Paging, page, page_of

blueprint = Blueprint("api-items", __name__, description="What may be bought, and at which price")


class Wanted(Paging):
    q = fields.String(
        required=True, validate=validate.Length(min=1, max=200), metadata={"description": "What to look for"}
    )
    institution = fields.String(required=True, metadata={"description": "GLN of who would order"})
    on = fields.Date(metadata={"description": "The day; today unless given"})


class Asked(Wanted):
    class Meta:
        fields = ("institution", "on")


@blueprint.route("/items", methods=["GET"])
@needs("items:read")
@blueprint.arguments(Wanted, location="query")
@blueprint.response(200, page_of(HitShown))
def search(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Search, best first."""
    day = asked.get("on") or call.actor.today
    institution = institution_of(call.session, asked["institution"], day)
    result = catalogues.search(call.session, asked["q"], institution, day, limit=asked["limit"], offset=asked["offset"])
    hits = [hit_shown(hit, rank) for rank, hit in enumerate(result.hits, asked["offset"] + 1)]
    kept = {
        "q": asked["q"],
        "institution": asked["institution"],
        "on": asked["on"].isoformat() if "on" in asked else None,
    }
    return page(hits, result.total, asked, "/api/v1/items", **kept)


@blueprint.route("/items/<path:item>/offer", methods=["GET"])
@needs("items:read")
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, OfferShown)
def offer(call: Call, asked: dict[str, Any], item: str) -> dict[str, Any]:
    """The price, or why it cannot be ordered. `item` is our id, or supplier-CVR/seller-item-id."""
    day = asked.get("on") or call.actor.today
    return offer_shown(call.session, item, institution_of(call.session, asked["institution"], day), day)
