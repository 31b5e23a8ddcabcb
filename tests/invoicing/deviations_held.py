"""What waits for a person: something is not as agreed."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import BRANDS, GLNS, GOODS, SERIES, SUPPLIERS, Trial, World, kind, trial
from tests.invoicing.papers import Line, billed, ore


def _wrong(world: World, number: str) -> str:
    at = world.random.randrange(4, len(number) - 1)
    while True:
        wrong = world.choose(
            number[:at] + world.choose(*"0123456789") + number[at + 1 :],
            number[:at] + number[at + 1 :],
            number[:at] + number[at + 1] + number[at] + number[at + 2 :],
            number[:at] + world.choose(*"0123456789") + number[at:],
            number[:at] + world.choose(*"OIXB") + number[at + 1 :],
            number[:-1] + "X",
        )
        if wrong != number and number not in wrong:
            return wrong


@kind
def reference_with_a_wrong_character(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, reference=_wrong(world, row["number"])), "suggested", "held", "manual")


@kind
def one_zero_too_many_in_front(world: World) -> Trial:
    """Two and more fill a field up, one may be a wrong character."""
    row = world.order()
    return trial(world.paper(row, reference=f"0{row['number']}"), "suggested", "held", "manual")


@kind
def wrong_character_with_noise(world: World) -> Trial:
    row = world.order()
    told = world.choose("PO{}", "Ordre nr. {}", "{} Mette", "{}-10").format(_wrong(world, row["number"]))
    return trial(world.paper(row, reference=told), "suggested", "held", "manual")


@kind
def wrong_character_on_lines(world: World) -> Trial:
    row = world.order(2)
    wrong = _wrong(world, row["number"])
    lines = [replace(line, line_reference=f"{wrong}-{line.line_reference}") for line in billed(row)]
    return trial(world.paper(row, lines, reference=None), "suggested", "held", "manual")


@kind
def another_order_of_the_supplier(world: World) -> Trial:
    one, other = world.order(3, supplier=1), world.order(2, supplier=1)
    return trial(world.paper(one, reference=other["number"]), "suggested", "held")


@kind
def another_suppliers_order(world: World) -> Trial:
    one, other = world.order(3, supplier=1), world.order(2, supplier=2)
    return trial(world.paper(one, reference=other["number"]), "suggested", "manual", "held")


@kind
def no_reference(world: World) -> Trial:
    row = world.order(world.random.randint(3, 6))
    told = world.choose(None, "n/a", "-", "0", "ukendt", "ingen")
    return trial(world.paper(row, reference=told), "suggested", reasons=("no_reference",))


@kind
def reference_that_says_nothing(world: World) -> Trial:
    row = world.order(world.random.randint(3, 6))
    told = world.choose("Telefon", "se bilag", "Mette Hansen", "webshop", "mail", "afhentet")
    return trial(world.paper(row, reference=told), "suggested")


@kind
def no_reference_and_equals(world: World) -> Trial:
    row = world.order(3)
    world.order(
        lines=row["lines"],
        institution=row["institution"],
        reference=row["reference"],
        supplier=[one["cvr"] for one in SUPPLIERS].index(row["supplier"]["cvr"]),
    )
    return trial(world.paper(row, reference=None), "manual", reasons=("ambiguous",))


@kind
def no_order(world: World) -> Trial:
    row = world.order(3)
    lines = [
        Line("Brandslukker eftersyn", "1", "845.00", "EA", number="990001"),
        Line("Kørsel", "1", "312.00", "EA", number="990002"),
    ]
    return trial(world.paper(row, lines, reference=world.choose(None, "9900000073"), person="ZZZ99"), "manual")


@kind
def price_over(world: World) -> Trial:
    row = world.order()
    share = Decimal(world.choose("1.02", "1.05", "1.20", "2", "10", "100"))
    lines = world.changed(row, price=lambda line: str(ore(Decimal(line.price) * share + Decimal("0.02"))))
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def price_over_in_kroner(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="9000.00", quantity="10"), supplier=0)
    return trial(world.paper(row, world.changed(row, price="9001.01")), "held", reasons=("price_over",))


@kind
def price_over_hidden_by_a_document_discount(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, price="100.00", quantity="10"), supplier=0)
    lines = world.changed(row, price="108.00")
    return trial(world.paper(row, lines, allowances=(("Rabat", "20.00"),)), "held", reasons=("price_over",))


@kind
def split_to_get_the_tolerance_twice(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1, price="1000.00", quantity="10"), supplier=0)
    (line,) = billed(row)
    return trial(world.paper(row, [replace(line, quantity="5", price="1001.80")] * 2), "held", reasons=("price_over",))


@kind
def charge_on_the_line(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, world.changed(row, charges=("45.00",))), "held")


@kind
def base_quantity_forgotten(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, base_quantity="100", price="250.00", quantity="300"), supplier=1)
    return trial(world.paper(row, world.changed(row, base=None)), "held", reasons=("price_over",))


@kind
def content_unit_at_the_price_of_the_box(world: World) -> Trial:
    row = world.order(lines=[line for line in world.goods(2, 6) if line["content_unit"] != line["unit"]], supplier=2)
    told = row["lines"][0]
    lines = world.changed(row, 0, unit=told["content_unit"])
    return trial(world.paper(row, lines), "held", reasons=("price_over",))


@kind
def box_in_place_of_pieces(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, unit="EA", content_unit="EA", units_per_order_unit="1"), supplier=2)
    return trial(
        world.paper(row, world.changed(row, unit=world.choose("XCT", "XBX", "XPA"))), "held", reasons=("uom_unknown",)
    )


@kind
def strange_unit(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, world.changed(row, unit="MTK")), "held", reasons=("uom_unknown",))


@kind
def quantity_over(world: World) -> Trial:
    row = world.order()
    lines = world.changed(row, quantity=lambda line: str(Decimal(line.quantity) + world.choose(1, 2, 10)))
    return trial(world.paper(row, lines), "held", reasons=("qty_over",))


@kind
def quantity_over_on_two_lines(world: World) -> Trial:
    row = world.order(lines=world.goods(3, 2, quantity="10"), supplier=3)
    lines = [*billed(row), replace(billed(row)[0], quantity="1")]
    return trial(world.paper(row, lines), "held", reasons=("qty_over",))


@kind
def quantity_over_with_earlier(world: World) -> Trial:
    row = world.order(lines=world.goods(3, 2, quantity="10"), supplier=3)
    return trial(
        [world.paper(row, billed(row, _10="6")), world.paper(row, billed(row, _10="5", _20="0"))],
        "held",
        reasons=("qty_over",),
    )


@kind
def invoiced_once_more(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, price=str(Decimal(line.price) - Decimal("0.01"))) for line in billed(row)]
    return trial([world.paper(row), world.paper(row, lines)], "held", reasons=("already_invoiced",))


@kind
def received_less(world: World) -> Trial:
    row = world.order(received=None, lines=world.goods(3, 2, quantity="10"), supplier=3)
    world.receipts += world.receipt(row, _10="9")
    return trial(world.paper(row), "held", reasons=("not_received",))


@kind
def received_after_two_that_compete(world: World) -> Trial:
    """Two invoices wait for the same goods: only one of them is paid."""
    row = world.order(received=None, lines=world.goods(3, 1, quantity="10"), supplier=3)
    lines = [replace(line, price=str(Decimal(line.price) - Decimal("0.01"))) for line in billed(row)]
    return trial([world.paper(row), world.paper(row, lines)], "held", later=world.receipt(row), before=("held",))


@kind
def substitute(world: World) -> Trial:
    row = world.order(3)
    stranger = world.goods([one["cvr"] for one in SUPPLIERS].index(row["supplier"]["cvr"]), 1)[0]
    lines = world.changed(
        row,
        number="777000777",
        gtin=None,
        name=stranger["name"],
        line_reference=lambda line: world.choose(None, line.line_reference),
    )
    return trial(world.paper(row, lines), "held", reasons=("not_on_order",))


@kind
def substitute_of_another_brand_by_text(world: World) -> Trial:
    """No numbers, the same price, and only the make differs: it is another item."""
    row = world.order(lines=world.goods(0, 1), supplier=0)
    (line,) = billed(row)
    mark = next(brand for brand in BRANDS if brand in line.name)
    other = world.choose(*(brand for brand in BRANDS if brand != mark))
    told = replace(
        line,
        name=line.name.replace(mark, other),
        number=None,
        gtin=None,
        line_reference=world.choose(None, line.line_reference),
    )
    return trial(world.paper(row, [told]), "held", "suggested", "manual")


@kind
def substitute_of_another_series_by_text(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1), supplier=0)
    (line,) = billed(row)
    words = line.name.split()
    mark = next(word for word in words if word in SERIES)
    other = world.choose(*(series for series in SERIES if series != mark))
    told = replace(
        line, name=" ".join(other if word == mark else word for word in words), number=None, gtin=None,
        line_reference=world.choose(None, line.line_reference),
    )  # fmt: skip
    return trial(world.paper(row, [told]), "held", "suggested", "manual")


@kind
def substitute_of_another_size_by_text(world: World) -> Trial:
    lines = world.goods(0, 1)
    while len(next(sizes for name, sizes, *_ in GOODS if lines[0]["name"].startswith(name))) < 2:
        lines = world.goods(0, 1)
    row = world.order(lines=lines, supplier=0)
    (line,) = billed(row)
    sizes = next(sizes for name, sizes, *_ in GOODS if line.name.startswith(name))
    mine = next(size for size in sizes if line.name.endswith(size))
    other = world.choose(*(size for size in sizes if size != mine))
    told = replace(
        line, name=line.name[: -len(mine)] + other, number=None, gtin=None,
        line_reference=world.choose(None, line.line_reference),
    )  # fmt: skip
    return trial(world.paper(row, [told]), "held", "suggested", "manual")


@kind
def an_extra_line(world: World) -> Trial:
    row = world.order()
    stranger = world.choose(
        Line("Diverse", "1", "20.00", "EA"),
        Line("Transportkasse 50 l", "1", "75.00", "EA"),
        Line("Prøve", "1", "0.00", "EA", number="555"),
        Line("Fragt", "1", "45.00", "EA", number="FRAGT"), Line("Kopimaskine", "1", "1.00", "EA", gtin="5790000000012"),
    )  # fmt: skip
    return trial(world.paper(row, [*billed(row), stranger]), "held", reasons=("not_on_order",))


@kind
def freight_over(world: World) -> Trial:
    row = world.order()
    extra = world.choose(
        [Line("Fragt", "1", "150.01", "EA")],
        [Line("Fragt", "1", "95.00", "EA"), Line("Ekspeditionsgebyr", "1", "75.00", "EA")],
        [Line("Levering", "2", "90.00", "EA")],
    )
    return trial(world.paper(row, [*billed(row), *extra]), "held", reasons=("fee_over_limit",))


@kind
def fees_split_between_line_and_document(world: World) -> Trial:
    row = world.order()
    return trial(
        world.paper(row, [*billed(row), Line("Fragt", "1", "90.00", "EA")], charges=(("Gebyr", "61.00"),)),
        "held",
        reasons=("fee_over_limit",),
    )


@kind
def freight_not_allowed(world: World) -> Trial:
    row = world.order(freight_allowed=False)
    return trial(
        world.paper(row, [*billed(row), Line("Fragt", "1", "10.00", "EA")]), "held", reasons=("fee_over_limit",)
    )


@kind
def vat_rate(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, world.changed(row, vat="0")), "held", reasons=("vat",))


@kind
def vat_where_none_is_due(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, vat_percent="0"), supplier=1)
    return trial(world.paper(row, [replace(line, vat="25") for line in billed(row)]), "held", reasons=("vat",))


@kind
def rounded_by_too_much(world: World) -> Trial:
    return trial(world.paper(world.order(), rounding=world.choose("1.01", "9.50")), "held", reasons=("price_over",))


@kind
def another_account(world: World) -> Trial:
    row = world.order()
    place = [one["cvr"] for one in SUPPLIERS].index(row["supplier"]["cvr"])
    account = world.choose(
        ("2009", f"1000000{place}"),
        (f"200{place}", "77404481"),
        ("", "DK5020010077404481"),
        (f"200{(place + 1) % 4}", f"1000000{(place + 1) % 4}"),
    )
    return trial(world.paper(row, account=account), "held", reasons=("bank_account_changed",))


@kind
def somebody_else_is_paid(world: World) -> Trial:
    """A factoring company with no account of its own in the document: nobody has confirmed that it may be paid."""
    row = world.order()
    factor = ("Rødding Factoring A/S", "12345674")
    return trial(world.paper(row, payee=factor, account=None), "held", reasons=("bank_account_changed",))


@kind
def order_closed(world: World) -> Trial:
    return trial(
        world.paper(world.order(status=world.choose("closed", "cancelled"))), "held", reasons=("order_not_open",)
    )


@kind
def another_institution(world: World) -> Trial:
    row = world.order()
    other = next(gln for gln in GLNS if gln != row["institution"]["gln"])
    return trial(world.paper(row, buyer_gln=other), "held", reasons=("institution_mismatch",))


@kind
def from_the_future(world: World) -> Trial:
    return trial(world.paper(world.order(), issued="2026-12-24"), "held", reasons=("future_date",))


@kind
def before_the_order(world: World) -> Trial:
    return trial(world.paper(world.order(), issued="2025-12-24"), "held", reasons=("before_order",))


@kind
def the_same_content(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 2, quantity="10"), supplier=0)
    lines = billed(row, _10="5", _20="5")
    first = world.paper(row, lines)
    return trial([first, first.but(number=world.next_document())], "held", reasons=("same_content_new_number",))


@kind
def credit_of_nothing(world: World) -> Trial:
    row = world.order()
    return trial(
        world.paper(row, credit=True, credits=(world.choose("987654321", "X-1"),)),
        "held",
        "manual",
        reasons=("credit_without_invoice",),
    )


@kind
def credit_over(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    first = world.paper(row, billed(row, _10="4"))
    return trial(
        [first, world.paper(row, billed(row, _10="5", _20="0"), credit=True, credits=(first.number,))],
        "held",
        reasons=("credit_over_invoiced",),
    )


@kind
def credit_twice(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    again = [world.paper(row, credit=True, credits=(first.number,), issued=f"2026-10-0{n}") for n in (1, 2)]
    return trial([first, *again], "held", reasons=("credit_over_invoiced",))


@kind
def credit_of_more_than_the_price(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    lines = world.changed(row, 0, price=lambda line: str(Decimal(line.price) * 2))[:1]
    return trial(
        [first, world.paper(row, lines, credit=True, credits=(first.number,))],
        "held",
        reasons=("credit_over_invoiced",),
    )
