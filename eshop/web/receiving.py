"""Receiving goods: what is expected and has come, what was damaged or wrong, what goes back; with and without a net.

A page of its own carries a key for the receipt it will become, so that a form sent twice, or kept on a phone and sent later, is one
receipt. A phone that has been without a net asks `/receive/status` who it is and what has been received meanwhile, and then sends what it
kept to the same address as the form; asked for JSON, that address answers in JSON.
"""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from flask import (
    Blueprint,
    Response,
    after_this_request,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

import ordering
from eshop import letters
from eshop.errors import BadInput, Conflict, EshopError, NotFound
from eshop.web import forms, toasts
from eshop.web.deliveries import complaints_shown
from eshop.web.filters import locale
from eshop.web.guards import SCANNING, Visit, access, back_to, open_to_all, settings
from eshop.web.order_cards import cards, reach
from eshop.web.orders import blueprint as orders
from eshop.web.orders import judge_waiting, to_count
from eshop.web.proposals import proposals_of
from eshop.web.texts import gettext
from eshop.wording import sentence

blueprint = Blueprint("receiving", __name__)

STATIC: Final = Path(__file__).resolve().parent / "static"
LARGEST_FORM: Final = 80_000_000
"""Bytes of a receipt with its pictures, from a phone without the script that shrinks them first."""


@orders.before_request
@blueprint.before_request
def _room_for_pictures() -> None:
    """Before the form is read, which the check of its token does."""
    if request.endpoint in ("orders.record_receipt", "receiving.photograph"):
        request.max_content_length = LARGEST_FORM


def the_order(visit: Visit, order_id: int) -> ordering.PurchaseOrder:
    """The order, if the person may receive at its institution; else it is not there, or they are told who can."""
    order = ordering.get_order(visit.session, order_id)
    if not visit.may("see_orders", order.institution_id):
        raise NotFound("order_not_found", number=str(order_id))
    visit.require("receive", order.institution_id)
    return order


# --- what is expected --------------------------------------------------------------------------------------------------


@orders.get("/receive")
@access("receive")
def to_receive(visit: Visit) -> ResponseReturnValue:
    _leave_session_alone()
    arriving = to_count(visit)
    listed = cards(visit, [one.order for one in arriving])
    known = ordering.receipts_of(visit.session, [card.id for card in listed])
    return render_template(
        "orders/to_receive.html",
        cards=listed,
        late={one.order.id: one.days_late for one in arriving},
        known={order_id: len(receipts) for order_id, receipts in known.items()},
        key=fresh_key,
        complaints=len(ordering.list_complaints(visit.session, reach(visit))),
    )


def fresh_key() -> str:
    """What a receipt will be known by: made with the page, so that the same page sent twice is one receipt."""
    return str(uuid.uuid4())


@orders.get("/orders/<int:order_id>/receive")
@access("receive")
def receive(visit: Visit, order_id: int) -> ResponseReturnValue:
    response = make_response(_count_page(visit, the_order(visit, order_id), {}, None))
    _leave_session_alone()
    response.headers["Content-Security-Policy"] = SCANNING
    return response


def _leave_session_alone() -> None:
    """A page that a phone fetches to keep must not put back what the person's own requests have changed in the meantime."""
    if request.headers.get("X-Keep"):

        @after_this_request
        def unchanged(response: Response) -> Response:
            session.modified = False
            return response


def _count_page(visit: Visit, order: ordering.PurchaseOrder, typed: Mapping[str, str], error: str | None) -> str:
    (card,) = cards(visit, [order])
    awaited = ordering.expected(visit.session, order)
    lines = [(line, awaited[line.line]) for line in card.picture.lines if line.line in awaited]
    promised = {
        line.order_line_id: line.promised_on
        for response in ordering.responses_of(visit.session, order.id)
        for line in response.lines
    }
    return render_template(
        "orders/receive.html",
        card=card,
        lines=lines,
        promised=promised,
        known=len(ordering.receipts_of(visit.session, [order.id])[order.id]),
        total=sum(awaited.values(), Decimal(0)),
        service=bool(lines) and all(line.kind == "service" for line, _ in lines),
        proposals=proposals_of(visit, order, card.picture),
        despatches=ordering.despatches_of(visit.session, order.id),
        key=typed.get("key") or fresh_key(),
        typed=typed,
        error=error,
    )


# --- what has come -----------------------------------------------------------------------------------------------------


@orders.post("/orders/<int:order_id>/receipts")
@access("receive")
def record_receipt(visit: Visit, order_id: int) -> ResponseReturnValue:
    """Without quantities everything that is expected has come (one tap); else what was counted, line by line. What cannot be is told on
    the page with everything that was typed; a script is told in JSON."""
    order = the_order(visit, order_id)
    form = request.form
    try:
        with visit.session.begin_nested():
            receipt = ordering.receive(
                visit.session,
                order,
                None if "all" in form else _counts(),
                by=visit.actor,
                key=forms.text(form, "key", 60),
                seen=seen[0] if (seen := forms.ids(form, "seen")) else None,
                on=forms.day(form, "on"),
                delivery_note=forms.text(form, "delivery_note", 60),
            )
    except (Conflict, BadInput) as refusal:
        return _told(visit, order, refusal)
    judge_waiting(visit, order)
    complaints = ordering.complaints_of_receipt(visit.session, receipt.id)
    said = gettext("Received: %(number)s. Finance knows what you got.", number=order.number)
    if complaints and letters.may_complain(visit.session, order, settings()):
        said = gettext("Received: %(number)s. The supplier is told what was wrong.", number=order.number)
    elif complaints:
        said = gettext(
            "Received: %(number)s. We have no way to mail the supplier: tell them what was wrong.", number=order.number
        )
    toasts.put(said, undo=url_for("orders.reverse", order_id=order.id, receipt_id=receipt.id))
    if _wants_json():
        return jsonify(receipt=receipt.id, number=order.number, said=said), 201
    return redirect(url_for("orders.to_receive"), 303)


def _wants_json() -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _told(visit: Visit, order: ordering.PurchaseOrder, refusal: EshopError) -> ResponseReturnValue:
    said = sentence(refusal.code, refusal.values, locale())
    if _wants_json():
        return jsonify(code=refusal.code, said=said), 409 if isinstance(refusal, Conflict) else 422
    if isinstance(refusal, Conflict) or "all" in request.form:
        flash(said, "error")
        return redirect(back_to(url_for("orders.receive", order_id=order.id)), 303)
    response = make_response(_count_page(visit, order, request.form, said), 422)
    response.headers["Content-Security-Policy"] = SCANNING
    return response


def _counts() -> dict[str, ordering.Count]:
    """What was counted, line by line: good, damaged, wrong with pictures, and whether the rest is waited for."""
    nothing, form = Decimal(0), request.form
    return {
        line: ordering.Count(
            forms.decimal(form, name, nothing),
            forms.decimal(form, f"damaged-{line}", nothing),
            forms.decimal(form, f"wrong-{line}", nothing),
            forms.text(form, f"why-{line}", 200),
            "cancel" if form.get(f"rest-{line}") == "cancel" else "wait",
            tuple(body for one in request.files.getlist(f"photo-{line}") if (body := one.read())),
        )
        for name in form
        if name.startswith("quantity-") and (line := name.removeprefix("quantity-"))
    }


@orders.post("/orders/<int:order_id>/receipts/<int:receipt_id>/reverse")
@access("receive")
def reverse(visit: Visit, order_id: int, receipt_id: int) -> ResponseReturnValue:
    """Takes a mistaken receipt back; what was posted on it becomes a deviation again."""
    order = the_order(visit, order_id)
    receipt = ordering.get_receipt(visit.session, receipt_id)
    if receipt.order_id != order.id:
        raise NotFound("not_found", thing="Receipt", key=receipt_id)
    ordering.reverse_receipt(visit.session, receipt, by=visit.actor, reason=gettext("Taken back at once"))
    judge_waiting(visit, order)
    flash(gettext("The receipt is taken back. Count again when you are ready."), "success")
    return redirect(url_for("orders.receive", order_id=order.id), 303)


# --- what was wrong, and what goes back --------------------------------------------------------------------------------


@blueprint.get("/complaints")
@access("see_orders")
def complaints(visit: Visit) -> ResponseReturnValue:
    """What was damaged or wrong and is not settled yet; and what has been settled."""
    state = forms.choice(request.args, "show", ("open", "settled"), "open")
    found = ordering.list_complaints(visit.session, reach(visit), state=state)
    return render_template("orders/complaints.html", complaints=complaints_shown(visit, found), state=state)


@blueprint.post("/complaints/<int:complaint_id>/settle")
@access("receive")
def settle(visit: Visit, complaint_id: int) -> ResponseReturnValue:
    complaint = ordering.get_complaint(visit.session, complaint_id)
    the_order(visit, complaint.order_id)
    how = " ".join(one for name in ("how", "more") if (one := forms.text(request.form, name, 200)))
    ordering.settle_complaint(visit.session, complaint, by=visit.actor, how=how)
    toasts.put(gettext("The complaint is settled."))
    return redirect(back_to(url_for("receiving.complaints")), 303)


@blueprint.post("/complaints/<int:complaint_id>/photos")
@access("receive")
def photograph(visit: Visit, complaint_id: int) -> ResponseReturnValue:
    """A further picture of what was wrong."""
    complaint = ordering.get_complaint(visit.session, complaint_id)
    the_order(visit, complaint.order_id)
    given = request.files.get("photo")
    ordering.add_photo(visit.session, complaint, given.read() if given is not None else b"", by=visit.actor)
    toasts.put(gettext("The picture is added."))
    return redirect(back_to(url_for("receiving.complaints")), 303)


@blueprint.get("/photos/<int:photo_id>")
@access("see_orders")
def photo(visit: Visit, photo_id: int) -> ResponseReturnValue:
    """A picture, for whoever may see its order."""
    found = ordering.get_photo(visit.session, photo_id)
    order = ordering.get_order(visit.session, ordering.get_complaint(visit.session, found.complaint_id).order_id)
    if not visit.may("see_orders", order.institution_id):
        raise NotFound("not_found", thing="Photo", key=photo_id)
    return Response(found.body, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@blueprint.get("/orders/<int:order_id>/return")
@access("receive")
def goods_back(visit: Visit, order_id: int) -> ResponseReturnValue:
    order = the_order(visit, order_id)
    (card,) = cards(visit, [order])
    kept = [line for line in card.picture.lines if line.received > 0 and line.kind != "service"]
    return render_template("orders/return.html", card=card, lines=kept)


@blueprint.post("/orders/<int:order_id>/return")
@access("receive")
def send_back_goods(visit: Visit, order_id: int) -> ResponseReturnValue:
    """Sends received goods back, for new ones or for the money."""
    order = the_order(visit, order_id)
    quantities = {
        name.removeprefix("quantity-"): number
        for name in request.form
        if name.startswith("quantity-") and (number := forms.decimal(request.form, name, Decimal(0)))
    }
    ordering.return_goods(
        visit.session,
        order,
        quantities,
        by=visit.actor,
        reason=forms.text(request.form, "reason", 200) or "",
        replace=request.form.get("then") == "replace",
    )
    judge_waiting(visit, order)
    flash(
        gettext("The goods are sent back. Finance expects the credit note, or the new goods are expected."), "success"
    )
    return redirect(url_for("orders.show", order_id=order.id), 303)


# --- a phone without a net ---------------------------------------------------------------------------------------------


@blueprint.get("/receive/status")
@access("receive")
def status(visit: Visit) -> ResponseReturnValue:
    """For a phone that has the net again: who it speaks as, a token to send with, and how many receipts each order has."""
    arriving = to_count(visit)
    known = ordering.receipts_of(visit.session, [one.order.id for one in arriving])
    answer = jsonify(
        user=visit.person.id,
        csrf_token=generate_csrf(),
        receipts={str(order_id): len(receipts) for order_id, receipts in known.items()},
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/receiving-worker.js")
@open_to_all
def worker() -> ResponseReturnValue:
    """The service worker. It stands at the top, because it keeps pages of more than one folder."""
    answer = send_from_directory(STATIC, "receiving-worker.js", max_age=0, mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer
