"""Agreements are kept on their pages, without a script: made, changed, joined, exempted, extended, and never by somebody else."""

import io
from datetime import date

import catalogues
from eshop.cli import sheets
from tests.web.conftest import Site
from tests.web.test_forms import queries

NEW = {
    "number": "2026-014", "title": "Rengøring 2026", "level": "own", "stage": "signed", "from": "2026-01-01", "to": "2027-12-31",
    "supplier_cvr": "30000001", "unspsc": "4713, 5313", "cap_percent": "3,5", "notice_days": "30", "minimum_order": "1.250,00",
    "fee_max": "79", "fee_free_above": "500", "delivery_days": "2", "ceiling": "1200000", "compliance_target_percent": "85",
    "lots": "1; Rengøringsmidler; 4713\n2; Sæbe; 5313", "options": "31-12-2028; 30-06-2027",
    "documents": "Kontrakt; https://example.dk/kontrakt.pdf", "declarations": "Adfærdskodeks; 2026-06-01", "labour_clause": "1",
}  # fmt: skip


def made(site: Site) -> catalogues.Agreement:
    with site.town.read() as session:
        (found,) = catalogues.find_agreements(session, "2026-014")
        return found


def test_an_agreement_is_made_joined_exempted_and_extended(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.post("/agreements/new", **NEW).text
    assert "Aftalen er oprettet." in page
    assert "der kan ikke købes på den" in page
    assert "1.250,00" in page
    assert "1.200.000" in page
    key = made(site).id
    page = kim.post(f"/agreements/{key}/join", lot="", join_from="2026-01-01").text
    assert "Hele aftalen, 1. januar" in page
    page = kim.post(f"/agreements/{key}/exempt", reason="Egen", approved_by="", exempt_to="2026-12-31").text
    assert "skal have en begrundelse, en godkender og en slutdato" in page
    page = kim.post(f"/agreements/{key}/exempt", reason="Egen", approved_by="Direktør Dam", exempt_to="2026-12-31").text
    assert "godkendt af Direktør Dam" in page
    assert "Ikke tilsluttet" in kim.get("/agreements")
    page = kim.post(f"/agreements/{key}/extend").text
    assert "forlænget til 31. december 2028" in page
    assert "ingen forlængelsesoption" in kim.post(f"/agreements/{key}/extend").text
    assert "Fritagelse noteret" in kim.get(f"/agreements/{key}")
    with site.town.read() as session:
        joining = next(one for one in catalogues.joinings_of(session, key) if not one.exempt)
    assert "slutter 31. maj" in kim.post(f"/agreements/joinings/{joining.id}/end", until="2026-05-31").text


def test_a_day_that_is_none_is_told_as_it_was_written(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.post("/agreements/new", 422, **NEW | {"declarations": "Adfærdskodeks; 31-02-2027"}).text
    assert "31-02-2027 er ikke en dato. Skriv den som 31-12-2027." in page
    page = kim.post("/agreements/new", 422, **NEW | {"options": "i morgen"}).text
    assert "i morgen er ikke en dato. Skriv den som 31-12-2027." in page


def test_the_form_shows_what_is_there_and_saving_it_changes_nothing(site: Site) -> None:
    kim = site.signed_in("kim")
    kim.post("/agreements/new", **NEW)
    one = made(site)
    page = kim.get(f"/agreements/{one.id}/edit")
    for text in (
        "1; Rengøringsmidler; 4713",
        'value="3,5"',
        'value="1250"',
        "31-12-2028; 30-06-2027",
        "Kontrakt; https://example.dk",
    ):
        assert text in page
    with site.town.read() as session:
        before = catalogues.agreements_as_json(session)
    kim.post(f"/agreements/{one.id}/edit", **NEW)
    with site.town.read() as session:
        assert catalogues.agreements_as_json(session) == before
    wrong = kim.post(
        f"/agreements/{one.id}/edit", 422, **NEW | {"title": "Ny", "options": "til sommer", "unspsc": "47"}
    ).text
    assert "<title>Fejl:" in wrong
    assert 'href="#options"' in wrong
    assert 'value="Ny"' in wrong
    assert made(site).title == "Rengøring 2026"
    kim.post(f"/agreements/{one.id}/edit", **NEW | {"title": "Ny", "options": "2028-12-31; ; brugt"})
    assert (made(site).title, made(site).ends()) == ("Ny", date(2028, 12, 31))


def test_what_is_missing_is_said_at_its_field(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.post("/agreements/new", 422, **NEW | {"number": "", "supplier_cvr": "12"}).text
    assert 'href="#number"' in page
    assert 'href="#supplier_cvr"' in page
    assert "har allerede en aftale" in [kim.post("/agreements/new", **NEW), kim.post("/agreements/new", **NEW)][1].text


def test_the_rule_for_catalogues_is_set_per_agreement(site: Site) -> None:
    kim = site.signed_in("kim")
    key = site.town.agreements["50.90"]
    kim.post(f"/agreements/{key}/rule", on="1", max_rise="2,5", max_effect="5.000,00", new_items="1")
    with site.town.read() as session:
        rule = catalogues.rule_of(catalogues.get_agreement(session, key))
    assert rule is not None
    assert rule.as_json() == {
        "max_rise_percent": "2.5", "max_yearly_effect": "5000.00", "new_items": True, "removed_items": False,
    }  # fmt: skip
    assert 'value="2,5"' in kim.get(f"/agreements/{key}")
    kim.post(f"/agreements/{key}/rule")
    with site.town.read() as session:
        assert catalogues.rule_of(catalogues.get_agreement(session, key)) is None


def test_the_calendar_is_a_page_and_a_file(site: Site) -> None:
    kim = site.signed_in("kim")
    kim.post("/agreements/new", **NEW)
    page = kim.get("/agreements/calendar")
    assert "juni 2026" in page
    assert "Erklæringen »Adfærdskodeks« udløber:" in page
    assert "hvis den ikke forlænges til 31. december 2028" in page
    file = kim.client.get("/agreements/calendar.ics").text
    assert file.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20260601" in file
    assert all(len(line.encode()) <= 75 for line in file.split("\r\n"))


def test_the_workbook_is_read_again(site: Site, tmp_path) -> None:
    kim = site.signed_in("kim")
    kim.post("/agreements/new", **NEW)
    file = tmp_path / "aftaler.xlsx"
    file.write_bytes(io.BytesIO(kim.client.get("/agreements/agreements.xlsx").data).getvalue())
    with site.town.work() as session:
        before = catalogues.agreements_as_json(session)
        catalogues.load_agreements(session, sheets.agreements(file), site.town.system())
        assert catalogues.agreements_as_json(session) == before


def test_who_answers_for_what(site: Site) -> None:
    kim = site.signed_in("kim")
    assert (
        "2 til 8 cifre"
        in kim.post("/agreements/categories", prefix="x", title="Papir", user=site.town.people["kim"]).text
    )
    page = kim.post("/agreements/categories", prefix="1411", title="Papir", user=site.town.people["kim"]).text
    assert "Kim Friis" in page
    with site.town.read() as session:
        (one,) = catalogues.list_categories(session)
    assert "Ingen er sat til" in kim.post(f"/agreements/categories/{one.id}/end").text


def test_others_may_look_and_change_nothing(site: Site) -> None:
    anna = site.signed_in("anna")
    key = site.town.agreements["50.90"]
    for address in (f"/agreements/{key}", "/agreements/calendar", "/agreements/categories"):
        page = anna.get(address)
        assert "<form class" not in page.split("<main")[1].split("</main")[0]
    for verb in ("edit", "extend", "join", "exempt", "rule"):
        anna.post(f"/agreements/{key}/{verb}", 403)
    anna.post("/agreements/new", 403, **NEW)
    site.signed_in("mette").get(f"/agreements/{key}", 403)


def test_the_pages_cost_a_fixed_number_of_queries(site: Site) -> None:
    kim = site.signed_in("kim")
    addresses = (
        f"/agreements/{site.town.agreements['50.90']}",
        "/agreements",
        "/agreements/calendar",
    )
    before = [queries(site, kim, address) for address in addresses]
    for number in range(4):
        kim.post("/agreements/new", **NEW | {"number": f"2026-02{number}"})
    assert [queries(site, kim, address) for address in addresses] == before


def test_how_far_ahead_a_successor_is_looked_for_is_set_on_the_calendar(site: Site) -> None:
    kim = site.signed_in("kim")
    kim.post("/agreements/new", **NEW)
    key = made(site).id
    kim.post(f"/agreements/{key}/join", lot="", join_from="2026-01-01")
    days = (date(2027, 12, 31) - site.clock.at.date()).days
    missing = "Ingen afløser endnu"
    assert 'name="months" inputmode="numeric" autocomplete="off" value="9"' in kim.get("/agreements/calendar")
    before = kim.get("/agreements/calendar").count(missing)
    page = kim.post("/agreements/calendar/successor", months=str(days // 30 + 1)).text
    assert "Gemt." in page
    assert page.count(missing) > before
    for wrong in ("0", "61", "-3"):
        assert "fra 1 til 60" in kim.post("/agreements/calendar/successor", months=wrong).text
    assert "Skriv et antal" in kim.post("/agreements/calendar/successor", months="snart").text
    with site.town.read() as session:
        assert catalogues.successor_months(session) == days // 30 + 1
    assert 'name="months"' not in site.signed_in("anna").get("/agreements/calendar")
    assert site.signed_in("mette").client.post("/agreements/calendar/successor").status_code in (400, 403, 422)


def test_an_exemption_by_mistake_is_taken_back_the_same_day_and_nothing_is_joined_twice(site: Site) -> None:
    kim = site.signed_in("kim")
    key = site.town.agreements["50.90"]
    told = kim.post(
        f"/agreements/{key}/exempt",
        reason="Fejl",
        approved_by="Lis Lund",
        exempt_from=site.clock.at.date().isoformat(),
        exempt_to="2026-12-31",
    ).text
    assert "I er fritaget for hele aftalen til og med 31. december." in told
    assert "Indtil da kan ingen hos jer bestille på den." in told
    with site.town.read() as session:
        exemption = next(one for one in catalogues.joinings_of(session, key) if one.exempt)
        whole = next(one for one in catalogues.joinings_of(session, key) if not one.exempt)
    assert "Det var en fejl, tag den tilbage" in told
    told = kim.post(f"/agreements/joinings/{exemption.id}/end", withdraw="1").text
    assert "Den er taget tilbage og gælder ikke." in told
    assert "fritaget for hele aftalen" not in told
    assert "har allerede været i kraft" in kim.post(f"/agreements/joinings/{whole.id}/end", withdraw="1").text
    assert (
        "allerede tilsluttet 50.90 i den periode"
        in kim.post(f"/agreements/{key}/join", join_from="2026-06-01", join_to="2026-06-30").text
    )
    with site.town.read() as session:
        assert [one.id for one in catalogues.joinings_of(session, key)] == [whole.id]
