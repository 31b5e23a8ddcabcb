"""What can be wrong in an invoice or a credit note: our golden document, a change, and the rules it breaks.

Where a tolerance decides, there is a case on each side of it. The official sheets are asked about every case too.
"""

from typing import NamedTuple

from tests.eshop.ubl.edits import Edit, before, drop, into, mark, put

BIS, BIS_CREDIT = "invoice-peppol-bis-3", "credit-note-peppol-bis-3"
OIO, OIO_CREDIT = "invoice-oioubl-2.1", "credit-note-oioubl-2.1"

TOTALS = "/*/cac:LegalMonetaryTotal/cbc:"
NET_OF_LINES, NET = f"{TOTALS}LineExtensionAmount", f"{TOTALS}TaxExclusiveAmount"
GROSS, PAYABLE = f"{TOTALS}TaxInclusiveAmount", f"{TOTALS}PayableAmount"
TAX_TOTAL = "/*/cac:TaxTotal"
PART = f"{TAX_TOTAL}/cac:TaxSubtotal"
TAX, PART_BASE, PART_TAX = f"{TAX_TOTAL}/cbc:TaxAmount", f"{PART}/cbc:TaxableAmount", f"{PART}/cbc:TaxAmount"
LINE = "/*/cac:InvoiceLine[1]"
QUANTITY, PRICE = f"{LINE}/cbc:InvoicedQuantity", f"{LINE}/cac:Price/cbc:PriceAmount"
LINE_CATEGORY = f"{LINE}/cac:Item/cac:ClassifiedTaxCategory"
SUPPLIER, CUSTOMER = "/*/cac:AccountingSupplierParty/cac:Party", "/*/cac:AccountingCustomerParty/cac:Party"
COUNTRY = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
VAT_NUMBER, LEGAL_NUMBER = "cac:PartyTaxScheme/cbc:CompanyID", "cac:PartyLegalEntity/cbc:CompanyID"
MEANS = "/*/cac:PaymentMeans"
ACCOUNT = f"{MEANS}/cac:PayeeFinancialAccount"


class Case(NamedTuple):
    what: str
    name: str
    edits: tuple[Edit, ...]
    broken: set[str]


def case(what: str, name: str, *edits: Edit, broken: str = "") -> Case:
    """`broken` names the rules: `BR-CO-10 BR-S-08`."""
    return Case(what, name, edits, set(broken.split()))


def money(element: str, value: str) -> str:
    return f'<cbc:{element} currencyID="DKK">{value}</cbc:{element}>'


def vat(code: str, percent: str | None, reason: str = "") -> str:
    """What stands in a tax category."""
    rate = f"<cbc:Percent>{percent}</cbc:Percent>" if percent is not None else ""
    why = f"<cbc:TaxExemptionReason>{reason}</cbc:TaxExemptionReason>" if reason else ""
    return f"<cbc:ID>{code}</cbc:ID>{rate}{why}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"


def charge(amount: str, *, is_charge: bool = True, rate: str = "") -> Edit:
    """A charge or an allowance on the whole document."""
    factor = f"<cbc:MultiplierFactorNumeric>{rate}</cbc:MultiplierFactorNumeric>" if rate else ""
    return before(
        TAX_TOTAL,
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{str(is_charge).lower()}</cbc:ChargeIndicator>"
        f"<cbc:AllowanceChargeReason>Fragt</cbc:AllowanceChargeReason>{factor}{money('Amount', amount)}"
        f"<cac:TaxCategory>{vat('S', '25')}</cac:TaxCategory></cac:AllowanceCharge>",
    )


def total(element: str, value: str) -> Edit:
    """A further total, which stands before what is to be paid."""
    return before(PAYABLE, money(element, value))


def taxed(amount: str, gross: str) -> tuple[Edit, ...]:
    """The whole document with another tax, and what follows from it."""
    return put(f"{TAX}|{PART_TAX}", amount), put(f"{GROSS}|{PAYABLE}", gross)


