"""What a municipality lets go live without a hand, as a value (the rule itself is asked in `catalogues.automatic`). (pure)"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from eshop.amounts import Amount, exact, plain
from eshop.errors import BadInput


@dataclass(frozen=True, slots=True)
class AcceptanceRule:
    """Rises up to `max_rise_percent` (None: whatever the agreement's regulation allows), all changes together at most
    `max_yearly_effect` kroner dearer a year (None: any), and whether new items may come in and old ones go out."""

    max_rise_percent: Decimal | None = None
    max_yearly_effect: Amount | None = None
    new_items: bool = True
    removed_items: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """From the agreements file: decimal strings or null, true or false. BadInput `unknown_field`, `not_a_number`,
        `expected_true_or_false`."""
        for name in data:
            if name not in cls.__dataclass_fields__:
                raise BadInput("unknown_field", field=f"auto_rule.{name}")
        for name in ("new_items", "removed_items"):
            if not isinstance(data.get(name, True), bool):
                raise BadInput("expected_true_or_false", field=f"auto_rule.{name}", value=str(data[name]))
        rise, effect = data.get("max_rise_percent"), data.get("max_yearly_effect")
        return cls(
            None if rise in (None, "") else exact(rise),
            None if effect in (None, "") else Amount.of(effect),
            data.get("new_items", True),
            data.get("removed_items", False),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "max_rise_percent": None if self.max_rise_percent is None else plain(self.max_rise_percent),
            "max_yearly_effect": None if self.max_yearly_effect is None else str(self.max_yearly_effect),
            "new_items": self.new_items,
            "removed_items": self.removed_items,
        }
