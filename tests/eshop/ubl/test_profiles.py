"""Profiles: which one a document follows, where its sums stand, who is who, and how our own words are said in each."""

from decimal import Decimal

import pytest

from eshop import ubl
from eshop.ubl import EN16931, OIOUBL, PEPPOL, UBL, Code, Identifier, Measure, Money
from eshop.ubl.profiles import PROFILES, profile_named, recognise
from tests.eshop.ubl.papers import BUYER, PAPERS, SELLER, catalogue, invoice, invoice_response, kr, order


@pytest.mark.parametrize(
    ("customization", "profile"),
    [
        ("OIOUBL-2.1", OIOUBL),
        ("OIOUBL-2.02", OIOUBL),
        ("OIOUBL-2.01", OIOUBL),
        ("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", PEPPOL),
        ("urn:fdc:peppol.eu:poacc:trns:order:3", PEPPOL),
        ("urn:fdc:peppol.eu:poacc:trns:invoice_response:3", PEPPOL),
        ("urn:cen.eu:en16931:2017", EN16931),
        ("urn:cen.eu:en16931:2017#compliant#urn:xoev-de:kosit:standard:xrechnung_2.0", EN16931),
        ("urn:www.cenbii.eu:transaction:biicoretrdm010:ver1.0", UBL),
        ("", UBL),
        (None, UBL),
    ],
)
def test_a_document_says_which_profile_it_follows(customization: str | None, profile: ubl.Profile) -> None:
    assert recognise(customization) is profile


@pytest.mark.parametrize(
    ("process", "profile"),
    [
        ("Procurement-BilSim-1.0", OIOUBL),
        ("urn:www.nesubl.eu:profiles:profile5:ver2.0", OIOUBL),
        ("urn:fdc:peppol.eu:poacc:bis:ordering:3", PEPPOL),
        ("Invoicing on purchase order", UBL),
    ],
)
def test_the_process_tells_where_the_customization_is_forgotten(process: str, profile: ubl.Profile) -> None:
    assert recognise(None, process) is profile
    assert recognise("urn:own", process) is UBL


def test_profiles_are_known_by_their_interface_word() -> None:
    assert list(PROFILES) == ["oioubl-2.1", "peppol-bis-3", "en16931", "ubl-2.1"]
    assert profile_named("peppol-bis-3") is PEPPOL
    with pytest.raises(KeyError):
        profile_named("nemhandel-bis-4")


# Sums: OIOUBL's TaxExclusiveAmount is the tax, Peppol's the net.

DISCOUNTED = ubl.MonetaryTotal(
    line_extension_amount=kr("5000.00"),
    allowance_total_amount=kr("100.00"),
    charge_total_amount=kr("50.00"),
    tax_inclusive_amount=kr("6187.50"),
    payable_amount=kr("6187.50"),
)


def test_the_sums_stand_where_the_profile_puts_them() -> None:
    said = {"oioubl-2.1": "1237.50", "peppol-bis-3": "4950.00"}
    for word, tax_exclusive in said.items():
        profile = profile_named(word)
        document = ubl.Invoice(
            document_currency_code=Code("DKK"),
            tax_totals=(
                ubl.TaxTotal(tax_amount=kr("1237.50")),
                ubl.TaxTotal(tax_amount=Money(Decimal("165.92"), "EUR")),
            ),
            legal_monetary_total=ubl.MonetaryTotal(**{**vars(DISCOUNTED), "tax_exclusive_amount": kr(tax_exclusive)}),
        )
        assert profile.net_total(document) == kr("4950.00")
        assert profile.tax_total(document) == kr("1237.50")
        assert profile.gross_total(document) == kr("6187.50")


def test_oioubl_adds_up_its_kinds_of_tax_where_it_gives_no_sum() -> None:
    document = ubl.Invoice(
        document_currency_code=Code("DKK"),
        tax_totals=(ubl.TaxTotal(tax_amount=kr("10.00")), ubl.TaxTotal(tax_amount=kr("2.50"))),
        legal_monetary_total=ubl.MonetaryTotal(payable_amount=kr("62.50")),
    )
    assert OIOUBL.tax_total(document) == kr("12.50")
    assert OIOUBL.net_total(document) is None
    assert OIOUBL.gross_total(document) == kr("62.50")


