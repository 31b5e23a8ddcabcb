"""An item without a picture is shown by what it is."""

import re
from pathlib import Path

import pytest

import eshop.web
from eshop.web.pictograms import BY_CODE, BY_WORD, pictogram


def test_every_pictogram_is_drawn() -> None:
    sheet = (Path(eshop.web.__file__).parent / "static" / "goods.svg").read_text(encoding="utf-8")
    assert {found for _, found in BY_CODE + BY_WORD} <= set(re.findall(r'<symbol id="(\w+)"', sheet))


@pytest.mark.parametrize(
    ("name", "unspsc", "shown"),
    [
        ("Håndsæbe, mild, 500 ml med pumpe", "53131608", "pump"),
        ("Håndsæbe, mild, 5 liter dunk", "53131608", "can"),
        ("Opvaskemiddel, æble, 1 liter", "47131810", "pump"),
        ("LED-pære E27, 8 W", "39101600", "bulb"),
        ("Ringbind A4", "44122003", "paper"),
        ("Æbler, danske", "50301501", "fruit"),
        ("Sikkerhedssko S3", "46181604", "shoe"),
        ("Skruetrækker", "27111701", "tool"),
        ("Noget helt andet", None, "card"),
    ],
)
def test_what_an_item_is_shown_by(name: str, unspsc: str | None, shown: str) -> None:
    assert pictogram(name, unspsc) == shown
