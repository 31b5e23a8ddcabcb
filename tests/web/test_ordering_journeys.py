"""The days of those who order, as they tap them in the demo: on a phone and on a screen, with scripts and without, and by keyboard alone.
Taps are counted; typing is not a tap."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Error, Page, expect
from sqlalchemy import select

import ordering
from eshop.db import EVERYONE
from eshop.exchange import Message
from eshop.identity import Actor
from tests.web.conftest import DEMO_NOW, Surf

Axe = Callable[[Page], list[str]]

EVERYWHERE = [
    pytest.param(width, scripts, id=f"{width}-{'scripts' if scripts else 'plain'}")
    for width in (390, 1360)
    for scripts in (True, False)
]


@dataclass
class Fingers:
    """A person who taps what they see; every page they come to is clean to axe (where scripts let axe look)."""

    page: Page
    axe: Axe | None = None
    taps: int = 0

    def tap(self, what: str, name: str) -> None:
        found = self.page.get_by_role(what, name=re.compile(name)).locator("visible=true").first  # type: ignore[arg-type]
        found.click()
        self.taps += 1
        self.look()

    def look(self) -> None:
        self.page.wait_for_load_state("load")
        if self.axe is None:
            return
        try:
            self.axe(self.page)
        except Error:  # the page was left while it was looked at: what the tap leads to is what counts
            self.page.wait_for_load_state("load")
            self.axe(self.page)


def fingers(surf: Surf, axe: Axe, user: str, width: int, scripts: bool) -> Fingers:
    return Fingers(surf.signed_in(user, width, scripts), axe if scripts else None)


def state_of(surf: Surf, order_id: int) -> str:
    with surf.database.read(EVERYONE) as session:
        return ordering.get_order(session, order_id).state


# --- by tap -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "scripts"), EVERYWHERE)
def test_the_orderer_finds_and_orders_something_new_in_at_most_eight_taps(
    surf: Surf, axe: Axe, width: int, scripts: bool
) -> None:
    hand = fingers(surf, axe, "mette", width, scripts)
    page = hand.page
    page.goto(f"{surf.url}/shop")
    page.locator("#q").click()
    hand.taps += 1
    page.locator("#q").fill("kopipapir")
    hand.tap("button", "^Søg$")
    page.wait_for_url("**/search?**")
    hand.tap("button", "^Læg i kurv")
    if "/basket" not in page.url:
        hand.tap("link", "^(Kurv|Se kurven)")
    page.wait_for_url("**/basket")
    expect(page.locator("main")).to_contain_text(re.compile("papir", re.IGNORECASE))
    hand.tap("link", "Gå til bestilling")
    page.wait_for_url("**/basket/send")
    if page.get_by_label("Hvorfor er købet nødvendigt?").count():
        page.get_by_label("Hvorfor er købet nødvendigt?").fill("Printeren er løbet tør")
    hand.tap("button", "Send bestilling")
    expect(page.locator("h1")).to_have_text(re.compile("^Tak, de(n)? er på vej$"))
    assert hand.taps <= 8


@pytest.mark.parametrize(("width", "scripts"), EVERYWHERE)
def test_the_local_lead_makes_orders_of_wishes_and_receives(surf: Surf, axe: Axe, width: int, scripts: bool) -> None:
    hand = fingers(surf, axe, "aisha", width, scripts)
    page = hand.page
    page.goto(f"{surf.url}/wishes")
    hand.look()
    hand.tap("button", "Læg de valgte i kurv")
    page.wait_for_url("**/basket")
    hand.tap("link", "Gå til bestilling")
    page.wait_for_url("**/basket/send")
    if page.get_by_label("Hvorfor er købet nødvendigt?").count():
        page.get_by_label("Hvorfor er købet nødvendigt?").fill("Kollegernes ønsker til fastelavn")
    hand.tap("button", "Send bestilling")
    expect(page.locator("h1")).to_have_text(re.compile("^Tak, de(n)? er på vej$"))
    page.goto(f"{surf.url}/wishes")
    expect(page.get_by_role("button", name="Læg de valgte i kurv")).to_have_count(0)
    before = hand.taps
    page.goto(f"{surf.url}/receive")
    hand.tap("button", "^Alt er kommet")
    expect(page.locator(".es-toast")).to_contain_text("Modtaget")
    assert hand.taps - before == 1


@pytest.mark.parametrize(("width", "scripts"), EVERYWHERE)
def test_the_counter_in_the_menu_opens_the_page_where_one_tap_approves(
    surf: Surf, axe: Axe, width: int, scripts: bool
) -> None:
    hand = fingers(surf, axe, "jens", width, scripts)
    page = hand.page
    page.goto(f"{surf.url}/shop")
    hand.tap("link", r"^Godkend\b.*[0-9]")
    page.wait_for_url("**/approvals")
    order = int(str(page.locator("article.apr").first.get_attribute("id")).removeprefix("order-"))
    assert state_of(surf, order) == "waiting"
    before = hand.taps
    hand.tap("button", "^Godkend .* til ")
    expect(page.locator(".es-toast")).to_contain_text("Godkendt")
    assert hand.taps - before == 1
    assert state_of(surf, order) == "queued"


@pytest.mark.parametrize(("width", "scripts"), EVERYWHERE)
def test_the_purchasing_lead_sends_a_dead_letter_and_writes_to_the_supplier(
    surf: Surf, axe: Axe, width: int, scripts: bool
) -> None:
    hand = fingers(surf, axe, "kim", width, scripts)
    page = hand.page
    page.goto(f"{surf.url}/overview")
    hand.look()
    hand.tap("link", "^Se, hvad der kan gøres")
    page.wait_for_url("**/sending")
    card = page.locator("article[id^='message-']").first
    letter = int(str(card.get_attribute("id")).removeprefix("message-"))
    expect(card).to_contain_text("adressen blev afvist")
    hand.tap("button", "^Send igen")
    expect(page.locator("h1 + .lead")).to_contain_text("Alt er sendt")
    with surf.database.read(EVERYONE) as session:
        assert session.get_one(Message, letter).state == "waiting"
    page.goto(f"{surf.url}/orders?show=all")
    page.goto(surf.url + str(page.locator("main .ord a[href^='/orders/']").first.get_attribute("href")))
    page.get_by_label(re.compile("^Skriv til ")).fill("Hvornår kommer resten?")
    hand.tap("button", "^Send beskeden")
    expect(page.locator("#messages")).to_contain_text("Hvornår kommer resten?")
    expect(page.locator("#messages")).to_contain_text("Kim Thorsager")


@pytest.mark.parametrize(("width", "scripts"), EVERYWHERE)
def test_the_supplier_writes_and_confirms_on_the_page_of_the_link(
    surf: Surf, axe: Axe, width: int, scripts: bool
) -> None:
    with surf.database.read(EVERYONE) as session:
        sent = select(ordering.PurchaseOrder).where(ordering.PurchaseOrder.state == "confirmed").limit(1)
        order = session.scalars(sent).one()
        order_id, municipality_id = order.id, order.municipality_id
    with surf.database.work(municipality_id) as session:
        by = Actor.system(municipality_id, DEMO_NOW, "worker")
        token = ordering.issue_link(session, ordering.get_order(session, order_id), by, b"k" * 40)
    hand = Fingers(surf.signed_in(None, width, scripts), axe if scripts else None)
    page = hand.page
    page.goto(f"{surf.url}/supplier-link/{token}")
    hand.look()
    assert page.evaluate("document.documentElement.scrollWidth") <= width if scripts else True
    page.get_by_label(re.compile("^Skriv til ")).fill("Vi kommer lidt før kl. 8. Er der nogen?")
    hand.tap("button", "^Send beskeden")
    expect(page.locator("#write")).to_contain_text("Vi kommer lidt før kl. 8.")
    hand.tap("button", "^Send svaret")
    expect(page.locator(".note.ok")).to_contain_text("Vi har fået jeres svar")
    with surf.database.read(EVERYONE) as session:
        assert [one.message.text for one in ordering.messages_of(session, order_id)][-1].startswith("Vi kommer lidt")


@pytest.mark.parametrize("width", [390, 1360])
def test_what_is_asked_before_sending_back_stands_under_one_another(surf: Surf, width: int) -> None:
    page = surf.signed_in("jens", width)
    page.goto(f"{surf.url}/approvals")
    page.locator("article.apr summary", has_text="Send tilbage").first.click()
    panel, words = page.locator(".apr-b form.panel").first, page.get_by_label("Eller med dine egne ord").first
    button = page.get_by_role("button", name="Send tilbage med begrundelse").first
    outer, middle, last = panel.bounding_box(), words.bounding_box(), button.bounding_box()
    assert outer is not None
    assert middle is not None
    assert last is not None
    assert middle["y"] + middle["height"] <= last["y"]
    for one in (middle, last):
        assert one["width"] >= outer["width"] - 50


# --- by keyboard ------------------------------------------------------------------------------------------------------


def press_to(page: Page, name: str, most: int = 90) -> None:
    """Tab until what has the focus is called so, and Enter; on the way everything that has the focus shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said, outline = page.evaluate(
            "() => { const one = document.activeElement;"
            " return [one.getAttribute('aria-label') || one.textContent.trim(), getComputedStyle(one).outlineStyle] }"
        )
        if re.search(name, said or ""):
            assert outline != "none", f"{said} has the focus and does not show it"
            page.keyboard.press("Enter")
            page.wait_for_load_state("load")
            return
    raise AssertionError(f"{name} is not reached by {most} tabs")


