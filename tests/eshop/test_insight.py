"""Figures: each with its definition and denominator, made of lines that add up to it, seen only by those who may; on both databases."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

import catalogues
import invoicing
import ordering
from eshop import audit, insight
from eshop.amounts import Amount
from eshop.db import Database
from eshop.errors import BadInput, NotAllowed, NotFound
from eshop.exchange import Message
from eshop.identity import Actor, Grant, Role
from tests import builders
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, order, receipts
from tests.invoicing.town import NOW, Town

YEAR = insight.period_of("2026", date(2026, 11, 24))
ORDER = order()
EXACT = billed(ORDER)


@pytest.fixture
def town(database: Database) -> Town:
    """One invoice posted by itself, with a fee beside it; one that waits; and purchases that no order knows."""
    made = Town.load(database, ORGANISATION, [SUPPLIER], [ORDER], receipts(ORDER), POLICY)
    assert made.receive(Paper((*EXACT, Line("Fragt", "1", "75.00", "EA"))).write())["outcome"] == "posted"
    assert made.receive(Paper(EXACT[:1], None, "F-900").write())["outcome"] != "posted"
    return made


def test_a_period_is_a_year_a_quarter_a_month_or_twelve_months() -> None:
    today = date(2026, 5, 12)
    assert insight.period_of("2026-Q3", today) == insight.Span("2026-Q3", date(2026, 7, 1), date(2026, 9, 30))
    assert insight.period_of("2025-12", today).end == date(2025, 12, 31)
    assert insight.period_of(None, today).start == date(2025, 5, 13)
    assert insight.last_year(date(2028, 2, 29)).start == date(2027, 3, 1)
    for wrong in ("2026-Q5", "i går", "2026-13", "1026"):
        with pytest.raises(BadInput, match="bad_period"):
            insight.period_of(wrong, today)


@pytest.mark.parametrize("name", insight.FIGURES)
def test_a_figure_is_the_sum_of_its_parts_and_of_its_lines(town: Town, name: str) -> None:
    with town.work() as session:
        found = insight.figure(session, name, YEAR, town.by)
        lines = insight.lines(session, name, YEAR, town.by)
        for of in ("numerator", "denominator"):
            zero = getattr(found, of) - getattr(found, of)  # type: ignore[operator]
            assert sum((getattr(one, of) for one in lines), zero) == getattr(found, of)
            assert sum((getattr(one, of) for one in found.parts), zero) == getattr(found, of)
        for part in found.parts:
            own = insight.lines(session, name, YEAR, town.by, part.key)
            assert len(own) == part.lines
        shown = found.as_json()
        wanted = {"figure", "definition", "version", "period", "numerator", "denominator", "value", "target", "parts"}
        assert wanted <= shown.keys()
        assert shown["definition"] != f"figure:{name}"
        assert found.definition.text("en") != found.definition.text("da")


def test_spend_is_what_was_posted_without_fees_and_vat(town: Town) -> None:
    with town.work() as session:
        posted = Amount.sum(
            line.amount
            for invoice in session.scalars(select(invoicing.Invoice).where(invoicing.Invoice.state == "posted"))
            for line in invoicing.lines_of(session, invoice)
            if line.status != "fee"
        )
        degree = insight.figure(session, "e-commerce-degree", YEAR, town.by)
        assert degree.numerator == degree.denominator == posted
        assert posted > Amount(0)
        assert degree.value == Decimal("100.0")
        quarter = insight.figure(session, "e-commerce-degree", insight.period_of("2026-Q1", YEAR.end), town.by)
        assert quarter.value is None


def test_a_credit_note_is_subtracted(town: Town) -> None:
    with town.work() as session:
        before = insight.figure(session, "e-commerce-degree", YEAR, town.by).denominator
        invoice = town.invoice(session, "F-884120")
        invoice.kind = "credit_note"
        session.flush()
        assert insight.figure(session, "e-commerce-degree", YEAR, town.by).denominator == -before  # type: ignore[operator]


def test_touchless_is_what_nobody_touched(town: Town) -> None:
    with town.work() as session:
        found = insight.figure(session, "touchless-share", YEAR, town.by)
        assert (found.numerator, found.denominator, found.value) == (1, 2, Decimal("50.0"))
        quality = insight.figure(session, "invoice-quality", YEAR, town.by)
        assert quality.beside["order_reference"] == "50.0"


def test_what_an_order_costs_by_the_golden_standard(database: Database) -> None:
    """DOMAIN §8: 60/30/10 in the system, by mail and in a shop cost 139,50 kr. an order."""
    town = builders.town(database)
    with town.work() as session:
        by = town.system()
        for channel in ["system"] * 6 + ["mail"] * 3 + ["shop"]:
            made = town.sent_order(session)
            session.execute(delete(ordering.TransactionCost).where(ordering.TransactionCost.order_id == made.id))
            for step in ("order", "receive", "invoice"):
                ordering.log_cost(session, made.id, step, by, channel)  # type: ignore[arg-type]
        found = insight.figure(session, "transaction-cost", insight.period_of("2026", by.today), by)
        assert found.denominator == 10
        assert found.numerator == Amount.of("1395.00")
        assert found.value == Decimal("139.50")
        assert {one.key: one.value for one in found.parts} == {
            "system": Decimal("90.00"), "mail": Decimal("175.00"), "shop": Decimal("330.00"),
        }  # fmt: skip
        assert "Hjørring" in found.beside["standard"]
        assert "measured" not in found.beside


def test_an_approver_sees_own_units_and_an_orderer_nothing(town: Town) -> None:
    with town.work() as session:
        place = town.invoice(session, "F-884120").institution_id
        assert place is not None

        def whole(*roles: Grant, at: int | None = None) -> insight.Figure:
            by = Actor(1, "Nogen", town.id, None, NOW, "web", roles)
            return insight.figure(session, "touchless-share", YEAR, by, at)

        assert whole(Grant(Role.FINANCE)).denominator == 2
        assert whole(Grant(Role.APPROVER, frozenset({place}))).denominator == 2
        assert whole(Grant(Role.APPROVER, frozenset({place + 999}))).denominator == 0
        with pytest.raises(NotAllowed):
            whole(Grant(Role.APPROVER, frozenset({place + 999})), at=place)
        with pytest.raises(NotAllowed):
            whole(Grant(Role.ORDERER))
        with pytest.raises(NotFound, match="unknown_figure"):
            insight.figure(session, "horoscope", YEAR, town.by)


def test_a_purchase_elsewhere_counts_against_the_agreement_that_covers_it(database: Database) -> None:
    town = builders.town(database)
    with town.work() as session:
        by = town.system()
        paper = town.suppliers["nordpapir"]
        message = Message(direction="in", sha256="0" * 64, body=b"", channel="cli", state="done", at=builders.NOW)
        session.add(message)
        session.flush()
        invoice = invoicing.Invoice(
            message_id=message.id, message_uid=message.uid, kind="invoice", document_type="Invoice", number="9",
            number_key="9", supplier_key="x", supplier_id=paper, supplier_name="Nordpapir A/S",
            institution_id=town.places["mælkevejen"], issue_date=builders.TODAY, currency="DKK",
            net=Amount.of("100"), vat=Amount.of("25"), gross=Amount.of("125"), overcharge=Amount(0), content_key="x",
            state="posted", outcome="posted", first_outcome="posted", received_at=builders.NOW, judged_at=builders.NOW,
        )  # fmt: skip
        session.add(invoice)
        session.flush()
        for position, (unspsc, amount) in enumerate([("47131501", "60"), (None, "30"), ("99000000", "10")]):
            session.add(
                invoicing.InvoiceLine(
                    invoice_id=invoice.id, position=position, line=str(position), name="Sæbe", unspsc=unspsc,
                    quantity=Decimal(1), unit="EA", amount=Amount.of(amount), status="ok", statuses=[],
                )
            )  # fmt: skip
        agreement = catalogues.get_agreement(session, town.agreements["50.90"])
        agreement.unspsc, agreement.compliance_target_percent = ["47"], Decimal(85)
        session.flush()
        found = insight.figure(session, "compliance", insight.period_of("2026", by.today), by)
        assert (found.numerator, found.denominator) == (Amount(0), Amount.of("60"))
        assert [(one.key, one.target) for one in found.parts] == [(str(agreement.id), Decimal(85))]
        assert found.beside == {"unclassified": "30.00", "unclassified_percent": "30.0"}
        [line] = insight.lines(session, "compliance", found.span, by)
        assert line.why == "other_supplier"


def test_how_an_agreement_is_used_is_what_the_figure_says_to_the_ore(town: Town) -> None:
    """On it, beside it, the year before, and all of it against the ceiling."""
    with town.work() as session:
        (agreement,) = catalogues.load_agreements(
            session,
            [{
                "number": "50.40", "title": "Prøve", "from": "2024-01-01", "supplier": {"cvr": SUPPLIER["cvr"]},
                "ceiling": "100000", "compliance_target_percent": "85", "joined": [{}], "unspsc": ["47"],
            }],
            town.by,
        )  # fmt: skip
        for order in session.scalars(select(ordering.PurchaseOrder)):
            order.agreement_id = agreement.id

        def told(invoice: invoicing.Invoice, event: str, **fields: str) -> None:
            """The sums go by what the trail tells; here rows are changed beside it."""
            session.flush()
            audit.record(session, event, "invoice", invoice.id, town.by, **fields)

        for commitment in session.scalars(select(ordering.Commitment)):
            commitment.agreement_id = agreement.id
        invoice, other = town.invoice(session, "F-884120"), town.invoice(session, "F-900")
        other.state = "posted"
        session.execute(delete(invoicing.InvoiceMatch).where(invoicing.InvoiceMatch.invoice_id == other.id))
        for line in invoicing.lines_of(session, other):
            line.unspsc = "47131810"
        told(other, "invoice_posted", gross="0")
        use = insight.agreement_use(session, town.by)[agreement.id]
        (part,) = insight.figure(session, "compliance", insight.last_year(town.by.today), town.by).parts
        assert (use.now.on, use.now.on + use.now.elsewhere) == (part.numerator, part.denominator)
        assert (use.now.percent, use.target) == (part.value, part.target)
        assert Decimal(0) < use.now.percent < Decimal(100)
        assert use.below_target == Decimal(85) - use.now.percent
        assert use.total == sum((one.amount for one in session.scalars(select(ordering.Commitment))), Amount(0))
        assert use.ceiling_percent == (use.total.kroner * 100 / 100000).quantize(Decimal("0.1"))
        assert use.trend is None
        invoice.issue_date = invoice.issue_date.replace(year=invoice.issue_date.year - 1)
        told(invoice, "posting_reversed", reason="")
        earlier = insight.agreement_use(session, town.by)[agreement.id]
        assert (earlier.now.on, earlier.before.on) == (Amount(0), use.now.on)
        assert earlier.trend == Decimal("-100.0")
        invoice.kind = "credit_note"
        told(invoice, "posting_reversed", reason="")
        assert insight.agreement_use(session, town.by)[agreement.id].before.on == -use.now.on
