"""OIOUBL 2.1: the parts that all documents share: parties, addresses, periods, references, taxes, charges (F-LIB*).

Each rule is asked about every part of its class that stands where the official sheets look. Source: OIOUBL 2.1, rules
1.17.2 (1 May 2026). JurisdictionRegionAddress, which may hold nothing but a country, is not read and so not judged.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from eshop.findings import Finding
from eshop.ubl.codelists import codes, oioubl_list
from eshop.ubl.parties import (
    Address,
    Attachment,
    Contact,
    DocumentReference,
    Location,
    Party,
    PartyIdentification,
    PartyLegalEntity,
    PartyTaxScheme,
    Period,
    Person,
    TaxScheme,
)
from eshop.ubl.payments import AllowanceCharge, ExchangeRate, TaxCategory
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Each, Rule, blank, decimals, text_of

PARTIES: Final = frozenset({"party", "payee_party", "delivery_party", "signatory_party"})
"""The fields whose parties are judged; a manufacturer or issuer may be as incomplete as it likes."""


def parties(facts: Facts) -> Iterable[Node]:
    return (node for node in facts.nodes[Party] if node[2] in PARTIES)


def of_parties(kind: type, field: str) -> Callable[[Facts], Iterable[Node]]:
    """Parts of judged parties: of_parties(PartyTaxScheme, 'party_tax_schemes')."""
    return lambda facts: (node for node in facts.nodes[kind] if node[2] == field and _in(node, PARTIES))


def _in(node: Node, fields: Iterable[str]) -> bool:
    return node[1] is not None and node[1][2] in fields


def locations(facts: Facts) -> Iterable[Node]:
    """Places that are judged: where parties are, where is delivered to."""
    for node in facts.nodes[Location]:
        if node[2] == "physical_location":
            if _in(node, PARTIES):
                yield node
        elif node[2] == "delivery_location" and _in(node, ("deliveries", "delivery_terms")):
            yield node


def addresses(facts: Facts) -> Iterable[Node]:
    for node in facts.nodes[Address]:
        if node[2] == "postal_address":
            if _in(node, PARTIES):
                yield node
        elif node[2] == "origin_addresses":
            yield node
    for place in locations(facts):
        if place[0].address is not None:
            yield (place[0].address, place, "address", 0)


# Parties


def unnamed(party: Any, _: Any) -> bool:
    """F-LIB022: a party is known by a number or a name."""
    numbered = party.party_identifications and not any(
        found.id is not None and not found.id.value for found in party.party_identifications
    )
    named = party.party_names and not any(found.name == "" for found in party.party_names)
    return not numbered and not named


def endpoint_scheme_unknown(party: Any, _: Any) -> Broken:
    endpoint = party.endpoint_id
    if endpoint is None or endpoint.scheme_id in ENDPOINTS:
        return False
    return {"value": endpoint.scheme_id or ""}


def malformed(scheme: str, kept: Callable[[str], bool]) -> Callable[[Any], Broken]:
    """Whether an identifier of a scheme is not written as the scheme wants it."""
    return lambda found: (
        found is not None and found.scheme_id == scheme and not kept(found.value) and {"value": found.value}
    )


def _danish(text: str) -> bool:
    return len(text) == 10 and text.startswith("DK")


def _long(length: int) -> Callable[[str], bool]:
    return lambda text: len(text) == length


ENDPOINTS: Final = codes("endpoint-schemes", "oioubl")
PARTY_SCHEMES: Final = codes("party-schemes", "oioubl")
LEGAL_SCHEMES: Final = oioubl_list("PartyLegalEntity")
TAX_SCHEMES: Final = oioubl_list("PartyTaxScheme")
COUNTRIES: Final = codes("countries", "oioubl")


def identifier_rules(field: str, **by_scheme: str) -> list[Rule]:
    """The rules of how an identifier is written: identifier_rules('endpoint_id', cvr='F-LIB180')."""
    checks = {
        "cvr": ("DK:CVR", _danish),
        "se": ("DK:SE", _danish),
        "gln": ("GLN", _long(13)),
        "ean": ("EAN", _long(13)),
        "cpr": ("DK:CPR", _long(10)),
        "p": ("DK:P", _long(10)),
    }
    found = []
    for name, rule in by_scheme.items():
        scheme, kept = checks[name]
        broken = malformed(scheme, kept)
        found.append(Rule(rule, "ubl_identifier_malformed", lambda x, _, b=broken: b(getattr(x, field)), kind=scheme))
    return found


def scheme_other(allowed: Iterable[str]) -> Callable[[Any, Any], Broken]:
    """Whether a registration's number names none of the schemes it may; no number or scheme is none of them."""

    def broken(entity: Any, _: Any) -> Broken:
        scheme = entity.company_id.scheme_id if entity.company_id is not None else None
        return scheme not in allowed and {"value": scheme or ""}

    return broken


