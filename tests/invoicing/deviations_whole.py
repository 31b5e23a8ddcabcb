"""What must not be paid as it stands, for what the document says as a whole: VAT, totals, currency, who is paid, numbers, type, repeats."""

from dataclasses import replace
from decimal import Decimal

from tests.invoicing.deviating import GLNS, STOPPED, SUPPLIERS, Trial, World, kind, trial
from tests.invoicing.edits import all_of, attribute, put_before, said, slip_to, twice, without
from tests.invoicing.papers import billed

# --- VAT, sums, what is to be paid --------------------------------------------------------------------------------------


@kind
def strange_rate_of_vat(world: World) -> Trial:
    row = world.order()
    rate = world.choose("12", "26", "24.99", "2.5", "250")
    return trial(world.paper(row, [replace(line, vat=rate) for line in billed(row)]), *STOPPED)


@kind
def vat_taken_on_more_than_there_is(world: World) -> Trial:
    """The VAT and its base are both too high, and what is to be paid follows."""
    row = world.order(lines=world.goods(1, 1, price="100.00", quantity="10"), supplier=1)
    edits = [
        said("TaxableAmount", "1200.00", last=False), said("TaxAmount", "300.00", last=False), said("TaxInclusiveAmount", "1300.00"),
        said("PayableAmount", "1300.00"),
    ]  # fmt: skip
    return trial([(world.paper(row), all_of(*edits))], "rejected", reasons=("invalid",))


@kind
def without_any_vat_total(world: World) -> Trial:
    return trial([(world.paper(world.order()), without("TaxTotal"))], "rejected", "held")


@kind
def without_parts_of_the_vat(world: World) -> Trial:
    return trial([(world.paper(world.order()), without("TaxSubtotal"))], "rejected", "held")


@kind
def vat_twice(world: World) -> Trial:
    def edit(body: bytes) -> bytes:
        text = body.decode()
        start = text.index("<cac:TaxTotal>")
        end = text.index("</cac:TaxTotal>") + len("</cac:TaxTotal>")
        return (text[:end] + text[start:end] + text[end:]).encode()

    return trial([(world.paper(world.order()), edit)], "rejected", "held")


@kind
def reverse_charge_where_vat_was_agreed(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, vat="0", category="AE") for line in billed(row)]
    return trial(world.paper(row, lines), "held", reasons=("vat",))


@kind
def paid_beforehand_by_nobody(world: World) -> Trial:
    """The supplier says that part of it is paid; nothing here says so."""
    return trial(world.paper(world.order(), prepaid=world.choose("10.00", "1.00")), *STOPPED)


@kind
def all_paid_beforehand(world: World) -> Trial:
    row = world.order()
    paper = world.paper(row)
    return trial(paper.but(prepaid=str(paper.payable)), *STOPPED)


@kind
def paid_beforehand_below_nothing(world: World) -> Trial:
    """A prepayment of minus 500 kr. adds 500 kr. to what is to be paid, and every sum is right."""
    return trial(world.paper(world.order(), prepaid="-500.00"), *STOPPED)


@kind
def rounded_below_nothing_by_much(world: World) -> Trial:
    """What is rounded away is money too: a document that is some kroner off is looked at."""
    return trial(
        world.paper(world.order(), rounding=world.choose("-25.00", "-1.01")),
        "held",
        "rejected",
        reasons=("rounding_over",),
    )


@kind
def nothing_to_pay(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1, price="100.00"), supplier=0)
    (line,) = billed(row)
    return trial(world.paper(row, [replace(line, quantity="0", amount="0.00")]), "posted", *STOPPED)


@kind
def discount_of_more_than_everything(world: World) -> Trial:
    row = world.order(lines=world.goods(0, 1, price="100.00", quantity="1"), supplier=0)
    return trial(world.paper(row, allowances=(("Rabat", "150.00"),)), *STOPPED)


# --- currency -----------------------------------------------------------------------------------------------------------


@kind
def in_euro(world: World) -> Trial:
    return trial(world.paper(world.order(), currency=world.choose("EUR", "SEK", "NOK")), "held", "rejected")


