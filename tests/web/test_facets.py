"""Facets on the search page: what one has bought and one's favourites among them; counted, taken away again, and written by anybody."""

import re
from decimal import Decimal
from html import unescape

import pytest
from playwright.sync_api import expect

import ordering
from tests.web.conftest import Site, Surf


def chip(page: str, name: str) -> tuple[int, bool] | None:
    """The count of a chip and whether it is chosen; None where it is not there."""
    found = re.search(rf'id="chip-{name}"[^>]*?( checked)?>.*?<span class="count">(\d+)</span>', page)
    return None if found is None else (int(found[2]), bool(found[1]))


def found(page: str) -> int:
    told = re.search(r'<p class="lead" role="status">([\d.]+|Én) vare', page)
    assert told, page[:3000]
    return 1 if told[1] == "Én" else int(told[1])


def test_favourites_and_what_was_bought_are_facets_that_count_right(site: Site) -> None:
    with site.town.work() as session:
        mette = site.town.by(session, "mette")
        ordering.set_favourite(session, site.town.items["soap"], True, mette)
    person = site.signed_in("mette")
    address = "/search?q=håndsæbe+engangshandsker"
    page = person.get(address)
    whole = found(page)
    assert chip(page, "favourite") == (1, False)
    chosen = person.get(f"{address}&favourite=1")
    assert found(chosen) == 1
    assert chip(chosen, "favourite") == (1, True)
    assert f'/items/{site.town.items["soap"]}"' in chosen
    # Another's favourites are no facet of mine.
    assert chip(site.signed_in("omar").get(address), "favourite") is None
    assert whole > 1
    # What holds for everything narrows nothing.
    assert found(person.get("/search?q=Håndsæbe")) == 1
    assert chip(person.get("/search?q=Håndsæbe"), "favourite") is None


def test_no_chosen_value_that_is_none_is_a_fault(site: Site) -> None:
    person = site.signed_in("mette")
    for bad in (
        "supplier=abc", "supplier=99999999999999999999", "label=x", "label=-1", "label=1e3", "agreement=²", "group=æ", "unit=%00",
        "bought=x", "favourite=", "supplier=1&supplier=x",
    ):  # fmt: skip
        page = unescape(person.get(f"/search?q=håndsæbe&{bad}"))
        assert "Noget gik galt" not in page, bad
    assert "Vi fandt ikke" in unescape(person.get("/search?q=%00%00zzqx"))


def test_grid_or_list_is_remembered_per_person(site: Site) -> None:
    mette = site.signed_in("mette")
    assert 'class="pcard' in mette.get("/search?q=håndsæbe")
    mette.post("/search/view", view="list", next="/search?q=håndsæbe")
    assert 'class="prow' in site.signed_in("mette").get("/search?q=håndsæbe")
    assert 'class="pcard' in site.signed_in("omar").get("/search?q=håndsæbe")


def test_a_search_with_facets_costs_the_database_a_bounded_number_of_questions(site: Site) -> None:
    person = site.signed_in("mette")
    person.get("/search?q=håndsæbe")
    with site.counting() as found:
        page = person.get(f"/search?q=håndsæbe&supplier={site.town.suppliers['hygiejnehuset']}")
    assert "Læg i kurv" in page
    assert len(found) <= 60, "\n".join(found)
    # Where filters leave nothing, what each of them takes away is searched for once.
    with site.counting() as empty:
        person.get("/search?q=håndsæbe&favourite=1&bought=1")
    assert len(empty) <= 60 + 2 * 25, "\n".join(empty)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_bought_is_chosen_and_taken_away_again(surf: Surf, scripts: bool) -> None:
    page = surf.signed_in("mette", scripts=scripts)
    page.goto(f"{surf.url}/search?q=bleer")
    told = page.locator("[role=status].lead").inner_text()
    number = page.locator("label.chip", has_text="Købt før").locator(".count").inner_text()

    def send() -> None:
        if not scripts:
            page.get_by_role("button", name="Vis", exact=True).first.click()

    page.locator("#chip-bought").check(force=True)
    send()
    expect(page.locator("[role=status].lead")).to_have_text("Én vare." if number == "1" else f"{number} varer.")
    expect(page.locator("#goods .pmeta", has_text=re.compile(r"Købt (én gang|\d+ gange)"))).to_have_count(int(number))
    page.locator("#chip-bought").uncheck(force=True)
    send()
    expect(page.locator("[role=status].lead")).to_have_text(told)


