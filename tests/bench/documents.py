"""Documents in any number for the measurements: open orders, and the Peppol invoices that belong to them. Made by rule, so
that every run measures the same."""

from collections.abc import Iterator
from typing import Any

BUYER_CVR, BUYER_GLN = "29990115", "5798009911117"
SUPPLIERS = 20
LINES = 5

ORGANISATION: dict[str, Any] = {
    "municipality": {
        "cvr": BUYER_CVR,
        "name": "Prøvekøbing Kommune",
        "dimensions": ["account", "cost_centre"],
        "default_coding": {"account": "4000", "cost_centre": "1000"},
    },
    "institutions": [{"gln": BUYER_GLN, "name": "Prøvehuset"}],
    "people": [],
}

ACCOUNT = {"scheme": "DK:BANK", "registration": "1234", "account": "1234567890"}

INVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
 <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
 <cbc:ID>F-{number}</cbc:ID>
 <cbc:IssueDate>2026-09-15</cbc:IssueDate>
 <cbc:DueDate>2026-10-15</cbc:DueDate>
 <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:DocumentCurrencyCode>DKK</cbc:DocumentCurrencyCode>
 <cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>
 <cac:AccountingSupplierParty><cac:Party>
  <cbc:EndpointID schemeID="0184">DK{supplier}</cbc:EndpointID>
  <cac:PostalAddress><cbc:StreetName>Havnevej 1</cbc:StreetName><cbc:CityName>Prøvekøbing</cbc:CityName>
   <cbc:PostalZone>9999</cbc:PostalZone><cac:Country><cbc:IdentificationCode>DK</cbc:IdentificationCode></cac:Country>
  </cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>DK{supplier}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
  </cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>Prøvegros {supplier}</cbc:RegistrationName>
   <cbc:CompanyID schemeID="0184">{supplier}</cbc:CompanyID></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cbc:EndpointID schemeID="0088">{gln}</cbc:EndpointID>
  <cac:PostalAddress><cbc:StreetName>Torvet 1</cbc:StreetName><cbc:CityName>Prøvekøbing</cbc:CityName>
   <cbc:PostalZone>9999</cbc:PostalZone><cac:Country><cbc:IdentificationCode>DK</cbc:IdentificationCode></cac:Country>
  </cac:PostalAddress>
  <cac:PartyLegalEntity><cbc:RegistrationName>Prøvehuset</cbc:RegistrationName>
   <cbc:CompanyID schemeID="0184">{cvr}</cbc:CompanyID></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:PaymentMeans><cbc:PaymentMeansCode>42</cbc:PaymentMeansCode><cbc:PaymentID>{number}</cbc:PaymentID>
  <cac:PayeeFinancialAccount><cbc:ID>1234567890</cbc:ID>
   <cac:FinancialInstitutionBranch><cbc:ID>1234</cbc:ID></cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount>
 </cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount currencyID="DKK">{vat}</cbc:TaxAmount><cac:TaxSubtotal>
  <cbc:TaxableAmount currencyID="DKK">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="DKK">{vat}</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
  </cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="DKK">{net}</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="DKK">{net}</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="DKK">{gross}</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="DKK">{gross}</cbc:PayableAmount></cac:LegalMonetaryTotal>
{lines}</Invoice>
"""
LINE = """ <cac:InvoiceLine><cbc:ID>{line}</cbc:ID><cbc:InvoicedQuantity unitCode="C62">{quantity}</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="DKK">{net}</cbc:LineExtensionAmount>
  <cac:OrderLineReference><cbc:LineID>{line}0</cbc:LineID></cac:OrderLineReference>
  <cac:Item><cbc:Name>{name}</cbc:Name>
   <cac:SellersItemIdentification><cbc:ID>{item}</cbc:ID></cac:SellersItemIdentification>
   <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="DKK">{price}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
"""


def supplier(number: int) -> str:
    """A CVR number of the series that is given to nobody."""
    return str(10000000 + number % SUPPLIERS)


def order_number(number: int) -> str:
    return f"P-26-{number:06d}"


def _lines(number: int) -> Iterator[tuple[int, str, int, int]]:
    """(line, item, quantity, price in kroner)"""
    for line in range(1, LINES + 1):
        item = (number * 7 + line * 13) % 4000
        yield line, f"V{item:05d}", 1 + (number + line) % 9, 10 + item % 90


def order_rows(count: int) -> Iterator[dict[str, Any]]:
    """Rows of a file for `eshop load orders`: two-way orders that wait for their invoice."""
    for number in range(1, count + 1):
        cvr = supplier(number)
        yield {
            "number": order_number(number),
            "supplier": {"cvr": cvr, "name": f"Prøvegros {cvr}"},
            "institution": {"gln": BUYER_GLN, "name": "Prøvehuset"},
            "date": "2026-09-01",
            "status": "open",
            "match": "2-way",
            "currency": "DKK",
            "lines": [
                {
                    "line": f"{line}0",
                    "seller_item_id": item,
                    "name": f"Prøvevare {item}",
                    "quantity": str(quantity),
                    "unit": "C62",
                    "price": f"{price}.00",
                    "vat_percent": "25",
                }
                for line, item, quantity, price in _lines(number)
            ],
        }


def invoice(number: int) -> bytes:
    """The invoice that agrees with order `number` in every line."""
    net = sum(quantity * price for _, _, quantity, price in _lines(number))
    lines = "".join(
        LINE.format(
            line=line, quantity=quantity, net=f"{quantity * price}.00", name=f"Prøvevare {item}", item=item, price=price
        )
        for line, item, quantity, price in _lines(number)
    )
    vat = f"{net // 4}.{net % 4 * 25:02d}"
    gross = f"{net + net // 4}.{net % 4 * 25:02d}"
    return INVOICE.format(
        number=f"{number:06d}", order=order_number(number), supplier=supplier(number), gln=BUYER_GLN, cvr=BUYER_CVR,
        net=f"{net}.00", vat=vat, gross=gross, lines=lines,
    ).encode()  # fmt: skip
