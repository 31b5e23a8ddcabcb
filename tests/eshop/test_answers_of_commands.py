"""What each command answers: the fields and words of INTERFACES §2, one by one, on a small municipality that uses them all.

The names here are written by hand after the contract, not read from the product. A field may be added; none may go or change its name.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from eshop import ubl
from eshop.demo import paper
from eshop.identity import COPENHAGEN
from tests.catalogues import documents
from tests.conftest import ROOT
from tests.shell import Shell

GLN = "5798009901019"
CVR = "31220114"
SELLER = paper.Seller(paper.Company(CVR, "5790009902010", "Papirladen A/S"), "peppol-bis-3", "2000", "0010000000")
BUYER = paper.Company("29990115", GLN, "Prøvehuset", "Prøvevej 1")
PRICES = """Varenr;Varenavn;Enhed;Pris;EAN;UNSPSC;Moms
100;Kopipapir A4, 500 ark;pakke;29,50;;14111507;25
101;Kopipapir A3, 500 ark;pakke;59,00;;14111507;25
102;Karton i ukendt enhed;snes-bundt;12,00;;14111507;25
"""


def today() -> date:
    """The command line reads the operator's clock, and the municipality's calendar: of an evening that is a day ahead of UTC's."""
    return datetime.now(COPENHAGEN).date()


def given() -> dict[str, Any]:
    """The files a municipality begins with."""
    day = today()
    year = f"{day.year}-01-01"
    return {
        "organisation.json": {
            "municipality": {
                "cvr": "29990115", "name": "Prøveby Kommune", "dimensions": ["function", "cost_centre", "art"],
                "default_coding": {"function": "5.25.14", "cost_centre": "1000", "art": "2.9"},
            },
            "institutions": [{"gln": GLN, "name": "Prøvehuset"}],
            "people": [
                {"user": "ida", "name": "Ida", "roles": [{"role": "orderer", "institution": GLN}]},
                {"user": "jens", "name": "Jens", "roles": [{"role": "approver", "institution": GLN, "limit": "50000"}]},
            ],
        },
        "agreements.json": [
            {
                "number": "A-1", "title": "Papir", "level": "own", "from": f"{day.year - 1}-01-01",
                "to": f"{day.year + 1}-12-31",
                "supplier": {"cvr": CVR, "gln": "5790009902010", "name": "Papirladen A/S"},
                "unspsc": ["1411"], "joined": [{"cvr": "29990115", "lot": None, "from": year, "to": None}],
            }
        ],
        "suppliers.jsonl": [
            {
                "cvr": CVR, "gln": "5790009902010", "name": "Papirladen A/S",
                "payment_accounts": [{"scheme": "DK:BANK", "registration": "2000", "account": "0010000000"}],
            }
        ],
    }  # fmt: skip


@pytest.fixture
def market(shell: Shell) -> Shell:
    """A municipality with one agreement whose catalogue is live."""
    for name, content in given().items():
        ran = shell("load", name.partition(".")[0], shell.write(name, content))
        assert ran.code == 0, ran.err
    return shell


def loaded(market: Shell, *how: str) -> list[dict[str, Any]]:
    return market.json("load", "catalogue", market.write("priser.csv", PRICES), "--agreement", "A-1", *how)


def has(answer: dict[str, Any], names: str) -> dict[str, Any]:
    """The answer, which has every one of the names."""
    lacking = sorted(set(names.split()) - set(answer))
    assert lacking == [], f"{lacking} are not in {answer}"
    return answer


def is_decimal(text: object) -> bool:
    """Whether it is a decimal string: never a JSON number, which others would read as a float."""
    return isinstance(text, str) and Decimal(text).is_finite()


def test_a_catalogue_is_told_line_by_line_and_summed(market: Shell) -> None:
    *lines, last = loaded(market, "--dry-run")
    refused = [has(one, "line seller_item_id result findings yearly_effect") for one in lines]
    assert [(one["seller_item_id"], one["result"], one["yearly_effect"]) for one in refused] == [
        ("102", "refused", None)
    ]
    finding = has(refused[0]["findings"][0], "code severity where rule text")
    assert finding["severity"] == "error"
    assert "snes-bundt" in finding["text"]
    summary = has(
        last["catalogue"],
        "version supplier agreement lines accepted refused unchanged new changed removed price_up price_down live",
    )
    has(summary["supplier"], "cvr gln name")
    assert summary["agreement"] == "A-1"
    assert [summary[name] for name in ("lines", "accepted", "refused", "unchanged", "new", "live")] == [
        3,
        2,
        1,
        0,
        2,
        0,
    ]
    (offer,) = market.json("offer", f"{CVR}/100", "--institution", GLN)
    assert offer["reason"] == "unknown_item", "a dry run kept something"

    *_, last = loaded(market, "--accept")
    assert last["catalogue"]["live"] == 2
    # The same again is no news: nothing to tell of the plain lines, and what is live stays.
    *lines, last = loaded(market)
    assert {one["result"] for one in lines} <= {"refused"}
    assert (last["catalogue"]["unchanged"], last["catalogue"]["refused"]) == (2, 1)


