"""Who answers for which item groups: the purchasing category's owner, found by the narrowest UNSPSC prefix."""

from collections.abc import Iterable

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, User, require


class CategoryResponsibility(Owned, Base):
    """That a person answers for the item groups under a UNSPSC prefix (`title` says in words which these are)."""

    __tablename__ = "category_responsibility"
    __table_args__ = (UniqueConstraint("municipality_id", "prefix"),)
    id: Mapped[int] = id_column()
    prefix: Mapped[str] = mapped_column(String(8))
    title: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


def set_category(session: Session, prefix: str, title: str, user_id: int, by: Actor) -> CategoryResponsibility:
    """From now on the person answers for the prefix, in place of whoever did. BadInput `category_prefix`; NotFound for a person who is
    not here; NotAllowed without the role."""
    require(by, "manage_agreements")
    prefix = prefix.strip()
    if not (prefix.isascii() and prefix.isdigit() and 2 <= len(prefix) <= 8):
        raise BadInput("category_prefix", value=prefix)
    if session.scalars(select(User.id).where(User.id == user_id, User.active)).one_or_none() is None:
        raise NotFound("not_found", thing="User", key=user_id)
    found = session.scalars(select(CategoryResponsibility).where(CategoryResponsibility.prefix == prefix)).one_or_none()
    if found is None:
        found = CategoryResponsibility(prefix=prefix, title="", user_id=user_id, municipality_id=by.municipality_id)
        session.add(found)
    found.title, found.user_id = title.strip() or prefix, user_id
    session.flush()
    audit.record(session, "category_set", "category_responsibility", found.id, by, prefix=prefix, responsible=user_id)
    return found


def end_category(session: Session, category_id: int, by: Actor) -> None:
    """Nobody in particular answers for it any more. NotFound."""
    require(by, "manage_agreements")
    found = session.scalars(
        select(CategoryResponsibility).where(CategoryResponsibility.id == category_id)
    ).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="CategoryResponsibility", key=category_id)
    audit.record(
        session, "category_set", "category_responsibility", found.id, by, prefix=found.prefix, responsible=None
    )
    session.delete(found)
    session.flush()


def list_categories(session: Session) -> list[CategoryResponsibility]:
    """By prefix."""
    return list(session.scalars(select(CategoryResponsibility).order_by(CategoryResponsibility.prefix)))


def responsible_for(categories: Iterable[CategoryResponsibility], prefixes: Iterable[str]) -> list[int]:
    """Who answers for any of these item groups (user ids), the narrowest category of each group first."""
    found: dict[int, None] = {}
    kept = sorted(categories, key=lambda one: -len(one.prefix))
    for group in prefixes:
        owner = next((one for one in kept if group.startswith(one.prefix)), None)
        if owner is not None:
            found[owner.user_id] = None
    return list(found)
