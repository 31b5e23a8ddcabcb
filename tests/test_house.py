"""The walls of the house (README, The map), kept by reading the source: who may import whom, and what no file may do.

Each rule is a function from one file to complaints. `test_the_rule_catches` plants a violation of every rule, so that a rule
that stopped looking would be seen.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

# The ground floor: a file may import lower steps only.
STEPS = {
    "errors": 0,
    "config": 1,
    "amounts": 1,
    "findings": 2,
    "workflow": 2,
    "wording": 2,
    "columns": 2,
    "engines": 2,
    "pipeline": 1,
    "wire": 2,
    "ubl": 3,
    "formats": 4,
    "db": 3,
    "kept": 4,
    "identity": 4,
    "jobs": 4,
    "migrations": 4,
    "audit": 5,
    "signing_on": 5,
    "exchange": 5,
    "people": 6,
    "tokens": 6,
    "appearance": 6,
    "units": 6,
    "organisation": 7,
}
# Rooms in the order a document flows; a room may speak to those before it.
ROOMS = ("catalogues", "ordering", "invoicing")
PRODUCT = ("eshop", *ROOMS)

PURE = {
    "eshop/amounts.py",
    "eshop/findings.py",
    "eshop/workflow.py",
    "catalogues/checks.py",
    "ordering/approval.py",
    "invoicing/billed.py",
    "invoicing/matching.py",
    "invoicing/control.py",
    "invoicing/guards.py",
    "invoicing/verdicts.py",
}
DOORS_ONLY = ("flask", "flask_*", "click", "werkzeug", "jinja2", "wtforms", "marshmallow", "gunicorn", "http", "babel")
XML = ("eshop/ubl/", "eshop/formats/")
RAW_SQL = (
    "eshop/db.py",
    "eshop/engines.py",
    "eshop/kept.py",
    "eshop/wire.py",
    "eshop/migrations/",
    "catalogues/index.py",
    "eshop/insight/facts.py",
)
NAMES_THAT_SAY_NOTHING = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "service",
    "services",
    "dao",
    "manager",
}
# Some official rules add untyped text, which is binary, and the hair of difference decides.
FLOAT_IS_RIGHT = {"eshop/ubl/rules/judging.py", "eshop/ubl/rules/oioubl_tax.py"}
LONGEST = 600
OLDEST_PYTHON = (3, 11)

AT_THE_TOP = {
    *PRODUCT, "templates", "tests", ".ci", "Makefile", "LICENSE", "README.md", "pyproject.toml", "requirements.txt",
    "requirements-dev.txt", ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip
OTHERS_FILES = re.compile(
    r"(^|/)(vendor|node_modules)/|\.min\.(js|css)$|\.(woff2?|ttf|eot|wasm|mo|xsd|xslt?|sch|dtd|jar|map)$"
)


@dataclass(frozen=True)
class Import:
    module: str
    names: tuple[str, ...]
    line: int
    in_function: bool

    @property
    def modules(self) -> tuple[str, ...]:
        """Every module this may mean: `from eshop import audit` means eshop and eshop.audit."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names))

    def reaches(self, prefix: str) -> bool:
        """Whether it imports the module, or something inside it; `flask_*` stands for every name that begins so."""
        if prefix.endswith("*"):
            return self.module.startswith(prefix[:-1])
        return any(module == prefix or module.startswith(prefix + ".") for module in self.modules)


@dataclass(frozen=True)
class Source:
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Empty when it cannot be read, which is a complaint of `the_oldest_python_reads_it`."""
        try:
            return ast.parse(self.text, feature_version=OLDEST_PYTHON)
        except SyntaxError:
            return ast.Module([], [])

    @cached_property
    def imports(self) -> list[Import]:
        return list(self._imports(self.tree, in_function=False))

    def _imports(self, node: ast.AST, *, in_function: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, (), child.lineno, in_function)
            elif isinstance(child, ast.ImportFrom):
                module = child.module or ""
                if child.level:  # from . import x
                    up = PurePosixPath(self.path).parts[: -child.level]
                    module = ".".join([*up, *([module] if module else [])])
                yield Import(module, tuple(alias.name for alias in child.names), child.lineno, in_function)
            else:
                inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from self._imports(child, in_function=inside)

    @property
    def top(self) -> str:
        return self.path.split("/", maxsplit=1)[0]

    @property
    def part(self) -> str:
        """`ubl` for eshop/ubl/reading.py, `db` for eshop/db.py, `` for eshop/__init__.py."""
        second = self.path.split("/")[1].removesuffix(".py")
        return "" if second == "__init__" else second

    @property
    def is_room(self) -> bool:
        return self.top in ROOMS

    @property
    def is_ground(self) -> bool:
        return self.top == "eshop" and self.part in STEPS

    @property
    def is_insight(self) -> bool:
        return self.path.startswith("eshop/insight/")

    @property
    def is_door(self) -> bool:
        return self.top == "eshop" and not self.is_ground and not self.is_insight and self.part != ""

    @property
    def is_pure(self) -> bool:
        return self.path in PURE or "(pure)" in (ast.get_docstring(self.tree) or "").split("\n\n", maxsplit=1)[0]

    def calls(self) -> Iterator[tuple[str, int]]:
        """Dotted names that are called, as written: `datetime.now`, `session.commit`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno


