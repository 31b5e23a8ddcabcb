"""`/orders` and their receipts."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import fields, validate
from sqlalchemy import func, select

import invoicing
import ordering
from eshop.answers import order_shown, orderer, place_orders
from eshop.api.guards import Call, needs, require_unchanged, visible_institutions
from eshop.api.schemas import OrderPlaced, OrderShown, OrdersPlaced, Paging, ReceiptGiven, page, page_of
from eshop.errors import BadInput, NotAllowed, NotFound
from eshop.identity import Actor, Institution, User

blueprint = Blueprint("api-orders", __name__, description="Orders, from placed to received")


class Listed(Paging):
    state = fields.String(
        validate=validate.OneOf(sorted(ordering.ORDER.states)), metadata={"description": "Only orders in this state"}
    )


@blueprint.route("/orders", methods=["GET"])
@needs("orders:read")
@blueprint.arguments(Listed, location="query")
@blueprint.response(200, page_of(OrderShown))
def every(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Orders, the newest first."""
    places = visible_institutions(call, "see_orders")
    states = [asked["state"]] if "state" in asked else None
    found = ordering.list_orders(
        call.session, institution_ids=places, states=states, limit=asked["limit"], offset=asked["offset"]
    )
    count = select(func.count()).select_from(ordering.PurchaseOrder)
    if places is not None:
        count = count.where(ordering.PurchaseOrder.institution_id.in_(places))
    if states is not None:
        count = count.where(ordering.PurchaseOrder.state.in_(states))
    shown = [order_shown(call.session, order, call.actor.today) for order in found]
    return page(shown, call.session.scalar(count) or 0, asked, "/api/v1/orders", state=asked.get("state"))


@blueprint.route("/orders", methods=["POST"])
@needs("orders:write")
@blueprint.arguments(OrderPlaced)
@blueprint.response(201, OrdersPlaced)
def place(call: Call, given: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Place an order; it becomes one per supplier and agreement."""
    made = place_orders(call.session, given, call.actor, person_of(call))
    shown = [order_shown(call.session, order, call.actor.today) for order in made]
    return {"orders": shown}, 201, {"Location": url_for("api-orders.one", number=made[0].number)}


@blueprint.route("/orders/<string:number>", methods=["GET"])
@needs("orders:read")
@blueprint.response(200, OrderShown)
def one(call: Call, number: str) -> dict[str, Any]:
    """One order."""
    return order_shown(call.session, _order(call, number), call.actor.today)


@blueprint.route("/orders/<string:number>/send", methods=["POST"])
@needs("orders:write")
@blueprint.response(200, OrderShown)
def send(call: Call, number: str) -> dict[str, Any]:
    """Send the order now, without the wait in which it can be undone."""
    order = _order(call, number)
    require_unchanged(order_shown(call.session, order, call.actor.today), OrderShown)
    sent = ordering.send(call.session, order, call.actor)
    return order_shown(call.session, sent, call.actor.today)


@blueprint.route("/orders/<string:number>/receipts", methods=["POST"])
@needs("orders:write")
@blueprint.arguments(ReceiptGiven)
@blueprint.response(201, OrderShown)
def receive(call: Call, given: dict[str, Any], number: str) -> dict[str, Any]:
    """Record what has come; without lines, everything that is expected. Invoices that waited for it are judged again."""
    order = _order(call, number)
    require_unchanged(order_shown(call.session, order, call.actor.today), OrderShown)
    lines = given.get("lines")
    counts: dict[str, Any] = {}
    for line in lines or ():
        if line["line"] in counts:
            raise BadInput("line_twice", line=line["line"], number=order.number)
        counts[line["line"]] = line["quantity"]
    by = _receiver(call, order, given.get("by"))
    ordering.receive(call.session, order, None if lines is None else counts, by)
    invoicing.judge_again(call.session, [order.id], call.actor)
    return order_shown(call.session, order, call.actor.today)


@blueprint.route("/orders/<string:number>/receipts", methods=["GET"])
@needs("orders:read")
@blueprint.response(200)
def receipts(call: Call, number: str) -> dict[str, Any]:
    """What has come on the order."""
    shown = order_shown(call.session, _order(call, number), call.actor.today)
    return {"receipts": shown["receipts"]}


def _order(call: Call, number: str) -> ordering.PurchaseOrder:
    """The order, where the caller may see it. NotFound otherwise: the two look alike on purpose."""
    order = ordering.find_order(call.session, number)
    places = visible_institutions(call, "see_orders")
    if places is not None and order.institution_id not in places:
        raise NotFound("order_not_found", number=number)
    return order


def person_of(call: Call) -> User | None:
    """The person behind the token, or None for a system's."""
    return None if call.actor.user_id is None else call.session.get_one(User, call.actor.user_id)


def _receiver(call: Call, order: ordering.PurchaseOrder, login: str | None) -> Actor:
    """Who has received: the token's own person, or whom a system's token names."""
    person = person_of(call)
    if person is not None:
        login = login or person.login
        if login != person.login:
            raise NotAllowed("not_the_tokens_person", by=login)
    if login is None:
        raise NotAllowed("needs_a_person")
    return orderer(call.session, login, call.session.get_one(Institution, order.institution_id), call.actor, "api")
