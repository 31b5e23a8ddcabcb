"""Who acts, for which municipality and institution, and what they may do.

Tables: Municipality (the tenant), Institution with dated GLNs and delivery points, User, RoleGrant, Deputyship.
`Actor` is the one value that says who did what, when and through which door; every verb of every room takes it as `by`.
`PERMISSIONS` says which roles may say which verb. Separation of duties that depends on the thing itself (own order, own bank
account) lives with the verb in its room and uses `same_person` and `acting_for`, so that no deputy chain leads round it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.amounts import Amount, Percent
from eshop.db import Base, JsonType, Owned, id_column, scope_of
from eshop.errors import BadInput, NotAllowed, NotFound

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")

Door = Literal["web", "api", "cli", "worker", "link"]


class Role(StrEnum):
    COLLEAGUE = "colleague"
    ORDERER = "orderer"
    LOCAL_LEAD = "local_lead"
    APPROVER = "approver"
    PURCHASING_LEAD = "purchasing_lead"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SUPPLIER = "supplier"


PERMISSIONS: Final[Mapping[str, frozenset[Role]]] = {
    verb: frozenset(Role(role) for role in roles.split())
    for verb, roles in {
        "shop": "colleague orderer local_lead approver purchasing_lead",
        "wish": "colleague orderer local_lead approver purchasing_lead",
        "order": "orderer local_lead approver",
        "order_for_others": "local_lead",
        "receive": "orderer local_lead approver",
        "write_supplier": "orderer local_lead approver purchasing_lead",
        "approve": "approver purchasing_lead",
        "attest": "approver",
        "see_orders": "orderer local_lead approver purchasing_lead finance auditor",
        "see_agreements": "purchasing_lead finance auditor",
        "manage_agreements": "purchasing_lead",
        "accept_catalogue": "purchasing_lead",
        "hand_in_catalogue": "purchasing_lead supplier",
        "manage_lists": "local_lead purchasing_lead",
        "see_invoices": "approver purchasing_lead finance auditor",
        "decide_invoice": "finance",
        "change_bank_account": "finance",
        "confirm_bank_account": "finance purchasing_lead",
        "export_postings": "finance",
        "see_postings": "finance auditor",
        "see_suppliers": "purchasing_lead finance auditor",
        "manage_suppliers": "purchasing_lead finance",
        "see_finance_rules": "purchasing_lead finance auditor administrator",
        "manage_finance_rules": "finance administrator",
        "see_audit": "auditor",
        "see_insight": "approver purchasing_lead finance auditor",
        "see_people": "purchasing_lead auditor administrator",
        "manage_people": "administrator",
        "manage_settings": "administrator purchasing_lead",
        "manage_sending": "administrator purchasing_lead",
        "operate": "administrator",
        "supply": "supplier",
    }.items()
}
"""Verb → roles. A role held for the whole municipality holds at every institution of it; one held at an institution holds there
and at the units under it."""

BUYING_OR_POSTING: Final = frozenset({Role.ORDERER, Role.LOCAL_LEAD, Role.APPROVER, Role.PURCHASING_LEAD, Role.FINANCE})
"""Roles an administrator cannot give themselves, nor hold beside administrator."""


_POLICY_PERCENTS: Final = frozenset({"price_tolerance_percent", "quantity_tolerance_percent", "sample_percent"})
_POLICY_SWITCHES: Final = frozenset({"post_without_reference", "vat_must_equal_order"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the municipality lets pass at invoice control. None is off. INTERFACES §2, `load policy`."""

    price_tolerance_percent: Percent | None = Percent(Decimal(1))
    price_tolerance_amount_per_line: Amount | None = Amount(1000)
    rounding_tolerance_per_document: Amount | None = Amount(100)
    quantity_tolerance_percent: Percent | None = Percent(Decimal(0))
    freight_without_order_line_max: Amount | None = Amount(15000)
    post_without_reference: bool = False
    vat_must_equal_order: bool = True
    cumulative_per_order: Amount | None = None
    cumulative_per_supplier_month: Amount | None = None
    one_person_max: Amount | None = None
    sample_percent: Percent | None = Percent(Decimal(0))

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """From the policy file: decimal strings, booleans, null for off. An unknown name is BadInput `unknown_field`."""
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name not in cls.__dataclass_fields__:
                raise BadInput("unknown_field", field=name)
            if name in _POLICY_SWITCHES:
                if not isinstance(value, bool):
                    raise BadInput("expected_true_or_false", field=name, value=str(value))
                values[name] = value
            elif value is None:
                values[name] = None
            else:
                values[name] = Percent.of(value) if name in _POLICY_PERCENTS else Amount.of(value)
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """The policy file again: `Policy.of(policy.as_json()) == policy`."""
        return {
            name: value if value is None or isinstance(value, bool) else str(value)
            for name in self.__dataclass_fields__
            for value in (getattr(self, name),)
        }


