"""Credit notes and negative invoices: what they give back, of what, how often."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import STOPPED, Trial, World, kind, trial
from tests.invoicing.papers import Line, billed


@kind
def negative_invoice_that_takes_an_invoice_back(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    return trial([first, world.paper(row, negative=True, credits=(first.number,))], "posted", "rejected")


@kind
def negative_invoice_of_nothing(world: World) -> Trial:
    return trial(world.paper(world.order(), negative=True), *STOPPED)


@kind
def credited_bit_by_bit(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    first = world.paper(row)
    parts = [billed(row, _10="3", _20="0"), billed(row, _10="7", _20="4"), billed(row, _10="0", _20="6")]
    return trial([first, *(world.paper(row, part, credit=True, credits=(first.number,)) for part in parts)], "posted")


@kind
def part_of_the_price_given_back(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row)
    lines = [replace(billed(row)[0], price="4.00")]
    return trial(
        [first, world.paper(row, lines, credit=True, credits=(first.number,))], "posted", reasons=("credit_partial",)
    )


@kind
def credit_that_writes_the_number_otherwise(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    told = world.choose(f"00{first.number}", f"Faktura {first.number}", f" {first.number} ")
    return trial([first, world.paper(row, credit=True, credits=(told,))], "posted", "held", reasons=("credit_full",))


@kind
def freight_given_back(world: World) -> Trial:
    row = world.order()
    fee = Line("Fragt", "1", "75.00", "EA")
    first = world.paper(row, [*billed(row), fee])
    return trial([first, world.paper(row, [fee], credit=True, credits=(first.number,))], "posted", "held")


@kind
def credit_of_everything_with_its_freight(world: World) -> Trial:
    row = world.order()
    lines = [*billed(row), Line("Fragt", "1", "75.00", "EA")]
    first = world.paper(row, lines)
    paper = world.paper(row, lines, credit=True, credits=(first.number,))
    return trial([first, paper], "posted", reasons=("credit_full",))


@kind
def credit_before_its_invoice(world: World) -> Trial:
    """The credit note waits for the invoice it names; the invoice is posted when it comes."""
    row = world.order()
    first = world.paper(row)
    return trial([world.paper(row, credit=True, credits=(first.number,)), first], "posted")


@kind
def credit_of_everything_with_its_freight_and_discount(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, price="100.00"), supplier=2)
    lines = [*billed(row), Line("Fragt", "1", "75.00", "EA"), Line("Rabat", "-1", "20.00", "EA")]
    first = world.paper(row, lines)
    paper = world.paper(row, lines, credit=True, credits=(first.number,))
    return trial([first, paper], "posted", reasons=("credit_full",))


@kind
def freight_given_back_twice_over(world: World) -> Trial:
    row = world.order()
    fee = Line("Fragt", "1", "75.00", "EA")
    first = world.paper(row, [*billed(row), fee])
    more = replace(fee, price="95.00")
    return trial([first, world.paper(row, [more], credit=True, credits=(first.number,))], *STOPPED)


@kind
def credit_of_another_suppliers_invoice(world: World) -> Trial:
    one, other = world.order(supplier=0), world.order(supplier=1)
    first = world.paper(one)
    return trial([first, world.paper(other, credit=True, credits=(first.number,))], *STOPPED)


@kind
def credit_of_two_invoices(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    first, second = (world.paper(row, billed(row, _10="5", _20="5")).but(issued=f"2026-09-1{n}") for n in (1, 2))
    lines = billed(row, _10="10", _20="10")
    return trial([first, second, world.paper(row, lines, credit=True, credits=(first.number, second.number))], *STOPPED)


@kind
def credit_twice_in_other_clothes(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    first = world.paper(row)
    credit = world.paper(row, billed(row, _10="6", _20="0"), credit=True, credits=(first.number,))
    again = credit.but(number=world.next_document(), issued="2026-10-10")
    return trial([first, credit, again], *STOPPED, "duplicate")


@kind
def credit_note_again(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    credit = world.paper(row, credit=True, credits=(first.number,))
    return trial([first, credit, credit.but(issued="2026-10-10")], "duplicate", reasons=("duplicate_number",))


@kind
def credit_of_something_never_invoiced(world: World) -> Trial:
    row = world.order(2)
    first = world.paper(row)
    lines = [Line("Brandslukker eftersyn", "1", "12.00", "EA", number="990001")]
    return trial([first, world.paper(row, lines, credit=True, credits=(first.number,))], *STOPPED)


@kind
def credit_at_another_rate_of_vat(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    lines = [replace(line, vat="0") for line in billed(row)]
    return trial([first, world.paper(row, lines, credit=True, credits=(first.number,))], *STOPPED)


@kind
def credit_in_another_currency(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    return trial([first, world.paper(row, credit=True, credits=(first.number,), currency="EUR")], *STOPPED)


@kind
def credit_without_a_reference(world: World) -> Trial:
    row = world.order()
    return trial([world.paper(row), world.paper(row, credit=True)], *STOPPED)


@kind
def credit_note_below_nothing(world: World) -> Trial:
    """A credit note whose amounts are negative: it may mean a credit, it may ask for money. A person asks the supplier."""
    row = world.order()
    first = world.paper(row)
    named = world.choose((first.number,), ())
    return trial([first, world.paper(row, credit=True, negative=True, credits=named)], *STOPPED)


@kind
def credit_note_below_nothing_alone(world: World) -> Trial:
    row = world.order()
    named = world.choose(("99887766",), ())
    return trial(world.paper(row, credit=True, negative=True, credits=named), *STOPPED)


@kind
def credit_rounded_up(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    return trial([first, world.paper(row, credit=True, credits=(first.number,), rounding="9.00")], *STOPPED)


@kind
def credited_then_credited_in_value(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row)
    (line,) = billed(row)
    whole = world.paper(row, credit=True, credits=(first.number,))
    more = world.paper(row, [replace(line, price="5.00")], credit=True, credits=(first.number,))
    return trial([first, whole, more], *STOPPED)


@kind
def given_back_in_value_then_in_full(world: World) -> Trial:
    """5 kr. off each and then all ten at the full price: more than was paid."""
    row = world.order(lines=world.goods(2, 1, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row)
    (line,) = billed(row)
    more = world.paper(row, [replace(line, price="5.00")], credit=True, credits=(first.number,))
    whole = world.paper(row, credit=True, credits=(first.number,))
    return trial([first, more, whole], *STOPPED)


@kind
def credit_by_an_invoice_line(world: World) -> Trial:
    """An invoice that takes back more of a line than was ever invoiced on it."""
    row = world.order(lines=world.goods(2, 2, quantity="10", price="100.00"), supplier=2)
    one, other = billed(row)
    first = world.paper(row, [replace(one, quantity="4")])
    lines = [replace(one, quantity="-5"), other]
    return trial([first, world.paper(row, lines)], "held", reasons=("credit_over_invoiced",))


@kind
def invoiced_anew_at_another_price_after_a_credit(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row)
    lines = world.changed(row, price="112.00")
    return trial(
        [first, world.paper(row, credit=True, credits=(first.number,)), world.paper(row, lines)],
        "held",
        reasons=("price_over",),
    )


@kind
def invoiced_twice_after_one_credit(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    credit = world.paper(row, credit=True, credits=(first.number,))
    anew = [world.paper(row, issued=f"2026-10-0{n}") for n in (2, 3)]
    return trial([first, credit, *anew], "held", "duplicate", reasons=("already_invoiced",))


@kind
def value_given_back_does_not_open_the_order(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, quantity="10", price="100.00"), supplier=2)
    first = world.paper(row)
    (line,) = billed(row)
    value = world.paper(row, [replace(line, price=str(Decimal("30.00")))], credit=True, credits=(first.number,))
    anew = world.paper(row, [replace(line, quantity="3")])
    return trial([first, value, anew], "held", reasons=("already_invoiced",))


@kind
def discount_taken_back_with_the_goods(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, price="100.00"), supplier=2)
    first = world.paper(row, allowances=(("Rabat", "25.00"),))
    paper = world.paper(row, credit=True, credits=(first.number,), allowances=(("Rabat", "25.00"),))
    return trial([first, paper], "posted", reasons=("credit_full",))


@kind
def discount_line_taken_back_with_the_goods(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, price="100.00"), supplier=2)
    lines = [*billed(row), Line(world.choose("Kunderabat", "Rabat", "Årsbonus"), "-1", "25.00", "EA")]
    first = world.paper(row, lines)
    return trial(
        [first, world.paper(row, lines, credit=True, credits=(first.number,))], "posted", reasons=("credit_full",)
    )


@kind
def credit_less_a_fee_for_the_return(world: World) -> Trial:
    """The goods are free to be invoiced anew, and part of the money never came back."""
    row = world.order(lines=world.goods(2, 2, price="100.00", quantity="10"), supplier=2)
    first = world.paper(row)
    paper = world.paper(row, credit=True, credits=(first.number,), allowances=(("Returgebyr", "300.00"),))
    return trial([first, paper], "held", reasons=("fee_over_limit",))


@kind
def credit_with_a_line_that_charges(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, price="100.00", quantity="10"), supplier=2)
    one, other = billed(row)
    first = world.paper(row)
    lines = [one, replace(other, quantity="-2", price=world.choose("100.00", "180.00"))]
    return trial(
        [first, world.paper(row, lines, credit=True, credits=(first.number,))], "held", reasons=("fee_over_limit",)
    )


@kind
def credit_with_a_fee_line_that_charges(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, price="100.00", quantity="10"), supplier=2)
    first = world.paper(row)
    lines = [*billed(row), Line("Ekspeditionsgebyr", "-1", "120.00", "EA")]
    return trial(
        [first, world.paper(row, lines, credit=True, credits=(first.number,))], "held", reasons=("fee_over_limit",)
    )


@kind
def credited_a_little_too_low_and_invoiced_anew(world: World) -> Trial:
    """Half a percent of a large sum: the goods stay invoiced, else each round would cost a thousand kroner."""
    row = world.order(lines=world.goods(2, 1, price="20000.00", quantity="10"), supplier=2)
    first = world.paper(row)
    (line,) = billed(row)
    low = world.paper(row, [replace(line, price="19900.00")], credit=True, credits=(first.number,))
    return trial([first, low, world.paper(row)], "held", reasons=("already_invoiced",))
