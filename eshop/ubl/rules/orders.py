"""Peppol BIS Order 3 and Order Change 3: one set of rules under two numbers (PEPPOL-T01-*, PEPPOL-T114-*).

Source: OpenPeppol release 2026.5.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from eshop.findings import Severity
from eshop.ubl.codelists import codes
from eshop.ubl.lines import LineItem
from eshop.ubl.parties import PartyTaxScheme
from eshop.ubl.payments import AllowanceCharge, Price, TaxCategory
from eshop.ubl.references import LineReference
from eshop.ubl.rules.codes import AMOUNTS, not_in
from eshop.ubl.rules.en16931 import root
from eshop.ubl.rules.facts import ZERO, Facts, Node
from eshop.ubl.rules.judging import EXACT, Broken, Each, EachNode, Rule, cents, decimals, text_of
from eshop.ubl.rules.messages import common, has_name, in_process, party_rule
from eshop.ubl.rules.sums import SLACK, share_wrong, sum_broken, sum_of

# Orders and order changes


def line_items(facts: Facts) -> Iterable[Node]:
    return (node for node in facts.nodes[LineItem] if node[2] == "line_item")


def currency_of(facts: Facts) -> str:
    return text_of(facts.document.document_currency_code)


def anticipated(facts: Facts) -> Iterable[Node]:
    found = facts.document.anticipated_monetary_total
    return ((found, facts.root, "anticipated_monetary_total", 0),) if found is not None else ()


def own_charges(facts: Facts, charge: bool) -> list[Any]:
    return [found for found in facts.document.allowance_charges if found.charge_indicator is charge]


def currency_other(node: Node, facts: Facts) -> Broken:
    money, parent, field, _ = node
    judged = field in AMOUNTS or (parent is not None and parent[2] == "anticipated_monetary_total")
    if not judged or field == "taxable_amount" or not money.currency or money.currency == currency_of(facts):
        return False
    return {"value": money.currency, "expected": currency_of(facts)}


def fine(node: Node, _: Any) -> bool:
    money, parent, field, _ = node
    if field not in AMOUNTS or field == "taxable_amount" or decimals(money.value) <= 2:
        return False
    while parent is not None:
        if parent[2] == "price":
            return False
        parent = parent[1]
    return True


def optional(money: Any) -> Decimal:
    return money.value if money is not None else ZERO


def line_sum(facts: Facts) -> Decimal:
    found = (node[0].line_extension_amount for node in line_items(facts))
    return cents(sum((money.value for money in found if money is not None), ZERO))


def net_of(total: Any) -> Decimal | None:
    """The net total, or what it comes to where it is not said: lines − allowances + charges."""
    if total.tax_exclusive_amount is not None:
        return total.tax_exclusive_amount.value
    if total.line_extension_amount is None:
        return None
    return expected_net(total)


def expected_net(total: Any) -> Decimal:
    return (
        optional(total.line_extension_amount)
        - optional(total.allowance_total_amount)
        + optional(total.charge_total_amount)
    )


def net_wrong(total: Any, _: Any) -> Broken:
    if total.line_extension_amount is None:
        return {"value": None, "expected": None}
    return total.tax_exclusive_amount is not None and sum_broken(total.tax_exclusive_amount, expected_net(total))


def payable_wrong(total: Any, _: Any) -> Broken:
    gross = total.tax_inclusive_amount
    if gross is None or gross.value == 0:
        return False
    expected = gross.value - optional(total.prepaid_amount) + optional(total.payable_rounding_amount)
    return sum_broken(total.payable_amount, expected)


def gross_wrong(total: Any, facts: Facts) -> Broken:
    gross = total.tax_inclusive_amount
    if gross is None or gross.value == 0 or not facts.document.tax_totals:
        return False
    net = net_of(total)
    if net is None:
        return {"value": gross.value, "expected": None}
    return sum_broken(gross, net + optional(facts.document.tax_totals[0].tax_amount))


def line_wrong(item: Any, _: Any) -> Broken:
    """quantity × price / base quantity + charges − allowances, within 0.02, as on the invoice."""
    price = item.price
    expected = item.quantity.value if item.quantity is not None else Decimal(1)
    expected *= price.price_amount.value if price is not None and price.price_amount is not None else ZERO
    if price is not None and price.base_quantity is not None and price.base_quantity.value != 0:
        expected = EXACT.divide(expected, price.base_quantity.value)
    expected += cents(sum_of(one for one in item.allowance_charges if one.charge_indicator is True))
    expected -= cents(sum_of(one for one in item.allowance_charges if one.charge_indicator is False))
    said = optional(item.line_extension_amount)
    return abs(said - expected) > SLACK and {"value": said, "expected": cents(expected)}


def id_not_unique(item: Any, facts: Facts) -> Broken:
    number = text_of(item.id)
    count = sum(1 for node in line_items(facts) if node[0].id is not None and node[0].id.value == number)
    return (item.id is None or count != 1) and {"value": number}


def negative_or_missing(money: Any) -> bool:
    return money is None or money.value < 0


def charges_of_order(facts: Facts) -> Iterable[Node]:
    return (
        node
        for node in facts.nodes[AllowanceCharge]
        if node[1] is facts.root or (node[1] is not None and node[1][2] == "line_item")
    )


def whole(charge: Any) -> bool:
    """Whether base and percent stand both or neither: only then are the other rules of a charge asked."""
    return (charge.multiplier_factor_numeric is None) == (charge.base_amount is None)


def price_discount_wrong(node: Node, _: Any) -> Broken:
    charge, parent = node[0], node[1]
    assert parent is not None
    price = parent[0].price_amount
    if charge.base_amount is None:
        return False
    if price is None or charge.amount is None:
        return {"value": None, "expected": None}
    return sum_broken(price, charge.base_amount.value - charge.amount.value)


def price_charges(facts: Facts) -> Iterable[Node]:
    return (node for node in facts.nodes[AllowanceCharge] if node[1] is not None and node[1][2] == "price")


def gross_price_negative(price: Any, _: Any) -> bool:
    found = [charge.base_amount.value for charge in price.allowance_charges if charge.base_amount is not None]
    return bool(found) and max(found) < 0


def discount_negative(price: Any, _: Any) -> bool:
    return any(charge.amount is not None and charge.amount.value < 0 for charge in price.allowance_charges)


_PREFIXES: Final = " ".join(sorted(codes("vat-prefixes", "bis")))


def prefix_unknown(scheme: Any, _: Any) -> Broken:
    if scheme.tax_scheme is None or text_of(scheme.tax_scheme.id) != "VAT":
        return False
    number = text_of(scheme.company_id)
    return number[:2] not in _PREFIXES and {"value": number}


def rate_missing(category: Any, _: Any) -> bool:
    return category.percent is None and text_of(category.id) != "O"


def standard_without_rate(category: Any, _: Any) -> Broken:
    if text_of(category.id) != "S" or (category.percent is not None and category.percent > 0):
        return False
    return {"category": "S", "percent": category.percent}


def reason_unknown(charges: bool) -> Callable[[Any, Any], Broken]:
    allowed = codes("charge-reasons" if charges else "allowance-reasons", "en16931")

    def broken(charge: Any, _: Any) -> Broken:
        return charge.charge_indicator is charges and not_in(allowed, charge.allowance_charge_reason_code)

    return broken


def quotation_missing(_: Any, facts: Facts) -> bool:
    found = facts.document.quotation_document_reference
    return found is None or found.id is None


def no_end(document: Any, _: Any) -> bool:
    """An end that is there without content is another rule's business."""
    ended = any(period.end_date is not None for period in document.validity_periods)
    return not ended and not any(found.where.endswith("ValidityPeriod/EndDate") for found in document.problems)


