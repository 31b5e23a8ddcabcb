"""OIOUBL 2.1: the lines of invoices and credit notes: their amounts, items and prices (F-INV*, F-CRN*, OIOUBL-Common-GP*).

A line is quantity × price / base quantity within 1.00; where quantity and price stand in different units the order factor
takes the place of the base quantity, and a pricing currency is turned by its rate. Source: OIOUBL 2.1, rules 1.17.2.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.codelists import codes
from eshop.ubl.items import (
    Certificate,
    CommodityClassification,
    Dimension,
    Item,
    ItemIdentification,
    ItemProperty,
    PhysicalAttribute,
)
from eshop.ubl.payments import Price, TransactionConditions
from eshop.ubl.references import LineReference, OrderLineReference
from eshop.ubl.rules.en16931 import lines, named
from eshop.ubl.rules.facts import InvoiceFacts, Line, Node
from eshop.ubl.rules.identifiers import is_number
from eshop.ubl.rules.judging import EXACT, Broken, Each, EachNode, Rule, blank, cents, decimals, text_of, xpath_round
from eshop.ubl.rules.oioubl import UNITS
from eshop.ubl.rules.oioubl_parts import languages_missing
from eshop.ubl.rules.oioubl_sums import formatted, free

LABELS: Final = codes("labels", "oioubl")

# What a line should come to


def units(line: Line) -> str:
    """Whether quantity and price stand in the same unit: 'equal', 'different', or 'unsaid' where one does not say."""
    base = line.price.base_quantity if line.price is not None else None
    if base is None or line.quantity is None or not base.unit or not line.quantity.unit:
        return "unsaid"
    return "equal" if base.unit == line.quantity.unit else "different"


def expected_amount(line: Line, facts: InvoiceFacts) -> Decimal | None:
    """Quantity × price / base quantity, or × factor where the units differ: 2 boxes × 12 × 5.00 = 120.00.

    None where something it takes is missing. A missing base quantity counts as 1 on an invoice, not on a credit note;
    a base quantity of 0 makes it infinite, as it does for the sheet.
    """
    price = line.price
    if price is None or price.price_amount is None or line.quantity is None:
        return None
    plain = price.price_amount.value * line.quantity.value
    if units(line) == "different":
        factor = price.orderable_unit_factor_rate
        return plain * factor if factor is not None else None
    if price.base_quantity is None:
        return None if facts.is_credit else plain
    return divided(plain, price.base_quantity.value)


def divided(value: Decimal, by: Decimal) -> Decimal | None:
    """value / by; by 0 it is infinite, and nothing at all where value is 0 too."""
    if by != 0:
        return EXACT.divide(value, by)
    return INFINITE if value != 0 else None


INFINITE: Final = Decimal("1E+40")
"""More than any amount: Decimal('Infinity') would trap in the sums that follow."""


def off_by_more_than_one(said: Decimal, expected: Decimal) -> Broken:
    return abs(said - expected) > 1 and {"value": said, "expected": "∞" if expected == INFINITE else cents(expected)}


def amount_wrong(of_units: str) -> Callable[[Line, InvoiceFacts], Broken]:
    """The amount in the document's own currency, for one of the three cases of units."""

    def broken(line: Line, facts: InvoiceFacts) -> Broken:
        said = line.line.line_extension_amount
        if facts.document.pricing_exchange_rate is not None or said is None or free(line) or units(line) != of_units:
            return False
        expected = expected_amount(line, facts)
        return expected is not None and off_by_more_than_one(formatted(said.value), expected)

    return broken


def rate_of(facts: InvoiceFacts) -> tuple[Decimal | None, str]:
    rate = facts.document.pricing_exchange_rate
    if rate is None:
        return None, ""
    return rate.calculation_rate, text_of(rate.mathematic_operator_code)


def exchanged_amount_wrong(operator: str, with_factor: bool, of_units: str) -> Callable[[Line, InvoiceFacts], Broken]:
    """The amount of a price in another currency, times or divided by the rate."""

    def broken(line: Line, facts: InvoiceFacts) -> Broken:
        rate, said_operator = rate_of(facts)
        said = line.line.line_extension_amount
        if rate is None or said_operator != operator or said is None or free(line) or units(line) != of_units:
            return False
        has_factor = line.price is not None and line.price.orderable_unit_factor_rate is not None
        expected = expected_amount(line, facts)
        if has_factor is not with_factor or expected is None:
            return False
        turned = expected * rate if operator == "multiply" else divided(expected, rate)
        return turned is not None and off_by_more_than_one(said.value, turned)

    return broken


