"""Invoices and credit notes as they are kept, with their lines and their matches; the lifecycle; how they are found.

The bytes as they came are the message's and are never touched. An invoice row holds what was read out of them and the outcome of control;
lines carry the verdict in codes and figures; a match is a separate record that says how much of which line belongs to which order line.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from eshop.amounts import NOTHING, Amount
from eshop.db import Base, JsonType, Owned, id_column, lock
from eshop.errors import NotFound
from eshop.workflow import Workflow, move

INVOICE: Final = Workflow(
    "invoice",
    "waiting",
    {
        "judge": move("waiting", "waiting"),
        "accept": move("waiting", "posted"),
        "post": move("waiting", "posted"),
        "link": move("waiting", "waiting"),
        "code": move("waiting", "posted"),
        "route": move("waiting", "waiting"),
        "wait": move("waiting", "waiting"),
        "ask": move("waiting", "waiting"),
        "dispute": move("waiting", "waiting"),
        "refuse": move("waiting", "refused"),
        "reverse": move("posted", "waiting"),
    },
)
"""States: waiting (held, suggested, manual), posted, refused (by a person, answered to the supplier). What was rejected at intake
or is no invoice has the state closed and no moves."""

CLOSED: Final = "closed"

WAITING_OUTCOMES: Final = ("held", "suggested", "manual")


class Invoice(Owned, Base):
    """An invoice or credit note (`kind`). Amounts are positive on both, in `currency`.

    `outcome` and `reasons` are the words of INTERFACES §2; `first_outcome` is what control said at intake. `touched`: a person has
    decided. `deviation`: what is no longer right with what was posted (a receipt was reversed). `number_key` is the number without
    its clothes, `content_key` the content without number and date. `order_ids` and `order_numbers` are the orders it belongs to,
    `candidates` those it may belong to; `chosen_orders` were pointed out by a person, `coding` was given by one. `credits_number`
    and `credits_id` are the invoice that a credit note takes back. `payment` is how it is to be paid, as written, `accounts` the
    account keys. `wait_until`: goods are promised before then. `routed_to` is the institution a person said it is
    for. `with_whom` has it (user id), or `with_institution`, a unit.
    """

    __allow_unmapped__ = True
    __tablename__ = "invoice"
    found_otherwise = True
    __table_args__ = (
        Index("ix_invoice_number", "municipality_id", "supplier_key", "number_key"),
        Index("ix_invoice_content", "municipality_id", "content_key"),
        Index("ix_invoice_queue", "municipality_id", "state", "outcome"),
        Index("ix_invoice_supplier_day", "supplier_id", "issue_date"),
        Index("ix_invoice_day", "municipality_id", "issue_date"),
        Index("ix_invoice_credits", "municipality_id", "supplier_key", "credits_key"),
    )
    id: Mapped[int] = id_column()
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    message_uid: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(12))
    document_type: Mapped[str] = mapped_column(String(30))
    profile: Mapped[str | None] = mapped_column(String(20))
    number: Mapped[str]
    number_key: Mapped[str]
    supplier_key: Mapped[str]
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"))
    supplier_cvr: Mapped[str | None] = mapped_column(String(20))
    supplier_gln: Mapped[str | None] = mapped_column(String(13))
    supplier_name: Mapped[str]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    buyer_gln: Mapped[str | None] = mapped_column(String(13))
    issue_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[Amount]
    vat: Mapped[Amount]
    gross: Mapped[Amount]
    overcharge: Mapped[Amount]
    excess: Mapped[Amount] = mapped_column(default=NOTHING, server_default="0")
    order_reference: Mapped[str | None]
    person_reference: Mapped[str | None]
    accounting_cost: Mapped[str | None]
    credits_number: Mapped[str | None]
    credits_key: Mapped[str | None]
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    content_key: Mapped[str] = mapped_column(String(64))
    payment: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    accounts: Mapped[list[dict[str, str]]] = mapped_column(JsonType, default=list)
    state: Mapped[str] = mapped_column(String(10), default=INVOICE.start)
    outcome: Mapped[str] = mapped_column(String(10))
    first_outcome: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[list[str]] = mapped_column(JsonType, default=list)
    order_ids: Mapped[list[int]] = mapped_column(JsonType, default=list)
    order_numbers: Mapped[list[str]] = mapped_column(JsonType, default=list)
    candidates: Mapped[list[str]] = mapped_column(JsonType, default=list)
    chosen_orders: Mapped[list[int]] = mapped_column(JsonType, default=list)
    coding: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonType)
    findings: Mapped[list[dict[str, Any]]] = deferred(mapped_column(JsonType, default=list))
    deviation: Mapped[str | None] = mapped_column(String(40))
    touched: Mapped[bool] = mapped_column(Boolean, default=False)
    sampled: Mapped[bool] = mapped_column(Boolean, default=False)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    routed_to: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    with_whom: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    with_institution: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    with_since: Mapped[datetime | None]
    wait_until: Mapped[date | None] = mapped_column(Date)
    received_at: Mapped[datetime]
    judged_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]

    case: Any = None
    """While it is under judgement: what has been found out about it (judging.Case); not kept."""
    verdict: Any = None
    """After `run_control` in the same unit of work: the verdict (judging.Verdict); not kept."""

    @property
    def is_credit(self) -> bool:
        return self.kind == "credit_note"

    @property
    def possible(self) -> frozenset[str]:
        """The verbs the state allows: they drive the buttons."""
        return INVOICE.possible(self.state)


class InvoiceLine(Owned, Base):
    """A line as billed, and its verdict: `statuses` in codes, the most severe is `status`; `agreed` and `variance` in net kroner."""

    __tablename__ = "invoice_line"
    found_otherwise = True
    id: Mapped[int] = id_column()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    line: Mapped[str]
    name: Mapped[str]
    seller_item_id: Mapped[str | None]
    gtin: Mapped[str | None]
    unspsc: Mapped[str | None] = mapped_column(String(8))
    quantity: Mapped[Decimal]
    unit: Mapped[str]
    amount: Mapped[Amount]
    vat_percent: Mapped[Decimal | None]
    accounting_cost: Mapped[str | None]
    order_number: Mapped[str | None]
    order_line: Mapped[str | None]
    status: Mapped[str] = mapped_column(String(14))
    statuses: Mapped[list[str]] = mapped_column(JsonType)
    agreed: Mapped[Amount | None]
    variance: Mapped[Amount | None]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)


class InvoiceMatch(Owned, Base):
    """So much of an invoice's line belongs to that order line: `quantity` in the order unit (0 on a credit of value only), `amount`
    its share of the line's net amount. Only those of posted invoices count against the order."""

    __tablename__ = "match"
    found_otherwise = True
    id: Mapped[int] = id_column()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[Decimal]
    amount: Mapped[Amount]
    how: Mapped[str] = mapped_column(String(8))


