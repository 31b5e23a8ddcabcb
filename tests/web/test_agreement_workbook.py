"""Agreements in Excel on a page: as people write it, seen row by row, and only what can be used is loaded. And a community's calendar."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select

import catalogues
from eshop.agreement_sheets import read
from eshop.amounts import Amount
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput
from eshop.identity import Actor, Municipality
from tests import builders
from tests.web.conftest import Person, Site

HEADINGS = [
    "Nummer",
    "Titel",
    "Niveau",
    "Fra",
    "Til",
    "Leverandørens CVR",
    "Leverandør",
    "Varegrupper",
    "Prisloft",
    "Ramme",
    "Mål",
]


def workbook() -> bytes:
    """A lead's own sheet: a title above, the supplier merged over two rows, commas, Danish days, a broken row and one twice."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("Aftaler")
        page.merge_range(0, 0, 0, 10, "Indkøbsafdelingens aftaler 2026")
        page.write_row(2, 0, HEADINGS)
        rows = [
            ["2026-101", "Møbler", "Egen", "01-01-2026", "31-12-2027", "30000071", "Stolehuset A/S", "5610", "2,5", "1.250.000,50", 85],
            ["2026-102", "Lamper", "Fællesskab", "1.3.2026", "28/2/2028", "", "", "3911", "3,0", "", ""],
            ["2026-103", "Papir", "Egen", "01-01-2026", "i morgen", "30000072", "Arkbutikken", "1411", "", "", ""],
            ["2026-101", "Møbler igen", "Egen", "01-01-2026", "31-12-2027", "30000071", "Stolehuset A/S", "5610", "", "", ""],
            ["2026-104", "Te", "Egen", "01-01-2026", "31-12-2027", "30000073", "Tehuset", "fødevarer", "", "", ""],
        ]  # fmt: skip
        for place, row in enumerate(rows, 3):
            page.write_row(place, 0, row)
        page.merge_range(3, 5, 4, 5, "30000071")
        page.merge_range(3, 6, 4, 6, "Stolehuset A/S")
        lots = book.add_worksheet("Delaftaler")
        lots.write_row(0, 0, ["Aftale", "Nummer", "Titel", "Varegrupper"])
        lots.merge_range(1, 0, 2, 0, "2026-101")
        lots.write_row(1, 1, ["1", "Stole", "561015"])
        lots.write_row(2, 1, ["2", "Borde", "561016"])
    return file.getvalue()


def handed_in(who: Person, body: bytes, name: str = "aftaler.xlsx", status: int = 200) -> str:
    return who.post("/agreements/workbook", status, file=(io.BytesIO(body), name)).text


def test_a_workbook_is_seen_row_by_row_and_then_loaded(site: Site) -> None:
    kim = site.signed_in("kim")
    assert "/agreements/workbook" in kim.get("/agreements")
    page = handed_in(kim, workbook())
    with site.town.read() as session:
        assert catalogues.find_agreements(session, "2026-101") == [], "only looked at"
    rows = re.findall(r"<tr><td class=\"num\".*?</tr>", page, re.S)
    assert [re.search(r">(\d+)</td>", row)[1] for row in rows] == ["4", "5", "6", "7", "8"]  # type: ignore[index]
    assert ["Afvist" in row for row in rows] == [False, False, True, True, True]
    assert "Gælder til er ikke en dato som 2026-05-12: i morgen" in rows[2]
    assert "står to gange i filen" in rows[3]
    assert "fødevarer" in rows[4]
    assert "3 rækker kan ikke bruges og udelades" in page
    digest = re.search(r'name="digest" value="(\w+)"', page)
    assert digest
    done = kim.post("/agreements/workbook/load", digest=digest[1], name="aftaler.xlsx").text
    assert "2 aftaler er indlæst. 3 rækker blev udeladt." in done
    with site.town.read() as session:
        (one,), (lamps,) = (catalogues.find_agreements(session, number) for number in ("2026-101", "2026-102"))
        assert (one.valid_from, one.valid_to, str(one.cap_percent), one.ceiling) == (
            date(2026, 1, 1), date(2027, 12, 31), "2.5", Amount.of("1250000.50"),
        )  # fmt: skip
        assert (lamps.level, lamps.valid_to, lamps.supplier_id) == ("community", date(2028, 2, 28), one.supplier_id)
        assert [(lot.number, lot.unspsc) for lot in catalogues.lots_of(session, one.id)] == [
            ("1", ["561015"]), ("2", ["561016"]),
        ]  # fmt: skip
        assert catalogues.find_agreements(session, "2026-103") == []
    again = handed_in(kim, workbook())
    assert "Indlæs" not in again.split("<main")[1], "nothing is left to load"