def order_rules(t: str, line_sum_severity: Severity, *processes: str) -> tuple[Any, ...]:
    """The rules of an order: `t` is T01 for orders and T114 for changes."""
    name = f"PEPPOL-{t}"
    return (
        in_process(f"{name}-R031", *processes),
        Each(
            root,
            Rule(
                f"{name}-R002",
                "ubl_missing",
                no_end,
                severity="warning",
                element="ValidityPeriod/EndDate",
            ),
            party_rule(f"{name}-R014", "originator_customer_party", has_name, "PartyName"),
        ),
        EachNode(
            lambda facts: facts.moneys,
            Rule(f"{name}-R003", "ubl_currency_differs", currency_other),
            Rule(f"{name}-R028", "ubl_decimals", fine, element="Amount", most=2),
        ),
        Each(lambda facts: facts.nodes[PartyTaxScheme], Rule(f"{name}-R026", "ubl_vat_prefix", prefix_unknown)),
        Each(
            anticipated,
            Rule(
                f"{name}-R006",
                "ubl_negative",
                lambda x, _: negative_or_missing(x.payable_amount),
                element="PayableAmount",
            ),
            Rule(
                f"{name}-R007",
                "ubl_negative",
                lambda x, _: negative_or_missing(x.line_extension_amount),
                element="LineExtensionAmount",
            ),
            Rule(
                f"{name}-R008",
                "ubl_sum_wrong",
                lambda x, f: sum_broken(x.line_extension_amount, line_sum(f)),
                severity=line_sum_severity,
                element="LineExtensionAmount",
            ),
            Rule(
                f"{name}-R009",
                "ubl_sum_wrong",
                lambda x, f: optional(x.allowance_total_amount) != cents(sum_of(own_charges(f, False))),
                element="AllowanceTotalAmount",
            ),
            Rule(
                f"{name}-R010",
                "ubl_sum_wrong",
                lambda x, f: optional(x.charge_total_amount) != cents(sum_of(own_charges(f, True))),
                element="ChargeTotalAmount",
            ),
            Rule(f"{name}-R011", "ubl_sum_wrong", net_wrong, element="TaxExclusiveAmount"),
            Rule(f"{name}-R016", "ubl_sum_wrong", payable_wrong, element="PayableAmount"),
            Rule(f"{name}-R017", "ubl_sum_wrong", gross_wrong, element="TaxInclusiveAmount"),
        ),
        Each(
            charges_of_order,
            Rule(
                f"{name}-R020",
                "ubl_missing",
                lambda c, _: not whole(c) and c.base_amount is None,
                element="BaseAmount",
            ),
            Rule(
                f"{name}-R021",
                "ubl_missing",
                lambda c, _: not whole(c) and c.multiplier_factor_numeric is None,
                element="MultiplierFactorNumeric",
            ),
            Rule(f"{name}-R022", "ubl_sum_wrong", share_wrong, element="Amount"),
            Rule(
                f"{name}-R023",
                "ubl_missing",
                lambda c, _: whole(c) and not c.allowance_charge_reasons and c.allowance_charge_reason_code is None,
                element="AllowanceChargeReason",
            ),
            Rule(
                f"{name}-R032",
                "ubl_negative",
                lambda c, _: whole(c) and negative_or_missing(c.amount),
                element="Amount",
            ),
        ),
        Each(
            lambda facts: facts.nodes[AllowanceCharge],
            Rule(f"{name}-CL001", "ubl_code_unknown", reason_unknown(charges=False), list="UNCL 5189"),
            Rule(f"{name}-CL002", "ubl_code_unknown", reason_unknown(charges=True), list="UNCL 7161"),
        ),
        Each(
            lambda facts: facts.nodes[TaxCategory],
            Rule(f"{name}-R029", "ubl_missing", rate_missing, element="Percent"),
            Rule(f"{name}-R030", "ubl_vat_rate", standard_without_rate),
        ),
        Each(
            line_items,
            Rule(f"{name}-R024", "ubl_line_amount", line_wrong),
            Rule(
                f"{name}-R025",
                "ubl_not_positive",
                lambda x, _: (
                    x.price is not None and x.price.base_quantity is not None and x.price.base_quantity.value <= 0
                ),
                element="Price/BaseQuantity",
            ),
            Rule(f"{name}-R001", "ubl_line_id_repeated", id_not_unique),
            Rule(f"{name}-R004", "ubl_negative", lambda x, _: negative_or_missing(x.quantity), element="Quantity"),
            Rule(
                f"{name}-R013", "ubl_missing", lambda x, _: x.quantity is None, severity="warning", element="Quantity"
            ),
        ),
        EachNode(price_charges, Rule(f"{name}-R019", "ubl_sum_wrong", price_discount_wrong, element="PriceAmount")),
        Each(
            lambda facts: facts.nodes[Price],
            Rule(
                f"{name}-R005", "ubl_negative", lambda p, _: negative_or_missing(p.price_amount), element="PriceAmount"
            ),
            Rule(f"{name}-R027", "ubl_negative", gross_price_negative, element="AllowanceCharge/BaseAmount"),
            Rule(f"{name}-R033", "ubl_negative", discount_negative, element="AllowanceCharge/Amount"),
        ),
        Each(
            lambda facts: (
                node for node in facts.of(LineReference, "quotation_line_reference") if node[0].line_id is not None
            ),
            Rule(f"{name}-R035", "ubl_missing", quotation_missing, element="QuotationDocumentReference/ID"),
        ),
    )


_ORDERING: Final = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
_ADVANCED: Final = "urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3"

ORDER: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:order:3", "PEPPOL-T01-R034"),
    *order_rules("T01", "error", "urn:fdc:peppol.eu:poacc:bis:order_only:3", _ORDERING, _ADVANCED),
)
ORDER_CHANGE: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:order_change:3", "PEPPOL-T114-R034"),
    *order_rules("T114", "warning", _ADVANCED),
)
ORDER_CANCELLATION: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:order_cancellation:3", "PEPPOL-T115-R034"),
    in_process("PEPPOL-T115-R031", _ADVANCED),
)
