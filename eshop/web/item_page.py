"""Everything the item page shows: the offer, pictures, papers, what goes with it, earlier prices, what it costs to have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import catalogues
import ordering
from eshop.amounts import Amount
from eshop.web import filters, names
from eshop.web.goods import ONE, Good, good_of, in_basket, with_pictures
from eshop.web.guards import Visit
from eshop.web.texts import gettext, lazy_gettext

KINDS: Final = {
    "replacement": lazy_gettext("Replaced by"),
    "required": lazy_gettext("Works only with"),
    "accessory": lazy_gettext("Accessories"),
    "complementary": lazy_gettext("Goes with it"),
    "component": lazy_gettext("Consists of"),
    "replaced": lazy_gettext("Replaces"),
    "related": lazy_gettext("See also"),
}
SHOWN_RELATIONS: Final = 12


@dataclass(frozen=True)
class Tier:
    """From so many order units, so many kroner each."""

    minimum_quantity: Decimal
    per_order_unit: Decimal


@dataclass(frozen=True)
class Cheaper:
    """The cheaper equivalent; kroner and percent per `unit`."""

    good: Good
    saving: Decimal
    percent: Decimal
    unit: str


@dataclass(frozen=True)
class PriceWas:
    """One price of the history: from when, kroner per order unit, and the change against the one before in percent."""

    since: date | None
    version: int
    price: Decimal
    percent: Decimal | None
    minimum: Decimal
    current: bool


@dataclass(frozen=True)
class LifeCost:
    """What a good costs to have, in kroner."""

    good: Good
    price: Decimal
    years: Decimal
    whole: Decimal
    a_year: Decimal
    here: bool


@dataclass(frozen=True)
class ItemPage:
    good: Good
    tiers: Sequence[Tier]
    units: Sequence[Good]
    pictures: Sequence[str]
    thumbnails: Sequence[str]
    properties: Sequence[tuple[str, str]]
    said: catalogues.Particulars
    related: Sequence[tuple[str, Sequence[Good]]]
    cheaper: Cheaper | None
    history: Sequence[PriceWas]
    life_costs: Sequence[LifeCost]
    kroner_per_kwh: Decimal
    agreement: catalogues.Agreement | None
    freight: str
    delivery: str
    bought: str

    @property
    def sum(self) -> Decimal:
        """Kroner for the least that can be ordered, which is what stands in the field."""
        return Amount.rounded((self.good.price or Decimal(0)) * self.good.step).kroner

    @property
    def replacement(self) -> Good | None:
        """What stands for the item where it cannot be ordered any more."""
        found = [good for kind, goods in self.related if kind == str(KINDS["replacement"]) for good in goods]
        return found[0] if found else None


def item_page(visit: Visit, item_id: int) -> ItemPage:
    """NotFound where the item is not the municipality's."""
    session, today, institution = visit.session, visit.actor.today, visit.institution
    item = catalogues.get_item(session, item_id)
    offer = catalogues.offer(session, item_id, institution, today)
    line = catalogues.current_line(session, offer.item_id or item_id)
    said = catalogues.particulars_of(line.details if line is not None else None)
    similar = catalogues.similar_offers(session, offer, institution, today)
    cheaper = None
    if offer.orderable and not catalogues.is_dismissed(session, offer.item_id or item_id, visit.actor):
        cheaper = catalogues.cheaper_equivalent(offer, similar)
    related = catalogues.related_offers(session, item, said.relations, institution, today)[:SHOWN_RELATIONS]
    units = catalogues.order_units(session, item, institution, today)
    per_kwh = _kroner_per_kwh(visit)
    lives = catalogues.life_costs(session, offer, similar, per_kwh) if offer.orderable else []
    others = [one for _, one in related] + units + [one.offer for one in lives] + ([cheaper.offer] if cheaper else [])
    suppliers = names.suppliers(session, (one.supplier_id for one in (offer, *others)))
    lying = in_basket(visit)

    def good(one: catalogues.Offer) -> Good:
        number = one.item_id or one.asked_item_id or 0
        return good_of(one, suppliers.get(one.supplier_id or 0, ""), lying.get(number, Decimal(0)), today)

    own = good(offer)
    shown = dict(zip([one.item_id for one in others], with_pictures(visit, [good(one) for one in others]), strict=True))
    kept = catalogues.pictures_of(session, [own.item_id]).get(own.item_id, [])
    agreement = None if offer.agreement_id is None else catalogues.get_agreement(session, offer.agreement_id)
    return ItemPage(
        good=own,
        tiers=[Tier(tier.minimum, tier.price.per_order_unit) for tier in offer.tiers if tier.minimum > ONE],
        units=[shown[one.item_id] for one in units],
        pictures=[address(one, "large") for one in kept],
        thumbnails=[address(one, "small") for one in kept],
        properties=_properties(visit, own, offer, said),
        said=said,
        related=_by_kind([(kind, shown[one.item_id]) for kind, one in related]),
        cheaper=None
        if cheaper is None
        else Cheaper(
            shown[cheaper.offer.item_id], cheaper.saving, cheaper.percent, cheaper.offer.comparison_unit or ""
        ),
        history=_history(visit, own.item_id),
        life_costs=[
            LifeCost(
                shown[one.offer.item_id], one.price, one.years, one.whole, one.a_year, one.offer.item_id == own.item_id
            )
            for one in lives[:6]
        ],
        kroner_per_kwh=per_kwh,
        agreement=agreement,
        freight=_freight(agreement),
        delivery=_delivery(visit, offer, agreement),
        bought=_bought(visit, own),
    )


