"""One unit of work, exact columns, no lost update, and a scope that fails closed: the same on both engines."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from catalogues.vocabulary import Word
from eshop.amounts import Amount
from eshop.db import EVERYONE, AmountType, Database, ExactType, UtcDateTime, insert_rows, lock, merge_rows
from eshop.errors import BadInput, NotAllowed, NotFound
from eshop.identity import Deputyship, Gln, Institution, Municipality, User

SQLITE = Database("sqlite://").engine.dialect


@pytest.fixture
def two(database: Database) -> Database:
    """Two municipalities, 1 and 2, with an institution each."""
    with database.work(EVERYONE) as session:
        session.add_all([Municipality(cvr="11111111", name="Lindeå"), Municipality(cvr="22222222", name="Skovby")])
    for one in (1, 2):
        with database.work(one) as session:
            session.add(Institution(name=f"Børnehuset {one}", yearly_budget=Amount(100)))
    return database


@given(st.decimals(-(10**10), 10**10, places=8))
def test_exact_columns_give_back_what_they_took(value: Decimal) -> None:
    column = ExactType()
    assert column.process_result_value(column.process_bind_param(value, SQLITE), SQLITE) == value


@pytest.mark.parametrize(("value", "code"), [("0.000000001", "number_too_fine"), ("99999999999999", "number_too_long")])
def test_what_an_exact_column_cannot_hold_is_refused(value: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        ExactType().process_bind_param(Decimal(value), SQLITE)
    assert refused.value.code == code


def test_moments_need_a_zone_and_amounts_are_ore() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001
    moment = datetime(2026, 5, 12, 9, 20, tzinfo=UTC)
    kept = UtcDateTime().process_bind_param(moment, SQLITE)
    assert UtcDateTime().process_result_value(kept, SQLITE) == moment
    assert AmountType().process_bind_param(Amount(5), SQLITE) == 5


def test_no_update_is_lost(two: Database) -> None:
    """Eight people add 10 øre ten times each to the same row: 800 øre more, on both engines."""

    def add() -> None:
        for _ in range(10):
            with two.work(1) as session:
                place = lock(session, Institution, 1)
                place.yearly_budget = (place.yearly_budget or Amount(0)) + Amount(10)

    people = [threading.Thread(target=add) for _ in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with two.read(1) as session:
        assert session.get_one(Institution, 1).yearly_budget == Amount(900)


def test_a_unit_of_work_is_kept_whole_or_not_at_all(two: Database) -> None:
    with pytest.raises(RuntimeError), two.work(1) as session:
        session.add(Institution(name="halvt"))
        session.flush()
        raise RuntimeError
    with two.read(1) as session:
        assert session.scalar(select(func.count()).select_from(Institution)) == 1


def _seen_by_two(session: Session) -> dict[str, int]:
    """Every way to ask, from municipality 2; each must see its own one row and never the other's."""
    other = aliased(Institution)
    return {
        "entity": len(session.scalars(select(Institution)).all()),
        "column": len(session.scalars(select(Institution.name)).all()),
        "alias": len(session.scalars(select(other)).all()),
        "count": session.scalar(select(func.count()).select_from(Institution)),
        "count column": session.scalar(select(func.count(Institution.id))),
        "subquery": len(session.execute(select(select(Institution.id).subquery())).all()),
        "union": len(session.execute(select(Institution.id).union(select(other.id))).all()),
        "exists": session.scalar(
            select(func.count()).select_from(Institution).where(exists().where(other.id == 1, other.name.is_not(None)))
        )
        + 1,
        "join": len(session.execute(select(Institution).join(other, other.id != Institution.id)).all()) + 1,
    }


def test_every_way_to_ask_sees_ones_own_only(two: Database) -> None:
    with two.read(2) as session:
        assert _seen_by_two(session) == dict.fromkeys(_seen_by_two(session), 1)
        assert session.get(Institution, 1) is None
    with two.work(2) as session, pytest.raises(NotFound):
        lock(session, Institution, 1)


def test_nobody_changes_what_is_not_theirs(two: Database) -> None:
    with two.work(2) as session:
        session.execute(update(Institution).values(name="taget"))
        session.execute(delete(Institution).where(Institution.id == 1))
    with two.read(1) as session:
        assert session.get_one(Institution, 1).name == "Børnehuset 1"
    for code, stray in (
        ("other_municipality", lambda session: session.add(Institution(name="x", municipality_id=1))),
        ("unstamped_insert", lambda session: session.execute(insert(Institution).values(name="x", municipality_id=1))),
        (
            "other_municipality",
            lambda session: insert_rows(session, Institution, [{"name": "x", "municipality_id": 1}]),
        ),
    ):
        with pytest.raises(NotAllowed) as refused, two.work(2) as session:
            stray(session)
            session.flush()
        assert refused.value.code == code


def test_a_session_without_a_scope_sees_and_writes_nothing(two: Database) -> None:
    with Session(two.engine) as session:
        with pytest.raises(NotAllowed, match="no_scope"):
            session.scalars(select(Institution)).all()
        with pytest.raises(NotAllowed, match="no_scope"):
            session.execute(insert(Institution).values(name="x"))
        session.add(Institution(name="x"))
        with pytest.raises(NotAllowed, match="no_scope"):
            session.flush()


def test_everyone_is_a_word_one_has_to_write(two: Database) -> None:
    with two.read(EVERYONE) as session:
        assert session.scalar(select(func.count()).select_from(Institution)) == 2
    with pytest.raises(NotAllowed, match="no_municipality"), two.work(EVERYONE) as session:
        session.add(Institution(name="whose?"))


def test_rows_are_stamped_in_bulk_and_one_by_one(two: Database) -> None:
    with two.work(2) as session:
        user = User(login="lone", name="Lone")
        session.add(user)
        session.flush()
        insert_rows(session, Gln, [{"gln": "5790000000005", "institution_id": 2}])
        session.add(
            Deputyship(
                principal_id=user.id,
                deputy_id=user.id,
                valid_from=date(2026, 1, 1),
                valid_to=date(2026, 1, 2),
                reason="",
            )
        )
    with two.read(EVERYONE) as session:
        assert session.scalars(select(Gln.municipality_id)).all() == [2]
        assert session.scalars(select(User.municipality_id)).all() == [2]


def test_rows_that_are_there_are_added_to(two: Database) -> None:
    columns = ("municipality_id", "text", "reversed", "lines")
    for lines in (2, 3):
        with two.work(1) as session:
            merge_rows(
                session,
                Word,
                columns,
                [(1, "saeb", "beas", lines), (1, f"ny{lines}", f"{lines}yn", 1)],
                "lines = word.lines + excluded.lines",
            )
    with two.read(1) as session:
        found = {word.text: word.lines for word in session.scalars(select(Word))}
    assert found == {"saeb": 5, "ny2": 1, "ny3": 1}
    with pytest.raises(NotAllowed), two.work(1) as session:
        merge_rows(session, Word, columns, [(2, "saeb", "beas", 1)], "lines = excluded.lines")
