"""Items as the shop shows them: the offer in words, and the pages of search and item made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

import catalogues
import ordering
from eshop.amounts import Amount
from eshop.errors import BadInput
from eshop.web import filters, forms, names
from eshop.web.guards import Visit
from eshop.web.own_basket import own_basket
from eshop.web.own_favourites import favourite_ids
from eshop.web.pictograms import pictogram
from eshop.web.texts import gettext, lazy_gettext, ngettext

ONE: Final = Decimal(1)
SORTED: Final = 300
MOST_VALUES: Final = 12
REPLACED: Final = 4
FACET_TITLES: Final = {
    "label": lazy_gettext("Labels"),
    "group": lazy_gettext("Item group"),
    "unit": lazy_gettext("Pack"),
    "supplier": lazy_gettext("Supplier"),
    "agreement": lazy_gettext("Agreement"),
    "brand": lazy_gettext("Brand name"),
}
CHIP_TITLES: Final = {
    "favourite": lazy_gettext("Favourites"),
    "bought": lazy_gettext("Bought before"),
    "soon": lazy_gettext("Delivery within a week"),
}
FACETS: Final = (*FACET_TITLES, *CHIP_TITLES)
PRICE: Final = ("price_per", "price_from", "price_to")
"""The fields of the range of comparison prices, as they stand in the address."""
SOON: Final = timedelta(days=7)


@dataclass(frozen=True)
class Good:
    """One item as it is offered to the institution today. `price` and `comparison` are kroner; `step` is the least one can order."""

    item_id: int
    name: str
    description: str | None
    seller_item_id: str
    gtin: str | None
    supplier: str
    unit: str
    price: Decimal | None
    content: Decimal | None
    content_unit: str | None
    comparison: Decimal | None
    comparison_unit: str | None
    labels: Sequence[str]
    orderable: bool
    why_not: str
    step: Decimal
    pictogram: str
    in_basket: Decimal
    unspsc: str | None
    agreement_id: int | None
    bought: int = 0
    """In how many orders the institution bought it."""
    delivery: date | None = None
    cheapest: bool = False
    picture: str | None = None
    """Where its picture is on our own host."""

    @property
    def unit_ore(self) -> int:
        """Øre for one order unit, for the sum that the button repeats while one types; the server's sum is the one that counts."""
        return 0 if self.price is None else Amount.rounded(self.price).ore


def good_of(offer: catalogues.Offer, supplier: str, in_basket: Decimal, today: date) -> Good:
    """The offer in the words of a page."""
    content = offer.content_quantity
    return Good(
        item_id=offer.item_id or offer.asked_item_id or 0,
        name=offer.name or offer.seller_item_id,
        description=offer.description,
        seller_item_id=offer.seller_item_id,
        gtin=offer.gtin,
        supplier=supplier,
        unit=offer.unit,
        price=None if offer.price is None else offer.price.per_order_unit,
        content=content if content is not None and not (content == 1 and offer.content_unit == offer.unit) else None,
        content_unit=offer.content_unit,
        comparison=offer.comparison_price,
        comparison_unit=offer.comparison_unit,
        labels=catalogues.label_names(offer.labels),
        orderable=offer.orderable,
        why_not="" if offer.orderable else why_not(offer, today),
        step=max(offer.minimum or ONE, offer.order_multiple or ONE),
        pictogram=pictogram(offer.name, offer.unspsc),
        in_basket=in_basket,
        unspsc=offer.unspsc,
        agreement_id=offer.agreement_id,
    )


def why_not(offer: catalogues.Offer, today: date) -> str:
    """Why an item cannot be ordered, in a few words; an ended agreement says when it ended."""
    if offer.agreement_valid_to is not None and offer.agreement_valid_to < today:
        return gettext("The agreement ended %(day)s", day=filters.day(offer.agreement_valid_to))
    return filters.said_code(f"offer_{offer.reason}")


def in_basket(visit: Visit) -> dict[int, Decimal]:
    """Item → order units that lie in the person's basket."""
    basket = own_basket(visit)
    return {} if basket is None else {line.item_id: line.quantity for line in basket.lines}


def goods_of(visit: Visit, item_ids: Iterable[int]) -> list[Good]:
    """These items in this order, as offered today: a fixed number of queries whatever their number."""
    wanted = list(dict.fromkeys(item_ids))
    offers = catalogues.offers(visit.session, wanted, visit.institution, visit.actor.today)
    suppliers = names.suppliers(visit.session, (offer.supplier_id for offer in offers.values()))
    lying, today = in_basket(visit), visit.actor.today
    return with_pictures(
        visit,
        [
            good_of(
                offers[one],
                suppliers.get(offers[one].supplier_id, ""),
                lying.get(offers[one].item_id or one, Decimal(0)),
                today,
            )
            for one in wanted
            if offers[one].name
        ],
    )


def with_pictures(visit: Visit, goods: Sequence[Good]) -> list[Good]:
    """The same with the address of each first picture, in one query; a good without one keeps its pictogram."""
    kept = catalogues.pictures_of(visit.session, [one.item_id for one in goods], first_only=True) if goods else {}
    return [
        replace(one, picture=f"/pictures/{found[0].id}/small.webp?v={found[0].mark}")
        if (found := kept.get(one.item_id))
        else one
        for one in goods
    ]


