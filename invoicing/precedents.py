"""What is known already when a document is judged: the municipality, who the numbers belong to, what has come and been posted before.

Every question here is asked of each document and is answered by an index; none grows with the size of the database. Those with a `then`
are asked of how it was before (replay).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop.amounts import NOTHING, Amount, Percent
from eshop.db import scope_of
from eshop.identity import Gln, Municipality, Policy
from eshop.kept import Kept, ask_together
from invoicing.accounts import KnownAccount
from invoicing.billed import plain_id
from invoicing.credits import Charged, Credited
from invoicing.documents import Account
from invoicing.fees import FeeTerms, kind_of
from invoicing.invoices import INVOICE, Invoice, InvoiceMatch
from invoicing.references import document_key
from invoicing.verdicts import Tolerance

if TYPE_CHECKING:
    from invoicing.replaying import Then

# --- the municipality and who the numbers belong to ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Home:
    """What control needs of the municipality. `settings` as in Municipality; its `tolerances` go before the policy for an agreement, an
    item group, or both: [{"agreement": number, "unspsc": prefix, "percent": "2.0", "amount": "25.00"}]."""

    id: int
    cvr: str
    dimensions: Sequence[str]
    default_coding: Mapping[str, str]
    settings: Mapping[str, Any]
    policy: Policy

    def tolerances(self, orders: Iterable[ordering.OrderPicture]) -> dict[int, Tolerance]:
        """Order line id → tolerance, where one more special than the policy holds; the agreement's before the item group's."""
        rules = self.settings.get("tolerances") or ()
        found: dict[int, Tolerance] = {}
        for order in orders if rules else ():
            for line in order.lines:
                fit = [
                    (bool(rule.get("agreement")), len(rule.get("unspsc") or ""), place)
                    for place, rule in enumerate(rules)
                    if rule.get("agreement") in (None, order.agreement_number)
                    and (line.unspsc or "").startswith(rule.get("unspsc") or "")
                ]
                if fit:
                    found[line.id] = _tolerance(rules[max(fit)[2]])
        return found


def _tolerance(rule: Mapping[str, Any]) -> Tolerance:
    percent, amount = rule.get("percent"), rule.get("amount")
    return Tolerance(
        None if percent is None else Percent.of(str(percent)), None if amount is None else Amount.of(str(amount))
    )


_HOME = Kept(
    select(
        Municipality.cvr,
        Municipality.dimensions,
        Municipality.default_coding,
        Municipality.settings,
        Municipality.policy_data,
    ).where(Municipality.id == bindparam("id"))
)


_GLNS = Kept(
    select(Gln.gln, Gln.institution_id)
    .where(
        Gln.gln.in_(bindparam("glns", expanding=True)),
        or_(Gln.valid_from.is_(None), Gln.valid_from <= bindparam("day")),
        or_(Gln.valid_to.is_(None), Gln.valid_to >= bindparam("day")),
    )
    .order_by(Gln.id)
)


_NAMED = (
    select(catalogues.Supplier.id, catalogues.Supplier.cvr, catalogues.Supplier.gln, catalogues.Supplier.name)
    .where(
        or_(
            catalogues.Supplier.cvr.in_(bindparam("cvrs", expanding=True)),
            catalogues.Supplier.gln.in_(bindparam("glns", expanding=True)),
        )
    )
    .order_by(catalogues.Supplier.id)
)
_SUPPLIERS, _SUPPLIERS_HELD = Kept(_NAMED), Kept(_NAMED.with_for_update(key_share=True))


def home(session: Session) -> Home:
    """The municipality this session serves."""
    number = scope_of(session)
    assert isinstance(number, int)
    return _home(number, _HOME.rows(session, id=number))


def _home(number: int, rows: Sequence[Any]) -> Home:
    (row,) = rows
    return Home(number, row.cvr, row.dimensions, row.default_coding, row.settings, Policy.of(row.policy_data))


@dataclass(frozen=True, slots=True)
class Known:
    """Who the numbers of a document belong to. `institutions`: (GLN, institution id) for those of the GLNs that are ours on the day, the
    oldest first. `suppliers`: (id, cvr, gln, name) of those with one of the numbers."""

    home: Home
    institutions: list[tuple[str, int]]
    suppliers: Sequence[Any]


def known_numbers(
    session: Session, glns: Sequence[str], day: date, cvrs: Sequence[str], seller_glns: Sequence[str], *, hold: bool
) -> Known:
    """The municipality this session serves, the institutions behind the buyer's GLNs, and the suppliers with one of the seller's numbers.

    To `hold` suppliers until the unit of work ends is how documents of one supplier are judged one after the other, so that no two of
    them post the same quantity.
    """
    number = scope_of(session)
    assert isinstance(number, int)
    homes, places, suppliers = ask_together(
        session,
        (_HOME, {"id": number}),
        (_GLNS, {"glns": list(glns) or [""], "day": day}),
        (_SUPPLIERS_HELD if hold else _SUPPLIERS, {"cvrs": list(cvrs) or [""], "glns": list(seller_glns) or [""]}),
    )
    return Known(_home(number, homes), [(gln, place) for gln, place in places], suppliers)


_ACCOUNTS = Kept(
    select(KnownAccount.key).where(
        KnownAccount.supplier_id == bindparam("supplier"),
        KnownAccount.state == "known",
        KnownAccount.key.in_(bindparam("keys", expanding=True)),
    )
)


def unknown_accounts(session: Session, supplier_id: int, accounts: Iterable[Account]) -> tuple[str, ...]:
    """Those of a document's accounts that are not known ones of the supplier, as they are shown."""
    asked = {account.key: account.shown for account in accounts}
    if not asked:
        return ()
    known = {row.key for row in _ACCOUNTS.rows(session, supplier=supplier_id, keys=list(asked))}
    return tuple(shown for key, shown in asked.items() if key not in known)


