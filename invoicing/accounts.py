"""The accounts a supplier may be paid to. Any other account stops the invoice until a second person has confirmed it.

A new account is `proposed` by one person and becomes `known` when another confirms it and writes how it was checked (called back on
a number known beforehand …). Accounts of master data that is loaded are known. What waited for the account is then judged again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.db import Base, Owned, id_column, lock
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Actor, people_behind, require
from invoicing.documents import Account, bank_account, creditor_account


class KnownAccount(Owned, Base):
    """An account of a supplier. `state`: proposed, known, closed. `key` is the account however it is written (documents.Account)."""

    __tablename__ = "known_account"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("municipality_id", "supplier_id", "key"),)
    id: Mapped[int] = id_column()
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    key: Mapped[str] = mapped_column(String(80))
    shown: Mapped[str]
    scheme: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None]
    how: Mapped[str | None]


def account_of(data: Mapping[str, Any]) -> Account:
    """An account in the form of the suppliers file: {scheme, registration, account} or {iban} or {creditor}. BadInput otherwise."""
    if data.get("iban"):
        return bank_account("", str(data["iban"]))
    if data.get("creditor"):
        return creditor_account(str(data["creditor"]))
    account = bank_account(str(data.get("registration") or ""), str(data.get("account") or ""))
    if not account.key:
        raise BadInput("account_incomplete", fields=sorted(data))
    return account


def record_known_account(session: Session, supplier_id: int, account: Mapping[str, Any], by: Actor) -> KnownAccount:
    """An account of the supplier. Loaded by the system it is known at once; recorded by a person it is proposed, and waits for a
    second person (`confirm_account`). One that is known already stays as it is."""
    require(by, "change_bank_account")
    found = account_of(account)
    row = session.scalars(
        select(KnownAccount).where(KnownAccount.supplier_id == supplier_id, KnownAccount.key == found.key)
    ).one_or_none()
    if row is not None and row.state != "closed":
        return row
    state = "known" if by.is_system else "proposed"
    if row is None:
        row = KnownAccount(supplier_id=supplier_id, key=found.key, scheme=str(account.get("scheme") or ""))
        session.add(row)
    row.shown, row.state = found.shown, state
    row.recorded_by, row.recorded_at = by.user_id, by.at
    row.confirmed_by, row.confirmed_at, row.how = None, None, None
    session.flush()
    audit.record(session, "account_recorded", "known_account", row.id, by, supplier_id=supplier_id)
    return row


def confirm(session: Session, account: KnownAccount, how: str, by: Actor) -> KnownAccount:
    """A second person confirms a proposed account and says how it was checked. NotAllowed `own_account` for the one who recorded it."""
    require(by, "confirm_bank_account")
    row = lock(session, KnownAccount, account.id)
    if row.state != "proposed":
        raise Conflict("not_now", thing="account", verb="confirm", state=row.state)
    if not how.strip():
        raise BadInput("how_checked_missing")
    if row.recorded_by is not None and row.recorded_by in people_behind(by):
        raise NotAllowed("own_account", who=["finance", "purchasing_lead"])
    row.state, row.how, row.confirmed_by, row.confirmed_at = "known", how.strip(), by.user_id, by.at
    session.flush()
    audit.record(
        session, "account_confirmed", "known_account", row.id, by, supplier_id=row.supplier_id, how=how.strip()[:200]
    )
    return row


def close_account(session: Session, account: KnownAccount, by: Actor) -> KnownAccount:
    """The supplier is no longer paid to this account."""
    require(by, "change_bank_account")
    row = lock(session, KnownAccount, account.id)
    row.state = "closed"
    session.flush()
    audit.record(session, "account_closed", "known_account", row.id, by, supplier_id=row.supplier_id)
    return row


def list_accounts(session: Session, supplier_id: int | None = None, state: str | None = None) -> list[KnownAccount]:
    query = select(KnownAccount).order_by(KnownAccount.supplier_id, KnownAccount.id)
    if supplier_id is not None:
        query = query.where(KnownAccount.supplier_id == supplier_id)
    if state is not None:
        query = query.where(KnownAccount.state == state)
    return list(session.scalars(query))


def count_proposed_accounts(session: Session) -> int:
    """How many accounts wait for a second person."""
    return session.scalar(select(func.count()).select_from(KnownAccount).where(KnownAccount.state == "proposed")) or 0


def handlers_of(session: Session, supplier_id: int, keys: Iterable[str]) -> frozenset[int]:
    """Who recorded or confirmed these accounts: they do not release the supplier's invoices to them."""
    wanted = list(keys)
    if not wanted:
        return frozenset()
    rows = session.execute(
        select(KnownAccount.recorded_by, KnownAccount.confirmed_by).where(
            KnownAccount.supplier_id == supplier_id, KnownAccount.key.in_(wanted)
        )
    )
    return frozenset(person for row in rows for person in row if person is not None)
