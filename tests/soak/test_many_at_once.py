"""The same file by several doors at the same moment: one message, one invoice, one posting, whoever is first."""

import threading
from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select

import invoicing
from eshop import intake
from eshop.db import Database
from eshop.exchange import Message
from eshop.identity import Actor
from tests.bench import documents
from tests.soak.crew import START
from tests.soak.trade import open_municipality

ROUNDS, AT_ONCE = 5, 6


def test_the_same_file_from_two_channels_at_once(database: Database) -> None:
    municipality = open_municipality(database, ROUNDS)
    outcomes: Counter[str] = Counter()
    kept: set[str] = set()
    raised: list[BaseException] = []

    def in_a_folder(body: bytes) -> None:
        outcomes[intake.take(database, municipality, body, "a.xml", START, "cli", "folder")["outcome"]] += 1

    def to_the_inbox(body: bytes) -> None:
        with database.work(municipality) as session:
            kept.add(intake.keep(session, body, "b.xml", "http", Actor.system(municipality, START, "api")).message.uid)

    def run(barrier: threading.Barrier, act: Callable[[bytes], None], body: bytes) -> None:
        barrier.wait()
        try:
            act(body)
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    for number in range(1, ROUNDS + 1):
        barrier, body = threading.Barrier(AT_ONCE), documents.invoice(number)
        doors = [(in_a_folder, to_the_inbox)[place % 2] for place in range(AT_ONCE)]
        threads = [threading.Thread(target=run, args=(barrier, act, body)) for act in doors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert raised == []
    with database.work(municipality) as session:
        messages = session.scalars(select(Message)).all()
        assert len(messages) == ROUNDS
        assert {message.uid for message in messages} == kept, "the inbox names the message that is there"
        by = Actor.system(municipality, START, "worker")
        for message in messages:
            intake.judge_kept(session, message.id, by)  # what the inbox had first is judged by the worker
        assert session.scalar(select(func.count(invoicing.Invoice.id))) == ROUNDS
        assert session.scalar(select(func.count(invoicing.Posting.id))) == ROUNDS
    assert outcomes["posted"] <= ROUNDS
    assert outcomes.total() == outcomes["posted"] + outcomes["duplicate"] == ROUNDS * AT_ONCE // 2
