"""Coding a basket line from the order page: the purpose, another account, a split that adds up; what is written is kept."""

import re
from decimal import Decimal

from sqlalchemy import select

import ordering
from catalogues import CatalogueLine
from eshop import wording
from eshop.amounts import Amount
from tests.web.conftest import Site


def test_a_split_must_add_up_to_a_hundred_and_follows_the_order(site: Site) -> None:
    mette, soap = site.signed_in("mette"), site.town.items["soap"]
    mette.post("/basket/lines", item_id=soap, quantity="2")
    send = mette.get("/basket/send")
    assert "Formål" in send
    assert "Aftale 50.90" in send  # the agreement's title where the item group has none
    assert f'href="/basket/lines/{soap}/coding"' in send
    page = mette.get(f"/basket/lines/{soap}/coding")
    assert 'value="100"' in page
    split = {"share-0": "60", "cost_centre-0": "1000", "share-1": "30", "cost_centre-1": "2118"}
    refused = mette.post(f"/basket/lines/{soap}/coding", 422, **split).text
    assert "Fordelingen giver 90 %. Der mangler 10 %." in refused
    assert 'value="2118"' in refused
    for share, said in (("-10", "over 0"), ("halvdelen", "Skriv et")):
        assert said in mette.post(f"/basket/lines/{soap}/coding", 422, **{**split, "share-1": share}).text
    kept = mette.post(f"/basket/lines/{soap}/coding", **{**split, "share-1": "40"}).text
    assert "Konteringen er gemt." in kept
    assert "40 %" in kept
    assert "2118" in kept
    seen = re.search(r'name="seen" value="(\d+)"', kept)
    assert seen
    mette.post("/basket/send", seen=seen[1], reference="", note="")
    with site.town.read() as session:
        (order,) = ordering.list_orders(session)
        line = order.lines[0]
        amounts = ordering.coded_amounts(line.amount, line.coding, order.coding)
        assert [(coding["cost_centre"], amount) for coding, amount in amounts] == [
            ("1000", Amount.of("214.56")),
            ("2118", Amount.of("143.04")),
        ]


def test_the_usual_coding_is_kept_as_none(site: Site) -> None:
    mette, soap = site.signed_in("mette"), site.town.items["soap"]
    mette.post("/basket/lines", item_id=soap, quantity="1")
    mette.post(f"/basket/lines/{soap}/coding", **{"share-0": "100", "cost_centre-0": "9999"})
    assert "9999" in mette.get("/basket/send")
    mette.post(f"/basket/lines/{soap}/coding", **{"share-0": "100", "cost_centre-0": "1000"})
    assert "9999" not in mette.get("/basket/send")
    mette.get(f"/basket/lines/{site.town.items['mop']}/coding", 404)


def test_what_is_written_is_kept_when_the_session_ends(site: Site) -> None:
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=site.town.items["mop"], quantity="2")
    mette.post("/basket/keep", reference="Uge 21", note="Den gamle er knækket")
    again = site.signed_in("mette").get("/basket/send")
    assert 'value="Uge 21"' in again
    assert "Den gamle er knækket" in again


def test_the_order_page_tells_how_long_the_answer_usually_takes(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.order(session, {"mop": 2})
        ordering.approve(session, order, site.town.by(session, "jens", at=site.clock.at.replace(hour=12)))
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=site.town.items["mop"], quantity="3")
    assert "Svaret kommer normalt inden for 3 timer." in mette.get("/basket/send")


def test_what_is_shown_is_what_the_invoice_is_posted_on(site: Site) -> None:
    """The art follows the item group, as it does in the ledger: food is 2.2, and the usual 2.9 stands only where somebody writes it."""
    mette, flour = site.signed_in("mette"), site.town.items["flour"]
    for item in ("flour", "soap"):
        mette.post("/basket/lines", item_id=site.town.items[item], quantity="1")
    send = mette.get("/basket/send")
    assert "Udfyldt ud fra institution og varegruppe" in send
    assert re.findall(r"Art (2\.\d)", send)[:2] == ["2.2", "2.9"]
    assert 'value="2.2"' in mette.get(f"/basket/lines/{flour}/coding")
    # As proposed is nothing said; another art is, also the usual one.
    mette.post(f"/basket/lines/{flour}/coding", **{"share-0": "100", "cost_centre-0": "1000", "art-0": "2.2"})
    with site.town.read() as session:
        kept = {line.item_id: line.coding for line in session.scalars(select(ordering.BasketLine))}
        assert kept[flour] == []
    mette.post(f"/basket/lines/{flour}/coding", **{"share-0": "100", "cost_centre-0": "1000", "art-0": "2.9"})
    assert re.findall(r"Art (2\.\d)", mette.get("/basket/send"))[:2] == ["2.9", "2.9"]
    mette.post(
        f"/basket/lines/{flour}/coding",
        **{"share-0": "60", "art-0": "2.2", "share-1": "40", "cost_centre-1": "2118", "art-1": "2.2"},
    )
    mette.post("/basket/send", reference="", note="")
    with site.town.read() as session:
        (line,) = [line for order in ordering.list_orders(session) for line in order.lines if line.item_id == flour]
        assert [part["coding"]["art"] for part in line.coding] == ["2.2", "2.2"]