def without_tax(line: str, part: str) -> tuple[Edit, ...]:
    """All lines of another tax category, and no tax."""
    return into("//cac:ClassifiedTaxCategory", line), into(f"{PART}/cac:TaxCategory", part), *taxed("0.00", "1050.60")


def supplier_in(country: str, vat_number: str, legal_number: str, scheme: str) -> tuple[Edit, ...]:
    return (
        put(f"{SUPPLIER}/{COUNTRY}", country),
        put(f"{SUPPLIER}/{VAT_NUMBER}", vat_number),
        put(f"{SUPPLIER}/{LEGAL_NUMBER}", legal_number),
        mark(f"{SUPPLIER}/{LEGAL_NUMBER}", "schemeID", scheme),
    )


def paid_by(means: str, account: str, note: str = "") -> tuple[Edit, ...]:
    """Another way of paying: `paid_by("93", "<cbc:ID>12345678</cbc:ID>", "71#123456789012345")`."""
    said = f"<cbc:PaymentID>{note}</cbc:PaymentID>" if note else ""
    account_xml = f"<cac:PayeeFinancialAccount>{account}</cac:PayeeFinancialAccount>" if account else ""
    return (into(MEANS, f"<cbc:PaymentMeansCode>{means}</cbc:PaymentMeansCode>{said}{account_xml}"),)


IDENTITY = [
    case("no number", BIS, drop("/*/cbc:ID"), broken="BR-02"),
    case("a number of white space", BIS, put("/*/cbc:ID", " "), broken="BR-02 PEPPOL-EN16931-R008"),
    case("no date", BIS, drop("/*/cbc:IssueDate"), broken="BR-03"),
    case("no type", BIS, drop("/*/cbc:InvoiceTypeCode"), broken="BR-04"),
    case(
        "a process that Peppol does not know",
        BIS,
        put("/*/cbc:ProfileID", "urn:fdc:peppol.eu:2017:poacc:billing:99:1.0"),
        broken="PEPPOL-EN16931-R007",
    ),
    case("no name of the seller", BIS, drop(f"{SUPPLIER}/cac:PartyLegalEntity/cbc:RegistrationName"), broken="BR-06"),
    case("no name of the buyer", BIS, drop(f"{CUSTOMER}/cac:PartyLegalEntity/cbc:RegistrationName"), broken="BR-07"),
    case("no address of the seller", BIS, drop(f"{SUPPLIER}/cac:PostalAddress"), broken="BR-08"),
    case("no country of the seller", BIS, drop(f"{SUPPLIER}/cac:PostalAddress/cac:Country"), broken="BR-09"),
    case("no address of the buyer", BIS, drop(f"{CUSTOMER}/cac:PostalAddress"), broken="BR-10"),
    case("no endpoint of the seller", BIS, drop(f"{SUPPLIER}/cbc:EndpointID"), broken="PEPPOL-EN16931-R020"),
    case("an endpoint without a scheme", BIS, mark(f"{SUPPLIER}/cbc:EndpointID", "schemeID", None), broken="BR-62"),
    case("no totals", BIS, drop("/*/cac:LegalMonetaryTotal"), broken="BR-CO-15"),
    case("no lines", BIS, drop("/*/cac:InvoiceLine"), broken="BR-16 BR-CO-10 BR-S-01 BR-S-08"),
    case(
        "an empty element", BIS, before("/*/cac:OrderReference", "<cbc:AccountingCost/>"), broken="PEPPOL-EN16931-R008"
    ),
]

REFERENCES = [
    case(
        "neither a buyer reference nor an order",
        BIS,
        drop("/*/cbc:BuyerReference"),
        drop("/*/cac:OrderReference"),
        broken="PEPPOL-EN16931-R003",
    ),
    case("an order, no buyer reference", BIS, drop("/*/cbc:BuyerReference")),
    case("a buyer reference, no order", BIS, drop("/*/cac:OrderReference")),
    case("a credit note without its invoice", BIS_CREDIT, drop("/*/cac:BillingReference")),
]

