"""The search page tells on each card what one chooses by."""

import re
from html import unescape

from tests.web.conftest import Site, Surf


def test_a_card_tells_when_it_comes_whether_it_was_bought_before_and_which_is_cheapest(surf: Surf) -> None:
    page = surf.signed_in("mette", scripts=False)
    page.goto(f"{surf.url}/search?q=bleer")
    assert page.locator("h1").inner_text() == "Bleer"
    cards = page.locator("#goods").inner_text()
    assert "kr./kg" not in cards, "a diaper is compared by the piece, not by the child's weight"
    assert "kr./stk." in cards
    assert cards.count("Billigst pr. stk.") == 1
    assert re.search(r"Købt (?:én gang|[\d.]+ gange)", cards)
    assert len(re.findall(r"Levering (?:mandag|tirsdag|onsdag|torsdag|fredag) \d", cards)) >= 10


def test_a_mistyped_word_is_corrected_aloud_and_the_original_offered(site: Site) -> None:
    mette = site.signed_in("mette")
    page = unescape(mette.get("/search?q=håndsebe"))
    assert "Vi rettede »håndsebe« til »håndsæbe«." in page
    assert re.search('<li aria-current="page">Håndsæbe</li>', page)
    (original,) = re.findall(r'href="([^"]+)">Søg på »håndsebe« i stedet', page)
    again = unescape(mette.get(original))
    assert "Vi rettede" not in again
    assert "Vi fandt ikke »håndsebe«" in again
    assert "Bed Indkøb om at finde varen" in again


def test_what_finds_nothing_waits_on_the_purchasing_leads_list(site: Site) -> None:
    mette = site.signed_in("mette")
    for _ in range(2):
        mette.get("/search?q=enhjørningefoder")
    page = unescape(site.signed_in("kim").get("/search-words"))
    row = next(one for one in re.findall(r"<tr.*?</tr>|<li.*?</li>", page, re.S) if "enhjoerningefoder" in one)
    assert "2" in re.sub("<[^>]+>", " ", row)
