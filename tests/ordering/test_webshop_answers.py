"""A webshop's own answers: a cXML confirmation acts as an order response does, a ship notice as a despatch advice; nobody else's does."""

from decimal import Decimal

import pytest

import catalogues
import ordering
from catalogues import Agreement
from eshop import intake
from eshop.db import Database
from tests import builders
from tests.builders import Town

WE, THEY = ["NetworkId", "AN01"], ["DUNS", "83528721"]
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.063/Fulfill.dtd">'
    '<cXML payloadID="{payload}@shop.example" timestamp="2026-05-12T12:00:00+02:00"><Header><From><Credential domain="{domain}">'
    '<Identity>{identity}</Identity></Credential></From><To><Credential domain="NetworkId"><Identity>AN01</Identity></Credential>'
    "</To></Header><Request>{request}</Request></cXML>"
)


@pytest.fixture
def town(database: Database) -> Town:
    made = builders.town(database, approve_above="100000")
    with made.work() as session:
        agreement = session.get_one(Agreement, made.agreements["50.90"])
        settings = {"sender": WE, "receiver": THEY, "shared_secret": "s"}
        catalogues.record_punchout(
            session, agreement, "cxml", "https://shop.example/punchout", settings, made.by(session, "kim")
        )
    return made


def said(request: str, payload: str = "1", who: list[str] = THEY) -> bytes:
    return HEAD.format(payload=payload, domain=who[0], identity=who[1], request=request).encode()


def confirmation(number: str, kind: str, lines: str = "", confirm: str = "C1") -> str:
    return (
        f'<ConfirmationRequest><ConfirmationHeader confirmID="{confirm}" type="{kind}" noticeDate="2026-05-12T12:00:00+02:00"/>'
        f'<OrderReference orderID="{number}"><DocumentReference payloadID="x"/></OrderReference>{lines}</ConfirmationRequest>'
    )


def item(line: str, quantity: str, *statuses: str) -> str:
    unit = "<UnitOfMeasure>CT</UnitOfMeasure>"
    return f'<ConfirmationItem lineNumber="{line}" quantity="{quantity}">{unit}{"".join(statuses)}</ConfirmationItem>'


def status(kind: str, quantity: str, inside: str = "", unit: str = "CT", **days: str) -> str:
    written = "".join(f' {name}="{day}"' for name, day in days.items())
    return (
        f'<ConfirmationStatus type="{kind}" quantity="{quantity}"{written}><UnitOfMeasure>{unit}</UnitOfMeasure>{inside}'
        "</ConfirmationStatus>"
    )


def receive(session, town, body):
    return intake.receive(session, body, "svar.xml", "api", town.system())


def codes(answer):
    return [one["code"] for one in answer["findings"]]


def test_a_whole_order_is_confirmed(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 2})
        answer = receive(session, town, said(confirmation(order.number, "accept")))
        assert (answer["outcome"], answer["document_type"], answer["orders"], codes(answer)) == (
            "recorded", "ConfirmationRequest", [order.number], [],
        )  # fmt: skip
        assert order.state == "confirmed"
        again = receive(session, town, said(confirmation(order.number, "accept"), "2"))
        assert codes(again) == ["document_twice"]


def test_a_whole_order_is_turned_down(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        receive(session, town, said(confirmation(order.number, "reject")))
        assert order.state == "refused"
        assert str(ordering.budget_of(session, order.institution_id, 2026).committed) == "0.00"


def test_parts_of_a_line_and_days(town: Town) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10, "gloves": 2})
        lines = item(
            "10", "10",
            status("accept", "6", deliveryDate="2026-05-18"), status("backordered", "48", unit="BO", deliveryDate="2026-06-02"),
        ) + item("20", "2", status("reject", "2", unit="PK"))  # fmt: skip
        receive(session, town, said(confirmation(order.number, "except", lines)))
        assert order.state == "confirmed"  # all ten come, and what does not come asks nobody
        (soap, gloves) = ordering.order_picture(session, order).lines
        assert (soap.agreed, gloves.agreed) == (10, 0)
        assert order.lines[0].deliver_on.isoformat() == "2026-06-02"


