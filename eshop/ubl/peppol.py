"""The words of Peppol BIS 3 and of EN 16931: what their documents call themselves and how they say things. (pure)

Source: Peppol BIS Billing 3 and the post-award BIS 3, release 2026.5. A Peppol document has a positive model: what is not in
it must not be written, so each transaction says what of our documents it leaves out.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.deliveries import Delivery
from eshop.ubl.documents import ApplicationResponse, Catalogue
from eshop.ubl.expression import (
    EVERY,
    Rules,
    Transaction,
    from_list,
    left_out,
    schemes,
    units_of,
    without,
)
from eshop.ubl.items import CommodityClassification, Item
from eshop.ubl.lines import LineItem
from eshop.ubl.parties import (
    Address,
    Contact,
    CustomerParty,
    Party,
    PartyLegalEntity,
    PartyTaxScheme,
    SupplierParty,
    TaxScheme,
)
from eshop.ubl.payments import Price, TaxTotal
from eshop.ubl.references import Contract, OrderReference, Response, Status
from eshop.ubl.values import Code, Document, Identifier, Measure, Money


def _vat_number(said: Identifier | None, _within: Any) -> Identifier | None:
    """A VAT registration has no scheme: 'DK12345678'."""
    if said is None or said.scheme_id not in ("0198", "0184"):
        return said
    return Identifier("DK" + said.value.removeprefix("DK"))


def _street(said: str | None, address: Address) -> str | None:
    """House number and floor stand with the street, for Peppol has no elements for them: 'Åvej 12, 1. tv'."""
    house = " ".join(part for part in (said, address.building_number) if part)
    place = " ".join(part for part in (address.floor, address.room) if part)
    return ", ".join(part for part in (house, place) if part) or None


def _unspsc(said: Code | None, _within: Any) -> Code | None:
    """UNSPSC is list TST of UNCL 7143; Danish sellers name version 19.0501 or 26.0801 (DK-R-003)."""
    if said is None or said.list_id != "UNSPSC":
        return said
    version = said.list_version_id if said.list_version_id in ("19.0501", "26.0801") else "19.0501"
    return Code(said.value, "TST", None, version)


RULES: Final[Rules] = {
    (Document, "ubl_version_id"): left_out,
    (Document, "copy_indicator"): left_out,
    (Document, "uuid"): left_out,
    (Identifier, EVERY): schemes(
        {
            "GLN": ("0088", None, ""),
            "DK:CVR": ("0184", None, "DK"),
            "DK:SE": ("0198", None, ""),
            "DK:P": ("0096", None, ""),
            "GTIN": ("0160", None, ""),
        }
    ),
    (Measure, EVERY): units_of("en16931"),
    (PartyTaxScheme, "company_id"): _vat_number,
    (TaxScheme, "name"): left_out,
    (Address, "address_format_code"): left_out,
    (Address, "street_name"): _street,
    (Address, "building_number"): left_out,
    (Address, "floor"): left_out,
    (Address, "room"): left_out,
    (Contact, "id"): left_out,
    (OrderReference, "issue_date"): left_out,
    (OrderReference, "uuid"): left_out,
    (Price, "orderable_unit_factor_rate"): left_out,
    (CommodityClassification, "item_classification_code"): _unspsc,
    (Response, "reference_id"): left_out,
    (Status, "status_reason_code"): from_list("OPStatusReason"),
}

_ORDERING: Final = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
_ADVANCED: Final = "urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3"
_TRANSACTION: Final = "urn:fdc:peppol.eu:poacc:trns:"

_ORDER_RULES: Final[Rules] = {
    (SupplierParty, "party"): without("party_tax_schemes"),
    (TaxTotal, "tax_subtotals"): left_out,
}

_DELETED: Final = "2"


def _none_of_it(said: Measure | None, line: LineItem) -> Measure | None:
    """A line that is taken away has quantity 0, so that the sums stay the sums of the lines (T114-R008, R024)."""
    return replace(said, value=Decimal(0)) if said and line.line_status_code == Code(_DELETED) else said


def _nothing_for_it(said: Money | None, line: LineItem) -> Money | None:
    price = line.price.price_amount if line.price else None
    gone = said is None and price is not None and line.line_status_code == Code(_DELETED)
    return Money(Decimal("0.00"), price.currency) if gone and price else said


_CHANGE_RULES: Final[Rules] = {
    (LineItem, "quantity"): _none_of_it,
    (LineItem, "line_extension_amount"): _nothing_for_it,
}
_NUMBERS_ONLY: Final[Rules] = {
    (Party, "party_names"): left_out,
    (Party, "party_tax_schemes"): left_out,
    (PartyLegalEntity, "company_id"): left_out,
}
_NUMBERS_AND_NAMES: Final[Rules] = {**_NUMBERS_ONLY, (Party, "postal_address"): left_out}

_ANSWER_RULES: Final[Rules] = {
    **_NUMBERS_AND_NAMES,
    (Party, "contact"): left_out,
    (Delivery, "quantity"): left_out,
    (Item, "descriptions"): left_out,
    (Item, "commodity_classifications"): left_out,
    (Item, "classified_tax_categories"): left_out,
}

_BILLING: Final = Transaction(
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
)

TRANSACTIONS: Final[Mapping[str, Transaction]] = {
    "Invoice": _BILLING,
    "CreditNote": _BILLING,
    "Order": Transaction(f"{_TRANSACTION}order:3", _ORDERING, _ORDER_RULES),
    "OrderChange": Transaction(f"{_TRANSACTION}order_change:3", _ADVANCED, {**_ORDER_RULES, **_CHANGE_RULES}),
    "OrderCancellation": Transaction(f"{_TRANSACTION}order_cancellation:3", _ADVANCED, _ORDER_RULES),
    "OrderResponse": Transaction(f"{_TRANSACTION}order_response:3", _ORDERING, _ANSWER_RULES),
    "OrderResponseAdvanced": Transaction(f"{_TRANSACTION}order_response_advanced:3", _ADVANCED, _ANSWER_RULES),
    "DespatchAdvice": Transaction(
        f"{_TRANSACTION}despatch_advice:3",
        "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3",
        {
            **_NUMBERS_ONLY,
            (CustomerParty, "party"): without("contact"),
            (Item, "descriptions"): left_out,
            (Item, "classified_tax_categories"): left_out,
        },
    ),
    "ApplicationResponse": Transaction(
        f"{_TRANSACTION}invoice_response:3",
        "urn:fdc:peppol.eu:poacc:bis:invoice_response:3",
        {**_NUMBERS_AND_NAMES, (ApplicationResponse, "receiver_party"): without("contact")},
    ),
    "CatalogueResponse": Transaction(
        f"{_TRANSACTION}catalogue_response:3",
        "urn:fdc:peppol.eu:poacc:bis:catalogue_only:3",
        {**_NUMBERS_AND_NAMES, (Party, "contact"): left_out, (Response, "descriptions"): left_out},
    ),
    "Catalogue": Transaction(
        f"{_TRANSACTION}catalogue:3",
        "urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3",
        {
            (Catalogue, "provider_party"): without("party_names", "party_tax_schemes", "contact"),
            (Catalogue, "receiver_party"): without("party_names", "party_tax_schemes", "contact"),
            (SupplierParty, "party"): without("party_tax_schemes", "party_legal_entities"),
            (CustomerParty, "party"): without("party_tax_schemes", "party_legal_entities"),
            (Contract, "contract_type"): left_out,
        },
    ),
}

EN16931_TRANSACTIONS: Final[Mapping[str, Transaction]] = {
    "Invoice": Transaction("urn:cen.eu:en16931:2017", _BILLING.profile_id),
    "CreditNote": Transaction("urn:cen.eu:en16931:2017", _BILLING.profile_id),
}