Complaints = Iterator[str]
Rule = Callable[[Source], Complaints]


def imports_go_down(source: Source) -> Complaints:
    """Ground: lower steps only. Rooms: ground and the rooms before. Insight: not doors. web and api: not each other."""
    for one in source.imports:
        for room in ROOMS:
            if not one.reaches(room) or source.top == room:
                continue
            if source.is_ground:
                yield f"{one.line}: the ground floor does not know the room {room}"
            elif source.is_room and ROOMS.index(room) > ROOMS.index(source.top):
                yield f"{one.line}: {source.top} comes before {room} and does not know it"
        for part in {module.split(".")[1] for module in one.modules if module.startswith("eshop.")}:
            if source.top == "eshop" and part == source.part:
                continue
            known = (ROOT / "eshop" / f"{part}.py").exists() or (ROOT / "eshop" / part).is_dir()
            if source.is_ground:
                if part in STEPS and STEPS[part] >= STEPS[source.part]:
                    yield f"{one.line}: eshop.{source.part} stands on a step not above eshop.{part}"
                elif part not in STEPS and known:
                    yield f"{one.line}: the ground floor does not know the door eshop.{part}"
            elif (source.is_room or source.is_insight) and part not in STEPS and known and part != "insight":
                yield f"{one.line}: {source.top} does not know the door eshop.{part}"
            elif source.is_room and part == "insight":
                yield f"{one.line}: a room does not know eshop.insight, which reads it"
            elif {source.part, part} == {"web", "api"}:
                yield f"{one.line}: pages and API do not import each other"


def rooms_are_spoken_to_by_face(source: Source) -> Complaints:
    """`ordering.submit(...)` or a name of the face; never `from ordering.orders import ...`, except in its own files."""
    for one in source.imports:
        for room in ROOMS:
            if source.top == room or not one.reaches(room):
                continue
            files = {path.stem for path in (ROOT / room).glob("*.py")}
            if one.module != room or files & set(one.names):
                yield f"{one.line}: {room} is spoken to by its face, not by {one.module} {', '.join(one.names)}".rstrip()
        if not source.is_insight and one.reaches("eshop.insight"):
            files = {path.stem for path in (ROOT / "eshop/insight").glob("*.py")}
            if one.module not in ("eshop", "eshop.insight") or (one.module != "eshop" and files & set(one.names)):
                yield f"{one.line}: insight is spoken to by its face, not by {one.module} {', '.join(one.names)}"


def the_web_stays_at_the_doors(source: Source) -> Complaints:
    if source.is_door:
        return
    for one in source.imports:
        for library in DOORS_ONLY:
            if one.reaches(library) and not (library == "babel" and source.path == "eshop/wording.py"):
                yield f"{one.line}: {library.rstrip('_*')} belongs to the doors"


def xml_is_read_in_two_places(source: Source) -> Complaints:
    if source.path.startswith(XML):
        return
    for one in source.imports:
        if one.reaches("lxml") or one.reaches("xml") or one.reaches("saxonche"):
            yield f"{one.line}: XML is read in eshop/ubl and eshop/formats only"


def pure_files_are_pure(source: Source) -> Complaints:
    if not source.is_pure:
        return
    for one in source.imports:
        for impure in ("sqlalchemy", "eshop.db"):
            if one.reaches(impure):
                yield f"{one.line}: a pure file does not know {impure}"
    yield from _clock(source)


def rooms_never_commit(source: Source) -> Complaints:
    if source.is_room or source.is_insight:
        for call, line in source.calls():
            if call.rpartition(".")[2] in {"commit", "rollback"} and "." in call:
                yield f"{line}: {call}: the door commits, once"


