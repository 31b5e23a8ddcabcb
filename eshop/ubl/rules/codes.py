"""EN 16931: codes stand in their lists (BR-CL-*) and things that occur once do so (UBL-SR-*, BR-65, UBL-DT-06/07).

Source: the EN 16931 rules for UBL, release 1.3.16; the lists are `eshop.ubl.codelists`.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from eshop.ubl.codelists import codes, document_types
from eshop.ubl.items import CommodityClassification, ItemIdentification
from eshop.ubl.parties import (
    Address,
    Attachment,
    Country,
    DocumentReference,
    Location,
    Party,
    PartyIdentification,
    PartyLegalEntity,
    PartyTaxScheme,
    Period,
)
from eshop.ubl.payments import AllowanceCharge, PaymentMeans, TaxCategory, TaxSubtotal
from eshop.ubl.rules.en16931 import SUPPLIER, lines, named, party_of, root
from eshop.ubl.rules.facts import InvoiceFacts, Node, is_vat
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, text_of

CURRENCIES: Final = codes("currencies", "en16931")
COUNTRIES: Final = codes("countries", "en16931")
SCHEMES: Final = codes("party-schemes", "en16931") - {"SEPA"}
ENDPOINTS: Final = codes("endpoint-schemes", "en16931")
UNITS: Final = codes("units", "en16931")
CATEGORIES: Final = codes("tax-categories", "en16931")


def not_in(allowed: Collection[str], value: Any) -> Broken:
    """Whether a code that is given is none of `allowed`."""
    return value is not None and value.value not in allowed and {"value": value.value}


def scheme_not_in(allowed: Collection[str], identifier: Any) -> Broken:
    """Whether an identifier names a scheme that is none of `allowed`; no scheme at all is another rule's business."""
    if identifier is None or identifier.scheme_id is None or identifier.scheme_id.strip() in allowed:
        return False
    return {"value": identifier.scheme_id}


def unit_not_in(allowed: Collection[str], measure: Any) -> Broken:
    """Whether a quantity names a unit that is none of `allowed`."""
    return (
        measure is not None and bool(measure.unit) and measure.unit.strip() not in allowed and {"value": measure.unit}
    )


def type_unknown(document: Any, facts: InvoiceFacts) -> Broken:
    if facts.is_credit:
        return not_in(document_types("CreditNote", "en16931"), document.credit_note_type_code)
    return not_in(document_types("Invoice", "en16931"), document.invoice_type_code)


def currency_unknown(node: Node, _: Any) -> Broken:
    money, _, field, _ = node
    return field in AMOUNTS and money.currency not in CURRENCIES and {"value": money.currency}


AMOUNTS: Final = frozenset(
    f"{name}_amount"
    for name in (
        "base price tax taxable line_extension tax_exclusive tax_inclusive allowance_total charge_total prepaid"
        " payable_rounding payable"
    ).split()
) | {"amount"}
"""The amounts whose currency is looked at (BR-CL-03, PEPPOL-EN16931-CL007 and R051)."""


def party_scheme_unknown(node: Node, _: Any) -> Broken:
    """BR-CL-10: a scheme of ISO 6523; SEPA marks the creditor identifier of seller and payee."""
    found = scheme_not_in(SCHEMES, node[0].id)
    if found and node[0].id.scheme_id == "SEPA":
        holder = node[1]
        while holder is not None:
            if holder[2] in (SUPPLIER, "payee_party"):
                return False
            holder = holder[1]
    return found


def note_subject_unknown(document: Any, _: Any) -> Broken:
    """BR-CL-08: '#AAI#text' starts with a subject code of three characters."""
    for note in document.notes:
        _before, mark, rest = note.value.partition("#")
        subject, end, _rest = rest.partition("#")
        if mark and end and len(subject) == 3 and subject not in codes("note-subjects", "en16931"):
            return {"value": subject}
    return False


def exemption_unknown(category: Any, _: Any) -> Broken:
    code = category.tax_exemption_reason_code
    if code is None or code.value.upper() in codes("vat-exemptions", "en16931"):
        return False
    return {"value": code.value}


