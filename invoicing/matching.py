"""Which order line does each line of an invoice belong to? (pure)

An invoice line is paired by, in this order of strength: order line id, seller's item id, GTIN, buyer's item id, then text. What both
sides say about the item must not contradict: a line that points at order line 20 but carries another item's number is not order
line 20 (a substitute is a deviation, not a match). It is never paired on its amount alone; price and quantity only tell apart what
item or text leave open.

The pairing is the best for the document as a whole: lines known by text are assigned together (`assignment.best_pairs`), the same item on
several lines of either side is shipped within what each order line still has room for (`assignment.cheapest_transport`), so a line
may be split over two order lines and two lines may share one. Quantities are converted to the order unit by stated factors only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final, Literal

from eshop.amounts import Amount, same_unit
from invoicing.assignment import best_pairs, cheapest_transport
from invoicing.billed import Billed, BilledLine, plain_id
from invoicing.likeness import likeness
from invoicing.references import Place, Reference, line_part, mentioned, names_another

if TYPE_CHECKING:
    from ordering import OrderLinePicture, OrderPicture

How = Literal["line", "seller", "gtin", "buyer", "text"]

ALIKE: Final = 60
"""Texts at least this alike may be the same item."""
ALIKE_WITH_PRICE: Final = 35
"""Enough where unit and price agree as well."""
NOT_UNLIKE: Final = 25
"""What a line with nothing but an order line id must have in common with that line's text."""
_FINEST: Final = Decimal("0.00000001")
HAIR: Final = Decimal("0.000001")
"""Less than this of an order unit is the rounding of conversions: six times 20 bottles of a 12-bottle carton are ten cartons."""
_ORE: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Pair:
    """So much of an invoice line belongs to that order line. `quantity` is in the order unit; `amount` is this pair's share of the line.
    `by_price`: item and text left it open, the price told."""

    position: int
    order_id: int
    order_line_id: int
    quantity: Decimal
    amount: Amount
    how: How
    converted: bool = False
    by_price: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The pairing of a document: every line is in `pairs`, in `unit_unknown` (item found, unit not) or in `unpaired`."""

    pairs: tuple[Pair, ...]
    unpaired: frozenset[int]
    unit_unknown: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def of_line(self, position: int) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.position == position)

    @property
    def order_ids(self) -> tuple[int, ...]:
        found = [pair.order_id for pair in self.pairs] + [order_id for order_id, _ in self.unit_unknown.values()]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Edge:
    """A possible pair: how strong (the tier), the score inside it, the quantity of the whole line in the order line's unit. `priced`: it
    costs what was agreed. `far`: it is known by its text only and costs something else altogether, so it is no pair."""

    how: How
    score: int
    quantity: Decimal
    converted: bool
    priced: bool
    far: bool = False
    told: bool = False


_TIER: Final[Mapping[How, int]] = {"line": 5, "seller": 4, "gtin": 3, "buyer": 2, "text": 1}


def in_order_unit(quantity: Decimal, unit: str, line: OrderLinePicture) -> tuple[Decimal, bool] | None:
    """The quantity in the order line's unit and whether it had to be converted; None where no stated factor leads there.

    2500 EA of a line ordered in boxes of 50 EA → (50, True).
    """
    if same_unit(unit, line.unit):
        return quantity, False
    if line.content_unit and line.units_per_order_unit and same_unit(unit, line.content_unit):
        return (quantity / line.units_per_order_unit).quantize(_FINEST, ROUND_HALF_EVEN).normalize(), True
    return None


def room(line: OrderLinePicture, two_way: bool) -> Decimal:
    """What may be invoiced on the line now: received (3-way) or ordered (2-way), less what is invoiced."""
    within = line.agreed if two_way else min(line.received, line.agreed)
    return max(Decimal(0), within - line.invoiced)


def match(
    billed: Billed,
    orders: Sequence[OrderPicture],
    *,
    credit_room: Mapping[int, Decimal] | None = None,
    aside: frozenset[int] = frozenset(),
) -> Match:
    """Pairs the lines of the document with lines of these orders, each with the orders that it refers to itself, else with all.

    `credit_room` is how much of each order line the credited invoice holds (order line id → quantity): given for a credit note,
    only those lines take part. `aside` are orders that are only mentioned: they take the lines that no other order has the item of.
    """
    lines = [(order, line) for order in orders for line in order.lines if credit_room is None or line.id in credit_room]
    rooms = {
        line.id: (
            (credit_room[line.id], credit_room[line.id])
            if credit_room is not None
            else (room(line, order.match == "2-way"), max(Decimal(0), line.agreed - line.invoiced))
        )
        for order, line in lines
    }
    by_item: dict[str, list[tuple[OrderPicture, OrderLinePicture]]] = {}
    for order, line in lines:
        for told in {plain_id(line.seller_item_id), plain_id(line.gtin), str(line.item_id)} - {"", "None"}:
            by_item.setdefault(told, []).append((order, line))
    edges: dict[int, dict[int, _Edge]] = {}
    unknown: dict[int, tuple[int, int]] = {}
    for one in billed.lines:
        allowed = _orders_of(one, orders)
        by_number = [by_item[told] for told in _item_ids(one) if told in by_item]
        if _are_two_items(by_number):
            continue
        hits = [hit for found in by_number for hit in found] or lines
        found: dict[int, _Edge] = {}
        for among in (allowed - aside, allowed & aside):
            for order, line in hits:
                edge = _edge(one, order, line) if order.id in among else None
                if edge == "unit":
                    unknown.setdefault(one.position, (order.id, line.id))
                elif edge is not None:
                    found[line.id] = edge
            if found or one.position in unknown:
                break
        if kept := _worth_keeping(found):
            edges[one.position] = kept
            unknown.pop(one.position, None)
    by_position = {one.position: one for one in billed.lines}
    order_of = {line.id: order.id for order, line in lines}
    pairs: list[Pair] = []
    for part in _components(edges):
        for position, shares in _settle(part, edges, by_position, rooms, {line.id: line for _, line in lines}).items():
            pairs += _shared(by_position[position], shares, edges[position], order_of)
    pairs = _to_the_end(pairs, rooms)
    paired = {pair.position for pair in pairs}
    return Match(
        tuple(sorted(pairs, key=lambda pair: pair.position)),
        frozenset(one.position for one in billed.lines if one.position not in paired and one.position not in unknown),
        {position: found for position, found in unknown.items() if position not in paired},
    )


def _item_ids(one: BilledLine) -> list[str]:
    return [told for told in dict.fromkeys(map(plain_id, (one.seller_item_id, one.gtin, one.buyer_item_id))) if told]


def _are_two_items(by_number: Sequence[Sequence[tuple[OrderPicture, OrderLinePicture]]]) -> bool:
    """Whether the numbers of a line (the seller's, the GTIN) are those of different order lines: which of the two has come?"""
    if len(by_number) < 2:
        return False
    first, *others = ({line.id for _, line in found} for found in by_number)
    return any(first.isdisjoint(other) for other in others)


def _to_the_end(pairs: list[Pair], rooms: Mapping[int, tuple[Decimal, Decimal]]) -> list[Pair]:
    """Converted quantities that fill an order line but for the rounding of the conversion fill it exactly: thirds of a carton
    are not stored, whole cartons are."""
    if not any(pair.converted for pair in pairs):
        return pairs
    put: dict[int, Decimal] = {}
    last: dict[int, int] = {}
    for place, pair in enumerate(pairs):
        put[pair.order_line_id] = put.get(pair.order_line_id, Decimal(0)) + pair.quantity
        if pair.converted:
            last[pair.order_line_id] = place
    for line, place in last.items():
        for most in rooms[line][::-1]:
            if abs(most - put[line]) < HAIR and pairs[place].quantity > HAIR:
                pairs[place] = replace(pairs[place], quantity=pairs[place].quantity + most - put[line])
                break
    return pairs


def _worth_keeping(found: dict[int, _Edge]) -> dict[int, _Edge]:
    """What speaks for itself beside what is only alike: an item number beats any text, the same text beats one that is nearly so. Where
    another line reads just as well but its price rules it out, the price has told."""
    if any(edge.how != "text" for edge in found.values()):
        return {key: edge for key, edge in found.items() if edge.how != "text"}
    best = max((edge.score for edge in found.values()), default=0)
    tempting = max((edge.score for edge in found.values() if edge.far), default=0)
    return {
        key: replace(edge, told=edge.priced and tempting >= edge.score - 3)
        for key, edge in found.items()
        if not edge.far and (edge.score >= best - 8 or edge.priced)
    }


def _orders_of(one: BilledLine, orders: Sequence[OrderPicture]) -> frozenset[int]:
    """The orders a line may belong to: those that it names itself, by an order reference, in its line reference or in its note; all
    when it names none; none when its order reference is another number, or what else it says is a number of the same series."""
    told_by: tuple[tuple[str | None, Place], ...] = (
        (one.order_reference, "line"),
        (one.line_reference, "line"),
        (one.note, "note"),
    )
    for text, place in told_by:
        if text:
            told = Reference(text, place)
            numbers = [order.number for order in orders]
            named = mentioned(numbers, told)
            if named:
                return frozenset(order.id for order in orders if order.number in named)
            if (text is one.order_reference and not told.is_empty) or names_another(numbers, told):
                return frozenset()
    return frozenset(order.id for order in orders)


def names_line(one: BilledLine, order: OrderPicture, line: OrderLinePicture) -> bool:
    """Whether the invoice line's reference is this order line: '10', '0010' or '4500000034-10'."""
    if not one.line_reference:
        return False
    told = one.line_reference.strip()
    told = line_part(order.number, told) or told
    return (told.lstrip("0") or "0") == (line.line.lstrip("0") or "0")


def _edge(one: BilledLine, order: OrderPicture, line: OrderLinePicture) -> _Edge | Literal["unit"] | None:
    """How the two may belong together: None not at all, "unit" the item is right but its unit has no stated factor."""
    how, score = _identity(one, order, line)
    if how is None and score < ALIKE_WITH_PRICE:
        return None
    converted = in_order_unit(one.quantity, one.unit, line)
    if converted is None:
        return "unit" if how is not None and how != "text" else None
    quantity, was_converted = converted
    priced = _is_agreed_price(one, quantity, line)
    if how is None:
        if not priced:
            return None
        how = "text"
    far = how == "text" and score < 95 and _far_off(one, quantity, line)
    return _Edge(how, score, quantity, was_converted, priced, far)


def _identity(one: BilledLine, order: OrderPicture, line: OrderLinePicture) -> tuple[How | None, int]:
    """By what the two are the same item, and how sure (text: 0–100). (None, n) where only n of the text speaks for it."""
    named = names_line(one, order, line)
    ours, theirs = (
        (plain_id(line.seller_item_id), plain_id(line.gtin)),
        (plain_id(one.seller_item_id), plain_id(one.gtin)),
    )
    by_seller = bool(theirs[0]) and theirs[0] in ours
    by_gtin = bool(theirs[1]) and theirs[1] == ours[1]
    by_buyer = bool(one.buyer_item_id) and line.item_id is not None and plain_id(one.buyer_item_id) == str(line.item_id)
    if by_seller or by_gtin or by_buyer:
        if _contradicts(one, line, ours, theirs):
            return None, 0
        how: How = "line" if named else "seller" if by_seller else "gtin" if by_gtin else "buyer"
        return how, 100
    if any(mine and other for mine, other in zip(ours, theirs, strict=True)):
        return None, 0
    alike = likeness(one.name or one.description, line.name, line.description or "")
    if named and alike >= NOT_UNLIKE:
        return "line", alike
    return ("text", alike) if alike >= ALIKE else (None, alike)


def _contradicts(one: BilledLine, line: OrderLinePicture, ours: tuple[str, str], theirs: tuple[str, str]) -> bool:
    """Whether one number agrees while the other number *and* the text are another item's. A GTIN alone may differ (piece and carton
    have each their own), and so may the text (suppliers rename): both together are a substitute under the old number."""
    if not any(mine and other and mine != other for mine, other in zip(ours, theirs, strict=True)):
        return False
    told = one.name or one.description
    return bool(told) and likeness(told, line.name, line.description or "") < NOT_UNLIKE


def _is_agreed_price(one: BilledLine, quantity: Decimal, line: OrderLinePicture) -> bool:
    """Whether the line costs what was agreed, to the øre of a unit."""
    if not quantity:
        return False
    return abs(one.amount.kroner - line.price.per_order_unit * quantity) <= _ORE * max(1, abs(quantity))


def _far_off(one: BilledLine, quantity: Decimal, line: OrderLinePicture) -> bool:
    """Whether a line known only by a text that is not quite the same costs something else altogether (10 % and more)."""
    agreed = line.price.per_order_unit * quantity
    return abs(one.amount.kroner - agreed) * 10 > abs(agreed)


def _components(edges: Mapping[int, Mapping[int, _Edge]]) -> Iterable[list[int]]:
    """Positions that share order lines, directly or through others, in the order of the document."""
    holder: dict[int, int] = {}
    parts: dict[int, list[int]] = {}
    for position, found in edges.items():
        joined = sorted({holder[line] for line in found if line in holder})
        members = [position]
        for other in reversed(joined):
            members = parts.pop(other) + members
        first = members[0]
        parts[first] = members
        for member in members:
            for line in edges[member]:
                holder[line] = first
    return parts.values()


Shares = Mapping[int, Sequence[tuple[int, Decimal, bool]]]
"""position → (order line id, quantity in its unit, told by the price)."""


def _settle(
    part: Sequence[int],
    edges: Mapping[int, Mapping[int, _Edge]],
    lines: Mapping[int, BilledLine],
    rooms: Mapping[int, tuple[Decimal, Decimal]],
    ordered: Mapping[int, OrderLinePicture],
) -> Shares:
    targets = sorted({line for position in part for line in edges[position]})
    if len(targets) == 1:
        by_text = [position for position in part if edges[position][targets[0]].how == "text"]
        if len(part) == 1 or len(by_text) < len(part) or _fit_together(part, edges, targets[0], rooms):
            return {
                position: [(targets[0], edge.quantity, edge.told)]
                for position in part
                for edge in (edges[position][targets[0]],)
            }
    if any(edge.how == "text" or edge.score < 100 for position in part for edge in edges[position].values()):
        return _one_to_one(part, targets, edges)
    return _shipped(part, targets, edges, lines, rooms, ordered)


def _fit_together(
    part: Sequence[int],
    edges: Mapping[int, Mapping[int, _Edge]],
    target: int,
    rooms: Mapping[int, tuple[Decimal, Decimal]],
) -> bool:
    """Whether several lines that only look like one order line are together no more than it has room for."""
    return sum((edges[position][target].quantity for position in part), Decimal(0)) <= rooms[target][1]


def _one_to_one(
    part: Sequence[int], targets: Sequence[int], edges: Mapping[int, Mapping[int, _Edge]]
) -> dict[int, list[tuple[int, Decimal, bool]]]:
    """Lines known by text, best as a whole. A line that fits two order lines equally well and neither by its price stays open, unless
    the other one is taken by a line that fits it no worse: then every way to pair them costs the same."""
    worth = [
        [
            edge.score * 10 + (200 if edge.priced else 0) + (2000 if edge.how != "text" else 0)
            if (edge := edges[position].get(target))
            else 0
            for target in targets
        ]
        for position in part
    ]
    settled: dict[int, list[tuple[int, Decimal, bool]]] = {}
    for row, column in best_pairs(worth):
        edge = edges[part[row]][targets[column]]
        rivals = [other for target, other in edges[part[row]].items() if target != targets[column]]
        told = edge.told or (
            edge.priced and any(abs(other.score - edge.score) <= 3 and not other.priced for other in rivals)
        )
        settled[part[row]] = [(targets[column], edge.quantity, told)]
    return settled


def _shipped(
    part: Sequence[int],
    targets: Sequence[int],
    edges: Mapping[int, Mapping[int, _Edge]],
    lines: Mapping[int, BilledLine],
    rooms: Mapping[int, tuple[Decimal, Decimal]],
    ordered: Mapping[int, OrderLinePicture],
) -> dict[int, list[tuple[int, Decimal, bool]]]:
    """The same item on several order lines: named lines first, then by price, within the room each has, received before ordered.

    Quantities are shipped in a measure that all units of the item share (content units where they are stated).
    """
    measure = _measure(targets, ordered)
    sign = -1 if any(lines[position].quantity < 0 for position in part) else 1
    if measure is None or (sign < 0 and any(lines[position].quantity > 0 for position in part)):
        return _each_its_best(part, edges)
    supplies, costs = [], {}
    for row, position in enumerate(part):
        some = next(iter(edges[position]))
        supplies.append(edges[position][some].quantity * measure[some] * sign)
        for target, edge in edges[position].items():
            costs[row, targets.index(target)] = (0 if edge.how == "line" else 8) + (0 if edge.priced else 4)
    steps: list[list[tuple[Decimal | None, int]]] = []
    for target in targets:
        now, at_all = (amount * measure[target] for amount in rooms[target])
        steps.append([(now, 0), (max(Decimal(0), at_all - now), 50), (None, 1000)])
    settled: dict[int, list[tuple[int, Decimal, bool]]] = {}
    for (row, column), flow in cheapest_transport(supplies, steps, costs).items():
        position, target = part[row], targets[column]
        edge = edges[position][target]
        rivals = [other for other in edges[position] if other != target]
        told = edge.how != "line" and edge.priced and any(not edges[position][other].priced for other in rivals)
        quantity = (sign * flow / measure[target]).quantize(_FINEST, ROUND_HALF_EVEN).normalize()
        settled.setdefault(position, []).append((target, quantity, told))
    for position in part:
        if position not in settled:  # a line of no quantity ships nothing, but belongs somewhere all the same
            settled.update(_each_its_best([position], edges))
    return settled


def _measure(targets: Sequence[int], ordered: Mapping[int, OrderLinePicture]) -> dict[int, Decimal] | None:
    """How many of a common unit one order unit of each line is: 1 where they share the unit, content units where those are shared."""
    first = ordered[targets[0]]
    if all(same_unit(ordered[target].unit, first.unit) for target in targets):
        return dict.fromkeys(targets, Decimal(1))
    measures = {}
    for target in targets:
        line = ordered[target]
        if (
            line.content_unit
            and line.units_per_order_unit
            and first.content_unit
            and same_unit(line.content_unit, first.content_unit)
        ):
            measures[target] = line.units_per_order_unit
        else:
            return None
    return measures


def _each_its_best(
    part: Sequence[int], edges: Mapping[int, Mapping[int, _Edge]]
) -> dict[int, list[tuple[int, Decimal, bool]]]:
    """Returns among purchases, or units that share no measure: each line goes to the order line that fits it best."""
    settled = {}
    for position in part:
        target, edge = max(
            edges[position].items(), key=lambda found: (_TIER[found[1].how], found[1].priced, found[1].score, -found[0])
        )
        settled[position] = [(target, edge.quantity, False)]
    return settled


def _shared(
    one: BilledLine,
    shares: Sequence[tuple[int, Decimal, bool]],
    edges: Mapping[int, _Edge],
    order_of: Mapping[int, int],
) -> list[Pair]:
    """The pairs of a line; its amount is shared out by quantity so that nothing is lost."""
    weights = [abs(quantity) for _, quantity, _ in shares]
    amounts = one.amount.split(weights) if len(shares) > 1 and sum(weights) else [one.amount] * len(shares)
    return [
        Pair(
            one.position, order_of[target], target, quantity, amount,
            edges[target].how, edges[target].converted, told,
        )
        for (target, quantity, told), amount in zip(shares, amounts, strict=True)
    ]  # fmt: skip
