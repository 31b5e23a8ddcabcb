"""Purchasing sees what could not be sent and does something about it; how a supplier gets documents is set on a page."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

import ordering
from eshop.audit import AuditEvent
from eshop.config import Settings
from eshop.db import Database
from eshop.errors import BadInput
from eshop.exchange import Message, TradingPartner, partner_of
from eshop.worker import Worker
from tests import builders
from tests.web.conftest import Site


class Deaf(BaseHTTPRequestHandler):
    """An access point that knows nobody."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def dead_order(site: Site) -> str:
    """An order whose supplier's access point does not know the address; the worker has given it up."""
    server = HTTPServer(("127.0.0.1", 0), Deaf)
    Thread(target=server.serve_forever, daemon=True).start()
    with site.town.work() as session:
        partner = partner_of(session, site.town.suppliers["hygiejnehuset"])
        partner.channel, partner.address = "http", f"http://127.0.0.1:{server.server_port}/as4"
        number = site.town.sent_order(session).number
    work(site)
    server.shutdown()
    server.server_close()
    return number


def work(site: Site) -> None:
    settings = site.app.extensions["eshop"].settings
    assert isinstance(settings, Settings)
    Worker(site.database, settings, lambda: site.clock.at + timedelta(seconds=5)).drain()


def message_of(site: Site) -> Message:
    with site.town.read() as session:
        return session.scalars(select(Message).where(Message.direction == "out")).one()


def test_a_dead_letter_is_seen_and_sent_another_way(site: Site, dead_order: str) -> None:
    assert message_of(site).state == "dead"
    kim = site.signed_in("kim")
    page = kim.get("/sending")
    assert "Et dokument kunne ikke sendes og venter på dig" in page
    assert dead_order in page
    assert "HTTP 404" in page
    message = message_of(site)
    refused = kim.post(f"/sending/{message.id}", channel="smtp", address="not an address")
    assert "Adressen passer ikke til måden" in refused.text
    assert message_of(site).state == "dead"
    kim.post(f"/sending/{message.id}", channel="folder", address="")
    work(site)
    assert (message_of(site).state, message_of(site).channel) == ("sent", "folder")
    folder = Path(site.app.extensions["eshop"].settings.data_dir) / "outgoing"
    assert [file.name for file in folder.iterdir()] == [f"Order-{dead_order}.xml"]
    assert "Alt er sendt" in kim.get("/sending")
    with site.town.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.event == "document_sent_again")).one()
        assert event.fields["channel"] == "folder"


def test_a_mended_address_is_used_when_it_is_sent_again(site: Site, dead_order: str) -> None:
    kim = site.signed_in("kim")
    supplier = site.town.suppliers["hygiejnehuset"]
    address = "https://ap.example/as4"
    kim.post(f"/suppliers/{supplier}/channel", channel="http", address=address, profile="oioubl-2.1", secret="hemmelig")
    kim.post(f"/sending/{message_of(site).id}")
    assert (message_of(site).state, message_of(site).address) == ("waiting", address)
    assert dead_order in message_of(site).name
    twice = kim.post(f"/sending/{message_of(site).id}")
    assert 'role="alert"' in twice.text


def test_how_a_supplier_gets_documents_is_set_and_its_secret_is_never_shown(site: Site) -> None:
    kim = site.signed_in("kim")
    supplier = site.town.suppliers["hygiejnehuset"]
    page = f"/suppliers/{supplier}/channel"
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA comment"
    kim.post(
        page,
        channel="sftp",
        address="sftp://eshop@sftp.example:2222/ind",
        secret="hem:lig",
        host_key=key,
        profile="peppol-bis-3",
    )

    def kept() -> TradingPartner:
        with site.town.read() as session:
            return session.scalars(select(TradingPartner).where(TradingPartner.supplier_id == supplier)).one()

    assert kept().address == "sftp://eshop:hem%3Alig@sftp.example:2222/ind"
    assert kept().settings == {"password": "hem:lig", "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"}
    for address in (page, "/sending"):
        shown = kim.get(address)
        assert "sftp://eshop@sftp.example:2222/ind" in shown
        assert "hem" not in shown.replace("hemmelig", "")
    # Nothing given anew: what is known is kept.
    kim.post(page, channel="sftp", address="sftp://eshop@sftp.example/ud", profile="peppol-bis-3")
    assert kept().address == "sftp://eshop:hem%3Alig@sftp.example/ud"
    kim.post(page, channel="link", address="ordre@hygiejnehuset.example", profile="peppol-bis-3")
    assert (kept().channel, kept().settings) == ("link", {})


@pytest.mark.parametrize(
    ("channel", "address", "code"),
    [
        ("smtp", "ordre", "address_of_channel"),
        ("http", "http://elsewhere.example/", "address_of_channel"),
        ("http", "ftp://x", "address_of_channel"),
        ("http", "http://[", "address_of_channel"),
        ("sftp", "sftp://server/ind", "host_key_missing"),
        ("folder", "../../etc", "address_of_channel"),
        ("folder", "/etc", "address_of_channel"),
        ("pigeon", "", "channel_unknown"),
    ],
)
def test_addresses_that_cannot_be(database: Database, channel: str, address: str, code: str) -> None:
    town = builders.town(database)
    with town.work() as session, pytest.raises(BadInput) as refused:
        ordering.set_channel(
            session,
            town.suppliers["nordpapir"],
            town.by(session, "kim", None),
            profile="peppol-bis-3",
            channel=channel,
            address=address,
        )
    assert refused.value.code == code


def test_only_purchasing_and_administrators_see_it(site: Site) -> None:
    for name in ("mette", "jens", "soeren", "anna"):
        assert site.signed_in(name).client.get("/sending").status_code == 403
    assert "Afsendelse" in site.signed_in("kim").get("/sending")
