"""The queue as finance reads it: what was reminded of stands first, what is promised is waited for, what is awaited has its age."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

import invoicing
from eshop import exchange, ubl
from eshop.identity import Institution, Role
from invoicing.workbench import proposal_for
from tests import builders
from tests.invoicing.papers import Paper
from tests.web.conftest import Site
from tests.web.school import DEAR, EXACT, LUNCH, came, school

__all__ = ["school"]

TODAY = date(2026, 9, 14)
DUE = TODAY + timedelta(days=20)


@pytest.mark.parametrize(
    ("due", "promised", "until", "proposal"),
    [
        (DUE, TODAY + timedelta(days=3), None, "wait"),
        (DUE, DUE + timedelta(days=1), None, "claim"),
        (DUE, None, TODAY + timedelta(days=2), "wait"),
        (DUE, None, None, "wait"),
        (TODAY + timedelta(days=4), None, None, "ask"),
        (TODAY + timedelta(days=4), TODAY - timedelta(days=1), None, "ask"),
        (TODAY + timedelta(days=4), TODAY + timedelta(days=2), None, "wait"),
    ],
)
def test_goods_promised_before_the_due_date_are_waited_for(
    due: date, promised: date | None, until: date | None, proposal: str
) -> None:
    invoice = invoicing.Invoice(
        outcome="held", kind="invoice", reasons=["not_received"], due_date=due, wait_until=until, candidates=[]
    )
    assert proposal_for(invoice, TODAY, promised) == proposal


def test_what_was_reminded_of_stands_first_and_says_so(school: Site) -> None:
    first, second = came(school, DEAR, number="F-1"), came(school, LUNCH, reference=None, number="F-2")
    soeren = school.signed_in("soeren")
    page = soeren.get("/invoices")
    assert page.index(f'href="/invoices/{first}"') < page.index(f'href="/invoices/{second}"')
    reminder = ubl.Reminder(
        id=ubl.Identifier("R-1"),
        issue_date=TODAY,
        reminder_sequence_numeric=Decimal(1),
        accounting_supplier_party=Paper(DEAR).document().accounting_supplier_party,
        reminder_lines=(
            ubl.ReminderLine(
                id=ubl.Identifier("1"),
                billing_references=(
                    ubl.BillingReference(invoice_document_reference=ubl.DocumentReference(id=ubl.Identifier("F-2"))),
                ),
            ),
        ),
    )
    with school.town.work() as session:
        message = exchange.take_in(session, b"<Reminder/>", "r.xml", "cli", school.town.by).message  # type: ignore[attr-defined]
        invoicing.record_reminder(session, reminder, message, school.town.by)  # type: ignore[attr-defined]
    page = soeren.get("/invoices")
    assert page.index(f'href="/invoices/{second}"') < page.index(f'href="/invoices/{first}"')
    assert page.count("Leverandøren har rykket") == 1
    shown = soeren.get(f"/invoices/{second}")
    assert "Rykket" in shown
    assert "Rykker fra leverandøren" in shown
    assert "Rykket" not in soeren.get(f"/invoices/{first}").split("Forløb")[0]


def test_an_awaited_credit_note_has_its_age_until_it_comes(school: Site) -> None:
    invoice = came(school, DEAR, number="F-1")
    soeren = school.signed_in("soeren")
    soeren.post(f"/invoices/{invoice}/claim", text="Send en kreditnota")
    assert "Venter på kreditnota" in soeren.get("/invoices")
    school.clock.pass_by(days=32)
    soeren = school.signed_in("soeren")
    ledger = soeren.get("/credit-notes")
    assert "32 dage" in ledger
    assert "mere end 30 dage" in ledger
    assert "32 dage" in soeren.get(f"/invoices/{invoice}")


def test_each_group_says_how_many_and_how_much_and_leads_to_its_own(school: Site) -> None:
    came(school, DEAR, number="F-1")
    came(school, LUNCH, reference=None, number="F-2")
    soeren = school.signed_in("soeren")
    page = soeren.get("/invoices")
    for name in ("Alle, der venter", "Små afvigelser", "Uden ordre"):
        assert name in page
    without = soeren.get("/invoices?show=no_order")
    assert "F-2" in without
    assert "F-1" not in without.split("<tbody>")[1]


def test_a_badge_says_what_stops_it_and_a_posting_names_its_lines(school: Site) -> None:
    waits, posted = came(school, LUNCH, reference=None, number="F-2"), came(school, EXACT, number="F-1")
    soeren = school.signed_in("soeren")
    assert "Stoppet: uden ordre" in soeren.get(f"/invoices/{waits}")
    page = soeren.get(f"/invoices/{posted}").split("Bogføring</h2>")[1]
    assert [page.count(f">{kind}") for kind in ("Udgift", "Moms", "Kreditor")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("profile", "customization"),
    [("peppol-bis-3", b"urn:fdc:peppol.eu:poacc:trns:invoice_response:3"), ("oioubl-2.1", b"OIOUBL-2.1")],
)
def test_a_claim_answers_in_the_invoices_own_profile(school: Site, profile: str, customization: bytes) -> None:
    invoice = came(school, DEAR, number="F-1", profile=profile)
    school.signed_in("soeren").post(f"/invoices/{invoice}/claim", text="Send en kreditnota")
    with school.town.work() as session:
        (sent,) = session.scalars(select(exchange.Message).where(exchange.Message.direction == "out"))
        assert sent.document_type == "ApplicationResponse"
        assert customization in sent.body
        assert "Send en kreditnota" in sent.body.decode()


@pytest.mark.parametrize(
    ("reference", "goes_to"),
    [
        ("Tove Lund", "SFO Øst"),
        ("sfo øst, køkkenet", "SFO Øst"),
        ("Jens", "Skolen Øst"),
        ("Hvem som helst", "Skolen Øst"),
    ],
)
def test_the_person_reference_says_which_unit_under_the_institution(school: Site, reference: str, goes_to: str) -> None:
    """The GLN says the school; who works at one place only, or the unit's own name, says the unit under it."""
    with school.town.work() as session:
        above = session.scalars(select(Institution).where(Institution.name == "Skolen Øst")).one()
        unit = Institution(name="SFO Øst", parent_id=above.id, coding={})
        session.add(unit)
        session.flush()
        builders.person(session, "Tove Lund", (Role.APPROVER, unit))
    invoice = came(school, LUNCH, reference=None, person=reference)
    with school.town.work() as session:
        invoicing.hand_out(session, school.town.by)  # type: ignore[attr-defined]
        found = invoicing.get_invoice(session, invoice)
        assert found.person_reference == reference
        place = session.get_one(Institution, found.with_institution)
        assert place.name == goes_to
    assert goes_to in school.signed_in("soeren").get("/invoices").split("<tbody>")[1]
