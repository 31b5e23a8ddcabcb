"""The offer: what an item costs an institution on a day, or the reason why it cannot be ordered. Asked by every door (DOMAIN §4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from catalogues.agreements import Agreement, asking_for_standings, standings_from
from catalogues.items import ALWAYS, BORN, GONE, Born, CatalogueLine, Gone, Item, find_items, sold_on
from catalogues.items import Price as PriceRow
from catalogues.orderable import Standing, group_allowed, prices_in_force, standing_refusal
from catalogues.suppliers import Supplier
from eshop.amounts import Amount, Price
from eshop.identity import Institution
from eshop.kept import Kept, ask_together

ONE: Final = Decimal(1)
STEP: Final = 500


@dataclass(frozen=True, slots=True)
class Tier:
    """From `minimum` order units on, this price."""

    minimum: Decimal
    price: Price
    currency: str
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer for one item. `reason` is None when it is orderable. Of the same item on several agreements, `item_id` is the one
    that is offered, which may be another than was asked for. The rest is what an order keeps as its snapshot."""

    asked_item_id: int | None
    orderable: bool
    reason: str | None
    item_id: int | None = None
    price: Price | None = None
    tiers: tuple[Tier, ...] = ()
    unit: str = ""
    currency: str = "DKK"
    agreement_id: int | None = None
    agreement_number: str | None = None
    agreement_valid_to: date | None = None
    supplier_id: int | None = None
    lot_id: int | None = None
    line_id: int | None = None
    valid_to: date | None = None
    vat_percent: Decimal | None = None
    order_multiple: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    lead_time_days: int | None = None
    seller_item_id: str = ""
    gtin: str | None = None
    name: str = ""
    description: str | None = None
    brand: str | None = None
    unspsc: str | None = None
    content_quantity: Decimal | None = None
    content_unit: str | None = None
    base_unit: str | None = None
    labels: int = 0
    comparison_price: Decimal | None = None
    comparison_unit: str | None = None
    alternatives: tuple[int, ...] = field(default=())

    def price_for(self, quantity: Decimal) -> Price | None:
        """The price when ordering this many order units: the highest step reached."""
        reached = [tier for tier in self.tiers if tier.minimum <= quantity]
        return reached[-1].price if reached else self.price

    def total(self, quantity: Decimal) -> Amount | None:
        """What that many order units cost, without VAT."""
        price = self.price_for(quantity)
        return None if price is None else price.total(quantity)


def offer(session: Session, item_id: int, institution: Institution | None, on: date) -> Offer:
    """The offer of one item; see `offers`."""
    return offers(session, [item_id], institution, on)[item_id]


def offer_of(
    session: Session, supplier_cvr: str, seller_item_id: str, institution: Institution | None, on: date
) -> Offer:
    """The offer of a supplier's item number: of its agreements and units, the first that can be ordered."""
    items = find_items(session, supplier_cvr, seller_item_id)
    if not items:
        return Offer(None, False, "unknown_item", seller_item_id=seller_item_id)
    found = offers(session, [item.id for item in items], institution, on)
    answers = [found[item.id] for item in items]
    return next((one for one in answers if one.orderable), answers[0])


def offers(
    session: Session,
    item_ids: Iterable[int],
    institution: Institution | None,
    on: date,
    joined: Mapping[int, Standing] | None = None,
) -> dict[int, Offer]:
    """Item id → offer, for any number of items in a bounded number of queries. `institution` None asks for the municipality. Who has the
    standings to all agreements that the municipality has joined (`joined_standings`) gives them, so that they are not asked for again.

    The same supplier's item on several agreements: of those under which it can be ordered that day, the first in precedence (then
    the cheapest) is the offer.
    """
    session.flush()  # what is asked goes past the unit of work, which may hold an agreement that was changed just now
    asked = list(dict.fromkeys(item_ids))
    answer: dict[int, Offer] = {}
    for start in range(0, len(asked), STEP):
        some = asked[start : start + STEP]
        answer |= offers_from(session, some, _SAME.rows(session, ids=some), institution, on, joined)
    return answer


