"""The institution's budget and what orders have bound of it: a ledger of commitments, right to the øre.

A commitment is added when an order is placed and whenever its value changes (cancelled, refused, changed, undone), always as the
difference to what the ledger says of that order. `left` = budget − Σ commitments of the year. The year is that of the delivery
(DOMAIN §12), else of the order.

Two people who order at once must not both fit into the last 1.000 kr.: `held_budget` takes the institution's row, so they queue.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ForeignKey, Index, Integer, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.amounts import NOTHING, Amount, Price
from eshop.db import AmountType, Base, Owned, id_column, lock
from eshop.identity import Institution
from ordering.lifecycle import COUNTS_AGAINST_BUDGET
from ordering.movements import quantities_of
from ordering.orders import PurchaseOrder, sum_of_allowances
from ordering.totals import count_in_total


class Commitment(Owned, Base):
    """A change of what an order binds of an institution's budget in a year; negative where it frees."""

    __tablename__ = "commitment"
    __table_args__ = (Index("ix_commitment_institution_year", "institution_id", "year"),)
    id: Mapped[int] = id_column()
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    agreement_id: Mapped[int | None]
    """The order's agreement, whose ceiling it counts against: its total (`ordering.totals`) moves with the ledger."""
    year: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Amount]


@dataclass(frozen=True, slots=True)
class Budget:
    """A year's budget of an institution; `amount` None: none is kept, nothing is over."""

    year: int
    amount: Amount | None
    committed: Amount

    @property
    def left(self) -> Amount | None:
        return None if self.amount is None else self.amount - self.committed

    def after(self, amount: Amount) -> Amount | None:
        """What is left when this is ordered too; negative is over."""
        return None if self.left is None else self.left - amount


def budget_of(session: Session, institution_id: int, year: int) -> Budget:
    """The budget and what is committed of it, for showing; to decide on it take `held_budget`."""
    amount = session.scalar(select(Institution.yearly_budget).where(Institution.id == institution_id))
    return Budget(year, amount, _committed(session, institution_id, year))


def budgets_of(session: Session, institution_ids: Iterable[int], year: int) -> dict[int, Budget]:
    """The same of many, in two queries."""
    ids = list(institution_ids)
    amounts = dict(
        session.execute(select(Institution.id, Institution.yearly_budget).where(Institution.id.in_(ids))).all()
    )
    committed = dict(
        session.execute(
            select(Commitment.institution_id, func.sum(Commitment.amount, type_=AmountType()))
            .where(Commitment.institution_id.in_(ids), Commitment.year == year)
            .group_by(Commitment.institution_id)
        ).all()
    )
    return {place: Budget(year, amounts.get(place), committed.get(place) or NOTHING) for place in ids}


def held_budget(session: Session, institution_id: int, year: int) -> Budget:
    """The budget, held until the unit of work ends: whoever orders for the institution next waits and sees this order too."""
    institution = lock(session, Institution, institution_id)
    return Budget(year, institution.yearly_budget, _committed(session, institution_id, year))


def _committed(session: Session, institution_id: int, year: int) -> Amount:
    total = session.scalar(
        select(func.sum(Commitment.amount, type_=AmountType())).where(
            Commitment.institution_id == institution_id, Commitment.year == year
        )
    )
    return total or NOTHING


def value_of(session: Session, order: PurchaseOrder) -> Amount:
    """The order's net value now: what is agreed (ordered − cancelled) at the agreed prices; nothing when it came to nothing."""
    if order.state not in COUNTS_AGAINST_BUDGET:
        return NOTHING
    quantities = quantities_of(session, order.id)
    if order.state == "closed" and not any(one.agreed for one in quantities.values()):
        return NOTHING
    value = sum_of_allowances(order.allowances)
    for line in order.lines:
        agreed = quantities[line.id].agreed
        price = Price(line.price, line.base_quantity, line.factor)
        value += price.total(agreed) - (line.discount if agreed == line.quantity else NOTHING)
    return value


def commit_value(session: Session, order: PurchaseOrder) -> None:
    """Brings the ledger in line with the order: adds the difference in the year it is delivered, and takes it out of the year it was to
    be delivered in before."""
    session.flush()
    known = dict(
        session.execute(
            select(Commitment.year, func.sum(Commitment.amount, type_=AmountType()))
            .where(Commitment.order_id == order.id)
            .group_by(Commitment.year)
        ).all()
    )
    now = {budget_year(order): value_of(session, order)}
    for year in sorted(known | now):
        difference = now.get(year, NOTHING) - known.get(year, NOTHING)
        if difference:
            change = Commitment(
                institution_id=order.institution_id,
                order_id=order.id,
                agreement_id=order.agreement_id,
                year=year,
                amount=difference,
            )
            session.add(change)
            if order.agreement_id is not None:
                count_in_total(session, change, order.municipality_id, order.agreement_id, difference)


def budget_year(order: PurchaseOrder) -> int:
    """The year whose budget the order is taken from: that of its delivery."""
    return (order.deliver_on or order.ordered_on).year
