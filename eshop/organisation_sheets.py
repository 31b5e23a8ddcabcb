"""The organisation file as a workbook, both ways: a sheet per part, a row per thing, columns named as the fields. For the doors.

Sheets `municipality`, `institutions`, `delivery_points` (institution), `people` and `roles` (user). An institution is named by its GLN. A
list of codes is written with commas in a cell ("5798…, 5798…"), a mapping as pairs ("function=5.25.14, art=2.9"), either of them as JSON
where a comma or = is part of a value. What is written is read again as the same. A sheet made by hand may leave out columns and sheets;
`delivery_points` may then be a column of names on the institutions.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from eshop.agreement_sheets import workbook

PARTS: Final[Mapping[str, Sequence[str]]] = {
    "municipality": ("cvr", "name", "dimensions", "default_coding"),
    "institutions": ("gln", "name", "parent", "glns", "coding", "item_groups", "yearly_budget", "address"),
    "delivery_points": ("institution", "name", "address", "opening_days"),
    "people": ("user", "name", "email", "supplier"),
    "roles": ("user", "role", "institution", "limit"),
}
LISTS: Final = frozenset({"dimensions", "glns", "delivery_points", "item_groups", "opening_days"})
MAPPINGS: Final = frozenset({"default_coding", "coding", "address"})
AMOUNTS: Final = frozenset({"yearly_budget", "limit"})


def write(organisation: Mapping[str, Any]) -> bytes:
    """The workbook of an organisation file. Amounts are numbers; no text becomes a formula or a link."""
    units, people = organisation["institutions"], organisation["people"]
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "municipality": [organisation["municipality"]],
        "institutions": units,
        "delivery_points": [{"institution": unit["gln"], **one} for unit in units for one in unit["delivery_points"]],
        "people": people,
        "roles": [{"user": person["user"], **one} for person in people for one in person["roles"]],
    }
    return workbook(
        {
            part: [list(names), *([_cell(name, row.get(name)) for name in names] for row in rows[part])]
            for part, names in PARTS.items()
        }
    )


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in AMOUNTS:
        return Decimal(str(value))
    if name in LISTS:
        told = [str(one) for one in value]
        plain = told and not any("," in one or one[:1] in "[ " or one != one.strip() for one in told)
        return ", ".join(told) if plain else json.dumps(value, ensure_ascii=False)
    if name in MAPPINGS:
        words = [str(word) for pair in value.items() for word in pair]
        plain = words and not any(set(word) & set(",={") or word != word.strip() for word in words)
        pairs = ", ".join(f"{key}={one}" for key, one in value.items())
        return pairs if plain else json.dumps(value, ensure_ascii=False)
    return value


def of_sheets(sheets: Mapping[str, Iterable[Mapping[str, str]]]) -> dict[str, Any]:
    """The organisation file out of a workbook's sheets (name → rows of column → text)."""
    heads = [_plain(row) for row in sheets.get("municipality", ())]
    units = [_plain(row) for row in sheets.get("institutions", ())]
    people = [_plain(row) for row in sheets.get("people", ())]
    points = [_plain(row) for row in sheets.get("delivery_points", ())]
    roles = [_plain(row) for row in sheets.get("roles", ())]
    for unit in units:
        own = [_without(one, "institution") for one in points if one.get("institution") == unit.get("gln")]
        if own:
            unit["delivery_points"] = own
    for person in people:
        person["roles"] = [_without(one, "user") for one in roles if one.get("user", "") == person.get("user", "")]
    return {"municipality": heads[0] if heads else {}, "institutions": units, "people": people}


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _plain(row: Mapping[str, str]) -> dict[str, Any]:
    return {name: _value(name, text) for name, text in row.items()}


def _value(name: str, text: str) -> Any:
    if name in LISTS:
        if text.startswith("["):
            return json.loads(text)
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [int(part) if part.isdigit() else part for part in parts] if name == "opening_days" else parts
    if name in MAPPINGS:
        if text.startswith("{"):
            return json.loads(text)
        pairs = (part.partition("=") for part in text.split(",") if part.strip())
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text
