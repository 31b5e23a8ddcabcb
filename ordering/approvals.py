"""Approvals of orders: who is asked, the decision, and that it binds to the exact content.

An order that some rule stops gets one `Approval` per role that is asked. Each holds the hash of the order's content; an order may
leave only when every role that today's content needs has said yes to exactly this content (`fully_approved`), which sending checks
again. `ordering.approval` (pure) holds the rules and the separation of duties.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.amounts import NOTHING, Amount
from eshop.db import Base, JsonType, Owned, id_column
from eshop.errors import BadInput, Conflict, NotAllowed, Stale
from eshop.identity import Actor, Role, User, require
from ordering.approval import (
    RULE_KINDS,
    STAND_IN,
    Ask,
    Candidate,
    Reason,
    Rule,
    asked_first,
    reasons,
    refusal,
    roles_asked,
    who_may,
)
from ordering.deciders import candidates, candidates_of
from ordering.lifecycle import APPROVAL
from ordering.orders import PurchaseOrder, content_hash, note_participation
from ordering.settings import ordering_settings
from ordering.transaction_costs import log_cost


class ApprovalRule(Owned, Base):
    """A rule of the municipality, in force from a day to a day, with where it stands (a council decision, a delegation plan)."""

    __tablename__ = "approval_rule"
    id: Mapped[int] = id_column()
    kind: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(20), default=Role.APPROVER.value)
    threshold: Mapped[Amount | None]
    item_group: Mapped[str | None] = mapped_column(String(8))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None]


class Approval(Owned, Base):
    """What one role is asked about one order, and what it said. `reasons`: [{"code", "values"}]. `asked_level` counts escalations.
    `decided_by` decided, `on_behalf_of` is whose role it was when that is somebody else's."""

    __tablename__ = "approval"
    __table_args__ = (Index("ix_approval_state_order", "state", "order_id"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JsonType)
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default=APPROVAL.start)
    asked_at: Mapped[datetime]
    asked_level: Mapped[int] = mapped_column(Integer, default=0)
    escalated_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decision_reason: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Demand:
    """What an order needs: the reasons, and for each role asked the people who can decide now, nearest first."""

    why: tuple[Reason, ...]
    who: Mapping[Role, tuple[Candidate, ...]]

    @property
    def needed(self) -> bool:
        return bool(self.why)

    @property
    def asked(self) -> tuple[Candidate, ...]:
        """The people who are asked, each once."""
        people = {one.user_id: one for fit in self.who.values() for one in reversed(asked_first(fit))}
        return tuple(people.values())


# --- rules ------------------------------------------------------------------------------------------------------------


def rules_in_force(session: Session, on: date) -> list[Rule]:
    """The municipality's rules that day. Where it keeps none, one: above `approve_above` of its settings, and over budget."""
    rows = list(session.scalars(select(ApprovalRule).order_by(ApprovalRule.id)))
    if not rows:
        limit = ordering_settings(session).approve_above
        return [] if limit is None else [Rule("amount", threshold=limit), Rule("budget")]
    return [
        Rule(row.kind, Role(row.role), row.threshold, row.item_group, row.institution_id)  # type: ignore[arg-type]
        for row in rows
        if (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on <= row.valid_to)
    ]


def record_approval_rule(
    session: Session,
    kind: str,
    by: Actor,
    *,
    role: Role = Role.APPROVER,
    threshold: Amount | None = None,
    item_group: str | None = None,
    institution_id: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    source: str | None = None,
) -> ApprovalRule:
    """A new rule; end it with `end_approval_rule`, it is never deleted. BadInput `unknown_rule_kind`, `unknown_role`."""
    require(by, "manage_settings")
    if kind not in RULE_KINDS:
        raise BadInput("unknown_rule_kind", kind=kind, kinds=list(RULE_KINDS))
    if role not in STAND_IN:
        raise BadInput("unknown_role", value=role, roles=[*STAND_IN], where="approval_rule")
    row = ApprovalRule(
        kind=kind,
        role=role.value,
        threshold=threshold,
        item_group=item_group,
        institution_id=institution_id,
        valid_from=valid_from or by.today,
        valid_to=valid_to,
        source=source,
    )
    session.add(row)
    session.flush()
    audit.record(session, "approval_rule_set", "approval_rule", row.id, by, kind=kind, until=None)
    return row


def end_approval_rule(session: Session, rule: ApprovalRule, last_day: date, by: Actor) -> None:
    """The rule holds to `last_day`, that day included."""
    require(by, "manage_settings")
    rule.valid_to = last_day
    audit.record(session, "approval_rule_set", "approval_rule", rule.id, by, kind=rule.kind, until=last_day.isoformat())


