"""What the supplier is told: the fix list in plain words, and the response document in the catalogue's own profile."""

import pytest

import catalogues
from eshop import ubl
from eshop.db import Database
from eshop.errors import Conflict
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
