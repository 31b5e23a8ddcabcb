"""What is bound of each agreement, kept as one total: asked at every basket, so it must not be a walk through the agreement's history.

The total moves when the unit of work is committed and not before, by what that unit added to the ledger, and by one addition in the
database: two who order at once both count, what is undone was never added, and since totals are the last that is held, in the order of
the agreements, nobody locks anybody out. Within the unit its own part is added to what is read. A property test holds the total to the sum.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import ForeignKey, PrimaryKeyConstraint, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop.amounts import NOTHING, Amount
from eshop.db import Base, Owned, merge_rows


class AgreementTotal(Owned, Base):
    """The sum of the agreement's commitments, and of what was bought on it without an order."""

    __tablename__ = "agreement_total"
    found_otherwise = True
    __table_args__ = (PrimaryKeyConstraint("agreement_id"),)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), autoincrement=False)
    amount: Mapped[Amount]


_COLUMNS: Final = ("municipality_id", "agreement_id", "amount")
_ADDED: Final = "amount = agreement_total.amount + excluded.amount"


def count_in_total(session: Session, row: Base, municipality_id: int, agreement_id: int, amount: Amount) -> None:
    """That `row` of a ledger, new in this unit of work, changes what is bound of the agreement by so much."""
    session.info.setdefault(_KEPT, []).append((row, municipality_id, agreement_id, amount))


def totals_of(session: Session, agreement_ids: Iterable[int]) -> dict[int, Amount]:
    """Agreement → its total, a row each by its key; those of which nothing was ever bound are left out."""
    ids = set(agreement_ids)
    if not ids:
        return {}
    kept = select(AgreementTotal.agreement_id, AgreementTotal.amount).where(AgreementTotal.agreement_id.in_(ids))
    found = dict(session.execute(kept).all())
    for _, agreement_id, amount in _not_yet(session):
        if agreement_id in ids:
            found[agreement_id] = found.get(agreement_id, NOTHING) + amount
    return found


def total_of(session: Session, agreement_id: int) -> Amount:
    return totals_of(session, [agreement_id]).get(agreement_id, NOTHING)


_KEPT: Final = "bound_of_agreements"


def _not_yet(session: Session) -> Iterator[tuple[int, int, Amount]]:
    """(municipality, agreement, amount) of what this unit of work has added; rows of a savepoint that was given up are no longer in it."""
    for row, municipality_id, agreement_id, amount in session.info.get(_KEPT, ()):
        if row in session:
            yield municipality_id, agreement_id, amount


@event.listens_for(Session, "before_commit", insert=True)
def _add_to_totals(session: Session) -> None:
    """Before the COMMIT is sent (`eshop.db`), which this therefore goes ahead of."""
    if _KEPT not in session.info or session.in_nested_transaction():
        return
    session.flush()
    changes: dict[tuple[int, int], Amount] = {}
    for municipality_id, agreement_id, amount in _not_yet(session):
        key = municipality_id, agreement_id
        changes[key] = changes.get(key, NOTHING) + amount
    del session.info[_KEPT]
    rows = [(*key, change.ore) for key, change in sorted(changes.items()) if change]
    merge_rows(session, AgreementTotal, _COLUMNS, rows, _ADDED)
