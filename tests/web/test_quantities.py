"""How many, as people write it: 1.000 is a thousand in every field, and a comma begins the decimals."""

from decimal import Decimal

import pytest
from sqlalchemy import select

import ordering
from eshop.amounts import Amount
from eshop.errors import BadInput
from eshop.web import forms
from tests.web.conftest import Site


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.000", "1000"),
        ("1.000,5", "1000.5"),
        ("12.500.000", "12500000"),
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("0.125", "0.125"),
        ("1 000", "1000"),
        ("1000", "1000"),
        ("0", "0"),
        ("-1", "-1"),
        ("-1.000", "-1000"),
    ],
)
def test_a_number_is_read_as_it_is_written_here(written: str, meant: str) -> None:
    assert forms.decimal(forms.MultiDict({"quantity": written})) == Decimal(meant)


@pytest.mark.parametrize("written", ["", "to", "1,2,3", "1e3", "½", "٣", "NaN", "--1", "1.00.0"])
def test_what_is_no_number_is_told(written: str) -> None:
    with pytest.raises(BadInput, match="write_a_number"):
        forms.decimal(forms.MultiDict({"quantity": written}))


@pytest.mark.parametrize(("written", "meant"), [("20.000", "20000"), ("1.598,60", "1598.60"), ("1598.60", "1598.60")])
def test_an_amount_is_read_likewise(written: str, meant: str) -> None:
    assert forms.amount(forms.MultiDict({"sum": written}), "sum") == Amount.of(Decimal(meant))


@pytest.mark.parametrize(
    ("item", "written", "meant"), [("soap", "1.000", "1000"), ("flour", "1.000,5", "1000.5"), ("flour", "1,5", "1.5")]
)
def test_so_many_are_in_the_basket_on_the_order_and_received(site: Site, item: str, written: str, meant: str) -> None:
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=site.town.items[item], quantity=written)
    with site.town.work() as session:
        (line,) = session.scalars(select(ordering.BasketLine)).all()
        assert line.quantity == Decimal(meant)
    # Written once more in the basket's own field, it means the same.
    mette.post(f"/basket/lines/{site.town.items[item]}", quantity="2")
    mette.post(f"/basket/lines/{site.town.items[item]}", quantity=written)
    mette.post("/basket/send", note="Til hele året")
    with site.town.work() as session:
        (order,) = session.scalars(select(ordering.PurchaseOrder)).all()
        assert [one.quantity for one in order.lines] == [Decimal(meant)]
        order_id = order.id
        if order.state == "waiting":
            ordering.approve(session, order, site.town.by(session, "birthe", None))
        ordering.send(session, order, site.town.system())
    aisha = site.signed_in("aisha")
    aisha.post(f"/orders/{order_id}/receipts", **{"quantity-10": written, "seen": "0"})
    with site.town.work() as session:
        (picture,) = ordering.order_pictures(session, [order_id])
        assert picture.lines[0].received == Decimal(meant)


@pytest.mark.parametrize("written", ["0", "-1", "-1.000", "0,5", "1000000000", "1.000.000.000"])
def test_so_many_cartons_are_refused_at_the_item_and_in_the_basket(site: Site, written: str) -> None:
    soap = site.town.items["soap"]
    mette = site.signed_in("mette")
    assert 'role="alert"' in mette.post("/basket/lines", item_id=soap, quantity=written).text
    with site.town.work() as session:
        assert session.scalars(select(ordering.BasketLine)).all() == []
    mette.post("/basket/lines", item_id=soap, quantity="2")
    assert 'role="alert"' in mette.post(f"/basket/lines/{soap}", quantity=written).text
    with site.town.work() as session:
        (line,) = session.scalars(select(ordering.BasketLine)).all()
        assert line.quantity == 2


@pytest.mark.parametrize("written", ["to", "1e3", "NaN", "-1"])
def test_what_is_taken_back_is_a_number_too(site: Site, written: str) -> None:
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=site.town.items["soap"], quantity="2")
    mette.post("/basket/take-back", item_id=site.town.items["soap"], quantity=written)
    with site.town.work() as session:
        (line,) = session.scalars(select(ordering.BasketLine)).all()
        assert line.quantity == 2
