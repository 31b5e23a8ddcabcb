"""May this invoice be paid as it stands? Verdict per line, reasons, outcome. (pure)

Compared is the net amount of each line with the *received quantity at agreed price* (3-way), or the ordered one (2-way). Worked example:
10 cartons agreed at 52,00 kr., 8 received, invoiced 8 at 52,40: agreed 416,00, invoiced 419,20, variance 3,20 kr. = 0,8 %. With
tolerances of 1 % and 10,00 kr., which must both hold, the line is within tolerance; with 10 invoiced it waits for two more cartons.

Reasons are of two kinds (`verdicts`): what stops, `STOPS`, and what is only noticed, `NOTICES`. An invoice whose order was found by a
valid reference and that nothing stops is posted. Nothing here knows rows, sessions or clocks: the same input gives the same verdict
for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from eshop.amounts import NOTHING, Amount, Percent, Quantity
from eshop.findings import Finding
from invoicing.billed import Billed, BilledLine
from invoicing.fees import is_discount, is_fee, says_nothing
from invoicing.guards import judge_whole, rates_of
from invoicing.matching import HAIR, Match, Pair
from invoicing.verdicts import Comparison, LineVerdict, Situation, by_severity, in_order

if TYPE_CHECKING:
    from ordering import OrderLinePicture, OrderPicture

_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


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
    for reason, finding in judge_whole(billed, used, match, situation, overcharges):
        reasons.add(reason)
        findings += [finding] if finding is not None else []
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
        if situation.policy.vat_must_equal_order and one.vat_percent not in rates_of(used):
            statuses.add("vat")
            reasons.add("vat")
            findings.append(vat_finding(one, where, rates_of(used)))
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
