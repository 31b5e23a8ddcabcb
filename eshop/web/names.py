"""Names of what a page's rows point at, each kind in one query."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues import Supplier
from eshop.identity import Institution, User


def _names(session: Session, entity: Any, ids: Iterable[int | None]) -> dict[int | None, str]:
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return {}
    rows = session.execute(select(entity.id, entity.name).where(entity.id.in_(wanted)))
    return dict(rows.all())  # type: ignore[arg-type]


def suppliers(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    return _names(session, Supplier, ids)


def institutions(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    return _names(session, Institution, ids)


def people(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    return _names(session, User, ids)


def every_institution(session: Session) -> list[tuple[int, str]]:
    """All active units of the municipality by name: what an invoice may be sent on to."""
    rows = session.execute(
        select(Institution.id, Institution.name).where(Institution.active).order_by(Institution.name)
    )
    return [(one, name) for one, name in rows]