def list_approval_rules(session: Session) -> list[ApprovalRule]:
    return list(session.scalars(select(ApprovalRule).order_by(ApprovalRule.id)))


# --- who --------------------------------------------------------------------------------------------------------------


def own_limit(by: Actor, institution_id: int) -> Amount | None:
    """The most the actor may order for the institution without being approved: the largest limit on an ordering role, None where
    one of them has none."""
    limits = [
        grant.limit
        for grant in by.roles
        if grant.role in (Role.ORDERER, Role.LOCAL_LEAD)
        and grant.of in (None, by.user_id)
        and grant.reaches(institution_id)
    ]
    set_limits = [limit for limit in limits if limit is not None]
    return max(set_limits) if limits and len(set_limits) == len(limits) else None


def demand(
    session: Session,
    ask: Ask,
    orderers: frozenset[int],
    on: date,
    rules: Iterable[Rule] | None = None,
    people: Sequence[Candidate] | None = None,
) -> Demand:
    """Who must approve an order that looks like this, and why. `people` are the institution's candidates where they are known."""
    why = reasons(ask, rules_in_force(session, on) if rules is None else rules)
    if not why:
        return Demand((), {})
    people = candidates(session, ask.institution_id, on) if people is None else people
    return Demand(why, {role: who_may(people, role, ask.amount, orderers) for role in roles_asked(why)})


def ask_about(
    order: PurchaseOrder,
    *,
    budget_left: Amount | None,
    first_time: bool = False,
    supplier: str = "",
    limit: Amount | None = None,
    amount: Amount | None = None,
    ceiling_left: Amount | None = None,
) -> Ask:
    """The order as the rules see it; `amount` where it is not what was ordered first."""
    groups: dict[str, Amount] = {}
    for line in order.lines:
        groups[line.unspsc or ""] = groups.get(line.unspsc or "", NOTHING) + line.amount
    return Ask(
        amount or order.total,
        order.institution_id,
        groups,
        budget_left,
        first_time,
        supplier,
        limit,
        ceiling_left,
        order.agreement_number or "",
    )


def new_suppliers(session: Session, supplier_ids: Iterable[int], but: int | None = None) -> set[int]:
    """Those of whom nothing has been ordered before (by anybody in the municipality), order `but` apart."""
    wanted = set(supplier_ids)
    query = select(PurchaseOrder.supplier_id).where(
        PurchaseOrder.supplier_id.in_(wanted), PurchaseOrder.state.in_(["sent", "confirmed", "proposed", "closed"])
    )
    if but is not None:
        query = query.where(PurchaseOrder.id != but)
    return wanted - set(session.scalars(query.distinct()))


# --- asking and deciding ----------------------------------------------------------------------------------------------


def open_approvals(session: Session, order: PurchaseOrder, wanted: Demand, by: Actor) -> list[Approval]:
    """Asks each role; what was asked or answered before about other content is void."""
    fingerprint = content_hash(order)
    void_approvals(session, order)
    fresh = [
        Approval(
            order_id=order.id,
            role=role.value,
            reasons=[
                {"code": reason.code, "values": _plain(reason.values)} for reason in wanted.why if reason.role is role
            ],
            content_hash=fingerprint,
            asked_at=by.at,
        )
        for role in roles_asked(wanted.why)
    ]
    session.add_all(fresh)
    session.flush()
    return fresh


def void_approvals(session: Session, order: PurchaseOrder) -> None:
    """Nothing is asked about the order any more, and what was said counts no more."""
    for old in approvals_of(session, order.id):
        if old.state in ("waiting", "approved"):
            old.state = APPROVAL.after(old.state, "void")
    session.flush()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Money is kept as {"kroner": "1598.60"}, so that it comes back as money and is written as people write it."""
    return {name: {"kroner": str(value)} if isinstance(value, Amount) else str(value) for name, value in values.items()}


def reason_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a kept reason as they were: money as Amount."""
    return {name: Amount.of(value["kroner"]) if isinstance(value, dict) else value for name, value in values.items()}


def approvals_of(session: Session, order_id: int) -> list[Approval]:
    """Everything that was asked about an order, oldest first."""
    return list(session.scalars(select(Approval).where(Approval.order_id == order_id).order_by(Approval.id)))


