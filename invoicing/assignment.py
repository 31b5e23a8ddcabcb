"""The best assignment as a whole, on the small sizes of an invoice. (pure)

`best_pairs` pairs rows and columns one to one so that the sum of scores is greatest (the Hungarian method, O(n³)).
`cheapest_transport` ships quantities from rows to columns within their capacities at the least cost (successive shortest paths):
for the same item on several lines on either side, where a line may be split.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from eshop.amounts import exact


def best_pairs(scores: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Pairs (row, column) with the greatest sum of scores; a pair with score 0 or less is left unpaired.

    best_pairs([[5, 4], [4, 0]]) → [(0, 1), (1, 0)]: 4 + 4 beats 5 + 0, which taking the best first would give.
    """
    if not scores or not scores[0]:
        return []
    turned = len(scores) > len(scores[0])
    table = [list(column) for column in zip(*scores, strict=True)] if turned else [list(row) for row in scores]
    rows, columns = len(table), len(table[0])
    most = max(0, *(max(row) for row in table))
    cost = [[most - max(0, score) for score in row] for row in table]
    row_price, column_price = [0] * (rows + 1), [0] * (columns + 1)
    row_of = [0] * (columns + 1)
    for row in range(1, rows + 1):
        _augment(cost, row, row_price, column_price, row_of)
    pairs = [(row_of[column] - 1, column - 1) for column in range(1, columns + 1) if row_of[column]]
    kept = [(row, column) for row, column in pairs if table[row][column] > 0]
    return sorted((column, row) if turned else (row, column) for row, column in kept)


def _augment(cost: list[list[int]], row: int, row_price: list[int], column_price: list[int], row_of: list[int]) -> None:
    """Brings one more row in, along the cheapest alternating path; indices from 1, column 0 is where the row waits."""
    columns = len(column_price) - 1
    infinite = 1 << 60
    row_of[0] = row
    least, before, seen = [infinite] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
    here = 0
    while row_of[here]:
        seen[here] = True
        current, step, following = row_of[here], infinite, 0
        for column in range(1, columns + 1):
            if seen[column]:
                continue
            reduced = cost[current - 1][column - 1] - row_price[current] - column_price[column]
            if reduced < least[column]:
                least[column], before[column] = reduced, here
            if least[column] < step:
                step, following = least[column], column
        for column in range(columns + 1):
            if seen[column]:
                row_price[row_of[column]] += step
                column_price[column] -= step
            else:
                least[column] -= step
        here = following
    while here:
        row_of[here] = row_of[before[here]]
        here = before[here]


def cheapest_transport(
    supplies: Sequence[Decimal],
    capacities: Sequence[Sequence[tuple[Decimal | None, int]]],
    costs: Mapping[tuple[int, int], int],
) -> dict[tuple[int, int], Decimal]:
    """Ships every supply wholly to the columns that `costs` joins it with, at the least total cost.

    `capacities` gives each column its steps (how much, at which extra cost per unit), the last without bound (None), so that
    everything always finds a place and what is too much is dear: [[(10, 0), (None, 1000)]] is room for 10.
    Returns the quantity per (row, column), only those above zero. All quantities are ≥ 0.

    Two rows of 5 and 3, columns with room for 3 and 5, all costs equal: row 0 → 5 in column 1, row 1 → 3 in column 0.
    """
    network = _Network()
    for row, supply in enumerate(supplies):
        network.join(("source",), ("row", row), exact(supply), 0)
    for (row, column), cost in costs.items():
        network.join(("row", row), ("column", column), None, cost)
    for column, steps in enumerate(capacities):
        for room, cost in steps:
            network.join(("column", column), ("sink",), room, cost)
    network.fill(("source",), ("sink",))
    return {
        (row, column): flow for (row, column) in costs if (flow := network.flow(("row", row), ("column", column))) > 0
    }


class _Network:
    """Arcs in pairs (forth and back); a capacity of None is without bound."""

    def __init__(self) -> None:
        self.arcs: list[tuple[tuple[object, ...], Decimal | None, int]] = []
        self.flows: list[Decimal] = []
        self.leaving: dict[tuple[object, ...], list[int]] = {}
        self.named: dict[tuple[object, object], int] = {}

    def join(self, start: tuple[object, ...], end: tuple[object, ...], room: Decimal | None, cost: int) -> None:
        self.named[start, end] = len(self.arcs)
        for here, there, most, price in ((start, end, room, cost), (end, start, Decimal(0), -cost)):
            self.leaving.setdefault(here, []).append(len(self.arcs))
            self.arcs.append((there, most, price))
            self.flows.append(Decimal(0))

    def left(self, arc: int) -> Decimal | None:
        most = self.arcs[arc][1]
        return None if most is None else most - self.flows[arc]

    def flow(self, start: tuple[object, ...], end: tuple[object, ...]) -> Decimal:
        return self.flows[self.named[start, end]]

    def fill(self, source: tuple[object, ...], sink: tuple[object, ...]) -> None:
        while path := self.cheapest_path(source, sink):
            rooms = [room for arc in path if (room := self.left(arc)) is not None]
            amount = min(rooms)
            for arc in path:
                self.flows[arc] += amount
                self.flows[arc ^ 1] -= amount

    def cheapest_path(self, source: tuple[object, ...], sink: tuple[object, ...]) -> list[int]:
        """Bellman–Ford with a queue; arcs back have negative prices. Empty when the sink cannot be reached any more."""
        price: dict[tuple[object, ...], int] = {source: 0}
        came: dict[tuple[object, ...], int] = {}
        waiting = [source]
        while waiting:
            here = waiting.pop(0)
            for arc in self.leaving[here]:
                room = self.left(arc)
                if room is not None and room <= 0:
                    continue
                there, _, cost = self.arcs[arc]
                if there not in price or price[here] + cost < price[there]:
                    price[there], came[there] = price[here] + cost, arc
                    if there not in waiting:
                        waiting.append(there)
        if sink not in price:
            return []
        path, here = [], sink
        while here != source:
            arc = came[here]
            path.append(arc)
            here = self.arcs[arc ^ 1][0]
        return path[::-1]
