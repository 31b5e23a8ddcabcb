"""Rules that a whole document seldom shows alone, each as a table of cases: what a reference says, what cannot be read, who is to be paid,
which line is known by its text, what a credit of value is, what VAT follows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import invoicing
import ordering
from eshop import ubl
from eshop.amounts import NOTHING, Amount, Percent, Price
from eshop.db import Database
from eshop.identity import Policy
from invoicing.billed import Billed, BilledLine
from invoicing.credits import Charged, _is_value_only
from invoicing.documents import reading
from invoicing.guards import _totals
from invoicing.matching import match
from invoicing.references import Place, Reference, mention, possible_keys
from invoicing.verdicts import Situation, Tolerance
from ordering.movements import Quantities
from tests.invoicing.edits import Edit, said, without
from tests.invoicing.papers import (
    LINES,
    ORGANISATION,
    OTHER,
    POLICY,
    SUPPLIER,
    Paper,
    billed,
    item,
    order,
    receipts,
)
from tests.invoicing.town import Town

EXACT = billed(order())

# --- a whole number stands alone, a short one in prose needs its word ----------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text", "place", "how"),
    [
        ("4500000070", "PO 4500000070-1", "order", "whole"),
        ("4500000070", "PO4500000070A", "order", "whole"),
        ("4500000070", "45000000701", "order", None),
        ("4500000070", "14500000070", "order", None),
        ("4500000070", "4500 000 070", "order", "joined"),
        ("4500000070", "00004500000070", "order", "joined"),
        ("4500000070", "04500000070", "order", None),
        ("4500000070", "I alt 4500000070", "note", "whole"),
        ("B-26-10418K", "b-26-10418k", "order", "whole"),
        ("B-26-10418K", "POB-26-10418K", "order", "joined"),
        ("B-26-10418K", "ordreB-26-10418K", "order", "joined"),
        ("B-26-10418K", "XB-26-10418K", "order", None),
        ("B-26-10418K", "B-26-10418KX", "order", None),
        ("KB-2610418", "XKB-2610418", "order", None),
        ("1042", "1042", "order", "whole"),
        ("1042", "10-42", "order", "joined"),
        ("1042", "1042 stk.", "note", None),
        ("1042", "10 42 stk.", "note", None),
        ("1042", "Vedr. ordre 1042", "note", "whole"),
        ("1042", "Rekv. nr. 1042, leveret", "buyer", "whole"),
        ("1042", "1042 stk. af ordre 7", "note", None),
        ("1042", "1042", "contract", "whole"),
    ],
)
def test_what_a_text_says_of_an_order_number(number: str, text: str, place: Place, how: str | None) -> None:
    told = Reference(text, place)
    assert mention(number, told) == how
    if how is not None:
        assert filed_under(number) in possible_keys([told]), "an order that is named is looked up"


def filed_under(number: str) -> str:
    """The key under which an order is filed."""
    return "".join(character for character in number.upper() if character.isalnum())


def test_a_short_number_in_prose_is_not_even_looked_up() -> None:
    assert "1042" not in possible_keys([Reference("1042 stk.", "note")])
    assert "1042" in possible_keys([Reference("1042 stk.", "order")])


# --- what cannot be read -------------------------------------------------------------------------------------------------


def _read(paper: Paper, *edits: Edit) -> Any:
    body = paper.write()
    for edit in edits:
        body = edit(body)
    _, document = ubl.open_document(body)
    assert isinstance(document, ubl.Invoice | ubl.CreditNote)
    return document


FAULTS: dict[str, tuple[Edit, str]] = {
    "no number": (lambda body: said("ID", " ", last=False)(body), "document_without_number"),
    "no date": (without("IssueDate", "cbc"), "document_without_date"),
    "no total": (without("PayableAmount", "cbc"), "document_without_total"),
    "no amount on a line": (without("LineExtensionAmount", "cbc"), "line_without_amount"),
    "an amount of sixteen digits": (said("LineExtensionAmount", "1000000000000000.00"), "amount_out_of_range"),
    "a quantity of eleven digits": (said("InvoicedQuantity", "10000000000"), "quantity_out_of_range"),
    "a quantity as people write it": (said("InvoicedQuantity", "1.234,50"), "not_a_number"),
    "a rate above a thousand": (said("Percent", "1000.01"), "rate_out_of_range"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_cannot_be_judged_says_why(what: str) -> None:
    edit, code = FAULTS[what]
    assert code in [fault.code for fault in reading(_read(Paper(EXACT), _head_number(what, edit))).faults]


def _head_number(what: str, edit: Edit) -> Edit:
    if what != "no number":
        return edit
    return lambda body: body.replace(b"<cbc:ID>F-884120</cbc:ID>", b"<cbc:ID> </cbc:ID>", 1)


@pytest.mark.parametrize(
    ("element", "value"),
    [("LineExtensionAmount", "999999999999999.99"), ("InvoicedQuantity", "9999999999"), ("Percent", "1000")],
)
def test_what_just_fits_is_no_fault(element: str, value: str) -> None:
    assert reading(_read(Paper(EXACT), said(element, value))).faults == ()


def test_a_document_with_a_fault_is_refused_before_anything_else(sqlite_database: Database) -> None:
    """Also where nobody knows the supplier: it is answered, not put in front of a person."""
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [order()], receipts(order()), POLICY)
    answer = town.receive(said("InvoicedQuantity", "10000000000")(Paper(EXACT, supplier=OTHER).write()))
    assert (answer["outcome"], answer["reasons"]) == ("rejected", ["invalid"])


# --- who is to be paid ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payee", "account", "key"),
    [
        (None, ("2000", "0010000000"), "bank:2000:10000000"),
        (None, None, None),
        (("Rødding Factoring A/S", "12345674"), None, "payee:12345674"),
        (("Rødding Factoring A/S", "12345674"), ("2000", "10000000"), "bank:2000:10000000"),
        ((SUPPLIER["name"], SUPPLIER["cvr"]), None, None),
        (("Nordlys Finans", SUPPLIER["cvr"]), None, None),
        ((SUPPLIER["name"], "12345674"), None, "payee:12345674"),
        ((SUPPLIER["name"], None), None, None),
        (("Rødding Factoring A/S", None), None, "payee:rødding factoring a/s"),
    ],
)
def test_who_is_to_be_paid(payee: Any, account: Any, key: str | None) -> None:
    """The seller's company number tells it is the seller; its name does where there is no number, and only there."""
    paper = Paper(EXACT, account=account, payee=payee and (payee[0], payee[1] or "00000000"))
    document = paper.document()
    if payee and payee[1] is None:
        document = replace(document, payee_party=ubl.Party(party_names=(ubl.PartyName(name=payee[0]),)))
    assert [one.key for one in reading(document).accounts] == ([key] if key else [])


