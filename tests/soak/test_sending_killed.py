"""The worker is killed while it sends orders, between any two of the things it does with the database, a file or the network: each order
reaches its supplier at least once, is recognisable as the same, and its state says so."""

import os
import random
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

import ordering
from eshop import audit
from eshop.db import Database
from eshop.exchange import Message, partner_of
from eshop.jobs import Job
from tests import builders
from tests.soak.crew import crew, until, work

ANSWERS_AFTER = 0.01
"""Seconds the supplier's system takes; a kill at a connection falls before, within or after them."""
FARTHEST = 45


def work_until(point: int, url: str, folder: str, generation: int) -> None:
    """The life of a worker that is killed at the n-th thing it does: a statement, a commit, a file written or moved, a connection."""
    done = 0

    def step(delay: float = 0.0) -> None:
        nonlocal done
        done += 1
        if done == point:
            if delay:
                threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "os.rename" or (name == "open" and str(arguments[0]).endswith(".part")):
            step()
        elif name == "socket.connect":
            step(random.Random(point).uniform(0, 3 * ANSWERS_AFTER))

    event.listen(Engine, "before_cursor_execute", lambda *_: step())
    event.listen(Engine, "commit", lambda *_: step())
    sys.addaudithook(watch)
    work(url, folder, builders.NOW + timedelta(minutes=11), generation)


class AccessPoint(BaseHTTPRequestHandler):
    """A supplier's system: keeps whatever it is handed."""

    taken: list[tuple[str, str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.headers["Idempotency-Key"], self.headers["Message-Id"], body))
        time.sleep(ANSWERS_AFTER)
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed has hung up."""


@pytest.fixture
def access_point() -> Iterator[str]:
    AccessPoint.taken = []
    server = Server(("127.0.0.1", 0), AccessPoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/as4"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("kills", [pytest.param(50, marks=pytest.mark.soak, id="long"), pytest.param(5, id="short")])
def test_killed_while_sending(database: Database, tmp_path: Path, access_point: str, kills: int) -> None:
    town = builders.town(database)
    folder = tmp_path / "supplier"
    with town.work() as session:
        over_http = partner_of(session, town.suppliers["hygiejnehuset"])
        over_http.channel, over_http.address = "http", access_point
        over_folder = partner_of(session, town.suppliers["nordpapir"])
        over_folder.channel, over_folder.address = "folder", str(folder)
    orders: list[int] = []
    for _ in range(max(3, kills)):
        with town.work() as session:
            made = town.orders(session, {"soap": 1, "paper": 10})
            assert {order.state for order in made} == {"queued"}
            orders += [order.id for order in made]

    url, chance = database.url.render_as_string(hide_password=False), random.Random(kills)
    points = [chance.randint(1, FARTHEST) for _ in range(kills)]
    generation = 0
    for point in points:
        with crew(0, work_until, point, url, str(tmp_path / "var")) as one:
            one.start_at(generation)
            (member,) = one.members
            member.join(120)
            assert member.exitcode == -signal.SIGKILL, f"at point {point}: {member.exitcode}"
        generation += 1

    def left() -> int:
        with town.read() as session:
            unsent = select(func.count()).where(Message.direction == "out", Message.state != "sent")
            return (session.scalar(select(func.count(Job.id))) or 0) + (session.scalar(unsent) or 0)

    with crew(0, work, url, str(tmp_path / "var"), builders.NOW + timedelta(minutes=11)) as rest:
        rest.start_at(generation)
        until(lambda: not left(), "all orders sent")

    with town.read() as session:
        sent = {
            message.order_id: message for message in session.scalars(select(Message).where(Message.direction == "out"))
        }
        assert sorted(sent, key=str) == sorted(orders, key=str)
        for order in session.scalars(select(ordering.PurchaseOrder)):
            message = sent[order.id]
            assert (order.state, message.state, message.key) == ("sent", "sent", f"order:{order.id}")
            assert order.sent_at == message.sent_at is not None
            assert order.number.encode() in message.body
        told = select(audit.AuditEvent.thing_id).where(audit.AuditEvent.event == "order_sent")
        assert sorted(session.scalars(told)) == sorted(orders), "sent is told once of each"
        costs = select(ordering.TransactionCost.order_id).where(ordering.TransactionCost.step == "send")
        assert sorted(session.scalars(costs)) == sorted(orders)
        in_folder = {message.name: message.body for message in sent.values() if message.channel == "folder"}
        by_http = {message.key: (message.uid, message.body) for message in sent.values() if message.channel == "http"}
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == in_folder, (
        "whole files, and nothing half done"
    )
    came = defaultdict(set)
    for key, uid, body in AccessPoint.taken:
        came[key].add((uid, body))
    assert came == {key: {what} for key, what in by_http.items()}, "again is the same, to the byte"
    times = Counter(key for key, _, _ in AccessPoint.taken)
    print(f"{url.partition(':')[0]}: {kills} kills, {len(orders)} orders, {times.total() - len(times)} came twice")  # noqa: T201
