"""How words are read, in catalogues and in questions alike: folded, cut, stemmed. (pure)

*Fold*: lower case; æ ø å as ae oe aa, so that both spellings are one word; accents fall away. *Cut*: runs of letters and digits; a
number and its unit, or what it counts, are one word, whatever stands between (5 l, 5l, 5 liter → 5l; 3-lags, 3 lag → 3lag: what has
three lag is no lagen). *Stem*: the Danish Snowball stem of the folded word, so singular, plural and the definite are one (handske,
handsker, handskerne → handsk).

The words of a line are its *terms*: those of the name as they are, those of brand and keywords marked `k_`, those of the description
`d_`. Whose it is stands among them too: `s_` and the supplier's id, `a_` and the agreement's. Item numbers and GTINs are not words;
they stand in columns of their own.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import snowballstemmer

ANALYSER: Final = 1
"""Which way of reading words this is. To be raised whenever a text gives other terms than before: lines that were indexed by another number
are read anew (`catalogues.reindex`)."""

_RARE: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "u", "ß": "ss", "’": "", "´": "", "®": "", "™": "", "ð": "d", "þ": "th", "ł": "l"}
)
_COUNTABLE: Final = "mm|cm|ml|cl|dl|ltr|liter|l|kg|kilo|gram|gr|g|mg|m2|m|w|watt|v|gb|tb|lags?|huls|fags|personers"
_CUT: Final = re.compile(rf"([a-z][a-z0-9]*)|(\d+(?:[.,]\d+)?)[ -]?({_COUNTABLE})\b|(\d[a-z0-9]*)")
_COUNTED: Final = re.compile(rf"\d[ -]?(?:{_COUNTABLE})\b")
_LETTERS: Final = re.compile("[a-z]+")
_DIGIT: Final = re.compile("[0-9]")
_UNITS: Final = {"ltr": "l", "liter": "l", "kilo": "kg", "gram": "g", "gr": "g", "watt": "w"}
COUNTED: Final = {"lags": "lag", "lag": "lag", "huls": "hul", "fags": "fag", "personers": "person"}
"""What an item has a number of, as one says it of the item: a 3-lags napkin, a 2-personers sofa."""
_WRITTEN: Final = _UNITS | COUNTED

STOP_WORDS: Final = frozenset(
    "og i af til med for paa en et den det de der som uden fra ved pr per a an the of and with stk styk nr at jeg vi du skal bruge har "
    "mangler gerne kan noget nogle nogen eller".split()
)

SUPPLIER: Final = "s_"
AGREEMENT: Final = "a_"
KEYWORD: Final = "k_"
DESCRIPTION: Final = "d_"
DESCRIPTION_WORDS: Final = 40
"""How many words of a description are indexed: what an item is for stands at the beginning."""


def fold(text: str) -> str:
    """'Håndsæbe, PARFUMÉ' → 'haandsaebe, parfume'."""
    low = text.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa").replace("'", "")
    if low.isascii():
        return low
    apart = unicodedata.normalize("NFKD", low.translate(_RARE))
    return "".join(part for part in apart if not unicodedata.combining(part))


def cut(text: str) -> list[str]:
    """The folded words: 'Håndsæbe 0,5 liter' → haandsaebe, 0d5l. A decimal point is written d."""
    folded = fold(text)
    if not _DIGIT.search(folded):
        return _LETTERS.findall(folded)
    return [
        word or other or number.replace(",", "d").replace(".", "d") + _WRITTEN.get(unit, unit)
        for word, number, unit, other in _CUT.findall(folded)
    ]


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
def _stems_of_phrase(text: str) -> tuple[str, ...]:
    return tuple(words(text))


@dataclass(slots=True)
class Terms:
    """What a line is found by. `name`, `keywords` and `description` are stems, each of them once in all."""

    name: list[str]
    keywords: list[str]
    description: list[str]

    @property
    def text(self) -> str:
        """The terms as they are kept and indexed: those of keywords and description with their marks."""
        found = " ".join(self.name)
        if self.keywords:
            found += f" {KEYWORD}" + f" {KEYWORD}".join(self.keywords)
        if self.description:
            found += f" {DESCRIPTION}" + f" {DESCRIPTION}".join(self.description)
        return found

    def of(self, supplier_id: int, agreement_id: int) -> str:
        """The same with whose line it is: what is kept of a line and indexed."""
        return f"{self.text} {SUPPLIER}{supplier_id} {AGREEMENT}{agreement_id}"


def told_by(kept: str) -> tuple[list[str], list[str], list[str]]:
    """Name, keywords and description of the terms that are kept of a line."""
    found: dict[str, list[str]] = {"": [], KEYWORD: [], DESCRIPTION: [], SUPPLIER: [], AGREEMENT: []}
    for term in kept.split(" "):
        mark = term[:2] if term[1:2] == "_" else ""
        found[mark].append(term[len(mark) :])
    return found[""], found[KEYWORD], found[DESCRIPTION]


def terms(name: str, keywords: Iterable[str] = (), description: str | None = None) -> Terms:
    """The terms of a line. Of a description the words of letters count: sizes and numbers stand in the name."""
    named = dict.fromkeys(words(name))
    others: dict[str, None] = {}
    for keyword in keywords:
        if keyword:
            others.update(dict.fromkeys(_stems_of_phrase(keyword)))
    told: dict[str, None] = {}
    if description and description != name:
        # Some eight letters a word: no more is folded and cut than will be kept.
        folded = fold(description[: DESCRIPTION_WORDS * 10])
        if _DIGIT.search(folded):
            folded = _COUNTED.sub(" ", folded)
        cut_words = _LETTERS.findall(folded)[:DESCRIPTION_WORDS]
        told = dict.fromkeys([stem(word) for word in cut_words if word not in STOP_WORDS])
    found = Terms(list(named), [word for word in others if word not in named], [])
    found.description = [word for word in told if word not in named and word not in others]
    return found
