"""What the tests stand on: both databases freshly migrated, a browser, the corpus, and no way out to the network.

PostgreSQL and Chromium are needed: where one is missing, the tests that use it fail and say what to do. Two things may be
left out, each said in one closing line: the documents in `../shared` (not everyone who has the project has them; with
CI=true their absence fails), and the official rule sheets.
"""

import hashlib
import ipaddress
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

import eshop.app  # noqa: F401  with it, every model is known
from eshop import demo
from eshop.db import Database
from eshop.migrations import upgrade
from tests.postgresql import Server, Unavailable

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared"

CORPUS_NEEDED = "needs the documents in ../shared"
RULES_NEEDED = "needs the official rule sheets"
LEFT_OUT = {
    CORPUS_NEEDED: "lay the folder `shared` with its `standards` beside the project",
    RULES_NEEDED: "set ESHOP_OFFICIAL_RULES to a folder with index.json (README, Settings)",
}

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "eshop/web/assets/node_modules/axe-core/axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# A slow machine is no failure; `make fuzz` looks longer.
hypothesis.settings.register_profile("eshop", deadline=None)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=5000)
hypothesis.settings.load_profile("eshop")


# --- the network: loopback only ---------------------------------------------------------------------------------------


class OutsideLoopback(AssertionError):
    """A test reached for an address that is not this machine."""


def _refuse_outside(address: object) -> None:
    host = address[0] if isinstance(address, tuple) else None  # a path is a Unix socket
    if host is None or host in {"localhost", ""}:
        return
    try:
        inside = ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OutsideLoopback(f"tests stay on this machine, but something reached for {address}")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Every connection from Python is looked at before it is made."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def guarded(self: socket.socket, address: object, _original: Callable = original) -> Any:
                _refuse_outside(address)
                return _original(self, address)

            patch.setattr(socket.socket, name, guarded)
        yield


# --- what may be left out ---------------------------------------------------------------------------------------------


def _require_corpus() -> None:
    if not (CORPUS / "standards").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared is missing, and with CI=true it has to be there")
        pytest.skip(CORPUS_NEEDED)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder `shared` beside the project: real documents and the official verdicts on them (standards/SOURCE.md)."""
    _require_corpus()
    return CORPUS


@pytest.fixture(scope="session")
def official_rules() -> Path:
    """The folder of official rule sheets that ESHOP_OFFICIAL_RULES names."""
    folder = os.environ.get("ESHOP_OFFICIAL_RULES")
    if not folder:
        pytest.skip(RULES_NEEDED)
    if not (Path(folder) / "index.json").is_file():
        pytest.fail(f"ESHOP_OFFICIAL_RULES is {folder}, but there is no index.json in it")
    return Path(folder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("corpus"):
        _require_corpus()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for reason, how in LEFT_OUT.items():
        left_out = [report for report in terminalreporter.stats.get("skipped", []) if reason in str(report.longrepr)]
        if left_out:
            terminalreporter.write_line(f"{len(left_out)} tests were left out, each {reason}: {how}.")


# --- databases --------------------------------------------------------------------------------------------------------


def _schema_mark() -> str:
    """Changes whenever a source file does that could change the schema."""
    mark = hashlib.sha256()
    for folder in ("eshop", "catalogues", "ordering", "invoicing"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in file.parts:
                mark.update(file.read_bytes())
    return mark.hexdigest()[:16]


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


DEMO_DAY = date(2026, 5, 12)
DEMO_NOW = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Path:
    """A database with the demo municipality, made once for all test processes of the run."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):
        shared = shared.parent
    path = shared / "demo.sqlite"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            fresh = shared / "demo-being-made.sqlite"
            shutil.copyfile(_sqlite_template, fresh)
            database = Database(f"sqlite:///{fresh}")
            demo.build(database, DEMO_DAY, DEMO_NOW)
            database.close()  # the last connection folds the write-ahead log into the file
            fresh.rename(path)
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The PostgreSQL server all test processes share."""
    try:
        server = Server()
    except Unavailable as error:
        pytest.fail(str(error), pytrace=False)
    yield server
    server.release()


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: Server) -> str:
    """One migrated database that the others are copied from; test processes of the same source share it."""
    name = f"eshop_template_{_schema_mark()}"
    with postgresql_server.lock():
        if not postgresql_server.execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            postgresql_server.forget_templates(but=name)
            _migrate(postgresql_server.fresh(f"{name}_new"))
            postgresql_server.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database."""
    path = tmp_path / "eshop.sqlite"
    shutil.copyfile(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql_server: Server, _postgresql_template: str) -> Iterator[Database]:
    """An empty, migrated PostgreSQL database."""
    name = f"eshop_test_{os.getpid()}"
    database = Database(postgresql_server.fresh(name, _postgresql_template))
    yield database
    database.close()
    postgresql_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database; the test runs once on each engine."""
    return request.getfixturevalue(f"{request.param}_database")


# --- the browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium of the system. Open a context of your own: `browser.new_page(viewport=…)`."""
    if not CHROMIUM.exists():
        pytest.fail(
            "Chromium is missing: `make test` installs it as root; otherwise: apt-get install chromium", pytrace=False
        )
    expect.set_options(timeout=20_000)  # on a busy machine a page takes its time; what never comes is still missed
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)` fails with what axe-core finds on the page against WCAG 2.2 A and AA, and otherwise gives an empty list."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: `make setup` installs it", pytrace=False)
    source = AXE.read_text()

    def check(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE_TAGS)
        violations = [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: "
            + "; ".join(node["html"][:200] for node in violation["nodes"])
            for violation in found["violations"]
        ]
        assert violations == [], f"axe on {page.url}"
        return violations

    return check


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """`url = serve(app)`: the application on a free loopback port until the test ends."""
    servers = []

    def start(app: Any) -> str:
        def answer(environ: Any, start_response: Any) -> Iterator[bytes]:
            # The server asks a browser for its last bytes before it closes an answer. One that has gone makes that fail, and the file
            # of a font would stay open: so an answer closes itself when it has been read.
            with closing(ClosingIterator(app(environ, start_response))) as parts:
                yield from parts

        server = make_server("127.0.0.1", 0, answer, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
