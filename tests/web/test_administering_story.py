"""The administrator and the auditor, as a story through the pages: a new leader is let in, and all of it can be found again."""

import re
from html import unescape

import ordering
from eshop import audit
from eshop.identity import Role
from tests import builders
from tests.web.conftest import Person, Site


def test_a_new_leader_is_let_in_approves_and_the_auditor_finds_it(site: Site) -> None:
    with site.town.work() as session:
        site.town.people["ada"] = builders.person(session, "Ada Ravn", (Role.ADMINISTRATOR, None)).id
        order = site.town.order(session, {"mop": 2})
        assert order.state == "waiting"
        number, order_id = order.number, order.id

    # Ada opens the day at Brugere og enheder, adds the new leader of the nursery and gives her a role with a limit.
    ada = site.signed_in("ada")
    assert "<h1>Brugere og enheder</h1>" in ada.get("/")
    page = ada.post("/people", name="Liv Dam", login="liv", email="liv@lindeaa.example").text
    assert "Giv en rolle og en adgangskode" in page
    liv_id = re.search(r'action="/people/(\d+)/roles"', page)[1]  # type: ignore[index]
    nursery = str(site.town.places["mælkevejen"])
    page = ada.post(f"/people/{liv_id}/roles", role="approver", institution=nursery, limit="20.000").text
    assert "Liv Dam er nu godkender" in page
    assert "op til 20.000,00" in page
    words = re.search(r"Adgangskoden er ([0-9a-f-]+)\.", ada.post(f"/people/{liv_id}/password").text)[1]  # type: ignore[index]

    # She cannot make herself finance: the page does not offer it, and says who can.
    own = ada.get(f"/people/{site.town.people['ada']}")
    assert "Det kan en anden administrator" in own

    # Liv signs in with what she was given, and approves what has waited.
    liv = Person(site.app.test_client())
    token = unescape(re.search(r'name="csrf_token" value="([^"]+)"', liv.get("/sign-in"))[1])  # type: ignore[index]
    signed = liv.client.post("/sign-in", data={"csrf_token": token, "login": "liv", "password": words})
    assert signed.status_code == 303
    with site.town.read() as session:
        seen = ordering.get_order(session, order_id).state
    assert seen == "waiting"
    page = liv.get("/approvals")
    assert number in page or "Moppe" in page

    # Anna finds the sign-in and the role, and that nothing has been touched.
    with site.town.work() as session:
        audit.seal(session, site.clock.at)
    anna = site.signed_in("anna")
    page = anna.get(f"/events?person={site.town.people['ada']}")
    for said in ("Person tilføjet", "Rolle givet", "Adgangskode sat"):
        assert said in page
    assert "Logget ind" in anna.get(f"/events?person={liv_id}")
    assert "Kæden er hel" in anna.get("/events?check=1")

    # Liv stops. Her access ends at once; what she did stays.
    ada.post(f"/people/{liv_id}/close")
    assert liv.client.get("/approvals").status_code == 303
    assert "Liv Dam" in ada.get("/people?show=closed")
