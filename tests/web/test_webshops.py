"""A visit to a supplier's webshop and back, in cXML and OCI, against a real webshop over HTTP; and what hostile returns are told."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree
from playwright.sync_api import Browser, expect
from sqlalchemy import select

import catalogues
import ordering
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.exchange import Message
from eshop.formats import ReturnedLine, cxml, oci
from eshop.identity import Institution, User, set_password
from eshop.worker import Worker
from tests import builders
from tests.web.conftest import PASSWORD, Clock, Person, Site
from tests.webshop import THEY, WE, TestWebshop, encoded, running

SOAP = ReturnedLine(1, "HS-700", Decimal(3), "CT", "CT", Decimal("178.80"), "DKK", name="Håndsæbe refill")
GLOVES = ReturnedLine(
    2, "EH-M", Decimal(2), "PK", "PK", Decimal("60.00"), "DKK", name="Handsker", reference="kampagne-4"
)
WRONG = {
    "punchout_item_missing": replace(SOAP, seller_item_id=""),
    "punchout_item_unknown": replace(SOAP, seller_item_id="FINDES-IKKE"),
    "punchout_unit": replace(SOAP, unit="EA", unit_as_written="stk"),
    "punchout_quantity": replace(SOAP, quantity=None),
    "punchout_price_missing": replace(SOAP, price=None),
    "punchout_price_over": replace(SOAP, price=Decimal("178.81")),
    "punchout_currency": replace(SOAP, currency="EUR"),
    "quantity_not_whole": replace(SOAP, quantity=Decimal("0.5")),
    "quantity_too_large": replace(SOAP, quantity=Decimal(10**7)),
    "offer_line_not_live": replace(SOAP, seller_item_id="GONE-1"),
}


@pytest.fixture
def shop() -> Iterator[TestWebshop]:
    with running() as webshop:
        yield webshop


@pytest.fixture
def site(sqlite_database: Database, tmp_path: Path, shop: TestWebshop) -> Site:
    """As the usual one, and the operator has named the test webshop as a host of the house's own network."""
    return site_of(sqlite_database, tmp_path, shop.host)


def site_of(database: Database, folder: Path, internal: str) -> Site:
    clock = Clock()
    settings = Settings.from_environment(
        {"ESHOP_DATA_DIR": str(folder), "ESHOP_SECRET_KEY": "k" * 40, "ESHOP_INTERNAL_HOSTS": internal}
    )
    town = builders.town(database, budget="64000")
    with town.work() as session:
        agreement = catalogues.get_agreement(session, town.agreements["50.90"])
        gone = builders.item(session, agreement, "Udgået sæbe", "10.00", seller_item_id="GONE-1")
        line = catalogues.current_line(session, gone)
        assert line is not None
        line.kind = "removed"
    return Site(create_app(settings, database, clock), town, database, clock)


def open_webshop(site: Site, shop: TestWebshop, protocol: str) -> Person:
    """Kim sets the agreement's webshop up on her page."""
    kim = site.signed_in("kim")
    address = f"/agreements/{site.town.agreements['50.90']}/webshop"
    kim.get(address)
    if protocol == "cxml":
        kim.post(
            address, protocol="cxml", url=f"{shop.url}/cxml", shared_secret=shop.secret,
            sender_domain=WE.domain, sender_identity=WE.identity,
            receiver_domain=THEY.domain, receiver_identity=THEY.identity,
        )  # fmt: skip
    else:
        kim.post(
            address, protocol="oci", url=f"{shop.url}/oci", fields="USERNAME=kommune\nPASSWORD=hemm=lig", version="4.0"
        )
    page = kim.get(address)
    assert "Åben" in page
    assert shop.secret not in page
    assert "hemm=lig" not in page
    return kim


def going(person: Person) -> tuple[str, str]:
    """Presses the webshop's button on the front page: (the page that leaves, its address)."""
    home = person.get("/shop")
    action = re.search(r'action="(/webshops/\d+/visits)"', home)
    assert action
    answer = person.post(action[1], follow=False, status=303)
    return person.get(answer.location), answer.location


