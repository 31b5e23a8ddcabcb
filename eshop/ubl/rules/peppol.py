"""Peppol BIS Billing 3: what it asks beyond EN 16931 (PEPPOL-EN16931-R*, -P*, -CL*, -F*).

Source: OpenPeppol release 2026.5 (BIS Billing 3.0.21).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.codelists import codes, document_types
from eshop.ubl.parties import Attachment, Party, Period
from eshop.ubl.payments import AllowanceCharge, PaymentMeans, TaxCategory
from eshop.ubl.rules.codes import AMOUNTS, not_in
from eshop.ubl.rules.en16931 import CUSTOMER, SUPPLIER, lines, named, party_of, root
from eshop.ubl.rules.facts import ZERO, InvoiceFacts, Node
from eshop.ubl.rules.identifiers import Identifiers
from eshop.ubl.rules.judging import EXACT, Broken, Each, EachNode, Rule, cents, text_of
from eshop.ubl.rules.sums import SLACK, share_wrong, sum_of

SPECIFICATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROCESSES: Final = frozenset(
    {
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "urn:peppol:france:billing:regulated",
        "urn:peppol:france:billing:non-regulated",
        "urn:peppol:bis:billing_with_response",
    }
)
CURRENCIES: Final = codes("currencies", "peppol")
ENDPOINTS: Final = codes("endpoint-schemes", "peppol")


def country_of(party: Any) -> str:
    """The country of a party's postal address, as written."""
    address = party.postal_address
    return text_of(address.country.identification_code) if address is not None and address.country is not None else ""


def both_german(facts: InvoiceFacts) -> bool:
    return country_of(facts.supplier).upper() == "DE" == country_of(facts.customer).upper()


# Identity


def specification_other(document: Any, _: Any) -> Broken:
    value = text_of(document.customization_id)
    return (not value.startswith(SPECIFICATION) or "::" in value) and {"value": value}


def process_unknown(document: Any, _: Any) -> Broken:
    value = text_of(document.profile_id)
    return value not in PROCESSES and {"value": value}


def no_reference(document: Any, _: Any) -> bool:
    order = document.order_reference
    return document.buyer_reference is None and (order is None or order.id is None)


def tax_signs_differ(document: Any, facts: InvoiceFacts) -> bool:
    """R055: VAT in the two currencies is on the same side of zero."""
    if document.tax_currency_code is None:
        return False
    amounts = [total.tax_amount for total in document.tax_totals if total.tax_amount is not None]
    local = [found.value for found in amounts if found.currency == document.tax_currency_code.value]
    own = [found.value for found in amounts if found.currency == facts.currency]
    below = any(value <= 0 for value in local) and any(value <= 0 for value in own)
    above = any(value >= 0 for value in local) and any(value >= 0 for value in own)
    return not (below or above)


def type_not_in_process(document: Any, facts: InvoiceFacts) -> Broken:
    if process_unknown(document, facts):
        return False
    if facts.is_credit:
        return not_in(document_types("CreditNote", "peppol"), document.credit_note_type_code)
    return not_in(document_types("Invoice", "peppol"), document.invoice_type_code)


def german_type(document: Any, facts: InvoiceFacts) -> Broken:
    if facts.is_credit or document.invoice_type_code is None:
        return False
    value = document.invoice_type_code.value
    return value in ("326", "384") and not both_german(facts) and {"value": value}


def projects(document: Any, facts: InvoiceFacts) -> Broken:
    count = sum(text_of(found.document_type_code) == "50" for found in document.additional_document_references)
    return facts.is_credit and count > 1 and {"count": count}


def empty_value(document: Any, _: Any) -> bool:
    """Numbers and dates without content, which the reader could not keep."""
    return any(found.severity == "error" and found.values.get("value") == "" for found in document.problems)