def replacements(visit: Visit, gone: Sequence[catalogues.Offer]) -> dict[int, Good]:
    """For items that cannot be ordered, what can be ordered today under the same name: asked item id → the first that fits. Only for
    the first few, so that a page of lists stays quick; the others have the link to the search."""
    found: dict[int, Good] = {}
    for offer in list(gone)[:REPLACED]:
        words = offer.name.split(",")[0]
        if not words or offer.asked_item_id is None:
            continue
        result = catalogues.search(visit.session, words, visit.institution, visit.actor.today, limit=6)
        hit = next(
            (
                one
                for one in result.hits
                if one.offer.orderable and one.item_id not in (offer.asked_item_id, offer.item_id)
            ),
            None,
        )
        if hit is not None and (not offer.unspsc or (hit.offer.unspsc or "")[:4] == offer.unspsc[:4]):
            found[offer.asked_item_id] = good_of(hit.offer, hit.supplier_name, Decimal(0), visit.actor.today)
    return found


# --- search ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FacetValue:
    value: str
    text: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    title: str
    values: Sequence[FacetValue]

    def narrows(self, total: int) -> bool:
        """Whether its one value holds for some of the items and not for all of them."""
        return 0 < self.values[0].count < total


@dataclass(frozen=True)
class PriceRange:
    """The range of comparison prices that is asked for, as it was typed: kroner per unit `per`. `wrong`: the names of those that are no
    numbers, which are told and not searched by."""

    per: str = ""
    low: str = ""
    high: str = ""
    wrong: frozenset[str] = frozenset()

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "PriceRange":
        typed = {name: args.get(name, "").strip()[:20] for name in PRICE}
        wrong = frozenset(name for name in PRICE[1:] if typed[name] and _price_of(typed[name]) is None)
        return cls(typed["price_per"], typed["price_from"], typed["price_to"], wrong)

    @property
    def facet(self) -> dict[str, Sequence[str]]:
        """The range as the search takes it; nothing where none is asked for."""
        ends = [_price_of(one) for one in (self.low, self.high)]
        if not self.per or ends == [None, None]:
            return {}
        return {"price": [":".join([self.per, *("" if end is None else f"{end:f}" for end in ends)])]}


def _price_of(typed: str) -> Decimal | None:
    try:
        price = forms.decimal(MultiDict({"price": typed}), "price")
    except BadInput:
        return None
    return price if price >= 0 else None


@dataclass(frozen=True)
class Found:
    """A page of search results."""

    goods: Sequence[Good]
    total: int
    facets: Sequence[Facet]
    chips: Sequence[Facet]
    """Facets that are on or off, each with its one value."""
    per: str | None = None
    """The unit most of them are compared by in price; None where the half are not."""
    corrected: str | None = None
    original: str | None = None
    loosened: bool = False


@dataclass(frozen=True)
class Suggestions:
    """`groups` are (what people read, UNSPSC prefix)."""

    words: Sequence[str]
    groups: Sequence[tuple[str, str]]
    items: Sequence[Good]


def find(
    visit: Visit,
    text: str,
    chosen: Mapping[str, Sequence[str]],
    *,
    sort: str = "relevance",
    limit: int = 24,
    corrected: bool = True,
) -> Found:
    """The search in the person's institution, with the facets that tell something: one with a single value is left out.

    By price, the best 300 hits are put in order; further down the list nobody looks for the cheapest.
    """
    deliveries = _deliveries(visit)
    result = _search(
        visit, text, chosen, deliveries, limit=limit if sort == "relevance" else SORTED, corrected=corrected
    )
    hits = list(result.hits)
    if sort == "price":
        hits.sort(
            key=lambda hit: (hit.offer.comparison_unit or "~", hit.offer.comparison_price or Decimal(10**9), hit.rank)
        )
    elif sort == "name":
        hits.sort(key=lambda hit: (hit.offer.name.casefold(), hit.rank))
    shown = [hit for hit in hits[:limit] if hit.offer.name]
    lying = in_basket(visit)
    cheapest = _cheapest(shown)
    goods = [
        replace(
            good_of(hit.offer, hit.supplier_name, lying.get(hit.item_id, Decimal(0)), visit.actor.today),
            bought=hit.bought,
            delivery=deliveries.get(hit.offer.agreement_id) if hit.offer.orderable else None,
            cheapest=hit.item_id == cheapest,
        )
        for hit in shown
    ]
    return Found(
        with_pictures(visit, goods),
        result.total,
        [facet for name in FACET_TITLES if len((facet := _facet(name, result, chosen)).values) > 1 or name in chosen],
        [chip for name in CHIP_TITLES if (chip := _chip(name, result, chosen)).narrows(result.total) or name in chosen],
        next((one.value for one in result.facets.get("per", ())[:1] if 2 * one.count >= result.total), None),
        result.corrected if result.corrected and result.corrected != result.original else None,
        result.original,
        result.loosened,
    )


