"""Price lists in a sheet as a stream of drafts: columns are recognised by their headings, or named by a remembered mapping.

A number that could mean two things (1.234 in a list without a decimal comma anywhere: a thousand, or one and a bit?) is a problem of
its line, never a guess. Units are written as words or codes; a word the table does not know is kept as it is, and the rules refuse it.
"""

import csv
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path
from typing import Final

from eshop.amounts import exact
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.formats.drafts import Draft, DraftPrice, Heading, as_percent
from eshop.formats.sheets import Row, csv_rows, excel_rows, is_excel
from eshop.ubl.codelists import known_unit

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "seller_item_id": ("varenr", "varenummer", "leverandørens varenr", "artikelnr", "artikelnummer", "vare nr", "produktnr",
                       "item no", "item number", "sku", "bestillingsnr", "vare-id", "varekode"),
    "name": ("varenavn", "navn", "produktnavn", "varetekst", "betegnelse", "produkt", "vare", "tekst", "item name", "name",
             "varebetegnelse", "titel"),
    "description": ("beskrivelse", "varebeskrivelse", "produktbeskrivelse", "lang tekst", "description", "specifikation"),
    "unit": ("enhed", "bestillingsenhed", "salgsenhed", "ordreenhed", "salgs enhed", "unit", "order unit", "uom", "kvantum enhed"),
    "price": ("pris", "nettopris", "aftalepris", "enhedspris", "stykpris", "pris ekskl moms", "pris ex moms", "pris kr", "price",
              "net price", "pris dkk", "kontraktpris", "tilbudspris"),
    "currency": ("valuta", "currency"),
    "base_quantity": ("pris pr antal", "prisbasis", "pris pr", "price per", "base quantity", "prisenhed antal"),
    "content_quantity": ("indhold", "antal pr enhed", "antal pr karton", "stk pr karton", "stk pr pakke", "pakningsstørrelse",
                         "antal i pakning", "pakkestørrelse", "stk pr enhed", "antal stk", "pack size", "kolliantal", "kolli"),
    "content_unit": ("indholdsenhed", "basisenhed", "base unit", "content unit", "enhed i pakning"),
    "minimum": ("minimum", "mindste antal", "min antal", "minimumsordre", "min bestilling", "moq"),
    "multiple": ("multipla", "bestillingsmultiplum", "sælges i", "increment"),
    "gtin": ("ean", "gtin", "stregkode", "ean nr", "ean nummer", "ean-nr", "ean kode", "barcode"),
    "unspsc": ("unspsc", "unspsc kode", "unspsc-kode", "varegruppekode", "klassifikation"),
    "brand": ("mærke", "brand", "fabrikat", "varemærke", "producent", "manufacturer"),
    "label_texts": ("miljømærke", "mærkning", "miljømærkning", "label", "certifikat", "certificering", "miljømærker"),
    "vat_percent": ("moms", "momssats", "moms %", "vat"),
    "valid_from": ("gyldig fra", "fra dato", "startdato", "valid from", "gælder fra"),
    "valid_to": ("gyldig til", "til dato", "slutdato", "valid to", "gælder til"),
    "subdivision": ("delaftale", "delaftale nr", "lot"),
    "keywords": ("søgeord", "nøgleord", "keywords", "synonymer"),
    "picture": ("billede", "billedlink", "billed url", "image", "picture"),
    "lead_time_days": ("leveringstid", "leveringsdage", "lead time"),
    "manufacturer_item_id": ("producentens varenr", "fabrikantnr", "mpn", "producentnr"),
}  # fmt: skip
"""Field → headings it goes by, folded as `_folded` does."""

_SAYS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(says)
    for name, says in {
        **{
            name: (name,)
            for name in ("description", "minimum", "multiple", "gtin", "unspsc", "brand", "label_texts", "vat_percent", "valid_to",
                         "subdivision", "keywords", "lead_time_days", "manufacturer_item_id")
        },
        "content_quantity": ("content_quantity", "content_unit"),
        "picture": ("pictures",),
    }.items()
}  # fmt: skip
"""Field → what is not said of a line where no column has it. A price, what it is in and what it is for are always said."""
_ONLY_ELSEWHERE: Final = frozenset({"orderable", "maximum", "details"})
"""What no sheet has a column for."""

REQUIRED: Final = ("seller_item_id", "name", "unit", "price")
_BRACKETED: Final = re.compile(r"\(([^()]*)\)")
HEADING_ROWS: Final = 25
"""The heading is looked for in the first rows: lists begin with logos, addresses and agreement titles."""


def _folded(heading: str) -> str:
    """'Varenr.:' → 'varenr', 'Pris (ekskl. moms)' → 'pris ekskl moms'."""
    return " ".join(re.sub(r"[^\w%]+", " ", heading.lower()).split())


