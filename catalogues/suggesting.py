"""What is offered while a text is being typed: searches, item groups and items, again at each letter.

The items come from the few that are kept for each word (`begun`), so a letter costs the same in a hundred lines and in a million. They
are put in order as hits are. Only where those few tell nothing is the word index asked, which knows every line.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from catalogues import index, vocabulary
from catalogues.agreements import asking_for_joined
from catalogues.analysis import fold, stem
from catalogues.begun import items_of_words, words_beginning
from catalogues.classification import asking_for_titles, titles_from
from catalogues.index import Found, Sight
from catalogues.items import BORN, GONE, Born, CatalogueLine, Gone, sold_on
from catalogues.orderable import group_allowed
from catalogues.purchases import asking_for_bought
from catalogues.questions import HEAD, Concept, Lexicon, Question, Way, asked_of, understand
from catalogues.ranking import answering
from catalogues.searching import (
    WIDEST,
    Hit,
    asking_for_hits,
    by_number,
    hits_from,
    hits_of,
    in_order,
    is_number,
    likely,
    sight_of,
    with_suppliers,
)
from catalogues.synonyms import Groups, asking_for_synonyms, synonyms_from
from eshop.identity import Institution
from eshop.kept import Kept, ask_together

LIKELIEST: Final = 6
"""Ways of meeting the word that is being typed which are asked for first, each by itself."""

OF_EACH: Final = 4
"""Items of each that are looked at first, `AT_FIRST` in all."""

AT_FIRST: Final = 16
ENOUGH: Final = 8
"""Items with which nothing further is looked for: twice as many as are shown, so that there is a choice."""

FEW_OF_SEVERAL: Final = 4
"""With fewer items that are kept for each of several words, others are looked through, so many at a time:"""

AT_ONCE_OF_SEVERAL: Final = 64
MOST_LOOKED_AT: Final = 240
MOST_OFFERED: Final = 12
"""Items whose offer is asked for until as many as are shown can be ordered."""

MOST_BOUGHT: Final = 200
"""Of what was bought before, the most bought are looked through at each letter."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is offered while typing. `kind`: search (a text), group (an item group, value its prefix), item (`hit`, orderable)."""

    kind: str
    text: str
    value: str = ""
    hit: Hit | None = None


def suggest(
    session: Session, text: str, institution: Institution | None, on: date, at_most: tuple[int, int, int] = (3, 2, 4)
) -> list[Suggestion]:
    """At most 3 searches, 2 item groups and 4 items for what has been typed so far, from two letters on (UX rule 1).
    Items bought before come first. Nothing is counted: each letter asks again."""
    text = " ".join(text.replace("\0", " ").split())
    if len(text) < 2:
        return []
    searches, groups, items = at_most
    session.flush()  # what is asked goes past the unit of work
    words = _Vocabulary(text)
    own_bought = [] if institution is None else [asking_for_bought(institution.id, MOST_BOUGHT)]
    standings, own, *told = ask_together(session, asking_for_joined(), asking_for_synonyms(), *words.asked, *own_bought)
    bought: dict[int, int] = dict(told.pop()) if own_bought else {}
    sight = sight_of(standings, institution, on, {})
    numbered = by_number(session, text, sight)
    question, lines = Question(text, ()), {}
    if not (numbered and is_number(text)):
        question = understand(text, words.lexicon(session, told, synonyms_from(own)), typing=True)
        if not all(concept.ways for concept in question.concepts):
            question = with_suppliers(session, question)
        question, lines = _found(session, question, sight, bought)
    if numbered:
        lines |= index.lines_of(session, numbered)
    ordered = in_order(lines, question, sight, standings, numbered, bought, begun=True)
    ordered.sort(key=lambda one: one.line.item_id not in bought)
    if not ordered:
        return []
    counted = Counter(one.line.unspsc[:4] for one in ordered if one.line.unspsc)
    named, *first = ask_together(session, asking_for_titles(counted or [""]), *asking_for_hits(ordered[:items]))
    hits = hits_from(session, ordered[:items], first, institution, on, bought, 0, standings)
    orderable = [hit for hit in hits if hit.offer.orderable]
    for start in range(items, min(len(ordered), MOST_OFFERED), items):
        if len(orderable) < items:
            hits = hits_of(session, ordered[start : start + items], institution, on, bought, start, standings)
            orderable += [hit for hit in hits if hit.offer.orderable]
    # Of item groups those that most of the best belong to.
    of_groups = titles_from([prefix for prefix, _ in counted.most_common()], named)
    named_so = [one.line.name for one in ordered[:12]]
    return [
        *(Suggestion("search", one) for one in _completions(text, named_so, question.corrections, searches)),
        *(Suggestion("group", name, prefix) for prefix, name in list(of_groups.items())[:groups]),
        *(Suggestion("item", hit.offer.name, str(hit.item_id), hit) for hit in orderable[:items]),
    ]


