"""What is bound of an agreement is kept as one total: the sum of its ledger and of its orders whatever happens to them, on the last øre,
and asked for in as many steps after two thousand orders as after two."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ordering
from catalogues import Agreement
from eshop import ubl
from eshop.amounts import NOTHING, Amount
from eshop.db import AmountType, Database
from eshop.errors import EshopError
from eshop.identity import Role
from ordering import Count
from ordering.budgets import value_of
from ordering.ceilings import ceilings_left, held_ceiling_left
from tests import builders
from tests.at_once import all_at_once
from tests.builders import Town
from tests.ordering.test_responses import answered, price, response


def kept_and_summed(session: Session, town: Town) -> list[tuple[Amount, Amount, Amount]]:
    """Of each agreement: the total, the sum of its ledger, and the sum of what its orders come to."""
    session.flush()
    kept = ordering.bought_on_agreements(session, town.agreements.values())
    found = []
    for agreement_id in town.agreements.values():
        ledger = session.scalar(
            select(func.sum(ordering.Commitment.amount, type_=AmountType())).where(
                ordering.Commitment.agreement_id == agreement_id
            )
        )
        orders = session.scalars(
            select(ordering.PurchaseOrder).where(ordering.PurchaseOrder.agreement_id == agreement_id)
        ).all()
        values = Amount.sum(value_of(session, order) for order in orders)
        found.append((kept.get(agreement_id, NOTHING), ledger or NOTHING, values))
    return found


def acts(town: Town, session: Session, random: Random) -> dict[str, Callable[[ordering.PurchaseOrder], Any]]:
    """What may become of an order; most are refused in most states, and then nothing may have moved."""
    mette, jens, aisha, kim = (town.by(session, name) for name in ("mette", "jens", "aisha", "kim"))
    return {
        "change": lambda order: ordering.change_order(session, order, {"10": random.randrange(9)}, mette),
        "cancel": lambda order: ordering.cancel(session, order, mette, "fortrudt"),
        "undo": lambda order: ordering.undo(session, order, mette),
        "approve": lambda order: ordering.approve(session, order, jens),
        "allow": lambda order: ordering.approve(session, order, kim),
        "reject": lambda order: ordering.reject(session, order, jens, "ikke nu"),
        "send": lambda order: ordering.send(session, order, town.system()),
        "receive": lambda order: ordering.receive(session, order, None, aisha),
        "receive some": lambda order: ordering.receive(session, order, {"10": Count(Decimal(1), rest="cancel")}, aisha),
        "take back": lambda order: ordering.reverse_receipt(
            session, ordering.receipts_of(session, [order.id])[order.id][-1], aisha, "talt forkert"
        ),
        "return": lambda order: ordering.return_goods(
            session, order, {"10": 1}, aisha, reason="for mange", replace=False
        ),
        "turned down": lambda order: ordering.record_response(
            session, response(session, town, order.number, [answered("10", "7", "0")], code="CA"), None, town.system()
        ),
        "close": lambda order: ordering.close(session, order, town.system()),
    }


@pytest.mark.parametrize("seed", range(3))
def test_the_total_is_the_sum_whatever_becomes_of_the_orders(database: Database, seed: int) -> None:
    random = Random(seed)
    town = builders.town(database, approve_above="900")
    with town.work() as session:
        session.get_one(Agreement, town.agreements["50.90"]).ceiling = Amount.of("3000")
    done: set[str] = set()
    ids: list[int] = []
    for _ in range(60):
        with town.work() as session:
            if not ids or random.random() < 0.3:
                lines = {random.choice(("soap", "paper", "mop", "flour")): random.randrange(1, 8) for _ in range(2)}
                ids += [one.id for one in town.orders(session, lines)]
            else:
                order = ordering.get_order(session, random.choice(ids[-6:]))
                could = acts(town, session, random)
                name = random.choice([*could, "approve", "allow", *["send"] * 3, *["receive"] * 3])
                try:
                    with session.begin_nested():
                        could[name](order)
                    done.add(name)
                except (EshopError, IndexError):
                    session.expire_all()
        with town.read() as session:
            assert all(kept == ledger == values for kept, ledger, values in kept_and_summed(session, town))
    assert len(done) >= 6


def test_many_who_order_change_and_cancel_at_once_leave_the_total_right(database: Database) -> None:
    town = builders.town(database, approve_above="100000")
    with town.work() as session:
        session.get_one(Agreement, town.agreements["50.90"]).ceiling = Amount.of("2000")
        places = [session.get_one(builders.Institution, town.places[name]) for name in ("mælkevejen", "solsikken")]
        for number in range(12):
            person = builders.person(session, f"Person {number}", (Role.ORDERER, places[number % 2]))
            town.people[f"person{number}"] = person.id
    where = ("mælkevejen", "solsikken")

    def live(number: int) -> None:
        who, place = f"person{number}", where[number % 2]
        with town.work() as session:
            made = [one.id for one in town.orders(session, {"soap": 2, "paper": 1, "mop": 1}, by=who, place=place)]
        if number % 3:
            with town.work() as session:
                by = town.by(session, who, place)
                for order_id in made[:: 1 if number % 2 else -1]:
                    order = ordering.get_order(session, order_id)
                    if number % 3 == 1:
                        ordering.cancel(session, order, by, "fortrudt")
                    else:
                        ordering.change_order(session, order, {"10": 3}, by)

    assert all_at_once(12, live) == []
    with town.read() as session:
        found = kept_and_summed(session, town)
    assert all(kept == ledger == values for kept, ledger, values in found)
    assert sum(kept > NOTHING for kept, _, _ in found) >= 2


def steps(session: Session, act: Callable[[], Any]) -> int:
    """How many steps SQLite's machine takes: one or more for each row it reads."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    session.flush()
    connection: Any = session.connection().connection.driver_connection
    connection.set_progress_handler(step, 1)
    try:
        act()
    finally:
        connection.set_progress_handler(None, 0)
    return taken


