"""Pedagogical purchases: bought outside the shop for a good reason (the class goes to the fishmonger's) and recorded afterwards, with its
reason, the picture of the till receipt, and the account coding. Outside the compliance denominator, inside the cost: each costs what a
purchase in a shop costs to handle.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from eshop import audit
from eshop.amounts import NOTHING, Amount
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, require
from ordering.baskets import institution_of
from ordering.complaints import LARGEST_PHOTO, clean_photo
from ordering.placing import coding_for
from ordering.transaction_costs import standard_in_force

REASONS: Final[tuple[str, ...]] = ("learning", "outing", "urgent", "local_event", "taste")
"""Why it was bought outside: part of the teaching, on an outing, urgent, a local event, the users chose it themselves."""


class OutsidePurchase(Owned, Base):
    """`gross` and `vat` as the till receipt says. `cost` is what it cost to handle by the standard in force that day (`standard`)."""

    __tablename__ = "outside_purchase"
    __table_args__ = (Index("ix_outside_purchase_institution_day", "institution_id", "bought_on"),)
    id: Mapped[int] = id_column()
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    bought_on: Mapped[date] = mapped_column(Date)
    seller: Mapped[str]
    text: Mapped[str]
    unspsc: Mapped[str | None] = mapped_column(String(8))
    gross: Mapped[Amount]
    vat: Mapped[Amount]
    reason: Mapped[str] = mapped_column(String(20))
    explanation: Mapped[str | None]
    coding: Mapped[dict[str, str]] = mapped_column(JsonType)
    photo_sha256: Mapped[str] = mapped_column(String(64))
    photo: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    cost: Mapped[Amount]
    standard: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Till:
    """What the till receipt says. `vat` None: not stated, a fifth of the gross."""

    seller: str
    text: str
    gross: Amount
    bought_on: date
    vat: Amount | None = None
    unspsc: str | None = None


def record_outside_purchase(
    session: Session,
    till: Till,
    reason: str,
    photo: bytes,
    by: Actor,
    *,
    explanation: str | None = None,
    coding: Mapping[str, str] | None = None,
) -> OutsidePurchase:
    """Records a purchase that was made. BadInput: `outside_reason`, `amount_missing`, `vat_too_high`, `missing_field`, `receipt_in_future`,
    `not_a_receipt`, `unknown_dimension`; Conflict `outside_twice` for a till receipt whose picture is recorded already."""
    if by.user_id is None or by.institution_id is None:
        raise NotAllowed("needs_a_person", verb="order")
    require(by, "order", by.institution_id)
    if reason not in REASONS:
        raise BadInput("outside_reason", reason=reason, expected=", ".join(REASONS))
    if till.gross <= NOTHING:
        raise BadInput("amount_missing")
    vat = Amount.rounded(till.gross.kroner / 5) if till.vat is None else till.vat
    if vat < NOTHING or vat * 4 > till.gross:
        raise BadInput("vat_too_high", vat=vat, gross=till.gross)
    for field, value in (("seller", till.seller), ("text", till.text)):
        if not value.strip():
            raise BadInput("missing_field", field=field, where="till")
    if till.bought_on > by.today:
        raise BadInput("receipt_in_future", day=till.bought_on)
    clean = clean_receipt(photo)
    digest = hashlib.sha256(clean).hexdigest()
    if session.scalars(select(OutsidePurchase.id).where(OutsidePurchase.photo_sha256 == digest)).first() is not None:
        raise Conflict("outside_twice")
    institution = institution_of(session, by.institution_id)
    standard = standard_in_force(session, by.today)
    made = OutsidePurchase(
        institution_id=institution.id,
        user_id=by.user_id,
        bought_on=till.bought_on,
        seller=till.seller.strip()[:200],
        text=till.text.strip()[:1000],
        unspsc=till.unspsc,
        gross=till.gross,
        vat=vat,
        reason=reason,
        explanation=(explanation or "").strip() or None,
        coding=coding_for(session, institution, coding or {}),
        photo_sha256=digest,
        photo=clean,
        cost=standard.of_channel("shop"),
        standard=standard.version,
        recorded_at=by.at,
    )
    session.add(made)
    session.flush()
    audit.record(
        session, "outside_purchase_recorded", "outside_purchase", made.id, by, reason=reason, gross=str(till.gross)
    )
    return made


def clean_receipt(body: bytes) -> bytes:
    """A picture as `clean_photo` makes it; a PDF as it came, because a shop's own receipt is one already. BadInput `not_a_receipt`,
    `photo_too_large`."""
    if body.startswith(b"%PDF-"):
        if len(body) > LARGEST_PHOTO:
            raise BadInput("photo_too_large", most=LARGEST_PHOTO // 1_000_000)
        if b"%%EOF" not in body[-2048:]:
            raise BadInput("not_a_receipt")
        return body
    try:
        return clean_photo(body)
    except BadInput as error:
        if error.code == "not_a_photo":
            raise BadInput("not_a_receipt") from error
        raise


def list_outside_purchases(
    session: Session, institution_ids: list[int] | None = None, since: date | None = None, limit: int = 100
) -> list[OutsidePurchase]:
    """The newest first, without their pictures."""
    query = select(OutsidePurchase).order_by(OutsidePurchase.bought_on.desc(), OutsidePurchase.id.desc())
    if institution_ids is not None:
        query = query.where(OutsidePurchase.institution_id.in_(institution_ids))
    if since is not None:
        query = query.where(OutsidePurchase.bought_on >= since)
    return list(session.scalars(query.limit(limit)))


def get_outside_purchase(session: Session, purchase_id: int) -> OutsidePurchase:
    """NotFound where it is not ours."""
    found = session.scalars(select(OutsidePurchase).where(OutsidePurchase.id == purchase_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="OutsidePurchase", key=purchase_id)
    return found