class _Vocabulary:
    """What is known of the words of a text whose last word is begun: asked for together with other things, before it is understood. The
    words before the last are whole, and are not widened to what begins with them."""

    def __init__(self, text: str) -> None:
        self._words, self._last, before = asked_of(text)
        longer = vocabulary.asking_for_longer(self._last, WIDEST) if self._last else {}
        self._longer = {(end, self._last): asked for end, asked in longer.items()}
        for word in before:
            if ending := vocabulary.asking_for_longer(word, WIDEST).get("ending"):
                self._longer["ending", word] = ending

    @property
    def asked(self) -> list[tuple[Kept, dict[str, Any]]]:
        return [vocabulary.asking_for_uses(self._words or [""]), *self._longer.values()]

    def lexicon(self, session: Session, rows: Sequence[Sequence[Any]], groups: Groups) -> Lexicon:
        """The lexicon, from the rows of what was asked; what it is asked besides it looks up."""
        uses = dict.fromkeys(self._words, 0)
        for pairs in rows:
            uses.update((word, lines) for word, lines in pairs)
        longer = {one: [word for word, _ in pairs] for one, pairs in zip(self._longer, rows[1:], strict=True)}

        def known(asked: Iterable[str]) -> dict[str, int]:
            words = list(asked)
            missing = [word for word in words if word not in uses]
            if missing:
                uses.update(vocabulary.lines_using(session, missing))
            return {word: uses[word] for word in words if uses.get(word)}

        def ending(word: str) -> list[str]:
            if ("ending", word) not in longer:
                found = vocabulary.ending_in(session, word, WIDEST)
                uses.update(found)
                longer["ending", word] = [one for one, _ in found]
            return longer["ending", word]

        return Lexicon(
            known,
            ending,
            lambda word: longer.get(("beginning", word), []),
            lambda phrase: groups.get(phrase, ()),
            lambda word: likely(session, groups, word),
            EVERYWHERE,
        )


EVERYWHERE: Final = 10**9
"""Lines of a vocabulary in which no word is common: how common words are in the catalogues is not counted for a few suggestions."""


# --- looking -------------------------------------------------------------------------------------------------------------


def _found(
    session: Session, question: Question, sight: Sight, bought: Mapping[int, int]
) -> tuple[Question, dict[int, Found]]:
    """The lines, and the question with the ways of going on that were found besides."""
    if not question.concepts or not sight.agreements:
        return question, {}
    agreements = list(sight.agreements)
    *before, last = question.concepts
    ways = _ranked(last)
    lines: dict[int, Found] = {}
    for some in (ways[:LIKELIEST], ways[LIKELIEST:]):
        if some and len(lines) < ENOUGH and not (before and lines):
            lines |= _of_words(session, question, some, before, sight, agreements)
    begun = "" if " " in last.typed else stem(last.typed)
    if not lines and not before and begun:
        # What many catalogues have may be in none of those that may be seen: then the words of these alone are asked.
        more = words_beginning(session, begun, agreements, LIKELIEST)
        if more:
            added = [Way((word,), HEAD) for word in more]
            question = replace(question, concepts=(Concept(last.typed, (*last.ways, *added), last.rarity),))
            lines = _of_words(session, question, added, before, sight, agreements)
    if bought:
        lines |= _of_bought(session, question, bought, sight)
    if not lines:
        lines = index.lines_of(session, index.candidates(session, question, sight, AT_FIRST))
    return question, lines


