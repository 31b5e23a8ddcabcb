"""The business documents, each the table of its own root element (see `values`), and the names of all their parts."""

from datetime import date
from decimal import Decimal

from eshop.ubl.deliveries import Delivery, DeliveryTerms, Shipment
from eshop.ubl.items import ClassificationScheme
from eshop.ubl.lines import (
    CatalogueItemSpecificationUpdateLine,
    CatalogueLine,
    CataloguePricingUpdateLine,
    CatalogueRequestLine,
    CreditNoteLine,
    DespatchLine,
    InvoiceLine,
    OrderLine,
    ReceiptLine,
    ReminderLine,
    StatementLine,
)
from eshop.ubl.parties import Address, CustomerParty, DocumentReference, Party, Period, SupplierParty
from eshop.ubl.payments import (
    AllowanceCharge,
    ExchangeRate,
    MonetaryTotal,
    Payment,
    PaymentMeans,
    PaymentTerms,
    TaxTotal,
    TradingTerms,
    TransactionConditions,
)
from eshop.ubl.references import (
    BillingReference,
    CatalogueReference,
    Contract,
    DocumentResponse,
    OrderReference,
    ProjectReference,
    Response,
    Signature,
)
from eshop.ubl.utilities import SubscriberConsumption
from eshop.ubl.values import Code, Document, Identifier, Money, Text, aggregate, many


@aggregate
class Invoice(Document):
    """What is claimed for goods or services delivered."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    due_date: date | None = None
    invoice_type_code: Code | None = None
    notes: tuple[Text, ...] = many("Note")
    tax_point_date: date | None = None
    document_currency_code: Code | None = None
    tax_currency_code: Code | None = None
    pricing_currency_code: Code | None = None
    payment_currency_code: Code | None = None
    payment_alternative_currency_code: Code | None = None
    accounting_cost: str | None = None
    buyer_reference: str | None = None
    invoice_periods: tuple[Period, ...] = many("InvoicePeriod")
    order_reference: OrderReference | None = None
    billing_references: tuple[BillingReference, ...] = many("BillingReference")
    despatch_document_references: tuple[DocumentReference, ...] = many("DespatchDocumentReference")
    receipt_document_references: tuple[DocumentReference, ...] = many("ReceiptDocumentReference")
    originator_document_references: tuple[DocumentReference, ...] = many("OriginatorDocumentReference")
    contract_document_references: tuple[DocumentReference, ...] = many("ContractDocumentReference")
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    project_references: tuple[ProjectReference, ...] = many("ProjectReference")
    signatures: tuple[Signature, ...] = many("Signature")
    accounting_supplier_party: SupplierParty | None = None
    accounting_customer_party: CustomerParty | None = None
    payee_party: Party | None = None
    buyer_customer_party: CustomerParty | None = None
    seller_supplier_party: SupplierParty | None = None
    tax_representative_party: Party | None = None
    deliveries: tuple[Delivery, ...] = many("Delivery")
    delivery_terms: DeliveryTerms | None = None
    payment_means: tuple[PaymentMeans, ...] = many("PaymentMeans")
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")
    prepaid_payments: tuple[Payment, ...] = many("PrepaidPayment")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    tax_exchange_rate: ExchangeRate | None = None
    pricing_exchange_rate: ExchangeRate | None = None
    payment_exchange_rate: ExchangeRate | None = None
    payment_alternative_exchange_rate: ExchangeRate | None = None
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    legal_monetary_total: MonetaryTotal | None = None
    invoice_lines: tuple[InvoiceLine, ...] = many("InvoiceLine")


@aggregate
class CreditNote(Document):
    """What is given back."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    tax_point_date: date | None = None
    credit_note_type_code: Code | None = None
    notes: tuple[Text, ...] = many("Note")
    document_currency_code: Code | None = None
    tax_currency_code: Code | None = None
    payment_currency_code: Code | None = None
    payment_alternative_currency_code: Code | None = None
    accounting_cost: str | None = None
    line_count_numeric: Decimal | None = None
    buyer_reference: str | None = None
    invoice_periods: tuple[Period, ...] = many("InvoicePeriod")
    discrepancy_responses: tuple[Response, ...] = many("DiscrepancyResponse")
    order_reference: OrderReference | None = None
    billing_references: tuple[BillingReference, ...] = many("BillingReference")
    despatch_document_references: tuple[DocumentReference, ...] = many("DespatchDocumentReference")
    receipt_document_references: tuple[DocumentReference, ...] = many("ReceiptDocumentReference")
    contract_document_references: tuple[DocumentReference, ...] = many("ContractDocumentReference")
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    originator_document_references: tuple[DocumentReference, ...] = many("OriginatorDocumentReference")
    signatures: tuple[Signature, ...] = many("Signature")
    accounting_supplier_party: SupplierParty | None = None
    accounting_customer_party: CustomerParty | None = None
    payee_party: Party | None = None
    tax_representative_party: Party | None = None
    deliveries: tuple[Delivery, ...] = many("Delivery")
    payment_means: tuple[PaymentMeans, ...] = many("PaymentMeans")
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")
    tax_exchange_rate: ExchangeRate | None = None
    pricing_exchange_rate: ExchangeRate | None = None
    payment_exchange_rate: ExchangeRate | None = None
    payment_alternative_exchange_rate: ExchangeRate | None = None
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    legal_monetary_total: MonetaryTotal | None = None
    credit_note_lines: tuple[CreditNoteLine, ...] = many("CreditNoteLine")


