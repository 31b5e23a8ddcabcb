"""`eshop load …`: a municipality's own data in the forms of INTERFACES §2. Each file is one unit of work: all of it, or nothing."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import answers, exchange, ubl
from eshop.cli import shapes, sheets
from eshop.cli.frame import Desk, Group, existing_file, on_line, pass_desk, read_json, read_rows
from eshop.cli.shapes import require_shape
from eshop.db import EVERYONE
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import Actor, Municipality
from eshop.organisation import load_organisation, load_policy
from eshop.wording import sentence

CVR_DIGITS: Final = 8
PROFILES: Final = ("peppol-bis-3", "oioubl-2.1")
CHANNELS: Final = (*exchange.CHANNELS, "link")
"""How a supplier may want its orders: `profile`, `channel` and `address` of the suppliers file."""


@click.group(cls=Group)
def load() -> None:
    """Load a municipality's own data."""


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def organisation(desk: Desk, file: Path) -> None:
    """Municipality, institutions, people and roles (.json, .xlsx)."""
    data = _organisation_of(file)
    require_shape(data, shapes.ORGANISATION, file.name)
    head = data.get("municipality") or {}
    cvr = str(head.get("cvr") or desk.cvr or "").strip()
    if len(cvr) != CVR_DIGITS or not cvr.isdigit():
        raise BadInput("missing_field", field="municipality.cvr", where=file.name)
    if desk.cvr is not None and desk.cvr != cvr:
        raise BadInput("other_municipality_in_file", found=cvr, expected=desk.cvr)
    with desk.database.read(EVERYONE) as reading:
        known = reading.scalar(select(Municipality.id).where(Municipality.cvr == cvr))
    if known is None and not str(head.get("name") or "").strip():
        raise BadInput("missing_field", field="municipality.name", where=file.name)
    # A new municipality is made in the same unit of work as everything in it.
    with desk.database.work(EVERYONE if known is None else known) as session:
        if known is None:
            municipality = Municipality(cvr=cvr, name=str(head["name"]), policy_data={}, settings={})
            session.add(municipality)
            session.flush()
            known = municipality.id
            session.info["scope"] = known
        by = Actor.system(known, desk.now, "cli")
        # A supplier's person may come before the supplier's agreements do; its name comes with them.
        for person in data.get("people") or ():
            if isinstance(person, dict) and person.get("supplier"):
                catalogues.record_supplier(session, cvr=str(person["supplier"]), by=by)
        suppliers = {one.cvr: one.id for one in catalogues.list_suppliers(session) if one.cvr}
        load_organisation(session, data, by, suppliers)
    desk.say(
        "organisation_loaded", institutions=len(data.get("institutions") or ()), people=len(data.get("people") or ())
    )


def _organisation_of(file: Path) -> dict[str, Any]:
    data = sheets.organisation(file) if file.suffix.lower() == ".xlsx" else read_json(file)
    if not isinstance(data, dict):
        raise BadInput(
            "file_shape", file=str(file), expected='{"municipality": {…}, "institutions": […], "people": […]}'
        )
    return data


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def agreements(desk: Desk, file: Path) -> None:
    """Agreements, lots, suppliers and who has joined (.json, .xlsx)."""
    rows = sheets.agreements(file) if file.suffix.lower() == ".xlsx" else read_json(file)
    if not isinstance(rows, list):
        raise BadInput("file_shape", file=str(file), expected='[{"number": …, "supplier": {…}}, …]')
    require_shape(rows, shapes.AGREEMENTS, file.name)
    with desk.work() as (session, by):
        made = catalogues.load_agreements(session, rows, by)
    desk.say("agreements_loaded", count=len(made))


