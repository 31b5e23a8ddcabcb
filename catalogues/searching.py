"""Finding items by need: what a person types becomes a question, the index answers it, and the hits are put in order.

The same question gives the same hits in the same order on both databases: words are widened by our own vocabulary, the engine only
answers which lines have them, and the order is made here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any, Final

from rapidfuzz.distance import OSA
from sqlalchemy import Date, Integer, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues import index, vocabulary
from catalogues.agreements import Agreement, joined_standings
from catalogues.analysis import SUPPLIER, cut, words
from catalogues.classification import titles
from catalogues.index import Found, Sight
from catalogues.items import BORN, GONE, Born, CatalogueLine, Gone, Item, sold_on
from catalogues.labels import ECO_LABELS, label_bit, label_names
from catalogues.offering import Offer, asking_for_same, offers_from
from catalogues.orderable import Standing, Standings
from catalogues.purchases import bought_by
from catalogues.questions import APART, SYNONYM, Concept, Lexicon, Question, Way, understand
from catalogues.ranking import order_key, relevant, scorer
from catalogues.suppliers import Supplier
from catalogues.synonyms import Groups, synonyms
from eshop.db import Base, Owned, id_column
from eshop.identity import Actor, Institution
from eshop.kept import Kept, ask_together

CANDIDATES: Final = 300
"""Lines that are put in order by relevance; what comes after them stands in the order of the index."""

MOST_MEANT: Final = 12
"""Words that a mistyped one may have been meant to be, of which the first that finds something is taken."""

WIDEST: Final = 25
"""Longer words of the vocabulary that a typed word is widened to, at each end."""

STILL_SHOWN: Final = timedelta(days=365)
"""How long the items of an agreement that has ended can still be found (greyed, UX rule 11)."""

ECO_BITS: Final = sum(label_bit(name) for name in ECO_LABELS)


@dataclass(frozen=True, slots=True)
class Hit:
    """One item found. `offer` says what it costs, or why it cannot be ordered; `bought` in how many orders the institution
    has bought it before."""

    item_id: int
    line_id: int
    rank: int
    points: float
    bought: int
    supplier_name: str
    supplier_cvr: str | None
    offer: Offer


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`value` is what `facets=` takes back, `name` what people read."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`total` counts every hit, not only this page. `corrected` is the text that was searched for instead of `original`; None when
    nothing was corrected. `loosened`: nothing had every word, so these have some."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    corrected: str | None = None
    original: str = ""
    loosened: bool = False


class ZeroHit(Owned, Base):
    """A text that found nothing, and how often on a day: the purchasing lead's work list."""

    __tablename__ = "zero_hit"
    id: Mapped[int] = id_column()
    text: Mapped[str] = mapped_column(index=True)
    searched_on: Mapped[date] = mapped_column(Date)
    times: Mapped[int] = mapped_column(Integer, default=1)


