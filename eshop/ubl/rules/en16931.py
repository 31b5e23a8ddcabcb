"""EN 16931: what an invoice must say, and that its sums add up (BR-*, BR-CO-*, BR-DEC-*, UBL-SR-*, UBL-DT-*).

Source: the EN 16931 rules for UBL, release 1.3.16. VAT per category is in `vat`, code lists in `codes`. Where a rule looks
odd here (a price that is missing is also "negative", BR-27), it mirrors what the official sheet answers.
"""

from collections.abc import Iterable
from typing import Any, Final

from eshop.ubl.parties import Address, DocumentReference, Party, Period
from eshop.ubl.payments import CardAccount, PaymentMeans
from eshop.ubl.references import BillingReference
from eshop.ubl.rules.facts import InvoiceFacts, Node, is_vat
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, blank, text_of

# Where the things stand that rules are about


def root(facts: Any) -> Iterable[Node]:
    return (facts.root,)


def lines(facts: InvoiceFacts) -> Iterable[Node]:
    return (line.node for line in facts.lines)


def totals(facts: InvoiceFacts) -> Iterable[Node]:
    return ((facts.totals, facts.root, "legal_monetary_total", 0),) if facts.totals is not None else ()


def party_of(role: str) -> Any:
    """The party of a role, where the document names one: party_of('accounting_supplier_party')."""
    return lambda facts: (node for node in facts.nodes[Party] if node[2] == "party" and node[1][2] == role)


def in_role(kind: type, field: str, role: str) -> Any:
    """Parts of the party of a role: in_role(Address, 'postal_address', 'accounting_supplier_party')."""
    return lambda facts: (node for node in facts.nodes[kind] if node[2] == field and node[1][1][2] == role)


def named(kind: type, *fields: str) -> Any:
    """All parts of a class that stand in one of the fields, anywhere."""
    return lambda facts: facts.of(kind, *fields)


SUPPLIER: Final = "accounting_supplier_party"
CUSTOMER: Final = "accounting_customer_party"


# Identity: who, what, when


def no_type_code(document: Any, facts: InvoiceFacts) -> bool:
    return blank(document.credit_note_type_code if facts.is_credit else document.invoice_type_code)


def registered_name(party: Any) -> bool:
    return any(not blank(entity.registration_name) for entity in party.party_legal_entities)


def vat_numbers(party: Any) -> list[str]:
    """The VAT numbers of a party, "" included: PartyTaxScheme[VAT]/CompanyID."""
    return [
        scheme.company_id.value
        for scheme in party.party_tax_schemes
        if scheme.company_id is not None and is_vat(scheme.tax_scheme)
    ]


def country_missing(address: Any, _: Any) -> bool:
    return address.country is None or blank(address.country.identification_code)


def seller_not_identified(role: Any, _: Any) -> bool:
    party = role.party
    if party is None:
        return True
    known_by = any(found.id is not None and found.id.scheme_id != "SEPA" for found in party.party_identifications)
    registered = any(entity.company_id is not None for entity in party.party_legal_entities)
    return not (known_by or registered or vat_numbers(party))


def tax_currency_without_total(document: Any, _: Any) -> bool:
    """BR-53: with a VAT accounting currency there is a total VAT amount in it."""
    if document.tax_currency_code is None:
        return False
    currency = document.tax_currency_code.value
    return not any(
        total.tax_amount is not None and total.tax_amount.currency == currency for total in document.tax_totals
    )


def tax_point_twice(document: Any, _: Any) -> bool:
    coded = any(period.description_codes for period in document.invoice_periods)
    return document.tax_point_date is not None and coded


def payee_not_other_than_seller(payee: Any, facts: InvoiceFacts) -> bool:
    """BR-17: a payee has a name, and neither name nor number of the seller."""
    names = {name.name for name in payee.party_names if name.name is not None}
    if not names:
        return True
    numbers = {found.id.value for found in payee.party_identifications if found.id is not None}
    seller = facts.supplier
    seller_names = {name.name for name in seller.party_names}
    seller_numbers = {found.id.value for found in seller.party_identifications if found.id is not None}
    return bool(names & seller_names or numbers & seller_numbers)