# --- numbers of two suppliers in one document -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cvr", "gln", "ends"),
    [
        (SUPPLIER["cvr"], SUPPLIER["gln"], ("posted", [])),
        (SUPPLIER["cvr"], "5790010009999", ("posted", [])),
        (SUPPLIER["cvr"], OTHER["gln"], ("manual", ["supplier_mismatch"])),
        (OTHER["cvr"], SUPPLIER["gln"], ("manual", ["supplier_mismatch"])),
        ("11223344", SUPPLIER["gln"], ("manual", ["supplier_mismatch"])),
        ("11223344", "5790010009999", ("manual", ["unknown_supplier"])),
    ],
)
def test_the_numbers_of_a_seller_are_those_of_one_supplier(
    sqlite_database: Database, cvr: str, gln: str, ends: tuple[str, list[str]]
) -> None:
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER, OTHER], [order()], receipts(order()), POLICY)
    answer = town.receive(Paper(EXACT, supplier={**SUPPLIER, "gln": gln, "cvr": cvr}).write())
    assert (answer["outcome"], answer["reasons"]) == ends


# --- lines known by their text --------------------------------------------------------------------------------------------


def _order(*lines: dict[str, Any]) -> ordering.OrderPicture:
    """As control sees an order, everything received."""
    pictures = tuple(
        ordering.OrderLinePicture(
            id=place, order_id=1, line=row["line"], kind="goods", item_id=None, seller_item_id=row["seller_item_id"], gtin=row["gtin"],
            name=row["name"], description=None, unspsc=None, unit=row["unit"], price=Price(Decimal(row["price"])), discount=NOTHING,
            content_unit=None, units_per_order_unit=None, vat_percent=Decimal(25), coding=[],
            quantities=Quantities(Decimal(row["quantity"]), received=Decimal(row["quantity"])),
        )
        for place, row in enumerate(lines, start=1)
    )  # fmt: skip
    return ordering.OrderPicture(
        id=1, number="4500000070", source="loaded", state="sent", supplier_id=1, institution_id=1, agreement_id=None, agreement_number=None,
        match="3-way", freight_allowed=True, currency="DKK", reference=None, ordered_on=date(2026, 5, 1), coding={}, allowances=[],
        lines=pictures,
    )  # fmt: skip


