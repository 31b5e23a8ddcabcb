"""Colleagues' wishes into the local lead's basket: as few lines and orders as possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from catalogues import Offer
from eshop.amounts import NOTHING, Amount
from eshop.db import lock
from eshop.errors import BadInput, NotAllowed
from eshop.identity import Actor, require
from ordering.basket_rules import Hints, Terms, hints
from ordering.baskets import (
    Basket,
    BasketLine,
    add_line,
    agreements_by_id,
    handling_cost,
    institution_of,
    suppliers_by_id,
    terms_of,
)
from ordering.settings import ordering_settings
from ordering.wishes import WISH, Wish, open_wishes


def pool_wishes(session: Session, basket: Basket, wishes: Sequence[Wish], by: Actor) -> list[BasketLine]:
    """Puts wishes for items into the local lead's basket, wishes for the same item added up: three colleagues' gloves are one line.
    Conflict `not_now` for a wish somebody has taken already; what cannot be ordered is refused as by `add_line`."""
    require(by, "order_for_others", basket.institution_id)
    together: dict[int, list[Wish]] = {}
    for wish in wishes:
        if wish.item_id is None:
            raise BadInput("wish_without_item", text=wish.text)
        fresh = lock(session, Wish, wish.id)
        if fresh.institution_id != basket.institution_id:
            raise NotAllowed("not_your_institution", institution_id=fresh.institution_id)
        fresh.state = WISH.after(fresh.state, "take")
        fresh.taken_by = by.user_id
        together.setdefault(wish.item_id, []).append(fresh)
    lines = []
    for item_id, same in together.items():
        line = add_line(session, basket, item_id, sum((one.quantity for one in same), Decimal(0)), by)
        line.wish_ids = sorted({*line.wish_ids, *(one.id for one in same)})
        lines.append(line)
    session.flush()
    return lines


# --- showing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PoolLine:
    """Wishes for one item: `quantity` is theirs together, `amount` at today's price."""

    item_id: int
    offer: Offer
    quantity: Decimal
    amount: Amount
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class PoolGroup:
    """Wishes that would be one order. `in_basket` is what the lead's basket holds of it already; `hints` are for both together."""

    supplier_id: int
    supplier: str
    agreement_title: str | None
    lines: tuple[PoolLine, ...]
    total: Amount
    in_basket: Amount
    terms: Terms
    hints: Hints


@dataclass(frozen=True, slots=True)
class Pool:
    """The institution's open wishes: by order, those in words, and those whose item cannot be ordered today."""

    groups: tuple[PoolGroup, ...]
    words: tuple[Wish, ...]
    gone: tuple[PoolLine, ...]

    @property
    def count(self) -> int:
        lines = [*self.gone, *(line for group in self.groups for line in group.lines)]
        return len(self.words) + sum(len(line.wishes) for line in lines)


def pooled(session: Session, by: Actor) -> Pool:
    """What the local lead can gather for the institution they act for, in a bounded number of queries."""
    institution = institution_of(session, by.institution_id or 0)
    require(by, "order_for_others", institution.id)
    wishes = open_wishes(session, institution.id)
    basket = session.scalars(
        select(Basket).where(Basket.user_id == by.user_id, Basket.institution_id == institution.id)
    ).one_or_none()
    lying = {line.item_id: line.quantity for line in (basket.lines if basket is not None else ())}
    wanted: dict[int, list[Wish]] = {}
    for wish in wishes:
        if wish.item_id is not None:
            wanted.setdefault(wish.item_id, []).append(wish)
    offers = catalogues.offers(session, [*wanted, *(one for one in lying if one not in wanted)], institution, by.today)
    in_basket: dict[tuple[int, int | None], Amount] = {}
    for item_id, quantity in lying.items():
        key = (offers[item_id].supplier_id or 0, offers[item_id].agreement_id)
        in_basket[key] = in_basket.get(key, NOTHING) + (offers[item_id].total(quantity) or NOTHING)
    grouped: dict[tuple[int, int | None], list[PoolLine]] = {}
    gone: list[PoolLine] = []
    for item_id, same in wanted.items():
        offer, quantity = offers[item_id], sum((one.quantity for one in same), Decimal(0))
        fits = offer.orderable and offer.price is not None
        line = PoolLine(item_id, offer, quantity, (offer.total(quantity) or NOTHING) if fits else NOTHING, tuple(same))
        if fits:
            grouped.setdefault((offer.supplier_id or 0, offer.agreement_id), []).append(line)
        else:
            gone.append(line)
    suppliers = suppliers_by_id(session, {supplier for supplier, _ in grouped})
    agreements = agreements_by_id(session, {agreement for _, agreement in grouped if agreement is not None})
    handling = handling_cost(session, ordering_settings(session), by.today)
    groups = []
    for key, lines in sorted(grouped.items(), key=lambda one: (suppliers[one[0][0]].name, one[0][1] or 0)):
        agreement = agreements.get(key[1] or 0)
        terms, total = terms_of(agreement), Amount.sum(line.amount for line in lines)
        there = in_basket.get(key, NOTHING)
        groups.append(
            PoolGroup(
                key[0],
                suppliers[key[0]].name,
                agreement.title if agreement else None,
                tuple(lines),
                total,
                there,
                terms,
                hints(total + there, terms, handling),
            )
        )
    return Pool(tuple(groups), tuple(one for one in wishes if one.item_id is None), tuple(gone))
