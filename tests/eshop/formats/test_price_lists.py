"""Price lists as suppliers send them: Danish numbers, merged cells, headings under a letterhead, Windows' own encoding."""

import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from eshop.errors import BadInput
from eshop.formats import PriceList, open_catalogue
from eshop.formats.price_lists import day_of, number_of, recognise


def workbook(fill) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    fill(book, book.add_worksheet("Prisliste"))
    book.close()
    return file.getvalue()


def test_a_sheet_with_letterhead_merged_groups_and_danish_numbers():
    def fill(book, sheet):
        sheet.merge_range(0, 0, 0, 5, "Prisliste 2026 · HygiejneHuset A/S")
        headings = ["Gruppe", "Varenr.", "Varenavn", "Enhed", "Antal pr. karton", "Nettopris (kr.)", "UNSPSC-kode"]
        sheet.write_row(3, 0, headings)
        sheet.merge_range(4, 0, 5, 0, "Rengøring")
        sheet.write_row(4, 1, ["1001", "Håndsæbe mild", "krt.", 12, "1.240,50", 47131810])
        sheet.write_row(5, 1, [1002, "Skurecreme", "stk", 1, 12.1, 47131810])
        sheet.write_row(7, 1, ["Priserne er ekskl. moms"])

    drafts = list(PriceList(workbook(fill)).lines())
    assert [(one.seller_item_id, one.name, one.unit, one.content_quantity) for one in drafts] == [
        ("1001", "Håndsæbe mild", "CT", Decimal(12)),
        ("1002", "Skurecreme", "EA", Decimal(1)),
    ]
    assert [one.prices[0].amount for one in drafts] == [Decimal("1240.50"), Decimal("12.1")]
    assert [one.unspsc for one in drafts] == ["47131810", "47131810"]


def test_csv_from_danish_excel():
    text = "Varenr;Navn;Enhed;Pris;Gyldig fra\nA1;Æblejuice;fl;12,50;01-03-2026\nA2;Kaffe;kg;1.099,00;2026-03-01\n"
    reader = open_catalogue(text.encode("cp1252"), "priser.csv")
    first, second = list(reader.lines())
    assert (first.name, first.unit, first.prices[0].amount, first.valid_from) == (
        "Æblejuice",
        "BO",
        Decimal("12.50"),
        date(2026, 3, 1),
    )
    assert second.prices[0].amount == Decimal(1099)


def test_a_number_that_could_mean_two_things_is_a_problem_of_its_line():
    text = "varenr;navn;enhed;pris\nA1;Kaffe;kg;1.234\nA2;Te;pk;15\n"
    drafts = list(PriceList(text.encode()).lines())
    assert [[one.code for one in draft.problems] for draft in drafts] == [["number_ambiguous"], []]


def test_columns_can_be_pointed_out():
    text = "Kode;Hvad;E;Kr\nA1;Kaffe;kg;12,00\n"
    reader = PriceList(text.encode())
    with pytest.raises(BadInput) as refused:
        list(reader.lines())
    assert refused.value.code == "columns_missing"
    columns = {"seller_item_id": "Kode", "name": "Hvad", "unit": "E", "price": "Kr"}
    assert [one.name for one in PriceList(text.encode(), columns).lines()] == ["Kaffe"]


def test_an_unknown_unit_word_is_kept_for_the_rules_to_refuse():
    text = "varenr;navn;enhed;pris\nA1;Kaffe;trillebør;12,00\n"
    assert [one.unit for one in PriceList(text.encode()).lines()] == ["trillebør"]


@pytest.mark.parametrize(
    ("cell", "comma", "value"),
    [
        ("1.234,50", None, "1234.50"),
        ("1,234.50", None, "1234.50"),
        ("1.234", True, "1234"),
        ("1.234", False, "1.234"),
        ("12,5", None, "12.5"),
        ("kr. 7,95", True, "7.95"),
        ("1 234,00", True, "1234.00"),
        ("-4", None, "-4"),
    ],
)
def test_numbers_as_people_write_them(cell, comma, value):
    assert number_of(cell, comma) == Decimal(value)


@pytest.mark.parametrize("cell", ["04-05-2026", "4.5.2026", "2026-05-04", "4/5/26", "46146"])
def test_days_as_people_write_them(cell):
    assert day_of(cell) == date(2026, 5, 4)


@pytest.mark.parametrize("cell", ["tre", "12,5,0", "", "1e5", "nan"])
def test_what_is_no_number(cell):
    with pytest.raises(BadInput):
        number_of(cell, None)


def test_a_broken_workbook_is_refused():
    with pytest.raises(BadInput) as refused:
        PriceList(b"PK\x03\x04 not really")
    assert refused.value.code == "not_excel"


def test_a_heading_with_the_code_list_in_brackets():
    assert recognise(["Varenr.", "Betegnelse", "Enhed", "Pris (ekskl. moms)", "Varegruppe (UNSPSC)"]) == {
        "seller_item_id": 0, "name": 1, "unit": 2, "price": 3, "unspsc": 4,
    }  # fmt: skip


def test_commas_in_names_and_prices_do_not_make_columns() -> None:
    text = (
        "Varenr;Varenavn;Enhed;Pris\nA1;Sæbe, mild, uden farve, uden parfume, 500 ml;stk;12,50\n"
        "A2;Sæbe, mild, med pumpe, 1 liter, hvid;stk;22,50\nA3;Klude, hvide, 32 × 30 cm;stk;9,00\n"
    )
    assert [draft.seller_item_id for draft in PriceList(text.encode()).lines()] == ["A1", "A2", "A3"]
    tabs = text.replace(";", "\t")
    assert [draft.seller_item_id for draft in PriceList(tabs.encode()).lines()] == ["A1", "A2", "A3"]
