"""Money: tax, prices, charges, totals, and how it is paid."""

import datetime
from decimal import Decimal

from eshop.ubl.parties import DocumentReference, FinancialAccount, Period, TaxScheme
from eshop.ubl.references import Contract
from eshop.ubl.values import Code, Identifier, Measure, Money, Text, aggregate, many


@aggregate
class TaxCategory:
    """A tax rate with its category, and why it is exempt."""

    id: Identifier | None = None
    percent: Decimal | None = None
    base_unit_measure: Measure | None = None
    per_unit_amount: Money | None = None
    tax_exemption_reason_code: Code | None = None
    tax_exemption_reasons: tuple[str, ...] = many("TaxExemptionReason")
    tax_scheme: TaxScheme | None = None


@aggregate
class TaxSubtotal:
    """The tax of one category: base, rate, amount."""

    taxable_amount: Money | None = None
    tax_amount: Money | None = None
    calculation_sequence_numeric: Decimal | None = None
    transaction_currency_tax_amount: Money | None = None
    tax_category: TaxCategory | None = None


@aggregate
class TaxTotal:
    """The tax of a document or line in one currency."""

    tax_amount: Money | None = None
    rounding_amount: Money | None = None
    tax_evidence_indicator: bool | None = None
    tax_subtotals: tuple[TaxSubtotal, ...] = many("TaxSubtotal")


@aggregate
class AllowanceCharge:
    """A discount (`charge_indicator` false) or a charge (true), as an amount or a factor of a base."""

    id: Identifier | None = None
    charge_indicator: bool | None = None
    allowance_charge_reason_code: Code | None = None
    allowance_charge_reasons: tuple[str, ...] = many("AllowanceChargeReason")
    multiplier_factor_numeric: Decimal | None = None
    sequence_numeric: Decimal | None = None
    amount: Money | None = None
    base_amount: Money | None = None
    accounting_cost: str | None = None
    tax_categories: tuple[TaxCategory, ...] = many("TaxCategory")


@aggregate
class Price:
    """The price of `base_quantity` units (absent: of one)."""

    price_amount: Money | None = None
    base_quantity: Measure | None = None
    price_type_code: Code | None = None
    price_type: str | None = None
    orderable_unit_factor_rate: Decimal | None = None
    validity_periods: tuple[Period, ...] = many("ValidityPeriod")
    allowance_charges: tuple[AllowanceCharge, ...] = many("AllowanceCharge")


@aggregate
class MonetaryTotal:
    """The sums of a document. `tax_exclusive_amount` is the net in Peppol and the tax in OIOUBL: ask `profile.net_total`."""

    line_extension_amount: Money | None = None
    tax_exclusive_amount: Money | None = None
    tax_inclusive_amount: Money | None = None
    allowance_total_amount: Money | None = None
    charge_total_amount: Money | None = None
    prepaid_amount: Money | None = None
    payable_rounding_amount: Money | None = None
    payable_amount: Money | None = None


@aggregate
class ExchangeRate:
    """How one currency was turned into another."""

    source_currency_code: Code | None = None
    source_currency_base_rate: Decimal | None = None
    target_currency_code: Code | None = None
    target_currency_base_rate: Decimal | None = None
    exchange_market_id: Identifier | None = None
    calculation_rate: Decimal | None = None
    mathematic_operator_code: Code | None = None
    date: datetime.date | None = None
    foreign_exchange_contract: Contract | None = None


@aggregate
class CardAccount:
    """A payment card."""

    primary_account_number_id: Identifier | None = None
    network_id: Identifier | None = None
    holder_name: str | None = None


@aggregate
class CreditAccount:
    """An account with the creditor that is charged."""

    account_id: Identifier | None = None


@aggregate
class PaymentMandate:
    """The payer's mandate for direct debit."""

    id: Identifier | None = None
    payer_financial_account: FinancialAccount | None = None


@aggregate
class PaymentMeans:
    """One way to pay: account, payment slip, card, direct debit."""

    id: Identifier | None = None
    payment_means_code: Code | None = None
    payment_due_date: datetime.date | None = None
    payment_channel_code: Code | None = None
    instruction_id: Identifier | None = None
    instruction_notes: tuple[str, ...] = many("InstructionNote")
    payment_ids: tuple[Identifier, ...] = many("PaymentID")
    card_account: CardAccount | None = None
    payer_financial_account: FinancialAccount | None = None
    payee_financial_account: FinancialAccount | None = None
    credit_account: CreditAccount | None = None
    payment_mandate: PaymentMandate | None = None


@aggregate
class PaymentTerms:
    """Terms of payment: due date, discount, penalty."""

    id: Identifier | None = None
    payment_means_ids: tuple[Identifier, ...] = many("PaymentMeansID")
    prepaid_payment_reference_id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    reference_event_code: Code | None = None
    settlement_discount_percent: Decimal | None = None
    penalty_surcharge_percent: Decimal | None = None
    amount: Money | None = None
    settlement_period: Period | None = None
    penalty_period: Period | None = None


@aggregate
class Payment:
    """A payment already made."""

    id: Identifier | None = None
    paid_amount: Money | None = None
    received_date: datetime.date | None = None
    paid_date: datetime.date | None = None
    paid_time: str | None = None
    instruction_id: Identifier | None = None


@aggregate
class TransactionConditions:
    """Conditions of a transaction, e.g. whether partial delivery is taken."""

    id: Identifier | None = None
    action_code: Code | None = None
    descriptions: tuple[Text, ...] = many("Description")
    document_references: tuple[DocumentReference, ...] = many("DocumentReference")


@aggregate
class TradingTerms:
    """Terms of trade in words."""

    informations: tuple[str, ...] = many("Information")
