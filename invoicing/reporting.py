"""What control said of a document, as `eshop receive --json` prints it (INTERFACES §2)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from eshop.amounts import plain
from eshop.findings import Finding
from eshop.wording import sentence
from invoicing import kept_findings
from invoicing.invoices import Invoice, lines_of


def report(session: Session, invoice: Invoice) -> dict[str, Any]:
    """The answer, without `file`. Of a document just judged in the same unit of work it costs no query."""
    return {
        "message": invoice.message_uid,
        "document_type": invoice.document_type,
        "profile": invoice.profile,
        "document_id": invoice.number or None,
        "supplier": {"cvr": invoice.supplier_cvr, "gln": invoice.supplier_gln, "name": invoice.supplier_name},
        "institution": invoice.buyer_gln if invoice.institution_id is not None else None,
        "outcome": invoice.outcome,
        "reasons": list(invoice.reasons) if invoice.verdict is None else list(invoice.verdict.reasons),
        "orders": list(invoice.order_numbers or ()) if invoice.verdict is None else invoice.verdict.order_numbers,
        "candidates": list(invoice.candidates or ()) if invoice.verdict is None else list(invoice.verdict.candidates),
        "lines": _verdict_lines(invoice) if invoice.verdict is not None else _kept_lines(session, invoice),
        "gross": str(invoice.gross),
        "findings": [
            shown(one)
            for one in (
                invoice.verdict.findings if invoice.verdict is not None else kept_findings.read(invoice.findings)
            )
        ],
    }


def shown(finding: Finding, locale: str = "da") -> dict[str, Any]:
    """A finding with its sentence."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "where": finding.where,
        "rule": finding.rule,
        "text": sentence(finding.code, finding.values, locale),
    }


def _verdict_lines(invoice: Invoice) -> list[dict[str, Any]]:
    billed = {line.position: line for line in invoice.case.reading.billed.lines}
    return [
        _line(
            one.line, one.order, one.order_line, one.status, one.statuses, billed[one.position].quantity, one.variance,
            one.findings,
        )
        for one in invoice.verdict.lines
    ]  # fmt: skip


def _kept_lines(session: Session, invoice: Invoice) -> list[dict[str, Any]]:
    return [
        _line(
            one.line, one.order_number, one.order_line, one.status, one.statuses, one.quantity, one.variance,
            kept_findings.read(one.findings),
        )
        for one in lines_of(session, invoice)
    ]  # fmt: skip


def _line(
    line: str,
    order: str | None,
    order_line: str | None,
    status: str,
    statuses: Iterable[str],
    quantity: Any,
    variance: Any,
    findings: Iterable[Finding],
) -> dict[str, Any]:
    return {
        "line": line,
        "order": order,
        "order_line": order_line,
        "status": status,
        "statuses": list(statuses),
        "quantity": plain(quantity),
        "variance": None if variance is None else str(variance),
        "findings": [shown(one) for one in findings],
    }