IDENTITY: Final = (
    Each(
        root,
        Rule("BR-01", "ubl_missing", lambda d, _: blank(d.customization_id), element="CustomizationID"),
        Rule("BR-02", "ubl_missing", lambda d, _: blank(d.id), element="ID"),
        Rule("BR-03", "ubl_missing", lambda d, _: d.issue_date is None, element="IssueDate"),
        Rule("BR-04", "ubl_missing", no_type_code, element="InvoiceTypeCode"),
        Rule("BR-05", "ubl_missing", lambda d, _: blank(d.document_currency_code), element="DocumentCurrencyCode"),
        Rule("BR-06", "ubl_missing", lambda _, f: not registered_name(f.supplier), element="Seller RegistrationName"),
        Rule("BR-07", "ubl_missing", lambda _, f: not registered_name(f.customer), element="Buyer RegistrationName"),
        Rule("BR-08", "ubl_missing", lambda _, f: f.supplier.postal_address is None, element="Seller PostalAddress"),
        Rule("BR-10", "ubl_missing", lambda _, f: f.customer.postal_address is None, element="Buyer PostalAddress"),
        Rule("BR-16", "ubl_missing", lambda _, f: not f.lines, element="InvoiceLine"),
        Rule("BR-53", "ubl_missing", tax_currency_without_total, element="TaxTotal in TaxCurrencyCode"),
        Rule("BR-CO-03", "ubl_choice", tax_point_twice, one="TaxPointDate", other="InvoicePeriod/DescriptionCode"),
        Rule(
            "BR-CO-18",
            "ubl_missing",
            lambda d, f: not any(t.tax_subtotals for t in d.tax_totals),
            element="TaxSubtotal",
        ),
    ),
    Each(
        lambda facts: (
            ((facts.document.accounting_supplier_party, facts.root, SUPPLIER, 0),)
            if facts.document.accounting_supplier_party is not None
            else ()
        ),
        Rule("BR-CO-26", "ubl_seller_not_identified", seller_not_identified),
    ),
    Each(
        in_role(Address, "postal_address", SUPPLIER), Rule("BR-09", "ubl_missing", country_missing, element="Country")
    ),
    Each(
        in_role(Address, "postal_address", CUSTOMER), Rule("BR-11", "ubl_missing", country_missing, element="Country")
    ),
    Each(
        party_of(SUPPLIER),
        Rule("BR-62", "ubl_scheme_missing", lambda p, _: endpoint_without_scheme(p), element="EndpointID"),
    ),
    Each(
        party_of(CUSTOMER),
        Rule("BR-63", "ubl_scheme_missing", lambda p, _: endpoint_without_scheme(p), element="EndpointID"),
    ),
    Each(
        named(Party, "tax_representative_party"),
        Rule("BR-18", "ubl_missing", lambda p, _: all(blank(n.name) for n in p.party_names), element="PartyName"),
        Rule("BR-19", "ubl_missing", lambda p, _: p.postal_address is None, element="PostalAddress"),
        Rule("BR-56", "ubl_missing", lambda p, _: not vat_numbers(p), element="PartyTaxScheme/CompanyID"),
    ),
    EachNode(
        named(Address, "postal_address"),
        Rule(
            "BR-20",
            "ubl_missing",
            lambda n, f: n[1][2] == "tax_representative_party" and country_missing(n[0], f),
            element="Country",
        ),
    ),
    EachNode(
        named(Address, "address"),
        Rule(
            "BR-57",
            "ubl_missing",
            lambda n, _: (
                n[1][2] == "delivery_location"
                and n[1][1][2] == "deliveries"
                and (n[0].country is None or n[0].country.identification_code is None)
            ),
            element="Country",
        ),
    ),
    Each(named(Party, "payee_party"), Rule("BR-17", "ubl_payee_is_seller", payee_not_other_than_seller)),
)


def endpoint_without_scheme(party: Any) -> bool:
    return party.endpoint_id is not None and party.endpoint_id.scheme_id is None


# References, periods, payment


def period_backwards(period: Any, _: Any) -> Broken:
    if period.start_date is None or period.end_date is None or period.end_date >= period.start_date:
        return False
    return {"start": period.start_date, "end": period.end_date}


def period_open_at_both_ends(period: Any, _: Any) -> bool:
    return period.start_date is None and period.end_date is None


def invoice_periods(of_lines: bool) -> Any:
    def found(facts: InvoiceFacts) -> Iterable[Node]:
        for node in facts.nodes[Period]:
            assert node[1] is not None
            if node[2] == "invoice_periods" and (node[1][2] in ("invoice_lines", "credit_note_lines")) is of_lines:
                yield node

    return found


def account_missing(means: Any, _: Any) -> bool:
    """BR-61: a transfer says to which account."""
    account = means.payee_financial_account
    has_account = account is not None and account.id is not None
    code = text_of(means.payment_means_code)
    return code in ("30", "58") and not has_account


def account_blank(means: Any, _: Any) -> bool:
    code, account = text_of(means.payment_means_code), means.payee_financial_account
    return code in ("30", "58") and account is not None and blank(account.id)


REFERENCES: Final = (
    Each(
        named(DocumentReference, "additional_document_references"),
        Rule("BR-52", "ubl_missing", lambda r, _: blank(r.id), element="ID"),
    ),
    Each(
        invoice_periods(of_lines=False),
        Rule("BR-29", "ubl_period_backwards", period_backwards),
        Rule(
            "BR-CO-19",
            "ubl_period_empty",
            lambda p, f: period_open_at_both_ends(p, f) and not p.description_codes,
        ),
    ),
    Each(
        invoice_periods(of_lines=True),
        Rule("BR-30", "ubl_period_backwards", period_backwards),
        Rule("BR-CO-20", "ubl_period_empty", period_open_at_both_ends),
    ),
    Each(
        named(BillingReference, "billing_references"),
        Rule("BR-55", "ubl_missing", lambda b, _: no_preceding_invoice(b), element="InvoiceDocumentReference/ID"),
        Rule("UBL-SR-07", "ubl_missing", lambda b, _: no_preceding_invoice(b), element="InvoiceDocumentReference/ID"),
    ),
    Each(
        named(PaymentMeans, "payment_means"),
        Rule("BR-49", "ubl_missing", lambda m, _: m.payment_means_code is None, element="PaymentMeansCode"),
        Rule("BR-50", "ubl_missing", account_blank, element="PayeeFinancialAccount/ID"),
        Rule("BR-61", "ubl_missing", account_missing, element="PayeeFinancialAccount/ID"),
    ),
    Each(
        named(CardAccount, "card_account"),
        Rule(
            "BR-51",
            "ubl_card_number_shown",
            lambda c, _: len(text_of(c.primary_account_number_id)) > 10,
            severity="warning",
        ),
    ),
)


def no_preceding_invoice(reference: Any) -> bool:
    return reference.invoice_document_reference is None or reference.invoice_document_reference.id is None
