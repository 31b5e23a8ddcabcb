"""The rules we check ourselves, by their official ids: `check(document, profile)` answers a Judgement. (pure)

A document is judged in layers: what could be read, identity, references, sums, VAT, codes, national rules. Only the first is
fatal: where a number could not be read, sums say nothing. Each finding carries the official rule id, where it is about
(`line 3`, `AccountingSupplierParty/Party`), and the figures its sentence needs. Where we have a rule, it answers as the
official sheet does; what we leave to the sheets is listed, with the reason, beside the test that compares the two.
"""

from collections.abc import Callable, Iterable
from decimal import localcontext
from typing import Any, Final

from eshop.findings import Finding, Judgement, Layer, RuleBook
from eshop.ubl.documents import CreditNote, Invoice
from eshop.ubl.profiles import Profile
from eshop.ubl.rules import (
    codes,
    en16931,
    national,
    oioubl,
    oioubl_lines,
    oioubl_parts,
    oioubl_payment,
    peppol,
    vat,
)
from eshop.ubl.rules.facts import Facts, InvoiceFacts
from eshop.ubl.rules.judging import EXACT, Rule, rules_of
from eshop.ubl.values import Document

_VALUES: Final = frozenset({"not_a_number", "number_too_long", "not_a_date", "not_an_indicator", "not_base64"})
"""What the reader reports where a value could not be read."""


def _is_unreadable(found: Finding) -> bool:
    """Whether nothing can be calculated on this: a value that says something, but not what it should. Nothing is nothing."""
    return found.severity == "error" and found.code in _VALUES and bool(str(found.values.get("value", "")).strip())


def _unreadable(facts: Facts) -> Iterable[Finding]:
    return [found for found in facts.document.problems if _is_unreadable(found)]


def _unreadable_in_peppol(facts: Facts) -> Iterable[Finding]:
    return [peppol.dates(found) for found in _unreadable(facts)]


def _misplaced(facts: Facts) -> Iterable[Finding]:
    return [found for found in facts.document.problems if found.severity == "error" and not _is_unreadable(found)]


def _repeated_line_ids(facts: InvoiceFacts) -> Iterable[Finding]:
    """Two lines with one number can be paid but not told apart: said, not refused (OIOUBL: W-INV237, W-CRN…)."""
    seen: set[str] = set()
    for line in facts.lines:
        number = line.line.id.value if line.line.id is not None else ""
        if number and number in seen:
            yield Finding("ubl_line_id_repeated", "warning", f"line {number}", {"value": number})
        seen.add(number)


def _book(
    *layers: tuple[str, Iterable[Callable[[Any], Iterable[Finding]]]],
    unreadable: Callable[[Facts], Iterable[Finding]] = _unreadable,
) -> RuleBook[Any]:
    """Layers of rules, of which only what could not be read keeps the later ones from being asked."""
    return RuleBook(
        (
            Layer("readable", (unreadable,)),
            Layer("form", (_misplaced,), fatal=False),
            *(Layer(name, tuple(rules), fatal=False) for name, rules in layers),
        )
    )


EN16931: Final = _book(
    ("identity", en16931.IDENTITY),
    ("references", en16931.REFERENCES),
    ("sums", (*en16931.LINES, *en16931.SUMS, _repeated_line_ids)),
    ("vat", vat.VAT),
    ("codes", (*codes.CODES, *codes.ONCE)),
)
PEPPOL_BILLING: Final = _book(
    ("identity", (*en16931.IDENTITY, *peppol.IDENTITY)),
    ("references", (*en16931.REFERENCES, *peppol.REFERENCES)),
    ("sums", (*en16931.LINES, *en16931.SUMS, *peppol.SUMS, _repeated_line_ids)),
    ("vat", vat.VAT),
    ("codes", (*codes.CODES, *codes.ONCE, *peppol.CODES)),
    ("national", (national.National(),)),
    unreadable=_unreadable_in_peppol,
)

_OIOUBL_PARTS: Final = (
    *oioubl_parts.PARTY_RULES,
    oioubl_parts.REPRESENTATIVE_RULES,
    oioubl_parts.SIGNATURE_RULES,
    oioubl_parts.ADDRESS_RULES,
    oioubl_parts.PERIOD_RULES,
)
OIOUBL_INVOICE: Final = _book(
    ("identity", (*oioubl.HEAD, *_OIOUBL_PARTS, oioubl_parts.Excluded(oioubl_parts.EXCLUDED))),
    ("references", (*oioubl_parts.REFERENCE_RULES, *oioubl.DELIVERY, *oioubl_payment.PAYMENT_RULES)),
    ("sums", (*oioubl.SUMS, *oioubl_lines.LINES, oioubl_lines.ONLY_INVOICE_LINES, *oioubl_parts.CHARGE_RULES)),
    ("vat", (*oioubl.TAX, *oioubl_parts.TAX_RULES, oioubl_parts.EXCHANGE_RULES)),
)
OIOUBL_CREDIT_NOTE: Final = _book(
    (
        "identity",
        (
            *map(oioubl_lines.in_credit_notes, oioubl.HEAD),
            *_OIOUBL_PARTS,
            oioubl_parts.Excluded(
                {place: oioubl_lines.IN_CREDIT_NOTES.get(rule, rule) for place, rule in oioubl_parts.EXCLUDED.items()}
            ),
        ),
    ),
    ("references", (*oioubl_parts.REFERENCE_RULES, oioubl.DISCREPANCY)),
    (
        "sums",
        (
            *map(oioubl_lines.in_credit_notes, (*oioubl.SUMS, *oioubl_lines.LINES)),
            *oioubl_lines.ONLY_CREDIT_NOTE_LINES,
            *oioubl_parts.CHARGE_RULES,
            _repeated_line_ids,
        ),
    ),
    ("vat", (*oioubl.TAX, *oioubl_parts.TAX_RULES, oioubl_parts.EXCHANGE_RULES)),
)

_BOOKS: Final[dict[tuple[str, type[Document]], tuple[RuleBook[Any], Callable[[Any], Facts]]]] = {
    **{("en16931", kind): (EN16931, InvoiceFacts) for kind in (Invoice, CreditNote)},
    **{("peppol-bis-3", kind): (PEPPOL_BILLING, InvoiceFacts) for kind in (Invoice, CreditNote)},
    ("oioubl-2.1", Invoice): (OIOUBL_INVOICE, InvoiceFacts),
    ("oioubl-2.1", CreditNote): (OIOUBL_CREDIT_NOTE, InvoiceFacts),
}


def has_rules(document: Document, profile: Profile | None) -> bool:
    """Whether we have rules for this type of document in this profile."""
    return profile is not None and (profile.name, type(document)) in _BOOKS


def check(document: Document, profile: Profile | None) -> Judgement:
    """What our rules say about a document. Where we have none (`has_rules`), only what could not be read is said."""
    book, facts = _BOOKS.get((profile.name if profile is not None else "", type(document)), (_NO_RULES, Facts))
    with localcontext(EXACT):
        return book.judge(facts(document))


_NO_RULES: Final = _book()


def rules_for(kind: type[Document], profile: Profile) -> tuple[Rule, ...]:
    """Every rule we check on a document type of a profile, for those who list or compare them."""
    book, _ = _BOOKS[profile.name, kind]
    return tuple(rules_of(book.layers))
