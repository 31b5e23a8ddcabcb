"""What people are told by mail: that something waits for them.

A notice is a job, enqueued in the transaction of what it tells about, so that nobody hears of what was rolled back; its key makes it one of
its kind, so that nobody hears twice. Without a mail server (ESHOP_SMTP_URL) the pages alone tell.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop import audit, exchange, jobs
from eshop.config import Settings
from eshop.db import lock
from eshop.errors import Conflict
from eshop.identity import COPENHAGEN, Actor, Institution, User, the_municipality
from eshop.wording import day, sentence, shown_value

NOTICE: Final = "notice"
DIGEST: Final = "notice_digest"
SENDER: Final = exchange.SENDER
MORNING: Final = time(7, 0)
"""When the mail of those who want one a day leaves, in Danish time."""
RECENT: Final = timedelta(days=21)
"""What is older is not news to anybody."""
HOW_OFTEN: Final = ("at_once", "daily", "none")


def remind(session: Session, by: Actor) -> int:
    """The rounds of a municipality: approvals nobody has given go one level up, and whoever is asked, or waits for an answer, is told once
    of each thing. Returns how many notices were enqueued."""
    ordering.escalate(session, by)
    return (
        _ask_approvers(session, by)
        + _tell_orderers(session, by)
        + _tell_of_late(session, by)
        + _tell_of_needs(session, by)
        + _tell_of_messages(session, by)
    )


def _ask_approvers(session: Session, by: Actor) -> int:
    waiting = session.scalars(select(ordering.PurchaseOrder).where(ordering.PurchaseOrder.state == "waiting")).all()
    return sum(_ask(session, order, "notice_approval", by)[1] for order in waiting)


def remind_approvers(session: Session, order: ordering.PurchaseOrder, by: Actor) -> tuple[list[str], int]:
    """Whoever ordered asks those again who are asked now, at most once a day. The names of those, and how many notices were enqueued.

    Conflict `not_now` unless the order waits for a yes. NotAllowed for another's order.
    """
    ordering.require_own(order, by)
    if order.state != "waiting":
        raise Conflict("not_now", thing="order", verb="remind", state=order.state)
    names, enqueued = _ask(session, order, "notice_approval_again", by, f":{by.today.isoformat()}")
    if enqueued:
        audit.record(session, "approval_reminded", "order", order.id, by)
    return names, enqueued


def _ask(
    session: Session, order: ordering.PurchaseOrder, code: str, by: Actor, again: str = ""
) -> tuple[list[str], int]:
    """Tells those who are asked to say yes; their names, and how many notices were enqueued."""
    asked = [one for one in ordering.approvals_of(session, order.id) if one.state == "waiting"]
    names = ordering.approval_summary(session, order, by.today)["who"]
    level = max((one.asked_level for one in asked), default=0)
    values = {
        "number": order.number,
        "institution": session.get_one(Institution, order.institution_id).name,
        "total": str(order.total),
        "who": by.name,
    }
    enqueued = 0
    for user in _people_named(session, names):
        key = f"approval:{order.id}:{level}:{user.id}{again}"
        enqueued += tell(session, user, code, values, by, key=key, path=f"/approvals?order={order.id}")
    return names, enqueued


def remind_of_agreements(session: Session, by: Actor) -> int:
    """Whoever answers for an agreement is told once that one of its days is near: it ends, an option must be notified or used, a
    declaration expires. Returns how many notices were enqueued."""
    enqueued = 0
    for one, owners in catalogues.due_reminders(session, by.today):
        values = {
            "what": sentence(f"renewal_{one.kind}", {"what": one.what or ""}),
            "agreement": f"{one.agreement.number} {one.agreement.title}",
            "day": day(one.on),
        }
        for user in owners:
            key = f"agreement:{one.agreement.id}:{one.kind}:{one.on.isoformat()}:{user.id}"
            enqueued += tell(
                session, user, "notice_agreement", values, by, key=key, path=f"/agreements/{one.agreement.id}"
            )
    return enqueued


def _tell_orderers(session: Session, by: Actor) -> int:
    """Who ordered hears that it was sent back, that the supplier said no, or proposes something else."""
    found = session.scalars(
        select(ordering.PurchaseOrder).where(
            ordering.PurchaseOrder.state.in_(("returned", "refused", "proposed")),
            ordering.PurchaseOrder.ordered_by.is_not(None),
            ordering.PurchaseOrder.ordered_on >= by.today - RECENT,
        )
    ).all()
    enqueued = 0
    for order in found:
        values = _of_order(session, order)
        mark = str(order.change_number)
        if order.state == "returned":
            because = order.returned_because or {}
            values["why"] = because.get("reason") or sentence(
                str(because.get("code", "order_returned")), because.get("values")
            )
        elif order.state == "proposed":
            mark = str(max((one.id for one in ordering.open_proposals(session, order.id)), default=0))
        enqueued += _tell_person(
            session, order, f"notice_{order.state}", values, by, f"{order.state}:{order.id}:{mark}"
        )
    return enqueued


def _tell_of_late(session: Session, by: Actor) -> int:
    """Whoever ordered what should have been here days ago is asked to receive it, or to ask after it."""
    return sum(
        _tell_person(
            session,
            one.order,
            "notice_late",
            {**_of_order(session, one.order), "day": shown_value(one.due), "days": one.days_late},
            by,
            f"late:{one.order.id}:{one.due}",
            f"/orders/{one.order.id}/receive",
        )
        for one in ordering.late_orders(session, by)
        if one.due is not None and one.due >= by.today - RECENT
    )


def _tell_of_needs(session: Session, by: Actor) -> int:
    """Who asked Purchasing to find something hears the answer."""
    enqueued = 0
    for need in ordering.answered_needs(session, by.at - RECENT):
        user = session.get_one(User, need.user_id)
        values = {"text": need.text[:200], "answer": need.answer or sentence("notice_need_found")}
        path = f"/items/{need.item_id}" if need.item_id is not None else "/"
        enqueued += tell(session, user, "notice_need", values, by, key=f"need:{need.id}:{user.id}", path=path)
    return enqueued


def _tell_of_messages(session: Session, by: Actor) -> int:
    """What a supplier has written reaches whoever wrote to them last, else whoever ordered."""
    enqueued = 0
    for message, order in ordering.written_by_suppliers(session, by.at - RECENT):
        who = ordering.last_writer(session, order.id, message.id) or order.ordered_by
        user = session.get(User, who) if who is not None else None
        if user is not None and user.active:
            values = {**_of_order(session, order), "text": message.text[:400]}
            key = f"message:{message.id}:{user.id}"
            enqueued += tell(session, user, "notice_message", values, by, key=key, path=f"/orders/{order.id}#messages")
    return enqueued


def _of_order(session: Session, order: ordering.PurchaseOrder) -> dict[str, Any]:
    supplier = catalogues.get_supplier(session, order.supplier_id)
    return {"number": order.number, "supplier": supplier.name if supplier is not None else ""}


def _tell_person(
    session: Session,
    order: ordering.PurchaseOrder,
    code: str,
    values: Mapping[str, Any],
    by: Actor,
    key: str,
    path: str | None = None,
) -> int:
    user = session.get(User, order.ordered_by) if order.ordered_by is not None else None
    if user is None or not user.active:
        return 0
    return tell(session, user, code, values, by, key=f"{key}:{user.id}", path=path or f"/orders/{order.id}")


def tell(
    session: Session, user: User, code: str, values: Mapping[str, Any], by: Actor, *, key: str, path: str | None = None
) -> int:
    """Enqueues one notice to one person, with a link to `path`: at once, or for the mail of the next morning, as they chose in their
    profile. 0 when they have no address, want no mails, or have been told under this key."""
    wanted = user.preferences.get("notices", "at_once")
    if not user.email or wanted == "none" or _was_told(user, key):
        return 0
    payload = {"to": user.email, "code": code, "values": dict(values), "user_id": user.id, "key": key, "path": path}
    if wanted == "daily":
        return _for_the_morning(session, user, payload, by)
    told = session.scalar(select(jobs.Job.id).where(jobs.Job.key == f"{NOTICE}:{key}"))
    if told is not None:
        return 0
    jobs.enqueue(session, NOTICE, payload, by.at, key=f"{NOTICE}:{key}")
    return 1


def _for_the_morning(session: Session, user: User, payload: Mapping[str, Any], by: Actor) -> int:
    """Adds a notice to the mail that the person gets tomorrow morning."""
    local = by.at.astimezone(COPENHAGEN)
    morning = datetime.combine(local.date() + (timedelta(days=1) if local.time() >= MORNING else timedelta(0)), MORNING)
    at = morning.replace(tzinfo=COPENHAGEN)
    job = jobs.enqueue(
        session, DIGEST, {"user_id": user.id, "notices": []}, at, key=f"{DIGEST}:{user.id}:{at.date().isoformat()}"
    )
    job = lock(session, jobs.Job, job.id)
    if any(one["key"] == payload["key"] for one in job.payload["notices"]):
        return 0
    job.payload = {**job.payload, "notices": [*job.payload["notices"], dict(payload)]}
    return 1


def send_digest(session: Session, payload: Mapping[str, Any], settings: Settings) -> None:
    """One mail with all that a person has not been told yet. Raises DeliveryFailed to be tried again."""
    user = session.get(User, payload["user_id"])
    if user is None or not user.email:
        return
    fresh = [one for one in payload["notices"] if not _was_told(user, one["key"])]
    if not fresh:
        return
    if settings.smtp_url is not None:
        mail = EmailMessage()
        mail["From"], mail["To"] = SENDER, user.email
        mail["Subject"] = sentence("notice_digest_subject", {"count": len(fresh)})
        keys = " ".join(one["key"] for one in fresh)
        mail["Message-ID"] = f"<{exchange.fingerprint(keys.encode())[:32]}@eshop>"
        told = [f"{sentence(one['code'] + '_subject', one['values'])}\n{_body(one, settings)}" for one in fresh]
        mail.set_content("\n\n".join([*told, _closing(session, settings)]) + "\n")
        exchange.send_mail(settings.smtp_url, mail)
    _remember(user, [one["key"] for one in fresh])


def tell_supplier(session: Session, version: catalogues.CatalogueVersion, by: Actor) -> int:
    """Tells the supplier's people (without any, the supplier's own address) what was decided about a catalogue, and what should be put
    right, line by line. Returns how many notices were enqueued."""
    agreement = catalogues.get_agreement(session, version.agreement_id)
    code = "notice_catalogue_live" if version.is_live else "notice_catalogue_refused"
    values = {
        "agreement": f"{agreement.number} {agreement.title}",
        "fixes": catalogues.fix_text(session, version) or "–",
    }
    key = f"catalogue:{version.id}:{version.state}"
    people = session.scalars(
        select(User).where(User.supplier_id == version.supplier_id, User.active, User.email.is_not(None))
    ).all()
    told = sum(tell(session, user, code, values, by, key=f"{key}:{user.id}") for user in people)
    supplier = catalogues.get_supplier(session, version.supplier_id)
    if not people and supplier is not None and supplier.email:
        payload = {"to": supplier.email, "code": code, "values": values, "user_id": None, "key": key}
        jobs.enqueue(session, NOTICE, payload, by.at, key=f"{NOTICE}:{key}")
        return 1
    return told


def send(session: Session, payload: Mapping[str, Any], settings: Settings) -> None:
    """Carries one notice out: the mail leaves, and the person is remembered as told. Raises DeliveryFailed to be tried again."""
    user = None if payload["user_id"] is None else session.get(User, payload["user_id"])
    if payload["user_id"] is not None and (user is None or _was_told(user, payload["key"])):
        return
    if settings.smtp_url is not None:
        exchange.send_mail(settings.smtp_url, _mail(session, payload, settings))
    if user is not None:
        _remember(user, [payload["key"]])


def _remember(user: User, keys: Sequence[str]) -> None:
    user.preferences = {**user.preferences, "told": [*user.preferences.get("told", []), *keys][-400:]}


def _was_told(user: User, key: str) -> bool:
    return key in user.preferences.get("told", ())


def _mail(session: Session, payload: Mapping[str, Any], settings: Settings) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = SENDER, payload["to"]
    mail["Subject"] = sentence(f"{payload['code']}_subject", payload["values"])
    mail["Message-ID"] = f"<{exchange.fingerprint(payload['key'].encode())[:32]}@eshop>"
    closing = _closing(session, settings) if payload["user_id"] is not None else the_municipality(session).name
    mail.set_content(f"{_body(payload, settings)}\n\n{closing}\n")
    return mail


def _body(payload: Mapping[str, Any], settings: Settings) -> str:
    """What is to be said, and the one link that leads to it (after sign-in)."""
    said = sentence(payload["code"], payload["values"])
    return f"{said}\n{settings.public_url}{payload['path']}" if payload.get("path") else said


def _closing(session: Session, settings: Settings) -> str:
    return f"{the_municipality(session).name}\n{sentence('notice_settings')} {settings.public_url}/profile"


def _people_named(session: Session, names: Iterable[str]) -> list[User]:
    return list(session.scalars(select(User).where(User.name.in_(list(names)), User.active).order_by(User.id)))
