"""The basket, and sending it: one order for each supplier, with everything filled in beforehand."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import ordering
from eshop.amounts import NOTHING, Amount, exact
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import main_gln
from eshop.web import forms, toasts
from eshop.web.filters import said
from eshop.web.guards import Visit, access, back_to
from eshop.web.order_cards import cards
from eshop.web.own_basket import own_basket
from eshop.web.texts import gettext

blueprint = Blueprint("basket", __name__)


@dataclass(frozen=True)
class Totals:
    """The sum of a basket: goods, freight as it stands, VAT by the lines' own rates (freight at the standard 25 %)."""

    goods: Amount
    freight: Amount
    vat: Amount

    @property
    def net(self) -> Amount:
        return self.goods + self.freight

    @property
    def gross(self) -> Amount:
        return self.net + self.vat


def totals(view: ordering.BasketView) -> Totals:
    """Per group and rate one rounding: two lines of 0,50 kr. at 25 % have 0,25 kr. VAT together."""
    freight = Amount.sum(group.hints.freight for group in view.groups)
    bases: dict[Decimal, Amount] = {Decimal(25): freight}
    for group in view.groups:
        for line in group.lines:
            rate = line.offer.vat_percent if line.offer.vat_percent is not None else Decimal(25)
            bases[rate] = bases.get(rate, NOTHING) + line.amount
    vat = Amount.sum(Amount.rounded(base.kroner * rate / 100) for rate, base in bases.items())
    return Totals(view.total, freight, vat)


@blueprint.get("/basket")
@access("order")
def show(visit: Visit) -> ResponseReturnValue:
    basket = own_basket(visit)
    view = None if basket is None else ordering.basket_view(visit.session, basket, visit.actor)
    if view is None or view.line_count == 0:
        return render_template("basket/empty.html", others=_others(visit))
    return render_template("basket/show.html", view=view, totals=totals(view))


def _others(visit: Visit) -> list[tuple[int, str, int]]:
    """The person's baskets elsewhere that have something in them."""
    known = {one.id: one.name for one in visit.units}
    return [
        (place, known[place], lines)
        for place, lines in ordering.other_baskets(visit.session, visit.actor)
        if place in known
    ]


@blueprint.post("/basket/lines")
@access("order")
def add(visit: Visit) -> ResponseReturnValue:
    item_id = forms.ids(request.form, "item_id")
    if not item_id:
        raise BadInput("write_a_number", field="item_id")
    basket = ordering.open_basket(visit.session, visit.actor)
    number = forms.decimal(request.form, default=Decimal(1))
    line = ordering.add_line(visit.session, basket, item_id[0], number, by=visit.actor)
    name = next((one.name for one in _lines(visit, basket) if one.item_id == line.item_id), "")
    toasts.put(
        gettext("%(name)s is in the basket.", name=name),
        undo=url_for("basket.take_back"),
        item_id=item_id[0],
        quantity=str(number),
    )
    if request.headers.get("HX-Request"):
        return render_template("basket/added.html")
    return redirect(back_to(url_for("basket.show")), 303)


def _lines(visit: Visit, basket: ordering.Basket) -> list[Any]:
    view = ordering.basket_view(visit.session, basket, visit.actor)
    return [line for group in view.groups for line in group.lines]


@blueprint.post("/basket/take-back")
@access("order")
def take_back(visit: Visit) -> ResponseReturnValue:
    """Undoes an addition: what was added goes, what lay there before stays."""
    basket = ordering.open_basket(visit.session, visit.actor)
    (item_id,) = forms.ids(request.form, "item_id")[:1] or (0,)
    line = next((one for one in basket.lines if one.item_id == item_id), None)
    if line is not None:
        left = line.quantity - max(exact(request.form.get("quantity") or "0"), Decimal(0))
        if left > 0:
            ordering.change_line(visit.session, basket, item_id, by=visit.actor, quantity=left)
        else:
            ordering.remove_line(visit.session, basket, item_id, by=visit.actor)
    return redirect(back_to(url_for("basket.show")), 303)


@blueprint.post("/basket/lines/<int:item_id>")
@access("order")
def change(visit: Visit, item_id: int) -> ResponseReturnValue:
    basket = ordering.open_basket(visit.session, visit.actor)
    ordering.change_line(visit.session, basket, item_id, by=visit.actor, quantity=forms.decimal(request.form))
    return redirect(url_for("basket.show"), 303)


