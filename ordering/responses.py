"""What suppliers answer: OrderResponse (Peppol simple and advanced, OIOUBL), OrderResponseSimple, and the same by a signed link.

An answer is read into plain `Answer` values, judged against the order, and kept. A yes confirms; a no ends the order; a new day is only
noted. What changes the deal (a higher price, a substitute, another quantity) is a proposal that waits for a yes: beforehand from the
orderer, or at the door from the receiver (`ordering.proposals`). A line the supplier will not deliver is no longer outstanding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from eshop import audit, ubl
from eshop.amounts import Amount, plain, same_unit
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput, Conflict
from eshop.exchange import Message
from eshop.identity import Actor
from eshop.workflow import Workflow, move
from ordering.bought import tell_less_bought
from ordering.budgets import commit_value
from ordering.incoming import order_line, order_named, quantity_of, references
from ordering.movements import Quantities, move_quantities, quantities_of
from ordering.orders import OrderLine, PurchaseOrder, move_to
from ordering.settings import ordering_settings
from ordering.transaction_costs import log_cost

Verdict = Literal["received", "accepted", "rejected", "changed"]
LineVerdict = Literal["accepted", "rejected", "changed"]

PROPOSAL: Final = Workflow(
    "proposal",
    "open",
    {"accept": move("open", "accepted"), "decline": move("open", "declined"), "lapse": move("open", "lapsed")},
)

_HEAD_CODES: Final[dict[str, Verdict]] = {"AB": "received", "AP": "accepted", "RE": "rejected", "CA": "changed"}
"""UNCL 4343 as Peppol's Order Response takes it."""
_LINE_CODES: Final[dict[str, LineVerdict]] = {
    "5": "accepted",
    "7": "rejected",
    "3": "changed",
    "1": "changed",
    "42": "accepted",
}
"""UNCL 1229: accepted without amendment, not accepted, changed, added (a further part of a line), delivered already."""


