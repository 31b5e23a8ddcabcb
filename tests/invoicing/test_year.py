"""How much of what a municipality gets is decided as it should be, in percent: none posted wrongly, at least 98.5 % right, and at
least 98.5 % of what is to be posted posted by itself.

ESHOP_TEST_YEAR=3000 draws so many documents (some hundred without), ESHOP_TEST_YEAR_SEED=7 draws others. The figures are printed: `-s`.
"""

import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import invoicing
from eshop.db import Database
from tests.invoicing import year_clothes, year_wrongs
from tests.invoicing.deviating import HOMES, SUPPLIERS
from tests.invoicing.papers import POLICY
from tests.invoicing.town import Town
from tests.invoicing.year import CLOTHES, WRONGS, Played, year

COUNT, SEED = int(os.environ.get("ESHOP_TEST_YEAR", "240")), int(os.environ.get("ESHOP_TEST_YEAR_SEED", "20262"))
ENOUGH = 0.985


@dataclass
class Shares:
    """What a run adds up to."""

    documents: int = 0
    right: int = 0
    to_be_posted: int = 0
    posted: int = 0
    wrongly: list[str] = field(default_factory=list)
    not_right: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.documents} documents: {len(self.wrongly)} posted wrongly, {self.right / self.documents:.2%} right, "
            f"{self.posted / self.to_be_posted:.2%} of {self.to_be_posted} to be posted posted untouched"
        )

    def count(self, played: Played, answer: dict[str, Any]) -> None:
        statuses = [line["status"] for line in answer["lines"]]
        said = [one["text"] for one in answer["findings"] if one["severity"] == "error"]
        told = f"{played.name}: {answer['outcome']} {answer['reasons']} {statuses} {said}"
        self.documents += 1
        self.right += (right := answer["outcome"] in played.ends)
        if played.ends[0] == "posted":
            self.to_be_posted += 1
            self.posted += answer["outcome"] == "posted"
        elif answer["outcome"] == "posted":
            self.wrongly.append(told)
        if not right or (played.ends[0] == "posted" != answer["outcome"]):
            self.not_right.append(told)


def _play(town: Town, played: Played) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for body in played.bodies:
        answer = town.receive(body)
    if played.receipts and answer["outcome"] not in ("rejected", "duplicate"):
        assert answer["outcome"] != "posted", f"{played.name} is posted before the goods have come"
        town.add_receipts(played.receipts)
        with town.work() as session:
            answer = invoicing.report(session, town.invoice(session, played.number))
    return answer


def test_nothing_is_posted_wrongly_and_nearly_everything_right_is_posted_untouched(database: Database) -> None:
    world, drawn = year(SEED, COUNT)
    town = Town.load(database, HOMES, list(SUPPLIERS), world.orders, world.receipts, POLICY)
    shares = Shares()
    for played in drawn:
        shares.count(played, _play(town, played))
    sys.stdout.write("\n".join(["", f"seed {SEED}: {shares}", *shares.not_right, ""]))
    assert not shares.wrongly, "\n".join(shares.wrongly)
    assert shares.right >= ENOUGH * shares.documents, str(shares)
    assert shares.posted >= ENOUGH * shares.to_be_posted, str(shares)
    assert 0.7 < shares.to_be_posted / shares.documents < 0.9, "the mix is that of the control sample"
    assert len(Counter(name for played in drawn for name in played.name.split(": ")[1].split(", "))) > len(CLOTHES)
    assert {put.__module__ for group in CLOTHES.values() for put in group} == {year_clothes.__name__}
    assert {put.__module__ for put, _ in WRONGS} == {year_wrongs.__name__}
