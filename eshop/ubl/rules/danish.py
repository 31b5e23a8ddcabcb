"""Danish suppliers in Peppol billing (DK-R-*), and what is asked when the customer is Danish too.

Source: OpenPeppol release 2026.5, and the Danish supplement to BIS Billing 3.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from eshop.ubl.codelists import codes
from eshop.ubl.parties import PartyIdentification
from eshop.ubl.payments import AllowanceCharge, PaymentMeans
from eshop.ubl.rules.en16931 import CUSTOMER, SUPPLIER, in_role, lines, party_of, root, totals
from eshop.ubl.rules.facts import InvoiceFacts, Node
from eshop.ubl.rules.identifiers import is_number
from eshop.ubl.rules.judging import Broken, Each, Rule, blank, text_of


def legal_numbers(party: Any) -> list[Any]:
    return [entity.company_id for entity in party.party_legal_entities if entity.company_id is not None]


def no_cvr(_: Any, facts: InvoiceFacts) -> bool:
    return all(not number.value for number in legal_numbers(facts.supplier))


def cvr_scheme_missing(party: Any, _: Any) -> Broken:
    """DK-R-014, -017: a company number is a CVR number and says so (scheme 0184)."""
    numbers = legal_numbers(party)
    if not numbers:
        return False
    scheme = (numbers[0].scheme_id or "").strip()
    return scheme != "0184" and {"value": scheme}


def negative_credit_note(total: Any, facts: InvoiceFacts) -> Broken:
    if not facts.is_credit or total.payable_amount is None:
        return False
    return total.payable_amount.value < 0 and {"value": total.payable_amount.value}


def identification_without_scheme(identification: Any, _: Any) -> bool:
    return identification.id is not None and not (identification.id.scheme_id or "").strip()


def means_not_danish(means: Any, _: Any) -> Broken:
    code = text_of(means.payment_means_code)
    return code not in codes("payment-means", "danish") and {"value": code}


def account_of(means: Any) -> str:
    account = means.payee_financial_account
    return text_of(account.id) if account is not None else ""


def no_bank_account(means: Any, _: Any) -> bool:
    if text_of(means.payment_means_code) not in ("31", "42"):
        return False
    account = means.payee_financial_account
    branch = account.financial_institution_branch if account is not None else None
    return not account_of(means) or branch is None or blank(branch.id)


def no_direct_debit_mandate(means: Any, _: Any) -> bool:
    if text_of(means.payment_means_code) != "49":
        return False
    mandate = means.payment_mandate
    if mandate is None or blank(mandate.id):
        return True
    return mandate.payer_financial_account is None or blank(mandate.payer_financial_account.id)


def payment_id_of(means: Any) -> str:
    return means.payment_ids[0].value if means.payment_ids else ""


giro_account: Final = re.compile(r"[0-9]{7,8}").fullmatch


def giro_incomplete(means: Any, _: Any) -> Broken:
    """DK-R-008: giro (50) needs a card type 01, 04 or 15 before # and an account of 7 or 8 digits: '04#…', '1234567'."""
    if text_of(means.payment_means_code) != "50":
        return False
    kept = payment_id_of(means)[:3] in ("01#", "04#", "15#") and giro_account(account_of(means))
    return not kept and {"value": payment_id_of(means)}


def giro_instruction_length(means: Any, _: Any) -> Broken:
    payment_id = payment_id_of(means)
    if text_of(means.payment_means_code) != "50" or payment_id[:3] not in ("04#", "15#"):
        return False
    return len(payment_id) != 19 and {"value": payment_id}


def fik_incomplete(means: Any, _: Any) -> Broken:
    """DK-R-010: FIK (93) needs a card type 71, 73 or 75 before # and a creditor number of 8 digits."""
    if text_of(means.payment_means_code) != "93":
        return False
    kept = payment_id_of(means)[:3] in ("71#", "73#", "75#") and len(account_of(means)) == 8
    return not kept and {"value": payment_id_of(means)}


