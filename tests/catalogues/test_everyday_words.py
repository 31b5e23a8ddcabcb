"""What people type on a phone, found among the five thousand items of the demo: the same on both databases.

`everyday.csv` has a need and a pattern of the names that meet it: mistyped, written apart and together, by brand, by what one calls it at
work. It was written without looking at what is found.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import catalogues
from eshop.db import Database
from eshop.demo.assortment import articles
from tests.catalogues.documents import TODAY, agreement, catalogue, line, load, town

EVERYDAY = Path(__file__).parent.parent / "data" / "search" / "everyday.csv"


def fill(database: Database) -> Any:
    by = town(database)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [agreement()], by)
    names = sorted({article.name for article in articles()})
    lines = [line(str(n), number=f"E-{n}", name=name, unspsc=None) for n, name in enumerate(names, start=1)]
    load(database, by, catalogue(lines), accept="all")
    return by


@pytest.fixture(scope="module")
def shops(
    tmp_path_factory: pytest.TempPathFactory,
    _sqlite_template: Path,
    postgresql_server: Any,
    _postgresql_template: str,
) -> Iterator[list[tuple[Database, Any]]]:
    path = tmp_path_factory.mktemp("everyday") / "eshop.sqlite"
    path.write_bytes(_sqlite_template.read_bytes())
    name = f"eshop_test_everyday_{os.getpid()}"
    databases = [Database(f"sqlite:///{path}"), Database(postgresql_server.fresh(name, _postgresql_template))]
    yield [(database, fill(database)) for database in databases]
    for database in databases:
        database.close()
    postgresql_server.drop(name)


def test_what_people_type_is_found_and_both_databases_agree(shops: list[tuple[Database, Any]]) -> None:
    needs = [row.split(";", 1) for row in EVERYDAY.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(needs) >= 150
    missed, total = [], 0.0
    for need, wanted in needs:
        told = []
        for database, by in shops:
            with database.read(by.municipality_id) as session:
                found = catalogues.search(session, need, None, TODAY)
            told.append(([hit.offer.name for hit in found.hits], found.total, found.corrected))
        assert told[0] == told[1], need
        rank = next((at for at, name in enumerate(told[0][0], 1) if re.search(wanted, name, re.IGNORECASE)), None)
        total += 1 / rank if rank else 0
        if rank != 1:
            missed.append((need, rank, told[0][0][:3]))
    assert total / len(needs) >= 0.9, (round(total / len(needs), 3), missed)
