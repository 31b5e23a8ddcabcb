"""Around the invoices, as plain forms: accounts by two persons, suppliers, files, batches, Excel, tables, samples, filters, keys."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

import catalogues
import invoicing
from eshop import exchange, ubl
from eshop.audit import AuditEvent
from eshop.identity import User, the_municipality
from tests.invoicing.papers import HOME, SCHOOL, SUPPLIER, Paper
from tests.web.conftest import Person, Site
from tests.web.school import DEAR, EXACT, LUNCH, came, school, state

__all__ = ["school"]


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
    assert "2099 0099999999" in bodil.get(f"/suppliers/{supplier}"), "figure by figure as the invoice writes it"
    with school.town.work() as session:
        account = invoicing.list_accounts(session, supplier, "proposed")[0].id
    confirm = f"/suppliers/{supplier}/accounts/{account}/confirm"
    assert "selv oprettet" in soeren.post(confirm, 403, how="Det passer").text
    assert "kontrolleret" in bodil.post(confirm, how="").text
    told = bodil.post(confirm, how="Ringet tilbage på nummeret i aftalen").text
    assert "Fakturaer bedømt igen: 1." in told
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


@pytest.mark.parametrize("profile", ["peppol-bis-3", "oioubl-2.1"])
def test_each_line_is_read_with_its_own_rate_of_vat(school: Site, profile: str) -> None:
    """Where it says so itself, and where only the document does."""
    lines = (replace(EXACT[0], name="Varm mad"), replace(EXACT[1], name="Avis", vat="0"))
    invoice = came(school, lines, profile=profile)
    only = (replace(EXACT[2], name="Alene på fakturaen", vat="25"),)
    body = re.sub(
        rb"<cac:ClassifiedTaxCategory>.*?</cac:ClassifiedTaxCategory>", b"",
        Paper(only).but(number="F-2", profile=profile).write(), flags=re.S,
    )  # fmt: skip
    school.town.receive(body)  # type: ignore[attr-defined]
    with school.town.work() as session:
        alone = session.scalars(select(invoicing.Invoice.id).where(invoicing.Invoice.number == "F-2")).one()
    soeren = school.signed_in("soeren")
    assert _rates(soeren.get(f"/invoices/{invoice}/as-written")) == {"Varm mad": "25,0 %", "Avis": "0,0 %"}
    assert _rates(soeren.get(f"/invoices/{alone}/as-written")) == {"Alene på fakturaen": "25,0 %"}


def _rates(page: str) -> dict[str, str]:
    """The name of each line, and the rate beside it."""
    rows = re.findall(r'<th scope="row">([^<]+)<.*?</th>(.*?)</tr>', page, re.S)
    cells = {name: re.findall(r'<td class="right num">([^<]*)</td>', rest) for name, rest in rows}
    return {name: found[0].replace("\xa0", " ") for name, found in cells.items()}


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
    again = soeren.post("/postings/batches/2/acknowledge").text
    assert "bundtet er allerede modtaget i økonomisystemet" in again, "and no word of ours inside it"
    assert soeren.client.get("/postings/batches/1/file").data == first.data
    anna = school.signed_in("anna")
    assert "Bundt 2" in anna.get("/postings")
    anna.post("/postings/batches", 403, format="csv")
    assert "1 bogføring på" in anna.get("/postings?batch=2")


def test_the_postings_of_a_month_and_no_others(school: Site) -> None:
    half = [replace(line, quantity=str(int(line.quantity) // 2)) for line in EXACT]
    came(school, half, number="F-1")
    school.town.at += timedelta(days=20)  # type: ignore[attr-defined]
    came(school, half, number="F-2", issued="2026-09-30")
    soeren = school.signed_in("soeren")
    page = soeren.get("/postings")
    assert [one in page for one in ("F-1", "F-2", 'value="2026-09"', 'value="2026-10"')] == [True] * 4
    september, october = soeren.get("/postings?period=2026-09"), soeren.get("/postings?period=2026-10")
    assert ("F-1" in september, "F-2" in september) == (True, False)
    assert ("F-1" in october, "F-2" in october) == (False, True)
    assert "1 bogføring på" in october, "and its sum is the month's"
    assert 'value="2026-10" selected' in october
    assert all(number in soeren.get("/postings?period=2026-11") for number in ("F-1", "F-2")), (
        "no such month: no filter"
    )
    assert [row[4] for row in workbook(soeren, "/postings?period=2026-10&excel=1")[1:]] == ["F-2"] * 3


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

    assert "rækker indlæst: 2." in hand_in("chart", "Dimension;Værdi;Navn\nart;2.2;Fødevarer\nart;2.9;Øvrige varer\n")
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
    assert "rækker indlæst: 1." in hand_in("vat-refunds", "Art;Procent\n4;17,6 %\n")
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
