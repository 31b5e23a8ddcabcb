"""Spørgsmål: what finance asks one person about an invoice of the unit, and the answer."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
from eshop.errors import NotFound
from eshop.web import forms, toasts
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext

blueprint = Blueprint("questions", __name__)


@blueprint.get("/questions")
@access("see_orders")
def mine(visit: Visit) -> ResponseReturnValue:
    return render_template("invoices/questions.html", questions=invoicing.questions_to(visit.session, visit.actor))


@blueprint.post("/questions/<int:invoice_id>")
@access("see_orders")
def answer(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Only whom it was put to: another's question is not there."""
    invoice = invoicing.get_invoice(visit.session, invoice_id)
    if not invoicing.is_put_to(invoice, visit.actor):
        raise NotFound("invoice_not_found", number=str(invoice_id))
    seen = request.form.get("seen", "")
    invoicing.decide(
        visit.session,
        invoice,
        "answer",
        forms.text(request.form, "reason", 1000) or "",
        by=visit.actor,
        seen=int(seen) if seen.isascii() and seen.isdigit() else None,
    )
    toasts.put(gettext("Your answer is sent to finance."))
    return redirect(url_for("questions.mine"), 303)
