"""How money, days, numbers and units are written, and that every text is there in both languages."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

import catalogues
import invoicing
import ordering
from eshop import exchange, translations, wording
from eshop.amounts import Amount, Percent, Quantity
from eshop.workflow import Workflow
from invoicing.verdicts import NOTICES, STOPS


@pytest.mark.parametrize(
    ("ore", "danish", "english"),
    [
        (159860, "1.598,60\u00a0kr.", "1,598.60\u00a0kr."),
        (0, "0,00\u00a0kr.", "0.00\u00a0kr."),
        (-120000, "−1.200,00\u00a0kr.", "−1,200.00\u00a0kr."),
        (123456789012, "1.234.567.890,12\u00a0kr.", "1,234,567,890.12\u00a0kr."),
    ],
)
def test_money(ore: int, danish: str, english: str) -> None:
    assert wording.kroner(Amount(ore)) == danish
    assert wording.kroner(Amount(ore), "en") == english


def test_signs_are_typographic_and_said_when_asked() -> None:
    assert wording.kroner(Amount(2410), signed=True) == "+24,10\u00a0kr."
    assert wording.percent(Decimal("-6.1"), signed=True) == "−6,1\u00a0%"
    assert wording.number(Decimal("-0.5")) == "−0,5"


def test_days_have_a_year_only_when_it_is_not_this_one() -> None:
    day = date(2026, 5, 14)
    assert wording.day(day, this_year=2026) == "14. maj"
    assert wording.day(day, this_year=2025) == "14. maj 2026"
    assert wording.day(day, weekday=True, this_year=2026) == "torsdag 14. maj"
    assert wording.day(day, "en", weekday=True, this_year=2026) == "Thursday 14 May"


def test_moments_are_in_danish_time() -> None:
    assert wording.moment(datetime(2026, 5, 12, 7, 20, tzinfo=UTC), this_year=2026) == "12. maj kl. 9.20"
    assert wording.moment(datetime(2026, 1, 12, 23, 5, tzinfo=UTC), this_year=2026) == "13. januar kl. 0.05"


@pytest.mark.parametrize(
    ("number", "code", "danish", "english"),
    [
        ("1", "CT", "1\u00a0karton", "1\u00a0carton"),
        ("2", "XCT", "2\u00a0kartoner", "2\u00a0cartons"),
        ("5.3", "KGM", "5,3\u00a0kg", "5.3\u00a0kg"),
        ("12", "C62", "12\u00a0stk.", "12\u00a0pieces"),
        ("1", "QQQ", "1\u00a0QQQ", "1\u00a0QQQ"),
    ],
)
def test_quantities(number: str, code: str, danish: str, english: str) -> None:
    assert wording.quantity(Decimal(number), code) == danish
    assert wording.quantity(Decimal(number), code, "en") == english


def test_prices_keep_the_decimals_they_have() -> None:
    assert wording.price(Decimal("178.8")) == "178,80"
    assert wording.price(Decimal("0.0475")) == "0,0475"


def test_values_in_sentences_are_written_as_people_write_them() -> None:
    shown = {
        Amount(4500): "45,00\u00a0kr.",
        Percent(Decimal(2)): "2,0\u00a0%",
        Quantity(Decimal(3), "CT"): "3\u00a0kartoner",
        Decimal("2.50"): "2,5",
        date(2026, 5, 14): "14. maj 2026",
        None: "–",
        True: "ja",
    }
    assert {value: wording.shown_value(value) for value in shown} == shown


def test_a_sentence_that_misses_a_value_still_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "sentences", lambda: {"planted": ("Costs {amount}.", "Koster {amount}.")})
    assert wording.sentence("planted", {"amount": Amount(100)}) == "Koster 1,00\u00a0kr."
    assert wording.sentence("planted", {}) == "Koster …."
    assert wording.sentence("unknown_code") == "unknown code"


def test_no_code_is_worded_in_two_ways() -> None:
    assert wording.conflicts() == []


def test_the_parts_of_the_danish_texts_agree_and_lack_nothing() -> None:
    assert translations.missing() == []
    assert len(translations.merged()) > 400


# --- no code of ours inside a sentence ----------------------------------------------------------------------------------


def lifecycles() -> Iterator[Workflow]:
    for room in (catalogues, ordering, invoicing):
        for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            module = importlib.import_module(found.name)
            yield from (one for one in vars(module).values() if isinstance(one, Workflow))
    yield exchange.OUTBOX


@pytest.mark.parametrize("locale", ["da", "en"])
def test_what_cannot_be_done_now_is_said_in_words_of_every_thing_and_state(locale: wording.Locale) -> None:
    told = {(one.name, state) for one in lifecycles() for state in one.states}
    told |= {("posting_batch", state) for state in ("exported", "acknowledged", "taken_back")}
    told |= {("claim", state) for state in ("open", "settled", "withdrawn")}
    told |= {("account", state) for state in ("proposed", "known", "closed")}
    told |= {("invoice", "looked_at"), ("Job", "waiting"), ("Job", "claimed"), ("Job", "dead")}
    assert len(told) > 50
    lacking = [
        (thing, state)
        for thing, state in sorted(told)
        if f"thing:{thing}" not in wording.sentences() or f"state:{thing}:{state}" not in wording.sentences()
    ]
    assert lacking == []
    said = wording.sentence("not_now", {"thing": "posting_batch", "state": "acknowledged"}, locale)
    assert said.endswith(
        "bundtet er allerede modtaget i økonomisystemet."
        if locale == "da"
        else "the batch is taken by the ledger already."
    )


CODED = {"thing": "thing", "who": "role", "layers": "layers", "what": "what", "verb": "verb"}
"""Names of values that are codes of ours, and whose words they are said in."""


def raised() -> Iterator[tuple[str, str, str]]:
    """(code, name, value) of every value that is written out where an error or finding is made."""
    here = Path(__file__).resolve().parents[2]
    for part in ("catalogues", "ordering", "invoicing", "eshop"):
        for path in (here / part).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                code = node.args[0].value
                for keyword in node.keywords:
                    listed = keyword.value.elts if isinstance(keyword.value, ast.List) else [keyword.value]
                    for one in listed:
                        if isinstance(one, ast.Constant) and isinstance(one.value, str) and isinstance(code, str):
                            yield code, keyword.arg or "", one.value


def test_no_code_of_ours_stands_inside_a_danish_sentence() -> None:
    lacking = set()
    for code, name, value in raised():
        if code not in wording.sentences() or name not in CODED or code.startswith("cxml"):
            continue
        used = {field: spec for _, field, spec, _ in Formatter().parse(wording.sentences()[code][1]) if field}
        if name in used and f"{used[name] or CODED[name]}:{value}" not in wording.sentences():
            lacking.add((code, name, value))
    assert lacking == set()
    assert any(code == "not_found" for code, *_ in raised())


def test_reasons_dimensions_and_roles_are_said_in_words() -> None:
    said = wording.sentence("cannot_be_accepted", {"reasons": ["bank_account_changed", "price_over"]})
    assert said.endswith("Leverandørens bankkonto er ikke en kendt konto. Prisen er højere end aftalt.")
    for code, values, words in (
        ("coding_missing", {"dimensions": ["cost_centre", "afdeling"]}, "omkostningssted, afdeling."),
        ("coding_not_in_chart", {"values": ["cost_centre 12", "art 2.2"]}, "omkostningssted 12, art 2.2."),
        ("own_account", {"who": ["finance", "purchasing_lead"]}, "økonomi, indkøbsansvarlig."),
        ("decides_own_order", {"number": "1", "who": "finance"}, "økonomi."),
        ("not_judged", {"layers": "order, lines, prices, account"}, "ordre, linjer, priser, konto."),
    ):
        assert wording.sentence(code, values).endswith(words), code


def test_every_reason_an_invoice_can_have_has_its_sentence() -> None:
    without_order = "no_reference order_ref_corrected two_orders unknown_order ambiguous supplier_mismatch unknown_supplier no_order"
    others = (
        "coding settled_by_credit duplicate_number duplicate_bytes invalid unreadable unknown_institution unknown_type"
    )
    reasons = {*STOPS, *NOTICES, *without_order.split(), *others.split()}
    assert sorted(one for one in reasons if f"reason_{one}" not in wording.sentences()) == []
