"""Our rules on documents of our own: what each change breaks, where it is said, and that nothing but a judgement comes out.

`test_rules_agreement` holds the same rules against the official verdicts of ../shared.
"""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eshop import ubl
from eshop.findings import Finding
from eshop.ubl import Identifier, Measure, Money
from eshop.ubl.official import OfficialRules
from eshop.ubl.profiles import PROFILES
from eshop.ubl.reading import open_document
from eshop.ubl.rules import check, has_rules, judge_by, line_check, rules_for
from eshop.ubl.rules.books import BOOKS
from eshop.wording import sentence, sentences
from tests.eshop.ubl.edits import GOLDEN, edited, judged, mark, mutated, put, rules_asked
from tests.eshop.ubl.papers import catalogue, invoice
from tests.eshop.ubl.rule_cases import (
    BIS,
    BIS_CREDIT,
    CASES,
    COUNTRY,
    CUSTOMER,
    LINE,
    OIO,
    OIO_CREDIT,
    PART,
    PAYABLE,
    PRICE,
    QUANTITY,
    Case,
)

BILLS = (BIS, BIS_CREDIT, OIO, OIO_CREDIT)
JUDGED = sorted(path.stem for path in GOLDEN.glob("*.xml") if rules_asked(path.read_bytes()))
WITHOUT_RULES = {path.stem for path in GOLDEN.glob("*.xml")} - set(JUDGED)


def findings(body: bytes) -> tuple[Finding, ...]:
    identification, document = open_document(body)
    return check(document, identification.profile).findings


def rules_broken(body: bytes) -> set[str]:
    return {found.rule or found.code for found in findings(body)}


# What we write ourselves


@pytest.mark.parametrize("name", JUDGED)
def test_what_we_write_breaks_no_rule(name: str) -> None:
    """A Peppol order without a date until which it holds is warned of; that is no reason to write one."""
    assert judged(edited(name)) <= {"PEPPOL-T01-R002", "PEPPOL-T114-R002"}


def test_what_has_no_rules_of_ours_is_known() -> None:
    assert sorted(WITHOUT_RULES) == [
        "catalogue-response-oioubl-2.1",
        "catalogue-response-peppol-bis-3",
        "invoice-response-oioubl-2.1",
        "invoice-response-query-oioubl-2.1",
        "order-cancellation-oioubl-2.1",
        "order-change-full-oioubl-2.1",
        "order-change-oioubl-2.1",
        "order-full-oioubl-2.1",
        "order-oioubl-2.1",
        "order-response-oioubl-2.1",
        "order-response-simple-oioubl-2.1",
    ]


def test_a_document_without_a_profile_is_judged_by_no_rules() -> None:
    assert not has_rules(invoice, None)
    assert rules_for(invoice, None) == ()
    assert check(invoice, None).valid


# What is broken


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_change_breaks_these_rules_and_no_other(case: Case) -> None:
    assert rules_broken(edited(case.name, *case.edits)) == case.broken


@pytest.mark.official
def test_the_publishers_sheets_say_the_same_of_every_change(official_rules: Path) -> None:
    differing = {}
    with OfficialRules(official_rules) as sheets:
        for case in CASES:
            body = edited(case.name, *case.edits)
            verdict = sheets.check(body)
            assert verdict is not None
            fired = {*verdict.errors, *verdict.warnings} & {rule.id for rule in rules_asked(body)}
            if fired != case.broken:
                differing[case.what] = fired ^ case.broken
    assert differing == {}


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        (BIS, mark(QUANTITY, "unitCode", "KASSE"), "BR-CL-23 line 1"),
        (BIS, put("/*/cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount", "42.90"), "PEPPOL-EN16931-R120 line 2"),
        (BIS, put(f"{LINE}//cbc:Percent", "-1"), "BR-S-05 line 1: Item/ClassifiedTaxCategory"),
        (BIS, put(PAYABLE, "1313.24"), "BR-CO-16 LegalMonetaryTotal"),
        (BIS, put(f"{CUSTOMER}/{COUNTRY}", "XX"), "BR-CL-14 AccountingCustomerParty/Party/PostalAddress/Country"),
        (OIO, put(PRICE, "201"), "F-INV340 line 1"),
        (OIO, put(f"{PART}/cac:TaxCategory/cbc:ID", "Z"), "F-LIB309 TaxTotal/TaxSubtotal/TaxCategory"),
    ],
)
def test_a_finding_says_where(name: str, edit, said: str) -> None:
    assert said in judged(edited(name, edit))


