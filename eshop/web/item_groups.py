"""Broad groups of items in everyday words: where one begins without a word of one's own, and where an item belongs.

They are our own, because UNSPSC's titles come from whoever loads its list; where that has been done, the title of the item's family says it
more narrowly.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

import catalogues
from eshop.web.guards import Visit
from eshop.web.texts import lazy_gettext

MOSTLY: Final = 0.6
"""Share of what is shown that must belong to a group before the search is said to be in it."""


@dataclass(frozen=True)
class Group:
    """`word` is what is searched for to see the group, `prefixes` the UNSPSC codes that belong to it."""

    pictogram: str
    title: Any
    word: str
    prefixes: tuple[str, ...]


TILES: Final = (
    Group("nappy", lazy_gettext("Nappies and changing"), "ble", ("531023", "531315")),
    Group("pump", lazy_gettext("Cleaning and hygiene"), "sæbe", ("47", "5313", "141117")),
    Group("milk", lazy_gettext("Food and drink"), "mælk", ("50",)),
    Group("pens", lazy_gettext("Play and craft"), "tusser", ("49", "60")),
    Group("paper", lazy_gettext("Paper and office"), "papir", ("14", "44", "55")),
    Group("gloves", lazy_gettext("Gloves and care"), "handsker", ("42", "461815")),
)
GROUPS: Final = (
    *TILES,
    Group("shirt", lazy_gettext("Clothes and shoes"), "arbejdstøj", ("4618", "53")),
    Group("chair", lazy_gettext("Furniture"), "stol", ("56",)),
    Group("cup", lazy_gettext("Kitchen and tableware"), "service", ("48", "5214", "5215")),
    Group("bedding", lazy_gettext("Linen and curtains"), "gardin", ("5210", "5212")),
    Group("tool", lazy_gettext("Tools and workshop"), "skrue", ("27", "31")),
    Group("screen", lazy_gettext("IT and phones"), "skærm", ("43",)),
    Group("bulb", lazy_gettext("Light and electricity"), "batteri", ("26", "39")),
)


def group_of(unspsc: str | None) -> Group | None:
    """The group with the longest prefix of the code."""
    fitting = [(len(prefix), one) for one in GROUPS for prefix in one.prefixes if unspsc and unspsc.startswith(prefix)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def crumb_of(visit: Visit, name: str, unspsc: str | None) -> tuple[str, str] | None:
    """(what people read, address) of where an item belongs: its family where the titles are loaded, else the broad group."""
    family = unspsc[:4] if unspsc else ""
    title = catalogues.titles(visit.session, [family]).get(family) if len(family) == 4 else None
    if title is not None:
        return title, url_for("shop.search", q=name.split(",")[0], group=family)
    group = group_of(unspsc)
    return None if group is None else (str(group.title), url_for("shop.search", q=group.word))


def crumb_of_found(codes: Sequence[str | None]) -> tuple[str, str] | None:
    """The same for a search: the broad group that most of those shown belong to, by their UNSPSC."""
    counted = Counter(group for code in codes if (group := group_of(code)) is not None)
    for group, count in counted.most_common(1):
        if count >= MOSTLY * len(codes):
            return str(group.title), url_for("shop.search", q=group.word)
    return None
