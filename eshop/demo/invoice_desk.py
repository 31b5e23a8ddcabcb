"""How the invoices stand on the demo's day: something in every group, a claim, an account to confirm, something to attest and to answer,
and a batch that the ledger has taken."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select

import catalogues
import invoicing
from eshop import ubl
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN, SUPPLIERS
from eshop.demo.trade import Market, Picks

GREENS: Final = "34550115"
KITCHEN: Final = "40220119"
A_LITTLE_DEAR: Final[tuple[tuple[Picks, str], ...]] = (
    ((("HH-10002", 2), ("HH-10316", 1)), "11.50"),
    ((("NK-11011", 3),), "12.00"),
    ((("LH-10401", 2), ("LH-10407", 2)), "10.75"),
)
"""Orders whose first line is billed so much too dear per unit: above tolerance, below what may be accepted together."""

ON_ITS_WAY: Final[Picks] = (("LH-10006", 6), ("LH-10003", 4), ("LH-10801", 6))

SLIP: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 61>>stream\nBT /F 14 Tf 30 150 Td (Levering til foraeldremoede) Tj ET    \nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""A page that a supplier has put inside the invoice."""


def send_to_the_ledger(market: Market, day: date) -> None:
    """What the year has posted so far is with the ledger."""
    at = market.at(day - timedelta(days=100), "15:30")
    soeren = market.actor("soeren", None, at)
    batch = invoicing.export_batch(market.session, "csv", soeren)
    if batch is not None:
        invoicing.acknowledge_batch(
            market.session, batch, market.actor("soeren", None, market.at(day - timedelta(days=99), "08:15"))
        )


def leave_invoices(market: Market, day: date) -> None:
    """Work for finance and for Jens."""
    _mail_addresses(market)
    _small_deviations(market, day)
    _attested_before(market, day)
    _to_attest(market, day)
    _awaited_credit(market, day)
    _account_to_confirm(market, day)
    _question(market, day)
    _promised(market, day)


def _mail_addresses(market: Market) -> None:
    for cvr, _, name, *_ in SUPPLIERS:
        host = "".join(letter for letter in name.lower().split(" ")[0] if letter.isascii() and letter.isalpha())
        catalogues.record_supplier(
            market.session, cvr=cvr, email=f"faktura@{host}.example", by=market.system(market.latest)
        )


def _small_deviations(market: Market, day: date) -> None:
    for number, (picks, dearer) in enumerate(A_LITTLE_DEAR):
        placed = day - timedelta(days=20 - 3 * number)
        order = market.bought("mette", MAELKEVEJEN, picks, placed, approver="jens", receiver="aisha")
        first, *rest = market.billed(order)
        lines = [replace(first, price=first.price + Decimal(dearer)), *rest]
        market.invoice(market.bill(order, MAELKEVEJEN, placed + timedelta(days=4), lines=lines))


def no_order(market: Market, cvr: str, day: date, *lines: paper.Billed, slip: bool = False) -> invoicing.Invoice:
    """An invoice without order for Mælkevejen, to Jens."""
    seller = market.seller(cvr)
    bill = paper.Bill(market.number(seller), seller, market.buyer(MAELKEVEJEN), day, lines, reference="Jens Holm")
    document = paper.bill(bill)
    if slip:
        held = ubl.BinaryObject(SLIP, "application/pdf", "leveringsseddel.pdf")
        reference = ubl.DocumentReference(
            id=ubl.Identifier("leveringsseddel"), attachment=ubl.Attachment(embedded_document_binary_object=held)
        )
        document = replace(document, additional_document_references=(reference,))
    body = ubl.write(document, seller.profile)
    market.hand_in(body, market.at(day + timedelta(days=1), "06:40"), f"{cvr}-{bill.number}.xml")
    numbered = select(invoicing.Invoice).where(
        invoicing.Invoice.number == bill.number, invoicing.Invoice.supplier_cvr == cvr
    )
    return market.session.scalars(numbered).one()


def _attested_before(market: Market, day: date) -> None:
    """Jens has coded the same supplier's invoice before, so the next one is proposed the same."""
    came = day - timedelta(days=45)
    line = paper.Billed("Frugtordning, september", Decimal(1), "EA", Decimal("620.00"))
    invoice = no_order(market, GREENS, came, line)
    coding, _ = invoicing.proposed_coding(market.session, invoice)
    parts = [{"share": "100", "coding": {**coding, "art": "2.2"}}]
    jens = market.actor("jens", MAELKEVEJEN, market.at(came + timedelta(days=2), "10:05"), 40)
    invoicing.decide(market.session, invoice, "code", "Frugt til børnene", jens, coding=parts)


def _to_attest(market: Market, day: date) -> None:
    fruit = paper.Billed("Frugtordning, oktober", Decimal(1), "EA", Decimal("640.00"))
    no_order(market, GREENS, day - timedelta(days=8), fruit)
    meeting = paper.Billed("Kaffe og kage til forældremøde", Decimal(24), "EA", Decimal("32.00"))
    no_order(market, KITCHEN, day - timedelta(days=5), meeting, slip=True)
    invoicing.hand_out(market.session, market.system(market.at(day - timedelta(days=1), "07:00")))


def _awaited_credit(market: Market, day: date) -> None:
    """A credit note has been awaited for more than a month: one bottle too many was billed."""
    invoice = _waiting(market, "qty_over")
    soeren = market.actor("soeren", None, market.at(day - timedelta(days=38), "09:40"), 60)
    invoicing.dispute(market.session, invoice, None, None, soeren)


def _account_to_confirm(market: Market, day: date) -> None:
    """Bodil has recorded the changed account; Søren must find out whether it is the supplier's."""
    invoice = _waiting(market, "bank_account_changed")
    assert invoice.supplier_id is not None
    bodil = market.actor("bodil", None, market.at(day - timedelta(days=1), "14:20"))
    key = invoice.accounts[0]["key"]
    invoicing.propose_account(market.session, invoice.supplier_id, key, bodil)


def _question(market: Market, day: date) -> None:
    """Søren has asked Mælkevejen what became of the goods."""
    invoice = _waiting(market, "not_received")
    soeren = market.actor("soeren", None, market.at(day - timedelta(days=1), "10:30"), 45)
    words = "Vi mangler to kartoner i modtagelsen. Er de kommet siden?"
    invoicing.decide(market.session, invoice, "ask", words, soeren)


def _promised(market: Market, day: date) -> None:
    """Billed when it was sent, and the supplier has promised it for next week, well before it is due."""
    sent = day - timedelta(days=2)
    order = market.order("mette", MAELKEVEJEN, ON_ITS_WAY, market.at(sent, "09:10"), approver="jens")
    order = market.send(order, market.at(sent, "10:30"))
    seller = market.seller_of(order)
    answer = paper.accept_order(
        seller, market.buyer(MAELKEVEJEN), f"OB-{order.number}", order.number, sent, day + timedelta(days=7)
    )
    market.hand_in(ubl.write(answer, seller.profile), market.at(sent, "13:00"), f"response-{order.number}.xml")
    market.invoice(market.bill(order, MAELKEVEJEN, sent))


def _waiting(market: Market, reason: str) -> invoicing.Invoice:
    """The first that waits for this reason alone."""
    waiting = market.session.scalars(
        select(invoicing.Invoice)
        .where(invoicing.Invoice.state == "waiting", invoicing.Invoice.kind == "invoice")
        .order_by(invoicing.Invoice.id)
    )
    return next(one for one in waiting if one.reasons == [reason])
