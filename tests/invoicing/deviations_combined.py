"""What must not be paid as it stands though each part of it looks harmless: two things that only together say too much."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import GLNS, STOPPED, SUPPLIERS, Trial, World, kind, trial
from tests.invoicing.edits import put_before, said, said_first, twice
from tests.invoicing.papers import Line, billed, ore

HOUSE = {"gln": GLNS[0], "name": "Huset"}


def _pair(world: World, supplier: int, **fields):
    """Two open orders of one supplier at one institution with the same single item."""
    (line,) = world.goods(supplier, 1, quantity="10", price="100.00")
    one = world.order(lines=[dict(line)], supplier=supplier, institution=HOUSE)
    other = world.order(lines=[{**line, **fields}], supplier=supplier, institution=HOUSE)
    return one, other


def _near(number: str) -> str:
    """Another number of the same series, which no order has."""
    return number[:-5] + "99" + number[-3:]


# --- references that do not agree ---------------------------------------------------------------------------------------


@kind
def invoiced_order_again_with_a_note_of_another(world: World) -> Trial:
    """The header's order is invoiced to the end; a note mentions another order that has the same item and room for it."""
    one, other = _pair(world, 0)
    told = world.choose(
        f"Vi har også modtaget ordre {other['number']}, tak", f"Tidligere ordre {other['number']} følger"
    )
    return trial(
        [world.paper(one), world.paper(one, notes=(told,), issued="2026-10-02")], "held", reasons=("already_invoiced",)
    )


@kind
def dearer_by_a_note_of_a_dearer_order(world: World) -> Trial:
    one, other = _pair(world, 1, price="112.00")
    lines = [replace(line, price="112.00", line_reference=None) for line in billed(one)]
    return trial(
        world.paper(one, lines, notes=(f"Priser som på ordre {other['number']}",)), "held", reasons=("price_over",)
    )


@kind
def goods_of_an_order_that_only_a_note_names(world: World) -> Trial:
    """The header says one order, a note another, and every line is of the other: which of the two was meant?"""
    one, other = world.order(1, supplier=2, institution=HOUSE), world.order(1, supplier=2, institution=HOUSE)
    paper = world.paper(one, billed(other), notes=(f"Se ordre {other['number']}",))
    same = one["lines"][0]["name"] == other["lines"][0]["name"]
    return trial(paper, *(STOPPED if not same else (*STOPPED, "posted")))


@kind
def wrong_number_in_a_line_reference(world: World) -> Trial:
    """The header names the order, the lines name another number of the series, which is not there."""
    row = world.order()
    lines = [replace(line, line_reference=f"{_near(row['number'])}-{line.line_reference}") for line in billed(row)]
    return trial(world.paper(row, lines), *STOPPED)


@kind
def wrong_number_in_a_line_note(world: World) -> Trial:
    row = world.order()
    told = world.choose("Vedr. ordre {}", "Ordrenr. {}", "Deres ordre: {}")
    lines = [replace(line, note=told.format(_near(row["number"]))) for line in billed(row)]
    return trial(world.paper(row, lines), *STOPPED)


@kind
def wrong_number_in_the_header_and_right_on_lines(world: World) -> Trial:
    """A number of the series that is no order of the supplier in the header, the right one on the lines."""
    row = world.order()
    lines = [replace(line, line_reference=f"{row['number']}-{line.line_reference}") for line in billed(row)]
    number = row["number"]
    wrong = (
        world.choose(_near(number), number[:5] + number[6] + number[5] + number[7:])
        if number[5] != number[6]
        else _near(number)
    )
    return trial(world.paper(row, lines, reference=wrong), *STOPPED)


@kind
def two_numbers_of_which_one_has_a_wrong_character(world: World) -> Trial:
    one, other = _pair(world, 3)
    whole = replace(billed(one)[0], quantity="20", line_reference=None)
    return trial(world.paper(one, [whole], reference=f"{one['number']}, {_near(other['number'])}"), *STOPPED)


@kind
def line_of_an_order_at_another_institution(world: World) -> Trial:
    one = world.order(1, supplier=1, institution=HOUSE)
    other = world.order(1, supplier=1, institution={"gln": GLNS[1], "name": "Hjemmet"})
    lines = [replace(line, order_reference=row["number"]) for row in (one, other) for line in billed(row)]
    return trial(world.paper(one, lines), "held", reasons=("institution_mismatch",))


