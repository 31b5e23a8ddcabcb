"""Control of a document against the database: gathers what is known, lets the pure rules judge, and keeps the verdict.

Layers, in order: readable → right municipality → known supplier → arithmetic and codes → duplicate → order → lines → bank account.
A fatal layer stops the next, and what was not judged says so (`not_judged`); the order is looked for and the lines are paired
all the same, to be shown.

The queries are bounded whatever the size of the document and of the database: institutions by GLN, the supplier (held until the unit of
work ends, so that two documents of one supplier never compete for the same quantity), earlier documents by number and content,
orders by number, accounts; for a credit note its invoice, and evidence only where there is no valid reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

import catalogues
import ordering
from eshop.amounts import NOTHING, Amount
from eshop.findings import Finding
from eshop.identity import Actor
from eshop.ubl import CreditNote, rules
from eshop.ubl import Invoice as InvoiceDocument
from invoicing.control import compare
from invoicing.credits import Credited, compare_credit
from invoicing.documents import Reading, content_key
from invoicing.evidence import Found, by_evidence, by_reference, is_contradicted, referred_to, unmatched
from invoicing.matching import Match, match
from invoicing.precedents import (
    Earlier,
    Home,
    Known,
    credited_invoice,
    fee_terms,
    given_back,
    known_numbers,
    on_orders,
    overcharged_in_month,
    sender_history,
    still_claimed,
)
from invoicing.references import document_key, has_tail, is_near, possible_keys
from invoicing.verdicts import Comparison, LineVerdict, Situation, Twin

if TYPE_CHECKING:
    from invoicing.replaying import Then

PROFORMA: Final = "325"
_EVIDENCE: Final = 60


@dataclass(slots=True)
class Case:
    """A document under judgement, and what has been found out about it so far."""

    reading: Reading
    document: InvoiceDocument | CreditNote
    profile: Any
    municipality: Home
    institutions: frozenset[int] = frozenset()
    institution_id: int | None = None
    buyer_gln: str | None = None
    supplier_id: int | None = None
    supplier_gln: str | None = None
    supplier_cvr: str | None = None
    supplier_name: str = ""
    reasons: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    outcome: str | None = None
    first: Earlier | None = None
    earlier: Sequence[Earlier] = ()
    unknown_accounts: tuple[str, ...] = ()
    """As they are shown: those to be paid to that are not known ones of the supplier."""
    taken_up_by: tuple[str, ...] = ()
    """Invoices that came before this one and take it up."""
    credits_waiting: bool = False
    """Whether a credit note that names this number came before it."""
    waits_beside: bool = False
    """Whether other invoices wait on the same orders: they are judged again when this one is posted."""
    supplier_numbers_differ: bool = False
    content: str = ""
    chosen_orders: tuple[int, ...] = ()
    credited: tuple[int | None, Credited | None, list[int]] = (None, None, [])
    """The invoice that a credit note names: its id, what is left of it, its orders."""
    without: Mapping[int, Decimal] = field(default_factory=dict)
    """Order line id → how much more is invoiced by now than at the moment that is judged (replay)."""
    then: Then | None = None
    """The moment that is judged, where it is not now (replay)."""

    @property
    def supplier_key(self) -> str:
        """By what documents of the same sender are told: its company number, else its GLN, else its name."""
        seller = self.reading.seller
        return self.supplier_cvr or seller.cvr or seller.gln or self.supplier_name.casefold()[:100]

    def stop(self, outcome: str, reason: str, *findings: Finding) -> None:
        """A fatal layer: later layers are not judged."""
        if self.outcome is None:
            self.outcome = outcome
        self.reasons.append(reason)
        self.findings += findings


@dataclass(frozen=True, slots=True)
class Verdict:
    """What control says of a document: the answer of `receive --json`, before it is written down."""

    outcome: str
    reasons: tuple[str, ...]
    lines: tuple[LineVerdict, ...]
    findings: tuple[Finding, ...]
    orders: tuple[ordering.OrderPicture, ...] = ()
    candidates: tuple[str, ...] = ()
    match: Match | None = None
    value_only: frozenset[int] = frozenset()
    credits_id: int | None = None
    overcharge: Amount = NOTHING

    @property
    def order_numbers(self) -> list[str]:
        return [order.number for order in self.orders]


# --- the layers before the order ----------------------------------------------------------------------------------------


def open_case(
    session: Session, reading: Reading, document: InvoiceDocument | CreditNote, profile: Any, *, hold: bool = True
) -> Case:
    """The layers readable, right municipality and known supplier. `hold`: the supplier is held until the unit of work ends."""
    glns, seller = reading.buyer.glns or reading.delivery_glns, reading.seller
    known = known_numbers(session, glns, reading.billed.issue_date, seller.cvrs, seller.glns, hold=hold)
    case = Case(reading, document, profile, known.home, supplier_name=reading.seller_name)
    _find_institution(case, glns, known)
    _find_supplier(session, case, known)
    case.content = content_key(reading.billed, case.supplier_key)
    values: dict[str, Any]
    if reading.faults:
        case.stop("rejected", "invalid", *reading.faults)
    elif case.institution_id is None:
        case.stop("rejected", "unknown_institution", Finding("unknown_gln", values={"gln": case.buyer_gln or "–"}))
    elif strange := [cvr for cvr in reading.buyer.cvrs if cvr != case.municipality.cvr]:
        values = {"cvr": strange[0], "ours": case.municipality.cvr}
        case.stop("rejected", "unknown_institution", Finding("buyer_cvr_not_ours", values=values))
    elif reading.type_code == PROFORMA:
        case.stop("rejected", "unknown_type", Finding("proforma_is_no_invoice"))
    elif case.supplier_numbers_differ:
        values = {"name": case.supplier_name}
        case.stop("manual", "supplier_mismatch", Finding("supplier_numbers_differ", values=values))
    elif case.supplier_id is None:
        values = {"name": reading.seller_name or "–", "cvr": reading.seller.cvr or reading.seller.gln or "–"}
        case.stop("manual", "unknown_supplier", Finding("unknown_supplier", values=values))
    return case


def _find_institution(case: Case, glns: Sequence[str], known: Known) -> None:
    """The institutions the buyer's GLNs stand for on the day of the document; the place of delivery only where the buyer states none."""
    case.buyer_gln = glns[0] if glns else None
    ours = known.institutions
    for gln in glns:
        mine = [institution_id for one, institution_id in ours if one == gln]
        if mine and case.institution_id is None:
            case.institution_id, case.buyer_gln = mine[-1], gln
    case.institutions = frozenset(institution_id for _, institution_id in ours)


