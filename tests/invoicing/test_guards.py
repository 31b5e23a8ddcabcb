"""Guards that stand alone: two persons and their sample, what is invoiced anew after a credit note, what is credited and taken back; on
both databases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

import invoicing
import ordering
from eshop.amounts import Amount
from eshop.db import Database
from eshop.errors import Conflict
from eshop.identity import Actor, Grant, Role, User, the_municipality
from ordering.orders import note_participation
from tests.invoicing.edits import attribute
from tests.invoicing.papers import HOME, ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, order, receipts
from tests.invoicing.town import Town

ORDER = order()
EXACT = billed(ORDER)


def town_with(database: Database, policy: Mapping[str, Any], *people: tuple[str, str]) -> Town:
    """A municipality whose one order was placed here, by these people: (who, ordered | approved | received)."""
    town = Town.load(database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), {**POLICY, **policy})
    with town.work() as session:
        placed = ordering.find_order(session, ORDER["number"])
        session.execute(update(ordering.PurchaseOrder).values(source="shop"))
        users: dict[str, User] = {}
        for name, how in people:
            if name not in users:
                users[name] = User(login=name, name=name.title())
                session.add(users[name])
                session.flush()
            note_participation(session, placed.id, how, [users[name].id])
    return town


def finance(town: Town) -> Actor:
    with town.work() as session:
        user = User(login="soeren", name="Søren")
        session.add(user)
        session.flush()
        return Actor(user.id, user.name, town.id, None, town.at, "web", (Grant(Role.FINANCE),))


# --- two persons --------------------------------------------------------------------------------------------------------


def test_what_one_person_alone_has_done_is_posted_by_nobody(database: Database) -> None:
    town = town_with(database, {}, ("mette", "ordered"), ("mette", "approved"), ("mette", "received"))
    answer = town.receive(Paper(EXACT).write())
    assert (answer["outcome"], answer["reasons"]) == ("held", ["two_persons"])
    with town.work() as session:
        assert invoicing.posting_of(session, town.invoice(session, "F-884120")) is None


@pytest.mark.parametrize("how", ["ordered", "approved", "received"])
def test_a_second_person_is_enough_whatever_they_did(database: Database, how: str) -> None:
    town = town_with(database, {}, ("mette", "ordered"), ("mette", "received"), ("jens", how))
    assert town.receive(Paper(EXACT).write())["outcome"] == "posted"


def test_one_person_is_enough_up_to_the_amount_and_not_an_ore_above(sqlite_database: Database) -> None:
    gross = Paper(EXACT).payable
    town = town_with(sqlite_database, {"one_person_max": str(gross)}, ("mette", "ordered"))
    assert town.receive(Paper(EXACT).write())["outcome"] == "posted"


def test_an_ore_above_what_one_person_may_waits(sqlite_database: Database) -> None:
    gross = Paper(EXACT).payable
    town = town_with(sqlite_database, {"one_person_max": str(Amount.of(str(gross)) - Amount(1))}, ("mette", "ordered"))
    assert town.receive(Paper(EXACT).write())["reasons"] == ["two_persons"]


def _sampled(town: Town) -> bool:
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        assert invoice.state == "posted"
        return invoice.sampled


def test_all_of_what_one_person_was_allowed_is_looked_at_where_the_sample_is_everything(database: Database) -> None:
    town = town_with(database, {"one_person_max": "100000", "sample_percent": "100"}, ("mette", "ordered"))
    town.receive(Paper(EXACT).write())
    assert _sampled(town)


@pytest.mark.parametrize("policy", [{"sample_percent": "0"}, {"sample_percent": None}])
def test_nothing_is_looked_at_where_the_sample_is_nothing(
    sqlite_database: Database, policy: dict[str, str | None]
) -> None:
    town = town_with(sqlite_database, {"one_person_max": "100000", **policy}, ("mette", "ordered"))
    town.receive(Paper(EXACT).write())
    assert not _sampled(town)


def test_what_two_persons_did_is_in_no_sample(sqlite_database: Database) -> None:
    policy = {"one_person_max": "100000", "sample_percent": "100"}
    town = town_with(sqlite_database, policy, ("mette", "ordered"), ("jens", "approved"))
    town.receive(Paper(EXACT).write())
    assert not _sampled(town)


def test_a_loaded_order_counts_as_two_and_is_in_no_sample(sqlite_database: Database) -> None:
    policy = {**POLICY, "one_person_max": "100000", "sample_percent": "100"}
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), policy)
    town.receive(Paper(EXACT).write())
    assert not _sampled(town)


def test_the_sample_is_about_its_share_and_the_same_on_every_replay(sqlite_database: Database) -> None:
    """A quarter of 120 invoices of one person: 30, give or take; chance picks by the document and not by the day."""
    row = order(lines=[{**ORDER["lines"][0], "quantity": "1200"}])
    town = Town.load(
        sqlite_database, ORGANISATION, [SUPPLIER], [row], receipts(row),
        {**POLICY, "one_person_max": "100000", "sample_percent": "25"},
    )  # fmt: skip
    with town.work() as session:
        session.execute(update(ordering.PurchaseOrder).values(source="shop"))
    (line,) = billed(row, _10="10")
    for number in range(120):
        day = date(2026, 5, 2) + timedelta(days=number)
        town.receive(Paper((line,), number=f"{9000 + number}", issued=day.isoformat()).write())
    with town.work() as session:
        picked = [one.sampled for one in invoicing.list_invoices(session, state="posted", limit=200)]
    assert len(picked) == 120
    assert 15 <= sum(picked) <= 45


# --- credit notes and what comes after ----------------------------------------------------------------------------------


def invoiced(town: Town) -> list[int]:
    with town.work() as session:
        placed = ordering.find_order(session, ORDER["number"])
        return [int(line.invoiced) for line in ordering.order_picture(session, placed).lines]


def _loaded(database: Database) -> Town:
    return Town.load(database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), POLICY)


def test_a_credit_note_is_not_taken_back_once_its_goods_are_invoiced_anew(database: Database) -> None:
    """1 invoice, credited, invoiced anew: the credit note taken back would leave the goods paid twice."""
    town = _loaded(database)
    soeren = finance(town)
    for paper in (
        Paper(EXACT, number="F-1"),
        Paper(EXACT, number="C-1", credit=True, credits=("F-1",), issued="2026-09-10"),
        Paper(EXACT, number="F-2", issued="2026-09-11"),
    ):
        assert town.receive(paper.write())["outcome"] == "posted"
    with pytest.raises(Conflict, match="invoiced_anew"), town.work() as session:
        invoicing.reverse(session, town.invoice(session, "C-1"), "Fejl", soeren)
    with town.work() as session:
        assert invoicing.posting_of(session, town.invoice(session, "C-1")) is not None
        invoicing.reverse(session, town.invoice(session, "F-2"), "Fejl", soeren)
    with town.work() as session:
        assert invoicing.reverse(session, town.invoice(session, "C-1"), "Fejl", soeren).state == "waiting"
    assert invoiced(town) == [10, 4, 6]


def test_a_credit_of_a_part_is_taken_back_where_only_the_rest_is_invoiced(sqlite_database: Database) -> None:
    """3 of 10 given back and nothing invoiced since: 10 are invoiced again, and no more."""
    town = _loaded(sqlite_database)
    soeren = finance(town)
    town.receive(Paper(EXACT, number="F-1").write())
    three = (replace(EXACT[0], quantity="3"),)
    town.receive(Paper(three, number="C-1", credit=True, credits=("F-1",)).write())
    with town.work() as session:
        invoicing.reverse(session, town.invoice(session, "C-1"), "Fejl", soeren)
    assert invoiced(town) == [10, 4, 6]


def test_an_invoice_is_not_taken_back_while_a_credit_note_stands_on_it(database: Database) -> None:
    town = _loaded(database)
    soeren = finance(town)
    town.receive(Paper(EXACT, number="F-1").write())
    town.receive(Paper((replace(EXACT[0], quantity="3"),), number="C-1", credit=True, credits=("F-1",)).write())
    with pytest.raises(Conflict, match="credited_already"), town.work() as session:
        invoicing.reverse(session, town.invoice(session, "F-1"), "Fejl", soeren)


# --- what a document says of itself -------------------------------------------------------------------------------------


def test_a_document_that_is_a_copy_says_so_beside_what_else_stops_it(sqlite_database: Database) -> None:
    town = _loaded(sqlite_database)
    body = Paper((*EXACT, Line("Fragt", "1", "300.00", "EA"))).write()
    body = body.replace(b"<cbc:IssueDate>", b"<cbc:CopyIndicator>true</cbc:CopyIndicator><cbc:IssueDate>", 1)
    answer = town.receive(body)
    assert answer["outcome"] == "held"
    assert {"copy", "fee_over_limit"} <= set(answer["reasons"])


def test_goods_that_are_counted_are_never_more_than_were_received(sqlite_database: Database) -> None:
    """Six received of ten: six are paid, the seventh waits, and is paid when it has come."""
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER, _10="6"), POLICY)
    assert town.receive(Paper(billed(ORDER, _10="6"), number="F-1").write())["outcome"] == "posted"
    one_more = Paper(billed(ORDER, _10="1", _20="0", _30="0"), number="F-2", issued="2026-09-12")
    assert town.receive(one_more.write())["reasons"] == ["not_received"]
    town.add_receipts([{**receipts(ORDER)[0], "quantity": "1"}])
    with town.work() as session:
        assert town.invoice(session, "F-2").state == "posted"


# --- rules that others hide ---------------------------------------------------------------------------------------------


def test_a_closed_order_is_said_of_the_document_and_on_each_line(sqlite_database: Database) -> None:
    row = order(status="closed")
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [row], receipts(row), POLICY)
    answer = town.receive(Paper(EXACT, number="F-1").write())
    assert answer["reasons"] == ["order_not_open"]
    assert {line["status"] for line in answer["lines"]} == {"closed"}
    strange = Paper((Line("Brandslukker", "1", "90.00", "EA", number="990001"),), number="F-2")
    assert {"order_not_open", "not_on_order"} <= set(town.receive(strange.write())["reasons"])


@pytest.mark.parametrize("element", ["PriceAmount", "PayableRoundingAmount", "ChargeTotalAmount"])
def test_an_amount_in_another_currency_stops_the_document(sqlite_database: Database, element: str) -> None:
    town = _loaded(sqlite_database)
    paper = Paper(EXACT, profile="oioubl-2.1", charges=(("Fragt", "10.00"),), rounding="0.50")
    assert town.receive(attribute(element, "currencyID", "EUR")(paper.write()))["reasons"] == ["currency_mismatch"]


def test_ten_ore_above_the_price_that_is_told_is_no_rounding(sqlite_database: Database) -> None:
    """5,00 kr. is the price on order and line; the line's sum is 5,10 kr., which OIOUBL's own rules let be."""
    row = order(lines=[{**ORDER["lines"][0], "price": "5.00", "quantity": "1"}])
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [row], receipts(row), POLICY)
    (line,) = billed(row)
    told = Paper((replace(line, amount="5.10"),), profile="oioubl-2.1")
    assert town.receive(told.write())["reasons"] == ["price_over"]


def _credited(town: Town, number: str, line: Line, issued: str) -> dict[str, Any]:
    return town.receive(Paper((line,), number=number, credit=True, credits=("F-1",), issued=issued).write())


def test_a_credit_of_more_per_piece_than_was_charged_waits(sqlite_database: Database) -> None:
    town = _loaded(sqlite_database)
    town.receive(Paper(EXACT, number="F-1").write())
    answer = _credited(town, "C-1", replace(EXACT[0], quantity="2", price="70.00"), "2026-09-10")
    assert answer["reasons"] == ["credit_over_invoiced"]


def test_two_credits_that_are_a_little_too_high_are_together_too_high(sqlite_database: Database) -> None:
    """520,00 kr. were charged on the line; 5 × 52,52 twice is 5,20 more, though each is within what a line may be off."""
    town = _loaded(sqlite_database)
    town.receive(Paper(EXACT, number="F-1").write())
    five = replace(EXACT[0], quantity="5", price="52.52")
    assert _credited(town, "C-1", five, "2026-09-10")["outcome"] == "posted"
    assert _credited(town, "C-2", five, "2026-09-11")["reasons"] == ["credit_over_invoiced"]


def test_a_credit_note_waits_for_an_invoice_that_waits_itself(sqlite_database: Database) -> None:
    """The invoice is held for its account; what it would give back is not given before it is posted."""
    town = _loaded(sqlite_database)
    assert town.receive(Paper(EXACT, number="F-1", account=("9070", "1234567890")).write())["outcome"] == "held"
    answer = _credited(town, "C-1", replace(EXACT[0], quantity="2"), "2026-09-10")
    assert answer["reasons"] == ["credit_without_invoice"]


@pytest.mark.parametrize(
    ("policy", "times"), [({"cumulative_per_order": "9.00"}, 2), ({"cumulative_per_supplier_month": "9.00"}, 2)]
)
def test_many_small_overcharges_stop_too(sqlite_database: Database, policy: dict[str, str], times: int) -> None:
    """Each 5,00 kr. too dear is within the line's tolerance; two of them are above 9,00."""
    row = order(lines=[{**ORDER["lines"][0], "price": "100.00", "quantity": "20"}])
    town = Town.load(sqlite_database, ORGANISATION, [SUPPLIER], [row], receipts(row), {**POLICY, **policy})
    (line,) = billed(row, _10="10")
    dear = replace(line, price="100.50")
    answers = [
        town.receive(Paper((dear,), number=f"F-{n}", issued=f"2026-09-1{n}").write())["reasons"] for n in range(times)
    ]
    assert "within_tolerance" in answers[0]
    assert answers[-1] == ["cumulative_over"]


