"""What the agreement's rule lets go live goes live by itself, by whatever door it comes; what it does not let waits."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import catalogues
from eshop import intake
from eshop.config import Settings
from eshop.identity import the_municipality
from eshop.tokens import make_token
from eshop.worker import Worker
from tests.catalogues.documents import catalogue, line
from tests.shell import Shell
from tests.web.conftest import Site
from tests.web.test_catalogue_files import SOAP, hand_in

OLD = [line(str(number), price="100.00") for number in range(4)]
HARMLESS = [line("0", price="101.00"), *OLD[1:]]
DEAR = [line("0", price="109.00"), *OLD[1:]]

Door = Callable[[bytes], Any]


@pytest.fixture
def doors(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Door]:
    """Each takes a catalogue's bytes in by its own way."""
    town = site.town
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    worker = Worker(site.database, settings, site.clock)
    kim = site.signed_in("kim")
    with town.work() as session:
        (one,) = catalogues.find_agreements(session, "50.90")
        version = None
        for seen in catalogues.load(session, catalogue(OLD, **SOAP), one, town.system()):
            version = seen.version
        assert version is not None
        catalogues.accept(session, version, town.system(), lines="all")
        rule = catalogues.AcceptanceRule.of({"max_rise_percent": "2", "new_items": False, "removed_items": False})
        catalogues.set_acceptance_rule(session, one, rule, town.system())
        token = make_token(session, "system", ("catalogues:read", "catalogues:write"), town.system())
        cvr = the_municipality(session).cvr

    def page(body: bytes) -> None:
        hand_in(kim, town.agreements["50.90"], body, "katalog.xml")
        worker.drain()

    def api(body: bytes) -> None:
        answer = site.app.test_client().post(
            "/api/v1/catalogues?name=katalog.xml", data=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 201, answer.text

    def command(body: bytes) -> None:
        file = tmp_path / "katalog.xml"
        file.write_bytes(body)
        ran = Shell(site.database, monkeypatch, tmp_path)("load", "catalogue", file, "--json", "--municipality", cvr)
        assert ran.code == 0, ran.err
        assert "catalogue" in json.loads(ran.out.splitlines()[-1])

    def access_point(body: bytes) -> None:
        with town.work() as session:
            kept = intake.keep(session, body, "as4.xml", "http", town.system())
        worker.drain()
        with town.read() as session:
            assert intake.answer_of(session, intake.find_message(session, kept.message.uid))["outcome"] == "recorded"

    def folder(body: bytes) -> None:
        answer = intake.take(site.database, town.id, body, "k.xml", site.clock(), "cli", "folder")
        assert answer["outcome"] == "recorded"

    return {"page": page, "api": api, "command": command, "access point": access_point, "folder": folder}


@pytest.mark.parametrize("door", ["page", "api", "command", "access point", "folder"])
def test_the_rule_holds_at_every_door(site: Site, doors: dict[str, Door], door: str) -> None:
    def newest() -> catalogues.CatalogueVersion:
        with site.town.read() as session:
            return max(catalogues.list_versions(session, site.town.agreements["50.90"]), key=lambda one: one.number)

    doors[door](catalogue(HARMLESS, version="2", **SOAP))
    harmless = newest()
    assert (harmless.state, harmless.changed, harmless.decided_by) == ("live", 1, None)
    doors[door](catalogue(DEAR, version="3", **SOAP))
    assert newest().number == harmless.number + 1
    assert newest().state == "waiting"
