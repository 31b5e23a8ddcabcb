"""A town to order in, on each engine."""

import pytest

from eshop.db import Database
from tests import builders


@pytest.fixture
def town(database: Database) -> builders.Town:
    """Lindeå with no budget kept."""
    return builders.town(database)


@pytest.fixture
def thrifty(database: Database) -> builders.Town:
    """Lindeå where the nursery has 10.000 kr. a year."""
    return builders.town(database, budget="10000")


@pytest.fixture
def sqlite_town(sqlite_database: Database) -> builders.Town:
    """Lindeå on SQLite only, for properties that are tried many times."""
    return builders.town(sqlite_database)
