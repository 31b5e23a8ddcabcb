"""The database: one unit of work with one commit, exact column types, and the municipality scope that fails closed.

SQLite and PostgreSQL behave alike:

* A unit of work (`Database.work`) is one transaction. On SQLite it begins with BEGIN IMMEDIATE, so that two writers queue
  instead of losing each other's update; on PostgreSQL a row that is read to be changed is taken with `lock` (FOR UPDATE),
  and rows that people edit over minutes carry a version (`Versioned`).
* `Database.read` is for reading: it never commits, and on SQLite it does not stand in the writers' queue.

Tenancy: a session serves one municipality, given when it is opened. Every query on an `Owned` entity is narrowed to it, every
new row is stamped with it, and a session without a scope can read and write nothing that is owned. `EVERYONE` is the word for
work across municipalities; it has to be written. On PostgreSQL row-level security (migrations) is the second lock.
"""

import enum
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Integer,
    Join,
    MetaData,
    SelectBase,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    make_transient_to_detached,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

from eshop.amounts import Amount, exact
from eshop.errors import BadInput, ConfigurationError, NotAllowed, NotFound, Stale


class Everyone(enum.Enum):
    """The scope of work across municipalities: the worker's queue, operators, figures. To be written, never implied."""

    EVERYONE = "everyone"


EVERYONE: Final = Everyone.EVERYONE
Scope = int | Everyone

SCALE: Final = 8
"""Decimals that an `ExactType` column keeps. 10⁻⁸ leaves room for 92 billion units in a BIGINT."""


class AmountType(TypeDecorator[Amount]):
    """`Amount` as BIGINT øre: sums and comparisons in SQL are exact on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Amount | None, dialect: Dialect) -> int | None:
        return None if value is None else value.ore

    def process_result_value(self, value: int | None, dialect: Dialect) -> Amount | None:
        return None if value is None else Amount(int(value))


class ExactType(TypeDecorator[Decimal]):
    """A Decimal with at most 8 decimals as BIGINT of 10⁻⁸: 12.5 → 1250000000. SQLite has no decimal type, and its NUMERIC
    goes through float. BadInput `number_too_fine` / `number_too_long` for what does not fit."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect | None) -> int | None:
        if value is None:
            return None
        scaled = exact(value).scaleb(SCALE)
        whole = int(scaled)
        if whole != scaled:
            raise BadInput("number_too_fine", value=str(value), decimals=SCALE)
        if abs(whole) >= 2**63:
            raise BadInput("number_too_long", value=str(value))
        return whole

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        whole, rest = divmod(int(value), 10**SCALE)
        return Decimal(whole) if rest == 0 else Decimal(int(value)).scaleb(-SCALE).normalize()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; a naive one is a mistake (ValueError)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonType(TypeDecorator[Any]):
    """Small structured values as JSON text, keys sorted; the same bytes on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect | None) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


Thing = TypeVar("Thing", bound="Base")

Id = BigInteger().with_variant(Integer, "sqlite")


def id_column() -> Mapped[int]:
    return mapped_column(Id, primary_key=True, autoincrement=True)


class Base(DeclarativeBase):
    """Every table. Names of constraints are fixed, so that migrations can speak of them on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Amount: AmountType,
        Decimal: ExactType,
        datetime: UtcDateTime,
        int: Id,
        str: Text,
    }


class Owned:
    """Mixin for rows that belong to one municipality; filled from the session's scope, and refused if it differs."""

    @declared_attr
    def municipality_id(self) -> Mapped[int]:
        return mapped_column(ForeignKey("municipality.id"), index=True)


class Versioned:
    """Mixin for rows that people edit over minutes: saving over somebody else's change is `Stale`."""

    version: Mapped[int] = mapped_column(Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}