@kind
def one_amount_in_another_currency(world: World) -> Trial:
    element = world.choose("LineExtensionAmount", "PayableAmount", "PriceAmount", "TaxableAmount", "TaxInclusiveAmount")
    return trial([(world.paper(world.order()), attribute(element, "currencyID", "EUR"))], "held", "rejected")


@kind
def a_charge_in_another_currency(world: World) -> Trial:
    paper = world.paper(world.order(), charges=(("Fragt", "50.00"),))

    def edit(body: bytes) -> bytes:
        at = body.index(b"<cac:AllowanceCharge>")
        end = body.index(b"</cac:AllowanceCharge>", at)
        return body[:at] + body[at:end].replace(b'"DKK"', b'"EUR"') + body[end:]

    return trial([(paper, edit)], "held", "rejected")


@kind
def order_in_euro(world: World) -> Trial:
    return trial(world.paper(world.order(currency="EUR")), "held", reasons=("currency_mismatch",))


# --- who, where, when ---------------------------------------------------------------------------------------------------


@kind
def a_slip_to_an_unknown_creditor(world: World) -> Trial:
    return trial([(world.paper(world.order()), slip_to("87654321"))], "held", "rejected")


@kind
def a_second_account_beside_the_known_one(world: World) -> Trial:
    def edit(body: bytes) -> bytes:
        text = body.decode()
        start, end = text.index("<cac:PaymentMeans>"), text.index("</cac:PaymentMeans>") + 19
        other = text[start:end].replace("<cbc:ID>00", "<cbc:ID>").replace("1000000", "7740448")
        return (text[:end] + other + text[end:]).encode()

    return trial([(world.paper(world.order()), edit)], "held", "rejected")


@kind
def an_account_with_one_digit_more(world: World) -> Trial:
    row = world.order()
    place = [one["cvr"] for one in SUPPLIERS].index(row["supplier"]["cvr"])
    account = world.choose(
        (f"200{place}", f"1000000{place}0"), (f"0{place}20", f"1000000{place}"), (f"200{place}", "100")
    )
    return trial(world.paper(row, account=account), "held", "rejected")


@kind
def a_foreign_iban(world: World) -> Trial:
    return trial(
        world.paper(world.order(), account=("", "DE89370400440532013000")), "held", reasons=("bank_account_changed",)
    )


@kind
def institution_of_two(world: World) -> Trial:
    """The other institution's GLN, and the right one as a place of delivery: the buyer's GLN decides."""
    row = world.order()
    right = row["institution"]["gln"]
    other = next(gln for gln in GLNS if gln != right)
    paper = world.paper(row, buyer_gln=other)
    scheme = "0088" if paper.profile == "peppol-bis-3" else "GLN"
    place = f'<cac:DeliveryLocation><cbc:ID schemeID="{scheme}">{right}</cbc:ID></cac:DeliveryLocation>'
    delivered = put_before("<cac:PaymentMeans>", f"<cac:Delivery>{place}</cac:Delivery>")
    return trial([(paper, delivered)], "held", reasons=("institution_mismatch",))


@kind
def the_day_before_the_order(world: World) -> Trial:
    row = world.order()
    day = f"{row['date'][:8]}{int(row['date'][8:]) - 1:02d}"
    return trial(world.paper(row, issued=day), "held", reasons=("before_order",))


@kind
def of_tomorrow(world: World) -> Trial:
    return trial(world.paper(world.order(), issued="2026-11-25"), "held", reasons=("future_date",))


@kind
def issued_in_another_age(world: World) -> Trial:
    day = world.choose("0001-01-01", "1900-01-01", "9999-12-31", "2126-09-09")
    return trial([(world.paper(world.order()), said("IssueDate", day, last=False))], "held", "rejected")


# --- references ---------------------------------------------------------------------------------------------------------


@kind
def wrong_in_the_header_and_right_in_a_note(world: World) -> Trial:
    """Two numbers that do not agree: the header names an order that is not there, a note names the right one."""
    row = world.order(3)
    wrong = str(int(row["number"]) + 7_000_000)
    return trial(world.paper(row, reference=wrong, notes=(f"Vedr. ordre {row['number']}",)), "suggested")


