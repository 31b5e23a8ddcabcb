"""Lists: a person's favourites, an institution's shared lists with usual quantities, and standard baskets from purchasing.

A list holds items, not prices: what it costs is asked when it is shown or put in the basket. What cannot be ordered today is shown first,
with what could take its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

import catalogues
from catalogues import Offer
from eshop.amounts import NOTHING, Amount, exact
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, may, require
from ordering.baskets import Basket, institution_of, open_basket
from ordering.filling import Change, put_in_basket

ListKind = Literal["favourites", "shared", "standard"]
LIST_KINDS: Final[tuple[ListKind, ...]] = ("favourites", "shared", "standard")
LARGEST_USUAL: Final = 100_000


class ShoppingList(Owned, Base):
    """`favourites` belong to a person, `shared` to an institution, `standard` to the municipality (or to one institution of it)."""

    __tablename__ = "shopping_list"
    __table_args__ = (Index("ix_shopping_list_place", "kind", "institution_id"),)
    id: Mapped[int] = id_column()
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    changed_at: Mapped[datetime]
    lines: Mapped[list["ListLine"]] = relationship(
        order_by="ListLine.position", lazy="selectin", cascade="all, delete-orphan"
    )


class ListLine(Owned, Base):
    """An item with its usual quantity, in order units."""

    __tablename__ = "list_line"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("list_id", "item_id"),)
    id: Mapped[int] = id_column()
    list_id: Mapped[int] = mapped_column(ForeignKey("shopping_list.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    quantity: Mapped[Decimal]
    position: Mapped[int] = mapped_column(Integer)
    note: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class ListLineView:
    """A line with today's offer; `amount` is the usual quantity at today's price."""

    item_id: int
    quantity: Decimal
    note: str | None
    offer: Offer
    amount: Amount


@dataclass(frozen=True, slots=True)
class ListView:
    """A list as it stands today. `gone` are the lines that cannot be ordered, to be shown first."""

    list_id: int
    name: str
    kind: str
    lines: tuple[ListLineView, ...]
    gone: tuple[ListLineView, ...]
    may_change: bool

    @property
    def total(self) -> Amount:
        return Amount.sum(line.amount for line in self.lines)


def my_lists(session: Session, by: Actor) -> list[ShoppingList]:
    """What the person can put in the basket here: own favourites, the institution's shared lists, standard baskets; in two queries."""
    here = ShoppingList.institution_id == by.institution_id
    everywhere = ShoppingList.institution_id.is_(None)
    found = session.scalars(
        select(ShoppingList).where(
            or_(
                (ShoppingList.kind == "favourites") & (ShoppingList.user_id == by.user_id),
                (ShoppingList.kind == "shared") & here,
                (ShoppingList.kind == "standard") & or_(here, everywhere),
            )
        )
    ).all()
    return sorted(found, key=lambda one: (LIST_KINDS.index(one.kind), one.name.casefold(), one.id))  # type: ignore[arg-type]


def items_on_lists(session: Session) -> set[int]:
    """The items that stand on any list of the municipality."""
    return set(session.scalars(select(ListLine.item_id).distinct()))


def get_list(session: Session, list_id: int, by: Actor) -> ShoppingList:
    """A list that the person may use. NotFound `list_not_found`: another's favourites look like nothing."""
    found = session.scalars(select(ShoppingList).where(ShoppingList.id == list_id)).one_or_none()
    if found is None or not _may_use(found, by):
        raise NotFound("list_not_found")
    return found


def _may_use(one: ShoppingList, by: Actor) -> bool:
    if one.kind == "favourites":
        return one.user_id == by.user_id
    return one.institution_id is None or may(by, "shop", one.institution_id)


def may_change_list(one: ShoppingList, by: Actor) -> bool:
    """Favourites: the person; shared: who manages lists at the institution; standard baskets: purchasing."""
    if one.kind == "favourites":
        return one.user_id == by.user_id
    if one.kind == "shared":
        return may(by, "manage_lists", one.institution_id)
    return may(by, "manage_agreements")


