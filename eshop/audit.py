"""The audit trail: who did what to which thing, when and through which door. Append-only.

Every event's name and exact fields stand in `EVENTS`; anything else is refused, so that the trail can be read in ten years. Fields hold
ids, codes and figures, never names or text about people: personal data stands outside the chain and can be removed (DOMAIN §11).

Events are sealed by one job per municipality (`seal`), not by the writers, who would queue for the chain's end: a seal holds the
SHA-256 over the seal before it and the events it covers. `broken_seals` finds what has been changed since.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, event, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from eshop.db import EVERYONE, Base, JsonType, Owned, id_column, lock, scope_of, write_rows
from eshop.errors import Conflict
from eshop.identity import Actor, Municipality, require

EVENTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(fields.split())
    for name, fields in {
        # people and settings
        "role_given": "role institution_id amount_limit",
        "role_taken": "role institution_id",
        "person_added": "",
        "person_changed": "fields",
        "person_deactivated": "",
        "person_reactivated": "",
        "password_set": "",
        "deputy_set": "deputy_id valid_from valid_to",
        "deputy_ended": "deputy_id",
        "unit_added": "",
        "unit_changed": "fields",
        "gln_added": "gln valid_from",
        "gln_ended": "gln valid_to",
        "setting_changed": "name before after",
        "token_made": "scopes",
        "token_revoked": "",
        "organisation_loaded": "institutions people",
        "policy_changed": "before after",
        "signed_in": "",
        "sign_in_refused": "",
        # catalogues
        "agreements_loaded": "agreements",
        "catalogue_loaded": "agreement_id lines accepted refused unchanged",
        "catalogue_accepted": "agreement_id lines",
        "catalogue_refused": "agreement_id",
        "catalogue_taken_back": "agreement_id reason",
        "agreement_awarded": "number",
        "agreement_joined": "lot_id",
        "punchout_set": "protocol active",
        "punchout_returned": "taken left_out",
        "agreement_changed": "fields",
        "agreement_extended": "until",
        "agreement_exempted": "lot_id until approved_by",
        "joining_ended": "joining_id until",
        "acceptance_rule_set": "before after",
        "catalogue_accepted_by_rule": "agreement_id rule",
        "category_set": "prefix responsible",
        "synonyms_set": "first phrases",
        "supplier_changed": "active",
        "picture_hosts_set": "before after",
        "tender_moved": "state",
        # ordering
        "order_submitted": "number total",
        "order_approved": "content_hash",
        "order_rejected": "reason",
        "order_undone": "",
        "approval_reminded": "",
        "order_sent": "message_id",
        "order_cancelled": "reason",
        "order_closed": "",
        "order_changed": "change_number lines deliver_on",
        "order_loaded": "number",
        "approval_rule_set": "kind until",
        "approval_escalated": "level",
        "approval_regretted": "",
        "response_recorded": "message_id code",
        "proposal_answered": "lines accepted",
        "supplier_link_issued": "verbs",
        "supplier_link_used": "verb",
        "supplier_written": "message_id",
        "supplier_wrote": "message_id",
        "channel_set": "profile channel",
        "document_sent_again": "channel order_id",
        "despatch_recorded": "message_id",
        "goods_received": "receipt_id",
        "receipt_reversed": "receipt_id reason",
        "goods_returned": "receipt_id",
        "complaint_settled": "complaint_id",
        "outside_purchase_recorded": "reason gross",
        # invoicing
        "invoice_received": "message_id",
        "invoice_judged": "outcome reasons",
        "invoice_decided": "decision reason",
        "invoice_posted": "gross",
        "posting_reversed": "reason",
        "claim_sent": "amount message_id",
        "batch_exported": "number postings format",
        "batch_acknowledged": "number",
        "batch_taken_back": "number reason",
        "account_recorded": "supplier_id",
        "account_confirmed": "supplier_id how",
        "account_closed": "supplier_id",
        "invoice_routed": "institution_id",
        "invoice_taken_on": "user_id",
        "invoice_escalated": "due",
        "cost_standard_loaded": "version source valid_from",
        "filters_shared": "names",
        "chart_value_set": "dimension value name",
        "chart_value_closed": "dimension value",
        "sample_cleared": "",
        "sample_looked_at": "fine",
        "table_loaded": "table rows source",
        "reminder_received": "message_id",
        "claim_withdrawn": "amount",
        "claim_settled": "amount",
    }.items()
}
"""Event name → the fields it must carry, no more and no fewer."""


class AuditSeal(Owned, Base):
    """A link of the chain: the digest over the seal before it and the events `first_id`…`last_id` that carry its id."""

    __tablename__ = "audit_seal"
    id: Mapped[int] = id_column()
    events: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class AuditEvent(Owned, Base):
    """One act. Rows are never changed (but for the seal being set once) and never deleted before retention ends."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_thing", "thing_type", "thing_id"),)
    id: Mapped[int] = id_column()
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    thing_type: Mapped[str] = mapped_column(String(40))
    thing_id: Mapped[int]
    user_id: Mapped[int | None]
    on_behalf_of: Mapped[int | None]
    door: Mapped[str] = mapped_column(String(10))
    fields: Mapped[dict[str, Any]] = mapped_column(JsonType)
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("audit_seal.id"), index=True)


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _append_only(_mapper: Mapper[Any], _connection: Connection, _event: AuditEvent) -> None:
    raise Conflict("audit_is_append_only")


def row(event: str, thing_type: str, thing_id: int, by: Actor, **fields: Any) -> dict[str, Any]:
    """One event as a row for `insert_rows(session, AuditEvent, rows)`: for acts done by the thousand."""
    if EVENTS[event] != fields.keys():
        raise ValueError(f"{event} carries {sorted(EVENTS[event])}, not {sorted(fields)}")
    return {
        "municipality_id": by.municipality_id,
        "at": by.at,
        "event": event,
        "thing_type": thing_type,
        "thing_id": thing_id,
        "user_id": by.user_id,
        "on_behalf_of": by.on_behalf_of,
        "door": by.door,
        "fields": fields,
    }


def record(session: Session, event: str, thing_type: str, thing_id: int, by: Actor, **fields: Any) -> None:
    """Writes one event in the unit of work of the act itself: both are kept, or neither."""
    write_rows(session, AuditEvent, [row(event, thing_type, thing_id, by, **fields)])


def history(session: Session, thing_type: str, thing_id: int) -> list[AuditEvent]:
    """What has happened to a thing, oldest first."""
    return list(
        session.scalars(
            select(AuditEvent)
            .where(AuditEvent.thing_type == thing_type, AuditEvent.thing_id == thing_id)
            .order_by(AuditEvent.id)
        )
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are looked for; None is any. Both days are included."""

    event: str | None = None
    user_id: int | None = None
    thing_type: str | None = None
    thing_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(session: Session, wanted: Wanted, by: Actor, limit: int = 50, offset: int = 0) -> list[AuditEvent]:
    """The events, newest first. NotAllowed without the role."""
    require(by, "see_audit")
    query = select(AuditEvent)
    for name in ("event", "user_id", "thing_type", "thing_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(AuditEvent, name) == value)
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEvent.at < wanted.until)
    return list(session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit).offset(offset)))


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the trail is sealed: how many seals, over how many events, the last when, and how many events wait for the next."""

    seals: int
    events: int
    sealed_at: datetime | None
    waiting: int


def chain_state(session: Session) -> ChainState:
    seals, events, sealed_at = session.execute(
        select(func.count(AuditSeal.id), func.sum(AuditSeal.events), func.max(AuditSeal.sealed_at))
    ).one()
    waiting = session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.seal_id.is_(None)))
    return ChainState(seals, int(events or 0), sealed_at, waiting or 0)


def _digest(before: str, events: Iterable[AuditEvent]) -> str:
    digest = hashlib.sha256(before.encode())
    for one in events:
        content = [one.id, one.at.isoformat(), one.event, one.thing_type, one.thing_id, one.user_id, one.on_behalf_of]
        digest.update(json.dumps([*content, one.door, one.fields], ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def seal(session: Session, at: datetime, at_most: int = 10_000) -> int:
    """Seals what is not sealed yet, oldest first; returns how many events. Two who seal at once wait for each other, so that seals are
    numbered as they were committed; it begins a unit of work."""
    scope = scope_of(session)
    if scope is not EVERYONE:
        lock(session, Municipality, scope)
    waiting = list(
        session.scalars(select(AuditEvent).where(AuditEvent.seal_id.is_(None)).order_by(AuditEvent.id).limit(at_most))
    )
    if not waiting:
        return 0
    before = session.scalar(select(AuditSeal.digest).order_by(AuditSeal.id.desc()).limit(1)) or ""
    link = AuditSeal(events=len(waiting), digest=_digest(before, waiting), sealed_at=at)
    session.add(link)
    session.flush()
    session.execute(
        update(AuditEvent)
        .where(AuditEvent.id.in_([one.id for one in waiting]))
        .values(seal_id=link.id)
        .execution_options(synchronize_session=False)
    )
    return len(waiting)


def broken_seals(session: Session) -> list[int]:
    """The seals whose events no longer give their digest, or are no longer as many: empty when nothing was touched."""
    broken, before = [], ""
    for link in session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        covered = list(session.scalars(select(AuditEvent).where(AuditEvent.seal_id == link.id).order_by(AuditEvent.id)))
        if len(covered) != link.events or _digest(before, covered) != link.digest:
            broken.append(link.id)
        before = link.digest
    return broken
