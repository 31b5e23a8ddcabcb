"""OIOUBL 2.1: addresses and periods, wherever they stand (F-LIB025 … 040, F-LIB204 … 213, F-LIB301; F-LIB076 … 081).

Source: OIOUBL 2.1, rules 1.17.2 (1 May 2026).
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.codelists import codes, oioubl_list
from eshop.ubl.parties import Address, Period
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Each, Rule, blank, text_of
from eshop.ubl.rules.oioubl_parts import PARTIES, languages_missing, locations, stands_in

COUNTRIES: Final = codes("countries", "oioubl")


def addresses(facts: Facts) -> Iterable[Node]:
    for node in facts.nodes[Address]:
        if node[2] == "postal_address":
            if stands_in(node, PARTIES):
                yield node
        elif node[2] == "origin_addresses":
            yield node
    for place in locations(facts):
        if place[0].address is not None:
            yield (place[0].address, place, "address", 0)


# Addresses

ADDRESS_LIST: Final = "urn:oioubl:codelist:addressformatcode-1.1"
UN_LIST: Final = "UN/ECE 3477"


def format_of(address: Any) -> str:
    return text_of(address.address_format_code)


def format_list_of(address: Any) -> str | None:
    return address.address_format_code.list_id if address.address_format_code is not None else None


def lacks(*fields: str) -> Callable[[Any], bool]:
    return lambda address: all(blank(getattr(address, field)) for field in fields)


def has(*fields: str) -> Callable[[Any], bool]:
    return lambda address: any(getattr(address, field) is not None for field in fields)


def in_format(name: str, test: Callable[[Any], bool]) -> Callable[[Any, Any], bool]:
    """A rule of one address format: in_format('StructuredDK', lacks('postal_zone'))."""
    return lambda address, _: format_of(address) == name and test(address)


def country_code(address: Any) -> Any:
    return address.country.identification_code if address.country is not None else None


_STREET: Final = ("street_name", "building_number", "city_name", "postal_zone")

ADDRESS_RULES: Final = Each(
    addresses,
    Rule("F-LIB025", "ubl_missing", lambda a, _: blank(a.address_format_code), element="AddressFormatCode"),
    Rule(
        "F-LIB026",
        "ubl_list_unknown",
        lambda a, _: format_list_of(a) not in (ADDRESS_LIST, UN_LIST),
        element="AddressFormatCode",
        expected=ADDRESS_LIST,
    ),
    Rule(
        "F-LIB027",
        "ubl_code_unknown",
        lambda a, _: (
            format_list_of(a) == ADDRESS_LIST
            and format_of(a) not in oioubl_list(ADDRESS_LIST)
            and {"value": format_of(a)}
        ),
        list="AddressFormatCode",
    ),
    Rule(
        "F-LIB209",
        "ubl_code_unknown",
        lambda a, _: (
            format_list_of(a) == UN_LIST and format_of(a) not in oioubl_list(UN_LIST) and {"value": format_of(a)}
        ),
        list="UN/ECE 3477",
    ),
    Rule(
        "F-LIB207",
        "ubl_value",
        lambda a, _: format_list_of(a) == ADDRESS_LIST and a.address_format_code.list_agency_id != "320",
        element="AddressFormatCode/@listAgencyID",
        expected="320",
    ),
    Rule(
        "F-LIB208",
        "ubl_value",
        lambda a, _: format_list_of(a) == UN_LIST and a.address_format_code.list_agency_id != "6",
        element="AddressFormatCode/@listAgencyID",
        expected="6",
    ),
    Rule(
        "F-LIB204",
        "ubl_list_unknown",
        lambda a, _: (
            a.address_type_code is not None and a.address_type_code.list_id != "urn:oioubl:codelist:addresstypecode-1.1"
        ),
        element="AddressTypeCode",
        expected="urn:oioubl:codelist:addresstypecode-1.1",
    ),
    Rule(
        "F-LIB205",
        "ubl_value",
        lambda a, _: a.address_type_code is not None and a.address_type_code.list_agency_id != "320",
        element="AddressTypeCode/@listAgencyID",
        expected="320",
    ),
    Rule(
        "F-LIB206",
        "ubl_code_unknown",
        lambda a, _: (
            a.address_type_code is not None
            and a.address_type_code.value not in ("Home", "Business")
            and {"value": a.address_type_code.value}
        ),
        list="AddressTypeCode",
    ),
    Rule(
        "F-LIB213",
        "ubl_missing",
        lambda a, _: a.country is not None and not text_of(a.country.identification_code),
        element="Country/IdentificationCode",
    ),
    Rule(
        "F-LIB301",
        "ubl_code_unknown",
        lambda a, _: (
            country_code(a) is not None and country_code(a).value not in COUNTRIES and {"value": country_code(a).value}
        ),
        list="ISO 3166-1",
    ),
    Rule("F-LIB031", "ubl_address_format", in_format("Unstructured", has(*_STREET, "country")), format="Unstructured"),
    Rule(
        "F-LIB032",
        "ubl_address_format",
        in_format("StructuredDK", lambda a: bool(a.address_lines)),
        format="StructuredDK",
    ),
    Rule("F-LIB033", "ubl_missing", in_format("StructuredDK", lacks("postal_zone")), element="PostalZone"),
    Rule(
        "F-LIB034",
        "ubl_one_of",
        in_format("StructuredDK", lacks("street_name", "postbox")),
        one="StreetName",
        other="Postbox",
    ),
    Rule(
        "F-LIB035",
        "ubl_one_of",
        in_format("StructuredDK", lacks("building_number", "postbox")),
        one="BuildingNumber",
        other="Postbox",
    ),
    Rule(
        "F-LIB036",
        "ubl_address_format",
        in_format("StructuredLax", lambda a: bool(a.address_lines)),
        format="StructuredLax",
    ),
    Rule("F-LIB037", "ubl_missing", in_format("StructuredID", lambda a: not text_of(a.id)), element="ID"),
    Rule("F-LIB038", "ubl_address_format", in_format("StructuredID", has(*_STREET, "country")), format="StructuredID"),
    Rule(
        "F-LIB039",
        "ubl_address_format",
        in_format("StructuredRegion", lambda a: not text_of(country_code(a)) and not a.region and not a.district),
        format="StructuredRegion",
    ),
    Rule("F-LIB040", "ubl_address_format", in_format("StructuredRegion", has(*_STREET)), format="StructuredRegion"),
    Rule("F-LIB028", "ubl_scheme_missing", lambda a, _: a.id is not None and not a.id.scheme_id, element="ID"),
    Rule("F-LIB029", "ubl_scheme_missing", lambda a, _: a.id is not None and a.id.scheme_id is None, element="ID"),
)


# Periods


def periods(facts: Any) -> Iterable[Node]:
    """Periods of the document, its deliveries, terms, places and prices; those of lines are free."""
    for node in facts.nodes[Period]:
        field, parent = node[2], node[1]
        assert parent is not None
        if field == "invoice_periods":
            if parent is facts.root:
                yield node
        elif field == "validity_periods":
            if parent[2] == "price":
                yield node
        elif field == "requested_delivery_period":
            if not facts.is_credit:
                yield node
        elif field in ("settlement_period", "penalty_period") and not facts.is_credit:
            yield node
    for place in locations(facts):
        for number, period in enumerate(place[0].validity_periods):
            yield (period, place, "validity_periods", number)


def backwards(period: Any, _: Any) -> Broken:
    if period.start_date is None or period.end_date is None or period.end_date >= period.start_date:
        return False
    return {"start": period.start_date, "end": period.end_date}


def backwards_in_time(period: Any, _: Any) -> Broken:
    """F-LIB081: 16:30:00 is not before 08:00:00. A time that is no plain number of digits cannot be compared and fails."""
    if period.start_time is None or period.end_time is None:
        return False
    start, end = (time.strip().replace(":", "") for time in (period.start_time, period.end_time))
    plain = all(time.replace(".", "", 1).isdigit() for time in (start, end))
    return (not plain or Decimal(end) < Decimal(start)) and {"start": period.start_time, "end": period.end_time}


PERIOD_RULES: Final = Each(
    periods,
    Rule("F-LIB077", "ubl_not_allowed", lambda p, _: bool(p.description_codes), element="DescriptionCode"),
    Rule(
        "F-LIB078", "ubl_missing", lambda p, _: p.start_time is not None and p.start_date is None, element="StartDate"
    ),
    Rule("F-LIB079", "ubl_missing", lambda p, _: p.end_time is not None and p.end_date is None, element="EndDate"),
    Rule("F-LIB080", "ubl_period_backwards", backwards),
    Rule("F-LIB081", "ubl_period_backwards", backwards_in_time),
    Rule("W-LIB222", "ubl_language_missing", lambda p, _: languages_missing(p.descriptions), severity="warning"),
)