def contact_empty(contact: Any, _: Any) -> bool:
    said = (contact.name, contact.telephone, contact.telefax, contact.electronic_mail)
    noted = contact.notes and not any(not note.value for note in contact.notes)
    return not (text_of(contact.id) or any(said) or noted or contact.other_communications)


def channel_twice(contact: Any, _: Any) -> bool:
    others = contact.other_communications
    return any(other.channel_code is not None for other in others) and any(
        other.channel is not None for other in others
    )


PARTY_RULES: Final = (
    Each(
        parties,
        Rule("F-LIB022", "ubl_one_of", unnamed, one="PartyIdentification/ID", other="PartyName/Name"),
        Rule("F-LIB179", "ubl_scheme_unknown", endpoint_scheme_unknown, list="EndpointID"),
        *identifier_rules("endpoint_id", cvr="F-LIB180", gln="F-LIB181", ean="F-LIB216"),
    ),
    Each(
        of_parties(PartyIdentification, "party_identifications"),
        Rule(
            "F-LIB183",
            "ubl_scheme_unknown",
            lambda i, _: (i.id.scheme_id if i.id is not None else None) not in PARTY_SCHEMES,
            list="PartyIdentification",
            value="",
        ),
        *identifier_rules("id", cvr="F-LIB184", cpr="F-LIB217", gln="F-LIB185", ean="F-LIB218", p="F-LIB287"),
    ),
    Each(
        lambda facts: (
            node
            for node in facts.nodes[PartyTaxScheme]
            if _in(node, PARTIES) or _in(node, ("tax_representative_party",))
        ),
        Rule("F-LIB193", "ubl_missing", lambda s, _: blank(s.company_id), element="PartyTaxScheme/CompanyID"),
        Rule("F-LIB195", "ubl_scheme_unknown", scheme_other(TAX_SCHEMES), list="PartyTaxScheme"),
        *identifier_rules("company_id", se="F-LIB196"),
    ),
    Each(
        of_parties(PartyLegalEntity, "party_legal_entities"),
        Rule("F-LIB187", "ubl_missing", lambda e, _: blank(e.company_id), element="PartyLegalEntity/CompanyID"),
        Rule("F-LIB189", "ubl_scheme_unknown", scheme_other(LEGAL_SCHEMES), list="PartyLegalEntity"),
        *identifier_rules("company_id", cvr="F-LIB190", cpr="F-LIB191"),
    ),
    Each(
        lambda facts: (node for node in facts.nodes[Contact] if node[2] != "contact" or _in(node, PARTIES)),
        Rule("F-LIB235", "ubl_empty", contact_empty),
        Rule("F-LIB236", "ubl_choice", channel_twice, one="ChannelCode", other="Channel"),
        Rule(
            "F-LIB237",
            "ubl_missing",
            lambda c, _: any(other.value == "" for other in c.other_communications),
            element="OtherCommunication/Value",
        ),
    ),
    Each(
        of_parties(Person, "persons"),
        Rule(
            "F-LIB024",
            "ubl_one_of",
            lambda p, _: not p.family_name and not p.first_name,
            one="FamilyName",
            other="FirstName",
        ),
    ),
    Each(
        of_parties(Location, "physical_location"),
        Rule("F-LIB221", "ubl_one_of", lambda x, _: not text_of(x.id) and x.address is None, one="ID", other="Address"),
    ),
)


def has_none(rule: str, field: str, element: str) -> Rule:
    return Rule(rule, "ubl_not_allowed", lambda p, _: getattr(p, field) not in (None, ()), element=element)


