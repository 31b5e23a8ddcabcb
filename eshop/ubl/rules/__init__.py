"""The rules we check ourselves, by their official ids: `check(document, profile)` answers a Judgement. (pure)

A document is judged in layers: what could be read, identity, references, sums, VAT, codes, national rules. Only the first is
fatal: where a number could not be read, sums say nothing. Each finding carries the official rule id, where it is about
(`line 3`, `AccountingSupplierParty/Party`), and the figures its sentence needs. Where we have a rule, it answers as the
official sheet does; what we leave to the sheets is listed, with the reason, beside the test that compares the two.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import localcontext

from eshop.findings import Finding, Judgement
from eshop.ubl.documents import Catalogue
from eshop.ubl.lines import CatalogueLine
from eshop.ubl.profiles import Profile
from eshop.ubl.rules import catalogue, oioubl_catalogue
from eshop.ubl.rules.books import BOOKS, NO_RULES, Book, name_of
from eshop.ubl.rules.judging import EXACT, Rule
from eshop.ubl.values import Document

__all__ = ["Rule", "check", "has_rules", "judge_by", "line_check", "rules_for"]

LineCheck = Callable[[CatalogueLine, int], list[Finding]]


def _book_for(document: Document, profile: Profile | None) -> Book | None:
    name = name_of(document, profile.name) if profile is not None else None
    return BOOKS[name] if name is not None else None


def has_rules(document: Document, profile: Profile | None) -> bool:
    """Whether we have rules for this type of document in this profile."""
    return _book_for(document, profile) is not None


def check(document: Document, profile: Profile | None) -> Judgement:
    """What our rules say about a document. Where we have none (`has_rules`), only what could not be read is said."""
    return _judge(document, _book_for(document, profile) or NO_RULES)


def judge_by(document: Document, book: str) -> Judgement:
    """The judgement by a named book (`books.BOOKS`), whatever the document calls itself. KeyError if there is none."""
    return _judge(document, BOOKS[book])


def _judge(document: Document, book: Book) -> Judgement:
    with localcontext(EXACT):
        judgement = book.layers.judge(book.facts(document))
    # A quantity and the base of its price have the same unknown unit: that is said once.
    once = {(found.rule, found.code, found.where, str(found.values)): found for found in judgement.findings}
    return replace(judgement, findings=tuple(once.values()))


def rules_for(document: Document, profile: Profile | None) -> tuple[Rule, ...]:
    """Every rule that `check` asks of such a document."""
    book = _book_for(document, profile)
    return book.rules if book is not None else ()


def line_check(head: Catalogue, profile: Profile | None) -> LineCheck:
    """The rules of one catalogue line, for a catalogue that streams by: `line_check(head, profile)(line, position)`.

    The head is the catalogue without its lines: a line's validity is held against it. Some 25 µs a line; a profile that we
    have no line rules for gives no findings.
    """
    by_profile = {"peppol-bis-3": catalogue.PEPPOL_LINE, "oioubl-2.1": oioubl_catalogue.OIOUBL_LINE}
    return catalogue.LineCheck(head, by_profile.get(profile.name, ()) if profile is not None else ())
