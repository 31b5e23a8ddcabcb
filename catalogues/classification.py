"""UNSPSC titles, loaded by the operator from a list of their own (code;title). None are shipped: UNSPSC belongs to UNDP."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import String, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.db import Base, insert_rows
from eshop.errors import BadInput
from eshop.kept import Kept


class Classification(Base):
    """A code of the loaded list: segment, family, class or commodity. One list for the whole installation."""

    __tablename__ = "classification"
    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    title: Mapped[str]


def load_classification(session: Session, rows: Iterable[Sequence[str]]) -> int:
    """Codes and titles, in place of those there were; returns how many. Shorter codes are filled up with zeros: '44' → '44000000'.

    BadInput `classification_row` names the row that is not a code of 2, 4, 6 or 8 digits and a title.
    """
    found: dict[str, str] = {}
    for position, row in enumerate(rows, start=1):
        code, title = (str(row[0]).strip(), str(row[1]).strip()) if len(row) > 1 else ("", "")
        if position == 1 and not code.isdigit():
            continue  # a heading
        if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 8) and title):
            raise BadInput("classification_row", row=position, value=code)
        found[code.ljust(8, "0")] = title
    session.execute(delete(Classification))
    insert_rows(session, Classification, [{"code": code, "title": title} for code, title in sorted(found.items())])
    return len(found)


def known_codes(session: Session) -> frozenset[str] | None:
    """Every code of the loaded list, None where none is loaded."""
    codes = frozenset(session.scalars(select(Classification.code)))
    return codes or None


_TITLES: Final = Kept(
    select(Classification.code, Classification.title).where(Classification.code.in_(bindparam("codes", expanding=True)))
)


def titles(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Code (2 to 8 digits as asked) → title, for those that are known."""
    asked = list(codes)
    if not asked:
        return {}
    kept, values = asking_for_titles(asked)
    return titles_from(asked, kept.rows(session, **values))


def asking_for_titles(codes: Iterable[str]) -> tuple[Kept, dict[str, Any]]:
    """The question behind `titles`, for whoever asks more in the same journey; `titles_from` reads the answer."""
    return _TITLES, {"codes": sorted({code.ljust(8, "0") for code in codes})}


def titles_from(codes: Iterable[str], rows: Iterable[Any]) -> dict[str, str]:
    found: dict[str, str] = dict(rows)
    return {code: found[full] for code in codes if (full := code.ljust(8, "0")) in found}
