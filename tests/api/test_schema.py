"""Whatever the description allows, the API answers as it describes: random calls to every operation, never a fault of ours."""

from collections.abc import Callable

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from tests.api.conftest import Caller


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_random_calls_are_answered_as_described(app: Flask, caller: Callable[..., Caller], method: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    headers = caller(user="kim").headers
    chosen = schema.include(method=method)
    asked = 0
    for result in chosen.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=8,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @_given(operation)
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(
                headers=headers, checks=[not_a_server_error, content_type_conformance, status_code_conformance]
            )

        ask()
        asked += 1
    assert asked >= 6


def _given(operation: object) -> Callable[..., Callable[..., None]]:
    return given(case=operation.as_strategy())  # type: ignore[attr-defined]
