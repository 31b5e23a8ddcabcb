"""Where goods for an institution are left: its delivery points, each with an address and opening days of its own; the first is the usual.

A school, its after-school club and its kitchen may lie in different streets and be open on different days. What the order page shows is
what the supplier is told.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from eshop.errors import BadInput
from eshop.identity import DeliveryPoint, Institution
from ordering.delivery_dates import WORKDAYS


def delivery_points(session: Session, institution_id: int) -> list[DeliveryPoint]:
    """The institution's, the usual one first."""
    return list(
        session.scalars(
            select(DeliveryPoint).where(DeliveryPoint.institution_id == institution_id).order_by(DeliveryPoint.id)
        )
    )


def chosen_point(
    points: Sequence[DeliveryPoint], institution: Institution, wanted: int | str | None
) -> DeliveryPoint | None:
    """The point of that id or name, the usual one where none is wanted, None where the institution keeps none. BadInput
    `delivery_point_unknown` with those there are."""
    if wanted is None:
        return points[0] if points else None
    found = next((one for one in points if wanted in (one.id, one.name)), None)
    if found is None:
        names = [one.name for one in points]
        raise BadInput("delivery_point_unknown", wanted=wanted, institution=institution.name, places=names)
    return found


def open_on(point: DeliveryPoint | None) -> frozenset[int]:
    """The ISO weekdays on which goods can be left there; Monday to Friday where nothing is kept."""
    return frozenset(point.opening_days) if point is not None and point.opening_days else WORKDAYS


def opening_days(session: Session, institution_id: int, name: str | None = None) -> frozenset[int]:
    """The weekdays on which goods can be left at the institution's point of that name, else at its usual one."""
    points = delivery_points(session, institution_id)
    return open_on(next((one for one in points if one.name == name), points[0] if points else None))


def address_of(point: DeliveryPoint | None, institution: Institution) -> dict[str, str]:
    """The point's address, else the institution's: {"street", "postcode", "city"}, as far as they are known."""
    given: Mapping[str, str] = (point.address if point is not None else None) or institution.address or {}
    parts = {
        "street": " ".join(part for part in (given.get("street"), given.get("number")) if part),
        "postcode": given.get("postcode") or given.get("postal_code") or given.get("zip") or "",
        "city": given.get("city") or "",
    }
    return {name: value for name, value in parts.items() if value}


def told_to_supplier(point: DeliveryPoint | None, institution: Institution) -> dict[str, str]:
    """The order's `delivery`: {"name", "street", "postcode", "city"}. Nothing where goods go to the institution itself, which the order
    says anyhow."""
    if point is None:
        return {}
    place = address_of(point, institution)
    if point.name == institution.name and place == address_of(None, institution):
        return {}
    return {"name": point.name, **place}
