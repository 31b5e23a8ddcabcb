"""What is posted: balanced, frozen, corrected by reversal only; and the batches in which the ledger gets it.

A posting is written once. The model itself refuses to change or delete it, whatever code tries: through the unit of work or by a bulk
statement. A mistake is corrected by a posting with the signs turned. A batch is a numbered file whose bytes are kept; it is
acknowledged by the ledger, or taken back whole, and then its postings go out with the next one.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Integer, LargeBinary, String, UniqueConstraint, event, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, ORMExecuteState, Session, deferred, mapped_column

import ordering
from eshop import audit
from eshop.amounts import NOTHING, Amount
from eshop.db import Base, JsonType, Owned, id_column, insert_rows, lock, put, write_rows
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import Actor, Municipality, require, the_municipality
from invoicing.allocation import Entry
from invoicing.coding import Ledger, account_string
from invoicing.invoices import INVOICE, Invoice, InvoiceMatch, InvoiceNote, held
from invoicing.ledger_files import FORMATS, LedgerLine
from invoicing.matching import HAIR
from invoicing.precedents import home


class Posting(Owned, Base):
    """An invoice in the ledger, or the reversal of one (`reverses_id`). `gross` is what the creditor is owed, negative on a credit
    note or reversal. `period` is the month it belongs to."""

    __tablename__ = "posting"
    found_otherwise = True
    id: Mapped[int] = id_column()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("posting.id"), unique=True)
    posted_on: Mapped[date] = mapped_column(Date, index=True)
    period: Mapped[str] = mapped_column(String(7))
    gross: Mapped[Amount]
    currency: Mapped[str] = mapped_column(String(3))
    text: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class PostingLine(Owned, Base):
    """A debit (positive) or credit on an account. `kind`: expense, vat, creditor, rounding, prepaid. `because` says why this coding."""

    __tablename__ = "posting_line"
    found_otherwise = True
    id: Mapped[int] = id_column()
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    coding: Mapped[dict[str, str]] = mapped_column(JsonType)
    account: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Amount]
    because: Mapped[list[str]] = mapped_column(JsonType, default=list)


@event.listens_for(Posting, "before_update")
@event.listens_for(Posting, "before_delete")
@event.listens_for(PostingLine, "before_update")
@event.listens_for(PostingLine, "before_delete")
def _frozen(_mapper: Mapper[Any], _connection: Connection, _row: Any) -> None:
    raise Conflict("posted_is_frozen")


@event.listens_for(Session, "do_orm_execute")
def _frozen_in_bulk(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    if state.bind_mapper.class_ in (Posting, PostingLine):
        raise Conflict("posted_is_frozen")


class PostingBatch(Owned, Base):
    """A file for the ledger. `state`: exported, acknowledged, taken_back. `body` is the file, byte for byte."""

    __tablename__ = "posting_batch"
    __table_args__ = (UniqueConstraint("municipality_id", "number"),)
    id: Mapped[int] = id_column()
    number: Mapped[int] = mapped_column(Integer)
    format: Mapped[str] = mapped_column(String(5))
    state: Mapped[str] = mapped_column(String(12), default="exported")
    postings: Mapped[int] = mapped_column(Integer)
    total: Mapped[Amount]
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class BatchItem(Owned, Base):
    """That a posting is in a batch. `live_posting_id` is emptied when the batch is taken back, so that a posting is in one batch only."""

    __tablename__ = "posting_batch_item"
    id: Mapped[int] = id_column()
    batch_id: Mapped[int] = mapped_column(ForeignKey("posting_batch.id"), index=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"), index=True)
    live_posting_id: Mapped[int | None] = mapped_column(ForeignKey("posting.id"), unique=True)


# --- posting ------------------------------------------------------------------------------------------------------------


def write_posting(session: Session, invoice: Invoice, entries: Sequence[Entry], municipality: Ledger, by: Actor) -> int:
    """Writes the posting of an invoice and returns its id. ValueError for entries that do not balance: a mistake of ours, not the
    supplier's."""
    if Amount.sum(entry.amount for entry in entries) != NOTHING:
        raise ValueError(f"entries of invoice {invoice.id} do not balance")
    gross = -Amount.sum(entry.amount for entry in entries if entry.kind == "creditor")
    text = f"{invoice.supplier_name} {invoice.number}"
    posting_id = _insert(session, invoice, gross, text, None, by)
    _insert_lines(
        session,
        posting_id,
        [(entry.kind, dict(entry.coding), entry.amount, list(entry.because)) for entry in entries],
        municipality,
    )
    return posting_id


def _insert(session: Session, invoice: Invoice, gross: Amount, text: str, reverses: int | None, by: Actor) -> int:
    posting = Posting(
        invoice_id=invoice.id,
        reverses_id=reverses,
        posted_on=by.today,
        period=by.today.isoformat()[:7],
        gross=gross,
        currency=invoice.currency,
        text=text,
        user_id=by.user_id,
        at=by.at,
    )
    return put(session, posting).id