@blueprint.post("/basket/lines/<int:item_id>/remove")
@access("order")
def remove(visit: Visit, item_id: int) -> ResponseReturnValue:
    basket = ordering.open_basket(visit.session, visit.actor)
    line = next((one for one in basket.lines if one.item_id == item_id), None)
    if line is None:
        raise NotFound("not_in_basket", item=item_id)
    number = line.quantity
    ordering.remove_line(visit.session, basket, item_id, by=visit.actor)
    toasts.put(
        gettext("The item is removed."),
        undo=url_for("basket.add"),
        item_id=item_id,
        quantity=str(number).replace(".", ","),
    )
    return redirect(url_for("basket.show"), 303)


# --- sending -----------------------------------------------------------------------------------------------------------


@blueprint.get("/basket/send")
@access("order")
def send(visit: Visit) -> ResponseReturnValue:
    return _send_page(visit, {})


def _send_page(visit: Visit, errors: dict[str, str], written: dict[str, str] | None = None) -> ResponseReturnValue:
    basket = own_basket(visit)
    view = None if basket is None else ordering.basket_view(visit.session, basket, visit.actor)
    if basket is None or view is None or not view.groups:
        return redirect(url_for("basket.show"), 303)
    points = ordering.delivery_points(visit.session, view.institution_id)
    chosen = next((one for one in points if str(one.id) == (written or {}).get("place")), points[0] if points else None)
    page = render_template(
        "basket/send.html",
        view=view,
        totals=totals(view),
        errors=errors,
        written=written or {"reference": basket.reference or "", "note": basket.note or ""},
        points=points,
        address_of=ordering.address_of,
        place=chosen,
        gln=main_gln(visit.session, view.institution_id),
        coding={**visit.municipality.default_coding, **(visit.institution.coding if visit.institution else {})},
        usual_hours=_usual_hours(visit, view),
        undo_minutes=ordering.ordering_settings(visit.session).undo_minutes,
    )
    return (page, 422) if errors else page


def _usual_hours(visit: Visit, view: ordering.BasketView) -> int | None:
    """How long approvals here usually take, in whole hours upwards; None where nothing is to be approved or nothing is known."""
    if not any(group.needs_approval for group in view.groups):
        return None
    hours = ordering.median_decision_hours(visit.session, view.institution_id)
    return None if hours is None else max(1, ceil(hours))


@blueprint.post("/basket/send")
@access("order")
def submit(visit: Visit) -> ResponseReturnValue:
    basket = ordering.open_basket(visit.session, visit.actor)
    written = {name: request.form.get(name, "").strip() for name in ("reference", "note", "deliver_on", "place")}
    errors: dict[str, str] = {}
    view = ordering.basket_view(visit.session, basket, visit.actor)
    if any(group.needs_approval for group in view.groups) and not written["note"]:
        errors["note"] = gettext("Write why the purchase is needed, for example the occasion and who pays")
    if len(written["reference"]) > 100:
        errors["reference"] = gettext("Write at most 100 characters")
    try:
        deliver_on = forms.day(request.form, "deliver_on")
    except BadInput as error:
        errors["deliver_on"], deliver_on = said(error), None
    if not errors:
        try:
            ordering.note_basket(
                visit.session, basket, visit.actor, reference=written["reference"], note=written["note"]
            )
            placed = ordering.submit(
                visit.session,
                basket,
                by=visit.actor,
                reference=written["reference"] or None,
                deliver_on=deliver_on,
                delivery_point=next(iter(forms.ids(request.form, "place")), None),
                expected_total=_seen_total(),
            )
        except (BadInput, Conflict) as error:
            visit.session.rollback()
            errors[""] = said(error)
        else:
            return redirect(url_for("basket.placed", numbers=",".join(str(order.id) for order in placed)), 303)
    return _send_page(visit, errors, written)


def _seen_total() -> Amount | None:
    """The total of the page the person pressed the button on, so that nobody orders at prices they have not seen."""
    seen = request.form.get("seen", "")
    return Amount(int(seen)) if seen.isascii() and seen.isdigit() and len(seen) < 16 else None


@blueprint.get("/basket/placed/<string:numbers>")
@access("order")
def placed(visit: Visit, numbers: str) -> ResponseReturnValue:
    """What the basket became: each order, its day, and what happens next."""
    wanted = [int(one) for one in numbers.split(",") if one.isascii() and one.isdigit()][:50]
    found = [ordering.get_order(visit.session, one) for one in wanted]
    mine = [order for order in found if order.ordered_by == visit.person.id]
    if not mine:
        raise NotFound("order_not_found", number=numbers[:40])
    return render_template(
        "basket/placed.html", cards=cards(visit, mine), freight=ordering.expected_freight(visit.session, mine)
    )
