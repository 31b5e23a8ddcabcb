"""Every outcome and reason of INTERFACES §2, told by documents of our own, in both profiles."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from eshop.db import Database
from tests.invoicing.papers import (
    HOME,
    LINES,
    ORGANISATION,
    OTHER,
    POLICY,
    SUPPLIER,
    Line,
    Paper,
    billed,
    item,
    order,
    receipts,
)
from tests.invoicing.town import Town

ORDER = order()
EXACT = billed(ORDER)
NEXT = order("4500000084", (item("10", "200001", "Bordlampe Egholm Pro sort", "5", "300.00", "EA", "EA", "1"),))


@dataclass
class Scenario:
    """What is there, what comes (`papers`, in order), and how the last of them ends."""

    papers: list[Any]
    outcome: str
    reasons: list[str] = field(default_factory=list)
    statuses: list[str] | None = None
    orders: list[str] | None = None
    lines: list[str | None] | None = None
    orders_there: list[dict[str, Any]] = field(default_factory=lambda: [ORDER])
    receipts_there: list[dict[str, Any]] | None = None
    policy: dict[str, Any] = field(default_factory=dict)
    candidates: list[str] | None = None
    also: set[str] = field(default_factory=set)
    only: str | None = None


def paper(lines: tuple[Line, ...] = EXACT, **fields: Any) -> Paper:
    return Paper(lines, **fields)


def at(place: int, **changes: Any) -> tuple[Line, ...]:
    """The exact lines, one of them changed."""
    return tuple(
        Line(**{**line.__dict__, **changes}) if position == place else line for position, line in enumerate(EXACT)
    )


STRANGE = (Line("Noget andet", "1", "10.00", number="999"),)
SHELF = order(lines=(item("10", "1", "Skab", "10", "1000.00"),))
SHELF_AT_THE_LIMIT = (Line("Skab", "10", "1001.00", number="1", line_reference="10"),)
SCREWS = {"name": "Skruer", "quantity": "12", "unit": "XBX", "number": "300001"}
FREIGHT = Line("Fragt", "1", "75.00", "EA")
FEE = Line("Ekspeditionsgebyr", "1", "49.00", "EA")
PLAIN = dict.fromkeys(("line_reference", "gtin", "number"))
TWINS = order("4500000062"), order("4500000064", date="2026-02-01")
TWO = order("4500000032", LINES[:1]), order("4500000034", ({**LINES[1], "line": "10"}, {**LINES[2], "line": "20"}))
SAME_ITEM = order("4500000070", (LINES[0], {**LINES[0], "line": "20", "quantity": "5"}))
SAME_ITEM_TWO_PRICES = order("4500000070", (LINES[0], {**LINES[0], "line": "20", "price": "47.00"}))
BASE = order("4500000070", (item("10", "300001", "Skruer 4×40 mm", "12", "87.50", "XBX", "C62", "500", base="100"),))
SERVICE = order(
    "4500000070",
    (item("10", "S1", "Konsulentbistand, time", "12", "850.00", "HUR", "HUR", "1"),),
    match="2-way",
)
SIZES = order(
    "4500000070",
    (
        item("10", "1", "Nitrilhandske Bakkely Eco str. S", "3", "100.00"),
        item("20", "2", "Nitrilhandske Bakkely Eco str. M", "5", "120.00"),
    ),
)

TWO_IN_A_MONTH = [
    paper(at(0, price="52.50"), number="F-1"),
    paper((Line("Bordlampe", "5", "301.00", "EA", number="200001"),), number="F-2", reference="4500000084"),
]
BY_LINE = tuple(
    Line(**{**line.__dict__, "line_reference": f"{row['number']}-{line.line_reference}"})
    for row in TWO
    for line in billed(row)
)

SCENARIOS: dict[str, Scenario] = {
    "exact": Scenario([paper()], "posted", [], ["ok"] * 3, ["4500000070"], ["10", "20", "30"]),
    "reordered": Scenario([paper(EXACT[::-1])], "posted", [], ["ok"] * 3, lines=["30", "20", "10"]),
    "no line references": Scenario([paper(tuple(Line(**{**line.__dict__, "line_reference": None}) for line in EXACT))], "posted"),
    "gtin only": Scenario(
        [paper(tuple(Line(**{**line.__dict__, "line_reference": None, "number": None}) for line in EXACT))], "posted"
    ),
    "line references shifted, items right": Scenario(
        [paper(at(0, line_reference="20"))], "posted", lines=["10", "20", "30"]
    ),
    "text only": Scenario(
        [paper(tuple(Line(**{**line.__dict__, **PLAIN, "name": line.name.upper()}) for line in EXACT))],
        "posted",
        ["by_text"],
        ["by_text"] * 3,
    ),
    "text only, told by price": Scenario(
        [
            paper(
                (
                    Line("Nitrilhandske Bakkely Eco", "5", "120.00"),
                    Line("Nitrilhandske Bakkely Eco", "3", "100.00"),
                )
            )
        ],
        "posted",
        ["by_text", "line_told_by_price"],
        lines=["20", "10"],
        orders_there=[SIZES],
        also={"suggested", "held"},
    ),
    "text of another size": Scenario(
        [paper((Line("Nitrilhandske Bakkely Eco str. L", "3", "100.00"),))], "held", ["not_on_order"], orders_there=[SIZES]
    ),
    # --- references ---
    "reference with words round it": Scenario([paper(reference="Ordre nr. 4500000070 / Mette")], "posted"),
    "reference with prefix": Scenario([paper(reference="PO4500000070")], "posted"),
    "reference with suffix": Scenario([paper(reference="4500000070-01")], "posted"),
    "reference in lower case with spaces": Scenario([paper(reference="  po 4500000070 ")], "posted"),
    "reference with spaces inside": Scenario([paper(reference="4500 000 070")], "posted"),
    "reference with a changed character": Scenario(
        [paper(reference="450000007X")], "suggested", ["order_ref_corrected"], ["ok"] * 3, ["4500000070"]
    ),
    "reference with a missing character": Scenario([paper(reference="450000070")], "suggested", ["order_ref_corrected"]),
    "reference with swapped characters": Scenario([paper(reference="4500000007")], "suggested", ["order_ref_corrected"]),
    "reference with a character too many": Scenario([paper(reference="45000000701")], "suggested", ["order_ref_corrected"]),
    "reference that is another order's, same supplier": Scenario(
        [paper(reference="4500000084")], "suggested", also={"held"}, orders_there=[ORDER, NEXT]
    ),
    "reference in a note": Scenario([paper(reference=None, notes=("Vedr. jeres ordre 4500000070",))], "posted"),
    "reference in the contract": Scenario([paper(reference=None, contract="4500000070")], "posted", only="peppol-bis-3"),
    "reference as the buyer's": Scenario([paper(reference=None, person="4500000070")], "posted", only="peppol-bis-3"),
    "reference on the lines only": Scenario(
        [paper(tuple(Line(**{**line.__dict__, "line_reference": f"4500000070-{line.line_reference}"}) for line in EXACT), reference=None)],
        "posted",
    ),
    "reference to nothing": Scenario(
        [paper(STRANGE, reference="9900000073")], "manual", ["unknown_order"], ["not_on_order"], []
    ),
    "no reference": Scenario([paper(reference=None)], "suggested", ["no_reference"], ["ok"] * 3, ["4500000070"]),
    "no reference, two alike": Scenario(
        [paper(reference=None)], "manual", ["ambiguous"], ["ok"] * 3, [], orders_there=list(TWINS),
        candidates=["4500000062", "4500000064"],
    ),
    "no reference, told by the person": Scenario(
        [paper(reference=None, person="AKN91")], "suggested", ["no_reference"], orders=["4500000064"],
        orders_there=[TWINS[0], order("4500000064", reference="AKN91")],
    ),
    "no reference, no order": Scenario(
        [paper(STRANGE, reference=None)], "manual", ["no_order"], orders=[]
    ),
    "no reference, over two orders": Scenario(
        [paper(billed(TWO[0]) + billed(TWO[1]), reference=None)], "suggested", ["no_reference", "two_orders"],
        orders=["4500000032", "4500000034"], orders_there=list(TWO),
    ),
    "another supplier's order": Scenario(
        [paper(supplier=OTHER, account=("2001", "0010000001"))], "manual", ["supplier_mismatch"], candidates=["4500000070"]
    ),
    "the same number at two suppliers": Scenario(
        [paper()],
        "posted",
        orders_there=[
            ORDER,
            order("4500000070", NEXT["lines"], match="2-way", supplier={name: OTHER[name] for name in ("cvr", "gln", "name")}),
        ],
        receipts_there=[{**row, "supplier": {"cvr": SUPPLIER["cvr"]}} for row in receipts(ORDER)],
    ),
    # --- many orders, split lines ---
    "two orders by line reference": Scenario(
        [paper(BY_LINE, reference="4500000032")],
        "posted", ["two_orders"], orders=["4500000032", "4500000034"], orders_there=list(TWO),
    ),
    "two orders by note": Scenario(
        [
            paper(
                billed(TWO[0])
                + tuple(Line(**{**line.__dict__, "note": "Vedr. ordre 4500000034"}) for line in billed(TWO[1])),
                reference="4500000032",
            )
        ],
        "posted", ["two_orders"], orders_there=list(TWO),
    ),
    "two orders in the header": Scenario(
        [paper(billed(TWO[0]) + billed(TWO[1]), reference="4500000032, 4500000034")], "posted", ["two_orders"],
        orders_there=list(TWO),
    ),
    "a line that names another order": Scenario(
        [paper(at(1, line_reference="20", order_reference="9900000073"))], "held", ["not_on_order"], only="oioubl-2.1"
    ),
    "one order line on two lines": Scenario(
        [paper((*at(0, quantity="6")[:1], *at(0, quantity="4")[:1], *EXACT[1:]))], "posted", [], lines=["10", "10", "20", "30"],
    ),
    "one line for two order lines": Scenario(
        [paper(at(0, quantity="15", line_reference=None)[:1])], "posted", orders_there=[SAME_ITEM]
    ),
    "the same item at two prices": Scenario(
        [paper((*at(0, line_reference=None, price="47.00")[:1], *at(0, line_reference=None)[:1]))], "posted",
        ["line_told_by_price"], lines=["20", "10"], orders_there=[SAME_ITEM_TWO_PRICES],
    ),
    "repeated line ids": Scenario([paper(tuple(Line(**{**line.__dict__, "id": "1"}) for line in EXACT))], "posted", only="peppol-bis-3"),
    # --- prices ---
    "price over": Scenario([paper(at(0, price="54.00"))], "held", ["price_over"], ["price_over", "ok", "ok"]),
    "price at exactly one percent": Scenario(
        [paper(at(0, price="52.52"))], "posted", ["within_tolerance"], ["tolerance", "ok", "ok"]
    ),
    "price an øre above one percent": Scenario([paper(at(0, price="52.53"))], "held", ["price_over"]),
    "price at exactly ten kroner": Scenario(
        [paper(SHELF_AT_THE_LIMIT)],
        "posted", ["within_tolerance"], orders_there=[SHELF],
    ),
    "price an øre above ten kroner": Scenario(
        [paper((Line("Skab", "10", "1001.00", number="1", line_reference="10", amount="10010.01"),))],
        "held", ["price_over"], orders_there=[SHELF],
    ),
    "split to get the tolerance twice": Scenario(
        [paper(tuple(Line("Skab", "5", "1001.80", number="1", line_reference="10") for _ in range(2)))],
        "held", ["price_over"], orders_there=[SHELF],
    ),
    "price under": Scenario([paper(at(0, price="40.00"))], "posted", ["price_under"], ["price_under", "ok", "ok"]),
    "an øre of rounding": Scenario(
        [paper((Line(**{**EXACT[0].__dict__, "amount": "520.01"}), *EXACT[1:]))], "posted", ["rounding"], ["tolerance", "ok", "ok"]
    ),
    "tolerance off": Scenario(
        [paper(at(0, price="52.01"))], "held", ["price_over"],
        policy={"price_tolerance_percent": None, "price_tolerance_amount_per_line": None},
    ),
    "line allowance": Scenario(
        [paper(at(0, allowances=("20.00",)))], "posted", ["price_under", "discount"], only="peppol-bis-3"
    ),
    "line charge": Scenario([paper(at(0, charges=("20.00",)))], "held", ["price_over"], only="peppol-bis-3"),
    "document allowance": Scenario([paper(allowances=(("Rabat", "50.00"),))], "posted", ["discount"]),
    "discount line": Scenario([paper((*EXACT, Line("Kampagnerabat", "-1", "20.00", "EA")))], "posted", ["discount"], only="peppol-bis-3"),
    "base quantity": Scenario([paper(billed(BASE))], "posted", orders_there=[BASE]),
    "base quantity forgotten": Scenario([paper((Line(price="87.50", **SCREWS),))], "held", ["price_over"], orders_there=[BASE]),
    "priced for one where the order is for a hundred": Scenario(
        [paper((Line(price="0.875", **SCREWS),))], "posted", orders_there=[BASE]
    ),
    "cumulative on the order": Scenario(
        [
            paper(at(0, quantity="5", price="52.50")[:1], number="F-1"),
            paper(at(0, quantity="5", price="52.40")[:1], number="F-2"),
        ],
        "held", ["cumulative_over"], policy={"cumulative_per_order": "4.00"},
    ),
    "cumulative in the month": Scenario(
        TWO_IN_A_MONTH,
        "held", ["cumulative_over"], orders_there=[ORDER, NEXT], policy={"cumulative_per_supplier_month": "9.99"},
    ),
    "cumulative at the limit": Scenario(
        TWO_IN_A_MONTH,
        "posted", ["within_tolerance"], orders_there=[ORDER, NEXT], policy={"cumulative_per_supplier_month": "10.00"},
    ),
    # --- quantities and units ---
    "partial": Scenario([paper(billed(ORDER, _10="4"))], "posted", ["partial"]),
    "partial after partial": Scenario(
        [paper(billed(ORDER, _10="4")[:1], number="F-1"), paper(billed(ORDER, _10="6"), number="F-2")], "posted", ["partial"]
    ),
    "the same half twice": Scenario(
        [
            paper(billed(ORDER, _10="5")[:1], number="F-1"),
            paper(billed(ORDER, _10="5")[:1], number="F-2", issued="2026-09-16"),
        ],
        "posted", ["partial"],
    ),
    "over cumulatively": Scenario(
        [paper(billed(ORDER, _10="6")[:1], number="F-1"), paper(billed(ORDER, _10="5")[:1], number="F-2")], "held", ["qty_over"]
    ),
    "over what is ordered": Scenario([paper(billed(ORDER, _10="12"))], "held", ["qty_over"], ["qty_over", "ok", "ok"]),
    "not received": Scenario([paper()], "held", ["not_received"], ["not_received"] * 3, receipts_there=[]),
    "received in part": Scenario(
        [paper()], "held", ["not_received"], ["not_received", "ok", "ok"], receipts_there=receipts(ORDER, _10="8")
    ),
    "received in part, invoiced as received": Scenario(
        [paper(billed(ORDER, _10="8"))], "posted", ["partial"], receipts_there=receipts(ORDER, _10="8")
    ),
    "quantity tolerance": Scenario(
        [paper(at(0, quantity="10.5"))], "posted", policy={"quantity_tolerance_percent": "5"},
    ),
    "already invoiced": Scenario(
        [paper(number="F-1"), paper(number="F-2", issued="2026-09-20", lines=at(0, price="51.99"))], "held", ["already_invoiced"],
    ),
    "content unit": Scenario(
        [paper(at(0, quantity="120", unit="EA", price="4.333333", amount="520.00"))], "posted", ["uom_converted"],
        ["uom_converted", "ok", "ok"],
    ),
    "a twin of the unit": Scenario(
        [paper((Line(**{**billed(NEXT)[0].__dict__, "unit": "C62"}),), reference="4500000084")], "posted", [], ["ok"], orders_there=[NEXT]
    ),
    "a unit without a factor": Scenario(
        [paper(at(0, unit="KGM"))], "held", ["uom_unknown"], ["uom_unknown", "ok", "ok"]
    ),
    "service within the ceiling": Scenario([paper(billed(SERVICE))], "posted", orders_there=[SERVICE], receipts_there=[]),
    "the thirteenth hour": Scenario(
        [paper(billed(SERVICE), number="F-1"), paper(billed(SERVICE, _10="1"), number="F-2")], "held", ["already_invoiced"],
        orders_there=[SERVICE], receipts_there=[],
    ),
    "thirteen hours at once": Scenario([paper(billed(SERVICE, _10="13"))], "held", ["qty_over"], orders_there=[SERVICE], receipts_there=[]),
    # --- items ---
    "substitute": Scenario(
        [paper(at(1, number="999999", gtin=None, name="Anden handske"))], "held", ["not_on_order"], ["ok", "not_on_order", "ok"],
        lines=["10", None, "30"],
    ),
    "substitute at the same price without line reference": Scenario(
        [paper(at(1, number="999999", gtin=None, name="Anden handske", line_reference=None))], "held", ["not_on_order"]
    ),
    "an extra line": Scenario([paper((*EXACT, Line("Diverse materialer", "1", "20.00", "EA")))], "held", ["not_on_order"]),
    "a line of text": Scenario([paper((*EXACT, Line("Tak for ordren", "1", "0.00", "EA")))], "posted"),
    "a free extra item": Scenario([paper((*EXACT, Line("Prøve", "1", "0.00", "EA", number="555")))], "held", ["not_on_order"]),
    "a return on the invoice": Scenario(
        [paper((*EXACT, Line(**{**EXACT[0].__dict__, "quantity": "-2"})))], "posted", ["partial"], only="peppol-bis-3"
    ),
    "a return of what was not invoiced": Scenario(
        [paper((Line(**{**EXACT[0].__dict__, "quantity": "-2"}), *EXACT[1:]))], "held", ["credit_over_invoiced"], only="peppol-bis-3"
    ),
    # --- fees ---
    "freight line": Scenario([paper((*EXACT, FREIGHT))], "posted", ["fee_within_limit"], ["ok", "ok", "ok", "fee"]),
    "freight at the limit": Scenario([paper((*EXACT, Line("Fragt", "1", "150.00", "EA")))], "posted", ["fee_within_limit"]),
    "freight over the limit": Scenario([paper((*EXACT, Line("Fragt", "1", "150.01", "EA")))], "held", ["fee_over_limit"]),
    "fees together over the limit": Scenario(
        [paper((*EXACT, FREIGHT, FEE), charges=(("Miljøtillæg", "30.00"),))], "held", ["fee_over_limit"]
    ),
    "charge on the document": Scenario([paper(charges=(("Fragt", "75.00"),))], "posted", ["fee_within_limit"]),
    "charge over the limit": Scenario([paper(charges=(("Fragt", "151.00"),))], "held", ["fee_over_limit"]),
    "freight not allowed": Scenario(
        [paper((*EXACT, FREIGHT))], "held", ["fee_over_limit"], orders_there=[order(freight_allowed=False)]
    ),
    "fee off": Scenario([paper((*EXACT, FREIGHT))], "held", ["fee_over_limit"], policy={"freight_without_order_line_max": None}),
    "freight as an order line": Scenario(
        [paper((*EXACT, Line("Fragt", "1", "300.00", "EA", number="FRAGT", line_reference="40")))], "posted",
        orders_there=[order(lines=(*LINES, item("40", "FRAGT", "Fragt", "1", "300.00", "EA", "EA", "1")))],
    ),
    "goods that only sound like freight": Scenario(
        [paper((*EXACT, Line("Transportkasse 50 l", "1", "75.00", "EA")))], "held", ["not_on_order"]
    ),
    # --- VAT, currency, sums ---
    "VAT rate off": Scenario([paper(at(0, vat="0"))], "held", ["vat"], ["vat", "ok", "ok"]),
    "VAT rate off, not looked at": Scenario([paper(at(0, vat="0"))], "posted", policy={"vat_must_equal_order": False}),
    "freight without VAT": Scenario([paper((*EXACT, Line("Fragt", "1", "75.00", "EA", vat="0")))], "held", ["vat"]),
    "euro": Scenario([paper(currency="EUR")], "held", ["currency_mismatch"], only="peppol-bis-3"),
    "rounded to the krone": Scenario([paper(rounding="0.12")], "posted", ["rounding"]),
    "rounded by too much": Scenario([paper(rounding="1.01")], "held", ["price_over"]),
    # --- guards ---
    "order closed": Scenario([paper()], "held", ["order_not_open"], ["closed"] * 3, orders_there=[order(status="closed")]),
    "order cancelled": Scenario([paper()], "held", ["order_not_open"], orders_there=[order(status="cancelled")]),
    "another institution": Scenario([paper(buyer_gln=HOME)], "held", ["institution_mismatch"]),
    "unknown institution": Scenario([paper(buyer_gln="5798020009992")], "rejected", ["unknown_institution"]),
    "another municipality's number": Scenario([paper(buyer_cvr="29189846")], "rejected", ["unknown_institution"]),
    "unknown supplier": Scenario(
        [paper(supplier={**SUPPLIER, "cvr": "12345674", "gln": "5790010009999"})], "manual", ["unknown_supplier"]
    ),
    "numbers of two suppliers": Scenario([paper(supplier_cvr=OTHER["cvr"])], "manual", ["supplier_mismatch"]),
    "account changed": Scenario([paper(account=("2000", "0077404481"))], "held", ["bank_account_changed"], ["ok"] * 3),
    "account in another bank": Scenario([paper(account=("2001", "0010000000"))], "held", ["bank_account_changed"]),
    "no account": Scenario([paper(account=None)], "posted", only="peppol-bis-3"),
    "from the future": Scenario([paper(issued="2026-11-25")], "held", ["future_date"]),
    "of today": Scenario([paper(issued="2026-11-24")], "posted"),
    "before the order": Scenario([paper(issued="2026-04-30")], "held", ["before_order"]),
    "on the day of the order": Scenario([paper(issued="2026-05-01")], "posted"),
    "proforma": Scenario([paper(type_code="325")], "rejected", ["unknown_type"], also={"rejected"}, only="oioubl-2.1"),
    # --- duplicates ---
    "the same number": Scenario([paper(), paper(issued="2026-09-30")], "duplicate", ["duplicate_number"], ["ok"] * 3),
    "the same bytes": Scenario([paper(), paper()], "duplicate", ["duplicate_bytes"]),
    "the number with leading zeros": Scenario([paper(number="884120"), paper(number="00884120")], "duplicate", ["duplicate_number"]),
    "the number with other letters before it": Scenario(
        [paper(number="F-884120"), paper(number="INV884120")], "duplicate", ["duplicate_number"]
    ),
    "the number without punctuation": Scenario([paper(number="F-884.120"), paper(number="F884120")], "duplicate", ["duplicate_number"]),
    "another number alike for another order": Scenario(
        [paper(number="A-1001"), paper(billed(NEXT), number="B-1001", reference="4500000084")], "posted", orders_there=[ORDER, NEXT]
    ),
    "the same content under a new number": Scenario(
        [paper(number="F-1"), paper(number="F-2")], "held", ["same_content_new_number"]
    ),
    "the same content of a partial invoice, same day": Scenario(
        [paper(billed(ORDER, _10="5")[:1], number="F-1"), paper(billed(ORDER, _10="5")[:1], number="F-2")],
        "held", ["same_content_new_number"],
    ),
    "put right after it was rejected": Scenario(
        [paper(lines=(Line(**{**EXACT[0].__dict__, "amount": "900.00"}), *EXACT[1:])), paper()], "posted"
    ),
    "the number of another supplier": Scenario(
        [paper(billed(NEXT), supplier=OTHER, account=("2001", "0010000001"), reference="4500000084"), paper()], "posted",
        orders_there=[ORDER, order("4500000084", NEXT["lines"], supplier={name: OTHER[name] for name in ("cvr", "gln", "name")})],
    ),
    # --- credit notes ---
    "credit of everything": Scenario(
        [paper(), paper(number="K-1", credit=True, credits=("F-884120",))], "posted", ["credit_full"], ["ok"] * 3
    ),
    "credit of a part": Scenario(
        [paper(), paper(billed(ORDER, _10="3")[:1], number="K-1", credit=True, credits=("F-884120",))], "posted", ["credit_partial"]
    ),
    "credit without order reference": Scenario(
        [paper(), paper(number="K-1", credit=True, credits=("F-884120",), reference=None)], "posted", ["credit_full"]
    ),
    "credit with the invoice number dressed": Scenario(
        [paper(), paper(number="K-1", credit=True, credits=("884120",))], "posted", ["credit_full"]
    ),
    "credit of an unknown invoice": Scenario(
        [paper(), paper(number="K-1", credit=True, credits=("X-1",))], "held", ["credit_without_invoice"], also={"manual"}
    ),
    "credit of no invoice": Scenario([paper(), paper(number="K-1", credit=True)], "held", ["credit_without_invoice"]),
    "credit of more than was invoiced": Scenario(
        [paper(billed(ORDER, _10="4")), paper(billed(ORDER, _10="5")[:1], number="K-1", credit=True, credits=("F-884120",))],
        "held", ["credit_over_invoiced"],
    ),
    "credit at a higher price": Scenario(
        [paper(), paper(at(0, price="60.00", quantity="3")[:1], number="K-1", credit=True, credits=("F-884120",))],
        "held", ["credit_over_invoiced"],
    ),
    "credit of another item": Scenario(
        [paper(), paper(STRANGE, number="K-1", credit=True, credits=("F-884120",))],
        "held", ["not_on_order"],
    ),
    "credit twice": Scenario(
        [
            paper(),
            paper(number="K-1", credit=True, credits=("F-884120",)),
            paper(number="K-2", credit=True, credits=("F-884120",), issued="2026-10-01"),
        ],
        "held", ["credit_over_invoiced"],
    ),
    "credit in two parts": Scenario(
        [
            paper(),
            paper(billed(ORDER, _10="3")[:1], number="K-1", credit=True, credits=("F-884120",)),
            paper(billed(ORDER, _10="7")[:1], number="K-2", credit=True, credits=("F-884120",)),
        ],
        "posted", ["credit_partial"],
    ),
    "credit of price only, then the goods again": Scenario(
        [
            paper(),
            paper(at(0, price="2.00")[:1], number="K-1", credit=True, credits=("F-884120",)),
            paper(EXACT[:1], number="F-2", issued="2026-10-01"),
        ],
        "held", ["already_invoiced"],
    ),
    "invoiced again after it was credited": Scenario(
        [
            paper(),
            paper(number="K-1", credit=True, credits=("F-884120",)),
            paper(number="F-2", issued="2026-10-01"),
        ],
        "posted",
    ),
    "credit of freight": Scenario(
        [
            paper((*EXACT, FREIGHT)),
            paper((FREIGHT,), number="K-1", credit=True, credits=("F-884120",)),
        ],
        "posted", ["credit_partial"],
    ),
    "credit with the invoice's number": Scenario(
        [paper(), paper(credit=True, credits=("F-884120",))], "posted", ["credit_full"]
    ),
    "negative invoice": Scenario(
        [paper(), paper(number="F-2", negative=True, credits=("F-884120",))], "posted", ["credit_full"], only="peppol-bis-3"
    ),
    "negative invoice of nothing": Scenario(
        [paper(negative=True)], "held", ["credit_without_invoice"], only="peppol-bis-3"
    ),
}  # fmt: skip

PROFILES = ("peppol-bis-3", "oioubl-2.1")
CASES = [
    pytest.param(name, profile, id=f"{name} [{profile}]")
    for name, scenario in SCENARIOS.items()
    for profile in PROFILES
    if scenario.only in (None, profile)
]


def play(database: Database, scenario: Scenario, profile: str) -> tuple[Town, dict[str, Any]]:
    there = scenario.orders_there
    received = scenario.receipts_there
    town = Town.load(
        database,
        ORGANISATION,
        [SUPPLIER, OTHER],
        there,
        [row for one in there if one["match"] == "3-way" and one["status"] == "open" for row in receipts(one)]
        if received is None
        else received,
        {**POLICY, **scenario.policy},
    )
    answer: dict[str, Any] = {}
    for one in scenario.papers:
        answer = town.receive(one.but(profile=profile).write())
    return town, answer


@pytest.mark.parametrize(("name", "profile"), CASES)
def test_scenario(sqlite_database: Database, name: str, profile: str) -> None:
    scenario = SCENARIOS[name]
    _, answer = play(sqlite_database, scenario, profile)
    told = (
        f"{answer['outcome']} {answer['reasons']} {[line['status'] for line in answer['lines']]} {answer['findings']}"
    )
    assert answer["outcome"] in {scenario.outcome, *scenario.also}, told
    if answer["outcome"] == scenario.outcome:
        assert set(scenario.reasons) <= set(answer["reasons"]), told
        if scenario.outcome == "posted":
            assert set(answer["reasons"]) <= set(scenario.reasons) | {"partial"}, told
    if scenario.statuses is not None:
        assert [line["status"] for line in answer["lines"]] == scenario.statuses, told
    if scenario.orders is not None:
        assert answer["orders"] == scenario.orders
    if scenario.lines is not None:
        assert [line["order_line"] for line in answer["lines"]] == scenario.lines, told
    if scenario.candidates is not None:
        assert answer["candidates"] == scenario.candidates


def test_every_word_of_the_interfaces_is_shown_by_a_scenario() -> None:
    shown = {reason for scenario in SCENARIOS.values() for reason in scenario.reasons}
    words = (
        "within_tolerance price_under uom_converted fee_within_limit discount rounding by_text two_orders line_told_by_price partial "
        "credit_full credit_partial price_over qty_over not_received not_on_order uom_unknown fee_over_limit vat order_not_open "
        "already_invoiced institution_mismatch currency_mismatch bank_account_changed credit_without_invoice credit_over_invoiced "
        "cumulative_over before_order future_date same_content_new_number no_reference order_ref_corrected unknown_order ambiguous "
        "supplier_mismatch unknown_supplier no_order duplicate_number duplicate_bytes unknown_institution unknown_type"
    )
    assert set(words.split()) <= shown