def rooms_never_ask_the_clock(source: Source) -> Complaints:
    if source.is_room or source.is_ground or source.is_insight:
        yield from _clock(source)


def _clock(source: Source) -> Complaints:
    asked = re.compile(
        r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns)$|^utcnow$|(^|\.)func\.(now|current_\w+)$"
    )
    for call, line in source.calls():
        if asked.search(call):
            yield f"{line}: {call}: when is carried by the Actor"


def imports_stand_at_the_top(source: Source) -> Complaints:
    for one in source.imports:
        if one.in_function:
            yield f"{one.line}: {one.module} is imported inside a function"


def names_say_something(source: Source) -> Complaints:
    for name in PurePosixPath(source.path).with_suffix("").parts:
        if name.strip("_").lower() in NAMES_THAT_SAY_NOTHING:
            yield f"the name {name} says nothing"


def files_are_short(source: Source) -> Complaints:
    lines = len(source.text.splitlines())
    if lines > LONGEST and not source.path.startswith("eshop/migrations/versions/"):
        yield f"{lines} lines; at most {LONGEST}"


def raw_sql_has_its_places(source: Source) -> Complaints:
    """Raw SQL and bare tables pass the municipality scope by."""
    if source.path.startswith(RAW_SQL):
        return
    named = {name for one in source.imports if one.module.startswith("sqlalchemy") for name in one.names}
    for call, line in source.calls():
        if (
            call in {"text", "table"} & named
            or call in {"sqlalchemy.text", "sa.text"}
            or call.endswith("exec_driver_sql")
        ):
            yield f"{line}: {call}: raw SQL passes the municipality scope by"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "__table__":
            yield f"{node.lineno}: a bare table passes the municipality scope by"


def a_face_name_is_no_file_name(source: Source) -> Complaints:
    """`from ordering.receive import receive` in the face would make `ordering.receive` the file or the verb by turns."""
    path = PurePosixPath(source.path)
    if path.name != "__init__.py":
        return
    folder = ROOT / path.parent
    files = {file.stem for file in folder.glob("*.py")} | {one.parent.name for one in folder.glob("*/__init__.py")}
    package = ".".join(path.parent.parts)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node in source.tree.body and node.name in files:
            yield f"{node.lineno}: {node.name} is also a file of {package}"
        if isinstance(node, ast.ImportFrom) and node.module != package:
            for alias in node.names:
                if (alias.asname or alias.name) in files and not (node.level == 1 and node.module is None):
                    yield f"{node.lineno}: {alias.asname or alias.name} is also a file of {package}"


def the_package_imports_nothing(source: Source) -> Complaints:
    if source.path == "eshop/__init__.py":
        for one in source.imports:
            yield f"{one.line}: eshop/__init__.py imports nothing"


def no_float_near_money(source: Source) -> Complaints:
    if not (source.is_room or source.path == "eshop/amounts.py" or source.path.startswith("eshop/ubl/")):
        return
    for call, line in source.calls():
        if call == "float" and source.path not in FLOAT_IS_RIGHT:
            yield f"{line}: amounts and quantities are exact, float is not"


def the_oldest_python_reads_it(source: Source) -> Complaints:
    try:
        ast.parse(source.text, feature_version=OLDEST_PYTHON)
    except SyntaxError as error:
        yield f"{error.lineno}: Python {'.'.join(map(str, OLDEST_PYTHON))} cannot read this: {error.msg}"


def nothing_is_left_unfinished(source: Source) -> Complaints:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if re.search(r"#.*\b(TODO|FIXME|XXX)\b|\bNotImplementedError\b|\bfor now\b", line):
            yield f"{number}: unfinished: {line.strip()[:80]}"


RULES: list[Rule] = [
    the_oldest_python_reads_it,
    imports_go_down,
    rooms_are_spoken_to_by_face,
    the_web_stays_at_the_doors,
    xml_is_read_in_two_places,
    pure_files_are_pure,
    rooms_never_commit,
    rooms_never_ask_the_clock,
    imports_stand_at_the_top,
    names_say_something,
    files_are_short,
    raw_sql_has_its_places,
    a_face_name_is_no_file_name,
    the_package_imports_nothing,
    no_float_near_money,
    nothing_is_left_unfinished,
]


def product_sources() -> list[Source]:
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not path.is_relative_to(ROOT / "eshop/web/assets")
    ]


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    found = product_sources()
    assert {source.top for source in found} == set(PRODUCT)
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Rule, sources: list[Source]) -> None:
    complaints = [f"{source.path}:{complaint}" for source in sources for complaint in rule(source)]
    assert not complaints, "\n" + "\n".join(complaints)


