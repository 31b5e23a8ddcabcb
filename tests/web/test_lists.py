"""Lists as people use them: favourites by the star, shared lists, standard baskets, in the basket whole or in part."""

import re
from datetime import date
from decimal import Decimal

import pytest

import ordering
from catalogues import Agreement
from tests import builders
from tests.web.conftest import Site


@pytest.fixture
def weekly(site: Site) -> int:
    """Aisha's shared list of three items."""
    town = site.town
    with town.work() as session:
        aisha = town.by(session, "aisha")
        one = ordering.make_list(session, "Ugens varer", "shared", aisha)
        for name, quantity in (("soap", 2), ("gloves", 4), ("paper", 5)):
            ordering.set_on_list(session, one, town.items[name], Decimal(quantity), aisha)
        return one.id


def basket_of(site: Site, name: str) -> dict[int, Decimal]:
    with site.town.work() as session:
        basket = ordering.open_basket(session, site.town.by(session, name))
        return {line.item_id: line.quantity for line in basket.lines}


def test_a_star_makes_a_favourite_and_the_home_page_shows_the_list(site: Site) -> None:
    mette, soap = site.signed_in("mette"), site.town.items["soap"]
    page = mette.get("/search?q=HS-700")
    assert f'action="/items/{soap}/favourite"' in page
    assert 'class="fav" aria-pressed="true"' not in page
    assert "Varen ligger blandt dine favoritter." in mette.post(f"/items/{soap}/favourite", wanted="1").text
    assert 'class="fav" aria-pressed="true"' in mette.get("/search?q=HS-700")
    home = mette.get("/shop")
    assert "Jeres lister" in home
    assert "Mine favoritter" in home
    assert "1 vare · Kun dig" in home
    mette.post(f"/items/{soap}/favourite", wanted="")
    assert "Mine favoritter" not in mette.get("/shop")


def test_a_list_goes_in_the_basket_whole_in_one_tap_or_in_part(site: Site, weekly: int) -> None:
    town, mette = site.town, site.signed_in("mette")
    page = mette.get(f"/lists/{weekly}")
    assert "Læg alt i kurv" in page
    told = mette.post(f"/lists/{weekly}/basket", whole="1").text
    assert "3 varer er lagt i kurven." in told
    assert basket_of(site, "mette") == {
        town.items["soap"]: Decimal(2), town.items["gloves"]: Decimal(4), town.items["paper"]: Decimal(5),
    }  # fmt: skip
    soap = town.items["soap"]
    mette.post(f"/lists/{weekly}/basket", chosen="1", item=soap, **{f"quantity-{soap}": "3"})
    assert basket_of(site, "mette")[soap] == 5
    assert "Der er ikke valgt noget." in mette.post(f"/lists/{weekly}/basket", chosen="1").text


def test_what_is_gone_stands_first_with_its_replacement(site: Site, weekly: int) -> None:
    town = site.town
    with town.work() as session:
        session.get_one(Agreement, town.agreements["50.90"]).valid_to = date(2026, 5, 1)
        sheets = session.get_one(Agreement, town.agreements["50.12"])
        fresh = builders.item(session, sheets, "Håndsæbe refill 700 ml, parfumefri", "170.00", seller_item_id="HS-701")
    aisha = site.signed_in("aisha")
    page = aisha.get(f"/lists/{weekly}")
    assert "2 varer kan ikke bestilles længere" in page
    assert page.index("kan ikke bestilles længere") < page.index("Kopipapir")
    replaced = re.search(rf'action="(/lists/{weekly}/lines/{town.items["soap"]}/replace)".*?value="(\d+)"', page)
    assert replaced is not None
    assert replaced[2] == str(fresh)
    assert "Varen er erstattet på listen." in aisha.post(replaced[1], by=fresh).text
    told = site.signed_in("mette").post(f"/lists/{weekly}/basket", whole="1").text
    assert "Engangshandsker" in told  # said, not silently left out
    assert set(basket_of(site, "mette")) == {fresh, town.items["paper"]}


