"""A list as an Excel file: exactly the rows a page shows, with real numbers and real dates, and headers in the reader's language."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from flask import Response

from eshop.amounts import Amount
from eshop.wording import COPENHAGEN

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header and how its cells are written: text, money, number, percent, day."""

    title: str
    kind: str = "text"


FORMATS = {"money": "#,##0.00", "number": "#,##0.####", "percent": "0.0", "day": "yyyy-mm-dd"}


def excel(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Response:
    """The file as an answer to be saved as `name`.xlsx. Amounts are numbers in kroner, days are days; nothing is a formula."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(name[:31])
    head = book.add_format({"bold": True, "bottom": 1})
    shapes = {kind: book.add_format({"num_format": shape}) for kind, shape in FORMATS.items()}
    widths = [len(column.title) for column in columns]
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.title, head)
    last = 0
    for last, row in enumerate(rows, 1):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            widths[place] = max(widths[place], _write(sheet, last, place, value, shapes.get(column.kind)))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width + 2, WIDEST))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), max(len(columns) - 1, 0))
    book.close()
    answer = Response(kept.getvalue(), mimetype=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def _write(sheet: Any, row: int, column: int, value: Any, shape: Any) -> int:
    """Writes a cell and says how wide it is."""
    match value:
        case None | "":
            return 0
        case Amount():
            sheet.write_number(row, column, value.kroner, shape)
            return len(str(value)) + 2
        case Decimal() | int():
            sheet.write_number(row, column, value, shape)
            return len(str(value))
        case datetime():
            sheet.write_datetime(row, column, value.astimezone(COPENHAGEN).replace(tzinfo=None), shape)
            return 11
        case date():
            sheet.write_datetime(row, column, value, shape)
            return 11
        case _:
            text = str(value)
            sheet.write_string(row, column, text[:32000])
            return len(text)
