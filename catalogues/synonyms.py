"""Words that mean the same: the product's own list of everyday Danish, and what the purchasing lead adds on top.

The default list (`synonyms.csv`) has one group per row: phrases that people use for one thing, separated by `|`. A lead's groups
go before it: a group with the same first word replaces the default one. `broader.csv` has what people call many things by one word
(møbler): such a word finds the things, and the things do not find each other.
"""

import csv
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.analysis import words
from eshop import audit
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, require
from eshop.kept import Kept

_DEFAULT: Final = Path(__file__).with_name("synonyms.csv")
_BROADER: Final = Path(__file__).with_name("broader.csv")

Groups = dict[str, list[tuple[str, ...]]]
"""Phrase of stems joined by spaces → the phrases that mean the same."""


class SynonymGroup(Owned, Base):
    """Phrases that mean the same in this municipality. An empty list switches a default group off by its first phrase."""

    __tablename__ = "synonym_group"
    id: Mapped[int] = id_column()
    first: Mapped[str]
    phrases: Mapped[list[str]] = mapped_column(JsonType)


@cache
def default_groups() -> tuple[tuple[str, ...], ...]:
    """The product's own list, as it is written."""
    with _DEFAULT.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        return tuple(_phrases(row[0]) for row in rows if row and row[0])


@cache
def broader_words() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """(words for many things, the things), as they are written."""
    with _BROADER.open(encoding="utf-8") as file:
        rows = [line.split(">") for line in file if not line.startswith("#")]
    return tuple((_phrases(broad), _phrases(things)) for broad, things in rows)


def _phrases(written: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in written.split("|") if phrase.strip())


@cache
def _default_index() -> Groups:
    return _indexed(default_groups())


def _indexed(groups: tuple[tuple[str, ...], ...]) -> Groups:
    found: Groups = {}
    for group in groups:
        phrases = list(dict.fromkeys(stems for phrase in group if (stems := tuple(words(phrase)))))
        for phrase in phrases:
            same = found.setdefault(" ".join(phrase), [])
            same += [other for other in phrases if other != phrase and other not in same]
    for key in [one for one in found if one.count(" ") == 1]:
        # Written in one all the same: wcpapir. The two words are what it means, and so is what they mean.
        joined = key.replace(" ", "")
        if joined not in found:
            found[joined] = [tuple(key.split()), *found[key]]
    return _with_broader(found)


def _with_broader(found: Groups) -> Groups:
    """After what means the same: what is a kind of it, also for the words that mean the same as the word for all of them."""
    added: Groups = {}
    for broad, things in broader_words():
        stems = [told for thing in things if (told := tuple(words(thing)))]
        for phrase in dict.fromkeys(tuple(words(one)) for one in broad):
            for same in (phrase, *found.get(" ".join(phrase), ())):
                added.setdefault(" ".join(same), []).extend(stems)
    for key, stems in added.items():
        same = found.setdefault(key, [])
        same += [one for one in dict.fromkeys(stems) if one not in same]
    return found


_OWN: Final = Kept(select(SynonymGroup.first, SynonymGroup.phrases).order_by(SynonymGroup.id))


def synonyms(session: Session) -> Groups:
    """Every phrase of the default list and the municipality's own."""
    return synonyms_from(_OWN.rows(session))


def asking_for_synonyms() -> tuple[Kept, dict[str, Any]]:
    """The question behind `synonyms`, for whoever asks more in the same journey; `synonyms_from` reads the answer."""
    return _OWN, {}


def synonyms_from(own: Sequence[Any]) -> Groups:
    return _with_own(tuple((first, tuple(phrases)) for first, phrases in own)) if own else _default_index()


@lru_cache(maxsize=100)
def _with_own(own: tuple[tuple[str, tuple[str, ...]], ...]) -> Groups:
    """The default list with a municipality's own groups before it, laid out once for the same groups: it takes ten milliseconds."""
    replaced = {first for first, _ in own}
    groups = [group for group in default_groups() if group[0] not in replaced]
    return _indexed((*(phrases for _, phrases in own if phrases), *groups))


def set_synonyms(session: Session, phrases: list[str], by: Actor) -> SynonymGroup:
    """Phrases that mean the same from now on, in place of the group that begins with the same phrase. BadInput
    `synonyms_too_few` for fewer than two; NotAllowed without the role."""
    require(by, "manage_agreements")
    kept = list(dict.fromkeys(phrase.strip().lower() for phrase in phrases if phrase.strip()))
    if len(kept) < 2:
        raise BadInput("synonyms_too_few")
    group = session.scalars(select(SynonymGroup).where(SynonymGroup.first == kept[0])).one_or_none()
    if group is None:
        group = SynonymGroup(first=kept[0], municipality_id=by.municipality_id)
        session.add(group)
    group.phrases = kept
    session.flush()
    audit.record(session, "synonyms_set", "synonym_group", group.id, by, first=group.first, phrases=kept)
    return group


def drop_synonyms(session: Session, group_id: int, by: Actor) -> SynonymGroup:
    """The municipality's own group is no more; what the product says of the words counts again. NotFound; NotAllowed without the role."""
    require(by, "manage_agreements")
    group = session.scalars(select(SynonymGroup).where(SynonymGroup.id == group_id)).one_or_none()
    if group is None:
        raise NotFound("not_found", thing="SynonymGroup", key=group_id)
    audit.record(session, "synonyms_set", "synonym_group", group.id, by, first=group.first, phrases=[])
    session.delete(group)
    session.flush()
    return group


def list_synonyms(session: Session) -> list[SynonymGroup]:
    """The municipality's own groups."""
    return list(session.scalars(select(SynonymGroup).order_by(SynonymGroup.first)))
