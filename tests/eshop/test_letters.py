"""An order by mail to a real mail server: a letter in Danish, a link that works, a PDF that can be read, and the XML."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

import ordering
from eshop import letters
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.exchange import Message, partner_of
from eshop.worker import Worker
from tests import builders
from tests.eshop.test_channels import Mailbox, OnAFreePort

NOW = builders.NOW


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Controller]]:
    box = Mailbox()
    controller = OnAFreePort(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield box, controller
    controller.stop()


@pytest.fixture
def settings(tmp_path: Path, mailbox: tuple[Mailbox, Controller]) -> Settings:
    return Settings.from_environment(
        {
            "ESHOP_DATA_DIR": str(tmp_path),
            "ESHOP_SECRET_KEY": "k" * 40,
            "ESHOP_SMTP_URL": f"smtp://127.0.0.1:{mailbox[1].port}",
            "ESHOP_URL": "https://indkoeb.lindeaa.example/",
        }
    )


def sent_by(town: builders.Town, channel: str, profile: str = "peppol-bis-3", **said: object) -> str:
    with town.work() as session:
        partner = partner_of(session, town.suppliers["hygiejnehuset"])
        partner.channel, partner.profile, partner.address = channel, profile, "ordre@hygiejnehuset.example"
        return town.sent_order(session, {"soap": 10, "gloves": 4}, **said).number


def read(mail: object) -> tuple[EmailMessage, str, dict[str, bytes]]:
    parsed = message_from_bytes(bytes(mail), policy=policy.default)  # type: ignore[call-overload]
    text = parsed.get_body(("plain",)).get_content()
    return parsed, text, {one.get_filename(): one.get_content() for one in parsed.iter_attachments()}


@pytest.mark.parametrize("profile", ["peppol-bis-3", "oioubl-2.1"])
def test_an_order_by_mail_is_answered_by_the_link_in_it(
    database: Database, settings: Settings, mailbox: tuple[Mailbox, Controller], profile: str
) -> None:
    town = builders.town(database)
    number = sent_by(town, "smtp", profile)
    Worker(database, settings, lambda: NOW + timedelta(minutes=1)).drain()
    (mail,) = mailbox[0].mails
    parsed, text, files = read(mail)
    assert parsed["Subject"] == f"Ordre {number} fra Børnehuset Mælkevejen"
    assert "Hej HygiejneHuset A/S" in text
    assert "2.038,00\u00a0kr." in text
    assert set(files) == {f"Order-{number}.xml", f"Order-{number}.pdf"}
    pdf = files[f"Order-{number}.pdf"]
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf  # says that it keeps PDF/UA, which the maker checks before it writes
    with town.read() as session:
        (message,) = session.scalars(select(Message).where(Message.direction == "out"))
        assert (message.state, message.attachment) == ("sent", pdf)
    address = re.search(r"https://indkoeb\.lindeaa\.example(/supplier-link/\S+)", text)
    assert address
    supplier = an_app(settings, database).test_client()
    page = supplier.get(address[1])
    assert page.status_code == 200
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    assert supplier.post(address[1], data={"csrf_token": token[1]}).status_code == 303
    with town.read() as session:
        assert ordering.find_order(session, number).state == "confirmed"


def an_app(settings: Settings, database: Database) -> Flask:
    return create_app(settings, database, lambda: NOW + timedelta(hours=1))


def test_who_wants_the_link_alone_gets_no_xml(
    sqlite_database: Database, settings: Settings, mailbox: tuple[Mailbox, Controller]
) -> None:
    town = builders.town(sqlite_database)
    number = sent_by(town, "link")
    Worker(sqlite_database, settings, lambda: NOW + timedelta(minutes=1)).drain()
    (mail,) = mailbox[0].mails
    _, text, files = read(mail)
    assert set(files) == {f"Order-{number}.pdf"}
    assert "/supplier-link/" in text
    assert "XML" not in text


def test_a_change_has_a_new_link_and_a_cancellation_none(
    sqlite_database: Database, settings: Settings, mailbox: tuple[Mailbox, Controller]
) -> None:
    town = builders.town(sqlite_database)
    number = sent_by(town, "smtp")
    with town.work() as session:
        mette = town.by(session, "mette", at=builders.later(minutes=5))
        ordering.change_order(session, ordering.find_order(session, number), {"10": 8}, mette)
        ordering.cancel(session, ordering.find_order(session, number), mette, "Børnene er på tur")
    Worker(sqlite_database, settings, lambda: NOW + timedelta(hours=1)).drain()
    subjects = [read(mail)[0]["Subject"] for mail in mailbox[0].mails]
    assert subjects == [
        f"Ordre {number} fra Børnehuset Mælkevejen",
        f"Ordre {number} fra Børnehuset Mælkevejen er ændret",
        f"Ordre {number} fra Børnehuset Mælkevejen er annulleret",
    ]
    assert all("/supplier-link/" not in read(mail)[1] for mail in mailbox[0].mails), "it is over: nothing to answer"


def test_a_letter_that_cannot_be_written_stops_no_other(
    sqlite_database: Database,
    settings: Settings,
    mailbox: tuple[Mailbox, Controller],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = builders.town(sqlite_database)
    broken = sent_by(town, "smtp")
    whole = sent_by(town, "smtp")
    draw = letters.readable

    def torn(body: bytes) -> bytes:
        if broken.encode() in body:
            raise RuntimeError("no ink")
        return draw(body)

    monkeypatch.setattr(letters, "readable", torn)
    Worker(sqlite_database, settings, lambda: NOW + timedelta(minutes=1)).once()
    assert [read(mail)[0]["Subject"].split()[1] for mail in mailbox[0].mails] == [whole]
    with town.read() as session:
        waiting = session.scalars(select(Message).where(Message.state == "waiting")).one()
        assert "no ink" in str(waiting.last_error)


def test_the_readable_copy_says_what_the_document_says(sqlite_database: Database, tmp_path: Path) -> None:
    town = builders.town(sqlite_database)
    with town.work() as session:
        order = town.sent_order(session, {"soap": 1}, note="Ring til køkkenet " + "æøå " * 300)
        for profile in ("peppol-bis-3", "oioubl-2.1"):
            body = letters.ubl.write(ordering.order_document(session, order), profile)
            assert letters.readable(body).startswith(b"%PDF-")
    with pytest.raises(TypeError):
        letters.readable((Path(__file__).parents[1] / "data/ubl/invoice-peppol-bis-3.xml").read_bytes())


def test_without_a_public_address_links_lead_to_this_machine(tmp_path: Path) -> None:
    alone = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40, "PORT": "8123"})
    assert alone.public_url == "http://127.0.0.1:8123"
