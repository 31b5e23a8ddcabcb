"""Bytes from outside to documents: what is it, and what does it say. Safe on hostile input.

No DTD is ever loaded (an external DOCTYPE is ignored, an internal subset refused), no entity is resolved, nothing is fetched,
size and depth are bounded. The encoding is the one declared. What is no readable document raises UnreadableDocument; what is
readable but says something unreadable in a place (an amount 'NaN') is a problem of the document, which is read all the same.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, cast
from xml.parsers import expat

from lxml import etree

from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.ubl import documents
from eshop.ubl.binding import CAC, CBC, Problems, read_element, reader_of
from eshop.ubl.documents import Catalogue
from eshop.ubl.envelopes import SBDH, Envelope, read_envelope
from eshop.ubl.lines import CatalogueLine
from eshop.ubl.profiles import Profile, recognise
from eshop.ubl.values import Document

MAX_BYTES: Final = 40 * 2**20
"""The largest document that is taken: an invoice with 20 MB of PDF inside is 27 MB. A catalogue of any size is streamed by
`read_catalogue_lines`."""
MAX_TEXT_BYTES: Final = 10_000_000
"""The parser's own limit for one text; what is embedded may be longer."""
MAX_DEPTH: Final = 256
"""The parser's own limit for elements in one another."""
MAX_LINE_BYTES: Final = 8 * 2**20
"""The most that may stand between two lines of a streamed catalogue: memory stays bounded whatever is sent."""

UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
DOCUMENTS: Final[dict[str, type[Document]]] = {
    f"{{{UBL}{table.__name__}-2}}{table.__name__}": table
    for table in vars(documents).values()
    if isinstance(table, type) and issubclass(table, Document) and table is not Document
}
"""The document classes by the full tag of their root."""
for _table in DOCUMENTS.values():
    reader_of(_table)

_HARDENED: Final[dict[str, Any]] = {
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "no_network": True,
    "resolve_entities": False,
    "remove_comments": True,
    "remove_pis": True,
    "remove_blank_text": True,
}


class UnreadableDocument(BadInput):
    """The bytes are no document that can be read. `code` says why, `values` where (`line`) and what."""


@dataclass(frozen=True, slots=True)
class Identification:
    """What a document says it is.

    `document_type` is the local name of its root ('Invoice'; of foreign XML whatever it is: 'cXML', 'CrossIndustryInvoice'),
    `readable` whether `read` knows the type, `sbdh` the envelope it came in.
    """

    document_type: str
    namespace: str
    customization_id: str | None
    profile_id: str | None
    profile: Profile | None
    sbdh: Envelope | None
    readable: bool


def identify(data: bytes) -> Identification:
    """What `data` is, unwrapped from an SBDH. Any well-formed XML is answered; else UnreadableDocument."""
    return _identification(*_unwrap(_parse(data)))


def read(data: bytes) -> Document:
    """The document in `data`, unwrapped from an SBDH, with `problems` where something in it could not be read.

    Raises UnreadableDocument: `empty_file`, `compressed_file`, `document_too_large`, `not_xml`, `truncated_xml`, `hostile_xml`,
    `wrong_encoding`, `xml_too_deep`, `envelope_without_document`, `unknown_document_type`.
    """
    return open_document(data)[1]


def open_document(data: bytes) -> tuple[Identification, Document]:
    """`identify` and `read` in one parse."""
    root, sbdh = _unwrap(_parse(data))
    identification = _identification(root, sbdh)
    table = DOCUMENTS.get(cast(str, root.tag))
    if table is None:
        raise UnreadableDocument("unknown_document_type", type=identification.document_type)
    return identification, _read_root(table, root)


def _read_root(table: type[Document], root: etree._Element) -> Document:
    problems: Problems = []
    try:
        document = read_element(table, root, problems)
    except RecursionError:
        raise UnreadableDocument("xml_too_deep") from None
    if problems:
        # In place: it has just been made and nobody else has seen it.
        object.__setattr__(document, "problems", tuple(problems))
    return document


def parse_foreign(data: bytes) -> etree._Element:
    """The root of XML that is not UBL, read as safely: for the formats beside it. Raises UnreadableDocument as `read` does."""
    return _parse(data)


