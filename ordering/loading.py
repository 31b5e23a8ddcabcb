"""Orders and receipts of a former system (INTERFACES §2), and orders that come as UBL documents, made into open orders.

Loading again brings up to date and doubles nothing: an order is known by supplier and number, a receipt by order, line, date, quantity
and how many like it the file has held so far.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import catalogues
from catalogues import Supplier
from eshop import audit
from eshop.amounts import Amount, exact, plain, same_unit
from eshop.audit import AuditEvent
from eshop.db import connection_of, insert_rows
from eshop.engines import refresh_statistics
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, Gln, Institution, institution_by_gln, the_municipality
from ordering.movements import move_quantities
from ordering.order_numbers import number_key
from ordering.orders import OrderLine, PurchaseOrder, find_order
from ordering.receipts import Receipt, new_receipt
from ordering.transaction_costs import CHANNELS

STATE_OF: Final[Mapping[str, str]] = {"open": "confirmed", "closed": "closed", "cancelled": "cancelled"}
BATCH: Final = 500
MANY: Final = 1000


def load_order(session: Session, row: Mapping[str, Any], by: Actor) -> PurchaseOrder:
    """One order of the file; see `load_orders`."""
    order_id = load_orders(session, [row], by)[0]
    session.flush()
    return session.scalars(
        select(PurchaseOrder).where(PurchaseOrder.id == order_id).execution_options(populate_existing=True)
    ).one()


def load_orders(session: Session, rows: Iterable[Mapping[str, Any]], by: Actor) -> list[int]:
    """Orders in the form of INTERFACES §2, in a few statements per five hundred; returns their ids in order.

    Unknown suppliers and institutions are created. An order that is there already (supplier and number) gets the file's status, and
    lines it did not have. BadInput names the order and the field: `missing_field`, `not_a_number_in`, `not_a_day`, `status_unknown`,
    `line_twice`, `order_without_lines`.
    """
    ids: list[int] = []
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            ids += _load_batch(session, batch, by)
            batch = []
    if batch:
        ids += _load_batch(session, batch, by)
    if len(ids) >= MANY:
        refresh_statistics(connection_of(session), "purchase_order", "order_line")
    return ids


def _load_batch(session: Session, rows: list[Mapping[str, Any]], by: Actor) -> list[int]:
    heads = [_head_values(session, row, by) for row in rows]
    there = {
        (supplier_id, number): order_id
        for order_id, supplier_id, number in session.execute(
            select(PurchaseOrder.id, PurchaseOrder.supplier_id, PurchaseOrder.number).where(
                PurchaseOrder.number.in_({head["number"] for head in heads})
            )
        )
    }
    fresh: dict[tuple[int, str], dict[str, Any]] = {}
    for head, row in zip(heads, rows, strict=True):
        key = (head["supplier_id"], head["number"])
        if key in there or key in fresh:
            if key in fresh:
                raise BadInput("order_twice", number=head["number"])
            _bring_up_to_date(session, there[key], head, row)
        else:
            fresh[key] = head
    if fresh:
        made = session.scalars(
            insert(PurchaseOrder).returning(PurchaseOrder.id, sort_by_parameter_order=True),
            list(fresh.values()),
        ).all()
        there.update(zip(fresh, made, strict=True))
        lines: list[dict[str, Any]] = []
        for head, row in zip(heads, rows, strict=True):
            key = (head["supplier_id"], head["number"])
            if key in fresh:
                lines += _line_values(row, there[key], head["number"])
        insert_rows(session, OrderLine, lines)
        insert_rows(
            session,
            AuditEvent,
            [audit.row("order_loaded", "order", there[key], by, number=key[1]) for key in fresh],
        )
    return [there[(head["supplier_id"], head["number"])] for head in heads]


def _text(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if value is None or not str(value).strip():
        raise BadInput("missing_field", field=field, where=where)
    return str(value).strip()


def _number(value: Any, field: str, where: str) -> Decimal:
    try:
        return exact(value if isinstance(value, str | int | Decimal) else str(value))
    except BadInput as error:
        raise BadInput("not_a_number_in", field=field, value=str(value)[:40], where=where) from error


def _day(value: Any, field: str, where: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput("not_a_day", field=field, value=str(value)[:40], where=where) from error


def _head_values(session: Session, row: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    number = _text(row, "number", "orders")
    status = row.get("status") or "open"
    if status not in STATE_OF:
        raise BadInput("status_unknown", value=str(status), expected=", ".join(STATE_OF), where=number)
    match = row.get("match") or "3-way"
    if match not in ("3-way", "2-way"):
        raise BadInput("match_unknown", value=str(match), where=number)
    channel = row.get("channel") or "system"
    if channel not in CHANNELS:
        raise BadInput("unknown_channel", value=str(channel), expected=", ".join(CHANNELS), where=number)
    ordered_on = _day(_text(row, "date", number), "date", number)
    agreement = row.get("agreement")
    return {
        "number": number,
        "number_key": number_key(number),
        "source": "loaded",
        "channel": channel,
        "state": STATE_OF[status],
        "institution_id": institution_for(session, row.get("institution"), number),
        "supplier_id": supplier_for(session, row.get("supplier"), number, by),
        "agreement_number": str(agreement) if agreement else None,
        "match": match,
        "freight_allowed": bool(row.get("freight_allowed", True)),
        "currency": row.get("currency") or "DKK",
        "reference": row.get("reference"),
        "placed_at": by.at,
        "ordered_on": ordered_on,
        "deliver_on": _day(row["deliver_on"], "deliver_on", number) if row.get("deliver_on") else None,
        "delivery": row.get("delivery") or {},
        "coding": row.get("coding") or _coding_of(session, row, number),
        "allowances": row.get("allowances") or [],
        "change_number": 0,
        "version": 1,
    }


def _coding_of(session: Session, row: Mapping[str, Any], number: str) -> dict[str, str]:
    """The institution's coding over the municipality's, as for an order placed here."""
    known = session.info.setdefault("loading_coding", {})
    place = institution_for(session, row.get("institution"), number)
    if place not in known:
        unit = session.get_one(Institution, place)
        known[place] = {**the_municipality(session).default_coding, **unit.coding}
    return known[place]


def _line_values(row: Mapping[str, Any], order_id: int, number: str) -> list[dict[str, Any]]:
    listed = row.get("lines") or []
    if not listed:
        raise BadInput("order_without_lines", number=number)
    values: list[dict[str, Any]] = []
    used: set[str] = set()
    for position, line in enumerate(listed, 1):
        name = str(line.get("line") or position * 10)
        where = f"{number}/{name}"
        if name in used:
            raise BadInput("line_twice", line=name, number=number)
        used.add(name)
        per_unit = line.get("units_per_order_unit")
        values.append(
            {
                "order_id": order_id,
                "line": name,
                "position": position * 10,
                "kind": line.get("kind") or "goods",
                "seller_item_id": line.get("seller_item_id"),
                "gtin": line.get("gtin"),
                "name": str(line.get("name") or line.get("description") or line.get("seller_item_id") or name),
                "description": line.get("description"),
                "unspsc": line.get("unspsc"),
                "quantity": _number(_text(line, "quantity", where), "quantity", where),
                "unit": _text(line, "unit", where),
                "price": _number(_text(line, "price", where), "price", where),
                "base_quantity": _number(line.get("base_quantity") or "1", "base_quantity", where),
                "factor": _number(line.get("factor") or "1", "factor", where),
                "content_unit": line.get("content_unit"),
                "units_per_order_unit": None if per_unit is None else _number(per_unit, "units_per_order_unit", where),
                "vat_percent": _number(
                    line.get("vat_percent") if line.get("vat_percent") is not None else "25", "vat_percent", where
                ),
                "discount": Amount.of(line.get("discount") or "0"),
                "coding": line.get("coding") or [],
                "note": line.get("note"),
                "substitute_allowed": False,
            }
        )
        if values[-1]["base_quantity"] <= 0 or values[-1]["factor"] <= 0:
            raise BadInput("not_a_number_in", field="base_quantity", value=str(line.get("base_quantity")), where=where)
    return values


def _bring_up_to_date(session: Session, order_id: int, head: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    order = session.get_one(PurchaseOrder, order_id)
    if order.source != "loaded":
        raise BadInput("order_placed_here", number=order.number)
    order.state = head["state"]
    for values in _line_values(row, order_id, order.number):
        if order.line_named(values["line"]) is None:
            order.lines.append(OrderLine(**{**values, "position": max(line.position for line in order.lines) + 10}))
    session.flush()


def supplier_for(session: Session, given: Any, where: str, by: Actor) -> int:
    """The supplier by CVR or GLN, created where unknown; looked up once per session."""
    if not isinstance(given, Mapping) or not (given.get("cvr") or given.get("gln")):
        raise BadInput("missing_field", field="supplier", where=where)
    known: dict[tuple[Any, Any], int] = session.info.setdefault("loading_suppliers", {})
    key = (given.get("cvr"), given.get("gln"))
    if key not in known:
        found = catalogues.find_supplier(session, cvr=key[0], gln=key[1])
        if found is None:
            found = catalogues.record_supplier(
                session, cvr=key[0], gln=key[1], name=given.get("name") or key[0] or key[1], by=by
            )
            session.flush()
        known[key] = found.id
    return known[key]


def institution_for(session: Session, given: Any, where: str) -> int:
    """The institution by GLN, created where unknown; looked up once per session. A document may name the municipality by its CVR only:
    then it is the unit with the buyer's name."""
    if isinstance(given, Mapping) and not given.get("gln") and given.get("cvr") == the_municipality(session).cvr:
        return _unit_named(session, str(given.get("name") or the_municipality(session).name))
    if not isinstance(given, Mapping) or not given.get("gln"):
        raise BadInput("missing_field", field="institution.gln", where=where)
    known: dict[str, int] = session.info.setdefault("loading_institutions", {})
    gln = str(given["gln"]).strip()
    if gln not in known:
        if len(gln) != 13 or not gln.isdigit():
            raise BadInput("bad_gln", gln=gln, where=where)
        found = institution_by_gln(session, gln)
        if found is None:
            found = Institution(name=str(given.get("name") or gln), coding={}, address=given.get("address") or {})
            session.add(found)
            session.flush()
            session.add_all(
                Gln(gln=one, institution_id=found.id) for one in dict.fromkeys([gln, *given.get("glns", ())])
            )
            session.flush()
        known[gln] = found.id
    return known[gln]