def test_on_a_phone_filters_are_a_sheet_that_stays_open_while_one_ticks(surf: Surf) -> None:
    page = surf.signed_in("mette", 390)
    page.goto(f"{surf.url}/search?q=håndsæbe")
    page.locator("summary#facet-sheet").click()
    box = page.locator(".facet-sheet input[type=checkbox]").first
    count = page.locator(".facet-sheet label.f .n").first.inner_text()
    box.check()
    show = page.get_by_role("button", name=f"Vis {count} varer")
    expect(show).to_be_visible()
    expect(page.locator(".facet-sheet input[type=checkbox]").first).to_be_checked()
    show.click()
    expect(page.locator(".facet-sheet input[type=checkbox]").first).not_to_be_visible()
    expect(page.locator("[role=status].lead")).to_have_text(f"{count} varer.")
    page.locator("summary#facet-sheet").click()
    page.locator(".facet-sheet input[type=checkbox]").first.uncheck()
    expect(page.locator("[role=status].lead")).not_to_have_text(f"{count} varer.")


def test_a_barcode_is_searched_for_by_the_camera_or_typed(surf: Surf) -> None:
    page = surf.signed_in("mette", 390)
    page.goto(f"{surf.url}/shop")
    page.get_by_role("link", name="Skan stregkode").click()
    expect(page.locator("[data-scan-said]")).to_contain_text("Kameraet er slået fra")
    expect(page.locator("[data-code]")).to_be_focused()
    page.locator("[data-code]").fill("HH-10022")
    page.locator("[data-scan-search]").get_by_role("button", name="Søg").click()
    expect(page.locator("#goods .pmeta").first).to_contain_text("HH-10022")


def test_the_stepper_repeats_the_sum_in_base_units(surf: Surf) -> None:
    page = surf.signed_in("mette")
    page.goto(f"{surf.url}/search?q=HH-10022")
    page.locator("#goods a.pname").click()
    expect(page.locator("[data-base]")).to_be_hidden()
    page.locator("#buy [data-more]").click()
    expect(page.locator("[data-base]")).to_have_text("2 kartoner = 24 stk.")
    expect(page.locator("#buy [data-sum]")).to_contain_text("Læg 2 i kurv")


def test_where_filters_leave_nothing_each_that_helps_can_be_taken_away(site: Site) -> None:
    person = site.signed_in("mette")
    other = site.town.suppliers["nordpapir"]
    whole = found(person.get("/search?q=håndsæbe"))
    page = unescape(person.get(f"/search?q=håndsæbe&supplier={other}&sort=price"))
    assert "Ingen varer passer til alle filtre." in page
    told = re.search(r'<a href="(/search[^"]*)">Fjern »([^«]+)« og se (én vare|\d+ varer)</a>', page)
    assert told, page
    left = person.get(told[1])
    assert found(left) == whole == (1 if told[3] == "én vare" else int(told[3].split()[0]))
    assert "supplier" not in told[1]
    assert "sort=price" in told[1]
    # Two filters that each leave nothing: neither alone helps, and nothing is promised.
    assert "Fjern »" not in unescape(person.get(f"/search?q=håndsæbe&supplier={other}&brand=Findesikke"))
    assert "Fjern »" not in unescape(person.get("/search?q=zzqxw"))


def test_a_range_of_comparison_prices_and_what_comes_soon_are_filters(surf: Surf) -> None:
    browser = surf.signed_in("mette", scripts=False)

    def read(asked: str) -> str:
        browser.goto(f"{surf.url}/search?q=håndsæbe{asked}")
        return browser.content()

    page = read("")
    whole, per = found(page), re.search(r'name="price_per" value="(\w+)"', page)
    assert per, "most of them are compared in one unit"
    shown = re.findall(r"([\d.,]+) kr\./liter", page)
    prices = sorted(Decimal(price.replace(".", "").replace(",", ".")) for price in shown)
    low = str(prices[len(prices) // 2]).replace(".", ",")
    dearer = read(f"&price_per={per[1]}&price_from={low}")
    assert 0 < found(dearer) < whole
    assert f'value="{low}"' in dearer
    for price in re.findall(r"([\d.,]+) kr\./liter", dearer):
        assert Decimal(price.replace(".", "").replace(",", ".")) >= prices[len(prices) // 2]
    # What is no price is told and not searched by; what nobody could have typed finds nothing and is no fault.
    wrong = read(f"&price_per={per[1]}&price_from=dyr")
    assert "Skriv en pris i kroner" in wrong
    assert found(wrong) == whole
    assert "Ingen varer passer til alle filtre" in read("&price_per=x';--&price_from=1")
    assert f"Fjern »Pris« og se {whole} varer" in read(f"&price_per={per[1]}&price_from=999999")
    assert chip(page, "soon") is None, "all of it comes within a week"
    browser.goto(f"{surf.url}/search?q=bord")
    whole, told = found(browser.content()), chip(browser.content(), "soon")
    assert told is not None
    browser.goto(f"{surf.url}/search?q=bord&soon=1")
    assert 0 < found(browser.content()) == told[0] < whole
