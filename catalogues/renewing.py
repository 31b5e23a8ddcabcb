"""The renewal calendar: the days on which somebody must do something about an agreement, and whom to remind of them in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalogues.agreements import SUCCESSOR_MONTHS, Agreement, Joining, coverage, list_agreements
from catalogues.responsibilities import list_categories, responsible_for
from eshop import audit
from eshop.errors import BadInput
from eshop.identity import Actor, Municipality, User, require, the_municipality

Kind = Literal["ends", "notify", "option", "declaration"]

REMIND_DAYS: Final = {"ends": 180, "notify": 30, "option": 90, "declaration": 30}
"""How many days before the day somebody is told; a municipality's settings may say otherwise (`agreement_reminders`)."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A day in the life of an agreement: it `ends`, an option begins to count (`option`, the agreement runs out without it), the last
    day to `notify` the supplier that an option is used, or a CSR `declaration` expires. `what` names the option's day or declaration."""

    agreement: Agreement
    on: date
    kind: Kind
    what: str | date | None = None


def _days_of(agreement: Agreement, on: date) -> Iterator[Renewal]:
    end = agreement.ends()
    left = [one for one in agreement.options if not one.get("used")]
    if end is not None:
        yield Renewal(agreement, end, "option" if left else "ends", date.fromisoformat(left[0]["to"]) if left else None)
    for one in left[:1]:
        if one.get("notify_by"):
            yield Renewal(agreement, date.fromisoformat(one["notify_by"]), "notify", date.fromisoformat(one["to"]))
    if agreement.state(on) != "ended":
        for one in agreement.declarations:
            if one.get("to"):
                yield Renewal(agreement, date.fromisoformat(one["to"]), "declaration", one["kind"])


def renewals(session: Session, on: date, days: int = 1100) -> list[Renewal]:
    """What comes from the day on and within so many days, soonest first."""
    until = on + timedelta(days=days)
    found = [one for agreement in list_agreements(session) for one in _days_of(agreement, on) if on <= one.on <= until]
    return sorted(found, key=lambda one: (one.on, one.agreement.number, one.kind))


@dataclass(frozen=True, slots=True)
class Shared:
    """A day that another municipality of a purchasing community has in its calendar for an agreement we have joined with it."""

    renewal: Renewal
    municipality: str


def shared_renewals(everyone: Session, cvr: str, on: date, days: int = 1100) -> list[Shared]:
    """The calendar of the community, soonest first: days of agreements that are not somebody's own, where the other municipality says
    that the one with this CVR has joined. `everyone` is a session that sees all municipalities; of the others nothing but the days
    and the agreement's name is told."""
    until = on + timedelta(days=days)
    joined = (
        select(Joining.agreement_id)
        .where(
            Joining.cvr == cvr,
            Joining.exempt.is_(False),
            or_(Joining.valid_to.is_(None), Joining.valid_to >= on),
        )
        .distinct()
    )
    rows = everyone.execute(
        select(Agreement, Municipality.name)
        .join(Municipality, Municipality.id == Agreement.municipality_id)
        .where(Agreement.id.in_(joined), Agreement.level != "own", Municipality.cvr != cvr)
        .order_by(Agreement.number, Agreement.id)
    )
    found = [Shared(one, name) for agreement, name in rows for one in _days_of(agreement, on) if on <= one.on <= until]
    return sorted(found, key=lambda one: (one.renewal.on, one.renewal.agreement.number, one.municipality))


def successor_months(session: Session) -> int:
    """How many months before an agreement ends its successor should be there."""
    return int(the_municipality(session).settings.get("successor_months", SUCCESSOR_MONTHS))


def set_successor_months(session: Session, months: int, by: Actor) -> None:
    """Says how far ahead the municipality looks for a successor. BadInput `successor_months_out_of_range` outside 1–60 months."""
    require(by, "manage_agreements")
    if not 1 <= months <= 60:
        raise BadInput("successor_months_out_of_range", value=str(months))
    municipality = the_municipality(session)
    before = successor_months(session)
    if months == before:
        return
    municipality.settings = {**municipality.settings, "successor_months": months}
    audit.record(
        session, "setting_changed", "municipality", municipality.id, by,
        name="successor_months", before=before, after=months,
    )  # fmt: skip


def due_reminders(session: Session, on: date) -> list[tuple[Renewal, list[User]]]:
    """What is near enough to be reminded of, and who is: the agreement's own responsible, else those who answer for its item groups."""
    set_days = the_municipality(session).settings.get("agreement_reminders") or {}
    near = [
        one for one in renewals(session, on) if (one.on - on).days <= int(set_days.get(one.kind, REMIND_DAYS[one.kind]))
    ]
    if not near:
        return []
    people = {one.id: one for one in session.scalars(select(User).where(User.active))}
    by_login = {one.login: one for one in people.values()}
    groups, categories = coverage(session), list_categories(session)
    found = []
    for one in near:
        named = by_login.get(one.agreement.responsible or "")
        owners = [named] if named else [
            people[user_id] for user_id in responsible_for(categories, groups[one.agreement.id]) if user_id in people
        ]  # fmt: skip
        found.append((one, owners))
    return found
