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


def test_an_invoice_that_came_before_its_order_is_judged_again_when_the_order_is_loaded(shell: Shell) -> None:
    for name, content in (
        ("organisation.json", ORGANISATION), ("suppliers.jsonl", [SUPPLIER]), ("policy.json", POLICY),
    ):  # fmt: skip
        assert shell("load", name.partition(".")[0], shell.write(name, content)).code == 0
    body = shell.folder / "invoice.xml"
    body.write_bytes(Paper(billed(ORDER), number="F-1").write())
    assert shell.json("receive", body)[0]["reasons"] == ["unknown_order"]

    loaded = shell("load", "orders", shell.write("orders.jsonl", [ORDER]))
    assert "Ordrer indlæst: 1. Fakturaer bedømt igen: 1." in loaded.err
    received = shell("load", "receipts", shell.write("receipts.jsonl", receipts(ORDER)))
    assert "Fakturaer bedømt igen: 1." in received.err
    assert shell.json("replay") == []
    ledger = shell("export", "postings", "--format", "json")
    assert (ledger.code, "F-1" in ledger.out) == (0, True)
