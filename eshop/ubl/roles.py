"""Who is who in a document, and by which numbers: the same question of every profile. (pure)"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from eshop.ubl.parties import Party
from eshop.ubl.values import Document, Identifier

GLN_SCHEMES: Final = frozenset({"GLN", "0088", "EAN"})
CVR_SCHEMES: Final = frozenset({"DK:CVR", "0184", "9902", "DK:CVR-NR"})
SE_SCHEMES: Final = frozenset({"DK:SE", "0198", "9904"})

_SELLER: Final = (
    "accounting_supplier_party",
    "seller_supplier_party",
    "despatch_supplier_party",
    "provider_party",
    "sender_party",
)
_BUYER: Final = (
    "accounting_customer_party",
    "buyer_customer_party",
    "delivery_customer_party",
    "receiver_party",
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers a party states: GLN (13 digits, the endpoint first), CVR (8 digits), both None where it states none.

    `glns` and `cvrs` are all that are stated, best first. `vat` is the VAT registration as written ('DK12345678').
    """

    gln: str | None
    cvr: str | None
    glns: tuple[str, ...] = ()
    cvrs: tuple[str, ...] = ()
    vat: str | None = None


def seller_of(document: Document) -> Party | None:
    """The party that sells: of an invoice the supplier, of an answer that a seller sends its sender."""
    return _first(document, _SELLER)


def buyer_of(document: Document) -> Party | None:
    """The party that buys: of an invoice the customer it is sent to; of an order and its answers the buyer, also where somebody else is
    to have the invoice."""
    if hasattr(document, "accounting_supplier_party"):
        return _first(document, _BUYER)
    return _first(document, ("buyer_customer_party", *_BUYER))


def _first(document: Document, roles: tuple[str, ...]) -> Party | None:
    for role in roles:
        holder = getattr(document, role, None)
        if holder is not None:
            party = holder if isinstance(holder, Party) else holder.party
            if party is not None:
                return party
    return None


def numbers_of(party: Party | None) -> Numbers:
    """The GLN and CVR numbers that a party states, under any scheme that Danish and Peppol documents use for them.

    A CVR is looked for in the legal entity, the identifications, the endpoint, and last in the VAT registration (a Danish VAT
    number is an SE number, which is the CVR number of all but a few companies). A number without a scheme counts where its
    form leaves no doubt.
    """
    if party is None:
        return Numbers(None, None)
    glns = tuple(dict.fromkeys(number for one in _identifiers(party) if (number := _gln(one))))
    registrations = [scheme.company_id for scheme in party.party_tax_schemes if scheme.company_id]
    legal = [entity.company_id for entity in party.party_legal_entities if entity.company_id]
    certain = [_cvr(one, CVR_SCHEMES) for one in (*legal, *_identifiers(party))]
    likely = [_cvr(one, CVR_SCHEMES | SE_SCHEMES | {"VAT"}) for one in (*registrations, *_identifiers(party))]
    cvrs = tuple(dict.fromkeys(number for number in (*certain, *likely) if number))
    return Numbers(
        gln=glns[0] if glns else None,
        cvr=cvrs[0] if cvrs else None,
        glns=glns,
        cvrs=cvrs,
        vat=registrations[0].value if registrations else None,
    )


def _identifiers(party: Party) -> Iterator[Identifier]:
    if party.endpoint_id:
        yield party.endpoint_id
    yield from (stated.id for stated in party.party_identifications if stated.id)


def _gln(number: Identifier) -> str | None:
    digits = re.sub(r"\s", "", number.value)
    fits = number.scheme_id in GLN_SCHEMES or (number.scheme_id is None and digits.startswith("57"))
    return digits if fits and re.fullmatch(r"[0-9]{13}", digits) else None


def _cvr(number: Identifier, schemes: frozenset[str]) -> str | None:
    found = re.fullmatch(r"(DK)?([0-9]{8})", re.sub(r"[\s.-]", "", number.value).upper())
    if not found:
        return None
    fits = number.scheme_id in schemes or (number.scheme_id is None and found[1])
    return found[2] if fits else None


def name_of(party: Party | None) -> str | None:
    """What a party calls itself: its trading name, else its registered one."""
    names: list[Any] = []
    if party is not None:
        names += [one.name for one in party.party_names]
        names += [one.registration_name for one in party.party_legal_entities]
    return next((name.strip() for name in names if name and name.strip()), None)
