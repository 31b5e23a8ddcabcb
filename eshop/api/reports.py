"""`/reports/{figure}`: a figure with its definition, version, period, numerator, denominator and parts; and the lines it is made of."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eshop import insight
from eshop.api.guards import Call, needs
from eshop.api.schemas import Paging, page, page_of
from eshop.errors import BadInput
from eshop.identity import institution_by_gln

blueprint = Blueprint("api-reports", __name__, description="Figures of what has been bought, invoiced and handled")


class FigureAsked(Schema):
    period = fields.String(metadata={"description": "2026, 2026-Q3 or 2026-09; the last twelve months unless given"})
    institution = fields.String(metadata={"description": "GLN; the units under it are included"})


class LinesAsked(FigureAsked, Paging):
    part = fields.String(metadata={"description": "Only the lines of this part"})


class PartShown(Schema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    numerator = fields.String(required=True)
    denominator = fields.String(required=True)
    value = fields.String(required=True, allow_none=True)
    target = fields.String(required=True, allow_none=True)
    lines = fields.Integer(required=True)


class FigureShown(Schema):
    figure = fields.String(required=True)
    definition = fields.String(required=True)
    version = fields.String(required=True)
    period = fields.String(required=True)
    start = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    unit = fields.String(required=True, metadata={"description": "percent or kroner"})
    numerator = fields.String(required=True)
    denominator = fields.String(required=True)
    value = fields.String(required=True, allow_none=True)
    target = fields.String(required=True, allow_none=True)
    beside = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "To be read with it"})
    parts = fields.List(fields.Nested(PartShown), required=True)


class LineShown(Schema):
    part = fields.String(required=True)
    date = fields.String(required=True)
    document = fields.String(required=True)
    text = fields.String(required=True)
    numerator = fields.String(required=True)
    denominator = fields.String(required=True)
    why = fields.String(required=True, allow_none=True)


@blueprint.route("/reports/<string:figure>", methods=["GET"])
@needs("reports:read")
@blueprint.arguments(FigureAsked, location="query")
@blueprint.response(200, FigureShown)
def one(call: Call, asked: dict[str, Any], figure: str) -> dict[str, Any]:
    """A figure. Its parts add up to it."""
    span, place = _asked(call, asked)
    found = insight.figure(call.session, figure, span, call.actor, place)
    shown = found.as_json()
    return {**shown, "start": shown["from"], "beside": dict(found.beside)}


@blueprint.route("/reports/<string:figure>/lines", methods=["GET"])
@needs("reports:read")
@blueprint.arguments(LinesAsked, location="query")
@blueprint.response(200, page_of(LineShown))
def lines(call: Call, asked: dict[str, Any], figure: str) -> dict[str, Any]:
    """The lines a figure, or a part of it, is made of, by day. They add up to it, to the øre."""
    span, place = _asked(call, asked)
    found = insight.lines(call.session, figure, span, call.actor, asked.get("part"), place)
    chosen = [
        {
            "part": line.part,
            "date": line.day.isoformat(),
            "document": line.document,
            "text": line.text,
            "numerator": str(line.numerator),
            "denominator": str(line.denominator),
            "why": line.why,
        }
        for line in found[asked["offset"] : asked["offset"] + asked["limit"]]
    ]
    kept = {name: asked.get(name) for name in ("period", "institution", "part")}
    return page(chosen, len(found), asked, f"/api/v1/reports/{figure}/lines", **kept)


def _asked(call: Call, asked: dict[str, Any]) -> tuple[insight.Span, int | None]:
    span = insight.period_of(asked.get("period"), call.actor.today)
    gln = asked.get("institution")
    if gln is None:
        return span, None
    place = institution_by_gln(call.session, gln)
    if place is None:
        raise BadInput("unknown_institution", value=gln, where="institution")
    return span, place.id
