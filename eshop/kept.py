"""Questions that are asked hundreds of times a second: made once, compiled once, sent straight to the driver, narrowed like all others."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import BinaryExpression, Column, Dialect, Join, Select, SelectBase, bindparam, select
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.sql import visitors

from eshop.columns import reader
from eshop.db import EVERYONE, Base, Owned, fresh, scope_of, wire_of
from eshop.wire import SPOKEN, Wire

Entity = TypeVar("Entity", bound=Base)

MOST_LAID_OUT: Final = 200
"""Municipalities, about."""


class Kept:
    """A SELECT of columns that is asked hundreds of times a second: made once, compiled once, narrowed as every query is.

    It goes past the unit of work: pending changes are not flushed before it, and it gives plain rows. Its values are named with
    `bindparam`: `Kept(select(Gln.institution_id).where(Gln.gln == bindparam("gln"))).rows(session, gln="5798…")`. Tables are joined
    by conditions, or by JOIN on the municipality too, as what a subquery looks at must be; what would not be narrowed (another
    subquery, another JOIN) is refused with ValueError when it is made.

    `bare`: rows without names, for many rows of plain values. `laid_out`: what is given instead of the rows, made of them once for the
    same rows; for what is asked at each letter and changes once a month. It is shared, so nobody changes it.
    """

    def __init__(
        self, statement: Any, laid_out: Callable[[Sequence[Any]], Any] | None = None, *, bare: bool = False
    ) -> None:
        parts = list(visitors.iterate(statement))
        joins_held = all(_of_one_municipality(on) for _, on, *_ in statement._setup_joins)
        within = [part for part in parts if isinstance(part, Join | SelectBase) and part is not statement]
        if not joins_held or not all(_is_held_by_what_is_asked(part) for part in within):
            raise ValueError(
                "what a kept query joins or looks into belongs to the same municipality by a condition of its own"
            )
        owned = {mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)}
        first: list[Any] = []
        for home in statement.get_final_froms():
            while isinstance(home, Join):  # what is joined is held by its own condition
                home = home.left
            first.append(home)
        self._everyone = statement
        self._narrowed = statement.where(
            *(
                table.c.municipality_id == bindparam("_municipality")
                for table in sorted(first, key=str)
                if getattr(table, "element", table) in owned
            )
        )
        self._laid_out = laid_out
        self._bare = bare
        self._plans: dict[tuple[Any, ...], _Plan] = {}

    def rows(self, session: Session, /, **values: Any) -> Any:
        """The rows, each with its columns by name and in order; or what is laid out of them."""
        wire = wire_of(session)
        plan, given = self.plan(session, wire, values)
        return plan.rows(wire.send(plan.text, given))

    def plan(self, session: Session, wire: Wire, values: dict[str, Any]) -> tuple["_Plan", Any]:
        """How it is said on this wire, and the values as they are sent."""
        scope = scope_of(session)
        statement = self._everyone
        if scope is not EVERYONE:
            statement = self._narrowed
            values["_municipality"] = scope
        sizes = [len(value) for value in values.values() if value.__class__ is list]
        asked = (wire.is_sqlite, scope is EVERYONE, *values, *sizes)
        plan = self._plans.get(asked)
        if plan is None:
            plan = self._plans[asked] = _Plan(statement, SPOKEN[wire.is_sqlite], values, self._laid_out, self._bare)
        return plan, plan.given(values)


def ask_together(session: Session, *questions: tuple[Kept, Mapping[str, Any]]) -> list[Any]:
    """The rows of several kept queries that do not hang on each other, in one journey: `(kept, values)` each."""
    wire = wire_of(session)
    plans = [kept.plan(session, wire, dict(values)) for kept, values in questions]
    cursors = wire.ask([(plan.text, given) for plan, given in plans])
    return [plan.rows(cursor) for (plan, _), cursor in zip(plans, cursors, strict=True)]


def _is_held_by_what_is_asked(within: Any) -> bool:
    """Whether a subquery is about one table that belongs to the same municipality as a table outside of it."""
    return (
        isinstance(within, Select)
        and not within._setup_joins
        and len(within.get_final_froms()) == 2  # its own, and the one outside
        and any(_of_one_municipality(one) for one in within._where_criteria)
    )


def _of_one_municipality(condition: Any) -> bool:
    """Whether what is joined belongs to the same municipality as what it is joined to, by the condition itself."""
    for part in visitors.iterate(condition):
        if isinstance(part, BinaryExpression) and all(isinstance(side, Column) for side in (part.left, part.right)):
            names = {part.left.name, part.right.name}
            if names == {"municipality_id"} and part.left.table is not part.right.table:
                return True
    return False


class KeptThings(Generic[Entity]):
    """A kept SELECT of whole things: `KeptThings(Gln, Gln.gln == bindparam("gln")).one(session, gln="5798…")`. They belong to the session
    as if it had read them, at a tenth of the time; one that it knows already is given as it is. Deferred columns and relationships are
    read when they are asked for."""

    def __init__(self, entity: type[Entity], *conditions: Any) -> None:
        self._entity = entity
        self.columns = [one.columns[0] for one in entity.__mapper__.column_attrs if not one.deferred]
        self._names = [column.key for column in self.columns]
        self.kept = Kept(select(*self.columns).where(*conditions))

    def one(self, session: Session, /, **values: Any) -> Entity | None:
        session.flush()
        return next((self.of(session, row) for row in self.kept.rows(session, **values)), None)

    def of(self, session: Session, row: Any) -> Entity:
        """The thing of a row that has its `columns`, as those have that `kept` gives."""
        known = session.identity_map.get(session.identity_key(self._entity, row.id))
        if known is not None:
            return known  # type: ignore[no-any-return]
        thing = fresh(self._entity, **{name: getattr(row, name) for name in self._names})
        make_transient_to_detached(thing)
        session.add(thing)
        return thing


class _Plan:
    """A kept SELECT in the words of one engine, for lists of certain lengths: text, how values are written, how columns are read."""

    def __init__(
        self,
        statement: Any,
        dialect: Dialect,
        values: Mapping[str, Any],
        laid_out: Callable[[Sequence[Any]], Any] | None,
        bare: bool,
    ) -> None:
        compiled = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(dict(values))
        self.text: str = state.statement
        self._dialect = dialect
        lists = state.parameter_expansion.items()
        homes = {name: (given, place) for given, names in lists for place, name in enumerate(names)}
        self._values: list[tuple[str | None, int | None, Callable[[Any], Any] | None, Any]] = []
        for name in state.positiontup or ():
            given, place = homes.get(name, (name, None))
            write: Any = state.processors.get(name)
            if given in values:
                self._values.append((given, place, write, None))
            else:
                constant = state.parameters[name]
                self._values.append((None, None, None, constant if write is None else write(constant)))
        self._types = [entry.type for entry in compiled._result_columns]
        names = [entry.keyname for entry in compiled._result_columns]
        self._made: Any = None if bare else namedtuple("Row", names, rename=True)._make
        self._readers: list[tuple[int, Any]] | None = None
        self._laid_out = laid_out and lru_cache(maxsize=MOST_LAID_OUT)(lambda found: laid_out(self._read(found)))

    def given(self, values: Mapping[str, Any]) -> Any:
        written = []
        for given, place, write, constant in self._values:
            if given is None:
                written.append(constant)
                continue
            value = values[given] if place is None else values[given][place]
            written.append(value if write is None else write(value))
        return tuple(written)

    def rows(self, cursor: Any) -> Any:
        found = cursor.fetchall()
        if found and self._readers is None:
            told = enumerate(zip(self._types, cursor.description, strict=True))
            readers = [(place, reader(kind, self._dialect, column[1])) for place, (kind, column) in told]
            self._readers = [(place, read) for place, read in readers if read is not None]
        return self._read(found) if self._laid_out is None else self._laid_out(tuple(found))

    def _read(self, found: Sequence[Any]) -> list[Any]:
        if not found:
            return []
        made = self._made
        if not self._readers:
            return found if made is None else list(map(made, found))  # type: ignore[return-value]
        columns: list[Any] = list(zip(*found, strict=True))
        for place, read in self._readers:
            columns[place] = map(read, columns[place])
        rows = zip(*columns, strict=True)
        return list(rows if made is None else map(made, rows))
