"""Documents by kind of deviation, among many orders: none is posted wrongly, and each ends as it should.

ESHOP_TEST_TRIALS=20 plays every kind twenty times in both profiles, ESHOP_TEST_TRIALS_SEED=7 draws them otherwise; some seconds without.
"""

import os
from collections import Counter
from typing import Any

import invoicing
from eshop.db import Database
from tests.invoicing.deviating import HOMES, KINDS, SUPPLIERS, Trial
from tests.invoicing.deviations import TOLD, bodies, half_a_world, world
from tests.invoicing.papers import POLICY
from tests.invoicing.town import Town

SEED, TIMES = int(os.environ.get("ESHOP_TEST_TRIALS_SEED", "20261")), int(os.environ.get("ESHOP_TEST_TRIALS", "0"))


def _play(town: Town, trial: Trial) -> tuple[dict[str, Any], str]:
    """The last document's answer, and its outcome before the goods came."""
    answer: dict[str, Any] = {}
    for body in bodies(trial):
        answer = town.receive(body)
    before = answer["outcome"]
    if trial.later:
        town.add_receipts(trial.later)
        with town.work() as session:
            answer = invoicing.report(session, town.invoice(session, trial.papers[-1][0].number))
    return answer, before


def _wrong(trial: Trial, answer: dict[str, Any], before: str) -> str | None:
    told = f"{trial.kind}: {answer['outcome']} {answer['reasons']} {[line['status'] for line in answer['lines']]}"
    if answer["outcome"] not in trial.ends or before not in (trial.before or (before,)):
        return f"{told}, right is {trial.ends}"
    if answer["outcome"] == trial.ends[0] and not set(trial.reasons) <= set(answer["reasons"]):
        return f"{told}, the reason is {trial.reasons}"
    return None


def test_no_deviation_is_posted_and_each_ends_as_it_should(database: Database) -> None:
    made = world(SEED, TIMES) if TIMES else half_a_world(SEED, int(not database.is_sqlite))
    town = Town.load(database, HOMES, list(SUPPLIERS), made.orders, made.receipts, POLICY)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for trial in made.trials:
        answer, before = _play(town, trial)
        seen[answer["outcome"]] += 1
        wrong += filter(None, [_wrong(trial, answer, before)])
    assert not wrong, "\n".join(wrong)
    assert {make.__module__ for make in KINDS.values()} == {one.__name__ for one in TOLD}
    assert sum(seen.values()) == len(made.trials) >= 200
    assert {"posted", "held", "suggested", "manual", "duplicate", "rejected"} <= set(seen)
