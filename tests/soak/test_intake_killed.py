"""Two workers take invoices in and are killed at random moments: every file ends with one outcome, nothing is posted twice, nothing lost.

Through both doors: the inbox, where a document is kept at once and judged by the worker, and a folder that `eshop receive` works
through. In the folder both have the same file in hand all the time.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import invoicing
import ordering
from eshop import audit, intake
from eshop.amounts import NOTHING, Amount
from eshop.db import EVERYONE, Database
from eshop.exchange import Message, fingerprint
from eshop.identity import Actor
from eshop.jobs import Job
from tests.soak.crew import START, Crew, crew, until, workers
from tests.soak.trade import Paper, go_through, open_municipality, papers

LONG = [pytest.param(2000, 200, marks=pytest.mark.soak, id="long"), pytest.param(100, 10, id="short")]


def kill_on_the_way(team: Crew, database: Database, count: int, kills: int) -> None:
    """Kills one of the team as often as wanted, spread over the work at moments that nobody chose."""
    chance = random.Random(kills)

    def judged() -> int:
        with database.read(EVERYONE) as session:
            return session.scalar(select(func.count()).where(Message.direction == "in", Message.state != "taken")) or 0

    for turn in range(kills):
        until(lambda goal=count * turn // (kills + 1): judged() >= goal, f"{turn} of {kills} kills")
        time.sleep(chance.uniform(0, 0.03))
        team.kill(chance.randrange(len(team.members)))
        team.join()
    assert team.kills == kills


@pytest.mark.parametrize(("count", "kills"), LONG)
def test_the_inbox(database: Database, tmp_path: Path, count: int, kills: int) -> None:
    municipality = open_municipality(database, count)
    pile = list(papers(count))
    for paper in pile:
        with database.work(municipality) as session:
            by = Actor.system(municipality, START, "api")
            assert not intake.keep(session, paper.body, paper.name, "http", by).again

    def idle() -> bool:
        with database.read(EVERYONE) as session:
            return not session.scalar(select(func.count()).where(Job.state != "dead"))

    begun = time.monotonic()
    with workers(database, tmp_path / "var", START) as team:
        kill_on_the_way(team, database, count, kills)
        until(idle, "all jobs done")
    print(f"{database.url.get_backend_name()}: {count} documents, {kills} kills, {time.monotonic() - begun:.0f} s")  # noqa: T201
    with database.read(municipality) as session:
        assert [(job.kind, job.last_error) for job in session.scalars(select(Job))] == []
        messages = session.scalars(select(Message)).all()
        assert len(messages) == len(pile), "each is kept once, a duplicate too: its sender holds an id"
        assert {message.state for message in messages} <= {"handled", "unreadable"}
        outcomes = {message.sha256: (message.result or {})["outcome"] for message in messages}
    everything_is_right(database, municipality, pile, outcomes)


@pytest.mark.parametrize(("count", "kills"), LONG)
def test_the_folder(database: Database, tmp_path: Path, count: int, kills: int) -> None:
    municipality = open_municipality(database, count)
    folder = tmp_path / "in"
    (folder / "done").mkdir(parents=True)
    pile = list(papers(count))
    for paper in pile:
        (folder / paper.name).write_bytes(paper.body)
    begun = time.monotonic()
    url = database.url.render_as_string(hide_password=False)
    with crew(2, go_through, url, str(folder), municipality) as team:
        kill_on_the_way(team, database, count * 9 // 10, kills)  # one in twenty is a duplicate and leaves nothing
        until(lambda: not list(folder.glob("*.xml")), "all files put away")
        assert all(member.is_alive() for member in team.members)
    print(f"{database.url.get_backend_name()}: {count} files, {kills} kills, {time.monotonic() - begun:.0f} s")  # noqa: T201
    with database.read(municipality) as session:
        messages = session.scalars(select(Message)).all()
        assert len({message.sha256 for message in messages}) == len(messages)
        outcomes = dict.fromkeys((fingerprint(paper.body) for paper in pile), "duplicate")
        outcomes |= {message.sha256: (message.result or {})["outcome"] for message in messages}
    everything_is_right(database, municipality, pile, outcomes)
    again = intake.take(database, municipality, pile[0].body, "again.xml", START, "cli", "folder")
    assert (again["outcome"], again["reasons"][0]) == ("duplicate", "duplicate_bytes")


def everything_is_right(database: Database, municipality: int, pile: Sequence[Paper], outcomes: dict[str, str]) -> None:
    """One outcome for each paper, one invoice for each that is one, one posting for each that is posted; quantities and money agree."""
    for paper in pile:
        assert outcomes[fingerprint(paper.body)] in paper.may_become, paper.name
    told = Counter(outcomes.values())
    # Of the two that are the same, or want the same goods, exactly one is posted.
    assert told["duplicate"] == told["rejected"] / 2 == len(pile) / 20
    assert told["held"] == len(pile) / 10
    by = Actor.system(municipality, START + timedelta(days=2), "cli")
    with database.work(municipality) as session:
        invoices = session.scalars(select(invoicing.Invoice)).all()
        assert Counter(one.outcome for one in invoices if one.outcome != "rejected") == {
            "posted": told["posted"],
            "held": told["held"],
        }
        assert not [
            key for key, times in Counter((one.supplier_key, one.number) for one in invoices).items() if times > 1
        ]
        posted = {one.id: one.gross for one in invoices if one.state == "posted"}
        postings = session.scalars(select(invoicing.Posting)).all()
        assert sorted(one.invoice_id for one in postings) == sorted(posted), "each is posted exactly once"
        sums: dict[int, Amount] = {}
        for line in session.scalars(select(invoicing.PostingLine)):
            sums[line.posting_id] = sums.get(line.posting_id, NOTHING) + line.amount
        assert set(sums) == {one.id for one in postings}
        assert all(total == NOTHING for total in sums.values()), "debit is credit"
        assert all(one.gross == posted[one.invoice_id] for one in postings)

        invoiced: Counter[int] = Counter()
        for match in session.scalars(select(invoicing.InvoiceMatch)):
            if match.invoice_id in posted:
                invoiced[match.order_line_id] += match.quantity  # type: ignore[assignment]
        orders = session.scalars(select(ordering.PurchaseOrder.id)).all()
        for order in ordering.order_pictures(session, orders):
            for line in order.lines:
                assert line.invoiced == invoiced[line.id] <= line.ordered, (order.number, line)
                assert line.invoiced in (0, line.ordered)

        events = Counter(
            (event.event, event.thing_id)
            for event in session.scalars(select(audit.AuditEvent).where(audit.AuditEvent.thing_type == "invoice"))
        )
        for one in invoices:
            assert events["invoice_received", one.id] == 1
            assert events["invoice_posted", one.id] == (one.id in posted)
        costs = select(func.count()).where(ordering.TransactionCost.step == "invoice")
        matched = {one.id for one in invoices if one.order_ids}
        assert session.scalar(costs) == len(matched)
        assert list(invoicing.replay(session, None, by)) == []
        while audit.seal(session, by.at):
            pass
        assert audit.broken_seals(session) == []
