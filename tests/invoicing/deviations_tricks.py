"""What must not be paid as it stands, however innocent its lines look: prices, quantities, items and fees tampered with."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.invoicing.deviating import STOPPED, SUPPLIERS, Trial, World, kind, trial
from tests.invoicing.papers import Line, billed, ore

# --- prices -------------------------------------------------------------------------------------------------------------


@kind
def one_ore_past_the_percentage(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="52.00", quantity="8"), supplier=0)
    lines = world.changed(row, 0, amount="420.17", price="52.52125")
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def one_ore_past_the_kroner(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="500.00", quantity="10"), supplier=0)
    return trial(world.paper(row, world.changed(row, 1, price="501.001")), "held", reasons=("price_over",))


@kind
def dearer_line_beside_a_cheaper_one(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="100.00", quantity="10"), supplier=0)
    one, other = billed(row)
    return trial(
        world.paper(row, [replace(one, price="112.00"), replace(other, price="80.00")]), "held", reasons=("price_over",)
    )


@kind
def overcharge_hidden_by_a_discount_line(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, price="100.00", quantity="10"), supplier=1)
    lines = [*world.changed(row, price="115.00"), Line("Rabat", "-1", "150.00", "EA")]
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def returned_below_the_price(world: World) -> Trial:
    """Fifteen invoiced and five taken back at half the price are not ten."""
    row = world.order(lines=world.goods(1, 1, price="100.00", quantity="10"), supplier=1)
    (line,) = billed(row)
    lines = [replace(line, quantity="15"), replace(line, quantity="-5", price="50.00")]
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def a_line_of_no_quantity_that_costs(world: World) -> Trial:
    row = world.order()
    line = world.choose(*billed(row))
    return trial(world.paper(row, [*billed(row), replace(line, quantity="0", amount="9.00")]), "held", "rejected")


@kind
def price_and_quantity_swapped(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 1, price="3.00", quantity="50"), supplier=2)
    return trial(world.paper(row, world.changed(row, quantity="3", price="50.00")), "held", reasons=("price_over",))


@kind
def prices_of_two_lines_swapped(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="4"), supplier=2)
    one, other = billed(row)
    lines = [replace(one, price=other.price), replace(other, price=one.price)]
    same = abs(Decimal(one.price) - Decimal(other.price)) < 3
    return trial(world.paper(row, lines), *(STOPPED if not same else ("held", "posted")))


@kind
def dear_item_by_the_number_of_the_cheap_one(world: World) -> Trial:
    """One item's number and another one's GTIN on a line: which of the two has come?"""
    lines = world.goods(3, 2, quantity="10")
    lines[0]["price"], lines[1]["price"] = "20.00", "400.00"
    row = world.order(lines=lines, supplier=3)
    cheap, dear = billed(row)
    told = replace(cheap, gtin=dear.gtin, name=dear.name, price=dear.price, line_reference=None)
    return trial(world.paper(row, [told]), "held")


@kind
def a_short_number_that_counts_pieces_in_a_note(world: World) -> Trial:
    """Order 4711 is there, and a note speaks of 4711 pieces: no reference."""
    number = str(world.random.randint(1000, 9999))
    while any(one["number"] == number for one in world.orders):
        number = str(world.random.randint(1000, 9999))
    row = world.order(3, number=number)
    told = world.choose(f"{number} stk. leveret", f"I alt {number} kr.", f"Kørt {number} km")
    return trial(world.paper(row, reference=None, notes=(told,)), *STOPPED)


@kind
def number_and_gtin_of_two_items_at_one_price(world: World) -> Trial:
    """The two cost the same, so that no price tells which of them has come."""
    row = world.order(lines=world.goods(3, 2, quantity="10", price="45.00", unit="EA"), supplier=3)
    one, other = billed(row)
    told = replace(one, gtin=other.gtin, name=other.name, line_reference=None)
    return trial(world.paper(row, [told]), "held", reasons=("not_on_order",))


@kind
def another_item_under_the_right_number(world: World) -> Trial:
    """The seller's number is the one ordered; GTIN and name are another item's."""
    row = world.order(3)
    stranger = world.goods(SUPPLIERS.index(next(s for s in SUPPLIERS if s["cvr"] == row["supplier"]["cvr"])), 30)
    names = {line["name"].split()[0] for line in row["lines"]}
    other = next(line for line in stranger if line["name"].split()[0] not in names)
    lines = world.changed(row, gtin=other["gtin"], name=other["name"])
    return trial(world.paper(row, lines), "held", reasons=("not_on_order",))


@kind
def line_charge_and_allowance_that_do_not_meet(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="100.00", quantity="4"), supplier=0)
    return trial(world.paper(row, world.changed(row, allowances=("5.00",), charges=("25.00",))), *STOPPED)


@kind
def base_quantity_in_name_only(world: World) -> Trial:
    """12 kr. for 12 pieces, they say, and charge 12 kr. each."""
    row = world.order(lines=world.goods(1, 1, price="1.00", quantity="24", unit="EA"), supplier=1)
    return trial(
        world.paper(row, world.changed(row, price="12.00", base="12", amount="288.00")),
        "rejected",
        reasons=("invalid",),
    )


@kind
def pieces_at_the_price_of_the_carton(world: World) -> Trial:
    row = world.order(
        lines=world.goods(2, 2, unit="XCT", content_unit="EA", units_per_order_unit="12", price="60.00", quantity="4"),
        supplier=2,
    )
    lines = world.changed(row, unit="EA", quantity="48")
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def a_thousand_for_a_thousandth(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, price="60.00", quantity="4"), supplier=2)
    lines = world.changed(row, quantity="4000", price="0.06")
    return trial(world.paper(row, lines), "held", reasons=("qty_over",))


@kind
def the_item_dearer_on_the_order_beside(world: World) -> Trial:
    """The same item on two lines at two prices, everything charged at the dearer one."""
    (line,) = world.goods(3, 1, quantity="5", price="80.00")
    row = world.order(lines=[line, {**line, "line": "20", "price": "95.00"}], supplier=3)
    told = [replace(one, price="95.00", line_reference=None) for one in billed(row)]
    return trial(world.paper(row, told), "held", reasons=("price_over",))


# --- quantities and receipts --------------------------------------------------------------------------------------------


@kind
def more_came_than_was_ordered(world: World) -> Trial:
    row = world.order(received=None, lines=world.goods(0, 2, quantity="10"), supplier=0)
    world.receipts += world.receipt(row, _10="12")
    return trial(world.paper(row, billed(row, _10="12")), "held", reasons=("qty_over",))


@kind
def part_of_it_has_not_come(world: World) -> Trial:
    row = world.order(received=None, lines=world.goods(0, 2, quantity="10"), supplier=0)
    world.receipts += [one for one in world.receipt(row) if one["line"] == "10"]
    return trial(world.paper(row), "held", reasons=("not_received",))


@kind
def a_hair_more_than_came(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, quantity="10", price="900.00"), supplier=0)
    return trial(world.paper(row, billed(row, _10="10.01")), "held", reasons=("qty_over",))


@kind
def the_hour_past_the_ceiling(world: World) -> Trial:
    fields = {"name": "Konsulentbistand", "unit": "HUR", "content_unit": "HUR", "units_per_order_unit": "1"}
    row = world.order(lines=world.goods(1, 1, quantity="12", **fields), match="2-way", supplier=1)
    papers = [world.paper(row, billed(row, _10=part)) for part in ("7.5", "5.5")]
    return trial(papers, "held", reasons=("qty_over",))


@kind
def taken_back_before_it_was_invoiced(world: World) -> Trial:
    row = world.order(2)
    line = world.choose(*billed(row))
    lines = [replace(line, quantity=f"-{line.quantity}")]
    extra = [one for one in billed(row) if one.number != line.number]
    return trial(world.paper(row, [*extra, *extra, *lines] if extra else lines), *STOPPED)


@kind
def one_order_paid_on_the_note_of_another(world: World) -> Trial:
    """The goods of one order are invoiced again on the header of another that has none of them."""
    one, other = world.order(2, supplier=2), world.order(2, supplier=2)
    lines = [replace(line, note=f"Vedr. ordre {one['number']}") for line in billed(one)]
    return trial([world.paper(one), world.paper(other, lines)], *STOPPED)


# --- items --------------------------------------------------------------------------------------------------------------


@kind
def an_item_of_another_order(world: World) -> Trial:
    one = world.order(3, supplier=1)
    names = {line["name"] for line in one["lines"]}
    stranger = next(line for line in world.goods(1, 9) if line["name"] not in names)
    other = world.order(lines=[{**stranger, "line": "10"}], supplier=1)
    return trial(world.paper(one, [*billed(one), *billed(other)]), "held", reasons=("not_on_order",))


@kind
def a_credit_line_for_something_else(world: World) -> Trial:
    row = world.order()
    line = Line("Kreditering af faktura 77812", "-1", "30.00", "EA")
    return trial(world.paper(row, [*billed(row), line]), "held", reasons=("not_on_order",))


@kind
def goods_called_a_fee(world: World) -> Trial:
    row = world.order()
    told = world.choose(
        "Transportvogn",
        "Portofrit frimærkeark",
        "Emballagetape 50 mm",
        "Gebyrfri betalingsterminal",
        "Boks til forsendelse",
    )
    return trial(world.paper(row, [*billed(row), Line(told, "1", "145.00", "EA")]), "held", reasons=("not_on_order",))


@kind
def another_colour_or_kind_by_text(world: World) -> Trial:
    """No numbers and the agreed price, but a word that makes it another item."""
    name, other = world.choose(
        ("Kuglepen Bakkely Pro blå", "Kuglepen Bakkely Pro sort"),
        ("Nitrilhandske Klitgaard Eco steril str. M", "Nitrilhandske Klitgaard Eco usteril str. M"),
        ("Toiletpapir Ågaard Care 2-lags", "Toiletpapir Ågaard Care 3-lags"),
        ("Letmælk Møllevang Eco 1 l", "Kærnemælk Møllevang Eco 1 l"),
        ("Lasertoner Storåen Max 12.000 sider", "Lasertoner Storåen Max 6.000 sider"),
        ("Kontorstol Tindvig Basic høj ryg", "Kontorstol Tindvig Basic lav ryg"),
    )
    row = world.order(lines=world.goods(0, 1, name=name, description=name), supplier=0)
    (line,) = billed(row)
    told = replace(line, name=other, number=None, gtin=None, line_reference=world.choose(None, "10"))
    return trial(world.paper(row, [told]), "held", "suggested", "manual")


@kind
def a_word_and_the_line_number_only(world: World) -> Trial:
    row = world.order(2)
    told = world.choose("Vare", "Diverse", "Jf. aftale", "Leveret", "1")
    lines = world.changed(row, name=told, number=None, gtin=None)
    return trial(world.paper(row, lines), "held", "rejected")


# --- fees ---------------------------------------------------------------------------------------------------------------


@kind
def fee_under_cover_of_a_discount(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="100.00"), supplier=0)
    lines = [*billed(row), Line("Fragt", "1", "240.00", "EA"), Line("Rabat", "-1", "100.00", "EA")]
    return trial(world.paper(row, lines), "held", reasons=("fee_over_limit",))


@kind
def fee_under_cover_of_an_allowance(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="100.00"), supplier=0)
    paper = world.paper(row, charges=(("Fragt", "240.00"),), allowances=(("Rabat", "100.00"),))
    return trial(paper, "held", reasons=("fee_over_limit",))


@kind
def fee_under_cover_of_a_negative_fee(world: World) -> Trial:
    row = world.order()
    lines = [*billed(row), Line("Fragt", "1", "340.00", "EA"), Line("Gebyr", "-1", "200.00", "EA")]
    return trial(world.paper(row, lines), "held", reasons=("fee_over_limit",))


@kind
def fee_in_many_small_ones(world: World) -> Trial:
    row = world.order()
    words = ("Fragt", "Gebyr", "Miljøtillæg", "Porto", "Ekspedition", "Energitillæg")
    lines = [*billed(row), *(Line(word, "1", "25.01", "EA") for word in words)]
    return trial(world.paper(row, lines), "held", reasons=("fee_over_limit",))


@kind
def fee_of_a_hundred_pieces(world: World) -> Trial:
    row = world.order()
    return trial(
        world.paper(row, [*billed(row), Line("Gebyr", "100", "1.51", "EA")]), "held", reasons=("fee_over_limit",)
    )


@kind
def fee_without_vat(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, [*billed(row), Line("Fragt", "1", "50.00", "EA", vat="0")]), "held", reasons=("vat",))


@kind
def fee_on_a_document_charge_that_is_not_allowed(world: World) -> Trial:
    row = world.order(freight_allowed=False)
    return trial(world.paper(row, charges=(("Gebyr", "5.00"),)), "held", reasons=("fee_over_limit",))


@kind
def nothing_but_a_fee(world: World) -> Trial:
    """Freight comes once with the goods; an invoice of nothing but freight has nothing to be compared with."""
    row = world.order()
    return trial(world.paper(row, [Line("Fragt", "1", "149.00", "EA")]), *STOPPED)


@kind
def freight_again_on_each_part(world: World) -> Trial:
    """Within the limit on each invoice, and that is the limit's own reading."""
    row = world.order(lines=world.goods(3, 2, quantity="10"), supplier=3)
    fee = Line("Fragt", "1", "75.00", "EA")
    parts = [[*billed(row, _10=part, _20=part), fee] for part in ("4", "6")]
    return trial([world.paper(row, part) for part in parts], "posted", "held")


