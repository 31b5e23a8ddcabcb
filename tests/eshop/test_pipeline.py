"""Journeys to PostgreSQL: answers in order, the first error told and nothing after it done, and nothing left half under way."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest

from eshop.db import EVERYONE, Database, put, put_soon, save, sent_together, wire_of, write_rows
from eshop.exchange import Message
from eshop.identity import Gln, Institution, Municipality
from eshop.pipeline import PREPARED_AT, REMEMBERED, Pipeline

NOW = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def driver(postgresql_database: Database) -> Iterator[psycopg.Connection]:
    url = postgresql_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, prepare_threshold=None) as connection:
        yield connection


def ask(pipeline: Pipeline, text: str, *values: object) -> list[tuple[object, ...]]:
    return pipeline.run([(text, values)])[0].fetchall()


def test_answers_come_in_order_and_values_as_their_place_takes_them(driver: psycopg.Connection) -> None:
    pipeline = Pipeline(driver)
    number, text, many, none = pipeline.run(
        [
            ("SELECT $1::bigint + 1", [2**40]),
            ("SELECT $1::text, $2::bytea, $3::boolean", ["æøå", b"\x00\xff", True]),
            ("SELECT * FROM generate_series(1, $1::int)", [3]),
            ("SELECT $1::date, $2::timestamptz, $3::text WHERE false", [date(2026, 9, 20), NOW, None]),
        ]
    )
    # Read last first: an answer does not hang on when it is read.
    assert none.fetchall() == []
    assert many.fetchall() == [(1,), (2,), (3,)]
    assert text.fetchall() == [("æøå", b"\x00\xff", True)]
    assert number.fetchall() == [(2**40 + 1,)]
    ((day, moment),) = ask(pipeline, "SELECT $1::date, $2::timestamptz", date(2026, 9, 20), NOW)
    assert (day, moment) == (date(2026, 9, 20), NOW)


def test_what_is_asked_again_is_prepared_once_and_what_is_not_seen_for_long_is_given_up(
    driver: psycopg.Connection,
) -> None:
    pipeline = Pipeline(driver)

    def prepared() -> int:
        ((count,),) = driver.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'eshop%'").fetchall()
        return int(count)

    for number in range(PREPARED_AT + 3):
        assert ask(pipeline, "SELECT $1::int", number) == [(number,)]
    assert prepared() == 1
    for number in range(REMEMBERED):
        assert ask(pipeline, f"SELECT {number}") == [(number,)]
    assert prepared() == 0
    assert ask(pipeline, "SELECT $1::int", 7) == [(7,)]


def test_a_prepared_statement_that_somebody_took_away_is_prepared_anew(driver: psycopg.Connection) -> None:
    pipeline = Pipeline(driver)
    for number in range(PREPARED_AT + 1):
        ask(pipeline, "SELECT $1::int", number)
    driver.execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        ask(pipeline, "SELECT $1::int", 7)
    driver.rollback()
    for number in range(PREPARED_AT + 1):
        assert ask(pipeline, "SELECT $1::int", number) == [(number,)]


def test_the_first_error_is_told_and_nothing_after_it_is_done(driver: psycopg.Connection) -> None:
    pipeline = Pipeline(driver)
    pipeline.run([("CREATE TABLE thing (name text PRIMARY KEY)", []), ("COMMIT", [])])
    one = ("INSERT INTO thing VALUES ($1)", ["one"])
    with pytest.raises(psycopg.errors.UniqueViolation, match="thing_pkey"):
        pipeline.run([one, one, ("SELECT 1 / 0", []), ("COMMIT", [])])
    driver.rollback()
    assert ask(pipeline, "SELECT count(*) FROM thing") == [(0,)]
    # A statement that was to be prepared when it failed is asked again as if it were new.
    for _ in range(PREPARED_AT + 1):
        with pytest.raises(psycopg.errors.DivisionByZero):
            ask(pipeline, "SELECT 1 / $1::int", 0)
        driver.rollback()
    assert ask(pipeline, "SELECT 4 / $1::int", 2) == [(2,)]
    assert ask(pipeline, "SELECT 1 / $1::int", 1) == [(1,)]


def test_a_text_that_cannot_be_sent_leaves_the_connection_as_it_was(driver: psycopg.Connection) -> None:
    pipeline = Pipeline(driver)
    with pytest.raises(psycopg.DataError, match="NUL"):
        pipeline.run([("SELECT 1", []), ("SELECT $1::text", ["a\x00b"])])
    assert ask(pipeline, "SELECT 1") == [(1,)]


def test_much_goes_out_while_much_comes_back(driver: psycopg.Connection) -> None:
    """Both ways are full at once: neither side may wait for the other to read first."""
    large = "x" * 3_000_000
    answers = Pipeline(driver).run([("SELECT $1::text", [large])] * 8)
    assert all(answer.fetchall() == [(large,)] for answer in answers)


def test_a_connection_that_dies_on_the_way_is_an_error_and_not_a_wait(
    driver: psycopg.Connection, postgresql_database: Database
) -> None:
    pipeline = Pipeline(driver)
    ((pid,),) = ask(pipeline, "SELECT pg_backend_pid()")
    with postgresql_database.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    with pytest.raises(psycopg.OperationalError):
        pipeline.run([("SELECT 1", []), ("SELECT 2", [])])
    assert driver.closed


class Interrupted(BaseException):
    """What a signal raises in the middle of things."""


def test_an_interruption_ends_the_transaction(driver: psycopg.Connection, postgresql_database: Database) -> None:
    pipeline = Pipeline(driver)
    pipeline.run([("CREATE TABLE thing (name text)", []), ("COMMIT", [])])

    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    late = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        late.start()
        with pytest.raises(Interrupted):
            pipeline.run([("INSERT INTO thing VALUES ('half')", []), ("SELECT pg_sleep(30)", [])])
    finally:
        late.join()
        signal.signal(signal.SIGUSR1, before)
    assert driver.closed
    with postgresql_database.engine.connect() as other:
        assert other.exec_driver_sql("SELECT count(*) FROM thing").scalar() == 0


def test_what_waits_goes_with_the_commit_and_what_will_be_put_has_its_id(database: Database) -> None:
    with database.work(EVERYONE) as session:
        home = put(session, Municipality(cvr="11111111", name="Lindeå", policy_data={}, settings={}))
    with database.work(home.id) as session, sent_together(session):
        unit = put(session, Institution(name="Solhuset"))
        put_soon(session, Message)
        wire_of(session).ask([("SELECT 1", ())])
        first = put(session, message("first"))
        first.name = "renamed.xml"
        save(session, first)
        write_rows(session, Gln, [{"gln": "5790000000012", "institution_id": unit.id}])
        assert database.is_sqlite or len(wire_of(session).waiting) == 3
    with database.read(home.id) as session:
        found = {one.sha256: (one.id, one.name) for one in session.query(Message)}
        glns = [one.gln for one in session.query(Gln)]
    assert found["first"] == (first.id, "renamed.xml")
    assert glns == ["5790000000012"]


def test_prepared_statements_outlive_a_reading(postgresql_database: Database) -> None:
    """Every reading ends with ROLLBACK, at which psycopg would give up what is prepared."""
    for _ in range(PREPARED_AT + 3):
        with postgresql_database.read(EVERYONE) as session:
            for _ in range(7):
                session.query(Municipality).all()
            assert wire_of(session).send("SELECT $1::int", (7,)).fetchall() == [(7,)]
            count = "SELECT count(*) FROM pg_prepared_statements"
            ((prepared,),) = wire_of(session).send(count, ()).fetchall()
    assert prepared >= 2


def test_what_waits_is_nowhere_when_the_work_fails(database: Database) -> None:
    with database.work(EVERYONE) as session:
        home = put(session, Municipality(cvr="11111111", name="Lindeå", policy_data={}, settings={}))
    with (
        pytest.raises(ZeroDivisionError),
        database.work(home.id) as session,
        sent_together(session),
    ):
        unit = put(session, Institution(name="Solhuset"))
        put(session, message("first"))
        write_rows(session, Gln, [{"gln": "5790000000012", "institution_id": unit.id}])
        raise ZeroDivisionError
    with database.read(home.id) as session:
        assert session.query(Institution).count() == session.query(Gln).count() == session.query(Message).count() == 0


def message(digest: str) -> Message:
    return Message(
        direction="in",
        uid=digest,
        key=digest,
        sha256=digest,
        body=b"<a/>",
        name="a.xml",
        channel="folder",
        state="taken",
        at=NOW,
        attempts=0,
    )
