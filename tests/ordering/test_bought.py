"""How often something was bought: the orders in which it was ordered and not wholly cancelled, the same wherever it is told."""

import importlib
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

import catalogues
import ordering
from catalogues.purchases import PurchaseFact
from eshop.db import EVERYONE
from eshop.identity import Institution
from tests.builders import NOW, Town, later


def told(town: Town, session: Any, item: str = "soap") -> tuple[int, bool, int]:
    """How often, as the card of a search tells it, whether it is among "Købt før", and as the page of the item tells it."""
    place = session.get_one(Institution, town.places["mælkevejen"])
    number, today = town.items[item], NOW.date()
    name = catalogues.offer(session, number, place, today).name
    hits = {hit.item_id: hit for hit in catalogues.search(session, name, place, today).hits}
    found = catalogues.search(session, name, place, today, facets={"bought": ["1"]})
    before = catalogues.bought_before(session, number, place.id)
    return hits[number].bought, number in [one.item_id for one in found.hits], before.times if before else 0


def test_orders_are_counted_and_what_is_wholly_cancelled_is_none(town: Town) -> None:
    with town.work() as session:
        mette = town.by(session, "mette")
        assert told(town, session) == (0, False, 0)
        first = town.sent_order(session, {"soap": 3})
        assert told(town, session) == (1, True, 1)
        second = town.sent_order(session, {"soap": 2, "gloves": 1})
        assert told(town, session) == (2, True, 2), "two orders of a day are two"
        ordering.change_order(session, second, {"10": 1, "20": 1}, mette)
        assert told(town, session) == (2, True, 2), "fewer of it is still bought"
        ordering.change_order(session, second, {"10": 0, "20": 1}, mette)
        assert (told(town, session), told(town, session, "gloves")) == ((1, True, 1), (1, True, 1))
        ordering.cancel(session, first, mette, "Bestilt ved en fejl")
        assert told(town, session) == (0, False, 0)
        assert told(town, session, "gloves") == (1, True, 1)


def test_what_was_told_before_orders_were_named_is_counted_where_it_can_only_be_one(town: Town) -> None:
    with town.work() as session:
        first = town.sent_order(session, {"soap": 3})
        town.sent_order(session, {"gloves": 3}, at=later(hours=1))
        ordering.cancel(session, first, town.by(session, "mette"), "Bestilt ved en fejl")
    names = ("0018_the_order_of_what_was_bought", "0019_how_often_something_was_bought_is_kept")
    with town.database.work(EVERYONE) as session:
        now = session.execute(select(PurchaseFact.id, PurchaseFact.order_id).order_by(PurchaseFact.id)).all()
    with town.database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_purchase_fact_institution"))
        connection.execute(text("ALTER TABLE purchase_fact DROP COLUMN order_id"))
        connection.execute(text("ALTER TABLE purchase_fact DROP COLUMN counted"))
        connection.execute(text("CREATE INDEX ix_purchase_fact_institution ON purchase_fact (institution_id, item_id)"))
        with Operations.context(MigrationContext.configure(connection)):
            for name in names:
                importlib.import_module(f"eshop.migrations.versions.{name}").upgrade()
    with town.database.work(EVERYONE) as session:
        assert session.execute(select(PurchaseFact.id, PurchaseFact.order_id).order_by(PurchaseFact.id)).all() == now
    with town.work() as session:
        assert (told(town, session), told(town, session, "gloves")) == ((0, False, 0), (1, True, 1))
