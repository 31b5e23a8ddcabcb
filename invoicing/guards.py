"""What stops an invoice as a whole, whatever its lines say: its orders, dates, fees, sums, what it is, who has dealt with it, where it is
to be paid, and small overcharges that add up. (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from eshop.amounts import NOTHING, Amount, Percent
from eshop.findings import Finding
from invoicing.billed import Billed
from invoicing.fees import fees_of, is_fee, judge_fees
from invoicing.matching import Match
from invoicing.verdicts import KRONER, Checked, Situation

if TYPE_CHECKING:
    from ordering import OrderPicture

_AMENDING: Final = frozenset({"80", "84", "383", "384", "386"})
"""UNCL 1001 of invoices that come beside another one: debit notes (of goods, of an adjustment), corrected invoice, prepayment invoice."""
_NO_SALE: Final = frozenset({"71", "102", "218", "219", "382", "395", "553", "817"})
"""UNCL 1001 of what asks for money and invoices no goods that were ordered: request for payment (71; 218 and 219 of building work), tax
notification, commission note, consignment, a forwarder's report of discrepancies, claim. Peppol takes them all as an Invoice."""
_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


def judge_whole(
    billed: Billed,
    orders: Sequence[OrderPicture],
    match: Match,
    situation: Situation,
    overcharges: Mapping[int, Amount],
) -> Iterable[Checked]:
    """Every reason of the document as a whole; `overcharges` are this invoice's own, by order."""
    for check in (_order_guards, _dates, _fees, _totals, _said_of_itself, _persons, _accounts):
        yield from check(billed, orders, match, situation)
    yield from _cumulative(overcharges, situation, orders)


def rates_of(orders: Iterable[OrderPicture]) -> frozenset[Decimal]:
    return frozenset(line.vat_percent for order in orders for line in order.lines)


def _order_guards(
    billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation
) -> Iterable[Checked]:
    for order in orders:
        values = {"number": order.number}
        if order.standing != "open":
            yield "order_not_open", Finding(f"order_{order.standing}", values=values)
        if order.institution_id not in situation.institutions:
            yield "institution_mismatch", Finding("institution_mismatch", values=values)
        if order.currency != billed.currency:
            yield (
                "currency_mismatch",
                Finding("currency_mismatch", values={**values, "billed": billed.currency, "agreed": order.currency}),
            )
    if billed.currency != KRONER and all(order.currency == billed.currency for order in orders):
        yield "currency_mismatch", Finding("currency_foreign", values={"billed": billed.currency})
    if strange := sorted(billed.currencies - {billed.currency}):
        yield "currency_mismatch", Finding("currency_mixed", values={"billed": billed.currency, "others": strange})
    if len(match.order_ids) > 1:
        yield "two_orders", Finding("two_orders", "info", values={"numbers": [order.number for order in orders]})


def _dates(billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation) -> Iterable[Checked]:
    if billed.issue_date > situation.today:
        yield "future_date", Finding("future_date", values={"day": billed.issue_date, "today": situation.today})
    for order in orders:
        if billed.issue_date < order.ordered_on:
            values = {"day": billed.issue_date, "number": order.number, "ordered": order.ordered_on}
            yield "before_order", Finding("before_order", values=values)


def _fees(billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation) -> Iterable[Checked]:
    """All fee lines and document charges together; allowances on the document are a discount, and so is a fee below zero: neither makes
    room for a fee. Where nothing that was ordered is invoiced, nothing was freighted either: 0 pieces, or as many back, are nothing."""
    discounts = Amount.sum(charge.amount for charge in billed.charges if not charge.is_charge)
    if discounts:
        yield "discount", Finding("document_discount", "info", values={"amount": discounts})
    if raised := Amount.sum(charge.amount for charge in billed.charges if charge.is_charge and charge.odd):
        yield "fee_over_limit", Finding("allowance_below_nothing", values={"amount": raised})
    positions = [
        one.position for one in billed.lines if one.position in match.unpaired and is_fee(one) and one.amount > NOTHING
    ]
    fees = fees_of(billed, positions)
    if not fees:
        return
    verdict = judge_fees(
        fees,
        allowed=bool(orders) and all(order.freight_allowed for order in orders),
        policy_most=situation.policy.freight_without_order_line_max,
        terms=situation.fee_terms.get(orders[0].id, ()) if orders else (),
        order_total=Amount.sum(order.total for order in orders),
    )
    values = {"total": verdict.total, "limit": verdict.limit}
    if not _has_goods(match):
        yield "fee_over_limit", Finding("fee_without_goods", values=values)
    elif not verdict.within:
        yield "fee_over_limit", Finding("fee_over_limit", values=values)
    elif verdict.total:
        yield "fee_within_limit", Finding("fee_within_limit", "info", values=values)
    rates = rates_of(orders)
    charged = [charge for charge in billed.charges if charge.is_charge]
    if situation.policy.vat_must_equal_order and any(charge.vat_percent not in rates for charge in charged):
        yield "vat", Finding("charge_vat", values={"agreed": [Percent(rate) for rate in sorted(rates)]})


