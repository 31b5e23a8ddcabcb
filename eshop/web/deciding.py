"""What people do with an invoice that waits: decide, attest, claim, hand over; each a POST that says what happened."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
from eshop.errors import BadInput
from eshop.web import forms, toasts
from eshop.web.filters import kroner, said_code
from eshop.web.guards import Visit, access, back_to
from eshop.web.invoices import MOST, claimed_lines, load
from eshop.web.texts import gettext

blueprint = Blueprint("deciding", __name__)
MOST_FILTERS = 12


@blueprint.post("/invoices/<int:invoice_id>/decision")
@access("see_invoices")
def decide(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """accept, link, code, refuse, wait, route, ask or answer: the room says who may, and what the decision needs."""
    invoice = load(visit, invoice_id)
    decision = request.form.get("decision", "")
    invoicing.decide(
        visit.session,
        invoice,
        decision,
        forms.text(request.form, "reason", 1000) or "",
        by=visit.actor,
        order_numbers=_orders(),
        institution_id=next(iter(forms.ids(request.form, "institution")), None),
        until=forms.day(request.form, "until"),
        coding=_coding(visit) if decision == "code" else None,
        seen=_seen(),
        person_id=next(iter(forms.ids(request.form, "person")), None),
    )
    toasts.put(_told(decision, invoice))
    stays = invoice.state == "waiting" and decision not in ("answer", "route")
    return redirect(url_for("invoices.show", invoice_id=invoice.id) if stays else url_for("invoices.queue"), 303)


def _seen() -> int | None:
    """The newest note the page showed."""
    written = request.form.get("seen", "")
    return int(written) if written.isascii() and written.isdigit() else None


def _orders() -> list[str]:
    """Order numbers that were ticked, or typed with commas between."""
    typed = request.form.get("typed", "")[:200].replace(",", " ").split()
    return [number for number in (*request.form.getlist("order"), *typed) if number]


def _coding(visit: Visit) -> list[dict[str, Any]]:
    """The coding as typed: shares in percent, each with a value per dimension; a part without a share is left out."""
    parts = []
    for position in range(3):
        share = request.form.get(f"share-{position}", "").strip().replace(",", ".")
        if not share:
            continue
        values = {
            name: value[:40]
            for name in visit.municipality.dimensions
            if (value := request.form.get(f"dim-{position}-{name}", "").strip())
        }
        parts.append({"share": share, "coding": values})
    return parts


@blueprint.post("/invoices/<int:invoice_id>/attest")
@access("attest")
def attest(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """In one tap: coded as proposed, attested and posted."""
    invoice = load(visit, invoice_id)
    coding, _ = invoicing.proposed_coding(visit.session, invoice)
    parts = [{"share": "100", "coding": coding}]
    invoicing.decide(visit.session, invoice, "code", "", by=visit.actor, coding=parts, seen=_seen())
    toasts.put(
        gettext("Attested: %(amount)s to %(supplier)s.", amount=kroner(invoice.gross), supplier=invoice.supplier_name)
    )
    return redirect(url_for("invoices.queue"), 303)


@blueprint.post("/invoices/<int:invoice_id>/take-on")
@access("decide_invoice")
def take_on(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    invoice = load(visit, invoice_id)
    invoicing.take_on(visit.session, invoice, visit.actor)
    toasts.put(gettext("You have invoice %(number)s now.", number=invoice.number))
    return redirect(url_for("invoices.show", invoice_id=invoice.id), 303)


@blueprint.post("/invoices/hand-over")
@access("decide_invoice")
def hand_over(visit: Visit) -> ResponseReturnValue:
    """The ticked ones, or the one of a page, to a colleague."""
    chosen = forms.ids(request.form, "invoice")
    to = next(iter(forms.ids(request.form, "to")), 0)
    if not chosen:
        raise BadInput("nothing_chosen")
    moved = invoicing.hand_over(visit.session, [load(visit, one) for one in chosen[:MOST]], to, visit.actor)
    who = next((one.name for one in invoicing.colleagues(visit.session, visit.actor) if one.id == to), "")
    toasts.put(gettext("%(count)s invoices lie with %(who)s now.", count=len(moved), who=who))
    return redirect(back_to(url_for("invoices.queue")), 303)


@blueprint.post("/invoices/<int:invoice_id>/supplier")
@access("manage_suppliers")
def know_supplier(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """The sender is a supplier from now on; its account still needs two persons."""
    invoice = load(visit, invoice_id)
    invoicing.know_supplier(visit.session, invoice, visit.actor)
    toasts.put(
        gettext("%(supplier)s is a supplier now. Its account is still to be checked.", supplier=invoice.supplier_name)
    )
    return redirect(url_for("invoices.show", invoice_id=invoice.id), 303)


@blueprint.post("/invoices/<int:invoice_id>/reverse")
@access("decide_invoice")
def reverse(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Takes the posting back by one with the signs turned; the invoice waits again."""
    invoice = load(visit, invoice_id)
    invoicing.reverse(visit.session, invoice, forms.text(request.form, "reason", 500) or "", by=visit.actor)
    toasts.put(gettext("The posting of invoice %(number)s is taken back. It waits again.", number=invoice.number))
    return redirect(url_for("invoices.show", invoice_id=invoice.id), 303)


