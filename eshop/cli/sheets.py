"""The organisation and agreements files out of a workbook: a sheet per part, a row per thing, columns named as the fields.

What the sheets hold: `eshop.organisation_sheets` and `eshop.agreement_sheets`, which write them too.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from eshop import agreement_sheets, organisation_sheets
from eshop.errors import BadInput

Row = dict[str, str]


def organisation(file: Path) -> dict[str, Any]:
    """See `eshop.organisation_sheets`."""
    return organisation_sheets.of_sheets(_sheets(file))


def agreements(file: Path) -> list[dict[str, Any]]:
    """See `eshop.agreement_sheets`."""
    return agreement_sheets.read(file)


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
    names = [agreement_sheets.typed(cell).lower() for cell in next(lines, [])]
    return [
        {
            name: value
            for name, cell in zip(names, line, strict=False)
            if name and (value := agreement_sheets.typed(cell))
        }
        for line in lines
        if any(agreement_sheets.typed(cell) for cell in line)
    ]