def file_bytes(path: Path) -> bytes:
    """The bytes of a document's file; one that is too large is refused by its size, without being read."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UnreadableDocument("document_too_large", size=size, size_limit=MAX_BYTES)
    return path.read_bytes()


def _parse(data: bytes) -> etree._Element:
    if len(data) > MAX_BYTES:
        raise UnreadableDocument("document_too_large", size=len(data), size_limit=MAX_BYTES)
    if not data.strip():
        raise UnreadableDocument("empty_file")
    _refuse_compressed(data)
    try:
        root = etree.fromstring(data, etree.XMLParser(**_HARDENED))
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        refusal = _unreadable(error, data)
        if refusal.code != "document_too_large":
            raise refusal from None
        return _parse_with_large_attachments(data)
    if root.getroottree().docinfo.internalDTD is not None:
        _refuse_internal_subset(data)
        _refuse_entities(root)
    return root


def _parse_with_large_attachments(data: bytes) -> etree._Element:
    """Once more without the parser's own limits, each of which is held here: no DOCTYPE at all, nothing deep, and nothing long but what
    is embedded."""
    if _doctype(data) is not None:
        raise UnreadableDocument("hostile_xml", line=1)
    try:
        root = etree.fromstring(data, etree.XMLParser(**_HARDENED, huge_tree=True))
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise _unreadable(error, data) from None
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise UnreadableDocument("xml_too_deep", line=element.sourceline)
        embedded = element.tag == f"{{{CBC}}}EmbeddedDocumentBinaryObject"
        texts = (element.tail, *element.attrib.values(), *(() if embedded else (element.text,)))
        if any(text and len(text) > MAX_TEXT_BYTES for text in texts):
            raise UnreadableDocument("document_too_large", size=len(data), size_limit=MAX_TEXT_BYTES)
    return root


def _refuse_compressed(start: bytes) -> None:
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise UnreadableDocument("compressed_file")


def _unreadable(error: Exception, data: bytes) -> UnreadableDocument:
    """The refusal that a parser's error amounts to; `data` is what was parsed last, its end tells whether it broke off."""
    if not isinstance(error, etree.XMLSyntaxError):
        return UnreadableDocument("not_xml", line=1)
    line, said, kinds = error.position[0], error.msg or "", etree.ErrorTypes
    if error.code == kinds.ERR_RESOURCE_LIMIT and "depth" in said:
        return UnreadableDocument("xml_too_deep", line=line)
    if error.code == kinds.ERR_RESOURCE_LIMIT and "too long" in said:
        return UnreadableDocument("document_too_large", size=len(data), size_limit=MAX_TEXT_BYTES)
    if error.code in (kinds.ERR_RESOURCE_LIMIT, kinds.ERR_ENTITY_LOOP, kinds.ERR_UNDECLARED_ENTITY):
        return UnreadableDocument("hostile_xml", line=line)
    if error.code in (kinds.ERR_INVALID_ENCODING, kinds.ERR_UNSUPPORTED_ENCODING, kinds.ERR_UNKNOWN_ENCODING):
        return UnreadableDocument("wrong_encoding", line=line)
    begun = data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")
    if error.code == kinds.ERR_TAG_NOT_FINISHED or (begun and not data.rstrip(b" \t\r\n\0").endswith(b">")):
        return UnreadableDocument("truncated_xml", line=line)
    return UnreadableDocument("not_xml", line=line)


class _Enough(Exception):
    """The prologue has been seen."""


def _doctype(prologue: bytes) -> bool | None:
    """Whether the DOCTYPE declares anything itself; None where there is none. Asked of expat, which says exactly this, and is stopped at
    the first element. What it cannot decode is True: nobody could say what is declared there."""
    inside: list[bool] = []
    begun: list[str] = []

    def doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        inside.append(bool(has_internal_subset))
        raise _Enough

    def stop(name: str, _: Any) -> None:
        begun.append(name)
        raise _Enough

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = stop
    with contextlib.suppress(_Enough, expat.ExpatError, ValueError, LookupError):
        parser.Parse(prologue, False)
    if begun:
        return None
    return inside != [False]


def _refuse_internal_subset(prologue: bytes) -> None:
    """A DOCTYPE may name an external DTD (it is ignored); declarations of its own are how bombs and leaks are built."""
    if _doctype(prologue) is not False:
        raise UnreadableDocument("hostile_xml", line=1)


def _refuse_entities(element: etree._Element) -> None:
    """With an external DTD that is not read, an entity has no meaning: its text would be missing without a word."""
    entity = next(element.iter(etree.Entity), None)
    if entity is not None:
        raise UnreadableDocument("hostile_xml", line=entity.sourceline)


