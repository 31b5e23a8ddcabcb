"""The day of finance, and the supplier's, told through the pages they press their way through; nobody reaches into the database.

What comes in here comes as it does in life: documents from the access point, the worker that looks at them, people at their pages.
"""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from eshop import ubl
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN
from eshop.demo.trade import shelf
from tests.journeys.people import Person
from tests.journeys.town import BUYER, Town, billed
from tests.shell import Shell

SOAP = "31220114/HH-10002"


class Mailbox:
    """The supplier's mail server; `texts` is what was written to them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.port = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        body = message_from_bytes(envelope.content, policy=policy.default).get_body(("plain",))
        self.texts.append("" if body is None else body.get_content())
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        box.port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def town(shell: Shell, tmp_path: Path, mailbox: Mailbox) -> Town:
    """Lindeå with a catalogue that is live; the supplier wants its orders by mail, with a link to answer on."""
    town = Town(shell, "peppol-bis-3", tmp_path, ESHOP_SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}")
    wishes = {"cvr": "31220114", "channel": "link", "address": "ordre@hygiejnehuset.example"}
    assert shell("load", "suppliers", shell.write("wishes.jsonl", [wishes])).code == 0
    day = town.clock.today
    written = paper.catalogue(
        town.seller, BUYER, "K-1", "50.81", day - timedelta(days=1), day + timedelta(days=300), shelf("50.81")[:20]
    )
    file = shell.write("katalog.xml", ubl.write(written, "peppol-bis-3"))
    assert shell("load", "catalogue", file, "--accept-all").code == 0
    return town


def ordered(town: Town, quantity: str) -> str:
    """Mette orders soap, and it leaves; the number of the order."""
    client, headers = town.app.test_client(), town.token("orders:write", user="mette")
    given = {"institution": MAELKEVEJEN, "lines": [{"item": SOAP, "quantity": quantity}]}
    placed = client.post("/api/v1/orders", json=given, headers=headers)
    assert placed.status_code == 201, placed.text
    number: str = placed.json["orders"][0]["number"]
    assert town.shell("orders", "send", number).code == 0
    return number


def received(town: Town) -> None:
    aisha = town.person("aisha")
    aisha.open("/receive")
    aisha.press("Alt er kommet")


def test_finance_from_the_first_deviation_to_the_ledger(town: Town) -> None:
    day = town.clock.today
    number = ordered(town, "10")
    received(town)

    # The supplier bills ten kroner too much for each: the invoice stops, and Søren sees why before he opens it.
    dearer = [replace(line, price=line.price + 10) for line in billed(town.order(number))]
    told = town.hand_in(paper.bill(paper.Bill("F-501", town.seller, BUYER, day, dearer, number, "Mette K.")))
    assert (told["outcome"], told["reasons"]) == ("held", ["price_over"])
    soeren = town.person("soeren")
    soeren.open("/invoices")
    assert "F-501" in soeren.page
    soeren.follow("F-501")
    for said in ("100,00", number):
        assert said in soeren.page

    # He asks those who ordered, from the invoice; the question lies with Jens until he has answered.
    soeren.press("Spørg", reason="Har I aftalt en højere pris med dem?")
    jens = town.person("jens")
    jens.open("/invoices")
    assert "Har I aftalt en højere pris med dem?" in jens.page
    jens.press("Send svaret", reason="Nej, vi har ikke aftalt noget")
    soeren.open("/invoices")
    soeren.follow("F-501")
    assert "Nej, vi har ikke aftalt noget" in soeren.page

    # Then he claims the difference: the mail is written for him, he may change it.
    soeren.press("Send kravet")
    soeren.open("/credit-notes")
    assert "125,00" in soeren.page, "ten times ten kroner, and the VAT of it"

    # The credit note comes and settles it by itself: invoice and credit note are posted together.
    credit = paper.Bill(
        "K-77", town.seller, BUYER, day, [replace(dearer[0], price=Decimal(10))], number, "Mette K.", credits="F-501"
    )
    told = town.hand_in(paper.bill(credit))
    assert told["outcome"] == "posted", told
    soeren.open("/credit-notes")
    assert "Der ventes ingen kreditnotaer" in soeren.page
    soeren.open("/invoices")
    assert "F-501" not in soeren.page

    # An invoice without an order goes to the unit whose GLN it carries; its leader attests on the phone with one press.
    lunch = paper.Billed("Rundstykker til forældremøde", Decimal(40), "EA", Decimal("9.50"), unspsc="50181900")
    told = town.hand_in(paper.bill(paper.Bill("F-502", town.seller, BUYER, day, [lunch], None, "Jens Holm")))
    assert (told["outcome"], told["reasons"]) == ("manual", ["no_order"])
    jens.open("/invoices")
    assert "475,00" in jens.page
    jens.press("Attestér HygiejneHuset")
    soeren.open("/posted-invoices")
    assert "F-502" in soeren.page

    # The ledger gets one batch: it balances, comes again byte for byte, and is acknowledged.
    soeren.open("/postings")
    soeren.press("Lav næste bundt", format="json")
    file = soeren.client.get("/postings/batches/1/file")
    lines = json.loads(file.data)["lines"]
    assert sum(Decimal(line["amount"]) for line in lines) == 0
    assert {line["document"] for line in lines} >= {"F-501", "K-77", "F-502"}
    soeren.open("/postings")
    soeren.press("Økonomisystemet har det")
    assert soeren.client.get("/postings/batches/1/file").data == file.data


def test_the_supplier_hands_in_answers_by_the_link_and_follows(town: Town, mailbox: Mailbox) -> None:
    day = town.clock.today
    # Henrik signs in among his own: catalogues first, nothing of the municipality's shop.
    henrik = town.person("henrik")
    assert henrik.address == "/supplier/catalogues"
    assert henrik.client.get("/shop").status_code == 403
    assert henrik.client.get("/invoices").status_code == 403

    # He hands in next year's catalogue; one line has a unit nobody knows, and he is told which, in his words.
    articles = list(shelf("50.81")[:20])
    articles[3] = replace(articles[3], unit="QQ")
    written = paper.catalogue(
        town.seller, BUYER, "K-2", "50.81", day + timedelta(days=1), day + timedelta(days=400), articles
    )
    henrik.follow("Indlever katalog")
    (agreement,) = re.findall(r'<option value="(\d+)"', henrik.client.get(henrik.address).text)
    henrik.send_file("ndlever", "file", "katalog-2027.xml", ubl.write(written, "peppol-bis-3"), agreement=agreement)
    town.worker.drain()
    henrik.open("/supplier/catalogues")
    henrik.follow("50.81 version 2")
    assert articles[3].seller_item_id in henrik.page
    assert "QQ" in henrik.page
    assert articles[4].seller_item_id not in henrik.page, "what is right is not told"

    # An order comes by mail, with a link that needs no sign-in. He can deliver six of ten; the rest follows.
    number = ordered(town, "10")
    town.pass_by(minutes=2)
    town.worker.drain()
    (mail,) = [text for text in mailbox.texts if number in text]
    link = re.search(r"https?://[^/\s]+(/supplier-link/\S+)", mail)
    assert link
    visitor = Person(town.app.test_client())
    visitor.open(link[1])
    assert "Håndsæbe, mild" in visitor.page
    later = day + timedelta(days=6)
    visitor.press("Send svar", **{"quantity-10": "6", "rest-10": later.isoformat(), "note": "De sidste fire mandag"})
    assert "Vi har fået jeres svar" in visitor.page

    # Mette sees what was answered; a question of hers reaches him on the same link.
    mette = town.person("mette")
    mette.open("/orders")
    mette.follow(f"Se bestilling {number}")
    assert "De sidste fire mandag" in mette.page

    # Under Ordrer he follows what he has been sent, and under Fakturaer what became of his bills.
    henrik.open("/supplier/orders")
    assert number in henrik.page
    lines = [replace(line, quantity=Decimal(6)) for line in billed(town.order(number))]
    town.hand_in(paper.bill(paper.Bill("F-601", town.seller, BUYER, day, lines, number, "Mette K.")))
    henrik.open("/supplier/invoices")
    assert "F-601" in henrik.page