class Municipality(Base):
    """The tenant. `dimensions` are the names of its ledger's dimensions, in order; `default_coding` fills them."""

    __tablename__ = "municipality"
    id: Mapped[int] = id_column()
    cvr: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str]
    dimensions: Mapped[list[str]] = mapped_column(JsonType, default=list)
    default_coding: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    policy_data: Mapped[dict[str, Any]] = mapped_column(JsonType, default=dict)
    settings: Mapped[dict[str, Any]] = mapped_column(JsonType, default=dict)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)

    @property
    def policy(self) -> Policy:
        return Policy.of(self.policy_data)


class Institution(Owned, Base):
    """A unit of a municipality: school, nursery, care home, or a function under one. `item_groups` (UNSPSC prefixes) limit what it
    may buy; None is everything. `coding` goes before the municipality's default coding."""

    __tablename__ = "institution"
    id: Mapped[int] = id_column()
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    coding: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    item_groups: Mapped[list[str] | None] = mapped_column(JsonType, default=None)
    yearly_budget: Mapped[Amount | None]
    address: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Gln(Owned, Base):
    """A GLN (EAN-nummer) as an institution's for a period: numbers move and are shared when units merge. The oldest is the main one."""

    __tablename__ = "gln"
    found_otherwise = True
    id: Mapped[int] = id_column()
    gln: Mapped[str] = mapped_column(String(13), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class DeliveryPoint(Owned, Base):
    """Where goods for an institution are left. `opening_days` are ISO weekdays (1 = Monday)."""

    __tablename__ = "delivery_point"
    id: Mapped[int] = id_column()
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    name: Mapped[str]
    address: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)
    opening_days: Mapped[list[int]] = mapped_column(JsonType, default=lambda: [1, 2, 3, 4, 5])


class User(Owned, Base):
    """A person who signs in. `login` is unique in the whole installation, because sign-in does not know the municipality yet."""

    __tablename__ = "user"
    id: Mapped[int] = id_column()
    login: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    supplier_id: Mapped[int | None]
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    preferences: Mapped[dict[str, Any]] = mapped_column(JsonType, default=dict)


class RoleGrant(Owned, Base):
    """A role at an institution, or for the whole municipality (institution None). `amount_limit` is an approver's limit."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("user_id", "role", "institution_id"),)
    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    amount_limit: Mapped[Amount | None]


class Deputyship(Owned, Base):
    """`deputy` may act for `principal` from a day to a day, both included, for a reason."""

    __tablename__ = "deputyship"
    id: Mapped[int] = id_column()
    principal_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    reason: Mapped[str]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role as the actor holds it. `institutions` None is the whole municipality, else the ids it reaches (units under included).
    `of` is the person whose role it is: another than the actor where it is held as deputy."""

    role: Role
    institutions: frozenset[int] | None = None
    limit: Amount | None = None
    of: int | None = None

    def reaches(self, institution_id: int | None) -> bool:
        return self.institutions is None or (institution_id is not None and institution_id in self.institutions)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for which institution, when and through which door. `user_id` None is the system itself (worker, operator)."""

    user_id: int | None
    name: str
    municipality_id: int
    institution_id: int | None
    at: datetime
    door: Door
    roles: tuple[Grant, ...] = ()
    on_behalf_of: int | None = None
    supplier_id: int | None = None
    """Whose person it is, where the actor is a supplier's: they see that supplier's own things and nothing else."""
    seconds: int | None = field(default=None, compare=False)
    """Active seconds the act took on screen, where the door measured them (DOMAIN §8)."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an Actor's moment needs its time zone")

    @classmethod
    def system(cls, municipality_id: int, at: datetime, door: Door) -> Self:
        return cls(None, "eshop", municipality_id, None, at, door)

    @property
    def today(self) -> date:
        """The calendar day in Denmark at the moment of the act."""
        return self.at.astimezone(COPENHAGEN).date()

    @property
    def is_system(self) -> bool:
        return self.user_id is None


def may(actor: Actor, verb: str, institution_id: int | None = None) -> bool:
    """Whether the actor may say `verb`, at this institution where one is given, anywhere at all where none is."""
    allowed = PERMISSIONS[verb]
    if actor.is_system:
        return True
    return any(
        grant.role in allowed and (institution_id is None or grant.reaches(institution_id)) for grant in actor.roles
    )


def require(actor: Actor, verb: str, institution_id: int | None = None) -> None:
    """NotAllowed `not_your_role` unless `may`; its values name the verb and the roles that can."""
    if not may(actor, verb, institution_id):
        raise NotAllowed("not_your_role", verb=verb, roles=sorted(PERMISSIONS[verb]), institution_id=institution_id)


def people_behind(actor: Actor) -> frozenset[int]:
    """Everybody the act is done by or for: the actor, and whom they act on behalf of. Separation of duties looks at them all."""
    return frozenset(person for person in (actor.user_id, actor.on_behalf_of) if person is not None)


def valid_gln(gln: str) -> bool:
    """13 digits with the right GS1 check digit: weights 1 and 3 from the left, 5798001234566 → sum 100 − 6 …"""
    if len(gln) != 13 or not (gln.isascii() and gln.isdigit()):
        return False
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(gln[:12]))
    return (10 - total % 10) % 10 == int(gln[12])