@kind
def number_without_its_check_letter(world: World) -> Trial:
    number = f"B-26-{world.random.randint(10000, 99999)}K"
    row = world.order(3, number=number)
    told = world.choose(number[:-1], number[:-1] + "L", number + "K", number.replace("26", "62"))
    return trial(world.paper(row, reference=told), *STOPPED)


@kind
def ordered_and_cancelled(world: World) -> Trial:
    return trial(world.paper(world.order(status="cancelled")), "held", reasons=("order_not_open",))


# --- fees that have no goods, goods that call themselves fees -----------------------------------------------------------


@kind
def freight_with_goods_of_no_quantity(world: World) -> Trial:
    """Nothing of the order is invoiced but a line that says 0 pieces; freight comes with goods."""
    row = world.order()
    nothing = replace(billed(row)[0], quantity="0", amount="0.00")
    return trial(
        world.paper(row, [nothing, Line("Fragt", "1", "149.00", "EA")]), "held", "rejected", reasons=("fee_over_limit",)
    )


@kind
def freight_with_goods_taken_back_at_once(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1, price="100.00", quantity="4"), supplier=0)
    (line,) = billed(row)
    lines = [line, replace(line, quantity="-4"), Line("Fragt", "1", "120.00", "EA")]
    return trial(world.paper(row, lines), "held", "rejected", reasons=("fee_over_limit",))


@kind
def freight_again_when_all_is_invoiced(world: World) -> Trial:
    row = world.order()
    nothing = replace(billed(row)[0], quantity="0", amount="0.00")
    again = [nothing, Line(world.choose("Fragt", "Gebyr", "Ekspeditionsgebyr"), "1", "99.00", "EA")]
    return trial([world.paper(row), world.paper(row, again)], "held", "rejected")


@kind
def goods_with_their_freight_told(world: World) -> Trial:
    """Goods that were not ordered, whose text mentions freight, delivery or a fee."""
    row = world.order()
    told = world.choose(
        "Batterier AA, inkl. fragt", "Rulle stretchfilm til forsendelse", "Vådservietter med gratis fragt",
        "Etiketter til porto", "Printerpatron incl. levering og fragt", "Stol + fragt", "Hylde, fri fragt",
        "Kaffe 500 g inkl. miljøbidrag", "Flyttekartoner for transport og forsendelse", "Malerspande uden gebyr",
    )  # fmt: skip
    return trial(world.paper(row, [*billed(row), Line(told, "1", "145.00", "EA")]), "held", reasons=("not_on_order",))


@kind
def discount_that_costs(world: World) -> Trial:
    row = world.order()
    line = world.choose(Line("Rabat", "1", "50.00", "EA"), Line("Bonus", "-1", "-50.00", "EA", amount="50.00"))
    return trial(world.paper(row, [*billed(row), line]), "held", "rejected")


@kind
def allowance_below_nothing(world: World) -> Trial:
    """A discount of minus 120 kr. is 120 kr. more to pay."""
    row = world.order()
    return trial(world.paper(row, allowances=(("Rabat", "-120.00"),)), "held", "rejected")


@kind
def charge_at_no_rate_that_was_agreed(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, vat_percent="0"), supplier=1)
    lines = [*billed(row), Line("Fragt", "1", "50.00", "EA", vat="25")]
    return trial(world.paper(row, lines), "held", reasons=("vat",))


# --- many small things ---------------------------------------------------------------------------------------------------


@kind
def an_ore_or_two_on_each_of_many_pieces(world: World) -> Trial:
    """One carton of fifty at 10 kr., invoiced piece by piece at 22 øre each: no line is more than 2 øre off, all are 10 %."""
    lines = world.goods(0, 1, price="10.00", quantity="1", unit="XCT", content_unit="EA", units_per_order_unit="50")
    row = world.order(lines=lines, supplier=0)
    (line,) = billed(row)
    each = replace(line, quantity="1", unit="EA", price="0.22", base=None, line_reference=world.choose("10", None))
    return trial(world.paper(row, [each] * 50), "held", reasons=("price_over",))


@kind
def two_ore_more_than_the_price_says_on_each_of_many(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, price="0.20", quantity="60"), supplier=1)
    (line,) = billed(row)
    each = replace(line, quantity="1", amount="0.22")
    return trial(world.paper(row, [each] * 60), "held", "rejected")


@kind
def rounding_and_vat_each_within(world: World) -> Trial:
    """90 øre are rounded up and the VAT is 60 øre too much: the document is 1,50 kr. off."""
    row = world.order(lines=world.goods(0, 1, price="100.00", quantity="10"), supplier=0)
    paper = world.paper(row, rounding="0.90")

    def edit(body: bytes) -> bytes:
        text = body.decode().replace(">250.00<", ">250.60<").replace(">1250.90<", ">1251.50<")
        return text.replace(">1250.00<", ">1250.60<").encode()

    return trial([(paper, edit)], "held", "rejected")