@pytest.mark.parametrize("width", [390, 1360])
def test_ordering_again_by_keyboard(surf: Surf, width: int) -> None:
    page = surf.signed_in("mette", width)
    page.goto(f"{surf.url}/shop")
    press_to(page, "^Læg alt i kurv")
    page.wait_for_url("**/basket")
    press_to(page, "Gå til bestilling")
    page.wait_for_url("**/basket/send")
    if page.get_by_label("Hvorfor er købet nødvendigt?").count():
        page.get_by_label("Hvorfor er købet nødvendigt?").focus()
        page.keyboard.type("Det plejer vi at købe")
    press_to(page, "^Send bestilling$")
    expect(page.locator("h1")).to_have_text(re.compile("^Tak, de(n)? er på vej$"))


@pytest.mark.parametrize("width", [390, 1360])
def test_approving_sending_back_and_receiving_by_keyboard(surf: Surf, width: int) -> None:
    jens = surf.signed_in("jens", width)
    jens.goto(f"{surf.url}/approvals")
    waiting = jens.locator("article.apr").count()
    press_to(jens, "^Godkend .* til ")
    expect(jens.locator("article.apr")).to_have_count(waiting - 1)
    press_to(jens, "^Send tilbage B-")
    jens.get_by_role("radio").locator("visible=true").first.focus()
    jens.keyboard.press("ArrowDown")
    press_to(jens, "^Send tilbage med begrundelse")
    expect(jens.locator("article.apr")).to_have_count(waiting - 2)
    aisha = surf.signed_in("aisha", width)
    aisha.goto(f"{surf.url}/receive")
    press_to(aisha, "^Alt er kommet")
    expect(aisha.locator(".es-toast")).to_contain_text("Modtaget")
    kim = surf.signed_in("kim", width)
    kim.goto(f"{surf.url}/sending")
    press_to(kim, "^Send igen")
    expect(kim.locator("article[id^='message-']")).to_have_count(0)
