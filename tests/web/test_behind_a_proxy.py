"""Behind a proxy that speaks TLS, as the README describes it: who comes is who the proxy says, and only then."""

from pathlib import Path

import pytest
from flask import Flask

from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database


def shop(database: Database, folder: Path, url: str) -> Flask:
    given = {"ESHOP_DATA_DIR": str(folder), "ESHOP_SECRET_KEY": "k" * 40, "ESHOP_URL": url}
    return create_app(Settings.from_environment(given), database)


def tries(app: Flask, proxy: str, persons: list[str]) -> list[int]:
    visitor = app.test_client()
    return [
        visitor.get(
            f"/supplier-link/1.{number}.x.y", environ_base={"REMOTE_ADDR": proxy}, headers={"X-Forwarded-For": person}
        ).status_code
        for number, person in enumerate(persons)
    ]


def test_who_tries_too_often_is_one_person_and_not_the_proxy(sqlite_database: Database, tmp_path: Path) -> None:
    app = shop(sqlite_database, tmp_path, "https://indkoeb.example")
    assert tries(app, "192.0.2.80", ["198.51.100.1"] * 21)[-1] == 429
    assert tries(app, "192.0.2.80", ["198.51.100.2"]) == [403]


def test_without_a_proxy_nobody_says_to_be_somebody_else(sqlite_database: Database, tmp_path: Path) -> None:
    app = shop(sqlite_database, tmp_path, "http://indkoeb.example")
    assert tries(app, "192.0.2.81", [f"198.51.100.{number}" for number in range(100, 121)])[-1] == 429


@pytest.mark.parametrize(("url", "secure"), [("https://indkoeb.example", True), ("http://indkoeb.example", False)])
def test_cookies_go_over_tls_only_where_people_come_over_it(
    sqlite_database: Database, tmp_path: Path, url: str, secure: bool
) -> None:
    cookie = shop(sqlite_database, tmp_path, url).test_client().get("/sign-in").headers["Set-Cookie"]
    assert ("; Secure" in cookie) is secure


@pytest.mark.parametrize(("listen", "url"), [("0.0.0.0", "http://a.example"), ("127.0.0.1", "https://a.example")])
def test_others_than_this_machine_come_in_either_way(tmp_path: Path, listen: str, url: str) -> None:
    given = {"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_LISTEN": listen, "ESHOP_URL": url}
    assert Settings.from_environment(given).is_reached_from_outside
    assert not Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path)}).is_reached_from_outside
