"""OIOUBL 2.1: how an invoice is to be paid (PaymentMeans, PaymentTerms; F-LIB100 … F-LIB390).

Each means has its own table of what it needs and what it may not have: 31 abroad, 42 Danish account, 48 card, 49 direct
debit, 50 giro, 58 and 59 SEPA, 93 FIK, 97 NemKonto. Source: OIOUBL 2.1, rules 1.17.2. Credit notes are not judged here.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from eshop.ubl.codelists import codes
from eshop.ubl.payments import PaymentMeans, PaymentTerms
from eshop.ubl.rules.facts import Node
from eshop.ubl.rules.identifiers import is_number
from eshop.ubl.rules.judging import Broken, Each, Rule, text_of

CHANNELS: Final = "urn:oioubl:codelist:paymentchannelcode-1.1"
not_only_digits: Final = re.compile(r"[^\d]").search

# What a means says, in few words


def code(means: Any) -> str:
    return text_of(means.payment_means_code)


def channel(means: Any) -> str:
    return text_of(means.payment_channel_code)


def channel_list(means: Any) -> str | None:
    return means.payment_channel_code.list_id if means.payment_channel_code is not None else None


def payment_id(means: Any) -> str:
    return means.payment_ids[0].value if means.payment_ids else ""


def instruction(means: Any) -> str:
    return text_of(means.instruction_id)


def payee(means: Any) -> str:
    account = means.payee_financial_account
    return text_of(account.id) if account is not None else ""


def payer(means: Any) -> str:
    account = means.payer_financial_account
    return text_of(account.id) if account is not None else ""


def branch(account: Any) -> Any:
    return account.financial_institution_branch if account is not None else None


def branch_number(account: Any) -> Any:
    found = branch(account)
    return found.id if found is not None else None


def bank(account: Any) -> Any:
    found = branch(account)
    return found.financial_institution if found is not None else None


def bank_number(account: Any) -> Any:
    found = bank(account)
    return found.id if found is not None else None


def note_too_long(account: Any) -> bool:
    return account is not None and any(len(note) > 20 for note in account.payment_notes)


def credit_number(means: Any) -> str:
    return text_of(means.credit_account.account_id) if means.credit_account is not None else ""


Test = Callable[[Any], bool]


def of(kind: str, test: Test, channel_code: str | None = None) -> Callable[[Any, Any], bool]:
    """A test of one means of payment, perhaps of one channel only: of('31', …, 'IBAN')."""

    def broken(means: Any, _: Any) -> bool:
        return code(means) == kind and (channel_code is None or channel(means) == channel_code) and test(means)

    return broken


def missing(rule: str, kind: str, element: str, test: Test, channel_code: str | None = None) -> Rule:
    return Rule(rule, "ubl_payment_missing", of(kind, test, channel_code), element=element, means=kind)


def refused(rule: str, kind: str, element: str, test: Test, channel_code: str | None = None) -> Rule:
    return Rule(rule, "ubl_payment_not_allowed", of(kind, test, channel_code), element=element, means=kind)


def malformed(rule: str, kind: str, element: str, expected: str, test: Test, channel_code: str | None = None) -> Rule:
    return Rule(rule, "ubl_payment_value", of(kind, test, channel_code), element=element, means=kind, expected=expected)


def means_unknown(means: Any, _: Any) -> Broken:
    return code(means) not in codes("payment-means", "oioubl") and {"value": code(means)}


def giro_account_malformed(means: Any, _: Any) -> Broken:
    """F-LIB321: a giro account has seven or eight digits."""
    if code(means) != "50" and channel(means) != "DK:GIRO":
        return False
    number = payee(means)
    return (not 7 <= len(number) <= 8 or not is_number(number)) and {"value": number}


ANY_MEANS: Final = (
    Rule(
        "F-LIB321",
        "ubl_payment_value",
        giro_account_malformed,
        element="PayeeFinancialAccount/ID",
        means="50",
        expected="7, 8",
    ),
    Rule("F-LIB100", "ubl_code_unknown", means_unknown, list="PaymentMeansCode"),
    Rule(
        "F-LIB151",
        "ubl_not_allowed",
        lambda m, _: (
            branch(m.payer_financial_account) is not None and branch(m.payer_financial_account).address is not None
        ),
        element="PayerFinancialAccount/FinancialInstitutionBranch/Address",
    ),
    Rule(
        "F-LIB162",
        "ubl_not_allowed",
        lambda m, _: m.payer_financial_account is not None and m.payer_financial_account.country is not None,
        element="PayerFinancialAccount/Country",
    ),
    Rule(
        "F-LIB243",
        "ubl_not_allowed",
        lambda m, _: (
            bank(m.payee_financial_account) is not None and bank(m.payee_financial_account).address is not None
        ),
        element="PayeeFinancialAccount/FinancialInstitutionBranch/FinancialInstitution/Address",
    ),
    Rule(
        "F-LIB244",
        "ubl_not_allowed",
        lambda m, _: m.payee_financial_account is not None and m.payee_financial_account.country is not None,
        element="PayeeFinancialAccount/Country",
    ),
    Rule(
        "W-LIB241",
        "ubl_missing",
        lambda m, f: len(f.document.payment_means) > 1 and not text_of(m.id),
        severity="warning",
        element="PaymentMeans/ID",
    ),
    *(
        Rule(
            rule,
            "ubl_list_unknown",
            lambda m, _, field=field: (
                type_code(m, field) is not None
                and type_code(m, field).list_id != "urn:oioubl:codelist:accounttypecode-1.1"
            ),
            element="AccountTypeCode",
            expected="urn:oioubl:codelist:accounttypecode-1.1",
        )
        for rule, field in (("F-LIB105", "payer_financial_account"), ("F-LIB136", "payee_financial_account"))
    ),
    *(
        Rule(
            rule,
            "ubl_value",
            lambda m, _, field=field: type_code(m, field) is not None and type_code(m, field).list_agency_id != "320",
            severity="warning",
            element="AccountTypeCode/@listAgencyID",
            expected="320",
        )
        for rule, field in (("W-LIB121", "payer_financial_account"), ("W-LIB141", "payee_financial_account"))
    ),
)


def type_code(means: Any, field: str) -> Any:
    account = getattr(means, field)
    return account.account_type_code if account is not None else None


def no_account(means: Any) -> bool:
    return means.payee_financial_account is None or means.payee_financial_account.id is None


def no_branch(means: Any, field: str) -> bool:
    found = branch(means.payee_financial_account)
    return found is None or getattr(found, field) is None


ABROAD: Final = (
    refused("F-LIB103", "31", "InstructionNote", lambda m: bool(m.instruction_notes)),
    malformed("F-LIB106", "31", "PaymentChannelCode/@listID", CHANNELS, lambda m: channel_list(m) != CHANNELS),
    missing("F-LIB107", "31", "PayeeFinancialAccount/ID", no_account),
    malformed("F-LIB109", "31", "PaymentChannelCode", "IBAN, ZZZ", lambda m: channel(m) not in ("IBAN", "ZZZ")),
    malformed("F-LIB110", "31", "PaymentNote", "≤ 20", lambda m: note_too_long(m.payer_financial_account)),
    malformed("F-LIB111", "31", "PaymentNote", "≤ 20", lambda m: note_too_long(m.payee_financial_account)),
    malformed("F-LIB112", "31", "CreditAccount/AccountID", "≤ 8", lambda m: len(credit_number(m)) > 8),
    refused(
        "F-LIB108",
        "31",
        "FinancialInstitutionBranch/ID",
        lambda m: branch_number(m.payee_financial_account) is not None,
        "IBAN",
    ),
    missing(
        "F-LIB113", "31", "FinancialInstitution/ID", lambda m: bank_number(m.payee_financial_account) is None, "IBAN"
    ),
    malformed("F-LIB114", "31", "PayeeFinancialAccount/ID", "≤ 34", lambda m: len(payee(m)) > 34, "IBAN"),
    malformed("F-LIB115", "31", "PayeeFinancialAccount/ID", "≥ 1", lambda m: not payee(m), "IBAN"),
    missing(
        "F-LIB276",
        "31",
        "FinancialInstitutionBranch/ID",
        lambda m: branch_number(m.payee_financial_account) is None,
        "ZZZ",
    ),
    missing("F-LIB116", "31", "FinancialInstitutionBranch/Name", lambda m: no_branch(m, "name"), "ZZZ"),
    missing("F-LIB117", "31", "FinancialInstitutionBranch/Address", lambda m: no_branch(m, "address"), "ZZZ"),
)


def branch_not_a_number(means: Any) -> bool:
    """F-LIB311: the registration number is a number, and not 0."""
    number = text_of(branch_number(means.payee_financial_account))
    return not is_number(number) or not number.strip("0.")


DANISH_ACCOUNT: Final = (
    refused("F-LIB122", "42", "CreditAccount", lambda m: m.credit_account is not None),
    refused("F-LIB119", "42", "InstructionNote", lambda m: bool(m.instruction_notes)),
    malformed("F-LIB123", "42", "PaymentChannelCode/@listID", CHANNELS, lambda m: channel_list(m) != CHANNELS),
    malformed(
        "F-LIB128",
        "42",
        "PaymentChannelCode",
        "DK:BANK",
        lambda m: m.payment_channel_code is not None and channel(m) != "DK:BANK",
    ),
    malformed("F-LIB129", "42", "PaymentNote", "≤ 20", lambda m: note_too_long(m.payer_financial_account)),
    malformed("F-LIB133", "42", "PaymentNote", "≤ 20", lambda m: note_too_long(m.payee_financial_account)),
    missing(
        "F-LIB124",
        "42",
        "PayerFinancialAccount/FinancialInstitutionBranch/ID",
        lambda m: branch(m.payer_financial_account) is not None and branch_number(m.payer_financial_account) is None,
    ),
    missing("F-LIB125", "42", "PayeeFinancialAccount", lambda m: m.payee_financial_account is None),
    missing("F-LIB126", "42", "PayeeFinancialAccount/ID", no_account),
    missing(
        "F-LIB127", "42", "FinancialInstitutionBranch/ID", lambda m: branch_number(m.payee_financial_account) is None
    ),
    malformed(
        "F-LIB130",
        "42",
        "FinancialInstitutionBranch/ID",
        "≤ 4",
        lambda m: len(text_of(branch_number(m.payer_financial_account))) > 4,
    ),
    malformed("F-LIB131", "42", "PayeeFinancialAccount/ID", "≤ 10", lambda m: len(payee(m)) > 10),
    malformed(
        "F-LIB132",
        "42",
        "FinancialInstitutionBranch/ID",
        "≤ 4",
        lambda m: len(text_of(branch_number(m.payee_financial_account))) > 4,
    ),
    malformed("F-LIB311", "42", "FinancialInstitutionBranch/ID", "1 … 9999", branch_not_a_number),
)

CARD: Final = (
    refused("F-LIB365", "48", "PaymentChannelCode", lambda m: m.payment_channel_code is not None),
    refused("F-LIB366", "48", "InstructionID", lambda m: m.instruction_id is not None),
    refused("F-LIB367", "48", "InstructionNote", lambda m: bool(m.instruction_notes)),
    refused("F-LIB368", "48", "PayerFinancialAccount", lambda m: m.payer_financial_account is not None),
    refused("F-LIB369", "48", "PayeeFinancialAccount", lambda m: m.payee_financial_account is not None),
    refused("F-LIB370", "48", "CreditAccount", lambda m: m.credit_account is not None),
    missing("F-LIB342", "48", "CardAccount", lambda m: m.card_account is None),
)

DIRECT_DEBIT: Final = (
    refused("F-LIB135", "49", "InstructionNote", lambda m: bool(m.instruction_notes)),
    refused("F-LIB137", "49", "CreditAccount", lambda m: m.credit_account is not None),
    refused(
        "F-LIB134",
        "49",
        "PaymentChannelCode, InstructionID",
        lambda m: m.payment_channel_code is not None and m.instruction_id is not None,
    ),
    malformed("F-LIB288", "49", "PaymentNote", "≤ 20", lambda m: note_too_long(m.payer_financial_account)),
    malformed(
        "F-LIB289",
        "49",
        "PaymentChannelCode",
        "IBAN, DK:BANK",
        lambda m: m.payment_channel_code is not None and channel(m) not in ("IBAN", "DK:BANK"),
    ),
    malformed("F-LIB140", "49", "InstructionID", "≤ 60", lambda m: len(instruction(m)) > 60),
    malformed("F-LIB290", "49", "PayerFinancialAccount/ID", "10", lambda m: len(payer(m)) != 10, "DK:BANK"),
    malformed(
        "F-LIB291",
        "49",
        "FinancialInstitutionBranch/ID",
        "4",
        lambda m: len(text_of(branch_number(m.payer_financial_account))) != 4,
        "DK:BANK",
    ),
    malformed("F-LIB292", "49", "PayerFinancialAccount/ID", "≤ 34", lambda m: len(payer(m)) > 34, "IBAN"),
    malformed("F-LIB293", "49", "PayerFinancialAccount/ID", "≥ 18", lambda m: len(payer(m)) < 18, "IBAN"),
    refused(
        "F-LIB294",
        "49",
        "FinancialInstitutionBranch/ID",
        lambda m: branch_number(m.payer_financial_account) is not None,
        "IBAN",
    ),
    missing(
        "F-LIB295", "49", "FinancialInstitution/ID", lambda m: bank_number(m.payer_financial_account) is None, "IBAN"
    ),
)


def slip_needs_instruction(means: Any, kinds: tuple[str, ...]) -> bool:
    return payment_id(means) in kinds


GIRO: Final = (
    refused("F-LIB142", "50", "CreditAccount", lambda m: m.credit_account is not None),
    missing("F-LIB144", "50", "PaymentID", lambda m: not m.payment_ids),
    missing("F-LIB319", "50", "PayeeFinancialAccount", lambda m: m.payee_financial_account is None),
    missing("F-LIB320", "50", "PayeeFinancialAccount/ID", no_account),
    missing(
        "F-LIB145",
        "50",
        "InstructionID",
        lambda m: slip_needs_instruction(m, ("04", "15")) and m.instruction_id is None,
    ),
    malformed(
        "F-LIB146",
        "50",
        "PaymentChannelCode",
        "DK:GIRO",
        lambda m: m.payment_channel_code is not None and channel(m) != "DK:GIRO",
    ),
    malformed(
        "F-LIB143",
        "50",
        "PaymentChannelCode/@listID",
        CHANNELS,
        lambda m: m.payment_channel_code is not None and channel_list(m) != CHANNELS,
    ),
    malformed("F-LIB147", "50", "PaymentID", "01, 04, 15", lambda m: payment_id(m) not in ("01", "04", "15")),
    refused("F-LIB148", "50", "InstructionNote", lambda m: bool(m.instruction_notes) and payment_id(m) != "01"),
    malformed("F-LIB149", "50", "InstructionID", "≤ 16", lambda m: len(instruction(m)) > 16),
    missing(
        "F-LIB312",
        "50",
        "InstructionID",
        lambda m: slip_needs_instruction(m, ("04", "15")) and m.instruction_id is not None and not instruction(m),
    ),
    malformed(
        "F-LIB390",
        "50",
        "InstructionID",
        "0 … 9",
        lambda m: slip_needs_instruction(m, ("04", "15")) and not_only_digits(instruction(m)) is not None,
    ),
)

SEPA: Final = (
    missing("F-LIB377", "58", "PayeeFinancialAccount/ID", lambda m: not payee(m)),
    *(
        malformed(
            rule,
            kind,
            "PaymentChannelCode",
            "IBAN",
            lambda m: m.payment_channel_code is not None and channel(m) != "IBAN",
        )
        for rule, kind in (("F-LIB379", "58"), ("F-LIB380", "59"))
    ),
)


def fik_instruction_malformed(means: Any) -> bool:
    if means.instruction_id is not None and not instruction(means):
        return True
    if payment_id(means) not in ("71", "75"):
        return False
    return means.instruction_id is None or not_only_digits(instruction(means)) is not None


FIK: Final = (
    missing("F-LIB152", "93", "PaymentID", lambda m: not m.payment_ids),
    missing(
        "F-LIB153",
        "93",
        "InstructionID",
        lambda m: slip_needs_instruction(m, ("71", "75")) and m.instruction_id is None,
    ),
    malformed(
        "F-LIB277",
        "93",
        "PaymentChannelCode",
        "DK:FIK",
        lambda m: m.payment_channel_code is not None and channel(m) != "DK:FIK",
    ),
    malformed(
        "F-LIB278",
        "93",
        "PaymentChannelCode/@listID",
        CHANNELS,
        lambda m: m.payment_channel_code is not None and channel_list(m) != CHANNELS,
    ),
    refused(
        "F-LIB154", "93", "InstructionNote", lambda m: bool(m.instruction_notes) and payment_id(m) not in ("73", "75")
    ),
    malformed("F-LIB155", "93", "PaymentID", "71, 73, 75", lambda m: payment_id(m) not in ("71", "73", "75")),
    malformed("F-LIB156", "93", "InstructionID", "15", lambda m: payment_id(m) == "71" and len(instruction(m)) != 15),
    malformed("F-LIB157", "93", "InstructionID", "16", lambda m: payment_id(m) == "75" and len(instruction(m)) != 16),
    malformed("F-LIB336", "93", "InstructionID", "0 … 9", fik_instruction_malformed),
    refused("F-LIB275", "93", "InstructionID", lambda m: payment_id(m) == "73" and m.instruction_id is not None),
    malformed("F-LIB305", "93", "CreditAccount/AccountID", "8", lambda m: len(credit_number(m)) != 8),
)

NEMKONTO: Final = (
    malformed(
        "F-LIB158",
        "97",
        "PaymentChannelCode",
        "DK:NEMKONTO",
        lambda m: m.payment_channel_code is not None and channel(m) != "DK:NEMKONTO",
    ),
    refused("F-LIB159", "97", "InstructionID", lambda m: m.instruction_id is not None),
    refused("F-LIB160", "97", "InstructionNote", lambda m: bool(m.instruction_notes)),
    refused("F-LIB161", "97", "PaymentID", lambda m: bool(m.payment_ids)),
    refused("F-LIB163", "97", "PayerFinancialAccount", lambda m: m.payer_financial_account is not None),
    refused("F-LIB164", "97", "PayeeFinancialAccount", lambda m: m.payee_financial_account is not None),
    refused("F-LIB165", "97", "CreditAccount", lambda m: m.credit_account is not None),
)


def means_of_invoices(facts: Any) -> Iterable[Node]:
    return () if facts.is_credit else facts.of(PaymentMeans, "payment_means")


def terms_of_invoices(facts: Any) -> Iterable[Node]:
    return () if facts.is_credit else facts.of(PaymentTerms, "payment_terms")


def means_of(*kinds: str) -> Callable[[Any], Iterable[Node]]:
    """The means of payment of some codes: the rules of 93 have nothing to say about 42."""
    return lambda facts: (node for node in means_of_invoices(facts) if code(node[0]) in kinds)


PAYMENT_RULES: Final = (
    Each(means_of_invoices, *ANY_MEANS),
    Each(means_of("31"), *ABROAD),
    Each(means_of("42"), *DANISH_ACCOUNT),
    Each(means_of("48"), *CARD),
    Each(means_of("49"), *DIRECT_DEBIT),
    Each(means_of("50"), *GIRO),
    Each(means_of("58", "59"), *SEPA),
    Each(means_of("93"), *FIK),
    Each(means_of("97"), *NEMKONTO),
    Each(
        terms_of_invoices,
        Rule(
            "W-LIB245",
            "ubl_missing",
            lambda t, f: len(f.document.payment_terms) > 1 and not text_of(t.id),
            severity="warning",
            element="PaymentTerms/ID",
        ),
        Rule(
            "F-LIB246",
            "ubl_missing",
            lambda t, _: text_of(t.id) == "Factoring" and not any(note.value for note in t.notes),
            element="PaymentTerms/Note",
        ),
        Rule("F-LIB247", "ubl_repeated", lambda t, _: len(t.notes) > 1, element="PaymentTerms/Note", most=1),
        Rule(
            "F-LIB020",
            "ubl_negative",
            lambda t, _: t.amount is not None and t.amount.value.is_signed(),
            element="PaymentTerms/Amount",
        ),
    ),
)
