"""The agreements file again (INTERFACES §2), as `load_agreements` reads it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement, Joining, Lot, list_agreements, suppliers_by_id
from catalogues.suppliers import Supplier
from eshop.amounts import plain


def agreements_as_json(session: Session) -> list[dict[str, Any]]:
    """Every agreement in the form of the file, in four queries."""
    agreements = list_agreements(session)
    suppliers = suppliers_by_id(session, [one.supplier_id for one in agreements])
    lots: dict[int, list[Lot]] = {}
    for lot in session.scalars(select(Lot).order_by(Lot.number, Lot.id)):
        lots.setdefault(lot.agreement_id, []).append(lot)
    joinings: dict[int, list[Joining]] = {}
    for joining in session.scalars(select(Joining).order_by(Joining.id)):
        joinings.setdefault(joining.agreement_id, []).append(joining)
    return [
        _as_json(one, suppliers[one.supplier_id], lots.get(one.id, []), joinings.get(one.id, [])) for one in agreements
    ]


def _as_json(agreement: Agreement, supplier: Supplier, lots: list[Lot], joinings: list[Joining]) -> dict[str, Any]:
    numbers = {lot.id: lot.number for lot in lots}
    regulated = any(one is not None for one in (agreement.cap_percent, agreement.notice_days, agreement.price_index))
    return {
        "number": agreement.number,
        "title": agreement.title,
        "level": agreement.level,
        "stage": agreement.stage,
        "from": _day(agreement.valid_from),
        "to": _day(agreement.valid_to),
        "options": agreement.options,
        "supplier": {"cvr": supplier.cvr, "gln": supplier.gln, "name": supplier.name},
        "lots": [{"number": lot.number, "title": lot.title, "unspsc": lot.unspsc} for lot in lots],
        "unspsc": agreement.unspsc,
        "precedence": agreement.precedence,
        "joined": [_joining(one, numbers) for one in joinings if not one.exempt],
        "exempt": [
            {**_joining(one, numbers), "reason": one.reason, "approved_by": one.approved_by}
            for one in joinings
            if one.exempt
        ],
        "price_regulation": {
            "cap_percent": None if agreement.cap_percent is None else plain(agreement.cap_percent),
            "notice_days": agreement.notice_days,
            "index": agreement.price_index,
        }
        if regulated
        else None,
        "fees": agreement.fees,
        "minimum_order": None if agreement.minimum_order is None else str(agreement.minimum_order),
        "ceiling": None if agreement.ceiling is None else str(agreement.ceiling),
        "delivery_days": agreement.delivery_days,
        "compliance_target_percent": None
        if agreement.compliance_target_percent is None
        else plain(agreement.compliance_target_percent),
        "responsible": agreement.responsible,
        "labour_clause": agreement.labour_clause,
        "documents": agreement.documents,
        "declarations": agreement.declarations,
        "auto_accept": agreement.auto_accept,
        "auto_rule": agreement.auto_rule,
    }


def _joining(one: Joining, lots: Mapping[int, str]) -> dict[str, Any]:
    return {"cvr": one.cvr, "lot": lots.get(one.lot_id or 0), "from": _day(one.valid_from), "to": _day(one.valid_to)}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
