"""Lists: one's favourites, the institution's shared lists, standard baskets from Purchasing; into the basket whole or in part."""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import ordering
from eshop.errors import BadInput, Conflict, NotFound
from eshop.web import forms, goods, toasts
from eshop.web.filters import said_code
from eshop.web.guards import Visit, access, back_to
from eshop.web.own_favourites import favourite_ids
from eshop.web.texts import gettext, lazy_gettext, ngettext

blueprint = Blueprint("lists", __name__)

ICONS = {"standard": "groups", "shared": "list-check", "favourites": "star"}
KINDS = {
    "standard": lazy_gettext("Standard basket from Purchasing"),
    "shared": lazy_gettext("Shared list"),
    "favourites": lazy_gettext("My favourites"),
}


@dataclass(frozen=True)
class ListCard:
    """A list among others."""

    id: int
    kind: str
    name: str
    items: int
    icon: str
    whose: str


def cards_of(visit: Visit) -> list[ListCard]:
    """The person's lists as cards: standard baskets, then the institution's, then one's own; two queries."""
    order = ("standard", "shared", "favourites")
    found = sorted(ordering.my_lists(visit.session, visit.actor), key=lambda one: order.index(one.kind))
    return [
        ListCard(one.id, one.kind, _name(one), len(one.lines), ICONS[one.kind], _whose(one.kind))
        for one in found
        if one.lines or one.kind != "favourites"
    ]


def _name(one: ordering.ShoppingList) -> str:
    return gettext("My favourites") if one.kind == "favourites" else one.name


def _whose(kind: str) -> str:
    return {
        "standard": gettext("From Purchasing"),
        "shared": gettext("Shared in the institution"),
        "favourites": gettext("Only you"),
    }[kind]


@blueprint.app_context_processor
def _favourites() -> dict[str, object]:
    return {"is_favourite": is_favourite, "lists_to_fill": lists_to_fill}


def is_favourite(item_id: int) -> bool:
    """Whether the item is among the person's favourites; one query for a whole page of items."""
    return item_id in favourite_ids(g.visit)


def lists_to_fill() -> list[tuple[int, str]]:
    """The lists that this person may put an item on: (id, name)."""
    visit = g.visit
    found = ordering.my_lists(visit.session, visit.actor)
    return [
        (one.id, one.name) for one in found if one.kind != "favourites" and ordering.may_change_list(one, visit.actor)
    ]


def makeable(visit: Visit) -> list[str]:
    """The kinds of list the person may make here."""
    kinds = []
    if visit.unit is not None and visit.may("manage_lists", visit.unit.id):
        kinds.append("shared")
    if visit.may("manage_agreements"):
        kinds.append("standard")
    return kinds


@blueprint.get("/lists")
@access("shop")
def overview(visit: Visit) -> ResponseReturnValue:
    return render_template("lists/overview.html", lists=cards_of(visit), kinds=makeable(visit), names=KINDS)


@blueprint.post("/lists")
@access("manage_lists")
def make(visit: Visit) -> ResponseReturnValue:
    kinds = makeable(visit)
    kind = forms.choice(request.form, "kind", tuple(kinds), kinds[0] if kinds else "shared")
    name = forms.text(request.form, "name", 120) or ""
    made = ordering.make_list(visit.session, name, kind, visit.actor)  # type: ignore[arg-type]
    flash(gettext("The list is made. Find items, and put them on it from the item's page."), "success")
    return redirect(url_for("lists.show", list_id=made.id), 303)


@blueprint.get("/lists/<int:list_id>")
@access("shop")
def show(visit: Visit, list_id: int) -> ResponseReturnValue:
    one = ordering.get_list(visit.session, list_id, visit.actor)
    view = ordering.list_view(visit.session, one, visit.actor)
    suppliers = {line.offer.supplier_id for line in view.lines}
    return render_template(
        "lists/show.html",
        view=view,
        name=_name(one),
        kind=KINDS[one.kind],
        replacements=goods.replacements(visit, [line.offer for line in view.gone]),
        suppliers=len(suppliers),
        may_order=visit.unit is not None and visit.may("order", visit.unit.id),
    )


@blueprint.post("/lists/<int:list_id>/basket")
@access("order")
def to_basket(visit: Visit, list_id: int) -> ResponseReturnValue:
    """The whole list, or with `chosen` the ticked items at the written quantities."""
    one = ordering.get_list(visit.session, list_id, visit.actor)
    wanted = None
    if "whole" not in request.form:
        wanted = {item: forms.decimal(request.form, f"quantity-{item}") for item in forms.ids(request.form, "item")}
        if not wanted:
            raise BadInput("nothing_chosen")
    changes = ordering.list_to_basket(visit.session, one, visit.actor, wanted)
    gone = [change for change in changes if change.code == "reordered_gone"]
    put = (len(one.lines) if wanted is None else len(wanted)) - len(gone)
    if put > 0:
        toasts.put(ngettext("One item is in the basket.", "%(num)s items are in the basket.", put))
    tell(changes)
    return redirect(url_for("basket.show"), 303)


def tell(changes: list[ordering.Change]) -> None:
    """What is different from what the person asked for, a sentence each."""
    for change in changes:
        values = change.values
        reason = said_code(f"offer_{values['reason']}") if "reason" in values else ""
        flash(said_code(change.code, {**values, "reason": reason}), "warning")