def _told(*lines: tuple[str, str, str]) -> Billed:
    """Lines of (text, quantity, amount) that carry no number."""
    parts = tuple(
        BilledLine(place, str(place + 1), Decimal(quantity), "XCT", Amount.of(amount), Decimal(25), name=name)
        for place, (name, quantity, amount) in enumerate(lines)
    )
    net = Amount.sum(part.amount for part in parts)
    return Billed("F-1", False, date(2026, 9, 9), "DKK", parts, net, NOTHING, net)


PAPER, SOAP = (
    item("10", "1", "Kopipapir Klitgaard Skole A4 80 g", "10", "50.00"),
    item("20", "2", "Håndsæbe Ågaard Care 500 ml", "6", "50.00"),
)


@pytest.mark.parametrize(
    ("lines", "ordered", "pairs"),
    [
        # The same text is the item whatever it costs: that it costs too much is said of the price.
        ([("Kopipapir Klitgaard Skole A4 80 g", "1", "95.00")], [PAPER], {0: 1}),
        # A text that is only alike is the item at about the price, and no pair where it costs something else altogether.
        ([("Kopipapir Klitgaard A4 80 g", "1", "50.00")], [PAPER], {0: 1}),
        ([("Kopipapir Klitgaard A4 80 g", "1", "55.00")], [PAPER], {0: 1}),
        ([("Kopipapir Klitgaard A4 80 g", "1", "55.01")], [PAPER], {}),
        ([("Kopipapir Klitgaard A4 80 g", "1", "44.99")], [PAPER], {}),
        # Two lines of one text are one order line where it has room for both.
        ([("Kopipapir Klitgaard A4 80 g", "6", "300.00"), ("Kopipapir Klitgaard A4 80 g", "4", "200.00")], [PAPER], {0: 1, 1: 1}),
        ([("Kopipapir Klitgaard A4 80 g", "6", "300.00"), ("Kopipapir Klitgaard A4 80 g", "5", "250.00")], [PAPER], {0: 1}),
        ([("Kopipapir Klitgaard A4 80 g", "6", "300.00"), ("Håndsæbe Ågaard 500 ml", "6", "300.00")], [PAPER, SOAP], {0: 1, 1: 2}),
        # Never by the amount alone.
        ([("Brandslukker", "1", "50.00")], [PAPER, SOAP], {}),
    ],
)  # fmt: skip
def test_which_line_a_text_is(
    lines: list[tuple[str, str, str]], ordered: list[dict[str, Any]], pairs: dict[int, int]
) -> None:
    found = match(_told(*lines), [_order(*ordered)])
    assert {pair.position: pair.order_line_id for pair in found.pairs} == pairs
    assert {pair.how for pair in found.pairs} <= {"text"}


def test_a_price_tells_two_texts_apart_and_says_so() -> None:
    """Two order lines read nearly alike, and only one of them costs what is billed."""
    dear = {
        **PAPER,
        "line": "20",
        "seller_item_id": "9",
        "gtin": None,
        "price": "150.00",
        "name": "Kopipapir Klitgaard Basic A4 80 g",
    }
    (pair,) = match(_told(("Kopipapir Klitgaard A4 80 g", "1", "50.00")), [_order(PAPER, dear)]).pairs
    assert (pair.order_line_id, pair.by_price) == (1, True)
    (alone,) = match(_told(("Kopipapir Klitgaard A4 80 g", "1", "50.00")), [_order(PAPER)]).pairs
    assert not alone.by_price


# --- a credit of value gives no goods back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charged", "taken", "value_only"),
    [
        (("10", "520.00"), ("10", "20.00"), True),
        (("10", "520.00"), ("10", "520.00"), False),
        (("10", "520.00"), ("3", "156.00"), False),
        (("10", "520.00"), ("3", "155.00"), False),
        (("10", "520.00"), ("3", "154.43"), True),
        (("10", "200000.00"), ("10", "199990.00"), False),
        (("10", "200000.00"), ("10", "199989.99"), True),
        (("10", "520.00"), ("0", "20.00"), True),
        (("0", "0.00"), ("1", "52.00"), True),
        (None, ("1", "52.00"), True),
    ],
)
def test_what_is_a_credit_of_value(charged: tuple[str, str] | None, taken: tuple[str, str], value_only: bool) -> None:
    tolerance = Tolerance(Percent(Decimal(1)), Amount.of("10.00"))
    before, now = (one and Charged(Decimal(one[0]), Amount.of(one[1])) for one in (charged, taken))
    assert now is not None
    assert _is_value_only(before, now, tolerance) is value_only


