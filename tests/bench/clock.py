"""Processor time instead of the clock on the wall, for comparisons that last milliseconds: on a machine that does other things as well, the
wall tells how busy it is. Counted are this thread and, where PostgreSQL runs on this machine, its processes for the database."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from eshop.db import EVERYONE, Database


def processor(database: Database) -> Callable[[], float]:
    """Seconds of processor time so far that this thread and the database have used; of a server elsewhere, seconds that have passed."""
    if database.is_sqlite:
        return time.thread_time
    with database.read(EVERYONE) as session:
        asked = session.execute(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")).scalars()
        files = [Path(f"/proc/{number}/schedstat") for number in asked]
    if not all(file.exists() for file in files):
        return time.perf_counter
    return lambda: time.thread_time() + sum(int(file.read_text().split()[0]) for file in files) / 1e9
