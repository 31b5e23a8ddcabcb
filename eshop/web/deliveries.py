"""The deliveries of an order, and complaints, as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ordering
from eshop.web import names
from eshop.web.guards import Visit


@dataclass(frozen=True)
class ComplaintShown:
    """A complaint as people follow it."""

    complaint: ordering.Complaint
    order: ordering.PurchaseOrder
    line: ordering.OrderLine
    supplier: str
    photos: Sequence[ordering.Photo]


def complaints_shown(visit: Visit, complaints: Sequence[ordering.Complaint]) -> list[ComplaintShown]:
    """The complaints with their orders, lines and pictures, in a fixed number of queries."""
    by_order = ordering.get_orders(visit.session, {one.order_id for one in complaints})
    suppliers = names.suppliers(visit.session, (order.supplier_id for order in by_order.values()))
    photos: dict[int, list[ordering.Photo]] = {}
    for photo in ordering.photos_of(visit.session, [one.id for one in complaints]):
        photos.setdefault(photo.complaint_id, []).append(photo)
    return [
        ComplaintShown(
            one,
            order := by_order[one.order_id],
            next(line for line in order.lines if line.id == one.order_line_id),
            suppliers.get(order.supplier_id, ""),
            photos.get(one.id, ()),
        )
        for one in complaints
    ]


@dataclass(frozen=True)
class Deliveries:
    """What is on its way, what has come and what was wrong, the oldest first; `despatches` and `receipts` as in the order's dossier."""

    despatches: Sequence[Any]
    receipts: Sequence[Any]
    complaints: Sequence[ComplaintShown]
    may_return: bool


def deliveries_of(visit: Visit, found: ordering.Dossier) -> Deliveries:
    """The order's own; complaints, which few orders have, are read where there are any."""
    complaints = ordering.complaints_of(visit.session, found.order.id) if found.complaints else []
    return Deliveries(
        found.despatches,
        found.receipts,
        complaints_shown(visit, complaints) if complaints else (),
        any(line.received > 0 and line.kind != "service" for line in found.picture.lines),
    )
