"""What people do with an invoice that waits, as plain forms: attest, code, send on, ask, claim, wait, accept, hand over, take back."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from PIL import Image
from sqlalchemy import select

import invoicing
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.exchange import Message
from eshop.identity import Institution, the_municipality
from tests.invoicing.papers import Line, order, receipts
from tests.web.conftest import Site
from tests.web.school import DEAR, EXACT, LUNCH, ORDER, Mailbox, came, mailbox, school, state, worker

__all__ = ["mailbox", "school"]


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
    assert "Konteringen mangler: projekt." in page
    assert 'name="dim-0-project"' in page
    assert "Alt passer. Skriv det, konteringen mangler" in page
    assert "hver linje beholder det, som bestilling og varegruppe siger" in page
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

    # Another claim than the one that was withdrawn is another answer.
    soeren.post(f"/invoices/{invoice}/claim", line="1", text="Kære Nordlys. Det var antallet, der var galt.")
    with school.town.work() as session:
        answers = session.scalars(select(Message).where(Message.direction == "out").order_by(Message.id)).all()
        assert [one.document_id for one in answers] == [f"IR-{invoice}-UQ", f"IR-{invoice}-UQ-2"]
        assert ["antallet, der var galt" in one.body.decode() for one in answers] == [False, True]


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
    assert "+208,00" in page, "four at 52,00 beside the line"
    assert "kreditnota på 260,00" in page, "and with VAT in the mail"
    assert "Til betaling" not in page, "nothing is claimed before anybody has said so"
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


def test_pictures_of_what_came_damaged_go_with_the_claim(school: Site, mailbox: tuple[Mailbox, str]) -> None:
    """Seven of ten came whole and three crushed, with a picture; all ten are billed."""
    box, url = mailbox
    with school.town.work() as session:
        ordering.load_order(session, order("4500000082"), school.town.by)  # type: ignore[attr-defined]
        bought = ordering.find_order(session, "4500000082")
        crushed = ordering.Count(Decimal(7), damaged=Decimal(3), reason="Trykket i hjørnet", photos=(_picture(),))
        ordering.receive(session, bought, {"10": crushed, "20": Decimal(4), "30": Decimal(6)}, school.town.by)  # type: ignore[attr-defined]
    invoice = came(school, EXACT, reference="4500000082")
    soeren = school.signed_in("soeren")
    pictures = set(re.findall(rf'src="(/invoices/{invoice}/photos/\d+)"', soeren.get(f"/invoices/{invoice}")))
    assert len(pictures) == 1
    shown = soeren.client.get(next(iter(pictures)))
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    soeren.post(f"/invoices/{invoice}/claim", line="0", text="Kære Nordlys. Se billedet.")
    worker(school, ESHOP_SMTP_URL=url).drain()
    (mail,) = [one for to, one in zip(box.mails, box.whole, strict=True) if "Se billedet" in to[1]]
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_content()) == ("image/jpeg", shown.data)


def _picture() -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (60, 40), "brown").save(body, "JPEG")
    return body.getvalue()


def test_who_may_not_decide_only_sees(school: Site) -> None:
    """The auditor reads the queue: nothing to accept or choose, no letter that acts, and one way in, to see."""
    invoice = came(school, DEAR)
    finance, auditor = (school.signed_in(name).get("/invoices") for name in ("soeren", "anna"))
    row = rf'<a class="button button-secondary" href="/invoices/{invoice}" aria-label="Se: F-1"'
    assert row in auditor
    assert row not in finance
    for acting in ("data-key=", 'name="only"', 'name="invoice"'):
        assert acting in finance, acting
        assert acting not in auditor, acting
    page = school.signed_in("anna").get(f"/invoices/{invoice}")
    assert "data-key=" not in page
    assert f'action="/invoices/{invoice}/decision"' not in page
    school.signed_in("anna").post(f"/invoices/{invoice}/decision", 403, decision="accept", reason="Ja")