def _insert_lines(
    session: Session,
    posting_id: int,
    lines: Sequence[tuple[str, dict[str, str], Amount, list[str]]],
    municipality: Ledger,
) -> None:
    write_rows(
        session,
        PostingLine,
        [
            {
                "posting_id": posting_id,
                "position": position,
                "kind": kind,
                "coding": coding,
                "account": account_string(coding, municipality) if coding else "",
                "amount": amount,
                "because": because,
            }
            for position, (kind, coding, amount, because) in enumerate(lines, start=1)
        ],
    )


def posting_of(session: Session, invoice: Invoice) -> Posting | None:
    """The posting of the invoice that stands: not reversed, and no reversal."""
    reversed_ids = select(Posting.reverses_id).where(Posting.reverses_id.is_not(None))
    return session.scalars(
        select(Posting)
        .where(Posting.invoice_id == invoice.id, Posting.reverses_id.is_(None), Posting.id.not_in(reversed_ids))
        .order_by(Posting.id.desc())
        .limit(1)
    ).one_or_none()


def postings_of(session: Session, invoice: Invoice) -> list[Posting]:
    """Everything posted on the invoice, reversals too, oldest first."""
    return list(session.scalars(select(Posting).where(Posting.invoice_id == invoice.id).order_by(Posting.id)))


def posting_lines(session: Session, posting: Posting) -> list[PostingLine]:
    return list(
        session.scalars(select(PostingLine).where(PostingLine.posting_id == posting.id).order_by(PostingLine.position))
    )


def take_back_posting(session: Session, invoice: Invoice, reason: str, by: Actor) -> Invoice:
    """A posting with the signs turned; the invoice waits again, and its quantities may be invoiced again. See `controlling.reverse`."""
    require(by, "decide_invoice")
    if not reason.strip():
        raise BadInput("decision_reason_missing")
    invoice = held(session, invoice)
    standing = posting_of(session, invoice)
    if standing is None:
        raise Conflict("not_now", thing="invoice", verb="reverse", state=invoice.state)
    credited = session.scalar(
        select(Invoice.number).where(Invoice.credits_id == invoice.id, Invoice.state == "posted").limit(1)
    )
    if credited is not None:
        raise Conflict("credited_already", number=credited)
    if invoice.is_credit:
        _refuse_if_invoiced_anew(session, invoice)
    lines = posting_lines(session, standing)
    reversal = _insert(session, invoice, -standing.gross, standing.text, standing.id, by)
    turned = [(line.kind, dict(line.coding), -line.amount, list(line.because)) for line in lines]
    _insert_lines(session, reversal, turned, home(session))
    _count_on_orders(session, invoice, by, -1)
    invoice.state = INVOICE.after(invoice.state, "reverse")
    invoice.outcome, invoice.posted_at, invoice.deviation, invoice.touched = "held", None, None, True
    session.flush()
    why = InvoiceNote(
        invoice_id=invoice.id,
        kind="reverse",
        text=reason.strip(),
        user_id=by.user_id,
        on_behalf_of=by.on_behalf_of,
        at=by.at,
    )
    session.add(why)
    session.flush()
    audit.record(session, "posting_reversed", "invoice", invoice.id, by, reason=reason.strip()[:200])
    return invoice


def _refuse_if_invoiced_anew(session: Session, credit: Invoice) -> None:
    """What a credit note gave back and has been invoiced once more since would be paid twice without it."""
    back: dict[int, Any] = {}
    for line, quantity in session.execute(
        select(InvoiceMatch.order_line_id, InvoiceMatch.quantity).where(InvoiceMatch.invoice_id == credit.id)
    ):
        back[line] = back.get(line, 0) + quantity
    for order in ordering.order_pictures(session, credit.order_ids):
        for line in order.lines:
            if line.id in back and line.invoiced + back[line.id] > line.agreed + HAIR:
                raise Conflict("invoiced_anew", number=order.number)


def _count_on_orders(session: Session, invoice: Invoice, by: Actor, sign: int) -> None:
    quantities: dict[int, Any] = {}
    for line, quantity in session.execute(
        select(InvoiceMatch.order_line_id, InvoiceMatch.quantity).where(InvoiceMatch.invoice_id == invoice.id)
    ):
        quantities[line] = quantities.get(line, 0) + quantity
    turn = -sign if invoice.is_credit else sign
    ordering.record_invoiced(session, {line: quantity * turn for line, quantity in quantities.items()}, by, invoice.id)


# --- batches ------------------------------------------------------------------------------------------------------------


def waiting_postings(session: Session) -> list[Posting]:
    """Postings in no batch that stands, oldest first."""
    batched = select(BatchItem.live_posting_id).where(BatchItem.live_posting_id.is_not(None))
    return list(session.scalars(select(Posting).where(Posting.id.not_in(batched)).order_by(Posting.id)))