def decide(
    session: Session, order: PurchaseOrder, verb: str, by: Actor, reason: str | None = None, seen: str | None = None
) -> list[Approval]:
    """Says `approve` or `reject` to everything that the actor can decide of what is asked about the order; returns those.

    `seen` is the content hash of the page that was decided on: Stale `order_changed` when the order is another by now.
    NotAllowed `own_order`, `not_your_role`, `over_your_limit` name in `who` the people who can decide now.
    """
    if by.user_id is None:
        raise NotAllowed("needs_a_person", verb=verb)
    waiting = [one for one in approvals_of(session, order.id) if one.state == "waiting"]
    if not waiting:
        raise Conflict("already_decided", **last_decision(session, order))
    fingerprint = content_hash(order)
    if seen is not None and seen != fingerprint:
        raise Stale("order_changed", number=order.number)
    people = candidates(session, order.institution_id, by.today)
    mine = [one for one in people if one.user_id == by.user_id]
    if by.on_behalf_of is not None:
        mine = [one for one in mine if one.of == by.on_behalf_of]
    decided: list[Approval] = []
    refusals: list[str] = []
    for approval in waiting:
        asked = Role(approval.role)
        answers = [(refusal(one, asked, order.total, order.orderers), one) for one in mine]
        # One's own role goes before a role held as deputy.
        answers.sort(key=lambda answer: (answer[0] is not None, answer[1].of is not None, answer[1].distance))
        if answers and answers[0][0] is None:
            approval.state = APPROVAL.after(approval.state, verb)
            approval.decided_at, approval.decided_by = by.at, by.user_id
            approval.on_behalf_of, approval.decision_reason = answers[0][1].of, reason
            # What is said is said about the content as it stands now.
            approval.content_hash = fingerprint
            decided.append(approval)
        else:
            refusals += [answer[0] or "" for answer in answers]
    if not decided:
        asked = Role(waiting[0].role)
        who = [one.name for one in asked_first(who_may(people, asked, order.total, order.orderers))]
        own = by.user_id in order.orderers or by.on_behalf_of in order.orderers
        strongest = next(
            (code for code in ("own_order", "over_your_limit", "not_your_role") if code in refusals), "not_your_role"
        )
        code = "own_order" if own else strongest
        raise NotAllowed(
            f"approval_{code}", number=order.number, who=who, amount=order.total, role=asked.value, verb=verb
        )
    log_cost(session, order.id, verb, by)
    if verb == "approve":
        note_participation(session, order.id, "approved", [by.user_id])
    return decided


def last_decision(session: Session, order: PurchaseOrder) -> dict[str, Any]:
    """Who decided, and when: for "Jens Holm godkendte kl. 9.14"."""
    decided = [one for one in approvals_of(session, order.id) if one.decided_by is not None]
    if not decided:
        return {"number": order.number, "who": "", "at": None, "state": order.state}
    last = max(decided, key=lambda one: (one.decided_at is not None and one.decided_at, one.id))
    name = session.scalar(select(User.name).where(User.id == last.decided_by))
    return {"number": order.number, "who": name or "", "at": last.decided_at, "state": last.state}


def fully_approved(session: Session, order: PurchaseOrder) -> bool:
    """Whether everything asked about exactly this content has been answered with yes (an order nobody asks about is)."""
    fingerprint = content_hash(order)
    return all(
        one.state == "approved" and one.content_hash == fingerprint
        for one in approvals_of(session, order.id)
        if one.state != "void"
    )


def escalate(session: Session, by: Actor) -> list[Approval]:
    """Approvals that nobody has decided for the days the municipality set are asked of the next level too; returns them."""
    settings = ordering_settings(session)
    limit = by.at - timedelta(days=settings.escalate_after_days)
    waiting = session.scalars(
        select(Approval).where(
            Approval.state == "waiting",
            Approval.asked_at <= limit,
            or_(Approval.escalated_at.is_(None), Approval.escalated_at <= limit),
        )
    ).all()
    for approval in waiting:
        approval.asked_level += 1
        approval.escalated_at = by.at
        audit.record(session, "approval_escalated", "order", approval.order_id, by, level=approval.asked_level)
    return list(waiting)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for the actor: what they are asked, and whether it is plain (it waits because all do, and nothing in it
    deviates), so that it may be approved together with others."""

    order: PurchaseOrder
    approvals: tuple[Approval, ...]
    on_behalf_of: int | None
    plain: bool
    content_hash: str

    @property
    def why(self) -> list[tuple[str, dict[str, Any]]]:
        """(code, values) of each reason, for its sentence."""
        return [
            (reason["code"], reason_values(reason["values"]))
            for approval in self.approvals
            for reason in approval.reasons
        ]


PLAIN_REASONS = frozenset({"approval_every"})
"""What is asked of orders in which nothing deviates; one above a limit, also the orderer's own, is looked at by itself."""


