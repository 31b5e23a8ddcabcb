"""How things stand on the demo's day: what waits for whom, what is on its way, and what lies in the basket."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import catalogues
import ordering
from eshop import ubl
from eshop.amounts import Amount
from eshop.demo import paper
from eshop.demo.assortment import Article, check_digit
from eshop.demo.frontline import ask_and_wish
from eshop.demo.municipality import MAELKEVEJEN, MYRETUEN, STJERNEKIG, SUPPLIERS
from eshop.demo.trade import Market, Picks, shelf
from eshop.demo.year import FAVOURITES
from eshop.identity import Actor

IN_THE_BASKET: Final[Picks] = (("HH-10002", 1), ("HH-10316", 2), ("NX-10001", 3), ("GF-10213", 2), ("GF-10019", 1))
NEW_GROUP: Final[Picks] = (
    *(("PP-10013", 2), ("PP-10019", 2), ("PP-10202", 2), ("PP-10403", 1), ("PP-10904", 6), ("HH-10022", 1)),
    *(("LH-10004", 2), ("LH-10301", 2), ("IB-10016", 6)),
)
NEXT_PRICES: Final = {"HH-10002": 112, "HH-10316": 105, "HH-10022": 109, "HH-11003": 10000}
"""In percent of today's: three that rise above what the agreement allows, one whose decimal point has slipped."""
OTHER_UNIT: Final = 40
NO_SUCH_UNIT: Final = 60
BELOW_ZERO: Final = 61
"""Places in HygiejneHuset's next catalogue."""
WORKSHOP: Final[Picks] = (("LH-10006", 3), ("LH-10003", 2), ("LH-10801", 4))


def leave_open(market: Market, day: date) -> None:
    """Leaves work for each of the demo's people."""
    _keep_the_budget(market, day)
    _to_receive(market, day)
    _to_approve(market, day)
    _to_answer(market, day)
    _to_review(market, day)
    _searched(market, day)
    _lists(market, day)
    _begun(market)
    ask_and_wish(market, day)


def _keep_the_budget(market: Market, day: date) -> None:
    """From today an order that would go over the institution's budget is put before its leader, and every order from the one that has
    a new orderer."""
    kim = market.actor("kim", None, market.at(day - timedelta(days=1), "07:30"))
    ordering.record_approval_rule(market.session, "budget", kim, source="Kasse- og regnskabsregulativ, bilag 4")
    place = market.actor("vibeke", STJERNEKIG, market.at(day, "07:30")).institution_id
    ordering.record_approval_rule(
        market.session, "institution", kim, institution_id=place, source="Aftale med lederen, ny disponent"
    )


def _to_receive(market: Market, day: date) -> None:
    """Three deliveries for Mælkevejen: one that came in part, one that is here today, one on its way."""
    market.bought(
        "aisha", MAELKEVEJEN, (("PP-10019", 4), ("PP-10518", 3), ("PP-10903", 2)), day - timedelta(days=6),
        approver="jens", receiver="mette", received={"10": 4, "20": 1, "30": 2}, reference="Puslerum", after=3,
    )  # fmt: skip
    market.bought("mette", MAELKEVEJEN, FAVOURITES[0][2], day - timedelta(days=1), approver="jens")
    market.bought("mette", MAELKEVEJEN, FAVOURITES[2][2], day - timedelta(days=1), approver="jens")


def _to_approve(market: Market, day: date) -> None:
    """Five orders that wait for Jens: for three institutions, the first since yesterday, two in which nothing deviates."""
    market.order(
        "aisha", MYRETUEN, (("PP-10019", 8), ("PP-10202", 8)), market.at(day - timedelta(days=1), "15:40"),
        note="Vi har fået seks nye børn i vuggestuen, og lageret rækker ikke til fredag.",
    )  # fmt: skip
    for minutes, picks, reference, note in (
        (130, WORKSHOP, "Værksted", "Til værkstedsugen med de store. Pengene er fra Kulturpuljen."),
        (45, (("PP-10518", 4), ("PP-10403", 3)), "Puslerum", None),
    ):
        at = market.latest - timedelta(minutes=minutes)
        market.order("mette", MAELKEVEJEN, picks, at, reference=reference, note=note)
    for minutes, picks in ((100, (("HH-10002", 2),)), (30, (("HH-10316", 1), ("HH-10002", 1)))):
        market.order("vibeke", STJERNEKIG, picks, market.latest - timedelta(minutes=minutes))


