"""The main path by plain forms, as a browser without scripts sends them, and what each page costs the database."""

import re

import pytest

import ordering
from eshop.amounts import Amount
from tests import builders
from tests.ordering.test_responses import answered, price, response
from tests.web.conftest import Person, Site


def test_from_search_to_receipt_without_a_script(site: Site) -> None:
    mette = site.signed_in("mette")
    soap = site.town.items["soap"]
    page = mette.get(f"/items/{soap}")
    assert "178,80" in page
    assert "På aftale" in page
    mette.post("/basket/lines", item_id=soap, quantity="2")
    basket = mette.get("/basket")
    assert "HygiejneHuset A/S" in basket
    assert "357,60" in basket
    assert "2\u00a0kartoner à 12\u00a0flasker" in basket
    mette.post(f"/basket/lines/{soap}", quantity="3")
    assert "536,40" in mette.get("/basket")
    send = mette.get("/basket/send")
    assert "Sendes nu" in send
    seen = re.search(r'name="seen" value="(\d+)"', send)
    assert seen
    assert seen[1] == "53640"
    placed = mette.post("/basket/send", seen=seen[1], reference="Uge 21", note="")
    assert "Tak, den er på vej" in placed.text
    assert "Fortryd" in placed.text
    number = re.search(r"B-26-\w+", placed.text)
    assert number
    with site.town.work() as session:
        order = ordering.find_order(session, number[0])
        assert order.total == Amount.of("536.40")
        assert order.reference == "Uge 21"
        ordering.send(session, order, site.town.system())
        key = order.id
    aisha = site.signed_in("aisha")
    assert number[0] in aisha.get("/receive")
    assert "Ventes: 3\u00a0kartoner" in aisha.get(f"/orders/{key}/receive")
    aisha.post(f"/orders/{key}/receipts", **{"quantity-10": "1", "rest-10": "wait", "seen": "0"})
    assert "1 af 3\u00a0kartoner" in aisha.get("/orders")
    aisha.post(f"/orders/{key}/receipts", all="1")
    shown = aisha.get(f"/orders/{key}")
    assert "Alt er kommet" in shown
    assert "Varer modtaget af Aisha Nur" in shown


def test_ordering_again_takes_four_taps_from_the_home_page(site: Site) -> None:
    with site.town.work() as session:
        site.town.sent_order(session)
    mette = site.signed_in("mette")
    home = mette.get("/shop")
    again = re.search(r'action="(/orders/\d+/again)"', home)
    assert again
    taps = 1
    page = mette.post(again[1]).text  # 1: put all in the basket
    assert "Bestillingen er lagt i kurven til dagens priser." in page
    assert 'href="/basket/send"' in page
    page = mette.get("/basket/send")  # 2: go to order
    taps += 1
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen
    page = mette.post("/basket/send", seen=seen[1]).text  # 3: send
    taps += 1
    assert "Tak, den er på vej" in page
    assert taps <= 5


def test_what_needs_approval_asks_why_and_is_decided_in_one_tap(site: Site) -> None:
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=site.town.items["mop"], quantity="2")
    basket = mette.get("/basket")
    assert "skal godkendes" in basket
    assert "Jens Holm" in basket
    refused = mette.post("/basket/send", 422, reference="Gangen", note="")
    assert "<title>Fejl:" in refused.text
    assert "Bestillingen er ikke sendt endnu" in refused.text
    assert 'href="#note"' in refused.text
    assert 'value="Gangen"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    placed = mette.post("/basket/send", reference="Gangen", note="Den gamle er knækket").text
    assert "Venter på godkendelse" in placed
    assert "Tak, nu venter den på godkendelse" in placed
    assert "Ligger hos Jens Holm" in placed
    jens = site.signed_in("jens")
    page = jens.get("/approvals")
    assert "Den gamle er knækket" in page
    approve = re.search(r'action="(/orders/\d+/approve)".*?name="seen" value="(\w+)"', page, re.DOTALL)
    assert approve
    done = jens.post(approve[1], seen=approve[2])
    assert "Du er ajour" in done.text
    assert re.search(r"Godkendt: B-26-\w+ på 9\.400,00\skr\.", done.text)
    # Fortryd for 10 sekunder
    back = jens.post(approve[1].replace("approve", "regret"))
    assert "9.400,00" in back.text
    # Sending back needs a reason
    assert "begrundelse" in jens.post(approve[1].replace("approve", "send-back")).text.lower()
    jens.post(approve[1].replace("approve", "send-back"), reason="Vent til næste måned")
    orders = mette.get("/orders?show=returned")
    assert "Vent til næste måned" in orders
    assert "Jens Holm" in orders