@kind
def lines_of_a_number_that_is_not_there(world: World) -> Trial:
    row = world.order(2)
    wrong = str(int(row["number"]) + 7_000_000)
    lines = [replace(line, order_reference=wrong) for line in billed(row)]
    return trial(world.paper(row, lines), *STOPPED)


@kind
def number_in_other_letters(world: World) -> Trial:
    """Digits of another script, or O for 0: not the number."""
    row = world.order(3)
    number = row["number"]
    told = world.choose(number.replace("0", "O"), number.replace("5", "٥"), number.replace("0", "０"), number[::-1])
    return trial(world.paper(row, reference=told), *STOPPED)


@kind
def half_the_number(world: World) -> Trial:
    row = world.order(3)
    return trial(world.paper(row, reference=world.choose(row["number"][4:], row["number"][:-2])), *STOPPED)


# --- a copy, another type -----------------------------------------------------------------------------------------------


@kind
def a_copy(world: World) -> Trial:
    """It says of itself that it is a copy: the original may be on its way, or paid."""

    def edit(body: bytes) -> bytes:
        if b"CopyIndicator" in body:
            return said("CopyIndicator", world.choose("true", "1"))(body)
        return put_before("<cbc:IssueDate>", "<cbc:CopyIndicator>true</cbc:CopyIndicator>")(body)

    return trial([(world.paper(world.order()), edit)], "held", "rejected", "duplicate")


@kind
def an_invoice_of_the_type_of_a_credit_note(world: World) -> Trial:
    return trial([(world.paper(world.order()), said("InvoiceTypeCode", "381"))], "rejected", "held")


@kind
def a_proforma(world: World) -> Trial:
    return trial([(world.paper(world.order()), said("InvoiceTypeCode", "325"))], "rejected")


@kind
def a_self_billed_or_corrected_one(world: World) -> Trial:
    """An invoice that corrects an earlier one does not come beside it."""
    row = world.order()
    code = world.choose("384", "389", "386", "380")
    first = world.paper(row)
    again = world.paper(
        row, lines=[replace(line, price=str(Decimal(line.price) - Decimal("0.01"))) for line in billed(row)]
    )
    return trial([first, (again, said("InvoiceTypeCode", code))], "held", "rejected")


# --- repeated -----------------------------------------------------------------------------------------------------------


@kind
def number_with_something_behind_it(world: World) -> Trial:
    """The same invoice again, its number with a tail, and there is room for it."""
    row = world.order(lines=world.goods(0, 2, quantity="10"), supplier=0)
    first = world.paper(row, billed(row, _10="5", _20="5"))
    tail = world.choose("-1", "A", "/2", " KOPI", "-R", " (genfremsendt)")
    again = first.but(number=first.number + tail, issued=world.choose(first.issued, "2026-09-29"))
    return trial([first, again], "held", "duplicate")


