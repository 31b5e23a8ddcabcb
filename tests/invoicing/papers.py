"""Suppliers' invoices and credit notes as they could come, written in either profile from one description."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from eshop import ubl
from eshop.ubl import Code, Identifier, Measure, Money, Text

OURS = "47000114"
SUPPLIER = {
    "cvr": "10000114",
    "gln": "5790010000002",
    "name": "Nordlys Engros A/S",
    "payment_accounts": [{"scheme": "DK:BANK", "registration": "2000", "account": "10000000"}],
}
OTHER = {
    "cvr": "10000483",
    "gln": "5790010000019",
    "name": "Fjordline Engros A/S",
    "payment_accounts": [{"scheme": "DK:BANK", "registration": "2001", "account": "10000001"}],
}
SCHOOL, HOME = "5798020000005", "5798020000012"
ORGANISATION = {
    "municipality": {
        "cvr": OURS,
        "name": "Prøvekøbing Kommune",
        "dimensions": ["function", "cost_centre", "art"],
        "default_coding": {"function": "5.25.14.1", "cost_centre": "9999", "art": "2.9"},
    },
    "institutions": [{"gln": SCHOOL, "name": "Skolen Øst"}, {"gln": HOME, "name": "Plejecentret Øst"}],
}
POLICY = {
    "price_tolerance_percent": "1.0",
    "price_tolerance_amount_per_line": "10.00",
    "rounding_tolerance_per_document": "1.00",
    "quantity_tolerance_percent": "0",
    "freight_without_order_line_max": "150.00",
    "post_without_reference": False,
    "vat_must_equal_order": True,
    "cumulative_per_order": None,
    "cumulative_per_supplier_month": None,
    "one_person_max": None,
    "sample_percent": "0",
}


def item(
    line: str, number: str, name: str, quantity: str, price: str, unit: str = "XCT", content: str = "EA", per: str = "12",
    base: str = "1", vat: str = "25",
) -> dict[str, Any]:  # fmt: skip
    """An order line in the form of the orders file."""
    return {
        "line": line, "seller_item_id": number, "gtin": f"57{number.zfill(11)}", "name": name, "description": name,
        "unspsc": "14111507", "quantity": quantity, "unit": unit, "price": price, "base_quantity": base,
        "content_unit": content, "units_per_order_unit": per, "vat_percent": vat,
    }  # fmt: skip


LINES = (
    item("10", "100001", "Kopipapir Klitgaard Skole A4 80 g", "10", "52.00"),
    item("20", "100002", "Nitrilhandske Bakkely Eco str. M", "4", "120.50", "XBX", "PR", "50"),
    item("30", "100003", "Håndsæbe Ågaard Care 500 ml", "6", "31.25", "XCT", "XBO", "6"),
)


def order(number: str = "4500000070", lines: Sequence[dict[str, Any]] = LINES, **fields: Any) -> dict[str, Any]:
    """An open order in the form of the orders file."""
    return {
        "number": number,
        "supplier": {name: SUPPLIER[name] for name in ("cvr", "gln", "name")},
        "institution": {"gln": SCHOOL, "name": "Skolen Øst"},
        "date": "2026-05-01",
        "status": "open",
        "match": "3-way",
        "freight_allowed": True,
        "currency": "DKK",
        "reference": "LBS62",
        "lines": list(lines),
    } | fields


def receipts(row: dict[str, Any], **quantities: str) -> list[dict[str, Any]]:
    """Everything on the order received, or `_10="8"` of line 10."""
    return [
        {
            "order": row["number"],
            "line": line["line"],
            "quantity": quantities.get(f"_{line['line']}", line["quantity"]),
            "unit": line["unit"],
            "date": row["date"],
        }
        for line in row["lines"]
        if Decimal(quantities.get(f"_{line['line']}", line["quantity"]))
    ]


def ore(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Line:
    """A line as billed. `amount` None: quantity × price / base, less allowances, plus charges."""

    name: str
    quantity: str
    price: str
    unit: str = "XCT"
    number: str | None = None
    gtin: str | None = None
    line_reference: str | None = None
    order_reference: str | None = None
    note: str | None = None
    vat: str = "25"
    base: str | None = None
    amount: str | None = None
    allowances: tuple[str, ...] = ()
    charges: tuple[str, ...] = ()
    charge_code: str | None = None
    category: str | None = None
    """The VAT category where it is not told by the rate: AE reverse charge, E exempt."""
    id: str | None = None

    @property
    def net(self) -> Decimal:
        if self.amount is not None:
            return Decimal(self.amount)
        own = ore(Decimal(self.quantity) * Decimal(self.price) / Decimal(self.base or 1))
        return own - sum(map(Decimal, self.allowances)) + sum(map(Decimal, self.charges))


def billed(row: dict[str, Any], **quantities: str) -> tuple[Line, ...]:
    """The order's lines as they would be invoiced exactly; `_10="3"` three of line 10, `_10="0"` leaves it out."""
    return tuple(
        Line(
            name=line["name"],
            quantity=quantities.get(f"_{line['line']}", line["quantity"]),
            price=line["price"],
            unit=line["unit"],
            number=line["seller_item_id"],
            gtin=line["gtin"],
            line_reference=line["line"],
            vat=line["vat_percent"],
            base=line["base_quantity"] if line["base_quantity"] != "1" else None,
        )
        for line in row["lines"]
        if Decimal(quantities.get(f"_{line['line']}", line["quantity"]))
    )