LINES = [
    case("a line without a number", BIS, drop(f"{LINE}/cbc:ID"), broken="BR-21"),
    case("a line without a quantity", BIS, drop(QUANTITY), broken="BR-22 BR-23 PEPPOL-EN16931-R120"),
    case("a quantity without a unit", BIS, mark(QUANTITY, "unitCode", None), broken="BR-23"),
    case("a unit that is in no list", BIS, mark(QUANTITY, "unitCode", "KASSE"), broken="BR-CL-23"),
    case("a line without an item name", BIS, drop(f"{LINE}/cac:Item/cbc:Name"), broken="BR-25"),
    case("a line without a price", BIS, drop(f"{LINE}/cac:Price"), broken="BR-26 BR-27 PEPPOL-EN16931-R120"),
    case("a negative price", BIS, put(PRICE, "-199.80"), put(QUANTITY, "-4"), broken="BR-27"),
    case(
        "a line without an amount",
        BIS,
        drop(f"{LINE}/cbc:LineExtensionAmount"),
        broken="BR-24 BR-CO-10 BR-S-08 PEPPOL-EN16931-R120",
    ),
    case("a line without a tax category", BIS, drop(LINE_CATEGORY), broken="BR-CO-04 BR-S-08 UBL-SR-48"),
]

SUMS = [
    case("a line 0.02 from quantity by price", BIS, put(PRICE, "199.805")),
    case("a line 0.02004 from quantity by price", BIS, put(PRICE, "199.80501"), broken="PEPPOL-EN16931-R120"),
    case(
        "a price per ten",
        BIS,
        into(
            f"{LINE}/cac:Price",
            money("PriceAmount", "1998.00") + '<cbc:BaseQuantity unitCode="XBX">10</cbc:BaseQuantity>',
        ),
    ),
    case(
        "a price per ten in another unit",
        BIS,
        into(
            f"{LINE}/cac:Price",
            money("PriceAmount", "1998.00") + '<cbc:BaseQuantity unitCode="EA">10</cbc:BaseQuantity>',
        ),
        broken="PEPPOL-EN16931-R130",
    ),
    case("lines that add up to less", BIS, put(NET_OF_LINES, "1050.61"), broken="BR-CO-10 BR-CO-13"),
    case("a net total that is too large", BIS, put(NET, "1050.61"), broken="BR-CO-13 BR-CO-15"),
    case("a gross total that is too large", BIS, put(f"{GROSS}|{PAYABLE}", "1313.26"), broken="BR-CO-15"),
    case("an øre less to pay", BIS, put(PAYABLE, "1313.24"), broken="BR-CO-16"),
    case("to pay, rounded", BIS, total("PayableRoundingAmount", "-0.25"), put(PAYABLE, "1313.00")),
    case("all paid before", BIS, total("PrepaidAmount", "1313.25"), put(PAYABLE, "0.00")),
    case("paid before, but still asked for", BIS, total("PrepaidAmount", "100.00"), broken="BR-CO-16"),
    case("a charge that no total has", BIS, charge("40.00"), broken="BR-CO-12 BR-S-08"),
    case("an allowance that no total has", BIS, charge("40.00", is_charge=False), broken="BR-CO-11 BR-S-08"),
    case(
        "a charge with its totals",
        BIS,
        charge("40.00"),
        total("ChargeTotalAmount", "40.00"),
        put(f"{NET}|{PART_BASE}", "1090.60"),
        *taxed("272.65", "1363.25"),
    ),
    case(
        "an allowance in percent of nothing",
        BIS,
        charge("0.00", is_charge=False, rate="10"),
        total("AllowanceTotalAmount", "0.00"),
        broken="PEPPOL-EN16931-R041",
    ),
    case("another currency to pay in", BIS, mark(PAYABLE, "currencyID", "EUR"), broken="PEPPOL-EN16931-R051"),
    case(
        "totals with three decimals",
        BIS,
        put(f"{NET_OF_LINES}|{NET}", "1050.600"),
        broken="BR-DEC-09 BR-DEC-12 UBL-DT-01",
    ),
    case("a credit note with an øre more to pay back", BIS_CREDIT, put(PAYABLE, "249.76"), broken="BR-CO-16"),
    case(
        "a credit note below zero",
        BIS_CREDIT,
        put("//cbc:TaxAmount", "-49.95"),
        put(f"{PAYABLE}|{GROSS}", "-249.75"),
        put(f"//cbc:TaxableAmount|//cbc:LineExtensionAmount|{NET}", "-199.80"),
        put("//cbc:CreditedQuantity", "-1"),
        broken="DK-R-016",
    ),
]

