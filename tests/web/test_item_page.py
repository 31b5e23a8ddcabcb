"""The item page: conversion, papers, what goes with it, the cheaper equivalent, earlier prices; and pictures from our own host."""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

import catalogues
import ordering
from catalogues import CatalogueLine, CatalogueVersion, ItemPicture
from catalogues.items import Price
from catalogues.labels import LABELS, label_bit
from eshop.config import Settings
from eshop.db import Database
from eshop.web.item_groups import group_of
from eshop.worker import Worker
from tests import builders
from tests.catalogues import documents
from tests.web.conftest import Clock, Site


def line_of(session: Any, item_id: int) -> CatalogueLine:
    found = catalogues.current_line(session, item_id)
    assert found is not None
    return found


def say(site: Site, name: str, **details: Any) -> int:
    """The supplier says more of an item of the town."""
    with site.town.work() as session:
        line_of(session, site.town.items[name]).details = details
    return site.town.items[name]


def test_what_the_supplier_says_is_shown_and_nothing_dangerous_is_linked(site: Site) -> None:
    soap = say(
        site,
        "soap",
        properties=[["pH-værdi", "5,2", "x"], ["Allergener", "Mælk, soja"], ["", "tom"]],
        dimensions=[["Højde", "21", "CMT"]],
        hazards=[{"UNDGCode": "UN1950", "HazardClassID": "2.1", "TechnicalName": "Aerosoler"}, {}],
        documents=[
            {"title": "Sikkerhedsdatablad", "uri": "https://hygiejne.example/sds.pdf"},
            {"title": "Licens", "uri": "https://hygiejne.example/licens.pdf"},
            {"title": "Ond", "uri": "javascript:alert(1)"},
            {"title": "Uden adresse"},
        ],
        manufacturer="Sæbefabrikken",
        manufacturer_item_id="SF-1",
        relations=[
            {"kind": "accessory", "id": "EH-M", "text": ""},
            {"kind": "accessory", "id": "FINDES-IKKE"},
            {"kind": "noget andet", "id": "MO-60"},
        ],
    )
    page = unescape(site.signed_in("mette").get(f"/items/{soap}"))
    for said in (
        "pH-værdi", "5,2", "Højde", "Mælk, soja", "UN 1950, 2.1, Aerosoler", "https://hygiejne.example/licens.pdf",
        "Sikkerhedsdatablad", "Sæbefabrikken (SF-1)", "Tilbehør", "Engangshandsker nitril M",
    ):  # fmt: skip
        assert said in page, said
    assert "javascript:" not in page
    assert "Moppe 60 cm" not in page
    assert "1 karton = 12\u00a0flasker" in page


def test_the_breadcrumb_says_where_the_item_belongs(site: Site) -> None:
    mette, soap = site.signed_in("mette"), site.town.items["soap"]
    with site.town.work() as session:
        line_of(session, soap).unspsc = "53131608"
    crumb = r'<nav class="crumb".*?</nav>'
    said = re.findall(crumb, unescape(mette.get(f"/items/{soap}")), re.S)[0]
    assert re.findall(r">([^<>]+)</a>", said)[:2] == ["Varer", "Rengøring og hygiejne"]
    found = re.findall(crumb, unescape(mette.get("/search?q=håndsæbe")), re.S)[0]
    assert "Rengøring og hygiejne" in found
    with site.town.work() as session:
        line_of(session, soap).unspsc = "53102305"
    found = re.findall(crumb, unescape(mette.get("/search?q=håndsæbe")), re.S)[0]
    assert "Bleer og pusleplads" in found  # of the family 5310, which is else clothes
    with site.town.work() as session:
        line_of(session, soap).unspsc = "53131608"
        catalogues.load_classification(session, [("5313", "Sæber og cremer")])
    said = re.findall(crumb, unescape(mette.get(f"/items/{soap}")), re.S)[0]
    assert re.findall(r">([^<>]+)</a>", said)[1] == "Sæber og cremer"
    (address,) = re.findall(r'href="([^"]+)">Sæber og cremer', said)
    assert f"/items/{soap}" in mette.get(address)


