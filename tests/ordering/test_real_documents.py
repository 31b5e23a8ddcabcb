"""Real documents: every order-family example is read and recorded on the right order and line, and the authority's chains are played, each
in a database of its own: its Order loaded as an open order, then what followed recorded."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

import ordering
from eshop import ubl
from eshop.db import Database
from eshop.errors import Conflict, EshopError
from eshop.exchange import Message
from tests import builders
from tests.builders import system
from tests.conftest import CORPUS

pytestmark = pytest.mark.corpus

Paper = TypeVar("Paper", ubl.Order, ubl.OrderResponse, ubl.OrderChange | ubl.OrderCancellation)
STANDARDS = CORPUS / "standards"
SCENARIOS = STANDARDS / "oioubl-2.1/examples/scenarios"


def documents(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in STANDARDS.glob(pattern)) if STANDARDS.is_dir() else []


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> ubl.Document:
    return ubl.read(path.read_bytes())


ANSWERED = ("Response", "response", "Cancellation", "Change")
ORDERS = [
    path
    for path in documents(
        "oioubl-2.1/examples/*/*Order*.xml",
        "oioubl-2.1/examples/scenarios/*/*_Order_v2p2.xml",
        "peppol-bis-3/examples/order/*.xml",
        "peppol-bis-3/examples/advanced-ordering/Order_*.xml",
        "ubl-2.1/examples/*Order*.xml",
    )
    if not any(word in path.name for word in ANSWERED)
]
ANSWERS = documents(
    "oioubl-2.1/examples/*/*OrderResponse*.xml",
    "oioubl-2.1/examples/scenarios/*/*OrderResponse*.xml",
    "peppol-bis-3/examples/order-response/*.xml",
    "peppol-bis-3/examples/advanced-ordering/*[rR]esponse*.xml",
    "peppol-bis-3/examples/despatch-advice/*.xml",
)


CHANGES = documents(
    "oioubl-2.1/examples/*/*OrderChange*.xml",
    "oioubl-2.1/examples/scenarios/*/*OrderChange*.xml",
    "peppol-bis-3/examples/advanced-ordering/OrderChange*.xml",
)
CANCELLATIONS = documents(
    "oioubl-2.1/examples/*/*OrderCancellation*.xml",
    "oioubl-2.1/examples/scenarios/*/*OrderCancellation*.xml",
    "peppol-bis-3/examples/advanced-ordering/OrderCancellation*.xml",
)
AGREEMENTS = documents("peppol-bis-3/examples/order-agreement/*.xml")
FAMILY = {"Order", "OrderResponse", "OrderResponseSimple", "OrderChange", "OrderCancellation", "DespatchAdvice"}


def test_no_example_of_the_order_family_is_left_out() -> None:
    """By what the files are, not by what they are called."""
    there = {
        path
        for path in documents("oioubl-2.1/examples/**/*.xml", "peppol-bis-3/examples/**/*.xml")
        if ubl.identify(path.read_bytes()).document_type in FAMILY
    }
    tried = {*ORDERS, *ANSWERS, *CHANGES, *CANCELLATIONS, *AGREEMENTS}
    assert sorted(map(name_of, there - tried)) == []
    assert len(there) >= 50


@pytest.fixture
def municipality(sqlite_database: Database) -> tuple[Database, int]:
    return sqlite_database, builders.municipality(sqlite_database, cvr="16356709")


@pytest.mark.parametrize("path", ORDERS, ids=name_of)
def test_every_order_is_loaded(municipality: tuple[Database, int], path: Path) -> None:
    document = read(path)
    assert isinstance(document, ubl.Order)
    database, town = municipality
    known = place_buyer(document)
    with database.work(town) as session:
        order = ordering.load_order_document(session, known, system(town))
        assert order.number == str(document.id)
        assert [line.line for line in order.lines] == [str(line.line_item.id) for line in document.order_lines]  # type: ignore[union-attr]
        assert [line.quantity for line in order.lines] == [
            line.line_item.quantity.value
            for line in document.order_lines  # type: ignore[union-attr]
        ]
        totals = document.anticipated_monetary_total
        if totals is not None and totals.line_extension_amount is not None and path.parent.name != "maximal":
            net = sum((line.amount.kroner for line in order.lines), Decimal(0))
            assert net == totals.line_extension_amount.value
        again = ordering.load_order_document(session, known, system(town))
        assert again.id == order.id
        assert len(again.lines) == len(document.order_lines)


def place_buyer(document: Paper) -> Paper:
    """Examples of other countries name their buyer by other registers: here it is one of ours."""
    holder = document.buyer_customer_party or ubl.CustomerParty()
    party = holder.party or ubl.Party()
    if ubl.numbers_of(party).gln is not None:
        return document
    ours = replace(party, endpoint_id=ubl.Identifier(builders.gln(5), scheme_id="0088"))
    return replace(document, buyer_customer_party=replace(holder, party=ours))


@pytest.mark.parametrize("path", ANSWERS, ids=name_of)
def test_every_answer_is_recorded_on_the_right_order_and_line(municipality: tuple[Database, int], path: Path) -> None:
    """An open order is made that has the lines the answer speaks of; the answer is recorded on it, and on no other."""
    document = read(path)
    if isinstance(document, ubl.OrderResponse | ubl.DespatchAdvice):
        numbers = [str(one.id) for one in document.order_references]
    else:
        assert isinstance(document, ubl.OrderResponseSimple)
        numbers = [str(document.order_reference.id)] if document.order_reference else []
    database, town = municipality
    with database.work(town) as session:
        orders = {number: load_for(session, document, number, town) for number in {*numbers, *line_orders(document)}}
        bystander = ordering.load_order(session, builders.order_row("bystander"), system(town))
        verb = ordering.record_despatch if isinstance(document, ubl.DespatchAdvice) else ordering.record_response
        recorded = verb(session, document, None, system(town))  # type: ignore[arg-type]
        assert recorded.id in {order.id for order in orders.values()}
        if isinstance(document, ubl.DespatchAdvice):
            (advice, *_) = ordering.despatches_of(session, recorded.id)
            assert advice.document_id == str(document.id)
            named = {line.id: line.line for order in orders.values() for line in order.lines}
            stated = {
                str(one.order_line_references[0].line_id)
                for one in document.despatch_lines
                if one.order_line_references and one.order_line_references[0].line_id
            }
            kept = {
                named[line.order_line_id]
                for order in orders.values()
                for one in ordering.despatches_of(session, order.id)
                for line in one.lines
            }
            assert kept == stated
        else:
            (kept_answer,) = ordering.responses_of(session, recorded.id)
            assert kept_answer.document_id == str(document.id)
            named = {line.id: line.line for line in recorded.lines}
            if isinstance(document, ubl.OrderResponse):
                assert [named[line.order_line_id] for line in kept_answer.lines] == list(
                    dict.fromkeys(line_named(line) for line in document.order_lines)
                )
        assert ordering.responses_of(session, bystander.id) == []
        with pytest.raises(Conflict):
            verb(session, document, None, system(town))  # type: ignore[arg-type]


def line_named(line: ubl.OrderLine) -> str:
    for one in line.order_line_references:
        if one.line_id:
            return str(one.line_id)
    return str(line.line_item.id) if line.line_item else ""


def line_orders(document: ubl.Document) -> set[str]:
    return {
        str(reference.order_reference.id)
        for line in getattr(document, "despatch_lines", ())
        for reference in line.order_line_references
        if reference.order_reference is not None and reference.order_reference.id is not None
    }


def load_for(session, document: ubl.Document, number: str, town: int) -> ordering.PurchaseOrder:
    """An open order with the lines that the document names, from the seller who sends it."""
    party = ubl.seller_of(document)
    numbers = ubl.numbers_of(party)
    stated = [one for one in (party.endpoint_id if party else None,) if one is not None]
    lines: dict[str, dict[str, str]] = {}
    for line in getattr(document, "order_lines", ()):
        content = line.line_item or ubl.LineItem()
        add(lines, line_named(line), content.quantity, content.item.name if content.item else None)
    for line in getattr(document, "despatch_lines", ()):
        named = [one.line_id for one in line.order_line_references if one.line_id]
        add(lines, str(named[0]) if named else str(line.id), line.delivered_quantity, None)
    row = builders.order_row(
        number,
        list(lines.values()) or None,
        supplier={
            "cvr": numbers.cvr or (None if numbers.gln else stated[0].value if stated else "x"),
            "gln": numbers.gln,
            "name": ubl.name_of(party) or "Leverandør",
        },
    )
    return ordering.load_order(session, row, system(town))


def add(lines: dict[str, dict[str, str]], name: str, quantity: ubl.Measure | None, item: str | None) -> None:
    """A line of the order, in the first unit that the document says of it."""
    if name not in lines or (quantity is not None and "stated" not in lines[name]):
        measure = quantity or ubl.Measure(Decimal(10), "EA")
        lines[name] = {
            "line": name,
            "quantity": str(measure.value or 1),
            "unit": measure.unit or "EA",
            "price": "100",
            "name": item or name,
        }
        if quantity is not None:
            lines[name]["stated"] = "yes"


@pytest.mark.parametrize("path", [*CHANGES, *CANCELLATIONS], ids=name_of)
def test_every_change_and_cancellation_is_carried_out_on_its_order(
    municipality: tuple[Database, int], path: Path
) -> None:
    """An open order of a former system has the lines that are changed, one more of each; the next order is not touched."""
    document = read(path)
    assert isinstance(document, ubl.OrderChange | ubl.OrderCancellation)
    references = [document.order_reference] if isinstance(document, ubl.OrderChange) else document.order_references
    (number,) = {str(one.id) for one in references if one is not None}
    document = place_buyer(document)
    database, town = municipality
    with database.work(town) as session:
        place_of(session, document)
        order = load_for(session, document, number, town)
        bystander = load_for(session, document, "bystander", town)
        for line in (*order.lines, *bystander.lines):
            line.quantity, line.price = line.quantity + 1, Decimal(1_000_000)
        session.flush()
        recorded = ordering.load_order_document(session, document, system(town))
        assert recorded.id == order.id
        assert (bystander.state, bystander.change_number) == ("confirmed", 0)
        if isinstance(document, ubl.OrderCancellation):
            assert order.state == "cancelled"
            return
        assert (order.state, order.change_number) == ("confirmed", 1)
        now = {line.line: line for line in ordering.order_picture(session, order).lines}
        for stated in document.order_lines:
            item = stated.line_item
            assert item is not None
            deleted = str(item.line_status_code or "") in ("2", "Cancelled")
            wanted = Decimal(0) if deleted else item.quantity.value if item.quantity is not None else None
            assert now[line_named(stated)].agreed == wanted, line_named(stated)
        assert {line.agreed for line in ordering.order_picture(session, bystander).lines} == {
            line.quantity for line in bystander.lines
        }


@pytest.mark.parametrize("path", AGREEMENTS, ids=name_of)
def test_every_order_agreement_becomes_an_order_that_waits_for_somebody_here(
    municipality: tuple[Database, int], path: Path
) -> None:
    document = read(path)
    assert isinstance(document, ubl.OrderResponse)
    document = place_buyer(document)
    database, town = municipality
    with database.work(town) as session:
        place_of(session, document)
        load_for(session, replace(document, order_lines=()), "bystander", town)  # the seller is known
        order = ordering.record_agreement(session, document, None, system(town))
        assert (order.state, order.source) == ("waiting", "supplier")
        assert [line.line for line in order.lines] == [line_named(line) for line in document.order_lines]
        assert [line.quantity for line in order.lines] == [
            line.line_item.quantity.value
            for line in document.order_lines  # type: ignore[union-attr]
        ]
        totals = document.legal_monetary_total
        if totals is not None and totals.line_extension_amount is not None:
            net = sum((line.amount.kroner for line in order.lines), Decimal(0))
            assert net == totals.line_extension_amount.value


def place_of(session, document: ubl.Document) -> None:
    """The unit that the document's GLN names."""
    gln = ubl.numbers_of(ubl.buyer_of(document)).gln
    unit = builders.institution(session, "Køber")
    session.add(builders.Gln(gln=gln, institution_id=unit.id))
    session.flush()


