"""What goes wrong with orders, by every door it can come through: a clear sentence in Danish, and the house as it was before."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ordering
from eshop import ubl
from eshop.db import EVERYONE
from eshop.demo import municipality as words
from eshop.demo.municipality import MAELKEVEJEN
from tests.journeys.test_bad_input import a_catalogue
from tests.journeys.town import Town, everything
from tests.shell import Shell

SOAP = "31220114/HH-10002"


@pytest.fixture
def town(shell: Shell, tmp_path: Path) -> Town:
    town = Town(shell, "peppol-bis-3", tmp_path)
    assert shell("load", "catalogue", shell.write("katalog.xml", a_catalogue(town)), "--accept-all").code == 0
    return town


@pytest.fixture
def unchanged(town: Town) -> Iterator[None]:
    before = everything(town)
    yield
    assert {name for name, rows in everything(town).items() if rows != before[name]} == set()


# --- how many ---------------------------------------------------------------------------------------------------------


def by_page(town: Town, number: str) -> str:
    mette = town.person("mette")
    mette.open("/search?q=h%C3%A5nds%C3%A6be+500")
    mette.follow("Håndsæbe, mild, uden farve og parfume, 500 ml med pumpe")
    item = mette.address.partition("/items/")[2].partition("?")[0]
    token = mette.client.get("/shop").text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = mette.client.post(
        "/basket/lines",
        data={"csrf_token": token, "item_id": item, "quantity": number.replace(".", ",")},
        follow_redirects=True,
    )
    alert = sent.text[sent.text.index('role="alert"') :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", alert[: alert.index("</div>")]))


def by_api(town: Town, number: str) -> str:
    given = {"institution": MAELKEVEJEN, "lines": [{"item": SOAP, "quantity": number}]}
    answer = town.app.test_client().post("/api/v1/orders", json=given, headers=town.token("orders:write", user="mette"))
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), answer.text
    return answer.json["detail"]


def by_command(town: Town, number: str) -> str:
    given = {"institution": MAELKEVEJEN, "by": "mette", "lines": [{"item": SOAP, "quantity": number}]}
    ran = town.shell("orders", "place", town.shell.write("order.json", given), "--json")
    assert (ran.out, "Traceback" in ran.err) == ("", False)
    assert ran.code in (1, 2)
    return ran.err


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("door", [by_page, by_api, by_command])
@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("0", "Skriv et antal over 0, fx 2"),
        ("-1", "Skriv et antal over 0, fx 2"),
        ("0.5", r"Varen bestilles i hele antal \(karton\), ikke 0,5. Skriv fx 1"),
        ("1000000000", r"1\.000\.000\.000 er mere, end der kan bestilles på en linje. Det højeste er"),
    ],
)
def test_a_number_that_cannot_be_ordered(town: Town, door: Callable[[Town, str], str], number: str, says: str) -> None:
    assert re.search(says, door(town, number)), door(town, number)


@pytest.mark.usefixtures("unchanged")
def test_an_item_and_a_person_that_are_not_there(town: Town) -> None:
    for lines, by, says in (
        ([{"item": "31220114/HH-99999", "quantity": "1"}], "mette", "Vare 31220114/HH-99999 findes ikke"),
        ([{"item": SOAP, "quantity": "1"}], "nobody", "Person nobody findes ikke"),
    ):
        given = {"institution": MAELKEVEJEN, "by": by, "lines": lines}
        ran = town.shell("orders", "place", town.shell.write("order.json", given), "--json")
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err


@pytest.mark.usefixtures("unchanged")
def test_a_place_of_delivery_that_the_institution_has_not(town: Town) -> None:
    given = {"institution": MAELKEVEJEN, "lines": [{"item": SOAP, "quantity": "1"}], "delivery_point": "Kælderen"}
    answer = town.app.test_client().post("/api/v1/orders", json=given, headers=town.token("orders:write", user="mette"))
    assert answer.status_code == 422
    ran = town.shell("orders", "place", town.shell.write("order.json", {**given, "by": "mette"}), "--json")
    for told in (answer.json["detail"], ran.err):
        assert "har ikke leveringsstedet Kælderen; der er Varegård ved køkkenet" in told


def test_an_order_by_command_is_left_where_it_says(town: Town) -> None:
    given = {"institution": MAELKEVEJEN, "by": "mette", "lines": [{"item": SOAP, "quantity": "1"}]}
    for point in ("Hovedindgang", None):
        file = town.shell.write("order.json", {**given, "delivery_point": point} if point else given)
        (order,) = town.shell("orders", "place", file, "--json").objects
        written = town.shell("orders", "show", order["number"], "--ubl", "peppol").out
        assert point or "Varegård ved køkkenet" in written
        assert written.count("<cbc:PostalZone>4899</cbc:PostalZone>") == 2  # the buyer's own, and where it is left


# --- what the supplier answers ----------------------------------------------------------------------------------------


@dataclass
class Sent:
    town: Town
    number: str

    def answer(self, name: str = "R-1", order: str | None = None, **said: Any) -> ubl.OrderResponse:
        seller = ubl.Party(
            endpoint_id=ubl.Identifier("31220114", scheme_id="DK:CVR"),
            party_identifications=(ubl.PartyIdentification(id=ubl.Identifier("31220114", scheme_id="DK:CVR")),),
            party_names=(ubl.PartyName(name="HygiejneHuset A/S"),),
            party_legal_entities=(ubl.PartyLegalEntity(registration_name="HygiejneHuset A/S"),),
        )
        return ubl.OrderResponse(
            id=ubl.Identifier(name),
            issue_date=said.pop("issued", self.town.clock.today),
            order_references=(ubl.OrderReference(id=ubl.Identifier(order or self.number)),),
            seller_supplier_party=ubl.SupplierParty(party=said.pop("seller", seller)),
            order_response_code=ubl.Code(said.pop("code", "CA")),
            **said,
        )

    def line(self, number: str, quantity: str, price: str | None = None) -> ubl.OrderLine:
        cost = ubl.Price(price_amount=ubl.Money(Decimal(price), "DKK")) if price else None
        item = ubl.LineItem(
            id=ubl.Identifier(number),
            line_status_code=ubl.Code("3"),
            quantity=ubl.Measure(Decimal(quantity), "XCT"),
            price=cost,
        )
        return ubl.OrderLine(
            line_item=item, order_line_references=(ubl.OrderLineReference(line_id=ubl.Identifier(number)),)
        )

    def hand_in(self, document: ubl.Document, door: str) -> dict[str, Any]:
        body = ubl.write(document, self.town.seller.profile)
        if door == "api":
            headers, client = self.town.token("documents:write", "documents:read"), self.town.app.test_client()
            taken = client.post("/api/v1/documents", data=body, headers=headers, content_type="application/xml")
            self.town.worker.drain()
            known = client.get(f"/api/v1/documents/{taken.json['message']}", headers=headers).json
            return known | {"again": taken.status_code == 200}
        ran = self.town.shell("receive", self.town.shell.write("svar.xml", body), "--json")
        assert "Traceback" not in ran.err
        return ran.objects[0] | {"again": ran.objects[0]["outcome"] == "duplicate"}

    @property
    def order(self) -> dict[str, Any]:
        return self.town.order(self.number)


@pytest.fixture
def sent(town: Town) -> Sent:
    given = {"institution": MAELKEVEJEN, "by": "mette", "lines": [{"item": SOAP, "quantity": "2"}]}
    (order,) = town.shell("orders", "place", town.shell.write("order.json", given), "--json").objects
    assert town.shell("orders", "send").code == 0
    return Sent(town, order["number"])


@pytest.mark.parametrize("door", ["api", "command"])
def test_answers_that_are_not_recorded(sent: Sent, door: str) -> None:
    """Somebody else's order, a line it has not, an answer that is older than what is known: kept with the reason, nothing is changed."""
    good = sent.answer("R-1", code="AP")
    assert sent.hand_in(good, door)["outcome"] == "recorded"
    before = everything(sent.town)
    stranger = replace(
        good.seller_supplier_party.party,
        endpoint_id=ubl.Identifier("31220122", scheme_id="DK:CVR"),
        party_identifications=(),
        party_names=(ubl.PartyName(name="En anden A/S"),),
    )
    for document, says in (
        (sent.answer("R-2", order="B-26-99999X"), "Der er ingen ordre B-26-99999X"),
        (sent.answer("R-3", seller=stranger), "leverandør"),
        (sent.answer("R-4", order_lines=(sent.line("70", "2"),)), f"{sent.number} har ingen linje 70"),
        (
            sent.answer("R-5", code="RE", issued=sent.town.clock.today - timedelta(days=3)),
            "ældre end det, vi allerede ved",
        ),
    ):
        told = sent.hand_in(document, door)
        assert says in " ".join(one["text"] for one in told["findings"]), told
    assert sent.order["state"] == "confirmed"
    assert sent.hand_in(good, door)["again"] is True
    assert {name for name, rows in everything(sent.town).items() if rows != before[name]} == set()


