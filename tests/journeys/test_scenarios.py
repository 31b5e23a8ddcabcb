"""The Danish authority's scenario chains (OIOUBL 2.1), each played in a database of its own: the Order is loaded as an open order of a
former system, the goods come, and then the supplier's answers and invoices arrive one by one, as the command line takes them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eshop import ubl
from eshop.identity import valid_gln
from tests.shell import Shell

pytestmark = pytest.mark.corpus

Told = tuple[str, str, tuple[str, ...]]
"""Document, outcome, reasons."""


@dataclass(frozen=True)
class Chain:
    """What is to become of each document, in the order they arrive, and how the order stands in the end."""

    name: str
    told: tuple[Told, ...]
    state: str | None = None
    cost: bool = False


CHAINS = (
    Chain(
        "ADVORD_01",
        (
            ("OrderResponse", "recorded", ()),
            ("OrderChange", "recorded", ()),
            ("Invoice", "manual", ("unknown_supplier",)),
        ),
    ),
    Chain("ADVORD_03", (("OrderResponseSimple", "recorded", ()), ("Invoice", "posted", ())), "confirmed", True),
    Chain(
        "ADVORD_04",
        (("OrderResponse", "recorded", ()), ("OrderChange", "recorded", ()), ("Invoice", "posted", ())),
        "confirmed",
        True,
    ),
    Chain("ADVORD_05", (("OrderResponse", "recorded", ()), ("OrderCancellation", "recorded", ())), "cancelled"),
    Chain("BASPRO_01", (("OrderResponseSimple", "recorded", ()), ("Invoice", "posted", ())), "confirmed", True),
    Chain("BASPRO_02", (("OrderResponseSimple", "recorded", ()),), "refused"),
    Chain(
        "BASPRO_03",
        (
            ("OrderResponseSimple", "recorded", ()),
            ("Invoice", "posted", ()),
            ("ApplicationResponse", "recorded", ()),
            ("CreditNote", "posted", ("credit_full",)),
            ("Invoice_B", "posted", ("discount",)),
        ),
        "confirmed",
        True,
    ),
    Chain(
        "BASPRO_04",
        (("OrderResponseSimple", "recorded", ()), ("Invoice", "posted", ()), ("Reminder", "recorded", ())),
        "confirmed",
        True,
    ),
    Chain("COMDEL_01", (("OrderResponseSimple", "recorded", ()), ("Invoice", "posted", ())), "confirmed", True),
    Chain(
        "COMDEL_03",
        (("OrderResponseSimple", "recorded", ()), ("Invoice", "posted", ()), ("ApplicationResponse", "recorded", ())),
        "confirmed",
        True,
    ),
    Chain("COMORG_01", (("OrderResponseSimple", "recorded", ()), ("Invoice", "posted", ())), "confirmed", True),
    Chain(
        "COMPAY_04",
        (("OrderResponseSimple", "recorded", ()), ("Invoice", "rejected", ("unknown_institution",))),
        "confirmed",
    ),
    Chain("CATEXE_01", (("Catalogue", "recorded", ()), ("ApplicationResponse", "recorded", ()))),
    Chain("CATEXE_03", (("CatalogueRequest", "recorded", ()), ("CatalogueItemSpecificationUpdate", "recorded", ()))),
    Chain("CATEXE_05", (("Catalogue_A", "recorded", ()), ("Catalogue_B", "recorded", ()))),
    Chain("CATEXE_06", (("CatalogueDeletion", "recorded", ()),)),
)


class Folder:
    """A chain's files by what they are: 'Order', 'Invoice_B'."""

    def __init__(self, path: Path) -> None:
        self.files = {file.stem.removesuffix("_v2p2").split("_", 4)[4]: file for file in path.glob("*.xml")}

    def document(self, kind: str) -> ubl.Document:
        return ubl.read(self.files[kind].read_bytes())

    @property
    def main(self) -> ubl.Document:
        return self.document("Order") if "Order" in self.files else self.document(min(self.files))


def test_every_chain_is_played(corpus: Path) -> None:
    there = {path.name for path in (corpus / "standards/oioubl-2.1/examples/scenarios").iterdir() if path.is_dir()}
    assert there == {chain.name for chain in CHAINS}


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.name)
def test_a_chain_in_a_database_of_its_own(chain: Chain, shell: Shell, corpus: Path) -> None:
    folder = _begin(shell, corpus, chain.name)
    for kind, outcome, reasons in chain.told:
        if kind == "Invoice" and "Order" in folder.files:
            _receive_everything(shell)
        (answer,) = shell("receive", folder.files[kind], "--json").objects
        assert (kind, answer["outcome"], tuple(answer["reasons"])) == (kind, outcome, reasons), answer["findings"]
        (again,) = shell("receive", folder.files[kind], "--json").objects
        assert (again["outcome"], again["message"]) == ("duplicate", answer["message"])
    if chain.state is not None:
        order = _order(shell)
        assert order["state"] == chain.state
        assert (order["cost"]["payment"] != "0.00") == chain.cost
    assert shell("replay", "--json").objects == []


