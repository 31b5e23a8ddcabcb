"""Fee lines, discount lines and lines that only say something; how much of fees an order lets pass. (pure)

A fee line carries no item id and says freight, handling, fee or surcharge, or carries a UNCL 7161 code. Words are matched whole or by
their ending, never as a part of something else: *Transportkasse 50 l* and *Leveringsbil* are goods, *Fragtomkostninger* is a fee.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from eshop.amounts import NOTHING, Amount
from invoicing.billed import Billed, BilledLine, Charge
from invoicing.likeness import tokens

FeeKind = Literal["freight", "handling", "surcharge", "fee"]

_WORDS: Final[dict[FeeKind, frozenset[str]]] = {
    "freight": frozenset(
        "fragt fragtomkostning fragtomkostninger fragtgebyr fragttillaeg porto portoomkostninger forsendelse forsendelsesomkostninger "
        "forsendelsesgebyr levering leveringsomkostninger leveringsgebyr udbringning transport transportomkostninger freight "
        "shipping shipment delivery carriage postage".split()
    ),
    "handling": frozenset(
        "ekspedition ekspeditionsgebyr ekspeditionsomkostninger haandtering haandteringsgebyr haandteringsomkostninger "
        "handling emballage emballagegebyr packing packaging".split()
    ),
    "surcharge": frozenset(
        "tillaeg miljoetillaeg miljoebidrag miljoeafgift olietillaeg braendstoftillaeg energitillaeg smaaordretillaeg surcharge "
        "bunkertillaeg pristillaeg".split()
    ),
    "fee": frozenset(
        "gebyr gebyrer fakturagebyr administrationsgebyr ordregebyr smaaordregebyr fee fees administration".split()
    ),
}
_WEAK: Final = frozenset(
    "emballage packing packaging transport levering udbringning delivery carriage shipment administration handling".split()
)
"""Words that describe goods too (*Boks med emballage*, *Vogn til transport*): a fee only where the text begins with them."""
_ENDINGS: Final[dict[str, FeeKind]] = {
    "gebyr": "fee",
    "gebyrer": "fee",
    "tillaeg": "surcharge",
    "omkostninger": "freight",
    "fragt": "freight",
}
_JOINS: Final = frozenset(
    "inkl inklusiv inklusive incl including med til plus og and samt for uden without with ekskl eksklusiv excl fri frit gratis".split()
)
"""What stands before the fee that goods come with: *Batterier inkl. fragt*, *Hylde, fri fragt*. A fee is named before it."""
_DISCOUNT: Final = ("rabat", "rabatter", "bonus", "discount", "rebate", "nedslag")
"""Endings: Kunderabat, Mængderabat, Årsbonus."""
_FREIGHT_CODES: Final = frozenset({"FC", "DL", "SH", "ABL"})
_GOODS_SIGNS: Final = frozenset("kasse kasser boks pose poser tape vogn".split())


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A fee an agreement allows: its kind, the most it may be (None: no limit), and the order total from which it is free of charge."""

    kind: FeeKind
    most: Amount | None
    free_above: Amount | None = None


def kind_of(text: str, code: str | None = None) -> FeeKind | None:
    """What kind of fee the text says, by whole words: kind_of('Fragtomkostninger') → 'freight'; 'Transportkasse' → None."""
    words = tokens(text.replace("+", " plus "))
    words = words[: next((place for place, word in enumerate(words) if word in _JOINS), len(words))]
    if not _GOODS_SIGNS.isdisjoint(words):
        return None
    telling = frozenset(word for place, word in enumerate(words) if not place or word not in _WEAK)
    for kind, told in _WORDS.items():
        if not told.isdisjoint(telling):
            return kind
    for word in words:
        for ending, kind in _ENDINGS.items():
            if word.endswith(ending):
                return kind
    if code:
        return "freight" if code.upper() in _FREIGHT_CODES else "fee"
    return None


def is_fee(line: BilledLine) -> bool:
    return not line.has_item and kind_of(line.name or line.description, line.fee_code) is not None


def is_discount(line: BilledLine) -> bool:
    """A line that only takes something off: no item, an amount below zero, and it says discount."""
    return (
        not line.has_item
        and line.amount < NOTHING
        and any(word.endswith(_DISCOUNT) for word in tokens(line.name or line.description))
    )


def says_nothing(line: BilledLine) -> bool:
    """A line of text: no item and no money."""
    return not line.has_item and not line.amount


@dataclass(frozen=True, slots=True)
class FeeVerdict:
    """All fee lines and document charges of an invoice together: `total` against `limit`."""

    total: Amount
    limit: Amount
    within: bool


def fees_of(billed: Billed, positions: Iterable[int]) -> list[tuple[FeeKind, Amount]]:
    """The fee lines at these positions and the document's charges, with their kinds."""
    wanted = set(positions)
    found: list[tuple[FeeKind, Amount]] = [
        (kind_of(line.name or line.description, line.fee_code) or "fee", line.amount)
        for line in billed.lines
        if line.position in wanted
    ]
    return found + [(charge_kind(charge), charge.amount) for charge in billed.charges if charge.is_charge]


def charge_kind(charge: Charge) -> FeeKind:
    return kind_of(charge.reason, charge.code) or "fee"


def judge_fees(
    fees: Sequence[tuple[FeeKind, Amount]],
    *,
    allowed: bool,
    policy_most: Amount | None,
    terms: Sequence[FeeTerms] = (),
    order_total: Amount = NOTHING,
) -> FeeVerdict:
    """Whether the fees may pass. An agreement's own terms go before the policy: what it does not name is not allowed, and a fee is
    free of charge from `free_above` on. Without terms all fees count together against the policy's limit (None: nothing passes).

    150,00 kr. of freight and a handling fee of 1,00 kr. against a limit of 150,00: over.
    """
    total = Amount.sum(amount for _, amount in fees)
    if not allowed:
        return FeeVerdict(total, NOTHING, total <= NOTHING)
    if not terms:
        limit = policy_most if policy_most is not None else NOTHING
        return FeeVerdict(total, limit, total <= limit)
    limit, within = NOTHING, True
    for kind in dict.fromkeys(kind for kind, _ in fees):
        of_kind = Amount.sum(amount for one, amount in fees if one == kind)
        term = next((one for one in terms if one.kind in (kind, "fee")), None)
        if term is None or (term.free_above is not None and order_total >= term.free_above):
            within = within and of_kind <= NOTHING
        elif term.most is None:
            limit += of_kind
        else:
            limit += term.most
            within = within and of_kind <= term.most
    return FeeVerdict(total, limit, within)