PLANTED = [
    (the_oldest_python_reads_it, "ordering/orders.py", "def first[T](things: list[T]) -> T: ..."),
    (imports_go_down, "eshop/amounts.py", "from eshop.db import Base"),
    (imports_go_down, "eshop/db.py", "from eshop import audit"),
    (imports_go_down, "eshop/db.py", "import ordering"),
    (imports_go_down, "eshop/exchange.py", "from eshop.cli import main"),
    (imports_go_down, "catalogues/items.py", "import ordering"),
    (imports_go_down, "ordering/orders.py", "from invoicing import register"),
    (imports_go_down, "ordering/orders.py", "from eshop.web import guards"),
    (imports_go_down, "eshop/web/shop.py", "from eshop.api import schemas"),
    (rooms_are_spoken_to_by_face, "eshop/web/shop.py", "from ordering.orders import PurchaseOrder"),
    (rooms_are_spoken_to_by_face, "eshop/web/shop.py", "import catalogues.index"),
    (rooms_are_spoken_to_by_face, "invoicing/control.py", "from ordering import approval"),
    (rooms_are_spoken_to_by_face, "eshop/web/insight.py", "from eshop.insight import figures"),
    (rooms_are_spoken_to_by_face, "eshop/cli/reporting.py", "from eshop.insight.periods import quarter"),
    (the_web_stays_at_the_doors, "ordering/orders.py", "from flask import abort"),
    (the_web_stays_at_the_doors, "eshop/identity.py", "import flask_login"),
    (the_web_stays_at_the_doors, "catalogues/loading.py", "import click"),
    (the_web_stays_at_the_doors, "invoicing/posting.py", "from http import HTTPStatus"),
    (xml_is_read_in_two_places, "catalogues/loading.py", "from lxml import etree"),
    (xml_is_read_in_two_places, "eshop/web/shop.py", "import xml.etree.ElementTree as ET"),
    (pure_files_are_pure, "invoicing/matching.py", "from sqlalchemy import select"),
    (pure_files_are_pure, "ordering/prices.py", '"""Prices (pure)."""\nfrom eshop.db import Base'),
    (pure_files_are_pure, "eshop/workflow.py", "from datetime import date\nTODAY = date.today()"),
    (rooms_never_commit, "ordering/orders.py", "def verb(session):\n    session.commit()"),
    (rooms_never_ask_the_clock, "ordering/orders.py", "from datetime import datetime\nAT = datetime.now(tz=UTC)"),
    (rooms_never_ask_the_clock, "invoicing/posting.py", "import datetime\nAT = datetime.date.today()"),
    (rooms_never_ask_the_clock, "ordering/orders.py", "import sqlalchemy as sa\nAT = sa.func.now()"),
    (rooms_never_ask_the_clock, "eshop/jobs.py", "import time\nAT = time.time()"),
    (imports_stand_at_the_top, "eshop/cli.py", "def main():\n    import ordering"),
    (names_say_something, "ordering/utils.py", ""),
    (names_say_something, "eshop/web/_helpers.py", ""),
    (files_are_short, "ordering/orders.py", "A = 1\n" * (LONGEST + 1)),
    (raw_sql_has_its_places, "ordering/orders.py", "from sqlalchemy import text\ntext('SELECT 1')"),
    (raw_sql_has_its_places, "ordering/orders.py", "rows = PurchaseOrder.__table__.select()"),
    (raw_sql_has_its_places, "eshop/worker.py", "connection.exec_driver_sql('SELECT 1')"),
    (a_face_name_is_no_file_name, "eshop/__init__.py", "def audit(): ..."),
    (a_face_name_is_no_file_name, "eshop/__init__.py", "from eshop.exchange import take_in as exchange"),
    (the_package_imports_nothing, "eshop/__init__.py", "from eshop.db import Database"),
    (no_float_near_money, "invoicing/control.py", "price = float('1.5')"),
    (nothing_is_left_unfinished, "ordering/orders.py", "# TO" + "DO: the rest"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED, ids=lambda value: getattr(value, "__name__", None))
def test_the_rule_catches(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


ALLOWED = [
    (imports_go_down, "eshop/exchange.py", "from eshop.jobs import LEASE"),
    (imports_go_down, "invoicing/invoices.py", "import catalogues\nimport ordering\nfrom eshop.audit import record"),
    (imports_go_down, "eshop/web/shop.py", "import ordering\nfrom eshop.web import forms\nfrom eshop import intake"),
    (rooms_are_spoken_to_by_face, "ordering/orders.py", "from ordering.lifecycle import ORDER"),
    (rooms_are_spoken_to_by_face, "eshop/web/shop.py", "import ordering\nfrom ordering import PurchaseOrder"),
    (
        rooms_are_spoken_to_by_face,
        "eshop/web/insight.py",
        "from eshop import insight\nfrom eshop.insight import Figure",
    ),
    (the_web_stays_at_the_doors, "eshop/web/shop.py", "from flask import render_template"),
    (xml_is_read_in_two_places, "eshop/ubl/reading.py", "from lxml import etree"),
    (rooms_never_commit, "eshop/intake.py", "session.commit()"),
    (no_float_near_money, "ordering/settings.py", "isinstance(value, float)"),
    (raw_sql_has_its_places, "catalogues/index.py", "from sqlalchemy import text\ntext('SELECT 1')"),
    (raw_sql_has_its_places, "eshop/ubl/writing.py", "def text(value): ...\ntext('kr.')"),
]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED, ids=lambda value: getattr(value, "__name__", None))
def test_the_rule_lets_pass(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_is_proved() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


# --- what is in the repository ----------------------------------------------------------------------------------------


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.fail("git ls-files did not answer: are git and the repository here?")
    return [name for name in listed.stdout.split("\0") if name]


def misplaced(names: list[str]) -> list[str]:
    return [name for name in names if name.split("/", maxsplit=1)[0] not in AT_THE_TOP]


def of_others(names: list[str]) -> list[str]:
    return [name for name in names if OTHERS_FILES.search(name) and not name.startswith("tests/data/")]


def test_the_top_level_is_the_map() -> None:
    assert misplaced(tracked()) == []
    assert misplaced(["setup.py", "docs/index.md", "eshop/app.py"]) == ["setup.py", "docs/index.md"]


def test_other_peoples_files_are_not_in_the_repository() -> None:
    assert of_others(tracked()) == []
    planted = ["eshop/web/static/vendor/htmx/htmx.js", "static/a.min.js", "fonts/a.woff2", "rules/Invoice.xslt"]
    assert of_others([*planted, "eshop/web/static/eshop.css"]) == planted


def test_the_locks_are_hashed_and_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", ".ci/uv.txt"):
        lock = (ROOT / name).read_text()
        assert "://" not in lock, name
        pinned = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", lock, re.MULTILINE)
        assert pinned, name
        blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
        assert [block.split("\n")[0] for block in blocks if "--hash=sha256:" not in block] == [], name
    front_end = (ROOT / "eshop/web/assets/package-lock.json").read_text()
    assert '"resolved"' not in front_end
    assert front_end.count('"integrity"') == front_end.count('"node_modules/')


def test_development_packages_contain_the_others() -> None:
    """The virtual environment of `make test` also serves `make run`: same versions, nothing missing."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][\w.-]*==\S+(?: ; [^\\\n]*)?", (ROOT / name).read_text(), re.MULTILINE))

    assert {pin.strip() for pin in pins("requirements.txt")} <= {pin.strip() for pin in pins("requirements-dev.txt")}


def declared(*groups: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += project["project"]["optional-dependencies"].get(group) or project["dependency-groups"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("name", "groups"), [("requirements.txt", ("setup",)), ("requirements-dev.txt", ("setup", "dev", "official-rules"))]
)
def test_the_lock_follows_the_project(name: str, groups: tuple[str, ...]) -> None:
    """After a change in pyproject.toml: `make lock`."""
    locked: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([a-z0-9][\w.-]*)(?:\[[\w,]+\])?==([^\s;]+)", (ROOT / name).read_text(), re.M
    ):
        locked.setdefault(package, set()).add(version)
    wrong = [
        str(one)
        for one in declared(*groups)
        if not any(one.specifier.contains(version) for version in locked.get(canonicalize_name(one.name), ()))
    ]
    assert wrong == []


def test_every_library_in_use_is_declared(sources: list[Source]) -> None:
    """Nothing is used only because something else happens to bring it."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    known = {canonicalize_name(one.name) for one in declared(*extras)}
    providers = packages_distributions()
    undeclared = {
        f"{source.path}:{one.line}: {one.module}"
        for source in sources
        for one in source.imports
        if (top := one.module.split(".")[0]) not in {*sys.stdlib_module_names, *PRODUCT}
        and not known & {canonicalize_name(provider) for provider in providers.get(top, [top])}
    }
    assert undeclared == set()
