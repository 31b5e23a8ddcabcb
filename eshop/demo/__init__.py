"""The demo municipality (INTERFACES §4): Lindeå Kommune with a year of trade, and Skovby Kommune beside it. All names invented.

Everything goes in through the doors a municipality's own data goes through, and everything that happens is done by the verbs people and
suppliers use. Each municipality is one unit of work: it is there as a whole, or not at all. Run again, nothing is added.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import exchange, ubl
from eshop.amounts import Amount
from eshop.db import EVERYONE, Database
from eshop.demo import municipality as words
from eshop.demo import paper
from eshop.demo.afterwards import act_alone, load_chart, receive_crushed
from eshop.demo.assortment import articles
from eshop.demo.elsewhere import buy_elsewhere
from eshop.demo.invoice_desk import leave_invoices, send_to_the_ledger
from eshop.demo.municipality import HELP_PHONE, LINDEAA, PASSWORD, SIGN_INS, SKOVBY, SUPPLIERS
from eshop.demo.outcomes import show_every_outcome
from eshop.demo.today import leave_open
from eshop.demo.trade import Market, shelf
from eshop.demo.trouble import go_wrong
from eshop.demo.webshop import open_a_webshop, plan_tenders
from eshop.demo.year import DAYS, live_through
from eshop.errors import Conflict
from eshop.identity import COPENHAGEN, Actor, Municipality, Role, User, set_password
from eshop.organisation import load_organisation, load_policy

__all__ = ["SIGN_INS", "STEPS", "build", "found", "set_rules", "stock"]

STEPS: Final = 30
"""Roughly how many steps `build` tells of: catalogues, months, outcomes."""

POLICY: Final[dict[str, Any]] = {
    "price_tolerance_percent": "1.0",
    "price_tolerance_amount_per_line": "10.00",
    "rounding_tolerance_per_document": "1.00",
    "quantity_tolerance_percent": "0",
    "freight_without_order_line_max": "150.00",
    "cumulative_per_order": "15.00",
    "one_person_max": "150.00",
    "sample_percent": "100",
}


def build(database: Database, day: date | None, now: datetime, step: Callable[[int], Any] = lambda _: None) -> bool:
    """Makes what is missing; answers whether anything was. `day` is the demo's today (the day of `now` unless given).

    Conflict `demo_needs_room` when the database holds a real municipality with one of the demo's numbers.
    """
    moment = now if day is None else datetime.combine(day, time(12), COPENHAGEN)
    with database.read(EVERYONE) as session:
        there = {one.cvr: one.is_demo for one in session.scalars(select(Municipality))}
    for cvr in (SKOVBY, LINDEAA):
        if there.get(cvr) is False:
            raise Conflict("demo_needs_room", cvr=cvr)
    made = False
    for cvr, make in ((SKOVBY, _skovby), (LINDEAA, _lindeaa)):
        if cvr not in there:
            with database.work(EVERYONE) as session:
                make(session, moment, step)
            made = True
    return made


def _skovby(session: Session, moment: datetime, step: Callable[[int], Any]) -> None:
    market = found(session, words.neighbour(), moment)
    stock(market, ("50.84", "2025-041"), "ulla", step)


def _lindeaa(session: Session, moment: datetime, step: Callable[[int], Any]) -> None:
    market = found(session, words.organisation(), moment)
    set_rules(market)
    stock(market, tuple(dict.fromkeys(one.agreement for one in articles())), "kim", step)
    day = moment.astimezone(COPENHAGEN).date()
    live_through(market, day, step)
    step(1)
    send_to_the_ledger(market, day)
    show_every_outcome(market, day)
    step(1)
    leave_open(market, day)
    leave_invoices(market, day)
    buy_elsewhere(market, day)
    act_alone(market, day)
    receive_crushed(market, day)
    load_chart(market, day)
    open_a_webshop(market)
    plan_tenders(market)
    go_wrong(market, day)
    step(1)
    market.settle()


def found(session: Session, organisation: dict[str, Any], moment: datetime) -> Market:
    """The municipality with its people, agreements, suppliers and their accounts."""
    head = organisation["municipality"]
    municipality = Municipality(
        cvr=head["cvr"], name=head["name"], is_demo=True, policy_data={}, settings={"help_phone": HELP_PHONE}
    )
    session.add(municipality)
    session.flush()
    # From here on this unit of work serves the municipality it has made.
    session.info["scope"] = municipality.id
    by = Actor.system(municipality.id, moment - timedelta(days=2 * DAYS), "cli")
    profiles = {cvr: profile for cvr, _, _, profile, _, _ in SUPPLIERS}
    for row in words.suppliers():
        supplier = catalogues.record_supplier(
            session, cvr=row["cvr"], gln=row["gln"], name=row["name"], active=row["active"], by=by
        )
        for account in row["payment_accounts"]:
            invoicing.record_known_account(session, supplier.id, account, by)
        exchange.partner_of(session, supplier.id).profile = profiles[row["cvr"]]
    known = {one.cvr: one.id for one in catalogues.list_suppliers(session) if one.cvr}
    load_organisation(session, organisation, by, known)
    for user in session.scalars(select(User)):
        if user.login in SIGN_INS:
            set_password(user, PASSWORD)
    day = moment.astimezone(COPENHAGEN).date()
    catalogues.load_agreements(session, words.agreements(day), by)
    session.flush()
    return Market(session, municipality, moment)


def set_rules(market: Market) -> None:
    """Tolerances, and who must approve what."""
    session = market.session
    start = market.latest - timedelta(days=2 * DAYS)
    kim = market.actor("kim", None, start)
    load_policy(session, POLICY, Actor.system(market.municipality.id, start, "cli"))
    ordering.record_approval_rule(
        session, "amount", kim, threshold=Amount.of(2500), source="Kasse- og regnskabsregulativ, bilag 4"
    )
    ordering.record_approval_rule(
        session,
        "item_group",
        kim,
        role=Role.PURCHASING_LEAD,
        item_group="432115",
        threshold=Amount.of(20000),
        source="It-strategi",
    )


def stock(
    market: Market, agreements: tuple[str, ...], accepts: str, step: Callable[[int], Any] = lambda _: None
) -> None:
    """Every supplier's catalogue comes as a file and is accepted as a whole."""
    session = market.session
    for position, agreement in enumerate(agreements, 1):
        (found,) = catalogues.find_agreements(session, agreement)
        supplier = catalogues.get_supplier(session, found.supplier_id)
        assert supplier is not None
        assert supplier.cvr is not None
        assert found.valid_from is not None
        assert found.valid_to is not None
        seller = market.seller(supplier.cvr)
        written = paper.catalogue(
            seller,
            market.buyer(market.main_gln),
            f"K-{position:03d}",
            agreement,
            found.valid_from,
            found.valid_to,
            shelf(agreement),
        )
        at = market.latest - timedelta(days=2 * DAYS)
        version = None
        for seen in catalogues.load(
            session, ubl.write(written, seller.profile), None, market.system(at), name=f"{agreement}.xml"
        ):
            version = seen.version
        assert version is not None
        catalogues.accept(session, version, market.actor(accepts, None, at), lines="all")
        step(1)
