"""The demo municipality (INTERFACES §4): every outcome of invoice control, work for each of its people, the same on every run."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import demo, jobs
from eshop.db import EVERYONE, Base, Database
from eshop.demo import outcomes
from eshop.demo.municipality import LINDEAA, MAELKEVEJEN, PASSWORD, SIGN_INS, SKOVBY
from eshop.errors import Conflict
from eshop.exchange import Message
from eshop.identity import Actor, Institution, Municipality, User, check_password, institution_by_gln
from eshop.signing_on import actor_for

NOW = datetime(2026, 5, 12, 9, 20, tzinfo=UTC)


class Shown:
    """The demo, made once for all tests of this file, which only read it."""

    def __init__(self, database: Database, answers: list[tuple[str, str, dict[str, Any]]]) -> None:
        self.database = database
        self.answers = answers
        with database.read(EVERYONE) as session:
            self.ids = dict(session.execute(select(Municipality.cvr, Municipality.id)).all())

    def read(self, cvr: str = LINDEAA) -> Any:
        return self.database.read(self.ids[cvr])

    def actor(self, session: Session, login: str, gln: str | None = MAELKEVEJEN) -> Actor:
        user = session.scalars(select(User).where(User.login == login)).one()
        place = None if gln is None else institution_by_gln(session, gln)
        return actor_for(session, user, None if place is None else place.id, NOW, "web")


@pytest.fixture(scope="module")
def shown(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    path.write_bytes(_sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    answers: list[tuple[str, str, dict[str, Any]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            demo, "show_every_outcome", lambda market, day: answers.extend(outcomes.show_every_outcome(market, day))
        )
        assert demo.build(database, None, NOW)
    yield Shown(database, answers)
    database.close()


def counts(database: Database) -> dict[str, int]:
    with database.read(EVERYONE) as session:
        return {
            mapper.class_.__name__: session.scalar(select(func.count()).select_from(mapper.class_)) or 0
            for mapper in Base.registry.mappers
        }


def test_every_outcome_and_reason_of_the_interface_happens(shown: Shown) -> None:
    missed = [
        f"{outcome} {reason}: came {answer['outcome']} {answer['reasons']}"
        for outcome, reason, answer in shown.answers
        if answer["outcome"] != outcome or (reason and reason not in answer["reasons"])
    ]
    assert missed == []
    wanted = {
        "posted": "within_tolerance price_under uom_converted fee_within_limit discount rounding by_text two_orders "
        "line_told_by_price partial credit_full credit_partial",
        "held": "price_over qty_over not_received not_on_order uom_unknown fee_over_limit vat order_not_open already_invoiced "
        "institution_mismatch currency_mismatch bank_account_changed credit_without_invoice credit_over_invoiced "
        "cumulative_over two_persons before_order future_date same_content_new_number",
        "suggested": "no_reference order_ref_corrected two_orders",
        "manual": "unknown_order ambiguous supplier_mismatch unknown_supplier no_order",
        "duplicate": "duplicate_number duplicate_bytes",
        "rejected": "invalid unreadable unknown_institution unknown_type",
    }
    happened = {(answer["outcome"], reason) for _, _, answer in shown.answers for reason in answer["reasons"]}
    for outcome, reasons in wanted.items():
        assert {(outcome, reason) for reason in reasons.split()} <= happened
    assert any(answer["outcome"] == "recorded" for _, _, answer in shown.answers)


def test_again_it_adds_nothing(shown: Shown) -> None:
    before = counts(shown.database)
    assert not demo.build(shown.database, None, NOW)
    assert not demo.build(shown.database, date(2026, 9, 1), NOW)
    assert counts(shown.database) == before


def test_it_is_the_same_every_time(_sqlite_template: Path, tmp_path: Path) -> None:  # noqa: PT019
    """Two empty databases, the same day: Skovby (the small one) comes out equal to the last row that is not random by nature."""
    told = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.sqlite"
        path.write_bytes(_sqlite_template.read_bytes())
        database = Database(f"sqlite:///{path}")
        with database.work(EVERYONE) as session:
            market = demo.found(session, demo.municipality.neighbour(), NOW)
            demo.stock(market, ("50.84",), "ulla")
        with database.read(EVERYONE) as session:
            told.append(
                [
                    (one.seller_item_id, one.unit, price)
                    for one, price in session.execute(
                        select(catalogues.Item, catalogues.CatalogueLine.unit_price)
                        .join(catalogues.CatalogueLine, catalogues.CatalogueLine.item_id == catalogues.Item.id)
                        .order_by(catalogues.Item.id)
                    )
                ]
            )
        database.close()
    assert told[0] == told[1]
    assert len(told[0]) == 50


def test_a_real_municipality_with_the_demos_number_is_left_alone(sqlite_database: Database) -> None:
    with sqlite_database.work(EVERYONE) as session:
        session.add(Municipality(cvr=LINDEAA, name="En rigtig kommune", policy_data={}, settings={}))
    with pytest.raises(Conflict, match="demo_needs_room"):
        demo.build(sqlite_database, None, NOW)


def test_it_is_as_large_as_promised(shown: Shown) -> None:
    with shown.read() as session:
        assert (session.scalar(select(func.count()).select_from(Institution)) or 0) >= 12
        assert len(catalogues.list_suppliers(session)) >= 8
        assert len(catalogues.list_agreements(session)) >= 10
        assert (session.scalar(select(func.count()).select_from(catalogues.Item)) or 0) >= 5000
        first, last = session.execute(
            select(func.min(ordering.PurchaseOrder.ordered_on), func.max(ordering.PurchaseOrder.ordered_on))
        ).one()
        assert (last - first).days >= 330, "a year of orders"
        assert len(catalogues.parallel_agreements(session, NOW.date())) >= 1
        posted = session.scalar(
            select(func.count()).select_from(invoicing.Invoice).where(invoicing.Invoice.outcome == "posted")
        )
        assert (posted or 0) >= 250


def test_everybody_can_sign_in_and_nobody_else(shown: Shown) -> None:
    with shown.database.read(EVERYONE) as session:
        with_password = {user.login for user in session.scalars(select(User)) if check_password(user, PASSWORD)}
        assert with_password == set(SIGN_INS)
        assert all(one.is_demo for one in session.scalars(select(Municipality)))


def test_there_is_work_for_each(shown: Shown) -> None:
    with shown.read() as session:
        jens = shown.actor(session, "jens", None)
        assert len(ordering.orders_waiting(session, jens)) >= 2
        mette = shown.actor(session, "mette")
        place = institution_by_gln(session, MAELKEVEJEN)
        assert place is not None
        assert len(ordering.orders_to_receive(session, mette, [place.id])) >= 3
        assert len(ordering.my_lists(session, mette)) >= 4
        basket = session.scalars(select(ordering.Basket).where(ordering.Basket.user_id == mette.user_id)).one()
        assert len(basket.lines) == 5
        returned = session.scalars(
            select(ordering.PurchaseOrder).where(ordering.PurchaseOrder.state == "returned")
        ).all()
        assert len(returned) == 1
        soeren = shown.actor(session, "soeren", None)
        waiting = [row for group in invoicing.queue(session, soeren) for row in group.rows]
        (promised,) = [row for row in waiting if row.proposal == "wait" and row.promised]
        assert promised.reasons == ("not_received",)
        assert promised.promised == NOW.date() + timedelta(days=7), "before it is due"
        assert len(invoicing.sampled(session, jens)) == 1
        assert {one.dimension for one in invoicing.look_through_chart(session, soeren)} == {
            "function", "cost_centre", "art",
        }  # fmt: skip
        assert session.scalar(select(func.count()).select_from(ordering.Photo)), "a picture of what came crushed"


def test_the_worker_has_nothing_to_do_with_the_demos_past(shown: Shown) -> None:
    with shown.database.read(EVERYONE) as session:
        assert session.scalar(select(func.count()).select_from(jobs.Job).where(jobs.Job.run_at < NOW)) == 0
        assert (
            session.scalar(
                select(func.count())
                .select_from(Message)
                .where(Message.direction == "out", Message.state == "waiting", Message.due_at < NOW)
            )
            == 0
        )


def test_every_order_that_was_paid_has_its_three_phases(shown: Shown) -> None:
    with shown.read() as session:
        paid = session.scalars(
            select(ordering.PurchaseOrder.id)
            .join(ordering.OrderLine, ordering.OrderLine.order_id == ordering.PurchaseOrder.id)
            .join(ordering.Movement, ordering.Movement.order_line_id == ordering.OrderLine.id)
            .where(ordering.Movement.kind == "invoiced", ordering.PurchaseOrder.source == "shop")
            .distinct()
        ).all()
        costs = ordering.costs_of(session, paid)
        assert len(costs) >= 250
        assert all(cost.purchase and cost.receipt and cost.payment for cost in costs.values())


def test_skovby_has_its_own_and_sees_nothing_of_lindeaa(shown: Shown) -> None:
    with shown.read(SKOVBY) as session:
        assert session.scalar(select(func.count()).select_from(ordering.PurchaseOrder)) == 0
        assert (session.scalar(select(func.count()).select_from(catalogues.Item)) or 0) > 0
        assert [one.name for one in session.scalars(select(Institution))] == ["Skovby Børnehus"]


def test_judging_the_demo_again_changes_nothing(shown: Shown) -> None:
    """Also where small overcharges add up: an invoice does not count its own, nor those that came after it."""
    with shown.read() as session:
        by = Actor.system(shown.ids[LINDEAA], NOW, "cli")
        assert list(invoicing.replay(session, None, by)) == []
