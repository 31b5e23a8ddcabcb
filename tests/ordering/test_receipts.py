"""Receiving: all of it, a part, damaged, wrong, back again, by mistake, and by two at once."""

import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import ordering
from eshop.errors import BadInput, Conflict, NotAllowed
from ordering import Count
from tests.builders import TODAY, Town, later


def sums(session, order) -> list[tuple[int, int, int]]:
    """(outstanding, received, to invoice) by line."""
    return [
        (int(line.outstanding), int(line.received), int(line.to_invoice))
        for line in ordering.order_picture(session, order).lines
    ]


def test_partial_then_the_rest(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 2})
        aisha = town.by(session, "aisha")
        ordering.receive(session, order, {"10": 6}, aisha, delivery_note="F-1")
        assert sums(session, order) == [(4, 6, 6), (2, 0, 0)]
        ordering.receive(session, order, {"10": Count(Decimal(1), rest="cancel")}, aisha)
        assert sums(session, order) == [(0, 7, 7), (2, 0, 0)]
        assert str(ordering.order_picture(session, order).total) == "1376.60"
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "1376.60"
        ordering.receive(session, order, None, aisha)
        assert sums(session, order) == [(0, 7, 7), (0, 2, 2)]
        assert [one.number for one in ordering.receipts_of(session, [order.id])[order.id]] == [1, 2, 3]


