"""How many items a search would find, for the searches that are offered while one types.

The number is that of the search itself (the same question, the same agreements and item groups), so it is asked of the word index. That
is more than a letter may cost: it is asked when the one who types rests, and no further than to the first few hundred.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from catalogues import index
from catalogues.agreements import joined_standings
from catalogues.questions import understand
from catalogues.searching import lexicon_of, sight_of, with_suppliers
from eshop.identity import Institution

COUNTED_TO: Final = 500
"""With more items than these, that there are more is what is said."""


def how_many(
    session: Session, texts: Sequence[str], institution: Institution | None, on: date, at_most: int = COUNTED_TO
) -> list[int]:
    """Of each text the number of items that `search` finds for it that day: exact up to `at_most`, which is exceeded by 1 when there are
    more; 0 also where the search would go on to what has only some of the words."""
    session.flush()
    sight = sight_of(joined_standings(session), institution, on, {})
    if not sight.agreements:
        return [0] * len(texts)
    lexicon = lexicon_of(session)
    found = []
    for text in texts:
        question = with_suppliers(session, understand(" ".join(text.replace("\0", " ").split()), lexicon))
        found.append(index.count_up_to(session, question, sight, at_most + 1))
    return found
