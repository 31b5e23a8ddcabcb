"""What honest suppliers do to a document that changes nothing of what is to be paid, and that may all meet in one."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import BRANDS, SERIES, SUPPLIERS
from tests.invoicing.edits import enveloped, put_before, written
from tests.invoicing.papers import Line, billed, ore
from tests.invoicing.year import Draft, clothes

# --- two orders ---------------------------------------------------------------------------------------------------------------


@clothes("orders")
def of_two_orders(draft: Draft) -> None:
    """Both named in the header, or the other one by its lines; an item may be of both."""
    suppliers = [one["cvr"] for one in SUPPLIERS]
    place = suppliers.index(draft.row["supplier"]["cvr"])
    lines = draft.world.goods(place, draft.world.choose(1, 2, 3))
    if draft.world.random.random() < 0.3:
        lines = [*lines, draft.world.choose(*draft.row["lines"])]
    lines = [{**line, "line": str(10 * n)} for n, line in enumerate(lines, start=1)]
    other = draft.world.order(
        lines=lines, supplier=place, institution=draft.row["institution"], received=None, match=draft.row["match"]
    )
    mine = len(draft.lines)
    draft.add(other)
    how = draft.world.choose("header", "element", "note", "line")
    if how == "header":
        form = draft.world.choose("{}, {}", "{} og {}", "{}/{}", "{} + {}", "Ordre {} & {}")
        draft.fields["reference"] = form.format(draft.number, other["number"])
        draft.also |= {"suggested"}
    else:
        tell = {
            "element": lambda line, number: replace(line, order_reference=number),
            "note": lambda line, number: replace(line, note=f"Vedr. ordre {number}"),
            "line": lambda line, number: replace(line, line_reference=f"{number}-{line.line_reference}"),
        }[how]
        numbers = [draft.number] * mine + [other["number"]] * len(lines)
        draft.lines = [tell(line, number) for line, number in zip(draft.lines, numbers, strict=True)]
        draft.also |= {"suggested"}


# --- how much of the order, and when it came ------------------------------------------------------------------------------


@clothes("parts")
def some_lines_only(draft: Draft) -> None:
    kept = [place for place in range(len(draft.lines)) if draft.world.random.random() < 0.6] or [draft.some()]
    draft.lines, draft.told = [draft.lines[at] for at in kept], [draft.told[at] for at in kept]


@clothes("parts")
def parts_of_quantities(draft: Draft) -> None:
    draft.each(lambda line: replace(line, quantity=str(draft.world.random.randint(1, int(Decimal(line.quantity))))))


@clothes("parts")
def the_rest_of_what_was_invoiced_before(draft: Draft) -> None:
    """The first invoice is plain; both are of one order, and may be of one price and quantity."""
    if len(draft.lines) > len(draft.row["lines"]):
        return
    halves = {f"_{line['line']}": str(int(line["quantity"]) // 2) for line in draft.row["lines"]}
    if first := billed(draft.row, **halves):
        draft.before = [draft.world.paper(draft.row, first, profile=draft.profile, issued="2026-07-28")]
    rest = [Decimal(line["quantity"]) - int(halves[f"_{line['line']}"]) for line in draft.told]
    draft.lines = [replace(line, quantity=str(left)) for line, left in zip(draft.lines, rest, strict=True)]


@clothes("receipt")
def the_goods_come_later(draft: Draft) -> None:
    draft.later = True


@clothes("receipt")
def more_came_than_was_ordered(draft: Draft) -> None:
    draft.came(draft.world.choose(*draft.told), draft.world.choose(1, 5))


# --- which item -------------------------------------------------------------------------------------------------------------


@clothes("item")
def no_line_references(draft: Draft) -> None:
    draft.each(lambda line: replace(line, line_reference=None))


@clothes("item")
def lines_counted_by_the_supplier(draft: Draft) -> None:
    draft.lines = [replace(line, line_reference=str(place)) for place, line in enumerate(draft.lines, start=1)]


@clothes("item")
def lines_counted_by_the_supplier_in_tens(draft: Draft) -> None:
    """The numbers that the order has too, of other lines."""
    numbers = [str(10 * place) for place in range(1, len(draft.lines) + 1)]
    draft.world.random.shuffle(numbers)
    draft.lines = [replace(line, line_reference=number) for line, number in zip(draft.lines, numbers, strict=True)]


@clothes("item")
def gtin_only(draft: Draft) -> None:
    form = draft.world.choose("{}", "0{}")
    draft.each(lambda line: replace(line, number=None, gtin=form.format(line.gtin), line_reference=None))


@clothes("item")
def seller_number_only(draft: Draft) -> None:
    form = draft.world.choose("{}", "00{}", " {} ")
    draft.each(lambda line: replace(line, number=form.format(line.number), gtin=None, line_reference=None))


@clothes("item")
def gtin_as_the_sellers_number(draft: Draft) -> None:
    draft.each(lambda line: replace(line, number=line.gtin, gtin=None))


@clothes("item")
def gtin_of_the_piece(draft: Draft) -> None:
    """Piece and carton have a number each."""
    draft.each(lambda line: replace(line, gtin=f"5799{line.gtin[4:]}" if line.gtin else None))


@clothes("item")
def one_number_or_the_other(draft: Draft) -> None:
    def change(line: Line) -> Line:
        return draft.world.choose(
            line, replace(line, number=None), replace(line, gtin=None), replace(line, line_reference=None)
        )

    draft.each(change)


@clothes("item")
def order_and_line_in_one(draft: Draft) -> None:
    form = draft.world.choose("{}-{}", "{}/{}", "{} {}", "{}.{}", "{}_{}")
    draft.each(lambda line: replace(line, line_reference=form.format(draft.number, line.line_reference)))


@clothes("item")
def line_numbers_with_zeros(draft: Draft) -> None:
    draft.each(lambda line: replace(line, line_reference=str(line.line_reference).zfill(6)))


@clothes("item")
def known_by_text_only(draft: Draft) -> None:
    forms = {
        "as it is": lambda name: name,
        "in capitals": str.upper,
        "in plain letters": lambda name: name.translate(
            str.maketrans({"å": "aa", "æ": "ae", "ø": "oe", "Å": "Aa", "×": "x"})
        ),
        "without the brand": lambda name: " ".join(word for word in name.split() if word not in BRANDS),
        "without the series": lambda name: " ".join(word for word in name.split() if word not in SERIES),
    }
    for at, line in enumerate(draft.lines):
        form = forms[draft.world.choose(*forms)]
        draft.lines[at] = replace(line, number=None, gtin=None, line_reference=None, name=form(line.name))
    draft.also |= {"suggested"}


@clothes("item")
def line_number_and_text_only(draft: Draft) -> None:
    draft.each(lambda line: replace(line, number=None, gtin=None))


@clothes("item")
def told_in_other_words(draft: Draft) -> None:
    """The numbers are right, and the supplier calls its goods what it likes."""
    form = draft.world.choose("{}", "{} - ny emballage", "Vare: {}", "TILBUD {}", "{} *KAMPAGNE*")
    draft.each(lambda line: replace(line, name=form.format(line.name).upper()))


@clothes("item")
def called_by_the_brand_only(draft: Draft) -> None:
    draft.each(lambda line: replace(line, name=line.name.split()[1]))


@clothes("sequence")
def in_another_sequence(draft: Draft) -> None:
    both = list(zip(draft.lines, draft.told, strict=True))
    draft.world.random.shuffle(both)
    draft.lines, draft.told = [line for line, _ in both], [told for _, told in both]


@clothes("sequence")
def line_ids_of_a_system(draft: Draft) -> None:
    form = draft.world.choose("{0}0", "L{0}", "000{0}", "{0}0000", "9{0}f3-4c")
    draft.lines = [replace(line, id=form.format(place)) for place, line in enumerate(draft.lines, start=1)]


# --- units and prices -------------------------------------------------------------------------------------------------------


@clothes("unit")
def in_content_units(draft: Draft) -> None:
    if draft.world.random.random() < 0.5:
        draft.lines = [_in_pieces(line, told) for line, told in zip(draft.lines, draft.told, strict=True)]
    else:
        at = draft.some()
        draft.lines[at] = _in_pieces(draft.lines[at], draft.told[at])


def _in_pieces(line: Line, told: dict[str, str]) -> Line:
    per = Decimal(told["units_per_order_unit"])
    if told["content_unit"] == told["unit"] or per == 1:
        return line
    price = (Decimal(line.price) / per).quantize(Decimal("0.000001"))
    return replace(
        line, quantity=f"{Decimal(line.quantity) * per:f}", unit=told["content_unit"], price=f"{price:f}", amount=str(line.net)
    )  # fmt: skip


@clothes("unit")
def by_the_twin_of_the_unit(draft: Draft) -> None:
    twins = {"XCT": "CT", "XBX": "BX", "EA": "C62", "XPK": "PK", "XPA": "PA"}
    draft.each(lambda line: replace(line, unit=twins.get(line.unit, line.unit)))


@clothes("price")
def price_for_many(draft: Draft) -> None:
    base = draft.world.choose("10", "100", "1000")
    draft.each(
        lambda line: line if line.base else replace(line, price=f"{Decimal(line.price) * int(base):f}", base=base)
    )


@clothes("price")
def price_for_the_whole_line(draft: Draft) -> None:
    """The price is the line's sum, for as many as the line has."""
    draft.each(lambda line: replace(line, price=f"{line.net}", base=line.quantity))


