"""Catalogue lines as they are kept, read back as the values that rules and formats speak of."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalogues.checks import order_unit
from catalogues.comparison import Known
from catalogues.items import Born, CatalogueLine, Gone, Price, is_current
from eshop.amounts import Amount, plain
from eshop.findings import Finding
from eshop.formats import Draft, DraftPrice, Heading


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as it stands in the ledger: JSON, numbers and days as text."""
    row: dict[str, Any] = {"code": finding.code, "severity": finding.severity}
    if finding.where:
        row["where"] = finding.where
    if finding.values:
        row["values"] = {name: _written(value) for name, value in finding.values.items()}
    if finding.rule:
        row["rule"] = finding.rule
    return row


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, str) and not isinstance(_read(value), str):
        return {"text": value}  # an item number that looks like a count is none
    return str(value) if isinstance(value, date | Amount) else value


def finding_of(row: dict[str, Any]) -> Finding:
    """A ledger's finding as a value again; what looks like a day or a number is one, so that it is written as people write it."""
    values = {name: _read(value) for name, value in row.get("values", {}).items()}
    return Finding(row["code"], row["severity"], row.get("where", ""), values, row.get("rule"))


def _read(value: Any) -> Any:
    if isinstance(value, dict) and "text" in value:
        return value["text"]
    if not isinstance(value, str):
        return value
    if len(value) == 10 and value[4] == value[7] == "-" and value.replace("-", "").isdigit():
        return date.fromisoformat(value)
    digits = value.removeprefix("-")
    if 0 < len(digits) < 8 and not digits.startswith("00") and digits.replace(".", "", 1).isdigit():
        return Decimal(value)
    return value


def prices_of(session: Session, line_ids: Iterable[int | None]) -> dict[int, list[DraftPrice]]:
    """Line → its prices as the line stated them: a period that was inherited is left out."""
    found: dict[int, list[DraftPrice]] = {}
    for price in session.scalars(
        select(Price).where(Price.line_id.in_(list(line_ids))).order_by(Price.line_id, Price.position)
    ):
        found.setdefault(price.line_id, []).append(
            DraftPrice(
                price.amount,
                price.currency,
                price.base_quantity,
                price.base_unit,
                price.factor,
                price.minimum_quantity,
                price.valid_from if price.validity_stated else None,
                price.valid_to if price.validity_stated else None,
            )
        )
    return found


def known_of(line: CatalogueLine, prices: Sequence[DraftPrice], year_ago: Decimal | None = None) -> Known:
    """The line that counts, as the comparison needs it."""
    return Known(
        name=line.name,
        prices=prices,
        unspsc=line.unspsc,
        gtin=line.gtin,
        brand=line.brand,
        labels=line.labels,
        content_quantity=line.content_quantity,
        content_unit=line.content_unit,
        multiple=line.multiple,
        minimum=line.minimum,
        maximum=line.maximum,
        vat_percent=line.vat_percent,
        orderable=line.orderable,
        description=line.description,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        details=line.details,
        lot_id=line.lot_id,
        year_ago=year_ago,
    )


def says_the_same(
    line: CatalogueLine, prices: Sequence[DraftPrice], draft: Draft, details: str, lot_id: int | None
) -> bool:
    """Whether a draft (and its `details_text`) says what a kept line says, days aside. What is not kept of a line (the supplier's own
    comparison price, how numbers were written) makes no difference."""
    name, unit = line_name(draft), order_unit(draft) or ""
    kept = (
        line.name, line.unit, line.orderable, line.description, line.content_quantity, line.content_unit, line.multiple, line.minimum,
        line.maximum, line.lead_time_days, line.vat_percent, line.unspsc, line.gtin, line.brand, line.lot_id,
    )  # fmt: skip
    said = (
        name, unit, draft.orderable, draft.description, draft.content_quantity, draft.content_unit, draft.multiple, draft.minimum,
        draft.maximum, draft.lead_time_days, draft.vat_percent, kept_unspsc(draft), draft.gtin, draft.brand, lot_id,
    )  # fmt: skip
    return kept == said and _priced(prices) == _priced(draft.prices) and line.details == json.loads(details)


