"""The search page tells on each card what one chooses by."""

import re

from tests.web.conftest import Site


def test_a_card_tells_when_it_comes_whether_it_was_bought_before_and_which_is_cheapest(site: Site) -> None:
    mette = site.signed_in("mette")
    page = mette.get("/search?q=bleer")
    assert "kr./kg" not in page, "a diaper is compared by the piece, not by the child's weight"
    assert "kr./stk." in page
    assert page.count("Billigst pr. stk.") == 1
    assert "Købt før" in page
    assert len(re.findall(r"Levering (mandag|tirsdag|onsdag|torsdag|fredag) \d", page)) >= 10
    assert '<h1 class="wrap">Bleer</h1>' in page