def _find_supplier(session: Session, case: Case, known: Known) -> None:
    """The supplier by company number, else by GLN. Numbers of two suppliers in one document are told apart by nobody."""
    seller = case.reading.seller
    if not (seller.cvrs or seller.glns):
        return
    rows = known.suppliers
    by_cvr = [row for cvr in seller.cvrs for row in rows if row.cvr == cvr]
    found: Any = next(iter((*by_cvr, *rows)), None)
    if found is None and seller.gln:
        found = catalogues.find_supplier(session, gln=seller.gln)
    if found is None:
        return
    case.supplier_name = found.name
    if len({row.id for row in rows}) > 1 or (seller.cvrs and found.cvr and found.cvr not in seller.cvrs):
        case.supplier_numbers_differ = True
        return
    case.supplier_id, case.supplier_cvr, case.supplier_gln = found.id, found.cvr, found.gln


def check_form(case: Case) -> None:
    """Arithmetic and codes, by the rules of the profile. What follows no profile that we have rules for cannot be judged, so it is not
    taken for an invoice: whoever sent it is told which profiles are."""
    if case.outcome is not None:
        return
    if not rules.has_rules(case.document, case.profile):
        told = str(case.document.customization_id or "–")[:80]
        case.stop("rejected", "unknown_type", Finding("profile_not_received", values={"profile": told}))
        return
    judgement = rules.check(case.document, case.profile)
    if judgement.errors:
        case.stop("rejected", "invalid", *judgement.findings)
    else:
        case.findings += judgement.findings


