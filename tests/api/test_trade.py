"""Buying and paying through the API: search, offer, order, receipt, catalogue, invoice, decision, posting batch."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import catalogues
from eshop import ubl
from eshop.db import Database
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN
from eshop.demo.trade import shelf
from eshop.identity import Actor, User, tie_to_supplier
from tests.api.conftest import Caller
from tests.town import NOW, lindeaa, market_of

Make = Callable[..., Caller]
DAY = NOW.date()


def test_an_item_is_found_and_offered(caller: Make) -> None:
    shopper = caller("items:read")
    found = shopper.get(f"/items?q=h%C3%A5nds%C3%A6be&institution={MAELKEVEJEN}&limit=3").json
    assert len(found["items"]) == 3
    assert found["page"]["total"] > 3
    assert [one["rank"] for one in found["items"]] == [1, 2, 3]
    assert all("såbe" in one["name"].lower() or "sæbe" in one["name"].lower() for one in found["items"])
    offer = shopper.get(f"/items/{found['items'][0]['item']}/offer?institution={MAELKEVEJEN}").json
    assert offer["orderable"] is True
    assert Decimal(offer["price"]) > 0
    named = shopper.get(f"/items/31220114/HH-10002/offer?institution={MAELKEVEJEN}").json
    assert (named["price"], named["agreement"]) == ("178.8", "50.81")
    unknown = shopper.get(f"/items/31220114/NONE/offer?institution={MAELKEVEJEN}").json
    assert (unknown["orderable"], unknown["reason"]) == (False, "unknown_item")


def test_an_expired_agreement_sells_nothing(caller: Make) -> None:
    """By offer and by order, the day after it ended."""
    everything = caller()
    late = (DAY + timedelta(days=3 * 365)).isoformat()
    offer = everything.get(f"/items/31220114/HH-10002/offer?institution={MAELKEVEJEN}&on={late}").json
    assert (offer["orderable"], offer["reason"], offer["price"]) == (False, "agreement_not_in_force", None)


def test_an_order_is_placed_sent_and_received(caller: Make) -> None:
    mette, aisha = caller(user="mette"), caller(user="aisha")
    given = {
        "institution": MAELKEVEJEN,
        "lines": [{"item": "31220114/HH-10002", "quantity": "2"}],
        "reference": "Puslerum",
    }
    placed = mette.post("/orders", json=given)
    assert placed.status_code == 201, placed.text
    (order,) = placed.json["orders"]
    assert (order["state"], order["total"], order["reference"]) == ("queued", "357.60", "Puslerum")
    assert placed.headers["Location"].endswith(order["number"])
    assert mette.post(f"/orders/{order['number']}/send").json["state"] == "sent"
    received = aisha.post(f"/orders/{order['number']}/receipts", json={})
    assert received.status_code == 201, received.text
    assert received.json["lines"][0]["received"] == "2"
    again = aisha.post(f"/orders/{order['number']}/receipts", json={})
    assert again.status_code == 409
    assert len(mette.get(f"/orders/{order['number']}/receipts").json["receipts"]) == 1


def test_a_system_alone_receives_nothing(caller: Make) -> None:
    everything = caller()
    given = {"institution": MAELKEVEJEN, "by": "mette", "lines": [{"item": "31220114/HH-10002", "quantity": "1"}]}
    number = everything.post("/orders", json=given).json["orders"][0]["number"]
    everything.post(f"/orders/{number}/send")
    refused = everything.post(f"/orders/{number}/receipts", json={})
    assert (refused.status_code, refused.json["code"]) == (403, "needs_a_person")
    assert everything.post(f"/orders/{number}/receipts", json={"by": "aisha"}).status_code == 201


def test_a_catalogue_is_handed_in_reviewed_and_accepted(town: Database, caller: Make) -> None:
    with town.read(lindeaa(town)) as session:
        market = market_of(session, town)
        seller = market.seller("31220114")
        new = replace(shelf("50.81")[0], seller_item_id="HH-90001", gtin="5709998000009", name="Håndsæbe, ny")

        def body(number: str, lines: list[Any]) -> bytes:
            until = DAY + timedelta(days=400)
            buyer = market.buyer(MAELKEVEJEN)
            return ubl.write(paper.catalogue(seller, buyer, number, "50.81", DAY, until, lines), seller.profile)

        whole, short = body("K-7", [*shelf("50.81"), new]), body("K-8", shelf("50.81")[:5])
    kim = caller("catalogues:read", "catalogues:write", user="kim")
    handed_in = kim.post("/catalogues", data=whole, content_type="application/xml")
    assert handed_in.status_code == 201, handed_in.text
    version = handed_in.json["id"]
    assert handed_in.json["catalogue"]["new"] == 1
    assert handed_in.json["state"] == "waiting"
    ledger = kim.get(f"/catalogues/{version}/ledger?limit=5").json
    assert ledger["page"]["limit"] == 5
    accepted = kim.post(f"/catalogues/{version}/accept", json={})
    assert (accepted.status_code, accepted.json["state"]) == (200, "live")
    assert kim.post("/catalogues", data=b"<Catalogue", content_type="application/xml").status_code == 422
    mette = caller("catalogues:write", user="mette")
    assert mette.post(f"/catalogues/{version}/accept", json={}).status_code in (403, 409)
    version = kim.post("/catalogues", data=short, content_type="application/xml").json["id"]
    asked = kim.post(f"/catalogues/{version}/accept", json={})
    assert (asked.status_code, asked.json["code"]) == (409, "many_items_go")
    kept = kim.post(f"/catalogues/{version}/accept", json={"lines": "preselected", "missing": "keep"})
    assert (kept.status_code, kept.json["catalogue"]["live"]) == (200, accepted.json["catalogue"]["live"])


def test_a_held_invoice_is_decided_by_a_person(town: Database, caller: Make) -> None:
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 3),), DAY - timedelta(days=6), receiver="aisha")
        dearer = [replace(line, price=line.price + 22) for line in market.billed(order)]
        answer = market.invoice(market.bill(order, MAELKEVEJEN, DAY - timedelta(days=2), dearer))
        assert answer["outcome"] == "held"
    finance = caller("invoices:read", "invoices:decide", "postings:read", "postings:write", user="soeren")
    (held,) = finance.get("/invoices?outcome=held").json["items"]
    tag = finance.get(f"/invoices/{held['id']}").headers["ETag"]
    decision = {"decision": "accept", "reason": "Prisen er aftalt på mail 4. maj"}
    system = caller("invoices:decide")
    assert system.post(f"/invoices/{held['id']}/decision", json=decision).json["code"] == "needs_a_person"
    decided = finance.post(f"/invoices/{held['id']}/decision", json=decision, headers={"If-Match": tag})
    assert decided.status_code == 200, decided.text
    assert decided.json["state"] == "posted"
    stale = finance.post(f"/invoices/{held['id']}/decision", json=decision, headers={"If-Match": tag})
    assert stale.status_code == 412

    batch = finance.post("/posting-batches", json={"format": "csv"})
    assert (batch.status_code, batch.json["postings"]) == (201, 1)
    content = finance.get(f"/posting-batches/{batch.json['number']}")
    assert content.data == finance.get(f"/posting-batches/{batch.json['number']}").data
    assert finance.post("/posting-batches", json={"format": "csv"}).json["code"] == "nothing_to_export"


def test_agreements_are_listed_with_who_has_joined(caller: Make) -> None:
    listed = caller("agreements:read").get("/agreements?limit=500").json["items"]
    assert {"50.81", "50.84", "2023-019"} <= {one["number"] for one in listed}
    (one,) = caller("agreements:read").get("/agreements/50.81").json["items"]
    assert (one["state"], one["supplier"]["cvr"]) == ("in_force", "31220114")
    assert one["lots"]
    assert one["joined"]


def test_quantities_are_decimal_strings(caller: Make) -> None:
    """A point begins the decimals here, whoever writes: "1.000" is one, and what people write is told apart instead of guessed."""
    mette = caller(user="mette")

    def placed(quantity: object) -> Any:
        lines = [{"item": "31220114/HH-10002", "quantity": quantity}]
        return mette.post("/orders", json={"institution": MAELKEVEJEN, "lines": lines, "reference": "Puslerum"})

    once = placed("1.000")
    assert once.status_code == 201, once.text
    assert [one["quantity"] for one in once.json["orders"][0]["lines"]] == ["1"]
    for wrong in ("1.000,5", "1,5", "1e3", "NaN", "", 2, None):
        assert placed(wrong).status_code == 422, wrong
    for refused in ("0", "-1", "0.5", "1000000000"):
        answer = placed(refused)
        assert answer.status_code in (400, 409, 422), (refused, answer.text)
        assert answer.json["code"], answer.json
    assert mette.get("/orders").json["page"]["total"] == 1


def a_catalogue(town: Database, number: str) -> bytes:
    with town.read(lindeaa(town)) as session:
        market = market_of(session, town)
        seller = market.seller("31220114")
        ends = DAY + timedelta(days=400)
        found = paper.catalogue(seller, market.buyer(MAELKEVEJEN), number, "50.81", DAY, ends, shelf("50.81"))
        return ubl.write(found, seller.profile)


def test_a_catalogue_under_a_key_is_handed_in_once(town: Database, caller: Make) -> None:
    kim = caller("catalogues:read", "catalogues:write", user="kim")
    before = kim.get("/catalogues").json["page"]["total"]
    keyed = {"Idempotency-Key": "katalog-7"}
    first = kim.post("/catalogues", data=a_catalogue(town, "K-7"), content_type="application/xml", headers=keyed)
    assert first.status_code == 201, first.text
    again = kim.post("/catalogues", data=a_catalogue(town, "K-7"), content_type="application/xml", headers=keyed)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert kim.get("/catalogues").json["page"]["total"] == before + 1
    other = kim.post("/catalogues", data=a_catalogue(town, "K-8"), content_type="application/xml", headers=keyed)
    assert other.json["code"] == "idempotency_key_reused"
    empty = kim.post("/catalogues", data=b"", content_type="application/xml")
    assert (empty.status_code, empty.json["code"]) == (422, "empty_file")


def test_who_may_not_hand_in_hands_in_nothing(town: Database, caller: Make) -> None:
    """A supplier's person their own agreements' catalogues and no others; who runs no agreements none at all."""
    with town.work(lindeaa(town)) as session:
        sellers = {one.cvr: one for one in catalogues.list_suppliers(session)}
        for cvr, login in (("31220114", "hh"), ("32330118", "pp")):
            person = User(login=login, name=login, active=True)
            session.add(person)
            session.flush()
            tie_to_supplier(session, person, sellers[cvr].id, Actor.system(lindeaa(town), NOW, "cli"))
    body = a_catalogue(town, "K-7")
    own, other, mette = (caller("catalogues:read", "catalogues:write", user=one) for one in ("hh", "pp", "mette"))
    refused = other.post("/catalogues", data=body)
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_agreement")
    assert mette.post("/catalogues", data=body).json["code"] == "not_your_role"
    taken = own.post("/catalogues", data=body)
    assert taken.status_code == 201, taken.text
    version = taken.json["id"]
    assert own.get(f"/catalogues/{version}/ledger").status_code == 200
    assert own.post(f"/catalogues/{version}/accept", json={}).json["code"] == "not_your_role"
    assert {one["catalogue"]["supplier"]["cvr"] for one in own.get("/catalogues").json["items"]} == {"31220114"}
    for address in (f"/catalogues/{version}", f"/catalogues/{version}/ledger"):
        assert other.get(address).status_code == 404
    assert all(one["id"] != version for one in other.get("/catalogues").json["items"])


def test_a_suggestion_is_linked_to_the_order_that_is_named(town: Database, caller: Make) -> None:
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 3),), DAY - timedelta(days=6), receiver="aisha")
        bill = market.bill(order, MAELKEVEJEN, DAY - timedelta(days=2))
        unnamed = [replace(line, order=None, order_line=None) for line in bill.lines]
        answer = market.invoice(replace(bill, header_order=None, lines=unnamed))
        number = order.number
    assert answer["outcome"] == "suggested", answer
    finance = caller("invoices:read", "invoices:decide", user="soeren")
    (waiting,) = finance.get("/invoices?outcome=suggested").json["items"]

    def decided(**more: Any) -> Any:
        return finance.post(f"/invoices/{waiting['id']}/decision", json={"reason": "Set med Mette", **more})

    elsewhere = decided(decision="wait", order=number)
    assert (elsewhere.status_code, elsewhere.json["code"]) == (422, "field_of_another_decision")
    assert decided(decision="link", order="B-26-9").json["code"] == "linked_order_not_found"
    late = decided(decision="wait", until="2020-01-01")
    assert (late.status_code, late.json["code"]) == (422, "wait_day_missing")
    linked = decided(decision="link", order=number)
    assert (linked.status_code, linked.json["orders"], linked.json["state"]) == (200, [number], "posted"), linked.text


def test_a_receipt_names_each_line_once(caller: Make) -> None:
    mette, aisha = caller(user="mette"), caller(user="aisha")
    lines = [{"item": "31220114/HH-10002", "quantity": "2"}]
    number = mette.post("/orders", json={"institution": MAELKEVEJEN, "lines": lines}).json["orders"][0]["number"]
    mette.post(f"/orders/{number}/send")
    twice = [{"line": "10", "quantity": "1"}, {"line": "10", "quantity": "1"}]
    refused = aisha.post(f"/orders/{number}/receipts", json={"lines": twice})
    assert (refused.status_code, refused.json["code"]) == (422, "line_twice")
    assert mette.get(f"/orders/{number}/receipts").json["receipts"] == []


def test_the_next_page_of_a_search_is_of_the_same_day(caller: Make) -> None:
    shopper = caller("items:read")
    page = shopper.get(f"/items?q=s%C3%A6be&institution={MAELKEVEJEN}&limit=1&on=2026-09-01").json["page"]
    assert "on=2026-09-01" in page["next"]


def test_the_ledger_says_that_it_has_the_bytes_it_read(town: Database, caller: Make) -> None:
    with town.work(lindeaa(town)) as session:
        market = market_of(session, town)
        order = market.bought("mette", MAELKEVEJEN, (("HH-10002", 1),), DAY - timedelta(days=6), receiver="aisha")
        assert market.invoice(market.bill(order, MAELKEVEJEN, DAY - timedelta(days=2)))["outcome"] == "posted"
    ledger = caller("postings:read", "postings:write")
    made = ledger.post("/posting-batches", json={"format": "g69"}).json
    read = ledger.get(f"/posting-batches/{made['number']}")
    assert read.headers["ETag"] == f'"{made["sha256"]}"'
    address = f"/posting-batches/{made['number']}/acknowledge"
    stale = ledger.post(address, headers={"If-Match": '"other"'})
    assert (stale.status_code, stale.json["code"]) == (412, "changed_meanwhile")
    assert ledger.post(address, headers={"If-Match": read.headers["ETag"]}).json["state"] == "acknowledged"
