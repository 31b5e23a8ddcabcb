"""Writing to a supplier from the order's page and being answered by the link in the mail, with a real mail server between."""

import io
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

import ordering
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.exchange import Message, partner_of
from eshop.identity import User
from eshop.worker import Worker
from tests import builders
from tests.eshop.test_channels import Mailbox, OnAFreePort
from tests.web.conftest import Clock, Site

SUPPLIER = "kundeservice@hygiejnehuset.example"


def a_photo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "brown").save(written, "PNG")
    return written.getvalue()


class Both:
    """Our shop and the supplier, with the mails that have gone."""

    def __init__(self, database: Database, folder: Path, box: Mailbox, port: int) -> None:
        self.box, self.clock = box, Clock()
        settings = Settings.from_environment(
            {
                "ESHOP_DATA_DIR": str(folder),
                "ESHOP_SECRET_KEY": "k" * 40,
                "ESHOP_SMTP_URL": f"smtp://127.0.0.1:{port}",
                "ESHOP_URL": "https://indkoeb.lindeaa.example",
            }
        )
        town = builders.town(database)
        self.site = Site(create_app(settings, database, self.clock), town, database, self.clock)
        self.worker = Worker(database, settings, self.clock)
        with town.work() as session:
            session.get_one(User, town.people["mette"]).email = "mette@lindeaa.example"
            partner_of(session, town.suppliers["hygiejnehuset"]).address = SUPPLIER
            self.order_id = town.sent_order(session, {"soap": 10}).id

    def known_address(self, kind: str) -> None:
        with self.site.town.work() as session:
            partner_of(session, self.site.town.suppliers["hygiejnehuset"]).channel = kind

    def mails(self, to: str) -> list[tuple[str, str]]:
        """(subject, text) of all that was sent to the address, when the worker has done what is due."""
        self.clock.pass_by(minutes=16)
        self.worker.drain()
        self.worker.drain()
        read = [message_from_bytes(bytes(mail), policy=policy.default) for mail in self.box.mails]
        return [(one["Subject"], one.get_body(("plain",)).get_content()) for one in read if one["To"] == to]


