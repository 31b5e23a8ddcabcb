"""Mixes of what can happen to one order: invoices in parts, credits, goods that come and go back, postings taken back."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from hypothesis import strategies as st
from sqlalchemy import select

import invoicing
from eshop.db import Database
from eshop.errors import Conflict
from eshop.identity import Actor, Grant, Role, User
from tests.invoicing.papers import ORGANISATION, POLICY, SUPPLIER, Line, Paper, billed, item, order
from tests.invoicing.town import Town

ROW = order(
    lines=(
        item("10", "100001", "Kopipapir Klitgaard Skole A4 80 g", "12", "52.00", "XCT", "XPK", "5"),
        item("20", "100002", "Nitrilhandske Bakkely Eco str. M", "6", "120.50", "XBX", "PR", "50"),
    )
)
GOODS = billed(ROW)
PLACES = range(len(GOODS))

Act = tuple[str, Any]

THERE = st.sampled_from([(12, 6), (12, 6), (9, 6), (5, 0), (0, 0)])
"""How much of each line has come before anything else happens."""

ACTS: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("receive"), st.tuples(st.sampled_from(PLACES), st.integers(1, 6))),
    st.tuples(st.just("return"), st.tuples(st.sampled_from(PLACES), st.integers(1, 3))),
    st.tuples(
        st.just("invoice"),
        st.tuples(
            st.lists(st.integers(0, 6), min_size=2, max_size=2).filter(any),
            st.sampled_from(["1", "1", "1", "1.008", "1.02", "0.95"]),
            st.sampled_from([None, None, "75.00", "151.00"]),
        ),
    ),
    st.tuples(
        st.just("credit"),
        st.tuples(
            st.integers(0, 9),
            st.lists(st.integers(0, 6), min_size=2, max_size=2).filter(any),
            st.sampled_from(["1", "1", "0.1", "1.1"]),
        ),
    ),
    st.tuples(st.just("reverse"), st.integers(0, 9)),
    st.tuples(st.just("again"), st.integers(0, 9)),
)


@dataclass
class Ledger:
    """A municipality and what has been sent to it."""

    town: Town
    cvr: str
    came: list[int]
    sent: list[Paper] = field(default_factory=list)
    days: int = 0
    refused: set[str] = field(default_factory=set)

    @classmethod
    def opened(cls, database: Database, number: int, there: tuple[int, int]) -> Self:
        """In a municipality of its own, by the number; `there` has come already."""
        cvr = f"{30000000 + number}"
        home = {**ORGANISATION, "municipality": {**ORGANISATION["municipality"], "cvr": cvr}}
        came = [receipt(place, str(many), 1) for place, many in enumerate(there) if many]
        return cls(Town.load(database, home, [SUPPLIER], [ROW], came, POLICY), cvr, list(there))

    def invoices(self) -> list[Paper]:
        return [paper for paper in self.sent if not paper.credit]

    def play(self, act: Act) -> None:
        what, told = act
        if what in ("receive", "return"):
            place, many = told
            many = many if what == "receive" else -min(many, self.came[place])
            self.came[place] += many
            if not many:
                return
            # A day of its own: rows that are alike are one row that is loaded again.
            self.days += 1
            self.town.add_receipts([receipt(place, str(many), 1 + self.days)])
        elif what == "invoice":
            shares, dear, fee = told
            lines = lines_of(shares, dear)
            self.send(Paper((*lines, Line("Fragt", "1", fee, "EA")) if fee else lines))
        elif what == "credit" and self.invoices():
            which, shares, share = told
            first = self.invoices()[which % len(self.invoices())]
            self.send(Paper(lines_of(shares, share), credit=True, credits=(first.number,)))
        elif what == "again" and self.sent:
            assert self.town.receive(self.sent[told % len(self.sent)].write())["outcome"] == "duplicate"
        elif what == "reverse" and self.sent:
            self.reverse(self.sent[told % len(self.sent)].number)

    def send(self, paper: Paper) -> None:
        number = len(self.sent) + 1
        profile = "oioubl-2.1" if number % 2 else "peppol-bis-3"
        paper = replace(
            paper, number=f"F-{number}", issued=f"2026-09-{number:02d}", profile=profile, buyer_cvr=self.cvr
        )
        self.town.receive(paper.write())
        self.sent.append(paper)

    def reverse(self, number: str) -> None:
        with self.town.work() as session:
            found = self.town.invoice(session, number)
            if found.state == "posted":
                try:
                    invoicing.reverse(session, found, "Forkert", finance(session, self.town))
                except Conflict as refusal:
                    self.refused.add(refusal.code)


def receipt(place: int, quantity: str, day: int) -> dict[str, Any]:
    line = ROW["lines"][place]
    return {
        "order": ROW["number"], "line": line["line"], "unit": line["unit"], "quantity": quantity, "date": f"2026-08-{day:02d}"
    }  # fmt: skip


def lines_of(shares: list[int], dear: str) -> tuple[Line, ...]:
    return tuple(
        replace(
            line,
            quantity=str(share),
            price=str((Decimal(line.price) * Decimal(dear)).quantize(Decimal("0.01"))),
        )
        for line, share in zip(GOODS, shares, strict=True)
        if share
    )


def finance(session: Any, town: Town) -> Actor:
    login = f"finance-{town.id}"
    user = session.scalars(select(User).where(User.login == login)).one_or_none()
    if user is None:
        user = User(login=login, name="Søren")
        session.add(user)
        session.flush()
    return Actor(user.id, user.name, town.id, None, town.at, "web", (Grant(Role.FINANCE),))
