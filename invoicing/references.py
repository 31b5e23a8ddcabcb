"""Recognising an order number, and a document number, in what suppliers write. (pure)

Around a whole, right order number anything goes: `Ordre nr. 4500000070`, `PO4500000070/1`, `po 4500 000 070`. A number with a
changed, missing, swapped or added character is another number: it is never recognised, it is only `near` one, and near may at
most suggest. `4500000070` is therefore not found in `45000000701`, where it is a part of a longer number.

A document number in other clothes is the same number: `F-000884`, `884` and `INV 884` share their `document_key`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rapidfuzz.distance import OSA

Place = Literal["order", "line", "note", "contract", "buyer", "other"]
"""Where a reference stood: the order reference of the header, a line, a note, the contract or the buyer's reference."""

_RUN: Final = re.compile(r"[^\W_]+")
_WORD: Final = r"\b(?:ordre|order|rekvisition|rekv|bestilling|indk[oø]bsordre|k[oø]bsordre|po|ref)"
_SAYS_ORDER: Final = re.compile(_WORD, re.I)
_ORDER_WORD: Final = re.compile(_WORD + r"\w*\W*(?:n(?:umme)?r|no|id)?\W*$", re.I)
_PREFIXES: Final = ("PO", "IO", "ORDRENR", "ORDRE", "ORDER", "REKV")
"""Words that stand right before a number, even one that begins with a letter: POB-26-10418K."""
_SHORTEST: Final = 3
_SHORTEST_IN_PROSE: Final = 6
_RUNS_JOINED: Final = 4
_MOST_KEYS: Final = 120
_PLACEHOLDER: Final = frozenset(
    {"", "NA", "NONE", "INGEN", "0", "00", "000", "UKENDT", "UNKNOWN", "TBD", "X", "XX", "XXX"}
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Text that may hold an order number, and where it stood. `line` is the position of the invoice line, None for the header."""

    text: str
    place: Place = "order"
    line: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing: `n/a`, `-`, `0` fill a field that a format demands."""
        return key(self.text) in _PLACEHOLDER

    @property
    def is_prose(self) -> bool:
        """Text that mentions other numbers too, so that a short number in it proves nothing."""
        return self.place in ("note", "buyer", "other")


def key(text: str) -> str:
    """Letters and digits in upper case: 'B-26-10418x' → 'B2610418X'."""
    return "".join(_RUN.findall(text.upper()))


def possible_keys(references: Iterable[Reference]) -> frozenset[str]:
    """The keys under which an order these texts mention could be filed: to look them up at once, `mention` then decides.

    'Ordre nr. 4500 000070' → ORDRE, …, 4500000070, 000070. Bounded: a note of ten pages does not become ten thousand keys.
    """
    keys: dict[str, None] = {}
    for reference in references:
        runs = _RUN.findall(reference.text.upper())
        short = not reference.is_prose or _SAYS_ORDER.search(reference.text)
        shortest = _SHORTEST if short else _SHORTEST_IN_PROSE
        for first in range(len(runs)):
            joined = ""
            for last in range(first, min(first + _RUNS_JOINED, len(runs))):
                joined += runs[last]
                for variant in _bare(joined):
                    if len(variant) >= shortest and any(character.isdigit() for character in variant):
                        keys[variant] = None
        if len(keys) > _MOST_KEYS:
            break
    return frozenset(list(keys)[:_MOST_KEYS])


def _bare(run: str) -> set[str]:
    """A run, and without letters that stand before or after a digit of it: 'PO4500A' → PO4500A, 4500A, PO4500, 4500. Zeros in front of it
    fill a field to its length: '00004500' is 4500; a single one may be a wrong character."""
    front = run.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅÄÖÜ")
    starts = {run, front} if front else {run}
    if front.startswith("00"):
        starts.add(front.lstrip("0"))
    if run.startswith(_PREFIXES):
        starts |= {run.removeprefix(word) for word in _PREFIXES}
    return starts | {start.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅÄÖÜ") for start in starts if start[-1:].isalpha()} - {
        ""
    }


def mention(number: str, reference: Reference) -> Literal["whole", "joined"] | None:
    """How the text mentions the order number: `whole` as it is written, `joined` with other spaces or punctuation inside it,
    None where it does not, or only as a part of a longer number.

    mention('4500000070', Reference('PO 4500000070-1')) → 'whole'; Reference('4500 000 070') → 'joined';
    Reference('450000007X'), Reference('45000000701') → None.
    """
    text = reference.text.upper()
    wanted = number.strip().upper()
    if not wanted:
        return None
    at = text.find(wanted)
    while at >= 0:
        if _stands_alone(text, at, at + len(wanted)) and _is_meant(wanted, reference, at):
            return "whole"
        at = text.find(wanted, at + 1)
    if reference.is_prose and len(wanted) < _SHORTEST_IN_PROSE:
        return None
    return "joined" if _joined(key(wanted), text) else None


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (_continues(text[start - 1 : start], text[start]) or _continues(text[end : end + 1], text[end - 1]))


def _continues(outside: str, edge: str) -> bool:
    """Whether the character outside makes the number go on: digit beside digit, letter beside letter, digit beside letter.
    A letter beside a digit is a prefix or suffix: PO4500000070."""
    if not outside.isalnum():
        return False
    return not (outside.isalpha() and edge.isdigit())


def _is_meant(wanted: str, reference: Reference, at: int) -> bool:
    """A short number in prose is an order number only where an order word stands before it: 'ordre 1042', not '1042 stk'."""
    if not reference.is_prose or len(key(wanted)) >= _SHORTEST_IN_PROSE:
        return True
    return _ORDER_WORD.search(reference.text[:at]) is not None


def _joined(wanted: str, text: str) -> bool:
    return any(wanted in _bare(joined) for joined in _joins(text, len(wanted) + 12))


def _joins(text: str, longest: int) -> Iterator[str]:
    """Runs of the text, and neighbours put together, up to that length."""
    runs = _RUN.findall(text)
    for first in range(len(runs)):
        joined = ""
        for last in range(first, min(first + 2 * _RUNS_JOINED, len(runs))):
            joined += runs[last]
            if len(joined) > longest:
                break
            yield joined


def names_another(numbers: Iterable[str], reference: Reference) -> bool:
    """Whether the text holds a number that looks like one of these (as long, begun alike, digits where it has digits) and is none of them:
    an order of the same series that is not there, or a wrong character.

    names_another(['4500000070'], Reference('Vedr. ordre 4500000073')) → True; Reference('Vores ordre 81234567') → False.
    """
    keys = {key(number) for number in numbers}
    series = {wanted for wanted in keys if len(wanted) >= _SHORTEST_IN_PROSE}
    text = reference.text.upper()
    if not series or len(key(text)) < min(map(len, series)):
        return False
    return any(
        candidate not in keys and any(_alike(candidate, wanted) for wanted in series)
        for joined in _joins(text, max(map(len, series)) + 12)
        for candidate in _bare(joined)
    )


def _alike(candidate: str, wanted: str) -> bool:
    half = len(wanted) // 2
    return (
        len(candidate) == len(wanted)
        and candidate[:half] == wanted[:half]
        and all(one.isdigit() == other.isdigit() for one, other in zip(candidate, wanted, strict=True))
    )


def mentioned(numbers: Iterable[str], reference: Reference) -> list[str]:
    """Those of the numbers that the text mentions; one written as it is goes before one that is only there when joined."""
    found: dict[str, list[str]] = {"whole": [], "joined": []}
    for number in numbers:
        how = mention(number, reference)
        if how is not None:
            found[how].append(number)
    return found["whole"] or found["joined"]


def line_part(number: str, text: str) -> str | None:
    """What a line reference says after the order number: line_part('4500000034', '4500000034-10') → '10'."""
    at = text.upper().find(number.upper())
    if at < 0:
        return None
    rest = _RUN.findall(text[at + len(number) :])
    return rest[0] if len(rest) == 1 else None


def wrong_characters(number: str, reference: Reference) -> int | None:
    """How many characters the text is off the number (changed, missing, swapped or added): 1, 2 where the number is long, 0 where it is
    there whole; None for another number altogether.

    wrong_characters('4500000070', Reference('450000007X')) → 1; Reference('9900000070') → 2.
    """
    wanted = key(number)
    if len(wanted) < 4:
        return None
    reach = 2 if len(wanted) >= 8 else 1
    runs = [run for run in _RUN.findall(reference.text.upper()) if any(character.isdigit() for character in run)]
    tokens = {key(reference.text), *runs, *(bare for run in runs for bare in _bare(run))}
    off = min((OSA.distance(token, wanted, score_cutoff=reach) for token in tokens), default=reach + 1)
    return off if off <= reach else None


def is_near(number: str, reference: Reference) -> bool:
    """Whether the text is the number with a character changed, missing, swapped or added; two where the number is long.

    is_near('4500000070', Reference('450000007X')) → True. It may suggest the order, together with other evidence.
    """
    return wrong_characters(number, reference) is not None


def document_key(number: str) -> str:
    """A supplier's document number without its clothes (letters before it, punctuation, leading zeros): 'INV-00884/A' → '884A'.

    A number without digits is its letters: 'ABC' → 'ABC'.
    """
    plain = key(number if number.isascii() else _in_our_digits(number))
    bare = plain[next((at for at, one in enumerate(plain) if one.isdigit()), len(plain)) :].lstrip("0")
    return bare or plain


def _in_our_digits(text: str) -> str:
    """１００１ and ١٠٠١ are 1001 to whoever reads them."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in plain)


def has_tail(number: str, other: str) -> bool:
    """Whether one of two document numbers is the other with something behind it that is no further digit: '1001' and '1001-1',
    '1001A', '1001 KOPI'; not '10011', which is another number of the series."""
    short, long = sorted((number.strip().upper(), other.strip().upper()), key=len)
    rest = long.removeprefix(short)
    return bool(short and rest) and rest != long and not rest[0].isdigit()
