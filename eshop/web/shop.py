"""Finding and choosing: the home page, search with suggestions, the item page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
import invoicing
import ordering
from eshop.errors import NotFound
from eshop.identity import COPENHAGEN
from eshop.web import barcodes, forms, goods, toasts
from eshop.web.guards import SCANNING, Visit, access, back_to, database, signed_in
from eshop.web.item_groups import TILES, crumb_of, crumb_of_found
from eshop.web.item_page import item_page
from eshop.web.lists import ListCard, cards_of
from eshop.web.navigation import landing
from eshop.web.order_cards import OrderCard, cards, reach
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("shop", __name__)
PER_PAGE = 24
AGAIN = 3
"""How many earlier orders the home page offers to repeat."""
LISTS = 8
MOST_SUGGESTED = 3
"""Searches that are offered while one types, at most (UX rule 1)."""


@blueprint.get("/")
@signed_in
def start(visit: Visit) -> ResponseReturnValue:
    """Each role begins its day at its own page."""
    return redirect(landing(visit), 303)


@dataclass(frozen=True)
class Greeting:
    """'Godmorgen, Mette': by the hour in Denmark."""

    visit: Visit

    def __str__(self) -> str:
        hour = self.visit.actor.at.astimezone(COPENHAGEN).hour
        first = self.visit.user.name.split()[0]
        if hour < 10:
            return gettext("Good morning, %(name)s", name=first)
        if hour < 18:
            return gettext("Hello, %(name)s", name=first)
        return gettext("Good evening, %(name)s", name=first)


@blueprint.get("/shop")
@access("shop")
def home(visit: Visit) -> ResponseReturnValue:
    institution = visit.institution
    again: list[OrderCard] = []
    lists: list[ListCard] = []
    budget = None
    returned = 0
    if institution is not None:
        found = ordering.list_orders(
            visit.session,
            institution_ids=[institution.id],
            states=("sent", "confirmed", "proposed", "closed", "queued"),
            limit=12,
        )
        again = _distinct(cards(visit, found))[:AGAIN]
        lists = cards_of(visit)[:LISTS]
        budget = ordering.budget_of(visit.session, institution.id, visit.actor.today.year)
        returned = len(
            ordering.list_orders(visit.session, institution_ids=reach(visit), states=("returned",), limit=20)
        )
    return render_template(
        "shop/home.html",
        greeting=Greeting(visit),
        again=again,
        lists=lists,
        budget=budget,
        returned=returned,
        questions=invoicing.questions_to(visit.session, visit.actor) if visit.may("see_orders") else [],
        tiles=[(one.pictogram, one.title, one.word) for one in TILES],
    )


def _distinct(found: list[OrderCard]) -> list[OrderCard]:
    """The newest of each different content: ten weeks of the same fruit are one card."""
    seen: set[frozenset[int | None]] = set()
    kept = []
    for card in found:
        content = frozenset(line.item_id for line in card.picture.lines if line.item_id is not None)
        if content and content not in seen:
            seen.add(content)
            kept.append(card)
    return kept


# --- search ------------------------------------------------------------------------------------------------------------

VIEWS = ("grid", "list")
SORTS = {
    "relevance": lazy_gettext("Most relevant"),
    "price": lazy_gettext("Lowest price per unit"),
    "name": lazy_gettext("Name"),
}


@blueprint.get("/search")
@access("shop")
def search(visit: Visit) -> ResponseReturnValue:
    """The address says everything about the list, so that it can be shared and Back works."""
    text = request.args.get("q", "").strip()[:200]
    page = forms.page_number(request.args)
    sort = forms.choice(request.args, "sort", tuple(SORTS), "relevance")
    price = goods.PriceRange.of(request.args)
    chosen = {name: values for name in goods.FACETS if (values := request.args.getlist(name))} | price.facet
    result = goods.find(
        visit, text, chosen, sort=sort, limit=PER_PAGE * page, corrected=request.args.get("exact") != "1"
    )
    if text and result.total == 0 and not chosen:
        # What finds nothing is the purchasing lead's work list; the reading itself writes nothing, so this is a unit of its own.
        with database().work(visit.user.municipality_id) as working:
            catalogues.record_zero_hit(working, text, visit.actor)
    exact = request.args.get("exact") == "1"
    ways_out = goods.ways_out(visit, text, chosen, corrected=not exact) if chosen and not result.total else []
    view = forms.choice(request.args, "view", VIEWS, "")
    kept = {name: request.args.getlist(name) for name in ("q", "exact", "sort", "view", *goods.FACETS, *goods.PRICE)}
    said = {name: values for name, values in kept.items() if values}
    here = url_for("shop.search")
    return render_template(
        "shop/search.html",
        searched=text,
        result=result,
        goods=result.goods,
        facets=result.facets,
        chips=result.chips,
        group=crumb_of_found([one.unspsc for one in result.goods]),
        chosen=chosen,
        sorts=SORTS.items(),
        sort=sort,
        grid=(view or visit.user.preferences.get("view", "grid")) == "grid",
        view=view,
        price=price,
        picked=sum(len(values) for name, values in chosen.items() if name in goods.FACET_TITLES or name == "price"),
        # The sheet of filters on a phone stays open while one ticks in it.
        sheet=request.headers.get("HX-Source") == "form#facets-m" and "sheet" not in request.args,
        here=f"{here}?{urlencode({name: values for name, values in said.items() if name != 'view'}, doseq=True)}",
        exact=exact,
        ways_out=[
            (
                one,
                f"{here}?{urlencode(_without(said, one.name), doseq=True)}",
            )
            for one in ways_out
        ],
        shown_to=len(result.goods),
        more=f"{here}?{urlencode({**said, 'page': page + 1}, doseq=True)}"
        if result.total > len(result.goods)
        else None,
        may_order=visit.unit is not None and visit.may("order", visit.unit.id),
    )


def _without(said: Mapping[str, Sequence[str]], filter_name: str) -> dict[str, Sequence[str]]:
    gone = goods.PRICE if filter_name == "price" else (filter_name,)
    return {name: values for name, values in said.items() if name not in gone}


@blueprint.post("/search/view")
@access("shop")
def remember_view(visit: Visit) -> ResponseReturnValue:
    """Grid or list, remembered per person; a phone always shows the list."""
    chosen = forms.choice(request.form, "view", VIEWS, "grid")
    visit.user.preferences = {**visit.user.preferences, "view": chosen}
    return redirect(back_to(url_for("shop.search")), 303)


@blueprint.get("/search/scan")
@access("shop")
def scan(visit: Visit) -> ResponseReturnValue:
    """A barcode by the camera, or typed: what is found is searched for."""
    response = make_response(render_template("shop/scan.html"))
    response.headers["Content-Security-Policy"] = SCANNING
    return response


@blueprint.get("/search/suggestions")
@access("shop")
def suggest(visit: Visit) -> ResponseReturnValue:
    """What the popup of the search field shows; at most 3 searches and 4 items, what was bought before first."""
    text = request.args.get("q", "").strip()[:80]
    found = goods.suggestions(visit, text) if len(text) >= 2 else goods.Suggestions([], [], [])
    return render_template(
        "shop/suggestions.html",
        words=found.words,
        groups=found.groups,
        items=found.items,
        searched=text,
        may_order=visit.unit is not None and visit.may("order", visit.unit.id),
    )


@blueprint.get("/search/suggestions/numbers")
@access("shop")
def suggested_numbers(visit: Visit) -> ResponseReturnValue:
    """How many items each of the offered searches finds, in words and in their order: asked when the one who types rests."""
    texts = [text.strip()[:80] for text in request.args.getlist("word")[:MOST_SUGGESTED]]
    return jsonify(goods.numbers_found(visit, texts))


@blueprint.get("/items/<int:item_id>")
@access("shop")
def item(visit: Visit, item_id: int) -> ResponseReturnValue:
    return render_template(
        "shop/item.html",
        page=(shown := item_page(visit, item_id)),
        hit=shown.good,
        group=crumb_of(visit, shown.good.name, shown.good.unspsc),
        may_order=visit.unit is not None and visit.may("order", visit.unit.id),
        may_report=visit.unit is not None and visit.may("wish", visit.unit.id),
    )


@blueprint.get("/items/<int:item_id>/label")
@access("shop")
def label(visit: Visit, item_id: int) -> ResponseReturnValue:
    """A label for the shelf where the item stands, to be printed: its barcode is what the search finds it by."""
    (good,) = goods.goods_of(visit, [item_id])[:1] or (None,)
    if good is None:
        raise NotFound("not_found", thing="Item", key=item_id)
    code = good.gtin or good.seller_item_id
    drawn, width = barcodes.bars(code) if barcodes.can_say(code) else ([], 0)
    return render_template("shop/label.html", hit=good, code=code, bars=drawn, width=width)


@blueprint.post("/items/<int:item_id>/cheaper/dismiss")
@access("shop")
def dismiss_cheaper(visit: Visit, item_id: int) -> ResponseReturnValue:
    """No thanks: the cheaper equivalent is not shown at this item for 90 days."""
    catalogues.dismiss_equivalent(visit.session, item_id, visit.actor)
    return redirect(url_for("shop.item", item_id=item_id), 303)


@blueprint.post("/items/<int:item_id>/cheaper")
@access("order")
def take_cheaper(visit: Visit, item_id: int) -> ResponseReturnValue:
    """One tap to swap: the cheaper one goes into the basket in the amount that lay there of the other."""
    (other,) = forms.ids(request.form, "item_id")[:1] or (0,)
    basket = ordering.open_basket(visit.session, visit.actor)
    ordering.swap_line(visit.session, basket, item_id, other, visit.actor)
    toasts.put(gettext("Swapped in the basket."))
    return redirect(url_for("shop.item", item_id=other), 303)
