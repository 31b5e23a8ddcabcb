"""A UBL catalogue cut into its lines as the bytes they stand in, so that a line that stands as it stood before is known without being read.

A start tag begins with `<`, and in XML without comments, CDATA and processing instructions nothing else does; so there the lines are where
their tags are. At the first byte that could be something else the cutting stops, and the ordinary parser goes on from there: a catalogue
is read alike whichever way. A line's `imprint` is a number of its bytes, of the root's start tag that gives its prefixes their meaning,
and of the catalogue's own last day.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, BinaryIO, Final, NamedTuple

from lxml import etree

BLOCK: Final = 1 << 20
_HEAD: Final = 1 << 16
"""Bytes within which the first line must begin."""
_LONGEST: Final = 16 << 20
"""Bytes of one line, above which the ordinary parser says what is wrong with it."""
_AS_ASCII: Final = {"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}
"""Encodings in which no byte of another character looks like a `<`."""
_ROOT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?P<declaration><\?xml[^<>]*\?>)?\s*(?:<!--(?:(?!--).)*-->\s*)*(?P<root><(?P<name>[\w.:-]+)(?:\s[^<>]*)?>)",
    re.DOTALL,
)
_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["']([^"']+)["']""")
_SPACE: Final = re.compile(rb"\s*")
_REF: Final = re.compile(rb"<[\w.-]+:ID(?:\s[^<>]*)?>\s*([^<&]*?)\s*</")


class Repeated(NamedTuple):
    """A line that stands as a known one did. `place`: where among the known; `ref`: its own id, as it is written."""

    number: int
    place: int
    ref: str | None


class Piece(NamedTuple):
    """A line's bytes, what is known of it, and where in the file it begins."""

    text: bytes
    imprint: int
    offset: int


class CutLines:
    """The lines of a file as `pieces()`; `rest()` is what the ordinary parser has to read after them, as a file of its own."""

    def __init__(self, file: BinaryIO, prefix: bytes, ending: bytes, tag: bytes, valid_to: date | None) -> None:
        self.prefix, self.ending = prefix, ending
        self._file = file
        self._start, self._end = b"<" + tag, b"</" + tag + b">"
        self._base = blake2b(b"%s %s" % (prefix, str(valid_to).encode()), digest_size=8)
        self._held = b""
        self.offset = 0
        """Where in the file what has not been cut begins."""

    def pieces(self) -> Iterator[Piece]:
        held, at = self._held, 0
        start, end = self._start, self._end
        after = (b">", b" ", b"\t", b"\n", b"\r")
        while True:
            begin = _SPACE.match(held, at).end()  # type: ignore[union-attr]
            close = held.find(end, begin)
            if close < 0:
                self._held, at = held[at:], 0
                block = self._file.read(BLOCK) if len(self._held) < _LONGEST else b""
                if not block:
                    return
                held = self._held = self._held + block
                continue
            close += len(end)
            text = held[begin:close]
            clear = text.startswith(start) and text[len(start) : len(start) + 1] in after and start not in text[1:]
            if not clear or _unclear(text):
                self._held = held[at:]
                return
            imprint = self._base.copy()
            imprint.update(text)
            yield Piece(text, int.from_bytes(imprint.digest(), "big", signed=True), self.offset + begin - at)
            self.offset += close - at
            at = close

    def parsed(self, pieces: Sequence[Piece], parser: Any) -> Any:
        """The pieces as elements of one root. XMLSyntaxError."""
        return etree.fromstring(b"".join([self.prefix, *[piece.text for piece in pieces], self.ending]), parser)

    def rest(self) -> "_Rest":
        return _Rest(self.prefix, self._held, self._file)


def _unclear(text: bytes) -> bool:
    """Whether something in it may look like a tag and be none."""
    return b"<!" in text or b"<?" in text


class _Rest:
    """The root's start tag, what was read and not cut, and the file after it."""

    def __init__(self, prefix: bytes, held: bytes, file: BinaryIO) -> None:
        self._before, self._file = prefix + held, file

    def read(self, size: int = -1) -> bytes:
        if self._before:
            part, self._before = (self._before, b"") if size < 0 else (self._before[:size], self._before[size:])
            return part
        return self._file.read(size)


def cut(file: BinaryIO, line: str, valid_to: date | None, parser: Any) -> CutLines | None:
    """The file (at its beginning) cut at elements named `line` ({namespace}Name); None where it must be parsed as a whole."""
    head = file.read(_HEAD)
    found = _ROOT.match(head)
    encoding = _ENCODING.search(found["declaration"] or b"") if found else None
    if found is None or (encoding and encoding[1].decode("ascii", "replace").lower() not in _AS_ASCII):
        return None
    prefix = (found["declaration"] or b"") + found["root"]
    ending = b"</%s>" % found["name"]
    try:
        root = etree.fromstring(prefix + ending, parser)
    except etree.XMLSyntaxError:
        return None
    namespace, _, name = line[1:].rpartition("}")
    marks = [mark for mark, uri in root.nsmap.items() if uri == namespace and mark]
    if len(marks) != 1:
        return None
    tag = f"{marks[0]}:{name}".encode()
    first = head.find(b"<" + tag, found.end())
    if first < 0 or _unclear(head[found.end() : first]):
        return None
    file.seek(first)
    lines = CutLines(file, prefix, ending, tag, valid_to)
    lines.offset = first
    return lines


class Known:
    """The imprints of lines that are known, sorted; each is met once."""

    def __init__(self, imprints: array) -> None:  # type: ignore[type-arg]
        self.imprints = imprints
        self._met = bytearray(len(imprints))

    def meet(self, piece: Piece, number: int) -> Repeated | None:
        """The piece as a known line, met for the first time; else None."""
        place = bisect_left(self.imprints, piece.imprint)
        if place == len(self.imprints) or self.imprints[place] != piece.imprint or self._met[place]:
            return None
        self._met[place] = 1
        ref = _REF.search(piece.text, 0, 400)
        return Repeated(number, place, ref[1].decode("utf-8", "replace") or None if ref else None)