def address(picture: catalogues.KeptPicture, size: str) -> str:
    """Where a kept picture is, on our own host."""
    return f"/pictures/{picture.id}/{size}.webp?v={picture.mark}"


def _kroner_per_kwh(visit: Visit) -> Decimal:
    """The municipality's own price of electricity, else the one that is reckoned with."""
    own = (visit.municipality.settings or {}).get("kroner_per_kwh")
    return Decimal(str(own)) if own else catalogues.KRONER_PER_KWH


def _by_kind(found: Sequence[tuple[str, Good]]) -> list[tuple[str, list[Good]]]:
    kinds: dict[str, list[Good]] = {}
    for kind, good in found:
        kinds.setdefault(str(KINDS[kind]), []).append(good)
    return list(kinds.items())


def _properties(
    visit: Visit, good: Good, offer: catalogues.Offer, said: catalogues.Particulars
) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if good.content is not None:
        content = filters.quantity(good.content, good.content_unit)
        rows.append((gettext("Content"), f"1 {filters.unit(good.unit)} = {content}"))
    if offer.brand:
        rows.append((gettext("Brand"), offer.brand))
    if said.manufacturer:
        number = f" ({said.manufacturer_item_id})" if said.manufacturer_item_id else ""
        rows.append((gettext("Manufacturer"), said.manufacturer + number))
    rows += said.properties
    if said.warranty:
        rows.append((gettext("Warranty"), said.warranty))
    if said.origin:
        rows.append((gettext("Country of origin"), said.origin))
    if good.unspsc:
        title = catalogues.titles(visit.session, [good.unspsc]).get(good.unspsc)
        rows.append(("UNSPSC", f"{good.unspsc} {title}" if title else good.unspsc))
    return rows


def _history(visit: Visit, item_id: int) -> list[PriceWas]:
    """Newest first; versions that said the same price again are one row. Only where there is more than one to see."""
    rows: list[PriceWas] = []
    before: dict[Decimal, Decimal] = {}
    for one in catalogues.price_history(visit.session, item_id):
        price = one.amount * one.factor / one.base_quantity
        last = before.get(one.minimum_quantity)
        if last == price:
            continue
        change = None if not last else (price - last) * 100 / last
        before[one.minimum_quantity] = price
        rows.append(
            PriceWas(one.valid_from, one.version_number, price, change, one.minimum_quantity, one.counts_until is None)
        )
    return list(reversed(rows)) if len(rows) > 1 else []


def _freight(agreement: catalogues.Agreement | None) -> str:
    """'Fri fragt over 1.000,00 kr.' as the agreement says it; nothing where it says nothing."""
    terms = ordering.terms_of(agreement)
    most, free = terms.freight, terms.free_freight_from
    if free is not None and most is not None:
        return gettext(
            "Free freight above %(free)s, else %(most)s", free=filters.kroner(free), most=filters.kroner(most)
        )
    if most is not None:
        return gettext("Freight %(most)s per order", most=filters.kroner(most))
    return ""


def _delivery(visit: Visit, offer: catalogues.Offer, agreement: catalogues.Agreement | None) -> str:
    """When it comes, and until when that holds: 'Levering torsdag 14. maj, hvis du bestiller senest i dag kl. 12.00'."""
    if not offer.orderable or agreement is None:
        return ""
    terms = ordering.DeliveryTerms.of(agreement.delivery_days)
    open_on = frozenset({1, 2, 3, 4, 5})
    comes = filters.day(ordering.earliest(terms, visit.actor.at, open_on), weekday=True)
    last = ordering.order_before(terms, visit.actor.at, open_on)
    if last is None:
        return gettext("Delivery %(day)s, if you order now", day=comes)
    return gettext("Delivery %(day)s, if you order by %(when)s", day=comes, when=filters.moment(last))


def _bought(visit: Visit, good: Good) -> str:
    """'Børnehuset Mælkevejen har købt varen 11 gange, senest 14. april (2 kartoner).'"""
    if visit.unit is None:
        return ""
    found = catalogues.bought_before(visit.session, good.item_id, visit.unit.id)
    if found is None:
        return ""
    last = gettext(
        "%(day)s (%(quantity)s)", day=filters.day(found.last), quantity=filters.quantity(found.quantity, good.unit)
    )
    if found.times == 1:
        return gettext("%(place)s has bought the item once, %(last)s", place=visit.unit.name, last=last)
    return gettext(
        "%(place)s has bought the item %(times)s times, last %(last)s",
        place=visit.unit.name, times=found.times, last=last,
    )  # fmt: skip