def search(
    session: Session,
    text: str,
    institution: Institution | None,
    on: date,
    limit: int = 20,
    offset: int = 0,
    facets: Mapping[str, Sequence[str]] | None = None,
    as_typed: bool = False,
    typing: bool = False,
    favourites: Iterable[int] = (),
    soon: Iterable[int] = (),
) -> SearchResult:
    """What the institution can find that day for a typed text, best first. `facets`: name → chosen values of `SearchResult.facets`.
    `favourites`: the items that the facet `favourite` is about, `soon`: the agreements on which goods come soon; `bought` is about what
    the institution bought before.

    `as_typed` searches for exactly what was written, without correction ("søg efter … i stedet"); `typing` takes the last word for
    a beginning.
    """
    session.flush()  # what is asked goes past the unit of work
    standings = joined_standings(session)
    bought = {} if institution is None else bought_by(session, institution.id)
    among = {"bought": sorted(bought), "favourite": sorted(set(favourites)), "soon": sorted(set(soon))}
    sight = replace(sight_of(standings, institution, on, facets or {}), among=among)
    text = " ".join(text.replace("\0", " ").split())
    found = by_number(session, text, sight)
    if found and is_number(text) and not sight.facets:
        # Whoever types a number of so many digits has it in the hand: nothing else is meant.
        ordered = in_order(index.lines_of(session, found), Question(text, ()), sight, standings, found, bought)
        page = hits_of(session, ordered[offset : offset + limit], institution, on, bought, offset, standings)
        return SearchResult(tuple(page), len(ordered), {}, None, text)
    lexicon = lexicon_of(session)
    if as_typed:
        lexicon = Lexicon(
            lexicon.known, lexicon.ending, lexicon.beginning, lexicon.synonyms, lambda _: None, lexicon.lines
        )
    question = with_suppliers(session, understand(text, lexicon, typing=typing))
    loosened = False
    total, counted = index.count(session, question, sight)
    if total == 0 and not found and any(_only_apart(concept) for concept in question.concepts):
        # Two words that catalogues use, but no line has both: then it may be mistyped (papirskurv), or a kind of the second.
        question = with_suppliers(session, understand(text, lexicon, typing=typing, whole=True))
        total, counted = index.count(session, question, sight)
    if total == 0 and not found and any(concept.ways for concept in question.concepts):
        if len(question.concepts) == 1 and " " in question.concepts[0].typed:
            # børne puslespil: neither that nor børnepuslespil, so whatever is one of the two.
            question = with_suppliers(session, understand(text, lexicon, apart=True))
        loosened = len(question.concepts) > 1
        total, counted = index.count(session, question, sight, any_of=True)
    if total == 0 and found:
        total = len(found)
    ordered = _ordered(session, question, sight, standings, found, bought, any_of=loosened)
    page = ordered[offset : offset + limit]
    if offset + limit > len(ordered) and len(ordered) >= CANDIDATES:
        page += _beyond(session, question, sight, ordered, offset, limit - len(page), loosened)
    return SearchResult(
        tuple(hits_of(session, page, institution, on, bought, offset, standings)),
        max(total, len(ordered)),
        _facets(session, counted),
        _corrected(text, question, [one.line.name for one in ordered[:20]]) if not found else None,
        text,
        (loosened or question.partly) and total > 0,
    )


def _only_apart(concept: Concept) -> bool:
    return bool(concept.ways) and all(way.weight == APART for way in concept.ways)


# --- what may be seen ------------------------------------------------------------------------------------------------------


def sight_of(
    standings: Standings, institution: Institution | None, on: date, facets: Mapping[str, Sequence[str]]
) -> Sight:
    """The agreements whose items may be found, in order of precedence: joined and in force, or joined until they ended within the year."""
    seen = standings.seen.get(on)
    if seen is None:
        seen = standings.seen[on] = _seen(standings, on)
    groups = None if institution is None or institution.item_groups is None else tuple(institution.item_groups)
    return Sight(on, seen, groups, facets)


def _seen(standings: Standings, on: date) -> dict[int, frozenset[int] | None]:
    seen: dict[int, frozenset[int] | None] = {}
    for agreement_id, standing in sorted(standings.items(), key=lambda one: (one[1].rank, one[0])):
        day = _day_seen(standing, on)
        if day is None:
            continue
        lots = standing.joined_lots(day)
        if lots is None or lots:
            seen[agreement_id] = lots
    return seen


def _day_seen(standing: Standing, on: date) -> date | None:
    if not standing.signed:
        return None
    if standing.in_force.holds(on):
        return on
    end = standing.in_force.end
    return end if end is not None and end < on <= end + STILL_SHOWN else None


# --- understanding ---------------------------------------------------------------------------------------------------------


def lexicon_of(session: Session) -> Lexicon:
    """The vocabulary and synonyms of this municipality, asked as needed and each thing once."""
    groups = synonyms(session)
    remembered: dict[str, int] = {}

    def known(asked: Iterable[str]) -> dict[str, int]:
        missing = [word for word in set(asked) if word not in remembered]
        remembered.update(vocabulary.lines_using(session, missing))
        return {word: remembered[word] for word in asked if remembered.get(word)}

    def longer(find: Any, word: str) -> list[str]:
        found = find(session, word, WIDEST)
        remembered.update(found)
        return [word for word, _ in found]

    return Lexicon(
        known,
        partial(longer, vocabulary.ending_in),
        partial(longer, vocabulary.beginning_with),
        lambda phrase: groups.get(phrase, ()),
        partial(likely, session, groups),
        vocabulary.lines_learned(session),
    )


