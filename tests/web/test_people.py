"""Brugere og enheder, Roller: the administrator's pages, and what others see of them."""

import re

import pytest

from eshop.identity import PERMISSIONS, Role, User
from eshop.web.verb_names import VERBS
from tests import builders
from tests.web.conftest import Person, Site


@pytest.fixture
def ada(site: Site) -> Person:
    with site.town.work() as session:
        site.town.people["ada"] = builders.person(session, "Ada Ravn", (Role.ADMINISTRATOR, None)).id
    return site.signed_in("ada")


def test_the_administrator_begins_at_people_and_neither_buys_nor_posts(ada: Person) -> None:
    page = ada.get("/")
    assert "<h1>Brugere og enheder</h1>" in page
    for address in ("/shop", "/orders", "/invoices", "/basket"):
        assert ada.client.get(address).status_code == 403, address


def test_somebody_new_gets_a_role_and_a_password_and_signs_in(site: Site, ada: Person) -> None:
    page = ada.post("/people", name="Rie Holst", login="rie", email="").text
    user_id = re.search(r'action="/people/(\d+)/roles"', page)[1]  # type: ignore[index]
    page = ada.post(f"/people/{user_id}/roles", role="orderer", institution="").text
    assert "Vælg den enhed" in page
    ada.post(f"/people/{user_id}/roles", role="orderer", institution=str(site.town.places["mælkevejen"]))
    page = ada.post(f"/people/{user_id}/password").text
    words = re.search(r"Adgangskoden er ([0-9a-f-]+)\.", page)[1]  # type: ignore[index]
    assert words not in ada.get(f"/people/{user_id}")
    rie = Person(site.app.test_client())
    assert "Brugernavn" in rie.get("/sign-in") or "Navn" in rie.get("/sign-in")
    token = re.search(r'name="csrf_token" value="([^"]+)"', rie.get("/sign-in"))[1]  # type: ignore[index]
    assert rie.client.post("/sign-in", data={"csrf_token": token, "login": "rie", "password": words}).status_code == 303
    page = rie.post("/profile/password", present=words, chosen="en helt ny kode").text
    assert "Din adgangskode er skiftet" in page
    assert "Rie Holst" in rie.get("/shop")
    ada.post(f"/people/{user_id}/close")
    assert rie.client.get("/shop").status_code == 303


def test_an_administrator_cannot_give_themselves_a_buying_role(site: Site, ada: Person) -> None:
    own = site.town.people["ada"]
    page = ada.get(f"/people/{own}")
    assert "Du kan ikke give dig selv en rolle" in page
    assert 'value="finance"' not in page
    said = ada.post(f"/people/{own}/roles", 403, role="finance").text
    assert "samme person" in said
    assert "disponent" not in said
    with site.town.read() as session:
        assert session.get_one(User, own).active


def test_purchasing_and_audit_see_people_but_cannot_change_them(site: Site, ada: Person) -> None:
    ada.get("/people")
    for name in ("kim", "anna"):
        person = site.signed_in(name)
        for address in ("/people", "/roles", "/units", f"/people/{site.town.people['mette']}"):
            assert 'class="button button-primary"' not in person.get(address), address
        person.post("/people", 403, name="X", login="x")
        person.post(f"/people/{site.town.people['mette']}/close", 403)
    assert site.signed_in("mette").client.get("/people").status_code == 403


def test_every_role_tells_what_it_may_do_and_who_has_it(ada: Person) -> None:
    page = ada.get("/roles")
    for said in ("odkende bestillinger", "Jens Holm", "Ada Ravn", "Ingen har rollen"):
        assert said in page


def test_a_unit_is_changed_and_what_is_wrong_is_said(site: Site, ada: Person) -> None:
    place = site.town.places["solsikken"]
    page = ada.post(f"/units/{place}", name="Solsikken", parent="", item_groups="5020, 47", budget="12.500,50").text
    assert "Gemt" in page
    assert "5020, 47" in page
    assert "12500,5" in page
    assert "ikke en varegruppe" in ada.post(f"/units/{place}", name="S", item_groups="mad").text
    assert "Mindst" not in ada.post(f"/units/{place}/delivery-points", name="Porten", day=["1", "3"]).text
    assert "man, ons" in ada.get(f"/units/{place}")
    assert "Vælg mindst én dag" in ada.post(f"/units/{place}/delivery-points", name="Porten").text
    ada.post(f"/units/{place}/close")
    assert "Solsikken" not in ada.get("/units")
    assert "Solsikken" in ada.get("/units?show=closed")


def test_the_list_of_people_costs_the_same_for_many(site: Site, ada: Person) -> None:
    with site.counting() as few:
        ada.get("/people")
    with site.town.work() as session:
        for number in range(30):
            builders.person(session, f"Person {number}", (Role.AUDITOR, None))
    with site.counting() as many:
        ada.get("/people")
    assert len(many) == len(few)


def test_every_verb_has_its_name_so_that_none_is_left_out_of_a_role() -> None:
    assert set(VERBS) == set(PERMISSIONS)