@cache
def unit_words() -> Mapping[str, str]:
    """Word for a unit → its code."""
    table = files("eshop.formats").joinpath("unit-words.csv").read_text(encoding="utf-8")
    return {row["word"]: row["code"] for row in csv.DictReader(one for one in table.splitlines() if one[0] != "#")}


def recognise(row: Row) -> dict[str, int]:
    """Field → column, for the headings that are known. The first column of two that fit is taken: whole headings before what stands in
    their brackets, 'Varegruppe (UNSPSC)', and that before their beginnings."""
    found: dict[str, int] = {}
    whole = [_folded(cell) for cell in row]
    inside = [_folded(" ".join(_BRACKETED.findall(cell))) for cell in row]
    for headings, fits in (
        (whole, str.__eq__),
        (inside, str.__eq__),
        (whole, lambda heading, one: heading.startswith(f"{one} ")),
    ):
        for column, heading in enumerate(headings):
            if not heading or column in found.values():
                continue
            for name, known in FIELDS.items():
                if name not in found and any(fits(heading, one) for one in known):
                    found[name] = column
                    break
    return found


class PriceList:
    """A price list in a sheet. `columns` (field → heading) may be set before `lines()` is asked for; else headings are recognised.

    BadInput `columns_missing` names the fields that no column was found for.
    """

    def __init__(self, source: Path | bytes, columns: Mapping[str, str] | None = None) -> None:
        head = source[:8] if isinstance(source, bytes) else _first_bytes(source)
        excel = is_excel(head)
        self._rows: Iterator[Row] = iter(excel_rows(source)) if excel else csv_rows(source)
        self.heading = Heading("PriceList", "excel" if excel else "csv", action="Replace")
        self.columns = columns
        self._total = len(source) if isinstance(source, bytes) else source.stat().st_size
        self._done = 0
        first = list(islice(self._rows, HEADING_ROWS))
        scores = [len(recognise(row)) for row in first]
        self._heading_row = scores.index(max(scores)) if scores else 0
        self.headings: Row = first[self._heading_row] if first else []
        self._first = first[self._heading_row + 1 :]

    @property
    def position(self) -> int:
        return self._done

    def close(self) -> None:
        """For a reader whose lines are not asked for, or not to the end."""
        if isinstance(self._rows, Generator):
            self._rows.close()

    def mapping(self) -> dict[str, int]:
        """Field → column as it will be read: what was set where its heading is there, else what is recognised. A field that was set to
        an empty heading is not read."""
        found = recognise(self.headings)
        by_heading = {_folded(heading): column for column, heading in reversed(list(enumerate(self.headings)))}
        for name, heading in (self.columns or {}).items():
            if not heading:
                found.pop(name, None)
                continue
            column = by_heading.get(_folded(heading))
            if column is not None:
                found = {other: place for other, place in found.items() if place != column and other != name}
                found[name] = column
        return found

    def lines(self) -> Iterator[Draft]:
        mapping = self.mapping()
        missing = [name for name in REQUIRED if name not in mapping]
        if missing:
            raise BadInput(
                "columns_missing", fields=", ".join(missing), found=", ".join(one for one in self.headings if one)
            )
        decimal_comma = self._decimal_comma(mapping)
        silent = _ONLY_ELSEWHERE.union(*(says for name, says in _SAYS.items() if name not in mapping))
        number = 0
        for position, row in enumerate(chain(self._first, self._rows), start=self._heading_row + 2):
            said = {name: row[column] for name, column in mapping.items() if column < len(row) and row[column]}
            if len(said) < 2 or not (said.get("seller_item_id") or said.get("price")):
                continue  # an empty row, a subtitle or a footnote
            number += 1
            draft = _draft(number, position, said, decimal_comma)
            draft.silent = silent
            yield draft
        self._done = self._total

    def _decimal_comma(self, mapping: Mapping[str, int]) -> bool | None:
        """Whether numbers in this list are written with a decimal comma; None when nothing shows it."""
        columns = [
            mapping[name] for name in ("price", "content_quantity", "minimum", "base_quantity") if name in mapping
        ]
        cells = [row[column] for row in self._first for column in columns if column < len(row)]
        if any("," in cell and re.fullmatch(r"[\d\s.'\u00a0+-]*,\d+", _bare(cell)) for cell in cells):
            return True
        if any(re.fullmatch(r"[+-]?\d+\.(\d{1,2}|\d{4,})", _bare(cell)) for cell in cells):
            return False
        return None


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _bare(cell: str) -> str:
    """A number without what people write around it: 'kr. 1.234,50' → '1.234,50'."""
    return re.sub(r"(?i)\s*(kr\.?|dkk|,-)\s*", "", cell).strip()


