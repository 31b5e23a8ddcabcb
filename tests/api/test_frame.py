"""What holds for every call: tokens and scopes, problems, idempotency, entity tags, paging, and that nothing leaks."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

import ordering
from eshop.db import EVERYONE, Database
from eshop.demo.municipality import MAELKEVEJEN, SKOVBY
from eshop.identity import PERMISSIONS, Actor, Municipality
from eshop.tokens import ASKED_OF_A_PERSON, SCOPES, ApiToken, make_token
from tests.api.conftest import Caller
from tests.town import NOW, lindeaa

Make = Callable[..., Caller]
SOAP = "31220114/HH-10002"


def an_order(**more: Any) -> dict[str, Any]:
    return {"institution": MAELKEVEJEN, "by": "mette", "lines": [{"item": SOAP, "quantity": "2"}], **more}


def orders_in(database: Database) -> int:
    with database.read(EVERYONE) as session:
        return session.scalar(select(func.count()).select_from(ordering.PurchaseOrder)) or 0


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Bearer eshop_unknown", "Basic bWV0dGU6ZGVtbw=="]
)
def test_without_a_known_token_there_is_no_answer(app: Flask, header: str | None) -> None:
    answer = app.test_client().get("/api/v1/orders", headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] in ("token_missing", "token_unknown")


def test_a_scope_says_what_a_token_may(caller: Make) -> None:
    reader = caller("orders:read")
    assert reader.get("/orders").status_code == 200
    for refused in (reader.get("/invoices"), reader.post("/orders", json=an_order())):
        assert refused.status_code == 403
        assert refused.json["code"] == "scope_missing"


def test_a_revoked_or_expired_token_is_unknown(app: Flask, town: Database, caller: Make) -> None:
    live = caller("orders:read")
    with town.work(lindeaa(town)) as session:
        by = Actor.system(lindeaa(town), NOW, "cli")
        old = make_token(session, "old", ["orders:read"], by, expires_at=NOW - timedelta(seconds=1))
    assert Caller(app.test_client(), old).get("/orders").status_code == 401
    with town.work(lindeaa(town)) as session:
        for token in session.scalars(select(ApiToken)):
            token.revoked_at = NOW
    assert live.get("/orders").status_code == 401


def test_tokens_are_kept_as_hashes_only(town: Database, caller: Make) -> None:
    text = caller("orders:read").headers["Authorization"].removeprefix("Bearer ")
    with town.read(EVERYONE) as session:
        assert all(text not in (one.sha256, one.name) for one in session.scalars(select(ApiToken)))


def test_one_municipality_never_sees_another(town: Database, caller: Make) -> None:
    placed = caller().post("/orders", json=an_order())
    number = placed.json["orders"][0]["number"]
    with town.read(EVERYONE) as session:
        skovby = session.scalars(select(Municipality.id).where(Municipality.cvr == SKOVBY)).one()
    neighbour = caller(municipality=skovby)
    assert neighbour.get("/orders").json["items"] == []
    assert neighbour.get(f"/orders/{number}").status_code == 404
    assert neighbour.post(f"/orders/{number}/send", json={}).status_code == 404


def test_a_persons_token_sees_what_the_person_may_see(caller: Make) -> None:
    number = caller().post("/orders", json=an_order()).json["orders"][0]["number"]
    assert caller(user="mette").get(f"/orders/{number}").status_code == 200
    assert caller(user="tove").get(f"/orders/{number}").status_code == 404
    assert caller(user="tove").get("/orders").json["page"]["total"] == 0
    assert caller(user="anna").get("/orders").json["page"]["total"] == 1
    assert caller(user="mette").post("/orders", json=an_order(by="aisha")).status_code == 422


# --- how it refuses ----------------------------------------------------------------------------------------------------


def test_refusals_are_problems_with_codes(caller: Make) -> None:
    all_scopes = caller()
    for answer, status, code in (
        (all_scopes.get("/nowhere"), 404, "no_such_address"),
        (all_scopes.get("/orders/B-26-99999X"), 404, "order_not_found"),
        (all_scopes.client.delete("/api/v1/orders", headers=all_scopes.headers), 405, "method_not_allowed"),
        (all_scopes.post("/orders", data="{", content_type="application/json"), 400, "bad_request"),
        (all_scopes.post("/orders", json={"lines": []}), 422, "bad_request"),
        (all_scopes.post("/orders", json=an_order(institution="5798009909992")), 422, "unknown_institution"),
        (all_scopes.get("/orders?limit=0"), 422, "bad_request"),
    ):
        assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)
        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert answer.json["title"]
        assert answer.json["status"] == status


def test_a_field_that_cannot_be_used_is_named(caller: Make) -> None:
    answer = caller().post("/orders", json=an_order(lines=[{"item": SOAP, "quantity": 2.5}]))
    assert answer.status_code == 422
    assert any("quantity" in one["where"] for one in answer.json["findings"]), answer.json


def test_problems_are_told_in_the_callers_language(caller: Make) -> None:
    danish = caller().get("/orders/B-1").json["title"]
    english = caller().get("/orders/B-1", headers={"Accept-Language": "en"}).json["title"]
    assert danish != english


def test_an_order_for_what_is_off_agreement_is_refused_and_nothing_is_kept(town: Database, caller: Make) -> None:
    everything = [{"item": SOAP, "quantity": "1"}, {"item": "36770112/EE-10001", "quantity": "1"}]
    answer = caller().post("/orders", json=an_order(lines=everything))
    assert answer.status_code in (404, 409), answer.json
    assert orders_in(town) == 0


# --- once, unchanged, page by page ---------------------------------------------------------------------------------------


def test_the_same_call_twice_is_carried_out_once(town: Database, caller: Make) -> None:
    all_scopes = caller()
    first = all_scopes.post("/orders", json=an_order(), headers={"Idempotency-Key": "k-1"})
    again = all_scopes.post("/orders", json=an_order(), headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert orders_in(town) == 1
    other = all_scopes.post("/orders", json=an_order(reference="anden"), headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json["code"]) == (409, "idempotency_key_reused")
    assert caller().post("/orders", json=an_order(), headers={"Idempotency-Key": "k-1"}).status_code == 201, (
        "a key belongs to its token"
    )


def test_a_refused_call_may_be_tried_again_under_its_key(town: Database, caller: Make) -> None:
    all_scopes = caller()
    refused = all_scopes.post("/orders", json=an_order(by="nobody"), headers={"Idempotency-Key": "k-2"})
    assert refused.status_code == 404
    assert all_scopes.post("/orders", json=an_order(), headers={"Idempotency-Key": "k-2"}).status_code == 201
    assert orders_in(town) == 1


def test_a_change_of_what_has_changed_is_refused(caller: Make) -> None:
    all_scopes = caller()
    number = all_scopes.post("/orders", json=an_order()).json["orders"][0]["number"]
    read = all_scopes.get(f"/orders/{number}")
    tag = read.headers["ETag"]
    assert all_scopes.get(f"/orders/{number}", headers={"If-None-Match": tag}).status_code == 304
    assert all_scopes.post(f"/orders/{number}/send", headers={"If-Match": '"other"'}).status_code == 412
    assert all_scopes.post(f"/orders/{number}/send", headers={"If-Match": tag}).status_code == 200
    late = all_scopes.post(f"/orders/{number}/send", headers={"If-Match": tag})
    assert (late.status_code, late.json["code"]) == (412, "changed_meanwhile")


def test_pages_lead_to_each_other_and_end(caller: Make) -> None:
    all_scopes = caller()
    for number in range(5):
        assert all_scopes.post("/orders", json=an_order(reference=str(number))).status_code == 201
    seen, address = [], "/orders?limit=2"
    while address:
        body = all_scopes.get(address).json
        assert body["page"]["total"] == 5
        seen += [one["number"] for one in body["items"]]
        address = (body["page"]["next"] or "").removeprefix("/api/v1")
    assert len(seen) == len(set(seen)) == 5


# --- beside it ---------------------------------------------------------------------------------------------------------------


def test_the_description_names_every_address(app: Flask) -> None:
    described = app.test_client().get("/api/v1/openapi.json").json
    served = {
        re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith(("/docs", "/openapi.json"))
    }
    assert set(described["paths"]) == served
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post"):
                assert operation["security"], f"{method} {path} does not say its scope"
                assert operation["summary"], f"{method} {path} does not say what it does"


def test_the_description_is_readable_without_anybody_elses_files(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs").get_data(as_text=True)
    assert "POST /api/v1/documents" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_probes_answer(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    figures = client.get("/metrics").get_data(as_text=True)
    assert "eshop_requests_total" in figures
    assert "eshop_jobs" in figures
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 401


def test_readiness_follows_the_database(app: Flask, town: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Database("sqlite:////nowhere/at/all.db")
    house = app.extensions["eshop"]
    monkeypatch.setitem(app.extensions, "eshop", type(house)(house.settings, broken, house.now))
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


# --- the person behind the token ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "address"),
    [
        ("mette", "/posting-batches"),
        ("mette", "/posting-batches/1"),
        ("mette", "/agreements"),
        ("mette", "/catalogues"),
        ("mette", "/invoices"),
        ("mette", "/documents/any"),
        ("mette", "/reports/compliance"),
        ("admin", "/orders"),
        ("admin", f"/items?q=s%C3%A6be&institution={MAELKEVEJEN}"),
        ("kim", "/posting-batches"),
    ],
)
def test_a_token_opens_no_more_than_the_persons_pages_do(caller: Make, user: str, address: str) -> None:
    """With every scope there is: it is the role that is missing. A system's token has no role and needs none."""
    answer = caller(user=user).get(address)
    assert (answer.status_code, answer.json["code"]) == (403, "not_your_role")
    assert caller().get(address).status_code in (200, 404)


