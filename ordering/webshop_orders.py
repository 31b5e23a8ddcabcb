"""Orders to a supplier's webshop in its own language: a cXML OrderRequest instead of a UBL Order, its change and its cancellation.

Who we are to the webshop is what the agreement's set-up says. The shared secret is not in the document: the channel puts it in as the
order leaves.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop import ubl
from eshop.exchange import TradingPartner
from eshop.formats import cxml
from eshop.identity import Actor, Institution, User, main_gln, the_municipality
from ordering.movements import quantities_of
from ordering.orders import PurchaseOrder

CXML: Final = "cxml-1.2"
OTHERWISE: Final = "peppol-bis-3"
"""What is written for an order that has nothing to do with the supplier's cXML webshop."""
_KINDS: Final[Mapping[str, Any]] = {"Order": "new", "OrderChange": "update", "OrderCancellation": "delete"}


def written(
    session: Session, order: PurchaseOrder, document: Any, partner: TradingPartner, by: Actor
) -> tuple[bytes, str]:
    """The document as the supplier gets it, and the profile it is in."""
    if partner.profile != CXML:
        return ubl.write(document, partner.profile), partner.profile
    setup = None if order.agreement_id is None else catalogues.punchout_of(session, order.agreement_id)
    kind = _KINDS.get(type(document).__name__)
    if kind is None or setup is None or setup.protocol != "cxml":
        return ubl.write(document, OTHERWISE), OTHERWISE
    return cxml.order_request(_ordered(session, order, kind, str(document.id), setup.settings, by)), CXML


def _ordered(
    session: Session, order: PurchaseOrder, kind: Any, document_id: str, settings: Mapping[str, Any], by: Actor
) -> cxml.Ordered:
    agreed = {key: max(one.agreed, Decimal(0)) for key, one in quantities_of(session, order.id).items()}
    counts = {
        line.id: line.quantity if kind == "delete" else agreed.get(line.id, line.quantity) for line in order.lines
    }
    institution = session.get_one(Institution, order.institution_id)
    municipality = the_municipality(session)
    gln = main_gln(session, institution.id)
    person = (
        None
        if order.ordered_by is None
        else session.scalars(select(User).where(User.id == order.ordered_by)).one_or_none()
    )
    home, sent_to = institution.address or {}, order.delivery or {}
    lines = [line for line in order.lines if counts[line.id] > 0]
    return cxml.Ordered(
        sender=cxml.Credential(*settings["sender"]),
        receiver=cxml.Credential(*settings["receiver"]),
        payload_id=f"{document_id}@{municipality.cvr}.eshop",
        at=by.at,
        number=order.number,
        kind=kind,
        ordered_on=order.ordered_on,
        currency=order.currency,
        total=sum(
            (line.price * line.factor / line.base_quantity * counts[line.id] for line in lines), Decimal(0)
        ).quantize(Decimal("0.01")),
        ship_to=cxml.Place(
            institution.name,
            gln,
            sent_to.get("name"),
            sent_to.get("street") or home.get("street"),
            sent_to.get("postcode") or sent_to.get("zip") or home.get("zip"),
            sent_to.get("city") or home.get("city"),
        ),
        bill_to=cxml.Place(
            municipality.name, gln, institution.name, home.get("street"), home.get("zip"), home.get("city")
        ),
        lines=[
            cxml.OrderedLine(
                line.line,
                line.seller_item_id or "",
                counts[line.id],
                line.unit,
                line.price * line.factor,
                line.base_quantity,
                line.name,
                line.unspsc,
                line.note,
            )
            for line in lines
        ],
        deliver_on=order.deliver_on,
        contact=person.name if person else None,
        email=person.email if person else None,
        comments=order.note or order.reference,
        contract=order.agreement_number,
    )