VAT = [
    case(
        "a tax total that its parts do not have",
        BIS,
        put(TAX, "262.66"),
        put(f"{GROSS}|{PAYABLE}", "1313.26"),
        broken="BR-CO-14",
    ),
    case("a tax 0.99 too large", BIS, *taxed("263.64", "1314.24")),
    case("a tax 1.00 too large", BIS, *taxed("263.65", "1314.25"), broken="BR-CO-17 BR-S-09"),
    case("no tax total", BIS, drop(TAX_TOTAL), broken="BR-CO-15 BR-CO-18 BR-S-01 PEPPOL-EN16931-R053"),
    case(
        "a tax total without parts", BIS, drop(PART), broken="BR-CO-18 BR-S-01 PEPPOL-EN16931-R053 PEPPOL-EN16931-R054"
    ),
    case("a tax base 0.60 too small", BIS, put(PART_BASE, "1050.00")),
    case("a tax base 1.00 too small", BIS, put(PART_BASE, "1049.60"), broken="BR-S-08"),
    case("no rate", BIS, drop(f"{PART}/cac:TaxCategory/cbc:Percent"), broken="BR-48 BR-CO-17 BR-S-09"),
    case("a line with another rate", BIS, put(f"{LINE_CATEGORY}/cbc:Percent", "12"), broken="BR-S-08"),
    case("a zero-rated line that no part has", BIS, into(LINE_CATEGORY, vat("Z", "0")), broken="BR-S-08 BR-Z-01"),
    case("a zero-rated line with a rate", BIS, into(LINE_CATEGORY, vat("Z", "25")), broken="BR-S-08 BR-Z-01 BR-Z-05"),
    case("zero-rated lines", BIS, *without_tax(vat("Z", "0"), vat("Z", "0"))),
    case("exempt without a reason", BIS, *without_tax(vat("E", "0"), vat("E", "0")), broken="BR-E-10"),
    case("exempt with a reason", BIS, *without_tax(vat("E", "0"), vat("E", "0", "Momsfri"))),
    case(
        "reverse charge, no tax number of the buyer",
        BIS,
        *without_tax(vat("AE", "0"), vat("AE", "0", "Omvendt betalingspligt")),
        drop(f"{CUSTOMER}/cac:PartyLegalEntity/cbc:CompanyID"),
        broken="BR-AE-02",
    ),
    case("reverse charge", BIS, *without_tax(vat("AE", "0"), vat("AE", "0", "Omvendt betalingspligt"))),
    case(
        "outside the scope of tax, with a rate",
        BIS,
        *without_tax(vat("O", "0"), vat("O", None, "Ikke moms")),
        broken="BR-O-02 BR-O-05",
    ),
    case(
        "the standard rate, no tax number of the seller", BIS, drop(f"{SUPPLIER}/cac:PartyTaxScheme"), broken="BR-S-02"
    ),
    case(
        "a currency for tax and no tax in it",
        BIS,
        before("/*/cbc:BuyerReference", "<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>"),
        broken="BR-53 PEPPOL-EN16931-R054 PEPPOL-EN16931-R055",
    ),
]