def test_a_sum_says_what_it_is_and_what_it_should_be() -> None:
    found = {found.rule: found for found in findings(edited(BIS, put(PAYABLE, "1313.24")))}["BR-CO-16"]
    assert sentence(found.code, found.values, "da") == "Beløbet til betaling er 1.313,24, men udregnes til 1.313,25."
    assert sentence(found.code, found.values, "en") == "The amount to pay is 1,313.24, but adds up to 1,313.25."


def test_a_line_without_a_number_is_named_by_its_place() -> None:
    nameless = replace(invoice, invoice_lines=(replace(invoice.invoice_lines[0], id=None), invoice.invoice_lines[1]))
    assert "line #1" in {found.where for found in judge_by(nameless, "en16931").findings}


# What could not be read


@pytest.mark.parametrize("name", [BIS, OIO])
@pytest.mark.parametrize("value", ["NaN", "INF", "1.234,50", "1e3", "9" * 30, "0x10", "\N{FULLWIDTH DIGIT NINE}"])
def test_an_amount_that_is_no_number_makes_an_invoice_invalid(name: str, value: str) -> None:
    identification, document = open_document(edited(name, put(PAYABLE, value)))
    judgement = check(document, identification.profile)
    assert not judgement.valid
    assert [(found.code, found.where) for found in judgement.findings] == [
        ("not_a_number", "LegalMonetaryTotal/PayableAmount")
    ]
    assert {"sums", "vat"} <= set(judgement.not_judged)


@pytest.mark.parametrize("name", [BIS, OIO])
@pytest.mark.parametrize("value", ["2026-02-30", "99999-01-01", "01-09-2026", "i går"])
def test_a_date_that_is_none_makes_an_invoice_invalid(name: str, value: str) -> None:
    assert [(found.code, found.where) for found in findings(edited(name, put("/*/cbc:IssueDate", value)))] == [
        ("not_a_date", "IssueDate")
    ]


@pytest.mark.parametrize("name", [BIS, OIO])
def test_line_numbers_that_repeat_are_told_and_no_reason_to_reject(name: str) -> None:
    """The official sheets warn at most: an invoice that is valid there is not rejected here."""
    identification, document = open_document(edited(name, put("/*/cac:InvoiceLine/cbc:ID", "1")))
    judgement = check(document, identification.profile)
    assert [(found.code, found.where) for found in judgement.findings] == [("ubl_line_id_repeated", "line 1")]
    assert judgement.valid


@pytest.mark.parametrize("value", [" 1313.25 ", "+1313.25", "01313.25"])
def test_an_amount_may_be_written_in_every_way_of_the_schema(value: str) -> None:
    assert judged(edited(BIS, put(PAYABLE, value))) == set()


# Numbers at their edges

HUGE = "999999989000000.01"
"""99,999,999 of 9,999,999.99 each: more digits than a binary number holds."""


def bill(*lines: tuple[str, str, str], net: str, tax: str) -> ubl.Invoice:
    """An invoice of (quantity, price, amount) lines at 25 %."""
    first, kr = invoice.invoice_lines[0], lambda value: Money(Decimal(value), "DKK")
    part, total = invoice.tax_totals[0].tax_subtotals[0], Decimal(net) + Decimal(tax)
    assert invoice.legal_monetary_total is not None
    return replace(
        invoice,
        invoice_lines=tuple(
            replace(
                first,
                id=Identifier(str(number)),
                invoiced_quantity=Measure(Decimal(quantity), "XBX"),
                line_extension_amount=kr(amount),
                price=ubl.Price(price_amount=kr(price)),
            )
            for number, (quantity, price, amount) in enumerate(lines, 1)
        ),
        tax_totals=(
            ubl.TaxTotal(
                tax_amount=kr(tax), tax_subtotals=(replace(part, taxable_amount=kr(net), tax_amount=kr(tax)),)
            ),
        ),
        legal_monetary_total=replace(
            invoice.legal_monetary_total,
            line_extension_amount=kr(net),
            tax_exclusive_amount=kr(net),
            tax_inclusive_amount=Money(total, "DKK"),
            payable_amount=Money(total, "DKK"),
        ),
    )


