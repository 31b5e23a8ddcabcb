"""The document classes are the tables of their elements: names, order and cardinality as the schema has them."""

import dataclasses
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from eshop import ubl
from eshop.ubl import Code, Identifier, Measure, Money, Text
from eshop.ubl.binding import READ_VALUE, Row, rows_of
from eshop.ubl.reading import DOCUMENTS

XSD = "{http://www.w3.org/2001/XMLSchema}"


def all_tables() -> list[type]:
    """Every class that a document can hold, each once."""
    seen: dict[type, None] = {}

    def visit(table: type) -> None:
        if table not in seen:
            seen[table] = None
            for row in rows_of(table):
                if row.kind not in READ_VALUE:
                    visit(row.kind)

    for table in DOCUMENTS.values():
        visit(table)
    return list(seen)


def test_a_field_names_its_element() -> None:
    rows = {row.field: row for row in rows_of(ubl.Invoice)}
    assert rows["id"] == Row("id", "ID", "cbc", Identifier, False)
    assert rows["uuid"].element == "UUID"
    assert rows["ubl_version_id"].element == "UBLVersionID"
    assert rows["issue_date"] == Row("issue_date", "IssueDate", "cbc", date, False)
    assert rows["notes"] == Row("notes", "Note", "cbc", Text, True)
    assert rows["accounting_supplier_party"] == Row(
        "accounting_supplier_party", "AccountingSupplierParty", "cac", ubl.SupplierParty, False
    )
    assert rows["invoice_lines"] == Row("invoice_lines", "InvoiceLine", "cac", ubl.InvoiceLine, True)
    assert "problems" not in rows


def test_documents_are_frozen_and_bear_comparison() -> None:
    one, other = ubl.Invoice(id=Identifier("1")), ubl.Invoice(id=Identifier("1"))
    assert one == other
    assert hash(one) == hash(other)
    assert one != ubl.Invoice(id=Identifier("1", "GLN"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.id = Identifier("2")  # pyright: ignore[reportAttributeAccessIssue]
    assert one.invoice_lines == ()
    assert one.order_reference is None


def test_values_show_themselves() -> None:
    assert str(Identifier("5790000436057", "GLN")) == "5790000436057"
    assert str(Code("380")) == "380"
    assert str(Text("Hej", "da")) == "Hej"
    assert Money(Decimal("1.50"), "DKK") == Money(Decimal("1.5"), "DKK")
    assert Measure(Decimal(1), "EA") != Measure(Decimal(1), "BX")


def _schema_rows(folder: Path) -> dict[str, list[tuple[str, str, bool]]]:
    """UBL's own tables by class: (element, prefix, many) in sequence."""
    types: dict[str, list[tuple[str, str, bool]]] = {}
    files = [folder / "common/UBL-CommonAggregateComponents-2.1.xsd", *sorted((folder / "maindoc").glob("*.xsd"))]
    for file in files:
        for complex_type in etree.parse(file).iter(f"{XSD}complexType"):
            rows = []
            for element in complex_type.iter(f"{XSD}element"):
                prefix, _, name = (element.get("ref") or "").rpartition(":")
                rows.append((name, prefix, element.get("maxOccurs", "1") != "1"))
            types[(complex_type.get("name") or "").removesuffix("Type")] = rows
    return types


def test_tables_agree_with_the_schema(corpus: Path) -> None:
    schema = _schema_rows(corpus / "standards/ubl-2.1/xsd")
    wrong: list[Any] = []
    for table in all_tables():
        expected = [row for row in schema[table.__name__] if row[0] in {mine.element for mine in rows_of(table)}]
        mine = [(row.element, row.prefix, row.many) for row in rows_of(table)]
        if mine != expected:
            wrong.append((table.__name__, mine, expected))
    assert wrong == []
    assert len(all_tables()) > 115
