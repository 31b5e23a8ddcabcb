"""Hændelser, for audit: who did what, and whether the trail is whole. Drift, for the administrator: whether everything moves."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import audit, backup, exchange, jobs, notices
from eshop.identity import COPENHAGEN, User
from eshop.web import forms, names
from eshop.web.event_details import Details
from eshop.web.event_names import event_name
from eshop.web.guards import Visit, access, settings
from eshop.web.sending import CHANNEL_NAMES, ERRORS
from eshop.web.texts import gettext

blueprint = Blueprint("operation", __name__)
PER_PAGE: Final = 50
SILENT: Final = timedelta(minutes=2)
"""A worker that has not looked for so long has stopped."""

THING_PAGES: Final[dict[str, Callable[[int], str]]] = {
    "order": lambda key: url_for("orders.show", order_id=key),
    "invoice": lambda key: url_for("invoices.show", invoice_id=key),
    "user": lambda key: url_for("people.show", user_id=key),
    "institution": lambda key: url_for("people.show_unit", institution_id=key),
    "agreement": lambda key: url_for("agreements.show", agreement_id=key),
    "catalogue_version": lambda key: url_for("agreements.review", version_id=key),
}
"""Kind of thing → its page."""


def _thing_names() -> dict[str, str]:
    return {
        "order": gettext("Order"),
        "invoice": gettext("Invoice"),
        "user": gettext("Person"),
        "institution": gettext("Unit"),
        "agreement": gettext("Agreement"),
        "catalogue_version": gettext("Catalogue"),
        "municipality": gettext("The municipality"),
        "posting_batch": gettext("Posting batch"),
        "supplier": gettext("Supplier"),
        "known_account": gettext("Bank account"),
        "approval_rule": gettext("Approval rule"),
        "api_token": gettext("Access key"),
        "category_responsibility": gettext("Item group"),
        "message": gettext("Document"),
        "outside_purchase": gettext("Purchase in a shop"),
        "punchout_visit": gettext("Visit to a webshop"),
        "synonym_group": gettext("Search words"),
        "tender": gettext("Tender"),
    }


@blueprint.get("/events")
@access("see_audit")
def events(visit: Visit) -> ResponseReturnValue:
    page = forms.page_number(request.args)
    found = audit.search(visit.session, _wanted(), visit.actor, PER_PAGE + 1, (page - 1) * PER_PAGE)
    people = list(visit.session.execute(select(User.id, User.name).order_by(User.name)))
    shown = found[:PER_PAGE]
    return render_template(
        "operation/events.html",
        wide=True,
        events=shown,
        details=Details(visit.session, shown),
        about=_about(visit.session, shown),
        more=len(found) > PER_PAGE,
        page=page,
        names=names.people(visit.session, (one for row in found for one in (row.user_id, row.on_behalf_of))),
        people=people,
        kinds=sorted(((name, event_name(name)) for name in audit.EVENTS), key=lambda pair: pair[1]),
        event_name=event_name,
        asked=request.args,
        things=_thing_names(),
        page_of=lambda row: THING_PAGES[row.thing_type](row.thing_id) if row.thing_type in THING_PAGES else None,
        chain=audit.chain_state(visit.session),
        broken=audit.broken_seals(visit.session) if request.args.get("check") else None,
        doors={
            "web": gettext("page"), "api": gettext("integration"), "cli": gettext("command line"),
            "worker": gettext("by itself"), "link": gettext("supplier's link"),
        },
    )  # fmt: skip


def _about(session: Session, rows: Iterable[audit.AuditEvent]) -> dict[tuple[str, int], str]:
    """(kind, id) → what the thing is called where people know it: a person's name, an order's number. A query for each kind."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.thing_type, set()).add(row.thing_id)
    numbers = ordering.numbers_of_orders(session, ids.get("order", ()))
    known: dict[str, Mapping[int | None, str]] = {
        "user": names.people(session, ids.get("user", ())),
        "institution": names.institutions(session, ids.get("institution", ())),
        "supplier": names.suppliers(session, ids.get("supplier", ())),
        "order": {key: f"{gettext('Order')} {number}" for key, number in numbers.items()},
    }
    return {(kind, key): name for kind, found in known.items() for key, name in found.items() if key is not None}


