"""The ledger of one load: what every incoming line of a version says, does and changes.

Between chunks it holds only what does not grow with the file. An item is found by its key (seller's item id, order unit) within the
agreement, never by the line's id. A line whose digest and last day equal the live line's is unchanged: counted, not kept. Where only
its days differ it is `renewed`: kept, so that they count, and counted as unchanged.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement
from catalogues.analysis import AGREEMENT, SUPPLIER
from catalogues.analysis import terms as terms_of
from catalogues.checks import Terms, begins, check, ends, lot_for, order_unit, worst
from catalogues.comparison import compare, rises_near_cap
from catalogues.index import index_lines
from catalogues.items import (
    ALWAYS,
    EVER,
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
from catalogues.labels import label_bits
from catalogues.measures import comparison_price
from catalogues.purchases import bought_in_a_year
from catalogues.stored import completed, finding_row, known_of, prices_of, unit_prices_a_year_before
from catalogues.vocabulary import learn
from eshop import audit
from eshop.amounts import Amount, canonical_unit
from eshop.db import connection_of, copy_rows, next_ids
from eshop.engines import refresh_statistics
from eshop.findings import Finding
from eshop.formats import Draft, Heading
from eshop.identity import Actor

A_DAY: Final = timedelta(days=1)
REFS: Final = 10_000
REMOVED_CHUNK: Final = 2000
MANY: Final = 1000

LINE_COLUMNS: Final = (
    "municipality_id id version_id number ref result kind severity findings selected yearly_effect change_ppm base_line_id "
    "since_version_id serves_until item_id agreement_id supplier_id lot_id seller_item_id name description unit orderable "
    "content_quantity content_unit multiple minimum maximum lead_time_days vat_percent unspsc gtin gtin_number brand labels "
    "valid_from starts_on ends_on unit_price comparison_price comparison_unit digest details words terms"
).split()
PRICE_COLUMNS: Final = (
    "municipality_id line_id position amount currency base_quantity base_unit factor minimum_quantity valid_from valid_to "
    "validity_stated"
).split()
ITEM_COLUMNS: Final = "municipality_id id agreement_id supplier_id seller_item_id unit".split()


@dataclass(slots=True)
class _Entry:
    """A draft on its way into the ledger."""

    draft: Draft
    findings: Sequence[Finding] = ()
    result: str = "accepted"
    kind: str | None = None
    number: str = ""
    unit: str = ""
    item_id: int | None = None
    base_line_id: int | None = None
    lot_id: int | None = None
    digest: int | None = None
    details: str = "{}"
    """What only the item page shows, as it is kept (JSON)."""
    change_ppm: int | None = None
    yearly_effect: Amount | None = None


Live = dict[int, tuple[int, int | None, date, date]]
"""Item → (the id of the line that counts today, its digest, its first day, its last)."""


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
        self._refs: dict[str, None] = {}

    # --- a chunk -------------------------------------------------------------------------------------------------------

    def take(self, chunk: Sequence[Draft]) -> None:
        if self.heading.action == "Delete":
            # The whole catalogue goes, whatever lines the file lists (finish takes them away).
            self.version.accepted += len(chunk)
            return
        drafts = completed(self.session, self.agreement.id, chunk)
        items = self._items([draft.seller_item_id or draft.gtin or "" for draft in drafts])
        item_ids = [item_id for units in items.values() for item_id in units.values()]
        live = self._live(item_ids)
        told = self._told(item_ids)
        entries: list[_Entry] = []
        unchanged: list[int] = []
        fresh: dict[tuple[str, str], _Entry] = {}
        for draft in drafts:
            entry = _Entry(draft, number=draft.seller_item_id or draft.gtin or "")
            units = items.get(entry.number, {})
            if draft.action == "Delete":
                entries += self._deletions(entry, units, live, told)
                continue
            repeated = self._ref_repeated(draft)
            entry.unit = canonical_unit(order_unit(draft) or "")
            entry.item_id = units.get(entry.unit)
            entry.details = draft.details_text()
            entry.digest = draft.digest(entry.details)
            counts = None if entry.item_id is None else live.get(entry.item_id)
            if (entry.number, entry.unit) in fresh or entry.item_id in told:
                entry.findings = (*draft.problems, Finding("duplicate_item", values={"number": entry.number}))
            elif counts is not None and counts[1] == entry.digest and self._as_long(draft, counts):
                unchanged.append(entry.item_id or 0)
                told.add(entry.item_id or 0)
                continue
            else:
                entry.findings = check(draft, self.terms)
            if repeated:
                entry.findings = (*entry.findings, Finding("duplicate_line_id", "warning", "ID", {"value": draft.ref}))
            if worst(entry.findings) == 3:
                entry.result = "refused"
                entries.append(entry)
                continue
            fresh[entry.number, entry.unit] = entry
            if entry.item_id is not None:
                told.add(entry.item_id)
            entry.lot_id = lot_for(draft, self.terms)
            if counts is None:
                entry.kind = "new"
                self._check_new(entry, units, live)
            else:
                same = counts[1] == entry.digest and (ends(draft, self.heading) < ALWAYS or counts[3] == ALWAYS)
                entry.kind, entry.base_line_id = "renewed" if same and not entry.findings else "changed", counts[0]
            entries.append(entry)
        self._compare([entry for entry in entries if entry.kind == "changed"])
        self._write(entries, unchanged)
        self._spare_refused(entries, items, live, told)

    def _as_long(self, draft: Draft, counts: tuple[int, int | None, date, date]) -> bool:
        """Whether the line that counts serves as long as this one would: a later beginning changes nothing, another end does."""
        return counts[3] == ends(draft, self.heading) and counts[2] <= begins(draft, self.heading)

    def _ref_repeated(self, draft: Draft) -> bool:
        """Whether the line's own id stands on one of the last ten thousand lines too: answers name lines by it. (More is not remembered,
        so that a load takes the same memory whatever its size.)"""
        ref = draft.ref
        if ref is None:
            return False
        if ref in self._refs:
            return True
        if len(self._refs) >= REFS:
            del self._refs[next(iter(self._refs))]
        self._refs[ref] = None
        return False

    def _items(self, numbers: Iterable[str]) -> dict[str, dict[str, int]]:
        """Seller's item id → unit → item, of this agreement."""
        found: dict[str, dict[str, int]] = {}
        if self.version.number == 1 and self.version.lines == 0:
            return found
        for item_id, number, unit in self.session.execute(
            select(Item.id, Item.seller_item_id, Item.unit).where(
                Item.seller_item_id.in_(set(numbers)), Item.agreement_id == self.agreement.id
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
                CatalogueLine.starts_on,
                CatalogueLine.ends_on,
            )
            .join(Born, Born.id == CatalogueLine.since_version_id)
            .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
            .where(CatalogueLine.item_id.in_(item_ids), is_current())
        )
        return {item_id: tuple(counts) for item_id, *counts in rows if item_id is not None}  # type: ignore[misc]

    def _told(self, item_ids: Sequence[int]) -> set[int | None]:
        """Of these items, the ones this file has spoken of in earlier chunks."""
        if not item_ids:
            return set()
        repeated = select(UnchangedItem.item_id).where(
            UnchangedItem.version_id == self.version.id, UnchangedItem.item_id.in_(item_ids)
        )
        stated = select(CatalogueLine.item_id).where(
            CatalogueLine.item_id.in_(item_ids), CatalogueLine.version_id == self.version.id
        )
        return {*self.session.scalars(repeated), *self.session.scalars(stated)}

    def _check_new(self, entry: _Entry, units: dict[str, int], live: Live) -> None:
        """A new line whose number is live in another unit: the unit was changed, or a second one is offered."""
        others = [unit for unit, item_id in units.items() if item_id in live and unit != entry.unit]
        if others:
            values = {"old": ", ".join(sorted(others)), "new": order_unit(entry.draft) or ""}
            entry.findings = (*entry.findings, Finding("unit_changed", "warning", "unit", values))
        elif entry.draft.action == "Update" and self.heading.action == "Update" and self.version.base_version_id:
            entry.findings = (*entry.findings, Finding("update_of_unknown_item", "info"))

    def _deletions(self, entry: _Entry, units: dict[str, int], live: Live, told: set[int | None]) -> list[_Entry]:
        """A line that deletes: the item in the unit it names, or in every unit when it names none."""
        unit = canonical_unit(order_unit(entry.draft) or "")
        gone = [item for code, item in units.items() if item in live and item not in told and unit in ("", code)]
        if not gone:
            entry.findings, entry.result = (Finding("item_unknown", values={"number": entry.number}),), "refused"
            return [entry]
        told.update(gone)
        removed = Finding("item_removed", "info")
        return [
            _Entry(
                entry.draft, (removed,), kind="removed", number=entry.number, item_id=item, base_line_id=live[item][0]
            )
            for item in gone
        ]

    def _spare_refused(
        self, entries: Sequence[_Entry], items: dict[str, dict[str, int]], live: Live, told: set[int | None]
    ) -> None:
        """What a broken line speaks of stays as it was: the supplier did not leave it out."""
        spared = {
            item
            for entry in entries
            if entry.result == "refused"
            for item in items.get(entry.number, {}).values()
            if item in live and item not in told
        }
        self._repeat(sorted(spared))

    def _repeat(self, item_ids: Sequence[int]) -> None:
        columns = ("municipality_id", "version_id", "item_id")
        copy_rows(self.session, UnchangedItem, columns, [(self.scope, self.version.id, item) for item in item_ids])

    # --- against what counts today ---------------------------------------------------------------------------------------

    def _compare(self, entries: Sequence[_Entry]) -> None:
        """Fills in findings, price change and yearly effect of lines that take the place of another."""
        if not entries:
            return
        base_ids = [entry.base_line_id for entry in entries]
        lines = {
            line.id: line for line in self.session.scalars(select(CatalogueLine).where(CatalogueLine.id.in_(base_ids)))
        }
        prices = prices_of(self.session, base_ids)
        item_ids = [entry.item_id for entry in entries if entry.item_id is not None]
        bought = bought_in_a_year(self.session, item_ids, self.by.today)
        year_ago: dict[int, Decimal] = {}
        if self.terms.cap_percent is not None:
            year_ago = unit_prices_a_year_before(self.session, item_ids, self.heading.valid_from or self.by.today)
        for entry in entries:
            line = lines[entry.base_line_id or 0]
            known = known_of(line, prices.get(line.id, []), year_ago.get(entry.item_id or 0))
            compared = compare(known, entry.draft, self.terms, entry.lot_id)
            entry.findings = (*entry.findings, *compared.findings)
            entry.change_ppm = compared.change_ppm
            quantity = bought.get(entry.item_id or 0)
            if quantity and compared.old_unit_price is not None and compared.new_unit_price is not None:
                entry.yearly_effect = Amount.rounded((compared.new_unit_price - compared.old_unit_price) * quantity)
        for line in lines.values():
            self.session.expunge(line)

    # --- writing -----------------------------------------------------------------------------------------------------------

    def _write(self, entries: Sequence[_Entry], unchanged: Sequence[int]) -> None:
        version = self.version
        self._repeat(unchanged)
        version.unchanged += len(unchanged)
        self._make_items([entry for entry in entries if entry.kind == "new" and entry.item_id is None])
        ids = next_ids(self.session, CatalogueLine, len(entries))
        rows: list[tuple[Any, ...]] = []
        prices: list[tuple[Any, ...]] = []
        learned: list[str] = []
        marks: list[dict[str, Any]] = []
        for line_id, entry in zip(ids, entries, strict=True):
            if entry.kind in ("new", "changed", "renewed"):
                row = self._line_row(line_id, entry, learned)
                prices += self._price_rows(line_id, entry.draft)
            else:
                row = self._bare_row(line_id, entry)
            rows.append(row)
            if entry.base_line_id is not None:
                marks.append(self._mark(entry))
        self._count(entries)
        copy_rows(self.session, CatalogueLine, LINE_COLUMNS, rows)
        copy_rows(self.session, Price, PRICE_COLUMNS, prices)
        if marks:
            self.session.execute(update(CatalogueLine), marks)
        if ids:
            index_lines(self.session, ids[0], ids[-1])
        learn(self.session, self.scope, learned)

    def _count(self, entries: Sequence[_Entry]) -> None:
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

    def _make_items(self, entries: Sequence[_Entry]) -> None:
        if not entries:
            return
        ids = next_ids(self.session, Item, len(entries))
        rows = []
        for item_id, entry in zip(ids, entries, strict=True):
            entry.item_id = item_id
            rows.append((self.scope, item_id, self.agreement.id, self.agreement.supplier_id, entry.number, entry.unit))
        copy_rows(self.session, Item, ITEM_COLUMNS, rows)

    def _mark(self, entry: _Entry) -> dict[str, Any]:
        """The line that is replaced or removed serves until the day before the new one begins."""
        if entry.kind == "removed":
            until = self._last_day_of_removed()
        else:
            starts = begins(entry.draft, self.heading)
            until = starts - A_DAY if starts > EVER else EVER
        return {"id": entry.base_line_id, "gone_version_id": self.version.id, "serves_until": until}

    def _last_day_of_removed(self) -> date:
        """What a file leaves out or deletes goes at once, or, where the file begins in the future, the day before."""
        start = self.heading.valid_from
        return start - A_DAY if start is not None and start > self.by.today else EVER

    def _bare_row(self, line_id: int, entry: _Entry) -> tuple[Any, ...]:
        """A line that is refused or removes: what it is about, and why."""
        draft = entry.draft
        selected = entry.result == "accepted"
        since, starts = None, EVER
        if selected:
            until = self._last_day_of_removed()
            since, starts = self.version.id, until + A_DAY if until > EVER else EVER
        name = draft.name or draft.description or ""
        return (
            self.scope, line_id, self.version.id, draft.number, draft.ref, entry.result, entry.kind, worst(entry.findings),
            [finding_row(one) for one in entry.findings], selected, None, None, entry.base_line_id, since, ALWAYS,
            entry.item_id if selected else None, self.agreement.id, self.agreement.supplier_id, None, entry.number[:500],
            name[:500], None, (draft.unit or "")[:8] or None, False, None, None, None, None, None, None, None, None, None,
            None, None, 0, EVER, starts, ALWAYS, None, None, None, None, "{}", 0, None,
        )  # fmt: skip

    def _line_row(self, line_id: int, entry: _Entry, learned: list[str]) -> tuple[Any, ...]:
        draft, heading = entry.draft, self.heading
        name = draft.name or (draft.description or "").split("\n")[0][:200]
        unit = order_unit(draft) or ""
        unit_price = compared = None
        if draft.prices:
            first = min(draft.prices, key=lambda price: (price.minimum_quantity, price.valid_from or EVER))
            unit_price = round(first.per_order_unit, 8)
            if first.currency == "DKK":
                compared = comparison_price(
                    unit_price, unit, draft.content_quantity, draft.content_unit, name, draft.unspsc
                )
        found_by = terms_of(
            name, (draft.brand or "", *draft.keywords, draft.details.get("manufacturer", "")), draft.description
        )
        learned += found_by.name
        learned += found_by.keywords
        learned += found_by.description
        severity = worst(entry.findings)
        starts = begins(draft, heading)
        return (
            self.scope, line_id, self.version.id, draft.number, draft.ref, "accepted", entry.kind, severity,
            [finding_row(one) for one in entry.findings] if entry.findings else None, severity < 2, entry.yearly_effect,
            entry.change_ppm, entry.base_line_id, self.version.id, ALWAYS,
            entry.item_id, self.agreement.id, self.agreement.supplier_id, entry.lot_id, entry.number,
            name, draft.description, unit, draft.orderable,
            draft.content_quantity, draft.content_unit, draft.multiple, draft.minimum, draft.maximum, draft.lead_time_days,
            draft.vat_percent, draft.unspsc if draft.unspsc and len(draft.unspsc) <= 8 else None, draft.gtin,
            int(draft.gtin) if draft.gtin else None, draft.brand, label_bits(draft.label_texts) if draft.label_texts else 0,
            draft.valid_from or heading.valid_from or EVER, starts, ends(draft, heading), unit_price,
            *(compared or (None, None)), entry.digest, entry.details, len(found_by.name),
            f"{found_by.text} {SUPPLIER}{self.agreement.supplier_id} {AGREEMENT}{self.agreement.id}",
        )  # fmt: skip

    def _price_rows(self, line_id: int, draft: Draft) -> list[tuple[Any, ...]]:
        """Prices with the periods that count: catalogue ≥ line ≥ price."""
        line_from = draft.valid_from or self.heading.valid_from
        line_to = draft.valid_to or self.heading.valid_to
        return [
            (
                self.scope, line_id, position, price.amount, price.currency, price.base_quantity, price.base_unit,
                price.factor, price.minimum_quantity, price.valid_from or line_from, price.valid_to or line_to,
                price.valid_from is not None or price.valid_to is not None,
            )
            for position, price in enumerate(draft.prices)
        ]  # fmt: skip

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
            refresh_statistics(connection_of(self.session), "item", "catalogue_line", "price", "word")
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
        told_unchanged = select(UnchangedItem.item_id).where(UnchangedItem.version_id == self.version.id)
        stated = select(CatalogueLine.item_id).where(
            CatalogueLine.version_id == self.version.id, CatalogueLine.item_id.is_not(None)
        )
        versions = select(CatalogueVersion.id).where(CatalogueVersion.agreement_id == self.agreement.id)
        left = (
            select(CatalogueLine.id, CatalogueLine.item_id, CatalogueLine.seller_item_id, CatalogueLine.name)
            .join(Born, Born.id == CatalogueLine.since_version_id)
            .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
            .where(
                CatalogueLine.version_id.in_(versions),
                is_current(),
                CatalogueLine.item_id.not_in(told_unchanged),
                CatalogueLine.item_id.not_in(stated),
            )
            .order_by(CatalogueLine.id)
            .limit(REMOVED_CHUNK)
        )
        while rows := self.session.execute(left).all():
            entries = [
                _Entry(
                    Draft(0, seller_item_id=number, name=name),
                    (Finding("item_removed", "info"),),
                    kind="removed",
                    number=number,
                    item_id=item_id,
                    base_line_id=line_id,
                )
                for line_id, item_id, number, name in rows
            ]
            ids = next_ids(self.session, CatalogueLine, len(entries))
            bare = [self._bare_row(line_id, entry) for line_id, entry in zip(ids, entries, strict=True)]
            copy_rows(self.session, CatalogueLine, LINE_COLUMNS, bare)
            self.session.execute(update(CatalogueLine), [self._mark(entry) for entry in entries])
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
