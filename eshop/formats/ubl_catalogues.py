"""UBL catalogues as a stream of drafts: Peppol BIS Catalogue 3 and OIOUBL's Catalogue, CataloguePricingUpdate,
CatalogueItemSpecificationUpdate and CatalogueDeletion.

A catalogue may hold a million lines, and every line some sixty elements of which the shop uses half. So this reader walks one line
at a time with a table of what each element gives, and builds no document; `eshop.ubl` binds every element and is for documents
that fit in the hand. External entities and DTDs are never fetched; a document with an internal DTD is refused.
"""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final

from lxml import etree

from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.formats.cut_lines import CutLines, Known, Piece, Repeated, cut
from eshop.formats.drafts import Draft, Heading, LineAction
from eshop.formats.ubl_lines import CAC, CBC, day_in, read_line, text_of

UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
DOCUMENTS: Final = {
    "Catalogue": "CatalogueLine",
    "CataloguePricingUpdate": "CataloguePricingUpdateLine",
    "CatalogueItemSpecificationUpdate": "CatalogueItemSpecificationUpdateLine",
    "CatalogueDeletion": None,
}
_ROOTS: Final = {f"{{{UBL}{name}-2}}{name}": name for name in DOCUMENTS}
_LINES: Final = tuple(f"{CAC}{name}" for name in DOCUMENTS.values() if name)

_PARTS: Final[dict[str, LineAction]] = {"CataloguePricingUpdate": "Price", "CatalogueItemSpecificationUpdate": "Item"}

_AT_ONCE: Final = 50
"""Lines that are parsed together."""

Element = Any


def _options() -> dict[str, Any]:
    return {
        "resolve_entities": False,
        "load_dtd": False,
        "no_network": True,
        "remove_comments": True,
        "remove_pis": True,
        "remove_blank_text": True,
        "huge_tree": False,
    }


def is_ubl_catalogue(head: bytes) -> bool:
    """Whether the beginning of a file (some 8 kB) is one of the UBL catalogue documents, bare or in an SBDH envelope."""
    plain = head.replace(b"\x00", b"")
    return any(f"xsd:{name}-2".encode() in plain for name in DOCUMENTS)


class UblCatalogue:
    """A catalogue file. `heading` is known once the first line has been met; `lines()` gives the drafts, once.

    BadInput: `not_xml` (broken, says where), `internal_dtd`, `not_a_catalogue`.
    """

    def __init__(self, source: Path | bytes) -> None:
        self._source = source
        self._read = 0
        self._file: Any = self._open()
        self.known: Known | None = None
        """Lines that need not be read again, where somebody has said so before `lines()`."""
        try:
            self._events = self._parse(self._file)
            self._first: Element | None = next(self._events, None)
        except BaseException:
            self._file.close()
            raise
        if not hasattr(self, "heading"):
            raise BadInput("not_a_catalogue")

    def _open(self) -> Any:
        return BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._read if self._file.closed else self._file.tell()

    def _parse(self, file: Any, after: CutLines | None = None) -> Iterator[Element]:
        """The lines of a file, or of what is left of it `after` lines were cut."""
        context: Any = etree.iterparse(file, events=("end",), tag=(*_LINES, *_ROOTS), **_options())
        started = False
        try:
            for _, element in context:
                is_root = element.tag in _ROOTS
                if not started:
                    started = True
                    if not hasattr(self, "heading"):
                        self._begin(element if is_root else element.getparent())
                if is_root:
                    continue
                yield element
                # What has been read is let go: the element, and the ones before it that its parent still holds.
                element.clear()
                parent: Any = element.getparent()
                while element.getprevious() is not None:
                    del parent[0]
        except etree.XMLSyntaxError as error:
            line = error.lineno or 1
            if after is not None:
                line = self._line_at(after.offset, after, line)
            raise BadInput("catalogue_not_xml", line=line) from error

    def _begin(self, root: Element) -> None:
        if root is None or root.tag not in _ROOTS:
            raise BadInput("not_a_catalogue")
        subset = root.getroottree().docinfo.internalDTD
        if subset is not None and (list(subset.iterelements()) or list(subset.iterentities())):
            raise BadInput("internal_dtd")
        self.heading = _heading(root)

    def close(self) -> None:
        """For a reader whose lines are not asked for, or not to the end."""
        if not self._file.closed:
            self._read = self._file.tell()
            self._file.close()

    def lines(self) -> Iterator[Draft | Repeated]:
        """Every line, numbered from 1 in the order of the file; what stands as a known line did only as that."""
        action = _PARTS.get(self.heading.document_type)
        number = 0
        try:
            pieces = self._cut() if self._first is not None and action is None else None
            if pieces is not None:
                for line in self._cut_lines(pieces):
                    number += 1
                    yield line
                self._events = self._parse(pieces.rest(), pieces)
            elif self._first is not None:
                number = 1
                yield read_line(self._first, 1, action)
            self._first = None
            for element in self._events:
                number += 1
                yield read_line(element, number, action)
        finally:
            self.close()

    def _cut(self) -> CutLines | None:
        """The file from its beginning again, cut into lines."""
        file = self._open()
        pieces = cut(file, _LINES[0], self.heading.valid_to, etree.XMLParser(**_options()))
        if pieces is None:
            file.close()
            return None
        self._file.close()
        self._file = file
        return pieces

    def _cut_lines(self, cut_lines: CutLines) -> Iterator[Draft | Repeated]:
        """The lines as long as they can be cut, some at a time."""
        parser, known, number = etree.XMLParser(**_options()), self.known, 0
        pieces = cut_lines.pieces()
        while together := list(islice(pieces, _AT_ONCE)):
            found: list[Repeated | None] = [None] * len(together)
            if known is not None:
                found = [known.meet(piece, number + place) for place, piece in enumerate(together, 1)]
            unread = [piece for piece, repeated in zip(together, found, strict=True) if repeated is None]
            drafts = self._drafts(cut_lines, unread, parser) if unread else iter(())
            for repeated in found:
                number += 1
                if repeated is not None:
                    yield repeated
                    continue
                draft = next(drafts)
                draft.number = number
                yield draft

    def _drafts(self, cut_lines: CutLines, pieces: list[Piece], parser: Any) -> Iterator[Draft]:
        """BadInput `catalogue_not_xml` with the line of the file it is at."""
        try:
            elements = list(cut_lines.parsed(pieces, parser))
        except etree.XMLSyntaxError as error:
            for piece in pieces:
                try:
                    cut_lines.parsed([piece], parser)
                except etree.XMLSyntaxError as one:
                    line = self._line_at(piece.offset, cut_lines, one.lineno or 1)
                    raise BadInput("catalogue_not_xml", line=line) from one
            raise BadInput("catalogue_not_xml", line=self._line_at(pieces[0].offset, cut_lines, 1)) from error
        for piece, element in zip(pieces, elements, strict=True):
            draft = read_line(element, 0)
            draft.imprint = piece.imprint
            yield draft

    def _line_at(self, offset: int, cut_lines: CutLines, line: int) -> int:
        """Where in the file the `line` of something is that was parsed after the root's start tag, and begins at `offset` there."""
        count, left = line - cut_lines.prefix.count(b"\n"), offset
        with self._open() as file:
            while left > 0 and (block := file.read(min(left, 1 << 20))):
                count, left = count + block.count(b"\n"), left - len(block)
        return count


