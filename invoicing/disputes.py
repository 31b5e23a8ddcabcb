"""From a deviation to a claim, and the ledger of expected credits.

A claim says which lines, how much, and why; it goes as an answer to the invoice and as a mail in Danish that a person may edit first. What
is expected back stands in øre until the credit note comes: it settles the claim by itself, wholly or in part, and an invoice that
was held for nothing else is posted together with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

import catalogues
import ordering
from eshop import audit, jobs
from eshop.amounts import NOTHING, Amount
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import Actor, require
from eshop.wording import kroner, sentence
from invoicing import kept_findings
from invoicing.answers import answer
from invoicing.excess import Excess, excesses
from invoicing.invoices import INVOICE, Invoice, InvoiceLine, InvoiceNote, held, lines_of, matches_of


class ExpectedCredit(Owned, Base):
    """What a claim expects back. `amount` and `settled` with VAT; `state`: open, settled, withdrawn. `lines`: [{"line", "amount",
    "code"}] net. `text` is the mail as it went."""

    __tablename__ = "expected_credit"
    id: Mapped[int] = id_column()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    amount: Mapped[Amount]
    settled: Mapped[Amount]
    state: Mapped[str] = mapped_column(String(10), default="open", index=True)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JsonType)
    text: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    @property
    def left(self) -> Amount:
        return self.amount - self.settled

    def age(self, today: date) -> int:
        """Days since it was claimed."""
        return (today - self.at.date()).days


FEES: Final = -1
"""In place of a line's position: the fees of the document."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """So much of a line is claimed back, net and with its VAT. `position` None: a fee of the document. `code` says why."""

    position: int | None
    line: str
    name: str
    net: Amount
    gross: Amount
    code: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim before it is sent. `photos` are the pictures of what came damaged or wrong on these lines, which go with the mail; `to` is
    the supplier's mail address, None where we have none and the answer to the invoice alone tells."""

    lines: tuple[ClaimLine, ...]
    amount: Amount
    text: str
    photos: tuple[int, ...] = ()
    to: str | None = None


MAIL: Final = "supplier_mail"
"""The kind of job that carries a mail to a supplier: {"to", "subject", "text", "photos"}."""


def draft_claim(session: Session, invoice: Invoice, positions: Sequence[int] | None = None) -> Claim:
    """What can be claimed on the invoice (on these lines, FEES among them; or on every line that deviates), and the mail in Danish."""
    lines = lines_of(session, invoice)
    pictures = ordering.order_pictures(session, invoice.order_ids)
    ordered = {line.id: line for order in pictures for line in order.lines}
    matches = matches_of(session, invoice)
    too_much = excesses(lines, {line.position: line.amount for line in lines}, matches, ordered)
    lines = [line for line in lines if positions is None or line.position in positions]
    claimed = [claim for line in lines if (claim := _claim_line(line, too_much.get(line.position))) is not None]
    if positions is None or FEES in positions:
        claimed += _claimed_fees(invoice)
    supplier = None if invoice.supplier_id is None else catalogues.get_supplier(session, invoice.supplier_id)
    shown = {line.position for line in lines}
    photos = _photos(session, invoice, [one.order_line_id for one in matches if one.position in shown])
    return Claim(
        tuple(claimed),
        Amount.sum(one.gross for one in claimed),
        _mail(invoice, claimed, len(photos)),
        photos,
        supplier.email if supplier is not None else None,
    )


def _photos(session: Session, invoice: Invoice, order_lines: Sequence[int]) -> tuple[int, ...]:
    """Pictures of the open complaints on these order lines."""
    complaints = [
        one.id
        for order in invoice.order_ids
        for one in ordering.complaints_of(session, order)
        if one.order_line_id in order_lines and one.state == "open"
    ]
    return tuple(one.id for one in ordering.photos_of(session, complaints))


def _claim_line(line: InvoiceLine, too_much: Excess | None) -> ClaimLine | None:
    """What is too much on one line: the overcharge, the quantity that was not ordered or has not come, or the whole line where it is not
    on the order."""
    net, code = NOTHING, line.status
    if "price_over" in line.statuses and line.variance is not None and line.variance > NOTHING:
        net, code = line.variance, "price_over"
    if too_much is not None:
        net, code = net + too_much.amount, too_much.code
    if net <= NOTHING:
        return None
    return ClaimLine(line.position, line.line, line.name, net, _with_vat(net, line.vat_percent), code)


def _claimed_fees(invoice: Invoice) -> list[ClaimLine]:
    for finding in kept_findings.read(invoice.findings):
        if finding.code == "fee_over_limit":
            net = finding.values["total"] - finding.values["limit"]
            return [ClaimLine(None, "", "Fragt og gebyr", net, _with_vat(net, Decimal(25)), "fee_over_limit")]
    return []


def _with_vat(net: Amount, percent: Decimal | None) -> Amount:
    return net + Amount.rounded(net.kroner * (percent or Decimal(0)) / 100)


