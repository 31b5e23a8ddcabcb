"""From approved to sent. An order that may leave is queued with ten minutes to regret it; then it is checked once more, written as the
document the supplier prefers, and put in the outbox, all in one unit of work.

The job `send_order` carries it out when the time is up (`send_due`); `send` does it at once. What is no longer orderable when it is to
leave goes back to the orderer with the reason, instead of to the supplier.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop import audit, exchange, jobs
from eshop.errors import Conflict, NotFound
from eshop.exchange import Message, TradingPartner
from eshop.identity import Actor, Institution, require
from ordering.approvals import fully_approved, void_approvals
from ordering.bought import tell_bought
from ordering.budgets import commit_value
from ordering.documents import order_document
from ordering.orders import PurchaseOrder, held, move_to
from ordering.settings import ordering_settings
from ordering.slipping import coming
from ordering.transaction_costs import log_cost
from ordering.webshop_orders import written

SEND_JOB: Final = "send_order"
Render = Callable[[PurchaseOrder], bytes]
"""Makes the readable PDF that goes with the XML by mail."""


def queue(session: Session, order: PurchaseOrder, by: Actor) -> None:
    """The order may leave: it does so when the time to regret is over. The order is held and its content approved."""
    move_to(session, order, "queue")
    leaves_at = by.at + ordering_settings(session).undo
    order.leaves_at = leaves_at
    session.flush()
    # The moment is part of the key: an order that was regretted and approved again has a job of its own.
    key = f"{SEND_JOB}:{order.id}:{leaves_at.isoformat()}"
    jobs.enqueue(session, SEND_JOB, {"order_id": order.id}, leaves_at, key=key)


def still_orderable(session: Session, order: PurchaseOrder, by: Actor) -> None:
    """Asks every line again. Conflict `no_longer_orderable` names the first line that is not, and why."""
    items = [line.item_id for line in order.lines if line.item_id is not None]
    if not items:
        return
    institution = session.get_one(Institution, order.institution_id)
    offers = catalogues.offers(session, items, institution, by.today)
    for line in order.lines:
        if line.item_id is None:
            continue
        offer = offers[line.item_id]
        if not offer.orderable:
            raise Conflict(
                "no_longer_orderable", number=order.number, line=line.line, item=line.name, reason=offer.reason
            )


def send(session: Session, order: PurchaseOrder, by: Actor, pdf: Render | None = None) -> PurchaseOrder:
    """Sends the order now, whatever is left of the time to regret. Conflict: `not_now`, `not_approved`, `no_longer_orderable`."""
    order = held(session, order)
    require(by, "order", order.institution_id)
    if order.state != "queued":
        raise Conflict("not_now", thing="order", verb="send", state=order.state)
    if not fully_approved(session, order):
        raise Conflict("not_approved", number=order.number)
    still_orderable(session, order, by)
    _keep_up_with_time(session, order, by)
    move_to(session, order, "send")
    partner = exchange.partner_of(session, order.supplier_id)
    document = order_document(session, order)
    message = put_document(session, order, document, partner, f"order:{order.id}", by, pdf)
    order.sent_at = by.at
    tell_bought(session, order)
    audit.record(session, "order_sent", "order", order.id, by, message_id=message.id)
    log_cost(session, order.id, "send", by)
    session.flush()
    return order


def _keep_up_with_time(session: Session, order: PurchaseOrder, by: Actor) -> None:
    """Where the order waited for its approval until the wanted day was out of reach, it is wanted on the first that is not: asked at the
    moment it might leave, for the time to regret is not held against it. Everything was approved but a day that time has taken."""
    free_since = by.at if order.leaves_at is None else order.leaves_at - ordering_settings(session).undo
    now = coming(session, [order], free_since).get(order.id)
    if now is None or not now.slipped:
        return
    order.deliver_on = now.day
    for line in order.lines:
        if line.deliver_on is not None and line.deliver_on < now.day:
            line.deliver_on = now.day
    commit_value(session, order)
    said = {"change_number": order.change_number, "lines": [], "deliver_on": now.day.isoformat()}
    audit.record(session, "order_changed", "order", order.id, by, **said)


def put_document(
    session: Session,
    order: PurchaseOrder,
    document: Any,
    partner: TradingPartner,
    key: str,
    by: Actor,
    pdf: Render | None = None,
) -> Message:
    """A document about the order into the outbox, in this unit of work; the same key is the same document."""
    body, profile = written(session, order, document, partner, by)
    message = exchange.put_out(
        session,
        body,
        type(document).__name__,
        str(document.id),
        partner,
        key,
        by.at,
        by,
        order_id=order.id,
        attachment=pdf(order) if pdf is not None and partner.channel == "smtp" else None,
    )
    message.profile = profile
    return message


def send_due(session: Session, order_id: int, by: Actor, pdf: Render | None = None) -> PurchaseOrder | None:
    """What the worker does for a `send_order` job: sends the order if it is still queued and its time is up. An order that cannot leave
    any more goes back to the orderer. Bears being done twice. None when there was nothing to send."""
    found = session.scalars(select(PurchaseOrder).where(PurchaseOrder.id == order_id)).one_or_none()
    if found is None:
        raise NotFound("order_not_found", number=str(order_id))
    order = held(session, found)
    if order.state != "queued" or order.leaves_at is None or order.leaves_at - by.at > timedelta(0):
        return None
    return _send_or_give_back(session, order, by, pdf)


def send_all(session: Session, by: Actor, pdf: Render | None = None) -> list[PurchaseOrder]:
    """Sends every queued order now; those that cannot leave any more go back to their orderers."""
    waiting = session.scalars(
        select(PurchaseOrder).where(PurchaseOrder.state == "queued").order_by(PurchaseOrder.id)
    ).all()
    return [_send_or_give_back(session, order, by, pdf) for order in waiting]


def _send_or_give_back(session: Session, order: PurchaseOrder, by: Actor, pdf: Render | None) -> PurchaseOrder:
    try:
        return send(session, order, by, pdf)
    except Conflict as refusal:
        if refusal.code not in ("no_longer_orderable", "not_approved"):
            raise
        return give_back(session, order, by, refusal.code, refusal.values)


def give_back(session: Session, order: PurchaseOrder, by: Actor, code: str, values: Mapping[str, Any]) -> PurchaseOrder:
    """The order goes back to the orderer with the reason; nothing of it counts against the budget, nothing waits for approval."""
    move_to(session, order, "send_back")
    order.returned_because = {"code": code, "values": {name: str(value) for name, value in values.items()}}
    order.leaves_at = None
    void_approvals(session, order)
    commit_value(session, order)
    audit.record(session, "order_rejected", "order", order.id, by, reason=code)
    return order


def mark_sent(session: Session, message: Message) -> None:
    """For `exchange.deliver`: the document has left. The message itself says so; the order needs nothing more."""
    if message.order_id is not None and message.document_type == "Order":
        order = session.scalars(select(PurchaseOrder).where(PurchaseOrder.id == message.order_id)).one_or_none()
        if order is not None and message.sent_at is not None:
            order.sent_at = message.sent_at
