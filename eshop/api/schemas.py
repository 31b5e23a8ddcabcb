"""The words of the API as schemas: what a call is given and what it answers, for checking and for the OpenAPI description.

Amounts and quantities are decimal strings outside and exact types inside; days are YYYY-MM-DD. Lists are answered as pages with the
paging in the body: `{"items": […], "page": {"offset", "limit", "total", "next"}}`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from marshmallow import Schema, ValidationError, fields, validate

from eshop.amounts import Amount, exact, plain
from eshop.errors import BadInput

AT_MOST: Final = 500


class Money(fields.Field):
    """An amount in kroner as a decimal string outside ('1598.60'), whole øre inside."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value if isinstance(value, Amount) else Amount.of(value))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Amount:
        if not isinstance(value, str):
            raise ValidationError("Write the amount as a decimal string, for example '1598.60'.")
        try:
            return Amount.of(value)
        except BadInput as error:
            raise ValidationError("Write the amount as a decimal string, for example '1598.60'.") from error


class Number(fields.Field):
    """An exact quantity as a decimal string ('2.5')."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else plain(exact(value))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("Write the number as a decimal string, for example '2.5'.")
        try:
            return exact(value)
        except BadInput as error:
            raise ValidationError("Write the number as a decimal string, for example '2.5'.") from error


for kind, pattern in ((Money, r"^-?\d{1,16}(\.\d{1,2})?$"), (Number, r"^-?\d{1,10}(\.\d{1,8})?$")):
    kind.openapi = {"type": "string", "pattern": pattern}  # type: ignore[attr-defined]


class FindingShown(Schema):
    code = fields.String(required=True, metadata={"description": "Stable code; the text may change, the code does not"})
    severity = fields.String(required=True, validate=validate.OneOf(["error", "warning", "info"]))
    where = fields.String(required=True, allow_none=True)
    rule = fields.String(allow_none=True, metadata={"description": "The official rule id, where there is one"})
    text = fields.String(required=True)


class Problem(Schema):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "The sentence again, where readers look for it"})
    code = fields.String(required=True)
    values = fields.Dict()
    findings = fields.List(fields.Nested(FindingShown))


class Paging(Schema):
    offset = fields.Integer(
        load_default=0, validate=validate.Range(min=0, max=1_000_000), metadata={"description": "How many to pass over"}
    )
    limit = fields.Integer(
        load_default=50, validate=validate.Range(min=1, max=AT_MOST), metadata={"description": "How many to answer"}
    )


class PageShown(Schema):
    offset = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Where the next page is"})


@cache
def page_of(schema: type[Schema]) -> type[Schema]:
    """The schema of a page of `schema`."""
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(schema), required=True), "page": fields.Nested(PageShown, required=True)},
        name=f"{schema.__name__}Page",
    )


def page(
    items: Sequence[Any], total: int, asked: Mapping[str, Any], address: str, **parameters: str | None
) -> dict[str, Any]:
    """A page as it is answered. `address` is where the list is, `parameters` what else was asked for."""
    offset, limit = asked["offset"], asked["limit"]
    more = offset + len(items) < total and len(items) > 0
    kept = {name: value for name, value in parameters.items() if value is not None}
    following = urlencode({**kept, "offset": offset + limit, "limit": limit})
    return {
        "items": list(items),
        "page": {
            "offset": offset,
            "limit": limit,
            "total": total,
            "next": f"{address}?{following}" if more else None,
        },
    }


class CompanyShown(Schema):
    cvr = fields.String(allow_none=True)
    gln = fields.String(allow_none=True)
    name = fields.String(allow_none=True)


class HitShown(Schema):
    """`eshop search --json`."""

    item = fields.String(required=True)
    seller_item_id = fields.String(required=True)
    gtin = fields.String(allow_none=True)
    name = fields.String(required=True)
    supplier = fields.Nested(CompanyShown, required=True)
    agreement = fields.String(allow_none=True)
    orderable = fields.Boolean(required=True)
    reason = fields.String(allow_none=True)
    price = fields.String(allow_none=True, metadata={"description": "One order unit"})
    unit = fields.String(allow_none=True)
    comparison = fields.Dict(allow_none=True)
    rank = fields.Integer(required=True)


class OfferShown(Schema):
    """`eshop offer --json`."""

    item = fields.String(required=True)
    orderable = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    price = fields.String(required=True, allow_none=True)
    base_quantity = fields.String(required=True, allow_none=True)
    factor = fields.String(allow_none=True, metadata={"description": "Price units that an order unit holds"})
    unit = fields.String(required=True, allow_none=True)
    agreement = fields.String(required=True, allow_none=True)
    valid_to = fields.String(required=True, allow_none=True)


class OrderedLine(Schema):
    item = fields.String(metadata={"description": "Our id, or supplier-CVR/seller-item-id"})
    seller_item_id = fields.String(metadata={"description": "With `supplier`, in place of `item`"})
    supplier = fields.String(metadata={"description": "The supplier's CVR"})
    quantity = Number(required=True, metadata={"description": "Order units"})


class OrderPlaced(Schema):
    """`eshop orders place`."""

    institution = fields.String(required=True, metadata={"description": "GLN"})
    by = fields.String(metadata={"description": "Who orders; the token's own person unless given"})
    lines = fields.List(fields.Nested(OrderedLine), required=True, validate=validate.Length(min=1, max=1000))
    reference = fields.String(allow_none=True, validate=validate.Length(max=200))
    deliver_on = fields.Date(allow_none=True)
    delivery_point = fields.String(
        allow_none=True, metadata={"description": "The name of one of the institution's; the usual one unless given"}
    )
    coding = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)


class OrderShown(Schema):
    """`eshop orders show --json`."""

    number = fields.String(required=True)
    state = fields.String(required=True)
    supplier = fields.Nested(CompanyShown, required=True)
    agreement = fields.String(required=True, allow_none=True)
    institution = fields.String(required=True, allow_none=True, metadata={"description": "GLN"})
    date = fields.String(required=True)
    deliver_on = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    match = fields.String(required=True)
    coding = fields.Dict(required=True)
    lines = fields.List(fields.Dict(), required=True)
    total = fields.String(required=True)
    approval = fields.Dict(required=True)
    documents = fields.List(fields.Dict(), required=True)
    receipts = fields.List(fields.Dict(), required=True)
    invoices = fields.List(fields.Dict(), required=True)
    cost = fields.Dict(required=True)


class OrdersPlaced(Schema):
    orders = fields.List(fields.Nested(OrderShown), required=True)


class ReceivedLine(Schema):
    line = fields.String(required=True)
    quantity = Number(required=True, metadata={"description": "Order units that came"})


class ReceiptGiven(Schema):
    lines = fields.List(
        fields.Nested(ReceivedLine), allow_none=True, metadata={"description": "Absent: everything expected has come"}
    )
    by = fields.String(metadata={"description": "Who received; the token's own person unless given"})


class DocumentShown(Schema):
    """`eshop receive --json`."""

    message = fields.String(required=True, allow_none=True)
    file = fields.String()
    document_type = fields.String(allow_none=True)
    profile = fields.String(allow_none=True)
    document_id = fields.String(allow_none=True)
    supplier = fields.Nested(CompanyShown, allow_none=True)
    institution = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True, metadata={"description": "Absent while the document waits"})
    reasons = fields.List(fields.String())
    orders = fields.List(fields.String())
    candidates = fields.List(fields.String())
    lines = fields.List(fields.Dict())
    gross = fields.String(allow_none=True)
    findings = fields.List(fields.Nested(FindingShown))
    catalogue = fields.Dict(allow_none=True)


class DocumentTaken(Schema):
    message = fields.String(required=True, metadata={"description": "Ask GET /documents/{message} what became of it"})


class InvoiceShown(DocumentShown):
    id = fields.Integer(required=True)
    state = fields.String(required=True)


class CodedPart(Schema):
    share = Number(required=True, metadata={"description": "Percent of the invoice"})
    coding = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class DecisionGiven(Schema):
    decision = fields.String(
        required=True, metadata={"description": "accept, link, code, refuse, wait, route, ask or answer"}
    )
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    order = fields.String(allow_none=True, metadata={"description": "`link`: the order it belongs to"})
    orders = fields.List(fields.String(), metadata={"description": "`link`: the orders, where they are several"})
    until = fields.Date(allow_none=True, metadata={"description": "`wait`: the goods are promised before this day"})
    institution = fields.String(
        allow_none=True, metadata={"description": "`route`, `ask`: GLN of whose it is, or who is asked"}
    )
    coding = fields.List(
        fields.Nested(CodedPart), metadata={"description": "`code`: how it is coded; the shares add up to 100"}
    )


class AgreementShown(Schema):
    number = fields.String(required=True)
    title = fields.String(required=True)
    level = fields.String(required=True)
    state = fields.String(required=True)
    valid_from = fields.String(required=True, allow_none=True, data_key="from")
    valid_to = fields.String(required=True, allow_none=True, data_key="to")
    supplier = fields.Nested(CompanyShown, required=True)
    lots = fields.List(fields.Dict(), required=True)
    joined = fields.List(fields.Dict(), required=True)


class CatalogueShown(Schema):
    id = fields.Integer(required=True)
    catalogue = fields.Dict(required=True, metadata={"description": "The summary of `load catalogue`"})
    state = fields.String(required=True)


class LedgerLine(Schema):
    line = fields.Integer(required=True)
    seller_item_id = fields.String(required=True, allow_none=True)
    result = fields.String(required=True, validate=validate.OneOf(["accepted", "refused", "unchanged"]))
    findings = fields.List(fields.Nested(FindingShown), required=True)
    yearly_effect = fields.String(required=True, allow_none=True)


class AcceptGiven(Schema):
    lines = fields.String(
        load_default="preselected",
        validate=validate.OneOf(["preselected", "all"]),
        metadata={"description": "What the review preselects, or everything that is not refused"},
    )
    missing = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(["keep", "go"]),
        metadata={
            "description": "What becomes of the items that a whole catalogue leaves out; asked for (409 many_items_go) with `preselected`, "
            "where they are a quarter of those live and, in a document, at least 20"
        },
    )


class BatchGiven(Schema):
    format = fields.String(load_default="json", validate=validate.OneOf(["csv", "json", "g69"]))


class BatchShown(Schema):
    number = fields.Integer(required=True)
    format = fields.String(required=True)
    postings = fields.Integer(required=True)
    state = fields.String(required=True)
    sha256 = fields.String(required=True)