@dataclass(frozen=True)
class Paper:
    """An invoice (or credit note) to be written. `charges`/`allowances` on the document: (reason, amount)."""

    lines: tuple[Line, ...]
    reference: str | None = "4500000070"
    number: str = "F-884120"
    credit: bool = False
    profile: str = "peppol-bis-3"
    issued: str = "2026-09-09"
    currency: str = "DKK"
    supplier: dict[str, Any] = field(default_factory=lambda: SUPPLIER)
    supplier_cvr: str | None = None
    buyer_gln: str = SCHOOL
    buyer_cvr: str | None = OURS
    account: tuple[str, str] | None = ("2000", "0010000000")
    person: str | None = "LBS62"
    notes: tuple[str, ...] = ()
    contract: str | None = None
    credits: tuple[str, ...] = ()
    charges: tuple[tuple[str, str], ...] = ()
    allowances: tuple[tuple[str, str], ...] = ()
    rounding: str | None = None
    prepaid: str | None = None
    """What the supplier says has been paid already."""
    type_code: str | None = None
    payee: tuple[str, str] | None = None
    """(name, CVR) of somebody else who is to be paid."""
    negative: bool = False
    """A credit written as an invoice with every figure below zero."""

    def but(self, **changes: Any) -> "Paper":
        return replace(self, **changes)

    @property
    def sign(self) -> int:
        return -1 if self.negative else 1

    @property
    def net(self) -> Decimal:
        sums = sum((line.net for line in self.lines), Decimal(0))
        sums += sum((Decimal(amount) for _, amount in self.charges), Decimal(0))
        return sums - sum((Decimal(amount) for _, amount in self.allowances), Decimal(0))

    @property
    def general(self) -> tuple[str, str | None]:
        """The VAT rate and category of charges and allowances on the document."""
        told = [(line.vat, line.category) for line in self.lines]
        return ("25", None) if not told or ("25", None) in told else told[0]

    def subtotals(self) -> dict[tuple[str, str | None], Decimal]:
        bases: dict[tuple[str, str | None], Decimal] = {}
        for line in self.lines:
            kind = line.vat, line.category
            bases[kind] = bases.get(kind, Decimal(0)) + line.net
        for sign, pairs in ((1, self.charges), (-1, self.allowances)):
            for _, amount in pairs:
                bases[self.general] = bases.get(self.general, Decimal(0)) + sign * Decimal(amount)
        return bases

    @property
    def vat(self) -> Decimal:
        return sum((ore(base * Decimal(rate) / 100) for (rate, _), base in self.subtotals().items()), Decimal(0))

    @property
    def payable(self) -> Decimal:
        return self.net + self.vat + Decimal(self.rounding or 0) - Decimal(self.prepaid or 0)

    def write(self) -> bytes:
        return ubl.write(self.document(), self.profile)

    def money(self, value: Decimal) -> Money:
        return Money(self.sign * value, self.currency)

    def document(self) -> ubl.Invoice | ubl.CreditNote:
        head: dict[str, Any] = {
            "id": Identifier(self.number),
            "issue_date": date.fromisoformat(self.issued),
            "notes": tuple(Text(note) for note in self.notes),
            "document_currency_code": Code(self.currency),
            "buyer_reference": self.person if self.profile != "oioubl-2.1" else None,
            "order_reference": self._order_reference(),
            "billing_references": tuple(
                ubl.BillingReference(invoice_document_reference=ubl.DocumentReference(id=Identifier(number)))
                for number in self.credits
            ),
            "contract_document_references": (ubl.DocumentReference(id=Identifier(self.contract)),)
            if self.contract
            else (),
            "accounting_supplier_party": ubl.SupplierParty(party=self._seller()),
            "accounting_customer_party": ubl.CustomerParty(party=self._buyer()),
            "payee_party": self._payee(),
            "allowance_charges": tuple(self._document_charges()),
            "payment_means": self._means(),
            "tax_totals": (self._tax(),),
            "legal_monetary_total": self._totals(),
        }
        if self.credit:
            return ubl.CreditNote(
                **head,
                credit_note_type_code=Code(self.type_code or "381"),
                credit_note_lines=tuple(self._lines(ubl.CreditNoteLine, "credited_quantity")),
            )
        return ubl.Invoice(
            **head,
            due_date=date.fromisoformat(self.issued).replace(day=28),
            invoice_type_code=Code(self.type_code or "380"),
            prepaid_payments=(ubl.Payment(id=Identifier("1"), paid_amount=self.money(Decimal(self.prepaid))),)
            if self.prepaid and self.profile == "oioubl-2.1"
            else (),
            invoice_lines=tuple(self._lines(ubl.InvoiceLine, "invoiced_quantity")),
        )

    def _order_reference(self) -> ubl.OrderReference | None:
        if self.reference is None:
            return ubl.OrderReference(id=Identifier("n/a")) if self.profile == "oioubl-2.1" else None
        return ubl.OrderReference(id=Identifier(self.reference))

    def _seller(self) -> ubl.Party:
        cvr = self.supplier_cvr or self.supplier["cvr"]
        return _party(self.supplier["name"], self.supplier["gln"], cvr, None)

    def _payee(self) -> ubl.Party | None:
        if self.payee is None:
            return None
        name, cvr = self.payee
        return ubl.Party(
            party_names=(ubl.PartyName(name=name),),
            party_legal_entities=(ubl.PartyLegalEntity(company_id=Identifier(cvr, "DK:CVR")),),
        )

    def _buyer(self) -> ubl.Party:
        buyer = _party("Skolen Øst", self.buyer_gln, self.buyer_cvr, self.person)
        # Peppol takes no number of a contact: the person stands in BuyerReference there.
        return buyer if self.profile == "oioubl-2.1" else replace(buyer, contact=None)

    def _means(self) -> tuple[ubl.PaymentMeans, ...]:
        if self.account is None or (self.credit and self.profile == "oioubl-2.1"):
            return ()
        registration, account = self.account
        return (
            ubl.PaymentMeans(
                payment_means_code=Code("42" if registration else "31" if self.profile == "oioubl-2.1" else "58"),
                payee_financial_account=ubl.FinancialAccount(
                    id=Identifier(account), financial_institution_branch=self._branch(registration)
                ),
            ),
        )

    def _branch(self, registration: str) -> ubl.Branch | None:
        """The registration number; with an IBAN, OIOUBL wants the bank's own number."""
        if registration:
            return ubl.Branch(id=Identifier(registration))
        bank = ubl.FinancialInstitution(id=Identifier("PROVDKKK"))
        return ubl.Branch(financial_institution=bank) if self.profile == "oioubl-2.1" else None

    def _document_charges(self) -> Iterable[ubl.AllowanceCharge]:
        for is_charge, pairs in ((True, self.charges), (False, self.allowances)):
            for reason, amount in pairs:
                yield ubl.AllowanceCharge(
                    charge_indicator=is_charge,
                    allowance_charge_reasons=(reason,),
                    amount=self.money(Decimal(amount)),
                    base_amount=self.money(Decimal(amount)) if self.profile == "oioubl-2.1" else None,
                    multiplier_factor_numeric=Decimal(1) if self.profile == "oioubl-2.1" else None,
                    tax_categories=(_category(*self.general),),
                )

    def _tax(self) -> ubl.TaxTotal:
        parts = tuple(
            ubl.TaxSubtotal(
                taxable_amount=self.money(base),
                tax_amount=self.money(ore(base * Decimal(rate) / 100)),
                tax_category=_category(rate, category, REASONS.get(category or "")),
            )
            for (rate, category), base in sorted(self.subtotals().items(), key=str)
        )
        rounding = self.money(Decimal(self.rounding)) if self.rounding and self.profile == "oioubl-2.1" else None
        return ubl.TaxTotal(tax_amount=self.money(self.vat), rounding_amount=rounding, tax_subtotals=parts)

    def _totals(self) -> ubl.MonetaryTotal:
        lines = sum((line.net for line in self.lines), Decimal(0))
        charges = sum((Decimal(amount) for _, amount in self.charges), Decimal(0))
        allowances = sum((Decimal(amount) for _, amount in self.allowances), Decimal(0))
        return ubl.MonetaryTotal(
            line_extension_amount=self.money(lines),
            tax_exclusive_amount=self.money(self.vat if self.rounding and self.profile == "oioubl-2.1" else self.net),
            tax_inclusive_amount=self.money(
                self.payable + Decimal(self.prepaid or 0) if self.profile == "oioubl-2.1" else self.net + self.vat
            ),
            allowance_total_amount=self.money(allowances) if self.allowances else None,
            charge_total_amount=self.money(charges) if self.charges else None,
            prepaid_amount=self.money(Decimal(self.prepaid)) if self.prepaid else None,
            payable_rounding_amount=self.money(Decimal(self.rounding)) if self.rounding else None,
            payable_amount=self.money(self.payable),
        )

    def _lines(self, kind: Any, quantity: str) -> Iterable[Any]:
        for place, line in enumerate(self.lines, start=1):
            references = ()
            if line.line_reference or line.order_reference:
                references = (
                    ubl.OrderLineReference(
                        line_id=Identifier(line.line_reference or "n/a"),
                        order_reference=ubl.OrderReference(id=Identifier(line.order_reference))
                        if line.order_reference
                        else None,
                    ),
                )
            yield kind(
                id=Identifier(line.id or str(place)),
                notes=(Text(line.note),) if line.note else (),
                **{quantity: Measure(self.sign * Decimal(line.quantity), line.unit)},
                line_extension_amount=self.money(line.net),
                order_line_references=references,
                allowance_charges=tuple(self._line_charges(line)),
                item=ubl.Item(
                    name=line.name,
                    sellers_item_identification=ubl.ItemIdentification(id=Identifier(line.number))
                    if line.number
                    else None,
                    standard_item_identification=ubl.ItemIdentification(id=Identifier(line.gtin, "GTIN"))
                    if line.gtin
                    else None,
                    classified_tax_categories=(_category(line.vat, line.category),),
                ),
                price=ubl.Price(
                    price_amount=Money(Decimal(line.price), self.currency),
                    base_quantity=Measure(Decimal(line.base), line.unit) if line.base else None,
                ),
            )

    def _line_charges(self, line: Line) -> Iterable[ubl.AllowanceCharge]:
        for is_charge, amounts in ((False, line.allowances), (True, line.charges)):
            for amount in amounts:
                yield ubl.AllowanceCharge(
                    charge_indicator=is_charge,
                    allowance_charge_reason_code=Code(line.charge_code) if line.charge_code and is_charge else None,
                    allowance_charge_reasons=("Rabat" if not is_charge else "Tillæg",),
                    amount=self.money(Decimal(amount)),
                    base_amount=self.money(Decimal(amount)) if self.profile == "oioubl-2.1" else None,
                    multiplier_factor_numeric=Decimal(1) if self.profile == "oioubl-2.1" else None,
                )