@pytest.fixture
def both(database: Database, tmp_path: Path) -> Iterator[Both]:
    box = Mailbox()
    controller = OnAFreePort(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield Both(database, tmp_path, box, controller.port)
    controller.stop()


def test_a_question_is_mailed_and_the_answer_comes_back_to_the_order(both: Both) -> None:
    both.known_address("smtp")
    both.mails(SUPPLIER)  # the order itself
    mette = both.site.signed_in("mette")
    page = f"/orders/{both.order_id}"
    assert f"Sendes som mail til {SUPPLIER}" in mette.get(page)
    mette.post(f"{page}/messages", text="Kan I sætte dem ved køkkendøren?")
    assert "Skrevet til leverandøren af Mette Krog: »Kan I sætte dem ved køkkendøren?«" in unescape(mette.get(page))
    subject, text = both.mails(SUPPLIER)[-1]
    assert subject.startswith("Om ordre B-26-")
    assert "Hej HygiejneHuset A/S" in text
    assert "Kan I sætte dem ved køkkendøren?" in text
    assert "Mette Krog\nBørnehuset Mælkevejen\nLindeå Kommune" in text
    link = re.search(r"https://indkoeb\.lindeaa\.example(/supplier-link/[^#\s]+)#write", text)
    assert link
    supplier = both.site.app.test_client()
    shown = supplier.get(link[1]).text
    assert "Kan I sætte dem ved køkkendøren?" in shown
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token
    fields = {"csrf_token": unescape(token[1]), "write": "1", "text": "Ja, men <b>først</b> kl. 9."}
    assert supplier.post(link[1], data=fields).status_code == 303
    assert supplier.post(link[1], data={**fields, "text": " "}).status_code == 422
    with both.site.town.read() as session:
        assert ordering.get_order(session, both.order_id).state == "sent", "nothing was confirmed by it"
    ((told, body),) = both.mails("mette@lindeaa.example")
    assert told.startswith("HygiejneHuset A/S har skrevet om bestilling B-26-")
    assert f"/orders/{both.order_id}#messages" in body
    for person in (mette, both.site.signed_in("kim")):
        seen = person.get(page)
        assert "Ja, men &lt;b&gt;først&lt;/b&gt; kl. 9." in seen
        assert "Leverandøren skrev: »Ja, men" in seen


def test_without_an_address_the_page_says_who_can_add_it(both: Both) -> None:
    both.known_address("folder")
    page = f"/orders/{both.order_id}"
    mette, kim = both.site.signed_in("mette"), both.site.signed_in("kim")
    assert "Bed Indkøb om at tilføje den." in mette.get(page)
    assert "/messages" not in mette.get(page)
    supplier = both.site.town.suppliers["hygiejnehuset"]
    assert f"/suppliers/{supplier}" in kim.get(page)
    kim.post(f"/suppliers/{supplier}", active="1", email="salg@hygiejnehuset.example")
    kim.post(f"{page}/messages", text="Hvornår kommer resten?")
    ((subject, text),) = both.mails("salg@hygiejnehuset.example")
    assert "Kim Friis" in text, subject


def test_a_mail_that_was_refused_is_told_on_the_order_and_goes_to_the_mended_address(both: Both) -> None:
    both.known_address("smtp")
    both.mails(SUPPLIER)
    with both.site.town.work() as session:
        partner_of(session, both.site.town.suppliers["hygiejnehuset"]).address = "nobody@hygiejnehuset.example"
    kim = both.site.signed_in("kim")
    kim.post(f"/orders/{both.order_id}/messages", text="Er I der?")
    assert both.mails("nobody@hygiejnehuset.example") == []
    assert "Mailen kunne ikke afleveres." in kim.get(f"/orders/{both.order_id}")
    assert "Besked om bestilling" in kim.get("/sending")
    with both.site.town.work() as session:
        partner_of(session, both.site.town.suppliers["hygiejnehuset"]).address = SUPPLIER
        (dead,) = session.scalars(select(Message.id).where(Message.state == "dead")).all()
    kim.post(f"/sending/{dead}")
    assert "Er I der?" in both.mails(SUPPLIER)[-1][1]
    assert "Mailen kunne ikke afleveres." not in kim.get(f"/orders/{both.order_id}")


@pytest.mark.parametrize("kind", ["smtp", "folder"])
def test_a_complaint_is_mailed_with_its_picture_and_only_then_the_page_says_so(both: Both, kind: str) -> None:
    both.known_address(kind)
    both.mails(SUPPLIER)
    aisha = both.site.signed_in("aisha")
    fields = {"quantity-10": "8", "damaged-10": "2", "why-10": "Våde i bunden", "delivery_note": "77120"}
    page = aisha.post(
        f"/orders/{both.order_id}/receipts", **fields, **{"photo-10": (io.BytesIO(a_photo()), "IMG_1.png")}
    ).text
    told = [mail for mail in both.mails(SUPPLIER) if mail[0].startswith("Reklamation: ordre B-26-")]
    if kind == "folder":
        assert "Vi kan ikke sende leverandøren en mail" in page
        assert told == []
        # As soon as a mail can reach the supplier, they are told what still stands open.
        both.known_address("smtp")
        both.site.clock.pass_by(hours=1)
        assert [mail for mail in both.mails(SUPPLIER) if mail[0].startswith("Reklamation: ordre B-26-")]
        return
    assert "Leverandøren får at vide, hvad der var galt." in page
    ((_, text),) = told
    assert "Skadet: 2\u00a0kartoner Håndsæbe refill 700 ml (HS-700): Våde i bunden" in text
    mail = message_from_bytes(bytes(both.box.mails[-1]), policy=policy.default)
    assert [(one.get_content_type(), one.get_filename()[-6:]) for one in mail.iter_attachments()] == [
        ("image/jpeg", "-1.jpg")
    ]
    link = re.search(r"/supplier-link/[^#\s]+", text)
    assert link
    shown = both.site.app.test_client().get(link[0]).text
    assert 'id="write"' in shown
    assert 'id="answer"' not in shown, "a complaint is answered in words"