@pytest.mark.parametrize(
    ("inside", "price"),
    [
        ('<UnitPrice><Money currency="DKK">190.00</Money></UnitPrice>', "190.00"),
        (
            '<ItemIn quantity="10"><ItemID><SupplierPartID>HS-700</SupplierPartID></ItemID><ItemDetail><UnitPrice>'
            '<Money currency="DKK">16.00</Money></UnitPrice><Description xml:lang="da">Sæbe</Description>'
            '<UnitOfMeasure>BO</UnitOfMeasure><Classification domain="UNSPSC">47131810</Classification></ItemDetail></ItemIn>',
            "192.00",
        ),
    ],
)
def test_a_higher_price_waits_for_a_yes(town: Town, inside: str, price: str) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        receive(
            session, town, said(confirmation(order.number, "detail", item("10", "10", status("detail", "10", inside))))
        )
        assert order.state == "proposed"
        (proposal,) = ordering.open_proposals(session, order.id)
        assert proposal.price == Decimal(price)
        ordering.answer_proposals(session, order, {proposal.id: True}, town.by(session, "mette"))
        assert order.lines[0].full_price.per_order_unit == Decimal(price)


def test_another_item_instead_waits_for_a_yes(town: Town) -> None:
    other = (
        '<ItemIn quantity="10"><ItemID><SupplierPartID>HS-750</SupplierPartID></ItemID><ItemDetail>'
        '<UnitPrice><Money currency="DKK">178.80</Money></UnitPrice><Description xml:lang="da">Håndsæbe 750 ml</Description>'
        "<UnitOfMeasure>CT</UnitOfMeasure></ItemDetail></ItemIn>"
    )
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        receive(
            session, town, said(confirmation(order.number, "detail", item("10", "10", status("detail", "10", other))))
        )
        (proposal,) = ordering.open_proposals(session, order.id)
        assert (proposal.substitute["seller_item_id"], proposal.substitute["name"]) == ("HS-750", "Håndsæbe 750 ml")


def test_goods_are_on_their_way(town: Town) -> None:
    def notice(number: str) -> str:
        return (
            '<ShipNoticeRequest><ShipNoticeHeader shipmentID="S-7" noticeDate="2026-05-13T08:00:00+02:00" '
            'deliveryDate="2026-05-14T10:00:00+02:00"/><ShipControl><ShipmentIdentifier>DK123</ShipmentIdentifier></ShipControl>'
            f'<ShipNoticePortion><OrderReference orderID="{number}"><DocumentReference payloadID="x"/></OrderReference>'
            '<ShipNoticeItem lineNumber="10" quantity="24"><UnitOfMeasure>BO</UnitOfMeasure></ShipNoticeItem>'
            "</ShipNoticePortion></ShipNoticeRequest>"
        )

    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        answer = receive(session, town, said(notice(order.number)))
        assert (answer["orders"], codes(answer)) == ([order.number], [])
        (despatch,) = ordering.despatches_of(session, order.id)
        assert (despatch.document_id, despatch.tracking, despatch.expected_on.isoformat()) == (
            "S-7",
            "DK123",
            "2026-05-14",
        )
        assert [line.quantity for line in despatch.lines] == [2]


@pytest.mark.parametrize(
    ("request_of", "who", "code"),
    [
        (lambda number: confirmation(number, "accept"), ["DUNS", "999"], "response_wrong_supplier"),
        (lambda number: confirmation("B-26-99999", "accept"), THEY, "order_not_found"),
        (lambda number: confirmation(number, "perhaps"), THEY, "response_code_unknown"),
        (lambda number: confirmation(number, "detail", item("70", "1", status("accept", "1"))), THEY, "line_unknown"),
        (
            lambda number: confirmation(number, "detail", item("10", "1", status("accept", "1", unit="PL"))), THEY,
            "unit_unknown",
        ),
        (lambda number: "<ConfirmationRequest/>", THEY, "cxml_incomplete"),
        (lambda number: "<ShipNoticeRequest/>", THEY, "cxml_incomplete"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_kept_and_says_why(town: Town, request_of, who, code) -> None:
    with town.work() as session:
        order = town.sent_order(session, {"soap": 10})
        answer = receive(session, town, said(request_of(order.number), who=who))
        assert (answer["outcome"], answer["orders"], codes(answer)) == ("recorded", [], [code])
        assert order.state == "sent"
