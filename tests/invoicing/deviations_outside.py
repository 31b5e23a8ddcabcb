"""What an outside eye would try: dressed money, strangers between, numbers that meet, and what honest suppliers do beside them."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import GLNS, STOPPED, SUPPLIERS, Trial, World, kind, trial
from tests.invoicing.edits import attribute, put_before, said
from tests.invoicing.papers import Line, billed

# --- right, in seldom clothes ---------------------------------------------------------------------------------------------


@kind
def price_per_kilo_rounded_at_four_decimals(world: World) -> Trial:
    """Ordered at 12,3457 kr., billed at 12,3457 per one of 333: the øre follow."""
    row = world.order(
        lines=world.goods(
            1, 2, unit="KGM", content_unit="KGM", units_per_order_unit="1", price="12.3457", quantity="333"
        ),
        supplier=1,
    )
    return trial(world.paper(row), "posted")


@kind
def half_of_the_price_by_a_base_of_two(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, price="40.00", quantity="10"), supplier=1)
    return trial(world.paper(row, [replace(one, price="80.00", base="2") for one in billed(row)]), "posted")


@kind
def environmental_fee_on_a_document_charge(world: World) -> Trial:
    row = world.order()
    told = world.choose("Miljøtillæg", "Energitillæg", "Fakturagebyr", "CO2-tillæg", "Palletillæg")
    return trial(world.paper(row, charges=((told, "49.00"),)), "posted", reasons=("fee_within_limit",))


@kind
def next_years_number(world: World) -> Trial:
    """Another order, another year: the supplier began its numbers anew."""
    first, second = world.order(supplier=1), world.order(supplier=1)
    one = world.paper(first)
    return trial([one, world.paper(second, number=one.number, issued="2026-11-02")], "duplicate", "held")


@kind
def number_that_is_another_suppliers_too(world: World) -> Trial:
    one = world.paper(world.order(supplier=0))
    return trial([one, world.paper(world.order(supplier=1), number=one.number)], "posted")


@kind
def split_delivery_in_three_with_a_rest_received_last(world: World) -> Trial:
    row = world.order(received=None, lines=world.goods(1, 2, quantity="12"), supplier=1)
    world.receipts += world.receipt(row, _10="8", _20="8")
    parts = [billed(row, _10="4", _20="4") for _ in range(3)]
    papers = [world.paper(row, part, issued=f"2026-09-{day:02d}") for day, part in enumerate(parts, 3)]
    return trial(papers, "posted", later=world.receipt(row, _10="4", _20="4"), before=("held",))


@kind
def credited_in_three_notes(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, quantity="12"), supplier=1)
    first = world.paper(row)
    notes = [
        world.paper(row, billed(row, _10="4", _20="4"), credit=True, credits=(first.number,), issued=f"2026-10-{d:02d}")
        for d in (1, 2, 3)
    ]
    return trial([first, *notes], "posted")


@kind
def freight_and_goods_with_a_free_line(world: World) -> Trial:
    row = world.order()
    extra = [Line("Fragt", "1", "80.00", "EA"), Line("Gratis katalog", "1", "0.00", "EA")]
    return trial(world.paper(row, [*billed(row), *extra]), "posted")


@kind
def delivered_to_a_sibling(world: World) -> Trial:
    """The goods went to the other institution; whose invoice it is, the buyer's GLN says."""
    row = world.order()
    other = next(one for one in GLNS if one != row["institution"]["gln"])
    paper = world.paper(row)
    scheme = "0088" if paper.profile == "peppol-bis-3" else "GLN"
    place = f'<cac:DeliveryLocation><cbc:ID schemeID="{scheme}">{other}</cbc:ID></cac:DeliveryLocation>'
    return trial(
        [(paper, put_before("<cac:PaymentMeans>", f"<cac:Delivery>{place}</cac:Delivery>"))],
        "posted",
        "held",
        "rejected",
    )


# --- money in other clothes -----------------------------------------------------------------------------------------------


@kind
def deposit_for_crates(world: World) -> Trial:
    """Pant that no order has: money for something, and no fee."""
    row = world.order()
    return trial(
        world.paper(row, [*billed(row), Line(world.choose("Pant", "Kassepant", "Pant 24 fl."), "10", "3.00", "EA")]),
        *STOPPED,
    )


@kind
def fee_with_an_item_number(world: World) -> Trial:
    """With an item number it is an item, whatever it is called: nobody ordered it."""
    row = world.order()
    extra = Line("Fragt", "1", "49.00", "EA", number="FRAGT1")
    return trial(world.paper(row, [*billed(row), extra]), "held", reasons=("not_on_order",))


