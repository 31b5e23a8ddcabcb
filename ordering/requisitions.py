"""When no agreement covers the need: staff ask Purchasing, who find an item on an agreement, or make an approved free-text requisition.

Only a purchasing lead can make one, never of their own need, and never where an agreement the municipality has joined covers the item
group. It becomes an order with a number and one line: what is wanted, at the ceiling. It is matched two ways: an invoice within the
ceiling passes, a krone more is a deviation.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

import catalogues
from eshop import audit
from eshop.amounts import NOTHING, Amount
from eshop.db import Base, Owned, id_column, lock
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, Role, require
from eshop.workflow import Workflow, move
from ordering.approval import Reason
from ordering.approvals import Demand, approvals_of, ask_about, decide, demand, new_suppliers, open_approvals
from ordering.baskets import institution_of
from ordering.budgets import commit_value, held_budget
from ordering.lifecycle import ORDER
from ordering.order_numbers import draw, number_key
from ordering.orders import LINE_STEP, OrderLine, PurchaseOrder, move_to, note_participation
from ordering.placing import STANDARD_VAT, coding_for
from ordering.sending import queue
from ordering.transaction_costs import log_cost

NEED: Final = Workflow(
    "need",
    "open",
    {"answer": move("open", "answered"), "order": move("open", "ordered"), "withdraw": move("open", "withdrawn")},
)


class Need(Owned, Base):
    """What somebody asked Purchasing to find. `item_id` is what was found on an agreement, `order_id` the requisition it became.
    With `about_item_id` nothing is to be found: that item's data are said to be wrong."""

    __tablename__ = "need"
    __table_args__ = (Index("ix_need_state", "municipality_id", "state"),)
    id: Mapped[int] = id_column()
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    about_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    text: Mapped[str]
    state: Mapped[str] = mapped_column(String(10), default=NEED.start)
    asked_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id"))


def ask_purchasing(session: Session, text: str, by: Actor) -> Need:
    """ "Bed Indkøb om at finde varen". BadInput `wish_empty` without words; NotAllowed without a person and an institution."""
    return _ask(session, text, by, "wish_empty")


def report_item(session: Session, item_id: int, text: str, by: Actor) -> Need:
    """ "Meld fejl i vareoplysninger": Purchasing is told what is wrong with an item's data, and answers who said it.

    NotFound where the item is not ours; BadInput `report_empty` without words; NotAllowed without a person and an institution."""
    about = catalogues.get_item(session, item_id)
    return _ask(session, text, by, "report_empty", about.id)


def _ask(session: Session, text: str, by: Actor, empty: str, about: int | None = None) -> Need:
    if by.user_id is None or by.institution_id is None:
        raise NotAllowed("needs_a_person", verb="ask")
    require(by, "wish", by.institution_id)
    if not text.strip():
        raise BadInput(empty)
    said = text.strip()[:2000]
    need = Need(institution_id=by.institution_id, user_id=by.user_id, text=said, asked_at=by.at, about_item_id=about)
    session.add(need)
    session.flush()
    return need


def count_needs(session: Session) -> int:
    """How many wait for Purchasing's answer."""
    return session.scalar(select(func.count()).select_from(Need).where(Need.state == "open")) or 0


def open_needs(session: Session, by: Actor) -> list[Need]:
    """What Purchasing has not answered, the oldest first."""
    require(by, "manage_agreements")
    return list(session.scalars(select(Need).where(Need.state == "open").order_by(Need.asked_at, Need.id)))


def my_needs(session: Session, by: Actor, limit: int = 50) -> list[Need]:
    return list(session.scalars(select(Need).where(Need.user_id == by.user_id).order_by(Need.id.desc()).limit(limit)))


def answered_needs(session: Session, since: datetime) -> list[Need]:
    """What Purchasing has answered since then, the oldest first: for telling who asked."""
    return list(
        session.scalars(
            select(Need)
            .where(Need.state != "open", Need.answered_at.is_not(None), Need.answered_at >= since)
            .order_by(Need.id)
        )
    )


