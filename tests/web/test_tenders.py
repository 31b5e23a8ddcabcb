"""A tender from plan to signature: the winner's price list in Excel becomes a draft agreement and a catalogue; nothing is bought before."""

import io
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

import catalogues
from eshop.db import Database
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Institution
from eshop.worker import Worker
from tests import builders
from tests.web.conftest import Site

ROWS = [
    ("Prisliste 2026 – Bageriet Kringlen A/S",),
    ("Varenr.", "Varenavn", "Enhed", "Pris (ekskl. moms)", "UNSPSC"),
    ("B-1", "Rugbrød, fuldkorn, 1 kg", "stk", 18.5, "50181901"),
    ("B-2", "Boller, grove", "pakke", 24, "50181905"),
    ("B-3", "Negativ pris", "stk", -4, "50181905"),
]


def sheet() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    page = book.add_worksheet()
    for place, row in enumerate(ROWS):
        page.write_row(place, 0, row)
    book.close()
    return file.getvalue()


def test_a_price_list_becomes_a_draft_that_can_be_bought_from_when_it_is_signed(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.post(
        "/tenders", number="2026-077", title="Brød", level="own", valid_from="2026-05-01", valid_to="2027-04-30",
        unspsc="5018, 5019", answers_by="2026-04-20",
    )  # fmt: skip
    assert "Planlagt" in page.text
    address = page.request.path
    assert "2026-077" in kim.get("/tenders")
    kim.post(f"{address}/move", verb="publish")
    shown = kim.post(
        f"{address}/awards", name="Bageriet Kringlen A/S", cvr="10203040",
        file=(io.BytesIO(sheet()), "priser.xlsx"),
    )  # fmt: skip
    assert "Varenr." in shown.text  # the columns are seen before anything is loaded
    kim.post(f"{shown.request.path}/columns")
    settings = site.app.extensions["eshop"].settings
    Worker(site.database, settings, site.clock).drain()
    with site.town.work() as session:
        (tender,) = catalogues.list_tenders(session)
        (agreement,) = catalogues.agreements_of_tender(session, tender)
        assert (tender.state, agreement.stage, agreement.state(builders.TODAY)) == ("awarded", "awarded", "planned")
        (version,) = catalogues.list_versions(session, agreement.id)
        assert (version.state, version.lines, version.refused) == ("waiting", 3, 1)
        catalogues.accept(session, version, site.town.by(session, "kim", None), lines="all")
        item = catalogues.find_items(session, "10203040", "B-1")[0].id
        place = session.get_one(Institution, site.town.places["mælkevejen"])
        assert catalogues.offer(session, item, place, builders.TODAY).reason == "agreement_not_in_force"
    assert "Prisliste med 3 linjer" in kim.get(address)
    history = kim.get(f"/agreements/{agreement.id}")
    assert "Tildelt efter et udbud" in history
    assert "Indlæst fra en fil" not in history
    kim.post(f"{address}/move", verb="sign")
    with site.town.read() as session:
        place = session.get_one(Institution, site.town.places["mælkevejen"])
        offer = catalogues.offer(session, item, place, builders.TODAY)
        assert (offer.orderable, str(offer.total(builders.Decimal(2)))) == (True, "37.00")
        assert not catalogues.offer(session, item, place, date(2026, 4, 30)).orderable
    assert "Underskrevet" in kim.get(address)
    assert "Det kan ikke lade sig gøre nu" in kim.post(f"{address}/move", verb="drop").text


def test_what_is_no_price_list_makes_no_draft(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.post("/tenders", number="T-1", title="Brød", level="own", valid_from="2026-05-01")
    address = page.request.path
    kim.post(f"{address}/awards", name="Kringlen", cvr="10203040", file=(io.BytesIO(b"\x00\x01 nonsense"), "x.bin"))
    kim.post(f"{address}/awards", name="Uden nummer", cvr="")
    with site.town.read() as session:
        (tender,) = catalogues.list_tenders(session)
        assert (tender.state, tender.agreement_ids) == ("planned", [])
        assert catalogues.find_agreements(session, "T-1") == []


def test_who_may_and_what_may_follow_what(database: Database) -> None:
    town = builders.town(database)
    with town.work() as session:
        kim = town.by(session, "kim", None)
        for number, message in (("50.90", "tender_number_taken"), ("", "missing_field")):
            with pytest.raises(BadInput, match=message):
                catalogues.plan_tender(session, number, "Sæbe", builders.TODAY, kim)
        with pytest.raises(BadInput, match="period_ends"):
            catalogues.plan_tender(session, "T", "Sæbe", builders.TODAY, kim, valid_to=date(2026, 1, 1))
        with pytest.raises(NotAllowed):
            catalogues.plan_tender(session, "T", "Sæbe", builders.TODAY, town.by(session, "mette"))
        tender = catalogues.plan_tender(session, "T", "Sæbe", builders.TODAY, kim)
        with pytest.raises(Conflict):
            catalogues.move_tender(session, tender, "sign", kim)
        one = catalogues.award_tender(session, tender, {"cvr": "11112222", "name": "Den ene"}, kim)
        other = catalogues.award_tender(session, tender, {"cvr": "33334444", "name": "Den anden"}, kim)
        again = catalogues.award_tender(session, tender, {"cvr": "11112222"}, kim)
        assert (again.id, tender.agreement_ids) == (one.id, [one.id, other.id])
        catalogues.move_tender(session, tender, "sign", kim)
        assert {a.stage for a in catalogues.agreements_of_tender(session, tender)} == {"signed"}
        for verb in ("publish", "drop", "sign"):
            with pytest.raises(Conflict):
                catalogues.move_tender(session, tender, verb, kim)


def test_an_open_tender_is_planned_again_and_an_awarded_agreement_says_so(site: Site) -> None:
    kim = site.signed_in("kim")
    kim.post("/tenders", number="2026-5", title="Brød", valid_from="2026-09-01", level="own")
    with site.town.read() as session:
        (tender,) = catalogues.list_tenders(session)
    page = kim.post(f"/tenders/{tender.id}/move", verb="publish").text
    assert "Tilbage til planlagt" in page
    page = kim.post(f"/tenders/{tender.id}/move", verb="withdraw").text
    assert 'aria-current="step">Planlagt' in page
    kim.post(f"/tenders/{tender.id}/awards", name="Bageren ApS", cvr="30000077")
    with site.town.read() as session:
        (agreement,) = catalogues.find_agreements(session, "2026-5")
    for address in ("/agreements", f"/agreements/{agreement.id}", f"/suppliers/{agreement.supplier_id}"):
        assert "Tildelt, ikke underskrevet" in kim.get(address)


def test_the_command_line_makes_the_same_draft(database: Database, tmp_path: Path) -> None:
    builders.town(database)
    file = tmp_path / "priser.xlsx"
    file.write_bytes(sheet())
    url = database.url.render_as_string(hide_password=False)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ESHOP_")}
    environment |= {"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_DATABASE_URL": url}
    command = [sys.executable, "-m", "eshop", "load", "tender", str(file), "--number", "2026-077", "--title", "Brød",
               "--supplier", "10203040", "--supplier-name", "Bageriet Kringlen A/S", "--from", "2026-05-01", "--json"]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # done, but a line was refused
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["tender"] == {"number": "2026-077", "state": "awarded"}
    assert (told["catalogue"]["lines"], told["catalogue"]["refused"], told["catalogue"]["live"]) == (3, 1, 0)
