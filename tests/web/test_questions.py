"""A question is put to whoever knows: the person who ordered answers on a page of their own, and it is back with finance."""

import re
from datetime import datetime

from sqlalchemy import select

import invoicing
import ordering
from eshop import jobs
from eshop.identity import Institution, Role
from tests import builders
from tests.invoicing.papers import order, receipts
from tests.web.conftest import Site
from tests.web.school import DEAR, EXACT, came, school, worker

__all__ = ["school"]


def test_whoever_ordered_is_asked_and_answers(school: Site) -> None:
    with school.town.work() as session:
        place = session.scalars(select(Institution).where(Institution.name == "Skolen Øst")).one()
        for name in ("mette", "tove"):
            made = builders.person(session, name.title(), (Role.ORDERER, place))
            made.email = f"{name}@kommune.example"
            school.town.people[name] = made.id  # type: ignore[attr-defined]
    invoice = came(school, DEAR)
    soeren, mette, tove = (school.signed_in(name) for name in ("soeren", "mette", "tove"))
    page = soeren.get(f"/invoices/{invoice}")
    assert re.search(rf'<option value="{school.town.people["mette"]}">Mette', page)
    asked = {"decision": "ask", "reason": "Har I aftalt den pris?"}
    nobody = str(school.town.people["bodil"])
    assert "bestiller eller modtager" in soeren.post(f"/invoices/{invoice}/decision", **asked, person=nobody).text
    soeren.post(f"/invoices/{invoice}/decision", **asked, person=str(school.town.people["mette"]))
    assert "Ligger hos Mette" in soeren.get(f"/invoices/{invoice}")

    # She is told on the first page and by mail, with a link to the one page she needs; her colleague is not.
    assert "spørger om en faktura" in mette.get("/shop")
    assert "spørger om en faktura" not in tove.get("/shop")
    worker(school).drain()
    with school.town.work() as session:
        told = [one.payload for one in session.scalars(select(jobs.Job)) if "question" in str(one.payload.get("code"))]
        assert [(one["to"], one["code"], one["path"]) for one in told] == [
            ("mette@kommune.example", "notice_question_you", "/questions")
        ]
    page = mette.get("/questions")
    assert "Har I aftalt den pris?" in page
    assert "Har I aftalt" not in tove.get("/questions")
    tove.post(f"/questions/{invoice}", reason="Ja da", status=404)
    assert mette.client.get(f"/invoices/{invoice}").status_code == 403, "the queue is not hers"

    assert "begrundelse" in mette.post(f"/questions/{invoice}").text or "Skriv" in mette.get("/questions")
    mette.post(f"/questions/{invoice}", reason="Nej, vi fik ikke andet at vide")
    assert "Ingen venter på svar fra dig" in mette.get("/questions")
    shown = soeren.get(f"/invoices/{invoice}")
    assert "vi fik ikke andet at vide" in shown
    assert "Ligger hos Soeren" in shown
    mette.post(f"/questions/{invoice}", reason="En ting til", status=404)
    with school.town.work() as session:
        assert invoicing.get_invoice(session, invoice).state == "waiting"


def test_a_unit_that_has_not_answered_is_reminded(school: Site) -> None:
    with school.town.work() as session:
        ordering.load_order(session, order("4500000082"), school.town.by)  # type: ignore[attr-defined]
        for row in receipts(order("4500000082"), _10="6"):
            ordering.load_receipt(session, row, school.town.by)  # type: ignore[attr-defined]
    invoice = came(school, EXACT, reference="4500000082", issued="2026-08-20")
    soeren, jens = school.signed_in("soeren"), school.signed_in("jens")
    assert "Spørg: F-1" in soeren.get("/invoices")
    asked = {"decision": "ask", "reason": "Er de fire sidste kommet?"}
    soeren.post(f"/invoices/{invoice}/decision", **asked)
    since = held_since(school, invoice)
    assert "Påmind: F-1" in soeren.get("/invoices")
    assert "påmindet" not in soeren.get("/invoices")

    school.clock.pass_by(hours=1)
    page = soeren.get(f"/invoices/{invoice}?do=remind")
    assert "Påmind Skolen Øst" in page
    assert ">Er de fire sidste kommet?</textarea>" in page, "the question is there to be sent again"
    for told in ("påmindet én gang", "påmindet 2 gange"):
        soeren.post(f"/invoices/{invoice}/decision", **asked)
        assert told in soeren.get("/invoices")
    assert held_since(school, invoice) == since, "it has lain there since it was asked the first time"

    jens.post(f"/invoices/{invoice}/decision", decision="answer", reason="Nej, de kommer på mandag")
    page = soeren.get("/invoices")
    assert "påmindet" not in page
    assert "Spørg: F-1" in page


def held_since(school: Site, invoice: int) -> datetime | None:
    with school.town.work() as session:
        return invoicing.get_invoice(session, invoice).with_since