REPRESENTATIVE_RULES: Final = Each(
    lambda facts: facts.of(Party, "tax_representative_party"),
    Rule(
        "F-LIB353",
        "ubl_missing",
        lambda p, _: all(blank(name.name) for name in p.party_names),
        element="PartyName/Name",
    ),
    Rule(
        "F-LIB354",
        "ubl_missing",
        lambda p, _: p.postal_address is None or blank(p.postal_address.address_format_code),
        element="PostalAddress/AddressFormatCode",
    ),
    Rule("F-LIB371", "ubl_missing", lambda p, _: not p.party_tax_schemes, element="PartyTaxScheme"),
    Rule(
        "F-LIB372",
        "ubl_missing",
        lambda p, _: bool(p.party_tax_schemes) and all(one.tax_scheme is None for one in p.party_tax_schemes),
        element="PartyTaxScheme/TaxScheme",
    ),
    has_none("F-LIB355", "website_uri", "WebsiteURI"),
    has_none("F-LIB356", "logo_reference_id", "LogoReferenceID"),
    has_none("F-LIB357", "endpoint_id", "EndpointID"),
    has_none("F-LIB358", "party_identifications", "PartyIdentification"),
    has_none("F-LIB359", "language", "Language"),
    has_none("F-LIB360", "physical_location", "PhysicalLocation"),
    has_none("F-LIB361", "party_legal_entities", "PartyLegalEntity"),
    has_none("F-LIB362", "contact", "Contact"),
    has_none("F-LIB363", "persons", "Person"),
)


# Addresses

ADDRESS_LIST: Final = "urn:oioubl:codelist:addressformatcode-1.1"
UN_LIST: Final = "UN/ECE 3477"


def format_of(address: Any) -> str:
    return text_of(address.address_format_code)


def format_list_of(address: Any) -> str | None:
    return address.address_format_code.list_id if address.address_format_code is not None else None


def lacks(*fields: str) -> Callable[[Any], bool]:
    return lambda address: all(blank(getattr(address, field)) for field in fields)


def has(*fields: str) -> Callable[[Any], bool]:
    return lambda address: any(getattr(address, field) is not None for field in fields)


def in_format(name: str, test: Callable[[Any], bool]) -> Callable[[Any, Any], bool]:
    """A rule of one address format: in_format('StructuredDK', lacks('postal_zone'))."""
    return lambda address, _: format_of(address) == name and test(address)


def country_code(address: Any) -> Any:
    return address.country.identification_code if address.country is not None else None


_STREET: Final = ("street_name", "building_number", "city_name", "postal_zone")

ADDRESS_RULES: Final = Each(
    addresses,
    Rule("F-LIB025", "ubl_missing", lambda a, _: blank(a.address_format_code), element="AddressFormatCode"),
    Rule(
        "F-LIB026",
        "ubl_list_unknown",
        lambda a, _: format_list_of(a) not in (ADDRESS_LIST, UN_LIST),
        element="AddressFormatCode",
        expected=ADDRESS_LIST,
    ),
    Rule(
        "F-LIB027",
        "ubl_code_unknown",
        lambda a, _: (
            format_list_of(a) == ADDRESS_LIST
            and format_of(a) not in oioubl_list(ADDRESS_LIST)
            and {"value": format_of(a)}
        ),
        list="AddressFormatCode",
    ),
    Rule(
        "F-LIB209",
        "ubl_code_unknown",
        lambda a, _: (
            format_list_of(a) == UN_LIST and format_of(a) not in oioubl_list(UN_LIST) and {"value": format_of(a)}
        ),
        list="UN/ECE 3477",
    ),
    Rule(
        "F-LIB207",
        "ubl_value",
        lambda a, _: format_list_of(a) == ADDRESS_LIST and a.address_format_code.list_agency_id != "320",
        element="AddressFormatCode/@listAgencyID",
        expected="320",
    ),
    Rule(
        "F-LIB208",
        "ubl_value",
        lambda a, _: format_list_of(a) == UN_LIST and a.address_format_code.list_agency_id != "6",
        element="AddressFormatCode/@listAgencyID",
        expected="6",
    ),
    Rule(
        "F-LIB204",
        "ubl_list_unknown",
        lambda a, _: (
            a.address_type_code is not None and a.address_type_code.list_id != "urn:oioubl:codelist:addresstypecode-1.1"
        ),
        element="AddressTypeCode",
        expected="urn:oioubl:codelist:addresstypecode-1.1",
    ),
    Rule(
        "F-LIB205",
        "ubl_value",
        lambda a, _: a.address_type_code is not None and a.address_type_code.list_agency_id != "320",
        element="AddressTypeCode/@listAgencyID",
        expected="320",
    ),
    Rule(
        "F-LIB206",
        "ubl_code_unknown",
        lambda a, _: (
            a.address_type_code is not None
            and a.address_type_code.value not in ("Home", "Business")
            and {"value": a.address_type_code.value}
        ),
        list="AddressTypeCode",
    ),
    Rule(
        "F-LIB213",
        "ubl_missing",
        lambda a, _: a.country is not None and not text_of(a.country.identification_code),
        element="Country/IdentificationCode",
    ),
    Rule(
        "F-LIB301",
        "ubl_code_unknown",
        lambda a, _: (
            country_code(a) is not None and country_code(a).value not in COUNTRIES and {"value": country_code(a).value}
        ),
        list="ISO 3166-1",
    ),
    Rule("F-LIB031", "ubl_address_format", in_format("Unstructured", has(*_STREET, "country")), format="Unstructured"),
    Rule(
        "F-LIB032",
        "ubl_address_format",
        in_format("StructuredDK", lambda a: bool(a.address_lines)),
        format="StructuredDK",
    ),
    Rule("F-LIB033", "ubl_missing", in_format("StructuredDK", lacks("postal_zone")), element="PostalZone"),
    Rule(
        "F-LIB034",
        "ubl_one_of",
        in_format("StructuredDK", lacks("street_name", "postbox")),
        one="StreetName",
        other="Postbox",
    ),
    Rule(
        "F-LIB035",
        "ubl_one_of",
        in_format("StructuredDK", lacks("building_number", "postbox")),
        one="BuildingNumber",
        other="Postbox",
    ),
    Rule(
        "F-LIB036",
        "ubl_address_format",
        in_format("StructuredLax", lambda a: bool(a.address_lines)),
        format="StructuredLax",
    ),
    Rule("F-LIB037", "ubl_missing", in_format("StructuredID", lambda a: not text_of(a.id)), element="ID"),
    Rule("F-LIB038", "ubl_address_format", in_format("StructuredID", has(*_STREET, "country")), format="StructuredID"),
    Rule(
        "F-LIB039",
        "ubl_address_format",
        in_format("StructuredRegion", lambda a: not text_of(country_code(a)) and not a.region and not a.district),
        format="StructuredRegion",
    ),
    Rule("F-LIB040", "ubl_address_format", in_format("StructuredRegion", has(*_STREET)), format="StructuredRegion"),
    Rule("F-LIB028", "ubl_scheme_missing", lambda a, _: a.id is not None and not a.id.scheme_id, element="ID"),
    Rule("F-LIB029", "ubl_scheme_missing", lambda a, _: a.id is not None and a.id.scheme_id is None, element="ID"),
)


