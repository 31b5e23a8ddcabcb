"""The dated tables that coding goes by, as a municipality loads them from Excel or CSV and looks at them (chart, kinds, VAT refunds),
and the rules of control that finance sets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from eshop import audit
from eshop.amounts import Amount
from eshop.errors import BadInput, NotFound
from eshop.formats import sheets
from eshop.identity import Actor, require, the_municipality
from eshop.organisation import load_policy
from invoicing.coding import ArtRow, ChartValue, VatRefund, load_art_rules, load_chart, load_vat_refunds, shipped_arts

HEADERS: Final[Mapping[str, str]] = {
    "dimension": "dimension", "value": "value", "værdi": "value", "konto": "value", "name": "name", "navn": "name",
    "from": "from", "fra": "from", "gælder fra": "from", "to": "to", "til": "to", "gælder til": "to",
    "prefix": "prefix", "varegruppe": "prefix", "unspsc": "prefix", "vat": "vat", "moms": "vat", "art": "art",
    "percent": "percent", "procent": "percent",
}  # fmt: skip
"""What the columns may be called, in English or Danish."""

VAT_WORDS: Final = {"med": "with", "uden": "without", "alle": "any", "": "any"}
TABLES: Final = {"chart": load_chart, "art-rules": load_art_rules, "vat-refunds": load_vat_refunds}
LARGEST: Final = 10_000_000
MOST_SHARED: Final = 12


def load_table(session: Session, table: str, body: bytes, source: str, by: Actor) -> int:
    """One of TABLES from a file (Excel or CSV, the first row is headers); returns how many rows. What was in force ends the day before.

    `source` says where it is from. BadInput `unknown_table`, `table_too_large`, `table_source_missing`, `table_without_rows`, and what
    the tables say of their rows.
    """
    if table not in TABLES:
        raise BadInput("unknown_table", value=table, expected=", ".join(TABLES))
    if len(body) > LARGEST:
        raise BadInput("table_too_large", most=LARGEST // 1_000_000)
    if not source.strip():
        raise BadInput("table_source_missing", field="source")
    cells = sheets.excel_rows(body) if sheets.is_excel(body) else list(sheets.csv_rows(body))
    rows = _rows(cells)
    if not rows:
        raise BadInput("table_without_rows", expected=", ".join(sorted(set(HEADERS.values()))))
    count = TABLES[table](session, rows, source.strip()[:200], by)
    audit.record(
        session,
        "table_loaded",
        "municipality",
        by.municipality_id,
        by,
        table=table,
        rows=count,
        source=source.strip()[:200],
    )
    return count


def _rows(cells: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Rows by the names of the headers; columns with another header are left out, empty rows too."""
    if not cells:
        return []
    names = [HEADERS.get(cell.strip().casefold(), "") for cell in cells[0]]
    rows = []
    for line in cells[1:]:
        row = {name: cell.strip() for name, cell in zip(names, line, strict=False) if name}
        if "vat" in row:
            row["vat"] = VAT_WORDS.get(row["vat"].casefold(), row["vat"])
        if "percent" in row:
            row["percent"] = row["percent"].replace(",", ".").removesuffix("%").strip()
        if any(row.values()):
            rows.append(row)
    return rows


@dataclass(frozen=True, slots=True)
class CodingTables:
    """What is in force on a day. `chart`: (dimension, values, source, in force from) per load; `arts`: own rules; `shipped`: ours, which
    own rules go before; `refunds`."""

    chart: tuple[tuple[str, int, str, date | None], ...]
    arts: tuple[ArtRow, ...]
    shipped: int
    refunds: tuple[VatRefund, ...]


def coding_tables(session: Session, by: Actor) -> CodingTables:
    require(by, "see_finance_rules")
    on = by.today

    def now(table: Any) -> list[Any]:
        return [
            or_(table.valid_from.is_(None), table.valid_from <= on),
            or_(table.valid_to.is_(None), table.valid_to >= on),
        ]

    chart = session.execute(
        select(ChartValue.dimension, func.count(ChartValue.id), ChartValue.source, ChartValue.valid_from)
        .where(*now(ChartValue))
        .group_by(ChartValue.dimension, ChartValue.source, ChartValue.valid_from)
        .order_by(ChartValue.dimension)
    )
    return CodingTables(
        tuple((dimension, count, source, start) for dimension, count, source, start in chart),
        tuple(session.scalars(select(ArtRow).where(*now(ArtRow)).order_by(ArtRow.prefix).limit(500))),
        len(shipped_arts()),
        tuple(session.scalars(select(VatRefund).where(*now(VatRefund)).order_by(VatRefund.art).limit(500))),
    )


