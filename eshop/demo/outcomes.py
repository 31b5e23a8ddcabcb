"""Every outcome and reason of invoice control (INTERFACES §2), each made by what a supplier, or the municipality, really did.

A case is one small order, or none, and a document about it. `OUTCOMES` says which outcome and reason each is there to show; a test asks
that all of them did.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import ordering
from eshop import ubl
from eshop.amounts import Amount
from eshop.demo import paper
from eshop.demo.municipality import MAELKEVEJEN, MYRETUEN, SOLGAARDEN, STRANGER, SUPPLIERS
from eshop.demo.trade import Market, Picks, shelf

Answer = dict[str, Any]

SOAP: Final[Picks] = (("HH-10002", 2), ("HH-10316", 1))
NAPPIES: Final[Picks] = (("PP-10019", 2), ("PP-10202", 2))
PAPER: Final[Picks] = (("NK-11011", 2), ("NK-10001", 1))
TOYS: Final[Picks] = (("LH-10005", 1), ("LH-10101", 1))
CLEANING: Final[Picks] = (("HH-10701", 1), ("HH-11003", 2))


@dataclass(frozen=True, slots=True)
class Scene:
    """A market on the day a case happens. `usual` is an order of Mælkevejen that two people have touched and that has come."""

    market: Market
    day: date

    def usual(self, picks: Picks, *, receiver: str | None = "aisha", **more: Any) -> ordering.PurchaseOrder:
        return self.market.bought("mette", MAELKEVEJEN, picks, self.day, receiver=receiver, approver="jens", **more)

    def bill(self, order: ordering.PurchaseOrder, **changed: Any) -> paper.Bill:
        return self.market.bill(order, MAELKEVEJEN, self.day + timedelta(days=3), **changed)

    def lines(self, order: ordering.PurchaseOrder) -> list[paper.Billed]:
        return self.market.billed(order)

    def post(self, bill: paper.Bill) -> Answer:
        return self.market.invoice(bill)


def _dearer(lines: list[paper.Billed], position: int, price: Decimal) -> list[paper.Billed]:
    """The lines with another price on one of them."""
    return [replace(line, price=price) if at == position else line for at, line in enumerate(lines)]


def _nameless(lines: list[paper.Billed]) -> list[paper.Billed]:
    """The lines without any number that tells which item or order line they are."""
    return [replace(line, order=None, order_line=None, seller_item_id=None, gtin=None) for line in lines]


def _unlinked(lines: list[paper.Billed]) -> list[paper.Billed]:
    """The lines without order and order line, but with their item numbers."""
    return [replace(line, order=None, order_line=None) for line in lines]


def _fee(name: str, kroner: str) -> paper.Billed:
    return paper.Billed(name, Decimal(1), "EA", Decimal(kroner))


# --- posted -----------------------------------------------------------------------------------------------------------


def within_tolerance(scene: Scene) -> Answer:
    order = scene.usual(SOAP)
    lines = scene.lines(order)
    return scene.post(scene.bill(order, lines=_dearer(lines, 0, lines[0].price + Decimal("0.80"))))


def price_under(scene: Scene) -> Answer:
    order = scene.usual(NAPPIES)
    lines = scene.lines(order)
    return scene.post(scene.bill(order, lines=_dearer(lines, 0, lines[0].price - Decimal("6.00"))))


def uom_converted(scene: Scene) -> Answer:
    """Ordered in cartons of 12 bottles, billed in bottles."""
    order = scene.usual((("HH-10002", 2),))
    (line,) = scene.lines(order)
    single = replace(line, quantity=line.quantity * 12, unit="EA", price=line.price / 12)
    return scene.post(scene.bill(order, lines=[single]))


def fee_within_limit(scene: Scene) -> Answer:
    order = scene.usual((("HH-10002", 1),))
    return scene.post(scene.bill(order, lines=[*scene.lines(order), _fee("Fragt", "49.00")]))


def discount(scene: Scene) -> Answer:
    order = scene.usual(CLEANING)
    return scene.post(scene.bill(order, discount=Amount.of("15.00")))


def rounding(scene: Scene) -> Answer:
    order = scene.usual((("HH-10003", 1), ("HH-10007", 1)))
    return scene.post(scene.bill(order, rounding=Amount.of("0.25")))


def by_text(scene: Scene) -> Answer:
    order = scene.usual(TOYS)
    return scene.post(scene.bill(order, lines=_nameless(scene.lines(order))))


def two_orders(scene: Scene) -> Answer:
    first, second = scene.usual(PAPER), scene.usual((("NK-11501", 3),))
    both = [*scene.lines(first), *scene.lines(second)]
    return scene.post(scene.bill(first, lines=both))


def line_told_by_price(scene: Scene) -> Answer:
    """An open order of the former system has the same item twice, once at a campaign price: the price tells which line is billed."""
    market, at = scene.market, scene.market.at(scene.day)
    article = next(one for one in shelf("50.81") if one.seller_item_id == "HH-10003")
    cvr, gln, name = SUPPLIERS[0][:3]
    number = "4500000117"
    row = {
        "number": number,
        "supplier": {"cvr": cvr, "gln": gln, "name": name},
        "institution": {"gln": MAELKEVEJEN},
        "date": scene.day.isoformat(),
        "status": "open",
        "lines": [
            {
                "line": line,
                "seller_item_id": article.seller_item_id,
                "name": article.name,
                "quantity": quantity,
                "unit": article.unit,
                "price": price,
            }
            for line, quantity, price in (("10", "2", str(article.price)), ("20", "1", "129.00"))
        ],
    }
    order = ordering.load_order(market.session, row, market.system(at))
    for line in order.lines:
        receipt = {"order": number, "line": line.line, "quantity": str(line.quantity), "unit": line.unit}
        ordering.load_receipt(market.session, receipt, market.system(at + timedelta(days=1)))
    lines = [replace(line, order_line=None) for line in scene.lines(order)]
    return scene.post(scene.bill(order, lines=lines))


def partial(scene: Scene) -> Answer:
    order = scene.usual((("HH-10002", 4),))
    (line,) = scene.lines(order)
    return scene.post(scene.bill(order, lines=[replace(line, quantity=Decimal(1))]))


def credit_full(scene: Scene) -> Answer:
    order = scene.usual(SOAP)
    bill = scene.bill(order)
    scene.post(bill)
    return scene.post(replace(bill, number=scene.market.number(bill.seller), credits=bill.number))


def credit_partial(scene: Scene) -> Answer:
    order = scene.usual(NAPPIES)
    bill = scene.bill(order)
    scene.post(bill)
    one = replace(bill.lines[0], quantity=Decimal(1))
    return scene.post(replace(bill, number=scene.market.number(bill.seller), credits=bill.number, lines=[one]))


# --- held ---------------------------------------------------------------------------------------------------------------


def price_over(scene: Scene) -> Answer:
    order = scene.usual((("PP-10903", 8),))
    (line,) = scene.lines(order)
    return scene.post(scene.bill(order, lines=[replace(line, price=line.price + 22)]))


def qty_over(scene: Scene) -> Answer:
    order = scene.usual((("HH-10316", 2),))
    (line,) = scene.lines(order)
    return scene.post(scene.bill(order, lines=[replace(line, quantity=Decimal(3))]))


def not_received(scene: Scene) -> Answer:
    """Ten ordered, six have come, ten are billed."""
    order = scene.usual((("PP-10518", 4), ("PP-10019", 2)), received={"10": 2, "20": 2})
    return scene.post(scene.bill(order))


def not_on_order(scene: Scene) -> Answer:
    order = scene.usual(CLEANING)
    extra = paper.Billed(
        "Gulvskraber, Standard", Decimal(1), "EA", Decimal("85.00"), seller_item_id="HH-12307", unspsc="47131604"
    )
    return scene.post(scene.bill(order, lines=[*scene.lines(order), extra]))


def uom_unknown(scene: Scene) -> Answer:
    order = scene.usual((("PP-10202", 2),))
    (line,) = scene.lines(order)
    return scene.post(scene.bill(order, lines=[replace(line, unit="KGM", quantity=Decimal("14.4"))]))


def fee_over_limit(scene: Scene) -> Answer:
    order = scene.usual((("HH-10007", 1),))
    return scene.post(scene.bill(order, lines=[*scene.lines(order), _fee("Miljøtillæg", "195.00")]))


def vat(scene: Scene) -> Answer:
    order = scene.usual(TOYS)
    return scene.post(scene.bill(order, lines=[replace(line, vat=Decimal(0)) for line in scene.lines(order)]))


def order_not_open(scene: Scene) -> Answer:
    market = scene.market
    order = scene.usual(PAPER)
    ordering.close(market.session, order, market.actor("mette", MAELKEVEJEN, market.at(scene.day + timedelta(days=2))))
    return scene.post(scene.bill(order))


def already_invoiced(scene: Scene) -> Answer:
    order = scene.usual((("HH-11003", 3),))
    scene.post(scene.bill(order))
    (line,) = scene.lines(order)
    return scene.post(scene.bill(order, lines=[replace(line, quantity=Decimal(2))], note="Efterlevering"))


def institution_mismatch(scene: Scene) -> Answer:
    order = scene.usual(NAPPIES)
    return scene.post(scene.bill(order, buyer=scene.market.buyer(SOLGAARDEN)))


def currency_mismatch(scene: Scene) -> Answer:
    return scene.post(scene.bill(scene.usual(TOYS), currency="EUR"))


def bank_account_changed(scene: Scene) -> Answer:
    order = scene.usual(CLEANING)
    bill = scene.bill(order)
    return scene.post(replace(bill, seller=replace(bill.seller, registration="9344", account="0007771234")))


def credit_without_invoice(scene: Scene) -> Answer:
    order = scene.usual(PAPER)
    return scene.post(scene.bill(order, credits="990001"))


def credit_over_invoiced(scene: Scene) -> Answer:
    order = scene.usual((("HH-10012", 1),))
    bill = scene.bill(order)
    scene.post(bill)
    more = [replace(line, quantity=line.quantity + 1) for line in bill.lines]
    return scene.post(replace(bill, number=scene.market.number(bill.seller), credits=bill.number, lines=more))


def cumulative_over(scene: Scene) -> Answer:
    """Two invoices on one order, each within tolerance, together 18,00 kr. over: the policy stops at 15,00."""
    order = scene.usual((("IB-10003", 2), ("IB-10004", 2)))
    first, second = scene.lines(order)
    scene.post(scene.bill(order, lines=[replace(first, price=first.price + Decimal("4.50"))]))
    return scene.post(scene.bill(order, lines=[replace(second, price=second.price + Decimal("4.50"))]))


def two_persons(scene: Scene) -> Answer:
    """Ordered and received by the same person, and too small for an approval."""
    return scene.post(scene.bill(scene.usual((("HH-10017", 1),), receiver="mette")))


def before_order(scene: Scene) -> Answer:
    order = scene.usual(SOAP)
    return scene.post(replace(scene.bill(order), issued=scene.day - timedelta(days=9)))


def future_date(scene: Scene) -> Answer:
    order = scene.usual(NAPPIES)
    bill = replace(scene.bill(order), issued=scene.market.latest.date() + timedelta(days=40))
    return scene.market.invoice(bill, scene.market.at(scene.day + timedelta(days=4), "06:40"))


def same_content_new_number(scene: Scene) -> Answer:
    order = scene.usual((("HH-10022", 2),))
    bill = scene.bill(order)
    scene.post(bill)
    return scene.post(replace(bill, number=scene.market.number(bill.seller)))


# --- suggested and manual -----------------------------------------------------------------------------------------------


def no_reference(scene: Scene) -> Answer:
    order = scene.usual((("LH-10401", 2), ("LH-10407", 1)))
    return scene.post(scene.bill(order, header_order=None, lines=_unlinked(scene.lines(order))))


def order_ref_corrected(scene: Scene) -> Answer:
    """Two digits of the order number have changed places."""
    order = scene.usual((("NK-10401", 2),))
    swapped = order.number[:-3] + order.number[-2] + order.number[-3] + order.number[-1]
    if swapped == order.number:
        swapped = order.number[:-3] + str((int(order.number[-3]) + 1) % 10) + order.number[-2:]
    return scene.post(scene.bill(order, header_order=swapped, lines=_unlinked(scene.lines(order))))


def two_orders_suggested(scene: Scene) -> Answer:
    first, second = scene.usual((("PP-11001", 3),)), scene.usual((("PP-11104", 2),))
    both = _unlinked([*scene.lines(first), *scene.lines(second)])
    return scene.post(scene.bill(first, header_order=None, lines=both))


def unknown_order(scene: Scene) -> Answer:
    order = scene.usual((("LH-10601", 1),), receiver=None)
    stranger = paper.Billed("Klatrestativ, montering", Decimal(1), "EA", Decimal("7400.00"), seller_item_id="LH-99901")
    return scene.post(scene.bill(order, header_order="77-10024", lines=[stranger]))


def ambiguous(scene: Scene) -> Answer:
    """The same goods were ordered twice; the invoice does not say for which."""
    first = scene.usual((("NK-11301", 2),))
    scene.usual((("NK-11301", 2),))
    return scene.post(scene.bill(first, header_order=None, lines=_unlinked(scene.lines(first)), reference="Kontoret"))


def supplier_mismatch(scene: Scene) -> Answer:
    """The order number belongs to another supplier's order."""
    other = scene.usual((("VL-10101", 1),), receiver=None)
    mine = scene.usual((("HH-10402", 1),), receiver=None)
    line = paper.Billed("Rengøringsvogn, leje", Decimal(1), "EA", Decimal("1450.00"), seller_item_id="HH-99902")
    return scene.post(scene.bill(mine, header_order=other.number, lines=[line]))


