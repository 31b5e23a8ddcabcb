"""Receiving on the pages, without scripts: counts, pictures, what the supplier proposes at the door, complaints, goods sent back."""

import io
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from PIL import Image

import ordering
from catalogues.items import CatalogueLine
from tests.web.conftest import Person, Site


def a_photo(width: int = 3000, height: int = 2000) -> bytes:
    """A large JPEG that tells where it was taken."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (56.0, 27.0, 40.0)}
    exif[0x0110] = "Telefon"
    body = io.BytesIO()
    Image.new("RGB", (width, height), "brown").save(body, "JPEG", exif=exif)
    return body.getvalue()


def fields_of(page: str) -> dict[str, str]:
    """What the counting form holds as it is shown."""
    form = page[page.index('id="count"') :]
    found = re.findall(r'<input[^>]*name="((?:quantity|seen|key)[^"]*)"[^>]*value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def sent(site: Site, lines: dict[str, Any] | None = None) -> int:
    with site.town.work() as session:
        return site.town.sent_order(session, lines or {"soap": 10, "gloves": 4}).id


def quantities(site: Site, order: int) -> list[tuple[Decimal, Decimal]]:
    """(received, outstanding) by line."""
    with site.town.read() as session:
        return [(line.received, line.outstanding) for line in ordering.order_picture(session, order).lines]


@pytest.fixture
def aisha(site: Site) -> Person:
    return site.signed_in("aisha")


def test_the_same_page_sent_twice_is_one_receipt(site: Site, aisha: Person) -> None:
    order = sent(site)
    fields = fields_of(aisha.get(f"/orders/{order}/receive"))
    assert fields["quantity-10"] == "10"
    fields["quantity-10"] = "6"
    for _ in range(2):
        aisha.post(f"/orders/{order}/receipts", **fields)
    assert quantities(site, order) == [(6, 4), (4, 0)]
    with site.town.read() as session:
        assert len(ordering.receipts_of(session, [order])[order]) == 1


def test_damaged_with_a_picture_opens_a_complaint_that_is_followed(site: Site, aisha: Person) -> None:
    order = sent(site)
    fields = fields_of(aisha.get(f"/orders/{order}/receive"))
    fields |= {"quantity-10": "9", "damaged-10": "1", "why-10": "Våd i bunden", "delivery_note": "77120"}
    aisha.post(f"/orders/{order}/receipts", **fields, **{"photo-10": (io.BytesIO(a_photo()), "IMG_1.jpg")})
    page = aisha.get(f"/orders/{order}")
    assert "Våd i bunden" in page
    assert "følgeseddel 77120" in page
    picture = re.search(r'src="(/photos/\d+)"', page)
    assert picture
    kept = aisha.client.get(picture[1])
    assert kept.mimetype == "image/jpeg"
    with Image.open(io.BytesIO(kept.data)) as image:
        assert max(image.size) == 1600
        assert not image.getexif(), "nothing of where and with what"
    peter = site.signed_in("peter")  # of another institution
    assert peter.client.get(picture[1]).status_code == 404
    listed = aisha.get("/complaints")
    assert "Våd i bunden" in listed
    assert "En åben reklamation" in aisha.get("/receive")
    number = re.search(r'id="complaint-(\d+)"', listed)
    assert number
    aisha.post(f"/complaints/{number[1]}/photos", photo=(io.BytesIO(a_photo(40, 30)), "2.jpg"))
    assert len(set(re.findall(r"/photos/\d+", aisha.get("/complaints")))) == 2
    aisha.post(f"/complaints/{number[1]}/settle", how="Der kom nye varer.", more="Dagen efter")
    assert "Reklamationer" in aisha.get("/complaints")
    assert "Våd i bunden" not in aisha.get("/complaints")
    assert "Der kom nye varer. Dagen efter" in aisha.get("/complaints?show=settled")


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"MZ not a picture", "Filen er ikke et billede"), (a_photo(10, 10)[:200], "Filen er ikke et billede")],
)
def test_a_file_that_is_no_picture_is_told_and_the_counts_are_kept(
    site: Site, aisha: Person, body: bytes, said: str
) -> None:
    order = sent(site)
    fields = fields_of(aisha.get(f"/orders/{order}/receive"))
    fields |= {"quantity-10": "7", "damaged-10": "3", "why-10": "Trykket", "rest-10": "cancel"}
    answer = aisha.post(f"/orders/{order}/receipts", status=422, **fields, **{"photo-10": (io.BytesIO(body), "a.jpg")})
    assert said in answer.text
    assert "Modtagelsen blev ikke gemt" in answer.text
    for kept in ('value="7"', 'value="Trykket"', 'value="cancel" checked', fields["key"]):
        assert kept in answer.text, kept
    assert quantities(site, order) == [(0, 10), (0, 4)]


def test_a_picture_belongs_to_something_damaged(site: Site, aisha: Person) -> None:
    order = sent(site)
    fields = fields_of(aisha.get(f"/orders/{order}/receive"))
    photo = {"photo-20": (io.BytesIO(a_photo(10, 10)), "a.jpg")}
    answer = aisha.post(f"/orders/{order}/receipts", status=422, **fields, **photo)
    assert "hvor mange der er skadet" in answer.text


def test_a_script_is_answered_in_json(site: Site, aisha: Person) -> None:
    order = sent(site)
    page = aisha.get(f"/orders/{order}/receive")
    fields = fields_of(page)
    status = aisha.client.get("/receive/status").json
    assert status == {
        "user": site.town.people["aisha"],
        "csrf_token": status["csrf_token"],
        "receipts": {str(order): 0},
    }
    ask = {"headers": {"Accept": "application/json"}}
    token = {"csrf_token": status["csrf_token"]}
    url = f"/orders/{order}/receipts"
    wrong = aisha.client.post(url, data={**token, **fields, "quantity-10": "11"}, **ask)
    assert (wrong.status_code, wrong.json["code"]) == (422, "received_too_many")
    first = aisha.client.post(url, data={**token, **fields}, **ask)
    assert first.status_code == 201
    assert aisha.client.post(url, data={**token, **fields}, **ask).json["receipt"] == first.json["receipt"]
    other = aisha.client.post(url, data={**token, **fields, "key": "another-phone"}, **ask)
    assert other.status_code == 409
    assert "Aisha Nur har modtaget" in other.json["said"]


def test_a_proposal_is_answered_at_the_door_with_allergens_and_price(site: Site, aisha: Person) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session, {"flour": 5})
        line = session.query(CatalogueLine).filter_by(item_id=site.town.items["flour"]).one()
        line.details = {"properties": [{"name": "Allergener", "value": "Gluten (hvede)"}]}
        token = ordering.issue_link(session, order, site.town.system(), b"k" * 40)
        other = {
            "name": "Rugmel",
            "seller_item_id": "RM-1",
            "properties": {"Allergener": "Gluten (rug)", "Sort": "Grov"},
        }
        said = {"10": ordering.LinkLine(substitute=other, price=Decimal("9.90"))}
        claim = ordering.read_link(token, b"k" * 40)
        ordering.answer_link(session, claim, site.town.system(door="link"), lines=said)
        order_id = order.id
    page = aisha.get(f"/orders/{order_id}/receive")
    for told in ("Rugmel", "Gluten (rug)", "Gluten (hvede)", "7,50\u00a0kr. dyrere i alt", "Grov"):
        assert told in page, told
    proposal = re.search(r"/proposals/(\d+)", page)
    assert proposal
    answer = aisha.post(
        f"/orders/{order_id}/proposals/{proposal[1]}",
        follow=False,
        status=303,
        answer="yes",
        next=f"/orders/{order_id}/receive",
    )
    assert answer.location == f"/orders/{order_id}/receive"
    counted = fields_of(aisha.get(f"/orders/{order_id}/receive"))
    assert [name for name in counted if name.startswith("quantity")] == ["quantity-20"], (
        "the substitute is expected now"
    )


def test_goods_go_back_for_new_ones_or_for_the_money(site: Site, aisha: Person) -> None:
    order = sent(site)
    aisha.post(f"/orders/{order}/receipts", all="1")
    assert "Send varer retur" in aisha.get(f"/orders/{order}")
    page = aisha.get(f"/orders/{order}/return")
    assert "Modtaget: 10\u00a0kartoner" in page
    aisha.post(
        f"/orders/{order}/return", **{"quantity-10": "2", "quantity-20": "0", "reason": "For mange", "then": "credit"}
    )
    aisha.post(f"/orders/{order}/return", **{"quantity-20": "1", "reason": "Revet", "then": "replace"})
    assert quantities(site, order) == [(8, 0), (3, 1)]
    told = aisha.post(f"/orders/{order}/return", **{"quantity-10": "9", "reason": "Alt"})
    assert 'role="alert"' in told.text
    told = aisha.post(f"/orders/{order}/return", **{"quantity-10": "1", "reason": ""})
    assert 'role="alert"' in told.text
    assert quantities(site, order) == [(8, 0), (3, 1)]


def test_services_are_confirmed_not_received(site: Site, aisha: Person) -> None:
    with site.town.work() as session:
        order = site.town.sent_order(session, {"gloves": 12})
        order.lines[0].kind = "service"
        order_id = order.id
    page = aisha.get(f"/orders/{order_id}/receive")
    assert "Bekræft arbejdet" in page
    assert "Skan stregkode" not in page.split("<main")[1]  # at the top of every page one scans to search
    fields = fields_of(page)
    aisha.post(f"/orders/{order_id}/receipts", **{**fields, "quantity-10": "12"})
    with site.town.read() as session:
        assert [one.kind for one in ordering.receipts_of(session, [order_id])[order_id]] == ["performance"]


def test_complaints_cost_a_fixed_number_of_queries(site: Site, aisha: Person) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            order = sent(site)
            fields = fields_of(aisha.get(f"/orders/{order}/receive"))
            aisha.post(f"/orders/{order}/receipts", **{**fields, "quantity-10": "9", "damaged-10": "1"})
        with site.counting() as seen:
            aisha.get("/complaints")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_who_may_not_receive_sees_and_does_nothing(site: Site) -> None:
    order = sent(site)
    peter = site.signed_in("peter")
    for address in (f"/orders/{order}/receive", f"/orders/{order}/return"):
        assert peter.client.get(address).status_code == 404
    soeren = site.signed_in("soeren")
    assert soeren.client.get(f"/orders/{order}/receive").status_code == 403
    assert soeren.client.get("/complaints").status_code == 200
