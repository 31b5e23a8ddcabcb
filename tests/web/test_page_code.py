"""What a template becomes writes and calls exactly as Jinja's own code does."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError, pass_context
from markupsafe import Markup, escape

from eshop.web.page_code import PageCode, written
from tests.web.conftest import Site


class Ours(Environment):
    code_generator_class = PageCode
    written = staticmethod(written)


class Marked:
    def __html__(self) -> str:
        return "<b>marked</b>"


PARTS = {
    "base": "{% macro tag(name, more='') %}<{{ name }}>{{ caller() if caller else more }}</{{ name }}>{% endmacro %}"
    "[{% block a %}{{ x }}{% endblock %}|{% block b scoped %}{% endblock %}]",
    "page": "{% extends 'base' %}{% from 'base' import tag %}"
    "{% block a %}{{ super() }}{{ tag('i', x) }}{% call tag('u') %}{{ x }}{% endcall %}{% endblock %}"
    "{% block b %}{% for y in ys %}{{ loop.index }}{{ f(y, k=x) }}{{ ctx() }}{% if y %}{% include 'part' %}{% endif %}"
    "{% endfor %}{% set z %}<{{ x }}>{% endset %}{{ z }}{{ x ~ z }}{{ d.gone is defined }}{{ d.items() | list | length }}"
    "{{ f(*ys[:1], **{'k': 1}) }}{% filter upper %}{{ x }}{% endfilter %}{% endblock %}",
    "part": "({{ y }}{{ x }})",
}


@given(st.text(max_size=20))
def test_a_text_is_escaped_as_it_always_was(text: str) -> None:
    assert written(text) == escape(text)


@pytest.mark.parametrize("value", [1, None, True, Decimal("1.50"), Markup("<b>"), Marked(), ["<"], b"&", ""])
def test_so_is_everything_else(value: object) -> None:
    assert written(value) == escape(value)


@pytest.mark.parametrize("x", ["plain", "<&>\"'", Markup("<b>"), Marked(), 7, None])
def test_a_page_of_every_kind_of_call_comes_out_alike(x: object) -> None:
    said = []
    for kind in (Environment, Ours):
        pages = kind(loader=DictLoader(PARTS), autoescape=True)
        pages.globals["ctx"] = pass_context(lambda context: context.resolve("x"))
        said.append(
            pages.get_template("page").render(x=x, y=None, ys=["1", "<2>"], d={"k": 1}, f=lambda y, k: f"{y}&{k}")
        )
    assert said[0] == said[1]


def test_a_misspelled_name_is_a_fault_also_where_it_is_called() -> None:
    pages = Ours(loader=DictLoader({"page": "{{ nobody(1) }}"}), autoescape=True, undefined=StrictUndefined)
    with pytest.raises(UndefinedError, match="nobody"):
        pages.get_template("page").render()


def test_the_token_of_a_form_is_one_for_a_session_and_no_other_opens_it(site: Site) -> None:
    """Signed once, it holds for every form of the session; another session's does not."""
    mette, jens = site.signed_in("mette"), site.signed_in("jens")
    tokens = {name: set(_tokens(person.get("/profile")) + _tokens(person.get("/shop"))) for name, person in
              (("mette", mette), ("jens", jens))}  # fmt: skip
    assert [len(one) for one in tokens.values()] == [1, 1]
    assert tokens["mette"] != tokens["jens"]
    (own,), (other,) = tokens["mette"], tokens["jens"]
    assert mette.client.post("/basket/keep", data={"csrf_token": own, "reference": "a"}).status_code == 303
    assert mette.client.post("/basket/keep", data={"csrf_token": other, "reference": "b"}).status_code == 400


def _tokens(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('name="csrf_token" value="')[1:]]