@blueprint.post("/lists/<int:list_id>/quantities")
@access("shop")
def quantities(visit: Visit, list_id: int) -> ResponseReturnValue:
    """Keeps the written quantities as the usual ones."""
    one = ordering.get_list(visit.session, list_id, visit.actor)
    wanted = {
        int(name.removeprefix("quantity-")): forms.decimal(request.form, name)
        for name in request.form
        if name.removeprefix("quantity-").isdecimal()
    }
    ordering.set_usual(visit.session, one, wanted, visit.actor)
    toasts.put(gettext("The usual quantities are kept."))
    return redirect(url_for("lists.show", list_id=one.id), 303)


@blueprint.post("/lists/<int:list_id>/lines/<int:item_id>/remove")
@access("shop")
def take_off(visit: Visit, list_id: int, item_id: int) -> ResponseReturnValue:
    one = ordering.get_list(visit.session, list_id, visit.actor)
    line = next((line for line in one.lines if line.item_id == item_id), None)
    if line is None:
        raise NotFound("not_on_list", item=item_id)
    number = line.quantity
    ordering.take_off_list(visit.session, one, item_id, visit.actor)
    toasts.put(
        gettext("The item is off the list."),
        undo=url_for("lists.put_on"),
        list_id=one.id,
        item_id=item_id,
        quantity=str(number).replace(".", ","),
    )
    return redirect(url_for("lists.show", list_id=one.id), 303)


@blueprint.post("/lists/<int:list_id>/lines/<int:item_id>/replace")
@access("shop")
def replace(visit: Visit, list_id: int, item_id: int) -> ResponseReturnValue:
    """Another item takes the place of one that is gone, on this list."""
    one = ordering.get_list(visit.session, list_id, visit.actor)
    (fresh,) = forms.ids(request.form, "by")[:1] or (0,)
    ordering.replace_on_list(visit.session, one, item_id, fresh, visit.actor)
    toasts.put(gettext("The item is replaced on the list."))
    return redirect(url_for("lists.show", list_id=one.id), 303)


@blueprint.post("/lists/<int:list_id>/lines/<int:item_id>/move")
@access("shop")
def move(visit: Visit, list_id: int, item_id: int) -> ResponseReturnValue:
    """One place up: the sequence without dragging."""
    one = ordering.get_list(visit.session, list_id, visit.actor)
    sequence = [line.item_id for line in one.lines]
    if item_id not in sequence:
        raise NotFound("not_on_list", item=item_id)
    at = sequence.index(item_id)
    sequence[max(at - 1, 0) : at + 1] = [item_id, *sequence[max(at - 1, 0) : at]]
    ordering.order_list(visit.session, one, sequence, visit.actor)
    return redirect(url_for("lists.show", list_id=one.id, _anchor=f"item-{item_id}"), 303)


@blueprint.post("/lists/<int:list_id>/name")
@access("shop")
def rename(visit: Visit, list_id: int) -> ResponseReturnValue:
    one = ordering.get_list(visit.session, list_id, visit.actor)
    ordering.rename_list(visit.session, one, forms.text(request.form, "name", 120) or "", visit.actor)
    return redirect(url_for("lists.show", list_id=one.id), 303)


@blueprint.post("/lists/<int:list_id>/drop")
@access("shop")
def drop(visit: Visit, list_id: int) -> ResponseReturnValue:
    one = ordering.get_list(visit.session, list_id, visit.actor)
    name = one.name
    ordering.drop_list(visit.session, one, visit.actor)
    flash(gettext("The list “%(name)s” is gone.", name=name), "success")
    return redirect(url_for("lists.overview"), 303)


# --- from items and from the basket ---------------------------------------------------------------------------------------


@blueprint.post("/lists/lines")
@access("shop")
def put_on(visit: Visit) -> ResponseReturnValue:
    """An item on a list that the person may change."""
    (list_id,) = forms.ids(request.form, "list_id")[:1] or (0,)
    (item_id,) = forms.ids(request.form, "item_id")[:1] or (0,)
    one = ordering.get_list(visit.session, list_id, visit.actor)
    number = forms.decimal(request.form, default=Decimal(1))
    ordering.set_on_list(visit.session, one, item_id, number, visit.actor)
    toasts.put(gettext("The item is on the list “%(name)s”.", name=_name(one)))
    return redirect(back_to(url_for("lists.show", list_id=one.id)), 303)


@blueprint.post("/items/<int:item_id>/favourite")
@access("shop")
def favourite(visit: Visit, item_id: int) -> ResponseReturnValue:
    """Marks an item, or unmarks it; pressing twice changes nothing more."""
    wanted = request.form.get("wanted") == "1"
    ordering.set_favourite(visit.session, item_id, wanted, visit.actor)
    if wanted:
        toasts.put(gettext("The item is among your favourites."))
    return redirect(back_to(url_for("shop.item", item_id=item_id)), 303)


@blueprint.post("/basket/list")
@access("order")
def from_basket(visit: Visit) -> ResponseReturnValue:
    """What lies in the basket as a new list: shared where the person keeps the institution's lists, else among the favourites."""
    basket = ordering.open_basket(visit.session, visit.actor)
    if not basket.lines:
        raise Conflict("basket_empty")
    made = ordering.list_from_basket(visit.session, basket, forms.text(request.form, "name", 120) or "", visit.actor)
    flash(gettext("The basket is kept as “%(name)s”.", name=_name(made)), "success")
    return redirect(url_for("lists.show", list_id=made.id), 303)