def fik_instruction_length(means: Any, _: Any) -> Broken:
    payment_id = payment_id_of(means)
    if text_of(means.payment_means_code) != "93" or payment_id[:3] not in ("71#", "75#"):
        return False
    return len(payment_id) not in (18, 19) and {"value": payment_id}


UNSPSC_VERSIONS: Final = frozenset({"19.05.01", "19.0501", "26.08.01", "26.0801"})


def unspsc_version(line: Any, _: Any) -> Broken:
    item = line.line.item
    found = [
        classification.item_classification_code
        for classification in (item.commodity_classifications if item is not None else ())
        if classification.item_classification_code is not None
    ]
    if not any(code.list_id == "TST" for code in found):
        return False
    versions = [code.list_version_id or "" for code in found]
    return not UNSPSC_VERSIONS.intersection(versions) and {"value": ", ".join(versions)}


def excise_reason(charge: Any, _: Any) -> Broken:
    """DK-R-004: another tax than VAT (code ZZZ) is named by its number of four digits, or as 'number#text'."""
    if text_of(charge.allowance_charge_reason_code) != "ZZZ":
        return False
    reason = charge.allowance_charge_reasons[0] if charge.allowance_charge_reasons else ""
    number = reason.strip()
    if len(number) == 4 and is_number(number) and 0 <= Decimal(number) <= 9999:
        return False
    kept = "#" in reason and not reason.startswith("#") and not reason.endswith("#")
    return not kept and {"value": reason}


DANISH_SUPPLIER: Final = (
    Each(root, Rule("DK-R-002", "ubl_missing", no_cvr, element="PartyLegalEntity/CompanyID")),
    Each(
        party_of(SUPPLIER),
        Rule("DK-R-014", "ubl_value", cvr_scheme_missing, element="CompanyID/@schemeID", expected="0184"),
    ),
)


def identifications_of_both(facts: InvoiceFacts) -> Iterable[Node]:
    return (
        node
        for role in (SUPPLIER, CUSTOMER)
        for node in in_role(PartyIdentification, "party_identifications", role)(facts)
    )


def means_of_invoices(facts: InvoiceFacts) -> Iterable[Node]:
    return () if facts.is_credit else facts.of(PaymentMeans, "payment_means")


DANISH_BOTH: Final = (
    Each(totals, Rule("DK-R-016", "ubl_negative", negative_credit_note, element="PayableAmount")),
    Each(
        identifications_of_both,
        Rule("DK-R-013", "ubl_scheme_missing", identification_without_scheme, element="PartyIdentification/ID"),
    ),
    Each(
        means_of_invoices,
        Rule("DK-R-005", "ubl_code_unknown", means_not_danish, list="UNCL 4461 (DK)"),
        Rule(
            "DK-R-006",
            "ubl_missing",
            no_bank_account,
            element="PayeeFinancialAccount/ID, FinancialInstitutionBranch/ID",
        ),
        Rule("DK-R-007", "ubl_missing", no_direct_debit_mandate, element="PaymentMandate"),
        Rule("DK-R-008", "ubl_payment_slip", giro_incomplete, means="50"),
        Rule("DK-R-009", "ubl_payment_slip", giro_instruction_length, means="50"),
        Rule("DK-R-010", "ubl_payment_slip", fik_incomplete, means="93"),
        Rule("DK-R-011", "ubl_payment_slip", fik_instruction_length, means="93"),
    ),
    Each(
        party_of(CUSTOMER),
        Rule("DK-R-017", "ubl_value", cvr_scheme_missing, element="CompanyID/@schemeID", expected="0184"),
    ),
    Each(
        lines,
        Rule(
            "DK-R-003",
            "ubl_value",
            unspsc_version,
            element="ItemClassificationCode/@listVersionID",
            expected="19.05.01",
        ),
    ),
    Each(
        lambda facts: facts.nodes[AllowanceCharge],
        Rule("DK-R-004", "ubl_excise_reason", excise_reason),
    ),
)
