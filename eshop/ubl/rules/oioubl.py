"""OIOUBL 2.1 invoices and credit notes (F-INV*, F-CRN*, and the F-LIB* of their head, sums, tax totals and lines).

Written with the numbers of the invoice; a credit note has most of the same rules under numbers of its own (`IN_CREDIT_NOTES`).
OIOUBL allows a calculated line to be off by 1.00, a sum by rounding only, and its TaxExclusiveAmount is the tax itself.
Source: OIOUBL 2.1, rules 1.17.2 (1 May 2026).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from eshop.ubl.codelists import codes, oioubl_list
from eshop.ubl.deliveries import Delivery
from eshop.ubl.parties import Contact, Location, Party
from eshop.ubl.payments import TaxSubtotal
from eshop.ubl.references import OrderReference, Response, Signature
from eshop.ubl.rules.en16931 import CUSTOMER, SUPPLIER, named, party_of, root
from eshop.ubl.rules.facts import InvoiceFacts, Node
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, blank, text_of
from eshop.ubl.rules.oioubl_parts import languages_missing
from eshop.ubl.rules.oioubl_tax import categories_of

PROFILE_LISTS: Final = tuple(f"urn:oioubl:id:profileid-1.{version}" for version in range(1, 7))
CURRENCIES: Final = codes("currencies", "oioubl")
UNITS: Final = codes("units", "oioubl")
WITH_ORDER: Final = frozenset(
    {
        "Procurement-OrdSimR-BilSim-1.0",
        "Procurement-OrdAdv-BilSim-1.0",
        "urn:www.nesubl.eu:profiles:profile7:ver1.0",
        "urn:www.nesubl.eu:profiles:profile7:ver2.0",
    }
)
"""Profiles in which an invoice follows an order."""

TAX_WORDS: Final = frozenset({"B", "M", "L", "K", "O", "G", "ZeroRated", "StandardRated", "ReverseCharge"})


# The head


def profile_scheme(document: Any) -> str | None:
    return document.profile_id.scheme_id if document.profile_id is not None else None


def profile_unknown(scheme: str) -> Callable[[Any, Any], Broken]:
    allowed = oioubl_list(scheme)

    def broken(document: Any, _: Any) -> Broken:
        if profile_scheme(document) != scheme or document.profile_id.value in allowed:
            return False
        return {"value": document.profile_id.value}

    return broken


def without_order(document: Any, _: Any) -> bool:
    return text_of(document.profile_id) in WITH_ORDER and document.order_reference is None


def type_not_in(version: str) -> Callable[[Any, Any], Broken]:
    list_id = f"urn:oioubl:codelist:invoicetypecode-{version}"
    allowed = {"1.1": {"325", "380", "393"}, "1.2": {"325", "380", "390", "393"}}[version]

    def broken(document: Any, facts: InvoiceFacts) -> Broken:
        code = None if facts.is_credit else document.invoice_type_code
        return code is not None and code.list_id == list_id and code.value not in allowed and {"value": code.value}

    return broken


TYPE_LISTS: Final = ("urn:oioubl:codelist:invoicetypecode-1.1", "urn:oioubl:codelist:invoicetypecode-1.2")


def type_list_other(document: Any, facts: InvoiceFacts) -> bool:
    code = None if facts.is_credit else document.invoice_type_code
    return code is not None and code.list_id not in TYPE_LISTS


def type_agency_other(document: Any, facts: InvoiceFacts) -> bool:
    code = None if facts.is_credit else document.invoice_type_code
    return code is not None and code.list_agency_id != "320"


def tax_words_differ(document: Any, facts: InvoiceFacts) -> Broken:
    """F-LIB404: the VAT categories of lines and charges are those of the document's tax totals, and the other way round."""
    listed = _words(category for total in document.tax_totals for category in categories_of(total))
    used = _words(
        category for line in facts.lines for total in line.line.tax_totals for category in categories_of(total)
    ) | _words(category for charge in document.allowance_charges for category in charge.tax_categories)
    return used != listed and {"category": ", ".join(sorted(used ^ listed))}


