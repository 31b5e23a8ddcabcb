"""What may be bought: catalogue versions, their lines as a ledger, the items they speak of, and their prices as dated facts.

* An **Item** is the lasting identity of something orderable: (supplier's agreement, seller's item id, order unit). Orders, lists and
  searches hold its id. Unit codes that write the same unit (EA, C62) are the same item.
* A **CatalogueVersion** is one file as it came: loaded, reviewed, and gone live in one switch, or not at all.
* A **CatalogueLine** is one incoming line: the ledger's row with its result and findings, and, accepted, the content the shop sells.
  Lines that changed nothing are counted on the version and not kept.
* A **Price** is what one line says about one quantity step and period. Rows are never changed: history stands.

When a line is sold. Each line of a live version is a statement about its item: what it is from `starts_on` on, or (kind removed) that it
is no more. The statement that counts on a day is the one that went live last among those that have begun by then; so a new line whose
price begins in March leaves the old one in force until the last of February. A version goes live, and is taken back, by setting
one flag on its row, however many lines it has. To find what counts without reading all history, a line that another takes the
place of carries its mark: `gone_version_id`, and the last day it still serves, `serves_until`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from catalogues.agreements import Agreement
from catalogues.suppliers import Supplier, plain_cvr
from eshop.amounts import Amount
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import NotFound
from eshop.workflow import Workflow, move

ALWAYS: Final = date.max
"""An end that was not given."""

EVER: Final = date.min
"""A beginning that was not given."""

VERSION_WORKFLOW: Final = Workflow(
    "catalogue version",
    "loading",
    {
        "finish": move("loading", "waiting"),
        "accept": move("waiting live", "live"),
        "refuse": move("loading waiting", "refused"),
        "overtake": move("loading waiting", "overtaken"),
        "take_back": move("live", "taken_back"),
    },
)

Exactly: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts and ranges by its bytes on both engines."""


