"""Reading what people type: numbers with comma or point, days, choices. What cannot be read is BadInput with what to write."""

import re
from datetime import date
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from eshop.amounts import Amount, exact
from eshop.errors import BadInput

Form = MultiDict[str, str]

LONGEST_TEXT = 2000
THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(\.[0-9]{3})+")


def text(form: Form, name: str, longest: int = LONGEST_TEXT) -> str | None:
    """The field without surrounding space; None when empty. BadInput `text_too_long`."""
    value = form.get(name, "").strip()
    if len(value) > longest:
        raise BadInput("text_too_long", field=name, most=longest)
    return value or None


def decimal(form: Form, name: str = "quantity", default: Decimal | None = None) -> Decimal:
    """A number as people write it: '2', '2,5', '2.5', and '1.250', which is one thousand two hundred and fifty, as the page's own
    script reads it. The comma is the decimal sign where there is one.

    BadInput `write_a_number` for anything else.
    """
    written = form.get(name, "").strip().replace("\u00a0", "").replace(" ", "")
    if not written:
        if default is not None:
            return default
        raise BadInput("write_a_number", field=name)
    if THOUSANDS.fullmatch(written):
        written = written.replace(".", "")
    elif "," in written:
        written = written.replace(".", "").replace(",", ".")
    try:
        return exact(written)
    except BadInput as error:
        raise BadInput("write_a_number", field=name) from error


def amount(form: Form, name: str) -> Amount:
    """Kroner as people write them: '1.598,60', '1598.60', or '20.000', which is twenty thousand: no amount has three decimals.

    BadInput `write_an_amount`."""
    try:
        if THOUSANDS.fullmatch(form.get(name, "").strip()):
            return Amount.of(exact(form[name].strip().replace(".", "")))
        return Amount.of(decimal(form, name))
    except BadInput as error:
        raise BadInput("write_an_amount", field=name) from error


def day(form: Form, name: str) -> date | None:
    """A day from a date field ('2026-05-14'), None when empty. BadInput `write_a_day`."""
    written = form.get(name, "").strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise BadInput("write_a_day", field=name) from error


def choice(form: Form, name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of `allowed`; anything else is the default."""
    value = form.get(name, default)
    return value if value in allowed else default


def ids(form: Form, name: str) -> list[int]:
    """The whole numbers of a repeated field, others left out."""
    return [int(value) for value in form.getlist(name) if value.isascii() and value.isdigit()]


def page_number(arguments: Form, name: str = "page") -> int:
    value = arguments.get(name, "1")
    return max(1, min(int(value), 10_000)) if value.isascii() and value.isdigit() else 1
