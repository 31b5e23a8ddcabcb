"""The list of agreements: how each is used against its target and ceiling, and what to do next; the figures are those of Indsigt."""

import io
import re
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

import catalogues
from eshop import insight
from eshop.amounts import Amount
from eshop.db import EVERYONE, Database
from eshop.demo.municipality import LINDEAA
from eshop.identity import Actor, Municipality
from eshop.web.agreement_list import Row
from tests.web.conftest import DEMO_NOW, Site
from tests.web.test_forms import queries

TODAY = date(2026, 5, 12)


def test_the_figures_of_the_demo_are_those_of_insight(demo_file: Path) -> None:
    database = Database(f"sqlite:///{demo_file}")
    with database.read(EVERYONE) as session:
        key = session.scalars(select(Municipality.id).where(Municipality.cvr == LINDEAA)).one()
    by = Actor.system(key, DEMO_NOW, "cli")
    with database.read(key) as session:
        use = insight.agreement_use(session, by)
        figure = insight.figure(session, "compliance", insight.last_year(by.today), by)
        parts = {int(one.key): one for one in figure.parts}
        assert len(parts) > 8
        for agreement_id, one in use.items():
            part = parts.get(agreement_id)
            assert one.now.on == (part.numerator if part else Amount(0))
            assert one.now.on + one.now.elsewhere == (part.denominator if part else Amount(0))
            assert one.now.percent == (part.value if part else None)
        assert insight.together(use.values()).now.percent == figure.value
        assert any(one.below_target and one.below_target > 0 for one in use.values())
    database.close()


def row(**said: object) -> Row:
    given: dict = {
        "state": "in_force", "joined": True, "supplier": "x", "today": TODAY, "successor_missing": False,
        "use": insight.Use(Decimal(85), Amount.of(1000)), "agreement": catalogues.Agreement(id=1, number="1", valid_to=None, options=[]),
    }  # fmt: skip
    return Row(**given | said)


def used(on: str, elsewhere: str, total: str = "0") -> insight.Use:
    one = insight.Use(Decimal(85), Amount.of(1000), total=Amount.of(total))
    one.now.on, one.now.elsewhere = Amount.of(on), Amount.of(elsewhere)
    return one


@pytest.mark.parametrize(
    ("said", "step", "urgent"),
    [
        ({"use": used("90", "10")}, None, False),
        ({"use": used("80", "20")}, "Se køb udenom", False),
        ({"use": used("80", "20"), "state": "ended"}, None, False),
        ({"use": used("80", "20"), "joined": False}, None, False),
        ({"use": used("80", "20", "1000")}, "Rammen er brugt op", True),
        ({"successor_missing": True}, "Forlæng eller genudbyd", True),
        ({"successor_missing": True, "state": "ended"}, "Find afløser", True),
        ({"successor_missing": True, "joined": False}, None, False),
    ],
)
def test_what_to_do_next(site: Site, said: dict, step: str | None, urgent: bool) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "da"}):
        found = row(**said).step
        assert (found.text if found else None) == step
        assert bool(found and found.urgent) is urgent


def test_the_list_narrows_and_goes_out_as_it_is_shown(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.get("/agreements")
    assert "Intet købt i aftalens varegrupper" in page
    everything = len(re.findall(r'<th scope="row" class="full">', page))
    assert everything == len(site.town.agreements)
    ended = kim.get("/agreements?show=ended")
    assert "Der er ingen aftaler her." in ended or "Måles ikke, aftalen er udløbet" in ended
    for shown, text in (("all", page), ("ended", ended)):
        file = kim.client.get(f"/agreements/list.xlsx?show={shown}").data
        rows = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
        assert rows[0][:3] == ["Aftale", "Nummer", "Leverandør"]
        assert len(rows) - 1 == len(re.findall(r'<th scope="row" class="full">', text))
    assert site.signed_in("mette").client.get("/agreements").status_code == 403


def test_the_list_costs_a_fixed_number_of_queries(site: Site) -> None:
    kim = site.signed_in("kim")
    before = queries(site, kim, "/agreements")
    with site.town.work() as session:
        for number in range(20):
            catalogues.load_agreements(
                session,
                [{
                    "number": f"2026-{number:03d}", "title": "Ny", "from": "2026-01-01", "to": "2026-07-01", "unspsc": [f"{20 + number}"],
                    "supplier": {"cvr": f"300000{number:02d}", "name": f"Leverandør {number}"}, "joined": [{}], "ceiling": "1000",
                    "lots": [{"number": "1", "unspsc": [f"{50 + number}"]}],
                }],
                site.town.system(),
            )  # fmt: skip
    assert queries(site, kim, "/agreements") == before
    assert "om 50 dage" in kim.get("/agreements?show=soon")


def test_a_view_of_the_list_is_saved_by_name_for_oneself_and_taken_away_again(site: Site) -> None:
    kim = site.signed_in("kim")
    assert "Gem visning" not in kim.get("/agreements"), "everything is shown without a filter"
    shown = kim.get("/agreements?show=soon")
    assert "Gem visning" in shown
    kim.post("/agreements/views", show="soon", name="Skal snart genudbydes")
    found = unescape(kim.get("/agreements"))
    assert re.search(r'href="/agreements\?show=soon"[^>]*>(?:(?!</a>).)*Skal snart genudbydes', found, re.S)
    assert "Skal snart genudbydes" not in site.signed_in("soeren").get("/agreements")
    assert "Fjern den gemte visning" in kim.get("/agreements?show=soon")
    kim.post("/agreements/views", show="soon")
    assert "Skal snart genudbydes" not in kim.get("/agreements")
    kim.post("/agreements/views", show="all", name="Alt")
    kim.post("/agreements/views", show="noget andet", name="Ukendt")
    again = kim.get("/agreements")
    assert ("Alt</a>" in again, "Ukendt" in again) == (False, False)
