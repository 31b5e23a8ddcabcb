"""The review of a catalogue on its page: what it changes in kroner, what is chosen, when it begins, and how it is taken back."""

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

import catalogues
from eshop.amounts import Amount
from eshop.exchange import Message
from eshop.identity import Institution
from eshop.jobs import Job
from eshop.wording import day
from tests.builders import TODAY, date
from tests.catalogues.documents import catalogue, line
from tests.web.conftest import Site

SOAP = {"gln": "5790000000111", "cvr": "30000001", "name": "HygiejneHuset A/S", "contract": "50.90"}
OLD = [line(str(number), price="100.00") for number in range(6)]
NEW = [
    line("0", price="102.00"),  # within the agreement
    line("1", price="110.00"),  # above its cap
    line("2", price="10000.00"),  # the decimal point has slipped
    line("3", price="90.00"),
    line("4", price="100.00", unit="STYK"),  # no such unit
    line("7", price="12.00"),  # new; 5 goes out
]


@pytest.fixture
def version(site: Site) -> int:
    """A catalogue that waits on top of one that is live; of every item ten are bought in a year."""
    with site.town.work() as session:
        by = site.town.system()
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        agreement.cap_percent = Decimal(3)
        for progress in catalogues.load(session, catalogue(OLD, **SOAP), agreement, by):
            first = progress.version
        catalogues.accept(session, first, by, lines="all")
        for item in catalogues.items_of_version(session, first):
            catalogues.record_bought(session, item, Decimal(10), Amount.of("1000"), date(2026, 3, 1))
        for progress in catalogues.load(session, catalogue(NEW, version="2", **SOAP), agreement, by):
            second = progress.version
        return second.id


