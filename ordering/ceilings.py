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


def ceilings_left(session: Session, agreements: Iterable[Agreement]) -> dict[int, Amount]:
    """Agreement → what may still be ordered on it, negative when it is passed; those without a ceiling are left out. For showing."""
    ceilings = {one.id: one.ceiling for one in agreements if one.ceiling is not None}
    if not ceilings:
        return {}
    bound = dict(
        session.execute(
            select(Commitment.agreement_id, func.sum(Commitment.amount, type_=AmountType()))
            .where(Commitment.agreement_id.in_(list(ceilings)))
            .group_by(Commitment.agreement_id)
        ).all()
    )
    return {agreement_id: ceiling - (bound.get(agreement_id) or NOTHING) for agreement_id, ceiling in ceilings.items()}


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
