"""The words of OIOUBL 2.1 (and 2.02, the same family): what its documents call themselves and how they say things. (pure)

Source: OIOUBL schematron 1.17.2 (Danish Business Authority, 1 May 2026); the rule ids stand beside what they ask for.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from eshop.amounts import round_half_away
from eshop.ubl.documents import ApplicationResponse, Catalogue, CreditNote, Invoice, Order
from eshop.ubl.expression import (
    EVERY,
    Rules,
    Transaction,
    from_list,
    in_scheme,
    left_out,
    schemes,
    units_of,
    unless_said,
    without,
)
from eshop.ubl.items import CommodityClassification, Item
from eshop.ubl.lines import CatalogueLine, CreditNoteLine, InvoiceLine, LineItem
from eshop.ubl.parties import (
    Address,
    Contact,
    CustomerParty,
    DocumentReference,
    PartyLegalEntity,
    PartyTaxScheme,
    TaxScheme,
)
from eshop.ubl.payments import MonetaryTotal, PaymentMeans, Price, TaxCategory, TaxSubtotal, TaxTotal
from eshop.ubl.references import DocumentResponse, Response
from eshop.ubl.values import Code, Document, Identifier, Measure, Money, Text

_AGENCY: Final = "320"
_ANSWERED: Final = "urn:oioubl:codelist:responsedocumenttypecode-1.1"
_CHANNELS: Final = {"42": "DK:BANK", "31": "IBAN", "50": "DK:GIRO", "93": "DK:FIK", "97": "DK:NEMKONTO"}
"""How a payment means is transported (F-LIB123 and its like): a Danish account, an IBAN, giro, payment slip, NemKonto."""

_ANSWERS: Final = {
    "AP": "BusinessAccept",
    "CA": "BusinessAccept",
    "PD": "BusinessAccept",
    "RE": "BusinessReject",
    "AB": "TechnicalAccept",
    "IP": "TechnicalAccept",
    "UQ": "TechnicalAccept",
}
"""UNCL 4343 as Peppol uses it. OIOUBL has no word for 'in process' and 'under query': the document is received and neither
accepted nor rejected, and what is asked stands in the description."""

_LINE_STATUS: Final = {
    "1": "Added",
    "2": "Cancelled",
    "3": "Revised",
    "4": "NoStatus",
    "5": "NoStatus",
    "7": "Cancelled",
}
"""UNCL 1229 as Peppol uses it: added, deleted, changed, no action, accepted, not accepted."""


def net_of(totals: MonetaryTotal) -> Money | None:
    """Lines less discounts plus charges: 5000.00 − 100.00 + 50.00 = 4950.00."""
    lines = totals.line_extension_amount
    if lines is None:
        return None
    allowance = totals.allowance_total_amount.value if totals.allowance_total_amount else Decimal(0)
    charge = totals.charge_total_amount.value if totals.charge_total_amount else Decimal(0)
    return Money(lines.value - allowance + charge, lines.currency)


def _tax_exclusive(said: Money | None, totals: MonetaryTotal) -> Money | None:
    """The tax, where we mean the net: net 4950.00 with 6187.50 inclusive is written 1237.50."""
    net, gross = net_of(totals), totals.tax_inclusive_amount
    if said is None or net is None or gross is None or said.value != net.value:
        return said
    return Money(gross.value - net.value, said.currency)


def _address_format(said: Code | None, address: Address) -> Code:
    """StructuredDK wants street and house number in their own elements; StructuredLax takes an address as it is."""
    own = address.street_name and address.building_number and address.postal_zone and address.city_name
    return said or Code(
        "StructuredDK" if own else "StructuredLax", "urn:oioubl:codelist:addressformatcode-1.1", _AGENCY
    )


def _tax_name(said: str | None, scheme: TaxScheme) -> str | None:
    return said or ("Moms" if scheme.id is not None and scheme.id.value in ("VAT", "63") else None)


def _two_decimals(said: Measure | None, _line: Any) -> Measure | None:
    """Ordered quantities are written with at least two decimals (F-ORD133): 4 → 4.00, 0.125 stays."""
    if said is None or int(said.value.as_tuple().exponent) <= -2:
        return said
    return Measure(said.value.quantize(Decimal("0.01")), said.unit, said.unit_list_id)


def _quantity_of(line: Any) -> Measure | None:
    return (
        getattr(line, "quantity", None)
        or getattr(line, "invoiced_quantity", None)
        or getattr(line, "credited_quantity", None)
    )


def _price(said: Price | None, line: Any) -> Price | None:
    """A price has its base quantity with unit, and the factor from order unit to price unit, which is 1 where they agree."""
    quantity = _quantity_of(line)
    if said is None or quantity is None:
        return said
    base = said.base_quantity or Measure(Decimal(1), quantity.unit)
    unit = base.unit or quantity.unit
    return replace(
        said,
        base_quantity=Measure(base.value, unit),
        orderable_unit_factor_rate=said.orderable_unit_factor_rate or (Decimal(1) if unit == quantity.unit else None),
    )


def _line_tax(said: tuple[TaxTotal, ...], line: Any) -> tuple[TaxTotal, ...]:
    """Each line says its tax (F-INV138, F-CRN081): 799.20 at 25 % is 199.80, rounded half away from zero."""
    net = line.line_extension_amount
    category = line.item.classified_tax_categories[0] if line.item and line.item.classified_tax_categories else None
    if said or net is None or category is None:
        return said
    tax = Money(round_half_away(net.value * (category.percent or 0) / 100, Decimal("0.01")), net.currency)
    return (
        TaxTotal(
            tax_amount=tax, tax_subtotals=(TaxSubtotal(taxable_amount=net, tax_amount=tax, tax_category=category),)
        ),
    )


def _channel(said: Code | None, means: PaymentMeans) -> Code | None:
    word = said.value if said else _CHANNELS.get(means.payment_means_code.value if means.payment_means_code else "")
    if word is None or (said is not None and said.list_id is not None):
        return said
    return Code(word, "urn:oioubl:codelist:paymentchannelcode-1.1", _AGENCY)


def _response(said: Response | None, about: DocumentResponse) -> Response | None:
    """The number of what is answered stands inside the answer too, and its reasons as a description."""
    if said is None:
        return None
    reference = about.document_references[0].id if about.document_references else None
    reasons = tuple(Text(reason) for status in said.statuses for reason in status.status_reasons)
    return replace(
        said, reference_id=said.reference_id or reference, descriptions=said.descriptions or reasons, statuses=()
    )


_in_profile: Final = in_scheme("urn:oioubl:id:profileid-1.6", _AGENCY)


def _answering_profile(said: Identifier | None, answer: ApplicationResponse) -> Identifier | None:
    """That something was received, and no more, is said in a profile of its own (F-APR058)."""
    codes = {
        about.response.response_code.value
        for about in answer.document_responses
        if about.response and about.response.response_code
    }
    return _in_profile(Identifier("Procurement-TecRes-1.0") if "TechnicalAccept" in codes else said, answer)


def _unspsc(said: Code | None, _within: Any) -> Code | None:
    if said is None or said.list_id != "UNSPSC":
        return said
    return Code(said.value, "UNSPSC", "113", said.list_version_id or "19.0501")


def _description(said: tuple[Text, ...], item: Item) -> tuple[Text, ...]:
    return said or ((Text(item.name),) if item.name else ())


def _other_contractor(said: CustomerParty | None, catalogue: Catalogue) -> CustomerParty | None:
    """The contractor is named only where it is not the receiver (F-CAT007)."""
    return None if said is None or said.party == catalogue.receiver_party else said


RULES: Final[Rules] = {
    (Document, "ubl_version_id"): unless_said(Identifier("2.1")),
    (Document, "profile_id"): _in_profile,
    (ApplicationResponse, "profile_id"): _answering_profile,
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
    (Invoice, "invoice_type_code"): from_list("urn:oioubl:codelist:invoicetypecode-1.1", _AGENCY),
    (CreditNote, "credit_note_type_code"): left_out,
    (Address, "address_format_code"): _address_format,
    (Contact, "id"): unless_said(Identifier("n/a")),
    (PartyTaxScheme, "company_id"): in_scheme("DK:SE"),
    (PartyLegalEntity, "company_id"): in_scheme("DK:CVR"),
    (TaxCategory, "id"): in_scheme(
        "urn:oioubl:id:taxcategoryid-1.1",
        _AGENCY,
        {"S": "StandardRated", "Z": "ZeroRated", "E": "ZeroRated", "O": "ZeroRated", "AE": "ReverseCharge"},
    ),
    (TaxScheme, "id"): in_scheme("urn:oioubl:id:taxschemeid-1.1", _AGENCY, {"VAT": "63"}),
    (TaxScheme, "name"): _tax_name,
    (MonetaryTotal, "tax_exclusive_amount"): _tax_exclusive,
    (Item, "descriptions"): _description,
    (CommodityClassification, "item_classification_code"): _unspsc,
    (LineItem, "line_status_code"): from_list("urn:oioubl:codelist:linestatuscode-1.1", _AGENCY, words=_LINE_STATUS),
    (LineItem, "quantity"): _two_decimals,
    (LineItem, "price"): _price,
    (InvoiceLine, "price"): _price,
    (InvoiceLine, "tax_totals"): _line_tax,
    (CreditNoteLine, "price"): _price,
    (CreditNoteLine, "tax_totals"): _line_tax,
    (Catalogue, "action_code"): left_out,
    (Catalogue, "contractor_customer_party"): _other_contractor,
    (CatalogueLine, "action_code"): from_list("urn:oioubl:codelist:catalogueactioncode-1.1", _AGENCY),
    (CatalogueLine, "item"): without("classified_tax_categories"),
    (PaymentMeans, "payment_channel_code"): _channel,
    (DocumentResponse, "response"): _response,
    (Response, "response_code"): from_list(
        "urn:oioubl:codelist:responsecode-1.1",
        _AGENCY,
        words=_ANSWERS,
    ),
    (DocumentReference, "document_type_code"): from_list(
        _ANSWERED, _AGENCY, words={"380": "Invoice", "381": "CreditNote"}
    ),
}

_CUSTOMIZATION: Final = "OIOUBL-2.1"
_SIMPLE: Final = Transaction(_CUSTOMIZATION, "Procurement-OrdSimR-BilSim-1.0")
_ADVANCED: Final = Transaction(_CUSTOMIZATION, "Procurement-OrdAdvR-BilSim-1.0")


def _catalogue_or_part(said: Code | None, within: Any) -> Code:
    """What is answered is a catalogue, where nothing else is said: a price update, a request for one."""
    return from_list(_ANSWERED, _AGENCY)(said or Code("Catalogue"), within)


_BILLING: Final = Transaction(_CUSTOMIZATION, "Procurement-BilSim-1.0")

TRANSACTIONS: Final[Mapping[str, Transaction]] = {
    "Invoice": _BILLING,
    "CreditNote": _BILLING,
    "Reminder": _BILLING,
    "ApplicationResponse": _BILLING,
    "Order": _SIMPLE,
    "OrderResponseSimple": _SIMPLE,
    "OrderResponse": _ADVANCED,
    "OrderChange": _ADVANCED,
    "OrderCancellation": _ADVANCED,
    "Catalogue": Transaction(_CUSTOMIZATION, "Catalogue-CatBas-1.0"),
    "CatalogueResponse": Transaction(
        _CUSTOMIZATION,
        "Catalogue-CatBasR-1.0",
        {(DocumentReference, "document_type_code"): _catalogue_or_part},
    ),
}
