"""Texts of the pages in the language of who reads them. English is the id of a text; `eshop.translations` has the Danish.

`gettext("Order %(number)s", number=…)` says it now, `lazy_gettext` when it is written out. Templates have `_`, which is worked out when
they are compiled (`eshop.web.templating`).
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, session

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


def gettext(text: str, /, **values: Any) -> str:
    said: str = translations_to(locale()).gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, num: int, /, **values: Any) -> str:
    """`num` is among the values."""
    return translations_to(locale()).ngettext(one, many, num) % {"num": num, **values}


class LazyText:
    """A text that is said when it is written out, in the language of then."""

    __slots__ = ("_say",)

    def __init__(self, say: Callable[[], str]) -> None:
        self._say = say

    def __str__(self) -> str:
        return self._say()

    __html__ = __str__

    def __format__(self, wanted: str) -> str:
        return format(self._say(), wanted)


def lazy_gettext(text: str, /, **values: Any) -> LazyText:
    return LazyText(lambda: gettext(text, **values))


def install(app: Flask) -> None:
    """`_` and `ngettext` for templates, with values that are escaped; and a language for each request."""
    app.before_request(_forget_language)
    app.teardown_request(_forget_language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: translations_to(locale()).gettext(text),
        ngettext=lambda one, many, num: translations_to(locale()).ngettext(one, many, num),
        newstyle=True,
    )
