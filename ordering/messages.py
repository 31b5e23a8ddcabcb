"""What we and the supplier write to each other about an order, kept on the order.

Ours leave by mail through the outbox, whatever way the supplier gets documents, with a signed link in it; what the supplier writes on the
page of the link is kept beside them. So nobody has to look for the other half of a conversation in a colleague's mailbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues import get_supplier
from eshop import audit, exchange
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.exchange import Message
from eshop.identity import Actor, require
from ordering.channels import mail_address
from ordering.lifecycle import WITH_SUPPLIER
from ordering.links import Claim, open_link
from ordering.orders import PurchaseOrder, held
from ordering.transaction_costs import log_cost

MESSAGE: Final = "OrderMessage"
"""The document type of a message in the outbox: text that people read, no document of a profile."""
LONGEST: Final = 2000
SAME_AGAIN: Final = timedelta(minutes=10)
MOST_BY_LINK: Final = 20


class OrderMessage(Owned, Base):
    """One message about an order. `direction`: out (written by `user_id` of ours, sent as the outbox's message `mail_id`), in (written by
    the supplier on the page of `link_id`)."""

    __tablename__ = "order_message"
    __table_args__ = (Index("ix_order_message_order_id_id", "order_id", "id"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    direction: Mapped[str] = mapped_column(String(3))
    text: Mapped[str]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("supplier_link.id"))
    mail_id: Mapped[int | None]


@dataclass(frozen=True, slots=True)
class Written:
    """A message, and how far its mail has come (a state of `exchange.OUTBOX`; None for what the supplier wrote)."""

    message: OrderMessage
    mail: str | None


def known_to_supplier(order: PurchaseOrder) -> bool:
    """Whether the supplier has, or has had, the order: there is no writing about one that they have never seen."""
    return order.standing != "not_sent" and (
        order.sent_at is not None or order.state in WITH_SUPPLIER or order.source != "shop"
    )


def write_message(session: Session, order: PurchaseOrder, text: str, by: Actor) -> OrderMessage:
    """Writes to the supplier about an order they have, or have had. The same text again within ten minutes is the same message.

    BadInput `message_missing`, `message_too_long`; Conflict `not_now` before the order has left, `supplier_without_address`."""
    require(by, "write_supplier", order.institution_id)
    said = _checked(text)
    order = held(session, order)
    if not known_to_supplier(order):
        raise Conflict("not_now", thing="order", verb="write", state=order.state)
    again = _same_again(session, order, "out", said, by)
    if again is not None:
        return again
    address = mail_address(session, order.supplier_id)
    supplier = get_supplier(session, order.supplier_id)
    if address is None:
        raise Conflict("supplier_without_address", supplier=supplier.name if supplier is not None else "")
    message = OrderMessage(order_id=order.id, direction="out", text=said, at=by.at, user_id=by.user_id)
    session.add(message)
    session.flush()
    mail = exchange.put_out(
        session,
        said.encode(),
        MESSAGE,
        f"{order.number}-{message.id}",
        exchange.partner_of(session, order.supplier_id),
        f"order:{order.id}:message:{message.id}",
        by.at,
        by,
        order_id=order.id,
        mail_to=address,
    )
    message.mail_id = mail.id
    audit.record(session, "supplier_written", "order", order.id, by, message_id=message.id)
    log_cost(session, order.id, "write", by)
    session.flush()
    return message


def message_by_link(session: Session, claim: Claim, text: str, by: Actor) -> OrderMessage:
    """What the supplier writes on the page of their link, as long as it holds: also when it has been used to answer the order.

    BadInput as `write_message`; NotAllowed `link_verb`, and as `open_link`; Conflict `link_messages_full` after twenty by one link."""
    link, order = open_link(session, claim, by.at)
    if "write" not in link.verbs:
        raise NotAllowed("link_verb", verb="write")
    said = _checked(text)
    order = held(session, order)
    again = _same_again(session, order, "in", said, by)
    if again is not None:
        return again
    by_link = session.scalars(select(OrderMessage.id).where(OrderMessage.link_id == link.id).limit(MOST_BY_LINK))
    if len(by_link.all()) >= MOST_BY_LINK:
        raise Conflict("link_messages_full", most=MOST_BY_LINK)
    message = OrderMessage(order_id=order.id, direction="in", text=said, at=by.at, link_id=link.id)
    session.add(message)
    session.flush()
    audit.record(session, "supplier_wrote", "order", order.id, by, message_id=message.id)
    return message


def _checked(text: str) -> str:
    said = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not said:
        raise BadInput("message_missing", field="text")
    if len(said) > LONGEST:
        raise BadInput("message_too_long", field="text", most=LONGEST)
    return said


def _same_again(session: Session, order: PurchaseOrder, direction: str, said: str, by: Actor) -> OrderMessage | None:
    """The message that a second press of the button would write once more."""
    return session.scalars(
        select(OrderMessage)
        .where(
            OrderMessage.order_id == order.id,
            OrderMessage.direction == direction,
            OrderMessage.user_id == by.user_id,
            OrderMessage.text == said,
            OrderMessage.at > by.at - SAME_AGAIN,
        )
        .limit(1)
    ).one_or_none()


def messages_of(session: Session, order_id: int) -> list[Written]:
    """All that was written about the order, the first first; one query."""
    rows = session.execute(
        select(OrderMessage, Message.state)
        .outerjoin(Message, Message.id == OrderMessage.mail_id)
        .where(OrderMessage.order_id == order_id)
        .order_by(OrderMessage.id)
    )
    return [Written(message, state) for message, state in rows]


def message_of_mail(session: Session, mail_id: int) -> OrderMessage | None:
    """The message that the outbox's `mail_id` carries."""
    return session.scalars(select(OrderMessage).where(OrderMessage.mail_id == mail_id)).one_or_none()


def written_by_suppliers(session: Session, since: datetime) -> Sequence[tuple[OrderMessage, PurchaseOrder]]:
    """What suppliers have written since then, with its order, the first first."""
    rows = session.execute(
        select(OrderMessage, PurchaseOrder)
        .join(PurchaseOrder, PurchaseOrder.id == OrderMessage.order_id)
        .where(OrderMessage.direction == "in", OrderMessage.at >= since)
        .order_by(OrderMessage.id)
    )
    return [(message, order) for message, order in rows]


def last_writer(session: Session, order_id: int, before: int) -> int | None:
    """Who of ours wrote last before this message: whom the answer is for. None where nobody did."""
    return session.scalar(
        select(OrderMessage.user_id)
        .where(OrderMessage.order_id == order_id, OrderMessage.direction == "out", OrderMessage.id < before)
        .order_by(OrderMessage.id.desc())
        .limit(1)
    )
