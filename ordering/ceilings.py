"""The agreement's ceiling (aftalens ramme): the most that may be bought on it, and what orders have bound of it.

What an agreement was announced with is a limit in law, so an order that would take it above its ceiling waits for the purchasing
lead, whoever orders and however little. What is bound is the sum of the commitments (`ordering.budgets`) of the agreement's orders from its
beginning: what is ordered and not cancelled, also while it waits. Two people who order at once must not both fit under the last
krone: `held_ceiling_left` takes the agreement's row, so they queue.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogues import Agreement
from eshop.amounts import NOTHING, Amount
from eshop.db import AmountType, lock
from ordering.budgets import Commitment
from ordering.orders import PurchaseOrder


def bought_on_agreements(session: Session, agreement_ids: Iterable[int]) -> dict[int, Amount]:
    """Agreement → what has been ordered on it since it began, what was cancelled left out: one walk through an index, whatever was
    bought. Those that nothing was ordered on are left out."""
    ids = list(agreement_ids)
    if not ids:
        return {}
    rows = session.execute(
        select(Commitment.agreement_id, func.sum(Commitment.amount, type_=AmountType()))
        .where(Commitment.agreement_id.in_(ids))
        .group_by(Commitment.agreement_id)
    )
    return {agreement_id: bought for agreement_id, bought in rows if agreement_id is not None}


def ceilings_left(session: Session, agreements: Iterable[Agreement]) -> dict[int, Amount]:
    """Agreement → what may still be ordered on it, negative when it is passed; those without a ceiling are left out. For showing."""
    ceilings = {one.id: one.ceiling for one in agreements if one.ceiling is not None}
    bought = bought_on_agreements(session, ceilings)
    return {agreement_id: ceiling - bought.get(agreement_id, NOTHING) for agreement_id, ceiling in ceilings.items()}


def held_ceiling_left(session: Session, order: PurchaseOrder, amount: Amount) -> Amount | None:
    """What is left under the ceiling when the order comes to `amount`, the agreement held until the unit of work ends; None where there
    is no ceiling."""
    if order.agreement_id is None:
        return None
    if session.scalar(select(Agreement.ceiling).where(Agreement.id == order.agreement_id)) is None:
        return None
    agreement = lock(session, Agreement, order.agreement_id)
    if agreement.ceiling is None:
        return None
    others = session.scalar(
        select(func.sum(Commitment.amount, type_=AmountType())).where(
            Commitment.agreement_id == order.agreement_id, Commitment.order_id != order.id
        )
    )
    return agreement.ceiling - (others or NOTHING) - amount