def test_what_is_harmless_is_info_and_what_to_look_at_is_a_warning(market: Shell) -> None:
    loaded(market, "--accept")
    changed = PRICES.replace("59,00", "590,00").replace("Kopipapir A4, 500 ark", "Kopipapir A4, 500 ark, hvid")
    file = market.write("nye-priser.csv", changed)
    *lines, last = market.json("load", "catalogue", file, "--agreement", "A-1")
    worst = {
        one["seller_item_id"]: {finding["severity"] for finding in one["findings"]} for one in lines if one["findings"]
    }
    assert worst["101"] == {"warning"}, "ten times the price is looked at"
    assert worst.get("100", {"info"}) == {"info"}, "another word in the name is harmless"
    assert last["catalogue"]["price_up"] == 1


def test_the_way_of_an_order_as_the_commands_tell_it(market: Shell) -> None:
    loaded(market, "--accept")

    hits = market.json("search", "kopipapir", "--institution", GLN)
    assert [one["rank"] for one in hits] == [1, 2]
    for one in hits:
        has(one, "item seller_item_id gtin name supplier agreement price unit comparison rank")
        assert set(one["supplier"]) >= {"cvr", "name"}
        assert is_decimal(one["price"])
        assert one["comparison"] is None or is_decimal(has(one["comparison"], "price unit")["price"])
    item = hits[0]["item"]
    assert len(market.json("search", "kopipapir", "--institution", GLN, "--limit", "1")) == 1

    ran = market("offer", item, "--institution", GLN, "--json")
    assert ran.code == 0
    offer = has(ran.objects[0], "item orderable reason price base_quantity unit agreement valid_to")
    assert (offer["orderable"], offer["reason"], offer["agreement"]) == (True, None, "A-1")
    assert is_decimal(offer["price"])
    assert is_decimal(offer["base_quantity"])
    too_late = f"{today().year + 2}-06-01"
    ran = market("offer", item, "--institution", GLN, "--on", too_late, "--json")
    assert (ran.code, ran.objects[0]["reason"], ran.objects[0]["price"]) == (1, "agreement_not_in_force", None)
    early = f"{today().year - 1}-06-01"
    assert market.json("offer", item, "--institution", GLN, "--on", early)[0]["reason"] == "not_joined"

    wanted = {
        "institution": GLN, "by": "ida", "reference": "Stue 2", "coding": {"cost_centre": "2114"},
        "lines": [
            {"item": item, "quantity": "2"},
            {"seller_item_id": "101", "supplier": CVR, "quantity": "1"},
        ],
    }  # fmt: skip
    (placed,) = market.json("orders", "place", market.write("order.json", wanted))
    names = "number state supplier agreement institution lines total approval documents receipts invoices cost"
    has(placed, names)
    assert (placed["institution"], placed["agreement"], placed["reference"]) == (GLN, "A-1", "Stue 2")
    assert [line["quantity"] for line in placed["lines"]] == ["2", "1"]
    has(placed["approval"], "needed why who")
    has(placed["cost"], "purchase receipt payment total channel")
    assert placed["coding"]["cost_centre"] == "2114"
    number = placed["number"]

    (sent,) = market.json("orders", "send")
    assert (sent["number"], sent["state"]) == (number, "sent")
    for word, customization in (("oioubl", "OIOUBL-2.1"), ("peppol", "urn:fdc:peppol.eu:poacc:trns:order:3")):
        written = market("orders", "show", number, "--ubl", word)
        assert written.code == 0
        identification, order = ubl.open_document(written.out.encode())
        assert identification.document_type == "Order"
        assert customization in written.out
        assert str(order.id) == number

    receipts = [
        {
            "order": number,
            "line": line["line"],
            "quantity": line["quantity"],
            "unit": line["unit"],
            "date": str(today()),
        }
        for line in placed["lines"]
    ]
    assert market("load", "receipts", market.write("receipts.jsonl", receipts)).code == 0
    billed = [
        paper.Billed(
            line["name"], Decimal(line["quantity"]), line["unit"], Decimal(line["price"]), number, line["line"],
            line["seller_item_id"], line["gtin"], line["unspsc"],
        )
        for line in placed["lines"]
    ]  # fmt: skip
    invoice = ubl.write(paper.bill(paper.Bill("F-1", SELLER, BUYER, today(), billed, number)), "peppol-bis-3")
    (answer,) = market.json("receive", market.write("F-1.xml", invoice))
    has(
        answer,
        "file message document_type profile document_id supplier institution outcome reasons orders candidates lines gross "
        "findings",
    )
    assert (answer["document_type"], answer["profile"], answer["document_id"]) == ("Invoice", "peppol-bis-3", "F-1")
    assert (answer["orders"], answer["institution"], answer["supplier"]["cvr"]) == ([number], GLN, CVR)
    # Ida ordered it, the file of receipts names nobody: that is one person, and somebody else looks at it.
    assert (answer["outcome"], answer["reasons"]) == ("held", ["two_persons"])
    for line in answer["lines"]:
        has(line, "line order order_line status statuses quantity variance")
        assert (line["order"], line["status"] in line["statuses"]) == (number, True)
        assert is_decimal(line["quantity"])
        assert is_decimal(line["variance"])
    again = market("receive", market.folder / "F-1.xml", "--json")
    assert again.code == 0
    assert again.objects[0]["outcome"] == "duplicate"
    assert "duplicate_bytes" in again.objects[0]["reasons"]
    assert again.objects[0]["message"] == answer["message"]

    (shown,) = market.json("orders", "show", number)
    has(shown, names)
    assert [one["quantity"] for one in shown["receipts"][0]["lines"]] == ["2"]
    assert [one["number"] for one in shown["invoices"]] == ["F-1"]
    assert {one["document_type"] for one in shown["documents"]} >= {"Order"}
    assert market.json("replay") == []