def _unwrap(root: etree._Element) -> tuple[etree._Element, Envelope | None]:
    if root.tag != f"{{{SBDH}}}StandardBusinessDocument":
        return root, None
    inside = [child for child in root if not cast(str, child.tag).startswith(f"{{{SBDH}}}")]
    if len(inside) != 1:
        raise UnreadableDocument("envelope_without_document")
    return inside[0], read_envelope(root)


def _identification(root: etree._Element, sbdh: Envelope | None) -> Identification:
    name = etree.QName(root)
    customization, profile_id = (_stated(root, element) for element in ("CustomizationID", "ProfileID"))
    known = cast(str, root.tag) in DOCUMENTS
    ubl = (name.namespace or "").startswith(UBL)
    return Identification(
        document_type=name.localname,
        namespace=name.namespace or "",
        customization_id=customization,
        profile_id=profile_id,
        profile=recognise(customization, profile_id) if ubl else None,
        sbdh=sbdh,
        readable=known,
    )


def _stated(root: etree._Element, element: str) -> str | None:
    text = root.findtext(f"{{{CBC}}}{element}")
    return text.strip() if text and text.strip() else None


# Catalogues, streamed


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line of a streamed catalogue: its place in the file (1 is the first), what it says, and what could not be read."""

    number: int
    line: CatalogueLine
    problems: tuple[Finding, ...]


_LINE: Final = f"{{{CAC}}}CatalogueLine"
_CATALOGUE: Final = f"{{{UBL}Catalogue-2}}Catalogue"


class _Metered:
    """A file for the parser that refuses to go on when too much has come since the last line."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.prologue = self.last = b""
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        if not self.prologue:
            if not chunk.strip():
                raise UnreadableDocument("empty_file")
            _refuse_compressed(chunk)
            self.prologue = chunk
        self.last = chunk or self.last
        self.since += len(chunk)
        if self.since > MAX_LINE_BYTES:
            raise UnreadableDocument("document_too_large", size=self.since, size_limit=MAX_LINE_BYTES)
        return chunk


class CatalogueStream:
    """A catalogue read line by line in constant memory: `identification` and `header` at once, then iterate over it.

    The header is the Catalogue without its lines. Iterating yields ReadLine and can be done once; a file that breaks off
    raises UnreadableDocument when the break is reached, so a reader must not take lines for good before the end.
    Closes its file at the end, or as a context manager.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._metered = _Metered(source)
        self._events = etree.iterparse(self._metered, events=("end",), tag=(_LINE, _CATALOGUE), **_HARDENED)
        try:
            self._first = self._next()
            root = self._first if self._first.tag == _CATALOGUE else self._first.getparent()
            assert root is not None
            self._has_doctype = root.getroottree().docinfo.internalDTD is not None
            if self._has_doctype:
                _refuse_internal_subset(self._metered.prologue)
            top = root.getroottree().getroot()
            sbdh = read_envelope(top) if top is not root else None
            self.identification = _identification(root, sbdh)
            self.header = cast(Catalogue, replace(_read_root(Catalogue, root), catalogue_lines=()))
        except BaseException:
            self.close()
            raise

    def _next(self) -> etree._Element:
        try:
            return cast(etree._Element, next(self._events)[1])
        except StopIteration:
            root = self._events.root
            kind = etree.QName(root).localname if root is not None else ""
            raise UnreadableDocument("unknown_document_type", type=kind) from None
        except (etree.XMLSyntaxError, LookupError, ValueError) as error:
            raise _unreadable(error, self._metered.prologue[:4] + self._metered.last) from None

    def __iter__(self) -> Iterator[ReadLine]:
        with self:
            element, number = self._first, 0
            while element.tag == _LINE:
                number += 1
                if self._has_doctype:
                    _refuse_entities(element)
                problems: Problems = []
                line = cast(CatalogueLine, read_element(CatalogueLine, element, problems))
                yield ReadLine(number, line, tuple(problems))
                element.clear()
                while (before := element.getprevious()) is not None:
                    cast(etree._Element, element.getparent()).remove(before)
                self._metered.since = 0
                element = self._next()

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_catalogue_lines(source: Path | str | bytes | BinaryIO) -> CatalogueStream:
    """The catalogue in a file (or bytes, or an open binary file), streamed. Raises UnreadableDocument as `read` does."""
    if isinstance(source, bytes):
        return CatalogueStream(io.BytesIO(source))
    return CatalogueStream(Path(source).open("rb") if isinstance(source, str | Path) else source)
