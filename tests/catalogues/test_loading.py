"""From a supplier's file to what the shop sells: the ledger, the switch, and the chain of versions."""

from datetime import date

import pytest

import catalogues
from eshop.db import Database
from eshop.errors import BadInput, Conflict
from tests.catalogues.documents import TODAY, agreement, catalogue, found, line, live_set, load, town


@pytest.fixture
def by(database: Database):
    actor = town(database)
    with database.work(actor.municipality_id) as session:
        catalogues.load_agreements(session, [agreement()], actor)
    return actor


def test_a_first_catalogue_goes_live_without_the_lines_that_have_findings(database, by):
    version = load(
        database,
        by,
        catalogue(
            [
                line("1"),
                line("2", unit="PEZZO"),
                line("3", price="-4.00"),
                line("4", currency="EUR"),
                line("5", number="V-1"),
                line("6", minimum="0"),
            ]
        ),
        accept="preselected",
    )
    assert (version.lines, version.accepted, version.refused) == (6, 3, 3)
    assert found(database, by, version) == {
        "V-2": ["order_unit_unknown"],
        "V-3": ["price_negative"],
        "V-4": ["currency_not_dkk"],
        "V-1": ["duplicate_item"],
        "V-6": ["minimum_zero"],
    }
    assert live_set(database, by) == {"V-1": "240.00", "V-6": "240.00"}


def test_nothing_counts_before_it_is_accepted(database, by):
    version = load(database, by, catalogue([line("1")]))
    assert version.state == "waiting"
    assert live_set(database, by) == {}


def test_the_chain_add_update_replace_delete_gives_the_right_live_set(database, by):
    load(database, by, catalogue([line("1"), line("2"), line("3")], action="Add"), accept="all")
    assert live_set(database, by) == {"V-1": "240.00", "V-2": "240.00", "V-3": "240.00"}
    changes = [line("1", action="Update", price="241.00"), line("2", action="Delete"), line("4", action="Add")]
    load(database, by, catalogue(changes, action="Update", version="2"), accept="all")
    assert live_set(database, by) == {"V-1": "241.00", "V-3": "240.00", "V-4": "240.00"}
    load(database, by, catalogue([line("3"), line("5")], action="Replace", version="3"), accept="all")
    assert live_set(database, by) == {"V-3": "240.00", "V-5": "240.00"}
    version = load(database, by, catalogue([line("3")], action="Delete", version="4"), accept="all")
    assert live_set(database, by) == {}
    assert version.removed == 2


def test_an_unchanged_line_is_counted_and_not_listed(database, by):
    load(database, by, catalogue([line("1"), line("2")]), accept="all")
    version = load(database, by, catalogue([line("1"), line("2", price="245.00")], version="2"))
    assert (version.unchanged, version.changed, version.new, version.removed) == (1, 1, 0, 0)
    assert list(found(database, by, version)) == ["V-2"]


def test_a_new_beginning_with_the_same_prices_changes_nothing(database, by):
    lines = [line("1"), line("2"), line("3", price="90.00")]
    load(database, by, catalogue(lines, end="2026-12-31"), accept="all")
    again = [line("1"), line("2"), line("3", price="91.00")]
    version = load(database, by, catalogue(again, version="2", start="2026-03-01", end="2026-12-31"))
    assert (version.unchanged, version.changed, version.accepted) == (2, 1, 1)
    assert list(found(database, by, version)) == ["V-3"]


def test_a_catalogue_that_is_only_prolonged_lists_nothing_and_counts_for_the_new_year(database, by):
    lines = [line("1"), line("2", prices=[("80.00", {"start": "2026-01-01"})]), line("3")]
    first = load(database, by, catalogue(lines, end="2026-12-31"), accept="all")
    lines = [line("1"), line("2", prices=[("80.00", {"start": "2027-01-01"})]), line("3", price="250.00")]
    version = load(database, by, catalogue(lines, version="2", start="2027-01-01", end="2027-12-31"))
    assert (version.unchanged, version.changed, version.price_up) == (2, 1, 1)
    assert version.lines == version.accepted + version.refused + version.unchanged
    assert list(found(database, by, version)) == ["V-3"]
    with database.work(by.municipality_id) as session:
        rows = catalogues.review(session, version)
        assert [row.seller_item_id for row in rows] == ["V-3"]
        assert catalogues.summarise(session, version).selected == catalogues.count_lines(session, version, "all") == 1
        catalogues.accept(session, version, by, [row.line_id for row in rows])
    assert live_set(database, by) == {"V-1": "240.00", "V-2": "80.00", "V-3": "240.00"}
    assert live_set(database, by, on=date(2027, 5, 4)) == {"V-1": "240.00", "V-2": "80.00", "V-3": "250.00"}
    with database.work(by.municipality_id) as session:
        catalogues.take_back(session, catalogues.get_version(session, version.id), by, "for tidligt")
        assert catalogues.get_version(session, first.id).is_live
    assert live_set(database, by) == {"V-1": "240.00", "V-2": "80.00", "V-3": "240.00"}
    assert live_set(database, by, on=date(2027, 5, 4)) == {}