@kind
def the_same_in_the_other_profile(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    return trial([first, (first, _other_profile(first))], "duplicate", reasons=("duplicate_number",))


def _other_profile(paper):
    def edit(body: bytes) -> bytes:
        other = "peppol-bis-3" if b"OIOUBL" in body[:1500] else "oioubl-2.1"
        return paper.but(profile=other).write()

    return edit


@kind
def once_more_on_a_new_day_with_another_line_order(world: World) -> Trial:
    row = world.order()
    lines = [replace(line, line_reference=None) for line in billed(row)[::-1]]
    first = world.paper(row)
    return trial([first, world.paper(row, lines, issued="2026-10-01")], "held", reasons=("already_invoiced",))


@kind
def one_element_said_twice(world: World) -> Trial:
    edit = world.choose(
        twice("PayableAmount", "cbc", "1.00"), twice("LegalMonetaryTotal"), twice("AccountingSupplierParty"),
        twice("IssueDate", "cbc", "2026-09-01"), twice("DocumentCurrencyCode", "cbc", "EUR"), twice("AccountingCustomerParty"),
    )  # fmt: skip
    return trial([(world.paper(world.order()), edit)], "rejected", reasons=("invalid",))


@kind
def a_number_nobody_can_read(world: World) -> Trial:
    value = world.choose("1.234,50", "NaN", "Infinity", "1e3", "1_000", "１２０", "", "9" * 30, "0x10", "12 50", "--5")
    element = world.choose(
        "PayableAmount", "LineExtensionAmount", "PriceAmount", "TaxAmount", "InvoicedQuantity", "Percent"
    )
    return trial([(world.paper(world.order()), said(element, value))], "rejected", reasons=("invalid",))


@kind
def a_rate_that_none_has(world: World) -> Trial:
    """More decimals, or more figures, than are kept of a rate."""
    rate = world.choose("770.149678578", "-3.123456789012", "25.123456789", "9" * 20)
    row = world.order()
    return trial(world.paper(row, [replace(line, vat=rate) for line in billed(row)]), *STOPPED)


@kind
def a_day_that_is_not(world: World) -> Trial:
    day = world.choose("2026-02-30", "0000-00-00", "2026-9-9", "09-09-2026", "20260909", "", "i går", "2026-W37-3")
    return trial([(world.paper(world.order()), said("IssueDate", day, last=False))], "rejected", reasons=("invalid",))


@kind
def hostile_xml(world: World) -> Trial:
    def dtd(body: bytes) -> bytes:
        text = body.decode()
        inside = '<!DOCTYPE Invoice [<!ENTITY x "4500000070">]>'
        return (text[: text.index("?>") + 2] + inside + text[text.index("?>") + 2 :]).encode()

    edit = world.choose(dtd, lambda body: body[:-30], lambda body: body[: len(body) // 2], lambda body: b"\x00" + body)
    return trial([(world.paper(world.order()), edit)], "rejected", reasons=("unreadable",))


@kind
def enormous(world: World) -> Trial:
    row = world.order(1)
    lines = world.changed(row, quantity="999999999", price=world.choose("9999999.99", "0.01"))
    return trial(world.paper(row, lines), "held", "rejected")


@kind
def order_of_a_number_that_another_supplier_has(world: World) -> Trial:
    """The number is an order of another supplier; this supplier's own order has other goods and another number."""
    other = world.order(3, supplier=0)
    row = world.order(3, supplier=1)
    return trial(world.paper(row, billed(other), reference=other["number"]), "manual", reasons=("supplier_mismatch",))


@kind
def to_a_creditor_that_is_another_suppliers(world: World) -> Trial:
    row = world.order(supplier=0)
    creditor = SUPPLIERS[3]["payment_accounts"][1]["creditor"]
    return trial([(world.paper(row), slip_to(creditor))], "held", "rejected")


@kind
def closed_and_invoiced_by_the_price_of_an_open_one(world: World) -> Trial:
    """The header names a closed order, and an open one has the same goods."""
    row = world.order(2, status="closed", supplier=1)
    world.order(lines=row["lines"], institution=row["institution"], supplier=1)
    return trial(world.paper(row), "held", reasons=("order_not_open",))


@kind
def half_of_it_on_a_closed_order(world: World) -> Trial:
    place = {"gln": GLNS[0], "name": "Huset"}
    one = world.order(2, supplier=2, institution=place)
    names = {line["name"] for line in one["lines"]}
    stranger = next(line for line in world.goods(2, 9) if line["name"] not in names)
    other = world.order(lines=[{**stranger, "line": "10"}], supplier=2, institution=place, status="closed")
    joined = f"{one['number']}, {other['number']}"
    return trial(
        world.paper(one, [*billed(one), *billed(other)], reference=joined), "held", reasons=("order_not_open",)
    )


@kind
def of_no_profile_that_we_know(world: World) -> Trial:
    """A document that no rules are known for is judged by nobody."""
    told = world.choose("urn:example:invoice:1.0", "OIOUBL-9.9", "Invoice")
    return trial(
        [(world.paper(world.order()), said("CustomizationID", told, last=False))],
        "rejected",
        reasons=("unknown_type",),
    )
