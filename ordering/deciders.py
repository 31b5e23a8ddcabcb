"""Who holds a deciding role that reaches an institution, their own or as deputy, for one institution or many at once."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from eshop.identity import Deputyship, Institution, Role, RoleGrant, User
from ordering.approval import STAND_IN, Candidate


def candidates(session: Session, institution_id: int, on: date) -> list[Candidate]:
    """Everybody who could decide at the institution that day, in three queries; see `candidates_of`."""
    return candidates_of(session, {institution_id}, on)[institution_id]


def candidates_of(session: Session, institution_ids: Iterable[int], on: date) -> dict[int, list[Candidate]]:
    """Institution → everybody whose deciding role reaches it that day, in three queries for any number of institutions. A role held
    higher up reaches down; `distance` counts the steps. A deputy holds what the principal holds, one step: a deputy's deputy is
    nobody."""
    wanted = set(institution_ids)
    parents = dict(session.execute(select(Institution.id, Institution.parent_id)).all())
    chains = {one: _chain(one, parents) for one in wanted}
    places = {place for chain in chains.values() for place in chain if place is not None}
    deciding = sorted({role.value for roles in STAND_IN.values() for role in roles})
    held = session.execute(
        select(RoleGrant.user_id, User.name, RoleGrant.role, RoleGrant.institution_id, RoleGrant.amount_limit)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.role.in_(deciding),
            User.active,
            or_(RoleGrant.institution_id.is_(None), RoleGrant.institution_id.in_(places)),
        )
        .order_by(RoleGrant.id)
    ).all()
    deputies = session.execute(
        select(Deputyship.principal_id, Deputyship.deputy_id, User.name)
        .join(User, User.id == Deputyship.deputy_id)
        .where(
            Deputyship.principal_id.in_({row.user_id for row in held}),
            Deputyship.valid_from <= on,
            Deputyship.valid_to >= on,
            User.active,
        )
        .order_by(Deputyship.id)
    ).all()
    found: dict[int, list[Candidate]] = {}
    for one, chain in chains.items():
        own = [
            Candidate(user_id, name, Role(role), chain[place], limit)
            for user_id, name, role, place, limit in held
            if place in chain
        ]
        found[one] = own + [
            Candidate(deputy_id, name, role.role, role.distance, role.limit, role.user_id, role.name)
            for principal_id, deputy_id, name in deputies
            for role in own
            if role.user_id == principal_id
        ]
    return found


def _chain(institution_id: int, parents: dict[int, int | None]) -> dict[int | None, int]:
    """The institution, what it is under, and the whole municipality (None), with their distance: {7: 0, 3: 1, None: 2}."""
    steps: dict[int | None, int] = {}
    at: int | None = institution_id
    while at is not None and at not in steps:
        steps[at] = len(steps)
        at = parents.get(at)
    return {**steps, None: len(steps)}
