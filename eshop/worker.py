"""The worker: sends what waits in the outbox, takes in what came, and carries out jobs, each in a unit of work of its own.

Work is at-least-once: a worker that is killed leaves its job and its message to the next one, and every verb here bears a second time.
Several workers may run; they never have the same job or message at the same time (`jobs.claim`, `exchange.claim_due`).
"""

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import (
    audit,
    exchange,
    insight,
    intake,
    invoice_notices,
    jobs,
    kept_files,
    letters,
    notices,
    picture_fetching,
)
from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput, EshopError
from eshop.identity import Actor, Municipality

PAUSE: Final = 2.0
"""Seconds to wait when nothing is due."""
AT_ONCE: Final = 20
ROUNDS: Final = timedelta(minutes=15)
"""How often the rounds are made: escalation of approvals, reminders, sealing of the audit trail."""
SEALS_A_ROUND: Final = 10
UNREACHED: Final = timedelta(hours=1)
"""How long a mail waits before we look whether it can be sent now."""

log = structlog.get_logger("eshop.worker")

Task = Callable[["Worker", Session, Mapping[str, Any], Actor], None]


def _send_order(_worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    """The time to regret is over: the order leaves, if it still may."""
    ordering.send_due(session, payload["order_id"], by)


def _judge_document(_worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    """A document that a door has kept: recognised, registered and judged now."""
    intake.judge_kept(session, payload["message_id"], by)


def _judge_again(_worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    """What waited for something on these orders: a receipt, a confirmed account, an answer of the supplier."""
    invoicing.judge_again(session, payload["order_ids"], by)


def _load_catalogue(worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    """A catalogue file that was handed in. How far it has come is committed on the way, so that the page can tell, and so that a worker
    that dies is followed by one that goes on; a dry run is undone as a whole, and its result kept."""
    upload = catalogues.get_upload(session, payload["upload_id"])
    source = kept_files.path_of(worker.settings.data_dir, upload.sha256)
    try:
        if not source.exists():
            raise BadInput("handed_in_file_gone", name=upload.name)
        for _ in catalogues.load_upload(session, upload, source, by):
            if not upload.dry_run:
                jobs.hold_on(session, f"{catalogues.LOAD_JOB}:{upload.id}", worker.now())
                session.commit()
    except EshopError as error:
        session.rollback()
        catalogues.fail_upload(session, payload["upload_id"], error)
        return
    if upload.dry_run and upload.result is None:
        result = catalogues.dry_result(session, upload)
        session.rollback()
        catalogues.keep_dry_result(session, payload["upload_id"], result)


def _notify(worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    notices.send(session, payload, worker.settings)


def _notify_daily(worker: "Worker", session: Session, payload: Mapping[str, Any], _by: Actor) -> None:
    notices.send_digest(session, payload, worker.settings)


def _complain(worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    """The supplier is told what came damaged or wrong, with the pictures; where no mail can reach them yet, as soon as one can."""
    if letters.still_to_complain(session, payload["receipt_id"], worker.settings, by.at):
        jobs.enqueue(session, ordering.COMPLAINT_JOB, dict(payload), by.at + UNREACHED)
        return
    mail = letters.complain(session, payload["receipt_id"], worker.settings, by.at)
    if mail is not None and worker.settings.smtp_url is not None:
        exchange.send_mail(worker.settings.smtp_url, mail)


def _mail_supplier(worker: "Worker", session: Session, payload: Mapping[str, Any], _by: Actor) -> None:
    invoice_notices.mail_supplier(session, payload, worker.settings)


def _list_pictures(_worker: "Worker", session: Session, payload: Mapping[str, Any], by: Actor) -> None:
    """A catalogue has gone live: its pictures are noted, a part at a time, and then fetched."""
    following = catalogues.list_pictures(session, payload["version_id"], payload["after"], by)
    if following is not None:
        jobs.enqueue(session, catalogues.LIST_JOB, {**payload, "after": following}, by.at)


def _read_words_anew(worker: "Worker", session: Session, _payload: Mapping[str, Any], by: Actor) -> None:
    """The search index of an earlier version: each step is kept, so that a worker that dies is followed by one that goes on."""
    for _ in catalogues.reindex(session, by):
        jobs.hold_on(session, catalogues.REINDEX_JOB, worker.now())
        session.commit()


TASKS: Final[Mapping[str, Task]] = {
    ordering.SEND_JOB: _send_order,
    intake.JUDGE: _judge_document,
    "judge_again": _judge_again,
    notices.NOTICE: _notify,
    notices.DIGEST: _notify_daily,
    invoicing.SUPPLIER_MAIL: _mail_supplier,
    catalogues.LOAD_JOB: _load_catalogue,
    ordering.COMPLAINT_JOB: _complain,
    catalogues.LIST_JOB: _list_pictures,
    catalogues.REINDEX_JOB: _read_words_anew,
}
"""Kind of job → what carries it out, in one unit of work that also takes the job away."""


class Worker:
    """`now` is the clock; a test hands in its own."""

    def __init__(
        self, database: Database, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.database = database
        self.settings = settings
        self.now = now
        self._stop = threading.Event()
        self._rounds_at: datetime | None = None
        self._cleaned_on: date | None = None

    def run(self) -> None:
        """Works until the process is told to stop; what is begun is finished."""
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: self._stop.set())
        while not self._stop.is_set():
            try:
                busy = self.once()
            except Exception:
                # The database may be away for a moment; what was not finished is still waiting in its rows.
                log.exception("worker.round_failed")
                busy = 0
            if not busy:
                self._stop.wait(PAUSE)

    def drain(self) -> int:
        """Does what is due, and what that makes due, until nothing is; returns how many things were done."""
        total = 0
        while done := self.once():
            total += done
        return total

    def once(self) -> int:
        """One look at the outbox, the jobs and the clock; returns how many things were done."""
        self._say_alive()
        done = exchange.deliver(self.database, self._route(), self.now, self._sent, AT_ONCE)
        for job in jobs.claim(self.database, list(TASKS), self.now(), AT_ONCE):
            self._carry_out(job)
            done += 1
        done += picture_fetching.fetch_due(self.database, self.settings, self.now)
        if self._rounds_at is None or self.now() - self._rounds_at >= ROUNDS:
            self._rounds_at = self.now()
            self._make_rounds()
        return done

    def _say_alive(self) -> None:
        """Leaves the moment where the page of operation reads it; a folder that cannot be written does not stop the work."""
        with suppress(OSError):
            (self.settings.data_dir / jobs.ALIVE_FILE).write_text(self.now().isoformat(), encoding="ascii")

    def _route(self) -> exchange.Route:
        return exchange.Route(
            self.settings.data_dir / "outgoing",
            self.settings.smtp_url,
            letter=lambda session, message: letters.letter(session, message, self.settings, self.now()),
        )

    def _sent(self, session: Session, message: exchange.Message) -> None:
        """Runs where the sending is noted: an order that has left is sent."""
        log.info("worker.sent", message=message.uid, document=message.document_type, channel=message.channel)
        ordering.mark_sent(session, message)

    def _carry_out(self, job: jobs.Claimed) -> None:
        by = Actor.system(job.municipality_id, self.now(), "worker")
        try:
            with self.database.work(job.municipality_id) as session:
                TASKS[job.kind](self, session, job.payload, by)
                jobs.done(session, job.id)
        except EshopError as error:
            # The thing itself says no: trying again would hear the same.
            self._failed(job, str(error), retry=False)
        except Exception as error:
            log.exception("worker.job_failed", job=job.id, kind=job.kind)
            self._failed(job, f"{type(error).__name__}: {error}", retry=True)

    def _failed(self, job: jobs.Claimed, error: str, *, retry: bool) -> None:
        with self.database.work(job.municipality_id) as session:
            jobs.failed(session, job, error, self.now(), retry=retry)

    def _make_rounds(self) -> None:
        """What nobody asks for: once every quarter of an hour, for each municipality by itself."""
        with self.database.read(EVERYONE) as session:
            municipalities = list(session.scalars(select(Municipality.id).order_by(Municipality.id)))
        if self._cleaned_on != self.now().date():
            self._cleaned_on = self.now().date()
            self._clean_files(municipalities)
        for municipality_id in municipalities:
            try:
                with self.database.work(municipality_id) as session:
                    by = Actor.system(municipality_id, self.now(), "worker")
                    notices.remind(session, by)
                    invoice_notices.remind(session, by)
                    notices.remind_of_agreements(session, by)
                    if catalogues.index_is_old(session):
                        jobs.enqueue(session, catalogues.REINDEX_JOB, {}, self.now(), catalogues.REINDEX_JOB)
                self._seal(municipality_id)
            except EshopError as error:
                log.warning("worker.rounds", municipality=municipality_id, error=str(error))

    def _seal(self, municipality_id: int) -> None:
        """Seals the audit trail and counts what it says was posted; the rest of a large intake at the next round."""
        for _ in range(SEALS_A_ROUND):
            with self.database.work(municipality_id) as session:
                sealed = audit.seal(session, self.now())
                insight.count_spend(session)
            if not sealed:
                return

    def _clean_files(self, municipalities: Sequence[int]) -> None:
        """Once a day: handed-in files that no municipality needs any more are taken away, those of the last day never."""
        needed: set[str] = set()
        for municipality_id in municipalities:
            with self.database.work(municipality_id) as session:
                needed |= catalogues.files_to_keep(session, Actor.system(municipality_id, self.now(), "worker"))
        gone = kept_files.clean(self.settings.data_dir, needed, self.now() - timedelta(days=1))
        if gone:
            log.info("worker.files_taken_away", files=gone)
