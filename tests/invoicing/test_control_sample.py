"""The control sample: invoices with an answer key (../shared/control-sample/README.md)."""

from pathlib import Path
from typing import Any

import pytest

from eshop.db import Database
from tests.invoicing.town import lines, town_of


@pytest.fixture
def sample(corpus: Path) -> Path:
    folder = corpus / "control-sample"
    assert folder.is_dir(), "the corpus in ../shared lacks its control sample"
    return folder


def _differences(key: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    found = []
    if answer["outcome"] not in {key["outcome"], *key["also_ok"]}:
        found.append(f"outcome {answer['outcome']} {answer['reasons']}, right is {key['outcome']} {key['reasons']}")
    elif answer["outcome"] == key["outcome"] and not set(key["reasons"]) <= set(answer["reasons"]):
        found.append(f"reasons {answer['reasons']}, right is {key['reasons']}")
    found += [
        f"{name} {answer[name]}, right is {key[name]}"
        for name in ("orders", "candidates", "gross")
        if answer[name] != key[name]
    ]
    told = [(line["line"], line["order"], line["order_line"], line["status"]) for line in answer["lines"]]
    right = [(line["line"], line["order"], line["order_line"], line["status"]) for line in key["lines"]]
    found += [f"line {mine}, right is {theirs}" for mine, theirs in zip(told, right, strict=True) if mine != theirs]
    for mine, theirs in zip(answer["lines"], key["lines"], strict=True):
        if "variance" in theirs and mine["variance"] != theirs["variance"]:
            found.append(f"line {mine['line']} variance {mine['variance']}, right is {theirs['variance']}")
    return found


def test_every_document_of_the_sample_ends_as_the_key_says(database: Database, sample: Path) -> None:
    town = town_of(database, sample)
    wrong = {}
    for key in lines(sample / "key.jsonl"):
        answer = town.receive((sample / "invoices" / key["file"]).read_bytes())
        if differences := _differences(key, answer):
            wrong[f"{key['file']} {key['scenario']} {key['format']}"] = differences
    assert not wrong, "\n".join(f"{name}: {'; '.join(what)}" for name, what in wrong.items())
