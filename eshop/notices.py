"""What people are told by mail: that something waits for them.

A notice is a job, enqueued in the transaction of what it tells about, so that nobody hears of what was rolled back; its key makes it one of
its kind, so that nobody hears twice. Without a mail server (ESHOP_SMTP_URL) the pages alone tell.
"""

from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop import exchange, jobs
from eshop.config import Settings
from eshop.identity import Actor, Institution, User, the_municipality
from eshop.wording import day, sentence

NOTICE: Final = "notice"
SENDER: Final = "eshop@localhost"


def remind(session: Session, by: Actor) -> int:
    """The rounds of a municipality: approvals nobody has given go one level up, and whoever is asked is told once per order and level.
    Returns how many notices were enqueued."""
    ordering.escalate(session, by)
    enqueued = 0
    waiting = session.scalars(select(ordering.PurchaseOrder).where(ordering.PurchaseOrder.state == "waiting")).all()
    for order in waiting:
        asked = [one for one in ordering.approvals_of(session, order.id) if one.state == "waiting"]
        names = ordering.approval_summary(session, order, by.today)["who"]
        level = max((one.asked_level for one in asked), default=0)
        for user in _people_named(session, names):
            enqueued += tell(
                session,
                user,
                "notice_approval",
                {
                    "number": order.number,
                    "institution": session.get_one(Institution, order.institution_id).name,
                    "total": str(order.total),
                },
                by,
                key=f"approval:{order.id}:{level}:{user.id}",
            )
    return enqueued


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
            enqueued += tell(session, user, "notice_agreement", values, by, key=key)
    return enqueued


def tell(session: Session, user: User, code: str, values: Mapping[str, Any], by: Actor, *, key: str) -> int:
    """Enqueues one notice to one person; 0 when they have no address, or have been told under this key."""
    if not user.email:
        return 0
    told = session.scalar(select(jobs.Job.id).where(jobs.Job.key == f"{NOTICE}:{key}"))
    if told is not None or _was_told(user, key):
        return 0
    payload = {"to": user.email, "code": code, "values": dict(values), "user_id": user.id, "key": key}
    jobs.enqueue(session, NOTICE, payload, by.at, key=f"{NOTICE}:{key}")
    return 1


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
        exchange.send_mail(settings.smtp_url, _mail(session, payload))
    if user is None:
        return
    user.preferences = {**user.preferences, "told": [*user.preferences.get("told", [])[-199:], payload["key"]]}


def _was_told(user: User, key: str) -> bool:
    return key in user.preferences.get("told", ())


def _mail(session: Session, payload: Mapping[str, Any]) -> EmailMessage:
    code, values = payload["code"], payload["values"]
    mail = EmailMessage()
    mail["From"], mail["To"] = SENDER, payload["to"]
    mail["Subject"] = sentence(f"{code}_subject", values)
    mail["Message-ID"] = f"<{exchange.fingerprint(payload['key'].encode())[:32]}@eshop>"
    mail.set_content(f"{sentence(code, values)}\n\n{the_municipality(session).name}\n")
    return mail


def _people_named(session: Session, names: Iterable[str]) -> list[User]:
    return list(session.scalars(select(User).where(User.name.in_(list(names)), User.active).order_by(User.id)))
