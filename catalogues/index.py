"""The word index over catalogue lines: FTS5 on SQLite, a GIN index over a tsvector on PostgreSQL; the only raw SQL of the room.

Both index the same terms (`analysis.terms`), both answer the same boolean expression over whole terms, and both order by the same
columns, so the hits are the same. What a word is widened to is decided before (`questions`), never by the engine.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.orm import Session

from catalogues.analysis import AGREEMENT, DESCRIPTION, KEYWORD, SUPPLIER
from catalogues.items import CatalogueLine
from catalogues.questions import SYNONYM, Concept, Question
from eshop.columns import SCALE
from eshop.db import EVERYONE, connection_of, scope_of, wire_of
from eshop.kept import Kept

FACETS: Final = ("supplier", "agreement", "group", "brand", "unit", "label", "per", "price")
"""`per` is the unit in which prices are compared; `price` is a range of it: "LTR:18.50:60", each end may be left out."""
AMONG: Final = ("bought", "favourite", "soon")
"""Facets of a single value, 1: that the item, or for `soon` its agreement, is among some that are known (`Sight.among`)."""

_SQLITE: Final = """
CREATE VIRTUAL TABLE IF NOT EXISTS line_terms USING fts5(
    terms, content='catalogue_line', content_rowid='id', tokenize="ascii tokenchars '_'", detail=none, columnsize=0
)
"""
_POSTGRESQL: Final = """
CREATE INDEX IF NOT EXISTS ix_catalogue_line_terms ON catalogue_line
USING gin (array_to_tsvector(string_to_array(terms, ' ')))
"""


def create_index(connection: Connection) -> None:
    """Makes the word index where it is missing; part of the migrations."""
    connection.execute(text(_SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL))


def drop_index(connection: Connection) -> None:
    """Takes the word index away again."""
    statement = (
        "DROP TABLE IF EXISTS line_terms"
        if connection.dialect.name == "sqlite"
        else "DROP INDEX IF EXISTS ix_catalogue_line_terms"
    )
    connection.execute(text(statement))


def index_lines(session: Session, first: int, last: int) -> None:
    """Puts the lines of an id range into the index. PostgreSQL has done so itself."""
    connection = connection_of(session)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO line_terms(rowid, terms) "
            "SELECT id, terms FROM catalogue_line WHERE id BETWEEN ? AND ? AND terms IS NOT NULL",
            (first, last),
        )


def index_again(session: Session, lines: Sequence[tuple[int, str, str]]) -> None:
    """Takes lines out of the index by the terms they were indexed by, and in by those of now. PostgreSQL does so itself with the lines."""
    connection = connection_of(session)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO line_terms(line_terms, rowid, terms) VALUES ('delete', ?, ?)",
            [(number, before) for number, before, _ in lines],
        )
        connection.exec_driver_sql(
            "INSERT INTO line_terms(rowid, terms) VALUES (?, ?)", [(number, now) for number, _, now in lines]
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What may be seen: agreements (None: all their lots, else these), on a day, of these item groups (None: all). `among`: the items
    (for `soon` the agreements) that the facets of that name are about."""

    on: date
    agreements: Mapping[int, frozenset[int] | None]
    groups: tuple[str, ...] | None = None
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    among: Mapping[str, Sequence[int]] = field(default_factory=dict)


# --- expressions ---------------------------------------------------------------------------------------------------------


def _term(word: str, fields: Sequence[str], sqlite: bool) -> str:
    terms = [word] if word.startswith(SUPPLIER) else [mark + word for mark in fields]
    quoted = [f'"{term}"' if sqlite else f"'{term}'" for term in terms]
    joined = (" OR " if sqlite else " | ").join(quoted)
    return f"({joined})" if len(quoted) > 1 else joined


def expression(concepts: Sequence[Concept], *, sqlite: bool, strong: bool, any_of: bool = False) -> str | None:
    """The question as the engine reads it. Strong: heavy ways, in the name. None when some concept cannot be met."""
    fields = ("",) if strong else ("", KEYWORD, DESCRIPTION)
    and_, or_ = (" AND ", " OR ") if sqlite else (" & ", " | ")
    parts: list[str] = []
    for concept in concepts:
        ways = [way for way in concept.ways if not strong or way.weight >= SYNONYM * 0.9]
        if not ways:
            if any_of:
                continue
            return None
        met = []
        for way in ways:
            words = [_term(word, fields, sqlite) for word in way.words]
            met.append(words[0] if len(words) == 1 else f"({and_.join(words)})")
        parts.append(met[0] if len(met) == 1 else f"({or_.join(met)})")
    if not parts:
        return None
    return (or_ if any_of else and_).join(parts)


