"""The pure rules of basket, coding and delivery day."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, Conflict
from ordering.basket_rules import Terms, checked_quantity, coded_amounts, hints, split_coding
from ordering.delivery_dates import WORKDAYS, DeliveryTerms, checked_day, earliest, order_before
from ordering.lifecycle import APPROVAL, ORDER, standing
from tests import builders

KR = Amount.of


@given(st.integers(1, 100_000))
def test_whole_numbers_of_a_counted_unit_pass(number: int) -> None:
    assert checked_quantity(number, "CT", 100_000) == number


@pytest.mark.parametrize(("quantity", "unit"), [("0.5", "KGM"), ("1.25", "HUR"), ("0.001", "LTR")])
def test_fractions_of_a_measured_unit_pass(quantity: str, unit: str) -> None:
    assert checked_quantity(quantity, unit, 10) == Decimal(quantity)


@pytest.mark.parametrize(
    ("quantity", "unit", "multiple", "minimum", "code", "values"),
    [
        ("0", "CT", None, None, "quantity_not_positive", {}),
        ("-1", "CT", None, None, "quantity_not_positive", {}),
        ("0.5", "CT", None, None, "quantity_not_whole", {"unit": "CT"}),
        ("1000000000", "CT", None, None, "quantity_too_large", {"largest": Decimal(1000)}),
        ("0.1234", "KGM", None, None, "quantity_too_fine", {"decimals": 3}),
        ("7", "CT", "6", None, "quantity_not_multiple", {"nearest": Decimal(12)}),
        ("2", "CT", None, "3", "quantity_below_minimum", {"minimum": Decimal(3)}),
        ("1,5", "KGM", None, None, "not_a_number", {}),
        ("1e3", "CT", None, None, "not_a_number", {}),
    ],
)
def test_what_cannot_be_ordered(
    quantity: str, unit: str, multiple: str | None, minimum: str | None, code: str, values: dict[str, object]
) -> None:
    with pytest.raises(BadInput) as refusal:
        checked_quantity(
            quantity, unit, 1000, Decimal(multiple) if multiple else None, Decimal(minimum) if minimum else None
        )
    assert refusal.value.code == code
    assert refusal.value.values.items() >= values.items()


@given(st.integers(1, 10_000_00), st.lists(st.integers(1, 99), min_size=1, max_size=6))
def test_a_split_is_exact_to_the_ore(ore: int, weights: list[int]) -> None:
    total = sum(weights)
    shares = [Decimal(100 * weight) / total for weight in weights[:-1]]
    rounded = [share.quantize(Decimal("0.01")) for share in shares]
    parts = [{"share": str(share), "coding": {"cost_centre": str(place)}} for place, share in enumerate(rounded)]
    parts.append({"share": str(100 - sum(rounded, Decimal(0))), "coding": {"cost_centre": "rest"}})
    if any(Decimal(part["share"]) <= 0 for part in parts):
        with pytest.raises(BadInput, match="split_share"):
            split_coding(parts)
        return
    coded = coded_amounts(Amount(ore), split_coding(parts), {"function": "5.25", "cost_centre": "1000"})
    assert Amount.sum(amount for _, amount in coded) == Amount(ore)
    assert all(coding["function"] == "5.25" for coding, _ in coded)


def test_a_split_that_is_not_whole_says_what_is_missing() -> None:
    with pytest.raises(BadInput) as refusal:
        split_coding([{"share": "60", "coding": {}}, {"share": "30", "coding": {}}])
    assert refusal.value.values == {"total": Decimal(90), "missing": Decimal(10)}
    assert split_coding([]) == []
    assert coded_amounts(KR("10"), [], {"art": "2.9"}) == [({"art": "2.9"}, KR("10"))]


def test_hints() -> None:
    terms = Terms(KR("500"), KR("75"), KR("1000"))
    said = hints(KR("430"), terms, KR("90"))
    assert (str(said.missing_to_minimum), str(said.missing_to_free_freight), str(said.freight)) == (
        "70.00",
        "570.00",
        "75.00",
    )
    assert not said.worth_combining
    assert hints(KR("1000"), terms, KR("90")).freight == NOTHING
    assert hints(KR("50"), Terms(), KR("90")).worth_combining
    assert hints(KR("50"), Terms(freight=KR("30")), KR("90")).freight == KR("30")


# A Monday at 13.00 in Denmark.
MONDAY = datetime(2026, 5, 11, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (None, date(2026, 5, 12)),
        (2, date(2026, 5, 13)),
        ("2", date(2026, 5, 13)),
        ([2, 4], date(2026, 5, 12)),
        (["thu"], date(2026, 5, 14)),
        ({"lead": 1, "weekdays": [2, 4], "cut_off": "12:00"}, date(2026, 5, 14)),
        ({"lead": 5}, date(2026, 5, 18)),
        ("hver tirsdag", date(2026, 5, 12)),
    ],
)
def test_the_earliest_day(stated: object, expected: date) -> None:
    assert earliest(DeliveryTerms.of(stated), MONDAY) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (2, None),
        # It is Tuesday 11.20 in Denmark: within today's cut-off, and tomorrow's does for Thursday's round too.
        ({"lead": 1, "weekdays": [2, 4], "cut_off": "12:00"}, (13, 12)),
        ({"lead": 2, "weekdays": [2, 4], "cut_off": "12:00"}, (12, 12)),
        ({"lead": 2, "cut_off": "11:20"}, (12, 11)),
        ({"lead": 2, "cut_off": "11:00"}, (13, 11)),
    ],
)
def test_until_when_the_day_holds(stated: object, expected: tuple[int, int] | None) -> None:
    last = order_before(DeliveryTerms.of(stated), builders.NOW)
    assert (None if last is None else (last.day, last.hour)) == expected
    if last is not None:
        first = earliest(DeliveryTerms.of(stated), builders.NOW)
        assert earliest(DeliveryTerms.of(stated), last) == first
        assert earliest(DeliveryTerms.of(stated), last + timedelta(minutes=1)) > first


def test_the_cut_off_is_danish_time() -> None:
    terms = DeliveryTerms(1, None, time(13, 0))
    assert earliest(terms, datetime(2026, 5, 11, 11, 0, tzinfo=UTC)) == date(2026, 5, 12)
    assert earliest(terms, datetime(2026, 5, 11, 11, 1, tzinfo=UTC)) == date(2026, 5, 13)
    assert earliest(terms, datetime(2026, 1, 12, 12, 0, tzinfo=UTC)) == date(2026, 1, 13)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [(15, 11, 18), (15, 13, 19), (16, 9, 19), (17, 9, 19), (18, 11, 19), (18, 13, 20)],
    ids=["Friday in time", "Friday too late", "Saturday", "Sunday", "Monday in time", "Monday too late"],
)
def test_what_is_ordered_when_nobody_works_counts_as_monday(day: int, hour: int, expected: int) -> None:
    terms = DeliveryTerms(1, None, time(12, 0))
    at = datetime(2026, 5, day, hour - 2, 0, tzinfo=UTC)
    assert earliest(terms, at) == date(2026, 5, expected)
    last = order_before(terms, at)
    assert last is not None
    assert last.isoweekday() in WORKDAYS


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (date(2026, 5, 11), "delivery_too_early"),
        (date(2026, 5, 16), "delivery_closed"),
        (date(2028, 5, 16), "delivery_too_far"),
    ],
)
def test_a_day_that_cannot_be_kept(wanted: date, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        checked_day(wanted, DeliveryTerms(1), MONDAY)
    assert refusal.value.code == code


def test_the_lives_are_whole() -> None:
    for workflow in (ORDER, APPROVAL):
        reached = {move.reached for move in workflow.moves.values()} | {workflow.start}
        assert reached == workflow.states
    assert {standing(state) for state in ORDER.states} == {"not_sent", "open", "closed", "cancelled"}
    with pytest.raises(Conflict, match="not_now"):
        ORDER.after("closed", "send")