def rate_incomplete(line: Line, facts: InvoiceFacts) -> bool:
    rate = facts.document.pricing_exchange_rate
    if rate is None or free(line):
        return False
    return rate.calculation_rate is None or rate.mathematic_operator_code is None


AMOUNT_RULES: Final = (
    *(
        Rule(rule, "ubl_line_amount", amount_wrong(of_units))
        for rule, of_units in (("F-INV340", "equal"), ("F-INV343", "different"), ("F-INV348", "unsaid"))
    ),
    *(
        Rule(rule, "ubl_line_amount", exchanged_amount_wrong(operator, with_factor, of_units))
        for rule, operator, with_factor, of_units in (
            ("F-INV344", "multiply", False, "equal"),
            ("F-INV346", "multiply", False, "unsaid"),
            ("F-INV345", "divide", False, "equal"),
            ("F-INV347", "divide", False, "unsaid"),
            ("F-INV328", "multiply", True, "different"),
            ("F-INV341", "multiply", True, "equal"),
            ("F-INV349", "multiply", True, "unsaid"),
            ("F-INV329", "divide", True, "different"),
            ("F-INV342", "divide", True, "equal"),
            ("F-INV350", "divide", True, "unsaid"),
        )
    ),
    Rule("W-INV323", "ubl_missing", rate_incomplete, severity="warning", element="PricingExchangeRate/CalculationRate"),
)


# The line itself


def id_again(node: Node, facts: InvoiceFacts) -> Broken:
    line, _, _, place = node
    number = text_of(line.line.id)
    if line.line.id is None or facts.is_credit:
        return False
    later = facts.lines[place + 1 :]
    return any(other.line.id is not None and other.line.id.value == number for other in later) and {"value": number}


def order_line_without_order(line: Line, facts: InvoiceFacts) -> bool:
    return bool(line.line.order_line_references) and facts.document.order_reference is None


def negative_discount(in_price: bool) -> Callable[[Line, InvoiceFacts], bool]:
    """F-INV335: a discount is not negative unless quantity or price are."""

    def broken(line: Line, _: InvoiceFacts) -> bool:
        price = line.price
        taken_back = line.quantity is not None and line.quantity.value.is_signed()
        if price is not None and price.price_amount is not None and price.price_amount.value.is_signed():
            taken_back = True
        charges = (price.allowance_charges if price is not None else ()) if in_price else line.line.allowance_charges
        return not taken_back and any(
            charge.amount is not None and charge.amount.value.is_signed() for charge in charges
        )

    return broken


def unit_rules(quantity: Callable[[Any], Any], element: str) -> tuple[Rule, ...]:
    """How a quantity names its unit: 'EA' stands in the 2001 list, 'C62' too, 'STYK' does not."""

    def unit_unknown(thing: Any, _: Any) -> Broken:
        found = quantity(thing)
        return found is not None and found.unit not in UNITS and {"value": found.unit}

    return (
        Rule(
            "F-LIB007",
            "ubl_missing",
            lambda x, _: quantity(x) is not None and not quantity(x).unit,
            element=f"{element}/@unitCode",
        ),
        Rule(
            "W-LIB008",
            "ubl_unit_unknown",
            lambda x, _: quantity(x) is not None and len(quantity(x).unit) < 2 and {"value": quantity(x).unit},
            severity="warning",
        ),
        Rule("F-LIB318", "ubl_unit_unknown", unit_unknown),
    )


def base_quantity(line: Line) -> Any:
    return line.price.base_quantity if line.price is not None else None