def _mail(invoice: Invoice, lines: Sequence[ClaimLine], photos: int) -> str:
    """The mail in Danish: what, how much, and what we ask for."""
    told = "\n".join(
        f"- {f'Linje {one.line}: ' if one.line else ''}{one.name}: {kroner(one.net)} ekskl. moms. "
        f"{sentence(f'claim_{one.code}', {}, 'da')}"
        for one in lines
    )
    total = kroner(Amount.sum(one.gross for one in lines))
    orders = ", ".join(invoice.order_numbers) or "–"
    return (
        f"Til {invoice.supplier_name}\n\n"
        f"Vi kan ikke godkende faktura {invoice.number} (ordre {orders}), som den er:\n\n{told}\n\n"
        f"Send os en kreditnota på {total} inkl. moms, som henviser til faktura {invoice.number}. "
        f"Når den kommer, betaler vi resten.\n" + ("\nBilleder er vedhæftet.\n" if photos else "")
    )


def dispute(
    session: Session, invoice: Invoice, lines: Sequence[int] | None, text: str | None, by: Actor
) -> ExpectedCredit:
    """Claims a credit note for these lines (positions; None: everything that deviates). `text` is the mail as the person edited it.

    Conflict `nothing_to_claim`, `claimed_already`; the invoice goes on waiting, now for the supplier.
    """
    require(by, "decide_invoice")
    invoice = held(session, invoice)
    INVOICE.after(invoice.state, "dispute")
    if invoice.supplier_id is None or invoice.is_credit:
        raise Conflict("nothing_to_claim", number=invoice.number)
    if open_claims(session, invoice):
        raise Conflict("claimed_already", number=invoice.number)
    claim = draft_claim(session, invoice, lines)
    if not claim.lines:
        raise Conflict("nothing_to_claim", number=invoice.number)
    words = (text or claim.text).strip()
    if not words:
        raise BadInput("decision_reason_missing")
    withdrawn = session.scalar(select(func.count()).where(ExpectedCredit.invoice_id == invoice.id)) or 0
    message = answer(session, invoice, "UQ", words, by, withdrawn)
    row = ExpectedCredit(
        invoice_id=invoice.id,
        supplier_id=invoice.supplier_id,
        amount=claim.amount,
        settled=NOTHING,
        state="open",
        lines=[
            {"line": one.line, "position": one.position, "amount": str(one.net), "code": one.code}
            for one in claim.lines
        ],
        text=words,
        message_id=message.id if message is not None else None,
        user_id=by.user_id,
        at=by.at,
    )
    session.add(row)
    session.flush()
    if claim.to:
        subject = f"Kreditnota på faktura {invoice.number}"
        mail = {"to": claim.to, "subject": subject, "text": words, "photos": list(claim.photos)}
        jobs.enqueue(session, MAIL, mail, by.at, key=f"{MAIL}:claim:{row.id}")
    note = InvoiceNote(
        invoice_id=invoice.id, kind="claim", text="", user_id=by.user_id, on_behalf_of=by.on_behalf_of, at=by.at
    )
    session.add(note)
    session.flush()
    ordering.log_cost(session, list(invoice.order_ids), "dispute", by)
    audit.record(session, "claim_sent", "invoice", invoice.id, by, amount=str(claim.amount), message_id=row.message_id)
    return row


def open_claims(session: Session, invoice: Invoice) -> list[ExpectedCredit]:
    return list(
        session.scalars(
            select(ExpectedCredit)
            .where(ExpectedCredit.invoice_id == invoice.id, ExpectedCredit.state == "open")
            .order_by(ExpectedCredit.id)
        )
    )


def expected_credits(session: Session, state: str | None = "open") -> list[ExpectedCredit]:
    """The ledger of what suppliers owe us, oldest first."""
    query = select(ExpectedCredit).order_by(ExpectedCredit.at, ExpectedCredit.id)
    return list(session.scalars(query.where(ExpectedCredit.state == state) if state is not None else query))


def get_claim(session: Session, claim_id: int) -> ExpectedCredit:
    """NotFound where it is not ours."""
    found = session.scalars(select(ExpectedCredit).where(ExpectedCredit.id == claim_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="ExpectedCredit", key=claim_id)
    return found


def count_expected_credits(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ExpectedCredit).where(ExpectedCredit.state == "open")) or 0


def withdraw_claim(session: Session, claim: ExpectedCredit, by: Actor) -> ExpectedCredit:
    """The claim was a mistake; nothing is expected any more."""
    require(by, "decide_invoice")
    if claim.state != "open":
        raise Conflict("not_now", thing="claim", verb="withdraw", state=claim.state)
    claim.state, claim.settled_at = "withdrawn", by.at
    session.flush()
    audit.record(session, "claim_withdrawn", "invoice", claim.invoice_id, by, amount=str(claim.left))
    return claim


def settle(session: Session, invoice_id: int, given_back: Amount, by: Actor) -> Amount:
    """A posted credit note for the invoice settles its claims, the oldest first. Returns what was settled."""
    settled = NOTHING
    for claim in session.scalars(
        select(ExpectedCredit)
        .where(ExpectedCredit.invoice_id == invoice_id, ExpectedCredit.state == "open")
        .order_by(ExpectedCredit.id)
        .with_for_update()
    ):
        part = min(claim.left, given_back - settled)
        if part <= NOTHING:
            break
        claim.settled += part
        settled += part
        if not claim.left:
            claim.state, claim.settled_at = "settled", by.at
    if settled:
        session.flush()
        audit.record(session, "claim_settled", "invoice", invoice_id, by, amount=str(settled))
    return settled
