"""What is to be paid as it stands, however it is written."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import GLNS, SUPPLIERS, Trial, World, kind, trial
from tests.invoicing.papers import Line, billed, ore


@kind
def exact(world: World) -> Trial:
    return trial(world.paper(world.order()), "posted")


@kind
def without_line_references(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, line_reference=None, gtin=world.choose(None, line.gtin)) for line in billed(row)]
    world.random.shuffle(lines)
    return trial(world.paper(row, lines), "posted")


@kind
def gtin_only(world: World) -> Trial:
    row = world.order()
    return trial(world.paper(row, [replace(line, number=None, line_reference=None) for line in billed(row)]), "posted")


@kind
def another_numbering_of_lines(world: World) -> Trial:
    """The supplier counts its own lines 1, 2, 3 where the order says 10, 20, 30: the items tell."""
    row = world.order(world.random.randint(2, 6))
    lines = [replace(line, line_reference=str(place)) for place, line in enumerate(billed(row), start=1)]
    return trial(world.paper(row, lines), "posted")


@kind
def item_number_in_other_clothes(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, number=f"00{line.number}", gtin=None) for line in billed(row)]
    return trial(world.paper(row, lines), "posted")


@kind
def reference_with_noise(world: World) -> Trial:
    row = world.order()
    number = row["number"]
    told = world.choose(
        f"PO{number}", f"Ordre nr. {number}", f"{number}-1", f"{number} / Mette", f" {number} ", f"po {number}",
        f"{number[:4]} {number[4:7]} {number[7:]}", f"#{number}", f"Rekv.{number}", f"Jeres ordre: {number}.", f"{number}/2026",
        f"ORDRENR:{number};", f"{number[:4]}-{number[4:]}", f"{number}A",
    )  # fmt: skip
    return trial(world.paper(row, reference=told), "posted")


@kind
def reference_on_lines_only(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, line_reference=f"{row['number']}-{line.line_reference}") for line in billed(row)]
    return trial(world.paper(row, lines, reference=None), "posted")


@kind
def reference_in_a_note_only(world: World) -> Trial:
    row = world.order()
    told = world.choose(f"Vedr. ordre {row['number']}", f"Ordrenr. {row['number']}, leveret 3. september")
    return trial(world.paper(row, reference=None, notes=(told,)), "posted", "suggested")


@kind
def in_parts(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 3, quantity="10"), supplier=0)
    first, second = ({f"_{n}0": str(q) for n in (1, 2, 3)} for q in (4, 6))
    return trial(
        [world.paper(row, billed(row, **first)), world.paper(row, billed(row, **second))],
        "posted",
        reasons=("partial",),
    )


@kind
def one_order_line_on_many_lines(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, quantity="12"), supplier=1)
    lines = [
        replace(line, quantity=part, line_reference=world.choose(line.line_reference, None))
        for line in billed(row)
        for part in ("5", "4", "3")
    ]
    world.random.shuffle(lines)
    return trial(world.paper(row, lines), "posted")


@kind
def one_line_for_many_order_lines(world: World) -> Trial:
    (line,) = world.goods(2, 1)
    row = world.order(lines=[{**line, "line": str(n), "quantity": str(n // 5)} for n in (10, 20, 30)], supplier=2)
    whole = replace(billed(row)[0], quantity="12", line_reference=None)
    return trial(world.paper(row, [whole]), "posted")


@kind
def many_identical_lines(world: World) -> Trial:
    (line,) = world.goods(3, 1, quantity="1")
    row = world.order(lines=[{**line, "line": str(10 * n)} for n in range(1, 9)], supplier=3)
    lines = [replace(one, line_reference=None, id="1" if world.random.random() < 0.3 else None) for one in billed(row)]
    return trial(world.paper(row, [replace(one, id=None) for one in lines]), "posted")


@kind
def two_orders(world: World) -> Trial:
    supplier = world.random.randrange(4)
    one = world.order(2, supplier=supplier, institution={"gln": GLNS[0], "name": "Huset"})
    lines = [line for line in world.goods(supplier, 4) if line["name"] not in {x["name"] for x in one["lines"]}][:2]
    other = world.order(
        lines=[{**line, "line": str(10 * n)} for n, line in enumerate(lines, start=1)] , supplier=supplier, institution=one["institution"]
    )  # fmt: skip
    how = world.random.randrange(3)
    if how == 0:
        told = [
            replace(line, line_reference=f"{row['number']}-{line.line_reference}")
            for row in (one, other)
            for line in billed(row)
        ]
        paper = world.paper(one, told)
    elif how == 1:
        told = [*billed(one), *(replace(line, note=f"Vedr. ordre {other['number']}") for line in billed(other))]
        paper = world.paper(one, told)
    else:
        joined = world.choose(
            f"{one['number']}, {other['number']}",
            f"{one['number']} og {other['number']}",
            f"{one['number']}/{other['number']}",
        )
        paper = world.paper(one, [*billed(one), *billed(other)], reference=joined)
    return trial(paper, "posted", "suggested", reasons=("two_orders",))


@kind
def content_units(world: World) -> Trial:
    row = world.order(lines=[line for line in world.goods(0, 8) if line["content_unit"] != line["unit"]], supplier=0)
    lines = [
        replace(
            line,
            quantity=str(Decimal(line.quantity) * Decimal(told["units_per_order_unit"])),
            unit=told["content_unit"],
            price=str((Decimal(line.price) / Decimal(told["units_per_order_unit"])).quantize(Decimal("0.000001"))),
            amount=str(line.net),
        )
        for line, told in zip(billed(row), row["lines"], strict=True)
    ]
    return trial(world.paper(row, lines), "posted", reasons=("uom_converted",))


@kind
def priced_by_the_hundred(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, base_quantity="100", price="250.00", quantity="300"), supplier=1)
    return trial(world.paper(row), "posted")


@kind
def priced_for_one_where_the_order_is_by_the_hundred(world: World) -> Trial:
    row = world.order(lines=world.goods(1, 2, base_quantity="100", price="250.00", quantity="300"), supplier=1)
    return trial(world.paper(row, [replace(line, price="2.50", base=None) for line in billed(row)]), "posted")


@kind
def priced_by_the_hundred_where_the_order_is_for_one(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, price=str(Decimal(line.price) * 100), base="100") for line in billed(row)]
    return trial(world.paper(row, lines), "posted")


@kind
def gross_price_less_discount(world: World) -> Trial:
    row = world.order()
    lines = world.changed(
        row,
        price=lambda line: str(Decimal(line.price) + 10),
        allowances=lambda line: (str(10 * Decimal(line.quantity)),),
    )
    return trial(world.paper(row, lines), "posted", reasons=("discount",))


@kind
def discount_on_the_document(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 3, price="100.00"), supplier=2)
    return trial(world.paper(row, allowances=(("Rabat", "25.00"),)), "posted", reasons=("discount",))


@kind
def price_under(world: World) -> Trial:
    row = world.order()
    lines = world.changed(row, price=lambda line: str(ore(Decimal(line.price) * Decimal("0.93"))))
    return trial(world.paper(row, lines), "posted", reasons=("price_under",))


@kind
def price_within(world: World) -> Trial:
    row = world.order(lines=world.goods(3, 3, price="50.00", quantity="4"), supplier=3)
    return trial(world.paper(row, world.changed(row, price="50.50")), "posted", reasons=("within_tolerance",))


@kind
def freight(world: World) -> Trial:
    row = world.order()
    told = world.choose(
        "Fragt", "Fragtomkostninger", "Levering", "Ekspeditionsgebyr", "Miljøtillæg", "Porto", "Gebyr", "Forsendelse"
    )
    line = Line(told, "1", world.choose("49.00", "75.00", "150.00"), "EA")
    return trial(world.paper(row, [*billed(row), line]), "posted", reasons=("fee_within_limit",))


@kind
def freight_on_the_document(world: World) -> Trial:
    return trial(world.paper(world.order(), charges=(("Fragt", "95.00"),)), "posted", reasons=("fee_within_limit",))


@kind
def rounded(world: World) -> Trial:
    return trial(
        world.paper(world.order(), rounding=world.choose("0.25", "-0.40", "1.00")), "posted", reasons=("rounding",)
    )


@kind
def text_only(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1), supplier=0)
    (line,) = billed(row)
    words = line.name.split()
    told = world.choose(
        line.name, line.name.upper(), line.name.translate(str.maketrans({"å": "aa", "æ": "ae", "ø": "oe"})),
        " ".join(words[:-3] + words[-2:]) if words[-3] not in ("str.",) else line.name, f"{line.name}, ny emballage",
    )  # fmt: skip
    plain = replace(line, name=told, number=None, gtin=None, line_reference=None)
    return trial(world.paper(row, [plain]), "posted", "suggested", "held", reasons=("by_text",))


@kind
def service(world: World) -> Trial:
    lines = world.goods(
        1, 1, name="Konsulentbistand", unit="HUR", content_unit="HUR", units_per_order_unit="1", quantity="12"
    )
    row = world.order(lines=lines, match="2-way", supplier=1)
    return trial(world.paper(row, billed(row, _10=world.choose("12", "5", "7.5"))), "posted")


@kind
def account_in_other_clothes(world: World) -> Trial:
    row = world.order()
    place = [one["cvr"] for one in SUPPLIERS].index(row["supplier"]["cvr"])
    number = f"200{place}001000000{place}"
    check = 98 - int(number + "131400") % 97
    return trial(world.paper(row, account=("", f"DK{check:02d}{number}")), "posted")


@kind
def number_alike_of_another_order(world: World) -> Trial:
    one, other = world.order(supplier=0), world.order(supplier=0)
    number = world.next_document()
    return trial(
        [world.paper(one, number=f"A{number}"), world.paper(other, number=f"B{number}")], "posted", "duplicate", "held"
    )


@kind
def credit_of_all(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    credit = world.paper(row, credit=True, credits=(first.number,), reference=world.choose(None, row["number"]))
    return trial([first, credit], "posted", reasons=("credit_full",))


@kind
def credit_of_a_part(world: World) -> Trial:
    row = world.order(lines=world.goods(2, 2, quantity="10"), supplier=2)
    first = world.paper(row)
    return trial(
        [first, world.paper(row, billed(row, _10="3", _20="0"), credit=True, credits=(first.number,))],
        "posted",
        reasons=("credit_partial",),
    )


@kind
def credited_and_invoiced_anew(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    return trial([first, world.paper(row, credit=True, credits=(first.number,)), world.paper(row)], "posted")


@kind
def receipt_comes_later(world: World) -> Trial:
    row = world.order(received=None)
    return trial(world.paper(row), "posted", later=world.receipt(row), before=("held",))


@kind
def paid_to_a_factor_on_the_known_account(world: World) -> Trial:
    return trial(world.paper(world.order(), payee=("Rødding Factoring A/S", "12345674")), "posted")


@kind
def seller_named_as_payee(world: World) -> Trial:
    row = world.order()
    name, cvr = row["supplier"]["name"], row["supplier"]["cvr"]
    return trial(world.paper(row, payee=(name, cvr)), "posted", "rejected")
