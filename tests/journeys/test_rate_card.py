"""A craftsman on a rate card: hours and a call-out are items of a catalogue, so many hours are ordered, the work is confirmed instead of
received, and the invoice is paid up to the hours ordered. The thirteenth hour is a deviation."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

import catalogues
import invoicing
import ordering
from eshop.amounts import Amount
from eshop.db import Database
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN, SUPPLIERS
from eshop.demo.trade import Market
from eshop.errors import BadInput
from tests.catalogues.documents import catalogue, line
from tests.town import NOW, _town_template, lindeaa, market_of, town

__all__ = ["_town_template", "town"]

CVR, GLN, NAME = next(one for one in SUPPLIERS if one[0] == "38990128")[:3]
DAY = NOW.date() - timedelta(days=6)
HOURS, CALL_OUT = "EL-TIME", "EL-UDKALD"


@pytest.fixture
def market(town: Database) -> Iterator[Market]:
    """A town with an agreement on electricians whose rate card came as a Peppol catalogue: at most 40 hours on one order."""
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        by = market.system(market.latest - timedelta(days=30))
        terms = {
            "number": "2026-030", "title": "Elektriker", "level": "own", "from": "2026-01-01", "to": "2027-12-31",
            "supplier": {"cvr": CVR, "gln": GLN, "name": NAME}, "unspsc": ["721515"], "joined": [{}], "fees": [],
            "price_regulation": {"cap_percent": "2"},
        }  # fmt: skip
        catalogues.load_agreements(session, [terms], by)
        card = [
            line("1", number=HOURS, name="Elektriker, svend, timepris", unit="HUR", content=None, price="425.00",
                 unspsc="72151511", multiple="0.5", minimum="0.5", maximum="40"),
            line("2", number=CALL_OUT, name="Udkald og kørsel, fast pris", unit="EA", content=None, price="390.00",
                 unspsc="72151511"),
        ]  # fmt: skip
        document = catalogue(card, contract="2026-030", gln=GLN, cvr=CVR, name=NAME)
        *_, last = catalogues.load(session, document, None, by)
        assert (last.version.accepted, last.version.refused) == (2, 0)
        catalogues.accept(session, last.version, by, lines="all")
        yield market


def ordered(market: Market, hours: str, day: date = DAY) -> ordering.PurchaseOrder:
    by = market.actor("mette", MAELKEVEJEN, market.at(day, "09:10"), 60)
    wanted = [(market.item(HOURS), Decimal(hours)), (market.item(CALL_OUT), Decimal(1))]
    (order,) = ordering.place(market.session, market.place(MAELKEVEJEN).id, wanted, by)
    if order.state == "waiting":
        ordering.approve(market.session, order, market.actor("jens", MAELKEVEJEN, market.at(day, "10:00"), 20))
    order = market.send(order, market.at(day, "11:00"))
    market.confirm(order, MAELKEVEJEN, day)
    return order


def confirm(market: Market, order: ordering.PurchaseOrder, hours: str) -> ordering.Receipt:
    aisha = market.actor("aisha", MAELKEVEJEN, market.at(DAY + timedelta(days=2), "14:00"), 40)
    lines = {one.seller_item_id: one.line for one in order.lines}
    return ordering.receive(market.session, order, {lines[HOURS]: Decimal(hours), lines[CALL_OUT]: Decimal(1)}, aisha)


def billed(market: Market, order: ordering.PurchaseOrder, hours: str, rate: str = "425.00") -> dict:
    lines = [
        paper.Billed(
            one.name, Decimal(hours) if one.seller_item_id == HOURS else one.quantity, one.unit,
            Decimal(rate) if one.seller_item_id == HOURS else one.price, order.number, one.line, one.seller_item_id,
            unspsc=one.unspsc,
        )
        for one in order.lines
    ]  # fmt: skip
    return market.invoice(market.bill(order, MAELKEVEJEN, DAY + timedelta(days=3), lines=lines))


def test_twelve_hours_are_ordered_confirmed_and_paid(market: Market) -> None:
    order = ordered(market, "12")
    assert {one.kind for one in order.lines} == {"service"}
    assert order.total == Amount.of("5490.00")
    assert confirm(market, order, "12").kind == "performance"
    answer = billed(market, order, "12")
    assert (answer["outcome"], answer["orders"]) == ("posted", [order.number])
    assert {one["status"] for one in answer["lines"]} == {"ok"}


def test_the_thirteenth_hour_is_a_deviation(market: Market) -> None:
    order = ordered(market, "12")
    confirm(market, order, "12")
    answer = billed(market, order, "13")
    assert answer["outcome"] == "held"
    assert "qty_over" in answer["reasons"]
    told = {one["order_line"]: one["status"] for one in answer["lines"]}
    assert sorted(told.values()) == ["ok", "qty_over"]


def test_an_invoice_to_a_closed_order_is_stopped_also_over_what_was_done(market: Market) -> None:
    order = ordered(market, "12")
    confirm(market, order, "5")
    ordering.close(market.session, order, market.actor("mette", MAELKEVEJEN, market.at(DAY + timedelta(days=2)), 20))
    answer = billed(market, order, "5")
    assert answer["outcome"] == "held"
    assert "order_not_open" in answer["reasons"]


def test_half_hours_done_in_two_turns_are_paid_as_they_are_confirmed(market: Market) -> None:
    order = ordered(market, "7.5")
    hours = next(one for one in order.lines if one.seller_item_id == HOURS)
    aisha = market.actor("aisha", MAELKEVEJEN, market.at(DAY + timedelta(days=1), "14:00"), 40)
    ordering.receive(market.session, order, {hours.line: Decimal(4)}, aisha)
    early = billed(market, order, "7.5")
    assert (early["outcome"], "not_received" in early["reasons"] or "qty_over" in early["reasons"]) == ("held", True)
    confirm(market, order, "3.5")
    again = [one for one in invoices(market) if one.number == early["document_id"]]
    assert [one.state for one in again] == ["posted"]


def invoices(market: Market) -> list:
    market.session.flush()
    for one in invoicing.list_invoices(market.session, limit=50):
        if one.state == "waiting":
            invoicing.run_control(market.session, one, market.system(market.at(DAY + timedelta(days=4), "08:00")))
    return invoicing.list_invoices(market.session, limit=50)


def test_a_dearer_hour_is_a_deviation_and_more_hours_than_the_card_allows_cannot_be_ordered(market: Market) -> None:
    order = ordered(market, "12")
    confirm(market, order, "12")
    answer = billed(market, order, "12", rate="475.00")
    assert (answer["outcome"], answer["reasons"][0]) == ("held", "price_over")
    assert {one["variance"] for one in answer["lines"]} == {"600.00", "0.00"}
    by = market.actor("mette", MAELKEVEJEN, market.at(DAY, "09:10"), 60)
    with pytest.raises(BadInput) as raised:
        ordering.place(market.session, market.place(MAELKEVEJEN).id, [(market.item(HOURS), Decimal("40.5"))], by)
    assert raised.value.values["largest"] == 40, raised.value.values