@pytest.mark.parametrize(
    ("document", "broken"),
    [
        (bill(("3", "0.333", "1.00"), net="1.00", tax="0.25"), set()),
        (bill(("1", "0.005", "0.01"), net="0.01", tax="0.00"), set()),
        (bill(("-3", "0.835", "-2.50"), ("1", "2.50", "2.50"), net="0.00", tax="0.00"), set()),
        (bill(("-2", "10.00", "-20.00"), net="-20.00", tax="-5.00"), set()),
        (bill(*[("1", "0.10", "0.10")] * 30, net="3.00", tax="0.75"), set()),
        (bill(("99999999", "9999999.99", HUGE), net=HUGE, tax="249999997250000.00"), set()),
        (bill(("99999999", "9999999.99", HUGE), net=HUGE, tax="249999997250001.00"), {"BR-CO-17", "BR-S-09"}),
        (bill(("99999999", "9999999.992", HUGE), net=HUGE, tax="249999997250000.00"), {"PEPPOL-EN16931-R120"}),
    ],
)  # fmt: skip
def test_sums_hold_at_every_size(document: ubl.Invoice, broken: set[str]) -> None:
    assert rules_broken(ubl.write(document, "peppol-bis-3")) == broken


# Catalogue lines that stream by


def catalogue_findings(line: ubl.CatalogueLine, profile: str = "peppol-bis-3", position: int = 0) -> list[Finding]:
    head = replace(catalogue, catalogue_lines=())
    return line_check(head, PROFILES[profile])(line, position)


LINE_OF_CATALOGUE = catalogue.catalogue_lines[0]


@pytest.mark.parametrize("profile", ["peppol-bis-3", "oioubl-2.1"])
def test_a_catalogue_line_is_judged_alone_as_within_its_catalogue(profile: str) -> None:
    document = open_document((GOLDEN / f"catalogue-{profile}.xml").read_bytes())[1]
    assert isinstance(document, ubl.Catalogue)
    broken = replace(document.catalogue_lines[0], id=None, orderable_unit="KASSE")
    whole = check(replace(document, catalogue_lines=(broken,)), PROFILES[profile])
    alone = line_check(replace(document, catalogue_lines=()), PROFILES[profile])(broken, 0)
    assert alone
    assert {(found.rule, found.where) for found in alone} <= {(found.rule, found.where) for found in whole.findings}


def test_a_catalogue_line_in_a_profile_without_rules_is_not_judged() -> None:
    assert line_check(catalogue, None)(LINE_OF_CATALOGUE, 0) == []


# Nothing but a judgement


def never_raises(seed: int) -> None:
    rng = Random(seed)
    name = rng.choice(JUDGED)
    try:
        identification, document = open_document(mutated(name, rng))
    except ubl.UnreadableDocument:
        return
    judgement = check(document, identification.profile)
    for found in judgement.findings:
        assert sentence(found.code, found.values, rng.choice(["da", "en"]))


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_no_document_is_too_odd_to_be_judged(seed: int) -> None:
    never_raises(seed)


@pytest.mark.fuzz
@given(st.integers(0, 2**64))
def test_no_document_is_too_odd_to_be_judged_for_long(seed: int) -> None:
    never_raises(seed)


# What the rules are


def test_every_finding_has_its_sentence_in_both_languages() -> None:
    known = sentences()
    for name, book in BOOKS.items():
        for rule in book.rules:
            assert rule.code in known, f"{name}: {rule.id}"
            assert all(known[rule.code]), f"{name}: {rule.id}"


def test_an_element_is_named_in_words() -> None:
    """What is often wrong is named as people name it; the rarest elements keep the name they have in UBL."""
    known = sentences()
    named = {
        found.values["element"]
        for case in CASES
        for found in findings(edited(case.name, *case.edits))
        if "element" in found.values
    }
    assert len(named) > 30
    assert {element for element in named if f"element:{element}" not in known} == set()


def test_a_finding_is_said_once() -> None:
    for case in CASES:
        found = [(one.rule, one.where, one.code, str(one.values)) for one in findings(edited(case.name, *case.edits))]
        assert len(found) == len(set(found)), case.what
