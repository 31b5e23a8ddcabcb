"""What could be bought instead of an item: cheaper for the same (UX rule 9), what replaces or goes with it, what it costs to have.

A cheaper equivalent shares item group, base unit and all the labels of the item, is on an agreement the institution may use, and saves at
least a tenth per base unit. Somebody who says no to it is not shown it again at that item for 90 days.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Date, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.items import CatalogueLine, Item, get_item
from catalogues.offering import Offer, offers
from catalogues.particulars import RELATIONS, Relation, Running, particulars_of
from catalogues.searching import search
from eshop.db import Base, Owned, id_column
from eshop.errors import NotAllowed
from eshop.identity import Actor, Institution

LEAST_SAVING: Final = Decimal("0.10")
DISMISSED_FOR: Final = timedelta(days=90)
_SIZE: Final = re.compile(r"\b(?:str\.?|størrelse|size)\s*(?P<size>\d+|X{0,3}[SL]|M)\b", re.IGNORECASE)
LOOKED_AT: Final = 60
"""Hits of the item's own word that are looked through."""
KRONER_PER_KWH: Final = Decimal("2.00")
"""What a kilowatt-hour is reckoned at where the municipality has set no price of its own; the page says so."""


class DismissedEquivalent(Owned, Base):
    """That a person does not want to be shown something cheaper at this item until a day."""

    __tablename__ = "dismissed_equivalent"
    __table_args__ = (UniqueConstraint("user_id", "item_id"),)
    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    until: Mapped[date] = mapped_column(Date)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """`offer` costs `saving` kroner less per base unit (`offer.comparison_unit`), `percent` of the item's own price."""

    offer: Offer
    saving: Decimal
    percent: Decimal


def similar_offers(session: Session, shown: Offer, institution: Institution | None, on: date) -> list[Offer]:
    """Orderable offers of the same item group, found by the first word of the item's name; the item itself is left out."""
    word = next((part for part in re.split(r"[\s,;/()]+", shown.name) if len(part) > 2), "")
    if not word or not shown.unspsc:
        return []
    hits = search(session, word, institution, on, limit=LOOKED_AT).hits
    own = {shown.item_id, *shown.alternatives}
    return [
        one.offer for one in hits if one.offer.orderable and one.item_id not in own and one.offer.unspsc == shown.unspsc
    ]


def stated_size(name: str) -> str | None:
    """The size a name states, which decides whether it fits at all: "Bleer str. 4, 7–16 kg" → "4"; None where it states none."""
    found = _SIZE.search(name)
    return found["size"].upper() if found else None


def cheaper_equivalent(shown: Offer, similar: Sequence[Offer], least: Decimal = LEAST_SAVING) -> Equivalent | None:
    """The cheapest of the similar offers that may stand for the item by UX rule 9."""
    price, unit = shown.comparison_price, shown.comparison_unit
    if price is None or price <= 0 or unit is None:
        return None
    fitting = [
        one
        for one in similar
        if one.comparison_price is not None
        and one.comparison_price > 0
        and one.comparison_unit == unit
        and one.labels & shown.labels == shown.labels
        and stated_size(one.name) == stated_size(shown.name)
        and price - one.comparison_price >= price * least
    ]
    best = min(fitting, key=lambda one: (one.comparison_price or price, one.item_id or 0), default=None)
    if best is None or best.comparison_price is None:
        return None
    saving = price - best.comparison_price
    return Equivalent(best, saving, saving * 100 / price)


def dismiss_equivalent(session: Session, item_id: int, by: Actor) -> None:
    """Nothing cheaper is shown to the person at this item for 90 days. NotFound for an item that is not ours."""
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb="shop")
    get_item(session, item_id)
    mine = _dismissal(session, item_id, by)
    if mine is None:
        mine = DismissedEquivalent(user_id=by.user_id, item_id=item_id, until=by.today)
        session.add(mine)
    mine.until = by.today + DISMISSED_FOR
    session.flush()


def is_dismissed(session: Session, item_id: int, by: Actor) -> bool:
    mine = _dismissal(session, item_id, by)
    return mine is not None and by.today < mine.until


def _dismissal(session: Session, item_id: int, by: Actor) -> DismissedEquivalent | None:
    return session.scalars(
        select(DismissedEquivalent).where(
            DismissedEquivalent.user_id == by.user_id, DismissedEquivalent.item_id == item_id
        )
    ).one_or_none()


# --- what goes with it -------------------------------------------------------------------------------------------------


def related_offers(
    session: Session, item: Item, relations: Sequence[Relation], institution: Institution | None, on: date
) -> list[tuple[str, Offer]]:
    """(kind of relation, offer) of the supplier's other items that the line names, where they can be ordered today."""
    numbers = {one.seller_item_id for one in relations}
    if not numbers:
        return []
    known: dict[str, list[int]] = {}
    for other in session.scalars(
        select(Item)
        .where(Item.supplier_id == item.supplier_id, Item.seller_item_id.in_(numbers), Item.id != item.id)
        .order_by(Item.id)
    ):
        known.setdefault(other.seller_item_id, []).append(other.id)
    found = offers(session, [one for same in known.values() for one in same], institution, on)
    answer: list[tuple[str, Offer]] = []
    for relation in sorted(relations, key=lambda one: RELATIONS.index(one.kind)):
        can = [found[one] for one in known.get(relation.seller_item_id, ()) if found[one].orderable]
        if can and all(can[0].item_id != other.item_id for _, other in answer):
            answer.append((relation.kind, can[0]))
    return answer


def order_units(session: Session, item: Item, institution: Institution | None, on: date) -> list[Offer]:
    """The same item in its other order units (a carton, a piece), where they can be ordered today."""
    others = session.scalars(
        select(Item.id).where(
            Item.supplier_id == item.supplier_id, Item.seller_item_id == item.seller_item_id, Item.unit != item.unit
        )
    ).all()
    found = offers(session, others, institution, on)
    return list({one.item_id: one for one in found.values() if one.orderable}.values())


# --- what it costs to have ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LifeCost:
    """An offer's price and running costs over `years`, in kroner; per year they can be compared."""

    offer: Offer
    price: Decimal
    whole: Decimal
    years: Decimal

    @property
    def a_year(self) -> Decimal:
        return self.whole / self.years


def life_costs(
    session: Session, shown: Offer, similar: Sequence[Offer], kroner_per_kwh: Decimal = KRONER_PER_KWH
) -> list[LifeCost]:
    """The item and similar ones by what they cost to have per year, cheapest first; empty where the supplier does not say it of the item,
    or of no other."""
    asked = {one.line_id: one for one in (shown, *similar) if one.line_id is not None and one.price is not None}
    found: list[LifeCost] = []
    for line_id, details in session.execute(
        select(CatalogueLine.id, CatalogueLine.details).where(CatalogueLine.id.in_(asked))
    ):
        running: Running | None = particulars_of(details).running
        price = asked[line_id].price
        if running is not None and price is not None:
            each = price.per_order_unit
            found.append(LifeCost(asked[line_id], each, running.cost(each, kroner_per_kwh), running.years))
    if len(found) < 2 or all(one.offer.item_id != shown.item_id for one in found):
        return []
    return sorted(found, key=lambda one: (one.a_year, one.offer.item_id or 0))
