"""Suppliers as invoice control knows them: what their invoices have been like, the accounts that wait, and a supplier nobody knew."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

import catalogues
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, Conflict
from eshop.identity import Actor, require
from invoicing.accounts import KnownAccount, record_known_account
from invoicing.controlling import run_control
from invoicing.disputes import ExpectedCredit
from invoicing.invoices import INVOICE, Invoice, held


@dataclass(frozen=True, slots=True)
class SupplierFigures:
    """A supplier's invoices since a day: how many, how many were posted without a human hand, how many credit notes came; what waits
    now; what is expected back; accounts that wait for a second person."""

    invoices: int = 0
    untouched: int = 0
    credit_notes: int = 0
    reminded: int = 0
    waiting: int = 0
    expected: Amount = NOTHING
    proposed_accounts: int = 0
    known_accounts: int = 0

    @property
    def untouched_percent(self) -> Decimal | None:
        """Of the invoices, those no person touched; None where there are none."""
        if not self.invoices:
            return None
        return (self.untouched * Decimal(100) / self.invoices).quantize(Decimal("0.1"))


def supplier_figures(session: Session, since: date, supplier_id: int | None = None) -> dict[int, SupplierFigures]:
    """Supplier id → figures, of all suppliers or one. Three queries."""
    is_invoice = Invoice.kind == "invoice"
    query = (
        select(
            Invoice.supplier_id,
            func.sum(case((is_invoice, 1), else_=0)),
            func.sum(case((and_(is_invoice, Invoice.state == "posted", Invoice.touched.is_(False)), 1), else_=0)),
            func.sum(case((Invoice.kind == "credit_note", 1), else_=0)),
            func.sum(case((Invoice.priority > 0, 1), else_=0)),
            func.sum(case((Invoice.state == INVOICE.start, 1), else_=0)),
        )
        .where(Invoice.supplier_id.is_not(None), Invoice.issue_date >= since)
        .group_by(Invoice.supplier_id)
    )
    owed = (
        select(ExpectedCredit.supplier_id, ExpectedCredit.amount, ExpectedCredit.settled)
        .where(ExpectedCredit.state == "open")
        .order_by(ExpectedCredit.id)
    )
    accounts = select(KnownAccount.supplier_id, KnownAccount.state, func.count()).group_by(
        KnownAccount.supplier_id, KnownAccount.state
    )
    if supplier_id is not None:
        query = query.where(Invoice.supplier_id == supplier_id)
        owed = owed.where(ExpectedCredit.supplier_id == supplier_id)
        accounts = accounts.where(KnownAccount.supplier_id == supplier_id)
    counts = {row[0]: [int(value or 0) for value in row[1:]] for row in session.execute(query)}
    expected: dict[int, Amount] = {}
    for key, amount, settled in session.execute(owed):
        expected[key] = expected.get(key, NOTHING) + amount - settled
    held_accounts = {(key, state): count for key, state, count in session.execute(accounts)}
    keys = {*counts, *expected, *(key for key, _ in held_accounts)}
    return {
        key: SupplierFigures(
            *counts.get(key, [0] * 5),
            expected=expected.get(key, NOTHING),
            proposed_accounts=held_accounts.get((key, "proposed"), 0),
            known_accounts=held_accounts.get((key, "known"), 0),
        )
        for key in keys
    }


@dataclass(frozen=True, slots=True)
class UnknownAccount:
    """An account that waiting invoices of the supplier are to be paid to, and that is not known."""

    key: str
    shown: str
    invoices: tuple[Invoice, ...]


def unknown_accounts_of(session: Session, supplier_id: int) -> list[UnknownAccount]:
    """What stops invoices of the supplier because of where they are to be paid."""
    known = set(
        session.scalars(
            select(KnownAccount.key).where(
                KnownAccount.supplier_id == supplier_id, KnownAccount.state.in_(("known", "proposed"))
            )
        )
    )
    found: dict[str, tuple[str, list[Invoice]]] = {}
    for invoice in session.scalars(
        select(Invoice).where(Invoice.supplier_id == supplier_id, Invoice.state == INVOICE.start).order_by(Invoice.id)
    ):
        for account in invoice.accounts:
            if account["key"] not in known:
                found.setdefault(account["key"], (account["shown"], []))[1].append(invoice)
    return [UnknownAccount(key, shown, tuple(invoices)) for key, (shown, invoices) in found.items()]


def account_data(key: str, scheme: str = "") -> dict[str, str]:
    """'bank:2000:10000000' → registration and account; 'iban:…' and 'creditor:…' as they are. The form of the suppliers file."""
    kind, _, rest = key.partition(":")
    if kind == "bank":
        registration, _, account = rest.partition(":")
        return {"scheme": scheme or "DK:BANK", "registration": registration, "account": account}
    return {"scheme": scheme, kind: rest}


def propose_account(session: Session, supplier_id: int, key: str, by: Actor) -> KnownAccount:
    """The account of a waiting invoice as the supplier's, for a second person to confirm. BadInput `account_not_on_invoice`."""
    told = {one.key: one.shown for one in unknown_accounts_of(session, supplier_id)}
    if key not in told:
        raise BadInput("account_not_on_invoice")
    account = record_known_account(session, supplier_id, account_data(key), by)
    account.shown = told[key]  # as the invoice writes it: two people compare it figure by figure
    session.flush()
    return account


def know_supplier(session: Session, invoice: Invoice, by: Actor) -> list[Invoice]:
    """Records the sender of an invoice as a supplier, and judges what waits of it again; its account is still unknown and stops it.

    Conflict `supplier_known` where the sender is a supplier already. Returns the invoices that were judged.
    """
    require(by, "manage_suppliers")
    invoice = held(session, invoice)
    INVOICE.after(invoice.state, "judge")
    if invoice.supplier_id is not None:
        raise Conflict("supplier_known", name=invoice.supplier_name)
    supplier = catalogues.record_supplier(
        session, cvr=invoice.supplier_cvr, gln=invoice.supplier_gln, name=invoice.supplier_name, by=by
    )
    catalogues.change_supplier(session, supplier.id, by)
    same = session.scalars(
        select(Invoice).where(
            Invoice.supplier_key == invoice.supplier_key,
            Invoice.supplier_id.is_(None),
            Invoice.state == INVOICE.start,
        )
    )
    judged = []
    for one in list(same):
        one.supplier_id = supplier.id
        session.flush()
        judged.append(run_control(session, one, by))
    return judged
