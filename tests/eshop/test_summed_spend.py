"""What was posted is kept as sums: whatever is invoiced, credited, taken back and judged again, and however far the worker has counted,
they are the sums of the lines, to the øre; and two workers at once count everything once."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import audit, insight
from eshop.amounts import Amount
from eshop.db import Database
from eshop.errors import Conflict
from eshop.identity import Actor, Grant, Role, User
from eshop.insight import facts
from eshop.insight.summed import SpendSum, Stretch, spend_within
from tests.at_once import all_at_once
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, item, order, receipts
from tests.invoicing.town import Town
from tests.ordering.test_agreement_totals import steps

FIRST = date(2024, 11, 25)
"""Two years before the town's today."""
DAYS = 730
GROUPS = ("14111507", "47131810", None)
ORDERS = [
    order(
        f"45000{number:05d}",
        [
            item("10", f"1{number:05d}", f"Vare {number}", "4", "52.00"),
            item("20", f"2{number:05d}", "Sæbe", "3", "31.25"),
        ],
        date="2024-11-01",
    )
    for number in range(1, 41)
]


def paper(number: int, random: Random, **fields: Any) -> bytes:
    """The order's goods or some of them, of a day in the two years, with a fee now and then and an item group most often."""
    row = ORDERS[number]
    lines = billed(row, _10=random.choice("24"), _20=random.choice("03"))
    if random.random() < 0.3:
        lines = (*lines, Line("Fragt", "1", "75.00", "EA"))
    day = FIRST + timedelta(days=random.choice((0, 200, 364, 365, random.randrange(DAYS), DAYS - 1)))
    written = Paper(lines, row["number"], f"F-{number}", issued=day.isoformat(), **fields).write()
    group = random.choice(GROUPS)
    if group is None:
        return written
    code = f'<cbc:ItemClassificationCode listID="TST" listVersionID="19.0501">{group}</cbc:ItemClassificationCode>'
    return written.replace(
        b"<cac:ClassifiedTaxCategory>",
        f"<cac:CommodityClassification>{code}</cac:CommodityClassification><cac:ClassifiedTaxCategory>".encode(),
    )


@dataclass
class Trade:
    town: Town
    random: Random
    came: dict[int, bytes] = field(default_factory=dict)

    def invoice(self) -> None:
        number = len(self.came)
        self.came[number] = paper(number, self.random)
        assert self.town.receive(self.came[number])["outcome"] == "posted", number

    def credit(self) -> None:
        number = self.random.choice(list(self.came))
        body = paper(number, Random(number), credit=True, credits=(f"F-{number}",))
        self.town.receive(body.replace(f">F-{number}<".encode(), f">K-{number}<".encode(), 1))

    def take_back(self) -> None:
        with self.town.work() as session:
            found = self.town.invoice(session, f"F-{self.random.choice(list(self.came))}")
            if found.state == "posted":
                with suppress(Conflict):
                    invoicing.reverse(session, found, "Forkert", finance(session, self.town))

    def decide(self) -> None:
        with self.town.work() as session:
            waiting = session.scalars(
                select(invoicing.Invoice).where(invoicing.Invoice.state == "waiting").order_by(invoicing.Invoice.id)
            ).all()
            if waiting:
                one = self.random.choice(waiting)
                with suppress(Conflict), session.begin_nested():
                    invoicing.decide(session, one, "accept", "Rigtig nok", finance(session, self.town))

    def replay(self) -> None:
        with self.town.work() as session:
            list(invoicing.replay(session, None, self.town.by))
        again = self.random.choice(list(self.came))
        assert self.town.receive(self.came[again])["outcome"] == "duplicate"

    def seal(self) -> None:
        with self.town.work() as session:
            audit.seal(session, self.town.at, self.random.randrange(1, 9))

    def count(self) -> None:
        with self.town.work() as session:
            insight.count_spend(session)


def finance(session: Session, town: Town) -> Actor:
    user = session.scalars(select(User).where(User.login == "finance")).one_or_none()
    if user is None:
        user = User(login="finance", name="Søren")
        session.add(user)
        session.flush()
    return Actor(user.id, user.name, town.id, None, town.at, "web", (Grant(Role.FINANCE),))


