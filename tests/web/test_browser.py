"""The pages in a real browser, as the demo's people see them: accessible at every width, by keyboard, in few taps."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

import ordering
from eshop.db import EVERYONE
from tests.web.conftest import Surf

Axe = Callable[[Page], list[str]]

# who looks, where, and the link on it to follow
PAGES: list[tuple[str | None, str, str | None]] = [
    (None, "/sign-in", None),
    (None, "/help", None),
    (None, "/accessibility", None),
    ("mette", "/shop", None),
    ("mette", "/search?q=håndsæbe", None),
    ("mette", "/search?q=håndsæbe&view=list", None),
    ("mette", "/search?q=findes-ikke-xyz", None),
    ("mette", "/search?q=håndsæbe&bought=1&label=8", None),
    ("mette", "/search/scan", None),
    ("mette", "/search?q=håndsæbe", "a.pname"),
    ("mette", "/items/1/label", None),
    ("mette", "/lists", None),
    ("mette", "/lists", "a.listcard"),
    ("aisha", "/lists", "a.listcard[href$='/2']"),
    ("sofie", "/search?q=håndsæbe", None),
    ("sofie", "/wishes", None),
    ("aisha", "/wishes", None),
    ("mette", "/needs", None),
    ("kim", "/needs/waiting", None),
    ("kim", "/needs/waiting", "article a[href^='/needs/']"),
    ("kim", "/needs/waiting", "li:last-child > article a[href^='/needs/']"),
    ("mette", "/outside-purchases", None),
    ("mette", "/outside-purchases/new", None),
    ("soeren", "/outside-purchases", "tbody a"),
    ("kim", "/approval-rules", None),
    ("jens", "/profile/deputies", None),
    ("mette", "/basket", None),
    ("mette", "/basket/send", None),
    ("mette", "/orders", None),
    ("mette", "/orders?show=returned", None),
    ("mette", "/orders?show=late&from=2026-01-01", None),
    ("aisha", "/complaints", "main a[href^='/orders/']"),
    ("mette", "/orders", "main .ord a[href^='/orders/']"),
    ("mette", "/profile", None),
    ("mette", "/no-such-page", None),
    ("mette", "/webshops", None),
    ("aisha", "/webshops/visits/1", None),
    ("mette", "/search?q=håndsæbe aloe", "a.pname"),
    ("kim", "/settings/pictures", None),
    ("kim", "/tenders", None),
    ("kim", "/tenders", "main .rows a"),
    ("kim", "/agreements/23/webshop?protocol=cxml", None),
    ("kim", "/agreements/23/webshop?protocol=oci", None),
    ("aisha", "/receive", None),
    ("aisha", "/receive", "main a[href$='/receive']"),
    ("aisha", "/complaints", None),
    ("kim", "/sending", None),
    ("kim", "/sending", "td a[href$='/channel']"),
    ("jens", "/approvals", None),
    ("soeren", "/invoices", None),
    ("soeren", "/invoices?show=small", None),
    ("soeren", "/posted-invoices", None),
    ("soeren", "/invoices", "tbody a[href^='/invoices/']"),
    ("soeren", "/posted-invoices", "tbody a[href^='/invoices/']"),
    ("kim", "/overview", None),
    ("kim", "/insight", None),
    ("kim", "/insight/compliance?part=14", None),
    ("anna", "/events", None),
    ("admin", "/operation", None),
    ("admin", "/settings", None),
    ("kim", "/people", None),
    ("admin", "/people", None),
    ("admin", "/people", "tbody a"),
    ("admin", "/roles", None),
    ("admin", "/units", None),
    ("admin", "/units", "tbody a"),
    ("kim", "/more", None),
    ("soeren", "/invoices?show=no_order", "tbody a[href^='/invoices/']"),
    ("soeren", "/posted-invoices", "tbody a[href^='/invoices/']"),
    ("soeren", "/credit-notes", None),
    ("soeren", "/postings", None),
    ("soeren", "/invoice-rules", None),
    ("soeren", "/suppliers", None),
    ("soeren", "/suppliers?q=HygiejneHuset", "tbody a"),
    ("jens", "/spend", None),
    ("aisha", "/questions", None),
    ("soeren", "/invoice-rules/chart", None),
    ("jens", "/invoices", None),
    ("jens", "/invoices", "article.apr a"),
    ("kim", "/agreements", None),
    ("kim", "/agreements", "tbody a"),
    ("kim", "/catalogues", None),
    ("kim", "/catalogues", "tbody a"),
    ("kim", "/catalogues/hand-in", None),
    ("kim", "/agreements/new", None),
    ("kim", "/search-words", None),
    ("kim", "/agreements/calendar?whose=community", None),
    ("kim", "/agreements/workbook", None),
    ("kim", "/agreements?show=below", None),
    ("kim", "/agreements/categories", None),
    ("kim", "/agreements", "main a[href$='/edit'], tbody a"),
    ("henrik", "/supplier/catalogues", None),
    ("henrik", "/supplier/catalogues", "tbody a"),
    ("henrik", "/supplier/orders", None),
    ("henrik", "/supplier/orders", "tbody a"),
    ("henrik", "/supplier/invoices", None),
]


def visit(surf: Surf, page: Page, address: str, follow: str | None) -> None:
    page.goto(surf.url + address)
    if follow:
        page.goto(surf.url + str(page.locator(follow).first.get_attribute("href")))
    page.wait_for_load_state("load")


WIDTHS = [320, 390, 768, 1024, 1360]
LOOKED_INTO = {390, 1360}
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_no_page_scrolls_sideways_and_axe_finds_nothing_on_any(surf: Surf, axe: Axe, share: int) -> None:
    """Every page is opened once, from a phone's width to a screen's, and looked into on both. In shares, for all processors."""
    pages: dict[str | None, Page] = {}
    by_person = sorted(PAGES, key=lambda one: str(one[0]))
    for user, address, follow in by_person[len(PAGES) * share // SHARES : len(PAGES) * (share + 1) // SHARES]:
        page = pages.setdefault(user, surf.signed_in(user)) if user not in pages else pages[user]
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        visit(surf, page, address, follow)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
            if width in LOOKED_INTO:
                axe(page)
        assert page.locator("h1").count() == 1, page.url
        assert page.locator("html").get_attribute("lang") == "da"
    surf.errors[:] = [one for one in surf.errors if "404" not in one]


@pytest.mark.parametrize("width", [390, 1360])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_orderer_orders_again_in_at_most_five_taps_from_home(surf: Surf, width: int, scripts: bool) -> None:
    page = surf.signed_in("mette", width, scripts)
    taps = 0

    def tap(what: str, name: str) -> None:
        nonlocal taps
        found = page.get_by_role(what, name=re.compile(name)).locator("visible=true").first  # type: ignore[arg-type]
        found.click()
        taps += 1

    page.goto(f"{surf.url}/shop")
    tap("button", "^Læg alt i kurv")
    page.wait_for_url("**/basket")
    tap("link", "Gå til bestilling")
    page.wait_for_url("**/basket/send")
    if page.locator("#note").count() and "skal" in page.locator("main").inner_text():
        page.fill("#note", "Det plejer vi at købe")
    tap("button", "Send bestilling")
    expect(page.locator("h1")).to_have_text(re.compile("^Tak, de(n)? er på vej$"))
    assert taps <= 5
    assert "Fortryd" in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [390, 1360])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_approver_approves_in_one_tap(surf: Surf, width: int, scripts: bool) -> None:
    page = surf.signed_in("jens", width, scripts)
    page.goto(f"{surf.url}/approvals")
    waiting = page.locator("article.apr").count()
    assert waiting > 0
    number = str(page.locator("article.apr").first.get_attribute("id")).removeprefix("order-")
    page.get_by_role("button", name=re.compile("^Godkend .* til ")).first.click()
    expect(page.locator("article.apr")).to_have_count(waiting - 1)
    expect(page.locator(".es-toast")).to_contain_text("Godkendt")
    with surf.database.read(EVERYONE) as session:
        assert ordering.get_order(session, int(number)).state == "queued"
    page.get_by_role("button", name="Fortryd").click()
    expect(page.locator("article.apr")).to_have_count(waiting)


@pytest.mark.parametrize("width", [390, 1360])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_local_lead_receives_everything_in_one_tap(surf: Surf, width: int, scripts: bool) -> None:
    page = surf.signed_in("aisha", width, scripts)
    page.goto(f"{surf.url}/receive")
    waiting = page.locator("article.ord").count()
    assert waiting > 0
    page.get_by_role("button", name=re.compile("^Alt er kommet")).first.click()
    expect(page.locator("article.ord")).to_have_count(waiting - 1)
    expect(page.locator(".es-toast")).to_contain_text("Modtaget")


def test_finance_sees_why_an_invoice_stopped_in_one_sentence_with_kroner_and_percent(surf: Surf) -> None:
    page = surf.signed_in("soeren")
    assert page.url.endswith("/invoices")
    row = page.locator("tbody tr", has_text="for meget").first
    expect(row).to_contain_text(re.compile(r"\+\d.*kr\."))
    expect(row).to_contain_text("%")
    row.get_by_role("link", name=re.compile("^Kræv")).click()
    why = page.locator(".note.err").first
    expect(why).to_contain_text(re.compile(r"faktureret .*kr\. og aftalt .*kr\."))
    expect(why).to_contain_text("%")
    expect(page.locator("th[colspan]", has_text="Bestilt")).to_be_visible()
    expect(page.locator("td.bad").first).to_be_visible()
    # The row's button led to the form, which is open.
    expect(page.locator("#claim-text")).to_have_value(re.compile("kr"))
    page.get_by_role("button", name="Send kravet").click()
    expect(page.locator(".es-toast")).to_contain_text("bedt om kreditnota")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_leader_attests_on_the_phone_in_one_tap(surf: Surf, scripts: bool) -> None:
    page = surf.signed_in("jens", 390, scripts)
    page.goto(f"{surf.url}/invoices")
    waiting = page.get_by_role("button", name=re.compile("^Attestér "))
    before = waiting.count()
    assert before > 0
    waiting.first.click()
    expect(page.locator(".es-toast")).to_contain_text("Attesteret")
    expect(waiting).to_have_count(before - 1)


def test_finance_works_by_keyboard(surf: Surf) -> None:
    page = surf.signed_in("soeren")
    page.goto(f"{surf.url}/invoices")
    waiting = page.locator("tr[data-row]").count()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr[aria-selected=true]").count() == 1
    number = page.locator("tr[aria-selected=true] .sub").first.inner_text().split(" ")[0]
    page.keyboard.press("Enter")
    page.wait_for_url("**/invoices/*")
    expect(page.locator("h1")).to_contain_text(number)
    page.keyboard.press("j")
    page.wait_for_url(lambda address: "/invoices/" in address)
    page.goto(f"{surf.url}/invoices")
    # A letter is about the row one stands on: A does nothing where none is chosen, and on one that is not small it asks for the reason.
    page.keyboard.press("a")
    expect(page.locator("tr[data-row]")).to_have_count(waiting)
    page.keyboard.press("j")
    assert page.locator("tr[aria-selected=true] [data-key=a]").count() == 0
    number = page.locator("tr[aria-selected=true] .sub").first.inner_text().split(" ")[0]
    page.keyboard.press("a")
    page.wait_for_url("**/invoices/*do=accept*")
    expect(page.locator("h1")).to_contain_text(number)
    expect(page.locator("#accept-reason")).to_be_focused()
    page.goto(f"{surf.url}/invoices")
    page.keyboard.press("j")
    page.keyboard.press("t")
    page.wait_for_url("**/invoices/*do=claim*")
    expect(page.locator("#claim-text")).to_be_focused()
    page.goto(f"{surf.url}/invoices")
    page.keyboard.press("/")
    page.keyboard.type("jakob")  # in a field the letters are letters
    expect(page.locator("#fq")).to_have_value("jakob")


def test_suggestions_come_after_two_letters_and_work_by_keyboard(surf: Surf, axe: Axe) -> None:
    page = surf.signed_in("mette")
    field = page.locator("#q")
    field.press_sequentially("h", delay=20)
    page.wait_for_timeout(300)
    expect(page.locator(".sugg")).to_be_hidden()
    field.press_sequentially("åndsæ", delay=20)
    expect(page.locator(".sugg [role=row]").first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    assert page.locator(".sugg [role=row]").count() <= 9
    # When the typing rests, each search says how many items it finds: as many as it does find.
    counted = page.locator(".sugg [data-number]").first
    expect(counted).to_have_text(re.compile(r"^(?:1 vare|\d+ varer)$"))
    told = counted.inner_text().split()[0]
    axe(page)
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == page.locator("[role=row][aria-selected=true]").get_attribute(
        "id"
    )
    field.press("Escape")
    expect(page.locator(".sugg")).to_be_hidden()
    expect(field).to_be_focused()
    expect(field).to_have_value("håndsæ")
    field.press_sequentially("be")
    expect(page.locator(".sugg [role=row]").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/search**")
    expect(page.locator("h1")).to_contain_text("sæbe")
    expect(page.locator("p.lead[role=status]")).to_contain_text("Én vare" if told == "1" else f"{told} varer")


@pytest.mark.parametrize("way", ["tap", "keys"])
def test_an_item_is_taken_from_the_suggestions_and_the_search_carries_nothing_of_it(surf: Surf, way: str) -> None:
    page = surf.signed_in("mette", 390)
    field = page.locator("#q")
    field.press_sequentially("toiletpap", delay=20)
    button = page.locator(".sugg button").first
    expect(button).to_be_visible()
    field.press("Enter")
    page.wait_for_url("**/search**")
    assert page.url.endswith("/search?q=toiletpap")
    page.goto(f"{surf.url}/shop")
    field.press_sequentially("toiletpap", delay=20)
    expect(button).to_be_visible()
    if way == "tap":
        button.click()
    else:
        while button.locator("xpath=ancestor::*[@role='row']").get_attribute("aria-selected") != "true":
            field.press("ArrowDown")
        field.press("Control+Enter")
    expect(page.locator(".es-toast")).to_contain_text("er lagt i kurven")
    assert page.url.endswith("/shop")


@pytest.mark.parametrize("width", [390, 1360])
def test_adding_keeps_the_place_updates_the_counter_and_can_be_undone(surf: Surf, width: int) -> None:
    page = surf.signed_in("mette", width)
    page.goto(f"{surf.url}/search?q=toiletpapir")
    card = page.locator("article", has=page.get_by_role("button", name=re.compile("^Læg i kurv"))).first
    counter = "#basket-top" if width > 991 else "#tabs"
    before = page.locator(counter).inner_text()
    button = card.get_by_role("button", name=re.compile("^Læg i kurv"))
    card.get_by_role("button", name=re.compile("^Én .* mere")).click()
    expect(card.locator("input[name=quantity]")).to_have_value("2")
    button.click()
    expect(page.locator(".es-toast")).to_contain_text("er lagt i kurven")
    expect(page.locator(counter)).not_to_have_text(before)
    expect(button).to_be_focused()
    assert "/search" in page.url
    page.get_by_role("button", name="Fortryd").click()
    page.wait_for_url("**/search**")
    assert page.locator(counter).inner_text() == before


def test_the_basket_changes_in_place(surf: Surf) -> None:
    page = surf.signed_in("mette")
    page.goto(f"{surf.url}/basket")
    total = page.locator(".sum dd.tot").inner_text()
    page.get_by_role("button", name=re.compile("^Én .* mere")).first.click()
    expect(page.locator(".sum dd.tot")).not_to_have_text(total)
    assert page.locator("#basket-top").inner_text() != ""
    lines = page.locator(".blines > li").count()
    page.get_by_role("button", name=re.compile("^Fjern")).first.click()
    expect(page.locator(".blines > li")).to_have_count(lines - 1)
    expect(page.locator(".es-toast")).to_contain_text("fjernet")


def test_facets_narrow_the_list_and_stand_in_the_address(surf: Surf) -> None:
    page = surf.signed_in("mette")
    page.goto(f"{surf.url}/search?q=håndsæbe")
    told = page.locator("[role=status].lead").inner_text()
    page.locator("aside.facets input[type=checkbox]").first.check()
    expect(page.locator("[role=status].lead")).not_to_have_text(told)
    page.wait_for_url("**/search?*label=*")
    page.go_back()
    expect(page.locator("[role=status].lead")).to_have_text(told)


def test_counting_goods_says_what_is_missing_before_it_is_confirmed(surf: Surf) -> None:
    page = surf.signed_in("aisha", 390)
    page.goto(f"{surf.url}/receive")
    page.get_by_role("link", name=re.compile("^Tæl linjerne")).first.click()
    expect(page.locator("html.js")).to_have_count(1)  # the page's script has run
    line = page.locator("[data-expected]").first
    expected = line.locator("input[name^=quantity]").input_value()
    line.get_by_role("button", name=re.compile("^Én .* færre")).click()
    expect(line.locator("[data-short]")).to_contain_text("1 mangler")
    expect(line.get_by_text("Hvad med dem, der mangler?")).to_be_visible()
    assert page.locator("[data-good]").first.inner_text() != expected or expected == "1"
    line.get_by_label("Skal ikke bruges, annullér resten").check()
    page.get_by_role("button", name=re.compile("^Bekræft")).click()
    expect(page.locator(".es-toast")).to_contain_text("Modtaget")


def test_the_main_flow_by_keyboard_alone(surf: Surf) -> None:
    page = surf.signed_in("mette")
    page.goto(f"{surf.url}/shop")
    page.keyboard.press("Tab")
    expect(page.locator(".skipnav")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(30):
        page.keyboard.press("Tab")
        if "Læg alt i kurv" in (page.evaluate("document.activeElement.textContent") or ""):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.keyboard.press("Enter")
    page.wait_for_url("**/basket")
    summary = page.locator("details.es-pop.only-d > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.es-pop.only-d .es-pop-box").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("details.es-pop.only-d .es-pop-box").first).to_be_hidden()
    expect(summary).to_be_focused()


def test_an_error_summary_takes_the_focus_and_leads_to_the_field(surf: Surf) -> None:
    page = surf.signed_in("mette")
    page.goto(f"{surf.url}/basket/send")
    page.fill("#reference", "x" * 120)
    page.get_by_role("button", name="Send bestilling").click()
    expect(page.locator(".alert-error")).to_be_focused()
    assert page.title().startswith("Fejl:")
    page.locator(".alert-error a").first.click()
    assert page.url.endswith("#reference")


def test_a_shared_computer_warns_a_minute_before_it_signs_out(surf: Surf, axe: Axe) -> None:
    page = surf.signed_in(None)
    page.clock.install()
    page.goto(f"{surf.url}/sign-in")
    page.fill("#login", "mette")
    page.fill("#password", "demo")
    page.check("[name=shared]")
    page.click("main form button")
    page.wait_for_url("**/shop")
    page.clock.fast_forward(538_000)
    expect(page.locator("#still-there")).to_be_hidden()
    page.clock.fast_forward(3_000)
    expect(page.locator("#still-there")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Bliv logget ind").click()
    expect(page.locator("#still-there")).to_be_hidden()
