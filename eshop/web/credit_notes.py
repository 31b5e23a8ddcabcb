"""What suppliers owe us: the ledger of expected credits, with age, and the claims that can be withdrawn."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
from eshop.amounts import Amount
from eshop.web import forms, names, toasts
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.workbooks import Column, excel

blueprint = Blueprint("credit_notes", __name__)
STATES = {
    "open": lazy_gettext("Awaited"),
    "settled": lazy_gettext("Come"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "all": lazy_gettext("All"),
}


@blueprint.get("/credit-notes")
@access("see_postings")
def overview(visit: Visit) -> ResponseReturnValue:
    shown = forms.choice(request.args, "show", tuple(STATES), "open")
    claims = invoicing.expected_credits(visit.session, None if shown == "all" else shown)
    invoices = invoicing.invoices_by_id(visit.session, (one.invoice_id for one in claims))
    suppliers = names.suppliers(visit.session, (one.supplier_id for one in claims))
    if request.args.get("excel"):
        return excel(
            gettext("Credit notes"),
            [
                Column(gettext("Supplier")), Column(gettext("Invoice no.")), Column(gettext("Claimed"), "day"),
                Column(gettext("Amount incl. VAT"), "money"), Column(gettext("Has come"), "money"),
                Column(gettext("Awaited"), "money"), Column(gettext("Days old"), "number"), Column(gettext("State")),
            ],
            (
                (
                    suppliers.get(one.supplier_id), invoices[one.invoice_id].number, one.at, one.amount, one.settled,
                    one.left if one.state == "open" else None, one.age(visit.actor.today), str(STATES[one.state]),
                )
                for one in claims
            ),
        )  # fmt: skip
    return render_template(
        "invoices/credit_notes.html",
        wide=True,
        claims=claims,
        shown=shown,
        states=tuple(STATES.items()),
        invoices=invoices,
        suppliers=suppliers,
        people=names.people(visit.session, (one.user_id for one in claims)),
        awaited=Amount.sum(one.left for one in claims if one.state == "open"),
        old=[one for one in claims if one.state == "open" and one.age(visit.actor.today) > OLD],
        deciding=visit.may("decide_invoice"),
    )


OLD = 30
"""Days after which a claim is worth a call."""


@blueprint.post("/credit-notes/<int:claim_id>/withdraw")
@access("decide_invoice")
def withdraw(visit: Visit, claim_id: int) -> ResponseReturnValue:
    """The claim was a mistake; the invoice waits for another decision."""
    claim = invoicing.get_claim(visit.session, claim_id)
    invoicing.withdraw_claim(visit.session, claim, visit.actor)
    toasts.put(gettext("The claim is withdrawn. The invoice waits for a decision again."))
    return redirect(url_for("invoices.show", invoice_id=claim.invoice_id), 303)