def _to_answer(market: Market, day: date) -> None:
    """One order that Jens has sent back with a question."""
    at = market.at(day - timedelta(days=1), "11:05")
    order = market.order("mette", MAELKEVEJEN, (("LH-10006", 4), ("LH-11202", 1)), at)
    jens = market.actor("jens", MAELKEVEJEN, at + timedelta(minutes=90))
    if order.state == "waiting":
        ordering.reject(market.session, order, jens, "Kan I bruge klodserne fra Myretuen i stedet?")


def _to_review(market: Market, day: date) -> None:
    """HygiejneHuset's next catalogue lies with Kim: most prices a little up, some down, three far more than agreed, one with a slipped
    decimal point, one in another unit, one that has lost its label, two with mistakes, some items new and some gone."""
    current = shelf("50.81")
    changed = [_as_it_becomes(one, position) for position, one in enumerate(current[:-4])]
    labelled = next(position for position, one in enumerate(changed) if one.labels)
    changed[labelled] = replace(changed[labelled], labels=())
    new = [
        replace(one, seller_item_id=f"HH-{20001 + position}", gtin=digits + check_digit(digits), name=f"{one.name}, ny")
        for position, one in enumerate(current[:3])
        for digits in (f"57099980000{position}",)
    ]
    seller = market.seller(SUPPLIERS[0][0])
    (agreement,) = catalogues.find_agreements(market.session, "50.81")
    assert agreement.valid_from is not None
    assert agreement.valid_to is not None
    written = paper.catalogue(
        seller,
        market.buyer(market.main_gln),
        "K-101",
        agreement.number,
        agreement.valid_from,
        agreement.valid_to,
        [*changed, *new],
    )
    written = replace(written, issue_date=day - timedelta(days=1))
    market.hand_in(ubl.write(written, seller.profile), market.at(day - timedelta(days=1), "23:10"), "katalog-50.81.xml")


def _as_it_becomes(one: Article, position: int) -> Article:
    """The article as HygiejneHuset's next catalogue has it."""
    if one.seller_item_id in NEXT_PRICES:
        return replace(one, price=Amount(one.price.ore * NEXT_PRICES[one.seller_item_id] // 100))
    if position == OTHER_UNIT:
        return replace(one, unit="BX" if one.unit != "BX" else "PK")
    if position == NO_SUCH_UNIT:
        return replace(one, unit="STYK")
    if position == BELOW_ZERO:
        return replace(one, price=Amount(-one.price.ore))
    if position % 9 == 0:
        return replace(one, price=Amount((one.price.ore * 102 // 100 + 4) // 5 * 5))
    return replace(one, price=Amount(one.price.ore * 97 // 100)) if position % 7 == 3 else one


def _searched(market: Market, day: date) -> None:
    """What people have looked for in vain, and one word that Kim has explained."""
    for text, times in (("julepynt", 3), ("vaskepulver color", 2), ("trampolin", 1)):
        for ago in range(times):
            at = market.at(day - timedelta(days=3 * ago + 1), "13:15")
            catalogues.record_zero_hit(market.session, text, market.actor("mette", MAELKEVEJEN, at))
    kim = market.actor("kim", None, market.at(day - timedelta(days=2), "10:30"))
    catalogues.set_synonyms(market.session, ["karklud", "mikrofiberklud"], kim)


def _lists(market: Market, day: date) -> None:
    """What the institution orders again and again, Mette's own favourites, and a standard basket from Purchasing."""
    at = market.at(day - timedelta(days=30), "14:00")
    aisha, kim = market.actor("aisha", MAELKEVEJEN, at), market.actor("kim", None, at)
    for title, _, picks in FAVOURITES:
        _fill(market, ordering.make_list(market.session, title, "shared", aisha), picks, aisha)
    _fill(market, ordering.make_list(market.session, "Værksted og krea", "shared", aisha), WORKSHOP, aisha)
    _fill(market, ordering.make_list(market.session, "Ny vuggestuegruppe", "standard", kim), NEW_GROUP, kim)
    mette = market.actor("mette", MAELKEVEJEN, at)
    for item, _ in IN_THE_BASKET[:3]:
        ordering.set_favourite(market.session, market.item(item), True, mette)


def _fill(market: Market, chosen: ordering.ShoppingList, picks: Picks, by: Actor) -> None:
    for item, quantity in picks:
        ordering.set_on_list(market.session, chosen, market.item(item), Decimal(quantity), by)


def _begun(market: Market) -> None:
    """Mette's basket."""
    by = market.actor("mette", MAELKEVEJEN, market.latest - timedelta(minutes=20))
    basket = ordering.open_basket(market.session, by)
    for item, quantity in IN_THE_BASKET:
        ordering.add_line(market.session, basket, market.item(item), Decimal(quantity), by)
