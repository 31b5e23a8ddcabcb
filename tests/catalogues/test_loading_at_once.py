"""Catalogues that are loaded, accepted and taken back at the same moment, as when several suppliers deliver at the turn of a month: nobody
locks anybody out, no word is lost from what is offered while typing, and one agreement's versions stay in order."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

import catalogues
from catalogues.begun import KEPT_AT_EACH_END, WordItems
from catalogues.vocabulary import Word
from eshop import audit
from eshop.db import Database
from eshop.errors import Conflict
from eshop.identity import Actor
from tests.at_once import at_once
from tests.catalogues.documents import agreement, catalogue, line, load, town

KINDS = ("håndsæbe", "kuglepen", "kopipapir", "engangshandske", "skurecreme", "affaldspose", "filterkaffe", "batteri")
SUPPLIERS = 4
SUPPLIER = "10001978"
LINES = 120


@pytest.fixture
def by(database: Database, monkeypatch: pytest.MonkeyPatch) -> Actor:
    # Chunks so small that every load has many, and several are under way at any time.
    monkeypatch.setattr("catalogues.loading.CHUNK", 20)
    actor = town(database)
    with database.work(actor.municipality_id) as session:
        catalogues.load_agreements(session, [agreement(f"50.4{number}") for number in range(SUPPLIERS)], actor)
    return actor


def soaps(number: int, first: int = 0, blocks: bool = False) -> list[dict[str, Any]]:
    """The same words as everybody's, each time in another order, and one of one's own in every line. `blocks`: all lines with a word stand
    together, so that each chunk has other words."""
    turn = KINDS[2 * number :] + KINDS[: 2 * number]
    return [
        line(
            str(first + one),
            number=f"V{number}-{first + one}",
            name=f"{turn[one * len(turn) // LINES if blocks else one % len(turn)].title()} {own(number, first + one)}",
        )
        for one in range(LINES)
    ]


def own(number: int, one: int) -> str:
    """A word that only this line has, of letters alone."""
    return "x" + "".join(chr(ord("a") + int(digit)) for digit in f"{number}{one:04d}") + "x"


def words_of(database: Database, by: Actor, number: str) -> dict[str, list[int]]:
    with database.read(by.municipality_id) as session:
        (one,) = catalogues.find_agreements(session, number)
        rows = session.execute(select(WordItems.text, WordItems.items).where(WordItems.agreement_id == one.id))
        return {text: [int(item) for item in items.split()] for text, items in rows}


def test_many_suppliers_at_once_lose_no_word(database: Database, by: Actor) -> None:
    def deliver(number: int) -> Callable[[], None]:
        def act() -> None:
            for version in range(1, 3):
                lines = soaps(number, first=version * 1000)
                document = catalogue(lines, contract=f"50.4{number}", id=f"K{number}-{version}", version=str(version))
                load(database, by, document, accept="all")

        return act

    assert at_once([deliver(number) for number in range(SUPPLIERS)]) == []
    for number in range(SUPPLIERS):
        kept = words_of(database, by, f"50.4{number}")
        for version in range(1, 3):
            missing = [one for place in range(LINES) if (one := own(number, version * 1000 + place)) not in kept]
            assert not missing, (number, version, missing[:3])
        common = [items for text, items in kept.items() if text.startswith(("haandsaeb", "batter"))]
        assert len(common) == 2
        assert all(len(items) == len(set(items)) == 2 * KEPT_AT_EACH_END for items in common)
    with database.read(by.municipality_id) as session:
        counted = dict(session.execute(select(Word.text, Word.lines)).all())
        assert counted["haandsaeb"] == SUPPLIERS * 2 * LINES // len(KINDS)


def test_accepting_and_taking_back_while_others_load(database: Database, by: Actor) -> None:
    first = [load(database, by, catalogue(soaps(number), contract=f"50.4{number}")) for number in range(SUPPLIERS)]
    accepted = threading.Event()

    def decide() -> None:
        for version in first:
            with database.work(by.municipality_id) as session:
                catalogues.accept(session, catalogues.get_version(session, version.id), by, "all")
        accepted.set()

    def deliver(number: int) -> Callable[[], None]:
        document = catalogue(soaps(number, first=5000), contract=f"50.4{number}", action="Update", version="2")
        return lambda: load(database, by, document) and None

    assert at_once([decide, *(deliver(number) for number in range(SUPPLIERS))]) == []
    for number in range(SUPPLIERS):
        kept = words_of(database, by, f"50.4{number}")
        assert all(own(number, place) in kept and own(number, 5000 + place) in kept for place in range(LINES))
        with database.read(by.municipality_id) as session:
            (one,) = catalogues.find_agreements(session, f"50.4{number}")
            assert one.live_version_id == first[number].id
    for number in range(SUPPLIERS):
        with database.work(by.municipality_id) as session:
            (one,) = catalogues.find_agreements(session, f"50.4{number}")
            catalogues.accept(session, catalogues.list_versions(session, one.id)[0], by, "all")
        with database.read(by.municipality_id) as session:
            assert len(catalogues.item_ids(session, f"50.4{number}")) == 2 * LINES


def test_whole_files_in_one_transaction_each(database: Database, by: Actor) -> None:
    """As documents come from an access point: nothing is committed before the last line."""

    def take(number: int) -> Callable[[], None]:
        document = catalogue(soaps(number, blocks=True), contract=f"50.4{number}")

        def act() -> None:
            with database.work(by.municipality_id) as session:
                for _ in catalogues.load(session, document, None, by):
                    session.flush()

        return act

    assert at_once([take(number) for number in range(SUPPLIERS)]) == []
    with database.read(by.municipality_id) as session:
        counted = dict(session.execute(select(Word.text, Word.lines)).all())
    assert counted["haandsaeb"] == SUPPLIERS * LINES // len(KINDS)
    for number in range(SUPPLIERS):
        kept = words_of(database, by, f"50.4{number}")
        assert all(own(number, place) in kept for place in range(LINES))


@pytest.mark.parametrize("same", [True, False], ids=["the same file", "two files"])
def test_two_files_of_one_agreement_at_once(database: Database, by: Actor, same: bool) -> None:
    """One of them is loaded; the other is too, or is told that it was overtaken. Never are two mixed."""
    files = [
        catalogue(soaps(0, first=0 if same else 1000 * number), id=f"K-{0 if same else number}") for number in range(3)
    ]
    loaded: list[int] = []

    def deliver(document: bytes) -> Callable[[], None]:
        return lambda: loaded.append(load(database, by, document).id)

    raised = at_once([deliver(document) for document in files])
    assert all(isinstance(one, Conflict) and one.code == "load_overtaken" for one in raised), raised
    assert loaded
    with database.work(by.municipality_id) as session:
        (one,) = catalogues.find_agreements(session, "50.40")
        versions = catalogues.list_versions(session, one.id)
        assert [one.number for one in sorted(versions, key=lambda one: one.id)] == list(range(1, len(versions) + 1))
        waiting = [one for one in versions if one.state == "waiting"]
        assert len(waiting) == 1
        assert (waiting[0].lines, waiting[0].accepted) == (LINES, LINES)
        catalogues.accept(session, waiting[0], by, "all")
        taken = {row.seller_item_id for row in catalogues.review(session, waiting[0])}
    assert len(taken) == LINES
    kept = words_of(database, by, "50.40")
    first = min(int(one.partition("-")[2]) for one in taken)
    assert all(own(0, first + place) in kept for place in range(LINES))


def test_one_version_accepted_by_two_at_once_goes_live_once(database: Database, by: Actor) -> None:
    """Both are answered; the second finds it live, and takes nothing twice: neither lines, prices nor words."""
    first = load(database, by, catalogue(soaps(0), contract="50.40"), accept="all")
    changed = soaps(0, first=9000)[:20]
    changed += [line(str(n), number=f"V0-{n}", name=f"Ny {own(0, n)}", price="99.00") for n in range(40)]
    version = load(database, by, catalogue(changed, contract="50.40", version="2", action="Update"))

    def accept() -> None:
        with database.work(by.municipality_id) as session:
            catalogues.accept(session, catalogues.get_version(session, version.id), by, "all")

    assert at_once([accept] * 4) == []
    with database.read(by.municipality_id) as session:
        (one,) = catalogues.find_agreements(session, "50.40")
        assert one.live_version_id == version.id
        orders = [row.live_order for row in catalogues.list_versions(session, one.id)]
        assert sorted(orders) == [1, 2]
        assert len(catalogues.item_ids(session, "50.40")) == LINES + 20
        (item,) = catalogues.find_items(session, SUPPLIER, "V0-3")
        prices = [row.amount for row in catalogues.price_history(session, item.id)]
        assert len(prices) == len(set(prices)) == 2
        events = audit.history(session, "catalogue_version", version.id)
        taken = [event.fields["lines"] for event in events if event.event == "catalogue_accepted"]
        assert sorted(taken)[:-1] == [0] * (len(taken) - 1)
        assert max(taken) == 60
        counted = dict(session.execute(select(Word.text, Word.lines)).all())
    kept = words_of(database, by, "50.40")
    assert all(len(kept[own(0, 9000 + place)]) == 1 for place in range(20))
    assert counted[own(0, 9000)] == 1
    with database.work(by.municipality_id) as session:
        catalogues.take_back(session, catalogues.get_version(session, version.id), by, "Forkert")
        (one,) = catalogues.find_agreements(session, "50.40")
        assert one.live_version_id == first.id
