"""What has happened to an order, from the audit trail: (when, one sentence), the newest first."""

from datetime import datetime

from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

import ordering
from eshop.audit import AuditEvent
from eshop.web import names
from eshop.web.guards import Visit

SENTENCES = {
    "order_submitted": lazy_gettext("Ordered"),
    "order_approved": lazy_gettext("Approved"),
    "order_rejected": lazy_gettext("Sent back"),
    "approval_regretted": lazy_gettext("The approval was taken back"),
    "approval_escalated": lazy_gettext("The next level was asked too"),
    "order_undone": lazy_gettext("Undone"),
    "order_sent": lazy_gettext("Sent to the supplier"),
    "order_cancelled": lazy_gettext("Cancelled"),
    "order_closed": lazy_gettext("Closed"),
    "order_loaded": lazy_gettext("Taken over from the former system"),
    "response_recorded": lazy_gettext("The supplier answered"),
    "despatch_recorded": lazy_gettext("The supplier has sent the goods"),
    "goods_received": lazy_gettext("Goods received"),
    "goods_returned": lazy_gettext("Goods returned"),
    "receipt_reversed": lazy_gettext("A receipt was taken back"),
}
"""Audit event → what people read; events without a sentence are for the auditor only."""


def timeline(visit: Visit, order: ordering.PurchaseOrder) -> list[tuple[datetime, str]]:
    """What happened, by whom where a person did it."""
    rows = visit.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.thing_type == "order", AuditEvent.thing_id == order.id, AuditEvent.event.in_(SENTENCES))
        .order_by(AuditEvent.id.desc())
        .limit(60)
    ).all()
    people = names.people(visit.session, (row.user_id for row in rows))
    return [
        (
            row.at,
            gettext("%(what)s by %(who)s", what=SENTENCES[row.event], who=people[row.user_id])
            if row.user_id in people
            else str(SENTENCES[row.event]),
        )
        for row in rows
    ]
