"""The migrations give what the models say, and PostgreSQL itself keeps municipalities apart."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from eshop.amounts import Amount
from eshop.db import EVERYONE, Base, Database, Owned, copy_rows
from eshop.identity import Institution, Municipality
from eshop.migrations import differences, draft, pending, upgrade


def test_the_migrations_are_the_models(database: Database) -> None:
    assert differences(database) == []
    assert pending(database) == []


def test_an_empty_database_says_what_it_lacks_and_gets_it_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.sqlite")
    assert pending(database)[0] == "0001: The first schema."
    upgrade(database)
    upgrade(database)
    assert pending(database) == []
    database.close()


def test_a_draft_is_the_next_number(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0007_before.py").touch()
    monkeypatch.setattr("eshop.migrations.FOLDER", tmp_path)
    path = draft(database, "Nothing has changed")
    assert path.name == "0008_nothing_has_changed.py"
    text = path.read_text()
    assert 'down_revision = "0007"' in text
    compile(text, path.name, "exec")


def test_row_level_security_is_the_second_lock(postgresql_database: Database) -> None:
    """Plain SQL, past every guard of the product, as the shop's role, which owns the tables: it still sees one municipality only."""
    with postgresql_database.work(EVERYONE) as session:
        session.add_all([Municipality(cvr="11111111", name="Lindeå"), Municipality(cvr="22222222", name="Skovby")])
        session.flush()
        session.add_all([Institution(name="A", municipality_id=1), Institution(name="B", municipality_id=2)])
    url = postgresql_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        (bypasses,) = connection.execute(
            "SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert not bypasses, "the tests work as the shop does when it is run for real"

        def seen(scope: str | None) -> list[str]:
            connection.execute("SELECT set_config('eshop.municipality', %s, true)", [scope or ""])
            return [name for (name,) in connection.execute("SELECT name FROM institution ORDER BY name")]

        assert seen("1") == ["A"]
        assert seen("2") == ["B"]
        assert seen("everyone") == ["A", "B"]
        assert seen(None) == []
        seen("1")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO institution (municipality_id, name, coding, address, active) VALUES (2, 'x', '{}', '{}', true)"
            )
        connection.rollback()


def test_very_many_rows_are_written_by_a_role_that_the_lock_holds_for(postgresql_database: Database) -> None:
    """PostgreSQL refuses COPY into a locked table to the shop's role; without another way no catalogue could be loaded."""
    with postgresql_database.work(EVERYONE) as session:
        session.add_all([Municipality(cvr="11111111", name="Lindeå"), Municipality(cvr="22222222", name="Skovby")])
    columns = ("municipality_id", "name", "parent_id", "coding", "address", "active", "item_groups", "yearly_budget")
    rows = [
        (1, f'Institution {number} \\ "{number}"', None, {"art": "2,9"}, {}, True, ["53", "47"], Amount(number))
        for number in range(500)
    ]
    with postgresql_database.work(1) as session:
        copy_rows(session, Institution, columns, rows[:200])
        copy_rows(session, Institution, columns, rows[200:])
    with postgresql_database.read(1) as session:
        kept = session.scalars(select(Institution).order_by(Institution.yearly_budget)).all()
        told = [(1, x.name, x.parent_id, x.coding, x.address, x.active, x.item_groups, x.yearly_budget) for x in kept]
    assert told == rows
    with postgresql_database.read(2) as session:
        assert session.scalars(select(Institution)).all() == []


def test_every_owned_table_has_its_lock(postgresql_database: Database) -> None:
    owned = {mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)}
    with postgresql_database.engine.connect() as connection:
        locked = connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        ).scalars()
        assert owned <= set(locked)


def test_the_search_index_is_used_by_the_role_that_the_lock_holds_for(postgresql_database: Database) -> None:
    """A condition that could tell of the row comes after the lock, so under it the index would be of no use: every line would be read."""
    with postgresql_database.work(1) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.scalars(
            text(
                "EXPLAIN SELECT id FROM catalogue_line WHERE municipality_id = 1 "
                "AND array_to_tsvector(string_to_array(terms, ' ')) @@ CAST('saebe' AS tsquery)"
            )
        ).all()
    assert any("ix_catalogue_line_terms" in step for step in plan), plan


def test_another_municipalitys_catalogue_lines_are_not_written(postgresql_database: Database) -> None:
    with postgresql_database.work(EVERYONE) as session:
        session.add_all([Municipality(cvr="11111111", name="Lindeå"), Municipality(cvr="22222222", name="Skovby")])
    with postgresql_database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT set_config('eshop.municipality', '1', true)")
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.exec_driver_sql(
                "INSERT INTO catalogue_line SELECT (jsonb_populate_record(NULL::catalogue_line, '{\"municipality_id\": 2}')).*"
            )
