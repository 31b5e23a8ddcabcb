"""Invoices: the queue by what blocks, one invoice beside its order and receipts, and the decision."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

import invoicing
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, NotFound
from eshop.exchange import Message
from eshop.web import forms, names, toasts
from eshop.web.filters import said_code
from eshop.web.guards import Visit, access
from eshop.web.order_cards import reach

blueprint = Blueprint("invoices", __name__)
MOST = 500
"""Rows of the queue that one page works on, what was reminded of and what is due first."""

GROUPS = {
    "guard": lazy_gettext("Stopped by a guard"),
    "small": lazy_gettext("Small deviations"),
    "over_tolerance": lazy_gettext("Over tolerance"),
    "not_received": lazy_gettext("Missing receipt"),
    "no_order": lazy_gettext("Without order"),
    "data": lazy_gettext("Errors in data"),
    "settle": lazy_gettext("Waiting for credit note"),
    "deviation": lazy_gettext("Posted, receipt taken back"),
}
"""What blocks, in the order of the page; a group with nothing in it is not shown."""

NEXT_STEPS = {
    "wait": lazy_gettext("When the goods have been received, the invoice is posted by itself."),
    "claim": lazy_gettext(
        "Put the invoice on hold and claim a credit note for what does not fit. When it comes, both are posted by themselves."
    ),
    "accept": lazy_gettext("Accept it with a reason. It is kept with your name."),
    "link": lazy_gettext("Point out the order it belongs to. Then it is controlled again."),
    "code": lazy_gettext("No order fits. It must be coded and attested by the institution, or refused."),
    "route": lazy_gettext("Send it to the institution that has the order."),
    "confirm_account": lazy_gettext(
        "A second person must confirm the supplier's account. Nothing is paid to it until then."
    ),
    "ask": lazy_gettext("Ask the institution what happened."),
}
"""What we would do, in one sentence."""

STATUSES = {
    "ok": (lazy_gettext("Matches"), "success"),
    "tolerance": (lazy_gettext("Tolerance"), "warning"),
    "price_over": (lazy_gettext("Price too high"), "error"),
    "price_under": (lazy_gettext("Cheaper"), "success"),
    "qty_over": (lazy_gettext("Too many"), "error"),
    "not_received": (lazy_gettext("Not received"), "error"),
    "uom_converted": (lazy_gettext("Unit converted"), "info"),
    "uom_unknown": (lazy_gettext("Unknown unit"), "error"),
    "not_on_order": (lazy_gettext("Not ordered"), "error"),
    "fee": (lazy_gettext("Fee"), "info"),
    "by_text": (lazy_gettext("Found by text"), "info"),
    "vat": (lazy_gettext("Other VAT"), "error"),
    "closed": (lazy_gettext("Order is closed"), "error"),
    "not_judged": (lazy_gettext("Not judged"), "neutral"),
}
"""The verdict of a line: what people read, and its colour."""


@dataclass(frozen=True)
class Due:
    """A due date seen from today."""

    day: date | None
    today: date

    @property
    def days_left(self) -> int | None:
        return None if self.day is None else (self.day - self.today).days


def _load(visit: Visit, invoice_id: int) -> invoicing.Invoice:
    """The invoice, if the person may see invoices of its institution or has been asked about it; else it is not there."""
    invoice = invoicing.get_invoice(visit.session, invoice_id)
    whole = any(grant.institutions is None for grant in visit.actor.roles)
    places = [one for one in (invoice.institution_id, invoice.with_institution) if one is not None]
    if not whole and not any(visit.may("see_invoices", place) for place in places):
        raise NotFound("invoice_not_found", number=str(invoice_id))
    return invoice


@blueprint.get("/invoices")
@access("see_invoices")
def queue(visit: Visit) -> ResponseReturnValue:
    shown = forms.choice(request.args, "show", ("all", *GROUPS), "all")
    text = request.args.get("q", "").strip()[:80]
    groups = invoicing.queue(visit.session, visit.actor, limit=MOST)
    listed = [row for group in groups if shown in ("all", group.key) for row in group.rows]
    if shown == "all":
        listed.sort(key=lambda row: (-row.priority, row.due_date is None, row.due_date or visit.actor.today, row.id))
    if text:
        listed = [row for row in listed if _fits(row, text.casefold())]
    together = [row for row in listed if row.is_small] if shown == "small" else []
    return render_template(
        "invoices/queue.html",
        wide=True,
        rows=[(row, Due(row.due_date, visit.actor.today)) for row in listed],
        shown=shown,
        text=text,
        total=sum(group.count for group in groups),
        groups=[(group, GROUPS[group.key]) for group in groups],
        together=together,
        together_gross=Amount.sum(row.gross for row in together),
        together_over=Amount.sum(row.deviation for row in together),
        deciding=visit.may("decide_invoice"),
        keys=visit.user.preferences.get("shortcuts", True),
    )


def _fits(row: invoicing.QueueRow, text: str) -> bool:
    return any(text in part.casefold() for part in (row.supplier, row.number, row.institution or "", *row.orders))


@blueprint.get("/posted-invoices")
@access("see_invoices")
def posted(visit: Visit) -> ResponseReturnValue:
    page = forms.page_number(request.args)
    places = reach(visit)
    found = invoicing.list_invoices(
        visit.session,
        state="posted",
        institution_ids=None if places is None else frozenset(places),
        limit=51,
        offset=(page - 1) * 50,
    )
    return render_template(
        "invoices/posted.html",
        wide=True,
        invoices=found[:50],
        institutions=names.institutions(visit.session, (one.institution_id for one in found)),
        noticed={one.id: [said_code(f"reason_{reason}") for reason in one.reasons] for one in found},
        page=page,
        more=len(found) > 50,
    )


@blueprint.get("/invoices/<int:invoice_id>")
@access("see_invoices")
def show(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    invoice = _load(visit, invoice_id)
    view = invoicing.invoice_view(visit.session, invoice, visit.actor.today)
    waiting = invoice.state == "waiting"
    draft = invoicing.draft_claim(visit.session, invoice) if waiting and not invoice.is_credit else None
    order = [row.id for group in invoicing.queue(visit.session, visit.actor, limit=MOST) for row in group.rows]
    at = order.index(invoice.id) if invoice.id in order else -1
    return render_template(
        "invoices/show.html",
        wide=True,
        view=view,
        invoice=invoice,
        draft=draft,
        blocking=[line for line in view.lines if line.deviates != "none" and line.status not in QUIET],
        agreed=Amount.sum(line.agreed or NOTHING for line in view.lines),
        statuses=STATUSES,
        next_step=NEXT_STEPS.get(view.proposal, ""),
        people=names.people(visit.session, [note.user_id for note in view.notes]),
        holder=_holder(visit, invoice),
        position=at + 1,
        waiting=len(order),
        previous=order[at - 1] if at > 0 else None,
        following=order[at + 1] if 0 <= at < len(order) - 1 else None,
        deciding=waiting and visit.may("decide_invoice", invoice.institution_id),
        answering=waiting and invoice.with_institution is not None and visit.may("attest", invoice.with_institution),
        keys=visit.user.preferences.get("shortcuts", True),
        zero=Decimal(0),
    )


QUIET = ("ok", "tolerance", "price_under", "by_text", "uom_converted")
"""Statuses that stop nothing."""


def _holder(visit: Visit, invoice: invoicing.Invoice) -> str:
    if invoice.with_whom is not None:
        return names.people(visit.session, [invoice.with_whom]).get(invoice.with_whom, "")
    return names.institutions(visit.session, [invoice.with_institution]).get(invoice.with_institution, "")


@blueprint.get("/invoices/<int:invoice_id>/document.xml")
@access("see_invoices")
def document(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """The bytes as they came, to be kept, not shown in the page."""
    invoice = _load(visit, invoice_id)
    message = visit.session.get_one(Message, invoice.message_id)
    answer = Response(message.body, mimetype="application/xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="invoice-{invoice.id}.xml"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@blueprint.post("/invoices/<int:invoice_id>/decision")
@access("see_invoices")
def decide(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """accept, link, refuse, wait, route, ask or answer: the room says who may, and what the decision needs."""
    invoice = _load(visit, invoice_id)
    decision = request.form.get("decision", "")
    invoicing.decide(
        visit.session,
        invoice,
        decision,
        forms.text(request.form, "reason", 1000) or "",
        by=visit.actor,
        order_numbers=[number for number in request.form.getlist("order") if number],
        institution_id=visit_place(request.form),
        until=forms.day(request.form, "until"),
    )
    toasts.put(_told(decision, invoice))
    stays = decision in ("ask", "answer", "wait") or invoice.state == "waiting"
    return redirect(url_for("invoices.show", invoice_id=invoice.id) if stays else url_for("invoices.queue"), 303)


def visit_place(form: forms.Form) -> int | None:
    chosen = forms.ids(form, "institution")
    return chosen[0] if chosen else None


def _told(decision: str, invoice: invoicing.Invoice) -> str:
    if invoice.state == "posted":
        return gettext("Invoice %(number)s is posted.", number=invoice.number)
    if decision == "refuse":
        return gettext("Invoice %(number)s is refused, and the supplier is told.", number=invoice.number)
    return gettext("Noted on invoice %(number)s.", number=invoice.number)


@blueprint.post("/invoices/<int:invoice_id>/claim")
@access("decide_invoice")
def claim(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Claims a credit note for what deviates; the invoice waits until it comes."""
    invoice = _load(visit, invoice_id)
    invoicing.dispute(visit.session, invoice, None, forms.text(request.form, "text", 4000), by=visit.actor)
    toasts.put(gettext("A credit note is claimed for invoice %(number)s.", number=invoice.number))
    return redirect(url_for("invoices.queue"), 303)


@blueprint.post("/invoices/accept-small")
@access("decide_invoice")
def accept_small(visit: Visit) -> ResponseReturnValue:
    """The ticked ones with small deviations, each with its own decision in the trail; what is not small stays, and says why."""
    chosen = forms.ids(request.form, "invoice")
    if not chosen:
        raise BadInput("nothing_chosen")
    picked = [_load(visit, one) for one in chosen[:MOST]]
    done, left = invoicing.accept_small(visit.session, picked, visit.actor)
    flash(gettext("%(count)s invoices are accepted and posted.", count=len(done)), "success")
    numbers = {one.id: one.number for one in picked}
    for key, code in left.items():
        flash(gettext("Invoice %(number)s stays: %(why)s", number=numbers[key], why=said_code(code)), "warning")
    return redirect(url_for("invoices.queue", show="small"), 303)
