"""No sequence of loads, acceptances in whole or in part, refusals, take-backs, joins to lots, exemptions and dates lets `offer` say yes
when DOMAIN §4 says no, or no when it says yes.

The oracle below knows nothing of the database: it keeps what was said, in order, and reads §4 word by word.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catalogues
from eshop.db import Database
from eshop.identity import Institution
from tests.catalogues.documents import AT, SUPPLIER, agreement, catalogue, line, town

BEGIN = date(2026, 1, 1)
DAYS = st.integers(0, 300).map(lambda days: BEGIN + timedelta(days=days))
MAYBE = st.none() | DAYS
NUMBERS = ("A", "B", "C")
CVRS = count(10_000_000)


@dataclass
class Said:
    """What one live version said about one item: from a day on it is this line, or (line None) it is no more."""

    order: int
    starts: date
    line: dict | None


Period = tuple[date | None, date | None]
LOTS = {"1": "47", "2": "44"}
"""The agreement's lots and the item groups that belong to them."""


@dataclass
class World:
    statements: dict[str, list[Said]] = field(default_factory=dict)
    taken_back: set[int] = field(default_factory=set)
    joined: list[tuple[Period, str | None]] = field(default_factory=list)
    exempt: list[tuple[Period, str | None]] = field(default_factory=list)
    agreement: tuple[date | None, date | None] = (None, None)
    active: bool = True

    def allowed(self, number: str, on: date, groups: list[str] | None) -> bool:
        def holds(period):
            return (period[0] is None or period[0] <= on) and (period[1] is None or on <= period[1])

        if not holds(self.agreement) or not self.active:
            return False
        begun = [
            one for one in self.statements.get(number, []) if one.order not in self.taken_back and one.starts <= on
        ]
        if not begun or begun[-1].line is None:
            return False
        said = begun[-1].line
        lot = next(lot for lot, prefix in LOTS.items() if said["unspsc"].startswith(prefix))
        if not any(holds(one) and named in (None, lot) for one, named in self.joined):
            return False
        if any(holds(one) and named in (None, lot) for one, named in self.exempt):
            return False
        if not holds((said["start"], said["end"])):
            return False
        prices = [(start or said["start"], end or said["end"]) for _, start, end in said["prices"]]
        if not any(holds(one) for one in prices):
            return False
        return groups is None or any(said["unspsc"].startswith(one) for one in groups)


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def ordered(pair):
    start, end = pair
    return (end, start) if start is not None and end is not None and end < start else (start, end)


PERIOD = st.tuples(MAYBE, MAYBE).map(ordered)
PRICE = st.tuples(st.integers(50, 60), PERIOD).map(lambda drawn: (drawn[0], *drawn[1]))
LINE = st.fixed_dictionaries(
    {
        "number": st.sampled_from(NUMBERS),
        "period": PERIOD,
        "prices": st.lists(PRICE, min_size=1, max_size=2, unique_by=lambda price: price[1]),
        "unspsc": st.sampled_from(["47131810", "44121704"]),
    }
)
LOAD = st.tuples(
    st.just("load"),
    st.sampled_from(["Add", "Replace", "Update", "Delete"]),
    st.lists(LINE, min_size=1, max_size=3, unique_by=lambda one: one["number"]),
    st.lists(st.sampled_from(NUMBERS), max_size=1),
    st.sampled_from(["all", "preselected", "refuse", {"A"}, {"B", "C"}]),
)
LOT = st.sampled_from([None, None, "1", "2"])
STEP = st.one_of(
    LOAD,
    LOAD,
    LOAD,
    st.tuples(st.just("take_back")),
    st.tuples(st.just("join"), PERIOD, LOT),
    st.tuples(st.just("exempt"), DAYS, LOT),
    st.tuples(st.just("active"), st.booleans()),
)
"""One thing that happens."""


