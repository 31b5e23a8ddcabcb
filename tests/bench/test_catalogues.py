"""Loading a catalogue of 100,000 lines against a bare scan of the same file, and what it takes of memory as it grows.

The floor is lxml's iterparse with clearing, nothing done with the lines. The product goes from file to reviewable version: parse, rules
line by line, ledger, prices, difference, indexes, searchable words.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import catalogues
from eshop.db import Database
from eshop.identity import Actor
from tests.bench.catalogues import write_catalogue
from tests.catalogues.documents import CVR, SUPPLIER, town

LINES = 100_000
ROUNDS = 5
AGREEMENT: dict[str, Any] = {
    "number": "50.99",
    "title": "Prøveaftale",
    "level": "own",
    "supplier": SUPPLIER,
    "joined": [{"cvr": CVR}],
    "price_regulation": {"cap_percent": "3"},
}
_LINE = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}CatalogueLine"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A catalogue, and its next version with three lines of a hundred changed."""
    folder = tmp_path_factory.mktemp("catalogues")
    first = write_catalogue(folder / "first.xml", LINES)
    return first, write_catalogue(folder / "second.xml", LINES, version=2, changed_every=33)


def scan(path: Path) -> float:
    start = time.perf_counter()
    for _, element in etree.iterparse(str(path), events=("end",), tag=_LINE):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return time.perf_counter() - start


def load(database: Database, by: Actor, path: Path) -> tuple[float, catalogues.CatalogueVersion]:
    start = time.perf_counter()
    with database.work(by.municipality_id) as session:
        version = None
        for progress in catalogues.load(session, path, None, by):
            session.commit()
            version = progress.version
    assert version is not None
    return time.perf_counter() - start, version


def measure(
    bench: Any, engine: str, files: tuple[Path, Path], fresh: Callable[[], Database], least: tuple[float, float]
) -> None:
    floor: list[float] = []
    times: dict[str, list[float]] = {"first": [], "again": []}
    for _ in range(ROUNDS):
        database = fresh()
        by = town(database)
        with database.work(by.municipality_id) as session:
            catalogues.load_agreements(session, [AGREEMENT], by)
        floor.append(scan(files[0]))
        seconds, version = load(database, by, files[0])
        assert (version.accepted, version.refused) == (LINES, 0)
        times["first"].append(seconds)
        with database.work(by.municipality_id) as session:
            catalogues.accept(session, version, by, "all")
        floor.append(scan(files[1]))
        seconds, version = load(database, by, files[1])
        assert version.unchanged > LINES * 0.96
        times["again"].append(seconds)
        database.close()
    base = statistics.median(floor)
    shares = {name: base / statistics.median(seconds) for name, seconds in times.items()}
    for (name, share), limit in zip(shares.items(), least, strict=True):
        rate = f"{LINES / statistics.median(times[name]):,.0f}/s of {LINES / base:,.0f}/s = {share:.2f}"
        bench.table.append((f"catalogue of {LINES:,} lines, {name}, {engine}", rate, f"at least {limit:.2f}"))
    for (name, share), limit in zip(shares.items(), least, strict=True):
        assert share >= limit, f"{name}, {engine}: {share:.3f} of the scan, at least {limit}"


def test_a_catalogue_is_loaded_on_sqlite(bench, files, _sqlite_template, tmp_path) -> None:  # noqa: PT019
    def fresh() -> Database:
        for leftover in tmp_path.glob("eshop.sqlite*"):
            leftover.unlink()
        path = tmp_path / "eshop.sqlite"
        path.write_bytes(_sqlite_template.read_bytes())
        return Database(f"sqlite:///{path}")

    measure(bench, "SQLite", files, fresh, (0.20, 0.30))


def test_a_catalogue_is_loaded_on_postgresql(bench, files, postgresql_server, _postgresql_template) -> None:  # noqa: PT019
    name = "eshop_bench_catalogues"

    def fresh() -> Database:
        return Database(postgresql_server.fresh(name, _postgresql_template))

    try:
        measure(bench, "PostgreSQL", files, fresh, (0.14, 0.30))
    finally:
        postgresql_server.drop(name)


_LOADING = """
import resource, sys
from pathlib import Path
from eshop.db import Database
from tests.bench.test_catalogues import AGREEMENT, load
from tests.catalogues.documents import town
import catalogues

database = Database(sys.argv[1])
by = town(database)
with database.work(by.municipality_id) as session:
    catalogues.load_agreements(session, [AGREEMENT], by)
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
_, version = load(database, by, Path(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(version.accepted, idle // 1024, peak // 1024)
"""


MOST = int(os.environ.get("ESHOP_BENCH_LINES", "1000000"))
"""For a quick look: ESHOP_BENCH_LINES=100000 make bench TESTS=tests/bench/test_catalogues.py"""


def test_memory_does_not_grow_with_the_catalogue(bench, tmp_path, _sqlite_template) -> None:  # noqa: PT019
    """The process that loads and the one that reads ahead together; a hundredth of the lines takes as much as all of them."""
    peaks = []
    for lines in (MOST // 100, MOST):
        database = tmp_path / f"{lines}.sqlite"
        database.write_bytes(_sqlite_template.read_bytes())
        file = write_catalogue(tmp_path / f"{lines}.xml", lines)
        done = subprocess.run(
            [sys.executable, "-c", _LOADING, f"sqlite:///{database}", str(file)],
            capture_output=True,
            text=True,
            check=True,
        )
        accepted, idle, peak = map(int, done.stdout.split())
        assert accepted == lines
        bench.table.append((f"memory of loading {lines:,} lines", f"{peak} MB (idle {idle})", "idle + 150 MB"))
        assert peak - idle <= 150
        peaks.append(peak)
        file.unlink()
    assert peaks[1] <= peaks[0] * 1.1