@pytest.mark.parametrize(
    ("unspsc", "word"),
    [
        ("53131506", "ble"),
        ("53102305", "ble"),
        ("14111704", "sæbe"),
        ("14111507", "papir"),
        ("53101500", "arbejdstøj"),
        ("50201706", "mælk"),
        ("99", None),
        (None, None),
    ],
)
def test_the_longest_prefix_says_which_group(unspsc: str | None, word: str | None) -> None:
    group = group_of(unspsc)
    assert (None if group is None else group.word) == word


def cheaper_town(site: Site) -> dict[str, int]:
    """Soaps of one group by the bottle: 14,90 (the town's own), and others."""
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        own = line_of(session, site.town.items["soap"])
        own.comparison_price, own.comparison_unit, own.labels = Decimal("14.90"), "EA", 1
        made = {}
        for name, price, unit, labels, unspsc in (
            ("Håndsæbe billig", "10.00", "EA", 3, "53131608"),
            ("Håndsæbe næsten", "13.50", "EA", 1, "53131608"),
            ("Håndsæbe uden mærke", "5.00", "EA", 2, "53131608"),
            ("Håndsæbe i liter", "4.00", "LTR", 1, "53131608"),
            ("Håndsæbe anden gruppe", "3.00", "EA", 1, "53131626"),
        ):
            made[name] = builders.item(session, agreement, name, price, unit="EA", unspsc=unspsc)
            line = line_of(session, made[name])
            line.comparison_price, line.comparison_unit, line.labels = Decimal(price), unit, labels
    return made


def test_something_cheaper_is_shown_by_the_rule_swapped_in_one_tap_and_dismissed_for_90_days(site: Site) -> None:
    made = cheaper_town(site)
    soap = site.town.items["soap"]
    mette = site.signed_in("mette")
    page = unescape(mette.get(f"/items/{soap}"))
    assert "Billigere pr. stk.:" in page
    assert "koster 10,00 kr./stk., og I sparer 4,90 kr. pr. stk. (33\u00a0%) og får samme mærker." in page
    for name in ("Håndsæbe næsten", "Håndsæbe uden mærke", "Håndsæbe i liter", "Håndsæbe anden gruppe"):
        assert name not in page
    mette.post("/basket/lines", item_id=soap, quantity="2")
    mette.post(f"/items/{soap}/cheaper", item_id=made["Håndsæbe billig"])
    with site.town.work() as session:
        basket = ordering.open_basket(session, site.town.by(session, "mette"))
        assert [line.item_id for line in basket.lines] == [made["Håndsæbe billig"]]
    mette.post(f"/items/{soap}/cheaper/dismiss")
    assert "Billigere pr." not in mette.get(f"/items/{soap}")
    assert "Billigere pr." in site.signed_in("omar").get(f"/items/{soap}")
    site.clock.pass_by(days=89)
    assert "Billigere pr." not in site.signed_in("mette").get(f"/items/{soap}")
    site.clock.pass_by(days=1)
    assert "Billigere pr." in site.signed_in("mette").get(f"/items/{soap}")


def test_something_cheaper_that_may_not_be_bought_is_not_shown(site: Site) -> None:
    made = cheaper_town(site)
    with site.town.work() as session:
        line_of(session, made["Håndsæbe billig"]).orderable = False
    assert "Billigere pr." not in site.signed_in("mette").get(f"/items/{site.town.items['soap']}")


def test_another_size_is_not_the_same_thing_for_less(site: Site) -> None:
    cheaper_town(site)
    soap = site.town.items["soap"]
    with site.town.work() as session:
        line_of(session, soap).name = "Håndsæbe str. 4"
    assert "Billigere pr." not in site.signed_in("mette").get(f"/items/{soap}")
    with site.town.work() as session:
        for item_id in session.scalars(select(CatalogueLine.item_id).where(CatalogueLine.name == "Håndsæbe billig")):
            line_of(session, item_id).name = "Håndsæbe billig, størrelse 4"
    assert "Billigere pr." in site.signed_in("mette").get(f"/items/{soap}")


def test_the_swap_keeps_the_number_of_base_units(site: Site) -> None:
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        other = builders.item(session, agreement, "Håndsæbe i kasser", "90.00", unit="CS", content=("5", "BO"))
        by = site.town.by(session, "mette")
        basket = ordering.open_basket(session, by)
        ordering.add_line(session, basket, site.town.items["soap"], Decimal(2), by)
        line = ordering.swap_line(session, basket, site.town.items["soap"], other, by)
        assert line.quantity == 5  # 24 bottles in boxes of five


