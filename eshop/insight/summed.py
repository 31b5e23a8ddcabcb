"""What has been posted, summed by agreement, item group and day, and by month, so that two years are read without their lines.

Intake writes nothing for it. An event of the audit trail is sealed once, by one who seals at a time, after it was committed: what the
seals since the last count say was posted is added to the sums, and a day on which a posting was taken back is summed anew. What is not
counted yet is added from its lines when the sums are read, so they are always right; a property test holds them to the lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    PrimaryKeyConstraint,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

import invoicing
import ordering
from eshop.amounts import Amount
from eshop.audit import AuditEvent, AuditSeal
from eshop.db import Base, Owned, lock, merge_rows, scope_of

NO_AGREEMENT: Final = 0
NO_GROUP: Final = ""
FEW: Final = 500
"""Invoices not yet counted that are told one by one, so that the database looks at them and at nothing else."""
_DAY: Final = timedelta(days=1)

Sums = dict[tuple[int, str, date], int]
"""(agreement or NO_AGREEMENT, UNSPSC or NO_GROUP, day) → øre, fees left out, a credit note's negative."""


class SpendSum(Owned, Base):
    """What was bought of an item group on an agreement (0: on none) on a day, or in the month that begins on it."""

    __tablename__ = "spend_sum"
    found_otherwise = True
    __table_args__ = (
        PrimaryKeyConstraint("municipality_id", "span", "start", "agreement_id", "unspsc"),
        {"sqlite_with_rowid": False},
    )
    span: Mapped[str] = mapped_column(String(5))
    start: Mapped[date] = mapped_column(Date)
    agreement_id: Mapped[int] = mapped_column(autoincrement=False)
    unspsc: Mapped[str] = mapped_column(String(8))
    amount: Mapped[Amount]


class SpendCount(Owned, Base):
    """How far a municipality's sums go: the last seal whose events are in them."""

    __tablename__ = "spend_count"
    found_otherwise = True
    __table_args__ = (PrimaryKeyConstraint("municipality_id"),)
    seal_id: Mapped[int]


_COLUMNS: Final = ("municipality_id", "span", "start", "agreement_id", "unspsc", "amount")
_ADDED: Final = "amount = spend_sum.amount + excluded.amount"


def count_spend(session: Session) -> None:
    """Adds what has been sealed since the last time; two who count at once wait for each other. For the worker, after it has sealed."""
    municipality_id = scope_of(session)
    assert isinstance(municipality_id, int)
    first = [(municipality_id, 0)]
    merge_rows(session, SpendCount, ("municipality_id", "seal_id"), first, "seal_id = spend_count.seal_id")
    done = lock(session, SpendCount, municipality_id)
    until = session.scalar(select(func.max(AuditSeal.id))) or 0
    if until == done.seal_id:
        return
    fresh = and_(AuditEvent.seal_id > done.seal_id, AuditEvent.seal_id <= until)
    waiting = or_(AuditEvent.seal_id.is_(None), AuditEvent.seal_id > until)
    again = _days_taken_back(session, fresh)
    change = _from_lines(session, _told("invoice_posted", fresh), invoicing.Invoice.issue_date.not_in(again))
    for key, ore in _corrections(session, again, waiting).items():
        change[key] = change.get(key, 0) + ore
    merge_rows(session, SpendSum, _COLUMNS, list(_rows(municipality_id, change)), _ADDED)
    done.seal_id = until
    session.flush()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row, both ends inside, within which it does not matter on which day something was bought."""

    start: date
    end: date


def spend_within(session: Session, stretches: Iterable[Stretch]) -> dict[tuple[int, str, date], int]:
    """What was bought in each stretch: as `Sums`, with the stretch's first day as the day. They do not overlap and come in their order."""
    wanted = tuple(stretches)
    while True:
        until = _counted_until(session)
        found = _within(session, wanted, until)
        if _counted_until(session) == until:  # else somebody has counted while we read: read again
            return found


def _counted_until(session: Session) -> int:
    return session.scalar(select(SpendCount.seal_id)) or 0


def _within(session: Session, wanted: tuple[Stretch, ...], until: int) -> Sums:
    waiting = or_(AuditEvent.seal_id.is_(None), AuditEvent.seal_id > until)
    found = _kept(session, wanted)
    few = session.scalars(_telling("invoice_posted", waiting).distinct().limit(FEW + 1)).all()
    late: Sums = {}
    if few:
        posted = invoicing.Invoice.id.in_(few) if len(few) <= FEW else _told("invoice_posted", waiting)
        days = invoicing.Invoice.issue_date.between(wanted[0].start, wanted[-1].end)
        late = _from_lines(session, posted, days)
    for key, ore in _corrections(session, _days_taken_back(session, waiting), waiting).items():
        late[key] = late.get(key, 0) + ore
    for (agreement_id, unspsc, day), ore in late.items():
        stretch = next((one for one in wanted if one.start <= day <= one.end), None)
        if stretch is not None:
            place = agreement_id, unspsc, stretch.start
            found[place] = found.get(place, 0) + ore
    return found


