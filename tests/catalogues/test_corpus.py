"""Every catalogue example of the standards comes to a reviewed state, with what was refused explained; and a catalogue of four thousand
real product names goes all the way to being found."""

import csv
import json
import re
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

import catalogues
from eshop.db import Database
from eshop.formats import open_catalogue
from eshop.formats.ubl_catalogues import is_ubl_catalogue
from eshop.wording import sentences
from tests.catalogues.documents import agreement, catalogue, line, live_set, load, town

pytestmark = pytest.mark.corpus

PLACES = ("peppol-bis-3/examples/catalogue", "oioubl-2.1/examples", "ubl-2.1/examples/catalogue")


def test_every_catalogue_example_is_reviewed_and_explained(database: Database, corpus):
    by = town(database)
    files = [
        file
        for place in PLACES
        for file in sorted((corpus / "standards" / place).rglob("*.xml"))
        if is_ubl_catalogue(file.read_bytes()[:8192])
    ]
    assert len(files) >= 13
    official = {
        row["file"]: row["valid"]
        for place in PLACES
        for listed in (corpus / "standards" / place).rglob("expected.jsonl")
        for row in map(json.loads, listed.read_text(encoding="utf-8").splitlines())
    }
    assert sum(official.get(file.name) is True for file in files) >= 10
    outcome = {}
    for file in files:
        with closing(open_catalogue(file)) as reader:
            heading = reader.heading
        number = heading.contract or "UDEN-NUMMER"
        numbers = [one for one in heading.supplier_numbers if one]
        gln = next((one for one in numbers if len(one) == 13 and one.isdigit()), None)
        supplier = {
            "cvr": numbers[0] if gln is None else None,
            "gln": gln,
            "name": heading.supplier_name or "Leverandør",
        }
        with database.work(by.municipality_id) as session:
            catalogues.load_agreements(
                session, [agreement(number, supplier=supplier, **{"from": None, "to": None})], by
            )
        version = load(database, by, file.read_bytes(), number)
        assert version.state == "waiting"
        assert version.lines == version.accepted + version.refused + version.unchanged
        with database.work(by.municipality_id) as session:
            for row in catalogues.review(session, version, only="refused"):
                assert row.findings
                assert all(one.code in sentences() for one in row.findings)
                if official.get(file.name):
                    # What the official rules let pass, we set aside for reasons of our own only, never by an official id.
                    assert not any(one.rule for one in row.findings if one.severity == "error"), file.name
            assert catalogues.accept(session, version, by, "all").is_live
        outcome[file.name] = (version.lines, version.accepted, version.refused)
    assert outcome["catalogue-wo-response-use-case-1.xml"] == (7, 7, 0)
    assert outcome["Catalogue_Example.xml"] == (2, 2, 0)
    # The example uses one item number for two items: the second is set aside, the rest is kept.
    assert outcome["OIOUBL_Catalogue_v2p2.xml"] == (3, 2, 1)
    # Units in Italian words are no units.
    assert outcome["Consip_Catalogo_UBL.xml"] == (6, 0, 6)


def test_four_thousand_real_product_names(database: Database, corpus):
    by = town(database)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [agreement()], by)
    with (corpus / "standards/catalogue-content/datakick/items.csv").open(encoding="utf-8", newline="") as file:
        products = [row for row in csv.DictReader(file) if row["Name"].strip()]
    lines = [
        line(
            str(position),
            number=f"D-{position}",
            name=f"{row['Name']} {row['Size']}".strip(),
            brand=row["Brand Name"] or None,
            gtin=row["GTIN-14"],
            price=f"{10 + position % 500}.00",
            unit="EA",
            content=None,
        )
        for position, row in enumerate(products)
    ]
    version = load(database, by, catalogue(lines), accept="all")
    assert version.lines == len(lines) >= 3800
    assert version.accepted + version.refused == version.lines
    with database.read(by.municipality_id) as session:
        on = date(2026, 5, 4)
        for position in range(0, len(products), 97):
            wanted = products[position]["GTIN-14"]
            hits = catalogues.search(session, wanted.lstrip("0").zfill(13), None, on).hits
            assert any(hit.offer.gtin == wanted for hit in hits), wanted
        found = missed = 0
        for position in range(0, len(products), 41):
            result = catalogues.search(session, products[position]["Name"], None, on)
            if any(hit.offer.seller_item_id == f"D-{position}" for hit in result.hits):
                found += 1
            else:
                missed += 1
        assert found / (found + missed) >= 0.9


# --- a chain of versions, made of the Peppol examples ---------------------------------------------------------------------

LINE = re.compile(r"[ \t]*<cac:CatalogueLine>.*?</cac:CatalogueLine>\s*", re.S)


