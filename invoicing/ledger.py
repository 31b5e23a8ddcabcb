"""The postings as they are looked through: by month, batch and words, each with its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from eshop.amounts import NOTHING, Amount
from eshop.identity import Actor, require
from invoicing.invoices import Invoice
from invoicing.posting import BatchItem, Posting, PostingBatch, PostingLine

MOST: Final = 20_000
"""Postings that one answer holds at most."""


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting with its lines, the number of its batch (None: it waits for one), and whether another takes it back."""

    posting: Posting
    number: str
    supplier_cvr: str | None
    lines: tuple[PostingLine, ...]
    batch: int | None
    reversed: bool

    @property
    def balance(self) -> Amount:
        """The sum of the lines: nothing, always."""
        return Amount.sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the filters leave: how many postings, their sum, and the rows of the page, the newest first."""

    count: int
    total: Amount
    rows: tuple[PostingRow, ...]


def look_through(
    session: Session,
    by: Actor,
    *,
    period: str | None = None,
    batch: int | None = None,
    waiting: bool = False,
    text: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Ledger:
    """Postings of a month ('2026-05'), of a batch, or that wait for one; `text` is looked for in supplier and number. Five queries."""
    require(by, "see_postings")
    query = _narrowed(period, batch, waiting, text)
    count, ore = session.execute(
        select(func.count(Posting.id), func.sum(Posting.gross)).where(
            Posting.id.in_(query.with_only_columns(Posting.id))
        )
    ).one()
    postings = list(
        session.scalars(
            query.order_by(Posting.posted_on.desc(), Posting.id.desc()).limit(min(limit, MOST)).offset(offset)
        )
    )
    return Ledger(int(count), _total(ore), tuple(_rows(session, postings)))


def _total(summed: object) -> Amount:
    """The sum as the database gives it: an Amount where the column's type is kept, else whole øre."""
    if summed is None:
        return NOTHING
    return summed if isinstance(summed, Amount) else Amount(int(str(summed)))


def _narrowed(period: str | None, batch: int | None, waiting: bool, text: str) -> Select[Posting]:
    query = select(Posting)
    if period:
        query = query.where(Posting.period == period)
    if batch is not None:
        inside = select(BatchItem.posting_id).join(PostingBatch, PostingBatch.id == BatchItem.batch_id)
        query = query.where(Posting.id.in_(inside.where(PostingBatch.number == batch)))
    if waiting:
        batched = select(BatchItem.live_posting_id).where(BatchItem.live_posting_id.is_not(None))
        query = query.where(Posting.id.not_in(batched))
    if text:
        # As typed too: SQLite knows no small Ø.
        lowered = func.lower(Posting.text).contains(text.lower(), autoescape=True)
        query = query.where(or_(lowered, Posting.text.contains(text, autoescape=True)))
    return query


def _rows(session: Session, postings: Sequence[Posting]) -> list[PostingRow]:
    lines: dict[int, list[PostingLine]] = {}
    batches: dict[int, int] = {}
    reversed_ids: set[int] = set()
    told: dict[int, tuple[str, str | None]] = {}
    for start in range(0, len(postings), 500):
        some = postings[start : start + 500]
        ids = [one.id for one in some]
        for line in session.scalars(
            select(PostingLine)
            .where(PostingLine.posting_id.in_(ids))
            .order_by(PostingLine.posting_id, PostingLine.position)
        ):
            lines.setdefault(line.posting_id, []).append(line)
        batches |= _batch_numbers(session, ids)
        reversed_ids |= {
            one
            for one in session.scalars(select(Posting.reverses_id).where(Posting.reverses_id.in_(ids)))
            if one is not None
        }
        told |= {
            key: (number, cvr)
            for key, number, cvr in session.execute(
                select(Invoice.id, Invoice.number, Invoice.supplier_cvr).where(
                    Invoice.id.in_({one.invoice_id for one in some})
                )
            )
        }
    return [
        PostingRow(
            one,
            told[one.invoice_id][0],
            told[one.invoice_id][1],
            tuple(lines.get(one.id, ())),
            batches.get(one.id),
            one.id in reversed_ids,
        )
        for one in postings
    ]


def _batch_numbers(session: Session, ids: Sequence[int]) -> Mapping[int, int]:
    """Posting id → the number of the batch that stands."""
    rows = session.execute(
        select(BatchItem.live_posting_id, PostingBatch.number)
        .join(PostingBatch, PostingBatch.id == BatchItem.batch_id)
        .where(BatchItem.live_posting_id.in_(ids))
    )
    return {posting_id: number for posting_id, number in rows if posting_id is not None}


def posting_periods(session: Session) -> list[str]:
    """The months that have postings, the newest first."""
    return list(session.scalars(select(Posting.period).distinct().order_by(Posting.period.desc())))


def count_waiting_postings(session: Session) -> tuple[int, Amount]:
    """How many postings are in no batch that stands, and their sum."""
    query = _narrowed(None, None, waiting=True, text="")
    count, ore = session.execute(
        select(func.count(Posting.id), func.sum(Posting.gross)).where(
            Posting.id.in_(query.with_only_columns(Posting.id))
        )
    ).one()
    return int(count), _total(ore)
