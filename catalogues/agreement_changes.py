"""What a purchasing lead does with an agreement on a page: makes and changes it, joins, exempts, extends. Each leaves its event."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from catalogues.agreements import Agreement, Joining, Lot, find_agreements, get_agreement, join, joinings_of, load_one
from catalogues.suppliers import Supplier
from eshop import audit
from eshop.db import lock
from eshop.errors import BadInput, Conflict, NotFound
from eshop.identity import Actor, require, the_municipality

FIELDS: Final = (
    "title", "level", "stage", "valid_from", "valid_to", "options", "unspsc", "precedence", "cap_percent", "notice_days",
    "price_index", "fees", "minimum_order", "ceiling", "delivery_days", "compliance_target_percent", "responsible",
    "labour_clause", "documents", "declarations",
)  # fmt: skip
"""What a change is told of in the audit trail: the names of the fields, never their values."""

APART: Final = ("joined", "exempt", "auto_accept", "auto_rule")
"""What has verbs of its own, and is no change of terms."""


def make_agreement(session: Session, row: Mapping[str, Any], by: Actor) -> Agreement:
    """A new agreement, in the form of INTERFACES §2. Conflict `agreement_there` where the supplier has one with the number; BadInput as
    `load_agreements`; NotAllowed without the role."""
    require(by, "manage_agreements")
    supplier = row.get("supplier") or {}
    for one in find_agreements(session, str(row.get("number") or "")):
        known = session.get_one(Supplier, one.supplier_id)
        if known.cvr == supplier.get("cvr") or (known.gln and known.gln == supplier.get("gln")):
            raise Conflict("agreement_there", number=one.number, supplier=known.name)
    made = load_one(session, row, by)
    audit.record(session, "agreement_changed", "agreement", made.id, by, fields=["new"])
    return made


def change_agreement(session: Session, agreement: Agreement, row: Mapping[str, Any], by: Actor) -> Agreement:
    """The agreement's terms as the row says them; number and supplier stay. Lots that are named are made or changed, none are removed.
    BadInput as `load_agreements`; NotAllowed without the role."""
    require(by, "manage_agreements")
    agreement = lock(session, Agreement, agreement.id)
    before = {field: getattr(agreement, field) for field in FIELDS}
    supplier = session.get_one(Supplier, agreement.supplier_id)
    own = {"number": agreement.number, "supplier": {"cvr": supplier.cvr, "gln": supplier.gln}}
    terms = {field: value for field, value in row.items() if field not in APART}
    changed = load_one(session, terms | own, by)
    fields = [field for field in FIELDS if getattr(changed, field) != before[field]]
    if fields or row.get("lots"):
        named = [*fields, *(["lots"] if row.get("lots") else [])]
        audit.record(session, "agreement_changed", "agreement", agreement.id, by, fields=named)
    return changed


def extend(session: Session, agreement: Agreement, by: Actor) -> Agreement:
    """Uses the next option to extend. Conflict `no_option_left`; NotAllowed without the role."""
    require(by, "manage_agreements")
    agreement = lock(session, Agreement, agreement.id)
    left = [position for position, one in enumerate(agreement.options) if not one.get("used")]
    if not left:
        raise Conflict("no_option_left", number=agreement.number)
    options = [dict(one) for one in agreement.options]
    options[left[0]]["used"] = True
    agreement.options = options
    session.flush()
    audit.record(session, "agreement_extended", "agreement", agreement.id, by, until=options[left[0]]["to"])
    return agreement


def take_part(
    session: Session,
    agreement: Agreement,
    by: Actor,
    lot_id: int | None,
    valid_from: date | None,
    valid_to: date | None,
) -> Joining:
    """The municipality joins the agreement, or one lot of it. BadInput `period_ends_before_it_begins`; Conflict
    `already_joined` where it has all that for the whole of the period; NotFound for a lot of another
    agreement; NotAllowed without the role."""
    require(by, "manage_agreements")
    _check_period(agreement, valid_from, valid_to)
    lot, cvr = _lot(session, agreement, lot_id), the_municipality(session).cvr
    start, end = valid_from or date.min, valid_to or date.max
    for one in joinings_of(session, agreement.id):
        same = one.cvr == cvr and not one.exempt and one.lot_id in (None, None if lot is None else lot.id)
        if same and (one.valid_from or date.min) <= start and end <= (one.valid_to or date.max):
            raise Conflict("already_joined", where=agreement.number)
    return join(session, agreement, by, lot, valid_from, valid_to)


def exempt(
    session: Session,
    agreement: Agreement,
    by: Actor,
    lot_id: int | None,
    *,
    valid_from: date | None,
    valid_to: date | None,
    reason: str | None,
    approved_by: str | None,
) -> Joining:
    """The municipality is exempt from the agreement, or one lot, for a period: with a reason, an approver of directorate rank and an
    end. BadInput `exemption_incomplete`, `period_ends_before_it_begins`; NotAllowed without the role."""
    require(by, "manage_agreements")
    if not (reason and approved_by and valid_to):
        raise BadInput("exemption_incomplete", where=agreement.number)
    _check_period(agreement, valid_from, valid_to)
    lot = _lot(session, agreement, lot_id)
    made = Joining(
        agreement_id=agreement.id, lot_id=None if lot is None else lot.id, cvr=the_municipality(session).cvr, exempt=True,
        valid_from=valid_from, valid_to=valid_to, reason=reason, approved_by=approved_by,
        municipality_id=by.municipality_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, "agreement_exempted", "agreement", agreement.id, by,
        lot_id=made.lot_id, until=valid_to.isoformat(), approved_by=approved_by,
    )  # fmt: skip
    return made


def end_joining(session: Session, joining_id: int, by: Actor, until: date | None) -> Joining:
    """The municipality's joining, or exemption, ends on the day (its last). None: it was a mistake and is taken back, which can be done
    until the end of its first day. What has counted is not deleted. NotFound; BadInput `period_ends_before_it_begins`; Conflict
    `joining_has_counted`; NotAllowed without the role."""
    require(by, "manage_agreements")
    joining = lock(session, Joining, joining_id)
    if joining.cvr != the_municipality(session).cvr:
        raise NotFound("not_found", thing="Joining", key=joining_id)
    if until is None:
        if joining.valid_from is None or joining.valid_from < by.today:
            raise Conflict("joining_has_counted")
        session.delete(joining)
        session.flush()
        audit.record(session, "joining_ended", "agreement", joining.agreement_id, by, joining_id=joining.id, until=None)
        return joining
    if joining.valid_from is not None and until < joining.valid_from:
        raise BadInput(
            "period_ends_before_it_begins",
            start=joining.valid_from,
            end=until,
            where=get_agreement(session, joining.agreement_id).number,
        )
    joining.valid_to = until
    session.flush()
    audit.record(
        session, "joining_ended", "agreement", joining.agreement_id, by, joining_id=joining.id, until=until.isoformat()
    )
    return joining


def _lot(session: Session, agreement: Agreement, lot_id: int | None) -> Lot | None:
    if lot_id is None:
        return None
    lot = session.get(Lot, lot_id)
    if lot is None or lot.agreement_id != agreement.id:
        raise NotFound("not_found", thing="Lot", key=lot_id)
    return lot


def _check_period(agreement: Agreement, start: date | None, end: date | None) -> None:
    if start is not None and end is not None and end < start:
        raise BadInput("period_ends_before_it_begins", start=start, end=end, where=agreement.number)
