"""Rows of a sheet, Excel or CSV, as the text that people see in the cells.

Numbers come as the shortest decimal that was typed (12.1, not 12.09999…), days as 2026-05-04. A merged cell counts for all the cells
it covers. CSV is read as UTF-8, else as Windows-1252 (what Danish Excel saves), with the separator that most lines have equally often.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from eshop.errors import BadInput

EXCEL: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How an xlsx and an old xls begin."""

Row = list[str]


def is_excel(head: bytes) -> bool:
    return head.startswith(EXCEL)


def looks_like_csv(head: bytes) -> bool:
    """Text without control characters whose first lines have a separator."""
    if b"\x00" in head or head.lstrip()[:1] in (b"<", b"{"):
        return False
    first = head.split(b"\n", 1)[0]
    return any(separator in first for separator in (b";", b",", b"\t"))


def sheet_names(source: Path | bytes) -> list[str]:
    """The sheets of a workbook that have anything in them, in order."""
    book = _book(source)
    return [name for name in book.sheet_names if book.get_sheet_by_name(name).height > 0]


def excel_rows(source: Path | bytes, sheet: str | None = None) -> list[Row]:
    """All rows of a sheet (the first that has any), merged cells filled in. BadInput `not_excel`, `sheet_missing`."""
    book = _book(source)
    names = [name for name in book.sheet_names if book.get_sheet_by_name(name).height > 0]
    if not names or (sheet is not None and sheet not in names):
        raise BadInput("sheet_missing", value=sheet or "")
    found = book.get_sheet_by_name(sheet or names[0])
    rows = [[_shown(cell) for cell in row] for row in found.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in found.merged_cell_ranges or ():
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = value
    return rows


def _book(source: Path | bytes) -> CalamineWorkbook:
    try:
        if isinstance(source, bytes):
            return CalamineWorkbook.from_filelike(io.BytesIO(source))
        return CalamineWorkbook.from_path(str(source))
    except (CalamineError, OSError, ValueError) as error:
        raise BadInput("not_excel", reason=str(error)[:200]) from error


def _shown(cell: Any) -> str:
    if isinstance(cell, bool):
        return "ja" if cell else "nej"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    # Excel keeps numbers as binary fractions: fifteen digits are what was typed.
    return cell.strip() if isinstance(cell, str) else _plain(format(cell, ".15g")) if cell is not None else ""


def _plain(number: str) -> str:
    """'1e-05' → '0.00001'; everything else as it is."""
    mantissa, _, exponent = number.partition("e")
    if not exponent:
        return number.removesuffix(".0")
    sign = "-" if mantissa.startswith("-") else ""
    digits, shift = mantissa.lstrip("-").replace(".", ""), int(exponent)
    if shift < 0:
        return f"{sign}0.{'0' * (-shift - 1)}{digits}"
    return sign + digits.ljust(shift + 1, "0")


def csv_rows(source: Path | bytes) -> Iterator[Row]:
    """The rows of a CSV file, one at a time. BadInput `not_text` when it is neither UTF-8 nor Windows-1252."""
    head = source[:65536] if isinstance(source, bytes) else _head(source)
    encoding = _encoding(source, head)
    separator = _separator(head.decode(encoding, errors="ignore"))
    if isinstance(source, bytes):
        text: Any = io.StringIO(source.decode(encoding), newline="")
    else:
        text = source.open(encoding=encoding, newline="")
    with text as file:
        for row in csv.reader(file, delimiter=separator):
            yield [cell.strip() for cell in row]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(65536)


def _encoding(source: Path | bytes, head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            if isinstance(source, bytes):
                source.decode(encoding)
            else:
                with source.open(encoding=encoding, newline="") as file:
                    while file.read(1 << 20):
                        pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadInput("not_text")


def _separator(head: str) -> str:
    lines = [line for line in head.splitlines()[:20] if line.strip()]

    def columns(separator: str) -> int:
        """How often it stands in the lines that have it equally often: commas in names and prices come as they please."""
        counts = Counter(len(row) - 1 for row in csv.reader(lines, delimiter=separator))
        return max((count * times for count, times in counts.items()), default=0)

    return max((";", "\t", ","), key=columns)
