"""The lives of an order and of an approval, as tables of moves. (pure)

    draft ─ ask → waiting ─ queue → queued ─ send → sent ─ confirm → confirmed ─ close → closed
                     │                │               └ propose → proposed ─ settle → confirmed
                     └ send_back → returned           └ refuse → refused
    undo: waiting, queued → undone        cancel: anything that has not ended → cancelled
    acknowledge: waiting → confirmed, for an order that was placed in the supplier's own shop and needs no sending

What has been received and invoiced is no state: it is derived from receipts and invoices (`ordering.pictures`), so an order
that is confirmed may be half received and wholly invoiced at the same time.
"""

from typing import Final, Literal

from eshop.workflow import Workflow, move

ORDER: Final = Workflow(
    "order",
    "draft",
    {
        "ask": move("draft", "waiting"),
        "queue": move("draft waiting", "queued"),
        "acknowledge": move("waiting", "confirmed"),
        "send_back": move("waiting queued", "returned"),
        "ask_again": move("queued", "waiting"),
        "undo": move("waiting queued", "undone"),
        "send": move("queued", "sent"),
        "confirm": move("sent confirmed proposed", "confirmed"),
        "propose": move("sent confirmed proposed", "proposed"),
        "settle": move("proposed", "confirmed"),
        "refuse": move("sent confirmed proposed", "refused"),
        "change": move("sent confirmed proposed", "sent"),
        "cancel": move("waiting queued sent confirmed proposed", "cancelled"),
        "close": move("sent confirmed proposed", "closed"),
        "reopen": move("closed", "confirmed"),
    },
)

APPROVAL: Final = Workflow(
    "approval",
    "waiting",
    {
        "approve": move("waiting", "approved"),
        "reject": move("waiting", "rejected"),
        "regret": move("approved", "waiting"),
        "void": move("waiting approved", "void"),
    },
)

WITH_SUPPLIER: Final = frozenset({"sent", "confirmed", "proposed"})
"""The supplier has it: goods may come, and an invoice may refer to it."""

BEFORE_SENDING: Final = frozenset({"draft", "waiting", "queued"})
OVER: Final = frozenset({"returned", "undone", "refused", "cancelled", "closed"})
COUNTS_AGAINST_BUDGET: Final = frozenset({"waiting", "queued", "sent", "confirmed", "proposed", "closed"})

Standing = Literal["not_sent", "open", "closed", "cancelled"]


def standing(state: str) -> Standing:
    """What invoice control needs to know of a state: may an invoice be matched to the order?"""
    if state in WITH_SUPPLIER:
        return "open"
    if state in BEFORE_SENDING:
        return "not_sent"
    return "closed" if state == "closed" else "cancelled"
