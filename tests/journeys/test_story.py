"""The main path, told once in Peppol and once in OIOUBL, by the people and systems who live it.

A supplier's catalogue is handed in and accepted; a care worker finds an item and orders it; the leader approves; the order leaves as a
document the supplier can read; the goods come; the invoice posts itself; the cost of the order stands in three phases. A second
invoice is dearer than agreed, and stops with its reason. Nobody here reaches into the database.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from eshop import ubl
from eshop.app import create_app
from eshop.config import Settings
from eshop.demo import municipality as words
from eshop.demo import paper
from eshop.demo.assortment import Article
from eshop.demo.municipality import MAELKEVEJEN
from eshop.demo.trade import shelf
from eshop.ubl import rules
from eshop.worker import Worker
from tests.journeys.people import Person
from tests.shell import Shell

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


class Town:
    """Lindeå on its first day: the operator has loaded who we are, what is agreed, and whom we buy from."""

    def __init__(self, shell: Shell, profile: str, tmp_path: Path) -> None:
        self.shell = shell
        self.clock = Clock()
        self.settings = Settings.from_environment(
            {"ESHOP_DATA_DIR": str(tmp_path / "var"), "ESHOP_SECRET_KEY": "k" * 40}
        )
        self.app: Flask = create_app(self.settings, shell.database, self.clock)
        self.seller = paper.Seller(SUPPLIER, profile, "9001", "0001234501")
        day = self.clock.now.date()
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
        for login in ("mette", "aisha", "jens", "kim", "soeren"):
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


@pytest.fixture(params=["peppol-bis-3", "oioubl-2.1"])
def town(request: pytest.FixtureRequest, shell: Shell, tmp_path: Path) -> Town:
    return Town(shell, request.param, tmp_path)


def billed(order: dict[str, Any]) -> list[paper.Billed]:
    """The order's lines as the supplier read them in its own system."""
    return [
        paper.Billed(
            line["name"], Decimal(line["quantity"]), line["unit"].removeprefix("X"), Decimal(line["price"]), order["number"],
            line["line"], line["seller_item_id"], line["gtin"], line["unspsc"],
        )
        for line in order["lines"]
    ]  # fmt: skip


def an_article() -> Article:
    return next(one for one in shelf("50.81") if one.seller_item_id == "HH-10002")


