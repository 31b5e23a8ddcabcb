"""What a supplier proposes instead, as whoever answers it needs to see it: the item, the price and its difference, and the allergens."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import catalogues
import ordering
from eshop.amounts import Amount
from eshop.web.guards import Visit


@dataclass(frozen=True)
class ProposalShown:
    """`dearer` is kroner for one order unit (negative when cheaper), `difference` for all that comes, against all that was still to
    come. `allergens` are what the substitute has, by the supplier's word, `allergens_before` what the ordered item has by the
    catalogue; None where nothing is said."""

    proposal: ordering.ResponseLine
    line: ordering.OrderLinePicture
    quantity: Decimal
    dearer: Decimal
    difference: Amount
    allergens: str | None
    allergens_before: str | None

    @property
    def other_properties(self) -> list[tuple[str, str]]:
        told = (self.proposal.substitute or {}).get("properties") or {}
        return [(name, str(value)) for name, value in told.items() if not _about_allergens(name)]


def proposals_of(visit: Visit, order: ordering.PurchaseOrder, picture: ordering.OrderPicture) -> list[ProposalShown]:
    """What waits for a yes on the order."""
    if order.state != "proposed":
        return []
    by_id = {line.id: line for line in picture.lines}
    return [_shown(visit, one, by_id[one.order_line_id]) for one in ordering.open_proposals(visit.session, order.id)]


def _shown(visit: Visit, proposal: ordering.ResponseLine, line: ordering.OrderLinePicture) -> ProposalShown:
    quantity = line.outstanding if proposal.quantity is None else proposal.quantity
    before = line.price.per_order_unit
    dearer = Decimal(0) if proposal.price is None else proposal.price - before
    told: Mapping[str, Any] = (proposal.substitute or {}).get("properties") or {}
    ours = catalogues.current_line(visit.session, line.item_id) if line.item_id is not None else None
    known = {
        str(one.get("name")): one.get("value")
        for one in ((ours.details if ours else None) or {}).get("properties") or ()
    }
    coming = quantity + (proposal.backorder or Decimal(0))
    difference = Amount.rounded((before + dearer) * coming - before * max(line.outstanding, Decimal(0)))
    return ProposalShown(proposal, line, quantity, dearer, difference, _allergens(told), _allergens(known))


def _allergens(properties: Mapping[str, Any]) -> str | None:
    return next((str(value) for name, value in properties.items() if _about_allergens(name) and value), None)


def _about_allergens(name: str) -> bool:
    return "allergen" in name.casefold()
