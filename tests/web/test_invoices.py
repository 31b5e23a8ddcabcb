"""The invoice pages as plain forms: attesting, asking, claiming, accounts by two persons, who has it, files, batches, Excel."""

import io
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from python_calamine import CalamineWorkbook
from sqlalchemy import select

import catalogues
import invoicing
import ordering
from eshop import exchange, ubl
from eshop.amounts import NOTHING, Amount
from eshop.app import create_app
from eshop.audit import AuditEvent
from eshop.config import Settings
from eshop.db import Database
from eshop.exchange import Message
from eshop.identity import Institution, Role, User, the_municipality
from eshop.worker import Worker
from tests import builders
from tests.invoicing.papers import HOME, ORGANISATION, POLICY, SCHOOL, SUPPLIER, Line, Paper, billed, order, receipts
from tests.invoicing.town import Town
from tests.web.conftest import Clock, Person, Site

ORDER = order()
EXACT = billed(ORDER)
DEAR = (replace(EXACT[0], price="58.00"), *EXACT[1:])
LUNCH = (Line("Smørrebrød til møde", "12", "38.00", "EA"),)
NOW = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)


@dataclass
class SchoolTown(Town):
    """The papers' municipality with people: Jens leads the school within 5.000 kr., Ida too; two in finance."""

    people: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def school(sqlite_database: Database, tmp_path: Path) -> Site:
    loaded = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), POLICY)
    town = SchoolTown(sqlite_database, loaded.id, NOW)
    with town.work() as session:
        place = session.scalars(select(Institution).where(Institution.name == "Skolen Øst")).one()
        for name, role, where, *limit in (
            ("jens", Role.APPROVER, place, "5000"),
            ("bo", Role.APPROVER, place, "100"),
            ("soeren", Role.FINANCE, None),
            ("bodil", Role.FINANCE, None),
            ("anna", Role.AUDITOR, None),
        ):
            made = builders.person(session, name.title(), (role, where, *limit))
            made.email = f"{name}@kommune.example"
            town.people[name] = made.id
        supplier = catalogues.find_supplier(session, cvr=SUPPLIER["cvr"])
        assert supplier is not None
        supplier.email = "faktura@nordlys.example"
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    clock = Clock(NOW)
    return Site(create_app(settings, sqlite_database, clock), town, sqlite_database, clock)  # type: ignore[arg-type]


def came(site: Site, lines: Any, **changed: Any) -> int:
    """An invoice comes; its id."""
    paper = Paper(lines).but(**{"number": "F-1", **changed})
    site.town.receive(paper.write())  # type: ignore[attr-defined]
    with site.town.work() as session:
        return session.scalars(select(invoicing.Invoice.id).where(invoicing.Invoice.number == paper.number)).one()


def state(site: Site, invoice: int) -> tuple[str, str]:
    with site.town.work() as session:
        found = invoicing.get_invoice(session, invoice)
        return found.state, found.outcome


def worker(site: Site, **settings: Any) -> Worker:
    told = {"ESHOP_DATA_DIR": "/tmp/unused", "ESHOP_SECRET_KEY": "k" * 40, **settings}
    return Worker(site.database, Settings.from_environment(told), site.clock)


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        read = message_from_bytes(envelope.content, policy=policy.default)
        body = read.get_body(("plain",))
        self.mails.append((envelope.rcpt_tos, f"{read['Subject']}\n{body.get_content() if body else ''}"))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        server.stop()


# --- without order -----------------------------------------------------------------------------------------------------


def test_the_leader_attests_in_one_tap_with_the_coding_proposed(school: Site) -> None:
    invoice = came(school, LUNCH, reference=None)
    assert state(school, invoice) == ("waiting", "manual")
    jens = school.signed_in("jens")
    page = jens.get("/invoices")
    assert "Afventer dig" in page
    assert "Smørrebrød til møde" in page
    assert "institutionens sædvanlige kontering" in page
    told = jens.post(f"/invoices/{invoice}/attest").text
    assert "Attesteret: 570,00" in told
    assert state(school, invoice)[0] == "posted"
    again = school.signed_in("bo").post(f"/invoices/{invoice}/attest").text
    assert "Jens konterede og attesterede den" in again
    assert "Du behøver ikke gøre mere" in again