# --- the whole of the lines ------------------------------------------------------------------------------------------------


@kind
def dearer_by_allowance_then_charge(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, price="100.00", quantity="10"), supplier=1)
    paper = world.paper(row, allowances=(("Rabat", "200.00"),), charges=(("Gebyr", "160.00"),))
    return trial(paper, "held", reasons=("fee_over_limit",))


@kind
def sum_off_by_some_ore_on_each_line(world: World) -> Trial:
    """Each line 1 kr. above quantity times price: OIOUBL's own rule lets it be, and then it is within the tolerance."""
    row = world.order(lines=world.goods(1, 3, price="500.00", quantity="10"), supplier=1)
    lines = [replace(line, amount=str(ore(line.net + 1))) for line in billed(row)]
    return trial(world.paper(row, lines), "rejected", "posted")


@kind
def everything_on_one_line(world: World) -> Trial:
    """The order's total and its number, and nothing of what has come: never matched on the amount alone."""
    row = world.order(2)
    total = sum((line.net for line in billed(row)), Decimal(0))
    told = world.choose(f"Varer jf. ordre {row['number']}", "Samlet levering", "I henhold til ordre")
    return trial(world.paper(row, [Line(told, "1", str(total), "EA")]), "held", reasons=("not_on_order",))


@kind
def one_at_the_price_of_all(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1, quantity="10"), supplier=0)
    (line,) = billed(row)
    return trial(world.paper(row, [replace(line, quantity="1", price=str(line.net))]), "held", reasons=("price_over",))