def institution_by_gln(session: Session, gln: str, on: date | None = None) -> Institution | None:
    """The institution of this municipality that has the GLN on the day (any day when None)."""
    query = select(Institution).join(Gln, Gln.institution_id == Institution.id).where(Gln.gln == gln)
    if on is not None:
        query = query.where(
            or_(Gln.valid_from.is_(None), Gln.valid_from <= on), or_(Gln.valid_to.is_(None), Gln.valid_to >= on)
        )
    return session.scalars(query.order_by(Gln.id.desc()).limit(1)).one_or_none()


def main_gln(session: Session, institution_id: int) -> str | None:
    """The GLN an institution is known by in documents: its first."""
    return session.scalar(select(Gln.gln).where(Gln.institution_id == institution_id).order_by(Gln.id).limit(1))


def the_municipality(session: Session) -> Municipality:
    """The municipality this session serves."""
    found = session.get(Municipality, scope_of(session))
    if found is None:
        raise NotFound("not_found", thing="Municipality", key=scope_of(session))
    return found


def grant_role(
    session: Session, user: User, role: Role, institution_id: int | None, by: Actor, limit: Amount | None = None
) -> RoleGrant:
    """Gives a role, once. NotAllowed `separation_of_duties` where the person would administer and buy or post, or be a supplier's and
    the municipality's; BadInput `supplier_not_said` for a supplier's person of no supplier."""
    held = {Role(row) for row in session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == user.id))}
    if (role is Role.SUPPLIER and held - {Role.SUPPLIER}) or (role is not Role.SUPPLIER and Role.SUPPLIER in held):
        raise NotAllowed("separation_of_duties", role=role, holds=sorted(held))
    if role is Role.SUPPLIER and user.supplier_id is None:
        raise BadInput("supplier_not_said", user=user.login)
    if (role in BUYING_OR_POSTING and Role.ADMINISTRATOR in held) or (
        role is Role.ADMINISTRATOR and held & BUYING_OR_POSTING
    ):
        raise NotAllowed("separation_of_duties", role=role, roles=sorted(held))
    if by.user_id == user.id and role in BUYING_OR_POSTING:
        raise NotAllowed("own_role", role=role)
    same = session.scalars(
        select(RoleGrant).where(
            RoleGrant.user_id == user.id,
            RoleGrant.role == role.value,
            RoleGrant.institution_id.is_(institution_id)
            if institution_id is None
            else RoleGrant.institution_id == institution_id,
        )
    ).one_or_none()
    if same is None:
        same = RoleGrant(user_id=user.id, role=role.value, institution_id=institution_id)
        session.add(same)
    same.amount_limit = limit
    session.flush()
    return same


def tie_to_supplier(session: Session, user: User, supplier_id: int, by: Actor) -> RoleGrant:
    """Makes somebody the supplier's person: they see its catalogues, orders and invoices and nothing else. NotAllowed
    `separation_of_duties` for whoever holds a role of the municipality, or belongs to another supplier."""
    if user.supplier_id not in (None, supplier_id):
        raise NotAllowed("separation_of_duties", role=Role.SUPPLIER, holds=[Role.SUPPLIER])
    user.supplier_id = supplier_id
    return grant_role(session, user, Role.SUPPLIER, None, by)


def people_who_may(session: Session, verb: str, institution_id: int | None, amount: Amount | None = None) -> list[User]:
    """Who holds a role that may say `verb` at the institution, nearest first: for refusals that name who can act now. With an amount,
    only by roles whose limit it is within."""
    chain: list[int | None] = []
    parents = dict(session.execute(select(Institution.id, Institution.parent_id)).all())
    at = institution_id
    while at is not None and at not in chain:
        chain.append(at)
        at = parents.get(at)
    chain.append(None)
    roles = [role.value for role in PERMISSIONS[verb]]
    rows = session.execute(
        select(User, RoleGrant.institution_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            RoleGrant.role.in_(roles),
            User.active,
            or_(RoleGrant.institution_id.is_(None), RoleGrant.institution_id.in_([one for one in chain if one])),
            *([] if amount is None else [or_(RoleGrant.amount_limit.is_(None), RoleGrant.amount_limit >= amount)]),
        )
    ).all()
    ordered = sorted(rows, key=lambda row: (chain.index(row[1]), row[0].name))
    return list(dict.fromkeys(user for user, _ in ordered))


_hasher = PasswordHasher()


def set_password(user: User, password: str) -> None:
    """Keeps an Argon2id hash. BadInput `password_too_short` under 4 characters (the demo's) — the door asks for more."""
    if len(password) < 4:
        raise BadInput("password_too_short", least=4)
    user.password_hash = _hasher.hash(password)
    user.session_epoch = (user.session_epoch or 0) + 1


def check_password(user: User | None, password: str) -> bool:
    """Whether the password is the person's; takes as long for an unknown person, so that sign-in does not tell who exists."""
    try:
        return _hasher.verify((user and user.password_hash) or _nobodys_hash(), password) and user is not None
    except VerificationError:
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