def test_above_the_limit_somebody_else_must_attest(school: Site) -> None:
    invoice = came(school, LUNCH, reference=None)
    bo = school.signed_in("bo")
    page = bo.get("/invoices")
    assert "Over din grænse på 100,00" in page
    assert f'action="/invoices/{invoice}/attest"' not in page
    bo.post(f"/invoices/{invoice}/attest", 403)
    assert state(school, invoice)[0] == "waiting"


def test_a_coding_is_split_and_follows_the_chart_and_is_proposed_the_next_time(school: Site) -> None:
    first = came(school, LUNCH, reference=None)
    jens = school.signed_in("jens")
    dims = {f"dim-{part}-{name}": value for part, cost in ((0, "1111"), (1, "2222"))
            for name, value in (("function", "3.22.01"), ("cost_centre", cost), ("art", "2.2"))}  # fmt: skip
    refused = jens.post(
        f"/invoices/{first}/decision", decision="code", **{"share-0": "60", "share-1": "30"}, **dims
    ).text
    assert "Fordelingen giver 90 %" in refused
    jens.post(f"/invoices/{first}/decision", decision="code", **{"share-0": "60", "share-1": "40"}, **dims)
    with school.town.work() as session:
        posting = invoicing.posting_of(session, invoicing.get_invoice(session, first))
        assert posting is not None
        lines = invoicing.posting_lines(session, posting)
        assert Amount.sum(line.amount for line in lines) == NOTHING
        costs = {line.coding.get("cost_centre"): line.amount for line in lines if line.kind == "expense"}
        assert costs == {"1111": Amount.of("273.60"), "2222": Amount.of("182.40")}
    second = came(school, (replace(LUNCH[0], price="39.00"),), reference=None, number="F-2")
    assert "som fakturaer med samme personreference før" in jens.get(f"/invoices/{second}")
    assert 'value="1111"' in jens.get(f"/invoices/{second}")


def test_what_nothing_stops_but_its_coding_is_coded_on_its_page(school: Site) -> None:
    """The municipality has begun to code on projects: the invoice waits for one, finance writes it, and it is posted."""
    with school.town.work() as session:
        ours = the_municipality(session)
        ours.dimensions = [*ours.dimensions, "project"]
    invoice = came(school, EXACT)
    assert state(school, invoice) == ("waiting", "held")
    soeren = school.signed_in("soeren")
    page = soeren.get(f"/invoices/{invoice}")
    assert "Konteringen mangler: project." in page
    assert 'name="dim-0-project"' in page
    assert 'name="dim-0-project"' not in school.signed_in("jens").get(f"/invoices/{invoice}")
    soeren.post(f"/invoices/{invoice}/decision", decision="code", **{"share-0": "100", "dim-0-project": "7"})
    assert state(school, invoice) == ("posted", "posted")


def test_the_worker_gives_it_to_its_unit_and_tells_the_leader(school: Site, mailbox: tuple[Mailbox, str]) -> None:
    box, url = mailbox
    invoice = came(school, LUNCH, reference=None)
    rounds = worker(school, ESHOP_SMTP_URL=url)
    rounds.drain()
    rounds.drain()
    with school.town.work() as session:
        found = invoicing.get_invoice(session, invoice)
        assert found.with_institution == found.institution_id
    assert any(to == ["jens@kommune.example"] and "henviser ikke til en ordre" in text for to, text in box.mails)
    assert "Skolen Øst" in school.signed_in("soeren").get("/invoices")
    before = len(box.mails)
    rounds = worker(school, ESHOP_SMTP_URL=url)
    rounds.drain()
    rounds.drain()
    assert len(box.mails) == before


