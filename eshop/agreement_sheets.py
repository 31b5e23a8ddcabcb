"""The agreements file as a workbook, both ways: a sheet per part, a row per thing, columns named as the fields. For the doors.

`agreements` has a row per agreement; `lots`, `joined`, `exempt`, `fees`, `options`, `documents` and `declarations` name the agreement
they belong to (and the supplier's CVR, where a number has several suppliers). Lists of codes are written with commas in a cell, what has
parts of its own as JSON. What is written is read again as the same.

Read is also what people make of it: a title above the headings, headings and level in Danish, merged cells (each row of them has the
value), numbers with comma, days as 31-12-2027.
"""

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from eshop.errors import BadInput

COLUMNS: Final = (
    "number", "title", "level", "stage", "from", "to", "supplier_cvr", "supplier_gln", "supplier_name", "unspsc",
    "precedence", "cap_percent", "notice_days", "index", "minimum_order", "ceiling", "delivery_days",
    "compliance_target_percent", "responsible", "labour_clause", "auto_accept", "auto_rule",
)  # fmt: skip
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "lots": ("number", "title", "unspsc"),
    "joined": ("cvr", "lot", "from", "to"),
    "exempt": ("cvr", "lot", "from", "to", "reason", "approved_by"),
    "fees": ("kind", "max", "free_above"),
    "options": ("to", "notify_by", "used"),
    "documents": ("title", "uri"),
    "declarations": ("kind", "to"),
}
REGULATION: Final = ("cap_percent", "notice_days", "index")
DAYS: Final = frozenset({"from", "to", "notify_by"})
FIGURES: Final = frozenset(
    {"cap_percent", "notice_days", "minimum_order", "ceiling", "compliance_target_percent", "precedence", "max", "free_above"}
)  # fmt: skip
IS_JSON: Final = frozenset({"delivery_days", "auto_rule"})
WIDEST: Final = 60
_DANISH_DAY: Final = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")


