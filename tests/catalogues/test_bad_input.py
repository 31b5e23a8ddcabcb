"""What suppliers get wrong: refused as a whole, or set aside line by line, in words they understand; the rest is kept."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from sqlalchemy import select

import catalogues
from catalogues.items import CatalogueLine
from eshop.db import Database
from eshop.errors import BadInput
from eshop.identity import Actor
from eshop.wording import sentence, sentences
from tests.catalogues.documents import SUPPLIER, agreement, catalogue, found, line, load, town


@pytest.fixture
def by(database: Database) -> Actor:
    actor = town(database)
    other = {"cvr": "10002001", "gln": "5790010000026", "name": "Kontorgros A/S"}
    with database.work(actor.municipality_id) as session:
        catalogues.load_agreements(
            session, [agreement(unspsc=["47"]), agreement("50.41", supplier=other, title="Kontor")], actor
        )
        catalogues.load_classification(session, [("47131810", "Rengøringsmidler")])
    return actor


def refused(database: Database, by: Actor, document: bytes, number: str | None = None) -> BadInput:
    with pytest.raises(BadInput) as raised:
        load(database, by, document, number)
    with database.read(by.municipality_id) as session:
        assert catalogues.list_versions(session) == []
    assert raised.value.code in sentences()
    return raised.value


LINES = {
    "the same line id twice": ([line("1"), line("1", number="V-2")], {"V-2": ["duplicate_line_id"]}, 2),
    "the same item twice": ([line("1"), line("2", number="V-1")], {"V-1": ["duplicate_item"]}, 1),
    "no price": ([line("1"), line("2", price=None)], {"V-2": ["price_missing"]}, 2),
    "a negative price": ([line("1"), line("2", price="-1.00")], {"V-2": ["price_negative"]}, 1),
    "a price that is no number": ([line("1"), line("2", price="12,50")], {"V-2": ["value_not_a_number"]}, 1),
    "a negative quantity": ([line("1"), line("2", minimum="-5")], {"V-2": ["line_quantity_not_positive"]}, 1),
    "a maximum of zero": ([line("1"), line("2", maximum="0")], {"V-2": ["line_quantity_not_positive"]}, 1),
    "an increment of zero": ([line("1"), line("2", multiple="0")], {"V-2": ["line_quantity_not_positive"]}, 1),
    "a base quantity of zero": ([line("1"), line("2", base="0")], {"V-2": ["line_quantity_not_positive"]}, 1),
    "steps that overlap": (
        [line("1"), line("2", prices=[("10.00", {"minimum": "1", "maximum": "20"}), ("9.00", {"minimum": "10"})])],
        {"V-2": ["steps_overlap"]},
        2,
    ),
    "two prices for one step": (
        [line("1"), line("2", prices=[("10.00", {"minimum": "1"}), ("9.00", {"minimum": "1"})])],
        {"V-2": ["price_contradicted"]},
        1,
    ),
    "an unknown UNSPSC": ([line("1"), line("2", unspsc="47999999")], {"V-2": ["unspsc_unknown"]}, 2),
    "a UNSPSC of four digits": ([line("1"), line("2", unspsc="4713")], {"V-2": ["unspsc_form"]}, 2),
    "an unknown unit": ([line("1"), line("2", unit="KASSE")], {"V-2": ["order_unit_unknown"]}, 1),
    "no item number": ([line("1"), line("2", number=None)], {"line 2": ["item_number_missing"]}, 1),
    "no name": ([line("1"), line("2", name=None)], {"V-2": ["name_missing"]}, 1),
    "a period that ends first": (
        [line("1"), line("2", start="2026-06-01", end="2026-05-01")], {"V-2": ["period_reversed"]}, 1,
    ),
    "a rate of VAT above the price": ([line("1"), line("2", vat="125")], {"V-2": ["vat_rate_impossible"]}, 1),
    "a rate of VAT that Denmark has not": ([line("1"), line("2", vat="12")], {"V-2": ["vat_rate_not_danish"]}, 2),
    "a rate of VAT below zero": ([line("1"), line("2", vat="-25")], {"V-2": ["vat_rate_impossible"]}, 1),
    "a rate of VAT that cannot be kept": ([line("1"), line("2", vat="25.123456789")], {"V-2": ["number_unusable"]}, 1),
    "a currency nobody has": ([line("1"), line("2", currency="KRO")], {"V-2": ["currency_unknown"]}, 1),
}  # fmt: skip


@pytest.mark.parametrize("wrong", LINES)
def test_a_wrong_line_is_set_aside_or_told_and_the_rest_is_kept(database: Database, by: Actor, wrong: str) -> None:
    lines, expected, accepted = LINES[wrong]
    version = load(database, by, catalogue(lines))
    assert found(database, by, version) == expected
    assert (version.accepted, version.refused) == (accepted, len(lines) - accepted)
    with database.read(by.municipality_id) as session:
        fixes = catalogues.fix_list(session, version)
        told = catalogues.fix_text(session, version, "da")
    assert [fix.ref for fix in fixes] == [lines[1]["ref"]]
    assert "{" not in told
    assert all(code in sentences() for codes in expected.values() for code in codes)


def test_another_suppliers_catalogue_and_an_agreement_that_is_not_theirs(database: Database, by: Actor) -> None:
    theirs = refused(database, by, catalogue([line("1")], contract="50.41"))
    assert theirs.code == "not_this_suppliers_agreement"
    assert theirs.values["supplier"] == "Kontorgros A/S"
    assert theirs.values["sender"] == SUPPLIER["name"]
    stranger = catalogue([line("1")], gln="5790010000033", cvr="10003001", name="Ukendt ApS")
    assert refused(database, by, stranger).code == "not_this_suppliers_agreement"
    assert refused(database, by, catalogue([line("1")], contract="99.99")).code == "agreement_unknown"
    assert refused(database, by, catalogue([line("1")], contract=None)).code == "agreement_not_named"


def test_what_is_no_catalogue_is_refused_as_a_whole(database: Database, by: Actor) -> None:
    good = catalogue([line("1", name="Håndsæbe æøå")])
    assert refused(database, by, good.decode().encode("latin-1")).code == "catalogue_not_xml"
    assert refused(database, by, good[: len(good) // 2]).code == "catalogue_not_xml"
    assert refused(database, by, b"%PDF-1.4 priser").code == "not_a_catalogue"
    assert refused(database, by, b"").code == "not_a_catalogue"
    assert refused(database, by, catalogue([line("1")], action="Erase")).code == "catalogue_action_unknown"


def test_a_catalogue_in_another_encoding_that_says_so_is_read(database: Database, by: Actor) -> None:
    text = catalogue([line("1", name="Håndsæbe æøå")]).decode()
    declared = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1")
    version = load(database, by, declared, accept="all")
    with database.read(by.municipality_id) as session:
        assert [row.name for row in catalogues.review(session, version)] == ["Håndsæbe æøå"]


def test_a_sheet_with_merged_cells_and_decimal_commas(database: Database, by: Actor) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet("Priser")
    page.merge_range(0, 0, 0, 4, "Aftale 50.40")
    page.write_row(2, 0, ["Varenr.", "Varenavn", "Enhed", "Pris", "UNSPSC"])
    page.write_row(3, 0, ["V-1", "Håndsæbe", "stk", "1.240,50", "47131810"])
    page.write_row(4, 0, ["V-2", "Skurecreme", "stk", "gratis", "47131810"])
    page.write_row(5, 0, ["V-3", "Gulvvask", "spandfuld", "12,00", "47131810"])
    book.close()
    version = load(database, by, file.getvalue(), "50.40", accept="preselected")
    assert (version.accepted, version.refused) == (1, 2)
    told = found(database, by, version)
    assert told["V-3"] == ["order_unit_unknown"]
    assert told["V-2"]
    with database.read(by.municipality_id) as session:
        assert (
            str(catalogues.review(session, version)[0].new_price or catalogues.review(session, version)[-1].new_price)
            == "1240.5"
        )


SHEET = "Varenr.;Varenavn;Enhed;Pris;Moms;UNSPSC\nV-1;Håndsæbe;stk;10,00;25 %;47131810\nV-2;Skurecreme;stk;10,00;{vat};47131810\n"
ELECTRIC = (
    '<?xml version="1.0" encoding="UTF-8"?><BMECAT version="2005" xmlns="http://www.bmecat.org/bmecat/2005"><HEADER><CATALOG>'
    "<CATALOG_ID>K</CATALOG_ID><CATALOG_VERSION>1</CATALOG_VERSION><CURRENCY>DKK</CURRENCY></CATALOG>"
    "<AGREEMENT><AGREEMENT_ID>50.40</AGREEMENT_ID></AGREEMENT><SUPPLIER><SUPPLIER_ID>5790010000019</SUPPLIER_ID></SUPPLIER></HEADER>"
    "<T_NEW_CATALOG>{products}</T_NEW_CATALOG></BMECAT>"
)
PRODUCT = (
    "<PRODUCT><SUPPLIER_PID>{number}</SUPPLIER_PID><PRODUCT_DETAILS><DESCRIPTION_SHORT>Kabel</DESCRIPTION_SHORT></PRODUCT_DETAILS>"
    "<PRODUCT_ORDER_DETAILS><ORDER_UNIT>C62</ORDER_UNIT></PRODUCT_ORDER_DETAILS><PRODUCT_PRICE_DETAILS>"
    '<PRODUCT_PRICE price_type="net_customer"><PRICE_AMOUNT>10</PRICE_AMOUNT><TAX>{vat}</TAX></PRODUCT_PRICE>'
    "</PRODUCT_PRICE_DETAILS></PRODUCT>"
)


def oioubl(vat: str) -> bytes:
    text = catalogue([line("1", unit="CT"), line("2", unit="CT", vat=vat)], action=None).decode()
    text = text.replace("urn:fdc:peppol.eu:poacc:trns:catalogue:3", "OIOUBL-2.02")
    return text.replace("urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3", "Catalogue-CatAdv-1.0").encode()


def electric(vat: str) -> bytes:
    products = "".join(PRODUCT.format(number=number, vat=rate) for number, rate in (("V-1", "0.25"), ("V-2", vat)))
    return ELECTRIC.format(products=products).encode()


RATES = {
    "an OIOUBL catalogue": (oioubl("125"), "125"),
    "an OIOUBL catalogue, below zero": (oioubl("-25"), "-25"),
    "a price list": (SHEET.format(vat="125 %").encode("cp1252"), "125"),
    "a price list, as a factor": (SHEET.format(vat="1,25").encode("cp1252"), "125"),
    "a price list, below zero": (SHEET.format(vat="-25").encode("cp1252"), "-25"),
    "BMEcat": (electric("125"), "125"),
    "BMEcat, as a factor": (electric("1.25"), "125"),
    "BMEcat, below zero": (electric("-0.25"), "-25"),
}


@pytest.mark.parametrize("form", RATES)
def test_a_rate_of_vat_that_cannot_be_is_refused_in_every_format(database: Database, by: Actor, form: str) -> None:
    document, rate = RATES[form]
    version = load(database, by, document, "50.40")
    told = found(database, by, version)
    assert "vat_rate_impossible" in told["V-2"]
    assert "vat_rate_impossible" not in told.get("V-1", ())
    assert (version.accepted, version.refused) == (1, 1)
    with database.read(by.municipality_id) as session:
        assert (
            f"Momsen kan ikke være {rate} %. Skriv satsen i procent, fx 25, eller 0 for varer uden moms."
            in catalogues.fix_text(session, version, "da")
        )


def test_numbers_are_explained_in_the_suppliers_words_and_item_numbers_are_no_counts(database, by):
    document = catalogue(
        [line("1", minimum="-2"), line("2", number="951952", action="Delete"), line("3", price="12 kr")]
    )
    version = load(database, by, document)
    with database.read(by.municipality_id) as session:
        said = {
            row.seller_item_id: [sentence(one.code, one.values) for one in row.findings]
            for row in catalogues.ledger_rows(session, version)
        }
    assert said == {
        "V-1": ["Feltet »mindste bestilling« skal være over nul, ikke -2."],
        "951952": ["Varenr. 951952 er ikke i kataloget, så den kan ikke ændres."],
        "V-3": ["»12 kr« i pris (PriceAmount) er ikke et tal. Skriv 1234,50 i et regneark og 1234.50 i XML."],
    }


HEADINGS = "Varenr;Navn;Enhed;Pris;UNSPSC;Mindste antal"


def test_a_sheet_that_cannot_say_labels_takes_none_away(database: Database, by: Actor) -> None:
    labelled = f"{HEADINGS};Mærkning\nV-1;Sæbe;stk;10,00;47131810;;Svanemærket\nV-2;Klude;stk;20,00;47131810;;\n"
    load(database, by, labelled.encode(), "50.40", accept="all")
    silent = f"{HEADINGS}\nV-1;Sæbe;stk;10,00;47131810;\nV-2;Klude;stk;21,00;47131810;\n"
    version = load(database, by, silent.encode(), "50.40", accept="all")
    assert (version.unchanged, version.changed) == (1, 1)
    assert "label_lost" not in {code for codes in found(database, by, version).values() for code in codes}
    empty = f"{HEADINGS};Mærkning\nV-1;Sæbe;stk;10,00;47131810;;\nV-2;Klude;stk;21,00;47131810;;\n"
    version = load(database, by, empty.encode(), "50.40")
    assert found(database, by, version)["V-1"] == ["label_lost"]


def test_a_sheet_takes_nothing_away_that_it_has_no_column_for(database: Database, by: Actor) -> None:
    whole = (
        f"{HEADINGS};EAN;Beskrivelse;Gyldig til;Mærke;Antal pr. karton;Moms;Producentens varenr.;Søgeord;Delaftale\n"
        "V-1;Sæbe;stk;10,00;47131810;2;5701234567899;Mild;31-12-2027;Nordren;6;25;P-1;håndvask;\n"
        "V-2;Klude;stk;20,00;47131810;;5701234567892;Grøn;31-12-2027;Nordren;10;25;P-2;;\n"
        "V-3;Spand;stk;30,00;47131810;;;Stor;31-12-2020;Nordren;;25;;;\n"
    )
    load(database, by, whole.encode(), "50.40", accept="all")
    bare = "Varenr;Varenavn;Enhed;Pris\nV-1;Sæbe;stk;10,00\nV-2;Klude;stk;21,00\nV-3;Spand;stk;31,00\n"
    version = load(database, by, bare.encode(), "50.40", accept="all")
    told = found(database, by, version)
    assert (version.unchanged, version.changed) == (1, 2)
    assert told["V-2"] == ["gtin_check_digit", "price_up"]
    assert told["V-3"] == ["price_up", "price_validity_gone"], "a last day that has passed is not carried over"
    with database.read(by.municipality_id) as session:
        line = session.scalars(
            select(CatalogueLine).where(CatalogueLine.version_id == version.id, CatalogueLine.seller_item_id == "V-2")
        ).one()
        assert (line.gtin, line.description, line.unspsc, line.brand, line.vat_percent, line.content_quantity, line.ends_on) == (
            "5701234567892", "Grøn", "47131810", "Nordren", Decimal(25), Decimal(10), date(2027, 12, 31)
        )  # fmt: skip
        assert line.details["manufacturer_item_id"] == "P-2"
    empty = (
        "Varenr;Varenavn;Enhed;Pris;EAN\nV-1;Sæbe;stk;10,00;\nV-2;Klude;stk;21,00;5701234567892\nV-3;Spand;stk;31,00;\n"
    )
    version = load(database, by, empty.encode(), "50.40")
    assert found(database, by, version) == {"V-1": ["gtin_gone"]}, "a column that is empty says that there is none"


def test_what_says_no_first_day_is_announced_on_the_day_it_came(database: Database, by: Actor) -> None:
    with database.work(by.municipality_id) as session:
        catalogues.get_agreement(session, catalogues.find_agreements(session, "50.40")[0].id).notice_days = 30
    load(database, by, f"{HEADINGS}\nV-1;Sæbe;stk;10,00;47131810;\n".encode(), "50.40", accept="all")
    version = load(database, by, f"{HEADINGS}\nV-1;Sæbe;stk;10,20;47131810;\n".encode(), "50.40")
    assert "notice_too_short" in found(database, by, version)["V-1"]
    later = (by.today + timedelta(days=30)).isoformat()
    version = load(database, by, f"{HEADINGS};Gyldig fra\nV-1;Sæbe;stk;10,20;47131810;;{later}\n".encode(), "50.40")
    assert "notice_too_short" not in found(database, by, version)["V-1"]
    load(database, by, catalogue([line("1", price="10.00")], start=None), accept="all")
    version = load(database, by, catalogue([line("1", price="10.10")], version="2", issue="2026-05-01", start=None))
    assert "notice_too_short" in found(database, by, version)["V-1"]


def test_what_a_sheet_says_is_told_as_it_was_written(database: Database, by: Actor) -> None:
    rows = f"{HEADINGS}\nV-1;Sæbe;dims;10,00;47131810;\nV-2;Klude;xct;20,00;47131810;0\n"
    version = load(database, by, rows.encode(), "50.40")
    with database.read(by.municipality_id) as session:
        rows = {row.seller_item_id: row for row in catalogues.ledger_rows(session, version)}
    (unknown,) = [one for one in rows["V-1"].findings if one.code == "order_unit_unknown"]
    assert "Enheden »dims« kendes ikke." in sentence(unknown.code, unknown.values, "da")
    assert [one.code for one in rows["V-2"].findings] == ["minimum_zero"]


def test_percent_in_a_danish_sentence_has_a_comma(database: Database, by: Actor) -> None:
    load(database, by, catalogue([line("1", price="10.00")]), accept="all")
    version = load(database, by, catalogue([line("1", price="79.74")], version="2"))
    with database.read(by.municipality_id) as session:
        (row,) = catalogues.ledger_rows(session, version)
    (up,) = [one for one in row.findings if one.code.startswith(("price_up", "price_above"))]
    assert "697,4 %" in sentence(up.code, up.values, "da")
    assert "697.4 %" in sentence(up.code, up.values, "en")


def test_what_a_supplier_deletes_is_not_said_to_be_left_out(database: Database, by: Actor) -> None:
    load(database, by, catalogue([line("1"), line("2")]), accept="all")
    short = load(database, by, catalogue([line("1", price="11.00")], version="2"))
    gone = load(database, by, catalogue([line("1")], version="3", action="Delete"))
    with database.read(by.municipality_id) as session:
        assert catalogues.going_out(session, short) == (1, 2)
        assert catalogues.going_out(session, gone) == (0, 2)