def line_name(draft: Draft) -> str:
    return draft.name or (draft.description or "").split("\n")[0][:200]


def kept_unspsc(draft: Draft) -> str | None:
    return draft.unspsc if draft.unspsc and len(draft.unspsc) <= 8 else None


def _priced(prices: Sequence[DraftPrice]) -> list[tuple[Any, ...]]:
    """What prices say: their days only where they begin, or end, on different ones."""
    one_start = len({price.valid_from for price in prices}) == 1
    one_end = len({price.valid_to for price in prices}) == 1
    return [
        (
            price.amount, price.currency, price.base_quantity, price.base_unit, price.factor, price.minimum_quantity,
            None if one_start else price.valid_from, price.valid_to is None if one_end else price.valid_to,
        )
        for price in prices
    ]  # fmt: skip


def unit_prices_a_year_before(session: Session, item_ids: Sequence[int], day: date) -> dict[int, Decimal]:
    """Item → what one order unit cost twelve months before the day; where it is younger, its first price."""
    then = day - timedelta(days=365)
    rows = session.execute(
        select(CatalogueLine.item_id, CatalogueLine.unit_price, CatalogueLine.starts_on)
        .join(Born, Born.id == CatalogueLine.since_version_id)
        .where(CatalogueLine.item_id.in_(item_ids), Born.is_live, CatalogueLine.unit_price.is_not(None))
        .order_by(CatalogueLine.id)
    )
    found: dict[int, Decimal] = {}
    for item_id, unit_price, starts_on in rows:
        if item_id is None or unit_price is None:
            continue
        if item_id not in found or starts_on <= then:
            found[item_id] = unit_price
    return found


def draft_of(line: CatalogueLine, prices: Sequence[DraftPrice], number: int) -> Draft:
    """A kept line as a draft again, so that an update of a part of it can be laid over."""
    details = dict(line.details)
    return Draft(
        number,
        ref=line.ref,
        seller_item_id=line.seller_item_id,
        name=line.name,
        unit=line.unit,
        orderable=line.orderable,
        description=line.description,
        content_quantity=line.content_quantity,
        content_unit=line.content_unit,
        multiple=line.multiple,
        minimum=line.minimum,
        maximum=line.maximum,
        lead_time_days=line.lead_time_days,
        vat_percent=line.vat_percent,
        unspsc=line.unspsc,
        gtin=line.gtin,
        brand=line.brand,
        keywords=tuple(details.pop("keywords", ())),
        label_texts=tuple(details.pop("label_texts", ())),
        valid_from=None if line.valid_from == date.min else line.valid_from,
        valid_to=None if line.ends_on == date.max else line.ends_on,
        prices=tuple(prices),
        details=details,
    )


def completed(
    session: Session, agreement_id: int, chunk: Sequence[Draft], heading: Heading, today: date
) -> list[Draft]:
    """Lines that bring a part (OIOUBL's price and item updates) or name an item by GTIN only, made whole from the live line
    they speak of. What a part says holds for the days its file says. One that speaks of nothing known gets the finding `item_unknown`."""
    if all(draft.action in ("Add", "Update") or (draft.action == "Delete" and draft.seller_item_id) for draft in chunk):
        return list(chunk)
    found: list[Draft] = []
    for draft in chunk:
        if draft.action in ("Add", "Update") or (draft.action == "Delete" and draft.seller_item_id):
            found.append(draft)
            continue
        lines = _meant(session, agreement_id, draft)
        if not lines:
            if draft.action != "Delete":
                number = draft.seller_item_id or draft.ref or ""
                draft.problems.append(Finding("item_unknown", values={"number": number}))
            found.append(draft)
        elif draft.action == "Delete":
            for line in lines:
                draft.seller_item_id = line.seller_item_id
                draft.name = draft.name or line.name
            found.append(draft)
        else:
            prices = prices_of(session, [line.id for line in lines])
            whole = [_laid_over(draft, line, prices.get(line.id, [])) for line in lines]
            for one in whole:
                _within(one, heading, today)
            found += whole
    return found


