"""What the supplier is told: the fix list in plain words, and the response document in the catalogue's own profile."""

import pytest
from sqlalchemy import select

import catalogues
from eshop import exchange, intake, ubl
from eshop.db import Database
from eshop.errors import Conflict
from eshop.exchange import Message
from eshop.ubl import rules
from tests.catalogues.documents import agreement, catalogue, line, load, town


@pytest.fixture
def by(sqlite_database: Database):
    actor = town(sqlite_database)
    with sqlite_database.work(actor.municipality_id) as session:
        catalogues.load_agreements(session, [agreement()], actor)
    return actor


@pytest.mark.parametrize(("profile", "mark"), [("peppol-bis-3", b"trns:catalogue:3"), ("oioubl-2.1", b"OIOUBL-2.1")])
def test_the_answer_is_in_the_catalogues_profile_and_keeps_its_rules(sqlite_database, by, profile, mark):
    lines = [line("1", action="Add"), line("2", unit="PEZZO", action="Add")]
    document = catalogue(lines, action="Add").replace(
        b"urn:fdc:peppol.eu:poacc:trns:catalogue:3",
        b"urn:fdc:peppol.eu:poacc:trns:catalogue:3" if mark != b"OIOUBL-2.1" else mark,
    )
    version = load(sqlite_database, by, document, accept="preselected")
    with sqlite_database.work(by.municipality_id) as session:
        message = catalogues.answer(session, version, by)
        assert catalogues.answer(session, version, by).id == message.id
        text = catalogues.fix_text(session, version)
    assert text.startswith("Linje 2 (varenr. V-2):")
    said = ubl.read(message.body)
    assert str(said.document_responses[0].document_references[0].id) == "KAT-1"
    judged = rules.check(said, ubl.profile_named(profile))
    assert list(judged.errors) == []


def test_nothing_is_answered_before_somebody_has_decided(sqlite_database, by):
    version = load(sqlite_database, by, catalogue([line("1")]))
    with pytest.raises(Conflict), sqlite_database.work(by.municipality_id) as session:
        catalogues.answer(session, version, by)


REQUEST = """<CatalogueRequest xmlns="urn:oasis:names:specification:ubl:schema:xsd:CatalogueRequest-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:CustomizationID>OIOUBL-2.1</cbc:CustomizationID><cbc:ID>{number}</cbc:ID>
 <cbc:IssueDate>2026-05-04</cbc:IssueDate>
 <cac:ProviderParty><cbc:EndpointID schemeID="DK:CVR">DK{cvr}</cbc:EndpointID>
  <cac:PartyIdentification><cbc:ID schemeID="DK:CVR">DK{cvr}</cbc:ID></cac:PartyIdentification>
  <cac:PartyLegalEntity><cbc:CompanyID schemeID="DK:CVR">DK{cvr}</cbc:CompanyID></cac:PartyLegalEntity></cac:ProviderParty>
</CatalogueRequest>"""


@pytest.mark.parametrize(("cvr", "answers"), [("10001978", 1), ("99999999", 0)])
def test_a_request_for_a_catalogue_from_a_known_supplier_is_answered(sqlite_database, by, cvr, answers):
    with sqlite_database.work(by.municipality_id) as session:
        for number in ("R-1", "R-1 "):  # the same number again is the same request
            body = REQUEST.format(number=number, cvr=cvr).encode()
            assert intake.receive(session, body, "request.xml", "api", by)["outcome"] == "recorded"
        sent = session.scalars(select(Message).where(Message.direction == "out")).all()
        assert len(sent) == answers
        for message in sent:
            said = ubl.read(message.body)
            (response,) = said.document_responses
            assert str(response.response.response_code) in ("RE", "BusinessReject")
            assert str(response.document_references[0].id) == "R-1"
            assert str(response.document_references[0].document_type_code) == "CatalogueRequest"
            assert "Vi køber ind" in str(response.response.descriptions[0])
            assert list(rules.check(said, ubl.profile_named("oioubl-2.1")).errors) == []


def test_a_supplier_whose_orders_go_as_cxml_is_answered_in_the_danish_profile(sqlite_database, by):
    sheet = "Varenr;Navn;Enhed;Pris;UNSPSC\nV-1;Sæbe;stk;10,00;47131810\n".encode()
    version = load(sqlite_database, by, sheet, "50.40", accept="preselected")
    with sqlite_database.work(by.municipality_id) as session:
        exchange.partner_of(session, version.supplier_id).profile = "cxml-1.2"
        message = catalogues.answer(session, version, by)
        assert message.profile == "oioubl-2.1"
        (response,) = ubl.read(message.body).document_responses
        assert str(response.document_references[0].document_type_code) == "Catalogue"
        assert list(rules.check(ubl.read(message.body), ubl.profile_named("oioubl-2.1")).errors) == []
