"""What an order costs to handle, in three phases: purchase, goods receipt, payment (DOMAIN §8).

Every act leaves a row: step, who, door, channel, active seconds, and the standard minutes and hourly rate in force that day,
written into the row, so that a new standard never rewrites what has been. Two figures are made of the rows:

* *standard*: each step counts once per order, with the minutes of its first row, because the standards are measured per order
  (an approval or a second delivery is part of Hjørring's average order): 18 minutes × 300 kr./60 = 90,00 kr. in the system;
* *measured*: all active seconds × the hourly rate. It misses what happens off screen and is shown beside the standard.

Saving = the standard of the channel this replaced − the standard cost of the order. The split by phase is an estimate; `Cost`
says so.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.amounts import NOTHING, Amount
from eshop.db import Base, Owned, id_column, insert_rows, write_rows
from eshop.errors import BadInput
from eshop.identity import Actor, require
from eshop.kept import Kept

Channel = Literal["system", "mail", "shop"]
Phase = Literal["purchase", "receipt", "payment"]

CHANNELS: Final[tuple[Channel, ...]] = ("system", "mail", "shop")
PHASES: Final[tuple[Phase, ...]] = ("purchase", "receipt", "payment")
LONGEST_PAUSE: Final = 300
"""A pause of more than 5 minutes is no active time: a door that measures leaves it out, and no single act counts for more than
twelve of them."""

STEPS: Final[Mapping[str, Phase]] = {
    "order": "purchase",
    "approve": "purchase",
    "reject": "purchase",
    "undo": "purchase",
    "send": "purchase",
    "respond": "purchase",
    "change": "purchase",
    "cancel": "purchase",
    "close": "purchase",
    "write": "purchase",
    "despatch": "receipt",
    "receive": "receipt",
    "reverse_receipt": "receipt",
    "return": "receipt",
    "invoice": "payment",
    "decide": "payment",
    "dispute": "payment",
    "post": "payment",
}
"""Every step and the phase it belongs to. Of these `order`, `receive` and `invoice` carry the standard minutes of their phase."""


class CostStandard(Owned, Base):
    """Standard minutes of a step in a channel, with version and source. A new version is added with its first day; none is changed."""

    __tablename__ = "cost_standard"
    id: Mapped[int] = id_column()
    standard: Mapped[str] = mapped_column(String(40))
    source: Mapped[str]
    valid_from: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(10))
    phase: Mapped[str] = mapped_column(String(10))
    step: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[Decimal]
    hourly_rate: Mapped[Amount]
    split_is_estimate: Mapped[bool] = mapped_column(Boolean, default=True)


class TransactionCost(Owned, Base):
    """One act on an order and what it cost. `seconds` is active time where a door measured it, else None."""

    __tablename__ = "transaction_cost"
    found_otherwise = True
    __table_args__ = (Index("ix_transaction_cost_order_id_id", "order_id", "id"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    phase: Mapped[str] = mapped_column(String(10))
    step: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    door: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    seconds: Mapped[int | None] = mapped_column(Integer)
    minutes: Mapped[Decimal]
    hourly_rate: Mapped[Amount]
    standard: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of the standards: minutes by (channel, step), the rate, and where it comes from."""

    version: str
    source: str
    valid_from: date
    minutes: Mapping[tuple[str, str], Decimal]
    hourly_rate: Amount
    split_is_estimate: bool = True

    def of_step(self, channel: str, step: str) -> Decimal:
        return self.minutes.get((channel, step), Decimal(0))

    def of_channel(self, channel: str) -> Amount:
        """What a whole order costs in the channel: 18 minutes at 300 kr. an hour → 90,00 kr."""
        total = sum((minutes for (of, _), minutes in self.minutes.items() if of == channel), Decimal(0))
        return worth(total, self.hourly_rate)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an order has cost so far. `total` = purchase + receipt + payment; `saving` = `replaced` − total, once there is a payment.
    `measured` is what the clocked seconds come to; `touches` counts the acts a person did."""

    purchase: Amount
    receipt: Amount
    payment: Amount
    channel: Channel
    measured: Amount
    seconds: int
    touches: int
    replaced: Amount
    standard: str
    source: str
    split_is_estimate: bool = True

    @property
    def total(self) -> Amount:
        return self.purchase + self.receipt + self.payment

    @property
    def saving(self) -> Amount:
        return self.replaced - self.total

    def as_json(self) -> dict[str, str]:
        """The `cost` of `orders show` (INTERFACES §2)."""
        return {
            "purchase": str(self.purchase),
            "receipt": str(self.receipt),
            "payment": str(self.payment),
            "total": str(self.total),
            "channel": self.channel,
            "measured": str(self.measured),
            "saving": str(self.saving),
            "standard": self.source,
            "split": "estimate" if self.split_is_estimate else "measured",
        }


def worth(minutes: Decimal, hourly_rate: Amount) -> Amount:
    """18 minutes at 300,00 kr. an hour → 90,00 kr."""
    return Amount.rounded(minutes * hourly_rate.kroner / 60)


def _standard_of(rows: Iterable[Mapping[str, str]]) -> Standard:
    listed = list(rows)
    head = listed[0]
    return Standard(
        head["version"],
        head["source"],
        date.fromisoformat(head["valid_from"]),
        {(row["channel"], row["step"]): Decimal(row["minutes"]) for row in listed},
        Amount.of(head["hourly_rate"]),
        head["split"] == "estimate",
    )


@cache
def shipped_standard() -> Standard:
    """The standard in force until the municipality loads one of its own: Hjørring 2012/13 (cost-standards.csv)."""
    text = files("ordering").joinpath("cost-standards.csv").read_text(encoding="utf-8")
    return _standard_of(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


STANDARDS: Final = Kept(
    select(
        CostStandard.standard,
        CostStandard.source,
        CostStandard.valid_from,
        CostStandard.channel,
        CostStandard.step,
        CostStandard.minutes,
        CostStandard.hourly_rate,
        CostStandard.split_is_estimate,
    ).order_by(CostStandard.valid_from, CostStandard.id)
)


def standard_in_force(session: Session, on: date) -> Standard:
    """The municipality's standard that day; looked up once per session."""
    known: list[Standard] | None = session.info.get("cost_standards")
    if known is None:
        known = remember_standards(session, STANDARDS.rows(session))
    begun = [one for one in known if one.valid_from <= on]
    return begun[-1] if begun else known[0]


