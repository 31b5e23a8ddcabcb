"""May this credit note be posted? It gives back what one invoice charged, never more. (pure)

A credit note is judged against the invoice it names, not against the order: quantity and amount of each order line at most what that
invoice put there, less what was credited before; the document as a whole at most what that invoice still claims. Worked example:
invoiced 10 × 52,00 = 520,00, credited 3 × 52,00 before: at most 7 and 364,00 are left.

A credit of value (10 × 2,00 back on 10 × 52,00: the price was too high) gives no goods back: the quantity stays invoiced, else it could
be invoiced once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from eshop.amounts import NOTHING, Amount
from eshop.findings import Finding
from invoicing.billed import Billed, BilledLine
from invoicing.control import vat_finding
from invoicing.fees import is_discount, is_fee, says_nothing
from invoicing.guards import said_of_itself
from invoicing.matching import HAIR, Match, Pair
from invoicing.verdicts import Checked, Comparison, LineVerdict, Situation, Tolerance, by_severity, in_order

if TYPE_CHECKING:
    from ordering import OrderLinePicture, OrderPicture

_ZERO: Final = Decimal(0)
_ABOUT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Charged:
    """What an invoice put on an order line, or a credit note took off it: quantity in the order unit and net amount."""

    quantity: Decimal = _ZERO
    amount: Amount = NOTHING


@dataclass(frozen=True, slots=True)
class Credited:
    """The invoice a credit note names: what it charged, and what credit notes have given back of it so far."""

    number: str
    is_posted: bool
    gross: Amount
    gross_back: Amount = NOTHING
    fees: Amount = NOTHING
    fees_back: Amount = NOTHING
    charged: Mapping[int, Charged] = field(default_factory=dict)
    back: Mapping[int, Charged] = field(default_factory=dict)

    def left(self, order_line_id: int) -> Charged:
        charged, back = self.charged.get(order_line_id, Charged()), self.back.get(order_line_id, Charged())
        return Charged(charged.quantity - back.quantity, charged.amount - back.amount)

    @property
    def gross_left(self) -> Amount:
        return self.gross - self.gross_back

    @property
    def rooms(self) -> dict[int, Decimal]:
        """Order line id → quantity that may still be credited."""
        return {line: max(_ZERO, self.left(line).quantity) for line in self.charged}


def compare_credit(
    billed: Billed, match: Match, orders: Sequence[OrderPicture], credited: Credited | None, situation: Situation
) -> tuple[Comparison, frozenset[int]]:
    """Control of a credit note; also the order lines on which it is a credit of value only.

    `match` is the pairing with the credited invoice's order lines (`credited.rooms`), or with the orders when there is none.
    """
    lines = {line.id: (order, line) for order in orders for line in order.lines}
    reasons: set[str] = set()
    findings: list[Finding] = []
    if credited is None or not credited.is_posted:
        reasons.add("credit_without_invoice")
        code = "credit_without_invoice" if credited is None else "credit_of_waiting_invoice"
        findings.append(Finding(code, values={"numbers": list(billed.credits) or ["–"]}))
    verdicts: list[LineVerdict] = []
    put = _put(match)
    for one in billed.lines:
        verdict, why = _judge_line(one, match, lines, orders, credited, put, situation)
        verdicts.append(verdict)
        reasons |= why
    value_only = frozenset(
        line
        for line, taken in put.items()
        if credited is not None and _is_value_only(credited.charged.get(line), taken, situation.tolerance(line))
    )
    for reason, finding in (*_guards(billed, orders, situation), *_totals(billed, match, credited)):
        reasons.add(reason)
        findings += [finding] if finding is not None else []
    return Comparison(tuple(verdicts), in_order(reasons), tuple(findings)), value_only


def _put(match: Match) -> dict[int, Charged]:
    put: dict[int, Charged] = {}
    for pair in match.pairs:
        before = put.get(pair.order_line_id, Charged())
        put[pair.order_line_id] = Charged(before.quantity + pair.quantity, before.amount + pair.amount)
    return put


def _is_value_only(charged: Charged | None, taken: Charged, tolerance: Tolerance) -> bool:
    """Whether less than the invoiced price is given back: 10 × 2,00 on an invoiced 10 × 52,00. Less by more than the tolerance of the line
    counts too, else goods that are credited a little too low and invoiced anew would cost the difference once more."""
    if charged is None or not charged.quantity or not taken.quantity:
        return True
    whole = Amount.rounded(charged.amount.kroner * taken.quantity / charged.quantity)
    return taken.amount.kroner < whole.kroner * (1 - _ABOUT) or not tolerance.allows(whole - taken.amount, whole)


def _judge_line(
    one: BilledLine,
    match: Match,
    lines: Mapping[int, tuple[OrderPicture, OrderLinePicture]],
    orders: Sequence[OrderPicture],
    credited: Credited | None,
    put: Mapping[int, Charged],
    situation: Situation,
) -> tuple[LineVerdict, set[str]]:
    pairs = match.of_line(one.position)
    where = f"line {one.id}"
    number = orders[0].number if orders else None
    if not pairs:
        if says_nothing(one):
            return LineVerdict(one.position, one.id, None, None, ("ok",), one.quantity), set()
        if is_fee(one) or is_discount(one):
            return LineVerdict(one.position, one.id, number, None, ("fee",), one.quantity), set()
        values = {"name": one.name or one.seller_item_id or one.id, "amount": one.amount, "line": one.id}
        finding = Finding("line_not_on_order", where=where, values=values)
        return (
            LineVerdict(one.position, one.id, number, None, ("not_on_order",), one.quantity, findings=(finding,)),
            {"not_on_order"} if credited is not None else set(),
        )
    order, line = lines[pairs[0].order_line_id]
    statuses, reasons, findings = set[str](), set[str](), list[Finding]()
    if situation.policy.vat_must_equal_order and one.vat_percent != line.vat_percent:
        statuses.add("vat")
        reasons.add("vat")
        findings.append(vat_finding(one, where, [line.vat_percent]))
    if any(pair.converted for pair in pairs):
        statuses.add("uom_converted")
    if any(pair.how == "text" for pair in pairs):
        statuses.add("by_text")
    over = _over(one, pairs, credited, put, situation) if credited is not None else None
    if over is not None:
        statuses.add("qty_over")
        reasons.add("credit_over_invoiced")
        findings.append(over)
    quantity = sum((pair.quantity for pair in pairs), _ZERO)
    return (
        LineVerdict(
            one.position, one.id, order.number, line.line, by_severity(statuses), quantity, findings=tuple(findings)
        ),
        reasons,
    )


def _over(
    one: BilledLine, pairs: Sequence[Pair], credited: Credited, put: Mapping[int, Charged], situation: Situation
) -> Finding | None:
    """More than is left of the invoice on an order line, in quantity or amount, or more per unit than was charged."""
    for pair in pairs:
        left, taken = credited.left(pair.order_line_id), put[pair.order_line_id]
        charged = credited.charged.get(pair.order_line_id, Charged())
        share = (
            Amount.rounded(charged.amount.kroner * taken.quantity / charged.quantity) if charged.quantity else NOTHING
        )
        tolerance = situation.tolerance(pair.order_line_id)
        if (
            taken.quantity > left.quantity + HAIR
            or taken.amount > left.amount
            or not tolerance.allows(taken.amount - share, share)
        ):
            values = {
                "line": one.id, "quantity": taken.quantity, "amount": taken.amount,
                "left": left.quantity, "left_amount": left.amount, "number": credited.number,
            }  # fmt: skip
            return Finding("line_credit_over", where=f"line {one.id}", values=values)
    return None


def _guards(billed: Billed, orders: Sequence[OrderPicture], situation: Situation) -> Iterable[Checked]:
    if billed.issue_date > situation.today:
        yield "future_date", Finding("future_date", values={"day": billed.issue_date, "today": situation.today})
    for order in orders:
        if order.institution_id not in situation.institutions:
            yield "institution_mismatch", Finding("institution_mismatch", values={"number": order.number})
        if order.currency != billed.currency or billed.currencies - {billed.currency}:
            values = {"number": order.number, "billed": billed.currency, "agreed": order.currency}
            yield "currency_mismatch", Finding("currency_mismatch", values=values)
    if len(orders) > 1:
        yield "two_orders", Finding("two_orders", "info", values={"numbers": [order.number for order in orders]})
    yield from said_of_itself(billed)
    for account in situation.unknown_accounts:
        yield "bank_account_changed", Finding("bank_account_changed", values={"account": account})


def _beside(billed: Billed, match: Match) -> Amount:
    """What a credit note gives back beside goods: its fees less its discounts."""
    return billed.net - Amount.sum(pair.amount for pair in match.pairs)


def _deducted(billed: Billed, match: Match, credited: Credited) -> Amount:
    """What a credit note takes off what it gives back (a fee for the return, a line that charges), beyond the discount that the invoice
    gave: the goods would be free to be invoiced anew, and the difference paid twice."""
    charged = Amount.sum(-pair.amount for pair in match.pairs if pair.amount < NOTHING)
    beside = _beside(billed, match)
    given = min(NOTHING, credited.fees - credited.fees_back)
    return charged + (given - beside if beside < given else NOTHING)


def _totals(billed: Billed, match: Match, credited: Credited | None) -> Iterable[Checked]:
    if credited is None:
        return
    if deducted := _deducted(billed, match, credited):
        yield "fee_over_limit", Finding("credit_deducts", values={"amount": deducted, "number": credited.number})
    values = {"amount": billed.payable, "left": credited.gross_left, "number": credited.number}
    beside = _beside(billed, match)
    fees_over = beside > NOTHING and beside > credited.fees - credited.fees_back
    # The VAT of three parts may come to an øre more than that of the whole.
    rounded = Amount(max(1, len(billed.vat_rates)))
    if billed.payable > credited.gross_left + rounded or fees_over:
        yield "credit_over_invoiced", Finding("credit_over_invoiced", values=values)
    elif billed.payable == credited.gross:
        yield "credit_full", Finding("credit_full", "info", values=values)
    else:
        yield "credit_partial", Finding("credit_partial", "info", values=values)
