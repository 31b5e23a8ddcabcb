"""Replay, whatever has happened: what waits is judged as it would be judged now, what is posted as it was just before; a difference has
a why that is true. On both databases, each mix in a municipality of its own, with a minute between one thing and the next."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

import invoicing
import ordering
from eshop.db import Database
from eshop.errors import Conflict
from eshop.identity import Municipality
from tests.invoicing.mixes import ACTS, THERE, Act, Ledger, finance
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Paper, billed, order, receipts
from tests.invoicing.town import Town

DECISIONS: st.SearchStrategy[Act] = st.tuples(st.sampled_from(["accept", "accept", "refuse"]), st.integers(0, 9))


@dataclass
class Workbench(Ledger):
    """A ledger whose finance also decides what waits."""

    def play(self, act: Act) -> None:
        self.town.at += timedelta(minutes=1)
        what, told = act
        if what not in ("accept", "refuse"):
            super().play(act)
            return
        with self.town.work() as session:
            waiting = session.scalars(
                select(invoicing.Invoice).where(invoicing.Invoice.state == "waiting").order_by(invoicing.Invoice.id)
            ).all()
            if waiting:
                one = waiting[told % len(waiting)]
                with suppress(Conflict), session.begin_nested():
                    invoicing.decide(session, one, what, "Efter aftale", finance(session, self.town))


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count(50_000)


@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(
    there=THERE,
    acts=st.lists(st.one_of(ACTS, DECISIONS), min_size=6, max_size=14),
)
def test_whatever_happens_what_waits_is_judged_by_how_it_is_now(
    database: Database, numbers: Iterator[int], there: tuple[int, int], acts: list[Act]
) -> None:
    bench = Workbench.opened(database, next(numbers), there)
    for act in acts:
        bench.play(act)
        with bench.town.work() as session:
            for one in invoicing.replay(session, None, bench.town.by):
                assert (one.was[0], one.why) == ("posted", "order_changed"), (act, one)


# --- what the mixes are about, one by one ---------------------------------------------------------------------------------

ORDER = order()
EXACT = billed(ORDER)
DEAR = (replace(EXACT[0], price="54.00"), *EXACT[1:])
TWO_TOO_MANY_BACK = (replace(EXACT[0], quantity="12"),)


@pytest.fixture
def town(database: Database) -> Town:
    return Town.load(database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), POLICY)


def comes(town: Town, paper: Paper) -> tuple[str, list[str]]:
    town.at += timedelta(minutes=1)
    answer = town.receive(paper.write())
    return answer["outcome"], answer["reasons"]


def stands(town: Town, number: str) -> tuple[str, list[str]]:
    with town.work() as session:
        invoice = town.invoice(session, number)
        return invoice.outcome, list(invoice.reasons)


def replayed(town: Town) -> list[tuple[str, str]]:
    with town.work() as session:
        return [(one.number, one.why) for one in invoicing.replay(session, None, town.by)]


def decided(session: Session, town: Town, number: str, decision: str) -> invoicing.Invoice:
    town.at += timedelta(minutes=1)
    return invoicing.decide(session, town.invoice(session, number), decision, "Efter aftale", finance(session, town))


def test_a_credit_note_is_judged_again_when_a_person_posts_the_invoice_it_names(town: Town) -> None:
    assert comes(town, Paper(DEAR, number="F-1")) == ("held", ["price_over"])
    too_much = Paper(TWO_TOO_MANY_BACK, number="K-1", credit=True, credits=("F-1",))
    assert comes(town, too_much) == ("held", ["credit_without_invoice", "credit_over_invoiced"])
    two = Paper((replace(EXACT[1], quantity="2"),), number="K-2", credit=True, credits=("F-1",))
    assert comes(town, two) == ("held", ["credit_without_invoice"])
    with town.work() as session:
        decided(session, town, "F-1", "accept")
    assert stands(town, "K-1") == ("held", ["credit_over_invoiced"])
    assert stands(town, "K-2") == ("posted", ["credit_partial"])
    assert replayed(town) == []


def test_goods_that_an_accepted_credit_note_gives_back_may_be_invoiced_anew(town: Town) -> None:
    assert comes(town, Paper(EXACT, number="F-1")) == ("posted", [])
    anew = Paper(billed(ORDER, _10="0", _20="2", _30="0"), number="F-2")
    assert comes(town, anew) == ("held", ["already_invoiced"])
    wrong_vat = Paper((replace(EXACT[1], quantity="2", vat="12"),), number="K-1", credit=True, credits=("F-1",))
    assert comes(town, wrong_vat) == ("held", ["vat"])
    with town.work() as session:
        decided(session, town, "K-1", "accept")
    assert stands(town, "F-2") == ("posted", ["partial"])
    assert replayed(town) == []


def test_a_credit_note_and_the_invoice_it_puts_right_are_posted_whichever_comes_first(town: Town) -> None:
    back = Paper((replace(EXACT[0], price="2.00"),), number="K-1", credit=True, credits=("F-1",))
    assert comes(town, back)[0] == "held"
    assert comes(town, Paper(DEAR, number="F-1")) == ("posted", ["settled_by_credit"])
    assert stands(town, "K-1") == ("posted", ["credit_partial"])
    assert replayed(town) == []


def test_the_second_of_two_on_the_same_goods_says_so_when_the_first_is_posted(town: Town) -> None:
    more = order("4500000086", ORDER["lines"])
    town.add_orders([more])
    assert comes(town, Paper(EXACT, "4500000086", "F-1")) == ("held", ["not_received"])
    part = (replace(EXACT[0], quantity="4"),)
    assert comes(town, Paper(part, "4500000086", "F-2")) == ("held", ["not_received"])
    with town.work() as session:
        decided(session, town, "F-2", "accept")
    assert stands(town, "F-1") == ("held", ["qty_over", "not_received"])
    assert replayed(town) == []


def test_what_waits_for_its_coding_is_judged_the_same_again(town: Town) -> None:
    with town.work() as session:
        ours = session.get_one(Municipality, town.id)
        ours.dimensions = [*ours.dimensions, "project"]
    assert comes(town, Paper(EXACT, number="F-1")) == ("held", ["coding"])
    assert replayed(town) == []


def test_what_happened_to_the_order_is_why(town: Town) -> None:
    assert comes(town, Paper(billed(ORDER, _10="0"), number="F-1"))[0] == "posted"
    town.at += timedelta(minutes=1)
    with town.work() as session:
        (placed,) = ordering.order_pictures(session, town.invoice(session, "F-1").order_ids)
        ordering.close(session, session.get_one(ordering.PurchaseOrder, placed.id), town.by)
    assert replayed(town) == [("F-1", "order_changed")]
