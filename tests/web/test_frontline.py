"""Wishes, questions to Purchasing, and purchases in a shop, as people without and with the right to order use them."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

import ordering
from catalogues import Agreement
from eshop.identity import Institution, Role
from tests import builders
from tests.web.conftest import Person, Site


@pytest.fixture
def sofie(site: Site) -> Person:
    """A colleague at Mælkevejen who may not order."""
    with site.town.work() as session:
        place = session.get_one(Institution, site.town.places["mælkevejen"])
        site.town.people["sofie"] = builders.person(session, "Sofie Lind", (Role.COLLEAGUE, place)).id
    return site.signed_in("sofie")


def picture(colour: str = "white") -> FileStorage:
    body = io.BytesIO()
    Image.new("RGB", (60, 90), colour).save(body, "PNG")
    body.seek(0)
    return FileStorage(body, "bon.png", content_type="image/png")


def test_a_colleague_wishes_and_cannot_order(site: Site, sofie: Person) -> None:
    soap = site.town.items["soap"]
    page = sofie.get("/search?q=HS-700")
    assert "Ønsk den" in page
    assert "Læg i kurv" not in page
    assert "Ønsker" in page
    assert "Ønsket er sendt." in sofie.post("/wishes", item_id=soap, quantity="2", note="Til badet").text
    mine = sofie.get("/wishes")
    assert "Håndsæbe refill 700 ml" in mine
    assert "Venter på indkøbstovholderen" in mine
    for address in ("/basket", "/orders", "/receive", "/approvals"):
        sofie.get(address, 403)
    sofie.post("/basket/lines", 403, item_id=soap, quantity="1")
    sofie.post("/wishes/basket", 403, wish="1")
    taken = re.search(r'action="(/wishes/\d+/withdraw)"', mine)
    assert taken
    assert "Trukket tilbage" in sofie.post(taken[1]).text
    for quantity in ("0", "-1", "to", "1000000000"):
        assert "antal" in sofie.post("/wishes", item_id=soap, quantity=quantity).text


def test_the_local_lead_pools_wishes_into_one_line_and_sees_freight(site: Site, sofie: Person) -> None:
    town = site.town
    with town.work() as session:
        for name, item, number in (("mette", "paper", 4), ("omar", "paper", 6), ("omar", "gloves", 1)):
            ordering.wish_for(session, town.by(session, name), Decimal(number), town.items[item])
    sofie.post("/wishes", text="Sæbe til køkkenet", quantity="1")
    aisha = site.signed_in("aisha")
    page = aisha.get("/wishes")
    assert "4 ønsker venter" in page
    assert "mindste ordrebeløb" in page  # Nordpapir asks for 500 kr.
    assert "Tilsammen 10" in page
    assert "Omar Aziz" in page
    chosen = re.findall(r'name="wish" value="(\d+)"', page)
    assert len(chosen) == 3
    told = aisha.post("/wishes/basket", wish=chosen).text
    assert "3 ønsker er lagt i kurven som 2 linjer." in told
    with town.work() as session:
        basket = ordering.open_basket(session, town.by(session, "aisha"))
        assert {line.item_id: line.quantity for line in basket.lines} == {
            town.items["paper"]: Decimal(10), town.items["gloves"]: Decimal(1),
        }  # fmt: skip
    assert "Det kan ikke lade sig gøre nu" in aisha.post("/wishes/basket", wish=chosen[:1]).text
    assert "Der er ikke valgt noget." in aisha.post("/wishes/basket").text


def test_a_wish_in_words_gets_its_item_or_a_no_with_reason(site: Site, sofie: Person) -> None:
    town = site.town
    sofie.post("/wishes", text="HS-700", quantity="2")
    sofie.post("/wishes", text="En trampolin", quantity="1")
    aisha = site.signed_in("aisha")
    page = aisha.get("/wishes")
    assert "Er det en af disse?" in page
    found = re.search(r'action="(/wishes/\d+/item)".*?name="item_id" value="(\d+)"', page)
    assert found
    assert found[2] == str(town.items["soap"])
    aisha.post(found[1], item_id=found[2])
    assert 'name="wish"' in aisha.get("/wishes")
    declines = re.findall(r'action="(/wishes/\d+/decline)"', aisha.get("/wishes"))
    trampoline = next(one for one in declines if one not in (found[1].replace("item", "decline"),))
    assert "begrundelse" in aisha.post(trampoline, answer=" ").text.lower()
    aisha.post(trampoline, answer="Den kommer på budgettet næste år")
    mine = sofie.get("/wishes")
    assert "Ikke denne gang" in mine
    assert "budgettet næste år" in mine
    sofie.post(trampoline, 403, answer="Jo")


def test_wishes_cost_a_fixed_number_of_queries(site: Site) -> None:
    town, aisha = site.town, site.signed_in("aisha")
    counts = []
    for _ in range(2):
        with town.work() as session:
            for item in ("soap", "paper", "gloves", "flour") if counts else ("soap", "paper"):
                ordering.wish_for(session, town.by(session, "mette"), Decimal(1), town.items[item])
        aisha.get("/wishes")
        with site.counting() as seen:
            aisha.get("/wishes")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_an_error_in_an_item_is_reported_and_purchasing_answers(site: Site) -> None:
    mette, kim, soap = site.signed_in("mette"), site.signed_in("kim"), site.town.items["soap"]
    assert "Meld fejl i vareoplysninger" in mette.get(f"/items/{soap}")
    assert "Meld fejl i vareoplysninger" not in kim.get(f"/items/{soap}")
    kim.post(f"/items/{soap}/report", 403, text="Forkert")
    assert "Skriv, hvad der er forkert ved varen." in mette.post(f"/items/{soap}/report", text=" ").text
    mette.post("/items/999999/report", 404, text="Forkert")
    assert "Indkøb har fået din melding." in mette.post(f"/items/{soap}/report", text="Der er 10 i æsken, ikke 12").text
    assert "Indkøb ser på det" in mette.get("/needs")
    page = kim.get("/needs/waiting")
    assert "Fejl i vareoplysninger" in page
    assert "Håndsæbe refill 700 ml" in page
    need = re.search(r'href="(/needs/\d+)"', page)
    assert need
    shown = kim.get(need[1])
    assert "Der er 10 i æsken, ikke 12" in shown
    assert f'href="/items/{soap}"' in shown
    assert "HygiejneHuset" in shown
    assert "requisition" not in shown
    kim.post(f"{need[1]}/answer", answer="HygiejneHuset retter det i næste katalog")
    mine = mette.get("/needs")
    assert "HygiejneHuset retter det i næste katalog" in mine
    assert f'href="/items/{soap}"' in mine
    assert "Ingen venter på, at du finder en vare." in kim.get("/needs/waiting")


def test_what_is_not_found_is_asked_of_purchasing_and_answered_with_an_item(site: Site) -> None:
    mette, kim = site.signed_in("mette"), site.signed_in("kim")
    page = mette.get("/search?q=hoppeborg")
    assert 'href="/needs?q=hoppeborg"' in page
    assert ">hoppeborg</textarea>" in mette.get("/needs?q=hoppeborg")
    assert "Indkøb har fået dit spørgsmål." in mette.post("/needs", text="Sæbe til sart hud").text
    assert "Skriv, hvad du ønsker." in mette.post("/needs", text="  ").text
    page = kim.get("/needs/waiting")
    assert "Én kollega har bedt dig finde en vare." in page
    need = re.search(r'href="(/needs/\d+)"', page)
    assert need
    found = kim.get(f"{need[1]}?q=HS-700")
    assert "Håndsæbe refill 700 ml" in found
    mette.get(need[1], 403)
    kim.post(f"{need[1]}/answer", item_id=site.town.items["soap"], answer="Den er uden parfume")
    mine = mette.get("/needs")
    assert "Den er uden parfume" in mine
    assert f'href="/items/{site.town.items["soap"]}"' in mine
    assert "Kim Friis" in mine
    assert "Ingen venter på, at du finder en vare." in kim.get("/needs/waiting")


def test_purchasing_makes_a_requisition_only_where_no_agreement_covers(site: Site) -> None:
    town = site.town
    with town.work() as session:
        need = ordering.ask_purchasing(session, "Leje af hoppeborg", town.by(session, "mette")).id
        session.get_one(Agreement, town.agreements["50.12"]).unspsc = ["1411"]
    kim = site.signed_in("kim")
    said = {"supplier": town.suppliers["nordpapir"], "description": "Leje af hoppeborg", "unspsc": "49241500"}
    page = kim.post(f"/needs/{need}/requisition", 422, **{**said, "ceiling": "0"}).text
    assert "Bestillingen er ikke oprettet endnu" in page
    assert 'href="#ceiling"' in page
    page = kim.post(f"/needs/{need}/requisition", 422, **{**said, "unspsc": "14111507", "ceiling": "1500"}).text
    assert "50.12" in page
    made = kim.post(f"/needs/{need}/requisition", **{**said, "ceiling": "1.500,00"}).text
    assert "højst faktureres 1.500,00" in made
    with town.read() as session:
        order = ordering.get_order(session, ordering.get_need(session, need).order_id or 0)
        assert (order.source, order.match, order.state) == ("free_text", "2-way", "queued")
    assert "Bestilt" in site.signed_in("mette").get("/needs")
    site.signed_in("mette").post(f"/needs/{need}/requisition", 403, **said)


def test_a_purchase_in_a_shop_is_recorded_with_its_receipt(site: Site) -> None:
    mette = site.signed_in("mette")
    said = {
        "seller": "Fiskehuset",
        "text": "Hel torsk",
        "gross": "184,50",
        "bought_on": "2026-05-11",
        "reason": "learning",
    }
    page = mette.post("/outside-purchases", 422, **{**said, "reason": ""}).text
    assert "<title>Fejl:" in page
    assert 'href="#receipt"' in page
    assert 'value="Hel torsk"' in page
    bad = FileStorage(io.BytesIO(b"not a picture"), "bon.png")
    assert "Bonen kunne ikke læses" in mette.post("/outside-purchases", 422, **said, receipt=bad).text
    made = mette.post("/outside-purchases", **said, receipt=picture(), **{"coding-cost_centre": "2114"}).text
    assert "184,50" in made
    assert "147,60" in made  # a fifth is VAT
    assert "2114" in made
    shown = re.search(r'src="(/outside-purchases/\d+/receipt)"', made)
    assert shown
    for name in ("soeren", "kim"):
        assert "Hel torsk" in site.signed_in(name).get("/outside-purchases")
    assert site.signed_in("soeren").client.get(shown[1]).mimetype == "image/jpeg"
    assert site.signed_in("peter").client.get(shown[1]).status_code == 404
    assert "allerede" in mette.post("/outside-purchases", 422, **said, receipt=picture()).text
    late = {**said, "bought_on": "2026-06-01"}
    assert mette.post("/outside-purchases", 422, **late, receipt=picture("red"))
    paper = FileStorage(io.BytesIO(b"%PDF-1.4\n%test\n%%EOF\n"), "bon.pdf", content_type="application/pdf")
    pdf = mette.post("/outside-purchases", **said, receipt=paper).text
    link = re.search(r'href="(/outside-purchases/\d+/receipt)"', pdf)
    assert link
    answer = mette.client.get(link[1])
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with site.town.read() as session:
        first = ordering.list_outside_purchases(session)[-1]
        assert (first.bought_on, str(first.gross), str(first.cost)) == (date(2026, 5, 11), "184.50", "330.00")