@kind
def fee_line_that_is_dear_and_a_negative_one_that_brings_it_below(world: World) -> Trial:
    row = world.order()
    extra = [Line("Fragt", "1", "900.00", "EA"), Line("Fragtrabat", "-1", "800.00", "EA")]
    return trial(world.paper(row, [*billed(row), *extra]), *STOPPED)


@kind
def document_discount_covers_an_overcharge(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, price="100.00", quantity="10"), supplier=1)
    lines = world.changed(row, 0, price="120.00")
    return trial(world.paper(row, lines, allowances=(("Rabat", "200.00"),)), *STOPPED)


@kind
def a_discount_that_is_bigger_on_the_cheaper_rate(world: World) -> Trial:
    """The discount is put on the goods without VAT, the goods with it are charged in full, but the order says 25 % of both."""
    row = world.order(lines=world.goods(1, 2, price="100.00", quantity="10"), supplier=1)
    one, other = billed(row)
    return trial(world.paper(row, [one, replace(other, vat="0")]), *STOPPED)


@kind
def vat_an_ore_over_on_each_of_two_rates(world: World) -> Trial:
    """Within the øre of rounding: 25 % of 99,99 is 24,9975."""
    row = world.order(lines=world.goods(1, 3, price="33.33", quantity="1"), supplier=1)
    return trial(world.paper(row), "posted")


@kind
def vat_of_export_on_domestic_goods(world: World) -> Trial:
    row = world.order()
    code = world.choose("K", "G", "O", "E", "Z")
    return trial(world.paper(row, [replace(one, vat="0", category=code) for one in billed(row)]), *STOPPED)


@kind
def one_per_cent_on_everything(world: World) -> Trial:
    """Each line 0,9 % over, each under 10 kr.: within the limits of a line."""
    row = world.order(lines=world.goods(1, 6, price="100.00", quantity="8"), supplier=1)
    return trial(
        world.paper(row, [replace(one, price="100.90") for one in billed(row)]), "posted", reasons=("within_tolerance",)
    )


@kind
def quantity_with_a_decimal_too_many(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, quantity="10"), supplier=1)
    return trial(world.paper(row, world.changed(row, 0, quantity="10.01")), *STOPPED)


@kind
def quantity_with_a_decimal_point_moved(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, quantity="12", price="10.00"), supplier=1)
    return trial(world.paper(row, world.changed(row, 0, quantity="120", price="1.00")), *STOPPED)


@kind
def twelve_at_a_base_of_twelve_that_the_amount_forgets(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, quantity="12", price="120.00"), supplier=1)
    return trial(world.paper(row, world.changed(row, 0, price="120.00", base="12", amount="1440.00")), *STOPPED)


@kind
def a_dozen_as_one(world: World) -> Trial:
    """Cartons of 12 are ordered, and a carton of 10 comes under the same number at the same price per carton, told in pieces."""
    row = world.order(
        lines=world.goods(
            0, 1, unit="XCT", content_unit="XBO", units_per_order_unit="12", quantity="10", price="120.00"
        ),
        supplier=0,
    )
    (line,) = billed(row)
    return trial(world.paper(row, [replace(line, unit="XBO", quantity="100", price="12.00")]), *STOPPED)


@kind
def cheaper_and_more(world: World) -> Trial:
    """Twice as many at half the price: the sum is right and the order is not."""
    row = world.order(lines=world.goods(1, 1, quantity="10", price="100.00"), supplier=1)
    return trial(world.paper(row, world.changed(row, 0, quantity="20", price="50.00")), *STOPPED)


# --- who, whose, when ---------------------------------------------------------------------------------------------------


@kind
def payee_with_another_company_on_the_known_account(world: World) -> Trial:
    row = world.order()
    return trial(
        world.paper(row, payee=("Fordring & Faktor A/S", "33445566"), account=("9999", "7777777777")),
        "held",
        "rejected",
        reasons=("bank_account_changed",),
    )


@kind
def a_second_means_of_payment_to_a_slip_of_a_stranger(world: World) -> Trial:
    def edit(body: bytes) -> bytes:
        text = body.decode()
        mark = "</cac:PaymentMeans>"
        end = text.index(mark) + len(mark)
        slip = (
            "<cac:PaymentMeans><cbc:PaymentMeansCode>93</cbc:PaymentMeansCode><cbc:PaymentID>71#123456789012347</cbc:PaymentID>"
            "<cac:PayeeFinancialAccount><cbc:ID>87654321</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"
        )
        return (text[:end] + slip + text[end:]).encode()

    return trial([(world.paper(world.order()), edit)], "held", "rejected")


