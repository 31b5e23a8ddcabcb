"""Who somebody is when they come in: the person, the roles they hold that day, their own and as deputy, and the units these reach.

Every page and every call of the API begins with it, so it is asked in one journey, by questions that are kept.
"""

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from eshop.errors import NotAllowed, NotFound
from eshop.identity import COPENHAGEN, Actor, Deputyship, Door, Grant, Institution, Municipality, Role, RoleGrant, User
from eshop.kept import Kept, KeptThings, ask_together


@dataclass(frozen=True, slots=True)
class Unit:
    """An institution by name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A person with every role they hold that day, who acts for no institution yet; and the active `units` they may act for, by name.

    `person` and `town` are plain rows with the columns of User and Municipality: most pages only read them. `user_of` and
    `municipality_of` make the things themselves of them."""

    person: Any
    town: Any
    actor: Actor
    units: Sequence[Unit]


_USER = KeptThings(User)
_MUNICIPALITY = KeptThings(Municipality)
_PERSON = Kept(
    select(*_USER.columns, *(column.label(f"town_{column.key}") for column in _MUNICIPALITY.columns)).where(
        Municipality.id == User.municipality_id, User.id == bindparam("user_id")
    )
)
_Town: Any = namedtuple("Town", [column.key for column in _MUNICIPALITY.columns])
_PRINCIPALS = Kept(
    select(Deputyship.principal_id).where(
        Deputyship.deputy_id == bindparam("user_id"),
        Deputyship.valid_from <= bindparam("day"),
        Deputyship.valid_to >= bindparam("day"),
    )
)
_GRANTS = Kept(
    select(RoleGrant.id, RoleGrant.role, RoleGrant.institution_id, RoleGrant.amount_limit, RoleGrant.user_id)
    .where(RoleGrant.user_id.in_(bindparam("people", expanding=True)))
    .order_by(RoleGrant.id)
)
_UNITS = Kept(
    select(Institution.id, Institution.parent_id, Institution.name, Institution.active).order_by(Institution.name)
)
_AS_DEPUTY: Final = frozenset({Role.APPROVER, Role.PURCHASING_LEAD, Role.FINANCE, Role.LOCAL_LEAD})
"""Only deciding is done for somebody else; nobody administers or audits as a deputy."""


def units_under(session: Session, institution_id: int) -> frozenset[int]:
    """The institution and every unit under it, in one query."""
    session.flush()
    return _under(_UNITS.rows(session), institution_id)


def _under(units: Sequence[Any], institution_id: int) -> frozenset[int]:
    below: dict[int, list[int]] = {}
    for unit in units:
        if unit.parent_id is not None:
            below.setdefault(unit.parent_id, []).append(unit.id)
    reached, waiting = {institution_id}, [institution_id]
    while waiting:
        fresh = [child for child in below.get(waiting.pop(), ()) if child not in reached]
        reached.update(fresh)
        waiting += fresh
    return frozenset(reached)


def sign_on(session: Session, user_id: int, at: datetime, door: Door) -> SignedOn | None:
    """The person, their own roles and those they are deputy for (one step: a deputy's deputy is nobody), in one journey; None where
    there is no such person in this municipality."""
    session.flush()
    day = at.astimezone(COPENHAGEN).date()
    people, principals, granted, units = ask_together(
        session,
        (_PERSON, {"user_id": user_id}),
        (_PRINCIPALS, {"user_id": user_id, "day": day}),
        (_GRANTS, {"people": [user_id]}),
        (_UNITS, {}),
    )
    if not people:
        return None
    person = people[0]
    town = _Town._make(person[len(_USER.columns) :])
    if principals:
        everybody = {user_id, *(row.principal_id for row in principals)}
        granted = _GRANTS.rows(session, people=sorted(everybody))
    grants = tuple(
        Grant(
            Role(row.role),
            None if row.institution_id is None else _under(units, row.institution_id),
            row.amount_limit,
            row.user_id,
        )
        for row in granted
        if row.user_id == user_id or row.role in _AS_DEPUTY
    )
    actor = Actor(
        person.id, person.name, person.municipality_id, None, at, door, grants, supplier_id=person.supplier_id
    )
    return SignedOn(person, town, actor, _reached(units, actor))


def user_of(session: Session, person: Any) -> User:
    """The person who has signed on, to be changed or handed to a room."""
    return _USER.of(session, person)


def municipality_of(session: Session, town: Any) -> Municipality:
    """Theirs, likewise."""
    return _MUNICIPALITY.of(session, town)


def actor_for(session: Session, user: User, institution_id: int | None, at: datetime, door: Door) -> Actor:
    """The person as Actor with every role they hold that day, their own and as deputy. NotAllowed `not_your_institution` where no role
    of theirs reaches the institution."""
    found = sign_on(session, user.id, at, door)
    if found is None:
        raise NotFound("not_found", thing="User", key=user.id)
    if institution_id is not None and not any(grant.reaches(institution_id) for grant in found.actor.roles):
        raise NotAllowed("not_your_institution", institution_id=institution_id)
    return replace(found.actor, institution_id=institution_id)


def institutions_of(session: Session, actor: Actor) -> Sequence[Unit]:
    """The institutions the actor may act for, by name. A supplier's person acts for none."""
    session.flush()
    return _reached(_UNITS.rows(session), actor)


def _reached(units: Sequence[Any], actor: Actor) -> Sequence[Unit]:
    if actor.supplier_id is not None:
        return ()
    active = [Unit(unit.id, unit.name) for unit in units if unit.active]
    if any(grant.institutions is None for grant in actor.roles):
        return active
    reached = frozenset[int]().union(*(grant.institutions or () for grant in actor.roles))
    return [unit for unit in active if unit.id in reached]
