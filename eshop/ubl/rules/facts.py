"""What the rules need to know about a document, found in one pass before any rule is asked. (pure)

`Facts` sorts every part of a document by its class, so that a rule about addresses is asked about every address wherever it
stands. `InvoiceFacts` adds what invoices and credit notes are judged by: the lines, the VAT categories and their sums.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from eshop.findings import Finding
from eshop.ubl.binding import rows_of
from eshop.ubl.documents import CreditNote, Invoice
from eshop.ubl.parties import Country, Party
from eshop.ubl.values import BinaryObject, Code, Identifier, Measure, Money, Text

Node = tuple[Any, "Node | None", str, int]
"""A part of a document: the part, the node it stands in, the field it stands in, and which one of several (0 …)."""

ZERO: Final = Decimal(0)

# Lines are named by their number, which is how people find them; everything else by its path.
_LINES: Final = frozenset({"invoice_lines", "credit_note_lines", "order_lines", "catalogue_lines", "despatch_lines"})


def where_is(node: Node) -> str:
    """Where a part stands, for people: 'line 3', 'line 3: Item/Price', 'AccountingSupplierParty/Party/PostalAddress', ''."""
    steps: list[str] = []
    part, parent, field, number = node
    while parent is not None:
        if field in _LINES:
            inside = "/".join(reversed(steps))
            shown = f"line {line_number(part, number)}"
            return f"{shown}: {inside}" if inside else shown
        steps.append(_elements(type(parent[0]))[field] + (f"[{number + 1}]" if number else ""))
        part, parent, field, number = parent
    return "/".join(reversed(steps))


def line_number(line: Any, position: int) -> str:
    """What a line calls itself, or its place where it does not say: the third line without ID is '#3'."""
    line = getattr(line, "line", None) or getattr(line, "line_item", None) or line
    return line.id.value if getattr(line, "id", None) is not None and line.id.value else f"#{position + 1}"


@cache
def _elements(table: type) -> dict[str, str]:
    return {row.field: row.element for row in rows_of(table)}


def _parent(place: str) -> str:
    """The name of the element that something stands in: 'InvoiceLine[2]/Item/OriginCountry' → 'Item'."""
    steps = place.split("/")
    return steps[-2].partition("[")[0] if len(steps) > 1 else ""


class Facts:
    """Every part of a document by its class, and what the reader could not place.

    `nodes[Address]` are all addresses as nodes; `moneys` all amounts; `empty` the nodes of elements without content;
    `unknown` the paths of elements that the reader has no field for ('Item/OriginCountry/Name').
    """

    def __init__(self, document: Any) -> None:
        self._start(document)
        self._walk(self.root)
        if not document.__dict__:
            self.empty.append(self.root)

    def _start(self, document: Any) -> None:
        self.document = document
        self.root: Node = (document, None, "", 0)
        self.nodes: defaultdict[type, list[Node]] = defaultdict(list)
        self.moneys: list[Node] = []
        self.empty: list[Node] = []
        self.unknown: list[Finding] = [found for found in document.problems if found.code == "element_not_known"]
        self._troubled = {_parent(found.where) for found in document.problems}

    def _walk(self, node: Node) -> None:
        # Hot: some 350 values an invoice. A value is recognised by its class alone, once.
        for field, value in node[0].__dict__.items():
            kind = value.__class__
            if kind is tuple:
                for number, one in enumerate(value):
                    self._visit(one, one.__class__, node, field, number)
            elif value is not None:
                self._visit(value, kind, node, field, 0)

    def _visit(self, value: Any, kind: type, node: Node, field: str, number: int) -> None:
        if kind in _WORDS:
            text = value.value
            if not text or text.isspace():
                self.empty.append((value, node, field, number))
        elif kind is Money:
            self.moneys.append((value, node, field, number))
        elif kind is str:
            if not value or value.isspace():
                self.empty.append((value, node, field, number))
        elif kind not in _PLAIN:
            inner: Node = (value, node, field, number)
            self.nodes[kind].append(inner)
            if value.__dict__:
                self._walk(inner)
            elif _elements(type(node[0]))[field] not in self._troubled:
                self.empty.append(inner)

    def of(self, kind: type, *fields: str) -> Iterator[Node]:
        """The nodes of a class that stand in one of `fields`."""
        return (node for node in self.nodes[kind] if node[2] in fields)


_WORDS: Final = frozenset({Identifier, Code, Text})
_PLAIN: Final = frozenset({Measure, Decimal, date, bool, int, BinaryObject, Finding})


class Line:
    """A line of an invoice or credit note, with what the rules ask of it."""

    __slots__ = ("amount", "codes", "line", "node", "percents", "price", "quantity", "vat_codes")

    def __init__(self, line: Any, quantity: Any, root: Node, field: str, number: int) -> None:
        self.node: Node = (self, root, field, number)
        self.line = line
        self.quantity = quantity
        self.price = line.price
        self.amount: Decimal = line.line_extension_amount.value if line.line_extension_amount is not None else ZERO
        self.codes: set[str] = set()
        self.vat_codes: set[str] = set()
        self.percents: set[Decimal] = set()
        for category in line.item.classified_tax_categories if line.item is not None else ():
            code = category.id.value if category.id is not None else ""
            self.codes.add(code)
            if category.percent is not None:
                self.percents.add(category.percent)
            if is_vat(category.tax_scheme):
                self.vat_codes.add(code)


def is_vat(scheme: Any) -> bool:
    """Whether a tax scheme is VAT as EN 16931 writes it, in any case."""
    return scheme is not None and scheme.id is not None and scheme.id.value.upper() == "VAT"


class InvoiceFacts(Facts):
    """Facts about an Invoice or CreditNote.

    `base` and `base_by_rate` are what the lines, charges and allowances of the document add up to by VAT category, and by
    category and rate: lines + charges − allowances.
    """

    def __init__(self, document: Invoice | CreditNote) -> None:
        super().__init__(document)
        self.is_credit = isinstance(document, CreditNote)
        if isinstance(document, CreditNote):
            self.lines = [
                Line(line, line.credited_quantity, self.root, "credit_note_lines", number)
                for number, line in enumerate(document.credit_note_lines)
            ]
        else:
            self.lines = [
                Line(line, line.invoiced_quantity, self.root, "invoice_lines", number)
                for number, line in enumerate(document.invoice_lines)
            ]
        self.supplier = self._party("accounting_supplier_party")
        self.customer = self._party("accounting_customer_party")
        self.totals = document.legal_monetary_total
        self.currency = document.document_currency_code.value if document.document_currency_code is not None else ""
        self.allowances = [charge for charge in document.allowance_charges if charge.charge_indicator is False]
        self.charges = [charge for charge in document.allowance_charges if charge.charge_indicator is True]
        self.line_total = sum((line.amount for line in self.lines), ZERO)
        self.vat: Any = None  # what `vat` finds out for itself, once
        self._categories()

    def _party(self, role: str) -> Party:
        found = getattr(self.document, role)
        return (found.party if found is not None else None) or NOBODY

    def _categories(self) -> None:
        base: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        by_rate: defaultdict[tuple[str, Decimal], Decimal] = defaultdict(lambda: ZERO)
        for line in self.lines:
            for code in line.codes:
                base[code] += line.amount
                for percent in line.percents:
                    by_rate[code, percent] += line.amount
        for sign, charges in ((1, self.charges), (-1, self.allowances)):
            for charge in charges:
                amount = sign * charge.amount.value if charge.amount is not None else ZERO
                for category in charge.tax_categories:
                    code = category.id.value if category.id is not None else ""
                    base[code] += amount
                    if category.percent is not None:
                        by_rate[code, category.percent] += amount
        self.base, self.base_by_rate = base, by_rate
        self.line_codes = {code for line in self.lines for code in line.codes}
        self.line_vat_codes = {code for line in self.lines for code in line.vat_codes}
        breakdown = [node[0] for node in self.of_breakdown()]
        self.breakdown = [subtotal.tax_category for subtotal in breakdown if subtotal.tax_category is not None]
        self.breakdown_codes = Counter(
            category.id.value for category in self.breakdown if category.id is not None and is_vat(category.tax_scheme)
        )

    def countries(self) -> Iterator[str]:
        """The country codes of all addresses and items."""
        for node in self.nodes[Country]:
            if node[0].identification_code is not None:
                yield node[0].identification_code.value

    def of_breakdown(self) -> Iterator[Node]:
        """The subtotals of the document's own tax totals."""
        for number, total in enumerate(self.document.tax_totals):
            node: Node = (total, self.root, "tax_totals", number)
            for place, subtotal in enumerate(total.tax_subtotals):
                yield (subtotal, node, "tax_subtotals", place)


NOBODY: Final = Party()