def test_the_same_item_in_other_units_and_what_takes_its_place(site: Site) -> None:
    soap = say(site, "soap", relations=[{"kind": "replacement", "id": "MO-60"}])
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        piece = builders.item(session, agreement, "Håndsæbe refill 700 ml", "17.40", unit="EA", seller_item_id="HS-700")
    mette = site.signed_in("mette")
    page = unescape(mette.get(f"/items/{soap}"))
    assert "Bestil som" in page
    assert f'href="/items/{piece}"' in page
    with site.town.work() as session:
        line_of(session, soap).orderable = False
    page = unescape(mette.get(f"/items/{soap}"))
    assert "Her er den, der afløser: Moppe 60 cm" in page


def test_earlier_prices_are_shown_newest_first_with_the_change(site: Site) -> None:
    soap = site.town.items["soap"]
    mette = site.signed_in("mette")
    assert "Sådan har prisen været" not in mette.get(f"/items/{soap}")
    with site.town.work() as session:
        old = line_of(session, soap)
        first = session.get_one(CatalogueVersion, old.since_version_id)
        version = CatalogueVersion(
            agreement_id=first.agreement_id, supplier_id=first.supplier_id, number=2, state="live", is_live=True,
            live_order=2, document_type="Catalogue", document_format="peppol-bis-3", action="Update", sha256="1" * 64,
            loaded_at=builders.NOW,
        )  # fmt: skip
        session.add(version)
        session.flush()
        first.live_order = 1
        line = CatalogueLine(
            version_id=version.id, number=1, result="accepted", kind="changed", since_version_id=version.id,
            item_id=soap, agreement_id=old.agreement_id, supplier_id=old.supplier_id, seller_item_id="HS-700",
            name=old.name, unit="CT", unspsc=old.unspsc, vat_percent=Decimal(25), details={},
        )  # fmt: skip
        session.add(line)
        session.flush()
        old.gone_version_id = version.id
        session.add(
            Price(
                line_id=line.id, position=0, amount=Decimal("182.38"), currency="DKK", base_quantity=Decimal(1),
                base_unit="CT", factor=Decimal(1), minimum_quantity=Decimal(1), valid_from=builders.TODAY,
            )
        )  # fmt: skip
    page = unescape(mette.get(f"/items/{soap}"))
    assert "Sådan har prisen været" in page
    history = page[page.index("Tidligere priser") :]
    assert history.index("182,38") < history.index("178,80")
    assert "+2,0\u00a0%" in history


def test_what_it_costs_to_have_is_compared_only_when_both_say_it(site: Site) -> None:
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        made = {
            name: builders.item(session, agreement, name, price, unit="EA", unspsc="52141501")
            for name, price in (("Køleskab stort", "4000"), ("Køleskab sparer", "5000"))
        }
        line_of(session, made["Køleskab stort"]).details = {
            "properties": [["Årligt energiforbrug", "200 kWh"], ["Levetid", "10 år"]]
        }
    mette = site.signed_in("mette")
    assert "Hvad den koster at have" not in mette.get(f"/items/{made['Køleskab stort']}")
    with site.town.work() as session:
        line_of(session, made["Køleskab sparer"]).details = {
            "properties": [["Årligt energiforbrug", "90"], ["Levetid", "10"], ["Service kr./år", "5,50"]]
        }
    page = unescape(mette.get(f"/items/{made['Køleskab stort']}"))
    costs = page[page.index("Hvad den koster at have") :]
    assert costs.index("685,50") < costs.index(
        "800,00"
    )  # (5000 + 10 · (90 · 2 + 5,50)) / 10 and (4000 + 10 · 200 · 2) / 10
    assert "Strøm regnes til 2,00 kr. pr. kWh." in page


def test_the_page_costs_the_database_a_bounded_number_of_questions(site: Site) -> None:
    cheaper_town(site)
    soap = say(site, "soap", relations=[{"kind": "accessory", "id": one} for one in ("EH-M", "MO-60", "HM-1")])
    mette = site.signed_in("mette")
    mette.get(f"/items/{soap}")
    with site.counting() as seen:
        mette.get(f"/items/{soap}")
    assert len(seen) <= 85, "\n".join(seen)