def scope_of(session: Session) -> Scope:
    """The municipality id this session serves, or EVERYONE. NotAllowed `no_scope` when it was opened without."""
    scope = session.info.get("scope")
    if scope is None:
        raise NotAllowed("no_scope")
    return scope


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Every SELECT, UPDATE and DELETE on an Owned entity sees the session's municipality only."""
    if state.is_insert:
        _stamp_bulk_insert(state)
        return
    if not (state.is_select or state.is_update or state.is_delete):
        return
    if state.is_column_load or state.is_relationship_load:
        return
    scope = state.session.info.get("scope")
    if scope is EVERYONE:
        return
    if scope is None:
        if any(issubclass(mapper.class_, Owned) for mapper in state.all_mappers):
            raise NotAllowed("no_scope")
        # A subquery may still name an owned entity: nothing belongs to municipality −1.
        scope = -1
    state.statement = state.statement.options(_only(scope))


@lru_cache(maxsize=1000)
def _only(scope: int) -> Any:
    return with_loader_criteria(Owned, lambda cls: cls.municipality_id == scope, include_aliases=True)


def _stamp_bulk_insert(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, Owned):
        return
    scope = scope_of(state.session)
    if scope is EVERYONE:
        return
    statement: Any = state.statement
    if statement._values or statement._multi_values or statement.select is not None:
        # What stands inside the statement cannot be stamped: rows are given beside it, as `insert_rows` does.
        raise NotAllowed("unstamped_insert")
    given: Any = state.parameters
    rows: list[dict[str, Any]] = given if isinstance(given, list) else [given or {}]
    for row in rows:
        if row.setdefault("municipality_id", scope) != scope:
            raise NotAllowed("other_municipality")


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, *_: object) -> None:
    owned = [thing for thing in (*session.new, *session.dirty, *session.deleted) if isinstance(thing, Owned)]
    if not owned:
        return
    scope = scope_of(session)
    for thing in owned:
        if scope is EVERYONE:
            if thing.municipality_id is None:
                raise NotAllowed("no_municipality")
        elif thing.municipality_id is None:
            thing.municipality_id = scope
        elif thing.municipality_id != scope:
            raise NotAllowed("other_municipality")


def insert_rows(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Many rows of one entity in few statements, stamped with the session's municipality."""
    if rows:
        session.execute(insert(entity), list(rows))


def next_ids(session: Session, entity: type[Base], count: int) -> list[int]:
    """Ids for `count` new rows of an entity, for `copy_rows`; taken in this unit of work and nowhere else."""
    table = entity.__tablename__
    if session.connection().dialect.name == "sqlite":
        # The unit of work holds the write lock (BEGIN IMMEDIATE), so nobody else can take them.
        last = session.connection().exec_driver_sql(f'SELECT max(id) FROM "{table}"').scalar() or 0  # noqa: S608
        return list(range(last + 1, last + 1 + count))
    taken = session.connection().exec_driver_sql(
        f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {int(count)})"  # noqa: S608
    )
    return [row[0] for row in taken]


