"""A municipality drawn from a seed: orders, receipts, and a register of kinds of document, each of which draws what it needs.

Each kind says what was done to the document and how it may end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

from tests.invoicing.papers import ORGANISATION, Line, Paper, billed

GOODS = (
    ("Kopipapir", ("A4 80 g", "A4 90 g", "A3 80 g"), "XBX", "XPK", "5"),
    ("Nitrilhandske", ("str. S", "str. M", "str. L", "str. XL"), "XCT", "XBX", "20"),
    ("Skumfri håndsæbe", ("500 ml", "1 l", "5 l"), "XCT", "XBO", "12"),
    ("Toiletpapir", ("2-lags", "3-lags"), "XCT", "XRO", "48"),
    ("Kuglepen", ("blå", "sort", "rød"), "XBX", "EA", "50"),
    ("Skærm", ('24"', '27"'), "EA", "EA", "1"),
    ("Letmælk", ("1 l",), "XCT", "LTR", "10"),
    ("Vejsalt", ("15 kg", "25 kg", "1000 kg"), "XPA", "KGM", "600"),
    ("Sikkerhedssko", ("str. 40", "str. 41", "str. 42"), "PR", "PR", "1"),
    ("Post-it-blok", ("38×51 mm", "76×76 mm"), "XPK", "EA", "12"),
    ("Affaldssæk", ("75 l", "125 l"), "XCT", "XRO", "8"),
    ("Kontorstol", ("lav ryg", "høj ryg"), "EA", "EA", "1"),
)
BRANDS = ("Klitgaard", "Bakkely", "Ågaard", "Storåen", "Dannevang", "Rødkilde", "Møllevang", "Tindvig")
SERIES = ("Eco", "Pro", "Max", "Skole", "Basic", "Care", "Comfort")
PERSONS = ("LBS62", "MJH54", "PTR31", "AKN90", "SVH18")


def _supplier(place: int) -> dict[str, Any]:
    return {
        "cvr": ("10000114", "10000483", "10000858", "10001226")[place],
        "gln": ("5790010000002", "5790010000019", "5790010000026", "5790010000033")[place],
        "name": ("Nordlys", "Fjordline", "Skagerak", "Vesterhav")[place] + " Engros A/S",
        "payment_accounts": [{"scheme": "DK:BANK", "registration": f"200{place}", "account": f"1000000{place}"}],
    }


SUPPLIERS = tuple(_supplier(place) for place in range(4))
SUPPLIERS[3]["payment_accounts"].append({"scheme": "DK:FIK", "creditor": "83000011"})
GLNS = tuple(one["gln"] for one in ORGANISATION["institutions"])
SECOND_GLN = "5798020000029"
"""A further number of the second institution."""
HOMES = {
    **ORGANISATION,
    "institutions": [
        {**one, "glns": [SECOND_GLN]} if one["gln"] == GLNS[1] else one for one in ORGANISATION["institutions"]
    ],
}


@dataclass
class Trial:
    """Documents in order of arrival, the last of which is judged: right is one of `ends`, with `reasons` where it is the first."""

    kind: str
    papers: list[Any]
    ends: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    later: list[dict[str, Any]] = field(default_factory=list)
    """Receipts that come after the documents."""
    before: tuple[str, ...] | None = None
    """How it ends before those receipts."""


class World:
    """Draws orders; keeps every order and receipt that the trials stand on."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.orders: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.trials: list[Trial] = []
        self.number = 4500000000
        self.documents = 100000
        self.items: dict[tuple[int, str], tuple[str, str, str]] = {}

    def choose(self, *of: Any) -> Any:
        return self.random.choice(of)

    def next_document(self) -> str:
        self.documents += self.random.randint(1, 9)
        return str(self.documents)

    def goods(self, supplier: int, count: int, **fields: Any) -> list[dict[str, Any]]:
        """Order lines of different items, each with one number and price at its supplier."""
        lines: list[dict[str, Any]] = []
        names: set[str] = set()
        while len(lines) < count:
            kind, sizes, unit, content, per = self.choose(*GOODS)
            name = f"{kind} {self.choose(*BRANDS)} {self.choose(*SERIES)} {self.choose(*sizes)}"
            if name in names:
                continue
            names.add(name)
            if (supplier, name) not in self.items:
                serial = 1000 + len(self.items)
                price = Decimal(self.random.randint(900, 90000)).scaleb(-2)
                self.items[supplier, name] = (f"{supplier + 1}{serial:08d}", f"5743700{serial:06d}", f"{price:.2f}")
            number, gtin, price_text = self.items[supplier, name]
            lines.append({
                "line": str(10 * (len(lines) + 1)), "seller_item_id": number, "gtin": gtin, "name": name,
                "description": f"{name}, {per} pr. enhed. Leveres inden for 2 hverdage.", "unspsc": "14111507",
                "quantity": str(self.choose(1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 50)), "unit": unit, "price": price_text,
                "base_quantity": "1", "content_unit": content, "units_per_order_unit": per, "vat_percent": "25",
            } | fields)  # fmt: skip
        return lines

    def order(
        self, count: int | None = None, received: str | None = "all", supplier: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        """An open order; `received` "all", None for nothing."""
        supplier = self.random.randrange(len(SUPPLIERS)) if supplier is None else supplier
        self.number += self.random.randint(1, 5)
        lines = fields.pop("lines", None) or self.goods(supplier, count or self.random.randint(1, 6))
        row = {
            "number": str(self.number), "supplier": {name: SUPPLIERS[supplier][name] for name in ("cvr", "gln", "name")},
            "institution": {"gln": self.choose(*GLNS), "name": "Huset"}, "date": f"2026-0{self.random.randint(1, 7)}-11",
            "status": "open", "match": "3-way", "freight_allowed": True, "currency": "DKK",
            "reference": self.choose(*PERSONS), "lines": lines,
        } | fields  # fmt: skip
        self.orders.append(row)
        if received == "all" and row["match"] == "3-way" and row["status"] == "open":
            self.receipts += self.receipt(row)
        return row

    def receipt(self, row: dict[str, Any], **quantities: str) -> list[dict[str, Any]]:
        return [
            {"order": row["number"], "line": line["line"], "unit": line["unit"], "date": row["date"],
             "quantity": quantities.get(f"_{line['line']}", line["quantity"])}
            for line in row["lines"]
        ]  # fmt: skip

    def paper(self, row: dict[str, Any], lines: Any = None, **fields: Any) -> Paper:
        supplier = next(one for one in SUPPLIERS if one["cvr"] == row["supplier"]["cvr"])
        account = supplier["payment_accounts"][0]
        told: dict[str, Any] = {
            "reference": row["number"], "number": self.next_document(), "supplier": supplier,
            "buyer_gln": row["institution"]["gln"], "person": row["reference"], "issued": f"2026-09-{self.random.randint(1, 28):02d}",
            "account": (account["registration"], self.choose("00", "") + account["account"]),
        } | fields  # fmt: skip
        return Paper(tuple(billed(row) if lines is None else lines), **told)

    def changed(self, row: dict[str, Any], at: int | None = None, **changes: Any) -> list[Line]:
        """The exact lines, one of them changed; a change may be a function of the line."""
        lines = list(billed(row))
        place = self.random.randrange(len(lines)) if at is None else at
        told = {name: change(lines[place]) if callable(change) else change for name, change in changes.items()}
        lines[place] = replace(lines[place], **told)
        return lines


Kind = Callable[[World], Trial]
STOPPED = ("held", "suggested", "manual", "rejected")
"""The outcomes of what is not paid as it stands."""
KINDS: dict[str, Kind] = {}
PEPPOL_ONLY = {
    "gross_price_less_discount", "charge_on_the_line", "somebody_else_is_paid", "allowance_and_charge_that_meet_the_price",
    "line_charge_and_allowance_that_do_not_meet", "account_of_the_invoice_and_another_on_its_credit_note",
}  # fmt: skip
"""OIOUBL's own rules leave no room for allowances and charges on a line that the totals do not repeat, nor for no account; its credit
note names none."""


def kind(make: Kind) -> Kind:
    KINDS[make.__name__] = make
    return make


def trial(papers: Any, *ends: str, reasons: tuple[str, ...] = (), **more: Any) -> Trial:
    return Trial("", papers if isinstance(papers, list) else [papers], ends, reasons, **more)