@pytest.mark.parametrize("name", ["BASPRO_01", "BASPRO_04", "COMORG_01"])
def test_a_chain_whose_goods_come_in_two_parts(name: str, shell: Shell, corpus: Path) -> None:
    """The authority's order of two lines and its one invoice, and between them we receive one line at a time: the invoice waits for the
    second, and is then posted by itself."""
    folder = _begin(shell, corpus, name)
    (confirmed,) = shell("receive", folder.files["OrderResponseSimple"], "--json").objects
    assert confirmed["outcome"] == "recorded"
    first, second = (line["line"] for line in _order(shell)["lines"])
    _receive_everything(shell, only=first)
    assert [line["outstanding"] == "0" for line in _order(shell)["lines"]] == [True, False]
    (bill,) = shell("receive", folder.files["Invoice"], "--json").objects
    assert (bill["outcome"], bill["reasons"]) == ("held", ["not_received"])
    assert [line["status"] for line in bill["lines"]] == ["ok", "not_received"]
    assert {line["invoiced"] for line in _order(shell)["lines"]} == {"0"}
    _receive_everything(shell, only=second)
    order = _order(shell)
    assert [line["invoiced"] for line in order["lines"]] == [line["quantity"] for line in order["lines"]]
    assert len(order["receipts"]) == 2
    assert shell("replay", "--json").objects == []


def _begin(shell: Shell, corpus: Path, name: str) -> Folder:
    """A municipality of its own, with the chain's order open and its supplier's accounts known."""
    folder = Folder(corpus / "standards/oioubl-2.1/examples/scenarios" / name)
    buyer = ubl.buyer_of(folder.main)
    municipality = {
        "cvr": ubl.numbers_of(buyer).cvr,
        "name": "Kommunen",
        "dimensions": ["art"],
        "default_coding": {"art": "2.9"},
    }
    glns = [gln for gln in ubl.numbers_of(buyer).glns if valid_gln(gln)]
    units = [{"gln": gln, "name": f"Enhed {gln}"} for gln in glns]
    organisation = shell.write("o.json", {"municipality": municipality, "institutions": units})
    assert shell("load", "organisation", organisation).code == 0
    if "Order" in folder.files:
        assert shell("load", "orders", folder.files["Order"]).code == 0
        _know_the_accounts(shell, folder)
    return folder


def _know_the_accounts(shell: Shell, folder: Folder) -> None:
    """The operator loads the supplier's account, as it stands on the invoices."""
    accounts = []
    for kind in folder.files:
        document = folder.document(kind)
        for means in getattr(document, "payment_means", ()):
            account = means.payee_financial_account
            if account is not None and account.id is not None:
                branch = account.financial_institution_branch
                registration = branch.id.value if branch is not None and branch.id is not None else ""
                accounts.append({"scheme": "DK:BANK", "registration": registration, "account": account.id.value})
            if means.credit_account is not None and means.credit_account.account_id is not None:
                accounts.append({"scheme": "DK:FIK", "creditor": means.credit_account.account_id.value})
    seller = ubl.seller_of(folder.main)
    numbers = ubl.numbers_of(seller)
    row = {"cvr": numbers.cvr, "gln": numbers.gln, "name": ubl.name_of(seller), "payment_accounts": accounts}
    ran = shell("load", "suppliers", shell.write("suppliers.jsonl", [row]))
    assert ran.code == 0, ran.err


def _receive_everything(shell: Shell, only: str | None = None) -> None:
    """All that is outstanding, or all of one line."""
    order = _order(shell)
    rows = [
        {"order": order["number"], "line": line["line"], "quantity": line["outstanding"], "unit": line["unit"]}
        for line in order["lines"]
        if line["outstanding"] != "0" and only in (None, line["line"])
    ]
    ran = shell("load", "receipts", shell.write("receipts.jsonl", rows))
    assert ran.code == 0, ran.err


def _order(shell: Shell) -> dict[str, Any]:
    (loaded,) = shell("export", "orders").objects
    (shown,) = shell("orders", "show", loaded["number"], "--json").objects
    return shown
