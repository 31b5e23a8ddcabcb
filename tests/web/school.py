"""A school of a small municipality that gets invoices: one order, its goods, people in finance and at the school, a mail server."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

import catalogues
import invoicing
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.identity import Institution, Role
from eshop.worker import Worker
from tests import builders
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, order, receipts
from tests.invoicing.town import Town
from tests.web.conftest import Clock, Site

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


def only_invoice(site: Site) -> int:
    with site.town.work() as session:
        return session.scalars(select(invoicing.Invoice.id)).one()


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
        self.whole: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        read = message_from_bytes(envelope.content, policy=policy.default)
        self.whole.append(read)
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