@load.command()
@click.argument("file", type=existing_file)
@click.option("--agreement", metavar="NO", help="The agreement it belongs to; else the document says.")
@click.option("--dry-run", is_flag=True, help="Show the ledger; keep nothing.")
@click.option("--accept", is_flag=True, help="Take live what the review preselects.")
@click.option("--accept-all", is_flag=True, help="Take live everything that is not refused.")
@click.option(
    "--missing",
    type=click.Choice(["keep", "go"]),
    help="With --accept, where much is left out (a quarter; of a document at least 20 items): keep it, or let it go.",
)
@pass_desk
def catalogue(
    desk: Desk,
    file: Path,
    agreement: str | None,
    dry_run: bool,
    accept: bool,
    accept_all: bool,
    missing: catalogues.Missing | None,
) -> None:
    """A supplier's catalogue (Peppol, OIOUBL, BMEcat, .xlsx, .csv), with its ledger."""
    if sum((dry_run, accept, accept_all)) > 1:
        raise click.UsageError("--dry-run, --accept and --accept-all exclude each other")
    with desk.database.work(desk.municipality_id) as session:
        by = desk.actor
        version = None
        with desk.progress("loading_catalogue") as step:
            for seen in catalogues.load(session, file, agreement, by, name=file.name, dry_run=dry_run):
                step(1)
                version = seen.version or version
        if version is None:
            raise BadInput("catalogue_empty", file=str(file))
        if (accept or accept_all) and version.state == "waiting":
            lines = "all" if accept_all else "preselected"
            try:
                catalogues.accept(session, version, by, lines=lines, missing=missing)
            except Conflict as error:
                if error.code != "many_items_go":
                    raise
                raise BadInput("file_leaves_out", **error.values) from error
        if dry_run:
            _tell_ledger(desk, session, version)
            session.rollback()
            return
        kept = version.id
    # Told only when it is kept: what was printed is true, whatever happens afterwards.
    with desk.read() as (session, _):
        _tell_ledger(desk, session, catalogues.get_version(session, kept))


def _tell_ledger(desk: Desk, session: Session, version: catalogues.CatalogueVersion) -> None:
    """Every line that is not plain, then the summary."""
    for line in catalogues.ledger_rows(session, version):
        shown = answers.ledger_line_shown(line, desk.locale)
        desk.answer(shown, lambda shown=shown: _ledger_line(desk, shown))
    summary = answers.catalogue_shown(session, version)
    if summary["refused"]:
        desk.refuse()
    desk.answer({"catalogue": summary}, lambda: _summed(desk, summary))


