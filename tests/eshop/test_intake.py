"""What becomes of a document, whatever it is: recognised, recorded where it belongs, and never half stored."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import intake, ubl
from eshop.db import EVERYONE, Base, Database
from eshop.demo import paper
from eshop.demo.assortment import Article
from eshop.demo.municipality import MAELKEVEJEN
from eshop.demo.trade import Market, shelf
from eshop.exchange import Message
from tests.town import NOW, _town_template, lindeaa, market_of, town

__all__ = ["_town_template", "town"]

DAY = NOW.date() - timedelta(days=6)
FIELDS = {
    "message", "document_type", "profile", "document_id", "supplier", "institution", "outcome", "reasons", "orders",
    "candidates", "lines", "gross", "findings",
}  # fmt: skip


@pytest.fixture
def market(town: Database) -> Iterator[Market]:
    with town.work(lindeaa(town)) as session:
        yield market_of(session, town)


def rows(session: Session) -> dict[str, int]:
    return {
        mapper.class_.__name__: session.scalar(select(func.count()).select_from(mapper.class_)) or 0
        for mapper in Base.registry.mappers
    }


def take(town: Database, body: bytes, name: str = "document.xml") -> dict[str, Any]:
    return intake.take(town, lindeaa(town), body, name, NOW, door="cli", channel="folder")


def test_the_answer_is_exactly_the_one_of_the_interface(market: Market) -> None:
    order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 2),), DAY, receiver="aisha")
    answer = market.invoice(market.bill(order, MAELKEVEJEN, DAY + timedelta(days=3)))
    assert set(answer) == FIELDS
    assert (answer["document_type"], answer["profile"], answer["outcome"]) == ("Invoice", "peppol-bis-3", "posted")
    assert answer["supplier"] == {"cvr": "31220114", "gln": "5790009902010", "name": "HygiejneHuset A/S"}
    assert (answer["institution"], answer["orders"], answer["gross"]) == (MAELKEVEJEN, [order.number], "447.00")
    (line,) = answer["lines"]
    assert {name: line[name] for name in ("line", "order", "order_line", "status", "statuses", "quantity", "variance")} == {
        "line": "1", "order": order.number, "order_line": "10", "status": "ok", "statuses": ["ok"], "quantity": "2",
        "variance": "0.00",
    }  # fmt: skip
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unreadable"),
        (b"\x00\x01\x02", "unreadable"),
        (b"%PDF-1.7 not xml", "unreadable"),
        (b"<Invoice", "unreadable"),
        ("<a>æ</a>".encode("latin-1"), "unreadable"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "unreadable"),
        (b"<a>" * 5000, "unreadable"),
        (b"<html><body>404</body></html>", "unknown_type"),
        (b'<cXML payloadID="1"><Request/></cXML>', "unknown_type"),
    ],
)
def test_what_is_no_document_is_kept_with_its_reason(town: Database, body: bytes, reason: str) -> None:
    answer = take(town, body)
    assert (answer["outcome"], answer["reasons"]) == ("rejected", [reason])
    assert set(answer) == FIELDS
    assert answer["findings"][0]["text"]
    again = take(town, body)
    assert (again["outcome"], again["message"]) == ("duplicate", answer["message"])
    with town.read(lindeaa(town)) as session:
        (message,) = session.scalars(select(Message))
        assert message.body == body
        assert message.state == ("unreadable" if reason == "unreadable" else "handled")


def test_cxml_is_named_by_its_profile(town: Database) -> None:
    assert take(town, b"<cXML/>")["profile"] == "cxml-1.2"


def test_a_document_with_a_known_number_leaves_nothing_behind(market: Market) -> None:
    order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 2),), DAY, receiver="aisha")
    bill = market.bill(order, MAELKEVEJEN, DAY + timedelta(days=3))
    first = market.invoice(bill)
    before = rows(market.session)
    again = market.invoice(replace(bill, number=f"F-{bill.number}", note="igen"))
    assert (again["outcome"], again["reasons"]) == ("duplicate", ["duplicate_number"])
    assert again["message"] == first["message"]
    assert rows(market.session) == before


def test_an_invoice_for_somebody_else_is_rejected(market: Market) -> None:
    order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 2),), DAY, receiver="aisha")
    elsewhere = paper.Company("42440116", "5798009909992", "Havneby Skole", "Kajen 4", "Havneby", "4890")
    answer = market.invoice(replace(market.bill(order, MAELKEVEJEN, DAY), buyer=elsewhere))
    assert (answer["outcome"], answer["reasons"], answer["institution"]) == ("rejected", ["unknown_institution"], None)


def test_answers_about_an_order_are_recorded_on_it(market: Market) -> None:
    order = market.order("mette", MAELKEVEJEN, (("HH-10002", 2),), market.at(DAY))
    order = market.send(order, market.at(DAY, "10:00"))
    assert order.state == "sent"
    market.confirm(order, MAELKEVEJEN, DAY)
    assert order.state == "confirmed"
    slip = paper.despatch(
        market.seller_of(order), market.buyer(MAELKEVEJEN), "77120", order.number, DAY, market.billed(order)
    )
    answer = market.hand_in(ubl.write(slip, "peppol-bis-3"), market.at(DAY, "15:00"), "slip.xml")
    assert (answer["outcome"], answer["orders"], answer["findings"]) == ("recorded", [order.number], [])
    assert len(ordering.despatches_of(market.session, order.id)) == 1
    documents = [one["document_type"] for one in ordering.documents_of(market.session, order.id)]
    assert documents == ["Order", "OrderResponse", "DespatchAdvice"]


def test_an_answer_to_no_order_of_ours_is_kept_and_says_so(market: Market) -> None:
    seller = market.seller("31220114")
    response = paper.accept_order(seller, market.buyer(MAELKEVEJEN), "OB-1", "B-26-99999Q", DAY, DAY)
    answer = market.hand_in(ubl.write(response, seller.profile), market.at(DAY), "response.xml")
    assert (answer["outcome"], answer["orders"]) == ("recorded", [])
    assert answer["findings"][0]["severity"] == "warning"
    assert answer["findings"][0]["text"]


def a_catalogue(market: Market, *articles: Article, agreement: str = "50.81") -> bytes:
    seller = market.seller("31220114")
    written = paper.catalogue(
        seller, market.buyer(MAELKEVEJEN), "K-9", agreement, DAY, DAY + timedelta(days=400), articles
    )
    return ubl.write(written, seller.profile)


def test_a_catalogue_is_loaded_for_review_and_never_live_by_itself(market: Market) -> None:
    one = replace(shelf("50.81")[0], seller_item_id="HH-90001", gtin="5709998000009")
    answer = market.hand_in(a_catalogue(market, *shelf("50.81")[:3], one), market.at(DAY), "k.xml")
    assert (answer["outcome"], answer["findings"]) == ("recorded", [])
    summary = answer["catalogue"]
    assert (summary["agreement"], summary["lines"], summary["new"], summary["state"]) == ("50.81", 4, 1, "waiting")
    assert (
        catalogues.find_item(market.session, "31220114", "HH-90001") is None
        or not catalogues.offer_of(market.session, "31220114", "HH-90001", market.place(MAELKEVEJEN), DAY).orderable
    )


def test_a_catalogue_of_no_agreement_is_recorded_without_loading(market: Market) -> None:
    before = rows(market.session)
    answer = market.hand_in(a_catalogue(market, shelf("50.81")[0], agreement="99.99"), market.at(DAY), "k.xml")
    assert (answer["outcome"], answer["catalogue"]) == ("recorded", None)
    assert answer["findings"][0]["text"]
    after = rows(market.session)
    assert after["Message"] == before["Message"] + 1
    assert {name: number for name, number in after.items() if name != "Message"} == {
        name: number for name, number in before.items() if name != "Message"
    }


def test_what_was_held_is_told_as_it_stands_now(market: Market) -> None:
    order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 2),), DAY)
    answer = market.invoice(market.bill(order, MAELKEVEJEN, DAY + timedelta(days=1)))
    assert answer["outcome"] == "held"
    assert "not_received" in answer["reasons"]
    message = intake.find_message(market.session, answer["message"])
    market.receive(order, MAELKEVEJEN, "aisha", DAY + timedelta(days=2))
    invoicing.judge_again(market.session, [order.id], market.system(market.at(DAY + timedelta(days=2), "12:00")))
    assert intake.answer_of(market.session, message)["outcome"] == "posted"


def test_a_failure_leaves_the_database_as_it_was(town: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 2),), DAY, receiver="aisha")
        body = ubl.write(paper.bill(market.bill(order, MAELKEVEJEN, DAY)), "peppol-bis-3")
    with town.read(EVERYONE) as session:
        before = rows(session)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(ordering, "record_invoiced", broken)
        with pytest.raises(RuntimeError):
            take(town, body)
    with town.read(EVERYONE) as session:
        assert rows(session) == before
    assert take(town, body)["outcome"] == "posted"


@pytest.mark.corpus
def test_the_whole_standards_tree_is_answered_once(town: Database, corpus: Path) -> None:
    """1,700 files, most of them not ours: each gets its line, and a second time nothing is added."""
    files = sorted(path for path in (corpus / "standards").rglob("*") if path.is_file())
    first = [_file(town, path) for path in files]
    assert all(answer["outcome"] for answer in first)
    assert {"recorded", "rejected"} <= {answer["outcome"] for answer in first}
    with town.read(EVERYONE) as session:
        before = rows(session)
    second = [_file(town, path) for path in files]
    assert {answer["outcome"] for answer in second} <= {"duplicate", "rejected"}
    with town.read(EVERYONE) as session:
        assert rows(session) == before
    assert len(first) > 1000


def _file(town: Database, path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    return intake.too_large(size) if size > intake.LARGEST_DOCUMENT else take(town, path.read_bytes(), path.name)


CXML = (
    '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.063/cXML.dtd">'
    '<cXML payloadID="{0}@webshop.example" timestamp="2026-05-12T10:00:00+02:00"><Header><From><Credential domain="DUNS">'
    "<Identity>1</Identity></Credential></From></Header>{1}</cXML>"
)


@pytest.mark.parametrize(
    ("inside", "kind", "outcome", "reasons", "code"),
    [
        ("<Message><PunchOutOrderMessage/></Message>", "PunchOutOrderMessage", "recorded", [], "cxml_only_kept"),
        ("<Request><OrderRequest/></Request>", "OrderRequest", "recorded", [], "cxml_only_kept"),
        ('<Response><Status code="200" text="OK"/></Response>', "Status", "recorded", [], "cxml_only_kept"),
        (
            "<Request><InvoiceDetailRequest/></Request>", "InvoiceDetailRequest", "rejected", ["unknown_type"],
            "cxml_invoice_not_taken",
        ),
    ],
)  # fmt: skip
def test_cxml_is_recognised_by_what_is_inside_it(
    town: Database, inside: str, kind: str, outcome: str, reasons: list[str], code: str
) -> None:
    body = CXML.format("42", inside).encode()
    answer = take(town, body, "webshop.xml")
    assert (answer["document_type"], answer["profile"], answer["document_id"]) == (
        kind,
        "cxml-1.2",
        "42@webshop.example",
    )
    assert (answer["outcome"], answer["reasons"]) == (outcome, reasons)
    assert [one["code"] for one in answer["findings"]] == [code]
    again = take(town, body, "webshop.xml")
    assert (again["outcome"], again["message"]) == ("duplicate", answer["message"])


@pytest.mark.corpus
def test_every_cxml_sample_is_recognised(town: Database, corpus: Path) -> None:
    kinds = set()
    files = [
        file
        for file in sorted((corpus / "standards/cxml").rglob("*.xml"))
        if ubl.identify(file.read_bytes()).document_type.lower() == "cxml"
    ]
    assert len(files) >= 15
    for file in files:
        answer = take(town, file.read_bytes(), file.name)
        assert answer["profile"] == "cxml-1.2", file.name
        assert answer["outcome"] in ("recorded", "rejected", "duplicate"), file.name
        kinds.add(answer["document_type"])
    assert {"PunchOutSetupRequest", "PunchOutOrderMessage", "OrderRequest", "InvoiceDetailRequest"} <= kinds