CODES = [
    case(
        "an invoice that says it is a credit note",
        BIS,
        put("/*/cbc:InvoiceTypeCode", "381"),
        broken="BR-CL-01 PEPPOL-EN16931-P0100",
    ),
    case(
        "a credit note that says it is an invoice",
        BIS_CREDIT,
        put("/*/cbc:CreditNoteTypeCode", "380"),
        broken="BR-CL-01 PEPPOL-EN16931-P0101",
    ),
    case("a country that is none", BIS, put(f"{CUSTOMER}/{COUNTRY}", "DNK"), broken="BR-CL-14"),
    case(
        "a scheme that is none",
        BIS,
        mark(f"{CUSTOMER}/cbc:EndpointID", "schemeID", "GLN"),
        broken="BR-CL-25 PEPPOL-EN16931-CL008",
    ),
    case(
        "a GLN with a wrong check digit",
        BIS,
        put(f"{CUSTOMER}/cbc:EndpointID", "5790000436058"),
        broken="PEPPOL-COMMON-R040",
    ),
    case(
        "a classification in no list",
        BIS,
        mark(f"{LINE}//cbc:ItemClassificationCode", "listID", "UNSPSC"),
        broken="BR-CL-13",
    ),
    case("a way of paying that is none", BIS, put(f"{MEANS}/cbc:PaymentMeansCode", "999"), broken="BR-CL-16 DK-R-005"),
]

NATIONAL = [
    case("a Danish seller without a CVR number", BIS, drop(f"{SUPPLIER}/{LEGAL_NUMBER}"), broken="DK-R-002"),
    case(
        "a Danish seller with a CVR number of another scheme",
        BIS,
        mark(f"{SUPPLIER}/{LEGAL_NUMBER}", "schemeID", "0088"),
        broken="DK-R-014 PEPPOL-COMMON-R040",
    ),
    case(
        "a CVR number of seven digits", BIS, put(f"{SUPPLIER}/{LEGAL_NUMBER}", "1635670"), broken="PEPPOL-COMMON-R042"
    ),
    case("a transfer without an account", BIS, *paid_by("42", ""), broken="DK-R-006"),
    case("a debit without a mandate", BIS, *paid_by("49", ""), broken="DK-R-007 PEPPOL-EN16931-R061"),
    case("an inpayment form", BIS, *paid_by("93", "<cbc:ID>12345678</cbc:ID>", "71#123456789012345")),
    case(
        "an inpayment form with numbers too short",
        BIS,
        *paid_by("93", "<cbc:ID>1234567</cbc:ID>", "71#12345678901234"),
        broken="DK-R-010 DK-R-011",
    ),
    case(
        "an inpayment form of another kind",
        BIS,
        *paid_by("93", "<cbc:ID>12345678</cbc:ID>", "72#123456789012345"),
        broken="DK-R-010",
    ),
    case(
        "a Swedish seller with wrong numbers",
        BIS,
        *supplier_in("SE", "SE1234567890", "123456789", "0007"),
        broken="PEPPOL-COMMON-R049 SE-R-001 SE-R-004 SE-R-013",
    ),
    case("a Swedish seller", BIS, *supplier_in("SE", "SE556016068001", "5560160680", "0007")),
    case(
        "a Norwegian seller with wrong numbers",
        BIS,
        *supplier_in("NO", "NO123456789", "123456789", "0192"),
        broken="NO-R-001 NO-R-002 PEPPOL-COMMON-R041",
    ),
    case("a German seller", BIS, *supplier_in("DE", "DE123456789", "HRB 1234", "0204")),
    case(
        "a Danish debit with a Swedish seller",
        BIS,
        *supplier_in("SE", "SE556016068001", "5560160680", "0007"),
        *paid_by("97", ""),
    ),
]

