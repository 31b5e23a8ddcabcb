"""Our golden documents, changed: what the tests of the rules judge."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import cast

from lxml import etree

from eshop.ubl.reading import open_document
from eshop.ubl.rules import Rule, check, rules_for

GOLDEN = Path(__file__).parents[2] / "data/ubl"
NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
Edit = Callable[[etree._Element], None]


def _found(root: etree._Element, path: str) -> list[etree._Element]:
    found = root.xpath(path, namespaces=NAMESPACES)
    assert found, f"the document has no {path}"
    return cast(list[etree._Element], found)


def _parsed(xml: str) -> list[etree._Element]:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return list(etree.fromstring(f"<_ {spaces}>{xml}</_>"))


def put(path: str, text: str) -> Edit:
    """Another text for every element at the path."""

    def edit(root: etree._Element) -> None:
        for element in _found(root, path):
            element.text = text

    return edit


def drop(path: str) -> Edit:
    def edit(root: etree._Element) -> None:
        for element in _found(root, path):
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

    return edit


def mark(path: str, attribute: str, value: str | None) -> Edit:
    """Another value for an attribute, or none."""

    def edit(root: etree._Element) -> None:
        for element in _found(root, path):
            element.attrib.pop(attribute, None)
            if value is not None:
                element.set(attribute, value)

    return edit


def before(path: str, xml: str) -> Edit:
    """New elements before the first at the path."""

    def edit(root: etree._Element) -> None:
        for element in _parsed(xml):
            _found(root, path)[0].addprevious(element)

    return edit


def into(path: str, xml: str) -> Edit:
    """Other contents for every element at the path."""

    def edit(root: etree._Element) -> None:
        for element in _found(root, path):
            element[:] = _parsed(xml)

    return edit


def edited(name: str, *edits: Edit) -> bytes:
    """`invoice-peppol-bis-3` with these changes."""
    root = etree.parse(GOLDEN / f"{name}.xml").getroot()
    for edit in edits:
        edit(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def judged(body: bytes) -> set[str]:
    """The rules an invoice breaks, as `rule where` or, without an official rule, `code where`: `{"BR-21 line 1"}`."""
    identification, document = open_document(body)
    judgement = check(document, identification.profile)
    return {f"{found.rule or found.code} {found.where}".strip() for found in judgement.findings}


def rules_asked(body: bytes) -> tuple[Rule, ...]:
    identification, document = open_document(body)
    return rules_for(document, identification.profile)


# Any change at all: what a hostile or careless sender could think of.

WEIRD = (
    "", " ", "0", "-1", "0.005", "999999999999999999", "-0.00", "NaN", "1.234,50", "1e9", "9" * 40, "2026-02-30", "9999-12-31",
    "ZZZ", "DK", "SE", "NO", "DE", "IT", "IS", "NL", "Z", "E", "O", "AE", "K", "G", "StandardRated", "ZeroRated", "ReverseCharge",
    "63", "VAT", "31", "42", "49", "58", "93", "71#1", "04#", "IBAN", "0184", "DK12345678", "380", "381", "EUR", "true", "x" * 300,
)  # fmt: skip


def mutated(name: str, rng: Random) -> bytes:
    """A golden document with one to four random changes: parts dropped, repeated, moved in from others, other texts."""
    root = etree.parse(GOLDEN / f"{name}.xml").getroot()
    for _ in range(rng.randint(1, 4)):
        elements = [element for element in root.iterdescendants() if isinstance(element.tag, str)]
        if not elements:
            break
        element = rng.choice(elements)
        parent = element.getparent()
        assert parent is not None
        match rng.randrange(5):
            case 0:
                parent.remove(element)
            case 1:
                element.addnext(deepcopy(element))
            case 2:
                parent.append(deepcopy(rng.choice(elements)))
            case 3 if element.attrib:
                attribute = rng.choice(sorted(map(str, element.attrib)))
                element.set(attribute, rng.choice(WEIRD))
            case _:
                leaf = rng.choice([each for each in elements if not len(each)] or [element])
                leaf.text = rng.choice((*WEIRD, *(each.text or "" for each in elements)))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