# Periods


def periods(facts: Any) -> Iterable[Node]:
    """Periods of the document, its deliveries, terms, places and prices; those of lines are free."""
    for node in facts.nodes[Period]:
        field, parent = node[2], node[1]
        assert parent is not None
        if field == "invoice_periods":
            if parent is facts.root:
                yield node
        elif field == "validity_periods":
            if parent[2] == "price":
                yield node
        elif field == "requested_delivery_period":
            if not facts.is_credit:
                yield node
        elif field in ("settlement_period", "penalty_period") and not facts.is_credit:
            yield node
    for place in locations(facts):
        for number, period in enumerate(place[0].validity_periods):
            yield (period, place, "validity_periods", number)


def backwards(period: Any, _: Any) -> Broken:
    if period.start_date is None or period.end_date is None or period.end_date >= period.start_date:
        return False
    return {"start": period.start_date, "end": period.end_date}


def backwards_in_time(period: Any, _: Any) -> Broken:
    """F-LIB081: 16:30:00 is not before 08:00:00. A time that is no plain number of digits cannot be compared and fails."""
    if period.start_time is None or period.end_time is None:
        return False
    start, end = (time.strip().replace(":", "") for time in (period.start_time, period.end_time))
    plain = all(time.replace(".", "", 1).isdigit() for time in (start, end))
    return (not plain or Decimal(end) < Decimal(start)) and {"start": period.start_time, "end": period.end_time}


def languages_missing(texts: Any) -> bool:
    """W-LIB222: of several descriptions each says its language."""
    return len(texts) > 1 and any(text.language_id is None for text in texts)


PERIOD_RULES: Final = Each(
    periods,
    Rule("F-LIB077", "ubl_not_allowed", lambda p, _: bool(p.description_codes), element="DescriptionCode"),
    Rule(
        "F-LIB078", "ubl_missing", lambda p, _: p.start_time is not None and p.start_date is None, element="StartDate"
    ),
    Rule("F-LIB079", "ubl_missing", lambda p, _: p.end_time is not None and p.end_date is None, element="EndDate"),
    Rule("F-LIB080", "ubl_period_backwards", backwards),
    Rule("F-LIB081", "ubl_period_backwards", backwards_in_time),
    Rule("W-LIB222", "ubl_language_missing", lambda p, _: languages_missing(p.descriptions), severity="warning"),
)


