"""What is offered while a word is being typed: for each word of each agreement a few items that have it in their name or keywords.

A word that is begun is in every tenth line of a catalogue, and each letter asks again; so the word index, which knows every line, is the
wrong one to ask. Here a letter costs a handful of rows by their key, whatever the size of the catalogues.

The rows are kept by the step that keeps the word index, when lines are loaded. They only name items: whether one may be seen and bought is
asked of its line each time, so an item that has gone, or that waits for somebody to accept it, is never shown. To have others then, a row
names the first items that came and the last.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import ForeignKey, PrimaryKeyConstraint, Text, bindparam, delete, distinct, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.items import Exactly
from eshop.db import Base, Owned, merge_rows
from eshop.kept import Kept

KEPT_AT_EACH_END: Final = 6
"""Items that a row names of those that came first, and of those that came last."""

SHORTEST: Final = 2
LONGEST: Final = 40
WITH_DIGITS: Final = 4
"""Letters of a word that is kept: a4 and ffp2 are words that people type, a maker's number of twelve signs is looked for whole."""

MOST_TOLD: Final = 50_000


class WordItems(Owned, Base):
    """Some items of an agreement that have a word in their name or keywords. `items` are their ids, joined by spaces."""

    __tablename__ = "word_items"
    found_otherwise = True
    __table_args__ = (PrimaryKeyConstraint("municipality_id", "text", "agreement_id"), {"sqlite_with_rowid": False})
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))  # pyright: ignore[reportIncompatibleVariableOverride]
    text: Mapped[str] = mapped_column(Exactly)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    items: Mapped[str] = mapped_column(Text)


Named = tuple[int, Sequence[str], Sequence[str]]
"""An item, the words of its name, and its keywords."""


class BegunWords:
    """Takes the lines of one agreement as they are loaded. A word that has had its share of a load is not written again in it, so common
    words cost nothing after the first thousands of lines."""

    def __init__(self, session: Session, municipality_id: int, agreement_id: int) -> None:
        self._session, self._municipality_id, self._agreement_id = session, municipality_id, agreement_id
        self._told: dict[str, int] = {}

    def take(self, named: Iterable[Named]) -> None:
        """The shortest names go first, and those that have the word in their name before those that have it as a keyword."""
        told = self._told
        if len(told) > MOST_TOLD:
            told.clear()
        found: dict[str, list[tuple[bool, int, int]]] = {}
        for item_id, name, keywords in named:
            long = len(name)
            for other, words in ((False, name), (True, keywords)):
                for word in words:
                    if told.get(word, 0) < KEPT_AT_EACH_END:
                        found.setdefault(word, []).append((other, long, item_id))
        chosen: dict[str, list[int]] = {}
        for word, items in found.items():
            if _worth_keeping(word):
                had = told.get(word, 0)
                chosen[word] = [item for _, _, item in sorted(items)[: KEPT_AT_EACH_END - had]]
                told[word] = had + len(chosen[word])
        self._write(chosen)

    def _write(self, chosen: Mapping[str, Sequence[int]]) -> None:
        if not chosen:
            return
        there = self._kept(list(chosen))
        written: dict[str, str] = {}
        for word, items in chosen.items():
            known = there.get(word, "").split()
            more = [item for one in items if (item := str(one)) not in known]
            if more:
                kept = known[:KEPT_AT_EACH_END] + (known[KEPT_AT_EACH_END:] + more)[-KEPT_AT_EACH_END:]
                kept = (known + more) if len(known) + len(more) <= 2 * KEPT_AT_EACH_END else kept
                written[word] = " ".join(kept)
        self._keep(written)

    def _kept(self, words: Sequence[str]) -> Mapping[str, str]:
        return dict(_THERE.rows(self._session, texts=list(words), agreement_id=self._agreement_id))

    def _keep(self, written: Mapping[str, str]) -> None:
        rows = [(self._municipality_id, word, self._agreement_id, items) for word, items in written.items()]
        columns = ("municipality_id", "text", "agreement_id", "items")
        merge_rows(self._session, WordItems, columns, rows, "items = excluded.items")


class BegunAnew(BegunWords):
    """The same for all the lines an agreement has had, from the first on: nothing is written before `replace`, so what is kept from before
    is asked all the while."""

    def __init__(self, session: Session, municipality_id: int, agreement_id: int) -> None:
        super().__init__(session, municipality_id, agreement_id)
        self._anew: dict[str, str] = {}

    def next_load(self) -> None:
        """The lines that follow came with another catalogue."""
        self._told.clear()

    def replace(self) -> None:
        """Writes what was taken, in the place of all that is kept of the agreement."""
        self._session.execute(delete(WordItems).where(WordItems.agreement_id == self._agreement_id))
        super()._keep(self._anew)

    def _kept(self, words: Sequence[str]) -> Mapping[str, str]:
        return {word: self._anew[word] for word in words if word in self._anew}

    def _keep(self, written: Mapping[str, str]) -> None:
        self._anew.update(written)


def _worth_keeping(word: str) -> bool:
    if word.isalpha():
        return SHORTEST <= len(word) <= LONGEST
    return word[0].isalpha() and SHORTEST <= len(word) <= WITH_DIGITS


_THERE: Final = Kept(
    select(WordItems.text, WordItems.items).where(
        WordItems.text.in_(bindparam("texts", expanding=True)), WordItems.agreement_id == bindparam("agreement_id")
    )
)
_AMONG: Final = Kept(
    select(WordItems.text, WordItems.agreement_id, WordItems.items).where(
        WordItems.text.in_(bindparam("texts", expanding=True)),
        WordItems.agreement_id.in_(bindparam("agreements", expanding=True)),
    ),
    bare=True,
)
_BEGINNING: Final = Kept(
    select(WordItems.text)
    .where(
        WordItems.text >= bindparam("start"),
        WordItems.text < bindparam("end"),
        WordItems.agreement_id.in_(bindparam("agreements", expanding=True)),
    )
    .group_by(WordItems.text)
    .order_by(func.count(distinct(WordItems.agreement_id)).desc(), WordItems.text)
    .limit(bindparam("at_most"))
)
_AFTER: Final = "\U0010ffff"


def items_of_words(session: Session, texts: Sequence[str], agreements: Sequence[int]) -> dict[str, list[str]]:
    """Word → of each of the agreements that has it, in the order given, the items that are kept, as they came."""
    found: dict[str, dict[int, str]] = {}
    for text, agreement, items in _AMONG.rows(session, texts=list(texts), agreements=sorted(agreements)):
        if text in found:
            found[text][agreement] = items
        else:
            found[text] = {agreement: items}
    return {text: [of[agreement] for agreement in agreements if agreement in of] for text, of in found.items()}


def words_beginning(session: Session, start: str, agreements: Sequence[int], at_most: int) -> list[str]:
    """Words of these agreements that begin so, those of most agreements first."""
    rows = _BEGINNING.rows(session, start=start, end=start + _AFTER, agreements=list(agreements), at_most=at_most)
    return [row[0] for row in rows]
