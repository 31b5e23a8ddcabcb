"""The inbox for an access point: kept at once, judged by the worker, the same document once."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

import invoicing
from eshop import ubl
from eshop.config import Settings
from eshop.db import Database
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN
from eshop.exchange import Message
from eshop.intake import LARGEST_DOCUMENT
from eshop.worker import Worker
from tests.api.conftest import Caller
from tests.town import NOW, lindeaa, market_of

Make = Callable[..., Caller]


def worker_of(app: Flask) -> Worker:
    house = app.extensions["eshop"]
    return Worker(house.database, house.settings, house.now)


def an_invoice(town: Database, profile: str = "peppol-bis-3", **changed: object) -> bytes:
    """The invoice of an order that Mette placed and Aisha received."""
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought(
            "mette", MAELKEVEJEN, (("HH-10002", 2),), NOW.date() - timedelta(days=6), receiver="aisha"
        )
        bill = replace(market.bill(order, MAELKEVEJEN, NOW.date() - timedelta(days=1)), **changed)
        return ubl.write(paper.bill(bill), profile)


def test_an_invoice_is_taken_at_once_and_posted_by_the_worker(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write", "documents:read")
    taken = access_point.post("/documents", data=an_invoice(town), content_type="application/xml")
    assert taken.status_code == 202
    uid = taken.json["message"]
    waiting = access_point.get(f"/documents/{uid}")
    assert (waiting.status_code, waiting.json["outcome"]) == (202, None)
    assert worker_of(app).drain() >= 1
    told = access_point.get(f"/documents/{uid}")
    assert told.status_code == 200
    assert (told.json["outcome"], told.json["message"]) == ("posted", uid)
    assert told.json["lines"][0]["status"] == "ok"


def test_the_same_document_again_is_the_same_message(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write")
    body = an_invoice(town)
    first = access_point.post("/documents", data=body, content_type="application/xml")
    again = access_point.post("/documents", data=body, content_type="application/xml")
    worker_of(app).drain()
    later = access_point.post("/documents", data=body, content_type="application/xml")
    assert [one.status_code for one in (first, again, later)] == [202, 200, 200]
    assert first.json == again.json == later.json
    with town.read(lindeaa(town)) as session:
        assert session.scalar(select(func.count()).select_from(invoicing.Invoice)) == 1


def test_a_document_in_an_envelope_is_unwrapped(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write", "documents:read")
    wrapped = ubl.wrap_sbdh(
        an_invoice(town), sender="0088:5790009902010", receiver=f"0088:{MAELKEVEJEN}", instance_id="m-1", created=NOW
    )
    uid = access_point.post("/documents", data=wrapped, content_type="application/xml").json["message"]
    worker_of(app).drain()
    assert access_point.get(f"/documents/{uid}").json["outcome"] == "posted"


def test_a_known_number_in_other_bytes_is_told_as_a_duplicate(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write", "documents:read")
    body = an_invoice(town)
    access_point.post("/documents", data=body, content_type="application/xml")
    second = access_point.post("/documents", data=body + b"\n", content_type="application/xml").json["message"]
    worker_of(app).drain()
    answer = access_point.get(f"/documents/{second}").json
    assert (answer["outcome"], answer["reasons"]) == ("duplicate", ["duplicate_number"])
    assert answer["message"] != second, "it names the first message"


def test_what_cannot_be_read_is_kept_and_says_why(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write", "documents:read")
    body = an_invoice(town)
    for bad, reason in ((body[:900], "unreadable"), (b"PK\x03\x04 a zip", "unreadable"), (b"<Nyhed/>", "unknown_type")):
        uid = access_point.post("/documents", data=bad, content_type="application/xml").json["message"]
        worker_of(app).drain()
        answer = access_point.get(f"/documents/{uid}").json
        assert (answer["outcome"], answer["reasons"]) == ("rejected", [reason])
        assert answer["findings"][0]["text"]


def test_an_external_entity_is_never_fetched(app: Flask, town: Database, caller: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the password is swordfish")
    access_point = caller("documents:write", "documents:read")
    body = an_invoice(town).replace(
        b"<Invoice ", f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>\n<Invoice '.encode(), 1
    )
    uid = access_point.post(
        "/documents", data=body.replace(b"<cbc:ID>", b"<cbc:ID>&e;", 1), content_type="application/xml"
    ).json["message"]
    worker_of(app).drain()
    answer = access_point.get(f"/documents/{uid}")
    assert answer.json["outcome"] == "rejected"
    assert "swordfish" not in answer.get_data(as_text=True)


def test_too_large_or_empty_is_refused_at_the_door(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write")
    empty = access_point.post("/documents", data=b"  ", content_type="application/xml")
    assert (empty.status_code, empty.json["code"]) == (422, "empty_file")
    large = access_point.post("/documents", data=b"x" * (LARGEST_DOCUMENT + 1), content_type="application/xml")
    assert (large.status_code, large.json["code"]) == (413, "document_too_large")
    with town.read(lindeaa(town)) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_what_is_not_here_is_not_found(caller: Make) -> None:
    assert caller("documents:read").get("/documents/not-a-message").status_code == 404


def test_the_worker_leaves_alone_what_it_cannot_mend(app: Flask, town: Database) -> None:
    """A job whose message is gone is put aside with its reason; the worker goes on."""
    settings: Settings = app.extensions["eshop"].settings
    assert Worker(town, settings, lambda: NOW).drain() == 0


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k-1"}])
def test_a_body_in_chunks_is_never_cut(
    app: Flask, town: Database, caller: Make, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says no length: over the limit it is refused as any other, and nothing of it is kept."""
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    access_point = caller("documents:write")

    def sent(size: int) -> TestResponse:
        return access_point.post(
            "/documents",
            input_stream=io.BytesIO(b"x" * size),
            headers={"Transfer-Encoding": "chunked", **key},
            environ_overrides={"wsgi.input_terminated": True},
        )

    refused = sent(1001)
    assert (refused.status_code, refused.json["code"]) == (413, "document_too_large")
    with town.read(lindeaa(town)) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
    assert sent(999).status_code == 202


def test_a_leader_sees_what_became_of_their_own_invoices_only(app: Flask, town: Database, caller: Make) -> None:
    access_point = caller("documents:write", "documents:read")
    uid = access_point.post("/documents", data=an_invoice(town), content_type="application/xml").json["message"]
    strange = access_point.post("/documents", data=b"<Nyhed/>", content_type="application/xml").json["message"]
    worker_of(app).drain()
    assert access_point.get(f"/documents/{uid}").json["file"] == "document.xml"
    jens, finance = caller("documents:read", user="jens"), caller("documents:read", user="soeren")
    assert (jens.get(f"/documents/{uid}").status_code, finance.get(f"/documents/{uid}").status_code) == (200, 200)
    assert (jens.get(f"/documents/{strange}").status_code, finance.get(f"/documents/{strange}").status_code) == (
        404,
        200,
    )