# --- the authority's chains -------------------------------------------------------------------------------------------


def play(database: Database, chain: str) -> tuple[int, dict[str, Path]]:
    """A municipality of its own, with the chain's Order loaded as an open order; returns its id and the chain's documents by type."""
    files = {type(read(path)).__name__: path for path in sorted((SCENARIOS / chain).glob("*.xml"))}
    buyer = ubl.numbers_of(ubl.buyer_of(read(files["Order"])))
    town = builders.municipality(database, cvr=buyer.cvr or "16356709")
    with database.work(town) as session:
        ordering.load_order_document(session, read(files["Order"]), system(town))
    return town, files


CHAINS = sorted(path.parent.name for path in SCENARIOS.glob("*/*_Order_v2p2.xml"))


@pytest.mark.parametrize("chain", CHAINS)
def test_every_chain_is_answered(sqlite_database: Database, chain: str) -> None:
    town, files = play(sqlite_database, chain)
    answers = [kind for kind in ("OrderResponse", "OrderResponseSimple") if kind in files]
    with sqlite_database.work(town) as session:
        for kind in answers:
            order = ordering.record_response(session, read(files[kind]), None, system(town))  # type: ignore[arg-type]
            assert order.number == str(read(files["Order"]).id)
            assert order.standing == ("open" if accepted(read(files[kind])) else "cancelled")


