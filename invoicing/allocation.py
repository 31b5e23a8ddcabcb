"""An invoice as entries in the ledger: what goes where, exact to the øre. (pure)

Each line's net amount goes to its account coding, split by share where the order says so; its VAT is refunded or carried by the same
coding, by a dated table; what is owed goes against it. Entries of the same coding are one entry. The sum of all entries is 0: what
the document rounds by, or has had paid beforehand, are entries of their own, so nothing is lost.

Worked example: 100,00 kr. + 25 % VAT, split 60/40, VAT refunded: debit 60,00 and 40,00 (expense), 25,00 (vat), credit 125,00 (creditor).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from eshop.amounts import NOTHING, Amount
from invoicing.billed import Billed
from invoicing.matching import Match

if TYPE_CHECKING:
    from ordering import OrderLinePicture, OrderPicture

EntryKind = Literal["expense", "vat", "creditor", "rounding", "prepaid"]
ART: Final = "art"
"""The dimension that the kind of purchase decides, where a municipality has one of this name."""

_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class ArtRule:
    """Items whose UNSPSC code begins with `prefix` are of this art. `vat`: with, without or any. `because` is a code with a sentence."""

    prefix: str
    vat: str
    art: str
    because: str

    def fits(self, unspsc: str, vat_percent: Decimal) -> bool:
        return unspsc.startswith(self.prefix) and self.vat in ("any", "with" if vat_percent else "without")


@dataclass(frozen=True, slots=True)
class CodingRules:
    """What the municipality codes by. `defaults` fill the dimensions; `arts` decide the art, the longest prefix first; `refunds` say how
    much of the VAT is refunded, by the beginning of the art (percent; everything where nothing is said)."""

    dimensions: tuple[str, ...]
    defaults: Mapping[str, str]
    arts: tuple[ArtRule, ...] = ()
    refunds: Mapping[str, Decimal] | None = None

    def art_of(self, unspsc: str | None, vat_percent: Decimal) -> ArtRule | None:
        if not unspsc:
            return None
        fit = [rule for rule in self.arts if rule.fits(unspsc, vat_percent)]
        return max(fit, key=lambda rule: (len(rule.prefix), rule.vat != "any"), default=None)

    def refund_of(self, coding: Mapping[str, str]) -> Decimal:
        art = coding.get(ART, "")
        known = [(len(start), percent) for start, percent in (self.refunds or {}).items() if art.startswith(start)]
        return max(known)[1] if known else _HUNDRED


@dataclass(frozen=True, slots=True)
class Entry:
    """A debit (positive) or credit (negative) on a coding. `because` are the codes of why it is coded so."""

    kind: EntryKind
    coding: Mapping[str, str]
    amount: Amount
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A net amount on a coding, its VAT rate, and why."""

    coding: Mapping[str, str]
    net: Amount
    vat_percent: Decimal
    because: str


def missing_dimensions(entries: Iterable[Entry], rules: CodingRules) -> list[str]:
    """The dimensions that some expense has no value for."""
    return [
        name
        for name in rules.dimensions
        if any(entry.kind == "expense" and not entry.coding.get(name) for entry in entries)
    ]


def entries(
    billed: Billed,
    pairing: Match | None,
    orders: Sequence[OrderPicture],
    rules: CodingRules,
    given: Sequence[Mapping[str, Any]] = (),
) -> list[Entry]:
    """The balanced entries of an invoice (of a credit note: turned). `given` is a coding by a person for the whole document,
    [{"share", "coding"}], which goes before everything else. What has an order keeps of each line's own coding (its item group's
    art, what was written on the order) whatever the person says nothing of."""
    pieces = [piece for piece in _pieces(billed, pairing, orders, rules, given) if piece.net]
    vats = _vat_of(pieces, billed.vat)
    sums: dict[tuple[EntryKind, tuple[tuple[str, str], ...]], tuple[Amount, dict[str, None]]] = {}

    def add(kind: EntryKind, coding: Mapping[str, str], amount: Amount, because: str = "") -> None:
        place = kind, tuple(sorted(coding.items()))
        before, why = sums.get(place, (NOTHING, {}))
        sums[place] = before + amount, why | ({because: None} if because else {})

    for piece, vat in zip(pieces, vats, strict=True):
        refunded = Amount.rounded(vat.kroner * rules.refund_of(piece.coding) / _HUNDRED)
        add("expense", piece.coding, piece.net + vat - refunded, piece.because)
        add("vat", {}, refunded)
    if not pieces:
        add("vat", {}, billed.vat)
    add("creditor", {}, -billed.payable)
    add("prepaid", {}, -billed.prepaid)
    total = Amount.sum(amount for amount, _ in sums.values())
    add("rounding", {}, -total)
    turn = -1 if billed.is_credit else 1
    return [
        Entry(kind, dict(coding), amount * turn, tuple(why)) for (kind, coding), (amount, why) in sums.items() if amount
    ]