def number_of(cell: str, decimal_comma: bool | None) -> Decimal:
    """The number a cell says: '1.234,50' → 1234.50. BadInput `not_a_number` or `number_ambiguous`."""
    text = _bare(cell).replace("\u00a0", "").replace(" ", "").replace("'", "")
    if "," in text and "." in text:
        comma_last = text.rfind(",") > text.rfind(".")
        text = text.replace(".", "").replace(",", ".") if comma_last else text.replace(",", "")
    elif "," in text:
        in_thousands = decimal_comma is False and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text)
        text = text.replace(",", "" if in_thousands else ".")
    elif re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", text):
        if decimal_comma is None and text.count(".") == 1:
            raise BadInput("number_ambiguous", value=cell)
        if decimal_comma is not False:
            text = text.replace(".", "")
    return exact(text)


def day_of(cell: str) -> date:
    """'04-05-2026', '4.5.2026', '2026-05-04' and Excel's own number of the day. BadInput `value_not_a_day`."""
    parts = re.fullmatch(r"(\d{1,4})[-./ ](\d{1,2})[-./ ](\d{1,4})", cell.strip())
    try:
        if parts:
            first, middle, last = (int(part) for part in parts.groups())
            if first > 31:
                return date(first, middle, last)
            return date(last + 2000 if last < 100 else last, middle, first)
        if cell.isdigit() and 36_000 < int(cell) < 80_000:
            return date(1899, 12, 30) + timedelta(days=int(cell))
    except ValueError:
        pass
    raise BadInput("value_not_a_day", field="", value=cell)


def _unit_of(written: str) -> str:
    """The code of a word for a unit, or of a code in small letters; what is neither stays as it was written, to be told so."""
    code = unit_words().get(written.lower().strip(" ."), written.upper())
    return code if known_unit(code) else written


def _draft(number: int, row: int, said: Mapping[str, str], decimal_comma: bool | None) -> Draft:
    draft = Draft(number, ref=str(row))
    draft.seller_item_id = said.get("seller_item_id", "").removesuffix(".0")
    draft.name = " ".join(said.get("name", "").split())
    draft.description = said.get("description")
    unit = said.get("unit", "")
    draft.unit = _unit_of(unit) or None
    draft.brand = said.get("brand")
    draft.subdivision = said.get("subdivision")
    draft.keywords = tuple(part.strip() for part in re.split(r"[,;|]", said.get("keywords", "")) if part.strip())
    draft.label_texts = tuple(part.strip() for part in re.split(r"[,;|/]", said.get("label_texts", "")) if part.strip())
    code = re.sub(r"\D", "", said.get("unspsc", ""))
    draft.unspsc = code or None
    gtin = re.sub(r"\D", "", said.get("gtin", "").removesuffix(".0"))
    if len(gtin) in (8, 12, 13, 14):
        draft.gtin = gtin
    elif gtin:
        draft.problems.append(Finding("gtin_length", "warning", "gtin", {"value": gtin}))

    def read(name: str, make: Callable[[str], object]) -> object:
        if name not in said:
            return None
        try:
            return make(said[name])
        except BadInput as error:
            draft.problems.append(
                Finding(_IN_FIELD.get(error.code, error.code), "error", name, {"field": name, "value": said[name][:40]})
            )
            return None

    def number_in(name: str) -> Decimal | None:
        value = read(name, lambda cell: number_of(cell.removesuffix("%").strip(), decimal_comma))
        return value if isinstance(value, Decimal) else None

    def day_in(name: str) -> date | None:
        value = read(name, day_of)
        return value if isinstance(value, date) else None

    draft.content_quantity = number_in("content_quantity")
    if draft.content_quantity is not None:
        written = said.get("content_unit", "stk")
        draft.content_unit = _unit_of(written)
    draft.minimum, draft.multiple = number_in("minimum"), number_in("multiple")
    rate = number_in("vat_percent")
    draft.vat_percent = None if rate is None else as_percent(rate)
    lead = number_in("lead_time_days")
    draft.lead_time_days = None if lead is None else int(lead)
    draft.valid_from, draft.valid_to = day_in("valid_from"), day_in("valid_to")
    price, base = number_in("price"), number_in("base_quantity")
    if price is not None:
        currency = said.get("currency", "DKK").upper().replace("KR", "DKK").strip(" .")
        draft.prices = (DraftPrice(price, currency, base if base is not None else Decimal(1), base_unit=draft.unit),)
    for name, key in (("manufacturer_item_id", "manufacturer_item_id"), ("picture", "pictures")):
        if name in said:
            draft.details[key] = [{"title": "", "uri": said[name]}] if key == "pictures" else said[name]
    return draft


_IN_FIELD: Final = {"not_a_number": "value_not_a_number", "number_too_long": "value_not_a_number"}
