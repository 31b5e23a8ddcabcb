"""What people do with what waits, what is posted and frozen, and the files the ledger gets; on both databases."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

import invoicing
import ordering
from eshop import exchange, ubl
from eshop.amounts import NOTHING, Amount
from eshop.db import Database
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Actor, Grant, Municipality, Role, User
from tests.invoicing.papers import HOME, ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, order, receipts
from tests.invoicing.town import Town

ORDER = order()
EXACT = billed(ORDER)
DEAR = (Line(**{**EXACT[0].__dict__, "price": "54.00"}), *EXACT[1:])


@pytest.fixture
def town(database: Database) -> Town:
    return Town.load(database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), POLICY)


@pytest.fixture
def session(town: Town) -> Iterator[Session]:
    with town.work() as opened:
        yield opened


def person(session: Session, town: Town, login: str, *roles: Role) -> Actor:
    user = session.scalars(select(User).where(User.login == login)).one_or_none()
    if user is None:
        user = User(login=login, name=login.title())
        session.add(user)
        session.flush()
    return Actor(user.id, user.name, town.id, None, town.at, "web", tuple(Grant(role) for role in roles))


def expenses(session: Session, invoice: invoicing.Invoice, but: str = "") -> dict[tuple[tuple[str, str], ...], Amount]:
    """What is posted as expense on each coding, `but` one dimension."""
    posting = invoicing.posting_of(session, invoice)
    assert posting is not None
    found: dict[tuple[tuple[str, str], ...], Amount] = {}
    for line in invoicing.posting_lines(session, posting):
        if line.kind == "expense":
            place = tuple(sorted((name, value) for name, value in line.coding.items() if name != but))
            found[place] = found.get(place, NOTHING) + line.amount
    return found


def held(town: Town, **fields: object) -> None:
    assert town.receive(Paper(DEAR).but(**fields).write())["outcome"] == "held"


def test_a_posting_balances_and_says_why_it_is_coded_so(town: Town) -> None:
    town.receive(Paper((*EXACT, Line("Fragt", "1", "75.00", "EA"))).write())
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        posting = invoicing.posting_of(session, invoice)
        assert posting is not None
        lines = invoicing.posting_lines(session, posting)
        assert Amount.sum(line.amount for line in lines) == NOTHING
        assert posting.gross == invoice.gross
        assert {line.kind for line in lines} == {"expense", "vat", "creditor"}
        expense = [line for line in lines if line.kind == "expense"]
        assert Amount.sum(line.amount for line in expense) == invoice.net
        assert all(line.coding["art"] == "2.9" and len(line.account) == 16 for line in expense)
        assert expense[0].because
        assert ordering.order_pictures(session, invoice.order_ids)[0].lines[0].invoiced == 10


def test_vat_that_is_not_refunded_is_an_expense_to_the_ore(town: Town) -> None:
    """Of the VAT on other goods (2.9) 17,6 % is refunded: the rest goes with the goods, and the posting balances."""
    with town.work() as session:
        rows = [{"art": "2", "percent": "50"}, {"art": "2.9", "percent": "17.6"}]
        assert invoicing.load_vat_refunds(session, rows, "Bekendtgørelse om momsrefusion", town.by) == 2
    town.receive(Paper(EXACT).write())
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        posting = invoicing.posting_of(session, invoice)
        assert posting is not None
        lines = invoicing.posting_lines(session, posting)
        sums = {kind: Amount.sum(line.amount for line in lines if line.kind == kind) for kind in ("expense", "vat")}
        # 10 × 52,00, 4 × 120,50 and 6 × 31,25 are 1.189,50 kr. net, the VAT 297,38; each line's refund is rounded by itself.
        assert sums["expense"] + sums["vat"] == invoice.gross
        assert abs(sums["vat"].kroner - invoice.vat.kroner * Decimal("0.176")) <= Decimal("0.02")
        assert Amount.sum(line.amount for line in lines) == NOTHING


@pytest.mark.parametrize("row", ["posting", "line"])
def test_what_is_posted_is_frozen_by_the_model_itself(town: Town, row: str) -> None:
    town.receive(Paper(EXACT).write())
    kind = invoicing.Posting if row == "posting" else invoicing.PostingLine
    with pytest.raises(Conflict, match="posted_is_frozen"), town.work() as session:
        thing = session.scalars(select(kind).limit(1)).one()
        session.delete(thing)
    with pytest.raises(Conflict, match="posted_is_frozen"), town.work() as session:
        thing = session.scalars(select(kind).limit(1)).one()
        setattr(thing, "text" if row == "posting" else "account", "changed")
    for statement in (update(kind).values(municipality_id=town.id), delete(kind)):
        with pytest.raises(Conflict, match="posted_is_frozen"), town.work() as session:
            session.execute(statement)


def test_a_mistake_is_corrected_by_a_reversal_only(town: Town) -> None:
    town.receive(Paper(EXACT).write())
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = invoicing.reverse(session, town.invoice(session, "F-884120"), "Forkert ordre", finance)
        first, second = invoicing.postings_of(session, invoice)
        assert second.reverses_id == first.id
        assert second.gross == -first.gross
        assert invoicing.posting_of(session, invoice) is None
        assert ordering.order_pictures(session, invoice.order_ids)[0].lines[0].invoiced == 0
        assert invoice.state == "waiting"
        with pytest.raises(Conflict):
            invoicing.reverse(session, invoice, "Igen", finance)


def test_a_deviation_is_accepted_by_a_person_with_a_reason(town: Town) -> None:
    held(town)
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = town.invoice(session, "F-884120")
        with pytest.raises(NotAllowed):
            invoicing.decide(session, invoice, "accept", "Aftalt", person(session, town, "mette", Role.ORDERER))
        invoice = invoicing.decide(session, invoice, "accept", "Prisen er aftalt pr. telefon", finance)
        assert (invoice.state, invoice.touched, invoice.first_outcome) == ("posted", True, "held")
        posting = invoicing.posting_of(session, invoice)
        assert posting is not None
        assert posting.gross == invoice.gross
        with pytest.raises(Conflict):
            invoicing.decide(session, invoice, "accept", "Igen", finance)
        assert [note.kind for note in invoicing.notes_of(session, invoice)] == ["accept"]


def test_more_than_small_needs_a_reason_and_small_ones_are_accepted_in_bulk(town: Town) -> None:
    held(town)
    town.add_orders([order("4500000084")])
    town.add_receipts(receipts(order("4500000084")))
    big = (Line(**{**EXACT[0].__dict__, "price": "90.00"}), *EXACT[1:])
    town.receive(Paper(big, number="F-2", reference="4500000084").write())
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        small, large = town.invoice(session, "F-884120"), town.invoice(session, "F-2")
        with pytest.raises(BadInput, match="decision_reason_missing"):
            invoicing.decide(session, large, "accept", "", finance)
        done, left = invoicing.accept_small(session, [small, large], finance)
        assert [one.number for one in done] == ["F-884120"]
        assert left == {large.id: "not_small"}


def test_an_account_is_confirmed_by_a_second_person_and_what_waited_is_posted(town: Town) -> None:
    strange = {"scheme": "DK:BANK", "registration": "2000", "account": "77404481"}
    answer = town.receive(Paper(EXACT, account=("2000", "0077404481")).write())
    assert answer["reasons"] == ["bank_account_changed"]
    with town.work() as session:
        soeren, kim = person(session, town, "soeren", Role.FINANCE), person(session, town, "kim", Role.FINANCE)
        invoice = town.invoice(session, "F-884120")
        with pytest.raises(Conflict, match="cannot_be_accepted"):
            invoicing.decide(session, invoice, "accept", "Det er fint", soeren)
        assert invoice.supplier_id is not None
        account = invoicing.record_known_account(session, invoice.supplier_id, strange, soeren)
        assert account.state == "proposed"
        with pytest.raises(NotAllowed, match="own_account"):
            invoicing.confirm_account(session, account, "Ringet op", soeren)
        with pytest.raises(BadInput, match="how_checked_missing"):
            invoicing.confirm_account(session, account, " ", kim)
        changed = invoicing.confirm_account(session, account, "Ringet til kendt nummer", kim)
        assert [(one.number, one.outcome) for one in changed] == [("F-884120", "posted")]


def test_nobody_releases_an_invoice_to_an_account_they_handled(town: Town) -> None:
    held(town)
    with town.work() as session:
        soeren = person(session, town, "soeren", Role.FINANCE)
        account = invoicing.list_accounts(session)[0]
        account.recorded_by = soeren.user_id
        with pytest.raises(NotAllowed, match="own_account"):
            invoicing.decide(session, town.invoice(session, "F-884120"), "accept", "Fint", soeren)


def test_a_suggested_order_is_linked_in_one_step_and_posted(town: Town) -> None:
    assert town.receive(Paper(EXACT, reference=None).write())["outcome"] == "suggested"
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = invoicing.decide(session, town.invoice(session, "F-884120"), "link", "", finance)
        assert (invoice.state, invoice.reasons) == ("posted", [])


def test_a_linked_order_that_deviates_goes_on_waiting(town: Town) -> None:
    assert town.receive(Paper(DEAR, reference=None).write())["outcome"] == "suggested"
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = invoicing.decide(
            session, town.invoice(session, "F-884120"), "link", "", finance, order_numbers=["4500000070"]
        )
        assert (invoice.outcome, invoice.reasons) == ("held", ["price_over"])


def test_an_invoice_without_order_is_coded_by_a_person_and_proposed_so_next_time(town: Town) -> None:
    foreign = (Line("Noget andet", "1", "100.00", "EA", number="999"),)
    town.receive(Paper(foreign, reference=None).write())
    coding = [
        {"share": "60", "coding": {"cost_centre": "1111"}},
        {"share": "40", "coding": {"cost_centre": "2222"}},
    ]
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = town.invoice(session, "F-884120")
        with pytest.raises(BadInput, match="shares_not_whole"):
            invoicing.decide(session, invoice, "code", "", finance, coding=coding[:1])
        invoice = invoicing.decide(session, invoice, "code", "Engangskøb", finance, coding=coding)
        posting = invoicing.posting_of(session, invoice)
        assert posting is not None
        shares = {
            line.coding["cost_centre"]: line.amount
            for line in invoicing.posting_lines(session, posting)
            if line.kind == "expense"
        }
        assert shares == {"1111": Amount.of("60.00"), "2222": Amount.of("40.00")}
    town.receive(Paper(foreign, reference=None, number="F-2").write())
    with town.work() as session:
        proposed, because = invoicing.proposed_coding(session, town.invoice(session, "F-2"))
        assert proposed["cost_centre"] == "1111"
        assert because == "proposed_by_person_reference"


def test_what_cannot_be_coded_waits_and_is_coded_in_one_step(town: Town) -> None:
    """A dimension that nobody has given a value: held with its name, and not accepted without one. With a coding by a person it is posted,
    on its order as if nothing had been in the way: each line keeps its own art, the person adds what was lacking."""
    food = {**ORDER["lines"][0], "unspsc": "50161500"}
    for number in ("4500000084", "4500000085"):
        mixed = order(number, [food, *ORDER["lines"][1:]])
        town.add_orders([mixed])
        town.add_receipts(receipts(mixed))
    assert town.receive(Paper(EXACT, reference="4500000084", number="F-0").write())["outcome"] == "posted"
    with town.work() as session:
        usual = expenses(session, town.invoice(session, "F-0"))
        assert len(usual) > 1, "several arts"
    with town.work() as session:
        ours = session.get_one(Municipality, town.id)
        ours.dimensions = [*ours.dimensions, "project"]
    answer = town.receive(Paper(EXACT, reference="4500000085").write())
    assert (answer["outcome"], answer["reasons"]) == ("held", ["coding"])
    assert "Konteringen mangler: projekt." in [one["text"] for one in answer["findings"]]
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        assert invoicing.invoice_view(session, invoice, town.by.today).proposal == "code"
        leader = person(session, town, "lene", Role.APPROVER)
        with pytest.raises(NotAllowed):
            invoicing.decide(
                session, invoice, "code", "", leader, coding=[{"share": "100", "coding": {"project": "7"}}]
            )
        finance = person(session, town, "soeren", Role.FINANCE)
        with pytest.raises(Conflict, match="coding_missing") as refused:
            invoicing.decide(session, invoice, "accept", "Ligner", finance)
        assert refused.value.values == {"dimensions": ["project"]}
        coding = [{"share": "100", "coding": {"project": "7"}}]
        invoice = invoicing.decide(session, invoice, "code", "", finance, coding=coding)
        assert (invoice.outcome, invoice.reasons) == ("posted", [])
        posting = invoicing.posting_of(session, invoice)
        assert posting is not None
        lines = invoicing.posting_lines(session, posting)
        assert {line.coding["project"] for line in lines if line.kind == "expense"} == {"7"}
        assert expenses(session, invoice, but="project") == usual
        assert Amount.sum(line.amount for line in lines) == NOTHING
        assert ordering.order_pictures(session, invoice.order_ids)[0].lines[0].invoiced == 10


def test_what_could_not_be_coded_is_accepted_once_it_can(town: Town) -> None:
    with town.work() as session:
        ours = session.get_one(Municipality, town.id)
        ours.dimensions = [*ours.dimensions, "project"]
    town.receive(Paper(EXACT).write())
    with town.work() as session:
        ours = session.get_one(Municipality, town.id)
        ours.default_coding = {**ours.default_coding, "project": "7"}
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = invoicing.decide(session, town.invoice(session, "F-884120"), "accept", "Projekt 7", finance)
        assert invoice.outcome == "posted"


def test_an_account_that_the_chart_does_not_hold_waits(town: Town) -> None:
    with town.work() as session:
        invoicing.load_chart(session, [{"dimension": "art", "value": "4.5", "name": "Håndværk"}], "Kontoplan", town.by)
    answer = town.receive(Paper(EXACT).write())
    assert (answer["outcome"], answer["reasons"]) == ("held", ["coding"])
    assert any(one["code"] == "coding_refused" and "art 2.9" in one["text"] for one in answer["findings"])


def test_the_wrong_institution_is_rerouted_in_one_step(town: Town) -> None:
    assert town.receive(Paper(EXACT, buyer_gln=HOME).write())["reasons"] == ["institution_mismatch"]
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = invoicing.decide(session, town.invoice(session, "F-884120"), "route", "", finance)
        assert invoice.state == "posted"


def test_waiting_asking_answering_and_refusing(town: Town) -> None:
    held(town)
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = town.invoice(session, "F-884120")
        with pytest.raises(BadInput, match="wait_day_missing"):
            invoicing.decide(session, invoice, "wait", "", finance, until=date(2026, 1, 1))
        invoicing.decide(session, invoice, "wait", "", finance, until=date(2026, 12, 1))
        invoicing.decide(session, invoice, "ask", "Har I fået varerne?", finance)
        assert invoice.with_institution == invoice.institution_id
        invoicing.decide(session, invoice, "answer", "Ja", finance)
        assert invoice.with_institution is None
        invoice = invoicing.decide(session, invoice, "refuse", "Det er ikke bestilt", finance)
        assert invoice.state == "refused"
    # The number is taken: the same invoice again is a duplicate.
    assert town.receive(Paper(DEAR, issued="2026-09-10").write())["outcome"] == "duplicate"


def test_two_people_on_the_same_invoice_are_told(town: Town) -> None:
    held(town)
    with town.work() as session:
        soeren, kim = person(session, town, "soeren", Role.FINANCE), person(session, town, "kim", Role.FINANCE)
        invoice = invoicing.take_on(session, town.invoice(session, "F-884120"), soeren)
        assert invoice.with_whom == soeren.user_id
        with pytest.raises(Conflict, match="with_another"):
            invoicing.take_on(session, invoice, kim)


# --- receipts that come later, and that are taken back ------------------------------------------------------------------


def test_what_waits_for_goods_is_posted_when_they_come(database: Database) -> None:
    town = Town.load(database, ORGANISATION, [SUPPLIER], [ORDER], (), POLICY)
    assert town.receive(Paper(EXACT).write())["reasons"] == ["not_received"]
    town.add_receipts(receipts(ORDER, _10="8"))
    with town.work() as session:
        assert town.invoice(session, "F-884120").outcome == "held"
    town.add_receipts([row | {"quantity": "2"} for row in receipts(ORDER)[:1]])
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        assert (invoice.outcome, invoice.first_outcome, invoice.touched) == ("posted", "held", False)


def test_a_receipt_taken_back_makes_what_was_posted_a_deviation_never_an_edit(town: Town) -> None:
    town.receive(Paper(EXACT).write())
    back = [row | {"quantity": "-3"} for row in receipts(ORDER)[:1]]
    town.add_receipts(back)
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        assert (invoice.state, invoice.deviation) == ("posted", "receipt_reversed")
        assert [group.key for group in invoicing.queue(session, town.by)] == ["deviation"]
    town.add_receipts([row | {"quantity": "3"} for row in receipts(ORDER)[:1]])
    with town.work() as session:
        assert town.invoice(session, "F-884120").deviation is None


# --- claims -------------------------------------------------------------------------------------------------------------


def test_a_claim_goes_out_and_the_credit_note_settles_it_and_posts_both(town: Town) -> None:
    held(town)
    with town.work() as session:
        finance = person(session, town, "soeren", Role.FINANCE)
        invoice = town.invoice(session, "F-884120")
        draft = invoicing.draft_claim(session, invoice)
        assert draft.amount == Amount.of("25.00")
        assert "25,00" in draft.text
        claim = invoicing.dispute(session, invoice, None, None, finance)
        assert (claim.amount, claim.left, claim.message_id is not None) == (
            Amount.of("25.00"),
            Amount.of("25.00"),
            True,
        )
        with pytest.raises(Conflict, match="claimed_already"):
            invoicing.dispute(session, invoice, None, None, finance)
    back = (Line(**{**EXACT[0].__dict__, "price": "2.00"}),)
    answer = town.receive(Paper(back, number="K-1", credit=True, credits=("F-884120",)).write())
    assert (answer["outcome"], answer["reasons"]) == ("posted", ["credit_partial"])
    with town.work() as session:
        invoice = town.invoice(session, "F-884120")
        assert (invoice.state, invoice.reasons) == ("posted", ["settled_by_credit"])
        assert invoicing.expected_credits(session) == []
        assert invoicing.expected_credits(session, "settled")[0].settled == Amount.of("25.00")
        line = ordering.order_pictures(session, invoice.order_ids)[0].lines[0]
        assert line.invoiced == 10


def test_a_credit_that_is_not_enough_leaves_the_invoice_waiting(town: Town) -> None:
    held(town)
    back = (Line(**{**EXACT[0].__dict__, "price": "0.50"}),)
    answer = town.receive(Paper(back, number="K-1", credit=True, credits=("F-884120",)).write())
    assert (answer["outcome"], answer["reasons"]) == ("held", ["credit_without_invoice"])
    with town.work() as session:
        assert town.invoice(session, "F-884120").state == "waiting"


def test_a_credit_note_before_its_invoice_is_posted_when_the_invoice_is(town: Town) -> None:
    back = (Line(**{**EXACT[0].__dict__, "quantity": "2"}),)
    assert town.receive(Paper(back, number="K-1", credit=True, credits=("F-884120",)).write())["outcome"] == "held"
    assert town.receive(Paper(EXACT).write())["outcome"] == "posted"
    with town.work() as session:
        assert town.invoice(session, "K-1").outcome == "posted"
        assert ordering.order_pictures(session, town.invoice(session, "K-1").order_ids)[0].lines[0].invoiced == 8


# --- batches ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["csv", "json", "g69"])
def test_a_batch_is_numbered_repeatable_and_taken_back_whole(town: Town, format: str) -> None:
    town.receive(Paper(EXACT).write())
    with town.work() as session:
        batch = invoicing.export_batch(session, format, town.by)
        assert batch is not None
        assert (batch.number, batch.postings) == (1, 1)
        assert invoicing.export_batch(session, format, town.by) is None
        body = batch.body
    with town.work() as session:
        batch = invoicing.get_batch(session, 1)
        assert invoicing.batch_bytes(session, batch) == body
        for other in ("csv", "json", "g69"):
            assert invoicing.batch_bytes(session, batch, other) == invoicing.batch_bytes(session, batch, other)
        with pytest.raises(BadInput, match="decision_reason_missing"):
            invoicing.take_back_batch(session, batch, "", town.by)
        invoicing.take_back_batch(session, batch, "Afvist af økonomisystemet", town.by)
        again = invoicing.export_batch(session, format, town.by)
        assert again is not None
        assert (again.number, again.postings) == (2, 1)
        assert invoicing.get_batch(session, 1).body == body
        invoicing.acknowledge_batch(session, again, town.by)
        with pytest.raises(Conflict):
            invoicing.take_back_batch(session, again, "For sent", town.by)
        with pytest.raises(BadInput, match="ledger_format_unknown"):
            invoicing.export_batch(session, "xls", town.by)


# --- the queue, the view, replay ----------------------------------------------------------------------------------------


def test_the_queue_is_by_what_blocks_and_the_view_shows_three_ways(town: Town) -> None:
    held(town)
    town.receive(Paper((Line("Noget andet", "1", "10.00", "EA", number="999"),), reference=None, number="F-2").write())
    with town.work() as session:
        groups = {group.key: group for group in invoicing.queue(session, town.by)}
        assert set(groups) == {"small", "no_order"}
        row = groups["small"].rows[0]
        assert (row.number, row.deviation, row.cause.code) == ("F-884120", Amount.of("20.00"), "line_price_over")
        assert invoicing.count_queue(session, town.by) == 2
        assert invoicing.count_queue(session, person(session, town, "mette", Role.ORDERER)) == 0
        view = invoicing.invoice_view(session, town.invoice(session, "F-884120"), town.by.today)
        first = view.lines[0]
        assert (first.ordered, first.received, first.quantity, first.deviates) == (10, 10, 10, "price")
        assert (first.agreed, first.deviation) == (Amount.of("520.00"), Amount.of("20.00"))
        assert view.proposal == "claim"
        assert view.accounts[0][1] == "known"


def test_replay_finds_nothing_that_differs(town: Town) -> None:
    town.add_orders([order("4500000084")])
    for paper in (
        Paper(billed(ORDER, _10="4")[:1], number="F-1"),
        Paper(billed(ORDER, _10="6"), number="F-2"),
        Paper(billed(ORDER, _10="2")[:1], number="K-1", credit=True, credits=("F-1",)),
        Paper(DEAR, number="F-3"),
        Paper(EXACT, number="F-4", reference=None),
        Paper(EXACT, number="F-5", reference="4500000084"),
        Paper(EXACT, number="F-6", buyer_gln="5798020009992"),
    ):
        town.receive(paper.write())
    with town.work() as session:
        assert list(invoicing.replay(session, None, town.by)) == []


def test_a_reminder_is_laid_on_its_invoice(town: Town) -> None:
    held(town)
    invoice_reference = ubl.BillingReference(
        invoice_document_reference=ubl.DocumentReference(id=ubl.Identifier("F884120"))
    )
    seller = Paper(DEAR).document().accounting_supplier_party
    reminder = ubl.Reminder(
        id=ubl.Identifier("R-1"),
        issue_date=date(2026, 10, 20),
        reminder_sequence_numeric=Decimal(2),
        accounting_supplier_party=seller,
        reminder_lines=(ubl.ReminderLine(id=ubl.Identifier("1"), billing_references=(invoice_reference,)),),
    )
    with town.work() as session:
        message = exchange.take_in(session, b"<Reminder/>", "r.xml", "cli", town.by).message
        found = invoicing.record_reminder(session, reminder, message, town.by)
        assert [one.number for one in found] == ["F-884120"]
        assert invoicing.queue(session, town.by)[0].rows[0].priority == 2
        assert [note.kind for note in invoicing.notes_of(session, found[0])] == ["reminder"]


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "kind"), [("UtilityStatement", "UtilityStatement"), ("Statement", "Statement")])
def test_statements_are_recorded_and_are_no_invoices(town: Town, corpus: Path, name: str, kind: str) -> None:
    body = (corpus / f"standards/oioubl-2.1/examples/by-type/OIOUBL_{name}_v2p2.xml").read_bytes()
    answer = town.receive(body)
    assert (answer["outcome"], answer["document_type"]) == ("recorded", kind)
    with town.work() as session:
        assert invoicing.list_invoices(session) == []
