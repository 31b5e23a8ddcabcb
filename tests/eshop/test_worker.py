"""The worker: orders leave when their time is up, documents are judged, people are told, and nothing is done twice or lost."""

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

import ordering
from eshop import intake, jobs, ubl
from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN
from eshop.exchange import Message, partner_of
from eshop.jobs import Job
from eshop.worker import Worker
from tests.town import NOW, _town_template, lindeaa, market_of, town

__all__ = ["_town_template", "town"]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path / "var"), "ESHOP_SECRET_KEY": "k" * 40})


@pytest.fixture
def worker(town: Database, settings: Settings, clock: Clock) -> Worker:
    return Worker(town, settings, clock)


def an_order(town: Database, **more: Any) -> str:
    with town.work(lindeaa(town)) as session:
        return market_of(session, town).order("mette", MAELKEVEJEN, (("HH-10002", 2),), NOW, **more).number


def state_of(town: Database, number: str) -> str:
    with town.read(lindeaa(town)) as session:
        return ordering.find_order(session, number).state


def test_an_order_waits_its_ten_minutes_and_then_leaves(
    worker: Worker, town: Database, settings: Settings, clock: Clock
) -> None:
    number = an_order(town)
    worker.drain()
    assert state_of(town, number) == "queued", "it can still be undone"
    clock.now = NOW + timedelta(minutes=11)
    worker.drain()
    assert state_of(town, number) == "sent"
    (file,) = (settings.data_dir / "outgoing").iterdir()
    order = ubl.read(file.read_bytes())
    assert isinstance(order, ubl.Order)
    assert str(order.id) == number
    assert worker.drain() == 0, "nothing is sent twice"


def test_an_order_that_was_undone_does_not_leave(
    worker: Worker, town: Database, settings: Settings, clock: Clock
) -> None:
    number = an_order(town)
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        mette = market.actor("mette", MAELKEVEJEN, NOW)
        ordering.undo(session, ordering.find_order(session, number), mette)
    clock.now = NOW + timedelta(minutes=11)
    worker.drain()
    assert not (settings.data_dir / "outgoing").exists()


class AccessPoint(BaseHTTPRequestHandler):
    """An access point that fails the first time it is asked."""

    taken: list[tuple[str, bytes]] = []
    failures = 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if AccessPoint.failures:
            AccessPoint.failures -= 1
            self.send_response(503)
        else:
            AccessPoint.taken.append((self.headers["Idempotency-Key"], body))
            self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def access_point() -> Iterator[str]:
    AccessPoint.taken, AccessPoint.failures = [], 1
    server = HTTPServer(("127.0.0.1", 0), AccessPoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/as4"
    server.shutdown()
    server.server_close()


def test_a_supplier_that_does_not_answer_is_asked_again(
    worker: Worker, town: Database, clock: Clock, access_point: str
) -> None:
    number = an_order(town)
    with town.work(lindeaa(town)) as session:
        partner = partner_of(session, ordering.find_order(session, number).supplier_id)
        partner.channel, partner.address = "http", access_point
    clock.now = NOW + timedelta(minutes=11)
    worker.drain()
    assert AccessPoint.taken == []
    clock.now += timedelta(minutes=2)
    worker.drain()
    ((key, body),) = AccessPoint.taken
    assert key.startswith("order:")
    assert number.encode() in body
    with town.read(lindeaa(town)) as session:
        (message,) = session.scalars(select(Message).where(Message.direction == "out"))
        assert (message.state, message.attempts) == ("sent", 2)


def test_what_waited_for_goods_is_judged_again(worker: Worker, town: Database) -> None:
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 2),), NOW.date() - timedelta(days=5))
        held = market.invoice(market.bill(order, MAELKEVEJEN, NOW.date() - timedelta(days=2)))
        market.receive(order, MAELKEVEJEN, "aisha", NOW.date() - timedelta(days=1))
        jobs.enqueue(session, "judge_again", {"order_ids": [order.id]}, NOW)
    assert held["outcome"] == "held"
    worker.drain()
    with town.read(lindeaa(town)) as session:
        message = intake.find_message(session, held["message"])
        assert intake.answer_of(session, message)["outcome"] == "posted"


def test_a_job_that_cannot_be_done_is_put_aside_with_its_reason(worker: Worker, town: Database) -> None:
    with town.work(lindeaa(town)) as session:
        jobs.enqueue(session, intake.JUDGE, {"message_id": 987654}, NOW)
    worker.drain()
    with town.read(EVERYONE) as session:
        (job,) = session.scalars(select(Job))
        assert (job.state, job.attempts) == ("dead", 1)
        assert "not_found" in (job.last_error or "")


def test_a_job_that_fails_by_accident_comes_again(
    worker: Worker, town: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought(
            "mette", MAELKEVEJEN, (("HH-10002", 2),), NOW.date() - timedelta(days=5), receiver="aisha"
        )
        body = ubl.write(paper.bill(market.bill(order, MAELKEVEJEN, NOW.date() - timedelta(days=1))), "peppol-bis-3")
        uid = intake.keep(session, body, "faktura.xml", "http", market.system(NOW)).message.uid
    broken = [RuntimeError("the power went")]
    verb = ordering.record_invoiced

    def once(*given: Any, **named: Any) -> Any:
        if broken:
            raise broken.pop()
        return verb(*given, **named)

    monkeypatch.setattr(ordering, "record_invoiced", once)
    worker.drain()
    with town.read(lindeaa(town)) as session:
        assert intake.find_message(session, uid).result is None, "nothing half stored"
    clock.now = NOW + timedelta(minutes=1)
    worker.drain()
    with town.read(lindeaa(town)) as session:
        assert intake.answer_of(session, intake.find_message(session, uid))["outcome"] == "posted"


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


def test_an_approver_is_told_once(town: Database, settings: Settings, clock: Clock) -> None:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with_mail = Settings(**{
            name: getattr(settings, name) for name in Settings.__dataclass_fields__
        } | {"smtp_url": f"smtp://127.0.0.1:{port}"})  # fmt: skip
        worker = Worker(town, with_mail, clock)
        with town.work(lindeaa(town)) as session:
            order = market_of(session, town).order("mette", MAELKEVEJEN, (("HH-10002", 20),), NOW)
            assert order.state == "waiting"
            number = order.number
        worker.drain()
        clock.now = NOW + timedelta(hours=1)
        worker.drain()
        (mail,) = [mail for receivers, mail in mailbox.mails if receivers == ["jens@lindeaa.example"]]
        assert number.encode() in mail
        # The agreement on food ends in 38 days, and whoever answers for it is told of that, once.
        (reminder,) = [mail for receivers, mail in mailbox.mails if receivers == ["kim@lindeaa.example"]]
        assert b"2024-088" in reminder
    finally:
        server.stop()


def test_two_workers_never_have_the_same_order(town: Database, settings: Settings, clock: Clock) -> None:
    numbers = [an_order(town) for _ in range(6)]
    clock.now = NOW + timedelta(minutes=11)
    workers = [Worker(town, settings, clock) for _ in range(3)]
    threads = [threading.Thread(target=one.drain) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {state_of(town, number) for number in numbers} == {"sent"}
    with town.read(lindeaa(town)) as session:
        out = session.scalars(select(Message).where(Message.direction == "out")).all()
        assert [(one.state, one.attempts) for one in out] == [("sent", 1)] * 6
