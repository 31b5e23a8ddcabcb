"""The element tables compiled: one fast reader and one writer per class, from the same rows.

A class is its element's table (see `values`); `rows_of` spells it out, `read_element` and `write_element` run it. Reading
never raises on what a sender wrote: a value that does not parse is reported with its place and the field stays None.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints
from xml.sax.saxutils import escape

from lxml import etree

from eshop.findings import Finding, Severity
from eshop.ubl.values import ELEMENT, MANY, BinaryObject, Code, Identifier, Measure, Money, Text

CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
UNREAD: Final = frozenset({"UBLExtensions"})
"""Elements that are passed over in silence: what extensions hold is an agreement between two others."""

Problems = list[Finding]
Read = Callable[[etree._Element, Problems], Any]

_ACRONYMS: Final = {"id": "ID", "uuid": "UUID", "uri": "URI", "ubl": "UBL"}


@dataclass(frozen=True, slots=True)
class Row:
    """One child element of a class: its field, its name, cbc or cac, what stands in it, once or many times."""

    field: str
    element: str
    prefix: str
    kind: type
    many: bool

    @property
    def tag(self) -> str:
        return f"{{{CAC if self.prefix == 'cac' else CBC}}}{self.element}"


@cache
def rows_of(table: type) -> tuple[Row, ...]:
    """The rows of a class in the order of the schema."""
    hints = get_type_hints(table)
    return tuple(_row(entry, hints[entry.name]) for entry in fields(table) if entry.compare)


def _row(entry: "Field[Any]", hint: Any) -> Row:
    many = entry.metadata.get(MANY, False)
    kind = get_args(hint)[0] if many or get_origin(hint) in (Union, UnionType) else hint
    by_rule = "".join(_ACRONYMS.get(word, word.capitalize()) for word in entry.name.split("_"))
    element = entry.metadata.get(ELEMENT, by_rule)
    return Row(entry.name, element, "cbc" if kind in READ_VALUE else "cac", kind, many)


# Reading


class Unparsable(ValueError):
    """A value that is not of its type; `code` is the finding's."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.value = value


# 18 digits before and after the point are more than any amount, quantity or rate needs; more is a mistake or an attack.
_is_decimal: Final = re.compile(r"\s*[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})\s*").fullmatch
_is_date: Final = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\s*").fullmatch
_INDICATORS: Final = {"true": True, "1": True, "false": False, "0": False}


Attribute = tuple[str, str]
_SHORT: Final = 250
_KEPT: Final = 8192


def _decimal(text: str, *_: Attribute) -> Decimal:
    if not _is_decimal(text):
        raise Unparsable("not_a_number", text)
    return Decimal(text.strip())


def _money(text: str, *attributes: Attribute) -> Money:
    return Money(_decimal(text), dict(attributes).get("currencyID", ""))


def _measure(text: str, *attributes: Attribute) -> Measure:
    stated = dict(attributes)
    return Measure(_decimal(text), stated.get("unitCode", ""), stated.get("unitCodeListID"))


def _date(text: str, *_: Attribute) -> date:
    found = _is_date(text)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise Unparsable("not_a_date", text) from None


def _indicator(text: str, *_: Attribute) -> bool:
    try:
        return _INDICATORS[text.strip()]
    except KeyError:
        raise Unparsable("not_an_indicator", text) from None


_IDENTIFIER: Final = {
    "schemeID": "scheme_id",
    "schemeAgencyID": "scheme_agency_id",
    "schemeVersionID": "scheme_version_id",
    "schemeDataURI": "scheme_data_uri",
}
_CODE: Final = {
    "listID": "list_id",
    "listAgencyID": "list_agency_id",
    "listVersionID": "list_version_id",
    "listName": "list_name",
    "name": "name",
}


def _identifier(text: str, *attributes: Attribute) -> Identifier:
    return Identifier(text.strip(), **{_IDENTIFIER[name]: value for name, value in attributes if name in _IDENTIFIER})


def _code(text: str, *attributes: Attribute) -> Code:
    return Code(text.strip(), **{_CODE[name]: value for name, value in attributes if name in _CODE})


def _remembered(make: Callable[..., Any]) -> Read:
    """A reader of leaves that makes a value once and gives it again: documents repeat their schemes, units, rates and dates.

    Only short ones are remembered, and not many of them, so that no sender can fill the memory.
    """
    kept: dict[Any, Any] = {}

    def read(element: etree._Element, _: Problems) -> Any:
        said = (element.text or "", *element.items())
        value = kept.get(said)
        if value is None:
            value = make(*said)
            if len(str(said)) <= _SHORT:
                if len(kept) >= _KEPT:
                    kept.clear()
                kept[said] = value
        return value

    return read


_amount: Final = _remembered(_money)


def _read_money(element: etree._Element, problems: Problems) -> Money:
    amount: Money = _amount(element, problems)
    if not amount.currency:
        _note(problems, "currency_missing", element)
    return amount


def _read_text(element: etree._Element, _: Problems) -> Text:
    return Text(element.text or "", element.get("languageID"))


def _read_str(element: etree._Element, _: Problems) -> str:
    return element.text or ""


def _read_binary(element: etree._Element, _: Problems) -> BinaryObject:
    text = "".join((element.text or "").split())
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unparsable("not_base64", text) from None
    return BinaryObject(value, element.get("mimeCode"), element.get("filename"))


READ_VALUE: Final[Mapping[type, Read]] = {
    Identifier: _remembered(_identifier),
    Code: _remembered(_code),
    Text: _read_text,
    str: _read_str,
    Money: _read_money,
    Measure: _remembered(_measure),
    Decimal: _remembered(_decimal),
    date: _remembered(_date),
    bool: _remembered(_indicator),
    BinaryObject: _read_binary,
}


