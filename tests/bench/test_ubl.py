"""Reading documents against what lxml alone needs for the same bytes."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from eshop import ubl
from tests.eshop.ubl.papers import catalogue, invoice

LINES = 100_000


@pytest.fixture(scope="module")
def bill() -> bytes:
    """An invoice of seven lines, which is what a municipality's invoice has."""
    seven = tuple(replace(invoice.invoice_lines[n % 2], id=ubl.Identifier(str(n + 1))) for n in range(7))
    return ubl.write(replace(invoice, invoice_lines=seven), "peppol-bis-3")


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Peppol catalogue of 100,000 lines."""
    head, line_and_tail = ubl.write(catalogue, "peppol-bis-3").decode().split("  <cac:CatalogueLine>\n")
    line, tail = line_and_tail.split("  </cac:CatalogueLine>\n")
    file = tmp_path_factory.mktemp("bench") / "catalogue.xml"
    with file.open("w", encoding="utf-8") as out:
        out.write(head)
        for number in range(LINES):
            out.write("  <cac:CatalogueLine>\n")
            out.write(line.replace("<cbc:ID>1<", f"<cbc:ID>{number}<", 1).replace(">P-80<", f">P-{number}<"))
            out.write("  </cac:CatalogueLine>\n")
        out.write(tail)
    return file


def test_an_invoice_is_read_into_a_document(bench, bill: bytes) -> None:
    hundred = [bill] * 100
    bench.compare(
        "invoice of 7 lines: ubl.read against lxml's parse",
        floor=lambda _: [etree.fromstring(one) for one in hundred],
        product=lambda _: [ubl.read(one) for one in hundred],
        things=100,
        at_least=0.2,
    )
    bench.time("100 invoices of 7 lines read", lambda: [ubl.read(one) for one in hundred], at_most=0.2)


def test_a_catalogue_is_streamed(bench, big: Path) -> None:
    def bare(_: object) -> int:
        count = 0
        for _event, element in etree.iterparse(big):
            count += 1
            element.clear()
        return count

    def read(_: object) -> int:
        count = 0
        for _one in ubl.read_catalogue_lines(big):
            count += 1
        assert count == LINES
        return count

    bench.compare(
        "catalogue lines: streamed against a bare iterparse",
        floor=bare,
        product=read,
        things=LINES,
        at_least=0.5,
        rounds=3,
    )


def test_a_catalogue_is_streamed_in_constant_memory(bench, big: Path) -> None:
    """Lines of a large catalogue take no more memory together than a few of them."""
    import_and_read = (
        "import sys, resource; from eshop import ubl\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for _ in ubl.read_catalogue_lines(sys.argv[1]): pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = int(subprocess.check_output([sys.executable, "-c", import_and_read, str(big)]))
    bench.table.append(("memory for 100,000 streamed catalogue lines", f"{grown // 1024} MB", "20 MB"))
    assert grown < 20 * 1024
