"""What a typed text asks for, as words that catalogues use. (pure)

A question is a list of *concepts*; a line answers it when every concept is met. A concept is met by any of its *ways*: the word
itself, a compound that ends in it (`handsker` by engangshandsker) or begins with it, a synonym, the same word written apart or
together (`hånd sæbe`, `håndsæbe`), or the word it was probably meant to be. Each way has a weight, from which the rank is made.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from catalogues.analysis import COUNTED, STOP_WORDS, cut, stem

TURNING: Final = frozenset("til for fra i paa af".split())
"""Words between two others that turn them round: stol til badet is a badestol, maling til væg is vægmaling."""

EXACT: Final = 1.0
TAIL: Final = 0.9
OTHER_TAIL: Final = 0.58
"""A compound that ends in a word whose meaning the synonym list tells, without naming it: tandpasta is not what pasta is asked for."""
HEAD: Final = 0.62
APART: Final = 0.8
SYNONYM: Final = 0.7
SYNONYM_TAIL: Final = 0.6
CORRECTED: Final = 0.75
INFLECTED: Final = 0.97
HEADWORD: Final = 0.55
"""Of the ways of its last part, for a compound that nothing is known of: neontusch is a kind of tusch."""

ASIDE: Final = 0.7
"""Of the weight of a word, for one that tells more of the thing: of gangstativ med hjul, gangstativ is what is asked for."""

BY_BOTH: Final = 0.04
"""More for a compound that the synonym list names too: of all that end in lagen, stræklagen is what is meant."""

LONG_PART: Final = 6
"""Letters after which the end of a compound says what it is, also where catalogues have it in longer words only."""

SHORTEST_PART: Final = 3
"""Letters a word must have before compounds are looked for: shorter ones are found in everything."""

MOST_WAYS: Final = 60
"""Ways per concept that are asked of the index; the heaviest and most used are kept."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of meeting a concept: every one of `words` is there."""

    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Concept:
    """A part of the question as it was typed, and the ways it can be met; none at all when nothing is known like it."""

    typed: str
    ways: tuple[Way, ...]
    rarity: float = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """The concepts, and what was corrected: typed word → the word taken instead. `partly`: of some compound only the last part is asked
    for."""

    text: str
    concepts: tuple[Concept, ...]
    corrections: Mapping[str, str] = field(default_factory=dict)
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the vocabulary knows, as functions, so that understanding a question stays free of the database.

    `known` gives the lines a stem is used in (0 unknown); `ending` and `beginning` give longer stems, most used first; `synonyms`
    gives groups of phrases (each a tuple of stems) that mean the same; `likely` the stem a mistyped one was meant to be.
    """

    known: Callable[[Iterable[str]], Mapping[str, int]]
    ending: Callable[[str], Sequence[str]]
    beginning: Callable[[str], Sequence[str]]
    synonyms: Callable[[str], Sequence[tuple[str, ...]]]
    likely: Callable[[str], str | None]
    lines: int = 1


@dataclass(slots=True)
class _Raw:
    """The words that say something; of each whether a word that turns round stood before it, and whether it only tells more of the thing
    (that with wheels, for the bath)."""

    words: list[str]
    turned: list[bool]
    aside: list[bool]


_SAYS_NOTHING: Final = frozenset("om hos lidt vores min mit mine god godt gode billig billigt billige".split())
"""Words that people write to somebody who fetches things; unlike `STOP_WORDS`, they are words of catalogues."""

_ASIDE: Final = TURNING | {"med", "m", "uden"}


def _raw(text: str, *, begun: bool = False) -> _Raw:
    """`begun`: the last word may only be begun, so that om may become omslag."""
    found = _Raw([], [], [])
    words = _together([_WRITTEN.get(word, word) for word in cut(text)])
    before, aside = "", False
    last = len(words) - 1 if begun else None
    for position, word in enumerate(words):
        if word not in STOP_WORDS and (position == last or word not in _SAYS_NOTHING):
            aside = bool(found.words) and (aside or before in _ASIDE)
            found.words.append(word)
            found.turned.append(before in TURNING)
            found.aside.append(aside)
        before = word
    return found if found.words else _Raw(words, [False] * len(words), [False] * len(words))


def _together(words: list[str]) -> list[str]:
    """A letter and the number behind it are one word: a 4, c 5."""
    found: list[str] = []
    for word in words:
        if found and found[-1] in _SHEETS and word.isdecimal() and len(word) < SHORTEST_PART:
            found[-1] += word
        else:
            found.append(word)
    return found


_SHEETS: Final = ("a", "b", "c")


def asked_of(text: str) -> tuple[list[str], str, list[str]]:
    """The words that the vocabulary is asked for first when a text is to be understood; the last that was typed, which may be begun; and
    those typed before it."""
    read = _raw(text, begun=True)
    raw = read.words
    stems = [stem(word) for word in raw]
    joined = [word for position in range(len(raw) - 1) for word in _joined(raw, position, read.turned)]
    forms = [form for word in stems for form in other_forms(word)]
    return list(dict.fromkeys([*stems, *joined, *forms])), stems[-1] if stems else "", stems[:-1]


def understand(
    text: str, lexicon: Lexicon, *, typing: bool = False, apart: bool = False, whole: bool = False
) -> Question:
    """The question a text asks. Words that nothing is known of have no ways; the caller decides what to do without them.

    `typing`: the last word may only be begun, so two letters are enough to widen it. `apart`: each word is a concept of its own,
    whatever it makes together with the next. `whole`: no word is taken apart into two.
    """
    read = _raw(text, begun=typing)
    raw = read.words
    stems = [stem(word) for word in raw]
    joined = {} if apart else {position: _joined(raw, position, read.turned) for position in range(len(raw) - 1)}
    known = lexicon.known(
        {
            *stems,
            *(word for words in joined.values() for word in words),
            *(form for word in stems for form in other_forms(word)),
        }
    )
    concepts: list[Concept] = []
    corrections: dict[str, str] = {}
    partly = False
    position = 0
    while position < len(stems):
        word, typed = stems[position], raw[position]
        phrase = None if apart else _phrase(stems, position, lexicon)
        if phrase is not None:
            size, ways = phrase
            concepts.append(_concept(" ".join(raw[position : position + size]), ways, known, lexicon))
            position += size
            continue
        together = [one for one in joined.get(position, ()) if known.get(one) or lexicon.synonyms(one)]
        begun = typing and position == len(stems) - 1
        ways = _ways(word, typed, known, lexicon, begun=begun, whole=whole)
        if begun and len(word) < SHORTEST_PART:
            ways += [Way((other,), HEAD) for other in lexicon.beginning(word) if other != word]
        if together:
            # Written apart: the two words, or the one they make.
            second = _ways(stems[position + 1], raw[position + 1], known, lexicon)
            both = [
                Way((*one.words, *other.words), min(one.weight, other.weight) * 0.95)
                for one in ways[:4]
                for other in second[:4]
            ]
            made = [way for one in together for way in _ways(one, one, known, lexicon)]
            concepts.append(_concept(f"{typed} {raw[position + 1]}", [*made, *both], known, lexicon))
            position += 2
            continue
        if not ways:
            ways = _trimmed(typed, lexicon)
        if not ways:
            meant = lexicon.likely(word)
            if meant is not None:
                corrections[typed] = meant
                ways = _lighter(_ways(meant, meant, {**known, **lexicon.known([meant])}, lexicon), CORRECTED)
        if not ways and not begun:
            ways = _headword(typed, lexicon)
            partly = partly or bool(ways)
        concept = _concept(typed, ways, known, lexicon)
        if read.aside[position]:
            concept = replace(concept, rarity=round(concept.rarity * ASIDE, 3))
        concepts.append(concept)
        position += 1
    return Question(text, tuple(concepts), corrections, partly)


def _lighter(ways: Sequence[Way], share: float) -> list[Way]:
    return [Way(way.words, way.weight * share) for way in ways]


def _concept(typed: str, ways: Sequence[Way], known: Mapping[str, int], lexicon: Lexicon) -> Concept:
    best: dict[tuple[str, ...], float] = {}
    for way in ways:
        other = best.get(way.words, 0)
        if {way.weight, other} in _BY_BOTH:
            best[way.words] = max(way.weight, other) + BY_BOTH
        elif way.weight > other:
            best[way.words] = way.weight
    kept = sorted((Way(words, weight) for words, weight in best.items()), key=lambda way: -way.weight)[:MOST_WAYS]
    uses = sum(known.get(way.words[0], 0) for way in kept if way.weight == EXACT) if kept else 0
    # A word in every line says nothing, one in a single line everything: 1.0 down to 0.35.
    share = min(uses / max(lexicon.lines, 1), 1.0)
    return Concept(typed, tuple(kept), round(1.0 - 0.65 * share**0.5, 3))


_SIZE: Final = re.compile(r"(\d+)x(\d+)(?:cm|mm)?")
_MEASURED: Final = (("", ""), ("", "cm"), ("", "mm"), ("cm", "cm"), ("mm", "mm"))
"""How the two numbers of a size may stand in a name: 60x90 is 60 × 90 cm."""

_WRITTEN: Final = {"stoerrelse": "str", "size": "str"}
"""What people say out loud and names have shortened."""

_WHOLE: Final = {"voksen": "voksn", "voksne": "vok"}
"""Words whose endings are none, and the stem of their other form: what is for voksne is not of voks."""

_NUMBER: Final = re.compile(r"\d{2,4}")
_OFTEN_LEFT_OUT: Final = ("cm", "mm", "ml", "l", "g", "w")
"""Units that people leave out where the name has them: bord 180 is 180 cm."""

_COUNT: Final = re.compile(rf"(\d+)({'|'.join(sorted(set(COUNTED.values())))})")
"""A number of what an item has. Lines that were read before the two were one word have them as two."""

_ENDINGS: Final = ("ernes", "erne", "enes", "ene", "ers", "er", "en", "et", "es", "e", "r", "n", "t", "s")
_BY_BOTH: Final = ({TAIL, SYNONYM}, {HEAD, SYNONYM})


def _joined(raw: Sequence[str], position: int, turned: Sequence[bool]) -> tuple[str, ...]:
    """Two words written as one, with and without the joining s and e: hånd sæbe → haandsaeb, haandssaeb, haandesaeb; turned round where
    a word between them says so: stol til badet → badestol."""
    first, second = raw[position], raw[position + 1]
    if not (first.isalpha() and second.isalpha() and len(first) > 1 and len(second) > 2):
        return ()
    if turned[position + 1]:
        begins = (
            second,
            stem(second),
            _turned(stem(second)) or "",
            *(second.removesuffix(end) for end in _ENDINGS if second.endswith(end)),
        )
        made = (begin + link + first for begin in dict.fromkeys(begins) if len(begin) > 2 for link in ("", "s", "e"))
        return tuple(dict.fromkeys(map(stem, made)))
    return tuple(stem(first + link + second) for link in ("", "s", "e"))


_VOWEL_TURNS: Final = (("bog", "boeg"), ("haand", "haend"), ("tand", "taend"), ("barn", "boern"), ("mand", "maend"))
_VOWELS: Final = frozenset("aeiouy")
"""What has none is an abbreviation (str, stk) and no part of a compound."""
_CONSONANTS: Final = frozenset("bcdfghjklmnpqrstvxz")


def _turned(word: str) -> str | None:
    """The stem of one of what the word is the stem of many of, where the vowel turns: boeg → bog, taend → tand."""
    return next((word.removesuffix(many) + one for one, many in _VOWEL_TURNS if word.endswith(many)), None)


def other_forms(word: str) -> tuple[str, ...]:
    """The stems of the same word with or without the e that falls out when it is bent: gafl (gafler) ↔ gaffel, kitl ↔ kittel; and with the
    vowel that turns: børnebøger ↔ børnebog. They are guesses; those that no catalogue knows do no harm."""
    if len(word) < 4 or not word.isalpha():
        return ()
    for one, many in _VOWEL_TURNS:
        if word.endswith(one):
            return (word.removesuffix(one) + many,)
    if turned := _turned(word):
        return (turned,)
    if word[-1] not in "lrn":
        return ()
    if word[-2] in _CONSONANTS and word[-2] != word[-1]:
        made = (f"{word[:-1]}e{word[-1]}", f"{word[:-1]}{word[-2]}e{word[-1]}")
    elif word[-2] == "e" and word[-3] in _CONSONANTS:
        start = word[:-2]
        made = (start + word[-1], (start[:-1] if start[-1] == start[-2] else start) + word[-1])
    else:
        return ()
    return tuple(other for other in dict.fromkeys(made) if other != word and stem(other) == other)


def _phrase(stems: Sequence[str], position: int, lexicon: Lexicon) -> tuple[int, list[Way]] | None:
    """The longest run of words from here that the synonym list knows as one expression."""
    for size in (3, 2):
        words = tuple(stems[position : position + size])
        if len(words) == size:
            group = lexicon.synonyms(" ".join(words))
            if group:
                ways = [Way(words, EXACT)]
                if size == 2:
                    ways.append(Way(("".join(words),), EXACT))
                for phrase in group:
                    ways += _synonym_ways(phrase, lexicon)
                return size, ways
    return None


def _ways(
    word: str,
    typed: str,
    known: Mapping[str, int],
    lexicon: Lexicon,
    *,
    begun: bool = False,
    whole: bool = False,
) -> list[Way]:
    if typed in _WHOLE:
        return [Way((one,), EXACT) for one in (word, _WHOLE[typed]) if one == word or lexicon.known([one])]
    # Numbers and sizes (a4, 500ml) are not in the vocabulary: they are asked for as they are.
    ways = [Way((word,), EXACT)] if known.get(word) or not word.isalpha() else []
    if size := _SIZE.fullmatch(word):
        ways += [Way((size[1] + first, size[2] + unit), EXACT) for first, unit in _MEASURED]
    if _NUMBER.fullmatch(word):
        ways += [Way((word + unit,), INFLECTED) for unit in _OFTEN_LEFT_OUT]
    if count := _COUNT.fullmatch(word):
        ways.append(Way(count.groups(), INFLECTED))
    if len(word) >= SHORTEST_PART and not _VOWELS.isdisjoint(word):
        listed = {phrase[0] for phrase in lexicon.synonyms(word) if len(phrase) == 1}
        ways += [
            Way((other,), TAIL if not listed or other in listed else OTHER_TAIL)
            for other in lexicon.ending(word)
            if other != word
        ]
        ways += [Way((other,), HEAD) for other in lexicon.beginning(word) if other != word]
        if not whole and not (begun and ways):  # half a compound is not taken apart while its other half is coming
            ways += [Way(parts, APART) for parts in _parts(typed, lexicon)]
    if not begun and typed != word and (turned := _turned(word)):
        # The vowel turns with the ending: bøger are one bog and another, and no bøg.
        own = [Way((turned,), EXACT)] if known.get(turned) else []
        own += [Way((other,), TAIL) for other in lexicon.ending(turned) if other != turned]
        if own:
            ways = [way for way in ways if not way.words[0].startswith(word)] + own
    ways += [Way((form,), INFLECTED) for form in other_forms(word) if known.get(form)]
    for phrase in lexicon.synonyms(word):
        if phrase != (word,):
            ways += _synonym_ways(phrase, lexicon)
    return ways


def _synonym_ways(phrase: tuple[str, ...], lexicon: Lexicon) -> list[Way]:
    """A synonym as it is, as the tail of a compound, and, of two words, written together: whiteboard marker, whiteboardmarker."""
    ways = [Way(phrase, SYNONYM)]
    if len(phrase) == 2:
        ways.append(Way(("".join(phrase),), SYNONYM))
    elif len(phrase) == 1 and len(phrase[0]) > SHORTEST_PART:
        ways += [Way((other,), SYNONYM_TAIL) for other in lexicon.ending(phrase[0])[:10] if other != phrase[0]]
    return ways


def _trimmed(typed: str, lexicon: Lexicon) -> list[Way]:
    """Endings that the stemmer leaves on short words: bleer → ble; and the e that falls out: gafler → gaffel."""
    if not typed.isalpha():
        return []
    shorter = [typed.removesuffix(ending) for ending in _ENDINGS if typed.endswith(ending)]
    shorter += other_forms(stem(typed))
    known = lexicon.known([word for word in shorter if len(word) >= SHORTEST_PART])
    for word in shorter:
        if len(word) >= SHORTEST_PART and (known.get(word) or lexicon.synonyms(word)):
            return _ways(word, word, known, lexicon)
    return []


SHORTEST_HEADWORD: Final = 4


def _headword(typed: str, lexicon: Lexicon) -> list[Way]:
    """A compound that nothing is known of, by its last part, the longest that is known: that is what it is a kind of."""
    if not typed.isalpha():
        return []
    ends = [typed[at:] for at in range(SHORTEST_PART, len(typed) - SHORTEST_HEADWORD + 1)]
    known = lexicon.known([stem(end) for end in ends])
    for end in ends:
        word = stem(end)
        if len(word) < SHORTEST_PART:
            continue
        ways = _ways(word, end, known, lexicon, whole=True) if known.get(word) or lexicon.synonyms(word) else []
        ways = ways or [Way((other,), TAIL) for other in lexicon.ending(word)]
        if not ways and len(end) > SHORTEST_HEADWORD:  # møbler is no kind of ble
            ways = _trimmed(end, lexicon)
        if ways:
            return _lighter(ways, HEADWORD)
    return []


def _parts(word: str, lexicon: Lexicon) -> list[tuple[str, ...]]:
    """A compound taken apart into two words that catalogues use: haandsaebe → (haand, saeb)."""
    if len(word) < 2 * SHORTEST_PART or not word.isalpha():
        return []
    splits: list[tuple[str, str]] = []
    for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        first, second = word[:at], stem(word[at:])
        splits.append((stem(first), second))
        if first[-1] in "se" and len(first) > SHORTEST_PART:
            splits.append((stem(first[:-1]), second))
    known = lexicon.known({part for split in splits for part in split})
    found = [split for split in splits if all(known.get(part) for part in split)]
    found.sort(key=lambda split: (-min(known[part] for part in split), split))
    if not found:
        # What catalogues have only as the end of a longer word: nitrilhandske is an engangshandske of nitril.
        found = [
            (first, longer)
            for first, second in splits
            if known.get(first) and len(second) >= LONG_PART
            for longer in lexicon.ending(second)[:4]
        ]
    return [tuple(split) for split in dict.fromkeys(found)][: 6 if len(found) > 3 else 3]
