"""What a supplier's own system writes: catalogues, order responses, despatch advices, invoices and credit notes. (pure)

Documents are built in the neutral vocabulary of `eshop.ubl` and written in the profile the supplier chose; they come to the shop as bytes,
like anybody's. The sums are the supplier's own arithmetic: lines rounded to the øre, VAT per rate on the sum of its lines.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from eshop import ubl
from eshop.amounts import NOTHING, Amount, Percent
from eshop.demo.assortment import Article
from eshop.demo.particulars import properties, relations
from eshop.ubl import Code, Identifier, Measure, Money, Text
from eshop.wording import unit as unit_name

Sum = Callable[[Amount], Money]

_NAMES: Final = uuid.UUID("6f0f3ab5-5d0b-5a57-9d0f-0d6c1a0f3a11")
_PACKAGES: Final = frozenset({"CT", "BX", "PK", "PA", "RO", "BO", "CS"})
_LABEL_CODES: Final = {
    "Svanemærket": "NORDIC_SWAN",
    "EU-Blomsten": "EU_ECO_LABEL",
    "Astma-Allergi": "APPROVED_BY_ASTHMA_AND_ALLERGY_ASSOC",
    "FSC": "FOREST_STEWARDSHIP_COUNCIL_LABEL",
    "Ø": "EU_ORGANIC_FARMING",
}


@dataclass(frozen=True, slots=True)
class Company:
    """A party: the supplier, or the institution that buys (then `cvr` is its municipality's)."""

    cvr: str
    gln: str
    name: str
    street: str = "Industrivej 1"
    city: str = "Lindeå"
    postcode: str = "4899"


@dataclass(frozen=True, slots=True)
class Seller:
    """A supplier with its habits: the profile it writes and the account it is paid to."""

    company: Company
    profile: str
    registration: str
    account: str

    @property
    def oioubl(self) -> bool:
        return self.profile == "oioubl-2.1"


@dataclass(frozen=True, slots=True)
class Billed:
    """A line as the supplier claims it. `price` is kroner per `base` units; `unit` canonical ('CT'). Fees have no item number."""

    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    order: str | None = None
    order_line: str | None = None
    seller_item_id: str | None = None
    gtin: str | None = None
    unspsc: str | None = None
    base: Decimal = Decimal(1)
    vat: Decimal = Decimal(25)
    description: str | None = None

    @property
    def net(self) -> Amount:
        return Amount.rounded(self.quantity * self.price / self.base)


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice, or with `credits` a credit note, before it is written in a profile.

    `discount` is taken off the whole document, `rounding` added to the total, `gross_off` a mistake in the supplier's own sum.
    `header_order` is the order reference; lines may name their own orders.
    """

    number: str
    seller: Seller
    buyer: Company
    issued: date
    lines: Sequence[Billed]
    header_order: str | None = None
    reference: str | None = None
    currency: str = "DKK"
    days: int = 30
    delivered: date | None = None
    discount: Amount = NOTHING
    rounding: Amount = NOTHING
    gross_off: Amount = NOTHING
    credits: str | None = None
    note: str | None = None


# --- parts ----------------------------------------------------------------------------------------------------------------


def _unit(unit: str) -> str:
    """The Rec 20/21 code: 'CT' → 'XCT'."""
    return f"X{unit}" if unit in _PACKAGES else unit


def _gln(gln: str) -> Identifier:
    return Identifier(gln, scheme_id="GLN")


def _category(percent: Decimal) -> ubl.TaxCategory:
    return ubl.TaxCategory(
        id=Identifier("S" if percent else "Z"), percent=percent, tax_scheme=ubl.TaxScheme(id=Identifier("VAT"))
    )


def _address(seller: Seller, company: Company) -> ubl.Address:
    street, _, number = company.street.rpartition(" ")
    return ubl.Address(
        street_name=street if seller.oioubl else company.street,
        building_number=number if seller.oioubl else None,
        city_name=company.city,
        postal_zone=company.postcode,
        country=ubl.Country(identification_code=Code("DK")),
    )


def _party(seller: Seller, company: Company, *, taxed: bool = True, person: str | None = None) -> ubl.Party:
    tax = ubl.PartyTaxScheme(company_id=Identifier(f"DK{company.cvr}"), tax_scheme=ubl.TaxScheme(id=Identifier("VAT")))
    cvr = Identifier(f"DK{company.cvr}" if seller.oioubl else company.cvr, scheme_id="DK:CVR")
    return ubl.Party(
        endpoint_id=_gln(company.gln),
        party_identifications=(ubl.PartyIdentification(id=_gln(company.gln)),),
        party_names=(ubl.PartyName(name=company.name),),
        postal_address=_address(seller, company),
        party_tax_schemes=(tax,) if taxed else (),
        party_legal_entities=(ubl.PartyLegalEntity(registration_name=company.name, company_id=cvr),),
        contact=ubl.Contact(id=Identifier(person or "n/a")) if seller.oioubl else None,
    )


def _head(seller: Seller, number: str, kind: str) -> dict[str, Any]:
    """The number, and in OIOUBL the document's own UUID."""
    own = uuid.uuid5(_NAMES, f"{seller.company.cvr}/{kind}/{number}")
    return {"id": Identifier(number), "uuid": Identifier(str(own)) if seller.oioubl else None}


def _item(seller: Seller, line: Billed) -> ubl.Item:
    return ubl.Item(
        descriptions=(Text(line.description or line.name),),
        name=line.name[:40] if seller.oioubl and not line.seller_item_id else line.name,
        sellers_item_identification=_known_as(line.seller_item_id and Identifier(line.seller_item_id)),
        standard_item_identification=_known_as(line.gtin and Identifier(line.gtin, scheme_id="GTIN")),
        commodity_classifications=_classified(seller, line.unspsc),
        classified_tax_categories=() if seller.oioubl else (_category(line.vat),),
    )


def _known_as(number: "Identifier | str | None") -> ubl.ItemIdentification | None:
    return ubl.ItemIdentification(id=number) if isinstance(number, Identifier) else None


def _classified(seller: Seller, unspsc: str | None) -> tuple[ubl.CommodityClassification, ...]:
    if unspsc is None:
        return ()
    code = Code(unspsc, list_id="UNSPSC") if seller.oioubl else Code(unspsc, list_id="TST", list_version_id="26.0801")
    return (ubl.CommodityClassification(item_classification_code=code),)


# --- invoices and credit notes ----------------------------------------------------------------------------------------


def bill(given: Bill) -> ubl.Invoice | ubl.CreditNote:
    """The invoice, or the credit note when it `credits` something, in the seller's profile."""
    seller, currency = given.seller, given.currency

    def money(amount: Amount) -> Money:
        return Money(Decimal(str(amount)), currency)

    nets: dict[Decimal, Amount] = {}
    for line in given.lines:
        nets[line.vat] = nets.get(line.vat, NOTHING) + line.net
    lines_total = Amount.sum(nets.values())
    if given.discount:
        rate = max(nets)
        nets[rate] -= given.discount
    taxes = {rate: Percent(rate).part_of(net) for rate, net in nets.items()}
    net, tax = Amount.sum(nets.values()), Amount.sum(taxes.values())
    gross = net + tax + given.gross_off
    total = ubl.MonetaryTotal(
        line_extension_amount=money(lines_total),
        tax_exclusive_amount=money(tax if seller.oioubl else net),
        # OIOUBL counts the rounding into the total with tax (F-INV128), Peppol after it (BR-CO-16).
        tax_inclusive_amount=money(gross + given.rounding if seller.oioubl else gross),
        allowance_total_amount=money(given.discount) if given.discount else None,
        payable_rounding_amount=money(given.rounding) if given.rounding else None,
        payable_amount=money(gross + given.rounding),
    )
    tax_total = ubl.TaxTotal(
        tax_amount=money(tax),
        tax_subtotals=tuple(
            ubl.TaxSubtotal(
                taxable_amount=money(nets[rate]), tax_amount=money(taxes[rate]), tax_category=_category(rate)
            )
            for rate in sorted(nets, reverse=True)
        ),
    )
    allowances = ()
    if given.discount:
        allowances = (
            ubl.AllowanceCharge(
                id=Identifier("1") if seller.oioubl else None,
                charge_indicator=False,
                allowance_charge_reasons=("Rabat",),
                multiplier_factor_numeric=Decimal(1) if seller.oioubl else None,
                sequence_numeric=Decimal(1) if seller.oioubl else None,
                amount=money(given.discount),
                base_amount=money(given.discount) if seller.oioubl else None,
                tax_categories=(_category(max(nets)),),
            ),
        )
    delivered = given.delivered or given.issued
    place = ubl.Location(id=_gln(given.buyer.gln), address=None if seller.oioubl else _address(seller, given.buyer))
    shared = {
        "issue_date": given.issued,
        "notes": (Text(given.note),) if given.note else (),
        "document_currency_code": Code(currency),
        "buyer_reference": None if seller.oioubl else given.reference,
        "order_reference": ubl.OrderReference(id=Identifier(given.header_order)) if given.header_order else None,
        "accounting_supplier_party": ubl.SupplierParty(party=_party(seller, seller.company)),
        "accounting_customer_party": ubl.CustomerParty(
            party=_party(seller, given.buyer, taxed=not seller.oioubl, person=given.reference)
        ),
        "deliveries": (ubl.Delivery(actual_delivery_date=delivered, delivery_location=place),),
        "allowance_charges": allowances,
        "tax_totals": (tax_total,),
        "legal_monetary_total": total,
    }
    if given.credits is not None:
        return ubl.CreditNote(
            **_head(seller, given.number, "credit"),
            credit_note_type_code=Code("381"),
            billing_references=(
                ubl.BillingReference(invoice_document_reference=ubl.DocumentReference(id=Identifier(given.credits))),
            ),
            credit_note_lines=tuple(
                _credited(given, number, line, money) for number, line in enumerate(given.lines, 1)
            ),
            **shared,
        )
    due = given.issued + timedelta(days=given.days)
    return ubl.Invoice(
        **_head(seller, given.number, "invoice"),
        due_date=None if seller.oioubl else due,
        invoice_type_code=Code("380"),
        payment_means=(_payment(given, due),),
        payment_terms=(_terms(given, gross + given.rounding, money),),
        invoice_lines=tuple(_invoiced(given, number, line, money) for number, line in enumerate(given.lines, 1)),
        **shared,
    )


def _payment(given: Bill, due: date) -> ubl.PaymentMeans:
    seller = given.seller
    branch = ubl.Branch(id=Identifier(seller.registration))
    if seller.oioubl:
        return ubl.PaymentMeans(
            id=Identifier("1"),
            payment_means_code=Code("42"),
            payment_due_date=due,
            payment_channel_code=Code("DK:BANK"),
            payee_financial_account=ubl.FinancialAccount(
                id=Identifier(seller.account), payment_notes=(given.number,), financial_institution_branch=branch
            ),
        )
    return ubl.PaymentMeans(
        payment_means_code=Code("42"),
        payment_ids=(Identifier(given.number),),
        payee_financial_account=ubl.FinancialAccount(
            id=Identifier(seller.account), financial_institution_branch=branch
        ),
    )


def _terms(given: Bill, payable: Amount, money: Sum) -> ubl.PaymentTerms:
    note = (Text(f"Netto {given.days} dage"),)
    if not given.seller.oioubl:
        return ubl.PaymentTerms(notes=note)
    return ubl.PaymentTerms(
        id=Identifier("1"),
        payment_means_ids=(Identifier("1"),),
        notes=note,
        amount=money(payable),
    )


def _billed(given: Bill, number: int, line: Billed, money: Sum) -> dict[str, Any]:
    seller = given.seller
    reference = None
    if line.order_line is not None or line.order is not None:
        reference = ubl.OrderLineReference(
            line_id=Identifier(line.order_line or "NA"),
            order_reference=(
                ubl.OrderReference(id=Identifier(line.order))
                if line.order and line.order != given.header_order
                else None
            ),
        )
    unit = _unit(line.unit)
    tax = Percent(line.vat).part_of(line.net)
    return {
        "id": Identifier(str(number)),
        "line_extension_amount": money(line.net),
        "order_line_references": (reference,) if reference else (),
        "tax_totals": (
            ubl.TaxTotal(
                tax_amount=money(tax),
                tax_subtotals=(
                    ubl.TaxSubtotal(
                        taxable_amount=money(line.net),
                        tax_amount=money(tax),
                        tax_category=_category(line.vat),
                    ),
                ),
            ),
        )
        if seller.oioubl
        else (),
        "item": _item(seller, line),
        "price": ubl.Price(
            price_amount=Money(line.price, given.currency),
            base_quantity=Measure(line.base, unit) if seller.oioubl or line.base != 1 else None,
            orderable_unit_factor_rate=Decimal(1) if seller.oioubl else None,
        ),
    }


def _invoiced(given: Bill, number: int, line: Billed, money: Sum) -> ubl.InvoiceLine:
    quantity = Measure(line.quantity, _unit(line.unit))
    return ubl.InvoiceLine(invoiced_quantity=quantity, **_billed(given, number, line, money))


def _credited(given: Bill, number: int, line: Billed, money: Sum) -> ubl.CreditNoteLine:
    quantity = Measure(line.quantity, _unit(line.unit))
    return ubl.CreditNoteLine(credited_quantity=quantity, **_billed(given, number, line, money))


def remind(of: Bill, number: str, on: date) -> ubl.Reminder:
    """A reminder (rykker) of an invoice, in OIOUBL."""
    seller = of.seller
    gross = Amount.sum(line.net + Percent(line.vat).part_of(line.net) for line in of.lines)
    money = Money(Decimal(str(gross)), of.currency)
    return ubl.Reminder(
        **_head(seller, number, "reminder"),
        issue_date=on,
        reminder_type_code=Code("Reminder"),
        reminder_sequence_numeric=Decimal(1),
        document_currency_code=Code(of.currency),
        accounting_supplier_party=ubl.SupplierParty(party=_party(seller, seller.company)),
        accounting_customer_party=ubl.CustomerParty(party=_party(seller, of.buyer, taxed=False, person=of.reference)),
        payment_means=(_payment(of, on + timedelta(days=10)),),
        legal_monetary_total=ubl.MonetaryTotal(
            line_extension_amount=money, tax_exclusive_amount=money, tax_inclusive_amount=money, payable_amount=money
        ),
        reminder_lines=(
            ubl.ReminderLine(
                id=Identifier("1"),
                debit_line_amount=money,
                billing_references=(
                    ubl.BillingReference(invoice_document_reference=ubl.DocumentReference(id=Identifier(of.number))),
                ),
            ),
        ),
    )


# --- answers to an order ------------------------------------------------------------------------------------------------


def accept_order(
    seller: Seller, buyer: Company, number: str, order: str, on: date, promised: date
) -> ubl.OrderResponse | ubl.OrderResponseSimple:
    """The supplier takes the whole order and (in Peppol) says when it comes."""
    parties = {
        "seller_supplier_party": ubl.SupplierParty(party=_party(seller, seller.company, taxed=False)),
        "buyer_customer_party": ubl.CustomerParty(party=_party(seller, buyer, taxed=False)),
    }
    reference = ubl.OrderReference(id=Identifier(order))
    if seller.oioubl:
        return ubl.OrderResponseSimple(
            **_head(seller, number, "response"),
            issue_date=on,
            accepted_indicator=True,
            order_reference=replace(reference, issue_date=on),
            **parties,
        )
    return ubl.OrderResponse(
        **_head(seller, number, "response"),
        issue_date=on,
        order_response_code=Code("AP"),
        document_currency_code=Code("DKK"),
        order_references=(reference,),
        deliveries=(ubl.Delivery(promised_delivery_period=ubl.Period(start_date=promised, end_date=promised)),),
        **parties,
    )


def despatch(
    seller: Seller, buyer: Company, number: str, order: str, on: date, lines: Iterable[Billed]
) -> ubl.DespatchAdvice:
    """The packing slip as Peppol BIS Despatch Advice 3; OIOUBL has none."""
    return ubl.DespatchAdvice(
        **_head(seller, number, "despatch"),
        issue_date=on,
        order_references=(ubl.OrderReference(id=Identifier(order)),),
        despatch_supplier_party=ubl.SupplierParty(party=_party(seller, seller.company, taxed=False)),
        delivery_customer_party=ubl.CustomerParty(party=_party(seller, buyer, taxed=False)),
        shipment=ubl.Shipment(
            id=Identifier("NA"),
            delivery=ubl.Delivery(estimated_delivery_period=ubl.Period(start_date=on, end_date=on)),
        ),
        despatch_lines=tuple(
            ubl.DespatchLine(
                id=Identifier(str(position)),
                delivered_quantity=Measure(line.quantity, _unit(line.unit)),
                order_line_references=(ubl.OrderLineReference(line_id=Identifier(line.order_line or "NA")),),
                item=ubl.Item(
                    name=line.name,
                    sellers_item_identification=_known_as(line.seller_item_id and Identifier(line.seller_item_id)),
                ),
            )
            for position, line in enumerate(lines, 1)
        ),
    )


# --- catalogues ----------------------------------------------------------------------------------------------------------


def catalogue(
    seller: Seller, buyer: Company, number: str, agreement: str, starts: date, ends: date, articles: Iterable[Article]
) -> ubl.Catalogue:
    """The supplier's whole part of one agreement."""
    parties = {
        "provider_party": _party(seller, seller.company, taxed=False),
        "receiver_party": _party(seller, buyer, taxed=False),
        "seller_supplier_party": ubl.SupplierParty(party=_party(seller, seller.company, taxed=False)),
    }
    return ubl.Catalogue(
        **_head(seller, number, "catalogue"),
        action_code=None if seller.oioubl else Code("Replace"),
        name=f"{seller.company.name} {agreement}",
        issue_date=starts,
        version_id=Identifier("1"),
        validity_periods=(ubl.Period(start_date=starts, end_date=ends),),
        referenced_contracts=(ubl.Contract(id=Identifier(agreement)),),
        **parties,
        catalogue_lines=tuple(_offered(seller, number, one) for number, one in enumerate(articles, 1)),
    )


def _offered(seller: Seller, number: int, article: Article) -> ubl.CatalogueLine:
    unit = _unit(article.unit)
    content = Measure(Decimal(article.holds), _unit(article.content))
    category = _category(Decimal(25))
    return ubl.CatalogueLine(
        id=Identifier(article.seller_item_id if seller.oioubl else str(number)),
        action_code=(
            Code("Add", list_id="urn:oioubl:codelist:catalogueactioncode-1.1", list_agency_id="320")
            if seller.oioubl
            else Code("Add")
        ),
        contract_subdivision=article.lot,
        orderable_indicator=True,
        orderable_unit=unit,
        content_unit_quantity=content,
        order_quantity_increment_numeric=Decimal(1),
        minimum_order_quantity=Measure(Decimal(1), unit),
        **relations(article),
        required_item_location_quantities=(
            ubl.ItemLocationQuantity(
                lead_time_measure=Measure(Decimal(2), "DAY"),
                price=ubl.Price(
                    price_amount=Money(Decimal(str(article.price)), "DKK"),
                    base_quantity=Measure(Decimal(1), unit),
                    orderable_unit_factor_rate=Decimal(1),
                ),
                applicable_tax_categories=(category,) if seller.oioubl else (),
            ),
        ),
        item=ubl.Item(
            descriptions=(Text(f"{article.description} {_holds(article)}".strip()),),
            pack_quantity=Measure(Decimal(1), unit),
            pack_size_numeric=Decimal(article.holds),
            name=article.name,
            sellers_item_identification=ubl.ItemIdentification(id=Identifier(article.seller_item_id)),
            standard_item_identification=ubl.ItemIdentification(id=Identifier(article.gtin, scheme_id="GTIN")),
            commodity_classifications=_classified(seller, article.unspsc),
            classified_tax_categories=() if seller.oioubl else (category,),
            additional_item_properties=properties(article),
            certificates=tuple(_certificate(label) for label in article.labels),
        ),
    )


def _holds(article: Article) -> str:
    """'1 karton = 12 stk.', where that says something."""
    if article.holds == 1 and article.unit == article.content:
        return ""
    content = unit_name(article.content, count=article.holds).removesuffix(".")
    return f"1 {unit_name(article.unit)} = {article.holds} {content}."


def _certificate(label: str) -> ubl.Certificate:
    return ubl.Certificate(
        id=Identifier(_LABEL_CODES[label]),
        certificate_type_code=Code("NA"),
        certificate_type=label,
        issuer_party=ubl.Party(party_names=(ubl.PartyName(name=label),)),
    )
