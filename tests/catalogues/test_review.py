"""What a new version changes is seen before it counts: every trick is caught, and what is harmless is left in peace."""

from datetime import date
from decimal import Decimal

import pytest

import catalogues
from eshop.amounts import Amount
from eshop.db import Database
from tests.catalogues.documents import agreement, catalogue, line, load, town
from tests.catalogues.test_search import rows

AGREEMENT = agreement(unspsc=["47", "42", "14", "44"], price_regulation={"cap_percent": "3", "notice_days": 30})


@pytest.fixture
def by(database: Database):
    actor = town(database)
    with database.work(actor.municipality_id) as session:
        catalogues.load_agreements(session, [AGREEMENT], actor)
    return actor


OLD = line(
    "1",
    name="Engangshandske nitril blå str. M",
    description="Pudderfri",
    unit="XCT",
    content=("100", "C62"),
    unspsc="42132203",
    gtin="5701234567899",
    labels=["NORDIC_SWAN"],
    minimum="1",
    prices=[
        ("100.00", {"end": "2027-06-30", "base": "1", "factor": "1"}),
        ("90.00", {"minimum": "10", "end": "2027-06-30", "base": "1", "factor": "1"}),
    ],
)


def prices(first: str, second: str = "90.00", **more) -> list:
    said = {"end": "2027-06-30", "base": "1", "factor": "1"} | more
    return [(first, said), (second, said | {"minimum": "10"})]


TRICKS = {
    "price_above_cap": {"prices": prices("104.00")},
    "decimal_error": {"prices": prices("1000.00")},
    "decimal_error down": {"prices": prices("10.00")},
    "pack_shrunk": {"content": ("90", "C62")},
    "pack_shrunk by name": {"name": "Engangshandske nitril blå str. M 90 stk"},
    "base_quantity_changed": {"prices": prices("100.00", base="10")},
    "factor_changed": {"prices": prices("100.00", factor="2")},
    "item_number_reused": {"name": "Skærebræt plast 40x30 cm", "gtin": None},
    "label_lost": {"labels": []},
    "minimum_raised": {"minimum": "12"},
    "multiple_raised": {"multiple": "6"},
    "step_gone": {"prices": prices("100.00")[:1]},
    "price_validity_gone": {"prices": [("100.00", {"base": "1"}), ("90.00", {"base": "1", "minimum": "10"})]},
    "currency_changed": {"prices": prices("100.00", currency="EUR")},
    "gtin_changed": {"gtin": "5701234567905"},
    "outside_agreement": {"unspsc": "56101700"},
    "step_above_cap": {"prices": prices("100.00", "99.00")},
    "price_down_much": {"prices": prices("40.00", "39.00")},
    "vat_changed": {"vat": "0"},
    "content_unit_changed": {"content": ("100", "KGM")},
    "brand_changed": {"brand": "Nonamia"},
}


def codes(database: Database, by, version) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with database.read(by.municipality_id) as session:
        for row in catalogues.review(session, version):
            found.setdefault(row.seller_item_id, set()).update(
                one.code for one in row.findings if one.severity != "info"
            )
    return found


@pytest.mark.parametrize("trick", TRICKS)
def test_every_trick_is_caught_and_not_preselected(database, by, trick):
    old = OLD
    if trick == "pack_shrunk by name":
        old = OLD | {"name": "Engangshandske nitril blå str. M 100 stk", "content": None}
        changes = TRICKS[trick] | {"content": None}
    elif trick == "brand_changed":
        old, changes = OLD | {"brand": "HandyMed"}, TRICKS[trick]
    else:
        changes = TRICKS[trick]
    load(database, by, catalogue([old]), accept="all")
    version = load(database, by, catalogue([old | changes], version="2"))
    assert trick.split()[0] in codes(database, by, version)["V-1"]
    with database.read(by.municipality_id) as session:
        assert not catalogues.review(session, version)[0].selected