def test_a_wide_tolerance_does_not_make_value_goods() -> None:
    """A hundredth below the price is a credit of value also where a line may be off by a tenth."""
    wide = Tolerance(Percent(Decimal(10)), None)
    charged = Charged(Decimal(10), Amount.of("520.00"))
    assert _is_value_only(charged, Charged(Decimal(3), Amount.of("154.43")), wide)
    assert not _is_value_only(charged, Charged(Decimal(3), Amount.of("154.44")), wide)


# --- VAT follows from rates and lines ------------------------------------------------------------------------------------


def _vat_off(by: str) -> Callable[[Paper], Any]:
    """The document with so much more VAT, all its sums right."""

    def change(paper: Paper) -> Any:
        document, more = paper.document(), Decimal(by)
        tax = document.tax_totals[0]
        part = tax.tax_subtotals[0]
        total = document.legal_monetary_total
        assert total is not None
        return replace(
            document,
            tax_totals=(
                replace(
                    tax,
                    tax_amount=_plus(tax.tax_amount, more),
                    tax_subtotals=(replace(part, tax_amount=_plus(part.tax_amount, more)),),
                ),
            ),
            legal_monetary_total=replace(
                total,
                tax_inclusive_amount=_plus(total.tax_inclusive_amount, more),
                payable_amount=_plus(total.payable_amount, more),
            ),
        )

    return change


def _plus(money: ubl.Money | None, more: Decimal) -> ubl.Money:
    assert money is not None
    return ubl.Money(money.value + more, money.currency)


@pytest.mark.parametrize(
    ("more", "rounding", "follows"),
    [
        ("0.00", None, True),
        ("0.02", None, True),
        ("-0.90", None, True),
        ("1.20", None, False),
        ("-1.20", None, False),
        ("0.90", "0.90", False),
        ("0.00", "1.00", True),
    ],
)
def test_vat_is_what_the_rates_give(more: str, rounding: str | None, follows: bool) -> None:
    """Off by no more than the document's tolerance, and together with its rounding no more than that."""
    read = reading(_vat_off(more)(Paper(EXACT, rounding=rounding)))
    assert _follows(read.billed) is follows


def _follows(told: Billed) -> bool:
    situation = Situation(Policy.of(POLICY), date(2026, 11, 24), frozenset())
    return "vat" not in [reason for reason, _ in _totals(told, [], match(told, []), situation)]


def test_vat_follows_from_charges_and_discounts_too() -> None:
    """25 % of the freight is 12,50 kr., of the discount 5,00 kr. less."""
    paper = Paper(EXACT, charges=(("Fragt", "50.00"),), allowances=(("Rabat", "20.00"),))
    assert _follows(reading(paper.document()).billed)
    assert not _follows(reading(_vat_off("-12.50")(paper)).billed)
    assert not _follows(reading(_vat_off("5.00")(paper)).billed)


def test_vat_is_not_judged_where_a_line_has_no_one_rate() -> None:
    """What cannot be reckoned is no deviation here: the line's own rate is compared with the order's."""
    told = reading(Paper(EXACT).document()).billed
    unsure = replace(told, lines=(replace(told.lines[0], vat_percent=None), *told.lines[1:]))
    assert _follows(unsure)
    assert not _follows(replace(told, lines=(replace(told.lines[0], vat_percent=Decimal(0)), *told.lines[1:])))


# --- goods that go back after the posting, and credit notes that came too early -------------------------------------------


def _town(database: Database, row: dict[str, Any], **came: str) -> Town:
    return Town.load(database, ORGANISATION, [SUPPLIER], [row], receipts(row, **came), POLICY)


def _deviation(town: Town, number: str) -> str | None:
    with town.work() as session:
        return town.invoice(session, number).deviation


@pytest.mark.parametrize(
    ("back", "deviations"),
    [
        ({}, [None, None]),
        ({"10": "-1"}, ["receipt_reversed", None]),
        ({"20": "-4"}, [None, "receipt_reversed"]),
        ({"30": "-6"}, [None, None]),
        ({"10": "-1", "20": "-1"}, ["receipt_reversed", "receipt_reversed"]),
    ],
)
def test_which_postings_goods_that_go_back_are_a_deviation_of(
    sqlite_database: Database, back: dict[str, str], deviations: list[str | None]
) -> None:
    """An invoice on line 10, one on line 20; of line 30 nothing is invoiced."""
    row = order()
    town = _town(sqlite_database, row)
    for number, told in (("F-1", {"_20": "0", "_30": "0"}), ("F-2", {"_10": "0", "_30": "0"})):
        assert town.receive(Paper(billed(row, **told), number=number).write())["outcome"] == "posted"
    town.add_receipts([{**one, "quantity": back[one["line"]]} for one in receipts(row) if one["line"] in back])
    assert [_deviation(town, number) for number in ("F-1", "F-2")] == deviations


