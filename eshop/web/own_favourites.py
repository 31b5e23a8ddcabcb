"""Which items are the person's favourites, read once for a page."""

import ordering
from eshop.web.guards import Visit


def favourite_ids(visit: Visit) -> frozenset[int]:
    """The items on the person's own list of favourites."""
    known: frozenset[int] | None = getattr(visit, "favourite_ids", None)
    if known is None:
        lines = [one.lines for one in ordering.my_lists(visit.session, visit.actor) if one.kind == "favourites"]
        known = frozenset(line.item_id for each in lines for line in each)
        visit.favourite_ids = known  # type: ignore[attr-defined]
    return known