@aggregate
class Reminder(Document):
    """A reminder of unpaid invoices."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    reminder_type_code: Code | None = None
    reminder_sequence_numeric: Decimal | None = None
    notes: tuple[Text, ...] = many("Note")
    document_currency_code: Code | None = None
    pricing_currency_code: Code | None = None
    payment_currency_code: Code | None = None
    payment_alternative_currency_code: Code | None = None
    accounting_cost_code: Code | None = None
    accounting_cost: str | None = None
    reminder_periods: tuple[Period, ...] = many("ReminderPeriod")
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    signatures: tuple[Signature, ...] = many("Signature")
    accounting_supplier_party: SupplierParty | None = None
    accounting_customer_party: CustomerParty | None = None
    payee_party: Party | None = None
    payment_means: tuple[PaymentMeans, ...] = many("PaymentMeans")
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")
    prepaid_payments: tuple[Payment, ...] = many("PrepaidPayment")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    tax_exchange_rate: ExchangeRate | None = None
    pricing_exchange_rate: ExchangeRate | None = None
    payment_exchange_rate: ExchangeRate | None = None
    payment_alternative_exchange_rate: ExchangeRate | None = None
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    legal_monetary_total: MonetaryTotal | None = None
    reminder_lines: tuple[ReminderLine, ...] = many("ReminderLine")


@aggregate
class Statement(Document):
    """A statement of account."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    notes: tuple[Text, ...] = many("Note")
    document_currency_code: Code | None = None
    total_debit_amount: Money | None = None
    total_credit_amount: Money | None = None
    total_balance_amount: Money | None = None
    statement_period: Period | None = None
    accounting_supplier_party: SupplierParty | None = None
    accounting_customer_party: CustomerParty | None = None
    payee_party: Party | None = None
    payment_means: tuple[PaymentMeans, ...] = many("PaymentMeans")
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")
    statement_lines: tuple[StatementLine, ...] = many("StatementLine")