def export_batch(session: Session, format: str, by: Actor) -> PostingBatch | None:
    """Everything posted and not yet exported as one numbered file; None when there is nothing. BadInput `ledger_format_unknown`."""
    require(by, "export_postings")
    if format not in FORMATS:
        raise BadInput("ledger_format_unknown", value=format, expected=", ".join(FORMATS))
    lock(session, Municipality, by.municipality_id)
    postings = waiting_postings(session)
    if not postings:
        return None
    number = (session.scalar(select(func.max(PostingBatch.number))) or 0) + 1
    municipality = the_municipality(session)
    lines = _ledger_lines(session, postings)
    batch = PostingBatch(
        number=number,
        format=format,
        state="exported",
        postings=len(postings),
        total=Amount.sum(posting.gross for posting in postings),
        body=FORMATS[format](number, lines, municipality.dimensions),
        user_id=by.user_id,
        at=by.at,
    )
    session.add(batch)
    session.flush()
    insert_rows(
        session,
        BatchItem,
        [
            {
                "municipality_id": by.municipality_id,
                "batch_id": batch.id,
                "posting_id": posting.id,
                "live_posting_id": posting.id,
            }
            for posting in postings
        ],
    )
    audit.record(
        session, "batch_exported", "posting_batch", batch.id, by, number=number, postings=len(postings), format=format
    )
    return batch


def _ledger_lines(session: Session, postings: Sequence[Posting]) -> list[LedgerLine]:
    ids = [posting.id for posting in postings]
    rows: dict[int, list[PostingLine]] = {}
    invoices: dict[int, Invoice] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for line in session.scalars(
            select(PostingLine)
            .where(PostingLine.posting_id.in_(some))
            .order_by(PostingLine.posting_id, PostingLine.position)
        ):
            rows.setdefault(line.posting_id, []).append(line)
        wanted = {posting.invoice_id for posting in postings[start : start + 500]}
        invoices |= {one.id: one for one in session.scalars(select(Invoice).where(Invoice.id.in_(wanted)))}
    return [
        LedgerLine(
            posting.id,
            line.position,
            line.kind,
            posting.posted_on,
            posting.period,
            line.account,
            line.coding,
            line.amount,
            posting.currency,
            posting.text,
            invoices[posting.invoice_id].supplier_cvr or "",
            invoices[posting.invoice_id].number,
            " ".join(invoices[posting.invoice_id].order_numbers),
            invoices[posting.invoice_id].due_date,
        )
        for posting in postings
        for line in rows.get(posting.id, ())
    ]


def get_batch(session: Session, number: int) -> PostingBatch:
    """The batch by its number. NotFound `batch_not_found`."""
    found = session.scalars(select(PostingBatch).where(PostingBatch.number == number)).one_or_none()
    if found is None:
        raise NotFound("batch_not_found", number=str(number))
    return found


def batch_bytes(session: Session, batch: PostingBatch, format: str | None = None) -> bytes:
    """The file as it was exported; in another format the same postings, made anew."""
    if format in (None, batch.format):
        return batch.body
    if format not in FORMATS:
        raise BadInput("ledger_format_unknown", value=format, expected=", ".join(FORMATS))
    ids = select(BatchItem.posting_id).where(BatchItem.batch_id == batch.id)
    postings = list(session.scalars(select(Posting).where(Posting.id.in_(ids)).order_by(Posting.id)))
    return FORMATS[format](batch.number, _ledger_lines(session, postings), the_municipality(session).dimensions)


def list_batches(session: Session, limit: int = 50, offset: int = 0) -> list[PostingBatch]:
    return list(session.scalars(select(PostingBatch).order_by(PostingBatch.number.desc()).limit(limit).offset(offset)))


def acknowledge_batch(session: Session, batch: PostingBatch, by: Actor) -> PostingBatch:
    """The ledger has it. Conflict unless it is exported and not taken back."""
    require(by, "export_postings")
    row = lock(session, PostingBatch, batch.id)
    if row.state != "exported":
        raise Conflict("not_now", thing="posting_batch", verb="acknowledge", state=row.state)
    row.state, row.acknowledged_at = "acknowledged", by.at
    session.flush()
    audit.record(session, "batch_acknowledged", "posting_batch", row.id, by, number=row.number)
    return row


def take_back_batch(session: Session, batch: PostingBatch, reason: str, by: Actor) -> PostingBatch:
    """The ledger refused it, or it was a mistake: its postings go out with the next one. The file stays as it was."""
    require(by, "export_postings")
    row = lock(session, PostingBatch, batch.id)
    if row.state != "exported":
        raise Conflict("not_now", thing="posting_batch", verb="take_back", state=row.state)
    if not reason.strip():
        raise BadInput("decision_reason_missing")
    for item in session.scalars(select(BatchItem).where(BatchItem.batch_id == row.id)):
        item.live_posting_id = None
    row.state, row.reason = "taken_back", reason.strip()
    session.flush()
    audit.record(
        session, "batch_taken_back", "posting_batch", row.id, by, number=row.number, reason=reason.strip()[:200]
    )
    return row