IDENTITY: Final = (
    Each(
        root,
        Rule("PEPPOL-EN16931-R001", "ubl_missing", lambda d, _: d.profile_id is None, element="ProfileID"),
        Rule("PEPPOL-EN16931-R007", "ubl_code_unknown", process_unknown, list="ProfileID"),
        Rule(
            "PEPPOL-EN16931-R004", "ubl_value", specification_other, element="CustomizationID", expected=SPECIFICATION
        ),
        Rule(
            "PEPPOL-EN16931-R002",
            "ubl_repeated",
            lambda d, f: len(d.notes) > 1 and not both_german(f) and {"count": len(d.notes)},
            element="Note",
            most=1,
        ),
        Rule("PEPPOL-EN16931-R003", "ubl_one_of", no_reference, one="BuyerReference", other="OrderReference/ID"),
        Rule(
            "PEPPOL-EN16931-R005",
            "ubl_same_currency",
            lambda d, f: d.tax_currency_code is not None and d.tax_currency_code.value == f.currency,
        ),
        Rule(
            "PEPPOL-EN16931-R053",
            "ubl_exactly_one",
            lambda d, _: sum(bool(total.tax_subtotals) for total in d.tax_totals) != 1,
            element="TaxTotal with TaxSubtotal",
        ),
        Rule(
            "PEPPOL-EN16931-R054",
            "ubl_tax_total_without_subtotals",
            lambda d, _: sum(not total.tax_subtotals for total in d.tax_totals) != (d.tax_currency_code is not None),
        ),
        Rule("PEPPOL-EN16931-R055", "ubl_tax_signs_differ", tax_signs_differ),
        Rule("PEPPOL-EN16931-P0112", "ubl_code_unknown", german_type, list="UNCL 1001"),
        Rule("PEPPOL-EN16931-R080", "ubl_repeated", projects, element="AdditionalDocumentReference[50]", most=1),
        Rule(
            "PEPPOL-EN16931-P0100",
            "ubl_code_unknown",
            lambda d, f: not f.is_credit and type_not_in_process(d, f),
            list="UNCL 1001",
        ),
        Rule(
            "PEPPOL-EN16931-P0101",
            "ubl_code_unknown",
            lambda d, f: f.is_credit and type_not_in_process(d, f),
            list="UNCL 1001",
        ),
    ),
    Each(
        party_of(CUSTOMER),
        Rule("PEPPOL-EN16931-R010", "ubl_missing", lambda p, _: p.endpoint_id is None, element="EndpointID"),
    ),
    Each(
        party_of(SUPPLIER),
        Rule("PEPPOL-EN16931-R020", "ubl_missing", lambda p, _: p.endpoint_id is None, element="EndpointID"),
    ),
    Each(lambda facts: facts.empty, Rule("PEPPOL-EN16931-R008", "ubl_empty", lambda *_: True)),
    Each(root, Rule("PEPPOL-EN16931-R008", "ubl_empty", empty_value)),
    Identifiers(),
)


# References and payment


def outside_invoice_period(end: bool) -> Any:
    """R110, R111: a line's period lies within the invoice's, where both say so."""

    def broken(period: Any, facts: InvoiceFacts) -> Broken:
        whole = facts.document.invoice_periods
        if not whole:
            return False
        mine, theirs = (period.end_date, whole[0].end_date) if end else (period.start_date, whole[0].start_date)
        if mine is None or theirs is None:
            return False
        return (mine > theirs if end else mine < theirs) and {"value": mine, "expected": theirs}

    return broken


def line_periods(facts: InvoiceFacts) -> Iterable[Node]:
    return (node for node in facts.of(Period, "invoice_periods") if node[1] is not None and node[1] is not facts.root)


def no_mandate(means: Any, _: Any) -> bool:
    if text_of(means.payment_means_code) not in ("49", "59"):
        return False
    return means.payment_mandate is None or means.payment_mandate.id is None


REFERENCES: Final = (
    Each(
        line_periods,
        Rule("PEPPOL-EN16931-R110", "ubl_period_outside", outside_invoice_period(end=False)),
        Rule("PEPPOL-EN16931-R111", "ubl_period_outside", outside_invoice_period(end=True)),
    ),
    Each(
        named(PaymentMeans, "payment_means"),
        Rule("PEPPOL-EN16931-R061", "ubl_missing", no_mandate, element="PaymentMandate/ID"),
    ),
    Each(
        lines,
        Rule(
            "PEPPOL-EN16931-R100",
            "ubl_repeated",
            lambda x, _: len(x.line.document_references) > 1,
            element="DocumentReference",
            most=1,
        ),
        Rule(
            "PEPPOL-EN16931-R101",
            "ubl_value",
            lambda x, _: (
                bool(x.line.document_references)
                and not any(text_of(found.document_type_code) == "130" for found in x.line.document_references)
            ),
            element="DocumentReference/DocumentTypeCode",
            expected="130",
        ),
    ),
)


