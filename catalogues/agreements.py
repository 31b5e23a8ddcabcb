"""Agreements on three levels, their lots, who has joined, and what they cover (DOMAIN §2).

An agreement is one supplier's: where a joint agreement has several suppliers under one number, each is a row of its own.
Every municipality holds its own row of a joint agreement; the number is the same. Nothing is deleted, every load is an audit event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.acceptance import AcceptanceRule
from catalogues.agreement_parts import declarations, documents, options, switch
from catalogues.orderable import LEVELS, PRECEDENCE, Joined, Period, Standing, Standings
from catalogues.suppliers import Supplier, plain_cvr, record_supplier
from eshop import audit
from eshop.amounts import Amount, exact, plain
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, Municipality, the_municipality
from eshop.kept import Kept, ask_together

STAGES: Final = ("planned", "tender", "awarded", "signed")
"""Before signature nothing can be bought: planned tender, open tender, awarded, signed."""


def last_day(valid_to: date | None, options: Iterable[Mapping[str, Any]]) -> date | None:
    """An agreement's own last day, or the last used option's where it is later; None where it has no end."""
    if valid_to is None:
        return None
    return max([valid_to, *(date.fromisoformat(one["to"]) for one in options if one.get("used"))])


def place(level: str, precedence: int | None) -> int:
    """Where an agreement stands in the order of precedence, the lowest first: where the municipality put it, else by its level."""
    return PRECEDENCE[level] if precedence is None else precedence


class Agreement(Owned, Base):
    """An agreement with one supplier. `unspsc` are the prefixes it covers (empty: everything), `cap_percent` the most that a price
    may rise in twelve months, `notice_days` how long before it must be announced."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("municipality_id", "number", "supplier_id"),)
    id: Mapped[int] = id_column()
    number: Mapped[str] = mapped_column(String(60))
    title: Mapped[str]
    level: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(10), default="signed")
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    options: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    """Options to extend: {"to": day, "notify_by": day|null, "used": bool}, in order."""
    unspsc: Mapped[list[str]] = mapped_column(JsonType, default=list)
    precedence: Mapped[int | None] = mapped_column(Integer)
    """Set by the municipality to go before or after what the level gives (lowest first)."""
    cap_percent: Mapped[Decimal | None]
    notice_days: Mapped[int | None] = mapped_column(Integer)
    price_index: Mapped[str | None]
    fees: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    """{"kind", "max", "free_above"}, kroner as decimal strings or null."""
    minimum_order: Mapped[Amount | None]
    delivery_days: Mapped[Any] = mapped_column(JsonType, nullable=True)
    """As the agreement says it: a number of working days, or a list of weekdays."""
    compliance_target_percent: Mapped[Decimal | None]
    responsible: Mapped[str | None]
    labour_clause: Mapped[bool] = mapped_column(Boolean, default=False)
    documents: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    """{"title", "uri"}."""
    declarations: Mapped[list[dict[str, Any]]] = mapped_column(JsonType, default=list)
    """CSR declarations: {"kind", "to": day}."""
    live_version_id: Mapped[int | None]
    auto_accept: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether what the review finds harmless goes live without a hand, within `auto_rule` (`catalogues.automatic`)."""
    auto_rule: Mapped[dict[str, Any] | None] = mapped_column(JsonType)
    ceiling: Mapped[Amount | None]
    """The most that may be bought under it (aftalens ramme), excl. VAT."""

    @property
    def rank(self) -> int:
        """The lower goes first."""
        return place(self.level, self.precedence)

    def ends(self, used_options: bool = True) -> date | None:
        """The last day: the agreement's own, or the last used option's where it is later."""
        return last_day(self.valid_to, self.options if used_options else ())

    def state(self, on: date) -> str:
        """planned, in_force, extended or ended on the day."""
        end = self.ends()
        if self.stage != "signed" or (self.valid_from is not None and on < self.valid_from):
            return "planned"
        if end is not None and on > end:
            return "ended"
        return "extended" if self.valid_to is not None and on > self.valid_to else "in_force"


class Lot(Owned, Base):
    """A delaftale. A line belongs to the lot that its contract subdivision names, else to the one whose prefix fits."""

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)
    id: Mapped[int] = id_column()
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    title: Mapped[str]
    unspsc: Mapped[list[str]] = mapped_column(JsonType, default=list)


class Joining(Owned, Base):
    """That a municipality (by CVR; not only ours, a community's are all kept) has joined an agreement or one lot, or is `exempt`
    from it, for a period. An exemption has a reason, an approver of directorate rank and an end."""

    __tablename__ = "joining"
    id: Mapped[int] = id_column()
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    cvr: Mapped[str] = mapped_column(String(8))
    exempt: Mapped[bool] = mapped_column(Boolean, default=False)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str | None]
    approved_by: Mapped[str | None]


# --- loading -----------------------------------------------------------------------------------------------------------


def _day(row: Mapping[str, Any], field: str, where: str) -> date | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise BadInput("not_a_day", field=field, value=str(value), where=where) from error


def _number(value: Any, field: str, where: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return exact(repr(value) if isinstance(value, float) else value)
    except BadInput as error:
        raise BadInput("not_a_number_in", field=field, value=str(value), where=where) from error


def _period(row: Mapping[str, Any], where: str) -> tuple[date | None, date | None]:
    start, end = _day(row, "from", where), _day(row, "to", where)
    if start is not None and end is not None and end < start:
        raise BadInput("period_ends_before_it_begins", start=start, end=end, where=where)
    return start, end


def _prefixes(row: Mapping[str, Any], where: str) -> list[str]:
    given = row.get("unspsc") or []
    prefixes = [str(one).strip() for one in ([given] if isinstance(given, str | int) else given)]
    for prefix in prefixes:
        if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= 8):
            raise BadInput("unspsc_prefix", value=prefix, where=where)
    return prefixes


def _fees(row: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    fees = []
    for fee in row.get("fees") or []:
        values = {name: _number(fee.get(name), f"fees.{name}", where) for name in ("max", "free_above")}
        fees.append(
            {"kind": str(fee.get("kind") or "fee")} | {n: None if v is None else plain(v) for n, v in values.items()}
        )
    return fees


def load_agreements(session: Session, rows: Iterable[Mapping[str, Any]], by: Actor) -> list[Agreement]:
    """Agreements in the form of INTERFACES §2, made or brought up to date by number and supplier. Loading again changes nothing.

    BadInput names the agreement and the field: `missing_field`, `level_unknown`, `not_a_day`, `not_a_number_in`,
    `period_ends_before_it_begins`, `unspsc_prefix`, `lot_unknown`, `exemption_incomplete`.
    """
    loaded = [load_one(session, row, by) for row in rows]
    if loaded:
        audit.record(
            session, "agreements_loaded", "agreement", loaded[0].id, by, agreements=[one.number for one in loaded]
        )
    return loaded


def load_one(session: Session, row: Mapping[str, Any], by: Actor) -> Agreement:
    """One agreement of `load_agreements`, without its event."""
    number = str(row.get("number") or "").strip()
    if not number:
        raise BadInput("missing_field", field="number", where="agreements")
    where = number
    level = row.get("level") or "own"
    if level not in LEVELS:
        raise BadInput("level_unknown", value=str(level), expected=", ".join(LEVELS), where=where)
    stage = row.get("stage") or "signed"
    if stage not in STAGES:
        raise BadInput("stage_unknown", value=str(stage), expected=", ".join(STAGES), where=where)
    given = row.get("supplier")
    if not isinstance(given, Mapping):
        raise BadInput("missing_field", field="supplier", where=where)
    supplier = record_supplier(
        session, cvr=given.get("cvr"), gln=given.get("gln"), name=given.get("name"), email=given.get("email"), by=by
    )
    start, end = _period(row, where)
    agreement = session.scalars(
        select(Agreement).where(Agreement.number == number, Agreement.supplier_id == supplier.id)
    ).one_or_none()
    if agreement is None:
        agreement = Agreement(
            number=number, supplier_id=supplier.id, title=str(row.get("title") or number), level=level
        )
        agreement.municipality_id = by.municipality_id
        session.add(agreement)
    regulation = row.get("price_regulation") or {}
    minimum = _number(row.get("minimum_order"), "minimum_order", where)
    agreement.title = str(row.get("title") or number)
    agreement.level, agreement.stage = level, stage
    agreement.valid_from, agreement.valid_to = start, end
    agreement.unspsc = _prefixes(row, where)
    agreement.cap_percent = _number(regulation.get("cap_percent"), "cap_percent", where)
    notice = _number(regulation.get("notice_days"), "notice_days", where)
    agreement.notice_days = None if notice is None else int(notice)
    agreement.price_index = regulation.get("index")
    agreement.fees = _fees(row, where)
    agreement.minimum_order = None if minimum is None else Amount.of(minimum)
    agreement.delivery_days = row.get("delivery_days")
    agreement.compliance_target_percent = _number(
        row.get("compliance_target_percent"), "compliance_target_percent", where
    )
    agreement.responsible = row.get("responsible")
    _load_more(agreement, row, where)
    session.flush()
    lots = _load_lots(session, agreement, row.get("lots") or [], where)
    _load_joinings(session, agreement, lots, row, where, by)
    return agreement


def _load_more(agreement: Agreement, row: Mapping[str, Any], where: str) -> None:
    """What a file may be silent about: then it stays as it is."""
    if "precedence" in row:
        precedence = _number(row["precedence"], "precedence", where)
        agreement.precedence = None if precedence is None else int(precedence)
    if "ceiling" in row:
        ceiling = _number(row["ceiling"], "ceiling", where)
        agreement.ceiling = None if ceiling is None else Amount.of(ceiling)
    for field in ("labour_clause", "auto_accept"):
        if field in row:
            setattr(agreement, field, switch(row[field], field))
    if "auto_rule" in row:
        rule = row["auto_rule"]
        agreement.auto_rule = AcceptanceRule.of(rule).as_json() if rule else None
    for field, read in (("documents", documents), ("declarations", declarations), ("options", options)):
        if field in row:
            setattr(agreement, field, read(row[field], where))


def _load_lots(session: Session, agreement: Agreement, rows: Iterable[Mapping[str, Any]], where: str) -> dict[str, Lot]:
    lots = {lot.number: lot for lot in session.scalars(select(Lot).where(Lot.agreement_id == agreement.id))}
    for row in rows:
        number = str(row.get("number") or "").strip()
        if not number:
            raise BadInput("missing_field", field="lots.number", where=where)
        lot = lots.get(number)
        if lot is None:
            lot = lots[number] = Lot(agreement_id=agreement.id, number=number, title="")
            lot.municipality_id = agreement.municipality_id
            session.add(lot)
        lot.title = str(row.get("title") or number)
        lot.unspsc = _prefixes(row, f"{where}/{number}")
    session.flush()
    return lots


def _load_joinings(
    session: Session, agreement: Agreement, lots: Mapping[str, Lot], row: Mapping[str, Any], where: str, by: Actor
) -> None:
    """What the file says about joining and exemption takes the place of what stood; a file that is silent changes nothing."""
    own = the_municipality(session).cvr
    for field, exempt in (("joined", False), ("exempt", True)):
        if field not in row:
            continue
        for old in session.scalars(
            select(Joining).where(Joining.agreement_id == agreement.id, Joining.exempt.is_(exempt))
        ):
            session.delete(old)
        for one in row[field] or []:
            lot_number = one.get("lot")
            if lot_number not in (None, "") and str(lot_number) not in lots:
                raise BadInput("lot_unknown", value=str(lot_number), where=where)
            start, end = _period(one, where)
            if exempt and not (end and one.get("reason") and one.get("approved_by")):
                raise BadInput("exemption_incomplete", where=where)
            joining = Joining(
                agreement_id=agreement.id,
                lot_id=None if lot_number in (None, "") else lots[str(lot_number)].id,
                cvr=plain_cvr(str(one.get("cvr") or own)),
                exempt=exempt,
                valid_from=start,
                valid_to=end,
                reason=one.get("reason"),
                approved_by=one.get("approved_by"),
            )
            joining.municipality_id = by.municipality_id
            session.add(joining)
    session.flush()


# --- reading -----------------------------------------------------------------------------------------------------------


def list_agreements(session: Session) -> list[Agreement]:
    """Every agreement of the municipality, by number."""
    return list(session.scalars(select(Agreement).order_by(Agreement.number, Agreement.id)))


def agreements_in_force(session: Session, on: date) -> list[Agreement]:
    """The agreements in force on the day that the municipality has joined, in order of precedence."""
    standings = standings_of(session)
    found = [
        one
        for one in list_agreements(session)
        if one.state(on) in ("in_force", "extended") and standings[one.id].joined_lots(on) != frozenset()
    ]
    return sorted(found, key=lambda one: (one.rank, one.number, one.id))


def get_agreement(session: Session, agreement_id: int) -> Agreement:
    """The agreement. NotFound where it is not this municipality's."""
    found = session.scalars(select(Agreement).where(Agreement.id == agreement_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Agreement", key=agreement_id)
    return found


def find_agreements(session: Session, number: str) -> list[Agreement]:
    """The agreements with this number: one per supplier, in the order they were loaded."""
    return list(session.scalars(select(Agreement).where(Agreement.number == number.strip()).order_by(Agreement.id)))


def lots_of(session: Session, agreement_id: int) -> list[Lot]:
    return list(session.scalars(select(Lot).where(Lot.agreement_id == agreement_id).order_by(Lot.number, Lot.id)))


def joinings_of(session: Session, agreement_id: int) -> list[Joining]:
    """Joinings and exemptions of every municipality, oldest first."""
    return list(session.scalars(select(Joining).where(Joining.agreement_id == agreement_id).order_by(Joining.id)))


def join(
    session: Session,
    agreement: Agreement,
    by: Actor,
    lot: Lot | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Joining:
    """The municipality joins an agreement, or one lot of it, for a period."""
    joining = Joining(
        agreement_id=agreement.id,
        lot_id=None if lot is None else lot.id,
        cvr=the_municipality(session).cvr,
        exempt=False,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    joining.municipality_id = by.municipality_id
    session.add(joining)
    session.flush()
    audit.record(session, "agreement_joined", "agreement", agreement.id, by, lot_id=joining.lot_id)
    return joining


def standings_of(session: Session, agreement_ids: Sequence[int] | None = None) -> dict[int, Standing]:
    """How this municipality stands to its agreements (all, or these), in two queries."""
    if agreement_ids is None:
        agreement_ids = list(session.scalars(select(Agreement.id)))
    return standings_from(*ask_together(session, *asking_for_standings(agreement_ids)))


def asking_for_standings(agreement_ids: Sequence[int]) -> tuple[tuple[Kept, dict[str, Any]], ...]:
    """The two questions behind `standings_of`, for whoever asks more in the same journey; `standings_from` reads the answers."""
    return ((_JOINED_OF, {"ids": agreement_ids}), (_TERMS_OF, {"ids": agreement_ids}))


def standings_from(joinings: Iterable[Any], terms: Iterable[Any]) -> dict[int, Standing]:
    joined = joined_from(joinings)
    return {
        row.id: joined.get(row.id)
        or Standing(
            Period(row.valid_from, last_day(row.valid_to, row.options)),
            row.stage == "signed",
            rank=place(row.level, row.precedence),
        )
        for row in terms
    }


_TERMS: Final = (
    Agreement.stage, Agreement.valid_from, Agreement.valid_to, Agreement.options, Agreement.level, Agreement.precedence,
)  # fmt: skip
_TERMS_OF: Final = Kept(select(Agreement.id, *_TERMS).where(Agreement.id.in_(bindparam("ids", expanding=True))))
_JOININGS: Final = (
    select(Joining.agreement_id, Joining.lot_id, Joining.exempt, Joining.valid_from, Joining.valid_to, *_TERMS)
    .where(
        Joining.agreement_id == Agreement.id,
        Joining.municipality_id == Municipality.id,
        Joining.cvr == Municipality.cvr,
    )
    .order_by(Joining.id)
)
_JOINED_OF: Final = Kept(_JOININGS.where(Agreement.id.in_(bindparam("ids", expanding=True))))


def joined_standings(session: Session) -> Standings:
    """As `standings_of`, of the agreements that this municipality has (or had) joined: one statement and no objects, for search."""
    return _JOINED.rows(session)  # type: ignore[no-any-return]


def asking_for_joined() -> tuple[Kept, dict[str, Any]]:
    """The question behind `joined_standings`, for whoever asks more in the same journey."""
    return _JOINED, {}


def joined_from(rows: Iterable[Any]) -> Standings:
    held: dict[int, tuple[list[Joined], list[Joined], Any]] = {}
    for row in rows:
        agreement_id, lot_id, exempt, start, end, *terms = row
        lists = held.setdefault(agreement_id, ([], [], terms))
        lists[1 if exempt else 0].append(Joined(Period(start, end), lot_id))
    return Standings(
        (
            agreement_id,
            Standing(
                Period(valid_from, last_day(valid_to, options)),
                stage == "signed",
                tuple(joined),
                tuple(exempted),
                place(level, precedence),
            ),
        )
        for agreement_id, (joined, exempted, (stage, valid_from, valid_to, options, level, precedence)) in held.items()
    )


_JOINED: Final = Kept(_JOININGS, laid_out=joined_from)


# --- what needs attention ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parallel:
    """Two agreements that cover the same at the same time: from the same municipality, different suppliers or levels."""

    one: Agreement
    other: Agreement
    prefixes: tuple[str, ...]


def coverage(session: Session) -> dict[int, list[str]]:
    """Agreement → the UNSPSC prefixes it covers, its own and its lots'. Empty: everything."""
    found = {one.id: list(one.unspsc) for one in list_agreements(session)}
    for lot in session.scalars(select(Lot).order_by(Lot.id)):
        found[lot.agreement_id] += lot.unspsc
    return found


def _shared(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """The narrowest prefixes that both cover: ('1411', '44') and ('14', '4412') → ('1411', '4412')."""
    common = {max(a, b, key=len) for a in one for b in other if a.startswith(b) or b.startswith(a)}
    return tuple(sorted(common))


def parallel_agreements(session: Session, on: date) -> list[Parallel]:
    """Pairs that overlap in coverage and period from the day on, with different suppliers or levels (DOMAIN §2).

    Agreements without UNSPSC prefixes are left out: nothing is known about what they cover.
    """
    prefixes = coverage(session)
    alive = [one for one in list_agreements(session) if prefixes[one.id] and ((end := one.ends()) is None or end >= on)]
    found = []
    for position, one in enumerate(alive):
        for other in alive[position + 1 :]:
            differ = one.supplier_id != other.supplier_id or one.level != other.level
            periods = Period(one.valid_from, one.ends()), Period(other.valid_from, other.ends())
            shared = _shared(prefixes[one.id], prefixes[other.id])
            if differ and shared and periods[0].overlaps(periods[1]):
                found.append(Parallel(one, other, shared))
    return found


SUCCESSOR_MONTHS: Final = 9
"""How long before an agreement ends its successor should be there; a municipality's settings may say otherwise (`successor_months`). (p)"""


def ending_without_successor(session: Session, on: date) -> list[Agreement]:
    """Agreements in force that end within `SUCCESSOR_MONTHS`, where no agreement covering any of the same begins within a day of the end
    or is then in force, soonest first."""
    months = int(the_municipality(session).settings.get("successor_months", SUCCESSOR_MONTHS))
    horizon = on + timedelta(days=round(months * 30.4375))
    prefixes = coverage(session)
    agreements = list_agreements(session)
    found = []
    for one in agreements:
        end = one.ends()
        if end is None or one.state(on) not in ("in_force", "extended") or end > horizon:
            continue
        after = end + timedelta(days=1)
        followed = any(
            other.id != one.id
            and Period(other.valid_from, other.ends()).holds(after)
            and (_shared(prefixes[one.id], prefixes[other.id]) or other.number == one.number)
            for other in agreements
        )
        if not followed:
            found.append(one)
    return sorted(found, key=lambda one: (one.ends() or date.max, one.number))


def ended_without_successor(session: Session, on: date, days: int = 365) -> list[Agreement]:
    """Agreements that ended within so many days, where nothing in force covers any of the same, latest first."""
    prefixes = coverage(session)
    agreements = list_agreements(session)
    in_force = [one for one in agreements if one.state(on) in ("in_force", "extended")]
    ended = [
        (end, one)
        for one in agreements
        if (end := one.ends()) is not None and one.state(on) == "ended" and (on - end).days <= days
    ]
    found = [
        (end, one)
        for end, one in ended
        if not any(_shared(prefixes[one.id], prefixes[other.id]) or other.number == one.number for other in in_force)
    ]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].number), reverse=True)]


def suppliers_by_id(session: Session, ids: Iterable[int]) -> dict[int, Supplier]:
    wanted = set(ids)
    return {one.id: one for one in session.scalars(select(Supplier).where(Supplier.id.in_(wanted)))}
