"""Catalogues: the head, and each line for itself, so that a hundred thousand lines are judged as they stream by.

Peppol BIS Catalogue 3 (PEPPOL-T19-*, OpenPeppol 2026.5) and OIOUBL Catalogue (F-CAT*, rules 1.17.2). Of Peppol's structure
rules (B) those stand here that decide whether a line can be bought: numbers, units, currencies, prices.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from eshop.findings import Finding
from eshop.ubl.codelists import bis_list, codes
from eshop.ubl.documents import Catalogue
from eshop.ubl.items import (
    Certificate,
    CommodityClassification,
    Item,
    ItemComparison,
    ItemIdentification,
    ItemLocationQuantity,
    ItemProperty,
)
from eshop.ubl.lines import CatalogueLine
from eshop.ubl.payments import Price, TaxCategory, TransactionConditions
from eshop.ubl.rules.codes import not_in
from eshop.ubl.rules.en16931 import root
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule
from eshop.ubl.rules.messages import common, has_name, in_process, party_rule
from eshop.ubl.rules.orders import rate_missing, standard_without_rate
from eshop.ubl.rules.postaward import unidentified

UNITS: Final = codes("units", "en16931")
CURRENCIES: Final = codes("currencies", "en16931")
SCHEMES: Final = codes("party-schemes", "en16931")


class CatalogueFacts(Facts):
    """Facts about a catalogue: of the whole document, or of one of its lines with the head it belongs to."""

    def __init__(self, document: Catalogue) -> None:
        super().__init__(document)
        self.valid_from, self.valid_to = _period(document.validity_periods)

    def of_line(self, line: CatalogueLine, position: int) -> "LineFacts":
        return LineFacts(self, line, position)


class LineFacts(Facts):
    """Facts about one line of a catalogue that is not held in memory."""

    def __init__(self, head: CatalogueFacts, line: CatalogueLine, position: int) -> None:
        self._start(head.document)
        self.valid_from, self.valid_to = head.valid_from, head.valid_to
        self._visit(line, CatalogueLine, self.root, "catalogue_lines", position)


def _period(periods: tuple[Any, ...]) -> tuple[date, date]:
    """The first period's days; open ends are the first and last day there are."""
    period = periods[0] if periods else None
    if period is None:
        return date.min, date.max
    return period.start_date or date.min, period.end_date or date.max


def lines(facts: Facts) -> Iterable[Node]:
    return facts.nodes[CatalogueLine]


def locations(facts: Facts) -> Iterable[Node]:
    return facts.nodes[ItemLocationQuantity]


# Validity: catalogue ≥ line ≥ price


def line_period(line: Any, facts: Any) -> tuple[date, date]:
    period = line.line_validity_period
    if period is None:
        return facts.valid_from, facts.valid_to
    return period.start_date or facts.valid_from, period.end_date or facts.valid_to


def outside(inner: tuple[date, date], outer: tuple[date, date]) -> Broken:
    """The day that lies outside, and the limit it passes."""
    for day in inner:
        if day < outer[0]:
            return {"value": day, "expected": outer[0]}
        if day > outer[1]:
            return {"value": day, "expected": outer[1]}
    return False


def price_period(location: Any, of_line: tuple[date, date]) -> tuple[date, date]:
    periods = location.price.validity_periods if location.price is not None else ()
    if not periods:
        return of_line
    return periods[0].start_date or of_line[0], periods[0].end_date or of_line[1]


def price_outside_line(node: Node, facts: Any) -> Broken:
    assert node[1] is not None
    of_line = line_period(node[1][0], facts)
    return outside(price_period(node[0], of_line), of_line)


def price_backwards(node: Node, facts: Any) -> Broken:
    assert node[1] is not None
    return backwards(price_period(node[0], line_period(node[1][0], facts)))


def backwards(period: tuple[date, date]) -> Broken:
    return period[0] > period[1] and {"start": period[0], "end": period[1]}


# Quantities and units


def below_zero(quantity: Any) -> bool:
    return quantity is not None and quantity.value < 0


