"""Environment, origin and health labels that the shop knows, and how suppliers write them. (pure)

A label is set only from what the supplier documents (a certificate or a property of the line), never from a name or description.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

LABELS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Svanemærket", ("NORDIC_SWAN", "SVANEN", "svanemærke", "nordic swan", "nordic swan ecolabel")),
    ("EU-Blomsten", ("EU_ECO_LABEL", "EU_ECOLABEL", "blomsten", "EU's miljømærke")),
    ("Økologisk (Ø)", ("DK_ECO", "EU_ORGANIC_FARMING", "ø", "øko", "ø-mærket", "økologi", "økologisk", "eu-økologi")),
    (
        "Astma-Allergi",
        (
            "APPROVED_BY_ASTHMA_AND_ALLERGY_ASSOC",
            "LABEL_OF_THE_ALLERGY_AND_ASTHMA_FEDERATION",
            "astma-allergi danmark",
            "asthma allergy nordic",
            "den blå krans",
        ),
    ),
    (
        "FSC",
        ("FOREST_STEWARDSHIP_COUNCIL_LABEL", "FOREST_STEWARDSHIP_COUNCIL_MIX", "fsc mix", "fsc 100%", "fsc recycled"),
    ),
    ("PEFC", ("PEFC_CERTIFIED", "PEFC_RECYCLED")),
    ("Fairtrade", ("FAIR_TRADE_MARK", "fairtrade-mærket", "max havelaar")),
    ("MSC", ("MARINE_STEWARDSHIP_COUNCIL_LABEL",)),
    ("ASC", ("AQUACULTURE_STEWARDSHIP_COUNCIL",)),
    ("Nøglehullet", ("SWEDISH_SEAL_OF_QUALITY", "KEYHOLE", "nøglehul", "nøglehulsmærket")),
    ("Fuldkorn", ("fuldkornsmærket", "fuldkornslogo")),
    ("Rainforest Alliance", ("RAINFOREST_ALLIANCE_PEOPLE_NATURE",)),
    ("GOTS", ("GLOBAL_ORGANIC_TEXTILE_STANDARD",)),
    ("OEKO-TEX", ("OEKO_TEX_LABEL", "OEKO_TEX_MADE_IN_GREEN", "økotex", "oeko-tex standard 100")),
    ("TCO Certified", ("TCO_DEVELOPMENT", "tco")),
    ("Energy Star", ("ENERGY_STAR",)),
    ("Cradle to Cradle", ("CRADLE_TO_CRADLE", "c2c")),
    ("Vegansk", ("EUROPEAN_V_LABEL_VEGAN", "DVF_VEGAN")),
)
"""What people read, and how else it is written: the GS1 codes and suppliers' own words. The position is the bit, and rows hold
the bits: append only."""

ECO_LABELS: Final = frozenset({"Svanemærket", "EU-Blomsten", "Økologisk (Ø)", "FSC", "PEFC"})


def _key(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_SPELLINGS: Final = {
    _key(spelling): 1 << bit for bit, (name, others) in enumerate(LABELS) for spelling in (name, *others)
}


def label_bits(texts: Iterable[str]) -> int:
    """The bits of the labels that the texts (certificate codes, property values) name in full; what is unknown is left out."""
    bits = 0
    for text in texts:
        bits |= _bit_of(text)
    return bits


@lru_cache(maxsize=10_000)
def _bit_of(text: str) -> int:
    return _SPELLINGS.get(_key(text), 0)


def label_names(bits: int) -> list[str]:
    """What people read, in the table's order: 0b101 → ['Svanemærket', 'Økologisk (Ø)']."""
    return [name for bit, (name, _) in enumerate(LABELS) if bits >> bit & 1]


def label_bit(name: str) -> int:
    """The bit of a label by the name people read; 0 where it is unknown."""
    return next((1 << bit for bit, (known, _) in enumerate(LABELS) if known == name), 0)
