"""The signed link of an order: a supplier without a sign-in sees the order and answers it on one page.

What can go wrong with a link is told in words on a page of its own: altered, ended, used. A link is looked at as often as one likes and
answers once; who tries links that do not exist is slowed down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

import ordering
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed
from eshop.identity import Actor, the_municipality
from eshop.web import forms, names
from eshop.web.account import limiter
from eshop.web.filters import locale
from eshop.web.guards import database, now, open_to_all, settings
from eshop.wording import sentence

blueprint = Blueprint("supplier_link", __name__)

LONGEST_NOTE: Final = 1000
ALLERGENS: Final = "Allergener"
"""A property of the item as Danish catalogues and responses name it, not a text of the page."""
STATUS: Final = {"link_expired": 410, "link_used": 409}


@dataclass(frozen=True)
class LinkPage:
    """The order as the supplier sees it, and what was answered."""

    order: ordering.PurchaseOrder
    picture: ordering.OrderPicture
    link: ordering.SupplierLink
    municipality: str
    institution: str
    supplier: str
    contact: str
    answers: list[ordering.SupplierResponse]
    messages: list[ordering.Written]
    people: Mapping[int | None, str]

    @property
    def open(self) -> bool:
        return self.link.used_at is None and self.order.standing == "open" and self.may("confirm")

    @property
    def lines(self) -> list[ordering.OrderLinePicture]:
        return [line for line in self.picture.lines if line.agreed > 0]

    def may(self, verb: str) -> bool:
        return verb in self.link.verbs


def _tried_in_vain(response: Response) -> bool:
    return response.status_code in (403, 410)


@blueprint.route("/supplier-link/<string:token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", deduct_when=_tried_in_vain)
@limiter.limit("120 per minute")
@open_to_all
def answer(token: str) -> ResponseReturnValue:
    """The order; a POST is the answer. Nothing of this page is kept by browsers or found by search engines."""
    try:
        claim = ordering.read_link(token, settings().secret_key.encode())
        shown = _answer(token, claim) if request.method == "POST" else _show(token, claim)
    except (NotAllowed, Conflict) as refusal:
        shown = _refused(refusal)
    response = make_response(shown)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _refused(refusal: EshopError) -> ResponseReturnValue:
    said = sentence(refusal.code, refusal.values, locale())
    return render_template("supplier/refused.html", said=said, code=refusal.code), STATUS.get(refusal.code, 403)


def _show(token: str, claim: ordering.Claim) -> ResponseReturnValue:
    with database().work(claim.municipality_id) as working:
        ordering.fetch_link(working, claim, by=_supplier(claim))
        return _page(working, token, claim, {}, None)


def _answer(token: str, claim: ordering.Claim) -> ResponseReturnValue:
    """The answer to the order, or a message beside it."""
    try:
        if "write" in request.form:
            with database().work(claim.municipality_id) as working:
                text = forms.text(request.form, "text") or ""
                ordering.message_by_link(working, claim, text, by=_supplier(claim))
            return redirect(url_for("supplier_link.answer", token=token, _anchor="write"), 303)
        with database().work(claim.municipality_id) as working:
            _, order = ordering.open_link(working, claim, now())
            agreed = {line.line: line.agreed for line in ordering.order_picture(working, order).lines}
            rejected = "reject" in request.form
            note = forms.text(request.form, "why" if rejected else "note", LONGEST_NOTE)
            if rejected and note is None:
                raise BadInput("reason_missing", what="reject")
            ordering.answer_link(
                working,
                claim,
                by=_supplier(claim),
                reject=rejected,
                lines={} if rejected else _lines(request.form, agreed),
                promised=forms.day(request.form, "day"),
                note=note,
            )
    except BadInput as refusal:
        with database().read(claim.municipality_id) as reading:
            said = sentence(refusal.code, refusal.values, locale())
            return _page(reading, token, claim, request.form, said), 422
    return redirect(url_for("supplier_link.answer", token=token), 303)


def _supplier(claim: ordering.Claim) -> Actor:
    return Actor.system(claim.municipality_id, now(), "link")


def _page(session: Session, token: str, claim: ordering.Claim, typed: Mapping[str, str], error: str | None) -> str:
    link, order = ordering.open_link(session, claim, now())
    page = LinkPage(
        order,
        ordering.order_picture(session, order),
        link,
        the_municipality(session).name,
        names.institutions(session, [order.institution_id]).get(order.institution_id, ""),
        names.suppliers(session, [order.supplier_id]).get(order.supplier_id, ""),
        names.people(session, [order.ordered_by]).get(order.ordered_by, ""),
        ordering.responses_of(session, order.id),
        written := ordering.messages_of(session, order.id),
        names.people(session, (one.message.user_id for one in written)),
    )
    return render_template("supplier/link.html", page=page, token=token, typed=typed, error=error, today=now().date())


def _lines(form: forms.Form, agreed: Mapping[str, Decimal]) -> dict[str, ordering.LinkLine]:
    """What is said of each line; a line of which nothing is said is as ordered."""
    said = {line: _line(form, line, quantity) for line, quantity in agreed.items()}
    return {line: one for line, one in said.items() if one is not None}


def _line(form: forms.Form, line: str, agreed: Decimal) -> ordering.LinkLine | None:
    note = forms.text(form, f"note-{line}", LONGEST_NOTE)
    quantity = forms.decimal(form, f"quantity-{line}", agreed)
    if form.get(f"none-{line}") or quantity == 0:
        return ordering.LinkLine(reject=True, note=note)
    price = forms.decimal(form, f"price-{line}") if form.get(f"price-{line}", "").strip() else None
    one = ordering.LinkLine(
        quantity=None if quantity == agreed else quantity,
        promised=forms.day(form, f"day-{line}"),
        rest_on=None if quantity == agreed else forms.day(form, f"rest-{line}"),
        price=price,
        substitute=_substitute(form, line),
        note=note,
    )
    return None if one == ordering.LinkLine() else one


def _substitute(form: forms.Form, line: str) -> dict[str, Any] | None:
    name, number = forms.text(form, f"name-{line}", 200), forms.text(form, f"number-{line}", 60)
    if name is None:
        if number is not None:
            raise BadInput("substitute_without_name", line=line)
        return None
    allergens = forms.text(form, f"allergens-{line}", 300)
    properties = {ALLERGENS: allergens} if allergens else {}
    return {"name": name, "seller_item_id": number, "properties": properties}
