"""Builders of real rows: a municipality, its institutions and people, suppliers, agreements, items and orders.

Everybody may add small functions. Each takes the session and what the test is about; the rest has defaults that are right. The clock
stands still at NOW unless a test says otherwise.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ordering
from catalogues import Agreement, Supplier
from catalogues.agreements import Joining
from catalogues.analysis import terms
from catalogues.begun import BegunWords
from catalogues.index import index_lines
from catalogues.items import CatalogueLine, CatalogueVersion, Item, Price
from catalogues.vocabulary import learn
from eshop.amounts import Amount
from eshop.db import EVERYONE, Database
from eshop.identity import (
    Actor,
    DeliveryPoint,
    Deputyship,
    Door,
    Gln,
    Institution,
    Municipality,
    Role,
    RoleGrant,
    User,
    main_gln,
)
from eshop.signing_on import actor_for

NOW = datetime(2026, 5, 12, 9, 20, tzinfo=UTC)
"""A Tuesday in May, 11.20 in Denmark."""
TODAY = date(2026, 5, 12)

_counter = itertools.count(1)


def gln(number: int) -> str:
    """A GLN of ours with the right check digit: gln(7) → '5798000000071'."""
    digits = f"5798{number:08d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str((10 - total % 10) % 10)


def municipality(database: Database, name: str = "Lindeå Kommune", cvr: str = "29000001", **settings: Any) -> int:
    """A municipality with three dimensions; returns its id."""
    with database.work(EVERYONE) as session:
        made = Municipality(
            cvr=cvr,
            name=name,
            dimensions=["function", "cost_centre", "art"],
            default_coding={"function": "5.25.14.1", "cost_centre": "1000", "art": "2.9"},
            policy_data={},
            settings=settings,
        )
        session.add(made)
        session.flush()
        return made.id


def institution(
    session: Session,
    name: str = "Børnehuset Mælkevejen",
    *,
    under: Institution | None = None,
    budget: str | None = None,
    number: int | None = None,
    **fields: Any,
) -> Institution:
    """A unit with a GLN and a delivery point that is open Monday to Friday."""
    made = Institution(
        name=name,
        parent_id=under.id if under else None,
        coding=fields.pop("coding", {}),
        address=fields.pop("address", {"street": "Mælkevejen 7", "postcode": "8900", "city": "Lindeå"}),
        yearly_budget=Amount.of(budget) if budget is not None else None,
        **fields,
    )
    session.add(made)
    session.flush()
    session.add(Gln(gln=gln(number or 1000 + next(_counter)), institution_id=made.id))
    session.add(DeliveryPoint(institution_id=made.id, name=name, address=made.address, opening_days=[1, 2, 3, 4, 5]))
    session.flush()
    return made


def person(
    session: Session, name: str, *roles: tuple[Role, Institution | None] | tuple[Role, Institution | None, str]
) -> User:
    """Somebody who holds these roles: (role, institution or None for the whole municipality[, limit in kroner])."""
    made = User(login=f"{name.lower().split()[0]}-{next(_counter)}", name=name, preferences={})
    session.add(made)
    session.flush()
    for role, place, *limit in roles:
        session.add(
            RoleGrant(
                user_id=made.id,
                role=role.value,
                institution_id=place.id if place else None,
                amount_limit=Amount.of(limit[0]) if limit else None,
            )
        )
    session.flush()
    return made


def deputy(session: Session, principal: User, for_them: User, start: date = TODAY, end: date = TODAY) -> Deputyship:
    """`for_them` may act for `principal` in the period."""
    made = Deputyship(principal_id=principal.id, deputy_id=for_them.id, valid_from=start, valid_to=end, reason="ferie")
    session.add(made)
    session.flush()
    return made


def actor(
    session: Session, user: User, place: Institution | None = None, at: datetime = NOW, door: Door = "web"
) -> Actor:
    """The person acting now, with the roles they hold and those they are deputy for."""
    return actor_for(session, user, place.id if place else None, at, door)


def system(municipality_id: int, at: datetime = NOW, door: Door = "worker") -> Actor:
    return Actor.system(municipality_id, at, door)


def supplier(
    session: Session, name: str = "HygiejneHuset A/S", cvr: str | None = None, gln: str | None = None
) -> Supplier:
    made = Supplier(name=name, cvr=cvr or f"{30000000 + next(_counter)}", gln=gln)
    session.add(made)
    session.flush()
    return made


def agreement(
    session: Session,
    seller: Supplier,
    number: str = "50.90",
    *,
    start: date | None = date(2025, 1, 1),
    end: date | None = date(2027, 12, 31),
    joined: bool = True,
    **fields: Any,
) -> Agreement:
    """An agreement in force that the municipality has joined, with a live catalogue that items are put into."""
    made = Agreement(
        number=number,
        title=fields.pop("title", f"Aftale {number}"),
        level=fields.pop("level", "own"),
        supplier_id=seller.id,
        valid_from=start,
        valid_to=end,
        unspsc=fields.pop("unspsc", []),
        fees=fields.pop("fees", []),
        options=[],
        documents=[],
        declarations=[],
        **fields,
    )
    session.add(made)
    session.flush()
    if joined:
        ours = session.get_one(Municipality, made.municipality_id)
        session.add(Joining(agreement_id=made.id, cvr=ours.cvr, valid_from=start, valid_to=end))
    session.flush()
    return made


def item(
    session: Session,
    bought_under: Agreement,
    name: str = "Håndsæbe refill 700 ml",
    price: str = "178.80",
    *,
    seller_item_id: str | None = None,
    unit: str = "CT",
    base_quantity: str = "1",
    factor: str = "1",
    content: tuple[str, str] | None = None,
    unspsc: str = "53131608",
    vat: str = "25",
    multiple: str | None = None,
    minimum: str | None = None,
    gtin: str | None = None,
    **fields: Any,
) -> int:
    """An item that can be ordered under the agreement today; returns its id. `content` is (units per order unit, unit)."""
    version = session.scalars(
        select(CatalogueVersion).where(CatalogueVersion.agreement_id == bought_under.id).limit(1)
    ).one_or_none()
    if version is None:
        version = CatalogueVersion(
            agreement_id=bought_under.id,
            supplier_id=bought_under.supplier_id,
            number=1,
            state="live",
            is_live=True,
            document_type="Catalogue",
            document_format="peppol-bis-3",
            action="Replace",
            sha256="0" * 64,
            loaded_at=NOW,
        )
        session.add(version)
        session.flush()
        bought_under.live_version_id = version.id
    number = seller_item_id or f"V{next(_counter):06d}"
    made = Item(agreement_id=bought_under.id, supplier_id=bought_under.supplier_id, seller_item_id=number, unit=unit)
    session.add(made)
    session.flush()
    position = (session.scalar(select(func.count()).where(CatalogueLine.version_id == version.id)) or 0) + 1
    words = terms(name)
    line = CatalogueLine(
        version_id=version.id,
        number=position,
        result="accepted",
        kind="new",
        since_version_id=version.id,
        item_id=made.id,
        agreement_id=bought_under.id,
        supplier_id=bought_under.supplier_id,
        seller_item_id=number,
        name=name,
        unit=unit,
        content_quantity=Decimal(content[0]) if content else None,
        content_unit=content[1] if content else None,
        multiple=Decimal(multiple) if multiple else None,
        minimum=Decimal(minimum) if minimum else None,
        vat_percent=Decimal(vat),
        unspsc=unspsc,
        gtin=gtin,
        gtin_number=int(gtin) if gtin else None,
        unit_price=Decimal(price) * Decimal(factor) / Decimal(base_quantity),
        details={},
        words=len(words.name),
        terms=words.text,
        **fields,
    )
    session.add(line)
    session.flush()
    index_lines(session, line.id, line.id)
    learn(session, line.municipality_id, words.text.split())
    BegunWords(session, line.municipality_id, line.agreement_id).take([(made.id, words.name, words.keywords)])
    session.add(
        Price(
            line_id=line.id,
            position=0,
            amount=Decimal(price),
            currency="DKK",
            base_quantity=Decimal(base_quantity),
            base_unit=unit,
            factor=Decimal(factor),
            minimum_quantity=Decimal(1),
        )
    )
    session.flush()
    return made.id


@dataclass
class Town:
    """A municipality with all that an order needs. Ids, so that they outlive the session they were made in."""

    database: Database
    id: int
    places: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    suppliers: dict[str, int] = field(default_factory=dict)
    agreements: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)

    def by(
        self, session: Session, name: str, place: str | None = "mælkevejen", at: datetime = NOW, door: Door = "web"
    ) -> Actor:
        """The person acting for the institution."""
        user = session.get_one(User, self.people[name])
        return actor_for(session, user, self.places[place] if place else None, at, door)

    def system(self, at: datetime = NOW, door: Door = "worker") -> Actor:
        return Actor.system(self.id, at, door)

    def work(self) -> Any:
        return self.database.work(self.id)

    def read(self) -> Any:
        return self.database.read(self.id)

    def order(
        self,
        session: Session,
        lines: Mapping[str, int | str | Decimal] | None = None,
        by: str = "mette",
        place: str = "mælkevejen",
        at: datetime = NOW,
        **said: Any,
    ) -> ordering.PurchaseOrder:
        """One order placed through a basket: {"soap": 2} by default. More than one order from the basket is the test's mistake."""
        (made,) = self.orders(session, lines or {"soap": 2}, by, place, at, **said)
        return made

    def orders(
        self,
        session: Session,
        lines: Mapping[str, Any],
        by: str = "mette",
        place: str = "mælkevejen",
        at: datetime = NOW,
        **said: Any,
    ) -> list[ordering.PurchaseOrder]:
        """The orders that a basket of these items becomes."""
        who = self.by(session, by, place, at)
        basket = ordering.open_basket(session, who)
        for name, quantity in lines.items():
            ordering.add_line(session, basket, self.items[name], Decimal(quantity), who)
        return ordering.submit(session, basket, who, **said)

    def sent_order(
        self, session: Session, lines: Mapping[str, Any] | None = None, **said: Any
    ) -> ordering.PurchaseOrder:
        """An order that is with the supplier."""
        made = self.order(session, lines, **said)
        if made.state == "waiting":
            ordering.approve(session, made, self.by(session, "jens"))
        return ordering.send(session, made, self.system())