@clothes("price")
def with_four_decimals(draft: Draft) -> None:
    draft.each(
        lambda line: replace(line, price=f"{Decimal(line.price):.4f}" if "." not in line.price[:-4] else line.price)
    )


@clothes("price")
def gross_less_a_discount(draft: Draft) -> None:
    if not draft.is_peppol:
        return

    def change(line: Line) -> Line:
        if line.base or line.amount:
            return line
        off = ore(Decimal(line.quantity) * 5)
        return replace(line, price=f"{Decimal(line.price) + 5:f}", allowances=(f"{off}",))

    draft.each(change)


@clothes("price")
def cheaper(draft: Draft) -> None:
    at = draft.some()
    line = draft.lines[at]
    less = ore(line.net * Decimal("0.9"))
    if line.net > 1 and Decimal(line.quantity):
        price = less * Decimal(line.base or 1) / Decimal(line.quantity)
        draft.lines[at] = replace(line, price=f"{price:.8f}", amount=f"{less}")


@clothes("price")
def a_little_dearer(draft: Draft) -> None:
    at = draft.some()
    line = draft.lines[at]
    more = line.net + min(ore(line.net * Decimal("0.008")), Decimal(10))
    price = more * Decimal(line.base or 1) / Decimal(line.quantity)
    draft.lines[at] = replace(line, price=f"{price:.8f}", amount=f"{more}")


