"""Wishes: what colleagues without the right to order would like, and the local lead's page where they become as few orders as possible."""

from decimal import Decimal

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
import ordering
from eshop.errors import BadInput, NotFound
from eshop.web import forms, goods, names, toasts
from eshop.web.guards import Visit, access, back_to
from eshop.web.texts import gettext, lazy_gettext, ngettext

blueprint = Blueprint("wishes", __name__)
HELPED = 5
"""For how many wishes in words the page looks for an item itself."""

STATES = {
    "open": (lazy_gettext("Waits for the local purchasing contact"), "info", "hourglass"),
    "taken": (lazy_gettext("In the basket"), "info", "shopping-cart"),
    "ordered": (lazy_gettext("Ordered"), "success", "check"),
    "declined": (lazy_gettext("Not this time"), "warning", "reply"),
    "withdrawn": (lazy_gettext("Withdrawn"), "neutral", "close"),
}
"""What a wish has come to: (what people read, kind of badge, icon)."""


@blueprint.app_context_processor
def _wishing() -> dict[str, object]:
    return {"may_wish": may_wish}


def may_wish() -> bool:
    """Whether the person wishes here instead of ordering."""
    visit = g.visit
    place = visit.institution
    return place is not None and visit.may("wish", place.id) and not visit.may("order", place.id)


@blueprint.get("/wishes")
@access("wish")
def overview(visit: Visit) -> ResponseReturnValue:
    place = visit.institution
    leads = place is not None and visit.may("order_for_others", place.id)
    pool = ordering.pooled(visit.session, visit.actor) if leads else None
    wishes = [] if pool is None else [*pool.words, *_wishes_in(pool)]
    mine = ordering.my_wishes(visit.session, visit.actor)
    wished = [one.item_id for one in mine if one.item_id is not None]
    return render_template(
        "wishes/overview.html",
        pool=pool,
        people=names.people(visit.session, (wish.user_id for wish in wishes)),
        proposals=_proposals(visit, pool.words) if pool is not None else {},
        mine=mine,
        named={one.item_id: one.name for one in goods.goods_of(visit, wished)} if wished else {},
        states=STATES,
    )


def _wishes_in(pool: ordering.Pool) -> list[ordering.Wish]:
    lines = [*pool.gone, *(line for group in pool.groups for line in group.lines)]
    return [wish for line in lines for wish in line.wishes]


def _proposals(visit: Visit, words: tuple[ordering.Wish, ...]) -> dict[int, list[goods.Good]]:
    """For the first wishes in words, what a search for them finds: at most three each."""
    found: dict[int, list[goods.Good]] = {}
    for wish in words[:HELPED]:
        result = catalogues.search(visit.session, wish.text or "", visit.institution, visit.actor.today, limit=3)
        found[wish.id] = [
            goods.good_of(hit.offer, hit.supplier_name, Decimal(0), visit.actor.today)
            for hit in result.hits
            if hit.offer.orderable
        ]
    return found


@blueprint.post("/wishes")
@access("wish")
def wish(visit: Visit) -> ResponseReturnValue:
    """For an item, or in words."""
    (item_id,) = forms.ids(request.form, "item_id")[:1] or (None,)
    ordering.wish_for(
        visit.session,
        visit.actor,
        forms.decimal(request.form, default=Decimal(1)),
        item_id,
        forms.text(request.form, "text", 500),
        forms.text(request.form, "note", 200),
    )
    toasts.put(gettext("The wish is put. You can see what comes of it under Wishes."))
    return redirect(back_to(url_for("wishes.overview")), 303)


def _load(visit: Visit, wish_id: int) -> ordering.Wish:
    """A wish of one's own, or of an institution one orders for."""
    found = ordering.get_wish(visit.session, wish_id)
    if found.user_id != visit.person.id and not visit.may("order_for_others", found.institution_id):
        raise NotFound("not_found", thing="Wish", key=wish_id)
    return found


@blueprint.post("/wishes/<int:wish_id>/withdraw")
@access("wish")
def withdraw(visit: Visit, wish_id: int) -> ResponseReturnValue:
    ordering.withdraw_wish(visit.session, _load(visit, wish_id), visit.actor)
    toasts.put(gettext("The wish is taken back."))
    return redirect(url_for("wishes.overview"), 303)


@blueprint.post("/wishes/<int:wish_id>/decline")
@access("order_for_others")
def decline(visit: Visit, wish_id: int) -> ResponseReturnValue:
    answer = forms.text(request.form, "answer", 500) or ""
    ordering.decline_wish(visit.session, _load(visit, wish_id), visit.actor, answer)
    toasts.put(gettext("Your colleague is told why."))
    return redirect(url_for("wishes.overview"), 303)


@blueprint.post("/wishes/<int:wish_id>/item")
@access("order_for_others")
def find(visit: Visit, wish_id: int) -> ResponseReturnValue:
    """Which item a wish in words is about."""
    (item_id,) = forms.ids(request.form, "item_id")[:1] or (0,)
    ordering.find_for_wish(visit.session, _load(visit, wish_id), item_id, visit.actor)
    toasts.put(gettext("The item is put on the wish."))
    return redirect(url_for("wishes.overview"), 303)


@blueprint.post("/wishes/basket")
@access("order_for_others")
def pool(visit: Visit) -> ResponseReturnValue:
    """The ticked wishes into the basket, those for the same item added up."""
    chosen = [_load(visit, one) for one in forms.ids(request.form, "wish")]
    if not chosen:
        raise BadInput("nothing_chosen")
    basket = ordering.open_basket(visit.session, visit.actor)
    lines = ordering.pool_wishes(visit.session, basket, chosen, visit.actor)
    toasts.put(
        ngettext("One wish is in the basket", "%(num)s wishes are in the basket", len(chosen))
        + " "
        + ngettext("as one line.", "as %(num)s lines.", len(lines))
    )
    return redirect(url_for("basket.show"), 303)
