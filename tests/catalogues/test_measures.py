"""What a name says is in it, and when that may be compared."""

from decimal import Decimal

import pytest

from catalogues.measures import comparison_price, measures

FOOD, DIAPERS, BAGS, SOAP = "50221101", "53102305", "24111503", "53131608"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Håndsæbe 12 x 500 ml", {"LTR": Decimal(6)}),
        ("Hvedemel 2 kg", {"KGM": Decimal(2)}),
        ("Rugbrød skiveskåret 950 g, 10 stk.", {"KGM": Decimal("0.95"), "EA": Decimal(10)}),
        ("Bleer str. 4, 7–16 kg", {}),
        ("Bleer str. 4, 7-16 kg", {}),
        ("Bleer str. 6, 16+ kg", {}),
        ("Badebleer op til 16 kg", {}),
        ("Kopipapir A4 80 g/m²", {}),
        ("Blanding 500 g og 250 g", {}),
    ],
)
def test_what_a_name_says_is_in_it(name: str, said: dict[str, Decimal]) -> None:
    assert measures(name) == said


@pytest.mark.parametrize(
    ("price", "unit", "content", "name", "unspsc", "compared"),
    [
        ("240", "CT", "12", "Opvaskemiddel 1 l", "47131810", ("20.0000", "LTR")),
        ("240", "CT", "12", "Sæbe 12 x 1 l", SOAP, ("20.0000", "LTR")),
        ("240", "CT", "12", "Sæbe 6 x 1 l", SOAP, ("20.0000", "EA")),
        ("30", "EA", None, "Hvedemel 2 kg", FOOD, ("15.0000", "KGM")),
        # 216.15 kr. for 168 diapers is 1.29 kr. each, whatever the child weighs.
        ("216.15", "CT", "168", "Bleer str. 4, 7–16 kg", DIAPERS, ("1.2866", "EA")),
        ("216.15", "CT", "168", "Bleer til 9 kg", DIAPERS, ("1.2866", "EA")),
        ("100", "CT", "200", "Affaldssæk 60 l", BAGS, ("0.5000", "EA")),
        ("100", "EA", None, "Mel 2 kg", None, ("100.0000", "EA")),
    ],
)
def test_a_name_is_compared_by_content_only_where_the_item_is_sold_by_it(
    price: str, unit: str, content: str | None, name: str, unspsc: str | None, compared: tuple[str, str]
) -> None:
    quantity = None if content is None else Decimal(content)
    found = comparison_price(Decimal(price), unit, quantity, None if content is None else "EA", name, unspsc)
    assert found == (Decimal(compared[0]), compared[1])


def test_nothing_is_compared_where_the_line_does_not_say_how_much_there_is() -> None:
    assert comparison_price(Decimal(10), "CT", None, None, "Sæbe 1 l", SOAP) is None