@kind
def account_only_in_a_note(world: World) -> Trial:
    """The known account is in its place; a note asks for another one. Who pays pays to the account."""
    return trial(world.paper(world.order(), notes=("OBS: ny konto, betal til 9999 7777777777",)), "posted")


@kind
def account_of_the_invoice_and_another_on_its_credit_note(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    return trial(
        [
            first,
            first.but(
                number=world.next_document(),
                credit=True,
                credits=(first.number,),
                account=("9999", "7777777777"),
                issued="2026-10-20",
            ),
        ],
        "held",
        reasons=("bank_account_changed",),
    )


@kind
def order_number_with_a_tail_of_its_own(world: World) -> Trial:
    row = world.order()
    told = world.choose(f"{row['number']}-1", f"{row['number']}/1", f"PO-{row['number']}", f"#{row['number']}")
    return trial(world.paper(row, reference=told), "posted")


@kind
def order_number_with_a_digit_glued_on(world: World) -> Trial:
    row = world.order(3)
    told = world.choose(f"{row['number']}1", f"1{row['number']}", row["number"] + "00")
    return trial(world.paper(row, reference=told), *STOPPED)


@kind
def letter_o_for_zero(world: World) -> Trial:
    row = world.order(3, number=f"B-26-1{world.random.randint(1000, 9999)}0K")
    return trial(world.paper(row, reference=row["number"].replace("0K", "OK")), *STOPPED)


@kind
def number_of_the_order_as_its_own(world: World) -> Trial:
    """The invoice is called what the order is called."""
    row = world.order()
    return trial(world.paper(row, number=row["number"]), "posted")


@kind
def number_of_the_invoice_in_capitals_and_again_in_small(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, quantity="10"), supplier=1)
    number = f"AB{world.next_document()}C"
    first = world.paper(row, billed(row, _10="5", _20="5"), number=number)
    again = first.but(
        number=world.choose(number.lower(), f" {number} ", number.replace("AB", "AB-")), issued="2026-10-02"
    )
    return trial([first, again], "duplicate", "held")


@kind
def period_before_the_order(world: World) -> Trial:
    """Issued today for a period that ended before the order was made: what was ordered and has come is what is paid for."""
    row = world.order()
    part = "<cac:InvoicePeriod><cbc:StartDate>2025-01-01</cbc:StartDate><cbc:EndDate>2025-01-31</cbc:EndDate></cac:InvoicePeriod>"
    return trial([(world.paper(row), put_before("<cac:OrderReference>", part))], "posted")


@kind
def self_billed(world: World) -> Trial:
    return trial([(world.paper(world.order()), said("InvoiceTypeCode", "389"))], *STOPPED)


@kind
def metered_or_partial_or_with_its_packing_list(world: World) -> Trial:
    """Invoices of goods and services that the standard has a code of their own for; what profile has not the code rejects it."""
    code = world.choose("82", "326", "331", "388", "780")
    return trial([(world.paper(world.order()), said("InvoiceTypeCode", code))], "posted", "rejected")


@kind
def no_sale_by_its_own_code(world: World) -> Trial:
    """A request for payment, a debit note, a consignment, a claim: nothing of it is an invoice for what was ordered."""
    code = world.choose("71", "80", "84", "102", "218", "219", "382", "395", "553", "817", "751", "130")
    return trial([(world.paper(world.order()), said("InvoiceTypeCode", code))], *STOPPED)


# --- lines that take and give ---------------------------------------------------------------------------------------------


@kind
def a_negative_line_at_another_items_number(world: World) -> Trial:
    """One too many of the dear item, and one of the cheap item, never billed, taken back."""
    row = world.order(lines=world.goods(1, 2, quantity="10"), supplier=1)
    one, other = billed(row)
    lines = [replace(one, quantity="11"), replace(other, quantity="-1", line_reference=None)]
    return trial(world.paper(row, lines), *STOPPED)


@kind
def a_line_without_price_that_costs(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, quantity="1", price="50.00"), supplier=1)
    return trial(world.paper(row, world.changed(row, 0, price="0.00", amount="500.00")), *STOPPED)


@kind
def the_same_line_twice_under_two_orders_numbers(world: World) -> Trial:
    place = {"gln": GLNS[0], "name": "Huset"}
    (line,) = world.goods(2, 1, quantity="5")
    one = world.order(lines=[dict(line)], supplier=2, institution=place)
    other = world.order(lines=[dict(line)], supplier=2, institution=place, received=None)
    told = [replace(billed(row)[0], order_reference=row["number"]) for row in (one, other)]
    return trial(world.paper(one, told), *STOPPED)


