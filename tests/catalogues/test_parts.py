"""OIOUBL's documents that say a part of a catalogue: new prices, new particulars, and that the whole of it goes."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

import catalogues
from catalogues.items import CatalogueLine
from eshop import ubl
from eshop.db import Database
from eshop.identity import Actor
from tests.builders import TODAY
from tests.catalogues.documents import SUPPLIER, agreement, catalogue, found, line, live_set, load, town

NEW_YEAR = date(2027, 1, 1)
HEAD = """<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:CustomizationID>OIOUBL-2.1</cbc:CustomizationID>
 <cbc:ProfileID>Catalogue-CatAdv-1.0</cbc:ProfileID><cbc:ID>KAT-1-{kind}</cbc:ID><cbc:IssueDate>2026-05-04</cbc:IssueDate>"""
PARTY = f"""<cac:ProviderParty><cbc:EndpointID schemeID="GLN">{SUPPLIER["gln"]}</cbc:EndpointID>
 <cac:PartyIdentification><cbc:ID schemeID="DK:CVR">DK{SUPPLIER["cvr"]}</cbc:ID></cac:PartyIdentification></cac:ProviderParty>"""
PERIOD = """<cac:ValidityPeriod><cbc:StartDate>2027-01-01</cbc:StartDate>
 <cbc:EndDate>2027-06-30</cbc:EndDate></cac:ValidityPeriod>"""
OF_IT = "<cac:RelatedCatalogueReference><cbc:ID>KAT-1</cbc:ID></cac:RelatedCatalogueReference>"


def written(kind: str, body: str) -> bytes:
    return f"{HEAD.format(kind=kind)}{body}</{kind}>".encode()


def prices(*lines: tuple[str, str], period: str = PERIOD) -> bytes:
    lines_of = "".join(
        f"<cac:CataloguePricingUpdateLine><cbc:ID>{ref}</cbc:ID><cac:RequiredItemLocationQuantity>"
        f'<cac:Price><cbc:PriceAmount currencyID="DKK">{amount}</cbc:PriceAmount><cbc:BaseQuantity unitCode="CT">1</cbc:BaseQuantity>'
        "<cbc:OrderableUnitFactorRate>1</cbc:OrderableUnitFactorRate></cac:Price>"
        "</cac:RequiredItemLocationQuantity></cac:CataloguePricingUpdateLine>"
        for ref, amount in lines
    )
    return written("CataloguePricingUpdate", f"{period}{OF_IT}{PARTY}{lines_of}")


@pytest.fixture
def by(database: Database) -> Actor:
    """A catalogue of three from a year before, live until the end of 2027."""
    actor = town(database)
    with database.work(actor.municipality_id) as session:
        terms = agreement(
            unspsc=["47"], price_regulation={"cap_percent": "3"}, **{"from": "2025-01-01", "to": "2028-12-31"}
        )
        catalogues.load_agreements(session, [terms], actor)
    lines = [
        line(
            f"L-{number}",
            number=f"V-{number}",
            price="100.00",
            unit="CT",
            action="Add",
            start="2026-01-01",
            end="2027-12-31",
        )
        for number in range(3)
    ]
    text = catalogue(lines, action=None).decode()
    text = text.replace("urn:fdc:peppol.eu:poacc:trns:catalogue:3", "OIOUBL-2.1")
    load(database, actor, text.encode(), accept="all")
    assert live_set(database, actor) == {"V-0": "100.00", "V-1": "100.00", "V-2": "100.00"}
    return actor


def test_new_prices_count_for_the_days_their_document_says(database: Database, by: Actor) -> None:
    version = load(database, by, prices(("L-0", "102.00"), ("L-1", "90.00"), ("L-2", "140.00"), ("L-9", "1.00")))
    assert (version.accepted, version.refused, version.price_up, version.price_down) == (3, 1, 2, 1)
    assert found(database, by, version) == {
        "V-0": ["price_up"],
        "V-1": ["price_down"],
        "V-2": ["price_above_cap"],
        "line L-9": ["item_unknown"],
    }
    with database.work(by.municipality_id) as session:
        catalogues.accept(session, version, by)
        message = catalogues.answer(session, catalogues.get_version(session, version.id), by)
    answer = ubl.read(message.body)
    assert isinstance(answer, ubl.ApplicationResponse)
    (answered,) = answer.document_responses
    (named,) = answered.document_references
    assert (str(named.id), str(named.document_type_code)) == ("KAT-1-CataloguePricingUpdate", "CataloguePricingUpdate")
    assert answered.response is not None
    assert str(answered.response.response_code) == "BusinessAccept"
    said = [str(one) for one in answered.response.descriptions]
    assert [one.split(":")[0] for one in said] == ["Linje L-2 (varenr. V-2)", "Linje L-9 (varenr. –)"]
    assert live_set(database, by) == {"V-0": "100.00", "V-1": "100.00", "V-2": "100.00"}
    assert live_set(database, by, on=NEW_YEAR) == {"V-0": "102.00", "V-1": "90.00", "V-2": "100.00"}
    # A price that ends leaves the item without one: what was not taken goes on until its own end.
    assert live_set(database, by, on=date(2027, 7, 1)) == {"V-2": "100.00"}


def test_new_prices_without_days_count_from_now_and_never_before(database: Database, by: Actor) -> None:
    load(database, by, prices(("L-0", "102.00"), period=""), accept="all")
    assert live_set(database, by)["V-0"] == "102.00"
    with database.read(by.municipality_id) as session:
        stood, stands = session.scalars(
            select(CatalogueLine).where(CatalogueLine.seller_item_id == "V-0").order_by(CatalogueLine.id)
        )
        assert stands.starts_on < TODAY < stands.ends_on == date(2027, 12, 31)
        assert (stood.unit_price, stood.starts_on) == (Decimal(100), date(2026, 1, 1))


def test_new_particulars_leave_the_prices(database: Database, by: Actor) -> None:
    item = (
        "<cac:CatalogueItemSpecificationUpdateLine><cbc:ID>L-1</cbc:ID><cac:Item><cbc:Description>Mildere end før</cbc:Description>"
        "<cac:SellersItemIdentification><cbc:ID>V-1</cbc:ID></cac:SellersItemIdentification></cac:Item>"
        "</cac:CatalogueItemSpecificationUpdateLine>"
    )
    version = load(
        database, by, written("CatalogueItemSpecificationUpdate", f"{PERIOD}{OF_IT}{PARTY}{item}"), accept="preselected"
    )
    assert found(database, by, version) == {"V-1": ["description_changed"]}
    assert (
        live_set(database, by)
        == live_set(database, by, on=NEW_YEAR)
        == {f"V-{number}": "100.00" for number in range(3)}
    )
    with database.read(by.municipality_id) as session:
        (row,) = catalogues.review(session, version)
        assert row.item_id is not None
        texts = {
            one.description
            for one in session.scalars(select(CatalogueLine).where(CatalogueLine.item_id == row.item_id))
        }
    assert "Mildere end før" in texts


def test_a_catalogue_is_deleted_by_its_number(database: Database, by: Actor) -> None:
    gone = "<cac:DeletedCatalogueReference><cbc:ID>KAT-1</cbc:ID></cac:DeletedCatalogueReference>"
    version = load(database, by, written("CatalogueDeletion", gone + PARTY))
    assert (version.state, version.removed) == ("waiting", 3)
    assert len(live_set(database, by)) == 3
    with database.work(by.municipality_id) as session:
        catalogues.accept(session, version, by)
    assert live_set(database, by) == {}
    with database.work(by.municipality_id) as session:
        catalogues.take_back(session, version, by, "Sendt ved en fejl")
    assert len(live_set(database, by)) == 3
