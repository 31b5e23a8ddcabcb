"""How our rules and the official ones are held against each other on the documents of ../shared/standards.

`compared` walks the corpus once: whole documents with their official verdict (expected.jsonl) and the fragments of the
official unit suites (manifest.jsonl), each judged by the book that its rule set belongs to.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from eshop.ubl.profiles import Profile
from eshop.ubl.reading import open_document
from eshop.ubl.rules import judge_by
from eshop.ubl.rules.books import BOOKS, name_of

WHOLE_SUITES = {"CEN-EN16931-UBL": "en16931", "PEPPOL-EN16931-UBL": "peppol-billing"}


@dataclass(frozen=True)
class Compared:
    """One document: what the official rules fired, what ours did, which of the official ones we have, and what was asked."""

    file: str
    book: str
    fired: frozenset[str]
    ours: frozenset[str]
    asked: frozenset[str]
    valid: bool
    officially_valid: bool | None
    findings: tuple[str, ...]

    @property
    def missed(self) -> set[str]:
        return set((self.fired - self.ours) & self.asked)

    @property
    def invented(self) -> set[str]:
        return set((self.ours - self.fired) & self.asked)


@dataclass
class Tally:
    """How often a rule answered alike (fired on both sides, or on neither) and not."""

    fired: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    missed: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    invented: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: Compared) -> None:
        for rule in one.asked:
            if rule in one.missed:
                self.missed[rule].append(one.file)
            elif rule in one.invented:
                self.invented[rule].append(one.file)
            elif rule in one.fired:
                self.fired[rule] += 1
            else:
                self.kept[rule] += 1


def rules_in(book: str) -> frozenset[str]:
    return frozenset(rule.id for rule in BOOKS[book].rules)


def _judged(
    path: Path, file: str, book: str, fired: set[str], only: set[str] | None, officially_valid: bool | None
) -> Compared:
    judgement = judge_by(open_document(path.read_bytes())[1], book)
    ours = frozenset(found.rule for found in judgement.findings if found.rule)
    # Where a value could not be read the later layers were not asked; a document then says only what was expected of it.
    stopped = len(judgement.not_judged) > 1
    asked = rules_in(book) if only is None else frozenset(only) & rules_in(book)
    if stopped:
        asked = asked & ours
    return Compared(
        file,
        book,
        frozenset(fired),
        ours,
        asked,
        judgement.valid,
        officially_valid,
        tuple(f"{found.rule or found.code} {found.where}" for found in judgement.errors),
    )


def whole_documents(standards: Path) -> Iterator[Compared]:
    """Documents with an official verdict, of the types we have rules for."""
    for recorded in sorted(standards.rglob("expected.jsonl")):
        for row in map(json.loads, recorded.read_text(encoding="utf-8").splitlines()):
            if row["valid"] is None:
                continue
            path = recorded.parent / row["file"]
            identification, document = open_document(path.read_bytes())
            profile = identification.profile
            book = name_of(document, profile.name) if isinstance(profile, Profile) else None
            if book is not None:
                fired = {*row["official_errors"], *row["official_warnings"]}
                yield _judged(path, str(path.relative_to(standards)), book, fired, None, row["valid"])


def fragments(standards: Path) -> Iterator[Compared]:
    """The official unit suites. A suite that ran one of two sheets is compared on the rules of that sheet."""
    for recorded in sorted(standards.rglob("manifest.jsonl")):
        for row in map(json.loads, recorded.read_text(encoding="utf-8").splitlines()):
            sheets = row["rule_set"]
            billing = [WHOLE_SUITES[sheet] for sheet in sheets if sheet in WHOLE_SUITES]
            book = (
                "peppol-billing"
                if "peppol-billing" in billing
                else (billing or [sheets[0].removeprefix("PEPPOLBIS-")])[0]
            )
            if book not in BOOKS:
                continue
            path = recorded.parent / row["file"]
            only = None
            if sheets == ["PEPPOL-EN16931-UBL"]:
                only = {rule for rule in rules_in(book) if not rule.startswith(("BR-", "UBL-"))}
            yield _judged(path, str(path.relative_to(standards)), book, set(row["official_fired"]), only, None)


def report(line: str) -> None:
    """A line of the report: shown with `pytest -rP`, or at once where the test lets it through."""
    sys.stdout.write(line + "\n")
