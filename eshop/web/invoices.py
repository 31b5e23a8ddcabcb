"""Invoices: the queue by what blocks, one invoice beside its order and receipts, and the decision."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.errors import NotFound
from eshop.exchange import Message
from eshop.web import forms, names
from eshop.web.filters import said, said_code
from eshop.web.guards import Visit, access
from eshop.web.order_cards import reach
from eshop.web.order_story import timeline
from eshop.web.payments import PAYMENT_WORDS, means, slip_line
from eshop.web.postings import KINDS as POSTING_KINDS
from eshop.web.shortcuts import letters
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.workbooks import Column, excel

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
    "deviation": lazy_gettext("Posted, to be looked at again"),
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
    "code_rest": lazy_gettext("Everything fits. Write what the coding lacks, and it is posted."),
    "route": lazy_gettext("Send it to the institution that has the order."),
    "confirm_account": lazy_gettext(
        "A second person must confirm the supplier's account. Nothing is paid to it until then."
    ),
    "ask": lazy_gettext("Ask the institution what happened."),
    "remind": lazy_gettext("The institution was asked and has not answered. Remind them, or ask somebody else there."),
}
"""What we would do, in one sentence."""

STEPS = {
    "wait": lazy_gettext("Wait"),
    "claim": lazy_gettext("Claim"),
    "accept": lazy_gettext("Open"),
    "link": lazy_gettext("Connect"),
    "code": lazy_gettext("Code"),
    "route": lazy_gettext("Send on"),
    "confirm_account": lazy_gettext("Check"),
    "ask": lazy_gettext("Ask"),
    "remind": lazy_gettext("Remind"),
}
"""What we would do, on the row's button."""

STEP_KEYS = {"claim": "t", "accept": "a", "ask": "s", "remind": "s"}
"""The steps that a letter does."""

STEP_FIELDS = {
    "claim": "claim-text",
    "accept": "accept-reason",
    "ask": "ask-text",
    "remind": "ask-text",
    "wait": "wait-until",
    "code": "share-0",
}
"""Where one begins on the invoice's page for a step: the browser goes to the field, with and without scripts."""

DUES = {
    "any": lazy_gettext("Any day"),
    "week": lazy_gettext("Within a week"),
    "over": lazy_gettext("Over due"),
}

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


def load(visit: Visit, invoice_id: int) -> invoicing.Invoice:
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
    asked = Asked.of(request.args)
    groups = invoicing.queue(visit.session, visit.actor, limit=MOST)
    listed = _narrowed(visit, groups, asked)
    if request.args.get("excel"):
        return _as_excel(listed)
    deciding = visit.may("decide_invoice")
    ticked = {row.id for row in listed if row.is_small} if asked.show == "small" and deciding else set()
    over = [-(row.due_date - visit.actor.today).days for group in groups for row in group.rows if row.due_date]
    return render_template(
        "invoices/queue.html",
        wide=True,
        rows=[(row, Due(row.due_date, visit.actor.today)) for row in listed],
        asked=asked,
        at=asked.at,
        query=asked.query,
        saved=_saved_filters(visit),
        sharing=deciding,
        units=visit.units,
        dues=tuple(DUES.items()),
        total=sum(group.count for group in groups),
        oldest_over=max([days for days in over if days > 0], default=0),
        groups=[(group, GROUPS[group.key]) for group in groups],
        steps=STEPS,
        keys=STEP_KEYS,
        fields=STEP_FIELDS,
        ticked=ticked,
        ticked_gross=Amount.sum(row.gross for row in listed if row.id in ticked),
        ticked_over=Amount.sum(row.deviation for row in listed if row.id in ticked),
        deciding=deciding,
        colleagues=invoicing.colleagues(visit.session, visit.actor) if deciding else [],
        attesting=invoicing.to_attest(visit.session, visit.actor) if visit.may("attest") else [],
        samples=_samples(visit),
        letters=letters(visit),
    )


