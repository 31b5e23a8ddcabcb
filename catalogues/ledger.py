"""The ledger of one load: what every incoming line of a version says, does and changes.

Between chunks it holds only what does not grow with the file. An item is found by its key (seller's item id, order unit) within the
agreement, never by the line's id. A line that says what the live line says, as long, is unchanged: counted, not kept. It is recognised by
the bytes it stands as (its imprint), else by the digest of what it says, else by what is kept. Where only its days differ it is `renewed`:
kept, so that they count, and counted as unchanged.
"""

from array import array
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement
from catalogues.begun import BegunWords, Named
from catalogues.checks import Terms, begins, check, ends, lot_for, order_unit, worst
from catalogues.comparison import compare, rises_near_cap
from catalogues.index import index_lines
from catalogues.items import (
    ALWAYS,
    VERSION_WORKFLOW,
    Born,
    CatalogueLine,
    CatalogueVersion,
    Gone,
    Item,
    Price,
    UnchangedItem,
    is_current,
)
from catalogues.kept_rows import ITEM_COLUMNS, LINE_COLUMNS, PRICE_COLUMNS, Entry, Rows
from catalogues.purchases import bought_in_a_year
from catalogues.standing import lines_left_out, standing_lines
from catalogues.stored import (
    carry_over,
    completed,
    finding_row,
    known_of,
    prices_of,
    says_the_same,
    unit_prices_a_year_before,
)
from catalogues.vocabulary import learn_with
from eshop import audit
from eshop.amounts import Amount, canonical_unit
from eshop.db import connection_of, copy_rows, next_ids, one_of
from eshop.engines import keep_few_pages, refresh_statistics
from eshop.findings import Finding
from eshop.formats import Draft, DraftPrice, Heading, Repeated
from eshop.identity import Actor

A_DAY: Final = timedelta(days=1)
REFS: Final = 10_000
REMOVED_CHUNK: Final = 2000
MANY: Final = 1000


class _Counts(NamedTuple):
    """The line that counts today about an item."""

    line_id: int
    digest: int | None
    imprint: int | None
    starts_on: date
    ends_on: date
    priced_until: date | None
    """The last day of its first price."""


Live = dict[int, _Counts]
Kept = dict[int, tuple[CatalogueLine, list[DraftPrice]]]


@dataclass(slots=True)
class _Chunk:
    """What is known about the items that a chunk speaks of, and what becomes of its lines."""

    items: dict[str, dict[str, int]]
    """Seller's item id → unit → item."""
    live: Live
    told: set[int | None]
    """Items that the file has spoken of."""
    kept: Kept
    """Lines that count and are not repeated as they are, with their prices."""
    entries: list[Entry]
    unchanged: list[int]
    fresh: dict[tuple[str, str], Entry]
    seen_again: list[dict[str, Any]]
    """What is written over in lines that say the same in another way."""


def _place(line: Entry | Repeated) -> int:
    return line.number if isinstance(line, Repeated) else line.draft.number


