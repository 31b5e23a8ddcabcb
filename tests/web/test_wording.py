"""How money, days, numbers and units are written, and that every text is there in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from eshop import translations, wording
from eshop.amounts import Amount, Percent, Quantity


@pytest.mark.parametrize(
    ("ore", "danish", "english"),
    [
        (159860, "1.598,60\u00a0kr.", "1,598.60\u00a0kr."),
        (0, "0,00\u00a0kr.", "0.00\u00a0kr."),
        (-120000, "−1.200,00\u00a0kr.", "−1,200.00\u00a0kr."),
        (123456789012, "1.234.567.890,12\u00a0kr.", "1,234,567,890.12\u00a0kr."),
    ],
)
def test_money(ore: int, danish: str, english: str) -> None:
    assert wording.kroner(Amount(ore)) == danish
    assert wording.kroner(Amount(ore), "en") == english


def test_signs_are_typographic_and_said_when_asked() -> None:
    assert wording.kroner(Amount(2410), signed=True) == "+24,10\u00a0kr."
    assert wording.percent(Decimal("-6.1"), signed=True) == "−6,1\u00a0%"
    assert wording.number(Decimal("-0.5")) == "−0,5"


def test_days_have_a_year_only_when_it_is_not_this_one() -> None:
    day = date(2026, 5, 14)
    assert wording.day(day, this_year=2026) == "14. maj"
    assert wording.day(day, this_year=2025) == "14. maj 2026"
    assert wording.day(day, weekday=True, this_year=2026) == "torsdag 14. maj"
    assert wording.day(day, "en", weekday=True, this_year=2026) == "Thursday 14 May"


def test_moments_are_in_danish_time() -> None:
    assert wording.moment(datetime(2026, 5, 12, 7, 20, tzinfo=UTC), this_year=2026) == "12. maj kl. 9.20"
    assert wording.moment(datetime(2026, 1, 12, 23, 5, tzinfo=UTC), this_year=2026) == "13. januar kl. 0.05"


@pytest.mark.parametrize(
    ("number", "code", "danish", "english"),
    [
        ("1", "CT", "1\u00a0karton", "1\u00a0carton"),
        ("2", "XCT", "2\u00a0kartoner", "2\u00a0cartons"),
        ("5.3", "KGM", "5,3\u00a0kg", "5.3\u00a0kg"),
        ("12", "C62", "12\u00a0stk.", "12\u00a0pieces"),
        ("1", "QQQ", "1\u00a0QQQ", "1\u00a0QQQ"),
    ],
)
def test_quantities(number: str, code: str, danish: str, english: str) -> None:
    assert wording.quantity(Decimal(number), code) == danish
    assert wording.quantity(Decimal(number), code, "en") == english


def test_prices_keep_the_decimals_they_have() -> None:
    assert wording.price(Decimal("178.8")) == "178,80"
    assert wording.price(Decimal("0.0475")) == "0,0475"


def test_values_in_sentences_are_written_as_people_write_them() -> None:
    shown = {
        Amount(4500): "45,00\u00a0kr.",
        Percent(Decimal(2)): "2,0\u00a0%",
        Quantity(Decimal(3), "CT"): "3\u00a0kartoner",
        Decimal("2.50"): "2,5",
        date(2026, 5, 14): "14. maj 2026",
        None: "–",
        True: "ja",
    }
    assert {value: wording.shown_value(value) for value in shown} == shown


def test_a_sentence_that_misses_a_value_still_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "sentences", lambda: {"planted": ("Costs {amount}.", "Koster {amount}.")})
    assert wording.sentence("planted", {"amount": Amount(100)}) == "Koster 1,00\u00a0kr."
    assert wording.sentence("planted", {}) == "Koster …."
    assert wording.sentence("unknown_code") == "unknown code"


def test_no_code_is_worded_in_two_ways() -> None:
    assert wording.conflicts() == []


def test_the_parts_of_the_danish_texts_agree_and_lack_nothing() -> None:
    assert translations.missing() == []
    assert len(translations.merged()) > 400
