"""Orders as UBL documents: Order, OrderChange and OrderCancellation.

They are made in the one neutral vocabulary of `eshop.ubl` (the meaning of EN 16931); `ubl.write` says them in the words of the profile
that the supplier prefers. A price is always written for one order unit, whatever its basis in the catalogue.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues import Supplier
from eshop import ubl
from eshop.amounts import NOTHING, Amount, Percent, Price, plain
from eshop.identity import Institution, Municipality, User, main_gln, the_municipality
from ordering.orders import OrderLine, PurchaseOrder

# --- the three documents ----------------------------------------------------------------------------------------------


def order_document(session: Session, order: PurchaseOrder) -> ubl.Order:
    """The order as the supplier gets it. Bounded queries: the parties, once each."""
    facts = _facts(session, order)
    quantities = {line.id: line.quantity for line in order.lines}
    allowances = _allowances(order, quantities)
    return ubl.Order(
        **_head(order.number, order, order.ordered_on),
        order_type_code=ubl.Code("220"),
        document_currency_code=ubl.Code(order.currency),
        customer_reference=_clip(order.reference, 200),
        accounting_cost=accounting_string(facts.municipality, order.coding),
        contracts=_contracts(order),
        **_parties(facts, order),
        deliveries=_deliveries(facts, order),
        allowance_charges=allowances,
        **_totals(order, quantities, allowances),
        order_lines=tuple(_order_line(facts, order, line, line.quantity) for line in order.lines),
    )


def change_document(
    session: Session, order: PurchaseOrder, quantities: Mapping[int, Decimal], changed: Mapping[str, str], on: date
) -> ubl.OrderChange:
    """The order as it is now, all of its lines, with what was done to each: `changed` says added, changed or deleted by line number;
    the others are unchanged. `quantities` are what is agreed now by line id (ordered − cancelled)."""
    facts = _facts(session, order)
    number = f"{order.number}-{order.change_number}"
    sequence = str(order.change_number)
    allowances = _allowances(order, quantities)
    return ubl.OrderChange(
        **_head(number, order, on),
        sequence_number_id=ubl.Identifier(sequence),
        document_currency_code=ubl.Code(order.currency),
        customer_reference=_clip(order.reference, 200),
        accounting_cost=accounting_string(facts.municipality, order.coding),
        order_reference=_order_reference(order),
        contracts=_contracts(order),
        **_parties(facts, order),
        deliveries=_deliveries(facts, order),
        allowance_charges=allowances,
        **_totals(order, quantities, allowances),
        order_lines=tuple(
            _order_line(facts, order, line, quantities[line.id], _STATUS[changed.get(line.line, "unchanged")])
            for line in order.lines
            if quantities[line.id] > 0 or changed.get(line.line) == "deleted"
        ),
    )


_STATUS: Final[Mapping[str, str]] = {"added": "1", "deleted": "2", "changed": "3", "unchanged": "4"}
"""UNCL 1229 as Peppol's Order Change takes it: added, deleted, changed, no action."""


def cancellation_document(session: Session, order: PurchaseOrder, reason: str, on: date) -> ubl.OrderCancellation:
    """That the whole order is taken back, and why."""
    facts = _facts(session, order)
    parties = _parties(facts, order)
    return ubl.OrderCancellation(
        **_head(f"{order.number}-A", order, on, note=False),
        cancellation_notes=(_clip(reason, 500) or "-",),
        order_references=(_order_reference(order),),
        buyer_customer_party=parties["buyer_customer_party"],
        seller_supplier_party=parties["seller_supplier_party"],
    )


# --- heads and parties ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the documents need to know besides the order."""

    municipality: Municipality
    institution: Institution
    gln: str | None
    supplier: Supplier
    orderer: str


def _facts(session: Session, order: PurchaseOrder) -> Facts:
    supplier = session.scalars(select(Supplier).where(Supplier.id == order.supplier_id)).one()
    orderer = session.scalar(select(User.name).where(User.id == order.ordered_by)) if order.ordered_by else None
    institution = session.get_one(Institution, order.institution_id)
    return Facts(
        the_municipality(session),
        institution,
        main_gln(session, order.institution_id),
        supplier,
        orderer or institution.name,
    )


def _head(number: str, order: PurchaseOrder, issued: date, note: bool = True) -> dict[str, Any]:
    return {
        "id": ubl.Identifier(number),
        "issue_date": issued,
        "notes": (ubl.Text(text),) if note and (text := _clip(order.note, 2000)) else (),
    }


