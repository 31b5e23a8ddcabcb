"""Peppol catalogues of any size for the measurements, made by rule: some 3 kB and sixty elements a line, as suppliers write them."""

from pathlib import Path

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Catalogue xmlns="urn:oasis:names:specification:ubl:schema:xsd:Catalogue-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:catalogue:3</cbc:CustomizationID>
 <cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3</cbc:ProfileID>
 <cbc:ID>KAT-{version}</cbc:ID>
 <cbc:ActionCode>Replace</cbc:ActionCode>
 <cbc:IssueDate>2026-01-02</cbc:IssueDate>
 <cbc:VersionID>{version}</cbc:VersionID>
 <cac:ValidityPeriod><cbc:StartDate>2026-01-01</cbc:StartDate><cbc:EndDate>2027-12-31</cbc:EndDate></cac:ValidityPeriod>
 <cac:ReferencedContract><cbc:ID>50.99</cbc:ID></cac:ReferencedContract>
 <cac:ProviderParty><cbc:EndpointID schemeID="0088">5790010000019</cbc:EndpointID>
  <cac:PartyLegalEntity><cbc:RegistrationName>Prøvegros A/S</cbc:RegistrationName>
   <cbc:CompanyID schemeID="0184">DK10001978</cbc:CompanyID></cac:PartyLegalEntity></cac:ProviderParty>
"""
LINE = """ <cac:CatalogueLine>
  <cbc:ID>{n}</cbc:ID>
  <cbc:ActionCode>Add</cbc:ActionCode>
  <cbc:OrderableIndicator>true</cbc:OrderableIndicator>
  <cbc:OrderableUnit>XCT</cbc:OrderableUnit>
  <cbc:ContentUnitQuantity unitCode="C62">{pack}</cbc:ContentUnitQuantity>
  <cbc:OrderQuantityIncrementNumeric>1</cbc:OrderQuantityIncrementNumeric>
  <cbc:MinimumOrderQuantity unitCode="XCT">1</cbc:MinimumOrderQuantity>
  <cbc:MaximumOrderQuantity unitCode="XCT">500</cbc:MaximumOrderQuantity>
  <cbc:WarrantyInformation>Reklamation efter købeloven</cbc:WarrantyInformation>
  <cbc:PackLevelCode>TU</cbc:PackLevelCode>
  <cac:LineValidityPeriod>
   <cbc:StartDate>2026-01-01</cbc:StartDate>
   <cbc:EndDate>2027-12-31</cbc:EndDate>
  </cac:LineValidityPeriod>
  <cac:RequiredItemLocationQuantity>
   <cbc:LeadTimeMeasure unitCode="DAY">2</cbc:LeadTimeMeasure>
   <cbc:MinimumQuantity unitCode="XCT">1</cbc:MinimumQuantity>
   <cac:Price>
    <cbc:PriceAmount currencyID="DKK">{price}</cbc:PriceAmount>
    <cbc:BaseQuantity unitCode="XCT">1</cbc:BaseQuantity>
    <cbc:OrderableUnitFactorRate>1</cbc:OrderableUnitFactorRate>
    <cac:ValidityPeriod>
     <cbc:StartDate>2026-01-01</cbc:StartDate>
     <cbc:EndDate>2027-12-31</cbc:EndDate>
    </cac:ValidityPeriod>
   </cac:Price>
  </cac:RequiredItemLocationQuantity>
  <cac:Item>
   <cbc:Description>{name}. Velegnet til daglig brug i institutioner, plejecentre og køkkener. Leveres i karton.</cbc:Description>
   <cbc:PackQuantity unitCode="XCT">1</cbc:PackQuantity>
   <cbc:PackSizeNumeric>{pack}</cbc:PackSizeNumeric>
   <cbc:Name>{name}</cbc:Name>
   <cbc:Keyword>{thing}</cbc:Keyword>
   <cbc:Keyword>{use}</cbc:Keyword>
   <cbc:BrandName>{brand}</cbc:BrandName>
   <cac:SellersItemIdentification>
    <cbc:ID>PG-{n:07d}</cbc:ID>
   </cac:SellersItemIdentification>
   <cac:ManufacturersItemIdentification>
    <cbc:ID>M{n:09d}</cbc:ID>
   </cac:ManufacturersItemIdentification>
   <cac:StandardItemIdentification>
    <cbc:ID schemeID="0160">{gtin}</cbc:ID>
   </cac:StandardItemIdentification>
   <cac:ItemSpecificationDocumentReference>
    <cbc:ID>{n}</cbc:ID>
    <cac:Attachment>
     <cac:ExternalReference>
      <cbc:URI>https://billeder.eksempel.dk/varer/{n}.jpg</cbc:URI>
     </cac:ExternalReference>
    </cac:Attachment>
   </cac:ItemSpecificationDocumentReference>
   <cac:OriginCountry>
    <cbc:IdentificationCode>DK</cbc:IdentificationCode>
   </cac:OriginCountry>
   <cac:CommodityClassification>
    <cbc:ItemClassificationCode listID="TST" listVersionID="26.0801">{unspsc}</cbc:ItemClassificationCode>
   </cac:CommodityClassification>
   <cac:ClassifiedTaxCategory>
    <cbc:ID>S</cbc:ID>
    <cbc:Percent>25</cbc:Percent>
    <cac:TaxScheme>
     <cbc:ID>VAT</cbc:ID>
    </cac:TaxScheme>
   </cac:ClassifiedTaxCategory>
   <cac:AdditionalItemProperty>
    <cbc:Name>Farve</cbc:Name>
    <cbc:Value>{colour}</cbc:Value>
   </cac:AdditionalItemProperty>
   <cac:AdditionalItemProperty>
    <cbc:Name>Vægt</cbc:Name>
    <cbc:Value>{pack}00 g</cbc:Value>
   </cac:AdditionalItemProperty>
   <cac:ManufacturerParty>
    <cac:PartyName>
     <cbc:Name>{brand} A/S</cbc:Name>
    </cac:PartyName>
   </cac:ManufacturerParty>
   <cac:Certificate>
    <cbc:ID>{label}</cbc:ID>
    <cbc:CertificateTypeCode>{label}</cbc:CertificateTypeCode>
    <cbc:CertificateType>Environmental</cbc:CertificateType>
    <cac:IssuerParty>
     <cac:PartyName>
      <cbc:Name>NA</cbc:Name>
     </cac:PartyName>
    </cac:IssuerParty>
   </cac:Certificate>
  </cac:Item>
 </cac:CatalogueLine>
