"""The profiles as values: how each is recognised, where its sums stand, how it says things. (pure)

A new profile is one more value at the end of this file; nothing else in the house asks which profile it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.documents import CreditNote, Invoice, Order
from eshop.ubl.expression import (
    EVERY,
    Rule,
    Rules,
    express,
    from_list,
    in_scheme,
    left_out,
    schemes,
    units_of,
    unless_said,
)
from eshop.ubl.items import CommodityClassification
from eshop.ubl.lines import CreditNoteLine, InvoiceLine, LineItem
from eshop.ubl.parties import Address, Contact, DocumentReference, PartyLegalEntity, PartyTaxScheme, TaxScheme
from eshop.ubl.payments import MonetaryTotal, PaymentMeans, Price, TaxCategory
from eshop.ubl.references import DocumentResponse, Response, Status
from eshop.ubl.values import Code, Document, Identifier, Measure, Money, Text


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a document type of a profile calls itself."""

    customization_id: str
    profile_id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A way of writing UBL that buyers and sellers have agreed on. `name` is the word of the interfaces.

    `customizations` are parts of the CustomizationID that it is recognised by; `transactions` what it calls its documents,
    by document type; `rules` how it says what our neutral vocabulary says (see `expression`).
    """

    name: str
    customizations: tuple[str, ...]
    tax_exclusive_is_tax: bool = False
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    rules: Rules = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def express(self, document: Document) -> Document:
        """`document`, made in the neutral vocabulary, in the words of this profile, with what it calls itself."""
        own = self.transactions.get(type(document).__name__)
        named: dict[str, Any] = {}
        if own is not None:
            if document.customization_id is None:
                named["customization_id"] = Identifier(own.customization_id)
            if document.profile_id is None:
                named["profile_id"] = Identifier(own.profile_id)
        return express(replace(document, **named) if named else document, self.rules)

    def net_total(self, document: Document) -> Money | None:
        """The total without tax, after the document's discounts and charges; None where the document does not say it.

        Peppol and EN 16931 write it (TaxExclusiveAmount). OIOUBL has no element for it (its TaxExclusiveAmount is the tax):
        lines 5000.00 − AllowanceTotalAmount 100.00 + ChargeTotalAmount 50.00 = 4950.00.
        """
        totals = totals_of(document)
        if totals is None:
            return None
        if not self.tax_exclusive_is_tax:
            return totals.tax_exclusive_amount
        return _lines_with_charges(totals)

    def tax_total(self, document: Document) -> Money | None:
        """The tax of the document in its own currency; None where the document does not say it.

        Peppol: the TaxTotal in the document's currency (a second one may be in the accounting currency). OIOUBL: the
        TaxExclusiveAmount, else the sum of its TaxTotals, one per kind of tax.
        """
        totals = totals_of(document)
        if self.tax_exclusive_is_tax and totals is not None and totals.tax_exclusive_amount is not None:
            return totals.tax_exclusive_amount
        currency = currency_of(document)
        amounts = [
            total.tax_amount
            for total in getattr(document, "tax_totals", ())
            if total.tax_amount is not None and (currency is None or total.tax_amount.currency == currency)
        ]
        if not amounts:
            return None
        return Money(sum((amount.value for amount in amounts), Decimal(0)), amounts[0].currency)

    def gross_total(self, document: Document) -> Money | None:
        """The total with tax (TaxInclusiveAmount), before prepayment and rounding; else what is payable."""
        totals = totals_of(document)
        return None if totals is None else totals.tax_inclusive_amount or totals.payable_amount


def totals_of(document: Document) -> MonetaryTotal | None:
    """The sums of a document: the legal ones of an invoice, the anticipated ones of an order."""
    for name in ("legal_monetary_total", "anticipated_monetary_total"):
        totals = getattr(document, name, None)
        if totals is not None:
            return totals
    return None


def currency_of(document: Document) -> str | None:
    """The currency that a document is in, as it says itself."""
    code = getattr(document, "document_currency_code", None)
    return code.value if code is not None else None


def _lines_with_charges(totals: MonetaryTotal) -> Money | None:
    lines = totals.line_extension_amount
    if lines is None:
        return None
    allowance = totals.allowance_total_amount.value if totals.allowance_total_amount else Decimal(0)
    charge = totals.charge_total_amount.value if totals.charge_total_amount else Decimal(0)
    return Money(lines.value - allowance + charge, lines.currency)


def recognise(customization_id: str | None, profile_id: str | None = None) -> "Profile":
    """The profile of a UBL document by what it says of itself; UBL that follows none of ours is 'ubl-2.1'."""
    stated = customization_id or ""
    for profile in PROFILES.values():
        if any(part in stated for part in profile.customizations):
            return profile
    return UBL


def profile_named(name: str) -> Profile:
    """The profile of an interface word: 'oioubl-2.1'. KeyError if there is none."""
    return PROFILES[name]


# What is said in one field in the light of its neighbours


def _oioubl_tax_exclusive(said: Money | None, totals: MonetaryTotal) -> Money | None:
    """The tax, where we mean the net: net 4950.00 with 6187.50 inclusive is written 1237.50."""
    net, gross = _lines_with_charges(totals), totals.tax_inclusive_amount
    if said is None or net is None or gross is None or said.value != net.value:
        return said
    return Money(gross.value - net.value, said.currency)


def _oioubl_address_format(said: Code | None, address: Address) -> Code:
    """StructuredDK wants street and house number in their own elements; StructuredLax takes an address as it is."""
    own = address.street_name and address.building_number and address.postal_zone and address.city_name
    return said or Code("StructuredDK" if own else "StructuredLax", "urn:oioubl:codelist:addressformatcode-1.1", "320")


def _oioubl_tax_name(said: str | None, scheme: TaxScheme) -> str | None:
    return said or ("Moms" if scheme.id is not None and scheme.id.value in ("VAT", "63") else None)


def _oioubl_price(said: Price | None, line: Any) -> Price | None:
    """OIOUBL wants the base quantity of a price with its unit, and the factor from order unit to price unit."""
    quantity = (
        getattr(line, "quantity", None)
        or getattr(line, "invoiced_quantity", None)
        or getattr(line, "credited_quantity", None)
    )
    if said is None or quantity is None:
        return said
    base = said.base_quantity or Measure(Decimal(1), quantity.unit)
    unit = base.unit or quantity.unit
    return replace(
        said,
        base_quantity=Measure(base.value, unit),
        orderable_unit_factor_rate=said.orderable_unit_factor_rate or (Decimal(1) if unit == quantity.unit else None),
    )


def _oioubl_response(said: Response | None, about: DocumentResponse) -> Response | None:
    """OIOUBL wants the number of what is answered inside the answer, and its reasons as a description."""
    if said is None:
        return None
    reference = about.document_references[0].id if about.document_references else None
    reasons = tuple(Text(reason) for status in said.statuses for reason in status.status_reasons)
    return replace(
        said, reference_id=said.reference_id or reference, descriptions=said.descriptions or reasons, statuses=()
    )


def _peppol_vat_number(said: Identifier | None, _within: Any) -> Identifier | None:
    """A VAT registration has no scheme: 'DK12345678'."""
    if said is None or said.scheme_id not in ("0198", "0184"):
        return said
    return Identifier("DK" + said.value.removeprefix("DK"))


def _unspsc(list_id: str, agency: str | None, version: str | None) -> Rule:
    def rule(said: Code | None, _within: Any) -> Code | None:
        return said if said is None or said.list_id != "UNSPSC" else Code(said.value, list_id, agency, version)

    return rule


_COMMON_PEPPOL: Final[Rules] = {
    (Document, "ubl_version_id"): left_out,
    (Document, "copy_indicator"): left_out,
    (Identifier, EVERY): schemes(
        {
            "GLN": ("0088", None, ""),
            "DK:CVR": ("0184", None, ""),
            "DK:SE": ("0198", None, ""),
            "DK:P": ("0096", None, ""),
            "GTIN": ("0160", None, ""),
        }
    ),
    (Measure, EVERY): units_of("bis"),
    (PartyTaxScheme, "company_id"): _peppol_vat_number,
    (Price, "orderable_unit_factor_rate"): left_out,
    (CommodityClassification, "item_classification_code"): _unspsc("TST", None, None),
    (TaxScheme, "name"): left_out,
    (Address, "address_format_code"): left_out,
}

_PEPPOL_ORDERING: Final = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
_PEPPOL_ADVANCED: Final = "urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3"
_PEPPOL_BILLING: Final = Transaction(
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
)

PEPPOL: Final = Profile(
    name="peppol-bis-3",
    customizations=("urn:fdc:peppol.eu:2017:poacc:billing:3", "urn:fdc:peppol.eu:poacc:trns:"),
    transactions={
        "Invoice": _PEPPOL_BILLING,
        "CreditNote": _PEPPOL_BILLING,
        "Order": Transaction("urn:fdc:peppol.eu:poacc:trns:order:3", _PEPPOL_ORDERING),
        "OrderResponse": Transaction("urn:fdc:peppol.eu:poacc:trns:order_response:3", _PEPPOL_ORDERING),
        "OrderChange": Transaction("urn:fdc:peppol.eu:poacc:trns:order_change:3", _PEPPOL_ADVANCED),
        "OrderCancellation": Transaction("urn:fdc:peppol.eu:poacc:trns:order_cancellation:3", _PEPPOL_ADVANCED),
        "DespatchAdvice": Transaction(
            "urn:fdc:peppol.eu:poacc:trns:despatch_advice:3", "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3"
        ),
        "Catalogue": Transaction(
            "urn:fdc:peppol.eu:poacc:trns:catalogue:3", "urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3"
        ),
        "ApplicationResponse": Transaction(
            "urn:fdc:peppol.eu:poacc:trns:invoice_response:3", "urn:fdc:peppol.eu:poacc:bis:invoice_response:3"
        ),
    },
    rules={
        **_COMMON_PEPPOL,
        (Response, "reference_id"): left_out,
        (Status, "status_reason_code"): from_list("OPStatusReason"),
    },
)

EN16931: Final = Profile(
    name="en16931",
    customizations=("urn:cen.eu:en16931:2017",),
    transactions={
        "Invoice": Transaction("urn:cen.eu:en16931:2017", _PEPPOL_BILLING.profile_id),
        "CreditNote": Transaction("urn:cen.eu:en16931:2017", _PEPPOL_BILLING.profile_id),
    },
    rules=_COMMON_PEPPOL,
)

_OIOUBL: Final = "OIOUBL-2.1"
_OIOUBL_SIMPLE: Final = Transaction(_OIOUBL, "Procurement-OrdSimR-BilSim-1.0")
_OIOUBL_ADVANCED: Final = Transaction(_OIOUBL, "Procurement-OrdAdvR-BilSim-1.0")
_OIOUBL_BILLING: Final = Transaction(_OIOUBL, "Procurement-BilSim-1.0")
_OIOUBL_CATALOGUE: Final = Transaction(_OIOUBL, "Catalogue-CatBas-1.0")

OIOUBL: Final = Profile(
    name="oioubl-2.1",
    customizations=("OIOUBL-2",),
    tax_exclusive_is_tax=True,
    transactions={
        "Invoice": _OIOUBL_BILLING,
        "CreditNote": _OIOUBL_BILLING,
        "Reminder": _OIOUBL_BILLING,
        "ApplicationResponse": _OIOUBL_BILLING,
        "Order": _OIOUBL_SIMPLE,
        "OrderResponseSimple": _OIOUBL_SIMPLE,
        "OrderResponse": _OIOUBL_ADVANCED,
        "OrderChange": _OIOUBL_ADVANCED,
        "OrderCancellation": _OIOUBL_ADVANCED,
        "Catalogue": _OIOUBL_CATALOGUE,
    },
    rules={
        (Document, "ubl_version_id"): unless_said(Identifier("2.1")),
        (Document, "profile_id"): in_scheme("urn:oioubl:id:profileid-1.6", "320"),
        (Document, "copy_indicator"): unless_said(False),
        (Identifier, EVERY): schemes(
            {
                "GLN": ("GLN", "9", ""),
                "DK:CVR": ("DK:CVR", None, "DK"),
                "DK:SE": ("DK:SE", None, "DK"),
                "GTIN": ("GTIN", "9", ""),
            }
        ),
        (Measure, EVERY): units_of("oioubl"),
        (Order, "order_type_code"): left_out,
        (Invoice, "invoice_type_code"): from_list("urn:oioubl:codelist:invoicetypecode-1.1", "320"),
        (CreditNote, "credit_note_type_code"): left_out,
        (Address, "address_format_code"): _oioubl_address_format,
        (Contact, "id"): unless_said(Identifier("n/a")),
        (PartyTaxScheme, "company_id"): in_scheme("DK:SE"),
        (PartyLegalEntity, "company_id"): in_scheme("DK:CVR"),
        (TaxCategory, "id"): in_scheme(
            "urn:oioubl:id:taxcategoryid-1.1",
            "320",
            {"S": "StandardRated", "Z": "ZeroRated", "E": "ZeroRated", "O": "ZeroRated", "AE": "ReverseCharge"},
        ),
        (TaxScheme, "id"): in_scheme("urn:oioubl:id:taxschemeid-1.1", "320", {"VAT": "63"}),
        (TaxScheme, "name"): _oioubl_tax_name,
        (MonetaryTotal, "tax_exclusive_amount"): _oioubl_tax_exclusive,
        (LineItem, "price"): _oioubl_price,
        (InvoiceLine, "price"): _oioubl_price,
        (CreditNoteLine, "price"): _oioubl_price,
        (CommodityClassification, "item_classification_code"): _unspsc("UNSPSC", "113", "7.0401"),
        (PaymentMeans, "payment_channel_code"): from_list("urn:oioubl:codelist:paymentchannelcode-1.1", "320"),
        (DocumentResponse, "response"): _oioubl_response,
        (Response, "response_code"): from_list(
            "urn:oioubl:codelist:responsecode-1.1",
            "320",
            words={"AP": "BusinessAccept", "CA": "BusinessAccept", "PD": "BusinessAccept", "RE": "BusinessReject"},
        ),
        (DocumentReference, "document_type_code"): from_list(
            "urn:oioubl:codelist:responsedocumenttypecode-1.1", "320", words={"380": "Invoice", "381": "CreditNote"}
        ),
    },
)

UBL: Final = Profile(name="ubl-2.1", customizations=())

PROFILES: Final[Mapping[str, Profile]] = {profile.name: profile for profile in (OIOUBL, PEPPOL, EN16931, UBL)}
"""By their interface word, in the order in which they are tried."""
