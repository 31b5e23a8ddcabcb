"""An order as other systems see it: the `orders show` object of INTERFACES §2."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues import Supplier
from eshop import audit
from eshop.amounts import plain
from eshop.exchange import Message
from eshop.identity import main_gln
from ordering.approvals import approval_summary, reason_values
from ordering.loading import line_as_json
from ordering.messages import MESSAGE
from ordering.movements import quantities_of
from ordering.orders import PurchaseOrder
from ordering.receipts import receipt_as_json, receipts_of
from ordering.transaction_costs import cost_of


def as_json(
    session: Session, order: PurchaseOrder, on: date | None = None, invoices: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """{number, state, supplier{}, agreement, institution, lines[], total, approval{needed, why, who}, documents[], receipts[], invoices[],
    cost{}}; amounts and quantities as decimal strings. `invoices` are the door's to give (this room does not know them)."""
    supplier = session.scalars(select(Supplier).where(Supplier.id == order.supplier_id)).one()
    quantities = quantities_of(session, order.id)
    approval = approval_summary(session, order, on or order.ordered_on)
    return {
        "number": order.number,
        "state": order.state,
        "supplier": {"cvr": supplier.cvr, "gln": supplier.gln, "name": supplier.name},
        "agreement": order.agreement_number,
        "institution": main_gln(session, order.institution_id),
        "date": order.ordered_on.isoformat(),
        "deliver_on": order.deliver_on.isoformat() if order.deliver_on else None,
        "reference": order.reference,
        "currency": order.currency,
        "match": order.match,
        "coding": order.coding,
        "lines": [
            {
                **line_as_json(line),
                "amount": str(line.amount),
                "coding": line.coding,
                **{
                    name: plain(getattr(quantities[line.id], name))
                    for name in ("cancelled", "received", "returned", "invoiced", "credited", "outstanding")
                },
            }
            for line in order.lines
        ],
        "total": str(order.total),
        "approval": {
            "needed": approval["needed"],
            "why": [
                {
                    "code": one["code"],
                    "role": one["role"],
                    "state": one["state"],
                    "values": {name: str(value) for name, value in reason_values(one["values"]).items()},
                }
                for one in approval["why"]
            ],
            "who": approval["who"],
        },
        "documents": documents_of(session, order.id),
        "receipts": [
            receipt_as_json(one, {line.id: line.line for line in order.lines})
            for one in receipts_of(session, [order.id])[order.id]
        ],
        "invoices": list(invoices),
        "cost": cost_of(session, order.id).as_json(),
    }


def documents_of(session: Session, order_id: int) -> list[dict[str, Any]]:
    """Every document about the order, out and in, the first first."""
    return [
        {
            "direction": one.direction,
            "document_type": one.document_type,
            "document_id": one.document_id,
            "profile": one.profile,
            "state": one.state,
            "message": one.uid,
            "at": one.at.isoformat(),
        }
        for one in session.scalars(select(Message).where(Message.order_id == order_id).order_by(Message.id))
        if one.document_type != MESSAGE
    ]


def timeline(session: Session, order: PurchaseOrder) -> list[audit.AuditEvent]:
    """What has happened to the order, oldest first."""
    return audit.history(session, "order", order.id)
