"""The supplier's page: opened by a signed link, answered once, without a sign-in and without scripts."""

import re
from decimal import Decimal
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ordering
from tests import builders
from tests.web.conftest import Site

KEY = b"k" * 40


def a_link(site: Site, lines: dict[str, int] | None = None) -> tuple[str, str]:
    """The address of a link, and the number of its order."""
    with site.town.work() as session:
        order = site.town.sent_order(session, lines or {"soap": 10, "gloves": 4})
        token = ordering.issue_link(session, order, site.town.system(), KEY)
        return f"/supplier-link/{token}", order.number


def post(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    page = client.get(address).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return client.post(address, data={"csrf_token": unescape(token[1]) if token else "", **fields})


def order_of(site: Site, number: str) -> ordering.OrderPicture:
    with site.town.read() as session:
        return ordering.order_picture(session, ordering.find_order(session, number))


def test_the_supplier_sees_the_order_and_confirms_it_once(site: Site) -> None:
    address, number = a_link(site)
    supplier = site.app.test_client()
    page = supplier.get(address)
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    for told in (
        number,
        "Børnehuset Mælkevejen",
        "Håndsæbe refill 700 ml",
        "HS-700",
        "10\u00a0kartoner",
        "178,80",
        "2.038",
    ):
        assert told in page.text, told
    answer = post(supplier, address, day="2026-05-20")
    assert answer.status_code == 303
    assert order_of(site, number).state == "confirmed"
    again = supplier.get(address).text
    assert "Vi har fået jeres svar" in again
    assert 'id="answer"' not in again, "answered: a message may still be written"
    refused = post(supplier, address)
    assert refused.status_code == 409


def test_answering_twice_is_refused_with_a_page_that_says_so(site: Site) -> None:
    address, number = a_link(site)
    supplier = site.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', supplier.get(address).text)
    assert token
    fields = {"csrf_token": unescape(token[1])}
    assert supplier.post(address, data=fields).status_code == 303
    twice = supplier.post(address, data={**fields, "reject": "1", "why": "Udsolgt"})
    assert twice.status_code == 409
    assert "Linket kan ikke bruges" in twice.text
    assert "Linket blev brugt" in twice.text
    assert order_of(site, number).state == "confirmed"


def test_all_links_of_an_order_end_when_one_is_used(site: Site) -> None:
    address, number = a_link(site)
    with site.town.work() as session:
        order = ordering.find_order(session, number)
        other = f"/supplier-link/{ordering.issue_link(session, order, site.town.system(), KEY)}"
    supplier = site.app.test_client()
    assert post(supplier, address).status_code == 303
    assert 'id="answer"' not in supplier.get(other).text


def test_short_later_dearer_and_another_item_are_proposed_on_the_page(site: Site) -> None:
    address, number = a_link(site, {"soap": 10, "gloves": 4, "mop": 1})
    supplier = site.app.test_client()
    sent = post(
        supplier,
        address,
        **{
            "quantity-10": "6", "rest-10": "2026-05-28", "day-10": "2026-05-19",
            "price-20": "65,00", "note-20": "Råvaren er steget",
            "name-30": "Moppe 50 cm", "number-30": "MO-50", "allergens-30": "Latex", "note": "Hilsen lageret",
        },
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    with site.town.read() as session:
        order = ordering.find_order(session, number)
        assert order.state == "proposed"
        dearer, other = ordering.open_proposals(session, order.id)  # six now and four later needs no yes
        assert dearer.price == Decimal(65)
        assert other.substitute == {
            "name": "Moppe 50 cm",
            "seller_item_id": "MO-50",
            "properties": {"Allergener": "Latex"},
        }
        (response,) = ordering.responses_of(session, order.id)
        first = response.lines[0]
        assert (first.quantity, first.backorder) == (6, 4)
        assert [(one["quantity"], one["to"]) for one in first.promises] == [("6", "2026-05-19"), ("4", "2026-05-28")]
    assert "venter på et ja fra institutionen" in supplier.get(address).text


def test_the_whole_order_is_turned_down_with_a_reason(site: Site) -> None:
    address, number = a_link(site)
    supplier = site.app.test_client()
    missing = post(supplier, address, reject="1")
    assert missing.status_code == 422
    assert "Svaret blev ikke sendt" in missing.text
    assert post(supplier, address, reject="1", why="Lageret er brændt").status_code == 303
    assert order_of(site, number).state == "refused"
    assert "Ordren er slut" in supplier.get(address).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantity-10": "11"}, "11"),
        ({"quantity-10": "0,5"}, "hele antal"),
        ({"quantity-10": "mange"}, "Skriv et antal"),
        ({"price-10": "-4"}, "over 0"),
        ({"day": "2026-05-01"}, "er forbi"),
        ({"number-10": "X-1"}, "hvad den anden vare hedder"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_is_kept(site: Site, fields: dict[str, str], said: str) -> None:
    address, number = a_link(site)
    answer = post(site.app.test_client(), address, note="Vi ses på torsdag", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Vi ses på torsdag" in answer.text
    assert all(f'value="{value}"' in answer.text for value in fields.values())
    assert order_of(site, number).state == "sent"


def test_links_that_are_altered_old_or_never_were(site: Site) -> None:
    address, _ = a_link(site)
    visitor = site.app.test_client()
    for wrong in (address[:-1] + ("0" if address[-1] != "0" else "1"), "/supplier-link/1.1.x.y", "/supplier-link/æøå"):
        refused = visitor.get(wrong)
        assert refused.status_code == 403
        assert "Brug det fra mailen" in refused.text
    site.clock.pass_by(days=31)
    old = visitor.get(address)
    assert old.status_code == 410
    assert "Linket udløb" in old.text


def test_over_tls_the_answer_is_taken(site: Site) -> None:
    """Over TLS a token holds only with the page it came from, so the page lets the browser tell its own house, and nobody else."""
    address, number = a_link(site)
    supplier = site.app.test_client()
    page = supplier.get(address, base_url="https://indkoeb.example")
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    told = {"csrf_token": unescape(token[1]), "day": "2026-05-20"}
    for came_from, expected in ({}, 400), ({"Referer": f"https://indkoeb.example{address}"}, 303):
        answer = supplier.post(address, data=told, base_url="https://indkoeb.example", headers=came_from)
        assert answer.status_code == expected
    assert order_of(site, number).state == "confirmed"


def test_who_tries_links_is_slowed_down(site: Site) -> None:
    visitor = site.app.test_client()
    here = {"REMOTE_ADDR": "192.0.2.77"}
    answers = [visitor.get(f"/supplier-link/1.{one}.x.y", environ_base=here).status_code for one in range(25)]
    assert answers[:20] == [403] * 20
    assert answers[-1] == 429


def test_the_page_in_english_costs_a_fixed_number_of_queries(site: Site) -> None:
    counts = []
    for lines in ({"soap": 1}, {"soap": 1, "gloves": 1, "mop": 1, "flour": 2}):
        with site.town.work() as session:
            order = site.town.sent_order(session, lines)
            token = ordering.issue_link(session, order, site.town.system(), KEY)
        visitor = site.app.test_client()
        visitor.get("/language/en")
        with site.counting() as seen:
            page = visitor.get(f"/supplier-link/{token}").text
        counts.append(len(seen))
        assert "We cannot deliver the order" in page
        assert 'lang="en"' in page
    assert counts[0] == counts[1] <= 20


def test_a_cancelled_order_is_shown_as_over(site: Site) -> None:
    address, number = a_link(site)
    with site.town.work() as session:
        order = ordering.find_order(session, number)
        ordering.cancel(session, order, site.town.by(session, "mette", at=builders.later(hours=1)), "Fortrudt")
    page = site.app.test_client().get(address).text
    assert "Ordren er slut" in page
    assert 'id="answer"' not in page
