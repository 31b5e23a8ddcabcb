"""People and units as the administrator keeps them: roles and their separation, deputies, sign-in, EAN-numre that move."""

from datetime import timedelta

import pytest

from eshop import audit, people, units
from eshop.amounts import Amount
from eshop.db import Database
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Role, User, check_password, institution_by_gln, main_gln, may
from tests import builders
from tests.builders import TODAY, Town


@pytest.fixture
def town(database: Database) -> Town:
    made = builders.town(database)
    with made.work() as session:
        made.people["ada"] = builders.person(session, "Ada Ravn", (Role.ADMINISTRATOR, None)).id
        made.people["eva"] = builders.person(session, "Eva Lind", (Role.ADMINISTRATOR, None)).id
    return made


def test_a_role_given_works_from_the_next_act_and_a_role_taken_does_not(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        new = people.add_person(session, " Rie ", "Rie Holst", "rie@lindeaa.example", ada)
        assert new.login == "rie"
        grant = people.give_role(session, new, Role.APPROVER, town.places["mælkevejen"], ada, Amount.of("5000"))
        town.people["rie"] = new.id
        assert may(town.by(session, "rie"), "approve", town.places["mælkevejen"])
        people.take_role(session, grant.id, ada)
        with pytest.raises(NotAllowed):
            town.by(session, "rie")
        events = [one.event for one in audit.history(session, "user", new.id)]
        assert events == ["person_added", "role_given", "role_taken"]


def test_administering_and_buying_are_kept_apart_and_the_refusal_says_who_can(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        me = session.get_one(User, town.people["ada"])
        with pytest.raises(NotAllowed) as apart:
            people.give_role(session, me, Role.FINANCE, None, ada)
        assert apart.value.code == "separation_of_duties"
        soeren = session.get_one(User, town.people["soeren"])
        with pytest.raises(NotAllowed, match="separation_of_duties"):
            people.give_role(session, soeren, Role.ADMINISTRATOR, None, ada)
        held = people.get_person(session, soeren.id, ada).held
        assert Role.ADMINISTRATOR not in people.may_be_given(held)
        assert Role.AUDITOR in people.may_be_given(held)


def test_nobody_but_an_administrator_changes_people(town: Town) -> None:
    with town.work() as session:
        kim = town.by(session, "kim", None)
        assert people.directory(session, kim)
        with pytest.raises(NotAllowed):
            people.add_person(session, "x", "X", None, kim)
        with pytest.raises(NotAllowed):
            people.directory(session, town.by(session, "mette"))


def test_the_last_administrator_stays(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        with pytest.raises(Conflict, match="own_access"):
            people.deactivate(session, session.get_one(User, town.people["ada"]), ada)
        people.deactivate(session, session.get_one(User, town.people["eva"]), ada)
        [own] = people.get_person(session, town.people["ada"], ada).held
        with pytest.raises(Conflict, match="last_administrator"):
            people.take_role(session, own.grant_id, ada)


def test_somebody_deactivated_loses_sessions_and_keeps_what_they_did(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        mette = session.get_one(User, town.people["mette"])
        words = people.new_password(session, mette, ada)
        assert check_password(mette, words)
        epoch = mette.session_epoch
        people.deactivate(session, mette, ada)
        assert mette.session_epoch > epoch
        with pytest.raises(Conflict, match="person_not_active"):
            people.new_password(session, mette, ada)
        people.reactivate(session, mette, ada)
        assert people.directory(session, ada, "mett")[0].user.id == mette.id


def test_a_deputy_decides_for_a_time_and_not_after(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        jens, omar = (session.get_one(User, town.people[name]) for name in ("jens", "omar"))
        with pytest.raises(BadInput, match="deputy_is_self"):
            people.set_deputy(session, jens, jens, TODAY, TODAY, "ferie", ada)
        with pytest.raises(BadInput, match="ends_before_it_begins"):
            people.set_deputy(session, jens, omar, TODAY, TODAY - timedelta(days=1), "ferie", ada)
        people.set_deputy(session, jens, omar, TODAY, TODAY + timedelta(days=7), "ferie", town.by(session, "jens"))
        assert may(town.by(session, "omar"), "approve", town.places["mælkevejen"])
        [standing] = people.deputies(session, jens.id, TODAY)
        people.end_deputy(session, standing.id, ada)
        assert not may(town.by(session, "omar"), "approve", town.places["mælkevejen"])


@pytest.mark.parametrize(
    ("role", "place", "limit", "code"),
    [
        (Role.FINANCE, "mælkevejen", None, "role_is_everywhere"),
        (Role.ORDERER, "mælkevejen", "100", "limit_not_for_role"),
        (Role.APPROVER, "mælkevejen", "-1", "limit_not_for_role"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(
    town: Town, role: Role, place: str, limit: str | None, code: str
) -> None:
    with town.work() as session, pytest.raises(BadInput) as refused:
        people.give_role(
            session, session.get_one(User, town.people["peter"]), role, town.places[place],
            town.by(session, "ada", None), None if limit is None else Amount.of(limit),
        )  # fmt: skip
    assert refused.value.code == code


# --- units ----------------------------------------------------------------------------------------------------------------


def test_an_ean_number_moves_on_a_day_and_yesterdays_invoice_finds_yesterdays_unit(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        nursery = units.get_unit(session, town.places["mælkevejen"], ada)
        other = units.get_unit(session, town.places["solsikken"], ada)
        number = str(main_gln(session, nursery.id))
        with pytest.raises(BadInput, match="gln_in_use"):
            units.add_gln(session, other, number, None, ada)
        with pytest.raises(BadInput, match="bad_gln"):
            units.add_gln(session, other, "5798001234560", None, ada)
        units.add_gln(session, nursery, builders.gln(777), None, ada)
        units.add_gln(session, other, number, TODAY, ada)
        assert institution_by_gln(session, number, TODAY - timedelta(days=1)).id == nursery.id  # type: ignore[union-attr]
        assert institution_by_gln(session, number, TODAY).id == other.id  # type: ignore[union-attr]


def test_a_unit_keeps_one_number_and_cannot_stand_under_itself(town: Town) -> None:
    with town.work() as session:
        ada = town.by(session, "ada", None)
        children = units.get_unit(session, town.places["børn"], ada)
        [only] = units.glns_of(session, children.id)
        with pytest.raises(Conflict, match="last_gln"):
            units.end_gln(session, only.id, TODAY, ada)
        with pytest.raises(BadInput, match="unit_under_itself"):
            units.change_unit(session, children, {"parent_id": town.places["mælkevejen"]}, ada)
        with pytest.raises(Conflict, match="units_below"):
            units.close_unit(session, children, ada)
        with pytest.raises(BadInput, match="bad_item_group"):
            units.change_unit(session, children, {"item_groups": ["mad"]}, ada)
        units.change_unit(session, children, {"item_groups": ["5020"], "yearly_budget": Amount.of("1000")}, ada)
        depths = [(one.institution.name, one.depth) for one in units.list_units(session, ada)]
        assert depths[0] == ("Børn og Unge", 0)
        assert ("Børnehuset Mælkevejen", 1) in depths