def reason_unknown(charge: Any, _: Any, charges: bool) -> Broken:
    if charge.charge_indicator is not charges:
        return False
    return not_in(
        codes("charge-reasons" if charges else "allowance-reasons", "en16931"), charge.allowance_charge_reason_code
    )


def object_scheme_unknown(reference: Any, _: Any) -> Broken:
    if text_of(reference.document_type_code) != "130":
        return False
    return scheme_not_in(codes("reference-schemes", "en16931"), reference.id)


def class_list_unknown(classification: Any, _: Any) -> Broken:
    code = classification.item_classification_code
    if code is None or code.list_id is None or code.list_id in codes("item-classes", "en16931"):
        return False
    return {"value": code.list_id}


def file_type_unknown(attachment: Any, _: Any) -> Broken:
    found = attachment.embedded_document_binary_object
    if found is None or found.mime_code is None or found.mime_code in codes("mime-types", "en16931"):
        return False
    return {"value": found.mime_code}


CODES: Final = (
    Each(
        root,
        Rule("BR-CL-01", "ubl_code_unknown", type_unknown, list="UNCL 1001"),
        Rule(
            "BR-CL-04", "ubl_code_unknown", lambda d, _: not_in(CURRENCIES, d.document_currency_code), list="ISO 4217"
        ),
        Rule("BR-CL-05", "ubl_code_unknown", lambda d, _: not_in(CURRENCIES, d.tax_currency_code), list="ISO 4217"),
        Rule("BR-CL-08", "ubl_code_unknown", note_subject_unknown, list="UNCL 4451"),
    ),
    EachNode(lambda facts: facts.moneys, Rule("BR-CL-03", "ubl_code_unknown", currency_unknown, list="ISO 4217")),
    Each(
        named(Period, "invoice_periods"),
        Rule(
            "BR-CL-06",
            "ubl_code_unknown",
            lambda p, _: any(not_in(codes("vat-dates", "en16931"), code) for code in p.description_codes),
            list="UNCL 2005",
        ),
    ),
    Each(
        named(DocumentReference, "additional_document_references", "document_references"),
        Rule("BR-CL-07", "ubl_code_unknown", object_scheme_unknown, list="UNCL 1153"),
    ),
    EachNode(
        named(PartyIdentification, "party_identifications"),
        Rule("BR-CL-10", "ubl_scheme_unknown", party_scheme_unknown, list="ISO/IEC 6523"),
    ),
    Each(
        named(PartyLegalEntity, "party_legal_entities"),
        Rule("BR-CL-11", "ubl_scheme_unknown", lambda e, _: scheme_not_in(SCHEMES, e.company_id), list="ISO/IEC 6523"),
    ),
    Each(
        named(CommodityClassification, "commodity_classifications"),
        Rule("BR-CL-13", "ubl_scheme_unknown", class_list_unknown, list="UNCL 7143"),
        Rule(
            "BR-65",
            "ubl_scheme_missing",
            lambda c, _: c.item_classification_code is not None and c.item_classification_code.list_id is None,
            element="ItemClassificationCode",
        ),
    ),
    Each(
        named(Country, "country"),
        Rule("BR-CL-14", "ubl_code_unknown", lambda c, _: not_in(COUNTRIES, c.identification_code), list="ISO 3166-1"),
    ),
    Each(
        named(Country, "origin_country"),
        Rule("BR-CL-15", "ubl_code_unknown", lambda c, _: not_in(COUNTRIES, c.identification_code), list="ISO 3166-1"),
    ),
    Each(
        named(PaymentMeans, "payment_means"),
        Rule(
            "BR-CL-16",
            "ubl_code_unknown",
            lambda m, _: not_in(codes("payment-means", "en16931"), m.payment_means_code),
            list="UNCL 4461",
        ),
    ),
    Each(
        named(TaxCategory, "tax_category", "tax_categories"),
        Rule("BR-CL-17", "ubl_code_unknown", lambda c, _: not_in(CATEGORIES, c.id), list="UNCL 5305"),
        Rule("BR-CL-22", "ubl_code_unknown", exemption_unknown, list="VATEX"),
    ),
    Each(
        named(TaxCategory, "classified_tax_categories"),
        Rule("BR-CL-18", "ubl_code_unknown", lambda c, _: not_in(CATEGORIES, c.id), list="UNCL 5305"),
        Rule("BR-CL-22", "ubl_code_unknown", exemption_unknown, list="VATEX"),
    ),
    Each(
        named(AllowanceCharge, "allowance_charges"),
        Rule("BR-CL-19", "ubl_code_unknown", lambda c, f: reason_unknown(c, f, charges=False), list="UNCL 5189"),
        Rule("BR-CL-20", "ubl_code_unknown", lambda c, f: reason_unknown(c, f, charges=True), list="UNCL 7161"),
    ),
    Each(
        named(ItemIdentification, "standard_item_identification"),
        Rule("BR-CL-21", "ubl_scheme_unknown", lambda i, _: scheme_not_in(SCHEMES, i.id), list="ISO/IEC 6523"),
    ),
    Each(
        lines,
        Rule("BR-CL-23", "ubl_unit_unknown", lambda x, _: unit_not_in(UNITS, x.quantity)),
        Rule(
            "BR-CL-23",
            "ubl_unit_unknown",
            lambda x, _: x.price is not None and unit_not_in(UNITS, x.price.base_quantity),
        ),
    ),
    Each(
        named(Attachment, "attachment"),
        Rule("BR-CL-24", "ubl_code_unknown", file_type_unknown, list="MIME"),
        Rule(
            "UBL-DT-06",
            "ubl_missing",
            lambda a, _: (
                a.embedded_document_binary_object is not None and not a.embedded_document_binary_object.mime_code
            ),
            element="mimeCode",
        ),
        Rule(
            "UBL-DT-07",
            "ubl_missing",
            lambda a, _: (
                a.embedded_document_binary_object is not None and a.embedded_document_binary_object.filename is None
            ),
            element="filename",
        ),
    ),
    EachNode(
        lambda facts: facts.nodes[Party],
        Rule("BR-CL-25", "ubl_scheme_unknown", lambda n, _: scheme_not_in(ENDPOINTS, n[0].endpoint_id), list="EAS"),
    ),
    Each(
        named(Location, "delivery_location"),
        Rule("BR-CL-26", "ubl_scheme_unknown", lambda x, _: scheme_not_in(SCHEMES, x.id), list="ISO/IEC 6523"),
    ),
)


