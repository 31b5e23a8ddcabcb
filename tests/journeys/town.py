"""Lindeå on its first day, for the journeys: the operator has loaded who we are, what is agreed, and whom we buy from."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from eshop import ubl
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import EVERYONE, Base
from eshop.demo import municipality as words
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN
from eshop.identity import COPENHAGEN
from eshop.worker import Worker
from tests.journeys.people import Person
from tests.shell import Shell

KEPT_ON_PURPOSE = {"message", "audit_event", "audit_seal", "spend_count", "job", "api_token", "catalogue_upload"}
PASSWORD = "et langt kodeord"
SUPPLIER = paper.Company("31220114", "5790009902010", "HygiejneHuset A/S")
BUYER = paper.Company(words.LINDEAA, MAELKEVEJEN, "Børnehuset Mælkevejen", "Stjernevej 14")


class Clock:
    """The town's clock. It goes when the story says so."""

    def __init__(self) -> None:
        # The command line reads the real clock, so the story is told today.
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    @property
    def today(self) -> date:
        """As the municipality's calendar says: for an hour or two of the night it is a day ahead of UTC's."""
        return self.now.astimezone(COPENHAGEN).date()


class Town:
    """Lindeå on its first day: the operator has loaded who we are, what is agreed, and whom we buy from."""

    def __init__(self, shell: Shell, profile: str, tmp_path: Path, **settings: str) -> None:
        self.shell = shell
        self.clock = Clock()
        self.settings = Settings.from_environment(
            {"ESHOP_DATA_DIR": str(tmp_path / "var"), "ESHOP_SECRET_KEY": "k" * 40, **settings}
        )
        self.app: Flask = create_app(self.settings, shell.database, self.clock)
        self.seller = paper.Seller(SUPPLIER, profile, "9001", "0001234501")
        day = self.clock.today
        organisation = words.organisation()
        for name, content in (
            ("organisation.json", organisation),
            ("agreements.json", [one for one in words.agreements(day) if one["number"] == "50.81"]),
            ("suppliers.jsonl", [words.suppliers()[0] | {"profile": profile}]),
            ("policy.json", {"price_tolerance_percent": "1.0", "price_tolerance_amount_per_line": "10.00"}),
        ):
            what = name.partition(".")[0]
            ran = shell("load", what, shell.write(name, content))
            assert ran.code == 0, ran.err
        for login in ("mette", "aisha", "jens", "kim", "soeren", "henrik"):
            assert shell("users", "password", login, typed=PASSWORD + "\n").code == 0
        self.worker = Worker(shell.database, self.settings, self.clock)

    def person(self, login: str) -> Person:
        return Person(self.app.test_client(), login, PASSWORD)

    def token(self, *scopes: str, user: str | None = None) -> dict[str, str]:
        arguments = [part for scope in scopes for part in ("--scope", scope)]
        ran = self.shell("users", "token", "story", *arguments, *(("--user", user) if user else ()))
        return {"Authorization": f"Bearer {ran.out.strip()}"}

    def hand_in(self, document: ubl.Document) -> dict[str, Any]:
        """The access point brings a document; the worker looks at it; what became of it."""
        headers = self.token("documents:write", "documents:read")
        client = self.app.test_client()
        body = ubl.write(document, self.seller.profile)
        taken = client.post("/api/v1/documents", data=body, headers=headers, content_type="application/xml")
        assert taken.status_code == 202, taken.text
        self.worker.drain()
        return client.get(f"/api/v1/documents/{taken.json['message']}", headers=headers).json

    def pass_by(self, **span: float) -> None:
        self.clock.now += timedelta(**span)

    def order(self, number: str) -> dict[str, Any]:
        (shown,) = self.shell("orders", "show", number, "--json").objects
        return shown


def billed(order: dict[str, Any]) -> list[paper.Billed]:
    """The order's lines as the supplier read them in its own system."""
    return [
        paper.Billed(
            line["name"], Decimal(line["quantity"]), line["unit"].removeprefix("X"), Decimal(line["price"]), order["number"],
            line["line"], line["seller_item_id"], line["gtin"], line["unspsc"],
        )
        for line in order["lines"]
    ]  # fmt: skip


def postings_of(town: Town) -> list[dict[str, Any]]:
    """What the ledger gets: the postings that have not been exported before, in balance."""
    ran = town.shell("export", "postings", "--format", "json")
    if ran.code == 1:
        return []
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["lines"]


def everything(town: Town) -> dict[str, list[Any]]:
    """Every row of every table, but those that keep what came in and who did what."""
    with town.shell.database.read(EVERYONE) as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in KEPT_ON_PURPOSE
        }
