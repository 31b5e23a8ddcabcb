"""The main path, told once in Peppol and once in OIOUBL, by the people and systems who live it.

A supplier's catalogue is handed in and accepted; a care worker finds an item and orders it; the leader approves; the order leaves as a
document the supplier can read; the goods come; the invoice posts itself; the cost of the order stands in three phases. A second
invoice is dearer than agreed, and stops with its reason. Nobody here reaches into the database.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from eshop import ubl
from eshop.demo import paper
from eshop.demo.assortment import Article
from eshop.demo.trade import shelf
from eshop.ubl import rules
from tests.journeys.town import BUYER, Town, billed, postings_of
from tests.shell import Shell


@pytest.fixture(params=["peppol-bis-3", "oioubl-2.1"])
def town(request: pytest.FixtureRequest, shell: Shell, tmp_path: Path) -> Town:
    return Town(shell, request.param, tmp_path)


def an_article() -> Article:
    return next(one for one in shelf("50.81") if one.seller_item_id == "HH-10002")


def test_from_catalogue_to_posted_invoice(town: Town) -> None:
    # The supplier hands its catalogue in: 200 lines, one of them in a unit nobody knows.
    articles = list(shelf("50.81")[:200])
    articles[7] = replace(articles[7], unit="QQ")
    day = town.clock.today
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
    invoice = paper.Bill("F-884120", town.seller, BUYER, town.clock.today, billed(shown), number, "Mette K.")
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
    dearer = paper.Bill("F-884121", town.seller, BUYER, town.clock.today, lines, second, "Mette K.")
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
