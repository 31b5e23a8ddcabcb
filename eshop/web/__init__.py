"""The pages. `register(app)` puts them on the application: blueprints, language, sign-in, forgery protection, content security policy."""

from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, send_from_directory, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, InternalServerError

from eshop.errors import EshopError
from eshop.web import (
    account,
    agreement_list,
    agreement_terms,
    agreement_workbook,
    agreements,
    basket,
    catalogue_files,
    coding,
    correspondence,
    credit_notes,
    deciding,
    filters,
    finance_rules,
    guards,
    insight,
    invoices,
    lists,
    needs,
    operation,
    order_papers,
    orders,
    outside,
    overview,
    people,
    pictures,
    postings,
    questions,
    receiving,
    rules,
    search_words,
    sending,
    settings,
    shop,
    spend,
    supplier,
    supplier_link,
    suppliers,
    tenders,
    texts,
    toasts,
    webshops,
    wishes,
)
from eshop.web.navigation import chrome
from eshop.web.pictograms import pictogram

BLUEPRINTS = (
    account,
    shop,
    basket,
    coding,
    orders,
    correspondence,
    invoices,
    agreements,
    agreement_list,
    overview,
    supplier_link,
    lists,
    webshops,
    people,
    catalogue_files,
    agreement_terms,
    agreement_workbook,
    search_words,
    supplier,
    deciding,
    credit_notes,
    suppliers,
    postings,
    finance_rules,
    receiving,
    sending,
    wishes,
    needs,
    outside,
    insight,
    spend,
    questions,
    pictures,
    tenders,
    operation,
    order_papers,
    rules,
    settings,
)
STATIC = Path(__file__).resolve().parent / "static"
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing inline and nothing from elsewhere: neither scripts nor styles nor pictures."""


def register(app: Flask) -> None:
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)  # the guards check; the API has tokens of its own
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # a page may stand open for as long as its session lives
    app.config.setdefault("RATELIMIT_HEADERS_ENABLED", False)
    texts.install(app)
    guards.csrf.init_app(app)
    signer = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")  # as Flask-WTF has it
    app.extensions["form_token"] = lru_cache(maxsize=10_000)(signer.dumps)
    guards.people.init_app(app, add_context_processor=False)
    account.limiter.init_app(app)
    # What is limited is decorated, and asks by itself; the extension would look for limits on every page.
    app.before_request_funcs[None].remove(account.limiter._check_request_limit)
    filters.install(app)
    app.jinja_env.undefined = StrictUndefined  # a misspelled name is a fault, not an empty place
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        csrf_token=_form_token,
        locale=texts.locale,
        toasts=toasts.take,
        flashes=_flashes,
        pictogram=pictogram,
        stay_seconds=guards.stay_seconds,
        help_links=account.help_links,
        webshops=webshops.on_offer,
    )
    app.context_processor(_frame)
    app.add_url_rule("/static/<path:filename>", "static_web", _static)
    for part in BLUEPRINTS:
        app.register_blueprint(part.blueprint)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(EshopError, _refused)
    app.register_error_handler(InternalServerError, _our_fault)
    app.after_request(_headers)
    with app.app_context():
        account.prepare_oidc()


def _flashes() -> list[tuple[str, str]]:
    return session.pop("_flashes", []) if "_flashes" in session else []


def _frame() -> dict[str, object]:
    visit = g.get("visit")
    return {
        "visit": visit,
        "chrome": chrome() if visit is not None else None,
        "wide": False,
        "searched": "",
        "csrf_token": _form_token,  # Flask-WTF puts its own into every page's context, too
    }


def _form_token() -> str:
    """Of all forms of a session. Until when it holds is not asked (`WTF_CSRF_TIME_LIMIT`), so it is signed once and not for each page."""
    raw = session.get("csrf_token")
    return generate_csrf() if raw is None else current_app.extensions["form_token"](raw)  # type: ignore[no-any-return]


@guards.open_to_all
def _static(filename: str) -> ResponseReturnValue:
    return send_from_directory(STATIC, filename, max_age=3600)


def _is_page() -> bool:
    return not request.path.startswith("/api/")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if not _is_page():
        return error
    if isinstance(error, InternalServerError):
        return _our_fault(error)
    return guards.show_http_error(error)


def _refused(error: EshopError) -> ResponseReturnValue:
    return guards.show_error(error)


def _our_fault(error: InternalServerError) -> ResponseReturnValue:
    return guards.show_our_fault(error)


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Vary", "Cookie, HX-Request")
    return response