def unknown_supplier(scene: Scene) -> Answer:
    market = scene.market
    stranger = paper.Seller(paper.Company(*STRANGER, street="Savværksvej 7"), "peppol-bis-3", "9555", "0003334445")
    line = paper.Billed("Reparation af hegn, 5 timer", Decimal(5), "HUR", Decimal("700.00"))
    return market.invoice(
        paper.Bill("2026-88", stranger, market.buyer(MAELKEVEJEN), scene.day, (line,), reference="Jens Holm")
    )


def no_order(scene: Scene) -> Answer:
    market = scene.market
    seller = market.seller("34550115")
    line = paper.Billed("Smørrebrød til møde", Decimal(12), "EA", Decimal("38.00"))
    return market.invoice(
        paper.Bill(market.number(seller), seller, market.buyer(MYRETUEN), scene.day, (line,), reference="Jens Holm")
    )


# --- duplicates, refusals, and what is no invoice -------------------------------------------------------------------------


def duplicate_number(scene: Scene) -> Answer:
    """Handed in by an access point: the message is kept, and says that the number was known."""
    order = scene.usual((("HH-10301", 1),))
    bill = scene.bill(order)
    scene.post(bill)
    again = paper.bill(replace(bill, number=f"INV-00{bill.number}"))
    return scene.market.hand_over(ubl.write(again, bill.seller.profile), scene.day + timedelta(days=6))


