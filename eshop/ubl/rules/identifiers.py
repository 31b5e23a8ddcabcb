"""Numbers of parties are written as their scheme wants them (PEPPOL-COMMON-R040 … R057).

The same rules stand in every Peppol sheet. Source: OpenPeppol release 2026.5. The check digits are those of the issuers: GS1
for GLN, Brønnøysund, Bolagsverket, KBO/BCE, ATO.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from eshop.findings import Finding, Severity
from eshop.ubl.parties import Party, PartyIdentification, PartyLegalEntity, PartyTaxScheme
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Rule

is_number: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII).fullmatch
"""What XPath's number() reads as a number."""


def _pattern(expression: str) -> Callable[[str], bool]:
    match = re.compile(expression, re.ASCII).fullmatch
    return lambda text: match(text) is not None


@lru_cache(4096)
def gln(text: str) -> bool:
    """A GLN or GTIN by GS1's check digit: weights 3, 1, 3 … from the right. 5790000436057: 7 is right."""
    if not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(text[:-1])))
    return -weighted % 10 == int(text[-1])


def norwegian(text: str) -> bool:
    """A Norwegian organisation number: nine digits, modulus 11 with weights 2 … 7 from the right."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()) or int(text) == 0:
        return False
    weighted = sum(int(digit) * (place % 6 + 2) for place, digit in enumerate(reversed(text[:-1])))
    return -weighted % 11 == int(text[-1])


def swedish(text: str) -> bool:
    """A Swedish organisation number: ten digits, Luhn."""
    if len(text) != 10 or not (text.isascii() and text.isdigit()):
        return False
    doubled = (int(digit) * (2, 1)[place % 2] for place, digit in enumerate(reversed(text[:-1])))
    return -sum(value // 10 + value % 10 for value in doubled) % 10 == int(text[-1])


def belgian(text: str) -> bool:
    """A Belgian enterprise number: ten digits, the last two are 97 less the rest of the first eight by 97."""
    return len(text) == 10 and text.isascii() and text.isdigit() and int(text[8:]) == 97 - int(text[:8]) % 97


def australian(text: str) -> bool:
    """An Australian business number: eleven digits, modulus 89 after taking 1 from the first."""
    if len(text) != 11 or not (text.isascii() and text.isdigit()):
        return False
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    digits = [int(text[0]) - 1, *map(int, text[1:])]
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 89 == 0


danish_company: Final = _pattern(r"(DK)?[0-9]{8}")
danish_unit: Final = _pattern(r"[0-9]{10}")
danish_tax_unit: Final = _pattern(r"DK[0-9]{8}")
italian_office: Final = _pattern(r"[A-Za-z0-9]{6}")
italian_person: Final = _pattern(r"[A-Za-z]{6}[+-]?[0-9]+[A-Za-z][+-]?[0-9]+[A-Za-z0-9]{3}[0-9][A-Za-z]|[+-]?[0-9]+")
dutch_vat: Final = _pattern(r"NL[0-9]{9}B[0-9]{2}")


def italian_tax_code(text: str) -> bool:
    return len(text) in (11, 16) and italian_person(text)


def italian_vat(text: str) -> bool:
    """An Italian VAT number: 'IT' and eleven digits of which every second is doubled; others are not looked at."""
    if text[:2] not in ("IT", "it"):
        return True
    digits = text[2:]
    if len(digits) != 11 or not (digits.isascii() and digits.isdigit()):
        return False
    return (
        sum(int("0246813579"[int(digit)]) if place % 2 else int(digit) for place, digit in enumerate(digits)) % 10 == 0
    )


# scheme → rule, what it is called, its test, how much it matters
_BY_SCHEME: Final[dict[str, tuple[str, str, Callable[[str], bool], Severity]]] = {
    "0088": ("PEPPOL-COMMON-R040", "GLN", gln, "error"),
    "0192": ("PEPPOL-COMMON-R041", "norsk organisasjonsnummer", norwegian, "error"),
    "0184": ("PEPPOL-COMMON-R042", "CVR", danish_company, "error"),
    "0208": ("PEPPOL-COMMON-R043", "KBO/BCE", belgian, "error"),
    "0201": ("PEPPOL-COMMON-R044", "codice IPA", italian_office, "warning"),
    "0210": ("PEPPOL-COMMON-R045", "codice fiscale", italian_tax_code, "warning"),
    "9907": ("PEPPOL-COMMON-R046", "codice fiscale", italian_tax_code, "warning"),
    "0211": ("PEPPOL-COMMON-R047", "partita IVA", italian_vat, "warning"),
    "0007": ("PEPPOL-COMMON-R049", "organisationsnummer", swedish, "error"),
    "0151": ("PEPPOL-COMMON-R050", "ABN", australian, "error"),
    "0096": ("PEPPOL-COMMON-R052", "P-nummer", danish_unit, "error"),
    "0198": ("PEPPOL-COMMON-R053", "SE-nummer", danish_tax_unit, "error"),
    "0106": ("PEPPOL-COMMON-R054", "KVK", _pattern(r"[0-9]{8}"), "warning"),
    "0190": ("PEPPOL-COMMON-R055", "OIN", _pattern(r"[0-9]{20}"), "warning"),
    "9944": ("PEPPOL-COMMON-R056-1", "BTW", dutch_vat, "warning"),
    "0217": ("PEPPOL-COMMON-R057", "KVK", _pattern(r"[0-9]{12}"), "warning"),
}


def _malformed(check: Callable[[str], bool]) -> Callable[[Any, Any], Broken]:
    return lambda identifier, _: not check(identifier.value) and {"value": identifier.value}


class Identifiers:
    """The rules of all schemes, each asked about the identifiers that name its scheme."""

    def __init__(self) -> None:
        self._rules = {
            scheme: Rule(rule, "ubl_identifier_malformed", _malformed(check), severity, kind=kind)
            for scheme, (rule, kind, check, severity) in _BY_SCHEME.items()
        }
        dutch = Rule(
            "PEPPOL-COMMON-R056-2", "ubl_identifier_malformed", _malformed(dutch_vat), severity="warning", kind="BTW"
        )
        self._dutch = dutch
        self.rules = (*self._rules.values(), dutch)

    def __call__(self, facts: Facts) -> Iterable[Finding]:
        for identifier, node, endpoint in _identifiers(facts):
            rule = self._rules.get(identifier.scheme_id)
            if rule is not None and identifier.scheme_id == "9907" and not endpoint:
                rule = None
            if rule is None and _is_dutch_vat(node, identifier):
                rule = self._dutch
            if rule is not None and (broken := rule.broken(identifier, facts)):
                yield rule.finding(node, broken)


def _identifiers(facts: Facts) -> Iterable[tuple[Any, Node, bool]]:
    for node in facts.nodes[Party]:
        if node[0].endpoint_id is not None:
            yield node[0].endpoint_id, node, True
    for node in facts.nodes[PartyIdentification]:
        if node[0].id is not None:
            yield node[0].id, node, False
    for kind in (PartyLegalEntity, PartyTaxScheme):
        for node in facts.nodes[kind]:
            if node[0].company_id is not None:
                yield node[0].company_id, node, False


def _is_dutch_vat(node: Node, identifier: Any) -> bool:
    scheme = node[0]
    if not isinstance(scheme, PartyTaxScheme) or not identifier.value.startswith("NL"):
        return False
    return scheme.tax_scheme is not None and scheme.tax_scheme.id is not None and scheme.tax_scheme.id.value == "VAT"
