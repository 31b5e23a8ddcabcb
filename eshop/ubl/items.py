"""What is bought: items, what they are called, how they are classed, packed and priced."""

from datetime import date
from decimal import Decimal

from eshop.ubl.parties import Address, Country, DocumentReference, Party
from eshop.ubl.payments import Price, TaxCategory, TransactionConditions
from eshop.ubl.values import Code, Identifier, Measure, Money, Text, aggregate, many, named


@aggregate
class PhysicalAttribute:
    """A physical attribute in words."""

    attribute_id: Identifier | None = None
    descriptions: tuple[Text, ...] = many("Description")


@aggregate
class Dimension:
    """A measurable attribute: weight, length, volume."""

    attribute_id: Identifier | None = None
    measure: Measure | None = None
    descriptions: tuple[Text, ...] = many("Description")
    minimum_measure: Measure | None = None
    maximum_measure: Measure | None = None


@aggregate
class ItemIdentification:
    """One number that an item is known by."""

    id: Identifier | None = None
    extended_id: Identifier | None = None
    physical_attributes: tuple[PhysicalAttribute, ...] = many("PhysicalAttribute")
    measurement_dimensions: tuple[Dimension, ...] = many("MeasurementDimension")


@aggregate
class CommodityClassification:
    """The group an item belongs to: UNSPSC, CPV …"""

    commodity_code: Code | None = None
    item_classification_code: Code | None = None


@aggregate
class HazardousItem:
    """What is dangerous about an item."""

    undg_code: Code | None = named("UNDGCode")
    hazard_class_id: Identifier | None = None


@aggregate
class ItemProperty:
    """A named property of an item."""

    id: Identifier | None = None
    name: str | None = None
    name_code: Code | None = None
    value: str | None = None
    value_quantity: Measure | None = None
    value_qualifiers: tuple[str, ...] = many("ValueQualifier")


@aggregate
class LotIdentification:
    """The batch an item comes from."""

    lot_number_id: Identifier | None = None
    expiry_date: date | None = None


@aggregate
class ItemInstance:
    """One single item: serial number, batch, best before."""

    product_trace_id: Identifier | None = None
    manufacture_date: date | None = None
    manufacture_time: str | None = None
    best_before_date: date | None = None
    registration_id: Identifier | None = None
    serial_id: Identifier | None = None
    lot_identification: LotIdentification | None = None


@aggregate
class Certificate:
    """A label, declaration or certificate that an item or party holds."""

    id: Identifier | None = None
    certificate_type_code: Code | None = None
    certificate_type: str | None = None
    remarks: tuple[str, ...] = many("Remarks")
    issuer_party: Party | None = None
    document_references: tuple[DocumentReference, ...] = many("DocumentReference")


@aggregate
class Item:
    """Goods or a service."""

    descriptions: tuple[Text, ...] = many("Description")
    pack_quantity: Measure | None = None
    pack_size_numeric: Decimal | None = None
    name: str | None = None
    keywords: tuple[str, ...] = many("Keyword")
    brand_names: tuple[str, ...] = many("BrandName")
    model_names: tuple[str, ...] = many("ModelName")
    buyers_item_identification: ItemIdentification | None = None
    sellers_item_identification: ItemIdentification | None = None
    manufacturers_item_identifications: tuple[ItemIdentification, ...] = many("ManufacturersItemIdentification")
    standard_item_identification: ItemIdentification | None = None
    item_specification_document_references: tuple[DocumentReference, ...] = many("ItemSpecificationDocumentReference")
    origin_country: Country | None = None
    commodity_classifications: tuple[CommodityClassification, ...] = many("CommodityClassification")
    transaction_conditions: tuple[TransactionConditions, ...] = many("TransactionConditions")
    hazardous_items: tuple[HazardousItem, ...] = many("HazardousItem")
    classified_tax_categories: tuple[TaxCategory, ...] = many("ClassifiedTaxCategory")
    additional_item_properties: tuple[ItemProperty, ...] = many("AdditionalItemProperty")
    manufacturer_parties: tuple[Party, ...] = many("ManufacturerParty")
    origin_addresses: tuple[Address, ...] = many("OriginAddress")
    item_instances: tuple[ItemInstance, ...] = many("ItemInstance")
    certificates: tuple[Certificate, ...] = many("Certificate")
    dimensions: tuple[Dimension, ...] = many("Dimension")


@aggregate
class ItemComparison:
    """The price of a comparable quantity."""

    price_amount: Money | None = None
    quantity: Measure | None = None


@aggregate
class RelatedItem:
    """Another item that is an accessory, replacement or component."""

    id: Identifier | None = None
    quantity: Measure | None = None
    descriptions: tuple[Text, ...] = many("Description")


@aggregate
class DeliveryUnit:
    """The unit that is delivered, and what it holds."""

    batch_quantity: Measure | None = None
    consumer_unit_quantity: Measure | None = None
    hazardous_risk_indicator: bool | None = None


@aggregate
class ItemLocationQuantity:
    """The price of an item for a place and a range of quantities."""

    lead_time_measure: Measure | None = None
    minimum_quantity: Measure | None = None
    maximum_quantity: Measure | None = None
    applicable_territory_addresses: tuple[Address, ...] = many("ApplicableTerritoryAddress")
    price: Price | None = None
    delivery_units: tuple[DeliveryUnit, ...] = many("DeliveryUnit")
    applicable_tax_categories: tuple[TaxCategory, ...] = many("ApplicableTaxCategory")


@aggregate
class ClassificationCategory:
    """A category inside a classification."""

    code_value: str | None = None
    descriptions: tuple[Text, ...] = many("Description")


@aggregate
class ClassificationScheme:
    """A classification that a catalogue uses."""

    id: Identifier | None = None
    name: str | None = None
    agency_name: str | None = None
    version_id: Identifier | None = None
    language_id: Identifier | None = None
    classification_categories: tuple[ClassificationCategory, ...] = many("ClassificationCategory")
