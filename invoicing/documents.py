"""From an invoice or credit note in UBL to what control works on, whatever profile it came in. (pure)

`reading` gives the figures and references (`matching.Billed`), who sends and who is meant, and the accounts it is to be paid to. What
the profiles write differently ends here: OIOUBL keeps the VAT rate of a line in its tax total and Peppol in its item; the net is
always added up from the lines, because `TaxExclusiveAmount` is the net in one and the tax in the other.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from eshop.amounts import NOTHING, Amount, plain
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.ubl import CreditNote, Invoice, MonetaryTotal, Numbers, buyer_of, name_of, numbers_of, seller_of
from invoicing.billed import Billed, BilledLine, Charge, plain_id
from invoicing.references import Place, Reference, key

LARGEST_AMOUNT: Final = Decimal(10) ** 15
LARGEST_QUANTITY: Final = Decimal(10) ** 10
_FINEST: Final = Decimal("0.00000001")
LARGEST_RATE: Final = 1000
"""Percent of VAT."""
_COMPOSITE: Final = 6
_NOTE_LENGTH: Final = 2000
_REPLACES: Final = re.compile(
    r"\b(?:erstat|annul|korrig|korrek|rettet|rettelse|retter|berigt|replac|supersed|correct|cancel)\w*"
    r"(?:\W+(?:til|af|for|vores|vor|tidligere|fremsendte|faktura\w*|fakt|invoice|regning\w*|nr|nummer|no|number|our|of))*\W+"
    r"([\w/-]*\d[\w/-]*)",
    re.I,
)
_MOST_REPLACED: Final = 5
_TOTALS: Final = tuple(one.name for one in fields(MonetaryTotal))


@dataclass(frozen=True, slots=True)
class Account:
    """Where money is to go. `key` is the same for the same account however it is written: bank:2000:10000000 (registration and account
    without leading zeros, also out of a Danish IBAN), iban:…, creditor:… (a payment slip's creditor)."""

    key: str
    shown: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as control sees it. `faults` make it impossible to judge: it has no number, date or total, or figures out of range."""

    billed: Billed
    seller_name: str
    seller: Numbers
    buyer: Numbers
    delivery_glns: tuple[str, ...]
    accounts: tuple[Account, ...]
    payment: dict[str, str]
    faults: tuple[Finding, ...] = ()
    type_code: str = ""
    accounting_cost: str | None = None
    attachments: tuple[str, ...] = field(default=())


def reading(document: Invoice | CreditNote) -> Reading:
    """Everything control needs out of an invoice or credit note. Never raises on what the document says: see `faults`."""
    faults: list[Finding] = [finding for finding in document.problems if finding.severity == "error"]
    try:
        billed = _billed(document, faults)
    except BadInput as error:
        faults.append(Finding(error.code, values=error.values))
        billed = Billed(
            _text(document.id), isinstance(document, CreditNote), date.min, "", (), NOTHING, NOTHING, NOTHING
        )
    means = document.payment_means
    return Reading(
        billed,
        name_of(seller_of(document)) or "",
        numbers_of(seller_of(document)),
        numbers_of(buyer_of(document)),
        _delivery_glns(document),
        accounts(means) or _another_payee(document),
        _payment(document),
        tuple(faults),
        billed.type_code,
        _text(document.accounting_cost) or None,
        tuple(
            _text(one.id)
            for one in document.additional_document_references
            if one.attachment is not None and one.attachment.embedded_document_binary_object is not None
        ),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _amount(money: Any, faults: list[Finding], where: str) -> Amount:
    """An amount of money in øre; what does not fit is a fault."""
    if money is None:
        return NOTHING
    value = money.value
    if abs(value) >= LARGEST_AMOUNT:
        faults.append(Finding("amount_out_of_range", where=where, values={"value": plain(value)[:40]}))
        return NOTHING
    return Amount.rounded(value)


def _billed(document: Invoice | CreditNote, faults: list[Finding]) -> Billed:
    total = document.legal_monetary_total
    number = _text(document.id)
    for fault, missing in (
        ("document_without_number", not number),
        ("document_without_date", document.issue_date is None),
        ("document_without_total", total is None or total.payable_amount is None),
    ):
        if missing:
            faults.append(Finding(fault))
    payable = _amount(total.payable_amount if total else None, faults, "LegalMonetaryTotal/PayableAmount")
    currency = _text(document.document_currency_code)
    rates = _document_rates(document, faults)
    written = document.invoice_lines if isinstance(document, Invoice) else document.credit_note_lines
    lines = tuple(_line(position, one, rates, faults) for position, one in enumerate(written))
    charges = tuple(
        Charge(
            abs(amount),
            bool(one.charge_indicator) == (amount >= NOTHING),
            " ".join(one.allowance_charge_reasons),
            _text(one.allowance_charge_reason_code) or None,
            _rate(one.tax_categories, rates, faults, "AllowanceCharge"),
            amount < NOTHING,
        )
        for one in document.allowance_charges
        for amount in (_amount(one.amount, faults, "AllowanceCharge/Amount"),)
    )
    vat = Amount.sum(
        _amount(one.tax_amount, faults, "TaxTotal/TaxAmount")
        for one in document.tax_totals
        if one.tax_amount is None or one.tax_amount.currency in ("", currency)
    )
    rounding = _amount(total.payable_rounding_amount if total else None, faults, "PayableRoundingAmount")
    prepaid = _amount(total.prepaid_amount if total else None, faults, "PrepaidAmount")
    net = Amount.sum(line.amount for line in lines) + Amount.sum(
        one.amount if one.is_charge else -one.amount for one in charges
    )
    issued = document.issue_date or date.min
    due = document.due_date if isinstance(document, Invoice) else None
    billed = Billed(
        number=number,
        is_credit=isinstance(document, CreditNote),
        issue_date=issued,
        currency=currency,
        lines=lines,
        net=net,
        vat=vat,
        payable=payable,
        rounding=rounding,
        prepaid=prepaid,
        charges=charges,
        references=_references(document),
        person_reference=_person(document),
        credits=_credits(document),
        replaces=_replaced(document.notes),
        due_date=due or next((one.payment_due_date for one in document.payment_means if one.payment_due_date), None),
        is_copy=bool(document.copy_indicator),
        type_code=_text(
            document.invoice_type_code if isinstance(document, Invoice) else document.credit_note_type_code
        ),
        currencies=_currencies(document),
        vat_rates=rates,
    )
    return _turned(billed) if payable < NOTHING or (not payable and net < NOTHING) else billed


def _turned(billed: Billed) -> Billed:
    """A negative invoice as the credit note it is, and a negative credit note as the invoice it is: every figure turned."""
    return Billed(
        number=billed.number,
        is_credit=not billed.is_credit,
        issue_date=billed.issue_date,
        currency=billed.currency,
        lines=tuple(_turned_line(line) for line in billed.lines),
        net=-billed.net,
        vat=-billed.vat,
        payable=-billed.payable,
        rounding=-billed.rounding,
        prepaid=-billed.prepaid,
        charges=tuple(
            replace(one, is_charge=not one.is_charge, odd=bool(one.amount) and not one.odd) for one in billed.charges
        ),
        references=billed.references,
        person_reference=billed.person_reference,
        credits=billed.credits,
        replaces=billed.replaces,
        due_date=billed.due_date,
        is_copy=billed.is_copy,
        type_code=billed.type_code,
        currencies=billed.currencies,
        vat_rates=billed.vat_rates,
    )


def _turned_line(line: BilledLine) -> BilledLine:
    """Either the quantity or the price was written negative; both ways the amount is."""
    values = {name: getattr(line, name) for name in BilledLine.__dataclass_fields__}
    quantity = abs(line.quantity) if line.amount < NOTHING else -abs(line.quantity) if line.amount else -line.quantity
    values |= {"quantity": quantity, "amount": -line.amount}
    return BilledLine(**values)


def _quantity(measure: Any, faults: list[Finding], where: str) -> Decimal:
    if measure is None:
        return Decimal(0)
    value = measure.value
    if abs(value) >= LARGEST_QUANTITY:
        faults.append(Finding("quantity_out_of_range", where=where, values={"value": plain(value)[:40]}))
        return Decimal(0)
    return _kept(value)


def _kept(value: Decimal) -> Decimal:
    """As it is kept, with at most eight decimals."""
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= -8 else value.quantize(_FINEST, ROUND_HALF_EVEN)


def _line(position: int, one: Any, rates: frozenset[Decimal], faults: list[Finding]) -> BilledLine:
    number = _text(one.id) or str(position + 1)
    where = f"line {number}"
    measure = one.invoiced_quantity if hasattr(one, "invoiced_quantity") else one.credited_quantity
    amount = _amount(one.line_extension_amount, faults, where)
    if one.line_extension_amount is None:
        faults.append(Finding("line_without_amount", where=where, values={"line": number}))
    quantity = _quantity(measure, faults, where)
    if amount < NOTHING and quantity > 0:
        quantity = -quantity  # a negative price: what is given back is a quantity below zero
    item, price = one.item, one.price
    reference = one.order_line_references[0] if one.order_line_references else None
    allowances, charges, fee_code = NOTHING, NOTHING, None
    for charge in one.allowance_charges:
        part = abs(_amount(charge.amount, faults, where))
        if charge.charge_indicator:
            charges += part
            fee_code = fee_code or _text(charge.allowance_charge_reason_code) or None
        else:
            allowances += part
    return BilledLine(
        position=position,
        id=number,
        quantity=quantity,
        unit=measure.unit if measure is not None else "",
        amount=amount,
        vat_percent=_line_rate(one, rates, faults, where),
        name=_text(item.name) if item else "",
        description=" ".join(_text(text) for text in item.descriptions) if item else "",
        seller_item_id=_id_of(item, "sellers_item_identification"),
        buyer_item_id=_id_of(item, "buyers_item_identification"),
        gtin=_id_of(item, "standard_item_identification"),
        unspsc=_unspsc(item),
        price=price.price_amount.value if price and price.price_amount else None,
        base_quantity=_base(price),
        line_reference=(_text(reference.line_id) or None) if reference else None,
        order_reference=_text(reference.order_reference.id) or None
        if reference and reference.order_reference
        else None,
        note=" ".join(_text(note) for note in one.notes)[:_NOTE_LENGTH],
        allowances=allowances,
        charges=charges,
        fee_code=fee_code or _fee_code(item),
        accounting_cost=_text(one.accounting_cost) or None,
    )


def _id_of(item: Any, name: str) -> str | None:
    found = getattr(item, name) if item is not None else None
    return (_text(found.id) or None) if found is not None else None


def _base(price: Any) -> Decimal:
    base = price.base_quantity.value if price and price.base_quantity else Decimal(1)
    return base if base > 0 else Decimal(1)


def _unspsc(item: Any) -> str | None:
    for one in item.commodity_classifications if item else ():
        told = _text(one.item_classification_code)
        if len(told) == 8 and told.isascii() and told.isdigit():
            return told
    return None


def _fee_code(item: Any) -> str | None:
    """A UNCL 7161 code that the line is classified with."""
    for one in item.commodity_classifications if item else ():
        code = one.item_classification_code
        if code is not None and "7161" in (code.list_id or ""):
            return _text(code)
    return None


def _line_rate(one: Any, rates: frozenset[Decimal], faults: list[Finding], where: str) -> Decimal | None:
    """The VAT rate of a line: in its item (Peppol), in its tax total (OIOUBL), else the only one of the document."""
    categories = list(one.item.classified_tax_categories) if one.item else []
    categories += [
        part.tax_category for total in one.tax_totals for part in total.tax_subtotals if part.tax_category is not None
    ]
    return _rate(categories, rates, faults, where)


def _rate(categories: Iterable[Any], rates: frozenset[Decimal], faults: list[Finding], where: str) -> Decimal | None:
    """The one rate of these categories; without any, the one rate of the document; None where there is no single one."""
    own = {_percent(category, faults, where) for category in categories}
    found = own or rates
    return next(iter(found)) if len(found) == 1 else None


def _document_rates(document: Invoice | CreditNote, faults: list[Finding]) -> frozenset[Decimal]:
    return frozenset(
        _percent(part.tax_category, faults, "TaxTotal")
        for total in document.tax_totals
        for part in total.tax_subtotals
        if part.tax_category is not None
    )


def _percent(category: Any, faults: list[Finding], where: str) -> Decimal:
    """The rate of a VAT category, 0 where it states none; what can be no rate is a fault."""
    value = category.percent
    if value is None:
        return Decimal(0)
    if abs(value) > LARGEST_RATE:
        faults.append(Finding("rate_out_of_range", where=where, values={"value": plain(value)[:40]}))
        return Decimal(0)
    return _kept(value)


def _references(document: Invoice | CreditNote) -> tuple[Reference, ...]:
    found: dict[tuple[str, Place, int | None], None] = {}

    def add(text: Any, place: Place, line: int | None = None) -> None:
        if told := _text(text)[:_NOTE_LENGTH]:
            found[told, place, line] = None

    order = document.order_reference
    if order is not None:
        add(order.id, "order")
        add(order.customer_reference, "buyer")
    written = document.invoice_lines if isinstance(document, Invoice) else document.credit_note_lines
    for position, line in enumerate(written):
        for reference in line.order_line_references:
            if reference.order_reference is not None:
                add(reference.order_reference.id, "line", position)
            if len(key(_text(reference.line_id))) >= _COMPOSITE:
                add(reference.line_id, "line", position)
        for note in line.notes:
            add(note, "note", position)
    for contract in document.contract_document_references:
        add(contract.id, "contract")
    add(document.buyer_reference, "buyer")
    if len(contact := _contact(document) or "") >= _COMPOSITE:
        add(contact, "buyer")
    for note in document.notes:
        add(note, "note")
    for other in (*document.originator_document_references, *document.additional_document_references):
        add(other.id, "other")
    return tuple(Reference(text, place, line) for text, place, line in found)


def _person(document: Invoice | CreditNote) -> str | None:
    """The buyer's person reference: BuyerReference in Peppol, the buyer's contact id in OIOUBL."""
    if document.buyer_reference:
        return document.buyer_reference.strip()
    order = document.order_reference
    return _contact(document) or ((_text(order.customer_reference) or None) if order else None)


def _contact(document: Invoice | CreditNote) -> str | None:
    """The id of the buyer's contact, where OIOUBL has what Peppol has in BuyerReference: a person, or an order number."""
    customer = document.accounting_customer_party
    contact = customer.party.contact if customer and customer.party else None
    return (_text(contact.id) or None) if contact is not None else None


def _credits(document: Invoice | CreditNote) -> tuple[str, ...]:
    """The numbers of the invoices it takes up again, in the header and on lines."""
    references = [*document.billing_references]
    if isinstance(document, CreditNote):
        references += [reference for line in document.credit_note_lines for reference in line.billing_references]
    return tuple(
        dict.fromkeys(
            _text(one.invoice_document_reference.id) for one in references if one.invoice_document_reference is not None
        )
    )


def _replaced(notes: Iterable[Any]) -> tuple[str, ...]:
    """The invoices that notes speak of as replaced or corrected: 'Erstatter faktura 100017' → 100017; 'Erstatter tilbud 4711' → none."""
    text = " ".join(_text(note) for note in notes)[:_NOTE_LENGTH]
    return tuple(dict.fromkeys(_REPLACES.findall(text)))[:_MOST_REPLACED]


def _currencies(document: Invoice | CreditNote) -> frozenset[str]:
    """The currencies of every amount that counts. A tax total in another currency is only told beside the one that counts."""
    found = {charge.amount.currency for charge in document.allowance_charges if charge.amount is not None}
    if (total := document.legal_monetary_total) is not None:
        found |= {money.currency for name in _TOTALS if (money := getattr(total, name)) is not None}
    own = _text(document.document_currency_code)
    taxes = [one for one in document.tax_totals if one.tax_amount is not None and one.tax_amount.currency == own]
    for line in document.invoice_lines if isinstance(document, Invoice) else document.credit_note_lines:
        taxes += line.tax_totals
        if line.line_extension_amount is not None:
            found.add(line.line_extension_amount.currency)
        if line.price is not None and line.price.price_amount is not None:
            found.add(line.price.price_amount.currency)
        if line.allowance_charges:
            found |= {charge.amount.currency for charge in line.allowance_charges if charge.amount is not None}
    for tax in taxes:
        stated = [tax.tax_amount]
        for part in tax.tax_subtotals:
            stated += [part.tax_amount, part.taxable_amount]
        found |= {money.currency for money in stated if money is not None}
    return frozenset(found - {""})


def _delivery_glns(document: Invoice | CreditNote) -> tuple[str, ...]:
    found = [
        delivery.delivery_location.id
        for delivery in document.deliveries
        if delivery.delivery_location is not None and delivery.delivery_location.id is not None
    ]
    return tuple(dict.fromkeys(value for one in found if len(value := one.value.strip()) == 13 and value.isdigit()))


def accounts(means: Sequence[Any]) -> tuple[Account, ...]:
    """Every account that the payment means name, each once; NemKonto, cards and direct debit name none."""
    found: dict[str, Account] = {}
    for one in means:
        payee, credit = one.payee_financial_account, one.credit_account
        if credit is not None and credit.account_id is not None:
            account = creditor_account(credit.account_id.value)
            found[account.key] = account
        if payee is not None and payee.id is not None:
            branch = payee.financial_institution_branch
            registration = branch.id.value if branch is not None and branch.id is not None else ""
            is_slip = _text(one.payment_means_code) in ("93", "50") or any(
                identifier.value.strip()[:3] in ("71#", "73#", "75#", "01#", "04#", "15#")
                for identifier in one.payment_ids
            )
            account = (
                creditor_account(payee.id.value)
                if is_slip and not registration
                else bank_account(registration, payee.id.value)
            )
            found[account.key] = account
    return tuple(account for account in found.values() if account.key)


def _another_payee(document: Invoice | CreditNote) -> tuple[Account, ...]:
    """Who is to be paid, where no account is named and it is not the seller (a factoring company, by NemKonto)."""
    payee, seller = document.payee_party, seller_of(document)
    if payee is None:
        return ()
    theirs, ours = numbers_of(payee), numbers_of(seller)
    told = (*theirs.cvrs, *theirs.glns)
    name = name_of(payee) or ""
    if any(number in (*ours.cvrs, *ours.glns) for number in told) or (not told and name == (name_of(seller) or "")):
        return ()
    return (Account(f"payee:{(told or (name.casefold()[:80],))[0]}", name or told[0]),)


def _digits(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())


def bank_account(registration: str, account: str) -> Account:
    """A bank account by registration number and account, or by IBAN; the Danish IBAN is the same account as its parts.

    bank_account('2000', '0010000000') and bank_account('', 'DK50 2000 0010 0000 00') have the key 'bank:2000:10000000'.
    """
    number, branch = _digits(account), _digits(registration)
    shown = " ".join(part for part in (registration.strip(), account.strip()) if part)
    if number[:2].isalpha() and len(number) >= 15:
        if number.startswith("DK") and len(number) == 18 and number[2:].isdigit():
            return Account(f"bank:{number[4:8]}:{number[8:].lstrip('0')}", account.strip())
        return Account(f"iban:{number}", account.strip())
    if not branch and number.isdigit() and len(number) == 14:
        branch, number = number[:4], number[4:]
    if len(branch) != 4 or not branch.isdigit():
        branch = branch.split("DK")[-1][:4] if branch.startswith("DK") else branch
    return Account(f"bank:{branch}:{number.lstrip('0')}" if number else "", shown)


def creditor_account(number: str) -> Account:
    """The creditor of a Danish payment slip (FIK), or a giro account."""
    told = _digits(number).lstrip("0")
    return Account(f"creditor:{told}" if told else "", number.strip())


def _payment(document: Invoice | CreditNote) -> dict[str, str]:
    """How it is to be paid, as written: to be kept and shown."""
    shown: dict[str, str] = {}
    for one in document.payment_means[:1]:
        shown["means"] = _text(one.payment_means_code)
        shown["channel"] = _text(one.payment_channel_code)
        shown["reference"] = " ".join(_text(identifier) for identifier in one.payment_ids)
        shown["instruction"] = _text(one.instruction_id)
        if one.payee_financial_account is not None and one.payee_financial_account.payment_notes:
            shown["note"] = " ".join(one.payee_financial_account.payment_notes)
    return {name: value for name, value in shown.items() if value}


def content_key(billed: Billed, seller: str) -> str:
    """The same for the same content under another number: supplier, orders referred to, lines and total, not number or date."""
    parts = [seller, "credit" if billed.is_credit else "invoice", billed.currency, str(billed.payable)]
    parts += sorted({key(one.text) for one in billed.stated_references if one.place in ("order", "line")})
    parts += sorted({key(number) for number in billed.credits})
    parts += sorted(
        "|".join(
            (
                plain_id(line.seller_item_id) or plain_id(line.gtin) or " ".join(line.name.lower().split()),
                plain(line.quantity),
                line.unit,
                str(line.amount),
            )
        )
        for line in billed.lines
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