class InvoiceNote(Owned, Base):
    """What people and documents say about an invoice: question, answer, wait, route, decision, reminder. Text is personal data and
    stands here, not in the audit trail."""

    __tablename__ = "invoice_note"
    id: Mapped[int] = id_column()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    at: Mapped[datetime]


def get_invoice(session: Session, invoice_id: int) -> Invoice:
    """The invoice. NotFound `invoice_not_found` when it is not there or another municipality's."""
    found = session.scalars(select(Invoice).where(Invoice.id == invoice_id)).one_or_none()
    if found is None:
        raise NotFound("invoice_not_found", number=str(invoice_id))
    return found


def find_by_message(session: Session, message_id: int) -> Invoice | None:
    """The invoice that a message brought."""
    return session.scalars(select(Invoice).where(Invoice.message_id == message_id)).one_or_none()


def lines_of(session: Session, invoice: Invoice) -> list[InvoiceLine]:
    """The lines in the order of the document."""
    return list(
        session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.position))
    )


def matches_of(session: Session, invoice: Invoice) -> list[InvoiceMatch]:
    return list(
        session.scalars(select(InvoiceMatch).where(InvoiceMatch.invoice_id == invoice.id).order_by(InvoiceMatch.id))
    )


def notes_of(session: Session, invoice: Invoice) -> list[InvoiceNote]:
    return list(
        session.scalars(select(InvoiceNote).where(InvoiceNote.invoice_id == invoice.id).order_by(InvoiceNote.id))
    )


def held(session: Session, invoice: Invoice) -> Invoice:
    """The invoice, fresh and held until the unit of work ends: every verb that changes one begins with it."""
    return lock(session, Invoice, invoice.id)


def list_invoices(
    session: Session,
    *,
    state: str | None = None,
    outcome: str | None = None,
    supplier_id: int | None = None,
    institution_ids: frozenset[int] | None = None,
    number: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Invoice]:
    """Invoices, the newest first, narrowed by what is given."""
    query = select(Invoice).order_by(Invoice.id.desc()).limit(limit).offset(offset)
    if state is not None:
        query = query.where(Invoice.state == state)
    if outcome is not None:
        query = query.where(Invoice.outcome == outcome)
    if supplier_id is not None:
        query = query.where(Invoice.supplier_id == supplier_id)
    if institution_ids is not None:
        query = query.where(Invoice.institution_id.in_(sorted(institution_ids)))
    if number is not None:
        query = query.where(Invoice.number == number)
    return list(session.scalars(query))


def invoices_by_id(session: Session, ids: Iterable[int]) -> dict[int, Invoice]:
    """Many at once, by id."""
    wanted = sorted(set(ids))
    return {one.id: one for one in session.scalars(select(Invoice).where(Invoice.id.in_(wanted)))} if wanted else {}


def invoices_of_order(session: Session, order_id: int) -> list[Invoice]:
    """The invoices and credit notes that have lines on the order, oldest first."""
    query = (
        select(Invoice)
        .where(Invoice.id.in_(select(InvoiceMatch.invoice_id).where(InvoiceMatch.order_id == order_id)))
        .order_by(Invoice.id)
    )
    return list(session.scalars(query))
