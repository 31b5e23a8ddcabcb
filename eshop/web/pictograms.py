"""Which of our own pictograms stands for an item whose supplier sent no picture: by UNSPSC, else by words of its name."""

from typing import Final

BY_CODE: Final = (
    ("5313160", "pump"), ("4713180", "can"), ("471318", "can"), ("531316", "pump"), ("5310", "gloves"), ("531315", "nappy"),
    ("531", "pump"), ("4712", "bag"), ("4713", "can"), ("47", "can"), ("141117", "roll"), ("1411", "paper"), ("4218", "gloves"),
    ("4213", "gloves"), ("42", "gloves"), ("461815", "gloves"), ("4617", "card"), ("441217", "pens"), ("4412", "pens"),
    ("4410", "cartridge"), ("44", "paper"), ("6012", "pens"), ("60", "pens"), ("5013", "milk"), ("5030", "fruit"),
    ("5031", "fruit"), ("5032", "fruit"), ("5040", "vegetable"), ("5041", "vegetable"), ("50", "bottle"), ("51", "sanitiser"),
    ("24", "bag"), ("43", "card"), ("56", "card"),
)  # fmt: skip
"""UNSPSC prefix → pictogram, the first that fits."""

BY_WORD: Final = (
    ("sæbe", "pump"), ("sprit", "sanitiser"), ("desinf", "sanitiser"), ("toiletpapir", "roll"), ("rulle", "roll"),
    ("serviet", "wipes"), ("klud", "wipes"), ("bleer", "nappy"), ("handske", "gloves"), ("mælk", "milk"), ("yoghurt", "milk"),
    ("gulerod", "vegetable"), ("gulerødder", "vegetable"), ("kartof", "vegetable"), ("grønt", "vegetable"), ("løg", "vegetable"),
    ("banan", "fruit"), ("æble", "fruit"), ("pære", "fruit"), ("tusch", "pens"), ("tusser", "pens"), ("blyant", "pens"),
    ("farve", "pens"), ("karton", "card"), ("papir", "paper"), ("pose", "bag"), ("sæk", "bag"), ("patron", "cartridge"),
    ("toner", "cartridge"), ("rengøring", "can"), ("middel", "can"), ("saft", "bottle"), ("olie", "bottle"),
)  # fmt: skip


def pictogram(name: str, unspsc: str | None = None) -> str:
    """pictogram('Håndsæbe, mild', '53131608') → 'pump'. What nothing fits is a card box."""
    lowered = name.lower()
    for word, found in BY_WORD:
        if word in lowered:
            return found
    for prefix, found in BY_CODE:
        if unspsc and unspsc.startswith(prefix):
            return found
    return "card"