@pytest.mark.parametrize(
    "figure",
    ["e-commerce-degree", "compliance", "price-compliance", "transaction-cost", "touchless-share", "invoice-quality"],
)
def test_a_figure_is_told_with_its_definition_and_parts(market: Shell, figure: str) -> None:
    (shown,) = market.json("report", figure, "--period", f"{today().year}")
    has(shown, "figure definition version period numerator denominator value target parts")
    assert (shown["figure"], shown["period"]) == (figure, f"{today().year}")
    assert len(shown["definition"]) > 20
    ran = market("report", figure, "--csv", "--institution", GLN)
    assert ran.code == 0
    assert ran.out.splitlines()[0].startswith("figure;version;period;")


def test_a_check_says_what_the_rules_say_and_with_the_sheets_what_they_say(
    market: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = paper.Billed("Kopipapir", Decimal(1), "XPK", Decimal("29.50"), None, None, "100", None, "14111507")
    good = ubl.write(paper.bill(paper.Bill("F-2", SELLER, BUYER, today(), [line], "B-1")), "peppol-bis-3")
    wrong = good.replace(b">29.50</cbc:TaxExclusiveAmount>", b">30.50</cbc:TaxExclusiveAmount>")
    assert wrong != good
    told = [
        market.json("check", market.write(f"{name}.xml", text)) for name, text in (("good", good), ("wrong", wrong))
    ]
    ((valid,), (invalid,)) = told
    for one in (valid, invalid):
        has(one, "file document_type profile valid findings")
    assert (valid["valid"], invalid["valid"]) == (True, False)
    assert {"BR-CO-13"} <= {one["rule"] for one in invalid["findings"]}
    assert all(has(one, "code severity where rule text")["text"] for one in invalid["findings"])

    monkeypatch.setenv("ESHOP_OFFICIAL_RULES", str(ROOT / "tests/data/official-rules"))
    (checked,) = market.json("check", market.folder / "good.xml", "--official")
    assert "official" in checked
    assert checked["official"] is None or set(checked["official"]) >= {"valid", "errors", "warnings"}


def test_postings_go_out_in_numbered_batches_that_come_again_byte_for_byte(market: Shell) -> None:
    ran = market("export", "postings")
    assert (ran.code, ran.out) == (1, ""), "nothing to export is said, not written"
    order = {
        "number": "4500000001", "supplier": {"cvr": CVR, "gln": "5790009902010", "name": "Papirladen A/S"},
        "institution": {"gln": GLN, "name": "Prøvehuset"}, "date": str(today() - timedelta(days=9)), "status": "open",
        "match": "3-way", "freight_allowed": True, "currency": "DKK", "reference": "Stue 2",
        "lines": [
            {"line": "10", "seller_item_id": "100", "name": "Kopipapir A4", "unspsc": "14111507", "quantity": "4",
             "unit": "XPK", "price": "29.50", "base_quantity": "1", "vat_percent": "25"},
        ],
    }  # fmt: skip
    assert market("load", "orders", market.write("orders.jsonl", [order])).code == 0
    receipt = {"order": "4500000001", "line": "10", "quantity": "4", "unit": "XPK", "date": str(today())}
    assert market("load", "receipts", market.write("r.jsonl", [receipt])).code == 0
    line = paper.Billed(
        "Kopipapir A4", Decimal(4), "XPK", Decimal("29.50"), "4500000001", "10", "100", None, "14111507"
    )
    bill = ubl.write(paper.bill(paper.Bill("F-3", SELLER, BUYER, today(), [line], "4500000001")), "peppol-bis-3")
    (answer,) = market.json("receive", market.write("F-3.xml", bill))
    assert (answer["outcome"], answer["reasons"]) == ("posted", [])

    first = market("export", "postings", "--format", "csv")
    assert first.code == 0
    assert first.out.splitlines()[1].startswith("1;")
    assert market("export", "postings").code == 1, "the next batch has nothing"
    assert market("export", "postings", "--batch", "1").out == first.out
    assert market("export", "postings", "--batch", "2").code == 2
    other = market("export", "postings", "--batch", "1", "--format", "json")
    assert (other.code, other.out) == (2, ""), (
        "the same bytes or none: a batch is not had in another format than it was made in"
    )
    assert "csv" in other.err
    assert market("export", "postings", "--acknowledge").code == 2, "it must be said which"

    # The ledger refuses it: all of it goes out again with the next number, in the ledger's own form.
    assert market("export", "postings", "--batch", "1", "--take-back", "Regnskabet var lukket").code == 0
    again = market("export", "postings", "--batch", "1", "--take-back", "en gang til")
    assert again.code == 1, "taken back once is taken back"
    second = market("export", "postings", "--format", "g69")
    assert second.code == 0
    assert second.out
    ran = market("export", "postings", "--batch", "2", "--acknowledge")
    assert (ran.code, ran.out) == (0, "")
    assert market("export", "postings", "--batch", "2", "--take-back", "for sent").code == 1
    assert market("export", "postings", "--batch", "2").out == second.out, "acknowledged, it can still be had again"
    assert market("export", "postings", "--format", "json").code == 1


# --- Ctrl-C ---------------------------------------------------------------------------------------------------------------


def interrupted(shell: Shell, *arguments: object, when: Any) -> tuple[int, str, str]:
    """The command in a process of its own, with Ctrl-C as soon as `when()` says so. It hears Ctrl-C, as a command at a terminal does,
    also where the tests themselves were started in the background, which are deaf to it."""
    hears = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "eshop", *map(str, arguments)],
            env=os.environ.copy(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, hears)
    until = time.monotonic() + 60
    while not when() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def is_being_written(shell: Shell) -> bool:
    """Whether some process has its unit of work open on the database."""
    asking = sqlite3.connect(str(shell.database.url.database), timeout=0, isolation_level=None)
    try:
        asking.execute("BEGIN IMMEDIATE")
        asking.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        asking.close()
    return False