FEW: Final = 0.5
"""Share of all agreements under which those that may be seen are asked of the index too, and not only of the lines it finds."""


def _match(session: Session, match: str, sight: Sight) -> str:
    """The expression, narrowed to the agreements that may be seen where they are the smaller part of all that the index holds: other
    municipalities' catalogues, and those not joined. Else the index would find ten lines for each that is shown."""
    connection = connection_of(session)
    last = connection.exec_driver_sql("SELECT max(id) FROM agreement").scalar() or 1
    if not sight.agreements or len(sight.agreements) > FEW * last:
        return match
    sqlite = connection.dialect.name == "sqlite"
    whose = (" OR " if sqlite else " | ").join(
        f'"{AGREEMENT}{number}"' if sqlite else f"'{AGREEMENT}{number}'" for number in sorted(sight.agreements)
    )
    return f"({match}){' AND ' if sqlite else ' & '}({whose})"


def _ask(session: Session, statement: str, parameters: dict[str, Any]) -> Sequence[Any]:
    """The rows; a `:name` in the statement stands for that parameter. PostgreSQL takes cutting up the terms of every line for cheaper
    than it is, so there it is told to keep to the index, in the same journey."""
    wire = wire_of(session)
    values: list[Any] = []

    def mark(name: re.Match[str]) -> str:
        values.append(parameters[name[1]])
        return "?" if wire.is_sqlite else f"${len(values)}"

    question = (_NAMED_VALUE.sub(mark, statement), values)
    if wire.is_sqlite:
        answer = wire.send(*question)
    else:
        keep, go = ("SET LOCAL enable_seqscan = off", ()), ("SET LOCAL enable_seqscan = on", ())
        _, answer, _ = wire.ask([keep, question, go])
    return answer.fetchall()  # type: ignore[no-any-return]


_NAMED_VALUE: Final = re.compile(r":(\w+)")


# --- statements ----------------------------------------------------------------------------------------------------------


_LIVE: Final = (
    "JOIN catalogue_version born ON born.id = l.since_version_id AND born.is_live "
    "LEFT JOIN catalogue_version gone ON gone.id = l.gone_version_id AND gone.is_live"
)
_MATCHING: Final = "array_to_tsvector(string_to_array(terms, ' ')) @@ CAST(:{} AS tsquery)"


def _from(sqlite: bool) -> str:
    """The lines that match."""
    if sqlite:
        return f"FROM line_terms t CROSS JOIN catalogue_line l ON l.id = t.rowid {_LIVE} WHERE line_terms MATCH :match"
    return f"FROM catalogue_line l {_LIVE} WHERE {_MATCHING.format('match')}"


def _seen(session: Session, sight: Sight) -> str:
    """The conditions under which a line may be seen at all. Numbers and prefixes are ours or checked, so they stand inline."""
    scope = scope_of(session)
    conditions = [] if scope is EVERYONE else [f"l.municipality_id = {int(str(scope))}"]
    whole = [number for number, lots in sight.agreements.items() if lots is None]
    parts = [f"l.agreement_id IN ({', '.join(map(str, sorted(whole)))})"] if whole else []
    parts += [
        f"(l.agreement_id = {number} AND l.lot_id IN ({', '.join(map(str, sorted(lots)))}))"
        for number, lots in sorted(sight.agreements.items())
        if lots
    ]
    conditions.append(f"({' OR '.join(parts)})" if parts else "1 = 0")
    conditions.append("l.orderable AND l.starts_on <= :on AND (gone.id IS NULL OR l.serves_until >= :on)")
    if sight.groups is not None:
        prefixes = [prefix for prefix in sight.groups if prefix.isascii() and prefix.isdigit()]
        allowed = " OR ".join(f"l.unspsc LIKE '{prefix}%'" for prefix in prefixes)
        conditions.append(f"({allowed})" if allowed else "1 = 0")
    return " AND ".join(conditions)


_FACET_COLUMNS: Final = {
    "supplier": "l.supplier_id",
    "agreement": "l.agreement_id",
    "group": "substr(l.unspsc, 1, 4)",
    "brand": "l.brand",
    "unit": "l.unit",
    "per": "l.comparison_unit",
}


NOTHING: Final = "1 = 0"


