"""OIOUBL 2.1 invoices and credit notes (F-INV*, F-CRN*, and the F-LIB* of their head, sums, tax totals and lines).

Written with the numbers of the invoice; a credit note has most of the same rules under numbers of its own (`IN_CREDIT_NOTES`).
OIOUBL allows a calculated line to be off by 1.00, a sum by rounding only, and its TaxExclusiveAmount is the tax itself.
Source: OIOUBL 2.1, rules 1.17.2 (1 May 2026).
"""

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from eshop.ubl.codelists import codes, oioubl_list
from eshop.ubl.deliveries import Delivery
from eshop.ubl.parties import Contact, Location, Party
from eshop.ubl.payments import TaxCategory, TaxSubtotal, TaxTotal
from eshop.ubl.references import OrderReference, Response, Signature
from eshop.ubl.rules.en16931 import CUSTOMER, SUPPLIER, named, party_of, root, sum_of, totals
from eshop.ubl.rules.facts import ZERO, InvoiceFacts, Node
from eshop.ubl.rules.judging import EXACT, Broken, Each, EachNode, Rule, blank, cents, decimals, float_sum, text_of
from eshop.ubl.rules.oioubl_parts import languages_missing

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
CENT: Final = Decimal("0.01")


def formatted(value: Decimal) -> Decimal:
    """format-number(x, '##.00'): two decimals, half to even."""
    return value.quantize(CENT, ROUND_HALF_EVEN, EXACT)