def _pieces(
    billed: Billed,
    pairing: Match | None,
    orders: Sequence[OrderPicture],
    rules: CodingRules,
    given: Sequence[Mapping[str, Any]],
) -> Iterable[_Piece]:
    if given and pairing is not None:
        for piece in _pieces(billed, pairing, orders, rules, ()):
            yield from _shared(piece.net, piece.vat_percent, given, piece.coding, "coded_by_person")
        return
    lines = {line.id: (order, line) for order in orders for line in order.lines}
    general = dict(rules.defaults) | (dict(orders[0].coding) if orders else {})
    for one in billed.lines:
        rate = one.vat_percent or Decimal(0)
        pairs = pairing.of_line(one.position) if pairing is not None else ()
        if given:
            yield from _shared(one.amount, rate, given, general, "coded_by_person")
        elif not pairs:
            coding, because = with_art(general, one.unspsc, rate, rules)
            yield _Piece(coding, one.amount, rate, because)
        for pair in () if given else pairs:
            order, line = lines[pair.order_line_id]
            yield from _of_order_line(pair.amount, rate, order, line, rules)
    for charge in billed.charges:
        rate = charge.vat_percent or Decimal(0)
        amount = charge.amount if charge.is_charge else -charge.amount
        if given:
            yield from _shared(amount, rate, given, general, "coded_by_person")
        else:
            yield _Piece(general, amount, rate, "coded_as_order")


def _of_order_line(
    amount: Amount, rate: Decimal, order: OrderPicture, line: OrderLinePicture, rules: CodingRules
) -> Iterable[_Piece]:
    general = dict(rules.defaults) | dict(order.coding)
    if line.coding:
        yield from _shared(amount, rate, line.coding, general, "coded_on_order_line")
        return
    coding, because = with_art(general, line.unspsc, rate, rules)
    yield _Piece(coding, amount, rate, because)


def with_art(
    general: Mapping[str, str], unspsc: str | None, rate: Decimal, rules: CodingRules
) -> tuple[Mapping[str, str], str]:
    """The coding with the art that item group and VAT give, unless order or institution say another than the municipality's usual."""
    if ART not in rules.dimensions or general.get(ART) not in (None, "", rules.defaults.get(ART)):
        return general, "coded_as_order"
    rule = rules.art_of(unspsc, rate)
    if rule is None:
        return general, "coded_by_default"
    return {**general, ART: rule.art}, rule.because


def _shared(
    amount: Amount, rate: Decimal, parts: Sequence[Mapping[str, Any]], general: Mapping[str, str], because: str
) -> Iterable[_Piece]:
    shares = amount.split([Decimal(str(part["share"])) for part in parts])
    for part, share in zip(parts, shares, strict=True):
        yield _Piece({**general, **part["coding"]}, share, rate, because)


def _vat_of(pieces: Sequence[_Piece], total: Amount) -> list[Amount]:
    """The document's VAT on its pieces, by their rates; the odd øre on the largest, so that it adds up to what the document says."""
    if not pieces:
        return []
    parts = [Amount.rounded(piece.net.kroner * piece.vat_percent / _HUNDRED) for piece in pieces]
    if not any(parts):
        return [total, *parts[1:]]
    odd = total - Amount.sum(parts)
    largest = max(range(len(pieces)), key=lambda place: (abs(parts[place].ore), -place))
    parts[largest] += odd
    return parts
