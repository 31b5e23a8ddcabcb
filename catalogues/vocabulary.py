"""The words that catalogues use: what a typed word is widened to, corrected to, and put together from.

Every word has its reverse beside it, so that *ending in* is a range of an index like *beginning with*.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, bindparam, delete, event, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.analysis import ANALYSER
from catalogues.items import CatalogueVersion, Exactly
from eshop.db import Base, Owned, id_column, merge_rows
from eshop.kept import Kept


class Word(Owned, Base):
    """A stem that lines of the municipality use. `lines` counts how many ever did: a measure of how common it is."""

    __tablename__ = "word"
    found_otherwise = True
    __table_args__ = (
        Index("uq_word_text", "municipality_id", "text", unique=True),
        Index("ix_word_reversed", "municipality_id", "reversed"),
    )
    id: Mapped[int] = id_column()
    text: Mapped[str] = mapped_column(Exactly)
    reversed: Mapped[str] = mapped_column(Exactly)
    lines: Mapped[int] = mapped_column(Integer)


class SearchIndex(Owned, Base):
    """By which analyser (`analysis.ANALYSER`) all lines of the municipality are indexed, and how far one that reads them anew has come:
    lines up to `line_id`, and then what is offered while one types of agreements up to `agreement_id`."""

    __tablename__ = "search_index"
    found_otherwise = True
    municipality_id: Mapped[int] = mapped_column(  # pyright: ignore[reportIncompatibleVariableOverride]
        ForeignKey("municipality.id"), primary_key=True, autoincrement=False
    )
    analyser: Mapped[int] = mapped_column(Integer)
    target: Mapped[int] = mapped_column(Integer)
    """The analyser of the run under way; of none when it is `analyser`."""
    line_id: Mapped[int] = mapped_column(BigInteger, default=0)
    agreement_id: Mapped[int] = mapped_column(BigInteger, default=0)


def learn(session: Session, municipality_id: int, used: Iterable[str]) -> None:
    """Counts the words of new lines into the vocabulary. Only words of letters: numbers and sizes are found as they are."""
    _write(session, municipality_id, Counter(word for word in used if word.isalpha()))


def learn_with(session: Session, version: CatalogueVersion, used: Iterable[str]) -> None:
    """The same of lines of the version, when the unit of work is committed."""
    counted = session.info.setdefault(_LEARNED_NOW, {}).setdefault(version, Counter())
    counted.update(word for word in used if word.isalpha())


_LEARNED_NOW: Final = "learned_words"


@event.listens_for(Session, "before_commit", insert=True)
def _write_words(session: Session) -> None:
    """Everybody's catalogues use the same words. Of one transaction they are written together, in their order and last of all, so that
    several suppliers' files at once wait for each other and never lock each other out, however many chunks each has taken."""
    if _LEARNED_NOW not in session.info or session.in_nested_transaction():
        return
    session.flush()
    of_each: dict[int, Counter[str]] = {}
    for version, counted in session.info.pop(_LEARNED_NOW).items():
        if version in session:  # else the load was given up
            of_each.setdefault(version.municipality_id, Counter()).update(counted)
    for municipality_id, counted in of_each.items():
        _write(session, municipality_id, counted)


def _write(session: Session, municipality_id: int, counted: Counter[str]) -> None:
    if not counted:
        return
    first = session.execute(select(Word.id).where(Word.municipality_id == municipality_id).limit(1)).first() is None
    rows = [(municipality_id, word, word[::-1], lines) for word, lines in counted.items()]
    merge_rows(
        session, Word, ("municipality_id", "text", "reversed", "lines"), rows, "lines = word.lines + excluded.lines"
    )
    if first:
        # Where nothing was indexed before, all that is has been read as words are read now.
        columns = ("municipality_id", "analyser", "target", "line_id", "agreement_id")
        made = [(municipality_id, ANALYSER, ANALYSER, 0, 0)]
        merge_rows(session, SearchIndex, columns, made, "analyser = search_index.analyser")


