"""The engines of the two databases, set up so that they behave alike."""

from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError, OperationalError

from eshop.errors import ConfigurationError

LITTLE: Final = 24 << 10
"""KiB of pages that a load keeps of an SQLite database."""
PREPARED: Final = 512
"""Statements that a connection to SQLite keeps prepared: one that asks for five things is another than one that asks for six."""
RESTED: Final = 1.0
"""Seconds after which a connection may have died unnoticed."""


def sqlite_engine(url: Any) -> Engine:
    """Write-ahead log, full synchronisation, foreign keys; a unit of work that writes begins by taking its place in the queue."""
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False, "cached_statements": PREPARED})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # The driver's own implicit BEGIN would come too late for the first SELECT: we begin ourselves, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("eshop_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def postgresql_engine(url: Any, pool_size: int) -> Engine:
    """A pool of connections; one that has rested is tried before it is given out, one that was used this moment is not."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        # psycopg gives up all prepared statements at each ROLLBACK, the pipeline's too, and every reading ends with one.
        connect_args={"prepare_threshold": None},
    )

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _proxy: object) -> None:
        if monotonic() - record.info.get("given_back", 0.0) > RESTED:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    @event.listens_for(engine, "checkin")
    def _given_back(_connection: Any, record: Any) -> None:
        record.info["given_back"] = monotonic()

    return engine


def check_reachable(engine: Engine) -> None:
    """ConfigurationError with one sentence when the database does not answer or SQLite is too old to search."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
                if tuple(int(part) for part in version.split(".")) < (3, 35):
                    raise ConfigurationError("sqlite_too_old", found=version, expected="3.35")
                options = {row[0] for row in connection.exec_driver_sql("PRAGMA compile_options")}
                if "ENABLE_FTS5" not in options:
                    raise ConfigurationError("sqlite_without_fts5")
            else:
                connection.execute(text("SELECT 1"))
    except OperationalError as error:
        raise ConfigurationError("database_unreachable", reason=str(error.orig).strip().splitlines()[0]) from error


def keep_few_pages(connection: Connection) -> None:
    """To be called by who writes very much: the connection's page cache stays small, however large the database becomes, and what is read
    again is in the machine's cache of files. PostgreSQL keeps its pages in its own processes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{LITTLE}")


def refresh_statistics(connection: Connection, *tables: str) -> None:
    """To be called when thousands of rows have been written in one go. PostgreSQL counts tables anew by itself, but a minute later; until
    then it plans by guesses, and looking rows up by their keys may become a walk through the table. SQLite plans without counting."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {', '.join(tables)}")
