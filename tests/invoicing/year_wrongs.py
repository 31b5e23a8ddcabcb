"""One thing wrong with a document, whatever else it wears."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import BRANDS, GLNS
from tests.invoicing.edits import said, said_first
from tests.invoicing.papers import Line, billed, ore
from tests.invoicing.year import Draft, wrong

UNSURE = ("suggested", "manual", "held")


def _ends(draft: Draft, *ends: str) -> None:
    draft.ends = ends


# --- quantities and items: before units are converted -----------------------------------------------------------------------


@wrong("unit")
def too_many(draft: Draft) -> None:
    at, more = draft.some(), draft.world.choose(1, 2, 10)
    told = draft.told[at]
    draft.lines[at] = replace(draft.lines[at], quantity=str(int(told["quantity"]) + more))
    draft.came(told, draft.world.choose(0, more))
    _ends(draft, *UNSURE)


@wrong("unit")
def not_all_has_come(draft: Draft) -> None:
    at = draft.some()
    for row in draft.rows:
        row["match"] = "3-way"
    told, draft.later = draft.told[at], False
    draft.received[told["order"], told["line"]] = draft.world.choose(Decimal(0), Decimal(draft.lines[at].quantity) - 1)
    _ends(draft, *UNSURE)


@wrong("unit")
def another_rate_of_vat(draft: Draft) -> None:
    at = draft.some()
    draft.lines[at] = replace(draft.lines[at], vat="0")
    _ends(draft, *UNSURE)


@wrong("unit")
def another_item(draft: Draft) -> None:
    """A substitute at the price of what was ordered."""
    at = draft.some()
    line = draft.lines[at]
    brand = draft.world.choose(*(one for one in BRANDS if one not in line.name))
    other = draft.world.choose(f"Flipover {brand} 65×98 cm", f"Whiteboardtavle {brand} 90 cm", f"Saks {brand} 21 cm")
    draft.lines[at] = replace(line, number=line.number and "990011223", gtin=line.gtin and "5709999911223", name=other)
    _ends(draft, *UNSURE)


@wrong("unit")
def goods_nobody_ordered(draft: Draft) -> None:
    draft.extra.append(
        draft.world.choose(
            Line("Kaffemaskine", "1", "899.00", "EA", number="990000001"),
            Line("Diverse", "1", "20.00", "EA"),
            Line("Servietter 3-lags", "2", "14.50", "XPK", gtin="5709999900000"),
            Line("Reparation", "1", "450.00", "HUR"),
            Line("Fragtboks 60 l", "1", "99.00", "EA"),
        )
    )
    _ends(draft, *UNSURE)


@wrong("unit")
def invoiced_in_full_before(draft: Draft) -> None:
    draft.before = [
        draft.world.paper(row, billed(row), profile=draft.profile, issued="2026-07-28") for row in draft.rows
    ]
    draft.later = False
    _ends(draft, *UNSURE, "duplicate")


# --- prices and units ---------------------------------------------------------------------------------------------------------


@wrong("split")
def too_dear(draft: Draft) -> None:
    at = draft.some()
    line, told = draft.lines[at], draft.told[at]
    per = Decimal(told["units_per_order_unit"]) if line.unit == told["content_unit"] != told["unit"] else 1
    agreed = Decimal(told["price"]) * Decimal(line.quantity) / per
    over = draft.world.choose(Decimal("1.012"), Decimal("1.05"), Decimal("1.3"), Decimal(2), Decimal(10), Decimal(100))
    amount = ore(agreed * over) + Decimal("0.02")
    price = amount * Decimal(line.base or 1) / Decimal(line.quantity)
    draft.lines[at] = replace(line, price=f"{price:.8f}", amount=f"{amount}", allowances=())
    _ends(draft, *UNSURE)


@wrong("split")
def a_unit_that_nothing_leads_to(draft: Draft) -> None:
    at = draft.some()
    draft.lines[at] = replace(draft.lines[at], unit=draft.world.choose("MTK", "SET", "DZN"))
    _ends(draft, *UNSURE)


@wrong("price")
def pieces_at_the_price_of_the_box(draft: Draft) -> None:
    at = draft.some()
    line, told = draft.lines[at], draft.told[at]
    if told["content_unit"] == told["unit"] or line.unit != told["unit"]:
        return too_dear(draft)
    pieces = str(Decimal(line.quantity) * Decimal(told["units_per_order_unit"]))
    draft.lines[at] = replace(line, unit=told["content_unit"], quantity=pieces)
    return _ends(draft, *UNSURE)


# --- the reference ------------------------------------------------------------------------------------------------------------


def _without_number(draft: Draft) -> None:
    """Nothing that was put on before says the number."""
    draft.each(
        lambda line: replace(
            line,
            line_reference=None if draft.number in (line.line_reference or "") else line.line_reference,
            order_reference=None,
        )
    )
    for name in ("notes", "contract"):
        draft.fields.pop(name, None)
    if draft.fields.get("person") == draft.number:
        draft.fields.pop("person")


@wrong("fee")
def a_wrong_character(draft: Draft) -> None:
    _without_number(draft)
    number = draft.number
    at = draft.world.choose(*(place for place, one in enumerate(number) if one.isdigit() and place > len(number) // 3))
    told = draft.world.choose(
        number[:at] + str((int(number[at]) + 3) % 10) + number[at + 1 :],
        number[:at] + number[at + 1 :],
        number[:at] + number[at] + number[at:],
        number[:at] + draft.world.choose(*"OIXB") + number[at + 1 :],
    )
    draft.fields["reference"] = draft.world.choose("{}", "PO{}", "Ordre nr. {}", "{}-10").format(told)
    _ends(draft, *UNSURE)
    if told == number:
        a_number_of_nobody(draft)


@wrong("fee")
def a_number_of_nobody(draft: Draft) -> None:
    _without_number(draft)
    draft.fields["reference"] = f"99{draft.world.random.randint(10000000, 99999999)}"
    _ends(draft, *UNSURE)


@wrong("fee")
def no_number(draft: Draft) -> None:
    _without_number(draft)
    draft.fields["reference"] = draft.world.choose(None, "n/a", "-", "telefon", "Mette Hansen", "0")
    _ends(draft, *UNSURE)


@wrong("fee")
def the_number_of_another_order(draft: Draft) -> None:
    _without_number(draft)
    place = draft.world.choose(draft.row["supplier"]["gln"][-3:-2], "9")
    other = draft.world.order(
        2, supplier=(int(place) + draft.world.choose(0, 1)) % 4, institution=draft.row["institution"]
    )
    draft.fields["reference"] = other["number"]
    _ends(draft, *UNSURE)


# --- fees, sums, dates, who -----------------------------------------------------------------------------------------------------


@wrong()
def a_fee_too_much(draft: Draft) -> None:
    draft.extra.append(Line("Fragt", "1", draft.world.choose("150.01", "195.00", "2500.00"), "EA"))
    _ends(draft, *UNSURE)


@wrong()
def a_fee_that_is_not_allowed(draft: Draft) -> None:
    for row in draft.rows:
        row["freight_allowed"] = False
    draft.fields["charges"] = ((draft.world.choose("Fragt", "Gebyr"), "25.00"),)
    _ends(draft, *UNSURE)


@wrong()
def rounded_too_far(draft: Draft) -> None:
    draft.fields["rounding"] = draft.world.choose("1.01", "25.00", "-60.00")
    _ends(draft, *UNSURE, "rejected")


@wrong("writing")
def sums_that_do_not_add_up(draft: Draft) -> None:
    draft.edits.append(
        draft.world.choose(
            said("PayableAmount", "1234.56"),
            said_first("TaxAmount", "3.21", within="TaxTotal"),
            said_first("LineExtensionAmount", "77.77", within="LegalMonetaryTotal"),
        )
    )
    _ends(draft, "rejected")


@wrong()
def to_another_account(draft: Draft) -> None:
    draft.fields["account"] = draft.world.choose(
        ("2009", "10000000"), ("9070", "1234567890"), ("", "GB33BUKB20201555555555")
    )
    _ends(draft, *UNSURE)


@wrong()
def from_the_future(draft: Draft) -> None:
    draft.fields["issued"] = draft.world.choose("2026-11-25", "2027-01-01")
    _ends(draft, *UNSURE)


@wrong()
def before_the_order(draft: Draft) -> None:
    draft.fields["issued"] = "2025-12-01"
    _ends(draft, *UNSURE)


@wrong()
def at_another_institution(draft: Draft) -> None:
    draft.fields["buyer_gln"] = next(gln for gln in GLNS if gln != draft.row["institution"]["gln"])
    _ends(draft, *UNSURE)


@wrong()
def at_nobody_of_ours(draft: Draft) -> None:
    draft.fields["buyer_gln"] = "5798099900000"
    _ends(draft, "rejected")


@wrong()
def on_a_closed_order(draft: Draft) -> None:
    for row in draft.rows:
        row["status"] = draft.world.choose("closed", "cancelled")
    draft.received, draft.later = dict.fromkeys(draft.received, Decimal(0)), False
    _ends(draft, *UNSURE)


@wrong()
def once_more(draft: Draft) -> None:
    """The same number again, or the same content under a new one on the same day."""
    first = draft.paper()
    if draft.world.random.random() < 0.5:
        draft.before = [first]
        draft.fields["number"] = draft.world.choose("{}", "F-{}", "00{}", "INV{}").format(first.number)
        _ends(draft, "duplicate")
    else:
        draft.before = [first.but(number=draft.world.next_document())]
        _ends(draft, *UNSURE)


# --- credit notes ---------------------------------------------------------------------------------------------------------------


def _credit(draft: Draft, **fields: object) -> None:
    """The document becomes a credit note of what was invoiced plainly before."""
    draft.later, draft.edits = False, []
    draft.lines, draft.told, draft.extra = list(billed(draft.row)), draft.told[: len(draft.row["lines"])], []
    draft.before = [draft.world.paper(draft.row, profile=draft.profile, issued="2026-07-28")]
    draft.fields = {
        "number": draft.world.next_document(),
        "issued": "2026-10-20",
        "credit": True,
        "credits": (draft.before[0].number,),
    }
    draft.fields |= fields
    _ends(draft, *UNSURE)


@wrong()
def credit_of_nothing(draft: Draft) -> None:
    _credit(draft, credits=(draft.world.choose("X0000004", "9988776655"),))


@wrong()
def credit_twice(draft: Draft) -> None:
    _credit(draft)
    draft.before.append(draft.paper().but(number=draft.world.next_document(), issued="2026-10-03"))


@wrong()
def credit_of_too_much(draft: Draft) -> None:
    _credit(draft)
    at = draft.some()
    line = draft.lines[at]
    more = draft.world.choose({"quantity": str(int(line.quantity) + 1)}, {"price": f"{Decimal(line.price) * 2 + 20}"})
    draft.lines = [replace(line, **more)]
