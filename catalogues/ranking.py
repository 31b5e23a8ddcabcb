"""In which order hits are shown. (pure)

The score of a line is how well each concept of the question is met (the way's weight, where the word stands, how rare the concept
is), a little more when the name begins with it and when little else is in the name. Everything is rounded before it is compared, and
ties go by what people would choose, then by id, so that both databases give the same order.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from catalogues.analysis import AGREEMENT, DESCRIPTION, KEYWORD, SUPPLIER, cut, fold, words
from catalogues.questions import Question

IN_NAME: Final = 1.0
IN_KEYWORD: Final = 0.72
IN_DESCRIPTION: Final = 0.4
WITH_ANOTHER: Final = 0.65
"""For a word of the name after til, med or for: a dispenser til affaldsposer is no affaldspose."""

_ANOTHER: Final = re.compile(" (?:til|med|for) ")


AS_TYPED: Final = 0.08
"""For a name that holds a word as it was typed, not only its stem: lagen is not 3-lags."""


BESIDE: Final = 0.06
"""For a name that has two words side by side as they were typed, one of which says little alone: str. 4, 18 V, faktor 30."""

FIRST: Final = 0.06
FIRST_OF_SOME: Final = 0.35
"""For a name that begins with what was asked for: names begin with what the thing is. More where some of the words are enough: of
ringbind bred, a ringbind rather than a broad thing."""


def scorer(question: Question, *, begun: bool = False, any_of: bool = False) -> Callable[[str, str], float]:
    """How well a line's terms (`analysis.terms`) and name answer the question, 0 to about 1.2. What the question asks for is laid out
    once, because hundreds of lines are held against it. Of a text that is `begun` no word stands as it was typed."""
    if not question.concepts:
        return lambda _terms, _name: 0.0
    asked: dict[str, tuple[str, float]] = {}
    for word in {word for concept in question.concepts for way in concept.ways for word in way.words}:
        asked |= {word: (word, IN_NAME), KEYWORD + word: (word, IN_KEYWORD), DESCRIPTION + word: (word, IN_DESCRIPTION)}
    weight = sum(concept.rarity for concept in question.concepts)
    typed = [] if begun else [word for concept in question.concepts for word in concept.typed.split()]
    beside = [pair for pair in pairwise(typed) if any(not word.isalpha() or len(word) < 3 for word in pair)]
    at_first = FIRST_OF_SOME if any_of else FIRST

    def score(terms: str, name: str) -> float:
        listed = terms.split(" ")
        named = len(listed) - terms.count("_")  # only marks have one
        places: dict[str, float] = {}
        for term in listed:
            # A word stands where it is worth most: the name's terms come first, then keywords, then description.
            if term in asked:
                places.setdefault(*asked[term])
        if another := _ANOTHER.search(name):
            itself = words(name[: another.start()])
            for word, place in places.items():
                if place == IN_NAME and word not in itself:
                    places[word] = WITH_ANOTHER
        base, met = _met(question, places)
        first = at_first if named and listed[0] in met else 0.0
        tidy = 0.08 * len(met) / named if named else 0.0
        as_typed = AS_TYPED * _as_typed(typed, name) / len(typed) if typed else 0.0
        near = BESIDE * _beside(beside, name) / len(beside) if beside else 0.0
        return round(base / weight + first + tidy + as_typed + near, 2)

    return score


def answering(question: Question) -> Callable[[str], bool]:
    """Whether a line's terms answer the question: each concept is met, in name, keywords or description."""
    concepts = [[way.words for way in concept.ways] for concept in question.concepts]

    def answers(terms: str) -> bool:
        words = {
            term if term[1:2] != "_" or term.startswith(SUPPLIER) else term[2:]
            for term in terms.split(" ")
            if not term.startswith(AGREEMENT)
        }
        return all(any(words.issuperset(way) for way in ways) for ways in concepts)

    return answers


def _met(question: Question, places: Mapping[str, float]) -> tuple[float, set[str]]:
    """The sum of the best way of each concept, by its rarity; and the words of the name that met them."""
    total = 0.0
    met: set[str] = set()
    for concept in question.concepts:
        best = 0.0
        for way in concept.ways:
            if way.weight <= best:
                break  # ways are sorted: nothing better follows
            places_of = [places.get(word, 0.0) for word in way.words]
            value = way.weight * min(places_of)
            if value > best:
                best = value
                met.update(word for word, place in zip(way.words, places_of, strict=True) if place == IN_NAME)
        total += best * concept.rarity
    return total, met


def _as_typed(typed: Sequence[str], name: str) -> int:
    """How many of the typed words the name has at the end of one of its own."""
    folded = fold(name)
    if not any(word in folded or not word.isalpha() for word in typed):
        return 0
    surface = cut(name)
    return sum(any(word.endswith(one) for word in surface) for one in typed)


def _beside(pairs: Sequence[tuple[str, str]], name: str) -> int:
    """How many of the pairs stand side by side in the name."""
    there = set(pairwise(cut(name)))
    return sum(pair in there for pair in pairs)


def order_key(
    *,
    orderable: bool,
    bought: bool,
    points: float,
    precedence: int,
    eco: bool,
    comparison_price: Decimal | None,
    item_id: int,
) -> tuple[object, ...]:
    """Sorts hits (UX rule 6): what can be ordered, what was bought before, relevance, precedence of the agreement, eco labels between
    equals, price per base unit, id."""
    return (
        not orderable,
        not bought,
        -points,
        precedence,
        not eco,
        comparison_price is None,
        comparison_price or Decimal(0),
        item_id,
    )


def relevant(points: float, best: float) -> bool:
    """Whether a bought-before item answers well enough to stand in front of what answers best."""
    return points >= 0.75 * best
