"""The lines of the documents."""

from datetime import date
from decimal import Decimal

from eshop.ubl.deliveries import Delivery, Shipment
from eshop.ubl.items import Item, ItemComparison, ItemLocationQuantity, RelatedItem
from eshop.ubl.parties import CustomerParty, DocumentReference, Party, Period, SupplierParty
from eshop.ubl.payments import AllowanceCharge, Price, TaxTotal
from eshop.ubl.references import BillingReference, LineReference, OrderLineReference
from eshop.ubl.values import Code, Identifier, Measure, Money, Text, aggregate, many


@aggregate
class InvoiceLine:
    """A line of an invoice."""

    id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    invoiced_quantity: Measure | None = None
    line_extension_amount: Money | None = None
    accounting_cost: str | None = None
    free_of_charge_indicator: bool | None = None
    invoice_periods: tuple[Period, ...] = many("InvoicePeriod")
    order_line_references: tuple[OrderLineReference, ...] = many("OrderLineReference")
    document_references: tuple[DocumentReference, ...] = many("DocumentReference")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    item: Item | None = None
    price: Price | None = None


@aggregate
class CreditNoteLine:
    """A line of a credit note."""

    id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    credited_quantity: Measure | None = None
    line_extension_amount: Money | None = None
    tax_point_date: date | None = None
    accounting_cost: str | None = None
    invoice_periods: tuple[Period, ...] = many("InvoicePeriod")
    order_line_references: tuple[OrderLineReference, ...] = many("OrderLineReference")
    despatch_line_references: tuple[LineReference, ...] = many("DespatchLineReference")
    receipt_line_references: tuple[LineReference, ...] = many("ReceiptLineReference")
    billing_references: tuple[BillingReference, ...] = many("BillingReference")
    document_references: tuple[DocumentReference, ...] = many("DocumentReference")
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    item: Item | None = None
    price: Price | None = None


@aggregate
class LineItem:
    """What an order line orders."""

    id: Identifier | None = None
    sales_order_id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    line_status_code: Code | None = None
    quantity: Measure | None = None
    line_extension_amount: Money | None = None
    total_tax_amount: Money | None = None
    maximum_backorder_quantity: Measure | None = None
    partial_delivery_indicator: bool | None = None
    accounting_cost_code: Code | None = None
    accounting_cost: str | None = None
    deliveries: tuple[Delivery, ...] = many("Delivery")
    originator_party: Party | None = None
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    price: Price | None = None
    item: Item | None = None


@aggregate
class OrderLine:
    """A line of an order, an answer or a change; the content is its `line_item`."""

    notes: tuple[Text, ...] = many("Note")
    line_item: LineItem | None = None
    seller_substituted_line_items: tuple[LineItem, ...] = many("SellerSubstitutedLineItem")
    quotation_line_reference: LineReference | None = None
    order_line_references: tuple[OrderLineReference, ...] = many("OrderLineReference")


@aggregate
class DespatchLine:
    """A line of a despatch advice."""

    id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    line_status_code: Code | None = None
    delivered_quantity: Measure | None = None
    backorder_quantity: Measure | None = None
    backorder_reasons: tuple[str, ...] = many("BackorderReason")
    outstanding_quantity: Measure | None = None
    outstanding_reasons: tuple[str, ...] = many("OutstandingReason")
    order_line_references: tuple[OrderLineReference, ...] = many("OrderLineReference")
    document_references: tuple[DocumentReference, ...] = many("DocumentReference")
    item: Item | None = None
    shipments: tuple[Shipment, ...] = many("Shipment")


@aggregate
class ReceiptLine:
    """A line of a receipt advice."""

    id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    received_quantity: Measure | None = None
    short_quantity: Measure | None = None
    items: tuple[Item, ...] = many("Item")


@aggregate
class CatalogueLine:
    """An orderable item of a catalogue, with its prices."""

    id: Identifier | None = None
    action_code: Code | None = None
    contract_subdivision: str | None = None
    notes: tuple[Text, ...] = many("Note")
    orderable_indicator: bool | None = None
    orderable_unit: str | None = None
    content_unit_quantity: Measure | None = None
    order_quantity_increment_numeric: Decimal | None = None
    minimum_order_quantity: Measure | None = None
    maximum_order_quantity: Measure | None = None
    warranty_informations: tuple[str, ...] = many("WarrantyInformation")
    pack_level_code: Code | None = None
    seller_supplier_party: SupplierParty | None = None
    line_validity_period: Period | None = None
    item_comparisons: tuple[ItemComparison, ...] = many("ItemComparison")
    component_related_items: tuple[RelatedItem, ...] = many("ComponentRelatedItem")
    accessory_related_items: tuple[RelatedItem, ...] = many("AccessoryRelatedItem")
    required_related_items: tuple[RelatedItem, ...] = many("RequiredRelatedItem")
    replaced_related_items: tuple[RelatedItem, ...] = many("ReplacedRelatedItem")
    required_item_location_quantities: tuple[ItemLocationQuantity, ...] = many("RequiredItemLocationQuantity")
    item: Item | None = None


@aggregate
class CatalogueRequestLine:
    """An item whose catalogue data is asked for."""

    id: Identifier | None = None
    item: Item | None = None


@aggregate
class CataloguePricingUpdateLine:
    """New prices of a catalogue line."""

    id: Identifier | None = None
    required_item_location_quantities: tuple[ItemLocationQuantity, ...] = many("RequiredItemLocationQuantity")


@aggregate
class CatalogueItemSpecificationUpdateLine:
    """A new description of a catalogue line."""

    id: Identifier | None = None
    item: Item | None = None


@aggregate
class ReminderLine:
    """A claim that a reminder reminds of."""

    id: Identifier | None = None
    debit_line_amount: Money | None = None
    billing_references: tuple[BillingReference, ...] = many("BillingReference")


@aggregate
class StatementLine:
    """An entry of a statement of account."""

    id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    balance_brought_forward_indicator: bool | None = None
    debit_line_amount: Money | None = None
    credit_line_amount: Money | None = None
    balance_amount: Money | None = None
    originator_customer_party: CustomerParty | None = None
    billing_references: tuple[BillingReference, ...] = many("BillingReference")
