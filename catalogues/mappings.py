"""How a supplier's sheets are read: the columns a person pointed out once are remembered, and a preview shows what they give."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.checks import Terms, check
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.formats import FIELDS, REQUIRED, Draft, PriceList
from eshop.identity import Actor

FIRST_ROWS = 20
SHEET_FIELDS = tuple(FIELDS)
"""The fields that a sheet may have a column for, those that it must have first."""
SHEET_REQUIRED = REQUIRED


class SheetMapping(Owned, Base):
    """Field → the heading of its column in this supplier's sheets; an empty heading: the field is not read from the sheet."""

    __tablename__ = "sheet_mapping"
    __table_args__ = (UniqueConstraint("municipality_id", "supplier_id"),)
    id: Mapped[int] = id_column()
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    columns: Mapped[dict[str, str]] = mapped_column(JsonType)


@dataclass(frozen=True, slots=True)
class SheetPreview:
    """What a sheet would give: its headings, which column each field is read from, the fields still missing, the first lines and
    their findings."""

    headings: tuple[str, ...]
    columns: Mapping[str, str]
    missing: tuple[str, ...]
    lines: tuple[tuple[Draft, tuple[Finding, ...]], ...]


def remembered_columns(session: Session, supplier_id: int) -> dict[str, str]:
    """Field → heading as it was pointed out for this supplier; empty when nothing was."""
    found = session.scalars(select(SheetMapping).where(SheetMapping.supplier_id == supplier_id)).one_or_none()
    return {} if found is None else dict(found.columns)


def remember_columns(session: Session, supplier_id: int, columns: Mapping[str, str], by: Actor) -> None:
    """From now on this supplier's sheets are read so. BadInput `unknown_field`."""
    for name in columns:
        if name not in FIELDS:
            raise BadInput("unknown_field", field=name)
    found = session.scalars(select(SheetMapping).where(SheetMapping.supplier_id == supplier_id)).one_or_none()
    if found is None:
        found = SheetMapping(supplier_id=supplier_id, municipality_id=by.municipality_id)
        session.add(found)
    found.columns = dict(columns)
    session.flush()


def preview_sheet(
    session: Session, source: Path | bytes, supplier_id: int | None, columns: Mapping[str, str] | None = None
) -> SheetPreview:
    """What the sheet would give, by these columns or the remembered ones. Writes nothing. BadInput where it is no sheet."""
    known = columns if columns is not None else remembered_columns(session, supplier_id) if supplier_id else {}
    reader = PriceList(source, known)
    mapping = reader.mapping()
    shown = {name: reader.headings[column] for name, column in mapping.items()}
    try:
        drafts = list(islice(reader.lines(), FIRST_ROWS))
    except BadInput as error:
        if error.code != "columns_missing":
            raise
        return SheetPreview(tuple(reader.headings), shown, tuple(error.values["fields"].split(", ")), ())
    terms = Terms(document_format=reader.heading.document_format)
    return SheetPreview(
        tuple(reader.headings), shown, (), tuple((draft, tuple(check(draft, terms))) for draft in drafts)
    )
