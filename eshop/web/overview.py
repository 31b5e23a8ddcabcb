"""What needs attention today, for Purchasing; and "More": every place a person can go to, for menus and shortcuts that are full."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

import catalogues
import ordering
from eshop import exchange
from eshop.web import names
from eshop.web.filters import day, kroner
from eshop.web.guards import Visit, access, signed_in
from eshop.web.texts import gettext, ngettext

blueprint = Blueprint("overview", __name__)
FEW = 4
SEARCHED_DAYS = 30


@dataclass(frozen=True)
class Row:
    """One of the things that wait: what, more about it, and the page where it is dealt with."""

    text: str
    about: str = ""
    href: str | None = None


@dataclass(frozen=True)
class Matter:
    """A kind of thing that needs attention: how many, the first few, and what to press. `tone` is that of a note."""

    key: str
    title: str
    why: str
    icon: str
    tone: str
    count: int
    rows: list[Row]
    href: str | None = None
    press: str | None = None


@blueprint.get("/overview")
@access("manage_agreements")
def show(visit: Visit) -> ResponseReturnValue:
    every = list(_matters(visit))
    waiting = [one for one in every if one.count]
    return render_template(
        "overview/show.html",
        wide=True,
        matters=waiting,
        quiet=[one for one in every if not one.count],
        total=sum(one.count for one in waiting),
    )


@blueprint.get("/more")
@signed_in
def more(_visit: Visit) -> ResponseReturnValue:
    return render_template("overview/more.html")


def _matters(visit: Visit) -> Iterator[Matter]:
    """In the order in which waiting costs most."""
    yield _undelivered(visit)
    yield _to_approve(visit)
    yield _catalogues(visit)
    yield _needs(visit)
    yield _ending(visit)
    yield _zero_hits(visit)


def _undelivered(visit: Visit) -> Matter:
    letters = exchange.dead_letters(visit.session)
    suppliers = names.suppliers(visit.session, (one.supplier_id for one in letters[:FEW]))
    rows = [
        Row(
            suppliers.get(one.supplier_id) or one.name or one.document_id or gettext("A document"),
            ngettext(
                "%(document)s, tried once",
                "%(document)s, tried %(num)s times",
                one.attempts,
                document=one.document_id or one.name,
            ),
            url_for("orders.show", order_id=one.order_id) if one.order_id else None,
        )
        for one in letters[:FEW]
    ]
    why = gettext("The supplier's system has not taken them. The supplier does not know of the order yet.")
    href = url_for("sending.overview") if visit.may("manage_sending") else None
    return Matter(
        "undelivered", gettext("Could not be delivered"), why, "error", "err", len(letters), rows,
        href, gettext("See what to do"),
    )  # fmt: skip


def _to_approve(visit: Visit) -> Matter:
    waiting = ordering.orders_waiting(visit.session, visit.actor)
    places = names.institutions(visit.session, (one.order.institution_id for one in waiting[:FEW]))
    rows = [
        Row(
            f"{one.order.number} · {places.get(one.order.institution_id, '')}",
            gettext("%(amount)s, since %(day)s", amount=kroner(one.order.total), day=day(one.order.ordered_on)),
            url_for("orders.approvals"),
        )
        for one in waiting[:FEW]
    ]
    return Matter(
        "approve", gettext("Waits for your approval"), gettext("Nothing is sent before you have decided."),
        "how-to-reg", "warn", len(waiting), rows, url_for("orders.approvals"), gettext("Go to approvals"),
    )  # fmt: skip


def _catalogues(visit: Visit) -> Matter:
    waiting = [one for one in catalogues.list_versions(visit.session) if one.state == "waiting"]
    suppliers = names.suppliers(visit.session, (one.supplier_id for one in waiting[:FEW]))
    rows = [
        Row(
            suppliers.get(one.supplier_id) or gettext("A catalogue"),
            gettext("Version %(version)s, came %(day)s", version=one.number, day=day(one.loaded_at)),
            url_for("agreements.review", version_id=one.id),
        )
        for one in waiting[:FEW]
    ]
    why = gettext("New prices and items are not seen in the shop before you have looked at them.")
    return Matter(
        "catalogues", gettext("Catalogues to review"), why, "folder", "warn", len(waiting), rows,
        url_for("agreements.catalogues_overview"), gettext("See the catalogues"),
    )  # fmt: skip


def _quoted(text: str) -> str:
    return gettext("“%(text)s”", text=text)


def _needs(visit: Visit) -> Matter:
    needs = ordering.open_needs(visit.session, visit.actor)
    places = names.institutions(visit.session, (one.institution_id for one in needs[:FEW]))
    people = names.people(visit.session, (one.user_id for one in needs[:FEW]))
    rows = [
        Row(
            _quoted(one.text if len(one.text) <= 120 else f"{one.text[:117]}…"),
            f"{people.get(one.user_id, '')}, {places.get(one.institution_id, '')} · {day(one.asked_at)}",
            url_for("needs.show", need_id=one.id),
        )
        for one in needs[:FEW]
    ]
    why = gettext("Somebody could not find an item, or has found an error in one.")
    return Matter(
        "needs", gettext("Asked Purchasing to find"), why, "chat", "warn", len(needs), rows,
        url_for("needs.waiting"), gettext("See the needs"),
    )  # fmt: skip


def _ending(visit: Visit) -> Matter:
    today = visit.actor.today
    ending = catalogues.ending_without_successor(visit.session, today)
    rows = [
        Row(
            one.title,
            ngettext("%(number)s ends %(day)s, in one day", "%(number)s ends %(day)s, in %(num)s days",
                     (end - today).days, number=one.number, day=day(end)),
            url_for("agreements.show", agreement_id=one.id),
        )
        for one in ending[:FEW]
        if (end := one.ends()) is not None
    ]  # fmt: skip
    why = gettext("No agreement takes over. Extend them, or tender again.")
    return Matter(
        "ending", gettext("Agreements that end without a successor"), why, "time", "warn", len(ending), rows,
        url_for("agreement_list.overview", show="action"), gettext("See the agreements"),
    )  # fmt: skip


def _zero_hits(visit: Visit) -> Matter:
    found = catalogues.zero_hits(visit.session, visit.actor.today - timedelta(days=SEARCHED_DAYS))
    rows = [
        Row(
            _quoted(text),
            ngettext("Searched once", "Searched %(num)s times", times),
            url_for("shop.search", q=text),
        )
        for text, times in found[:FEW]
    ]
    why = gettext("Searched without a hit in the last 30 days. A synonym or a new item helps.")
    return Matter(
        "zero_hits", gettext("Searches that found nothing"), why, "search", "", len(found), rows,
        url_for("search_words.show"), gettext("Say what the words mean"),
    )  # fmt: skip