def test_every_scope_says_which_role_a_person_needs() -> None:
    assert set(ASKED_OF_A_PERSON) == set(SCOPES)
    assert {verb for verbs in ASKED_OF_A_PERSON.values() for verb in verbs} <= set(PERMISSIONS)


# --- words and bodies --------------------------------------------------------------------------------------------------------


def test_a_fields_fault_is_told_by_our_codes_and_in_the_callers_language(caller: Make) -> None:
    all_scopes = caller()
    body = {"lines": [{"item": SOAP, "quantity": "1"}], "by": "mette", "nonsense": 1}
    faults = {one["where"]: one for one in all_scopes.post("/orders", json=body).json["findings"]}
    assert (faults["json.institution"]["code"], faults["json.nonsense"]["code"]) == ("missing_field", "unknown_field")
    assert faults["json.institution"]["text"] == "Feltet »institution« mangler i json."
    for wrong in ("/orders?state=nonsense", "/invoices?outcome=nonsense", "/orders?limit=0"):
        (fault,) = all_scopes.get(wrong).json["findings"]
        assert (fault["code"], fault["text"]) == ("bad_field", f"{fault['where']} kan ikke bruges."), fault
        (said,) = all_scopes.get(wrong, headers={"Accept-Language": "en"}).json["findings"]
        assert "Must be" in said["text"]


def test_a_body_that_is_not_said_to_be_json_is_not_guessed_at(town: Database, caller: Make) -> None:
    answer = caller().post("/orders", data='{"institution": "1"}', content_type="text/plain")
    assert (answer.status_code, answer.json["code"]) == (415, "json_expected")
    assert orders_in(town) == 0