# What may stand once only


def more_than_once(
    *path: str, condition: Callable[[Any], bool] = lambda _: True, most: int = 1
) -> Callable[..., Broken]:
    """Whether more than `most` values stand at the end of a path of fields: more_than_once('party_names', 'name')."""

    def broken(thing: Any, _: Any) -> Broken:
        # Hot: thirty of these an invoice, nearly all of which meet nothing or one thing on their way.
        found: Collection[Any] = (thing,)
        for field in path:
            inner: list[Any] = []
            for one in found:
                value = getattr(one, field)
                if value.__class__ is tuple:
                    inner.extend(value)
                elif value is not None:
                    inner.append(value)
            if not inner:
                return False
            found = inner
        if len(found) <= most:
            return False
        count = sum(1 for one in found if condition(one))
        return count > most and {"count": count}

    return broken


def once(rule: str, element: str, *path: str, condition: Callable[[Any], bool] = lambda _: True, most: int = 1) -> Rule:
    return Rule(rule, "ubl_repeated", more_than_once(*path, condition=condition, most=most), element=element, most=most)


def tax_number(vat: bool) -> Callable[[Any], bool]:
    """Registrations with a number, for VAT or for another tax."""

    def condition(scheme: Any) -> bool:
        if scheme.company_id is None or scheme.tax_scheme is None:
            return False
        return is_vat(scheme.tax_scheme) is vat

    return condition


def is_sepa(identification: Any) -> bool:
    return identification.id is not None and (identification.id.scheme_id or "").upper() == "SEPA"


def different_values(values: Collection[str]) -> Broken:
    return len(set(values)) > 1 and {"count": len(set(values))}


def payment_ids(document: Any, _: Any) -> Broken:
    return different_values([one.value for means in document.payment_means for one in means.payment_ids])


def payment_codes(document: Any, _: Any) -> Broken:
    return different_values(
        [means.payment_means_code.value for means in document.payment_means if means.payment_means_code is not None]
    )