# --- the heading -------------------------------------------------------------------------------------------------------


def _find_text(element: Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else text_of(found)


def _path(*names: str) -> str:
    return "/".join(f"{CBC if name[0] == '.' else CAC}{name.lstrip('.')}" for name in names)


_ID: Final = f"{CBC}ID"


def _heading(root: Element) -> Heading:
    document_type = _ROOTS[root.tag]
    customization = _find_text(root, f"{CBC}CustomizationID") or ""
    if "peppol" in customization:
        document_format = "peppol-bis-3"
    elif customization.upper().startswith("OIOUBL"):
        document_format = "oioubl-2.1"
    else:
        document_format = "ubl-2.1"
    heading = Heading(document_type, document_format)
    heading.document_id = _find_text(root, _ID)
    heading.version = _find_text(root, f"{CBC}VersionID")
    heading.profile = _find_text(root, f"{CBC}ProfileID")
    heading.name = _find_text(root, f"{CBC}Name")
    heading.issue_date = _heading_day(root, f"{CBC}IssueDate", heading)
    period = root.find(f"{CAC}ValidityPeriod")
    if period is not None:
        heading.valid_from = _heading_day(period, f"{CBC}StartDate", heading)
        heading.valid_to = _heading_day(period, f"{CBC}EndDate", heading)
    if document_type == "CatalogueDeletion":
        heading.action = "Delete"
    elif document_type != "Catalogue" or document_format == "oioubl-2.1":
        # OIOUBL has line actions only: a file says what it adds, updates and deletes, and is silent about the rest.
        heading.action = "Update"
    else:
        given = _find_text(root, f"{CBC}ActionCode")
        if given in ("Add", "Replace", "Update", "Delete"):
            heading.action = given
        elif given is not None:
            heading.problems.append(Finding("catalogue_action_unknown", "error", "ActionCode", {"value": given}))
    contract = root.find(f"{CAC}ReferencedContract")
    if contract is not None:
        heading.contract = _find_text(contract, _ID) or _find_text(contract, _path("ContractDocumentReference", ".ID"))
    heading.related = _find_text(root, _path("DeletedCatalogueReference", ".ID")) or _find_text(
        root, _path("RelatedCatalogueReference", ".ID")
    )
    provider = root.find(f"{CAC}ProviderParty")
    seller = root.find(_path("SellerSupplierParty", "Party"))
    numbers = _numbers_of(seller) or _numbers_of(provider)
    heading.supplier_numbers = numbers
    heading.supplier_name = _party_name(seller) or _party_name(provider)
    return heading


def _heading_day(element: Element, path: str, heading: Heading) -> date | None:
    text = _find_text(element, path)
    if text is None:
        return None
    day = day_in(text)
    if day is None:
        heading.problems.append(
            Finding("value_not_a_day", "error", path.rpartition("}")[2], {"field": "", "value": text})
        )
    return day


def _numbers_of(party: Element | None) -> tuple[str, ...]:
    """Every number that names a party: endpoint, identifications, company id."""
    if party is None:
        return ()
    found = [
        *party.findall(f"{CBC}EndpointID"),
        *party.findall(_path("PartyIdentification", ".ID")),
        *party.findall(_path("PartyLegalEntity", ".CompanyID")),
        *party.findall(_path("PartyTaxScheme", ".CompanyID")),
    ]
    return tuple(dict.fromkeys(text for element in found if (text := text_of(element))))


def _party_name(party: Element | None) -> str | None:
    if party is None:
        return None
    return _find_text(party, _path("PartyName", ".Name")) or _find_text(
        party, _path("PartyLegalEntity", ".RegistrationName")
    )