# References and attachments

_PLAIN_REFERENCES: Final = frozenset(
    {
        "document_reference",
        "invoice_document_reference",
        "credit_note_document_reference",
        "despatch_document_references",
        "receipt_document_references",
        "originator_document_references",
        "contract_document_references",
    }
)
_FULL_REFERENCES: Final = frozenset(
    {
        "additional_document_references",
        "original_document_reference",
        "document_references",
        "item_specification_document_references",
    }
)


def plain_references(facts: Any) -> Iterable[Node]:
    """References that name a document; an attachment needs one of `full_references`."""
    for node in facts.nodes[DocumentReference]:
        if node[2] in _PLAIN_REFERENCES and not (facts.is_credit and node[2] == "originator_document_references"):
            yield node


def full_references(facts: Any) -> Iterable[Node]:
    for node in facts.nodes[DocumentReference]:
        if node[2] in _FULL_REFERENCES and (node[2] != "document_references" or _in(node, _WITH_REFERENCES)):
            yield node


_WITH_REFERENCES: Final = frozenset({"invoice_lines", "credit_note_lines", "transaction_conditions"})
MIME_TYPES: Final = codes("mime-types", "oioubl")


def embedded(reference: Any) -> Any:
    return reference.attachment.embedded_document_binary_object if reference.attachment is not None else None


def external(reference: Any) -> Any:
    return reference.attachment.external_reference if reference.attachment is not None else None


def file_type_unknown(reference: Any, _: Any) -> Broken:
    found = embedded(reference)
    return found is not None and found.mime_code not in MIME_TYPES and {"value": found.mime_code or ""}


def no_uri(reference: Any, _: Any) -> bool:
    found = external(reference)
    return found is not None and not text_of(found.uri)


def uuid_malformed(reference: Any, _: Any) -> Broken:
    return reference.uuid is not None and len(reference.uuid.value) != 36 and {"value": reference.uuid.value}


def attachment_rules(both: str, uuid: str, mime: str, uri: str) -> list[Rule]:
    return [
        Rule(
            both,
            "ubl_choice",
            lambda r, _: embedded(r) is not None and external(r) is not None,
            one="EmbeddedDocumentBinaryObject",
            other="ExternalReference",
        ),
        Rule(uuid, "ubl_identifier_malformed", uuid_malformed, kind="UUID"),
        Rule(mime, "ubl_code_unknown", file_type_unknown, list="MIME"),
        Rule(uri, "ubl_missing", no_uri, element="ExternalReference/URI"),
    ]


REFERENCE_RULES: Final = (
    Each(
        plain_references,
        Rule("F-LIB170", "ubl_not_allowed", lambda r, _: r.document_type is not None, element="DocumentType"),
        Rule("F-LIB172", "ubl_not_allowed", lambda r, _: r.document_type_code is not None, element="DocumentTypeCode"),
        *attachment_rules("F-LIB171", "F-LIB173", "F-LIB174", "F-LIB096"),
    ),
    Each(
        full_references,
        Rule(
            "F-LIB092",
            "ubl_one_of",
            lambda r, _: r.document_type is None and r.document_type_code is None,
            one="DocumentType",
            other="DocumentTypeCode",
        ),
        *attachment_rules("F-LIB095", "F-LIB097", "F-LIB098", "F-LIB279"),
        Rule(
            "F-LIB335",
            "ubl_value",
            lambda r, _: text_of(r.document_type_code) == "PersonalSecure" and text_of(r.id) not in ("1", "2"),
            element="ID",
            expected="1, 2",
        ),
    ),
)


SIGNATURE_RULES: Final = Each(
    lambda facts: facts.of(Attachment, "digital_signature_attachment"),
    Rule(
        "F-LIB284",
        "ubl_choice",
        lambda a, _: a.embedded_document_binary_object is not None and a.external_reference is not None,
        one="EmbeddedDocumentBinaryObject",
        other="ExternalReference",
    ),
    Rule(
        "F-LIB285",
        "ubl_code_unknown",
        lambda a, _: (
            a.embedded_document_binary_object is not None
            and a.embedded_document_binary_object.mime_code not in MIME_TYPES
            and {"value": a.embedded_document_binary_object.mime_code or ""}
        ),
        list="MIME",
    ),
    Rule(
        "F-LIB286",
        "ubl_missing",
        lambda a, _: a.external_reference is not None and not text_of(a.external_reference.uri),
        element="ExternalReference/URI",
    ),
)