def test_what_goes_out_comes_in_unchanged_and_one_change_is_named(site: Site, tmp_path: Path) -> None:
    kim = site.signed_in("kim")
    out = kim.client.get("/agreements/agreements.xlsx").data
    page = handed_in(kim, out)
    assert "Uændret" in page, re.findall(r"<tbody>.*?</tbody>", page, re.S)
    assert 'name="digest"' not in page
    key = site.town.agreements["50.90"]
    with site.town.work() as session:
        one = catalogues.get_agreement(session, key)
        one.title = "Et andet navn"
    page = handed_in(kim, out)
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if "50.90" in row)
    assert "Rettet" in row
    assert row.endswith('<td class="full">Titel</td></tr>')


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"%PDF-1.4", "aftaler.pdf", "kan ikke bruges: det er ikke et regneark"),
        (b"", "tom.xlsx", "tom"),
    ],
)
def test_what_is_no_workbook_says_so_at_the_field(site: Site, body: bytes, name: str, said: str) -> None:
    page = handed_in(site.signed_in("kim"), body, name, 422)
    assert said in page
    assert 'href="#file"' in page


def test_a_sheet_without_headings_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_row(0, 0, ["Hej", "med", "dig"])
    with pytest.raises(BadInput, match="no_agreements_in_file"):
        read(file)


def test_only_the_lead_may(site: Site) -> None:
    anna = site.signed_in("anna")
    anna.get("/agreements/workbook", 403)
    anna.post("/agreements/workbook", 403)
    anna.post("/agreements/workbook/load", 403, digest="0" * 64)
    page = site.signed_in("kim").post("/agreements/workbook/load", digest="../../etc/passwd", name="x").text
    assert "ikke længere" in page or "Siden findes ikke" in page or "gemt" in page


# --- a community's calendar ---------------------------------------------------------------------------------------------


def test_a_community_sees_each_others_days_and_nothing_else(database: Database) -> None:
    towns = [
        builders.municipality(database, name, cvr) for name, cvr in (("Lindeå", "29000001"), ("Skovby", "29000002"))
    ]
    with database.read(EVERYONE) as session:
        cvrs = [session.scalars(select(Municipality.cvr).where(Municipality.id == key)).one() for key in towns]
    both = [{"cvr": one} for one in cvrs]

    def agreement(number: str, end: str, level: str, joined: list) -> dict:
        return {
            "number": number, "title": f"Aftale {number}", "level": level, "from": "2026-01-01", "to": end, "joined": joined,
            "supplier": {"cvr": "30000091", "name": "Grossisten"},
            "options": [{"to": "2028-12-31", "notify_by": "2026-09-30", "used": False}] if number == "F-1" else [],
        }  # fmt: skip

    for key, rows in (
        (towns[0], [agreement("F-1", "2026-12-31", "community", both), agreement("EGEN", "2026-12-31", "own", both),
                    agreement("F-2", "2027-03-31", "community", both[:1])]),
        (towns[1], [agreement("F-1", "2026-12-31", "community", both)]),
    ):  # fmt: skip
        with database.work(key) as session:
            catalogues.load_agreements(session, rows, Actor.system(key, builders.NOW, "cli"))
    with database.read(EVERYONE) as everyone:
        seen = catalogues.shared_renewals(everyone, cvrs[1], builders.TODAY)
    assert {(one.renewal.agreement.number, one.renewal.kind, one.municipality) for one in seen} == {
        ("F-1", "option", "Lindeå"), ("F-1", "notify", "Lindeå"),
    }  # fmt: skip


def test_the_calendar_shows_the_communitys_days_once(site: Site) -> None:
    kim = site.signed_in("kim")
    assert "indkøbsfællesskabet" not in kim.get("/agreements/calendar")
    with site.town.read() as session:
        cvr = session.scalars(select(Municipality.cvr)).first()
    other = builders.municipality(site.database, "Skovby Kommune", "29000055")
    with site.database.work(other) as session:
        rows = [{
            "number": "F-9", "title": "Fælles frugt", "level": "community", "from": "2026-01-01", "to": "2026-12-31",
            "supplier": {"cvr": "30000091", "name": "Grossisten"}, "joined": [{"cvr": cvr}],
        }]  # fmt: skip
        catalogues.load_agreements(session, rows, Actor.system(other, builders.NOW, "cli"))
    with site.town.work() as session:
        ours = rows[0] | {
            "number": "F-10",
            "title": "Vores brød",
            "joined": [{"cvr": cvr}, {"cvr": "29000055"}, {"cvr": "29000063"}],
        }
        (agreement,) = catalogues.load_agreements(session, [ours], site.town.system())
        shown = agreement.id
    page = kim.get(f"/agreements/{shown}")
    assert "2 andre kommuner er tilsluttet: CVR 29000063, Skovby Kommune." in page
    page = kim.get("/agreements/calendar")
    assert "Sammen med indkøbsfællesskabet" in page
    assert "Fælles frugt" not in page
    page = kim.get("/agreements/calendar?whose=community")
    assert "Fælles frugt" in page
    assert "Skovby Kommune" in page
    file = kim.client.get("/agreements/calendar.ics?whose=community").text
    assert "Fælles frugt (Skovby Kommune)" in file.replace("\r\n ", "")
