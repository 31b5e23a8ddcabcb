"""The supplier's own pages: catalogues with what should be put right, orders, invoices. Nothing of anybody else's is ever shown.

Whose person it is stands on the user (`supplier_id`). Without it, or for another supplier's thing, the answer is that it is not there.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

import catalogues
import invoicing
import ordering
from eshop.errors import NotAllowed, NotFound
from eshop.web import forms, names
from eshop.web.guards import Visit, access
from eshop.web.texts import lazy_gettext

blueprint = Blueprint("supplier", __name__)

PER_PAGE = 50
SEEN_STATES = (*sorted(ordering.WITH_SUPPLIER), "closed", "cancelled", "refused")
"""Orders that have been with the supplier. What is not sent yet is not theirs to see."""

ORDER_STATES = {
    "sent": lazy_gettext("Waits for your confirmation"),
    "confirmed": lazy_gettext("Confirmed"),
    "proposed": lazy_gettext("Your proposal waits for an answer"),
    "closed": lazy_gettext("Delivered and closed"),
    "cancelled": lazy_gettext("Cancelled"),
    "refused": lazy_gettext("You have declined it"),
}
INVOICE_STATES = {
    "posted": lazy_gettext("Booked for payment"),
    "waiting": lazy_gettext("Being checked"),
    "refused": lazy_gettext("Declined"),
    "closed": lazy_gettext("Could not be used"),
}


def own_supplier(visit: Visit) -> catalogues.Supplier:
    """The supplier the person belongs to. NotAllowed `no_supplier` where none is set."""
    own = visit.actor.supplier_id
    found = None if own is None else catalogues.get_supplier(visit.session, own)
    if found is None:
        raise NotAllowed("no_supplier")
    return found


@blueprint.get("/supplier/catalogues")
@access("supply")
def own_catalogues(visit: Visit) -> ResponseReturnValue:
    own = own_supplier(visit)
    today = visit.actor.today
    agreements = {one.id: one for one in catalogues.list_agreements(visit.session) if one.supplier_id == own.id}
    return render_template(
        "supplier/catalogues.html",
        wide=True,
        supplier=own,
        agreements=agreements,
        today=today,
        versions=catalogues.list_versions(visit.session, supplier_id=own.id)[:PER_PAGE],
        uploads=catalogues.uploads_under_way(visit.session, own.id),
    )


@blueprint.get("/supplier/catalogues/<int:version_id>")
@access("supply")
def fix_list(visit: Visit, version_id: int) -> ResponseReturnValue:
    """What the supplier should put right in a catalogue, line by line."""
    own = own_supplier(visit)
    version = catalogues.get_version(visit.session, version_id)
    if version.supplier_id != own.id:
        raise NotFound("not_found", thing="CatalogueVersion", key=version_id)
    return render_template(
        "supplier/fix_list.html",
        wide=True,
        version=version,
        agreement=catalogues.get_agreement(visit.session, version.agreement_id),
        fixes=catalogues.fix_list(visit.session, version),
    )


@blueprint.get("/supplier/orders")
@access("supply")
def orders(visit: Visit) -> ResponseReturnValue:
    own = own_supplier(visit)
    page = forms.page_number(request.args)
    found = ordering.list_orders(
        visit.session, supplier_id=own.id, states=SEEN_STATES, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE
    )
    shown = [one for one in found[:PER_PAGE] if one.sent_at is not None or one.state in ordering.WITH_SUPPLIER]
    return render_template(
        "supplier/orders.html",
        wide=True,
        orders=shown,
        institutions=names.institutions(visit.session, (one.institution_id for one in shown)),
        states=ORDER_STATES,
        page=page,
        more=len(found) > PER_PAGE,
    )


@blueprint.get("/supplier/orders/<int:order_id>")
@access("supply")
def order(visit: Visit, order_id: int) -> ResponseReturnValue:
    own = own_supplier(visit)
    found = ordering.get_order(visit.session, order_id)
    seen = found.state in ordering.WITH_SUPPLIER or (found.state in SEEN_STATES and found.sent_at is not None)
    if found.supplier_id != own.id or not seen:
        raise NotFound("order_not_found", number=str(order_id))
    return render_template(
        "supplier/order.html",
        wide=True,
        order=found,
        institution=names.institutions(visit.session, [found.institution_id])[found.institution_id],
        states=ORDER_STATES,
    )


@blueprint.get("/supplier/invoices")
@access("supply")
def invoices(visit: Visit) -> ResponseReturnValue:
    own = own_supplier(visit)
    page = forms.page_number(request.args)
    found = invoicing.list_invoices(visit.session, supplier_id=own.id, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    shown = found[:PER_PAGE]
    return render_template(
        "supplier/invoices.html",
        wide=True,
        invoices=shown,
        institutions=names.institutions(visit.session, (one.institution_id for one in shown)),
        states=INVOICE_STATES,
        page=page,
        more=len(found) > PER_PAGE,
    )
