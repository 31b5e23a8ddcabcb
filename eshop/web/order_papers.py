"""What an order's page has below its lines: the documents sent and received, the invoices, changing it; and the list as a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

import invoicing
import ordering
from eshop.errors import NotFound
from eshop.exchange import Message
from eshop.web import forms
from eshop.web.filters import moment
from eshop.web.guards import Visit, access
from eshop.web.order_cards import OrderCard, cards
from eshop.web.order_filters import Filters
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.workbooks import Column, excel

blueprint = Blueprint("papers", __name__)
MOST_IN_SHEET = 5000

DOCUMENTS = {
    "Order": lazy_gettext("The order"),
    "OrderChange": lazy_gettext("Change of the order"),
    "OrderCancellation": lazy_gettext("Cancellation of the order"),
    "OrderResponse": lazy_gettext("The supplier's confirmation"),
    "OrderResponseSimple": lazy_gettext("The supplier's confirmation"),
    "OrderAgreement": lazy_gettext("Order agreement from the supplier's shop"),
    "DespatchAdvice": lazy_gettext("Delivery note"),
    "Invoice": lazy_gettext("Invoice"),
    "CreditNote": lazy_gettext("Credit note"),
    "Reminder": lazy_gettext("Reminder"),
    "ApplicationResponse": lazy_gettext("Receipt of a document"),
}
"""What a document is called."""


@dataclass(frozen=True)
class Paper:
    """A document about the order as its page lists it."""

    name: str
    number: str
    said: str
    href: str


def papers_of(found: ordering.Dossier) -> list[Paper]:
    """Every document of the order, out and in, the newest first."""
    return [
        Paper(
            str(DOCUMENTS.get(one.document_type or "", gettext("A document"))),
            one.document_id or "",
            _said(one),
            url_for("papers.document", order_id=found.order.id, uid=one.uid),
        )
        for one in reversed(found.documents)
    ]


def _said(one: Any) -> str:
    """'Modtaget 12. maj', 'Sendt 12. maj', or that it waits."""
    at = moment(one.at)
    if one.direction == "in":
        return gettext("Received %(when)s", when=at)
    if one.state in ("sent", "delivered"):
        return gettext("Sent %(when)s", when=at)
    if one.state in ("dead", "failed", "given_up"):
        return gettext("Could not be delivered")
    return gettext("Is being sent")


def order_invoices(visit: Visit, order: ordering.PurchaseOrder) -> list[invoicing.Invoice]:
    """The invoices and credit notes on the order, for whoever may see invoices there."""
    if not visit.may("see_invoices", order.institution_id):
        return []
    return invoicing.invoices_of_order(visit.session, order.id)


def load(visit: Visit, order_id: int) -> ordering.PurchaseOrder:
    """The order, if the person may see orders of its institution; else it is not there."""
    order = ordering.get_order(visit.session, order_id)
    if not visit.may("see_orders", order.institution_id):
        raise NotFound("order_not_found", number=str(order_id))
    return order


@blueprint.get("/orders/<int:order_id>/documents/<uuid:uid>")
@access("see_orders")
def document(visit: Visit, order_id: int, uid: UUID) -> ResponseReturnValue:
    """The document to the byte, to be saved: it came from outside, and is never shown as a page of ours."""
    order = load(visit, order_id)
    found = visit.session.scalars(
        select(Message).where(Message.uid == str(uid), Message.order_id == order.id)
    ).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Message", key=str(uid))
    answer = Response(found.body, mimetype="application/xml")
    safe = "".join(
        sign for sign in f"{found.document_type or 'document'}-{order.number}" if sign.isalnum() or sign == "-"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{safe}.xml"'
    return answer


@blueprint.post("/orders/<int:order_id>/change")
@access("order")
def change(visit: Visit, order_id: int) -> ResponseReturnValue:
    """How many of each line are wanted in all, and when; the supplier gets an order change where the order has left."""
    order = load(visit, order_id)
    wanted = {
        name.removeprefix("wanted-"): forms.decimal(request.form, name)
        for name in request.form
        if name.startswith("wanted-")
    }
    with_supplier = order.state in ordering.WITH_SUPPLIER
    ordering.change_order(
        visit.session,
        order,
        wanted,
        visit.actor,
        forms.text(request.form, "reason", 200) or "",
        deliver_on=forms.day(request.form, "deliver_on"),
    )
    if with_supplier:
        flash(gettext("Order %(number)s is changed. The supplier is told.", number=order.number), "success")
    else:
        flash(gettext("Order %(number)s is changed. It had not left yet.", number=order.number), "success")
    return redirect(url_for("orders.show", order_id=order.id), 303)


@blueprint.get("/orders/list.xlsx")
@access("see_orders")
def sheet(visit: Visit) -> ResponseReturnValue:
    """Exactly what the list's filters show, all its pages, a row for each order."""
    found = Filters.asked().orders(visit, MOST_IN_SHEET)
    columns = (
        Column(gettext("Order number")),
        Column(gettext("Ordered on"), "day"),
        Column(gettext("Supplier")),
        Column(gettext("Institution")),
        Column(gettext("Ordered by")),
        Column(gettext("Reference")),
        Column(gettext("Agreement")),
        Column(gettext("Status")),
        Column(gettext("Delivery"), "day"),
        Column(gettext("Excl. VAT"), "money"),
    )
    return excel(gettext("orders"), columns, (_row(card) for card in _cards(visit, found)))


def _cards(visit: Visit, orders: list[ordering.PurchaseOrder]) -> Iterator[OrderCard]:
    """A few hundred at a time, so that a question to the database stays of a size it takes."""
    for start in range(0, len(orders), 500):
        yield from cards(visit, orders[start : start + 500])


def _row(card: OrderCard) -> tuple[Any, ...]:
    order = card.order
    return (
        order.number, order.ordered_on, card.supplier, card.institution, card.orderer, order.reference,
        order.agreement_number, card.status.text, order.deliver_on, order.total,
    )  # fmt: skip