def _rows(municipality_id: int, change: Mapping[tuple[int, str, date], int]) -> Iterable[tuple[Any, ...]]:
    months: Sums = {}
    for (agreement_id, unspsc, day), ore in change.items():
        if ore:
            yield municipality_id, "day", day.isoformat(), agreement_id, unspsc, ore
            month = agreement_id, unspsc, day.replace(day=1)
            months[month] = months.get(month, 0) + ore
    for (agreement_id, unspsc, month), ore in months.items():
        if ore:
            yield municipality_id, "month", month.isoformat(), agreement_id, unspsc, ore


def _told(event: str, when: ColumnElement[bool]) -> ColumnElement[bool]:
    """The invoices of which the trail says so in those seals."""
    return invoicing.Invoice.id.in_(_telling(event, when))


def _telling(event: str, when: ColumnElement[bool]) -> Select[int]:
    return select(AuditEvent.thing_id).where(when, AuditEvent.event == event, AuditEvent.thing_type == "invoice")


def _days_taken_back(session: Session, when: ColumnElement[bool]) -> list[date]:
    return list(session.scalars(select(invoicing.Invoice.issue_date).where(_told("posting_reversed", when)).distinct()))


def _corrections(session: Session, days: list[date], waiting: ColumnElement[bool]) -> Sums:
    """What is missing in the kept sums of these days, or too much: a posting that waits to be added is not missing."""
    if not days:
        return {}
    found = _from_lines(session, invoicing.Invoice.issue_date.in_(days), ~_told("invoice_posted", waiting))
    for agreement_id, unspsc, day, amount in session.execute(
        select(SpendSum.agreement_id, SpendSum.unspsc, SpendSum.start, SpendSum.amount).where(
            SpendSum.span == "day", SpendSum.start.in_(days)
        )
    ):
        key = agreement_id, unspsc, day
        found[key] = found.get(key, 0) - amount.ore
    return found


def _signed(amount: Any) -> ColumnElement[int]:
    """Whole øre; a credit note's are negative."""
    ore = type_coerce(amount, BigInteger)
    return func.sum(case((invoicing.Invoice.kind == "credit_note", -ore), else_=ore))


def _from_lines(session: Session, *which: ColumnElement[bool]) -> Sums:
    """The sums of the posted invoices that these conditions tell: each line on the agreement of its order, the rest of it on none."""
    invoice, line, match, order = (
        invoicing.Invoice, invoicing.InvoiceLine, invoicing.InvoiceMatch, ordering.PurchaseOrder,
    )  # fmt: skip
    counts = (invoice.state == "posted", line.status != "fee", *which)
    found: Sums = {}
    for unspsc, day, ore in session.execute(
        select(line.unspsc, invoice.issue_date, _signed(line.amount))
        .join(invoice, invoice.id == line.invoice_id)
        .where(*counts)
        .group_by(line.unspsc, invoice.issue_date)
    ):
        found[NO_AGREEMENT, unspsc or NO_GROUP, day] = int(ore)
    on_agreements: Any = session.execute(
        select(order.agreement_id, line.unspsc, invoice.issue_date, _signed(match.amount))
        .select_from(match)
        .join(invoice, invoice.id == match.invoice_id)
        .join(order, order.id == match.order_id)
        .join(line, (line.invoice_id == match.invoice_id) & (line.position == match.position))
        .where(*counts, order.agreement_id.is_not(None))
        .group_by(order.agreement_id, line.unspsc, invoice.issue_date)
    )
    for agreement_id, unspsc, day, ore in on_agreements:
        on, none = (agreement_id, unspsc or NO_GROUP, day), (NO_AGREEMENT, unspsc or NO_GROUP, day)
        found[on] = found.get(on, 0) + int(ore)
        found[none] = found.get(none, 0) - int(ore)
    return found


def _kept(session: Session, stretches: tuple[Stretch, ...]) -> Sums:
    """Whole months by their month, the days at a stretch's ends by their day; one query."""
    months: list[date] = []
    ends: list[tuple[date, date]] = []
    for one in stretches:
        whole = list(_whole_months(one))
        months += whole
        if not whole:
            ends.append((one.start, one.end))
            continue
        if one.start < whole[0]:
            ends.append((one.start, whole[0] - _DAY))
        after = _next_month(whole[-1])
        if after <= one.end:
            ends.append((after, one.end))
    place: Any = case(
        *((SpendSum.start <= one.end, literal(number)) for number, one in enumerate(stretches)), else_=literal(-1)
    )
    rows = session.execute(
        select(place, SpendSum.agreement_id, SpendSum.unspsc, func.sum(type_coerce(SpendSum.amount, BigInteger)))
        .where(
            or_(
                and_(SpendSum.span == "month", SpendSum.start.in_(months)),
                *(and_(SpendSum.span == "day", SpendSum.start.between(*one)) for one in ends),
            )
        )
        .group_by(place, SpendSum.agreement_id, SpendSum.unspsc)
    )
    return {(agreement_id, unspsc, stretches[number].start): int(ore) for number, agreement_id, unspsc, ore in rows}


def _whole_months(stretch: Stretch) -> Iterable[date]:
    month = stretch.start if stretch.start.day == 1 else _next_month(stretch.start)
    while _next_month(month) - _DAY <= stretch.end:
        yield month
        month = _next_month(month)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
