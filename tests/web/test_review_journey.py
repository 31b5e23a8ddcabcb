"""The purchasing lead reviews the demo's next catalogue in a browser: from the counter in the menu to what the orderer pays."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Surf

Axe = Callable[[Page], list[str]]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_catalogue_is_reviewed_and_goes_live(surf: Surf, axe: Axe, scripts: bool) -> None:
    page = surf.signed_in("kim", scripts=scripts)
    page.get_by_role("link", name=re.compile("^Kataloger")).first.click()
    page.locator("tbody tr", has_text="Afventer dig").get_by_role("link").first.click()
    expect(page.locator("h1")).to_have_text("Gennemgå katalog")
    page.get_by_role("link", name="Størst betydning først").click()
    worst = page.locator("tbody tr").first
    expect(worst).to_contain_text("Mulig kommafejl")
    expect(worst).to_contain_text("+9.900,0")
    expect(worst.locator("input[name=line]")).not_to_be_checked()
    if scripts:
        axe(page)
    page.get_by_role("link", name=re.compile("^Over regulering")).click()
    above = page.locator("tbody tr")
    expect(above).to_have_count(3)
    number = re.search(r"HH-\d+", above.first.inner_text())
    assert number
    above.first.locator("label.choice").click()  # the pair of words is the tick
    expect(above.first.locator("input[name=line]")).to_be_checked()
    page.get_by_role("button", name="Gem valgene", exact=True).first.click()  # beside "Afgør", in sight all the way
    expect(page.locator("tbody tr", has_text=number[0]).locator("input[name=line]")).to_be_checked()
    page.get_by_label("Gælder fra").fill(
        "2026-05-12"
    )  # one rise came later than its notice: the page proposes the day it may count from
    page.get_by_role("button", name="Godkend det valgte").click()
    expect(page.locator("main")).to_contain_text("Kataloget er i brug")
    expect(page.locator("h1 + .badge")).to_have_text("I brug")
    page.get_by_role("link", name=re.compile("^Udeladt")).click()
    expect(page.locator("main")).not_to_contain_text(number[0])
    expect(page.get_by_role("heading", name="Tag versionen tilbage")).to_be_visible()
    page.get_by_label("Hvorfor?").fill("Leverandøren sendte det forkerte ark")
    page.get_by_role("button", name="Tag versionen tilbage").click()
    expect(page.locator("main")).to_contain_text("Det, den afløste, gælder igen")