def set_control_rules(
    session: Session, policy: Mapping[str, Any], small: Amount | None, own: Amount | None, by: Actor
) -> None:
    """What control lets pass (`policy`, INTERFACES §2), how large a deviation is small enough to be accepted in bulk (None: none are), and
    up to what amount one may decide on an own order (None: never). Every change is in the audit trail."""
    require(by, "manage_finance_rules")
    load_policy(session, policy, by)
    municipality = the_municipality(session)
    for name, value in (("small_deviation_limit", small), ("decide_own_limit", own)):
        told = None if value is None else str(value)
        before = municipality.settings.get(name, "100.00" if name == "small_deviation_limit" else None)
        if told == before:
            continue
        municipality.settings = {**municipality.settings, name: told}
        audit.record(
            session, "setting_changed", "municipality", municipality.id, by, name=name, before=before, after=told
        )
    session.flush()


# --- filters of the queue that the team shares ---------------------------------------------------------------------------


def shared_filters(session: Session) -> list[dict[str, str]]:
    """The filters of the invoice queue that finance shares: {"name", "query"}, in the order they were made."""
    return list(the_municipality(session).settings.get("invoice_filters") or ())


def share_filter(session: Session, query: str, name: str | None, by: Actor) -> None:
    """Shares the filter under a name, in place of one that was called so; without a name the one that is the same is no longer shared."""
    require(by, "decide_invoice")
    municipality = the_municipality(session)
    before = shared_filters(session)
    kept = [one for one in before if one["query"] != query and one["name"] != name]
    if name and query:
        kept = [*kept, {"name": name, "query": query}][-MOST_SHARED:]
    if kept == before:
        return
    municipality.settings = {**municipality.settings, "invoice_filters": kept}
    audit.record(session, "filters_shared", "municipality", municipality.id, by, names=[one["name"] for one in kept])


# --- the chart, value by value -------------------------------------------------------------------------------------------


def look_through_chart(
    session: Session, by: Actor, dimension: str | None = None, text: str = "", limit: int = 100, offset: int = 0
) -> list[ChartValue]:
    """Values of the chart that are in force or begin later, by dimension and value; `text` is looked for in value and name."""
    require(by, "see_finance_rules")
    query = select(ChartValue).where(or_(ChartValue.valid_to.is_(None), ChartValue.valid_to >= by.today))
    if dimension is not None:
        query = query.where(ChartValue.dimension == dimension)
    if text.strip():
        query = query.where(
            or_(
                ChartValue.value.startswith(text.strip(), autoescape=True),
                ChartValue.name.icontains(text.strip(), autoescape=True),
            )
        )
    ordered = query.order_by(ChartValue.dimension, ChartValue.value, ChartValue.id)
    return list(session.scalars(ordered.limit(limit).offset(offset)))


def set_chart_value(
    session: Session, dimension: str, value: str, name: str, start: date | None, by: Actor
) -> ChartValue:
    """A value is added from `start` (today unless said), or is called something else from then on.

    BadInput `unknown_dimension`, `chart_value_incomplete`, `period_reversed` for a start before the one it has, `chart_not_loaded`
    where the dimension has no chart: with one value in it, every other would be refused.
    """
    require(by, "manage_finance_rules")
    municipality = the_municipality(session)
    if dimension not in municipality.dimensions:
        raise BadInput("unknown_dimension", name=dimension, expected=list(municipality.dimensions))
    if dimension not in ((municipality.settings.get("coding") or {}).get("chart") or ()):
        raise BadInput("chart_not_loaded", name=dimension)
    if not value.strip() or not name.strip():
        raise BadInput("chart_value_incomplete")
    begins = start or by.today
    for one in _in_force(session, dimension, value.strip(), begins):
        if one.valid_from is not None and one.valid_from > begins:
            raise BadInput("period_reversed", start=begins, end=one.valid_from)
        if one.valid_from == begins:
            session.delete(one)
        else:
            one.valid_to = begins - timedelta(days=1)
    made = ChartValue(
        dimension=dimension,
        value=value.strip()[:40],
        name=name.strip()[:200],
        valid_from=begins,
        valid_to=None,
        source=by.name,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "chart_value_set",
        "municipality",
        by.municipality_id,
        by,
        dimension=dimension,
        value=made.value,
        name=made.name,
    )
    return made


def close_chart_value(session: Session, value_id: int, by: Actor) -> ChartValue:
    """The value is not used from tomorrow; what is posted keeps it. NotFound."""
    require(by, "manage_finance_rules")
    found = session.scalars(select(ChartValue).where(ChartValue.id == value_id)).one_or_none()
    if found is None or (found.valid_to is not None and found.valid_to <= by.today):
        raise NotFound("not_found", thing="ChartValue", key=value_id)
    found.valid_to = by.today
    audit.record(
        session,
        "chart_value_closed",
        "municipality",
        by.municipality_id,
        by,
        dimension=found.dimension,
        value=found.value,
    )
    return found


def _in_force(session: Session, dimension: str, value: str, on: date) -> Sequence[ChartValue]:
    return session.scalars(
        select(ChartValue).where(
            ChartValue.dimension == dimension,
            ChartValue.value == value,
            or_(ChartValue.valid_to.is_(None), ChartValue.valid_to >= on),
        )
    ).all()