@clothes("split")
def a_line_in_two(draft: Draft) -> None:
    at = draft.some()
    line, told = draft.lines[at], draft.told[at]
    whole = Decimal(line.quantity)
    if whole < 2 or whole != int(whole) or line.allowances:
        return
    part = Decimal(draft.world.random.randint(1, int(whole) - 1))
    amount = ore(line.net * part / whole)
    pieces = [
        replace(line, quantity=f"{part:f}", amount=f"{amount}"),
        replace(line, quantity=f"{whole - part:f}", amount=f"{line.net - amount}"),
    ]
    if line.base == line.quantity:
        pieces = [replace(one, base=f"{whole:f}") for one in pieces]
    draft.lines[at : at + 1], draft.told[at : at + 1] = pieces, [told, told]


# --- the reference ------------------------------------------------------------------------------------------------------------


@clothes("reference")
def with_something_around(draft: Draft) -> None:
    number = draft.number
    draft.fields["reference"] = draft.world.choose(
        f"PO{number}", f"Ordre nr. {number}", f"{number}-1", f"{number} / Mette", f" {number} ", f"po-{number}", f"Ordre {number} af 3/9",
        f"{number[:4]} {number[4:7]} {number[7:]}", f"#{number}", f"Rekv.{number}", f"Jeres ordre: {number}.", f"{number}/2026",
        f"ORDRENR:{number};", f"{number[:4]}-{number[4:]}", f"{number}A", f"IO {number} v/Mette Hansen, tlf. 70123456", f"({number})",
        f"EAN 5798020000005 {number}", f"{number} {number}", f"Indkøbsordre nr {number}", f"Deres ref. {number}", f"ordre{number}",
        f"0000{number}", f"{number}, rekv. 12", f"{number};;", f"'{number}'", f"{number}\\Anlæg", f"{number}.", f"SO-7781/{number}",
    )  # fmt: skip


