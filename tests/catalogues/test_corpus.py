"""Every catalogue example of the standards comes to a reviewed state, with what was refused explained; and a catalogue of four thousand
real product names goes all the way to being found."""

import csv
from contextlib import closing
from datetime import date

import pytest

import catalogues
from eshop.db import Database
from eshop.formats import open_catalogue
from eshop.formats.ubl_catalogues import is_ubl_catalogue
from eshop.wording import sentences
from tests.catalogues.documents import agreement, catalogue, line, load, town

pytestmark = pytest.mark.corpus

PLACES = ("peppol-bis-3/examples/catalogue", "oioubl-2.1/examples", "ubl-2.1/examples/catalogue")


def test_every_catalogue_example_is_reviewed_and_explained(sqlite_database: Database, corpus):
    by = town(sqlite_database)
    files = [
        file
        for place in PLACES
        for file in sorted((corpus / "standards" / place).rglob("*.xml"))
        if is_ubl_catalogue(file.read_bytes()[:8192])
    ]
    assert len(files) >= 13
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
        with sqlite_database.work(by.municipality_id) as session:
            catalogues.load_agreements(
                session, [agreement(number, supplier=supplier, **{"from": None, "to": None})], by
            )
        version = load(sqlite_database, by, file.read_bytes(), number)
        assert version.state == "waiting"
        assert version.lines == version.accepted + version.refused + version.unchanged
        with sqlite_database.work(by.municipality_id) as session:
            for row in catalogues.review(session, version, only="refused"):
                assert row.findings
                assert all(one.code in sentences() for one in row.findings)
            assert catalogues.accept(session, version, by, "all").is_live
        outcome[file.name] = (version.lines, version.accepted, version.refused)
    assert outcome["catalogue-wo-response-use-case-1.xml"] == (7, 7, 0)
    assert outcome["Catalogue_Example.xml"] == (2, 2, 0)
    # The example uses one item number for two items: the second is set aside, the rest is kept.
    assert outcome["OIOUBL_Catalogue_v2p2.xml"] == (3, 2, 1)
    # Units in Italian words are no units.
    assert outcome["Consip_Catalogo_UBL.xml"] == (6, 0, 6)


def test_four_thousand_real_product_names(sqlite_database: Database, corpus):
    by = town(sqlite_database)
    with sqlite_database.work(by.municipality_id) as session:
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
    version = load(sqlite_database, by, catalogue(lines), accept="all")
    assert version.lines == len(lines) >= 3800
    assert version.accepted + version.refused == version.lines
    with sqlite_database.read(by.municipality_id) as session:
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