# Sums


def line_amount_wrong(line: Any, _: Any) -> Broken:
    """R120: amount = quantity × price / base quantity + charges − allowances, within 0.02.

    3 × 100.00 per 10 + 1.00 − 0.50 = 30.50: 30.48 … 30.52 pass. A quantity that is missing counts as 1.
    """
    price = line.price
    unit_price = price.price_amount.value if price is not None and price.price_amount is not None else ZERO
    quantity = line.quantity.value if line.quantity is not None else Decimal(1)
    expected = quantity * unit_price
    base = price.base_quantity if price is not None else None
    if base is not None and base.value != 0:
        expected = EXACT.divide(expected, base.value)
    charges = line.line.allowance_charges
    if charges:
        expected += cents(sum_of(charge for charge in charges if charge.charge_indicator is True))
        expected -= cents(sum_of(charge for charge in charges if charge.charge_indicator is False))
    return abs(line.amount - expected) > SLACK and {"value": line.amount, "expected": cents(expected)}


def base_quantity_not_positive(line: Any, _: Any) -> Broken:
    base = line.price.base_quantity if line.price is not None else None
    return base is not None and base.value <= 0 and {"value": base.value}


def base_unit_differs(line: Any, _: Any) -> Broken:
    base = line.price.base_quantity if line.price is not None else None
    if base is None or not base.unit or line.quantity is None or base.unit == line.quantity.unit:
        return False
    return {"value": base.unit, "expected": line.quantity.unit}


def own_charges(facts: InvoiceFacts) -> Iterable[Node]:
    """Allowances and charges of the document and its lines; those of prices have rules of their own."""
    return (
        node
        for node in facts.nodes[AllowanceCharge]
        if (parent := node[1]) is facts.root or (parent and parent[2] in ("invoice_lines", "credit_note_lines"))
    )


def price_not_gross_less_discount(node: Node, _: Any) -> Broken:
    charge, parent = node[0], node[1]
    assert parent is not None
    price = parent[0].price_amount
    if charge.base_amount is None:
        return False
    if price is None or charge.amount is None:
        return {"value": None, "expected": None}
    expected = charge.base_amount.value - charge.amount.value
    return price.value != expected and {"value": price.value, "expected": expected}


def price_charges(facts: InvoiceFacts) -> Iterable[Node]:
    return (node for node in facts.nodes[AllowanceCharge] if node[1] is not None and node[1][2] == "price")


def currency_differs(node: Node, facts: InvoiceFacts) -> Broken:
    """R051: every amount is in the invoice's currency, but for the VAT total in the accounting currency."""
    money, parent, field, _ = node
    assert parent is not None
    if field not in AMOUNTS or money.currency == facts.currency != "":
        return False
    if parent[2] == "tax_totals" and not parent[0].tax_subtotals:
        return False
    return {"value": money.currency, "expected": facts.currency}


SUMS: Final = (
    Each(
        lines,
        Rule("PEPPOL-EN16931-R120", "ubl_line_amount", line_amount_wrong),
        Rule("PEPPOL-EN16931-R121", "ubl_not_positive", base_quantity_not_positive, element="Price/BaseQuantity"),
        Rule("PEPPOL-EN16931-R130", "ubl_base_unit", base_unit_differs),
    ),
    Each(
        own_charges,
        Rule(
            "PEPPOL-EN16931-R041",
            "ubl_missing",
            lambda c, _: c.multiplier_factor_numeric is not None and c.base_amount is None,
            element="BaseAmount",
        ),
        Rule(
            "PEPPOL-EN16931-R042",
            "ubl_missing",
            lambda c, _: c.multiplier_factor_numeric is None and c.base_amount is not None,
            element="MultiplierFactorNumeric",
        ),
        Rule("PEPPOL-EN16931-R040", "ubl_sum_wrong", share_wrong, element="Amount"),
    ),
    EachNode(
        price_charges,
        Rule("PEPPOL-EN16931-R044", "ubl_price_charge", lambda n, _: n[0].charge_indicator is not False),
        Rule("PEPPOL-EN16931-R046", "ubl_sum_wrong", price_not_gross_less_discount, element="PriceAmount"),
    ),
    EachNode(lambda facts: facts.moneys, Rule("PEPPOL-EN16931-R051", "ubl_currency_differs", currency_differs)),
)


