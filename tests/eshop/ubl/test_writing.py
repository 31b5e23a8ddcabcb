"""Writing: our own documents as golden files, by the schema, by the official sheets, and anything at all there and back."""

import string
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from lxml import etree

from eshop import ubl
from eshop.ubl import BinaryObject, Code, Identifier, Measure, Money, Text
from eshop.ubl.binding import rows_of
from eshop.ubl.official import OfficialRules
from eshop.ubl.reading import DOCUMENTS
from tests.eshop.ubl.papers import ONLY_IN, PAPERS, order

GOLDEN = Path(__file__).parents[2] / "data/ubl"
PROFILES = ("peppol-bis-3", "oioubl-2.1")
WRITTEN = [(name, profile) for name in PAPERS for profile in PROFILES if ONLY_IN.get(name, profile) == profile]


def written(name: str, profile: str) -> bytes:
    document, transaction = PAPERS[name]
    return ubl.write(document, profile, transaction)


@pytest.mark.parametrize(("name", "profile"), WRITTEN)
def test_our_own_documents_are_as_they_were(name: str, profile: str) -> None:
    """A golden file is rewritten by hand only: `python -m tests.eshop.ubl.test_writing` and a look at the difference."""
    assert written(name, profile) == (GOLDEN / f"{name}-{profile}.xml").read_bytes()


@pytest.mark.parametrize(("name", "profile"), WRITTEN)
def test_our_own_documents_are_read_back_as_they_were_said(name: str, profile: str) -> None:
    document, transaction = PAPERS[name]
    identification, read = ubl.open_document(written(name, profile))
    assert str(identification.profile) == profile
    assert read == ubl.profile_named(profile).express(document, transaction)
    assert read.problems == ()


@pytest.mark.parametrize(("name", "profile"), WRITTEN)
def test_our_own_documents_are_valid_by_the_schema(corpus: Path, name: str, profile: str) -> None:
    kind = type(PAPERS[name][0]).__name__
    schema = etree.XMLSchema(file=str(corpus / f"standards/ubl-2.1/xsd/maindoc/UBL-{kind}-2.1.xsd"))
    schema.assertValid(etree.fromstring(written(name, profile)))


@pytest.fixture(scope="module")
def sheets(official_rules: Path) -> Iterator[OfficialRules]:
    with OfficialRules(official_rules) as opened:
        yield opened


@pytest.mark.parametrize(("name", "profile"), WRITTEN)
def test_our_own_documents_are_valid_by_the_official_sheets(sheets: OfficialRules, name: str, profile: str) -> None:
    verdict = sheets.check(written(name, profile))
    assert verdict is not None
    assert (verdict.errors, verdict.schema_error) == ((), None)


def test_bytes_are_utf8_with_declaration_and_end_in_a_line() -> None:
    data = ubl.write(order)
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Order xmlns="urn:oasis:')
    assert data.endswith(b"</Order>\n")
    assert "Børnehuset Mælkevejen".encode() in data
    with pytest.raises(KeyError):
        ubl.write(order, "nemhandel-bis-4")


def test_what_xml_cannot_carry_is_seen_not_lost() -> None:
    document = ubl.Order(id=Identifier("a<b>&\"'\r\n\t", 'x"<&\n'), notes=(Text("a\x0bb\r\nc\ud800\ufffe"),))
    read = ubl.read(ubl.write(document))
    assert isinstance(read, ubl.Order)
    assert read.id == Identifier("a<b>&\"'", 'x"<&\n')
    assert read.notes == (Text("a\ufffdb\r\nc\ufffd\ufffd"),)


def test_numbers_are_written_plainly() -> None:
    total = ubl.MonetaryTotal(
        payable_amount=Money(Decimal("1E+3"), "DKK"), line_extension_amount=Money(Decimal("0.10"), "DKK")
    )
    data = ubl.write(ubl.Invoice(legal_monetary_total=total))
    assert b'<cbc:PayableAmount currencyID="DKK">1000<' in data
    assert b'<cbc:LineExtensionAmount currencyID="DKK">0.10<' in data


# Anything at all there and back

words = some.text(string.ascii_letters + string.digits + "æøåÆØÅ <>&\"'", max_size=12)
stripped = words.map(str.strip)
maybe = some.none() | words
numbers = some.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4)
VALUES: dict[type, some.SearchStrategy[Any]] = {
    str: words,
    bool: some.booleans(),
    date: some.dates(),
    Decimal: numbers,
    Identifier: some.builds(Identifier, stripped, maybe, maybe, maybe, maybe),
    Code: some.builds(Code, stripped, maybe, maybe, maybe, maybe, maybe),
    Text: some.builds(Text, words, maybe),
    Money: some.builds(Money, numbers, some.sampled_from(["DKK", "EUR"])),
    Measure: some.builds(Measure, numbers, some.sampled_from(["EA", "XBX", ""]), maybe),
    BinaryObject: some.builds(BinaryObject, some.binary(max_size=20), maybe, maybe),
}


@some.composite
def instances(draw: some.DrawFn, table: type, depth: int = 0) -> Any:
    """An instance of a class with a few of its fields said, each as deep as there is room for."""
    rows = [row for row in rows_of(table) if row.kind in VALUES or depth < 3]
    chosen = draw(some.lists(some.sampled_from(rows), max_size=4, unique_by=lambda row: row.field)) if rows else []
    fields: dict[str, Any] = {}
    for row in chosen:
        one = VALUES[row.kind] if row.kind in VALUES else instances(row.kind, depth + 1)
        fields[row.field] = tuple(draw(some.lists(one, min_size=1, max_size=2))) if row.many else draw(one)
    return table(**fields)


@given(some.sampled_from(list(DOCUMENTS.values())).flatmap(instances))
def test_whatever_a_document_says_comes_back(document: ubl.Document) -> None:
    data = ubl.write(document)
    read = ubl.read(data)
    assert read == document
    assert read.problems == ()
    assert ubl.write(read) == data


@given(some.binary(max_size=200) | some.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_fall(data: bytes) -> None:
    for prefix in (b"", b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'):
        for ask in (ubl.identify, ubl.read, ubl.read_catalogue_lines):
            try:
                ask(prefix + data)
            except ubl.UnreadableDocument as refusal:
                assert refusal.code  # noqa: PT017


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, profile in WRITTEN:
        (GOLDEN / f"{name}-{profile}.xml").write_bytes(written(name, profile))
