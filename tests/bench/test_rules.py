"""The rules of an invoice and of the lines of a large catalogue, by themselves."""

from dataclasses import replace
from decimal import Decimal

import pytest

from eshop import ubl
from eshop.ubl import Identifier
from eshop.ubl.profiles import PROFILES
from eshop.ubl.reading import open_document
from eshop.ubl.rules import check, line_check
from tests.eshop.ubl.papers import catalogue, invoice, tax_total, totals

HUNDRED = range(100)
LINES = 10_000


def seven_lines(profile: str) -> ubl.Invoice:
    """An invoice of seven lines that breaks no rule."""
    seven = tuple(replace(invoice.invoice_lines[n % 2], id=Identifier(str(n + 1))) for n in range(7))
    net = sum((line.line_extension_amount.value for line in seven if line.line_extension_amount), Decimal(0))
    document = replace(
        invoice,
        invoice_lines=seven,
        tax_totals=(tax_total(str(net), str(net / 4)),),
        legal_monetary_total=totals(str(net), str(net + net / 4)),
    )
    read = open_document(ubl.write(document, profile))[1]
    assert isinstance(read, ubl.Invoice)
    return read


@pytest.mark.parametrize("profile", ["peppol-bis-3", "oioubl-2.1"])
def test_an_invoice_is_judged(bench, profile: str) -> None:
    bill, by = seven_lines(profile), PROFILES[profile]
    assert check(bill, by).findings == ()
    body = ubl.write(bill, profile)
    bench.compare(
        f"invoice of 7 lines: judged against read, {profile}",
        floor=lambda _: [open_document(body) for _ in HUNDRED],
        product=lambda _: [check(bill, by) for _ in HUNDRED],
        things=100,
        at_least=0.7,
    )
    # Some 0.4 ms each on a core of its own.
    bench.time(f"100 invoices of 7 lines judged, {profile}", lambda: [check(bill, by) for _ in HUNDRED], at_most=0.2)


@pytest.mark.parametrize("profile", ["peppol-bis-3", "oioubl-2.1"])
def test_catalogue_lines_are_judged(bench, profile: str) -> None:
    head, by = replace(catalogue, catalogue_lines=()), PROFILES[profile]
    read = open_document(ubl.write(catalogue, profile))[1]
    assert isinstance(read, ubl.Catalogue)
    line, judge = read.catalogue_lines[0], line_check(head, by)
    assert judge(line, 0) == []
    name = f"{LINES:,} catalogue lines judged, {profile}"
    bench.time(name, lambda: [judge(line, n) for n in range(LINES)], at_most=0.8, times=5)