def remember_standards(session: Session, found: Sequence[Any]) -> list[Standard]:
    """Keeps what `STANDARDS` answered for the rest of the session, after the shipped standard: the oldest first."""
    versions: dict[str, list[Any]] = {}
    for row in found:
        versions.setdefault(row.standard, []).append(row)
    known = [shipped_standard()] + [
        Standard(
            version,
            rows[0].source,
            rows[0].valid_from,
            {(row.channel, row.step): row.minutes for row in rows},
            rows[0].hourly_rate,
            rows[0].split_is_estimate,
        )
        for version, rows in versions.items()
    ]
    session.info["cost_standards"] = known
    return known


def load_cost_standard(session: Session, rows: Iterable[Mapping[str, str]], by: Actor) -> Standard:
    """A new version from rows as in cost-standards.csv. One that is there already is refused: BadInput `cost_standard_exists`."""
    require(by, "manage_settings")
    listed = list(rows)
    if not listed:
        raise BadInput("cost_standard_empty")
    for row in listed:
        if row["channel"] not in CHANNELS or row["step"] not in STEPS:
            raise BadInput("unknown_cost_step", channel=row["channel"], step=row["step"])
    new = _standard_of(listed)
    exists = session.scalars(select(CostStandard.id).where(CostStandard.standard == new.version).limit(1)).first()
    if new.version == shipped_standard().version or exists is not None:
        raise BadInput("cost_standard_exists", version=new.version)
    insert_rows(
        session,
        CostStandard,
        [
            {
                "standard": new.version,
                "source": new.source,
                "valid_from": new.valid_from,
                "channel": channel,
                "phase": STEPS[step],
                "step": step,
                "minutes": minutes,
                "hourly_rate": new.hourly_rate,
                "split_is_estimate": new.split_is_estimate,
            }
            for (channel, step), minutes in new.minutes.items()
        ],
    )
    session.info.pop("cost_standards", None)
    audit.record(
        session,
        "cost_standard_loaded",
        "municipality",
        by.municipality_id,
        by,
        version=new.version,
        source=new.source,
        valid_from=new.valid_from.isoformat(),
    )
    return new