def test_the_basket_says_of_every_line_what_it_is_for_and_what_a_piece_costs(site: Site) -> None:
    """Mock 04: "HH-20114 · 14,90 kr./stk." and "Kontering: Rengøringsartikler Ret", which opens that line only and leads back."""
    mette, soap = site.signed_in("mette"), site.town.items["soap"]
    mette.post("/basket/lines", item_id=soap, quantity="2")
    with site.town.work() as session:
        line = session.scalars(select(CatalogueLine).where(CatalogueLine.item_id == soap)).one()
        line.comparison_price, line.comparison_unit = Decimal("14.90"), "EA"
    basket = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", mette.get("/basket")))
    assert "178,80 kr. pr. karton · 14,90 kr./stk." in basket
    assert "Kontering: Aftale 50.90" in basket
    address = f"/basket/lines/{soap}/coding?from=basket"
    assert address.replace("&", "&amp;") in mette.get("/basket")
    page = mette.get(address)
    assert "Tilbage til kurv" in page
    split = {"share-0": "60", "cost_centre-0": "1000", "share-1": "40", "cost_centre-1": "2118", "from": "basket"}
    kept = mette.post(f"/basket/lines/{soap}/coding", **split).text
    assert "<h1>Kurv</h1>" in kept
    assert "fordelt på 2 konti" in kept
    mette.post(f"/basket/lines/{soap}/coding", **{"share-0": "100", "cost_centre-0": "2118", "from": "basket"})
    assert "på en anden konto" in mette.get("/basket")


def test_the_order_page_gathers_what_is_for_one_purpose_and_freight_stands_with_its_goods(site: Site) -> None:
    """Mock 05: "Leg og læring, 2 linjer og fragt, 453,00 kr.": a row for each purpose and account, and all that is paid is in one."""
    mette = site.signed_in("mette")
    for item in ("soap", "mop", "flour", "paper"):
        mette.post("/basket/lines", item_id=site.town.items[item], quantity="1")
    rows = _rows(mette.get("/basket/send"))
    assert [row for row in rows if "2 linjer" in row], rows
    assert [row for row in rows if "Kopipapir A4 80 g og fragt" in row], rows
    assert not [row for row in rows if row.strip().startswith("Fragt")], rows
    together = _total(rows)
    mette.post(
        f"/basket/lines/{site.town.items['soap']}/coding", **{"share-0": "100", "cost_centre-0": "2118", "art-0": "2.9"}
    )
    apart = _rows(mette.get("/basket/send"))
    assert len(apart) == len(rows) + 1
    assert _total(apart) == together
    with site.town.read() as session:
        basket = session.scalars(select(ordering.Basket)).one()
        view = ordering.basket_view(session, basket, site.town.by(session, "mette"))
        assert together == view.total + Amount.sum(group.hints.freight for group in view.groups)


def test_the_freight_that_stood_on_the_button_stands_on_the_order_too(site: Site) -> None:
    """Paper costs 75 kr. in freight below 1.000 kr.: whoever sent for 600,00 + 75,00 kr. finds both again."""
    mette = site.signed_in("mette")
    mette.post("/basket/lines", item_id=site.town.items["paper"], quantity="40")
    with site.town.read() as session:
        basket = session.scalars(select(ordering.Basket)).one()
        (group,) = ordering.basket_view(session, basket, site.town.by(session, "mette")).groups
        goods, freight = group.total, group.hints.freight
    assert str(freight) == "75.00"
    send = mette.get("/basket/send")
    assert kroner(goods + freight) in send
    placed = mette.post("/basket/send", seen=_seen(send)).text
    assert f"+ fragt {kroner(freight)}" in placed
    order = re.search(r'href="(/orders/\d+)"', placed)
    assert order
    page = re.sub(r"<[^>]+>", "", mette.get(order[1]))
    assert f"Varer{kroner(goods)}Fragt efter aftalen{kroner(freight)}Ekskl. moms{kroner(goods + freight)}" in page

    with site.town.work() as session:
        dear = site.town.sent_order(session, {"soap": 10})
    assert "Fragt efter aftalen" not in mette.get(f"/orders/{dear.id}")


def kroner(amount: Amount) -> str:
    return wording.kroner(amount, "da")


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found
    return found[1]


def _rows(page: str) -> list[str]:
    table = page[page.index('aria-label="Kontering"') :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in body.split("</tr>") if "<tr" in row]


def _total(rows: list[str]) -> Amount:
    found = [re.search(r"([\d.]+,\d\d) kr\.", row) for row in rows]
    return Amount.sum(Amount.of(one[1].replace(".", "").replace(",", ".")) for one in found if one)