@aggregate
class UtilityStatement(Document):
    """The specification of an invoice for energy, water or telephony."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    utility_statement_type_code: Code | None = None
    document_currency_code: Code | None = None
    parent_document_reference: DocumentReference | None = None
    sender_party: Party | None = None
    receiver_party: Party | None = None
    subscriber_consumptions: tuple[SubscriberConsumption, ...] = many("SubscriberConsumption")


@aggregate
class Order(Document):
    """What is ordered."""

    sales_order_id: Identifier | None = None
    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    order_type_code: Code | None = None
    notes: tuple[Text, ...] = many("Note")
    requested_invoice_currency_code: Code | None = None
    document_currency_code: Code | None = None
    pricing_currency_code: Code | None = None
    customer_reference: str | None = None
    accounting_cost_code: Code | None = None
    accounting_cost: str | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    quotation_document_reference: DocumentReference | None = None
    order_document_references: tuple[DocumentReference, ...] = many("OrderDocumentReference")
    originator_document_reference: DocumentReference | None = None
    catalogue_reference: CatalogueReference | None = None
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    contracts: tuple[Contract, ...] = many("Contract")
    project_references: tuple[ProjectReference, ...] = many("ProjectReference")
    buyer_customer_party: CustomerParty | None = None
    seller_supplier_party: SupplierParty | None = None
    originator_customer_party: CustomerParty | None = None
    accounting_customer_party: CustomerParty | None = None
    deliveries: tuple[Delivery, ...] = many("Delivery")
    delivery_terms: tuple[DeliveryTerms, ...] = many("DeliveryTerms")
    payment_means: tuple[PaymentMeans, ...] = many("PaymentMeans")
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")
    transaction_conditions: TransactionConditions | None = None
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    anticipated_monetary_total: MonetaryTotal | None = None
    order_lines: tuple[OrderLine, ...] = many("OrderLine")


@aggregate
class OrderResponse(Document):
    """The seller answers an order line by line."""

    sales_order_id: Identifier | None = None
    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    order_response_code: Code | None = None
    notes: tuple[Text, ...] = many("Note")
    document_currency_code: Code | None = None
    pricing_currency_code: Code | None = None
    customer_reference: str | None = None
    accounting_cost: str | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    order_references: tuple[OrderReference, ...] = many("OrderReference")
    originator_document_reference: DocumentReference | None = None
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    contracts: tuple[Contract, ...] = many("Contract")
    seller_supplier_party: SupplierParty | None = None
    buyer_customer_party: CustomerParty | None = None
    originator_customer_party: CustomerParty | None = None
    accounting_customer_party: CustomerParty | None = None
    deliveries: tuple[Delivery, ...] = many("Delivery")
    delivery_terms: DeliveryTerms | None = None
    payment_means: tuple[PaymentMeans, ...] = many("PaymentMeans")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    transaction_conditions: TransactionConditions | None = None
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    legal_monetary_total: MonetaryTotal | None = None
    order_lines: tuple[OrderLine, ...] = many("OrderLine")


@aggregate
class OrderResponseSimple(Document):
    """The seller says yes or no to a whole order."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    notes: tuple[Text, ...] = many("Note")
    accepted_indicator: bool | None = None
    rejection_notes: tuple[str, ...] = many("RejectionNote")
    order_reference: OrderReference | None = None
    seller_supplier_party: SupplierParty | None = None
    buyer_customer_party: CustomerParty | None = None
    originator_customer_party: CustomerParty | None = None


@aggregate
class OrderChange(Document):
    """The buyer changes an order."""

    sales_order_id: Identifier | None = None
    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    sequence_number_id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    document_currency_code: Code | None = None
    customer_reference: str | None = None
    accounting_cost: str | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    order_reference: OrderReference | None = None
    quotation_document_reference: DocumentReference | None = None
    originator_document_reference: DocumentReference | None = None
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    contracts: tuple[Contract, ...] = many("Contract")
    buyer_customer_party: CustomerParty | None = None
    seller_supplier_party: SupplierParty | None = None
    originator_customer_party: CustomerParty | None = None
    accounting_customer_party: CustomerParty | None = None
    deliveries: tuple[Delivery, ...] = many("Delivery")
    delivery_terms: DeliveryTerms | None = None
    payment_terms: tuple[PaymentTerms, ...] = many("PaymentTerms")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")
    tax_totals: tuple[TaxTotal, ...] = many("TaxTotal")
    anticipated_monetary_total: MonetaryTotal | None = None
    order_lines: tuple[OrderLine, ...] = many("OrderLine")


@aggregate
class OrderCancellation(Document):
    """The buyer takes an order back."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    notes: tuple[Text, ...] = many("Note")
    cancellation_notes: tuple[str, ...] = many("CancellationNote")
    order_references: tuple[OrderReference, ...] = many("OrderReference")
    originator_document_reference: DocumentReference | None = None
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    contracts: tuple[Contract, ...] = many("Contract")
    buyer_customer_party: CustomerParty | None = None
    seller_supplier_party: SupplierParty | None = None
    originator_customer_party: CustomerParty | None = None


@aggregate
class DespatchAdvice(Document):
    """What has been sent."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    document_status_code: Code | None = None
    despatch_advice_type_code: Code | None = None
    notes: tuple[Text, ...] = many("Note")
    order_references: tuple[OrderReference, ...] = many("OrderReference")
    additional_document_references: tuple[DocumentReference, ...] = many("AdditionalDocumentReference")
    despatch_supplier_party: SupplierParty | None = None
    delivery_customer_party: CustomerParty | None = None
    buyer_customer_party: CustomerParty | None = None
    seller_supplier_party: SupplierParty | None = None
    originator_customer_party: CustomerParty | None = None
    shipment: Shipment | None = None
    despatch_lines: tuple[DespatchLine, ...] = many("DespatchLine")