def test_what_is_paid_by_the_order_is_no_deviation_for_want_of_goods(sqlite_database: Database) -> None:
    """A service is paid as ordered; that one hour of twelve is confirmed takes nothing from the posting."""
    row = order(match="2-way")
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [row], [], POLICY)
    assert town.receive(Paper(billed(row)).write())["outcome"] == "posted"
    town.add_receipts([{**receipts(row)[0], "quantity": "1"}])
    assert _deviation(town, "F-884120") is None


def test_more_than_is_invoiced_may_go_back_down_to_it(sqlite_database: Database) -> None:
    row = order()
    town = _town(sqlite_database, row)
    assert town.receive(Paper(billed(row, _10="6", _20="0", _30="0")).write())["outcome"] == "posted"
    town.add_receipts([{**receipts(row)[0], "quantity": "-4"}])
    assert _deviation(town, "F-884120") is None
    town.add_receipts([{**receipts(row)[0], "quantity": "-1", "date": "2026-05-02"}])
    assert _deviation(town, "F-884120") == "receipt_reversed"


@pytest.mark.parametrize("goods_first", [True, False])
def test_a_credit_note_that_came_too_early_is_posted_with_its_invoice(
    sqlite_database: Database, goods_first: bool
) -> None:
    """The invoice is posted when it comes, or when its goods come; the credit note of a part is posted with it."""
    row = order()
    came = receipts(row)
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [row], came if goods_first else [], POLICY)
    credit = Paper(billed(row, _10="2", _20="0", _30="0"), number="C-1", credit=True, credits=("F-1",))
    assert town.receive(credit.write())["outcome"] == "held"
    assert town.receive(Paper(billed(row), number="F-1").write())["outcome"] == ("posted" if goods_first else "held")
    if not goods_first:
        town.add_receipts(came)
    with town.work() as session:
        assert [town.invoice(session, number).outcome for number in ("F-1", "C-1")] == ["posted", "posted"]
        (picture,) = ordering.order_pictures(session, town.invoice(session, "C-1").order_ids)
        assert [line.invoiced for line in picture.lines] == [8, 4, 6]


def test_what_a_credit_note_gives_back_lets_in_what_waited_for_it(sqlite_database: Database) -> None:
    """Invoiced twice; the second waits, and is posted once the first is credited: the goods are paid once."""
    row = order()
    town = _town(sqlite_database, row)
    assert town.receive(Paper(billed(row), number="F-1").write())["outcome"] == "posted"
    again = [replace(line, price=f"{Decimal(line.price) - 1}") for line in billed(row)]
    assert town.receive(Paper(tuple(again), number="F-2", issued="2026-09-12").write())["reasons"] == [
        "already_invoiced"
    ]
    credit = Paper(billed(row), number="C-1", credit=True, credits=("F-1",), issued="2026-09-14")
    assert town.receive(credit.write())["outcome"] == "posted"
    with town.work() as session:
        assert town.invoice(session, "F-2").outcome == "posted"


def test_a_credit_of_value_leaves_the_goods_invoiced(sqlite_database: Database) -> None:
    row = order(lines=LINES[:1])
    town = _town(sqlite_database, row)
    town.receive(Paper(billed(row), number="F-1").write())
    value = Paper((replace(billed(row)[0], price="2.00"),), number="C-1", credit=True, credits=("F-1",))
    assert town.receive(value.write())["outcome"] == "posted"
    with town.work() as session:
        credit = town.invoice(session, "C-1")
        (picture,) = ordering.order_pictures(session, credit.order_ids)
        assert picture.lines[0].invoiced == 10
        assert invoicing.report(session, credit)["lines"][0]["quantity"] == "10"
    goods = Paper(billed(row, _10="2"), number="C-2", credit=True, credits=("F-1",), issued="2026-09-18")
    assert town.receive(goods.write())["outcome"] == "posted", "two of the ten may still go back"
    anew = Paper((replace(billed(row)[0], quantity="3"),), number="F-2", issued="2026-09-20")
    assert town.receive(anew.write())["reasons"] == ["qty_over"]