def likely(session: Session, groups: Groups, word: str) -> str | None:
    """The word that a mistyped one was most probably meant to be: nearest, then with the same first letter, then most used.

    One slip in short words, two in longer. A slip rarely touches both ends, so words of the vocabulary that share the first or the last
    two letters are looked at, and no others; and the words that mean something that is there: handske, where all are engangshandsker.
    """
    if len(word) < 4 or not word.isalpha():
        return None
    slips = 1 if len(word) < 6 else 2
    spoken = ((phrase, 0) for phrase in groups if abs(len(phrase) - len(word)) <= slips and phrase.isalpha())
    nearest: dict[str, tuple[int, bool, int]] = {}
    for other, lines in (*spoken, *vocabulary.sharing_an_end(session, word, slips)):
        distance = OSA.distance(word, other, score_cutoff=slips)
        if distance <= slips and len(other) > 3:
            nearest[other] = (distance, other[0] != word[0], -lines)
    best = sorted(nearest, key=lambda other: (nearest[other], other))[:MOST_MEANT]
    used = {other: -nearest[other][2] or _ending_lines(session, other) for other in best}
    if not any(used.values()):
        # No catalogue says it so, but begins with it (håndklæde: håndklædeark) or means the same (karklud: mikrofiberklud).
        alike = {other: [phrase[0] for phrase in groups.get(other, ()) if len(phrase) == 1] for other in best}
        lines = vocabulary.lines_using(session, {one for words in alike.values() for one in words})
        used = {
            other: max((lines[one] for one in words), default=0)
            or sum(lines for _, lines in vocabulary.beginning_with(session, other, WIDEST))
            for other, words in alike.items()
        }
    found = [other for other in best if used[other]]
    return min(found, key=lambda other: (*nearest[other][:2], -used[other], other), default=None)


def _ending_lines(session: Session, word: str) -> int:
    return sum(lines for _, lines in vocabulary.ending_in(session, word, WIDEST))


def _corrected(text: str, question: Question, names: Sequence[str]) -> str | None:
    """The text with its mistyped words as they are written on what was found; None when nothing was corrected."""
    if not question.corrections:
        return None
    said = []
    for word in text.split():
        meant = next((question.corrections[one] for one in cut(word) if one in question.corrections), None)
        said.append(word if meant is None else _spelt(meant, names))
    return " ".join(said)


def _spelt(meant: str, names: Sequence[str]) -> str:
    """A stem as people write it: the first word with that stem in the names, or the end of a compound: handsk → handsker."""
    written = [word.lower() for name in names for word in name.split()]
    written = ["".join(filter(str.isalpha, word)) for word in written]
    for word in written:
        if words(word) == [meant]:
            return word
    for word in written:
        for start in range(1, len(word) - 2):
            if words(word[start:]) == [meant]:
                return word[start:]
    return meant


def with_suppliers(session: Session, question: Question) -> Question:
    """A word that is (the beginning of) a supplier's name is met by that supplier's lines."""
    if not question.concepts:
        return question
    named = _by_word(tuple(_SUPPLIERS.rows(session)))
    concepts: list[Concept] = []
    for concept in question.concepts:
        typed = words(concept.typed)
        suppliers = [
            supplier
            for name, ids in named.items()
            if typed and len(typed[0]) > 3 and name.startswith(typed[0])
            for supplier in ids
        ]
        ways = (
            tuple(Way((f"{SUPPLIER}{supplier}",), SYNONYM) for supplier in list(dict.fromkeys(suppliers))[:5])
            if suppliers
            else ()
        )
        concepts.append(Concept(concept.typed, (*concept.ways, *ways), concept.rarity))
    return replace(question, concepts=tuple(concepts))


_SUPPLIERS: Final = Kept(select(Supplier.id, Supplier.name).order_by(Supplier.id))
_NAMED: Final = Kept(
    select(Supplier.id, Supplier.name, Supplier.cvr).where(Supplier.id.in_(bindparam("ids", expanding=True)))
)


@lru_cache(maxsize=200)
def _by_word(suppliers: tuple[tuple[int, str], ...]) -> dict[str, list[int]]:
    """Word of a supplier's name → the suppliers; read once for the same suppliers."""
    named: dict[str, list[int]] = {}
    for supplier_id, name in suppliers:
        for word in words(name):
            named.setdefault(word, []).append(supplier_id)
    return named


