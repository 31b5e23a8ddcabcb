"""Punch-out: an agreement's own webshop at the supplier, the visits to it, and the check of every line that comes back (DOMAIN §4).

A visit begins with a token that answers once. The form that brings the basket back is posted by the supplier's page, so no session
cookie comes with it: the token alone says whose basket it is, and nothing in the form is believed. A line is put in the basket only when
the item is on the agreement and `offer` says yes today, in the agreement's unit and currency, at the agreement's price or below.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Boolean, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.agreements import Agreement, agreements_in_force, lots_of
from catalogues.items import Item
from catalogues.offering import Offer, offers
from catalogues.orderable import covers
from catalogues.stored import finding_of, finding_row
from catalogues.suppliers import Supplier
from eshop import audit
from eshop.amounts import Amount, canonical_unit, plain
from eshop.db import Base, JsonType, Owned, id_column, lock
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.findings import Finding
from eshop.formats import ReturnedBasket, ReturnedLine
from eshop.identity import Actor, Institution, require
from eshop.workflow import Workflow, move

PROTOCOLS: Final = ("cxml", "oci")
HOLDS: Final = timedelta(hours=12)
"""How long a visit may last: a working day, so that nobody loses a basket over a meeting."""
QUOTE_HOLDS: Final = timedelta(days=14)
"""How long a price below the agreement's, as the webshop gave it, is kept in the basket."""

VISIT: Final = Workflow("punchout visit", "open", {"return": move("open", "returned")})


class PunchoutSetup(Owned, Base):
    """The webshop of an agreement. `settings` is what the protocol needs: for cXML `sender` and `receiver` ([domain, identity]) and
    `shared_secret`; for OCI `fields` ([[name, value]]) and `version`. Secrets are never shown again."""

    __tablename__ = "punchout_setup"
    id: Mapped[int] = id_column()
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), unique=True)
    protocol: Mapped[str] = mapped_column(String(4))
    url: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JsonType)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    changed_at: Mapped[datetime]


