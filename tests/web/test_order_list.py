"""The list of orders: what each chip shows, narrowed by supplier and period, page and sheet alike."""

import io
import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

import ordering
from tests import builders
from tests.web.conftest import Person, Site


def numbers(person: Person, query: str = "") -> set[str]:
    """The order numbers on the page; its sheet must have the same."""
    page = person.get(f"/orders{query}")
    shown = set(re.findall(r'muted">(B-26-\w+)</span>', page))
    answer = person.client.get(f"/orders/list.xlsx{query}")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert {row[0] for row in rows[1:]} == shown, query
    return shown


@pytest.fixture
def orders(site: Site) -> dict[str, str]:
    """Name → number: one on time, one late, one late that came, one late of which half came, one from another supplier, long ago."""
    town, made = site.town, {}
    with town.work() as session:
        aisha = town.by(session, "aisha")
        for name, lines in (
            ("on time", {"soap": 1}),
            ("late", {"soap": 1}),
            ("came", {"soap": 1}),
            ("half", {"soap": 4}),
        ):
            order = town.sent_order(session, lines)
            made[name] = order.number
            if name != "on time":
                order.deliver_on = date(2026, 5, 7)
        ordering.receive(session, ordering.find_order(session, made["came"]), {"10": 1}, aisha)
        ordering.receive(session, ordering.find_order(session, made["half"]), {"10": 1}, aisha)
        paper = town.orders(session, {"paper": 20})[0]
        paper.ordered_on = date(2026, 2, 3)
        made["paper"] = paper.number
    return made


def test_each_chip_shows_its_own(site: Site, orders: dict[str, str]) -> None:
    mette = site.signed_in("mette")
    assert numbers(mette) == {orders[name] for name in ("on time", "late", "half", "paper")}
    assert numbers(mette, "?show=late") == {orders["late"], orders["half"]}
    assert numbers(mette, "?show=received") == {orders["came"]}
    assert numbers(mette, "?show=all") == set(orders.values())
    page = mette.get("/orders")
    assert re.search(r'show=late"[^>]*>Forsinket <span class="count">2</span>', page)
    assert numbers(site.signed_in("peter"), "?show=all") == set()


def test_a_supplier_and_a_period_narrow_it_and_stand_in_the_address(site: Site, orders: dict[str, str]) -> None:
    kim = site.signed_in("kim")
    paper = site.town.suppliers["nordpapir"]
    assert numbers(kim, f"?supplier={paper}") == {orders["paper"]}
    assert numbers(kim, "?show=all&from=2026-02-01&to=2026-02-03") == {orders["paper"]}
    assert numbers(kim, f"?show=all&from={builders.TODAY}") == set(orders.values()) - {orders["paper"]}
    assert numbers(kim, f"?supplier={paper}&from={builders.TODAY}") == set()
    assert "Ingen bestillinger passer til både leverandøren og perioden." in kim.get(
        f"/orders?supplier={paper}&from={builders.TODAY}"
    )
    page = kim.get(f"/orders?show=all&supplier={paper}&from=2026-02-01")
    assert f'<option value="{paper}" selected>Nordpapir A/S</option>' in page
    assert f"show=received&amp;supplier={paper}&amp;from=2026-02-01" in page, "the chips keep it"
    assert numbers(kim, "?show=all&from=i+fjor&supplier=x") == set(orders.values()), (
        "what cannot be read narrows nothing"
    )


def test_the_basket_says_until_when_the_day_holds(site: Site) -> None:
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=str(site.town.items["paper"]), quantity="20")
    item = f"/items/{site.town.items['paper']}"
    assert "Levering torsdag 14. maj, hvis du bestiller senest i dag kl. 12.00" in mette.get(item)
    for page in ("/basket", "/basket/send"):
        assert "14. maj" in mette.get(page)
        assert "bestil senest i dag kl. 12.00" in mette.get(page)
    site.clock.pass_by(hours=1)
    assert "bestil senest 15. maj kl. 12.00" in mette.get("/basket"), "the next round is on the 19th"
