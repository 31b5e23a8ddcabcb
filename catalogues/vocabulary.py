"""The words that catalogues use: what a typed word is widened to, corrected to, and put together from.

Every word has its reverse beside it, so that *ending in* is a range of an index like *beginning with*.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Index, Integer, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.items import Exactly
from eshop.db import Base, Owned, id_column, insert_rows


class Word(Owned, Base):
    """A stem that lines of the municipality use. `lines` counts how many ever did: a measure of how common it is."""

    __tablename__ = "word"
    __table_args__ = (
        Index("uq_word_text", "municipality_id", "text", unique=True),
        Index("ix_word_reversed", "municipality_id", "reversed"),
    )
    id: Mapped[int] = id_column()
    text: Mapped[str] = mapped_column(Exactly)
    reversed: Mapped[str] = mapped_column(Exactly)
    lines: Mapped[int] = mapped_column(Integer)


def learn(session: Session, municipality_id: int, used: Iterable[str]) -> None:
    """Counts the words of new lines into the vocabulary. Only words of letters: numbers and sizes are found as they are."""
    counted = {word: lines for word, lines in Counter(used).items() if word.isalpha()}
    if not counted:
        return
    known = {
        text: (word_id, lines)
        for word_id, text, lines in session.execute(
            select(Word.id, Word.text, Word.lines).where(Word.text.in_(list(counted)))
        )
    }
    if known:
        session.execute(
            update(Word), [{"id": word_id, "lines": lines + counted[text]} for text, (word_id, lines) in known.items()]
        )
    insert_rows(
        session,
        Word,
        [
            {"municipality_id": municipality_id, "text": text, "reversed": text[::-1], "lines": count}
            for text, count in counted.items()
            if text not in known
        ],
    )


def beginning_with(session: Session, start: str, at_most: int = 200) -> Sequence[Word]:
    """Words that begin so, the most used first."""
    return session.scalars(
        select(Word)
        .where(Word.text >= start, Word.text < start + "\U0010ffff")
        .order_by(Word.lines.desc(), Word.text)
        .limit(at_most)
    ).all()


def ending_in(session: Session, end: str, at_most: int = 200) -> Sequence[Word]:
    """Words that end so, the most used first."""
    back = end[::-1]
    return session.scalars(
        select(Word)
        .where(Word.reversed >= back, Word.reversed < back + "\U0010ffff")
        .order_by(Word.lines.desc(), Word.text)
        .limit(at_most)
    ).all()


def lines_using(session: Session, texts: Iterable[str]) -> dict[str, int]:
    """Word → how many lines use it; unknown words count 0."""
    asked = list(texts)
    found = dict.fromkeys(asked, 0)
    if asked:
        rows = session.execute(select(Word.text, Word.lines).where(Word.text.in_(asked)))
        found.update(rows.all())
    return found


def most_lines(session: Session) -> int:
    """How many lines the vocabulary was learned from, by its most used word; 1 where it is empty."""
    return session.scalar(select(func.max(Word.lines))) or 1


def sharing_an_end(session: Session, word: str, slips: int) -> list[Word]:
    """Words of about the same length that share the first two or the last two letters."""
    shortest, longest = len(word) - slips, len(word) + slips
    near = func.length(Word.text).between(shortest, longest)
    first, last = word[:2], word[-1:-3:-1]
    found: dict[int, Word] = {}
    for column, start in ((Word.text, first), (Word.reversed, last)):
        for one in session.scalars(select(Word).where(column >= start, column < start + "\U0010ffff", near)):
            found[one.id] = one
    return list(found.values())
