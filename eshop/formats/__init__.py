"""Other people's formats as values: catalogues in UBL, BMEcat, Excel and CSV; cXML and OCI. No rules, no database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from eshop.errors import BadInput
from eshop.formats.drafts import Draft, DraftPrice, Heading
from eshop.formats.ubl_catalogues import UblCatalogue, is_ubl_catalogue


class CatalogueFile(Protocol):
    """A catalogue file that has been recognised: its heading, and its lines once, in the order of the file."""

    heading: Heading

    @property
    def position(self) -> int: ...
    def lines(self) -> Iterator[Draft]: ...


def open_catalogue(source: Path | bytes, name: str = "") -> CatalogueFile:
    """Recognises a catalogue file by its content. BadInput `not_a_catalogue` and what its reader says."""
    if isinstance(source, bytes):
        head = source[:8192]
    else:
        with source.open("rb") as file:
            head = file.read(8192)
    if is_ubl_catalogue(head):
        return UblCatalogue(source)
    raise BadInput("not_a_catalogue", name=name)


__all__ = ["CatalogueFile", "Draft", "DraftPrice", "Heading", "UblCatalogue", "is_ubl_catalogue", "open_catalogue"]