def find_earlier(session: Session, case: Case, before: int | None = None) -> None:
    """What has come of the supplier with the same number or content (`before` an invoice id), whether a credit note waits for it, and
    whether it is to be paid to accounts that are not known."""
    billed = case.reading.billed
    found, case.unknown_accounts = sender_history(
        session, case.supplier_key, case.supplier_id, billed.number, case.content, case.reading.accounts
    )
    kind = "credit_note" if billed.is_credit else "invoice"
    wanted = document_key(billed.number)
    case.earlier = [
        one
        for one in found
        if one.kind == kind
        and (before is None or one.id < before)
        and (one.number_key == wanted or one.content_key == case.content)
    ]
    if not billed.is_credit:
        case.taken_up_by = tuple(
            one.number
            for one in found
            if one.kind == "invoice" and one.credits_key == wanted and (before is None or one.id < before)
        )
    case.credits_waiting = any(
        one.credits_key == wanted and one.kind == "credit_note" and one.state == "waiting" for one in found
    )


def find_duplicate(case: Case) -> None:
    """The same number of the same supplier, literally or in other clothes. In other clothes the amount or the order must agree too:
    A-1001 and B-1001 may be two series."""
    if case.outcome is not None:
        return
    billed = case.reading.billed
    wanted = document_key(billed.number)
    for one in case.earlier:
        same = one.number.strip().upper() == billed.number.strip().upper()
        dressed = one.number_key == wanted and (
            one.gross == billed.payable or (one.order_reference and one.order_reference == order_reference(case))
        )
        if same or dressed:
            case.first = one
            case.stop("duplicate", "duplicate_number", Finding("duplicate_number", values={"number": one.number}))
            return


def order_reference(case: Case) -> str | None:
    """The order number as the header states it."""
    return next((one.text for one in case.reading.billed.stated_references if one.place == "order"), None)


# --- the order, the lines, the accounts ---------------------------------------------------------------------------------


def judge(session: Session, case: Case, by: Actor) -> Verdict:
    """The verdict on a case that has passed, or failed, the layers before. Reads; writes nothing."""
    found = _find_orders(session, case)
    if case.outcome is not None:
        return _stopped(case, found)
    if found.how == "nothing":
        return _manual(case, found, by)
    comparison, extra = _compare(session, case, found, by)
    stops = list(comparison.stops)
    reasons: list[str]
    if found.how == "reference":
        outcome = "held" if stops else "posted"
        reasons = stops or list(comparison.notices)
    else:
        notices = [reason for reason in comparison.notices if reason == "two_orders"]
        reasons = [found.reason or "no_reference", *notices, *stops]
        may_post = case.municipality.policy.post_without_reference and found.reason == "no_reference" and not stops
        outcome = "posted" if may_post else "suggested"
    return Verdict(
        outcome,
        tuple(reasons),
        comparison.lines,
        (*case.findings, *comparison.findings),
        found.orders,
        (),
        extra.match,
        extra.value_only,
        extra.credits_id,
        Amount.sum(comparison.overcharges.values()),
    )


def _as_then(case: Case, orders: Iterable[ordering.OrderPicture]) -> list[ordering.OrderPicture]:
    """The orders without what has been invoiced on them since the moment that is judged."""
    if not case.without:
        return list(orders)
    return [
        replace(
            order,
            lines=tuple(
                replace(
                    line, quantities=replace(line.quantities, invoiced=line.quantities.invoiced - case.without[line.id])
                )
                if line.id in case.without
                else line
                for line in order.lines
            ),
        )
        for order in orders
    ]