"""
THINGS = (
    "håndsæbe engangshandsker toiletpapir køkkenrulle affaldspose skurecreme gulvvask mikrofiberklud kuglepen kopipapir ringbind "
    "bleer vådserviet plaster termometer gryde tallerken kaffe mælk rugbrød havregryn ost banan kartoffel legetøj puslespil maling "
    "pensel skrue bor hammer batteri lommelygte arbejdssko regnjakke drikkedunk madkasse tusch whiteboard skærm tastatur"
).split()
KINDS = "mild parfumefri ekstra blød kraftig fin grov stor lille økonomi premium basis klassisk".split()
USES = "rengøring kontor pleje køkken leg værksted undervisning".split()
COLOURS = "hvid blå grøn rød sort gul klar".split()
BRANDS = [f"Mærke{number}" for number in range(60)]
GROUPS = "47131810 42132203 14111704 14111703 47121701 44121704 14111507 53102305 48101801 50201706 60141102 31211904".split()


def gtin(number: int) -> str:
    digits = f"57{number:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str((10 - total % 10) % 10)


def write_catalogue(path: Path, lines: int, *, version: int = 1, changed_every: int = 0, start: int = 0) -> Path:
    """A catalogue of `lines`; of a later version every `changed_every`th line costs two percent more."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD.format(version=version))
        for n in range(start, start + lines):
            thing = THINGS[n % len(THINGS)]
            kind = KINDS[n // 7 % len(KINDS)]
            ore = 1000 + n * 37 % 90000
            if changed_every and n % changed_every == 0:
                ore = ore * 102 // 100
            file.write(
                LINE.format(
                    n=n,
                    pack=(6, 10, 12, 24)[n % 4],
                    price=f"{ore // 100}.{ore % 100:02d}",
                    name=f"{thing.capitalize()} {kind} {COLOURS[n % 7]} {n % 997} nr. {n}",
                    thing=thing,
                    use=USES[n % len(USES)],
                    brand=BRANDS[n % len(BRANDS)],
                    gtin=gtin(n),
                    unspsc=GROUPS[n % len(GROUPS)],
                    colour=COLOURS[n % 7],
                    label="NORDIC_SWAN" if n % 5 == 0 else "NA",
                )
            )
        file.write("</Catalogue>\n")
    return path