def accepted(document: ubl.Document) -> bool:
    return not isinstance(document, ubl.OrderResponseSimple) or bool(document.accepted_indicator)


def test_the_supplier_offers_another_board_and_we_say_yes(sqlite_database: Database) -> None:
    """ADVORD_04: ordered a blackboard 2x5 m, offered one 5x2 m, changed to it."""
    town, files = play(sqlite_database, "ADVORD_04")
    with sqlite_database.work(town) as session:
        order = ordering.record_response(session, read(files["OrderResponse"]), None, system(town))  # type: ignore[arg-type]
        assert order.state == "proposed"
        (proposal,) = ordering.open_proposals(session, order.id)
        assert proposal.substitute is not None
        assert proposal.substitute["name"] == "Blackboard 5x2 m"
        boss = builders.person(session, "Chef", (builders.Role.APPROVER, None))
        ordering.answer_proposals(session, order, {proposal.id: True}, builders.actor(session, boss))
        assert order.state == "confirmed"
        change = session.scalars(select(Message)).one()
        document = ubl.read(change.body)
        assert isinstance(document, ubl.OrderChange)
        assert change.profile == "oioubl-2.1"
        # As the authority's own change does, ours names the order and holds the board that comes instead.
        theirs = read(files["OrderChange"])
        assert isinstance(theirs, ubl.OrderChange)
        assert str(document.order_reference.id) == str(theirs.order_reference.id)  # type: ignore[union-attr]
        boards = [line.line_item.item.name for line in document.order_lines if line.line_item and line.line_item.item]
        assert boards == ["Blackboard 2x5 m", "Blackboard 5x2 m"]
        assert [str(line.line_item.line_status_code) for line in document.order_lines if line.line_item] == [
            "Cancelled",
            "Added",
        ]
        assert str(ordering.order_picture(session, order).total) == "5000.00"