def _find_orders(session: Session, case: Case) -> Found:
    billed = case.reading.billed
    if case.chosen_orders:
        chosen = _as_then(case, ordering.order_pictures(session, case.chosen_orders))
        return Found("reference", tuple(chosen), match(billed, chosen))
    if case.supplier_id is None:
        return Found("nothing", (), unmatched(billed), "no_order")
    if billed.is_credit and (orders := _orders_credited(session, case)):
        return Found("reference", tuple(orders), match(billed, orders))
    keys = possible_keys(billed.stated_references)
    known = _as_then(case, ordering.find_orders(session, keys)) if keys else []
    ours = referred_to(billed, [order for order in known if order.supplier_id == case.supplier_id])
    if ours:
        found = by_reference(billed, ours)
        if found.match.order_ids and not billed.is_credit and is_contradicted(billed, ours):
            return _only_used(replace(found, how="corrected", reason="order_ref_corrected"))
        if found.match.order_ids or billed.is_credit:
            return _only_used(found)
        other = by_evidence(billed, _evidence(session, case), case.institutions, refuted=True)
        return other if other.how == "corrected" else found
    foreign = referred_to(billed, [order for order in known if order.supplier_id != case.supplier_id])
    return by_evidence(billed, _evidence(session, case), case.institutions, foreign)


def _orders_credited(session: Session, case: Case) -> list[ordering.OrderPicture]:
    """The orders of the invoice that a credit note names: that is its reference."""
    billed = case.reading.billed
    if len(billed.credits) == 1:
        case.credited = credited_invoice(session, case.supplier_key, billed.credits[0], case.then)
    _, _, order_ids = case.credited
    return _as_then(case, ordering.order_pictures(session, order_ids))


def _only_used(found: Found) -> Found:
    """Of the orders referred to, those that lines were paired with."""
    used = tuple(order for order in found.orders if order.id in found.match.order_ids)
    return Found(found.how, used or found.orders, found.match, found.reason)


def _evidence(session: Session, case: Case) -> list[ordering.OrderPicture]:
    """Open orders of the supplier that the lines may belong to: with the same items, at the institution before elsewhere, and those
    whose number is nearly the one that is stated."""
    billed = case.reading.billed
    assert case.supplier_id is not None
    sellers = {line.seller_item_id for line in billed.lines if line.seller_item_id}
    gtins = {line.gtin for line in billed.lines if line.gtin}
    found: dict[int, ordering.OrderPicture] = {}
    places: list[Iterable[int] | None] = [case.institutions] if case.institutions else []
    if sellers or gtins:
        places.append(None)
    for institutions in places:
        for order in ordering.open_orders(
            session,
            case.supplier_id,
            institution_ids=institutions,
            seller_item_ids=sellers,
            gtins=gtins,
            limit=_EVIDENCE,
        ):
            found.setdefault(order.id, order)
    stated = [one for one in billed.stated_references if one.place in ("order", "line")]
    if stated:
        numbers = ordering.open_order_numbers(session, case.supplier_id)
        near = [order_id for order_id, number in numbers if any(is_near(number, one) for one in stated)]
        for order in ordering.order_pictures(session, [one for one in near if one not in found][:_EVIDENCE]):
            found[order.id] = order
    return _as_then(case, found.values())


@dataclass(frozen=True, slots=True)
class _Extra:
    match: Match
    value_only: frozenset[int] = frozenset()
    credits_id: int | None = None


def _compare(session: Session, case: Case, found: Found, by: Actor) -> tuple[Comparison, _Extra]:
    billed = case.reading.billed
    situation = _situation(session, case, found, by)
    if not billed.is_credit:
        return compare(billed, found.match, found.orders, situation), _Extra(found.match)
    credits_id, credited, _ = case.credited
    orders, pairing = found.orders, found.match
    if credited is not None and credited.is_posted:
        pairing = match(billed, orders, credit_room=credited.rooms)
        used = tuple(order for order in orders if order.id in pairing.order_ids)
        orders = used or orders
    comparison, value_only = compare_credit(billed, pairing, orders, credited, situation)
    return comparison, _Extra(pairing, value_only, credits_id)


