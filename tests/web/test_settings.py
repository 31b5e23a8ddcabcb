"""Indstillinger: a colour too light is refused, what ordering goes by is kept, a token lets a system in until it is revoked."""

import re
from datetime import date
from decimal import Decimal

import pytest

import ordering
from eshop import appearance, audit
from eshop.identity import Role
from tests import builders
from tests.web.conftest import Person, Site


@pytest.fixture
def ada(site: Site) -> Person:
    with site.town.work() as session:
        site.town.people["ada"] = builders.person(session, "Ada Ravn", (Role.ADMINISTRATOR, None)).id
    return site.signed_in("ada")


@pytest.mark.parametrize(
    ("colour", "contrast"), [("#ffffff", "1.0"), ("#000000", "21.0"), ("#0b4f54", "9.3"), ("#767676", "4.5"), ("#777777", "4.5")]
)  # fmt: skip
def test_contrast_is_measured_as_the_guidelines_do(colour: str, contrast: str) -> None:
    measured = appearance.contrast_on_white(appearance.read_colour(colour))
    assert measured.quantize(Decimal("0.1")) == Decimal(contrast)
    assert (measured >= appearance.LEAST_CONTRAST) == (colour in ("#000000", "#0b4f54", "#767676"))


def test_a_colour_too_light_is_refused_and_nothing_is_kept(site: Site, ada: Person) -> None:
    page = ada.post("/settings/appearance", name="Lindeå Kommune", brand="#f0c040", help_phone="").text
    assert "for lys" in ada.get("/settings") or "for lys" in page
    assert "/brand/" not in ada.get("/settings")
    page = ada.post("/settings/appearance", name="Ny Kommune", brand="#7a1f3d", help_phone="72 00 11 22").text
    assert "/brand/7a1f3d.css" in page
    assert "Ny Kommune" in page
    assert "72 00 11 22" in site.signed_in("mette").get("/shop")
    answer = ada.client.get("/brand/7a1f3d.css")
    assert "--brand:#7a1f3d" in answer.text
    assert "--brand-tint:#" in answer.text
    assert answer.mimetype == "text/css"
    assert ada.client.get("/brand/nothing.css").status_code == 400
    with site.town.read() as session:
        names = [one.fields["name"] for one in audit.history(session, "municipality", site.town.id)]
    assert names == ["name", "brand", "help_phone"]


def test_what_ordering_goes_by_is_kept(site: Site, ada: Person) -> None:
    given = {"undo_minutes": "0", "escalate_after_days": "5", "wait_days": "2", "largest_quantity": "500"}
    ada.post("/settings/ordering", **given, approve_above="7.500,50", combine_hint_below="")
    with site.town.read() as session:
        kept = ordering.ordering_settings(session)
    assert (kept.undo_minutes, kept.escalate_after_days, str(kept.approve_above)) == (0, 5, "7500.50")
    assert 'value="0"' in ada.get("/settings")
    for wrong in ("-1", "mange", "2,5"):
        ada.post("/settings/ordering", **{**given, "undo_minutes": wrong})
        with site.town.read() as session:
            assert ordering.ordering_settings(session).undo_minutes == 0


def test_a_token_is_shown_once_and_opens_the_interface_until_it_is_revoked(site: Site, ada: Person) -> None:
    assert "Vælg mindst én ting" in ada.post("/settings/tokens", name="Adgangspunkt").text + ada.get("/settings")
    page = ada.post("/settings/tokens", name="Økonomisystem", scope="agreements:read", days="30").text
    token = re.search(r"eshop_[\w-]+", page)[0]  # type: ignore[index]
    assert token not in ada.get("/settings")
    headers = {"Authorization": f"Bearer {token}"}
    client = site.app.test_client()
    assert client.get("/api/v1/agreements", headers=headers).status_code == 200
    assert client.get("/api/v1/orders", headers=headers).status_code == 403
    number = re.search(r"/settings/tokens/(\d+)/revoke", ada.get("/settings"))[1]  # type: ignore[index]
    assert "har ikke længere adgang" in ada.post(f"/settings/tokens/{number}/revoke").text
    assert client.get("/api/v1/agreements", headers=headers).status_code == 401
    ada.post(f"/settings/tokens/{number}/revoke", 404)


def test_purchasing_keeps_settings_but_makes_no_tokens(site: Site) -> None:
    kim = site.signed_in("kim")
    assert "Andre systemer" not in kim.get("/settings")
    kim.post("/settings/tokens", 403, name="x", scope="orders:read")
    for name in ("mette", "soeren", "anna"):
        assert site.signed_in(name).client.get("/settings").status_code == 403


def test_a_new_standard_is_added_and_counts_from_its_day(site: Site) -> None:
    kim = site.signed_in("kim")
    page = kim.get("/settings")
    assert "Hjørring Kommune 2012/13" in page
    minutes = {f"{way}-{step}": "10" for way in ("system", "mail", "shop") for step in ("order", "receive", "invoice")}
    wanted = {**minutes, "system-order": "2,5", "version": "lindeaa-2026", "hourly_rate": "360,00", "estimate": "1"}
    told = kim.post("/settings/standards", **wanted, source="", valid_from="2026-05-12").text
    assert "hvor den er fra" in told
    page = kim.post("/settings/standards", **wanted, source="Tidsstudie, Lindeå", valid_from="2026-05-12").text
    assert "Tidsstudie, Lindeå" in page
    assert "135,00" in page, "22.5 minutes at 360 kr. an hour"
    assert "findes allerede" in kim.post("/settings/standards", **wanted, source="igen", valid_from="2026-06-01").text
    with site.town.read() as session:
        before = ordering.standard_in_force(session, date(2026, 5, 11))
        assert before.source == "Hjørring Kommune 2012/13", "what has been keeps its own"
    site.signed_in("mette").post("/settings/standards", **wanted, source="x", valid_from="2026-06-01", status=403)