# --- documents that have come before ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Earlier:
    """A document that has come before: the same number, the same content, or a credit note that names the number."""

    id: int
    number: str
    number_key: str
    kind: str
    state: str
    gross: Amount
    issue_date: date
    content_key: str
    credits_key: str | None
    message_uid: str
    message_id: int
    order_reference: str | None


_COME = (
    select(
        Invoice.id, Invoice.number, Invoice.number_key, Invoice.kind, Invoice.state, Invoice.gross, Invoice.issue_date,
        Invoice.content_key, Invoice.credits_key, Invoice.message_uid, Invoice.message_id, Invoice.order_reference,
    )
    .where(Invoice.supplier_key == bindparam("supplier"), Invoice.outcome != "rejected")
    .order_by(Invoice.id)
)  # fmt: skip
# Three questions and not one with OR: each is a look into one index, whatever the engine believes of the others.
_SAME_NUMBER = Kept(_COME.where(Invoice.number_key == bindparam("key")))
_CREDITING = Kept(_COME.where(Invoice.credits_key == bindparam("key")))
_SAME_CONTENT = Kept(_COME.where(Invoice.content_key == bindparam("key")))


def sender_history(
    session: Session, supplier_key: str, supplier_id: int | None, number: str, content: str, accounts: Iterable[Account]
) -> tuple[list[Earlier], tuple[str, ...]]:
    """Documents of the supplier with the same number, however it is dressed, with the same content, or crediting the number; and those of
    the accounts that are not known ones of the supplier. Rejected documents do not count: they were answered, and the supplier sends the
    number again, put right."""
    wanted = document_key(number)
    asked = {account.key: account.shown for account in accounts} if supplier_id is not None else {}
    questions: list[tuple[Kept, dict[str, Any]]] = [
        (kept, {"supplier": supplier_key, "key": key})
        for kept, key in ((_SAME_NUMBER, wanted), (_CREDITING, wanted), (_SAME_CONTENT, content))
    ]
    if asked:
        questions.append((_ACCOUNTS, {"supplier": supplier_id, "keys": list(asked)}))
    *come, known = (*ask_together(session, *questions), *(() if asked else ((),)))
    found = {row.id: Earlier(*row) for rows in come for row in rows}
    known_keys = {row.key for row in known}
    return [found[one] for one in sorted(found)], tuple(shown for key, shown in asked.items() if key not in known_keys)


