"""Account coding: the municipality's chart, the rules for the art, the refund of VAT, and the authorised account string. Dated tables.

Coding of an invoice comes from its order; without one it is proposed from history (supplier, person reference, the accounting cost that
the supplier repeats) and decided by a person. `allocation.entries` does the arithmetic.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final, Protocol

from sqlalchemy import Date, Index, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.amounts import exact
from eshop.db import Base, Owned, id_column, insert_rows
from eshop.errors import BadInput
from eshop.identity import Actor, Institution, require, the_municipality
from invoicing.allocation import ART, ArtRule, CodingRules
from invoicing.invoices import Invoice

ACCOUNT_WIDTH: Final = 16
"""Positions of the authorised account string where the municipality's settings (`account_widths`) say nothing else."""


class Ledger(Protocol):
    """What coding needs of the municipality. `settings["coding"]` says which tables of its own it has loaded, so that nobody looks
    into empty ones: {"arts": true, "refunds": true, "chart": [dimensions]}."""

    @property
    def dimensions(self) -> Sequence[str]: ...
    @property
    def default_coding(self) -> Mapping[str, str]: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


def _loaded(municipality: Ledger, table: str) -> Any:
    return (municipality.settings.get("coding") or {}).get(table)


def _note_loaded(session: Session, table: str, what: Any) -> None:
    municipality = the_municipality(session)
    told = dict(municipality.settings.get("coding") or {})
    municipality.settings = {**municipality.settings, "coding": {**told, table: what}}
    session.info.pop("coding_rules", None)
    session.flush()


class ChartValue(Owned, Base):
    """A value of a dimension that may be used from a day to a day, and where the chart came from."""

    __tablename__ = "chart_value"
    found_otherwise = True
    __table_args__ = (Index("ix_chart_value_dimension", "municipality_id", "dimension", "value"),)
    id: Mapped[int] = id_column()
    dimension: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str]


class ArtRow(Owned, Base):
    """An art rule of the municipality's own; it goes before the shipped ones with the same prefix."""

    __tablename__ = "art_rule"
    id: Mapped[int] = id_column()
    prefix: Mapped[str] = mapped_column(String(8))
    vat: Mapped[str] = mapped_column(String(7))
    art: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str]


class VatRefund(Owned, Base):
    """How much of the VAT is refunded to the municipality (momsrefusion) on arts that begin so."""

    __tablename__ = "vat_refund"
    id: Mapped[int] = id_column()
    art: Mapped[str] = mapped_column(String(10))
    percent: Mapped[Decimal]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str]