def test_what_is_due_within_days_is_brought_up_once_before_it_is(school: Site, mailbox: tuple[Mailbox, str]) -> None:
    """Five days before: to the leader of the unit it lies with; what has been paid meanwhile is brought up with nobody."""
    box, url = mailbox
    waits, settled = came(school, LUNCH, reference=None), came(school, DEAR, number="F-2")
    rounds = worker(school, ESHOP_SMTP_URL=url)

    def brought_up() -> list[tuple[list[str], str]]:
        rounds.drain()
        rounds.drain()
        subjects = [(to, text.splitlines()[0]) for to, text in box.mails]
        return [(to, subject.split()[1]) for to, subject in subjects if "forfalder" in subject]

    with school.town.work() as session:
        due = invoicing.get_invoice(session, waits).due_date
        assert due is not None
        assert invoicing.get_invoice(session, settled).due_date == due
    school.clock.at = datetime(due.year, due.month, due.day, 8, tzinfo=UTC) - timedelta(days=6)
    assert brought_up() == []
    soeren = school.signed_in("soeren")
    soeren.post(f"/invoices/{settled}/decision", decision="accept", reason="Aftalt i telefonen")
    assert state(school, settled)[0] == "posted"
    school.clock.pass_by(days=1)
    assert brought_up() == [(["jens@kommune.example"], "F-1")]
    school.clock.pass_by(days=1)
    assert brought_up() == [(["jens@kommune.example"], "F-1")]


def test_another_institutions_invoice_is_sent_on(school: Site) -> None:
    invoice = came(school, LUNCH, reference=None)
    with school.town.work() as session:
        home = session.scalars(select(Institution.id).where(Institution.name == "Plejecentret Øst")).one()
    school.signed_in("jens").post(f"/invoices/{invoice}/decision", decision="route", institution=str(home))
    with school.town.work() as session:
        found = invoicing.get_invoice(session, invoice)
        assert (found.institution_id, found.with_institution) == (home, home)
    school.signed_in("jens").get(f"/invoices/{invoice}", 404)


def test_an_order_number_that_is_typed_connects_the_invoice(school: Site) -> None:
    invoice = came(school, (Line("Diverse", "1", "12.00", "EA"),), reference="77-999")
    soeren = school.signed_in("soeren")
    assert (
        "Leverandøren har ingen ordre"
        in soeren.post(f"/invoices/{invoice}/decision", decision="link", typed="123").text
    )
    soeren.post(f"/invoices/{invoice}/decision", decision="link", typed=ORDER["number"])
    assert state(school, invoice) == ("waiting", "held")


# --- deviations --------------------------------------------------------------------------------------------------------


def test_finance_asks_the_institution_answers_and_it_is_back(school: Site) -> None:
    invoice = came(school, DEAR)
    soeren, jens = school.signed_in("soeren"), school.signed_in("jens")
    soeren.post(f"/invoices/{invoice}/decision", decision="ask", reason="Har I aftalt den pris?")
    page = jens.get("/invoices")
    assert "Soeren spørger:" in page
    assert "Har I aftalt den pris?" in page
    jens.post(f"/invoices/{invoice}/decision", decision="answer", reason="Nej, det har vi ikke")
    assert "Har I aftalt" not in jens.get("/invoices")
    shown = soeren.get(f"/invoices/{invoice}")
    assert "Nej, det har vi ikke" in shown
    assert "Ligger hos Soeren" in shown


