"""Texts of the pages in the language of who reads them. English is the id of a text; `eshop.translations` has the Danish.

`gettext("Order %(number)s", number=…)` says it now, `lazy_gettext` when it is written out. Templates have `_`, which is worked out when
they are compiled (`eshop.web.templating`).
"""

from contextvars import ContextVar
from functools import lru_cache

from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, session
from flask_babel import Babel, Domain

from eshop.translations import HERE

_LANGUAGE: ContextVar[str | None] = ContextVar("language", default=None)
"""Of the request that is being answered, once it was asked for: a page asks some hundred times."""


def locale() -> str:
    """'da' or 'en', for the request; 'da' outside of one. Chosen by link or in the profile; Danish unless English was chosen."""
    known = _LANGUAGE.get()
    if known is not None:
        return known
    if not has_request_context():
        return "da"
    language = "en" if session.get("language") == "en" else "da"
    _LANGUAGE.set(language)
    return language


def _forget_language(_error: object = None) -> None:
    """Before a request and after it: the thread that answers it has answered others."""
    _LANGUAGE.set(None)


@lru_cache(maxsize=8)
def translations_to(language: str) -> NullTranslations:
    """The texts in a language."""
    return Translations.load(str(HERE), [language])


class _Texts(Domain):
    """Flask-Babel's texts, with the language looked up once a request; and Danish, not English ids, where there is no request."""

    def get_translations(self) -> NullTranslations:
        return translations_to(locale())


_texts = _Texts()
gettext, ngettext, lazy_gettext = _texts.gettext, _texts.ngettext, _texts.lazy_gettext


def install(app: Flask) -> None:
    """`_` and `ngettext` for templates, with values that are escaped; and a language for each request."""
    app.before_request(_forget_language)
    app.teardown_request(_forget_language)
    babel = Babel(app, default_locale="da", locale_selector=locale)
    babel.domain_instance = _texts  # type: ignore[assignment]