def town(
    database: Database, name: str = "Lindeå Kommune", cvr: str = "29000001", budget: str | None = None, **settings: Any
) -> Town:
    """Lindeå: two nurseries and a school under "Børn", five people, two suppliers, three agreements, six items."""
    made = Town(database, municipality(database, name, cvr, **settings))
    with made.work() as session:
        children = institution(session, "Børn og Unge", number=101)
        nursery = institution(session, "Børnehuset Mælkevejen", under=children, budget=budget, number=102)
        other = institution(session, "Børnehuset Solsikken", under=children, number=103)
        made.places = {"børn": children.id, "mælkevejen": nursery.id, "solsikken": other.id}
        made.people = {
            "mette": person(session, "Mette Krog", (Role.ORDERER, nursery)).id,
            "omar": person(session, "Omar Aziz", (Role.ORDERER, nursery)).id,
            "aisha": person(session, "Aisha Nur", (Role.LOCAL_LEAD, nursery)).id,
            "jens": person(session, "Jens Holm", (Role.APPROVER, nursery, "50000")).id,
            "birthe": person(session, "Birthe Lund", (Role.APPROVER, children)).id,
            "kim": person(session, "Kim Friis", (Role.PURCHASING_LEAD, None)).id,
            "soeren": person(session, "Søren Bak", (Role.FINANCE, None)).id,
            "anna": person(session, "Anna Toft", (Role.AUDITOR, None)).id,
            "peter": person(session, "Peter Juhl", (Role.ORDERER, other)).id,
        }
        clean = supplier(session, "HygiejneHuset A/S", cvr="30000001", gln="5790000000111")
        paper = supplier(session, "Nordpapir A/S", cvr="30000002")
        made.suppliers = {"hygiejnehuset": clean.id, "nordpapir": paper.id}
        soap = agreement(session, clean, "50.90", level="joint_mandatory")
        sheets = agreement(
            session,
            paper,
            "50.12",
            minimum_order=Amount.of("500"),
            fees=[{"kind": "freight", "max": "75", "free_above": "1000"}],
            delivery_days={"lead": 2, "weekdays": [2, 4], "cut_off": "12:00"},
        )
        made.agreements = {"50.90": soap.id, "50.12": sheets.id}
        made.items = {
            "soap": item(
                session, soap, "Håndsæbe refill 700 ml", "178.80", content=("12", "BO"), seller_item_id="HS-700"
            ),
            "gloves": item(
                session, soap, "Engangshandsker nitril M", "62.50", unit="PK", unspsc="46181504", seller_item_id="EH-M"
            ),
            "mop": item(session, soap, "Moppe 60 cm", "4700.00", unit="EA", unspsc="47131618", seller_item_id="MO-60"),
            "paper": item(
                session,
                sheets,
                "Kopipapir A4 80 g",
                "30.00",
                base_quantity="10",
                factor="5",
                unspsc="14111507",
                seller_item_id="KP-80",
            ),
            "cards": item(
                session,
                sheets,
                "Karton A3, 6 ark",
                "25.00",
                unit="PK",
                multiple="6",
                minimum="6",
                unspsc="14111519",
                seller_item_id="KA-3",
            ),
            "flour": item(
                session, soap, "Hvedemel", "8.40", unit="KGM", unspsc="50221301", vat="25", seller_item_id="HM-1"
            ),
        }
    return made


