"""An invoice and the credit note that puts it right, as one: what is left of the invoice when the credit is taken off. (pure)

Invoiced 12 × 52,00 on an order of 10, credited 2 × 52,00: what is left is 10 × 52,00, and nothing stops that. Invoiced 10 × 54,00 where
52,00 was agreed, credited 10 × 2,00: what is left is 10 × 52,00, because less than the price back is a credit of value.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from eshop.amounts import NOTHING
from invoicing.billed import Billed, BilledLine, Charge, plain_id


def net_of(billed: Billed, credit: Billed) -> Billed | None:
    """The invoice less the credit note; None where a credit line takes back what the invoice does not hold."""
    left: list[BilledLine | None] = list(billed.lines)
    for taken in credit.lines:
        place = _place(left, taken)
        if place is None:
            return None
        line = left[place]
        assert line is not None
        amount = line.amount - taken.amount
        if amount < NOTHING:
            return None
        quantity = line.quantity if _is_value(line, taken) else line.quantity - taken.quantity
        if quantity < 0:
            return None
        left[place] = (
            None
            if not amount and (not quantity or not taken.quantity)
            else replace(line, quantity=quantity, amount=amount)
        )
    charges = _charges(billed, credit)
    if charges is None or credit.payable > billed.payable:
        return None
    return replace(
        billed,
        lines=tuple(line for line in left if line is not None),
        net=billed.net - credit.net,
        vat=billed.vat - credit.vat,
        payable=billed.payable - credit.payable,
        rounding=billed.rounding - credit.rounding,
        charges=charges,
    )


def _place(lines: Sequence[BilledLine | None], taken: BilledLine) -> int | None:
    """The invoice line that the credit line takes back: the same item, the nearest by line reference and amount."""
    fit = [
        (line.line_reference == taken.line_reference, line.amount == taken.amount, -place)
        for place, line in enumerate(lines)
        if line is not None and _same_item(line, taken)
    ]
    return -max(fit)[2] if fit else None


def _same_item(line: BilledLine, taken: BilledLine) -> bool:
    for mine, theirs in ((line.seller_item_id, taken.seller_item_id), (line.gtin, taken.gtin)):
        if mine and theirs:
            return plain_id(mine) == plain_id(theirs)
    return " ".join(line.name.lower().split()) == " ".join(taken.name.lower().split())


def _is_value(line: BilledLine, taken: BilledLine) -> bool:
    """Whether the credit gives back part of the price and no goods."""
    if not taken.quantity or line.unit_price is None or taken.unit_price is None:
        return True
    return taken.unit_price < line.unit_price * Decimal("0.99")


def _charges(billed: Billed, credit: Billed) -> tuple[Charge, ...] | None:
    """The invoice's charges less those credited, by the reason they carry."""
    left = list(billed.charges)
    for taken in credit.charges:
        place = next(
            (
                place
                for place, one in enumerate(left)
                if one.is_charge == taken.is_charge
                and one.amount >= taken.amount
                and one.vat_percent == taken.vat_percent
            ),
            None,
        )
        if place is None:
            return None
        left[place] = replace(left[place], amount=left[place].amount - taken.amount)
    return tuple(one for one in left if one.amount)