def maximum_below_minimum(line: Any, _: Any) -> Broken:
    most, least = line.maximum_order_quantity, line.minimum_order_quantity
    return (
        most is not None
        and least is not None
        and most.value < least.value
        and {"value": most.value, "least": least.value}
    )


def unit_rules(field: str, element: str, missing: str, unknown: str) -> tuple[Rule, Rule]:
    def unit_unknown(thing: Any, _: Any) -> Broken:
        found = getattr(thing, field)
        return found is not None and bool(found.unit) and found.unit not in UNITS and {"value": found.unit}

    return (
        Rule(
            missing,
            "ubl_missing",
            lambda x, _: getattr(x, field) is not None and not getattr(x, field).unit,
            element=f"{element}/@unitCode",
        ),
        Rule(unknown, "ubl_unit_unknown", unit_unknown),
    )


def currency_unknown(field: str) -> Callable[[Any, Any], Broken]:
    def broken(thing: Any, _: Any) -> Broken:
        found = getattr(thing, field)
        return (
            found is not None
            and bool(found.currency)
            and found.currency not in CURRENCIES
            and {"value": found.currency}
        )

    return broken


def price_negative(location: Any, _: Any) -> Broken:
    price = location.price.price_amount if location.price is not None else None
    return (price is None or price.value < 0) and {"value": price.value if price is not None else None}


def identification_rule(rule: str, field: str) -> Each:
    return Each(
        lambda facts: facts.of(ItemIdentification, field),
        Rule(rule, "ubl_missing", lambda i, _: i.id is None, element="ID"),
    )