def projects(document: Any, _: Any) -> Broken:
    count = sum(1 for found in getattr(document, "project_references", ()) if found.id is not None)
    return count > 1 and {"count": count}


def sepa_twice(_: Any, facts: InvoiceFacts) -> Broken:
    count = sum(1 for node in facts.nodes[PartyIdentification] if is_sepa(node[0]))
    return count > 1 and {"count": count}


def reference_not_allowed(reference: Any, facts: InvoiceFacts) -> bool:
    """UBL-SR-43: a document type (130 invoiced object; 50 project, credit notes) goes with a scheme, and only then."""
    code = text_of(reference.document_type_code)
    if code == "130" or (facts.is_credit and code == "50"):
        return False
    return reference.document_type_code is not None or (reference.id is not None and reference.id.scheme_id is not None)


def payee_is_seller(payee: Any, facts: InvoiceFacts) -> bool:
    """Common to UBL-SR-19 … 21: the payee's name is another than the seller's registered name."""
    names = {name.name for name in payee.party_names if name.name is not None}
    registered = {
        entity.registration_name for entity in facts.supplier.party_legal_entities if entity.registration_name
    }
    return not any(name != other for name in names for other in registered)


def reasons_of(charge: bool) -> Callable[..., Broken]:
    count = more_than_once("allowance_charge_reasons")
    return lambda found, facts: found.charge_indicator is charge and count(found, facts)


def payee_rule(rule: str, element: str, count: Callable[[Any], int]) -> Rule:
    return Rule(rule, "ubl_repeated", lambda p, f: count(p) > 1 or payee_is_seller(p, f), element=element, most=1)