def read_element(table: type, element: etree._Element, problems: Problems) -> Any:
    """The instance of `table` that `element` says; what could not be read is appended to `problems`."""
    return reader_of(table)(element, problems)


_READERS: Final[dict[type, Read]] = {}


def reader_of(table: type) -> Read:
    """The reader of a class, compiled once (by `reading`, for all documents, before any thread reads).

    Hot: some 150 elements an invoice, 4 million a large catalogue. A bound child is one dictionary look-up by its full tag;
    fields that do not occur cost nothing.
    """
    if table in _READERS:
        return _READERS[table]
    rows: dict[Any, tuple[str, bool, Read | None]] = {}
    new, put = object.__new__, object.__setattr__

    def read(element: etree._Element, problems: Problems) -> Any:
        found: dict[str, Any] = {}
        repeated: list[str] = []
        for child in element[:]:  # a slice: lxml gives it in two thirds of an iterator's time
            try:
                name, many, convert = rows[child.tag]
            except KeyError:
                if isinstance(child.tag, str) and etree.QName(child).localname not in UNREAD:
                    _note(problems, "element_not_known", child, "warning")
                continue
            try:
                value = convert(child, problems) if convert else child.text or ""
            except Unparsable as error:
                _note(problems, error.code, child, value=error.value[:80])
                continue
            if many:
                if name in found:
                    found[name].append(value)
                else:
                    found[name] = [value]
                    repeated.append(name)
            elif name in found:
                _note(problems, "element_repeated", child)
            else:
                found[name] = value
        for name in repeated:
            found[name] = tuple(found[name])
        instance = new(table)
        put(instance, "__dict__", found)
        return instance

    # Registered before its rows are known: classes may contain each other (Delivery and Shipment).
    _READERS[table] = read
    for row in rows_of(table):
        convert = None if row.kind is str else READ_VALUE.get(row.kind) or reader_of(row.kind)
        rows[row.tag] = (row.field, row.many, convert)
    return read


_MANY: Final = 100


def _note(problems: Problems, code: str, element: etree._Element, severity: Severity = "error", **values: str) -> None:
    """Tells a problem, unless very many are told already (room is kept for errors): each place is counted out, and a document
    of a million unknown elements would take hours."""
    if len(problems) < _MANY or (severity == "error" and len(problems) < 2 * _MANY):
        problems.append(Finding(code, severity, place(element), {"line": element.sourceline, **values}))


def place(element: etree._Element) -> str:
    """Where an element stands, without the root: `InvoiceLine[2]/Item/Name`; numbered where it has namesakes beside it."""
    steps: list[str] = []
    while (parent := element.getparent()) is not None:
        tag = cast(str, element.tag)
        before = sum(1 for _ in element.itersiblings(tag, preceding=True))
        alone = not before and next(element.itersiblings(tag), None) is None
        steps.append(etree.QName(element).localname + ("" if alone else f"[{before + 1}]"))
        element = parent
    return "/".join(reversed(steps))


# Writing

Parts = list[str]
Write = Callable[[Any, Parts, str], None]

# What XML 1.0 cannot carry at all is written as the replacement character: seen, not lost in silence.
_forbidden: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").sub
_CONTENT: Final = {"\r": "&#13;"}
_QUOTE: Final = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def _text(value: str) -> str:
    return escape(_forbidden("\ufffd", value), _CONTENT)


def _quoted(value: str) -> str:
    return escape(_forbidden("\ufffd", value), _QUOTE)


def _attributes(**values: str | None) -> str:
    return "".join(f' {name}="{_quoted(value)}"' for name, value in values.items() if value is not None)


def _plain(value: Decimal) -> str:
    return format(value, "f")


WRITE_VALUE: Final[Mapping[type, Callable[[Any], tuple[str, str]]]] = {
    # kind → (attributes, content)
    Identifier: lambda it: (
        _attributes(**{name: getattr(it, key) for name, key in _IDENTIFIER.items()}),
        _text(it.value),
    ),
    Code: lambda it: (_attributes(**{name: getattr(it, key) for name, key in _CODE.items()}), _text(it.value)),
    Text: lambda it: (_attributes(languageID=it.language_id), _text(it.value)),
    str: lambda it: ("", _text(it)),
    Money: lambda it: (_attributes(currencyID=it.currency or None), _plain(it.value)),
    Measure: lambda it: (_attributes(unitCode=it.unit or None, unitCodeListID=it.unit_list_id), _plain(it.value)),
    Decimal: lambda it: ("", _plain(it)),
    date: lambda it: ("", it.isoformat()),
    bool: lambda it: ("", "true" if it else "false"),
    BinaryObject: lambda it: (
        _attributes(mimeCode=it.mime_code, filename=it.filename),
        base64.b64encode(it.value).decode("ascii"),
    ),
}


def write_element(instance: Any, parts: Parts, indent: str) -> None:
    """Appends the children of `instance` to `parts`, one line each, in the order of the schema."""
    for row in rows_of(type(instance)):
        value = getattr(instance, row.field)
        if value is None:
            continue
        name = f"{row.prefix}:{row.element}"
        leaf = WRITE_VALUE.get(row.kind)
        for one in value if row.many else (value,):
            if leaf:
                attributes, content = leaf(one)
                parts.append(f"{indent}<{name}{attributes}>{content}</{name}>\n")
            else:
                parts.append(f"{indent}<{name}>\n")
                write_element(one, parts, indent + "  ")
                parts.append(f"{indent}</{name}>\n")
