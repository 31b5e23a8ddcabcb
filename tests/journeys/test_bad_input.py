"""What comes in wrong, by every door it can come through: refused with a sentence that says what and where, the house as before.

The command line, the access point's API and the pages are three ways to the same rules. Whatever is refused leaves every table as it
was, but for what is kept on purpose: the bytes of a document that came (with its reason), the audit trail, and the file somebody handed in.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import invoicing
from eshop import intake, ubl
from eshop.db import EVERYONE
from eshop.demo import municipality as words
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN
from eshop.demo.trade import shelf
from tests.journeys.town import BUYER, Town, everything
from tests.shell import Shell

OTHER = "31220114/HH-10002"


@pytest.fixture
def town(shell: Shell, tmp_path: Path) -> Town:
    """Lindeå with a catalogue of ten lines that is live."""
    town = Town(shell, "peppol-bis-3", tmp_path)
    ran = shell("load", "catalogue", shell.write("katalog.xml", a_catalogue(town)), "--accept-all")
    assert ran.code == 0, ran.err
    return town


def a_catalogue(town: Town, name: str = "K-1") -> bytes:
    day = town.clock.today
    written = paper.catalogue(
        town.seller, BUYER, name, "50.81", day - timedelta(days=1), day + timedelta(days=300), shelf("50.81")[:10]
    )
    return ubl.write(written, "peppol-bis-3")


def an_invoice(town: Town, number: str = "F-1", unit: str = "XCT", order: str | None = "B-26-10001X") -> bytes:
    line = paper.Billed("Håndsæbe", Decimal(2), unit, Decimal("178.80"), order, None, "HH-10002", None, "53131608")
    bill = paper.Bill(number, town.seller, BUYER, town.clock.today, [line], order, "Mette K.")
    return ubl.write(paper.bill(bill), "peppol-bis-3")


@pytest.fixture
def unchanged(town: Town) -> Iterator[None]:
    """The house is the same after the test as before it."""
    before = everything(town)
    assert len(before) > 40
    assert any(rows for name, rows in before.items() if name.startswith("catalogue"))
    yield
    after = everything(town)
    assert {name for name in before if before[name] != after[name]} == set()


def by_access_point(town: Town, body: bytes) -> dict[str, Any]:
    """The document through the API, and what the worker made of it."""
    headers = town.token("documents:write", "documents:read")
    client = town.app.test_client()
    taken = client.post("/api/v1/documents", data=body, headers=headers, content_type="application/xml")
    assert taken.status_code == 202, taken.text
    town.worker.drain()
    return client.get(f"/api/v1/documents/{taken.json['message']}", headers=headers).json


def by_command(town: Town, body: bytes) -> dict[str, Any]:
    ran = town.shell("receive", town.shell.write("bad.xml", body), "--json")
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    return ran.objects[0]


DOORS = {"command": by_command, "api": by_access_point}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("wrong", ["truncated", "external entity", "internal entities", "empty", "another type"])
def test_a_document_that_cannot_be_read(town: Town, tmp_path: Path, door: str, wrong: str) -> None:
    good = an_invoice(town)
    secret = tmp_path / "secret.txt"
    secret.write_text("the password is swordfish")
    root = good.index(b"<Invoice")
    bombs = b"".join(b'<!ENTITY b%d "%s">' % (one, (b"&b%d;" % (one - 1)) * 10 if one else b"ha") for one in range(12))
    body, reason, says = {
        "truncated": (good[: len(good) * 2 // 3], "unreadable", "afbrudt ved linje"),
        "external entity": (
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "%s">]>' % secret.as_uri().encode()
            + good[root:].replace(b"F-1", b"&e;", 1),
            "unreadable",
            "DTD",
        ),
        "internal entities": (
            b"<!DOCTYPE x [" + bombs + b"]>" + good[root:].replace(b"F-1", b"&b11;", 1),
            "unreadable",
            "DTD",
        ),
        "empty": (b"<", "unreadable", ""),
        "another type": (b"<Nyhed><overskrift/></Nyhed>", "unknown_type", "Nyhed"),
    }[wrong]
    answer = DOORS[door](town, body)
    assert (answer["outcome"], answer["reasons"]) == ("rejected", [reason])
    assert says in answer["findings"][0]["text"]
    assert "swordfish" not in json.dumps(answer)
    # It is kept as it came, with why, for whoever asks after it; it is no invoice of anybody's.
    soeren = town.person("soeren")
    assert "Ingen fakturaer venter" in soeren.open("/invoices")


@pytest.mark.usefixtures("unchanged")
def test_an_invoice_of_200_megabytes_is_refused_by_its_size_before_it_is_read(town: Town) -> None:
    path = town.shell.folder / "large.xml"
    good = an_invoice(town)
    note = good.index(b"<cbc:DueDate")
    with path.open("wb") as file:
        file.write(good[:note] + b"<cbc:Note>")
        file.seek(200 * 2**20)
        file.write(b"</cbc:Note>" + good[note:])
    ran = town.shell("receive", path, "--json")
    assert ran.code == 1
    (finding,) = ran.objects[0]["findings"]
    assert (ran.objects[0]["outcome"], finding["code"]) == ("rejected", "document_too_large")
    assert "højst 40\u00a0MB" in finding["text"]
    assert town.shell("check", path).code == 1

    # A sender that says so many are coming is answered before the first of them is read.
    refused = town.app.test_client().post(
        "/api/v1/documents", data=b"<Invoice", content_type="application/xml",
        environ_overrides={"CONTENT_LENGTH": str(200 * 2**20)}, headers=town.token("documents:write"),
    )  # fmt: skip
    assert (refused.status_code, refused.json["code"]) == (413, "document_too_large")
    assert refused.content_type == "application/problem+json"
    assert "200\u00a0MB" in refused.json["detail"]
    assert "40\u00a0MB" in refused.json["detail"]


def test_an_invoice_with_20_megabytes_of_pdf_inside_is_taken_and_the_file_is_there_as_it_came(town: Town) -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * (20 * 2**12)
    good = an_invoice(town)
    place = good.index(b"<cac:AccountingSupplierParty")
    inside = (
        b"<cac:AdditionalDocumentReference><cbc:ID>Bilag</cbc:ID><cac:Attachment>"
        b'<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="bilag.pdf">'
        + b64encode(pdf)
        + b"</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
    )
    body = good[:place] + inside + good[place:]
    ran = town.shell("receive", town.shell.write("stor.xml", body), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.objects[0]["outcome"], ran.objects[0]["reasons"]) == ("manual", ["unknown_order"])
    with town.shell.database.read(EVERYONE) as session:
        invoice = session.scalars(select(invoicing.Invoice)).one()
    soeren = town.person("soeren")
    assert "bilag.pdf" in soeren.open(f"/invoices/{invoice.id}")
    kept = soeren.client.get(f"/invoices/{invoice.id}/files/1")
    assert kept.status_code == 200
    assert kept.data == pdf


def test_a_catalogue_may_be_larger_than_any_document(town: Town) -> None:
    """Catalogues stream: 50 MB of product texts go through a door that stops documents at 40."""
    long_text = "Holder i mange vaske. " * 100
    file = town.shell.folder / "tyk.csv"
    with file.open("w", encoding="utf-8") as opened:
        opened.write("Varenr;Varenavn;Beskrivelse;Enhed;Pris;Moms\n")
        for number in range(24_000):
            opened.write(f"T-{number};Klud nummer {number};{long_text};karton;29,50;25\n")
    assert file.stat().st_size > intake.LARGEST_DOCUMENT + 5 * 2**20
    ran = town.shell("load", "catalogue", file, "--agreement", "50.81", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert ran.objects[-1]["catalogue"]["accepted"] == 24_000


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("wrong", ["broken in the middle", "external entity"])
def test_a_catalogue_that_cannot_be_read_to_its_end(town: Town, tmp_path: Path, wrong: str) -> None:
    good = a_catalogue(town, "K-2")
    if wrong == "external entity":
        secret = tmp_path / "secret.txt"
        secret.write_text("swordfish")
        start = good.index(b"<Catalogue")
        body = b'<!DOCTYPE x [<!ENTITY e SYSTEM "%s">]>' % secret.as_uri().encode() + good[start:].replace(
            b"K-2", b"&e;", 1
        )
    else:
        middle = good.index(b"</cac:CatalogueLine>", len(good) // 2)
        body = good[:middle] + b"</cac:Catalogue>" + good[middle:]
    ran = town.shell("load", "catalogue", town.shell.write("bad.xml", body), "--json")
    assert (ran.code, ran.out) == (2, "")
    assert re.search(r"linje \d+|entiteter", ran.err)
    assert not re.search(r"mismatch|expected", ran.err), "the parser's own words"
    assert "swordfish" not in ran.err

    headers = town.token("catalogues:write", user="kim")
    client = town.app.test_client()
    handed = client.post("/api/v1/catalogues?name=bad.xml", data=body, headers=headers, content_type="application/xml")
    assert (handed.status_code, handed.content_type) == (422, "application/problem+json")
    assert handed.json["detail"].strip()

    kim = town.person("kim")
    page = kim.client.get("/catalogues/hand-in", follow_redirects=True).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    chosen = page.split('<option value="')[2].split('"')[0] if '<option value="">' in page else "1"
    answered = kim.client.post(
        "/catalogues/files",
        data={"csrf_token": token, "agreement": chosen, "file": (BytesIO(body), "bad.xml")},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    town.worker.drain()
    # Told at once where the first bytes give it away, else when the worker has come that far.
    assert "entiteter" in answered.text if wrong == "external entity" else "bad.xml" in kim.open("/catalogues")

    answer = by_access_point(town, body)
    assert (answer["outcome"], bool(answer["findings"][0]["text"])) in {("rejected", True), ("recorded", True)}


@pytest.mark.usefixtures("unchanged")
def test_an_unit_that_nobody_knows(town: Town) -> None:
    """In a catalogue it is told and never taken live; on an invoice it is never converted by a guess."""
    body = a_catalogue(town, "K-3").replace(b'unitCode="CT"', b'unitCode="QQ"').replace(b">CT<", b">QQ<")
    body = body.replace(b'unitCode="XCT"', b'unitCode="QQ"').replace(b">XCT<", b">QQ<")
    ran = town.shell("load", "catalogue", town.shell.write("k.xml", body), "--dry-run", "--json")
    assert ran.code == 1
    refused = [one for one in ran.objects[:-1] if one["result"] == "refused"]
    assert refused
    assert all("QQ" in one["findings"][0]["text"] for one in refused)

    receipt = {"order": "B-26-1", "line": "10", "quantity": "1", "unit": "QQ", "date": "2026-05-01"}
    ran = town.shell("load", "receipts", town.shell.write("r.jsonl", [receipt]))
    assert (ran.code, "r.jsonl, linje 1" in ran.err) == (2, True)


def test_an_unknown_unit_on_an_invoice_is_never_converted(town: Town) -> None:
    client, headers = town.app.test_client(), town.token("orders:write", "orders:read", user="mette")
    given = {"institution": MAELKEVEJEN, "lines": [{"item": OTHER, "quantity": "2"}]}
    placed = client.post("/api/v1/orders", json=given, headers=headers)
    (order,) = placed.json["orders"]
    town.shell("orders", "send")
    aisha = town.person("aisha")
    aisha.open("/receive")
    aisha.press("Alt er kommet")
    told = [DOORS[door](town, an_invoice(town, f"F-{door}", "QQ", order["number"])) for door in ("api",)]
    assert [(one["outcome"], one["reasons"]) for one in told] == [("rejected", ["invalid"])]
    assert any("QQ" in one["text"] for one in told[0]["findings"])
    # One that is a unit, but not the order's, and no factor tells how they compare: a person decides.
    told = by_access_point(town, an_invoice(town, "F-2", "XPK", order["number"]))
    assert (told["outcome"], told["reasons"]) == ("held", ["uom_unknown"])


def test_an_order_for_an_agreement_that_has_ended(town: Town) -> None:
    """It lay in the basket while the agreement ran; then the agreement ended, and no door sells it."""
    mette = town.person("mette")
    mette.open("/search?q=h%C3%A5nds%C3%A6be+500")
    mette.follow("Håndsæbe, mild, uden farve og parfume, 500 ml med pumpe")
    item = mette.address.partition("/items/")[2].partition("?")[0]
    mette.press("i kurv", quantity="2")

    day = town.clock.today
    (agreement,) = [one for one in words.agreements(day) if one["number"] == "50.81"]
    ended = [agreement | {"to": (day - timedelta(days=1)).isoformat()}]
    assert town.shell("load", "agreements", town.shell.write("ended.json", ended)).code == 0
    before = everything(town)

    # By URL: the item's own address still tells of it, and has nothing to press; the form sent anyway is refused.
    assert "i kurv" not in " ".join(button for button in [*buttons(mette, f"/items/{item}")])
    token = mette.client.get("/basket").text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = mette.client.post(
        "/basket/lines", data={"csrf_token": token, "item_id": item, "quantity": "1"}, follow_redirects=True
    )
    assert "kan ikke bestilles: aftalen gælder ikke" in sent.text
    # The basket tells it too, and does not go out.
    mette.open("/basket")
    assert "Kan ikke bestilles nu" in mette.page
    assert "Aftalen gælder ikke" in mette.page
    refused = mette.client.post("/basket/send", data={"csrf_token": token}, follow_redirects=True)
    assert "Aftalen gælder ikke" in refused.text

    # By API and by command: the same sentence, in their own forms.
    client, headers = town.app.test_client(), town.token("orders:write", user="mette")
    given = {"institution": MAELKEVEJEN, "lines": [{"item": OTHER, "quantity": "2"}]}
    answer = client.post("/api/v1/orders", json=given, headers=headers)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert "HH-10002" in answer.json["detail"] or "Håndsæbe" in answer.json["detail"]
    ran = town.shell("orders", "place", town.shell.write("order.json", {**given, "by": "mette"}), "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "aftalen gælder ikke" in ran.err
    assert {name for name, rows in everything(town).items() if rows != before[name]} == set()


def buttons(person: Any, address: str) -> list[str]:
    person.open(address)
    return person.buttons()