def _words(categories: Iterable[Any]) -> set[str]:
    return {text_of(category.id) for category in categories} & TAX_WORDS


def costed_twice(document: Any, facts: InvoiceFacts) -> bool:
    return document.accounting_cost is not None and any(found.where == "AccountingCostCode" for found in facts.unknown)


def note_languages(document: Any, _: Any) -> bool:
    return languages_missing(document.notes)


def note_language_twice(document: Any, _: Any) -> bool:
    said = [note.language_id for note in document.notes if note.language_id is not None]
    return len(said) != len(set(said))


def uuid_malformed(thing: Any, _: Any) -> Broken:
    return thing.uuid is not None and len(thing.uuid.value) != 36 and {"value": thing.uuid.value}


# Currencies


def currency_codes(facts: InvoiceFacts) -> Iterable[Node]:
    for field in (
        "document_currency_code",
        "tax_currency_code",
        "pricing_currency_code",
        "payment_currency_code",
        "payment_alternative_currency_code",
    ):
        code = getattr(facts.document, field, None)
        if code is not None:
            yield (code, facts.root, field, 0)


def other_currency(amounts: Callable[[Any, InvoiceFacts], Iterable[Any]], field: str = "document_currency_code") -> Any:
    """Whether one of the amounts is in another currency than the code in `field` says."""

    def broken(document: Any, facts: InvoiceFacts) -> Broken:
        code = getattr(document, field, None)
        if code is None:
            return False
        for money in amounts(document, facts):
            if money is not None and money.currency and money.currency != code.value:
                return {"value": money.currency, "expected": code.value}
        return False

    return broken


def line_amounts(_: Any, facts: InvoiceFacts) -> Iterable[Any]:
    return (line.line.line_extension_amount for line in facts.lines)


def line_prices(_: Any, facts: InvoiceFacts) -> Iterable[Any]:
    return (line.price.price_amount for line in facts.lines if line.price is not None)


def transaction_taxes(_: Any, facts: InvoiceFacts) -> Iterable[Any]:
    return (node[0].transaction_currency_tax_amount for node in facts.nodes[TaxSubtotal])


def total_of(field: str) -> Callable[[Any, InvoiceFacts], Iterable[Any]]:
    return lambda _, facts: (getattr(facts.totals, field),) if facts.totals is not None else ()


def tax_currency_unused(document: Any, _: Any) -> bool:
    if document.tax_currency_code is None:
        return False
    return not any(
        part.transaction_currency_tax_amount is not None
        for total in document.tax_totals
        for part in total.tax_subtotals
    )


def rate_missing(currency: str, rate: str) -> Callable[[Any, Any], bool]:
    def broken(document: Any, _: Any) -> bool:
        return getattr(document, currency, None) is not None and getattr(document, rate, None) is None

    return broken


