"""People of a municipality as the administrator keeps them: roles and limits, deputies, sign-in. Each verb leaves its audit event.

Separation of duties is decided here and in `identity.grant_role`, whichever door is used: what a person may not give themselves, another
administrator can, and the refusal says who (`who`). A municipality never loses its last administrator.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from eshop import audit
from eshop.amounts import Amount
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import (
    BUYING_OR_POSTING,
    Actor,
    Deputyship,
    Institution,
    Role,
    RoleGrant,
    User,
    grant_role,
    people_who_may,
    require,
    set_password,
)

SHORTEST_PASSWORD: Final = 10
WITH_A_LIMIT: Final = frozenset({Role.APPROVER})
"""Roles that may be held up to an amount."""
EVERYWHERE: Final = frozenset({Role.PURCHASING_LEAD, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles that are held for the whole municipality and nowhere in particular."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role as it is held: `place` None is the whole municipality."""

    grant_id: int
    role: Role
    institution_id: int | None
    place: str | None
    limit: Amount | None


@dataclass(frozen=True, slots=True)
class Person:
    user: User
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A deputyship with the names of both."""

    id: int
    principal: str
    principal_id: int
    deputy: str
    deputy_id: int
    valid_from: date
    valid_to: date
    reason: str


def directory(
    session: Session, by: Actor, text: str = "", *, active: bool = True, limit: int = 50, offset: int = 0
) -> list[Person]:
    """People by name; `text` is part of a name, sign-in or address. Two queries, however many people and roles."""
    require(by, "see_people")
    query = select(User).where(User.active == active).order_by(User.name, User.id)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')}%"
        query = query.where(or_(User.name.ilike(like), User.login.ilike(like), User.email.ilike(like)))
    users = list(session.scalars(query.limit(limit).offset(offset)))
    held = _held(session, [user.id for user in users])
    return [Person(user, tuple(held.get(user.id, ()))) for user in users]


def get_person(session: Session, user_id: int, by: Actor) -> Person:
    """NotFound where the person is not this municipality's."""
    require(by, "see_people")
    user = session.scalars(select(User).where(User.id == user_id)).one_or_none()
    if user is None:
        raise NotFound("not_found", thing="User", key=user_id)
    return Person(user, tuple(_held(session, [user.id]).get(user.id, ())))


def holders(session: Session, by: Actor) -> dict[Role, list[tuple[str, int]]]:
    """Who holds each role, (name, id) once per person, by name."""
    require(by, "see_people")
    rows = session.execute(
        select(RoleGrant.role, User.name, User.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(User.active)
        .order_by(User.name, User.id)
    )
    found: dict[Role, dict[tuple[str, int], None]] = {role: {} for role in Role}
    for role, name, user_id in rows:
        found[Role(role)][(name, user_id)] = None
    return {role: list(people) for role, people in found.items()}


def _held(session: Session, user_ids: Iterable[int]) -> dict[int, list[Held]]:
    rows = session.execute(
        select(RoleGrant, Institution.name)
        .outerjoin(Institution, Institution.id == RoleGrant.institution_id)
        .where(RoleGrant.user_id.in_(list(user_ids)))
        .order_by(RoleGrant.id)
    )
    found: dict[int, list[Held]] = {}
    for grant, place in rows:
        held = Held(grant.id, Role(grant.role), grant.institution_id, place, grant.amount_limit)
        found.setdefault(grant.user_id, []).append(held)
    return found


# --- people ---------------------------------------------------------------------------------------------------------------


def add_person(session: Session, login: str, name: str, email: str | None, by: Actor) -> User:
    """Somebody new, without roles and without a password. BadInput `write_a_login`, `write_a_name`, `login_taken`."""
    require(by, "manage_people")
    login, name = login.strip().lower(), name.strip()
    if not login:
        raise BadInput("write_a_login")
    if not name:
        raise BadInput("write_a_name")
    # A sign-in is one person's in the whole installation; that it is taken elsewhere is said no differently.
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise BadInput("login_taken", login=login)
    user = User(login=login[:120], name=name[:200], email=(email or "").strip() or None)
    session.add(user)
    session.flush()
    audit.record(session, "person_added", "user", user.id, by)
    return user


def change_person(session: Session, user: User, name: str, email: str | None, by: Actor) -> None:
    """BadInput `write_a_name`."""
    require(by, "manage_people")
    if not name.strip():
        raise BadInput("write_a_name")
    wanted = {"name": name.strip()[:200], "email": (email or "").strip() or None}
    changed = [field for field, value in wanted.items() if getattr(user, field) != value]
    for field in changed:
        setattr(user, field, wanted[field])
    if changed:
        audit.record(session, "person_changed", "user", user.id, by, fields=changed)


def deactivate(session: Session, user: User, by: Actor) -> None:
    """Ends the person's sessions and sign-in; what they did stays. Conflict `own_access`, `last_administrator`,
    `person_not_active`."""
    require(by, "manage_people")
    if not user.active:
        raise Conflict("person_not_active", name=user.name)
    if by.user_id == user.id:
        raise Conflict("own_access")
    _one_administrator_stays(session, user.id)
    user.active = False
    user.session_epoch = (user.session_epoch or 0) + 1
    audit.record(session, "person_deactivated", "user", user.id, by)


def reactivate(session: Session, user: User, by: Actor) -> None:
    require(by, "manage_people")
    if user.active:
        raise Conflict("person_active", name=user.name)
    user.active = True
    audit.record(session, "person_reactivated", "user", user.id, by)


def new_password(session: Session, user: User, by: Actor) -> str:
    """A password to begin with, shown once; the person's sessions end. Conflict `person_not_active`."""
    require(by, "manage_people")
    if not user.active:
        raise Conflict("person_not_active", name=user.name)
    words = "-".join(secrets.token_hex(2) for _ in range(3))
    set_password(user, words)
    audit.record(session, "password_set", "user", user.id, by)
    return words


def choose_password(session: Session, user: User, password: str, by: Actor) -> None:
    """The person's own, or the operator's by the command line. BadInput `password_too_short`."""
    if not by.is_system and by.user_id != user.id:
        raise NotAllowed("not_your_role", verb="password", roles=[], institution_id=None)
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput("password_too_short", least=SHORTEST_PASSWORD)
    set_password(user, password)
    audit.record(session, "password_set", "user", user.id, by)


# --- roles ----------------------------------------------------------------------------------------------------------------


def give_role(
    session: Session, user: User, role: Role, institution_id: int | None, by: Actor, limit: Amount | None = None
) -> RoleGrant:
    """Gives the role, or changes its limit. NotAllowed `own_role`, `separation_of_duties` (with who can); BadInput
    `role_is_everywhere`, `role_needs_a_place`, `limit_not_for_role`."""
    require(by, "manage_people")
    if role in EVERYWHERE and institution_id is not None:
        raise BadInput("role_is_everywhere", role=role)
    if limit is not None and (role not in WITH_A_LIMIT or limit.ore < 0):
        raise BadInput("limit_not_for_role", role=role)
    try:
        grant = grant_role(session, user, role, institution_id, by, limit)
    except NotAllowed as error:
        if error.code == "own_role":
            others = [one.name for one in people_who_may(session, "manage_people", None) if one.id != by.user_id]
            error.values["who"] = others[:3]
        raise
    audit.record(
        session, "role_given", "user", user.id, by,
        role=role.value, institution_id=institution_id, amount_limit=None if limit is None else str(limit),
    )  # fmt: skip
    return grant


def take_role(session: Session, grant_id: int, by: Actor) -> int:
    """Takes a role back and says from whom; their next page is without it. Conflict `last_administrator`; NotFound."""
    require(by, "manage_people")
    grant = session.scalars(select(RoleGrant).where(RoleGrant.id == grant_id)).one_or_none()
    if grant is None:
        raise NotFound("not_found", thing="RoleGrant", key=grant_id)
    if Role(grant.role) is Role.ADMINISTRATOR:
        _one_administrator_stays(session, grant.user_id)
    audit.record(session, "role_taken", "user", grant.user_id, by, role=grant.role, institution_id=grant.institution_id)
    session.delete(grant)
    return grant.user_id


def may_be_given(held: Iterable[Held]) -> list[Role]:
    """The roles that can stand beside those held: administering and buying or posting cannot."""
    roles = {one.role for one in held}
    return [
        role
        for role in Role
        if not (role in BUYING_OR_POSTING and Role.ADMINISTRATOR in roles)
        and not (role is Role.ADMINISTRATOR and roles & BUYING_OR_POSTING)
        and role is not Role.SUPPLIER
    ]


def _one_administrator_stays(session: Session, without: int) -> None:
    others = session.scalar(
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.ADMINISTRATOR.value, User.active, User.id != without)
        .limit(1)
    )
    held = session.scalar(
        select(RoleGrant.id).where(RoleGrant.user_id == without, RoleGrant.role == Role.ADMINISTRATOR.value).limit(1)
    )
    if held is not None and others is None:
        raise Conflict("last_administrator")


