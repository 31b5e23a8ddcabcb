"""OIOUBL 2.1: tax totals and their categories, allowances and charges, exchange rates (F-LIB*).

A tax that is calculated may be off by 1.00; an amount that the sheet calculates in binary is decided there on its last edge.
Source: OIOUBL 2.1, rules 1.17.2 (1 May 2026).
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.codelists import oioubl_list
from eshop.ubl.payments import AllowanceCharge, ExchangeRate, TaxCategory, TaxScheme, TaxSubtotal, TaxTotal
from eshop.ubl.rules.facts import ZERO, Facts, InvoiceFacts, Node
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, blank, cents, decimals, float_sum, text_of
from eshop.ubl.rules.oioubl_parts import stands_in

# Tax totals


def categories_of(total: Any) -> Iterable[Any]:
    """The tax categories of a tax total's parts."""
    return (part.tax_category for part in total.tax_subtotals if part.tax_category is not None)


def tax_schemes(total: Any) -> set[str]:
    return {
        category.tax_scheme.id.value
        for category in categories_of(total)
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
    category, scheme, base = category_of(subtotal), scheme_of(subtotal), subtotal.taxable_amount
    if base is None or category is None or scheme is None:
        return False
    if category not in ("StandardRated", "ZeroRated", "ReverseCharge"):
        return False
    key = (category, scheme)
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
    allowances = charged_as(facts.allowances, key, base.currency)
    charges = charged_as(facts.charges, key, base.currency)
    expected = sum(found, ZERO) - sum(allowances, ZERO) + sum(charges, ZERO)
    off = abs(base.value - expected)
    if off == 1:  # on the edge the sheet's binary sums decide
        binary = float_sum(found) - float_sum(allowances) + float_sum(charges)
        kept = abs(float(base.value) - binary) <= 1
    else:
        kept = off < 1
    return not kept and {"category": key[0], "value": base.value, "expected": expected}


def charged_as(charges: Iterable[AllowanceCharge], key: tuple[str, str], currency: str) -> list[Decimal]:
    """The amounts of those charges that name the category and the tax, in the currency."""
    found = []
    for charge in charges:
        named = [category.id for category in charge.tax_categories]
        schemes = [category.tax_scheme.id for category in charge.tax_categories if category.tax_scheme is not None]
        if charge.amount is None or charge.amount.currency != currency:
            continue
        if key[0] in map(text_of, named) and key[1] in map(text_of, schemes):
            found.append(charge.amount.value)
    return found


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


TOTALS: Final = (
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
            lambda n, _: (
                scheme_of(n[0]) == "VAT" and (percent := percent_of(n[0])) is not None and decimals(percent) > 2
            ),
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


# Tax categories and schemes

CATEGORY_LISTS: Final = tuple(f"urn:oioubl:id:taxcategoryid-1.{version}" for version in (1, 2, 3, 4))
SCHEME_LISTS: Final = tuple(f"urn:oioubl:id:taxschemeid-1.{version}" for version in (1, 2, 4, 5))
TYPE_LISTS: Final = ("urn:oioubl:codelist:taxtypecode-1.1", "urn:oioubl:codelist:taxtypecode-1.2")


def category_scheme(category: Any) -> str | None:
    return category.id.scheme_id if category.id is not None else None


def category_unknown(category: Any, _: Any) -> Broken:
    scheme = category_scheme(category)
    if scheme not in CATEGORY_LISTS or category.id.value in oioubl_list(scheme):
        return False
    return {"value": category.id.value}


def standard_without_rate(category: Any, _: Any) -> bool:
    return text_of(category.id) == "StandardRated" and not category.percent


def type_code_of(scheme: Any) -> str:
    return text_of(scheme.tax_type_code)


CATEGORIES: Final = (
    Each(
        lambda facts: facts.nodes[TaxCategory],
        Rule("F-LIB074", "ubl_missing", lambda c, _: blank(c.id), element="TaxCategory/ID"),
        Rule(
            "F-LIB075",
            "ubl_list_unknown",
            lambda c, _: category_scheme(c) not in CATEGORY_LISTS,
            element="TaxCategory/ID",
            expected=CATEGORY_LISTS[0],
        ),
        Rule(
            "W-LIB229",
            "ubl_value",
            lambda c, _: c.id is None or c.id.scheme_agency_id != "320",
            severity="warning",
            element="TaxCategory/ID/@schemeAgencyID",
            expected="320",
        ),
        Rule("F-LIB309", "ubl_code_unknown", category_unknown, list="TaxCategory"),
        Rule(
            "F-LIB231",
            "ubl_choice",
            lambda c, _: c.per_unit_amount is not None and c.percent is not None,
            one="PerUnitAmount",
            other="Percent",
        ),
        Rule(
            "F-LIB232",
            "ubl_missing",
            lambda c, _: c.per_unit_amount is not None and c.base_unit_measure is None,
            element="BaseUnitMeasure",
        ),
        Rule("F-LIB382", "ubl_vat_rate", standard_without_rate, category="StandardRated", percent="0"),
    ),
    Each(
        lambda facts: facts.nodes[TaxScheme],
        Rule("F-LIB065", "ubl_missing", lambda s, _: blank(s.id), element="TaxScheme/ID"),
        Rule("F-LIB066", "ubl_missing", lambda s, _: blank(s.name), element="TaxScheme/Name"),
        Rule(
            "F-LIB067",
            "ubl_not_allowed",
            lambda s, _: text_of(s.id) == "63" and s.tax_type_code is not None,
            element="TaxTypeCode",
        ),
        Rule(
            "F-LIB070",
            "ubl_list_unknown",
            lambda s, _: s.id is None or s.id.scheme_id not in SCHEME_LISTS,
            element="TaxScheme/ID",
            expected=SCHEME_LISTS[0],
        ),
        Rule(
            "F-LIB071",
            "ubl_list_unknown",
            lambda s, _: s.tax_type_code is not None and s.tax_type_code.list_id not in TYPE_LISTS,
            element="TaxTypeCode",
            expected=TYPE_LISTS[0],
        ),
        Rule(
            "F-LIB197",
            "ubl_code_unknown",
            lambda s, _: (
                text_of(s.id) not in ("63", "VAT")
                and type_code_of(s) not in oioubl_list(TYPE_LISTS[1])
                and {"value": type_code_of(s)}
            ),
            list="TaxTypeCode",
        ),
        Rule(
            "F-LIB198",
            "ubl_value",
            lambda s, _: text_of(s.id) == "63" and s.name is not None and s.name != "Moms",
            element="TaxScheme/Name",
            expected="Moms",
        ),
        Rule(
            "F-LIB199",
            "ubl_value",
            lambda s, _: s.id is not None and s.id.value != "63" and s.name == "Moms",
            element="TaxScheme/ID",
            expected="63",
        ),
    ),
)


# Allowances, charges, exchange rates


def negative(money: Any) -> bool:
    return money is not None and money.value.is_signed()


def zero(money: Any) -> bool:
    return money is not None and money.value == 0


def multiplied_wrong(charge: Any, _: Any) -> Broken:
    """F-LIB228: amount = base × factor, within 1.00: 0.10 of 200.00 is 20.00."""
    if charge.multiplier_factor_numeric is None or charge.base_amount is None or charge.amount is None:
        return False
    expected = charge.base_amount.value * charge.multiplier_factor_numeric
    return abs(charge.amount.value - expected) > 1 and {"value": charge.amount.value, "expected": expected}


def charge_kind(node: Node, facts: Facts) -> str:
    """Where an allowance or charge stands: 'document', 'line' or 'price'."""
    if node[1] is facts.root:
        return "document"
    return "price" if stands_in(node, ("price",)) else "line"


def charges(*kinds: str) -> Callable[[Any], Iterable[Node]]:
    return lambda facts: (node for node in facts.nodes[AllowanceCharge] if charge_kind(node, facts) in kinds)


CHARGES: Final = (
    Each(
        lambda facts: facts.nodes[AllowanceCharge],
        Rule("F-LIB228", "ubl_sum_wrong", multiplied_wrong, element="Amount"),
        Rule(
            "F-LIB020",
            "ubl_negative",
            lambda c, _: c.sequence_numeric is not None and c.sequence_numeric.is_signed(),
            element="SequenceNumeric",
        ),
    ),
    Each(
        charges("document", "line"),
        Rule("F-LIB226", "ubl_exactly_one", lambda c, _: len(c.tax_categories) != 1, element="TaxCategory"),
        Rule(
            "F-LIB248",
            "ubl_missing",
            lambda c, _: c.multiplier_factor_numeric is not None and c.base_amount is None,
            element="BaseAmount",
        ),
        Rule(
            "F-LIB227",
            "ubl_negative",
            lambda c, _: c.multiplier_factor_numeric is not None and c.multiplier_factor_numeric.is_signed(),
            element="MultiplierFactorNumeric",
        ),
    ),
    Each(
        charges("document"),
        Rule(
            "F-LIB019",
            "ubl_not_positive",
            lambda c, _: negative(c.amount) or zero(c.amount),
            element="Amount",
            value="",
        ),
        Rule(
            "F-LIB019",
            "ubl_not_positive",
            lambda c, _: negative(c.base_amount) or zero(c.base_amount),
            element="BaseAmount",
            value="",
        ),
    ),
    Each(
        charges("line", "price"),
        Rule("F-LIB317", "ubl_zero", lambda c, _: zero(c.amount), element="Amount"),
        Rule("F-LIB317", "ubl_zero", lambda c, _: zero(c.base_amount), element="BaseAmount"),
    ),
    Each(
        charges("price"),
        Rule(
            "F-LIB270",
            "ubl_missing",
            lambda c, _: c.multiplier_factor_numeric is not None and c.base_amount is None,
            element="BaseAmount",
        ),
        Rule(
            "F-LIB271",
            "ubl_negative",
            lambda c, _: c.multiplier_factor_numeric is not None and c.multiplier_factor_numeric.is_signed(),
            element="MultiplierFactorNumeric",
        ),
        Rule("F-LIB274", "ubl_not_allowed", lambda c, _: c.accounting_cost is not None, element="AccountingCost"),
    ),
)


def rate_rules(field: str, element: str, positive: str, fine: str) -> list[Rule]:
    def not_positive(rate: Any, _: Any) -> Broken:
        value = getattr(rate, field)
        return value is not None and (value.is_signed() or value == 0) and {"value": value}

    def not_fine(rate: Any, _: Any) -> bool:
        value = getattr(rate, field)
        return value is not None and decimals(value) != 4

    return [
        Rule(positive, "ubl_not_positive", not_positive, element=element),
        Rule(fine, "ubl_decimals_exactly", not_fine, element=element, exactly=4),
    ]


EXCHANGE_RATES: Final = Each(
    lambda facts: facts.nodes[ExchangeRate],
    Rule("F-LIB083", "ubl_missing", lambda r, _: blank(r.source_currency_code), element="SourceCurrencyCode"),
    Rule("F-LIB084", "ubl_missing", lambda r, _: blank(r.target_currency_code), element="TargetCurrencyCode"),
    *rate_rules("source_currency_base_rate", "SourceCurrencyBaseRate", "F-LIB085", "F-LIB086"),
    *rate_rules("target_currency_base_rate", "TargetCurrencyBaseRate", "F-LIB087", "F-LIB088"),
    *rate_rules("calculation_rate", "CalculationRate", "F-LIB089", "F-LIB090"),
    Rule(
        "F-LIB310",
        "ubl_value",
        lambda r, _: (
            r.mathematic_operator_code is not None and r.mathematic_operator_code.value not in ("multiply", "divide")
        ),
        element="MathematicOperatorCode",
        expected="multiply, divide",
    ),
    Rule(
        "F-LIB238",
        "ubl_missing",
        lambda r, _: r.foreign_exchange_contract is not None and blank(r.foreign_exchange_contract.id),
        element="ForeignExchangeContract/ID",
    ),
    Rule(
        "F-LIB240",
        "ubl_repeated",
        lambda r, _: (
            r.foreign_exchange_contract is not None
            and len(r.foreign_exchange_contract.contract_document_references) > 1
        ),
        element="ForeignExchangeContract/ContractDocumentReference",
        most=1,
    ),
    Rule(
        "F-LIB239",
        "ubl_choice",
        lambda r, _: (
            r.foreign_exchange_contract is not None
            and r.foreign_exchange_contract.contract_type_code is not None
            and r.foreign_exchange_contract.contract_type is not None
        ),
        one="ContractTypeCode",
        other="ContractType",
    ),
)
