"""The same catalogue again: what is unchanged is counted and not listed, and is known by its bytes without a question asked for it."""

from datetime import date

import pytest
from sqlalchemy import event, select, update

import catalogues
from catalogues.items import CatalogueLine
from eshop.db import Database
from tests.catalogues.documents import agreement, catalogue, found, line, live_set, load, town

MANY = [line(str(number)) for number in range(1, 3001)]


@pytest.fixture
def by(database: Database):
    actor = town(database)
    with database.work(actor.municipality_id) as session:
        catalogues.load_agreements(session, [agreement()], actor)
    return actor


def counts(version):
    return version.unchanged, version.new, version.changed, version.removed, version.refused


def test_unchanged_lines_cost_no_question(database, by):
    load(database, by, catalogue(MANY), accept="all")
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    few = load(database, by, catalogue(MANY, version="2"))
    for_all = len(asked)
    assert counts(few) == (3000, 0, 0, 0, 0)
    # Three chunks: each is committed, says how far the version has come, and asks whether somebody else has gone on with it.
    assert for_all < 36
    assert not [statement for statement in asked if "unchanged_item" in statement and statement.startswith("INSERT")]


def test_of_the_same_again_with_a_few_others_only_those_are_listed(database, by):
    load(database, by, catalogue(MANY), accept="all")
    again = [*MANY[:2990], MANY[4], line("2995", price="250.00"), line("3001"), MANY[2994]]
    version = load(database, by, catalogue(again, version="2"), accept="all")
    assert counts(version) == (2990, 1, 1, 9, 2)
    assert found(database, by, version)["V-5"] == ["duplicate_item", "duplicate_line_id"]
    assert found(database, by, version)["V-2995"] == ["price_up", "duplicate_item"]
    live = live_set(database, by)
    assert len(live) == 2992
    assert (live["V-5"], live["V-2995"], live["V-3001"]) == ("240.00", "250.00", "240.00")


def test_an_interrupted_reload_knows_what_it_has_been_told(database, by):
    load(database, by, catalogue(MANY), accept="all")
    again = catalogue([line("7", price="250.00"), *MANY[1:2500], MANY[6], MANY[1600]], version="2")
    with database.work(by.municipality_id) as session:
        for progress in catalogues.load(session, again, None, by):
            session.commit()
            if progress.lines == 2000:
                break
    version = load(database, by, again, accept="all")
    # 7 changed first, and stands twice more; 1601 twice; 1 and 2501 to 3000 were left out.
    assert counts(version) == (2498, 0, 1, 501, 3)
    assert live_set(database, by)["V-7"] == "250.00"


def test_lines_kept_by_an_older_rule_are_not_listed_as_changed(database, by):
    lines = [
        line("1", description="Mild", keywords=["sæbe"], labels=["NORDIC_SWAN"], multiple="2", gtin="5701234567899"),
        line("2", prices=[("240.00", {}), ("220.00", {"minimum": "10"})]),
        line("3", prices=[("240.00", {"start": "2026-01-01", "end": "2026-12-31"})]),
        line("4", price="99.50", base="10", factor="12"),
        line("5"),
    ]
    load(database, by, catalogue(lines), accept="all")
    with database.work(by.municipality_id) as session:
        session.execute(update(CatalogueLine).values(digest=4, imprint=None))
    lines[4] = line("5", price="241.00")
    version = load(database, by, catalogue(lines, version="2"), accept="all")
    assert counts(version) == (4, 0, 1, 0, 0)
    assert list(found(database, by, version)) == ["V-5"]
    with database.read(by.municipality_id) as session:
        kept = session.execute(select(CatalogueLine.seller_item_id, CatalogueLine.digest, CatalogueLine.imprint)).all()
    assert [number for number, digest, imprint in kept if digest == 4 or imprint is None] == [
        "V-5"
    ]  # which another replaced


def test_a_price_that_now_ends_on_another_day_is_renewed_and_not_listed(database, by):
    first = line("1", prices=[("240.00", {"start": "2026-01-01", "end": "2026-06-30"})])
    load(database, by, catalogue([first]), accept="all")
    renewed = line("1", prices=[("240.00", {"start": "2026-01-01", "end": "2026-12-31"})])
    version = load(database, by, catalogue([renewed], version="2"), accept="all")
    assert counts(version) == (1, 0, 0, 0, 0)
    assert found(database, by, version) == {}
    assert live_set(database, by, on=date(2026, 12, 31)) == {"V-1": "240.00"}
    assert live_set(database, by, on=date(2027, 1, 1)) == {}


def test_a_number_written_otherwise_changes_nothing(database, by):
    load(database, by, catalogue([line("1", price="240.00")]), accept="all")
    version = load(database, by, catalogue([line("1", price="240.0", multiple=None)], version="2"))
    assert counts(version) == (1, 0, 0, 0, 0)
