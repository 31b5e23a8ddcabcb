"""A municipality with open orders, and a pile of documents on them in which everything happens that control tells apart."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import catalogues
import invoicing
import ordering
from eshop import intake
from eshop.db import EVERYONE, Database
from eshop.identity import Actor, Municipality
from eshop.organisation import load_organisation
from tests.bench import documents
from tests.soak.crew import START, clock


def open_municipality(database: Database, orders: int) -> int:
    """A municipality that waits for the invoices of so many orders; returns its id."""
    with database.work(EVERYONE) as session:
        head = documents.ORGANISATION["municipality"]
        made = Municipality(cvr=head["cvr"], name=head["name"], policy_data={}, settings={})
        session.add(made)
        session.flush()
    by = Actor.system(made.id, START, "cli")
    with database.work(made.id) as session:
        load_organisation(session, documents.ORGANISATION, by)
        ordering.load_orders(session, documents.order_rows(orders), by)
        for number in range(documents.SUPPLIERS):
            supplier = catalogues.find_supplier(session, cvr=documents.supplier(number))
            if supplier is not None:
                invoicing.record_known_account(session, supplier.id, documents.ACCOUNT, by)
    return made.id


@dataclass(frozen=True)
class Paper:
    """A document, and what may become of it. Where two compete for an order, either may win."""

    name: str
    body: bytes
    may_become: frozenset[str]


def papers(count: int) -> Iterator[Paper]:
    """So many documents on at most as many orders: seven in ten agree with their order, the others are of every kind."""
    for number in range(1, count + 1):
        body, may_become = documents.invoice(number), {"posted"}
        match number % 20:
            case 3:  # the same invoice in other clothes: one of the two is the duplicate
                body = documents.invoice(number - 1).replace(b"\n", b"\n ")
                may_become = {"posted", "duplicate"}
            case 2:
                may_become = {"posted", "duplicate"}
            case 7:  # a second invoice, with a number of its own, for goods that are invoiced already
                body = documents.invoice(number - 1).replace(b"<cbc:ID>F-", b"<cbc:ID>G-7-")
                may_become = {"posted", "held"}
            case 6:
                may_become = {"posted", "held"}
            case 11:  # dearer than ordered, in sums that agree
                body = _dearer(body)
                may_become = {"held"}
            case 14:
                body, may_become = body[: len(body) * 2 // 3], {"rejected"}
            case 17:
                body = body.replace(documents.BUYER_GLN.encode(), b"5798009911124")
                may_become = {"rejected"}
            case _:
                pass
        yield Paper(f"{number:05d}.xml", body, frozenset(may_become))


def _dearer(body: bytes) -> bytes:
    """Every amount tenfold: the document still adds up."""
    return re.sub(
        rb'(Amount currencyID="DKK">)(\d+)(?:\.(\d\d))?<',
        lambda found: found[1] + b"%d.%d0<" % divmod(int(found[2] + (found[3] or b"00")), 10),
        body,
    )


def go_through(url: str, folder: str, municipality_id: int, generation: int) -> None:
    """The life of one who runs `eshop receive` on what comes into a folder, and puts away what is done. Two of them have the same
    file in hand time and again."""
    database, now, done = Database(url), clock(START, generation), Path(folder, "done")
    while True:
        for file in sorted(Path(folder).glob("*.xml")):
            with suppress(FileNotFoundError):  # the other one has put it away
                intake.take(database, municipality_id, file.read_bytes(), file.name, now(), "cli", "folder")
                file.rename(done / file.name)
        time.sleep(0.01)