def get_need(session: Session, need_id: int) -> Need:
    """NotFound where it is not ours."""
    found = session.scalars(select(Need).where(Need.id == need_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Need", key=need_id)
    return found


def answer_need(session: Session, need: Need, answer: str, by: Actor, item_id: int | None = None) -> Need:
    """Answers in words, with the item on agreement where one was found. BadInput `reason_missing`; Conflict `not_now`."""
    require(by, "manage_agreements")
    if not answer.strip() and item_id is None:
        raise BadInput("reason_missing", what="need")
    if item_id is not None:
        catalogues.get_item(session, item_id)
    need = lock(session, Need, need.id)
    need.state = NEED.after(need.state, "answer")
    need.answered_by, need.answered_at = by.user_id, by.at
    need.answer, need.item_id = answer.strip() or None, item_id
    session.flush()
    return need


def withdraw_need(session: Session, need: Need, by: Actor) -> Need:
    """NotAllowed `not_your_wish` for another's; Conflict `not_now` when it is answered."""
    if need.user_id != by.user_id:
        raise NotAllowed("not_your_wish")
    need = lock(session, Need, need.id)
    need.state = NEED.after(need.state, "withdraw")
    return need


def requisition(
    session: Session,
    need: Need,
    supplier_id: int,
    description: str,
    ceiling: Amount,
    unspsc: str,
    by: Actor,
    *,
    vat_percent: Decimal = STANDARD_VAT,
    coding: Mapping[str, str] | None = None,
    deliver_on: date | None = None,
) -> PurchaseOrder:
    """Turns a need into an approved order of free text to a known supplier, at most `ceiling` without VAT.

    The purchasing lead's act is an approval, also of what other rules ask (they may stand in for an approver, within their limit);
    where it is more than they may approve, it waits for who can. BadInput
    `reason_missing`, `ceiling_missing`, `unspsc_missing`; NotFound for an unknown supplier; Conflict `covered_by_agreement`,
    `supplier_not_active`, `not_now`; NotAllowed `approval_own_order` for one's own need.
    """
    require(by, "manage_agreements")
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb="requisition")
    need = lock(session, Need, need.id)
    if need.user_id == by.user_id:
        raise NotAllowed("approval_own_order", number="", who=[], amount=ceiling, role=Role.PURCHASING_LEAD.value)
    if not description.strip():
        raise BadInput("reason_missing", what="requisition")
    if ceiling <= NOTHING:
        raise BadInput("ceiling_missing")
    if not (unspsc.isdigit() and 2 <= len(unspsc) <= 8):
        raise BadInput("unspsc_missing", value=unspsc)
    supplier = catalogues.get_supplier(session, supplier_id)
    if supplier is None:
        raise NotFound("not_found", thing="Supplier", key=supplier_id)
    if not supplier.active:
        raise Conflict("supplier_not_active", supplier=supplier.name)
    if covering := _covering(session, unspsc, by.today):
        raise Conflict("covered_by_agreement", agreement=covering, group=unspsc)
    institution = institution_of(session, need.institution_id)
    day = deliver_on or by.today
    budget = held_budget(session, institution.id, day.year)
    number = draw(session, by.today.year)
    order = PurchaseOrder(
        number=number,
        number_key=number_key(number),
        source="free_text",
        state=ORDER.start,
        institution_id=institution.id,
        supplier_id=supplier_id,
        match="2-way",
        freight_allowed=True,
        currency="DKK",
        reference=None,
        note=None,
        ordered_by=need.user_id,
        placed_at=by.at,
        ordered_on=by.today,
        deliver_on=deliver_on,
        delivery={},
        coding=coding_for(session, institution, coding or {}),
        allowances=[],
        lines=[
            OrderLine(
                line=str(LINE_STEP),
                position=LINE_STEP,
                kind="service",
                name=description.strip()[:200],
                description=description.strip()[:2000],
                unspsc=unspsc,
                quantity=Decimal(1),
                unit="EA",
                price=ceiling.kroner,
                vat_percent=vat_percent,
                discount=NOTHING,
                coding=[],
            )
        ],
    )
    session.add(order)
    session.flush()
    need.state = NEED.after(need.state, "order")
    need.answered_by, need.answered_at, need.order_id = by.user_id, by.at, order.id
    note_participation(session, order.id, "ordered", order.orderers)
    audit.record(session, "order_submitted", "order", order.id, by, number=number, total=str(order.total))
    unknown = bool(new_suppliers(session, [supplier_id], order.id))
    ask = ask_about(order, budget_left=budget.after(order.total), first_time=unknown, supplier=supplier.name)
    others = demand(session, ask, order.orderers, by.today)
    own = Reason("approval_free_text", Role.PURCHASING_LEAD, {"amount": order.total, "supplier": supplier.name})
    move_to(session, order, "ask")
    open_approvals(session, order, Demand((own, *others.why), {}), by)
    log_cost(session, order.id, "order", by)
    for approval in decide(session, order, "approve", by):
        audit.record(session, "order_approved", "order", order.id, by, content_hash=approval.content_hash)
    if all(one.state != "waiting" for one in approvals_of(session, order.id)):
        queue(session, order, by)
    commit_value(session, order)
    session.flush()
    return order


def _covering(session: Session, unspsc: str, on: date) -> str | None:
    """The number of a joined agreement in force that covers the item group, by its own prefixes or a lot's."""
    for agreement in catalogues.agreements_in_force(session, on):
        prefixes = [
            *agreement.unspsc,
            *(prefix for lot in catalogues.lots_of(session, agreement.id) for prefix in lot.unspsc),
        ]
        if any(unspsc.startswith(prefix) or prefix.startswith(unspsc) for prefix in prefixes if prefix):
            return agreement.number
    return None
