"""An order as its pages show it: what it is called, where it is, what is next. The state of delivery is derived from the quantities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from sqlalchemy.orm import Session

import ordering
from eshop.amounts import Amount
from eshop.web import filters, names
from eshop.web.guards import Visit
from eshop.web.pictograms import pictogram
from eshop.web.texts import gettext

WITH_SUPPLIER = ("sent", "confirmed", "proposed")
ACTIVE = ("waiting", "queued", *WITH_SUPPLIER)
OVER = ("undone", "refused", "cancelled", "closed")


@dataclass(frozen=True)
class Status:
    """The word, its colour (a badge kind) and its icon; a word always, never the colour alone."""

    text: str
    kind: str
    icon: str


@dataclass(frozen=True)
class OrderCard:
    """One order in a list, or at the head of its page."""

    order: ordering.PurchaseOrder
    picture: ordering.OrderPicture
    total: Amount
    supplier: str
    institution: str
    orderer: str
    own: bool
    today: date
    asked: str = ""
    asked_since: datetime | None = None

    @property
    def id(self) -> int:
        return self.order.id

    @property
    def asked_for_short(self) -> str:
        """'Jens', or 'dem' where more than one is asked."""
        return gettext("them") if f" {gettext('or')} " in self.asked else self.asked.split(" ")[0]

    @property
    def number(self) -> str:
        return self.order.number

    @cached_property
    def received(self) -> Decimal:
        return sum((line.received for line in self.picture.lines), Decimal(0))

    @cached_property
    def outstanding(self) -> Decimal:
        return sum((line.outstanding for line in self.picture.lines), Decimal(0))

    @property
    def is_with_supplier(self) -> bool:
        return self.order.state in WITH_SUPPLIER

    @property
    def can_receive(self) -> bool:
        return self.is_with_supplier and self.outstanding > 0

    @property
    def is_late(self) -> bool:
        """It should have been here before today, and something is still to come."""
        day = self.order.deliver_on
        return self.can_receive and day is not None and day < self.today

    @property
    def pictograms(self) -> list[str]:
        return list(dict.fromkeys(pictogram(line.name, line.unspsc) for line in self.picture.lines))[:3]

    @property
    def summary(self) -> str:
        """'Farvet karton og 2 varer mere': what it is about, in a few words."""
        first = [line.name.split(",")[0] for line in self.picture.lines[:2]]
        more = len(self.picture.lines) - len(first)
        text = ", ".join(first)
        return gettext("%(names)s and %(count)s more", names=text, count=more) if more > 0 else text

    @cached_property
    def status(self) -> Status:
        state = self.order.state
        if self.is_with_supplier:
            if self.outstanding <= 0:
                return Status(gettext("Received"), "success", "check")
            if self.received > 0:
                return Status(gettext("Partly delivered"), "warning", "truck")
            if state == "proposed":
                return Status(gettext("The supplier proposes a change"), "warning", "reply")
            if self.is_late:
                return Status(gettext("Late"), "warning", "warning")
            if state == "confirmed":
                return Status(gettext("Confirmed"), "success", "check")
            return Status(gettext("Sent"), "info", "send")
        return {
            "draft": Status(gettext("Draft"), "neutral", "edit"),
            "waiting": Status(gettext("Waiting for approval"), "warning", "hourglass"),
            "queued": Status(gettext("Leaves shortly"), "info", "time"),
            "returned": Status(gettext("Sent back"), "error", "reply"),
            "undone": Status(gettext("Undone"), "neutral", "reply"),
            "refused": Status(gettext("Refused by the supplier"), "error", "error"),
            "cancelled": Status(gettext("Cancelled"), "neutral", "close"),
            "closed": Status(gettext("Closed"), "neutral", "check"),
        }[state]

    @cached_property
    def sentence(self) -> str:
        """Where it is and what is next, in one sentence."""
        order = self.order
        if order.state == "queued" and order.leaves_at is not None:
            return gettext("Leaves %(when)s. Until then you can undo.", when=filters.moment(order.leaves_at))
        if order.state == "returned":
            because = order.returned_because or {}
            if because.get("reason"):
                return gettext("%(who)s: “%(reason)s”", who=because.get("who", ""), reason=because["reason"])
            return filters.said_code(str(because.get("code", "order_returned")), because.get("values") or {})
        if order.state == "waiting" and self.asked:
            return gettext(
                "Lies with %(who)s since %(when)s. You can still undo it.",
                who=self.asked,
                when=filters.moment(self.asked_since),
            )
        if order.state == "waiting":
            return gettext("The rest of the basket has left; this part waits for a yes.")
        if not self.is_with_supplier:
            return ""
        if order.state == "proposed":
            return gettext("The supplier proposes something else. Say yes or no on the order's page.")
        late = next((line for line in self.picture.lines if line.outstanding > 0), None)
        if late is None:
            return gettext("Everything has come.")
        if self.received > 0:
            name = late.name.split(",")[0]
            came = gettext(
                "%(came)s of %(ordered)s %(name)s have come.",
                came=filters.number(late.received),
                ordered=filters.quantity(late.agreed, late.unit),
                name=name,
            )
            return f"{came} {self._promise}".strip()
        return self._promise

    @property
    def _promise(self) -> str:
        if self.order.deliver_on is None:
            return ""
        day = filters.day(self.order.deliver_on, weekday=True)
        return (
            gettext("It should have come %(day)s.", day=day) if self.is_late else gettext("Delivery %(day)s.", day=day)
        )


def cards(visit: Visit, orders: Sequence[ordering.PurchaseOrder]) -> list[OrderCard]:
    """The orders with pictures and names: a fixed number of queries whatever their number."""
    session: Session = visit.session
    pictures = {one.id: one for one in ordering.order_pictures(session, [order.id for order in orders])}
    suppliers = names.suppliers(session, (order.supplier_id for order in orders))
    places = names.institutions(session, (order.institution_id for order in orders))
    people = names.people(session, (order.ordered_by for order in orders))
    asked = ordering.who_is_asked(session, orders, visit.actor.today)
    return [
        OrderCard(
            order,
            pictures[order.id],
            order.total,
            suppliers.get(order.supplier_id, ""),
            places.get(order.institution_id, ""),
            people.get(order.ordered_by, ""),
            order.ordered_by == visit.person.id,
            visit.actor.today,
            *_asked(*asked.get(order.id, ([], None))),
        )
        for order in orders
    ]


def _asked(who: list[str], since: datetime | None) -> tuple[str, datetime | None]:
    """'Jens Holm eller Lise Ravn': at most two, for the orderer needs a name to ask, not the list of all who may."""
    return f" {gettext('or')} ".join(who[:2]), since


def card_of(visit: Visit, found: ordering.Dossier) -> OrderCard:
    """The head of an order's own page."""
    asked = ordering.who_is_asked(visit.session, [found.order], visit.actor.today)
    return OrderCard(
        found.order,
        found.picture,
        found.total,
        found.supplier,
        found.institution,
        found.orderer,
        found.order.ordered_by == visit.person.id,
        visit.actor.today,
        *_asked(*asked.get(found.order.id, ([], None))),
    )


def reach(visit: Visit) -> list[int] | None:
    """Whose orders a page shows: the chosen institution's, else all that the person reaches; None is the whole municipality."""
    if visit.unit is not None:
        return [visit.unit.id]
    if any(grant.institutions is None for grant in visit.actor.roles):
        return None
    reached: set[int] = set()
    for grant in visit.actor.roles:
        reached |= grant.institutions or frozenset()
    return sorted(reached)
