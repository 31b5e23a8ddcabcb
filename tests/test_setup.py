"""The ground the tests stand on holds: both databases are empty and apart, the network is shut, Chromium and axe answer."""

import socket

import pytest
from playwright.sync_api import Browser

from eshop.db import Database


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database_of_its_own(database: Database, turn: int) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mark (turn integer)")
        connection.exec_driver_sql(f"INSERT INTO mark VALUES ({turn})")
        assert connection.exec_driver_sql("SELECT turn FROM mark").all() == [(turn,)]


def test_both_databases_have_the_same_tables(sqlite_database: Database, postgresql_database: Database) -> None:
    def tables(database: Database, question: str) -> set[str]:
        with database.engine.connect() as connection:
            return {name for (name,) in connection.exec_driver_sql(question)}

    of_sqlite = tables(sqlite_database, "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
    of_postgresql = tables(postgresql_database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert "municipality" in of_sqlite
    assert {name for name in of_sqlite if not name.startswith("sqlite_")} <= of_postgresql


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 80), ("example.org", 443), ("2001:db8::1", 80)])
def test_no_test_reaches_another_machine(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(AssertionError, match="stay on this machine"):
        connection.connect(address)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_axe_finds_what_is_wrong_with_a_page(browser: Browser, axe) -> None:
    page = browser.new_page()
    page.set_content('<html lang="da"><title>Side</title><main><h1>Varer</h1><img src="data:,"></main></html>')
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
    page.set_content('<html lang="da"><title>Side</title><main><h1>Varer</h1></main></html>')
    assert axe(page) == []
    page.close()