LINE_RULES: Final = (
    Rule("F-INV137", "ubl_missing", lambda x, _: x.quantity is None, element="InvoicedQuantity"),
    Rule("F-INV138", "ubl_missing", lambda x, _: not x.line.tax_totals, element="TaxTotal"),
    Rule("F-INV139", "ubl_missing", lambda x, _: x.price is None, element="Price"),
    Rule("F-INV140", "ubl_missing", lambda x, _: blank(x.line.id), element="ID"),
    Rule("F-INV142", "ubl_missing", order_line_without_order, element="OrderReference"),
    Rule("F-INV335", "ubl_negative", negative_discount(in_price=True), element="Price/AllowanceCharge/Amount"),
    *unit_rules(lambda x: x.quantity, "InvoicedQuantity"),
    Rule(
        "F-INV147",
        "ubl_zero",
        lambda x, _: x.quantity is not None and x.quantity.value == 0,
        element="InvoicedQuantity",
    ),
    Rule(
        "F-INV149",
        "ubl_decimals_exactly",
        lambda x, _: x.line.line_extension_amount is not None and decimals(x.line.line_extension_amount.value) < 2,
        element="LineExtensionAmount",
        exactly=2,
    ),
    *unit_rules(base_quantity, "Price/BaseQuantity"),
    Rule(
        "F-LIB019",
        "ubl_not_positive",
        lambda x, _: (
            base_quantity(x) is not None
            and (base_quantity(x).value.is_signed() or base_quantity(x).value == 0)
            and {"value": base_quantity(x).value}
        ),
        element="Price/BaseQuantity",
    ),
)

ONLY_INVOICE_LINES: Final = Each(
    lines,
    Rule("F-INV335", "ubl_negative", negative_discount(in_price=False), element="AllowanceCharge/Amount"),
)
ONLY_CREDIT_NOTE_LINES: Final = (
    Each(
        lines,
        Rule(
            "F-CRN207", "ubl_missing", lambda x, _: x.line.line_extension_amount is None, element="LineExtensionAmount"
        ),
        Rule(
            "F-CRN090",
            "ubl_decimals",
            lambda x, _: x.line.line_extension_amount is not None and decimals(x.line.line_extension_amount.value) > 4,
            element="LineExtensionAmount",
            most=4,
        ),
        Rule("F-CRN196", "ubl_missing", lambda x, _: x.quantity is None, element="CreditedQuantity"),
        Rule(
            "F-CRN082",
            "ubl_missing",
            lambda x, _: x.line.item is None and not x.line.billing_references,
            element="Item",
        ),
        Rule(
            "F-CRN083", "ubl_missing", lambda x, _: x.price is None and not x.line.billing_references, element="Price"
        ),
    ),
    Each(
        named(LineReference, "despatch_line_references"),
        Rule("F-CRN170", "ubl_missing", lambda r, _: blank(r.line_id), element="DespatchLineReference/LineID"),
    ),
    Each(
        named(LineReference, "receipt_line_references"),
        Rule("F-CRN171", "ubl_missing", lambda r, _: blank(r.line_id), element="ReceiptLineReference/LineID"),
    ),
    Each(
        lambda facts: sellers_parts(facts, PhysicalAttribute, "physical_attributes"),
        Rule(
            "F-CRN119",
            "ubl_missing",
            lambda a, _: not any(not blank(text) for text in a.descriptions),
            element="Description",
        ),
    ),
)


# Items


def sellers_parts(facts: InvoiceFacts, kind: type, field: str) -> Iterable[Node]:
    for node in facts.of(kind, field):
        if node[1] is not None and node[1][2] == "sellers_item_identification":
            yield node


def other_identifications(facts: InvoiceFacts) -> Iterable[Node]:
    return facts.of(
        ItemIdentification,
        "buyers_item_identification",
        "manufacturers_item_identifications",
        "standard_item_identification",
    )


def not_unspsc(classification: Any, _: Any) -> Broken:
    code = classification.item_classification_code
    return code is not None and code.list_id != "UNSPSC" and {"value": code.list_id or ""}


def several(rule: str, field: str, element: str) -> Rule:
    return Rule(
        rule,
        "ubl_repeated",
        lambda item, _: len(getattr(item, field)) > 1 and {"count": len(getattr(item, field))},
        element=element,
        most=1,
    )


def emission_value(name: str) -> Callable[[Any, Any], Broken]:
    def broken(found: Any, _: Any) -> Broken:
        return found.name == name and not is_number((found.value or "").strip()) and {"value": found.value or ""}

    return broken


def emission_differs(node: Node, _: Any) -> Broken:
    """OIOUBL-Common-GP005: the net emission is factor × quantity, to four decimals."""
    found, item = node[0], node[1]
    if found.name != "NetEmissionQuantity" or item is None or item[1] is None:
        return False
    line = item[1][0]
    quantity = getattr(line, "invoiced_quantity", None) or getattr(line, "credited_quantity", None)
    factors = [other.value or "" for other in item[0].additional_item_properties if other.name == "EmissionFactor"]
    said = (found.value or "").strip()
    if not factors or quantity is None or not is_number(factors[0].strip()) or not is_number(said):
        return {"value": said, "expected": None}
    expected = four_decimals(Decimal(factors[0].strip()) * quantity.value)
    return four_decimals(Decimal(said)) != expected and {"value": said, "expected": expected}