def _has_goods(match: Match) -> bool:
    put: dict[int, Decimal] = {}
    for pair in match.pairs:
        put[pair.order_line_id] = put.get(pair.order_line_id, _ZERO) + pair.quantity
    return any(quantity > _ZERO for quantity in put.values())


def unexplained(billed: Billed) -> Amount:
    """What the amount to pay is above lines, charges and VAT; 0 when the document adds up."""
    charges = Amount.sum(charge.amount if charge.is_charge else -charge.amount for charge in billed.charges)
    lines = Amount.sum(line.amount for line in billed.lines)
    return billed.payable + billed.prepaid - (lines + charges + billed.vat)


def _totals(billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation) -> Iterable[Checked]:
    """Rounding of the document within its tolerance, and VAT that follows from the rates of the lines."""
    tolerance = situation.policy.rounding_tolerance_per_document or NOTHING
    rounding = unexplained(billed)
    if rounding > tolerance:
        yield "price_over", Finding("rounding_over", values={"rounding": rounding, "limit": tolerance})
    elif (
        -rounding > tolerance
    ):  # nobody loses by it, but nobody rounds 25 kr. away either: the sums mean something else
        yield "rounding_over", Finding("rounding_under", values={"rounding": -rounding, "limit": tolerance})
    elif rounding:
        yield "rounding", Finding("rounding", "info", values={"rounding": rounding})
    parts = [(line.amount, line.vat_percent) for line in billed.lines]
    parts += [(one.amount if one.is_charge else -one.amount, one.vat_percent) for one in billed.charges]
    if not situation.policy.vat_must_equal_order or any(percent is None for _, percent in parts):
        return
    follows = sum((amount.kroner * (percent or _ZERO) / _HUNDRED for amount, percent in parts), _ZERO)
    off, hairs = billed.vat.kroner - follows, Decimal("0.01") * len(parts)
    if abs(off) > max(tolerance.kroner, hairs) or off + rounding.kroner > tolerance.kroner + hairs:
        yield "vat", Finding("vat_does_not_follow", values={"vat": billed.vat, "expected": Amount.rounded(follows)})


def said_of_itself(billed: Billed) -> Iterable[Checked]:
    """What a document says of itself that no order can confirm: that it is a copy (the original may be on its way, or paid), or that
    something has been paid beforehand (by whom?). A prepayment below zero would even raise what is to be paid, all sums being right."""
    if billed.is_copy:
        yield "copy", Finding("document_is_a_copy")
    if billed.prepaid:
        yield "prepaid", Finding("prepaid", values={"amount": billed.prepaid})


def _said_of_itself(
    billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation
) -> Iterable[Checked]:
    """An invoice that takes up an earlier one corrects it or adds to it: beside it, both would be paid. One that names what we have never
    had (a tender, a delivery note, an invoice to somebody else) has nothing beside it; orders and receipts hold it as any other."""
    yield from said_of_itself(billed)
    if situation.beside or billed.type_code in _AMENDING:
        numbers = list(situation.beside or billed.takes_up) or ["–"]
        yield "amends", Finding("invoice_amends", values={"numbers": numbers})
    if billed.type_code in _NO_SALE:
        yield "amends", Finding("invoice_of_no_sale", values={"type": billed.type_code})


def _persons(billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation) -> Iterable[Checked]:
    """At least two different people have ordered, approved or received, unless the municipality lets one do it up to an amount."""
    alone = [order for order in orders if not order.loaded and len(order.people) < 2]
    most = situation.policy.one_person_max
    if alone and (most is None or billed.payable > most):
        yield "two_persons", Finding("two_persons", values={"number": alone[0].number, "limit": most})


def _accounts(billed: Billed, orders: Sequence[OrderPicture], match: Match, situation: Situation) -> Iterable[Checked]:
    for account in situation.unknown_accounts:
        yield "bank_account_changed", Finding("bank_account_changed", values={"account": account})


def _cumulative(
    overcharges: Mapping[int, Amount], situation: Situation, orders: Sequence[OrderPicture]
) -> Iterable[Checked]:
    """Many small overcharges stop too: what is above the agreed price, summed per order and per supplier and month."""
    per_order = situation.policy.cumulative_per_order
    numbers = {order.id: order.number for order in orders}
    if per_order is not None:
        for order_id, over in overcharges.items():
            total = over + situation.overcharged.get(order_id, NOTHING)
            if total > per_order:
                values = {"number": numbers[order_id], "total": total, "limit": per_order}
                yield "cumulative_over", Finding("cumulative_over_order", values=values)
    per_month = situation.policy.cumulative_per_supplier_month
    total = Amount.sum(overcharges.values())
    if per_month is not None and total and total + situation.overcharged_month > per_month:
        values = {"total": total + situation.overcharged_month, "limit": per_month}
        yield "cumulative_over", Finding("cumulative_over_month", values=values)
