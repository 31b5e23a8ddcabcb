"""National rules of Peppol billing, by the supplier's country: Denmark, and the neighbours municipalities buy from.

Denmark (DK-R-*) by the addresses of both parties; Sweden, Iceland and the Netherlands by the supplier's address; Norway and
Italy by the prefix of the supplier's VAT number. Germany's rules ask that both parties are German and Greece's that the
invoice number is built in a Greek way: neither is checked here. Source: OpenPeppol release 2026.5.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from eshop.findings import Finding
from eshop.ubl.parties import PartyTaxScheme
from eshop.ubl.payments import PaymentMeans, TaxCategory
from eshop.ubl.rules.danish import DANISH_BOTH, DANISH_SUPPLIER, account_of, legal_numbers
from eshop.ubl.rules.en16931 import SUPPLIER, in_role, lines, named, party_of, root, totals, vat_numbers
from eshop.ubl.rules.facts import InvoiceFacts
from eshop.ubl.rules.identifiers import is_number, norwegian, swedish
from eshop.ubl.rules.judging import Broken, Each, Rule, text_of
from eshop.ubl.rules.peppol import country_of

# Norway


def registered_for(party: Any, tax: str) -> list[str]:
    return [
        scheme.company_id.value
        for scheme in party.party_tax_schemes
        if scheme.company_id is not None and scheme.tax_scheme is not None and text_of(scheme.tax_scheme.id) == tax
    ]


norwegian_vat: Final = re.compile(r"NO([0-9]{9})MVA").fullmatch


def not_norwegian_vat(party: Any, _: Any) -> Broken:
    numbers = [number for number in registered_for(party, "VAT") if number.startswith("NO")]
    wrong = [number for number in numbers if not (found := norwegian_vat(number)) or not norwegian(found[1])]
    return bool(wrong) and {"value": wrong[0], "kind": "MVA"}


NORWEGIAN_SUPPLIER: Final = (
    Each(
        party_of(SUPPLIER),
        Rule("NO-R-001", "ubl_identifier_malformed", not_norwegian_vat),
        Rule(
            "NO-R-002",
            "ubl_missing",
            lambda p, _: "Foretaksregisteret" not in registered_for(p, "TAX"),
            severity="warning",
            element="PartyTaxScheme[TAX]: Foretaksregisteret",
        ),
    ),
)


# Sweden


def swedish_vat(check: Callable[[str], bool]) -> Callable[..., Broken]:
    def broken(party: Any, _: Any) -> Broken:
        numbers = registered_for(party, "VAT")
        if not any(number.startswith("SE") for number in numbers):
            return False
        return not check(numbers[0]) and {"value": numbers[0], "kind": "VAT"}

    return broken


def swedish_number(check: Callable[[str], bool]) -> Callable[..., Broken]:
    def broken(party: Any, _: Any) -> Broken:
        wrong = [number.value for number in legal_numbers(party) if not check(number.value)]
        return bool(wrong) and {"value": wrong[0], "kind": "organisationsnummer"}

    return broken


def not_f_tax(party: Any, _: Any) -> Broken:
    if not legal_numbers(party):
        return False
    wrong = [
        scheme.company_id.value
        for scheme in party.party_tax_schemes
        if scheme.company_id is not None
        and text_of(scheme.tax_scheme.id if scheme.tax_scheme is not None else None).upper() != "VAT"
        and scheme.company_id.value.upper() != "GODKÄND FÖR F-SKATT"
    ]
    return bool(wrong) and {"value": wrong[0]}


def not_a_swedish_rate(category: Any, facts: InvoiceFacts) -> Broken:
    supplier_vat = any(number.startswith("SE") for number in registered_for(facts.supplier, "VAT"))
    if text_of(category.id) != "S" or not supplier_vat or category.percent in (25, 12, 6):
        return False
    return {"category": "S", "percent": category.percent}


def giro_number(branch: str, check: Callable[[str], bool]) -> Callable[..., Broken]:
    def broken(means: Any, _: Any) -> Broken:
        account = means.payee_financial_account
        if text_of(means.payment_means_code) != "30" or account is None or account.id is None:
            return False
        if account.financial_institution_branch is None or text_of(account.financial_institution_branch.id) != branch:
            return False
        return not check(account.id.value) and {"value": account.id.value, "kind": branch}

    return broken


def numeric(text: str) -> bool:
    return is_number(text) is not None


def domestic_transfer(means: Any, facts: InvoiceFacts) -> bool:
    return text_of(means.payment_means_code) == "31" and country_of(facts.customer) == "SE"


SWEDISH_SUPPLIER: Final = (
    Each(
        party_of(SUPPLIER),
        Rule("SE-R-001", "ubl_identifier_malformed", swedish_vat(lambda number: len(number) == 14)),
        Rule("SE-R-002", "ubl_identifier_malformed", swedish_vat(lambda number: numeric(number[2:14]))),
        Rule("SE-R-003", "ubl_identifier_malformed", swedish_number(numeric)),
        Rule("SE-R-004", "ubl_identifier_malformed", swedish_number(lambda number: len(number) == 10)),
        Rule("SE-R-013", "ubl_identifier_malformed", swedish_number(swedish)),
        Rule("SE-R-005", "ubl_value", not_f_tax, element="PartyTaxScheme/CompanyID", expected="Godkänd för F-skatt"),
    ),
    Each(lambda facts: facts.nodes[TaxCategory], Rule("SE-R-006", "ubl_vat_rate", not_a_swedish_rate)),
    Each(
        named(PaymentMeans, "payment_means"),
        Rule("SE-R-007", "ubl_identifier_malformed", giro_number("SE:PLUSGIRO", numeric), severity="warning"),
        Rule(
            "SE-R-010",
            "ubl_identifier_malformed",
            giro_number("SE:PLUSGIRO", lambda number: 2 <= len(number) <= 8),
            severity="warning",
        ),
        Rule("SE-R-008", "ubl_identifier_malformed", giro_number("SE:BANKGIRO", numeric), severity="warning"),
        Rule(
            "SE-R-009",
            "ubl_identifier_malformed",
            giro_number("SE:BANKGIRO", lambda number: len(number) in (7, 8)),
            severity="warning",
        ),
        Rule(
            "SE-R-011",
            "ubl_value",
            lambda m, _: text_of(m.payment_means_code) in ("50", "56"),
            severity="warning",
            element="PaymentMeansCode",
            expected="30",
        ),
        Rule("SE-R-012", "ubl_value", domestic_transfer, severity="warning", element="PaymentMeansCode", expected="30"),
    ),
)


# Italy, Iceland, the Netherlands


def address_lacks(*fields: str) -> Callable[..., bool]:
    """Whether a party has an address without one of these elements, or no address at all."""

    def broken(party: Any, _: Any) -> bool:
        return party.postal_address is None or any(getattr(party.postal_address, field) is None for field in fields)

    return broken


italian_number: Final = re.compile(r"[A-Z0-9]{11,16}").fullmatch


def not_italian_registration(scheme: Any, _: Any) -> Broken:
    tax = text_of(scheme.tax_scheme.id if scheme.tax_scheme is not None else None)
    if tax == "VAT" or italian_number(text_of(scheme.company_id)):
        return False
    return {"value": text_of(scheme.company_id), "kind": "codice fiscale"}


ITALIAN_SUPPLIER: Final = (
    Each(
        in_role(PartyTaxScheme, "party_tax_schemes", SUPPLIER),
        Rule("IT-R-001", "ubl_identifier_malformed", not_italian_registration),
    ),
    Each(
        party_of(SUPPLIER),
        Rule("IT-R-002", "ubl_missing", address_lacks("street_name"), element="PostalAddress/StreetName"),
        Rule("IT-R-003", "ubl_missing", address_lacks("city_name"), element="PostalAddress/CityName"),
        Rule("IT-R-004", "ubl_missing", address_lacks("postal_zone"), element="PostalAddress/PostalZone"),
    ),
)


def not_icelandic_number(party: Any, _: Any) -> bool:
    return not any(number.scheme_id == "0196" for number in legal_numbers(party))


def icelandic_account(code: str) -> Callable[..., bool]:
    def broken(document: Any, _: Any) -> bool:
        found = [means for means in document.payment_means if text_of(means.payment_means_code) == code]
        return bool(found) and not any(len(account_of(means)) == 12 for means in found)

    return broken


def final_date(document: Any) -> str | None:
    """The Icelandic EINDAGI, the last day before interest, which stands in a supporting document's number."""
    for reference in document.additional_document_references:
        if "EINDAGI" in reference.document_descriptions:
            return text_of(reference.id)
    return None


