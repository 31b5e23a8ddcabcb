"""What people decide about an order before it leaves: approve, reject, regret, undo, and order the same again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from eshop import audit
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed
from eshop.identity import Actor, may, require
from ordering.approvals import PLAIN_REASONS, approvals_of, decide, void_approvals
from ordering.baskets import open_basket
from ordering.budgets import commit_value
from ordering.filling import Change, put_in_basket
from ordering.lifecycle import APPROVAL
from ordering.orders import PurchaseOrder, held, move_to
from ordering.sending import queue, still_orderable
from ordering.transaction_costs import log_cost


def approve(session: Session, order: PurchaseOrder, by: Actor, seen: str | None = None) -> PurchaseOrder:
    """Says yes to what the actor is asked. When nobody is left to ask, the order is queued and leaves in ten minutes.

    `seen` is the content hash of what was shown. Conflict: `already_decided` (with who and when), `no_longer_orderable`; Stale
    `order_changed`; NotAllowed as `approvals.decide`.
    """
    order = held(session, order)
    if order.state == "waiting":
        still_orderable(session, order, by)
    decide(session, order, "approve", by, seen=seen)
    audit.record(session, "order_approved", "order", order.id, by, content_hash=seen or _hash_of(session, order))
    if all(one.state != "waiting" for one in approvals_of(session, order.id)):
        if order.source == "supplier":
            move_to(session, order, "acknowledge")
        else:
            queue(session, order, by)
    session.flush()
    return order


def _hash_of(session: Session, order: PurchaseOrder) -> str:
    return approvals_of(session, order.id)[-1].content_hash


def reject(session: Session, order: PurchaseOrder, by: Actor, reason: str) -> PurchaseOrder:
    """Sends the order back to its orderer with a reason (BadInput `reason_missing`). Who may approve may send back."""
    if not reason.strip():
        raise BadInput("reason_missing", what="reject")
    order = held(session, order)
    decide(session, order, "reject", by, reason=reason.strip())
    move_to(session, order, "send_back")
    order.returned_because = {"code": "sent_back", "values": {"who": by.name, "reason": reason.strip()}}
    for other in approvals_of(session, order.id):
        if other.state in ("waiting", "approved"):
            other.state = APPROVAL.after(other.state, "void")
    commit_value(session, order)
    audit.record(session, "order_rejected", "order", order.id, by, reason="sent_back")
    session.flush()
    return order


def regret_approval(session: Session, order: PurchaseOrder, by: Actor) -> PurchaseOrder:
    """Takes one's own yes back while the order has not left. Conflict `not_now` when it has; NotAllowed `not_your_decision`."""
    order = held(session, order)
    mine = [one for one in approvals_of(session, order.id) if one.state == "approved" and one.decided_by == by.user_id]
    if not mine or by.user_id is None:
        raise NotAllowed("not_your_decision", number=order.number)
    if order.state == "queued":
        move_to(session, order, "ask_again")
        order.leaves_at = None
    elif order.state != "waiting":
        raise Conflict("not_now", thing="order", verb="regret", state=order.state)
    for one in mine:
        one.state = APPROVAL.after(one.state, "regret")
        one.decided_at = one.decided_by = one.on_behalf_of = None
    audit.record(session, "approval_regretted", "order", order.id, by)
    session.flush()
    return order


@dataclass(frozen=True, slots=True)
class Skipped:
    """An order that was left out of a bulk approval, and why: a code with values."""

    order: PurchaseOrder
    code: str
    values: dict[str, Any]


def approve_plain(
    session: Session, orders: Iterable[PurchaseOrder], by: Actor
) -> tuple[list[PurchaseOrder], list[Skipped]]:
    """Approves those orders in which nothing deviates; the others need to be looked at one by one (`not_plain`)."""
    done: list[PurchaseOrder] = []
    skipped: list[Skipped] = []
    for order in orders:
        codes = {
            reason["code"]
            for one in approvals_of(session, order.id)
            if one.state == "waiting"
            for reason in one.reasons
        }
        if codes - PLAIN_REASONS:
            skipped.append(Skipped(order, "not_plain", {"number": order.number}))
            continue
        try:
            # Each in a savepoint: what one order refuses leaves no trace in the others' transaction.
            with session.begin_nested():
                done.append(approve(session, order, by))
        except EshopError as refusal:
            session.refresh(order)
            skipped.append(Skipped(order, refusal.code, refusal.values))
    return done, skipped


def undo(session: Session, order: PurchaseOrder, by: Actor) -> PurchaseOrder:
    """Takes the order back before it leaves; its lines are in the basket again. Conflict `already_left`. Who ordered it can, and who may
    order for others."""
    order = held(session, order)
    if by.user_id not in order.orderers and not may(by, "order_for_others", order.institution_id):
        raise NotAllowed("not_your_order", number=order.number)
    if order.state not in ("waiting", "queued"):
        raise Conflict("already_left", number=order.number, state=order.state, at=order.sent_at)
    move_to(session, order, "undo")
    order.leaves_at = None
    void_approvals(session, order)
    commit_value(session, order)
    audit.record(session, "order_undone", "order", order.id, by)
    log_cost(session, order.id, "undo", by)
    if by.user_id is not None and by.institution_id == order.institution_id:
        refill(session, order, by)
    session.flush()
    return order


def reorder(session: Session, order: PurchaseOrder, by: Actor) -> list[Change]:
    """Puts the order's lines in the basket at today's prices and says what has changed since. "Bestil igen"."""
    require(by, "shop", by.institution_id)
    return refill(session, order, by)


def refill(session: Session, order: PurchaseOrder, by: Actor) -> list[Change]:
    """The order's lines into the actor's basket, on top of what is there; what cannot be ordered today is left out and said."""
    basket = open_basket(session, by)
    gone = [
        Change("reordered_gone", None, line.name, {"item": line.name, "reason": "unknown_item"})
        for line in order.lines
        if line.item_id is None
    ]
    known = {line.item_id: line for line in order.lines if line.item_id is not None}
    before = {item_id: line.full_price.per_order_unit for item_id, line in known.items()}
    notes = {item_id: line.note for item_id, line in known.items() if line.note}
    wanted = [(item_id, line.quantity) for item_id, line in known.items()]
    return put_in_basket(session, basket, wanted, by, before=before, notes=notes) + gone