@kind
def tolerance_on_a_big_line_and_its_return(world: World) -> Trial:
    """A hundred at 1 % too much and ninety taken back at the agreed price are ten at 10 % too much."""
    row = world.order(lines=world.goods(2, 1, price="10.00", quantity="10"), supplier=2)
    (line,) = billed(row)
    lines = [replace(line, quantity="100", price="10.10"), replace(line, quantity="-90")]
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def many_pieces_of_which_most_at_another_rate_are_taken_back(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, price="10.00", quantity="10"), supplier=2)
    (line,) = billed(row)
    lines = [replace(line, quantity="15"), replace(line, quantity="-5", vat="0")]
    return trial(world.paper(row, lines), "held", reasons=("vat",))


# --- one item told in two ways -------------------------------------------------------------------------------------------


@kind
def by_number_and_again_by_gtin(world: World) -> Trial:
    row = world.order()
    line = world.choose(*billed(row))
    again = replace(line, number=None, line_reference=None)
    return trial(world.paper(row, [*billed(row), again]), "held", reasons=("qty_over",))


@kind
def by_number_and_again_by_text(world: World) -> Trial:
    row = world.order(1)
    (line,) = billed(row)
    again = replace(line, number=None, gtin=None, line_reference=world.choose(None, "10"))
    return trial(world.paper(row, [line, again]), "held")


@kind
def by_the_carton_and_again_by_the_piece(world: World) -> Trial:
    lines = world.goods(3, 1, price="60.00", quantity="5", unit="XCT", content_unit="EA", units_per_order_unit="12")
    row = world.order(lines=lines, supplier=3)
    (line,) = billed(row)
    pieces = replace(line, quantity="60", unit="EA", price="5.00")
    return trial(world.paper(row, [line, pieces]), "held", reasons=("qty_over",))


@kind
def part_by_the_carton_then_all_by_the_piece(world: World) -> Trial:
    lines = world.goods(3, 1, price="60.00", quantity="5", unit="XCT", content_unit="EA", units_per_order_unit="12")
    row = world.order(lines=lines, supplier=3)
    (line,) = billed(row)
    first = world.paper(row, [replace(line, quantity="3")])
    return trial(
        [first, world.paper(row, [replace(line, quantity="60", unit="EA", price="5.00")])],
        "held",
        reasons=("qty_over",),
    )


@kind
def a_variant_of_the_number(world: World) -> Trial:
    """100001A is not 100001, whatever the text says; no GTIN is told."""
    row = world.order()
    lines = world.changed(row, number=lambda line: f"{line.number}{world.choose('A', '-2', '/XL')}", gtin=None)
    return trial(world.paper(row, lines), "held", reasons=("not_on_order",))


@kind
def two_pieces_for_a_pair(world: World) -> Trial:
    """Ordered in pairs, invoiced in pieces at the price of a pair; no factor says what a pair is."""
    row = world.order(
        lines=world.goods(1, 1, unit="PR", content_unit="PR", units_per_order_unit="1", quantity="5"), supplier=1
    )
    return trial(world.paper(row, world.changed(row, unit="EA")), "held", reasons=("uom_unknown",))


@kind
def kilos_where_grams_were_ordered(world: World) -> Trial:
    row = world.order(
        lines=world.goods(1, 1, unit="GRM", content_unit="GRM", units_per_order_unit="1", quantity="50"), supplier=1
    )
    return trial(world.paper(row, world.changed(row, unit="KGM")), "held", reasons=("uom_unknown",))


# --- goods that went back, goods that were free --------------------------------------------------------------------------


