"""All that an order's page tells of it, in one journey to the database and in plain rows: whoever acts on a part reads that part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session

from catalogues import Agreement, Supplier
from eshop.amounts import NOTHING, Amount
from eshop.audit import AuditEvent
from eshop.errors import NotFound
from eshop.exchange import Message, TradingPartner
from eshop.identity import Institution, User
from eshop.kept import Kept, KeptThings, ask_together
from ordering.basket_rules import Terms
from ordering.channels import address_of
from ordering.complaints import Complaint
from ordering.despatches import Despatch
from ordering.messages import MESSAGE, OrderMessage
from ordering.orders import PurchaseOrder, sum_of_allowances
from ordering.pictures import LINES, MOVED, TOUCHED, OrderPicture, picture_of
from ordering.receipts import Receipt
from ordering.responses import SupplierResponse
from ordering.transaction_costs import COSTS, Handling, handling_of


@dataclass(frozen=True, slots=True)
class Dossier:
    """An order, and what has become of it; every sequence has the oldest first.

    `total` is the net amount as ordered, `freight` what the agreement lets the supplier add to it. `events`: id, at, event, fields,
    user_id, who. `receipts`: at, kind, delivery_note, note, user_id, who. `despatches`: at, document_id, expected_on, tracking. `notes`
    (of the supplier's answers): at, note. `messages`: id, at, direction, text, who, mail (how far it has come). `documents`: at,
    direction, document_type, document_id, state, uid.
    `mail_address` is where people at the supplier read mail, None where nobody knows.
    """

    order: PurchaseOrder
    picture: OrderPicture
    supplier: str
    institution: str
    orderer: str
    total: Amount
    freight: Amount
    mail_address: str | None
    events: Sequence[Any]
    receipts: Sequence[Any]
    despatches: Sequence[Any]
    notes: Sequence[Any]
    messages: Sequence[Any]
    documents: Sequence[Any]
    complaints: int
    handling: Handling


def _same(entity: Any, key: Any) -> ColumnElement[bool]:
    """That the row named by `key` is joined, of the same municipality."""
    return and_(entity.id == key, entity.municipality_id == key.class_.municipality_id)


_OF_ORDER: Final = bindparam("order_id")
_ORDERS: Final = KeptThings(PurchaseOrder)
_HEAD: Final = Kept(
    select(
        *_ORDERS.columns,
        Supplier.name.label("supplier_name"),
        Supplier.email.label("supplier_email"),
        Institution.name.label("institution_name"),
        User.name.label("orderer_name"),
        TradingPartner.channel.label("partner_channel"),
        TradingPartner.address.label("partner_address"),
        Agreement.fees.label("agreement_fees"),
        select(func.count(Complaint.id))
        .where(Complaint.order_id == PurchaseOrder.id, Complaint.municipality_id == PurchaseOrder.municipality_id)
        .scalar_subquery()
        .label("complaints"),
    )
    .outerjoin(Supplier, _same(Supplier, PurchaseOrder.supplier_id))
    .outerjoin(Institution, _same(Institution, PurchaseOrder.institution_id))
    .outerjoin(User, _same(User, PurchaseOrder.ordered_by))
    .outerjoin(Agreement, _same(Agreement, PurchaseOrder.agreement_id))
    .outerjoin(
        TradingPartner,
        and_(
            TradingPartner.supplier_id == PurchaseOrder.supplier_id,
            TradingPartner.municipality_id == PurchaseOrder.municipality_id,
        ),
    )
    .where(PurchaseOrder.id == _OF_ORDER)
)
_EVENTS: Final = Kept(
    select(
        AuditEvent.id, AuditEvent.at, AuditEvent.event, AuditEvent.fields, AuditEvent.user_id, User.name.label("who")
    )
    .outerjoin(User, _same(User, AuditEvent.user_id))
    .where(AuditEvent.thing_type == "order", AuditEvent.thing_id == _OF_ORDER)
    .order_by(AuditEvent.id)
)
_RECEIPTS: Final = Kept(
    select(Receipt.at, Receipt.kind, Receipt.delivery_note, Receipt.note, Receipt.user_id, User.name.label("who"))
    .outerjoin(User, _same(User, Receipt.user_id))
    .where(Receipt.order_id == _OF_ORDER)
    .order_by(Receipt.number)
)
_DESPATCHES: Final = Kept(
    select(Despatch.at, Despatch.document_id, Despatch.expected_on, Despatch.tracking)
    .where(Despatch.order_id == _OF_ORDER)
    .order_by(Despatch.id)
)
_NOTES: Final = Kept(
    select(SupplierResponse.at, SupplierResponse.note)
    .where(SupplierResponse.order_id == _OF_ORDER, SupplierResponse.note.is_not(None))
    .order_by(SupplierResponse.id)
)
_MESSAGES: Final = Kept(
    select(
        OrderMessage.id,
        OrderMessage.at,
        OrderMessage.direction,
        OrderMessage.text,
        User.name.label("who"),
        Message.state.label("mail"),
    )
    .outerjoin(User, _same(User, OrderMessage.user_id))
    .outerjoin(Message, _same(Message, OrderMessage.mail_id))
    .where(OrderMessage.order_id == _OF_ORDER)
    .order_by(OrderMessage.id)
)
_DOCUMENTS: Final = Kept(
    select(Message.at, Message.direction, Message.document_type, Message.document_id, Message.state, Message.uid)
    .where(Message.order_id == _OF_ORDER)
    .order_by(Message.id)
)


def dossier_of(session: Session, order_id: int) -> Dossier:
    """NotFound `order_not_found` where it is not there or another municipality's."""
    session.flush()
    of_order, of_orders = {"order_id": order_id}, {"ids": [order_id]}
    heads, lines, moved, touched, costs, *others = ask_together(
        session,
        (_HEAD, of_order),
        (LINES, of_orders),
        (MOVED, of_orders),
        (TOUCHED, of_orders),
        (COSTS, of_orders),
        (_EVENTS, of_order),
        (_RECEIPTS, of_order),
        (_DESPATCHES, of_order),
        (_NOTES, of_order),
        (_MESSAGES, of_order),
        (_DOCUMENTS, of_order),
    )
    if not heads:
        raise NotFound("order_not_found", number=str(order_id))
    (head,) = heads
    events, receipts, despatches, notes, messages, documents = others
    picture = picture_of(head, lines, moved, touched)
    ordered = Amount.sum(line.price.total(line.ordered) - line.discount for line in picture.lines)
    total = ordered + sum_of_allowances(head.allowances)
    return Dossier(
        _ORDERS.of(session, head),
        picture,
        head.supplier_name or "",
        head.institution_name or "",
        head.orderer_name or "",
        total,
        Terms.of(None, head.agreement_fees or ()).freight_for(total) if head.source == "shop" else NOTHING,
        address_of(head.supplier_email, head.partner_channel, head.partner_address),
        events,
        receipts,
        despatches,
        [one for one in notes if one.note],
        messages,
        [one for one in documents if one.document_type != MESSAGE],
        head.complaints,
        handling_of(costs),
    )


def story_of(session: Session, order_id: int) -> tuple[Sequence[Any], Mapping[int, str]]:
    """The order's `events` as in its dossier, and the texts of its messages by id."""
    session.flush()
    events, messages = ask_together(session, (_EVENTS, {"order_id": order_id}), (_MESSAGES, {"order_id": order_id}))
    return events, {one.id: one.text for one in messages}
