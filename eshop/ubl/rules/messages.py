"""What every Peppol post-award message is held to (PEPPOL-COMMON-*, the ProfileID and CustomizationID of each).

Source: OpenPeppol release 2026.5.
"""

from collections.abc import Callable
from typing import Any

from eshop.ubl.rules.en16931 import root
from eshop.ubl.rules.identifiers import Identifiers
from eshop.ubl.rules.judging import Broken, Each, Rule


def empty_value(document: Any, _: Any) -> bool:
    return any(found.severity == "error" and found.values.get("value") == "" for found in document.problems)


def common(customization: str, rule: str) -> tuple[Any, ...]:
    """No empty elements, well-written party numbers, the right specification."""

    def other(document: Any, _: Any) -> Broken:
        said = document.customization_id
        return said is not None and not said.value.startswith(customization) and {"value": said.value}

    return (
        Each(lambda facts: facts.empty, Rule("PEPPOL-COMMON-R001", "ubl_empty", lambda *_: True)),
        Each(
            root,
            Rule("PEPPOL-COMMON-R001", "ubl_empty", empty_value),
            Rule(rule, "ubl_value", other, element="CustomizationID", expected=customization),
        ),
        Identifiers(),
    )


def in_process(rule: str, *processes: str) -> Each:
    """The ProfileID is one of those the message belongs to."""

    def other(document: Any, _: Any) -> Broken:
        said = document.profile_id
        return said is not None and said.value not in processes and {"value": said.value}

    return Each(root, Rule(rule, "ubl_value", other, element="ProfileID", expected=", ".join(processes)))


def party_without_name(role: str, names: Callable[[Any], bool]) -> Callable[[Any, Any], bool]:
    """Whether a role that is there has a party without name and number."""

    def broken(document: Any, _: Any) -> bool:
        found = getattr(document, role, None)
        if found is None:
            return False
        party = found.party
        return party is None or not (names(party) or any(one.id is not None for one in party.party_identifications))

    return broken


def has_name(party: Any) -> bool:
    return any(name.name is not None for name in party.party_names)


def registered(party: Any) -> bool:
    return any(entity.registration_name is not None for entity in party.party_legal_entities)


def party_rule(rule: str, role: str, names: Callable[[Any], bool], element: str) -> Rule:
    return Rule(rule, "ubl_one_of", party_without_name(role, names), one=element, other="PartyIdentification/ID")
