"""What an order costs to handle: the golden figure, the three phases, what is measured, and that a new standard rewrites nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

import ordering
from eshop.amounts import Amount
from eshop.errors import BadInput, NotAllowed
from ordering.transaction_costs import CHANNELS, STEPS, shipped_standard
from tests import builders
from tests.builders import Town, later


def test_the_standard_is_hjoerrings() -> None:
    standard = shipped_standard()
    assert {channel: str(standard.of_channel(channel)) for channel in CHANNELS} == {
        "system": "90.00",
        "mail": "175.00",
        "shop": "330.00",
    }
    assert standard.split_is_estimate is True
    assert "Hjørring" in standard.source


def test_a_thousand_orders_split_60_30_10_cost_139_500(sqlite_town: Town) -> None:
    town = sqlite_town
    channels = ["system"] * 600 + ["mail"] * 300 + ["shop"] * 100
    with town.work() as session:
        rows = [builders.order_row(f"K-{place}", channel=channel) for place, channel in enumerate(channels)]
        ids = ordering.load_orders(session, rows, town.system())
        for channel in CHANNELS:
            of_channel = [one for one, its in zip(ids, channels, strict=True) if its == channel]
            for step in ("order", "approve", "send", "receive", "receive", "invoice", "post"):
                ordering.log_cost(session, of_channel, step, town.system(), channel)
        costs = ordering.costs_of(session, ids)
        assert str(Amount.sum(cost.total for cost in costs.values())) == "139500.00"
        by_channel = {channel: costs[ids[channels.index(channel)]] for channel in CHANNELS}
        assert {channel: (str(cost.total), cost.channel) for channel, cost in by_channel.items()} == {
            "system": ("90.00", "system"),
            "mail": ("175.00", "mail"),
            "shop": ("330.00", "shop"),
        }
        assert all(cost.purchase + cost.receipt + cost.payment == cost.total for cost in costs.values())
        assert str(by_channel["system"].saving) == "85.00"


def test_every_act_leaves_a_row_with_who_and_where(town: Town) -> None:
    with town.work() as session:
        jens = town.by(session, "jens")
        order = town.order(session, {"mop": 2})
        ordering.approve(session, order, replace(jens, seconds=20))
        ordering.send(session, order, town.system())
        ordering.receive(session, order, None, replace(town.by(session, "aisha"), seconds=40, door="api"))
        rows = session.scalars(select(ordering.TransactionCost).order_by(ordering.TransactionCost.id)).all()
        assert [(row.step, row.phase, row.door) for row in rows] == [
            ("order", "purchase", "web"),
            ("approve", "purchase", "web"),
            ("send", "purchase", "worker"),
            ("receive", "receipt", "api"),
        ]
        cost = ordering.cost_of(session, order.id)
        assert (str(cost.purchase), str(cost.receipt), str(cost.payment)) == ("35.00", "20.00", "0.00")
        assert (cost.seconds, cost.touches) == (60, 3)
        # A minute at 300 kr. an hour.
        assert str(cost.measured) == "5.00"


def test_the_seconds_of_the_basket_go_with_the_order(town: Town) -> None:
    with town.work() as session:
        mette = replace(town.by(session, "mette"), seconds=30)
        basket = ordering.open_basket(session, mette)
        ordering.add_line(session, basket, town.items["soap"], Decimal(1), mette)
        # Half an hour is a pause, not work.
        ordering.add_line(session, basket, town.items["paper"], Decimal(1), replace(mette, seconds=1800))
        one, two = ordering.submit(session, basket, mette)
        assert ordering.cost_of(session, one.id).seconds + ordering.cost_of(session, two.id).seconds == 360


def test_a_new_standard_counts_from_its_day_and_rewrites_nothing(town: Town) -> None:
    new = [
        {
            "version": "lindeå-2026",
            "source": "Egen måling 2026",
            "valid_from": "2026-06-01",
            "channel": "system",
            "phase": STEPS[step],
            "step": step,
            "minutes": minutes,
            "hourly_rate": "360.00",
            "split": "measured",
        }
        for step, minutes in (("order", "4"), ("receive", "2.5"), ("invoice", "3"))
    ]
    with town.work() as session:
        kim = town.by(session, "kim", None)
        before = town.order(session)
        ordering.load_cost_standard(session, new, kim)
        after = town.order(session, at=later(days=30))
        assert str(ordering.cost_of(session, before.id).purchase) == "35.00"
        assert str(ordering.cost_of(session, after.id).purchase) == "24.00"
        assert ordering.cost_of(session, after.id).source == "Egen måling 2026"
        assert ordering.cost_of(session, after.id).split_is_estimate is False
        assert ordering.standard_in_force(session, date(2026, 5, 31)).version == "hjoerring-2012-13"
        for rows, code in ((new, "cost_standard_exists"), ([], "cost_standard_empty")):
            with pytest.raises(BadInput, match=code):
                ordering.load_cost_standard(session, rows, kim)
        with pytest.raises(BadInput, match="unknown_cost_step"):
            ordering.load_cost_standard(session, [{**new[0], "version": "x", "step": "dance"}], kim)
        with pytest.raises(NotAllowed):
            ordering.load_cost_standard(session, new, town.by(session, "mette"))
