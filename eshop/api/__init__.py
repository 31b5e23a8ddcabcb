"""REST, `/api/v1` (INTERFACES §3), and the probes beside it. `register(app)` puts them on the application."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint as Plain
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException, InternalServerError

from eshop import __version__
from eshop.api import agreements, catalogues, documents, invoices, items, orders, postings, probes, reports
from eshop.api.description import readable, with_problems
from eshop.api.guards import http_problem, open_to_all, problem
from eshop.api.schemas import Money, Number, Problem
from eshop.errors import EshopError
from eshop.tokens import SCOPES

PREFIX: Final = "/api/v1"
BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    items.blueprint,
    agreements.blueprint,
    catalogues.blueprint,
    orders.blueprint,
    documents.blueprint,
    invoices.blueprint,
    postings.blueprint,
    reports.blueprint,
)

about = Plain("api_about", __name__)


class Described(Api):
    """The description of the API. Errors are ours to answer (`guards`), and the pages about it are our own."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None: `register` puts one on the application that answers for the API's addresses alone."""


def register(app: Flask) -> None:
    app.config.update(
        API_TITLE="eshop", API_VERSION=__version__, OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None, ETAG_DISABLED=True
    )
    described = Described(
        app,
        spec_kwargs={
            "info": {
                "description": "Catalogues, orders, documents and invoices of a municipality. Amounts and quantities are "
                "decimal strings, days YYYY-MM-DD. Refusals are application/problem+json with a stable `code`."
            }
        },
    )
    described.register_field(Money, "string", "decimal")
    described.register_field(Number, "string", "decimal")
    assert described.spec is not None
    described.spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "description": "eshop users token; scopes: " + ", ".join(SCOPES)}
    )
    for part in BLUEPRINTS:
        described.register_blueprint(part, url_prefix=PREFIX)
    app.extensions["eshop_api"] = described
    app.register_blueprint(about, url_prefix=PREFIX)
    app.register_blueprint(probes.blueprint)
    _answer_for_the_api(app)


def _answer_for_the_api(app: Flask) -> None:
    """Errors at our addresses are problems; everywhere else they stay pages."""
    pages = {**app.error_handler_spec[None][None], **app.error_handler_spec[None][500]}

    def refused(error: EshopError) -> ResponseReturnValue:
        return problem(error) if _ours() else _as_before(pages, EshopError, error)

    def failed(error: HTTPException) -> ResponseReturnValue:
        return http_problem(error) if _ours() else _as_before(pages, HTTPException, error)

    def broke(error: InternalServerError) -> ResponseReturnValue:
        return http_problem(error) if _ours() else _as_before(pages, InternalServerError, error)

    app.register_error_handler(EshopError, refused)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(InternalServerError, broke)


def _ours() -> bool:
    return request.path.startswith(PREFIX + "/") or request.path in probes.ADDRESSES


def _as_before(pages: Mapping[Any, Any], kind: type[Exception], error: Any) -> ResponseReturnValue:
    handler = pages.get(kind)
    return handler(error) if handler is not None else error


@about.get("/openapi.json")
@open_to_all
def openapi() -> Response:
    """The OpenAPI description."""
    return jsonify(_description())


@about.get("/docs")
@open_to_all
def docs() -> str:
    """The same, for reading."""
    return render_template("api/docs.html", scopes=SCOPES, **readable(_description()))


def _description() -> dict[str, Any]:
    return with_problems(current_app.extensions["eshop_api"].spec.to_dict())