def test_a_document_without_sums_says_none() -> None:
    for profile in PROFILES.values():
        assert profile.net_total(ubl.DespatchAdvice()) is None
        assert profile.tax_total(ubl.Invoice()) is None
        assert profile.gross_total(ubl.OrderCancellation()) is None


def test_reading_and_saying_agree_on_the_sums() -> None:
    for profile in (OIOUBL, PEPPOL, EN16931):
        read = ubl.read(ubl.write(invoice, profile))
        assert profile.net_total(read) == kr("1050.60")
        assert profile.tax_total(read) == kr("262.65")
        assert profile.gross_total(read) == kr("1313.25")


# Who is who


@pytest.mark.parametrize("profile", [None, "oioubl-2.1", "peppol-bis-3"])
def test_parties_are_found_by_their_numbers_in_every_profile(profile: str | None) -> None:
    for document in (invoice, order):
        read = ubl.read(ubl.write(document, profile))
        seller = ubl.numbers_of(ubl.seller_of(read))
        assert (seller.gln, seller.cvr) == ("5790000435975", "16356706")
        assert ubl.numbers_of(ubl.buyer_of(read)).gln == "5790000436057"
    offered = ubl.read(ubl.write(catalogue, profile))
    assert ubl.numbers_of(ubl.seller_of(offered)).gln == "5790000435975"
    answer = ubl.read(ubl.write(invoice_response, profile))
    assert ubl.numbers_of(ubl.seller_of(answer)).gln == "5790000436057"  # the buyer sends it
    assert ubl.name_of(SELLER) == "Nordpapir A/S"
    assert ubl.name_of(None) is None


@pytest.mark.parametrize(
    ("number", "cvr"),
    [
        (Identifier("DK16356706", "DK:CVR"), "16356706"),
        (Identifier("16356706", "0184"), "16356706"),
        (Identifier("DK 16 35 67 06", "9902"), "16356706"),
        (Identifier("DK16356706", "DK:SE"), "16356706"),
        (Identifier("DK16356706"), "16356706"),
        (Identifier("16356706"), None),
        (Identifier("16356706", "0192"), None),
        (Identifier("1635670", "DK:CVR"), None),
    ],
)
def test_a_cvr_number_is_eight_digits_under_a_danish_scheme(number: Identifier, cvr: str | None) -> None:
    party = ubl.Party(party_legal_entities=(ubl.PartyLegalEntity(company_id=number),))
    expected = None if number.scheme_id == "DK:SE" else cvr
    assert ubl.numbers_of(party).cvr == expected
    by_identification = ubl.Party(party_identifications=(ubl.PartyIdentification(id=number),))
    assert ubl.numbers_of(by_identification).cvr == cvr


@pytest.mark.parametrize(
    ("number", "gln"),
    [
        (Identifier("5790000436057", "GLN", "9"), "5790000436057"),
        (Identifier("5790000436057", "0088"), "5790000436057"),
        (Identifier("5790000436057"), "5790000436057"),
        (Identifier("579 0000 436057", "GLN"), "5790000436057"),
        (Identifier("7300010000001"), None),
        (Identifier("579000043605", "GLN"), None),
    ],
)
def test_a_gln_is_thirteen_digits(number: Identifier, gln: str | None) -> None:
    assert ubl.numbers_of(ubl.Party(endpoint_id=number)).gln == gln


def test_the_cvr_of_the_legal_entity_goes_before_the_vat_number() -> None:
    party = ubl.Party(
        party_tax_schemes=(ubl.PartyTaxScheme(company_id=Identifier("DK11111111", "DK:SE")),),
        party_legal_entities=(ubl.PartyLegalEntity(company_id=Identifier("DK22222222", "DK:CVR")),),
    )
    numbers = ubl.numbers_of(party)
    assert (numbers.cvr, numbers.cvrs, numbers.vat) == ("22222222", ("22222222", "11111111"), "DK11111111")


