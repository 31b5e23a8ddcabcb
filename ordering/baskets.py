"""The basket: one per person and institution, kept between sessions; what it will become is shown before anything is sent.

Every line is asked of `catalogues.offers` whenever the basket is shown and again at submit: what is not orderable today stands first
with its reason, and is never ordered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from sqlalchemy import Date, ForeignKey, Integer, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

import catalogues
from catalogues import Agreement, Offer, Supplier
from eshop.amounts import NOTHING, Amount, Price
from eshop.db import Base, JsonType, Owned, id_column, lock
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, Institution, require
from eshop.kept import Kept
from ordering.approval import Ask, Candidate, Reason
from ordering.approvals import demand, new_suppliers, own_limit, rules_in_force
from ordering.basket_rules import Hints, Terms, checked_quantity, hints, split_coding
from ordering.budgets import Budget, budget_of
from ordering.ceilings import ceilings_left
from ordering.deciders import candidates
from ordering.delivery_dates import DeliveryTerms, earliest, order_before
from ordering.delivery_places import opening_days
from ordering.orders import PurchaseOrder
from ordering.settings import OrderingSettings, ordering_settings
from ordering.transaction_costs import standard_in_force
from ordering.wishes import put_back_wishes


class Basket(Owned, Base):
    """`seconds` are the active seconds doors have measured while it was filled; they go with the orders it becomes."""

    __tablename__ = "basket"
    __table_args__ = (UniqueConstraint("user_id", "institution_id"),)
    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    changed_at: Mapped[datetime]
    seconds: Mapped[int] = mapped_column(Integer, default=0)
    reference: Mapped[str | None]
    note: Mapped[str | None]
    coding: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    lines: Mapped[list["BasketLine"]] = relationship(
        order_by="BasketLine.id", lazy="selectin", cascade="all, delete-orphan"
    )


class BasketLine(Owned, Base):
    """`seen_price`: kroner per order unit when the person last saw it, to tell what has changed since. `coding`: a split of the account
    coding, empty for the usual one. `wish_ids`: the colleagues' wishes it answers."""

    __tablename__ = "basket_line"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("basket_id", "item_id"),)
    id: Mapped[int] = id_column()
    basket_id: Mapped[int] = mapped_column(ForeignKey("basket.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    quantity: Mapped[Decimal]
    seen_price: Mapped[Decimal | None]
    note: Mapped[str | None]
    coding: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    deliver_on: Mapped[date | None] = mapped_column(Date)
    wish_ids: Mapped[list[int]] = mapped_column(JsonType, default=list)
    quote: Mapped[dict[str, str] | None] = mapped_column(JsonType)
    """A price below the agreement's that the supplier's webshop gave (`quoted`)."""
    added_at: Mapped[datetime]


# --- filling ----------------------------------------------------------------------------------------------------------


def open_basket(session: Session, by: Actor) -> Basket:
    """The person's basket for the institution they act for; made when there is none. NotAllowed without an institution or right."""
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb="shop")
    if by.institution_id is None:
        raise BadInput("needs_an_institution")
    require(by, "shop", by.institution_id)
    basket = session.scalars(
        select(Basket).where(Basket.user_id == by.user_id, Basket.institution_id == by.institution_id)
    ).one_or_none()
    if basket is None:
        basket = Basket(user_id=by.user_id, institution_id=by.institution_id, changed_at=by.at, coding={})
        session.add(basket)
        session.flush()
    return basket


_IN_SHORT: Final = Kept(
    select(BasketLine.seen_price, BasketLine.quantity).where(
        BasketLine.basket_id == Basket.id,
        Basket.user_id == bindparam("user_id"),
        Basket.institution_id == bindparam("institution_id"),
    )
)


def basket_in_short(session: Session, user_id: int, institution_id: int) -> tuple[int, Amount]:
    """How many lines the person's basket for the institution has, and what they come to at the prices last seen: on every page."""
    session.flush()
    lines = _IN_SHORT.rows(session, user_id=user_id, institution_id=institution_id)
    return len(lines), Amount.sum(Amount.rounded(price * quantity) for price, quantity in lines if price is not None)


def other_baskets(session: Session, by: Actor) -> list[tuple[int, int]]:
    """(institution id, number of lines) of the person's baskets elsewhere that have something in them: said when switching."""
    baskets = session.scalars(select(Basket).where(Basket.user_id == by.user_id)).all()
    return [
        (one.institution_id, len(one.lines)) for one in baskets if one.lines and one.institution_id != by.institution_id
    ]


def institution_of(session: Session, institution_id: int) -> Institution:
    """The institution, ours and active. NotFound, Conflict `institution_closed`."""
    found = session.scalars(select(Institution).where(Institution.id == institution_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Institution", key=institution_id)
    if not found.active:
        raise Conflict("institution_closed", institution=found.name)
    return found


def _own(session: Session, basket: Basket, by: Actor) -> Basket:
    """The basket held; nobody fills another person's."""
    if basket.user_id != by.user_id:
        raise NotAllowed("not_your_basket")
    require(by, "shop", basket.institution_id)
    return lock(session, Basket, basket.id)


def _orderable(session: Session, basket: Basket, item_id: int, on: date) -> Offer:
    offer = catalogues.offer(session, item_id, institution_of(session, basket.institution_id), on)
    if not offer.orderable or offer.price is None or offer.item_id is None:
        raise Conflict("not_orderable", item=offer.name or str(item_id), reason=offer.reason)
    return offer


def add_line(
    session: Session, basket: Basket, item_id: int, quantity: Decimal, by: Actor, note: str | None = None
) -> BasketLine:
    """Puts order units of an item into the basket, on top of what is there of it. Conflict `not_orderable` with the reason; BadInput
    for a quantity that cannot be ordered (see `basket_rules.checked_quantity`)."""
    basket = _own(session, basket, by)
    offer = _orderable(session, basket, item_id, by.today)
    # The same item may be on two agreements: the basket holds the one that is offered.
    item_id = offer.item_id or item_id
    line = next((one for one in basket.lines if one.item_id == item_id), None)
    already = line.quantity if line is not None else Decimal(0)
    wanted = _checked(session, quantity, offer)
    if line is None:
        line = BasketLine(basket_id=basket.id, item_id=item_id, quantity=wanted, added_at=by.at, coding=[], wish_ids=[])
        basket.lines.append(line)
    else:
        line.quantity = _checked(session, already + wanted, offer)
    line.seen_price = rounded_price(quoted(offer, line, by.today), line.quantity)
    line.note = note or line.note
    _touched(basket, by)
    session.flush()
    return line


def change_line(
    session: Session,
    basket: Basket,
    item_id: int,
    by: Actor,
    *,
    quantity: Decimal | None = None,
    note: str | None = None,
    coding: Sequence[Mapping[str, Any]] | None = None,
    deliver_on: date | None = None,
) -> BasketLine:
    """Sets what is given of the line, and sees the price anew. NotFound `not_in_basket`; BadInput as `add_line`, `split_not_100`."""
    basket = _own(session, basket, by)
    line = _line(basket, item_id)
    if quantity is not None:
        offer = _orderable(session, basket, item_id, by.today)
        line.quantity = _checked(session, quantity, offer)
        line.seen_price = rounded_price(quoted(offer, line, by.today), line.quantity)
    if note is not None:
        line.note = note.strip() or None
    if coding is not None:
        line.coding = split_coding(coding)
    if deliver_on is not None:
        line.deliver_on = deliver_on
    _touched(basket, by)
    session.flush()
    return line


def remove_line(session: Session, basket: Basket, item_id: int, by: Actor) -> None:
    """Takes the item out; the colleagues' wishes it answered are open again. NotFound `not_in_basket`."""
    basket = _own(session, basket, by)
    line = _line(basket, item_id)
    put_back_wishes(session, line.wish_ids, by)
    basket.lines.remove(line)
    _touched(basket, by)
    session.flush()


def swap_line(session: Session, basket: Basket, item_id: int, other_id: int, by: Actor) -> BasketLine:
    """The other item in place of the one that lies there, in the same number of base units where both say their content (rounded up),
    else one of its order units. Where the first does not lie there, the other is put in. As `add_line`."""
    place = institution_of(session, basket.institution_id)
    found = catalogues.offers(session, [item_id, other_id], place, by.today)
    old, new = found[item_id], found[other_id]
    line = next((one for one in basket.lines if one.item_id == (old.item_id or item_id)), None)
    wanted = max(new.minimum or Decimal(1), new.order_multiple or Decimal(1))
    if line is not None:
        if old.content_quantity and new.content_quantity and old.content_unit == new.content_unit:
            needed = line.quantity * old.content_quantity / new.content_quantity
            step = new.order_multiple or Decimal(1)
            wanted = max(wanted, (needed / step).to_integral_value(ROUND_CEILING) * step)
        remove_line(session, basket, line.item_id, by)
    return add_line(session, basket, other_id, wanted, by)


def empty(session: Session, basket: Basket, by: Actor) -> None:
    """Takes everything out."""
    basket = _own(session, basket, by)
    put_back_wishes(session, [wish for line in basket.lines for wish in line.wish_ids], by)
    basket.lines.clear()
    _touched(basket, by)
    session.flush()


def note_basket(
    session: Session,
    basket: Basket,
    by: Actor,
    *,
    reference: str | None = None,
    note: str | None = None,
    coding: Mapping[str, str] | None = None,
) -> None:
    """Keeps what the person has written on the order page, so that an expired session loses nothing. None leaves as is."""
    basket = _own(session, basket, by)
    if reference is not None:
        basket.reference = reference.strip() or None
    if note is not None:
        basket.note = note.strip() or None
    if coding is not None:
        basket.coding = {name: value for name, value in coding.items() if value}
    _touched(basket, by)
    session.flush()


def _line(basket: Basket, item_id: int) -> BasketLine:
    found = next((one for one in basket.lines if one.item_id == item_id), None)
    if found is None:
        raise NotFound("not_in_basket", item=item_id)
    return found


def _checked(session: Session, quantity: Decimal, offer: Offer) -> Decimal:
    return checked_quantity(quantity, offer.unit, largest_quantity(session, offer), offer.order_multiple, offer.minimum)


def largest_quantity(session: Session, offer: Offer) -> int:
    """The most order units a line may have: the supplier's maximum, or what the municipality holds for a slip of the finger."""
    largest = ordering_settings(session).largest_quantity
    return largest if offer.maximum is None else min(largest, int(offer.maximum))


def see_price(session: Session, basket: Basket, line: BasketLine, by: Actor) -> None:
    """The person has now seen what the line costs today, a webshop's lower price counted in."""
    offer = _orderable(session, basket, line.item_id, by.today)
    line.seen_price = rounded_price(quoted(offer, line, by.today), line.quantity)


def quoted(offer: Offer, line: BasketLine, on: date) -> Offer:
    """The offer at the webshop's price where that was given for so many, still holds and is below the agreement's today."""
    quote, agreed = line.quote, offer.price_for(line.quantity)
    if quote is None or agreed is None or on > date.fromisoformat(quote["until"]):
        return offer
    price = Decimal(quote["price"])
    if line.quantity > Decimal(quote["quantity"]) or price >= agreed.per_order_unit:
        return offer
    return replace(offer, price=Price(price), tiers=())


def rounded_price(offer: Offer, quantity: Decimal) -> Decimal | None:
    """Kroner per order unit when ordering so many, as far as a column keeps it (8 decimals): to compare, not to calculate."""
    price = offer.price_for(quantity)
    return None if price is None else round(price.per_order_unit, 8)


def _touched(basket: Basket, by: Actor) -> None:
    basket.changed_at = by.at
    basket.seconds += min(by.seconds or 0, 300)


# --- showing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BasketLineView:
    """A line with today's offer. `price_change` is kroner per order unit since the person last saw it (None: unchanged)."""

    item_id: int
    name: str
    quantity: Decimal
    offer: Offer
    amount: Amount
    price_change: Decimal | None
    note: str | None
    coding: list[dict[str, Any]]
    deliver_on: date | None


@dataclass(frozen=True, slots=True)
class BasketGroup:
    """What becomes one order: one supplier under one agreement. `order_before` is the last moment that still
    gives `deliver_on`, None where the agreement has no cut-off. `why` is empty when it may leave at once; else `who` is asked."""

    supplier_id: int
    supplier: str
    agreement_id: int | None
    agreement_number: str | None
    agreement_title: str | None
    lines: tuple[BasketLineView, ...]
    total: Amount
    terms: Terms
    hints: Hints
    deliver_on: date
    order_before: datetime | None
    why: tuple[Reason, ...]
    who: tuple[Candidate, ...]

    @property
    def needs_approval(self) -> bool:
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class BasketView:
    """The basket as it would be ordered now. `gone`: lines that cannot be ordered today, to be shown first. `budget_left` is after
    the basket, None where no budget is kept."""

    basket_id: int
    institution_id: int
    groups: tuple[BasketGroup, ...]
    gone: tuple[BasketLineView, ...]
    total: Amount
    budget: Budget
    budget_left: Amount | None

    @property
    def line_count(self) -> int:
        return sum(len(group.lines) for group in self.groups) + len(self.gone)


def basket_view(session: Session, basket: Basket, by: Actor) -> BasketView:
    """The whole basket in a bounded number of queries, whatever its size."""
    institution = institution_of(session, basket.institution_id)
    shown, gone = _views(session, basket, institution, by.today)
    grouped: dict[tuple[int, int | None], list[BasketLineView]] = {}
    for line in shown:
        grouped.setdefault((line.offer.supplier_id or 0, line.offer.agreement_id), []).append(line)
    suppliers = suppliers_by_id(session, {supplier for supplier, _ in grouped})
    agreements = agreements_by_id(session, {agreement for _, agreement in grouped if agreement is not None})
    budget = budget_of(session, institution.id, by.today.year)
    left = budget.left
    rules = rules_in_force(session, by.today)
    asks_first_time = any(rule.kind == "first_time_supplier" for rule in rules)
    unknown = new_suppliers(session, {supplier for supplier, _ in grouped}) if asks_first_time else set()
    ceilings = ceilings_left(session, agreements.values())
    people = candidates(session, institution.id, by.today)
    limit = own_limit(by, institution.id)
    orderers = frozenset({basket.user_id})
    opening = opening_days(session, institution.id)
    settings = ordering_settings(session)
    handling = handling_cost(session, settings, by.today)
    groups: list[BasketGroup] = []
    for (supplier_id, agreement_id), lines in sorted(
        grouped.items(), key=lambda one: (suppliers[one[0][0]].name, one[0][1] or 0)
    ):
        supplier, agreement = suppliers[supplier_id], agreements.get(agreement_id or 0)
        total = Amount.sum(line.amount for line in lines)
        left = None if left is None else left - total
        by_group: dict[str, Amount] = {}
        for line in lines:
            code = line.offer.unspsc or ""
            by_group[code] = by_group.get(code, NOTHING) + line.amount
        first = supplier_id in unknown
        number = agreement.number if agreement else None
        room = ceilings.get(agreement_id or 0)
        ceiling_left = None if room is None else room - total
        ask = Ask(total, institution.id, by_group, left, first, supplier.name, limit, ceiling_left, number or "")
        wanted = demand(session, ask, orderers, by.today, rules, people)
        terms = terms_of(agreement)
        days = DeliveryTerms.of(agreement.delivery_days if agreement else None)
        groups.append(
            BasketGroup(
                supplier_id,
                supplier.name,
                agreement_id,
                number,
                agreement.title if agreement else None,
                tuple(lines),
                total,
                terms,
                hints(total, terms, handling),
                earliest(days, by.at, opening),
                order_before(days, by.at, opening),
                wanted.why,
                wanted.asked,
            )
        )
    total = Amount.sum(group.total for group in groups)
    return BasketView(basket.id, institution.id, tuple(groups), tuple(gone), total, budget, budget.after(total))


def _views(
    session: Session, basket: Basket, institution: Institution, on: date
) -> tuple[list[BasketLineView], list[BasketLineView]]:
    """The lines that can be ordered on the day, and those that cannot."""
    offers = catalogues.offers(session, [line.item_id for line in basket.lines], institution, on)
    shown: list[BasketLineView] = []
    gone: list[BasketLineView] = []
    for line in basket.lines:
        offer = quoted(offers[line.item_id], line, on)
        price, change = rounded_price(offer, line.quantity), None
        if price is not None and line.seen_price is not None and price != line.seen_price:
            change = price - line.seen_price
        amount = (offer.total(line.quantity) or NOTHING) if offer.orderable else NOTHING
        view = BasketLineView(
            line.item_id, offer.name, line.quantity, offer, amount, change, line.note, line.coding, line.deliver_on
        )
        (shown if offer.orderable and offer.price else gone).append(view)
    return shown, gone


def terms_of(agreement: Agreement | None) -> Terms:
    """The agreement's terms for a single order; without an agreement there are none."""
    return Terms() if agreement is None else Terms.of(agreement.minimum_order, agreement.fees)


def expected_freight(session: Session, orders: Iterable[PurchaseOrder]) -> dict[int, Amount]:
    """By the id of the order: what the supplier adds for freight by the agreement's terms, as the basket said it. One query."""
    orders = list(orders)
    agreements = agreements_by_id(session, {one.agreement_id for one in orders if one.agreement_id is not None})
    return {one.id: terms_of(agreements.get(one.agreement_id or 0)).freight_for(one.total) for one in orders}


def handling_cost(session: Session, settings: OrderingSettings, on: date) -> Amount:
    """What it costs to handle an order in the system: the hint's threshold unless the municipality set another."""
    if settings.combine_hint_below is not None:
        return settings.combine_hint_below
    return standard_in_force(session, on).of_channel("system")


def suppliers_by_id(session: Session, ids: set[int]) -> dict[int, Supplier]:
    return {one.id: one for one in session.scalars(select(Supplier).where(Supplier.id.in_(ids)))} if ids else {}


def agreements_by_id(session: Session, ids: set[int]) -> dict[int, Agreement]:
    return {one.id: one for one in session.scalars(select(Agreement).where(Agreement.id.in_(ids)))} if ids else {}
