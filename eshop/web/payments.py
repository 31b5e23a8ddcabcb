"""How an invoice is to be paid, as people know it: the means by name, a payment slip by the line that stands at its foot."""

from collections.abc import Mapping

from eshop.web.texts import lazy_gettext

PAYMENT_WORDS = {
    "means": lazy_gettext("Means of payment"),
    "channel": lazy_gettext("Channel"),
    "reference": lazy_gettext("Payment reference"),
    "instruction": lazy_gettext("Payment instruction"),
    "note": lazy_gettext("Text to the payee"),
}

MEANS = {
    "10": lazy_gettext("cash"),
    "20": lazy_gettext("cheque"),
    "30": lazy_gettext("transfer"),
    "31": lazy_gettext("transfer abroad (IBAN)"),
    "42": lazy_gettext("transfer to a bank account"),
    "48": lazy_gettext("payment card"),
    "49": lazy_gettext("direct debit"),
    "50": lazy_gettext("payment slip (giro)"),
    "58": lazy_gettext("transfer to an IBAN"),
    "59": lazy_gettext("direct debit"),
    "93": lazy_gettext("payment slip (FIK)"),
    "97": lazy_gettext("NemKonto"),
}
"""UNCL 4461 as Danish invoices use it."""

SLIPS = ("01", "04", "15", "71", "73", "75")
"""The kinds of payment slip."""


def means(payment: Mapping[str, str]) -> str:
    """The means of payment by name: 'NemKonto'; an unknown code as it is."""
    code = payment.get("means", "")
    return str(MEANS.get(code, code))


def slip_line(payment: Mapping[str, str], creditor: str) -> str:
    """The line of a payment slip, as a bank asks for it: '+71<000000123456785+82345678<'; empty where it is none. OIOUBL says kind and
    number apart ('71', InstructionID), Peppol together ('71#000000123456785')."""
    kind, _, number = payment.get("reference", "").partition("#")
    kind, number = kind.strip(), number.strip() or payment.get("instruction", "")
    if kind not in SLIPS or not creditor:
        return ""
    return f"+{kind}<{number}+{creditor}<"
