"""The frame of `make bench`: each measurement has a limit, fails above it, and is a line of the closing table."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TABLE = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.bench)


class Bench:
    """`time`, `compare` and `command` measure; each writes its line before it holds it against the limit."""

    def __init__(self, table: list[tuple[str, str, str]]) -> None:
        self.table = table

    def time(self, what: str, work: Callable[[], Any], *, at_most: float, times: int = 20) -> float:
        """Median seconds of `work`, after one call that is not counted; the slowest of twenty is told beside it."""
        work()
        seconds = []
        for _ in range(times):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds)
        self.table.append(
            (what, f"{median * 1000:,.1f} ms (worst {max(seconds) * 1000:,.1f})", f"{at_most * 1000:,.0f} ms")
        )
        assert median <= at_most, f"{what}: {median:.3f} s, at most {at_most} s"
        return median

    def compare(
        self,
        what: str,
        *,
        floor: Callable[[Any], Any],
        product: Callable[[Any], Any],
        prepare: Callable[[], Any] = lambda: None,
        things: int,
        at_least: float,
        rounds: int = 5,
        clock: Callable[[], float] | None = None,
    ) -> float:
        """The product's rate as a share of a floor's rate at the same `things`: machines differ, the share does not. Floor and
        product take turns, the medians are compared, and what `prepare` makes for each turn is not timed."""
        clock = clock or time.perf_counter
        seconds: dict[str, list[float]] = {"floor": [], "product": []}
        for _ in range(rounds):
            for name, work in (("floor", floor), ("product", product)):
                given = prepare()
                start = clock()
                work(given)
                seconds[name].append(clock() - start)
        rates = {name: things / statistics.median(all_of_them) for name, all_of_them in seconds.items()}
        share = rates["product"] / rates["floor"]
        measured = f"{rates['product']:,.0f}/s of {rates['floor']:,.0f}/s = {share:.2f}"
        self.table.append((what, measured, f"at least {at_least:.2f}"))
        assert share >= at_least, f"{what}: {share:.3f} of the floor, at least {at_least}"
        return share

    def command(
        self, what: str, *arguments: str, environment: dict[str, str], at_most: float, memory_mb: int, code: int = 0
    ) -> str:
        """One run of `eshop ARGUMENTS` in a process of its own: seconds and peak memory. Gives what it printed."""
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
        peak = int(done.stderr.rpartition("peak-kb=")[2] or 0) // 1024
        self.table.append((what, f"{seconds:,.2f} s, {peak:,} MB", f"at most {at_most:g} s, {memory_mb} MB"))
        assert done.returncode == code, done.stderr[-2000:]
        assert seconds <= at_most, f"{what}: {seconds:.2f} s, at most {at_most} s"
        assert peak <= memory_mb, f"{what}: {peak} MB, at most {memory_mb} MB"
        return done.stdout


# The process tells its own peak: the parent's RUSAGE_CHILDREN would keep the largest of all commands.
_MEASURED = """
import resource, sys
from eshop.cli import main
try:
    main()
finally:
    sys.stdout.flush()
    print(f"peak-kb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}", file=sys.stderr)
"""


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.config.stash.setdefault(TABLE, []))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    table = config.stash.get(TABLE, [])
    if not table:
        return
    terminalreporter.section("measured (2 cores assumed), and the limit")
    width = max(len(what) for what, _, _ in table)
    for what, measured, limit in table:
        terminalreporter.write_line(f"{what:{width}}  {measured:>36}  {limit}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    terminalreporter.write_line(f"this process at its largest: {own:,} MB")
