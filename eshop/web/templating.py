"""How pages are made quickly: addresses are built once, and what is the same on every page in a language is worked out when its template is
compiled, once for each language.

`_('Orders')` in a template is then the Danish word in the compiled template, `url_for('basket.show')` the address, `icon('truck')` the
drawing, and what is included stands where it is included: a page of ours has some seventy of these, and looking them up took longer than
asking the database. A server that runs therefore reads a changed template when it is started again, as it does with texts.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import NoneType, SimpleNamespace
from typing import Any, Final

from flask import Flask, has_request_context, request
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from werkzeug.routing import BuildError

from eshop.web.page_code import PageCode, written
from eshop.web.texts import locale, translations_to

VALUE: Final = re.compile(r"%\((\w+)\)s")
PARTS: Final = "_macros/parts.html"
DRAWN: Final = frozenset({"icon", "good", "eco", "main_menu", "drawer", "shortcuts"})
"""Macros of PARTS that come out alike wherever they are given the same."""
LONGEST_KEPT: Final = 100
"""Signs of a value in an address that is remembered: what people write may be long, and is seldom written twice."""


class Pages(Environment):
    """The templates' environment. What it renders comes from one of its copies: there is one for each language."""

    code_generator_class = PageCode
    written = staticmethod(written)
    language: str | None = None
    root = ""
    parts: Any = None
    """The macros of PARTS in this language, once they are compiled."""
    plain: Mapping[str, Sequence[nodes.Expr]] = {}
    """What those among them write that take nothing."""

    def get_or_select_template(self, template_name_or_list: Any, parent: Any = None, globals: Any = None) -> Template:
        if self.language is None and has_request_context():
            spoken = self.app.spoken(locale(), request.root_path)  # type: ignore[attr-defined]
            return spoken.get_or_select_template(template_name_or_list, parent, globals)  # type: ignore[no-any-return]
        return super().get_or_select_template(template_name_or_list, parent, globals)

    def spoken(self, language: str, root: str) -> "Pages":
        """The copy whose templates are compiled for a language, and for being served below `root`."""
        copy = self.overlay()
        copy.language, copy.root = language, root
        copy.globals = dict(self.globals) | {"url_for": copy.address}
        copy.plain = {
            one.name: [part for output in one.body for part in output.nodes]  # type: ignore[attr-defined]
            for one in copy.read(PARTS).find_all(nodes.Macro)
            if not one.args and all(isinstance(part, nodes.Output) for part in one.body)
        }
        parts = copy.get_template(PARTS).module
        # By the kind of what they are given too: a text that is safe equals one that is to be escaped.
        drawn = {name: lru_cache(maxsize=2000, typed=True)(getattr(parts, name)) for name in DRAWN}
        copy.parts = copy.globals["_parts"] = SimpleNamespace(**(vars(parts) | drawn))
        return copy

    def address(self, endpoint: str, /, **values: Any) -> str:
        """As the application's `url_for`, where it is known what the page is served below."""
        if endpoint[0] != ".":
            for name, value in values.items():
                if name[0] == "_" or not _is_plain(value):
                    break
            else:
                return self.app.path_to(self.root, endpoint, tuple(values.items()))  # type: ignore[attr-defined, no-any-return]
        return self.app.url_for(endpoint, **values)  # type: ignore[attr-defined, no-any-return]

    def read(self, name: str) -> nodes.Template:
        text, filename, _ = self.loader.get_source(self, name)  # type: ignore[union-attr]
        return self._parse(text, name, filename)

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        if self.language is not None and nodes.EvalContext(self, name).autoescape:
            source = _Fixed(self).visit(source)
            named = {one.name for one in source.find_all(nodes.Name) if one.ctx == "load"}
            source = _Taken(named).visit(source)
        return super()._generate(source, name, filename, defer_init)  # type: ignore[no-any-return]


class Cookies(SecureCookieSessionInterface):
    """Flask's sessions, with the signer made once instead of twice a request, and signing done by OpenSSL alone."""

    digest_method = staticmethod(hashlib.sha1)

    def get_signing_serializer(self, app: Flask) -> Any:
        known = app.extensions.get("signer")
        if known is None:
            known = app.extensions["signer"] = super().get_signing_serializer(app)
        return known


class Shop(Flask):
    """Flask with the environment above, addresses that are built once, and a signer that is made once."""

    jinja_environment = Pages
    session_interface = Cookies()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.path_to = lru_cache(maxsize=20_000)(self._path_to)
        self.spoken = lru_cache(maxsize=8)(self._spoken)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of our views is a coroutine: Flask asks of each, and of each function round it."""
        return func

    def _spoken(self, language: str, root: str) -> Pages:
        return self.jinja_env.spoken(language, root)  # type: ignore[attr-defined, no-any-return]

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """As Flask's; within a request an address is a matter of endpoint, values and where the application is served."""
        special = endpoint[0] == "." or _anchor or _method or _scheme or _external
        if not special and has_request_context() and all(map(_is_plain, values.values())):
            return self.path_to(request.root_path, endpoint, tuple(values.items()))
        return super().url_for(
            endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
        )

    def _path_to(self, root: str, endpoint: str, values: Sequence[tuple[str, Any]]) -> str:
        try:
            return self.url_map.bind("", script_name=root).build(endpoint, dict(values))
        except BuildError:
            return super().url_for(endpoint, **dict(values))


