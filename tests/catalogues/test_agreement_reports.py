"""What needs a purchasing lead's attention among the agreements (DOMAIN §2): pairs that cover the same, what ends without anything
after it, and which of several goes first."""

from datetime import date
from typing import Any

import pytest

import catalogues
from eshop.db import Database
from eshop.identity import Actor, the_municipality
from tests.catalogues.documents import TODAY, agreement, catalogue, line, load, town

OTHER = {"cvr": "10002001", "gln": "5790010000026", "name": "Kontorgros A/S"}


@pytest.fixture
def by(database: Database) -> Actor:
    return town(database)


def made(database: Database, by: Actor, *rows: dict[str, Any]) -> None:
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, rows, by)


def one(number: str, start: str | None, end: str | None, *prefixes: str, **said: Any) -> dict[str, Any]:
    return agreement(number, unspsc=list(prefixes), **{"from": start, "to": end} | said)


FIRST = one("A", "2026-01-01", "2026-12-31", "4713", "14")


@pytest.mark.parametrize(
    ("second", "shared"),
    [
        (one("B", "2026-12-31", "2027-12-31", "47", supplier=OTHER), ("4713",)),
        (one("B", "2026-06-01", None, "471315", "1411", supplier=OTHER), ("1411", "471315")),
        (one("B", "2026-01-01", "2026-12-31", "47", level="own"), ("4713",)),
        (
            one("B", "2027-01-01", "2027-12-31", supplier=OTHER, lots=[{"number": "1", "title": "x", "unspsc": ["14"]}]),
            None,
        ),
        (
            one("B", "2026-12-01", "2027-12-31", supplier=OTHER, lots=[{"number": "1", "title": "x", "unspsc": ["14"]}]),
            ("14",),
        ),
        (one("B", "2027-01-01", "2027-12-31", "4713", supplier=OTHER), None),
        (one("B", "2025-01-01", "2025-12-31", "4713", supplier=OTHER), None),
        (one("B", "2026-01-01", "2026-12-31", "46", supplier=OTHER), None),
        (one("B", "2026-01-01", "2026-12-31", "4713"), None),
        (one("B", "2026-01-01", "2026-12-31", supplier=OTHER), None),
    ],
    ids=[
        "a day together", "narrower groups", "another level", "a lot, the day after", "a lot, a month together", "the day after",
        "before", "another group", "the same supplier and level", "nothing said of what it covers",
    ],
)  # fmt: skip
def test_two_that_cover_the_same_at_the_same_time_are_told(
    database: Database, by: Actor, second: dict[str, Any], shared: tuple[str, ...] | None
) -> None:
    made(database, by, FIRST, second)
    with database.read(by.municipality_id) as session:
        found = catalogues.parallel_agreements(session, TODAY)
    assert [(pair.one.number, pair.other.number, pair.prefixes) for pair in found] == (
        [] if shared is None else [("A", "B", shared)]
    )


def test_an_extension_that_is_used_makes_two_parallel_and_an_option_does_not(database: Database, by: Actor) -> None:
    option = {"to": "2027-12-31", "notify_by": None, "used": False}
    made(database, by, FIRST | {"options": [option]}, one("B", "2027-01-01", "2027-12-31", "4713", supplier=OTHER))
    with database.work(by.municipality_id) as session:
        assert catalogues.parallel_agreements(session, TODAY) == []
        (first,) = catalogues.find_agreements(session, "A")
        catalogues.extend(session, first, by)
        (pair,) = catalogues.parallel_agreements(session, TODAY)
        assert pair.prefixes == ("4713",)


def test_what_ends_within_nine_months_without_a_successor_is_told(database: Database, by: Actor) -> None:
    made(
        database,
        by,
        one("ends", "2024-01-01", "2026-12-31", "47"),
        one("later", "2024-01-01", "2027-03-31", "48"),
        one("followed", "2024-01-01", "2026-10-31", "14"),
        one("follower", "2026-11-01", None, "1411", supplier=OTHER),
        one("gap", "2024-01-01", "2026-09-30", "50"),
        one("too late", "2026-10-15", None, "50", supplier=OTHER),
        one("extended", "2024-01-01", "2026-06-30", "60", options=[{"to": "2028-06-30", "notify_by": None, "used": True}]),
        one("forever", "2024-01-01", None, "70"),
        one("not yet", "2026-08-01", "2026-12-01", "80"),
        one("gone", "2024-01-01", "2026-03-31", "90"),
        one("gone and followed", "2024-01-01", "2026-03-31", "4810"),
        one("long gone", "2020-01-01", "2024-12-31", "91"),
    )  # fmt: skip
    with database.read(by.municipality_id) as session:
        soon = [found.number for found in catalogues.ending_without_successor(session, TODAY)]
        gone = [found.number for found in catalogues.ended_without_successor(session, TODAY)]
        # From 4 May nine months reach to 4 February; from 1 July on March is within them.
        assert soon == ["gap", "ends"]
        assert gone == ["gone"]
        july = [found.number for found in catalogues.ending_without_successor(session, date(2026, 7, 1))]
        assert july == ["gap", "ends", "later"]


def test_of_several_agreements_on_the_same_the_one_that_goes_first_is_found_first(
    database: Database, by: Actor
) -> None:
    """Joint mandatory, then the community's, then one's own, unless the municipality set otherwise."""

    def found() -> list[str]:
        with database.read(by.municipality_id) as session:
            hits = catalogues.search(session, "håndsæbe", None, TODAY).hits
            return [hit.offer.agreement_number for hit in hits]

    levels = {"own": "own", "com": "community", "man": "joint_mandatory"}
    made(database, by, *(agreement(number, level=level) for number, level in levels.items()))
    for number, price in zip(levels, ("200.00", "220.00", "240.00"), strict=True):
        soap = line("1", number="S-1", name="Håndsæbe mild 700 ml", price=price)
        load(database, by, catalogue([soap], contract=number), accept="all")
    # The same item of one supplier is one hit, on the agreement that goes first, though another is cheaper.
    assert found() == ["man"]
    made(database, by, agreement("com", level="community", precedence=1))
    assert found() == ["com"]
    made(database, by, agreement("com", level="community", precedence=1, to="2026-05-03"))
    assert found() == ["man"]


def test_how_far_ahead_is_looked_is_the_municipalitys_own(database: Database, by: Actor) -> None:
    made(database, by, one("ends", "2024-01-01", "2027-03-31", "48"))
    with database.work(by.municipality_id) as session:
        assert catalogues.ending_without_successor(session, TODAY) == []
        the_municipality(session).settings = {"successor_months": 12}
        assert [found.number for found in catalogues.ending_without_successor(session, TODAY)] == ["ends"]
