"""May this invoice be paid as it stands? Verdict per line, reasons, outcome. (pure)

Compared is the net amount of each line with the *received quantity at agreed price* (3-way), or the ordered one (2-way). Worked example:
10 cartons agreed at 52,00 kr., 8 received, invoiced 8 at 52,40: agreed 416,00, invoiced 419,20, variance 3,20 kr. = 0,8 %. With
tolerances of 1 % and 10,00 kr., which must both hold, the line is within tolerance; with 10 invoiced it waits for two more cartons.

Reasons are of two kinds: what stops (`STOPS`) and what is only noticed (`NOTICES`). An invoice whose order was found by a valid reference
and that nothing stops is posted. Nothing here knows rows, sessions or clocks: the same input gives the same verdict for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from eshop.amounts import NOTHING, Amount, Percent, Quantity
from eshop.findings import Finding
from invoicing.fees import FeeTerms, fees_of, is_discount, is_fee, judge_fees, says_nothing
from invoicing.matching import HAIR, Billed, BilledLine, Match, Pair

if TYPE_CHECKING:
    from eshop.identity import Policy
    from ordering import OrderLinePicture, OrderPicture

Outcome = Literal["posted", "held", "suggested", "manual", "duplicate", "rejected", "recorded"]

SEVERITY: Final[tuple[str, ...]] = (
    "not_on_order", "uom_unknown", "closed", "qty_over", "not_received", "price_over", "vat", "fee",
    "price_under", "tolerance", "uom_converted", "by_text", "ok", "not_judged",
)  # fmt: skip
"""Line statuses, the most severe first (INTERFACES §2)."""

STOPS: Final[tuple[str, ...]] = (
    "same_content_new_number", "copy", "amends", "order_not_open", "institution_mismatch", "currency_mismatch", "before_order",
    "future_date",
    "credit_without_invoice", "credit_over_invoiced", "already_invoiced", "not_on_order", "uom_unknown", "qty_over", "not_received",
    "price_over", "rounding_over", "cumulative_over", "fee_over_limit", "vat", "two_persons", "prepaid", "bank_account_changed",
)  # fmt: skip
NOTICES: Final[tuple[str, ...]] = (
    "credit_full", "credit_partial", "two_orders", "partial", "within_tolerance", "price_under", "discount", "uom_converted",
    "fee_within_limit", "rounding", "by_text", "line_told_by_price",
)  # fmt: skip

_AMENDING: Final = frozenset({"80", "84", "383", "384", "386"})
"""UNCL 1001 of invoices that come beside another one: debit notes (of goods, of an adjustment), corrected invoice, prepayment invoice."""
_NO_SALE: Final = frozenset({"71", "102", "218", "219", "382", "395", "553", "817"})
"""UNCL 1001 of what asks for money and invoices no goods that were ordered: request for payment (71; 218 and 219 of building work), tax
notification, commission note, consignment, a forwarder's report of discrepancies, claim. Peppol takes them all as an Invoice."""
KRONER: Final = "DKK"
"""The policy's limits, the chart and the ledger are in kroner."""
_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much a line may cost more than agreed: both must hold; None is off, both None is no tolerance at all."""

    percent: Percent | None
    amount: Amount | None

    def allows(self, over: Amount, agreed: Amount) -> bool:
        """4,16 kr. over an agreed 416,00 is exactly 1 % and passes; 10,00 kr. passes a limit of 10,00."""
        if over <= NOTHING:
            return True
        if self.percent is None and self.amount is None:
            return False
        if self.amount is not None and over > self.amount:
            return False
        return self.percent is None or over.ore * _HUNDRED <= self.percent.value * abs(agreed.ore)


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier document of the supplier with the same content under another number. `certain`: of the same day, or the number is
    the same but for a tail (1001-1, 1001 KOPI): no second delivery that happens to be like the first."""

    number: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """What control must know beside the document and its orders.

    `institutions` are those that the buyer's GLN may stand for. `overcharged` is what was posted above the agreed price on each order
    before, `overcharged_month` by this supplier in the month of the invoice. `tolerances` go by order line id before the policy.
    `fee_terms` are the agreement's, by order id. `beside` are the numbers of invoices that have come and that this one takes up, or that
    take this one up. `unknown_accounts` are accounts to be paid to that are not known ones.
    """

    policy: Policy
    today: date
    institutions: frozenset[int]
    unknown_accounts: tuple[str, ...] = ()
    overcharged: Mapping[int, Amount] = field(default_factory=dict)
    overcharged_month: Amount = NOTHING
    tolerances: Mapping[int, Tolerance] = field(default_factory=dict)
    fee_terms: Mapping[int, tuple[FeeTerms, ...]] = field(default_factory=dict)
    twin: Twin | None = None
    beside: tuple[str, ...] = ()

    def tolerance(self, order_line_id: int) -> Tolerance:
        own = self.tolerances.get(order_line_id)
        return own or Tolerance(self.policy.price_tolerance_percent, self.policy.price_tolerance_amount_per_line)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """What control says of one line. `agreed` and `variance` (invoiced − agreed) are net kroner, None where nothing is agreed.
    `status` is the most severe of `statuses`. The findings say it in words, with the figures used."""

    position: int
    line: str
    order: str | None
    order_line: str | None
    statuses: tuple[str, ...]
    quantity: Decimal
    agreed: Amount | None = None
    variance: Amount | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> str:
        return self.statuses[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines of a document against its orders, and what that gives for the document as a whole."""

    lines: tuple[LineVerdict, ...]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    overcharges: Mapping[int, Amount] = field(default_factory=dict)

    @property
    def stops(self) -> tuple[str, ...]:
        return tuple(reason for reason in STOPS if reason in self.reasons)

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(reason for reason in NOTICES if reason in self.reasons)


def in_order(reasons: Iterable[str]) -> tuple[str, ...]:
    """Reasons once each, what stops before what is noticed."""
    found = set(reasons)
    known = tuple(reason for reason in (*STOPS, *NOTICES) if reason in found)
    return known + tuple(sorted(found.difference(known)))


def by_severity(statuses: Iterable[str]) -> tuple[str, ...]:
    found = set(statuses)
    return tuple(status for status in SEVERITY if status in found) or ("ok",)


class _Lines:
    """The order lines of a document by id, with their orders, and what this document puts on each."""

    def __init__(self, orders: Sequence[OrderPicture], match: Match) -> None:
        self.orders = {order.id: order for order in orders}
        self.lines: dict[int, OrderLinePicture] = {line.id: line for order in orders for line in order.lines}
        self.on_line: dict[int, list[Pair]] = {}
        for pair in match.pairs:
            self.on_line.setdefault(pair.order_line_id, []).append(pair)
        self.put = {line: sum((pair.quantity for pair in pairs), _ZERO) for line, pairs in self.on_line.items()}

    def of(self, pair: Pair) -> OrderLinePicture:
        return self.lines[pair.order_line_id]


def compare(billed: Billed, match: Match, orders: Sequence[OrderPicture], situation: Situation) -> Comparison:
    """Control of an invoice against the orders it was matched with."""
    known = _Lines(orders, match)
    used = [known.orders[order_id] for order_id in match.order_ids] or list(orders)
    verdicts: list[LineVerdict] = []
    reasons: set[str] = set()
    for one in billed.lines:
        verdict, why = _judge_line(one, match, known, used, situation)
        verdicts.append(verdict)
        reasons |= why
    findings: list[Finding] = []
    overcharges = _overcharges(match, verdicts)
    for check in (_order_guards, _dates, _fees, _totals, _said_of_itself, _persons, _accounts):
        for reason, finding in check(billed, used, match, situation):
            reasons.add(reason)
            findings += [finding] if finding is not None else []
    for reason, finding in _cumulative(billed, overcharges, situation, used):
        reasons.add(reason)
        findings.append(finding)
    if situation.twin is not None and (situation.twin.certain or reasons & {"already_invoiced", "qty_over"}):
        reasons.add("same_content_new_number")
        findings.append(Finding("same_content_new_number", values={"number": situation.twin.number}))
    return Comparison(tuple(verdicts), in_order(reasons), tuple(findings), overcharges)


def _judge_line(
    one: BilledLine, match: Match, known: _Lines, used: Sequence[OrderPicture], situation: Situation
) -> tuple[LineVerdict, set[str]]:
    pairs = match.of_line(one.position)
    if pairs:
        return _judge_paired(one, pairs, known, situation)
    where = f"line {one.id}"
    if one.position in match.unit_unknown:
        order_id, line_id = match.unit_unknown[one.position]
        order, line = known.orders[order_id], known.lines[line_id]
        values = {"unit": one.unit, "order_unit": line.unit, "line": one.id}
        return (
            LineVerdict(
                one.position, one.id, order.number, line.line, ("uom_unknown",), one.quantity,
                findings=(Finding("line_unit_unknown", where=where, values=values),),
            ),
            {"uom_unknown"},
        )  # fmt: skip
    number = used[0].number if used else None
    if is_fee(one) or is_discount(one):
        values = {"name": one.name, "amount": one.amount, "line": one.id}
        statuses, reasons, findings = {"fee"}, set(), [Finding("line_fee", "info", where, values)]
        if situation.policy.vat_must_equal_order and one.vat_percent not in _rates(used):
            statuses.add("vat")
            reasons.add("vat")
            findings.append(vat_finding(one, where, _rates(used)))
        if one.amount < NOTHING:
            reasons.add("discount")
        return (
            LineVerdict(
                one.position, one.id, number, None, by_severity(statuses), one.quantity, findings=tuple(findings)
            ),
            reasons,
        )
    if says_nothing(one):
        return LineVerdict(one.position, one.id, None, None, ("ok",), one.quantity), set()
    values = {"name": one.name or one.seller_item_id or one.id, "amount": one.amount, "line": one.id}
    finding = Finding("line_not_on_order", where=where, values=values)
    return (
        LineVerdict(one.position, one.id, number, None, ("not_on_order",), one.quantity, findings=(finding,)),
        {"not_on_order"},
    )


def _rates(orders: Iterable[OrderPicture]) -> frozenset[Decimal]:
    return frozenset(line.vat_percent for order in orders for line in order.lines)


def vat_finding(one: BilledLine, where: str, agreed: Iterable[Decimal]) -> Finding:
    values = {"line": one.id, "vat": _rate(one.vat_percent), "agreed": [Percent(rate) for rate in sorted(agreed)]}
    return Finding("line_vat", where=where, values=values)


def _rate(percent: Decimal | None) -> Percent | str:
    return "–" if percent is None else Percent(percent)


def agreed_for(pairs: Iterable[Pair], lines: Mapping[int, OrderLinePicture]) -> Amount:
    """What the paired quantities cost as agreed, rounded once: the line's own discount is shared by quantity."""
    total = _ZERO
    for pair in pairs:
        line = lines[pair.order_line_id]
        total += line.price.per_order_unit * pair.quantity
        if line.discount and line.ordered:
            total -= line.discount.kroner * pair.quantity / line.ordered
    return Amount.rounded(total)


def _judge_paired(
    one: BilledLine, pairs: Sequence[Pair], known: _Lines, situation: Situation
) -> tuple[LineVerdict, set[str]]:
    first = known.of(pairs[0])
    order = known.orders[pairs[0].order_id]
    statuses, reasons, findings = set[str](), set[str](), list[Finding]()
    agreed = agreed_for(pairs, known.lines)
    variance = one.amount - agreed
    for status, reason, finding in (
        *_price(one, pairs, known, agreed, variance, situation),
        *_quantity(one, pairs, known, situation),
        *_other(one, pairs, known, situation),
    ):
        statuses |= {status} - {""}
        reasons |= {reason} - {""}
        findings += [finding] if finding is not None else []
    quantity = sum((pair.quantity for pair in pairs), _ZERO)
    return (
        LineVerdict(
            one.position, one.id, order.number, first.line, by_severity(statuses), quantity, agreed, variance,
            tuple(findings),
        ),
        reasons,
    )  # fmt: skip


Said = tuple[str, str, Finding | None]
"""A line status, a reason of the document (either may be empty), and the finding that says it."""


def _price(
    one: BilledLine,
    pairs: Sequence[Pair],
    known: _Lines,
    agreed: Amount,
    variance: Amount,
    situation: Situation,
) -> Iterable[Said]:
    values = {
        "line": one.id,
        "amount": one.amount,
        "agreed": agreed,
        "variance": abs(variance),
        "percent": Percent(_percent(variance, agreed)),
    }
    where = f"line {one.id}"
    if one.allowances:
        yield "", "discount", None
    if not variance:
        return
    if _is_rounding(one, pairs, known, variance) and _rounds_together(pairs, known):
        if not any(pair.converted for pair in pairs):
            yield "tolerance", "rounding", Finding("line_rounding", "info", where, values)
        return
    if variance < NOTHING:
        yield "price_under", "price_under", Finding("line_price_under", "info", where, values)
        return
    if _is_tolerated(pairs, known, agreed, variance, situation):
        yield "tolerance", "within_tolerance", Finding("line_within_tolerance", "info", where, values)
    else:
        yield "price_over", "price_over", Finding("line_price_over", where=where, values=values)


def _is_tolerated(pairs: Sequence[Pair], known: _Lines, agreed: Amount, variance: Amount, situation: Situation) -> bool:
    """The line by itself, and together with the other lines of the document on the same order line: an order line that is split
    into ten invoice lines does not get ten tolerances."""
    for pair in pairs:
        tolerance = situation.tolerance(pair.order_line_id)
        shared = known.on_line[pair.order_line_id]
        if not tolerance.allows(variance, agreed):
            return False
        if len(shared) > 1:
            together = agreed_for(shared, known.lines)
            if not tolerance.allows(Amount.sum(one.amount for one in shared) - together, together):
                return False
    return True


def _is_rounding(one: BilledLine, pairs: Sequence[Pair], known: _Lines, variance: Amount) -> bool:
    """An øre or two that come from rounding: the stated price is the agreed one, or a unit was converted."""
    if abs(variance) > Amount(2):
        return False
    if any(pair.converted for pair in pairs):
        return True
    if one.price is None or not one.base_quantity:
        return False
    line = known.of(pairs[0])
    stated = one.price / one.base_quantity
    return abs(stated - line.price.per_order_unit) <= Decimal("0.00005") and len(pairs) == 1


def _rounds_together(pairs: Sequence[Pair], known: _Lines) -> bool:
    """Whether all lines of the document on the same order line are off by no more than rounding each of them to the øre explains: fifty
    times 2 øre is a price."""
    for pair in pairs:
        shared = known.on_line[pair.order_line_id]
        over = Amount.sum(one.amount for one in shared) - agreed_for(shared, known.lines)
        if len(shared) > 1 and over > Amount(max(2, (len(shared) + 1) // 2)):
            return False
    return True


def _percent(part: Amount, whole: Amount) -> Decimal:
    """Part of whole in percent with one decimal; 0 of nothing is 100."""
    if not whole:
        return _HUNDRED
    return (abs(part.ore) * _HUNDRED / abs(whole.ore)).quantize(Decimal("0.1"))


def _quantity(one: BilledLine, pairs: Sequence[Pair], known: _Lines, situation: Situation) -> Iterable[Said]:
    """The quantity of the whole document on each order line, with what was invoiced before, against received and ordered."""
    slack = situation.policy.quantity_tolerance_percent
    factor = 1 + (slack.value / _HUNDRED if slack is not None else _ZERO)
    where = f"line {one.id}"
    for pair in pairs:
        line, order = known.of(pair), known.orders[pair.order_id]
        put = known.put[line.id]
        values = {
            "line": one.id,
            "quantity": Quantity(put, line.unit),
            "ordered": Quantity(line.agreed, line.unit),
            "received": Quantity(line.received, line.unit),
            "invoiced": Quantity(line.invoiced, line.unit),
        }
        after = line.invoiced + put
        if after < _ZERO:
            yield "qty_over", "credit_over_invoiced", Finding("line_returned_too_much", where=where, values=values)
        elif pair.quantity <= _ZERO:
            continue
        elif after > line.agreed * factor + HAIR:
            if line.invoiced > _ZERO and line.invoiced >= line.agreed:
                yield "qty_over", "already_invoiced", Finding("line_already_invoiced", where=where, values=values)
            else:
                yield "qty_over", "qty_over", Finding("line_qty_over", where=where, values=values)
        elif order.match != "2-way" and after > line.received * factor + HAIR:
            yield "not_received", "not_received", Finding("line_not_received", where=where, values=values)
        elif put < line.agreed:
            yield "", "partial", None


def _other(one: BilledLine, pairs: Sequence[Pair], known: _Lines, situation: Situation) -> Iterable[Said]:
    where = f"line {one.id}"
    rates = {known.of(pair).vat_percent for pair in pairs}
    if situation.policy.vat_must_equal_order and rates != {one.vat_percent}:
        yield "vat", "vat", vat_finding(one, where, rates)
    if any(pair.how == "text" for pair in pairs):
        values = {"line": one.id, "text": one.name, "name": known.of(pairs[0]).name}
        yield "by_text", "by_text", Finding("line_by_text", "info", where, values)
    if any(pair.by_price for pair in pairs):
        yield "", "line_told_by_price", None
    if any(pair.converted for pair in pairs):
        line = known.of(pairs[0])
        values = {
            "line": one.id,
            "quantity": Quantity(one.quantity, one.unit),
            "order_quantity": Quantity(pairs[0].quantity, line.unit),
        }
        yield "uom_converted", "uom_converted", Finding("line_converted", "info", where, values)
    if any(known.orders[pair.order_id].standing != "open" for pair in pairs):
        yield "closed", "order_not_open", None


def _overcharges(match: Match, verdicts: Iterable[LineVerdict]) -> dict[int, Amount]:
    """What is invoiced above the agreed price, by order; what is cheaper elsewhere takes nothing off it."""
    found: dict[int, Amount] = {}
    for verdict in verdicts:
        pairs = match.of_line(verdict.position)
        if pairs and verdict.variance is not None and verdict.variance > NOTHING:
            found[pairs[0].order_id] = found.get(pairs[0].order_id, NOTHING) + verdict.variance
    return found


Checked = tuple[str, Finding | None]


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
    rates = _rates(orders)
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
    billed: Billed, overcharges: Mapping[int, Amount], situation: Situation, orders: Sequence[OrderPicture]
) -> Iterable[tuple[str, Finding]]:
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