_ASKED: Final = aliased(Item, name="asked")
_SAME: Final = Kept(
    select(_ASKED.id.label("asked_id"), Item.id, Item.agreement_id, Item.supplier_id, Item.seller_item_id, Item.unit)
    .where(
        _ASKED.id.in_(bindparam("ids", expanding=True)),
        Item.seller_item_id == _ASKED.seller_item_id,
        Item.supplier_id == _ASKED.supplier_id,
        Item.unit == _ASKED.unit,
    )
    .order_by(Item.id)
)
"""What is asked for, and the same supplier's same item in the same unit on other agreements."""
_AGREEMENTS: Final = Kept(
    select(Agreement.id, Agreement.number, Supplier.active).where(
        Agreement.id.in_(bindparam("ids", expanding=True)), Supplier.id == Agreement.supplier_id
    )
)
_LINE: Final = tuple(
    getattr(CatalogueLine, name)
    for name in (
        "id item_id kind lot_id unit orderable valid_from ends_on vat_percent multiple minimum maximum lead_time_days gtin name "
        "description brand unspsc content_quantity content_unit labels comparison_price comparison_unit starts_on"
    ).split()
)
"""Rows, not objects: an offer is asked for by every page, for every item on it."""

_STATED: Final = (
    select(*_LINE)
    .join(Born, BORN)
    .outerjoin(Gone, GONE)
    .where(CatalogueLine.item_id.in_(bindparam("ids", expanding=True)))
)
_ON: Final = bindparam("on", type_=Date)
_PRICED: Final = Kept(
    select(
        PriceRow.line_id, PriceRow.amount, PriceRow.currency, PriceRow.base_quantity, PriceRow.base_unit, PriceRow.factor,
        PriceRow.minimum_quantity, PriceRow.valid_from, PriceRow.valid_to,
    )
    .select_from(CatalogueLine)
    .join(
        PriceRow,
        and_(PriceRow.line_id == CatalogueLine.id, PriceRow.municipality_id == CatalogueLine.municipality_id),
    )
    .join(Born, BORN)
    .outerjoin(Gone, GONE)
    .where(CatalogueLine.item_id.in_(bindparam("ids", expanding=True)), sold_on(_ON))
    .order_by(PriceRow.line_id, PriceRow.position)
)  # fmt: skip
"""The prices of the lines that `_TOLD` gives, so that they need not wait for its answer."""
_TOLD: Final = Kept(_STATED.where(sold_on(_ON)).order_by(Born.live_order))
_LATER: Final = Kept(
    _STATED.where(
        Born.is_live,
        CatalogueLine.kind != "removed",
        CatalogueLine.starts_on > _ON,
        (Gone.id.is_(None)) | (Gone.is_live.is_(False)) | (CatalogueLine.serves_until >= CatalogueLine.starts_on),
    ).order_by(CatalogueLine.starts_on.desc())
)

Row = Any


def asking_for_same(item_ids: Sequence[int]) -> tuple[Kept, dict[str, Any]]:
    """The first question of `offers` (at most 500 items), for whoever asks more in the same journey; `offers_from` takes the answer."""
    return _SAME, {"ids": list(item_ids)}


def offers_from(
    session: Session,
    asked: Sequence[int],
    found_same: Sequence[Row],
    institution: Institution | None,
    on: date,
    joined: Mapping[int, Standing] | None = None,
) -> dict[int, Offer]:
    same: dict[int, list[Row]] = {}
    for item in found_same:
        same.setdefault(item.asked_id, []).append(item)
    candidates = list({item.id: item for group in same.values() for item in group}.values())
    item_ids = [item.id for item in candidates]
    agreement_ids = sorted({item.agreement_id for item in candidates})
    if not item_ids:
        return {item_id: Offer(item_id, False, "unknown_item") for item_id in asked}
    strange = [number for number in agreement_ids if joined is None or number not in joined]
    told, priced, agreed, *standing = ask_together(
        session,
        (_TOLD, {"ids": item_ids, "on": on}),
        (_PRICED, {"ids": item_ids, "on": on}),
        (_AGREEMENTS, {"ids": agreement_ids}),
        *(asking_for_standings(strange) if strange else ()),
    )
    agreements = {one.id: one for one in agreed}
    standings = {**(joined or {}), **(standings_from(*standing) if standing else {})}
    lines, upcoming = _lines(session, item_ids, told, on)
    prices = _by_line(priced)
    found = {
        item.id: _answer(
            item,
            agreements[item.agreement_id],
            standings[item.agreement_id],
            lines.get(item.id),
            upcoming.get(item.id),
            prices,
            institution,
            on,
        )
        for item in candidates
    }
    answer: dict[int, Offer] = {}
    for item_id in asked:
        group = same.get(item_id)
        if group is None:
            answer[item_id] = Offer(item_id, False, "unknown_item")
            continue
        ranked = sorted(
            group,
            key=lambda one: (
                not found[one.id].orderable,
                standings[one.agreement_id].rank,
                price.per_order_unit if (price := found[one.id].price) is not None else ONE,
                agreements[one.agreement_id].number,
                one.id,
            ),
        )
        best = found[ranked[0].id] if found[ranked[0].id].orderable else found[item_id]
        others = tuple(one.id for one in ranked if one.id != best.item_id)
        plain = best.asked_item_id == item_id and not others
        answer[item_id] = best if plain else replace(best, asked_item_id=item_id, alternatives=others)
    return answer


