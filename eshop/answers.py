"""The objects of INTERFACES §2, as the command line prints them and the API answers them: one place, so that the two are the same.

Amounts and quantities are decimal strings. An item is named by our id, or by supplier-CVR/seller-item-id.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop.amounts import exact, plain
from eshop.errors import BadInput, NotFound
from eshop.findings import Finding
from eshop.identity import Actor, Door, Institution, User, institution_by_gln
from eshop.signing_on import actor_for
from eshop.wording import sentence


def institution_of(session: Session, gln: str, on: date) -> Institution:
    """The institution with this GLN. BadInput `unknown_institution`."""
    found = institution_by_gln(session, gln.strip(), on) or institution_by_gln(session, gln.strip())
    if found is None:
        raise BadInput("unknown_institution", value=gln, where="institution")
    return found


def _named(name: str) -> int | tuple[str, str]:
    """The item that is meant: '4711' is our id, '31220114/HH-10001' the supplier's number. BadInput `item_name_unclear`."""
    cvr, slash, seller_item_id = name.partition("/")
    if slash and cvr.strip() and seller_item_id.strip():
        return cvr.strip(), seller_item_id.strip()
    if not (name.isascii() and name.isdigit() and len(name) < 16):
        raise BadInput("item_name_unclear", value=name)
    return int(name)


def offer_of(session: Session, name: str, institution: Institution, on: date) -> catalogues.Offer:
    """The offer of an item by its name (see `_named`)."""
    named = _named(name)
    if isinstance(named, int):
        return catalogues.offer(session, named, institution, on)
    return catalogues.offer_of(session, *named, institution, on)


def offer_shown(session: Session, name: str, institution: Institution, on: date) -> dict[str, Any]:
    """`offer`: the price, or why not. `factor` is how many price units an order unit holds."""
    offer = offer_of(session, name, institution, on)
    price = offer.price if offer.orderable else None
    return {
        "item": str(offer.item_id) if offer.item_id is not None else name,
        "orderable": offer.orderable,
        "reason": offer.reason,
        "price": None if price is None else plain(price.amount),
        "base_quantity": None if price is None else plain(price.base_quantity),
        "factor": None if price is None else plain(price.factor),
        "unit": offer.unit or None,
        "agreement": offer.agreement_number,
        "valid_to": offer.valid_to.isoformat() if offer.valid_to else None,
    }


def hit_shown(hit: catalogues.Hit, rank: int) -> dict[str, Any]:
    """A line of `search`. `comparison` is the price in the unit the group is compared by, where it can be worked out."""
    offer = hit.offer
    price = offer.price if offer.orderable else None
    comparison = None
    if offer.comparison_price is not None:
        comparison = {"price": plain(offer.comparison_price), "unit": offer.comparison_unit}
    return {
        "item": str(hit.item_id),
        "seller_item_id": offer.seller_item_id,
        "gtin": offer.gtin,
        "name": offer.name,
        "supplier": {"cvr": hit.supplier_cvr, "name": hit.supplier_name},
        "agreement": offer.agreement_number,
        "orderable": offer.orderable,
        "reason": offer.reason,
        "price": None if price is None else plain(price.per_order_unit),
        "unit": offer.unit or None,
        "comparison": comparison,
        "rank": rank,
    }


def ledger_line_shown(line: catalogues.ReviewRow, locale: str = "da") -> dict[str, Any]:
    """A line of `load catalogue`: what became of it, and why."""
    return {
        "line": line.number,
        "seller_item_id": line.seller_item_id or None,
        "result": line.result,
        "findings": [finding_shown(one, locale) for one in line.findings],
        "yearly_effect": None if line.yearly_effect is None else str(line.yearly_effect),
    }


def catalogue_shown(session: Session, version: catalogues.CatalogueVersion) -> dict[str, Any]:
    """The summary of a catalogue version, with its supplier by number and name."""
    summary = catalogues.version_summary(session, version)
    supplier = catalogues.get_supplier(session, version.supplier_id)
    assert supplier is not None
    return summary | {"supplier": {"cvr": supplier.cvr, "gln": supplier.gln, "name": supplier.name}}


