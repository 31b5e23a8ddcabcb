"""The agreement's ceiling (aftalens ramme): the most that may be bought on it, and what has been bound of it.

What an agreement was announced with is a limit in law, so an order that would take it above its ceiling waits for the purchasing
lead, whoever orders and however little. What is bound is what is ordered and not cancelled on the agreement from its beginning, also while
it waits; it is kept as one total (`ordering.totals`), so that a basket costs the same whatever was bought. Two people who order at once
must not both fit under the last krone: `held_ceiling_left` takes the agreement's row, so they queue.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogues import Agreement
from eshop.amounts import NOTHING, Amount
from eshop.db import AmountType, lock
from ordering.budgets import Commitment
from ordering.orders import PurchaseOrder
from ordering.totals import total_of, totals_of


def bought_on_agreements(session: Session, agreement_ids: Iterable[int]) -> dict[int, Amount]:
    """Agreement → what has been bought on it since it began, what was cancelled left out. Those that nothing was bought on may be left
    out."""
    return totals_of(session, agreement_ids)


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
    own = session.scalar(select(func.sum(Commitment.amount, type_=AmountType())).where(Commitment.order_id == order.id))
    others = total_of(session, agreement.id) - (own or NOTHING)
    return agreement.ceiling - others - amount
