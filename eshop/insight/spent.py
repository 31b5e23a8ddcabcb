"""What units have spent: by month and by supplier, as posted. For leaders, beside their budget."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from eshop.amounts import Amount
from eshop.identity import Actor, require
from eshop.insight import facts
from eshop.insight.figures import places_of
from eshop.insight.periods import Span


@dataclass(frozen=True, slots=True)
class Spending:
    """Net of VAT, credit notes taken off. `months`: first of the month as '2026-05' → amount, every month of the span that has any;
    `suppliers`: (name, amount, of which without an order), the largest first; both add up to `total`."""

    span: Span
    total: Amount
    without_order: Amount
    months: tuple[tuple[str, Amount], ...]
    suppliers: tuple[tuple[str, Amount, Amount], ...]


def spending(session: Session, span: Span, by: Actor, institution_id: int | None = None) -> Spending:
    """What was posted with an invoice day in the span, where the person may see it; three queries. NotAllowed `not_your_role`."""
    require(by, "see_insight", institution_id)
    months: Counter[str] = Counter()
    suppliers: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for one in facts.spend(session, span, places_of(session, by, institution_id)):
        months[f"{one.day:%Y-%m}"] += one.amount.ore
        suppliers[one.supplier] += one.amount.ore
        alone[one.supplier] += 0 if one.order_id is not None else one.amount.ore
    return Spending(
        span,
        Amount(sum(months.values())),
        Amount(sum(alone.values())),
        tuple((month, Amount(ore)) for month, ore in sorted(months.items())),
        tuple((name, Amount(ore), Amount(alone[name])) for name, ore in suppliers.most_common()),
    )