_GIVEN_BACK = Kept(
    select(Invoice.id, Invoice.credits_id, Invoice.gross).where(
        Invoice.credits_id.in_(bindparam("ids", expanding=True)), Invoice.state == "posted"
    )
)
_CREDITING_ANY = Kept(
    select(Invoice.id, Invoice.credits_id, Invoice.gross).where(
        Invoice.credits_id.in_(bindparam("ids", expanding=True))
    )
)


def given_back(session: Session, invoice_ids: Sequence[int], then: Then | None = None) -> list[tuple[int, int, Amount]]:
    """(credit note id, invoice id, gross) of the posted credit notes on these invoices."""
    if not invoice_ids:
        return []
    rows = (_GIVEN_BACK if then is None else _CREDITING_ANY).rows(session, ids=list(invoice_ids))
    posted = None if then is None else then.posted(session, [row.id for row in rows])
    return [(row.id, row.credits_id, row.gross) for row in rows if posted is None or row.id in posted]


_BY_NUMBER = Kept(
    select(Invoice.id, Invoice.number, Invoice.state, Invoice.gross, Invoice.order_ids)
    .where(
        Invoice.supplier_key == bindparam("supplier"),
        Invoice.number_key == bindparam("number"),
        Invoice.kind == "invoice",
        Invoice.outcome != "rejected",
    )
    .order_by(Invoice.id)
)


def credited_invoice(
    session: Session, supplier_key: str, number: str, then: Then | None = None
) -> tuple[int | None, Credited | None, list[int]]:
    """The invoice with this number: its id, what it charged and what is left of it, its order ids. Nothing where there is none, or
    where several fit equally well."""
    rows = _BY_NUMBER.rows(session, supplier=supplier_key, number=document_key(number))
    exactly = [row for row in rows if plain_id(row.number) == plain_id(number)]
    named = exactly or list(rows)
    if len(named) != 1:
        return None, None, []
    invoice = named[0]
    back = given_back(session, [invoice.id], then)
    charged, taken = _charged(session, [invoice.id]), _charged(session, [credit for credit, _, _ in back])
    credited = Credited(
        invoice.number,
        invoice.state == "posted",
        invoice.gross,
        Amount.sum(gross for _, _, gross in back),
        _net(session, [invoice.id]) - Amount.sum(one.amount for one in charged.values()),
        _net(session, [credit for credit, _, _ in back]) - Amount.sum(one.amount for one in taken.values()),
        charged,
        taken,
    )
    return invoice.id, credited, list(invoice.order_ids)


def still_claimed(session: Session, supplier_key: str, numbers: Sequence[str], then: Then | None = None) -> list[str]:
    """Those of the numbers that are invoices of the supplier which have come and are not given back in full."""
    rows = [
        row
        for number in numbers
        for row in _BY_NUMBER.rows(session, supplier=supplier_key, number=document_key(number))
    ]
    come = {row.id: row for row in rows if then is None or row.id < then.invoice_id}
    back: dict[int, Amount] = {}
    for _, invoice_id, gross in given_back(session, list(come), then):
        back[invoice_id] = back.get(invoice_id, NOTHING) + gross
    return [row.number for row in come.values() if back.get(row.id, NOTHING) < row.gross]


_CHARGED = Kept(
    select(
        InvoiceMatch.order_line_id,
        func.sum(InvoiceMatch.quantity, type_=InvoiceMatch.quantity.type),
        func.sum(InvoiceMatch.amount, type_=InvoiceMatch.amount.type),
    )
    .where(InvoiceMatch.invoice_id.in_(bindparam("ids", expanding=True)))
    .group_by(InvoiceMatch.order_line_id)
)
_NET = Kept(
    select(func.sum(Invoice.net, type_=Invoice.net.type)).where(Invoice.id.in_(bindparam("ids", expanding=True)))
)


