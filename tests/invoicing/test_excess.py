"""What is too much on an invoice is the same kroner in the queue, beside the order, and in the claim."""

from dataclasses import replace
from decimal import Decimal

import pytest

import invoicing
from eshop.amounts import NOTHING, Amount
from eshop.db import Database
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, order, receipts
from tests.invoicing.town import Town

ORDER = order()
GLOVES, *REST = billed(ORDER)  # ten at 52.00
EXTRA = Line("Miljøtillæg pr. palle", "1", "45.00", "EA", number="M-1")
WRONG_LINE = replace(EXTRA, line_reference=None)

CASES = {
    # what is billed, how many of the ten have come, and what is too much on each line (with its percent of what is right)
    "four have not come": ((GLOVES, *REST), "6", {0: ("208.00", "66.7")}),
    "two were not ordered": ((replace(GLOVES, quantity="12"), *REST), "10", {0: ("104.00", "20.0")}),
    "and are dearer than agreed": ((replace(GLOVES, quantity="12", price="58.00"),), "10", {0: ("176.00", "33.8")}),
    "in two lines that share what is too much": (
        (replace(GLOVES, quantity="6"), *REST, replace(GLOVES, quantity="4")),
        "7",
        {len(REST) + 1: ("156.00", "300.0")},
    ),
    "more than the last of them": (
        (replace(GLOVES, quantity="6"), *REST, replace(GLOVES, quantity="4")),
        "5",
        {0: ("52.00", "20.0"), len(REST) + 1: ("208.00", None)},
    ),
    "an item nobody ordered": ((GLOVES, *REST, WRONG_LINE), "10", {len(REST) + 1: ("45.00", None)}),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_the_same_in_the_queue_beside_the_order_and_in_the_claim(sqlite_database: Database, case: str) -> None:
    lines, come, expected = CASES[case]
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER, _10=come), POLICY)
    assert town.receive(Paper(tuple(lines), number="F-1").write())["outcome"] == "held"
    total = Amount.sum(Amount.of(amount) for amount, _ in expected.values())
    with town.work() as session:
        invoice = town.invoice(session, "F-1")
        (row,) = [row for group in invoicing.queue(session, town.by) for row in group.rows]
        view = invoicing.invoice_view(session, invoice, town.by.today)
        claim = invoicing.draft_claim(session, invoice)
        assert row.deviation == view.deviation == Amount.sum(line.net for line in claim.lines) == total
        assert {line.position: line.net for line in claim.lines} == {
            position: Amount.of(amount) for position, (amount, _) in expected.items()
        }
        shown = {line.position: (line.deviation, line.percent) for line in view.lines if line.deviation}
        assert shown == {
            position: (Amount.of(amount), None if percent is None else Decimal(percent))
            for position, (amount, percent) in expected.items()
        }
        right = invoice.net - total
        assert row.percent == (total.ore * Decimal(100) / right.ore).quantize(Decimal("0.1"))


def test_what_is_invoiced_already_is_too_much_as_a_whole(sqlite_database: Database) -> None:
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), POLICY)
    assert town.receive(Paper((GLOVES, *REST), number="F-1").write())["outcome"] == "posted"
    assert town.receive(Paper((replace(GLOVES, quantity="3"),), number="F-2").write())["reasons"] == [
        "already_invoiced"
    ]
    with town.work() as session:
        (row,) = [row for group in invoicing.queue(session, town.by) for row in group.rows]
        assert (row.deviation, row.percent) == (Amount.of("156.00"), None), "no percent of nothing"
        posted = invoicing.invoice_view(session, town.invoice(session, "F-1"), town.by.today)
        assert [line.deviation for line in posted.lines] == [NOTHING] * len(posted.lines)
        assert posted.deviation == NOTHING


def test_what_waits_without_an_order_deviates_from_nothing(sqlite_database: Database) -> None:
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], policy=POLICY)
    assert town.receive(Paper((WRONG_LINE,), reference=None, number="F-1").write())["outcome"] == "manual"
    with town.work() as session:
        (row,) = [row for group in invoicing.queue(session, town.by) for row in group.rows]
        assert row.deviation == NOTHING


def test_a_receipt_that_comes_later_takes_it_away(sqlite_database: Database) -> None:
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER, _10="6"), POLICY)
    town.receive(Paper((replace(GLOVES, price="58.00"), *REST), number="F-1").write())
    with town.work() as session:
        assert invoicing.deviation_of(town.invoice(session, "F-1")) == Amount.of("268.00")  # 10 × 6,00 and 4 × 52,00
    town.add_receipts([row for row in receipts(ORDER, _10="4") if row["line"] == "10"])
    with town.work() as session:
        invoice = town.invoice(session, "F-1")
        assert invoice.state == "waiting"
        assert invoicing.deviation_of(invoice) == Amount.of("60.00")
