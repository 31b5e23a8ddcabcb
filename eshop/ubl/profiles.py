"""The profiles as values: how each is recognised, where its sums stand, how it says things. (pure)

A new profile is one more value at the end of this file (with its words in a file of its own); nothing else in the house
asks which profile it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from eshop.ubl import oioubl, peppol
from eshop.ubl.expression import Rules, Transaction, express
from eshop.ubl.oioubl import net_of
from eshop.ubl.payments import MonetaryTotal
from eshop.ubl.values import Document, Identifier, Money


@dataclass(frozen=True, slots=True)
class Profile:
    """A way of writing UBL that buyers and sellers have agreed on. `name` is the word of the interfaces.

    `customizations` are parts of the CustomizationID that it is recognised by, `processes` the beginnings of its ProfileIDs
    for documents that forget the former; `transactions` what it calls its documents, by document type; `rules` how it says
    what our neutral vocabulary says (see `expression`).
    """

    name: str
    customizations: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    tax_exclusive_is_tax: bool = False
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    rules: Rules = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def express(self, document: Document, transaction: str | None = None) -> Document:
        """`document`, made in the neutral vocabulary, in the words of this profile, with what it calls itself.

        `transaction` where one document type serves several: an ApplicationResponse is an invoice response unless it is said
        to be a 'CatalogueResponse', an OrderResponse may be an 'OrderResponseAdvanced'.
        """
        kind = type(document).__name__
        own = self.transactions.get(transaction or kind, self.transactions.get(kind))
        if own is None:
            return express(document, self.rules)
        named = replace(
            document,
            customization_id=document.customization_id or Identifier(own.customization_id),
            profile_id=document.profile_id or Identifier(own.profile_id),
        )
        return express(named, {**self.rules, **own.rules})

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
        return net_of(totals)

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


def recognise(customization_id: str | None, profile_id: str | None = None) -> "Profile":
    """The profile of a UBL document by what it says of itself; UBL that follows none of ours is 'ubl-2.1'."""
    for profile in PROFILES.values():
        if customization_id and any(part in customization_id for part in profile.customizations):
            return profile
        if not customization_id and profile_id and profile_id.startswith(profile.processes):
            return profile
    return UBL


def profile_named(name: str) -> Profile:
    """The profile of an interface word: 'oioubl-2.1'. KeyError if there is none."""
    return PROFILES[name]


OIOUBL: Final = Profile(
    name="oioubl-2.1",
    customizations=("OIOUBL-2",),
    processes=("Procurement-", "Catalogue-Cat", "Reference-Utility", "urn:www.nesubl.eu:profiles:"),
    tax_exclusive_is_tax=True,
    transactions=oioubl.TRANSACTIONS,
    rules=oioubl.RULES,
)
PEPPOL: Final = Profile(
    name="peppol-bis-3",
    customizations=("urn:fdc:peppol.eu:2017:poacc:billing:3", "urn:fdc:peppol.eu:poacc:trns:"),
    processes=("urn:fdc:peppol.eu:",),
    transactions=peppol.TRANSACTIONS,
    rules=peppol.RULES,
)
EN16931: Final = Profile(
    name="en16931",
    customizations=("urn:cen.eu:en16931:2017",),
    transactions=peppol.EN16931_TRANSACTIONS,
    rules=peppol.RULES,
)
UBL: Final = Profile(name="ubl-2.1")

PROFILES: Final[Mapping[str, Profile]] = {profile.name: profile for profile in (OIOUBL, PEPPOL, EN16931, UBL)}
"""By their interface word, in the order in which they are tried."""