# --- pictures ----------------------------------------------------------------------------------------------------------


def picture(form: str = "PNG", size: tuple[int, int] = (900, 600), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(file, form)
    return file.getvalue()


@dataclass
class Studio:
    """A supplier's server of pictures; `asked` is what was asked of it."""

    host: str = ""
    files: dict[str, bytes | str | int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            found = made.files.get(self.path, 404)
            if isinstance(found, int):
                self.send_error(found)
                return
            self.send_response(302 if isinstance(found, str) else 200)
            if isinstance(found, str):
                self.send_header("Location", found)
            self.end_headers()
            if isinstance(found, bytes):
                self.wfile.write(found)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.host = f"127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


def working(site: Site, folder: Path, internal: str) -> Worker:
    given = {"ESHOP_DATA_DIR": str(folder), "ESHOP_SECRET_KEY": "k" * 40, "ESHOP_INTERNAL_HOSTS": internal}
    return Worker(site.database, Settings.from_environment(given), site.clock)


def with_picture(site: Site, names: dict[str, str]) -> None:
    """The town's items get pictures, as a catalogue that goes live gives them."""
    with site.town.work() as session:
        for name, address in names.items():
            line_of(session, site.town.items[name]).details = {"pictures": [{"title": "", "uri": address}]}
        version = session.scalars(select(CatalogueVersion.id).order_by(CatalogueVersion.id).limit(1)).one()
        catalogues.list_pictures(session, version, 0, site.town.system())


def states(site: Site) -> dict[str, tuple[str, str | None]]:
    with site.town.read() as session:
        return {one.address.rpartition("/")[2]: (one.state, one.reason) for one in session.scalars(select(ItemPicture))}


def test_a_picture_is_fetched_from_an_allowed_host_kept_small_and_served_by_us(
    site: Site, studio: Studio, tmp_path: Path
) -> None:
    studio.files = {"/soap.png": "/soap-new.png", "/soap-new.png": picture(), "/mop.gif": picture("GIF", mode="P")}
    soap = site.town.items["soap"]
    with_picture(site, {"soap": f"http://{studio.host}/soap.png", "mop": f"http://{studio.host}/mop.gif"})
    worker = working(site, tmp_path, studio.host)
    worker.drain()
    assert states(site) == {"soap.png": ("refused", "fetch_host"), "mop.gif": ("refused", "fetch_host")}
    assert studio.asked == []
    kim = site.signed_in("kim")
    assert "127.0.0.1" in kim.get("/settings/pictures")
    kim.post("/settings/pictures", more="127.0.0.1")
    worker.drain()
    assert {state for state, _ in states(site).values()} == {"kept"}
    mette = site.signed_in("mette")
    page = mette.get(f"/items/{soap}")
    assert studio.host not in page
    (address,) = {part.split('"')[0] for part in page.split('src="')[1:] if part.startswith("/pictures/")}
    answer = mette.client.get(unescape(address))
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    with Image.open(io.BytesIO(answer.data)) as shown:
        assert shown.size == (720, 480)
    again = mette.client.get(unescape(address), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert "/small.webp" in mette.get("/search?q=håndsæbe")
    assert site.app.test_client().get(unescape(address)).status_code == 403


def test_hostile_pictures_are_refused_and_a_passing_failure_is_tried_again(
    site: Site, studio: Studio, tmp_path: Path
) -> None:
    whole = picture()
    studio.files = {
        "/bomb.png": picture(size=(12000, 12000)),
        "/cut.png": whole[: len(whole) // 2],
        "/page.html": b"<html><script>alert(1)</script></html>",
        "/drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "/huge.png": whole + b"x" * (8 * 2**20),
        "/inside.png": "http://169.254.169.254/latest/meta-data",
        "/gone.png": 503,
    }
    with site.town.work() as session:
        catalogues.set_picture_hosts(session, ["127.0.0.1", "169.254.169.254"], site.town.system())
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        for name in studio.files:
            site.town.items[name] = builders.item(session, agreement, f"Vare {name}")
    with_picture(site, {name: f"http://{studio.host}{name}" for name in studio.files})
    worker = working(site, tmp_path, studio.host)
    worker.drain()
    assert states(site) == {
        "bomb.png": ("refused", "picture_too_large"),
        "cut.png": ("refused", "picture_unreadable"),
        "page.html": ("refused", "picture_unreadable"),
        "drawing.svg": ("refused", "picture_unreadable"),
        "huge.png": ("refused", "fetch_too_large"),
        "inside.png": ("refused", "fetch_private"),
        "gone.png": ("waiting", "fetch_status"),
    }
    studio.files["/gone.png"] = whole
    worker.drain()
    assert states(site)["gone.png"] == ("waiting", "fetch_status")
    site.clock.pass_by(hours=1)
    worker.drain()
    assert states(site)["gone.png"] == ("kept", None)


def test_a_host_inside_a_closed_network_is_refused_though_it_is_on_the_list(
    site: Site, studio: Studio, tmp_path: Path
) -> None:
    studio.files = {"/soap.png": picture()}
    with site.town.work() as session:
        catalogues.set_picture_hosts(session, ["127.0.0.1", "localhost"], site.town.system())
    port = studio.host.rpartition(":")[2]
    with_picture(site, {"soap": f"http://{studio.host}/soap.png", "mop": f"http://localhost:{port}/mop.png"})
    working(site, tmp_path, "").drain()
    assert {reason for _, reason in states(site).values()} == {"fetch_private"}
    assert studio.asked == []


@pytest.mark.parametrize("host", ["http://x.dk", "x dk", "x/y", "ø.dk", "a..b", "x" * 300])
def test_what_is_no_host_is_not_put_on_the_list(site: Site, host: str) -> None:
    kim = site.signed_in("kim")
    assert "er ikke navnet på en vært" in kim.post("/settings/pictures", hosts=host).text
    with site.town.read() as session:
        assert catalogues.picture_hosts(session) == ()


def test_a_catalogue_that_goes_live_asks_for_its_pictures(database: Database, tmp_path: Path, studio: Studio) -> None:
    """On both databases: load, accept, and the worker notes the picture of the line."""
    studio.files = {"/a.jpg": picture("JPEG")}
    by = documents.town(database)
    sheet = f"Varenr;Varenavn;Enhed;Pris;Billede\nV-1;Håndsæbe;stk;12,50;http://{studio.host}/a.jpg\n".encode()
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(session, [documents.agreement()], by)
        version = None
        for progress in catalogues.load(session, sheet, "50.40", by, name="priser.csv"):
            version = progress.version or version
        assert version is not None
        catalogues.accept(session, version, by, lines="all")
        catalogues.set_picture_hosts(session, ["127.0.0.1"], by)
    given = {"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40, "ESHOP_INTERNAL_HOSTS": studio.host}
    Worker(database, Settings.from_environment(given), Clock(documents.AT)).drain()
    with database.read(by.municipality_id) as session:
        (kept,) = session.scalars(select(ItemPicture))
        assert (kept.state, len(catalogues.pictures_of(session, [kept.item_id]))) == ("kept", 1)


def test_labels_are_chips_and_only_those_the_supplier_documents(site: Site) -> None:
    """Each by its name on the item's page, its card and as a filter; a name that boasts of one earns none."""
    names = [name for name, _ in LABELS]
    soap = site.town.items["soap"]
    with site.town.work() as session:
        line = line_of(session, soap)
        line.labels, line.name = 0, "Håndsæbe, Svanemærket, Økologisk"
    mette = site.signed_in("mette")
    for address in (f"/items/{soap}", "/search?q=håndsæbe"):
        assert 'class="eco' not in unescape(mette.get(address)), address
    with site.town.work() as session:
        line_of(session, soap).labels = sum(1 << bit for bit in range(len(names)))
    for address in (f"/items/{soap}", "/search?q=håndsæbe"):
        page = unescape(mette.get(address))
        assert re.findall(r'<span class="eco o?">([^<]+)</span>', page)[: len(names)] == names, address
    with site.town.work() as session:
        line_of(session, soap).labels = label_bit("Økologisk (Ø)")
    assert '<span class="eco o">Økologisk (Ø)</span>' in unescape(mette.get(f"/items/{soap}"))
