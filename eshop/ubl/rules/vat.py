"""EN 16931: VAT by category (BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF, BR-AG, BR-B; BR-45 … 48, BR-CO-09, -17).

The ten categories share one shape: a breakdown entry per category (-01), numbers of the parties (-02 … -04), the rate on
lines (-05), allowances (-06) and charges (-07), the base (-08), the tax (-09), an exemption reason or none (-10). They differ
in what each of these asks, which `Category` spells out. Source: the EN 16931 rules for UBL, release 1.3.16.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from eshop.findings import Finding
from eshop.ubl.codelists import codes
from eshop.ubl.parties import PartyTaxScheme
from eshop.ubl.payments import AllowanceCharge, TaxCategory, TaxSubtotal
from eshop.ubl.rules.en16931 import named, root, vat_numbers
from eshop.ubl.rules.facts import ZERO, InvoiceFacts, Node, is_vat
from eshop.ubl.rules.judging import Broken, Each, Rule, cents, double_sum, text_of, too_fine, xpath_round

HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Category:
    """What the standard asks of one VAT category.

    `parties`: whose numbers must be there ('seller': any registration; 'seller_vat'; 'both': seller and buyer; 'both_vat';
    'none': no VAT numbers at all). `rate`: 'positive', 'zero', 'not_negative' or 'absent'. `once`: the breakdown holds it
    exactly once, else at least once and by rate. `reason`: whether an exemption reason is asked for or refused.
    """

    code: str
    name: str
    parties: Literal["seller", "seller_vat", "both", "both_vat", "none"]
    rate: Literal["positive", "zero", "not_negative", "absent"]
    once: bool
    reason: bool


CATEGORIES: Final = (
    Category("S", "BR-S", "seller", "positive", once=False, reason=False),
    Category("Z", "BR-Z", "seller", "zero", once=True, reason=False),
    Category("E", "BR-E", "seller", "zero", once=True, reason=True),
    Category("AE", "BR-AE", "both", "zero", once=True, reason=True),
    Category("K", "BR-IC", "both_vat", "zero", once=True, reason=True),
    Category("G", "BR-G", "seller_vat", "zero", once=True, reason=True),
    Category("O", "BR-O", "none", "absent", once=True, reason=True),
    Category("L", "BR-AF", "seller", "not_negative", once=False, reason=False),
    Category("M", "BR-AG", "seller", "not_negative", once=False, reason=False),
)


class VatFacts:
    """Which categories stand where, and which numbers the parties have; found once for all categories of a document."""

    __slots__ = ("allowances", "anywhere", "buyer", "buyer_vat", "charges", "on_charges", "own", "seller", "seller_vat")

    def __init__(self, facts: InvoiceFacts) -> None:
        self.allowances: set[str] = set()
        self.charges: set[str] = set()
        self.own: dict[bool, set[str]] = {False: set(), True: set()}
        self.on_charges: set[str] = set()
        self.anywhere: set[str] = set(facts.line_vat_codes)
        for category, parent, field, _ in facts.nodes[TaxCategory]:
            if field == "classified_tax_categories":
                continue
            code = text_of(category.id)
            if field == "tax_categories":
                self.on_charges.add(code)
            if not is_vat(category.tax_scheme):
                continue
            self.anywhere.add(code)
            if field == "tax_categories" and parent is not None:
                charge: AllowanceCharge = parent[0]
                if charge.charge_indicator is not None:
                    (self.charges if charge.charge_indicator else self.allowances).add(code)
                    if parent[1] is facts.root:
                        self.own[charge.charge_indicator].add(code)
        representative = facts.document.tax_representative_party
        represented = representative is not None and bool(vat_numbers(representative))
        supplier, customer = facts.supplier, facts.customer
        self.seller = represented or any(scheme.company_id is not None for scheme in supplier.party_tax_schemes)
        self.seller_vat = represented or bool(vat_numbers(supplier))
        self.buyer_vat = bool(vat_numbers(customer))
        self.buyer = self.buyer_vat or any(entity.company_id is not None for entity in customer.party_legal_entities)


def vat_facts(facts: InvoiceFacts) -> VatFacts:
    if facts.vat is None:
        facts.vat = VatFacts(facts)
    return facts.vat


# The rules that all categories share


def numbers_missing(category: Category) -> Callable[[VatFacts], bool]:
    return {
        "seller": lambda vat: not vat.seller,
        "seller_vat": lambda vat: not vat.seller_vat,
        "both": lambda vat: not (vat.seller and vat.buyer),
        "both_vat": lambda vat: not (vat.seller_vat and vat.buyer_vat),
        "none": lambda vat: vat.seller_vat or vat.buyer_vat,
    }[category.parties]


def breakdown_broken(category: Category) -> Callable[[Any, InvoiceFacts], Broken]:
    """-01: what lines and charges use stands in the breakdown, and the other way round."""
    code = category.code

    def by_rate(_: Any, facts: InvoiceFacts) -> bool:
        vat = vat_facts(facts)
        if code == "S":  # the one category whose rule does not ask for the scheme
            used = code in facts.line_codes or code in vat.on_charges
            listed = any(text_of(found.id) == code for found in facts.breakdown)
        else:
            used = code in facts.line_vat_codes or code in vat.allowances or code in vat.charges
            listed = facts.breakdown_codes[code] > 0
        return used != listed

    def once(_: Any, facts: InvoiceFacts) -> bool:
        return code in vat_facts(facts).anywhere and facts.breakdown_codes[code] != 1

    return once if category.once else by_rate


def numbers_broken(category: Category, where: Literal["lines", "allowances", "charges"]) -> Callable[..., Broken]:
    """-02, -03, -04: who uses the category on lines, allowances or charges has the numbers it asks for."""
    code, missing = category.code, numbers_missing(category)

    def on_lines(_: Any, facts: InvoiceFacts) -> bool:
        used = facts.line_codes if code == "S" else facts.line_vat_codes
        if code not in used:
            return False
        return missing(vat_facts(facts)) or code not in facts.line_vat_codes

    def on_charges(_: Any, facts: InvoiceFacts) -> bool:
        vat = vat_facts(facts)
        if code == "O":  # the one category whose rule looks at the document's own charges only
            return code in vat.own[where == "charges"] and missing(vat)
        return code in (vat.charges if where == "charges" else vat.allowances) and missing(vat)

    return on_lines if where == "lines" else on_charges


def rate_broken(category: Category) -> Callable[[Any, InvoiceFacts], Broken]:
    """-05, -06, -07: the rate that goes with the category: 25 with S, 0 with Z, none at all with O."""

    def broken(found: Any, _: InvoiceFacts) -> Broken:
        percent = found.percent
        kept = {
            "positive": percent is not None and percent > 0,
            "zero": percent is not None and percent == 0,
            "not_negative": percent is not None and percent >= 0,
            "absent": percent is None,
        }[category.rate]
        return not kept and {"percent": percent}

    return broken


def base_broken(category: Category) -> Callable[[Any, InvoiceFacts], Broken]:
    """-08: the base is what lines, charges and allowances of the category add up to; by rate within less than 1.00."""
    code = category.code

    def exactly(subtotal: Any, facts: InvoiceFacts) -> Broken:
        said = subtotal.taxable_amount
        if said is None or not facts.lines:
            return {"value": None, "expected": facts.base[code]}
        expected = facts.base.get(code, ZERO)
        return said.value != expected and {"value": said.value, "expected": expected}

    def by_rate(subtotal: Any, facts: InvoiceFacts) -> Broken:
        percent, said = subtotal.tax_category.percent, subtotal.taxable_amount
        if percent is None:
            return False
        if said is None or not facts.lines:
            return {"value": None, "expected": None}
        # S asks that something has this category and rate; L and M only compare the sums.
        unused = code == "S" and (code, percent) not in facts.base_by_rate and not charged_anywhere(facts, percent)
        expected = facts.base_by_rate.get((code, percent), ZERO)
        kept = double_sum(said.value, -1) < expected < double_sum(said.value, 1)
        return (unused or not kept) and {"value": said.value, "expected": expected}

    return exactly if category.once else by_rate


def charged_anywhere(facts: InvoiceFacts, percent: Decimal) -> bool:
    """Whether an allowance or charge at any place, lines included, has category S and this rate."""
    return any(
        text_of(category.id) == "S" and any(other.percent == percent for other in node[0].tax_categories)
        for node in facts.nodes[AllowanceCharge]
        for category in node[0].tax_categories
    )


def tax_broken(category: Category) -> Callable[[Any, InvoiceFacts], Broken]:
    """-09: no tax where the rate is zero; else base × rate within less than 1.00: 200.00 × 25 % = 50.00, 50.99 passes."""

    def nothing(subtotal: Any, _: InvoiceFacts) -> Broken:
        tax = subtotal.tax_amount
        return (tax is None or tax.value != 0) and {"value": tax.value if tax is not None else None, "expected": ZERO}

    def share(subtotal: Any, _: InvoiceFacts) -> Broken:
        return far_from_share(subtotal, subtotal.tax_category.percent)

    return nothing if category.once else share


def far_from_share(subtotal: Any, percent: Decimal | None) -> Broken:
    tax, base = subtotal.tax_amount, subtotal.taxable_amount
    if tax is None or base is None or percent is None:
        return {"value": None, "expected": None}
    expected = cents(abs(base.value) * percent / HUNDRED)
    kept = abs(tax.value) - 1 < expected < abs(tax.value) + 1
    return not kept and {"value": tax.value, "expected": expected, "percent": percent}


def reason_broken(category: Category) -> Callable[[Any, InvoiceFacts], Broken]:
    def broken(subtotal: Any, _: InvoiceFacts) -> bool:
        found = subtotal.tax_category
        given = bool(found.tax_exemption_reasons) or found.tax_exemption_reason_code is not None
        return given is not category.reason

    return broken


# Where they are asked


def subtotals_of(code: str) -> Callable[[InvoiceFacts], Iterable[Node]]:
    def found(facts: InvoiceFacts) -> Iterable[Node]:
        return (
            node
            for node in facts.of_breakdown()
            if node[0].tax_category is not None
            and text_of(node[0].tax_category.id) == code
            and is_vat(node[0].tax_category.tax_scheme)
        )

    return found


def line_categories_of(code: str) -> Callable[[InvoiceFacts], Iterable[Node]]:
    return lambda facts: (
        node
        for node in facts.of(TaxCategory, "classified_tax_categories")
        if text_of(node[0].id) == code and is_vat(node[0].tax_scheme)
    )


def charge_categories_of(code: str, charge: bool) -> Callable[[InvoiceFacts], Iterable[Node]]:
    def found(facts: InvoiceFacts) -> Iterable[Node]:
        for node in facts.of(TaxCategory, "tax_categories"):
            category, parent = node[0], node[1]
            assert parent is not None
            if parent[0].charge_indicator is charge and text_of(category.id) == code and is_vat(category.tax_scheme):
                yield node

    return found


def category_rules(category: Category) -> tuple[Each, ...]:
    name, code = category.name, category.code
    number = "ubl_vat_number_not_allowed" if category.parties == "none" else "ubl_vat_number_missing"
    reason = "ubl_vat_reason_missing" if category.reason else "ubl_vat_reason_not_allowed"
    rate = rate_broken(category)
    return (
        Each(
            root,
            Rule(f"{name}-01", "ubl_vat_breakdown", breakdown_broken(category), category=code),
            Rule(f"{name}-02", number, numbers_broken(category, "lines"), category=code),
            Rule(f"{name}-03", number, numbers_broken(category, "allowances"), category=code),
            Rule(f"{name}-04", number, numbers_broken(category, "charges"), category=code),
        ),
        Each(line_categories_of(code), Rule(f"{name}-05", "ubl_vat_rate", rate, category=code)),
        Each(charge_categories_of(code, charge=False), Rule(f"{name}-06", "ubl_vat_rate", rate, category=code)),
        Each(charge_categories_of(code, charge=True), Rule(f"{name}-07", "ubl_vat_rate", rate, category=code)),
        Each(
            subtotals_of(code),
            Rule(f"{name}-08", "ubl_vat_base", base_broken(category), category=code),
            Rule(f"{name}-09", "ubl_vat_amount", tax_broken(category), category=code),
            Rule(f"{name}-10", reason, reason_broken(category), category=code),
        ),
    )


class ByCategory:
    """The rules of the categories that a document uses; those of a category that stands nowhere have nothing to say."""

    def __init__(self) -> None:
        self._by_code = {category.code: category_rules(category) for category in CATEGORIES}
        self.rules = tuple(rule for found in self._by_code.values() for each in found for rule in each.rules)

    def __call__(self, facts: InvoiceFacts) -> Iterable[Finding]:
        used = {text_of(node[0].id) for node in facts.nodes[TaxCategory]}
        return [
            finding
            for code, found in self._by_code.items()
            if code in used
            for each in found
            for finding in each(facts)
        ]


# Rules of single categories


def delivery_not_dated(document: Any, facts: InvoiceFacts) -> bool:
    """BR-IC-11: an intra-community supply says when it was delivered or which period it covers."""
    if not facts.breakdown_codes["K"]:
        return False
    delivered = any(delivery.actual_delivery_date is not None for delivery in document.deliveries)
    return not (delivered or any(period.__dict__ for period in document.invoice_periods))


def delivery_without_country(document: Any, facts: InvoiceFacts) -> bool:
    if not facts.breakdown_codes["K"]:
        return False
    countries = (
        text_of(delivery.delivery_location.address.country.identification_code)
        for delivery in document.deliveries
        if delivery.delivery_location is not None
        and delivery.delivery_location.address is not None
        and delivery.delivery_location.address.country is not None
    )
    return not any(len(country) > 1 for country in countries)


def mixed_with_outside_scope(others: Callable[[InvoiceFacts], Iterable[str]]) -> Callable[[Any, InvoiceFacts], bool]:
    """BR-O-11 … 14: what is outside the scope of VAT stands alone."""

    def broken(_: Any, facts: InvoiceFacts) -> bool:
        return facts.breakdown_codes["O"] > 0 and any(code != "O" for code in others(facts))

    return broken


def split_payment_abroad(_: Any, facts: InvoiceFacts) -> bool:
    used = "B" in facts.line_codes or any(text_of(node[0].id) == "B" for node in facts.nodes[TaxCategory])
    return used and any(country != "IT" for country in facts.countries())


def split_payment_with_standard(document: Any, facts: InvoiceFacts) -> bool:
    used = facts.line_codes | {text_of(category.id) for category in facts.breakdown}
    used |= {text_of(category.id) for charge in document.allowance_charges for category in charge.tax_categories}
    return "B" in used and "S" in used


SINGLE: Final = Each(
    root,
    Rule("BR-IC-11", "ubl_missing", delivery_not_dated, element="Delivery/ActualDeliveryDate"),
    Rule("BR-IC-12", "ubl_missing", delivery_without_country, element="Delivery/DeliveryLocation/Address/Country"),
    Rule("BR-O-11", "ubl_vat_mixed", mixed_with_outside_scope(lambda f: f.breakdown_codes), category="O"),
    Rule("BR-O-12", "ubl_vat_mixed", mixed_with_outside_scope(lambda f: f.line_vat_codes), category="O"),
    Rule("BR-O-13", "ubl_vat_mixed", mixed_with_outside_scope(lambda f: vat_facts(f).allowances), category="O"),
    Rule("BR-O-14", "ubl_vat_mixed", mixed_with_outside_scope(lambda f: vat_facts(f).charges), category="O"),
    Rule("BR-B-01", "ubl_vat_split_abroad", split_payment_abroad),
    Rule("BR-B-02", "ubl_vat_mixed", split_payment_with_standard, category="B"),
)


def vat_category_of(subtotal: Any) -> Any:
    category = subtotal.tax_category
    return category if category is not None and is_vat(category.tax_scheme) else None


def no_category(subtotal: Any, _: Any) -> bool:
    category = vat_category_of(subtotal)
    return category is None or category.id is None


def no_rate(subtotal: Any, _: Any) -> bool:
    category = vat_category_of(subtotal)
    return category is None or (category.percent is None and text_of(category.id) != "O")


def vat_not_the_share(subtotal: Any, _: Any) -> Broken:
    """BR-CO-17: tax = base × rate within less than 1.00; with no rate, or one that rounds to 0, no tax."""
    category, tax = vat_category_of(subtotal), subtotal.tax_amount
    percent = category.percent if category is not None else None
    if percent is not None and xpath_round(percent) != 0:
        return far_from_share(subtotal, percent)
    if tax is None:
        return {"value": None, "expected": ZERO, "percent": None}
    return xpath_round(tax.value) != 0 and {"value": tax.value, "expected": ZERO, "percent": percent or ZERO}


_PREFIXES: Final = f" {' '.join(sorted(codes('vat-prefixes', 'en16931')))} "


def prefix_unknown(scheme: Any, _: Any) -> Broken:
    if not is_vat(scheme.tax_scheme):
        return False
    number = text_of(scheme.company_id)
    return number[:2] not in _PREFIXES and {"value": number}


VAT: Final = (
    Each(
        named(TaxSubtotal, "tax_subtotals"),
        Rule("BR-45", "ubl_missing", lambda s, _: s.taxable_amount is None, element="TaxableAmount"),
        Rule("BR-46", "ubl_missing", lambda s, _: s.tax_amount is None, element="TaxAmount"),
        Rule("BR-47", "ubl_missing", no_category, element="TaxCategory/ID"),
        Rule("BR-48", "ubl_missing", no_rate, element="TaxCategory/Percent"),
        Rule("BR-CO-17", "ubl_vat_amount", vat_not_the_share, category=""),
        Rule("BR-DEC-19", "ubl_decimals", lambda s, _: too_fine(s.taxable_amount), element="TaxableAmount", most=2),
        Rule("BR-DEC-20", "ubl_decimals", lambda s, _: too_fine(s.tax_amount), element="TaxAmount", most=2),
    ),
    Each(named(PartyTaxScheme, "party_tax_schemes"), Rule("BR-CO-09", "ubl_vat_prefix", prefix_unknown)),
    ByCategory(),
    SINGLE,
)