@aggregate
class ReceiptAdvice(Document):
    """What has been received."""

    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    notes: tuple[Text, ...] = many("Note")
    order_references: tuple[OrderReference, ...] = many("OrderReference")
    despatch_document_references: tuple[DocumentReference, ...] = many("DespatchDocumentReference")
    delivery_customer_party: CustomerParty | None = None
    despatch_supplier_party: SupplierParty | None = None
    shipment: Shipment | None = None
    receipt_lines: tuple[ReceiptLine, ...] = many("ReceiptLine")


@aggregate
class ApplicationResponse(Document):
    """An answer to any document: invoice response, catalogue response, message level response."""

    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    response_date: date | None = None
    response_time: str | None = None
    notes: tuple[Text, ...] = many("Note")
    version_id: Identifier | None = None
    signatures: tuple[Signature, ...] = many("Signature")
    sender_party: Party | None = None
    receiver_party: Party | None = None
    document_responses: tuple[DocumentResponse, ...] = many("DocumentResponse")


@aggregate
class Catalogue(Document):
    """What a seller offers. Long ones are read by `read_catalogue_lines`."""

    uuid: Identifier | None = None
    action_code: Code | None = None
    name: str | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    revision_date: date | None = None
    revision_time: str | None = None
    notes: tuple[Text, ...] = many("Note")
    descriptions: tuple[Text, ...] = many("Description")
    version_id: Identifier | None = None
    previous_version_id: Identifier | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    referenced_contracts: tuple[Contract, ...] = many("ReferencedContract")
    source_catalogue_reference: CatalogueReference | None = None
    provider_party: Party | None = None
    receiver_party: Party | None = None
    seller_supplier_party: SupplierParty | None = None
    contractor_customer_party: CustomerParty | None = None
    trading_terms: tuple[TradingTerms, ...] = many("TradingTerms")
    catalogue_lines: tuple[CatalogueLine, ...] = many("CatalogueLine")


@aggregate
class CatalogueRequest(Document):
    """A buyer asks for a catalogue."""

    name: str | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    descriptions: tuple[Text, ...] = many("Description")
    pricing_update_request_indicator: bool | None = None
    item_update_request_indicator: bool | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    receiver_party: Party | None = None
    provider_party: Party | None = None
    contractor_customer_party: CustomerParty | None = None
    requested_catalogue_reference: CatalogueReference | None = None
    referenced_contracts: tuple[Contract, ...] = many("ReferencedContract")
    applicable_territory_addresses: tuple[Address, ...] = many("ApplicableTerritoryAddress")
    requested_classification_schemes: tuple[ClassificationScheme, ...] = many("RequestedClassificationScheme")
    catalogue_request_lines: tuple[CatalogueRequestLine, ...] = many("CatalogueRequestLine")


@aggregate
class CataloguePricingUpdate(Document):
    """New prices for a catalogue."""

    uuid: Identifier | None = None
    name: str | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    revision_date: date | None = None
    revision_time: str | None = None
    notes: tuple[Text, ...] = many("Note")
    descriptions: tuple[Text, ...] = many("Description")
    version_id: Identifier | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    related_catalogue_reference: CatalogueReference | None = None
    referenced_contracts: tuple[Contract, ...] = many("ReferencedContract")
    provider_party: Party | None = None
    receiver_party: Party | None = None
    seller_supplier_party: SupplierParty | None = None
    catalogue_pricing_update_lines: tuple[CataloguePricingUpdateLine, ...] = many("CataloguePricingUpdateLine")


@aggregate
class CatalogueItemSpecificationUpdate(Document):
    """New descriptions for a catalogue."""

    uuid: Identifier | None = None
    name: str | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    revision_date: date | None = None
    revision_time: str | None = None
    notes: tuple[Text, ...] = many("Note")
    descriptions: tuple[Text, ...] = many("Description")
    version_id: Identifier | None = None
    related_catalogue_reference: CatalogueReference | None = None
    referenced_contracts: tuple[Contract, ...] = many("ReferencedContract")
    provider_party: Party | None = None
    receiver_party: Party | None = None
    seller_supplier_party: SupplierParty | None = None
    catalogue_item_specification_update_lines: tuple[CatalogueItemSpecificationUpdateLine, ...] = many(
        "CatalogueItemSpecificationUpdateLine"
    )


@aggregate
class CatalogueDeletion(Document):
    """A catalogue is withdrawn."""

    name: str | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    version_id: Identifier | None = None
    deleted_catalogue_reference: CatalogueReference | None = None
    receiver_party: Party | None = None
    provider_party: Party | None = None
