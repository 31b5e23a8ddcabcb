"""BMEcat: prices per quantity, languages, transactions, and the real files of a manufacturer."""

from decimal import Decimal

import pytest

from eshop.errors import BadInput
from eshop.formats import open_catalogue

CATALOGUE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<BMECAT version="2005" xmlns="http://www.bmecat.org/bmecat/2005">
 <HEADER><CATALOG><LANGUAGE>dan</LANGUAGE><CATALOG_ID>EL-1</CATALOG_ID><CATALOG_VERSION>3.0</CATALOG_VERSION>
  <CURRENCY>DKK</CURRENCY></CATALOG><AGREEMENT><AGREEMENT_ID>50.77</AGREEMENT_ID></AGREEMENT>
  <SUPPLIER><SUPPLIER_ID type="iln">5790010000019</SUPPLIER_ID><SUPPLIER_NAME>Elkompagniet</SUPPLIER_NAME></SUPPLIER></HEADER>
 <{transaction}>
  <PRODUCT mode="{mode}"><SUPPLIER_PID>E-77</SUPPLIER_PID>
   <PRODUCT_DETAILS><DESCRIPTION_SHORT lang="deu">Kabel</DESCRIPTION_SHORT>
    <DESCRIPTION_SHORT lang="dan">Kabel 3x1,5 mm², hvid</DESCRIPTION_SHORT><EAN>5701234567899</EAN>
    <KEYWORD lang="dan">ledning</KEYWORD><KEYWORD lang="deu">Leitung</KEYWORD></PRODUCT_DETAILS>
   <PRODUCT_FEATURES><REFERENCE_FEATURE_SYSTEM_NAME>UNSPSC</REFERENCE_FEATURE_SYSTEM_NAME>
    <REFERENCE_FEATURE_GROUP_ID>26121600</REFERENCE_FEATURE_GROUP_ID>
    <FEATURE><FNAME>Mærke</FNAME><FVALUE>Svanemærket</FVALUE></FEATURE></PRODUCT_FEATURES>
   <PRODUCT_ORDER_DETAILS><ORDER_UNIT>MTR</ORDER_UNIT><CONTENT_UNIT>MTR</CONTENT_UNIT><NO_CU_PER_OU>1</NO_CU_PER_OU>
    <PRICE_QUANTITY>100</PRICE_QUANTITY><QUANTITY_MIN>50</QUANTITY_MIN><QUANTITY_INTERVAL>10</QUANTITY_INTERVAL>
   </PRODUCT_ORDER_DETAILS>
   <PRODUCT_PRICE_DETAILS><DATETIME type="valid_start_date"><DATE>2026-02-01</DATE></DATETIME>
    <PRODUCT_PRICE price_type="nrp"><PRICE_AMOUNT>999</PRICE_AMOUNT></PRODUCT_PRICE>
    <PRODUCT_PRICE price_type="net_customer"><PRICE_AMOUNT>450.00</PRICE_AMOUNT><TAX>0.25</TAX></PRODUCT_PRICE>
    <PRODUCT_PRICE price_type="net_customer"><PRICE_AMOUNT>450.00</PRICE_AMOUNT><PRICE_FACTOR>0.9</PRICE_FACTOR>
     <LOWER_BOUND>500</LOWER_BOUND></PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>
  </PRODUCT>
 </{transaction}>
</BMECAT>
"""


def test_a_new_catalogue():
    reader = open_catalogue(CATALOGUE.format(transaction="T_NEW_CATALOG", mode="new").encode("latin-1"))
    heading = reader.heading
    assert (heading.action, heading.contract, heading.supplier_numbers) == ("Replace", "50.77", ("5790010000019",))
    (draft,) = reader.lines()
    assert (draft.name, draft.unit, draft.unspsc, draft.gtin) == (
        "Kabel 3x1,5 mm², hvid",
        "MTR",
        "26121600",
        "5701234567899",
    )
    assert draft.keywords == ("ledning",)
    assert [(one.minimum_quantity, one.per_order_unit) for one in draft.prices] == [
        (Decimal(1), Decimal("4.5")),
        (Decimal(500), Decimal("4.05")),
    ]
    assert draft.vat_percent == 25


def test_updates_say_what_they_do():
    reader = open_catalogue(CATALOGUE.format(transaction="T_UPDATE_PRODUCTS", mode="delete").encode("latin-1"))
    assert (reader.heading.action, [draft.action for draft in reader.lines()]) == ("Update", ["Delete"])
    reader = open_catalogue(CATALOGUE.format(transaction="T_UPDATE_PRICES", mode="update").encode("latin-1"))
    assert [draft.action for draft in reader.lines()] == ["Price"]


def test_an_internal_dtd_is_refused():
    hostile = '<?xml version="1.0"?><!DOCTYPE BMECAT [<!ENTITY a "b">]>' + CATALOGUE.split("?>", 1)[1]
    with pytest.raises(BadInput) as refused:
        open_catalogue(hostile.format(transaction="T_NEW_CATALOG", mode="new").encode())
    assert refused.value.code in ("internal_dtd", "catalogue_not_xml")


@pytest.mark.corpus
def test_the_manufacturers_real_files(corpus):
    for path in sorted((corpus / "standards/catalogue-content/bmecat").glob("*.xml")):
        reader = open_catalogue(path)
        (draft,) = reader.lines()
        assert draft.seller_item_id
        assert draft.name
        assert draft.details["properties"]
        assert draft.gtin
