"""Lines that were indexed before words were read as they are now: read anew, they are found as if they were loaded today."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

import catalogues
from catalogues import analysis, vocabulary
from catalogues.begun import WordItems
from catalogues.vocabulary import SearchIndex, Word
from eshop.config import Settings
from eshop.db import Database
from eshop.worker import Worker
from tests.catalogues.documents import agreement, catalogue, line, load, town
from tests.catalogues.test_search import rows
from tests.shell import Shell

READ_BY = (1, "3cc88c5dc7d4b13b")
"""The analyser's number, and what it makes of the words of the gold set."""

ASKED = ("håndsæbe", "handsker", "skumsaebe", "3-lags servietter", "lagner", "kuglepenne", "kaffefilter", "papirsk")


def _shop(database: Database) -> Any:
    by = town(database)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [agreement(), agreement("50.41")], by)
    return by


def _fill(database: Database, by: Any) -> None:
    """The gold set's items on two agreements, two catalogues on the first of them."""
    lines = [
        line(
            str(n),
            number=row["number"],
            name=row["name"],
            keywords=row["keywords"].split(),
            description=row["description"],
        )
        for n, row in enumerate(rows("items.csv"), start=1)
    ]
    load(database, by, catalogue(lines[::2]), accept="all")
    load(database, by, catalogue(lines[1::2], contract="50.41", id="KAT-2"), accept="all")
    more = [line(str(900 + n), name=f"Skumsæbe duft {n}") for n in range(20)]
    load(database, by, catalogue(more, id="KAT-3", version="2", action="Update"), accept="all")


def _told(database: Database, by: Any) -> dict[str, Any]:
    """All that search knows, and what it answers."""
    with database.read(by.municipality_id) as session:
        found: dict[str, Any] = {
            "words": sorted(session.execute(select(Word.text, Word.reversed, Word.lines)).all()),
            "begun": sorted(session.execute(select(WordItems.text, WordItems.agreement_id, WordItems.items)).all()),
            "state": session.execute(select(SearchIndex.analyser, SearchIndex.line_id)).all(),
        }
        for text in ASKED:
            result = catalogues.search(session, text, None, by.today)
            found[text] = (result.total, [hit.offer.seller_item_id for hit in result.hits], result.corrected)
            suggested = catalogues.suggest(session, text[:4], None, by.today)
            found[text[:4]] = [(one.kind, one.text) for one in suggested]
        return found


def _read_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """An analyser of yesterday: no stems, and å written a."""
    monkeypatch.setattr(analysis, "stem", lambda word: word.replace("aa", "a"))
    monkeypatch.setattr(vocabulary, "ANALYSER", 77)
    analysis._stems_of_phrase.cache_clear()


@pytest.fixture
def today(database: Database) -> dict[str, Any]:
    """What search tells where everything was loaded today; the database is left as it was."""
    by = _shop(database)
    _fill(database, by)
    return {"by": by, "told": _told(database, by)}


