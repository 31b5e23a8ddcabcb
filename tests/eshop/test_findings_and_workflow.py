"""Rules are judged in layers, and a lifecycle is a table."""

import pytest

from eshop.errors import Conflict
from eshop.findings import Finding, Layer, RuleBook
from eshop.workflow import Workflow, move


def _says(code: str, severity="error"):
    return lambda _subject: [Finding(code, severity)]


def test_a_fatal_layer_stops_the_next_and_says_what_was_not_judged() -> None:
    book = RuleBook(
        [
            Layer("form", [_says("odd", "warning")]),
            Layer("sums", [_says("wrong_sum")]),
            Layer("prices", [_says("never_said")]),
            Layer("bank", [_says("never_said")]),
        ]
    )
    judgement = book.judge(object())
    assert [finding.code for finding in judgement.findings] == ["odd", "wrong_sum"]
    assert judgement.not_judged == ("prices", "bank")
    assert not judgement.valid


def test_a_layer_that_is_not_fatal_lets_the_next_speak() -> None:
    book = RuleBook([Layer("form", [_says("bad")], fatal=False), Layer("sums", [_says("worse")])])
    assert [finding.code for finding in book.judge(object()).findings] == ["bad", "worse"]


def test_only_moves_in_the_table_are_lawful() -> None:
    life = Workflow("letter", "draft", {"send": move("draft", "sent"), "open": move("sent", "read")})
    assert life.states == {"draft", "sent", "read"}
    assert life.possible("draft") == {"send"}
    assert life.after("draft", "send") == "sent"
    with pytest.raises(Conflict) as refused:
        life.after("draft", "open")
    assert refused.value.values == {"thing": "letter", "verb": "open", "state": "draft"}
