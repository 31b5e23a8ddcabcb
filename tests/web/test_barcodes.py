"""The label for a shelf: its bars are those of the standard, and say what the search finds the item by."""

import re
from html import unescape

import pytest

from eshop.web.barcodes import _SYMBOLS, bars, can_say, symbols
from tests.web.conftest import Site


def test_every_symbol_is_eleven_wide_even_in_its_bars_and_one_of_its_kind() -> None:
    assert len(set(_SYMBOLS)) == len(_SYMBOLS) == 107
    for symbol in _SYMBOLS[:-1]:
        widths = [int(one) for one in symbol]
        assert (len(widths), sum(widths), sum(widths[::2]) % 2) == (6, 11, 0), symbol
    assert _SYMBOLS[-1] == "2331112"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # Start B, the letters, (104 + 1·48 + 2·42 + 3·42 + 4·17 + 5·18 + 6·19 + 7·35) mod 103, stop: the example of the textbooks.
        ("PJJ123C", [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]),
        ("5701", [105, 57, 1, (105 + 57 + 2) % 103, 106]),
        ("57012", [105, 57, 1, 100, 18, (105 + 57 + 2 + 300 + 72) % 103, 106]),
        ("12", [104, 17, 18, (104 + 17 + 36) % 103, 106]),
    ],
)
def test_what_is_said(text: str, said: list[int]) -> None:
    assert symbols(text) == said
    drawn, width = bars(text)
    assert width == 20 + 11 * (len(said) - 1) + 13
    assert drawn[0] == (10, 2)
    assert sum(drawn[-1]) == width - 10


def test_what_cannot_be_said_is_not() -> None:
    assert not any(can_say(one) for one in ("", "SÆBE-1", "x" * 41, "a\n"))
    with pytest.raises(ValueError, match="SÆBE"):
        symbols("SÆBE-1")


def test_a_label_has_the_bars_of_the_item_and_the_items_page_leads_to_it(site: Site) -> None:
    soap = site.town.items["soap"]
    mette = site.signed_in("mette")
    page = unescape(mette.get(f"/items/{soap}"))
    assert f'href="/items/{soap}/label"' in page
    assert "Læg 1 i kurv · 178,80 kr." in page
    label = unescape(mette.get(f"/items/{soap}/label"))
    (code,) = re.findall(r'aria-label="Stregkode med ([^"]+)"', label)
    drawn, _ = bars(code)
    assert [(int(x), int(width)) for x, width in re.findall(r'<rect x="(\d+)" width="(\d+)"', label)] == drawn
    found = unescape(mette.get(f"/search?q={code}"))
    assert f'href="/items/{soap}"' in found
