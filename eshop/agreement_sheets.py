"""The agreements file as a workbook, both ways: a sheet per part, a row per thing, columns named as the fields. For the doors.

`agreements` has a row per agreement; `lots`, `joined`, `exempt`, `fees`, `options`, `documents` and `declarations` name the agreement
they belong to (and the supplier's CVR, where a number has several suppliers). Lists of codes are written with commas in a cell, what has
parts of its own as JSON. What is written is read again as the same.
"""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

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


def of_sheets(sheets: Mapping[str, Iterable[Mapping[str, str]]]) -> list[dict[str, Any]]:
    """The agreements file out of a workbook's sheets (name → rows of column → text). A part whose sheet is not there is not in it."""
    found = []
    for row in sheets.get("agreements", ()):
        one: dict[str, Any] = {name: _read(name, text) for name, text in row.items()}
        cvr = one.get("supplier_cvr")
        one["supplier"] = {
            name: one.pop(f"supplier_{name}") for name in ("cvr", "gln", "name") if f"supplier_{name}" in one
        }
        one["price_regulation"] = {name: one.pop(name) for name in REGULATION if name in one}
        for part in PARTS:
            if part in sheets:
                one[part] = [
                    {name: _read(name, text) for name, text in inner.items() if not name.startswith("agreement")}
                    for inner in sheets[part]
                    if inner.get("agreement") == row.get("number")
                    and inner.get("agreement_supplier") in (None, "", cvr)
                ]
        found.append(one)
    return found


def _read(name: str, text: str) -> Any:
    if name == "unspsc":
        return [part.strip() for part in text.split(",") if part.strip()]
    if name in IS_JSON and text[:1] in ("{", "["):
        return json.loads(text)
    return int(text) if name == "delivery_days" and text.isdigit() else text