HEAD: Final = (
    Each(
        root,
        Rule(
            "F-LIB001",
            "ubl_value",
            lambda d, _: text_of(d.ubl_version_id) not in ("2.0", "2.1"),
            element="UBLVersionID",
            expected="2.0, 2.1",
        ),
        Rule(
            "F-LIB002",
            "ubl_value",
            lambda d, _: text_of(d.customization_id) not in ("OIOUBL-2.01", "OIOUBL-2.02", "OIOUBL-2.1"),
            element="CustomizationID",
            expected="OIOUBL-2.1",
        ),
        Rule(
            "W-LIB003",
            "ubl_list_unknown",
            lambda d, _: profile_scheme(d) not in PROFILE_LISTS,
            severity="warning",
            element="ProfileID",
            expected=PROFILE_LISTS[-1],
        ),
        Rule(
            "W-LIB203",
            "ubl_value",
            lambda d, _: d.profile_id is None or d.profile_id.scheme_agency_id != "320",
            severity="warning",
            element="ProfileID/@schemeAgencyID",
            expected="320",
        ),
        *(
            Rule(rule, "ubl_code_unknown", profile_unknown(scheme), list="ProfileID")
            for rule, scheme in zip(
                ("F-LIB004", "F-LIB302", "F-LIB308", "F-LIB325", "F-LIB327", "F-LIB351"), PROFILE_LISTS, strict=True
            )
        ),
        *(
            Rule(
                rule,
                "ubl_value",
                lambda d, _, profile=profile: text_of(d.profile_id) == profile,
                element="ProfileID",
                expected="Procurement-BilSim-1.0",
            )
            for rule, profile in (
                ("F-LIB328", "Procurement-OrdRes-1.0"),
                ("F-LIB352", "Procurement-BilSimReminderOnly-1.0"),
            )
        ),
        Rule("F-INV002", "ubl_missing", without_order, element="OrderReference"),
        Rule(
            "F-INV007",
            "ubl_missing",
            lambda d, _: not text_of(d.document_currency_code),
            element="DocumentCurrencyCode",
        ),
        Rule("F-INV008", "ubl_missing", lambda d, _: not d.tax_totals, element="TaxTotal"),
        Rule("F-INV009", "ubl_missing", lambda d, _: blank(d.id), element="ID"),
        Rule("F-INV004", "ubl_repeated", lambda d, _: len(d.invoice_periods) > 1, element="InvoicePeriod", most=1),
        Rule("F-LIB006", "ubl_identifier_malformed", uuid_malformed, kind="UUID"),
        Rule("F-LIB021", "ubl_choice", costed_twice, one="AccountingCost", other="AccountingCostCode"),
        Rule("F-LIB404", "ubl_vat_breakdown", tax_words_differ),
        Rule(
            "W-INV010",
            "ubl_list_unknown",
            type_list_other,
            severity="warning",
            element="InvoiceTypeCode",
            expected=TYPE_LISTS[0],
        ),
        Rule(
            "W-INV005",
            "ubl_value",
            type_agency_other,
            severity="warning",
            element="InvoiceTypeCode/@listAgencyID",
            expected="320",
        ),
        Rule("F-INV011", "ubl_code_unknown", type_not_in("1.1"), list="InvoiceTypeCode"),
        Rule("F-INV337", "ubl_code_unknown", type_not_in("1.2"), list="InvoiceTypeCode"),
        Rule("W-LIB011", "ubl_language_missing", note_languages, severity="warning"),
        Rule("W-LIB012", "ubl_language_twice", note_language_twice, severity="warning"),
        Rule("F-INV012", "ubl_currency_differs", other_currency(line_amounts)),
        Rule("F-INV013", "ubl_currency_differs", other_currency(total_of("line_extension_amount"))),
        Rule("F-INV014", "ubl_currency_differs", other_currency(total_of("payable_amount"))),
        Rule(
            "F-INV016",
            "ubl_value",
            lambda d, _: d.tax_currency_code is not None and d.tax_currency_code.value not in ("DKK", "EUR"),
            element="TaxCurrencyCode",
            expected="DKK, EUR",
        ),
        Rule("F-INV018", "ubl_missing", tax_currency_unused, element="TransactionCurrencyTaxAmount"),
        Rule("F-INV339", "ubl_currency_differs", other_currency(transaction_taxes, "tax_currency_code")),
        Rule("F-INV019", "ubl_currency_differs", other_currency(line_prices, "pricing_currency_code")),
        Rule(
            "F-INV020",
            "ubl_missing",
            rate_missing("pricing_currency_code", "pricing_exchange_rate"),
            element="PricingExchangeRate",
        ),
        Rule(
            "F-INV021",
            "ubl_missing",
            rate_missing("payment_currency_code", "payment_exchange_rate"),
            element="PaymentExchangeRate",
        ),
        Rule(
            "F-INV022",
            "ubl_missing",
            rate_missing("payment_alternative_currency_code", "payment_alternative_exchange_rate"),
            element="PaymentAlternativeExchangeRate",
        ),
    ),
    Each(
        currency_codes,
        Rule(
            "F-LIB296",
            "ubl_list_unknown",
            lambda c, _: c.list_id is not None and c.list_id != "ISO 4217 Alpha",
            element="CurrencyCode",
            expected="ISO 4217 Alpha",
        ),
        Rule(
            "F-LIB297",
            "ubl_value",
            lambda c, _: c.list_agency_id is not None and c.list_agency_id != "6",
            element="CurrencyCode/@listAgencyID",
            expected="6",
        ),
        Rule(
            "F-LIB298",
            "ubl_code_unknown",
            lambda c, _: c.value not in CURRENCIES and {"value": c.value},
            list="ISO 4217",
        ),
    ),
    EachNode(
        lambda facts: facts.moneys,
        Rule(
            "F-LIB403",
            "ubl_code_unknown",
            lambda n, _: n[0].currency not in CURRENCIES and n[0].currency != "" and {"value": n[0].currency},
            list="ISO 4217",
        ),
    ),
    Each(
        party_of(SUPPLIER),
        Rule("F-INV031", "ubl_missing", lambda p, _: blank(p.endpoint_id), element="EndpointID"),
        Rule("F-INV034", "ubl_exactly_one", lambda p, _: len(p.party_legal_entities) != 1, element="PartyLegalEntity"),
    ),
    Each(
        party_of(CUSTOMER),
        Rule("F-INV044", "ubl_missing", lambda p, _: blank(p.endpoint_id), element="EndpointID"),
        Rule("F-INV046", "ubl_missing", lambda p, _: p.contact is None, element="Contact"),
        Rule(
            "F-INV045", "ubl_repeated", lambda p, _: len(p.party_legal_entities) > 1, element="PartyLegalEntity", most=1
        ),
    ),
    Each(
        lambda facts: (
            node for node in facts.of(Contact, "contact") if node[1] is not None and node[1][1][2] == CUSTOMER
        ),
        Rule("F-INV051", "ubl_missing", lambda c, _: blank(c.id), element="Contact/ID"),
    ),
    Each(
        lambda facts: role(facts, SUPPLIER),
        Rule("F-INV030", "ubl_missing", lambda r, _: r.party is None, element="Party"),
    ),
    Each(
        lambda facts: role(facts, CUSTOMER),
        Rule("F-INV043", "ubl_missing", lambda r, _: r.party is None, element="Party"),
    ),
    Each(
        lambda facts: role(facts, "buyer_customer_party"),
        Rule("F-INV061", "ubl_missing", lambda r, _: r.party is None, element="Party"),
    ),
    Each(
        lambda facts: role(facts, "seller_supplier_party"),
        Rule("F-INV071", "ubl_missing", lambda r, _: r.party is None, element="Party"),
        Rule(
            "F-INV075",
            "ubl_exactly_one",
            lambda r, _: r.party is not None and len(r.party.party_legal_entities) != 1,
            element="PartyLegalEntity",
        ),
    ),
    *(
        Each(
            nodes,
            Rule(
                rule, "ubl_repeated", lambda p, _: len(p.party_legal_entities) > 1, element="PartyLegalEntity", most=1
            ),
        )
        for rule, nodes in (
            ("F-INV320", party_of("buyer_customer_party")),
            ("F-INV319", named(Party, "payee_party")),
            ("F-INV299", named(Party, "delivery_party")),
            ("F-INV297", named(Party, "signatory_party")),
        )
    ),
    Each(
        named(OrderReference, "order_reference"),
        Rule("F-LIB006", "ubl_identifier_malformed", uuid_malformed, kind="UUID"),
    ),
    Each(
        lambda facts: (
            ((facts.document.order_reference, facts.root, "order_reference", 0),)
            if facts.document.order_reference is not None
            else ()
        ),
        Rule("F-INV024", "ubl_missing", lambda o, _: blank(o.id), element="OrderReference/ID"),
    ),
    Each(
        named(Signature, "signatures"),
        Rule("F-INV027", "ubl_missing", lambda s, _: blank(s.id), element="Signature/ID"),
    ),
)


