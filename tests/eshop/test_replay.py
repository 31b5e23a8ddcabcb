"""`eshop replay`: nothing differs, or each difference is told with its why, in words and as JSON."""

from dataclasses import replace

from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Paper, billed, order, receipts
from tests.shell import Shell

ORDER = order()
A_LITTLE_DEAR = (replace(billed(ORDER)[0], price="52.05"), *billed(ORDER)[1:])


def test_a_difference_is_told_with_its_why(shell: Shell) -> None:
    for name, content in (
        ("organisation.json", ORGANISATION),
        ("suppliers.jsonl", [SUPPLIER]),
        ("orders.jsonl", [ORDER]),
        ("receipts.jsonl", receipts(ORDER)),
        ("policy.json", POLICY),
    ):
        ran = shell("load", name.partition(".")[0], shell.write(name, content))
        assert ran.code == 0, ran.err
    body = shell.folder / "invoice.xml"
    body.write_bytes(Paper(A_LITTLE_DEAR, number="F-1").write())
    assert shell.json("receive", body)[0]["outcome"] == "posted"

    same = shell("replay")
    assert (same.code, same.out) == (0, "")
    assert "Alle fakturaer bedømmes, som de blev dengang." in same.err
    assert shell.json("replay") == []

    none = {"price_tolerance_percent": "0", "price_tolerance_amount_per_line": "0"}
    assert shell("load", "policy", shell.write("policy.json", none)).code == 0
    told = shell("replay", "--json")
    assert told.code == 1
    (difference,) = told.objects
    assert difference["number"] == "F-1"
    assert difference["was"] == ["posted", ["within_tolerance"]]
    assert difference["now"][0] == "held"
    assert "price_over" in difference["now"][1]
    assert difference["why"] == "rules_changed"
    said = shell("replay").out
    assert said.startswith("Faktura F-1: bogført dengang, holdt tilbage i dag. Prisen er højere end aftalt.")
    assert said.rstrip().endswith("Tolerancerne eller leverandørens konti er ændret siden.")
    assert shell("replay").out == said, "it changes nothing"