# --- deputies -------------------------------------------------------------------------------------------------------------


def set_deputy(
    session: Session, principal: User, deputy: User, valid_from: date, valid_to: date, reason: str, by: Actor
) -> Deputyship:
    """`deputy` acts for `principal` from a day to a day, both included. The principal may do it for themselves.

    BadInput `deputy_is_self`, `ends_before_it_begins`, `write_a_reason`."""
    if by.user_id != principal.id:
        require(by, "manage_people")
    if principal.id == deputy.id:
        raise BadInput("deputy_is_self")
    if valid_to < valid_from:
        raise BadInput("ends_before_it_begins", start=valid_from, end=valid_to)
    if not reason.strip():
        raise BadInput("write_a_reason")
    made = Deputyship(
        principal_id=principal.id, deputy_id=deputy.id, valid_from=valid_from, valid_to=valid_to, reason=reason.strip()
    )
    session.add(made)
    session.flush()
    audit.record(
        session, "deputy_set", "user", principal.id, by,
        deputy_id=deputy.id, valid_from=valid_from.isoformat(), valid_to=valid_to.isoformat(),
    )  # fmt: skip
    return made


def end_deputy(session: Session, deputyship_id: int, by: Actor) -> int:
    """From today on nobody's; what was done meanwhile stands. Says whose it was. NotFound."""
    found = session.scalars(select(Deputyship).where(Deputyship.id == deputyship_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Deputyship", key=deputyship_id)
    if by.user_id != found.principal_id:
        require(by, "manage_people")
    audit.record(session, "deputy_ended", "user", found.principal_id, by, deputy_id=found.deputy_id)
    session.delete(found)
    return found.principal_id


def deputies(session: Session, user_id: int, on: date) -> list[Standing]:
    """Those who stand in for the person and whom the person stands in for, now or later, soonest first."""
    rows = list(
        session.scalars(
            select(Deputyship)
            .where(or_(Deputyship.principal_id == user_id, Deputyship.deputy_id == user_id), Deputyship.valid_to >= on)
            .order_by(Deputyship.valid_from, Deputyship.id)
        )
    )
    people = {one for row in rows for one in (row.principal_id, row.deputy_id)}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    return [
        Standing(
            row.id, names[row.principal_id], row.principal_id, names[row.deputy_id], row.deputy_id,
            row.valid_from, row.valid_to, row.reason,
        )
        for row in rows
    ]  # fmt: skip
