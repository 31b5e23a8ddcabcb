"""What suppliers answer, by document and by link, and what becomes of the order."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import ordering
from catalogues import Supplier
from eshop import ubl
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed, NotFound
from eshop.exchange import Message, TradingPartner
from ordering.lifecycle import standing
from tests.builders import Town, later, supplier

KEY = b"the installation's secret"


def seller(session: Session, town: Town, name: str = "hygiejnehuset") -> ubl.SupplierParty:
    row = session.get_one(Supplier, town.suppliers[name])
    return ubl.SupplierParty(
        party=ubl.Party(endpoint_id=ubl.Identifier(row.cvr or "", scheme_id="DK:CVR")),
    )


def answered(line: str, status: str | None = None, quantity: str | None = None, **said: Any) -> ubl.OrderLine:
    """A line of an OrderResponse."""
    substitutes = said.pop("substitutes", ())
    item = ubl.LineItem(
        id=ubl.Identifier(line),
        line_status_code=ubl.Code(status) if status else None,
        quantity=ubl.Measure(Decimal(quantity), said.pop("unit", "CT")) if quantity else None,
        **said,
    )
    return ubl.OrderLine(
        line_item=item,
        seller_substituted_line_items=substitutes,
        order_line_references=(ubl.OrderLineReference(line_id=ubl.Identifier(line)),),
    )


def response(
    session: Session,
    town: Town,
    number: str,
    lines: Sequence[ubl.OrderLine] = (),
    code: str | None = "CA",
    document_id: str = "R-1",
    by: str = "hygiejnehuset",
    issued: date = date(2026, 5, 12),
    **said: Any,
) -> ubl.OrderResponse:
    return ubl.OrderResponse(
        id=ubl.Identifier(document_id),
        issue_date=issued,
        order_response_code=ubl.Code(code) if code else None,
        order_references=(ubl.OrderReference(id=ubl.Identifier(number)),) if number else (),
        seller_supplier_party=seller(session, town, by),
        order_lines=tuple(lines),
        **said,
    )


def price(amount: str, unit: str = "CT", base: str = "1") -> ubl.Price:
    return ubl.Price(price_amount=ubl.Money(Decimal(amount), "DKK"), base_quantity=ubl.Measure(Decimal(base), unit))


def promised(day: str, quantity: str | None = None) -> ubl.Delivery:
    return ubl.Delivery(
        quantity=ubl.Measure(Decimal(quantity), "CT") if quantity else None,
        promised_delivery_period=ubl.Period(start_date=date.fromisoformat(day), end_date=date.fromisoformat(day)),
    )


@pytest.mark.parametrize(
    ("code", "state"), [("AB", "sent"), ("AP", "confirmed"), ("RE", "refused"), ("CA", "confirmed")]
)
def test_the_answer_to_the_whole_order(town: Town, code: str, state: str) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        told = response(session, town, order.number, code=code, sales_order_id=ubl.Identifier("S-77"))
        assert ordering.record_response(session, told, None, town.system()).state == state
        assert order.sales_order_id == "S-77"
        left = ordering.budget_of(session, order.institution_id, 2026).committed
        assert bool(left) is (state != "refused")
        outstanding = ordering.quantities_of(session, order.id)[order.lines[0].id].outstanding
        assert outstanding == (0 if state == "refused" else 2)


def test_what_is_promised_for_the_whole_is_promised_until_a_line_says_otherwise(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        assert ordering.promised_days(session, [order.id]) == {}, "what we wish for is no promise"
        told = response(session, town, order.number, code="AP", deliveries=(promised("2026-05-20"),))
        ordering.record_response(session, told, None, town.system())
        assert ordering.promised_days(session, [order.id]) == {order.id: date(2026, 5, 20)}
        line = answered(order.lines[0].line, "3", "2", deliveries=(promised("2026-06-02"),))
        told = response(session, town, order.number, [line], document_id="R-2")
        ordering.record_response(session, told, None, town.system())
        assert ordering.promised_days(session, [order.id]) == {order.id: date(2026, 6, 2)}


@pytest.mark.parametrize(("accepted", "state"), [(True, "confirmed"), (False, "refused")])
def test_a_simple_answer(town: Town, accepted: bool, state: str) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        told = ubl.OrderResponseSimple(
            id=ubl.Identifier("65830"),
            accepted_indicator=accepted,
            order_reference=ubl.OrderReference(id=ubl.Identifier(order.number)),
            seller_supplier_party=seller(session, town),
            rejection_notes=() if accepted else ("Udsolgt",),
        )
        ordering.record_response(session, told, None, town.system())
        assert order.state == state
        assert standing(order.state) == ("open" if accepted else "cancelled")
        (kept,) = ordering.responses_of(session, order.id)
        assert kept.note == (None if accepted else "Udsolgt")


def test_new_days_are_noted_and_need_no_yes(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        lines = [answered("10", "5", deliveries=(promised("2026-05-20", "4"), promised("2026-06-02", "6")))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        assert order.state == "confirmed"
        (kept,) = ordering.responses_of(session, order.id)
        assert kept.lines[0].promises == [
            {"quantity": "4", "from": "2026-05-20", "to": "2026-05-20"},
            {"quantity": "6", "from": "2026-06-02", "to": "2026-06-02"},
        ]
        assert order.lines[0].deliver_on == date(2026, 6, 2)


def test_a_higher_price_needs_a_yes_and_the_supplier_hears_it(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        lines = [answered("10", "3", "2", price=price("190.00"))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        assert order.state == "proposed"
        (proposal,) = ordering.open_proposals(session, order.id)
        mette = town.by(session, "mette")
        ordering.answer_proposals(session, order, {proposal.id: True}, mette)
        assert order.state == "confirmed"
        assert str(ordering.order_picture(session, order).total) == "380.00"
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "380.00"
        change = session.scalars(select(Message).where(Message.document_type == "OrderChange")).one()
        document = ubl.read(change.body)
        assert isinstance(document, ubl.OrderChange)
        assert str(document.order_reference.id) == order.number  # type: ignore[union-attr]
        with pytest.raises(Conflict, match="already_answered"):
            ordering.answer_proposals(session, order, {proposal.id: True}, mette)


def test_a_lower_price_and_a_sum_that_rounds_alike_pass(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        lines = [answered("10", "3", "2", price=price("170.00"))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        assert order.state == "confirmed"
        assert str(ordering.order_picture(session, order).total) == "357.60"


def test_a_price_per_content_unit_is_turned_by_the_stated_factor(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        # 14,90 kr. a bottle × 12 in the carton is the agreed 178,80 kr.; 15,00 is dearer.
        lines = [answered("10", "3", "2", price=price("14.90", "BO"))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        assert order.state == "confirmed"
        lines = [answered("10", "3", "2", price=price("15.00", "BO"))]
        again = response(session, town, order.number, lines, document_id="R-2")
        assert ordering.record_response(session, again, None, town.system()).state == "proposed"


def test_a_substitute_becomes_a_line_of_its_own(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        offered = ubl.LineItem(
            id=ubl.Identifier("1"),
            item=ubl.Item(
                name="Håndsæbe refill 700 ml med parfume",
                sellers_item_identification=ubl.ItemIdentification(id=ubl.Identifier("HS-701")),
                additional_item_properties=(ubl.ItemProperty(name="Allergen", value="Limonene"),),
            ),
        )
        lines = [answered("10", "3", "2", substitutes=(offered,))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        (proposal,) = ordering.open_proposals(session, order.id)
        assert proposal.substitute is not None
        assert proposal.substitute["properties"] == {"Allergen": "Limonene"}
        # At the door: the receiver says yes in one tap, and receives the new line.
        aisha = town.by(session, "aisha")
        ordering.answer_proposals(session, order, {proposal.id: True}, aisha)
        old, new = ordering.order_picture(session, order).lines
        assert (old.outstanding, new.outstanding) == (Decimal(0), Decimal(2))
        assert (new.line, new.seller_item_id, str(new.amount)) == ("20", "HS-701", "357.60")
        ordering.receive(session, order, None, aisha)
        assert ordering.order_picture(session, order).lines[1].received == 2


def test_no_to_a_proposal_cancels_the_line(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 2, "gloves": 1})
        lines = [answered("10", "3", "2", price=price("500")), answered("20", "5")]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        (proposal,) = ordering.open_proposals(session, order.id)
        ordering.answer_proposals(session, order, {proposal.id: False}, town.by(session, "mette"))
        assert [line.agreed for line in ordering.order_picture(session, order).lines] == [0, 1]
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "62.50"
        with pytest.raises(NotFound, match="proposal_not_found"):
            ordering.answer_proposals(session, order, {999: True}, town.by(session, "mette"))


def test_no_to_everything_cancels_the_order_at_the_supplier(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        lines = [answered("10", "3", "2", price=price("500"))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        (proposal,) = ordering.open_proposals(session, order.id)
        ordering.answer_proposals(session, order, {proposal.id: False}, town.by(session, "mette"))
        assert order.state == "cancelled"
        types = session.scalars(select(Message.document_type).order_by(Message.id)).all()
        assert list(types) == ["Order", "OrderCancellation"]


def test_a_yes_that_would_need_an_approval_needs_an_approver(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"mop": 1})
        lines = [answered("10", "3", "1", price=price("5000.01", "EA"), unit="EA")]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        (proposal,) = ordering.open_proposals(session, order.id)
        with pytest.raises(NotAllowed) as no, session.begin_nested():
            ordering.answer_proposals(session, order, {proposal.id: True}, town.by(session, "mette"))
        assert no.value.code == "approval_needed_again"
        assert no.value.values["who"] == ["Jens Holm"]
        session.refresh(order)
        ordering.answer_proposals(session, order, {proposal.id: True}, town.by(session, "jens"))
        assert order.state == "confirmed"


def test_fewer_with_the_rest_as_back_order_needs_no_yes(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        lines = [answered("10", "3", "7", maximum_backorder_quantity=ubl.Measure(Decimal(3)))]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        assert order.state == "confirmed"
        lines = [answered("10", "3", "7")]
        told = response(session, town, order.number, lines, document_id="R-2")
        ordering.record_response(session, told, None, town.system())
        (proposal,) = ordering.open_proposals(session, order.id)
        ordering.answer_proposals(session, order, {proposal.id: True}, town.by(session, "mette"))
        assert ordering.order_picture(session, order).lines[0].agreed == 7


def test_a_line_turned_down_is_no_longer_outstanding(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 2, "gloves": 1})
        lines = [answered("10", "7"), answered("20", "5")]
        ordering.record_response(session, response(session, town, order.number, lines), None, town.system())
        assert order.state == "confirmed"
        assert ordering.expected(session, order) == {"20": Decimal(1)}
        all_of_it = response(session, town, order.number, [answered("20", "7")], document_id="R-2")
        assert ordering.record_response(session, all_of_it, None, town.system()).state == "refused"


def test_answers_that_are_refused(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        supplier(session, "Fremmed ApS", cvr="12121212")
        stranger = ubl.SupplierParty(party=ubl.Party(endpoint_id=ubl.Identifier("99999999", scheme_id="DK:CVR")))
        cases: list[tuple[type[EshopError], str, ubl.OrderResponse]] = [
            (BadInput, "reference_missing", response(session, town, "")),
            (NotFound, "order_not_found", response(session, town, "B-26-99999X")),
            (Conflict, "response_wrong_supplier", response(session, town, order.number, by="nordpapir")),
            (BadInput, "line_unknown", response(session, town, order.number, [answered("30", "5")])),
            (BadInput, "unit_unknown", response(session, town, order.number, [answered("10", "3", "2", unit="KGM")])),
            (BadInput, "quantity_negative", response(session, town, order.number, [answered("10", "3", "-2")])),
            (
                BadInput,
                "quantity_too_large",
                response(session, town, order.number, [answered("10", "3", "1000000000")]),
            ),
            (BadInput, "response_code_unknown", response(session, town, order.number, code="ZZ")),
            (
                BadInput,
                "seller_unknown",
                ubl.OrderResponse(
                    id=ubl.Identifier("R-9"),
                    order_references=(ubl.OrderReference(id=ubl.Identifier(order.number)),),
                    seller_supplier_party=stranger,
                ),
            ),
        ]
        for kind, code, told in cases:
            with pytest.raises(kind) as refusal, session.begin_nested():
                ordering.record_response(session, told, None, town.system())
            assert refusal.value.code == code
            session.refresh(order)
            assert order.state == "sent"
            assert ordering.responses_of(session, order.id) == []


def test_twice_and_out_of_sequence(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        first = response(session, town, order.number, code="AP", issued=date(2026, 5, 13))
        ordering.record_response(session, first, None, town.system())
        with pytest.raises(Conflict, match="document_twice"):
            ordering.record_response(session, first, None, town.system())
        older = response(session, town, order.number, code="RE", document_id="R-0", issued=date(2026, 5, 12))
        with pytest.raises(Conflict, match="response_out_of_sequence"):
            ordering.record_response(session, older, None, town.system())
        ordering.receive(session, order, {"10": 1}, town.by(session, "aisha"))
        too_late = response(session, town, order.number, code="RE", document_id="R-3", issued=date(2026, 5, 14))
        with pytest.raises(Conflict, match="response_out_of_sequence"):
            ordering.record_response(session, too_late, None, town.system())
        ordering.close(session, order, town.system())
        with pytest.raises(Conflict, match="not_now"):
            ordering.record_response(
                session,
                response(session, town, order.number, code="AP", document_id="R-4", issued=date(2026, 5, 15)),
                None,
                town.system(),
            )


def test_an_order_that_never_left_is_answered_by_nobody(town: Town) -> None:
    with town.work() as session:
        order = town.order(session)
        with pytest.raises(Conflict, match="not_now"):
            ordering.record_response(session, response(session, town, order.number, code="AP"), None, town.system())


# --- despatch ---------------------------------------------------------------------------------------------------------


def despatch(
    session: Session, town: Town, number: str, lines: Sequence[tuple[str, str]], document_id: str = "D-1"
) -> ubl.DespatchAdvice:
    return ubl.DespatchAdvice(
        id=ubl.Identifier(document_id),
        issue_date=date(2026, 5, 13),
        order_references=(ubl.OrderReference(id=ubl.Identifier(number)),),
        seller_supplier_party=seller(session, town),
        shipment=ubl.Shipment(
            delivery=ubl.Delivery(
                tracking_id=ubl.Identifier("T-1"),
                estimated_delivery_period=ubl.Period(end_date=date(2026, 5, 15)),
            )
        ),
        despatch_lines=tuple(
            ubl.DespatchLine(
                id=ubl.Identifier(str(place)),
                delivered_quantity=ubl.Measure(Decimal(quantity), ""),
                order_line_references=(ubl.OrderLineReference(line_id=ubl.Identifier(line)),),
            )
            for place, (line, quantity) in enumerate(lines, 1)
        ),
    )


def test_what_is_on_its_way_is_what_is_expected(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 2})
        ordering.record_despatch(
            session, despatch(session, town, order.number, [("10", "4"), ("0010", "2")]), None, town.system()
        )
        assert ordering.expected(session, order) == {"10": Decimal(6)}
        (advice,) = ordering.despatches_of(session, order.id)
        assert (advice.tracking, advice.expected_on) == ("T-1", date(2026, 5, 15))
        ordering.receive(session, order, None, town.by(session, "aisha"))
        # What was on its way has come; the rest is simply outstanding.
        assert ordering.expected(session, order) == {"10": Decimal(4), "20": Decimal(2)}
        with pytest.raises(Conflict, match="document_twice"):
            ordering.record_despatch(session, despatch(session, town, order.number, [("10", "1")]), None, town.system())
        with pytest.raises(BadInput, match="despatched_too_many"):
            ordering.record_despatch(
                session, despatch(session, town, order.number, [("10", "21")], "D-2"), None, town.system()
            )
        with pytest.raises(BadInput, match="line_unknown"):
            ordering.record_despatch(
                session, despatch(session, town, order.number, [("99", "1")], "D-3"), None, town.system()
            )


def test_one_advice_about_two_orders(town: Town) -> None:
    with town.work() as session:
        one, two = town.sent_order(session), town.sent_order(session)
        advice = despatch(session, town, one.number, [("10", "2")])
        second = ubl.DespatchLine(
            id=ubl.Identifier("2"),
            delivered_quantity=ubl.Measure(Decimal(1), "CT"),
            order_line_references=(
                ubl.OrderLineReference(
                    line_id=ubl.Identifier("10"), order_reference=ubl.OrderReference(id=ubl.Identifier(two.number))
                ),
            ),
        )
        both = ubl.DespatchAdvice(**{**vars(advice), "despatch_lines": (*advice.despatch_lines, second)})
        assert ordering.record_despatch(session, both, None, town.system()).id == one.id
        assert ordering.expected(session, one) == {"10": Decimal(2)}
        assert ordering.expected(session, two) == {"10": Decimal(1)}


# --- the supplier's own shop ------------------------------------------------------------------------------------------


def test_an_order_from_the_suppliers_own_shop_waits_for_somebody_here(town: Town) -> None:
    with town.work() as session:
        gln = ordering.as_json(session, town.sent_order(session))["institution"]
        told = response(
            session,
            town,
            "WEB-1",
            [
                answered(
                    "1",
                    quantity="3",
                    price=price("100.00"),
                    item=ubl.Item(name="Viskelæder"),
                )
            ],
            code=None,
            customization_id=ubl.Identifier("urn:fdc:peppol.eu:poacc:trns:order_agreement:3"),
            document_currency_code=ubl.Code("DKK"),
            buyer_customer_party=ubl.CustomerParty(party=ubl.Party(endpoint_id=ubl.Identifier(gln, scheme_id="0088"))),
        )
        order = ordering.record_response(session, told, None, town.system())
        assert (order.number, order.state, order.channel, order.standing) == ("WEB-1", "waiting", "mail", "not_sent")
        assert str(order.total) == "300.00"
        assert [one.order.id for one in ordering.orders_waiting(session, town.by(session, "jens"))] == [order.id]
        ordering.approve(session, order, town.by(session, "jens"))
        assert (order.state, order.standing) == ("confirmed", "open")
        assert ordering.cost_of(session, order.id).channel == "mail"
        # The same agreement again says nothing new.
        ordering.record_response(session, told, None, town.system())
        with pytest.raises(Conflict, match="document_twice"):
            ordering.record_response(session, told, None, town.system())


# --- the signed link --------------------------------------------------------------------------------------------------


def test_a_supplier_confirms_by_link_once(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        token = ordering.issue_link(session, order, town.system(), KEY)
        claim = ordering.read_link(token, KEY)
        assert claim.municipality_id == town.id
        _, shown = ordering.open_link(session, claim, later(hours=1))
        assert shown.id == order.id
        by = town.system(later(hours=1), "link")
        assert ordering.answer_link(session, claim, by, promised=date(2026, 5, 20)).state == "confirmed"
        assert order.deliver_on == date(2026, 5, 20)
        with pytest.raises(Conflict, match="link_used"):
            ordering.answer_link(session, claim, by)


@pytest.mark.parametrize("place", [0, 2, 10, -1, -40])
def test_an_altered_link_opens_nothing(town: Town, place: int) -> None:
    with town.work() as session:
        token = ordering.issue_link(session, town.sent_order(session), town.system(), KEY)
    letter = "1" if token[place] != "1" else "2"
    altered = token[:place] + letter + (token[place + 1 :] if place != -1 else "")
    with pytest.raises(NotAllowed, match="link_altered"):
        ordering.read_link(altered, KEY)
    with pytest.raises(NotAllowed, match="link_altered"):
        ordering.read_link(token, b"another key")
    with pytest.raises(NotAllowed, match="link_altered"):
        ordering.read_link("", KEY)


def test_an_old_link_opens_nothing(town: Town) -> None:
    with town.work() as session:
        token = ordering.issue_link(session, town.sent_order(session), town.system(), KEY)
        claim = ordering.read_link(token, KEY)
        with pytest.raises(NotAllowed, match="link_expired"):
            ordering.open_link(session, claim, later(days=30) + timedelta(seconds=1))


def test_a_supplier_delivers_short_and_substitutes_by_link(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 4})
        claim = ordering.read_link(ordering.issue_link(session, order, town.system(), KEY), KEY)
        by = town.system(later(hours=1), "link")
        for lines, code in (
            ({"99": ordering.LinkLine()}, "line_unknown"),
            ({"10": ordering.LinkLine(quantity=Decimal(11))}, "quantity_too_large"),
            ({"10": ordering.LinkLine(quantity=Decimal("0.5"))}, "quantity_not_whole"),
        ):
            with pytest.raises(BadInput) as no, session.begin_nested():
                ordering.answer_link(session, claim, by, lines=lines)
            assert no.value.code == code
        lines = {
            "10": ordering.LinkLine(quantity=Decimal(6)),
            "20": ordering.LinkLine(substitute={"name": "Vinylhandsker M", "seller_item_id": "VH-1"}),
        }
        ordering.answer_link(session, claim, by, lines=lines, note="Resten er i restordre")
        assert order.state == "proposed"
        assert len(ordering.open_proposals(session, order.id)) == 2


def test_a_link_allows_what_it_says(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        token = ordering.issue_link(session, order, town.system(), KEY, verbs=["confirm"])
        claim = ordering.read_link(token, KEY)
        with pytest.raises(NotAllowed, match="link_verb"):
            ordering.answer_link(session, claim, town.system(later(hours=1), "link"), reject=True)
        assert session.scalars(select(TradingPartner)).all() != []