class SupplierResponse(Owned, Base):
    """One answer to an order. `verdict` is of the whole; `lines` hold what was said of each. `via`: document or link."""

    __tablename__ = "supplier_response"
    __table_args__ = (UniqueConstraint("order_id", "document_id"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    document_id: Mapped[str] = mapped_column(String(200))
    via: Mapped[str] = mapped_column(String(10), default="document")
    verdict: Mapped[str] = mapped_column(String(10))
    issued_on: Mapped[date | None] = mapped_column(Date)
    issued_time: Mapped[str | None] = mapped_column(String(20))
    sales_order_id: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None]
    at: Mapped[datetime]
    lines: Mapped[list["ResponseLine"]] = relationship(
        order_by="ResponseLine.id", lazy="selectin", back_populates="response"
    )


class ResponseLine(Owned, Base):
    """What was said of a line. `promises`: [{"quantity", "from", "to"}], several where it comes in several parts. `price` is kroner per
    order unit where another was stated. `substitute`: {"name", "seller_item_id", "gtin", "unspsc", "properties": {name: value}}.
    `proposal` is the state of what needs a yes (PROPOSAL), None where nothing does."""

    __tablename__ = "response_line"
    found_otherwise = True
    id: Mapped[int] = id_column()
    response_id: Mapped[int] = mapped_column(ForeignKey("supplier_response.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[Decimal | None]
    backorder: Mapped[Decimal | None]
    price: Mapped[Decimal | None]
    promises: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    substitute: Mapped[dict[str, Any] | None] = mapped_column(JsonType)
    note: Mapped[str | None]
    proposal: Mapped[str | None] = mapped_column(String(10), index=True)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    response: Mapped[SupplierResponse] = relationship(back_populates="lines")

    @property
    def promised_on(self) -> date | None:
        """The last day something is promised for; None where no day is."""
        days = [one.get("to") or one.get("from") for one in self.promises]
        return max((date.fromisoformat(day) for day in days if day), default=None)


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a supplier says of one order line. None is: nothing said."""

    line: OrderLine
    verdict: LineVerdict
    quantity: Decimal | None = None
    backorder: Decimal | None = None
    price: Decimal | None = None
    promises: tuple[dict[str, Any], ...] = ()
    substitute: dict[str, Any] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a supplier says of an order, whatever way it came."""

    document_id: str
    verdict: Verdict
    lines: tuple[LineAnswer, ...] = ()
    promised: tuple[dict[str, Any], ...] = ()
    issued_on: date | None = None
    issued_time: str | None = None
    sales_order_id: str | None = None
    note: str | None = None
    via: str = "document"


# --- recording --------------------------------------------------------------------------------------------------------


def record_order_response(
    session: Session, document: ubl.OrderResponse | ubl.OrderResponseSimple, message: Message | None, by: Actor
) -> PurchaseOrder:
    """Records a supplier's answer on the order it names.

    BadInput: `reference_missing`, `seller_unknown`, `line_unknown`, `unit_unknown`, `quantity_negative`, `quantity_too_large`,
    `response_code_unknown`. NotFound `order_not_found`. Conflict: `response_wrong_supplier`, `document_twice`,
    `response_out_of_sequence` (older than what is known, or a no when goods have come), `not_now` (never sent, or over).
    """
    if isinstance(document, ubl.OrderResponseSimple):
        order = order_named(session, document, references([document.order_reference]), message)
        answer = _simple_answer(document)
    else:
        order = order_named(session, document, references(document.order_references), message)
        answer = _full_answer(document, order)
    return record_answer(session, order, answer, message.id if message else None, by)


def record_answer(
    session: Session, order: PurchaseOrder, answer: Answer, message_id: int | None, by: Actor
) -> PurchaseOrder:
    """Keeps an answer and carries the order to where it leads. The order is held."""
    sums = quantities_of(session, order.id)
    _in_sequence(session, order, answer, sums)
    _within_reason(session, answer, sums)
    response = SupplierResponse(
        order_id=order.id,
        message_id=message_id,
        document_id=answer.document_id,
        via=answer.via,
        verdict=answer.verdict,
        issued_on=answer.issued_on,
        issued_time=answer.issued_time,
        sales_order_id=answer.sales_order_id,
        note=answer.note,
        at=by.at,
    )
    # A later answer takes the place of what an earlier one proposed and nobody has answered.
    for earlier in open_proposals(session, order.id):
        if any(one.line.id == earlier.order_line_id for one in answer.lines) or answer.verdict != "changed":
            earlier.proposal = PROPOSAL.after("open", "lapse")
    session.add(response)
    session.flush()
    order.sales_order_id = answer.sales_order_id or order.sales_order_id
    gone: dict[int, Decimal] = {}
    for said in answer.lines:
        line = ResponseLine(
            response_id=response.id,
            order_line_id=said.line.id,
            verdict=said.verdict,
            quantity=said.quantity,
            backorder=said.backorder,
            price=said.price,
            promises=list(said.promises or answer.promised),
            substitute=said.substitute,
            note=said.note,
            proposal="open" if needs_yes(said, sums[said.line.id]) else None,
        )
        response.lines.append(line)
        if said.verdict == "rejected":
            gone[said.line.id] = max(sums[said.line.id].outstanding, Decimal(0))
    if answer.verdict == "rejected":
        gone = {line.id: max(sums[line.id].outstanding, Decimal(0)) for line in order.lines}
    move_quantities(session, "cancelled", gone, by, reasons=dict.fromkeys(gone, "rejected_by_supplier"))
    tell_less_bought(session, order, gone)
    _promise(order, answer)
    session.flush()
    _carry_on(session, order, answer, response)
    if any(gone.values()) or order.state == "refused":
        commit_value(session, order)
    audit.record(session, "response_recorded", "order", order.id, by, message_id=message_id, code=answer.verdict)
    log_cost(session, order.id, "respond", by)
    session.flush()
    return order


def _within_reason(session: Session, answer: Answer, sums: dict[int, Quantities]) -> None:
    """No supplier proposes more on a line than anybody here could have ordered: it is a slip, and nobody should be asked about it."""
    largest = Decimal(ordering_settings(session).largest_quantity)
    for said in answer.lines:
        stated = (said.quantity or Decimal(0)) + (said.backorder or Decimal(0))
        if stated > max(largest, sums[said.line.id].agreed):
            raise BadInput("quantity_too_large", quantity=stated, largest=largest)


def _in_sequence(session: Session, order: PurchaseOrder, answer: Answer, sums: dict[int, Quantities]) -> None:
    if order.standing != "open":
        raise Conflict("not_now", thing="order", verb="respond", state=order.state)
    earlier = session.scalars(
        select(SupplierResponse).where(SupplierResponse.order_id == order.id).order_by(SupplierResponse.id)
    ).all()
    if any(one.document_id == answer.document_id for one in earlier):
        raise Conflict("document_twice", document=answer.document_id, number=order.number)
    if earlier and answer.issued_on is not None:
        latest = max((one.issued_on or date.min, one.issued_time or "") for one in earlier)
        if (answer.issued_on, answer.issued_time or latest[1]) < latest:
            raise Conflict("response_out_of_sequence", number=order.number, document=answer.document_id)
    if answer.verdict == "rejected" and any(one.received for one in sums.values()):
        raise Conflict("response_out_of_sequence", number=order.number, document=answer.document_id)


def _carry_on(session: Session, order: PurchaseOrder, answer: Answer, response: SupplierResponse) -> None:
    if answer.verdict == "rejected":
        move_to(session, order, "refuse")
    elif answer.verdict == "received":
        return
    elif any(line.proposal == "open" for line in response.lines) or open_proposals(session, order.id):
        move_to(session, order, "propose")
    elif all(one.agreed <= 0 for one in quantities_of(session, order.id).values()):
        # Every line was turned down one by one: that is a no.
        move_to(session, order, "refuse")
    else:
        move_to(session, order, "confirm")


def _promise(order: PurchaseOrder, answer: Answer) -> None:
    """New days are the supplier's to say: they are noted on the lines and the order."""
    whole = [one.get("to") or one.get("from") for one in answer.promised]
    if days := [date.fromisoformat(day) for day in whole if day]:
        order.deliver_on = max(days)
    for said in answer.lines:
        stated = [one.get("to") or one.get("from") for one in said.promises]
        if days := [date.fromisoformat(day) for day in stated if day]:
            said.line.deliver_on = max(days)


def needs_yes(said: LineAnswer, sums: Quantities) -> bool:
    """Whether the answer changes the deal: a higher price, a substitute, more or fewer than what is outstanding. A lower price and
    a new day pass; fewer now and the rest as back order is only a new day for some."""
    if said.verdict == "rejected":
        return False
    if said.substitute is not None:
        return True
    if said.price is not None and Amount.rounded(said.price) > Amount.rounded(said.line.full_price.per_order_unit):
        return True
    if said.quantity is None:
        return False
    return said.quantity + (said.backorder or Decimal(0)) != sums.agreed


def open_proposals(session: Session, order_id: int) -> list[ResponseLine]:
    """What waits for a yes, oldest first."""
    return list(
        session.scalars(
            select(ResponseLine)
            .join(SupplierResponse, SupplierResponse.id == ResponseLine.response_id)
            .where(SupplierResponse.order_id == order_id, ResponseLine.proposal == "open")
            .order_by(ResponseLine.id)
        )
    )


def promised_days(session: Session, order_ids: Iterable[int]) -> dict[int, date]:
    """Order id → the last day the supplier has promised anything of it for: what was said of its lines, else the order's day once the
    supplier has taken it (`_promise` keeps there what is said of the whole). Orders without a promise are left out. One query."""
    promised: dict[int, date] = {}
    whole: dict[int, date] = {}
    rows = session.execute(
        select(SupplierResponse.order_id, SupplierResponse.verdict, PurchaseOrder.deliver_on, ResponseLine.promises)
        .join(PurchaseOrder, PurchaseOrder.id == SupplierResponse.order_id)
        .outerjoin(ResponseLine, ResponseLine.response_id == SupplierResponse.id)
        .where(SupplierResponse.order_id.in_(list(order_ids)))
        .order_by(SupplierResponse.id, ResponseLine.id)
    )
    for order_id, verdict, deliver_on, promises in rows:
        days = [date.fromisoformat(day) for one in promises or () if (day := one.get("to") or one.get("from"))]
        if days:
            promised[order_id] = max(promised.get(order_id, date.min), *days)
        if verdict == "accepted" and deliver_on is not None:
            whole[order_id] = deliver_on
    return whole | promised


def responses_of(session: Session, order_id: int) -> list[SupplierResponse]:
    """Every answer to the order with its lines, oldest first."""
    return list(
        session.scalars(
            select(SupplierResponse).where(SupplierResponse.order_id == order_id).order_by(SupplierResponse.id)
        )
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def _simple_answer(document: ubl.OrderResponseSimple) -> Answer:
    if document.accepted_indicator is None:
        raise BadInput("response_code_unknown", stated="", document=str(document.id or ""))
    words = [*(str(note) for note in document.notes), *document.rejection_notes]
    return Answer(
        str(document.id or ""),
        "accepted" if document.accepted_indicator else "rejected",
        issued_on=document.issue_date,
        note=" ".join(words) or None,
    )


def _full_answer(document: ubl.OrderResponse, order: PurchaseOrder) -> Answer:
    code = str(document.order_response_code) if document.order_response_code else None
    if code is not None and code not in _HEAD_CODES:
        raise BadInput("response_code_unknown", stated=code, document=str(document.id or ""))
    lines = _by_order_line([_line_answer(one, order) for one in document.order_lines])
    if code is not None:
        verdict = _HEAD_CODES[code]
    else:
        # OIOUBL has no code: what it says of the lines is the answer.
        verdict = "changed" if any(line.verdict == "changed" for line in lines) else "accepted"
        if lines and all(line.verdict == "rejected" for line in lines) and len(lines) == len(order.lines):
            verdict = "rejected"
    return Answer(
        str(document.id or ""),
        verdict,
        lines,
        _periods(document.deliveries, None),
        document.issue_date,
        document.issue_time,
        str(document.sales_order_id) if document.sales_order_id else None,
        " ".join(str(note) for note in document.notes) or None,
    )


def _by_order_line(lines: Sequence[LineAnswer]) -> tuple[LineAnswer, ...]:
    """One answer per order line: a supplier who delivers in parts repeats the line, a part and a day at a time (Peppol advanced: the
    further parts are added lines that refer to the same order line). 18 in July and 12 in August: 30, with two promises."""
    together: dict[int, LineAnswer] = {}
    for one in lines:
        first = together.get(one.line.id)
        if first is None:
            together[one.line.id] = one
            continue
        parts = [part for part in (first.quantity, one.quantity) if part is not None]
        together[one.line.id] = replace(
            first,
            verdict="changed" if one.verdict != first.verdict else first.verdict,
            quantity=sum(parts, Decimal(0)) if parts else None,
            promises=(*_of_part(first), *_of_part(one)),
            price=max((price for price in (first.price, one.price) if price is not None), default=None),
            substitute=first.substitute or one.substitute,
            note=" ".join(note for note in (first.note, one.note) if note) or None,
        )
    return tuple(together.values())


def _of_part(answer: LineAnswer) -> tuple[dict[str, Any], ...]:
    """A part's promises, each with the part's quantity where it says none of its own."""
    quantity = None if answer.quantity is None else plain(answer.quantity)
    return tuple({**promise, "quantity": promise["quantity"] or quantity} for promise in answer.promises)


def _line_answer(stated: ubl.OrderLine, order: PurchaseOrder) -> LineAnswer:
    content = stated.line_item or ubl.LineItem()
    named = [str(one.line_id) if one.line_id else None for one in stated.order_line_references]
    line = order_line(order, [*named, str(content.id) if content.id else None])
    status = str(content.line_status_code) if content.line_status_code else None
    quantity = quantity_of(line, content.quantity, order.number)
    price = _price_per_order_unit(content.price, line)
    substitute = _substitute(stated, content, line, status)
    verdict = _LINE_CODES.get(status or "")
    if verdict is None:
        same = (quantity is None or quantity == line.quantity) and substitute is None
        dearer = price is not None and price > line.full_price.per_order_unit
        verdict = "accepted" if same and not dearer else "changed"
    backorder = quantity_of(line, content.maximum_backorder_quantity, order.number)
    return LineAnswer(
        line,
        verdict,
        quantity if verdict != "rejected" else None,
        backorder,
        price if verdict == "changed" else None,
        _periods(content.deliveries, line),
        substitute if verdict == "changed" else None,
        " ".join(str(note) for note in (*content.notes, *stated.notes)) or None,
    )


def _price_per_order_unit(price: ubl.Price | None, line: OrderLine) -> Decimal | None:
    """Kroner per order unit; a price per content unit is turned by the stated factor (3,00 kr. a bottle, 12 in a carton → 36,00 kr.)."""
    if price is None or price.price_amount is None:
        return None
    base = price.base_quantity.value if price.base_quantity is not None else Decimal(1)
    factor = price.orderable_unit_factor_rate or Decimal(1)
    if base <= 0 or factor <= 0 or price.price_amount.value < 0:
        raise BadInput("price_basis_not_positive", base=plain(base), factor=plain(factor))
    unit = price.base_quantity.unit if price.base_quantity is not None else ""
    if unit and not same_unit(unit, line.unit) and factor == 1 and line.units_per_order_unit:
        factor = line.units_per_order_unit
    return round(price.price_amount.value * factor / base, 8)


def _substitute(
    stated: ubl.OrderLine, content: ubl.LineItem, line: OrderLine, status: str | None
) -> dict[str, Any] | None:
    """The item offered instead: Peppol names it (SellerSubstitutedLineItem); in OIOUBL the line simply holds another item."""
    for offered in stated.seller_substituted_line_items:
        if offered.item is not None:
            return _item(offered.item)
    if status in _LINE_CODES or content.item is None or content.item.name is None:
        return None
    item = _item(content.item)
    number = item["seller_item_id"]
    if number and number in {line.seller_item_id, line.gtin}:
        return None
    identification = content.item.sellers_item_identification
    is_gtin = identification is not None and identification.id is not None and identification.id.scheme_id == "GTIN"
    comparable = bool(number and line.seller_item_id and not is_gtin)
    same_name = (item["name"] or "").casefold() == line.name.casefold()
    return None if same_name and not comparable else item


def _item(item: ubl.Item) -> dict[str, Any]:
    def known_as(one: ubl.ItemIdentification | None) -> str | None:
        return str(one.id) if one is not None and one.id is not None else None

    codes = [
        str(one.item_classification_code) for one in item.commodity_classifications if one.item_classification_code
    ]
    return {
        "name": item.name or (str(item.descriptions[0]) if item.descriptions else None),
        "seller_item_id": known_as(item.sellers_item_identification),
        "gtin": known_as(item.standard_item_identification),
        "unspsc": codes[0] if codes else None,
        "properties": {one.name: one.value for one in item.additional_item_properties if one.name and one.value},
    }


def _periods(deliveries: Sequence[ubl.Delivery], line: OrderLine | None) -> tuple[dict[str, Any], ...]:
    """The promised days: Peppol's PromisedDeliveryPeriod, OIOUBL's LatestDeliveryDate."""
    found: list[dict[str, Any]] = []
    for one in deliveries:
        period = one.promised_delivery_period or one.estimated_delivery_period
        start = period.start_date if period else None
        end = (period.end_date if period else None) or one.latest_delivery_date
        if start is None and end is None:
            continue
        quantity = quantity_of(line, one.quantity, "") if line is not None else None
        found.append(
            {
                "quantity": None if quantity is None else plain(quantity),
                "from": start.isoformat() if start else None,
                "to": end.isoformat() if end else None,
            }
        )
    return tuple(found)