# How our own words are said


def said(document: ubl.Document, profile: ubl.Profile) -> str:
    return ubl.write(document, profile).decode()


def test_the_same_order_in_both_words() -> None:
    peppol, oioubl = said(order, PEPPOL), said(order, OIOUBL)
    assert '<cbc:EndpointID schemeID="0088">5790000436057</cbc:EndpointID>' in peppol
    assert '<cbc:EndpointID schemeID="GLN" schemeAgencyID="9">5790000436057</cbc:EndpointID>' in oioubl
    assert '<cbc:CompanyID schemeID="0184">DK16356706</cbc:CompanyID>' in peppol
    assert '<cbc:CompanyID schemeID="DK:CVR">DK16356706</cbc:CompanyID>' in oioubl
    assert '<cbc:Quantity unitCode="XBX">4</cbc:Quantity>' in peppol
    assert '<cbc:Quantity unitCode="BX">4.00</cbc:Quantity>' in oioubl
    assert "<cbc:ID>S</cbc:ID>" in peppol
    assert 'schemeAgencyID="320">StandardRated</cbc:ID>' in oioubl
    assert '<cbc:TaxExclusiveAmount currencyID="DKK">1050.60<' in peppol
    assert '<cbc:TaxExclusiveAmount currencyID="DKK">262.65<' in oioubl
    assert "<cbc:StreetName>Åvej 12</cbc:StreetName>" in peppol
    assert "<cbc:BuildingNumber>12</cbc:BuildingNumber>" in oioubl
    assert "AddressFormatCode" not in peppol
    assert ">StructuredDK</cbc:AddressFormatCode>" in oioubl
    assert '<cbc:ItemClassificationCode listID="TST" listVersionID="19.0501">' in peppol
    assert '<cbc:ItemClassificationCode listID="UNSPSC" listAgencyID="113" listVersionID="19.0501">' in oioubl


@pytest.mark.parametrize("profile", [PEPPOL, OIOUBL, EN16931])
@pytest.mark.parametrize("name", PAPERS)
def test_saying_twice_is_saying_once(name: str, profile: ubl.Profile) -> None:
    document, transaction = PAPERS[name]
    once = profile.express(document, transaction)
    assert profile.express(once, transaction) == once


def test_a_document_keeps_what_it_calls_itself() -> None:
    own = ubl.Order(customization_id=Identifier("urn:own"), profile_id=Identifier("urn:process"))
    assert PEPPOL.express(own) == own


def test_an_address_without_a_house_number_is_lax() -> None:
    buyer = ubl.Party(postal_address=ubl.Address(street_name="Åvej", city_name="Lindeå", postal_zone="4990"))
    expressed = OIOUBL.express(ubl.Order(buyer_customer_party=ubl.CustomerParty(party=buyer)))
    assert isinstance(expressed, ubl.Order)
    assert ">StructuredLax<" in said(expressed, OIOUBL)


def test_oioubl_lines_say_their_tax_to_the_oere() -> None:
    line = ubl.InvoiceLine(
        invoiced_quantity=Measure(Decimal(1), "EA"),
        line_extension_amount=kr("0.50"),
        item=ubl.Item(classified_tax_categories=(ubl.TaxCategory(id=Identifier("S"), percent=Decimal(25)),)),
    )
    expressed = OIOUBL.express(ubl.Invoice(invoice_lines=(line,)))
    assert isinstance(expressed, ubl.Invoice)
    assert expressed.invoice_lines[0].tax_totals[0].tax_amount == kr("0.13")  # 0.125, half away from zero


def test_a_generic_document_is_written_in_our_own_words() -> None:
    assert UBL.express(order) is order
    assert ubl.write(order, "ubl-2.1") == ubl.write(order)
    assert BUYER.endpoint_id == Identifier("5790000436057", "GLN")