def test_the_local_lead_keeps_the_lists_and_others_cannot(site: Site, weekly: int) -> None:
    town = site.town
    aisha, mette = site.signed_in("aisha"), site.signed_in("mette")
    soap, gloves = town.items["soap"], town.items["gloves"]
    aisha.post(f"/lists/{weekly}/quantities", **{f"quantity-{soap}": "7", f"quantity-{gloves}": "1"})
    assert 'value="7"' in aisha.get(f"/lists/{weekly}")
    assert "antal over 0" in aisha.post(f"/lists/{weekly}/quantities", **{f"quantity-{soap}": "-1"}).text
    aisha.post(f"/lists/{weekly}/lines/{gloves}/move")
    page = aisha.get(f"/lists/{weekly}")
    assert page.index("Engangshandsker") < page.index("Håndsæbe")
    taken = aisha.post(f"/lists/{weekly}/lines/{gloves}/remove").text
    assert "Varen er taget af listen." in taken
    assert "Fortryd" in taken
    assert "Engangshandsker" in aisha.post("/lists/lines", list_id=weekly, item_id=gloves, quantity="4").text
    aisha.post(f"/lists/{weekly}/name", name="Uge 21")
    assert '<h1 class="wrap">Uge 21</h1>' in mette.get(f"/lists/{weekly}")
    assert "Gem som sædvanlige antal" not in mette.get(f"/lists/{weekly}")
    for address in (f"/lists/{weekly}/drop", f"/lists/{weekly}/lines/{soap}/remove", f"/lists/{weekly}/quantities"):
        mette.post(address, 403)
    mette.post("/lists", 403, name="Min egen", kind="shared")
    assert site.signed_in("peter").get(f"/lists/{weekly}", 404)
    assert "er fjernet" in aisha.post(f"/lists/{weekly}/drop").text
    mette.get(f"/lists/{weekly}", 404)


def test_the_basket_is_kept_as_a_list(site: Site) -> None:
    aisha, mette = site.signed_in("aisha"), site.signed_in("mette")
    for person in (aisha, mette):
        person.post("/basket/lines", item_id=site.town.items["gloves"], quantity="3")
    assert "Kurven er gemt som »Festen«." in aisha.post("/basket/list", name="Festen").text
    assert "Festen" in mette.get("/lists")
    assert "Kurven er gemt som »Mine favoritter«." in mette.post("/basket/list").text


def test_purchasing_makes_standard_baskets_that_everybody_can_order(site: Site) -> None:
    kim = site.signed_in("kim")
    made = kim.post("/lists", name="Ny vuggestuegruppe", kind="standard", follow=False, status=303).location
    soap = site.town.items["soap"]
    assert "Læg på en liste" in kim.get(f"/items/{soap}")
    kim.post("/lists/lines", list_id=made.rsplit("/", 1)[1], item_id=soap, quantity="4")
    assert "178,80" in kim.get(made)
    assert "Læg alt i kurv" not in kim.get(made)
    peter = site.signed_in("peter")
    assert "Fra Indkøb" in peter.get("/shop")
    peter.post(f"{made}/basket", whole="1")
    assert "715,20" in peter.get("/basket")


def test_a_long_list_costs_no_more_queries_than_a_short_one(site: Site, weekly: int) -> None:
    town, aisha = site.town, site.signed_in("aisha")
    counts = []
    for _ in range(2):
        aisha.get(f"/lists/{weekly}")
        with site.counting() as seen:
            aisha.get(f"/lists/{weekly}")
        counts.append(len(seen))
        with town.work() as session:
            by = town.by(session, "aisha")
            one = ordering.get_list(session, weekly, by)
            for name in ("cards", "flour", "mop"):
                ordering.set_on_list(session, one, town.items[name], Decimal(6), by)
    assert counts[0] == counts[1]
