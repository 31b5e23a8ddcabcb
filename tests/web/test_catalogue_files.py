"""Catalogue files that are handed in on a page: by the purchasing lead, and by the supplier who sees nothing but their own."""

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import catalogues
from eshop import kept_files
from eshop.config import Settings
from eshop.identity import User, tie_to_supplier
from eshop.worker import Worker
from tests.catalogues.documents import catalogue, line
from tests.web.conftest import Person, Site

SOAP = {"gln": "5790000000111", "cvr": "30000001", "name": "HygiejneHuset A/S", "contract": "50.90"}


@pytest.fixture
def work(site: Site, tmp_path: Path) -> Callable[[], int]:
    """The worker of the site does what is due."""
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    return Worker(site.database, settings, site.clock).drain


@pytest.fixture
def henrik(site: Site) -> Person:
    return supplier_person(site, "Henrik Storm", "hygiejnehuset")


def supplier_person(site: Site, name: str, supplier: str) -> Person:
    with site.town.work() as session:
        user = User(login=name.lower().replace(" ", "."), name=name, preferences={})
        session.add(user)
        session.flush()
        tie_to_supplier(session, user, site.town.suppliers[supplier], site.town.system())
        site.town.people[name] = user.id
    return site.signed_in(name)


def hand_in(who: Person, agreement: int, body: bytes, name: str, status: int = 200, **fields: Any) -> str:
    return who.post("/catalogues/files", status, agreement=str(agreement), file=(io.BytesIO(body), name), **fields).text


def sheet(rows: list[list[Any]]) -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        page = book.add_worksheet()
        for position, row in enumerate(rows):
            page.write_row(position, 0, row)
    return kept.getvalue()


def versions(site: Site) -> list[catalogues.CatalogueVersion]:
    with site.town.read() as session:
        return [one for one in catalogues.list_versions(session) if one.name]


def test_a_catalogue_is_handed_in_loaded_by_the_worker_and_waits_for_review(site: Site, work: Callable) -> None:
    kim = site.signed_in("kim")
    assert "HygiejneHuset A/S" in kim.get("/catalogues/hand-in")
    page = hand_in(kim, site.town.agreements["50.90"], catalogue([line("1"), line("2", unit="STYK")], **SOAP), "k.xml")
    assert "Venter på sin tur" in page
    assert 'data-hx-trigger="every 2s"' in page
    assert "k.xml" in kim.get("/catalogues")
    work()
    (version,) = versions(site)
    assert (version.state, version.lines, version.refused) == ("waiting", 2, 1)
    assert version.loaded_by == site.town.people["kim"]
    done = kim.get("/catalogues/files/1")
    assert "Kataloget er indlæst." in done
    assert f"/catalogues/{version.id}" in done
    assert "Indleveret, ikke indlæst endnu" not in kim.get("/catalogues")


def test_a_file_is_kept_for_ninety_days_and_then_taken_away(site: Site, tmp_path: Path) -> None:
    kim = site.signed_in("kim")
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    worker = Worker(site.database, settings, site.clock)
    page = hand_in(kim, site.town.agreements["50.90"], catalogue([line("1")], **SOAP), "k.xml")
    hand_in(
        kim,
        site.town.agreements["50.90"],
        sheet([["Varenr.", "Navn", "Enhed", "Pris"], ["1", "Sæbe", "stk", 1]]),
        "p.xlsx",
    )
    assert "filen gemmes til 10. august" in page
    files = list(kept_files.every(tmp_path))
    assert len(files) == 2
    for path in files:
        os.utime(path, (site.clock().timestamp(),) * 2)
    worker.drain()
    site.clock.pass_by(days=89)
    worker.drain()
    assert list(kept_files.every(tmp_path)) == files
    site.clock.pass_by(days=2)
    Worker(site.database, settings, site.clock).drain()
    assert list(kept_files.every(tmp_path)) == []
    kim = site.signed_in("kim")
    assert "filen gemmes ikke længere" in kim.get("/catalogues/files/1")
    assert "Filen blev ikke indlæst" in kim.get("/catalogues/files/2"), "a sheet nobody looked at is dropped"


def test_a_dry_run_tells_line_by_line_and_keeps_nothing(site: Site, work: Callable) -> None:
    kim = site.signed_in("kim")
    body = catalogue([line("1"), line("2", unit="STYK")], **SOAP)
    hand_in(kim, site.town.agreements["50.90"], body, "k.xml", dry_run="1")
    work()
    page = kim.get("/catalogues/files/1")
    assert "Sådan ville det gå. Intet er gemt." in page
    assert "Enheden »STYK« kendes ikke" in page
    assert versions(site) == []


