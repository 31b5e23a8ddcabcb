"""`/invoices` and the decisions on them."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from flask_smorest import Blueprint
from marshmallow import fields, validate
from sqlalchemy import func, select

import invoicing
from eshop.answers import institution_of
from eshop.api.guards import Call, needs, require_unchanged, visible_institutions
from eshop.api.schemas import DecisionGiven, InvoiceShown, Paging, page, page_of
from eshop.errors import BadInput, NotAllowed, NotFound

blueprint = Blueprint("api-invoices", __name__, description="Invoices and credit notes under control")


class Listed(Paging):
    outcome = fields.String(
        validate=validate.OneOf(get_args(invoicing.Outcome)),
        metadata={"description": "Only invoices with this outcome"},
    )


@blueprint.route("/invoices", methods=["GET"])
@needs("invoices:read")
@blueprint.arguments(Listed, location="query")
@blueprint.response(200, page_of(InvoiceShown))
def every(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Invoices, the newest first."""
    places = visible_institutions(call, "see_invoices")
    outcome = asked.get("outcome")
    found = invoicing.list_invoices(
        call.session, outcome=outcome, institution_ids=places, limit=asked["limit"], offset=asked["offset"]
    )
    count = select(func.count()).select_from(invoicing.Invoice)
    if places is not None:
        count = count.where(invoicing.Invoice.institution_id.in_(places))
    if outcome is not None:
        count = count.where(invoicing.Invoice.outcome == outcome)
    total = call.session.scalar(count) or 0
    return page([_shown(call, one) for one in found], total, asked, "/api/v1/invoices", outcome=outcome)


@blueprint.route("/invoices/<int(max=9223372036854775807):invoice_id>", methods=["GET"])
@needs("invoices:read")
@blueprint.response(200, InvoiceShown)
def one(call: Call, invoice_id: int) -> dict[str, Any]:
    """One invoice with the verdict on every line."""
    return _shown(call, _invoice(call, invoice_id))


_ONLY_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "order": ("link",),
    "orders": ("link",),
    "until": ("wait",),
    "institution": ("route", "ask"),
    "coding": ("code",),
}
"""Field → the decisions that it belongs to. With another it would be passed over without a word."""


@blueprint.route("/invoices/<int(max=9223372036854775807):invoice_id>/decision", methods=["POST"])
@needs("invoices:decide")
@blueprint.arguments(DecisionGiven)
@blueprint.response(200, InvoiceShown)
def decide(call: Call, given: dict[str, Any], invoice_id: int) -> dict[str, Any]:
    """A person's decision on an invoice that waits."""
    if call.actor.user_id is None:
        raise NotAllowed("needs_a_person")
    invoice = _invoice(call, invoice_id)
    require_unchanged(_shown(call, invoice), InvoiceShown)
    for field, decisions in _ONLY_WITH.items():
        if given.get(field) is not None and given["decision"] not in decisions:
            raise BadInput("field_of_another_decision", field=field, decision=given["decision"])
    gln = given.get("institution")
    decided = invoicing.decide(
        call.session,
        invoice,
        given["decision"],
        given["reason"],
        call.actor,
        order_numbers=given.get("orders") or [one for one in (given.get("order"),) if one],
        institution_id=institution_of(call.session, gln, call.actor.today).id if gln else None,
        until=given.get("until"),
        coding=[{**part, "share": str(part["share"])} for part in given.get("coding") or ()] or None,
    )
    return _shown(call, decided)


def _invoice(call: Call, invoice_id: int) -> invoicing.Invoice:
    """The invoice, where the caller may see it. NotFound otherwise."""
    invoice = invoicing.get_invoice(call.session, invoice_id)
    places = visible_institutions(call, "see_invoices")
    if places is not None and invoice.institution_id not in places:
        raise NotFound("invoice_not_found", number=str(invoice_id))
    return invoice


def _shown(call: Call, invoice: invoicing.Invoice) -> dict[str, Any]:
    return invoicing.report(call.session, invoice) | {"id": invoice.id, "state": invoice.state}