def is_number(text: str) -> bool:
    """Whether a text can only be meant as an item number or GTIN: one word (spaces between digits apart) with five digits or more."""
    plain = text.replace(" ", "")
    return sum(character.isdigit() for character in plain) >= 5 and (plain.isdigit() or " " not in text)


def by_number(session: Session, text: str, sight: Sight) -> list[int]:
    """Lines whose item number or GTIN is exactly what was typed, spaces and case apart."""
    plain = text.replace(" ", "")
    if not plain or len(plain) > 60 or not any(character.isdigit() for character in plain):
        return []
    agreements = sorted(sight.agreements) or [0]
    numbers = sorted({text, plain, plain.upper(), plain.lower()})
    found = [row.id for row in _NUMBERED.rows(session, numbers=numbers, agreements=agreements, on=sight.on)]
    if plain.isascii() and plain.isdigit() and len(plain) in (8, 12, 13, 14):
        by_gtin = _BY_GTIN.rows(session, number=int(plain), agreements=agreements, on=sight.on)
        found += [row.id for row in by_gtin if row.id not in found]
    return found


_SOLD: Final = (
    select(CatalogueLine.id)
    .join(Born, BORN)
    .outerjoin(Gone, GONE)
    .where(
        sold_on(bindparam("on", type_=Date)),
        CatalogueLine.agreement_id.in_(bindparam("agreements", expanding=True)),
    )
    .order_by(CatalogueLine.id)
    .limit(50)
)
_NUMBERED: Final = Kept(
    _SOLD.where(Item.id == CatalogueLine.item_id, Item.seller_item_id.in_(bindparam("numbers", expanding=True)))
)
_BY_GTIN: Final = Kept(_SOLD.where(CatalogueLine.gtin_number == bindparam("number")))


# --- ordering --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    line: Found
    points: float


def _ordered(
    session: Session,
    question: Question,
    sight: Sight,
    standings: Mapping[int, Standing],
    numbered: Sequence[int],
    bought: Mapping[int, int],
    *,
    any_of: bool = False,
) -> list[Placed]:
    ids = index.candidates(session, question, sight, CANDIDATES, any_of=any_of)
    if bought and not any_of:
        ids += index.matching(session, question, sight, bought)
    ids += numbered
    lines = index.lines_of(session, list(dict.fromkeys(ids)))
    return in_order(lines, question, sight, standings, numbered, bought, any_of=any_of)


def in_order(
    lines: Mapping[int, Found],
    question: Question,
    sight: Sight,
    standings: Mapping[int, Standing],
    numbered: Sequence[int],
    bought: Mapping[int, int],
    *,
    begun: bool = False,
    any_of: bool = False,
) -> list[Placed]:
    exact = set(numbered)
    score = scorer(question, begun=begun, any_of=any_of)
    placed = [Placed(line, 2.0 if line.id in exact else score(line.terms or "", line.name)) for line in lines.values()]
    best = max((one.points for one in placed), default=0.0)

    def key(one: Placed) -> tuple[object, ...]:
        line = one.line
        standing = standings[line.agreement_id]
        end = standing.in_force.end
        return order_key(
            orderable=line.ends_on >= sight.on and (end is None or end >= sight.on),
            bought=line.item_id in bought and relevant(one.points, best),
            points=one.points,
            precedence=standing.rank,
            eco=bool(line.labels & ECO_BITS),
            comparison_price=line.comparison_price,
            item_id=line.item_id or 0,
        )

    seen: set[tuple[int, str, str | None]] = set()
    kept: list[Placed] = []
    for one in sorted(placed, key=key):
        # The same supplier's item on two agreements is shown once: the offer takes the first in precedence.
        same = (one.line.supplier_id, one.line.seller_item_id, one.line.unit)
        if same not in seen:
            seen.add(same)
            kept.append(one)
    return kept