def test_a_load_stopped_by_hand_leaves_nothing_half(market: Shell) -> None:
    loaded(market, "--accept")
    file = market.folder / "large.csv"
    with file.open("w", encoding="utf-8") as opened:
        opened.write("Varenr;Varenavn;Enhed;Pris;EAN;UNSPSC;Moms\n")
        opened.writelines(f"L-{number};Papir nummer {number};pakke;29,50;;14111507;25\n" for number in range(60_000))
    code, out, err = interrupted(
        market, "load", "catalogue", file, "--agreement", "A-1", "--accept-all", "--json",
        when=lambda: is_being_written(market),
    )  # fmt: skip
    assert code == 130
    assert (out, "Traceback" in err) == ("", False)
    assert err.strip()
    assert market.json("offer", f"{CVR}/L-1", "--institution", GLN)[0]["reason"] == "unknown_item"
    assert market.json("offer", f"{CVR}/100", "--institution", GLN)[0]["orderable"] is True
    # And nothing of it stands in the way of trying again.
    *_, last = loaded(market)
    assert last["catalogue"]["unchanged"] == 2


def test_a_reception_stopped_by_hand_keeps_each_file_whole_and_goes_on_where_it_stopped(market: Shell) -> None:
    folder = market.folder / "in"
    folder.mkdir()
    line = paper.Billed("Kopipapir", Decimal(1), "XPK", Decimal("29.50"), None, None, "100", None, "14111507")
    number = 150
    for one in range(number):
        bill = paper.Bill(f"F-{9000 + one}", SELLER, BUYER, today(), [line], None, "Ida")
        (folder / f"{one:04}.xml").write_bytes(ubl.write(paper.bill(bill), "peppol-bis-3"))
    kept = market.folder / "eshop.sqlite-wal"
    before = kept.stat().st_size if kept.exists() else 0
    code, out, err = interrupted(
        market, "receive", folder, "--json", when=lambda: kept.exists() and kept.stat().st_size > before + 100_000
    )
    assert (code, "Traceback" in err) == (130, False)
    told = [json.loads(one) for one in out.splitlines()]
    rest = market.json("receive", folder)
    assert len(rest) == number
    done = [one for one in rest if one["outcome"] == "duplicate"]
    fresh = [one for one in rest if one["outcome"] != "duplicate"]
    assert done
    assert fresh
    # Whatever was told had been kept; the file in hand when it stopped is whole or not there at all.
    assert 0 <= len(done) - len(told) <= 1
    assert {one["outcome"] for one in (*fresh, *told)} == {"manual"}
    assert {Path(one["file"]).name for one in rest} == {f"{one:04}.xml" for one in range(number)}


