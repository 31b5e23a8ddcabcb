"""Column types, the same on SQLite and PostgreSQL: money and quantities as exact whole numbers, moments in UTC, small structures as JSON.

Beside each type stands how a statement of our own reads and writes it (`reader`, `writer`): `db.put`, `db.copy_rows` and their like go past
SQLAlchemy's types because of the time they take.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from eshop.amounts import Amount, exact
from eshop.errors import BadInput

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


_as_json: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class JsonType(TypeDecorator[Any]):
    """Small structured values as JSON text, keys sorted; the same bytes on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect | None) -> str | None:
        return None if value is None else _as_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


@lru_cache(maxsize=50_000)
def _scaled(value: Decimal) -> int:
    """What an ExactType column holds; the same few numbers come again and again."""
    return ExactType().process_bind_param(value, None) or 0


@lru_cache(maxsize=50_000)
def _unscaled(value: int) -> Decimal:
    whole, rest = divmod(value, 10**SCALE)
    return Decimal(whole) if rest == 0 else Decimal(value).scaleb(-SCALE).normalize()


@lru_cache(maxsize=10_000)
def _iso(day: date) -> str:
    return day.isoformat()


def _written_json(value: Any) -> str:
    return value if value.__class__ is str else _as_json(value)


def _moment(value: datetime) -> str:
    """As the SQLite dialect writes moments."""
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class _Many(TypeDecorator[Any]):
    """Many values of one column in one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            ARRAY(BigInteger if self.whole else Text) if dialect.name == "postgresql" else Text()
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _OneOf(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """As it is: with `= 1` after it, as SQLite is told other truths, no index would answer it."""
        return self


@compiles(_OneOf)
def _one_of_listed(element: Any, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 compiled parts


@compiles(_OneOf, "postgresql")
def _one_of_array(element: Any, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({values})"


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """That a column of whole numbers or text has one of many values: `IN`, with all of them in one parameter. A thousand parameters
    cost more than the question."""
    kind = _Many(isinstance(column.type, BigInteger | Integer))
    return _OneOf(column, bindparam(None, list(values), kind))


def writer(kind: TypeEngine[Any], sqlite: bool) -> Callable[[Any], Any] | None:
    """How a value of a column type is written; None where it goes as it is. JSON may come as text that is JSON already."""
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


def _read_json(value: Any) -> Any:
    """Most lists and codings are empty, and a reader of JSON takes as long for an empty one as for a full."""
    if value is None:
        return None
    return [] if value == "[]" else {} if value == "{}" else json.loads(value)


def reader(kind: TypeEngine[Any], dialect: Dialect, told: Any) -> Callable[[Any], Any] | None:
    """How a value of a column type, None included, is read; None where it is taken as it comes. `told` is what the driver calls it."""
    if isinstance(kind, ExactType):
        return lambda value: None if value is None else _unscaled(int(value))
    if isinstance(kind, AmountType):
        return lambda value: None if value is None else Amount(int(value))
    if isinstance(kind, JsonType):
        return _read_json
    return kind.dialect_impl(dialect).result_processor(dialect, told)