@kind
def some_of_it_went_back(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    world.receipts.append(
        {"order": row["number"], "line": "10", "unit": row["lines"][0]["unit"], "date": row["date"], "quantity": "-3"}
    )
    return trial(world.paper(row), "held", reasons=("not_received",))


@kind
def a_gift_that_costs(world: World) -> Trial:
    lines = world.goods(3, 2)
    lines[1]["price"] = "0.00"
    row = world.order(lines=lines, supplier=3)
    return trial(world.paper(row, world.changed(row, 1, price="5.00")), "held", reasons=("price_over",))


@kind
def pieces_below_nothing_at_a_price_below_nothing(world: World) -> Trial:
    """Minus two at minus 50 kr. are 100 kr. to pay."""
    row = world.order(lines=world.goods(0, 1, price="100.00", quantity="10"), supplier=0)
    (line,) = billed(row)
    lines = [line, replace(line, quantity="-2", price="-50.00", amount="100.00")]
    return trial(world.paper(row, lines), "held", "rejected")


@kind
def a_line_of_quantity_nothing_on_the_order(world: World) -> Trial:
    lines = world.goods(1, 2)
    lines[1]["quantity"] = "0"
    row = world.order(lines=lines, supplier=1)
    told = [billed(row)[0], replace(billed(row)[0], number=lines[1]["seller_item_id"], gtin=lines[1]["gtin"],
            name=lines[1]["name"], price=lines[1]["price"], unit=lines[1]["unit"], line_reference="20", quantity="1")]  # fmt: skip
    return trial(world.paper(row, told), *STOPPED)


@kind
def named_line_has_not_come_and_the_other_is_invoiced(world: World) -> Trial:
    """One item on two lines: what came is invoiced already, the line that is named has not come."""
    (line,) = world.goods(3, 1, quantity="5", price="80.00")
    row = world.order(lines=[line, {**line, "line": "20"}], supplier=3, received=None)
    world.receipts += [one for one in world.receipt(row) if one["line"] == "10"]
    first = world.paper(row, billed(row, _20="0"))
    second = world.paper(row, billed(row, _10="0"))
    return trial([first, second], "held", reasons=("not_received",))


# --- who is paid, who sends, in what ------------------------------------------------------------------------------------


@kind
def a_factor_with_another_account(world: World) -> Trial:
    paper = world.paper(world.order(), payee=("Inkasso Finans A/S", "20000017"), account=("9070", "1234567890"))
    return trial(paper, "held", reasons=("bank_account_changed",))


@kind
def known_account_at_another_bank(world: World) -> Trial:
    row = world.order()
    place = [one["cvr"] for one in SUPPLIERS].index(row["supplier"]["cvr"])
    return trial(world.paper(row, account=("2009", f"1000000{place}")), "held", reasons=("bank_account_changed",))


@kind
def account_of_another_supplier(world: World) -> Trial:
    row = world.order(supplier=0)
    return trial(world.paper(row, account=("2001", "10000001")), "held", reasons=("bank_account_changed",))


@kind
def the_same_number_from_another_endpoint(world: World) -> Trial:
    """The supplier sends again, from a GLN that nobody knows, its company number being the same."""
    row = world.order()
    first = world.paper(row)
    again = first.but(supplier={**first.supplier, "gln": "5790010000996"}, issued="2026-09-29")
    return trial([first, again], "duplicate", reasons=("duplicate_number",))


@kind
def the_same_number_with_signs_nobody_sees(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    number = first.number
    told = world.choose(
        f"{number[:3]}\u200b{number[3:]}", f"{number[:2]}\u2011{number[2:]}", f"\u2060{number}", f"{number}."
    )
    return trial([first, first.but(number=told)], "duplicate", "held")


@kind
def the_same_number_in_broad_digits(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, quantity="10"), supplier=0)
    first = world.paper(row, billed(row, _10="5", _20="5"))
    broad = "".join(chr(ord(character) + 0xFEE0) for character in first.number)
    return trial([first, first.but(number=broad, issued="2026-10-05")], "duplicate", "held", "rejected")


@kind
def euro_for_an_order_in_euro(world: World) -> Trial:
    """The books are in kroner: nobody has said at what rate."""
    return trial(world.paper(world.order(currency="EUR"), currency="EUR"), "held", "rejected")


@kind
def a_vat_total_in_another_currency_that_counts_double(world: World) -> Trial:
    mark = "<cac:LegalMonetaryTotal>"
    extra = '<cac:TaxTotal><cbc:TaxAmount currencyID="DKK">100.00</cbc:TaxAmount></cac:TaxTotal>'
    return trial([(world.paper(world.order()), put_before(mark, extra))], "held", "rejected")


@kind
def credit_of_the_invoices_of_two_suppliers_orders(world: World) -> Trial:
    """Each of the two invoices is there, of the one supplier and of the other; a credit note takes both."""
    one, other = world.order(1, supplier=0), world.order(1, supplier=1)
    first, second = world.paper(one), world.paper(other)
    paper = world.paper(one, [*billed(one), *billed(other)], credit=True, credits=(first.number, second.number))
    return trial([first, second, paper], *STOPPED)


@kind
def credit_of_more_pieces_at_less_each(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row, billed(row, _10="4"))
    lines = [replace(billed(row)[0], quantity="8", price="50.00")]
    return trial([first, world.paper(row, lines, credit=True, credits=(first.number,))], *STOPPED)


@kind
def credited_by_value_and_then_by_goods_and_invoiced_anew(world: World) -> Trial:
    """40 % given back in value, then all the goods: together more than the invoice."""
    row = world.order(lines=world.goods(2, 1, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row)
    value = world.paper(row, [replace(billed(row)[0], price="40.00")], credit=True, credits=(first.number,))
    goods = world.paper(row, credit=True, credits=(first.number,))
    return trial([first, value, goods], "held", reasons=("credit_over_invoiced",))


@kind
def a_held_one_is_paid_and_comes_once_more_corrected(world: World) -> Trial:
    """Too dear, then right under a new number, then right once more: the goods are paid once."""
    row = world.order(lines=world.goods(0, 2, price="100.00", quantity="10"), supplier=0)
    dear = world.paper(row, world.changed(row, 0, price="120.00"))
    right = world.paper(row, issued="2026-10-01")
    again = world.paper(row, [replace(line, line_reference=None) for line in billed(row)], issued="2026-10-02")
    return trial([dear, right, again], "held", reasons=("already_invoiced",))


@kind
def two_orders_of_which_one_allows_no_freight(world: World) -> Trial:
    one = world.order(1, supplier=1, institution=HOUSE)
    other = world.order(1, supplier=1, institution=HOUSE, freight_allowed=False)
    lines = [replace(line, order_reference=row["number"]) for row in (one, other) for line in billed(row)]
    return trial(world.paper(one, [*lines, Line("Fragt", "1", "75.00", "EA")]), *STOPPED)


@kind
def issued_between_two_orders(world: World) -> Trial:
    """After the first order and before the second, whose goods it invoices too."""
    one = world.order(1, supplier=1, institution=HOUSE, date="2026-02-11")
    other = world.order(1, supplier=1, institution=HOUSE, date="2026-06-11")
    lines = [replace(line, order_reference=row["number"]) for row in (one, other) for line in billed(row)]
    return trial(world.paper(one, lines, issued="2026-04-01"), "held", reasons=("before_order",))


@kind
def a_date_with_a_zone_that_makes_it_tomorrow(world: World) -> Trial:
    return trial([(world.paper(world.order()), said_first("IssueDate", "2026-11-25+14:00"))], "held", "rejected")


@kind
def the_sum_right_by_two_lines_that_are_wrong(world: World) -> Trial:
    """One too many of the one and one too few of the other, at the same price."""
    row = world.order(lines=world.goods(1, 2, price="100.00", quantity="10"), supplier=1)
    return trial(world.paper(row, billed(row, _10="11", _20="9")), "held", reasons=("qty_over",))


@kind
def price_right_by_a_charge_that_the_price_leaves_out(world: World) -> Trial:
    """The price is the agreed one; 1,5 % more stand in the line's amount."""
    row = world.order(lines=world.goods(0, 2, price="100.00", quantity="10"), supplier=0)
    lines = world.changed(row, 0, amount=str(ore(Decimal("1015.00"))))
    return trial(world.paper(row, lines), "held", "rejected")


@kind
def beside_the_invoice_that_it_takes_up(world: World) -> Trial:
    """Five of ten are invoiced; the next invoice names the first and invoices six: four more, or six in place of five?"""
    row = world.order(lines=world.goods(1, 1, quantity="12"), supplier=1)
    first = world.paper(row, billed(row, _10="5"))
    again = world.paper(row, billed(row, _10="6"), credits=(first.number,))
    return trial([first, again], "held", reasons=("amends",))


@kind
def asks_for_more_or_in_advance(world: World) -> Trial:
    """A debit note, or a prepayment invoice, though everything has come and is as agreed."""
    return trial(
        [(world.paper(world.order()), said("InvoiceTypeCode", world.choose("383", "386")))], "held", "rejected"
    )


@kind
def one_element_on_a_line_said_twice(world: World) -> Trial:
    """Whoever reads the first and whoever reads the last read two documents."""
    edit = world.choose(
        twice("InvoicedQuantity", "cbc", "1"), twice("LineExtensionAmount", "cbc", "1.00"), twice("Price"), twice("Item"),
        twice("Percent", "cbc", "0"), twice("PriceAmount", "cbc", "0.01"), twice("OrderReference"), twice("PayeeFinancialAccount"),
    )  # fmt: skip
    return trial([(world.paper(world.order()), edit)], "rejected", "held")
