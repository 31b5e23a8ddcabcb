"""The order page beside a bare Flask route that reads who has signed in, asks one indexed question and answers one line: both through the
same kind of test client, with the same session's cookie."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import session as cookie
from sqlalchemy import text

import ordering
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from tests import builders
from tests.web.conftest import Clock, Site

TURN = 20
"""Pages a turn."""


@pytest.fixture
def order_page(sqlite_database: Database, tmp_path: Path) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
    """(the bare route, the page): an order of four lines, received in part, as its orderer sees it."""
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    clock = Clock()
    town = builders.town(sqlite_database)
    site = Site(create_app(settings, sqlite_database, clock), town, sqlite_database, clock)
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 4, "flour": "12.5", "mop": 1})
        ordering.receive(session, order, {"10": 4}, town.by(session, "aisha"))
        address = f"/orders/{order.id}"
    bare = Flask("bare")
    bare.config.update(SECRET_KEY=settings.secret_key, SESSION_COOKIE_NAME="eshop")

    @bare.get("/orders/<int:order_id>")
    def show(order_id: int) -> str:
        with sqlite_database.read(int(cookie["_user_id"].partition(":")[0])) as session:
            row = session.execute(
                text("SELECT number, state FROM purchase_order WHERE id = :id"), {"id": order_id}
            ).one()
        return f"<!doctype html><title>{row.number}</title><p>{row.state}"

    plain, mette = bare.test_client(), site.signed_in("mette").client
    assert mette.get(address).status_code == 200
    signed = mette.get_cookie("eshop")
    assert signed is not None
    plain.set_cookie("eshop", signed.value)

    def pages(client: Any) -> Callable[[Any], None]:
        def turn(_given: Any) -> None:
            for _ in range(TURN):
                clock.pass_by(
                    seconds=10
                )  # as people look at pages: now and then it is written down that they are still here
                assert client.get(address).status_code == 200

        turn(None)
        return turn

    return pages(plain), pages(mette)


def test_the_order_page_against_a_bare_route(
    bench: Any, order_page: tuple[Callable[[Any], None], Callable[[Any], None]]
) -> None:
    bare, page = order_page
    bench.compare(
        "the order page beside a bare route", floor=bare, product=page, things=TURN, at_least=0.25, rounds=9,
        clock=time.thread_time,
    )  # fmt: skip