def role(facts: InvoiceFacts, field: str) -> Iterable[Node]:
    found = getattr(facts.document, field, None)
    return ((found, facts.root, field, 0),) if found is not None else ()


# Delivery (invoices only: a credit note's delivery is not looked at)


def deliveries(facts: InvoiceFacts) -> Iterable[Node]:
    return () if facts.is_credit else facts.of(Delivery, "deliveries")


def delivery_places(facts: InvoiceFacts) -> Iterable[Node]:
    if facts.is_credit:
        return
    for node in facts.of(Location, "delivery_location"):
        if node[1] is not None and node[1][2] == "deliveries":
            yield node


def refused(rule: str, field: str, element: str) -> Rule:
    return Rule(rule, "ubl_not_allowed", lambda d, _: getattr(d, field) is not None, element=element)


DELIVERY: Final = (
    Each(
        deliveries,
        refused("F-INV082", "id", "Delivery/ID"),
        refused("F-INV083", "quantity", "Delivery/Quantity"),
        refused("F-INV086", "actual_delivery_time", "ActualDeliveryTime"),
        refused("F-INV087", "latest_delivery_date", "LatestDeliveryDate"),
        refused("F-INV088", "latest_delivery_time", "LatestDeliveryTime"),
        refused("F-INV238", "delivery_address", "DeliveryAddress"),
        refused("F-INV089", "promised_delivery_period", "PromisedDeliveryPeriod"),
        refused("F-INV090", "estimated_delivery_period", "EstimatedDeliveryPeriod"),
    ),
    Each(
        lambda facts: role(facts, "delivery_terms"),
        Rule(
            "F-INV102",
            "ubl_choice",
            lambda t, _: t.id is not None and bool(t.special_terms),
            one="DeliveryTerms/ID",
            other="SpecialTerms",
        ),
        Rule(
            "W-INV301",
            "ubl_value",
            lambda t, _: t.id is not None and t.id.value not in ("Incoterms", "INCOTERMS"),
            severity="warning",
            element="DeliveryTerms/ID",
            expected="INCOTERMS",
        ),
        Rule(
            "F-INV302",
            "ubl_missing",
            lambda t, _: t.delivery_location is not None and blank(t.delivery_location.id),
            element="DeliveryTerms/DeliveryLocation/ID",
        ),
    ),
    Each(
        delivery_places,
        Rule("F-INV239", "ubl_one_of", lambda x, _: x.id is None and x.address is None, one="ID", other="Address"),
    ),
)