PEPPOL_LINE: Final = (
    Each(
        lines,
        Rule("PEPPOL-T19-B11201", "ubl_missing", lambda x, _: x.id is None, element="ID"),
        Rule("PEPPOL-T19-B11202", "ubl_missing", lambda x, _: x.item is None, element="Item"),
        Rule(
            "PEPPOL-T19-B11401",
            "ubl_code_unknown",
            lambda x, _: not_in(bis_list("catalogue-line-action"), x.action_code),
            list="ActionCode",
        ),
        Rule(
            "PEPPOL-T19-B11601",
            "ubl_unit_unknown",
            lambda x, _: (
                x.orderable_unit is not None and x.orderable_unit.strip() not in UNITS and {"value": x.orderable_unit}
            ),
        ),
        *unit_rules("content_unit_quantity", "ContentUnitQuantity", "PEPPOL-T19-B11701", "PEPPOL-T19-B11702"),
        *unit_rules("minimum_order_quantity", "MinimumOrderQuantity", "PEPPOL-T19-B12001", "PEPPOL-T19-B12002"),
        *unit_rules("maximum_order_quantity", "MaximumOrderQuantity", "PEPPOL-T19-B12201", "PEPPOL-T19-B12202"),
        Rule(
            "PEPPOL-T19-R008",
            "ubl_negative",
            lambda x, _: below_zero(x.maximum_order_quantity),
            element="MaximumOrderQuantity",
        ),
        Rule(
            "PEPPOL-T19-R009",
            "ubl_negative",
            lambda x, _: below_zero(x.minimum_order_quantity),
            element="MinimumOrderQuantity",
        ),
        Rule("PEPPOL-T19-R010", "ubl_maximum_below_minimum", maximum_below_minimum),
        Rule(
            "PEPPOL-T19-R007",
            "ubl_period_outside",
            lambda x, f: outside(line_period(x, f), (f.valid_from, f.valid_to)),
        ),
        Rule("PEPPOL-T19-R013", "ubl_period_backwards", lambda x, f: backwards(line_period(x, f))),
    ),
    Each(
        locations,
        Rule("PEPPOL-T19-R006", "ubl_negative", price_negative, element="Price/PriceAmount"),
        *unit_rules("lead_time_measure", "LeadTimeMeasure", "PEPPOL-T19-B15101", "PEPPOL-T19-B15102"),
        *unit_rules("minimum_quantity", "MinimumQuantity", "PEPPOL-T19-B15301", "PEPPOL-T19-B15302"),
        *unit_rules("maximum_quantity", "MaximumQuantity", "PEPPOL-T19-B15501", "PEPPOL-T19-B15502"),
    ),
    EachNode(
        locations,
        Rule("PEPPOL-T19-R011", "ubl_period_outside", price_outside_line),
        Rule("PEPPOL-T19-R016", "ubl_period_backwards", price_backwards),
    ),
    Each(
        lambda facts: facts.of(Price, "price"),
        Rule("PEPPOL-T19-B16701", "ubl_missing", lambda p, _: p.price_amount is None, element="PriceAmount"),
        Rule("PEPPOL-T19-B16802", "ubl_code_unknown", currency_unknown("price_amount"), list="ISO 4217"),
        *unit_rules("base_quantity", "BaseQuantity", "PEPPOL-T19-B17001", "PEPPOL-T19-B17002"),
    ),
    Each(
        lambda facts: facts.nodes[ItemComparison],
        Rule("PEPPOL-T19-B13002", "ubl_code_unknown", currency_unknown("price_amount"), list="ISO 4217"),
        *unit_rules("quantity", "ItemComparison/Quantity", "PEPPOL-T19-B13201", "PEPPOL-T19-B13202"),
    ),
    Each(
        lambda facts: facts.of(Item, "item"),
        Rule("PEPPOL-T19-B17701", "ubl_missing", lambda i, _: i.name is None, element="Item/Name"),
        Rule(
            "PEPPOL-T19-R012",
            "ubl_one_of",
            lambda i, _: unidentified(i),
            one="StandardItemIdentification/ID",
            other="SellersItemIdentification/ID",
        ),
        *unit_rules("pack_quantity", "PackQuantity", "PEPPOL-T19-B17901", "PEPPOL-T19-B17902"),
    ),
    identification_rule("PEPPOL-T19-B18501", "buyers_item_identification"),
    identification_rule("PEPPOL-T19-B18701", "sellers_item_identification"),
    identification_rule("PEPPOL-T19-B18901", "manufacturers_item_identifications"),
    Each(
        lambda facts: facts.of(ItemIdentification, "standard_item_identification"),
        Rule("PEPPOL-T19-B19101", "ubl_missing", lambda i, _: i.id is None, element="ID"),
        Rule(
            "PEPPOL-T19-B19201",
            "ubl_scheme_missing",
            lambda i, _: i.id is not None and i.id.scheme_id is None,
            element="StandardItemIdentification/ID",
        ),
        Rule(
            "PEPPOL-T19-B19202",
            "ubl_scheme_unknown",
            lambda i, _: (
                i.id is not None
                and i.id.scheme_id is not None
                and i.id.scheme_id not in SCHEMES
                and {"value": i.id.scheme_id}
            ),
            list="ISO/IEC 6523",
        ),
    ),
    Each(
        lambda facts: facts.nodes[CommodityClassification],
        Rule(
            "PEPPOL-T19-B20601",
            "ubl_missing",
            lambda c, _: c.item_classification_code is None,
            element="ItemClassificationCode",
        ),
        Rule(
            "PEPPOL-T19-B20701",
            "ubl_scheme_missing",
            lambda c, _: c.item_classification_code is not None and c.item_classification_code.list_id is None,
            element="ItemClassificationCode",
        ),
    ),
    Each(
        lambda facts: facts.nodes[TransactionConditions],
        Rule("PEPPOL-T19-B21101", "ubl_missing", lambda c, _: c.action_code is None, element="ActionCode"),
        Rule(
            "PEPPOL-T19-B21201",
            "ubl_code_unknown",
            lambda c, _: not_in(bis_list("transaction-condition"), c.action_code),
            list="TransactionConditions",
        ),
    ),
    Each(
        lambda facts: facts.of(TaxCategory, "classified_tax_categories"),
        Rule("PEPPOL-T19-B21601", "ubl_missing", lambda c, _: c.id is None, element="ClassifiedTaxCategory/ID"),
        Rule("PEPPOL-T19-R014", "ubl_missing", rate_missing, element="Percent"),
        Rule("PEPPOL-T19-R015", "ubl_vat_rate", standard_without_rate),
    ),
    Each(
        lambda facts: facts.of(ItemProperty, "additional_item_properties"),
        Rule("PEPPOL-T19-B22101", "ubl_missing", lambda p, _: p.name is None, element="AdditionalItemProperty/Name"),
        Rule("PEPPOL-T19-B22102", "ubl_missing", lambda p, _: p.value is None, element="AdditionalItemProperty/Value"),
    ),
    Each(
        lambda facts: facts.of(Certificate, "certificates"),
        Rule("PEPPOL-T19-B24101", "ubl_missing", lambda c, _: c.id is None, element="Certificate/ID"),
        Rule(
            "PEPPOL-T19-B24102",
            "ubl_missing",
            lambda c, _: c.certificate_type_code is None,
            element="CertificateTypeCode",
        ),
        Rule(
            "PEPPOL-T19-B24301",
            "ubl_code_unknown",
            lambda c, _: not_in(codes("labels", "bis") | {"NA"}, c.certificate_type_code),
            list="PackagingMarkedLabelAccreditationCode",
        ),
    ),
)

