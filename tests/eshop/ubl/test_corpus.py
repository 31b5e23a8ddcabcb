"""Every real document of our types: read without a crash, written back the same, and nothing lost that we do not know of."""

import contextlib
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from eshop import ubl
from eshop.ubl import UnreadableDocument
from eshop.ubl.envelopes import SBDH
from eshop.ubl.official import OfficialRules
from eshop.ubl.reading import DOCUMENTS

pytestmark = pytest.mark.corpus

NOT_IN_UBL = {
    "AccountingSellerParty",
    "ActualDeliveryDate",
    "AllowanceCharge/TaxScheme",
    "EmbeddedDocumentBinaryObject",
    "EndDate",
    "OrderChangeDocumentReference",
    "PayeeParty/Party",
    "PromisedDeliveryPeriod",
    "StartDate",
}
"""Elements of the corpus that no field is bound to. All of them stand where the UBL 2.1 schema has no such element (fragments of
rule tests and mistakes of examples): of what UBL allows, everything that occurs is bound."""

UNBOUND_ATTRIBUTES = {
    # element@attribute: why no field holds it
    "Name@languageID": "a name is not translated in any of our profiles; notes and descriptions are",
}


def documents(corpus: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in the corpus that is an XML document of a type we know, with its path."""
    standards = corpus / "standards"
    for file in sorted(standards.rglob("*.xml")):
        data = file.read_bytes()
        try:
            if ubl.identify(data).readable:
                yield str(file.relative_to(standards)), data
        except UnreadableDocument:
            continue


@pytest.fixture(scope="module")
def real(corpus: Path) -> list[tuple[str, bytes]]:
    found = list(documents(corpus))
    assert len(found) > 1400
    return found


def test_everything_in_the_corpus_is_answered(corpus: Path) -> None:
    """XML or not, ours or not: a document, or a refusal with a code."""
    answered = 0
    for file in sorted((corpus / "standards").rglob("*")):
        if file.is_file():
            answered += 1
            with contextlib.suppress(UnreadableDocument):
                ubl.read(file.read_bytes())
    assert answered > 1600


def test_all_our_types_occur(real: list[tuple[str, bytes]]) -> None:
    assert {ubl.identify(data).document_type for _, data in real} == {table.__name__ for table in DOCUMENTS.values()}


def test_what_is_written_reads_the_same(real: list[tuple[str, bytes]]) -> None:
    for name, data in real:
        document = ubl.read(data)
        written = ubl.write(document)
        assert ubl.read(written) == document, name
        assert ubl.write(ubl.read(written)) == written, name


def test_every_element_that_occurs_is_bound(real: list[tuple[str, bytes]]) -> None:
    unbound = {
        "/".join(step.partition("[")[0] for step in problem.where.split("/"))
        for _, data in real
        for problem in ubl.read(data).problems
        if problem.code == "element_not_known"
    }
    assert unbound == NOT_IN_UBL


def test_every_value_and_attribute_comes_back(real: list[tuple[str, bytes]]) -> None:
    """The leaves of the document as it came and as it is written again: text and attributes, in any order of siblings."""
    lost: dict[str, str] = {}
    for name, data in real:
        document = ubl.read(data)
        if document.problems:
            continue
        before, after = _leaves(_payload(data)), _leaves(etree.fromstring(ubl.write(document)))
        for leaf in before:
            if leaf not in after:
                lost.setdefault(f"{leaf[0]}@{leaf[1]}", f"{name}: {leaf[2]}")
    assert {leaf: where for leaf, where in lost.items() if leaf not in UNBOUND_ATTRIBUTES} == {}
    assert lost.keys() == UNBOUND_ATTRIBUTES.keys()


def _payload(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
    root = etree.fromstring(data, parser)
    return next(child for child in root if SBDH not in str(child.tag)) if SBDH in str(root.tag) else root


def _leaves(root: etree._Element) -> set[tuple[str, str, str]]:
    """(element, attribute or '', value) of every leaf; numbers and dates as the schema compares them, not as they are written."""
    found: set[tuple[str, str, str]] = set()
    for element in root.iter():
        name = etree.QName(element).localname
        if "Extension" in name or any("Extension" in str(above.tag) for above in element.iterancestors()):
            continue
        if len(element) == 0 and (element.text or "").strip():
            found.add((name, "", _canonical("".join((element.text or "").split()))))
        if element is not root:
            found |= {
                (name, attribute, value.strip())
                for attribute, value in element.items()
                if value.strip() and "}" not in attribute
            }
    return found


def _canonical(text: str) -> str:
    """'00' and '0' are one number, '0' and 'false' may be one indicator, and of a date the time zone is not kept: a day is a
    day where it was written."""
    if len(text) > 10 and text[4] == "-" and text[7] == "-":
        return text[:10]
    try:
        return str(Decimal(text).normalize())
    except InvalidOperation:
        return {"true": "1", "false": "0"}.get(text, text)


@cache
def _schema(folder: Path, document: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(folder / f"UBL-{document}-2.1.xsd"))


def test_a_valid_document_is_written_valid(corpus: Path, real: list[tuple[str, bytes]]) -> None:
    folder = corpus / "standards/ubl-2.1/xsd/maindoc"
    valid = 0
    for name, data in real:
        document = ubl.read(data)
        schema = _schema(folder, type(document).__name__)
        if schema.validate(etree.fromstring(etree.tostring(_payload(data)))):
            valid += 1
            schema.assertValid(etree.fromstring(ubl.write(document)))
            assert [one.code for one in document.problems] == [], name
    assert valid > 180


def test_the_official_verdict_on_what_is_written_is_the_one_on_what_came(corpus: Path, official_rules: Path) -> None:
    judged = 0
    with OfficialRules(official_rules) as sheets:
        for expectations in sorted((corpus / "standards").rglob("expected.jsonl")):
            for line in expectations.read_text(encoding="utf-8").splitlines():
                expected = json.loads(line)
                if expected["valid"] is None:
                    continue
                written = ubl.write(ubl.read((expectations.parent / expected["file"]).read_bytes()))
                if (verdict := sheets.check(written)) is not None:
                    judged += 1
                    assert sorted(verdict.errors) == sorted(set(expected["official_errors"])), expected["file"]
    assert judged > 150
