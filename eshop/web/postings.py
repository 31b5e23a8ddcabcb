"""Bookkeeping: what is posted, with its lines, and the batches the ledger gets; made, acknowledged, taken back."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
from eshop.errors import Conflict
from eshop.web import filters, forms, names, toasts
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.workbooks import Column, excel

blueprint = Blueprint("postings", __name__)
ON_A_PAGE = 50
MEDIA = {"csv": "text/csv", "json": "application/json", "g69": "text/plain"}
KINDS = {
    "expense": lazy_gettext("Expense"),
    "vat": lazy_gettext("VAT"),
    "creditor": lazy_gettext("Creditor"),
    "rounding": lazy_gettext("Rounding"),
    "prepaid": lazy_gettext("Prepaid"),
}
BATCH_STATES = {
    "exported": (lazy_gettext("Waits for the ledger"), "warning"),
    "acknowledged": (lazy_gettext("Taken by the ledger"), "success"),
    "taken_back": (lazy_gettext("Taken back"), "neutral"),
}


@blueprint.get("/postings")
@access("see_postings")
def overview(visit: Visit) -> ResponseReturnValue:
    asked = _asked(visit)
    page = forms.page_number(request.args)
    if request.args.get("excel"):
        return _as_excel(
            visit, invoicing.look_through(visit.session, visit.actor, **asked, limit=invoicing.MOST_POSTINGS)
        )
    found = invoicing.look_through(visit.session, visit.actor, **asked, limit=ON_A_PAGE, offset=(page - 1) * ON_A_PAGE)
    waiting, waiting_total = invoicing.count_waiting_postings(visit.session)
    batches = invoicing.list_batches(visit.session, limit=12)
    return render_template(
        "postings/overview.html",
        wide=True,
        found=found,
        asked=asked,
        page=page,
        more=found.count > page * ON_A_PAGE,
        periods=invoicing.posting_periods(visit.session),
        waiting=waiting,
        waiting_total=waiting_total,
        batches=batches,
        batch_states=BATCH_STATES,
        people=names.people(visit.session, (one.user_id for one in batches)),
        kinds=KINDS,
        exporting=visit.may("export_postings"),
    )


def _asked(visit: Visit) -> dict[str, Any]:
    """The filters of the address: a month that has postings, a batch, waiting, words."""
    batch = request.args.get("batch", "")
    period = request.args.get("period", "")
    return {
        "period": period if period in invoicing.posting_periods(visit.session) else None,
        "batch": int(batch) if batch.isascii() and batch.isdigit() and len(batch) < 9 else None,
        "waiting": bool(request.args.get("waiting")),
        "text": request.args.get("q", "").strip()[:80],
    }


def _as_excel(visit: Visit, found: invoicing.Ledger) -> ResponseReturnValue:
    dimensions = list(visit.municipality.dimensions)
    columns = [
        Column(gettext("Posting"), "number"), Column(gettext("Posted"), "day"), Column(gettext("Month")),
        Column(gettext("Text")), Column(gettext("Invoice no.")), Column("CVR"), Column(gettext("Kind")),
        Column(gettext("Account")), *(Column(str(filters.DIMENSIONS.get(name, name))) for name in dimensions),
        Column(gettext("Amount"), "money"), Column(gettext("Currency")), Column(gettext("Batch"), "number"),
    ]  # fmt: skip
    return excel(
        gettext("Postings"),
        columns,
        (
            (
                row.posting.id, row.posting.posted_on, row.posting.period, row.posting.text, row.number, row.supplier_cvr,
                str(KINDS.get(line.kind, line.kind)), line.account, *(line.coding.get(name) for name in dimensions),
                line.amount, row.posting.currency, row.batch,
            )
            for row in found.rows
            for line in row.lines
        ),
    )  # fmt: skip


@blueprint.post("/postings/batches")
@access("export_postings")
def make_batch(visit: Visit) -> ResponseReturnValue:
    """Everything that waits, as the next numbered batch."""
    batch = invoicing.export_batch(visit.session, request.form.get("format", "csv"), visit.actor)
    if batch is None:
        raise Conflict("nothing_to_export")
    toasts.put(gettext("Batch %(number)s is made, with %(count)s postings.", number=batch.number, count=batch.postings))
    return _back()


@blueprint.get("/postings/batches/<int:number>/file")
@access("see_postings")
def batch_file(visit: Visit, number: int) -> ResponseReturnValue:
    """The file, the same bytes every time."""
    batch = invoicing.get_batch(visit.session, number)
    answer = Response(invoicing.batch_bytes(visit.session, batch), mimetype=MEDIA[batch.format])
    answer.headers["Content-Disposition"] = f'attachment; filename="postings-{number}.{batch.format}"'
    return answer


@blueprint.post("/postings/batches/<int:number>/acknowledge")
@access("export_postings")
def acknowledge(visit: Visit, number: int) -> ResponseReturnValue:
    invoicing.acknowledge_batch(visit.session, invoicing.get_batch(visit.session, number), visit.actor)
    toasts.put(gettext("Batch %(number)s is taken by the ledger.", number=number))
    return _back()


@blueprint.post("/postings/batches/<int:number>/take-back")
@access("export_postings")
def take_back(visit: Visit, number: int) -> ResponseReturnValue:
    """Its postings go out with the next one."""
    reason = forms.text(request.form, "reason", 500) or ""
    invoicing.take_back_batch(visit.session, invoicing.get_batch(visit.session, number), reason, visit.actor)
    toasts.put(gettext("Batch %(number)s is taken back. Its postings go out with the next one.", number=number))
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("postings.overview") + "#batches", 303)
