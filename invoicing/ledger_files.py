"""Posting batches as files for the ledger: CSV, JSON, and records in the style of G69. (pure)

The same postings give the same bytes, always: fixed order, fixed fields, no moment of writing in the file.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from eshop.amounts import Amount


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a posting as the ledger gets it. `amount` is a debit when positive, a credit when negative."""

    posting: int
    position: int
    kind: str
    posted_on: date
    period: str
    account: str
    coding: Mapping[str, str]
    amount: Amount
    currency: str
    text: str
    supplier_cvr: str
    document_number: str
    order_numbers: str
    due_date: date | None


FIELDS: Final = (
    "batch", "posting", "line", "kind", "date", "period", "account", "amount", "currency", "text", "supplier_cvr",
    "document", "orders", "due_date",
)  # fmt: skip


def as_csv(batch: int, lines: Sequence[LedgerLine], dimensions: Sequence[str]) -> bytes:
    """UTF-8, semicolons, a header, decimal point; a column per dimension last."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*FIELDS, *dimensions])
    for line in lines:
        writer.writerow([*_values(batch, line).values(), *(line.coding.get(name, "") for name in dimensions)])
    return out.getvalue().encode("utf-8")


def as_json(batch: int, lines: Sequence[LedgerLine], dimensions: Sequence[str]) -> bytes:
    """One object: batch number and lines, keys in fixed order, amounts as decimal strings."""
    rows = [
        _values(batch, line) | {"coding": {name: line.coding[name] for name in dimensions if name in line.coding}}
        for line in lines
    ]
    return (json.dumps({"batch": batch, "lines": rows}, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def as_g69(batch: int, lines: Sequence[LedgerLine], dimensions: Sequence[str]) -> bytes:
    """One record per line in ISO 8859-1: a fixed head, then fields that begin with & and their number.

    &101 transaction, &102 batch and line, &103 fiscal year, &104 account, &110 posting date, &112 amount in øre with D or K,
    &113 text, &114 reference (document number), &116 due date, &133 supplier (10 CVR).
    """
    records = []
    for count, line in enumerate(lines, start=1):
        side = "D" if line.amount.ore >= 0 else "K"
        fields = {
            "101": "01",
            "102": f"{batch:06d}{count:06d}",
            "103": line.period[:4],
            "104": line.account[:16].ljust(16, "0") if line.account else "".ljust(16, "0"),
            "110": line.posted_on.isoformat(),
            "112": f"{abs(line.amount.ore):015d}{side}",
            "113": _plain(line.text)[:35],
            "114": _plain(line.document_number)[:20],
            "116": line.due_date.isoformat() if line.due_date else "",
            "133": f"10{line.supplier_cvr}" if line.supplier_cvr else "",
        }
        body = "".join(f"&{number}{value}" for number, value in fields.items() if value)
        records.append(f"000G69{batch:06d}{count:06d}ESHOP     {body}")
    return ("\r\n".join(records) + "\r\n").encode("iso-8859-1", "replace") if records else b""


def _plain(text: str) -> str:
    return text.replace("&", "+").replace("\r", " ").replace("\n", " ")


def _values(batch: int, line: LedgerLine) -> dict[str, str | int]:
    return {
        "batch": batch,
        "posting": line.posting,
        "line": line.position,
        "kind": line.kind,
        "date": line.posted_on.isoformat(),
        "period": line.period,
        "account": line.account,
        "amount": str(line.amount),
        "currency": line.currency,
        "text": line.text,
        "supplier_cvr": line.supplier_cvr,
        "document": line.document_number,
        "orders": line.order_numbers,
        "due_date": line.due_date.isoformat() if line.due_date else "",
    }


FORMATS: Final[Mapping[str, Callable[[int, Sequence[LedgerLine], Sequence[str]], bytes]]] = {
    "csv": as_csv,
    "json": as_json,
    "g69": as_g69,
}
