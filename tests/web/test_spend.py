"""Forbrug: a leader's own units against their budget, and what was bought for, from the demo's year."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

import ordering
from eshop import insight
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.demo.municipality import LINDEAA
from eshop.identity import Municipality, User
from eshop.signing_on import actor_for
from tests.conftest import DEMO_NOW
from tests.journeys.people import Person
from tests.web.conftest import Clock


@pytest.fixture
def lindeaa(demo_file: Path, tmp_path: Path) -> Database:
    path = tmp_path / "demo.sqlite"
    shutil.copyfile(demo_file, path)
    return Database(f"sqlite:///{path}")


def person(database: Database, tmp_path: Path, login: str) -> Person:
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    return Person(create_app(settings, database, Clock(DEMO_NOW)).test_client(), login, "demo")


def test_a_leader_sees_own_units_and_no_others(lindeaa: Database, tmp_path: Path) -> None:
    jens = person(lindeaa, tmp_path, "jens")
    page = jens.open("/shop")
    page = jens.follow("Forbrug")
    for said in ("Børnehuset Mælkevejen", "Børnehuset Myretuen", "68.000 kr.", "Budget 2026", "HygiejneHuset A/S"):
        assert said in page
    assert "Plejecenter Solgården" not in page.split("Budget 2026")[1]
    assert person(lindeaa, tmp_path, "mette").client.get("/spend").status_code == 403


def test_its_sums_are_those_of_the_lines(lindeaa: Database) -> None:
    with lindeaa.read(EVERYONE) as session:
        home = session.scalars(select(Municipality.id).where(Municipality.cvr == LINDEAA)).one()
    with lindeaa.read(home) as session:
        jens = actor_for(
            session, session.scalars(select(User).where(User.login == "jens")).one(), None, DEMO_NOW, "web"
        )
        span = insight.period_of("2026", DEMO_NOW.date())
        spent = insight.spending(session, span, jens)
        assert spent.total.ore > 0
        assert sum(amount.ore for _, amount in spent.months) == spent.total.ore
        assert sum(amount.ore for _, amount, _ in spent.suppliers) == spent.total.ore
        assert sum(alone.ore for _, _, alone in spent.suppliers) == spent.without_order.ore
        # The same lines, counted by another figure: all but fees and what nobody could have ordered.
        degree = insight.figure(session, "e-commerce-degree", span, jens)
        assert Decimal(str(degree.denominator)) <= spent.total.kroner
        assert spent.without_order.ore > 0
        several = ordering.budgets_of(session, range(1, 17), 2026)
        assert all(several[place] == ordering.budget_of(session, place, 2026) for place in several)
