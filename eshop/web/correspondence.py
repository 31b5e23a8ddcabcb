"""What is written to the supplier from an order's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

import ordering
from eshop.errors import NotFound
from eshop.web import forms, names, toasts
from eshop.web.guards import Visit, access

blueprint = Blueprint("correspondence", __name__)


@dataclass(frozen=True)
class Line:
    """One message as the pages show it. `failed`: its mail could not be delivered."""

    at: datetime
    who: str
    text: str
    ours: bool
    failed: bool = False


@dataclass(frozen=True)
class Correspondence:
    """All that was said, the first first, and whether more can be written: `address` is where it goes, None where nobody knows one."""

    lines: list[Line]
    address: str | None
    may_write: bool


def correspondence(
    visit: Visit, order: ordering.PurchaseOrder, supplier: str, written: Sequence[ordering.Written]
) -> Correspondence:
    """The order's messages, and what the supplier wrote with an answer; a fixed number of queries."""
    people = names.people(visit.session, (one.message.user_id for one in written))
    lines = [
        Line(
            one.message.at,
            people.get(one.message.user_id, "") if one.message.direction == "out" else supplier,
            one.message.text,
            one.message.direction == "out",
            one.mail == "dead",
        )
        for one in written
    ]
    lines += [
        Line(one.at, supplier, one.note, ours=False)
        for one in ordering.responses_of(visit.session, order.id)
        if one.note
    ]
    may_write = visit.may("write_supplier", order.institution_id) and ordering.known_to_supplier(order)
    address = ordering.mail_address(visit.session, order.supplier_id) if may_write else None
    return Correspondence(sorted(lines, key=lambda line: line.at), address, may_write)


@blueprint.post("/orders/<int:order_id>/messages")
@access("write_supplier")
def write(visit: Visit, order_id: int) -> ResponseReturnValue:
    """A mail to the supplier, kept on the order."""
    order = ordering.get_order(visit.session, order_id)
    if not visit.may("see_orders", order.institution_id):
        raise NotFound("order_not_found", number=str(order_id))
    ordering.write_message(visit.session, order, forms.text(request.form, "text") or "", visit.actor)
    toasts.put(gettext("The message is on its way to the supplier."))
    return redirect(url_for("orders.show", order_id=order.id, _anchor="messages"), 303)
