"""The engines of the two databases, set up so that they behave alike."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event


def sqlite_engine(url: Any) -> Engine:
    """Write-ahead log, full synchronisation, foreign keys; a unit of work that writes begins by taking its place in the queue."""
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

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
    """A pool of connections, each tried before it is given out."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"), pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True
    )
