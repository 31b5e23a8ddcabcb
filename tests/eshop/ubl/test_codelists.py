"""The code lists: every table says where it is from, holds no code twice, and agrees with the publishers' own lists."""

import csv
import re
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eshop.amounts import canonical_unit
from eshop.ubl import codelists

TABLES = sorted(path.name for path in files("eshop.ubl.codelists").iterdir() if path.name.endswith(".csv"))
STANDARDS = {"en16931", "peppol", "bis", "oioubl", "oioubl-1.1", "oioubl-1.2", "danish"}


def rows_of(table: str) -> tuple[str, list[dict[str, str]]]:
    first, *lines = files("eshop.ubl.codelists").joinpath(table).read_text(encoding="utf-8").splitlines()
    return first, list(csv.DictReader(lines))


@pytest.mark.parametrize("table", TABLES)
def test_a_table_names_its_source_and_date_and_holds_no_code_twice(table: str) -> None:
    first, rows = rows_of(table)
    assert re.fullmatch(r"# .{20,} As of \d{4}-\d{2}-\d{2}\.", first)
    keys = [(row.get("list") or row.get("document"), row["code"]) for row in rows]
    assert len(keys) == len(set(keys))
    for row in rows:
        assert None not in row, "a row with more cells than the header"
        assert set((row.get("in") or "").split()) <= STANDARDS
        assert bool(row.get("english")) == bool(row.get("danish")), f"{row['code']} is named in one language only"


def test_a_code_is_asked_for_by_table_and_standard() -> None:
    assert "EA" in codelists.codes("units", "oioubl")
    assert codelists.known_unit("KGM", "en16931")
    assert not codelists.known_unit("BX", "en16931")
    assert codelists.known_unit("BX")
    assert not codelists.known_unit("PCE")
    assert "380" in codelists.document_types("Invoice", "peppol")
    assert "381" in codelists.document_types("CreditNote", "en16931")
    assert "StandardRated" in codelists.oioubl_list("urn:oioubl:id:taxcategoryid-1.1")
    assert codelists.oioubl_list("urn:oioubl:id:no-such-list") == frozenset()
    assert codelists.bis_list("order-response-line") == {"1", "3", "5", "7", "42"}


def test_common_units_are_called_what_people_call_them() -> None:
    assert [codelists.unit_name(code) for code in ("EA", "C62", "XPK", "KGM", "LTR", "HUR")] == [
        "stk.", "stk.", "pakke", "kg", "l", "time",
    ]  # fmt: skip
    assert codelists.unit_name("XBX", "en") == "box"
    assert codelists.unit_name("QQ9") == "QQ9"
    assert codelists.name_of("payment-means", "93") == "fælles indbetalingskort (FIK)"


def test_units_that_write_the_same_are_known_and_called_the_same() -> None:
    _, rows = rows_of("unit-twins.csv")
    for row in rows:
        assert codelists.known_unit(row["code"])
        assert codelists.known_unit(row["same_as"])
        assert canonical_unit(row["code"]) == row["same_as"]


PUBLISHED = {
    "billing/UNCL5189.xml": codelists.codes("allowance-reasons", "en16931"),
    "billing/UNCL7161.xml": codelists.codes("charge-reasons", "en16931"),
    "billing/UNCL4461.xml": codelists.codes("payment-means", "en16931"),
    "billing/UNCL2005.xml": codelists.codes("vat-dates", "en16931"),
    "billing/MimeCode.xml": codelists.codes("mime-types", "en16931"),
    "post-award/MimeCode.xml": codelists.codes("mime-types", "bis"),
    "post-award/UNCL7143.xml": codelists.codes("item-classes", "en16931"),
    "post-award/ActionCode_header.xml": codelists.bis_list("catalogue-action"),
    "post-award/UNCL1229.xml": codelists.bis_list("order-response-line"),
    "post-award/UNCL4343-T76.xml": codelists.bis_list("order-response"),
    "post-award/UNCL4343-T111.xml": codelists.bis_list("invoice-response"),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_our_codes_are_the_published_ones(corpus: Path, name: str) -> None:
    tree = ElementTree.parse(corpus / "standards/peppol-bis-3/codelist" / name)
    published = {(element.text or "").strip() for element in tree.iter() if element.tag.endswith("}Id")}
    assert PUBLISHED[name] == published


def test_our_units_are_recommendation_20_and_21(corpus: Path) -> None:
    published = set()
    for name, prefix in (("UNECERec20-11e.xml", ""), ("UNECERec21-9e.xml", "X")):
        tree = ElementTree.parse(corpus / "standards/peppol-bis-3/codelist/post-award" / name)
        published |= {prefix + (element.text or "").strip() for element in tree.iter() if element.tag.endswith("}Id")}
    assert not {unit for unit in codelists.codes("units", "en16931") if not unit.startswith("X")} - published
