"""The publishers' own rule sheets, if the operator has laid them out: asked beside our own rules, never in their place.

`ESHOP_OFFICIAL_RULES` is a folder with `index.json` (INTERFACES.md §1) and compiled Schematron sheets (XSLT 2.0 that writes
SVRL). They need the extra `official-rules` (saxonche), take some 10 ms an invoice and hold a Java heap, so they run in one
process of their own (`eshop.ubl.official_worker`) that is spoken to through pipes: a page or an intake never waits for
them unless it asks, a sheet that hangs is killed, and a broken document cannot take the caller down with it.
"""

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from eshop.errors import BadInput, ConfigurationError, EshopError

TIMEOUT = 60.0
"""Seconds for one document. OIOUBL's catalogue sheet is quadratic in lines, so a big catalogue does run into it."""

RENEW_AFTER = 2_000
"""Documents one worker process judges before a fresh one takes over: Saxon's heap does not shrink."""


class SheetFailed(EshopError):
    """The sheets could not judge this document: the worker died, hung, or a sheet stopped on a value it cannot compute."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the official rules say about one document.

    `errors` and `warnings` are rule ids, each once, sorted; `schema_error` is the first sentence of the XSD check, `None`
    where the document is schema-valid or the index names no schema. `valid` is schema-valid and without errors.
    """

    valid: bool
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    schema_error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As `eshop check --official` prints it."""
        shown: dict[str, Any] = {"valid": self.valid, "errors": list(self.errors), "warnings": list(self.warnings)}
        if self.schema_error:
            shown["schema_error"] = self.schema_error
        return shown


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of index.json: which schema and sheets apply to which documents. Paths are absolute."""

    document: str
    customization: str
    schema: Path | None
    sheets: tuple[Path, ...]


def read_index(folder: Path) -> tuple[Entry, ...]:
    """The entries of `folder`/index.json. Raises ConfigurationError that says which file or field is wrong."""
    path = folder / "index.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError("official_index_unusable", path=str(path), reason=str(error)[:200]) from error
    if not isinstance(rows, list):
        raise ConfigurationError("official_index_unusable", path=str(path), reason="not a list")
    return tuple(_entry(folder, number, row) for number, row in enumerate(rows, start=1))


def _entry(folder: Path, number: int, row: object) -> Entry:
    where = str(folder / "index.json")
    if not isinstance(row, Mapping):
        raise ConfigurationError("official_index_unusable", path=where, reason=f"entry {number} is not an object")
    document, customization, sheets = row.get("document"), row.get("customization"), row.get("sheets")
    words = isinstance(document, str) and isinstance(customization, str)
    if not words or not isinstance(sheets, Sequence) or not all(isinstance(sheet, str) for sheet in sheets):
        wanted = f"entry {number} lacks document, customization or sheets"
        raise ConfigurationError("official_index_unusable", path=where, reason=wanted)
    schema = folder / row["schema"] if row.get("schema") else None
    entry = Entry(str(document), str(customization), schema, tuple(folder / str(sheet) for sheet in sheets))
    for path in (*entry.sheets, *([schema] if schema else [])):
        if not path.is_file():
            raise ConfigurationError("official_sheet_missing", path=str(path), entry=number)
    return entry


def entry_for(entries: Sequence[Entry], document: str, customization: str) -> Entry | None:
    """The first entry of that document type whose customization is a part of the document's CustomizationID."""
    return next(
        (entry for entry in entries if entry.document == document and entry.customization in customization), None
    )


class OfficialRules:
    """The sheets of one folder behind one worker process. Safe to share between threads: documents are judged one by one.

    Opening it checks the folder and that saxonche is there (ConfigurationError says which is not); the process starts with
    the first document. Use it as a context manager, or `close()` it.
    """

    def __init__(self, folder: Path, timeout: float = TIMEOUT) -> None:
        self.entries = read_index(folder)
        if importlib.util.find_spec("saxonche") is None:
            raise ConfigurationError("official_extra_missing", extra="official-rules")
        self._folder = folder
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._judged = 0
        self._turn = threading.Lock()

    def check(self, body: bytes) -> Verdict | None:
        """The official verdict on a document (bare or SBDH-wrapped); None where no entry of the index applies.

        Raises BadInput `unreadable` for what is no well-formed XML or holds a document type declaration, and SheetFailed.
        """
        with self._turn:
            answer = self._ask(body)
        if "verdict" in answer:
            found = answer["verdict"]
            return found and Verdict(
                found["valid"], tuple(found["errors"]), tuple(found["warnings"]), found["schema_error"]
            )
        if "unreadable" in answer:
            raise BadInput("unreadable", reason=answer["unreadable"])
        raise SheetFailed("official_failed", reason=answer["failed"])

    def close(self) -> None:
        """Ends the worker process. A later `check` starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, body: bytes) -> dict[str, Any]:
        process = self._worker()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(self._timeout, give_up)
        watch.start()
        try:
            process.stdin.write(len(body).to_bytes(8, "big") + body)
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            watch.cancel()
        if not line.endswith(b"\n"):
            self.close()
            why = f"no answer within {self._timeout:g} s" if late.is_set() else "the process of the sheets ended"
            return {"failed": why}
        self._judged += 1
        return json.loads(line)

    def _worker(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (self._judged >= RENEW_AFTER or self._process.poll() is not None):
            self.close()
        if self._process is None:
            self._judged = 0
            self._process = subprocess.Popen(  # noqa: S603  our own module, run by our own interpreter
                [sys.executable, "-m", "eshop.ubl.official_worker", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process