def test_the_change_of_a_former_system_is_carried_out_on_its_order(sqlite_database: Database) -> None:
    """ADVORD_04 again: the change was sent by the former system, and comes along with the order."""
    town, files = play(sqlite_database, "ADVORD_04")
    with sqlite_database.work(town) as session:
        ordering.record_response(session, read(files["OrderResponse"]), None, system(town))  # type: ignore[arg-type]
        order = ordering.load_order_document(session, read(files["OrderChange"]), system(town))
        assert (order.state, order.change_number) == ("confirmed", 1)
        assert order.lines[0].name == "Blackboard 5x2 m"
        assert ordering.open_proposals(session, order.id) == []


def test_the_supplier_offers_a_whiteboard_and_we_cancel(sqlite_database: Database) -> None:
    """ADVORD_05: ordered a blackboard, offered a whiteboard, cancelled: "Forkerte varer"."""
    town, files = play(sqlite_database, "ADVORD_05")
    with sqlite_database.work(town) as session:
        order = ordering.record_response(session, read(files["OrderResponse"]), None, system(town))  # type: ignore[arg-type]
        assert order.state == "proposed"
        ordering.cancel(session, order, system(town), "Forkerte varer")
        message = session.scalars(select(Message)).one()
        ours, theirs = ubl.read(message.body), read(files["OrderCancellation"])
        assert isinstance(ours, ubl.OrderCancellation)
        assert isinstance(theirs, ubl.OrderCancellation)
        assert ours.cancellation_notes == theirs.cancellation_notes == ("Forkerte varer",)
        assert str(ours.order_references[0].id) == str(theirs.order_references[0].id)
        assert ordering.order_picture(session, order).standing == "cancelled"
        with pytest.raises(EshopError, match="not_now"):
            ordering.load_order_document(session, theirs, system(town))


def test_the_cancellation_of_a_former_system(sqlite_database: Database) -> None:
    town, files = play(sqlite_database, "ADVORD_05")
    with sqlite_database.work(town) as session:
        order = ordering.load_order_document(session, read(files["OrderCancellation"]), system(town))
        assert order.state == "cancelled"