def _charged(session: Session, invoice_ids: Sequence[int]) -> dict[int, Charged]:
    rows = _CHARGED.rows(session, ids=list(invoice_ids)) if invoice_ids else ()
    return {line: Charged(quantity, amount) for line, quantity, amount in rows}


def _net(session: Session, invoice_ids: Sequence[int]) -> Amount:
    return (_NET.rows(session, ids=list(invoice_ids))[0][0] or NOTHING) if invoice_ids else NOTHING


# --- what was posted above the agreed price, and what fees are allowed --------------------------------------------------

_ON_ORDERS = Kept(
    select(InvoiceMatch.order_id, InvoiceMatch.invoice_id)
    .where(InvoiceMatch.order_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_STATES = Kept(
    select(Invoice.id, Invoice.state, Invoice.overcharge).where(
        Invoice.id.in_(bindparam("ids", expanding=True)), Invoice.kind == "invoice"
    )
)


def on_orders(session: Session, order_ids: Sequence[int], then: Then | None = None) -> tuple[dict[int, Amount], bool]:
    """What was posted above the agreed price on each order before, and whether other invoices wait on any of them."""
    # Two questions and not a join: each is a look into one index, and most orders are invoiced once, so that the second is not asked.
    matched = _ON_ORDERS.rows(session, ids=list(order_ids)) if order_ids else ()
    if not matched:
        return {}, False
    come = {row.id: row for row in _STATES.rows(session, ids=sorted({row.invoice_id for row in matched}))}
    posted = {row.id for row in come.values() if row.state == "posted"}
    if then is not None:
        posted = then.posted(session, set(come))
    total: dict[int, Amount] = {}
    for order_id, invoice_id in matched:
        if invoice_id in posted:
            total[order_id] = total.get(order_id, NOTHING) + come[invoice_id].overcharge
    return total, any(row.state == INVOICE.start for row in come.values())


def overcharged_in_month(session: Session, supplier_id: int, day: date, then: Then | None = None) -> Amount:
    """What was posted above agreed prices on the supplier's invoices of the month."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    of_month = (
        Invoice.supplier_id == supplier_id,
        Invoice.issue_date >= first,
        Invoice.issue_date < following,
        Invoice.kind == "invoice",
    )
    if then is None:
        over = func.sum(Invoice.overcharge, type_=Invoice.overcharge.type)
        return session.scalar(select(over).where(*of_month, Invoice.state == "posted")) or NOTHING
    rows = session.execute(select(Invoice.id, Invoice.overcharge).where(*of_month, Invoice.overcharge != NOTHING)).all()
    posted = then.posted(session, [row.id for row in rows])
    return Amount.sum(row.overcharge for row in rows if row.id in posted)


_FEES = Kept(
    select(catalogues.Agreement.id, catalogues.Agreement.fees).where(
        catalogues.Agreement.id.in_(bindparam("ids", expanding=True))
    )
)


def fee_terms(session: Session, orders: Sequence[ordering.OrderPicture]) -> dict[int, tuple[FeeTerms, ...]]:
    """The fees that the orders' agreements allow, by order id."""
    wanted = {order.agreement_id for order in orders if order.agreement_id is not None}
    if not wanted:
        return {}
    terms = {
        one: tuple(
            FeeTerms(
                kind_of(str(fee.get("kind") or "fee")) or "fee",
                None if fee.get("max") is None else Amount.of(fee["max"]),
                None if fee.get("free_above") is None else Amount.of(fee["free_above"]),
            )
            for fee in fees or ()
        )
        for one, fees in _FEES.rows(session, ids=sorted(wanted))
    }
    return {order.id: terms[order.agreement_id] for order in orders if order.agreement_id in terms}
