"""The parts of an agreement that are lists: options to extend, documents, CSR declarations; as files and forms give them. (pure)"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

from eshop.errors import BadInput

YES: Final = frozenset({"true", "ja", "yes", "x", "1"})
NO: Final = frozenset({"false", "nej", "no", "0", ""})


def switch(value: Any, field: str) -> bool:
    """True or false, also as a sheet writes it (ja, nej, x). BadInput `expected_true_or_false`."""
    if isinstance(value, bool):
        return value
    text = str(value if value is not None else "").strip().lower()
    if text not in YES | NO:
        raise BadInput("expected_true_or_false", field=field, value=str(value))
    return text in YES


def _day(value: Any, field: str, where: str) -> str | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError as error:
        raise BadInput("not_a_day", field=field, value=str(value), where=where) from error


def options(rows: Iterable[Mapping[str, Any]] | None, where: str) -> list[dict[str, Any]]:
    """{"to": day, "notify_by": day|null, "used": bool}, the earliest first. BadInput `missing_field`, `not_a_day`."""
    found = []
    for row in rows or ():
        until = _day(row.get("to"), "options.to", where)
        if until is None:
            raise BadInput("missing_field", field="options.to", where=where)
        found.append(
            {
                "to": until,
                "notify_by": _day(row.get("notify_by"), "options.notify_by", where),
                "used": switch(row.get("used"), "options.used"),
            }
        )
    return sorted(found, key=lambda one: one["to"])


def documents(rows: Iterable[Mapping[str, Any]] | None, where: str) -> list[dict[str, Any]]:
    """{"title", "uri"}. BadInput `missing_field`, `not_a_web_address`."""
    found = []
    for row in rows or ():
        uri = str(row.get("uri") or "").strip()
        if not uri:
            raise BadInput("missing_field", field="documents.uri", where=where)
        if urlsplit(uri).scheme not in ("http", "https"):
            raise BadInput("not_a_web_address", value=uri, where=where)
        found.append({"title": str(row.get("title") or uri).strip(), "uri": uri})
    return found


def declarations(rows: Iterable[Mapping[str, Any]] | None, where: str) -> list[dict[str, Any]]:
    """CSR declarations: {"kind", "to": day|null}, those that end first. BadInput `missing_field`, `not_a_day`."""
    found = []
    for row in rows or ():
        kind = str(row.get("kind") or "").strip()
        if not kind:
            raise BadInput("missing_field", field="declarations.kind", where=where)
        found.append({"kind": kind, "to": _day(row.get("to"), "declarations.to", where)})
    return sorted(found, key=lambda one: one["to"] or "9999")
