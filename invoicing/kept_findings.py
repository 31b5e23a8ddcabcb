"""Findings as they are kept in a row and read again, with their values' types: 4,16 kr. stays money. (pure)"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from eshop.amounts import Amount, Percent, Quantity, plain
from eshop.findings import Finding


def keep(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "where": one.where,
            "rule": one.rule,
            "values": {name: _kept(value) for name, value in one.values.items()},
        }
        for one in findings
    ]


def read(kept: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [
        Finding(
            one["code"],
            one["severity"],
            one["where"],
            {name: _read(value) for name, value in one["values"].items()},
            one["rule"],
        )
        for one in kept
    ]


def _kept(value: Any) -> Any:
    match value:
        case bool() | int() | str() | None:
            return value
        case Amount():
            return {"ore": value.ore}
        case Decimal():
            return {"number": plain(value)}
        case Percent():
            return {"percent": plain(value.value)}
        case Quantity():
            return {"quantity": plain(value.value), "unit": value.unit}
        case date():
            return {"day": value.isoformat()}
        case Mapping():
            return {"map": {str(name): _kept(one) for name, one in value.items()}}
        case Iterable():
            return [_kept(one) for one in value]
    return str(value)


def _read(value: Any) -> Any:
    match value:
        case {"ore": ore}:
            return Amount(ore)
        case {"number": text}:
            return Decimal(text)
        case {"percent": text}:
            return Percent(Decimal(text))
        case {"quantity": text, "unit": unit}:
            return Quantity(Decimal(text), unit)
        case {"day": text}:
            return date.fromisoformat(text)
        case {"map": pairs}:
            return {name: _read(one) for name, one in pairs.items()}
        case list():
            return [_read(one) for one in value]
    return value
