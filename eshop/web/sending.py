"""What leaves for suppliers: documents that could not be sent and what to do about them, and by which way each supplier gets them."""

from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask import redirect as flask_redirect
from flask.typing import ResponseReturnValue

import catalogues
import ordering
from eshop import exchange
from eshop.errors import NotFound
from eshop.web import forms, names, toasts
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("sending", __name__)

CHANNEL_NAMES: Final = {
    "http": lazy_gettext("Access point (NemHandel or Peppol)"),
    "smtp": lazy_gettext("Mail with PDF, XML and a link"),
    "link": lazy_gettext("Mail with PDF and a link"),
    "sftp": lazy_gettext("SFTP"),
    "folder": lazy_gettext("Folder on the server"),
}
PROFILE_NAMES: Final = {"peppol-bis-3": "Peppol BIS 3", "oioubl-2.1": "OIOUBL 2.1", "cxml-1.2": "cXML 1.2 (webshop)"}
DOCUMENT_NAMES: Final = {
    "Order": lazy_gettext("Purchase order"),
    "OrderChange": lazy_gettext("Change of order"),
    "OrderCancellation": lazy_gettext("Cancellation of order"),
    "OrderMessage": lazy_gettext("Message about order"),
    "ApplicationResponse": lazy_gettext("Answer to a document"),
    "InvoiceResponse": lazy_gettext("Answer to an invoice"),
}

ERRORS: Final = {
    "the address was refused": lazy_gettext("the address was refused"),
    "the server's host key is not known": lazy_gettext("the server's host key is not known"),
    "ESHOP_SMTP_URL is not set": lazy_gettext("the shop has no mail server"),
}
"""What went wrong at our end of a channel, in words; what the other end said is shown as it was said."""


@blueprint.get("/sending")
@access("manage_sending")
def overview(visit: Visit) -> ResponseReturnValue:
    dead, waiting = exchange.dead_letters(visit.session), ordering.unsent(visit.session)
    orders = ordering.get_orders(visit.session, [one.order_id for one in (*dead, *waiting) if one.order_id is not None])
    suppliers = catalogues.list_suppliers(visit.session)
    return render_template(
        "sending/overview.html",
        wide=True,
        dead=dead,
        waiting=waiting,
        orders=orders,
        suppliers=suppliers,
        supplier_names={one.id: one.name for one in suppliers},
        channels=ordering.trading_partners(visit.session),
        shown_address=ordering.shown_address,
        channel_names=CHANNEL_NAMES,
        profile_names=PROFILE_NAMES,
        document_names=DOCUMENT_NAMES,
        errors=ERRORS,
    )


@blueprint.post("/sending/<int:message_id>")
@access("manage_sending")
def again(visit: Visit, message_id: int) -> ResponseReturnValue:
    """New tries, the same way or another."""
    channel = forms.text(request.form, "channel", 10)
    address = forms.text(request.form, "address", 200) or ""
    message = ordering.send_document_again(visit.session, message_id, visit.actor, channel=channel, address=address)
    toasts.put(gettext("%(document)s is sent again in a moment.", document=message.document_id or message.name))
    return flask_redirect(url_for("sending.overview"), 303)


@blueprint.get("/suppliers/<int:supplier_id>/channel")
@access("manage_sending")
def channel(visit: Visit, supplier_id: int) -> ResponseReturnValue:
    name = names.suppliers(visit.session, [supplier_id]).get(supplier_id)
    if name is None:
        raise NotFound("not_found", thing="Supplier", key=supplier_id)
    partner = ordering.trading_partners(visit.session).get(supplier_id)
    return render_template(
        "sending/channel.html",
        supplier_id=supplier_id,
        name=name,
        partner=partner,
        address=ordering.shown_address(partner) if partner is not None else "",
        channel_names=CHANNEL_NAMES,
        profile_names=PROFILE_NAMES,
    )


@blueprint.post("/suppliers/<int:supplier_id>/channel")
@access("manage_sending")
def set_channel(visit: Visit, supplier_id: int) -> ResponseReturnValue:
    ordering.set_channel(
        visit.session,
        supplier_id,
        visit.actor,
        profile=request.form.get("profile", ""),
        channel=request.form.get("channel", ""),
        address=forms.text(request.form, "address", 200) or "",
        secret=forms.text(request.form, "secret", 400),
        host_key=forms.text(request.form, "host_key", 1000),
    )
    toasts.put(gettext("Documents now go that way. What waits already goes as before."))
    return flask_redirect(url_for("sending.overview"), 303)
