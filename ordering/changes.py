"""Changing the deal: what a supplier proposed is answered, we change or cancel an order, and the supplier is told by OrderChange or
OrderCancellation.

Lines are never taken away from an order the supplier has: fewer is a `cancelled` movement, a substitute is a line of its own that says
which line it replaces. Whoever says yes to a dearer deal must be one who could have approved it: an approval binds to what was approved.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

import catalogues
from eshop import audit, exchange
from eshop.amounts import NOTHING, Amount, exact
from eshop.errors import BadInput, Conflict, NotAllowed, NotFound
from eshop.identity import Actor, Institution, Role, may, require
from ordering.approval import asked_first, reasons, refusal, roles_asked, who_may
from ordering.approvals import ask_about, demand, open_approvals, rules_in_force, void_approvals
from ordering.basket_rules import checked_quantity
from ordering.baskets import agreements_by_id
from ordering.bought import tell_less_bought
from ordering.budgets import budget_year, commit_value, held_budget, value_of
from ordering.ceilings import held_ceiling_left
from ordering.deciders import candidates
from ordering.delivery_dates import DeliveryTerms, checked_day
from ordering.delivery_places import opening_days
from ordering.documents import cancellation_document, change_document
from ordering.lifecycle import BEFORE_SENDING
from ordering.movements import Quantities, move_quantities, quantities_of
from ordering.orders import OrderLine, PurchaseOrder, held, move_to, next_line
from ordering.responses import PROPOSAL, ResponseLine, open_proposals
from ordering.sending import put_document, queue
from ordering.settings import ordering_settings
from ordering.transaction_costs import log_cost

ONE = Decimal(1)


# --- answering what the supplier proposed -----------------------------------------------------------------------------


def answer_proposals(session: Session, order: PurchaseOrder, answers: Mapping[int, bool], by: Actor) -> PurchaseOrder:
    """Says yes or no to proposals (response line id → yes?), from the orderer beforehand or the receiver at the door, in one tap.

    Yes: the price, quantity or substitute becomes the order's. No: what is outstanding of the line is cancelled. The supplier is told.
    Conflict `already_answered`; NotFound `proposal_not_found`; NotAllowed `approval_needed_again` when yes makes the order dearer
    than this person could approve.
    """
    order = held(session, order)
    if not (may(by, "order", order.institution_id) or may(by, "receive", order.institution_id)):
        require(by, "order", order.institution_id)
    before = value_of(session, order)
    budget = held_budget(session, order.institution_id, budget_year(order))
    changed: dict[str, str] = {}
    waiting = {one.id: one for one in open_proposals(session, order.id)}
    for proposal_id, yes in answers.items():
        proposal = waiting.pop(proposal_id, None) or _proposal(session, order, proposal_id)
        if proposal.proposal != "open":
            raise Conflict("already_answered", number=order.number, answer=proposal.proposal)
        proposal.proposal = PROPOSAL.after(proposal.proposal, "accept" if yes else "decline")
        proposal.answered_by, proposal.answered_at = by.user_id, by.at
        changed |= _agree(session, order, proposal, by) if yes else _decline(session, order, proposal, by)
    session.flush()
    after = value_of(session, order)
    if after > before:
        _may_make_dearer(session, order, after, budget.after(after - before), by)
    if not waiting:
        move_to(session, order, "settle")
    audit.record(
        session, "proposal_answered", "order", order.id, by, lines=sorted(changed), accepted=sum(answers.values())
    )
    log_cost(session, order.id, "respond", by)
    if not waiting and all(one.agreed <= 0 for one in quantities_of(session, order.id).values()):
        return _cancel_with_supplier(session, order, "declined", by)
    _tell(session, order, changed, by)
    commit_value(session, order)
    session.flush()
    return order


def _proposal(session: Session, order: PurchaseOrder, proposal_id: int) -> ResponseLine:
    found = session.get(ResponseLine, proposal_id)
    if found is None or found.response.order_id != order.id or found.proposal is None:
        raise NotFound("proposal_not_found", number=order.number)
    return found


def _line(order: PurchaseOrder, line_id: int) -> OrderLine:
    return next(line for line in order.lines if line.id == line_id)


def _agree(session: Session, order: PurchaseOrder, proposal: ResponseLine, by: Actor) -> dict[str, str]:
    line = _line(order, proposal.order_line_id)
    sums = quantities_of(session, order.id)[line.id]
    if proposal.substitute is not None:
        return _substitute(session, order, line, proposal, sums, by)
    if proposal.price is not None and proposal.price > line.full_price.per_order_unit:
        line.price, line.base_quantity, line.factor = proposal.price, ONE, ONE
        line.list_price = None
    if proposal.quantity is not None:
        wanted = proposal.quantity + (proposal.backorder or Decimal(0))
        _set_agreed(session, order, line, sums, wanted, by, "changed_by_supplier")
    return {line.line: "changed"}


def _decline(session: Session, order: PurchaseOrder, proposal: ResponseLine, by: Actor) -> dict[str, str]:
    line = _line(order, proposal.order_line_id)
    sums = quantities_of(session, order.id)[line.id]
    move_quantities(
        session, "cancelled", {line.id: max(sums.outstanding, Decimal(0))}, by, reasons={line.id: "declined"}
    )
    return {line.line: "deleted" if sums.kept == 0 else "changed"}


def _substitute(
    session: Session, order: PurchaseOrder, line: OrderLine, proposal: ResponseLine, sums: Quantities, by: Actor
) -> dict[str, str]:
    """A line of its own for what comes instead, at the stated price or else the old one; the old line is no longer outstanding."""
    offered: Mapping[str, Any] = proposal.substitute or {}
    number, position = next_line(order)
    price = line.full_price.per_order_unit if proposal.price is None else proposal.price
    quantity = sums.outstanding if proposal.quantity is None else proposal.quantity
    move_quantities(
        session, "cancelled", {line.id: max(sums.outstanding, Decimal(0))}, by, reasons={line.id: "substituted"}
    )
    order.lines.append(
        OrderLine(
            line=number,
            position=position,
            kind=line.kind,
            seller_item_id=offered.get("seller_item_id"),
            gtin=offered.get("gtin"),
            name=offered.get("name") or line.name,
            description=None,
            unspsc=offered.get("unspsc") or line.unspsc,
            quantity=quantity,
            unit=line.unit,
            price=round(price, 8),
            vat_percent=line.vat_percent,
            discount=Amount(0),
            coding=line.coding,
            replaces_line=line.line,
        )
    )
    return {line.line: "deleted" if sums.kept == 0 else "changed", number: "added"}


def _set_agreed(
    session: Session, order: PurchaseOrder, line: OrderLine, sums: Quantities, wanted: Decimal, by: Actor, reason: str
) -> None:
    """More is ordered, or the difference is cancelled."""
    if wanted > sums.agreed:
        line.quantity += wanted - sums.agreed
        tell_less_bought(session, order, {line.id: sums.agreed - wanted})
    elif wanted < sums.agreed:
        fewer = {line.id: sums.agreed - max(wanted, sums.kept)}
        move_quantities(session, "cancelled", fewer, by, reasons={line.id: reason})
        tell_less_bought(session, order, fewer)


def _may_make_dearer(
    session: Session, order: PurchaseOrder, amount: Amount, budget_left: Amount | None, by: Actor
) -> None:
    """The yes to a dearer deal must come from one who may approve it, where rules ask for an approval at all."""
    left = held_ceiling_left(session, order, amount)
    ask = ask_about(order, budget_left=budget_left, amount=amount, ceiling_left=left)
    why = reasons(ask, rules_in_force(session, by.today))
    people = candidates(session, order.institution_id, by.today)
    for role in roles_asked(why):
        mine = [one for one in people if one.user_id == by.user_id]
        if not any(refusal(one, role, amount, order.orderers) is None for one in mine):
            who = [one.name for one in asked_first(who_may(people, role, amount, order.orderers))]
            raise NotAllowed(
                "approval_needed_again", number=order.number, amount=amount, who=who, role=Role(role).value
            )


# --- our own changes --------------------------------------------------------------------------------------------------


def change_order(
    session: Session,
    order: PurchaseOrder,
    quantities: Mapping[str, Decimal | int | str],
    by: Actor,
    reason: str = "",
    deliver_on: date | None = None,
) -> PurchaseOrder:
    """Sets how many of each line are wanted in all (line number → quantity, 0 for none), and the day they are wanted on (None: as it is).

    Before it has left: the order is as if placed so, and is asked about anew. After: fewer is cancelled, more must still be orderable,
    what has not come is wanted on the new day, and the supplier gets an OrderChange; a day in another budget year is taken from that
    year's budget, and needs one who could approve it. BadInput: `line_unknown`, `quantity_…`, `fewer_than_received`,
    `nothing_changed`, `delivery_…`; Conflict `not_now`, `no_longer_orderable`; NotAllowed `not_your_order`, `approval_needed_again`.
    """
    order = held(session, order)
    require_own(order, by)
    wanted = _wanted(session, order, quantities)
    day = _new_day(session, order, deliver_on, by)
    if not any(number > 0 for number in {**_agreed(session, order), **wanted}.values()):
        return cancel(session, order, by, reason or "cancelled")
    if order.state in BEFORE_SENDING:
        return _rewrite(session, order, wanted, day, by)
    if order.standing != "open":
        raise Conflict("not_now", thing="order", verb="change", state=order.state)
    before, year = value_of(session, order), budget_year(order)
    sums = quantities_of(session, order.id)
    changed = _move_day(order, sums, day) if day is not None else {}
    budget = held_budget(session, order.institution_id, budget_year(order))
    for line in order.lines:
        if line.id not in wanted or wanted[line.id] == sums[line.id].agreed:
            continue
        if wanted[line.id] < sums[line.id].kept:
            raise BadInput("fewer_than_received", line=line.line, received=sums[line.id].kept)
        if wanted[line.id] > sums[line.id].agreed:
            _orderable_still(session, order, [line], by)
        _set_agreed(session, order, line, sums[line.id], wanted[line.id], by, reason or "changed")
        changed[line.line] = "deleted" if wanted[line.id] == 0 else "changed"
    if not changed and day is None:
        raise BadInput("nothing_changed", number=order.number)
    session.flush()
    after = value_of(session, order)
    moved = budget_year(order) != year
    if after > before or moved:
        _may_make_dearer(session, order, after, budget.after(after if moved else after - before), by)
    move_to(session, order, "change")
    _tell(session, order, changed, by, day)
    commit_value(session, order)
    log_cost(session, order.id, "change", by)
    session.flush()
    return order


def _wanted(
    session: Session, order: PurchaseOrder, quantities: Mapping[str, Decimal | int | str]
) -> dict[int, Decimal]:
    largest = ordering_settings(session).largest_quantity
    wanted: dict[int, Decimal] = {}
    for number, stated in quantities.items():
        line = order.line_named(number)
        if line is None:
            raise BadInput("line_unknown", line=number, number=order.number)
        quantity = exact(stated)
        wanted[line.id] = quantity if quantity == 0 else checked_quantity(quantity, line.unit, largest)
    return wanted


def _agreed(session: Session, order: PurchaseOrder) -> dict[int, Decimal]:
    return {line_id: sums.agreed for line_id, sums in quantities_of(session, order.id).items()}


def _new_day(session: Session, order: PurchaseOrder, wanted: date | None, by: Actor) -> date | None:
    """The day, where it is another one and goods can come on it; None where there is nothing to change."""
    if wanted is None or wanted == order.deliver_on:
        return None
    agreement = agreements_by_id(session, {order.agreement_id}).get(order.agreement_id) if order.agreement_id else None
    terms = DeliveryTerms.of(agreement.delivery_days if agreement is not None else None)
    return checked_day(wanted, terms, by.at, opening_days(session, order.institution_id, order.delivery.get("name")))


def _move_day(order: PurchaseOrder, sums: Mapping[int, Quantities], day: date) -> dict[str, str]:
    """What has not come is wanted on the day. A line that had a day of its own is a changed line; else the order alone says it."""
    order.deliver_on = day
    own = [line for line in order.lines if line.deliver_on is not None and sums[line.id].outstanding > 0]
    for line in own:
        line.deliver_on = None
    return {line.line: "changed" for line in own}


def _rewrite(
    session: Session, order: PurchaseOrder, wanted: Mapping[int, Decimal], day: date | None, by: Actor
) -> PurchaseOrder:
    """The order has not left: it gets its new content, and everybody is asked anew."""
    before, year = value_of(session, order), budget_year(order)
    order.deliver_on = day or order.deliver_on
    budget = held_budget(session, order.institution_id, budget_year(order))
    already = before if budget_year(order) == year else NOTHING
    for line in list(order.lines):
        if line.id in wanted:
            if wanted[line.id] == 0:
                order.lines.remove(line)
            else:
                line.quantity = wanted[line.id]
    session.flush()
    _orderable_still(session, order, order.lines, by)
    void_approvals(session, order)
    left = held_ceiling_left(session, order, order.total)
    ask = ask_about(order, budget_left=budget.after(order.total - already), ceiling_left=left)
    asked = demand(session, ask, order.orderers, by.today)
    if asked.needed:
        if order.state == "queued":
            move_to(session, order, "ask_again")
            order.leaves_at = None
        open_approvals(session, order, asked, by)
    elif order.state == "waiting":
        queue(session, order, by)
    lines = sorted(line.line for line in order.lines if line.id in wanted)
    _changed(session, order, lines, day, by)
    commit_value(session, order)
    log_cost(session, order.id, "change", by)
    session.flush()
    return order


def _orderable_still(session: Session, order: PurchaseOrder, lines: Iterable[OrderLine], by: Actor) -> None:
    ids = [line.item_id for line in lines if line.item_id is not None]
    offers = (
        catalogues.offers(session, ids, session.get_one(Institution, order.institution_id), by.today) if ids else {}
    )
    for line in lines:
        offer = offers.get(line.item_id) if line.item_id is not None else None
        if offer is not None and not offer.orderable:
            raise Conflict(
                "no_longer_orderable", number=order.number, line=line.line, item=line.name, reason=offer.reason
            )


def cancel(session: Session, order: PurchaseOrder, by: Actor, reason: str) -> PurchaseOrder:
    """Takes the whole order back. The supplier gets an OrderCancellation if it has the order. BadInput `reason_missing`; Conflict
    `already_received` (return the goods instead), `not_now`; NotAllowed `not_your_order`."""
    if not reason.strip():
        raise BadInput("reason_missing", what="cancel")
    order = held(session, order)
    require_own(order, by)
    if order.state in BEFORE_SENDING:
        move_to(session, order, "cancel")
        order.leaves_at = None
        void_approvals(session, order)
        _end(session, order, reason, by)
        return order
    if any(one.received > one.returned or one.net_invoiced > 0 for one in quantities_of(session, order.id).values()):
        raise Conflict("already_received", number=order.number)
    return _cancel_with_supplier(session, order, reason, by)


def _cancel_with_supplier(session: Session, order: PurchaseOrder, reason: str, by: Actor) -> PurchaseOrder:
    move_to(session, order, "cancel")
    sums = quantities_of(session, order.id)
    rest = {line_id: max(one.outstanding, Decimal(0)) for line_id, one in sums.items()}
    move_quantities(session, "cancelled", rest, by, reasons=dict.fromkeys(rest, reason.strip()))
    for proposal in open_proposals(session, order.id):
        proposal.proposal = PROPOSAL.after("open", "lapse")
    partner = exchange.partner_of(session, order.supplier_id)
    document = cancellation_document(session, order, reason, by.today)
    put_document(session, order, document, partner, f"order:{order.id}:cancel", by)
    tell_less_bought(session, order, rest)
    _end(session, order, reason, by)
    return order


def close(session: Session, order: PurchaseOrder, by: Actor) -> PurchaseOrder:
    """Nothing more is expected: what was neither received nor invoiced will not come, so neither the budget nor the agreement's ceiling is
    bound of it. What was received stays, and an invoice that comes after this is stopped (`order_not_open`). The supplier is not told: to
    take back what they may still send, change or cancel the order. Conflict `not_now`; NotAllowed `not_your_order`."""
    order = held(session, order)
    require_own(order, by)
    move_to(session, order, "close")
    sums = quantities_of(session, order.id)
    rest = {line_id: max(one.agreed - max(one.kept, one.net_invoiced), Decimal(0)) for line_id, one in sums.items()}
    move_quantities(session, "cancelled", rest, by, reasons=dict.fromkeys(rest, "closed"))
    for proposal in open_proposals(session, order.id):
        proposal.proposal = PROPOSAL.after("open", "lapse")
    tell_less_bought(session, order, rest)
    audit.record(session, "order_closed", "order", order.id, by)
    log_cost(session, order.id, "close", by)
    commit_value(session, order)
    session.flush()
    return order


def _end(session: Session, order: PurchaseOrder, reason: str, by: Actor) -> None:
    audit.record(session, "order_cancelled", "order", order.id, by, reason=reason.strip()[:200])
    log_cost(session, order.id, "cancel", by)
    commit_value(session, order)
    session.flush()


def require_own(order: PurchaseOrder, by: Actor) -> None:
    """NotAllowed `not_your_order` unless they ordered it, may order for others, or nobody here ordered it."""
    if by.is_system or by.user_id in order.orderers or may(by, "order_for_others", order.institution_id):
        return
    if not order.orderers:
        require(by, "order", order.institution_id)
        return
    raise NotAllowed("not_your_order", number=order.number)


def _changed(session: Session, order: PurchaseOrder, lines: Iterable[str], day: date | None, by: Actor) -> None:
    audit.record(
        session,
        "order_changed",
        "order",
        order.id,
        by,
        change_number=order.change_number,
        lines=sorted(lines),
        deliver_on=day.isoformat() if day is not None else None,
    )


def _tell(
    session: Session, order: PurchaseOrder, changed: Mapping[str, str], by: Actor, day: date | None = None
) -> None:
    """An OrderChange with all lines as they are now, into the outbox."""
    order.change_number += 1
    _changed(session, order, changed, day, by)
    session.flush()
    agreed = {line_id: max(sums.agreed, Decimal(0)) for line_id, sums in quantities_of(session, order.id).items()}
    partner = exchange.partner_of(session, order.supplier_id)
    document = change_document(session, order, agreed, changed, by.today)
    put_document(session, order, document, partner, f"order:{order.id}:change:{order.change_number}", by)
