"""What an operator meets when a file is not what it should be, and what commands say to people who do not ask for JSON."""

import json
from typing import Any

import pytest

from tests.eshop.test_answers_of_commands import CVR, GLN, loaded, market
from tests.shell import Shell

__all__ = ["market"]

WRONG = {
    "organisation.json": ["1", "[1]", '{"municipality": 1}', '{"municipality": {"cvr": "29990115"}, "people": [1]}'],
    "agreements.json": ["[1]", "[[]]", '[{"number": "1", "supplier": "x"}]', '[{"number": "1", "lots": 1}]'],
    "orders.jsonl": [
        "1",
        '{"number": "q", "lines": 3}',
        '{"number": "q", "supplier": 1}',
        '{"number": "q", "lines": [1]}',
    ],
    "suppliers.jsonl": ['{"cvr": "31220114", "payment_accounts": [1]}', '{"cvr": {}}', '{"payment_accounts": 3}'],
    "receipts.jsonl": ['{"order": [], "line": "10"}', '{"order": "B-1", "line": {}}'],
    "policy.json": ["[]", '{"nonsense": 1}'],
}


def everything(shell: Shell) -> list[str]:
    return [
        shell("export", one).out for one in ("organisation", "agreements", "orders", "suppliers", "receipts", "policy")
    ]


@pytest.mark.parametrize(("name", "content"), [(name, one) for name, contents in WRONG.items() for one in contents])
def test_a_file_of_another_shape_is_refused_with_a_sentence(market: Shell, name: str, content: str) -> None:
    """It says where something else was expected, is no fault of ours, and leaves everything as it was."""
    before = everything(market)
    ran = market("load", name.partition(".")[0], market.write(name, content.encode()))
    assert (ran.code, ran.out) == (2, "")
    assert name in ran.err or "nonsense" in ran.err, ran.err
    assert "gik galt hos os" not in ran.err
    assert "Databasen svarer ikke" not in ran.err
    assert everything(market) == before


def an_order(**more: Any) -> dict[str, Any]:
    return {"institution": GLN, "by": "ida", "lines": [{"item": f"{CVR}/100", "quantity": "2"}], **more}


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonsense": 1},
        {"institution": ["x"]},
        {"by": ["x"]},
        {"reference": {"a": 1}},
        {"coding": {"art": [1]}},
        {"lines": [{"item": f"{CVR}/100", "quantity": {}}]},
        {"lines": [{"item": f"{CVR}/100", "quantity": "1", "nonsense": 1}]},
        {"lines": [1]},
    ],
)
def test_an_order_that_says_what_cannot_be_is_refused_by_name(market: Shell, wrong: dict[str, Any]) -> None:
    """A misspelt name would otherwise be passed over, and a list where a word belongs stop every later sending."""
    loaded(market, "--accept")
    ran = market("orders", "place", market.write("order.json", an_order(**wrong)), "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "gik galt hos os" not in ran.err
    assert "Databasen svarer ikke" not in ran.err
    assert json.loads(market("export", "orders").out or "[]") == []


def test_people_are_told_in_their_own_words(market: Shell) -> None:
    """Without --json: amounts with comma and kr., states and results in Danish, and never nothing at all."""
    told = market("load", "catalogue", market.write("priser.csv", PRICES), "--agreement", "A-1", "--accept")
    assert "Papirladen A/S, aftale A-1. Linjer: 2, heraf nye: 2" in told.out, told.out
    placed = market("orders", "place", market.write("order.json", an_order()))
    assert "sendes om lidt  2.469,00\u00a0kr.  Papirladen A/S" in placed.out, placed.out
    number = placed.out.split()[0]
    shown = market("orders", "show", number).out
    assert "1.234,50  Kopipapir A4" in shown, shown
    assert "Omkostning: bestilling 35,00\u00a0kr., modtagelse 0,00\u00a0kr." in shown
    assert "er sendt" in market("orders", "send", number).out
    nothing = market("orders", "send")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "Ingen bestillinger er klar til at blive sendt.\n")
    assert market("orders", "send", number).code == 1
    assert market("work", "--once").out.startswith("Job udført: ")
    offered = market("offer", f"{CVR}/100", "--institution", GLN).out
    assert offered.startswith("1.234,50\u00a0kr. for 1 pakke, aftale A-1"), offered
    report = market("report", "e-commerce-degree").out
    assert "0,00\u00a0kr. / 0,00\u00a0kr." in report, report
    assert ".00" not in report
    received = market("receive", market.write("x.xml", b"<Invoice"))
    assert "afvist: Dokumentet kan ikke læses." in received.out, received.out


PRICES = """Varenr;Varenavn;Enhed;Pris;EAN;UNSPSC;Moms
100;Kopipapir A4, 500 ark;pakke;1234,50;;14111507;25
101;Kopipapir A3, 500 ark;pakke;59,00;;14111507;25
"""


def test_a_person_without_a_name_is_not_made(market: Shell) -> None:
    before = everything(market)
    ran = market("users", "add", " ", "--role", "orderer")
    assert (ran.code, ran.err) == (2, "Skriv et navn.\n")
    assert everything(market) == before


def test_a_password_is_the_first_line_and_of_somebody_known(market: Shell) -> None:
    assert market("users", "password", "nobody", typed="long-enough-1\n").code == 2
    assert market("users", "password", "ida", typed="x\n").code == 2
    assert market("users", "password", "ida", typed="kaffe-te-vand-12\nand more\n").code == 0
