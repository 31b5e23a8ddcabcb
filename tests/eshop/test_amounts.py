"""Money is whole øre, quantities are exact, and rounding happens once, half away from zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eshop.amounts import Amount, Percent, Price, Quantity, canonical_unit, exact, plain, round_half_away, same_unit
from eshop.errors import BadInput


@pytest.mark.parametrize(
    ("kroner", "ore"), [("0.125", 13), ("-0.125", -13), ("0.124", 12), ("2.005", 201), ("-2.005", -201), ("0", 0)]
)
def test_half_is_rounded_away_from_zero(kroner: str, ore: int) -> None:
    assert Amount.rounded(Decimal(kroner)).ore == ore


@pytest.mark.parametrize("text", ["NaN", "1.234,50", "1e3", "Infinity", "", " ", "١٢", "1_000", "0x1", "--1", "1.2.3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        exact(text)
    assert refused.value.code == "not_a_number"


def test_a_number_of_thirty_digits_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        exact("9" * 30)
    assert refused.value.code == "number_too_long"


def test_an_amount_has_two_decimals() -> None:
    assert str(Amount.of("1598.6")) == "1598.60"
    assert str(Amount.of("-0.05")) == "-0.05"
    with pytest.raises(BadInput, match="amount_too_fine"):
        Amount.of("0.125")


def test_no_float_becomes_money() -> None:
    with pytest.raises(TypeError):
        Amount(1.0)  # type: ignore[arg-type]


@given(st.integers(-(10**14), 10**14), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_shares_add_up_to_the_whole(ore: int, weights: list[int]) -> None:
    shares = Amount(ore).split(weights)
    assert Amount.sum(shares) == Amount(ore)
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.ore - Decimal(ore) * weight / total) < 1


def test_a_hundred_kroner_in_three() -> None:
    assert [str(share) for share in Amount.of("100").split([1, 1, 1])] == ["33.34", "33.33", "33.33"]


def test_shares_need_a_weight() -> None:
    for weights in ([], [0, 0], [1, -1]):
        with pytest.raises(BadInput, match="no_weight"):
            Amount(100).split(weights)


@given(st.integers(-(10**15), 10**15))
def test_an_amount_is_what_it_says(ore: int) -> None:
    assert Amount.of(str(Amount(ore))) == Amount(ore)


def test_a_price_knows_its_base_quantity_and_factor() -> None:
    carton = Price(Decimal(30), base_quantity=Decimal(10), factor=Decimal(12))
    assert carton.per_order_unit == 36
    assert str(carton.total(Decimal(3))) == "108.00"
    assert str(Price(Decimal("0.0475")).total(Decimal(1000))) == "47.50"
    with pytest.raises(BadInput, match="price_basis_not_positive"):
        Price(Decimal(1), base_quantity=Decimal(0))


def test_twins_are_one_unit_and_others_are_not() -> None:
    assert same_unit("C62", "EA")
    assert same_unit("XBX", "BX")
    assert not same_unit("EA", "KGM")
    assert canonical_unit("KGM") == "KGM"
    assert Quantity.of(2, "C62") + Quantity.of(3, "EA") == Quantity.of(5, "C62")
    with pytest.raises(BadInput, match="different_units"):
        Quantity.of(2, "KGM") + Quantity.of(3, "EA")


def test_a_percent_of_an_amount() -> None:
    assert Percent.of("25").part_of(Amount.of("100.02")) == Amount.of("25.01")


def test_numbers_are_shown_plainly() -> None:
    assert [plain(Decimal(text)) for text in ("12.500", "1E+2", "0.00", "-0")] == ["12.5", "100", "0", "0"]
    assert round_half_away(Decimal("0.125"), Decimal("0.01")) == Decimal("0.13")
