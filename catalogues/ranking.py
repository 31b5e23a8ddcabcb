"""In which order hits are shown. (pure)

The score of a line is how well each concept of the question is met (the way's weight, where the word stands, how rare the concept
is), a little more when the name begins with it and when little else is in the name. Everything is rounded before it is compared, and
ties go by what people would choose, then by id, so that both databases give the same order.
"""

from decimal import Decimal
from typing import Final

from catalogues.analysis import DESCRIPTION, KEYWORD
from catalogues.questions import Question

IN_NAME: Final = 1.0
IN_KEYWORD: Final = 0.72
IN_DESCRIPTION: Final = 0.4


def score(question: Question, terms: str) -> float:
    """How well a line's terms (`analysis.terms`) answer the question, 0 to about 1."""
    if not question.concepts:
        return 0.0
    places: dict[str, float] = {}
    name: list[str] = []
    for term in terms.split():
        if term.startswith(KEYWORD):
            places.setdefault(term[2:], IN_KEYWORD)
        elif term.startswith(DESCRIPTION):
            places.setdefault(term[2:], IN_DESCRIPTION)
        else:
            places[term] = IN_NAME
            name.append(term)
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
    first = 0.06 if name and name[0] in met_words else 0.0
    tidy = 0.08 * len(met_words) / len(name) if name else 0.0
    return round(base + first + tidy, 2)


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
