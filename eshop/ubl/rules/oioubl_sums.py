"""OIOUBL 2.1: the sums of invoices and credit notes (F-INV120 … F-INV134, F-INV338, F-LIB013 … 016, F-LIB303, 374, 375).

Gross = lines + tax + charges − allowances + rounding, written alike to two decimals; the lines themselves within 0.0055. The
TaxExclusiveAmount is the tax. Source: OIOUBL 2.1, rules 1.17.2 (1 May 2026).
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from eshop.ubl.rules.en16931 import totals
from eshop.ubl.rules.facts import ZERO, InvoiceFacts
from eshop.ubl.rules.judging import EXACT, Broken, Each, Rule, decimals, text_of
from eshop.ubl.rules.sums import sum_of

CENT: Final = Decimal("0.01")


def formatted(value: Decimal) -> Decimal:
    """format-number(x, '##.00'): two decimals, half to even."""
    return value.quantize(CENT, ROUND_HALF_EVEN, EXACT)


def same_text(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are written alike with two decimals: -0.00 is not 0.00 there."""
    one, other = formatted(one), formatted(other)
    return one == other and (one != 0 or one.is_signed() == other.is_signed())


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
