"""The values that stand in UBL elements, and the two decorators that make a class an element table. (pure)

Values are a faithful transcript: numbers keep their digits, nothing is rounded or interpreted. An attribute that the sender
did not write is None (or "" for currency and unit).

A class of `parties`, `references`, `payments`, `items`, `deliveries`, `utilities`, `lines` and `documents` *is* the table of
its element, read in both directions by `binding`: the class is named as the UBL aggregate, its fields stand in the order of
the UBL 2.1 schema, a field's name in snake_case names its child element, and its type says how the child is read and written:

    issue_date: date | None = None               <cbc:IssueDate>, at most once
    notes: tuple[Text, ...] = many("Note")       <cbc:Note>, any number of times
    undg_code: Code | None = named("UNDGCode")   <cbc:UNDGCode>, where the rule of names does not give it

Values live in cbc, classes in cac. Every field may be absent: whether it must be there is for `rules` to say.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar, dataclass_transform

from eshop.findings import Finding

ELEMENT: Final = "element"
MANY: Final = "many"

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number or name that identifies something, in the scheme that says how to read it: ('5790000436057', scheme_id='GLN')."""

    value: str
    scheme_id: str | None = None
    scheme_agency_id: str | None = None
    scheme_version_id: str | None = None
    scheme_data_uri: str | None = None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Code:
    """A code from a list: ('380', list_id='UNCL1001'). `name` is the code in words."""

    value: str
    list_id: str | None = None
    list_agency_id: str | None = None
    list_version_id: str | None = None
    list_name: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Text:
    """A note or description, in the language `language_id` (ISO 639-1) where the sender says so."""

    value: str
    language_id: str | None = None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as written, with its digits, and its currency (ISO 4217)."""

    value: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity or measure as written, with its unit (UN/ECE Rec 20/21, unless `unit_list_id` names another list)."""

    value: Decimal
    unit: str = ""
    unit_list_id: str | None = None


@dataclass(frozen=True, slots=True)
class BinaryObject:
    """An embedded file."""

    value: bytes
    mime_code: str | None = None
    filename: str | None = None


def many(element: str) -> Any:
    """The default of a field whose `element` may be repeated: no occurrence."""
    return field(default=(), metadata={ELEMENT: element, MANY: True})


def named(element: str) -> Any:
    """The default of a field whose `element` the rule of names does not give."""
    return field(default=None, metadata={ELEMENT: element})


@dataclass_transform(frozen_default=True, kw_only_default=True)
def aggregate(table: type[Table]) -> type[Table]:
    """Makes `table` the frozen dataclass of an aggregate.

    Not slotted: an element names a few of its many children, and an instance then holds those few only; the others are
    read from the class. That is a third of the memory and a sixth of the time of thirty slots set to None.
    """
    return dataclass(frozen=True, kw_only=True)(table)


@aggregate
class Document:
    """What all documents begin with.

    `problems` are the places that could not be read, each a Finding with its path and line; the field there is None.
    They are about the reading and take no part in comparing documents.
    """

    ubl_version_id: Identifier | None = None
    customization_id: Identifier | None = None
    profile_id: Identifier | None = None
    id: Identifier | None = None
    problems: tuple[Finding, ...] = field(default=(), compare=False, repr=False)
