"""In which order hits are shown. (pure)

The score of a line is how well each concept of the question is met (the way's weight, where the word stands, how rare the concept
is), a little more when the name begins with it and when little else is in the name. Everything is rounded before it is compared, and
ties go by what people would choose, then by id, so that both databases give the same order.
"""

from decimal import Decimal
from typing import Final

from catalogues.analysis import DESCRIPTION, KEYWORD, cut
from catalogues.questions import Question

IN_NAME: Final = 1.0
IN_KEYWORD: Final = 0.72
IN_DESCRIPTION: Final = 0.4


AS_TYPED: Final = 0.08
"""For a name that holds a word as it was typed, not only its stem: lagen is not 3-lags."""


def score(question: Question, terms: str, name: str) -> float:
    """How well a line's terms (`analysis.terms`) and name answer the question, 0 to about 1.2."""
    if not question.concepts:
        return 0.0
    places: dict[str, float] = {}
    named: list[str] = []
    for term in terms.split():
        if term.startswith(KEYWORD):
            places.setdefault(term[2:], IN_KEYWORD)
        elif term.startswith(DESCRIPTION):
            places.setdefault(term[2:], IN_DESCRIPTION)
        else:
            places[term] = IN_NAME
            named.append(term)
    total = weight = 0.0
    met_words: set[str] = set()
    for concept in question.concepts:
        best = 0.0
        for way in concept.ways:
            if way.weight <= best:
                break  # ways are sorted: nothing better follows
            places_of = [places.get(word, 0.0) for word in way.words]
            value = way.weight * min(places_of)
            if value > best:
                best = value
                met_words.update(word for word, place in zip(way.words, places_of, strict=True) if place == IN_NAME)
        total += best * concept.rarity
        weight += concept.rarity
    base = total / weight
    first = 0.06 if named and named[0] in met_words else 0.0
    tidy = 0.08 * len(met_words) / len(named) if named else 0.0
    surface = list(cut(name))
    typed = [word for concept in question.concepts for word in concept.typed.split()]
    same = sum(any(word.endswith(one) for word in surface) for one in typed)
    return round(base + first + tidy + AS_TYPED * same / len(typed), 2)


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
