"""Processor time instead of the clock on the wall, for comparisons that last milliseconds: on a machine that does other things as well, the
wall tells how busy it is. Counted are this thread and, where PostgreSQL runs on this machine, the process that serves it there."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from eshop.db import EVERYONE, Database


def processor(database: Database) -> Callable[[], float]:
    """Seconds of processor time so far that this thread and its connection's server process have used; of a server elsewhere, seconds that
    have passed. For one thread: whoever works alone always gets the same connection."""
    if database.is_sqlite:
        return time.thread_time
    with database.read(EVERYONE) as session:
        used = Path(f"/proc/{session.scalar(text('SELECT pg_backend_pid()'))}/schedstat")
    if not used.exists():
        return time.perf_counter
    return lambda: time.thread_time() + int(used.read_text().split()[0]) / 1e9
