"""The units of a municipality as the administrator keeps them: place under another, EAN-numre, delivery points, coding, item groups.

A unit is closed, never deleted: orders, invoices and postings point at it. An EAN-nummer moves with a date, so that yesterday's invoice
still finds yesterday's unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from eshop import audit
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import Actor, DeliveryPoint, Gln, Institution, RoleGrant, require, valid_gln
from eshop.signing_on import units_under


@dataclass(frozen=True, slots=True)
class Unit:
    """An institution as a row of the list: how deep it lies, its present main EAN-nummer, how many people have a role there."""

    institution: Institution
    depth: int
    gln: str | None
    people: int


def list_units(session: Session, by: Actor, *, closed: bool = False) -> list[Unit]:
    """Each unit under the one above it, by name. Three queries, however many units."""
    require(by, "see_people")
    every = list(session.scalars(select(Institution).where(Institution.active != closed).order_by(Institution.name)))
    there = {one.id for one in every}
    glns: dict[int, str] = {}
    for place, number in session.execute(
        select(Gln.institution_id, Gln.gln)
        .where(or_(Gln.valid_to.is_(None), Gln.valid_to >= by.today))
        .order_by(Gln.id)
    ):
        glns.setdefault(place, number)
    counts = dict(
        session.execute(
            select(RoleGrant.institution_id, func.count(RoleGrant.user_id.distinct())).group_by(
                RoleGrant.institution_id
            )
        ).all()
    )
    below: dict[int | None, list[Institution]] = {}
    for one in every:
        below.setdefault(one.parent_id if one.parent_id in there else None, []).append(one)
    found: list[Unit] = []
    waiting = [(one, 0) for one in reversed(below.get(None, []))]
    while waiting:
        one, depth = waiting.pop()
        found.append(Unit(one, depth, glns.get(one.id), counts.get(one.id, 0)))
        waiting += [(child, depth + 1) for child in reversed(below.get(one.id, []))]
    return found


def get_unit(session: Session, institution_id: int, by: Actor) -> Institution:
    """NotFound where it is not this municipality's."""
    require(by, "see_people")
    found = session.scalars(select(Institution).where(Institution.id == institution_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Institution", key=institution_id)
    return found


def glns_of(session: Session, institution_id: int) -> list[Gln]:
    return list(session.scalars(select(Gln).where(Gln.institution_id == institution_id).order_by(Gln.id)))


def delivery_points_of(session: Session, institution_id: int) -> list[DeliveryPoint]:
    return list(
        session.scalars(
            select(DeliveryPoint).where(DeliveryPoint.institution_id == institution_id).order_by(DeliveryPoint.id)
        )
    )


def add_unit(session: Session, name: str, gln: str, parent_id: int | None, by: Actor) -> Institution:
    """BadInput `write_a_name`, `bad_gln`, `gln_in_use`; NotFound for a parent that is not ours."""
    require(by, "manage_people")
    if not name.strip():
        raise BadInput("write_a_name")
    if parent_id is not None:
        get_unit(session, parent_id, by)
    unit = Institution(name=name.strip()[:200], parent_id=parent_id)
    session.add(unit)
    session.flush()
    audit.record(session, "unit_added", "institution", unit.id, by)
    add_gln(session, unit, gln, None, by)
    return unit


def change_unit(session: Session, unit: Institution, wanted: Mapping[str, Any], by: Actor) -> None:
    """Any of `name`, `parent_id`, `coding` (dimension → value), `item_groups` (UNSPSC prefixes, None is all), `yearly_budget`, `address`.

    BadInput `write_a_name`, `unit_under_itself`, `bad_item_group`, `negative_budget`, `unknown_field`."""
    require(by, "manage_people")
    for name in wanted:
        if name not in CHANGEABLE:
            raise BadInput("unknown_field", field=name)
    if "name" in wanted and not str(wanted["name"]).strip():
        raise BadInput("write_a_name")
    parent = wanted.get("parent_id")
    if parent is not None and parent != unit.parent_id:
        get_unit(session, parent, by)
        if parent in units_under(session, unit.id):
            raise BadInput("unit_under_itself")
    budget = wanted.get("yearly_budget")
    if budget is not None and budget.ore < 0:
        raise BadInput("negative_budget", amount=budget)
    for group in wanted.get("item_groups") or ():
        if not (group.isascii() and group.isdigit() and len(group) <= 8):
            raise BadInput("bad_item_group", value=group)
    changed = [name for name, value in wanted.items() if getattr(unit, name) != value]
    for name in changed:
        setattr(unit, name, wanted[name])
    if changed:
        audit.record(session, "unit_changed", "institution", unit.id, by, fields=sorted(changed))


CHANGEABLE = frozenset({"name", "parent_id", "coding", "item_groups", "yearly_budget", "address"})


def add_gln(session: Session, unit: Institution, gln: str, valid_from: date | None, by: Actor) -> Gln:
    """From a day, or for as long as anybody knows. Where another unit has it until then, it moves on that day.

    BadInput `bad_gln`, `gln_in_use` where it would be two units' on one day."""
    require(by, "manage_people")
    gln = gln.replace(" ", "")
    if not valid_gln(gln):
        raise BadInput("bad_gln", gln=gln, where="unit")
    for other in session.scalars(select(Gln).where(Gln.gln == gln)):
        if other.valid_to is not None and (valid_from is None or other.valid_to < valid_from):
            continue
        if other.institution_id == unit.id or valid_from is None or (other.valid_from or date.min) >= valid_from:
            raise BadInput("gln_in_use", gln=gln)
        other.valid_to = valid_from - timedelta(days=1)
    made = Gln(gln=gln, institution_id=unit.id, valid_from=valid_from)
    session.add(made)
    session.flush()
    audit.record(
        session, "gln_added", "institution", unit.id, by, gln=gln, valid_from=valid_from and valid_from.isoformat()
    )
    return made


def end_gln(session: Session, gln_id: int, last_day: date, by: Actor) -> int:
    """The number is the unit's until that day, included. Conflict `last_gln` where it would have none after it; NotFound."""
    require(by, "manage_people")
    found = session.scalars(select(Gln).where(Gln.id == gln_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Gln", key=gln_id)
    others = [
        one
        for one in glns_of(session, found.institution_id)
        if one.id != found.id and (one.valid_to is None or one.valid_to > last_day)
    ]
    if not others:
        raise Conflict("last_gln", gln=found.gln)
    found.valid_to = last_day
    audit.record(
        session, "gln_ended", "institution", found.institution_id, by, gln=found.gln, valid_to=last_day.isoformat()
    )
    return found.institution_id


def set_delivery_point(
    session: Session, unit: Institution, name: str, opening_days: Sequence[int], by: Actor
) -> DeliveryPoint:
    """A place goods are left, or new days for one of that name; days are ISO weekdays. BadInput `write_a_name`, `no_opening_days`."""
    require(by, "manage_people")
    name = name.strip()
    if not name:
        raise BadInput("write_a_name")
    days = sorted({day for day in opening_days if 1 <= day <= 7})
    if not days:
        raise BadInput("no_opening_days", name=name)
    point = next((one for one in delivery_points_of(session, unit.id) if one.name == name), None)
    if point is None:
        point = DeliveryPoint(institution_id=unit.id, name=name[:200], address={})
        session.add(point)
    point.opening_days = days
    session.flush()
    audit.record(session, "unit_changed", "institution", unit.id, by, fields=["delivery_points"])
    return point


def close_unit(session: Session, unit: Institution, by: Actor) -> None:
    """Nobody orders for it any more; what it has under way goes on. Conflict `units_below` where open units lie under it."""
    require(by, "manage_people")
    below = session.scalar(select(Institution.id).where(Institution.parent_id == unit.id, Institution.active).limit(1))
    if below is not None:
        raise Conflict("units_below", name=unit.name)
    unit.active = False
    audit.record(session, "unit_changed", "institution", unit.id, by, fields=["active"])


def reopen_unit(session: Session, unit: Institution, by: Actor) -> None:
    require(by, "manage_people")
    unit.active = True
    audit.record(session, "unit_changed", "institution", unit.id, by, fields=["active"])
