"""Kept queries: plain rows, narrowed to the municipality as every query is; what would not be narrowed cannot be made."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from eshop.db import EVERYONE, Database
from eshop.identity import Gln, Institution, Municipality
from eshop.kept import Kept, KeptThings, ask_together

_HOME = aliased(Institution, name="home")
_OWN = and_(_HOME.id == Gln.institution_id, _HOME.municipality_id == Gln.municipality_id)
BY_CONDITION = Kept(select(Gln.gln, Institution.name).where(Institution.id == Gln.institution_id).order_by(Gln.gln))
BY_JOIN = Kept(select(Gln.gln, _HOME.name).outerjoin(_HOME, _OWN).order_by(Gln.gln))
NAMED = Kept(select(Gln.gln).where(Gln.gln.in_(bindparam("glns", expanding=True))).order_by(Gln.gln))
HOUSED = exists().where(Gln.institution_id == Institution.id)
BY_SUBQUERY = Kept(
    select(Institution.id, Institution.name).where(HOUSED.where(Gln.municipality_id == Institution.municipality_id))
)
INSTITUTION = KeptThings(Institution, Institution.name == bindparam("name"))


@pytest.fixture
def two(database: Database) -> tuple[int, int]:
    """The ids of two municipalities with an institution and its GLN each."""
    ids = []
    with database.work(EVERYONE) as session:
        for cvr, name in (("11111111", "Lindeå"), ("22222222", "Skovby")):
            made = Municipality(cvr=cvr, name=name)
            session.add(made)
            session.flush()
            ids.append(made.id)
    for one, gln, name in ((ids[0], "5790000000012", "Solhuset"), (ids[1], "5790000000029", "Månehuset")):
        with database.work(one) as session:
            home = Institution(name=name)
            session.add(home)
            session.flush()
            session.add(Gln(gln=gln, institution_id=home.id))
    return ids[0], ids[1]


@pytest.mark.parametrize("kept", [BY_CONDITION, BY_JOIN])
def test_only_the_own_municipality_is_seen(database: Database, two: tuple[int, int], kept: Kept) -> None:
    first, second = two
    with database.read(first) as session:
        mine = [tuple(row) for row in kept.rows(session)]
    with database.read(second) as session:
        theirs = [tuple(row) for row in kept.rows(session)]
    with database.read(EVERYONE) as session:
        everything = [tuple(row) for row in kept.rows(session)]
    assert mine == [("5790000000012", "Solhuset")]
    assert theirs == [("5790000000029", "Månehuset")]
    assert everything == mine + theirs


def test_questions_asked_together_answer_as_one_by_one(database: Database, two: tuple[int, int]) -> None:
    first, _ = two
    glns = {"glns": ["5790000000012", "5790000000029"]}
    with database.read(first) as session:
        joined, named = ask_together(session, (BY_JOIN, {}), (NAMED, dict(glns)))
        assert joined == BY_JOIN.rows(session)
        assert named == NAMED.rows(session, **glns) == [("5790000000012",)]


@pytest.mark.parametrize(
    "statement",
    [
        select(Gln.gln).join(Institution, Institution.id == Gln.institution_id),
        select(Gln.gln).outerjoin(_HOME, _HOME.id == Gln.institution_id),
        select(Gln.gln).where(Gln.institution_id.in_(select(Institution.id))),
        select(Institution.name).where(HOUSED),
        select(Institution.name).where(
            HOUSED.where(Gln.municipality_id == Institution.municipality_id, Gln.gln == Municipality.cvr)
        ),
        select(Institution.name).where(HOUSED.where(Gln.municipality_id == Gln.municipality_id)),
    ],
)
def test_what_would_show_another_municipality_cannot_be_made(statement: object) -> None:
    with pytest.raises(ValueError, match="municipality"):
        Kept(statement)


def test_a_subquery_tied_to_the_municipality_sees_the_own_only(database: Database, two: tuple[int, int]) -> None:
    for one, name in zip(two, ("Solhuset", "Månehuset"), strict=True):
        with database.read(one) as session:
            assert [row.name for row in BY_SUBQUERY.rows(session)] == [name]


def test_kept_things_are_the_sessions_own(database: Database, two: tuple[int, int]) -> None:
    first, second = two
    with database.work(first) as session:
        found = INSTITUTION.one(session, name="Solhuset")
        assert found is not None
        assert found is INSTITUTION.one(session, name="Solhuset")
        assert found is session.get(Institution, found.id)
        assert INSTITUTION.one(session, name="Månehuset") is None
        found.name = "Solgården"
        assert INSTITUTION.one(session, name="Solgården") is found, "what waits to be written is asked for too"
        found.coding = {"function": "5.25.14"}
    with database.read(first) as session:
        changed = session.scalars(select(Institution)).one()
        assert (changed.name, changed.coding) == ("Solgården", {"function": "5.25.14"})
    with database.read(second) as session:
        assert INSTITUTION.one(session, name="Solgården") is None


def test_a_kept_thing_that_was_read_before_stays_as_it_was_changed(database: Database, two: tuple[int, int]) -> None:
    with database.read(two[0]) as session:
        known = session.scalars(select(Institution)).one()
        with session.no_autoflush:
            known.address = {"city": "Lindeå"}
            (row,) = INSTITUTION.kept.rows(session, name="Solhuset")
            assert INSTITUTION.of(session, row) is known
            assert known.address == {"city": "Lindeå"}


def test_what_is_laid_out_of_the_rows_is_made_once_until_they_change(database: Database, two: tuple[int, int]) -> None:
    made: list[list[str]] = []

    def lay_out(rows: Sequence[Any]) -> list[str]:
        made.append([row.gln for row in rows])
        return made[-1]

    kept = Kept(select(Gln.gln).order_by(Gln.gln), laid_out=lay_out)
    first, second = two
    with database.work(first) as session:
        (one,) = ask_together(session, (kept, {}))
        assert kept.rows(session) is one
        assert one == ["5790000000012"]
        home = session.scalars(select(Institution)).one()
        session.add(Gln(gln="5790000000036", institution_id=home.id))
        session.flush()
        assert kept.rows(session) == ["5790000000012", "5790000000036"]
    with database.read(second) as session:
        assert kept.rows(session) == ["5790000000029"]
    assert len(made) == 3