@load.command()
@click.argument("file", type=existing_file)
@click.option("--number", required=True, help="The number of the tender, and of the agreement it becomes.")
@click.option("--title", required=True)
@click.option("--supplier", "cvr", required=True, help="The winner's CVR.")
@click.option("--supplier-name", "supplier_name", required=True)
@click.option("--from", "start", required=True, type=click.DateTime(["%Y-%m-%d"]), help="When the agreement begins.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]))
@pass_desk
def tender(
    desk: Desk, file: Path, number: str, title: str, cvr: str, supplier_name: str, start: datetime, end: datetime | None
) -> None:
    """A tender's result: the winner's price list (.xlsx, .csv) as a draft agreement and a catalogue to review."""
    with desk.database.work(desk.municipality_id) as session:
        by = desk.actor
        made = next((one for one in catalogues.list_tenders(session) if one.number == number.strip()), None)
        if made is None:
            last = None if end is None else end.date()
            made = catalogues.plan_tender(session, number, title, start.date(), by, valid_to=last)
        agreement = catalogues.award_tender(session, made, {"cvr": cvr, "name": supplier_name}, by)
        version = None
        with desk.progress("loading_catalogue") as step:
            for seen in catalogues.load(session, file, agreement, by, name=file.name):
                step(1)
                version = seen.version or version
        if version is None:
            raise BadInput("catalogue_empty", file=str(file))
        summary = answers.catalogue_shown(session, version)
        if summary["refused"]:
            desk.refuse()
        desk.answer(
            {"tender": {"number": made.number, "state": made.state}, "catalogue": summary},
            lambda: _summed(desk, summary),
        )


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def orders(desk: Desk, file: Path) -> None:
    """Open orders from a former system (.jsonl, or a UBL Order); what waited of their suppliers is judged again at once."""
    with desk.work() as (session, by):
        if file.suffix.lower() == ".xml":
            document = ubl.read(file.read_bytes())
            if not isinstance(document, ubl.Order):
                raise BadInput("file_shape", file=str(file), expected="UBL Order")
            made = [ordering.load_order_document(session, document, by).id]
        else:
            with desk.progress("loading_orders") as step:
                made = ordering.load_orders(session, _counted(_named(file), step), by)
        session.flush()
        judged = invoicing.judge_for_orders(session, made, by)
    desk.say("orders_loaded", count=len(made), judged=len(judged))


def _ledger_line(desk: Desk, shown: dict[str, Any]) -> str:
    told = "; ".join(one["text"] for one in shown["findings"])
    result = sentence(f"ledger_{shown['result']}", None, desk.locale)
    return f"{shown['line']:>6}  {shown['seller_item_id'] or '–':<16} {result:<10} {told}".rstrip()


def _summed(desk: Desk, summary: dict[str, Any]) -> str:
    return sentence("catalogue_summed", {**summary, "supplier": summary["supplier"]["name"]}, desk.locale)


def _named(file: Path) -> Iterator[dict[str, Any]]:
    for number, row in read_rows(file):
        on_line(file, number, lambda row=row: require_shape(row, shapes.ORDER_ROW, str(row.get("number") or "")))
        yield row


def _counted(rows: Iterator[dict[str, Any]], step: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        step(1)


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def receipts(desk: Desk, file: Path) -> None:
    """What has been received on the orders (.jsonl); what waited for it is judged again at once. A row whose order number two suppliers
    have is left out and said, unless it names the supplier; the rest is loaded."""
    with desk.work() as (session, by):
        touched: dict[int, None] = {}
        count = 0
        for number, row in read_rows(file):
            receipt = on_line(file, number, lambda row=row: _receipt(session, row, by))
            if receipt is None:
                desk.refuse()
                desk.say("receipt_left_out", file=str(file), line=number, number=str(row.get("order")))
                continue
            touched[receipt.order_id] = None
            count += 1
        session.flush()
        judged = invoicing.judge_again(session, list(touched), by)
    desk.say("receipts_loaded", count=count, judged=len(judged or ()))


def _receipt(session: Session, row: dict[str, Any], by: Actor) -> ordering.Receipt | None:
    """The receipt; None where nobody can say which supplier's order it is of."""
    require_shape(row, shapes.RECEIPT_ROW, "")
    try:
        return ordering.load_receipt(session, row, by)
    except NotFound as error:
        if error.code != "order_number_ambiguous":
            raise
        return None


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def suppliers(desk: Desk, file: Path) -> None:
    """Master data: CVR, GLN, names, known payment accounts, and how orders are wanted (.jsonl)."""
    with desk.work() as (session, by):
        count = 0
        for number, row in read_rows(file):
            on_line(file, number, lambda row=row: _supplier(session, row, by))
            count += 1
    desk.say("suppliers_loaded", count=count)


def _supplier(session: Any, row: dict[str, Any], by: Actor) -> None:
    require_shape(row, shapes.SUPPLIER_ROW, "")
    active = row.get("active", True)
    if not isinstance(active, bool):
        raise BadInput("expected_true_or_false", field="active", value=str(active))
    supplier = catalogues.record_supplier(
        session, cvr=row.get("cvr"), gln=row.get("gln"), name=row.get("name"), active=active, by=by
    )
    for account in row.get("payment_accounts") or ():
        invoicing.record_known_account(session, supplier.id, account, by)
    wishes = {name: row[name] for name in ("profile", "channel", "address") if row.get(name) is not None}
    for name, known in (("profile", PROFILES), ("channel", CHANNELS)):
        if name in wishes and wishes[name] not in known:
            raise BadInput("field_shape", field=name, expected=" | ".join(known))
    if wishes:
        partner = exchange.partner_of(session, supplier.id)
        for name, value in wishes.items():
            setattr(partner, name, str(value))


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def policy(desk: Desk, file: Path) -> None:
    """Tolerances, fees and matching policy (.json)."""
    data = read_json(file)
    if not isinstance(data, dict):
        raise BadInput("file_shape", file=str(file), expected='{"price_tolerance_percent": "1.0", …}')
    with desk.work() as (session, by):
        load_policy(session, data, by)
    desk.say("policy_loaded")


@load.command()
@click.argument("file", type=existing_file)
@pass_desk
def classification(desk: Desk, file: Path) -> None:
    """UNSPSC titles from the operator (.csv: code;title)."""
    with file.open(encoding="utf-8-sig", newline="") as opened, desk.work() as (session, _):
        try:
            count = catalogues.load_classification(session, csv.reader(opened, delimiter=";"))
        except UnicodeDecodeError as error:
            raise BadInput("file_not_utf8", file=str(file)) from error
    desk.say("classification_loaded", count=count)


def _table(name: str, help_text: str) -> None:
    @load.command(name, help=help_text)
    @click.argument("file", type=existing_file)
    @click.option("--source", help="Where the table is from; the file's name where nothing is said.")
    @pass_desk
    def command(desk: Desk, file: Path, source: str | None) -> None:
        with desk.work() as (session, by):
            count = invoicing.load_table(session, name, file.read_bytes(), source or file.name, by)
        desk.say("table_loaded", count=count, table=name)


_table("chart", "Chart of accounts (.xlsx, .csv: dimension, value, name, from, to).")
_table("art-rules", "Kinds by item group and VAT (.xlsx, .csv: prefix, vat, art, from, to).")
_table("vat-refunds", "VAT refunds (.xlsx, .csv: art, percent, from, to).")
