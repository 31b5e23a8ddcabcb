"""The web application: pages, REST and probes on one database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from eshop import api, web
from eshop.config import Settings
from eshop.db import Database
from eshop.intake import LARGEST_DOCUMENT
from eshop.web.templating import Shop

HERE = Path(__file__).resolve().parent


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """What every door of the application stands on; `current_app.extensions["eshop"]`."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]


def create_app(settings: Settings, database: Database | None = None, now: Callable[[], datetime] = utc_now) -> Flask:
    """The application. Tests hand in their own database and clock."""
    app = Shop("eshop", root_path=str(HERE), template_folder=str(_templates()), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="eshop",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_reached_from_outside,
        # A door that takes a catalogue raises it for its own request and reads in pieces.
        MAX_CONTENT_LENGTH=LARGEST_DOCUMENT,
    )
    if settings.behind_proxy:
        # Who tries too often is counted by address: the person's and not the proxy's, which everybody has.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
    app.extensions["eshop"] = House(settings, database or Database(settings.database_url), now)
    web.register(app)
    api.register(app)
    return app


def _templates() -> Path:
    """Beside the package in the source tree, inside it when installed."""
    inside = HERE / "templates"
    return inside if inside.is_dir() else HERE.parent / "templates"
