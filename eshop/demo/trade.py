"""Buying and selling in the demo, through the verbs that everybody uses: people order, approve and receive; suppliers answer and bill.

A `Market` is one municipality in one unit of work. Its clock is the demo's: every act says when it was done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop import intake, ubl
from eshop.demo import paper
from eshop.demo.assortment import Article, articles
from eshop.demo.municipality import SUPPLIERS
from eshop.exchange import Message
from eshop.identity import COPENHAGEN, Actor, Gln, Institution, Municipality, User, institution_by_gln
from eshop.jobs import Job
from eshop.signing_on import actor_for

Picks = Sequence[tuple[str, int]]
"""What is bought: seller's item numbers and order units."""


@dataclass
class Market:
    """`latest` is the demo's now: nothing happens after it."""

    session: Session
    municipality: Municipality
    latest: datetime
    _people: dict[str, User] = field(default_factory=dict)
    _places: dict[str, Institution] = field(default_factory=dict)
    _items: dict[str, int] = field(default_factory=dict)
    _bills: dict[str, int] = field(default_factory=dict)

    # --- who, where, what ------------------------------------------------------------------------------------------

    def at(self, day: date, clock: str = "09:00") -> datetime:
        """The moment in Danish time, but never after the demo's now."""
        moment = datetime.combine(day, time.fromisoformat(clock), COPENHAGEN)
        return min(moment, self.latest)

    def place(self, gln: str) -> Institution:
        if gln not in self._places:
            found = institution_by_gln(self.session, gln)
            assert found is not None, gln
            self._places[gln] = found
        return self._places[gln]

    def actor(self, login: str, gln: str | None, at: datetime, seconds: int | None = None) -> Actor:
        """The person at an institution. They use the pages; the time on screen is what such an act takes."""
        if login not in self._people:
            self._people[login] = self.session.scalars(select(User).where(User.login == login)).one()
        institution_id = None if gln is None else self.place(gln).id
        acting = actor_for(self.session, self._people[login], institution_id, at, "web")
        return replace(acting, seconds=seconds)

    def system(self, at: datetime) -> Actor:
        return Actor.system(self.municipality.id, at, "worker")

    def seller(self, cvr: str) -> paper.Seller:
        for known, gln, name, profile, registration, account in SUPPLIERS:
            if known == cvr:
                return paper.Seller(paper.Company(cvr, gln, name), profile, registration, account)
        raise KeyError(cvr)

    @property
    def main_gln(self) -> str:
        """The municipality's own number: its first institution's."""
        gln = self.session.scalar(select(Gln.gln).order_by(Gln.id).limit(1))
        assert gln is not None
        return gln

    def buyer(self, gln: str) -> paper.Company:
        place = self.place(gln)
        street = place.address.get("street", "Rådhuspladsen 1")
        return paper.Company(self.municipality.cvr, gln, place.name, street)

    def item(self, seller_item_id: str) -> int:
        """Our id of an article of the assortment."""
        if not self._items:
            self._items = {
                number: key
                for key, number in self.session.execute(select(catalogues.Item.id, catalogues.Item.seller_item_id))
            }
        return self._items[seller_item_id]

    # --- the municipality's side -----------------------------------------------------------------------------------

    def order(
        self,
        who: str,
        gln: str,
        picks: Picks,
        at: datetime,
        *,
        approver: str | None = None,
        reference: str | None = None,
        note: str | None = None,
        seconds: int = 150,
    ) -> ordering.PurchaseOrder:
        """One order of the person's; whoever must approve it does so within the hour when named."""
        by = self.actor(who, gln, at, seconds)
        wanted = [(self.item(seller_item_id), Decimal(quantity)) for seller_item_id, quantity in picks]
        (order,) = ordering.place(self.session, self.place(gln).id, wanted, by, reference=reference, note=note)
        if order.state == "waiting" and approver is not None:
            moment = min(at + timedelta(minutes=50), self.latest)
            ordering.approve(self.session, order, self.actor(approver, gln, moment, 30))
        return order

    def send(self, order: ordering.PurchaseOrder, at: datetime) -> ordering.PurchaseOrder:
        """The order leaves, and the access point has taken it."""
        return ordering.send(self.session, order, self.system(at))

    def bought(
        self, who: str, gln: str, picks: Picks, day: date, *, approver: str | None = None, receiver: str | None = None,
        received: dict[str, int] | None = None, reference: str | None = None, after: int = 2,
    ) -> ordering.PurchaseOrder:  # fmt: skip
        """An order placed on the day, sent, confirmed, and (with a `receiver`) received some days `after`: all of it, or what is said."""
        order = self.order(who, gln, picks, self.at(day, "09:10"), approver=approver, reference=reference)
        order = self.send(order, self.at(day, "10:30"))
        self.confirm(order, gln, day)
        if receiver is not None:
            self.receive(order, gln, receiver, min(day + timedelta(days=after), self.latest.date()), received)
        return order

    def receive(
        self, order: ordering.PurchaseOrder, gln: str, receiver: str, day: date, counted: dict[str, int] | None = None
    ) -> None:
        moment = self.at(day, "11:20")
        counts = None if counted is None else {line: Decimal(count) for line, count in counted.items()}
        ordering.receive(self.session, order, counts, self.actor(receiver, gln, moment, 60))

    # --- the suppliers' side ---------------------------------------------------------------------------------------

    def confirm(self, order: ordering.PurchaseOrder, gln: str, day: date) -> None:
        """The supplier says yes."""
        seller = self.seller_of(order)
        answer = paper.accept_order(
            seller, self.buyer(gln), f"OB-{order.number}", order.number, day, order.deliver_on or day
        )
        self.hand_in(ubl.write(answer, seller.profile), self.at(day, "13:00"), f"response-{order.number}.xml")

    def seller_of(self, order: ordering.PurchaseOrder) -> paper.Seller:
        supplier = catalogues.get_supplier(self.session, order.supplier_id)
        assert supplier is not None
        assert supplier.cvr is not None
        return self.seller(supplier.cvr)

    def number(self, seller: paper.Seller) -> str:
        """The next invoice number of a supplier: each has a series of its own."""
        used = self._bills[seller.company.cvr] = self._bills.get(seller.company.cvr, 0) + 1
        return str(int(seller.company.cvr[2:5]) * 1000 + used)

    def billed(self, order: ordering.PurchaseOrder, only: Iterable[str] | None = None) -> list[paper.Billed]:
        """The order's lines as the supplier bills them: all of them or those named, at the agreed price."""
        wanted = None if only is None else set(only)
        return [
            paper.Billed(
                name=line.name,
                quantity=line.quantity,
                unit=line.unit.removeprefix("X"),
                price=line.price,
                base=line.base_quantity,
                order=order.number,
                order_line=line.line,
                seller_item_id=line.seller_item_id,
                gtin=line.gtin,
                unspsc=line.unspsc,
                vat=line.vat_percent,
                description=line.description,
            )
            for line in order.lines
            if wanted is None or line.line in wanted
        ]

    def bill(
        self,
        order: ordering.PurchaseOrder,
        gln: str,
        day: date,
        lines: Sequence[paper.Billed] | None = None,
        **changed: Any,
    ) -> paper.Bill:
        """The invoice as it should be; what is `changed` is the supplier's doing."""
        seller = self.seller_of(order)
        given: dict[str, Any] = {
            "number": self.number(seller),
            "seller": seller,
            "buyer": self.buyer(gln),
            "issued": day,
            "lines": tuple(self.billed(order) if lines is None else lines),
            "header_order": order.number,
            "reference": order.reference or self.place(gln).name,
        }
        return paper.Bill(**(given | changed))

    def invoice(self, bill: paper.Bill, at: datetime | None = None) -> dict[str, Any]:
        """The bill comes in, as bytes, and is judged; answers the object of `receive`."""
        body = ubl.write(paper.bill(bill), bill.seller.profile)
        moment = at or self.at(bill.issued + timedelta(days=1), "06:40")
        return self.hand_in(body, moment, f"{bill.seller.company.cvr}-{bill.number}.xml")

    def hand_in(self, body: bytes, at: datetime, name: str) -> dict[str, Any]:
        return intake.receive(self.session, body, name, "http", self.system(at))

    def hand_over(self, body: bytes, day: date) -> dict[str, Any]:
        """As an access point does it: kept at once, judged by the worker a little later."""
        kept = intake.keep(self.session, body, "accesspoint.xml", "http", self.system(self.at(day, "05:10")))
        return intake.judge_kept(self.session, kept.message.id, self.system(self.at(day, "05:11")))

    # --- when it is over ---------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """What is long gone has been delivered: the worker has nothing to do with the demo's past."""
        past = self.latest - timedelta(minutes=1)
        self.session.flush()
        self.session.execute(
            update(Message)
            .where(Message.direction == "out", Message.state == "waiting", Message.due_at <= past)
            .values(state="sent", sent_at=Message.due_at, attempts=1)
            .execution_options(synchronize_session=False)
        )
        self.session.execute(delete(Job).where(Job.run_at <= past).execution_options(synchronize_session=False))


@cache
def shelf(agreement: str) -> tuple[Article, ...]:
    """The articles of one agreement."""
    return tuple(one for one in articles() if one.agreement == agreement)
