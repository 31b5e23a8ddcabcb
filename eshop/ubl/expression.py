"""How a profile says things: rules per field, run over a document before it is written. (pure)

Documents of ours are made in one neutral vocabulary: the meaning of EN 16931 (`tax_exclusive_amount` is the net, tax
categories are UNCL 5305, the tax scheme is 'VAT', units are Rec 20/21) with the scheme words GLN, GTIN, DK:CVR, DK:SE, DK:P
and the list word UNSPSC. A rule turns the value of one field, given the instance it stands in, into what the profile writes
there. Rules leave alone what is in the profile's words already, so that expressing twice is expressing once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from eshop.amounts import same_unit
from eshop.ubl.binding import READ_VALUE, rows_of
from eshop.ubl.codelists import codes
from eshop.ubl.values import Code, Document, Identifier, Measure

Rule = Callable[[Any, Any], Any]
Rules = Mapping[tuple[type, str], Rule]
"""Rules by class and field. (Document, field) holds for all documents, (Identifier, EVERY) for every identifier."""

EVERY: Final = "*"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a document type of a profile calls itself, and the rules that hold for it beside the profile's own."""

    customization_id: str
    profile_id: str
    rules: Rules = field(default_factory=dict)


def express(instance: Any, rules: Rules) -> Any:
    """`instance` in the words of a profile. A rule sees what it stands in with everything inside already said."""
    changed: dict[str, Any] = {}
    rows = rows_of(type(instance))
    for row in rows:
        value = getattr(instance, row.field)
        if value is None or value == ():
            continue
        if row.kind in READ_VALUE:
            every = rules.get((row.kind, EVERY))
            if every is None:
                continue
            said = tuple(every(one, instance) for one in value) if row.many else every(value, instance)
        else:
            each = [_element(one, rules) for one in (value if row.many else (value,))]
            said = tuple(one for one in each if one is not None) if row.many else each[0]
        if said != value:
            changed[row.field] = said
    inside = replace(instance, **changed) if changed else instance
    changed = {}
    for row in rows:
        rule = rules.get((type(instance), row.field))
        if rule is None and isinstance(instance, Document):
            rule = rules.get((Document, row.field))
        if rule is not None:
            value = getattr(inside, row.field)
            said = rule(value, inside)
            changed[row.field] = () if said is None and row.many else said
    return replace(inside, **changed) if changed else inside


def _element(instance: Any, rules: Rules) -> Any:
    """An element inside another. One that loses all it held is not written: an empty element is an error (PEPPOL-EN16931-R008)."""
    said = express(instance, rules)
    if said is not instance and all(getattr(said, row.field) in (None, ()) for row in rows_of(type(said))):
        return None
    return said


# The makers of rules


def left_out(_value: Any, _within: Any) -> None:
    """The profile does not have this element."""
    return


def always(value: Any) -> Rule:
    """The profile says this here, whatever the document says."""
    return lambda _said, _within: value


def without(*fields: str) -> Rule:
    """The profile does not have these elements of the party (or whatever it is) in this place."""

    def rule(said: Any, _within: Any) -> Any:
        return (
            None if said is None else replace(said, **{name: () if _is_many(said, name) else None for name in fields})
        )

    return rule


def _is_many(instance: Any, name: str) -> bool:
    return next(row.many for row in rows_of(type(instance)) if row.field == name)


def unless_said(value: Any) -> Rule:
    """The profile wants something here; `value` where the document says nothing."""
    return lambda said, _within: value if said is None else said


def from_list(
    list_id: str | None, agency: str | None = None, version: str | None = None, words: Mapping[str, str] | None = None
) -> Rule:
    """A Code of the profile's list, translated by `words`; a code that names its own list keeps it."""

    def rule(said: Code | None, _within: Any) -> Code | None:
        if said is None or said.list_id is not None:
            return said
        return Code((words or {}).get(said.value, said.value), list_id, agency, version, name=said.name)

    return rule


def in_scheme(scheme_id: str | None, agency: str | None = None, words: Mapping[str, str] | None = None) -> Rule:
    """An Identifier of the profile's scheme, translated by `words`; one that names its own scheme keeps it."""

    def rule(said: Identifier | None, _within: Any) -> Identifier | None:
        if said is None or said.scheme_id is not None:
            return said
        return Identifier((words or {}).get(said.value, said.value), scheme_id, agency)

    return rule


def schemes(words: Mapping[str, tuple[str | None, str | None, str]]) -> Rule:
    """Identifiers by their neutral scheme word: {'GLN': ('0088', None, '')} is (scheme, agency, prefix of the value)."""

    def rule(said: Identifier, _within: Any) -> Identifier:
        found = words.get(said.scheme_id or "")
        if found is None:
            return said
        scheme, agency, prefix = found
        bare = said.value.removeprefix("DK") if said.scheme_id in ("DK:CVR", "DK:SE") else said.value
        return Identifier(prefix + bare, scheme, agency)

    return rule


@cache
def _unit_in(code: str, standard: str) -> str:
    known = codes("units", standard)
    if not code or code in known:
        return code
    return next((other for other in sorted(known) if same_unit(code, other)), code)


def units_of(standard: str) -> Rule:
    """Measures with the unit codes of a standard: a code it does not have becomes its twin ('XBX' → 'BX' in OIOUBL)."""

    def rule(said: Measure, _within: Any) -> Measure:
        unit = _unit_in(said.unit, standard)
        return said if unit == said.unit else Measure(said.value, unit, said.unit_list_id)

    return rule
