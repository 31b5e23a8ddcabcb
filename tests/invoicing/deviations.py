"""Documents by kind of deviation, as many as wanted: every kind `times` in each profile, every document on an order of its own among all
the others, as they would lie in a real municipality."""

from collections.abc import Iterator

from tests.invoicing import deviations_held, deviations_right, deviations_stopped
from tests.invoicing.deviating import KINDS, PEPPOL_ONLY, Trial, World

TOLD = (deviations_right, deviations_held, deviations_stopped)
"""Where the kinds stand."""


def world(seed: int, times: int) -> World:
    """Every kind, `times` in each profile."""
    made = World(seed)
    for _ in range(times):
        for profile in ("peppol-bis-3", "oioubl-2.1"):
            for name, make in KINDS.items():
                if name in PEPPOL_ONLY and profile != "peppol-bis-3":
                    continue
                drawn = make(made)
                drawn.kind = f"{name} [{profile}]"
                drawn.papers = [
                    (one[0].but(profile=profile), one[1])
                    if isinstance(one, tuple)
                    else (one.but(profile=profile), None)
                    for one in drawn.papers
                ]
                made.trials.append(drawn)
    return made


def bodies(drawn: Trial) -> Iterator[bytes]:
    for paper, edit in drawn.papers:
        body = paper.write()
        yield edit(body) if edit is not None else body