def play(database: Database, by, steps, period, world: World) -> None:
    world.agreement = period
    versions: list = []
    order = 0
    for step in steps:
        kind = step[0]
        if kind == "load":
            _, action, lines, deleted, taking = step
            lines = [one for one in lines if one["number"] not in deleted] if action == "Update" else lines
            document = catalogue(
                [
                    line(
                        one["number"],
                        number=one["number"],
                        start=day(one["period"][0]),
                        end=day(one["period"][1]),
                        unspsc=one["unspsc"],
                        prices=[(f"{amount}.00", {"start": day(a), "end": day(b)}) for amount, a, b in one["prices"]],
                    )
                    for one in lines
                ]
                + ([line(n, number=n, action="Delete") for n in deleted] if action == "Update" else []),
                action=action,
                start=None,
                end=None,
                version=str(len(versions)),
                # Not Peppol's profile rules: nesting is narrowed, not refused.
            ).replace(b"urn:fdc:peppol.eu:poacc:trns:catalogue:3", b"urn:example:ubl")
            with database.work(by.municipality_id) as session:
                *_, last = catalogues.load(session, document, None, by)
                version = last.version
                if version.state != "waiting":
                    continue
                if taking == "refuse":
                    catalogues.refuse(session, version, by)
                    continue
                rows = catalogues.review(session, version)
                wanted = [row for row in rows if row.result == "accepted" and taken_by(row, taking)]
                # What is not shown is the same as before, or the same for longer: that is always taken.
                told = {row.seller_item_id for row in rows}
                accepted = {row.seller_item_id for row in wanted} | {one["number"] for one in lines} - told
                kept = {row.seller_item_id for row in rows if row.kind == "removed" and row not in wanted}
                catalogues.accept(session, version, by, [row.line_id for row in wanted])
                versions.append((version.id, order))
            known = {number for number, said in world.statements.items() if live(world, number)}
            if action == "Delete":
                gone = known
            elif action == "Replace":
                gone = known - {one["number"] for one in lines}
            else:
                gone = set(deleted) & known if action == "Update" else set()
            for number in gone - kept:
                world.statements[number].append(Said(order, date.min, None))
            if action != "Delete":
                for one in lines:
                    if one["number"] in accepted:
                        start, end = one["period"]
                        begins = start or date.min
                        first = min(a or begins for _, a, _ in one["prices"])
                        said = {"start": start, "end": end, "prices": one["prices"], "unspsc": one["unspsc"]}
                        world.statements.setdefault(one["number"], []).append(Said(order, max(begins, first), said))
            order += 1
        elif kind == "take_back" and versions:
            version_id, taken = versions.pop()
            with database.work(by.municipality_id) as session:
                catalogues.take_back(session, catalogues.get_version(session, version_id), by, "prøve")
            world.taken_back.add(taken)
        elif kind == "join":
            world.joined.append((step[1], step[2]))
        elif kind == "exempt":
            world.exempt.append(((step[1], step[1] + timedelta(days=30)), step[2]))
        elif kind == "active":
            world.active = step[1]
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [terms(world)], by)
        catalogues.record_supplier(session, cvr=SUPPLIER["cvr"], active=world.active, by=by)


def taken_by(row: catalogues.ReviewRow, taking: object) -> bool:
    if taking == "preselected":
        return row.selected
    return taking == "all" or (isinstance(taking, set) and row.seller_item_id in taking)


def live(world: World, number: str) -> bool:
    said = [one for one in world.statements[number] if one.order not in world.taken_back]
    return bool(said) and said[-1].line is not None


def terms(world: World) -> dict:
    start, end = world.agreement
    return agreement(
        **{"from": day(start), "to": day(end)},
        lots=[{"number": lot, "title": lot, "unspsc": [prefix]} for lot, prefix in LOTS.items()],
        joined=[{"from": day(a), "to": day(b), "lot": lot} for (a, b), lot in world.joined],
        exempt=[
            {"from": day(a), "to": day(b), "lot": lot, "reason": "andet", "approved_by": "direktør"}
            for (a, b), lot in world.exempt
        ],
    )


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    steps=st.lists(STEP, min_size=1, max_size=7),
    period=PERIOD,
    days=st.lists(DAYS, min_size=3, max_size=6),
    groups=st.sampled_from([None, ["47"], ["44", "50"]]),
    joins=st.lists(st.tuples(PERIOD, LOT), max_size=2),
)
def test_offer_says_what_the_domain_says(database, steps, period, days, groups, joins):
    """A municipality of its own for each, so that they share a database and nothing else."""
    by = town(database, f"{next(CVRS):08d}")
    world = World(joined=list(joins))
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [terms(world)], by)
    play(database, by, steps, period, world)
    with database.read(by.municipality_id) as session:
        institution = Institution(name="x", item_groups=groups, municipality_id=by.municipality_id)
        items = {catalogues.get_item(session, one).seller_item_id: one for one in catalogues.item_ids(session, "50.40")}
        for on in [*days, AT.date()]:
            answers = catalogues.offers(session, items.values(), institution, on)
            for number, item_id in items.items():
                assert answers[item_id].orderable == world.allowed(number, on, groups), (number, on, answers[item_id])
