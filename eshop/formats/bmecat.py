"""BMEcat 2005 (and 1.2) as a stream of drafts: T_NEW_CATALOG, T_UPDATE_PRODUCTS and T_UPDATE_PRICES.

A price is for PRICE_QUANTITY order units, times PRICE_FACTOR, from LOWER_BOUND order units on. Of texts in several languages the
Danish is read, else the English, else the first. Namespaces differ between publishers, so elements are known by their local names.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from lxml import etree

from eshop.amounts import exact
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.formats.drafts import Action, Draft, DraftPrice, Heading, as_percent

_ACTIONS: Final[dict[str, Action]] = {
    "T_NEW_CATALOG": "Replace",
    "T_UPDATE_PRODUCTS": "Update",
    "T_UPDATE_PRICES": "Update",
}
_LANGUAGES: Final = ("dan", "eng")
_CUSTOMER_PRICES: Final = ("net_customer", "net_customer_exp", "net_list", "nrp")
"""Kinds of price, the best first; gross and recommended retail prices are not what a municipality pays."""

Element = Any


def is_bmecat(head: bytes) -> bool:
    """Whether the beginning of a file is a BMEcat document."""
    return b"<BMECAT" in head.replace(b"\x00", b"")


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Element, *names: str) -> list[Element]:
    return [child for child in element if _local(child) in names]


def _child(element: Element, *names: str) -> Element | None:
    return next(iter(_children(element, *names)), None)


def _said(element: Element | None, *names: str) -> str | None:
    """The text of a child, in the best language."""
    if element is None:
        return None
    texts = {
        child.get("lang", ""): " ".join((child.text or "").split()) for child in reversed(_children(element, *names))
    }
    for language in (*_LANGUAGES, "", *texts):
        if texts.get(language):
            return texts[language]
    return None


class BmeCat:
    """A BMEcat file: `heading`, then `lines()` once. BadInput `not_xml`, `internal_dtd`, `not_a_catalogue`."""

    def __init__(self, source: Path | bytes) -> None:
        self._file: Any = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        self._read = 0
        self.heading = Heading("BMEcat", "bmecat")
        self._currency = "DKK"
        self._transaction = ""
        try:
            self._products = self._parse()
            self._first: Element | None = next(self._products, None)
        except BaseException:
            self._file.close()
            raise
        if not self._transaction:
            self._file.close()
            raise BadInput("not_a_catalogue", name="")

    @property
    def position(self) -> int:
        return self._read if self._file.closed else self._file.tell()

    def _parse(self) -> Iterator[Element]:
        context = etree.iterparse(
            self._file,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for event, element in context:
                name = _local(element)
                if event == "start":
                    if name in _ACTIONS:
                        self._transaction, self.heading.action = name, _ACTIONS[name]
                elif name == "HEADER":
                    if element.getroottree().docinfo.internalDTD is not None:
                        raise BadInput("internal_dtd")
                    self._read_header(element)
                elif name in ("PRODUCT", "ARTICLE") and _local(element.getparent()) in _ACTIONS:
                    yield element
                    element.clear()
                    parent: Any = element.getparent()
                    while element.getprevious() is not None:
                        del parent[0]
        except etree.XMLSyntaxError as error:
            raise BadInput("catalogue_not_xml", line=error.lineno or 1) from error

    def _read_header(self, header: Element) -> None:
        heading = self.heading
        catalog, agreement, supplier = (_child(header, name) for name in ("CATALOG", "AGREEMENT", "SUPPLIER"))
        heading.document_id = _said(catalog, "CATALOG_ID")
        heading.version = _said(catalog, "CATALOG_VERSION")
        heading.name = _said(catalog, "CATALOG_NAME")
        self._currency = _said(catalog, "CURRENCY") or "DKK"
        heading.contract = _said(agreement, "AGREEMENT_ID")
        for moment in [] if catalog is None else _children(catalog, "DATETIME"):
            if moment.get("type") == "generation_date":
                heading.issue_date = _day(_said(moment, "DATE"))
        if supplier is not None:
            heading.supplier_name = _said(supplier, "SUPPLIER_NAME")
            numbers = [(child.text or "").strip() for child in _children(supplier, "SUPPLIER_ID", "SUPPLIER_IDREF")]
            heading.supplier_numbers = tuple(number for number in numbers if number)

    def close(self) -> None:
        """For a reader whose lines are not asked for, or not to the end."""
        if not self._file.closed:
            self._read = self._file.tell()
            self._file.close()

    def lines(self) -> Iterator[Draft]:
        """Every product, numbered from 1 in the order of the file."""
        number = 0
        try:
            if self._first is not None:
                number = 1
                yield self._line(self._first, 1)
                self._first = None
            for element in self._products:
                number += 1
                yield self._line(element, number)
        finally:
            self.close()

    def _line(self, element: Element, number: int) -> Draft:
        draft = Draft(number, ref=str(number))
        draft.seller_item_id = _said(element, "SUPPLIER_PID", "SUPPLIER_AID") or ""
        mode = element.get("mode")
        if mode == "delete":
            draft.action = "Delete"
        elif self._transaction == "T_UPDATE_PRICES":
            draft.action = "Price"
        elif mode == "update":
            draft.action = "Update"
        _read_details(_child(element, "PRODUCT_DETAILS", "ARTICLE_DETAILS"), draft)
        _read_features(_children(element, "PRODUCT_FEATURES", "ARTICLE_FEATURES"), draft)
        base = _read_order_details(_child(element, "PRODUCT_ORDER_DETAILS", "ARTICLE_ORDER_DETAILS"), draft)
        for block in _children(element, "PRODUCT_PRICE_DETAILS", "ARTICLE_PRICE_DETAILS"):
            _read_prices(block, draft, base, self._currency)
        for info in _children(element, "MIME_INFO"):
            _read_mimes(info, draft)
        for reference in _children(element, "PRODUCT_REFERENCE", "ARTICLE_REFERENCE"):
            kind = {
                "accessories": "accessory",
                "mandatory": "required",
                "followup": "replacement",
                "consists_of": "component",
            }
            other = _said(reference, "PROD_ID_TO", "ART_ID_TO")
            if other:
                relation = {"kind": kind.get(reference.get("type", ""), "related"), "id": other}
                draft.details.setdefault("relations", []).append(relation)
        return draft


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _number(text: str | None, field: str, draft: Draft) -> Decimal | None:
    if text is None:
        return None
    try:
        return exact(text)
    except BadInput:
        draft.problems.append(Finding("value_not_a_number", "error", field, {"field": field, "value": text[:40]}))
        return None


def _read_details(details: Element | None, draft: Draft) -> None:
    draft.name = _said(details, "DESCRIPTION_SHORT") or ""
    draft.description = _said(details, "DESCRIPTION_LONG")
    gtin = _said(details, "EAN", "INTERNATIONAL_PID")
    if gtin and gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14):
        draft.gtin = gtin
    draft.brand = _said(details, "MANUFACTURER_NAME")
    number = _said(details, "MANUFACTURER_PID", "MANUFACTURER_AID")
    if number:
        draft.details["manufacturer_item_id"] = number
    model = _said(details, "MANUFACTURER_TYPE_DESCR")
    if model:
        draft.details["model"] = model
    keywords = [] if details is None else _children(details, "KEYWORD")
    best = next((one for one in _LANGUAGES if any(word.get("lang") == one for word in keywords)), None)
    draft.keywords = tuple(
        " ".join((word.text or "").split()) for word in keywords if best is None or word.get("lang") == best
    )
    days = _number(_said(details, "DELIVERY_TIME"), "DELIVERY_TIME", draft)
    draft.lead_time_days = None if days is None else int(days)


def _read_features(blocks: list[Element], draft: Draft) -> None:
    properties: list[list[str]] = []
    for block in blocks:
        system = (_said(block, "REFERENCE_FEATURE_SYSTEM_NAME") or "").upper()
        group = _said(block, "REFERENCE_FEATURE_GROUP_ID")
        if group and "UNSPSC" in system:
            draft.unspsc = group
        elif group:
            draft.details.setdefault("classifications", []).append([system, group])
        for feature in _children(block, "FEATURE"):
            template = _child(feature, "FTEMPLATE")
            name = _said(feature, "FNAME") or _said(template, "FT_NAME")
            value = _said(feature, "FVALUE") or (_said(feature, "FVALUE_DETAILS") if template is None else None)
            unit = _said(feature, "FUNIT")
            if name and value:
                properties.append([name, f"{value} {unit}" if unit else value])
                draft.label_texts = (*draft.label_texts, value)
    if properties:
        draft.details["properties"] = properties[:60]


def _read_order_details(details: Element | None, draft: Draft) -> Decimal:
    """The order unit and what is in it; returns PRICE_QUANTITY, the order units a price is for."""
    draft.unit = _said(details, "ORDER_UNIT")
    content = _said(details, "NO_CU_PER_OU")
    if content:
        draft.content_quantity = _number(content, "NO_CU_PER_OU", draft)
        draft.content_unit = _said(details, "CONTENT_UNIT") or draft.unit
    draft.minimum = _number(_said(details, "QUANTITY_MIN"), "QUANTITY_MIN", draft)
    draft.multiple = _number(_said(details, "QUANTITY_INTERVAL"), "QUANTITY_INTERVAL", draft)
    draft.maximum = _number(_said(details, "QUANTITY_MAX"), "QUANTITY_MAX", draft)
    base = _number(_said(details, "PRICE_QUANTITY"), "PRICE_QUANTITY", draft)
    return Decimal(1) if base is None else base


def _read_prices(block: Element, draft: Draft, base: Decimal, currency: str) -> None:
    days = {moment.get("type"): _day(_said(moment, "DATE")) for moment in _children(block, "DATETIME")}
    days["valid_start_date"] = days.get("valid_start_date") or _day(_said(block, "VALID_START_DATE"))
    days["valid_end_date"] = days.get("valid_end_date") or _day(_said(block, "VALID_END_DATE"))
    prices = _children(block, "PRODUCT_PRICE", "ARTICLE_PRICE")
    kind = next((one for one in _CUSTOMER_PRICES if any(price.get("price_type") == one for price in prices)), None)
    for price in prices:
        if price.get("price_type") != kind:
            continue
        amount = _number(_said(price, "PRICE_AMOUNT"), "PRICE_AMOUNT", draft)
        factor = _number(_said(price, "PRICE_FACTOR"), "PRICE_FACTOR", draft)
        if amount is None:
            continue
        bound = _number(_said(price, "LOWER_BOUND"), "LOWER_BOUND", draft)
        draft.prices = (
            *draft.prices,
            DraftPrice(
                amount * (factor if factor is not None else 1),
                _said(price, "PRICE_CURRENCY") or currency,
                base,
                draft.unit,
                Decimal(1),
                bound if bound is not None else Decimal(1),
                days["valid_start_date"],
                days["valid_end_date"],
            ),
        )
        tax = _number(_said(price, "TAX"), "TAX", draft)
        if tax is not None:
            draft.vat_percent = as_percent(tax)


def _read_mimes(info: Element, draft: Draft) -> None:
    for mime in _children(info, "MIME"):
        source = _said(mime, "MIME_SOURCE")
        if source:
            kind = "pictures" if (_said(mime, "MIME_TYPE") or "").startswith("image/") else "documents"
            entry = {"title": _said(mime, "MIME_DESCR") or "", "uri": source}
            draft.details.setdefault(kind, []).append(entry)
