"""The pages of a small municipality, through Flask's test client: forms are sent as a browser without scripts sends them."""

import re
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
from sqlalchemy import event
from werkzeug.test import TestResponse

from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.identity import User, set_password
from tests import builders

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

    def post(self, address: str, status: int = 200, follow: bool = True, **fields: Any) -> TestResponse:
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