def _unit_named(session: Session, name: str) -> int:
    found = session.scalars(select(Institution).where(Institution.name == name).order_by(Institution.id)).first()
    if found is None:
        found = Institution(name=name, coding={}, address={})
        session.add(found)
        session.flush()
    return found.id


# --- receipts ---------------------------------------------------------------------------------------------------------


def load_receipt(session: Session, row: Mapping[str, Any], by: Actor) -> Receipt:
    """One row of the file: {"order", "line", "quantity", "unit", "date"} (and "supplier" where numbers repeat). A unit other than the
    order's is converted by the line's stated factor only. Rows a former system counted are taken as they are: more than ordered
    is a fact there. BadInput: `line_unknown`, `unit_unknown`, `not_a_number_in`, `not_a_day`; NotFound `order_not_found`, and
    `order_number_ambiguous` where two suppliers have an order of the number and the row names none, also where only one of them has
    the line: it may be mistyped, and goods are never counted on a supplier's order by guess."""
    number = _text(row, "order", "receipts")
    order = _order_of_receipt(session, number, row, by)
    line = order.line_named(_text(row, "line", number))
    if line is None:
        raise BadInput("line_unknown", line=str(row["line"]), number=number)
    where = f"{number}/{line.line}"
    stated = _number(_text(row, "quantity", where), "quantity", where)
    quantity = in_order_unit(line, stated, row.get("unit") or line.unit)
    if quantity is None:
        raise BadInput("unit_unknown", unit=str(row.get("unit")), line=line.line, number=number)
    day = _day(row.get("date") or by.today.isoformat(), "date", where)
    seen: Counter[str] = session.info.setdefault("loaded_receipts", Counter())
    like = f"load:{order.id}:{line.line}:{day}:{plain(quantity)}"
    seen[like] += 1
    key = f"{like}:{seen[like]}"
    again = session.scalars(select(Receipt).where(Receipt.key == key)).one_or_none()
    if again is not None:
        return again
    receipt = new_receipt(session, order, "goods", by, key=key, on=day)
    move_quantities(
        session, "received" if quantity >= 0 else "returned", {line.id: abs(quantity)}, by, receipt_id=receipt.id
    )
    audit.record(session, "goods_received", "order", order.id, by, receipt_id=receipt.id)
    return receipt


