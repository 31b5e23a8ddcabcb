"""The organisation and agreements files as workbooks: a sheet per part, a row per thing, columns named as the fields.

What is a list in JSON is written with commas in a cell ("5798…, 5798…"), what is a mapping as pairs ("function=5.25.14, art=2.9"). Parts of
parts have sheets of their own that name what they belong to: `roles` (user); for agreements see `eshop.agreement_sheets`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from eshop import agreement_sheets
from eshop.errors import BadInput

Row = dict[str, str]

_LISTS: Final = frozenset({"dimensions", "glns", "delivery_points", "item_groups", "unspsc"})
_MAPPINGS: Final = frozenset({"default_coding", "coding"})


def organisation(file: Path) -> dict[str, Any]:
    """Sheets municipality, institutions, people, roles."""
    sheets = _sheets(file)
    people = [_plain(row) for row in sheets.get("people", ())]
    for person in people:
        person["roles"] = [
            _plain(role) for role in sheets.get("roles", ()) if role.get("user", "") == person.get("user", "")
        ]
    heads = sheets.get("municipality", [])
    return {
        "municipality": _plain(heads[0]) if heads else {},
        "institutions": [_plain(row) for row in sheets.get("institutions", ())],
        "people": people,
    }


def agreements(file: Path) -> list[dict[str, Any]]:
    """See `eshop.agreement_sheets`."""
    return agreement_sheets.of_sheets(_sheets(file))


def _sheets(file: Path) -> dict[str, list[Row]]:
    try:
        book = CalamineWorkbook.from_path(str(file))
        return {
            name.strip().lower(): _rows(book.get_sheet_by_name(name).to_python(skip_empty_area=True))
            for name in book.sheet_names
        }
    except CalamineError as error:
        raise BadInput("file_unusable", file=str(file), reason=str(error)) from error


def _rows(cells: Iterable[list[Any]]) -> list[Row]:
    lines = iter(cells)
    names = [_text(cell).lower() for cell in next(lines, [])]
    return [
        {name: value for name, cell in zip(names, line, strict=False) if name and (value := _text(cell))}
        for line in lines
        if any(_text(cell) for cell in line)
    ]


def _text(cell: Any) -> str:
    """A cell as it would be typed: 5798001234566.0 is '5798001234566', a day is '2026-05-12'."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _plain(row: Mapping[str, str]) -> dict[str, Any]:
    return {name: _value(name, text) for name, text in row.items()}


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    if name in _MAPPINGS:
        pairs = (part.partition("=") for part in text.split(",") if part.strip())
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text
