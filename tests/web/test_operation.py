"""Hændelser and Drift: what happened and whether the trail is whole; what waits, what has stopped, and trying again."""

import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from eshop import audit, backup, jobs
from eshop.config import Settings
from eshop.identity import Role
from eshop.web import operation
from eshop.web.event_details import FIELD_NAMES, UNSAID
from eshop.web.event_names import EVENT_NAMES
from eshop.worker import TASKS, Worker
from tests import builders
from tests.conftest import ROOT
from tests.web.conftest import Person, Site


@pytest.fixture
def ada(site: Site) -> Person:
    with site.town.work() as session:
        site.town.people["ada"] = builders.person(session, "Ada Ravn", (Role.ADMINISTRATOR, None)).id
    return site.signed_in("ada")


def test_every_event_of_the_trail_has_its_name() -> None:
    assert set(audit.EVENTS) - set(EVENT_NAMES) == set()


def test_every_job_has_its_name(site: Site) -> None:
    with site.app.test_request_context():
        assert set(TASKS) - set(operation.job_names()) == set()


def test_every_field_of_the_trail_has_its_name() -> None:
    fields = {name for names in audit.EVENTS.values() for name in names}
    assert fields - set(FIELD_NAMES) - UNSAID == set()


def test_the_trail_is_read_in_words_not_in_codes(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session)
        by = site.town.by(session, "kim")
        audit.record(session, "invoice_judged", "invoice", 1, by, outcome="held", reasons=["price_over"])
        audit.record(session, "invoice_escalated", "invoice", 1, by, due="2026-12-02")
        audit.record(session, "claim_sent", "invoice", 1, by, amount="1268.5", message_id=7)
        audit.record(
            session,
            "policy_changed",
            "municipality",
            1,
            by,
            before={"sample_percent": None},
            after={"sample_percent": "5"},
        )
    table = unescape(re.sub(r"<[^>]+>", "", site.signed_in("anna").get("/events")))
    for said in (
        f"Bestilling {order.number}", "Udfald stoppet", "Fordi Prisen er højere end aftalt", "Forfald 2. december",
        "Beløb 1.268,50\u00a0kr.", "Efter Stikprøve af det, én person har gjort, procent: 5",
    ):  # fmt: skip
        assert said in table, said
    assert "2026-12-02" not in table


def test_the_auditor_finds_who_did_what_and_sees_that_the_chain_is_whole(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session)
        audit.seal(session, site.clock.at)
    anna = site.signed_in("anna")
    page = anna.get("/events")
    for said in ("Bestilling lagt", "Mette Krog", f'href="/orders/{order.id}"', "hændelser er forseglet"):
        assert said in page
    page = anna.get("/events?event=order_submitted")
    table = page[page.index("<tbody>") :]
    assert "Bestilling lagt" in table
    assert "Bestilling sendt" not in table
    assert "Ingen hændelser passer" in anna.get("/events?to=2020-01-01")
    assert "Kæden er hel" in anna.get("/events?check=1")
    with site.town.work() as session:
        session.execute(text("UPDATE audit_event SET user_id = 999 WHERE event = 'order_submitted'"))
    assert "Kæden er brudt" in anna.get("/events?check=1")


def test_nobody_else_sees_the_trail_or_operation(site: Site, ada: Person) -> None:
    for name in ("mette", "jens", "kim", "soeren"):
        person = site.signed_in(name)
        assert person.client.get("/events").status_code == 403, name
        assert person.client.get("/operation").status_code == 403, name
    assert ada.client.get("/events").status_code == 403


def test_operation_tells_what_has_stopped_and_a_job_is_tried_again(site: Site, ada: Person, tmp_path: Path) -> None:
    assert "er ikke set" in ada.get("/operation")
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    Worker(site.database, settings, site.clock).once()
    page = ada.get("/operation")
    assert "Alt kører" in page
    assert "Arbejder" in page
    with site.town.work() as session:
        job = jobs.enqueue(session, "judge_document", {"message_id": 1}, site.clock.at)
        job.state, job.attempts, job.last_error = "dead", 12, "Disken er fuld"
        number = job.id
    page = ada.get("/operation")
    assert "Disken er fuld" in page
    assert "forsøgt 12 gange" in page
    assert "Intet er opgivet" in ada.post(f"/operation/jobs/{number}/again").text
    ada.post(f"/operation/jobs/{number}/again")
    ada.post("/operation/jobs/99999/again", 404)
    site.clock.pass_by(minutes=5)
    assert re.search(r'class="t-err">\s*Stoppet', ada.get("/operation"))


def test_the_last_backup_is_told(site: Site, ada: Person, tmp_path: Path) -> None:
    assert "Tag en med eshop backup" in ada.get("/operation")
    copy = tmp_path / "copy.db"
    backup.save(site.database, copy)
    backup.note(tmp_path, copy, site.clock.at)
    assert "copy.db" in ada.get("/operation")


def test_every_kind_of_thing_in_the_trail_has_its_name(site: Site) -> None:
    """Read from the sources: what `audit.record` is given as the kind of the thing."""
    said = re.compile(r'audit\.record\(\s*\w+,\s*(?:"[a-z_]+"|[\w.]+),\s*"([a-z_]+)"')
    folders = ("eshop", "catalogues", "ordering", "invoicing")
    kinds = {
        kind
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        if "node_modules" not in file.parts
        for kind in said.findall(file.read_text(encoding="utf-8"))
    }
    assert len(kinds) > 12
    with site.app.test_request_context():
        assert kinds - set(operation._thing_names()) == set()
