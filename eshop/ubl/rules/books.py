"""Which rules a document is judged by: one book of layers per type and profile, chosen by what the document calls itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from eshop.findings import Finding, Layer, RuleBook
from eshop.ubl.documents import (
    ApplicationResponse,
    Catalogue,
    CreditNote,
    DespatchAdvice,
    Invoice,
    Order,
    OrderCancellation,
    OrderChange,
    OrderResponse,
)
from eshop.ubl.rules import (
    catalogue,
    codes,
    en16931,
    national,
    oioubl,
    oioubl_catalogue,
    oioubl_lines,
    oioubl_parts,
    oioubl_payment,
    oioubl_places,
    oioubl_sums,
    oioubl_tax,
    orders,
    peppol,
    postaward,
    sums,
    vat,
)
from eshop.ubl.rules.facts import Facts, InvoiceFacts
from eshop.ubl.rules.judging import Rule, rules_of
from eshop.ubl.values import Document

_VALUES: Final = frozenset({"not_a_number", "number_too_long", "not_a_date", "not_an_indicator", "not_base64"})
"""What the reader reports where a value could not be read."""

Judge = Callable[[Any], Iterable[Finding]]


def _is_unreadable(found: Finding) -> bool:
    """Whether nothing can be calculated on this: a value that says something, but not what it should. Nothing is nothing."""
    return found.severity == "error" and found.code in _VALUES and bool(str(found.values.get("value", "")).strip())


class Reported:
    """What the reader could not read or place, as findings of the judgement, with the official rule on how dates are written."""

    def __init__(self, unreadable: bool, date_rule: str | None) -> None:
        self._unreadable = unreadable
        self.rules = (Rule(date_rule, "not_a_date", lambda *_: False),) if date_rule is not None else ()

    def __call__(self, facts: Facts) -> Iterable[Finding]:
        for found in facts.document.problems:
            if found.severity == "error" and _is_unreadable(found) is self._unreadable:
                yield replace(found, rule=self.rules[0].id) if self.rules and _is_date(found) else found


_DATES: Final = frozenset({"IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate"})


def _is_date(found: Finding) -> bool:
    return found.code == "not_a_date" and found.where.rpartition("/")[2].partition("[")[0] in _DATES


def _repeated_line_ids(facts: InvoiceFacts) -> Iterable[Finding]:
    """Two lines with one number can be paid but not told apart: said, not refused (OIOUBL invoices: W-INV237)."""
    seen: set[str] = set()
    for line in facts.lines:
        number = line.line.id.value if line.line.id is not None else ""
        if number and number in seen:
            yield Finding("ubl_line_id_repeated", "warning", f"line {number}", {"value": number})
        seen.add(number)


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of one kind of document, and how its facts are found."""

    layers: RuleBook[Any]
    facts: Callable[[Any], Facts]

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rules_of(self.layers.layers))


def _book(facts: Callable[[Any], Facts], *layers: tuple[str, Iterable[Judge]], date_rule: str | None = None) -> Book:
    """Layers of rules, of which only what could not be read keeps the later ones from being asked."""
    return Book(
        RuleBook(
            (
                Layer("readable", (Reported(unreadable=True, date_rule=date_rule),)),
                Layer("form", (Reported(unreadable=False, date_rule=date_rule),), fatal=False),
                *(Layer(name, tuple(rules), fatal=False) for name, rules in layers),
            )
        ),
        facts,
    )


def _message(facts: Callable[[Any], Facts], *layers: tuple[str, Iterable[Judge]]) -> Book:
    """The book of a Peppol post-award message."""
    return _book(facts, *layers, date_rule="PEPPOL-COMMON-R030")


_IN_CREDIT_NOTES: Final = oioubl_lines.in_credit_notes
_OIOUBL_PARTS: Final = (
    *oioubl_parts.PARTY_RULES,
    oioubl_parts.REPRESENTATIVE_RULES,
    oioubl_parts.SIGNATURE_RULES,
    oioubl_places.ADDRESS_RULES,
    oioubl_places.PERIOD_RULES,
)
_OIOUBL_VAT: Final = (*oioubl_tax.TOTALS, *oioubl_tax.CATEGORIES, oioubl_tax.EXCHANGE_RATES)