OIOUBL = [
    case("OIOUBL: no number", OIO, drop("/*/cbc:ID"), broken="F-INV009"),
    case("OIOUBL: a profile that is none", OIO, put("/*/cbc:ProfileID", "Procurement-Nix-1.0"), broken="F-LIB351"),
    case("OIOUBL: no copy indicator", OIO, drop("/*/cbc:CopyIndicator")),
    case("OIOUBL: an order reference without a number", OIO, drop("/*/cac:OrderReference/cbc:ID"), broken="F-INV024"),
    case("OIOUBL: order lines of no order", OIO, drop("/*/cac:OrderReference"), broken="F-INV142"),
    case("OIOUBL: a buyer's contact without an id", OIO, drop(f"{CUSTOMER}/cac:Contact/cbc:ID"), broken="F-INV051"),
    case("OIOUBL: no endpoint of the buyer", OIO, drop(f"{CUSTOMER}/cbc:EndpointID"), broken="F-INV044"),
    case("OIOUBL: a GLN of twelve digits", OIO, put(f"{CUSTOMER}/cbc:EndpointID", "579000043605"), broken="F-LIB181"),
    case("OIOUBL: a CVR number without DK", OIO, put(f"{SUPPLIER}/{LEGAL_NUMBER}", "16356706"), broken="F-LIB190"),
    case("OIOUBL: lines that add up to less", OIO, put(NET_OF_LINES, "1050.61"), broken="F-INV126 F-INV128 F-INV133"),
    case("OIOUBL: the tax total is not the net total", OIO, put(NET, "1050.60"), broken="F-INV127"),
    case("OIOUBL: a gross total that is too large", OIO, put(GROSS, "1313.26"), broken="F-INV128"),
    case("OIOUBL: an øre less to pay", OIO, put(PAYABLE, "1313.24"), broken="F-INV133"),
    case(
        "OIOUBL: to pay, rounded",
        OIO,
        total("PayableRoundingAmount", "-0.25"),
        put(PAYABLE, "1313.00"),
        broken="F-INV128",
    ),
    case("OIOUBL: a line 1.00 from quantity by price", OIO, put(PRICE, "200.05")),
    case("OIOUBL: a line 1.04 from quantity by price", OIO, put(PRICE, "200.06"), broken="F-INV340"),
    case("OIOUBL: no tax total", OIO, drop(TAX_TOTAL), broken="F-INV008 F-INV127 F-INV128 F-INV133 F-LIB404"),
    case("OIOUBL: a line without its tax", OIO, drop(f"{LINE}/cac:TaxTotal"), broken="F-INV138 F-LIB402"),
    case("OIOUBL: a tax base 0.99 too small", OIO, put(PART_BASE, "1049.61")),
    case("OIOUBL: a tax base 1.01 too small", OIO, put(PART_BASE, "1049.59"), broken="F-LIB402"),
    case(
        "OIOUBL: a tax category of Peppol", OIO, put(f"{PART}/cac:TaxCategory/cbc:ID", "S"), broken="F-LIB309 F-LIB404"
    ),
    case("OIOUBL: a transfer without its channel", OIO, drop(f"{MEANS}/cbc:PaymentChannelCode"), broken="F-LIB123"),
    case("OIOUBL: an account of eleven digits", OIO, put(f"{ACCOUNT}/cbc:ID", "00012345678"), broken="F-LIB131"),
    case(
        "OIOUBL: a bank branch of five digits",
        OIO,
        put(f"{ACCOUNT}/cac:FinancialInstitutionBranch/cbc:ID", "71001"),
        broken="F-LIB132",
    ),
    case("OIOUBL: a way of paying that is none", OIO, put(f"{MEANS}/cbc:PaymentMeansCode", "999"), broken="F-LIB100"),
    case(
        "OIOUBL: a unit that is in no list",
        OIO,
        mark(f"{QUANTITY}|{LINE}/cac:Price/cbc:BaseQuantity", "unitCode", "KASSE"),
        broken="F-LIB318",
    ),
    case("OIOUBL: a negative price", OIO, put(PRICE, "-199.80"), broken="F-INV340"),
    case("OIOUBL: another currency to pay in", OIO, mark(PAYABLE, "currencyID", "EUR"), broken="F-INV014"),
    case("OIOUBL: a credit note with an øre more to pay back", OIO_CREDIT, put(PAYABLE, "249.76"), broken="F-CRN079"),
    case("OIOUBL: a credit note without lines", OIO_CREDIT, drop("/*/cac:CreditNoteLine"), broken="F-CRN072 F-LIB404"),
]

CASES = [*IDENTITY, *REFERENCES, *LINES, *SUMS, *VAT, *CODES, *NATIONAL, *OIOUBL]
