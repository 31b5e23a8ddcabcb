"""Order numbers: the check letter, and that no two are alike however many order at once (see test_concurrency for threads)."""

from hypothesis import given
from hypothesis import strategies as st

from ordering.order_numbers import FIRST, LETTERS, check_letter, compose, draw, number_key, well_formed
from tests.builders import Town

RUNNING = st.integers(FIRST, 9_999_999)


def test_the_worked_example() -> None:
    assert check_letter("2610418") == "U"
    assert compose(2026, 10418) == "B-26-10418U"
    assert well_formed("b 26 10418 u".replace(" ", "-"))
    assert number_key(" b-26-10418 u") == "B2610418U"


@given(RUNNING, st.data())
def test_a_changed_character_is_seen(running: int, data: st.DataObject) -> None:
    number = compose(2026, running)
    places = [place for place, sign in enumerate(number) if sign.isdigit() or place == len(number) - 1]
    place = data.draw(st.sampled_from(places))
    signs = "0123456789" if number[place].isdigit() else LETTERS
    other = data.draw(st.sampled_from([sign for sign in signs if sign != number[place]]))
    assert well_formed(number)
    assert not well_formed(number[:place] + other + number[place + 1 :])


@given(RUNNING, st.data())
def test_two_swapped_digits_are_seen(running: int, data: st.DataObject) -> None:
    number = compose(2026, running)
    digits = [place for place, sign in enumerate(number) if sign.isdigit()]
    one, two = data.draw(st.sampled_from(digits)), data.draw(st.sampled_from(digits))
    signs = list(number)
    signs[one], signs[two] = signs[two], signs[one]
    swapped = "".join(signs)
    assert well_formed(swapped) is (swapped == number)


@given(st.integers(FIRST, 99_999), st.data())
def test_a_missing_character_is_seen(running: int, data: st.DataObject) -> None:
    """Of the first 90,000 numbers of a year, one digit less is too short, and without the letter nothing is checked."""
    number = compose(2026, running)
    place = data.draw(st.sampled_from([place for place, sign in enumerate(number) if sign.isalnum()]))
    assert not well_formed(number[:place] + number[place + 1 :])


def test_numbers_follow_each_other_and_begin_anew_each_year(town: Town) -> None:
    with town.work() as session:
        drawn = [draw(session, 2026) for _ in range(3)] + [draw(session, 2027)]
    assert [number[:10] for number in drawn] == ["B-26-10000", "B-26-10001", "B-26-10002", "B-27-10000"]
    assert all(well_formed(number) for number in drawn)
    with town.work() as session:
        assert draw(session, 2026).startswith("B-26-10003")


def test_a_number_that_was_not_used_after_all_is_given_again(town: Town) -> None:
    class Regret(Exception):
        pass

    try:
        with town.work() as session:
            first = draw(session, 2026)
            raise Regret
    except Regret:
        pass
    with town.work() as session:
        assert draw(session, 2026) == first