REASONS = {"AE": "Omvendt betalingspligt", "E": "Momsfritaget"}


def _category(rate: str, category: str | None = None, reason: str | None = None) -> ubl.TaxCategory:
    return ubl.TaxCategory(
        id=Identifier(category or ("S" if Decimal(rate) else "Z")),
        percent=Decimal(rate),
        tax_exemption_reasons=(reason,) if reason else (),
        tax_scheme=ubl.TaxScheme(id=Identifier("VAT")),
    )


def _party(name: str, gln: str, cvr: str | None, person: str | None) -> ubl.Party:
    return ubl.Party(
        endpoint_id=Identifier(gln, "GLN"),
        party_identifications=(ubl.PartyIdentification(id=Identifier(gln, "GLN")),),
        party_names=(ubl.PartyName(name=name),),
        postal_address=ubl.Address(
            street_name="Havnegade",
            building_number="1",
            city_name="Kolding",
            postal_zone="6000",
            country=ubl.Country(identification_code=Code("DK")),
        ),
        party_tax_schemes=(
            (
                ubl.PartyTaxScheme(
                    company_id=Identifier(f"DK{cvr}", "DK:SE"), tax_scheme=ubl.TaxScheme(id=Identifier("VAT"))
                ),
            )
            if cvr and person is None
            else ()
        ),
        party_legal_entities=(
            ubl.PartyLegalEntity(registration_name=name, company_id=Identifier(cvr, "DK:CVR") if cvr else None),
        ),
        contact=ubl.Contact(id=Identifier(person)) if person else None,
    )