def _lines(
    session: Session, item_ids: Sequence[int], told: Sequence[Row], on: date
) -> tuple[dict[int, Row], dict[int, Row]]:
    """Item → the line that counts on the day; and, for items without one, the line that is live but begins later."""
    latest = {line.item_id: line for line in told}
    lines = {item_id: line for item_id, line in latest.items() if line.kind != "removed"}
    missing = [item_id for item_id in item_ids if item_id not in latest]
    upcoming: dict[int, Row] = {}
    if missing:
        for line in _LATER.rows(session, ids=missing, on=on):
            upcoming[line.item_id] = line
    return lines, upcoming


def _by_line(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for price in rows:
        found.setdefault(price.line_id, []).append(price)
    return found


def _answer(
    item: Row,
    agreement: Row,
    standing: Standing,
    line: Row | None,
    upcoming: Row | None,
    prices: dict[int, list[Row]],
    institution: Institution | None,
    on: date,
) -> Offer:
    in_force = [] if line is None else prices_in_force(prices.get(line.id, []), on)
    shown = line or upcoming
    reason = standing_refusal(standing, shown.lot_id if shown is not None else None, on)
    if shown is None and reason == "lot_not_joined":
        reason = "line_not_live"
    if reason is None:
        reason = _line_refusal(line, upcoming, in_force, on)
    if reason is None and not agreement.active:
        reason = "supplier_inactive"
    if reason is None and line is not None:
        groups = None if institution is None else institution.item_groups
        if not group_allowed(line.unspsc, groups):
            reason = "item_group_not_allowed"
    tiers = tuple(
        Tier(
            price.minimum_quantity,
            Price(price.amount, price.base_quantity, price.factor),
            price.currency,
            price.valid_to,
        )
        for price in in_force
    )
    common = {
        "item_id": item.id,
        "agreement_id": agreement.id,
        "agreement_number": agreement.number,
        "agreement_valid_to": standing.in_force.end,
        "supplier_id": item.supplier_id,
        "seller_item_id": item.seller_item_id,
    }
    if shown is None:
        return Offer(item.id, False, reason, unit=item.unit, **common)
    ends = [day for day in (standing.in_force.end, *(tier.valid_to for tier in tiers[:1])) if day is not None]
    if shown.ends_on != ALWAYS:
        ends.append(shown.ends_on)
    return Offer(
        item.id,
        reason is None,
        reason,
        **common,
        price=tiers[0].price if tiers else None,
        tiers=tiers,
        unit=shown.unit or item.unit,
        currency=tiers[0].currency if tiers else "DKK",
        lot_id=shown.lot_id,
        line_id=shown.id,
        valid_to=min(ends) if ends else None,
        vat_percent=shown.vat_percent,
        order_multiple=shown.multiple,
        minimum=shown.minimum,
        maximum=shown.maximum,
        lead_time_days=shown.lead_time_days,
        gtin=shown.gtin,
        name=shown.name,
        description=shown.description,
        brand=shown.brand,
        unspsc=shown.unspsc,
        content_quantity=shown.content_quantity,
        content_unit=shown.content_unit,
        base_unit=in_force[0].base_unit if in_force else None,
        labels=shown.labels,
        comparison_price=shown.comparison_price,
        comparison_unit=shown.comparison_unit,
    )


def _line_refusal(line: Row | None, upcoming: Row | None, in_force: Sequence[Row], on: date) -> str | None:
    if line is None:
        if upcoming is None:
            return "line_not_live"
        # The line has begun, but the price that lets it take over has not.
        return "no_price" if upcoming.valid_from <= on else "line_not_valid"
    if not line.orderable or not (line.valid_from <= on <= line.ends_on):
        return "line_not_valid"
    return None if in_force else "no_price"