@clothes("reference")
def on_lines_only(draft: Draft) -> None:
    draft.fields["reference"] = draft.world.choose(None, "n/a", "-", "se linjer")
    draft.each(lambda line: replace(line, order_reference=draft.number))


@clothes("reference")
def in_a_note_only(draft: Draft) -> None:
    told = draft.world.choose(
        "Vedr. ordre {}", "Ordrenr. {}, leveret 3. september", "Jeres indkøbsordre {}", "Rekvisition: {}"
    )
    draft.fields |= {"reference": None, "notes": (told.format(draft.number),)}
    draft.also |= {"suggested"}


@clothes("reference")
def as_the_buyers_reference(draft: Draft) -> None:
    draft.fields |= {"reference": None, "person": draft.number}
    draft.also |= {"suggested"}


@clothes("reference")
def beside_the_suppliers_own(draft: Draft) -> None:
    draft.fields["reference"] = draft.world.choose("{} (vores SO-778123)", "{} / 90012345", "{} / ordre 12345", "Webordre 889, {}").format(
        draft.number
    )  # fmt: skip


@clothes("reference")
def as_the_contract(draft: Draft) -> None:
    draft.fields |= {"reference": None, "contract": draft.number}
    draft.also |= {"suggested"}


@clothes("reference")
def a_contract_beside(draft: Draft) -> None:
    draft.fields["contract"] = draft.world.choose("50.86", "SKI 50.40", "Aftale 2024-117", "64.02.2023")


# --- fees, discounts, rounding ------------------------------------------------------------------------------------------------


@clothes("fee")
def freight_line(draft: Draft) -> None:
    told = draft.world.choose(
        "Fragt", "Fragtomkostninger", "Levering", "Ekspeditionsgebyr", "Miljøtillæg", "Porto", "Gebyr", "Forsendelse", "FRAGT",
        "Fragt og levering", "Leveringsgebyr", "Håndteringsgebyr", "Fragt 2 kolli", "Transport", "Fragt ex. moms", "Fragttillæg",
        "Emballage", "Brændstoftillæg", "Energitillæg", "Forsendelsesomkostninger", "Fragt til Plejecentret Øst", "Administrationsgebyr",
        "Pakkegebyr", "Kørselsgebyr", "Palletillæg", "Fakturagebyr", "Leveringsomkostninger", "Postgebyr", "Freight charge",
    )  # fmt: skip
    draft.extra.append(Line(told, "1", draft.world.choose("29.00", "49.50", "150.00"), draft.world.choose("EA", "C62")))


@clothes("fee")
def fee_on_the_document(draft: Draft) -> None:
    reason = draft.world.choose(
        "Fragt", "Freight", "Gebyr", "Levering", "Fragt og håndtering", "Freight service", "Ekspedition"
    )
    draft.fields["charges"] = ((reason, draft.world.choose("39.00", "149.99", "150.00")),)


@clothes("fee")
def two_fees(draft: Draft) -> None:
    draft.extra.append(Line("Fragt", "1", "75.00", "EA"))
    draft.fields["charges"] = (("Gebyr", "75.00"),)


@clothes("fee")
def fee_of_nothing(draft: Draft) -> None:
    draft.extra.append(Line(draft.world.choose("Fragt", "Fragtfri levering", "Gebyr"), "1", "0.00", "EA"))


@clothes("whole")
def rounded(draft: Draft) -> None:
    draft.fields["rounding"] = draft.world.choose("0.25", "-0.40", "1.00", "-1.00", "0.01", "0.50")


