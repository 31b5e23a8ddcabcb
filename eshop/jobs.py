"""Work to be done later, as rows: enqueued in the transaction that decided on it, claimed by one conditional UPDATE.

A claimed job is leased: a worker that dies gives it back when the lease runs out, so a job is done *at least* once, and whoever
carries it out must bear a second time. Failures come again with growing pauses until `MAX_ATTEMPTS`, then wait for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Index, Integer, String, UniqueConstraint, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.db import EVERYONE, Base, Database, JsonType, Owned, id_column
from eshop.errors import Conflict, NotFound

ALIVE_FILE: Final = "worker-alive"
"""File in the data folder that holds when the worker last looked."""
MAX_ATTEMPTS: Final = 12
LEASE: Final = timedelta(minutes=5)


def pause_after(attempts: int) -> timedelta:
    """How long to wait before the next try: 10 s, 20 s, 40 s … at most an hour; twelve tries take some five hours."""
    return timedelta(seconds=min(10 * 2 ** max(attempts - 1, 0), 3600))


class Job(Owned, Base):
    """`kind` says what to do with `payload`; a `key` makes the job one of its kind (a second enqueue is the first again)."""

    __tablename__ = "job"
    found_otherwise = True
    __table_args__ = (UniqueConstraint("municipality_id", "key"), Index("ix_job_due", "state", "run_at"))
    id: Mapped[int] = id_column()
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonType)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand. `attempts` counts this try."""

    id: int
    municipality_id: int
    kind: str
    payload: dict[str, Any]
    attempts: int


def enqueue(session: Session, kind: str, payload: dict[str, Any], run_at: datetime, key: str | None = None) -> Job:
    """Work to do once the caller's transaction is committed, at `run_at` or soon after."""
    if key is not None:
        waiting = session.scalars(select(Job).where(Job.key == key)).one_or_none()
        if waiting is not None:
            return waiting
    job = Job(kind=kind, payload=payload, run_at=run_at, key=key)
    session.add(job)
    session.flush()
    return job


def claim(database: Database, kinds: Sequence[str], now: datetime, at_most: int = 1) -> list[Claimed]:
    """Takes due jobs, or jobs whose worker died, so that nobody else has them until the lease runs out."""
    free = or_(Job.state == "waiting", and_(Job.state == "claimed", Job.lease_until < now))
    due = (
        select(Job.id)
        .where(Job.kind.in_(list(kinds)), free, Job.run_at <= now)
        .order_by(Job.run_at, Job.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    with database.work(EVERYONE) as session:
        taken = session.execute(
            update(Job)
            .where(Job.id.in_(due))
            .values(state="claimed", lease_until=now + LEASE, attempts=Job.attempts + 1)
            .returning(Job.id, Job.municipality_id, Job.kind, Job.payload, Job.attempts)
            .execution_options(synchronize_session=False)
        ).all()
    return sorted((Claimed(*row) for row in taken), key=lambda job: job.id)


def done(session: Session, job_id: int) -> None:
    """The work is done, in the same transaction as the work. The row goes: what was done is in the audit trail."""
    job = session.get(Job, job_id)
    if job is not None:
        session.delete(job)


def failed(session: Session, job: Claimed, error: str, now: datetime, *, retry: bool = True) -> None:
    """Puts the job back with a pause, or (after the last try, or when trying again is no use) leaves it for a person."""
    row = session.get(Job, job.id)
    if row is None:
        return
    again = retry and job.attempts < MAX_ATTEMPTS
    row.state = "waiting" if again else "dead"
    row.run_at = now + pause_after(job.attempts) if again else row.run_at
    row.lease_until = None
    row.last_error = error[:2000]


def hold_on(session: Session, key: str, now: datetime) -> None:
    """Work that takes long is still under way: nobody else is to take it before a whole lease has passed again."""
    session.execute(update(Job).where(Job.key == key, Job.state == "claimed").values(lease_until=now + LEASE))


def counts(session: Session) -> list[tuple[str, str, int, datetime | None]]:
    """(kind, state, how many, the earliest that is due) of what is waiting, in hand or given up."""
    rows = session.execute(
        select(Job.kind, Job.state, func.count(), func.min(Job.run_at)).group_by(Job.kind, Job.state).order_by(Job.kind)
    )
    return [(kind, state, count, due) for kind, state, count, due in rows]


def given_up(session: Session, at_most: int = 50) -> list[Job]:
    """Jobs that wait for a person, the latest first."""
    return list(session.scalars(select(Job).where(Job.state == "dead").order_by(Job.id.desc()).limit(at_most)))


def try_again(session: Session, job_id: int, now: datetime) -> Job:
    """A job that was given up is due now, with all its tries. NotFound; Conflict `not_now` in any other state."""
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
    if job is None:
        raise NotFound("not_found", thing="Job", key=job_id)
    if job.state != "dead":
        raise Conflict("not_now", thing="Job", state=job.state)
    job.state, job.run_at, job.attempts, job.last_error = "waiting", now, 0, None
    return job
