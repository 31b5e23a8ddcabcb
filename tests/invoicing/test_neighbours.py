"""Two municipalities in one installation: what belongs to the one is no order, no number and no account of the other."""

from eshop.db import Database
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Paper, billed, order, receipts
from tests.invoicing.town import Town

ROW = order()
THEIRS = "29189846"


def _neighbours(database: Database) -> tuple[Town, Town]:
    """Ours has no order, and knows the supplier by another account; theirs has the order, received."""
    next_door = {**ORGANISATION, "municipality": {**ORGANISATION["municipality"], "cvr": THEIRS, "name": "Naboby"}}
    account = {"scheme": "DK:BANK", "registration": "2000", "account": "77777777"}
    ours = Town.load(database, ORGANISATION, [SUPPLIER | {"payment_accounts": [account]}], [], [], POLICY)
    return ours, Town.load(database, next_door, [SUPPLIER], [ROW], receipts(ROW), POLICY)


def test_an_order_number_of_another_municipality_is_no_order(database: Database) -> None:
    ours, theirs = _neighbours(database)
    answer = ours.receive(Paper(billed(ROW)).write())
    assert (answer["outcome"], answer["reasons"], answer["orders"], answer["candidates"]) == (
        "manual", ["unknown_order"], [], []
    )  # fmt: skip
    assert [line["status"] for line in answer["lines"]] == ["not_on_order"] * 3
    # The same number at the neighbour is a document of its own there, and takes nothing from ours.
    assert theirs.receive(Paper(billed(ROW), buyer_cvr=THEIRS).write())["outcome"] == "posted"
    ours.add_orders([ROW])
    ours.add_receipts(receipts(ROW))
    again = ours.receive(Paper(billed(ROW), number="F-2", issued="2026-09-10").write())
    assert (again["outcome"], again["reasons"]) == ("held", ["bank_account_changed"])


def test_the_same_file_at_both_is_an_invoice_of_the_one_it_names(database: Database) -> None:
    ours, theirs = _neighbours(database)
    body = Paper(billed(ROW), buyer_cvr=THEIRS).write()
    assert ours.receive(body)["reasons"] == ["unknown_institution"]
    assert theirs.receive(body)["outcome"] == "posted"
    assert (ours.receive(body)["outcome"], theirs.receive(body)["outcome"]) == ("duplicate", "duplicate")
