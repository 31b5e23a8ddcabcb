"""Consumption of energy, water and telephony, as utility statements tell it."""

from datetime import date

from eshop.ubl.parties import Address, Party, Period, TaxScheme
from eshop.ubl.payments import MonetaryTotal, PaymentTerms, Price, TaxCategory, TaxTotal
from eshop.ubl.values import Code, Identifier, Measure, Money, Text, aggregate, many


@aggregate
class MeterReading:
    """Two readings of a meter and the difference."""

    meter_reading_type_code: Code | None = None
    previous_meter_reading_date: date | None = None
    previous_meter_quantity: Measure | None = None
    latest_meter_reading_date: date | None = None
    latest_meter_quantity: Measure | None = None
    delivered_quantity: Measure | None = None


@aggregate
class Meter:
    """A meter with its readings."""

    meter_number: str | None = None
    meter_constant: str | None = None
    meter_constant_code: Code | None = None
    total_delivered_quantity: Measure | None = None
    meter_readings: tuple[MeterReading, ...] = many("MeterReading")


@aggregate
class ConsumptionAverage:
    """An average price of what was consumed."""

    average_amount: Money | None = None
    descriptions: tuple[Text, ...] = many("Description")


@aggregate
class ConsumptionReport:
    """How much was consumed in a period."""

    id: Identifier | None = None
    total_consumed_quantity: Measure | None = None
    period: Period | None = None
    consumption_histories: tuple["ConsumptionHistory", ...] = many("ConsumptionHistory")


@aggregate
class ConsumptionHistory:
    """Consumption of an earlier period."""

    quantity: Measure | None = None
    descriptions: tuple[Text, ...] = many("Description")
    period: Period | None = None


@aggregate
class EnergyTaxReport:
    """Energy taxes that can be refunded."""

    tax_energy_amount: Money | None = None
    tax_energy_on_account_amount: Money | None = None
    tax_energy_balance_amount: Money | None = None
    tax_scheme: TaxScheme | None = None


@aggregate
class EnergyWaterSupply:
    """Consumption and taxes of energy or water."""

    consumption_reports: tuple[ConsumptionReport, ...] = many("ConsumptionReport")
    energy_tax_reports: tuple[EnergyTaxReport, ...] = many("EnergyTaxReport")
    consumption_averages: tuple[ConsumptionAverage, ...] = many("ConsumptionAverage")


@aggregate
class UtilityItem:
    """One kind of consumption on a statement."""

    id: Identifier | None = None
    descriptions: tuple[Text, ...] = many("Description")
    consumption_type: str | None = None
    tax_category: TaxCategory | None = None


@aggregate
class ConsumptionLine:
    """One line of consumption."""

    id: Identifier | None = None
    invoiced_quantity: Measure | None = None
    line_extension_amount: Money | None = None
    utility_item: UtilityItem | None = None
    price: Price | None = None


@aggregate
class SupplierConsumption:
    """Consumption from one supplier."""

    descriptions: tuple[Text, ...] = many("Description")
    utility_supplier_party: Party | None = None
    consumption: "Consumption | None" = None
    consumption_lines: tuple[ConsumptionLine, ...] = many("ConsumptionLine")


@aggregate
class OnAccountPayment:
    """A payment on account that is set off."""

    estimated_consumed_quantity: Measure | None = None
    notes: tuple[Text, ...] = many("Note")
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")


@aggregate
class Consumption:
    """Consumption of a kind, with its sums."""

    main_period: Period | None = None
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    energy_water_supply: EnergyWaterSupply | None = None
    legal_monetary_total: MonetaryTotal | None = None


@aggregate
class ConsumptionPoint:
    """The place where it was consumed."""

    id: Identifier | None = None
    total_delivered_quantity: Measure | None = None
    address: Address | None = None
    utility_meters: tuple[Meter, ...] = many("UtilityMeter")


@aggregate
class SubscriberConsumption:
    """Consumption of one subscriber."""

    consumption_id: Identifier | None = None
    specification_type_code: Code | None = None
    notes: tuple[Text, ...] = many("Note")
    utility_consumption_point: ConsumptionPoint | None = None
    on_account_payments: tuple[OnAccountPayment, ...] = many("OnAccountPayment")
    consumption: Consumption | None = None
    supplier_consumptions: tuple[SupplierConsumption, ...] = many("SupplierConsumption")