@clothes("whole")
def discount_on_the_document(draft: Draft) -> None:
    draft.fields["allowances"] = ((draft.world.choose("Rabat", "Bonus", "Kundeaftale 2 %"), "1.25"),)


@clothes("whole")
def discount_line(draft: Draft) -> None:
    draft.extra.append(
        Line(draft.world.choose("Rabat", "Mængderabat", "Bonus", "Kampagnerabat", "Kunderabat"), "-1", "1.50", "EA")
    )


@clothes("whole")
def line_of_text(draft: Draft) -> None:
    told = draft.world.choose(
        "Leveret den 3. september", "Følgeseddel 778812", "Tak for ordren", "Jf. aftale 50.86", "-----", "Ordre 8812"
    )
    draft.extra.append(Line(told, draft.world.choose("1", "0") if draft.is_peppol else "1", "0.00", "EA"))


# --- the rest of the writing ---------------------------------------------------------------------------------------------------


@clothes("note")
def a_note(draft: Draft) -> None:
    if "notes" not in draft.fields:
        draft.fields["notes"] = (draft.world.choose(
            "Erstatter tilbud 4711", "Vedr. følgeseddel 8812345", "Kundenr. 77123456, tlf. 70 12 34 56", "Varerne er leveret 3/9 2026.",
            "Faktura erstatter ikke følgeseddel", "Ved for sen betaling beregnes rente iht. renteloven. Rykkergebyr kr. 100",
            "Moms 25 %", "Betales til 2000 10000000", "Vores ordrenr. 8812345678", "Sendt af Mette den 20260903", "Tak for ordren",
            "Jf. kontrakt 50.86 af 1. januar 2024", "Delleverance 2 af 3", "Restordre følger", "Se faktura 100001 for det øvrige",
        ),)  # fmt: skip


@clothes("note")
def notes_on_lines(draft: Draft) -> None:
    told = draft.world.choose(
        "Batch 20260901-4",
        "Følgeseddel 7712345",
        "Vores ordre 81234567",
        "Leveret 3/9",
        "Lot 4500",
        "Ønske 12 fra Mette",
    )
    draft.each(lambda line: replace(line, note=f"{line.note}. {told}" if line.note else told))


@clothes("note")
def a_delivery_note_named(draft: Draft) -> None:
    kind = draft.world.choose("AdditionalDocumentReference", "DespatchDocumentReference")
    if kind == "DespatchDocumentReference" or draft.is_peppol:
        number = draft.world.choose("FS-88123", "8812345", "4400112233")
        part = f"<cac:{kind}><cbc:ID>{number}</cbc:ID></cac:{kind}>"
        mark = "<cac:ContractDocumentReference>" if "contract" in draft.fields else "<cac:AccountingSupplierParty>"
        if not (kind == "AdditionalDocumentReference" and "contract" in draft.fields):
            draft.edits.append(put_before(mark, part))


@clothes("account")
def account_as_an_iban(draft: Draft) -> None:
    account = draft.paper().supplier["payment_accounts"][0]
    number = f"{account['registration']}{account['account'].zfill(10)}"
    check = 98 - int(number + "131400") % 97
    draft.fields["account"] = (
        "",
        draft.world.choose(f"DK{check:02d}{number}", f"dk{check:02d} {number[:4]} {number[4:]}".upper()),
    )


@clothes("account")
def no_account(draft: Draft) -> None:
    if not draft.is_peppol:
        return
    draft.fields["account"] = None


@clothes("account")
def buyer_with_its_country(draft: Draft) -> None:
    draft.fields["buyer_cvr"] = "DK47000114"


@clothes("writing")
def in_other_bytes(draft: Draft) -> None:
    how = draft.world.choose(
        "utf-16", "iso-8859-1", "bom", "crlf", "comments", "cdata", "prefixes", "single_quotes", "zeros", "plus", "spaces", "zone"
    )  # fmt: skip
    draft.edits.append(written(how))


@clothes("writing")
def in_an_envelope(draft: Draft) -> None:
    draft.edits.append(enveloped)