def test_a_second_decision_is_told_who_decided(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.order(session, {"mop": 2}).id
    jens, kim = site.signed_in("jens"), site.signed_in("birthe")
    jens.post(f"/orders/{order}/approve")
    assert "Jens Holm" in kim.post(f"/orders/{order}/approve").text


def test_two_people_receiving_the_same_is_told(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session).id
    mette, aisha = site.signed_in("mette"), site.signed_in("aisha")
    mette.post(f"/orders/{order}/receipts", **{"quantity-10": "1", "seen": "0"})
    told = aisha.post(f"/orders/{order}/receipts", **{"quantity-10": "1", "seen": "0"}).text
    assert "Mette" in told


def test_undo_within_ten_minutes_puts_the_lines_back(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.order(session).id
    mette = site.signed_in("mette")
    page = mette.post(f"/orders/{order}/undo").text
    assert "er fortrudt. Intet blev sendt." in page
    assert "357,60" in mette.get("/basket")


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ("0", "antal"),
        ("-1", "antal"),
        ("0,5", "karton"),
        ("1000000000", "det højeste er 100.000"),
        ("to", "Skriv et antal"),
        ("1e3", "Skriv et antal"),
    ],
)
def test_a_quantity_that_cannot_be_ordered_says_what_to_write(site: Site, quantity: str, said: str) -> None:
    mette = site.signed_in("mette")
    page = mette.post("/basket/lines", item_id=site.town.items["soap"], quantity=quantity).text
    alert = re.search(r'<div class="note mt4 err" role="alert">.*?<div>(.*?)</div>', page, re.DOTALL)
    assert alert, page[:2000]
    assert said.lower() in alert[1].lower()
    assert "Tom" in mette.get("/shop")


def test_an_item_whose_agreement_has_ended_cannot_be_put_in_the_basket(site: Site) -> None:
    with site.town.work() as session:
        paper = builders.supplier(session, "Gammel Leverandør ApS")
        ended = builders.agreement(session, paper, "49.01", end=builders.date(2026, 4, 30))
        item = builders.item(session, ended, "Cremesæbe med lanolin")
    mette = site.signed_in("mette")
    page = mette.get(f"/items/{item}")
    assert "Aftalen udløb 30. april" in page
    assert 'action="/basket/lines"' not in page
    assert 'role="alert"' in mette.post("/basket/lines", item_id=item, quantity="1").text
    assert "Tom" in mette.get("/shop")


def test_a_proposal_of_the_supplier_is_answered_in_one_tap(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session)
        lines = [answered("10", "3", "2", price=price("190.00"))]
        ordering.record_response(session, response(session, site.town, order.number, lines), None, site.town.system())
        key = order.id
    mette = site.signed_in("mette")
    page = mette.get(f"/orders/{key}")
    assert "Leverandøren foreslår en ændring" in page
    assert "190,00" in page
    assert "aftalt 178,80" in page
    answer = re.search(rf'action="(/orders/{key}/proposals/\d+)"', page)
    assert answer
    told = mette.post(answer[1], answer="yes").text
    assert "Leverandøren får et ja." in told
    assert "380,00" in told
    assert "allerede" in mette.post(answer[1], answer="no").text


def queries(site: Site, person: Person, address: str) -> int:
    person.get(address)
    with site.counting() as seen:
        person.get(address)
    return len(seen)


def test_lists_cost_a_fixed_number_of_queries(site: Site) -> None:
    mette = site.signed_in("mette")
    with site.town.work() as session:
        site.town.sent_order(session)
        basket = ordering.open_basket(session, site.town.by(session, "mette"))
        ordering.add_line(session, basket, site.town.items["soap"], builders.Decimal(1), site.town.by(session, "mette"))
    addresses = ("/shop", "/orders?show=all", "/receive", "/basket", "/basket/send")
    few = {address: queries(site, mette, address) for address in addresses}
    with site.town.work() as session:
        by = site.town.by(session, "mette")
        for _ in range(12):
            site.town.sent_order(session, {"soap": 1, "gloves": 2})
        soap = session.get_one(builders.Agreement, site.town.agreements["50.90"])
        basket = ordering.open_basket(session, by)
        for number in range(20):
            made = builders.item(session, soap, f"Vare {number} " + "lang " * 25, "12.00")
            ordering.add_line(session, basket, made, builders.Decimal(1), by)
    many = {address: queries(site, mette, address) for address in addresses}
    assert many == few
    assert max(many.values()) <= 40, many


def test_long_names_and_empty_pages_are_shown(site: Site) -> None:
    with site.town.work() as session:
        soap = session.get_one(builders.Agreement, site.town.agreements["50.90"])
        item = builders.item(session, soap, "Undersøgelseshandske " * 7, "0.00")
    mette = site.signed_in("mette")
    assert "Her kommer jeres bestillinger" in mette.get("/orders")
    assert "Kurven er tom" in mette.get("/basket")
    assert "Ingen varer på vej" in mette.get("/receive")
    assert "Du er ajour" in site.signed_in("jens").get("/approvals")
    assert "0,00" in mette.get(f"/items/{item}")


def test_a_fault_of_ours_has_a_number_to_tell(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    mette = site.signed_in("mette")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(ordering, "list_orders", broken)
    page = mette.get("/orders", 500)
    assert "Noget gik galt hos os" in page
    assert re.search(r"fejlnummer [0-9A-F]{4}\.", page)
    assert "planted" not in page