def _order_of_receipt(session: Session, number: str, row: Mapping[str, Any], by: Actor) -> PurchaseOrder:
    supplier = row.get("supplier")
    try:
        return find_order(session, number, supplier_for(session, supplier, number, by) if supplier else None)
    except NotFound as error:
        raise NotFound(error.code, number=number) from error


def in_order_unit(line: OrderLine, quantity: Decimal, unit: str) -> Decimal | None:
    """`quantity` of `unit` in the line's order unit: itself, or by the stated factor (24 bottles of a 12-bottle carton → 2); None for a
    unit the order says nothing of."""
    if same_unit(unit, line.unit):
        return quantity
    if line.content_unit and line.units_per_order_unit and same_unit(unit, line.content_unit):
        return round(quantity / line.units_per_order_unit, 8)
    return None


def orders_as_json(session: Session) -> Iterable[dict[str, Any]]:
    """Every order in the form `load_orders` reads, oldest first."""
    glns: dict[int, str] = {}
    for place, gln in session.execute(select(Gln.institution_id, Gln.gln).order_by(Gln.id)):
        glns.setdefault(place, gln)
    names = dict(session.execute(select(Institution.id, Institution.name)).all())
    suppliers = {one.id: one for one in session.scalars(select(Supplier))}
    for order in session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.id)).yield_per(BATCH):
        supplier = suppliers[order.supplier_id]
        yield {
            "number": order.number,
            "supplier": {"cvr": supplier.cvr, "gln": supplier.gln, "name": supplier.name},
            "institution": {"gln": glns.get(order.institution_id), "name": names.get(order.institution_id)},
            "agreement": order.agreement_number,
            "date": order.ordered_on.isoformat(),
            "status": {"open": "open", "closed": "closed", "not_sent": "open"}.get(order.standing, "cancelled"),
            "match": order.match,
            "freight_allowed": order.freight_allowed,
            "currency": order.currency,
            "reference": order.reference,
            "coding": order.coding,
            "lines": [line_as_json(line) for line in order.lines],
        }


def line_as_json(line: OrderLine) -> dict[str, Any]:
    """A line in the form of INTERFACES §2."""
    return {
        "line": line.line,
        "seller_item_id": line.seller_item_id,
        "gtin": line.gtin,
        "name": line.name,
        "description": line.description,
        "unspsc": line.unspsc,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "price": plain(line.price),
        "base_quantity": plain(line.base_quantity),
        "factor": plain(line.factor),
        "content_unit": line.content_unit,
        "units_per_order_unit": None if line.units_per_order_unit is None else plain(line.units_per_order_unit),
        "vat_percent": plain(line.vat_percent),
        "discount": str(line.discount),
    }