@kind
def two_overlapping_invoices_each_right_by_itself(world: World) -> Trial:
    """Lines one and two, then two and three: the second of them is billed twice."""
    row = world.order(lines=world.goods(1, 3, quantity="5"), supplier=1)
    lines = billed(row)
    return trial([world.paper(row, lines[:2]), world.paper(row, lines[1:], issued="2026-10-03")], *STOPPED)


@kind
def credited_in_three_of_which_the_last_is_too_much(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, quantity="10"), supplier=1)
    first = world.paper(row)
    notes = [
        world.paper(row, billed(row, _10="4"), credit=True, credits=(first.number,), issued=f"2026-10-{d:02d}")
        for d in (1, 2, 3)
    ]
    return trial([first, *notes], *STOPPED)


@kind
def hidden_charge_by_an_allowance_below_nothing_on_a_line(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, price="100.00", quantity="10"), supplier=1)
    return trial(world.paper(row, world.changed(row, 0, allowances=("-150.00",))), *STOPPED)


@kind
def unit_told_as_a_pack_of_the_pack(world: World) -> Trial:
    """A pallet for a carton, priced as ten cartons."""
    row = world.order(
        lines=world.goods(0, 1, unit="XCT", content_unit="XBO", units_per_order_unit="12", quantity="10"), supplier=0
    )
    (line,) = billed(row)
    return trial(
        world.paper(row, [replace(line, unit="XPX", quantity="1", price=str(Decimal(line.price) * 10))]), *STOPPED
    )


@kind
def another_supplier_in_the_sellers_and_our_supplier_as_payee(world: World) -> Trial:
    row = world.order(supplier=0)
    return trial(world.paper(row, supplier=SUPPLIERS[2], payee=(SUPPLIERS[0]["name"], SUPPLIERS[0]["cvr"])), *STOPPED)


@kind
def quantity_in_the_currency_of_another(world: World) -> Trial:
    return trial([(world.paper(world.order()), attribute("TaxAmount", "currencyID", "EUR"))], *STOPPED)


@kind
def twins_of_the_box(world: World) -> Trial:
    """The other format's code of the same unit."""
    row = world.order(lines=world.goods(1, 2, unit="XCT", content_unit="XCT", units_per_order_unit="1"), supplier=1)
    return trial(world.paper(row, [replace(line, unit="CT") for line in billed(row)]), "posted")


@kind
def tolerance_taken_on_each_of_three_deliveries_and_then_a_piece_too_many(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 1, quantity="9", price="100.00"), supplier=1)
    parts = [world.changed(row, 0, quantity=many, price="100.90") for many in ("3", "3", "4")]
    return trial([world.paper(row, part, issued=f"2026-09-{day:02d}") for day, part in enumerate(parts, 3)], *STOPPED)


@kind
def a_charge_of_vat_on_the_document(world: World) -> Trial:
    """VAT once as VAT and once more as a fee."""
    row = world.order(lines=world.goods(1, 1, quantity="10", price="100.00"), supplier=1)
    return trial(world.paper(row, charges=(("Moms", "250.00"),)), *STOPPED)


@kind
def half_an_ore_on_every_line(world: World) -> Trial:
    """Amounts of three decimals are not kroner and øre."""
    row = world.order(lines=world.goods(1, 2, quantity="1", price="100.00"), supplier=1)
    return trial([(world.paper(row), said("LineExtensionAmount", "100.004"))], "rejected", "held", "posted")


@kind
def a_credit_note_of_a_credit_note(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    note = world.paper(row, credit=True, credits=(first.number,), issued="2026-10-02")
    return trial([first, note, world.paper(row, credit=True, credits=(note.number,), issued="2026-10-05")], *STOPPED)


@kind
def goods_as_freight_in_many_pieces(world: World) -> Trial:
    """What is dear under the name of freight, above what may pass, told as 20 of 15 kr."""
    row = world.order()
    return trial(world.paper(row, [*billed(row), Line("Fragt pr. kolli", "20", "15.00", "EA")]), *STOPPED)


@kind
def numbers_of_two_municipalities(world: World) -> Trial:
    """Our GLN beside another municipality's company number."""
    return trial(world.paper(world.order(), buyer_cvr="29189129"), "rejected", "held", "manual")


@kind
def a_discount_line_above_nothing(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, [*billed(row), Line("Rabat", "1", "40.00", "EA")]), *STOPPED)
