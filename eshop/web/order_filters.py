"""Which orders the list shows: what its address says. The page and its sheet read it the same way, so the sheet is what was seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from flask import request, url_for

import ordering
from eshop.errors import BadInput
from eshop.web import forms
from eshop.web.guards import Visit
from eshop.web.order_cards import ACTIVE, OVER, WITH_SUPPLIER, reach

SHOWN: Final = ("active", "late", "received", "returned", "over", "all")
STATES: Final[Mapping[str, tuple[str, ...] | None]] = {
    "active": ACTIVE,
    "late": WITH_SUPPLIER,
    "received": (*WITH_SUPPLIER, "closed"),
    "returned": ("returned",),
    "over": OVER,
    "all": None,
}
TO_COME: Final[Mapping[str, bool]] = {"active": True, "late": True, "received": False}


@dataclass(frozen=True, slots=True)
class Filters:
    """`shown` is one of SHOWN; both ends of the period are inside it."""

    shown: str = "active"
    mine: bool = False
    supplier_id: int | None = None
    start: date | None = None
    end: date | None = None

    @classmethod
    def asked(cls) -> Self:
        """From the address; what cannot be read there narrows nothing."""
        supplier = forms.ids(request.args, "supplier")
        return cls(
            forms.choice(request.args, "show", SHOWN, "active"),
            request.args.get("mine") == "1",
            supplier[0] if supplier else None,
            _day("from"),
            _day("to"),
        )

    @property
    def narrowed(self) -> bool:
        """Whether more than the chips above the list is chosen."""
        return self.supplier_id is not None or self.start is not None or self.end is not None

    def address(self, endpoint: str = "orders.overview", **other: object) -> str:
        """The address of the same list with something else; what is as always is left out."""
        values = {
            "show": self.shown,
            "mine": 1 if self.mine else None,
            "supplier": self.supplier_id,
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            **other,
        }
        if values["show"] == "active":
            values["show"] = None
        return url_for(endpoint, **{name: value for name, value in values.items() if value is not None})

    def orders(self, visit: Visit, limit: int, offset: int = 0) -> list[ordering.PurchaseOrder]:
        return ordering.list_orders(
            visit.session,
            institution_ids=reach(visit),
            states=STATES[self.shown],
            ordered_by=visit.person.id if self.mine else None,
            supplier_id=self.supplier_id,
            ordered_from=self.start,
            ordered_to=self.end,
            due_before=visit.actor.today if self.shown == "late" else None,
            to_come=TO_COME.get(self.shown),
            limit=limit,
            offset=offset,
        )


def _day(name: str) -> date | None:
    try:
        return forms.day(request.args, name)
    except BadInput:
        return None
