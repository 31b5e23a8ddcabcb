"""The single-letter keys of the work pages: on or off, and each changed to another letter, in the profile. Each is a button too."""

from collections.abc import Mapping

from eshop.web.guards import Visit
from eshop.web.texts import lazy_gettext

ACTIONS = {
    "j": lazy_gettext("next"),
    "k": lazy_gettext("previous"),
    "x": lazy_gettext("select"),
    "a": lazy_gettext("accept"),
    "t": lazy_gettext("claim credit note"),
    "s": lazy_gettext("ask the institution"),
}
"""The letter a key has from the start, which also names it, and what it does."""


def letters(visit: Visit) -> Mapping[str, str]:
    """Action → the person's letter for it; empty where the keys are turned off."""
    if not visit.user.preferences.get("shortcuts", True):
        return {}
    own = visit.user.preferences.get("letters") or {}
    return {action: own.get(action, action) for action in ACTIONS}


def chosen(written: Mapping[str, str]) -> dict[str, str] | None:
    """The letters as typed in the profile; None where one is no single letter, or two are the same."""
    found = {action: (written.get(action) or action).strip().lower() for action in ACTIONS}
    fine = all(len(letter) == 1 and letter.isalpha() for letter in found.values())
    return found if fine and len(set(found.values())) == len(found) else None
