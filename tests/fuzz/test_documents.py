"""Mutated documents: no traceback, no document that takes longer than two seconds, memory bounded.

Each document is number SEED of a list that is the same everywhere; a failing one is written to var/fuzz and is made again with
`mutations.worse(seed, originals)`. `make fuzz` looks at 200,000.
"""

import gc
import json
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eshop import intake, ubl
from eshop.db import Database
from eshop.exchange import Message
from eshop.ubl import rules
from eshop.ubl.reading import DOCUMENTS
from tests.bench import documents
from tests.fuzz.mutations import worse
from tests.soak.crew import START
from tests.soak.trade import open_municipality

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 2.0
"""Seconds for one document; of the process's own time, so that a busy machine is no failure."""
MEMORY = 400 * 2**20
"""Bytes that a thousand documents and more may add to the process at its highest."""
SHARES = 40
"""`make fuzz` is cut into so many tests of each kind, for all processors to have some."""


def _shares(of_each: int) -> list[Any]:
    """Ranges of seeds: a short one, and long ones for `make fuzz`."""
    long = [
        pytest.param(range(start, start + of_each // SHARES), marks=pytest.mark.fuzz, id=f"from-{start}")
        for start in range(1_000_000, 1_000_000 + of_each, of_each // SHARES)
    ]
    return [pytest.param(range(250), id="short"), *long]


class TooSlow(BaseException):
    """Nobody catches it on the way."""


@pytest.fixture(scope="session")
def originals() -> list[bytes]:
    """The project's own documents, and invoices for open orders."""
    own = [file.read_bytes() for file in sorted((ROOT / "tests/data/ubl").glob("*.xml"))]
    return own + [documents.invoice(number) for number in range(1, 11)]


@pytest.fixture(scope="session")
def real_originals(corpus: Path, originals: list[bytes]) -> list[bytes]:
    """And the real ones of a size that people send."""
    files = [file for part in ("standards", "control-sample") for file in sorted((corpus / part).rglob("*.xml"))]
    return originals + [file.read_bytes() for file in files if 0 < file.stat().st_size < 60_000]


@pytest.fixture
def watched() -> Iterator[Callable[[int, bytes, Callable[[bytes], object]], None]]:
    """`watched(seed, body, act)`: the act ends well and in time, or the document is kept and the test fails."""

    def stop(*_: object) -> None:
        raise TooSlow(f"more than {LIMIT} s")

    before = signal.signal(signal.SIGPROF, stop)
    gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def watch(seed: int, body: bytes, act: Callable[[bytes], object]) -> None:
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        try:
            act(body)
            signal.setitimer(signal.ITIMER_PROF, 0)
            spent = time.process_time() - begun
            # A loop in C hears no signal; it is seen afterwards.
            if spent > LIMIT:
                raise TooSlow(f"{spent:.1f} s")
        except BaseException as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            file = ROOT / "var/fuzz" / f"{seed}.xml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
            error.add_note(f"document {seed}, kept in {file}")
            raise

    yield watch
    signal.signal(signal.SIGPROF, before)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024
    assert grown < MEMORY, f"memory grew by {grown / 2**20:.0f} MB"


def read_and_judge(body: bytes) -> None:
    """What every door does first. A refusal with a code is an answer; whatever else is raised is a traceback."""
    try:
        identification, document = ubl.open_document(body)
    except ubl.UnreadableDocument:
        return
    assert type(document) in DOCUMENTS.values()
    judgement = rules.check(document, identification.profile)
    assert all(finding.code and finding.severity for finding in judgement.findings)
    for party in (ubl.seller_of(document), ubl.buyer_of(document)):
        ubl.numbers_of(party)
        ubl.name_of(party)


@pytest.mark.parametrize("seeds", _shares(100_000))
def test_own_documents_made_worse(watched: Any, originals: list[bytes], seeds: range) -> None:
    for seed in seeds:
        watched(seed, worse(seed, originals), read_and_judge)


@pytest.mark.corpus
@pytest.mark.parametrize("seeds", _shares(80_000))
def test_real_documents_made_worse(watched: Any, real_originals: list[bytes], seeds: range) -> None:
    for seed in seeds:
        watched(seed, worse(seed, real_originals), read_and_judge)


OUTCOMES = {"posted", "held", "suggested", "manual", "duplicate", "rejected", "recorded"}


@pytest.mark.parametrize("seeds", _shares(20_000))
def test_worse_documents_are_taken_in(
    watched: Any, sqlite_database: Database, originals: list[bytes], seeds: range
) -> None:
    """The whole of intake: each has one of the outcomes, an answer that is JSON, and a message that is done with."""
    municipality = open_municipality(sqlite_database, 20)

    def take(body: bytes) -> None:
        answer = intake.take(sqlite_database, municipality, body, "fuzz.xml", START, "api", "http")
        assert answer["outcome"] in OUTCOMES
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer

    for seed in seeds:
        watched(seed, worse(seed, originals), take)
    with sqlite_database.read(municipality) as session:
        assert not session.query(Message).where(Message.state == "taken").count()
