"""`/agreements`."""

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

import catalogues
from eshop.api.guards import Call, needs
from eshop.api.schemas import AgreementShown, Paging, page, page_of

blueprint = Blueprint("api-agreements", __name__, description="Agreements and who has joined them")


@blueprint.route("/agreements", methods=["GET"])
@needs("agreements:read")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(AgreementShown))
def every(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Every agreement, by number."""
    found = catalogues.list_agreements(call.session)
    shown = [_shown(call, one) for one in found[asked["offset"] : asked["offset"] + asked["limit"]]]
    return page(shown, len(found), asked, "/api/v1/agreements")


@blueprint.route("/agreements/<string:number>", methods=["GET"])
@needs("agreements:read")
@blueprint.response(200, page_of(AgreementShown))
def one(call: Call, number: str) -> dict[str, Any]:
    """The agreements with this number: one per supplier."""
    found = catalogues.find_agreements(call.session, number)
    shown = [_shown(call, agreement) for agreement in found]
    return page(shown, len(shown), {"offset": 0, "limit": max(len(shown), 1)}, f"/api/v1/agreements/{number}")


def _shown(call: Call, agreement: catalogues.Agreement) -> dict[str, Any]:
    supplier = catalogues.get_supplier(call.session, agreement.supplier_id)
    lots = catalogues.lots_of(call.session, agreement.id)
    return {
        "number": agreement.number,
        "title": agreement.title,
        "level": agreement.level,
        "state": agreement.state(call.actor.today),
        "valid_from": _day(agreement.valid_from),
        "valid_to": _day(agreement.ends()),
        "supplier": {"cvr": supplier.cvr, "gln": supplier.gln, "name": supplier.name} if supplier else {},
        "lots": [{"number": lot.number, "title": lot.title, "unspsc": lot.unspsc} for lot in lots],
        "joined": _joined(call.session, agreement, {lot.id: lot.number for lot in lots}),
    }


def _joined(session: Session, agreement: catalogues.Agreement, lots: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "cvr": one.cvr,
            "lot": lots.get(one.lot_id or 0),
            "exempt": one.exempt,
            "from": _day(one.valid_from),
            "to": _day(one.valid_to),
        }
        for one in catalogues.joinings_of(session, agreement.id)
    ]


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None