class PunchoutVisit(Owned, Base):
    """One visit: `nonce` is in its token, `outcome` what came back, line by line: {"position", "seller_item_id", "name", "quantity",
    "unit", "price", "currency", "item_id", "refusal"}, the refusal a finding or null."""

    __tablename__ = "punchout_visit"
    __table_args__ = (Index("ix_punchout_visit_user", "user_id", "institution_id"),)
    id: Mapped[int] = id_column()
    setup_id: Mapped[int] = mapped_column(ForeignKey("punchout_setup.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    nonce: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default=VISIT.start)
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    outcome: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonType)

    @property
    def cookie(self) -> str:
        """cXML's BuyerCookie: marks the visit, and says nothing of the token."""
        return hashlib.sha256(f"cookie:{self.nonce}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Webshop:
    """A webshop somebody may visit today."""

    setup: PunchoutSetup
    agreement: Agreement
    supplier: Supplier


@dataclass(frozen=True, slots=True)
class VisitClaim:
    """What a token says, once its signature is right."""

    municipality_id: int
    visit_id: int
    nonce: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A line that came back. `refusal` None: it may be put in the basket as `item_id`; `quote` is the webshop's price per order unit
    where it is below the agreement's."""

    line: ReturnedLine
    item_id: int | None = None
    refusal: Finding | None = None
    quote: Decimal | None = None


# --- setting up --------------------------------------------------------------------------------------------------------


def record_punchout(
    session: Session, agreement: Agreement, protocol: str, url: str, settings: Mapping[str, Any], by: Actor
) -> PunchoutSetup:
    """The agreement's webshop, made or changed. A secret that is not given (None) stays as it is.

    BadInput `punchout_protocol`, `punchout_url` (an http or https address with a host), `punchout_settings` naming what is missing.
    """
    require(by, "manage_agreements")
    if protocol not in PROTOCOLS:
        raise BadInput("punchout_protocol", value=protocol, expected=", ".join(PROTOCOLS))
    setup = punchout_of(session, agreement.id)
    known = setup.settings if setup is not None and setup.protocol == protocol else {}
    said = {**known, **{name: value for name, value in settings.items() if value is not None}}
    needed = ("sender", "receiver", "shared_secret") if protocol == "cxml" else ("fields",)
    for name in needed:
        value = said.get(name)
        if not value or (name in ("sender", "receiver") and not all(value)):
            raise BadInput("punchout_settings", field=name)
    if setup is None:
        setup = PunchoutSetup(agreement_id=agreement.id, protocol=protocol, url="", settings={}, changed_at=by.at)
        session.add(setup)
    setup.protocol, setup.url, setup.settings = protocol, checked_address(url), said
    setup.active, setup.changed_at = True, by.at
    session.flush()
    audit.record(session, "punchout_set", "agreement", agreement.id, by, protocol=protocol, active=True)
    return setup


def close_punchout(session: Session, setup: PunchoutSetup, by: Actor) -> None:
    """Nobody can go there any more; who is there now can still bring their basket back."""
    require(by, "manage_agreements")
    setup.active, setup.changed_at = False, by.at
    audit.record(session, "punchout_set", "agreement", setup.agreement_id, by, protocol=setup.protocol, active=False)


def checked_address(url: str) -> str:
    """An http or https address with a host and without a user name. BadInput `punchout_url`."""
    address = url.strip()
    try:
        parts = urlsplit(address)
        plain_host = re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", parts.netloc)
        usable = parts.scheme in ("https", "http") and plain_host is not None and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not re.fullmatch(r"[!-~]{1,2000}", address):
        raise BadInput("punchout_url", value=address[:80])
    return address


def punchout_of(session: Session, agreement_id: int) -> PunchoutSetup | None:
    """The agreement's webshop, active or not."""
    return session.scalars(select(PunchoutSetup).where(PunchoutSetup.agreement_id == agreement_id)).one_or_none()


def webshops(session: Session, on: date) -> list[Webshop]:
    """Those that can be visited today: of agreements in force that the municipality has joined, at active suppliers."""
    setups = {one.agreement_id: one for one in session.scalars(select(PunchoutSetup).where(PunchoutSetup.active))}
    if not setups:
        return []
    standing = [one for one in agreements_in_force(session, on) if one.id in setups]
    wanted = {one.supplier_id for one in standing}
    suppliers = {
        one.id: one for one in session.scalars(select(Supplier).where(Supplier.id.in_(wanted), Supplier.active))
    }
    return [
        Webshop(setups[one.id], one, suppliers[one.supplier_id]) for one in standing if one.supplier_id in suppliers
    ]


def webshop(session: Session, setup_id: int, on: date) -> Webshop:
    """One of them. NotFound where it is not ours, Conflict `punchout_closed` where nobody can go there today."""
    setup = session.scalars(select(PunchoutSetup).where(PunchoutSetup.id == setup_id)).one_or_none()
    if setup is None:
        raise NotFound("not_found", thing="PunchoutSetup", key=setup_id)
    found = next((one for one in webshops(session, on) if one.setup.id == setup_id), None)
    if found is None:
        raise Conflict("punchout_closed")
    return found


# --- visiting ----------------------------------------------------------------------------------------------------------


def start_visit(session: Session, setup: PunchoutSetup, by: Actor) -> PunchoutVisit:
    """A visit by the person for the institution they act for. NotAllowed without a person or the right to order; as `webshop`."""
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb="order")
    if by.institution_id is None:
        raise BadInput("needs_an_institution")
    require(by, "order", by.institution_id)
    webshop(session, setup.id, by.today)
    visit = PunchoutVisit(
        setup_id=setup.id,
        user_id=by.user_id,
        institution_id=by.institution_id,
        nonce=secrets.token_hex(32),
        started_at=by.at,
        ends_at=by.at + HOLDS,
    )
    session.add(visit)
    session.flush()
    return visit


def get_visit(session: Session, visit_id: int, by: Actor) -> PunchoutVisit:
    """The person's own visit. NotFound for any other."""
    found = session.scalars(
        select(PunchoutVisit).where(PunchoutVisit.id == visit_id, PunchoutVisit.user_id == by.user_id)
    ).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="PunchoutVisit", key=visit_id)
    return found