def orders_waiting(session: Session, by: Actor, *, all_i_can: bool = False) -> list[Waiting]:
    """The orders that wait for this person, the oldest first: those where they are asked, or with `all_i_can` every one that they
    could decide. A handful of queries, however many orders and institutions."""
    if by.user_id is None:
        return []
    waiting: dict[int, list[Approval]] = {}
    for approval in session.scalars(select(Approval).where(Approval.state == "waiting").order_by(Approval.id)):
        waiting.setdefault(approval.order_id, []).append(approval)
    if not waiting:
        return []
    orders = session.scalars(
        select(PurchaseOrder).where(PurchaseOrder.id.in_(list(waiting)), PurchaseOrder.state == "waiting")
    ).all()
    mine_to_see = [order for order in orders if any(grant.reaches(order.institution_id) for grant in by.roles)]
    people = candidates_of(session, {order.institution_id for order in mine_to_see}, by.today)
    found: list[Waiting] = []
    for order in sorted(mine_to_see, key=lambda one: one.id):
        mine: list[Approval] = []
        behalf: int | None = None
        for approval in waiting[order.id]:
            fit = who_may(people[order.institution_id], Role(approval.role), order.total, order.orderers)
            asked = fit if all_i_can else asked_first(fit, approval.asked_level)
            me = next((one for one in asked if one.user_id == by.user_id), None)
            if me is not None:
                mine.append(approval)
                behalf = behalf or me.of
        if mine:
            is_plain = all(
                reason["code"] in PLAIN_REASONS for approval in waiting[order.id] for reason in approval.reasons
            )
            found.append(Waiting(order, tuple(mine), behalf, is_plain, content_hash(order)))
    return found


def who_is_asked(
    session: Session, orders: Iterable[PurchaseOrder], on: date
) -> dict[int, tuple[list[str], datetime | None]]:
    """Of these orders those that wait: id → (names of the people who are asked, since when). A handful of queries, however many."""
    waiting = {order.id: order for order in orders if order.state == "waiting"}
    if not waiting:
        return {}
    query = select(Approval).where(Approval.order_id.in_(sorted(waiting)), Approval.state == "waiting")
    people = candidates_of(session, {order.institution_id for order in waiting.values()}, on)
    found: dict[int, tuple[list[str], datetime | None]] = {}
    for one in session.scalars(query.order_by(Approval.id)):
        order = waiting[one.order_id]
        fit = who_may(people[order.institution_id], Role(one.role), order.total, order.orderers)
        names, since = found.get(order.id, ([], one.asked_at))
        found[order.id] = (
            list(dict.fromkeys([*names, *(who.name for who in asked_first(fit, one.asked_level))])),
            since,
        )
    return found


def approval_summary(session: Session, order: PurchaseOrder, on: date) -> dict[str, Any]:
    """The `approval` of `orders show`: {"needed", "why": [{"code", "values", "role", "state"}], "who": [names]}. `who` are the people
    who can decide now while something waits, else those who did."""
    asked = [one for one in approvals_of(session, order.id) if one.state != "void"]
    waiting = [one for one in asked if one.state == "waiting"]
    if waiting:
        people = candidates(session, order.institution_id, on)
        who: Iterable[str] = (
            person.name
            for one in waiting
            for person in asked_first(who_may(people, Role(one.role), order.total, order.orderers), one.asked_level)
        )
    else:
        ids = [one.decided_by for one in asked if one.decided_by is not None]
        names = dict(session.execute(select(User.id, User.name).where(User.id.in_(ids))).all()) if ids else {}
        who = (names[one] for one in ids if one in names)
    return {
        "needed": bool(asked),
        "why": [{"role": one.role, "state": one.state, **reason} for one in asked for reason in one.reasons],
        "who": list(dict.fromkeys(who)),
    }


def median_decision_hours(session: Session, institution_id: int) -> Decimal | None:
    """How long approvals for the institution usually take: the median of the last 50, in hours with one decimal; None without any."""
    rows = session.execute(
        select(Approval.asked_at, Approval.decided_at)
        .join(PurchaseOrder, PurchaseOrder.id == Approval.order_id)
        .where(PurchaseOrder.institution_id == institution_id, Approval.decided_at.is_not(None))
        .order_by(Approval.id.desc())
        .limit(50)
    ).all()
    spans = sorted((decided - asked).total_seconds() for asked, decided in rows if decided is not None)
    if not spans:
        return None
    return round(Decimal(int(spans[len(spans) // 2])) / 3600, 1)