class Ledger:
    """`take` every chunk of drafts in order, then `finish`."""

    def __init__(
        self,
        session: Session,
        agreement: Agreement,
        version: CatalogueVersion,
        heading: Heading,
        terms: Terms,
        by: Actor,
    ) -> None:
        self.session, self.agreement, self.version, self.heading, self.by = session, agreement, version, heading, by
        self.terms = terms
        self.scope = agreement.municipality_id
        self.rows = Rows(agreement, version, heading, by.today)
        self._begun = BegunWords(session, self.scope, agreement.id)
        self.standing = standing_lines(session, agreement, heading)
        self._refs: set[str] = set()
        self._refs_in_order: deque[str] = deque()
        if version.lines:
            self.standing.tell(session.scalars(select(CatalogueLine.item_id).where(self._stated())))

    def _stated(self) -> ColumnElement[bool]:
        return and_(CatalogueLine.version_id == self.version.id, CatalogueLine.item_id.is_not(None))

    # --- a chunk -------------------------------------------------------------------------------------------------------

    def retake(self, chunk: Iterable[Draft | Repeated]) -> None:
        """Lines that were taken before the load was interrupted: what the file has told of is known again."""
        for line in chunk:
            if isinstance(line, Repeated):
                self.standing.repeat(line.place)

    def take(self, lines: Sequence[Draft | Repeated]) -> None:
        if self.heading.action == "Delete":
            # The whole catalogue goes, whatever lines the file lists (finish takes them away).
            self.version.accepted += len(lines)
            return
        keep_few_pages(connection_of(self.session))
        drafts = [line for line in lines if isinstance(line, Draft)]
        drafts = completed(self.session, self.agreement.id, drafts, self.heading, self.by.today)
        chunk, entries = self._look_up(drafts)
        repeated = [line for line in lines if isinstance(line, Repeated)]
        ordered: list[Entry | Repeated] = [*entries]
        if repeated:
            ordered = sorted([*entries, *repeated], key=_place)
        again: list[Repeated] = []
        for one in ordered:
            if isinstance(one, Repeated):
                self._ref_repeated(one.ref)
                item_id = self.standing.item_at(one.place)
                if item_id in chunk.told or self.standing.repeat(one.place) is None:
                    again.append(one)
                else:
                    self.version.unchanged += 1
            elif one.draft.action == "Delete":
                chunk.entries += self._deletions(one, chunk)
            else:
                self._judge(one, chunk)
        chunk.entries += self._told_twice(again)
        self._compare([entry for entry in chunk.entries if entry.kind == "changed"], chunk.kept)
        self._write(chunk.entries, chunk.unchanged)
        if chunk.seen_again:
            self.session.execute(update(CatalogueLine), chunk.seen_again)
        self._spare_refused(chunk)
        self.standing.tell(chunk.told)

    def _look_up(self, drafts: Sequence[Draft]) -> tuple[_Chunk, list[Entry]]:
        """The drafts as entries, and what is known about their items."""
        items = self._items({draft.seller_item_id or draft.gtin or "" for draft in drafts})
        item_ids = [item_id for units in items.values() for item_id in units.values()]
        live = self._live(item_ids)
        entries = []
        others = []
        for draft in drafts:
            entry = Entry(draft, number=draft.seller_item_id or draft.gtin or "")
            entries.append(entry)
            if draft.action != "Delete":
                entry.unit = canonical_unit(order_unit(draft) or "")
                entry.item_id = items.get(entry.number, {}).get(entry.unit)
        self._carry_over(entries, live)
        for entry in entries:
            draft = entry.draft
            if draft.action == "Delete":
                continue
            entry.details = draft.details_text()
            entry.digest = draft.digest(entry.details)
            entry.lot_id = lot_for(draft, self.terms) or entry.lot_id
            counts = live.get(entry.item_id or 0)
            if counts is not None and not (counts.digest == entry.digest and self._as_long(draft, counts)):
                others.append(counts.line_id)
        return _Chunk(items, live, self._told(item_ids), self._kept(others), [], [], {}, []), entries

    def _carry_over(self, entries: Sequence[Entry], live: Mapping[int, _Counts]) -> None:
        """What a file has no place for, such as a sheet without a column of labels, stays as the items have it."""
        silent = [entry for entry in entries if entry.draft.silent and entry.item_id in live]
        kept = self._kept([live[entry.item_id or 0].line_id for entry in silent])
        for entry in silent:
            line, prices = kept[live[entry.item_id or 0].line_id]
            carry_over(entry.draft, line, prices, self.by.today)
            if "subdivision" in entry.draft.silent and entry.draft.unspsc == line.unspsc:
                entry.lot_id = line.lot_id

    def _judge(self, entry: Entry, chunk: _Chunk) -> None:
        """What becomes of a line that adds or updates."""
        draft = entry.draft
        repeated = self._ref_repeated(draft.ref)
        counts = chunk.live.get(entry.item_id or 0)
        same = counts is not None and self._says_the_same(entry, counts, chunk)
        if (entry.number, entry.unit) in chunk.fresh or self._is_told(entry.item_id, chunk):
            entry.findings = (*draft.problems, Finding("duplicate_item", values={"number": entry.number}))
        elif counts is not None and same and self._as_long(draft, counts):
            chunk.unchanged.append(entry.item_id or 0)
            chunk.told.add(entry.item_id or 0)
            imprint = counts.imprint
            if imprint is None and counts.starts_on == begins(draft, self.heading):
                imprint = draft.imprint
            if (counts.digest, counts.imprint) != (entry.digest, imprint):
                chunk.seen_again.append({"id": counts.line_id, "digest": entry.digest, "imprint": imprint})
            return
        else:
            entry.findings = check(draft, self.terms)
        if repeated:
            entry.findings = (*entry.findings, Finding("duplicate_line_id", "warning", "ID", {"value": draft.ref}))
        chunk.entries.append(entry)
        if worst(entry.findings) == 3:
            entry.result = "refused"
            return
        chunk.fresh[entry.number, entry.unit] = entry
        if entry.item_id is not None:
            chunk.told.add(entry.item_id)
        if counts is None:
            entry.kind = "new"
            self._check_new(entry, chunk)
        else:
            renewed = same and not entry.findings and not self._now_without_end(draft, counts)
            entry.kind, entry.base_line_id = "renewed" if renewed else "changed", counts.line_id

    def _is_told(self, item_id: int | None, chunk: _Chunk) -> bool:
        return item_id in chunk.told or (item_id is not None and self.standing.told(item_id))

    def _says_the_same(self, entry: Entry, counts: _Counts, chunk: _Chunk) -> bool:
        """By the digest; else, where it was written by an older rule or for numbers written otherwise, by what is kept."""
        if counts.digest == entry.digest:
            return True
        line, prices = chunk.kept[counts.line_id]
        return says_the_same(line, prices, entry.draft, entry.details, entry.lot_id)

    def _as_long(self, draft: Draft, counts: _Counts) -> bool:
        """Whether the line that counts serves as long as this one would: a later beginning changes nothing, another end does."""
        return (
            counts.ends_on == ends(draft, self.heading)
            and counts.starts_on <= begins(draft, self.heading)
            and counts.priced_until == self._priced_until(draft)
        )

    def _priced_until(self, draft: Draft) -> date | None:
        return (draft.prices[0].valid_to or draft.valid_to or self.heading.valid_to) if draft.prices else None

    def _now_without_end(self, draft: Draft, counts: _Counts) -> bool:
        ended = counts.ends_on < ALWAYS and ends(draft, self.heading) == ALWAYS
        return ended or (counts.priced_until is not None and self._priced_until(draft) is None)

    def _told_twice(self, again: Sequence[Repeated]) -> list[Entry]:
        """Lines that repeat what stands, of items that the file has told of already: refused, like any other second line of an item."""
        item_ids = [self.standing.item_at(one.place) for one in again]
        if not again:
            return []
        known = {
            item_id: (number, unit, name)
            for item_id, number, unit, name in self.session.execute(
                select(Item.id, Item.seller_item_id, Item.unit, CatalogueLine.name)
                .join(CatalogueLine, CatalogueLine.item_id == Item.id)
                .where(Item.id.in_(item_ids))
            )
        }
        entries = []
        for one, item_id in zip(again, item_ids, strict=True):
            number, unit, name = known[item_id]
            draft = Draft(one.number, ref=one.ref, seller_item_id=number, name=name, unit=unit)
            finding = Finding("duplicate_item", values={"number": number})
            entries.append(Entry(draft, (finding,), result="refused", number=number, unit=unit))
        return entries

    def _ref_repeated(self, ref: str | None) -> bool:
        """Whether the line's own id stands on one of the last ten thousand lines too: answers name lines by it. (More is not remembered,
        so that a load takes the same memory whatever its size.)"""
        if ref is None:
            return False
        if ref in self._refs:
            return True
        if len(self._refs) >= REFS:
            self._refs.discard(self._refs_in_order.popleft())
        self._refs.add(ref)
        self._refs_in_order.append(ref)
        return False

    def _items(self, numbers: Iterable[str]) -> dict[str, dict[str, int]]:
        """Seller's item id → unit → item, of this agreement."""
        found: dict[str, dict[str, int]] = {}
        if self.version.number == 1 and self.version.lines == 0:
            return found
        for item_id, number, unit in self.session.execute(
            select(Item.id, Item.seller_item_id, Item.unit).where(
                one_of(Item.seller_item_id, numbers), Item.agreement_id == self.agreement.id
            )
        ):
            found.setdefault(number, {})[unit] = item_id
        return found

    def _live(self, item_ids: Sequence[int]) -> Live:
        if not item_ids or self.agreement.live_version_id is None:
            return {}
        rows = self.session.execute(
            select(
                CatalogueLine.item_id,
                CatalogueLine.id,
                CatalogueLine.digest,
                CatalogueLine.imprint,
                CatalogueLine.starts_on,
                CatalogueLine.ends_on,
                Price.valid_to,
            )
            .join(Born, Born.id == CatalogueLine.since_version_id)
            .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
            .outerjoin(Price, and_(Price.line_id == CatalogueLine.id, Price.position == 0))
            .where(one_of(CatalogueLine.item_id, item_ids), is_current())
        )
        found: Any = rows
        return {item_id: _Counts(*counts) for item_id, *counts in found if item_id is not None}

    def _kept(self, line_ids: Sequence[int]) -> Kept:
        if not line_ids:
            return {}
        lines = self.session.scalars(select(CatalogueLine).where(one_of(CatalogueLine.id, line_ids))).all()
        for line in lines:
            self.session.expunge(line)
        prices = prices_of(self.session, line_ids)
        return {line.id: (line, prices.get(line.id, [])) for line in lines}

    def _told(self, item_ids: Sequence[int]) -> set[int | None]:
        """Of these items, the ones this file has spoken of in earlier chunks."""
        if not item_ids:
            return set()
        repeated = select(UnchangedItem.item_id).where(
            UnchangedItem.version_id == self.version.id, one_of(UnchangedItem.item_id, item_ids)
        )
        stated = select(CatalogueLine.item_id).where(
            one_of(CatalogueLine.item_id, item_ids), CatalogueLine.version_id == self.version.id
        )
        return {*self.session.scalars(repeated), *self.session.scalars(stated)}

    def _check_new(self, entry: Entry, chunk: _Chunk) -> None:
        """A new line whose number is live in another unit: the unit was changed, or a second one is offered."""
        units = chunk.items.get(entry.number, {})
        others = [unit for unit, item_id in units.items() if item_id in chunk.live and unit != entry.unit]
        if others:
            values = {"old": ", ".join(sorted(others)), "new": order_unit(entry.draft) or ""}
            entry.findings = (*entry.findings, Finding("unit_changed", "warning", "unit", values))
        elif entry.draft.action == "Update" and self.heading.action == "Update" and self.version.base_version_id:
            entry.findings = (*entry.findings, Finding("update_of_unknown_item", "info"))

    def _deletions(self, entry: Entry, chunk: _Chunk) -> list[Entry]:
        """A line that deletes: the item in the unit it names, or in every unit when it names none."""
        units, live = chunk.items.get(entry.number, {}), chunk.live
        unit = canonical_unit(order_unit(entry.draft) or "")
        named = [item for code, item in units.items() if unit in ("", code)]
        gone = [item for item in named if item in live and not self._is_told(item, chunk)]
        if not gone:
            entry.findings, entry.result = (Finding("item_unknown", values={"number": entry.number}),), "refused"
            return [entry]
        chunk.told.update(gone)
        removed = Finding("item_removed", "info")
        return [
            Entry(
                entry.draft,
                (removed,),
                kind="removed",
                number=entry.number,
                item_id=item,
                base_line_id=live[item].line_id,
            )
            for item in gone
        ]

    def _spare_refused(self, chunk: _Chunk) -> None:
        """What a broken line speaks of stays as it was: the supplier did not leave it out."""
        spared = {
            item
            for entry in chunk.entries
            if entry.result == "refused"
            for item in chunk.items.get(entry.number, {}).values()
            if item in chunk.live and not self._is_told(item, chunk)
        }
        self._repeat(sorted(spared))

    def _repeat(self, item_ids: Sequence[int]) -> None:
        columns = ("municipality_id", "version_id", "item_id")
        copy_rows(self.session, UnchangedItem, columns, [(self.scope, self.version.id, item) for item in item_ids])

    # --- against what counts today ---------------------------------------------------------------------------------------

    def _compare(self, entries: Sequence[Entry], kept: Kept) -> None:
        """Fills in findings, price change and yearly effect of lines that take the place of another."""
        if not entries:
            return
        item_ids = [entry.item_id for entry in entries if entry.item_id is not None]
        bought = bought_in_a_year(self.session, item_ids, self.by.today)
        year_ago: dict[int, Decimal] = {}
        if self.terms.cap_percent is not None:
            year_ago = unit_prices_a_year_before(self.session, item_ids, self.heading.valid_from or self.by.today)
        for entry in entries:
            line, prices = kept[entry.base_line_id or 0]
            known = known_of(line, prices, year_ago.get(entry.item_id or 0))
            compared = compare(known, entry.draft, self.terms, entry.lot_id)
            entry.findings = (*entry.findings, *compared.findings)
            entry.change_ppm = compared.change_ppm
            quantity = bought.get(entry.item_id or 0)
            if quantity and compared.old_unit_price is not None and compared.new_unit_price is not None:
                entry.yearly_effect = Amount.rounded((compared.new_unit_price - compared.old_unit_price) * quantity)

    # --- writing -----------------------------------------------------------------------------------------------------------

    def _write(self, entries: Sequence[Entry], unchanged: Sequence[int]) -> None:
        version = self.version
        self._repeat(unchanged)
        version.unchanged += len(unchanged)
        self._make_items([entry for entry in entries if entry.kind == "new" and entry.item_id is None])
        ids = next_ids(self.session, CatalogueLine, len(entries))
        rows: list[tuple[Any, ...]] = []
        prices: list[tuple[Any, ...]] = []
        learned: list[str] = []
        named: list[Named] = []
        marks: list[dict[str, Any]] = []
        for line_id, entry in zip(ids, entries, strict=True):
            if entry.kind in ("new", "changed", "renewed"):
                row = self.rows.line(line_id, entry, learned, named)
                prices += self.rows.prices(line_id, entry.draft)
            else:
                row = self.rows.bare(line_id, entry)
            rows.append(row)
            if entry.base_line_id is not None:
                marks.append(self.rows.mark(entry))
        self._count(entries)
        copy_rows(self.session, CatalogueLine, LINE_COLUMNS, rows)
        copy_rows(self.session, Price, PRICE_COLUMNS, prices)
        if marks:
            self.session.execute(update(CatalogueLine), marks)
        if ids:
            index_lines(self.session, ids[0], ids[-1])
        learn_with(self.session, version, learned)
        self._begun.take(named)

    def _count(self, entries: Sequence[Entry]) -> None:
        version = self.version
        counted = Counter(entry.kind or "refused" for entry in entries)
        refused, renewed = counted["refused"], counted["renewed"]
        version.refused += refused
        version.unchanged += renewed
        version.accepted += len(entries) - refused - renewed
        version.new += counted["new"]
        version.changed += counted["changed"]
        version.removed += counted["removed"]
        version.price_up += sum((entry.change_ppm or 0) > 0 for entry in entries)
        version.price_down += sum((entry.change_ppm or 0) < 0 for entry in entries)

    def _make_items(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        ids = next_ids(self.session, Item, len(entries))
        rows = []
        for item_id, entry in zip(ids, entries, strict=True):
            entry.item_id = item_id
            rows.append((self.scope, item_id, self.agreement.id, self.agreement.supplier_id, entry.number, entry.unit))
        copy_rows(self.session, Item, ITEM_COLUMNS, rows)

    # --- the end -------------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """What a whole catalogue leaves out is gone; rises that aim at the cap are seen; the version can be reviewed."""
        if self.heading.action in ("Replace", "Delete"):
            self._remove_the_rest()
        if self.terms.cap_percent is not None:
            self._look_at_rises(self.terms.cap_percent)
        self.session.execute(delete(UnchangedItem).where(UnchangedItem.version_id == self.version.id))
        version = self.version
        version.state = VERSION_WORKFLOW.after(version.state, "finish")
        version.prepared = True
        self.session.flush()
        written = version.new + version.changed
        if written >= MANY and written * 10 >= version.lines:
            refresh_statistics(connection_of(self.session), "item", "catalogue_line", "price", "word", "word_items")
        audit.record(
            self.session,
            "catalogue_loaded",
            "catalogue_version",
            version.id,
            self.by,
            agreement_id=self.agreement.id,
            lines=version.lines,
            accepted=version.accepted,
            refused=version.refused,
            unchanged=version.unchanged,
        )

    def _remove_the_rest(self) -> None:
        if self.agreement.live_version_id is None:
            return
        left = array("q", lines_left_out(self.session, self.agreement, self.version, self.standing))
        for start in range(0, len(left), REMOVED_CHUNK):
            entries = [
                Entry(
                    Draft(0, seller_item_id=number, name=name),
                    (Finding("item_removed", "info"),),
                    kind="removed",
                    number=number,
                    item_id=item_id,
                    base_line_id=line_id,
                )
                for line_id, item_id, number, name in self.session.execute(
                    select(CatalogueLine.id, CatalogueLine.item_id, CatalogueLine.seller_item_id, CatalogueLine.name)
                    .where(one_of(CatalogueLine.id, left[start : start + REMOVED_CHUNK]))
                    .order_by(CatalogueLine.id)
                )
            ]
            ids = next_ids(self.session, CatalogueLine, len(entries))
            bare = [self.rows.bare(line_id, entry) for line_id, entry in zip(ids, entries, strict=True)]
            copy_rows(self.session, CatalogueLine, LINE_COLUMNS, bare)
            self.session.execute(update(CatalogueLine), [self.rows.mark(entry) for entry in entries])
            self.version.removed += len(entries)

    def _look_at_rises(self, cap: Decimal) -> None:
        changed = select(CatalogueLine.id, CatalogueLine.change_ppm).where(
            CatalogueLine.version_id == self.version.id, CatalogueLine.change_ppm > 0
        )
        near = rises_near_cap([(line_id, change or 0) for line_id, change in self.session.execute(changed)], cap)
        if not near:
            return
        warning = finding_row(Finding("many_rises_near_cap", "warning", "price", {"count": len(near), "cap": str(cap)}))
        for start in range(0, len(near), 500):
            for line_id, findings in self.session.execute(
                select(CatalogueLine.id, CatalogueLine.findings).where(CatalogueLine.id.in_(near[start : start + 500]))
            ).all():
                self.session.execute(
                    update(CatalogueLine)
                    .where(CatalogueLine.id == line_id)
                    .values(findings=[warning, *(findings or [])], severity=2, selected=False)
                )