def write(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The workbook of these agreements (the file's form). Days are days, figures figures; no text becomes a formula or a link."""
    sheets: dict[str, list[list[Any]]] = {"agreements": [list(COLUMNS)]}
    sheets |= {part: [["agreement", "agreement_supplier", *names]] for part, names in PARTS.items()}
    for row in rows:
        flat = {**row, **(row.get("price_regulation") or {})}
        flat |= {f"supplier_{name}": value for name, value in row["supplier"].items()}
        sheets["agreements"].append([_cell(name, flat.get(name)) for name in COLUMNS])
        for part, names in PARTS.items():
            for inner in row.get(part) or ():
                whose = [row["number"], row["supplier"].get("cvr")]
                sheets[part].append([*whose, *(_cell(name, inner.get(name)) for name in names)])
    return workbook(sheets)


def _cell(name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if name in DAYS:
        return date.fromisoformat(value) if isinstance(value, str) else value
    if name in FIGURES:
        return Decimal(str(value))
    if name in IS_JSON and not isinstance(value, str | int):
        return json.dumps(value, ensure_ascii=False)
    return ", ".join(value) if isinstance(value, list) else value


def workbook(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    """The bytes of a workbook: name of the sheet → its rows, the first of them the titles."""
    kept = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(kept, options) as book:
        bold, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            page.freeze_panes(1, 0)
            for place, title in enumerate(rows[0]):
                page.write_string(0, place, title, bold)
                widest = max(len(str(row[place])) if row[place] is not None else 0 for row in rows)
                page.set_column(place, place, min(widest + 2, WIDEST))
            for number, row in enumerate(rows[1:], 1):
                for place, value in enumerate(row):
                    if isinstance(value, date):
                        page.write_datetime(number, place, datetime.combine(value, time()), day)
                    elif isinstance(value, bool):
                        page.write_boolean(number, place, value)
                    elif isinstance(value, Decimal | int):
                        page.write_number(number, place, value)  # pyright: ignore[reportArgumentType, reportCallIssue]
                    elif value is not None:
                        page.write_string(number, place, str(value))
    return kept.getvalue()


SHEET_WORDS: Final[Mapping[str, str]] = {
    "aftaler": "agreements", "delaftaler": "lots", "tilsluttet": "joined", "tilslutninger": "joined", "fritaget": "exempt",
    "fritagelser": "exempt", "gebyrer": "fees", "optioner": "options", "dokumenter": "documents", "erklæringer": "declarations",
}  # fmt: skip
HEADING_WORDS: Final[Mapping[str, str]] = {
    "nummer": "number", "nr.": "number", "nr": "number", "aftalenr.": "number", "aftalenummer": "number", "titel": "title",
    "navn": "title", "niveau": "level", "stade": "stage", "fra": "from", "gælder fra": "from", "til": "to",
    "gælder til": "to", "udløber": "to", "leverandør": "supplier_name", "leverandørens cvr": "supplier_cvr",
    "varegrupper": "unspsc", "varegrupper (unspsc)": "unspsc", "loft i procent": "cap_percent",
    "prisloft": "cap_percent", "varsel i dage": "notice_days", "indeks": "index", "mindste ordrebeløb": "minimum_order",
    "ramme": "ceiling", "aftalens ramme": "ceiling", "leveringsdage": "delivery_days", "mål": "compliance_target_percent",
    "mål i procent": "compliance_target_percent", "ansvarlig": "responsible", "aftale": "agreement", "delaftale": "lot",
    "begrundelse": "reason", "godkendt af": "approved_by", "slags": "kind", "højst": "max", "fri over": "free_above",
    "varsles senest": "notify_by", "brugt": "used", "adresse": "uri",
}  # fmt: skip
VALUE_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "level": {
        "egen": "own", "fællesskab": "community", "indkøbsfællesskab": "community", "fælles, forpligtende": "joint_mandatory",
        "ski": "joint_mandatory", "fælles, frivillig": "joint_voluntary",
    },
    "stage": {
        "planlagt": "planned", "udbud": "tender", "tildelt": "awarded", "underskrevet": "signed",
    },
}  # fmt: skip
HEADINGS_WITHIN: Final = 20
"""Rows: the headings stand among the first of these."""


def read(source: Path) -> list[dict[str, Any]]:
    """The agreements file out of a workbook; each has its `row` in the sheet. BadInput `file_unusable`, `no_agreements_in_file`."""
    try:
        book = CalamineWorkbook.from_path(str(source))
        sheets = {
            SHEET_WORDS.get(name.strip().lower(), name.strip().lower()): _rows(book.get_sheet_by_name(name))
            for name in book.sheet_names
        }
    except CalamineError as error:
        raise BadInput("file_unusable", file=source.name, reason=str(error)) from error
    if len(sheets) == 1 and "agreements" not in sheets:
        sheets = {"agreements": next(iter(sheets.values()))}
    found = of_sheets(sheets)
    if not found:
        raise BadInput("no_agreements_in_file")
    return found


def _rows(sheet: CalamineSheet) -> list[dict[str, str]]:
    """The rows under the headings, column → text, and `row` as people count it."""
    cells = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        for row in range(top, min(bottom + 1, len(cells))):
            for column in range(left, min(right + 1, len(cells[row]))):
                if column == left:
                    cells[row][column] = cells[top][left]
    for place, line in enumerate(cells[:HEADINGS_WITHIN]):
        names = [HEADING_WORDS.get(text, text) for text in (typed(cell).lower() for cell in line)]
        if "number" in names or "agreement" in names:
            return [
                {"row": str(number)}
                | {name: value for name, cell in zip(names, below, strict=False) if name and (value := typed(cell))}
                for number, below in enumerate(cells[place + 1 :], place + 2)
                if any(typed(cell) for cell in below)
            ]
    return []


def typed(cell: Any) -> str:
    """A cell as it would be typed: 5798001234566.0 is '5798001234566', a day is '2026-05-12'."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def of_sheets(sheets: Mapping[str, Iterable[Mapping[str, str]]]) -> list[dict[str, Any]]:
    """The agreements file out of a workbook's sheets (name → rows of column → text). A part whose sheet is not there is not in it."""
    found = []
    for row in sheets.get("agreements", ()):
        # Among agreements a bare "CVR" is the supplier's; among those who have joined it is theirs.
        one: dict[str, Any] = {
            "supplier_cvr" if name == "cvr" else name: _read(name, text) for name, text in row.items()
        }
        cvr = one.get("supplier_cvr")
        one["supplier"] = {
            name: one.pop(f"supplier_{name}") for name in ("cvr", "gln", "name") if f"supplier_{name}" in one
        }
        if "row" in one:
            one["row"] = int(one["row"])
        one["price_regulation"] = {name: one.pop(name) for name in REGULATION if name in one}
        for part in PARTS:
            if part in sheets:
                one[part] = [
                    {
                        name: _read(name, text)
                        for name, text in inner.items()
                        if name != "row" and not name.startswith("agreement")
                    }
                    for inner in sheets[part]
                    if inner.get("agreement") == row.get("number")
                    and inner.get("agreement_supplier") in (None, "", cvr)
                ]
        found.append(one)
    return found


def _read(name: str, text: str) -> Any:
    if name == "unspsc":
        return [part.strip() for part in text.split(",") if part.strip()]
    if name in VALUE_WORDS:
        return VALUE_WORDS[name].get(text.lower(), text)
    if name in FIGURES:
        return text.replace(".", "").replace(",", ".") if "," in text else text
    if name in DAYS and (day := _DANISH_DAY.fullmatch(text)):
        return f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"
    if name in IS_JSON and text[:1] in ("{", "["):
        return json.loads(text)
    return int(text) if name == "delivery_days" and text.isdigit() else text