def same_text(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are written alike with two decimals: -0.00 is not 0.00 there."""
    one, other = formatted(one), formatted(other)
    return one == other and (one != 0 or one.is_signed() == other.is_signed())


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
    listed = _words(category for total in document.tax_totals for category in _categories_of(total))
    used = _words(
        category for line in facts.lines for total in line.line.tax_totals for category in _categories_of(total)
    ) | _words(category for charge in document.allowance_charges for category in charge.tax_categories)
    return used != listed and {"category": ", ".join(sorted(used ^ listed))}


def _categories_of(total: Any) -> Iterable[Any]:
    return (part.tax_category for part in total.tax_subtotals if part.tax_category is not None)


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


# Tax totals


def tax_schemes(total: Any) -> set[str]:
    return {
        category.tax_scheme.id.value
        for category in _categories_of(total)
        if category.tax_scheme is not None and category.tax_scheme.id is not None
    }


def siblings(node: Node) -> tuple[Any, ...]:
    """The tax totals beside this one, itself included."""
    assert node[1] is not None
    holder = node[1][0]
    return getattr(holder, "line", holder).tax_totals


def scheme_in_later_total(node: Node, _: Any) -> bool:
    mine = tax_schemes(node[0])
    return any(mine & tax_schemes(later) for later in siblings(node)[node[3] + 1 :])


def vat_totals(node: Node, _: Any) -> bool:
    return sum(bool({"63", "VAT"} & tax_schemes(total)) for total in siblings(node)) != 1


def parts_differ(node: Node, _: Any) -> Broken:
    total = node[0]
    if not total.tax_subtotals:
        return False
    expected = cents(sum((part.tax_amount.value for part in total.tax_subtotals if part.tax_amount is not None), ZERO))
    said = total.tax_amount
    if said is None:
        return {"value": None, "expected": expected}
    return said.value != expected and {"value": said.value, "expected": expected}


def not_two_decimals(money: Any) -> bool:
    """Whether an amount has other than two decimals; an absent one has none."""
    return money is None or decimals(money.value) != 2


def evidence_refused(node: Node, facts: InvoiceFacts) -> bool:
    if node[0].tax_evidence_indicator is not False or facts.is_credit:
        return False
    code = facts.document.invoice_type_code
    return code is not None and code.value != "325"


def subtotals_beside(node: Node) -> tuple[Any, ...]:
    assert node[1] is not None
    return node[1][0].tax_subtotals[node[3] + 1 :]


def category_of(subtotal: Any) -> str | None:
    category = subtotal.tax_category
    return category.id.value if category is not None and category.id is not None else None


def scheme_of(subtotal: Any) -> str | None:
    category = subtotal.tax_category
    if category is None or category.tax_scheme is None or category.tax_scheme.id is None:
        return None
    return category.tax_scheme.id.value


def percent_of(subtotal: Any) -> Decimal | None:
    return subtotal.tax_category.percent if subtotal.tax_category is not None else None


def category_again(node: Node, _: Any) -> bool:
    """F-LIB315: one VAT category stands once in a tax total."""
    subtotal, later = node[0], subtotals_beside(node)
    if scheme_of(subtotal) != "63" or category_of(subtotal) is None:
        return False
    same_scheme = any(scheme_of(other) == "63" for other in later)
    return same_scheme and any(category_of(other) == category_of(subtotal) for other in later)


def scheme_other(node: Node, _: Any) -> bool:
    mine = scheme_of(node[0])
    return mine is not None and any(scheme_of(other) not in (None, mine) for other in subtotals_beside(node))


def sign_other(node: Node, _: Any) -> bool:
    subtotal, parent = node[0], node[1]
    assert parent is not None
    local, total = subtotal.transaction_currency_tax_amount, parent[0].tax_amount
    if local is None or total is None or category_of(subtotal) != "StandardRated":
        return False
    return local.value * total.value < 0


def tax_forgotten(subtotal: Any) -> bool:
    """F-LIB381: with the standard rate, a base of at least half an øre of tax has some."""
    base, tax, percent = subtotal.taxable_amount, subtotal.tax_amount, percent_of(subtotal)
    if category_of(subtotal) != "StandardRated" or base is None or tax is None or percent is None:
        return False
    return base.value > 0 and tax.value == 0 and base.value * percent / 100 >= Decimal("0.005")


def local_tax_without_standard(subtotal: Any) -> bool:
    return subtotal.transaction_currency_tax_amount is not None and category_of(subtotal) != "StandardRated"


def base_differs(node: Node, facts: InvoiceFacts) -> Broken:
    """F-LIB402: the document's base of a category is what lines and charges have of it, within 1.00.

    Lines 80.00 + 40.00, charge 5.00, allowance 10.00: 115.00. Where no line has the category nothing is compared.
    """
    subtotal = node[0]
    key, base = (category_of(subtotal), scheme_of(subtotal)), subtotal.taxable_amount
    if key[0] not in ("StandardRated", "ZeroRated", "ReverseCharge"):
        return False
    if base is None or key[1] is None:
        return False
    found = [
        part.taxable_amount.value
        for line in facts.lines
        for total in line.line.tax_totals
        for part in total.tax_subtotals
        if (category_of(part), scheme_of(part)) == key
        and part.taxable_amount is not None
        and part.taxable_amount.currency == base.currency
    ]
    if not found:
        return False
    allowances = [charge.amount.value for charge in facts.allowances if charged_as(charge, key, base.currency)]
    charges = [charge.amount.value for charge in facts.charges if charged_as(charge, key, base.currency)]
    expected = sum(found, ZERO) - sum(allowances, ZERO) + sum(charges, ZERO)
    off = abs(base.value - expected)
    if off == 1:  # on the edge the sheet's binary sums decide
        binary = float_sum(found) - float_sum(allowances) + float_sum(charges)
        kept = abs(float(base.value) - binary) <= 1
    else:
        kept = off < 1
    return not kept and {"category": key[0], "value": base.value, "expected": expected}


def charged_as(charge: Any, key: tuple[str | None, str | None], currency: str) -> bool:
    if charge.amount is None or charge.amount.currency != currency:
        return False
    words = {text_of(category.id) for category in charge.tax_categories}
    schemes = {
        category.tax_scheme.id.value
        for category in charge.tax_categories
        if category.tax_scheme is not None and category.tax_scheme.id is not None
    }
    return key[0] in words and key[1] in schemes


def own_subtotals(facts: InvoiceFacts) -> Iterable[Node]:
    return (node for node in facts.nodes[TaxSubtotal] if node[1] is not None and node[1][1] is facts.root)


def line_categories(facts: InvoiceFacts) -> Iterable[Node]:
    """The tax categories in the tax totals of lines."""
    for node in facts.of(TaxCategory, "tax_category"):
        assert node[1] is not None
        assert node[1][1] is not None
        if node[1][1][1] is not facts.root:
            yield node


def zero_rate_taxed(node: Node, _: Any) -> bool:
    """F-LIB400: zero rated lines have neither tax nor rate."""
    category, parent = node[0], node[1]
    assert parent is not None
    if category.id is not None and category.id.value != "ZeroRated":
        return False
    tax = parent[0].tax_amount
    return tax is None or tax.value != 0 or bool(category.percent)


def line_tax_differs(node: Node, _: Any) -> Broken:
    """F-LIB401: a line's VAT is base × rate, within 1.00: 25 % of 200.00 is 50.00; 51.00 passes, 51.01 does not."""
    category, parent = node[0], node[1]
    assert parent is not None
    if text_of(category.id) != "StandardRated":
        return False
    base, tax, percent = parent[0].taxable_amount, parent[0].tax_amount, category.percent
    if base is None or tax is None or percent is None:
        return {"value": None, "expected": None, "percent": None, "category": "StandardRated"}
    expected = cents(base.value * percent / 100)
    kept = abs(tax.value - expected) <= 1 if percent > 0 else percent == 0 and tax.value == 0
    return not kept and {
        "value": tax.value, "expected": expected, "percent": percent, "category": "StandardRated"
    }  # fmt: skip


TAX: Final = (
    EachNode(
        lambda facts: facts.nodes[TaxTotal],
        Rule("F-LIB314", "ubl_tax_scheme_twice", scheme_in_later_total),
        Rule("F-LIB306", "ubl_exactly_one", vat_totals, element="TaxTotal (63 Moms)"),
        Rule(
            "F-LIB250",
            "ubl_decimals_exactly",
            lambda n, _: not_two_decimals(n[0].tax_amount),
            element="TaxAmount",
            exactly=2,
        ),
        Rule(
            "F-LIB251",
            "ubl_zero",
            lambda n, _: n[0].rounding_amount is not None and n[0].rounding_amount.value == 0,
            element="RoundingAmount",
        ),
        Rule(
            "F-LIB252",
            "ubl_decimals_exactly",
            lambda n, _: n[0].rounding_amount is not None and not_two_decimals(n[0].rounding_amount),
            element="RoundingAmount",
            exactly=2,
        ),
        Rule("F-LIB253", "ubl_value", evidence_refused, element="TaxEvidenceIndicator", expected="true"),
        Rule("F-LIB385", "ubl_sum_wrong", parts_differ, element="TaxTotal/TaxAmount"),
    ),
    EachNode(
        lambda facts: facts.nodes[TaxSubtotal],
        Rule("F-LIB259", "ubl_missing", lambda n, _: n[0].taxable_amount is None, element="TaxableAmount"),
        Rule("F-LIB315", "ubl_vat_category_twice", category_again),
        Rule("F-LIB316", "ubl_tax_scheme_mixed", scheme_other),
        Rule(
            "F-LIB261",
            "ubl_decimals_exactly",
            lambda n, _: not_two_decimals(n[0].taxable_amount),
            element="TaxableAmount",
            exactly=2,
        ),
        Rule(
            "F-LIB263",
            "ubl_decimals_exactly",
            lambda n, _: not_two_decimals(n[0].tax_amount),
            element="TaxAmount",
            exactly=2,
        ),
        Rule(
            "F-LIB264",
            "ubl_not_positive",
            lambda n, _: (
                n[0].calculation_sequence_numeric is not None
                and (n[0].calculation_sequence_numeric.is_signed() or n[0].calculation_sequence_numeric == 0)
            ),
            element="CalculationSequenceNumeric",
        ),
        Rule("F-LIB266", "ubl_tax_signs_differ", sign_other),
        Rule(
            "F-LIB267",
            "ubl_decimals_exactly",
            lambda n, _: (
                n[0].transaction_currency_tax_amount is not None
                and not_two_decimals(n[0].transaction_currency_tax_amount)
            ),
            element="TransactionCurrencyTaxAmount",
            exactly=2,
        ),
        Rule("F-LIB381", "ubl_vat_forgotten", lambda n, _: tax_forgotten(n[0])),
        Rule(
            "F-LIB373",
            "ubl_not_allowed",
            lambda n, _: local_tax_without_standard(n[0]),
            element="TransactionCurrencyTaxAmount",
        ),
        Rule(
            "F-LIB333",
            "ubl_missing",
            lambda n, _: scheme_of(n[0]) == "VAT" and percent_of(n[0]) is None,
            element="TaxCategory/Percent",
        ),
        Rule(
            "F-LIB334",
            "ubl_decimals",
            lambda n, _: scheme_of(n[0]) == "VAT" and percent_of(n[0]) is not None and decimals(percent_of(n[0])) > 2,
            element="TaxCategory/Percent",
            most=2,
        ),
    ),
    EachNode(own_subtotals, Rule("F-LIB402", "ubl_vat_base", base_differs)),
    EachNode(
        line_categories,
        Rule("F-LIB400", "ubl_vat_rate", zero_rate_taxed, category="ZeroRated"),
        Rule("F-LIB401", "ubl_vat_amount", line_tax_differs),
    ),
)


# Sums


def charged_lines(facts: InvoiceFacts) -> Decimal:
    """What the lines add up to; on an invoice those that are free of charge do not count."""
    return sum((line.amount for line in facts.lines if not free(line)), ZERO)


def free(line: Any) -> bool:
    return getattr(line.line, "free_of_charge_indicator", None) is True


def all_taxes(facts: InvoiceFacts) -> Decimal:
    return sum(
        (
            part.tax_amount.value
            for total in facts.document.tax_totals
            for part in total.tax_subtotals
            if part.tax_amount is not None
        ),
        ZERO,
    )


def value_of(money: Any) -> Decimal:
    return money.value if money is not None else ZERO


def gross(total: Any, facts: InvoiceFacts) -> Decimal:
    """Lines + tax + charges − allowances + rounding."""
    return (
        value_of(total.line_extension_amount)
        + all_taxes(facts)
        + value_of(total.charge_total_amount)
        - value_of(total.allowance_total_amount)
        + value_of(total.payable_rounding_amount)
    )


def differs(said: Any, expected: Decimal) -> Broken:
    """Whether an amount that is there is not the sum, both to two decimals."""
    if said is None or same_text(said.value, expected):
        return False
    return {"value": said.value, "expected": formatted(expected)}


def line_sum_differs(total: Any, facts: InvoiceFacts) -> Broken:
    said = total.line_extension_amount
    if said is None:
        return False
    expected = facts.line_total if facts.is_credit else charged_lines(facts)
    return abs(said.value - expected) > Decimal("0.0055") and {"value": said.value, "expected": expected}


def payable_differs(total: Any, facts: InvoiceFacts) -> Broken:
    expected = formatted(gross(total, facts) - value_of(total.prepaid_amount)) or ZERO
    said = value_of(total.payable_amount)
    return not same_text(said, expected) and {"value": said, "expected": expected}


def terms_differ(total: Any, facts: InvoiceFacts) -> Broken:
    """F-INV134: what the terms of payment ask for adds up to what is payable, or the first of them asks for all of it."""
    terms = facts.document.payment_terms
    if not terms or facts.is_credit:
        return False
    if total.payable_amount is None:
        return terms[0].amount is not None and {"value": None, "expected": None}
    payable = formatted(total.payable_amount.value)
    asked = formatted(sum((value_of(one.amount) for one in terms), ZERO))
    first = formatted(terms[0].amount.value) if terms[0].amount is not None else None
    return payable not in (asked, first) and {"value": asked, "expected": payable}


def rounding_differs(total: Any, facts: InvoiceFacts) -> Broken:
    found = [tax.rounding_amount.value for tax in facts.document.tax_totals if tax.rounding_amount is not None]
    return bool(found) and differs(total.payable_rounding_amount, sum(found, ZERO))


def prepaid(facts: InvoiceFacts) -> list[Decimal]:
    payments = getattr(facts.document, "prepaid_payments", ())
    return [payment.paid_amount.value for payment in payments if payment.paid_amount is not None]


def rounding_too_large(total: Any, _: Any) -> Broken:
    rounding = total.payable_rounding_amount
    return rounding is not None and abs(rounding.value) > 10 and {"value": rounding.value}


def converted_from_peppol(facts: InvoiceFacts) -> bool:
    """A credit note that the authority's converter made of a Peppol one may hold what OIOUBL otherwise refuses."""
    return any(
        text_of(found.document_type_code) == "PEPPOLBIS32OIOUBL"
        for found in facts.document.additional_document_references
    )


def amount_rules() -> list[Rule]:
    """F-LIB014: every total that is there has exactly two decimals."""

    def fine(field: str) -> Callable[[Any, Any], bool]:
        return lambda total, _: getattr(total, field) is not None and decimals(getattr(total, field).value) != 2

    table = (
        ("line_extension_amount", "LineExtensionAmount"),
        ("tax_exclusive_amount", "TaxExclusiveAmount"),
        ("tax_inclusive_amount", "TaxInclusiveAmount"),
        ("allowance_total_amount", "AllowanceTotalAmount"),
        ("charge_total_amount", "ChargeTotalAmount"),
        ("prepaid_amount", "PrepaidAmount"),
        ("payable_rounding_amount", "PayableRoundingAmount"),
        ("payable_amount", "PayableAmount"),
    )
    return [
        Rule("F-LIB014", "ubl_decimals_exactly", fine(field), element=element, exactly=2) for field, element in table
    ]


def not_positive(field: str) -> Callable[[Any, InvoiceFacts], Broken]:
    def broken(total: Any, facts: InvoiceFacts) -> Broken:
        money = getattr(total, field)
        return money is not None and (money.value.is_signed() or money.value == 0) and {"value": money.value}

    return broken


def on_invoices(broken: Callable[[Any, InvoiceFacts], Broken]) -> Callable[[Any, InvoiceFacts], Broken]:
    return lambda thing, facts: not facts.is_credit and broken(thing, facts)


def on_credit_notes(broken: Callable[[Any, InvoiceFacts], Broken]) -> Callable[[Any, InvoiceFacts], Broken]:
    return lambda thing, facts: facts.is_credit and not converted_from_peppol(facts) and broken(thing, facts)


def is_negative(field: str) -> Callable[[Any, InvoiceFacts], Broken]:
    def broken(total: Any, _: InvoiceFacts) -> Broken:
        money = getattr(total, field)
        return money is not None and money.value.is_signed() and {"value": money.value}

    return broken


SUMS: Final = (
    Each(
        totals,
        Rule("F-INV120", "ubl_missing", lambda t, _: t.line_extension_amount is None, element="LineExtensionAmount"),
        Rule(
            "F-INV122",
            "ubl_missing",
            lambda t, f: bool(f.allowances) and t.allowance_total_amount is None,
            element="AllowanceTotalAmount",
        ),
        Rule(
            "F-INV123",
            "ubl_missing",
            lambda t, f: bool(f.charges) and t.charge_total_amount is None,
            element="ChargeTotalAmount",
        ),
        Rule(
            "F-INV124",
            "ubl_missing",
            lambda t, f: bool(prepaid(f)) and t.prepaid_amount is None,
            element="PrepaidAmount",
        ),
        Rule(
            "F-INV125",
            "ubl_missing",
            lambda t, f: (
                any(tax.rounding_amount is not None for tax in f.document.tax_totals)
                and t.payable_rounding_amount is None
            ),
            element="PayableRoundingAmount",
        ),
        Rule("F-INV126", "ubl_sum_wrong", line_sum_differs, element="LineExtensionAmount"),
        Rule(
            "F-INV127",
            "ubl_sum_wrong",
            lambda t, f: differs(t.tax_exclusive_amount, all_taxes(f)),
            element="TaxExclusiveAmount",
        ),
        Rule(
            "F-INV128",
            "ubl_sum_wrong",
            lambda t, f: differs(t.tax_inclusive_amount, gross(t, f)),
            element="TaxInclusiveAmount",
        ),
        Rule(
            "F-INV129",
            "ubl_sum_wrong",
            lambda t, f: differs(t.allowance_total_amount, sum_of(f.allowances)),
            element="AllowanceTotalAmount",
        ),
        Rule(
            "F-INV130",
            "ubl_sum_wrong",
            lambda t, f: differs(t.charge_total_amount, sum_of(f.charges)),
            element="ChargeTotalAmount",
        ),
        Rule(
            "F-INV131",
            "ubl_sum_wrong",
            lambda t, f: differs(t.prepaid_amount, sum(prepaid(f), ZERO)),
            element="PrepaidAmount",
        ),
        Rule("F-INV132", "ubl_sum_wrong", rounding_differs, element="PayableRoundingAmount"),
        Rule("F-INV338", "ubl_rounding_too_large", rounding_too_large, most=10),
        Rule("F-INV133", "ubl_sum_wrong", payable_differs, element="PayableAmount"),
        Rule("F-INV134", "ubl_sum_wrong", terms_differ, element="PaymentTerms/Amount"),
        *amount_rules(),
        Rule(
            "F-LIB013",
            "ubl_not_positive",
            on_invoices(not_positive("allowance_total_amount")),
            element="AllowanceTotalAmount",
        ),
        Rule(
            "F-LIB013",
            "ubl_not_positive",
            on_invoices(not_positive("charge_total_amount")),
            element="ChargeTotalAmount",
        ),
        Rule("F-LIB013", "ubl_not_positive", on_invoices(not_positive("prepaid_amount")), element="PrepaidAmount"),
        Rule("F-LIB374", "ubl_not_positive", on_credit_notes(not_positive("prepaid_amount")), element="PrepaidAmount"),
        Rule(
            "F-LIB016", "ubl_negative", on_invoices(is_negative("tax_inclusive_amount")), element="TaxInclusiveAmount"
        ),
        Rule(
            "F-LIB375",
            "ubl_negative",
            on_credit_notes(is_negative("tax_inclusive_amount")),
            element="TaxInclusiveAmount",
        ),
        Rule("F-LIB016", "ubl_negative", is_negative("payable_amount"), element="PayableAmount"),
        Rule(
            "F-LIB303",
            "ubl_zero",
            lambda t, _: t.payable_rounding_amount is not None and t.payable_rounding_amount.value == 0,
            element="PayableRoundingAmount",
        ),
    ),
)