def test_a_claim_goes_as_a_mail_and_as_an_answer_and_can_be_withdrawn(
    school: Site, mailbox: tuple[Mailbox, str]
) -> None:
    box, url = mailbox
    invoice = came(school, (replace(EXACT[0], price="58.00"), replace(EXACT[1], quantity="6"), EXACT[2]))
    soeren = school.signed_in("soeren")
    page = soeren.get(f"/invoices/{invoice}")
    assert "Sendes til faktura@nordlys.example" in page
    assert "Prisen er over den aftalte" in page
    assert "Det er flere, end vi har bestilt" in page
    only = soeren.get(f"/invoices/{invoice}?line=0")
    assert "Det er flere, end vi har bestilt" not in only
    soeren.post(f"/invoices/{invoice}/claim", line="0", text="Kære Nordlys. Send en kreditnota på 75,00 kr.")
    worker(school, ESHOP_SMTP_URL=url).drain()
    assert [(to, text) for to, text in box.mails if "Kære Nordlys" in text and to == ["faktura@nordlys.example"]]
    with school.town.work() as session:
        claim = invoicing.expected_credits(session)[0]
        assert claim.amount == Amount.of("75.00")
        sent = session.scalars(select(Message).where(Message.direction == "out")).one()
        assert sent.document_type == "ApplicationResponse"
        key = claim.id
    ledger = soeren.get("/credit-notes")
    assert "Der ventes én kreditnota på 75,00" in ledger
    assert "allerede" in soeren.post(f"/invoices/{invoice}/claim", text="Igen").text
    assert "Træk kravet tilbage" not in school.signed_in("anna").get("/credit-notes")
    soeren.post(f"/credit-notes/{key}/withdraw")
    assert "Der ventes ingen kreditnotaer" in soeren.get("/credit-notes")


def test_what_has_not_come_is_claimed_unless_it_is_promised(school: Site) -> None:
    """Six of ten have come; all ten are billed."""
    with school.town.work() as session:
        ordering.load_order(session, order("4500000082"), school.town.by)  # type: ignore[attr-defined]
        for row in receipts(order("4500000082"), _10="6"):
            ordering.load_receipt(session, row, school.town.by)  # type: ignore[attr-defined]
    invoice = came(school, EXACT, reference="4500000082")
    soeren = school.signed_in("soeren")
    page = soeren.get(f"/invoices/{invoice}")
    assert "Det har vi ikke modtaget" in page
    assert "−260,00" in page  # 4 × 52,00 and VAT
    told = soeren.post(f"/invoices/{invoice}/decision", decision="wait").text
    assert "Vælg den dag" in told
    soeren.post(f"/invoices/{invoice}/decision", decision="wait", until="2026-09-20")
    assert "venter til 20. september" in soeren.get("/invoices")


def test_small_deviations_are_accepted_together_and_the_rest_stays(school: Site) -> None:
    small = came(school, (replace(EXACT[0], price="53.80"),), number="F-1")
    large = came(school, (replace(EXACT[1], price="190.00"),), number="F-2")
    soeren = school.signed_in("soeren")
    page = soeren.get("/invoices?show=small")
    assert re.search(r'data-sum-of="over" data-signed>\+18,00', page)
    told = soeren.post("/invoices/accept-small", invoice=[str(small), str(large)]).text
    assert "1 fakturaer er accepteret" in told or "1 faktura" in told
    assert "F-2 bliver" in told or "ikke lille nok" in told
    assert state(school, small)[0] == "posted"
    assert state(school, large)[0] == "waiting"


def test_a_posting_is_taken_back_with_a_reason_and_waits_again(school: Site) -> None:
    invoice = came(school, EXACT)
    soeren = school.signed_in("soeren")
    assert "begrundelse" in soeren.post(f"/invoices/{invoice}/reverse").text
    page = soeren.post(f"/invoices/{invoice}/reverse", reason="Forkert ordre").text
    assert "tilbageført" in page
    assert "Forkert ordre" in page
    assert state(school, invoice)[0] == "waiting"
    assert "Tilbageførsel" in soeren.get("/postings")


