"""The official sheets behind their own process: with two small sheets of our own, and with the publishers' where laid out."""

import importlib.util
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from eshop.errors import BadInput, ConfigurationError
from eshop.ubl import official
from eshop.ubl.official import OfficialRules, SheetFailed, Verdict

OWN = Path(__file__).parents[2] / "data/official-rules"
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
BASIC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
HEADER = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def invoice(inside: str, customization: str = "urn:our:house-invoice:1") -> bytes:
    start = f'<Invoice xmlns="{INVOICE}" xmlns:cbc="{BASIC}"><cbc:CustomizationID>{customization}</cbc:CustomizationID>'
    return f"{start}{inside}</Invoice>".encode()


GOOD = invoice(
    "<cbc:ID>1</cbc:ID><cbc:Note>n</cbc:Note>"
    "<cbc:Amount>0.10</cbc:Amount><cbc:Amount>0.20</cbc:Amount><cbc:TotalAmount>0.30</cbc:TotalAmount>"
)


@pytest.fixture(scope="module")
def rules() -> Iterator[OfficialRules]:
    with OfficialRules(OWN) as opened:
        yield opened


def test_a_good_document_is_valid(rules: OfficialRules) -> None:
    assert rules.check(GOOD) == Verdict(valid=True)
    assert rules.check(GOOD).as_json() == {"valid": True, "errors": [], "warnings": []}


def test_errors_and_warnings_of_all_sheets_are_named_by_id(rules: OfficialRules) -> None:
    verdict = rules.check(invoice("<cbc:ID> </cbc:ID><cbc:Amount>1</cbc:Amount><cbc:TotalAmount>2</cbc:TotalAmount>"))
    assert verdict == Verdict(False, ("F-HOUSE03", "HOUSE-01"), ("HOUSE-02", "W-HOUSE04"))


def test_a_warning_alone_leaves_a_document_valid(rules: OfficialRules) -> None:
    verdict = rules.check(
        invoice("<cbc:ID>1</cbc:ID><cbc:Amount>1</cbc:Amount><cbc:TotalAmount>1.00</cbc:TotalAmount>")
    )
    assert verdict == Verdict(True, (), ("HOUSE-02", "W-HOUSE04"))


def test_the_schema_is_asked_too(rules: OfficialRules) -> None:
    verdict = rules.check(invoice("<cbc:Note>n</cbc:Note><cbc:ID>1</cbc:ID>"))
    assert verdict is not None
    assert not verdict.valid
    assert verdict.errors == ()
    assert "Note" in (verdict.schema_error or "")


def test_an_envelope_is_opened(rules: OfficialRules) -> None:
    wrapped = (
        f'<s:StandardBusinessDocument xmlns:s="{HEADER}"><s:StandardBusinessDocumentHeader/>'.encode()
        + GOOD
        + b"</s:StandardBusinessDocument>"
    )
    assert rules.check(wrapped) == Verdict(valid=True)


def test_where_no_entry_applies_there_is_no_verdict(rules: OfficialRules) -> None:
    assert rules.check(invoice("<cbc:ID>1</cbc:ID>", customization="urn:other")) is None
    assert rules.check(b"<Order/>") is None


@pytest.mark.parametrize(
    "body",
    [b"", b"no xml", b"<Invoice>", b'<!DOCTYPE Invoice [<!ENTITY a "b">]><Invoice>&a;</Invoice>'],
    ids=["empty", "text", "truncated", "entity"],
)
def test_what_cannot_be_read_is_said(rules: OfficialRules, body: bytes) -> None:
    with pytest.raises(BadInput) as raised:
        rules.check(body)
    assert raised.value.code == "unreadable"
    assert rules.check(GOOD) == Verdict(valid=True)


def test_a_value_that_a_sheet_cannot_compute_fails_that_document_only(rules: OfficialRules) -> None:
    with pytest.raises(SheetFailed):
        rules.check(invoice("<cbc:ID>1</cbc:ID><cbc:Amount>1.234,50</cbc:Amount><cbc:TotalAmount>1</cbc:TotalAmount>"))
    assert rules.check(GOOD) == Verdict(valid=True)


