"""A year's documents as a municipality gets them: mostly right, each in clothes of its own, some with one thing wrong.

The kinds of `deviations` show one thing at a time. Here they meet: the reference in a note *and* cartons told in bottles *and* a line in
two *and* freight on the document. What is put on (`CLOTHES`) changes nothing that is to be paid; one thing wrong (`WRONGS`) is put under
the same clothes. Documents are drawn in about the mix of the control sample: four of five are to be posted, half of them plain.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.invoicing.deviating import World
from tests.invoicing.edits import Edit, all_of
from tests.invoicing.papers import Line, Paper, billed

PLAIN, TO_BE_POSTED = 0.4, 0.8
"""The share of documents that wear nothing, and of those with nothing wrong."""
EACH = 0.35
"""How often a document that is dressed puts something on of each group."""
CREDITED = 0.08
SIZES = (1, 1, 2, 2, 2, 3, 3, 4, 5, 8, 12, 20)


@dataclass
class Draft:
    """A document in the making. `told[i]` is the order line that `lines[i]` is billed for, with its `order`; `received` is by both."""

    world: World
    row: dict[str, Any]
    profile: str
    lines: list[Line]
    told: list[dict[str, Any]]
    received: dict[tuple[str, str], Decimal]
    fields: dict[str, Any] = field(default_factory=dict)
    extra: list[Line] = field(default_factory=list)
    """Lines beside the goods: fees, discounts, text."""
    edits: list[Edit] = field(default_factory=list)
    before: list[Paper] = field(default_factory=list)
    """Documents that have come before this one."""
    later: bool = False
    """Whether the goods come after the document."""
    also: set[str] = field(default_factory=set)
    """Other ends of a right document that are not wrong."""
    worn: list[str] = field(default_factory=list)
    ordered: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    """All orders that it is of; `row` is the first."""
    ends: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def is_peppol(self) -> bool:
        return self.profile == "peppol-bis-3"

    @property
    def number(self) -> str:
        return str(self.row["number"])

    def each(self, change: Callable[[Line], Line]) -> None:
        self.lines = [change(line) for line in self.lines]

    def came(self, told: dict[str, Any], more: Decimal | int) -> None:
        self.received[told["order"], told["line"]] += more

    def add(self, row: dict[str, Any]) -> None:
        """An order whose lines are billed, all of which has been received."""
        told = [{**line, "order": row["number"]} for line in row["lines"]]
        self.rows.append(row)
        self.lines += billed(row)
        self.told += told
        self.ordered += told
        self.received |= {(row["number"], line["line"]): Decimal(line["quantity"]) for line in told}

    def some(self) -> int:
        return self.world.random.randrange(len(self.lines))

    def paper(self) -> Paper:
        lines = list(self.lines)
        for one in self.extra:
            lines.insert(self.world.random.randint(0, len(lines)), one)
        return self.world.paper(self.row, lines, profile=self.profile, **self.fields)

    def write(self) -> bytes:
        return all_of(*self.edits)(self.paper().write())


@dataclass(frozen=True)
class Played:
    """What is sent, in order, and how the last of it may end. `ends[0]` is the right one."""

    name: str
    bodies: tuple[bytes, ...]
    number: str
    ends: tuple[str, ...]
    reasons: tuple[str, ...]
    receipts: tuple[dict[str, Any], ...] = ()
    """What comes after the document; before it the document waits."""


Put = Callable[[Draft], None]
CLOTHES: dict[str, list[Put]] = {}
WRONGS: list[tuple[Put, str]] = []
"""(what goes wrong, before which group of clothes; at the end where there is no such group)."""
END = "end"


def clothes(group: str) -> Callable[[Put], Put]:
    def keep(put: Put) -> Put:
        CLOTHES.setdefault(group, []).append(put)
        return put

    return keep


def wrong(before: str = END) -> Callable[[Put], Put]:
    def keep(put: Put) -> Put:
        WRONGS.append((put, before))
        return put

    return keep


def draw(world: World, profile: str) -> Played:
    chance = world.random.random
    number = world.choose(*[{}] * 8, {"number": f"B-26-{world.documents}K"}, {"number": f"{world.documents}"})
    row = world.order(world.choose(*SIZES), received=None, match=world.choose(*["3-way"] * 9, "2-way"), **number)
    day = f"2026-{world.choose('08', '09', '10')}-{world.random.randint(1, 28):02d}"
    fields = {"number": world.next_document(), "issued": day}
    draft = Draft(world, row, profile, [], [], {}, fields)
    draft.add(row)
    spoil, place = world.choose(*WRONGS) if chance() > TO_BE_POSTED else (None, "")
    dressed = chance() > PLAIN
    for group in (*CLOTHES, END):
        if spoil is not None and place == group:
            spoil(draft)
        firm = group == "orders" if place == "fee" else len(draft.rows) > 1 and group in ("reference", "item")
        if dressed and group != END and not firm and chance() < EACH:
            put = world.choose(*CLOTHES[group])
            put(draft)
            draft.worn.append(put.__name__)
    if spoil is None:
        draft.ends = ("posted", *sorted(draft.also))
        if not draft.also and not draft.later and chance() < CREDITED:
            _give_back(draft)
    return _played(draft, spoil.__name__ if spoil is not None else "")


def _give_back(draft: Draft) -> None:
    """What was invoiced is credited, all of it or some lines of goods."""
    draft.before.append(first := draft.paper())
    draft.fields |= {
        "number": draft.world.next_document(),
        "issued": "2026-10-29",
        "credit": True,
        "credits": (first.number,),
    }
    draft.edits = []
    draft.worn.append("credited")
    if len(draft.lines) > 1 and draft.world.random.random() < 0.5:
        draft.lines, draft.extra = [draft.world.choose(*draft.lines)], []
        for name in ("charges", "allowances", "rounding"):
            draft.fields.pop(name, None)


def _played(draft: Draft, spoilt: str) -> Played:
    bodies = (*(paper.write() for paper in draft.before), draft.write())
    units = {(told["order"], told["line"]): told["unit"] for told in draft.ordered}
    receipts = [
        {"order": number, "line": line, "unit": units[number, line], "date": "2026-07-20", "quantity": str(quantity)}
        for (number, line), quantity in draft.received.items()
        if quantity
    ]  # fmt: skip
    late = draft.later and draft.row["match"] == "3-way"
    if not late:
        draft.world.receipts += receipts
    reference = draft.fields.get("reference", draft.number)
    name = f"{draft.profile} {spoilt or 'right'} ({reference}): {', '.join(draft.worn) or 'plain'}"
    number = draft.fields["number"]
    return Played(name, bodies, number, draft.ends, draft.reasons, tuple(receipts) if late else ())


def year(seed: int, count: int) -> tuple[World, Iterable[Played]]:
    """The world that the documents stand on, whole once all are drawn."""
    world = World(seed)
    return world, [draw(world, ("peppol-bis-3", "oioubl-2.1")[place % 2]) for place in range(count)]