def _among(name: str, ids: Sequence[int]) -> str:
    column = "l.agreement_id" if name == "soon" else "l.item_id"
    return f"{column} IN ({', '.join(str(int(one)) for one in ids)})" if ids else NOTHING


_RANGE: Final = re.compile(r"(\w{1,8}):(\d{1,9}(?:\.\d{1,8})?)?:(\d{1,9}(?:\.\d{1,8})?)?", re.ASCII)


def _price_between(value: str) -> str:
    """Prices are kept as whole numbers of 10⁻⁸: at most 60 kr. is at most 6000000000."""
    read = _RANGE.fullmatch(value)
    if read is None:
        return NOTHING
    unit, low, high = read.groups()
    ends = [
        f"l.comparison_price {than} {int(Decimal(end).scaleb(SCALE))}"
        for than, end in ((">=", low), ("<=", high))
        if end
    ]
    return " AND ".join([f"l.comparison_unit = '{unit}'", "l.comparison_price IS NOT NULL", *ends])


def _facet_condition(name: str, position: int, values: Sequence[str], parameters: dict[str, Any]) -> str:
    """What a chosen facet asks of a line. Values come from an address that anybody may write: what is none finds nothing."""
    if name in ("label", "supplier", "agreement"):
        numbers = [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 10]
        if len(numbers) < len(values):
            return NOTHING
        if name == "label":
            bits = reduce(or_, numbers)
            return f"(l.labels & {bits}) = {bits}"
        return f"{_FACET_COLUMNS[name]} IN ({', '.join(map(str, numbers))})"
    if name == "price":
        return _price_between(values[0])
    if name == "group":
        shown = [value for value in values if value.isascii() and value.isdigit()]
        return "(" + (" OR ".join(f"l.unspsc LIKE '{value}%'" for value in shown) or NOTHING) + ")"
    names = []
    for number, value in enumerate(values):
        key = f"facet{position}_{number}"
        parameters[key] = value.replace("\0", "")
        names.append(f":{key}")
    return f"{_FACET_COLUMNS[name]} IN ({', '.join(names)})"


def _facet_conditions(sight: Sight, parameters: dict[str, Any]) -> dict[str, str]:
    chosen = {
        name: _facet_condition(name, position, values, parameters)
        for position, (name, values) in enumerate(sorted(sight.facets.items()))
        if name in FACETS and values
    }
    return chosen | {name: _among(name, sight.among.get(name, ())) for name in AMONG if sight.facets.get(name)}


def candidates(
    session: Session,
    question: Question,
    sight: Sight,
    at_most: int,
    *,
    any_of: bool = False,
    offset: int = 0,
) -> list[int]:
    """Line ids that answer the question: those that answer it strongly in the name first, then by how short the name is, then by id."""
    sqlite = connection_of(session).dialect.name == "sqlite"
    parameters: dict[str, Any] = {"on": sight.on.isoformat() if sqlite else sight.on}
    conditions = [_seen(session, sight), *_facet_conditions(sight, parameters).values()]
    found: list[int] = []
    for strong in (True, False):
        match = expression(question.concepts, sqlite=sqlite, strong=strong, any_of=any_of)
        if match is None:
            continue
        rows = _ask(
            session,
            f"SELECT l.id {_from(sqlite)} AND {' AND '.join(conditions)} "
            f"ORDER BY l.words, l.id LIMIT {int(at_most + offset)}",
            parameters | {"match": _match(session, match, sight)},
        )
        known = set(found)
        found += [row[0] for row in rows if row[0] not in known]
        if len(found) >= at_most + offset:
            break
    return found[offset : offset + at_most]


