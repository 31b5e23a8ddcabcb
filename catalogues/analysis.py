"""How words are read, in catalogues and in questions alike: folded, cut, stemmed. (pure)

*Fold*: lower case; æ ø å as ae oe aa, so that both spellings are one word; accents fall away. *Cut*: runs of letters and digits; a
number and its unit are one word, whatever stands between (5 l, 5l, 5 liter → 5l). *Stem*: the Danish Snowball stem of the folded
word, so singular, plural and the definite are one (handske, handsker, handskerne → handsk).

The words of a line are its *terms*: those of the name as they are, those of brand and keywords marked `k_`, those of the description
`d_`. Item numbers and GTINs are not words; they stand in columns of their own.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import snowballstemmer

_FOLD: Final = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "u", "ß": "ss", "é": "e", "è": "e", "ê": "e", "ë": "e",
     "á": "a", "à": "a", "ó": "o", "í": "i", "ñ": "n", "ç": "c", "’": "", "'": "", "´": "", "®": "", "™": ""}
)  # fmt: skip
_CUT: Final = re.compile(r"(\d+(?:[.,]\d+)?)[ -]?(mm|cm|ml|cl|dl|ltr|liter|l|kg|kilo|gram|gr|g|mg|m2|m|w|watt|v|gb|tb)\b|[a-z0-9]+")
_UNITS: Final = {"ltr": "l", "liter": "l", "kilo": "kg", "gram": "g", "gr": "g", "watt": "w"}

STOP_WORDS: Final = frozenset(
    "og i af til med for paa en et den det de der som uden fra ved pr per a an the of and with stk styk nr at jeg vi du skal bruge har "
    "mangler gerne kan noget nogle nogen eller".split()
)

KEYWORD: Final = "k_"
DESCRIPTION: Final = "d_"
DESCRIPTION_WORDS: Final = 40
"""How many words of a description are indexed: what an item is for stands at the beginning."""


def fold(text: str) -> str:
    """'Håndsæbe, PARFUMÉ' → 'haandsaebe, parfume'."""
    low = text.lower().translate(_FOLD)
    if low.isascii():
        return low
    return "".join(part for part in unicodedata.normalize("NFKD", low) if not unicodedata.combining(part))


def cut(text: str) -> Iterator[str]:
    """The folded words: 'Håndsæbe 0,5 liter' → haandsaebe, 0d5l. A decimal point is written d."""
    for match in _CUT.finditer(fold(text)):
        number, unit = match.groups()
        if number is None:
            yield match.group()
        else:
            yield number.replace(",", "d").replace(".", "d") + _UNITS.get(unit, unit)


_STEMMER: Final = snowballstemmer.stemmer("danish")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a folded word: 'handskerne' → 'handsk'. Words with digits stay as they are.

    Stemmed until nothing more falls off, because once is not enough for two forms to meet: servietter → serviet → servi ← serviet.
    """
    if not word.isalpha():
        return word
    while len(word) > 2 and (shorter := _STEMMER.stemWord(word)) != word:
        word = shorter
    return word


def words(text: str) -> list[str]:
    """The stems of a text, stop words left out, in order: 'Handsker til rengøring' → handsk, rengoering's stem."""
    return [stem(word) for word in cut(text) if word not in STOP_WORDS]


@lru_cache(maxsize=20_000)
def _marked(text: str, mark: str) -> tuple[str, ...]:
    return tuple(mark + word for word in words(text))


def terms(name: str, keywords: Iterable[str] = (), description: str | None = None) -> str:
    """The terms of a line, each once, separated by spaces: its words of the name, then the marked ones."""
    found = dict.fromkeys(words(name))
    for keyword in keywords:
        if keyword:
            found.update(dict.fromkeys(_marked(keyword, KEYWORD)))
    if description and description != name:
        named = set(found)
        for position, word in enumerate(words(description)):
            if position >= DESCRIPTION_WORDS:
                break
            if word not in named:
                found[DESCRIPTION + word] = None
    return " ".join(found)


def words_of_name(found: str) -> int:
    """How many of the terms are words of the name."""
    return sum("_" not in term for term in found.split())
