"""OIOUBL 2.1: the parts that all documents share: parties, addresses, periods, references, taxes, charges (F-LIB*).

Each rule is asked about every part of its class that stands where the official sheets look. Source: OIOUBL 2.1, rules
1.17.2 (1 May 2026). JurisdictionRegionAddress, which may hold nothing but a country, is not read and so not judged.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from eshop.findings import Finding
from eshop.ubl.codelists import codes, oioubl_list
from eshop.ubl.parties import (
    Attachment,
    Contact,
    DocumentReference,
    Location,
    Party,
    PartyIdentification,
    PartyLegalEntity,
    PartyTaxScheme,
    Person,
)
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Each, Rule, blank, text_of

PARTIES: Final = frozenset({"party", "payee_party", "delivery_party", "signatory_party"})
"""The fields whose parties are judged; a manufacturer or issuer may be as incomplete as it likes."""


def parties(facts: Facts) -> Iterable[Node]:
    return (node for node in facts.nodes[Party] if node[2] in PARTIES)


def of_parties(kind: type, field: str) -> Callable[[Facts], Iterable[Node]]:
    """Parts of judged parties: of_parties(PartyTaxScheme, 'party_tax_schemes')."""
    return lambda facts: (node for node in facts.nodes[kind] if node[2] == field and stands_in(node, PARTIES))


def stands_in(node: Node, fields: Iterable[str]) -> bool:
    return node[1] is not None and node[1][2] in fields


def locations(facts: Facts) -> Iterable[Node]:
    """Places that are judged: where parties are, where is delivered to."""
    for node in facts.nodes[Location]:
        if node[2] == "physical_location":
            if stands_in(node, PARTIES):
                yield node
        elif node[2] == "delivery_location" and stands_in(node, ("deliveries", "delivery_terms")):
            yield node


def languages_missing(texts: Any) -> bool:
    """W-LIB222: of several descriptions each says its language."""
    return len(texts) > 1 and any(text.language_id is None for text in texts)


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


def scheme_other(allowed: Iterable[str | None]) -> Callable[[Any, Any], Broken]:
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
            if stands_in(node, PARTIES) or stands_in(node, ("tax_representative_party",))
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
        lambda facts: (node for node in facts.nodes[Contact] if node[2] != "contact" or stands_in(node, PARTIES)),
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
        if node[2] in _FULL_REFERENCES and (node[2] != "document_references" or stands_in(node, _WITH_REFERENCES)):
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
