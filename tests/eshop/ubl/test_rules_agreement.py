"""Where our rule exists its verdict is the official one, on every document of ../shared; what we leave out is listed, with why."""

import csv
import json
import re
from collections import Counter, defaultdict
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from eshop.ubl import CreditNote, Invoice
from eshop.ubl.reading import open_document
from eshop.ubl.rules import check, has_rules
from eshop.ubl.rules.books import BOOKS
from tests.eshop.ubl.agreement import Compared, Tally, fragments, report, rules_in, whole_documents

pytestmark = pytest.mark.corpus

NOT_CHECKED = Path(__file__).parents[2] / "data/rules-not-checked.csv"

DIFFERING = {
    # rule, file: why the two cannot answer alike
    ("PEPPOL-EN16931-CL008", "PEPPOL-COMMON-EAS-02.xml"): "AccountingSellerParty is no element of UBL",
    ("BR-CL-25", "PEPPOL-COMMON-EAS-02.xml"): "AccountingSellerParty is no element of UBL",
    ("PEPPOL-EN16931-CL001", "PEPPOL-EN16931-CL001-02.xml"): "an attachment that stands directly under the root",
    ("PEPPOL-EN16931-R008", "PEPPOL-EN16931-CL001-01.xml"): "an attachment that stands directly under the root",
    ("PEPPOL-EN16931-R008", "PEPPOL-EN16931-CL001-02.xml"): "an attachment that stands directly under the root",
    ("PEPPOL-T01-R003", "PEPPOL-T01-R003-02.xml"): "of an amount without a number no currency is kept",
    ("PEPPOL-T76-R005", "PEPPOL-T76-R007-02.xml"): "of an amount without a number no currency is kept",
    ("PEPPOL-T76-R005", "PEPPOL-T76-R009-02.xml"): "of an amount without a number no currency is kept",
    ("PEPPOL-T76-R005", "PEPPOL-T76-R010-02.xml"): "of an amount without a number no currency is kept",
    ("PEPPOL-T116-R005", "PEPPOL-T116-R005-02.xml"): "of an amount without a number no currency is kept",
    ("PEPPOL-T116-R005", "PEPPOL-T116-R007-02.xml"): "of an amount without a number no currency is kept",
    ("PEPPOL-T116-R005", "PEPPOL-T116-R008-02.xml"): "of an amount without a number no currency is kept",
}
"""All of them fragments that the schema refuses; each is refused by us too, for another reason."""

VALID_BY_US_ONLY: dict[str, str] = {
    "peppol-bis-3/examples/advanced-ordering/OrderResponseAdvanced_Example.xml": "the schema refuses the order of its elements",
}
INVALID_BY_US_ONLY: dict[str, str] = {}


@cache
def compared(standards: Path) -> tuple[Compared, ...]:
    return (*whole_documents(standards), *fragments(standards))


