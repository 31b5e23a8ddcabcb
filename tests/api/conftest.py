"""Fixtures of the API: the application on a town, and callers with tokens."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.identity import Actor, User
from eshop.tokens import SCOPES, make_token
from tests.town import NOW, _town_template, lindeaa, town

__all__ = ["_town_template", "town"]


@pytest.fixture
def app(town: Database, tmp_path: Path) -> Flask:
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path / "var"), "ESHOP_SECRET_KEY": "k" * 40})
    return create_app(settings, town, lambda: NOW)


class Caller:
    """A client with a token: `caller.get("/orders")` answers the response."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, address: str, **more: Any) -> Any:
        return self.client.get(f"/api/v1{address}", headers={**self.headers, **more.pop("headers", {})}, **more)

    def post(self, address: str, **more: Any) -> Any:
        return self.client.post(f"/api/v1{address}", headers={**self.headers, **more.pop("headers", {})}, **more)


@pytest.fixture
def caller(app: Flask, town: Database) -> Callable[..., Caller]:
    """`caller("orders:read", user="mette")`: with these scopes (all of them when none is said), for a person or a system."""

    def make(*scopes: str, user: str | None = None, municipality: int | None = None) -> Caller:
        chosen = municipality or lindeaa(town)
        with town.work(chosen) as session:
            person = None if user is None else session.scalars(select(User).where(User.login == user)).one()
            by = Actor.system(chosen, NOW, "cli")
            text = make_token(session, "test", scopes or tuple(SCOPES), by, person)
        return Caller(app.test_client(), text)

    return make