# What is wrong with what is credited (credit notes only)

DISCREPANCIES: Final = "urn:oioubl:codelist:discrepancyresponsecode-1.1"

DISCREPANCY: Final = Each(
    named(Response, "discrepancy_responses"),
    Rule("F-CRN161", "ubl_missing", lambda r, _: blank(r.reference_id), element="DiscrepancyResponse/ReferenceID"),
    Rule(
        "F-CRN188",
        "ubl_choice",
        lambda r, _: r.response_code is not None and bool(r.descriptions),
        one="ResponseCode",
        other="Description",
    ),
    Rule(
        "F-CRN018",
        "ubl_list_unknown",
        lambda r, _: r.response_code is not None and r.response_code.list_id != DISCREPANCIES,
        element="ResponseCode",
        expected=DISCREPANCIES,
    ),
    Rule(
        "F-CRN160",
        "ubl_value",
        lambda r, _: r.response_code is not None and r.response_code.list_agency_id != "320",
        element="ResponseCode/@listAgencyID",
        expected="320",
    ),
    Rule(
        "F-CRN193",
        "ubl_code_unknown",
        lambda r, _: (
            r.response_code is not None
            and r.response_code.value not in oioubl_list(DISCREPANCIES)
            and {"value": r.response_code.value}
        ),
        list="DiscrepancyResponse",
    ),
)