def left_out() -> dict[str, list[tuple[str, str]]]:
    """book → (pattern of rule ids, why) of tests/data/rules-not-checked.csv."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with NOT_CHECKED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for book in row["sheet"].split():
                found[book] += [(pattern, row["reason"]) for pattern in row["rules"].split()]
    found["peppol-billing"] += found["en16931"]
    return found


def reason_for(rule: str, book: str) -> str | None:
    return next((why for pattern, why in left_out()[book] if fnmatchcase(rule, pattern)), None)


def test_our_verdict_is_the_official_one(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally, documents = Tally(), compared(corpus / "standards")
    for one in documents:
        tally.add(one)
    rules = sorted(set(tally.fired) | set(tally.kept))
    report(f"{'rule':28}{'fired alike':>12}{'kept alike':>12}")
    for rule in rules:
        report(f"{rule:28}{tally.fired[rule]:12}{tally.kept[rule]:12}")
    report("not checked:")
    for book, patterns in left_out().items():
        for pattern, why in patterns:
            report(f"  {book:20}{pattern:24}{why}")
    fired, kept = tally.fired.total(), tally.kept.total()
    with capsys.disabled():
        report(
            f"\n{len(documents)} documents, {len(rules)} rules: fired alike {fired:,} times, kept alike {kept:,} times"
        )
    differing = {
        (rule, Path(file).name)
        for found in (tally.missed, tally.invented)
        for rule, files in found.items()
        for file in files
    }
    assert differing == set(DIFFERING)
    assert fired > 15_000


def test_an_invoice_is_valid_where_it_officially_is(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = [one for one in compared(corpus / "standards") if one.officially_valid is not None]
    by_us = {one.file: one.findings for one in whole if one.valid and not one.officially_valid}
    not_by_us = {one.file: one.findings for one in whole if not one.valid and one.officially_valid}
    alike = len(whole) - len(by_us) - len(not_by_us)
    with capsys.disabled():
        report(f"\n{alike} of {len(whole)} whole documents are valid or not as officially; listed differences follow")
        for file, why in {**VALID_BY_US_ONLY, **INVALID_BY_US_ONLY}.items():
            report(f"  {file}: {why}")
    assert set(by_us) == set(VALID_BY_US_ONLY)
    assert not_by_us.keys() == set(INVALID_BY_US_ONLY)


def test_what_fires_officially_is_checked_or_left_out_for_a_reason(corpus: Path) -> None:
    unexplained = Counter(
        (one.book, rule)
        for one in compared(corpus / "standards")
        for rule in one.fired - rules_in(one.book)
        if reason_for(rule, one.book) is None
    )
    assert unexplained == Counter()


OIOUBL_SHEETS = {
    "OIOUBL_Invoice_Schematron.xsl": "oioubl-invoice",
    "OIOUBL_CreditNote_Schematron.xsl": "oioubl-credit-note",
    "OIOUBL_Catalogue_Schematron.xsl": "oioubl-catalogue",
}


def test_every_rule_of_the_authoritys_list_is_checked_or_left_out_for_a_reason(corpus: Path) -> None:
    listed: defaultdict[str, set[str]] = defaultdict(set)
    path = corpus / "standards/oioubl-2.1/rules/ID_Error_List.csv"
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            book = OIOUBL_SHEETS.get(row["Schematron"])
            if book is not None:
                listed[book] |= set(re.findall(r"[FW]-[A-Z]+[0-9]+", row["FejlId"]))
    assert set(listed) == set(OIOUBL_SHEETS.values())
    unexplained = {
        book: sorted(rule for rule in rules - rules_in(book) if reason_for(rule, book) is None)
        for book, rules in listed.items()
    }
    assert {book: rules for book, rules in unexplained.items() if rules} == {}


def test_no_reason_is_given_for_a_rule_that_we_check() -> None:
    wide = {"F-CAT*", "W-CAT*", "UBL-CR-*", "*"} | {f"PEPPOL-{book}-B*" for book in BOOKS}
    wide |= {"F-LIB*", "W-LIB*", "F-LIB34?", "F-LIB05?", "UBL-DT-1?", "UBL-DT-2?"}
    checked_all_the_same = [
        (book, pattern)
        for book, patterns in left_out().items()
        if book in BOOKS
        for pattern, _ in patterns
        if pattern not in wide and any(fnmatchcase(rule, pattern) for rule in rules_in(book))
    ]
    assert checked_all_the_same == []


def test_the_answer_key_of_the_control_sample(corpus: Path) -> None:
    folder = corpus / "control-sample"
    differing = []
    for row in map(json.loads, (folder / "key.jsonl").read_text(encoding="utf-8").splitlines()):
        identification, document = open_document((folder / "invoices" / row["file"]).read_bytes())
        assert isinstance(document, Invoice | CreditNote)
        assert has_rules(document, identification.profile)
        judgement = check(document, identification.profile)
        errors = {found.rule for found in judgement.errors}
        if judgement.valid != row["valid"] or not set(row["fatal"]) <= errors:
            differing.append((row["file"], row["valid"], row["fatal"], errors))
    assert differing == []
