"""The pages of a small municipality, through Flask's test client: forms are sent as a browser without scripts sends them."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import event
from werkzeug.test import TestResponse

from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.identity import User, set_password
from tests import builders
from tests.conftest import DEMO_NOW

PASSWORD = "a long word"


@dataclass
class Clock:
    """Stands still until a test moves it."""

    at: datetime = builders.NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Person:
    """Somebody at a browser without scripts."""

    client: FlaskClient
    forms: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, address: str, status: int = 200) -> str:
        answer = self.client.get(address, follow_redirects=True)
        assert answer.status_code == status, f"{address} answers {answer.status_code}\n{answer.text[:3000]}"
        return answer.text

    def post(self, address: str, /, status: int = 200, follow: bool = True, **fields: Any) -> TestResponse:
        """Sends a form with the token of the page it stands on."""
        page = self.client.get("/profile", follow_redirects=True).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        answer = self.client.post(
            address, data={"csrf_token": unescape(token[1]) if token else "", **fields}, follow_redirects=follow
        )
        assert answer.status_code == status, f"{address} answers {answer.status_code}\n{answer.text[:3000]}"
        return answer


@dataclass
class Site:
    """The application of a town, and its people."""

    app: Flask
    town: builders.Town
    database: Database
    clock: Clock

    def signed_in(self, name: str, **fields: str) -> Person:
        with self.town.work() as session:
            user = session.get_one(User, self.town.people[name])
            set_password(user, PASSWORD)
            login = user.login
        person = Person(self.app.test_client())
        page = person.client.get("/sign-in").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        answer = person.client.post(
            "/sign-in", data={"csrf_token": unescape(token[1]), "login": login, "password": PASSWORD, **fields}
        )
        assert answer.status_code == 303, answer.text
        return person

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements that are sent to the database meanwhile."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)


@pytest.fixture
def site(sqlite_database: Database, tmp_path: Path) -> Site:
    clock = Clock()
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    town = builders.town(sqlite_database, budget="64000")
    return Site(create_app(settings, sqlite_database, clock), town, sqlite_database, clock)


# --- the demo, in a browser --------------------------------------------------------------------------------------------


@dataclass
class Surf:
    """People at real browsers on a copy of the demo."""

    url: str
    browser: Browser
    database: Database
    app: Flask
    errors: list[str] = field(default_factory=list)

    def signed_in(self, user: str | None, width: int = 1360, scripts: bool = True) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            locale="da-DK",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: (
                self.errors.append(f"{page.url}: {said.text} {said.location.get('url', '')}")
                if said.type == "error" and "422" not in said.text
                else None
            ),
        )
        if user is not None:
            page.goto(f"{self.url}/sign-in")
            page.fill("#login", user)
            page.fill("#password", "demo")
            page.click("main form button")
            page.wait_for_url(lambda address: "/sign-in" not in address)
        return page


@pytest.fixture
def surf(demo_file: Path, tmp_path: Path, browser: Browser, serve: Any) -> Iterator[Surf]:
    copied = tmp_path / "demo.sqlite"
    shutil.copyfile(demo_file, copied)
    database = Database(f"sqlite:///{copied}")
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    clock = Clock(DEMO_NOW)
    app = create_app(settings, database, clock)
    surf = Surf(serve(app), browser, database, app)
    yield surf
    for context in browser.contexts:
        context.close()
    database.close()
    assert surf.errors == []