def _order_reference(order: PurchaseOrder) -> ubl.OrderReference:
    return ubl.OrderReference(id=ubl.Identifier(order.number), issue_date=order.ordered_on)


def _contracts(order: PurchaseOrder) -> tuple[ubl.Contract, ...]:
    return (ubl.Contract(id=ubl.Identifier(order.agreement_number)),) if order.agreement_number else ()


def _parties(facts: Facts, order: PurchaseOrder) -> dict[str, Any]:
    buyer = _identity(facts.gln, facts.municipality.cvr)
    seller = _identity(facts.supplier.gln, facts.supplier.cvr)
    return {
        "buyer_customer_party": ubl.CustomerParty(
            party=ubl.Party(
                endpoint_id=buyer,
                party_identifications=(ubl.PartyIdentification(id=buyer),),
                party_names=(ubl.PartyName(name=_clip(facts.institution.name, 200)),),
                postal_address=_address(facts.institution.address),
                party_legal_entities=(_legal(facts.municipality.name, facts.municipality.cvr),),
                # The contact's id is the Danish person reference ("deres ref."), which the invoice is to repeat.
                contact=ubl.Contact(
                    id=ubl.Identifier(_clip(order.reference, 60) or order.number), name=_clip(facts.orderer, 200)
                ),
            )
        ),
        "seller_supplier_party": ubl.SupplierParty(
            party=ubl.Party(
                endpoint_id=seller,
                party_identifications=(ubl.PartyIdentification(id=seller),),
                party_names=(ubl.PartyName(name=_clip(facts.supplier.name, 200)),),
                postal_address=ubl.Address(country=ubl.Country(identification_code=ubl.Code("DK"))),
                party_legal_entities=(_legal(facts.supplier.name, facts.supplier.cvr),),
            )
        ),
    }


def _identity(gln: str | None, cvr: str | None) -> ubl.Identifier | None:
    """The number a party is addressed by: its GLN, else its CVR."""
    if gln:
        return ubl.Identifier(gln, scheme_id="GLN")
    return ubl.Identifier(cvr, scheme_id="DK:CVR") if cvr else None


def _legal(name: str, cvr: str | None) -> ubl.PartyLegalEntity:
    return ubl.PartyLegalEntity(
        registration_name=_clip(name, 200), company_id=ubl.Identifier(cvr, scheme_id="DK:CVR") if cvr else None
    )


_STREET: Final = re.compile(r"(?P<street>.+?)\s+(?P<number>\d+\s?[A-Za-zÆØÅæøå]?)")


def _address(given: Mapping[str, str]) -> ubl.Address | None:
    """An address of ours: {"street", "number", "postcode" or "zip", "city"}; a number may stand in the street. None where none is known."""
    street, number = given.get("street", "").strip(), given.get("number", "").strip()
    city = given.get("city", "").strip()
    postcode = (given.get("postcode") or given.get("postal_code") or given.get("zip") or "").strip()
    if not (street or city or postcode):
        return None
    if not number and (found := _STREET.fullmatch(street)):
        street, number = found["street"], found["number"]
    return ubl.Address(
        street_name=street or None,
        building_number=number or None,
        city_name=city or None,
        postal_zone=postcode or None,
        country=ubl.Country(identification_code=ubl.Code("DK")),
    )


def _deliveries(facts: Facts, order: PurchaseOrder) -> tuple[ubl.Delivery, ...]:
    """The day, and where to when it is not the institution's own address."""
    place = _address(order.delivery)
    name, gln = order.delivery.get("name"), order.delivery.get("gln")
    location = ubl.Location(id=_identity(gln, None), address=place) if place is not None or gln else None
    period = None if _by_line(order) else _day(order.deliver_on)
    if location is None and period is None and not name:
        return ()
    party = ubl.Party(party_names=(ubl.PartyName(name=_clip(name, 200)),)) if name else None
    return (ubl.Delivery(delivery_location=location, requested_delivery_period=period, delivery_party=party),)


def _by_line(order: PurchaseOrder) -> bool:
    """Whether the days differ by line; then every line says its own and the order none (F-ORD250)."""
    return any(line.deliver_on is not None for line in order.lines)


def _day(day: date | None) -> ubl.Period | None:
    return None if day is None else ubl.Period(start_date=day, end_date=day)


# --- lines and money --------------------------------------------------------------------------------------------------


