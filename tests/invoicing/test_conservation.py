"""Whatever comes and in whatever order, money is conserved: invoices in parts, credits, goods that come, go back and come again, postings
taken back. On both databases, each mix in a municipality of its own."""

from collections.abc import Iterator
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
from tests.invoicing.mixes import ACTS, ROW, THERE, Act, Ledger
from tests.invoicing.town import Town


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
@given(there=THERE, acts=st.lists(ACTS, min_size=4, max_size=10))
def test_money_is_conserved_whatever_happens(
    database: Database, numbers: Iterator[int], there: tuple[int, int], acts: list[Act]
) -> None:
    ledger = Ledger.opened(database, next(numbers), there)
    states: dict[str, str] = {}
    for act in acts:
        ledger.play(act)
        states = check(ledger.town, states)
    assert ledger.refused <= {"credited_already", "invoiced_anew"}
