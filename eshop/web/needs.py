"""When nothing on the agreements will do: staff ask Purchasing, who answer with an item or make an approved free-text requisition."""

from collections.abc import Sequence
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import Institution
from eshop.web import forms, goods, names, toasts
from eshop.web.filters import kroner, said
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("needs", __name__)

STATES = {
    "open": (lazy_gettext("Purchasing is looking"), "info", "hourglass"),
    "reported": (lazy_gettext("Purchasing is looking into it"), "info", "hourglass"),
    "answered": (lazy_gettext("Has an answer"), "success", "check"),
    "ordered": (lazy_gettext("Ordered"), "success", "check"),
    "withdrawn": (lazy_gettext("Withdrawn"), "neutral", "close"),
}
"""What a question has come to: (what people read, kind of badge, icon)."""

VAT = ("25", "0")


@blueprint.get("/needs")
@access("wish")
def mine(visit: Visit) -> ResponseReturnValue:
    needs = ordering.my_needs(visit.session, visit.actor)
    return render_template(
        "needs/mine.html",
        needs=needs,
        named=_named(visit, needs),
        people=names.people(visit.session, (one.answered_by for one in needs)),
        states=STATES,
        asked=request.args.get("q", "").strip()[:500],
    )


def _named(visit: Visit, needs: Sequence[ordering.Need]) -> dict[int, goods.Good]:
    """The items that are asked about and those found, by id."""
    ids = [one for need in needs for one in (need.item_id, need.about_item_id) if one is not None]
    return {one.item_id: one for one in goods.goods_of(visit, ids)} if ids else {}


@blueprint.post("/items/<int:item_id>/report")
@access("wish")
def report(visit: Visit, item_id: int) -> ResponseReturnValue:
    """Purchasing is told what is wrong with the item's data."""
    ordering.report_item(visit.session, item_id, forms.text(request.form, "text") or "", visit.actor)
    flash(gettext("Purchasing has got it. You see the answer under Ask Purchasing."), "success")
    return redirect(url_for("shop.item", item_id=item_id), 303)


@blueprint.post("/needs")
@access("wish")
def ask(visit: Visit) -> ResponseReturnValue:
    ordering.ask_purchasing(visit.session, forms.text(request.form, "text") or "", visit.actor)
    flash(gettext("Purchasing has got your question. You see the answer here."), "success")
    return redirect(url_for("needs.mine"), 303)


@blueprint.post("/needs/<int:need_id>/withdraw")
@access("wish")
def withdraw(visit: Visit, need_id: int) -> ResponseReturnValue:
    need = ordering.get_need(visit.session, need_id)
    if need.user_id != visit.person.id:
        raise NotFound("not_found", thing="Need", key=need_id)
    ordering.withdraw_need(visit.session, need, visit.actor)
    toasts.put(gettext("The question is taken back."))
    return redirect(url_for("needs.mine"), 303)


# --- Purchasing ----------------------------------------------------------------------------------------------------------


@blueprint.get("/needs/waiting")
@access("manage_agreements")
def waiting(visit: Visit) -> ResponseReturnValue:
    needs = ordering.open_needs(visit.session, visit.actor)
    return render_template(
        "needs/waiting.html",
        needs=needs,
        named=_named(visit, needs),
        people=names.people(visit.session, (one.user_id for one in needs)),
        places=names.institutions(visit.session, (one.institution_id for one in needs)),
    )


@blueprint.get("/needs/<int:need_id>")
@access("manage_agreements")
def show(visit: Visit, need_id: int) -> ResponseReturnValue:
    return _page(visit, ordering.get_need(visit.session, need_id), {})