def _order_line(
    facts: Facts, order: PurchaseOrder, line: OrderLine, quantity: Decimal, status: str | None = None
) -> ubl.OrderLine:
    """A line; one that is taken away says how many it was about, and no amount (F-OCH137: a quantity is never zero)."""
    gone = status == _STATUS["deleted"]
    item = ubl.LineItem(
        id=ubl.Identifier(line.line),
        line_status_code=ubl.Code(status) if status else None,
        quantity=ubl.Measure(line.quantity if gone else quantity, line.unit),
        line_extension_amount=None if gone else _money(line.full_price.total(quantity), order),
        accounting_cost=_line_coding(facts.municipality, line),
        deliveries=(ubl.Delivery(requested_delivery_period=_day(line.deliver_on or order.deliver_on)),)
        if _by_line(order)
        else (),
        price=_price(order, line, changing=status is not None),
        item=_item(line),
    )
    notes = (ubl.Text(text),) if (text := _clip(line.note, 1000)) else ()
    return ubl.OrderLine(notes=notes, line_item=item)


def _price(order: PurchaseOrder, line: OrderLine, *, changing: bool) -> ubl.Price:
    """Kroner for so many order units that it comes out in the four decimals OIOUBL takes (F-ORD170). A price before discount is said
    too. A change says the factor to one order unit as well, because OIOUBL calculates with it there and not with the base (F-OCH179).
    """
    amount, base = price_per_order_units(line.full_price)
    discount: tuple[ubl.AllowanceCharge, ...] = ()
    if line.list_price is not None and line.list_price > line.price:
        before = round(Price(line.list_price, line.base_quantity, line.factor).per_order_unit * base, 4)
        discount = (
            ubl.AllowanceCharge(
                charge_indicator=False,
                amount=ubl.Money(_written(before - amount), order.currency),
                base_amount=ubl.Money(_written(before), order.currency),
            ),
        )
    return ubl.Price(
        price_amount=ubl.Money(_written(amount), order.currency),
        base_quantity=ubl.Measure(base, line.unit),
        orderable_unit_factor_rate=round(1 / base, 8) if changing and base != 1 else None,
        allowance_charges=discount,
    )


def price_per_order_units(price: Price) -> tuple[Decimal, Decimal]:
    """(kroner, for how many order units), with at most four decimals: 30,00 kr. per 10 bottles, 12 in a carton → 36 for 1 carton;
    0,475 kr. per 100 screws → 0,475 for 100; 10,00 kr. per 3 reams, 5 in a box → 50 for 3 boxes."""
    for base in (Decimal(1), price.base_quantity, Decimal(10), Decimal(100), Decimal(1000)):
        amount = price.amount * price.factor * base / price.base_quantity
        if amount == round(amount, 4):
            return amount, base
    return round(price.per_order_unit * 1000, 4), Decimal(1000)


def _item(line: OrderLine) -> ubl.Item:
    name = _clip(line.name, 200) or line.line
    return ubl.Item(
        descriptions=(ubl.Text(_clip(line.description or line.name, 1000) or name),),
        name=name,
        buyers_item_identification=_known_as(None if line.item_id is None else str(line.item_id)),
        # The supplier's own number, or that there is none: OIOUBL wants it said (F-ORD185).
        sellers_item_identification=_known_as(line.seller_item_id or line.gtin or "n/a"),
        standard_item_identification=_known_as(line.gtin, "GTIN"),
        commodity_classifications=(
            ubl.CommodityClassification(item_classification_code=ubl.Code(line.unspsc, list_id="UNSPSC")),
        )
        if line.unspsc
        else (),
        classified_tax_categories=(_category(line.vat_percent),),
    )


def _known_as(number: str | None, scheme: str | None = None) -> ubl.ItemIdentification | None:
    return ubl.ItemIdentification(id=ubl.Identifier(number, scheme_id=scheme)) if number else None


def _category(percent: Decimal) -> ubl.TaxCategory:
    return ubl.TaxCategory(
        id=ubl.Identifier("S" if percent > 0 else "Z"),
        percent=percent,
        tax_scheme=ubl.TaxScheme(id=ubl.Identifier("VAT")),
    )


def _allowance(
    order: PurchaseOrder, amount: Amount, reason: str | None, percent: Decimal, charge: bool = False
) -> ubl.AllowanceCharge:
    """UNCL 7161 FC freight, UNCL 5189 95 discount."""
    return ubl.AllowanceCharge(
        charge_indicator=charge,
        allowance_charge_reason_code=ubl.Code("FC" if charge else "95"),
        allowance_charge_reasons=(_clip(reason, 200) or ("Fragt" if charge else "Rabat"),),
        amount=_money(amount, order),
        tax_categories=(_category(percent),),
    )


