"""Where goods are left: what the order page shows is what the supplier is told, and the days are those of the place."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

import ordering
from eshop import ubl
from eshop.errors import BadInput
from eshop.identity import DeliveryPoint, Institution
from tests import builders
from tests.builders import Town

MONDAY = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)


@pytest.fixture
def school(town: Town) -> Iterator[tuple[Session, Town]]:
    """The nursery's address is as the organisation file writes it, and there is a kitchen in another street, open on Fridays."""
    with town.work() as session:
        unit = session.get_one(Institution, town.places["mælkevejen"])
        unit.address = {"street": "Mælkevejen 7", "zip": "8900", "city": "Lindeå"}
        session.add(
            DeliveryPoint(
                institution_id=unit.id,
                name="Køkkenet",
                address={"street": "Havnegade 12B", "zip": "8900", "city": "Lindeå"},
                opening_days=[5],
            )
        )
        session.flush()
        yield session, town


def test_goods_to_the_place_itself_say_nothing_of_it(school: tuple[Session, Town]) -> None:
    session, town = school
    order = town.order(session, {"soap": 1}, at=MONDAY)
    assert order.delivery == {}
    assert order.deliver_on == date(2026, 5, 12)


@pytest.mark.parametrize("profile", ["oioubl-2.1", "peppol-bis-3"])
def test_another_place_is_told_to_the_supplier_and_has_its_own_days(school: tuple[Session, Town], profile: str) -> None:
    session, town = school
    order = town.order(session, {"soap": 1}, at=MONDAY, delivery_point="Køkkenet")
    assert order.delivery == {"name": "Køkkenet", "street": "Havnegade 12B", "postcode": "8900", "city": "Lindeå"}
    assert order.deliver_on == date(2026, 5, 15)
    read = ubl.read(ubl.write(ordering.order_document(session, order), profile))
    (delivery,) = read.deliveries
    address = delivery.delivery_location.address
    street = " ".join(part for part in (address.street_name, address.building_number) if part)
    assert (street, address.postal_zone, address.city_name) == ("Havnegade 12B", "8900", "Lindeå")
    assert delivery.delivery_party.party_names[0].name == "Køkkenet"


def test_a_day_on_which_the_place_is_shut_is_refused_also_when_the_order_is_changed(
    school: tuple[Session, Town],
) -> None:
    session, town = school
    with pytest.raises(BadInput) as refused:
        town.order(session, {"soap": 1}, at=MONDAY, delivery_point="Køkkenet", deliver_on=date(2026, 5, 18))
    assert refused.value.code == "delivery_closed"
    order = town.order(session, {"gloves": 1}, at=MONDAY, delivery_point="Køkkenet")
    with pytest.raises(BadInput) as refused:
        ordering.change_order(session, order, {}, town.by(session, "mette", at=MONDAY), deliver_on=date(2026, 5, 20))
    assert refused.value.code == "delivery_closed"


def test_a_place_of_somebody_else_is_none(school: tuple[Session, Town]) -> None:
    session, town = school
    other = builders.institution(session, "Solgården")
    foreign = next(one for one in ordering.delivery_points(session, other.id))
    with pytest.raises(BadInput) as refused:
        town.order(session, {"soap": 1}, delivery_point=foreign.id)
    assert refused.value.code == "delivery_point_unknown"
    assert refused.value.values["places"] == [session.get_one(Institution, town.places["mælkevejen"]).name, "Køkkenet"]
