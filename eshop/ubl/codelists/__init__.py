"""Code lists: which codes a standard accepts, and what the common ones are called. (pure)

Each list is a short CSV table beside this file; its first line names the source and the date. `in` says which standards
take the code: `en16931`, `peppol` (BIS Billing, where it differs), `bis` (the other Peppol BIS 3 documents), `oioubl`
(OIOUBL 2.1). Codes are facts of the standards; the names are our own words, for the codes that people meet.
"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files


def _rows(table: str) -> Iterator[dict[str, str]]:
    lines = files(__name__).joinpath(f"{table}.csv").read_text(encoding="utf-8").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


@cache
def codes(table: str, standard: str | None = None) -> frozenset[str]:
    """The codes of a table that `standard` takes (all of them without one): codes('currencies', 'oioubl').

    Tables: allowance-reasons (UNCL 5189), charge-reasons (7161), countries, currencies, endpoint-schemes (EAS),
    item-classes (7143), labels, mime-types, note-subjects (4451), party-schemes (ICD), payment-means (4461),
    reference-schemes (1153), tax-categories (5305), units (Rec 20/21), vat-dates (2005), vat-exemptions (VATEX),
    vat-prefixes. Another name is a mistake of ours: FileNotFoundError.
    """
    return frozenset(row["code"] for row in _rows(table) if standard is None or standard in row["in"].split())


@cache
def document_types(document: str, standard: str) -> frozenset[str]:
    """The codes a standard takes for the type of an Invoice or CreditNote: document_types('Invoice', 'peppol')."""
    return frozenset(
        row["code"] for row in _rows("document-types") if row["document"] == document and standard in row["in"].split()
    )


@cache
def _named_lists(table: str) -> dict[str, frozenset[str]]:
    lists: dict[str, set[str]] = {}
    for row in _rows(table):
        lists.setdefault(row["list"], set()).add(row["code"])
    return {name: frozenset(found) for name, found in lists.items()}


def oioubl_list(list_id: str) -> frozenset[str]:
    """The codes of an OIOUBL list by its listID or schemeID ('urn:oioubl:id:taxcategoryid-1.1'); empty if unknown."""
    return _named_lists("oioubl").get(list_id, frozenset())


def bis_list(name: str) -> frozenset[str]:
    """The codes of one of the short lists of Peppol's post-award documents ('order-response-line'). KeyError if unknown."""
    return _named_lists("bis")[name]


@cache
def _names(table: str) -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["english"], row["danish"]) for row in _rows(table) if row["english"]}


def name_of(table: str, code: str, locale: str = "da") -> str:
    """What people call a code, in Danish or English; the code itself where it has no common name: 'KGM' → 'kg'."""
    english, danish = _names(table).get(code, (code, code))
    return danish if locale.startswith("da") else english


def unit_name(code: str, locale: str = "da") -> str:
    """What people call a unit: 'EA' → 'stk.'; an unnamed code stands for itself."""
    return name_of("units", code, locale)


def known_unit(code: str, standard: str | None = None) -> bool:
    """Whether a unit code exists in any of the lists we read, or in the one that `standard` takes. Never a guess."""
    return code in codes("units", standard)