def rows(page: str) -> dict[str, str]:
    """Item number → its row of the page."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return {number[0]: row for row in found if (number := re.findall(r'class="sub">(V-\d+)', row))}


def shown_and_taken(page: str) -> tuple[list[str], list[str]]:
    shown = re.findall(r'name="shown" value="(\d+)"', page)
    return shown, re.findall(r'name="line" value="(\d+)"[^>]* checked', page)


def price_of(site: Site, number: str, on: date = TODAY) -> Decimal | None:
    with site.town.read() as session:
        place = session.get_one(Institution, site.town.places["mælkevejen"])
        offer = catalogues.offer_of(session, "30000001", number, place, on)
        return offer.price.amount if offer.orderable and offer.price else None


def test_what_it_costs_in_a_year_stands_first_and_the_doubtful_is_not_selected(site: Site, version: int) -> None:
    page = site.signed_in("kim").get(f"/catalogues/{version}?show=all")
    found = rows(page)
    assert list(found)[:4] == ["V-2", "V-1", "V-0", "V-3"]
    assert "+99.000" in found["V-2"]
    assert "Mulig kommafejl" in found["V-2"]
    assert "Over regulering" in found["V-1"]
    assert "Inden for aftalen" in found["V-0"]
    assert [" checked" in found[number] for number in ("V-0", "V-1", "V-2", "V-3", "V-7")] == [
        True, False, False, True, True,
    ]  # fmt: skip
    assert "Enheden »STYK« kendes ikke" in found["V-4"]
    assert 'type="checkbox"' not in found["V-4"]
    assert "10" in found["V-1"]


def test_the_harmless_is_accepted_together_and_the_rest_keeps_its_price(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    shown, taken = shown_and_taken(kim.get(f"/catalogues/{version}?show=all"))
    told = kim.post(f"/catalogues/{version}/decide", choice="accept", shown=shown, line=taken, tell="1").text
    assert "Kataloget er i brug" in told
    assert price_of(site, "V-0") == Decimal(102)
    assert price_of(site, "V-1") == Decimal(100)
    assert price_of(site, "V-2") == Decimal(100)
    assert price_of(site, "V-7") == Decimal(12)
    with site.town.read() as session:
        answers = [one for one in session.query(Message) if one.document_type == "ApplicationResponse"]
        assert [one.supplier_id for one in answers] == [site.town.suppliers["hygiejnehuset"]]
        assert session.query(Job).count() == 0  # nobody of the supplier's has an address


def test_a_choice_of_ones_own_goes_before_what_was_preselected(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    shown, taken = shown_and_taken(kim.get(f"/catalogues/{version}?show=up"))
    assert len(shown) == 3
    kim.post(
        f"/catalogues/{version}/decide",
        choice="1",
        show="up",
        shown=shown,
        line=[one for one in shown if one not in taken],
    )
    page = rows(kim.get(f"/catalogues/{version}?show=all"))
    assert " checked" in page["V-1"]
    assert " checked" not in page["V-0"]
    kim.post(f"/catalogues/{version}/decide", choice="accept")
    assert price_of(site, "V-0") == Decimal(100)
    assert price_of(site, "V-1") == Decimal(110)


def test_it_begins_on_the_day_that_was_chosen(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    begins, before = date(2026, 6, 1), date(2026, 5, 31)
    said = kim.post(f"/catalogues/{version}/decide", choice="accept", starts_on="2026-05-01").text
    assert "er passeret" in said
    told = kim.post(f"/catalogues/{version}/decide", choice="accept", starts_on="2026-06-01").text
    assert "gælder fra 1. juni" in told
    for number, old, new in (
        ("V-0", 100, 102),
        ("V-3", 100, 90),
        ("V-5", 100, None),
        ("V-7", None, 12),
        ("V-1", 100, 100),
    ):
        assert price_of(site, number) == (None if old is None else Decimal(old)), number
        assert price_of(site, number, before) == (None if old is None else Decimal(old)), number
        assert price_of(site, number, begins) == (None if new is None else Decimal(new)), number
    kim.post(f"/catalogues/{version}/take-back", reason="Forkert fil")
    assert price_of(site, "V-0", begins) == Decimal(100)
    assert price_of(site, "V-5", begins) == Decimal(100)


def test_further_lines_are_taken_later_and_the_version_is_taken_back_with_a_reason(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    kim.post(f"/catalogues/{version}/decide", choice="accept")
    page = rows(kim.get(f"/catalogues/{version}?show=left_out"))
    assert set(page) == {"V-1", "V-2"}
    one = re.findall(r'name="line" value="(\d+)"', page["V-1"])
    assert (
        "vælg" in kim.post(f"/catalogues/{version}/take-more").text.lower()
        or "valgt" in kim.post(f"/catalogues/{version}/take-more").text
    )
    kim.post(f"/catalogues/{version}/take-more", line=one)
    assert price_of(site, "V-1") == Decimal(110)
    assert "hvorfor" in kim.post(f"/catalogues/{version}/take-back", reason=" ").text
    assert price_of(site, "V-1") == Decimal(110)
    kim.post(f"/catalogues/{version}/take-back", reason="Forkert fil")
    assert price_of(site, "V-1") == Decimal(100)
    assert price_of(site, "V-7") is None


def test_refusing_needs_a_word_to_the_supplier(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    assert "så leverandøren kan rette det" in kim.post(f"/catalogues/{version}/decide", choice="refuse").text
    kim.post(f"/catalogues/{version}/decide", choice="refuse", note="Enhederne er blandet sammen", tell="1")
    with site.town.read() as session:
        assert catalogues.get_version(session, version).state == "refused"
        (answer,) = [one for one in session.query(Message) if one.document_type == "ApplicationResponse"]
        assert "Enhederne er blandet sammen" in answer.body.decode()
    assert price_of(site, "V-0") == Decimal(100)


def test_only_the_purchasing_lead_decides(site: Site, version: int) -> None:
    anna = site.signed_in("anna")
    assert 'name="choice"' not in anna.get("/agreements")
    for verb in ("decide", "take-more", "take-back"):
        anna.post(f"/catalogues/{version}/{verb}", 403, choice="accept", reason="x", line="1")
    assert price_of(site, "V-0") == Decimal(100)


def test_all_changes_are_fetched_as_a_sheet_with_real_numbers(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    answer = kim.client.get(f"/catalogues/{version}/changes.xlsx?show=all")
    (sheet,) = [CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()]
    assert sheet[0][:6] == ["Varenummer", "Varenavn", "Bestillingsenhed", "Slags", "Pris nu", "Ny pris"]
    found = {row[0]: row for row in sheet[1:]}
    assert found["V-0"][4:7] == [100.0, 102.0, 2.0]
    assert found["V-0"][9] == 20.0
    assert len(found) == 7


def test_the_review_costs_a_fixed_number_of_queries(site: Site, version: int) -> None:
    kim = site.signed_in("kim")

    def cost(which: int) -> int:
        kim.get(f"/catalogues/{which}?show=all")
        with site.counting() as seen:
            kim.get(f"/catalogues/{which}?show=all")
        return len(seen)

    few = cost(version)
    many = [line(str(number), price=str(100 + number)) for number in range(60)]
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        for progress in catalogues.load(session, catalogue(many, version="3", **SOAP), agreement, site.town.system()):
            larger = progress.version.id
    assert cost(larger) == few


def handed_in_after(site: Site, live: list[str], then: list[str], rule: catalogues.AcceptanceRule | None = None) -> int:
    """The version that comes when the first has been taken live, and with it the agreement's rule."""
    with site.town.work() as session:
        by = site.town.system()
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        for progress in catalogues.load(session, catalogue(live, **SOAP), agreement, by):
            first = progress.version
        catalogues.accept(session, first, by, lines="all")
        if rule is not None:
            catalogues.set_acceptance_rule(session, agreement, rule, by)
        for progress in catalogues.load(session, catalogue(then, version="2", **SOAP), agreement, by):
            second = progress.version.id
    return second


