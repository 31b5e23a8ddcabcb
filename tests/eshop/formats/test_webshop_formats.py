"""cXML and OCI as values: what is written is read again, real documents are read, hostile ones are refused."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from eshop import ubl
from eshop.errors import BadInput
from eshop.formats import ReturnedLine, cxml, oci
from eshop.formats.returned import MOST_LINES, number_or_none, unit_of, unspsc_of
from tests.webshop import THEY, WE, encoded

AT = datetime(2026, 5, 12, 9, 20, tzinfo=UTC)
SOAP = ReturnedLine(
    1, "HS-700", Decimal(2), "CT", "CT", Decimal("178.80"), "DKK", Decimal(1), "Håndsæbe refill 700 ml æøå", None,
    "53131608", "M-1", "konf-7",
)  # fmt: skip
PAPER = ReturnedLine(
    2, "KP-80", Decimal("2.5"), "PK", "PK", Decimal("30"), "DKK", Decimal(10), "Kopipapir & <karton>", "Hvidt\u00a080 g"
)


def test_a_basket_in_cxml_is_read_as_it_was_written() -> None:
    written = cxml.order_message([SOAP, PAPER], "kage", THEY, WE, "1@x", AT)
    basket = cxml.read_order_message(written)
    assert (basket.cookie, basket.currency) == ("kage", "DKK")
    assert [one.seller_item_id for one in basket.lines] == ["HS-700", "KP-80"]
    soap, paper = basket.lines
    assert (soap.name, soap.reference, soap.unspsc, soap.price, soap.quantity) == (
        SOAP.name, "konf-7", "53131608", Decimal("178.8"), Decimal(2)
    )  # fmt: skip
    assert (paper.base_quantity, paper.per_unit, paper.quantity) == (Decimal(10), Decimal(3), Decimal("2.5"))


def test_a_set_up_is_read_as_it_was_written_and_answered() -> None:
    setup = cxml.Setup(WE, THEY, "hemmelig", "kage", "https://os/x?y=1&z=2", "1@os", AT, "mette", "Mælkevejen", "50.90")
    assert cxml.read_setup(cxml.setup_request(setup)) == setup
    yes = cxml.SetupAnswer(200, "OK", "https://shop.example/start?a=1&b=2")
    assert cxml.read_setup_answer(cxml.setup_answer(yes, "2@shop", AT)) == yes
    no = cxml.SetupAnswer(401, "Unauthorized", None)
    assert cxml.read_setup_answer(cxml.setup_answer(no, "2@shop", AT)) == no


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_an_oci_form_is_read_in_the_encoding_of_the_webshops_page(encoding: str) -> None:
    fields = oci.form_fields(encoded(oci.form_of([SOAP, PAPER]), encoding))
    soap, paper = oci.read_form(fields).lines
    assert soap.name == "Håndsæbe refill 700 ml æøå"
    assert (soap.seller_item_id, soap.quantity, soap.price, soap.reference) == (
        "HS-700", Decimal(2), Decimal("178.8"), "konf-7"
    )  # fmt: skip
    assert (paper.per_unit, paper.description) == (Decimal(3), "Hvidt 80 g")


def test_oci_numbers_order_the_lines_and_empty_ones_are_none() -> None:
    fields = {
        "NEW_ITEM-VENDORMAT[10]": "sidst",
        "new_item-vendormat[2]": "først",
        "NEW_ITEM-VENDORMAT[3]": " ",
        "NEW_ITEM-QUANTITY[2]": "12.000",
        "NEW_ITEM-PRICE[2]": "1234.50",
        "NEW_ITEM-PRICEUNIT[2]": "100",
        "NEW_ITEM-EXT_SCHEMA_TYPE[2]": "UNSPSC",
        "NEW_ITEM-EXT_CATEGORY_ID[2]": "44-12-17-01",
        "~caller": "CTLG",
    }
    first, last = oci.read_form(fields).lines
    assert (first.seller_item_id, first.quantity, first.per_unit, first.unspsc) == (
        "først", Decimal(12), Decimal("12.345"), "44121701"
    )  # fmt: skip
    assert last.seller_item_id == "sidst"
    assert last.quantity is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("12.5", "12.5"), ("12,5", "12.5"), ("1.234,50", "1234.50"), ("1,234", None), ("1,234.50", None), ("NaN", None),
     ("1e9", None), ("", None), ("9" * 40, None), ("-3", "-3")],
)  # fmt: skip
def test_a_number_is_read_or_it_is_none(written: str, number: str | None) -> None:
    assert number_or_none(written) == (None if number is None else Decimal(number))


def test_units_and_codes_are_known_or_none() -> None:
    assert [unit_of(one) for one in ("C62", "XCT", "stk", "", "KGM")] == ["EA", "CT", "EA", None, "KGM"]
    assert [unspsc_of(one) for one in ("53131608", "ean1234", "5313", None)] == ["53131608", None, None, None]


def test_too_many_lines_are_refused_whole() -> None:
    many = [SOAP] * (MOST_LINES + 1)
    with pytest.raises(BadInput, match="punchout_too_many_lines"):
        oci.read_form(dict(oci.form_of(many)))
    with pytest.raises(BadInput, match="punchout_too_many_lines"):
        cxml.read_order_message(cxml.order_message(many, "x", THEY, WE, "1@x", AT))


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        (b'<!DOCTYPE cXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><cXML>&x;</cXML>', "hostile_xml"),
        (b'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/cXML.dtd"><cXML>&nbsp;</cXML>', "hostile_xml"),
        (b"<cXML><Message>", "truncated_xml"),
        (b"<html/>", "not_cxml"),
        (b"<cXML/>", "cxml_incomplete"),
        (b"", "empty_file"),
    ],
)
def test_what_is_no_basket_is_refused(hostile: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        cxml.read_order_message(hostile)
    assert refused.value.code == code


@pytest.mark.corpus
def test_real_documents_are_read(corpus: Path) -> None:
    folder = corpus / "standards" / "cxml"
    basket = cxml.read_order_message((folder / "friendsofcxml" / "PunchoutOrderMessage.xml").read_bytes())
    assert [(one.seller_item_id, one.quantity, one.per_unit, one.currency, one.unit) for one in basket.lines] == [
        ("5555", Decimal(3), Decimal("763.20"), "USD", "EA"),
        ("666", Decimal(5), Decimal("763.20"), "USD", "EA"),
    ]
    assert basket.cookie == "1CX3L4843PPZO"
    assert basket.lines[0].name == "Excelsior Desk Chair"
    setup = cxml.read_setup((folder / "friendsofcxml" / "PunchOutSetupRequest.xml").read_bytes())
    assert (setup.shared_secret, setup.return_to) == ("s3cr3t", "https://prominate-platform.com/hook-url")
    answer = cxml.read_setup_answer((folder / "officeluv" / "response_status_200.xml").read_bytes())
    assert answer == cxml.SetupAnswer(200, "OK", "http://localhost:3000/products")
    empty = cxml.read_order_message((folder / "officeluv" / "punch_out_order_message_doc.xml").read_bytes())
    assert (empty.lines, empty.cookie) == ((), "example_buyer_cookie")
    kinds = {}
    for path in sorted(folder.glob("*/*.xml")):
        try:
            kinds[path.name] = cxml.about(path.read_bytes()).kind
        except (ubl.UnreadableDocument, BadInput) as refusal:
            kinds[path.name] = refusal.code
    assert kinds["poom.xml"] == "PunchOutOrderMessage"
    assert kinds["OrderRequest.xml"] == "OrderRequest"
    assert kinds["StatusUpdateRequest.xml"] == "StatusUpdateRequest"
    assert kinds["item_in.xml"] == "not_cxml"
    assert len(kinds) == 23