@cache
def shipped_arts() -> tuple[ArtRule, ...]:
    """art-rules.csv: dated, with its source in its first line."""
    text = files("invoicing").joinpath("art-rules.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(ArtRule(row["prefix"], row["vat"], row["art"], row["because"]) for row in rows)


def _in_force(table: Any, on: date) -> list[Any]:
    return [
        or_(table.valid_from.is_(None), table.valid_from <= on),
        or_(table.valid_to.is_(None), table.valid_to >= on),
    ]


def coding_rules(session: Session, municipality: Ledger, on: date) -> CodingRules:
    """What the municipality codes by on the day; its own art rules before the shipped ones. Looked up once per session and day."""
    known: dict[date, CodingRules] = session.info.setdefault("coding_rules", {})
    if on in known:
        return known[on]
    own: tuple[ArtRule, ...] = ()
    if ART in municipality.dimensions and _loaded(municipality, "arts"):
        rows = session.execute(select(ArtRow.prefix, ArtRow.vat, ArtRow.art).where(*_in_force(ArtRow, on)))
        own = tuple(ArtRule(row.prefix, row.vat, row.art, "art_own_rule") for row in rows)
    refunds: dict[str, Decimal] = {}
    if _loaded(municipality, "refunds"):
        refunds = dict(session.execute(select(VatRefund.art, VatRefund.percent).where(*_in_force(VatRefund, on))).all())
    taken = {rule.prefix for rule in own}
    shipped = tuple(rule for rule in shipped_arts() if rule.prefix not in taken) if taken else shipped_arts()
    known[on] = CodingRules(tuple(municipality.dimensions), municipality.default_coding, own + shipped, refunds)
    return known[on]


def load_chart(session: Session, rows: Iterable[Mapping[str, Any]], source: str, by: Actor) -> int:
    """Values of the chart of accounts: dimension, value, name, from, to. What was there before ends the day before; returns how many."""
    require(by, "manage_finance_rules")
    listed = [dict(row) for row in rows]
    for row in listed:
        if not row.get("dimension") or not row.get("value"):
            raise BadInput("missing_field", field="dimension, value", where="chart")
    for dimension in {str(row["dimension"]) for row in listed}:
        begins = [_day(row.get("from")) for row in listed if str(row["dimension"]) == dimension]
        _end_before(session, ChartValue, begins, by, ChartValue.dimension == dimension)
    insert_rows(
        session,
        ChartValue,
        [
            {
                "municipality_id": by.municipality_id,
                "dimension": str(row["dimension"]),
                "value": str(row["value"]),
                "name": str(row.get("name") or row["value"]),
                "valid_from": _day(row.get("from")),
                "valid_to": _day(row.get("to")),
                "source": source,
            }
            for row in listed
        ],
    )
    before = (the_municipality(session).settings.get("coding") or {}).get("chart") or ()
    _note_loaded(session, "chart", sorted({*before, *(str(row["dimension"]) for row in listed)}))
    return len(listed)


def load_art_rules(session: Session, rows: Iterable[Mapping[str, Any]], source: str, by: Actor) -> int:
    """Art rules: prefix, vat (with, without, any), art, from, to."""
    require(by, "manage_finance_rules")
    listed = list(rows)
    for row in listed:
        if str(row.get("vat", "any")) not in ("with", "without", "any") or not row.get("art"):
            raise BadInput("art_rule_incomplete", prefix=str(row.get("prefix")))
    _end_before(session, ArtRow, [_day(row.get("from")) for row in listed], by)
    insert_rows(
        session,
        ArtRow,
        [
            {
                "municipality_id": by.municipality_id,
                "prefix": str(row["prefix"]),
                "vat": str(row.get("vat", "any")),
                "art": str(row["art"]),
                "valid_from": _day(row.get("from")),
                "valid_to": _day(row.get("to")),
                "source": source,
            }
            for row in listed
        ],
    )
    _note_loaded(session, "arts", True)
    return len(listed)


def load_vat_refunds(session: Session, rows: Iterable[Mapping[str, Any]], source: str, by: Actor) -> int:
    """How much VAT is refunded: art (its beginning), percent, from, to."""
    require(by, "manage_finance_rules")
    listed = list(rows)
    for row in listed:
        if not row.get("art") or not row.get("percent"):
            raise BadInput("missing_field", field="art, percent", where="vat refunds")
    _end_before(session, VatRefund, [_day(row.get("from")) for row in listed], by)
    insert_rows(
        session,
        VatRefund,
        [
            {
                "municipality_id": by.municipality_id,
                "art": str(row["art"]),
                "percent": exact(str(row["percent"])),
                "valid_from": _day(row.get("from")),
                "valid_to": _day(row.get("to")),
                "source": source,
            }
            for row in listed
        ],
    )
    _note_loaded(session, "refunds", True)
    return len(listed)


def _end_before(session: Session, table: Any, begins: Iterable[date | None], by: Actor, *of: Any) -> None:
    """What is in force of the table ends the day before the new rows begin: the first day they name, or today."""
    last = min((day for day in begins if day is not None), default=by.today) - timedelta(days=1)
    session.execute(
        update(table)
        .where(*of, or_(table.valid_to.is_(None), table.valid_to > last))
        .values(valid_to=last)
        .execution_options(synchronize_session=False)
    )


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput("chart_day_unreadable", field="from, to", value=str(value), where="chart") from error


def refused_values(session: Session, municipality: Ledger, codings: Iterable[Mapping[str, str]], on: date) -> list[str]:
    """'dimension value' of what the loaded chart does not hold on the day. A dimension without a loaded chart takes any value."""
    charted = set(_loaded(municipality, "chart") or ())
    used = {(name, value) for coding in codings for name, value in coding.items() if name in charted} if charted else ()
    if not used:
        return []
    rows = session.execute(
        select(ChartValue.dimension, ChartValue.value).where(
            ChartValue.dimension.in_(charted),
            ChartValue.value.in_({value for _, value in used}),
            *_in_force(ChartValue, on),
        )
    )
    allowed = {(name, value) for name, value in rows}
    return sorted(f"{name} {value}" for name, value in used if (name, value) not in allowed)


def account_string(coding: Mapping[str, str], municipality: Ledger) -> str:
    """The authorised account string: the dimensions in order, digits and letters only, each padded to its width.

    {'function': '5.25.14.1', 'cost_centre': '9999', 'art': '2.9'} → '525141' + '9999' + '29' → '5251419999290000' (16 positions).
    """
    widths: Mapping[str, int] = municipality.settings.get("account_widths") or {}
    parts = []
    for name in municipality.dimensions:
        plain = "".join(character for character in coding.get(name, "") if character.isalnum())
        parts.append(plain.ljust(int(widths[name]), "0") if name in widths else plain)
    return "".join(parts).ljust(ACCOUNT_WIDTH, "0")


def validated(
    session: Session, parts: Sequence[Mapping[str, Any]], municipality: Ledger, on: date
) -> list[dict[str, Any]]:
    """A coding that a person gives, [{"share", "coding"}], ready to use. BadInput `shares_not_whole`, `dimension_unknown`,
    `coding_not_in_chart`."""
    listed = [{"share": str(part.get("share", "100")), "coding": dict(part.get("coding") or {})} for part in parts]
    if not listed or sum(exact(part["share"]) for part in listed) != 100:
        raise BadInput("shares_not_whole", total=str(sum((exact(part["share"]) for part in listed), Decimal(0))))
    for part in listed:
        for name in part["coding"]:
            if name not in municipality.dimensions:
                raise BadInput("dimension_unknown", dimension=name, known=list(municipality.dimensions))
    if refused := refused_values(session, municipality, [part["coding"] for part in listed], on):
        raise BadInput("coding_not_in_chart", values=list(refused))
    return listed


def proposed_coding(session: Session, invoice: Invoice) -> tuple[dict[str, str], str]:
    """The coding an invoice without order is proposed, and why: what the supplier's invoices for the institution were coded as before,
    most often first; else for the supplier; else the institution's, else the municipality's usual."""
    return proposed_codings(session, [invoice])[invoice.id]


def proposed_codings(session: Session, invoices: Sequence[Invoice]) -> dict[int, tuple[dict[str, str], str]]:
    """`proposed_coding` of many, by invoice id, in two queries."""
    usual = dict(the_municipality(session).default_coding)
    places: dict[int | None, Mapping[str, str]] = dict(
        session.execute(
            select(Institution.id, Institution.coding).where(
                Institution.id.in_({one.institution_id for one in invoices})
            )
        ).all()
    )
    before = session.execute(
        select(
            Invoice.supplier_id,
            Invoice.institution_id,
            Invoice.person_reference,
            Invoice.accounting_cost,
            Invoice.coding,
        )
        .where(
            Invoice.supplier_id.in_({one.supplier_id for one in invoices if one.supplier_id is not None}),
            Invoice.state == "posted",
            Invoice.coding.is_not(None),
        )
        .order_by(Invoice.id.desc())
        .limit(_MOST_HISTORY)
    ).all()
    found = {}
    for invoice in invoices:
        general = usual | dict(places.get(invoice.institution_id) or {})
        coding, because = _most_often(invoice, [row for row in before if row.supplier_id == invoice.supplier_id])
        found[invoice.id] = ({**general, **coding}, because)
    return found


def _most_often(invoice: Invoice, before: Sequence[Any]) -> tuple[dict[str, str], str]:
    """What the nearest of the supplier's earlier invoices were coded as, the newest twenty of them counting."""
    ladder = (
        ("proposed_by_person_reference", "person_reference", invoice.person_reference),
        ("proposed_by_accounting_cost", "accounting_cost", invoice.accounting_cost),
        ("proposed_by_institution", "institution_id", invoice.institution_id),
        ("proposed_by_supplier", "supplier_id", invoice.supplier_id),
    )
    for because, name, value in ladder:
        near = [row for row in before if value is not None and getattr(row, name) == value][:20]
        seen = Counter(tuple(sorted(part["coding"].items())) for row in near for part in (row.coding or ())[:1])
        if seen:
            return dict(seen.most_common(1)[0][0]), because
    return {}, "proposed_by_default"


_MOST_HISTORY: Final = 1000
"""Earlier invoices that proposals look at, the newest first."""


def chart_values(session: Session, on: date) -> dict[str, list[tuple[str, str]]]:
    """Dimension → (value, name) of the loaded chart on the day, by value; a dimension without a chart is left out."""
    rows = session.execute(
        select(ChartValue.dimension, ChartValue.value, ChartValue.name)
        .where(*_in_force(ChartValue, on))
        .order_by(ChartValue.dimension, ChartValue.value)
        .limit(5000)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for dimension, value, name in rows:
        found.setdefault(dimension, []).append((value, name))
    return found