def _samples(visit: Visit) -> list[tuple[invoicing.Invoice, str]]:
    """What one person did alone and chance picked out, for the leader of its unit to look at."""
    if not visit.may("attest"):
        return []
    found = invoicing.sampled(visit.session, visit.actor, limit=20)
    places = names.institutions(visit.session, (one.institution_id for one in found))
    return [(one, places.get(one.institution_id, "")) for one in found]


def _narrowed(visit: Visit, groups: list[invoicing.QueueGroup], asked: "Asked") -> list[invoicing.QueueRow]:
    """The rows the filters leave; over all groups what was reminded of first, then what is due first."""
    listed = [row for group in groups if asked.show in ("all", group.key) for row in group.rows]
    today = visit.actor.today
    if asked.show == "all":
        listed.sort(key=lambda row: (-row.priority, row.due_date is None, row.due_date or today, row.id))
    named = next((one.name for one in visit.units if one.id == asked.unit), None)
    text = asked.q.casefold()
    latest = {"week": today + timedelta(days=7), "over": today - timedelta(days=1)}.get(asked.due)
    return [
        row
        for row in listed
        if (not text or _fits(row, text))
        and (named is None or row.institution == named)
        and (latest is None or (row.due_date is not None and row.due_date <= latest))
        and (not asked.mine or row.with_whom == visit.user.name)
    ]


def _fits(row: invoicing.QueueRow, text: str) -> bool:
    return any(text in part.casefold() for part in (row.supplier, row.number, row.institution or "", *row.orders))


@dataclass(frozen=True)
class Asked:
    """The filters of the queue, as they stand in the address."""

    show: str = "all"
    q: str = ""
    unit: int | None = None
    due: str = "any"
    mine: bool = False

    @classmethod
    def of(cls, arguments: forms.Form) -> "Asked":
        return cls(
            forms.choice(arguments, "show", ("all", *GROUPS), "all"),
            arguments.get("q", "").strip()[:80],
            next(iter(forms.ids(arguments, "unit")), None),
            forms.choice(arguments, "due", tuple(DUES), "any"),
            bool(arguments.get("mine")),
        )

    def _fields(self) -> dict[str, Any]:
        told = {"show": self.show, "q": self.q, "unit": self.unit, "due": self.due, "mine": int(self.mine)}
        return {name: value for name, value in told.items() if value and value not in ("all", "any")}

    @property
    def query(self) -> str:
        """'show=small&due=week': what is saved as a filter; empty for everything."""
        return urlencode(self._fields())

    def at(self, **changed: Any) -> str:
        """The address with something changed."""
        fields = {**self._fields(), **changed}
        return url_for("invoices.queue", **{name: value for name, value in fields.items() if value != "all"})


def _saved_filters(visit: Visit) -> list[dict[str, Any]]:
    """The person's own, then the team's, each with name, query and whether it is shared."""
    own = [{**one, "shared": False} for one in visit.user.preferences.get("invoice_filters") or []]
    seen = {one["query"] for one in own}
    team = [{**one, "shared": True} for one in invoicing.shared_filters(visit.session)] if reach(visit) is None else []
    return own + [one for one in team if one["query"] not in seen]


