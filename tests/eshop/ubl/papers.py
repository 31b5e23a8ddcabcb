"""Documents of our own in the neutral vocabulary, one of each kind we write: what the golden files and the sheets are shown."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from eshop import ubl
from eshop.ubl import Code, Identifier, Measure, Money, Text

ORDER = "L-26-00417-K"


def kr(value: str) -> Money:
    return Money(Decimal(value), "DKK")


def party(
    name: str,
    gln: str,
    cvr: str,
    street: str,
    number: str,
    city: str,
    postal: str,
    *,
    taxed: bool = True,
    contact: str = "Mette Holm",
) -> ubl.Party:
    return ubl.Party(
        endpoint_id=Identifier(gln, "GLN"),
        party_identifications=(ubl.PartyIdentification(id=Identifier(gln, "GLN")),),
        party_names=(ubl.PartyName(name=name),),
        postal_address=ubl.Address(
            street_name=street,
            building_number=number,
            city_name=city,
            postal_zone=postal,
            country=ubl.Country(identification_code=Code("DK")),
        ),
        party_tax_schemes=(
            (ubl.PartyTaxScheme(company_id=Identifier(cvr, "DK:SE"), tax_scheme=ubl.TaxScheme(id=Identifier("VAT"))),)
            if taxed
            else ()
        ),
        party_legal_entities=(ubl.PartyLegalEntity(registration_name=name, company_id=Identifier(cvr, "DK:CVR")),),
        contact=ubl.Contact(id=Identifier("MHO"), name=contact, electronic_mail="post@example.dk"),
    )


BUYER = party("Børnehuset Mælkevejen", "5790000436057", "29189846", "Åvej", "12", "Lindeå", "4990", taxed=False)
SELLER = party("Nordpapir A/S", "5790000435975", "16356706", "Fabriksvej", "3", "Vejle", "7100", contact="Salg")

VAT_25 = ubl.TaxCategory(id=Identifier("S"), percent=Decimal(25), tax_scheme=ubl.TaxScheme(id=Identifier("VAT")))


def item(number: str, name: str, gtin: str | None = None) -> ubl.Item:
    return ubl.Item(
        descriptions=(Text(name),),
        name=name,
        sellers_item_identification=ubl.ItemIdentification(id=Identifier(number)),
        standard_item_identification=ubl.ItemIdentification(id=Identifier(gtin, "GTIN")) if gtin else None,
        commodity_classifications=(
            ubl.CommodityClassification(item_classification_code=Code("14111507", list_id="UNSPSC")),
        ),
        classified_tax_categories=(VAT_25,),
    )


PAPER = item("P-80", "Kopipapir A4 80 g", "5712345780121")
GLOVES = item("H-7", "Engangshandsker, str. M")


def tax_total(net: str, tax: str) -> ubl.TaxTotal:
    return ubl.TaxTotal(
        tax_amount=kr(tax),
        tax_subtotals=(ubl.TaxSubtotal(taxable_amount=kr(net), tax_amount=kr(tax), tax_category=VAT_25),),
    )


def totals(net: str, gross: str) -> ubl.MonetaryTotal:
    return ubl.MonetaryTotal(
        line_extension_amount=kr(net),
        tax_exclusive_amount=kr(net),
        tax_inclusive_amount=kr(gross),
        payable_amount=kr(gross),
    )


def order_line(
    number: str, quantity: str, unit: str, net: str, price: str, what: ubl.Item, status: str | None = None
) -> ubl.OrderLine:
    return ubl.OrderLine(
        line_item=ubl.LineItem(
            id=Identifier(number),
            line_status_code=Code(status) if status else None,
            quantity=Measure(Decimal(quantity), unit),
            line_extension_amount=kr(net),
            price=ubl.Price(price_amount=kr(price)),
            item=what,
        )
    )


LINES = (
    order_line("10", "4", "XBX", "799.20", "199.80", PAPER),
    order_line("20", "6", "EA", "251.40", "41.90", GLOVES),
)
DELIVERY = ubl.Delivery(
    delivery_location=ubl.Location(address=BUYER.postal_address),
    requested_delivery_period=ubl.Period(start_date=date(2026, 9, 7), end_date=date(2026, 9, 9)),
)
FROM_BUYER = ubl.CustomerParty(party=BUYER)
FROM_SELLER = ubl.SupplierParty(party=SELLER)
ON_ORDER = ubl.OrderReference(id=Identifier(ORDER), issue_date=date(2026, 9, 1))

order = ubl.Order(
    id=Identifier(ORDER),
    issue_date=date(2026, 9, 1),
    order_type_code=Code("220"),
    notes=(Text("Leveres i gården."),),
    document_currency_code=Code("DKK"),
    customer_reference="Mette Holm",
    accounting_cost="5.25.10",
    buyer_customer_party=FROM_BUYER,
    seller_supplier_party=FROM_SELLER,
    deliveries=(DELIVERY,),
    tax_totals=(tax_total("1050.60", "262.65"),),
    anticipated_monetary_total=totals("1050.60", "1313.25"),
    order_lines=LINES,
)

ZERO = ubl.TaxCategory(id=Identifier("Z"), percent=Decimal(0), tax_scheme=ubl.TaxScheme(id=Identifier("VAT")))
NEWSPAPER = replace(item("A-1", "Lindeå Avis, årsabonnement"), classified_tax_categories=(ZERO,))
SMALL_SELLER = ubl.Party(
    endpoint_id=Identifier("16356706", "DK:CVR"),
    party_identifications=(ubl.PartyIdentification(id=Identifier("16356706", "DK:CVR")),),
    party_names=(ubl.PartyName(name="Bladhuset"),),
    postal_address=ubl.Address(country=ubl.Country(identification_code=Code("DK"))),
    party_legal_entities=(
        ubl.PartyLegalEntity(registration_name="Bladhuset ApS", company_id=Identifier("16356706", "DK:CVR")),
    ),
)

order_full = replace(
    order,
    id=Identifier("L-26-00418-R"),
    contracts=(ubl.Contract(id=Identifier("50.05")),),
    validity_periods=(ubl.Period(end_date=date(2026, 9, 30)),),
    seller_supplier_party=ubl.SupplierParty(party=SMALL_SELLER),
    deliveries=(
        ubl.Delivery(
            delivery_location=ubl.Location(
                id=Identifier("5790000436064", "GLN"),
                address=ubl.Address(
                    street_name="Åvej",
                    building_number="12",
                    floor="1",
                    room="tv",
                    city_name="Lindeå",
                    postal_zone="4990",
                    country=ubl.Country(identification_code=Code("DK")),
                ),
            ),
            requested_delivery_period=ubl.Period(start_date=date(2026, 9, 7), end_date=date(2026, 9, 7)),
            delivery_party=ubl.Party(party_names=(ubl.PartyName(name="Køkkenet"),)),
        ),
    ),
    allowance_charges=(
        ubl.AllowanceCharge(
            charge_indicator=True,
            allowance_charge_reason_code=Code("FC"),
            allowance_charge_reasons=("Fragt",),
            amount=kr("49.00"),
            tax_categories=(VAT_25,),
        ),
        ubl.AllowanceCharge(
            charge_indicator=False,
            allowance_charge_reason_code=Code("95"),
            allowance_charge_reasons=("Rabat",),
            amount=kr("9.00"),
            tax_categories=(VAT_25,),
        ),
    ),
    tax_totals=(
        ubl.TaxTotal(
            tax_amount=kr("209.80"),
            tax_subtotals=(
                ubl.TaxSubtotal(taxable_amount=kr("839.20"), tax_amount=kr("209.80"), tax_category=VAT_25),
                ubl.TaxSubtotal(taxable_amount=kr("1000.00"), tax_amount=kr("0.00"), tax_category=ZERO),
            ),
        ),
    ),
    anticipated_monetary_total=ubl.MonetaryTotal(
        line_extension_amount=kr("1799.20"),
        tax_exclusive_amount=kr("1839.20"),
        tax_inclusive_amount=kr("2049.00"),
        allowance_total_amount=kr("9.00"),
        charge_total_amount=kr("49.00"),
        payable_amount=kr("2049.00"),
    ),
    order_lines=(
        replace(
            LINES[0],
            notes=(Text("Uden plast"),),
            line_item=replace(
                LINES[0].line_item,
                accounting_cost="5.25.10;køkken",
                price=ubl.Price(
                    price_amount=kr("199.80"),
                    base_quantity=Measure(Decimal(1), "XBX"),
                    allowance_charges=(
                        ubl.AllowanceCharge(charge_indicator=False, amount=kr("20.20"), base_amount=kr("220.00")),
                    ),
                ),
                item=replace(PAPER, buyers_item_identification=ubl.ItemIdentification(id=Identifier("1017"))),
            ),
        ),
        order_line("20", "2", "EA", "1000.00", "500.00", NEWSPAPER),
    ),
)

order_change = ubl.OrderChange(
    id=Identifier(f"{ORDER}-2"),
    issue_date=date(2026, 9, 2),
    sequence_number_id=Identifier("1"),
    notes=(Text("To kasser mindre."),),
    document_currency_code=Code("DKK"),
    order_reference=ON_ORDER,
    buyer_customer_party=FROM_BUYER,
    seller_supplier_party=FROM_SELLER,
    deliveries=(DELIVERY,),
    tax_totals=(tax_total("651.00", "162.75"),),
    anticipated_monetary_total=totals("651.00", "813.75"),
    order_lines=(
        order_line("10", "2", "XBX", "399.60", "199.80", PAPER, "3"),
        order_line("20", "6", "EA", "251.40", "41.90", GLOVES, "3"),
    ),
)

order_change_full = replace(
    order_change,
    contracts=order_full.contracts,
    validity_periods=order_full.validity_periods,
    customer_reference="Mette Holm",
    accounting_cost="5.25.10",
    seller_supplier_party=order_full.seller_supplier_party,
    deliveries=order_full.deliveries,
    allowance_charges=order_full.allowance_charges,
    tax_totals=order_full.tax_totals,
    anticipated_monetary_total=order_full.anticipated_monetary_total,
    order_lines=tuple(
        replace(line, line_item=replace(line.line_item, line_status_code=Code("4"))) for line in order_full.order_lines
    ),
)

order_cancellation = ubl.OrderCancellation(
    id=Identifier(f"{ORDER}-X"),
    issue_date=date(2026, 9, 2),
    cancellation_notes=("Bestilt ved en fejl.",),
    order_references=(ON_ORDER,),
    buyer_customer_party=FROM_BUYER,
    seller_supplier_party=FROM_SELLER,
)

order_response = ubl.OrderResponse(
    id=Identifier("OR-1"),
    issue_date=date(2026, 9, 1),
    order_response_code=Code("CA"),
    document_currency_code=Code("DKK"),
    order_references=(ON_ORDER,),
    seller_supplier_party=FROM_SELLER,
    buyer_customer_party=FROM_BUYER,
    order_lines=(
        ubl.OrderLine(
            line_item=ubl.LineItem(
                id=Identifier("10"),
                line_status_code=Code("3"),
                quantity=Measure(Decimal(4), "XBX"),
                price=ubl.Price(price_amount=kr("199.80")),
                item=PAPER,
                deliveries=(
                    ubl.Delivery(
                        quantity=Measure(Decimal(4), "XBX"),
                        promised_delivery_period=ubl.Period(start_date=date(2026, 9, 10), end_date=date(2026, 9, 10)),
                    ),
                ),
            ),
            order_line_references=(ubl.OrderLineReference(line_id=Identifier("10")),),
        ),
    ),
)

despatch_advice = ubl.DespatchAdvice(
    id=Identifier("DA-1"),
    issue_date=date(2026, 9, 8),
    order_references=(ON_ORDER,),
    despatch_supplier_party=FROM_SELLER,
    delivery_customer_party=FROM_BUYER,
    shipment=ubl.Shipment(id=Identifier("1")),
    despatch_lines=(
        ubl.DespatchLine(
            id=Identifier("1"),
            delivered_quantity=Measure(Decimal(4), "XBX"),
            order_line_references=(ubl.OrderLineReference(line_id=Identifier("10"), order_reference=ON_ORDER),),
            item=PAPER,
        ),
    ),
)

PAYMENT = ubl.PaymentMeans(
    payment_means_code=Code("42"),
    payment_due_date=None,
    payment_channel_code=None,
    payee_financial_account=ubl.FinancialAccount(
        id=Identifier("0001234567"), financial_institution_branch=ubl.Branch(id=Identifier("7100"))
    ),
)


def invoice_line(
    number: str, quantity: str, unit: str, net: str, price: str, what: ubl.Item, line: str
) -> ubl.InvoiceLine:
    return ubl.InvoiceLine(
        id=Identifier(number),
        invoiced_quantity=Measure(Decimal(quantity), unit),
        line_extension_amount=kr(net),
        order_line_references=(ubl.OrderLineReference(line_id=Identifier(line)),),
        item=what,
        price=ubl.Price(price_amount=kr(price)),
    )


invoice = ubl.Invoice(
    id=Identifier("F-884120"),
    issue_date=date(2026, 9, 9),
    due_date=date(2026, 10, 9),
    invoice_type_code=Code("380"),
    document_currency_code=Code("DKK"),
    buyer_reference="Mette Holm",
    order_reference=ON_ORDER,
    accounting_supplier_party=FROM_SELLER,
    accounting_customer_party=FROM_BUYER,
    payment_means=(PAYMENT,),
    tax_totals=(tax_total("1050.60", "262.65"),),
    legal_monetary_total=totals("1050.60", "1313.25"),
    invoice_lines=(
        invoice_line("1", "4", "XBX", "799.20", "199.80", PAPER, "10"),
        invoice_line("2", "6", "EA", "251.40", "41.90", GLOVES, "20"),
    ),
)

credit_note = ubl.CreditNote(
    id=Identifier("K-884121"),
    issue_date=date(2026, 9, 12),
    credit_note_type_code=Code("381"),
    document_currency_code=Code("DKK"),
    buyer_reference="Mette Holm",
    order_reference=ON_ORDER,
    billing_references=(
        ubl.BillingReference(invoice_document_reference=ubl.DocumentReference(id=Identifier("F-884120"))),
    ),
    accounting_supplier_party=FROM_SELLER,
    accounting_customer_party=FROM_BUYER,
    payment_means=(PAYMENT,),
    tax_totals=(tax_total("199.80", "49.95"),),
    legal_monetary_total=totals("199.80", "249.75"),
    credit_note_lines=(
        ubl.CreditNoteLine(
            id=Identifier("1"),
            credited_quantity=Measure(Decimal(1), "XBX"),
            line_extension_amount=kr("199.80"),
            item=PAPER,
            price=ubl.Price(price_amount=kr("199.80")),
        ),
    ),
)

invoice_response = ubl.ApplicationResponse(
    id=Identifier("IR-1"),
    issue_date=date(2026, 9, 10),
    sender_party=BUYER,
    receiver_party=SELLER,
    document_responses=(
        ubl.DocumentResponse(
            response=ubl.Response(
                response_code=Code("RE"),
                statuses=(ubl.Status(status_reason_code=Code("REF"), status_reasons=("Ordrenummeret mangler.",)),),
            ),
            document_references=(ubl.DocumentReference(id=Identifier("F-884120"), document_type_code=Code("380")),),
        ),
    ),
)

invoice_query = replace(
    invoice_response,
    document_responses=(
        replace(
            invoice_response.document_responses[0],
            response=ubl.Response(
                response_code=Code("UQ"),
                statuses=(
                    ubl.Status(status_reason_code=Code("PRI"), status_reasons=("Prisen er 22 kr. over aftalen.",)),
                ),
            ),
        ),
    ),
)

catalogue_response = ubl.ApplicationResponse(
    id=Identifier("CR-1"),
    issue_date=date(2026, 8, 2),
    sender_party=BUYER,
    receiver_party=SELLER,
    document_responses=(
        ubl.DocumentResponse(
            response=ubl.Response(response_code=Code("RE"), descriptions=(Text("Linje 17 mangler enhed."),)),
            document_references=(ubl.DocumentReference(id=Identifier("KAT-2026-3")),),
        ),
    ),
)

order_response_simple = ubl.OrderResponseSimple(
    id=Identifier("OR-2"),
    issue_date=date(2026, 9, 1),
    notes=(Text("Tak for ordren."),),
    accepted_indicator=True,
    order_reference=ON_ORDER,
    seller_supplier_party=FROM_SELLER,
    buyer_customer_party=FROM_BUYER,
)

catalogue = ubl.Catalogue(
    id=Identifier("KAT-2026-3"),
    action_code=Code("Replace"),
    name="Papir og engangsartikler",
    issue_date=date(2026, 8, 1),
    version_id=Identifier("3"),
    validity_periods=(ubl.Period(start_date=date(2026, 9, 1), end_date=date(2027, 8, 31)),),
    referenced_contracts=(ubl.Contract(id=Identifier("50.05-L"), contract_type="Framework"),),
    provider_party=SELLER,
    receiver_party=BUYER,
    seller_supplier_party=FROM_SELLER,
    contractor_customer_party=FROM_BUYER,
    catalogue_lines=(
        ubl.CatalogueLine(
            id=Identifier("1"),
            action_code=Code("Add"),
            orderable_indicator=True,
            orderable_unit="XBX",
            content_unit_quantity=Measure(Decimal(5), "EA"),
            order_quantity_increment_numeric=Decimal(1),
            minimum_order_quantity=Measure(Decimal(1), "XBX"),
            required_item_location_quantities=(
                ubl.ItemLocationQuantity(
                    lead_time_measure=Measure(Decimal(2), "DAY"),
                    price=ubl.Price(price_amount=kr("199.80"), base_quantity=Measure(Decimal(1), "XBX")),
                ),
            ),
            item=PAPER,
        ),
    ),
)

PAPERS: dict[str, tuple[ubl.Document, str | None]] = {
    "order": (order, None),
    "order-full": (order_full, None),
    "order-change": (order_change, None),
    "order-change-full": (order_change_full, None),
    "order-cancellation": (order_cancellation, None),
    "order-response": (order_response, None),
    "order-response-advanced": (order_response, "OrderResponseAdvanced"),
    "order-response-simple": (order_response_simple, None),
    "despatch-advice": (despatch_advice, None),
    "invoice": (invoice, None),
    "credit-note": (credit_note, None),
    "invoice-response": (invoice_response, None),
    "invoice-response-query": (invoice_query, None),
    "catalogue-response": (catalogue_response, "CatalogueResponse"),
    "catalogue": (catalogue, None),
}
"""By the name of the golden file: the document, and its transaction where its type serves several."""

ONLY_IN = {
    "despatch-advice": "peppol-bis-3",
    "order-response-advanced": "peppol-bis-3",
    "order-response-simple": "oioubl-2.1",
}
"""What the other profile has no document for."""
