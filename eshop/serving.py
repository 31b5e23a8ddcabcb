"""Pages and API behind gunicorn: how it is started, and what it starts.

`serve` gives its process to gunicorn, so that a signal reaches it directly. This file is also gunicorn's configuration: `child_exit` is
read from it by that name.
"""

import os
import shutil
import sys
from typing import Any, Final

from flask import Flask
from prometheus_client import multiprocess

from eshop.app import create_app
from eshop.config import Settings

WORKERS: Final = 2
THREADS: Final = 8


def serve(settings: Settings) -> None:
    """Becomes gunicorn on the settings' port. Figures of all workers meet in a folder that is emptied at the start."""
    figures = settings.data_dir / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True)
    host = "127.0.0.1" if settings.listens_on_loopback else "0.0.0.0"  # noqa: S104  the operator asked for it
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(  # noqa: S606
        sys.executable,
        [
            *(sys.executable, "-m", "gunicorn", "--config", "python:eshop.serving"),
            *("--bind", f"{host}:{settings.port}", "--worker-class", "gthread"),
            *("--workers", str(WORKERS), "--threads", str(THREADS)),
            *("--control-socket", str(settings.data_dir / f"gunicorn-{settings.port}.ctl")),
            *("--log-level", "warning", "--graceful-timeout", "20", "eshop.serving:application()"),
        ],
    )


def application() -> Flask:
    return create_app(Settings.from_environment())


def child_exit(_server: Any, worker: Any) -> None:
    """gunicorn's hook: a worker that is gone keeps its counters and loses its gauges."""
    multiprocess.mark_process_dead(worker.pid)
