"""Orders and receipts of a former system: loaded, loaded again, exported, and refused with the place in the file."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import ordering
from eshop.db import Database
from eshop.errors import BadInput, EshopError, NotFound
from eshop.identity import Institution
from tests.builders import Town, municipality, order_row, system


def test_an_order_is_loaded_as_open_and_again_changes_nothing(town: Town) -> None:
    with town.work() as session:
        order = ordering.load_order(session, order_row(), town.system())
        assert (order.state, order.standing, order.source, order.match) == ("confirmed", "open", "loaded", "3-way")
        assert order.coding == {"function": "5.25.14.1", "cost_centre": "1000", "art": "2.9"}
        assert str(order.total) == "1861.20"
        assert ordering.load_order(session, order_row(), town.system()).id == order.id
        picture = ordering.order_picture(session, order)
        assert picture.loaded
        assert picture.people == frozenset()
        closed = ordering.load_order(session, order_row(status="closed"), town.system())
        assert (closed.id, closed.standing) == (order.id, "closed")


def test_numbers_repeat_between_suppliers(town: Town) -> None:
    other = {"cvr": "10000114", "gln": "5790010000002", "name": "Nordlys Engros A/S"}
    with town.work() as session:
        one = ordering.load_order(session, order_row(), town.system())
        two = ordering.load_order(session, order_row(supplier=other), town.system())
        assert one.id != two.id
        with pytest.raises(NotFound, match="order_number_ambiguous"):
            ordering.find_order(session, "4500000006")
        assert ordering.find_order(session, "4500000006", two.supplier_id).id == two.id
        assert [found.id for found in ordering.find_orders(session, [" 45 00000006 "], one.supplier_id)] == [one.id]
        assert ordering.find_orders(session, ["4500000060", ""]) == []
        assert ordering.open_order_numbers(session, one.supplier_id) == [(one.id, "4500000006")]
        assert [found.id for found in ordering.open_orders(session, one.supplier_id, gtins=["5743700041717"])] == [
            one.id
        ]
        assert ordering.open_orders(session, one.supplier_id, seller_item_ids=["x"]) == []


def broken(**said: Any) -> dict[str, Any]:
    row = order_row()
    return {**row, **said}


def broken_line(**said: Any) -> dict[str, Any]:
    row = order_row()
    return {**row, "lines": [{**row["lines"][0], **said}]}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (broken(number=""), "missing_field"),
        (broken(date="19-01-2026"), "not_a_day"),
        (broken(status="lost"), "status_unknown"),
        (broken(match="4-way"), "match_unknown"),
        (broken(channel="pigeon"), "unknown_channel"),
        (broken(supplier=None), "missing_field"),
        (broken(institution={"name": "x"}), "missing_field"),
        (broken(institution={"gln": "123"}), "bad_gln"),
        (broken(lines=[]), "order_without_lines"),
        (broken(lines=order_row()["lines"] * 2), "line_twice"),
        (broken_line(quantity="1,5"), "not_a_number_in"),
        (broken_line(price="NaN"), "not_a_number_in"),
        (broken_line(price="9" * 30), "not_a_number_in"),
        (broken_line(base_quantity="0.0"), "not_a_number_in"),
        (broken_line(unit=None), "missing_field"),
    ],
)
def test_rows_that_cannot_be_used(sqlite_town: Town, row: dict[str, Any], code: str) -> None:
    with sqlite_town.work() as session:
        with pytest.raises(EshopError) as no, session.begin_nested():
            ordering.load_order(session, row, sqlite_town.system())
        assert no.value.code == code
        assert session.scalar(select(func.count()).select_from(ordering.PurchaseOrder)) == 0


def test_receipts(town: Town) -> None:
    row = {"order": "4500000006", "line": "10", "quantity": "12", "unit": "PK", "date": "2026-01-20"}
    with town.work() as session:
        order = ordering.load_order(session, order_row(), town.system())
        receipt = ordering.load_receipt(session, row, town.system())
        assert receipt.received_on.isoformat() == "2026-01-20"
        # 48 single blocks are 4 packs of 12.
        ordering.load_receipt(session, {**row, "quantity": "48", "unit": "EA"}, town.system())
        # The same row twice in a file is two deliveries.
        ordering.load_receipt(session, row, town.system())
        assert ordering.order_picture(session, order).lines[0].received == 28
    with town.work() as session:
        # The same file again is the same deliveries.
        for one in (row, {**row, "quantity": "48", "unit": "EA"}, row):
            ordering.load_receipt(session, one, town.system())
        assert ordering.order_picture(session, order.id).lines[0].received == 28
        for said, code in (
            ({"line": "20"}, "line_unknown"),
            ({"order": "4500000007"}, "order_not_found"),
            ({"unit": "KGM"}, "unit_unknown"),
            ({"quantity": "x"}, "not_a_number_in"),
            ({"date": "i går"}, "not_a_day"),
        ):
            with pytest.raises(EshopError) as no:
                ordering.load_receipt(session, {**row, **said}, town.system())
            assert no.value.code == code


def test_what_is_exported_can_be_loaded(town: Town) -> None:
    with town.work() as session:
        ordering.load_order(session, order_row(), town.system())
        town.sent_order(session, {"soap": 3})
        rows = json.loads(json.dumps(list(ordering.orders_as_json(session))))
    elsewhere = municipality(town.database, "Skovby Kommune", "29000002")
    with town.database.work(elsewhere) as session:
        ordering.load_orders(session, rows, system(elsewhere))
        again = json.loads(json.dumps(list(ordering.orders_as_json(session))))
        for row in (*rows, *again):
            row.pop("coding")
        assert again == rows


@pytest.mark.corpus
def test_the_control_sample(corpus: Path, sqlite_database: Database) -> None:
    """Its 180 open orders and 765 receipts, as `eshop load` gives them."""
    folder = corpus / "control-sample"
    town = municipality(sqlite_database, cvr="47000114")
    with sqlite_database.work(town) as session:
        orders = [json.loads(line) for line in (folder / "orders.jsonl").read_text().splitlines()]
        receipts = [json.loads(line) for line in (folder / "receipts.jsonl").read_text().splitlines()]
        ids = ordering.load_orders(session, orders, system(town))
        for row in receipts:
            ordering.load_receipt(session, row, system(town))
        pictures = {one.number: one for one in ordering.order_pictures(session, ids)}
        assert len(pictures) == len(orders)
        received: dict[tuple[str, str], Decimal] = {}
        for row in receipts:
            key = (row["order"], row["line"])
            received[key] = received.get(key, Decimal(0)) + Decimal(row["quantity"])
        for order in orders:
            for line in order["lines"]:
                shown = pictures[order["number"]].line_named(line["line"])
                assert shown is not None
                assert shown.received == received.get((order["number"], line["line"]), 0)
        glns = {order["institution"]["gln"] for order in orders}
        assert session.scalar(select(func.count()).select_from(Institution)) == len(glns)


def test_a_batch_is_all_or_nothing(sqlite_town: Town) -> None:
    rows = [order_row(f"N-{place}") for place in range(5)]
    with pytest.raises(BadInput, match="order_twice"), sqlite_town.work() as session:
        ordering.load_orders(session, [*rows, rows[0]], sqlite_town.system())
    with sqlite_town.read() as session:
        assert session.scalar(select(func.count()).select_from(ordering.PurchaseOrder)) == 0
