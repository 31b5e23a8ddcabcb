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
from ordering.movements import quantities_of
from ordering.orders import PurchaseOrder, held
from ordering.responses import Answer, LineAnswer, record_answer
from ordering.settings import ordering_settings

LinkVerb = Literal["confirm", "short", "price", "substitute", "reject", "write"]
LINK_VERBS: Final[tuple[LinkVerb, ...]] = ("confirm", "short", "price", "substitute", "reject", "write")
LINK_HOLDS: Final = timedelta(days=30)


class SupplierLink(Owned, Base):
    """A link that was given out. `verbs` is what may be done with it; `used_at` is when the order was answered by it. Writing a message
    (`ordering.messages`) does not use it up."""

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
    """What the supplier says of a line: fewer (`quantity`, and when the rest comes, `rest_on`; without it the rest does not come),
    a later day (`promised`), another price (`price`: kroner for one order unit), another item (`substitute`: name, seller_item_id,
    properties), or nothing at all of it (`reject`)."""

    quantity: Decimal | None = None
    promised: date | None = None
    rest_on: date | None = None
    price: Decimal | None = None
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
        ends_at=by.at + LINK_HOLDS,
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

    The order's other links end with it: what was answered by one cannot be answered by another.

    Conflict `link_used`; NotAllowed `link_verb` for what the link does not allow, and as `open_link`; BadInput for quantities, prices,
    days and lines that cannot be; what the order's state forbids as `record_response`.
    """
    link, order = open_link(session, claim, by.at)
    link = lock(session, SupplierLink, link.id)
    if link.used_at is not None:
        raise Conflict("link_used", used=link.used_at)
    fetch_link(session, claim, by)
    order = held(session, order)
    said = lines or {}
    verbs = _verbs(reject, said)
    for verb in verbs:
        if verb not in link.verbs:
            raise NotAllowed("link_verb", verb=verb)
    largest = ordering_settings(session).largest_quantity
    agreed = {line_id: sums.agreed for line_id, sums in quantities_of(session, order.id).items()}
    for day in (promised, *(one.promised for one in said.values()), *(one.rest_on for one in said.values())):
        if day is not None and day < by.today:
            raise BadInput("promised_in_the_past", day=day)
    answers = tuple(_line(order, number, one, agreed, largest) for number, one in said.items())
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
    for one in session.scalars(
        select(SupplierLink).where(SupplierLink.order_id == order.id, SupplierLink.used_at.is_(None))
    ):
        one.used_at = by.at
    order = record_answer(session, order, answer, None, by)
    audit.record(session, "supplier_link_used", "order", order.id, by, verb=verbs[0])
    return order


def _verbs(reject: bool, lines: Mapping[str, LinkLine]) -> list[LinkVerb]:
    """What is said, the strongest first."""
    if reject:
        return ["reject"]
    said: list[LinkVerb] = []
    if any(one.substitute for one in lines.values()):
        said.append("substitute")
    if any(one.price is not None for one in lines.values()):
        said.append("price")
    if any(one.reject or one.quantity is not None for one in lines.values()):
        said.append("short")
    return said or ["confirm"]


def _line(order: PurchaseOrder, number: str, said: LinkLine, agreed: Mapping[int, Decimal], largest: int) -> LineAnswer:
    line = order.line_named(number)
    if line is None:
        raise BadInput("line_unknown", line=number, number=order.number)
    if said.reject:
        return LineAnswer(line, "rejected", note=said.note)
    if said.price is not None and said.price <= 0:
        raise BadInput("price_not_positive", line=number)
    quantity = None
    if said.quantity is not None:
        quantity = checked_quantity(exact(said.quantity), line.unit, largest)
        if quantity > agreed[line.id]:
            raise BadInput("quantity_too_large", quantity=quantity, largest=agreed[line.id])
    rest = agreed[line.id] - quantity if quantity is not None and said.rest_on is not None else None
    promises = tuple(
        {"quantity": None if part is None else plain(part), "from": None, "to": day.isoformat()}
        for part, day in ((quantity, said.promised), (rest, said.rest_on))
        if day is not None
    )
    changed = (
        said.substitute is not None
        or (quantity is not None and quantity != agreed[line.id])
        or (said.price is not None and said.price != line.full_price.per_order_unit)
    )
    return LineAnswer(
        line,
        "changed" if changed else "accepted",
        quantity=quantity,
        backorder=rest or None,
        price=said.price,
        promises=promises,
        substitute=dict(said.substitute) if said.substitute else None,
        note=said.note,
    )