def test_an_end_that_is_left_out_or_brought_forward_is_no_renewal(database, by):
    load(database, by, catalogue([line("1"), line("2")], end="2027-06-30"), accept="all")
    version = load(database, by, catalogue([line("1"), line("2")], version="2", end=None))
    assert found(database, by, version) == {"V-1": ["price_validity_gone"], "V-2": ["price_validity_gone"]}
    shorter = load(database, by, catalogue([line("1"), line("2")], version="3", end="2026-06-30"), accept="all")
    assert shorter.unchanged == 2
    assert live_set(database, by, on=date(2026, 7, 1)) == {}


def test_what_is_left_out_stays_as_it_was_and_can_be_taken_later(database, by):
    load(database, by, catalogue([line("1"), line("2"), line("3")]), accept="all")
    version = load(database, by, catalogue([line("1", price="245.00"), line("2", price="480.00")], version="2"))
    with database.work(by.municipality_id) as session:
        rows = {row.seller_item_id: row for row in catalogues.review(session, version)}
        assert [rows[number].selected for number in ("V-1", "V-2", "V-3")] == [True, False, True]
        catalogues.accept(session, version, by)
    assert live_set(database, by) == {"V-1": "245.00", "V-2": "240.00"}
    with database.work(by.municipality_id) as session:
        catalogues.accept(session, version, by, [rows["V-2"].line_id])
    assert live_set(database, by) == {"V-1": "245.00", "V-2": "480.00"}


def test_a_version_is_taken_back_in_one_switch(database, by):
    load(database, by, catalogue([line("1"), line("2")]), accept="all")
    version = load(database, by, catalogue([line("1", price="250.00")], version="2"), accept="all")
    assert live_set(database, by) == {"V-1": "250.00"}
    with database.work(by.municipality_id) as session:
        catalogues.take_back(session, version, by, "forkert fil")
    assert live_set(database, by) == {"V-1": "240.00", "V-2": "240.00"}


def test_a_price_that_begins_later_leaves_the_present_one_in_force_until_then(database, by):
    load(database, by, catalogue([line("1")]), accept="all")
    later = line("1", prices=[("250.00", {"start": "2026-09-01"})])
    load(database, by, catalogue([later], version="2"), accept="all")
    assert live_set(database, by, on=date(2026, 8, 31)) == {"V-1": "240.00"}
    assert live_set(database, by, on=date(2026, 9, 1)) == {"V-1": "250.00"}


def test_a_price_that_ends_does_not_end_the_item(database, by):
    load(database, by, catalogue([line("1", prices=[("240.00", {"end": "2026-06-30"})])]), accept="all")
    with database.read(by.municipality_id) as session:
        item = catalogues.find_item(session, "10001978", "V-1")
        answers = [catalogues.offer(session, item.id, None, date(2026, month, 30)).reason for month in (6, 7)]
    assert answers == [None, "no_price"]


def test_an_interrupted_load_goes_on_where_it_stopped(database, by):
    document = catalogue([line(str(number)) for number in range(1, 2501)])
    with database.work(by.municipality_id) as session:
        for progress in catalogues.load(session, document, None, by):
            session.commit()
            if progress.lines == 1000:
                break
    assert live_set(database, by) == {}
    version = load(database, by, document, accept="all")
    assert (version.number, version.lines, version.accepted, version.refused) == (1, 2500, 2500, 0)
    with database.read(by.municipality_id) as session:
        assert catalogues.count_live(session, version.agreement_id) == 2500


def test_a_waiting_version_is_compared_again_when_another_went_live_first(database, by):
    load(database, by, catalogue([line("1"), line("2")]), accept="all")
    first = load(database, by, catalogue([line("1", price="241.00")], action="Update", version="2"))
    second = load(database, by, catalogue([line("1", price="242.00")], action="Update", version="3"), accept="all")
    assert second.is_live
    with database.work(by.municipality_id) as session:
        catalogues.accept(session, first, by, "all")
    assert live_set(database, by) == {"V-1": "241.00", "V-2": "240.00"}


def test_twin_unit_codes_are_the_same_item(database, by):
    load(database, by, catalogue([line("1", unit="XCT")]), accept="all")
    version = load(database, by, catalogue([line("1", unit="CT")], version="2"), accept="all")
    assert (version.new, version.changed, version.removed) == (0, 1, 0)


@pytest.mark.parametrize(
    ("document", "agreement_number", "code"),
    [
        (catalogue([line()], contract=None), None, "agreement_not_named"),
        (catalogue([line()], contract="99.99"), None, "agreement_unknown"),
        (catalogue([line()], cvr="99999999", gln="5790000435951"), None, "not_this_suppliers_agreement"),
        (catalogue([line()])[:-200], None, "catalogue_not_xml"),
        (b"<Invoice/>", None, "not_a_catalogue"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole_and_leaves_nothing(database, by, document, agreement_number, code):
    with pytest.raises(BadInput) as refused, database.work(by.municipality_id) as session:
        list(catalogues.load(session, document, agreement_number, by))
    assert refused.value.code == code
    with database.read(by.municipality_id) as session:
        assert catalogues.list_versions(session) == []


def test_a_refused_version_cannot_go_live(database, by):
    version = load(database, by, catalogue([line("1")]))
    with database.work(by.municipality_id) as session:
        catalogues.refuse(session, version, by)
    with pytest.raises(Conflict), database.work(by.municipality_id) as session:
        catalogues.accept(session, version, by)
    assert live_set(database, by, on=TODAY) == {}