def test_the_ceiling_costs_the_same_whatever_was_bought(sqlite_town: Town) -> None:
    town = sqlite_town
    with town.work() as session:
        agreement = session.get_one(Agreement, town.agreements["50.90"])
        agreement.ceiling = Amount.of("1000000")
        order = town.order(session, {"soap": 2})
        session.flush()

        def ask() -> tuple[int, int]:
            return (
                steps(session, lambda: held_ceiling_left(session, order, order.total)),
                steps(session, lambda: ceilings_left(session, [agreement])),
            )

        ask()
        few = ask()
        for _ in range(100):
            town.order(session, {"soap": 1})
        ledger = session.scalars(select(ordering.Commitment).where(ordering.Commitment.order_id == order.id)).one()
        session.add_all(
            ordering.Commitment(
                institution_id=ledger.institution_id, order_id=order.id + 1 + number % 100,
                agreement_id=agreement.id, year=ledger.year, amount=Amount(number % 7),
            )
            for number in range(2000)
        )  # fmt: skip
        many = ask()
    assert max(few) < 600
    assert all(later <= sooner * 1.1 for sooner, later in zip(few, many, strict=True))


def told(session: Session, town: Town, number: str, amount: str, agreement: str | None) -> ubl.OrderResponse:
    """A Peppol Order Agreement: three of something for `amount` each, bought in the supplier's own shop."""
    gln = builders.gln_of(session, town.places["mælkevejen"])
    return response(
        session,
        town,
        number,
        [answered("1", quantity="3", price=price(amount), item=ubl.Item(name="Viskelæder"))],
        code=None,
        customization_id=ubl.Identifier("urn:fdc:peppol.eu:poacc:trns:order_agreement:3"),
        document_currency_code=ubl.Code("DKK"),
        buyer_customer_party=ubl.CustomerParty(party=ubl.Party(endpoint_id=ubl.Identifier(gln, scheme_id="0088"))),
        contracts=(ubl.Contract(id=ubl.Identifier(agreement)),) if agreement else (),
    )


def test_what_is_bought_in_the_suppliers_own_shop_is_held_to_the_ceiling(database: Database) -> None:
    town = builders.town(database, approve_above="100000")
    with town.work() as session:
        agreement = session.get_one(Agreement, town.agreements["50.90"])
        agreement.ceiling = Amount.of("1000")
        theirs = session.get_one(builders.Supplier, agreement.supplier_id)
        assert theirs.cvr
        within = ordering.record_response(session, told(session, town, "WEB-1", "200.00", "50.90"), None, town.system())
        assert [one.role for one in ordering.approvals_of(session, within.id)] == ["approver"]
        over = ordering.record_response(session, told(session, town, "WEB-2", "150.00", "50.90"), None, town.system())
        assert within.agreement_id == over.agreement_id == agreement.id
        why = ordering.approval_summary(session, over, builders.TODAY)["why"]
        assert [(one["code"], one["role"]) for one in why] == [
            ("approval_supplier_order", "approver"), ("approval_ceiling", "purchasing_lead"),
        ]  # fmt: skip
        # 600 + 450 against 1.000.
        assert ordering.reason_values(why[1]["values"])["over"] == Amount.of("50.00")
        ordering.approve(session, over, town.by(session, "jens"))
        assert over.state == "waiting"
        ordering.approve(session, over, town.by(session, "kim"))
        assert over.state == "confirmed"
        # What names no agreement, or another supplier's, counts on none.
        for number, named in (("WEB-3", None), ("WEB-4", "50.77")):
            other = ordering.record_response(session, told(session, town, number, "900.00", named), None, town.system())
            assert other.agreement_id is None
        assert ordering.bought_on_agreements(session, [agreement.id]) == {agreement.id: Amount.of("1050.00")}
