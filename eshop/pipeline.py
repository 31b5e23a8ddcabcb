"""Many statements in one journey to PostgreSQL and back: its pipeline mode, spoken as libpq speaks it.

psycopg's own pipeline looks for answers after each statement it sends, which wakes the server for each of them: with twenty statements an
invoice that was a third of intake. Here all are written, sent in one go, and their answers read.

    BEGIN, if none has begun → (prepare) statement, statement … → sync   ⇒   an answer for each, or the first error
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any, Final

from psycopg import Connection, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus

Statement = tuple[str, Sequence[Any]]
"""The text with its values marked `$1`, `$2` …, and the values. What type a value is, its place in the statement says."""

PREPARED_AT: Final = 3
"""How often a statement comes before the server keeps it prepared: the many that come once are not worth it."""

REMEMBERED: Final = 300
"""Statements of one connection that are counted or prepared; the one not seen for longest gives way."""


OUTLIVED: Final = frozenset({b"26000", b"0A000"})
"""SQLSTATEs of a prepared statement that is gone, or no longer gives what it gave: a pooler or a migration came in between."""


class Answer:
    """The rows of one statement, read as psycopg reads them; of a cursor it has what reading takes."""

    __slots__ = ("_loader", "_result")

    def __init__(self, result: Any, loader: Any) -> None:
        self._result, self._loader = result, loader

    def fetchall(self) -> list[Any]:
        if not self._result.ntuples:
            return []
        self._loader.set_pgresult(self._result)
        return self._loader.load_rows(0, self._result.ntuples, tuple)

    @property
    def description(self) -> list[tuple[None, int]]:
        """Of each column what the server calls its type, where a cursor has it."""
        return [(None, self._result.ftype(column)) for column in range(self._result.nfields)]


class Pipeline:
    """The journeys of one connection. As with the connection itself, one thread at a time."""

    def __init__(self, driver: Connection[Any]) -> None:
        self._driver = driver
        self._libpq = driver.pgconn
        self._loader: Any = Transformer(driver)
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._names = count(1)
        self._readable, self._either = poll(), poll()
        self._readable.register(self._libpq.socket, POLLIN)
        self._either.register(self._libpq.socket, POLLIN | POLLOUT)

    def run(self, statements: Sequence[Statement]) -> list[Answer]:
        """Sends the statements, in a transaction that begins with them if none has, and gives their answers in order. psycopg's errors: of
        the first that fails; those after it are not carried out. An interruption closes the connection, and so ends the transaction."""
        # First what may be refused here (a NUL in a text), while nothing is under way.
        written = [self._written(values) for _, values in statements]
        begins = self._libpq.transaction_status == TransactionStatus.IDLE
        fresh: list[_Seen] = []
        self._libpq.enter_pipeline_mode()
        try:
            if begins:
                self._libpq.send_query_params(b"BEGIN", None)
            sent = int(begins)
            answered_by: list[int] = []
            for (text, _), (values, formats) in zip(statements, written, strict=True):
                seen, ahead = self._remember(text, fresh)
                sent += ahead
                answered_by.append(sent)
                if seen.name:
                    self._libpq.send_query_prepared(seen.name, values, formats)
                else:
                    self._libpq.send_query_params(text.encode(), values, param_formats=formats)
                sent += 1
            self._libpq.pipeline_sync()
            self._send()
            results = self._read()
            self._libpq.exit_pipeline_mode()
        except BaseException:
            self._driver.close()
            raise
        failed = next((result for result in results if result.status == ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            for seen in fresh:  # it may not have come to them
                seen.name, seen.times = b"", 0
            if failed.error_field(DiagnosticField.SQLSTATE) in OUTLIVED:
                self._seen.clear()
            raise error_from_result(failed, encoding=self._driver.info.encoding)
        return [Answer(results[place], self._loader) for place in answered_by]

    def _written(self, values: Sequence[Any]) -> tuple[Sequence[Any] | None, Sequence[Any] | None]:
        if not values:
            return None, None
        # As text the server reads a value as what its place takes; only bytes would be twice as long.
        formats = [PyFormat.BINARY if value.__class__ is bytes else PyFormat.TEXT for value in values]
        return self._loader.dump_sequence(values, formats), self._loader.formats

    def _remember(self, text: str, fresh: list["_Seen"]) -> tuple["_Seen", int]:
        """What is known of a statement, and how many others had to go ahead of it: those that prepare it, or give up another."""
        seen = self._seen.get(text)
        if seen is None:
            seen = self._seen[text] = _Seen()
            ahead = 0
            if len(self._seen) > REMEMBERED:
                _, given_up = self._seen.popitem(last=False)
                if given_up.name:
                    self._libpq.send_query_params(b"DEALLOCATE " + given_up.name, None)
                    ahead = 1
            seen.times = 1
            return seen, ahead
        self._seen.move_to_end(text)
        seen.times += 1
        if seen.name or seen.times < PREPARED_AT:
            return seen, 0
        seen.name = b"eshop_%d" % next(self._names)
        fresh.append(seen)
        self._libpq.send_prepare(seen.name, text.encode())
        return seen, 1

    def _send(self) -> None:
        while self._libpq.flush():
            # While much is sent the answers to what went before may fill the way back.
            if any(event & POLLIN for _, event in self._either.poll()):
                self._libpq.consume_input()

    def _read(self) -> list[Any]:
        """One result for each statement sent, up to the sync."""
        results: list[Any] = []
        while True:
            while self._libpq.is_busy():
                self._readable.poll()
                self._libpq.consume_input()
            result = self._libpq.get_result()
            if result is None:  # stands after each statement's result
                if self._libpq.status == ConnStatus.BAD:
                    raise OperationalError("the connection to the database was lost")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)


class _Seen:
    """How often a statement has come on this connection, and what the server knows it as."""

    __slots__ = ("name", "times")

    def __init__(self) -> None:
        self.name, self.times = b"", 0
