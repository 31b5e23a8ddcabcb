"""UBL catalogues as a stream of drafts: Peppol BIS Catalogue 3 and OIOUBL's Catalogue, CataloguePricingUpdate,
CatalogueItemSpecificationUpdate and CatalogueDeletion.

A catalogue may hold a million lines, and every line some sixty elements of which the shop uses half. So this reader walks one line
at a time with a table of what each element gives, and builds no document; `eshop.ubl` binds every element and is for documents
that fit in the hand. External entities and DTDs are never fetched; a document with an internal DTD is refused.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from lxml import etree

from eshop.amounts import exact
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.formats.drafts import Draft, DraftPrice, Heading

CAC: Final = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC: Final = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
DOCUMENTS: Final = {
    "Catalogue": "CatalogueLine",
    "CataloguePricingUpdate": "CataloguePricingUpdateLine",
    "CatalogueItemSpecificationUpdate": "CatalogueItemSpecificationUpdateLine",
    "CatalogueDeletion": None,
}
_ROOTS: Final = {f"{{{UBL}{name}-2}}{name}": name for name in DOCUMENTS}
_LINES: Final = tuple(f"{CAC}{name}" for name in DOCUMENTS.values() if name)

UNSPSC_LISTS: Final = ("UNSPSC", "TST")
"""listID of an UNSPSC code: OIOUBL writes the name, Peppol UNCL 7143's code. Other lists count when the code has eight digits,
but for those that are known to be something else."""
OTHER_LISTS: Final = frozenset({"TSP", "CPV", "HS", "GPC", "ECLASS", "CG", "GN", "SRV"})

Element = Any


def is_ubl_catalogue(head: bytes) -> bool:
    """Whether the beginning of a file (some 8 kB) is one of the UBL catalogue documents, bare or in an SBDH envelope."""
    plain = head.replace(b"\x00", b"")
    return any(f"xsd:{name}-2".encode() in plain for name in DOCUMENTS)


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal | None:
    try:
        return exact(text)
    except BadInput:
        return None


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _text(element: Element) -> str | None:
    text = element.text
    return (text.strip() or None) if text else None


def _words(element: Element) -> str | None:
    text = element.text
    return (" ".join(text.split()) or None) if text else None


class UblCatalogue:
    """A catalogue file. `heading` is known once the first line has been met; `lines()` gives the drafts, once.

    BadInput: `not_xml` (broken, says where), `internal_dtd`, `not_a_catalogue`.
    """

    def __init__(self, source: Path | bytes) -> None:
        self._read = 0
        self._file: Any = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        try:
            self._events = self._parse()
            self._first: Element | None = next(self._events, None)
        except BaseException:
            self._file.close()
            raise
        if not hasattr(self, "heading"):
            raise BadInput("not_a_catalogue")

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._read if self._file.closed else self._file.tell()

    def _parse(self) -> Iterator[Element]:
        context = etree.iterparse(
            self._file,
            events=("end",),
            tag=(*_LINES, *_ROOTS),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
            huge_tree=False,
        )
        started = False
        try:
            for _, element in context:
                is_root = element.tag in _ROOTS
                if not started:
                    started = True
                    self._begin(element if is_root else element.getparent())
                if is_root:
                    continue
                yield element
                # What has been read is let go: the element, and the ones before it that its parent still holds.
                element.clear()
                parent = element.getparent()
                while element.getprevious() is not None:
                    del parent[0]
        except etree.XMLSyntaxError as error:
            raise BadInput("not_xml", reason=str(error).split(" (<")[0]) from error

    def _begin(self, root: Element) -> None:
        if root is None or root.tag not in _ROOTS:
            raise BadInput("not_a_catalogue")
        if root.getroottree().docinfo.internalDTD is not None and len(root.getroottree().docinfo.internalDTD.xpath("/*") or []):
            raise BadInput("internal_dtd")
        self.heading = _heading(root)

    def lines(self) -> Iterator[Draft]:
        """Every line, numbered from 1 in the order of the file."""
        read = _READERS[self.heading.document_type]
        number = 0
        try:
            if self._first is not None:
                number = 1
                yield read(self._first, 1)
                self._first = None
            for element in self._events:
                number += 1
                yield read(element, number)
        finally:
            self._read = self._file.tell()
            self._file.close()


# --- the heading -------------------------------------------------------------------------------------------------------


def _find_text(element: Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else _text(found)


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
        heading.contract = _find_text(contract, _ID) or _find_text(
            contract, _path("ContractDocumentReference", ".ID")
        )
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
    day = _day(text)
    if day is None:
        heading.problems.append(Finding("not_a_day", "error", path.rpartition("}")[2], {"field": "", "value": text}))
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
    return tuple(dict.fromkeys(text for element in found if (text := _text(element))))


def _party_name(party: Element | None) -> str | None:
    if party is None:
        return None
    return _find_text(party, _path("PartyName", ".Name")) or _find_text(
        party, _path("PartyLegalEntity", ".RegistrationName")
    )


# --- a line ------------------------------------------------------------------------------------------------------------

Reader = Callable[[Element, Draft], None]


def _number_in(element: Element, draft: Draft, field: str) -> Decimal | None:
    text = element.text
    if not text or not (text := text.strip()):
        return None
    value = _decimal(text)
    if value is None:
        draft.problems.append(Finding("not_a_number_in", "error", field, {"field": field, "value": text[:40]}))
    return value


def _set_number(field: str) -> Reader:
    def read(element: Element, draft: Draft) -> None:
        setattr(draft, field, _number_in(element, draft, element.tag.rpartition("}")[2]))

    return read


def _set_words(field: str) -> Reader:
    def read(element: Element, draft: Draft) -> None:
        value = _words(element)
        if value is not None:
            setattr(draft, field, value)

    return read


def _keep(name: str) -> Reader:
    """What only the item page shows."""

    def read(element: Element, draft: Draft) -> None:
        value = _words(element)
        if value is not None:
            draft.details[name] = value

    return read


def _action(element: Element, draft: Draft) -> None:
    given = _text(element)
    if given in ("Add", "Update", "Delete"):
        draft.action = given
    elif given is not None:
        draft.problems.append(Finding("line_action_unknown", "error", "ActionCode", {"value": given}))


def _orderable(element: Element, draft: Draft) -> None:
    given = _text(element)
    draft.orderable = given not in ("false", "0")


def _content(element: Element, draft: Draft) -> None:
    draft.content_quantity = _number_in(element, draft, "ContentUnitQuantity")
    draft.content_unit = element.get("unitCode")


def _validity(element: Element, draft: Draft) -> None:
    draft.valid_from, draft.valid_to = _period(element, draft)


def _period(element: Element, draft: Draft) -> tuple[date | None, date | None]:
    start = end = None
    for child in element:
        tag = child.tag
        if tag == _START:
            start = _day_in(child, draft, "StartDate")
        elif tag == _END:
            end = _day_in(child, draft, "EndDate")
    return start, end


def _day_in(element: Element, draft: Draft, field: str) -> date | None:
    text = _text(element)
    if text is None:
        return None
    day = _day(text)
    if day is None:
        draft.problems.append(Finding("not_a_day", "error", field, {"field": field, "value": text[:40]}))
    return day


_START: Final = f"{CBC}StartDate"
_END: Final = f"{CBC}EndDate"
_PRICE: Final = f"{CAC}Price"
_MINIMUM: Final = f"{CBC}MinimumQuantity"
_MAXIMUM: Final = f"{CBC}MaximumQuantity"
_LEAD: Final = f"{CBC}LeadTimeMeasure"
_TAX: Final = f"{CAC}ApplicableTaxCategory"
_AMOUNT: Final = f"{CBC}PriceAmount"
_BASE: Final = f"{CBC}BaseQuantity"
_FACTOR: Final = f"{CBC}OrderableUnitFactorRate"
_VALIDITY: Final = f"{CAC}ValidityPeriod"
_PERCENT: Final = f"{CBC}Percent"
_DAYS: Final = {"DAY": 1, "D": 1, "WEE": 7, "HUR": 0}


def _location(element: Element, draft: Draft) -> None:
    """RequiredItemLocationQuantity: one quantity step with its price, lead time and (OIOUBL) VAT."""
    price = None
    minimum = maximum = None
    for child in element:
        tag = child.tag
        if tag == _PRICE:
            price = _price(child, draft)
        elif tag == _MINIMUM:
            minimum = _number_in(child, draft, "MinimumQuantity")
        elif tag == _MAXIMUM:
            maximum = _number_in(child, draft, "MaximumQuantity")
        elif tag == _LEAD:
            days = _number_in(child, draft, "LeadTimeMeasure")
            if days is not None:
                draft.lead_time_days = int(days * _DAYS.get(child.get("unitCode") or "DAY", 1))
        elif tag == _TAX:
            _tax(child, draft)
    if price is not None:
        if minimum is not None:
            price.minimum_quantity = minimum
        price.maximum_quantity = maximum
        draft.prices = (*draft.prices, price)


def _price(element: Element, draft: Draft) -> DraftPrice | None:
    amount: Decimal | None = None
    price = DraftPrice(Decimal(0))
    for child in element:
        tag = child.tag
        if tag == _AMOUNT:
            amount = _number_in(child, draft, "PriceAmount")
            price.currency = child.get("currencyID") or "DKK"
        elif tag == _BASE:
            base = _number_in(child, draft, "BaseQuantity")
            if base is not None:
                price.base_quantity = base
            price.base_unit = child.get("unitCode")
        elif tag == _FACTOR:
            factor = _number_in(child, draft, "OrderableUnitFactorRate")
            if factor is not None:
                price.factor = factor
        elif tag == _VALIDITY:
            price.valid_from, price.valid_to = _period(child, draft)
    if amount is None:
        return None
    price.amount = amount
    return price


def _tax(element: Element, draft: Draft) -> None:
    for child in element:
        if child.tag == _PERCENT:
            draft.vat_percent = _number_in(child, draft, "Percent")


def _comparison(element: Element, draft: Draft) -> None:
    amount = element.find(_AMOUNT)
    quantity = element.find(f"{CBC}Quantity")
    if amount is None or quantity is None:
        return
    price, per = _number_in(amount, draft, "PriceAmount"), _number_in(quantity, draft, "Quantity")
    unit = quantity.get("unitCode")
    if price is not None and per is not None and unit:
        draft.comparison = (price, per, unit)


def _relation(kind: str) -> Reader:
    def read(element: Element, draft: Draft) -> None:
        other = _find_text(element, _ID)
        if other is not None:
            relation: dict[str, str] = {"kind": kind, "id": other}
            quantity = element.find(f"{CBC}Quantity")
            if quantity is not None and (text := _text(quantity)):
                relation["quantity"], relation["unit"] = text, quantity.get("unitCode") or ""
            text = _find_text(element, f"{CBC}Description")
            if text:
                relation["text"] = text
            draft.details.setdefault("relations", []).append(relation)

    return read


def _item(element: Element, draft: Draft) -> None:
    for child in element:
        read = _ITEM.get(child.tag)
        if read is not None:
            read(child, draft)


def _description(element: Element, draft: Draft) -> None:
    text = _words(element)
    if text is not None:
        draft.description = text if draft.description is None else f"{draft.description}\n{text}"


def _keyword(element: Element, draft: Draft) -> None:
    text = _words(element)
    if text is not None:
        draft.keywords = (*draft.keywords, text)


def _seller_id(element: Element, draft: Draft) -> None:
    found = _find_text(element, _ID)
    if found is not None:
        draft.seller_item_id = found


def _gtin(element: Element, draft: Draft) -> None:
    found = _find_text(element, _ID)
    if found is not None:
        digits = found.replace(" ", "")
        if digits.isascii() and digits.isdigit() and len(digits) in (8, 12, 13, 14):
            draft.gtin = digits
        else:
            draft.details["standard_id"] = found


def _keep_id(name: str) -> Reader:
    def read(element: Element, draft: Draft) -> None:
        found = _find_text(element, _ID)
        if found is not None:
            draft.details[name] = found

    return read


def _pack(element: Element, draft: Draft) -> None:
    value = _number_in(element, draft, "PackQuantity")
    if value is not None:
        draft.details["pack_quantity"] = str(value)
        if element.get("unitCode"):
            draft.details["pack_unit"] = element.get("unitCode")


def _document(element: Element, draft: Draft) -> None:
    """ItemSpecificationDocumentReference: pictures and data sheets, by where they can be fetched."""
    uri = _find_text(element, _path("Attachment", "ExternalReference", ".URI"))
    binary = element.find(_path("Attachment", ".EmbeddedDocumentBinaryObject"))
    mime = "" if binary is None else binary.get("mimeCode") or ""
    name = _find_text(element, _ID) or ""
    low = f"{uri or name}".lower().partition("?")[0]
    picture = mime.startswith("image/") or low.endswith((".jpg", ".jpeg", ".png", ".gif", ".webp"))
    entry = {"title": _find_text(element, f"{CBC}DocumentType") or name}
    if uri:
        entry["uri"] = uri
    draft.details.setdefault("pictures" if picture else "documents", []).append(entry)


def _classification(element: Element, draft: Draft) -> None:
    found = element.find(f"{CBC}ItemClassificationCode")
    if found is None or not (code := _text(found)):
        return
    scheme = (found.get("listID") or "").upper()
    digits = code.isascii() and code.isdigit()
    if scheme in UNSPSC_LISTS:
        draft.unspsc = code
        draft.details["unspsc_version"] = found.get("listVersionID") or ""
    elif digits and len(code) == 8 and scheme not in OTHER_LISTS and draft.unspsc is None:
        draft.unspsc = code
    else:
        draft.details.setdefault("classifications", []).append([scheme, code])


def _property(element: Element, draft: Draft) -> None:
    """AdditionalItemProperty: shown on the item page, and where a label is said ('Environment code': 'Svanemærket')."""
    name = value = qualifier = code = None
    for child in element:
        tag = child.tag
        if tag == _NAME:
            name = _words(child)
        elif tag == _VALUE:
            value = _words(child)
        elif tag == _NAME_CODE:
            code = _text(child)
        elif tag == _QUALIFIER:
            qualifier = _text(child)
    if not name:
        return
    entry = [name, value or ""]
    if code or qualifier:
        entry.append(":".join(part for part in (code, qualifier) if part))
    draft.details.setdefault("properties", []).append(entry)
    if value is not None:
        said = name if value.lower() in ("true", "ja", "yes", "1") else value
        draft.label_texts = (*draft.label_texts, said)


_NAME: Final = f"{CBC}Name"
_VALUE: Final = f"{CBC}Value"
_NAME_CODE: Final = f"{CBC}NameCode"
_QUALIFIER: Final = f"{CBC}ValueQualifier"


def _certificate(element: Element, draft: Draft) -> None:
    texts = [
        text
        for name in ("CertificateTypeCode", "CertificateType", "Remarks", "ID")
        if (text := _find_text(element, f"{CBC}{name}"))
    ]
    draft.label_texts = (*draft.label_texts, *texts)
    draft.details.setdefault("certificates", []).append(texts)


def _hazard(element: Element, draft: Draft) -> None:
    said = {child.tag.rpartition("}")[2]: text for child in element if (text := _text(child))}
    draft.details.setdefault("hazards", []).append(said)


def _manufacturer(element: Element, draft: Draft) -> None:
    name = _party_name(element)
    if name:
        draft.details["manufacturer"] = name


def _origin(element: Element, draft: Draft) -> None:
    code = _find_text(element, f"{CBC}IdentificationCode")
    if code:
        draft.details["origin"] = code


def _dimension(element: Element, draft: Draft) -> None:
    measure = element.find(f"{CBC}Measure")
    name = _find_text(element, f"{CBC}AttributeID")
    if measure is not None and name and (text := _text(measure)):
        draft.details.setdefault("dimensions", []).append([name, text, measure.get("unitCode") or ""])


def _ref(element: Element, draft: Draft) -> None:
    draft.ref = _text(element)


def _unit(element: Element, draft: Draft) -> None:
    draft.unit = _text(element)


_ITEM: Final[dict[str, Reader]] = {
    f"{CBC}Description": _description,
    f"{CBC}PackQuantity": _pack,
    f"{CBC}PackSizeNumeric": _keep("pack_size"),
    f"{CBC}Name": _set_words("name"),
    f"{CBC}Keyword": _keyword,
    f"{CBC}BrandName": _set_words("brand"),
    f"{CBC}ModelName": _keep("model"),
    f"{CAC}BuyersItemIdentification": _keep_id("buyer_item_id"),
    f"{CAC}SellersItemIdentification": _seller_id,
    f"{CAC}ManufacturersItemIdentification": _keep_id("manufacturer_item_id"),
    f"{CAC}StandardItemIdentification": _gtin,
    f"{CAC}ItemSpecificationDocumentReference": _document,
    f"{CAC}OriginCountry": _origin,
    f"{CAC}CommodityClassification": _classification,
    f"{CAC}HazardousItem": _hazard,
    f"{CAC}ClassifiedTaxCategory": _tax,
    f"{CAC}AdditionalItemProperty": _property,
    f"{CAC}ManufacturerParty": _manufacturer,
    f"{CAC}Certificate": _certificate,
    f"{CAC}Dimension": _dimension,
}

_LINE: Final[dict[str, Reader]] = {
    _ID: _ref,
    f"{CBC}ActionCode": _action,
    f"{CBC}ContractSubdivision": _set_words("subdivision"),
    f"{CBC}Note": _keep("note"),
    f"{CBC}OrderableIndicator": _orderable,
    f"{CBC}OrderableUnit": _unit,
    f"{CBC}ContentUnitQuantity": _content,
    f"{CBC}OrderQuantityIncrementNumeric": _set_number("multiple"),
    f"{CBC}MinimumOrderQuantity": _set_number("minimum"),
    f"{CBC}MaximumOrderQuantity": _set_number("maximum"),
    f"{CBC}WarrantyInformation": _keep("warranty"),
    f"{CBC}PackLevelCode": _keep("pack_level"),
    f"{CAC}LineValidityPeriod": _validity,
    f"{CAC}ItemComparison": _comparison,
    f"{CAC}ComponentRelatedItem": _relation("component"),
    f"{CAC}AccessoryRelatedItem": _relation("accessory"),
    f"{CAC}RequiredRelatedItem": _relation("required"),
    f"{CAC}ReplacementRelatedItem": _relation("replacement"),
    f"{CAC}ReplacedRelatedItem": _relation("replaced"),
    f"{CAC}ComplementaryRelatedItem": _relation("complementary"),
    f"{CAC}RequiredItemLocationQuantity": _location,
    f"{CAC}Item": _item,
}


def _read_line(element: Element, number: int) -> Draft:
    draft = Draft(number)
    for child in element:
        read = _LINE.get(child.tag)
        if read is not None:
            read(child, draft)
    return draft


def _read_pricing(element: Element, number: int) -> Draft:
    draft = _read_line(element, number)
    draft.action = "Price"
    return draft


def _read_specification(element: Element, number: int) -> Draft:
    draft = _read_line(element, number)
    draft.action = "Item"
    return draft


_READERS: Final[dict[str, Callable[[Element, int], Draft]]] = {
    "Catalogue": _read_line,
    "CataloguePricingUpdate": _read_pricing,
    "CatalogueItemSpecificationUpdate": _read_specification,
    "CatalogueDeletion": _read_line,
}