def agreement_of_visit(session: Session, visit: PunchoutVisit) -> Agreement:
    """The agreement whose webshop was visited."""
    query = select(Agreement).join(PunchoutSetup, PunchoutSetup.agreement_id == Agreement.id)
    return session.scalars(query.where(PunchoutSetup.id == visit.setup_id)).one()


def visit_token(visit: PunchoutVisit, key: bytes) -> str:
    """The token of the address that the basket comes back to. `key` is the installation's secret."""
    unsigned = f"{visit.municipality_id}.{visit.id}.{visit.nonce}"
    return f"{unsigned}.{_sign(unsigned, key)}"


def _sign(unsigned: str, key: bytes) -> str:
    return hmac.new(key, f"punchout:{unsigned}".encode(), hashlib.sha256).hexdigest()


def read_visit_token(token: str, key: bytes) -> VisitClaim:
    """What the token claims. NotAllowed `punchout_link` when a single character is another."""
    unsigned, _, signature = token.rpartition(".")
    parts = unsigned.split(".")
    if not hmac.compare_digest(_sign(unsigned, key).encode(), signature.encode()) or len(parts) != 3:
        raise NotAllowed("punchout_link")
    return VisitClaim(int(parts[0]), int(parts[1]), parts[2])


def open_visit(session: Session, claim: VisitClaim, at: datetime) -> PunchoutVisit:
    """The visit, held, for its basket to be taken in. NotAllowed `punchout_link`, `punchout_expired`; Conflict
    `punchout_returned_before`: a token answers once."""
    visit = session.scalars(select(PunchoutVisit).where(PunchoutVisit.id == claim.visit_id)).one_or_none()
    if visit is None or not hmac.compare_digest(visit.nonce, claim.nonce):
        raise NotAllowed("punchout_link")
    visit = lock(session, PunchoutVisit, visit.id)
    if visit.state != "open":
        raise Conflict("punchout_returned_before", at=visit.returned_at)
    if at > visit.ends_at:
        raise NotAllowed("punchout_expired", ended=visit.ends_at)
    return visit


def check_returned(
    session: Session, visit: PunchoutVisit, basket: ReturnedBasket, institution: Institution, on: date
) -> list[Checked]:
    """Each line that came back, held against the contract as it stands today, in a bounded number of queries.

    Conflict `punchout_other_visit` where the basket bears another visit's mark. A refusal's code: `punchout_item_missing`,
    `punchout_item_unknown`, `punchout_unit`, `punchout_quantity`, `punchout_price_missing`, `punchout_price_over`,
    `punchout_currency`, `punchout_item_group`, or `offer_…` with the reason of `offer`.
    """
    setup = session.scalars(select(PunchoutSetup).where(PunchoutSetup.id == visit.setup_id)).one()
    marked = setup.protocol == "cxml" or basket.cookie is not None
    if marked and not hmac.compare_digest((basket.cookie or "").encode(), visit.cookie.encode()):
        raise Conflict("punchout_other_visit")
    agreement = session.scalars(select(Agreement).where(Agreement.id == setup.agreement_id)).one()
    prefixes = [*agreement.unspsc, *(prefix for lot in lots_of(session, agreement.id) for prefix in lot.unspsc)]
    numbers = {line.seller_item_id for line in basket.lines if line.seller_item_id}
    items: dict[str, list[Item]] = {}
    for item in session.scalars(
        select(Item)
        .where(Item.agreement_id == agreement.id, Item.seller_item_id.in_(numbers))
        .order_by(Item.seller_item_id, Item.id)
    ):
        items.setdefault(item.seller_item_id, []).append(item)
    found = offers(session, [one.id for same in items.values() for one in same], institution, on)
    return [_checked(line, items.get(line.seller_item_id, ()), found, prefixes) for line in basket.lines]


