"""`/reports/{figure}`: the figure as the command line prints it, its lines in pages, and refusals."""

from decimal import Decimal
from typing import Any

from tests.api.conftest import Caller


def test_a_figure_and_its_lines_add_up(caller: Any) -> None:
    system: Caller = caller("reports:read")
    shown = system.get("/reports/transaction-cost?period=2026").get_json()
    assert {"figure", "definition", "version", "period", "numerator", "denominator", "value", "target", "parts"} <= set(
        shown
    )
    assert shown["period"] == "2026"
    assert shown["from"] == "2026-01-01"
    lines = system.get("/reports/transaction-cost/lines?period=2026&limit=100").get_json()
    assert lines["page"]["total"] == int(shown["denominator"])
    assert sum((Decimal(one["numerator"]) for one in lines["items"]), Decimal(0)) == Decimal(shown["numerator"])


def test_what_cannot_be_answered_is_a_problem_with_a_code(caller: Any) -> None:
    system: Caller = caller("reports:read")
    for address, status, code in (
        ("/reports/horoscope", 404, "unknown_figure"),
        ("/reports/compliance?period=yesterday", 422, "bad_period"),
        ("/reports/compliance?institution=5798001234566", 422, "unknown_institution"),
    ):
        answer = system.get(address)
        assert (answer.status_code in (status, 400), answer.get_json()["code"]) == (True, code), address
    assert caller("orders:read").get("/reports/compliance").status_code == 403
    assert caller("reports:read", user="mette").get("/reports/compliance").status_code == 403