def test_damaged_and_wrong_are_noted_and_still_expected(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        aisha = town.by(session, "aisha")
        count = Count(Decimal(7), damaged=Decimal(2), wrong=Decimal(1), reason="Våd pap")
        receipt = ordering.receive(session, order, {"10": count}, aisha)
        assert sums(session, order) == [(3, 7, 7)]
        damaged, wrong = ordering.complaints_of(session, order.id)
        assert (damaged.kind, damaged.quantity, damaged.reason) == ("damaged", Decimal(2), "Våd pap")
        assert (wrong.kind, wrong.receipt_id) == ("wrong", receipt.id)
        with pytest.raises(BadInput, match="reason_missing"):
            ordering.settle_complaint(session, damaged, aisha, " ")
        ordering.settle_complaint(session, damaged, aisha, "Nye varer på vej")
        with pytest.raises(Conflict, match="not_now"):
            ordering.settle_complaint(session, damaged, aisha, "igen")


def photo(kind: str = "JPEG", size: tuple[int, int] = (4000, 3000)) -> bytes:
    """A picture from a phone, with the place it was taken in its metadata."""
    written = io.BytesIO()
    image = Image.new("RGB", size, (200, 30, 30))
    exif = Image.Exif()
    exif[0x010E] = "HEMMELIGT STED 56.1629"
    exif[0x0112] = 6
    image.save(written, kind, exif=exif)
    return written.getvalue()


def test_a_photo_is_shrunk_turned_and_says_nothing_else(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        aisha = town.by(session, "aisha")
        ordering.receive(session, order, {"10": Count(Decimal(1), damaged=Decimal(1))}, aisha)
        (complaint,) = ordering.complaints_of(session, order.id)
        kept = ordering.add_photo(session, complaint, photo(), aisha)
        again = ordering.add_photo(session, complaint, photo(), aisha)
        assert again.id == kept.id
        body = ordering.get_photo(session, kept.id).body
        assert b"HEMMELIGT" not in body
        with Image.open(io.BytesIO(body)) as opened:
            assert opened.size == (1200, 1600)
            assert opened.format == "JPEG"
            assert dict(opened.getexif()) == {}
        assert ordering.add_photo(session, complaint, photo("PNG", (50, 40)), aisha).id != kept.id


@pytest.mark.parametrize(
    "body",
    [b"", b"GIF89a", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", photo()[:500], b"\xff\xd8\xff" * 9],
)
def test_a_photo_that_is_not_one(town: Town, body: bytes) -> None:
    with town.work() as session:
        order = town.sent_order(session)
        aisha = town.by(session, "aisha")
        ordering.receive(session, order, {"10": Count(Decimal(1), damaged=Decimal(1))}, aisha)
        (complaint,) = ordering.complaints_of(session, order.id)
        with pytest.raises(BadInput, match="not_a_photo"):
            ordering.add_photo(session, complaint, body, aisha)


def test_counts_that_cannot_be(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 2, "flour": "5"})
        aisha = town.by(session, "aisha")
        for counts, code in (
            ({"10": 3}, "received_too_many"),
            ({"10": -1}, "quantity_negative"),
            ({"10": "0.5"}, "quantity_not_whole"),
            ({"30": 1}, "line_unknown"),
            ({"10": 0}, "nothing_counted"),
            ({}, "nothing_counted"),
            ({"20": "5.51"}, "received_too_many"),
        ):
            with pytest.raises(BadInput) as no:
                ordering.receive(session, order, counts, aisha)
            assert no.value.code == code
        with pytest.raises(BadInput, match="receipt_in_future"):
            ordering.receive(session, order, None, aisha, on=date(2026, 5, 13))
        with pytest.raises(NotAllowed, match="not_your_role"):
            ordering.receive(session, order, None, town.by(session, "anna", None))
        assert sums(session, order)[0] == (2, 0, 0)
        # Five kilos ordered, 5,3 delivered: goods by weight may come a tenth over.
        ordering.receive(session, order, {"20": "5.3"}, aisha)


def test_only_what_the_supplier_has_is_received(town: Town) -> None:
    with town.work() as session:
        with pytest.raises(Conflict, match="not_now"):
            ordering.receive(session, town.order(session), None, town.by(session, "aisha"))
        cancelled = town.sent_order(session)
        ordering.cancel(session, cancelled, town.by(session, "mette"), "Forkerte varer")
        with pytest.raises(Conflict, match="not_now"):
            ordering.receive(session, cancelled, None, town.by(session, "aisha"))


def test_a_mistake_is_reversed_once(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        aisha = town.by(session, "aisha")
        receipt = ordering.receive(session, order, {"10": Count(Decimal(6), rest="cancel")}, aisha)
        assert sums(session, order) == [(0, 6, 6)]
        reversal = ordering.reverse_receipt(session, receipt, aisha, "Talte forkert")
        assert sums(session, order) == [(10, 0, 0)]
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "1788.00"
        for one in (receipt, reversal):
            with pytest.raises(Conflict, match="receipt_already_reversed"):
                ordering.reverse_receipt(session, one, aisha, "igen")


def test_goods_go_back(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        aisha = town.by(session, "aisha")
        ordering.receive(session, order, None, aisha)
        ordering.return_goods(session, order, {"10": 2}, aisha, reason="Forkert duft", replace=True)
        assert sums(session, order) == [(2, 8, 8)]
        ordering.return_goods(session, order, {"10": 3}, aisha, reason="For mange")
        assert sums(session, order) == [(2, 5, 5)]
        with pytest.raises(BadInput, match="returned_too_many"):
            ordering.return_goods(session, order, {"10": 6}, aisha, reason="For mange")
        with pytest.raises(BadInput, match="reason_missing"):
            ordering.return_goods(session, order, {"10": 1}, aisha, reason="")


def test_the_same_receipt_from_a_device_twice_is_one(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 2})
        aisha = town.by(session, "aisha")
        first = ordering.receive(session, order, None, aisha, key="device-1:77", seen=0)
        assert ordering.receive(session, order, None, aisha, key="device-1:77", seen=0).id == first.id
        # Another device that had been offline counted the same delivery.
        mette = town.by(session, "mette", at=later(hours=1))
        with pytest.raises(Conflict) as told:
            ordering.receive(session, order, None, mette, key="device-2:5", seen=0)
        assert told.value.code == "received_meanwhile"
        assert told.value.values["who"] == "Aisha Nur"
        assert sums(session, order) == [(0, 2, 2)]


def test_services_are_confirmed(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 1})
        order.lines[0].kind, order.lines[0].unit, order.lines[0].quantity = "service", "HUR", Decimal(12)
        session.flush()
        mette = town.by(session, "mette")
        receipt = ordering.receive(session, order, {"10": "11.5"}, mette)
        assert receipt.kind == "performance"
        with pytest.raises(BadInput, match="received_too_many"):
            ordering.receive(session, order, {"10": "1.5"}, mette)


def test_what_is_late_comes_first(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 2})
        aisha = town.by(session, "aisha", at=later(days=4))
        (arriving,) = ordering.orders_to_receive(session, aisha, [town.places["mælkevejen"]])
        assert (arriving.order.id, arriving.expected, arriving.days_late) == (order.id, {"10": Decimal(2)}, 3)
        ordering.receive(session, order, None, aisha)
        assert ordering.orders_to_receive(session, aisha, [town.places["mælkevejen"]]) == []
        with pytest.raises(NotAllowed):
            ordering.orders_to_receive(session, town.by(session, "soeren", None), [town.places["mælkevejen"]])
        assert TODAY


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "return", "replace", "reverse", "fewer", "invoice", "credit"]), st.integers(1, 6)
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_quantities_are_conserved_over_any_mix(sqlite_town: Town, acts: list[tuple[str, int]]) -> None:
    """Nothing is lost or made: ordered = cancelled + kept + outstanding, and the budget binds exactly what is agreed."""
    town = sqlite_town
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        aisha = town.by(session, "aisha")
        line = order.lines[0]
        for act, number in acts:
            try:
                with session.begin_nested():
                    if act == "receive":
                        ordering.receive(session, order, {"10": number}, aisha)
                    elif act in ("return", "replace"):
                        ordering.return_goods(
                            session, order, {"10": number}, aisha, reason="x", replace=act == "replace"
                        )
                    elif act == "reverse":
                        receipts = ordering.receipts_of(session, [order.id])[order.id]
                        if receipts:
                            ordering.reverse_receipt(session, receipts[number % len(receipts)], aisha, "x")
                    elif act == "fewer":
                        ordering.change_order(session, order, {"10": number + 4}, aisha)
                    else:
                        sign = 1 if act == "invoice" else -1
                        ordering.record_invoiced(session, {line.id: Decimal(sign * number)}, aisha)
            except (BadInput, Conflict):
                session.refresh(order)
            one = ordering.quantities_of(session, order.id)[line.id]
            assert one.ordered == one.cancelled + one.kept + one.outstanding
            assert one.kept >= 0
            assert one.outstanding >= 0
            assert one.to_invoice == one.kept - one.invoiced + one.credited
            committed = ordering.order_picture(session, order).total
            assert ordering.budget_of(session, order.institution_id, 2026).committed == committed
            assert one.agreed == one.ordered - one.cancelled
        session.rollback()