# Codes


def category_of_exemption(rule: str, reason: str, category: str) -> Rule:
    def broken(found: Any, _: Any) -> Broken:
        code = found.tax_exemption_reason_code
        if code is None or code.value.upper() != reason or text_of(found.id) == category:
            return False
        return {"value": text_of(found.id)}

    return Rule(rule, "ubl_value", broken, element="TaxCategory/ID", expected=category)


def reason_unknown(charges: bool) -> Any:
    allowed = codes("charge-reasons" if charges else "allowance-reasons", "en16931")

    def broken(charge: Any, _: Any) -> Broken:
        return charge.charge_indicator is charges and not_in(allowed, charge.allowance_charge_reason_code)

    return broken


def file_type_unknown(attachment: Any, _: Any) -> Broken:
    found = attachment.embedded_document_binary_object
    if found is None or found.mime_code is None or found.mime_code in codes("mime-types", "en16931"):
        return False
    return {"value": found.mime_code}


CODES: Final = (
    Each(
        named(Attachment, "attachment"),
        Rule("PEPPOL-EN16931-CL001", "ubl_code_unknown", file_type_unknown, list="MIME"),
    ),
    Each(
        lambda facts: facts.nodes[AllowanceCharge],
        Rule("PEPPOL-EN16931-CL002", "ubl_code_unknown", reason_unknown(charges=False), list="UNCL 5189"),
        Rule("PEPPOL-EN16931-CL003", "ubl_code_unknown", reason_unknown(charges=True), list="UNCL 7161"),
    ),
    Each(
        named(Period, "invoice_periods"),
        Rule(
            "PEPPOL-EN16931-CL006",
            "ubl_code_unknown",
            lambda p, _: any(not_in(codes("vat-dates", "en16931"), code) for code in p.description_codes),
            list="UNCL 2005",
        ),
    ),
    EachNode(
        lambda facts: facts.moneys,
        Rule(
            "PEPPOL-EN16931-CL007",
            "ubl_code_unknown",
            lambda n, _: n[2] in AMOUNTS and n[0].currency not in CURRENCIES and {"value": n[0].currency},
            list="ISO 4217",
        ),
    ),
    EachNode(
        lambda facts: facts.nodes[Party],
        Rule(
            "PEPPOL-EN16931-CL008",
            "ubl_scheme_unknown",
            lambda n, _: (
                n[0].endpoint_id is not None
                and n[0].endpoint_id.scheme_id is not None
                and n[0].endpoint_id.scheme_id not in ENDPOINTS
                and {"value": n[0].endpoint_id.scheme_id}
            ),
            list="EAS",
        ),
    ),
    Each(
        named(TaxCategory, "tax_category", "tax_categories"),
        category_of_exemption("PEPPOL-EN16931-P0104", "VATEX-EU-G", "G"),
        category_of_exemption("PEPPOL-EN16931-P0105", "VATEX-EU-O", "O"),
        category_of_exemption("PEPPOL-EN16931-P0106", "VATEX-EU-IC", "K"),
        category_of_exemption("PEPPOL-EN16931-P0107", "VATEX-EU-AE", "AE"),
        category_of_exemption("PEPPOL-EN16931-P0108", "VATEX-EU-D", "E"),
        category_of_exemption("PEPPOL-EN16931-P0109", "VATEX-EU-F", "E"),
        category_of_exemption("PEPPOL-EN16931-P0110", "VATEX-EU-I", "E"),
        category_of_exemption("PEPPOL-EN16931-P0111", "VATEX-EU-J", "E"),
    ),
)
