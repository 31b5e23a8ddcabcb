"""The page an order is sent from: everything is filled in, and what differs today is corrected there."""

import re

from sqlalchemy import select

import ordering
from eshop.identity import DeliveryPoint, Institution
from tests.web.conftest import Site


def test_goods_are_left_where_the_person_says_and_the_supplier_is_told(site: Site) -> None:
    mette, soap = site.signed_in("mette"), site.town.items["soap"]
    mette.post("/basket/lines", item_id=soap, quantity="1")
    assert "Lever et andet sted" not in mette.get("/basket/send")  # one place: nothing to choose
    with site.town.work() as session:
        unit = session.get_one(Institution, site.town.places["mælkevejen"])
        unit.address = {"street": "Stjernevej 14", "zip": "4899", "city": "Lindeå"}
        kitchen = DeliveryPoint(institution_id=unit.id, name="Køkkenet", address={}, opening_days=[2, 4])
        session.add(kitchen)
        session.flush()
        chosen = kitchen.id
    page = mette.get("/basket/send")
    assert "Mælkevejen 7, 8900 Lindeå" in page  # the usual place
    assert "Lever et andet sted" in page
    assert "tirsdag, torsdag" in page
    assert "mandag til fredag" in page
    # What is chosen is kept when something else must be corrected.
    wrong = mette.post("/basket/send", 422, place=chosen, reference="x" * 120, note="").text
    assert f'name="place" value="{chosen}" checked' in wrong
    assert "har ikke leveringsstedet" in mette.post("/basket/send", 422, place=chosen + 99, reference="", note="").text
    mette.post("/basket/send", place=chosen, reference="", note="")
    with site.town.read() as session:
        order = session.scalars(select(ordering.PurchaseOrder)).one()
        assert order.delivery == {
            "name": "Køkkenet",
            "street": "Stjernevej 14",
            "postcode": "4899",
            "city": "Lindeå",
        }
        assert order.deliver_on is not None
        assert order.deliver_on.isoweekday() in (2, 4)


def test_what_was_sent_back_is_corrected_and_sent_again(site: Site) -> None:
    """Mock 06: the approver's words, and the way on as the card's first button; the lines are in the basket, the old order is over."""
    with site.town.work() as session:
        order = site.town.order(session, {"mop": 2})
        ordering.reject(session, order, site.town.by(session, "jens"), "Er én ikke nok?")
    mette = site.signed_in("mette")
    for address in ("/orders?show=returned", f"/orders/{order.id}"):
        page = mette.get(address)
        assert "Er én ikke nok?" in page
        assert re.search(r'class="button button-primary"[^>]*>\s*Ret og send igen', page)
        assert "Bestil igen" not in page
    mette.post(f"/orders/{order.id}/again")
    basket = mette.get("/basket")
    assert "Moppe 60 cm" in basket
    assert "9.400,00" in basket