BOOKS: Final[Mapping[str, Book]] = {
    "en16931": _book(
        InvoiceFacts,
        ("identity", en16931.IDENTITY),
        ("references", en16931.REFERENCES),
        ("sums", (*sums.LINES, *sums.SUMS, _repeated_line_ids)),
        ("vat", vat.VAT),
        ("codes", (*codes.CODES, *codes.ONCE)),
    ),
    "peppol-billing": _book(
        InvoiceFacts,
        ("identity", (*en16931.IDENTITY, *peppol.IDENTITY)),
        ("references", (*en16931.REFERENCES, *peppol.REFERENCES)),
        ("sums", (*sums.LINES, *sums.SUMS, *peppol.SUMS, _repeated_line_ids)),
        ("vat", vat.VAT),
        ("codes", (*codes.CODES, *codes.ONCE, *peppol.CODES)),
        ("national", (national.National(),)),
        date_rule="PEPPOL-EN16931-F001",
    ),
    "oioubl-invoice": _book(
        InvoiceFacts,
        ("identity", (*oioubl.HEAD, *_OIOUBL_PARTS, oioubl_parts.Excluded(oioubl_parts.EXCLUDED))),
        ("references", (*oioubl_parts.REFERENCE_RULES, *oioubl.DELIVERY, *oioubl_payment.PAYMENT_RULES)),
        (
            "sums",
            (*oioubl_sums.SUMS, *oioubl_lines.LINES, oioubl_lines.ONLY_INVOICE_LINES, *oioubl_tax.CHARGES),
        ),
        ("vat", _OIOUBL_VAT),
    ),
    "oioubl-credit-note": _book(
        InvoiceFacts,
        (
            "identity",
            (
                *map(_IN_CREDIT_NOTES, oioubl.HEAD),
                *_OIOUBL_PARTS,
                oioubl_parts.Excluded(
                    {
                        place: oioubl_lines.IN_CREDIT_NOTES.get(rule, rule)
                        for place, rule in oioubl_parts.EXCLUDED.items()
                    }
                ),
            ),
        ),
        ("references", (*oioubl_parts.REFERENCE_RULES, oioubl.DISCREPANCY)),
        (
            "sums",
            (
                *map(_IN_CREDIT_NOTES, (*oioubl_sums.SUMS, *oioubl_lines.LINES)),
                *oioubl_lines.ONLY_CREDIT_NOTE_LINES,
                *oioubl_tax.CHARGES,
                _repeated_line_ids,
            ),
        ),
        ("vat", _OIOUBL_VAT),
    ),
    "T01": _message(Facts, ("content", orders.ORDER)),
    "T114": _message(Facts, ("content", orders.ORDER_CHANGE)),
    "T115": _message(Facts, ("content", orders.ORDER_CANCELLATION)),
    "T76": _message(Facts, ("content", postaward.ORDER_RESPONSE)),
    "T116": _message(Facts, ("content", postaward.ORDER_RESPONSE_ADVANCED)),
    "T16": _message(Facts, ("content", postaward.DESPATCH_ADVICE)),
    "T111": _message(Facts, ("content", postaward.INVOICE_RESPONSE)),
    "T19": _message(
        catalogue.CatalogueFacts,
        ("identity", (*catalogue.PEPPOL_COMMON, *catalogue.PEPPOL_HEAD, catalogue.NO_LINES)),
        ("lines", catalogue.PEPPOL_LINE),
    ),
    "oioubl-catalogue": _book(
        catalogue.CatalogueFacts,
        ("identity", oioubl_catalogue.OIOUBL_HEAD),
        ("lines", (*oioubl_catalogue.OIOUBL_LINE, oioubl_catalogue.IDS_AGAIN)),
    ),
}
"""By a name of ours; Peppol's post-award messages by their transaction."""

NO_RULES: Final = _book(Facts)
"""For a document that we have no rules for: what could not be read is said all the same."""

_BY_PROFILE: Final[Mapping[tuple[str, type[Document]], str]] = {
    ("en16931", Invoice): "en16931",
    ("en16931", CreditNote): "en16931",
    ("peppol-bis-3", Invoice): "peppol-billing",
    ("peppol-bis-3", CreditNote): "peppol-billing",
    ("oioubl-2.1", Invoice): "oioubl-invoice",
    ("oioubl-2.1", CreditNote): "oioubl-credit-note",
    ("oioubl-2.1", Catalogue): "oioubl-catalogue",
}
_BY_TRANSACTION: Final[Mapping[type[Document], tuple[tuple[str, str], ...]]] = {
    Order: (("trns:order:3", "T01"),),
    OrderChange: (("trns:order_change:3", "T114"),),
    OrderCancellation: (("trns:order_cancellation:3", "T115"),),
    OrderResponse: (("trns:order_response:3", "T76"), ("trns:order_response_advanced:3", "T116")),
    DespatchAdvice: (("trns:despatch_advice:3", "T16"),),
    ApplicationResponse: (("trns:invoice_response:3", "T111"),),
    Catalogue: (("trns:catalogue:3", "T19"),),
}


def name_of(document: Document, profile: str) -> str | None:
    """The name of the book for a document of a profile, None where we have none for it."""
    kind = type(document)
    if profile == "peppol-bis-3" and kind in _BY_TRANSACTION:
        stated = document.customization_id.value if document.customization_id is not None else ""
        return next((name for part, name in _BY_TRANSACTION[kind] if part in stated), None)
    return _BY_PROFILE.get((profile, kind))
