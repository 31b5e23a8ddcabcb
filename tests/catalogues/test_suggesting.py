"""What is offered while one types: what can be bought and nothing else, the same on both databases, at the same cost in any catalogue."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event, select

import catalogues
from catalogues.begun import KEPT_AT_EACH_END, WordItems
from eshop.amounts import Amount
from eshop.db import Database
from eshop.identity import Institution
from tests.catalogues.documents import TODAY, agreement, catalogue, line, load, town
from tests.catalogues.test_search import filled as filled
from tests.catalogues.test_search import rows


def suggested(database: Database, by: Any, text: str, on: date = TODAY, institution: Any = None) -> list[Any]:
    with database.read(by.municipality_id) as session:
        return catalogues.suggest(session, text, institution, on)


def names(database: Database, by: Any, text: str, **more: Any) -> list[str]:
    return [one.text for one in suggested(database, by, text, **more) if one.kind == "item"]


def numbers(found: list[Any]) -> list[str]:
    return [one.hit.offer.seller_item_id for one in found if one.kind == "item"]


@pytest.fixture
def shop(database: Database) -> Any:
    by = town(database)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [agreement(), agreement("50.41", joined=[])], by)
    return by


def soap(count: int, first: int = 1, kind: str = "mild") -> list[dict[str, Any]]:
    return [line(str(n), number=f"S-{n}", name=f"Håndsæbe {kind} {n} ml") for n in range(first, first + count)]


# --- on both alike -------------------------------------------------------------------------------------------------------


def test_every_beginning_gives_the_same_on_both_databases(filled: dict) -> None:
    needs = [row["need"] for row in rows("needs.csv")]
    begun = {need[:long] for need in needs[::3] for long in (2, 3, 5)} | {need[:-2] for need in needs if " " in need}
    something = 0
    for text in sorted(begun):
        told = [
            [(one.kind, one.text, one.value) for one in suggested(*filled[engine], text)]
            for engine in ("sqlite", "postgresql")
        ]
        assert told[0] == told[1], text
        something += bool(told[0])
    assert something > 0.8 * len(begun)


def test_the_number_told_of_each_offered_search_is_what_the_search_finds(filled: dict) -> None:
    begun = {row["need"][:4] for row in rows("needs.csv")[::9]}
    texts = sorted({one.text for text in begun for one in suggested(*filled["sqlite"], text) if one.kind == "search"})
    assert len(texts) > 30
    for engine in ("sqlite", "postgresql"):
        database, by = filled[engine]
        with database.read(by.municipality_id) as session:
            told = catalogues.how_many(session, [*texts, "zzqx"], None, TODAY)
            found = [catalogues.search(session, text, None, TODAY).total for text in texts]
        assert told == [*found, 0]
        assert 0 not in found


def test_what_is_not_joined_or_may_not_be_bought_is_not_counted_and_many_are_no_number(
    database: Database, shop: Any
) -> None:
    load(database, shop, catalogue(soap(7)), accept="all")
    load(database, shop, catalogue(soap(3, first=50), contract="50.41"), accept="all")
    with database.work(shop.municipality_id) as session:
        no_soap = Institution(name="Værkstedet", item_groups=["44"])
        session.add(no_soap)
        session.flush()
        assert catalogues.how_many(session, ["håndsæbe", "mild sæbe"], None, TODAY) == [7, 7]
        assert catalogues.how_many(session, ["håndsæbe"], no_soap, TODAY) == [0]
        assert catalogues.how_many(session, ["håndsæbe"], None, TODAY, at_most=5) == [6]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_words_and_orderable_items_are_offered(filled: dict, engine: str) -> None:
    found = suggested(*filled[engine], "hån")
    assert "håndsæbe" in [one.text for one in found if one.kind == "search"]
    items = [one for one in found if one.kind == "item"]
    assert 0 < len(items) <= 4
    assert all(one.hit.offer.orderable for one in items)
    # A slip of the finger is completed to what it was taken for.
    assert "håndsæbe" in [one.text for one in suggested(*filled[engine], "håndse") if one.kind == "search"]
    assert suggested(*filled[engine], "h") == []
    assert suggested(*filled[engine], "zzqx") == []


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("kugl", "R101"),
        ("blå kugl", "R101"),
        ("haandsa", "R001"),
        ("Toiletpap", "R010"),
        ("mikrof", "R020"),
        ("blå mikro", "R020"),
        ("nitril", "R084"),
        ("a4 papir", "R122"),
        ("ffp", "R080"),
        ("pampe", "R052"),
        ("toiletpappi", "R010"),
    ],
)
def test_what_is_begun_is_found_before_it_is_written(filled: dict, engine: str, text: str, wanted: str) -> None:
    assert wanted in numbers(suggested(*filled[engine], text))


# --- nothing that cannot be bought ---------------------------------------------------------------------------------------


def test_an_agreement_that_is_not_joined_or_not_in_force_offers_nothing(database: Database, shop: Any) -> None:
    load(database, shop, catalogue(soap(3, kind="fremmed"), contract="50.41"), accept="all")
    assert suggested(database, shop, "hån") == []
    load(database, shop, catalogue(soap(3)), accept="all")
    assert len(names(database, shop, "hån")) == 3
    assert not any("fremmed" in name for name in names(database, shop, "hån"))
    assert suggested(database, shop, "fremm") == []
    assert names(database, shop, "hån", on=date(2025, 12, 31)) == []
    assert names(database, shop, "hån", on=date(2028, 1, 1)) == []


def test_another_municipalitys_items_are_not_offered(database: Database, shop: Any) -> None:
    load(database, shop, catalogue(soap(3, kind="hemmelig")), accept="all")
    other = town(database, "29000002")
    with database.work(other.municipality_id) as session:
        catalogues.load_agreements(session, [agreement(joined=[{"cvr": "29000002"}])], other)
    assert suggested(database, other, "hemm") == []
    assert suggested(database, other, "hån") == []


def test_what_waits_for_a_person_is_not_offered_and_hides_nothing(database: Database, shop: Any) -> None:
    load(database, shop, catalogue(soap(20)), accept="all")
    before = names(database, shop, "hån")
    # A new range in place of the old one, many times what is kept of a word.
    version = load(database, shop, catalogue(soap(60, first=100, kind="ny"), id="KAT-2", version="2"))
    assert names(database, shop, "hån") == before
    assert suggested(database, shop, "hån ny") == [] or all("ny" not in one for one in names(database, shop, "hån ny"))
    with database.work(shop.municipality_id) as session:
        catalogues.accept(session, session.merge(version), shop, "all", missing="go")
    after = names(database, shop, "hån")
    assert len(after) == 4
    assert all("ny" in name for name in after)


def test_an_institution_sees_the_item_groups_it_may_buy(database: Database, shop: Any) -> None:
    other = line("9", number="S-9", name="Håndklæde", unspsc="52121700")
    load(database, shop, catalogue([*soap(3), other]), accept="all")
    nursery = Institution(id=1, name="Vuggestuen", municipality_id=shop.municipality_id, item_groups=["5212"])
    assert names(database, shop, "hån", institution=nursery) == ["Håndklæde"]


def test_what_few_have_is_found_among_what_many_others_have(database: Database, shop: Any) -> None:
    """More words begin so on agreements that are not joined than are looked at."""
    words = [f"Kab{first}{second}el" for first in "bdfglmn" for second in "aeiou"]
    others = [line(str(n), number=f"F-{n}", name=f"{word} {n}") for n, word in enumerate(words * 3, start=1)]
    load(database, shop, catalogue(others, contract="50.41"), accept="all")
    load(database, shop, catalogue([line("1", number="K-1", name="Kabuki sminke")]), accept="all")
    assert names(database, shop, "kab") == ["Kabuki sminke"]


# --- the same cost -------------------------------------------------------------------------------------------------------


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    told: list[str] = []

    def tell(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    event.listen(database.engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        event.remove(database.engine, "before_cursor_execute", tell)


def test_a_letter_asks_neither_more_nor_wider_in_a_large_catalogue(database: Database, shop: Any) -> None:
    counted, kept = [], []
    for version, size in enumerate((40, 1200), start=1):
        load(database, shop, catalogue(soap(size), id=f"KAT-{version}", version=str(version)), accept="all")
        with statements(database) as told:
            assert len(names(database, shop, "hå")) == 4
        counted.append(len(told))
        assert not any("line_terms" in one or "tsquery" in one for one in told)
        with database.read(shop.municipality_id) as session:
            kept.append([len(one.split()) for one in session.scalars(select(WordItems.items))])
    assert counted[0] == counted[1] <= 14
    assert max(kept[1]) <= 2 * KEPT_AT_EACH_END


def test_many_versions_leave_the_first_items_and_the_last(database: Database, shop: Any) -> None:
    for version in range(1, 6):
        load(
            database,
            shop,
            catalogue(soap(8, first=version * 10), id=f"KAT-{version}", version=str(version)),
            accept="all",
        )
    with database.read(shop.municipality_id) as session:
        items = session.scalars(select(WordItems.items).where(WordItems.text == "haandsaeb")).one().split()
        ids = sorted(catalogues.item_ids(session, "50.40"))
    assert [int(one) for one in items[:KEPT_AT_EACH_END]] == ids[:KEPT_AT_EACH_END]
    assert set(map(int, items[KEPT_AT_EACH_END:])) <= set(ids[-8:])
    assert len(names(database, shop, "hån")) == 4


# --- what was there before -----------------------------------------------------------------------------------------------


def test_what_was_loaded_before_there_were_suggestions_gets_them(database: Database, shop: Any) -> None:
    load(
        database,
        shop,
        catalogue([*soap(30), line("99", number="K-1", name="Kuglepen", keywords=["bic"])]),
        accept="all",
    )
    before = {text: names(database, shop, text) for text in ("hån", "kugl", "bi", "mil")}
    assert all(before.values())
    migration = importlib.import_module("eshop.migrations.versions.0012_items_offered_while_a_word_is_typed")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE word_items")
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
    assert {text: names(database, shop, text) for text in before} == before


def test_items_are_bought_again_first(database: Database, shop: Any) -> None:
    load(database, shop, catalogue(soap(300)), accept="all")
    with database.work(shop.municipality_id) as session:
        nursery = Institution(name="Vuggestuen", municipality_id=shop.municipality_id)
        session.add(nursery)
        session.flush()
        item = sorted(catalogues.item_ids(session, "50.40"))[177]
        catalogues.record_bought(session, item, Decimal(3), Amount(72000), TODAY, nursery.id)
        found = catalogues.suggest(session, "hå", nursery, TODAY)
    items = [one for one in found if one.kind == "item"]
    assert int(items[0].value) == item
    assert [one.hit.bought for one in items] == [True, False, False, False]
    assert all(one.hit.points >= other.hit.points for one, other in pairwise(items[1:]))