def count(
    session: Session, question: Question, sight: Sight, *, any_of: bool = False
) -> tuple[int, dict[str, list[tuple[str, int]]]]:
    """How many lines answer, and for each facet its values with counts, most first. A facet counts as if it were not chosen itself."""
    sqlite = connection_of(session).dialect.name == "sqlite"
    parameters: dict[str, Any] = {"on": sight.on.isoformat() if sqlite else sight.on}
    chosen = _facet_conditions(sight, parameters)
    match = expression(question.concepts, sqlite=sqlite, strong=False, any_of=any_of)
    if match is None:
        return 0, {}
    parameters["match"] = _match(session, match, sight)
    known = {name: _among(name, ids) for name, ids in sight.among.items() if ids}
    flags = "".join(
        f", CASE WHEN {condition} THEN 1 ELSE 0 END AS is_{name}" for name, condition in (known | chosen).items()
    )
    columns = ", ".join(f"{column} AS f_{name}" for name, column in _FACET_COLUMNS.items())

    def holding(names: Iterable[str]) -> str:
        held = " AND ".join(f"is_{name} = 1" for name in dict.fromkeys(names))
        return f" WHERE {held}" if held else ""

    def others(name: str) -> str:
        return holding(other for other in chosen if other != name)

    parts = [f"SELECT 'total' AS facet, '' AS value, count(*) AS lines FROM hit{holding(chosen)}"]  # noqa: S608
    parts += [
        f"SELECT '{name}', CAST(f_{name} AS text), count(*) FROM hit{others(name)} GROUP BY f_{name}"  # noqa: S608
        for name in _FACET_COLUMNS
    ]
    parts.append(f"SELECT 'label', CAST(labels AS text), count(*) FROM hit{others('label')} GROUP BY labels")  # noqa: S608
    parts += [f"SELECT '{name}', '1', count(*) FROM hit{holding((name, *chosen))}" for name in known]  # noqa: S608
    statement = (
        f"WITH hit AS MATERIALIZED (SELECT l.labels AS labels, {columns}{flags} "
        f"{_from(sqlite)} AND {_seen(session, sight)}) " + " UNION ALL ".join(parts)
    )
    total = 0
    facets: dict[str, dict[str, int]] = {name: {} for name in (*FACETS, *AMONG)}
    for name, value, lines in _ask(session, statement, parameters):
        if name == "total":
            total = lines
        elif name == "label":
            bits = int(value or 0)
            for bit in range(bits.bit_length()):
                if bits >> bit & 1:
                    key = str(1 << bit)
                    facets["label"][key] = facets["label"].get(key, 0) + lines
        elif value and lines:
            facets[name][value] = lines
    ordered = {
        name: sorted(values.items(), key=lambda pair: (-pair[1], pair[0])) for name, values in facets.items() if values
    }
    return total, ordered


def count_up_to(session: Session, question: Question, sight: Sight, at_most: int) -> int:
    """How many lines answer, counted no further than to `at_most`; facets are not asked."""
    sqlite = connection_of(session).dialect.name == "sqlite"
    match = expression(question.concepts, sqlite=sqlite, strong=False)
    if match is None:
        return 0
    parameters = {"on": sight.on.isoformat() if sqlite else sight.on, "match": _match(session, match, sight)}
    few = f"SELECT 1 {_from(sqlite)} AND {_seen(session, sight)} LIMIT {int(at_most)}"
    return int(_ask(session, f"SELECT count(*) FROM ({few}) AS few", parameters)[0][0])  # noqa: S608


class Found(NamedTuple):
    """What putting lines in order needs to know of one."""

    id: int
    item_id: int | None
    agreement_id: int
    supplier_id: int
    seller_item_id: str
    unit: str | None
    name: str
    terms: str | None
    labels: int
    unspsc: str | None
    ends_on: date
    comparison_price: Decimal | None


_FOUND: Final = Kept(
    select(*(getattr(CatalogueLine, name) for name in Found._fields)).where(
        CatalogueLine.id.in_(bindparam("ids", expanding=True))
    )
)


def lines_of(session: Session, ids: Sequence[int]) -> dict[int, Found]:
    """Line id → the line, as plain values: hundreds are read to show a page, so none of them becomes an object of the session."""
    return {row[0]: Found(*row) for row in _FOUND.rows(session, ids=list(ids))} if ids else {}


def matching(session: Session, question: Question, sight: Sight, item_ids: Iterable[int]) -> list[int]:
    """The lines of these items that answer the question (bought before, whatever their place in the order)."""
    ids = sorted(set(item_ids))
    if not ids:
        return []
    sqlite = connection_of(session).dialect.name == "sqlite"
    match = expression(question.concepts, sqlite=sqlite, strong=False)
    if match is None:
        return []
    parameters: dict[str, Any] = {"on": sight.on.isoformat() if sqlite else sight.on, "match": match}
    conditions = [_seen(session, sight), *_facet_conditions(sight, parameters).values()]
    rows = _ask(
        session,
        f"SELECT l.id {_from(sqlite)} AND l.item_id IN ({', '.join(map(str, ids))}) "
        f"AND {' AND '.join(conditions)} ORDER BY l.id",
        parameters,
    )
    return [row[0] for row in rows]
