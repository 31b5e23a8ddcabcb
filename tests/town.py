"""Lindeå in small: its people, agreements and suppliers, and two of their catalogues live. Made once, copied for each test."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from eshop import demo
from eshop.db import EVERYONE, Database
from eshop.demo import municipality as words
from eshop.demo.trade import Market
from eshop.identity import Municipality
from tests.shell import stamped

NOW = datetime(2026, 5, 12, 9, 20, tzinfo=UTC)
"""A Tuesday in May, 11.20 in Denmark."""

STOCKED = ("50.81", "2025-041")


@pytest.fixture(scope="session")
def _town_template(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town.sqlite"
    shutil.copyfile(_sqlite_template, path)
    database = stamped(Database(f"sqlite:///{path}"))
    with database.work(EVERYONE) as session:
        market = demo.found(session, words.organisation(), NOW)
        demo.set_rules(market)
        demo.stock(market, STOCKED, "kim")
    with database.work(EVERYONE) as session:
        demo.found(session, words.neighbour(), NOW)
    database.close()
    return path


@pytest.fixture
def town(_town_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with Lindeå in small, and Skovby beside it."""
    path = tmp_path / "town.sqlite"
    shutil.copyfile(_town_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def lindeaa(database: Database) -> int:
    with database.read(EVERYONE) as session:
        return session.scalars(select(Municipality.id).where(Municipality.cvr == words.LINDEAA)).one()


def market_of(session: object, database: Database, at: datetime = NOW) -> Market:
    """The market of a session that works for Lindeå."""
    municipality = session.get_one(Municipality, lindeaa(database))  # type: ignore[attr-defined]
    return Market(session, municipality, at)  # type: ignore[arg-type]