def log_cost(
    session: Session,
    order_ids: int | Iterable[int],
    step: str,
    by: Actor,
    channel: Channel = "system",
    seconds: int | None = None,
) -> None:
    """A row for an act on an order (or on each of several: the seconds are shared between them, whole seconds, the rest to the
    first). `seconds` defaults to what the door measured (`by.seconds`)."""
    ids = [order_ids] if isinstance(order_ids, int) else list(order_ids)
    if not ids:
        return
    phase = STEPS[step]
    standard = standard_in_force(session, by.today)
    spent = by.seconds if seconds is None else seconds
    if spent is not None:
        spent = max(0, min(spent, 12 * LONGEST_PAUSE))
    shares: list[int | None] = [None] * len(ids)
    if spent is not None:
        each, rest = divmod(spent, len(ids))
        shares = [each + (1 if place < rest else 0) for place in range(len(ids))]
    write_rows(
        session,
        TransactionCost,
        [
            {
                "order_id": order_id,
                "phase": phase,
                "step": step,
                "user_id": by.user_id,
                "door": by.door,
                "channel": channel,
                "seconds": share,
                "minutes": standard.of_step(channel, step),
                "hourly_rate": standard.hourly_rate,
                "standard": standard.version,
                "at": by.at,
            }
            for order_id, share in zip(ids, shares, strict=True)
        ],
    )


def cost_of(session: Session, order_id: int, replaces: Channel = "mail") -> Cost:
    """What the order has cost so far; see the head of this file."""
    return costs_of(session, [order_id], replaces)[order_id]


def costs_of(session: Session, order_ids: Iterable[int], replaces: Channel = "mail") -> dict[int, Cost]:
    """`cost_of` for many orders in one query per thousand."""
    ids = list(dict.fromkeys(order_ids))
    rows: dict[int, list[tuple[Any, ...]]] = {one: [] for one in ids}
    for begin in range(0, len(ids), 1000):
        for order_id, *rest in session.execute(
            select(
                TransactionCost.order_id,
                TransactionCost.phase,
                TransactionCost.step,
                TransactionCost.channel,
                TransactionCost.seconds,
                TransactionCost.minutes,
                TransactionCost.hourly_rate,
                TransactionCost.user_id,
                TransactionCost.standard,
            )
            .where(TransactionCost.order_id.in_(ids[begin : begin + 1000]))
            .order_by(TransactionCost.id)
        ):
            rows[order_id].append(tuple(rest))
    known = {one.version: one for one in _every_standard(session)}
    return {order_id: _sum(found, known, replaces) for order_id, found in rows.items()}


@dataclass(frozen=True, slots=True)
class Handling:
    """What handling an order has come to so far, by phase."""

    purchase: Amount
    receipt: Amount
    payment: Amount

    @property
    def total(self) -> Amount:
        return self.purchase + self.receipt + self.payment


COSTS: Final = Kept(
    select(TransactionCost.phase, TransactionCost.step, TransactionCost.minutes, TransactionCost.hourly_rate)
    .where(TransactionCost.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(TransactionCost.id)
)


def handling_of(rows: Sequence[Any]) -> Handling:
    """Of the rows that `COSTS` gives for one order: each step counts once, as in `cost_of`."""
    phases: dict[str, Amount] = dict.fromkeys(PHASES, NOTHING)
    counted: set[str] = set()
    for phase, step, minutes, rate in rows:
        if step not in counted:
            counted.add(step)
            phases[phase] += worth(minutes, rate)
    return Handling(phases["purchase"], phases["receipt"], phases["payment"])


def _every_standard(session: Session) -> list[Standard]:
    standard_in_force(session, date.max)
    return session.info["cost_standards"]


def _sum(
    rows: list[tuple[Any, ...]],
    known: Mapping[str, Standard],
    replaces: Channel,
) -> Cost:
    phases: dict[str, Amount] = dict.fromkeys(PHASES, NOTHING)
    counted: set[str] = set()
    measured, seconds, touches = NOTHING, 0, 0
    channel: Channel = "system"
    standard = shipped_standard()
    for phase, step, of_channel, spent, minutes, rate, user_id, version in rows:
        if step == "order" and step not in counted:
            channel = of_channel
            standard = known.get(version, standard)
        if step not in counted:
            counted.add(step)
            phases[phase] += worth(minutes, rate)
        if spent:
            seconds += spent
            measured += worth(Decimal(spent) / 60, rate)
        touches += user_id is not None
    return Cost(
        phases["purchase"],
        phases["receipt"],
        phases["payment"],
        channel,
        measured,
        seconds,
        touches,
        standard.of_channel(replaces),
        standard.version,
        standard.source,
        standard.split_is_estimate,
    )
