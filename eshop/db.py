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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, ClassVar, Final, TypeVar
from zlib import crc32

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    event,
    insert,
    inspect,
    make_url,
    select,
)
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
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from eshop.amounts import Amount
from eshop.columns import SCALE as SCALE
from eshop.columns import AmountType, ExactType, UtcDateTime, writer
from eshop.columns import JsonType as JsonType
from eshop.columns import one_of as one_of
from eshop.engines import postgresql_engine, sqlite_engine
from eshop.errors import NotAllowed, NotFound, Stale
from eshop.wire import Wire


class Everyone(enum.Enum):
    """The scope of work across municipalities: the worker's queue, operators, figures. To be written, never implied."""

    EVERYONE = "everyone"


EVERYONE: Final = Everyone.EVERYONE
Scope = int | Everyone

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
    """Mixin for rows that belong to one municipality; filled from the session's scope, and refused if it differs. Rows that are found by
    the thing they are part of, or by an index that begins with the municipality (`found_otherwise`), need none on it alone: it costs every
    insert, and PostgreSQL without statistics takes it before the one that finds the row."""

    found_otherwise: ClassVar[bool] = False

    @declared_attr
    def municipality_id(self) -> Mapped[int]:
        return mapped_column(ForeignKey("municipality.id"), index=not self.found_otherwise)


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
    _settle(state.session)
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
    _settle(session)
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
    if connection_of(session).dialect.name == "sqlite":
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
    municipality's is NotAllowed `other_municipality`. Defaults are not filled in."""
    if not rows:
        return
    if issubclass(entity, Owned):
        scope = scope_of(session)
        if columns[0] != "municipality_id" or (scope is not EVERYONE and any(row[0] != scope for row in rows)):
            raise NotAllowed("other_municipality")
    connection = connection_of(session)
    table: Any = entity.__table__
    sqlite = connection.dialect.name == "sqlite"
    values = list(zip(*rows, strict=True))
    for position, name in enumerate(columns):
        write = writer(table.c[name].type, sqlite)
        if write is not None:
            values[position] = tuple([None if value is None else write(value) for value in values[position]])
    names = ", ".join(f'"{name}"' for name in columns)
    written = list(zip(*values, strict=True))
    if sqlite:
        marks = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608
        connection.exec_driver_sql(statement, written)
        return
    # PostgreSQL refuses COPY into a table to a role that row-level security holds for, and that is the role eshop runs as. So it is into
    # a table of the connection's own, which has no such lock, and on from there.
    apart = f'"copied_{table.name}_{crc32(names.encode()):x}"'
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(f'CREATE TEMP TABLE IF NOT EXISTS {apart} AS SELECT {names} FROM "{table.name}" WITH NO DATA')  # noqa: S608
        with cursor.copy(f"COPY {apart} ({names}) FROM STDIN") as copy:
            for row in written:
                copy.write_row(row)
        cursor.execute(f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM {apart}')  # noqa: S608
        cursor.execute(f"TRUNCATE {apart}")


def _array_of(kind: Any, connection: Connection) -> str:
    """PostgreSQL's name of an array of a column's values: without the column's collation, which no array has."""
    return f"{kind.compile(dialect=connection.dialect).partition(' COLLATE ')[0]}[]"


def merge_rows(
    session: Session, entity: type[Base], columns: Sequence[str], rows: Sequence[Sequence[Any]], told: str
) -> None:
    """Very many rows as in `copy_rows`, of which some may be there already, by their key: of those `told` says what becomes of them
    ("lines = word.lines + excluded.lines"). Rows of plain values only. In the order of their keys, so that two who write the same ones
    wait for each other and do not lock each other out."""
    if not rows:
        return
    scope = scope_of(session)
    if columns[0] != "municipality_id" or (scope is not EVERYONE and any(row[0] != scope for row in rows)):
        raise NotAllowed("other_municipality")
    table: Any = entity.__table__
    wire = wire_of(session)
    names = ", ".join(f'"{name}"' for name in columns)
    key = ", ".join(f'"{column.name}"' for column in _key_of(table))
    into, conflict = f'INSERT INTO "{table.name}" ({names})', f"ON CONFLICT ({key}) DO UPDATE SET {told}"
    ordered = sorted(rows, key=lambda row: [row[columns.index(column.name)] for column in _key_of(table)])
    if wire.is_sqlite:
        wire.send_each(f"{into} VALUES ({', '.join('?' * len(columns))}) {conflict}", ordered)
        return
    marks = ", ".join(
        f"${place}::{_array_of(table.c[name].type, wire.connection)}" for place, name in enumerate(columns, start=1)
    )
    values = [list(one) for one in zip(*ordered, strict=True)]
    wire.send(f"{into} SELECT * FROM unnest({marks}) {conflict}", values)  # noqa: S608


def _key_of(table: Any) -> Sequence[Any]:
    """The columns by which a row is known: its unique index, or, where the table has none, its primary key."""
    return next((list(index.columns) for index in table.indexes if index.unique), list(table.primary_key.columns))


def wire_of(session: Session) -> Wire:
    if "wire" not in session.info:
        session.info["begun_by_wire"] = True
        session.connection()
    return session.info["wire"]  # type: ignore[no-any-return]


def connection_of(session: Session) -> Connection:
    """The connection of the unit of work, for statements past the session; what waits to be sent goes first."""
    _settle(session)
    return session.connection()


@contextmanager
def sent_together(session: Session) -> Iterator[None]:
    """What `write_rows` and `save` write in here may wait for the next question, or for the commit, and then go in one journey."""
    wire = wire_of(session)
    wire.gathering = not wire.is_sqlite
    try:
        yield
    except BaseException:
        wire.waiting.clear()
        raise
    finally:
        wire.gathering = False


def _settle(session: Session) -> None:
    wire = session.info.get("wire")
    if wire is not None and wire.waiting:
        wire.settle()


def write_rows(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """A handful of rows with the same columns, in one statement and at a third of the time of `insert_rows`; for thousands take
    `copy_rows`. Stamped as there. Defaults are not filled in."""
    if not rows:
        return
    stamped = _stamped(session, entity, rows)
    wire = wire_of(session)
    statement, writers = _insertion(entity, tuple(stamped[0]), wire.is_sqlite, 1 if wire.is_sqlite else len(stamped))
    values = [_written(row.values(), writers) for row in stamped]
    if wire.is_sqlite:
        wire.send_each(statement, values)
    else:
        wire.post(statement, tuple(value for row in values for value in row))


def put(session: Session, thing: Thing) -> Thing:
    """`session.add` and `session.flush` of one new thing, at a fifth of the time: it is written at once, gets its id, and from then on
    belongs to the session as if it had been read. Other pending changes are not flushed."""
    _put(session, thing, "")
    return thing


def put_soon(session: Session, entity: type[Base]) -> None:
    """Says that a new thing will be `put` in this unit of work: PostgreSQL then gives its id with the answer to the next question, and the
    thing itself may wait as all else that is `sent_together`. Not for what is numbered without gaps: the id is lost if nothing is put."""
    wire = wire_of(session)
    if not wire.is_sqlite and entity.__tablename__ not in wire.ids:
        wire.want_id(entity.__tablename__)


def put_unless_there(session: Session, thing: Base) -> bool:
    """As `put`, but where a row with the same unique key is there already, nothing is written and the answer is False. Where
    somebody else is writing that row at this moment, their unit of work is waited for; after it a SELECT finds the row."""
    return _put(session, thing, " ON CONFLICT DO NOTHING")


def fresh(entity: type[Thing], **values: Any) -> Thing:
    """A new thing for `put`, which is not in any session yet; many attributes are set at a tenth of the time of the constructor."""
    thing = entity()
    vars(thing).update(values)
    return thing


def _put(session: Session, thing: Base, on_conflict: str) -> bool:
    entity, had = type(thing), vars(thing)
    for name, default, made in _columns(entity):
        if name not in had:
            had[name] = made(None) if made is not None else default
    row = {name: had[name] for name, *_ in _columns(entity)}
    if issubclass(entity, Owned):
        scope = scope_of(session)
        if row["municipality_id"] is None:
            if scope is EVERYONE:
                raise NotAllowed("no_municipality")
            row["municipality_id"] = had["municipality_id"] = scope
        elif scope is not EVERYONE and row["municipality_id"] != scope:
            raise NotAllowed("other_municipality")
    wire = wire_of(session)
    reserved = None if on_conflict else wire.ids.pop(entity.__tablename__, None)
    if reserved is not None:
        row["id"] = had["id"] = reserved
    statement, writers = _insertion(entity, tuple(row), wire.is_sqlite, 1)
    if reserved is not None:
        wire.post(statement, _written(row.values(), writers))
        make_transient_to_detached(thing)
        session.add(thing)
        return True
    made_id = wire.send(f'{statement}{on_conflict} RETURNING "id"', _written(row.values(), writers)).fetchall()
    if not made_id:
        return False
    had["id"] = made_id[0][0]
    make_transient_to_detached(thing)
    session.add(thing)
    return True


@lru_cache(maxsize=200)
def _columns(entity: type[Base]) -> tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]:
    """The columns that are written, each with its default: a value, or what makes one."""
    found: list[tuple[str, Any, Callable[[Any], Any] | None]] = []
    for column in entity.__table__.c:
        if not column.primary_key:
            default: Any = column.default
            if default is None or default.is_scalar:
                found.append((column.name, default.arg if default is not None else None, None))
            else:
                found.append((column.name, None, default.arg))
    return tuple(found)


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
    return [row | {"municipality_id": scope} for row in rows]


def _marks(sqlite: bool, count: int) -> list[str]:
    return ["?"] * count if sqlite else [f"${number}" for number in range(1, count + 1)]


@lru_cache(maxsize=2000)
def _insertion(
    entity: type[Base], columns: tuple[str, ...], sqlite: bool, rows: int
) -> tuple[str, list[Callable[[Any], Any] | None]]:
    """The INSERT for so many rows of these columns, and how the values of each column are written."""
    table: Any = entity.__table__
    names = ", ".join(f'"{name}"' for name in columns)
    marks = iter(_marks(sqlite, rows * len(columns)))
    values = ", ".join(f"({', '.join(islice(marks, len(columns)))})" for _ in range(rows))
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES {values}'  # noqa: S608
    return statement, [writer(table.c[name].type, sqlite) for name in columns]


def _written(values: Iterable[Any], writers: Sequence[Callable[[Any], Any] | None]) -> tuple[Any, ...]:
    # Hot: some 350 values an invoice; a list is made faster than a generator is drained.
    return tuple(
        [
            value if write is None or value is None else write(value)
            for value, write in zip(values, writers, strict=True)
        ]
    )


def save(session: Session, thing: Base) -> None:
    """Writes what has changed of one thing, at a fifth of the time of `session.flush`; other pending changes are not flushed."""
    entity, state = type(thing), inspect(thing)
    assert not issubclass(entity, Versioned)
    kept = state.unmodified
    changed = {name: value for name, value in state.dict.items() if name in entity.__table__.c and name not in kept}
    if not changed:
        return
    scope = scope_of(session)
    wire = wire_of(session)
    statement, writers = _change(entity, tuple(changed), wire.is_sqlite, scope is EVERYONE)
    keys = [thing.id] if scope is EVERYONE or not issubclass(entity, Owned) else [thing.id, scope]  # type: ignore[attr-defined]
    wire.post(statement, (*_written(changed.values(), writers), *keys))
    for name, value in changed.items():
        set_committed_value(thing, name, value)


@lru_cache(maxsize=500)
def _change(
    entity: type[Base], columns: tuple[str, ...], sqlite: bool, everyone: bool
) -> tuple[str, list[Callable[[Any], Any] | None]]:
    table: Any = entity.__table__
    *marks, key, whose = _marks(sqlite, len(columns) + 2)
    sets = ", ".join(f'"{name}" = {mark}' for name, mark in zip(columns, marks, strict=True))
    narrowed = issubclass(entity, Owned) and not everyone
    ours = f" AND municipality_id = {whose}" if narrowed else ""
    statement = f'UPDATE "{table.name}" SET {sets} WHERE id = {key}{ours}'  # noqa: S608
    return statement, [writer(table.c[name].type, sqlite) for name in columns]


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
        self.engine = sqlite_engine(self.url) if self.is_sqlite else postgresql_engine(self.url, pool_size)
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


@event.listens_for(Session, "after_transaction_create")
def _before_savepoint(session: Session, transaction: Any) -> None:
    if transaction.nested:
        _settle(session)


@event.listens_for(Session, "before_commit")
def _commit_together(session: Session) -> None:
    """What waits to be sent goes with the COMMIT."""
    wire = session.info.get("wire")
    if wire is None or not wire.waiting:
        return
    session.flush()
    if session.in_nested_transaction():
        wire.settle()
    else:
        wire.commit()


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("wire", None)


@event.listens_for(Session, "after_begin")
def _announce_scope(session: Session, _transaction: object, connection: Connection) -> None:
    """Tells PostgreSQL's row-level security for whom this transaction works (see migrations)."""
    if "wire" not in session.info:  # a savepoint begins on the wire that is there
        session.info["wire"] = Wire(connection)
    if connection.dialect.name == "postgresql":
        scope = session.info.get("scope")
        shown = "everyone" if scope is EVERYONE else str(scope if scope is not None else -1)
        wire = session.info["wire"]
        wire.waiting.append(("SELECT set_config('eshop.municipality', $1, true)", (shown,)))
        # Where a statement on the wire begins the transaction, they go in one journey; until then PostgreSQL shows nothing.
        if not session.info.pop("begun_by_wire", False):
            wire.settle()
