"""`eshop export …`: everything that can be loaded, in the same form; and postings for the ledger, in numbered batches."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import agreement_sheets, organisation_sheets
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
    """The receipts file: what came (and, below zero, what went back) by order and line, with the supplier where two have an order of
    the number."""
    repeated = set(
        session.scalars(
            select(ordering.PurchaseOrder.number_key)
            .group_by(ordering.PurchaseOrder.number_key)
            .having(func.count() > 1)
        )
    )
    suppliers = {
        one.id: {"cvr": one.cvr, "gln": one.gln, "name": one.name}
        for one in session.scalars(select(catalogues.Supplier))
    }
    rows = session.execute(
        select(
            ordering.PurchaseOrder.number,
            ordering.OrderLine.line,
            ordering.Movement.kind,
            ordering.Movement.quantity,
            ordering.OrderLine.unit,
            ordering.Receipt.received_on,
            ordering.PurchaseOrder.number_key,
            ordering.PurchaseOrder.supplier_id,
        )
        .join(ordering.OrderLine, ordering.OrderLine.id == ordering.Movement.order_line_id)
        .join(ordering.PurchaseOrder, ordering.PurchaseOrder.id == ordering.OrderLine.order_id)
        .join(ordering.Receipt, ordering.Receipt.id == ordering.Movement.receipt_id)
        .where(ordering.Movement.kind.in_(["received", "returned"]))
        .order_by(ordering.Movement.id)
    )
    for number, line, kind, quantity, unit, day, key, supplier_id in rows:
        signed = quantity if kind == "received" else -quantity
        told = {"supplier": suppliers[supplier_id]} if key in repeated else {}
        yield {"order": number, "line": line, "quantity": plain(signed), "unit": unit, "date": day.isoformat(), **told}


WHOLE: Final[dict[str, Callable[[Session], Any]]] = {
    "organisation": _organisation,
    "agreements": catalogues.agreements_as_json,
    "policy": lambda session: the_municipality(session).policy.as_json(),
}
"""What is one JSON document."""

SHEETS: Final[dict[str, Callable[[Any], bytes]]] = {
    "organisation": organisation_sheets.write,
    "agreements": agreement_sheets.write,
}
"""What can be had as a workbook too, as `load` reads it."""

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
    def command(desk: Desk, excel: Path | None = None) -> None:
        with desk.read() as (session, _):
            told = WHOLE[name](session)
        if excel is None:
            _print(json.dumps(told, ensure_ascii=False, indent=None if desk.as_json else 1))
            return
        excel.write_bytes(SHEETS[name](told))
        desk.say("file_written", file=str(excel))

    if name in SHEETS:
        where = click.Path(dir_okay=False, path_type=Path)
        command.params.append(
            click.Option(["--excel"], type=where, help="Write an Excel workbook to this file instead.")
        )


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
@click.option("--format", "form", type=click.Choice(["csv", "json", "g69"]), help="csv, where nothing is said.")
@click.option("--batch", type=click.IntRange(1), help="A batch that was made before, byte for byte.")
@click.option("--acknowledge", is_flag=True, help="The ledger has taken the batch; prints nothing.")
@click.option(
    "--take-back", metavar="REASON", help="The ledger refused the batch: its postings go out with the next one."
)
@pass_desk
def postings(desk: Desk, form: str | None, batch: int | None, acknowledge: bool, take_back: str | None) -> None:
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


def _batch(session: Session, form: str | None, number: int | None, by: Actor) -> bytes:
    """A batch is repeated byte for byte, so one that was made in a format is not had in another."""
    batch = (
        invoicing.export_batch(session, form or "csv", by) if number is None else invoicing.get_batch(session, number)
    )
    if batch is None:
        raise Conflict("nothing_to_export")
    if form not in (None, batch.format):
        raise BadInput("batch_of_another_format", number=batch.number, made=batch.format, asked=form)
    return invoicing.batch_bytes(session, batch)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
