"""Needs that no agreement covers, free-text requisitions, and purchases made outside for a good reason."""

import io
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import select

import ordering
from catalogues import Agreement
from eshop.amounts import Amount
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed
from eshop.exchange import Message, partner_of
from ordering import Till
from tests.builders import TODAY, Town, later

KEY = b"the installation's secret"
KR = Amount.of


def test_purchasing_finds_the_item(town: Town) -> None:
    with town.work() as session:
        need = ordering.ask_purchasing(session, "Noget at vaske hænder i", town.by(session, "mette"))
        kim = town.by(session, "kim", None)
        assert [one.id for one in ordering.open_needs(session, kim)] == [need.id]
        with pytest.raises(NotAllowed):
            ordering.open_needs(session, town.by(session, "mette"))
        ordering.answer_need(session, need, "Den her er på aftale", kim, town.items["soap"])
        assert (need.state, need.item_id) == ("answered", town.items["soap"])
        assert ordering.open_needs(session, kim) == []
        with pytest.raises(Conflict, match="not_now"):
            ordering.withdraw_need(session, need, town.by(session, "mette"))
        with pytest.raises(BadInput, match="wish_empty"):
            ordering.ask_purchasing(session, "  ", kim if kim.institution_id else town.by(session, "mette"))


def test_a_requisition_is_an_order_with_a_ceiling(town: Town) -> None:
    with town.work() as session:
        session.get_one(Agreement, town.agreements["50.90"]).unspsc = ["5313"]
        need = ordering.ask_purchasing(session, "Stemning af klaveret", town.by(session, "mette"))
        kim = town.by(session, "kim", None)
        order = ordering.requisition(
            session, need, town.suppliers["nordpapir"], "Stemning af klaver", KR("1200"), "73161518", kim
        )
        assert (order.state, order.match, order.source) == ("queued", "2-way", "free_text")
        assert ordering.well_formed(order.number)
        assert order.orderers == {town.people["mette"]}
        assert need.order_id == order.id
        picture = ordering.order_picture(session, order)
        assert picture.people == {town.people["mette"], town.people["kim"]}
        assert (str(picture.total), picture.lines[0].agreed) == ("1200.00", Decimal(1))
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "1200.00"
        assert ordering.send(session, order, town.system()).state == "sent"


def test_requisitions_that_are_refused(town: Town) -> None:
    with town.work() as session:
        session.get_one(Agreement, town.agreements["50.90"]).unspsc = ["5313"]
        kim, mette = town.by(session, "kim", None), town.by(session, "mette")
        need = ordering.ask_purchasing(session, "Sæbe fra byen", mette)
        seller = town.suppliers["nordpapir"]
        cases: list[tuple[object, str, dict[str, object]]] = [
            (kim, "covered_by_agreement", {"unspsc": "53131608"}),
            (kim, "ceiling_missing", {"ceiling": KR("0")}),
            (kim, "unspsc_missing", {"unspsc": "sæbe"}),
            (kim, "reason_missing", {"description": " "}),
            (kim, "not_found", {"supplier_id": 999}),
            (mette, "not_your_role", {}),
            (town.by(session, "jens"), "not_your_role", {}),
        ]
        for actor, code, said in cases:
            values = {"supplier_id": seller, "description": "Sæbe", "ceiling": KR("100"), "unspsc": "73161518", **said}
            with pytest.raises(EshopError) as no, session.begin_nested():
                ordering.requisition(session, need, by=actor, **values)  # type: ignore[arg-type]
            assert no.value.code == code
        own = ordering.ask_purchasing(session, "Til mig selv", town.by(session, "kim"))
        with pytest.raises(NotAllowed, match="approval_own_order"):
            ordering.requisition(session, own, seller, "Kaffe", KR("100"), "73161518", kim)


def till_photo(shade: int = 200) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 200), (shade, shade, shade)).save(written, "PNG")
    return written.getvalue()


def test_a_pedagogical_purchase_is_recorded_with_its_cost(town: Town) -> None:
    till = Till("Fiskehandleren", "Torsk til måltidet om havet", KR("312.50"), TODAY)
    with town.work() as session:
        mette = town.by(session, "mette")
        made = ordering.record_outside_purchase(session, till, "learning", till_photo(), mette, coding={"art": "2.2"})
        assert (str(made.gross), str(made.vat), str(made.cost)) == ("312.50", "62.50", "330.00")
        assert made.coding["art"] == "2.2"
        assert [one.id for one in ordering.list_outside_purchases(session, [made.institution_id])] == [made.id]
        assert ordering.get_outside_purchase(session, made.id).photo.startswith(b"\xff\xd8")
        with pytest.raises(Conflict, match="outside_twice"):
            ordering.record_outside_purchase(session, till, "learning", till_photo(), mette)
        for said, code in (
            ((till, "because", till_photo(1)), "outside_reason"),
            ((till, "learning", b"no picture"), "not_a_receipt"),
            ((Till("x", "y", KR("0"), TODAY), "learning", till_photo(2)), "amount_missing"),
            ((Till("x", "y", KR("10"), TODAY, KR("5")), "learning", till_photo(3)), "vat_too_high"),
            ((Till(" ", "y", KR("10"), TODAY), "learning", till_photo(4)), "missing_field"),
            ((Till("x", "y", KR("10"), date(2026, 5, 13)), "learning", till_photo(5)), "receipt_in_future"),
        ):
            with pytest.raises(BadInput) as no:
                ordering.record_outside_purchase(session, *said, mette)
            assert no.value.code == code
        with pytest.raises(NotAllowed):
            ordering.record_outside_purchase(session, till, "learning", till_photo(6), town.by(session, "anna", None))


def test_what_has_not_come_in_time_is_found_for_a_reminder(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        assert ordering.late_orders(session, town.system(later(days=3))) == []
        (late,) = ordering.late_orders(session, town.system(later(days=4)))
        assert (late.order.id, late.days_late) == (order.id, 3)
        ordering.receive(session, order, None, town.by(session, "aisha"))
        assert ordering.late_orders(session, town.system(later(days=4))) == []


def test_an_order_by_link_has_left_when_the_supplier_opens_it(town: Town) -> None:
    with town.work() as session:
        partner_of(session, town.suppliers["hygiejnehuset"]).channel = "link"
        order = town.sent_order(session)
        claim = ordering.read_link(ordering.issue_link(session, order, town.system(), KEY), KEY)
        message = session.scalars(select(Message)).one()
        assert (message.channel, message.state) == ("link", "waiting")
        ordering.fetch_link(session, claim, town.system(later(hours=1), "link"))
        assert (message.state, message.sent_at) == ("sent", later(hours=1))