def test_a_list_of_changes_that_would_empty_the_catalogue_is_told_and_what_is_missing_is_kept(site: Site) -> None:
    second = handed_in_after(site, OLD, OLD[:2])
    kim = site.signed_in("kim")
    page = kim.get(f"/catalogues/{second}")
    assert "4 af 6 varer udgår, fordi de ikke står i filen." in page
    told = kim.post(f"/catalogues/{second}/decide", choice="keep_items").text
    assert "Intet udgår" in told
    assert "varer udgår, fordi" not in told
    kim.post(f"/catalogues/{second}/decide", choice="accept")
    assert price_of(site, "V-5") == Decimal(100)
    late = kim.post(f"/catalogues/{second}/decide", choice="keep_items")
    assert "Det kan ikke lade sig gøre nu: kataloget er taget i brug" in late.text


def test_what_leaves_out_many_goes_live_only_when_it_is_said_that_they_are_to_go(site: Site) -> None:
    many = [line(str(number), price="100.00") for number in range(40)]
    second = handed_in_after(site, many, many[:5], catalogues.AcceptanceRule(removed_items=True))
    with site.town.work() as session:
        state = catalogues.get_version(session, second).state
    assert state == "waiting", "no rule lets a catalogue be emptied"
    kim = site.signed_in("kim")
    assert "Ja, de 35 varer, der ikke står i filen, skal udgå" in kim.get(f"/catalogues/{second}")
    asked = kim.post(f"/catalogues/{second}/decide", choice="accept").text
    assert "35 af 40 varer ville udgå, fordi de ikke står i filen. Sig, om de skal udgå eller beholdes." in asked
    assert price_of(site, "V-30") == Decimal(100)
    kim.post(f"/catalogues/{second}/decide", choice="accept", missing="go")
    assert price_of(site, "V-30") is None


def test_rises_that_come_too_late_are_told_once_with_the_day_their_notice_is_kept(site: Site, version: int) -> None:
    kim = site.signed_in("kim")
    assert "kortere varsel" not in kim.get(f"/catalogues/{version}")
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        agreement.notice_days = 30
        by = site.town.system()
        for progress in catalogues.load(session, catalogue(NEW, version="3", **SOAP), agreement, by):
            third = progress.version.id
        loaded = progress.version.loaded_at.date()
    page = kim.get(f"/catalogues/{third}")
    assert "3 priser stiger med kortere varsel end aftalens 30 dage." in page
    assert day(loaded + timedelta(days=30), this_year=2026) in page
    assert f'value="{loaded + timedelta(days=30)}"' in page, (
        "the start that is proposed is the one that keeps the notice"
    )
    assert page.count("varsel") == 1  # told once, not at every line