def test_who_has_it_is_seen_and_it_is_handed_over(school: Site) -> None:
    invoice = came(school, DEAR)
    soeren, bodil = school.signed_in("soeren"), school.signed_in("bodil")
    soeren.post(f"/invoices/{invoice}/take-on")
    assert re.search(r"Soeren har haft den siden", bodil.post(f"/invoices/{invoice}/take-on").text)
    soeren.post("/invoices/hand-over", invoice=str(invoice), to=str(school.town.people["bodil"]))
    assert "Ligger hos Bodil" in bodil.get(f"/invoices/{invoice}")
    assert "F-1" in bodil.get("/invoices?mine=1")
    assert "F-1" not in soeren.get("/invoices?mine=1")
    assert (
        "kollega i økonomi"
        in soeren.post("/invoices/hand-over", 403, invoice=str(invoice), to=str(school.town.people["anna"])).text
    )


def test_the_second_of_two_is_told_who_was_first(school: Site) -> None:
    invoice = came(school, DEAR)
    soeren, bodil = school.signed_in("soeren"), school.signed_in("bodil")
    soeren.post(f"/invoices/{invoice}/decision", decision="accept", reason="Aftalt", seen="0")
    told = bodil.post(f"/invoices/{invoice}/decision", decision="refuse", reason="Nej", seen="0").text
    assert "Soeren accepterede den" in told
    assert state(school, invoice)[0] == "posted"


# --- accounts and suppliers --------------------------------------------------------------------------------------------


def test_a_changed_account_is_confirmed_by_a_second_person_and_what_waited_is_posted(school: Site) -> None:
    invoice = came(school, EXACT, account=("2099", "0099999999"))
    with school.town.work() as session:
        assert "bank_account_changed" in invoicing.get_invoice(session, invoice).reasons
        supplier = invoicing.get_invoice(session, invoice).supplier_id
    soeren, bodil = school.signed_in("soeren"), school.signed_in("bodil")
    assert f'href="/suppliers/{supplier}"' in soeren.get(f"/invoices/{invoice}")
    page = soeren.get(f"/suppliers/{supplier}")
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    soeren.post(f"/suppliers/{supplier}/accounts", key=key[1])
    with school.town.work() as session:
        account = invoicing.list_accounts(session, supplier, "proposed")[0].id
    confirm = f"/suppliers/{supplier}/accounts/{account}/confirm"
    assert "selv oprettet" in soeren.post(confirm, 403, how="Det passer").text
    assert "kontrolleret" in bodil.post(confirm, how="").text
    told = bodil.post(confirm, how="Ringet tilbage på nummeret i aftalen").text
    assert "1 fakturaer er bedømt igen" in told
    assert "Ringet tilbage på nummeret i aftalen" in told
    assert state(school, invoice)[0] == "posted"
    bodil.post(f"/suppliers/{supplier}/accounts/{account}/close")
    assert "Lukket" in school.signed_in("anna").get(f"/suppliers/{supplier}")


def test_an_unknown_supplier_is_recorded_and_still_stopped_by_its_account(school: Site) -> None:
    stranger = {"cvr": "10001234", "gln": "5790010000026", "name": "Holk & Søn ApS"}
    invoice = came(school, LUNCH, reference=None, supplier=stranger, account=("9555", "0003334445"))
    soeren = school.signed_in("soeren")
    assert "Opret leverandøren" in soeren.get(f"/invoices/{invoice}")
    soeren.post(f"/invoices/{invoice}/supplier")
    with school.town.work() as session:
        found = invoicing.get_invoice(session, invoice)
        assert found.supplier_id is not None
        assert found.state == "waiting"
    assert "er ikke en kendt konto" in soeren.get(f"/suppliers/{found.supplier_id}")


