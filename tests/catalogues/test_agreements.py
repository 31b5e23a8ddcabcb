"""Agreements in full: what a lead does with them, what it leaves in the trail, and the file they come from and go to."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import catalogues
from eshop import agreement_sheets, audit, notices
from eshop.amounts import Amount
from eshop.cli import sheets
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Municipality, Role, User
from eshop.jobs import Job
from tests import builders
from tests.catalogues.documents import CVR, agreement, catalogue, line, load, town

FULL = agreement(
    "50.40",
    lots=[{"number": "1", "title": "Rengøring", "unspsc": ["4713", "5313"]}, {"number": "2", "title": "Papir", "unspsc": ["1411"]}],
    unspsc=["47"],
    joined=[{"cvr": CVR, "lot": "1", "from": "2026-01-01", "to": None}, {"cvr": "29000002", "lot": None, "from": None, "to": None}],
    exempt=[{"cvr": CVR, "lot": "2", "from": "2026-02-01", "to": "2026-12-31", "reason": "Egen aftale", "approved_by": "Direktør Dam"}],
    price_regulation={"cap_percent": "3.5", "notice_days": 30, "index": "Nettoprisindeks"},
    fees=[{"kind": "freight", "max": "79", "free_above": "500"}],
    minimum_order="400.00", ceiling="1200000.00", delivery_days={"lead": 2, "weekdays": [2, 4]}, compliance_target_percent="85",
    responsible="kim", precedence=15, labour_clause=True, stage="signed",
    options=[{"to": "2028-12-31", "notify_by": "2027-06-30", "used": False}, {"to": "2029-12-31", "notify_by": None, "used": False}],
    documents=[{"title": "=Bilag 1", "uri": "https://example.dk/bilag.pdf"}],
    declarations=[{"kind": "Adfærdskodeks", "to": "2026-06-01"}],
    auto_accept=True,
    auto_rule={"max_rise_percent": "2", "max_yearly_effect": "5000.00", "new_items": True, "removed_items": False},
)  # fmt: skip


def test_what_is_loaded_is_exported_the_same_as_json_and_as_a_workbook(database: Database, tmp_path: Path) -> None:
    by = town(database)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(
            session, [FULL, agreement("50.41", supplier={"cvr": "10001986", "name": "Anden"})], by
        )
        first = catalogues.agreements_as_json(session)
    assert first[0]["options"] == FULL["options"]
    assert first[0]["ceiling"] == "1200000.00"
    file = tmp_path / "aftaler.xlsx"
    file.write_bytes(agreement_sheets.write(first))
    other = town(database, "29000009")
    with database.work(other.municipality_id) as session:
        catalogues.load_agreements(session, sheets.agreements(file), other)
        assert catalogues.agreements_as_json(session) == first
        catalogues.load_agreements(session, first, other)
        assert catalogues.agreements_as_json(session) == first


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"options": [{"notify_by": "2027-01-01"}]}, "missing_field"),
        ({"options": [{"to": "til sommer"}]}, "not_a_day"),
        ({"documents": [{"title": "Bilag", "uri": "javascript:alert(1)"}]}, "not_a_web_address"),
        ({"declarations": [{"to": "2027-01-01"}]}, "missing_field"),
        ({"labour_clause": "måske"}, "expected_true_or_false"),
        ({"auto_rule": {"max_rise": "2"}}, "unknown_field"),
        ({"ceiling": "mange"}, "not_a_number_in"),
        ({"exempt": [{"reason": "Nej"}]}, "exemption_incomplete"),
    ],
)
def test_a_part_that_cannot_be_read_is_refused_by_name(sqlite_database: Database, part: dict, code: str) -> None:
    by = town(sqlite_database)
    with sqlite_database.work(by.municipality_id) as session, pytest.raises(BadInput) as refused:
        catalogues.load_agreements(session, [agreement("50.40", **part)], by)
    assert refused.value.code == code


def test_a_lead_makes_changes_joins_exempts_and_extends_and_each_leaves_its_event(database: Database) -> None:
    site = builders.town(database)
    with site.work() as session:
        kim, mette = site.by(session, "kim", None), site.by(session, "mette")
        row = agreement("2026-014", joined=[], options=FULL["options"], to="2027-12-31")
        with pytest.raises(NotAllowed):
            catalogues.make_agreement(session, row, mette)
        made = catalogues.make_agreement(session, row, kim)
        with pytest.raises(Conflict):
            catalogues.make_agreement(session, row, kim)
        assert made not in catalogues.agreements_in_force(session, builders.TODAY)
        joining = catalogues.take_part(session, made, kim, None, date(2026, 5, 1), None)
        assert made in catalogues.agreements_in_force(session, builders.TODAY)
        catalogues.change_agreement(session, made, {**row, "title": "Ny titel", "ceiling": "1000"}, kim)
        assert (made.title, made.ceiling) == ("Ny titel", Amount.of(1000))
        with pytest.raises(BadInput):
            catalogues.exempt(session, made, kim, None, valid_from=None, valid_to=None, reason="x", approved_by="y")
        catalogues.exempt(
            session,
            made,
            kim,
            None,
            valid_from=None,
            valid_to=date(2026, 5, 31),
            reason="x",
            approved_by="Direktør Dam",
        )
        assert made not in catalogues.agreements_in_force(session, builders.TODAY)
        assert made in catalogues.agreements_in_force(session, date(2026, 6, 1))
        catalogues.extend(session, made, kim)
        catalogues.extend(session, made, kim)
        assert (made.ends(), made.state(date(2028, 1, 1))) == (date(2029, 12, 31), "extended")
        with pytest.raises(Conflict):
            catalogues.extend(session, made, kim)
        catalogues.end_joining(session, joining.id, kim, date(2026, 12, 31))
        assert made not in catalogues.agreements_in_force(session, date(2027, 1, 1))
        events = [one.event for one in audit.history(session, "agreement", made.id)]
        assert events == [
            "agreement_changed", "agreement_joined", "agreement_changed", "agreement_exempted", "agreement_extended",
            "agreement_extended", "joining_ended",
        ]  # fmt: skip
        assert audit.history(session, "agreement", made.id)[2].fields == {"fields": ["title", "ceiling"]}


def test_the_calendar_tells_the_days_and_the_responsible_is_told_once(database: Database) -> None:
    with database.work(EVERYONE) as session:
        session.add(Municipality(cvr=CVR, name="Lindeå Kommune", settings={}))
    by = town(database, "29000007")
    with database.work(by.municipality_id) as session:
        kim = builders.person(session, "Kim Friis", (Role.PURCHASING_LEAD, None))
        lise = builders.person(session, "Lise Ravn", (Role.PURCHASING_LEAD, None))
        kim.email, lise.email = "kim@example.dk", "lise@example.dk"
        catalogues.load_agreements(
            session, [{**FULL, "responsible": kim.login}, agreement("50.41", to="2026-08-31", unspsc=["4412"])], by
        )
        told = [(one.on.isoformat(), one.kind) for one in catalogues.renewals(session, by.today)]
        assert told == [
            ("2026-06-01", "declaration"), ("2026-08-31", "ends"), ("2027-06-30", "notify"), ("2027-12-31", "option"),
        ]  # fmt: skip
        actor = builders.actor(session, kim)
        catalogues.set_category(session, "44", "Kontor", lise.id, actor)
        catalogues.set_category(session, "4412", "Kontorartikler", lise.id, actor)
        assert notices.remind_of_agreements(session, by) == 2
        assert notices.remind_of_agreements(session, by) == 0
        payloads = {one.payload["to"]: one.payload["values"]["what"] for one in session.query(Job)}
        assert payloads == {
            "kim@example.dk": "Erklæringen »Adfærdskodeks« udløber:", "lise@example.dk": "Udløber:",
        }  # fmt: skip
        assert session.query(User).count() == 2


OLD = [line(str(number), price="100.00") for number in range(5)]
RULE = {"max_rise_percent": "2", "max_yearly_effect": None, "new_items": False, "removed_items": False}


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ([line("0", price="101.50"), *OLD[1:]], None),
        ([line("0", price="102.50"), *OLD[1:]], "rule_rise"),
        ([line("0", price="104.00"), *OLD[1:]], "rule_lines_to_look_at"),
        ([*OLD, line("9")], "rule_new_items"),
        (OLD[1:], "rule_removed_items"),
        ([line("0", unit="STYK"), *OLD[1:]], "rule_lines_to_look_at"),
    ],
)
def test_only_what_is_within_the_rule_goes_live_by_itself(database: Database, after: list, why: str | None) -> None:
    by = town(database)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(
            session, [agreement(price_regulation={"cap_percent": "3"}, auto_accept=True, auto_rule=RULE)], by
        )
    first = load(database, by, catalogue(OLD))
    with database.work(by.municipality_id) as session:
        version = catalogues.get_version(session, first.id)
        (one,) = catalogues.list_agreements(session)
        rule = catalogues.rule_of(one)
        assert rule is not None
        assert rule.max_rise_percent == Decimal(2)
        assert catalogues.outside_rule(session, version, rule) == "rule_first_catalogue"
        assert not catalogues.accept_by_rule(session, version, by)
        catalogues.accept(session, version, by, lines="all")
    second = load(database, by, catalogue(after, version="2"))
    with database.work(by.municipality_id) as session:
        version = catalogues.get_version(session, second.id)
        assert version.is_live is (why is None)
        assert catalogues.outside_rule(session, version, rule) == why
        assert not catalogues.accept_by_rule(session, version, by)