def _ranked(concept: Concept) -> list[Way]:
    """The likeliest ways first, of each weight the most used: 'kaffe' itself, filterkaffe and pulverkaffe, kaffefilter and kaffekop."""
    ranks: dict[float, int] = {}
    ranked = []
    for way in concept.ways:
        ranks[way.weight] = rank = ranks.get(way.weight, 0) + 1
        ranked.append((rank, -way.weight, way))
    return [way for _, _, way in sorted(ranked, key=lambda one: one[:2])]


def _of_words(
    session: Session,
    question: Question,
    ways: Sequence[Way],
    before: Sequence[Concept],
    sight: Sight,
    agreements: Sequence[int],
) -> dict[int, Found]:
    """Lines of the items that are kept for these ways of meeting the last word, that meet the words before it too."""
    lasts = list(dict.fromkeys(word for way in ways for word in way.words))
    firsts = [list(dict.fromkeys(word for way in one.ways[:LIKELIEST] for word in way.words)) for one in before]
    rows = items_of_words(session, list(dict.fromkeys(chain(lasts, *firsts))), agreements)
    last = [rows[word] for word in lasts if word in rows]
    if not before:
        return _looked_at(session, _AMONG, {}, _turns_of(last), sight, lambda _: True, ENOUGH, AT_FIRST)
    answers = answering(question)
    kept = [last, *([rows[word] for word in words if word in rows] for words in firsts)]
    of_all = _kept_for_all(kept)
    found: dict[int, Found] = {}
    if len(of_all) >= FEW_OF_SEVERAL:
        found = _looked_at(session, _AMONG, {}, of_all, sight, answers, ENOUGH, AT_FIRST)
    if len(found) < FEW_OF_SEVERAL:
        # Nobody knows which of the words is the rarer, so some of each are looked at, and the engine leaves out most of them.
        patterns = _patterns(before[-1], 0) | _patterns(question.concepts[-1], PATTERNS)
        some = chain(of_all, _few_of_each([_turns_of(words) for words in kept]))
        found |= _looked_at(session, _WITH_BOTH, patterns, some, sight, answers, 2, AT_ONCE_OF_SEVERAL)
    return found


def _looked_at(
    session: Session,
    kept: Kept,
    patterns: Mapping[str, str],
    items: Iterable[int],
    sight: Sight,
    answers: Callable[[str], bool],
    wanted: int,
    at_once: int,
) -> dict[int, Found]:
    """Lines of the items that answer, from the first of them on: until there are as many as wanted, or enough was looked at."""
    left, looked_at = _once(items), 0
    found: dict[int, Found] = {}
    while looked_at < MOST_LOOKED_AT and len(found) < wanted and (some := list(islice(left, at_once))):
        for line in _lines(session, kept, sight, ids=some, on=sight.on, **patterns):
            if answers(line.terms or ""):
                found[line.id] = line
        looked_at += len(some)
        at_once *= 2
    return found


Rows = Sequence[Sequence[str]]
"""For each of some words: what is kept of it, agreement by agreement, the ids of items joined by spaces."""


def _kept_for_all(words: Sequence[Rows]) -> list[int]:
    """Of the items that are kept for the first of several, those that are kept for each of the others too."""
    first, *others = map(_ids, words)
    shared = set(others[0]).intersection(*others[1:])
    return [int(one) for one in dict.fromkeys(first) if one in shared]


def _ids(words: Rows) -> list[str]:
    return " ".join([row for rows in words for row in rows]).split()


def _turns_of(words: Rows) -> Iterator[int]:
    return _few_of_each([_in_turns(rows) for rows in words])


def _in_turns(rows: Sequence[str]) -> Iterator[int]:
    """The first that came of each agreement, then the last of each, then the second …"""
    for row in rows:
        yield int(row.partition(" ")[0])
    lists = [row.split(" ") for row in rows]
    for place in range(1, max(map(len, lists))):
        half = place // 2
        for items in lists:
            if place < len(items):
                yield int(items[half] if place % 2 == 0 else items[-half - 1])