def copy_rows(session: Session, entity: type[Base], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Very many rows, as tuples of `columns` in order: executemany on SQLite, COPY on PostgreSQL. Some five times as fast as
    `insert_rows`, because no row becomes a dict. Of an Owned entity `municipality_id` must be the first column; another
    municipality's is NotAllowed `other_municipality`. Defaults are not filled in.
    """
    if not rows:
        return
    if issubclass(entity, Owned):
        scope = scope_of(session)
        if columns[0] != "municipality_id" or (scope is not EVERYONE and any(row[0] != scope for row in rows)):
            raise NotAllowed("other_municipality")
    connection = session.connection()
    table: Any = entity.__table__
    sqlite = connection.dialect.name == "sqlite"
    values = list(zip(*rows, strict=True))
    for position, name in enumerate(columns):
        write = _writer(table.c[name].type, sqlite)
        if write is not None:
            values[position] = tuple([None if value is None else write(value) for value in values[position]])
    written = list(zip(*values, strict=True))
    names = ", ".join(f'"{name}"' for name in columns)
    if sqlite:
        marks = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608
        connection.exec_driver_sql(statement, written)
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in written:
            copy.write_row(row)


@lru_cache(maxsize=50_000)
def _scaled(value: Decimal) -> int:
    """What an ExactType column holds; the same few numbers come again and again."""
    return ExactType().process_bind_param(value, None) or 0


@lru_cache(maxsize=10_000)
def _iso(day: date) -> str:
    return day.isoformat()


def _written_json(value: Any) -> str:
    return value if isinstance(value, str) else JsonType().process_bind_param(value, None) or ""


def _writer(kind: TypeEngine[Any], sqlite: bool) -> Callable[[Any], Any] | None:
    """How `copy_rows` writes values of a column type; None where they go as they are. JSON may come as text that is JSON already."""
    if isinstance(kind, ExactType):
        return _scaled
    if isinstance(kind, AmountType):
        return attrgetter("ore")
    if isinstance(kind, JsonType):
        return _written_json
    if isinstance(kind, Date):
        return _iso if sqlite else None
    if isinstance(kind, UtcDateTime):
        return _moment if sqlite else None
    return None


def _moment(value: datetime) -> str:
    """As the SQLite dialect writes moments."""
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def write_rows(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """A handful of rows with the same columns, in one statement and at a third of the time of `insert_rows`; for thousands take
    `copy_rows`. Stamped as there. Defaults are not filled in."""
    if not rows:
        return
    stamped = _stamped(session, entity, rows)
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    statement, writers = _insertion(entity, tuple(stamped[0]), sqlite, 1 if sqlite else len(stamped))
    values = [_written(row.values(), writers) for row in stamped]
    if sqlite:
        connection.exec_driver_sql(statement, values)
    else:
        connection.exec_driver_sql(statement, tuple(value for row in values for value in row))


def put(session: Session, thing: Thing) -> Thing:
    """`session.add` and `session.flush` of one new thing, at a fifth of the time: it is written at once, gets its id, and from then on
    belongs to the session as if it had been read. Other pending changes are not flushed."""
    _put(session, thing, "")
    return thing


def put_unless_there(session: Session, thing: Base) -> bool:
    """As `put`, but where a row with the same unique key is there already, nothing is written and the answer is False. Where
    somebody else is writing that row at this moment, their unit of work is waited for; after it a SELECT finds the row."""
    return _put(session, thing, " ON CONFLICT DO NOTHING")


def _put(session: Session, thing: Base, on_conflict: str) -> bool:
    entity = type(thing)
    given = {name: value for name, value in vars(thing).items() if name in entity.__table__.c and name != "id"}
    for column in entity.__table__.c:
        if column.name not in given and not column.primary_key:
            given[column.name] = _default(column)
            if column.name != "municipality_id":
                setattr(thing, column.name, given[column.name])
    (row,) = _stamped(session, entity, [given])
    connection = session.connection()
    statement, writers = _insertion(entity, tuple(row), connection.dialect.name == "sqlite", 1)
    returning = f'{statement}{on_conflict} RETURNING "id"'
    made = connection.exec_driver_sql(returning, _written(row.values(), writers)).scalar_one_or_none()
    if made is None:
        return False
    vars(thing).update({"id": made} | ({"municipality_id": row["municipality_id"]} if "municipality_id" in row else {}))
    make_transient_to_detached(thing)
    session.add(thing)
    return True


def _default(column: Any) -> Any:
    default = column.default
    if default is None:
        return None
    return default.arg if default.is_scalar else default.arg(None)


def _stamped(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    if not issubclass(entity, Owned):
        return rows
    scope = scope_of(session)
    if scope is EVERYONE:
        if any(row.get("municipality_id") is None for row in rows):
            raise NotAllowed("no_municipality")
        return rows
    if any(row.get("municipality_id") not in (None, scope) for row in rows):
        raise NotAllowed("other_municipality")
    return [{**row, "municipality_id": scope} for row in rows]


@lru_cache(maxsize=2000)
def _insertion(
    entity: type[Base], columns: tuple[str, ...], sqlite: bool, rows: int
) -> tuple[str, list[Callable[[Any], Any] | None]]:
    """The INSERT for so many rows of these columns, and how the values of each column are written."""
    table: Any = entity.__table__
    names = ", ".join(f'"{name}"' for name in columns)
    marks = "(" + ", ".join(["?" if sqlite else "%s"] * len(columns)) + ")"
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES {", ".join([marks] * rows)}'  # noqa: S608
    return statement, [_writer(table.c[name].type, sqlite) for name in columns]


def _written(values: Iterable[Any], writers: Sequence[Callable[[Any], Any] | None]) -> tuple[Any, ...]:
    return tuple(
        value if write is None or value is None else write(value) for value, write in zip(values, writers, strict=True)
    )


class Kept:
    """A SELECT of columns that is asked hundreds of times a second: made once, compiled once, narrowed as every query is.

    It goes past the unit of work: pending changes are not flushed before it, and it gives plain rows. Its values are named with
    `bindparam`: `Kept(select(Gln.institution_id).where(Gln.gln == bindparam("gln"))).rows(session, gln="5798…")`. Tables are joined
    by conditions; what would not be narrowed (a subquery, an outer join, JOIN) is refused with ValueError when it is made.
    """

    def __init__(self, statement: Any) -> None:
        parts = list(visitors.iterate(statement))
        if (
            any(isinstance(part, Join | SelectBase) and part is not statement for part in parts)
            or statement._setup_joins
        ):
            raise ValueError("a kept query joins its tables by conditions, and holds no other query")
        owned = {mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)}
        homes: list[Any] = [getattr(part, "table", part) for part in parts]
        named = {home for home in homes if isinstance(home, Table)}
        self._everyone = statement
        self._narrowed = statement.where(
            *(table.c.municipality_id == bindparam("_municipality") for table in sorted(named & owned, key=str))
        )

    def rows(self, session: Session, /, **values: Any) -> Sequence[Any]:
        """The rows, each with its columns by name and in order."""
        scope = scope_of(session)
        if scope is EVERYONE:
            return session.connection().execute(self._everyone, values).all()
        return session.connection().execute(self._narrowed, {**values, "_municipality": scope}).all()


def lock(session: Session, entity: type[Thing], key: int) -> Thing:
    """The row, fresh from the database and held until the unit of work ends. NotFound when it is not there or not ours."""
    found = session.scalars(
        select(entity)
        .where(entity.__mapper__.primary_key[0] == key)
        # FOR NO KEY UPDATE: whoever inserts a row that points here is not held up, and two who did so first do not deadlock.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("not_found", thing=entity.__name__, key=key)
    return found


class Database:
    """An engine and the ways to work with it. Safe to share between threads; `close()` when done."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url, pool_size)
        self.reading_engine = self.engine.execution_options(eshop_reading=True)

    @contextmanager
    def work(self, scope: Scope) -> Iterator[Session]:
        """One unit of work: everything in it is committed together at the end, or nothing is. Stale when overtaken."""
        with self._session(self.engine, scope) as session:
            try:
                yield session
                session.commit()
            except StaleDataError as error:
                raise Stale("changed_meanwhile") from error

    @contextmanager
    def read(self, scope: Scope) -> Iterator[Session]:
        """Reading only: nothing is committed, and no writer waits for it."""
        with self._session(self.reading_engine, scope) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine, scope: Scope) -> Iterator[Session]:
        with Session(engine, expire_on_commit=False, info={"scope": scope}) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


@event.listens_for(Session, "after_begin")
def _announce_scope(session: Session, _transaction: object, connection: Connection) -> None:
    """Tells PostgreSQL's row-level security for whom this transaction works (see migrations)."""
    if connection.dialect.name == "postgresql":
        scope = session.info.get("scope")
        shown = "everyone" if scope is EVERYONE else str(scope if scope is not None else -1)
        connection.exec_driver_sql("SELECT set_config('eshop.municipality', %(scope)s, true)", {"scope": shown})


def _sqlite_engine(url: Any) -> Engine:
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


def _postgresql_engine(url: Any, pool_size: int) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"), pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True
    )


def check_reachable(database: Database) -> None:
    """ConfigurationError with one sentence when the database does not answer or SQLite is too old to search."""
    try:
        with database.engine.connect() as connection:
            if database.is_sqlite:
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
