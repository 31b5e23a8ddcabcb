"""The organisation and policy files of INTERFACES §2: a municipality, its institutions, its people and what it lets pass."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from eshop import audit
from eshop.amounts import Amount
from eshop.errors import BadInput
from eshop.identity import (
    Actor,
    DeliveryPoint,
    Gln,
    Institution,
    Municipality,
    Policy,
    Role,
    RoleGrant,
    User,
    grant_role,
    the_municipality,
    tie_to_supplier,
    valid_gln,
)


def _required(data: Mapping[str, Any], name: str, where: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput("missing_field", field=name, where=where)
    return value.strip()


def load_organisation(
    session: Session, data: Mapping[str, Any], by: Actor, supplier_ids: Mapping[str, int] | None = None
) -> Municipality:
    """The organisation file of INTERFACES §2 into the session's municipality: made or brought up to date, nothing removed.

    `supplier_ids` (CVR → id) are those that people with the role supplier may belong to: `"supplier": CVR` on the person.
    A GLN with a wrong check digit, an unknown parent, role or supplier: BadInput with the place in the file.
    """
    municipality = the_municipality(session)
    head = data.get("municipality", {})
    if "cvr" in head and head["cvr"] != municipality.cvr:
        raise BadInput("other_municipality_in_file", found=head["cvr"], expected=municipality.cvr)
    municipality.name = head.get("name", municipality.name)
    municipality.dimensions = head.get("dimensions", municipality.dimensions)
    municipality.default_coding = head.get("default_coding", municipality.default_coding)
    known = dict(session.execute(select(Gln.gln, Gln.institution_id)).all())
    by_key: dict[str, Institution] = {one.name: one for one in session.scalars(select(Institution))}
    by_id = {one.id: one for one in session.scalars(select(Institution))}
    by_key |= {gln: by_id[place] for gln, place in known.items()}
    for position, row in enumerate(data.get("institutions", ()), 1):
        where = f"institutions[{position}]"
        gln = _required(row, "gln", where)
        for number in (gln, *row.get("glns", ())):
            if not valid_gln(number):
                raise BadInput("bad_gln", gln=number, where=where)
        name = _required(row, "name", where)
        unit = by_id.get(known[gln]) if gln in known else None
        if unit is None:
            unit = Institution(name=name, municipality_id=municipality.id)
            session.add(unit)
            session.flush()
            by_id[unit.id] = unit
        unit.name = name
        unit.coding = row.get("coding") or unit.coding or {}
        unit.item_groups = row.get("item_groups", unit.item_groups)
        unit.address = row.get("address", unit.address) or {}
        if row.get("yearly_budget") is not None:
            unit.yearly_budget = Amount.of(row["yearly_budget"])
        by_key[name] = by_key[gln] = unit
        for number in (gln, *row.get("glns", ())):
            if known.get(number) != unit.id:
                known[number] = unit.id
                session.add(Gln(gln=number, institution_id=unit.id, municipality_id=municipality.id))
        _load_delivery_points(session, unit, row.get("delivery_points", ()), where)
    _load_parents(data.get("institutions", ()), by_key)
    session.flush()
    _load_people(session, municipality, data.get("people", ()), by_key, by, supplier_ids or {})
    counted = {part: len(data.get(part) or ()) for part in ("institutions", "people")}
    audit.record(session, "organisation_loaded", "municipality", municipality.id, by, **counted)
    return municipality


def _load_parents(rows: Iterable[Mapping[str, Any]], by_key: Mapping[str, Institution]) -> None:
    for position, row in enumerate(rows, 1):
        if row.get("parent"):
            if row["parent"] not in by_key:
                raise BadInput("unknown_institution", value=row["parent"], where=f"institutions[{position}].parent")
            by_key[row["gln"]].parent_id = by_key[row["parent"]].id


def _load_delivery_points(session: Session, unit: Institution, rows: Iterable[Any], where: str) -> None:
    present = {
        point.name: point
        for point in session.scalars(select(DeliveryPoint).where(DeliveryPoint.institution_id == unit.id))
    }
    for row in rows:
        point: Mapping[str, Any] = {"name": row} if isinstance(row, str) else row
        name = _required(point, "name", f"{where}.delivery_points")
        found = present.get(name)
        if found is None:
            found = DeliveryPoint(institution_id=unit.id, name=name, municipality_id=unit.municipality_id)
            session.add(found)
        found.address = point.get("address", found.address) or {}
        found.opening_days = point.get("opening_days", found.opening_days) or [1, 2, 3, 4, 5]


def _load_people(
    session: Session,
    municipality: Municipality,
    rows: Iterable[Mapping[str, Any]],
    by_key: Mapping[str, Institution],
    by: Actor,
    supplier_ids: Mapping[str, int],
) -> None:
    for position, row in enumerate(rows, 1):
        where = f"people[{position}]"
        login = _required(row, "user", where)
        user = session.scalars(select(User).where(User.login == login)).one_or_none()
        if user is None:
            user = User(login=login, name=row.get("name") or login, municipality_id=municipality.id)
            session.add(user)
        user.name = row.get("name") or user.name
        user.email = row.get("email", user.email)
        session.flush()
        if row.get("supplier"):
            if str(row["supplier"]) not in supplier_ids:
                raise BadInput("suppliers_person_of_none", value=str(row["supplier"]), where=where)
            tie_to_supplier(session, user, supplier_ids[str(row["supplier"])], by)
        for given in row.get("roles", ()):
            try:
                role = Role(given["role"])
            except (KeyError, ValueError) as error:
                raise BadInput("unknown_role", value=str(given.get("role")), known=[*Role], where=where) from error
            place = given.get("institution")
            if place and place not in by_key:
                raise BadInput("unknown_institution", value=place, where=where)
            limit = None if given.get("limit") is None else Amount.of(given["limit"])
            grant_role(session, user, role, by_key[place].id if place else None, by, limit)


def load_policy(session: Session, data: Mapping[str, Any], by: Actor) -> Policy:
    """The policy file of INTERFACES §2 for the session's municipality: what it names is set, the rest stays as it is.

    BadInput `unknown_field`, `expected_true_or_false`, `not_a_number`, `amount_too_fine`; the change is in the audit trail.
    """
    municipality = the_municipality(session)
    before = municipality.policy.as_json()
    policy = Policy.of({**before, **data})
    municipality.policy_data = policy.as_json()
    if municipality.policy_data != before:
        after = municipality.policy_data
        audit.record(session, "policy_changed", "municipality", municipality.id, by, before=before, after=after)
    return policy


def organisation_as_json(session: Session, supplier_cvrs: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The organisation file again, as `load_organisation` reads it. `supplier_cvrs` (id → CVR) name those that people belong to."""
    cvrs = supplier_cvrs or {}
    municipality = the_municipality(session)
    units = list(session.scalars(select(Institution).order_by(Institution.id)))
    glns: dict[int, list[str]] = {}
    for place, gln in session.execute(select(Gln.institution_id, Gln.gln).order_by(Gln.id)):
        glns.setdefault(place, []).append(gln)
    points: dict[int, list[dict[str, Any]]] = {}
    for point in session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)):
        points.setdefault(point.institution_id, []).append(
            {"name": point.name, "address": point.address, "opening_days": point.opening_days}
        )
    first = {unit.id: glns[unit.id][0] for unit in units if unit.id in glns}
    roles: dict[int, list[dict[str, Any]]] = {}
    for grant in session.scalars(select(RoleGrant).order_by(RoleGrant.id)):
        roles.setdefault(grant.user_id, []).append(
            {
                "role": grant.role,
                "institution": first.get(grant.institution_id) if grant.institution_id else None,
                "limit": None if grant.amount_limit is None else str(grant.amount_limit),
            }
        )
    people = [
        {"user": user.login, "name": user.name, "email": user.email, "roles": roles.get(user.id, [])}
        | ({"supplier": cvrs[user.supplier_id]} if user.supplier_id is not None and user.supplier_id in cvrs else {})
        for user in session.scalars(select(User).order_by(User.id))
    ]
    return {
        "municipality": {
            "cvr": municipality.cvr,
            "name": municipality.name,
            "dimensions": municipality.dimensions,
            "default_coding": municipality.default_coding,
        },
        "institutions": [
            {
                "gln": first[unit.id],
                "name": unit.name,
                "parent": first.get(unit.parent_id) if unit.parent_id else None,
                "glns": glns[unit.id],
                "delivery_points": points.get(unit.id, []),
                "coding": unit.coding,
                "item_groups": unit.item_groups,
                "yearly_budget": None if unit.yearly_budget is None else str(unit.yearly_budget),
                "address": unit.address,
            }
            for unit in units
            if unit.id in first
        ],
        "people": people,
    }