def test_an_item_group_has_its_own_tolerance_before_the_policys(sqlite_database: Database) -> None:
    """Half a percent too dear passes, but not where the group of the item has been given none."""
    dear = (replace(EXACT[0], price="52.26"), *EXACT[1:])
    town = _loaded(sqlite_database)
    with town.work() as session:
        the_municipality(session).settings = {"tolerances": [{"unspsc": "1411", "percent": "0", "amount": "0"}]}
    assert town.receive(Paper(dear, number="F-1").write())["reasons"] == ["price_over"]
    with town.work() as session:
        the_municipality(session).settings = {"tolerances": [{"unspsc": "4412", "percent": "0", "amount": "0"}]}
    assert town.receive(Paper(dear, number="F-2", issued="2026-09-12").write())["outcome"] == "posted"


class _ChargedWithoutVat(Paper):
    """Its charges carry no VAT, its lines do."""

    @property
    def general(self) -> tuple[str, str | None]:
        return "0", None


def test_a_charge_at_a_rate_that_no_line_was_ordered_at_stops(sqlite_database: Database) -> None:
    town = _loaded(sqlite_database)
    answer = town.receive(_ChargedWithoutVat(EXACT, charges=(("Fragt", "50.00"),)).write())
    assert (answer["outcome"], answer["reasons"]) == ("held", ["vat"])


def test_a_credit_note_of_tomorrow_waits(sqlite_database: Database) -> None:
    town = _loaded(sqlite_database)
    town.receive(Paper(EXACT, number="F-1").write())
    assert _credited(town, "C-1", replace(EXACT[0], quantity="2"), "2026-11-25")["reasons"] == ["future_date"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"buyer_gln": HOME}, "institution_mismatch"),
        ({"account": ("9070", "1234567890")}, "bank_account_changed"),
        ({"prepaid": "10.00"}, "prepaid"),
        ({"currency": "EUR"}, "currency_mismatch"),
    ],
)
def test_a_credit_note_is_guarded_as_an_invoice_is(
    sqlite_database: Database, changed: dict[str, Any], reason: str
) -> None:
    town = _loaded(sqlite_database)
    town.receive(Paper(EXACT, number="F-1").write())
    credit = Paper((replace(EXACT[0], quantity="2"),), number="C-1", credit=True, credits=("F-1",), issued="2026-09-10")
    answer = town.receive(credit.but(**changed).write())
    assert (answer["outcome"], reason in answer["reasons"]) == ("held", True), answer
