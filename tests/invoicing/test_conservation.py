"""Whatever comes and in whatever order, money is conserved: invoices in parts, credits, goods that come, go back and come again, postings
taken back. On both databases, each mix in a municipality of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.db import Database
from eshop.errors import Conflict
from eshop.identity import Actor, Grant, Role, User
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, item, order
from tests.invoicing.town import Town

ROW = order(
    lines=(
        item("10", "100001", "Kopipapir Klitgaard Skole A4 80 g", "12", "52.00", "XCT", "XPK", "5"),
        item("20", "100002", "Nitrilhandske Bakkely Eco str. M", "6", "120.50", "XBX", "PR", "50"),
    )
)
GOODS = billed(ROW)
PLACES = range(len(GOODS))

Act = tuple[str, Any]

ACTS: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("receive"), st.tuples(st.sampled_from(PLACES), st.integers(1, 6))),
    st.tuples(st.just("return"), st.tuples(st.sampled_from(PLACES), st.integers(1, 3))),
    st.tuples(
        st.just("invoice"),
        st.tuples(
            st.lists(st.integers(0, 6), min_size=2, max_size=2).filter(any),
            st.sampled_from(["1", "1", "1", "1.008", "1.02", "0.95"]),
            st.sampled_from([None, None, "75.00", "151.00"]),
        ),
    ),
    st.tuples(
        st.just("credit"),
        st.tuples(
            st.integers(0, 9),
            st.lists(st.integers(0, 6), min_size=2, max_size=2).filter(any),
            st.sampled_from(["1", "1", "0.1", "1.1"]),
        ),
    ),
    st.tuples(st.just("reverse"), st.integers(0, 9)),
    st.tuples(st.just("again"), st.integers(0, 9)),
)


@dataclass
class Ledger:
    """A municipality and what has been sent to it."""

    town: Town
    cvr: str
    came: list[int]
    sent: list[Paper] = field(default_factory=list)
    days: int = 0
    refused: set[str] = field(default_factory=set)

    def invoices(self) -> list[Paper]:
        return [paper for paper in self.sent if not paper.credit]

    def play(self, act: Act) -> None:
        what, told = act
        if what in ("receive", "return"):
            place, many = told
            many = many if what == "receive" else -min(many, self.came[place])
            self.came[place] += many
            if not many:
                return
            # A day of its own: rows that are alike are one row that is loaded again.
            self.days += 1
            self.town.add_receipts([_receipt(place, str(many), 1 + self.days)])
        elif what == "invoice":
            shares, dear, fee = told
            lines = _lines(shares, dear)
            self.send(Paper((*lines, Line("Fragt", "1", fee, "EA")) if fee else lines))
        elif what == "credit" and self.invoices():
            which, shares, share = told
            first = self.invoices()[which % len(self.invoices())]
            self.send(Paper(_lines(shares, share), credit=True, credits=(first.number,)))
        elif what == "again" and self.sent:
            assert self.town.receive(self.sent[told % len(self.sent)].write())["outcome"] == "duplicate"
        elif what == "reverse" and self.sent:
            self.reverse(self.sent[told % len(self.sent)].number)

    def send(self, paper: Paper) -> None:
        number = len(self.sent) + 1
        profile = "oioubl-2.1" if number % 2 else "peppol-bis-3"
        paper = replace(
            paper, number=f"F-{number}", issued=f"2026-09-{number:02d}", profile=profile, buyer_cvr=self.cvr
        )
        self.town.receive(paper.write())
        self.sent.append(paper)

    def reverse(self, number: str) -> None:
        with self.town.work() as session:
            found = self.town.invoice(session, number)
            if found.state == "posted":
                try:
                    invoicing.reverse(session, found, "Forkert", _finance(session, self.town))
                except Conflict as refusal:
                    self.refused.add(refusal.code)


def _receipt(place: int, quantity: str, day: int) -> dict[str, Any]:
    line = ROW["lines"][place]
    return {
        "order": ROW["number"], "line": line["line"], "unit": line["unit"], "quantity": quantity, "date": f"2026-08-{day:02d}"
    }  # fmt: skip


def _lines(shares: list[int], dear: str) -> tuple[Line, ...]:
    return tuple(
        replace(
            line,
            quantity=str(share),
            price=str((Decimal(line.price) * Decimal(dear)).quantize(Decimal("0.01"))),
        )
        for line, share in zip(GOODS, shares, strict=True)
        if share
    )


def _finance(session: Any, town: Town) -> Actor:
    login = f"finance-{town.id}"
    user = session.scalars(select(User).where(User.login == login)).one_or_none()
    if user is None:
        user = User(login=login, name="Søren")
        session.add(user)
        session.flush()
    return Actor(user.id, user.name, town.id, None, town.at, "web", (Grant(Role.FINANCE),))


def check(town: Town, before: dict[str, str]) -> dict[str, str]:
    """Every invariant over what is in the database; `before` and the answer are the states by number."""
    with town.work() as session:
        invoices = list(session.scalars(select(invoicing.Invoice).order_by(invoicing.Invoice.id)))
        lines = {line.id: line for order in ordering.find_orders(session, [ROW["number"]]) for line in order.lines}
        put: dict[int, Decimal] = dict.fromkeys(lines, Decimal(0))
        paid: dict[int, int] = dict.fromkeys(lines, 0)
        given: dict[int, Amount] = {}
        for invoice in invoices:
            _balanced(session, invoice)
            if invoice.state != "posted":
                continue
            fresh = before.get(invoice.number) != "posted"
            for one in invoicing.matches_of(session, invoice):
                line = lines[one.order_line_id]
                agreed = line.price.total(one.quantity).ore
                slack = min(1000, agreed // 100) + 2
                put[line.id] += -one.quantity if invoice.is_credit else one.quantity
                paid[line.id] += (-one.amount.ore if invoice.is_credit else one.amount.ore) - slack
                if fresh and not invoice.is_credit:
                    assert line.invoiced <= line.received, "posted before the goods had come"
                    assert one.amount.ore <= agreed + slack or "settled_by_credit" in invoice.reasons
            if invoice.is_credit:
                assert invoice.credits_id is not None
                given[invoice.credits_id] = given.get(invoice.credits_id, NOTHING) + invoice.gross
        by_id = {invoice.id: invoice for invoice in invoices}
        for one, back in given.items():
            assert by_id[one].state == "posted"
            assert back.ore <= by_id[one].gross.ore + len(given), "more is credited than was invoiced"
        for line in lines.values():
            assert put[line.id] == line.invoiced, "the order counts what is posted"
            assert 0 <= line.invoiced <= line.agreed
            assert paid[line.id] <= line.price.total(line.invoiced).ore, "more is paid than agreed, within tolerance"
            short = line.invoiced > line.received
            for invoice in invoices:
                touched = any(one.order_line_id == line.id for one in invoicing.matches_of(session, invoice))
                if short and touched and invoice.state == "posted" and not invoice.is_credit:
                    assert invoice.deviation == "receipt_reversed"
        _nothing_lost(session, invoices)
        assert [one for one in invoicing.replay(session, None, town.by) if one.why == "judged_otherwise"] == []
        return {invoice.number: invoice.state for invoice in invoices}


def _balanced(session: Any, invoice: invoicing.Invoice) -> None:
    """Each posting balances; what stands of them is what the document asks for, or nothing."""
    standing = 0
    for posting in invoicing.postings_of(session, invoice):
        assert Amount.sum(entry.amount for entry in invoicing.posting_lines(session, posting)) == NOTHING
        standing += posting.gross.ore
    asked = -invoice.gross.ore if invoice.is_credit else invoice.gross.ore
    assert standing == (asked if invoice.state == "posted" else 0)


def _nothing_lost(session: Any, invoices: list[invoicing.Invoice]) -> None:
    """The ledger's sum is the sum of what is posted."""
    gross = invoicing.Posting.gross
    total = session.scalar(select(func.sum(gross, type_=gross.type))) or NOTHING
    posted = [one for one in invoices if one.state == "posted"]
    assert total.ore == sum(-one.gross.ore if one.is_credit else one.gross.ore for one in posted)


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count(1)


@settings(
    deadline=None,
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(there=st.sampled_from([(12, 6), (12, 6), (9, 6), (5, 0), (0, 0)]), acts=st.lists(ACTS, min_size=4, max_size=10))
def test_money_is_conserved_whatever_happens(
    database: Database, numbers: Iterator[int], there: tuple[int, int], acts: list[Act]
) -> None:
    cvr = f"{30000000 + next(numbers)}"
    home = {**ORGANISATION, "municipality": {**ORGANISATION["municipality"], "cvr": cvr}}
    came = [_receipt(place, str(many), 1) for place, many in enumerate(there) if many]
    ledger = Ledger(Town.load(database, home, [SUPPLIER], [ROW], came, POLICY), cvr, list(there))
    states: dict[str, str] = {}
    for act in acts:
        ledger.play(act)
        states = check(ledger.town, states)
    assert ledger.refused <= {"credited_already", "invoiced_anew"}
