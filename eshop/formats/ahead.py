"""Reading ahead: a large catalogue is parsed in a process of its own while the lines before are judged and written.

`python -m eshop.formats FILE` writes frames to standard output: a length, then a pickled heading, chunk of drafts, or error. After the
heading it is told on standard input which lines are known: how many, then their imprints. It is started by `ReadAhead` only, which is its
only reader. The pipe holds it back when the shop is slower, so memory stays bounded.
"""

import pickle
import struct
import subprocess
import sys
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from eshop.errors import BadInput
from eshop.formats.cut_lines import Known, Repeated
from eshop.formats.drafts import Draft, Heading
from eshop.formats.ubl_catalogues import UblCatalogue

WORTH_IT: Final = 8 << 20
"""Bytes from which a second process earns its start."""

_AHEAD: Final = 1 << 20
"""Bytes that may be read ahead: what Linux lets an ordinary user ask for. Other systems keep their own."""

_LENGTH: Final = struct.Struct(">I")
_CHUNK: Final = 250


class ReadAhead:
    """A UBL catalogue that another process reads: `heading`, `position` and `lines()` as `UblCatalogue` has them."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module; the path is one argument
            [sys.executable, "-m", "eshop.formats", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Some 1,500 lines may wait in the pipe, so that reading goes on while a chunk is judged and written.
            pipesize=_AHEAD,
            # Ctrl-C is for the one who waits; this process is ended by it.
            start_new_session=True,
        )
        self.position = 0
        self.known: Known | None = None
        try:
            self.heading: Heading = self._frame()
        except BaseException:
            self.close()
            raise

    def _frame(self) -> Any:
        """The next frame; None at the end. BadInput as the reader raised it."""
        assert self._process.stdout is not None
        length = self._process.stdout.read(_LENGTH.size)
        if len(length) < _LENGTH.size:
            raise BadInput("reading_broke_off")
        kind, content = pickle.loads(self._process.stdout.read(_LENGTH.unpack(length)[0]))  # noqa: S301 our own process
        if kind == "error":
            raise BadInput(content[0], **content[1])
        return content

    def lines(self) -> Iterator[Draft | Repeated]:
        try:
            self._tell_known()
            while (content := self._frame()) is not None:
                self.position, drafts = content
                yield from drafts
        finally:
            self.close()

    def _tell_known(self) -> None:
        assert self._process.stdin is not None
        imprints = b"" if self.known is None else memoryview(self.known.imprints).cast("B")
        with suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(_LENGTH.pack(len(imprints)))
            pipe.write(imprints)

    def close(self) -> None:
        """Ends the other process; for a reader whose lines are not asked for, or not to the end."""
        if self._process.poll() is None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()


def _write(out: BinaryIO, kind: str, content: object) -> None:
    frame = pickle.dumps((kind, content), protocol=5)
    out.write(_LENGTH.pack(len(frame)))
    out.write(frame)
    out.flush()


def serve(path: Path, told: BinaryIO, out: BinaryIO) -> None:
    """What the other process does: reads the file and writes its frames."""
    try:
        reader = UblCatalogue(path)
        _write(out, "heading", reader.heading)
        length = told.read(_LENGTH.size)
        if len(length) < _LENGTH.size:
            return  # nobody wants the lines
        if size := _LENGTH.unpack(length)[0]:
            imprints = array("q")
            imprints.frombytes(told.read(size))
            reader.known = Known(imprints)
        drafts = reader.lines()
        while chunk := list(islice(drafts, _CHUNK)):
            _write(out, "lines", (reader.position, chunk))
        _write(out, "end", None)
    except BadInput as error:
        _write(out, "error", (error.code, error.values))
    except BrokenPipeError:
        pass
