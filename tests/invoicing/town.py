"""A municipality in a database of its own, told by the files of INTERFACES §2, and the documents it is sent."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
import invoicing
import ordering
from eshop import intake
from eshop.db import EVERYONE, Database
from eshop.identity import Actor, Municipality, Policy, the_municipality
from eshop.organisation import load_organisation

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass
class Town:
    """`receive` takes one document in a unit of work of its own, as intake does, and answers what `receive --json` prints."""

    database: Database
    id: int
    at: datetime = NOW

    @property
    def by(self) -> Actor:
        return Actor.system(self.id, self.at, "cli")

    @classmethod
    def load(
        cls,
        database: Database,
        organisation: Mapping[str, Any],
        suppliers: Iterable[Mapping[str, Any]],
        orders: Iterable[Mapping[str, Any]] = (),
        receipts: Iterable[Mapping[str, Any]] = (),
        policy: Mapping[str, Any] | None = None,
    ) -> "Town":
        with database.work(EVERYONE) as session:
            told = organisation["municipality"]
            place = Municipality(
                cvr=told["cvr"], name=told["name"], dimensions=[], default_coding={}, policy_data={}, settings={}
            )
            session.add(place)
            session.flush()
            town = cls(database, place.id)
        with town.work() as session:
            load_organisation(session, organisation, town.by)
            for supplier in suppliers:
                made = catalogues.record_supplier(
                    session, cvr=supplier.get("cvr"), gln=supplier.get("gln"), name=supplier.get("name"), by=town.by
                )
                for account in supplier.get("payment_accounts", ()):
                    invoicing.record_known_account(session, made.id, account, town.by)
            town.set_policy(session, policy or {})
        town.add_orders(orders)
        town.add_receipts(receipts)
        return town

    def work(self) -> Any:
        return self.database.work(self.id)

    def set_policy(self, session: Session, policy: Mapping[str, Any]) -> None:
        the_municipality(session).policy_data = Policy.of(policy).as_json()

    def add_orders(self, rows: Iterable[Mapping[str, Any]]) -> None:
        with self.work() as session:
            ordering.load_orders(session, rows, self.by)

    def add_receipts(self, rows: Iterable[Mapping[str, Any]]) -> None:
        with self.work() as session:
            touched = [ordering.load_receipt(session, row, self.by).order_id for row in rows]
            invoicing.judge_again(session, touched, self.by)

    def receive(self, body: bytes) -> dict[str, Any]:
        return intake.take(self.database, self.id, body, "document.xml", self.at, "cli", "cli")

    def invoice(self, session: Session, number: str) -> invoicing.Invoice:
        return session.scalars(select(invoicing.Invoice).where(invoicing.Invoice.number == number)).one()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def town_of(database: Database, folder: Path) -> Town:
    """The municipality of a folder like the control sample."""
    return Town.load(
        database,
        json.loads((folder / "organisation.json").read_text(encoding="utf-8")),
        lines(folder / "suppliers.jsonl"),
        lines(folder / "orders.jsonl"),
        lines(folder / "receipts.jsonl"),
        json.loads((folder / "policy.json").read_text(encoding="utf-8")),
    )
