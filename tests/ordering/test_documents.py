"""What we write: golden files, and the official rules of both profiles for every kind of order that is hard to write."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy.orm import Session

import ordering
from eshop import ubl
from eshop.amounts import Amount
from eshop.ubl.official import OfficialRules
from ordering.documents import accounting_string, cancellation_document, change_document, order_document
from tests import builders
from tests.builders import TODAY, Town
from tests.conftest import ROOT

GOLDEN = ROOT / "tests/data/ordering"
PROFILES = ("peppol-bis-3", "oioubl-2.1")
LONG = "Rengøringsmiddel til gulve, vægge og inventar, uden parfume og farve, æøåÆØÅ «50 %» & <koncentreret> " * 12


def plain(session: Session, town: Town) -> ordering.PurchaseOrder:
    return town.order(session, {"soap": 2, "gloves": 3}, reference="Mette, stue 3", note="Ring til køkkenet først")


def discounts(session: Session, town: Town) -> ordering.PurchaseOrder:
    order = town.order(session, {"soap": 10, "gloves": 1})
    order.lines[0].discount, order.lines[0].discount_reason = Amount.of("88.25"), "Mængderabat"
    order.lines[1].list_price = Decimal("75.00")
    order.allowances = [
        {"reason": "Fragt", "amount": "75.00", "charge": True, "vat_percent": "25"},
        {"reason": "Årsbonus", "amount": "120.50", "charge": False, "vat_percent": "25"},
    ]
    return order


def several_units(session: Session, town: Town) -> ordering.PurchaseOrder:
    order = town.order(session, {"flour": "12.5", "soap": 1})
    order.lines[0].vat_percent = Decimal(0)
    paper = town.order(session, {"paper": 7})
    line = paper.lines[0]
    # 10,00 kr. per 3 reams, 5 reams in a box: a price that does not come out even.
    line.price, line.base_quantity, line.factor = Decimal("10.00"), Decimal(3), Decimal(5)
    order.lines.append(
        ordering.OrderLine(
            line="30",
            position=30,
            name=line.name,
            quantity=line.quantity,
            unit="XBX",
            price=line.price,
            base_quantity=line.base_quantity,
            factor=line.factor,
            vat_percent=Decimal(25),
            coding=[],
            discount=Amount(0),
        )
    )
    return order


def long_texts(session: Session, town: Town) -> ordering.PurchaseOrder:
    order = town.order(session, {"soap": 2}, note=LONG, reference=LONG)
    order.lines[0].name, order.lines[0].description, order.lines[0].note = LONG, LONG, "Linje 1\nLinje 2\t\x07slut"
    return order


def services(session: Session, town: Town) -> ordering.PurchaseOrder:
    order = town.order(session, {"soap": 1})
    line = order.lines[0]
    line.kind, line.unit, line.quantity, line.price = "service", "HUR", Decimal("12.5"), Decimal("645.00")
    line.name, line.seller_item_id, line.gtin, line.unspsc = "Malerarbejde, timepris", None, None, "72151302"
    return order


def split_coding(session: Session, town: Town) -> ordering.PurchaseOrder:
    order = town.order(session, {"soap": 3}, coding={"art": "2.7"})
    order.lines[0].coding = ordering.split_coding(
        [{"share": "60", "coding": {"cost_centre": "1000"}}, {"share": "40", "coding": {"cost_centre": "2000"}}]
    )
    return order


def delivered_elsewhere(session: Session, town: Town) -> ordering.PurchaseOrder:
    order = town.order(
        session,
        {"soap": 3, "gloves": 1},
        delivery={
            "name": "Køkkenet, Solgården",
            "street": "Havnegade 12B",
            "postcode": "8900",
            "city": "Lindeå",
            "gln": builders.gln(77),
        },
    )
    order.lines[0].deliver_on = date(2026, 5, 20)
    return order


def left_at_another_door(session: Session, town: Town) -> ordering.PurchaseOrder:
    """A point of delivery has a name and an address, and no number of its own."""
    place = {"name": "Bagindgangen", "street": "Havnegade 12B", "postcode": "8900", "city": "Lindeå"}
    return town.order(session, {"soap": 3}, delivery=place)


def left_with_a_name(session: Session, town: Town) -> ordering.PurchaseOrder:
    return town.order(session, {"soap": 3}, delivery={"name": "Varegård ved køkkenet"})


def bare(session: Session, town: Town) -> ordering.PurchaseOrder:
    """An institution without an address, a supplier known by CVR only."""
    order = town.orders(session, {"paper": 1})[0]
    session.get_one(builders.Institution, order.institution_id).address = {}
    return order


KINDS = (
    plain,
    discounts,
    several_units,
    long_texts,
    services,
    split_coding,
    delivered_elsewhere,
    left_at_another_door,
    left_with_a_name,
    bare,
)


@pytest.fixture(scope="module")
def rules(official_rules: Path) -> Iterator[OfficialRules]:
    with OfficialRules(official_rules) as open_rules:
        yield open_rules


@pytest.fixture
def quiet(sqlite_town: Town) -> Town:
    return sqlite_town


def the_three(session: Session, order: ordering.PurchaseOrder) -> list[ubl.Document]:
    """The order, a change of its first line to one fewer, and its cancellation."""
    session.flush()
    order.change_number = 1
    agreed = {line.id: line.quantity for line in order.lines}
    first = order.lines[0]
    agreed[first.id] -= 1
    changed = {first.line: "changed" if agreed[first.id] > 0 else "deleted"}
    return [
        order_document(session, order),
        change_document(session, order, agreed, changed, TODAY),
        cancellation_document(session, order, "Forkerte varer: " + LONG[:40], TODAY),
    ]


@pytest.mark.official
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_official_rules_find_nothing(rules: OfficialRules, quiet: Town, kind, profile: str) -> None:
    with quiet.work() as session:
        for document in the_three(session, kind(session, quiet)):
            verdict = rules.check(ubl.write(document, profile))
            assert verdict is not None
            assert verdict.valid, (type(document).__name__, verdict)


@pytest.mark.corpus
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_schema_takes_every_document(corpus: Path, quiet: Town, kind, profile: str) -> None:
    with quiet.work() as session:
        for document in the_three(session, kind(session, quiet)):
            name = type(document).__name__
            schema = etree.XMLSchema(file=str(corpus / f"standards/ubl-2.1/xsd/maindoc/UBL-{name}-2.1.xsd"))
            schema.assertValid(etree.fromstring(ubl.write(document, profile)))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_we_write_is_what_is_read_back(quiet: Town, kind, profile: str) -> None:
    with quiet.work() as session:
        order = kind(session, quiet)
        for document in the_three(session, order):
            back = ubl.read(ubl.write(document, profile))
            assert back.problems == ()
            assert type(back) is type(document)
        written = ubl.read(ubl.write(order_document(session, order), profile))
        assert isinstance(written, ubl.Order)
        totals = written.anticipated_monetary_total
        assert totals is not None
        net = ubl.profile_named(profile).net_total(written)
        assert net is not None
        assert net.value == order.total.kroner
        assert [line.line_item.quantity.value for line in written.order_lines] == [
            line.quantity for line in order.lines
        ]  # type: ignore[union-attr]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_golden(sqlite_database, kind, profile: str, request: pytest.FixtureRequest) -> None:
    """Byte for byte what it was; lay a new file by deleting the old one and looking at what the test then writes."""
    town = builders.town(sqlite_database, cvr="29000001")
    with town.work() as session:
        for document in the_three(session, kind(session, town)):
            path = GOLDEN / f"{kind.__name__}-{type(document).__name__}-{profile}.xml"
            body = ubl.write(document, profile)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
                pytest.fail(f"{path.name} was not there and has been laid: look at it")
            assert body == path.read_bytes()


def test_the_accounting_string_follows_the_ledgers_dimensions(quiet: Town) -> None:
    with quiet.work() as session:
        municipality = session.get_one(builders.Municipality, quiet.id)
        coding = {"art": "2.9", "function": "5.25.14", "cost_centre": "1000"}
        assert accounting_string(municipality, coding) == "5.25.14/1000/2.9"
        assert accounting_string(municipality, {}) is None


def test_no_control_character_or_line_break_leaves(quiet: Town) -> None:
    with quiet.work() as session:
        body = ubl.write(order_document(session, long_texts(session, quiet)), "peppol-bis-3")
        assert b"\x07" not in body
        assert "Linje 1 Linje 2 slut" in body.decode()
        assert "&lt;koncentreret&gt;" in body.decode()