def _meant(session: Session, agreement_id: int, draft: Draft) -> list[CatalogueLine]:
    """The live lines a partial line speaks of: by seller's id, by GTIN, or (pricing update) by the line's own id."""
    if draft.seller_item_id:
        condition: Any = CatalogueLine.seller_item_id == draft.seller_item_id
    elif draft.gtin:
        condition = CatalogueLine.gtin_number == int(draft.gtin)
    else:
        condition = or_(CatalogueLine.ref == draft.ref, CatalogueLine.seller_item_id == draft.ref)
    return list(
        session.scalars(
            select(CatalogueLine)
            .join(Born, Born.id == CatalogueLine.since_version_id)
            .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
            .where(condition, Born.agreement_id == agreement_id, is_current())
            .order_by(CatalogueLine.id)
        )
    )


_TEXTS: Final = ("keywords", "label_texts")
"""What is kept among a line's details, as lists."""


def carry_over(draft: Draft, line: CatalogueLine, prices: Sequence[DraftPrice], today: date) -> None:
    """Fills in what the draft's file has no place for with what the line says that counts: a sheet without a column of barcodes takes none
    away. A last day is carried while it has not passed: afterwards somebody has to see that there is none."""
    before = draft_of(line, prices, draft.number)
    for name in draft.silent.difference(("details", "valid_to", "subdivision", *_TEXTS)):
        if hasattr(draft, name):
            setattr(draft, name, getattr(before, name))
    for name in draft.silent.intersection(_TEXTS):
        setattr(draft, name, getattr(before, name))
    if "details" in draft.silent:
        stated = {name for name in ("manufacturer_item_id", "pictures") if name not in draft.silent}
        draft.details = {name: value for name, value in before.details.items() if name not in stated} | draft.details
    if "valid_to" not in draft.silent:
        return
    first = max(today, draft.valid_from or date.min)
    if before.valid_to is not None and before.valid_to >= first:
        draft.valid_to = before.valid_to
    ended = {price.minimum_quantity: price.valid_to for price in prices}
    draft.prices = tuple(
        replace(price, valid_to=last)
        if (last := ended.get(price.minimum_quantity)) is not None and last >= first
        else price
        for price in draft.prices
    )


def _within(whole: Draft, heading: Heading, today: date) -> None:
    """The line's own days are kept where they are narrower: one that begins later, or ends sooner, than what is said of it."""
    if whole.valid_from is not None and whole.valid_from <= max(today, heading.valid_from or date.min):
        whole.valid_from = None
    if whole.valid_to is not None and heading.valid_to is not None and whole.valid_to > heading.valid_to:
        whole.valid_to = None


def _laid_over(part: Draft, line: CatalogueLine, prices: Sequence[DraftPrice]) -> Draft:
    """The kept line with what the part says in its place: prices, or the item's description."""
    whole = draft_of(line, prices, part.number)
    whole.problems = list(part.problems)
    whole.action = "Update"
    if part.action == "Price":
        whole.prices = part.prices or whole.prices
        whole.lead_time_days = part.lead_time_days if part.lead_time_days is not None else whole.lead_time_days
        whole.vat_percent = part.vat_percent if part.vat_percent is not None else whole.vat_percent
        return whole
    for name in ("name", "description", "unspsc", "gtin", "brand"):
        if getattr(part, name):
            setattr(whole, name, getattr(part, name))
    whole.keywords = part.keywords or whole.keywords
    whole.label_texts = part.label_texts or whole.label_texts
    whole.details = whole.details | part.details
    return whole