def order_row(
    number: str = "4500000006", lines: Iterable[Mapping[str, Any]] | None = None, **said: Any
) -> dict[str, Any]:
    """An order in the form of `eshop load orders`."""
    return {
        "number": number,
        "supplier": {"cvr": "10000858", "gln": "5790010000026", "name": "Skagerak Engros A/S"},
        "institution": {"gln": gln(20), "name": "Rådhuset Syd"},
        "date": "2026-01-19",
        "status": "open",
        "match": "3-way",
        "freight_allowed": True,
        "currency": "DKK",
        "reference": "LBS62",
        "lines": list(lines)
        if lines is not None
        else [
            {
                "line": "10",
                "seller_item_id": "810004171",
                "gtin": "5743700041717",
                "name": "Post-it-blok 38×51 mm",
                "unspsc": "14111530",
                "quantity": "20",
                "unit": "XPK",
                "price": "93.06",
                "base_quantity": "1",
                "content_unit": "EA",
                "units_per_order_unit": "12",
                "vat_percent": "25",
            }
        ],
        **said,
    }


def later(days: int = 0, hours: int = 0, minutes: int = 0) -> datetime:
    """NOW, so much later."""
    return NOW + timedelta(days=days, hours=hours, minutes=minutes)


def gln_of(session: Session, place: int) -> str:
    return main_gln(session, place) or ""
