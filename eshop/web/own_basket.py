"""The person's own basket, for reading: a GET makes none."""

from sqlalchemy import select

import ordering
from eshop.web.guards import Visit


def own_basket(visit: Visit) -> ordering.Basket | None:
    """The basket for the institution the person acts for, if there is one yet."""
    if visit.unit is None:
        return None
    return visit.session.scalars(
        select(ordering.Basket).where(
            ordering.Basket.user_id == visit.person.id, ordering.Basket.institution_id == visit.unit.id
        )
    ).one_or_none()