def test_a_supplier_that_is_not_active_is_said_to_be_so(school: Site) -> None:
    with school.town.work() as session:
        supplier = catalogues.find_supplier(session, cvr=SUPPLIER["cvr"])
        assert supplier is not None
        key = supplier.id
    soeren = school.signed_in("soeren")
    assert "mailadresse" in soeren.post(f"/suppliers/{key}", email="ingen adresse").text
    assert "Ikke aktiv" in soeren.post(f"/suppliers/{key}", email="post@nordlys.example").text
    school.signed_in("anna").post(f"/suppliers/{key}", 403, active="1")


# --- as written, and the files inside -------------------------------------------------------------------------------------


def test_the_invoice_is_read_as_written_and_its_files_are_only_handed_out(school: Site) -> None:
    paper = Paper(EXACT).but(number="F-1", notes=("Tak for handlen <script>alert(1)</script>",))
    document = paper.document()
    held = (
        ("rapport.pdf", "application/pdf", b"%PDF-1.4 rapport"),
        ("onde.html", "text/html", b"<script>alert(1)</script>"),
    )
    files = tuple(
        ubl.DocumentReference(
            id=ubl.Identifier(name),
            attachment=ubl.Attachment(embedded_document_binary_object=ubl.BinaryObject(body, mime, name)),
        )
        for name, mime, body in held
    )
    body = ubl.write(replace(document, additional_document_references=files), paper.profile)
    school.town.receive(body)  # type: ignore[attr-defined]
    with school.town.work() as session:
        invoice = session.scalars(select(invoicing.Invoice.id)).one()
    soeren = school.signed_in("soeren")
    page = soeren.get(f"/invoices/{invoice}/as-written")
    assert "Kopipapir Klitgaard Skole" in page
    assert "&lt;script&gt;" in page
    assert "rapport.pdf" in soeren.get(f"/invoices/{invoice}")
    for position, mime in ((1, "application/pdf"), (2, "application/octet-stream")):
        answer = soeren.client.get(f"/invoices/{invoice}/files/{position}")
        assert answer.mimetype == mime
        assert answer.data == held[position - 1][2]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    soeren.get(f"/invoices/{invoice}/files/3", 404)
    answer = soeren.client.get(f"/invoices/{invoice}/document.xml")
    assert answer.data == body
    assert exchange.fingerprint(answer.data) == exchange.fingerprint(body)


# --- postings -------------------------------------------------------------------------------------------------------------


def test_batches_are_made_fetched_again_taken_back_and_acknowledged(school: Site) -> None:
    came(school, EXACT)
    soeren = school.signed_in("soeren")
    page = soeren.get("/postings")
    assert "1 bogføring venter" in page
    assert "stemmer" in page
    soeren.post("/postings/batches", format="csv")
    first = soeren.client.get("/postings/batches/1/file")
    assert first.data == soeren.client.get("/postings/batches/1/file").data
    assert "begrundelse" in soeren.post("/postings/batches/1/take-back").text
    assert "Afvist i indlæsningen" in soeren.post("/postings/batches/1/take-back", reason="Afvist i indlæsningen").text
    soeren.post("/postings/batches", format="g69")
    assert "er modtaget i økonomisystemet" in soeren.post("/postings/batches/2/acknowledge").text
    assert soeren.client.get("/postings/batches/1/file").data == first.data
    anna = school.signed_in("anna")
    assert "Bundt 2" in anna.get("/postings")
    anna.post("/postings/batches", 403, format="csv")
    assert "1 bogføring på" in anna.get("/postings?batch=2")


def workbook(person: Person, address: str) -> list[list[Any]]:
    answer = person.client.get(address)
    assert answer.status_code == 200
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def test_lists_go_to_excel_as_they_are_filtered_with_real_numbers_and_days(school: Site) -> None:
    came(school, EXACT)
    came(school, (replace(EXACT[1], price="190.00"),), number="=1+1")
    soeren = school.signed_in("soeren")
    head, row = workbook(soeren, "/invoices?excel=1")
    told = dict(zip(head, row, strict=True))
    assert told["Fakturanr."] == "=1+1"
    assert told["Faktureret inkl. moms"] == pytest.approx(950.0)
    assert str(told["Forfald"]) == "2026-09-28"
    assert len(workbook(soeren, "/invoices?excel=1&show=no_order")) == 1
    postings = workbook(soeren, "/postings?excel=1")
    place = postings[0].index("Beløb")
    assert sum(row[place] for row in postings[1:]) == pytest.approx(0)
    assert len(workbook(soeren, "/suppliers?excel=1")) == 2
    assert len(workbook(soeren, "/credit-notes?excel=1")) == 1