def test_a_sheet_shows_how_it_is_read_and_its_columns_are_remembered(site: Site, work: Callable) -> None:
    kim = site.signed_in("kim")
    rows = [
        ["Prisliste 2026"],
        ["Vores nr.", "Varenavn", "Enhed", "Udsalgskrone", "Antal pr. karton"],
        ["HS-1", "Håndsæbe mild 1 l", "stk", "1.234,50", 1],
        ["HS-2", "Håndsæbe cremet 1 l", "stk", "24,75", 1],
    ]
    page = hand_in(kim, site.town.agreements["50.90"], sheet(rows), "priser.xlsx")
    assert "Der er ikke fundet en kolonne til: Varenummer, Pris." in page
    chosen = {"column-seller_item_id": "Vores nr.", "column-price": "Udsalgskrone"}
    said = kim.post("/catalogues/files/1/columns", **chosen | {"column-price": ""}).text
    assert "Arket mangler" in said or "mangler" in said
    shown = kim.get("/catalogues/files/1?column-seller_item_id=Vores+nr.&column-price=Udsalgskrone")
    assert "1.234,50" in shown
    assert "Håndsæbe cremet 1 l" in shown
    form = shown[shown.index('id="columns"') :]
    assert 'type="hidden" name="csrf_token"' not in form[: form.index("</form>")], "it would stand in the address"
    assert re.search(r'<button [^>]*name="csrf_token" value="[^"]+"', form[: form.index("</form>")])
    kim.post("/catalogues/files/1/columns", **chosen)
    work()
    (version,) = versions(site)
    assert (version.lines, version.refused, version.document_format) == (2, 0, "excel")
    again = hand_in(kim, site.town.agreements["50.90"], sheet([*rows, ["HS-3", "Sæbe", "stk", "9,95", 1]]), "ny.xlsx")
    assert "Der er ikke fundet" not in again
    assert "9,95" in again


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"%PDF-1.7 not a catalogue", "k.pdf", "Filen er ikke et katalog"),
        (b"", "k.xml", "tom"),
        (catalogue([line("1")], **SOAP | {"gln": "5790000000128", "cvr": "39999999", "name": "En anden"}), "k.xml", "En anden"),
        (catalogue([line("1")], **SOAP | {"contract": "50.12"}), "k.xml", "aftale 50.12, men du har valgt 50.90"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_at_once(site: Site, body: bytes, name: str, said: str) -> None:
    kim = site.signed_in("kim")
    assert said in hand_in(kim, site.town.agreements["50.90"], body, name)
    with site.town.read() as session:
        assert catalogues.uploads_under_way(session) == []


def test_what_turns_out_unusable_while_it_is_loaded_is_told_on_its_page(site: Site, work: Callable) -> None:
    kim = site.signed_in("kim")
    whole = catalogue([line(str(number)) for number in range(40)], **SOAP)
    hand_in(kim, site.town.agreements["50.90"], whole[: len(whole) // 2], "halv.xml")
    work()
    assert "Filen kunne ikke bruges." in kim.get("/catalogues/files/1")
    assert "Kunne ikke bruges" in kim.get("/catalogues")


def test_nothing_chosen_says_what_to_choose(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.post("/catalogues/files", 422).text
    assert "<title>Fejl:" in page
    assert "Vælg katalogets fil." in page


def test_a_supplier_hands_in_and_sees_what_to_put_right(site: Site, henrik: Person, work: Callable) -> None:
    assert "Jeres kataloger" in henrik.get("/")
    body = catalogue([line("1"), line("2", unit="STYK"), line("3", price="-4.00")], **SOAP)
    hand_in(henrik, site.town.agreements["50.90"], body, "k.xml")
    work()
    (version,) = versions(site)
    page = henrik.get(f"/supplier/catalogues/{version.id}")
    assert "2 linjer skal rettes" in page
    assert "Enheden »STYK« kendes ikke" in page
    assert "under nul" in page
    assert 'href="/agreements' not in page


def test_a_supplier_sees_their_own_and_nothing_else(site: Site, henrik: Person, work: Callable) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session).id
        waiting = site.town.order(session, {"mop": 2}).id
        other = site.town.sent_order(session, {"paper": 20}).id
    kim = site.signed_in("kim")
    hand_in(kim, site.town.agreements["50.90"], catalogue([line("1")], **SOAP), "k.xml")
    work()
    (version,) = versions(site)
    assert "Håndsæbe refill" in henrik.get(f"/supplier/orders/{order}")
    henrik.get(f"/supplier/orders/{waiting}", 404)  # has not been sent
    henrik.get(f"/supplier/orders/{other}", 404)
    stranger = supplier_person(site, "Sonja Papir", "nordpapir")
    stranger.get(f"/supplier/orders/{order}", 404)
    stranger.get(f"/supplier/catalogues/{version.id}", 404)
    stranger.get("/catalogues/files/1", 403)
    body = catalogue([line("1")], **SOAP)
    assert "Vælg den aftale" in hand_in(stranger, site.town.agreements["50.90"], body, "k.xml", 422)
    for address in (
        "/agreements",
        "/catalogues",
        f"/catalogues/{version.id}",
        "/invoices",
        "/search?q=saebe",
        "/orders",
    ):
        henrik.get(address, 403)
    nobody = site.signed_in("Henrik Storm")
    with site.town.work() as session:
        session.get_one(User, site.town.people["Henrik Storm"]).supplier_id = None
    nobody.get("/supplier/orders", 403)
    nobody.get("/supplier/catalogues", 403)


def test_the_suppliers_pages_cost_a_fixed_number_of_queries(site: Site, henrik: Person, work: Callable) -> None:
    def cost() -> list[int]:
        seen = []
        for address in ("/supplier/catalogues", "/supplier/orders", "/supplier/invoices"):
            henrik.get(address)
            with site.counting() as statements:
                henrik.get(address)
            seen.append(len(statements))
        return seen

    with site.town.work() as session:
        site.town.sent_order(session)
    before = cost()
    with site.town.work() as session:
        for _ in range(3):
            site.town.sent_order(session, {"soap": 1, "gloves": 2})
    for version in "123":
        hand_in(henrik, site.town.agreements["50.90"], catalogue([line(version)], version=version, **SOAP), "k.xml")
        work()
    assert cost() == before