def _situation(session: Session, case: Case, found: Found, by: Actor) -> Situation:
    policy, billed = case.municipality.policy, case.reading.billed
    assert case.supplier_id is not None
    over, case.waits_beside = ({}, False) if billed.is_credit else on_orders(session, found.match.order_ids, case.then)
    per_month = policy.cumulative_per_supplier_month is not None and not billed.is_credit
    return Situation(
        policy=policy,
        today=by.today,
        institutions=case.institutions,
        unknown_accounts=case.unknown_accounts,
        overcharged=over,
        overcharged_month=(
            overcharged_in_month(session, case.supplier_id, billed.issue_date, case.then) if per_month else NOTHING
        ),
        tolerances=case.municipality.tolerances(found.orders),
        fee_terms=fee_terms(session, found.orders),
        twin=_twin(session, case),
        beside=_beside(session, case),
    )


def _beside(session: Session, case: Case) -> tuple[str, ...]:
    """Invoices beside which this one would be paid twice: those it takes up, and those that take it up."""
    named = case.reading.billed.takes_up
    taken_up = still_claimed(session, case.supplier_key, named, case.then) if named else []
    return (*taken_up, *case.taken_up_by)


def _twin(session: Session, case: Case) -> Twin | None:
    """The same content under another number; one that was taken back by credit notes is gone."""
    billed = case.reading.billed
    wanted = document_key(billed.number)
    twins = [one for one in case.earlier if one.content_key == case.content and one.number_key != wanted]
    if not twins:
        return None
    back: dict[int, Amount] = {}
    for _, invoice_id, gross in given_back(session, [one.id for one in twins], case.then):
        back[invoice_id] = back.get(invoice_id, NOTHING) + gross
    left = [one for one in twins if back.get(one.id, NOTHING) < one.gross]
    if not left:
        return None
    certain = [one for one in left if one.issue_date == billed.issue_date or has_tail(one.number, billed.number)]
    return Twin((certain or left)[0].number, bool(certain))


# --- verdicts of what was stopped, and of what has no order -------------------------------------------------------------


def _stopped(case: Case, found: Found) -> Verdict:
    """Rejected, duplicate or of an unknown supplier: the order and the pairs are shown, prices and quantities are not judged."""
    orders = found.orders or found.considered
    lines = _shown_lines(case, found, judged=False)
    findings = [*case.findings, Finding("not_judged", "info", values={"layers": "order, lines, prices, account"})]
    return Verdict(
        case.outcome or "rejected",
        tuple(dict.fromkeys(case.reasons)),
        lines,
        tuple(findings),
        orders if found.orders else (),
        found.candidates,
        None,
    )


def _shown_lines(case: Case, found: Found, judged: bool) -> tuple[LineVerdict, ...]:
    """The pairs without a comparison."""
    billed, pairing = case.reading.billed, found.match
    orders = {order.id: order for order in (found.orders or found.considered)}
    lines = {line.id: line for order in orders.values() for line in order.lines}
    shown = []
    for one in billed.lines:
        pairs = pairing.of_line(one.position)
        statuses = ["ok"] if pairs else ["not_on_order"]
        order = line = None
        if pairs:
            line, order = lines[pairs[0].order_line_id], orders[pairs[0].order_id]
            statuses = [
                *(["uom_converted"] if any(pair.converted for pair in pairs) else []),
                *(["by_text"] if any(pair.how == "text" for pair in pairs) else []),
            ] or ["ok"]
        if not judged:
            statuses.append("not_judged")
        linked = bool(found.orders)
        shown.append(
            LineVerdict(
                one.position,
                one.id,
                order.number if order is not None and linked else None,
                line.line if line is not None and linked else None,
                tuple(statuses),
                one.quantity,
            )
        )
    return tuple(shown)


def _manual(case: Case, found: Found, by: Actor) -> Verdict:
    """No order, or several equally good ones: a person decides. What would stop it anyway is said too."""
    reason = found.reason or "no_order"
    values = {
        "numbers": list(found.candidates) or [one.text for one in case.reading.billed.stated_references][:3] or ["–"]
    }
    findings = [*case.findings, Finding(f"order_{reason}" if reason != "no_order" else "no_order", values=values)]
    reasons = [reason]
    if case.reading.billed.issue_date > by.today:
        reasons.append("future_date")
    return Verdict(
        "manual",
        tuple(reasons),
        _shown_lines(case, found, judged=True),
        tuple(findings),
        (),
        found.candidates,
        None,
    )
