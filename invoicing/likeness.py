"""How alike two item texts are: for invoice lines that carry no item number. (pure)

Texts are compared word by word, folded (`Skærm Storåen 24"` and `SKAERM STORAAEN 24`), a mistyped word counts for what it is like.
A number or a size that one text says and the other does not is another item: `Nitrilhandske str. S` is not `str. M`, 500 ml is
not 1 l, however alike the rest may be. So is a word in place of another: `Kopipapir Bakkely A4` is not `Kopipapir Klitgaard A4`, while a
word that is only left out, or only added, may be the same item.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

_FOLD: Final = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "×": "x", "½": "0.5"}
)
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")
_THOUSANDS: Final = re.compile(r"^\d{1,3}(?:\.\d{3})+$")
_TIMES: Final = re.compile(r"(?<=\d)\s*x(?![a-z-])")
_LIKE_ENOUGH: Final = 80
_SHORT: Final = 2
_ABBREVIATED: Final = 4
_COLOURS: Final = frozenset(
    "roed blaa groen gul sort hvid graa brun lilla orange rosa pink turkis beige soelv guld lyseblaa lyseroed lysegroen lysegraa "
    "moerkeblaa moerkeroed moerkegroen moerkegraa red blue green yellow black white grey brown".split()
)
_SMALL_WORDS: Final = frozenset("i pr st af og paa til nr no str stk med for den det ny nye pcs pk".split())


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """'Skærm Storåen 24"' → ('skaerm', 'storaaen', '24'); '6.000 sider' → ('6000', 'sider'); '2,50 l' → ('2.5', 'l')."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_FOLD))
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return tuple(_number(token) if token[0].isdigit() else token for token in _TOKEN.findall(_TIMES.sub(" ", plain)))


def _number(token: str) -> str:
    whole = token.replace(".", "") if _THOUSANDS.match(token) else token.replace(",", ".")
    head, point, part = whole.partition(".")
    part = part.rstrip("0")
    return f"{head.lstrip('0') or '0'}{'.' if point and part else ''}{part}"


def _telling(found: tuple[str, ...]) -> Counter[str]:
    """Numbers, sizes (S, XL, A4's A) and colours: tokens that change what the item is and cannot be mistyped."""
    return Counter(
        one for one in found if one[0].isdigit() or one in _COLOURS or (len(one) <= _SHORT and one not in _SMALL_WORDS)
    )


def likeness(billed: str, name: str, description: str = "") -> int:
    """0–100: how much the invoice's text and the order line's name say the same; 0 where a number or size differs.

    likeness('SKAERM STORAAEN COMFORT 24', 'Skærm Storåen Comfort 24"') → 100
    likeness('Affaldssæk Sønderby 125 l', 'Affaldssæk Sønderby Eco 125 l') → about 94
    likeness('Nitrilhandske str. M', 'Nitrilhandske str. S') → 0
    """
    left, right = tokens(billed), tokens(name)
    if not left or not right:
        return 0
    if left == right:
        return 100
    wider = _telling(right) | _telling(tokens(description))
    if _telling(left) - wider:
        return 0
    missing = _telling(right) - _telling(left)
    if missing and _telling(left) - _telling(right):
        return 0
    words, others = [one for one in left if not one[0].isdigit()], [one for one in right if not one[0].isdigit()]
    in_common = sum(len(one) for one in (_telling(left) & wider) if one[0].isdigit())
    # A word that both texts have explains itself and no other: `rød` is not the beginning of a `Rødkilde` that is there anyway.
    both = set(words) & set(others)
    rest = [other for other in others if other not in both]
    best = [100 if word in both else max((_same(word, other) for other in rest), default=0) for word in words]
    if _is_another(words, best, rest, [one for one in tokens(description) if one not in both]):
        return 0
    in_common += sum(len(word) * likest / 100 for word, likest in zip(words, best, strict=True))
    weight = sum(map(len, left)) + sum(map(len, right))
    return max(0, min(99, round(200 * in_common / weight) - 15 * sum(missing.values())))


def _is_another(words: Sequence[str], best: Sequence[float], others: Sequence[str], description: Sequence[str]) -> bool:
    """Whether each text has a word that the other lacks: one stands in place of the other."""
    strange = [
        word
        for word, likest in zip(words, best, strict=True)
        if not likest and _says_something(word) and not any(_same(word, other) for other in description)
    ]
    return bool(strange) and any(
        _says_something(other) and not any(_same(word, other) for word in words) for other in others
    )


def _says_something(word: str) -> bool:
    return len(word) > _SHORT and word not in _SMALL_WORDS


def _same(word: str, other: str) -> float:
    """100 for the same word, its likeness for a mistyped or shortened one, 0 otherwise; short words cannot be mistyped, and `usteril` is
    not `steril`."""
    if word == other:
        return 100
    short, long = sorted((word, other), key=len)
    if len(short) <= _SHORT + 1 or long == f"u{short}":
        return 0
    if len(short) >= _ABBREVIATED and long.startswith(short):
        return 90
    ratio = fuzz.ratio(word, other)
    return ratio if ratio >= _LIKE_ENOUGH else 0
