"""The agreements file again (INTERFACES §2), as `load_agreements` reads it; and laid in row by row, so that one wrong row is told and the
others are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement, Joining, Lot, find_agreements, list_agreements, load_one, suppliers_by_id
from catalogues.suppliers import Supplier, plain_cvr
from eshop import audit
from eshop.amounts import plain
from eshop.errors import BadInput
from eshop.identity import Actor, require


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


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one row of an agreements file. `row` is its place in the sheet; `what`: new, changed, unchanged or refused;
    `fields` are those that changed; `agreement_id` is None where it was refused."""

    row: int | None
    number: str
    title: str
    what: str
    fields: tuple[str, ...] = ()
    error: BadInput | None = None
    agreement_id: int | None = None


def lay_in(session: Session, rows: Iterable[Mapping[str, Any]], by: Actor) -> list[Tried]:
    """As `load_agreements`, row by row: a row that cannot be used is told with its error and changes nothing. The door that only wants
    to see it undoes the whole. NotAllowed without the role."""
    require(by, "manage_agreements")
    tried: list[Tried] = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        number, title = str(row.get("number") or "").strip(), str(row.get("title") or "")
        whose = row.get("supplier") or {}
        key = number, str(whose.get("cvr") or whose.get("gln") or "")
        try:
            if key in seen:
                raise BadInput("agreement_twice_in_file", number=number)
            seen.add(key)
            with session.begin_nested():
                before = _known(session, number, whose)
                agreement = load_one(session, row, by)
                after = _one_as_json(session, agreement)
        except BadInput as error:
            tried.append(Tried(row.get("row"), number, title, "refused", error=error))
            continue
        fields = () if before is None else tuple(name for name in after if after[name] != before.get(name))
        what = "new" if before is None else "changed" if fields else "unchanged"
        tried.append(Tried(row.get("row"), number, agreement.title, what, fields, agreement_id=agreement.id))
    kept = [one for one in tried if one.agreement_id is not None and one.what != "unchanged"]
    if kept:
        assert kept[0].agreement_id is not None
        audit.record(
            session, "agreements_loaded", "agreement", kept[0].agreement_id, by, agreements=[one.number for one in kept]
        )
    return tried


def _known(session: Session, number: str, whose: Mapping[str, Any]) -> dict[str, Any] | None:
    """The agreement as it is before the row: the one with this number and supplier."""
    found = find_agreements(session, number) if number else []
    suppliers = suppliers_by_id(session, [one.supplier_id for one in found])
    for one in found:
        supplier = suppliers[one.supplier_id]
        same_cvr = whose.get("cvr") and supplier.cvr == plain_cvr(str(whose["cvr"]))
        if same_cvr or (whose.get("gln") and supplier.gln == str(whose["gln"])):
            return _one_as_json(session, one)
    return None


def _one_as_json(session: Session, agreement: Agreement) -> dict[str, Any]:
    return _as_json(
        agreement,
        suppliers_by_id(session, [agreement.supplier_id])[agreement.supplier_id],
        list(session.scalars(select(Lot).where(Lot.agreement_id == agreement.id).order_by(Lot.number, Lot.id))),
        list(session.scalars(select(Joining).where(Joining.agreement_id == agreement.id).order_by(Joining.id))),
    )


def _joining(one: Joining, lots: Mapping[int, str]) -> dict[str, Any]:
    return {"cvr": one.cvr, "lot": lots.get(one.lot_id or 0), "from": _day(one.valid_from), "to": _day(one.valid_to)}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