def four_decimals(value: Decimal) -> Decimal:
    return xpath_round(value.scaleb(4, EXACT)).scaleb(-4, EXACT)


def source_missing(node: Node, _: Any) -> bool:
    found, item = node[0], node[1]
    if found.name != "EmissionFactor" or item is None:
        return False
    return not any(other.name == "EmissionFactorSource" for other in item[0].additional_item_properties)


ITEMS: Final = (
    Each(
        named(Item, "item"),
        Rule("F-INV163", "ubl_missing", lambda i, _: blank(i.name), element="Item/Name"),
        Rule("F-INV211", "ubl_not_allowed", lambda i, _: i.origin_country is not None, element="OriginCountry"),
        several("F-INV307", "keywords", "Keyword"),
        several("F-INV308", "brand_names", "BrandName"),
        several("F-INV309", "model_names", "ModelName"),
        several("F-INV312", "manufacturers_item_identifications", "ManufacturersItemIdentification"),
        several("F-INV321", "item_specification_document_references", "ItemSpecificationDocumentReference"),
        Rule("W-LIB222", "ubl_language_missing", lambda i, _: languages_missing(i.descriptions), severity="warning"),
    ),
    Each(
        other_identifications,
        Rule("F-LIB175", "ubl_not_allowed", lambda i, _: bool(i.physical_attributes), element="PhysicalAttribute"),
        Rule(
            "F-LIB176", "ubl_not_allowed", lambda i, _: bool(i.measurement_dimensions), element="MeasurementDimension"
        ),
        Rule("F-LIB177", "ubl_missing", lambda i, _: blank(i.id), element="ID"),
    ),
    Each(
        named(ItemIdentification, "sellers_item_identification"),
        Rule("F-INV167", "ubl_missing", lambda i, _: blank(i.id), element="SellersItemIdentification/ID"),
    ),
    Each(
        lambda facts: sellers_parts(facts, PhysicalAttribute, "physical_attributes"),
        Rule("F-INV170", "ubl_missing", lambda a, _: blank(a.attribute_id), element="PhysicalAttribute/AttributeID"),
        Rule("W-LIB222", "ubl_language_missing", lambda a, _: languages_missing(a.descriptions), severity="warning"),
    ),
    Each(
        lambda facts: sellers_parts(facts, Dimension, "measurement_dimensions"),
        Rule("F-INV227", "ubl_missing", lambda d, _: blank(d.attribute_id), element="MeasurementDimension/AttributeID"),
        Rule("W-LIB222", "ubl_language_missing", lambda d, _: languages_missing(d.descriptions), severity="warning"),
    ),
    Each(
        named(CommodityClassification, "commodity_classifications"),
        Rule(
            "W-INV184",
            "ubl_value",
            not_unspsc,
            severity="warning",
            element="ItemClassificationCode/@listID",
            expected="UNSPSC",
        ),
    ),
    Each(
        named(TransactionConditions, "transaction_conditions"),
        Rule("W-LIB222", "ubl_language_missing", lambda c, _: languages_missing(c.descriptions), severity="warning"),
    ),
    Each(
        named(ItemProperty, "additional_item_properties"),
        Rule("F-INV234", "ubl_missing", lambda p, _: blank(p.name), element="AdditionalItemProperty/Name"),
        Rule("F-INV235", "ubl_missing", lambda p, _: blank(p.value), element="AdditionalItemProperty/Value"),
        Rule("OIOUBL-Common-GP004", "not_a_number", emission_value("EmissionFactor")),
        Rule(
            "OIOUBL-Common-GP006",
            "ubl_value",
            lambda p, _: p.name == "EmissionFactorSource" and p.value not in ("Database", "Internal"),
            element="EmissionFactorSource",
            expected="Database, Internal",
        ),
        Rule(
            "OIOUBL-Common-GP008",
            "ubl_unit_unknown",
            lambda p, _: (
                p.name == "EmissionFactorCalculationUnit"
                and (p.value or "").strip() not in UNITS
                and {"value": p.value or ""}
            ),
        ),
        Rule("OIOUBL-Common-GP009", "not_a_number", emission_value("CalculationRate")),
    ),
    EachNode(
        named(ItemProperty, "additional_item_properties"),
        Rule("OIOUBL-Common-GP005", "ubl_sum_wrong", emission_differs, element="NetEmissionQuantity"),
        Rule("OIOUBL-Common-GP007", "ubl_missing", source_missing, element="EmissionFactorSource"),
    ),
    Each(
        named(Certificate, "certificates"),
        Rule("F-INV335", "ubl_missing", lambda c, _: c.id is not None and blank(c.id), element="Certificate/ID"),
        Rule(
            "F-INV351",
            "ubl_code_unknown",
            lambda c, _: c.id is not None and c.id.value not in LABELS and {"value": c.id.value},
            list="PackagingMarkedLabelAccreditationCode",
        ),
        Rule(
            "F-INV336",
            "ubl_missing",
            lambda c, _: c.certificate_type_code is not None and blank(c.certificate_type_code),
            element="CertificateTypeCode",
        ),
        Rule(
            "F-INV338",
            "ubl_missing",
            lambda c, _: c.certificate_type is not None and blank(c.certificate_type),
            element="CertificateType",
        ),
    ),
)

