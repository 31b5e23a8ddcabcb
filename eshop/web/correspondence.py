"""What is written to the supplier from an order's page."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

import ordering
from eshop.errors import NotFound
from eshop.web import forms, toasts
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext

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


def correspondence(visit: Visit, found: ordering.Dossier) -> Correspondence:
    """The order's messages, and what the supplier wrote with an answer."""
    lines = [
        Line(
            one.at,
            one.who or "" if one.direction == "out" else found.supplier,
            one.text,
            one.direction == "out",
            one.mail == "dead",
        )
        for one in found.messages
    ]
    lines += [Line(one.at, found.supplier, one.note, ours=False) for one in found.notes]
    may_write = visit.may("write_supplier", found.order.institution_id) and ordering.known_to_supplier(found.order)
    address = found.mail_address if may_write else None
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