@pytest.mark.parametrize("door", ["api", "command"])
def test_a_higher_price_waits_for_a_yes_and_the_order_keeps_its_own(sent: Sent, door: str) -> None:
    price = sent.order["lines"][0]["price"]
    dearer = sent.answer("R-1", order_lines=(sent.line("10", "2", "190.00"),))
    assert sent.hand_in(dearer, door)["outcome"] == "recorded"
    assert (sent.order["state"], sent.order["lines"][0]["price"]) == ("proposed", price)
    aisha = sent.town.person("aisha")
    with sent.town.shell.database.read(EVERYONE) as session:
        order_id = ordering.find_order(session, sent.number).id
    aisha.open(f"/orders/{order_id}")
    assert re.search(r"Pris 190,00\skr\. \(aftalt 178,80\skr\.\)", aisha.page)
    assert "22,40" in aisha.page
    assert sent.hand_in(dearer, door)["again"] is True


# --- what became of the agreement meanwhile ---------------------------------------------------------------------------


def test_the_agreement_ends_while_the_order_waits_for_approval(town: Town) -> None:
    given = {"institution": MAELKEVEJEN, "by": "mette", "lines": [{"item": SOAP, "quantity": "40"}]}
    ran = town.shell("orders", "place", town.shell.write("order.json", given), "--json")
    assert ran.code == 0, ran.err
    (order,) = ran.objects
    assert order["state"] == "waiting"
    day = town.clock.today
    (agreement,) = [one for one in words.agreements(day) if one["number"] == "50.81"]
    ended = [agreement | {"to": (day - timedelta(days=1)).isoformat()}]
    assert town.shell("load", "agreements", town.shell.write("ended.json", ended)).code == 0
    before = everything(town)
    jens = town.person("jens")
    jens.open("/approvals")
    jens.press("Godkend ")
    assert "kan ikke længere bestilles: aftalen gælder ikke" in jens.page
    assert everything(town)["approval"] == before["approval"]
    assert town.order(order["number"])["state"] == "waiting"
    with town.shell.database.read(EVERYONE) as session:
        assert ordering.find_order(session, order["number"]).sent_at is None
