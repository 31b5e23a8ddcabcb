"""Who may see what: before sign-in, by role, by institution, and what a forged or old form meets."""

import re
from html import unescape

import pytest
from flask import Flask

from eshop.amounts import Amount
from eshop.identity import User
from tests.web.conftest import PASSWORD, Site

OPEN = {"/sign-in", "/help", "/accessibility", "/language/da", "/language/en"}


def plain_addresses(app: Flask) -> list[str]:
    """Pages without a value in their address."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "<" not in rule.rule and rule.endpoint.split(".")[0] in PAGES
    )


PAGES = {
    "coding",
    "account",
    "agreements",
    "basket",
    "credit_notes",
    "insight",
    "finance_rules",
    "invoices",
    "lists",
    "needs",
    "operation",
    "orders",
    "outside",
    "overview",
    "papers",
    "people",
    "postings",
    "rules",
    "settings",
    "shop",
    "suppliers",
    "wishes",
}

SEEN_BY = {
    "/shop": {"mette", "aisha", "jens", "kim"},
    "/search": {"mette", "aisha", "jens", "kim"},
    "/approval-rules": {"kim"},
    "/profile/deputies": {"mette", "aisha", "jens", "kim", "soeren", "anna"},
    "/lists": {"mette", "aisha", "jens", "kim"},
    "/wishes": {"mette", "aisha", "jens", "kim"},
    "/needs": {"mette", "aisha", "jens", "kim"},
    "/needs/waiting": {"kim"},
    "/outside-purchases": {"mette", "aisha", "jens", "kim", "soeren", "anna"},
    "/outside-purchases/new": {"mette", "aisha", "jens"},
    "/basket": {"mette", "aisha", "jens"},
    "/orders": {"mette", "aisha", "jens", "kim", "soeren", "anna"},
    "/receive": {"mette", "aisha", "jens"},
    "/approvals": {"jens", "kim"},
    "/invoices": {"jens", "kim", "soeren", "anna"},
    "/posted-invoices": {"jens", "kim", "soeren", "anna"},
    "/overview": {"kim"},
    "/settings": {"kim"},
    "/events": {"anna"},
    "/operation": set(),
    "/insight": {"jens", "kim", "soeren", "anna"},
    "/people": {"kim", "anna"},
    "/units": {"kim", "anna"},
    "/roles": {"kim", "anna"},
    "/more": {"mette", "aisha", "jens", "kim", "soeren", "anna"},
    "/credit-notes": {"soeren", "anna"},
    "/postings": {"soeren", "anna"},
    "/invoice-rules": {"kim", "soeren", "anna"},
    "/suppliers": {"kim", "soeren", "anna"},
    "/agreements": {"kim", "soeren", "anna"},
    "/catalogues": {"kim", "soeren", "anna"},
}


def test_nothing_but_the_open_pages_is_shown_before_sign_in(site: Site) -> None:
    visitor = site.app.test_client()
    for address in plain_addresses(site.app):
        answer = visitor.get(address)
        if address.startswith("/sign-in") or address in OPEN:
            assert answer.status_code in (200, 303), address
        else:
            assert answer.status_code == 303, address
            assert answer.location.startswith("/sign-in"), address


@pytest.mark.parametrize("name", ["mette", "aisha", "jens", "kim", "soeren", "anna"])
def test_each_role_sees_its_pages_and_no_others(site: Site, name: str) -> None:
    person = site.signed_in(name)
    for address, people in SEEN_BY.items():
        status = person.client.get(address).status_code
        assert status == (200 if name in people else 403), f"{name} {address}"


@pytest.mark.parametrize("name", ["mette", "jens", "kim", "soeren", "anna"])
def test_the_menu_leads_only_to_pages_that_open(site: Site, name: str) -> None:
    person = site.signed_in(name)
    seen, waiting = set(), ["/"]
    while waiting and len(seen) < 40:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = person.get(address)
        waiting += [
            link
            for one in re.findall(r'<a [^>]*href="(/[^"#]*)"', page)
            if not (link := unescape(one)).startswith(("/static", "/language"))
            and "excel=" not in link
            and ".xlsx" not in link
        ]
    assert len(seen) > 3


def test_another_institutions_order_is_not_there(site: Site) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session).id
    stranger = site.signed_in("peter")
    stranger.get(f"/orders/{order}", 404)
    stranger.get(f"/orders/{order}/receive", 404)
    stranger.post(f"/orders/{order}/receipts", 404, all="1")
    stranger.post(f"/orders/{order}/undo", 404)
    assert site.signed_in("mette").get(f"/orders/{order}")


def test_an_order_number_of_another_municipality_is_not_there(site: Site) -> None:
    person = site.signed_in("mette")
    person.get("/orders/999999", 404)
    person.get("/items/999999", 404)
    person.get("/invoices/1", 403)


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    person = site.signed_in("mette")
    answer = person.client.post("/basket/lines", data={"item_id": site.town.items["soap"], "quantity": "1"})
    assert answer.status_code == 400
    assert "Kurv" in answer.text
    assert "Tom" in person.get("/shop")


def test_wrong_password_tells_nothing_and_is_slowed_down(site: Site) -> None:
    with site.town.work() as session:
        login = session.get_one(User, site.town.people["mette"]).login
    visitor = site.app.test_client()
    token = unescape(re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/sign-in").text)[1])  # type: ignore[index]
    sentences = set()
    for name in (login, "nobody"):
        answer = visitor.post("/sign-in", data={"csrf_token": token, "login": name, "password": "wrong"})
        assert answer.status_code == 422
        sentences.update(re.findall(r'id="login-error">.*?</span>(.*?)</span>', answer.text))
        assert "<title>Fejl:" in answer.text
        assert f'value="{name}"' in answer.text
    assert sentences == {"Navn og adgangskode passer ikke sammen. Prøv igen"}
    statuses = [
        visitor.post("/sign-in", data={"csrf_token": token, "login": login, "password": "wrong"}).status_code
        for _ in range(11)
    ]
    assert statuses[-1] == 429


def test_a_shared_computer_signs_out_after_ten_minutes_and_keeps_the_basket(site: Site) -> None:
    person = site.signed_in("mette", shared="1")
    person.post("/basket/lines", item_id=site.town.items["soap"], quantity="2")
    site.clock.pass_by(minutes=9)
    assert 'data-stay="600"' in person.get("/shop")
    site.clock.pass_by(minutes=10, seconds=1)
    page = person.get("/shop")
    assert "stået stille" in page
    assert "<h1" in page
    assert "Log ind" in page
    again = site.signed_in("mette")
    assert "357,60" in again.get("/basket")


def test_signing_in_leads_to_the_page_that_was_asked_for_but_never_elsewhere(site: Site) -> None:
    visitor = site.app.test_client()
    assert visitor.get("/orders?show=all").location == "/sign-in?next=/orders?show%3Dall"
    for target in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        page = visitor.get("/sign-in", query_string={"next": target}).text
        assert 'name="next" value="/"' in page, target


def test_a_changed_password_ends_the_old_sessions(site: Site) -> None:
    person = site.signed_in("mette")
    assert person.client.get("/shop").status_code == 200
    site.signed_in("mette")  # sets the password anew
    assert person.client.get("/shop").status_code == 303


def test_pages_carry_a_content_security_policy_and_nothing_inline(site: Site) -> None:
    person = site.signed_in("mette")
    with site.town.work() as session:
        order = site.town.sent_order(session).id
    for address in ("/shop", "/basket", "/orders", f"/orders/{order}", f"/orders/{order}/receive", "/profile", "/help"):
        answer = person.client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy
        assert ("wasm-unsafe-eval" in policy) == address.endswith("/receive")  # the reader of barcodes is there alone
        assert " style=" not in answer.text, address
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), address
        assert not re.search(r"\son[a-z]+=", answer.text), address


def test_english_by_a_link_and_kept_in_the_profile(site: Site) -> None:
    person = site.signed_in("mette")
    assert '<html lang="da">' in person.get("/shop")
    page = person.get("/language/en?next=/shop")
    assert '<html lang="en">' in page
    assert "Order again" in page or "Find items" in page
    person.post("/profile", language="en", shortcuts="1", view="list")
    assert '<html lang="en">' in site.signed_in("mette").get("/shop")


def test_who_is_deputy_for_an_approver_may_approve(site: Site) -> None:
    """The page of whoever is asked is the page that opens: Birthe stands above the nursery."""
    with site.town.work() as session:
        order = site.town.order(session, {"mop": 2})
        assert order.total > Amount.of("5000")
    page = site.signed_in("jens").get("/approvals")
    assert "Moppe" in page
    assert PASSWORD not in page


MENUS = {
    "mette": ["Varer", "Bestillinger", "Modtag varer"],
    "jens": ["Varer", "Bestillinger", "Modtag varer", "Godkend", "Fakturaer", "Forbrug"],
    "kim": ["Overblik", "Aftaler", "Kataloger", "Godkend", "Fakturaer", "Brugere og enheder"],
    "soeren": ["Fakturaer", "Bestillinger"],
    "anna": ["Bestillinger", "Fakturaer"],
}
"""The first places of each role's menu that UX §5 names, in its order; what stands between them is a page that came later."""


@pytest.mark.parametrize("name", MENUS)
def test_the_menu_has_the_roles_places_in_their_order_and_at_most_eight(site: Site, name: str) -> None:
    page = site.signed_in(name).get("/more")
    menu = re.search(r'<ul class="mainmenu">(.*?)</ul>', page, re.S)[1]  # type: ignore[index]
    places = [unescape(one).strip() for one in re.findall(r"<span>([^<]+?)(?= ?<)", menu)]
    assert [one for one in places if one in MENUS[name]] == MENUS[name]
    assert len(places) <= 8
    tabs = re.search(r'<nav class="es-tabs[^>]*>(.*?)</nav>', page, re.S)[1]  # type: ignore[index]
    assert tabs.count("<a ") <= 5


def test_purchasing_finds_the_orders_under_more(site: Site) -> None:
    kim = site.signed_in("kim")
    menu = re.search(r'<ul class="mainmenu">(.*?)</ul>', kim.get("/overview"), re.S)[1]  # type: ignore[index]
    assert "/more" in menu
    assert 'href="/orders"' not in menu
    assert 'href="/orders"' in kim.get("/more")