PRICES: Final = Each(
    named(Price, "price"),
    Rule(
        "W-INV322",
        "ubl_not_allowed",
        lambda p, f: not f.is_credit and bool(p.validity_periods),
        severity="warning",
        element="Price/ValidityPeriod",
    ),
    Rule(
        "F-INV196",
        "ubl_list_unknown",
        lambda p, _: p.price_type_code is not None and p.price_type_code.list_id != "UN/ECE 5387",
        element="PriceTypeCode",
        expected="UN/ECE 5387",
    ),
    Rule(
        "F-LIB019",
        "ubl_not_positive",
        lambda p, _: (
            p.orderable_unit_factor_rate is not None
            and (p.orderable_unit_factor_rate.is_signed() or p.orderable_unit_factor_rate == 0)
            and {"value": p.orderable_unit_factor_rate}
        ),
        element="OrderableUnitFactorRate",
    ),
)

LINES: Final = (
    Each(lines, *LINE_RULES, *AMOUNT_RULES),
    EachNode(lines, Rule("W-INV237", "ubl_line_id_repeated", id_again, severity="warning")),
    Each(
        lambda facts: () if facts.is_credit else facts.of(OrderLineReference, "order_line_references"),
        Rule("F-INV153", "ubl_missing", lambda r, _: blank(r.line_id), element="OrderLineReference/LineID"),
    ),
    *ITEMS,
    PRICES,
)


# The numbers of the same rules on a credit note

IN_CREDIT_NOTES: Final[Mapping[str, str]] = {
    f"{severity}-INV{invoice:03}": f"{severity}-CRN{credit_note:03}"
    for severity, pairs in {
        "F": (
            "002:002 004:159 007:004 008:005 009:006 012:007 013:008 014:009 016:011 018:013 020:015 021:016 022:017 024:022"
            " 025:023 026:024 027:025 029:026 030:027 031:028 034:031 043:039 044:040 045:164 046:042 051:047 120:066 122:068"
            " 123:069 125:071 126:072 127:073 128:074 129:075 130:076 132:078 133:079 138:081 140:084 147:088 149:089"
            " 163:110 167:115 170:118 196:141 211:109 227:189 234:133 235:151 295:162 297:163 319:166 307:177 308:178 309:179 312:180"
            " 321:182 328:200 329:201 335:203 336:204 338:208 339:209 340:210 341:217 342:219 343:194 344:213 345:215"
            " 346:198 347:199 348:216 349:218 350:220 351:211"
        ),
        "W": "184:132 323:154",
    }.items()
    for invoice, credit_note in (map(int, pair.split(":")) for pair in pairs.split())
}
"""F-INV009 → F-CRN006, …; a rule of invoices that is not here has no counterpart on credit notes."""


def in_credit_notes(each: Any) -> Any:
    """The rules of an `Each` as a credit note has them: those of the invoice renumbered or left out, the common ones kept."""
    kept = [
        rule.renamed(IN_CREDIT_NOTES.get(rule.id, rule.id))
        for rule in each.rules
        if "-INV" not in rule.id or rule.id in IN_CREDIT_NOTES
    ]
    return type(each)(each.nodes, *kept)
