"""EN 16931: lines, allowances and charges are complete, and the sums add up (BR-21 … 44, BR-CO-10 … 16, BR-DEC, UBL-DT-01).

Source: the EN 16931 rules for UBL, release 1.3.16. Where a rule looks odd here (a price that is missing is also "negative",
BR-27), it mirrors what the official sheet answers.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.items import ItemIdentification, ItemProperty
from eshop.ubl.payments import AllowanceCharge
from eshop.ubl.rules.en16931 import lines, named, root, totals
from eshop.ubl.rules.facts import ZERO, InvoiceFacts, Node, is_vat
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, blank, cents, decimals, too_fine

SLACK: Final = Decimal("0.02")
"""How far a calculated line or discount may be off: 2 øre, both ends included."""


def document_charges(charge: bool) -> Any:
    return lambda facts: (
        node for node in facts.nodes[AllowanceCharge] if node[1] is facts.root and node[0].charge_indicator is charge
    )


def line_charges(charge: bool) -> Any:
    return lambda facts: (
        node
        for node in facts.nodes[AllowanceCharge]
        if node[1][2] in ("invoice_lines", "credit_note_lines") and node[0].charge_indicator is charge
    )


def any_charges(charge: bool) -> Any:
    return lambda facts: (node for node in facts.nodes[AllowanceCharge] if node[0].charge_indicator is charge)


# Lines, allowances and charges


def price_negative(line: Any, _: Any) -> Broken:
    price = line.price.price_amount if line.price is not None else None
    return price is None or (price.value < 0 and {"value": price.value})


def gross_price_negative(line: Any, _: Any) -> bool:
    if line.price is None:
        return False
    gross = [charge.base_amount.value for charge in line.price.allowance_charges if charge.base_amount is not None]
    return bool(gross) and max(gross) < 0


def no_vat_category(line: Any, _: Any) -> bool:
    categories = line.line.item.classified_tax_categories if line.line.item is not None else ()
    return not any(category.id is not None and is_vat(category.tax_scheme) for category in categories)


def no_vat_category_on_charge(charge: Any, _: Any) -> bool:
    return not any(category.id is not None and is_vat(category.tax_scheme) for category in charge.tax_categories)


def no_reason(charge: Any, _: Any) -> bool:
    return not charge.allowance_charge_reasons and charge.allowance_charge_reason_code is None


def charge_rules(amount: str, vat: str | None, reason: str, reason_again: str, fine: str, fine_base: str) -> list[Rule]:
    """The rules of an allowance or charge, which the standard numbers anew for each of its four places."""
    found = [
        Rule(amount, "ubl_missing", lambda c, _: c.amount is None, element="Amount"),
        Rule(reason, "ubl_missing", no_reason, element="AllowanceChargeReason"),
        Rule(reason_again, "ubl_missing", no_reason, element="AllowanceChargeReason"),
        Rule(fine, "ubl_decimals", lambda c, _: too_fine(c.amount), element="Amount", most=2),
        Rule(fine_base, "ubl_decimals", lambda c, _: too_fine(c.base_amount), element="BaseAmount", most=2),
    ]
    if vat is not None:
        found.append(Rule(vat, "ubl_missing", no_vat_category_on_charge, element="TaxCategory"))
    return found


LINES: Final = (
    Each(
        lines,
        Rule("BR-21", "ubl_missing", lambda x, _: blank(x.line.id), element="ID"),
        Rule("BR-22", "ubl_missing", lambda x, _: x.quantity is None, element="InvoicedQuantity"),
        Rule("BR-23", "ubl_missing", lambda x, _: x.quantity is None or not x.quantity.unit, element="unitCode"),
        Rule("BR-24", "ubl_missing", lambda x, _: x.line.line_extension_amount is None, element="LineExtensionAmount"),
        Rule("BR-25", "ubl_missing", lambda x, _: x.line.item is None or blank(x.line.item.name), element="Item/Name"),
        Rule(
            "BR-26",
            "ubl_missing",
            lambda x, _: x.price is None or x.price.price_amount is None,
            element="Price/PriceAmount",
        ),
        Rule("BR-27", "ubl_negative", price_negative, element="Price/PriceAmount"),
        Rule("BR-28", "ubl_negative", gross_price_negative, element="Price/AllowanceCharge/BaseAmount"),
        Rule("BR-CO-04", "ubl_missing", no_vat_category, element="ClassifiedTaxCategory"),
        Rule(
            "BR-DEC-23",
            "ubl_decimals",
            lambda x, _: too_fine(x.line.line_extension_amount),
            element="LineExtensionAmount",
            most=2,
        ),
    ),
    Each(document_charges(False), *charge_rules("BR-31", "BR-32", "BR-33", "BR-CO-21", "BR-DEC-01", "BR-DEC-02")),
    Each(document_charges(True), *charge_rules("BR-36", "BR-37", "BR-38", "BR-CO-22", "BR-DEC-05", "BR-DEC-06")),
    Each(line_charges(False), *charge_rules("BR-41", None, "BR-42", "BR-CO-23", "BR-DEC-24", "BR-DEC-25")),
    Each(line_charges(True), *charge_rules("BR-43", None, "BR-44", "BR-CO-24", "BR-DEC-27", "BR-DEC-28")),
    Each(
        named(ItemProperty, "additional_item_properties"),
        Rule("BR-54", "ubl_missing", lambda p, _: p.name is None or p.value is None, element="Name, Value"),
    ),
    Each(
        named(ItemIdentification, "standard_item_identification"),
        Rule(
            "BR-64",
            "ubl_scheme_missing",
            lambda i, _: i.id is not None and i.id.scheme_id is None,
            element="StandardItemIdentification/ID",
        ),
    ),
)


# Sums


def sum_broken(said: Any, expected: Decimal) -> Broken:
    """Whether an amount is not what it should be; an amount that is absent is not either."""
    if said is None:
        return {"value": None, "expected": expected}
    return said.value != expected and {"value": said.value, "expected": expected}


def share_wrong(charge: Any, _: Any) -> Broken:
    """PEPPOL-EN16931-R040, and R022 of the orders: amount = base × percent, within 0.02: 10 % of 200.00 is 20.00."""
    if charge.multiplier_factor_numeric is None or charge.base_amount is None:
        return False
    expected = charge.base_amount.value * charge.multiplier_factor_numeric / 100
    said = charge.amount.value if charge.amount is not None else ZERO
    return abs(said - expected) > SLACK and {"value": said, "expected": cents(expected)}


def line_sum_wrong(total: Any, facts: InvoiceFacts) -> Broken:
    return sum_broken(total.line_extension_amount, cents(facts.line_total))


def charge_sum_wrong(said: Any, charges: list[Any]) -> Broken:
    if said is None:
        return bool(charges) and {"value": None, "expected": sum_of(charges)}
    return sum_broken(said, cents(sum_of(charges)))


def sum_of(charges: Iterable[Any]) -> Decimal:
    return sum((charge.amount.value for charge in charges if charge.amount is not None), ZERO)


def net_wrong(total: Any, _: Any) -> Broken:
    """BR-CO-13: net = lines + charges − allowances: 100.00 + 10.00 − 5.00 = 105.00."""
    if total.line_extension_amount is None:
        return {"value": None, "expected": None}
    net = total.line_extension_amount.value
    if total.charge_total_amount is not None:
        net += total.charge_total_amount.value
    if total.allowance_total_amount is not None:
        net -= total.allowance_total_amount.value
    plain = total.charge_total_amount is None and total.allowance_total_amount is None
    return sum_broken(total.tax_exclusive_amount, net if plain else cents(net))


def gross_wrong(document: Any, facts: InvoiceFacts) -> Broken:
    """BR-CO-15: exactly one total VAT amount in the invoice currency, and gross = net + VAT."""
    if document.document_currency_code is None:
        return False
    taxes = [
        total.tax_amount.value
        for total in document.tax_totals
        if total.tax_amount is not None and total.tax_amount.currency == facts.currency
    ]
    totals = facts.totals
    if len(taxes) != 1 or totals is None or totals.tax_exclusive_amount is None:
        return {"value": None, "expected": None}
    return sum_broken(totals.tax_inclusive_amount, cents(totals.tax_exclusive_amount.value + taxes[0]))


def payable_wrong(total: Any, _: Any) -> Broken:
    """BR-CO-16: payable = gross − prepaid + rounding: 125.00 − 25.00 + 0.30 = 100.30."""
    gross, prepaid, rounding, payable = (
        total.tax_inclusive_amount,
        total.prepaid_amount,
        total.payable_rounding_amount,
        total.payable_amount,
    )
    if gross is None or payable is None:
        return {"value": None, "expected": None}
    left = payable.value if rounding is None else cents(payable.value - rounding.value)
    right = gross.value if prepaid is None else cents(gross.value - prepaid.value)
    return left != right and {
        "value": payable.value,
        "expected": right + (rounding.value if rounding is not None else 0),
    }


def tax_sum_wrong(total: Any, _: Any) -> Broken:
    if not total.tax_subtotals:
        return False
    parts = sum((part.tax_amount.value for part in total.tax_subtotals if part.tax_amount is not None), ZERO)
    return sum_broken(total.tax_amount, cents(parts))


def document_tax_totals(facts: InvoiceFacts) -> Iterable[Node]:
    return ((total, facts.root, "tax_totals", number) for number, total in enumerate(facts.document.tax_totals))


def fine_rules() -> list[Rule]:
    """BR-DEC-09 … 18: the totals have at most two decimals."""
    table = (
        ("BR-DEC-09", "line_extension_amount", "LineExtensionAmount"),
        ("BR-DEC-10", "allowance_total_amount", "AllowanceTotalAmount"),
        ("BR-DEC-11", "charge_total_amount", "ChargeTotalAmount"),
        ("BR-DEC-12", "tax_exclusive_amount", "TaxExclusiveAmount"),
        ("BR-DEC-14", "tax_inclusive_amount", "TaxInclusiveAmount"),
        ("BR-DEC-16", "prepaid_amount", "PrepaidAmount"),
        ("BR-DEC-17", "payable_rounding_amount", "PayableRoundingAmount"),
        ("BR-DEC-18", "payable_amount", "PayableAmount"),
    )
    return [
        Rule(rule, "ubl_decimals", lambda t, _, field=field: too_fine(getattr(t, field)), element=element, most=2)
        for rule, field, element in table
    ]


SUMS: Final = (
    Each(
        totals,
        Rule("BR-12", "ubl_missing", lambda t, _: t.line_extension_amount is None, element="LineExtensionAmount"),
        Rule("BR-13", "ubl_missing", lambda t, _: t.tax_exclusive_amount is None, element="TaxExclusiveAmount"),
        Rule("BR-14", "ubl_missing", lambda t, _: t.tax_inclusive_amount is None, element="TaxInclusiveAmount"),
        Rule("BR-15", "ubl_missing", lambda t, _: t.payable_amount is None, element="PayableAmount"),
        Rule("BR-CO-10", "ubl_sum_wrong", line_sum_wrong, element="LineExtensionAmount"),
        Rule(
            "BR-CO-11",
            "ubl_sum_wrong",
            lambda t, f: charge_sum_wrong(t.allowance_total_amount, f.allowances),
            element="AllowanceTotalAmount",
        ),
        Rule(
            "BR-CO-12",
            "ubl_sum_wrong",
            lambda t, f: charge_sum_wrong(t.charge_total_amount, f.charges),
            element="ChargeTotalAmount",
        ),
        Rule("BR-CO-13", "ubl_sum_wrong", net_wrong, element="TaxExclusiveAmount"),
        Rule("BR-CO-16", "ubl_sum_wrong", payable_wrong, element="PayableAmount"),
        *fine_rules(),
    ),
    Each(root, Rule("BR-CO-15", "ubl_sum_wrong", gross_wrong, element="TaxInclusiveAmount")),
    Each(document_tax_totals, Rule("BR-CO-14", "ubl_sum_wrong", tax_sum_wrong, element="TaxAmount")),
    EachNode(
        lambda facts: facts.moneys,
        Rule("UBL-DT-01", "ubl_decimals", lambda node, _: fine_amount(node), element="Amount", most=2),
    ),
)


def fine_amount(node: Node) -> Broken:
    """UBL-DT-01: every amount but prices has at most two decimals; what stands in a price's discount is a price too."""
    money, parent, field, _ = node
    assert parent is not None
    if decimals(money.value) <= 2 or field == "price_amount" or not field.endswith("amount"):
        return False
    in_price = parent[2] == "allowance_charges" and parent[1] is not None and parent[1][2] == "price"
    return not in_price and {"value": money.value}
