"""What has happened to an order in sentences: (when, what and by whom), the newest first."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from eshop.web import filters
from eshop.web.texts import gettext, lazy_gettext

IN_SHORT: Final = 120

SENTENCES = {
    "order_submitted": lazy_gettext("Ordered"),
    "order_approved": lazy_gettext("Approved"),
    "order_rejected": lazy_gettext("Sent back"),
    "approval_regretted": lazy_gettext("The approval was taken back"),
    "approval_escalated": lazy_gettext("The next level was asked too"),
    "order_undone": lazy_gettext("Undone"),
    "order_sent": lazy_gettext("Sent to the supplier"),
    "order_changed": lazy_gettext("Order changed"),
    "order_cancelled": lazy_gettext("Cancelled"),
    "order_closed": lazy_gettext("Closed"),
    "order_loaded": lazy_gettext("Taken over from the former system"),
    "response_recorded": lazy_gettext("The supplier answered"),
    "supplier_written": lazy_gettext("Written to the supplier"),
    "supplier_wrote": lazy_gettext("The supplier wrote"),
    "despatch_recorded": lazy_gettext("The supplier has sent the goods"),
    "goods_received": lazy_gettext("Goods received"),
    "goods_returned": lazy_gettext("Goods returned"),
    "receipt_reversed": lazy_gettext("A receipt was taken back"),
}
"""Audit event → what people read; events without a sentence are for the auditor only."""


def timeline(events: Sequence[Any], written: Mapping[int, str]) -> list[tuple[datetime, str]]:
    """What happened, by whom where a person did it, and what was written, in short. `events` and `written` are an order's story."""
    rows = [row for row in reversed(events) if row.event in SENTENCES][:60]
    return [(row.at, _sentence(row, written)) for row in rows]


def _sentence(row: Any, written: Mapping[int, str]) -> str:
    what = str(SENTENCES[row.event])
    if row.who is not None:
        what = gettext("%(what)s by %(who)s", what=what, who=row.who)
    if row.event == "order_changed" and row.fields.get("deliver_on"):
        day = date.fromisoformat(row.fields["deliver_on"])
        return gettext("%(what)s, delivery %(day)s", what=what, day=filters.day(day, weekday=True))
    if row.event not in ("supplier_written", "supplier_wrote"):
        return what
    text = " ".join(written.get(row.fields["message_id"], "").split())
    said = text if len(text) <= IN_SHORT else f"{text[:IN_SHORT].rpartition(' ')[0]} …"
    return gettext("%(what)s: “%(said)s”", what=what, said=said)