def _as_excel(rows: list[invoicing.QueueRow]) -> Response:
    columns = [
        Column(gettext("Supplier")), Column(gettext("Invoice no.")), Column(gettext("Order")), Column(gettext("Institution")),
        Column(gettext("Invoiced incl. VAT"), "money"), Column(gettext("Currency")), Column(gettext("Deviation"), "money"),
        Column(gettext("Deviation in percent"), "percent"), Column(gettext("What stops the invoice")),
        Column(gettext("Lies with")), Column(gettext("Received"), "day"), Column(gettext("Due"), "day"),
    ]  # fmt: skip
    return excel(
        gettext("Invoices"),
        columns,
        (
            (
                row.supplier, row.number, ", ".join(row.orders), row.institution, row.gross, row.currency, row.deviation,
                row.percent, said(row.cause), row.with_whom, row.received_at, row.due_date,
            )
            for row in rows
        ),
    )  # fmt: skip


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
    invoice = load(visit, invoice_id)
    view = invoicing.invoice_view(visit.session, invoice, visit.actor.today)
    waiting = invoice.state == "waiting"
    group = forms.choice(request.args, "show", ("all", *GROUPS), "all")
    groups = invoicing.queue(visit.session, visit.actor, limit=MOST)
    order = [row.id for row in _narrowed(visit, groups, Asked(show=group))]
    at = order.index(invoice.id) if invoice.id in order else -1
    deciding = waiting and visit.may("decide_invoice", invoice.institution_id)
    attesting = invoice.outcome == "manual" and (deciding or invoicing.may_attest(invoice, visit.actor))
    coding = waiting and (attesting or (deciding and invoicing.is_uncoded(invoice)))
    claiming = (
        deciding
        and bool(invoice.order_ids)
        and not invoice.is_credit
        and not any(one.state == "open" for one in view.claims)
    )
    return render_template(
        "invoices/show.html",
        wide=True,
        view=view,
        invoice=invoice,
        draft=_draft(visit, invoice) if claiming else None,
        blocking=[line for line in view.lines if line.deviates != "none" and line.status not in QUIET],
        agreed=Amount.sum(line.agreed or NOTHING for line in view.lines),
        statuses=STATUSES,
        stopped=_stopped(view.blocked),
        kinds=POSTING_KINDS,
        next_step=NEXT_STEPS.get("code_rest" if invoicing.is_uncoded(invoice) else view.proposal, ""),
        story=_story(visit, view),
        holder=_holder(visit, invoice),
        group=group,
        group_name=GROUPS.get(group, ""),
        position=at + 1,
        waiting=len(order),
        previous=order[at - 1] if at > 0 else None,
        following=order[at + 1] if 0 <= at < len(order) - 1 else None,
        deciding=deciding,
        askable=invoicing.askable(visit.session, invoice, visit.actor) if deciding else [],
        answering=waiting and invoice.with_institution is not None and visit.may("attest", invoice.with_institution),
        coding=_proposed(visit, invoice) if coding else None,
        by_line=invoicing.is_uncoded(invoice),
        chart=invoicing.chart_values(visit.session, visit.actor.today) if coding else {},
        over=invoicing.over_limit(invoice, visit.actor) if coding and not deciding else None,
        colleagues=invoicing.colleagues(visit.session, visit.actor) if deciding else [],
        written=invoicing.as_written(visit.session, invoice),
        paid_by=means(invoice.payment),
        slip=slip_line(invoice.payment, view.accounts[0][0] if view.accounts else ""),
        knowable=deciding and "unknown_supplier" in invoice.reasons and visit.may("manage_suppliers"),
        places=names.every_institution(visit.session) if waiting and "route" in view.possible else [],
        letters=letters(visit),
    )


def _stopped(group: str) -> str:
    """What the badge says: 'Stoppet: over tolerance'; a group whose name says that it waits or is stopped stands by itself."""
    if group in ("guard", "settle", "deviation"):
        return str(GROUPS[group])
    return gettext("Stopped: %(why)s", why=str(GROUPS[group])[:1].lower() + str(GROUPS[group])[1:])


def _proposed(visit: Visit, invoice: invoicing.Invoice) -> tuple[dict[str, str], str]:
    """The coding proposed, and why. Where only a part is lacking each line keeps its own, so nothing is written for them all."""
    if invoicing.is_uncoded(invoice):
        return {}, "proposed_by_line"
    return invoicing.proposed_coding(visit.session, invoice)


def _draft(visit: Visit, invoice: invoicing.Invoice) -> invoicing.Claim:
    """The claim for the lines that are ticked in the address (`line`), or for everything that deviates."""
    return invoicing.draft_claim(visit.session, invoice, claimed_lines(request.args))


def claimed_lines(form: forms.Form) -> list[int] | None:
    """The ticked lines by position, the fees among them; None where none is ticked."""
    found = [
        invoicing.FEES if value == "fees" else int(value)
        for value in form.getlist("line")
        if value == "fees" or (value.isascii() and value.isdigit() and len(value) < 6)
    ]
    return found or None