def make_list(
    session: Session, name: str, kind: ListKind, by: Actor, institution_id: int | None = None
) -> ShoppingList:
    """A new list. BadInput `unknown_list_kind`, `list_name_missing`; Conflict `list_name_taken`; NotAllowed `not_your_list`."""
    if kind not in LIST_KINDS:
        raise BadInput("unknown_list_kind", kind=kind)
    if not name.strip():
        raise BadInput("list_name_missing")
    place = institution_id if kind == "standard" else by.institution_id if kind == "shared" else None
    made = ShoppingList(
        kind=kind,
        name=name.strip()[:120],
        institution_id=place,
        user_id=by.user_id if kind == "favourites" else None,
        changed_at=by.at,
    )
    if kind == "shared" and place is None:
        raise BadInput("needs_an_institution")
    if not may_change_list(made, by):
        raise NotAllowed("not_your_list")
    if any(one.kind == kind and one.name.casefold() == made.name.casefold() for one in my_lists(session, by)):
        raise Conflict("list_name_taken", name=made.name)
    session.add(made)
    session.flush()
    return made


def drop_list(session: Session, one: ShoppingList, by: Actor) -> None:
    """Takes the list away. NotAllowed `not_your_list`."""
    _changing(one, by)
    session.delete(one)
    session.flush()


def rename_list(session: Session, one: ShoppingList, name: str, by: Actor) -> ShoppingList:
    """BadInput `list_name_missing`; NotAllowed `not_your_list`."""
    _changing(one, by)
    if not name.strip():
        raise BadInput("list_name_missing")
    one.name = name.strip()[:120]
    session.flush()
    return one


def set_on_list(
    session: Session, one: ShoppingList, item_id: int, quantity: Decimal, by: Actor, note: str | None = None
) -> ListLine:
    """Puts an item on the list, or sets its usual quantity. Any item of ours may stand on a list; whether it can be ordered is asked
    later. BadInput `quantity_not_positive`; NotFound for an item that is not ours."""
    _changing(one, by)
    catalogues.get_item(session, item_id)
    number = exact(quantity)
    if number <= 0:
        raise BadInput("quantity_not_positive", quantity=number)
    line = next((line for line in one.lines if line.item_id == item_id), None)
    if line is None:
        position = max((line.position for line in one.lines), default=0) + 1
        line = ListLine(item_id=item_id, quantity=number, position=position)
        one.lines.append(line)
    line.quantity = number
    line.note = (note or "").strip() or line.note
    one.changed_at = by.at
    session.flush()
    return line


def take_off_list(session: Session, one: ShoppingList, item_id: int, by: Actor) -> None:
    """NotFound `not_on_list`."""
    _changing(one, by)
    line = next((line for line in one.lines if line.item_id == item_id), None)
    if line is None:
        raise NotFound("not_on_list", item=item_id)
    one.lines.remove(line)
    one.changed_at = by.at
    session.flush()


def set_usual(session: Session, one: ShoppingList, quantities: Mapping[int, Decimal], by: Actor) -> None:
    """Sets the usual quantities of the items named; items that are not on the list are left out. BadInput `quantity_not_positive`."""
    _changing(one, by)
    for line in one.lines:
        if line.item_id in quantities:
            number = exact(quantities[line.item_id])
            if number <= 0 or number > LARGEST_USUAL:
                raise BadInput("quantity_not_positive", quantity=number)
            line.quantity = number
    one.changed_at = by.at
    session.flush()


def replace_on_list(session: Session, one: ShoppingList, old_item_id: int, new_item_id: int, by: Actor) -> None:
    """Another item takes the place and the usual quantity of one that can no longer be ordered. NotFound `not_on_list`, or an item
    that is not ours."""
    _changing(one, by)
    catalogues.get_item(session, new_item_id)
    line = next((line for line in one.lines if line.item_id == old_item_id), None)
    if line is None:
        raise NotFound("not_on_list", item=old_item_id)
    if any(other.item_id == new_item_id for other in one.lines):
        one.lines.remove(line)
    else:
        line.item_id = new_item_id
    one.changed_at = by.at
    session.flush()


