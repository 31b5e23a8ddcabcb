"""The lines of an agreement that stand today, by the bytes they stood as in their file: what the next file repeats is told by them at
once, without its lines being read or a question asked for each."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement
from catalogues.items import Born, CatalogueLine, CatalogueVersion, Gone, UnchangedItem, is_current
from eshop.formats import Heading

_AT_ONCE: Final = 5000


class Standing:
    """Some twenty bytes a line: the imprints in order, the items in order, and which of them the file has spoken of."""

    def __init__(self) -> None:
        self.imprints = array("q")
        self._place_of = array("I")
        """Imprint's place → its item's place."""
        self._items = array("q")
        self._told = bytearray()

    def repeat(self, place: int) -> int | None:
        """The item of the imprint at the place, told of now; None when the file has told of it before."""
        at = self._place_of[place]
        if self._told[at]:
            return None
        self._told[at] = 1
        return self._items[at]

    def item_at(self, place: int) -> int:
        return self._items[self._place_of[place]]

    def tell(self, item_ids: Iterable[int | None]) -> None:
        """The file has told of these items, whatever it said."""
        for item_id in item_ids:
            at = self._at(item_id or 0)
            if at is not None:
                self._told[at] = 1

    def told(self, item_id: int) -> bool:
        at = self._at(item_id)
        return at is not None and bool(self._told[at])

    def _at(self, item_id: int) -> int | None:
        at = bisect_left(self._items, item_id)
        return at if at < len(self._items) and self._items[at] == item_id else None


def standing_lines(session: Session, agreement: Agreement, heading: Heading) -> Standing:
    """What stands, where a catalogue with this heading can repeat it: a line of one that began no later. (That it ends on the same day is
    in the imprint.)"""
    found = Standing()
    if agreement.live_version_id is None or heading.action == "Delete":
        return found
    rows: Any = session.execute(
        select(
            CatalogueLine.imprint,
            CatalogueLine.item_id,
            func.row_number().over(order_by=CatalogueLine.item_id),
        )
        .join(Born, Born.id == CatalogueLine.since_version_id)
        .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
        .where(
            CatalogueLine.version_id.in_(_versions_of(agreement)),
            CatalogueLine.imprint.is_not(None),
            is_current(),
            func.coalesce(Born.valid_from, date.min) <= (heading.valid_from or date.min),
        )
        .order_by(CatalogueLine.imprint),
        execution_options={"yield_per": _AT_ONCE},
    )
    items = array("q")
    for imprint, item_id, place in rows:
        found.imprints.append(imprint)
        found._place_of.append(place - 1)
        items.append(item_id)
    found._items = array("q", bytes(8 * len(items)))
    for place, item_id in zip(found._place_of, items, strict=True):
        found._items[place] = item_id
    found._told = bytearray(len(items))
    return found


def lines_left_out(session: Session, agreement: Agreement, version: CatalogueVersion, told: Standing) -> Iterator[int]:
    """The lines that stand (their ids) about items that the version has not told of."""
    stated = select(CatalogueLine.item_id).where(
        CatalogueLine.version_id == version.id, CatalogueLine.item_id.is_not(None)
    )
    unchanged = select(UnchangedItem.item_id).where(UnchangedItem.version_id == version.id)
    rows = session.execute(
        select(CatalogueLine.id, CatalogueLine.item_id)
        .join(Born, Born.id == CatalogueLine.since_version_id)
        .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
        .where(
            CatalogueLine.version_id.in_(_versions_of(agreement)),
            is_current(),
            CatalogueLine.item_id.not_in(stated),
            CatalogueLine.item_id.not_in(unchanged),
        )
        .order_by(CatalogueLine.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for line_id, item_id in rows:
        if item_id is not None and not told.told(item_id):
            yield line_id


def _versions_of(agreement: Agreement):
    return select(CatalogueVersion.id).where(CatalogueVersion.agreement_id == agreement.id)
