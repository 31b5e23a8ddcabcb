"""Tenders: what an agreement is before it is signed (DOMAIN §2). Planned, open, awarded, signed; nothing can be bought before the last.

An award makes a draft agreement with the winner, joined by the municipality, whose price list is loaded and reviewed like any other
catalogue meanwhile. A tender with several winners is awarded several times; the agreements bear the tender's number.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Date, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.agreements import Agreement, load_one
from catalogues.orderable import LEVELS
from catalogues.uploads import CatalogueUpload, take_file
from eshop import audit
from eshop.db import Base, JsonType, Owned, id_column, lock
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, require, the_municipality
from eshop.workflow import Workflow, move

TENDER: Final = Workflow(
    "tender",
    "planned",
    {
        "publish": move("planned", "open"),
        "withdraw": move("open", "planned"),
        "award": move("planned open awarded", "awarded"),
        "sign": move("awarded", "signed"),
        "drop": move("planned open", "dropped"),
    },
)


class Tender(Owned, Base):
    """A tender. `answers_by` is the last day for offers, `valid_from`/`valid_to` the agreement's period as planned."""

    __tablename__ = "tender"
    __table_args__ = (UniqueConstraint("municipality_id", "number"),)
    id: Mapped[int] = id_column()
    number: Mapped[str] = mapped_column(String(60))
    title: Mapped[str]
    level: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default=TENDER.start)
    unspsc: Mapped[list[str]] = mapped_column(JsonType, default=list)
    answers_by: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    responsible: Mapped[str | None]
    agreement_ids: Mapped[list[int]] = mapped_column(JsonType, default=list)


def plan_tender(
    session: Session,
    number: str,
    title: str,
    valid_from: date,
    by: Actor,
    *,
    valid_to: date | None = None,
    answers_by: date | None = None,
    level: str = "own",
    unspsc: Sequence[str] = (),
) -> Tender:
    """A tender that is planned. BadInput `missing_field`, `level_unknown`, `period_ends_before_it_begins`, `unspsc_prefix`,
    `tender_number_taken` where a tender or an agreement has the number."""
    require(by, "manage_agreements")
    number, title = number.strip(), title.strip()
    for name, value in (("number", number), ("title", title)):
        if not value or len(value) > 200:
            raise BadInput("missing_field", field=name, where="tender")
    if level not in LEVELS:
        raise BadInput("level_unknown", value=level, expected=", ".join(LEVELS), where=number)
    if valid_to is not None and valid_to < valid_from:
        raise BadInput("period_ends_before_it_begins", start=valid_from, end=valid_to, where=number)
    for prefix in unspsc:
        if not (prefix.isascii() and prefix.isdigit() and 2 <= len(prefix) <= 8):
            raise BadInput("unspsc_prefix", value=prefix, where=number)
    taken = session.scalar(select(Tender.id).where(Tender.number == number)) or session.scalar(
        select(Agreement.id).where(Agreement.number == number).limit(1)
    )
    if taken is not None or len(number) > 60:
        raise BadInput("tender_number_taken", number=number[:60])
    tender = Tender(
        number=number,
        title=title,
        level=level,
        unspsc=list(unspsc),
        answers_by=answers_by,
        valid_from=valid_from,
        valid_to=valid_to,
        agreement_ids=[],
    )
    session.add(tender)
    session.flush()
    audit.record(session, "tender_moved", "tender", tender.id, by, state=tender.state)
    return tender


def list_tenders(session: Session) -> list[Tender]:
    """Every tender, those that are not decided yet first, then by when the agreement begins."""
    order = {"open": 0, "planned": 1, "awarded": 2, "signed": 3, "dropped": 4}
    found = session.scalars(select(Tender).order_by(Tender.valid_from, Tender.id))
    return sorted(found, key=lambda one: order[one.state])


def get_tender(session: Session, tender_id: int) -> Tender:
    """NotFound where it is not ours."""
    found = session.scalars(select(Tender).where(Tender.id == tender_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Tender", key=tender_id)
    return found


def move_tender(session: Session, tender: Tender, verb: str, by: Actor) -> Tender:
    """publish, withdraw (it is planned again), sign or drop. Signing lets the draft agreements be bought from when they begin.
    Conflict `not_now`."""
    require(by, "manage_agreements")
    if verb not in ("publish", "withdraw", "sign", "drop"):
        raise BadInput("tender_verb", value=verb[:20])
    tender = lock(session, Tender, tender.id)
    tender.state = TENDER.after(tender.state, verb)
    if verb == "sign":
        for agreement in agreements_of_tender(session, tender):
            agreement.stage = "signed"
    session.flush()
    audit.record(session, "tender_moved", "tender", tender.id, by, state=tender.state)
    return tender


def award_tender(session: Session, tender: Tender, supplier: Mapping[str, Any], by: Actor) -> Agreement:
    """A draft agreement with the winner ({"cvr", "gln", "name"}), joined for its period; its price list can be loaded at once.

    Awarding to the same supplier again gives the same agreement. Conflict `not_now`; BadInput `supplier_without_number`.
    """
    require(by, "manage_agreements")
    tender = lock(session, Tender, tender.id)
    tender.state = TENDER.after(tender.state, "award")
    start = tender.valid_from.isoformat()
    end = None if tender.valid_to is None else tender.valid_to.isoformat()
    row = {
        "number": tender.number,
        "title": tender.title,
        "level": tender.level,
        "stage": "awarded",
        "from": start,
        "to": end,
        "supplier": dict(supplier),
        "unspsc": tender.unspsc,
        "joined": [{"cvr": the_municipality(session).cvr, "from": start, "to": end}],
    }
    agreement = load_one(session, row, by)
    if agreement.id not in tender.agreement_ids:
        audit.record(session, "agreement_awarded", "agreement", agreement.id, by, number=tender.number)
        tender.agreement_ids = [*tender.agreement_ids, agreement.id]
    session.flush()
    audit.record(session, "tender_moved", "tender", tender.id, by, state=tender.state)
    return agreement


def agreements_of_tender(session: Session, tender: Tender) -> list[Agreement]:
    """The agreements it was awarded as, in order."""
    return list(session.scalars(select(Agreement).where(Agreement.id.in_(tender.agreement_ids)).order_by(Agreement.id)))


def award_with_prices(
    session: Session, tender: Tender, supplier: Mapping[str, Any], source: Path, *, sha256: str, name: str, by: Actor
) -> tuple[Agreement, CatalogueUpload]:
    """As `award_tender`, and the winner's price list is handed in for the draft (as `take_file`)."""
    agreement = award_tender(session, tender, supplier, by)
    return agreement, take_file(session, agreement, source, sha256=sha256, name=name, by=by)
