"""What comes back from a visit to a supplier's webshop is put in the basket, line by line as the contract allows (DOMAIN §4).

A webshop may be cheaper than the agreement. Its price is kept on the line as a quote: for as many as it was given for, and for a while.
The order is priced by it only where it is still below what `offer` says that day, so a quote can never make anything dearer, nor
orderable.
"""

from sqlalchemy.orm import Session

import catalogues
from catalogues import Checked, PunchoutVisit
from eshop.amounts import plain
from eshop.errors import BadInput, Conflict
from eshop.findings import Finding
from eshop.formats import ReturnedBasket
from eshop.identity import Actor
from ordering.baskets import Basket, add_line, institution_of, open_basket, see_price


def take_returned(session: Session, visit: PunchoutVisit, basket: ReturnedBasket, by: Actor) -> list[Checked]:
    """Puts the lines that pass in the person's basket and ends the visit; gives every line, with the reason where it was left out.

    Conflict `punchout_other_visit`, `institution_closed`; NotAllowed where the person may no longer order there.
    """
    institution = institution_of(session, visit.institution_id)
    own = open_basket(session, by)
    lines = [
        one if one.refusal is not None else _put(session, own, one, by)
        for one in catalogues.check_returned(session, visit, basket, institution, by.today)
    ]
    catalogues.end_visit(session, visit, lines, by)
    return lines


def _put(session: Session, basket: Basket, checked: Checked, by: Actor) -> Checked:
    line = checked.line
    if checked.item_id is None or line.quantity is None:
        return checked
    try:
        put = add_line(session, basket, checked.item_id, line.quantity, by)
    except (BadInput, Conflict) as refusal:
        return catalogues.left_out(checked, Finding(refusal.code, "error", "", refusal.values))
    if line.reference:
        put.note = put.note or line.reference[:200]
    # Of what lay there already nothing was quoted: then the agreement's price stands for all of it.
    if checked.quote is not None and put.quantity == line.quantity:
        until = by.today + catalogues.QUOTE_HOLDS
        put.quote = {"price": plain(checked.quote), "quantity": plain(put.quantity), "until": until.isoformat()}
        see_price(session, basket, put, by)
    return checked