def finding_shown(finding: Finding, locale: str = "da") -> dict[str, Any]:
    """A finding: code, severity, where, rule and its sentence."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "where": finding.where,
        "rule": finding.rule,
        "text": sentence(finding.code, finding.values, locale),
    }


def order_shown(session: Session, order: ordering.PurchaseOrder, on: date) -> dict[str, Any]:
    """`orders show`."""
    invoices = [
        {
            "id": one.id,
            "number": one.number,
            "kind": one.kind,
            "outcome": one.outcome,
            "state": one.state,
            "reasons": one.reasons,
            "gross": str(one.gross),
        }
        for one in invoicing.invoices_of_order(session, order.id)
    ]
    return ordering.as_json(session, order, on, invoices)


def orderer(session: Session, login: str, institution: Institution, by: Actor, door: Door) -> Actor:
    """The person an order file names, as Actor at the institution. NotFound when there is no such person here."""
    user = session.scalars(select(User).where(User.login == login, User.active)).one_or_none()
    if user is None:
        raise NotFound("not_found", thing="User", key=login)
    return actor_for(session, user, institution.id, by.at, door)


def place_orders(
    session: Session, given: Mapping[str, Any], by: Actor, person: User | None = None
) -> list[ordering.PurchaseOrder]:
    """`orders place`: {"institution", "by", "lines": [{"item" | "seller_item_id"+"supplier", "quantity"}], "reference", "deliver_on",
    "coding", "delivery_point" (the name of one of the institution's)}. Without "by" the `person` behind the call orders. BadInput names the
    field; rooms refuse the rest."""
    _plain(given, "order", {*_PLAIN, "lines", "coding"})
    institution = institution_of(session, _text(given, "institution", "order"), by.today)
    login = given.get("by") or (person.login if person else None)
    if not login:
        raise BadInput("missing_field", field="by", where="order")
    if person is not None and login != person.login:
        raise BadInput("not_the_tokens_person", by=login)
    actor = orderer(session, login, institution, by, by.door)
    lines = given.get("lines")
    if not isinstance(lines, list) or not lines:
        raise BadInput("missing_field", field="lines", where="order")
    wanted = [
        _wanted(session, line, f"lines[{position}]", institution, by.today) for position, line in enumerate(lines, 1)
    ]
    coding = given.get("coding") or {}
    if not isinstance(coding, Mapping) or not all(isinstance(one, str) for one in coding.values()):
        raise BadInput("field_shape", field="coding", expected="{dimension: value}")
    return ordering.place(
        session,
        institution.id,
        wanted,
        actor,
        reference=given.get("reference"),
        deliver_on=_day(given.get("deliver_on")),
        delivery_point=given.get("delivery_point"),
        coding=coding,
    )


def _wanted(session: Session, line: Any, where: str, institution: Institution, on: date) -> tuple[int, Decimal]:
    if not isinstance(line, Mapping):
        raise BadInput("field_shape", field=where, expected='{"item": …, "quantity": …}')
    _plain(line, where, {"item", "seller_item_id", "supplier", "quantity"})
    name = str(line.get("item") or f"{_text(line, 'supplier', where)}/{_text(line, 'seller_item_id', where)}")
    offer = offer_of(session, name, institution, on)
    if offer.item_id is None:
        raise NotFound("not_found", thing="Item", key=name)
    quantity = line.get("quantity")
    if quantity is None:
        raise BadInput("missing_field", field="quantity", where=where)
    return offer.item_id, exact(quantity)


_PLAIN: Final = frozenset({"institution", "by", "reference", "deliver_on", "delivery_point"})


def _plain(given: Mapping[str, Any], where: str, known: Iterable[str]) -> None:
    """BadInput for a name that is not known here, or an object or a list where a plain value belongs."""
    for name, value in given.items():
        if name not in known:
            raise BadInput("unknown_field", field=name)
        if isinstance(value, Mapping | list) and name not in ("lines", "coding"):
            raise BadInput("field_shape", field=f"{where}.{name}", expected='"…"')


def _text(given: Mapping[str, Any], name: str, where: str) -> str:
    value = given.get(name)
    if value is None or not str(value).strip():
        raise BadInput("missing_field", field=name, where=where)
    return str(value).strip()


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput("not_a_day", field="deliver_on", value=str(value), where="order") from error