def list_from_basket(session: Session, basket: Basket, name: str, by: Actor) -> ShoppingList:
    """Keeps what lies in the basket: as a shared list by who keeps the institution's lists, else among one's favourites. Conflict
    `basket_empty`, `list_name_taken`; NotAllowed `not_your_basket`."""
    if basket.user_id != by.user_id:
        raise NotAllowed("not_your_basket")
    if not basket.lines:
        raise Conflict("basket_empty")
    keeper = may(by, "manage_lists", basket.institution_id)
    one = make_list(session, name, "shared", by) if keeper else favourites(session, by)
    for line in basket.lines:
        set_on_list(session, one, line.item_id, line.quantity, by)
    return one


def order_list(session: Session, one: ShoppingList, item_ids: Sequence[int], by: Actor) -> None:
    """Sets the sequence of the lines; items not named keep theirs behind."""
    _changing(one, by)
    wanted = {item_id: place for place, item_id in enumerate(item_ids)}
    for place, line in enumerate(
        sorted(one.lines, key=lambda line: (wanted.get(line.item_id, len(wanted)), line.position)), 1
    ):
        line.position = place
    session.flush()


def _changing(one: ShoppingList, by: Actor) -> None:
    if not may_change_list(one, by):
        raise NotAllowed("not_your_list")


def favourites(session: Session, by: Actor) -> ShoppingList:
    """The person's favourites; made when there are none."""
    found = session.scalars(
        select(ShoppingList).where(ShoppingList.kind == "favourites", ShoppingList.user_id == by.user_id).limit(1)
    ).one_or_none()
    if found is None:
        if by.user_id is None:
            raise NotAllowed("needs_a_person", verb="shop")
        found = ShoppingList(kind="favourites", name="Favoritter", user_id=by.user_id, changed_at=by.at)
        session.add(found)
        session.flush()
    return found


def set_favourite(session: Session, item_id: int, wanted: bool, by: Actor, quantity: Decimal = Decimal(1)) -> None:
    """Marks or unmarks an item; doing it twice is doing it once."""
    mine = favourites(session, by)
    present = any(line.item_id == item_id for line in mine.lines)
    if wanted and not present:
        set_on_list(session, mine, item_id, quantity, by)
    elif not wanted and present:
        take_off_list(session, mine, item_id, by)


def list_view(session: Session, one: ShoppingList, by: Actor) -> ListView:
    """The list with today's offers, in a bounded number of queries."""
    place = by.institution_id or one.institution_id
    institution = None if place is None else institution_of(session, place)
    offers = catalogues.offers(session, [line.item_id for line in one.lines], institution, by.today)
    shown: list[ListLineView] = []
    gone: list[ListLineView] = []
    for line in one.lines:
        offer = offers[line.item_id]
        amount = (offer.total(line.quantity) or NOTHING) if offer.orderable else NOTHING
        view = ListLineView(line.item_id, line.quantity, line.note, offer, amount)
        (shown if offer.orderable and offer.price else gone).append(view)
    return ListView(one.id, one.name, one.kind, tuple(shown), tuple(gone), may_change_list(one, by))


def list_to_basket(
    session: Session, one: ShoppingList, by: Actor, quantities: Mapping[int, Decimal] | None = None
) -> list[Change]:
    """Puts the list in the basket, whole or the items named, and says what could not be."""
    require(by, "shop", by.institution_id)
    wanted = {line.item_id: line.quantity for line in one.lines}
    if quantities is not None:
        wanted = {item_id: quantities[item_id] for item_id in wanted if quantities.get(item_id)}
    return put_in_basket(session, open_basket(session, by), list(wanted.items()), by)


def replace_on_lists(session: Session, old_item_id: int, new_item_id: int, by: Actor) -> int:
    """A supplier or item was replaced: every list of the municipality holds the new item; returns how many lines were mended."""
    require(by, "manage_agreements")
    catalogues.get_item(session, new_item_id)
    mended = 0
    for line in session.scalars(select(ListLine).where(ListLine.item_id == old_item_id)).all():
        has_new = session.scalars(
            select(ListLine.id).where(ListLine.list_id == line.list_id, ListLine.item_id == new_item_id)
        ).first()
        if has_new is None:
            line.item_id = new_item_id
        else:
            session.delete(line)
        mended += 1
    session.flush()
    return mended
