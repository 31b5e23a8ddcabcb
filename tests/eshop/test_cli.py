"""The command line keeps its promises (INTERFACES §2): exit codes, JSON and nothing else, sentences for whatever is wrong."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import click
import pytest

from eshop import kept_files
from eshop.cli import main
from tests.shell import Shell

ORGANISATION: dict[str, Any] = {
    "municipality": {
        "cvr": "29990115",
        "name": "Prøveby Kommune",
        "dimensions": ["function", "cost_centre", "art"],
        "default_coding": {"function": "5.25.14", "cost_centre": "1000", "art": "2.9"},
    },
    "institutions": [{"gln": "5798009901019", "name": "Prøvehuset", "delivery_points": ["Porten"]}],
    "people": [
        {"user": "ida", "name": "Ida", "roles": [{"role": "orderer", "institution": "5798009901019"}]},
        {"user": "kaj", "name": "Kaj", "roles": [{"role": "purchasing_lead"}]},
    ],
}
AGREEMENT: dict[str, Any] = {
    "number": "A-1",
    "title": "Papir",
    "level": "own",
    "from": "2026-01-01",
    "to": "2027-12-31",
    "supplier": {"cvr": "31220114", "gln": "5790009902010", "name": "Papirladen A/S"},
    "lots": [{"number": "1", "title": "Kopipapir", "unspsc": ["1411"]}],
    "unspsc": [],
    "joined": [{"cvr": "29990115", "lot": "1", "from": "2026-01-01", "to": None}],
    "fees": [{"kind": "freight", "max": "79", "free_above": "500"}],
    "minimum_order": "100.00",
}
ORDER: dict[str, Any] = {
    "number": "4500000001",
    "supplier": {"cvr": "31220114", "gln": "5790009902010", "name": "Papirladen A/S"},
    "institution": {"gln": "5798009901019", "name": "Prøvehuset"},
    "date": "2026-03-02",
    "status": "open",
    "match": "3-way",
    "freight_allowed": True,
    "currency": "DKK",
    "reference": "LBS62",
    "lines": [
        {
            "line": "10", "seller_item_id": "100", "gtin": None, "name": "Kopipapir A4", "unspsc": "14111507", "quantity": "20",
            "unit": "XPK", "price": "29.50", "base_quantity": "1", "vat_percent": "25",
        }
    ],
}  # fmt: skip


@pytest.fixture
def town(shell: Shell) -> Shell:
    """A municipality that has loaded its organisation."""
    assert shell("load", "organisation", shell.write("organisation.json", ORGANISATION)).code == 0
    return shell


# --- the frame --------------------------------------------------------------------------------------------------------


def test_the_console_script_and_the_module_are_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "ESHOP_DATA_DIR": str(tmp_path)}
    shown = [
        subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, check=True).stdout
        for command in ([str(Path(sys.executable).with_name("eshop"))], [sys.executable, "-m", "eshop"])
    ]
    assert shown[0] == shown[1]
    assert shown[0].startswith("eshop ")


def test_wrong_use_ends_with_two(shell: Shell) -> None:
    assert shell("fly").code == 2
    assert shell("receive").code == 2
    assert shell("receive", "/not/there").code == 2
    assert shell("load", "catalogue", shell.write("k.xml", "<x/>"), "--accept", "--dry-run").code == 2


def test_a_wrong_setting_is_one_line_that_says_which(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    ran = shell("db", "check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "PORT" in ran.err


def test_an_empty_database_says_what_to_do(shell: Shell) -> None:
    ran = shell("search", "papir", "--institution", "5798009901019")
    assert ran.code == 2
    assert "eshop load organisation" in ran.err


def test_a_database_that_is_behind_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESHOP_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("ESHOP_DATABASE_URL", raising=False)
    (tmp_path / "a.xml").write_text("<a/>")
    done = subprocess.run(
        [sys.executable, "-m", "eshop", "receive", str(tmp_path / "a.xml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "eshop db upgrade" in done.stderr
    assert "Traceback" not in done.stderr


def test_several_municipalities_must_be_told_apart(town: Shell) -> None:
    other = {"municipality": {"cvr": "30110129", "name": "Naboby"}, "institutions": []}
    assert town("load", "organisation", town.write("naboby.json", other)).code == 0
    ran = town("export", "policy")
    assert ran.code == 2
    assert "29990115" in ran.err
    assert "30110129" in ran.err
    assert town("export", "policy", "--municipality", "30110129").code == 0
    assert town("--municipality", "30110129", "export", "policy").code == 0
    ran = town("export", "policy", "--municipality", "11111111")
    assert ran.code == 2
    assert "11111111" in ran.err


def test_english_is_spoken_when_asked(town: Shell) -> None:
    danish, english = (
        town(*language, "load", "policy", town.write("p.json", "[]")).err for language in ((), ("--language", "en"))
    )
    assert "skal være" in danish
    assert "must be" in english


# --- loading ------------------------------------------------------------------------------------------------------------


def test_what_is_loaded_is_exported_in_the_same_form(town: Shell) -> None:
    assert town("load", "agreements", town.write("agreements.json", [AGREEMENT])).code == 0
    assert town("load", "orders", town.write("orders.jsonl", [ORDER])).code == 0
    supplier = {
        "cvr": "31220114", "gln": "5790009902010", "name": "Papirladen A/S", "active": True,
        "payment_accounts": [{"scheme": "DK:BANK", "registration": "2000", "account": "10000000"}],
    }  # fmt: skip
    assert town("load", "suppliers", town.write("suppliers.jsonl", [supplier])).code == 0
    receipt = {"order": "4500000001", "line": "10", "quantity": "20", "unit": "XPK", "date": "2026-03-05"}
    assert town("load", "receipts", town.write("receipts.jsonl", [receipt])).code == 0

    (agreement,) = json.loads(town("export", "agreements").out)
    assert {name: agreement[name] for name in ("number", "title", "level", "from", "to", "lots", "minimum_order")} == {
        name: AGREEMENT[name] for name in ("number", "title", "level", "from", "to", "lots", "minimum_order")
    }
    assert agreement["joined"] == AGREEMENT["joined"]
    (order,) = town("export", "orders").objects
    assert order["lines"][0]["price"] == "29.5"
    assert town("export", "receipts").objects == [receipt]
    assert town("export", "suppliers").objects == [supplier]
    organisation = json.loads(town("export", "organisation").out)
    assert organisation["municipality"] == ORGANISATION["municipality"]
    assert [one["user"] for one in organisation["people"]] == ["ida", "kaj"]

    for name, ending in (("agreements", "json"), ("orders", "jsonl"), ("receipts", "jsonl"), ("suppliers", "jsonl")):
        before = town("export", name).out
        assert town("load", name, town.write(f"again.{ending}", before)).code == 0
        assert town("export", name).out == before, f"{name} loaded again is not the same"


def test_goods_are_never_counted_on_another_suppliers_order_of_the_same_number(town: Shell) -> None:
    """Two suppliers, one order number: a row that names its supplier is its; one that names none is left out and said, also where only
    one of them has the line (it may be mistyped), and the rest is loaded."""
    other = {"cvr": "10000114", "gln": "5790010000002", "name": "Nordlys Engros A/S"}
    more = {**ORDER["lines"][0], "line": "70"}
    orders = [ORDER, {**ORDER, "supplier": other, "lines": [*ORDER["lines"], more]}]
    assert town("load", "orders", town.write("orders.jsonl", orders)).code == 0
    number, unit = ORDER["number"], ORDER["lines"][0]["unit"]
    line = ORDER["lines"][0]["line"]
    row = {"order": number, "line": line, "quantity": "3", "unit": unit, "date": "2026-03-05"}
    rows = [row, {**row, "supplier": other}, {**row, "line": "70", "quantity": "2"}]
    ran = town("load", "receipts", town.write("receipts.jsonl", rows))
    assert ran.code == 1
    assert [text for text in ("linje 1", "linje 2", "linje 3") if text in ran.err] == ["linje 1", "linje 3"]
    assert "udeladt" in ran.err
    assert town("export", "receipts").objects == [{**row, "supplier": other}]
    assert town("load", "receipts", town.write("again.jsonl", town("export", "receipts").objects)).code == 0
    assert len(town("export", "receipts").objects) == 1


def test_the_organisation_goes_out_as_a_workbook_and_comes_in_as_the_same(town: Shell, tmp_path: Path) -> None:
    more = {
        "municipality": {"cvr": "29990115"},
        "institutions": [
            {
                "gln": "5798009901026", "name": "Køkkenet, nord", "parent": "5798009901019", "glns": ["5798009901033"],
                "coding": {"cost_centre": "0021"}, "item_groups": ["50", "4713"], "yearly_budget": "64000.50",
                "address": {"street": "Vejen 7, st. tv.", "zip": "0899"},
                "delivery_points": [
                    {"name": "Port 2, bagsiden", "address": {"street": "=Vejen 9"}, "opening_days": [1, 3]},
                    {"name": "Kontoret"},
                ],
            }
        ],
        "people": [
            {"user": "bo", "name": "Bo", "email": "bo@proeveby.example",
             "roles": [{"role": "approver", "institution": "5798009901026", "limit": "2500.50"}]},
        ],
    }  # fmt: skip
    assert town("load", "organisation", town.write("more.json", more)).code == 0
    before = json.loads(town("export", "organisation").out)
    book = tmp_path / "organisation.xlsx"
    ran = town("export", "organisation", "--excel", book)
    assert (ran.code, ran.out) == (0, "")
    assert town("load", "organisation", book).code == 0
    assert json.loads(town("export", "organisation").out) == before, "the workbook changed what it was made from"
    # Into an empty house: what stood in the workbook is all there is to know.
    elsewhere = town.elsewhere("elsewhere")
    assert elsewhere("db", "upgrade").code == 0
    assert elsewhere("load", "organisation", book).code == 0
    assert json.loads(elsewhere("export", "organisation").out) == before


@pytest.mark.parametrize(
    ("what", "name", "content", "said"),
    [
        ("organisation", "o.json", "{not json", "o.json, linje 1"),
        ("organisation", "o.json", "[]", "municipality"),
        ("organisation", "o.json", '{"municipality": {"cvr": "123"}}', "cvr"),
        (
            "organisation",
            "o.json",
            '{"municipality": {"cvr": "29990115"}, "institutions": [{"gln": "123", "name": "x"}]}',
            "123",
        ),
        ("agreements", "a.json", '[{"number": "A-2", "level": "royal"}]', "royal"),
        ("agreements", "a.json", "{}", "a.json"),
        ("orders", "o.jsonl", '{"number": "1"}\n', "1"),
        ("orders", "o.jsonl", "[1, 2]\n", "o.jsonl, linje 1"),
        ("orders", "o.xml", "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'/>", "Order"),
        ("receipts", "r.jsonl", '{"order": "77", "line": "1", "quantity": "1", "unit": "EA"}\n', "r.jsonl, linje 1"),
        ("receipts", "r.jsonl", '\n{"order": "77"', "r.jsonl, linje 2"),
        ("suppliers", "s.jsonl", '{"name": "Uden nummer"}\n', "s.jsonl, linje 1"),
        ("suppliers", "s.jsonl", '{"cvr": "31220114", "name": "x", "active": "yes"}\n', "active"),
        ("policy", "p.json", '{"price_tolerance": "1"}', "price_tolerance"),
        ("policy", "p.json", '{"price_tolerance_percent": "en"}', "en"),
        ("classification", "c.csv", "14;Papir\nxx\n", "2"),
        ("catalogue", "k.xml", "hello", ""),
        ("catalogue", "k.xml", "<Catalogue", ""),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_nothing_kept(
    town: Shell, what: str, name: str, content: str, said: str
) -> None:
    before = [
        town("export", one).out for one in ("organisation", "agreements", "orders", "receipts", "suppliers", "policy")
    ]
    ran = town("load", what, town.write(name, content))
    assert ran.code == 2, ran
    assert ran.out == ""
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not re.search(r"(^|: )[a-z ]+$", ran.err.strip()), f"a code instead of a sentence: {ran.err}"
    assert before == [
        town("export", one).out for one in ("organisation", "agreements", "orders", "receipts", "suppliers", "policy")
    ]


def test_a_file_that_is_not_utf8_is_told_so(town: Shell) -> None:
    ran = town("load", "organisation", town.write("o.json", '{"municipality": {"name": "Ærø"}}'.encode("latin-1")))
    assert ran.code == 2
    assert "UTF-8" in ran.err


# --- documents ------------------------------------------------------------------------------------------------------------


def test_every_file_gets_an_answer_in_byte_order(town: Shell) -> None:
    folder = town.folder / "in"
    (folder / "b").mkdir(parents=True)
    for name in ("b/2.xml", "b/1.xml", "a.txt", "ø.xml", "B.xml"):
        (folder / name).write_text(f"<x>{name}</x>" if name.endswith("xml") else "not xml at all", encoding="utf-8")
    ran = town("receive", folder, "--json")
    assert ran.code == 1
    assert ran.err == ""
    assert [Path(one["file"]).relative_to(folder).as_posix() for one in ran.objects] == [
        "B.xml", "a.txt", "b/1.xml", "b/2.xml", "ø.xml",
    ]  # fmt: skip
    assert {one["outcome"] for one in ran.objects} == {"rejected"}
    assert all(one["findings"][0]["text"] for one in ran.objects)
    again = town("receive", folder, "--json")
    assert again.code == 0
    assert {one["outcome"] for one in again.objects} == {"duplicate"}
    assert [one["message"] for one in again.objects] == [one["message"] for one in ran.objects]


def test_too_large_a_document_is_refused_by_its_size(town: Shell) -> None:
    path = town.folder / "large.xml"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    (answer,) = town("receive", path, "--json").objects
    assert (answer["outcome"], answer["reasons"], answer["message"]) == ("rejected", ["unreadable"], None)
    assert answer["findings"][0]["code"] == "document_too_large"
    (checked,) = town("check", path, "--json").objects
    assert checked["valid"] is False


def test_check_changes_nothing_and_is_silent_where_there_are_no_rules(town: Shell) -> None:
    path = town.write("x.xml", "<Nyhed/>")
    ran = town("check", path, "--json")
    assert ran.code == 0
    assert ran.objects[0]["valid"] is None
    assert town.json("receive", path)[0]["outcome"] == "rejected", "check had kept the file"


def test_an_official_check_without_sheets_says_what_is_missing(town: Shell) -> None:
    ran = town("check", town.write("x.xml", "<Nyhed/>"), "--official")
    assert ran.code == 2
    assert "ESHOP_OFFICIAL_RULES" in ran.err


# --- people, tokens, copies ----------------------------------------------------------------------------------------------


def test_the_first_administrator_is_made_on_the_command_line(town: Shell) -> None:
    assert town("users", "add", "root", "--role", "administrator", "--full-name", "Drift").code == 0
    short = town("users", "password", "root", typed="kort\n")
    assert short.code == 2
    assert town("users", "password", "root", typed="et langt kodeord\n").code == 0
    refused = town("users", "add", "root", "--role", "finance")
    assert refused.code == 1, "an administrator may not also post"
    roles = {one["role"]: one["may"] for one in town.json("users", "roles")}
    assert "approve" in roles["approver"]
    assert "approve" not in roles["administrator"]
    assert town("users", "password", "nobody", typed="et langt kodeord\n").code == 2


def test_a_token_is_shown_once_and_can_be_revoked(town: Shell) -> None:
    (token,) = town.json("users", "token", "access-point", "--scope", "documents:write")
    assert token["token"].startswith("eshop_")
    assert town("users", "revoke", "access-point").code == 0
    assert town("users", "revoke", "access-point").code == 2


def test_a_backup_is_brought_back_whole(town: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert town("backup", copy).code == 0
    assert town("backup", copy).code == 1, "an existing file is not written over"
    assert town("load", "agreements", town.write("agreements.json", [AGREEMENT])).code == 0
    assert town("restore", copy).code == 1, "a database in use is not lost by mistake"
    assert town("restore", copy, "--replace").code == 0
    assert json.loads(town("export", "agreements").out) == []
    assert json.loads(town("export", "organisation").out)["municipality"]["name"] == "Prøveby Kommune"
    ran = town("restore", town.write("other.db", "SQLite, but not really"), "--replace")
    assert ran.code == 2
    assert json.loads(town("export", "organisation").out)["municipality"]["name"] == "Prøveby Kommune"


def test_a_backup_holds_the_catalogue_files_that_are_kept_beside_the_database(town: Shell, tmp_path: Path) -> None:
    data = town.folder / "var"
    digest, path = kept_files.keep(data, io.BytesIO(b"varenr;navn;enhed;pris\n" * 1000))
    assert town("backup", tmp_path / "copy.tar").code == 0
    path.unlink()
    assert town("restore", tmp_path / "copy.tar").code == 1, "a database in use is not lost by mistake"
    assert not path.exists()
    assert town("restore", tmp_path / "copy.tar", "--replace").code == 0
    assert path == kept_files.path_of(data, digest)
    assert path.read_bytes().startswith(b"varenr;")
    assert json.loads(town("export", "organisation").out)["municipality"]["name"] == "Prøveby Kommune"
    with tarfile.open(tmp_path / "hostile.tar", "w") as archive:
        evil = tarfile.TarInfo("../../evil")
        archive.addfile(evil, io.BytesIO())
    assert town("restore", tmp_path / "hostile.tar", "--replace").code == 2


def test_the_worker_drains_and_ends(town: Shell) -> None:
    assert town("work", "--once").code == 0


def test_what_the_help_says_of_a_command_is_what_the_command_says() -> None:
    context = click.Context(main)
    for name, (_, short) in main.told.items():
        command = main.get_command(context, name)
        assert command is not None
        assert (command.name, command.get_short_help_str(200)) == (name, short)


def test_the_first_day_is_as_the_readme_tells_it(shell: Shell) -> None:
    assert (
        "eshop load organisation"
        in shell("users", "add", "root", "--role", "administrator", "--municipality", "29990115").err
    )
    least = {"municipality": {"cvr": "29990115", "name": "Prøveby Kommune"}}
    assert shell("load", "organisation", shell.write("least.json", least)).code == 0
    assert shell("users", "add", "root", "--role", "administrator").code == 0
    assert shell("users", "password", "root", typed="et langt kodeord\n").code == 0
    assert [one["user"] for one in json.loads(shell("export", "organisation").out)["people"]] == ["root"]