ONCE: Final = (
    Each(
        root,
        once("UBL-SR-01", "ContractDocumentReference/ID", "contract_document_references", "id"),
        once("UBL-SR-02", "ReceiptDocumentReference/ID", "receipt_document_references", "id"),
        once("UBL-SR-03", "DespatchDocumentReference/ID", "despatch_document_references", "id"),
        once(
            "UBL-SR-04",
            "AdditionalDocumentReference[130]/ID",
            "additional_document_references",
            condition=lambda r: text_of(r.document_type_code) == "130" and r.id is not None,
        ),
        once("UBL-SR-05", "PaymentTerms/Note", "payment_terms", "notes"),
        once("UBL-SR-08", "InvoicePeriod", "invoice_periods"),
        once("UBL-SR-24", "Delivery", "deliveries"),
        once("UBL-SR-25", "DeliveryParty/PartyName", "deliveries", "delivery_party", "party_names", "name"),
        Rule("UBL-SR-39", "ubl_repeated", projects, element="ProjectReference/ID", most=1),
        Rule("UBL-SR-29", "ubl_repeated", sepa_twice, element="PartyIdentification[SEPA]", most=1),
        Rule("UBL-SR-44", "ubl_values_differ", payment_ids, element="PaymentID"),
        once("UBL-SR-45", "PaymentDueDate", "payment_means", "payment_due_date"),
        once("UBL-SR-46", "PaymentMeansCode/@name", "payment_means", "payment_means_code", "name"),
        Rule("UBL-SR-47", "ubl_values_differ", payment_codes, element="PaymentMeansCode"),
        once("UBL-SR-49", "InvoicePeriod/DescriptionCode", "invoice_periods", "description_codes"),
        once("UBL-SR-54", "CardAccount", "payment_means", "card_account"),
        once("UBL-SR-55", "PaymentMandate", "payment_means", "payment_mandate"),
        once("UBL-SR-56", "OriginatorDocumentReference/ID", "originator_document_references", "id"),
    ),
    Each(
        party_of(SUPPLIER),
        once("UBL-SR-09", "RegistrationName", "party_legal_entities", "registration_name"),
        once("UBL-SR-10", "PartyName", "party_names", "name"),
        once("UBL-SR-11", "PartyLegalEntity/CompanyID", "party_legal_entities", "company_id"),
        once("UBL-SR-12", "PartyTaxScheme[VAT]", "party_tax_schemes", condition=tax_number(vat=True)),
        once("UBL-SR-13", "PartyTaxScheme", "party_tax_schemes", condition=tax_number(vat=False)),
        once("UBL-SR-14", "CompanyLegalForm", "party_legal_entities", "company_legal_form"),
        once("UBL-SR-42", "PartyTaxScheme", "party_tax_schemes", most=2),
    ),
    Each(
        party_of("accounting_customer_party"),
        once("UBL-SR-15", "RegistrationName", "party_legal_entities", "registration_name"),
        once("UBL-SR-16", "PartyIdentification", "party_identifications", "id"),
        once("UBL-SR-17", "PartyLegalEntity/CompanyID", "party_legal_entities", "company_id"),
        once("UBL-SR-18", "PartyTaxScheme[VAT]", "party_tax_schemes", condition=tax_number(vat=True)),
        once("UBL-SR-40", "PartyName", "party_names", "name"),
    ),
    Each(
        named(DocumentReference, "additional_document_references"),
        once("UBL-SR-33", "DocumentDescription", "document_descriptions"),
        Rule("UBL-SR-43", "ubl_scheme_not_allowed", reference_not_allowed, element="DocumentTypeCode"),
        Rule(
            "UBL-CR-666",
            "ubl_not_allowed",
            lambda r, _: text_of(r.document_type_code) == "130" and r.attachment is not None,
            element="Attachment",
        ),
        Rule(
            "UBL-CR-673",
            "ubl_not_allowed",
            lambda r, _: text_of(r.document_type_code) == "130" and bool(r.document_descriptions),
            element="DocumentDescription",
        ),
    ),
    Each(
        lambda facts: facts.nodes[AllowanceCharge],
        Rule("UBL-SR-30", "ubl_repeated", reasons_of(charge=False), element="AllowanceChargeReason", most=1),
        Rule("UBL-SR-31", "ubl_repeated", reasons_of(charge=True), element="AllowanceChargeReason", most=1),
    ),
    Each(
        named(TaxSubtotal, "tax_subtotals"),
        once("UBL-SR-32", "TaxExemptionReason", "tax_category", "tax_exemption_reasons"),
    ),
    Each(
        named(PartyTaxScheme, "party_tax_schemes"),
        Rule(
            "UBL-SR-53",
            "ubl_missing",
            lambda s, _: s.company_id is None or s.tax_scheme is None or s.tax_scheme.id is None,
            element="CompanyID, TaxScheme/ID",
        ),
    ),
    Each(
        lambda facts: facts.of(Address, "postal_address", "address"),
        once("UBL-SR-51", "AddressLine", "address_lines"),
    ),
    Each(
        lines,
        once("UBL-SR-34", "Note", "line", "notes"),
        once("UBL-SR-35", "OrderLineReference/LineID", "line", "order_line_references", "line_id"),
        once("UBL-SR-36", "InvoicePeriod", "line", "invoice_periods"),
        once("UBL-SR-37", "Price/AllowanceCharge/Amount", "line", "price", "allowance_charges", "amount"),
        once("UBL-SR-50", "Item/Description", "line", "item", "descriptions"),
        once("UBL-SR-52", "DocumentReference", "line", "document_references"),
        Rule(
            "UBL-SR-48",
            "ubl_exactly_one",
            lambda x, _: x.line.item is None or len(x.line.item.classified_tax_categories) != 1,
            element="ClassifiedTaxCategory",
        ),
    ),
    Each(
        named(Party, "payee_party"),
        payee_rule("UBL-SR-19", "PartyName", lambda p: len([n for n in p.party_names if n.name is not None])),
        payee_rule(
            "UBL-SR-20",
            "PartyIdentification",
            lambda p: len([i for i in p.party_identifications if i.id is not None and not is_sepa(i)]),
        ),
        payee_rule(
            "UBL-SR-21",
            "PartyLegalEntity",
            lambda p: len([e for e in p.party_legal_entities if e.company_id is not None]),
        ),
    ),
    Each(
        named(Party, "tax_representative_party"),
        once("UBL-SR-22", "PartyName", "party_names", "name"),
        once("UBL-SR-23", "PartyTaxScheme/CompanyID", "party_tax_schemes", "company_id"),
    ),
    Each(
        named(PaymentMeans, "payment_means"),
        once("UBL-SR-26", "PaymentID", "payment_ids"),
        once("UBL-SR-28", "PaymentMandate/ID", "payment_mandate", "id"),
    ),
)