@pytest.fixture
def yesterday(database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same shop, filled when words were read otherwise."""
    by = _shop(database)
    with monkeypatch.context() as before:
        _read_as_before(before)
        _fill(database, by)
    analysis._stems_of_phrase.cache_clear()
    return by


def _told_today(database: Database, by: Any) -> dict[str, Any]:
    """Another municipality in the same database, loaded today, in the numbers of this one's agreements and items."""
    other = town(database, "29000002")
    with database.work(other.municipality_id) as session:
        joined = [{"cvr": "29000002"}]
        catalogues.load_agreements(session, [agreement(joined=joined), agreement("50.41", joined=joined)], other)
    _fill(database, other)
    told = _told(database, other)
    with database.read(other.municipality_id) as session:
        theirs = _places(session)
    with database.read(by.municipality_id) as session:
        ours = _places(session)
    same = {number: ours[place] for place, number in theirs.items()} if len(ours) == len(theirs) else {}
    items = {str(number): str(same_number) for number, same_number in same.items()}
    with database.read(other.municipality_id) as session:
        agreements = _agreements(session)
    with database.read(by.municipality_id) as session:
        own = _agreements(session)
    told["begun"] = sorted(
        (text, own[agreements[agreement_id]], " ".join(items[one] for one in kept.split()))
        for text, agreement_id, kept in told["begun"]
    )
    return told


def _places(session: Any) -> dict[Any, int]:
    """(agreement, supplier's number) → item."""
    numbers = _agreements(session)
    items = session.execute(
        select(catalogues.Item.agreement_id, catalogues.Item.seller_item_id, catalogues.Item.id)
    ).all()
    return {(numbers[agreement_id], number): item for agreement_id, number, item in items}


def _agreements(session: Any) -> Any:
    """id → number, and number → id."""
    found: dict[Any, Any] = {}
    for number, agreement_id in session.execute(select(catalogues.Agreement.number, catalogues.Agreement.id)):
        found[agreement_id], found[number] = number, agreement_id
    return found


def test_what_was_indexed_otherwise_is_found_as_if_it_were_loaded_today(database: Database, yesterday: Any) -> None:
    by = yesterday
    fresh = _told_today(database, by)
    before = _told(database, by)
    assert before["words"] != fresh["words"]
    assert before["håndsæbe"] != fresh["håndsæbe"]
    with database.work(by.municipality_id) as session:
        assert catalogues.index_is_old(session)
        for _ in catalogues.reindex(session, by):
            session.commit()
        assert not catalogues.index_is_old(session)
    assert _told(database, by) == fresh


def test_a_run_that_is_broken_off_goes_on_where_it_was_and_search_answers_meanwhile(
    database: Database, yesterday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = yesterday
    fresh = _told_today(database, by)
    monkeypatch.setattr("catalogues.reindexing.AT_ONCE", 10)
    steps, answered = 0, set()
    while True:
        with database.work(by.municipality_id) as session:
            if not catalogues.index_is_old(session):
                break
            for taken, _ in enumerate(catalogues.reindex(session, by), start=1):
                session.commit()
                steps += 1
                if taken == 12:
                    break
            session.rollback()  # what was begun after the last step that was kept
        answered.add(_told(database, by)["håndsæbe"][0])
        assert steps < 500
    assert steps > 24
    assert 0 not in answered
    assert _told(database, by) == fresh


def test_a_second_run_changes_nothing_and_of_several_at_once_each_step_is_done_once(
    database: Database, today: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = today["by"]
    monkeypatch.setattr("catalogues.reindexing.AT_ONCE", 100)
    with database.work(by.municipality_id) as session:
        assert not catalogues.index_is_old(session)
        lines = catalogues.lines_to_reindex(session)
        first = iter(catalogues.reindex(session, by))
        read = next(first)
        session.commit()
        with database.work(by.municipality_id) as other:
            for done in catalogues.reindex(other, by):
                other.commit()
                read += done
        assert list(first) == [0]  # there is nothing left, and nothing is begun again
    assert read == lines
    assert _told(database, by) == today["told"]


def test_the_operator_is_told_and_reads_them_anew_and_so_does_the_worker(
    database: Database, yesterday: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shell = Shell(database, monkeypatch, tmp_path)
    # Of one process, so that no connection is left open behind the commands.
    monkeypatch.setattr("eshop.cli.frame.Database", lambda _url: database)
    told = shell("--municipality", "29000001", "db", "check")
    assert (told.code, told.out) == (1, "Lindeå Kommune\n")
    assert "eshop db reindex" in told.err
    assert shell("db", "reindex").code == 0
    assert shell("db", "check").code == 0
    with database.work(yesterday.municipality_id) as session:
        session.execute(update(SearchIndex).values(analyser=77, target=77))
    settings = Settings(f"sqlite:///{tmp_path}/x", tmp_path, "k" * 40)
    worker = Worker(database, settings, lambda: yesterday.at)
    worker.once()  # its round sees that it is to be done
    assert worker.drain() == 1
    with database.read(yesterday.municipality_id) as session:
        assert not catalogues.index_is_old(session)


def test_the_number_of_the_analyser_is_raised_when_it_reads_otherwise() -> None:
    """Else what is indexed keeps its old words and nobody knows."""
    read = [
        analysis.terms(row["name"], row["keywords"].split(), row["description"]).of(1, 2) for row in rows("items.csv")
    ]
    assert (analysis.ANALYSER, hashlib.sha256("\n".join(read).encode()).hexdigest()[:16]) == READ_BY