def test_from_catalogue_to_posted_invoice(town: Town) -> None:
    # The supplier hands its catalogue in: 200 lines, one of them in a unit nobody knows.
    articles = list(shelf("50.81")[:200])
    articles[7] = replace(articles[7], unit="QQ")
    day = town.clock.now.date()
    written = paper.catalogue(
        town.seller, BUYER, "K-1", "50.81", day - timedelta(days=1), day + timedelta(days=300), articles
    )
    file = town.shell.write("katalog.xml", ubl.write(written, town.seller.profile))
    ledger = town.shell("load", "catalogue", file, "--json")
    assert ledger.code == 1, "a line was refused"
    *lines, last = ledger.objects
    refused = [one for one in lines if one["result"] == "refused"]
    assert [one["seller_item_id"] for one in refused] == [articles[7].seller_item_id]
    assert refused[0]["findings"][0]["text"]
    summary = last["catalogue"]
    assert (summary["lines"], summary["accepted"], summary["refused"], summary["live"]) == (200, 199, 1, 0)

    # Nothing is for sale before the purchasing lead has said yes.
    mette = town.person("mette")
    assert "HH-10002" not in mette.open("/search?q=h%C3%A5nds%C3%A6be")
    kim = town.person("kim")
    kim.open("/catalogues")
    client, headers = town.app.test_client(), town.token("catalogues:read", "catalogues:write", user="kim")
    (version,) = client.get("/api/v1/catalogues", headers=headers).json["items"]
    accepted = client.post(f"/api/v1/catalogues/{version['id']}/accept", headers=headers, json={})
    assert accepted.status_code == 200, accepted.text
    assert accepted.json["catalogue"]["live"] == 199

    # Mette finds the soap by what she calls it, and sees what it costs.
    assert "Håndsæbe, mild, uden farve og parfume, 500 ml med pumpe" in mette.open("/search?q=h%C3%A5nds%C3%A6be+500")
    mette.follow("Håndsæbe, mild, uden farve og parfume, 500 ml med pumpe")
    assert "178,80" in mette.page
    mette.press("i kurv", quantity="30")
    mette.open("/basket")
    assert "5.364,00" in mette.page
    mette.open("/basket/send")
    mette.press("Send bestilling", note="Lageret er tomt efter sommerfesten")

    # It is more than she may decide herself: it waits for Jens, who says yes with one press.
    (waiting,) = town.shell("export", "orders").objects
    number = waiting["number"]
    shown = town.order(number)
    assert (shown["state"], shown["approval"]["who"]) == ("waiting", ["Jens Holm"])
    jens = town.person("jens")
    jens.open("/approvals")
    assert "Mette Kragh Sørensen" in jens.page
    assert "Lageret er tomt efter sommerfesten" in jens.page
    jens.press("Godkend")
    assert town.order(number)["state"] == "queued"

    # Ten minutes later the order leaves, as a document that the supplier's profile has no fault to find with.
    town.pass_by(minutes=11)
    town.worker.drain()
    assert town.order(number)["state"] == "sent"
    (sent,) = (town.settings.data_dir / "outgoing").iterdir()
    identification, order = ubl.open_document(sent.read_bytes())
    assert identification.profile is not None
    assert identification.profile.name == town.seller.profile
    assert isinstance(order, ubl.Order)
    assert rules.check(order, identification.profile).errors == ()
    assert str(order.id) == number

    # The supplier says yes, and sends the goods. Aisha counts them.
    shown = town.order(number)
    town.pass_by(hours=2)
    answer = town.hand_in(paper.accept_order(town.seller, BUYER, "OB-1", number, day, day + timedelta(days=2)))
    assert (answer["outcome"], answer["orders"], answer["findings"]) == ("recorded", [number], [])
    assert town.order(number)["state"] == "confirmed"
    town.pass_by(days=2)
    aisha = town.person("aisha")
    aisha.open("/receive")
    assert number in aisha.page
    aisha.press("Alt er kommet")
    assert town.order(number)["lines"][0]["received"] == "30"

    # The invoice comes and posts itself: no human hand, and every line of it balanced.
    invoice = paper.Bill("F-884120", town.seller, BUYER, town.clock.now.date(), billed(shown), number, "Mette K.")
    told = town.hand_in(paper.bill(invoice))
    assert (told["outcome"], told["reasons"], told["orders"]) == ("posted", [], [number])
    assert [line["status"] for line in told["lines"]] == ["ok"]
    assert told["gross"] == "6705.00"
    lines = postings_of(town)
    assert len({line["posting"] for line in lines}) == 1
    assert sum(Decimal(line["amount"]) for line in lines) == 0
    assert max(Decimal(line["amount"]) for line in lines) == Decimal("5364.00")
    assert {name for line in lines for name in line["coding"]} == {"function", "cost_centre", "art"}
    cost = town.order(number)["cost"]
    assert all(Decimal(cost[phase]) > 0 for phase in ("purchase", "receipt", "payment"))
    assert Decimal(cost["total"]) == sum(Decimal(cost[phase]) for phase in ("purchase", "receipt", "payment"))
    assert (cost["channel"], cost["total"]) == ("system", "90.00")

    # A second order, and this time the supplier's invoice is dearer than the agreement.
    mette = town.person("mette")
    mette.open("/search?q=h%C3%A5nds%C3%A6be+500")
    mette.follow("Håndsæbe, mild, uden farve og parfume, 500 ml med pumpe")
    mette.press("i kurv", quantity="3")
    mette.open("/basket/send")
    mette.press("Send bestilling")
    town.pass_by(minutes=11)
    town.worker.drain()
    second = next(one["number"] for one in town.shell("export", "orders").objects if one["number"] != number)
    town.pass_by(days=2)
    aisha = town.person("aisha")
    aisha.open("/receive")
    aisha.press("Alt er kommet")
    lines = [replace(line, price=line.price + 22) for line in billed(town.order(second))]
    dearer = paper.Bill("F-884121", town.seller, BUYER, town.clock.now.date(), lines, second, "Mette K.")
    stopped = town.hand_in(paper.bill(dearer))
    assert (stopped["outcome"], stopped["reasons"]) == ("held", ["price_over"])
    assert [(line["status"], line["variance"]) for line in stopped["lines"]] == [("price_over", "66.00")]
    assert postings_of(town) == [], "nothing more is posted"

    # Søren sees which invoice stopped, on what, and by how much.
    soeren = town.person("soeren")
    soeren.open("/invoices")
    assert "884121" in soeren.page
    assert "884120" not in soeren.page
    soeren.follow("884121")
    assert "66,00" in soeren.page
    assert second in soeren.page

    # Judged again from the bytes, everything comes out the same.
    assert town.shell("replay", "--json").objects == []


def postings_of(town: Town) -> list[dict[str, Any]]:
    """What the ledger gets: the postings that have not been exported before, in balance."""
    ran = town.shell("export", "postings", "--format", "json")
    if ran.code == 1:
        return []
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["lines"]