def test_a_sheet_that_leaves_much_out_goes_live_only_when_it_is_said_what_becomes_of_the_rest(market: Shell) -> None:
    head = "Varenr;Navn;Enhed;Pris;UNSPSC\n"
    rows = [f"V-{number};Vare {number};stk;{number},00;14111507\n" for number in range(1, 6)]
    whole = market.write("hele.csv", head + "".join(rows))
    assert market("load", "catalogue", whole, "--agreement", "A-1", "--accept").code == 0
    part = market.write("del.csv", head + "V-1;Vare 1;stk;1,01;14111507\n")
    refused = market("load", "catalogue", part, "--agreement", "A-1", "--accept")
    assert refused.code == 2
    assert "4 af 5 varer ville udgå, fordi de ikke står i filen." in refused.err, refused.err
    kept = market("load", "catalogue", part, "--agreement", "A-1", "--accept", "--missing", "keep", "--json")
    assert (kept.code, kept.objects[-1]["catalogue"]["live"]) == (0, 5)
    gone = market("load", "catalogue", part, "--agreement", "A-1", "--accept", "--missing", "go", "--json")
    assert (gone.code, gone.objects[-1]["catalogue"]["live"]) == (0, 1)


def test_a_document_that_leaves_much_out_is_asked_about_too_and_whoever_takes_all_has_said_it(market: Shell) -> None:
    supplier = {"contract": "A-1", "gln": "5790009902010", "cvr": CVR, "name": "Papirladen A/S"}
    lines = [documents.line(str(number), price="10.00", unspsc="14111507") for number in range(60)]
    whole = market.write("hele.xml", documents.catalogue(lines, **supplier).decode())
    assert market("load", "catalogue", whole, "--accept").code == 0
    part = market.write("del.xml", documents.catalogue(lines[:20], version="2", **supplier).decode())
    refused = market("load", "catalogue", part, "--accept")
    assert refused.code == 2
    assert "40 af 60 varer ville udgå" in refused.err, refused.err
    kept = market("load", "catalogue", part, "--accept", "--missing", "keep", "--json")
    assert (kept.code, kept.objects[-1]["catalogue"]["live"]) == (0, 60)
    fewer = market.write("færre.xml", documents.catalogue(lines[:50], version="3", **supplier).decode())
    assert market("load", "catalogue", fewer, "--accept", "--json").objects[-1]["catalogue"]["live"] == 50
    gone = market("load", "catalogue", part, "--accept-all", "--json")
    assert (gone.code, gone.objects[-1]["catalogue"]["live"]) == (0, 20)
    small = market.write("lille.xml", documents.catalogue(lines[:5], version="4", **supplier).decode())
    assert market("load", "catalogue", small, "--accept", "--json").objects[-1]["catalogue"]["live"] == 5