def _beyond(
    session: Session,
    question: Question,
    sight: Sight,
    ordered: Sequence[Placed],
    offset: int,
    wanted: int,
    any_of: bool,
) -> list[Placed]:
    """The lines after those that were put in order, as the index has them."""
    ahead = {one.line.id for one in ordered}
    start = max(offset, CANDIDATES)
    ids = index.candidates(session, question, sight, wanted + len(ahead) - CANDIDATES, any_of=any_of, offset=start)
    ids = [one for one in ids if one not in ahead][:wanted]
    lines = index.lines_of(session, ids)
    return [Placed(lines[one], 0.0) for one in ids]


def asking_for_hits(page: Sequence[Placed]) -> list[tuple[Kept, dict[str, Any]]]:
    """The first questions of `hits_of`, for whoever asks more in the same journey; `hits_from` takes the answers."""
    suppliers = sorted({one.line.supplier_id for one in page})
    return [asking_for_same(_items_of(page)), (_NAMED, {"ids": suppliers})] if page else []


def _items_of(page: Sequence[Placed]) -> list[int]:
    return list(dict.fromkeys(one.line.item_id for one in page if one.line.item_id is not None))


def hits_of(
    session: Session,
    page: Sequence[Placed],
    institution: Institution | None,
    on: date,
    bought: Mapping[int, int],
    offset: int,
    standings: Mapping[int, Standing],
) -> list[Hit]:
    answers = ask_together(session, *asking_for_hits(page)) if page else []
    return hits_from(session, page, answers, institution, on, bought, offset, standings)


def hits_from(
    session: Session,
    page: Sequence[Placed],
    answers: Sequence[Sequence[Any]],
    institution: Institution | None,
    on: date,
    bought: Mapping[int, int],
    offset: int,
    standings: Mapping[int, Standing],
) -> list[Hit]:
    if not page:
        return []
    same, named = answers
    found = offers_from(session, _items_of(page), same, institution, on, standings)
    suppliers = {number: (name, cvr) for number, name, cvr in named}
    return [
        Hit(
            one.line.item_id or 0,
            one.line.id,
            offset + position,
            one.points,
            bought.get(one.line.item_id or 0, 0),
            *suppliers[one.line.supplier_id],
            found[one.line.item_id or 0],
        )
        for position, one in enumerate(page, start=1)
    ]


# --- facets ----------------------------------------------------------------------------------------------------------------


def _facets(session: Session, counted: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, tuple[FacetValue, ...]]:
    names: dict[str, dict[str, str]] = {}
    suppliers = [int(value) for value, _ in counted.get("supplier", ())]
    names["supplier"] = {
        str(number): name
        for number, name in session.execute(select(Supplier.id, Supplier.name).where(Supplier.id.in_(suppliers)))
    }
    agreements = [int(value) for value, _ in counted.get("agreement", ())]
    names["agreement"] = {
        str(number): title
        for number, title in session.execute(select(Agreement.id, Agreement.title).where(Agreement.id.in_(agreements)))
    }
    names["group"] = titles(session, [value for value, _ in counted.get("group", ())])
    names["label"] = {value: ", ".join(label_names(int(value))) for value, _ in counted.get("label", ())}
    return {
        facet: tuple(FacetValue(value, names.get(facet, {}).get(value, value), lines) for value, lines in values)
        for facet, values in counted.items()
    }


# --- what found nothing ------------------------------------------------------------------------------------------------------


def record_zero_hit(session: Session, text: str, by: Actor) -> None:
    """Keeps a text that found nothing (the door says so, because searching itself writes nothing)."""
    plain = " ".join(cut(text))[:200]
    if not plain:
        return
    row = session.scalars(select(ZeroHit).where(ZeroHit.text == plain, ZeroHit.searched_on == by.today)).one_or_none()
    if row is None:
        session.add(ZeroHit(text=plain, searched_on=by.today, times=1, municipality_id=by.municipality_id))
    else:
        row.times += 1
    session.flush()


def zero_hits(session: Session, since: date, at_most: int = 100) -> list[tuple[str, int]]:
    """Texts that found nothing since the day, most often searched first."""
    times = func.sum(ZeroHit.times)
    rows = session.execute(
        select(ZeroHit.text, times)
        .where(ZeroHit.searched_on >= since)
        .group_by(ZeroHit.text)
        .order_by(times.desc(), ZeroHit.text)
        .limit(at_most)
    )
    return [(text, int(count)) for text, count in rows]
