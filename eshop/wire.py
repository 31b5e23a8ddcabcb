"""The short way to the database: statements of our own straight to the driver, past the layers that cost more than the statement.

On SQLite each goes at once. On PostgreSQL every statement is a journey to the server and back, so those that want no answer may wait for
the next one that does (`gathering`), and questions that do not hang on each other go together (`ask`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError

from eshop.pipeline import Pipeline

SPOKEN: Final[Mapping[bool, Dialect]] = {
    True: SQLiteDialect_pysqlite(paramstyle="qmark"),
    False: PGDialect_psycopg(paramstyle="numeric_dollar"),
}
"""By whether it is SQLite: how statements are put for a wire."""

Statement = tuple[str, Any]
"""The text in the driver's own style of parameters, and the values."""


class Wire:
    """What a unit of work sends its statements over. Values are marked `?` on SQLite and `$1`, `$2` on PostgreSQL. Errors are SQLAlchemy's,
    and whoever listens to its statements (`before_cursor_execute`, when the unit of work began) is told of these too."""

    __slots__ = (
        "_driver",
        "_pipeline",
        "_wanted",
        "_watched",
        "connection",
        "gathering",
        "ids",
        "is_sqlite",
        "waiting",
    )

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        pooled = connection.connection
        self._driver: Any = pooled.driver_connection
        if not self.is_sqlite and "pipeline" not in pooled.info:
            pooled.info["pipeline"] = Pipeline(self._driver)
        self._pipeline: Any = pooled.info.get("pipeline")
        self._watched = bool(connection.dispatch.before_cursor_execute)
        self.gathering = False
        self.waiting: list[Statement] = []
        self.ids: dict[str, int] = {}
        self._wanted: list[str] = []

    def _tell(self, text: str, values: Any, many: bool = False) -> None:
        self.connection.dispatch.before_cursor_execute(self.connection, None, text, values, None, many)

    def send(self, text: str, values: Any) -> Any:
        """A statement, and what waits before it: its cursor."""
        if not self.is_sqlite:
            return self.ask([(text, values)])[0]
        if self._watched:
            self._tell(text, values)
        try:
            return self._driver.execute(text, values)
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise self._error(text, error) from error

    def send_each(self, text: str, rows: Sequence[Any]) -> None:
        """A statement once for each of the rows (SQLite)."""
        if self._watched:
            self._tell(text, rows, many=True)
        try:
            self._driver.executemany(text, rows)
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise self._error(text, error) from error

    def post(self, text: str, values: Any) -> None:
        """A statement whose answer nobody waits for."""
        if self.gathering:
            self.waiting.append((text, values))
        else:
            self.send(text, values)

    def ask(self, statements: Sequence[Statement]) -> list[Any]:
        """Statements that do not hang on each other, after what waits: their cursors."""
        if self.is_sqlite:
            return [self.send(*one) for one in statements]
        wanted, self._wanted = self._wanted, []
        together, self.waiting = [*self.waiting, *statements, *(_next_id(table) for table in wanted)], []
        if self._watched:
            for one in together:
                self._tell(*one)
        try:
            answers = self._pipeline.run(together)[len(together) - len(statements) - len(wanted) :]
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise self._error("; ".join(text for text, _ in together), error) from error
        for table in reversed(wanted):
            ((self.ids[table],),) = answers.pop().fetchall()
        return answers

    def want_id(self, table: str) -> None:
        """The id of a row to come is asked for with the next question, and then is in `ids` (PostgreSQL)."""
        self._wanted.append(table)

    def settle(self) -> None:
        """Sends what waits."""
        if self.waiting:
            self.ask([])

    def commit(self) -> None:
        """Sends what waits, and with it the word that ends the transaction; the driver then finds nothing left to commit."""
        if self.waiting:
            self.ask([("COMMIT", ())])

    def _error(self, text: str, error: Exception) -> Exception:
        dialect = self.connection.dialect
        found: Exception = DBAPIError.instance(text, None, error, dialect.loaded_dbapi.Error, dialect=dialect)
        return found


def _next_id(table: str) -> Statement:
    return "SELECT nextval(pg_get_serial_sequence($1, 'id'))", (table,)
