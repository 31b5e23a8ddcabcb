"""Reading what others send: what is refused and why, what is read with problems, encodings, envelopes, streams."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from eshop import ubl
from eshop.ubl import Identifier, Money, UnreadableDocument
from eshop.ubl.reading import MAX_BYTES, MAX_LINE_BYTES
from eshop.wording import sentences

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CATALOGUE = "urn:oasis:names:specification:ubl:schema:xsd:Catalogue-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def invoice(inside: str = "<cbc:ID>F-1</cbc:ID>", before: str = "", encoding: str = "utf-8") -> bytes:
    return f'{before}<Invoice xmlns="{INVOICE}" xmlns:cbc="{CBC}" xmlns:cac="{CAC}">{inside}</Invoice>'.encode(encoding)


def subset(declarations: str, inside: str = "<cbc:ID>&d;</cbc:ID>") -> bytes:
    return invoice(inside, f"<!DOCTYPE Invoice [{declarations}]>")


LARGE = f"<cbc:EmbeddedDocumentBinaryObject>{'QUJD' * 2_700_000}</cbc:EmbeddedDocumentBinaryObject>"
"""More than the parser takes by itself."""

BOMB = "".join(
    f'<!ENTITY {name} "{text}">'
    for name, text in (("a", "a" * 50), ("b", "&a;" * 50), ("c", "&b;" * 50), ("d", "&c;" * 50))
)

REFUSED = {
    "nothing": (b"", "empty_file"),
    "blanks": (b" \n\n  ", "empty_file"),
    "words": (b"Hej med dig", "not_xml"),
    "a PDF": (b"%PDF-1.7\n...", "not_xml"),
    "HTML": (b"<html><body><br></body></html>", "not_xml"),
    "a zip": (b"PK\x03\x04rest", "compressed_file"),
    "gzip": (b"\x1f\x8brest", "compressed_file"),
    "cut in a tag": (invoice()[:-5], "truncated_xml"),
    "cut after a tag": (invoice()[: -len("</Invoice>")], "truncated_xml"),
    "cut in the root": (invoice()[:40], "truncated_xml"),
    "an external entity": (subset('<!ENTITY d SYSTEM "file:///etc/passwd">'), "hostile_xml"),
    "a bomb": (subset(BOMB), "hostile_xml"),
    "a bomb in an attribute": (subset(BOMB, '<cbc:ID schemeID="&d;&d;&d;&d;">1</cbc:ID>'), "hostile_xml"),
    "a parameter entity": (subset('<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;', ""), "hostile_xml"),
    "a default attribute": (subset('<!ATTLIST Invoice a CDATA "b">', ""), "hostile_xml"),
    "an internal subset with nothing in it": (subset("", ""), "hostile_xml"),
    "an internal subset in UTF-16": (
        ('\ufeff<?xml version="1.0" encoding="UTF-16"?>' + subset('<!ENTITY x "y">', "").decode()).encode("utf-16-le"),
        "hostile_xml",
    ),
    "an entity nobody knows": (invoice("<cbc:ID>&nbsp;</cbc:ID>"), "hostile_xml"),
    "an entity of an external DTD": (
        invoice("<cbc:ID>&nbsp;</cbc:ID>", '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/x.dtd">'),
        "hostile_xml",
    ),
    "too deep": (invoice("<a>" * 1000 + "</a>" * 1000), "xml_too_deep"),
    "one enormous text": (invoice(f"<cbc:ID>{'1' * 10_500_000}</cbc:ID>"), "document_too_large"),
    "one enormous attribute": (invoice(f'<cbc:ID schemeID="{"1" * 10_500_000}">1</cbc:ID>'), "hostile_xml"),
    "too deep beside a large attachment": (invoice(f"{LARGE}{'<a>' * 300}{'</a>' * 300}"), "xml_too_deep"),
    "an enormous text beside a large attachment": (
        invoice(f"{LARGE}<cbc:Note>{'1' * 10_500_000}</cbc:Note>"),
        "document_too_large",
    ),
    "a large attachment and a DOCTYPE": (
        invoice(LARGE, '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/x.dtd">'),
        "hostile_xml",
    ),
    "a large attachment and a bomb": (subset(BOMB, LARGE), "hostile_xml"),
    "cut after a large attachment": (invoice(LARGE)[: -len("</Invoice>")], "truncated_xml"),
    "not the encoding it says": (
        invoice("<cbc:ID>æøå</cbc:ID>", '<?xml version="1.0" encoding="UTF-8"?>', "latin-1"),
        "wrong_encoding",
    ),
    "an unknown encoding": (invoice(before='<?xml version="1.0" encoding="klingon"?>'), "wrong_encoding"),
    "another kind of invoice": (b'<CrossIndustryInvoice xmlns="urn:un:unece:x"/>', "unknown_document_type"),
    "another UBL document": (invoice().replace(b"Invoice", b"Waybill"), "unknown_document_type"),
    "an empty envelope": (
        f'<StandardBusinessDocument xmlns="{SBDH}"><StandardBusinessDocumentHeader/></StandardBusinessDocument>'.encode(),
        "envelope_without_document",
    ),
    "an attribute twice": (b'<a b="1" b="2"/>', "not_xml"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as refusal:
        ubl.read(data)
    assert refusal.value.code == code
    assert code in sentences()


def test_size_is_asked_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="document_too_large"):
        ubl.identify(b" " * (MAX_BYTES + 1))
    huge = tmp_path / "huge.xml"
    with huge.open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(UnreadableDocument) as refusal:
        ubl.file_bytes(huge)
    assert refusal.value.values == {"size": 200 * 2**20, "size_limit": MAX_BYTES}
    small = tmp_path / "small.xml"
    small.write_bytes(invoice())
    assert ubl.file_bytes(small) == invoice()


def test_an_external_dtd_is_ignored_not_fetched() -> None:
    for doctype in ('SYSTEM "http://127.0.0.1:1/x.dtd"', 'PUBLIC "x" "file:///etc/passwd"'):
        document = ubl.read(invoice(before=f"<!DOCTYPE Invoice {doctype}>"))
        assert document.id == Identifier("F-1")


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("UTF-8", "utf-8-sig"),
    ],
)
def test_the_declared_encoding_is_obeyed(declared: str, codec: str) -> None:
    body = invoice("<cbc:ID>Æblegrød-ø</cbc:ID>", f'<?xml version="1.0" encoding="{declared}"?>', codec)
    assert ubl.read(body).id == Identifier("Æblegrød-ø")


def test_identify_answers_for_any_xml() -> None:
    known = ubl.identify(
        invoice(
            "<cbc:CustomizationID> OIOUBL-2.02 </cbc:CustomizationID><cbc:ProfileID>Procurement-BilSim-1.0</cbc:ProfileID>"
        )
    )
    assert (known.document_type, known.namespace, known.readable) == ("Invoice", INVOICE, True)
    assert (known.customization_id, known.profile_id) == ("OIOUBL-2.02", "Procurement-BilSim-1.0")
    assert known.profile is ubl.OIOUBL
    assert str(known.profile) == "oioubl-2.1"
    foreign = ubl.identify(
        b'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd"><cXML version="1.2"/>'
    )
    assert (foreign.document_type, foreign.namespace, foreign.profile, foreign.readable) == ("cXML", "", None, False)
    forgetful = ubl.identify(invoice("<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>"))
    assert forgetful.profile is ubl.PEPPOL, "the process tells where the customization is forgotten"
    plain = ubl.identify(invoice())
    assert plain.profile is ubl.UBL
    assert plain.sbdh is None


PROBLEMS = """
<cbc:ID>F-1</cbc:ID>
<cbc:IssueDate>2026-02-30</cbc:IssueDate>
<cbc:DueDate>2026-03-01+01:00</cbc:DueDate>
<cac:AllowanceCharge><cbc:ChargeIndicator>ja</cbc:ChargeIndicator><cbc:Amount currencyID="DKK">10.00</cbc:Amount></cac:AllowanceCharge>
<cac:LegalMonetaryTotal>
  <cbc:LineExtensionAmount currencyID="DKK">1.234,50</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="DKK">NaN</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="DKK">1e3</cbc:TaxInclusiveAmount>
  <cbc:PrepaidAmount currencyID="DKK">123456789012345678901234567890</cbc:PrepaidAmount>
  <cbc:PayableAmount>7.5</cbc:PayableAmount>
</cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:ID>2</cbc:ID></cac:InvoiceLine>
<cac:InvoiceLine>
  <cbc:ID>2</cbc:ID>
  <cac:Item><cbc:Name>Papir</cbc:Name><cbc:Colour>blå</cbc:Colour></cac:Item>
</cac:InvoiceLine>"""


def test_what_a_field_says_wrongly_is_a_problem_with_its_place() -> None:
    document = ubl.read(invoice(PROBLEMS))
    assert isinstance(document, ubl.Invoice)
    assert [(one.code, one.where, one.values["line"], one.values.get("value")) for one in document.problems] == [
        ("not_a_date", "IssueDate", 3, "2026-02-30"),
        ("not_an_indicator", "AllowanceCharge/ChargeIndicator", 5, "ja"),
        ("not_a_number", "LegalMonetaryTotal/LineExtensionAmount", 7, "1.234,50"),
        ("not_a_number", "LegalMonetaryTotal/TaxExclusiveAmount", 8, "NaN"),
        ("not_a_number", "LegalMonetaryTotal/TaxInclusiveAmount", 9, "1e3"),
        ("not_a_number", "LegalMonetaryTotal/PrepaidAmount", 10, "123456789012345678901234567890"),
        ("currency_missing", "LegalMonetaryTotal/PayableAmount", 11, None),
        ("element_repeated", "InvoiceLine[1]/ID[2]", 13, None),
        ("element_not_known", "InvoiceLine[2]/Item/Colour", 16, None),
    ]
    assert [one.code for one in document.problems if one.severity == "warning"] == ["element_not_known"]
    assert {one.code for one in document.problems} <= sentences().keys()
    assert document.issue_date is None
    assert document.due_date == date(2026, 3, 1)
    totals = document.legal_monetary_total
    assert totals is not None
    assert totals.line_extension_amount is None
    assert totals.payable_amount == Money(Decimal("7.5"), "")
    assert document.allowance_charges[0].charge_indicator is None
    assert document.allowance_charges[0].amount == Money(Decimal("10.00"), "DKK")
    assert document.invoice_lines[0].id == Identifier("1")


def test_a_document_is_a_faithful_transcript() -> None:
    document = ubl.read(
        invoice(
            '<cbc:ID schemeID="X" schemeAgencyID="9">\n  F-1 </cbc:ID><cbc:Note languageID="da"> to  mellemrum </cbc:Note>'
            '<cbc:InvoiceTypeCode listID="L" name="faktura">380</cbc:InvoiceTypeCode>'
            '<cac:InvoiceLine><cbc:InvoicedQuantity unitCode="KGM" unitCodeListID="R20">5.300</cbc:InvoicedQuantity>'
            '<cbc:LineExtensionAmount currencyID="EUR">-0.10</cbc:LineExtensionAmount></cac:InvoiceLine>'
        )
    )
    assert isinstance(document, ubl.Invoice)
    assert document.id == Identifier("F-1", "X", "9")
    assert document.notes == (ubl.Text(" to  mellemrum ", "da"),)
    assert document.invoice_type_code == ubl.Code("380", "L", name="faktura")
    line = document.invoice_lines[0]
    assert str(line.invoiced_quantity.value if line.invoiced_quantity else "") == "5.300"
    assert line.invoiced_quantity == ubl.Measure(Decimal("5.3"), "KGM", "R20")
    assert line.line_extension_amount == Money(Decimal("-0.10"), "EUR")
    assert document.problems == ()


def test_comments_and_instructions_are_no_content() -> None:
    document = ubl.read(invoice("<!-- a --><?b c?><cbc:ID>F<!-- d -->-1</cbc:ID>"))
    assert document.id == Identifier("F-1")
    assert document.problems == ()


def test_known_elements_may_not_nest_without_end() -> None:
    around = "<cac:Delivery><cac:Shipment>" * 100, "</cac:Shipment></cac:Delivery>" * 100
    document = ubl.read(invoice(f"{around[0]}{around[1]}"))
    assert document.problems == ()
    with pytest.raises(UnreadableDocument, match="xml_too_deep"):
        ubl.read(invoice("<cac:Delivery><cac:Shipment>" * 200 + "</cac:Shipment></cac:Delivery>" * 200))


# Envelopes


def test_an_envelope_goes_on_and_comes_off() -> None:
    inside = invoice(
        "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order:3</cbc:CustomizationID>"
        "<cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:ordering:3</cbc:ProfileID><cbc:ID>Æ-1</cbc:ID>"
    )
    at = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
    wrapped = ubl.wrap_sbdh(
        inside, sender="0088:5790000436057", receiver="0184:16356706", instance_id="m-1", created=at
    )
    assert wrapped == ubl.wrap_sbdh(
        inside, sender="0088:5790000436057", receiver="0184:16356706", instance_id="m-1", created=at
    )
    identification, document = ubl.open_document(wrapped)
    assert document == ubl.read(inside)
    assert identification.document_type == "Invoice"
    assert identification.sbdh == ubl.Envelope(
        sender="0088:5790000436057",
        receiver="0184:16356706",
        instance_id="m-1",
        created="2026-09-01T08:30:00+00:00",
        document_type="Invoice",
        document_id=f"{INVOICE}::Invoice##urn:fdc:peppol.eu:poacc:trns:order:3::2.1",
        process_id="urn:fdc:peppol.eu:poacc:bis:ordering:3",
        country="DK",
    )


# Streams


def catalogue(lines: int, broken: str = "", after: str = "</Catalogue>", before: str = "") -> bytes:
    line = (
        "<cac:CatalogueLine><cbc:ID>{0}</cbc:ID><cbc:OrderableIndicator>true</cbc:OrderableIndicator>"
        "<cac:Item><cbc:Name>Vare {0}</cbc:Name></cac:Item></cac:CatalogueLine>\n"
    )
    body = "".join(line.format(number) for number in range(1, lines + 1))
    return (
        f'{before}<Catalogue xmlns="{CATALOGUE}" xmlns:cbc="{CBC}" xmlns:cac="{CAC}">'
        "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:catalogue:3</cbc:CustomizationID>"
        f"<cbc:ID>K-1</cbc:ID><cbc:ActionCode>Replace</cbc:ActionCode>{body}{broken}{after}"
    ).encode()


def test_a_catalogue_is_streamed_with_its_header(tmp_path: Path) -> None:
    file = tmp_path / "k.xml"
    file.write_bytes(catalogue(300))
    stream = ubl.read_catalogue_lines(file)
    assert stream.identification.profile is ubl.PEPPOL
    assert stream.header.id == Identifier("K-1")
    assert stream.header.catalogue_lines == ()
    read = list(stream)
    assert [one.number for one in read] == list(range(1, 301))
    whole = ubl.read(catalogue(300))
    assert isinstance(whole, ubl.Catalogue)
    assert tuple(one.line for one in read) == whole.catalogue_lines


@pytest.mark.parametrize("opened", [bytes, lambda data: io.BytesIO(data)])
def test_a_stream_may_come_from_memory(opened: Callable[[bytes], bytes | io.BytesIO]) -> None:
    assert len(list(ubl.read_catalogue_lines(opened(catalogue(3))))) == 3


def test_what_may_stand_between_two_lines_is_counted_anew_at_each() -> None:
    long = catalogue(60_000)
    assert len(long) > MAX_LINE_BYTES
    assert sum(1 for _ in ubl.read_catalogue_lines(long)) == 60_000


def test_an_empty_catalogue_has_a_header() -> None:
    stream = ubl.read_catalogue_lines(catalogue(0))
    assert stream.header.id == Identifier("K-1")
    assert list(stream) == []


def test_an_enveloped_catalogue_streams_too() -> None:
    at = datetime(2026, 9, 1, tzinfo=UTC)
    wrapped = ubl.wrap_sbdh(catalogue(2), sender="0088:1", receiver="0088:2", instance_id="m", created=at)
    stream = ubl.read_catalogue_lines(wrapped)
    assert stream.identification.sbdh is not None
    assert [one.line.id for one in stream] == [Identifier("1"), Identifier("2")]


def test_the_problems_of_a_line_are_its_own() -> None:
    broken = (
        "<cac:CatalogueLine><cbc:ID>x</cbc:ID><cbc:OrderableIndicator>nej</cbc:OrderableIndicator></cac:CatalogueLine>"
    )
    one, two = ubl.read_catalogue_lines(catalogue(1, broken))
    assert one.problems == ()
    assert [(problem.code, problem.values["line"]) for problem in two.problems] == [("not_an_indicator", 2)]
    assert two.line.id == Identifier("x")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04", "compressed_file"),
        (b"intet", "not_xml"),
        (invoice(), "unknown_document_type"),
        (catalogue(1, before='<!DOCTYPE Catalogue [<!ENTITY x "y">]>'), "hostile_xml"),
    ],
)
def test_a_stream_refuses_at_once_what_is_no_catalogue(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as refusal:
        ubl.read_catalogue_lines(data)
    assert refusal.value.code == code


def test_a_stream_that_breaks_off_says_so_when_it_gets_there() -> None:
    stream = ubl.read_catalogue_lines(catalogue(5000, after=""))
    with pytest.raises(UnreadableDocument, match="truncated_xml"):
        list(stream)


def test_an_entity_hidden_in_a_line_is_refused() -> None:
    hidden = "<cac:CatalogueLine><cbc:ID>&x;</cbc:ID></cac:CatalogueLine>"
    stream = ubl.read_catalogue_lines(catalogue(1, hidden, before='<!DOCTYPE Catalogue SYSTEM "x.dtd">'))
    with pytest.raises(UnreadableDocument, match="hostile_xml"):
        list(stream)


def test_one_line_may_not_fill_the_memory() -> None:
    class Endless(io.RawIOBase):
        """A catalogue whose first line never ends."""

        given = 0

        def read(self, size: int = -1) -> bytes:
            start = catalogue(0, "<cac:CatalogueLine>", "") if not self.given else b"<cbc:Note>n</cbc:Note>" * 3000
            self.given += len(start)
            return start

    endless = Endless()
    with pytest.raises(UnreadableDocument, match="document_too_large"):
        ubl.read_catalogue_lines(endless)  # pyright: ignore[reportArgumentType]
    assert endless.given < 2 * MAX_LINE_BYTES