def test_a_sheet_that_hangs_is_stopped_and_the_next_document_is_judged() -> None:
    with OfficialRules(OWN, timeout=2) as rules:
        with pytest.raises(SheetFailed) as raised:
            rules.check(invoice("<cbc:ID>1</cbc:ID>", customization="house-slow"))
        assert "2 s" in raised.value.values["reason"]
        assert rules.check(GOOD) == Verdict(valid=True)


def test_a_worker_that_dies_is_replaced() -> None:
    with OfficialRules(OWN) as rules:
        assert rules.check(GOOD) == Verdict(valid=True)
        assert rules._process is not None
        rules._process.kill()
        rules._process.wait()
        assert rules.check(GOOD) == Verdict(valid=True)


def test_a_worker_is_renewed_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "RENEW_AFTER", 2)
    with OfficialRules(OWN) as rules:
        seen = set()
        for _ in range(3):
            assert rules.check(GOOD) == Verdict(valid=True)
            assert rules._process is not None
            seen.add(rules._process.pid)
        assert len(seen) == 2


def test_threads_share_one_worker() -> None:
    with OfficialRules(OWN) as rules:
        bad = invoice("<cbc:ID> </cbc:ID><cbc:Note>n</cbc:Note>")
        answers: list[bool] = []

        def ask(body: bytes, valid: bool) -> None:
            answers.extend(rules.check(body).valid is valid for _ in range(10))

        threads = [threading.Thread(target=ask, args=(body, body is GOOD)) for body in (GOOD, bad, GOOD, bad)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [True] * 40


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "official_index_unusable"),
        ("{", "official_index_unusable"),
        ('{"document": "Invoice"}', "official_index_unusable"),
        ('["Invoice"]', "official_index_unusable"),
        ('[{"document": "Invoice", "customization": "x"}]', "official_index_unusable"),
        ('[{"document": "Invoice", "customization": "x", "sheets": ["none.xslt"]}]', "official_sheet_missing"),
        ('[{"document": "Invoice", "customization": "x", "sheets": [], "schema": "no.xsd"}]', "official_sheet_missing"),
    ],
)
def test_a_folder_that_cannot_be_used_is_said_at_once(tmp_path: Path, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / "index.json").write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        OfficialRules(tmp_path)
    assert raised.value.code == code


def test_without_the_extra_it_says_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError) as raised:
        OfficialRules(OWN)
    assert raised.value.values == {"extra": "official-rules"}


def test_the_first_entry_that_fits_applies(tmp_path: Path) -> None:
    shutil.copytree(OWN, tmp_path, dirs_exist_ok=True)
    rows = [
        {"document": "Invoice", "customization": "house", "sheets": ["names.xslt"]},
        *json.loads((OWN / "index.json").read_text()),
    ]
    (tmp_path / "index.json").write_text(json.dumps(rows))
    with OfficialRules(tmp_path) as rules:
        assert rules.check(invoice("<cbc:Note>n</cbc:Note>")) == Verdict(False, ("HOUSE-01",))


@pytest.mark.official
def test_the_publishers_sheets_say_what_the_corpus_records(corpus: Path, official_rules: Path) -> None:
    differing = []
    with OfficialRules(official_rules) as rules:
        for recorded in sorted((corpus / "standards").rglob("expected.jsonl")):
            for row in map(json.loads, recorded.read_text(encoding="utf-8").splitlines()):
                if row["valid"] is None:
                    continue
                verdict = rules.check((recorded.parent / row["file"]).read_bytes())
                assert verdict is not None
                said = (verdict.valid, list(verdict.errors), list(verdict.warnings), verdict.schema_error is None)
                wanted = (row["valid"], row["official_errors"], row["official_warnings"], row["xsd_valid"])
                if said != wanted:
                    differing.append((row["file"], said, wanted))
    assert differing == []
