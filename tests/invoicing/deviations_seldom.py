"""What is to be paid as it stands though it is seldom seen: stopped without need, it costs a person's time."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import GLNS, Trial, World, kind, trial
from tests.invoicing.edits import put_before
from tests.invoicing.papers import Line, billed, ore

HOUSE = {"gln": GLNS[0], "name": "Huset"}


@kind
def what_is_on_back_order(world: World) -> Trial:
    """A line of 0 pieces says what comes later."""
    row = world.order(3)
    lines = [*billed(row)[:-1], replace(billed(row)[-1], quantity="0", amount="0.00")]
    return trial(world.paper(row, lines), "posted", "rejected")


@kind
def on_back_order_with_freight(world: World) -> Trial:
    row = world.order(3)
    lines = [
        *billed(row)[:-1],
        replace(billed(row)[-1], quantity="0", amount="0.00"),
        Line("Fragt", "1", "75.00", "EA"),
    ]
    return trial(world.paper(row, lines), "posted", "rejected", reasons=("fee_within_limit",))


@kind
def more_came_and_what_was_ordered_is_invoiced(world: World) -> Trial:
    row = world.order(received=None, lines=world.goods(0, 2, quantity="10"), supplier=0)
    world.receipts += world.receipt(row, _10="12")
    return trial(world.paper(row), "posted")


@kind
def some_went_back_and_the_rest_is_invoiced(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    world.receipts.append(
        {"order": row["number"], "line": "10", "unit": row["lines"][0]["unit"], "date": row["date"], "quantity": "-3"}
    )
    return trial(world.paper(row, billed(row, _10="7")), "posted", reasons=("partial",))


@kind
def right_after_one_that_was_too_dear(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="100.00", quantity="10"), supplier=0)
    dear = world.paper(row, world.changed(row, 0, price="120.00"))
    return trial([dear, world.paper(row, issued="2026-10-01")], "posted")


@kind
def right_after_one_to_a_wrong_account(world: World) -> Trial:
    row = world.order()
    false = world.paper(row, account=("9070", "1234567890"), issued="2026-09-01")
    return trial([false, world.paper(row, issued="2026-10-01")], "posted")


@kind
def both_numbers_of_the_supplier_and_its_own_order_number(world: World) -> Trial:
    """The supplier's own numbers in notes and on lines are nobody's order here."""
    row = world.order()
    told = world.choose("Vores ordrenr. 8812345678", "Følgeseddel 3312345, kundenr. 100200", "Vor ref.: 99-1234567")
    lines = [
        replace(line, note=world.choose("Følgeseddel 7712345", "Batch 20260901-4", "Vores ordre 81234567"))
        for line in billed(row)
    ]
    return trial(world.paper(row, lines, notes=(told,)), "posted")


@kind
def suppliers_number_in_the_header_and_ours_on_lines(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, line_reference=f"{row['number']}-{line.line_reference}") for line in billed(row)]
    return trial(
        world.paper(row, lines, reference=world.choose("SO-778812", "K7781", "webshop")), "posted", "suggested"
    )


@kind
def note_of_an_earlier_order(world: World) -> Trial:
    """The header names the order; a note tells of another one that has the same item."""
    (line,) = world.goods(1, 1, quantity="10")
    other, row = (world.order(lines=[dict(line)], supplier=1, institution=HOUSE) for _ in range(2))
    return trial(world.paper(row, notes=(f"Tak også for ordre {other['number']}",)), "posted")


@kind
def number_with_letters_in_other_case(world: World) -> Trial:
    number = f"B-26-{world.random.randint(10000, 99999)}K"
    row = world.order(number=number)
    told = world.choose(
        number.lower(), number.replace("-", " "), number.replace("-", ""), f"Ordre: {number}", f"{number}/1"
    )
    return trial(world.paper(row, reference=told), "posted")


@kind
def two_orders_told_by_header_and_a_note(world: World) -> Trial:
    """The header names the first order, a note both; each line is of one of them only."""
    one = world.order(2, supplier=3, institution=HOUSE)
    names = {line["name"] for line in one["lines"]}
    lines = [line for line in world.goods(3, 8) if line["name"] not in names][:2]
    other = world.order(
        lines=[{**line, "line": str(10 * n)} for n, line in enumerate(lines, start=1)], supplier=3, institution=HOUSE
    )
    told = [replace(line, line_reference=None) for row in (one, other) for line in billed(row)]
    note = world.choose("Samlefaktura for ordre {} og {}", "Vedr. ordre {} + ordre {}").format(
        one["number"], other["number"]
    )
    return trial(world.paper(one, told, notes=(note,)), "posted", "suggested", reasons=("two_orders",))


@kind
def vat_told_in_euro_beside(world: World) -> Trial:
    """A second VAT total in another currency is only told."""
    mark = "<cac:LegalMonetaryTotal>"
    extra = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">13.37</cbc:TaxAmount></cac:TaxTotal>'
    head = put_before("<cbc:BuyerReference>", "<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>")

    def edit(body: bytes) -> bytes:
        return put_before(mark, extra)(head(body) if b"peppol" in body[:1500] else body)

    return trial([(world.paper(world.order()), edit)], "posted", "rejected", "held")


@kind
def boxes_by_the_ten_in_pieces(world: World) -> Trial:
    """Ordered in boxes of 50 at a price for ten boxes; invoiced in pieces at a price for a hundred."""
    lines = world.goods(
        0,
        1,
        unit="XBX",
        content_unit="EA",
        units_per_order_unit="50",
        base_quantity="10",
        price="400.00",
        quantity="20",
    )
    row = world.order(lines=lines, supplier=0)
    (line,) = billed(row)
    told = replace(line, unit="EA", quantity="1000", price="80.00", base="100")
    return trial(world.paper(row, [told]), "posted", reasons=("uom_converted",))


@kind
def pieces_one_by_one(world: World) -> Trial:
    """A carton of fifty at 10 kr. piece by piece at 20 øre, and one of twelve at 7 kr. where each piece is rounded up."""
    lines = world.goods(0, 2, quantity="1", unit="XCT", content_unit="EA")
    lines[0] |= {"price": "10.00", "units_per_order_unit": "50"}
    lines[1] |= {"price": "7.00", "units_per_order_unit": "12"}
    row = world.order(lines=lines, supplier=0)
    first, second = billed(row)
    told = [replace(first, quantity="1", unit="EA", price="0.20")] * 50 + [
        replace(second, quantity="1", unit="EA", price="0.583333", amount="0.58")
    ] * 12
    return trial(world.paper(row, told), "posted", reasons=("uom_converted",))


@kind
def returned_and_bought_on_one_invoice(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, price="100.00", quantity="10"), supplier=2)
    (line,) = billed(row)
    lines = [replace(line, quantity="12"), replace(line, quantity="-2")]
    return trial(world.paper(row, lines), "posted", "held")


@kind
def fee_told_at_length(world: World) -> Trial:
    row = world.order()
    told = world.choose(
        "Fragt til døren", "Gebyr for levering", "Fragt, 2 kolli", "Tillæg for palle", "Porto pr. pakke", "Fragt inkl. emballage",
        "GLS fragt", "Pallefragt", "Ekspeditionsgebyr for små ordrer", "Fragt (DK)", "Levering med lift",
    )  # fmt: skip
    return trial(
        world.paper(row, [*billed(row), Line(told, "1", "60.00", "EA")]),
        "posted",
        "held",
        reasons=("fee_within_limit",),
    )


@kind
def credited_in_full_and_invoiced_right(world: World) -> Trial:
    """Invoiced too cheap, taken back whole, invoiced as agreed."""
    row = world.order(lines=world.goods(1, 2, price="100.00", quantity="10"), supplier=1)
    first = world.paper(row, world.changed(row, 0, price="90.00"))
    back = world.paper(row, world.changed(row, 0, price="90.00"), credit=True, credits=(first.number,))
    return trial([first, back, world.paper(row, issued="2026-10-03")], "posted")


@kind
def credit_of_part_of_what_two_invoices_charged(world: World) -> Trial:
    """Each credit note against its own of two invoices on one order line."""
    row = world.order(lines=world.goods(1, 1, quantity="10"), supplier=1)
    papers = [world.paper(row, billed(row, _10="5"), issued=f"2026-09-{day}") for day in ("01", "20")]
    backs = [
        world.paper(row, billed(row, _10="2"), credit=True, credits=(one.number,), issued=f"2026-10-0{n}")
        for n, one in enumerate(papers, start=1)
    ]
    return trial([*papers, *backs], "posted", reasons=("credit_partial",))


@kind
def two_invoices_of_the_same_content_on_other_days(world: World) -> Trial:
    """Half today and half next week are two deliveries that are alike."""
    row = world.order(lines=world.goods(0, 2, quantity="10"), supplier=0)
    half = billed(row, _10="5", _20="5")
    return trial([world.paper(row, half, issued="2026-09-01"), world.paper(row, half, issued="2026-09-08")], "posted")


@kind
def a_price_of_six_decimals_rounded_by_the_line(world: World) -> Trial:
    row = world.order(lines=world.goods(3, 2, price="1.234567", quantity="50"), supplier=3)
    lines = [replace(line, price="1.2346", amount=str(ore(Decimal("61.73")))) for line in billed(row)]
    return trial(world.paper(row, lines), "posted")