def test_a_changed_unit_is_seen_on_the_new_line(database, by):
    load(database, by, catalogue([OLD]), accept="all")
    changed = OLD | {"unit": "XPK", "minimum": None, "prices": [("100.00", {"end": "2027-06-30"})]}
    version = load(database, by, catalogue([changed], version="2"))
    assert "unit_changed" in codes(database, by, version)["V-1"]
    assert (version.new, version.removed) == (1, 1)


def test_many_rises_just_under_the_cap_are_seen_together(database, by):
    before = [line(str(n), price=f"{100 + n}.00") for n in range(60)]
    load(database, by, catalogue(before), accept="all")
    after = [
        line(str(n), price=f"{(100 + n) * Decimal('1.029'):.2f}") if n < 20 else line(str(n), price=f"{100 + n}.50")
        for n in range(60)
    ]
    version = load(database, by, catalogue(after, version="2"))
    warned = {number for number, found in codes(database, by, version).items() if "many_rises_near_cap" in found}
    assert warned == {f"V-{n}" for n in range(20)}


def test_small_rises_in_turn_do_not_add_up_past_the_cap(database, by):
    load(database, by, catalogue([line("1", price="100.00")]), accept="all")
    load(database, by, catalogue([line("1", price="102.50")], version="2"), accept="all")
    version = load(database, by, catalogue([line("1", price="105.00")], version="3"))
    assert codes(database, by, version)["V-1"] == {"price_above_cap_in_a_year"}


def test_harmless_changes_are_preselected_and_alarms_are_few(database, by):
    """Two hundred ordinary items, each changed in a way suppliers change things: at most 2 % may be stopped."""
    items = [
        line(
            str(n),
            number=row["number"],
            name=row["name"],
            description=row["description"],
            price=f"{50 + n}.00",
            content=("12", "C62"),
            unspsc="47131810",
            brand="Mærke",
            labels=["NORDIC_SWAN"] if n % 3 == 0 else [],
        )
        for n, row in enumerate(rows("items.csv")[:240])
    ]
    load(database, by, catalogue(items), accept="all")

    def harmless(n: int, one: dict) -> dict:
        base = Decimal(one["price"])
        return [
            {"price": f"{base * Decimal('1.012'):.2f}"},
            {"price": f"{base * Decimal('0.95'):.2f}"},
            {"description": f"{one['description']} Ny emballage."},
            {"name": f"{one['name']}, ny formel"},
            {"name": one["name"].replace(" ", "  ").upper()},
            {"keywords": ["nyhed"]},
            {"labels": [*one["labels"], "FSC"]},
            {"gtin": "5701234567899"},
            {"maximum": "500"},
            {"content": ("14", "C62")},
            {"unit": "CT"},
            {"unspsc": "47131811"},
        ][n % 12]

    changed = [one | harmless(n, one) for n, one in enumerate(items)]
    version = load(database, by, catalogue(changed, version="2"))
    alarms = {number: found for number, found in codes(database, by, version).items() if found}
    assert len(alarms) <= len(items) * 0.02, alarms
    with database.read(by.municipality_id) as session:
        summary = catalogues.summarise(session, version)
    assert summary.selected >= len(items) * 0.98


def test_yearly_effect_is_on_what_was_really_bought(database, by):
    load(database, by, catalogue([line("1", price="100.00"), line("2", price="100.00")]), accept="all")
    with database.work(by.municipality_id) as session:
        item = catalogues.find_item(session, "10001978", "V-1")
        catalogues.record_bought(session, item.id, Decimal(40), Amount.of("4000"), date(2026, 3, 1))
        catalogues.record_bought(session, item.id, Decimal(5), Amount.of("500"), date(2024, 3, 1))
    changed = [line("1", price="102.50"), line("2", price="102.50")]
    version = load(database, by, catalogue(changed, version="2"))
    with database.read(by.municipality_id) as session:
        found = {row.seller_item_id: row.yearly_effect for row in catalogues.review(session, version)}
    assert found == {"V-1": Amount.of("100.00"), "V-2": None}
