"""What finance keeps: a refused sample is explained or taken back, filters are shared, the chart is corrected value by value."""

import io
import re

import invoicing
from eshop.audit import AuditEvent
from tests.web.conftest import Person, Site
from tests.web.school import DEAR, EXACT, LUNCH, came, school, state

__all__ = ["school"]


def load(person: Person, table: str, text: str) -> None:
    page = person.get("/invoice-rules")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    given = {"csrf_token": token[1], "source": "Kontoplan 2026", "file": (io.BytesIO(text.encode()), "tabel.csv")}
    assert person.client.post(f"/invoice-rules/tables/{table}", data=given).status_code == 303


def test_what_a_leader_did_not_recognise_is_explained_by_finance_and_stands(school: Site) -> None:
    invoice = came(school, EXACT)
    with school.town.work() as session:
        invoicing.get_invoice(session, invoice).sampled = True
    jens, soeren = school.signed_in("jens"), school.signed_in("soeren")
    jens.post(f"/invoices/{invoice}/looked-at", reason="Det kender jeg ikke")
    page = soeren.get(f"/invoices/{invoice}")
    assert "Lederen kan ikke genkende købet" in page
    assert "Lad bogføringen stå" in page
    assert "Lad bogføringen stå" not in jens.get(f"/invoices/{invoice}"), "that is not the leader's to say"
    assert jens.client.post(f"/invoices/{invoice}/cleared", data={}).status_code in (303, 400, 403)
    assert "begrundelse" in soeren.post(f"/invoices/{invoice}/cleared").text
    soeren.post(f"/invoices/{invoice}/cleared", reason="Vikaren bestilte; Jens var på ferie")
    assert state(school, invoice) == ("posted", "posted")
    shown = soeren.get(f"/invoices/{invoice}")
    assert "Forklaret: bogføringen står ved magt" in shown
    assert "Vikaren bestilte" in shown
    assert "Lad bogføringen stå" not in shown
    assert "ikke genkende købet" not in soeren.get("/invoices")
    again = soeren.post(f"/invoices/{invoice}/cleared", reason="igen").text
    assert "står ved magt" not in again.split("<main")[0], "there is nothing to explain twice"


def test_a_filter_is_shared_with_the_team_and_anyone_in_it_may_end_it(school: Site) -> None:
    came(school, DEAR)
    soeren, bodil, jens = (school.signed_in(name) for name in ("soeren", "bodil", "jens"))
    soeren.post("/invoices/filters", query="due=week", name="Denne uge", shared="1")
    assert "Denne uge" in bodil.get("/invoices")
    assert "Denne uge" not in jens.get("/invoices"), "the leader's list is the unit's own"
    # The same name again is the same filter, better: not two of them.
    bodil.post("/invoices/filters", query="due=over", name="Denne uge", shared="1")
    assert soeren.get("/invoices").count(">Denne uge<") == 1
    assert "due=over" in soeren.get("/invoices")
    page = bodil.get("/invoices?due=over")
    assert "Fjern det gemte filter" in page or "Fjern" in page
    bodil.post("/invoices/filters", query="due=over", shared="1")
    assert "Denne uge" not in soeren.get("/invoices")
    refused = jens.post("/invoices/filters", query="due=week", name="Min", shared="1", status=403)
    assert refused.status_code == 403
    with school.town.work() as session:
        told = [one.fields for one in session.query(AuditEvent).filter_by(event="filters_shared")]
    assert [one["names"] for one in told] == [["Denne uge"], ["Denne uge"], []]


def test_the_chart_is_seen_and_corrected_value_by_value(school: Site) -> None:
    soeren = school.signed_in("soeren")
    refused = soeren.post("/invoice-rules/chart", dimension="art", value="2.9", name="Øvrige varer").text
    assert "Indlæs hele kontoplanen først" in refused, "one value alone would have every other refused"
    load(soeren, "chart", "Dimension;Værdi;Navn\nart;2.2;Fødevarer\nart;2.9;Øvrige varer\nart;4.0;Tjenesteydelser\n")
    page = soeren.get("/invoice-rules/chart")
    for said in ("Fødevarer", "Øvrige varer", "Tjenesteydelser", "Kontoplan 2026"):
        assert said in page
    only = soeren.get("/invoice-rules/chart?q=f%C3%B8de")
    assert "Fødevarer" in only
    assert "Øvrige varer" not in only
    soeren.post("/invoice-rules/chart", dimension="art", value="2.7", name="Anskaffelser")
    soeren.post("/invoice-rules/chart", dimension="art", value="2.9", name="Varer i øvrigt")
    page = soeren.get("/invoice-rules/chart")
    assert "Anskaffelser" in page
    assert "Varer i øvrigt" in page
    assert "Øvrige varer" not in page
    assert (
        "Skriv både værdien og dens navn"
        in soeren.post("/invoice-rules/chart", dimension="art", value="3.1", name="").text
    )

    # What is closed cannot be coded with from tomorrow; today's work goes on.
    closing = [row for row in page.split("<tr>") if ">2.2<" in row]
    number = re.search(r"/invoice-rules/chart/(\d+)/close", closing[0])
    assert number
    soeren.post(f"/invoice-rules/chart/{number[1]}/close")
    assert "til og med 14. september" in soeren.get("/invoice-rules/chart")
    school.clock.pass_by(days=1)
    invoice = came(school, LUNCH, reference=None)
    wrong = school.signed_in("jens").post(
        f"/invoices/{invoice}/decision",
        decision="code",
        **{"share-0": "100", "dim-0-function": "3.22.01", "dim-0-cost_centre": "1", "dim-0-art": "2.2"},
    )
    assert "art 2.2" in wrong.text
    assert school.signed_in("soeren").client.post(f"/invoice-rules/chart/{number[1]}/close").status_code in (303, 400)

    # The auditor reads it and changes nothing.
    anna = school.signed_in("anna")
    seen = anna.get("/invoice-rules/chart")
    assert "Anskaffelser" in seen
    assert "Gem værdien" not in seen
    anna.post("/invoice-rules/chart", dimension="art", value="9", name="x", status=403)