def _checked(line: ReturnedLine, items: Sequence[Item], found: Mapping[int, Offer], prefixes: Sequence[str]) -> Checked:
    if not line.seller_item_id:
        return _refused(line, "punchout_item_missing")
    if not items:
        return _refused(line, "punchout_item_unknown", number=line.seller_item_id)
    item = next((one for one in items if line.unit is not None and canonical_unit(one.unit) == line.unit), None)
    if item is None:
        return _refused(line, "punchout_unit", unit=items[0].unit, written=line.unit_as_written or "–")
    offer = found[item.id]
    if not offer.orderable or offer.price is None:
        return _refused(line, f"offer_{offer.reason or 'no_price'}")
    if line.quantity is None or line.quantity <= 0:
        return _refused(line, "punchout_quantity")
    if line.currency != offer.currency:
        return _refused(line, "punchout_currency", currency=line.currency or "–", expected=offer.currency)
    if line.unspsc is not None and not covers(prefixes, line.unspsc):
        return _refused(line, "punchout_item_group", group=line.unspsc)
    return _priced(line, offer)


def _priced(line: ReturnedLine, offer: Offer) -> Checked:
    """The agreed price for so many, or less. To the øre of the line: 33,33 for a third of 100,00 is no overcharge."""
    per_unit, agreed = line.per_unit, offer.price_for(line.quantity or Decimal(1))
    if per_unit is None or per_unit <= 0 or agreed is None:
        return _refused(line, "punchout_price_missing")
    wanted, limit = Amount.rounded(per_unit * (line.quantity or 1)), agreed.total(line.quantity or Decimal(1))
    if wanted > limit:
        if all(one == round(one, 2) for one in (per_unit, agreed.per_order_unit)):
            wanted, limit = Amount.rounded(per_unit), Amount.rounded(agreed.per_order_unit)
            return _refused(line, "punchout_price_over", price=wanted, agreed=limit)
        return _refused(line, "punchout_sum_over", price=wanted, agreed=limit)
    lower = round(per_unit, 8) if per_unit < agreed.per_order_unit else None
    return Checked(line, offer.item_id, quote=lower)


def _refused(line: ReturnedLine, code: str, **values: Any) -> Checked:
    return Checked(line, refusal=Finding(code, "error", "", values))


def left_out(checked: Checked, finding: Finding) -> Checked:
    """The line after all left out: the basket would not have it."""
    return replace(checked, item_id=None, refusal=finding, quote=None)


def end_visit(session: Session, visit: PunchoutVisit, lines: Sequence[Checked], by: Actor) -> None:
    """Keeps what came of the visit; its token answers no more."""
    visit.state = VISIT.after(visit.state, "return")
    visit.returned_at = by.at
    visit.outcome = [
        {
            "position": one.line.position,
            "seller_item_id": one.line.seller_item_id,
            "name": one.line.name,
            "quantity": None if one.line.quantity is None else plain(one.line.quantity),
            "unit": one.line.unit or one.line.unit_as_written,
            "price": None if one.line.per_unit is None else plain(round(one.line.per_unit, 8)),
            "currency": one.line.currency,
            "item_id": one.item_id,
            "refusal": None if one.refusal is None else finding_row(one.refusal),
        }
        for one in lines
    ]
    taken = sum(1 for one in lines if one.refusal is None)
    audit.record(session, "punchout_returned", "punchout_visit", visit.id, by, taken=taken, left_out=len(lines) - taken)
    session.flush()


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A line of a visit's outcome, as the result page shows it. `price` is kroner per order unit."""

    seller_item_id: str
    name: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    currency: str
    item_id: int | None
    refusal: Finding | None


def outcome_of(visit: PunchoutVisit) -> list[VisitLine]:
    """What came of the visit, in the order of the webshop's basket."""
    return [
        VisitLine(
            row["seller_item_id"],
            row["name"],
            None if row["quantity"] is None else Decimal(row["quantity"]),
            row["unit"],
            None if row["price"] is None else Decimal(row["price"]),
            row["currency"],
            row["item_id"],
            None if row["refusal"] is None else _refusal_of(row["refusal"]),
        )
        for row in visit.outcome or ()
    ]


def _refusal_of(row: dict[str, Any]) -> Finding:
    """The finding again; money as money, so that it is written as people write it."""
    finding = finding_of(row)
    values = {n: Amount.of(v) if n in ("price", "agreed") else v for n, v in finding.values.items()}
    return replace(finding, values=values)
