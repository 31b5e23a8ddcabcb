"""The invoices with an answer key, through the command line, and compared with the key as an acceptor would (control-sample/README)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shell import Shell

pytestmark = pytest.mark.corpus

LOADED = ("organisation.json", "suppliers.jsonl", "orders.jsonl", "receipts.jsonl", "policy.json")


def test_the_control_sample_comes_out_as_its_key_says(shell: Shell, corpus: Path) -> None:
    sample = corpus / "control-sample"
    for name in LOADED:
        ran = shell("load", name.partition(".")[0], sample / name)
        assert ran.code == 0, ran.err
    key = [json.loads(line) for line in (sample / "key.jsonl").read_text(encoding="utf-8").splitlines()]
    ran = shell("receive", sample / "invoices", "--json")
    assert ran.code == 1, "some were rejected, as they should be"
    answers = {Path(one["file"]).name: one for one in ran.objects}
    assert list(answers) == sorted(answers), "in the order of their names"
    assert set(answers) == {row["file"] for row in key}

    wrongly_posted = [row["file"] for row in key if _posted(answers[row["file"]]) and not _may_be(row, "posted")]
    assert wrongly_posted == []
    wrong = {row["file"]: _differences(row, answers[row["file"]]) for row in key}
    assert {file: told for file, told in wrong.items() if told} == {}

    again = shell("receive", sample / "invoices", "--json")
    assert {one["outcome"] for one in again.objects} == {"duplicate"}
    assert shell("replay", "--json").objects == []


def _posted(answer: dict[str, Any]) -> bool:
    return answer["outcome"] == "posted"


def _may_be(row: dict[str, Any], outcome: str) -> bool:
    return outcome == row["outcome"] or outcome in row["also_ok"]


def _differences(row: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """Where an answer is not what the key says: outcome, reasons, orders, lines, sum."""
    told = []
    if not _may_be(row, answer["outcome"]):
        told.append(f"{row['scenario']}: {answer['outcome']} {answer['reasons']}, not {row['outcome']}")
        return told
    if missing := set(row["reasons"]) - set(answer["reasons"]):
        told.append(f"{row['scenario']}: does not say {sorted(missing)}")
    if set(row["orders"]) != set(answer["orders"]):
        told.append(f"{row['scenario']}: orders {answer['orders']}, not {row['orders']}")
    lines = {line["line"]: line for line in answer["lines"]}
    for line in row["lines"]:
        found = lines.get(line["line"], {})
        wanted = (line["order"], line["order_line"], line["status"])
        if (found.get("order"), found.get("order_line"), found.get("status")) != wanted:
            told.append(f"{row['scenario']}: line {line['line']} is {found}, not {wanted}")
        if line.get("variance") is not None and found.get("variance") not in (None, line["variance"]):
            told.append(
                f"{row['scenario']}: line {line['line']} differs by {found['variance']}, not {line['variance']}"
            )
    if row["gross"] is not None and answer["gross"] != row["gross"]:
        told.append(f"{row['scenario']}: gross {answer['gross']}, not {row['gross']}")
    return told