def loaded(database: Database) -> Town:
    """Forty orders whose goods have come: a third on each of two agreements, the rest on none."""
    town = Town.load(
        database, ORGANISATION, [SUPPLIER], ORDERS, [one for row in ORDERS for one in receipts(row)], POLICY
    )
    with town.work() as session:
        finance(session, town)
        told = {"supplier": {"cvr": SUPPLIER["cvr"]}, "from": "2024-01-01", "joined": [{}], "unspsc": ["14"]}
        made = catalogues.load_agreements(
            session, [told | {"number": f"50.4{n}", "title": f"Prøve {n}"} for n in (0, 1)], town.by
        )
        for place, one in enumerate(
            session.scalars(select(ordering.PurchaseOrder).order_by(ordering.PurchaseOrder.id))
        ):
            one.agreement_id = (made[0].id, made[1].id, None)[place % 3]
    return town


def from_lines(session: Session, stretches: list[Stretch]) -> dict[tuple[int, str, date], int]:
    found: dict[tuple[int, str, date], int] = {}
    for one in stretches:
        for piece in facts.spend(session, insight.Span("", one.start, one.end), None):
            if not piece.fee:
                key = piece.agreement_id or 0, piece.unspsc or "", one.start
                found[key] = found.get(key, 0) + piece.amount.ore
    return {key: ore for key, ore in found.items() if ore}


def cut(random: Random) -> list[Stretch]:
    """The two years in stretches, as months, days and agreements may cut them."""
    cuts = sorted({0, 365, *(random.randrange(DAYS) for _ in range(random.randrange(6)))})
    return [
        Stretch(FIRST + timedelta(days=start), FIRST + timedelta(days=end - 1))
        for start, end in zip(cuts, [*cuts[1:], DAYS], strict=True)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_those_of_the_lines_whatever_happens(database: Database, seed: int) -> None:
    random = Random(seed)
    trade = Trade(loaded(database), random)
    acts = [trade.invoice] * 4 + [trade.credit, trade.take_back, trade.take_back, trade.decide, trade.replay]
    trade.invoice()
    for _ in range(70):
        act = random.choice([*acts, *[trade.seal] * 6, *[trade.count] * 3])
        if act != trade.invoice or len(trade.came) < len(ORDERS):
            act()
        stretches = cut(random)
        with trade.town.work() as session:
            sums = {key: ore for key, ore in spend_within(session, stretches).items() if ore}
            assert sums == from_lines(session, stretches), act
    with trade.town.work() as session:
        while audit.seal(session, trade.town.at):
            pass
        insight.count_spend(session)
        kept = session.scalar(
            select(func.sum(SpendSum.amount, type_=SpendSum.amount.type)).where(SpendSum.span == "day")
        )
        assert kept == Amount(sum(from_lines(session, [Stretch(FIRST, FIRST + timedelta(days=DAYS - 1))]).values()))


def test_two_workers_at_once_count_everything_once(database: Database) -> None:
    town = loaded(database)

    def work(place: int) -> None:
        trade = Trade(town, Random(place))
        for turn in range(6):
            number = place * 6 + turn
            if place < 4:
                town.receive(paper(number, Random(number)))
            if turn == 4 and place < 3:
                trade.came = {number: b""}
                trade.take_back()
            with town.work() as session:
                audit.seal(session, town.at, 7)
                insight.count_spend(session)

    assert all_at_once(6, work) == []
    stretches = cut(Random(1))
    with town.work() as session:
        while audit.seal(session, town.at):
            pass
        insight.count_spend(session)
    with town.work() as session:
        assert audit.broken_seals(session) == []
        found = {key: ore for key, ore in spend_within(session, stretches).items() if ore}
        assert found == from_lines(session, stretches) != {}


def test_the_sums_are_read_in_as_many_steps_however_many_lines_there_are(sqlite_database: Database) -> None:
    town = loaded(sqlite_database)
    for number in range(6):
        town.receive(paper(number, Random(number)))
    with town.work() as session:
        audit.seal(session, town.at)
        insight.count_spend(session)
    with town.work() as session:
        stretches = cut(Random(1))
        few = steps(session, lambda: spend_within(session, stretches))
        first = session.scalars(select(invoicing.InvoiceLine)).first()
        assert first is not None
        told = {
            name: getattr(first, name)
            for name in (column.name for column in invoicing.InvoiceLine.__table__.c)
            if name != "id"
        }
        session.add_all(invoicing.InvoiceLine(**told) for _ in range(3000))
        many = steps(session, lambda: spend_within(session, stretches))
    assert many <= few * 1.1
