"""OCI 4 and 5 as values: the fields that start a visit to a supplier's webshop, and the HTML form that brings the basket back. (pure)

A line is a number in square brackets: NEW_ITEM-VENDORMAT[1], NEW_ITEM-QUANTITY[1] … (a long text is NEW_ITEM-LONGTEXT_1:132[]).
The form comes from the webshop's own page, in UTF-8 or in Windows-1252 as that page was.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final
from urllib.parse import unquote_to_bytes

from eshop.amounts import plain
from eshop.errors import BadInput
from eshop.formats.returned import (
    MOST_LINES,
    ReturnedBasket,
    ReturnedLine,
    number_or_none,
    short,
    too_many,
    unit_of,
    unspsc_of,
)

VERSIONS: Final = ("4.0", "5.0")
HOOK: Final = "HOOK_URL"
_FIELD: Final = re.compile(r"(?i)new_item-([a-z_]+[0-9]?)\[(\d{1,5})\]")
_LONG_TEXT: Final = re.compile(r"(?i)new_item-longtext_(\d{1,5})(?::\d+)?\[\d*\]")
MOST_FIELDS: Final = 40_000


def start_fields(return_to: str, given: Iterable[tuple[str, str]], version: str = "4.0") -> list[tuple[str, str]]:
    """The hidden fields of the form that takes the reader to the webshop: what the supplier gave us (user name, password …), then
    where the basket shall be sent."""
    return [
        *((name, value) for name, value in given if name.upper() != HOOK),
        (HOOK, return_to),
        ("OCI_VERSION", version),
        ("OPI_VERSION", "1.0"),
        ("~OkCode", "ADDI"),
        ("~TARGET", "_top"),
        ("~CALLER", "CTLG"),
    ]


def form_fields(body: bytes, charset: str | None = None) -> dict[str, str]:
    """The fields of a form as it was posted (application/x-www-form-urlencoded): UTF-8 where that can be, else Windows-1252.

    BadInput `punchout_too_many_lines`. Of a field that comes twice the first counts.
    """
    pairs = [one.partition(b"=")[::2] for one in body.split(b"&") if one]
    if len(pairs) > MOST_FIELDS:
        raise too_many(len(pairs))
    raw = [
        (unquote_to_bytes(name.replace(b"+", b" ")), unquote_to_bytes(value.replace(b"+", b" ")))
        for name, value in pairs
    ]
    encodings = [
        *([charset] if charset and charset.lower() in ("utf-8", "iso-8859-1", "windows-1252") else []),
        "utf-8",
    ]
    for encoding in encodings:
        try:
            return _first((name.decode(encoding), value.decode(encoding)) for name, value in raw)
        except UnicodeDecodeError:
            continue
    return _first((name.decode("cp1252", "replace"), value.decode("cp1252", "replace")) for name, value in raw)


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def read_form(fields: Mapping[str, str]) -> ReturnedBasket:
    """The basket of a returned form, lines in the order of their numbers. BadInput `punchout_too_many_lines`."""
    lines: dict[int, dict[str, str]] = {}
    for name, value in fields.items():
        if found := _LONG_TEXT.fullmatch(name.strip()):
            lines.setdefault(int(found[1]), {}).setdefault("longtext", value)
        elif found := _FIELD.fullmatch(name.strip()):
            lines.setdefault(int(found[2]), {}).setdefault(found[1].lower(), value)
    said = {number: line for number, line in sorted(lines.items()) if any(value.strip() for value in line.values())}
    if len(said) > MOST_LINES:
        raise too_many(len(said))
    return ReturnedBasket(tuple(_line(position, line) for position, line in enumerate(said.values(), 1)))


def _line(position: int, said: Mapping[str, str]) -> ReturnedLine:
    price = number_or_none(said.get("price"))
    base = number_or_none(said.get("priceunit")) if said.get("priceunit", "").strip() else Decimal(1)
    if base is None or base <= 0:
        base, price = Decimal(1), None
    unit = short(said.get("unit"))[:20]
    schema = said.get("ext_schema_type", "").upper()
    code = said.get("ext_category_id") if "UNSPSC" in schema else None
    return ReturnedLine(
        position,
        short(said.get("vendormat")),
        number_or_none(said.get("quantity")),
        unit_of(unit),
        unit,
        price,
        short(said.get("currency")).upper(),
        base,
        short(said.get("description")),
        short(said.get("longtext")) or None,
        unspsc_of(code) or unspsc_of(said.get("matgroup")),
        short(said.get("manufactmat")) or None,
        short(said.get("ext_quote_id") or said.get("ext_product_id")) or None,
    )


def form_of(lines: Sequence[ReturnedLine]) -> list[tuple[str, str]]:
    """The fields a webshop sends: `read_form` gives the lines again."""
    fields: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        values = {
            "DESCRIPTION": line.name[:40],
            "QUANTITY": "" if line.quantity is None else plain(line.quantity),
            "UNIT": line.unit_as_written,
            "PRICE": "" if line.price is None else plain(line.price),
            "PRICEUNIT": plain(line.base_quantity),
            "CURRENCY": line.currency,
            "VENDORMAT": line.seller_item_id,
            "MANUFACTMAT": line.manufacturer_item_id or "",
            "EXT_QUOTE_ID": line.reference or "",
            "EXT_SCHEMA_TYPE": "UNSPSC" if line.unspsc else "",
            "EXT_CATEGORY_ID": line.unspsc or "",
        }
        fields += [(f"NEW_ITEM-{name}[{number}]", value) for name, value in values.items()]
        if line.description:
            fields.append((f"NEW_ITEM-LONGTEXT_{number}:132[]", line.description))
    return fields


def checked_fields(text: str) -> list[tuple[str, str]]:
    """The supplier's own start fields as a lead writes them, one `name=value` a line. BadInput `punchout_field_line`."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip() or len(line) > LONGEST_FIELD:
            raise BadInput("punchout_field_line", value=short(line)[:40])
        found.append((name.strip(), value.strip()))
    return found


LONGEST_FIELD: Final = 300
