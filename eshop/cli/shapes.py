"""What a file that is given must look like at the least: where an object, a list or a plain value stands, before a room reads it. (pure)

A shape is an example: `{}` is an object, `[…]` a list of what it holds, `""` a plain value. Names that a shape does not tell are the
room's to judge; an absent name and null are always well.
"""

from collections.abc import Mapping
from typing import Any, Final

from eshop.errors import BadInput

_NAMED: Final = {"cvr": "", "gln": "", "name": ""}

ORGANISATION: Final[Mapping[str, Any]] = {
    "municipality": {**_NAMED, "dimensions": [""], "default_coding": {}},
    "institutions": [{**_NAMED, "parent": "", "glns": [""], "coding": {}}],
    "people": [{"user": "", "name": "", "email": "", "roles": [{"role": "", "institution": "", "limit": ""}]}],
}
AGREEMENTS: Final[list[Any]] = [
    {
        "number": "",
        "title": "",
        "level": "",
        "from": "",
        "to": "",
        "supplier": _NAMED,
        "lots": [{"number": "", "title": "", "unspsc": [""]}],
        "unspsc": [""],
        "joined": [{"cvr": "", "lot": "", "from": "", "to": ""}],
        "exempt": [{"cvr": "", "lot": "", "from": "", "to": "", "reason": ""}],
        "price_regulation": {},
        "fees": [{}],
        "responsible": "",
    }
]
ORDER_ROW: Final[Mapping[str, Any]] = {
    "number": "",
    "supplier": _NAMED,
    "institution": _NAMED,
    "date": "",
    "reference": "",
    "lines": [{"line": "", "seller_item_id": "", "gtin": "", "name": "", "quantity": "", "unit": "", "price": ""}],
}
SUPPLIER_ROW: Final[Mapping[str, Any]] = {**_NAMED, "payment_accounts": [{}]}
RECEIPT_ROW: Final[Mapping[str, Any]] = {"order": "", "line": "", "quantity": "", "unit": "", "date": ""}


def require_shape(given: Any, like: Any, where: str) -> None:
    """BadInput `field_shape` for the first place where `given` is of another kind than `like`. `where` is told before the place."""
    if given is None:
        return
    if isinstance(like, Mapping):
        if not isinstance(given, Mapping):
            raise BadInput("field_shape", field=where, expected="{…}")
        for name, inner in like.items():
            require_shape(given.get(name), inner, f"{where}.{name}")
    elif isinstance(like, list):
        if not isinstance(given, list):
            raise BadInput("field_shape", field=where, expected="[…]")
        for position, one in enumerate(given):
            if one is None:
                raise BadInput("field_shape", field=f"{where}[{position}]", expected="{…}" if like[0] != "" else '"…"')
            require_shape(one, like[0], f"{where}[{position}]")
    elif isinstance(given, Mapping | list):
        raise BadInput("field_shape", field=where, expected='"…"')
