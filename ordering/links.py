"""The signed link: a supplier without a system of their own confirms, delivers short, substitutes or turns down an order on one page.

The link is `<municipality>.<id>.<secret>.<signature>`. The signature (HMAC-SHA256 with the installation's key) shows an altered link
without looking anything up; the secret (256 bits, kept as a hash) makes a link impossible to guess even for who knows the key; the row
says how long it holds, what it allows, and that it answers once.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.amounts import exact, plain
from eshop.db import Base, JsonType, Owned, id_column, lock
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.exchange import Message
from eshop.identity import Actor
from ordering.basket_rules import checked_quantity
from ordering.orders import PurchaseOrder, held
from ordering.responses import Answer, LineAnswer, record_answer
from ordering.settings import ordering_settings

LinkVerb = Literal["confirm", "short", "substitute", "reject"]
LINK_VERBS: Final[tuple[LinkVerb, ...]] = ("confirm", "short", "substitute", "reject")
HOLDS: Final = timedelta(days=30)


class SupplierLink(Owned, Base):
    """A link that was given out. `verbs` is what may be answered with it; `used_at` is when it was."""

    __tablename__ = "supplier_link"
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    verbs: Mapped[list[str]] = mapped_column(JsonType)
    issued_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says, once its signature is right: whose order room to look in, and which link."""

    municipality_id: int
    link_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """What the supplier says of a line: fewer (`quantity`), a later day (`promised`), another item (`substitute`: name, seller_item_id,
    properties), or nothing at all of it (`reject`)."""

    quantity: Decimal | None = None
    promised: date | None = None
    substitute: Mapping[str, Any] | None = None
    reject: bool = False
    note: str | None = None


def issue_link(
    session: Session, order: PurchaseOrder, by: Actor, key: bytes, verbs: Iterable[LinkVerb] = LINK_VERBS
) -> str:
    """A new link for the order's supplier. `key` is the installation's secret. Links given out before hold on until one is used."""
    allowed = [verb for verb in LINK_VERBS if verb in set(verbs)]
    secret = secrets.token_urlsafe(32)
    link = SupplierLink(
        order_id=order.id,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        verbs=allowed,
        issued_at=by.at,
        ends_at=by.at + HOLDS,
    )
    session.add(link)
    session.flush()
    audit.record(session, "supplier_link_issued", "order", order.id, by, verbs=allowed)
    unsigned = f"{order.municipality_id}.{link.id}.{secret}"
    return f"{unsigned}.{_sign(unsigned, key)}"


def _sign(unsigned: str, key: bytes) -> str:
    return hmac.new(key, unsigned.encode(), hashlib.sha256).hexdigest()


def read_link(token: str, key: bytes) -> Claim:
    """What the token claims. NotAllowed `link_altered` when a single character is another."""
    unsigned, _, signature = token.strip().rpartition(".")
    parts = unsigned.split(".")
    if not hmac.compare_digest(_sign(unsigned, key).encode(), signature.encode()) or len(parts) != 3:
        raise NotAllowed("link_altered")
    return Claim(int(parts[0]), int(parts[1]), parts[2])


def open_link(session: Session, claim: Claim, at: datetime) -> tuple[SupplierLink, PurchaseOrder]:
    """The link and its order, to be shown. NotAllowed `link_altered`, `link_expired`; a used link may still be looked at."""
    link = session.scalars(select(SupplierLink).where(SupplierLink.id == claim.link_id)).one_or_none()
    digest = hashlib.sha256(claim.secret.encode()).hexdigest()
    if link is None or not hmac.compare_digest(link.secret_hash, digest):
        raise NotAllowed("link_altered")
    if at > link.ends_at:
        raise NotAllowed("link_expired", ended=link.ends_at)
    order = session.scalars(select(PurchaseOrder).where(PurchaseOrder.id == link.order_id)).one()
    return link, order


def fetch_link(session: Session, claim: Claim, by: Actor) -> PurchaseOrder:
    """The supplier has opened the page: what lay in the outbox for it has been fetched. Doing it again changes nothing."""
    _, order = open_link(session, claim, by.at)
    for message in session.scalars(
        select(Message).where(
            Message.order_id == order.id,
            Message.direction == "out",
            Message.channel == "link",
            Message.state == "waiting",
        )
    ):
        message.state, message.sent_at = "sent", by.at
    session.flush()
    return order


def answer_link(
    session: Session,
    claim: Claim,
    by: Actor,
    *,
    reject: bool = False,
    lines: Mapping[str, LinkLine] | None = None,
    promised: date | None = None,
    note: str | None = None,
) -> PurchaseOrder:
    """The supplier's answer, once: everything as ordered, or what is said of some lines (by line number), or no to all of it.

    Conflict `link_used`; NotAllowed `link_verb` for what the link does not allow, and as `open_link`; BadInput for quantities and lines
    that cannot be; what the order's state forbids as `record_response`.
    """
    link, order = open_link(session, claim, by.at)
    link = lock(session, SupplierLink, link.id)
    if link.used_at is not None:
        raise Conflict("link_used", used=link.used_at)
    fetch_link(session, claim, by)
    order = held(session, order)
    said = lines or {}
    verb = _verb(reject, said)
    if verb not in link.verbs:
        raise NotAllowed("link_verb", verb=verb)
    largest = ordering_settings(session).largest_quantity
    answers = tuple(_line(order, number, one, largest) for number, one in said.items())
    days = ({"quantity": None, "from": None, "to": promised.isoformat()},) if promised else ()
    answer = Answer(
        f"link-{link.id}",
        "rejected" if reject else "changed" if any(one.verdict != "accepted" for one in answers) else "accepted",
        () if reject else answers,
        days,
        by.today,
        note=(note or "").strip()[:1000] or None,
        via="link",
    )
    link.used_at = by.at
    order = record_answer(session, order, answer, None, by)
    audit.record(session, "supplier_link_used", "order", order.id, by, verb=verb)
    return order


def _verb(reject: bool, lines: Mapping[str, LinkLine]) -> LinkVerb:
    """The strongest thing that is said."""
    if reject:
        return "reject"
    if any(one.substitute for one in lines.values()):
        return "substitute"
    return "short" if any(one.reject or one.quantity is not None for one in lines.values()) else "confirm"


def _line(order: PurchaseOrder, number: str, said: LinkLine, largest: int) -> LineAnswer:
    line = order.line_named(number)
    if line is None:
        raise BadInput("line_unknown", line=number, number=order.number)
    if said.reject:
        return LineAnswer(line, "rejected", note=said.note)
    quantity = None
    if said.quantity is not None:
        quantity = checked_quantity(exact(said.quantity), line.unit, largest)
        if quantity > line.quantity:
            raise BadInput("quantity_too_large", quantity=quantity, largest=line.quantity)
    promises = (
        ({"quantity": None if quantity is None else plain(quantity), "from": None, "to": said.promised.isoformat()},)
        if said.promised
        else ()
    )
    changed = said.substitute is not None or (quantity is not None and quantity != line.quantity)
    return LineAnswer(
        line,
        "changed" if changed else "accepted",
        quantity=quantity,
        promises=promises,
        substitute=dict(said.substitute) if said.substitute else None,
        note=said.note,
    )
