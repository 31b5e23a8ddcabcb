"""Jobs are done at least once and held by one; the trail cannot be changed unseen; documents leave and arrive once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import update

from eshop import audit, exchange, jobs
from eshop.db import EVERYONE, Database
from eshop.errors import Conflict
from eshop.exchange import Message, Route, TradingPartner
from eshop.identity import Actor, Municipality

NOON = datetime(2026, 5, 12, 12, tzinfo=UTC)


@pytest.fixture
def lindeaa(database: Database) -> Database:
    with database.work(EVERYONE) as session:
        session.add(Municipality(cvr="11111111", name="Lindeå"))
    return database


BY = Actor.system(1, NOON, "worker")


def test_a_job_is_held_by_one_worker(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        for number in range(40):
            jobs.enqueue(session, "count", {"number": number}, NOON, key=f"count-{number}")
            jobs.enqueue(session, "count", {"number": number}, NOON, key=f"count-{number}")
    taken: list[int] = []

    def work() -> None:
        while found := jobs.claim(lindeaa, ["count"], NOON, at_most=3):
            taken.extend(job.payload["number"] for job in found)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == list(range(40))


def test_a_dead_workers_job_comes_back_and_a_hopeless_one_waits_for_a_person(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        jobs.enqueue(session, "send", {}, NOON)
    assert jobs.claim(lindeaa, ["send"], NOON - timedelta(seconds=1)) == []
    [first] = jobs.claim(lindeaa, ["send"], NOON)
    assert jobs.claim(lindeaa, ["send"], NOON) == []
    [again] = jobs.claim(lindeaa, ["send"], NOON + jobs.LEASE + timedelta(seconds=1))
    assert (again.id, again.attempts) == (first.id, 2)
    with lindeaa.work(1) as session:
        jobs.failed(session, again, "no answer", NOON)
    [third] = jobs.claim(lindeaa, ["send"], NOON + jobs.pause_after(2))
    with lindeaa.work(1) as session:
        jobs.failed(session, third, "never", NOON, retry=False)
    assert jobs.claim(lindeaa, ["send"], NOON + timedelta(days=1)) == []


def test_the_trail_is_sealed_and_a_change_is_seen(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        for number in range(5):
            audit.record(session, "receipt_reversed", "order", 7, BY, receipt_id=number, reason="talt forkert")
    with lindeaa.work(1) as session:
        assert audit.seal(session, NOON) == 5
        assert audit.seal(session, NOON) == 0
        audit.record(session, "order_undone", "order", 7, BY)
        assert audit.seal(session, NOON) == 1
    with lindeaa.work(1) as session:
        assert audit.broken_seals(session) == []
        assert [one.event for one in audit.history(session, "order", 7)][-1] == "order_undone"
        session.execute(update(audit.AuditEvent).where(audit.AuditEvent.id == 3).values(fields={"reason": "andet"}))
        assert audit.broken_seals(session) == [1]


def test_an_event_cannot_be_edited_nor_carry_what_it_does_not_know(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        audit.record(session, "order_undone", "order", 1, BY)
    for change in (lambda event: setattr(event, "event", "other"), None):
        with pytest.raises(Conflict, match="append_only"), lindeaa.work(1) as session:
            event = session.get_one(audit.AuditEvent, 1)
            change(event) if change else session.delete(event)
            session.flush()
    with pytest.raises(ValueError, match="carries"), lindeaa.work(1) as session:
        audit.record(session, "order_undone", "order", 1, BY, surprise=1)


def test_the_same_bytes_are_taken_in_once(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        first = exchange.take_in(session, b"<a/>", "a.xml", "folder", BY)
    with lindeaa.work(1) as session:
        second = exchange.take_in(session, b"<a/>", "b.xml", "http", BY)
    assert (first.again, second.again) == (False, True)
    assert first.message.id == second.message.id


class AccessPoint(BaseHTTPRequestHandler):
    """Notes what it is sent; answers with the status codes it is told, in turn."""

    answers: list[int] = []
    seen: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.headers["Idempotency-Key"], body))
        self.send_response(self.answers.pop(0) if self.answers else 202)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def access_point() -> Iterator[str]:
    AccessPoint.answers, AccessPoint.seen = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), AccessPoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/as4"
        server.shutdown()


def _put_out(database: Database, channel: str, address: str, key: str = "order-1", due: datetime = NOON) -> None:
    partner = TradingPartner(supplier_id=1, profile="peppol-bis-3", channel=channel, address=address, settings={})
    with database.work(1) as session:
        exchange.put_out(session, b"<Order/>", "Order", "B-26-1", partner, key, due, BY)


def _deliver(database: Database, tmp_path: Path, at: datetime = NOON) -> int:
    return exchange.deliver(database, Route(tmp_path / "out"), lambda: at, lambda _session, _message: None)


def _message(database: Database) -> Message:
    with database.read(1) as session:
        return session.get_one(Message, 1)


def test_a_document_leaves_to_a_folder_when_it_is_due_and_once(lindeaa: Database, tmp_path: Path) -> None:
    _put_out(lindeaa, "folder", "")
    _put_out(lindeaa, "folder", "")  # the same key: one message
    assert _deliver(lindeaa, tmp_path, NOON - timedelta(seconds=1)) == 0
    assert _deliver(lindeaa, tmp_path) == 1
    assert _deliver(lindeaa, tmp_path) == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == {"Order-B-26-1.xml": b"<Order/>"}
    assert (_message(lindeaa).state, _message(lindeaa).sent_at) == ("sent", NOON)


def test_an_access_point_that_fails_is_tried_again_with_the_same_key(
    lindeaa: Database, access_point: str, tmp_path: Path
) -> None:
    AccessPoint.answers = [503, 202]
    _put_out(lindeaa, "http", access_point)
    assert _deliver(lindeaa, tmp_path) == 0
    assert _message(lindeaa).last_error == "127.0.0.1: HTTP 503"
    assert _deliver(lindeaa, tmp_path) == 0  # not yet
    assert _deliver(lindeaa, tmp_path, NOON + jobs.pause_after(1)) == 1
    assert [key for key, _ in AccessPoint.seen] == ["order-1", "order-1"]


def test_what_can_never_arrive_waits_for_a_person(lindeaa: Database, access_point: str, tmp_path: Path) -> None:
    AccessPoint.answers = [422, 202]
    _put_out(lindeaa, "http", access_point)
    assert _deliver(lindeaa, tmp_path) == 0
    with lindeaa.work(1) as session:
        [dead] = exchange.dead_letters(session)
        exchange.send_again(session, dead.id, NOON)
    assert _deliver(lindeaa, tmp_path) == 1


def test_a_message_can_be_withdrawn_until_it_leaves(lindeaa: Database, tmp_path: Path) -> None:
    _put_out(lindeaa, "folder", "", due=NOON + timedelta(minutes=10))
    with lindeaa.work(1) as session:
        exchange.withdraw(session, 1)
    assert _deliver(lindeaa, tmp_path, NOON + timedelta(hours=1)) == 0
    assert not (tmp_path / "out").exists()
    with pytest.raises(Conflict, match="not_now"), lindeaa.work(1) as session:
        exchange.withdraw(session, 1)


def test_a_sender_that_died_is_followed_by_another(lindeaa: Database, tmp_path: Path) -> None:
    _put_out(lindeaa, "folder", "")
    assert exchange.claim_due(lindeaa, NOON) == [1]  # and then it dies
    assert _deliver(lindeaa, tmp_path) == 0
    assert _deliver(lindeaa, tmp_path, NOON + jobs.LEASE + timedelta(seconds=1)) == 1
