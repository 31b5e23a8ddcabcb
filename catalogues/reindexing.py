"""Reading the words of lines anew that were indexed before words were read as they are now.

What a line is found by (its terms), how many lines use a word, and what is offered while one types come of the same reading, so they are
rewritten together, in steps of which each is kept by itself: search answers all the while, and who is interrupted goes on where it was.
First the lines in their order, each with its words; then, agreement by agreement, what is offered while one types, which is made aside and
put in the place of the old in one short step.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement
from catalogues.analysis import ANALYSER, terms, told_by
from catalogues.begun import BegunAnew, Named
from catalogues.index import index_again
from catalogues.items import CatalogueLine, CatalogueVersion
from catalogues.vocabulary import SearchIndex, Word, recount
from eshop.identity import Actor

REINDEX_JOB: Final = "read_words_anew"

AT_ONCE: Final = 1000
"""Lines of one step."""

OF_A_LOAD: Final = 1000
"""Lines among which the shortest names are chosen to be offered: as many as a load takes at once, so that the same are."""


def index_is_old(session: Session) -> bool:
    """Whether lines of the municipality were indexed by another analyser than that of this code."""
    state = _state(session)
    if state is None:
        return session.scalars(select(exists().select_from(Word))).one()
    return state.analyser != ANALYSER


def lines_to_reindex(session: Session) -> int:
    """How many lines a whole run reads, for telling how far it has come."""
    return session.scalars(select(func.count()).select_from(CatalogueLine)).one()


def reindex(session: Session, by: Actor) -> Iterator[int]:
    """Reads all lines of the municipality anew and gives after each step how many lines it was about: whoever asks commits there. A run
    that is broken off is taken up where it was; several at once share the work and do nothing twice."""
    _begin(session, by)
    while (done := _next_lines(session, by)) is not None:
        yield done
    while (agreement_id := _next_agreement(session)) is not None:
        yield from _offered_anew(session, agreement_id, by)
    state = _held(session)
    state.analyser, state.line_id, state.agreement_id = ANALYSER, 0, 0
    session.flush()
    yield 0


def _state(session: Session) -> SearchIndex | None:
    return session.scalars(select(SearchIndex)).one_or_none()


def _held(session: Session) -> SearchIndex:
    """Where the run is, held until the step is committed, so that two never do the same step."""
    return session.scalars(select(SearchIndex).with_for_update().execution_options(populate_existing=True)).one()


def _begin(session: Session, by: Actor) -> None:
    """Takes up the run that was broken off, or begins one."""
    if _state(session) is None:
        session.add(SearchIndex(municipality_id=by.municipality_id, analyser=NONE, target=NONE))
        session.flush()
    state = _held(session)
    if state.analyser == ANALYSER or state.target != ANALYSER:
        state.analyser, state.target, state.line_id, state.agreement_id = NONE, ANALYSER, 0, 0
        session.flush()


NONE: Final = 0
"""Of lines that are being read anew, or that were indexed before analysers had a number."""


# --- lines ---------------------------------------------------------------------------------------------------------------

_LINE: Final = (
    CatalogueLine.id,
    CatalogueLine.name,
    CatalogueLine.brand,
    CatalogueLine.description,
    CatalogueLine.details,
    CatalogueLine.supplier_id,
    CatalogueLine.agreement_id,
    CatalogueLine.terms,
)


def _next_lines(session: Session, by: Actor) -> int | None:
    state = _held(session)
    if state.analyser == ANALYSER:
        return None  # somebody else came to the end
    lines = session.execute(
        select(*_LINE).where(CatalogueLine.id > state.line_id).order_by(CatalogueLine.id).limit(AT_ONCE)
    ).all()
    if not lines:
        return None
    before: Counter[str] = Counter()
    now: Counter[str] = Counter()
    again: list[tuple[int, str, str]] = []
    written: list[dict[str, Any]] = []
    for line in lines:
        if line.terms is None:
            continue
        said = line.details or {}
        others = (line.brand or "", *said.get("keywords", ()), said.get("manufacturer", ""))
        read = terms(line.name, others, line.description)
        kept = read.of(line.supplier_id, line.agreement_id)
        if kept != line.terms:
            for words in told_by(line.terms):
                before.update(words)
            for words in (read.name, read.keywords, read.description):
                now.update(words)
            again.append((line.id, line.terms, kept))
            written.append({"id": line.id, "terms": kept, "words": len(read.name)})
    if again:
        index_again(session, again)
        session.execute(update(CatalogueLine), written)
        recount(session, by.municipality_id, before, now)
    state.line_id = lines[-1].id
    session.flush()
    return len(lines)


# --- what is offered while one types ---------------------------------------------------------------------------------------


def _next_agreement(session: Session) -> int | None:
    state = _held(session)
    if state.analyser == ANALYSER:
        return None
    return session.scalars(
        select(Agreement.id).where(Agreement.id > state.agreement_id).order_by(Agreement.id).limit(1)
    ).one_or_none()


def _offered_anew(session: Session, agreement_id: int, by: Actor) -> Iterator[int]:
    """A few items for each word of the agreement's lines, read in steps and written in one, with the lines that have come meanwhile."""
    begun = BegunAnew(session, by.municipality_id, agreement_id)
    places: dict[int, tuple[int, int]] = {}
    for version_id in _versions(session, agreement_id):
        begun.next_load()
        while some := _after(session, version_id, places.get(version_id, (-1, 0))):
            places[version_id] = some[-1][:2]
            begun.take(_named(some))
            yield 0
    state = _held(session)
    if state.agreement_id < agreement_id and state.analyser != ANALYSER:
        for version_id in _versions(session, agreement_id):
            begun.next_load()
            while some := _after(session, version_id, places.get(version_id, (-1, 0))):
                places[version_id] = some[-1][:2]
                begun.take(_named(some))
        begun.replace()
        state.agreement_id = agreement_id
        session.flush()
    yield 0


def _versions(session: Session, agreement_id: int) -> Sequence[int]:
    of_agreement = CatalogueVersion.agreement_id == agreement_id
    return session.scalars(select(CatalogueVersion.id).where(of_agreement).order_by(CatalogueVersion.id)).all()


def _after(session: Session, version_id: int, place: tuple[int, int]) -> Sequence[Any]:
    """Lines of the version that can be ordered, in their order in the file: number, id, item, terms."""
    number, line_id = place
    return session.execute(
        select(CatalogueLine.number, CatalogueLine.id, CatalogueLine.item_id, CatalogueLine.terms)
        .where(
            CatalogueLine.version_id == version_id,
            CatalogueLine.number >= number,
            or_(CatalogueLine.number > number, and_(CatalogueLine.number == number, CatalogueLine.id > line_id)),
            CatalogueLine.terms.is_not(None),
            CatalogueLine.item_id.is_not(None),
            CatalogueLine.orderable,
        )
        .order_by(CatalogueLine.number, CatalogueLine.id)
        .limit(OF_A_LOAD)
    ).all()


def _named(lines: Sequence[Any]) -> list[Named]:
    return [(item_id, *told_by(kept)[:2]) for _, _, item_id, kept in lines]