def recount(session: Session, municipality_id: int, before: Counter[str], now: Counter[str]) -> None:
    """Lines that used the words `before` use those of `now`. A word that no line uses any more is forgotten."""
    change = Counter(now)
    change.subtract(before)
    words = {word: lines for word, lines in change.items() if lines and word.isalpha()}
    known = lines_using(session, words)
    _write(
        session, municipality_id, Counter({word: lines for word, lines in words.items() if lines > 0 or known[word]})
    )
    fewer = [word for word, lines in words.items() if lines < 0]
    for start in range(0, len(fewer), AT_ONCE):
        session.execute(delete(Word).where(Word.text.in_(fewer[start : start + AT_ONCE]), Word.lines <= 0))


AT_ONCE: Final = 500


SHORTEST_END: Final = 3

Uses = tuple[str, int]
"""A word and how many lines use it."""

_BY_USE: Final = (Word.lines.desc(), Word.text)
_BEGINNING: Final = Kept(
    select(Word.text, Word.lines)
    .where(Word.text >= bindparam("start"), Word.text < bindparam("end"))
    .order_by(*_BY_USE)
    .limit(bindparam("at_most")),
    bare=True,
)
_ENDING: Final = Kept(
    select(Word.text, Word.lines)
    .where(Word.reversed >= bindparam("start"), Word.reversed < bindparam("end"))
    .order_by(*_BY_USE)
    .limit(bindparam("at_most")),
    bare=True,
)
_USING: Final = Kept(select(Word.text, Word.lines).where(Word.text.in_(bindparam("texts", expanding=True))), bare=True)
_NEAR_START, _NEAR_END = (
    Kept(
        select(Word.text, Word.lines).where(
            column >= bindparam("start"),
            column < bindparam("end"),
            func.length(Word.text).between(bindparam("shortest"), bindparam("longest")),
        ),
        bare=True,
    )
    for column in (Word.text, Word.reversed)
)
_LEARNED: Final = Kept(select(func.sum(CatalogueVersion.new + CatalogueVersion.changed)))
_AFTER: Final = "\U0010ffff"


def beginning_with(session: Session, start: str, at_most: int = 200) -> Sequence[Uses]:
    """Words that begin so, the most used first."""
    return list(_BEGINNING.rows(session, start=start, end=start + _AFTER, at_most=at_most))


def ending_in(session: Session, end: str, at_most: int = 200) -> Sequence[Uses]:
    """Words that end so, the most used first."""
    back = end[::-1]
    return list(_ENDING.rows(session, start=back, end=back + _AFTER, at_most=at_most))


def lines_using(session: Session, texts: Iterable[str]) -> dict[str, int]:
    """Word → how many lines use it; unknown words count 0."""
    asked = list(texts)
    found = dict.fromkeys(asked, 0)
    for start in range(0, len(asked), AT_ONCE):
        found.update(_USING.rows(session, texts=asked[start : start + AT_ONCE]))
    return found


def asking_for_uses(texts: Sequence[str]) -> tuple[Kept, dict[str, Any]]:
    """The question behind `lines_using`, for whoever asks more in the same journey; its rows are word and lines."""
    return _USING, {"texts": list(texts)}


def asking_for_longer(word: str, at_most: int) -> dict[str, tuple[Kept, dict[str, Any]]]:
    """The questions behind `beginning_with` and `ending_in`; the ends of words only where the word is long enough to say something."""
    back = word[::-1]
    asked = {"beginning": (_BEGINNING, {"start": word, "end": word + _AFTER, "at_most": at_most})}
    if len(word) >= SHORTEST_END:
        asked["ending"] = (_ENDING, {"start": back, "end": back + _AFTER, "at_most": at_most})
    return asked


def lines_learned(session: Session) -> int:
    """How many lines the vocabulary was learned from; 1 where there are none."""
    return int(_LEARNED.rows(session)[0][0] or 1)


def sharing_an_end(session: Session, word: str, slips: int) -> list[Uses]:
    """Words of about the same length that share the first two or the last two letters."""
    found: dict[str, int] = {}
    for near, start in ((_NEAR_START, word[:2]), (_NEAR_END, word[:-3:-1])):
        found.update(
            near.rows(session, start=start, end=start + _AFTER, shortest=len(word) - slips, longest=len(word) + slips)
        )
    return list(found.items())
