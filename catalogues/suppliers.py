"""Suppliers: who sells, known by CVR and GLN. What they are paid to belongs to `invoicing`."""

from collections.abc import Iterable

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, require


class Supplier(Owned, Base):
    """Someone the municipality buys from. `active` False: nothing can be ordered, history stays."""

    __tablename__ = "supplier"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("municipality_id", "cvr"), UniqueConstraint("municipality_id", "gln"))
    id: Mapped[int] = id_column()
    cvr: Mapped[str | None] = mapped_column(String(20))
    gln: Mapped[str | None] = mapped_column(String(13))
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    email: Mapped[str | None]


class SupplierGln(Owned, Base):
    """A further GLN of a supplier: warehouses and sales offices send documents in their own number."""

    __tablename__ = "supplier_gln"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("municipality_id", "gln"),)
    id: Mapped[int] = id_column()
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    gln: Mapped[str] = mapped_column(String(13))


def plain_cvr(text: str | None) -> str | None:
    """A company number as it is kept: 'DK45656787', 'DK 45 65 67 87' and '45656787' are the same. None for nothing."""
    if not text:
        return None
    kept = "".join(character for character in text.strip().upper() if character.isalnum())
    if kept.startswith("DK") and kept[2:].isdigit():
        kept = kept[2:]
    return kept or None


def find_supplier(session: Session, cvr: str | None = None, gln: str | None = None) -> Supplier | None:
    """The supplier with this CVR, else with this GLN (its own or a further one)."""
    number = plain_cvr(cvr)
    if number:
        found = session.scalars(select(Supplier).where(Supplier.cvr == number)).one_or_none()
        if found is not None:
            return found
    if gln:
        further = select(SupplierGln.supplier_id).where(SupplierGln.gln == gln)
        return session.scalars(
            select(Supplier).where(or_(Supplier.gln == gln, Supplier.id.in_(further))).order_by(Supplier.id).limit(1)
        ).one_or_none()
    return None


def get_supplier(session: Session, supplier_id: int) -> Supplier | None:
    """The supplier, or None where it is not in this municipality."""
    return session.scalars(select(Supplier).where(Supplier.id == supplier_id)).one_or_none()


def list_suppliers(session: Session) -> list[Supplier]:
    """Every supplier of the municipality, by name."""
    return list(session.scalars(select(Supplier).order_by(Supplier.name, Supplier.id)))


def change_supplier(
    session: Session, supplier_id: int, by: Actor, *, active: bool | None = None, email: str | None = None
) -> Supplier:
    """A person sets whether anything may be ordered of the supplier, and where mails to it go ('' for nowhere); None leaves as it is.

    NotFound where it is not ours; BadInput `supplier_email` for what is no mail address.
    """
    require(by, "manage_suppliers")
    supplier = get_supplier(session, supplier_id)
    if supplier is None:
        raise NotFound("not_found", thing="Supplier", key=supplier_id)
    if active is not None:
        supplier.active = active
    if email is not None:
        name, at, host = email.strip().partition("@")
        if email.strip() and (not at or not name or "." not in host or " " in email.strip()):
            raise BadInput("supplier_email", field="email")
        supplier.email = email.strip() or None
    session.flush()
    audit.record(session, "supplier_changed", "supplier", supplier.id, by, active=supplier.active)
    return supplier


def record_supplier(
    session: Session,
    *,
    cvr: str | None = None,
    gln: str | None = None,
    name: str | None = None,
    active: bool | None = None,
    email: str | None = None,
    glns: Iterable[str] = (),
    by: Actor,
) -> Supplier:
    """The supplier with this CVR or GLN, made or brought up to date with what is given. None leaves a field as it is.

    A second GLN of a known supplier is kept as a further one. BadInput `supplier_without_number` without CVR and GLN.
    """
    number, gln = plain_cvr(cvr), (gln or "").strip() or None
    if number is None and gln is None:
        raise BadInput("supplier_without_number", name=name or "")
    supplier = find_supplier(session, number, gln)
    if supplier is not None and number and supplier.cvr and supplier.cvr != number:
        # The GLN is another company's: the CVR decides, the GLN stays where it is.
        supplier, gln = None, None
    if supplier is None:
        supplier = Supplier(cvr=number, gln=gln, name=name or number or gln or "", active=True)
        supplier.municipality_id = by.municipality_id
        session.add(supplier)
        session.flush()
    supplier.cvr = supplier.cvr or number
    supplier.gln = supplier.gln or gln
    if name:
        supplier.name = name
    if active is not None:
        supplier.active = active
    if email is not None:
        supplier.email = email
    for further in {*glns, *([gln] if gln else [])}:
        if further and further != supplier.gln and find_supplier(session, gln=further) is None:
            session.add(SupplierGln(supplier_id=supplier.id, gln=further, municipality_id=supplier.municipality_id))
    session.flush()
    return supplier