# Tax categories and schemes

CATEGORY_LISTS: Final = tuple(f"urn:oioubl:id:taxcategoryid-1.{version}" for version in (1, 2, 3, 4))
SCHEME_LISTS: Final = tuple(f"urn:oioubl:id:taxschemeid-1.{version}" for version in (1, 2, 4, 5))
TYPE_LISTS: Final = ("urn:oioubl:codelist:taxtypecode-1.1", "urn:oioubl:codelist:taxtypecode-1.2")


def category_scheme(category: Any) -> str | None:
    return category.id.scheme_id if category.id is not None else None


def category_unknown(category: Any, _: Any) -> Broken:
    scheme = category_scheme(category)
    if scheme not in CATEGORY_LISTS or category.id.value in oioubl_list(scheme):
        return False
    return {"value": category.id.value}


def standard_without_rate(category: Any, _: Any) -> bool:
    return text_of(category.id) == "StandardRated" and not category.percent


def type_code_of(scheme: Any) -> str:
    return text_of(scheme.tax_type_code)


TAX_RULES: Final = (
    Each(
        lambda facts: facts.nodes[TaxCategory],
        Rule("F-LIB074", "ubl_missing", lambda c, _: blank(c.id), element="TaxCategory/ID"),
        Rule(
            "F-LIB075",
            "ubl_list_unknown",
            lambda c, _: category_scheme(c) not in CATEGORY_LISTS,
            element="TaxCategory/ID",
            expected=CATEGORY_LISTS[0],
        ),
        Rule(
            "W-LIB229",
            "ubl_value",
            lambda c, _: c.id is None or c.id.scheme_agency_id != "320",
            severity="warning",
            element="TaxCategory/ID/@schemeAgencyID",
            expected="320",
        ),
        Rule("F-LIB309", "ubl_code_unknown", category_unknown, list="TaxCategory"),
        Rule(
            "F-LIB231",
            "ubl_choice",
            lambda c, _: c.per_unit_amount is not None and c.percent is not None,
            one="PerUnitAmount",
            other="Percent",
        ),
        Rule(
            "F-LIB232",
            "ubl_missing",
            lambda c, _: c.per_unit_amount is not None and c.base_unit_measure is None,
            element="BaseUnitMeasure",
        ),
        Rule("F-LIB382", "ubl_vat_rate", standard_without_rate, category="StandardRated", percent="0"),
    ),
    Each(
        lambda facts: facts.nodes[TaxScheme],
        Rule("F-LIB065", "ubl_missing", lambda s, _: blank(s.id), element="TaxScheme/ID"),
        Rule("F-LIB066", "ubl_missing", lambda s, _: blank(s.name), element="TaxScheme/Name"),
        Rule(
            "F-LIB067",
            "ubl_not_allowed",
            lambda s, _: text_of(s.id) == "63" and s.tax_type_code is not None,
            element="TaxTypeCode",
        ),
        Rule(
            "F-LIB070",
            "ubl_list_unknown",
            lambda s, _: s.id is None or s.id.scheme_id not in SCHEME_LISTS,
            element="TaxScheme/ID",
            expected=SCHEME_LISTS[0],
        ),
        Rule(
            "F-LIB071",
            "ubl_list_unknown",
            lambda s, _: s.tax_type_code is not None and s.tax_type_code.list_id not in TYPE_LISTS,
            element="TaxTypeCode",
            expected=TYPE_LISTS[0],
        ),
        Rule(
            "F-LIB197",
            "ubl_code_unknown",
            lambda s, _: (
                text_of(s.id) not in ("63", "VAT")
                and type_code_of(s) not in oioubl_list(TYPE_LISTS[1])
                and {"value": type_code_of(s)}
            ),
            list="TaxTypeCode",
        ),
        Rule(
            "F-LIB198",
            "ubl_value",
            lambda s, _: text_of(s.id) == "63" and s.name is not None and s.name != "Moms",
            element="TaxScheme/Name",
            expected="Moms",
        ),
        Rule(
            "F-LIB199",
            "ubl_value",
            lambda s, _: s.id is not None and s.id.value != "63" and s.name == "Moms",
            element="TaxScheme/ID",
            expected="63",
        ),
    ),
)


# Allowances, charges, exchange rates


