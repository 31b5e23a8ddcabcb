"""Who: parties, their addresses, contacts and registrations."""

from datetime import date

from eshop.ubl.values import BinaryObject, Code, Identifier, Text, aggregate, many


@aggregate
class Period:
    """From and until, both ends inside; either may be open."""

    start_date: date | None = None
    start_time: str | None = None
    end_date: date | None = None
    end_time: str | None = None
    description_codes: tuple[Code, ...] = many("DescriptionCode")
    descriptions: tuple[Text, ...] = many("Description")


@aggregate
class ExternalReference:
    """A file that lies somewhere else."""

    uri: Identifier | None = None
    document_hash: str | None = None
    expiry_date: date | None = None
    expiry_time: str | None = None


@aggregate
class Attachment:
    """A file that follows along or is pointed to."""

    embedded_document_binary_object: BinaryObject | None = None
    external_reference: ExternalReference | None = None


@aggregate
class DocumentReference:
    """Another document, by its number; may carry it as an attachment."""

    id: Identifier | None = None
    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    document_type_code: Code | None = None
    document_type: str | None = None
    version_id: Identifier | None = None
    document_descriptions: tuple[str, ...] = many("DocumentDescription")
    attachment: Attachment | None = None


@aggregate
class Country:
    """A country by its ISO 3166-1 alpha-2 code."""

    identification_code: Code | None = None


@aggregate
class AddressLine:
    """One free line of an address."""

    line: str | None = None


@aggregate
class Address:
    """A postal address or a place; OIOUBL writes it structured (`address_format_code`)."""

    id: Identifier | None = None
    address_type_code: Code | None = None
    address_format_code: Code | None = None
    postbox: str | None = None
    floor: str | None = None
    room: str | None = None
    street_name: str | None = None
    additional_street_name: str | None = None
    building_name: str | None = None
    building_number: str | None = None
    department: str | None = None
    mark_attention: str | None = None
    mark_care: str | None = None
    city_name: str | None = None
    postal_zone: str | None = None
    country_subentity: str | None = None
    country_subentity_code: Code | None = None
    region: str | None = None
    district: str | None = None
    address_lines: tuple[AddressLine, ...] = many("AddressLine")
    country: Country | None = None


@aggregate
class Location:
    """A place by number, name or address."""

    id: Identifier | None = None
    descriptions: tuple[Text, ...] = many("Description")
    conditions: tuple[str, ...] = many("Conditions")
    country_subentity: str | None = None
    country_subentity_code: Code | None = None
    name: str | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    address: Address | None = None


@aggregate
class Language:
    """A language by its code."""

    id: Identifier | None = None
    name: str | None = None
    locale_code: Code | None = None


@aggregate
class Communication:
    """One more way to reach a contact."""

    channel_code: Code | None = None
    channel: str | None = None
    value: str | None = None


@aggregate
class Contact:
    """A person or desk to write to or call."""

    id: Identifier | None = None
    name: str | None = None
    telephone: str | None = None
    telefax: str | None = None
    electronic_mail: str | None = None
    notes: tuple[Text, ...] = many("Note")
    other_communications: tuple[Communication, ...] = many("OtherCommunication")


@aggregate
class PartyIdentification:
    """One number that a party is known by: GLN, CVR, SE …; the scheme says which."""

    id: Identifier | None = None


@aggregate
class PartyName:
    """One name that a party is known by."""

    name: str | None = None


@aggregate
class TaxScheme:
    """The tax that a category or a registration belongs to: VAT (Peppol), 63 Moms (OIOUBL)."""

    id: Identifier | None = None
    name: str | None = None
    tax_type_code: Code | None = None
    currency_code: Code | None = None


@aggregate
class PartyTaxScheme:
    """A party's registration for a tax."""

    registration_name: str | None = None
    company_id: Identifier | None = None
    exemption_reason_code: Code | None = None
    exemption_reasons: tuple[str, ...] = many("ExemptionReason")
    registration_address: Address | None = None
    tax_scheme: TaxScheme | None = None


@aggregate
class PartyLegalEntity:
    """A party's legal registration: name and company number."""

    registration_name: str | None = None
    company_id: Identifier | None = None
    company_legal_form: str | None = None
    registration_address: Address | None = None


@aggregate
class Branch:
    """The branch of a bank that keeps an account; in Denmark its registration number."""

    id: Identifier | None = None
    name: str | None = None
    financial_institution: "FinancialInstitution | None" = None
    address: Address | None = None


@aggregate
class FinancialInstitution:
    """A bank, by its BIC."""

    id: Identifier | None = None
    name: str | None = None
    address: Address | None = None


@aggregate
class FinancialAccount:
    """An account that is paid to or from."""

    id: Identifier | None = None
    name: str | None = None
    account_type_code: Code | None = None
    currency_code: Code | None = None
    payment_notes: tuple[str, ...] = many("PaymentNote")
    financial_institution_branch: Branch | None = None
    country: Country | None = None


@aggregate
class Person:
    """A natural person who acts for a party."""

    first_name: str | None = None
    family_name: str | None = None
    title: str | None = None
    middle_name: str | None = None
    name_suffix: str | None = None
    job_title: str | None = None
    organization_department: str | None = None
    identity_document_references: tuple[DocumentReference, ...] = many("IdentityDocumentReference")


@aggregate
class Party:
    """A company, authority or unit, with what it is known by."""

    website_uri: Identifier | None = None
    logo_reference_id: Identifier | None = None
    endpoint_id: Identifier | None = None
    party_identifications: tuple[PartyIdentification, ...] = many("PartyIdentification")
    party_names: tuple[PartyName, ...] = many("PartyName")
    language: Language | None = None
    postal_address: Address | None = None
    physical_location: Location | None = None
    party_tax_schemes: tuple[PartyTaxScheme, ...] = many("PartyTaxScheme")
    party_legal_entities: tuple[PartyLegalEntity, ...] = many("PartyLegalEntity")
    contact: Contact | None = None
    persons: tuple[Person, ...] = many("Person")


@aggregate
class SupplierParty:
    """A party in the role of a supplier."""

    customer_assigned_account_id: Identifier | None = None
    additional_account_ids: tuple[Identifier, ...] = many("AdditionalAccountID")
    party: Party | None = None
    despatch_contact: Contact | None = None
    accounting_contact: Contact | None = None
    seller_contact: Contact | None = None


@aggregate
class CustomerParty:
    """A party in the role of a customer."""

    customer_assigned_account_id: Identifier | None = None
    supplier_assigned_account_id: Identifier | None = None
    additional_account_ids: tuple[Identifier, ...] = many("AdditionalAccountID")
    party: Party | None = None
    delivery_contact: Contact | None = None
    accounting_contact: Contact | None = None
    buyer_contact: Contact | None = None