def _wanted() -> audit.Wanted:
    asked = request.args
    start, end = forms.day(asked, "from"), forms.day(asked, "to")
    users, keys = forms.ids(asked, "person"), forms.ids(asked, "id")
    return audit.Wanted(
        event=asked.get("event") if asked.get("event") in audit.EVENTS else None,
        user_id=users[0] if users else None,
        thing_type=asked.get("thing") or None,
        thing_id=keys[0] if keys else None,
        since=_midnight(start) if start else None,
        until=_midnight(end + timedelta(days=1)) if end else None,
    )


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=COPENHAGEN)


@blueprint.get("/operation")
@access("operate")
def overview(visit: Visit) -> ResponseReturnValue:
    alive = _worker_seen()
    counts = jobs.counts(visit.session)
    return render_template(
        "operation/overview.html",
        wide=True,
        alive=alive,
        stopped=alive is None or visit.actor.at - alive > SILENT,
        waiting=sum(count for _, state, count, _ in counts if state != "dead"),
        late=[due for _, state, _, due in counts if state == "waiting" and due and visit.actor.at - due > SILENT],
        counts=counts,
        given_up=jobs.given_up(visit.session),
        letters=exchange.dead_letters(visit.session),
        channels=_channels(visit.session),
        chain=audit.chain_state(visit.session),
        backup=_last_backup(),
        kinds=job_names(),
        channel_names=CHANNEL_NAMES,
        errors=ERRORS,
    )


def job_names() -> dict[str, str]:
    return {
        "send_order": gettext("Send orders whose time to regret is over"),
        "judge_document": gettext("Check documents that have come"),
        "judge_again": gettext("Check invoices again"),
        "notice": gettext("Write to people"),
        notices.DIGEST: gettext("Write to people once a day"),
        ordering.COMPLAINT_JOB: gettext("Tell suppliers of complaints"),
        invoicing.SUPPLIER_MAIL: gettext("Write to suppliers about invoices"),
        catalogues.LOAD_JOB: gettext("Load catalogues"),
        catalogues.LIST_JOB: gettext("Find pictures of items"),
        catalogues.REINDEX_JOB: gettext("Read the words of items anew for search"),
    }


def _channels(session: Session) -> list[tuple[str, int, int, datetime | None]]:
    """(channel, waiting, not delivered, last sent) of what goes out."""
    message = exchange.Message
    rows = session.execute(
        select(message.channel, message.state, func.count(), func.max(message.sent_at))
        .where(message.direction == "out")
        .group_by(message.channel, message.state)
        .order_by(message.channel)
    )
    found: dict[str, list[Any]] = {}
    for channel, state, count, sent in rows:
        row = found.setdefault(channel, [0, 0, None])
        row[0] += count if state in ("waiting", "claimed") else 0
        row[1] += count if state == "dead" else 0
        row[2] = max(filter(None, (row[2], sent)), default=None)
    return [(channel, *row) for channel, row in found.items()]


def _worker_seen() -> datetime | None:
    try:
        return datetime.fromisoformat((settings().data_dir / jobs.ALIVE_FILE).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def _last_backup() -> dict[str, Any] | None:
    found = backup.last(settings().data_dir)
    return None if found is None else {**found, "at": datetime.fromisoformat(found["at"])}


@blueprint.post("/operation/jobs/<int:job_id>/again")
@access("operate")
def again(visit: Visit, job_id: int) -> ResponseReturnValue:
    jobs.try_again(visit.session, job_id, visit.actor.at)
    flash(gettext("It is tried again now."), "success")
    return redirect(url_for("operation.overview"), 303)