def parts(file: Path) -> tuple[str, list[str]]:
    """The example without its lines (their place marked), and its lines."""
    text = file.read_bytes().decode("utf-8" if b'encoding="ISO' not in file.read_bytes()[:99] else "latin-1")
    text = text.replace('encoding="ISO-8859-1"', 'encoding="UTF-8"')
    lines = LINE.findall(text)
    first = text.index(lines[0])
    return text[:first] + "@LINES@" + LINE.sub("", text[first:]), lines


def put_together(head: str, lines: list[str], action: str, version: str) -> bytes:
    head = re.sub(r"<cbc:ActionCode>\w+</cbc:ActionCode>", f"<cbc:ActionCode>{action}</cbc:ActionCode>", head, count=1)
    head = re.sub(r"<cbc:VersionID>[^<]*</cbc:VersionID>", f"<cbc:VersionID>{version}</cbc:VersionID>", head)
    return head.replace("@LINES@", "".join(lines)).encode()


def saying(line_text: str, action: str) -> str:
    """The line with this action of its own."""
    bare = re.sub(r"\s*<cbc:ActionCode\s*>\w+</cbc:ActionCode>", "", line_text, count=1)
    return re.sub(
        r"(<cac:CatalogueLine>\s*<cbc:ID>[^<]*</cbc:ID>)", rf"\1<cbc:ActionCode>{action}</cbc:ActionCode>", bare
    )


def number_of(line_text: str) -> str:
    found = re.search(r"<cac:SellersItemIdentification>\s*<cbc:ID>([^<]+)", line_text)
    assert found
    return found[1]


def priced(line_text: str, price: str) -> str:
    return re.sub(r"(<cbc:PriceAmount[^>]*>)[^<]*", rf"\g<1>{price}", line_text)


@pytest.mark.parametrize(
    ("name", "on", "never"),
    [
        # 123 says of itself that it cannot be ordered; four lines of the snippet name no unit and are set aside.
        ("catalogue-wo-response-use-case-1.xml", date(2019, 10, 15), {"123"}),
        ("Catalogue_Example.xml", date(2018, 11, 1), set()),
        ("Snippet-1-1.xml", date(2015, 6, 1), {"INST01", "34234-324", "654321", "983492342"}),
    ],
)
def test_the_chain_of_versions_on_the_peppol_examples(
    database: Database, corpus, name: str, on: date, never: set[str]
) -> None:
    """Add v1 → Update v2 → Replace v3 → Delete v4: after each, what can be bought is what the supplier has said."""
    by = town(database)
    file = corpus / "standards/peppol-bis-3/examples/catalogue" / name
    with closing(open_catalogue(file)) as reader:
        heading = reader.heading
    number = heading.contract or "UDEN-NUMMER"
    gln = next(one for one in heading.supplier_numbers if len(one) == 13)
    supplier = {"cvr": None, "gln": gln, "name": heading.supplier_name or "Leverandør"}
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [agreement(number, supplier=supplier, **{"from": None, "to": None})], by)
    head, lines = parts(file)

    def take(chosen: list[str], action: str, version: str) -> dict[str, str]:
        load(database, by, put_together(head, chosen, action, version), number, accept="all")
        return live_set(database, by, number, on)

    def orderable(chosen: list[str]) -> set[str]:
        return {number_of(one) for one in chosen} - never

    first = take([saying(one, "Add") for one in lines], "Add", "1")
    assert set(first) == orderable(lines)
    changed, gone, *rest = lines
    fresh = re.sub(
        rf"(<cac:SellersItemIdentification>\s*<cbc:ID>){re.escape(number_of(changed))}", r"\g<1>NY-1", changed
    )
    fresh = re.sub(r"(<cac:CatalogueLine>\s*<cbc:ID>)[^<]*", r"\g<1>99", fresh)
    updates = [saying(priced(changed, "1.00"), "Update"), saying(gone, "Delete"), saying(priced(fresh, "7.00"), "Add")]
    second = take(updates, "Update", "2")
    assert set(second) == orderable([changed, *rest]) | {"NY-1"}
    assert second[number_of(changed)] != first[number_of(changed)]
    assert all(second[one] == first[one] for one in orderable(rest))
    kept = [fresh, *rest[:2]]
    third = take([saying(priced(one, "3.00"), "Add") for one in kept], "Replace", "3")
    assert set(third) == orderable(kept)
    assert take([saying(fresh, "Delete")], "Delete", "4") == {}
    with database.read(by.municipality_id) as session:
        states = [one.state for one in catalogues.list_versions(session)]
    assert states == ["live"] * 4
