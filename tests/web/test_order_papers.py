"""The order's page: its documents, invoices and changes; the list as a sheet; approval rules and deputies as people keep them."""

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

import ordering
from catalogues import Agreement
from eshop.amounts import Amount
from eshop.exchange import Message
from tests import builders
from tests.web.conftest import Site


def test_documents_are_listed_and_downloaded_to_the_byte(site: Site) -> None:
    with site.town.work() as session:
        key = site.town.sent_order(session).id
        body = next(one.body for one in session.scalars(select(Message)) if one.order_id == key)
    mette = site.signed_in("mette")
    page = mette.get(f"/orders/{key}")
    link = re.search(rf'href="(/orders/{key}/documents/[0-9a-f-]+)"', page)
    assert link
    answer = mette.client.get(link[1])
    assert answer.data == body
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Order-')
    assert site.signed_in("peter").client.get(link[1]).status_code == 404
    mette.get(f"/orders/{key}/documents/00000000-0000-0000-0000-000000000000", 404)


def test_a_change_of_quantity_is_sent_to_the_supplier(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session, {"soap": 3, "gloves": 2})
        key, lines = order.id, [line.line for line in order.lines]
    mette = site.signed_in("mette")
    assert "Ret antal" in mette.get(f"/orders/{key}")
    told = mette.post(f"/orders/{key}/change", **{f"wanted-{lines[0]}": "2", f"wanted-{lines[1]}": "2"}).text
    assert "Leverandøren får besked." in told
    assert "Ændring af ordren" in told
    assert "Bestilling ændret af Mette Krog" in told
    with site.town.read() as session:
        kinds = [one["document_type"] for one in ordering.documents_of(session, key)]
        assert kinds == ["Order", "OrderChange"]
        assert ordering.order_picture(session, ordering.get_order(session, key)).lines[0].agreed == 2
    for quantity, said in (
        ("-1", "antal over 0"),
        ("0,5", "hele antal"),
        ("1000000000", "100.000"),
        ("to", "Skriv et antal"),
    ):
        assert said in mette.post(f"/orders/{key}/change", **{f"wanted-{lines[0]}": quantity}).text
    assert site.signed_in("soeren").post(f"/orders/{key}/change", 403, **{f"wanted-{lines[0]}": "1"})
    peter = site.signed_in("peter")
    peter.post(f"/orders/{key}/change", 404, **{f"wanted-{lines[0]}": "1"})


def test_the_list_is_a_sheet_of_exactly_what_is_shown(site: Site) -> None:
    with site.town.work() as session:
        mine = site.town.sent_order(session)
        site.town.order(session, {"gloves": 1}, by="aisha")
        number = mine.number
    answer = site.signed_in("mette").client.get("/orders/list.xlsx?show=active&mine=1")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "Ordrenummer"
    assert [row[0] for row in rows[1:]] == [number]
    assert rows[1][1] == builders.TODAY
    assert rows[1][9] == pytest.approx(357.6)
    answer = site.signed_in("kim").client.get("/orders/list.xlsx?show=all")
    everything = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(everything) == 3


def test_purchasing_keeps_the_approval_rules(site: Site) -> None:
    kim = site.signed_in("kim")
    assert "ingen egne regler" in kim.get("/approval-rules")
    site.signed_in("mette").get("/approval-rules", 403)
    refused = kim.post("/approval-rules", 422, kind="item_group", item_group="æ", threshold="mange").text
    assert 'href="#item_group"' in refused
    assert 'href="#threshold"' in refused
    kim.post("/approval-rules", kind="amount", threshold="300", role="approver", source="Kompetenceplan § 4")
    page = kim.post("/approval-rules", kind="item_group", item_group="4618", threshold="", role="purchasing_lead").text
    assert "300,00" in page
    assert "Kompetenceplan § 4" in page
    assert "varegruppe 4618" in page
    with site.town.work() as session:
        by = site.town.by(session, "mette")
        basket = ordering.open_basket(session, by)
        ordering.add_line(session, basket, site.town.items["soap"], Decimal(2), by)
        (group,) = ordering.basket_view(session, basket, by).groups
        assert [reason.values["limit"] for reason in group.why] == [Amount.of("300")]
    end = re.search(r'action="(/approval-rules/\d+/end)"', page)
    assert end
    assert "slutter 12. maj" in kim.post(end[1]).text
    site.clock.pass_by(days=1)
    assert "1 regel, der er slut" in site.signed_in("kim").get("/approval-rules")


def test_an_approver_chooses_a_deputy_who_then_decides(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.order(session, {"mop": 2}).id
    jens, omar = site.signed_in("jens"), site.signed_in("omar")
    assert "Din stedfortræder" in jens.get("/profile")
    chosen = {"deputy": site.town.people["omar"], "from": "2026-05-12", "reason": "Ferie"}
    assert "stedfortræder" in jens.post("/profile/deputies", **chosen, to="2026-05-20").text
    for bad in ({"to": "2026-05-01"}, {"to": ""}, {"to": "2026-05-20", "reason": " "}):
        before = jens.get("/profile/deputies").count("Omar Aziz")
        jens.post("/profile/deputies", **{**chosen, **bad})
        assert jens.get("/profile/deputies").count("Omar Aziz") == before
    assert "Du er stedfortræder for" in omar.get("/profile/deputies")
    page = omar.get("/approvals")
    seen = re.search(rf'action="/orders/{order}/approve".*?name="seen" value="(\w+)"', page, re.DOTALL)
    assert seen
    omar.post(f"/orders/{order}/approve", seen=seen[1])
    with site.town.read() as session:
        (approval,) = ordering.approvals_of(session, order)
        assert (approval.decided_by, approval.on_behalf_of) == (site.town.people["omar"], site.town.people["jens"])
    end = re.search(r'action="(/profile/deputies/\d+/end)"', jens.get("/profile/deputies"))
    assert end
    omar.post(end[1], 403)
    jens.post(end[1])
    omar.get("/approvals", 403)


def test_an_agreement_that_ended_while_the_order_waited_stops_the_approval(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.order(session, {"mop": 2}).id
        session.get_one(Agreement, site.town.agreements["50.90"]).valid_to = date(2026, 5, 12) - timedelta(days=1)
    told = site.signed_in("jens").post(f"/orders/{order}/approve").text
    assert 'role="alert"' in told
    with site.town.read() as session:
        assert ordering.get_order(session, order).state != "queued"


def test_an_order_whose_rest_will_not_come_is_closed_on_its_page(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session, {"soap": 3})
        key, number = order.id, order.number
        ordering.receive(session, order, {order.lines[0].line: 1}, site.town.by(session, "aisha"))
    mette = site.signed_in("mette")
    page = mette.get(f"/orders/{key}")
    assert "Afslut, resten kommer ikke" in page
    assert "varer, som ikke er faktureret endnu" in page
    assert site.signed_in("soeren").post(f"/orders/{key}/close", 403)
    told = mette.post(f"/orders/{key}/close").text
    assert f"Bestilling {number} er afsluttet." in told
    assert "Afslut, resten kommer ikke" not in told
    assert f'href="/orders/{key}/receive"' not in told
    with site.town.read() as session:
        (line,) = ordering.order_picture(session, ordering.get_order(session, key)).lines
        assert (line.agreed, line.outstanding) == (1, 0)
        assert [one["document_type"] for one in ordering.documents_of(session, key)] == ["Order"]