# --- beside another invoice ------------------------------------------------------------------------------------------------


def _half(world: World) -> dict[str, Any]:
    return world.order(lines=world.goods(1, 2, quantity="10"), supplier=1)


@kind
def a_note_says_that_it_replaces_another(world: World) -> Trial:
    """Five of ten are paid; five more in place of them, or beside them?"""
    row = _half(world)
    first = world.paper(row, billed(row, _10="5", _20="5"), issued="2026-09-01")
    told = world.choose(
        "Erstatter faktura {}", "Denne faktura erstatter tidligere faktura nr. {}.", "Rettelse til {}", "Replaces invoice no. {}",
        "Korrigeret faktura, annullerer faktura F-{}", "Erstatning for {}",
    ).format(first.number)  # fmt: skip
    again = world.paper(row, billed(row, _10="5", _20="5"), issued="2026-09-09", notes=(told,))
    return trial([first, again], "held", reasons=("amends",))


@kind
def it_comes_after_the_one_that_takes_it_up(world: World) -> Trial:
    row = _half(world)
    first = world.paper(row, billed(row, _10="5", _20="5"), issued="2026-09-01")
    told = world.choose({"credits": (first.number,)}, {"notes": (f"Erstatter faktura {first.number}",)})
    again = world.paper(row, billed(row, _10="4", _20="5"), issued="2026-09-09", **told)
    return trial([again, first], "held", reasons=("amends",))


@kind
def it_takes_up_what_we_never_had(world: World) -> Trial:
    """A tender, an order number in the wrong element, an invoice that never came: nothing stands beside it."""
    row = _half(world)
    told = world.choose(
        {"credits": ("T-4711",)}, {"credits": (row["number"],)}, {"credits": ("99887766",)}, {"notes": ("Erstatter tilbud 4711",)},
        {"notes": ("Rettet faktura, erstatter 99887766",)}, {"notes": ("Vedr. følgeseddel 887766, erstatter restordre",)},
    )  # fmt: skip
    return trial(world.paper(row, **told), "posted")


@kind
def it_names_an_invoice_that_is_given_back(world: World) -> Trial:
    row = _half(world)
    first = world.paper(row, issued="2026-09-01")
    credit = world.paper(row, credit=True, credits=(first.number,), issued="2026-09-04")
    return trial([first, credit, world.paper(row, credits=(first.number,), issued="2026-09-09")], "posted")
