"""Peppol BIS 3 after the order: its answers (T76, and T116 with the same rules), despatch advice (T16), invoice response (T111).

What the sheets ask beyond this (which elements a message may hold, their B-rules) is not judged here. Source: OpenPeppol 2026.5.
"""

from collections.abc import Callable
from typing import Any, Final

from eshop.ubl.codelists import bis_list
from eshop.ubl.lines import DespatchLine
from eshop.ubl.parties import Period
from eshop.ubl.references import Response, Status
from eshop.ubl.rules.en16931 import root
from eshop.ubl.rules.facts import Facts, Node
from eshop.ubl.rules.judging import Broken, Each, EachNode, Rule, text_of
from eshop.ubl.rules.messages import common, has_name, in_process, party_rule, party_without_name, registered
from eshop.ubl.rules.orders import currency_of, id_not_unique, line_items, negative_or_missing

# Answers to orders


def lines_with(code: str, wanted: bool) -> Callable[[Any, Any], bool]:
    """CA (with changes) says which lines; AP, RE and AB speak of the whole order."""

    def broken(document: Any, _: Any) -> bool:
        return text_of(document.order_response_code) == code and bool(document.order_lines) is not wanted

    return broken


def backwards(period: Any, _: Any) -> Broken:
    if period.start_date is None or period.end_date is None or period.end_date >= period.start_date:
        return False
    return {"start": period.start_date, "end": period.end_date}


def price_currency_other(node: Node, facts: Facts) -> Broken:
    money, _, field, _ = node
    if field != "price_amount" or money.currency == currency_of(facts) != "":
        return False
    return {"value": money.currency, "expected": currency_of(facts)}


def party_without_registration(role: str) -> Callable[[Any, Any], bool]:
    found = party_without_name(role, registered)
    return lambda document, facts: (
        getattr(document, role) is not None and getattr(document, role).party is not None and found(document, facts)
    )


def answer_rules(t: str) -> tuple[Any, ...]:
    """The rules of an order response: `t` is T76, or T116 for the advanced one."""
    name = f"PEPPOL-{t}"
    return (
        Each(
            root,
            *(
                Rule(
                    f"{name}-{rule}",
                    "ubl_one_of",
                    party_without_registration(role),
                    one="PartyLegalEntity/RegistrationName",
                    other="PartyIdentification/ID",
                )
                for rule, role in (("R001", "buyer_customer_party"), ("R002", "seller_supplier_party"))
            ),
            Rule(f"{name}-R007", "ubl_missing", lines_with("CA", wanted=True), element="OrderLine"),
            Rule(f"{name}-R008", "ubl_not_allowed", lines_with("AP", wanted=False), element="OrderLine"),
            Rule(f"{name}-R009", "ubl_not_allowed", lines_with("RE", wanted=False), element="OrderLine"),
            Rule(f"{name}-R010", "ubl_not_allowed", lines_with("AB", wanted=False), element="OrderLine"),
        ),
        EachNode(lambda facts: facts.moneys, Rule(f"{name}-R005", "ubl_currency_differs", price_currency_other)),
        Each(
            lambda facts: facts.of(Period, "promised_delivery_period"),
            Rule(f"{name}-R004", "ubl_period_backwards", backwards),
        ),
        Each(line_items, Rule(f"{name}-R003", "ubl_line_id_repeated", id_not_unique)),
    )


ORDER_RESPONSE: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:order_response:3", "PEPPOL-T76-R006"),
    *answer_rules("T76"),
)
ORDER_RESPONSE_ADVANCED: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:order_response_advanced:3", "PEPPOL-T116-R006"),
    *answer_rules("T116"),
)


# Despatch advice

DESPATCH_ADVICE: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:despatch_advice:3", "PEPPOL-T16-R011"),
    Each(
        root,
        party_rule("PEPPOL-T16-R008", "buyer_customer_party", has_name, "PartyName"),
        party_rule("PEPPOL-T16-R009", "seller_supplier_party", has_name, "PartyName"),
        party_rule("PEPPOL-T16-R010", "originator_customer_party", has_name, "PartyName"),
    ),
    Each(
        lambda facts: facts.nodes[DespatchLine],
        Rule(
            "PEPPOL-T16-R003",
            "ubl_one_of",
            lambda x, _: unidentified(x.item),
            one="StandardItemIdentification/ID",
            other="SellersItemIdentification/ID",
        ),
        Rule("PEPPOL-T16-R004", "ubl_missing", lambda x, _: x.item is None or x.item.name is None, element="Item/Name"),
        Rule(
            "PEPPOL-T16-R005",
            "ubl_missing",
            lambda x, _: x.delivered_quantity is None,
            severity="warning",
            element="DeliveredQuantity",
        ),
        Rule(
            "PEPPOL-T16-R006",
            "ubl_negative",
            lambda x, _: negative_or_missing(x.delivered_quantity),
            element="DeliveredQuantity",
        ),
        Rule(
            "PEPPOL-T16-R007",
            "ubl_missing",
            lambda x, _: x.outstanding_quantity is not None and not x.outstanding_reasons,
            severity="warning",
            element="OutstandingReason",
        ),
    ),
)


def unidentified(item: Any) -> bool:
    """Whether an item has neither a GTIN nor the seller's number."""
    if item is None:
        return True
    return all(
        found is None or found.id is None
        for found in (item.standard_item_identification, item.sellers_item_identification)
    )


# Invoice response


def reason_list_broken(list_id: str, name: str) -> Callable[[Any, Any], Broken]:
    allowed = bis_list(name)

    def broken(status: Any, _: Any) -> Broken:
        code = status.status_reason_code
        return code is not None and code.list_id == list_id and code.value not in allowed and {"value": code.value}

    return broken


INVOICE_RESPONSE: Final = (
    *common("urn:fdc:peppol.eu:poacc:trns:invoice_response:3", "PEPPOL-T111-R003"),
    in_process(
        "PEPPOL-T111-R008", "urn:fdc:peppol.eu:poacc:bis:invoice_response:3", "urn:peppol:bis:billing_with_response"
    ),
    Each(
        lambda facts: facts.nodes[Response],
        Rule(
            "PEPPOL-T111-R001",
            "ubl_missing",
            lambda r, _: (
                text_of(r.response_code) in ("CA", "UQ", "RE")
                and not any(status.status_reason_code is not None for status in r.statuses)
            ),
            element="Status/StatusReasonCode",
        ),
    ),
    Each(
        lambda facts: facts.nodes[Status],
        Rule(
            "PEPPOL-T111-R002",
            "ubl_missing",
            lambda s, _: text_of(s.status_reason_code) == "OTH" and not s.status_reasons,
            severity="warning",
            element="StatusReason",
        ),
        Rule(
            "PEPPOL-T111-R004",
            "ubl_missing",
            lambda s, _: text_of(s.status_reason_code) == "PPD" and not s.status_reasons,
            element="StatusReason",
        ),
        Rule(
            "PEPPOL-T111-R006",
            "ubl_code_unknown",
            reason_list_broken("OPStatusAction", "invoice-response-action"),
            list="OPStatusAction",
        ),
        Rule(
            "PEPPOL-T111-R007",
            "ubl_code_unknown",
            reason_list_broken("OPStatusReason", "invoice-response-reason"),
            list="OPStatusReason",
        ),
    ),
)
