"""Intake of e-invoices, from bytes to posted: against the bare least that any intake does, on both databases.

The floor parses with lxml, runs 200 compiled XPath tests on the document and 40 on each line, looks the order up by its index,
compares the lines in plain Python, inserts one row and commits. The product does all of intake, durable document by document.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import catalogues
import invoicing
import ordering
from eshop import intake
from eshop.db import EVERYONE, Database
from eshop.identity import Actor, Municipality
from eshop.organisation import load_organisation
from tests.bench import documents
from tests.bench.history import grow

NOW = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
TURN = 60
TURNS = 24
HISTORY = int(os.environ.get("ESHOP_BENCH_ORDERS", "1000000"))
"""Closed orders; for a quick look: ESHOP_BENCH_ORDERS=100000 make bench TESTS=tests/bench/test_intake.py"""
NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@pytest.fixture
def municipality(database: Database, tmp_path: Path) -> int:
    """A municipality with enough open orders for every turn."""
    with database.work(EVERYONE) as session:
        head = documents.ORGANISATION["municipality"]
        made = Municipality(cvr=head["cvr"], name=head["name"], policy_data={}, settings={})
        session.add(made)
        session.flush()
    by = Actor.system(made.id, NOW, "cli")
    with database.work(made.id) as session:
        load_organisation(session, documents.ORGANISATION, by)
    with database.work(made.id) as session:
        ordering.load_orders(session, documents.order_rows(TURN * TURNS), by)
        for number in range(documents.SUPPLIERS):
            supplier = catalogues.find_supplier(session, cvr=documents.supplier(number))
            assert supplier is not None
            invoicing.record_known_account(session, supplier.id, documents.ACCOUNT, by)
    return made.id


class Floor:
    """Two bare tables on the same engine, by its own driver."""

    def __init__(self, database: Database) -> None:
        self.raw = database.engine.raw_connection()
        if not database.is_sqlite:
            self.raw.driver_connection.autocommit = True  # type: ignore[union-attr]
        self.mark = "?" if database.is_sqlite else "%s"
        self.begin = "BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN"
        self.cursor = self.raw.cursor()
        self.cursor.execute("CREATE TABLE floor_order (number TEXT PRIMARY KEY, lines TEXT)")
        self.cursor.execute("CREATE TABLE floor_invoice (number TEXT PRIMARY KEY, agreed TEXT)")
        for row in documents.order_rows(TURN * TURNS):
            lines = " ".join(f"{line['line']}:{line['quantity']}:{line['price']}" for line in row["lines"])
            self.run("INSERT INTO floor_order VALUES (?, ?)", row["number"], lines)

    def run(self, statement: str, *values: str) -> None:
        self.cursor.execute(statement.replace("?", self.mark), values)

    def take(self, bodies: list[bytes]) -> None:
        for body in bodies:
            root = etree.fromstring(body)
            passed = sum(bool(test(root)) for test in DOCUMENT_TESTS)
            invoiced = []
            for line in root.iterfind("cac:InvoiceLine", NAMES):
                passed += sum(bool(test(line)) for test in LINE_TESTS)
                number = line.findtext("cac:OrderLineReference/cbc:LineID", namespaces=NAMES)
                quantity = line.findtext("cbc:InvoicedQuantity", namespaces=NAMES)
                invoiced.append(
                    f"{number}:{quantity}:{line.findtext('cac:Price/cbc:PriceAmount', namespaces=NAMES)}.00"
                )
            self.run(self.begin)
            self.run("SELECT lines FROM floor_order WHERE number = ?", _text(root, "cac:OrderReference/cbc:ID"))
            (lines,) = self.cursor.fetchone()
            agreed = str(lines == " ".join(invoiced))
            self.run("INSERT INTO floor_invoice VALUES (?, ?)", _text(root, "cbc:ID"), agreed)
            self.run("COMMIT")


def _text(root: Any, path: str) -> str:
    return root.findtext(path, namespaces=NAMES)


@pytest.fixture
def floor(database: Database) -> Iterator[Floor]:
    bare = Floor(database)
    yield bare
    bare.raw.invalidate()


def _tests(paths: list[str], how_many: int) -> list[etree.XPath]:
    return [
        etree.XPath(f"{paths[number % len(paths)]} and string-length(.) > {number}", namespaces=NAMES)
        for number in range(how_many)
    ]


DOCUMENT_TESTS = _tests(
    ["cbc:ID", "cac:TaxTotal/cbc:TaxAmount = 1", "count(cac:InvoiceLine) > 2", "//cbc:CompanyID", "not(cac:Delivery)"],
    200,
)
LINE_TESTS = _tests(["cbc:ID", "cac:Item/cbc:Name", "cac:Price/cbc:PriceAmount > 0", "not(cac:AllowanceCharge)"], 40)


class Product:
    """Invoices for one open order after the other, all of them right."""

    def __init__(self, database: Database, municipality: int) -> None:
        self.database, self.municipality = database, municipality
        self.turns = count()
        self.outcomes: dict[str, int] = {}
        self.take(self.bodies())

    def bodies(self) -> list[bytes]:
        start = next(self.turns) * TURN + 1
        return [documents.invoice(number) for number in range(start, start + TURN)]

    def take(self, given: list[bytes]) -> None:
        for number, body in enumerate(given):
            answer = intake.take(self.database, self.municipality, body, f"{number}.xml", NOW, "worker", "folder")
            became = f"{answer['outcome']} {' '.join(answer['reasons'])}".strip()
            self.outcomes[became] = self.outcomes.get(became, 0) + 1
        assert set(self.outcomes) == {"posted"}, self.outcomes

    def share(self, bench: Any, what: str, floor: Floor, at_least: float) -> float:
        engine = "SQLite" if self.database.is_sqlite else "PostgreSQL"
        share: float = bench.compare(
            f"intake, invoices of {documents.LINES} lines, {what}{engine}",
            floor=floor.take,
            product=self.take,
            prepare=self.bodies,
            things=TURN,
            at_least=at_least,
        )
        return share


def test_intake_against_the_floor(bench: Any, database: Database, municipality: int, floor: Floor) -> None:
    Product(database, municipality).share(bench, "", floor, 0.25)


def test_intake_after_years_of_closed_orders(bench: Any, database: Database, municipality: int, floor: Floor) -> None:
    """Ten times the history may cost a fifth more, and no more."""
    product = Product(database, municipality)
    with database.read(municipality) as session:
        posted = session.query(invoicing.Invoice).order_by(invoicing.Invoice.id).first()
        assert posted is not None
    grow(database, posted.id, 1, HISTORY // 10)
    tenth = product.share(bench, f"{HISTORY // 10:,} closed orders, ", floor, 0.2)
    grow(database, posted.id, HISTORY // 10 + 1, HISTORY)
    whole = product.share(bench, f"{HISTORY:,} closed orders, ", floor, 0.2)
    engine = "SQLite" if database.is_sqlite else "PostgreSQL"
    bench.table.append((f"{HISTORY:,} closed orders against a tenth, {engine}", f"{tenth / whole:.2f}", "at most 1.20"))
    assert tenth / whole <= 1.2
