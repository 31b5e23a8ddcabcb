"""What a supplier says of an item beside its price, put in order for the item page. (pure)

`details` of a line is what the formats read, as it came. Nothing here is a claim of ours: a label is not read from a property's text, and
an address is only passed on where it leads to the web.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from eshop.amounts import exact
from eshop.errors import BadInput

SAFETY: Final = ("sikkerhedsdatablad", "safety data", "safety_data", "sds", "msds", "leverandørbrugsanvisning")
ALLERGEN: Final = ("allergen",)
RELATIONS: Final = ("replacement", "required", "accessory", "complementary", "component", "replaced", "related")
"""In the order in which they are shown."""

PICTURE_KINDS: Final = ("product_image", "billede", "image")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the supplier's: what it is called, where it is, whether it is a safety data sheet."""

    title: str
    address: str
    safety: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """Another item of the same supplier, by its number. `kind` is one of RELATIONS."""

    kind: str
    seller_item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Running:
    """What it costs to have the item, as far as it says: kWh and kroner (consumables, service) per year, years it lasts."""

    kwh_a_year: Decimal
    kroner_a_year: Decimal
    years: Decimal

    def cost(self, price: Decimal, kroner_per_kwh: Decimal) -> Decimal:
        """Kroner for the whole life: 2.000 kr., 100 kWh a year at 2 kr., 10 years: 4.000."""
        return price + self.years * (self.kwh_a_year * kroner_per_kwh + self.kroner_a_year)


@dataclass(frozen=True, slots=True)
class Particulars:
    properties: tuple[tuple[str, str], ...]
    allergens: tuple[str, ...]
    hazards: tuple[str, ...]
    papers: tuple[Paper, ...]
    pictures: tuple[str, ...]
    relations: tuple[Relation, ...]
    manufacturer: str | None
    manufacturer_item_id: str | None
    warranty: str | None
    origin: str | None
    running: Running | None


def particulars_of(details: Mapping[str, Any] | None) -> Particulars:
    """The details of a line in order; what is not understood is left out."""
    said = details or {}
    properties = [(str(one[0]), str(one[1])) for one in said.get("properties") or () if len(one) > 1 and all(one[:2])]
    allergens = [value for name, value in properties if any(word in name.casefold() for word in ALLERGEN)]
    measured = [
        (str(one[0]), f"{one[1]} {one[2]}".strip()) for one in said.get("dimensions") or () if len(one) > 2 and one[1]
    ]
    return Particulars(
        properties=tuple(
            one for one in (*properties, *measured) if not any(word in one[0].casefold() for word in ALLERGEN)
        ),
        allergens=tuple(dict.fromkeys(allergens)),
        hazards=tuple(_hazard(one) for one in said.get("hazards") or () if any(one.values())),
        papers=tuple(_papers(said.get("documents") or ())),
        pictures=tuple(
            dict.fromkeys(uri for one in said.get("pictures") or () if (uri := web_address(one.get("uri"))) is not None)
        ),
        relations=tuple(_relations(said.get("relations") or ())),
        manufacturer=said.get("manufacturer") or None,
        manufacturer_item_id=said.get("manufacturer_item_id") or None,
        warranty=said.get("warranty") or None,
        origin=said.get("origin") or None,
        running=running_of(properties),
    )


def web_address(uri: str | None) -> str | None:
    """The address where it leads to the web, else None: no javascript:, no file:."""
    text = (uri or "").strip()
    return text if text.lower().startswith(("https://", "http://")) and text.isprintable() and " " not in text else None


def _hazard(said: Mapping[str, str]) -> str:
    """'UN 1950, klasse 2.1, aerosoler' of what the supplier gave."""
    number, kind, name = (said.get(one, "").strip() for one in ("UNDGCode", "HazardClassID", "TechnicalName"))
    parts = [f"UN {number.upper().removeprefix('UN').strip()}" if number else "", kind, name]
    return ", ".join(part for part in parts if part)


def _papers(files: Iterable[Mapping[str, str]]) -> Iterable[Paper]:
    for file in files:
        address = web_address(file.get("uri"))
        if address is not None:
            title = (file.get("title") or "").strip() or address.rpartition("/")[2] or address
            words = f"{title} {address}".casefold().replace("%20", " ")
            pieces = words.replace("_", " ").replace("-", " ").replace(".", " ").replace("/", " ").split()
            safety = any(word in words if len(word) > 4 else word in pieces for word in SAFETY)
            yield Paper(title, address, safety)


def _relations(said: Iterable[Mapping[str, str]]) -> Iterable[Relation]:
    found = [
        Relation(one.get("kind", "related"), one.get("id", "").strip(), one.get("text", "").strip())
        for one in said
        if one.get("kind") in RELATIONS and one.get("id", "").strip()
    ]
    return sorted(dict.fromkeys(found), key=lambda one: RELATIONS.index(one.kind))


# --- what it costs to have ---------------------------------------------------------------------------------------------

_KWH: Final = (
    "energiforbrug kwh/år",
    "energiforbrug (kwh/år)",
    "kwh pr. år",
    "årligt energiforbrug",
    "energy kwh/year",
)
_KRONER: Final = ("drift kr./år", "driftsomkostninger kr./år", "forbrugsstoffer kr./år", "service kr./år")
_YEARS: Final = ("levetid", "levetid år", "levetid (år)", "lifetime years", "forventet levetid")


def running_of(properties: Iterable[tuple[str, str]]) -> Running | None:
    """The item's cost of ownership where the supplier gives its life in years and energy or running costs; None else, never a guess."""
    kwh = kroner = Decimal(0)
    years: Decimal | None = None
    told = False
    for name, value in properties:
        folded, number = " ".join(name.casefold().split()), _number(value)
        if number is None or number < 0:
            continue
        if folded in _KWH:
            kwh, told = kwh + number, True
        elif folded in _KRONER:
            kroner, told = kroner + number, True
        elif folded in _YEARS:
            years = number
    return Running(kwh, kroner, years) if told and years is not None and 0 < years <= 100 else None


def _number(value: str) -> Decimal | None:
    """The number a property's value begins with: '120 kWh' → 120, '1,5' → 1.5."""
    first = value.strip().split(" ", 1)[0].replace(",", ".")
    try:
        return exact(first)
    except BadInput:
        return None
