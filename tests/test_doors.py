"""Every door states who may pass, its addresses look alike, and nothing that people read lacks a Danish text."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from flask import Flask
from flask.views import MethodView

from eshop import errors, translations, wording
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from tests.test_house import Source, product_sources

# Served by Flask itself: files anybody may have.
FILES = {"static"}
SEGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?")
VARIABLE = re.compile(r"<[a-z_]+(\([^)]*\))?:[a-z_]+>")


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    return create_app(settings, sqlite_database)


def without_access(app: Flask) -> Iterator[str]:
    """Views that do not state their access, by a guard's attribute `access` on the view, or on each method of a class."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in FILES or rule.endpoint.endswith(".static"):
            continue
        view = app.view_functions[rule.endpoint]
        handlers = [view]
        if (of_class := getattr(view, "view_class", None)) and not getattr(view, "access", None):
            methods = (rule.methods or set()) - {"OPTIONS", "HEAD"}
            handlers = [getattr(of_class, method.lower(), None) for method in sorted(methods)]
        if not all(getattr(handler, "access", None) for handler in handlers):
            yield f"{rule.rule} ({rule.endpoint})"


def ill_formed_urls(app: Flask) -> Iterator[str]:
    """Addresses that are not kebab-case, or take a value without saying its type."""
    for rule in app.url_map.iter_rules():
        for segment in filter(None, re.split(r"/(?![^<]*>)", rule.rule)):
            literal, variables = VARIABLE.sub("", segment), VARIABLE.findall(segment)
            if not (SEGMENT.fullmatch(segment) or (variables and re.fullmatch(r"[a-z0-9.-]*", literal))):
                yield f"{rule.rule} ({rule.endpoint})"


def test_every_route_states_its_access(app: Flask) -> None:
    assert list(without_access(app)) == []


def test_every_url_is_kebab_case_and_typed(app: Flask) -> None:
    assert list(ill_formed_urls(app)) == []


def test_a_route_without_access_or_with_a_bad_url_is_seen() -> None:
    app = Flask("planted")

    def stated() -> str:
        return ""

    stated.access = "open"  # type: ignore[attr-defined]

    class Things(MethodView):
        def get(self) -> str:
            return ""

        get.access = "order"  # type: ignore[attr-defined]

        def post(self) -> str:
            return ""

    app.add_url_rule("/good-one/<int:number>/v1.json", view_func=stated)
    app.add_url_rule("/plain", view_func=lambda: "", endpoint="plain")
    app.add_url_rule("/things", view_func=Things.as_view("things"))
    for address in ("/snake_case", "/Upper", "/things/<name>", "/<thing>"):
        app.add_url_rule(address, view_func=stated, endpoint=address.replace(".", ""))
    assert list(without_access(app)) == ["/plain (plain)", "/things (things)"]
    assert [line.split(" ", maxsplit=1)[0] for line in ill_formed_urls(app)] == [
        "/snake_case",
        "/Upper",
        "/things/<name>",
        "/<thing>",
    ]


# --- texts ------------------------------------------------------------------------------------------------------------


def test_every_page_text_has_a_danish_one() -> None:
    assert translations.missing() == []


def test_a_page_text_without_a_danish_one_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "ids_in_use", lambda: iter([("A text that nobody has translated", "a.html")]))
    assert translations.missing() == ["a.html: no Danish for 'A text that nobody has translated'"]


RAISING = {name for name in vars(errors) if isinstance(getattr(errors, name), type)} | {"Finding"}


def codes_in(source: Source) -> Iterator[tuple[str, int]]:
    """The codes that this file gives to errors and findings: the first argument, or `code=`, where it is written out."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in RAISING:
            continue
        given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "code")]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, value.lineno


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_code_has_its_sentence() -> None:
    known = wording.sentences()
    missing = {
        f"{source.path}:{line}: {code}"
        for source in product_sources()
        for code, line in codes_in(source)
        if code not in known
    }
    assert not missing, "no wording:\n" + "\n".join(sorted(missing))


def test_every_sentence_is_in_both_languages_with_the_same_values() -> None:
    wrong = [
        code
        for code, (english, danish) in wording.sentences().items()
        if not english or not danish or fields(english) != fields(danish)
    ]
    assert wrong == []


def test_a_code_is_found_where_it_is_raised() -> None:
    planted = Source(
        "ordering/orders.py", "raise errors.Conflict('already_sent')\nFinding(code='price_over', where='1')"
    )
    assert list(codes_in(planted)) == [("already_sent", 1), ("price_over", 2)]
