"""Search in a million items, 40 of 400 agreements joined: what a page, a number and a letter take.

The page is held against the engine's own queries for the same words (`floor`): the lines that match and may be seen, ordered by the
engine's own rank, and one grouping per facet. Numbers and suggestions are held against a Flask route that reads one row by its key. What is
compared takes turns, and is counted in processor time (`clock`). While a catalogue is loading the clock on the wall counts, because there
it is waiting that would show; the loading process is stopped and let go by turns.
"""

import itertools
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

import catalogues
from catalogues.analysis import words
from catalogues.items import Item
from eshop.db import EVERYONE, Database
from eshop.identity import Actor, Municipality
from tests.bench.assortment import DAY
from tests.bench.catalogues import write_catalogue
from tests.bench.clock import processor
from tests.bench.test_catalogues import AGREEMENT
from tests.catalogues.documents import AT

ITEMS = int(os.environ.get("ESHOP_BENCH_ITEMS", "1000000"))
"""For a quick look: ESHOP_BENCH_ITEMS=100000 make bench TESTS=tests/bench/test_search.py"""

NEEDS = (
    "håndsæbe;engangshandsker;toiletpapir;mild håndsæbe;kaffe;blå mikrofiberklud;kopipapir hvid;bleer;plaster;kuglepen sort;tusch;"
    "batteri;arbejdssko;maling grøn;skærm;tallerken;børne puslespil;skole madkasse;rengøring;parfumefri"
).split(";")
BEGUN = (
    "hå;hån;hånds;ka;kaf;kaffe;to;toi;bl;ble;pl;pla;kop;tus;bat;mal;sk;regn;blå mikro;sort kuglep;mild hå;parfumefri håndsæ"
).split(";")
ROUNDS = 5
ROUNDS_OF_PAGES = 3
"""A page's floor takes seconds."""


@dataclass
class Shop:
    engine: str
    database: Database
    by: Actor
    site: FlaskClient


def _site(database: Database, by: Actor) -> FlaskClient:
    """Bare routes, so that what is compared is the search and not the page around it."""
    app = Flask(__name__)

    @app.get("/row/<int:item>")
    def row(item: int) -> dict[str, Any]:
        with database.read(by.municipality_id) as session:
            return {"number": session.get_one(Item, item).seller_item_id}

    @app.get("/search/<wanted>")
    def search(wanted: str) -> dict[str, Any]:
        with database.read(by.municipality_id) as session:
            return {"names": [hit.offer.name for hit in catalogues.search(session, wanted, None, DAY, limit=24).hits]}

    @app.get("/suggest/<begun>")
    def suggest(begun: str) -> dict[str, Any]:
        with database.read(by.municipality_id) as session:
            return {"found": [one.text for one in catalogues.suggest(session, begun, None, DAY)]}

    return app.test_client()


_FILLING = """
import sys
from eshop.db import Database
from tests.bench.assortment import fill
from tests.catalogues.documents import town

database = Database(sys.argv[1])
fill(database, town(database), lines=int(sys.argv[2]), agreements=400, joined=40)
"""


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory,
    _sqlite_template: Path,
    postgresql_server: Any,
    _postgresql_template: str,
) -> Iterator[dict[str, str]]:
    """The same shop in both databases, filled at the same time: the URL of each."""
    name = "eshop_bench_search"
    path = tmp_path_factory.mktemp("search") / "eshop.sqlite"
    path.write_bytes(_sqlite_template.read_bytes())
    urls = {"sqlite": f"sqlite:///{path}", "postgresql": postgresql_server.fresh(name, _postgresql_template)}
    filling = [subprocess.Popen([sys.executable, "-c", _FILLING, url, str(ITEMS)]) for url in urls.values()]
    assert [one.wait() for one in filling] == [0, 0]
    yield urls
    postgresql_server.drop(name)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, filled: dict[str, str]) -> Iterator[Shop]:
    database = Database(filled[request.param])
    with database.read(EVERYONE) as session:
        by = Actor.system(session.scalars(select(Municipality.id)).one(), AT, "cli")
    yield Shop(request.param, database, by, _site(database, by))
    database.close()


def floor(shop: Shop, need: str) -> None:
    """What the engine itself takes for the words of the need: rank, and the same facets."""
    asked = words(need)
    sqlite = shop.engine == "sqlite"
    source = (
        "line_terms t JOIN catalogue_line l ON l.id = t.rowid WHERE line_terms MATCH :match"
        if sqlite
        else "catalogue_line l WHERE array_to_tsvector(string_to_array(l.terms, ' ')) @@ CAST(:match AS tsquery)"
    )
    rank = (
        "rank" if sqlite else "ts_rank(array_to_tsvector(string_to_array(l.terms, ' ')), CAST(:match AS tsquery)) DESC"
    )
    match = (" AND " if sqlite else " & ").join(
        f"({word} OR k_{word})" if sqlite else f"({word} | k_{word})" for word in asked
    )
    with shop.database.read(shop.by.municipality_id) as session:
        connection = session.connection()
        joined = [row[0] for row in connection.execute(text("SELECT agreement_id FROM joining"))]
        seen = f"AND l.agreement_id IN ({', '.join(map(str, joined))})"
        connection.execute(text(f"SELECT l.id FROM {source} {seen} ORDER BY {rank} LIMIT 24"), {"match": match}).all()
        connection.execute(text(f"SELECT count(*) FROM {source} {seen}"), {"match": match}).all()
        for facet in ("supplier_id", "agreement_id", "substr(l.unspsc, 1, 4)", "brand", "unit", "labels"):
            connection.execute(
                text(f"SELECT {facet}, count(*) FROM {source} {seen} GROUP BY 1"), {"match": match}
            ).all()


