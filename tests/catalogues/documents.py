"""Catalogue documents and agreements for the tests, in our own words."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from xml.sax.saxutils import escape

import catalogues
from eshop.db import EVERYONE, Database
from eshop.identity import Actor, Municipality

AT = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
TODAY = date(2026, 5, 4)
CVR = "29000001"
SUPPLIER = {"cvr": "10001978", "gln": "5790010000019", "name": "HygiejneHuset A/S"}


def town(database: Database, cvr: str = CVR) -> Actor:
    """A municipality; the actor is its system, which may do everything."""
    with database.work(EVERYONE) as session:
        made = Municipality(cvr=cvr, name="Lindeå Kommune")
        session.add(made)
        session.flush()
        return Actor.system(made.id, AT, "cli")


def agreement(number: str = "50.40", **fields: Any) -> dict[str, Any]:
    """An agreement in the form of INTERFACES §2, joined by the municipality."""
    return {
        "number": number,
        "title": f"Aftale {number}",
        "level": "joint_mandatory",
        "from": "2026-01-01",
        "to": "2027-12-31",
        "supplier": SUPPLIER,
        "joined": [{"cvr": CVR}],
    } | fields


def line(ref: str = "1", **fields: Any) -> dict[str, Any]:
    """A plain line; `prices` are (amount, fields) where the fields may say minimum, start, end, base, factor, currency."""
    return {
        "ref": ref,
        "number": f"V-{ref}",
        "name": f"Håndsæbe mild {ref}",
        "unit": "XCT",
        "content": ("12", "C62"),
        "price": "240.00",
        "unspsc": "47131810",
        "vat": "25",
    } | fields


def catalogue(lines: Iterable[Mapping[str, Any]], **fields: Any) -> bytes:
    """A Peppol BIS Catalogue 3 with these lines (see `line`)."""
    head = {
        "id": "KAT-1",
        "version": "1",
        "action": "Replace",
        "issue": "2026-04-01",
        "start": "2026-01-01",
        "end": "2027-12-31",
        "contract": "50.40",
        "gln": SUPPLIER["gln"],
        "cvr": SUPPLIER["cvr"],
        "name": SUPPLIER["name"],
    } | fields
    action = f"<cbc:ActionCode>{head['action']}</cbc:ActionCode>" if head["action"] else ""
    contract = f"<cac:ReferencedContract><cbc:ID>{head['contract']}</cbc:ID></cac:ReferencedContract>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Catalogue xmlns="urn:oasis:names:specification:ubl:schema:xsd:Catalogue-2" '
        'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
        'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
        "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:catalogue:3</cbc:CustomizationID>"
        "<cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3</cbc:ProfileID>"
        f"<cbc:ID>{head['id']}</cbc:ID>{action}<cbc:IssueDate>{head['issue']}</cbc:IssueDate>"
        f"<cbc:VersionID>{head['version']}</cbc:VersionID>{_period('ValidityPeriod', head['start'], head['end'])}"
        f"{contract if head['contract'] else ''}"
        f'<cac:ProviderParty><cbc:EndpointID schemeID="0088">{head["gln"]}</cbc:EndpointID>'
        f'<cac:PartyIdentification><cbc:ID schemeID="0184">DK{head["cvr"]}</cbc:ID></cac:PartyIdentification>'
        f"<cac:PartyLegalEntity><cbc:RegistrationName>{escape(str(head['name']))}</cbc:RegistrationName>"
        "</cac:PartyLegalEntity></cac:ProviderParty>"
        "<cac:ReceiverParty><cac:PartyLegalEntity><cbc:RegistrationName>Lindeå Kommune</cbc:RegistrationName>"
        "</cac:PartyLegalEntity></cac:ReceiverParty>"
        f"{''.join(_line(one) for one in lines)}</Catalogue>"
    ).encode()


def _period(name: str, start: str | None, end: str | None) -> str:
    if not start and not end:
        return ""
    first = f"<cbc:StartDate>{start}</cbc:StartDate>" if start else ""
    last = f"<cbc:EndDate>{end}</cbc:EndDate>" if end else ""
    return f"<cac:{name}>{first}{last}</cac:{name}>"


def _value(name: str, value: Any, unit: str | None = None) -> str:
    if value is None:
        return ""
    attribute = f' unitCode="{unit}"' if unit else ""
    return f"<cbc:{name}{attribute}>{escape(str(value))}</cbc:{name}>"


def _price(amount: Any, said: Mapping[str, Any], unit: str | None) -> str:
    currency = said.get("currency", "DKK")
    base = _value("BaseQuantity", said.get("base"), said.get("base_unit", unit)) if said.get("base") else ""
    return (
        "<cac:RequiredItemLocationQuantity>"
        f"{_value('MinimumQuantity', said.get('minimum'), unit)}{_value('MaximumQuantity', said.get('maximum'), unit)}"
        f'<cac:Price><cbc:PriceAmount currencyID="{currency}">{amount}</cbc:PriceAmount>{base}'
        f"{_value('OrderableUnitFactorRate', said.get('factor'))}"
        f"{_period('ValidityPeriod', said.get('start'), said.get('end'))}</cac:Price></cac:RequiredItemLocationQuantity>"
    )


def _line(one: Mapping[str, Any]) -> str:
    unit = one.get("unit")
    said = {name: one[name] for name in ("base", "base_unit", "factor", "currency") if name in one}
    prices = one.get("prices") or ([(one["price"], {})] if one.get("price") is not None else [])
    content = one.get("content")
    gtin = one.get("gtin")
    return (
        f"<cac:CatalogueLine><cbc:ID>{escape(str(one['ref']))}</cbc:ID>{_value('ActionCode', one.get('action'))}"
        f"{_value('ContractSubdivision', one.get('lot'))}"
        f"{_value('OrderableIndicator', one.get('orderable'))}{_value('OrderableUnit', unit)}"
        f"{_value('ContentUnitQuantity', content[0], content[1]) if content else ''}"
        f"{_value('OrderQuantityIncrementNumeric', one.get('multiple'))}"
        f"{_value('MinimumOrderQuantity', one.get('minimum'), unit)}"
        f"{_value('MaximumOrderQuantity', one.get('maximum'), unit)}"
        f"{_period('LineValidityPeriod', one.get('start'), one.get('end'))}"
        f"{''.join(_price(amount, said | dict(more), unit) for amount, more in prices)}"
        "<cac:Item>"
        f"{_value('Description', one.get('description'))}{_value('Name', one.get('name'))}"
        f"{''.join(_value('Keyword', word) for word in one.get('keywords', ()))}{_value('BrandName', one.get('brand'))}"
        + (
            f"<cac:SellersItemIdentification><cbc:ID>{escape(str(one['number']))}</cbc:ID></cac:SellersItemIdentification>"
            if one.get("number")
            else ""
        )
        + (
            f'<cac:StandardItemIdentification><cbc:ID schemeID="0160">{gtin}</cbc:ID></cac:StandardItemIdentification>'
            if gtin
            else ""
        )
        + (
            "<cac:CommodityClassification>"
            f'<cbc:ItemClassificationCode listID="TST">{one["unspsc"]}</cbc:ItemClassificationCode>'
            "</cac:CommodityClassification>"
            if one.get("unspsc")
            else ""
        )
        + (
            f"<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{one['vat']}</cbc:Percent>"
            "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>"
            if one.get("vat")
            else ""
        )
        + "".join(
            "<cac:AdditionalItemProperty>"
            f"<cbc:Name>{escape(name)}</cbc:Name><cbc:Value>{escape(value)}</cbc:Value></cac:AdditionalItemProperty>"
            for name, value in one.get("properties", ())
        )
        + "".join(
            f"<cac:Certificate><cbc:ID>{code}</cbc:ID><cbc:CertificateTypeCode>{code}</cbc:CertificateTypeCode>"
            "<cbc:CertificateType>Environmental</cbc:CertificateType><cac:IssuerParty><cac:PartyName><cbc:Name>NA</cbc:Name>"
            "</cac:PartyName></cac:IssuerParty></cac:Certificate>"
            for code in one.get("labels", ())
        )
        + "</cac:Item></cac:CatalogueLine>"
    )


def load(
    database: Database, by: Actor, document: bytes, agreement: str | None = None, *, accept: Any = None
) -> catalogues.CatalogueVersion:
    """Loads a document to the end, commits at each step, and accepts it where `accept` says what."""
    with database.work(by.municipality_id) as session:
        version = None
        for progress in catalogues.load(session, document, agreement, by):
            session.commit()
            version = progress.version
        assert version is not None
        if accept is not None:
            version = catalogues.accept(session, version, by, accept)
    return version


def found(database: Database, by: Actor, version: catalogues.CatalogueVersion) -> dict[str, list[str]]:
    """Seller's item id → the codes of its findings, for every line that is not plain."""
    with database.read(by.municipality_id) as session:
        codes: dict[str, list[str]] = {}
        for row in catalogues.ledger_rows(session, version):
            codes.setdefault(row.seller_item_id or f"line {row.ref}", []).extend(one.code for one in row.findings)
    return codes


def live_set(database: Database, by: Actor, number: str = "50.40", on: date = TODAY) -> dict[str, str]:
    """Seller's item id → price of one order unit, for everything that can be ordered on the agreement that day."""
    with database.read(by.municipality_id) as session:
        ids = catalogues.item_ids(session, number)
        return {
            one.seller_item_id: f"{one.price.per_order_unit:.2f}"
            for one in catalogues.offers(session, ids, None, on).values()
            if one.orderable and one.price is not None
        }