def _allowances(order: PurchaseOrder, quantities: Mapping[int, Decimal]) -> tuple[ubl.AllowanceCharge, ...]:
    """What comes off or on the whole order, and the discounts of its lines: they stand here with their line's number, because OIOUBL
    wants a line's amount to be price × quantity (F-ORD255). A discount belongs to the quantity that was ordered."""
    of_lines = [
        _allowance(order, line.discount, f"Linje {line.line}: {line.discount_reason or 'Rabat'}", line.vat_percent)
        for line in order.lines
        if line.discount and quantities[line.id] == line.quantity
    ]
    of_order = [
        _allowance(
            order, Amount.of(one["amount"]), one.get("reason"), allowance_rate(one), charge=bool(one.get("charge"))
        )
        for one in order.allowances
    ]
    return (*of_lines, *of_order)


def allowance_rate(given: Mapping[str, Any]) -> Decimal:
    """The VAT rate that a discount or charge on the whole order is counted at."""
    return Decimal(str(given.get("vat_percent", "25")))


def _totals(
    order: PurchaseOrder, quantities: Mapping[int, Decimal], allowances: Iterable[ubl.AllowanceCharge]
) -> dict[str, Any]:
    """Tax by rate, each rounded once, and the sums."""
    by_rate: dict[Decimal, Amount] = {}
    lines = NOTHING
    for line in order.lines:
        amount = line.full_price.total(quantities[line.id])
        lines += amount
        by_rate[line.vat_percent] = by_rate.get(line.vat_percent, NOTHING) + amount
    allowed = charged = NOTHING
    for one in allowances:
        if one.amount is None:
            continue
        amount, rate = Amount.of(one.amount.value), one.tax_categories[0].percent or Decimal(0)
        if one.charge_indicator:
            charged += amount
            by_rate[rate] = by_rate.get(rate, NOTHING) + amount
        else:
            allowed += amount
            by_rate[rate] = by_rate.get(rate, NOTHING) - amount
    taxes = {rate: Percent(rate).part_of(base) for rate, base in by_rate.items()}
    tax, net = Amount.sum(taxes.values()), lines - allowed + charged
    subtotals = tuple(
        ubl.TaxSubtotal(
            taxable_amount=_money(by_rate[rate], order),
            tax_amount=_money(taxes[rate], order),
            tax_category=_category(rate),
        )
        for rate in sorted(by_rate, reverse=True)
    )
    return {
        "tax_totals": (ubl.TaxTotal(tax_amount=_money(tax, order), tax_subtotals=subtotals),),
        "anticipated_monetary_total": ubl.MonetaryTotal(
            line_extension_amount=_money(lines, order),
            tax_exclusive_amount=_money(net, order),
            tax_inclusive_amount=_money(net + tax, order),
            allowance_total_amount=_money(allowed, order) if allowed else None,
            charge_total_amount=_money(charged, order) if charged else None,
            payable_amount=_money(net + tax, order),
        ),
    }


def _money(amount: Amount, order: PurchaseOrder) -> ubl.Money:
    return ubl.Money(amount.kroner, order.currency)


def _written(value: Decimal) -> Decimal:
    """At least two decimals, no trailing zeros beyond them: 360 → 360.00, 0.047500 → 0.0475."""
    text = plain(value)
    decimals = len(text.partition(".")[2])
    return Decimal(text).quantize(Decimal("0.01")) if decimals < 2 else Decimal(text)


def accounting_string(municipality: Municipality, coding: Mapping[str, str]) -> str | None:
    """The coding as the supplier is to repeat it on the invoice: the dimensions' values in the ledger's order, '5.25.14/1234/2.9'."""
    values = [coding[name] for name in municipality.dimensions if coding.get(name)]
    return "/".join(values) or None


def _line_coding(municipality: Municipality, line: OrderLine) -> str | None:
    """A split reads '60%:5.25.14/1234;40%:5.25.14/5678'."""
    parts: Sequence[Mapping[str, Any]] = line.coding
    if not parts:
        return None
    texts = [f"{part['share']}%:{accounting_string(municipality, part['coding']) or ''}" for part in parts]
    return ";".join(texts) if len(texts) > 1 else texts[0].partition(":")[2] or None


def _clip(text: str | None, most: int) -> str | None:
    """Text for one line of a document: no line breaks or control characters, no longer than `most`, None for nothing."""
    if text is None:
        return None
    plain_text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain_text[:most].rstrip() or None