NOTED = {
    "accept": lazy_gettext("Accepted"),
    "answer": lazy_gettext("Answered"),
    "ask": lazy_gettext("The institution was asked"),
    "claim": lazy_gettext("Credit note claimed"),
    "code": lazy_gettext("Coded and attested"),
    "escalated": lazy_gettext("Brought up: it is about to be due"),
    "link": lazy_gettext("Connected to its order"),
    "cleared": lazy_gettext("Explained: the posting stands"),
    "looked": lazy_gettext("Looked at afterwards"),
    "refuse": lazy_gettext("Refused"),
    "reminder": lazy_gettext("Reminder from the supplier"),
    "reverse": lazy_gettext("Posting taken back"),
    "route": lazy_gettext("Sent to another institution"),
    "wait": lazy_gettext("Put on hold"),
}
"""Kind of note → what people read in the story."""


def _story(visit: Visit, view: invoicing.InvoiceView) -> list[tuple[datetime, str, str]]:
    """When, what (and by whom), and the words: of the invoice and of its orders, the newest first."""
    invoice = view.invoice
    people = names.people(visit.session, [note.user_id for note in view.notes])
    told = [
        (
            note.at,
            gettext("%(what)s by %(who)s", what=NOTED.get(note.kind, note.kind), who=people[note.user_id])
            if note.user_id in people
            else str(NOTED.get(note.kind, note.kind)),
            note.text,
        )
        for note in view.notes
    ]
    if invoice.posted_at is not None:
        text = gettext("Posted") if invoice.touched else gettext("Posted without a human hand")
        told.append((invoice.posted_at, text, ""))
    told.append((invoice.received_at, gettext("E-invoice received and controlled"), ""))
    for picture in view.orders[:3]:
        if visit.may("see_orders", picture.institution_id):
            events, written = ordering.story_of(visit.session, picture.id)
            told += [(at, text, picture.number) for at, text in timeline(events, written)]
    return sorted(told, key=lambda one: one[0], reverse=True)


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
    invoice = load(visit, invoice_id)
    message = visit.session.get_one(Message, invoice.message_id)
    return _to_be_kept(message.body, "application/xml", f"invoice-{invoice.id}.xml")


@blueprint.get("/invoices/<int:invoice_id>/files/<int:position>")
@access("see_invoices")
def file(visit: Visit, invoice_id: int, position: int) -> ResponseReturnValue:
    """A file inside the invoice, to be kept: never shown in the page, never run."""
    invoice = load(visit, invoice_id)
    held, body = invoicing.embedded_file(visit.session, invoice, position)
    ending = invoicing.SAFE_TYPES.get(held.mime, "bin")
    return _to_be_kept(body, held.mime, f"invoice-{invoice.id}-{position}.{ending}")


def _to_be_kept(body: bytes, mime: str, name: str) -> Response:
    answer = Response(body, mimetype=mime)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/invoices/<int:invoice_id>/photos/<int:photo_id>")
@access("see_invoices")
def photo(visit: Visit, invoice_id: int, photo_id: int) -> ResponseReturnValue:
    """A picture of what came damaged, of a line the claim is about."""
    invoice = load(visit, invoice_id)
    if photo_id not in invoicing.draft_claim(visit.session, invoice).photos:
        raise NotFound("not_found", thing="Photo", key=str(photo_id))
    answer = Response(ordering.get_photo(visit.session, photo_id).body, mimetype="image/jpeg")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/invoices/<int:invoice_id>/as-written")
@access("see_invoices")
def as_written(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """The whole invoice as the supplier wrote it, for people."""
    invoice = load(visit, invoice_id)
    written = invoicing.as_written(visit.session, invoice)
    slip = slip_line(written.payment, written.accounts[0] if written.accounts else "") if written else ""
    return render_template(
        "invoices/written.html",
        invoice=invoice,
        written=written,
        payment_words=PAYMENT_WORDS,
        means=means(written.payment) if written else "",
        slip=slip,
    )