def _few_of_each(words: Sequence[Iterator[int]]) -> Iterator[int]:
    """A few of each word, then a few more of each."""
    left = list(words)
    while left:
        for word in left[:]:
            some = list(islice(word, OF_EACH))
            if some:
                yield from some
            else:
                left.remove(word)


def _once(items: Iterable[int]) -> Iterator[int]:
    seen: set[int] = set()
    for item in items:
        if item not in seen:
            seen.add(item)
            yield item


def _of_bought(session: Session, question: Question, bought: Mapping[int, int], sight: Sight) -> dict[int, Found]:
    """Lines of items bought before that answer, whatever agreements name first."""
    ids = sorted(bought, key=lambda item: (-bought[item], item))[:MOST_BOUGHT]
    answers = answering(question)
    rows = _lines(session, _WITH_ONE, sight, ids=ids, on=sight.on, **_patterns(question.concepts[-1], 0))
    return {line.id: line for line in rows if answers(line.terms or "")}


def _patterns(concept: Concept, first: int) -> dict[str, str]:
    """What the terms of a line that meets the concept are like, roughly, for the engine to leave out most of the others."""
    words = [stem(word) for word in concept.typed.split()[-1:]] or [""]
    words += [way.words[0] for way in concept.ways if len(way.words) == 1 and words[0] not in way.words[0]]
    likes = [f"%{word}%" for word in words[:PATTERNS]]
    likes += [""] * (PATTERNS - len(likes))  # like nothing at all
    return {f"like{first + place}": like for place, like in enumerate(likes)}


PATTERNS: Final = 4
_COLUMNS: Final = (*(getattr(CatalogueLine, name) for name in Found._fields), CatalogueLine.lot_id)
"""A row of these has what `Found` has."""
_SOLD: Final = (
    select(*_COLUMNS)
    .join(Born, BORN)
    .outerjoin(Gone, GONE)
    .where(
        CatalogueLine.item_id.in_(bindparam("ids", expanding=True)),
        CatalogueLine.orderable,
        sold_on(bindparam("on", type_=Date)),
    )
    .order_by(CatalogueLine.id)
)
_AMONG: Final = Kept(_SOLD)
_LIKE: Final = [CatalogueLine.terms.like(bindparam(f"like{place}")) for place in range(2 * PATTERNS)]
_WITH_ONE: Final = Kept(_SOLD.where(or_(*_LIKE[:PATTERNS])))
_WITH_BOTH: Final = Kept(_SOLD.where(or_(*_LIKE[:PATTERNS]), or_(*_LIKE[PATTERNS:])))


def _lines(session: Session, kept: Kept, sight: Sight, **values: Any) -> Iterator[Found]:
    """Lines that may be seen: of agreements and lots that are joined, in groups that may be bought."""
    for line in kept.rows(session, **values):
        lots = sight.agreements.get(line.agreement_id, frozenset())
        if (lots is None or line.lot_id in lots) and group_allowed(line.unspsc, sight.groups):
            yield line


# --- what is shown -------------------------------------------------------------------------------------------------------


def _completions(text: str, names: Sequence[str], corrections: Mapping[str, str], at_most: int) -> list[str]:
    """What was typed, its last word completed from the names of what it finds: 'hånd' → 'håndsæbe', 'håndklæde'. Where no word goes on
    so, those are taken that it was understood as: 'håndse' → 'håndsæbe'."""
    start, _, last = text.rpartition(" ")
    typed = fold(last)
    for begun in dict.fromkeys((typed, corrections.get(typed, typed), stem(typed))):
        if found := _completed(start, begun, names):
            return found[:at_most]
    return []


def _completed(start: str, typed: str, names: Sequence[str]) -> list[str]:
    counted: dict[str, int] = {}
    for name in names:
        if typed not in fold(name):
            continue
        for word in name.replace(",", " ").replace("/", " ").split():
            if len(word) > 2 and word.isalpha() and fold(word).startswith(typed):
                whole = f"{start} {word.lower()}".strip()
                counted[whole] = counted.get(whole, 0) + 1
    return [whole for whole, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]
