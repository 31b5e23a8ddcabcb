"""`eshop export …`: everything that can be loaded, in the same form; and postings for the ledger, in numbered batches."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop.amounts import plain
from eshop.cli.frame import Desk, Group, pass_desk
from eshop.errors import BadInput, Conflict
from eshop.exchange import TradingPartner
from eshop.identity import Actor, the_municipality
from eshop.organisation import organisation_as_json


def _organisation(session: Session) -> dict[str, Any]:
    """The organisation file, with whose people the suppliers' are."""
    return organisation_as_json(
        session, {one.id: one.cvr for one in catalogues.list_suppliers(session) if one.cvr is not None}
    )


def _agreements(session: Session) -> list[dict[str, Any]]:
    """The agreements file, as `load agreements` reads it."""
    return [_agreement(session, one) for one in catalogues.list_agreements(session)]


def _agreement(session: Session, agreement: catalogues.Agreement) -> dict[str, Any]:
    supplier = catalogues.get_supplier(session, agreement.supplier_id)
    assert supplier is not None
    lots = catalogues.lots_of(session, agreement.id)
    joinings = catalogues.joinings_of(session, agreement.id)
    numbers = {lot.id: lot.number for lot in lots}
    regulated = agreement.cap_percent is not None or agreement.notice_days is not None
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
        "delivery_days": agreement.delivery_days,
        "compliance_target_percent": None
        if agreement.compliance_target_percent is None
        else plain(agreement.compliance_target_percent),
        "responsible": agreement.responsible,
        "labour_clause": agreement.labour_clause,
        "documents": agreement.documents,
        "declarations": agreement.declarations,
        "auto_accept": agreement.auto_accept,
    }


def _joining(one: catalogues.Joining, lots: Mapping[int, str]) -> dict[str, Any]:
    return {"cvr": one.cvr, "lot": lots.get(one.lot_id or 0), "from": _day(one.valid_from), "to": _day(one.valid_to)}


def _suppliers(session: Session) -> Iterable[dict[str, Any]]:
    """The suppliers file: those known, with the accounts that may be paid to."""
    partners = {one.supplier_id: one for one in session.scalars(select(TradingPartner))}
    for supplier in catalogues.list_suppliers(session):
        accounts = invoicing.list_accounts(session, supplier.id, state="known")
        yield {
            "cvr": supplier.cvr,
            "gln": supplier.gln,
            "name": supplier.name,
            "active": supplier.active,
            "payment_accounts": [invoicing.account_data(one.key, one.scheme) for one in accounts],
            **_wishes(partners.get(supplier.id)),
        }


def _wishes(partner: TradingPartner | None) -> dict[str, str]:
    """How the supplier wants its orders; an address that carries a password stays here."""
    if partner is None:
        return {}
    address = {} if "@" in partner.address and "://" in partner.address else {"address": partner.address}
    return {"profile": partner.profile, "channel": partner.channel, **address}


def _receipts(session: Session) -> Iterable[dict[str, Any]]:
    """The receipts file: what came (and, below zero, what went back) by order and line."""
    rows = session.execute(
        select(
            ordering.PurchaseOrder.number,
            ordering.OrderLine.line,
            ordering.Movement.kind,
            ordering.Movement.quantity,
            ordering.OrderLine.unit,
            ordering.Receipt.received_on,
        )
        .join(ordering.OrderLine, ordering.OrderLine.id == ordering.Movement.order_line_id)
        .join(ordering.PurchaseOrder, ordering.PurchaseOrder.id == ordering.OrderLine.order_id)
        .join(ordering.Receipt, ordering.Receipt.id == ordering.Movement.receipt_id)
        .where(ordering.Movement.kind.in_(["received", "returned"]))
        .order_by(ordering.Movement.id)
    )
    for number, line, kind, quantity, unit, day in rows:
        signed = quantity if kind == "received" else -quantity
        yield {"order": number, "line": line, "quantity": plain(signed), "unit": unit, "date": day.isoformat()}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


WHOLE: Final[dict[str, Callable[[Session], Any]]] = {
    "organisation": _organisation,
    "agreements": _agreements,
    "policy": lambda session: the_municipality(session).policy.as_json(),
}
"""What is one JSON document."""

LINES: Final[dict[str, Callable[[Session], Iterable[Any]]]] = {
    "orders": ordering.orders_as_json,
    "receipts": _receipts,
    "suppliers": _suppliers,
}
"""What is one JSON object per line."""


@click.group(cls=Group)
def export() -> None:
    """What was loaded, in the form it is loaded in; and postings."""


def _whole(name: str) -> None:
    @export.command(name, help=f"The {name} file, as `load {name}` reads it.")
    @pass_desk
    def command(desk: Desk) -> None:
        with desk.read() as (session, _):
            _print(json.dumps(WHOLE[name](session), ensure_ascii=False, indent=None if desk.as_json else 1))


def _lines(name: str) -> None:
    @export.command(name, help=f"The {name} file, as `load {name}` reads it.")
    @pass_desk
    def command(desk: Desk) -> None:
        with desk.read() as (session, _):
            for row in LINES[name](session):
                _print(json.dumps(row, ensure_ascii=False))


for one in WHOLE:
    _whole(one)
for one in LINES:
    _lines(one)


@export.command()
@click.option("--format", "form", type=click.Choice(["csv", "json", "g69"]), default="csv", show_default=True)
@click.option("--batch", type=click.IntRange(1), help="A batch that was made before, byte for byte.")
@click.option("--acknowledge", is_flag=True, help="The ledger has taken the batch; prints nothing.")
@click.option(
    "--take-back", metavar="REASON", help="The ledger refused the batch: its postings go out with the next one."
)
@pass_desk
def postings(desk: Desk, form: str, batch: int | None, acknowledge: bool, take_back: str | None) -> None:
    """A new batch of what is posted and not exported yet; or an earlier one again, acknowledged, or taken back."""
    with desk.work() as (session, by):
        content = b""
        if acknowledge or take_back is not None:
            _settle_batch(session, batch, take_back, by)
        else:
            content = _batch(session, form, batch, by)
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def _settle_batch(session: Session, number: int | None, reason: str | None, by: Actor) -> None:
    if number is None:
        raise BadInput("missing_field", field="--batch", where="export postings")
    batch = invoicing.get_batch(session, number)
    if reason is not None:
        invoicing.take_back_batch(session, batch, reason, by)
    else:
        invoicing.acknowledge_batch(session, batch, by)


def _batch(session: Session, form: str, number: int | None, by: Actor) -> bytes:
    batch = invoicing.export_batch(session, form, by) if number is None else invoicing.get_batch(session, number)
    if batch is None:
        raise Conflict("nothing_to_export")
    return invoicing.batch_bytes(session, batch)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