def _page(
    visit: Visit, need: ordering.Need, errors: dict[str, str], written: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The question with what a search finds for it at the asker's institution, and the form of a requisition."""
    if need.about_item_id is not None:
        return _about(visit, need)
    text = request.args.get("q", "").strip()[:200] or need.text.split(",")[0][:60]
    place = visit.session.get_one(Institution, need.institution_id)
    result = catalogues.search(visit.session, text, place, visit.actor.today, limit=6)
    suppliers = [one for one in catalogues.list_suppliers(visit.session) if one.active]
    page = render_template(
        "needs/show.html",
        need=need,
        place=place,
        person=names.people(visit.session, [need.user_id]).get(need.user_id, ""),
        text=text,
        found=[
            goods.good_of(hit.offer, hit.supplier_name, Decimal(0), visit.actor.today)
            for hit in result.hits
            if hit.offer.orderable
        ],
        suppliers=suppliers,
        state=STATES[need.state],
        errors=errors,
        written=written or {"description": need.text[:200]},
        vat=VAT,
    )
    return (page, 422) if errors else page


def _about(visit: Visit, need: ordering.Need) -> ResponseReturnValue:
    """What somebody says is wrong with an item, the item, and whom at the supplier to ask."""
    item = catalogues.get_item(visit.session, need.about_item_id or 0)
    return render_template(
        "needs/about.html",
        need=need,
        item=item,
        line=catalogues.current_line(visit.session, item.id),
        agreement=catalogues.get_agreement(visit.session, item.agreement_id),
        supplier=catalogues.get_supplier(visit.session, item.supplier_id),
        place=visit.session.get_one(Institution, need.institution_id),
        person=names.people(visit.session, [need.user_id]).get(need.user_id, ""),
        state=STATES["reported" if need.state == "open" else need.state],
    )


@blueprint.post("/needs/<int:need_id>/answer")
@access("manage_agreements")
def answer(visit: Visit, need_id: int) -> ResponseReturnValue:
    """In words, with the item where one was found."""
    need = ordering.get_need(visit.session, need_id)
    (item_id,) = forms.ids(request.form, "item_id")[:1] or (None,)
    ordering.answer_need(visit.session, need, forms.text(request.form, "answer") or "", visit.actor, item_id)
    toasts.put(gettext("The answer is given."))
    return redirect(url_for("needs.waiting"), 303)


@blueprint.post("/needs/<int:need_id>/requisition")
@access("manage_agreements")
def requisition(visit: Visit, need_id: int) -> ResponseReturnValue:
    """A free-text order to a known supplier at most at the ceiling; what is wrong is said at its field."""
    need = ordering.get_need(visit.session, need_id)
    written = {name: request.form.get(name, "").strip() for name in ("supplier", "description", "unspsc", "ceiling")}
    errors: dict[str, str] = {}
    ceiling, supplier = NOTHING, 0
    try:
        ceiling = forms.amount(request.form, "ceiling")
    except BadInput as error:
        errors["ceiling"] = said(error)
    if written["supplier"].isdecimal():
        supplier = int(written["supplier"])
    else:
        errors["supplier"] = gettext("Choose a supplier")
    if not errors:
        try:
            order = _order(visit, need, supplier, written, ceiling)
        except (BadInput, Conflict) as error:
            visit.session.rollback()
            errors[FIELD_OF.get(error.code, "")] = said(error)
        else:
            flash(
                gettext("%(number)s is made, for at most %(amount)s.", number=order.number, amount=kroner(ceiling)),
                "success",
            )
            return redirect(url_for("orders.show", order_id=order.id), 303)
    return _page(visit, ordering.get_need(visit.session, need_id), errors, written)


FIELD_OF = {
    "ceiling_missing": "ceiling",
    "unspsc_missing": "unspsc",
    "covered_by_agreement": "unspsc",
    "supplier_not_active": "supplier",
    "reason_missing": "description",
}
"""Which field a refusal belongs to."""


def _order(
    visit: Visit, need: ordering.Need, supplier: int, written: dict[str, str], ceiling: Amount
) -> ordering.PurchaseOrder:
    vat = Decimal(forms.choice(request.form, "vat", VAT, "25"))
    return ordering.requisition(
        visit.session,
        need,
        supplier,
        written["description"],
        ceiling,
        written["unspsc"],
        visit.actor,
        vat_percent=vat,
        deliver_on=forms.day(request.form, "deliver_on"),
    )