def _is_plain(value: object) -> bool:
    """Whether equal values are written alike, too: True is 1, and Decimal('1.0') is Decimal('1.00')."""
    kind = value.__class__
    return kind is int or kind is NoneType or (kind is str and len(value) <= LONGEST_KEPT)  # type: ignore[arg-type]


class _Fixed(NodeTransformer):
    """Puts what is the same on every page in the place of what would be asked for anew: texts, addresses, drawings, included templates."""

    def __init__(self, pages: Pages, within: tuple[str, ...] = ()) -> None:
        self.pages = pages
        self.within = within
        self.texts = translations_to(pages.language or "")

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        fixed: list[Any] = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if len(fixed) != len(node.args):
            return node
        name = node.node.name
        if name == "_":
            return self._text(node, *fixed)
        if name == "url_for":
            return self._address(node, *fixed)
        if (
            name in DRAWN
            and self.pages.parts is not None
            and all(isinstance(one.value, nodes.Const) for one in node.kwargs)
        ):
            named = {one.key: one.value.as_const() for one in node.kwargs}
            return nodes.MarkSafe(
                nodes.Const(str(getattr(self.pages.parts, name)(*fixed, **named))), lineno=node.lineno
            )
        return node

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802
        """The included template itself, with names of its own; one that includes itself, or stands on another, as it is."""
        match node.template:
            case nodes.Const(value=str(name)) if (
                node.with_context and not node.ignore_missing and name not in self.within
            ):
                tree = self.pages.read(name)
                if tree.find(nodes.Extends) is None and tree.find(nodes.Block) is None:
                    tree = _Fixed(self.pages, (*self.within, name)).visit(tree)
                    for one in tree.body:
                        one.set_lineno(node.lineno, override=True)
                    return nodes.Scope(tree.body, lineno=node.lineno)
        return node

    def _text(self, node: nodes.Call, text: str) -> nodes.Expr:
        """As Jinja takes texts of ours: they are safe, and the values in them are escaped."""
        said = self.texts.gettext(text)
        if not node.kwargs:
            return nodes.MarkSafe(nodes.Const(said % {}), lineno=node.lineno)
        values = nodes.Dict([nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs])
        return nodes.Mod(nodes.MarkSafe(nodes.Const(said)), values, lineno=node.lineno)

    def _address(self, node: nodes.Call, endpoint: str) -> nodes.Expr:
        values = {one.key: one.value for one in node.kwargs}
        if not all(isinstance(value, nodes.Const) and name[0] != "_" for name, value in values.items()):
            return node
        fixed = tuple((name, value.as_const()) for name, value in values.items())
        return nodes.Const(self.pages.app.path_to(self.pages.root, endpoint, fixed), lineno=node.lineno)  # type: ignore[attr-defined]

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        """Where a text with values is written out: its parts and its values one after the other; so too a macro that takes nothing."""
        self.generic_visit(node)
        node.nodes = [part for one in node.nodes for part in self._apart(one)]
        return node

    def _apart(self, node: nodes.Expr) -> Iterable[nodes.Expr]:
        match node:
            case nodes.Mod(left=nodes.MarkSafe(expr=nodes.Const(value=str(text))), right=nodes.Dict(items=pairs)):
                values = {one.key.value: one.value for one in pairs if isinstance(one.key, nodes.Const)}
                named = VALUE.findall(text)
                if text.count("%") == len(named) and values.keys() >= set(named):
                    return _parts(text, values)
            case nodes.Call(node=nodes.Name(name=name), args=[], kwargs=[]) if name in self.pages.plain:
                return self.pages.plain[name]
        return [node]


class _Taken(NodeTransformer):
    """What a template takes from PARTS, as far as it is still called: from the module that is there, instead of importing it."""

    def __init__(self, named: set[str]) -> None:
        self.named = named

    def visit_FromImport(self, node: nodes.FromImport) -> Any:  # noqa: N802
        if node.with_context or not isinstance(node.template, nodes.Const) or node.template.value != PARTS:
            return node
        names = [one if isinstance(one, tuple) else (one, one) for one in node.names]
        return [
            nodes.Assign(
                nodes.Name(alias, "store"),
                nodes.Getattr(nodes.Name("_parts", "load"), name, "load"),
                lineno=node.lineno,
            )
            for name, alias in names
            if alias in self.named
        ]


def _parts(text: str, values: dict[str, nodes.Expr]) -> Iterator[nodes.Expr]:
    for place, part in enumerate(VALUE.split(text)):
        yield values[part] if place % 2 else nodes.TemplateData(part)
