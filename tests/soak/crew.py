"""Worker processes that can be killed: real ones, started in milliseconds from a server process that has read the program already."""

import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from eshop import worker
from eshop.config import Settings
from eshop.db import Database
from eshop.jobs import LEASE
from eshop.worker import Worker

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["eshop.app", "tests.soak.crew", "tests.soak.trade"])
PATIENCE = 600.0
"""Seconds until something that does not come is a failure."""


def clock(start: datetime, generation: int) -> Callable[[], datetime]:
    """`start` and what has passed since; each generation's clock is a lease further, so that what the dead held is free at once.

    What the living hold is free too, for the new one: as it would be with a worker so slow that its lease ran out.
    """
    begun = time.monotonic()
    return lambda: start + generation * (LEASE + timedelta(seconds=1)) + timedelta(seconds=time.monotonic() - begun)


def work(url: str, folder: str, start: datetime, generation: int) -> None:
    """The life of a worker, as `eshop work` leads it."""
    worker.PAUSE = 0.02  # type: ignore[misc]
    settings = Settings.from_environment({"ESHOP_DATA_DIR": folder, "ESHOP_SECRET_KEY": "k" * 40})
    Worker(Database(url), settings, clock(start, generation)).run()


class Crew:
    """So many processes of `life(*arguments, generation)`; a killed one is replaced by one of the next generation."""

    def __init__(self, life: Callable[..., None], *arguments: Any) -> None:
        self._life, self._arguments = life, arguments
        self._generation = 0
        self.members: list[BaseProcess] = []
        self.kills = 0

    def join(self) -> None:
        member = _CONTEXT.Process(target=self._life, args=(*self._arguments, self._generation), daemon=True)
        self._generation += 1
        member.start()
        self.members.append(member)

    def start_at(self, generation: int) -> None:
        """One more member, with the clock of this generation."""
        self._generation = generation
        self.join()

    def kill(self, place: int) -> None:
        """SIGKILL, between any two instructions."""
        member = self.members.pop(place)
        assert member.pid is not None
        alive = member.is_alive()
        os.kill(member.pid, signal.SIGKILL) if alive else None
        member.join(30)
        assert not alive or member.exitcode == -signal.SIGKILL, f"it had ended by itself: {member.exitcode}"
        self.kills += alive

    def dismiss(self) -> None:
        while self.members:
            self.kill(0)


@contextmanager
def crew(size: int, life: Callable[..., None], *arguments: Any) -> Iterator[Crew]:
    """A crew at work; those who are left are killed in the end."""
    with warnings.catch_warnings():
        # The server process is forked before there are threads of ours; the warning is about those of the test runner.
        warnings.simplefilter("ignore", DeprecationWarning)
        made = Crew(life, *arguments)
        try:
            for _ in range(size):
                made.join()
            yield made
        finally:
            made.dismiss()


def workers(database: Database, folder: Path, start: datetime, size: int = 2) -> Any:
    """`with workers(…) as crew`: real workers on the database."""
    return crew(size, work, database.url.render_as_string(hide_password=False), str(folder), start)


def until(reached: Callable[[], bool], what: str) -> None:
    """Waits until it is so."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, f"still not: {what}"
        time.sleep(0.005)


START = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