def negative(money: Any) -> bool:
    return money is not None and money.value.is_signed()


def zero(money: Any) -> bool:
    return money is not None and money.value == 0


def multiplied_wrong(charge: Any, _: Any) -> Broken:
    """F-LIB228: amount = base × factor, within 1.00: 0.10 of 200.00 is 20.00."""
    if charge.multiplier_factor_numeric is None or charge.base_amount is None or charge.amount is None:
        return False
    expected = charge.base_amount.value * charge.multiplier_factor_numeric
    return abs(charge.amount.value - expected) > 1 and {"value": charge.amount.value, "expected": expected}


def charge_kind(node: Node, facts: Facts) -> str:
    """Where an allowance or charge stands: 'document', 'line' or 'price'."""
    if node[1] is facts.root:
        return "document"
    return "price" if _in(node, ("price",)) else "line"


def charges(*kinds: str) -> Callable[[Any], Iterable[Node]]:
    return lambda facts: (node for node in facts.nodes[AllowanceCharge] if charge_kind(node, facts) in kinds)


CHARGE_RULES: Final = (
    Each(
        lambda facts: facts.nodes[AllowanceCharge],
        Rule("F-LIB228", "ubl_sum_wrong", multiplied_wrong, element="Amount"),
        Rule(
            "F-LIB020",
            "ubl_negative",
            lambda c, _: c.sequence_numeric is not None and c.sequence_numeric.is_signed(),
            element="SequenceNumeric",
        ),
    ),
    Each(
        charges("document", "line"),
        Rule("F-LIB226", "ubl_exactly_one", lambda c, _: len(c.tax_categories) != 1, element="TaxCategory"),
        Rule(
            "F-LIB248",
            "ubl_missing",
            lambda c, _: c.multiplier_factor_numeric is not None and c.base_amount is None,
            element="BaseAmount",
        ),
        Rule(
            "F-LIB227",
            "ubl_negative",
            lambda c, _: c.multiplier_factor_numeric is not None and c.multiplier_factor_numeric.is_signed(),
            element="MultiplierFactorNumeric",
        ),
    ),
    Each(
        charges("document"),
        Rule(
            "F-LIB019",
            "ubl_not_positive",
            lambda c, _: negative(c.amount) or zero(c.amount),
            element="Amount",
            value="",
        ),
        Rule(
            "F-LIB019",
            "ubl_not_positive",
            lambda c, _: negative(c.base_amount) or zero(c.base_amount),
            element="BaseAmount",
            value="",
        ),
    ),
    Each(
        charges("line", "price"),
        Rule("F-LIB317", "ubl_zero", lambda c, _: zero(c.amount), element="Amount"),
        Rule("F-LIB317", "ubl_zero", lambda c, _: zero(c.base_amount), element="BaseAmount"),
    ),
    Each(
        charges("price"),
        Rule(
            "F-LIB270",
            "ubl_missing",
            lambda c, _: c.multiplier_factor_numeric is not None and c.base_amount is None,
            element="BaseAmount",
        ),
        Rule(
            "F-LIB271",
            "ubl_negative",
            lambda c, _: c.multiplier_factor_numeric is not None and c.multiplier_factor_numeric.is_signed(),
            element="MultiplierFactorNumeric",
        ),
        Rule("F-LIB274", "ubl_not_allowed", lambda c, _: c.accounting_cost is not None, element="AccountingCost"),
    ),
)


def rate_rules(field: str, element: str, positive: str, fine: str) -> list[Rule]:
    def not_positive(rate: Any, _: Any) -> Broken:
        value = getattr(rate, field)
        return value is not None and (value.is_signed() or value == 0) and {"value": value}

    def not_fine(rate: Any, _: Any) -> bool:
        value = getattr(rate, field)
        return value is not None and decimals(value) != 4

    return [
        Rule(positive, "ubl_not_positive", not_positive, element=element),
        Rule(fine, "ubl_decimals_exactly", not_fine, element=element, exactly=4),
    ]