Work = Callable[[str], Any]


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def by_turns(
    clock: Callable[[], float], asked: list[str], work: Work, base_asked: list[str], base: Work, rounds: int
) -> tuple[float, float]:
    """The p95 of both, asked for by turns after a first time that is not counted."""
    pairs = list(zip(asked, itertools.cycle(base_asked), strict=False))
    taken: dict[Work, list[float]] = {work: [], base: []}
    for counted in [False] + [True] * rounds:
        for one, other in pairs:
            for what, this in ((base, other), (work, one)):
                start = clock()
                what(this)
                if counted:
                    taken[what].append(clock() - start)
    return p95(taken[work]), p95(taken[base])


def held(bench: Any, what: str, measured: float, base: float, at_most: float) -> None:
    said = f"{measured * 1000:,.1f} ms of {base * 1000:,.1f} ms = {measured / base:.2f}"
    bench.table.append((f"{what}, {ITEMS:,} items", said, f"at most {at_most:.1f}"))
    assert measured <= base * at_most, f"{what}: {measured / base:.2f} of the floor, at most {at_most}"


def page(shop: Shop, need: str) -> None:
    with shop.database.read(shop.by.municipality_id) as session:
        result = catalogues.search(session, need, None, DAY, limit=24)
        assert result.total > 0, need
        assert result.facets["supplier"], need


def test_a_full_page_of_results(bench: Any, shop: Shop) -> None:
    def product(need: str) -> None:
        page(shop, need)

    def engine(need: str) -> None:
        floor(shop, need)

    needs = list(NEEDS)
    measured, base = by_turns(processor(shop.database), needs, product, needs, engine, ROUNDS_OF_PAGES)
    held(bench, f"page of results, {shop.engine}", measured, base, 1.5)


@pytest.mark.parametrize("what", ["item number", "GTIN", "as you type"])
def test_numbers_and_suggestions(bench: Any, shop: Shop, what: str) -> None:
    with shop.database.read(shop.by.municipality_id) as session:
        agreements = [one.id for one in catalogues.list_agreements(session)][:40]
        lines = session.query(catalogues.CatalogueLine).filter(catalogues.CatalogueLine.agreement_id == agreements[7])
        some = lines.order_by(catalogues.CatalogueLine.id).limit(20).all()
    asked = {
        "item number": [f"/search/{one.seller_item_id}" for one in some],
        "GTIN": [f"/search/{one.gtin}" for one in some],
        "as you type": [f"/suggest/{begun}" for begun in BEGUN],
    }[what]

    def get(address: str) -> None:
        answer = shop.site.get(address)
        assert answer.status_code == 200
        assert answer.json
        assert all(answer.json.values()) or what == "as you type"

    def row(address: str) -> None:
        assert shop.site.get(address).status_code == 200

    rows = [f"/row/{one.item_id}" for one in some]
    measured, base = by_turns(processor(shop.database), asked, get, rows, row, ROUNDS)
    held(bench, f"{what}, {shop.engine}", measured, base, 3.0)


_LOADING = """
import itertools, sys
import catalogues
from pathlib import Path
from eshop.db import Database
from eshop.identity import Actor
from tests.bench.test_catalogues import load
from tests.catalogues.documents import AT

database = Database(sys.argv[1])
by = Actor.system(int(sys.argv[2]), AT, "cli")
for file in itertools.cycle(sys.argv[3:]):
    _, version = load(database, by, Path(file))
    with database.work(by.municipality_id) as session:
        catalogues.accept(session, session.merge(version), by, "all")
"""


def test_a_page_of_results_while_a_catalogue_is_loading(bench: Any, shop: Shop, tmp_path: Path) -> None:
    with shop.database.work(shop.by.municipality_id) as session:
        catalogues.load_agreements(session, [AGREEMENT], shop.by)
    files = [write_catalogue(tmp_path / f"{n}.xml", 20_000, version=n, start=n * 20_000) for n in range(2)]
    url = shop.database.url.render_as_string(hide_password=False)
    for need in NEEDS:
        page(shop, need)
    # As the worker does it: a process of its own, which loads and takes live one version after the other until it is told to stop.
    loading = subprocess.Popen(
        [sys.executable, "-c", _LOADING, url, str(shop.by.municipality_id), *map(str, files)], start_new_session=True
    )
    taken: dict[bool, list[float]] = {True: [], False: []}
    try:
        time.sleep(5)
        for turn in range(2 * ROUNDS_OF_PAGES):
            busy = turn % 2 == 0
            os.killpg(loading.pid, signal.SIGCONT if busy else signal.SIGSTOP)
            time.sleep(0.5)
            for need in NEEDS:
                start = time.perf_counter()
                page(shop, need)
                taken[busy].append(time.perf_counter() - start)
            assert loading.poll() is None
        with shop.database.read(shop.by.municipality_id) as session:
            *_, agreement = catalogues.find_agreements(session, AGREEMENT["number"])
            assert sum(one.lines for one in catalogues.list_versions(session, agreement_id=agreement.id)) > 0
    finally:
        os.killpg(loading.pid, signal.SIGKILL)
        loading.wait()
    held(bench, f"page of results while loading, {shop.engine}", p95(taken[True]), p95(taken[False]), 2.0)
