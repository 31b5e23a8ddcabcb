"""OIOUBL Catalogue: its head and its lines (F-CAT*). Source: OIOUBL 2.1, rules 1.17.2 (1 May 2026)."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from eshop.ubl.codelists import oioubl_list
from eshop.ubl.items import (
    CommodityClassification,
    Dimension,
    Item,
    ItemComparison,
    ItemIdentification,
    ItemProperty,
    PhysicalAttribute,
)
from eshop.ubl.payments import Price
from eshop.ubl.rules.catalogue import lines
from eshop.ubl.rules.en16931 import root
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, decimals, text_of

ACTIONS: Final = "urn:oioubl:codelist:catalogueactioncode-1.1"


def id_again(node: Node, facts: Facts) -> Broken:
    line, _, _, place = node
    if line.id is None:
        return False
    later = facts.document.catalogue_lines[place + 1 :]
    return any(other.id is not None and other.id.value == line.id.value for other in later) and {"value": line.id.value}


def filled(rule: str, field: str, element: str) -> Rule:
    """An element that must be there and say something."""

    def empty(thing: Any, _: Any) -> bool:
        value = getattr(thing, field)
        if value is None:
            return True
        return (value if isinstance(value, str) else getattr(value, "value", value)) == ""

    return Rule(rule, "ubl_missing", empty, element=element)


def property_of_item(facts: Facts) -> Iterable[Node]:
    return facts.of(ItemProperty, "additional_item_properties")


def prices_of_lines(facts: Facts) -> Iterable[Node]:
    return facts.of(Price, "price")


def sellers(kind: type) -> Callable[[Facts], Iterable[Node]]:
    return lambda facts: (
        node for node in facts.nodes[kind] if node[1] is not None and node[1][2] == "sellers_item_identification"
    )


OIOUBL_LINE: Final = (
    Each(
        lines,
        filled("F-CAT100", "id", "ID"),
        filled("F-CAT101", "action_code", "ActionCode"),
        filled("F-CAT106", "orderable_indicator", "OrderableIndicator"),
        filled("F-CAT108", "content_unit_quantity", "ContentUnitQuantity"),
        Rule(
            "F-CAT102",
            "ubl_list_unknown",
            lambda x, _: x.action_code is None or x.action_code.list_id != ACTIONS,
            element="ActionCode",
            expected=ACTIONS,
        ),
        Rule(
            "F-CAT103",
            "ubl_value",
            lambda x, _: x.action_code is None or x.action_code.list_agency_id != "320",
            element="ActionCode/@listAgencyID",
            expected="320",
        ),
        Rule(
            "F-CAT111",
            "ubl_code_unknown",
            lambda x, _: text_of(x.action_code) not in oioubl_list(ACTIONS) and {"value": text_of(x.action_code)},
            list="ActionCode",
        ),
        Rule(
            "F-CAT115",
            "ubl_missing",
            lambda x, _: x.orderable_indicator is True and x.orderable_unit is None,
            element="OrderableUnit",
        ),
        Rule(
            "F-CAT107",
            "ubl_unit_unknown",
            lambda x, _: x.orderable_unit is not None and len(x.orderable_unit) < 2 and {"value": x.orderable_unit},
        ),
        Rule("F-CAT113", "ubl_repeated", lambda x, _: len(x.item_comparisons) > 1, element="ItemComparison", most=1),
    ),
    Each(
        lambda facts: facts.nodes[ItemComparison],
        filled("F-CAT140", "price_amount", "ItemComparison/PriceAmount"),
        filled("F-CAT141", "quantity", "ItemComparison/Quantity"),
    ),
    Each(
        prices_of_lines,
        filled("F-CAT201", "price_amount", "PriceAmount"),
        Rule(
            "F-CAT202",
            "ubl_decimals_exactly",
            lambda p, _: p.price_amount is not None and decimals(p.price_amount.value) < 2,
            element="PriceAmount",
            exactly=2,
        ),
        Rule(
            "F-CAT203",
            "ubl_negative",
            lambda p, _: p.price_amount is not None and p.price_amount.value.is_signed(),
            element="PriceAmount",
        ),
        Rule("F-CAT207", "ubl_repeated", lambda p, _: len(p.validity_periods) > 1, element="ValidityPeriod", most=1),
        Rule(
            "F-CAT206",
            "ubl_list_unknown",
            lambda p, _: p.price_type_code is not None and p.price_type_code.list_id != "UN/ECE 5387",
            element="PriceTypeCode",
            expected="UN/ECE 5387",
        ),
    ),
    Each(
        lambda facts: facts.of(Item, "item"),
        filled("F-CAT221", "name", "Item/Name"),
        Rule(
            "F-CAT223",
            "ubl_missing",
            lambda i, _: i.sellers_item_identification is None,
            element="SellersItemIdentification",
        ),
        Rule(
            "F-CAT230", "ubl_missing", lambda i, _: not i.commodity_classifications, element="CommodityClassification"
        ),
        Rule(
            "F-CAT234",
            "ubl_not_allowed",
            lambda i, _: bool(i.classified_tax_categories),
            element="ClassifiedTaxCategory",
        ),
        Rule(
            "F-CAT228",
            "ubl_repeated",
            lambda i, _: len(i.manufacturers_item_identifications) > 1,
            element="ManufacturersItemIdentification",
            most=1,
        ),
        Rule("F-CAT244", "ubl_repeated", lambda i, _: len(i.origin_addresses) > 1, element="OriginAddress", most=1),
    ),
    Each(
        lambda facts: facts.of(ItemIdentification, "sellers_item_identification"),
        filled("F-CAT224", "id", "SellersItemIdentification/ID"),
    ),
    Each(
        sellers(PhysicalAttribute),
        filled("F-CAT225", "attribute_id", "PhysicalAttribute/AttributeID"),
        Rule(
            "F-CAT226",
            "ubl_missing",
            lambda a, _: not any(text.value for text in a.descriptions),
            element="PhysicalAttribute/Description",
        ),
    ),
    Each(sellers(Dimension), filled("F-CAT227", "attribute_id", "MeasurementDimension/AttributeID")),
    Each(
        lambda facts: facts.nodes[CommodityClassification],
        filled("F-CAT231", "item_classification_code", "ItemClassificationCode"),
        Rule(
            "F-CAT232",
            "ubl_value",
            lambda c, _: c.item_classification_code is None or c.item_classification_code.list_id != "UNSPSC",
            element="ItemClassificationCode/@listID",
            expected="UNSPSC",
        ),
        Rule(
            "F-CAT233",
            "ubl_value",
            lambda c, _: c.item_classification_code is None or c.item_classification_code.list_agency_id != "113",
            element="ItemClassificationCode/@listAgencyID",
            expected="113",
        ),
    ),
    Each(
        property_of_item,
        filled("F-CAT235", "name", "AdditionalItemProperty/Name"),
        filled("F-CAT236", "value", "AdditionalItemProperty/Value"),
    ),
)

OIOUBL_HEAD: Final = (
    Each(
        root,
        filled("F-CAT002", "id", "ID"),
        filled("F-CAT003", "version_id", "VersionID"),
        Rule("F-CAT005", "ubl_exactly_one", lambda d, _: len(d.validity_periods) != 1, element="ValidityPeriod"),
        Rule("F-CAT006", "ubl_missing", lambda d, _: d.seller_supplier_party is None, element="SellerSupplierParty"),
        Rule(
            "F-CAT008",
            "ubl_repeated",
            lambda d, _: len(d.referenced_contracts) > 1,
            element="ReferencedContract",
            most=1,
        ),
    ),
)
IDS_AGAIN: Final = EachNode(lines, Rule("F-CAT248", "ubl_line_id_repeated", id_again))
