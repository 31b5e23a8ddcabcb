"""The authority's chains told otherwise: the invoice comes after all to a cancelled or refused order, for what was changed away, before the
goods, in parts, too dear, and is credited in part and once more. The order and its answers are the chain's own, the invoices ours."""

from typing import Any

import pytest

from eshop import ubl
from tests.invoicing.papers import Paper, billed
from tests.journeys.test_scenarios import Folder, _know_the_accounts, _order, _receive_everything
from tests.shell import Shell

pytestmark = pytest.mark.corpus


class Retold:
    """A chain's order in a database of its own, and the supplier who invoices it."""

    def __init__(self, shell: Shell, folder: Folder) -> None:
        self.shell, self.folder, self.number = shell, folder, 0
        buyer = ubl.buyer_of(folder.main)
        numbers, self.account = ubl.numbers_of(buyer), ("2000", "0010000000")
        self.gln, self.cvr = numbers.glns[0], numbers.cvr
        municipality = {
            "cvr": self.cvr, "name": "Kommunen", "dimensions": ["art"], "default_coding": {"art": "2.9"}
        }  # fmt: skip
        organisation = {"municipality": municipality, "institutions": [{"gln": self.gln, "name": "Enheden"}]}
        assert shell("load", "organisation", shell.write("o.json", organisation)).code == 0
        assert shell("load", "orders", folder.files["Order"]).code == 0
        _know_the_accounts(shell, folder)
        (self.row,) = shell("export", "orders").objects
        known = {"scheme": "DK:BANK", "registration": self.account[0], "account": self.account[1]}
        supplier = {**self.row["supplier"], "payment_accounts": [known]}
        assert shell("load", "suppliers", shell.write("s.jsonl", [supplier])).code == 0
        self.supplier = supplier | {"gln": supplier.get("gln") or "5790010000002"}

    def hear(self, kind: str) -> None:
        (answer,) = self.shell("receive", self.folder.files[kind], "--json").objects
        assert answer["outcome"] == "recorded"

    def send(self, *, dear: str | None = None, share: str | None = None, **fields: Any) -> tuple[str, set[str]]:
        """An invoice on every line of the order as it was loaded; `share` of the first line only, at another price where it is dear."""
        self.number += 1
        lines = billed(self.row, **({"_" + self.row["lines"][0]["line"]: share} if share else {}))
        if share:
            lines = lines[:1]
        if dear:
            lines = tuple(type(line)(**{**line.__dict__, "price": dear}) for line in lines)
        paper = Paper(
            lines, reference=self.row["number"], number=f"V-{self.number}", supplier=self.supplier, buyer_gln=self.gln,
            buyer_cvr=self.cvr, account=self.account, issued=f"2026-09-{self.number:02d}", person="n/a",
        ).but(**fields)  # fmt: skip
        file = self.shell.write(f"V-{self.number}.xml", paper.write())
        (answer,) = self.shell("receive", file, "--json").objects
        return answer["outcome"], set(answer["reasons"])


@pytest.fixture
def retold(shell: Shell, corpus: Any) -> Any:
    return lambda name: Retold(shell, Folder(corpus / "standards/oioubl-2.1/examples/scenarios" / name))


PROFILES = pytest.mark.parametrize("profile", ["oioubl-2.1", "peppol-bis-3"])


@PROFILES
def test_what_was_cancelled_is_not_paid(retold: Any, profile: str) -> None:
    story = retold("ADVORD_05")
    story.hear("OrderResponse")
    story.hear("OrderCancellation")
    assert story.send(profile=profile)[0] == "held"
    assert "order_not_open" in story.send(profile=profile)[1]


@PROFILES
def test_what_the_supplier_refused_is_not_paid(retold: Any, profile: str) -> None:
    story = retold("BASPRO_02")
    story.hear("OrderResponseSimple")
    outcome, reasons = story.send(profile=profile)
    assert (outcome, "order_not_open" in reasons) == ("held", True)


@PROFILES
def test_goods_in_parts_and_credits_in_parts(retold: Any, profile: str) -> None:
    story = retold("BASPRO_01")
    story.hear("OrderResponseSimple")
    assert story.send(profile=profile) == ("held", {"not_received"})
    _receive_everything(story.shell)
    # The invoice that waited has been posted by the goods; the next one has come too late.
    assert _order(story.shell)["cost"]["payment"] != "0.00"
    outcome, reasons = story.send(profile=profile)
    assert (outcome, "already_invoiced" in reasons) == ("held", True)
    credit = {"credit": True, "credits": ("V-1",), "profile": profile}
    assert story.send(share="1", **credit) == ("posted", {"credit_partial"})
    assert story.send(**credit) == ("held", {"credit_over_invoiced"})


@PROFILES
def test_what_is_too_dear_waits_for_a_person(retold: Any, profile: str) -> None:
    story = retold("COMORG_01")
    _receive_everything(story.shell)
    price = story.row["lines"][0]["price"]
    assert story.send(dear=str(round(float(price) * 2, 2)), share="1", profile=profile) == ("held", {"price_over"})
    assert story.send(share="1", profile=profile)[0] == "posted"


@PROFILES
def test_a_change_of_the_price_is_the_price(retold: Any, profile: str) -> None:
    """The buyer's change says 4,500.00 where the order said 5,000.00: the old price is too dear from then on."""
    story = retold("ADVORD_04")
    story.hear("OrderResponse")
    cheaper = story.folder.files["OrderChange"].read_text().replace("5000.00", "4500.00")
    (answer,) = story.shell("receive", story.shell.write("change.xml", cheaper.encode()), "--json").objects
    assert answer["outcome"] == "recorded"
    assert [line["price"] for line in _order(story.shell)["lines"]] == ["4500"]
    _receive_everything(story.shell)
    assert story.send(profile=profile) == ("held", {"price_over"})
    assert story.send(dear="4500.00", profile=profile)[0] == "posted"