EXCHANGE_RULES: Final = Each(
    lambda facts: facts.nodes[ExchangeRate],
    Rule("F-LIB083", "ubl_missing", lambda r, _: blank(r.source_currency_code), element="SourceCurrencyCode"),
    Rule("F-LIB084", "ubl_missing", lambda r, _: blank(r.target_currency_code), element="TargetCurrencyCode"),
    *rate_rules("source_currency_base_rate", "SourceCurrencyBaseRate", "F-LIB085", "F-LIB086"),
    *rate_rules("target_currency_base_rate", "TargetCurrencyBaseRate", "F-LIB087", "F-LIB088"),
    *rate_rules("calculation_rate", "CalculationRate", "F-LIB089", "F-LIB090"),
    Rule(
        "F-LIB310",
        "ubl_value",
        lambda r, _: (
            r.mathematic_operator_code is not None and r.mathematic_operator_code.value not in ("multiply", "divide")
        ),
        element="MathematicOperatorCode",
        expected="multiply, divide",
    ),
    Rule(
        "F-LIB238",
        "ubl_missing",
        lambda r, _: r.foreign_exchange_contract is not None and blank(r.foreign_exchange_contract.id),
        element="ForeignExchangeContract/ID",
    ),
    Rule(
        "F-LIB240",
        "ubl_repeated",
        lambda r, _: (
            r.foreign_exchange_contract is not None
            and len(r.foreign_exchange_contract.contract_document_references) > 1
        ),
        element="ForeignExchangeContract/ContractDocumentReference",
        most=1,
    ),
    Rule(
        "F-LIB239",
        "ubl_choice",
        lambda r, _: (
            r.foreign_exchange_contract is not None
            and r.foreign_exchange_contract.contract_type_code is not None
            and r.foreign_exchange_contract.contract_type is not None
        ),
        one="ContractTypeCode",
        other="ContractType",
    ),
)


# What may not be there at all


class Excluded:
    """Elements that OIOUBL leaves out of UBL. The reader has no field for them and says where it met one.

    `places` maps 'Parent/Element', or a longer end of its path where that is needed to tell two places apart, to the rule.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._rules = {
            place: Rule(rule, "ubl_not_allowed", lambda *_: True, element=place.rpartition("/")[2])
            for place, rule in places.items()
        }
        self.rules = tuple(self._rules.values())

    def __call__(self, facts: Facts) -> Iterable[Finding]:
        for found in facts.unknown:
            steps = [step.partition("[")[0] for step in found.where.split("/")]
            rule = self._rules.get("/".join(steps[-3:])) or self._rules.get("/".join(steps[-2:]))
            if rule is not None:
                yield Finding(
                    rule.code, "error", found.where, {**rule.values, "line": found.values.get("line")}, rule.id
                )


EXCLUDED: Final[Mapping[str, str]] = {
    "Party/MarkCareIndicator": "F-LIB166",
    "Party/MarkAttentionIndicator": "F-LIB167",
    "Party/AgentParty": "F-LIB168",
    "PostalAddress/BlockName": "F-LIB210",
    "PostalAddress/TimezoneOffset": "F-LIB211",
    "PostalAddress/LocationCoordinate": "F-LIB212",
    "PartyTaxScheme/TaxLevelCode": "F-LIB192",
    "PartyLegalEntity/CorporateRegistrationScheme": "F-LIB186",
    "InvoicePeriod/DurationMeasure": "F-LIB076",
    "AllowanceCharge/TaxTotal": "F-LIB224",
    "AllowanceCharge/PaymentMeans": "F-LIB225",
    "TaxCategory/TierRange": "F-LIB072",
    "TaxCategory/TierRatePercent": "F-LIB073",
    "TaxSubtotal/Percent": "F-LIB254",
    "TaxSubtotal/BaseUnitMeasure": "F-LIB255",
    "TaxSubtotal/PerUnitAmount": "F-LIB256",
    "TaxSubtotal/TierRange": "F-LIB257",
    "TaxSubtotal/TierRatePercent": "F-LIB258",
    "BillingReference/DebitNoteDocumentReference": "F-INV025",
    "BillingReference/AdditionalDocumentReference": "F-INV026",
    "BillingReference/BillingReferenceLine": "F-INV295",
    "AccountingSupplierParty/DataSendingCapability": "F-INV029",
    "SellerSupplierParty/DataSendingCapability": "F-INV070",
    "Delivery/MinimumQuantity": "F-INV084",
    "Delivery/MaximumQuantity": "F-INV085",
    "DeliveryTerms/AllowanceCharge": "F-INV101",
    "InvoiceLine/PaymentTerms": "F-INV135",
    "InvoiceLine/DeliveryTerms": "F-INV136",
    "Price/AllowanceCharge/TaxTotal": "F-LIB268",
    "Price/AllowanceCharge/PaymentMeans": "F-LIB269",
    "Price/AllowanceCharge/AccountingCostCode": "F-LIB273",
}