def posted(page: str) -> tuple[str, list[tuple[str, str]]]:
    """The form of a page: where it goes and its fields."""
    action = re.search(r'<form method="post" action="(https?://[^"]+)"', page)
    assert action
    start = page.index(action[0])
    part = page[start : page.index("</form>", start)]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', part)
    return unescape(action[1]), [(unescape(name), unescape(value)) for name, value in fields]


def comes_back(site: Site, address: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> Any:
    """The supplier's page posts: another browser context, so no cookie of ours."""
    path = urlsplit(address).path
    return site.app.test_client().post(path, data=body, content_type=kind)


def through_cxml(site: Site, shop: TestWebshop, person: Person) -> tuple[str, Any]:
    page, _ = going(person)
    start = re.search(r'href="(http://127[^"]+/start/\d+)"', page)
    assert start
    action, fields = posted(requests.get(start[1], timeout=5).text)
    return action, comes_back(site, action, encoded(fields))


def through_oci(site: Site, shop: TestWebshop, person: Person) -> tuple[str, Any]:
    page, _ = going(person)
    action, fields = posted(page)
    assert action == f"{shop.url}/oci"
    back, returned = posted(requests.post(action, data=dict(fields), timeout=5).text)
    return back, comes_back(site, back, encoded(returned, "cp1252"))


WAYS: dict[str, Callable[..., tuple[str, Any]]] = {"cxml": through_cxml, "oci": through_oci}


@pytest.mark.parametrize("protocol", ["cxml", "oci"])
def test_a_basket_put_together_at_the_supplier_is_ordered_here(site: Site, shop: TestWebshop, protocol: str) -> None:
    open_webshop(site, shop, protocol)
    shop.lines = [SOAP, GLOVES, *WRONG.values()]
    mette = site.signed_in("mette")
    action, answer = WAYS[protocol](site, shop, mette)
    assert answer.status_code == 303, answer.text
    page = mette.get(answer.location)
    assert "2 linjer kom i jeres kurv." in page
    assert f"{len(WRONG)} linjer er udeladt." in page
    for said in (
        "Linjen har intet varenummer.",
        "Varenr. FINDES-IKKE er ikke i aftalens katalog.",
        "Aftalen sælger varen pr. karton; webshoppen skrev stk.",
        "Webshoppens pris er 178,81\u00a0kr.; aftalens er 178,80\u00a0kr.",
        "Prisen er i EUR; aftalen er i DKK.",
        "Webshoppen gav intet antal, der kan læses.",
        "Webshoppen gav ingen pris, der kan læses.",
        "Varen er udgået af kataloget",
    ):
        assert said in unescape(page), said
    basket = mette.get("/basket")
    assert "536,40" in basket  # the agreement's price
    assert "120,00" in basket  # the webshop's own, below the agreement's 62,50
    seen = re.search(r'name="seen" value="(\d+)"', mette.get("/basket/send"))
    assert seen
    assert seen[1] == "65640"
    mette.post("/basket/send", seen=seen[1], reference="", note="")
    with site.town.read() as session:
        (order,) = ordering.list_orders(session, institution_ids=[site.town.places["mælkevejen"]], limit=5)
        prices = {line.seller_item_id: (line.price, line.quantity, line.note) for line in order.lines}
    assert prices == {"HS-700": (Decimal("178.80"), Decimal(3), None), "EH-M": (Decimal(60), Decimal(2), "kampagne-4")}
    again = comes_back(site, action, b"NEW_ITEM-VENDORMAT[1]=HS-700")
    assert again.status_code == 409
    assert "kom ind" in again.text


def test_the_suppliers_page_names_the_host_of_their_webshop(site: Site, shop: TestWebshop) -> None:
    kim = open_webshop(site, shop, "oci")
    page = kim.get(f"/suppliers/{site.town.suppliers['hygiejnehuset']}")
    assert shop.host.partition(":")[0] in page


def test_the_webshop_is_told_who_comes_and_where_the_basket_goes(site: Site, shop: TestWebshop) -> None:
    open_webshop(site, shop, "cxml")
    mette = site.signed_in("mette")
    page, address = going(mette)
    (setup,) = shop.setups
    assert (setup.sender, setup.receiver, setup.agreement) == (WE, THEY, "50.90")
    assert setup.institution == "Børnehuset Mælkevejen"
    assert "/webshops/return/" in setup.return_to
    assert setup.cookie not in setup.return_to
    assert "Der bestilles intet, før du sender kurven herfra." in page
    policy = mette.client.get(address).headers["Content-Security-Policy"]
    assert "form-action 'self';" in policy  # a link leaves, not a form


def test_only_the_page_that_leaves_lets_a_form_go_to_that_webshop(site: Site, shop: TestWebshop) -> None:
    open_webshop(site, shop, "oci")
    mette = site.signed_in("mette")
    _, address = going(mette)
    assert f"form-action 'self' {shop.url};" in mette.client.get(address).headers["Content-Security-Policy"]
    assert "form-action 'self';" in mette.client.get("/shop").headers["Content-Security-Policy"]


def test_a_webshop_that_says_no_or_sends_elsewhere_is_told_of(site: Site, shop: TestWebshop) -> None:
    open_webshop(site, shop, "cxml")
    mette = site.signed_in("mette")
    shop.refuses = "Kontoen er spærret"
    home = mette.get("/shop")
    action = re.search(r'action="(/webshops/\d+/visits)"', home)
    assert action
    visit = mette.post(action[1], follow=False, status=303).location
    assert "Webshoppen siger: Kontoen er spærret (401)." in mette.get(visit, status=502)
    shop.refuses, shop.sends_to = None, "http://169.254.169.254/latest"
    assert "sender videre til en anden adresse" in mette.get(visit, status=502)


def test_a_webshop_inside_a_closed_network_is_not_asked(
    sqlite_database: Database, tmp_path: Path, shop: TestWebshop
) -> None:
    site = site_of(sqlite_database, tmp_path, "")
    open_webshop(site, shop, "cxml")
    mette = site.signed_in("mette")
    action = re.search(r'action="(/webshops/\d+/visits)"', mette.get("/shop"))
    assert action
    visit = mette.post(action[1], follow=False, status=303).location
    assert "ligger i et lukket netværk" in mette.get(visit, status=502)
    assert shop.setups == []


def test_hostile_returns_put_nothing_in_any_basket(site: Site, shop: TestWebshop) -> None:
    open_webshop(site, shop, "cxml")
    shop.lines = [SOAP]
    mette = site.signed_in("mette")
    _, visit = going(mette)
    (setup,) = shop.setups
    path = urlsplit(setup.return_to).path
    good = cxml.order_message([SOAP], setup.cookie, THEY, WE, "1@x", builders.NOW)
    other = cxml.order_message([SOAP], "f" * 32, THEY, WE, "1@x", builders.NOW)
    bomb = b'<!DOCTYPE cXML [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><cXML>&c;</cXML>'
    swapped = path[:-1] + ("0" if path[-1] != "0" else "1")
    for address, body, kind, status in (
        (swapped, good, "text/xml", 403),
        (path.replace("return/1.", "return/2."), good, "text/xml", 403),
        ("/webshops/return/x", good, "text/xml", 403),
        (path, other, "text/xml", 409),
        (path, encoded(oci.form_of([SOAP])), "application/x-www-form-urlencoded", 409),
        (path, bomb, "text/xml", 400),
        (path, b"", "text/xml", 400),
        (path, b"cxml-base64=%%%", "application/x-www-form-urlencoded", 400),
        (path, b"x=" + b"1" * (4 * 2**20), "application/x-www-form-urlencoded", 413),
    ):
        answer = comes_back(site, address, body, kind)
        assert answer.status_code == status, (address, body[:40], answer.status_code)
    assert mette.client.get(path).status_code == 405
    assert "Kurven er tom" in mette.get("/basket")
    # None of it has used the token up.
    fields = encoded([("cXML-base64", base64.b64encode(good).decode())])
    assert comes_back(site, path, fields).status_code == 303
    assert "536,40" in mette.get("/basket")
    assert site.signed_in("omar").client.get(visit).status_code == 404


def test_a_visit_ends_and_a_person_who_left_brings_nothing(site: Site, shop: TestWebshop) -> None:
    open_webshop(site, shop, "oci")
    mette = site.signed_in("mette")
    back = urlsplit(dict(posted(going(mette)[0])[1])["HOOK_URL"]).path
    site.clock.pass_by(hours=13)
    late = comes_back(site, back, encoded(oci.form_of([SOAP])))
    assert late.status_code == 403
    assert "udløb" in late.text
    site.clock.pass_by(hours=-13)
    with site.town.work() as session:
        session.get_one(User, site.town.people["mette"]).active = False
    assert comes_back(site, back, encoded(oci.form_of([SOAP]))).status_code == 403


def test_the_contract_is_asked_again_when_the_basket_is_sent(site: Site, shop: TestWebshop) -> None:
    """A quote can make a line cheaper for a while; never orderable, never dearer."""
    open_webshop(site, shop, "oci")
    mette = site.signed_in("mette")
    back = urlsplit(dict(posted(going(mette)[0])[1])["HOOK_URL"]).path
    comes_back(site, back, encoded(oci.form_of([GLOVES])))
    assert "120,00" in mette.get("/basket")
    mette.post(f"/basket/lines/{site.town.items['gloves']}", quantity="3")
    assert "187,50" in mette.get("/basket")  # more than was quoted: the agreement's price
    mette.post(f"/basket/lines/{site.town.items['gloves']}", quantity="2")
    assert "120,00" in mette.get("/basket")
    site.clock.pass_by(days=15)
    mette = site.signed_in("mette")
    assert "125,00" in mette.get("/basket")
    with site.town.work() as session:
        session.get_one(Institution, site.town.places["mælkevejen"]).item_groups = ["53"]
    mette.post("/basket/send", seen="12500", reference="", note="")
    with site.town.read() as session:
        assert ordering.list_orders(session, institution_ids=[site.town.places["mælkevejen"]], limit=5) == []


def test_who_may_not_order_goes_nowhere(site: Site, shop: TestWebshop) -> None:
    kim = open_webshop(site, shop, "oci")
    assert kim.client.get("/webshops").status_code == 403
    mette = site.signed_in("mette")
    address = f"/agreements/{site.town.agreements['50.90']}/webshop"
    assert mette.client.get(address).status_code == 403
    kim.post(address, protocol="oci", close="1")
    assert "ingen webshop" not in mette.get("/shop").lower()
    assert "Ingen af jeres leverandører har en webshop" in mette.get("/webshops")
    assert "er ikke en adresse på en webshop" in kim.post(
        address, protocol="oci", url="javascript:alert(1)", fields="A=B", version="4.0"
    ).text  # fmt: skip


@pytest.mark.parametrize("protocol", ["cxml", "oci"])
def test_in_a_browser_the_way_out_and_back_passes_every_wall(
    site: Site, shop: TestWebshop, browser: Browser, serve: Callable[[Any], str], protocol: str
) -> None:
    """Two origins: the cookie does not go with the form that comes back, and the person is still signed in on the result page."""
    open_webshop(site, shop, protocol)
    shop.lines = [SOAP, WRONG["punchout_price_over"]]
    with site.town.work() as session:
        user = session.get_one(User, site.town.people["mette"])
        set_password(user, PASSWORD)
        login = user.login
    url = serve(site.app).replace("127.0.0.1", "localhost")
    page = browser.new_page(locale="da-DK")
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(f"{url}/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.goto(f"{url}/webshops")
    page.get_by_role("button", name="Gå til webshoppen").click()
    page.get_by_text("Gå til webshoppen", exact=True).click()
    page.get_by_role("button", name="Overfør kurven").click()
    expect(page.locator("h1")).to_have_text("Tilbage fra HygiejneHuset A/S")
    expect(page.locator("main")).to_contain_text("aftalens er 178,80\u00a0kr.")
    page.get_by_role("link", name="Gå til kurven").click()
    expect(page.locator("main")).to_contain_text("536,40")
    assert blocked == []
    page.context.close()


# --- the order to the webshop ---------------------------------------------------------------------------------------------


def ordered_by_cxml(site: Site, shop: TestWebshop) -> ordering.PurchaseOrder:
    """Mette's basket from the webshop is ordered, and the supplier gets its orders as cXML at the webshop's address."""
    kim = open_webshop(site, shop, "cxml")
    supplier = site.town.suppliers["hygiejnehuset"]
    assert "cXML 1.2 (webshop)" in kim.get(f"/suppliers/{supplier}/channel")
    assert "Egen webshop: 127.0.0.1" in kim.get(f"/suppliers/{supplier}")
    kim.post(f"/suppliers/{supplier}/channel", profile="cxml-1.2", channel="http", address=f"{shop.url}/orders")
    shop.lines = [SOAP, GLOVES]
    mette = site.signed_in("mette")
    through_cxml(site, shop, mette)
    seen = re.search(r'name="seen" value="(\d+)"', mette.get("/basket/send"))
    assert seen
    mette.post("/basket/send", seen=seen[1], reference="Uge 21", note="Ring på")
    with site.town.work() as session:
        (order,) = ordering.list_orders(session, institution_ids=[site.town.places["mælkevejen"]], limit=5)
        return ordering.send(session, order, site.town.system())


def test_the_order_goes_to_the_webshop_as_cxml(site: Site, shop: TestWebshop, tmp_path: Path) -> None:
    order = ordered_by_cxml(site, shop)
    with site.town.read() as session:
        (message,) = session.scalars(
            select(Message).where(Message.direction == "out", Message.document_type == "Order")
        )
        assert message.profile == "cxml-1.2"
        assert shop.secret.encode() not in message.body, "the secret is never kept in a document"
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    Worker(site.database, settings, site.clock).drain()
    (body,) = shop.orders
    told = cxml.about(body)
    assert (told.kind, told.sender, told.receiver) == ("OrderRequest", WE, THEY)
    text = body.decode()
    assert f"<SharedSecret>{shop.secret}</SharedSecret>" in text
    assert f'orderID="{order.number}"' in text
    assert 'type="new"' in text
    assert text.count("<ItemOut ") == 2
    assert "<SupplierPartID>EH-M</SupplierPartID><SupplierPartAuxiliaryID>kampagne-4</SupplierPartAuxiliaryID>" in text
    assert 'currency="DKK">656.4</Money></Total>' in text
    assert "Mælkevejen" in text
    with site.town.work() as session:
        assert session.get_one(Message, message.id).state == "sent"
        order = ordering.get_order(session, order.id)
        ordering.cancel(session, order, site.town.by(session, "mette"), "Forkert vare")
    Worker(site.database, settings, site.clock).drain()
    assert 'type="delete"' in shop.orders[-1].decode()


def test_a_webshop_that_refuses_the_order_is_told_of(site: Site, shop: TestWebshop, tmp_path: Path) -> None:
    shop.order_answer = (401, "Ukendt afsender")
    ordered_by_cxml(site, shop)
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    Worker(site.database, settings, site.clock).drain()
    assert len(shop.orders) == 1, "a no is not asked again"
    with site.town.read() as session:
        (message,) = session.scalars(
            select(Message).where(Message.direction == "out", Message.document_type == "Order")
        )
        assert message.state == "dead"
    assert "cXML 401" in site.signed_in("kim").get("/sending")


@pytest.mark.corpus
def test_what_we_write_as_cxml_is_valid_by_its_dtd(site: Site, shop: TestWebshop, corpus: Path) -> None:
    ordered_by_cxml(site, shop)
    with site.town.read() as session:
        body = session.scalars(
            select(Message.body).where(Message.direction == "out", Message.document_type == "Order")
        ).one()
    with (corpus / "standards/cxml/dtd/cXML-1.2.063.dtd").open("rb") as file:
        rules = etree.DTD(file)
    root = etree.fromstring(body, etree.XMLParser(load_dtd=False, no_network=True))
    assert rules.validate(root), rules.error_log.filter_from_errors()
