"""What a municipality decides about ordering: parameters with sane defaults, kept in `Municipality.settings["ordering"]`. (p) in DOMAIN."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Self

from sqlalchemy.orm import Session

from eshop import audit
from eshop.amounts import Amount, exact
from eshop.errors import BadInput
from eshop.identity import Actor, require, the_municipality


@dataclass(frozen=True, slots=True)
class OrderingSettings:
    """`undo_minutes`: from queued until the order leaves. `escalate_after_days`: an approval nobody has given goes one level up.
    `combine_hint_below`: a basket of less than it costs to handle an order is worth combining; None is the cost standard's own.
    `largest_quantity`: more order units than this on a line is a slip of the finger. `wait_days`: days without receipt after the
    promised day until the receiver is reminded.
    `approve_above`: where no approval rules are kept, orders above it need an approver; None is no approval at all."""

    undo_minutes: int = 10
    escalate_after_days: int = 3
    combine_hint_below: Amount | None = None
    largest_quantity: int = 100_000
    wait_days: int = 2
    approve_above: Amount | None = Amount(500_000)

    @property
    def undo(self) -> timedelta:
        return timedelta(minutes=self.undo_minutes)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """From the settings file: whole numbers, decimal strings for money, null for off. Unknown names: BadInput `unknown_field`."""
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name in _MONEY:
                values[name] = None if value is None else Amount.of(value)
            elif name in _COUNTS:
                number = exact(value)
                if number != int(number) or number < 0:
                    raise BadInput("not_a_whole_number", field=name, value=str(value))
                values[name] = int(number)
            else:
                raise BadInput("unknown_field", field=name)
        return cls(**values)


_MONEY: Final = frozenset({"combine_hint_below", "approve_above"})
_COUNTS: Final = frozenset({"undo_minutes", "escalate_after_days", "largest_quantity", "wait_days"})


def ordering_settings(session: Session) -> OrderingSettings:
    return OrderingSettings.of(the_municipality(session).settings.get("ordering", {}))


def change_ordering_settings(session: Session, wanted: Mapping[str, Any], by: Actor) -> OrderingSettings:
    """Sets what `wanted` names, leaves the rest. BadInput as `OrderingSettings.of`; each change is in the audit trail."""
    require(by, "manage_settings")
    municipality = the_municipality(session)
    before = municipality.settings.get("ordering", {})
    after = {**before, **wanted}
    found = OrderingSettings.of(after)
    for name in wanted:
        if before.get(name) != after[name]:
            audit.record(
                session, "setting_changed", "municipality", municipality.id, by,
                name=f"ordering.{name}", before=before.get(name), after=after[name],
            )  # fmt: skip
    municipality.settings = {**municipality.settings, "ordering": after}
    return found
