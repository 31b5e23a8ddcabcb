"""What the search promises, one by one and on both databases; the gold set (`test_search`) holds them all together."""

from decimal import Decimal
from typing import Any

import pytest

import catalogues
from catalogues.synonyms import broader_words
from eshop.amounts import Amount
from eshop.db import Database
from eshop.identity import Institution
from tests.catalogues.documents import TODAY, agreement, catalogue, line, load, town

OTHER = {"cvr": "10003571", "gln": "5790010000026", "name": "Plejepartner ApS"}
GTIN = "5701234020114"


def numbers(found: catalogues.SearchResult) -> list[str]:
    return [hit.offer.seller_item_id for hit in found.hits]


@pytest.fixture
def shop(database: Database) -> Any:
    """Two suppliers: one on a joint mandatory agreement, one on an agreement of the municipality's own."""
    by = town(database)
    with database.work(by.municipality_id) as session:
        own = agreement("OWN-1", level="own", supplier=OTHER)
        catalogues.load_agreements(session, [agreement(), own, agreement("OWN-2", level="own")], by)
    return by


def search(database: Database, by: Any, text: str, institution: Institution | None = None) -> catalogues.SearchResult:
    with database.read(by.municipality_id) as session:
        return catalogues.search(session, text, institution, TODAY)


def test_stems_compounds_and_spellings_find_the_same(database: Database, shop: Any) -> None:
    names = ("Håndsæbe mild", "Hånd sæbe uden parfume", "Engangshandsker nitril", "Bordkort", "Tøjsnor")
    lines = [line(str(n), number=f"P-{n}", name=name) for n, name in enumerate(names, start=1)]
    load(database, shop, catalogue(lines), accept="all")
    for typed in ("håndsæbe", "hånd sæbe", "haandsaebe", "haand saebe", "håndsæber", "HÅNDSÆBEN"):
        assert sorted(numbers(search(database, shop, typed))) == ["P-1", "P-2"], typed
    for typed in ("handsker", "handske", "handskerne", "engangshandske", "engangs handsker"):
        assert numbers(search(database, shop, typed)) == ["P-3"], typed
    assert numbers(search(database, shop, "toejsnor")) == numbers(search(database, shop, "tøj snor")) == ["P-5"]


def test_an_item_number_and_a_gtin_are_found_however_they_are_written(database: Database, shop: Any) -> None:
    lines = [line("1", number="HH-20114", gtin=GTIN), *(line(str(n), number=f"HH-2011{n}") for n in range(5, 9))]
    load(database, shop, catalogue(lines), accept="all")
    for typed in ("HH-20114", "hh-20114", " HH-20114 ", GTIN, "5 701234 020114"):
        assert numbers(search(database, shop, typed)) == ["HH-20114"], typed


def test_what_was_bought_here_before_goes_first(database: Database, shop: Any) -> None:
    load(
        database,
        shop,
        catalogue([line(str(n), number=f"S-{n}", name=f"Håndsæbe {n}") for n in range(1, 9)]),
        accept="all",
    )
    with database.work(shop.municipality_id) as session:
        nursery, school = Institution(name="Vuggestuen"), Institution(name="Skolen")
        session.add_all([nursery, school])
        session.flush()
        (item,) = catalogues.find_items(session, "10001978", "S-6")
        catalogues.record_bought(session, item.id, Decimal(2), Amount(48000), TODAY, nursery.id)
        first = catalogues.search(session, "håndsæbe", nursery, TODAY).hits
        assert [(hit.offer.seller_item_id, hit.bought) for hit in first[:2]] == [("S-6", True), ("S-1", False)]
        assert not any(hit.bought for hit in catalogues.search(session, "håndsæbe", school, TODAY).hits)


def test_the_agreement_that_goes_before_the_other_is_shown_first_and_once(database: Database, shop: Any) -> None:
    of_other = {"contract": "OWN-1", "gln": OTHER["gln"], "cvr": OTHER["cvr"], "name": OTHER["name"], "id": "KAT-9"}
    load(
        database,
        shop,
        catalogue([line("1", number="P-1", name="Håndsæbe mild", price="10.00")], **of_other),
        accept="all",
    )
    same = line("1", number="S-1", name="Håndsæbe mild")
    load(database, shop, catalogue([same | {"price": "20.00"}], contract="OWN-2", id="KAT-2"), accept="all")
    load(database, shop, catalogue([same | {"price": "240.00"}]), accept="all")
    found = search(database, shop, "håndsæbe")
    assert numbers(found) == ["S-1", "P-1"]
    assert found.hits[0].offer.agreement_number == "50.40"


def test_between_equals_the_lowest_comparison_price_goes_first(database: Database, shop: Any) -> None:
    prices = {"A": "240.00", "B": "120.00", "C": "360.00"}
    lines = [line(name, number=name, name="Håndsæbe mild", price=price) for name, price in prices.items()]
    load(database, shop, catalogue(lines), accept="all")
    found = search(database, shop, "håndsæbe")
    assert numbers(found) == ["B", "A", "C"]
    assert [hit.offer.comparison_price for hit in found.hits] == [Decimal(10), Decimal(20), Decimal(30)]


def test_a_word_for_many_things_finds_them_and_they_do_not_find_each_other(database: Database, shop: Any) -> None:
    names = ("Kontorstol Ergo", "Reol eg 80 cm", "Møbelpolish 500 ml", "Hammer 450 g", "Dukke 30 cm", "Gulerødder 5 kg")
    lines = [line(str(n), number=f"P-{n}", name=name) for n, name in enumerate(names, start=1)]
    load(database, shop, catalogue(lines), accept="all")
    for typed, found in (
        ("møbler", ["P-1", "P-2"]), ("moebler", ["P-1", "P-2"]), ("inventar", ["P-1", "P-2"]), ("værktøj", ["P-4"]),
        ("legetøj", ["P-5"]), ("grøntsager", ["P-6"]), ("frugt og grønt", ["P-6"]),
    ):  # fmt: skip
        assert [one for one in sorted(numbers(search(database, shop, typed))) if one != "P-3"] == found, typed
    assert numbers(search(database, shop, "reol")) == ["P-2"]
    assert numbers(search(database, shop, "stole")) == ["P-1"]
    with database.work(shop.municipality_id) as session:
        catalogues.set_synonyms(session, ["møbler", "bohave"], shop)
    assert sorted(numbers(search(database, shop, "bohave"))) == ["P-1", "P-2"], "what the lead calls møbler"


def test_the_list_of_words_for_many_things_says_each_thing_once() -> None:
    assert len(broader_words()) >= 80
    for broad, things in broader_words():
        assert broad
        assert len(things) >= 2
        assert len(things) == len(set(things)), broad
    heads = [one for broad, _ in broader_words() for one in broad]
    assert len(heads) == len(set(heads))