# --- rules, tables, samples ---------------------------------------------------------------------------------------------


def test_finance_sets_the_rules_and_every_change_is_kept(school: Site) -> None:
    soeren = school.signed_in("soeren")
    page = soeren.get("/invoice-rules")
    assert "normalt 10,00" in page
    fields = dict(re.findall(r'name="(\w+)" inputmode="decimal" autocomplete="off" value="([^"]*)"', page))
    assert fields["price_tolerance_amount_per_line"] == "10,00"
    told = {
        **fields,
        "price_tolerance_percent": "2,5",
        "cumulative_per_order": "",
        "small_deviation_limit": "50",
        "vat_must_equal_order": "1",
    }
    assert "Reglerne er gemt" in soeren.post("/invoice-rules", **told).text
    with school.town.work() as session:
        here = the_municipality(session)
        assert str(here.policy.price_tolerance_percent) == "2.5"
        assert here.policy.cumulative_per_order is None
        assert here.settings["small_deviation_limit"] == "50.00"
        events = [row.event for row in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
        assert events.count("policy_changed") == 1
        assert events.count("setting_changed") == 1
    assert "Skriv et antal" in soeren.post("/invoice-rules", **{**told, "price_tolerance_percent": "mange"}).text
    school.signed_in("anna").post("/invoice-rules", 403, **told)
    assert "disabled" in school.signed_in("anna").get("/invoice-rules")


def test_tables_are_loaded_from_a_sheet_and_replace_what_was_in_force(school: Site) -> None:
    soeren = school.signed_in("soeren")

    def hand_in(table: str, text: str, source: str = "Kontoplan 2026") -> str:
        page = soeren.get("/invoice-rules")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        given = {"csrf_token": token[1], "source": source, "file": (io.BytesIO(text.encode()), "tabel.csv")}
        return soeren.client.post(f"/invoice-rules/tables/{table}", data=given, follow_redirects=True).text

    assert "2 rækker er indlæst" in hand_in("chart", "Dimension;Værdi;Navn\nart;2.2;Fødevarer\nart;2.9;Øvrige varer\n")
    page = hand_in("chart", "dimension;value;name\nart;2.9;Øvrige varer\n", "Kontoplan 2027")
    assert "Kontoplan 2027" in page
    assert "1 værdi" in page
    assert "Kontoplan 2026" not in page
    invoice = came(school, LUNCH, reference=None)
    refused = school.signed_in("jens").post(
        f"/invoices/{invoice}/decision",
        decision="code",
        **{"share-0": "100", "dim-0-function": "3.22.01", "dim-0-cost_centre": "1", "dim-0-art": "2.2"},
    )
    assert "art 2.2" in refused.text
    assert "1 rækker er indlæst" in hand_in("vat-refunds", "Art;Procent\n4;17,6 %\n")
    assert "Skriv, hvor tabellen er fra" in hand_in("vat-refunds", "Art;Procent\n4;17,6\n", " ")
    assert "nævner ikke kolonnerne" in hand_in("art-rules", "helt andet\n1\n")


def test_a_sample_of_what_one_person_did_is_looked_at_by_a_leader(school: Site) -> None:
    fine, wrong = (
        came(school, (replace(EXACT[0], quantity="1"),)),
        came(school, (replace(EXACT[1], quantity="1"),), number="F-2"),
    )
    with school.town.work() as session:
        for one in (fine, wrong):
            invoicing.get_invoice(session, one).sampled = True
    jens = school.signed_in("jens")
    assert "Udtaget til stikprøve" in jens.get("/invoices")
    assert "Tak, det er noteret" in jens.post(f"/invoices/{fine}/looked-at", fine="1").text
    assert "begrundelse" in jens.post(f"/invoices/{wrong}/looked-at").text
    jens.post(f"/invoices/{wrong}/looked-at", reason="Vi har ikke købt handsker")
    assert "Udtaget til stikprøve" not in jens.get("/invoices")
    assert "ikke genkende købet" in school.signed_in("soeren").get("/invoices")
    assert "Vi har ikke købt handsker" in school.signed_in("soeren").get(f"/invoices/{wrong}")


# --- filters, keys, queries ------------------------------------------------------------------------------------------------


def test_a_filter_is_saved_and_removed(school: Site) -> None:
    came(school, DEAR)
    soeren = school.signed_in("soeren")
    page = soeren.post("/invoices/filters", query="due=week", name="Denne uge").text
    assert "Denne uge" in page
    assert "Denne uge" in soeren.get("/invoices")
    assert "Denne uge" not in school.signed_in("bodil").get("/invoices")
    soeren.post("/invoices/filters", query="due=week")
    assert "Denne uge" not in soeren.get("/invoices")


def test_the_keys_can_be_changed_and_turned_off(school: Site) -> None:
    came(school, DEAR)
    soeren = school.signed_in("soeren")
    assert "j:j" in soeren.get("/invoices")
    keys = {f"key-{name}": name for name in "kxats"}
    soeren.post("/profile", language="da", shortcuts="1", **keys, **{"key-j": "n"})
    assert "j:n" in soeren.get("/invoices")
    assert "ét bogstav" in soeren.post("/profile", language="da", shortcuts="1", **keys, **{"key-j": "k"}).text
    soeren.post("/profile", language="da", **keys)
    assert "data-keys" not in soeren.get("/invoices")


def test_pages_cost_a_fixed_number_of_queries(school: Site) -> None:
    soeren, jens = school.signed_in("soeren"), school.signed_in("jens")
    came(school, LUNCH, reference=None, number="L-0")
    came(school, (replace(EXACT[0], quantity="1", price="70.00"),), number="D-0")

    def cost(person: Person, address: str) -> int:
        person.get(address)
        with school.counting() as seen:
            person.get(address)
        return len(seen)

    pages = [(soeren, one) for one in ("/invoices", "/credit-notes", "/suppliers", "/postings")] + [(jens, "/invoices")]
    few = [cost(person, address) for person, address in pages]
    for number in range(1, 7):
        came(school, (replace(LUNCH[0], quantity=str(number)),), reference=None, number=f"L-{number}")
        key = came(school, (replace(EXACT[0], quantity="1", price=f"{70 + number}.00"),), number=f"D-{number}")
        if number % 2:
            soeren.post(f"/invoices/{key}/claim", text="Send en kreditnota")
        else:
            soeren.post(f"/invoices/{key}/decision", decision="accept", reason="Aftalt")
    many = [cost(person, address) for person, address in pages]
    assert all(after - before <= 4 for after, before in zip(many, few, strict=True)), (few, many)
    assert max(many) <= 45, many


def test_strangers_see_no_invoice_of_the_school(school: Site) -> None:
    invoice = came(school, LUNCH, reference=None, buyer_gln=HOME)
    assert SCHOOL != HOME
    jens = school.signed_in("jens")
    for address in ("", "/as-written", "/document.xml", "/files/1"):
        jens.get(f"/invoices/{invoice}{address}", 404)
    jens.post(f"/invoices/{invoice}/attest", 404)
    jens.get("/postings", 403)
    jens.get("/suppliers", 403)
    with school.town.work() as session:
        assert session.get_one(User, school.town.people["jens"]).name == "Jens"
