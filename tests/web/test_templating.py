"""Templates that are compiled once for each language, and addresses that are built once."""

from decimal import Decimal

from flask import render_template_string, request, url_for

from eshop.web.templating import Shop
from eshop.web.toasts import Toast
from tests.web.conftest import Site


def test_two_languages_are_read_side_by_side(site: Site) -> None:
    danish, english = site.signed_in("mette"), site.signed_in("aisha")
    english.get("/language/en?next=/shop")
    for _ in range(2):
        assert "Min profil" in danish.get("/orders")
        page = english.get("/orders")
        assert "My profile" in page
        assert "Min profil" not in page


def test_a_value_in_a_text_is_escaped_where_the_text_is_written_out_and_where_it_is_kept(site: Site) -> None:
    with site.app.test_request_context():
        template = site.app.jinja_env.spoken("da", "").from_string(  # type: ignore[attr-defined]
            "{% autoescape true %}{{ _('Order %(number)s', number=number) }}|{% set kept = _('Order %(number)s', number=number) %}"
            "{{ kept }}|{{ '<' ~ _('Orders') }}{% endautoescape %}"
        )
        assert template.render(number="<b>") == "Ordre &lt;b&gt;|Ordre &lt;b&gt;|&lt;Bestillinger"


def test_addresses_follow_the_place_the_application_is_served_at(site: Site) -> None:
    for root in ("", "/indkoeb", ""):
        with site.app.test_request_context("/orders", environ_overrides={"SCRIPT_NAME": root}):
            assert url_for("orders.show", order_id=7) == f"{root}/orders/7"
            assert f'href="{root}/shop"' in render_template_string("<a href=\"{{ url_for('shop.home') }}\">")
    mette = site.signed_in("mette")
    page = mette.client.get("/orders", environ_overrides={"SCRIPT_NAME": "/indkoeb"}).text
    assert 'href="/indkoeb/orders"' in page
    assert 'href="/orders"' not in page


def test_values_that_are_equal_but_written_otherwise_are_kept_apart(site: Site) -> None:
    with site.app.test_request_context():
        assert url_for("shop.search", q=1) == "/search?q=1"
        assert url_for("shop.search", q=True) == "/search?q=True"
        assert url_for("shop.search", q=Decimal("1.0")) == "/search?q=1.0"
        assert url_for("shop.search", q=Decimal("1.00")) == "/search?q=1.00"
        assert url_for("shop.search", q=None) == "/search"
        assert url_for("shop.search", q="æ&ø", page=2) == "/search?q=%C3%A6%26%C3%B8&page=2"
        assert url_for("shop.search", q="1", _anchor="top") == "/search?q=1#top"
        assert url_for("shop.search", q=["a", "b"]) == "/search?q=a&q=b"
        assert request.root_path == ""


def test_what_people_write_does_not_fill_the_memory(site: Site) -> None:
    assert isinstance(site.app, Shop)
    with site.app.test_request_context():
        before = site.app.path_to.cache_info().currsize
        for number in range(50):
            url_for("account.sign_in", next="/search?q=" + "x" * 200 + str(number))
        assert site.app.path_to.cache_info().currsize == before


def test_an_included_template_has_names_of_its_own_and_sees_those_around_it(site: Site) -> None:
    assert isinstance(site.app, Shop)
    pages = site.app.spoken("da", "")
    with site.app.test_request_context():
        shown = pages.from_string(
            "{% from '_macros/parts.html' import icon, badge as word %}{% set searched = 'yes' %}"
            "{% for toast in given %}{% include 'toast.html' %}{% endfor %}{{ searched }}{{ icon('truck') }}{{ word(given[0].text) }}"
        ).render(given=[Toast("<1>"), Toast("2", undo="/there")])
    assert "&lt;1&gt;" in shown
    assert 'action="/there"' in shown
    assert "Fortryd" in shown
    assert "all-svg-icons.svg#truck" in shown
    assert '<span class="badge neutral ">&lt;1&gt;</span>' in shown


def test_every_template_is_compiled_in_both_languages(site: Site) -> None:
    assert isinstance(site.app, Shop)
    with site.app.test_request_context():
        for language in ("da", "en"):
            pages = site.app.spoken(language, "")
            for name in pages.list_templates(extensions=["html"]):
                pages.get_template(name)