def duplicate_bytes(scene: Scene) -> Answer:
    order = scene.usual((("HH-10303", 1),))
    bill = scene.bill(order)
    scene.post(bill)
    return scene.post(bill)


def invalid(scene: Scene) -> Answer:
    """The supplier's system adds up wrongly."""
    order = scene.usual((("LH-10701", 2),))
    return scene.post(scene.bill(order, gross_off=Amount.of("100.00")))


def unreadable(scene: Scene) -> Answer:
    """The transfer broke off in the middle."""
    order = scene.usual((("HH-10306", 1),))
    bill = scene.bill(order)
    body = ubl.write(paper.bill(bill), bill.seller.profile)
    return scene.market.hand_in(body[: len(body) // 2], scene.market.at(scene.day + timedelta(days=4)), "afbrudt.xml")


def unknown_institution(scene: Scene) -> Answer:
    order = scene.usual((("HH-10309", 1),))
    elsewhere = paper.Company("42440116", "5798009909992", "Havneby Skole", "Kajen 4", "Havneby", "4890")
    return scene.post(scene.bill(order, buyer=elsewhere))


def unknown_type(scene: Scene) -> Answer:
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n<Nyhedsbrev><Emne>Tilbud i denne uge</Emne></Nyhedsbrev>\n'
    return scene.market.hand_in(body, scene.market.at(scene.day), "nyhedsbrev.xml")


def despatch_advice(scene: Scene) -> Answer:
    order = scene.usual((("HH-10312", 2),), receiver=None)
    seller = scene.market.seller_of(order)
    slip = paper.despatch(
        seller, scene.market.buyer(MAELKEVEJEN), f"77{order.id:03d}", order.number, scene.day, scene.lines(order)
    )
    return scene.market.hand_in(
        ubl.write(slip, seller.profile), scene.market.at(scene.day, "14:00"), "foelgeseddel.xml"
    )


def reminder(scene: Scene) -> Answer:
    """A reminder of an invoice that waits."""
    order = scene.usual((("PP-10903", 5),))
    (line,) = scene.lines(order)
    bill = scene.bill(order, lines=[replace(line, price=line.price + 30)])
    scene.post(bill)
    reminded = min(scene.day + timedelta(days=40), scene.market.latest.date() - timedelta(days=2))
    written = paper.remind(bill, f"R{bill.number}", reminded)
    body = ubl.write(written, bill.seller.profile)
    return scene.market.hand_in(body, scene.market.at(reminded), "rykker.xml")


OUTCOMES: Final[tuple[tuple[Callable[[Scene], Answer], str, str], ...]] = (
    *((case, "posted", case.__name__) for case in (
        within_tolerance, price_under, uom_converted, fee_within_limit, discount, rounding, by_text, two_orders,
        line_told_by_price, partial, credit_full, credit_partial,
    )),
    *((case, "held", case.__name__) for case in (
        price_over, qty_over, not_received, not_on_order, uom_unknown, fee_over_limit, vat, order_not_open,
        already_invoiced, institution_mismatch, currency_mismatch, bank_account_changed, credit_without_invoice,
        credit_over_invoiced, cumulative_over, two_persons, before_order, future_date, same_content_new_number,
    )),
    (no_reference, "suggested", "no_reference"),
    (order_ref_corrected, "suggested", "order_ref_corrected"),
    (two_orders_suggested, "suggested", "two_orders"),
    *((case, "manual", case.__name__) for case in (
        unknown_order, ambiguous, supplier_mismatch, unknown_supplier, no_order,
    )),
    (duplicate_number, "duplicate", "duplicate_number"),
    (duplicate_bytes, "duplicate", "duplicate_bytes"),
    *((case, "rejected", case.__name__) for case in (invalid, unreadable, unknown_institution, unknown_type)),
    (despatch_advice, "recorded", ""),
    (reminder, "recorded", ""),
)  # fmt: skip
"""Each case with the outcome and the reason it is there to show."""


def show_every_outcome(market: Market, day: date) -> list[tuple[str, str, Answer]]:
    """Plays every case, one every other day, ending a week before `day`; answers what was expected beside what came."""
    first = day - timedelta(days=7 + 2 * len(OUTCOMES))
    played = []
    for number, (case, outcome, reason) in enumerate(OUTCOMES):
        answer = case(Scene(market, first + timedelta(days=2 * number)))
        played.append((outcome, reason, answer))
    return played
