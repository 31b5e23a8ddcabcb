"""Orders: the list, one order, receiving, and approving."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
import ordering
from eshop import notices
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import COPENHAGEN
from eshop.web import forms, toasts
from eshop.web.correspondence import correspondence
from eshop.web.deliveries import deliveries_of
from eshop.web.filters import kroner, said_code
from eshop.web.guards import Visit, access, back_to
from eshop.web.order_cards import card_of, cards, reach
from eshop.web.order_filters import STATES, Filters
from eshop.web.order_papers import order_invoices, papers_of
from eshop.web.order_story import timeline
from eshop.web.proposals import proposals_of
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("orders", __name__)
PER_PAGE = 30

WHY_BADGES = {
    "approval_every": lazy_gettext("Nothing deviates"),
    "approval_amount": lazy_gettext("Over the amount limit"),
    "approval_own_limit": lazy_gettext("Over the orderer's limit"),
    "approval_institution": lazy_gettext("The institution's rule"),
    "approval_item_group": lazy_gettext("Item group"),
    "approval_budget": lazy_gettext("Over budget"),
    "approval_ceiling": lazy_gettext("Over the agreement's ceiling"),
    "approval_first_time_supplier": lazy_gettext("New supplier"),
}
"""Why an order is here, in two words; the sentence stands below."""


def _load(visit: Visit, order_id: int) -> ordering.PurchaseOrder:
    """The order, if the person may see orders of its institution; else it is not there."""
    return _seen(visit, ordering.get_order(visit.session, order_id))


def _seen(visit: Visit, order: ordering.PurchaseOrder) -> ordering.PurchaseOrder:
    if not visit.may("see_orders", order.institution_id) and not visit.may("approve", order.institution_id):
        raise NotFound("order_not_found", number=str(order.id))
    return order


@blueprint.get("/orders")
@access("see_orders")
def overview(visit: Visit) -> ResponseReturnValue:
    filters = Filters.asked()
    page = forms.page_number(request.args)
    found = filters.orders(visit, PER_PAGE + 1, (page - 1) * PER_PAGE)
    places = reach(visit)
    returned = ordering.list_orders(visit.session, institution_ids=places, states=STATES["returned"], limit=PER_PAGE)
    return render_template(
        "orders/overview.html",
        cards=cards(visit, found[:PER_PAGE]),
        filters=filters,
        suppliers=ordering.suppliers_ordered_from(visit.session, places),
        page=page,
        more=len(found) > PER_PAGE,
        returned=len(returned),
        late=ordering.count_to_receive(visit.session, places, due_before=visit.actor.today),
    )


@blueprint.get("/orders/<int:order_id>")
@access("see_orders")
def show(visit: Visit, order_id: int) -> ResponseReturnValue:
    found = ordering.dossier_of(visit.session, order_id)
    order = _seen(visit, found.order)
    return render_template(
        "orders/show.html",
        card=card_of(visit, found),
        possible=ordering.possible(order),
        timeline=timeline(found.events, {one.id: one.text for one in found.messages}),
        proposals=proposals_of(visit, order, found.picture),
        deliveries=deliveries_of(visit, found),
        correspondence=correspondence(visit, found),
        papers=papers_of(found),
        billed=order_invoices(visit, order),
        cost=found.handling,
        freight=found.freight,
        may_order=visit.may("order", order.institution_id),
        may_receive=visit.may("receive", order.institution_id),
    )


@blueprint.post("/orders/<int:order_id>/undo")
@access("order")
def undo(visit: Visit, order_id: int) -> ResponseReturnValue:
    order = _load(visit, order_id)
    ordering.undo(visit.session, order, by=visit.actor)
    flash(gettext("Order %(number)s is undone. Nothing was sent.", number=order.number), "success")
    return redirect(url_for("orders.show", order_id=order.id), 303)


@blueprint.post("/orders/<int:order_id>/remind")
@access("order")
def remind(visit: Visit, order_id: int) -> ResponseReturnValue:
    """Asks those again who have not said yes yet."""
    names, told = notices.remind_approvers(visit.session, _load(visit, order_id), visit.actor)
    who = ", ".join(names)
    if told:
        toasts.put(gettext("%(who)s is reminded by mail.", who=who))
    else:
        toasts.put(gettext("No mail went out: %(who)s was reminded today already, or does not want mails.", who=who))
    return redirect(back_to(url_for("orders.overview")), 303)


@blueprint.post("/orders/<int:order_id>/cancel")
@access("order")
def cancel(visit: Visit, order_id: int) -> ResponseReturnValue:
    order = _load(visit, order_id)
    reason = forms.text(request.form, "reason") or gettext("No longer needed")
    with_supplier = order.state in ordering.WITH_SUPPLIER
    ordering.cancel(visit.session, order, by=visit.actor, reason=reason)
    if with_supplier:
        flash(gettext("Order %(number)s is cancelled. The supplier is told.", number=order.number), "success")
    else:
        flash(gettext("Order %(number)s is cancelled. It had not left yet.", number=order.number), "success")
    return redirect(url_for("orders.show", order_id=order.id), 303)


@blueprint.post("/orders/<int:order_id>/close")
@access("order")
def close(visit: Visit, order_id: int) -> ResponseReturnValue:
    """What has not come will not come. Invoices that waited for the order are judged again."""
    order = _load(visit, order_id)
    ordering.close(visit.session, order, by=visit.actor)
    judge_waiting(visit, order)
    flash(
        gettext("Order %(number)s is closed. What had not come is no longer expected.", number=order.number), "success"
    )
    return redirect(url_for("orders.show", order_id=order.id), 303)


@blueprint.post("/orders/<int:order_id>/proposals/<int:proposal_id>")
@access("receive")
def answer_proposal(visit: Visit, order_id: int, proposal_id: int) -> ResponseReturnValue:
    """Yes or no to what the supplier proposes instead, in one tap; the supplier is told."""
    order = _load(visit, order_id)
    yes = request.form.get("answer") == "yes"
    ordering.answer_proposals(visit.session, order, {proposal_id: yes}, by=visit.actor)
    toasts.put(gettext("The supplier is told yes.") if yes else gettext("The supplier is told no."))
    return redirect(back_to(url_for("orders.show", order_id=order.id)), 303)


@blueprint.post("/orders/<int:order_id>/again")
@access("order")
def again(visit: Visit, order_id: int) -> ResponseReturnValue:
    """The order's lines into the basket at today's prices; says what changed and what could not be had."""
    order = _load(visit, order_id)
    if visit.actor.institution_id != order.institution_id:
        raise Conflict("reorder_elsewhere", number=order.number)
    changes = ordering.reorder(visit.session, order, by=visit.actor)
    gone = [change for change in changes if change.code == "reordered_gone"]
    if len(gone) < len(order.lines):
        toasts.put(gettext("The order is in the basket at today's prices."))
    for change in changes:
        flash(said_code(change.code, {**change.values, "reason": _why_not(change.values)}), "warning")
    return redirect(url_for("basket.show"), 303)


def _why_not(values: Mapping[str, Any]) -> str:
    return said_code(f"offer_{values['reason']}") if "reason" in values else ""


def to_count(visit: Visit) -> list[ordering.Arriving]:
    """The orders that goods are expected of at the institutions the person receives for, the soonest due first."""
    places = [visit.unit.id] if visit.unit else [one.id for one in visit.units]
    mine = [place for place in places if visit.may("receive", place)]
    return ordering.orders_to_receive(visit.session, visit.actor, mine) if mine else []


def judge_waiting(visit: Visit, order: ordering.PurchaseOrder) -> None:
    """Invoices that waited for this order are judged again in the same unit of work."""
    invoicing.judge_again(visit.session, [order.id], by=visit.actor)


# --- approving ---------------------------------------------------------------------------------------------------------


@blueprint.get("/approvals")
@access("approve")
def approvals(visit: Visit) -> ResponseReturnValue:
    waiting = ordering.orders_waiting(visit.session, visit.actor)
    asked = forms.ids(request.args, "order")
    # From the mail: the one it was about stands first; what has been decided since is shown as it is.
    if asked and not any(one.order.id == asked[0] for one in waiting):
        return redirect(url_for("orders.show", order_id=asked[0]), 303)
    days = ordering.coming(visit.session, [one.order for one in waiting], visit.actor.at)
    pressing = {one.order.id for one in waiting if _presses(one, days.get(one.order.id), visit)}
    waiting.sort(key=lambda one: (one.order.id not in asked[:1], one.order.id not in pressing))
    counted = Counter(code for one in waiting for code in {code for code, _ in one.why})
    wanted = request.args.get("why", "")
    shown = [one for one in waiting if wanted not in counted or wanted in {code for code, _ in one.why}]
    listed = cards(visit, [one.order for one in shown])
    return render_template(
        "orders/approvals.html",
        waiting=list(zip(shown, listed, strict=True)),
        all_waiting=waiting,
        counted=counted,
        wanted=wanted if wanted in counted else "",
        days=days,
        pressing=pressing,
        budgets=_budgets(visit, shown),
        why_badges=WHY_BADGES,
    )


def _presses(one: ordering.Waiting, day: ordering.Coming | None, visit: Visit) -> bool:
    """Whether the wanted day is lost, or will be before a day has gone. Where an agreement has no cut-off, every order for tomorrow must
    be answered today: that is urgent only for one that lay here yesterday."""
    if day is None or day.answer_before is None:
        return day is not None and day.slipped
    lay_here = min(approval.asked_at for approval in one.approvals).astimezone(COPENHAGEN).date() < visit.actor.today
    return (day.at_a_time or lay_here) and day.answer_before - visit.actor.at <= timedelta(hours=24)


def _budgets(visit: Visit, waiting: Sequence[ordering.Waiting]) -> dict[tuple[int, int], ordering.Budget]:
    """(institution, year) → the budget that an order goes over; nothing is asked where none does."""
    over = {
        (one.order.institution_id, (one.order.deliver_on or one.order.ordered_on).year)
        for one in waiting
        if any(code == "approval_budget" for code, _ in one.why)
    }
    return {
        (place, year): budget
        for year in sorted({year for _, year in over})
        for place, budget in ordering.budgets_of(visit.session, {one for one, at in over if at == year}, year).items()
    }


@blueprint.post("/orders/<int:order_id>/approve")
@access("approve")
def approve(visit: Visit, order_id: int) -> ResponseReturnValue:
    order = _load(visit, order_id)
    ordering.approve(visit.session, order, by=visit.actor, seen=request.form.get("seen"))
    toasts.put(
        gettext("%(number)s for %(amount)s is approved.", amount=kroner(order.total), number=order.number),
        undo=url_for("orders.regret", order_id=order.id),
        seconds=10,
    )
    return redirect(url_for("orders.approvals"), 303)


@blueprint.post("/orders/<int:order_id>/regret")
@access("approve")
def regret(visit: Visit, order_id: int) -> ResponseReturnValue:
    """Takes one's own approval back while the order has not left."""
    order = _load(visit, order_id)
    ordering.regret_approval(visit.session, order, by=visit.actor)
    flash(gettext("The approval is taken back. The order waits for you again."), "info")
    return redirect(url_for("orders.approvals"), 303)


@blueprint.post("/orders/<int:order_id>/send-back")
@access("approve")
def send_back(visit: Visit, order_id: int) -> ResponseReturnValue:
    order = _load(visit, order_id)
    reason = forms.text(request.form, "other") or forms.text(request.form, "reason")
    if reason is None:
        raise BadInput("reason_missing", what="reject")
    ordering.reject(visit.session, order, by=visit.actor, reason=reason)
    toasts.put(gettext("Order %(number)s is sent back with your reason.", number=order.number))
    return redirect(url_for("orders.approvals"), 303)


@blueprint.post("/approvals/plain")
@access("approve")
def approve_plain(visit: Visit) -> ResponseReturnValue:
    """Everything that waits and deviates in nothing, at once."""
    plain = [one.order for one in ordering.orders_waiting(visit.session, visit.actor) if one.plain]
    approved, skipped = ordering.approve_plain(visit.session, plain, by=visit.actor)
    flash(gettext("%(count)s orders are approved.", count=len(approved)), "success")
    for one in skipped:
        flash(said_code(one.code, one.values), "warning")
    return redirect(back_to(url_for("orders.approvals")), 303)