def final_date_malformed(document: Any, _: Any) -> Broken:
    found = final_date(document)
    if found is None:
        return False
    try:
        return len(found) != 10 or date.fromisoformat(found) is None
    except ValueError:
        return {"value": found, "kind": "EINDAGI"}


def final_date_without_due_date(document: Any, _: Any) -> bool:
    return final_date(document) is not None and getattr(document, "due_date", None) is None


def final_date_before_due_date(document: Any, _: Any) -> bool:
    found, due = final_date(document), getattr(document, "due_date", None)
    return found is not None and (due is None or due.isoformat() > found)


def not_icelandic_type(document: Any, facts: InvoiceFacts) -> Broken:
    code = text_of(document.credit_note_type_code if facts.is_credit else document.invoice_type_code)
    return code not in ("380", "381") and {"value": code}


ICELANDIC_SUPPLIER: Final = (
    Each(
        root,
        Rule("IS-R-001", "ubl_code_unknown", not_icelandic_type, severity="warning", list="UNCL 1001"),
        Rule("IS-R-006", "ubl_missing", icelandic_account("9"), element="PayeeFinancialAccount/ID"),
        Rule("IS-R-007", "ubl_missing", icelandic_account("42"), element="PayeeFinancialAccount/ID"),
        Rule("IS-R-008", "ubl_identifier_malformed", final_date_malformed),
        Rule("IS-R-009", "ubl_missing", final_date_without_due_date, element="DueDate"),
        Rule("IS-R-010", "ubl_value", final_date_before_due_date, element="DueDate", expected="≤ EINDAGI"),
    ),
    Each(
        party_of(SUPPLIER),
        Rule("IS-R-002", "ubl_missing", not_icelandic_number, element="PartyLegalEntity/CompanyID"),
        Rule("IS-R-003", "ubl_missing", address_lacks("street_name", "postal_zone"), element="PostalAddress"),
    ),
)


def not_dutch_number(party: Any, _: Any) -> Broken:
    wrong = [
        number.scheme_id or ""
        for number in legal_numbers(party)
        if number.scheme_id not in ("0106", "0190") or not number.value
    ]
    return bool(wrong) and {"value": wrong[0]}


def dutch_address_lacks(party: Any, facts: InvoiceFacts) -> bool:
    return party.postal_address is not None and address_lacks("street_name", "city_name", "postal_zone")(party, facts)


def nothing_to_pay_by(total: Any, facts: InvoiceFacts) -> bool:
    payable = total.payable_amount.value if total.payable_amount is not None else None
    none_due = payable is not None and (payable >= 0 if facts.is_credit else payable <= 0)
    return not none_due and not facts.document.payment_means


def order_line_without_order(line: Any, facts: InvoiceFacts) -> bool:
    order = facts.document.order_reference
    refers = any(found.line_id is not None for found in line.line.order_line_references)
    return refers and (order is None or order.id is None)


def credit_without_invoice(document: Any, facts: InvoiceFacts) -> bool:
    if not facts.is_credit or document.credit_note_type_code is None:
        return False
    return not any(
        found.invoice_document_reference is not None and found.invoice_document_reference.id is not None
        for found in document.billing_references
    )


DUTCH_SUPPLIER: Final = (
    Each(root, Rule("NL-R-001", "ubl_missing", credit_without_invoice, element="BillingReference")),
    Each(
        party_of(SUPPLIER),
        Rule("NL-R-002", "ubl_missing", dutch_address_lacks, element="StreetName, CityName, PostalZone"),
        Rule("NL-R-003", "ubl_value", not_dutch_number, element="CompanyID/@schemeID", expected="0106, 0190"),
    ),
    Each(totals, Rule("NL-R-007", "ubl_missing", nothing_to_pay_by, element="PaymentMeans")),
    Each(lines, Rule("NL-R-009", "ubl_missing", order_line_without_order, element="OrderReference/ID")),
)

_BY_ADDRESS: Final[Mapping[str, tuple[Each, ...]]] = {
    "DK": DANISH_SUPPLIER,
    "SE": SWEDISH_SUPPLIER,
    "IS": ICELANDIC_SUPPLIER,
    "NL": DUTCH_SUPPLIER,
}
_BY_VAT_NUMBER: Final[Mapping[str, tuple[Each, ...]]] = {"NO": NORWEGIAN_SUPPLIER, "IT": ITALIAN_SUPPLIER}


def vat_country(facts: InvoiceFacts) -> str:
    """The supplier's country by VAT number, else its tax representative's, else by address."""
    representative = facts.document.tax_representative_party
    numbers = vat_numbers(facts.supplier) or (vat_numbers(representative) if representative is not None else [])
    return (numbers[0][:2] if numbers else country_of(facts.supplier)).upper()


class National:
    """The rules of the supplier's country. What a country has no rules for says nothing."""

    rules = tuple(
        rule
        for found in (*_BY_ADDRESS.values(), DANISH_BOTH, *_BY_VAT_NUMBER.values())
        for each in found
        for rule in each.rules
    )

    def __call__(self, facts: InvoiceFacts) -> Iterable[Finding]:
        country = country_of(facts.supplier)
        chosen = (*_BY_ADDRESS.get(country, ()), *_BY_VAT_NUMBER.get(vat_country(facts), ()))
        if country == "DK" == country_of(facts.customer):
            chosen = (*chosen, *DANISH_BOTH)
        return [finding for each in chosen for finding in each(facts)]
