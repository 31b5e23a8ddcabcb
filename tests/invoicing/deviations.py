"""Documents by kind of deviation, as many as wanted: every kind `times` in each profile, every document on an order of its own among all
the others, as they would lie in a real municipality."""

from collections.abc import Iterator

from tests.invoicing import (
    deviations_clothes,
    deviations_combined,
    deviations_credits,
    deviations_held,
    deviations_outside,
    deviations_right,
    deviations_seldom,
    deviations_stopped,
    deviations_tricks,
    deviations_whole,
)
from tests.invoicing.deviating import KINDS, PEPPOL_ONLY, Trial, World

TOLD = (
    deviations_right,
    deviations_clothes,
    deviations_held,
    deviations_outside,
    deviations_tricks,
    deviations_whole,
    deviations_credits,
    deviations_stopped,
    deviations_combined,
    deviations_seldom,
)
"""Where the kinds stand."""


PROFILES = ("peppol-bis-3", "oioubl-2.1")


def world(seed: int, times: int) -> World:
    """Every kind, `times` in each profile."""
    made = World(seed)
    for _ in range(times):
        for profile in PROFILES:
            for name in KINDS:
                _draw(made, name, profile)
    return made


def half_a_world(seed: int, first: int) -> World:
    """Every kind once, in one profile and the other by turns; `first` 0 or 1 says which begins, so that two halves are a whole."""
    made = World(seed)
    for place, name in enumerate(KINDS, start=first):
        _draw(made, name, PROFILES[place % 2])
    return made


def _draw(made: World, name: str, profile: str) -> None:
    if name in PEPPOL_ONLY and profile != "peppol-bis-3":
        return
    drawn = KINDS[name](made)
    drawn.kind = f"{name} [{profile}]"
    drawn.papers = [
        (one[0].but(profile=profile), one[1]) if isinstance(one, tuple) else (one.but(profile=profile), None)
        for one in drawn.papers
    ]
    made.trials.append(drawn)


def bodies(drawn: Trial) -> Iterator[bytes]:
    for paper, edit in drawn.papers:
        body = paper.write()
        yield edit(body) if edit is not None else body
