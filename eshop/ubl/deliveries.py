"""Where and when: deliveries, shipments and what is in the parcel."""

from datetime import date

from eshop.ubl.items import Dimension
from eshop.ubl.parties import Address, Location, Party, Period
from eshop.ubl.values import Code, Identifier, Measure, aggregate, many


@aggregate
class DeliveryTerms:
    """Terms of delivery."""

    id: Identifier | None = None
    special_terms: tuple[str, ...] = many("SpecialTerms")
    loss_risk_responsibility_code: Code | None = None
    delivery_location: Location | None = None


@aggregate
class Despatch:
    """The act of sending off: when, from where, by whom."""

    requested_despatch_date: date | None = None
    requested_despatch_time: str | None = None
    actual_despatch_date: date | None = None
    actual_despatch_time: str | None = None
    despatch_address: Address | None = None
    despatch_party: Party | None = None


@aggregate
class Package:
    """A package inside a handling unit."""

    id: Identifier | None = None
    packaging_type_code: Code | None = None


@aggregate
class TransportHandlingUnit:
    """A pallet, parcel or container."""

    id: Identifier | None = None
    transport_handling_unit_type_code: Code | None = None
    hazardous_risk_indicator: bool | None = None
    shipping_marks: tuple[str, ...] = many("ShippingMarks")
    measurement_dimensions: tuple[Dimension, ...] = many("MeasurementDimension")
    packages: tuple[Package, ...] = many("Package")


@aggregate
class ShipmentStage:
    """One leg of the transport."""

    transport_mode_code: Code | None = None


@aggregate
class Consignment:
    """Goods handed to one carrier."""

    id: Identifier | None = None
    informations: tuple[str, ...] = many("Information")
    carrier_party: Party | None = None


@aggregate
class Shipment:
    """What is sent together."""

    id: Identifier | None = None
    shipping_priority_level_code: Code | None = None
    informations: tuple[str, ...] = many("Information")
    gross_weight_measure: Measure | None = None
    gross_volume_measure: Measure | None = None
    total_transport_handling_unit_quantity: Measure | None = None
    consignments: tuple[Consignment, ...] = many("Consignment")
    shipment_stages: tuple[ShipmentStage, ...] = many("ShipmentStage")
    delivery: "Delivery | None" = None
    transport_handling_units: tuple[TransportHandlingUnit, ...] = many("TransportHandlingUnit")


@aggregate
class Delivery:
    """What is or was delivered where and when."""

    id: Identifier | None = None
    quantity: Measure | None = None
    actual_delivery_date: date | None = None
    actual_delivery_time: str | None = None
    latest_delivery_date: date | None = None
    latest_delivery_time: str | None = None
    tracking_id: Identifier | None = None
    delivery_address: Address | None = None
    delivery_location: Location | None = None
    requested_delivery_period: Period | None = None
    promised_delivery_period: Period | None = None
    estimated_delivery_period: Period | None = None
    delivery_party: Party | None = None
    despatch: Despatch | None = None
    shipment: Shipment | None = None
