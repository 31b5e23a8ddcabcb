"""Other people's formats as values: catalogues in UBL, BMEcat, Excel and CSV; cXML and OCI. No rules, no database."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from eshop.errors import BadInput
from eshop.formats.ahead import WORTH_IT, ReadAhead
from eshop.formats.bmecat import BmeCat, is_bmecat
from eshop.formats.cut_lines import Known, Repeated
from eshop.formats.drafts import Draft, DraftPrice, Heading
from eshop.formats.price_lists import FIELDS, REQUIRED, PriceList
from eshop.formats.returned import ReturnedBasket, ReturnedLine
from eshop.formats.sheets import is_excel, looks_like_csv
from eshop.formats.ubl_catalogues import UblCatalogue, is_ubl_catalogue


class CatalogueFile(Protocol):
    """A catalogue file that has been recognised: its heading, and its lines once, in the order of the file. Of lines
    it is told are known (`ReadsKnown`) it says only that they are repeated."""

    heading: Heading

    @property
    def position(self) -> int:
        """Bytes read so far."""
        ...

    def lines(self) -> Iterator[Draft | Repeated]: ...
    def close(self) -> None: ...


@runtime_checkable
class ReadsKnown(Protocol):
    """A catalogue file whose lines need not be read where they are `known`."""

    known: Known | None


def open_catalogue(source: Path | bytes, name: str = "") -> CatalogueFile:
    """Recognises a catalogue file by its content. BadInput `not_a_catalogue` and what its reader says."""
    if isinstance(source, bytes):
        head = source[:8192]
    else:
        with source.open("rb") as file:
            head = file.read(8192)
    if is_ubl_catalogue(head):
        if isinstance(source, Path) and source.stat().st_size >= WORTH_IT and (os.cpu_count() or 1) > 1:
            return ReadAhead(source)
        return UblCatalogue(source)
    if is_bmecat(head):
        return BmeCat(source)
    if is_excel(head) or looks_like_csv(head):
        return PriceList(source)
    raise BadInput("not_a_catalogue", name=name)


__all__ = [
    "FIELDS",
    "REQUIRED",
    "CatalogueFile",
    "Draft",
    "DraftPrice",
    "Heading",
    "Known",
    "PriceList",
    "ReadsKnown",
    "Repeated",
    "ReturnedBasket",
    "ReturnedLine",
    "open_catalogue",
]
