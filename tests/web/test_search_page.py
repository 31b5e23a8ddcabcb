"""The search page tells on each card what one chooses by."""

import re

from tests.web.conftest import Surf


def test_a_card_tells_when_it_comes_whether_it_was_bought_before_and_which_is_cheapest(surf: Surf) -> None:
    page = surf.signed_in("mette", scripts=False)
    page.goto(f"{surf.url}/search?q=bleer")
    assert page.locator("h1").inner_text() == "Bleer"
    cards = page.locator("#goods").inner_text()
    assert "kr./kg" not in cards, "a diaper is compared by the piece, not by the child's weight"
    assert "kr./stk." in cards
    assert cards.count("Billigst pr. stk.") == 1
    assert "Købt før" in cards
    assert len(re.findall(r"Levering (?:mandag|tirsdag|onsdag|torsdag|fredag) \d", cards)) >= 10
