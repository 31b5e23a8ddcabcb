"""Invoices: the queue by what blocks, one invoice beside its order and receipts, and the decision."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, NotFound
from eshop.web import forms, names, toasts
from eshop.web.filters import said_code
from eshop.web.guards import Visit, access
from eshop.web.invoice_cards import GROUPS, NEVER_TOGETHER, Row, cause, deviation_of, kept_values, rows, three_way
from eshop.web.order_cards import reach

blueprint = Blueprint("invoices", __name__)
SHOWN = ("all", *GROUPS, "posted")
MOST = 500
"""Rows of the queue that one page works on, the first due first."""


def _load(visit: Visit, invoice_id: int) -> invoicing.Invoice:
    """The invoice, if the person may see invoices of its institution; one without institution is for the whole municipality's people."""
    invoice = invoicing.get_invoice(visit.session, invoice_id)
    whole = any(grant.institutions is None for grant in visit.actor.roles)
    if not whole and (invoice.institution_id is None or not visit.may("see_invoices", invoice.institution_id)):
        raise NotFound("invoice_not_found", number=str(invoice_id))
    return invoice


def _queue(visit: Visit) -> list[Row]:
    places = reach(visit)
    found = invoicing.list_invoices(
        visit.session,
        state="waiting",
        institution_ids=None if places is None else frozenset(places),
        limit=MOST,
    )
    return sorted(
        rows(visit, found), key=lambda row: (row.invoice.due_date is None, row.invoice.due_date or row.today, row.id)
    )


@blueprint.get("/invoices")
@access("see_invoices")
def queue(visit: Visit) -> ResponseReturnValue:
    shown = forms.choice(request.args, "show", SHOWN, "all")
    text = request.args.get("q", "").strip()[:80]
    waiting = _queue(visit)
    groups = {name: [row for row in waiting if row.group == name] for name in GROUPS}
    if shown == "posted":
        places = reach(visit)
        posted = invoicing.list_invoices(
            visit.session,
            state="posted",
            institution_ids=None if places is None else frozenset(places),
            limit=60,
        )
        listed = rows(visit, posted)
    else:
        listed = waiting if shown == "all" else groups[shown]
    if text:
        listed = [row for row in listed if _fits(row, text.casefold())]
    return render_template(
        "invoices/queue.html",
        wide=True,
        rows=listed,
        shown=shown,
        text=text,
        total=len(waiting),
        groups=[
            (name, GROUPS[name], found, Amount.sum(row.deviation for row in found)) for name, found in groups.items()
        ],
        together=[row for row in listed if row.together] if shown == "small" else [],
        deciding=visit.may("decide_invoice"),
        keys=visit.user.preferences.get("shortcuts", True),
    )


def _fits(row: Row, text: str) -> bool:
    invoice = row.invoice
    return any(
        text in part.casefold()
        for part in (invoice.supplier_name, invoice.number, row.institution, *invoice.order_numbers)
    )


@blueprint.get("/invoices/<int:invoice_id>")
@access("see_invoices")
def show(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    invoice = _load(visit, invoice_id)
    lines = invoicing.lines_of(visit.session, invoice)
    orders = ordering.order_pictures(visit.session, invoice.order_ids)
    table = three_way(lines, invoicing.matches_of(visit.session, invoice), orders)
    deviation = Amount.sum(deviation_of(line) for line in lines)
    agreed = Amount.sum(line.agreed or NOTHING for line in lines)
    blocking = [line for line in table if line.money_tone == "bad" or line.quantity_tone]
    waiting = [] if invoice.state != "waiting" else [row.id for row in _queue(visit)]
    at = waiting.index(invoice.id) if invoice.id in waiting else -1
    notes = invoicing.notes_of(visit.session, invoice)
    return render_template(
        "invoices/show.html",
        wide=True,
        invoice=invoice,
        cause=cause(invoice),
        table=table,
        deviation=deviation,
        agreed=agreed,
        blocking=blocking,
        orders=orders,
        institution=names.institutions(visit.session, [invoice.institution_id]).get(invoice.institution_id, ""),
        findings=[
            (one["severity"], said_code(one["code"], kept_values(one.get("values") or {})), one.get("rule"))
            for one in invoice.findings
        ],
        notes=notes,
        people=names.people(visit.session, (note.user_id for note in notes)),
        position=at + 1,
        waiting=len(waiting),
        previous=waiting[at - 1] if at > 0 else None,
        following=waiting[at + 1] if 0 <= at < len(waiting) - 1 else None,
        deciding=visit.may("decide_invoice", invoice.institution_id) and invoice.state == "waiting",
        keys=visit.user.preferences.get("shortcuts", True),
    )


@blueprint.get("/invoices/<int:invoice_id>/document.xml")
@access("see_invoices")
def document(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """The bytes as they came, to be kept, not shown in the page."""
    invoice = _load(visit, invoice_id)
    body = invoicing.original(visit.session, invoice)
    answer = Response(body, mimetype="application/xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="invoice-{invoice.id}.xml"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@blueprint.post("/invoices/<int:invoice_id>/accept")
@access("decide_invoice")
def accept(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Pays the deviation, by a named person with a reason."""
    invoice = _load(visit, invoice_id)
    reason = forms.text(request.form, "reason", 500)
    if reason is None:
        raise BadInput("reason_missing", what="accept")
    invoicing.decide(visit.session, invoice, "accept", reason, by=visit.actor)
    toasts.put(gettext("Invoice %(number)s is accepted and posted.", number=invoice.number))
    return redirect(url_for("invoices.queue"), 303)


@blueprint.post("/invoices/<int:invoice_id>/claim")
@access("decide_invoice")
def claim(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Claims a credit note for what deviates; the invoice waits until it comes."""
    invoice = _load(visit, invoice_id)
    text = forms.text(request.form, "text", 2000) or ""
    invoicing.dispute(visit.session, invoice, None, text, by=visit.actor)
    toasts.put(gettext("A credit note is claimed for invoice %(number)s.", number=invoice.number))
    return redirect(url_for("invoices.queue"), 303)


@blueprint.post("/invoices/accept-small")
@access("decide_invoice")
def accept_small(visit: Visit) -> ResponseReturnValue:
    """The ticked ones with small deviations, each with its own decision in the trail; never where the account is in doubt."""
    chosen = set(forms.ids(request.form, "invoice"))
    picked = [row for row in _queue(visit) if row.id in chosen and row.together]
    for row in picked:
        if not set(row.invoice.reasons) & NEVER_TOGETHER:
            invoicing.decide(visit.session, row.invoice, "accept", gettext("Small deviation"), by=visit.actor)
    flash(gettext("%(count)s invoices are accepted and posted.", count=len(picked)), "success")
    return redirect(url_for("invoices.queue", show="small"), 303)
