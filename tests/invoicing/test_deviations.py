"""Documents by kind of deviation, among many orders: none is posted wrongly, and each ends as it should."""

from collections import Counter
from typing import Any

import invoicing
from eshop.db import Database
from tests.invoicing.deviating import KINDS, PEPPOL_ONLY, SUPPLIERS, Trial
from tests.invoicing.deviations import TOLD, bodies, world
from tests.invoicing.papers import ORGANISATION, POLICY
from tests.invoicing.town import Town

SEED, TIMES = 20261, 1


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


def test_no_deviation_is_posted_and_each_ends_as_it_should(database: Database) -> None:
    made = world(SEED, TIMES)
    town = Town.load(database, ORGANISATION, list(SUPPLIERS), made.orders, made.receipts, POLICY)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for trial in made.trials:
        answer, before = _play(town, trial)
        seen[answer["outcome"]] += 1
        told = f"{trial.kind}: {answer['outcome']} {answer['reasons']} {[line['status'] for line in answer['lines']]}"
        if answer["outcome"] not in trial.ends or before not in (trial.before or (before,)):
            wrong.append(f"{told}, right is {trial.ends}")
        elif answer["outcome"] == trial.ends[0] and not set(trial.reasons) <= set(answer["reasons"]):
            wrong.append(f"{told}, the reason is {trial.reasons}")
    assert not wrong, "\n".join(wrong)
    assert {make.__module__ for make in KINDS.values()} == {one.__name__ for one in TOLD}
    assert sum(seen.values()) == len(made.trials) >= 2 * len(KINDS) - len(PEPPOL_ONLY)
    assert {"posted", "held", "suggested", "manual", "duplicate", "rejected"} <= set(seen)
