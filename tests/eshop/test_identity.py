"""Who may what, where: roles reach downwards, deputies one step, and duties stay separate."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from eshop.amounts import Amount
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput, NotAllowed
from eshop.identity import (
    PERMISSIONS,
    Actor,
    Deputyship,
    Institution,
    Municipality,
    Policy,
    Role,
    User,
    check_password,
    grant_role,
    institution_by_gln,
    may,
    people_who_may,
    require,
    set_password,
    valid_gln,
)
from eshop.organisation import load_organisation, organisation_as_json
from eshop.signing_on import actor_for, institutions_of

NOON = datetime(2026, 5, 12, 12, tzinfo=UTC)
OPERATOR = Actor.system(1, NOON, "cli")
ORGANISATION = {
    "municipality": {
        "cvr": "11111111",
        "name": "Lindeå Kommune",
        "dimensions": ["function", "cost_centre", "art"],
        "default_coding": {"function": "5.25.14.1", "cost_centre": "9999", "art": "2.9"},
    },
    "institutions": [
        {"gln": "5798001234566", "name": "Dagtilbud Nord"},
        {
            "gln": "5798001234573",
            "name": "Børnehuset Mælkevejen",
            "parent": "5798001234566",
            "glns": ["5798001234580"],
            "delivery_points": ["Køkkenet", {"name": "Kontoret", "opening_days": [1, 3]}],
            "coding": {"cost_centre": "1234"},
            "item_groups": ["14", "47"],
            "yearly_budget": "64000.00",
        },
        {"gln": "5798001234597", "name": "Plejecenter Solgården"},
    ],
    "people": [
        {
            "user": "mette",
            "name": "Mette K.",
            "email": "mette@lindeaa.example",
            "roles": [{"role": "orderer", "institution": "5798001234573"}],
        },
        {
            "user": "jens",
            "name": "Jens Holm",
            "roles": [{"role": "approver", "institution": "5798001234566", "limit": "50000.00"}],
        },
        {"user": "bo", "name": "Bo", "roles": [{"role": "approver"}]},
        {"user": "soeren", "name": "Søren", "roles": [{"role": "finance"}]},
        {"user": "admin", "name": "Admin", "roles": [{"role": "administrator"}]},
    ],
}


@pytest.fixture
def lindeaa(database: Database) -> Database:
    with database.work(EVERYONE) as session:
        session.add(Municipality(cvr="11111111", name="?"))
    with database.work(1) as session:
        load_organisation(session, ORGANISATION, OPERATOR)
    return database


def _user(session, login: str) -> User:
    return session.scalars(select(User).where(User.login == login)).one()


def _place(session, name: str) -> int:
    return session.scalars(select(Institution.id).where(Institution.name == name)).one()


def test_the_organisation_is_loaded_twice_and_written_out_the_same(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        load_organisation(session, ORGANISATION, OPERATOR)
    with lindeaa.read(1) as session:
        out = organisation_as_json(session)
        assert out["municipality"] == ORGANISATION["municipality"]
        assert [row["name"] for row in out["institutions"]] == [row["name"] for row in ORGANISATION["institutions"]]
        assert out["institutions"][1]["glns"] == ["5798001234573", "5798001234580"]
        assert out["institutions"][1]["parent"] == "5798001234566"
        assert out["people"][1]["roles"] == ORGANISATION["people"][1]["roles"]
    with lindeaa.work(1) as session:
        load_organisation(session, out, OPERATOR)
    with lindeaa.read(1) as session:
        assert organisation_as_json(session) == out


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"municipality": {"cvr": "99999999"}}, "other_municipality_in_file"),
        ({"institutions": [{"gln": "5798001234561", "name": "x"}]}, "bad_gln"),
        ({"institutions": [{"gln": "5798001234566"}]}, "missing_field"),
        ({"institutions": [{"gln": "5798001234566", "name": "x", "parent": "nowhere"}]}, "unknown_institution"),
        ({"people": [{"user": "x", "roles": [{"role": "king"}]}]}, "unknown_role"),
        ({"people": [{"user": "x", "roles": [{"role": "orderer", "institution": "1"}]}]}, "unknown_institution"),
    ],
)
def test_a_bad_organisation_file_says_where_and_leaves_the_database_as_it_was(lindeaa: Database, change, code) -> None:
    with lindeaa.read(1) as session:
        before = organisation_as_json(session)
    with pytest.raises(BadInput) as refused, lindeaa.work(1) as session:
        load_organisation(session, change, OPERATOR)
    assert refused.value.code == code
    with lindeaa.read(1) as session:
        assert organisation_as_json(session) == before


def test_a_role_reaches_the_units_under_it_and_no_other(lindeaa: Database) -> None:
    with lindeaa.read(1) as session:
        north, house, home = (
            _place(session, name) for name in ("Dagtilbud Nord", "Børnehuset Mælkevejen", "Plejecenter Solgården")
        )
        jens = actor_for(session, _user(session, "jens"), house, NOON, "web")
        assert may(jens, "approve", house)
        assert may(jens, "approve", north)
        assert not may(jens, "approve", home)
        assert not may(jens, "decide_invoice")
        assert [one.name for one in institutions_of(session, jens)] == ["Børnehuset Mælkevejen", "Dagtilbud Nord"]
        with pytest.raises(NotAllowed, match="not_your_institution"):
            actor_for(session, _user(session, "jens"), home, NOON, "web")
        mette = actor_for(session, _user(session, "mette"), house, NOON, "web")
        with pytest.raises(NotAllowed, match="not_your_role"):
            require(mette, "approve", house)
        assert [user.name for user in people_who_may(session, "approve", house)] == ["Jens Holm", "Bo"]


def test_a_deputy_acts_in_the_period_and_a_deputys_deputy_never(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        jens, mette, soeren = (_user(session, login) for login in ("jens", "mette", "soeren"))
        for principal, deputy in ((jens, mette), (mette, soeren)):
            session.add(
                Deputyship(
                    principal_id=principal.id,
                    deputy_id=deputy.id,
                    valid_from=date(2026, 5, 12),
                    valid_to=date(2026, 5, 12),
                    reason="ferie",
                )
            )
    with lindeaa.read(1) as session:
        house = _place(session, "Børnehuset Mælkevejen")
        now = actor_for(session, _user(session, "mette"), house, NOON, "web")
        assert [grant.of for grant in now.roles if grant.role is Role.APPROVER] == [_user(session, "jens").id]
        late = actor_for(session, _user(session, "mette"), house, datetime(2026, 5, 12, 22, 1, tzinfo=UTC), "web")
        assert not may(late, "approve", house)  # the 13th in Denmark
        chained = actor_for(session, _user(session, "soeren"), None, NOON, "web")
        assert not may(chained, "approve", house)


def test_an_administrator_neither_buys_nor_posts(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        admin, soeren = _user(session, "admin"), _user(session, "soeren")
        by = actor_for(session, admin, None, NOON, "web")
        for role in (Role.ORDERER, Role.FINANCE, Role.APPROVER, Role.PURCHASING_LEAD, Role.LOCAL_LEAD):
            with pytest.raises(NotAllowed, match="separation_of_duties"):
                grant_role(session, admin, role, None, by)
        with pytest.raises(NotAllowed, match="separation_of_duties"):
            grant_role(session, soeren, Role.ADMINISTRATOR, None, by)
        grant_role(session, admin, Role.AUDITOR, None, by)


def test_every_permission_names_a_role() -> None:
    assert all(PERMISSIONS.values())
    assert not any(Role.AUDITOR in roles for verb, roles in PERMISSIONS.items() if not verb.startswith("see_"))
    assert not any(
        Role.ADMINISTRATOR in PERMISSIONS[verb] for verb in ("order", "approve", "decide_invoice", "receive")
    )


def test_a_gln_is_found_and_checked(lindeaa: Database) -> None:
    assert valid_gln("5790010000019")
    assert not valid_gln("5790010000018")
    assert not valid_gln("579001000001")
    with lindeaa.read(1) as session:
        assert institution_by_gln(session, "5798001234580").name == "Børnehuset Mælkevejen"
        assert institution_by_gln(session, "5790010000019") is None


def test_passwords_are_hashed_and_a_new_one_ends_old_sessions(lindeaa: Database) -> None:
    with lindeaa.work(1) as session:
        mette = _user(session, "mette")
        set_password(mette, "blåbær")
        epoch = mette.session_epoch
        assert "blåbær" not in mette.password_hash
        assert check_password(mette, "blåbær")
        assert not check_password(mette, "hindbær")
        assert not check_password(None, "nobody has this password")
        set_password(mette, "hindbær")
        assert mette.session_epoch > epoch
        with pytest.raises(BadInput, match="password_too_short"):
            set_password(mette, "abc")


def test_the_policy_file_is_read_and_written() -> None:
    data = {
        "price_tolerance_percent": "1.0",
        "price_tolerance_amount_per_line": "10.00",
        "cumulative_per_order": None,
        "post_without_reference": False,
        "sample_percent": "0",
    }
    policy = Policy.of(data)
    assert policy.price_tolerance_amount_per_line == Amount.of("10")
    assert policy.cumulative_per_order is None
    assert Policy.of(policy.as_json()) == policy
    for bad, code in (({"prce": "1"}, "unknown_field"), ({"vat_must_equal_order": "yes"}, "expected_true_or_false")):
        with pytest.raises(BadInput, match=code):
            Policy.of(bad)