class CatalogueVersion(Owned, Base):
    """One catalogue file of one agreement. `number` counts within the agreement; `is_live` is the switch."""

    __tablename__ = "catalogue_version"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)
    id: Mapped[int] = id_column()
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12), default="loading")
    is_live: Mapped[bool] = mapped_column(Boolean, default=False)
    live_order: Mapped[int | None] = mapped_column(Integer)
    """In which order the agreement's versions went live: of two lines that have begun, the later one counts."""
    base_version_id: Mapped[int | None]
    """The live version that the lines were compared with."""
    prepared: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether the lines it takes the place of still carry its mark; a later load writes its own over them."""
    document_type: Mapped[str] = mapped_column(String(40))
    document_format: Mapped[str] = mapped_column(String(20))
    """peppol-bis-3, oioubl-2.1, ubl-2.1, excel, csv, bmecat."""
    document_id: Mapped[str | None]
    document_version: Mapped[str | None]
    document_profile: Mapped[str | None]
    action: Mapped[str] = mapped_column(String(10))
    """Add, Replace, Update or Delete; what the whole file does (DOMAIN §3)."""
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None]
    issue_date: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None]
    lines: Mapped[int] = mapped_column(Integer, default=0)
    """Incoming lines dealt with so far: where an interrupted load goes on."""
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    new: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    removed: Mapped[int] = mapped_column(Integer, default=0)
    price_up: Mapped[int] = mapped_column(Integer, default=0)
    price_down: Mapped[int] = mapped_column(Integer, default=0)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    """Findings about the file as a whole."""


class Item(Owned, Base):
    """The lasting identity of an orderable line. Unit is the code we calculate with (EA for C62).

    Here and in the other tables with a row per line the municipality has no index of its own: every question comes by another one,
    and a load writes each index once per line.
    """

    __tablename__ = "item"
    __table_args__ = (Index("uq_item_key", "seller_item_id", "agreement_id", "unit", unique=True),)
    id: Mapped[int] = id_column()
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))  # pyright: ignore[reportIncompatibleVariableOverride]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    seller_item_id: Mapped[str] = mapped_column(Exactly)
    unit: Mapped[str] = mapped_column(Exactly)


class CatalogueLine(Owned, Base):
    """One incoming line and what became of it. `kind` is new, changed, removed, or renewed where only its days are
    others; a refused line has no item."""

    __tablename__ = "catalogue_line"
    __table_args__ = (Index("ix_catalogue_line_version", "version_id", "number"),)
    id: Mapped[int] = id_column()
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))  # pyright: ignore[reportIncompatibleVariableOverride]
    # the ledger
    version_id: Mapped[int] = mapped_column(ForeignKey("catalogue_version.id"))
    number: Mapped[int] = mapped_column(Integer)
    """Position in the file, from 1; 0 for what the file left out (removed)."""
    ref: Mapped[str | None]
    """The line's own id in the file."""
    result: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str | None] = mapped_column(String(7))
    severity: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Of the worst finding: 0 none, 1 info, 2 warning, 3 error."""
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonType)
    selected: Mapped[bool] = mapped_column(Boolean, default=False)
    yearly_effect: Mapped[Amount | None]
    change_ppm: Mapped[int | None]
    """Change of the price of one order unit against the line it replaces, in millionths."""
    base_line_id: Mapped[int | None]
    since_version_id: Mapped[int | None]
    gone_version_id: Mapped[int | None]
    serves_until: Mapped[date] = mapped_column(Date, default=ALWAYS)
    # what is sold
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    lot_id: Mapped[int | None]
    seller_item_id: Mapped[str] = mapped_column(Exactly)
    name: Mapped[str]
    description: Mapped[str | None]
    unit: Mapped[str | None] = mapped_column(String(8))
    """The order unit's code as the supplier writes it."""
    orderable: Mapped[bool] = mapped_column(Boolean, default=True)
    content_quantity: Mapped[Decimal | None]
    content_unit: Mapped[str | None] = mapped_column(String(8))
    multiple: Mapped[Decimal | None]
    minimum: Mapped[Decimal | None]
    maximum: Mapped[Decimal | None]
    lead_time_days: Mapped[int | None] = mapped_column(Integer)
    vat_percent: Mapped[Decimal | None]
    unspsc: Mapped[str | None] = mapped_column(String(8))
    gtin: Mapped[str | None] = mapped_column(String(14))
    gtin_number: Mapped[int | None] = mapped_column(BigInteger)
    brand: Mapped[str | None]
    labels: Mapped[int] = mapped_column(Integer, default=0)
    """A bit for each label of `catalogues.labels`."""
    starts_on: Mapped[date] = mapped_column(Date, default=EVER)
    """When the line takes over from the one before: its own start, and not before its first price's."""
    ends_on: Mapped[date] = mapped_column(Date, default=ALWAYS)
    valid_from: Mapped[date] = mapped_column(Date, default=EVER)
    """The line's own first day, whether a price has begun or not."""
    unit_price: Mapped[Decimal | None]
    """What one order unit costs by the first price, for sorting."""
    comparison_price: Mapped[Decimal | None]
    """Kroner per `comparison_unit` (stk., kg, liter …); None where it cannot be computed."""
    comparison_unit: Mapped[str | None] = mapped_column(String(8))
    digest: Mapped[int | None] = mapped_column(BigInteger)
    """Of everything the line says, so that an unchanged one is recognised."""
    imprint: Mapped[int | None] = mapped_column(BigInteger)
    """Of the bytes it stood as in its file, so that it is recognised without being read."""
    details: Mapped[dict[str, Any]] = mapped_column(JsonType, default=dict)
    """What the item page shows: properties, pictures, documents, relations, manufacturer, warranty, hazard …"""
    words: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many words the name has."""
    terms: Mapped[str | None] = mapped_column(Text)
    """The words it is found by (`catalogues.index`)."""


_has_gtin = CatalogueLine.gtin_number.is_not(None)
Index(
    "ix_catalogue_line_gtin", CatalogueLine.gtin_number, sqlite_where=_has_gtin, postgresql_where=_has_gtin
)  # few lines in some catalogues have one


class Price(Owned, Base):
    """What a line says one quantity step costs in a period. `validity_stated`: the price said so itself."""

    __tablename__ = "price"
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))  # pyright: ignore[reportIncompatibleVariableOverride]
    line_id: Mapped[int] = mapped_column(ForeignKey("catalogue_line.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    base_quantity: Mapped[Decimal]
    base_unit: Mapped[str | None] = mapped_column(String(8))
    factor: Mapped[Decimal]
    minimum_quantity: Mapped[Decimal]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    validity_stated: Mapped[bool] = mapped_column(Boolean, default=False)


class UnchangedItem(Owned, Base):
    """That a version being loaded repeated an item unchanged: what it did not repeat is gone. Emptied when the load is done."""

    __tablename__ = "unchanged_item"
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))  # pyright: ignore[reportIncompatibleVariableOverride]
    version_id: Mapped[int] = mapped_column(ForeignKey("catalogue_version.id"), primary_key=True, autoincrement=False)
    item_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


Born = aliased(CatalogueVersion, name="born")
Gone = aliased(CatalogueVersion, name="gone")
BORN = and_(Born.id == CatalogueLine.since_version_id, Born.municipality_id == CatalogueLine.municipality_id)
GONE = and_(Gone.id == CatalogueLine.gone_version_id, Gone.municipality_id == CatalogueLine.municipality_id)
"""How a line is joined with the version it goes live with, and outer-joined with the one it goes with."""


def sold_on(on: Any) -> ColumnElement[bool]:
    """The condition that a line joined with `Born` and outer-joined with `Gone` may count on the day; the one that went live last
    among them does (nearly always there is only one)."""
    return and_(
        Born.is_live,
        CatalogueLine.starts_on <= on,
        or_(Gone.id.is_(None), Gone.is_live.is_(False), CatalogueLine.serves_until >= on),
    )


def is_current() -> ColumnElement[bool]:
    """The condition that a line (joined likewise) is the latest that has gone live about its item, whenever it begins."""
    return and_(Born.is_live, or_(Gone.id.is_(None), Gone.is_live.is_(False)), CatalogueLine.kind != "removed")


def get_item(session: Session, item_id: int) -> Item:
    """The item. NotFound where it is not this municipality's."""
    found = session.scalars(select(Item).where(Item.id == item_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Item", key=item_id)
    return found


def find_item(session: Session, supplier_cvr: str, seller_item_id: str) -> Item | None:
    """An item by supplier's CVR and the seller's item id; of several (agreements, units) the first that was loaded."""
    found = find_items(session, supplier_cvr, seller_item_id)
    return found[0] if found else None


def find_items(session: Session, supplier_cvr: str, seller_item_id: str) -> list[Item]:
    """Every item of the supplier (CVR or GLN) with this number: one per agreement and order unit."""
    who = plain_cvr(supplier_cvr)
    return list(
        session.scalars(
            select(Item)
            .join(Supplier, Supplier.id == Item.supplier_id)
            .where(Item.seller_item_id == seller_item_id, or_(Supplier.cvr == who, Supplier.gln == supplier_cvr))
            .order_by(Item.id)
        )
    )


def item_ids(session: Session, agreement_number: str) -> list[int]:
    """Every item that was ever on the agreements with this number, oldest first."""
    agreements = select(Agreement.id).where(Agreement.number == agreement_number)
    return list(session.scalars(select(Item.id).where(Item.agreement_id.in_(agreements)).order_by(Item.id)))


def current_line(session: Session, item_id: int) -> CatalogueLine | None:
    """The latest line about the item that has gone live, orderable or not: what the item page shows."""
    return session.scalars(
        select(CatalogueLine)
        .join(Born, Born.id == CatalogueLine.since_version_id)
        .where(CatalogueLine.item_id == item_id, Born.is_live, CatalogueLine.kind != "removed")
        .order_by(Born.live_order.desc())
        .limit(1)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price as the history shows it: from which version, for which period and step."""

    version_id: int
    version_number: int
    valid_from: date | None
    valid_to: date | None
    minimum_quantity: Decimal
    amount: Decimal
    currency: str
    base_quantity: Decimal
    factor: Decimal
    counts_until: date | None = field(default=None)
    """The day the next version's line took over; None while it counts."""


def price_history(session: Session, item_id: int) -> list[DatedPrice]:
    """Every price that has gone live for the item, oldest version first."""
    rows = session.execute(
        select(CatalogueVersion, CatalogueLine, Price)
        .join(CatalogueLine, CatalogueLine.since_version_id == CatalogueVersion.id)
        .join(Price, Price.line_id == CatalogueLine.id)
        .where(CatalogueLine.item_id == item_id, CatalogueVersion.is_live)
        .order_by(CatalogueLine.id, Price.position)
    )
    return [
        DatedPrice(
            version.id,
            version.number,
            price.valid_from,
            price.valid_to,
            price.minimum_quantity,
            price.amount,
            price.currency,
            price.base_quantity,
            price.factor,
            None if line.gone_version_id is None else line.serves_until,
        )
        for version, line, price in rows
    ]


def count_live(session: Session, agreement_id: int) -> int:
    """How many lines of the agreement are live."""
    versions = select(CatalogueVersion.id).where(CatalogueVersion.agreement_id == agreement_id)
    return (
        session.scalar(
            select(func.count())
            .select_from(CatalogueLine)
            .join(Born, Born.id == CatalogueLine.since_version_id)
            .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
            .where(CatalogueLine.version_id.in_(versions), is_current())
        )
        or 0
    )


def list_versions(
    session: Session, agreement_id: int | None = None, supplier_id: int | None = None
) -> list[CatalogueVersion]:
    """Catalogue versions, newest first: all, or those of an agreement or a supplier."""
    query = select(CatalogueVersion).order_by(CatalogueVersion.id.desc())
    if supplier_id is not None:
        query = query.where(CatalogueVersion.supplier_id == supplier_id)
    if agreement_id is not None:
        query = query.where(CatalogueVersion.agreement_id == agreement_id)
    return list(session.scalars(query))


def get_version(session: Session, version_id: int) -> CatalogueVersion:
    found = session.scalars(select(CatalogueVersion).where(CatalogueVersion.id == version_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="CatalogueVersion", key=version_id)
    return found


def agreement_of(session: Session, item: Item) -> Agreement:
    return session.scalars(select(Agreement).where(Agreement.id == item.agreement_id)).one()