PEPPOL_HEAD: Final = (
    in_process(
        "PEPPOL-T19-R017",
        "urn:fdc:peppol.eu:poacc:bis:catalogue_only:3",
        "urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3",
    ),
    Each(
        root,
        Rule("PEPPOL-T19-B00101", "ubl_missing", lambda d, _: d.customization_id is None, element="CustomizationID"),
        Rule("PEPPOL-T19-B00102", "ubl_missing", lambda d, _: d.profile_id is None, element="ProfileID"),
        Rule("PEPPOL-T19-B00103", "ubl_missing", lambda d, _: d.id is None, element="ID"),
        Rule("PEPPOL-T19-B00104", "ubl_missing", lambda d, _: d.issue_date is None, element="IssueDate"),
        Rule("PEPPOL-T19-B00105", "ubl_missing", lambda d, _: not d.validity_periods, element="ValidityPeriod"),
        Rule("PEPPOL-T19-B00106", "ubl_missing", lambda d, _: d.provider_party is None, element="ProviderParty"),
        Rule("PEPPOL-T19-B00107", "ubl_missing", lambda d, _: d.receiver_party is None, element="ReceiverParty"),
        Rule(
            "PEPPOL-T19-B00501",
            "ubl_code_unknown",
            lambda d, _: not_in(bis_list("catalogue-action"), d.action_code),
            list="ActionCode",
        ),
        Rule(
            "PEPPOL-T19-R001",
            "ubl_period_backwards",
            lambda d, f: bool(d.validity_periods) and backwards((f.valid_from, f.valid_to)),
        ),
        party_rule("PEPPOL-T19-R004", "seller_supplier_party", has_name, "PartyName"),
        party_rule("PEPPOL-T19-R005", "contractor_customer_party", has_name, "PartyName"),
    ),
)
PEPPOL_COMMON: Final = common("urn:fdc:peppol.eu:poacc:trns:catalogue:3", "PEPPOL-T19-R018")
NO_LINES: Final = Each(
    root, Rule("PEPPOL-T19-B00108", "ubl_missing", lambda d, _: not d.catalogue_lines, element="CatalogueLine")
)


class LineCheck:
    """The rules of one line, for a catalogue that streams by: `check(line, position)` gives its findings.

    Opened once per file with the head, since a line's validity is held against the catalogue's. Pure: no state is kept.
    """

    __slots__ = ("_head", "_rules")

    def __init__(self, head: Catalogue, rules: Iterable[Callable[[Any], Iterable[Finding]]]) -> None:
        self._head = CatalogueFacts(head)
        self._rules = tuple(rules)

    def __call__(self, line: CatalogueLine, position: int = 0) -> list[Finding]:
        facts = self._head.of_line(line, position)
        return [finding for rule in self._rules for finding in rule(facts)]