def _search(
    visit: Visit,
    text: str,
    chosen: Mapping[str, Sequence[str]],
    deliveries: Mapping[int | None, date],
    *,
    limit: int,
    corrected: bool,
) -> catalogues.SearchResult:
    last = visit.actor.today + SOON
    return catalogues.search(
        visit.session,
        text,
        visit.institution,
        visit.actor.today,
        limit=limit,
        facets={name: list(values) for name, values in chosen.items()},
        as_typed=not corrected,
        favourites=favourite_ids(visit),
        soon=[one for one, day in deliveries.items() if one is not None and day <= last],
    )


@dataclass(frozen=True)
class WayOut:
    """A filter that can be taken away where nothing fits them all: its name and how many items are left without it."""

    name: str
    text: str
    count: int


def ways_out(visit: Visit, text: str, chosen: Mapping[str, Sequence[str]], *, corrected: bool = True) -> list[WayOut]:
    """The filters of which one can be taken away and then something is found, the one that leaves most first; a search for each, so only
    where nothing was found."""
    found = []
    deliveries = _deliveries(visit)
    for name, values in chosen.items():
        others = {other: kept for other, kept in chosen.items() if other != name}
        result = _search(visit, text, others, deliveries, limit=1, corrected=corrected)
        if result.total:
            said = (
                [one.text for one in _facet(name, result, chosen).values if one.chosen] if name in FACET_TITLES else []
            )
            title = str({**FACET_TITLES, **CHIP_TITLES, "price": gettext("Price")}[name])
            found.append(WayOut(name, ", ".join(said) if len(said) == len(values) else title, result.total))
    return sorted(found, key=lambda one: (-one.count, one.name))


def _facet(name: str, result: catalogues.SearchResult, chosen: Mapping[str, Sequence[str]]) -> Facet:
    """A facet in words; item groups whose title nobody has loaded tell nothing and are left out."""
    picked = chosen.get(name, ())
    values = [one for one in result.facets.get(name, ()) if name != "group" or one.name != one.value]
    values.sort(key=lambda one: one.value not in picked)  # what is chosen can be taken away again
    return Facet(
        name,
        str(FACET_TITLES[name]),
        [
            FacetValue(
                one.value,
                filters.unit(one.name).capitalize() if name == "unit" else one.name,
                one.count,
                one.value in picked,
            )
            for one in values[:MOST_VALUES]
        ],
    )


def _chip(name: str, result: catalogues.SearchResult, chosen: Mapping[str, Sequence[str]]) -> Facet:
    count = sum(one.count for one in result.facets.get(name, ()))
    text = str(CHIP_TITLES[name])
    return Facet(name, text, [FacetValue("1", text, count, name in chosen)])


def _deliveries(visit: Visit) -> dict[int | None, date]:
    """Agreement in force → the first day goods ordered now can come on it."""
    today = visit.actor.today
    standings = catalogues.joined_standings(visit.session)
    wanted = sorted(one for one, standing in standings.items() if standing.signed and standing.in_force.holds(today))
    terms = visit.session.execute(
        select(catalogues.Agreement.id, catalogues.Agreement.delivery_days).where(catalogues.Agreement.id.in_(wanted))
    )
    return {
        agreement_id: ordering.earliest(ordering.DeliveryTerms.of(days), visit.actor.at) for agreement_id, days in terms
    }


def _cheapest(hits: Sequence[catalogues.Hit]) -> int | None:
    """The item with the lowest price per base unit, where all that have one are compared in the same unit; None where it is no news:
    fewer than three to compare, or several as cheap."""
    priced = [hit for hit in hits if hit.offer.orderable and hit.offer.comparison_price is not None]
    if len(priced) < 3 or len({hit.offer.comparison_unit for hit in priced}) != 1:
        return None
    first, second, *_ = sorted(priced, key=lambda hit: hit.offer.comparison_price or Decimal(0))
    return first.item_id if first.offer.comparison_price != second.offer.comparison_price else None


def suggestions(visit: Visit, text: str) -> Suggestions:
    """At most 3 searches, 2 item groups and 4 items for what has been typed so far; what lies in the basket is not told at each letter."""
    found = catalogues.suggest(visit.session, text, visit.institution, visit.actor.today)
    items = [
        replace(good_of(hit.offer, hit.supplier_name, Decimal(0), visit.actor.today), bought=hit.bought)
        for one in found
        if (hit := one.hit) is not None
    ]
    return Suggestions(
        [one.text for one in found if one.kind == "search"],
        [(one.text, one.value) for one in found if one.kind == "group"],
        items,
    )


def numbers_found(visit: Visit, texts: Sequence[str]) -> list[str]:
    """How many items each text finds, in words; nothing is said of a text that finds none with all its words."""
    most = catalogues.COUNTED_TO
    counts = catalogues.how_many(visit.session, texts, visit.institution, visit.actor.today)
    return [
        gettext("over %(count)s items", count=filters.number(most))
        if count > most
        else ngettext("One item", "%(num)s items", count)
        if count
        else ""
        for count in counts
    ]