@blueprint.post("/invoices/filters")
@access("see_invoices")
def save_filter(visit: Visit) -> ResponseReturnValue:
    """Keeps the filter under a name, for oneself or for the team; without a name the one that is the same is removed."""
    query = urlencode(parse_qsl(request.form.get("query", "")[:300]))
    name = forms.text(request.form, "name", 40)
    if request.form.get("shared"):
        invoicing.share_filter(visit.session, query, name, visit.actor)
    else:
        kept = [one for one in visit.user.preferences.get("invoice_filters") or [] if one["query"] != query]
        if name and query:
            kept = [one for one in kept if one["name"] != name] + [{"name": name, "query": query}]
        visit.user.preferences = {**visit.user.preferences, "invoice_filters": kept[-MOST_FILTERS:]}
    return redirect(f"{url_for('invoices.queue')}?{query}", 303)


def _told(decision: str, invoice: invoicing.Invoice) -> str:
    if invoice.state == "posted":
        return gettext("Invoice %(number)s is posted.", number=invoice.number)
    if decision == "answer":
        return gettext("Your answer is sent to finance.")
    if decision == "ask":
        return gettext("The institution is asked about invoice %(number)s.", number=invoice.number)
    if decision == "refuse":
        return gettext("Invoice %(number)s is refused, and the supplier is told.", number=invoice.number)
    return gettext("Noted on invoice %(number)s.", number=invoice.number)


@blueprint.post("/invoices/<int:invoice_id>/claim")
@access("decide_invoice")
def claim(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Claims a credit note for what deviates; the invoice waits until it comes."""
    invoice = load(visit, invoice_id)
    text = forms.text(request.form, "text", 4000)
    invoicing.dispute(visit.session, invoice, claimed_lines(request.form), text, by=visit.actor)
    toasts.put(gettext("A credit note is claimed for invoice %(number)s.", number=invoice.number))
    return redirect(url_for("invoices.queue"), 303)


@blueprint.post("/invoices/accept-small")
@access("decide_invoice")
def accept_small(visit: Visit) -> ResponseReturnValue:
    """The ticked ones with small deviations, each with its own decision in the trail; what is not small stays, and says why."""
    chosen = forms.ids(request.form, "only") or forms.ids(request.form, "invoice")
    if not chosen:
        raise BadInput("nothing_chosen")
    picked = [load(visit, one) for one in chosen[:MOST]]
    done, left = invoicing.accept_small(visit.session, picked, visit.actor)
    flash(gettext("%(count)s invoices are accepted and posted.", count=len(done)), "success")
    numbers = {one.id: one.number for one in picked}
    for key, code in left.items():
        flash(gettext("Invoice %(number)s stays: %(why)s", number=numbers[key], why=said_code(code)), "warning")
    return redirect(back_to(url_for("invoices.queue", show="small")), 303)
